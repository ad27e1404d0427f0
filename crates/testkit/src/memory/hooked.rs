use std::{fmt::Debug, sync::Arc};

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
        DeliveryFilter, Intake, ItemId, Kept, KeptFilter, NodeId, Notice, PortError, Remembered, Store, StoreError,
        Transaction,
    },
    text::ExternalKey,
};

/// What a [`HookedStore`] does differently from the store inside it. Everything not overridden is passed on.
#[async_trait]
pub trait StoreHook: Debug + Send + Sync {
    /// Instead of `commit`.
    async fn commit(&self, inner: &dyn Store, transaction: Transaction) -> Result<Vec<Assigned>, StoreError> {
        inner.commit(transaction).await
    }

    /// Instead of `claim`.
    async fn claim(&self, inner: &dyn Store, request: ClaimRequest) -> Result<Vec<Claim>, StoreError> {
        inner.claim(request).await
    }

    /// Instead of `release_claims`.
    async fn release_claims(&self, inner: &dyn Store, owner: &NodeId) -> Result<(), StoreError> {
        inner.release_claims(owner).await
    }

    /// Before each call that only reads; an error is its answer.
    async fn before_reading(&self) -> Result<(), StoreError> {
        Ok(())
    }

    /// Instead of `put`.
    async fn put(
        &self,
        inner: &dyn Store,
        tenant: &TenantId,
        content: ByteStream,
        limit: u64,
    ) -> Result<BlobRef, PortError> {
        inner.put(tenant, content, limit).await
    }

    /// Instead of `open`.
    async fn open(&self, inner: &dyn Store, tenant: &TenantId, blob: &BlobRef) -> Result<ByteStream, PortError> {
        inner.open(tenant, blob).await
    }
}

/// A store with a hook before it: how tests inject faults without writing a whole store.
#[derive(Debug)]
pub struct HookedStore<H> {
    inner: Arc<dyn Store>,
    hook: H,
}

impl<H: StoreHook> HookedStore<H> {
    /// Puts a hook before a store.
    pub fn new(inner: Arc<dyn Store>, hook: H) -> Self {
        Self { inner, hook }
    }
}

#[async_trait]
impl<H: StoreHook> Blobs for HookedStore<H> {
    async fn put(&self, tenant: &TenantId, content: ByteStream, limit: u64) -> Result<BlobRef, PortError> {
        self.hook.put(self.inner.as_ref(), tenant, content, limit).await
    }

    async fn open(&self, tenant: &TenantId, blob: &BlobRef) -> Result<ByteStream, PortError> {
        self.hook.open(self.inner.as_ref(), tenant, blob).await
    }
}

#[async_trait]
impl<H: StoreHook> Store for HookedStore<H> {
    async fn commit(&self, transaction: Transaction) -> Result<Vec<Assigned>, StoreError> {
        self.hook.commit(self.inner.as_ref(), transaction).await
    }

    async fn claim(&self, request: ClaimRequest) -> Result<Vec<Claim>, StoreError> {
        self.hook.claim(self.inner.as_ref(), request).await
    }

    async fn release_claims(&self, owner: &NodeId) -> Result<(), StoreError> {
        self.hook.release_claims(self.inner.as_ref(), owner).await
    }

    async fn next_due(&self, request: &ClaimRequest) -> Result<Option<Timestamp>, StoreError> {
        self.hook.before_reading().await?;
        self.inner.next_due(request).await
    }

    async fn case(&self, tenant: &TenantId, id: CaseId) -> Result<Option<Case>, StoreError> {
        self.hook.before_reading().await?;
        self.inner.case(tenant, id).await
    }

    async fn case_by_number(&self, tenant: &TenantId, number: CaseNumber) -> Result<Option<Case>, StoreError> {
        self.hook.before_reading().await?;
        self.inner.case_by_number(tenant, number).await
    }

    async fn cases(
        &self,
        tenant: &TenantId,
        filter: &CaseFilter,
        after: Option<CaseNumber>,
        limit: usize,
    ) -> Result<Vec<Case>, StoreError> {
        self.hook.before_reading().await?;
        self.inner.cases(tenant, filter, after, limit).await
    }

    async fn entry(&self, tenant: &TenantId, id: EntryId) -> Result<Option<JournalEntry>, StoreError> {
        self.hook.before_reading().await?;
        self.inner.entry(tenant, id).await
    }

    async fn entries(&self, tenant: &TenantId, case: CaseId) -> Result<Vec<JournalEntry>, StoreError> {
        self.hook.before_reading().await?;
        self.inner.entries(tenant, case).await
    }

    async fn entries_by_key(
        &self,
        tenant: &TenantId,
        key: &ExternalKey,
        limit: usize,
    ) -> Result<Vec<JournalEntry>, StoreError> {
        self.hook.before_reading().await?;
        self.inner.entries_by_key(tenant, key, limit).await
    }

    async fn entries_by_document(
        &self,
        tenant: &TenantId,
        document: DocumentName,
        limit: usize,
    ) -> Result<Vec<JournalEntry>, StoreError> {
        self.hook.before_reading().await?;
        self.inner.entries_by_document(tenant, document, limit).await
    }

    async fn journal(
        &self,
        tenant: &TenantId,
        year: i32,
        after: u32,
        limit: usize,
    ) -> Result<Vec<JournalEntry>, StoreError> {
        self.hook.before_reading().await?;
        self.inner.journal(tenant, year, after, limit).await
    }

    async fn letter(&self, tenant: &TenantId, id: LetterId) -> Result<Option<Letter>, StoreError> {
        self.hook.before_reading().await?;
        self.inner.letter(tenant, id).await
    }

    async fn delivery(&self, tenant: &TenantId, letter: LetterId) -> Result<Option<Delivery>, StoreError> {
        self.hook.before_reading().await?;
        self.inner.delivery(tenant, letter).await
    }

    async fn deliveries(
        &self,
        tenant: &TenantId,
        filter: &DeliveryFilter,
        after: Option<LetterId>,
        limit: usize,
    ) -> Result<Vec<Delivery>, StoreError> {
        self.hook.before_reading().await?;
        self.inner.deliveries(tenant, filter, after, limit).await
    }

    async fn delivery_counts(&self, tenant: &TenantId) -> Result<Vec<DeliveryCount>, StoreError> {
        self.hook.before_reading().await?;
        self.inner.delivery_counts(tenant).await
    }

    async fn intake(&self, tenant: &TenantId, inbox: &InboxId, item: &ItemId) -> Result<Option<Intake>, StoreError> {
        self.hook.before_reading().await?;
        self.inner.intake(tenant, inbox, item).await
    }

    async fn intakes(
        &self,
        tenant: &TenantId,
        inbox: &InboxId,
        after: Option<ItemId>,
        limit: usize,
    ) -> Result<Vec<Intake>, StoreError> {
        self.hook.before_reading().await?;
        self.inner.intakes(tenant, inbox, after, limit).await
    }

    async fn unacknowledged(
        &self,
        tenant: &TenantId,
        inbox: &InboxId,
        limit: usize,
    ) -> Result<Vec<Intake>, StoreError> {
        self.hook.before_reading().await?;
        self.inner.unacknowledged(tenant, inbox, limit).await
    }

    async fn remembered(&self, tenant: &TenantId, key: &str) -> Result<Option<Remembered>, StoreError> {
        self.hook.before_reading().await?;
        self.inner.remembered(tenant, key).await
    }

    async fn mark(&self, tenant: &TenantId, name: &str) -> Result<Option<String>, StoreError> {
        self.hook.before_reading().await?;
        self.inner.mark(tenant, name).await
    }

    async fn kept(&self, tenant: &TenantId, kind: &str, key: &str) -> Result<Option<Kept>, StoreError> {
        self.hook.before_reading().await?;
        self.inner.kept(tenant, kind, key).await
    }

    async fn kept_list(
        &self,
        tenant: &TenantId,
        filter: &KeptFilter,
        after: Option<String>,
        limit: usize,
    ) -> Result<Vec<Kept>, StoreError> {
        self.hook.before_reading().await?;
        self.inner.kept_list(tenant, filter, after, limit).await
    }

    async fn open_notices(&self, tenant: &TenantId, limit: usize) -> Result<Vec<Notice>, StoreError> {
        self.hook.before_reading().await?;
        self.inner.open_notices(tenant, limit).await
    }

    async fn access(&self, tenant: &TenantId, key: &AccessKey) -> Result<Option<AccessRecord>, StoreError> {
        self.hook.before_reading().await?;
        self.inner.access(tenant, key).await
    }

    async fn access_list(
        &self,
        tenant: &TenantId,
        filter: &AccessFilter,
        after: Option<AccessKey>,
        limit: usize,
    ) -> Result<Vec<AccessRecord>, StoreError> {
        self.hook.before_reading().await?;
        self.inner.access_list(tenant, filter, after, limit).await
    }

    async fn access_history(&self, tenant: &TenantId, key: &AccessKey) -> Result<Vec<AccessRecord>, StoreError> {
        self.hook.before_reading().await?;
        self.inner.access_history(tenant, key).await
    }

    async fn audit_log(&self, tenant: &TenantId, after: u64, limit: usize) -> Result<Vec<AuditRecord>, StoreError> {
        self.hook.before_reading().await?;
        self.inner.audit_log(tenant, after, limit).await
    }
}
