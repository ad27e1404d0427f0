//! The rules by which a delivery moves (design of the delivery engine, R4.1, R4.5): a pure function from a delivery and an
//! event to the delivery that follows. It does no I/O, reads no clock and draws no random number, so every case can be
//! tested.
//!
//! ```text
//! Queued ─▶ Attempting ─▶ Accepted ─▶ Delivered ─▶ SentToPrint ─▶ Opened | Printed | Closed | Withdrawn
//!    ▲         │   │ └───▶ Failed
//!    └─────────┘   └─▶ Unknown ─▶ Accepted … | Queued (after the settle time) | Failed
//! ```

mod find;
mod receipt;
mod sending;
#[cfg(test)]
mod signing_tests;
#[cfg(test)]
mod story_tests;
#[cfg(test)]
mod tests;

use std::time::Duration;

use sakarkiv_core::{
    delivery::{Delivery, DeliveryState, FailureCause, RemoteId, SigningStage, SigningStatus},
    identity::{AccountId, ChannelId, Timestamp},
    ports::{Found, PortError, PortErrorKind, StatusLine},
    routing::{Explanation, MailboxKind, Refused},
};

use crate::policy::{Policy, later};

/// What happened to a delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// The letter was cleared for this mailbox kind on the delivery's own channel, and sending is about to begin.
    Begin {
        /// The mailbox kind.
        mailbox: MailboxKind,
        /// Why, to be kept with the delivery.
        explanation: Option<Box<Explanation>>,
    },
    /// No way is safe.
    NotCleared(Refused),
    /// The safe way is another channel.
    Reroute {
        /// That channel.
        channel: ChannelId,
        /// The account there.
        account: AccountId,
    },
    /// Whether a way is safe could not be found out now.
    Postponed(Failure),
    /// Its sender wants it seen no sooner than this, and the channel cannot wait with it.
    PutOff {
        /// When it may leave.
        until: Timestamp,
    },
    /// Content or record that it needs is missing.
    Incomplete {
        /// What.
        what: String,
    },
    /// The channel took the letter.
    SendAccepted(RemoteId),
    /// The call to send failed.
    SendFailed(Failure),
    /// The channel was asked by our reference and answered this, newest first.
    FoundHits(Vec<Found>),
    /// The channel could not be asked.
    FindFailed(Failure),
    /// The channel reported a status.
    Status(StatusLine),
    /// The channel was asked for a status and gave none for this letter.
    NoStatus,
    /// The channel told how far the signing order has come (R4.4).
    Signing(SigningStatus),
    /// The delivery was claimed while an attempt was on record: whoever made it is gone, so it was cut off.
    LeaseRecovered,
    /// Its life time may be over.
    Expired,
    /// A person sends a failed letter on its way again.
    Redrive,
    /// A person stops it before it leaves.
    Stop,
    /// The channel took it back on a person's order.
    Withdrawn,
}

/// A failed call, as far as it matters here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// What can be done.
    pub kind: PortErrorKind,
    /// How long the other side asked us to wait.
    pub retry_after: Option<Duration>,
    /// Technical words, free of personal data.
    pub detail: String,
    /// The other side's code.
    pub remote_code: Option<String>,
    /// The other side takes the letter for a repetition of one that it has.
    pub sent_before: bool,
}

impl Failure {
    /// A failure of our own making.
    #[must_use]
    pub fn new(kind: PortErrorKind, detail: impl Into<String>) -> Self {
        Self { kind, retry_after: None, detail: detail.into(), remote_code: None, sent_before: false }
    }

    /// Whether the other side did not answer as a working one does: what a circuit breaker counts.
    #[must_use]
    pub const fn is_outage(&self) -> bool {
        matches!(self.kind, PortErrorKind::Transient | PortErrorKind::Unknown)
    }
}

impl From<&PortError> for Failure {
    fn from(error: &PortError) -> Self {
        Self {
            kind: error.kind(),
            retry_after: error.retry_after(),
            detail: format!("{}: {}", error.operation(), error.detail()),
            remote_code: error.remote_code().map(ToOwned::to_owned),
            sent_before: error.is_sent_before(),
        }
    }
}

/// What the rules rest on beside the delivery.
#[derive(Debug, Clone, Copy)]
pub struct Rules<'a> {
    /// Times and limits.
    pub policy: &'a Policy,
    /// The channel's [`settle_time`](sakarkiv_core::ports::ChannelCapabilities::settle_time).
    pub settle_time: Duration,
}

/// What follows from an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The delivery afterwards. Its version is that of the one before; storing raises it.
    pub delivery: Delivery,
    /// The change of state, to be put on record in the same transaction (I8); nothing when the state stayed.
    pub change: Option<Change>,
    /// How far a signing order has come, to be put on record too; nothing when that is as before.
    pub signing: Option<SigningStage>,
    /// What people must be told.
    pub alarm: Option<Alarm>,
    /// What a look-up by reference brought to light.
    pub finding: Option<Finding>,
}

/// A change of state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Change {
    /// The state before, by its stable name.
    pub from: &'static str,
    /// The state after.
    pub to: &'static str,
}

/// What people must be told about a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Alarm {
    /// It failed and needs a person.
    Failed,
    /// It is not known what became of it, and the channel does not tell.
    FateUnknown,
    /// The channel has it more than once.
    Doubled,
    /// The channel took it and does not know it any more.
    Missing,
    /// The channel has it though it is on record as failed.
    Contradicts,
    /// It was to be signed, and nobody will sign it any more.
    NotSigned,
}

/// What a look-up by reference brought to light (R4.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Finding {
    /// The channel had it though we did not know: it is on record now.
    Adopted,
    /// The channel has it more than once.
    Doubled,
    /// It is on record as taken, and the channel does not have it.
    Missing,
    /// It is on record as failed, and the channel has it.
    Contradicts,
}

/// What the office has to do with a claimed delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Command {
    /// Decide the way and send.
    Send,
    /// End it: its life time is over.
    Expire,
    /// Record that the attempt was cut off, then look it up.
    Recover,
    /// Ask the channel by reference.
    LookUp,
    /// Ask for its status.
    FollowUp,
    /// Nothing: it has ended.
    Nothing,
}

/// What to do with a delivery that is due.
#[must_use]
pub fn next(delivery: &Delivery, now: Timestamp) -> Command {
    match delivery.state {
        DeliveryState::Queued if now >= delivery.expires => Command::Expire,
        DeliveryState::Queued => Command::Send,
        DeliveryState::Attempting { .. } => Command::Recover,
        DeliveryState::Unknown { .. } => Command::LookUp,
        DeliveryState::Accepted | DeliveryState::Delivered { .. } | DeliveryState::SentToPrint => Command::FollowUp,
        _ if delivery.awaits_signature() => Command::FollowUp,
        DeliveryState::Opened
        | DeliveryState::Printed
        | DeliveryState::Closed
        | DeliveryState::Failed(_)
        | DeliveryState::Withdrawn => Command::Nothing,
    }
}

/// What follows from `event` at `now`. `jitter` is any random number; it only spreads waits.
///
/// Total: every event has an answer in every state. An event that has no meaning in a state changes nothing.
#[must_use]
pub fn step(delivery: &Delivery, event: Event, now: Timestamp, rules: &Rules<'_>, jitter: u64) -> Step {
    let mut turn = Turn { delivery: delivery.clone(), now, rules: *rules, jitter, alarm: None, finding: None };
    match event {
        Event::Begin { mailbox, explanation } => turn.begin(mailbox, explanation),
        Event::NotCleared(refused) => turn.end_queued(FailureCause::NotCleared(refused)),
        Event::Incomplete { what } => turn.end_queued(FailureCause::Incomplete { what }),
        Event::Reroute { channel, account } => turn.reroute(channel, account),
        Event::Postponed(failure) => turn.postpone(&failure),
        Event::PutOff { until } => turn.put_off(until),
        Event::SendAccepted(id) => turn.accepted(id),
        Event::SendFailed(failure) => turn.send_failed(failure),
        Event::FoundHits(hits) => turn.found(&hits),
        Event::FindFailed(failure) => turn.find_failed(&failure),
        Event::Status(line) => turn.receipt(&line),
        Event::NoStatus => turn.no_status(),
        Event::Signing(status) => turn.signing(status),
        Event::LeaseRecovered => turn.recover(),
        Event::Expired => turn.expire(),
        Event::Redrive => turn.redrive(),
        Event::Stop => turn.stop(),
        Event::Withdrawn => turn.withdrawn(),
    }
    turn.finish(delivery)
}

/// One step in the making.
struct Turn<'a> {
    delivery: Delivery,
    now: Timestamp,
    rules: Rules<'a>,
    jitter: u64,
    alarm: Option<Alarm>,
    finding: Option<Finding>,
}

impl Turn<'_> {
    fn finish(self, before: &Delivery) -> Step {
        let change = (self.delivery.state != before.state)
            .then(|| Change { from: before.state.name(), to: self.delivery.state.name() });
        let stage =
            |delivery: &Delivery| delivery.signing.as_ref().and_then(|signing| Some(signing.status.as_ref()?.stage));
        let signing = stage(&self.delivery).filter(|now| stage(before) != Some(*now));
        Step { delivery: self.delivery, change, signing, alarm: self.alarm, finding: self.finding }
    }

    const fn is_queued(&self) -> bool {
        matches!(self.delivery.state, DeliveryState::Queued)
    }

    const fn has_ended(&self) -> bool {
        self.delivery.state.work().is_none()
    }

    fn due_in(&mut self, wait: Duration) {
        self.delivery.due = Some(later(self.now, wait));
    }

    /// Goes to an end state.
    fn end(&mut self, state: DeliveryState, at: Timestamp) {
        if matches!(state, DeliveryState::Failed(_)) {
            self.alarm = Some(Alarm::Failed);
        }
        self.delivery.state = state;
        self.delivery.ended = Some(at);
        self.delivery.due = None;
        // The letter has come to its end, a signature may not have.
        if self.delivery.awaits_signature() {
            self.follow_up_later();
        }
    }

    fn end_queued(&mut self, cause: FailureCause) {
        if self.is_queued() {
            self.end(DeliveryState::Failed(cause), self.now);
        }
    }

    fn redrive(&mut self) {
        if !matches!(self.delivery.state, DeliveryState::Failed(_)) {
            return;
        }
        let delivery = &mut self.delivery;
        delivery.state = DeliveryState::Queued;
        delivery.failures = 0;
        delivery.due = Some(self.now);
        delivery.queued = self.now;
        delivery.expires = self.rules.policy.expires(self.now, delivery.priority);
        delivery.remote_id = None;
        delivery.remote = None;
        delivery.accepted = None;
        delivery.delivered = None;
        delivery.ended = None;
        delivery.last_error = None;
        if let Some(signing) = &mut delivery.signing {
            signing.status = None;
        }
    }

    /// Only what waits can be stopped: while the fate of an attempt is open, saying "stopped" might be a lie.
    fn stop(&mut self) {
        if self.is_queued() {
            self.delivery.state = DeliveryState::Failed(FailureCause::Stopped);
            self.delivery.ended = Some(self.now);
            self.delivery.due = None;
        }
    }
}
