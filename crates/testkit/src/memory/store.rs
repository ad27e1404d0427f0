use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Bound,
    sync::{Arc, Mutex},
};

use async_trait::async_trait;
use sakarkiv_core::{
    access::{AccessKey, AccessRecord},
    case::{Case, CaseNumber},
    delivery::{Delivery, Letter},
    document::{BlobRef, DocumentName},
    identity::{CaseId, EntryId, InboxId, LetterId, TenantId, Timestamp},
    journal::JournalEntry,
    ports::{
        AccessFilter, Assigned, AuditRecord, Blobs, ByteStream, CaseFilter, Claim, ClaimRequest, DeliveryCount,
        DeliveryFilter, Entropy, Intake, IntakeState, ItemId, Kept, KeptFilter, NodeId, Notice, PortError,
        PortErrorKind, Remembered, Store, StoreError, Transaction,
    },
    text::ExternalKey,
};

use super::{
    audit::Logs,
    blobs::{Shelf, read, stream_of},
    lock,
    tenant::TenantState,
};
use crate::doubles::SeededEntropy;

/// What survives a process: everything committed, and nothing else. Cloning it gives another handle to the same disk.
#[derive(Debug, Clone, Default)]
pub struct MemoryDisk(Arc<Mutex<Durable>>);

#[derive(Debug)]
struct Durable {
    tenants: BTreeMap<TenantId, TenantState>,
    documents: Shelf,
    fences: u64,
    entropy: Arc<dyn Entropy>,
}

impl Default for Durable {
    fn default() -> Self {
        Self {
            tenants: BTreeMap::new(),
            documents: Shelf::default(),
            fences: 0,
            entropy: Arc::new(SeededEntropy::new(0)),
        }
    }
}

impl MemoryDisk {
    /// A disk whose stores draw the salts of the audit log from here; from a fixed seed otherwise, so that two runs are alike.
    #[must_use]
    pub fn with_entropy(entropy: Arc<dyn Entropy>) -> Self {
        Self(Arc::new(Mutex::new(Durable { entropy, ..Durable::default() })))
    }

    /// How many documents are kept, over all tenants. Staged ones do not count.
    #[must_use]
    pub fn documents(&self) -> usize {
        lock(&self.0).documents.len()
    }

    /// Ruins the bytes of a document, as a failing disk would.
    pub fn spoil(&self, tenant: &TenantId, blob: &BlobRef) {
        lock(&self.0).documents.spoil(tenant, blob);
    }
}

/// A [`Store`] in memory with the whole contract: all-or-nothing transactions, leases with fences, order keys, versions,
/// tenants apart, documents that are durable only once a transaction names them.
///
/// For tests and simulations. Claims look through all unfinished deliveries of a tenant, so it is not meant for hundreds of
/// thousands of them.
#[derive(Debug, Default)]
pub struct MemoryStore {
    disk: MemoryDisk,
    staged: Mutex<Shelf>,
}

impl MemoryStore {
    /// A process's view of a disk. What another process staged there is not seen; what it committed is.
    #[must_use]
    pub fn open(disk: &MemoryDisk) -> Self {
        Self { disk: disk.clone(), staged: Mutex::default() }
    }

    /// The disk, for opening it again after this store is gone.
    #[must_use]
    pub fn disk(&self) -> MemoryDisk {
        self.disk.clone()
    }

    pub(super) fn read<T>(&self, tenant: &TenantId, ask: impl FnOnce(&TenantState) -> T) -> T
    where
        T: Default,
    {
        lock(&self.disk.0).tenants.get(tenant).map(ask).unwrap_or_default()
    }

    /// Changes the logs of a tenant, or leaves them as they were.
    pub(super) fn change_logs<T>(
        &self,
        tenant: &TenantId,
        change: impl FnOnce(&mut Logs, &dyn Entropy) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let mut disk = lock(&self.disk.0);
        let Durable { tenants, entropy, .. } = &mut *disk;
        let logs = &mut tenants.entry(tenant.clone()).or_default().logs;
        let outcome = change(logs, entropy.as_ref());
        if outcome.is_ok() {
            logs.keep()
        } else {
            logs.take_back()
        }
        outcome
    }
}

#[async_trait]
impl Blobs for MemoryStore {
    async fn put(&self, tenant: &TenantId, content: ByteStream, limit: u64) -> Result<BlobRef, PortError> {
        let (blob, bytes) = read(content, limit).await?;
        if !lock(&self.disk.0).documents.has(tenant, &blob) {
            lock(&self.staged).put(tenant, blob, bytes);
        }
        Ok(blob)
    }

    async fn open(&self, tenant: &TenantId, blob: &BlobRef) -> Result<ByteStream, PortError> {
        let durable = lock(&self.disk.0).documents.get(tenant, blob);
        match durable.or_else(|| lock(&self.staged).get(tenant, blob)) {
            Some(content) => Ok(stream_of(content, blob)),
            None => Err(PortError::new(PortErrorKind::Rejected, "memory.open", "this tenant has no such document")),
        }
    }
}

#[async_trait]
impl Store for MemoryStore {
    async fn commit(&self, transaction: Transaction) -> Result<Vec<Assigned>, StoreError> {
        let Transaction { tenant, ops } = transaction;
        let mut disk = lock(&self.disk.0);
        let mut staged = lock(&self.staged);
        let Durable { tenants, documents, entropy, .. } = &mut *disk;
        let state = tenants.entry(tenant.clone()).or_default();
        let mut named = BTreeSet::new();
        let outcome = ops
            .into_iter()
            .map(|op| state.apply(&tenant, op, &mut named, entropy.as_ref()))
            .collect::<Result<Vec<_>, _>>();
        let present = |blob: &BlobRef| documents.has(&tenant, blob) || staged.has(&tenant, blob);
        let outcome = outcome
            .and_then(|assigned| if named.iter().all(present) { Ok(assigned) } else { Err(StoreError::MissingBlob) });
        if outcome.is_ok() {
            documents.adopt(&mut staged, &tenant, &named);
            state.keep();
        } else {
            state.take_back();
        }
        outcome
    }

    async fn claim(&self, request: ClaimRequest) -> Result<Vec<Claim>, StoreError> {
        let mut disk = lock(&self.disk.0);
        let Durable { tenants, fences, .. } = &mut *disk;
        Ok(tenants.get_mut(&request.tenant).map(|state| state.claim(&request, fences)).unwrap_or_default())
    }

    async fn next_due(&self, request: &ClaimRequest) -> Result<Option<Timestamp>, StoreError> {
        Ok(self.read(&request.tenant, |state| state.next_due(request)))
    }

    async fn release_claims(&self, owner: &NodeId) -> Result<(), StoreError> {
        lock(&self.disk.0).tenants.values_mut().for_each(|state| state.release(owner));
        Ok(())
    }

    async fn case(&self, tenant: &TenantId, id: CaseId) -> Result<Option<Case>, StoreError> {
        Ok(self.read(tenant, |state| state.cases.get(&id).map(|row| row.as_ref().clone())))
    }

    async fn case_by_number(&self, tenant: &TenantId, number: CaseNumber) -> Result<Option<Case>, StoreError> {
        Ok(self.read(tenant, |state| {
            let id = state.numbers.get(&number)?;
            state.cases.get(id).map(|row| row.as_ref().clone())
        }))
    }

    async fn cases(
        &self,
        tenant: &TenantId,
        filter: &CaseFilter,
        after: Option<CaseNumber>,
        limit: usize,
    ) -> Result<Vec<Case>, StoreError> {
        Ok(self.read(tenant, |state| {
            let ids = state.numbers.rows().range((beyond(after), Bound::Unbounded)).map(|(_, id)| id);
            let rows = ids.filter_map(|id| state.cases.get(id)).map(Arc::as_ref);
            rows.filter(|case| filter.takes(case)).take(limit).cloned().collect()
        }))
    }

    async fn entry(&self, tenant: &TenantId, id: EntryId) -> Result<Option<JournalEntry>, StoreError> {
        Ok(self.read(tenant, |state| state.entries.get(&id).map(|row| row.as_ref().clone())))
    }

    async fn entries(&self, tenant: &TenantId, case: CaseId) -> Result<Vec<JournalEntry>, StoreError> {
        Ok(self.read(tenant, |state| {
            let ids = state.in_case.rows().range((case, 0)..=(case, u32::MAX)).map(|(_, id)| id);
            ids.filter_map(|id| state.entries.get(id)).map(|row| row.as_ref().clone()).collect()
        }))
    }

    async fn entries_by_key(
        &self,
        tenant: &TenantId,
        key: &ExternalKey,
        limit: usize,
    ) -> Result<Vec<JournalEntry>, StoreError> {
        Ok(self.read(tenant, |state| {
            let newest = state.in_journal.rows().iter().rev().filter_map(|(_, id)| state.entries.get(id));
            let known = newest.filter(|entry| entry.external_keys().contains(key));
            known.take(limit).map(|row| row.as_ref().clone()).collect()
        }))
    }

    async fn entries_by_document(
        &self,
        tenant: &TenantId,
        document: DocumentName,
        limit: usize,
    ) -> Result<Vec<JournalEntry>, StoreError> {
        Ok(self.read(tenant, |state| {
            let newest = state.in_journal.rows().iter().rev().filter_map(|(_, id)| state.entries.get(id));
            let holding = newest.filter(|entry| entry.holds(document));
            holding.take(limit).map(|row| row.as_ref().clone()).collect()
        }))
    }

    async fn journal(
        &self,
        tenant: &TenantId,
        year: i32,
        after: u32,
        limit: usize,
    ) -> Result<Vec<JournalEntry>, StoreError> {
        Ok(self.read(tenant, |state| {
            let from = (Bound::Excluded((year, after)), Bound::Included((year, u32::MAX)));
            let ids = if after == u32::MAX { None } else { Some(state.in_journal.rows().range(from)) };
            let ids = ids.into_iter().flatten().map(|(_, id)| id);
            ids.filter_map(|id| state.entries.get(id)).map(|row| row.as_ref().clone()).take(limit).collect()
        }))
    }

    async fn letter(&self, tenant: &TenantId, id: LetterId) -> Result<Option<Letter>, StoreError> {
        Ok(self.read(tenant, |state| state.letters.get(&id).map(|row| row.as_ref().clone())))
    }

    async fn delivery(&self, tenant: &TenantId, letter: LetterId) -> Result<Option<Delivery>, StoreError> {
        Ok(self.read(tenant, |state| state.deliveries.get(&letter).map(|row| row.as_ref().clone())))
    }

    async fn deliveries(
        &self,
        tenant: &TenantId,
        filter: &DeliveryFilter,
        after: Option<LetterId>,
        limit: usize,
    ) -> Result<Vec<Delivery>, StoreError> {
        Ok(self.read(tenant, |state| {
            let rows = state.deliveries.rows().range((beyond(after), Bound::Unbounded)).map(|(_, row)| row.as_ref());
            rows.filter(|row| passes(row, filter)).take(limit).cloned().collect()
        }))
    }

    async fn delivery_counts(&self, tenant: &TenantId) -> Result<Vec<DeliveryCount>, StoreError> {
        Ok(self.read(tenant, |state| {
            let mut counts = BTreeMap::<_, u64>::new();
            for row in state.deliveries.rows().values() {
                *counts.entry((row.channel.clone(), row.account.clone(), row.state.name())).or_default() += 1;
            }
            let line = |((channel, account, state), count)| DeliveryCount { channel, account, state, count };
            counts.into_iter().map(|((c, a, s), count)| line(((c, a, s.to_owned()), count))).collect()
        }))
    }

    async fn intake(&self, tenant: &TenantId, inbox: &InboxId, item: &ItemId) -> Result<Option<Intake>, StoreError> {
        let key = (inbox.clone(), item.clone());
        Ok(self.read(tenant, |state| state.intakes.get(&key).map(|row| row.as_ref().clone())))
    }

    async fn intakes(
        &self,
        tenant: &TenantId,
        inbox: &InboxId,
        after: Option<ItemId>,
        limit: usize,
    ) -> Result<Vec<Intake>, StoreError> {
        let from = match after {
            Some(item) => Bound::Excluded((inbox.clone(), item)),
            None => Bound::Included((inbox.clone(), ItemId(String::new()))),
        };
        Ok(self.read(tenant, |state| {
            let rows = state.intakes.rows().range((from, Bound::Unbounded)).take_while(|((of, _), _)| of == inbox);
            rows.map(|(_, row)| row.as_ref().clone()).take(limit).collect()
        }))
    }

    async fn unacknowledged(
        &self,
        tenant: &TenantId,
        inbox: &InboxId,
        limit: usize,
    ) -> Result<Vec<Intake>, StoreError> {
        Ok(self.read(tenant, |state| {
            let rows = state.intakes.rows().iter().filter(|((of, _), _)| of == inbox).map(|(_, row)| row.as_ref());
            let registered = rows.filter(|intake| matches!(intake.state, IntakeState::Registered { .. }));
            registered.take(limit).cloned().collect()
        }))
    }

    async fn remembered(&self, tenant: &TenantId, key: &str) -> Result<Option<Remembered>, StoreError> {
        Ok(self.read(tenant, |state| state.keys.get(key).copied()))
    }

    async fn mark(&self, tenant: &TenantId, name: &str) -> Result<Option<String>, StoreError> {
        Ok(self.read(tenant, |state| state.marks.get(name).cloned()))
    }

    async fn kept(&self, tenant: &TenantId, kind: &str, key: &str) -> Result<Option<Kept>, StoreError> {
        let place = (kind.to_owned(), key.to_owned());
        Ok(self.read(tenant, |state| state.kept.get(&place).map(|row| row.as_ref().clone())))
    }

    async fn kept_list(
        &self,
        tenant: &TenantId,
        filter: &KeptFilter,
        after: Option<String>,
        limit: usize,
    ) -> Result<Vec<Kept>, StoreError> {
        let kind = filter.kind.clone();
        let from = after
            .map_or_else(|| Bound::Included((kind.clone(), String::new())), |key| Bound::Excluded((kind.clone(), key)));
        Ok(self.read(tenant, |state| {
            let rows = state.kept.rows().range((from, Bound::Unbounded)).map(|(_, row)| row.as_ref());
            let of_kind = rows.take_while(|record| record.kind == filter.kind);
            of_kind.filter(|record| filter.takes(record)).take(limit).cloned().collect()
        }))
    }

    async fn open_notices(&self, tenant: &TenantId, limit: usize) -> Result<Vec<Notice>, StoreError> {
        Ok(self
            .read(tenant, |state| state.notices.rows().values().take(limit).map(|row| row.as_ref().clone()).collect()))
    }

    async fn access(&self, tenant: &TenantId, key: &AccessKey) -> Result<Option<AccessRecord>, StoreError> {
        Ok(self.read(tenant, |state| state.access.get(&place(key)).map(|row| row.as_ref().clone())))
    }

    async fn access_list(
        &self,
        tenant: &TenantId,
        filter: &AccessFilter,
        after: Option<AccessKey>,
        limit: usize,
    ) -> Result<Vec<AccessRecord>, StoreError> {
        let from = after.as_ref().map_or(Bound::Unbounded, |key| Bound::Excluded(place(key)));
        Ok(self.read(tenant, |state| {
            let rows = state.access.rows().range((from, Bound::Unbounded)).map(|(_, row)| row.as_ref());
            rows.filter(|record| filter.takes(record)).take(limit).cloned().collect()
        }))
    }

    async fn access_history(&self, tenant: &TenantId, key: &AccessKey) -> Result<Vec<AccessRecord>, StoreError> {
        let (id, kind) = place(key);
        Ok(self.read(tenant, |state| {
            let from = (id.clone(), kind, 0)..=(id, kind, u64::MAX);
            let old = state.access_before.rows().range(from).map(|(_, row)| row);
            old.chain(state.access.get(&place(key))).map(|row| row.as_ref().clone()).collect()
        }))
    }

    async fn audit_log(&self, tenant: &TenantId, after: u64, limit: usize) -> Result<Vec<AuditRecord>, StoreError> {
        self.read(tenant, |state| {
            Some({
                let rows = state.logs.entries().range((Bound::Excluded(after), Bound::Unbounded));
                rows.map(|(place, row)| row.record(*place)).take(limit).collect()
            })
        })
        .unwrap_or_else(|| Ok(Vec::new()))
    }
}

/// Where a record of the register stands: by id, then by the word of its kind.
pub(super) fn place(key: &AccessKey) -> (String, &'static str) {
    (key.id.clone(), key.kind.as_str())
}

fn beyond<T>(after: Option<T>) -> Bound<T> {
    after.map_or(Bound::Unbounded, Bound::Excluded)
}

fn passes(row: &Delivery, filter: &DeliveryFilter) -> bool {
    filter.channel.as_ref().is_none_or(|channel| *channel == row.channel)
        && filter.account.as_ref().is_none_or(|account| *account == row.account)
        && filter.state.is_none_or(|state| state == row.state.name())
        && filter.changed_since.is_none_or(|since| last_change(row) >= since)
}

/// The latest moment the delivery tells of.
fn last_change(row: &Delivery) -> Timestamp {
    use sakarkiv_core::delivery::DeliveryState as S;
    let begun = match row.state {
        S::Attempting { since } | S::Unknown { since, .. } => Some(since),
        _ => None,
    };
    [begun, row.accepted, row.delivered, row.ended].into_iter().flatten().max().unwrap_or(row.queued)
}
