use std::{fmt::Debug, sync::Arc, time::Duration};

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use super::{Blobs, PortError};
use crate::{
    delivery::{Letter, Recipient, Reference, RemoteId, SigningStatus},
    identity::{AccountId, ChannelId, Timestamp},
    journal::JournalEntry,
    routing::{Cleared, MailboxKind, PrintSetting},
    sensitivity::SensitivityClass,
};

/// What a channel can do, as plain data; the engine branches on it and the conformance suite checks it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ChannelCapabilities {
    /// The longest a `send` may take, time-outs included. The engine gives up after this and calls the outcome unknown.
    pub send_timeout: Duration,
    /// How long after an unknown outcome the letter may still appear on the other side. Only after this, and a look-up
    /// without a hit, is it sent again.
    pub settle_time: Duration,
    /// How many ids one `status` call takes.
    pub status_batch: usize,
    /// Whether the channel ever reports that a recipient opened a letter.
    pub reports_opened: bool,
    /// Whether `withdraw` works.
    pub withdraw: bool,
    /// Whether `history` works.
    pub history: bool,
    /// Whether it can ask a person for a signature, and `signing` works.
    pub signing: bool,
    /// Whether it keeps a letter from its recipient until [`publish_at`](crate::delivery::LetterOptions::publish_at). To one
    /// that does not, the letter goes no sooner than that.
    pub publishes_later: bool,
    /// The longest title in characters, if there is a limit.
    pub title_limit: Option<usize>,
    /// How many calls at once one account takes well.
    pub concurrency: usize,
}

impl ChannelCapabilities {
    /// Capabilities of a plain channel: no withdrawal, no history, one status at a time.
    ///
    /// ```
    /// use sakarkiv_core::ports::ChannelCapabilities;
    /// use std::time::Duration;
    ///
    /// let mut capabilities = ChannelCapabilities::new(Duration::from_secs(60), Duration::from_secs(300));
    /// capabilities.status_batch = 1000;
    /// assert!(!capabilities.withdraw);
    /// ```
    #[must_use]
    pub const fn new(send_timeout: Duration, settle_time: Duration) -> Self {
        Self {
            send_timeout,
            settle_time,
            status_batch: 1,
            reports_opened: false,
            withdraw: false,
            history: false,
            signing: false,
            publishes_later: false,
            title_limit: None,
            concurrency: 4,
        }
    }
}

/// Asks what mailbox a recipient would get through an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReachQuery {
    /// Who shall get the letter.
    pub recipient: Recipient,
    /// How sensitive it is; some receiver systems take only some levels.
    pub sensitivity: SensitivityClass,
    /// The message type (SvarUt: forsendelsestype), which may steer it to a system of its own.
    pub message_type: Option<String>,
}

/// What mailboxes a channel can aim at for one recipient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reach {
    /// Every mailbox kind this channel can deliver to for this recipient, given the right options. Empty: none.
    pub mailboxes: Vec<MailboxKind>,
    /// What happens to mail to organisations that nobody opens, by the sender account's setting (R4.6).
    pub print: PrintSetting,
}

/// One attempt to send, with everything the channel needs.
#[derive(Debug, Clone)]
pub struct Dispatch {
    /// The letter, cleared for one mailbox kind and no other.
    pub letter: Cleared<Letter>,
    /// The journal entry that it dispatches, for the metadata that the recipient files it by.
    pub entry: JournalEntry,
    /// Our reference: the same for every attempt at this letter, unique among all letters.
    pub reference: Reference,
    /// Where the documents' bytes are.
    pub blobs: Arc<dyn Blobs>,
}

/// The channel took the letter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Accepted {
    /// The channel's id of it.
    pub remote_id: RemoteId,
}

/// A hit of `find`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The channel's id.
    pub remote_id: RemoteId,
    /// When the channel got it, if it says so.
    pub received: Option<Timestamp>,
    /// Where it stands.
    pub status: RemoteStatus,
}

impl Found {
    /// Whether this hit is a letter under way or done, as opposed to one that the channel turned away.
    #[must_use]
    pub const fn is_effective(&self) -> bool {
        !matches!(self.status.stage, Stage::Rejected | Stage::Undeliverable)
    }
}

/// How far the channel says a letter has come. Only what it says: nothing is guessed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Taken in, on its way; not in any mailbox.
    Accepted,
    /// In a mailbox, not opened. The kind when the channel's own word tells it; `None` when it only tells that the letter has
    /// arrived, and the kind is the one that the letter was cleared for.
    Delivered(Option<MailboxKind>),
    /// Handed to the printer; not yet printed.
    SentToPrint,
    /// Printed and posted. Paper says no more.
    Printed,
    /// Opened by the recipient, or taken in by its receiver system.
    Opened,
    /// Turned away on arrival; the recipient has nothing and never will.
    Rejected,
    /// No way to the recipient worked; the recipient has nothing.
    Undeliverable,
    /// Ended by an operator or by deletion; what the recipient got is not known from this.
    Closed,
    /// A status that this version does not know. Kept raw, shown, and asked again.
    Unrecognised,
}

impl Stage {
    /// Whether the channel will not report anything further of interest.
    #[must_use]
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Printed | Self::Opened | Self::Rejected | Self::Undeliverable | Self::Closed)
    }
}

/// A status as the channel gave it, beside how we read it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemoteStatus {
    /// How we read it.
    pub stage: Stage,
    /// The channel's own word, always kept.
    pub raw: String,
    /// When the channel says this status began.
    pub since: Option<Timestamp>,
}

/// The status of one letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusLine {
    /// Which letter, by the channel's id.
    pub remote_id: RemoteId,
    /// Where it stands.
    pub status: RemoteStatus,
}

/// A line of the channel's own log of one letter: evidence for people, never parsed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryLine {
    /// When.
    pub at: Timestamp,
    /// What, in the channel's words. May name people: show it only where the letter itself may be shown.
    pub text: crate::screening::Private<String>,
}

/// A way out for letters: SvarUt, Altinn, a print list.
///
/// # Contract
/// One value serves one tenant and all its sender accounts; it is shared by many tasks. It keeps no queue and no state that
/// matters: everything that must survive is the engine's. The engine calls
/// - `reach` once before each attempt,
/// - `send` once for each attempt, only after the intent is durable, and **never again under the same reference** until
///   `find` has had no hit and the settle time is over,
/// - `find` after every unknown outcome (at once, or when the wait that the channel asked for is over, then at growing
///   intervals until [`ChannelCapabilities::settle_time`] is over) and for each letter touched by an outage,
/// - `status` for what is on its way, in batches, every few minutes at first and less often with age.
///
/// # Cancellation
/// Every call may be dropped at any await. A dropped `send` counts as unknown; nothing else has effects.
///
/// # Errors
/// The kind decides what the engine does: see [`PortErrorKind`](super::PortErrorKind). An adapter in doubt between
/// `Transient` and `Unknown` says `Unknown`: asking costs a call, guessing costs a letter.
#[async_trait]
pub trait Channel: Debug + Send + Sync {
    /// The name under which the channel is configured.
    fn id(&self) -> &ChannelId;

    /// What it can do. Constant for the life of the value.
    fn capabilities(&self) -> ChannelCapabilities;

    /// What mailboxes the recipient can get through this account.
    ///
    /// *Behaviour*: no effect on the other side; an unknown recipient is an empty answer, not an error; an account that is
    /// not configured is `Misconfigured`.
    ///
    /// # Errors
    /// `Transient`, `Unauthorised`, `Misconfigured`.
    async fn reach(&self, account: &AccountId, query: &ReachQuery) -> Result<Reach, PortError>;

    /// Sends one letter to the mailbox kind it was cleared for.
    ///
    /// *Behaviour*: `Ok` means the channel has taken it over and can be asked for it by the id and by the reference. A
    /// sensitive letter must not land in another mailbox kind than the one it was cleared for; where the channel cannot
    /// promise that, it refuses. Where an open letter lands is told by its status. A repeat that the channel itself recognises
    /// as a duplicate is `Unknown` (it may be ours), not `Rejected`, and is marked by
    /// [`as_sent_before`](PortError::as_sent_before), so that it ends when it turns out to be another's.
    ///
    /// # Errors
    /// `Unknown` for every failure after the first byte may have arrived; `Transient` only when certainly nothing happened;
    /// `Rejected`, `Unauthorised`, `Misconfigured` as the other side says.
    async fn send(&self, account: &AccountId, dispatch: Dispatch) -> Result<Accepted, PortError>;

    /// Everything the channel has under our reference, newest first, rejected ones included.
    ///
    /// *Behaviour*: no hit is an empty list. The answer covers every attempt that has had its effect.
    ///
    /// # Errors
    /// `Transient`, `Unauthorised`, `Misconfigured`.
    async fn find(&self, account: &AccountId, reference: &Reference) -> Result<Vec<Found>, PortError>;

    /// The status of up to [`ChannelCapabilities::status_batch`] letters.
    ///
    /// *Behaviour*: ids that the channel does not know are left out, in any order; a status word it does not know is
    /// [`Stage::Unrecognised`] and never fails the rest.
    ///
    /// # Errors
    /// `Transient`, `Unauthorised`, `Misconfigured`.
    async fn status(&self, account: &AccountId, ids: &[RemoteId]) -> Result<Vec<StatusLine>, PortError>;

    /// Where the signing order of one letter stands (R4.4).
    ///
    /// *Behaviour*: no effect on the other side; `None` when the channel knows no order for it; a word that it does not know
    /// is [`SigningStage::Unrecognised`](crate::delivery::SigningStage::Unrecognised).
    ///
    /// # Errors
    /// `Unsupported` unless [`ChannelCapabilities::signing`]; `Rejected` for an id it does not know; `Transient`,
    /// `Unauthorised`, `Misconfigured`.
    async fn signing(&self, _account: &AccountId, _id: &RemoteId) -> Result<Option<SigningStatus>, PortError> {
        Err(PortError::unsupported("channel.signing"))
    }

    /// Takes a letter back as far as the channel can: the recipient can no longer open it afterwards.
    ///
    /// *Behaviour*: withdrawing twice is `Ok`; a letter that was opened is `Rejected`.
    ///
    /// # Errors
    /// `Unsupported` unless [`ChannelCapabilities::withdraw`].
    async fn withdraw(&self, account: &AccountId, id: &RemoteId) -> Result<(), PortError>;

    /// The channel's own log of one letter.
    ///
    /// # Errors
    /// `Unsupported` unless [`ChannelCapabilities::history`]; `Rejected` for an id it does not know.
    async fn history(&self, account: &AccountId, id: &RemoteId) -> Result<Vec<HistoryLine>, PortError>;

    /// Tests credentials and connection of one account without sending anything.
    ///
    /// # Errors
    /// Says what is wrong: `Unauthorised`, `Misconfigured` or `Transient`.
    async fn check(&self, account: &AccountId) -> Result<(), PortError>;
}
