//! The invariants: everything the office does is held against what was promised and what really happened.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use sakarkiv_core::{
    audit::{Activity, ObjectRef},
    delivery::{Delivery, DeliveryState, FailureCause, Letter, WorkKind},
    identity::{CaseId, EntryId, LetterId, Timestamp},
    ports::{Claim, ClaimRequest, Fence, Intake, IntakeState, ItemId, NodeId, Op, Stage, Subject, Transaction},
    routing::MailboxKind,
};

use super::{
    kernel::{Core, MINUTE},
    world::Flaw,
};

macro_rules! invariants {
    ($($(#[$doc:meta])* $variant:ident = $name:literal;)+) => {
        /// What must hold whatever happens.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Invariant {
            $($(#[$doc])* $variant,)+
        }

        impl fmt::Display for Invariant {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(match self {
                    $(Self::$variant => $name,)+
                })
            }
        }
    };
}

invariants! {
    /// What was accepted is never lost, and ends, or a person is told, within a bounded time after the last trouble.
    NothingLost = "I1";
    /// Journal, outbox and case agree after every transaction.
    RecordsAgree = "I2";
    /// The recorded outcome is what the channel did for this very letter.
    TruthfulOutcome = "I3";
    /// At most one effective delivery of a letter; an uncertain attempt is asked for, not repeated; intent before effect.
    SentOnce = "I4";
    /// Sensitive content never reaches a mailbox that it was not cleared for.
    NothingLeaked = "I5";
    /// States only move forward.
    OnlyForward = "I7";
    /// Each change of state has exactly one event in the same transaction.
    EveryChangeLogged = "I8";
    /// At most one process holds a delivery, and a stale one writes nothing.
    OneHolder = "I9";
    /// Whether a letter may go is decided when it goes.
    DecidedAtSending = "I10";
    /// The same seed gives the same run.
    Repeatable = "I12";
    /// Letters with the same order key leave in the order in which they were accepted.
    InOrder = "order";
}

/// A broken invariant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Broken {
    pub(super) invariant: Invariant,
    pub(super) detail: String,
}

/// What has been seen so far.
#[derive(Debug, Default)]
pub(super) struct Watch {
    pub(super) broken: Option<Broken>,
    pub(super) letters: BTreeMap<LetterId, Seen>,
    pub(super) told: BTreeSet<Told>,
    pub(super) intakes: BTreeMap<ItemId, Intake>,
    cases: BTreeSet<CaseId>,
    entries: BTreeMap<EntryId, CaseId>,
    held: BTreeMap<LetterId, (NodeId, Fence, Timestamp)>,
    newest: BTreeMap<LetterId, Fence>,
}

/// A letter as stored.
#[derive(Debug)]
pub(super) struct Seen {
    pub(super) ordinal: u64,
    pub(super) delivery: Delivery,
    entry: EntryId,
    order_key: Option<String>,
}

/// What people were told of.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Told {
    Letter(LetterId),
    Item(String),
}

/// What still has to come to an end.
#[derive(Debug, Clone, Copy)]
pub(super) enum Unfinished {
    NotAccepted(usize),
    Lost(usize),
    Letter(LetterId),
    Item(usize),
}

/// The part of a transaction that the invariants are about.
pub(super) enum Step {
    Case(CaseId),
    Entry(EntryId, CaseId),
    Letter { letter: Box<Letter>, delivery: Box<Delivery> },
    Delivery { delivery: Box<Delivery>, fence: Option<Fence>, keep: bool },
    Intake(Intake),
    Change(LetterId),
}

/// Takes from a transaction what must be looked at once it has happened.
pub(super) fn steps(transaction: &Transaction) -> Vec<Step> {
    let step = |op: &Op| match op {
        Op::OpenCase { id, .. } => Some(Step::Case(*id)),
        Op::AddEntry { id, case, .. } => Some(Step::Entry(*id, *case)),
        Op::AddLetter { letter, delivery } => {
            Some(Step::Letter { letter: Box::new(letter.clone()), delivery: Box::new(delivery.clone()) })
        }
        Op::PutDelivery { delivery, fence, keep } => {
            Some(Step::Delivery { delivery: Box::new(delivery.clone()), fence: Some(*fence), keep: *keep })
        }
        Op::ForceDelivery(delivery) => {
            Some(Step::Delivery { delivery: Box::new(delivery.clone()), fence: None, keep: false })
        }
        Op::PutIntake(intake) => Some(Step::Intake(intake.clone())),
        Op::Audit(event) => match (&event.activity, &event.object) {
            (Activity::DeliveryChanged, ObjectRef::Letter(letter)) => Some(Step::Change(*letter)),
            _ => None,
        },
        _ => None,
    };
    transaction.ops.iter().filter_map(step).collect()
}

impl Watch {
    pub(super) fn ordinal(&self, letter: LetterId) -> u64 {
        self.letters.get(&letter).map_or(u64::MAX, |seen| seen.ordinal)
    }

    fn breaks(&mut self, invariant: Invariant, detail: impl Into<String>) {
        if self.broken.is_none() {
            self.broken = Some(Broken { invariant, detail: detail.into() });
        }
    }

    pub(super) fn released(&mut self, owner: &NodeId) {
        self.held.retain(|_, (holder, ..)| holder != owner);
    }

    /// Whether a process was allowed to write that gives this fence.
    pub(super) fn wrote(&mut self, letter: LetterId, fence: Fence) {
        if self.newest.get(&letter).is_some_and(|newest| fence < *newest) {
            let ordinal = self.ordinal(letter);
            self.breaks(
                Invariant::OneHolder,
                format!("letter {ordinal}: a worker wrote under a claim that was not the newest"),
            );
        }
    }
}

impl Core {
    pub(super) fn breaks(&mut self, invariant: Invariant, detail: impl Into<String>) {
        self.watch.breaks(invariant, detail);
    }

    pub(super) fn saw_claims(&mut self, request: &ClaimRequest, claims: &[Claim]) {
        for Claim { delivery, fence } in claims {
            let letter = delivery.letter;
            let until = match self.watch.held.get(&letter) {
                Some((owner, _, until)) if *until > request.now => Some((owner.clone(), *until)),
                _ => None,
            };
            if let Some((owner, _)) = until {
                let ordinal = self.watch.ordinal(letter);
                let detail = format!("letter {ordinal}: claimed by {} while {} holds it", request.owner.0, owner.0);
                self.breaks(Invariant::OneHolder, detail);
            }
            self.watch.held.insert(letter, (request.owner.clone(), *fence, request.lease_until));
            self.watch.newest.insert(letter, *fence);
        }
    }

    /// What a transaction that has happened says.
    pub(super) fn saw_commit(&mut self, node: usize, steps: Vec<Step>) {
        let mut changes = BTreeMap::<LetterId, u32>::new();
        let mut moved = BTreeMap::<LetterId, u32>::new();
        for step in steps {
            match step {
                Step::Case(id) => {
                    self.watch.cases.insert(id);
                }
                Step::Entry(id, case) => self.saw_entry(id, case),
                Step::Letter { letter, delivery } => self.saw_letter(node, *letter, *delivery),
                Step::Delivery { delivery, fence, keep } => {
                    let letter = delivery.letter;
                    if self.saw_delivery(node, *delivery, fence, keep) {
                        *moved.entry(letter).or_default() += 1;
                    }
                }
                Step::Intake(intake) => self.saw_intake(intake),
                Step::Change(letter) => *changes.entry(letter).or_default() += 1,
            }
        }
        if changes != moved {
            self.breaks(Invariant::EveryChangeLogged, "a change of state without exactly one event in its transaction");
        }
    }

    fn saw_entry(&mut self, id: EntryId, case: CaseId) {
        if !self.watch.cases.contains(&case) {
            self.breaks(Invariant::RecordsAgree, "an entry in a case that is not there");
        }
        self.watch.entries.insert(id, case);
    }

    fn saw_letter(&mut self, node: usize, letter: Letter, delivery: Delivery) {
        let ordinal = self.watch.letters.len() as u64;
        self.note(node, "accepted from the caller", ordinal);
        if self.watch.entries.get(&letter.entry) != Some(&letter.case) {
            self.breaks(Invariant::RecordsAgree, format!("letter {ordinal} dispatches an entry that is not there"));
        }
        let seen = Seen { ordinal, delivery, entry: letter.entry, order_key: letter.options.order_key };
        self.watch.letters.insert(letter.id, seen);
    }

    /// Tells whether the state moved.
    fn saw_delivery(&mut self, node: usize, mut delivery: Delivery, fence: Option<Fence>, keep: bool) -> bool {
        let letter = delivery.letter;
        let ordinal = self.watch.ordinal(letter);
        let Some(before) = self.watch.letters.get(&letter).map(|seen| seen.delivery.state.clone()) else {
            self.breaks(Invariant::RecordsAgree, "a delivery without a letter");
            return false;
        };
        if !keep {
            self.watch.held.remove(&letter);
        }
        delivery.version += 1;
        let moved = delivery.state != before;
        if moved {
            self.note(node, delivery.state.name(), ordinal);
            self.check_forward(ordinal, &before, &delivery.state, fence.is_none());
            self.check_truth(ordinal, &delivery);
        }
        if let Some(seen) = self.watch.letters.get_mut(&letter) {
            seen.delivery = delivery;
        }
        moved
    }

    fn check_forward(&mut self, ordinal: u64, before: &DeliveryState, after: &DeliveryState, ordered: bool) {
        use DeliveryState as S;
        let back_to_queue = matches!((before, after), (S::Attempting { .. } | S::Unknown { .. }, S::Queued));
        let forward = after.rank() >= before.rank() && before.work().is_some();
        if !(forward || back_to_queue || ordered) {
            let detail = format!("letter {ordinal}: from {} back to {}", before.name(), after.name());
            self.breaks(Invariant::OnlyForward, detail);
        }
    }

    fn check_truth(&mut self, ordinal: u64, delivery: &Delivery) {
        use DeliveryState as S;
        let place = delivery.remote_id.as_ref().and_then(|id| self.world.by_id.get(id)).copied();
        let posted = place.and_then(|place| self.world.posted.get(place)).filter(|it| it.letter == delivery.letter);
        let was = |fits: fn(Stage) -> bool| posted.is_some_and(|posted| posted.was(fits));
        let truthful = match &delivery.state {
            S::Queued | S::Attempting { .. } | S::Unknown { .. } | S::Withdrawn => true,
            S::Accepted => posted.is_some(),
            S::Delivered { mailbox } => {
                posted.is_some_and(|it| it.mailbox == *mailbox && it.was(|stage| matches!(stage, Stage::Delivered(_))))
            }
            S::SentToPrint => was(|stage| stage == Stage::SentToPrint),
            S::Opened => was(|stage| stage == Stage::Opened),
            S::Printed => was(|stage| stage == Stage::Printed),
            S::Closed => was(|stage| stage == Stage::Closed),
            S::Failed(FailureCause::Returned { .. }) => {
                was(|stage| matches!(stage, Stage::Rejected | Stage::Undeliverable))
            }
            S::Failed(_) => self.world.effective(delivery.letter) == 0,
        };
        if !truthful {
            let state = delivery.state.name();
            let detail = format!("letter {ordinal} is on record as {state}, which is not what the channel did");
            self.breaks(Invariant::TruthfulOutcome, detail);
        }
    }

    fn saw_intake(&mut self, intake: Intake) {
        if let IntakeState::Registered { case, entry } | IntakeState::Acknowledged { case, entry } = &intake.state
            && self.watch.entries.get(entry) != Some(case)
        {
            self.breaks(Invariant::RecordsAgree, "mail registered as an entry that is not there");
        }
        self.watch.intakes.insert(intake.item.clone(), intake);
    }

    /// A letter is about to leave.
    pub(super) fn saw_send(&mut self, channel: usize, letter: LetterId, recipient: &str, mailbox: MailboxKind) {
        let now = self.now;
        let ordinal = self.watch.ordinal(letter);
        let Some(seen) = self.watch.letters.get(&letter) else {
            return self.breaks(Invariant::SentOnce, "a letter leaves that is not on record");
        };
        let attempting = matches!(seen.delivery.state, DeliveryState::Attempting { .. });
        let key = seen.order_key.clone();
        if !attempting {
            self.breaks(Invariant::SentOnce, format!("letter {ordinal} leaves before the intent is on record"));
        }
        if let Some(since) = self.world.open.get(&letter).copied()
            && self.world.looked_up.get(&letter).is_none_or(|looked| *looked <= since)
        {
            let detail = format!("letter {ordinal} leaves again without asking what became of the attempt before");
            self.breaks(Invariant::SentOnce, detail);
        }
        let asked = self.world.asked.get(&(channel, recipient.to_owned(), mailbox));
        let decided = asked.is_some_and(|at| now.saturating_sub(*at) <= DECISION_HOLDS);
        let submission = self.world.submissions.iter().find(|submission| submission.promised == Some(letter));
        let void = submission.and_then(|it| it.void).is_some_and(|since| now.saturating_sub(since) > DECISION_HOLDS);
        if !decided || void {
            let detail = format!("letter {ordinal} leaves on a decision that was not made for this attempt");
            self.breaks(Invariant::DecidedAtSending, detail);
        }
        if key.is_some() {
            let earlier = |other: &&Seen| {
                other.ordinal < ordinal
                    && other.order_key == key
                    && other.delivery.state.work() == Some(WorkKind::Dispatch)
            };
            if let Some(other) = self.watch.letters.values().find(earlier) {
                let detail = format!("letter {ordinal} leaves before letter {}", other.ordinal);
                self.breaks(Invariant::InOrder, detail);
            }
        }
    }

    /// A letter has its effect.
    pub(super) fn saw_arrival(&mut self, letter: LetterId, mailbox: MailboxKind, sensitive: bool) {
        let ordinal = self.watch.ordinal(letter);
        if self.world.effective(letter) > 1 {
            self.breaks(Invariant::SentOnce, format!("letter {ordinal} arrived twice"));
        }
        if sensitive && mailbox == MailboxKind::OrganisationInbox {
            let detail = format!("letter {ordinal} is sensitive and landed in an inbox open to many");
            self.breaks(Invariant::NothingLeaked, detail);
        }
    }

    /// The other side was told that an item is safely ours.
    pub(super) fn saw_acknowledged(&mut self, item: &ItemId) {
        let state = self.watch.intakes.get(item).map(|intake| &intake.state);
        if !matches!(state, Some(IntakeState::Registered { .. } | IntakeState::Acknowledged { .. })) {
            self.breaks(Invariant::NothingLost, format!("item {} acknowledged before it was on record", item.0));
        }
    }

    pub(super) fn saw_told(&mut self, subject: &Subject) {
        match subject {
            Subject::LetterFailed { letter } | Subject::ReconciliationDifference { letter } => {
                self.watch.told.insert(Told::Letter(*letter));
            }
            Subject::MailSetAside { item, .. } => {
                self.watch.told.insert(Told::Item(item.clone()));
            }
            _ => {}
        }
    }

    /// The first that has not ended yet, nothing when all has.
    pub(super) fn unfinished(&self) -> Option<Unfinished> {
        for (nth, submission) in self.world.submissions.iter().enumerate() {
            let Some(letter) = submission.promised else { return Some(Unfinished::NotAccepted(nth)) };
            let Some(seen) = self.watch.letters.get(&letter) else { return Some(Unfinished::Lost(nth)) };
            let untold = matches!(seen.delivery.state, DeliveryState::Failed(_))
                && !self.watch.told.contains(&Told::Letter(letter));
            if seen.delivery.state.work().is_some() || untold {
                return Some(Unfinished::Letter(letter));
            }
        }
        let open = self.world.items.iter().position(|(id, item)| {
            if item.flaw.is_some_and(Flaw::is_for_ever) {
                !self.watch.told.contains(&Told::Item(id.0.clone()))
            } else {
                !item.acknowledged
            }
        });
        open.map(Unfinished::Item)
    }

    /// The same in words.
    pub(super) fn tell_unfinished(&self) -> String {
        match self.unfinished() {
            None => "all has ended".to_owned(),
            Some(Unfinished::NotAccepted(nth)) => format!("submission {nth} was never accepted"),
            Some(Unfinished::Lost(nth)) => format!("submission {nth} was accepted and is not on record"),
            Some(Unfinished::Letter(letter)) => {
                let state = self.watch.letters.get(&letter).map_or("lost", |seen| seen.delivery.state.name());
                format!("letter {} is {state} for ever and nobody was told", self.watch.ordinal(letter))
            }
            Some(Unfinished::Item(nth)) => format!("item {nth} is neither taken in nor told of"),
        }
    }

    /// What must hold when all has ended.
    pub(super) fn settle_up(&mut self) {
        let failed: Vec<_> = self
            .watch
            .letters
            .iter()
            .filter(|(id, seen)| {
                matches!(seen.delivery.state, DeliveryState::Failed(_)) == (self.world.effective(**id) > 0)
            })
            .map(|(_, seen)| (seen.ordinal, seen.delivery.state.name()))
            .collect();
        for (ordinal, state) in failed {
            let detail = format!("letter {ordinal} ended as {state}, which is not what the channel did");
            self.breaks(Invariant::TruthfulOutcome, detail);
        }
        let of_letters = self.watch.letters.values().map(|seen| seen.entry);
        let of_mail = self.watch.intakes.values().filter_map(|intake| match intake.state {
            IntakeState::Registered { entry, .. } | IntakeState::Acknowledged { entry, .. } => Some(entry),
            IntakeState::SetAside { .. } => None,
        });
        let used: BTreeSet<_> = of_letters.chain(of_mail).collect();
        if used.len() != self.watch.entries.len() {
            self.breaks(Invariant::RecordsAgree, "entries that belong to no letter and no mail");
        }
        if self.watch.letters.len() > self.world.submissions.len() {
            self.breaks(Invariant::SentOnce, "a letter was accepted twice under one key");
        }
    }
}

/// A decision holds for the attempt that it was made for, which is over when its claim is: five minutes by the process's own
/// clock, which may be turned back by some three meanwhile.
const DECISION_HOLDS: u64 = 9 * MINUTE;
