//! The port behind which a store keeps the logs: what is searched, exported, proven, cut and erased.

use std::fmt::Debug;

use async_trait::async_trait;
use sakarkiv_core::{
    audit::{Activity, AuditEvent, AuditOutcome, LogClass, ObjectRef},
    identity::{ActorId, TenantId, Timestamp},
    ports::StoreError,
};
use serde::{Deserialize, Serialize};

use crate::{ConsistencyProof, Frontier, Hash, Header, InclusionProof, LoggedObject, SealedEntry};

/// What is looked for in a tenant's logs (R3.4). What is left out does not narrow; what is there must all fit.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct AuditQuery {
    /// Only this log.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub class: Option<LogClass>,
    /// From this moment on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<Timestamp>,
    /// Before this moment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// By whom.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actor: Option<ActorId>,
    /// From which client.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client: Option<String>,
    /// What was done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub activity: Option<Activity>,
    /// With which information.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub object: Option<ObjectRef>,
    /// How it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outcome: Option<AuditOutcome>,
    /// By which rule it was allowed or refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
}

impl AuditQuery {
    /// Whether an entry is looked for.
    #[must_use]
    pub fn takes(&self, header: &Header) -> bool {
        self.class.is_none_or(|class| class == header.class)
            && self.from.is_none_or(|from| from <= header.at)
            && self.until.is_none_or(|until| header.at < until)
            && self.actor.as_ref().is_none_or(|actor| *actor == header.actor)
            && self.client.as_ref().is_none_or(|client| header.client.as_ref() == Some(client))
            && self.activity.as_ref().is_none_or(|activity| *activity == header.activity)
            && self.object.as_ref().is_none_or(|object| LoggedObject::from(object) == header.object)
            && self.outcome.is_none_or(|outcome| outcome == header.outcome)
            && self.rule.as_ref().is_none_or(|rule| header.rule.as_ref() == Some(rule))
    }
}

/// In which order a search answers: by time, and of one moment by the order of writing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SearchOrder {
    /// The latest first.
    #[default]
    NewestFirst,
    /// The earliest first.
    OldestFirst,
}

/// A place in the order of a search.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct AuditCursor {
    /// When the entry was made.
    pub at: Timestamp,
    /// Its place in the order in which the tenant's entries were written, as
    /// [`AuditRecord::sequence`](sakarkiv_core::ports::AuditRecord::sequence).
    pub place: u64,
}

/// An entry that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundEntry {
    /// Its place among all entries of the tenant, from 1, in the order of writing.
    pub place: u64,
    /// The entry.
    pub entry: SealedEntry,
}

impl FoundEntry {
    /// Its place in the order of a search.
    #[must_use]
    pub const fn cursor(&self) -> AuditCursor {
        AuditCursor { at: self.entry.header.at, place: self.place }
    }
}

/// What a search found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuditPage {
    /// The entries in the order that was asked for.
    pub entries: Vec<FoundEntry>,
    /// Where the search goes on; nothing when all was seen. It may be there with fewer entries than asked for, even with
    /// none: a store may stop looking after a while, so that a search for the rare among the frequent stays interactive.
    pub next: Option<AuditCursor>,
}

/// How far a log has come.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LogState {
    /// The frontier at the cut: what stays of the entries that were pruned. Its size is the sequence of the first entry that
    /// is still there.
    pub cut: Frontier,
    /// The frontier at the end. Its size is that of the log, pruned entries included, and the sequence of the next entry.
    pub frontier: Frontier,
    /// The last checkpoint that was kept.
    pub checkpoint: Option<KeptCheckpoint>,
    /// The last checkpoint that had been kept when the log was cut: it covers all that was pruned.
    pub checkpoint_at_cut: Option<KeptCheckpoint>,
}

impl LogState {
    /// The sequence of the first entry that is still there.
    #[must_use]
    pub const fn first(&self) -> u64 {
        self.cut.size()
    }

    /// How many entries were ever written; the sequence of the next.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.frontier.size()
    }

    /// The root of the tree.
    #[must_use]
    pub fn root(&self) -> Hash {
        self.frontier.root()
    }
}

/// A signed checkpoint, kept beside the log for the next proof. What makes it worth anything is the copy elsewhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptCheckpoint {
    /// Size of the tree it is about.
    pub size: u64,
    /// Root of that tree.
    pub root: Hash,
    /// The signed note.
    pub note: String,
}

/// An order to prune a log: to delete its beginning, because the time for which it is kept is over (R3.3).
#[derive(Debug, Clone, PartialEq)]
pub struct Prune {
    /// Whose.
    pub tenant: TenantId,
    /// Which log.
    pub class: LogClass,
    /// Entries made before this moment go, up to the first that was made later.
    pub before: Timestamp,
    /// The moment to which the legal minimum reaches back: nothing made from it on may go, whatever `before` says.
    pub floor: Timestamp,
    /// How many entries go at most. A long prefix is cut in pieces, so that nobody waits long for the store.
    pub most: u64,
    /// Who prunes, written into the log with it. The store adds the details `class`, `from`, `to` (the first and the last
    /// sequence that went) and `count`.
    pub event: AuditEvent,
}

/// What was pruned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Pruned {
    /// How many entries went. When none, nothing was written either.
    pub count: u64,
    /// The sequence of the first entry that is still there.
    pub first: u64,
    /// Whether it stopped only because of [`Prune::most`].
    pub more: bool,
}

/// An order to erase the content of one field of one entry: by court or supervisory order, or because it was logged by mistake.
#[derive(Debug, Clone, PartialEq)]
pub struct Erasure {
    /// Whose.
    pub tenant: TenantId,
    /// Which log.
    pub class: LogClass,
    /// Which entry.
    pub sequence: u64,
    /// Which field.
    pub field: String,
    /// Who erases and why, written into the log with it. The store adds the details `class`, `sequence` and `field`.
    pub event: AuditEvent,
}

/// A tenant's logs, one of each [`LogClass`], as a store keeps them.
///
/// Entries are appended by [`Op::Audit`](sakarkiv_core::ports::Op::Audit), in the transaction of what they tell of. Whether
/// somebody may search, export, prune or erase is decided before, and logged, by whoever calls (R3.5).
///
/// *Behaviour*
/// - `Op::Audit` seals the event with fresh salts at the end of the log of its activity's class. Sequences of a log run from
///   0 without gaps; a transaction that fails leaves none. The log's tree grows with it in the same transaction.
/// - No call but [`prune`](Self::prune) and [`erase`](Self::erase) ever changes or removes an entry.
/// - Every call is bound to one tenant and never shows or touches another's logs. A log into which nothing was ever written
///   is empty, not missing.
/// - What is stored is handed out as it is. That it was not changed behind the store's back is proven by whoever verifies an
///   export against a checkpoint from elsewhere, not by the store.
///
/// # Errors
/// All methods: [`StoreError::Unavailable`], [`StoreError::Corrupt`] when stored entries or nodes of the tree cannot be read
/// or are missing; those that write also [`StoreError::Unknown`].
#[async_trait]
pub trait AuditLog: Debug + Send + Sync {
    /// Entries that a query is about, after a place in the order, at most `limit`.
    async fn search(
        &self,
        tenant: &TenantId,
        query: &AuditQuery,
        order: SearchOrder,
        after: Option<AuditCursor>,
        limit: usize,
    ) -> Result<AuditPage, StoreError>;

    /// The entries of one log from a sequence on, at most `limit`, in their order: for exports and verification. Those below
    /// the cut are gone; asking for them begins at the cut.
    async fn sealed(
        &self,
        tenant: &TenantId,
        class: LogClass,
        from: u64,
        limit: usize,
    ) -> Result<Vec<SealedEntry>, StoreError>;

    /// How far a log has come.
    async fn state(&self, tenant: &TenantId, class: LogClass) -> Result<LogState, StoreError>;

    /// The frontier of the first `size` entries: for an export that begins there.
    ///
    /// # Errors
    /// [`StoreError::Invalid`] for a size beyond the log or one that ends below the cut.
    async fn frontier(&self, tenant: &TenantId, class: LogClass, size: u64) -> Result<Frontier, StoreError>;

    /// Proof that an entry is in the tree of the first `size` entries.
    ///
    /// # Errors
    /// [`StoreError::Invalid`] for a size beyond the log, an entry that is not among them, or one that was pruned.
    async fn inclusion(
        &self,
        tenant: &TenantId,
        class: LogClass,
        sequence: u64,
        size: u64,
    ) -> Result<InclusionProof, StoreError>;

    /// Proof that the first `from` entries are the beginning of the first `to`.
    ///
    /// # Errors
    /// [`StoreError::Invalid`] for a size beyond the log, a larger `from` than `to`, or one that ends below the cut.
    async fn consistency(
        &self,
        tenant: &TenantId,
        class: LogClass,
        from: u64,
        to: u64,
    ) -> Result<ConsistencyProof, StoreError>;

    /// Keeps a checkpoint in place of the one before. Repeating it is harmless.
    ///
    /// # Errors
    /// [`StoreError::Invalid`] when the log's tree of that size has another root, or the checkpoint kept is of a larger one:
    /// then the log is not the one that was signed.
    async fn keep_checkpoint(
        &self,
        tenant: &TenantId,
        class: LogClass,
        checkpoint: KeptCheckpoint,
    ) -> Result<(), StoreError>;

    /// Cuts the beginning of a log, keeps the frontier at the cut, and writes the order's event, all in one transaction.
    ///
    /// Nothing goes that the last kept checkpoint does not cover, so that what is left can always be proven to go on from
    /// what was signed. When nothing is old enough, nothing is written.
    ///
    /// # Errors
    /// [`StoreError::Invalid`] when `before` is later than `floor`; [`StoreError::NotFound`] when the event is another
    /// tenant's.
    async fn prune(&self, order: Prune) -> Result<Pruned, StoreError>;

    /// Erases value and salt of a field, leaves its commitment, so that the tree still holds, and writes the order's event, all
    /// in one transaction. `false`, and nothing is written, when it had been erased before.
    ///
    /// A store that keeps files sees to it that the value does not stay in them; backups are beyond its reach.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] for an entry that is not there, a field it does not have, or an event of another tenant.
    async fn erase(&self, order: Erasure) -> Result<bool, StoreError>;
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use sakarkiv_core::identity::CaseId;

    use super::*;

    type Narrow = fn(&mut AuditQuery);

    #[test]
    fn each_part_of_a_query_narrows_it() {
        let (tenant, actor) = (TenantId::new("bodo").unwrap(), ActorId::new("u1").unwrap());
        let case = ObjectRef::Case(CaseId::from_uuid(uuid::Uuid::from_u128(1)));
        let event = AuditEvent::new(DateTime::UNIX_EPOCH, tenant, actor, Activity::Read, case)
            .from_client("ws-12")
            .under_rule("need");
        let header = Header::of(&event, 0).unwrap();
        assert!(AuditQuery::default().takes(&header));
        let parts: [(Narrow, Narrow); 9] = [
            (|q| q.class = Some(LogClass::AccessAndProcessing), |q| q.class = Some(LogClass::Channel)),
            (|q| q.from = Some(DateTime::UNIX_EPOCH), |q| q.from = Some(DateTime::from_timestamp_nanos(1))),
            (|q| q.until = Some(DateTime::from_timestamp_nanos(1)), |q| q.until = Some(DateTime::UNIX_EPOCH)),
            (|q| q.actor = ActorId::new("u1").ok(), |q| q.actor = ActorId::new("u2").ok()),
            (|q| q.client = Some("ws-12".into()), |q| q.client = Some("ws-1".into())),
            (|q| q.activity = Some(Activity::Read), |q| q.activity = Some(Activity::Printed)),
            (
                |q| q.object = Some(ObjectRef::Case(CaseId::from_uuid(uuid::Uuid::from_u128(1)))),
                |q| q.object = Some(ObjectRef::Case(CaseId::from_uuid(uuid::Uuid::from_u128(2)))),
            ),
            (|q| q.outcome = Some(AuditOutcome::Done), |q| q.outcome = Some(AuditOutcome::Refused)),
            (|q| q.rule = Some("need".into()), |q| q.rule = Some("bar".into())),
        ];
        let mut all = AuditQuery::default();
        for (fits, misses) in parts {
            fits(&mut all);
            assert!(all.takes(&header), "{all:?}");
            let mut other = all.clone();
            misses(&mut other);
            assert!(!other.takes(&header), "{other:?}");
        }
    }
}
