use std::fmt::Debug;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::{AccessFilter, Blobs, CaseFilter, DeliveryFilter, ItemId, Kept, KeptFilter, MailKind, Notice};
use crate::{
    access::{AccessKey, AccessRecord},
    audit::AuditEvent,
    case::{Case, CaseNumber, CaseStatus, NewCase},
    delivery::{Delivery, Letter, WorkKind},
    document::DocumentName,
    identity::{AccountId, ActorId, CaseId, ChannelId, EntryId, InboxId, LetterId, NoticeId, TenantId, Timestamp},
    journal::{EntryNumber, JournalEntry, NewEntry},
    text::ExternalKey,
};

/// Names one running process of the engine. A process that starts anew under the same name proves that the old one is dead.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct NodeId(pub String);

/// The right to write one delivery, handed out with a claim. Each claim has a higher number than the one before, so a worker
/// that lost its lease is refused (I9).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Fence(pub u64);

/// Changes of one tenant that happen together or not at all.
#[derive(Debug, Clone, PartialEq)]
pub struct Transaction {
    /// Whose records change. An operation on another tenant's record fails with [`StoreError::NotFound`].
    pub tenant: TenantId,
    /// The changes, applied in this order.
    pub ops: Vec<Op>,
}

impl Transaction {
    /// An empty transaction.
    #[must_use]
    pub const fn new(tenant: TenantId) -> Self {
        Self { tenant, ops: Vec::new() }
    }

    /// Adds a change.
    #[must_use]
    pub fn with(mut self, op: Op) -> Self {
        self.ops.push(op);
        self
    }
}

/// One change.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
#[expect(clippy::large_enum_variant, reason = "operations are short-lived and few; boxing would burden every caller")]
pub enum Op {
    /// Opens a case and gives it the next number of `year` in the tenant's series. Numbers have no gaps.
    OpenCase {
        /// Its id.
        id: CaseId,
        /// The case.
        case: NewCase,
        /// The year of its number, by Norwegian local date.
        year: i32,
        /// When.
        at: Timestamp,
    },
    /// Stores a changed case. [`Case::version`] must be the stored one; the stored one becomes one higher.
    PutCase(Case),
    /// Takes a case a step on in its life cycle; what the step asks of its contents is counted in the transaction. Fails with
    /// [`StoreError::Invalid`] when there is no such step. The stored version becomes one higher.
    MoveCase {
        /// Which.
        id: CaseId,
        /// Its new status.
        to: CaseStatus,
        /// Who moves it.
        by: ActorId,
        /// When.
        at: Timestamp,
    },
    /// Registers a journal entry and gives it the next number in its case and in the journal of `year`. Fails with
    /// [`StoreError::Invalid`] when the case [takes no entries](CaseStatus::takes_entries) any more (krav 3.2.4).
    AddEntry {
        /// Its id.
        id: EntryId,
        /// Its case.
        case: CaseId,
        /// The entry.
        entry: NewEntry,
        /// The journal year, by Norwegian local date.
        year: i32,
        /// When.
        at: Timestamp,
    },
    /// Stores a changed entry. [`JournalEntry::version`] must be the stored one; the stored one becomes one higher.
    PutEntry(JournalEntry),
    /// Accepts a letter together with its delivery. Its documents become durable with it.
    AddLetter {
        /// The letter.
        letter: Letter,
        /// Its delivery, version 0.
        delivery: Delivery,
    },
    /// Stores a delivery that was claimed, and keeps or gives up the claim. Fails with [`StoreError::Fenced`] when the claim
    /// is no longer the newest, or the version is not the stored one; the stored version becomes one higher.
    PutDelivery {
        /// The new content; `version` is that of the claimed one.
        delivery: Delivery,
        /// From the claim.
        fence: Fence,
        /// Whether the claim stays with this worker until its lease ends, or is given up.
        keep: bool,
    },
    /// Changes a delivery on a person's order, without a claim. Fails with [`StoreError::Fenced`] while somebody holds one.
    ForceDelivery(Delivery),
    /// Stores what became of an inbox item. Fails with [`StoreError::Duplicate`] when the item is new here but stored
    /// there; an existing one is replaced when `version` fits.
    PutIntake(Intake),
    /// Remembers a caller's key for the life of the store: the same key again fails with [`StoreError::Duplicate`].
    Remember {
        /// The caller's key.
        key: String,
        /// What it stands for.
        object: Remembered,
    },
    /// Keeps a small piece of engine state (an outage, a cursor) under a name. `None` removes it.
    PutMark {
        /// The name.
        name: String,
        /// The content.
        value: Option<String>,
    },
    /// Stores a small record. Its version must be that of the stored one, or 0 where there is none; else it fails with
    /// [`StoreError::Conflict`]. The stored version becomes one higher.
    Keep(Kept),
    /// Removes a small record. Repeating it is harmless.
    Discard {
        /// Its kind.
        kind: String,
        /// Its key.
        key: String,
    },
    /// Keeps a notice until people have been told.
    AddNotice(Notice),
    /// People have been told. Repeating it is harmless.
    NoticeTold(NoticeId),
    /// Stores a record of the access register. Its version must be that of the stored one, or 0 where there is none; else it
    /// fails with [`StoreError::Conflict`]. The stored version becomes one higher, and the one before stays in the history.
    PutAccess(AccessRecord),
    /// Seals the event and appends it to the tenant's log of its [class](crate::audit::Activity::log_class).
    Audit(AuditEvent),
}

/// What a caller's key stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind", content = "id")]
#[non_exhaustive]
pub enum Remembered {
    /// A case.
    Case(CaseId),
    /// A journal entry.
    Entry(EntryId),
    /// A letter.
    Letter(LetterId),
}

/// What a change was given by the store, in the order of the operations.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Assigned {
    /// Nothing.
    Nothing,
    /// The number of an opened case.
    Case(CaseNumber),
    /// The numbers of a registered entry.
    Entry(EntryNumber),
}

/// How far an item of an inbox has come here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "state")]
pub enum IntakeState {
    /// It could not be fetched; tried again when due. The mail room has been told.
    SetAside {
        /// Why, in technical words.
        problem: String,
        /// How often it was tried.
        tries: u32,
        /// When it is tried again.
        due: Timestamp,
    },
    /// It is registered and durable; the other side has not been told yet.
    Registered {
        /// The case it went to.
        case: CaseId,
        /// The entry it became.
        entry: EntryId,
    },
    /// The other side knows that we have it.
    Acknowledged {
        /// The case it went to.
        case: CaseId,
        /// The entry it became.
        entry: EntryId,
    },
}

/// What became of one item of an inbox.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Intake {
    /// Whose.
    pub tenant: TenantId,
    /// Which inbox.
    pub inbox: InboxId,
    /// Which item.
    pub item: ItemId,
    /// What kind of mail, once known.
    pub kind: Option<MailKind>,
    /// When it was first seen here.
    pub seen: Timestamp,
    /// How far it has come.
    pub state: IntakeState,
    /// 0 for a new one, else that of the stored one; storing raises it by one.
    pub version: u64,
}

/// Asks for deliveries that are due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimRequest {
    /// Whose.
    pub tenant: TenantId,
    /// On which channel.
    pub channel: ChannelId,
    /// By which sender account.
    pub account: AccountId,
    /// For what work.
    pub work: WorkKind,
    /// Who claims.
    pub owner: NodeId,
    /// The present moment.
    pub now: Timestamp,
    /// When the claims end by themselves.
    pub lease_until: Timestamp,
    /// How many at most.
    pub limit: usize,
}

/// A delivery that is ours to work on until the lease ends.
#[derive(Debug, Clone, PartialEq)]
pub struct Claim {
    /// The delivery as stored.
    pub delivery: Delivery,
    /// Allows to write it.
    pub fence: Fence,
}

/// How many deliveries stand where: the figures of reports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryCount {
    /// The channel.
    pub channel: ChannelId,
    /// The account.
    pub account: AccountId,
    /// The state's name.
    pub state: String,
    /// How many.
    pub count: u64,
}

/// A stored audit event with its place among all of the tenant's.
#[derive(Debug, Clone, PartialEq)]
pub struct AuditRecord {
    /// Its place in the order of writing, from 1, without gaps but those that pruning left.
    pub sequence: u64,
    /// The event.
    pub event: AuditEvent,
}

/// Why the store did not do it.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StoreError {
    /// Somebody else changed the record in between: read it again and decide anew.
    #[error("the {what} was changed by somebody else meanwhile: read it again")]
    Conflict {
        /// The kind of record.
        what: &'static str,
    },
    /// The claim is no longer ours: drop the work, whoever holds it now goes on.
    #[error("the claim on this delivery is no longer ours: leave it to its holder")]
    Fenced,
    /// It is there already: the earlier one counts.
    #[error("the {what} is already there: use the stored one")]
    Duplicate {
        /// The kind of record.
        what: &'static str,
    },
    /// This tenant has no such record.
    #[error("no such {what} in this tenant: check the id")]
    NotFound {
        /// The kind of record.
        what: &'static str,
    },
    /// A document that is named has not been put into the store.
    #[error("a document is missing from the store: put it again before naming it")]
    MissingBlob,
    /// The change breaks a rule of the domain.
    #[error("the change is not allowed: {0}")]
    Invalid(String),
    /// Nothing was stored; it may work later (disk full, busy, server away).
    #[error("the store cannot take it now, nothing was changed: {0}")]
    Unavailable(String),
    /// It may or may not have been stored: read before repeating.
    #[error("the store failed while committing, look up what was stored: {0}")]
    Unknown(String),
    /// What is stored cannot be read.
    #[error("stored data cannot be read, restore it from backup: {0}")]
    Corrupt(String),
}

/// The archive's memory.
///
/// *Behaviour*
/// - `commit` returns `Ok` only when everything in the transaction, documents named included, survives the loss of power;
///   nothing is ever readable that would not.
/// - A transaction happens whole or not at all, and an error other than [`StoreError::Unknown`] means not at all.
/// - Transactions of one store happen one after the other; each reader sees the state between two of them.
/// - Every call is bound to one tenant and never shows or touches another's records.
/// - Dropping a `commit` leaves the outcome open, as `Unknown` does; dropping anything else does nothing.
#[async_trait]
pub trait Store: Blobs {
    /// Applies a transaction. One [`Assigned`] for each operation.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn commit(&self, transaction: Transaction) -> Result<Vec<Assigned>, StoreError>;

    /// Claims up to `limit` deliveries that are due and that nobody else holds: highest priority first, then longest due.
    /// A delivery with an order key is left out while an earlier one with the same key (of the same tenant) still waits for
    /// [`WorkKind::Dispatch`].
    ///
    /// # Errors
    /// `Unavailable`, `Unknown` (claims then end with their lease), `Corrupt`.
    async fn claim(&self, request: ClaimRequest) -> Result<Vec<Claim>, StoreError>;

    /// When the next delivery of such a pool becomes claimable, if any waits; `owner`, `lease_until` and `limit` are ignored.
    ///
    /// # Errors
    /// `Unavailable`, `Corrupt`.
    async fn next_due(&self, request: &ClaimRequest) -> Result<Option<Timestamp>, StoreError>;

    /// Ends all claims of `owner`: called once when a process of that name starts.
    ///
    /// # Errors
    /// `Unavailable`, `Unknown`.
    async fn release_claims(&self, owner: &NodeId) -> Result<(), StoreError>;

    /// A case.
    ///
    /// # Errors
    /// `Unavailable`, `Corrupt`; so for all that follow.
    async fn case(&self, tenant: &TenantId, id: CaseId) -> Result<Option<Case>, StoreError>;

    /// A case by its number.
    async fn case_by_number(&self, tenant: &TenantId, number: CaseNumber) -> Result<Option<Case>, StoreError>;

    /// Cases in the order of their numbers, after `after`, at most `limit`.
    async fn cases(
        &self,
        tenant: &TenantId,
        filter: &CaseFilter,
        after: Option<CaseNumber>,
        limit: usize,
    ) -> Result<Vec<Case>, StoreError>;

    /// A journal entry.
    async fn entry(&self, tenant: &TenantId, id: EntryId) -> Result<Option<JournalEntry>, StoreError>;

    /// The entries of a case by their number in it.
    async fn entries(&self, tenant: &TenantId, case: CaseId) -> Result<Vec<JournalEntry>, StoreError>;

    /// Entries that another system knows by this key (eksternReferanse, M413), newest first by journal number, at most
    /// `limit`.
    async fn entries_by_key(
        &self,
        tenant: &TenantId,
        key: &ExternalKey,
        limit: usize,
    ) -> Result<Vec<JournalEntry>, StoreError>;

    /// Entries in which a document stands, or the document of a file, newest first by journal number, at most `limit`.
    async fn entries_by_document(
        &self,
        tenant: &TenantId,
        document: DocumentName,
        limit: usize,
    ) -> Result<Vec<JournalEntry>, StoreError>;

    /// The journal of a year (journalår, M013) in the order of its numbers (journalsekvensnummer, M014), after the number
    /// `after`, at most `limit`.
    async fn journal(
        &self,
        tenant: &TenantId,
        year: i32,
        after: u32,
        limit: usize,
    ) -> Result<Vec<JournalEntry>, StoreError>;

    /// A letter.
    async fn letter(&self, tenant: &TenantId, id: LetterId) -> Result<Option<Letter>, StoreError>;

    /// A letter's delivery.
    async fn delivery(&self, tenant: &TenantId, letter: LetterId) -> Result<Option<Delivery>, StoreError>;

    /// Deliveries in the order of their letter ids, after `after`, at most `limit`.
    async fn deliveries(
        &self,
        tenant: &TenantId,
        filter: &DeliveryFilter,
        after: Option<LetterId>,
        limit: usize,
    ) -> Result<Vec<Delivery>, StoreError>;

    /// How many deliveries stand where.
    async fn delivery_counts(&self, tenant: &TenantId) -> Result<Vec<DeliveryCount>, StoreError>;

    /// What became of an inbox item.
    async fn intake(&self, tenant: &TenantId, inbox: &InboxId, item: &ItemId) -> Result<Option<Intake>, StoreError>;

    /// Intakes of an inbox in the order of their item ids, after `after`, at most `limit`.
    async fn intakes(
        &self,
        tenant: &TenantId,
        inbox: &InboxId,
        after: Option<ItemId>,
        limit: usize,
    ) -> Result<Vec<Intake>, StoreError>;

    /// Intakes of an inbox that are [registered](IntakeState::Registered) and whose acknowledgement is not recorded, at most
    /// `limit`. The other side may have heard it and list them no more, so the engine asks for them here.
    async fn unacknowledged(&self, tenant: &TenantId, inbox: &InboxId, limit: usize)
    -> Result<Vec<Intake>, StoreError>;

    /// What a caller's key stands for.
    async fn remembered(&self, tenant: &TenantId, key: &str) -> Result<Option<Remembered>, StoreError>;

    /// A piece of engine state.
    async fn mark(&self, tenant: &TenantId, name: &str) -> Result<Option<String>, StoreError>;

    /// A small record.
    async fn kept(&self, tenant: &TenantId, kind: &str, key: &str) -> Result<Option<Kept>, StoreError>;

    /// Small records of a kind in the order of their keys' bytes, after the key `after`, at most `limit`.
    async fn kept_list(
        &self,
        tenant: &TenantId,
        filter: &KeptFilter,
        after: Option<String>,
        limit: usize,
    ) -> Result<Vec<Kept>, StoreError>;

    /// Notices that people have not been told of, oldest first, at most `limit`.
    async fn open_notices(&self, tenant: &TenantId, limit: usize) -> Result<Vec<Notice>, StoreError>;

    /// A record of the access register.
    async fn access(&self, tenant: &TenantId, key: &AccessKey) -> Result<Option<AccessRecord>, StoreError>;

    /// Records of the access register by id, and of one id by the word of their kind, after `after`, at most `limit`.
    async fn access_list(
        &self,
        tenant: &TenantId,
        filter: &AccessFilter,
        after: Option<AccessKey>,
        limit: usize,
    ) -> Result<Vec<AccessRecord>, StoreError>;

    /// Every version of a record of the access register, the oldest first, the present one last.
    async fn access_history(&self, tenant: &TenantId, key: &AccessKey) -> Result<Vec<AccessRecord>, StoreError>;

    /// The tenant's logs as one, in the order of writing, after a place, at most `limit`.
    async fn audit_log(&self, tenant: &TenantId, after: u64, limit: usize) -> Result<Vec<AuditRecord>, StoreError>;
}
