use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use async_trait::async_trait;
use futures_util::{StreamExt, stream};
use sakarkiv_core::{
    document::BlobRef,
    identity::{LetterId, TenantId},
    ports::{Assigned, ByteStream, Claim, ClaimRequest, Fence, NodeId, Op, PortError, Store, StoreError, Transaction},
};
use sakarkiv_testkit::{
    conformance::{MemoryStoreHarness, run_store},
    memory::{HookedStore, MemoryStore, StoreHook},
};

use super::{at_once, failed};

/// What is wrong with a store, and the cases that must say so.
const FAULTS: [(&str, &[&str]); 9] = [
    (
        "applies the operations of a transaction one by one",
        &["store.commit.whole", "store.numbers.gaps", "store.audit", "store.access.history", "store.delivery.fence"],
    ),
    ("lets a stale worker write", &["store.claim.release", "store.delivery.fence"]),
    ("never ends a lease", &["store.claim.held", "store.claim.restart", "store.delivery.fence"]),
    ("releases nobody's claims", &["store.claim.release"]),
    ("hands out more than asked for", &["store.claim.limit"]),
    ("loses audit events", &["store.commit.durable", "store.audit"]),
    ("serves in the order of arrival", &["store.claim.order"]),
    ("takes documents of any length", &["store.blobs.limit"]),
    ("swallows the end of a failed stream", &["store.blobs.failed-put"]),
];

#[derive(Debug)]
struct Broken(usize, Mutex<BTreeMap<LetterId, Fence>>);

fn broken<const FAULT: usize>(inner: MemoryStore) -> Arc<dyn Store> {
    Arc::new(HookedStore::new(Arc::new(inner), Broken(FAULT, Mutex::default())))
}

#[async_trait]
impl StoreHook for Broken {
    async fn commit(&self, inner: &dyn Store, mut transaction: Transaction) -> Result<Vec<Assigned>, StoreError> {
        let tenant = transaction.tenant.clone();
        match self.0 {
            0 => {
                let mut answers = Vec::new();
                for op in transaction.ops {
                    answers.extend(inner.commit(Transaction::new(tenant.clone()).with(op)).await?);
                }
                return Ok(answers);
            }
            1 => {
                // Writes without asking whose claim is the newest.
                for op in &mut transaction.ops {
                    if let Op::PutDelivery { delivery, fence, .. } = op {
                        *fence = self.1.lock().unwrap().get(&delivery.letter).copied().unwrap_or(*fence);
                    }
                }
            }
            5 => {
                let count = transaction.ops.len();
                transaction.ops.retain(|op| !matches!(op, Op::Audit(_)));
                let mut answers = inner.commit(transaction).await?;
                answers.resize(count, Assigned::Nothing);
                return Ok(answers);
            }
            _ => {}
        }
        inner.commit(transaction).await
    }

    async fn claim(&self, inner: &dyn Store, mut request: ClaimRequest) -> Result<Vec<Claim>, StoreError> {
        match self.0 {
            2 => request.lease_until = sakarkiv_core::identity::Timestamp::MAX_UTC,
            4 => request.limit = usize::MAX,
            _ => {}
        }
        let mut claims = inner.claim(request).await?;
        self.1.lock().unwrap().extend(claims.iter().map(|claim| (claim.delivery.letter, claim.fence)));
        if self.0 == 6 {
            claims.sort_by_key(|claim| claim.delivery.letter);
        }
        Ok(claims)
    }

    async fn release_claims(&self, inner: &dyn Store, owner: &NodeId) -> Result<(), StoreError> {
        if self.0 == 3 { Ok(()) } else { inner.release_claims(owner).await }
    }

    async fn put(
        &self,
        inner: &dyn Store,
        tenant: &TenantId,
        content: ByteStream,
        limit: u64,
    ) -> Result<BlobRef, PortError> {
        let limit = if self.0 == 7 { u64::MAX } else { limit };
        if self.0 != 8 {
            return inner.put(tenant, content, limit).await;
        }
        let sound: Vec<_> = content.filter_map(async |chunk| chunk.ok()).collect().await;
        inner.put(tenant, stream::iter(sound.into_iter().map(Ok)).boxed(), limit).await
    }
}

fn check<const FAULT: usize>() {
    let report = at_once(run_store(&MemoryStoreHarness::wrapped(broken::<FAULT>)));
    let (what, expected) = FAULTS[FAULT];
    assert_eq!(failed(&report), expected, "a store that {what}:\n{report}");
}

#[test]
fn each_broken_store_fails_the_cases_that_are_about_its_fault() {
    check::<0>();
    check::<1>();
    check::<2>();
    check::<3>();
    check::<4>();
    check::<5>();
    check::<6>();
    check::<7>();
    check::<8>();
}
