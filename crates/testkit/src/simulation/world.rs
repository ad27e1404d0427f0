//! The other side: recipients, what reached them, and mail that waits for us.

use std::collections::{BTreeMap, BTreeSet};

use sakarkiv_core::{
    delivery::{Priority, Recipient, Reference, RemoteId},
    identity::{AccountId, LetterId},
    ports::{ItemId, Stage},
    routing::MailboxKind,
    sensitivity::SensitivityClass,
};

use super::{
    Fault, Plan, Scenario,
    kernel::{CALM_FROM, Core, HOUR, MINUTE},
    rng::Rng,
};
use crate::conformance::{addressee, company, person};

/// A letter that somebody will hand in.
#[derive(Debug, Clone)]
pub(super) struct Submission {
    pub(super) key: String,
    pub(super) node: usize,
    pub(super) at: u64,
    pub(super) recipient: Recipient,
    pub(super) sensitivity: SensitivityClass,
    pub(super) priority: Priority,
    pub(super) order_key: Option<String>,
    /// Accepted: from now on it must not be lost.
    pub(super) promised: Option<LetterId>,
    /// Since when its entry is void.
    pub(super) void: Option<u64>,
}

/// A letter on its way to the other side.
#[derive(Debug)]
pub(super) struct Sending {
    pub(super) channel: usize,
    pub(super) account: AccountId,
    pub(super) letter: LetterId,
    pub(super) reference: Reference,
    pub(super) recipient: String,
    pub(super) mailbox: MailboxKind,
    pub(super) sensitivity: SensitivityClass,
    /// Set on arrival: its id, or nothing when the other side turned it away at the door.
    pub(super) arrived: Option<Option<RemoteId>>,
}

/// A letter on the other side.
#[derive(Debug)]
pub(super) struct Posted {
    pub(super) channel: usize,
    pub(super) account: AccountId,
    pub(super) letter: LetterId,
    pub(super) reference: Reference,
    pub(super) remote_id: RemoteId,
    pub(super) mailbox: MailboxKind,
    pub(super) stages: Vec<(Stage, &'static str)>,
}

impl Posted {
    pub(super) fn stage(&self) -> (Stage, &'static str) {
        self.stages.last().copied().unwrap_or((Stage::Accepted, "MOTTATT"))
    }

    pub(super) fn is_effective(&self) -> bool {
        !matches!(self.stage().0, Stage::Rejected | Stage::Undeliverable)
    }

    pub(super) fn was(&self, fits: impl Fn(Stage) -> bool) -> bool {
        self.stages.iter().any(|(stage, _)| fits(*stage))
    }
}

/// What is wrong with an incoming item, and until when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Flaw {
    pub(super) kind: Fault,
    pub(super) until: Option<u64>,
}

/// An incoming item.
#[derive(Debug)]
pub(super) struct Item {
    pub(super) from: u64,
    pub(super) flaw: Option<Flaw>,
    pub(super) acknowledged: bool,
}

/// Something that happens on the other side, or to a process, at its time.
#[derive(Debug, Clone)]
pub(super) enum Event {
    Arrive(usize),
    Progress(usize),
    ReachGone(usize),
    TurnClock { node: usize, by: i64 },
    Void(usize),
    Pause { node: usize, millis: u64, counted: bool },
    Start(usize),
    End(usize),
}

#[derive(Debug, Default)]
pub(super) struct World {
    pub(super) submissions: Vec<Submission>,
    pub(super) sendings: Vec<Sending>,
    pub(super) posted: Vec<Posted>,
    pub(super) by_id: BTreeMap<RemoteId, usize>,
    pub(super) items: BTreeMap<ItemId, Item>,
    pub(super) reach: BTreeMap<String, Vec<MailboxKind>>,
    /// When a channel last said that a recipient has a mailbox. Several letters may ask about one recipient, so a later answer
    /// without it does not unmake the decision that an earlier one led to.
    pub(super) asked: BTreeMap<(usize, String, MailboxKind), u64>,
    /// Letters with an attempt whose outcome nobody has been told, since when.
    pub(super) open: BTreeMap<LetterId, u64>,
    /// When a channel last said what it has of a letter.
    pub(super) looked_up: BTreeMap<LetterId, u64>,
    pub(super) outage: Option<(u64, u64)>,
    pub(super) expired: Option<(u64, u64)>,
    /// When each process is asked to stop.
    pub(super) stops: BTreeMap<usize, u64>,
    pub(super) gone_for_good: BTreeSet<usize>,
    pub(super) events: BTreeMap<(u64, u64), Event>,
    order: u64,
}

impl World {
    pub(super) fn of(plan: &Plan) -> Self {
        let mut world = Self::default();
        let mut rng = Rng::stream(plan.seed, 3);
        let (letters, parcels) = (plan.scenario.letters(&mut rng), plan.scenario.parcels(&mut rng));
        for nth in 0..letters.min(plan.size) {
            let submission = submission(plan.scenario, nth, &mut Rng::stream(plan.seed, 1000 + nth as u64));
            world.submissions.push(submission);
        }
        for nth in 0..parcels.min(plan.size) {
            let item = item(plan, &mut Rng::stream(plan.seed, 2000 + nth as u64));
            world.items.insert(ItemId(format!("post-{nth:03}")), item);
        }
        world.trouble(plan, &mut rng);
        world
    }

    pub(super) fn schedule(&mut self, at: u64, event: Event) {
        self.order += 1;
        self.events.insert((at, self.order), event);
    }

    pub(super) fn reach_of(&self, recipient: &Recipient, channel: usize) -> Vec<MailboxKind> {
        // The second channel is a printer.
        if channel == 1 {
            return vec![MailboxKind::Paper];
        }
        self.reach.get(&key_of(recipient)).cloned().unwrap_or_else(|| usual_reach(recipient))
    }

    pub(super) fn has_mailbox(&self, recipient: &str, mailbox: MailboxKind) -> bool {
        self.reach.get(recipient).is_none_or(|reach| reach.contains(&mailbox))
    }

    pub(super) fn is_out(&self, channel: usize, now: u64) -> bool {
        channel == 0 && self.outage.is_some_and(|(from, to)| (from..to).contains(&now))
    }

    pub(super) fn is_expired(&self, channel: usize, now: u64) -> bool {
        channel == 0 && self.expired.is_some_and(|(from, to)| (from..to).contains(&now))
    }

    pub(super) fn effective(&self, letter: LetterId) -> usize {
        self.posted.iter().filter(|posted| posted.letter == letter && posted.is_effective()).count()
    }

    fn trouble(&mut self, plan: &Plan, rng: &mut Rng) {
        let nodes = plan.scenario.nodes() as u64;
        let has = |fault| plan.faults.has(fault);
        let mut draws: Vec<_> = (0..16).map(|_| rng.next()).collect();
        let mut draw = |from: u64, to: u64| from + draws.pop().unwrap_or_default() % (to - from);
        match plan.scenario {
            Scenario::Outage => {
                let from = draw(MINUTE / 2, 20 * MINUTE);
                self.outage = Some((from, from + draw(20 * MINUTE, 90 * MINUTE)));
            }
            Scenario::Expiry => self.outage = Some((0, draw(4 * HOUR, 6 * HOUR))),
            _ if has(Fault::Outage) => {
                let from = draw(0, HOUR);
                self.outage = Some((from, from + draw(5 * MINUTE, HOUR)));
            }
            _ => {}
        }
        if has(Fault::Unauthorised) {
            let from = draw(0, HOUR);
            self.expired = Some((from, from + draw(5 * MINUTE, 40 * MINUTE)));
        }
        if plan.scenario == Scenario::Shutdown {
            self.stops.insert(0, draw(MINUTE / 2, 30 * MINUTE));
        }
        if has(Fault::ReachGone) {
            for nth in 0..2 {
                let at = draw(0, 40 * MINUTE);
                self.schedule(at, Event::ReachGone(nth));
            }
        }
        // Together less than half the settle time, so that no clock is ever off by more than the settle time allows for.
        if has(Fault::ClockForward) {
            let (at, node, by) = (draw(0, HOUR), draw(0, nodes), draw(1000, 200_000));
            let node = usize::try_from(node).unwrap_or_default();
            self.schedule(at, Event::TurnClock { node, by: i64::try_from(by).unwrap_or_default() });
        }
        if has(Fault::ClockBack) {
            let (at, node, by) = (draw(0, HOUR), draw(0, nodes), draw(1000, 200_000));
            let node = usize::try_from(node).unwrap_or_default();
            self.schedule(at, Event::TurnClock { node, by: -i64::try_from(by).unwrap_or_default() });
        }
        if has(Fault::Withdrawn) && !self.submissions.is_empty() {
            let nth = usize::try_from(draw(0, self.submissions.len() as u64)).unwrap_or_default();
            self.schedule(draw(0, HOUR), Event::Void(nth));
        }
        if has(Fault::StaleWorker) {
            let node = usize::try_from(draw(0, nodes)).unwrap_or_default();
            self.schedule(
                draw(0, 40 * MINUTE),
                Event::Pause { node, millis: draw(6 * MINUTE, 25 * MINUTE), counted: false },
            );
        }
        if plan.scenario == Scenario::TwoNodes && has(Fault::Crash) {
            self.schedule(draw(0, 40 * MINUTE), Event::End(1));
        }
    }
}

impl Core {
    /// Lets the other side do what is due.
    pub(super) fn happen(&mut self, event: &Event) {
        match event {
            Event::Arrive(nth) => self.arrive(*nth),
            Event::Progress(nth) => self.progress(*nth),
            Event::ReachGone(nth) if self.budget_left() => {
                self.struck(Fault::ReachGone);
                let left = match nth {
                    0 => vec![MailboxKind::OrganisationInbox, MailboxKind::ConfidentialInbox, MailboxKind::Paper],
                    _ => vec![MailboxKind::OrganisationInbox, MailboxKind::Paper],
                };
                self.world.reach.insert(key_of(&company(*nth)), left);
            }
            Event::TurnClock { node, by } if self.budget_left() => {
                self.struck(if *by > 0 { Fault::ClockForward } else { Fault::ClockBack });
                self.turn_clock(*node, *by);
            }
            Event::ReachGone(_)
            | Event::TurnClock { .. }
            | Event::Void(_)
            | Event::Pause { .. }
            | Event::Start(_)
            | Event::End(_) => {}
        }
    }

    fn arrive(&mut self, nth: usize) {
        let place = self.world.posted.len();
        let Some(sending) = self.world.sendings.get_mut(nth) else { return };
        let letter = sending.letter;
        let (recipient, mailbox) = (sending.recipient.clone(), sending.mailbox);
        if sending.channel == 0 && !self.world.has_mailbox(&recipient, mailbox) {
            if let Some(sending) = self.world.sendings.get_mut(nth) {
                sending.arrived = Some(None);
            }
            let ordinal = self.watch.ordinal(letter);
            return self.note(0, "turned away at the door", ordinal);
        }
        let remote_id = RemoteId(format!("r-{place}"));
        let Some(sending) = self.world.sendings.get_mut(nth) else { return };
        sending.arrived = Some(Some(remote_id.clone()));
        let sensitive = sending.sensitivity >= SensitivityClass::Confidential;
        self.world.posted.push(Posted {
            channel: sending.channel,
            account: sending.account.clone(),
            letter,
            reference: sending.reference.clone(),
            remote_id: remote_id.clone(),
            mailbox,
            stages: vec![(Stage::Accepted, "MOTTATT")],
        });
        self.world.by_id.insert(remote_id, place);
        let ordinal = self.watch.ordinal(letter);
        self.note(0, "arrives", ordinal);
        self.saw_arrival(letter, mailbox, sensitive);
        let at = self.now + self.rng.between(5_000, 3 * MINUTE);
        self.world.schedule(at, Event::Progress(place));
    }

    fn progress(&mut self, place: usize) {
        let returned = self.strikes(Fault::Returned, 30);
        let Some(posted) = self.world.posted.get_mut(place) else { return };
        let paper = posted.mailbox == MailboxKind::Paper;
        let next = match posted.stage().0 {
            Stage::Accepted if returned => (Stage::Rejected, "AVVIST"),
            Stage::Accepted if paper => (Stage::SentToPrint, "SENDT_PRINT"),
            Stage::Accepted => (Stage::Delivered(Some(posted.mailbox)), "LEVERT"),
            Stage::SentToPrint => (Stage::Printed, "PRINTET"),
            Stage::Delivered(_) => (Stage::Opened, "LEST"),
            _ => return,
        };
        posted.stages.push(next);
        let final_stage = next.0.is_final();
        let letter = posted.letter;
        let ordinal = self.watch.ordinal(letter);
        self.note(0, next.1, ordinal);
        if !final_stage {
            let at = self.now + self.rng.between(MINUTE, 100 * MINUTE);
            self.world.schedule(at, Event::Progress(place));
        }
    }
}

fn submission(scenario: Scenario, nth: usize, rng: &mut Rng) -> Submission {
    use SensitivityClass::{Confidential, Open, Restricted, StrictlyConfidential};
    let drawn = usize::try_from(rng.between(0, 5)).unwrap_or_default();
    let kind = if scenario == Scenario::EveryRecipient { nth % 5 } else { drawn };
    // The first two companies lose mailboxes when mailboxes are lost.
    let recipient = match kind {
        0 => company(0),
        1 => company(1),
        2 => company(2),
        3 => person(nth),
        _ => addressee(nth),
    };
    let sensitivity = match rng.between(0, 5) {
        0 => Restricted,
        1 | 2 => Confidential,
        3 => StrictlyConfidential,
        _ => Open,
    };
    let draw = usize::try_from(rng.between(0, Priority::ALL.len() as u64)).unwrap_or_default();
    let spread = if scenario == Scenario::Bulk { MINUTE } else { 30 * MINUTE };
    let in_order = scenario == Scenario::InOrder;
    Submission {
        key: format!("brev-{nth}"),
        node: nth % scenario.nodes(),
        at: if in_order { nth as u64 * 20_000 } else { rng.between(0, spread) },
        recipient,
        sensitivity,
        priority: Priority::ALL.get(draw).copied().unwrap_or(Priority::General),
        order_key: in_order.then(|| format!("sak-{}", nth % 2)),
        promised: None,
        void: None,
    }
}

fn item(plan: &Plan, rng: &mut Rng) -> Item {
    let from = rng.between(0, HOUR);
    let (kind, lasts, mends) = (rng.next(), rng.between(10 * MINUTE, 2 * HOUR), rng.per_mille(500));
    let kind = match kind % 6 {
        0 => Fault::Undecryptable,
        1 => Fault::MalformedEntry,
        2 => Fault::ListedTwice,
        _ => return Item { from, flaw: None, acknowledged: false },
    };
    let flaw = plan.faults.has(kind).then_some(Flaw { kind, until: mends.then_some((from + lasts).min(CALM_FROM)) });
    Item { from, flaw, acknowledged: false }
}

fn usual_reach(recipient: &Recipient) -> Vec<MailboxKind> {
    use MailboxKind::{CitizenMailbox, ConfidentialInbox, OrganisationInbox, Paper, ReceiverSystem};
    match recipient {
        Recipient::Organisation { .. } if key_of(recipient) == key_of(&company(2)) => vec![OrganisationInbox, Paper],
        Recipient::Organisation { .. } if key_of(recipient) == key_of(&company(1)) => {
            vec![OrganisationInbox, ConfidentialInbox, Paper]
        }
        Recipient::Organisation { .. } => vec![ReceiverSystem, OrganisationInbox, ConfidentialInbox, Paper],
        Recipient::Person { .. } => vec![CitizenMailbox, Paper],
        Recipient::Addressee { .. } => vec![Paper],
    }
}

pub(super) fn key_of(recipient: &Recipient) -> String {
    match recipient {
        Recipient::Organisation { number, .. } => number.as_str().to_owned(),
        Recipient::Person { number, .. } => number.digits().to_owned(),
        Recipient::Addressee { name, .. } => name.expose().clone(),
    }
}

impl Flaw {
    /// Whether people will have to see to it.
    pub(super) fn is_for_ever(self) -> bool {
        self.until.is_none() && self.kind != Fault::ListedTwice
    }

    pub(super) fn holds(self, now: u64) -> bool {
        self.until.is_none_or(|until| now < until)
    }
}
