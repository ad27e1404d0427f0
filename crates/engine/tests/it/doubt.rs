//! A store that now and then does not say whether it stored something, and what the office makes of it.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

use async_trait::async_trait;
use sakarkiv_core::{
    access::{AccessKey, AccessRecord},
    case::{Case, CaseNumber},
    delivery::{Delivery, DeliveryState, Letter},
    document::{BlobRef, DocumentName},
    identity::{CaseId, EntryId, InboxId, LetterId, TenantId, Timestamp},
    journal::JournalEntry,
    ports::{
        AccessFilter, Assigned, AuditRecord, Blobs, ByteStream, CaseFilter, Claim, ClaimRequest, DeliveryCount,
        DeliveryFilter, Intake, ItemId, Kept, KeptFilter, NodeId, Notice, Op, PortError, Remembered, Store, StoreError,
        Transaction,
    },
    sensitivity::SensitivityClass,
    text::ExternalKey,
};
use sakarkiv_testkit::memory::MemoryStore;

use crate::world::{World, breath, hours, minutes};

/// What goes wrong with the storing of deliveries in one state.
#[derive(Debug, Default)]
pub(crate) struct Doubts {
    /// Applies to deliveries that are being sent.
    on_attempt: AtomicBool,
    /// Applies to letters that are handed in; else to deliveries that the channel took.
    on_submit: AtomicBool,
    /// How many of them are stored without saying so.
    after: AtomicUsize,
    /// How many of them are not stored, without saying so.
    before: AtomicUsize,
    /// Letters arrive between a list of what is on its way and the list of what lies there, so that both have them.
    pub(crate) on_the_move: AtomicBool,
    meanwhile: Mutex<Option<Meanwhile>>,
}

/// What somebody else stores in the moment before a transaction with such an operation.
#[derive(Debug)]
struct Meanwhile {
    before: fn(&Op) -> bool,
    other: Transaction,
}

#[derive(Debug)]
pub(crate) struct DoubtfulStore {
    inner: MemoryStore,
    doubts: Arc<Doubts>,
}

impl DoubtfulStore {
    pub(crate) fn new(inner: MemoryStore, doubts: &Arc<Doubts>) -> Self {
        Self { inner, doubts: Arc::clone(doubts) }
    }
}

#[test]
fn an_attempt_that_may_not_be_on_record_is_not_made() {
    let world = World::new();
    world.doubts.on_attempt.store(true, Ordering::SeqCst);
    world.doubts.before.store(1, Ordering::SeqCst);
    let letter = world.submit("a");
    world.pass(minutes(1));
    assert_eq!((world.state(letter), world.svarut.sends()), ("queued", 0), "whose claim it is still");
    world.pass(hours(1));
    assert_eq!((world.state(letter), world.svarut.sends()), ("accepted", 1));
}

#[test]
fn an_attempt_that_is_on_record_after_all_is_made_once() {
    let world = World::new();
    world.doubts.on_attempt.store(true, Ordering::SeqCst);
    world.doubts.after.store(1, Ordering::SeqCst);
    let letter = world.submit("a");
    world.pass(minutes(1));
    assert_eq!((world.state(letter), world.svarut.sends()), ("accepted", 1));
    assert_eq!(world.logged_states(letter), ["queued", "attempting", "accepted"]);
}

#[test]
fn that_a_letter_was_taken_is_stored_however_often_the_store_fails_meanwhile() {
    for (before, after) in [(3, 0), (0, 1), (2, 1)] {
        let world = World::new();
        world.doubts.before.store(before, Ordering::SeqCst);
        world.doubts.after.store(after, Ordering::SeqCst);
        let letter = world.submit("a");
        world.pass(minutes(2));
        assert_eq!((world.state(letter), world.svarut.sends()), ("accepted", 1), "{before} {after}");
        assert_eq!(world.logged_states(letter), ["queued", "attempting", "accepted"]);
    }
}

#[test]
fn handing_in_again_after_a_doubtful_answer_makes_no_second_letter() {
    for (before, after) in [(0, 1), (1, 0)] {
        let world = World::new();
        let submission = world.letter("a", "byplan", SensitivityClass::Open);
        world.doubts.on_submit.store(true, Ordering::SeqCst);
        world.doubts.before.store(before, Ordering::SeqCst);
        world.doubts.after.store(after, Ordering::SeqCst);
        let first = world.run(world.desk().submit(submission.clone()));
        assert_eq!(first.is_ok(), after == 1, "what is stored is accepted: {first:?}");
        let again = world.run(world.desk().submit(submission)).unwrap();
        assert_eq!(again.repeated, after == 1);
        world.idle();
        assert_eq!(world.svarut.post().count(), 1);
    }
}

impl Doubts {
    /// Has somebody else store this in the moment before the next transaction with such an operation.
    pub(crate) fn meanwhile(&self, before: fn(&Op) -> bool, other: Transaction) {
        *self.meanwhile.lock().unwrap() = Some(Meanwhile { before, other });
    }

    fn other_before(&self, transaction: &Transaction) -> Option<Transaction> {
        let mut meanwhile = self.meanwhile.lock().unwrap();
        let due = meanwhile.take_if(|meanwhile| transaction.ops.iter().any(meanwhile.before))?;
        Some(due.other)
    }

    fn concerns(&self, transaction: &Transaction) -> bool {
        let on_attempt = self.on_attempt.load(Ordering::SeqCst);
        let on_submit = self.on_submit.load(Ordering::SeqCst);
        transaction.ops.iter().any(|op| match op {
            Op::AddLetter { .. } => on_submit,
            Op::PutDelivery { delivery, .. } if on_attempt => {
                matches!(delivery.state, DeliveryState::Attempting { .. })
            }
            Op::PutDelivery { delivery, .. } => delivery.state == DeliveryState::Accepted && delivery.attempts > 0,
            _ => false,
        })
    }

    fn takes(counter: &AtomicUsize) -> bool {
        counter.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok()
    }
}

#[async_trait]
impl Blobs for DoubtfulStore {
    async fn put(&self, tenant: &TenantId, content: ByteStream, limit: u64) -> Result<BlobRef, PortError> {
        self.inner.put(tenant, content, limit).await
    }

    async fn open(&self, tenant: &TenantId, blob: &BlobRef) -> Result<ByteStream, PortError> {
        Blobs::open(&self.inner, tenant, blob).await
    }
}

#[async_trait]
impl Store for DoubtfulStore {
    async fn commit(&self, transaction: Transaction) -> Result<Vec<Assigned>, StoreError> {
        breath().await;
        let concerned = self.doubts.concerns(&transaction);
        let doubt = || StoreError::Unknown("no answer".to_owned());
        if concerned && Doubts::takes(&self.doubts.before) {
            return Err(doubt());
        }
        if let Some(other) = self.doubts.other_before(&transaction) {
            self.inner.commit(other).await?;
        }
        let done = self.inner.commit(transaction).await;
        breath().await;
        if concerned && Doubts::takes(&self.doubts.after) { Err(doubt()) } else { done }
    }

    async fn claim(&self, request: ClaimRequest) -> Result<Vec<Claim>, StoreError> {
        self.inner.claim(request).await
    }

    async fn next_due(&self, request: &ClaimRequest) -> Result<Option<Timestamp>, StoreError> {
        self.inner.next_due(request).await
    }

    async fn release_claims(&self, owner: &NodeId) -> Result<(), StoreError> {
        self.inner.release_claims(owner).await
    }

    async fn case(&self, tenant: &TenantId, id: CaseId) -> Result<Option<Case>, StoreError> {
        self.inner.case(tenant, id).await
    }

    async fn case_by_number(&self, tenant: &TenantId, number: CaseNumber) -> Result<Option<Case>, StoreError> {
        self.inner.case_by_number(tenant, number).await
    }

    async fn cases(
        &self,
        tenant: &TenantId,
        filter: &CaseFilter,
        after: Option<CaseNumber>,
        limit: usize,
    ) -> Result<Vec<Case>, StoreError> {
        self.inner.cases(tenant, filter, after, limit).await
    }

    async fn entry(&self, tenant: &TenantId, id: EntryId) -> Result<Option<JournalEntry>, StoreError> {
        self.inner.entry(tenant, id).await
    }

    async fn entries(&self, tenant: &TenantId, case: CaseId) -> Result<Vec<JournalEntry>, StoreError> {
        self.inner.entries(tenant, case).await
    }

    async fn entries_by_key(
        &self,
        tenant: &TenantId,
        key: &ExternalKey,
        limit: usize,
    ) -> Result<Vec<JournalEntry>, StoreError> {
        self.inner.entries_by_key(tenant, key, limit).await
    }

    async fn entries_by_document(
        &self,
        tenant: &TenantId,
        document: DocumentName,
        limit: usize,
    ) -> Result<Vec<JournalEntry>, StoreError> {
        self.inner.entries_by_document(tenant, document, limit).await
    }

    async fn journal(
        &self,
        tenant: &TenantId,
        year: i32,
        after: u32,
        limit: usize,
    ) -> Result<Vec<JournalEntry>, StoreError> {
        self.inner.journal(tenant, year, after, limit).await
    }

    async fn letter(&self, tenant: &TenantId, id: LetterId) -> Result<Option<Letter>, StoreError> {
        self.inner.letter(tenant, id).await
    }

    async fn delivery(&self, tenant: &TenantId, letter: LetterId) -> Result<Option<Delivery>, StoreError> {
        self.inner.delivery(tenant, letter).await
    }

    async fn deliveries(
        &self,
        tenant: &TenantId,
        filter: &DeliveryFilter,
        after: Option<LetterId>,
        limit: usize,
    ) -> Result<Vec<Delivery>, StoreError> {
        let mut found = self.inner.deliveries(tenant, filter, after, limit).await?;
        if filter.state == Some("accepted") && self.doubts.on_the_move.load(Ordering::SeqCst) {
            let mut arrived = filter.clone();
            arrived.state = Some("delivered");
            let moving = self.inner.deliveries(tenant, &arrived, after, limit).await?;
            found.extend(moving.into_iter().map(|one| Delivery { state: DeliveryState::Accepted, ..one }));
        }
        Ok(found)
    }

    async fn delivery_counts(&self, tenant: &TenantId) -> Result<Vec<DeliveryCount>, StoreError> {
        self.inner.delivery_counts(tenant).await
    }

    async fn intake(&self, tenant: &TenantId, inbox: &InboxId, item: &ItemId) -> Result<Option<Intake>, StoreError> {
        self.inner.intake(tenant, inbox, item).await
    }

    async fn intakes(
        &self,
        tenant: &TenantId,
        inbox: &InboxId,
        after: Option<ItemId>,
        limit: usize,
    ) -> Result<Vec<Intake>, StoreError> {
        self.inner.intakes(tenant, inbox, after, limit).await
    }

    async fn unacknowledged(
        &self,
        tenant: &TenantId,
        inbox: &InboxId,
        limit: usize,
    ) -> Result<Vec<Intake>, StoreError> {
        self.inner.unacknowledged(tenant, inbox, limit).await
    }

    async fn remembered(&self, tenant: &TenantId, key: &str) -> Result<Option<Remembered>, StoreError> {
        self.inner.remembered(tenant, key).await
    }

    async fn mark(&self, tenant: &TenantId, name: &str) -> Result<Option<String>, StoreError> {
        self.inner.mark(tenant, name).await
    }

    async fn kept(&self, tenant: &TenantId, kind: &str, key: &str) -> Result<Option<Kept>, StoreError> {
        self.inner.kept(tenant, kind, key).await
    }

    async fn kept_list(
        &self,
        tenant: &TenantId,
        filter: &KeptFilter,
        after: Option<String>,
        limit: usize,
    ) -> Result<Vec<Kept>, StoreError> {
        self.inner.kept_list(tenant, filter, after, limit).await
    }

    async fn open_notices(&self, tenant: &TenantId, limit: usize) -> Result<Vec<Notice>, StoreError> {
        self.inner.open_notices(tenant, limit).await
    }

    async fn access(&self, tenant: &TenantId, key: &AccessKey) -> Result<Option<AccessRecord>, StoreError> {
        self.inner.access(tenant, key).await
    }

    async fn access_list(
        &self,
        tenant: &TenantId,
        filter: &AccessFilter,
        after: Option<AccessKey>,
        limit: usize,
    ) -> Result<Vec<AccessRecord>, StoreError> {
        self.inner.access_list(tenant, filter, after, limit).await
    }

    async fn access_history(&self, tenant: &TenantId, key: &AccessKey) -> Result<Vec<AccessRecord>, StoreError> {
        self.inner.access_history(tenant, key).await
    }

    async fn audit_log(&self, tenant: &TenantId, after: u64, limit: usize) -> Result<Vec<AuditRecord>, StoreError> {
        self.inner.audit_log(tenant, after, limit).await
    }
}
