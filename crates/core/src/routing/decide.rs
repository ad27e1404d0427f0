use super::{
    facts::{Coverage, Facts, MailboxKind, PrintSetting, RecipientKind},
    policy::RuleSet,
    questions::would_land_in_open_inbox,
};
use crate::{reason::Reason, sensitivity::SensitivityClass};

/// Where a letter may go, or that it may go nowhere by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// It may go to this kind of mailbox, and the channel must keep it to that.
    Cleared(MailboxKind),
    /// No way at hand is safe; a person must find one.
    Refused,
}

/// A decision and what led to it, in the order in which it was weighed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// The outcome.
    pub outcome: Outcome,
    /// The reasons.
    pub reasons: Vec<Reason>,
}

/// Decides which mailbox kind a letter goes to.
///
/// Total: every combination of facts has an answer, and where there is doubt the answer is the safe one. Of the ways that
/// are allowed the first in this order is taken: the recipient's own system, the health network, confidential mail or the
/// ordinary inbox or the person's mailbox, a document share, paper. Confidential mail that nobody could open is no way, and
/// neither is any confidential mail under [`RuleSet::BeforeConfidentialService`]. What is to be signed goes to a person's own
/// mailbox and nowhere else.
///
/// ```
/// use sakarkiv_core::{
///     routing::{Coverage, Facts, MailboxKind, MailboxSet, Outcome, PrintSetting, RecipientKind, RuleSet, decide},
///     sensitivity::SensitivityClass,
/// };
///
/// let facts = Facts {
///     recipient: RecipientKind::Organisation,
///     sensitivity: SensitivityClass::StrictlyConfidential,
///     reachable: MailboxSet::EMPTY.with(MailboxKind::OrganisationInbox).with(MailboxKind::ConfidentialInbox),
///     coverage: Coverage::Held,
///     print: PrintSetting::DigitalOnly,
///     known_person: false,
///     digital_only: false,
///     signing: false,
///     rules: RuleSet::ConfidentialService,
/// };
/// let decision = decide(&facts);
/// assert_eq!(decision.outcome, Outcome::Cleared(MailboxKind::ConfidentialInbox));
/// assert!(decision.reasons.iter().any(|reason| reason.code == "three_questions_yes"));
/// ```
#[must_use]
pub fn decide(facts: &Facts) -> Decision {
    let mut reasons = three_questions(facts);
    let chosen = preference(facts).into_iter().find(|kind| match objection(facts, *kind) {
        None => true,
        Some(reason) => {
            if facts.reachable.contains(*kind) && !reasons.contains(&reason) {
                reasons.push(reason);
            }
            false
        }
    });
    match chosen {
        Some(kind) => {
            reasons.push(choice(kind));
            reasons.extend(consequence(facts, kind));
            Decision { outcome: Outcome::Cleared(kind), reasons }
        }
        None => {
            reasons.push(NOTHING_SAFE);
            Decision { outcome: Outcome::Refused, reasons }
        }
    }
}

/// Whether only few may read it: the third question.
pub(super) fn is_sensitive(class: SensitivityClass) -> bool {
    class >= SensitivityClass::Confidential
}

fn three_questions(facts: &Facts) -> Vec<Reason> {
    let organisation = facts.recipient == RecipientKind::Organisation;
    if organisation && would_land_in_open_inbox(facts) && is_sensitive(facts.sensitivity) {
        vec![THREE_QUESTIONS_YES]
    } else if is_sensitive(facts.sensitivity) {
        vec![SENSITIVE]
    } else {
        Vec::new()
    }
}

fn preference(facts: &Facts) -> [MailboxKind; 7] {
    use MailboxKind as M;
    if facts.coverage == Coverage::NotHeld {
        [
            M::ReceiverSystem,
            M::HealthNetwork,
            M::OrganisationInbox,
            M::CitizenMailbox,
            M::DocumentShare,
            M::Paper,
            M::ConfidentialInbox,
        ]
    } else if is_sensitive(facts.sensitivity) {
        [
            M::ReceiverSystem,
            M::HealthNetwork,
            M::ConfidentialInbox,
            M::OrganisationInbox,
            M::CitizenMailbox,
            M::DocumentShare,
            M::Paper,
        ]
    } else {
        [
            M::ReceiverSystem,
            M::HealthNetwork,
            M::OrganisationInbox,
            M::ConfidentialInbox,
            M::CitizenMailbox,
            M::DocumentShare,
            M::Paper,
        ]
    }
}

/// Why a mailbox kind must not be used, if it must not.
fn objection(facts: &Facts, kind: MailboxKind) -> Option<Reason> {
    use MailboxKind as M;
    if !facts.reachable.contains(kind) {
        return Some(NOT_REACHABLE);
    }
    let fits = match kind {
        M::ReceiverSystem | M::OrganisationInbox | M::ConfidentialInbox => {
            facts.recipient == RecipientKind::Organisation
        }
        M::HealthNetwork => facts.recipient != RecipientKind::Addressee,
        M::CitizenMailbox => facts.recipient == RecipientKind::Person,
        M::DocumentShare => facts.recipient != RecipientKind::Addressee,
        M::Paper => true,
    };
    if !fits {
        return Some(WRONG_RECIPIENT);
    }
    if facts.signing && kind != M::CitizenMailbox {
        return Some(NOT_SIGNED_THERE);
    }
    match kind {
        M::OrganisationInbox if is_sensitive(facts.sensitivity) => Some(OPEN_INBOX),
        M::DocumentShare if !facts.known_person => Some(NOT_KNOWN),
        M::Paper if facts.digital_only => Some(NO_PAPER),
        M::ConfidentialInbox if facts.rules == RuleSet::BeforeConfidentialService => Some(NO_SERVICE),
        M::ConfidentialInbox if facts.coverage == Coverage::NotHeld => Some(NOBODY_COULD_OPEN),
        _ => None,
    }
}

const fn choice(kind: MailboxKind) -> Reason {
    match kind {
        MailboxKind::ReceiverSystem => {
            Reason { code: "receiver_system", text: "the recipient takes it into its own system", source: "R5.1" }
        }
        MailboxKind::HealthNetwork => {
            Reason { code: "health_network", text: "the recipient takes it in the health network", source: "R5.2" }
        }
        MailboxKind::OrganisationInbox => {
            Reason { code: "ordinary_inbox", text: "nothing in it is for few eyes only", source: "R5.1" }
        }
        MailboxKind::ConfidentialInbox => Reason {
            code: "confidential_service",
            text: "confidential mail is opened only by those who were given that access",
            source: "R5.2",
        },
        MailboxKind::CitizenMailbox => {
            Reason { code: "own_mailbox", text: "only the person opens the person's own mailbox", source: "R5.1" }
        }
        MailboxKind::DocumentShare => {
            Reason { code: "document_share", text: "the document is shared with a person we know", source: "R5.2" }
        }
        MailboxKind::Paper => Reason { code: "paper", text: "it is printed and posted", source: "R5.2" },
    }
}

/// What will happen to it if nobody opens it (R4.6).
fn consequence(facts: &Facts, kind: MailboxKind) -> Option<Reason> {
    let may_lie_unopened = matches!(kind, MailboxKind::OrganisationInbox | MailboxKind::ConfidentialInbox);
    if !may_lie_unopened {
        return None;
    }
    Some(match facts.print {
        PrintSetting::PrintWhenUnopened if !facts.digital_only => Reason {
            code: "printed_when_unopened",
            text: "it is printed and posted if nobody opens it within the channel's term",
            source: "R4.6",
        },
        PrintSetting::PrintWhenUnopened | PrintSetting::DigitalOnly => Reason {
            code: "stays_unopened",
            text: "nothing is printed: it stays there until somebody opens it",
            source: "R4.6",
        },
        PrintSetting::Unknown => Reason {
            code: "print_unknown",
            text: "whether it is printed when unopened is not known: expect that it is not",
            source: "R4.6",
        },
    })
}

const THREE_QUESTIONS_YES: Reason = Reason {
    code: "three_questions_yes",
    text: "an organisation, its Altinn inbox, and content that only few may read: not to the ordinary inbox",
    source: "R5.1",
};
const SENSITIVE: Reason =
    Reason { code: "sensitive", text: "it holds sensitive personal data that only few may read", source: "R5.1" };
const NOT_REACHABLE: Reason =
    Reason { code: "not_reachable", text: "no channel at hand reaches such a mailbox", source: "R5.2" };
const WRONG_RECIPIENT: Reason =
    Reason { code: "wrong_recipient", text: "this kind of recipient has no such mailbox", source: "R5.1" };
const OPEN_INBOX: Reason = Reason {
    code: "open_inbox",
    text: "the ordinary inbox is open to everybody with a register role in the organisation",
    source: "R5.1",
};
const NOT_KNOWN: Reason =
    Reason { code: "not_known", text: "documents are shared only with a person we know", source: "R5.2" };
const NO_PAPER: Reason = Reason { code: "no_paper", text: "the sender wants no paper", source: "R4.6" };
const NOBODY_COULD_OPEN: Reason = Reason {
    code: "nobody_could_open",
    text: "nobody at the recipient holds the access: confidential mail would lie unopened",
    source: "R5.5",
};
const NO_SERVICE: Reason = Reason {
    code: "service_not_used",
    text: "the tenant does not send confidential mail by Altinn: another way is taken",
    source: "R5.2",
};
const NOT_SIGNED_THERE: Reason = Reason {
    code: "not_signed_there",
    text: "only a person can be asked to sign, in the person's own mailbox",
    source: "R4.4",
};
const NOTHING_SAFE: Reason = Reason {
    code: "nothing_safe",
    text: "no way at hand is safe: find another, or change what the letter contains",
    source: "R5.2",
};
