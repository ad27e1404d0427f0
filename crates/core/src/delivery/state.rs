use serde::{Deserialize, Serialize};

use super::{Letter, Priority, Reference, RemoteId, Signing};
use crate::{
    identity::{AccountId, ChannelId, LetterId, TenantId, Timestamp},
    ports::RemoteStatus,
    routing::{Explanation, MailboxKind, Refused},
};

/// Why a delivery ended without the recipient getting the letter through this channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "cause")]
#[non_exhaustive]
pub enum FailureCause {
    /// No mailbox is safe enough for it (R5.1); the reasons say why.
    NotCleared(Refused),
    /// The channel said no to this very letter.
    Rejected {
        /// Technical detail.
        detail: String,
        /// The channel's code or error id.
        remote_code: Option<String>,
    },
    /// The channel takes it for a repetition of a letter that it has, which is not this one.
    SentBefore {
        /// Technical detail.
        detail: String,
    },
    /// The channel took it and then turned it away or could not deliver it.
    Returned {
        /// The channel's own status word.
        raw: String,
    },
    /// Its life time was over before the channel took it.
    Expired {
        /// The last failure, in technical words.
        last: String,
    },
    /// Content or record that it needs is missing from the store.
    Incomplete {
        /// What is missing.
        what: String,
    },
    /// A person stopped it.
    Stopped,
}

/// Where a delivery stands. Accepted, delivered and opened are different things and never mixed up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "state")]
pub enum DeliveryState {
    /// Waits for its turn, or for [`Delivery::due`] after a failure.
    Queued,
    /// The intent to send is durable; the call may be under way or may have been cut off.
    Attempting {
        /// Since when.
        since: Timestamp,
    },
    /// It is not known whether the last attempt had its effect. Looked up by reference until `settles`.
    Unknown {
        /// Since when.
        since: Timestamp,
        /// When the channel's settle time is over.
        settles: Timestamp,
        /// The channel said that it was sent before. If that was not this letter, sending it again would only be refused again.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        sent_before: bool,
    },
    /// The channel has it.
    Accepted,
    /// It is in a mailbox, unopened.
    Delivered {
        /// What kind of mailbox.
        mailbox: MailboxKind,
    },
    /// It is at the printer.
    SentToPrint,
    /// The recipient opened it.
    Opened,
    /// It was printed and posted.
    Printed,
    /// The channel closed it without saying what the recipient got.
    Closed,
    /// It failed; the letter is kept and can be driven again by a person.
    Failed(FailureCause),
    /// It was taken back before the recipient opened it.
    Withdrawn,
}

/// What kind of work a delivery waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WorkKind {
    /// To be sent, or looked up after an unknown outcome.
    Dispatch,
    /// To be asked for its status.
    FollowUp,
}

impl DeliveryState {
    /// A short stable name, for reports and indexes.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Attempting { .. } => "attempting",
            Self::Unknown { .. } => "unknown",
            Self::Accepted => "accepted",
            Self::Delivered { .. } => "delivered",
            Self::SentToPrint => "sent_to_print",
            Self::Opened => "opened",
            Self::Printed => "printed",
            Self::Closed => "closed",
            Self::Failed(_) => "failed",
            Self::Withdrawn => "withdrawn",
        }
    }

    /// What the state asks of the engine, `None` at the end. [`Delivery::work`] also knows of signatures.
    #[must_use]
    pub const fn work(&self) -> Option<WorkKind> {
        match self {
            Self::Queued | Self::Attempting { .. } | Self::Unknown { .. } => Some(WorkKind::Dispatch),
            Self::Accepted | Self::Delivered { .. } | Self::SentToPrint => Some(WorkKind::FollowUp),
            Self::Opened | Self::Printed | Self::Closed | Self::Failed(_) | Self::Withdrawn => None,
        }
    }

    /// How far along a letter's life this is; a delivery's rank never falls, but for a person's re-drive and for
    /// `Attempting`/`Unknown` back to `Queued` (I7).
    #[must_use]
    pub const fn rank(&self) -> u8 {
        match self {
            Self::Queued => 0,
            Self::Attempting { .. } => 1,
            Self::Unknown { .. } => 2,
            Self::Accepted => 3,
            Self::Delivered { .. } => 4,
            Self::SentToPrint => 5,
            Self::Opened | Self::Printed | Self::Closed | Self::Failed(_) | Self::Withdrawn => 6,
        }
    }
}

/// The changing side of a letter: what the engine and its store keep about getting it there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// Which letter.
    pub letter: LetterId,
    /// Whose.
    pub tenant: TenantId,
    /// The channel it is on.
    pub channel: ChannelId,
    /// The sender account it goes by.
    pub account: AccountId,
    /// Where it stands.
    pub state: DeliveryState,
    /// How many times sending was begun.
    pub attempts: u32,
    /// Failures in a row since the last progress; drives back-off.
    pub failures: u32,
    /// When the engine has to look at it next; `None` when never.
    pub due: Option<Timestamp>,
    /// Its rank among what is due.
    pub priority: Priority,
    /// Keeps order with others of the same key.
    pub order_key: Option<String>,
    /// When it was queued.
    pub queued: Timestamp,
    /// When trying to send it ends.
    pub expires: Timestamp,
    /// The mailbox kind it was last cleared for.
    pub cleared_for: Option<MailboxKind>,
    /// Why it was cleared for that: the three questions, who answered them, and the reasons (R5.2).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub explanation: Option<Box<Explanation>>,
    /// The signing side, when a document is to be signed (R4.4).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signing: Option<Signing>,
    /// The channel's id, once it has one.
    pub remote_id: Option<RemoteId>,
    /// The channel's last status, raw word included.
    pub remote: Option<RemoteStatus>,
    /// When the channel took it.
    pub accepted: Option<Timestamp>,
    /// When it was first seen in a mailbox.
    pub delivered: Option<Timestamp>,
    /// When it ended: opened, printed, failed, withdrawn.
    pub ended: Option<Timestamp>,
    /// The last failure in technical words, free of personal data.
    pub last_error: Option<String>,
    /// Guards against lost updates: each stored change raises it by one.
    pub version: u64,
}

impl Delivery {
    /// The delivery of a letter that was just accepted from its caller.
    #[must_use]
    pub fn queue(letter: &Letter, channel: ChannelId, expires: Timestamp) -> Self {
        Self {
            letter: letter.id,
            tenant: letter.tenant.clone(),
            channel,
            account: letter.sender.account.clone(),
            state: DeliveryState::Queued,
            attempts: 0,
            failures: 0,
            due: Some(letter.submitted),
            priority: letter.priority,
            order_key: letter.options.order_key.clone(),
            queued: letter.submitted,
            expires,
            cleared_for: None,
            explanation: None,
            signing: letter.options.signing.as_ref().map(Signing::ordered),
            remote_id: None,
            remote: None,
            accepted: None,
            delivered: None,
            ended: None,
            last_error: None,
            version: 0,
        }
    }

    /// What the engine has to do: what its state asks for, or following up a signature that may still come.
    #[must_use]
    pub fn work(&self) -> Option<WorkKind> {
        self.state.work().or_else(|| self.awaits_signature().then_some(WorkKind::FollowUp))
    }

    /// Whether a signature may still come.
    #[must_use]
    pub fn awaits_signature(&self) -> bool {
        self.state.can_be_signed() && self.signing.as_ref().is_some_and(Signing::is_open)
    }

    /// Our reference in the channel.
    #[must_use]
    pub fn reference(&self) -> Reference {
        Reference::of(self.letter)
    }
}
