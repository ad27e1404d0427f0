use serde::{Deserialize, Serialize};

use super::facts::{AgeBand, Contacted, Direction, Facts, Knowledge, Place};
use crate::{
    reason::Reason,
    routing::{Coverage, RecipientKind},
};

/// What to do about one piece of unopened mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Nothing yet.
    Wait,
    /// Nothing: the sender account's setting prints it.
    WaitForPrint,
    /// Find out at the channel whether it has been opened.
    CheckStatus,
    /// Remind the recipient by an ordinary message that reveals nothing (R5.6).
    Remind,
    /// Ask the organisation, by such a message, to give somebody the confidential service's access.
    AskToAppoint,
    /// Have those open it who hold the access, or see to the intake.
    Open,
    /// Call the recipient.
    Call,
    /// Give somebody with an official need the access to our own organisation number (R5.5, R5.7).
    AssignAccess,
    /// Send it again to the recipient's own system.
    SendToSystem,
    /// Send it again on paper.
    SendOnPaper,
    /// Take it to whoever is responsible: nothing that can be done here is left.
    Escalate,
}

impl Action {
    /// Every action, the least urgent first.
    pub const ALL: [Self; 11] = [
        Self::Wait,
        Self::WaitForPrint,
        Self::CheckStatus,
        Self::Remind,
        Self::AskToAppoint,
        Self::Open,
        Self::Call,
        Self::AssignAccess,
        Self::SendToSystem,
        Self::SendOnPaper,
        Self::Escalate,
    ];

    /// How urgent it is: 0 nothing to do, 1 a matter of routine, 2 somebody has to talk to somebody, 3 it has to get there
    /// another way or cannot be opened by anybody, 4 above the routine.
    #[must_use]
    pub const fn urgency(self) -> u8 {
        match self {
            Self::Wait | Self::WaitForPrint => 0,
            Self::CheckStatus | Self::Remind | Self::AskToAppoint | Self::Open => 1,
            Self::Call => 2,
            Self::AssignAccess | Self::SendToSystem | Self::SendOnPaper => 3,
            Self::Escalate => 4,
        }
    }

    /// A short stable name, for data and translations.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Wait => "wait",
            Self::WaitForPrint => "wait_for_print",
            Self::CheckStatus => "check_status",
            Self::Remind => "remind",
            Self::AskToAppoint => "ask_to_appoint",
            Self::Open => "open",
            Self::Call => "call",
            Self::AssignAccess => "assign_access",
            Self::SendToSystem => "send_to_system",
            Self::SendOnPaper => "send_on_paper",
            Self::Escalate => "escalate",
        }
    }
}

/// What to do, what next if it then turns out to be unopened, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Recommendation {
    /// What to do now.
    pub action: Action,
    /// What to do after [`Action::CheckStatus`], if it is unopened indeed.
    pub then: Option<Action>,
    /// Why.
    pub reasons: Vec<Reason>,
}

impl Recommendation {
    /// How urgent it is, see [`Action::urgency`]: that of what is to be done in the end.
    #[must_use]
    pub fn urgency(&self) -> u8 {
        self.action.urgency().max(self.then.map_or(0, Action::urgency))
    }
}

/// What to do about one piece of unopened mail. Total: every combination of facts has an answer.
///
/// Nothing is sent again before it is known that the recipient has not opened it, so a doubtful status is looked into first.
///
/// ```
/// use sakarkiv_core::{
///     routing::{Coverage, PrintSetting, RecipientKind},
///     unopened::{Action, AgeBand, Contacted, Direction, Facts, Knowledge, Place, recommend},
/// };
///
/// let facts = Facts {
///     direction: Direction::Sent,
///     recipient: RecipientKind::Organisation,
///     place: Place::Altinn,
///     age: AgeBand::Fresh,
///     coverage: Coverage::NotHeld,
///     print: PrintSetting::DigitalOnly,
///     digital_only: false,
///     contacted: Contacted::Never,
///     knowledge: Knowledge::Confirmed,
///     system_at_hand: false,
///     paper_at_hand: true,
/// };
/// assert_eq!(recommend(&facts).action, Action::AskToAppoint);
/// let old = Facts { age: AgeBand::Critical, ..facts };
/// assert_eq!(recommend(&old).action, Action::SendOnPaper);
/// ```
#[must_use]
pub fn recommend(facts: &Facts) -> Recommendation {
    let (action, reason) = match (facts.place, facts.direction) {
        (Place::Gone, _) => (Action::Escalate, CLOSED_UNOPENED),
        (_, Direction::Sent) => sent(facts),
        (_, Direction::Received) => received(facts),
    };
    let mut reasons = vec![reason];
    reasons.extend(circumstances(facts).into_iter().filter(|circumstance| *circumstance != reason));
    match doubt(facts, action) {
        Some(doubt) => {
            reasons.insert(0, doubt);
            let then = (action != Action::CheckStatus).then_some(action);
            Recommendation { action: Action::CheckStatus, then, reasons }
        }
        None => Recommendation { action, then: None, reasons },
    }
}

fn sent(facts: &Facts) -> (Action, Reason) {
    if facts.prints_by_itself() {
        return match facts.age {
            AgeBand::Fresh | AgeBand::ToRemind => (Action::WaitForPrint, PRINTED_BY_ITSELF),
            AgeBand::Overdue => (Action::CheckStatus, PRINT_OVERDUE),
            AgeBand::Critical => another_way(facts),
        };
    }
    match facts.age {
        AgeBand::Fresh => match (nobody_can_open(facts), facts.contacted) {
            (true, Contacted::Never | Contacted::Failed) => (Action::AskToAppoint, NOBODY_CAN_OPEN),
            (true, Contacted::Unreachable) => (Action::Call, REMINDERS_FAILED),
            _ => (Action::Wait, FRESH),
        },
        AgeBand::ToRemind | AgeBand::Overdue => contact(facts),
        AgeBand::Critical => another_way(facts),
    }
}

/// Whom to turn to, and how, while there is time.
fn contact(facts: &Facts) -> (Action, Reason) {
    let may_write = match facts.contacted {
        Contacted::Recently => return (Action::Wait, CONTACTED_RECENTLY),
        Contacted::Never | Contacted::Failed => true,
        Contacted::InVain => facts.age == AgeBand::ToRemind,
        Contacted::Enough | Contacted::Unreachable => false,
    };
    let reads_messages = match facts.place {
        // What no system has fetched is not helped by more mail to the same system.
        Place::System | Place::Gone => return (Action::Call, SYSTEM_DOES_NOT_FETCH),
        Place::Altinn => true,
        Place::OwnMailbox => facts.recipient == RecipientKind::Person,
    };
    match (may_write && reads_messages, nobody_can_open(facts)) {
        (true, true) => (Action::AskToAppoint, NOBODY_CAN_OPEN),
        (true, false) => (Action::Remind, UNOPENED),
        (false, _) if facts.contacted == Contacted::Unreachable => (Action::Call, REMINDERS_FAILED),
        (false, _) => (Action::Call, REMINDERS_IN_VAIN),
    }
}

/// How it gets there after all.
fn another_way(facts: &Facts) -> (Action, Reason) {
    if facts.system_at_hand && facts.place != Place::System {
        (Action::SendToSystem, SYSTEM_AT_HAND)
    } else if facts.paper_at_hand && !facts.digital_only {
        (Action::SendOnPaper, PAPER_AT_HAND)
    } else {
        (Action::Escalate, NO_OTHER_WAY)
    }
}

fn received(facts: &Facts) -> (Action, Reason) {
    if facts.place == Place::Altinn {
        match facts.coverage {
            Coverage::NotHeld => return (Action::AssignAccess, WE_CANNOT_OPEN),
            Coverage::Unknown => return (Action::AssignAccess, ACCESS_UNKNOWN),
            Coverage::Held => {}
        }
    }
    match (facts.age, facts.contacted) {
        (AgeBand::Fresh, _) => (Action::Wait, FRESH),
        (AgeBand::Critical, _) => (Action::Escalate, LEFT_LYING),
        (AgeBand::ToRemind | AgeBand::Overdue, Contacted::Recently) => (Action::Wait, CONTACTED_RECENTLY),
        (AgeBand::ToRemind | AgeBand::Overdue, _) => (Action::Open, LEFT_LYING),
    }
}

/// Why the status must be looked into before anything else is done, if it must.
fn doubt(facts: &Facts, action: Action) -> Option<Reason> {
    // Nothing to look into: it is gone for good, or the matter is who can open it.
    if facts.place == Place::Gone || action == Action::AssignAccess {
        return None;
    }
    let waits = matches!(action, Action::Wait | Action::WaitForPrint) && facts.age == AgeBand::Fresh;
    let sends_again = matches!(action, Action::SendToSystem | Action::SendOnPaper);
    match facts.knowledge {
        Knowledge::Stale if !waits => Some(STATUS_STALE),
        Knowledge::Unrecognised if !waits => Some(STATUS_UNRECOGNISED),
        Knowledge::Unconfirmed if sends_again => Some(NOT_CONFIRMED),
        _ => None,
    }
}

/// What else whoever reads the line should know.
fn circumstances(facts: &Facts) -> Vec<Reason> {
    let mut known = Vec::new();
    if facts.age >= AgeBand::Overdue {
        known.push(PAST_DEADLINE);
    }
    if nobody_can_open(facts) {
        known.push(NOBODY_CAN_OPEN);
    }
    match (facts.direction, facts.contacted) {
        (Direction::Sent, Contacted::Failed) => known.push(REMINDER_FAILED),
        (Direction::Sent, Contacted::Unreachable) => known.push(REMINDERS_FAILED),
        _ => {}
    }
    if facts.direction == Direction::Sent && facts.place == Place::Altinn && !facts.prints_by_itself() {
        known.push(NEVER_PRINTED);
    }
    known
}

/// Whether nobody at the recipient holds the access, where opening takes one.
fn nobody_can_open(facts: &Facts) -> bool {
    facts.direction == Direction::Sent && facts.place == Place::Altinn && facts.coverage == Coverage::NotHeld
}

const fn reason(code: &'static str, text: &'static str, source: &'static str) -> Reason {
    Reason { code, text, source }
}

const FRESH: Reason = reason("fresh", "it has not lain long", "R5.3");
const UNOPENED: Reason = reason("unopened", "it has lain unopened for longer than the limit", "R5.3");
const PAST_DEADLINE: Reason = reason("past_deadline", "it should have been opened by now", "R5.3");
const CONTACTED_RECENTLY: Reason = reason("contacted_recently", "somebody has just been reminded of it", "R5.6");
const REMINDERS_IN_VAIN: Reason = reason("reminders_in_vain", "writing again would be of no use", "R5.6");
const REMINDER_FAILED: Reason = reason(
    "reminder_failed",
    "a reminder failed on its way: see among what failed why, before another is sent",
    "R5.6",
);
const REMINDERS_FAILED: Reason = reason(
    "reminders_failed",
    "every reminder failed on its way and nobody was reached: see among what failed why, and reach the recipient otherwise",
    "R5.6",
);
const NOBODY_CAN_OPEN: Reason =
    reason("nobody_can_open", "nobody at the recipient holds the confidential service's access", "R5.5");
const SYSTEM_DOES_NOT_FETCH: Reason =
    reason("system_does_not_fetch", "the recipient's system has not fetched it", "R5.3");
const PRINTED_BY_ITSELF: Reason =
    reason("printed_by_itself", "the sender account prints and posts it when nobody opens it", "R4.6");
const PRINT_OVERDUE: Reason = reason("print_overdue", "it should have been printed by now, and was not", "R4.6");
const NEVER_PRINTED: Reason =
    reason("never_printed", "nothing is printed, as far as is known: it stays there until somebody opens it", "R4.6");
const SYSTEM_AT_HAND: Reason =
    reason("system_at_hand", "the recipient now has a system of its own that takes it", "R5.2");
const PAPER_AT_HAND: Reason = reason("paper_at_hand", "paper is the safe way that is left", "R5.2");
const NO_OTHER_WAY: Reason = reason("no_other_way", "no other safe way is at hand", "R5.2");
const CLOSED_UNOPENED: Reason =
    reason("closed_unopened", "the channel closed or deleted it, and nobody is known to have opened it", "R5.3");
const WE_CANNOT_OPEN: Reason =
    reason("we_cannot_open", "none of us holds the confidential service's access for this organisation number", "R5.5");
const ACCESS_UNKNOWN: Reason = reason(
    "access_unknown",
    "it is not known whether one of us holds the access: see to it that somebody does",
    "R5.5",
);
const LEFT_LYING: Reason = reason("left_lying", "it was received and has not been opened", "R5.4");
const STATUS_STALE: Reason =
    reason("status_stale", "the channel has not been heard for too long: it may have been opened since", "R5.3");
const STATUS_UNRECOGNISED: Reason =
    reason("status_unrecognised", "the channel's word for its status is not understood", "R5.3");
const NOT_CONFIRMED: Reason =
    reason("not_confirmed", "its arrival was never confirmed: make sure before sending it twice", "R5.3");
