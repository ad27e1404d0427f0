use std::{fmt::Debug, sync::Arc, time::Duration};

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use super::{Blobs, PortError};
use crate::{
    case::CaseNumber,
    document::{BlobRef, FileName, MediaType},
    identity::{InboxId, OrganisationNumber, PostalAddress, TenantId, Timestamp},
    party::PartyIdentity,
    routing::Coverage,
    screening::Private,
    unopened::{Knowledge, Place},
};

/// What an inbox can do, as plain data.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct InboxCapabilities {
    /// The most items one `list` shows; a list this long may hide newer mail. `None`: no cap.
    pub list_cap: Option<usize>,
    /// The longest a `fetch` may take.
    pub fetch_timeout: Duration,
    /// How often the other side wants to be asked.
    pub poll_interval: Duration,
    /// Whether `refuse` with [`Refusal::permanent`] sends the mail on to another way (for SvarInn: Altinn, then paper).
    pub permanent_refusal: bool,
    /// Whether the sender is told of a `refuse`. Where the other side has no word for it, `refuse` without
    /// [`Refusal::permanent`] changes nothing and is `Ok`.
    pub tells_refusals: bool,
    /// Whether `unopened` tells of confidential mail that lies there unopened. Where it cannot, an empty answer means
    /// nothing.
    pub tells_unopened: bool,
}

impl InboxCapabilities {
    /// Capabilities of an inbox without a cap.
    #[must_use]
    pub const fn new(fetch_timeout: Duration, poll_interval: Duration) -> Self {
        Self {
            list_cap: None,
            fetch_timeout,
            poll_interval,
            permanent_refusal: false,
            tells_refusals: true,
            tells_unopened: false,
        }
    }
}

/// The other side's id of a waiting item. Unique within its inbox for ever; the engine takes in each id once.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ItemId(pub String);

/// What is waiting, as far as the list tells. Whatever of it could not be read is in `problem`, so that one malformed item
/// never hides the others.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Waiting {
    /// Which item.
    pub id: ItemId,
    /// When the other side got it.
    pub received: Option<Timestamp>,
    /// Why the list entry cannot be used, in technical words, if it cannot.
    pub problem: Option<String>,
}

impl Waiting {
    /// A waiting item.
    #[must_use]
    pub const fn new(id: ItemId, received: Option<Timestamp>) -> Self {
        Self { id, received, problem: None }
    }

    /// An item whose list entry cannot be used.
    #[must_use]
    pub fn unreadable(id: ItemId, problem: impl Into<String>) -> Self {
        Self { id, received: None, problem: Some(problem.into()) }
    }
}

/// Told apart because each is handled by its own routine (R4.7).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum MailKind {
    /// A letter from another organisation's system.
    Letter,
    /// eDialog: somebody wrote through the municipality's dialogue form or answered a letter.
    Dialogue,
    /// A signed document that comes back from a signing order.
    SignedReturn,
    /// Any other message type, as the sender named it.
    Other(String),
}

/// Who sent it, as far as the message tells.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Correspondent {
    /// The name, as given.
    pub name: Private<String>,
    /// The number, if a valid one was given.
    pub identity: Option<PartyIdentity>,
    /// The address, if a usable one was given.
    pub address: Option<PostalAddress>,
}

/// A document that was fetched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReceivedDocument {
    /// The name, made safe; never a path.
    pub file_name: FileName,
    /// What the sender declared.
    pub media_type: MediaType,
    /// The stored bytes.
    pub blob: BlobRef,
    /// The sender's mark that it contains sensitive personal data.
    pub sensitive_personal_data: bool,
}

/// Incoming mail, read and decrypted, its documents staged in [`Blobs`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ReceivedMail {
    /// The item it came as.
    pub id: ItemId,
    /// What kind of mail.
    pub kind: MailKind,
    /// Title as given by the sender.
    pub title: Private<String>,
    /// When the other side got it.
    pub received: Option<Timestamp>,
    /// Who it is from (reply address first, else sender).
    pub from: Option<Correspondent>,
    /// Which of our organisation numbers it was addressed to.
    pub to: Option<OrganisationNumber>,
    /// The sender sent it as confidential mail or at the highest security level.
    pub confidential: bool,
    /// Our case, if the sender knew it.
    pub our_case: Option<CaseNumber>,
    /// The sender's own case, for reference.
    pub their_case: Option<CaseNumber>,
    /// The sender's reference.
    pub external_reference: Option<String>,
    /// The id of our letter that this answers.
    pub answers: Option<String>,
    /// The date on the document.
    pub document_date: Option<Timestamp>,
    /// The documents, main document first. May be empty.
    pub documents: Vec<ReceivedDocument>,
    /// Further metadata as given, for the record. Kept in a document of the entry, as are `to`, `missing` and `remarks`.
    pub extra: Vec<(String, Private<String>)>,
    /// What of it could not be had, each in technical words without personal data: nobody can get it here once the mail is
    /// acknowledged, so the mail room is told.
    pub missing: Vec<String>,
    /// What was odd about it but could be lived with, in technical words. It goes on record, and nobody is told.
    pub remarks: Vec<String>,
}

impl ReceivedMail {
    /// A letter with only a title; the rest is filled in by field.
    #[must_use]
    pub const fn new(id: ItemId, title: Private<String>) -> Self {
        Self {
            id,
            kind: MailKind::Letter,
            title,
            received: None,
            from: None,
            to: None,
            confidential: false,
            our_case: None,
            their_case: None,
            external_reference: None,
            answers: None,
            document_date: None,
            documents: Vec::new(),
            extra: Vec::new(),
            missing: Vec::new(),
            remarks: Vec::new(),
        }
    }
}

/// Why mail is not taken in, told to the other side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// A text for the sender's log. No personal data.
    pub reason: String,
    /// Give it up for good: the other side sends it another way, perhaps on paper. Always a person's decision; the engine
    /// itself never sets it.
    pub permanent: bool,
}

/// Confidential mail to one of our organisation numbers that nobody is known to have opened (R5.4).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct UnopenedMail {
    /// The organisation number.
    pub organisation: OrganisationNumber,
    /// Which item; nothing when the other side only tells that there is something.
    pub item: Option<ItemId>,
    /// Who sent it, as far as that is told before it is opened.
    pub from: Option<Correspondent>,
    /// When it came.
    pub arrived: Timestamp,
    /// When it must have been dealt with, if the sender said so.
    pub due: Option<Timestamp>,
    /// Where it lies.
    pub place: Place,
    /// Whether our own system could open it. [`Coverage::Unknown`] when it cannot, and perhaps some person can.
    pub access: Coverage,
    /// The other side's word for its status.
    pub raw: String,
    /// How well that is known.
    pub knowledge: Knowledge,
}

impl UnopenedMail {
    /// Mail of which only where it lies and since when is known.
    #[must_use]
    pub fn new(organisation: OrganisationNumber, place: Place, arrived: Timestamp, raw: impl Into<String>) -> Self {
        Self {
            organisation,
            item: None,
            from: None,
            arrived,
            due: None,
            place,
            access: Coverage::Unknown,
            raw: raw.into(),
            knowledge: Knowledge::Confirmed,
        }
    }
}

/// A way in: SvarInn, an Altinn inbox, a folder drop.
///
/// # Contract
/// One value serves one receiver registration of one tenant. The engine calls `list` at the poll interval, and for each
/// item it has not taken in: `fetch`, then one transaction that registers all that `fetch` gave, then `acknowledge`. A crash in between means
/// the item is listed again; the engine knows it by its id and only acknowledges. An item that cannot be fetched is set
/// aside with a notice and tried again at growing intervals; it never blocks another.
///
/// # Cancellation
/// Every call may be dropped at any await; `acknowledge` and `refuse` are then repeated.
#[async_trait]
pub trait Inbox: Debug + Send + Sync {
    /// The name under which the inbox is configured.
    fn id(&self) -> &InboxId;

    /// What it can do. Constant for the life of the value.
    fn capabilities(&self) -> InboxCapabilities;

    /// What is waiting, in no set order, including what was fetched but not acknowledged.
    ///
    /// *Behaviour*: no effect on the other side; one item that cannot be read is listed with its `problem`.
    ///
    /// # Errors
    /// `Transient`, `Unauthorised`, `Misconfigured`; `Rejected` when the whole list cannot be read.
    async fn list(&self) -> Result<Vec<Waiting>, PortError>;

    /// Fetches, decrypts, checks and stages one item.
    ///
    /// *Behaviour*: all or nothing; may be repeated; acknowledges nothing. Bytes whose integrity failed are never staged.
    ///
    /// # Errors
    /// `Rejected` for an item that is broken in itself or is not there any more; `Misconfigured` when no key of ours opens
    /// it; `Transient`, `Unauthorised` as usual.
    async fn fetch(&self, tenant: &TenantId, id: &ItemId, blobs: Arc<dyn Blobs>) -> Result<ReceivedMail, PortError>;

    /// Tells the other side that the item is safely ours. Only called when that is true and durable.
    ///
    /// *Behaviour*: repeating it is `Ok`; so is an item that is not waiting any more.
    ///
    /// # Errors
    /// `Transient`, `Unauthorised`.
    async fn acknowledge(&self, id: &ItemId) -> Result<(), PortError>;

    /// Tells the other side that the item could not be taken in.
    ///
    /// *Behaviour*: without `permanent` the item stays waiting. No effect unless [`InboxCapabilities::tells_refusals`].
    ///
    /// # Errors
    /// `Transient`, `Unauthorised`; `Unsupported` for a permanent refusal unless
    /// [`InboxCapabilities::permanent_refusal`].
    async fn refuse(&self, id: &ItemId, refusal: &Refusal) -> Result<(), PortError>;

    /// Confidential mail that lies there and that nobody has opened, be it waiting for us or not (R5.4).
    ///
    /// *Behaviour*: opens nothing and acknowledges nothing; empty unless [`InboxCapabilities::tells_unopened`].
    ///
    /// # Errors
    /// `Transient`, `Unauthorised`, `Misconfigured`; `Rejected` when the answer cannot be read.
    async fn unopened(&self) -> Result<Vec<UnopenedMail>, PortError> {
        Ok(Vec::new())
    }

    /// Tests credentials and connection without taking anything in.
    ///
    /// # Errors
    /// Says what is wrong: `Unauthorised`, `Misconfigured` or `Transient`.
    async fn check(&self) -> Result<(), PortError>;
}
