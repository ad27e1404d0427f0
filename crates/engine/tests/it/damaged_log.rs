//! One of a tenant's logs is damaged.

use std::sync::Arc;

use async_trait::async_trait;
use sakarkiv_audit::{
    AuditCursor, AuditLog, AuditPage, AuditQuery, ConsistencyProof, Erasure, Frontier, InclusionProof, KeptCheckpoint,
    LogState, Prune, Pruned, SealedEntry, SearchOrder,
};
use sakarkiv_core::{
    audit::LogClass,
    case::{CaseKind, NewCase},
    identity::TenantId,
    ports::{Clock, StoreError, Subject},
};
use sakarkiv_engine::{Login, RecordsOffice, TenantSetup};
use sakarkiv_testkit::{
    doubles::{ManualClock, RecordingNotifier, SeededEntropy},
    memory::MemoryStore,
};

use crate::{
    log::{Witness, signer},
    world::{archivist, drive, head_archivist, minutes, morning, person, tenant, unit},
};

/// A store whose log of security cannot be read back.
#[derive(Debug)]
struct Damaged(Arc<MemoryStore>);

#[async_trait]
impl AuditLog for Damaged {
    async fn search(
        &self,
        tenant: &TenantId,
        query: &AuditQuery,
        order: SearchOrder,
        after: Option<AuditCursor>,
        limit: usize,
    ) -> Result<AuditPage, StoreError> {
        self.0.search(tenant, query, order, after, limit).await
    }

    async fn sealed(
        &self,
        tenant: &TenantId,
        class: LogClass,
        from: u64,
        limit: usize,
    ) -> Result<Vec<SealedEntry>, StoreError> {
        self.0.sealed(tenant, class, from, limit).await
    }

    async fn state(&self, tenant: &TenantId, class: LogClass) -> Result<LogState, StoreError> {
        if class == LogClass::Security {
            return Err(StoreError::Corrupt("a node of the log is not what it was".to_owned()));
        }
        self.0.state(tenant, class).await
    }

    async fn frontier(&self, tenant: &TenantId, class: LogClass, size: u64) -> Result<Frontier, StoreError> {
        self.0.frontier(tenant, class, size).await
    }

    async fn inclusion(
        &self,
        tenant: &TenantId,
        class: LogClass,
        sequence: u64,
        size: u64,
    ) -> Result<InclusionProof, StoreError> {
        self.0.inclusion(tenant, class, sequence, size).await
    }

    async fn consistency(
        &self,
        tenant: &TenantId,
        class: LogClass,
        from: u64,
        to: u64,
    ) -> Result<ConsistencyProof, StoreError> {
        self.0.consistency(tenant, class, from, to).await
    }

    async fn keep_checkpoint(
        &self,
        tenant: &TenantId,
        class: LogClass,
        checkpoint: KeptCheckpoint,
    ) -> Result<(), StoreError> {
        self.0.keep_checkpoint(tenant, class, checkpoint).await
    }

    async fn prune(&self, order: Prune) -> Result<Pruned, StoreError> {
        if order.class == LogClass::Security {
            return Err(StoreError::Corrupt("a node of the log is not what it was".to_owned()));
        }
        self.0.prune(order).await
    }

    async fn erase(&self, order: Erasure) -> Result<bool, StoreError> {
        self.0.erase(order).await
    }
}

#[test]
fn a_damaged_log_is_told_of_and_the_others_are_signed_all_the_same() {
    let (clock, notifier) = (ManualClock::new(morning()), Arc::new(RecordingNotifier::new()));
    let (store, witness) = (Arc::new(MemoryStore::default()), Arc::<Witness>::default());
    let office = RecordsOffice::builder()
        .store(Arc::clone(&store) as _)
        .clock(Arc::clone(&clock) as _)
        .entropy(Arc::new(SeededEntropy::new(1)))
        .notifier(Arc::clone(&notifier) as _)
        .node("n1")
        .audit_log(Arc::new(Damaged(store)), "arkiv.test")
        .checkpoints(signer(), [Arc::clone(&witness) as _])
        .tenant(TenantSetup::new(tenant()).user(head_archivist()))
        .build()
        .unwrap();
    drive(&clock, office.tell_login(&person("ukjent"), Login::Failed, None)).unwrap();
    let case = NewCase::new(CaseKind::Ordinary, "Sak".into(), unit(), archivist().id);
    drive(&clock, office.as_user(&archivist()).unwrap().open_case(case)).unwrap();
    let end = clock.now() + minutes(5);
    drive(&clock, office.run(clock.sleep_until(end)));
    assert!(witness.last(LogClass::Security).is_none());
    assert!(witness.last(LogClass::AccessAndProcessing).is_some());
    let told = notifier.told().into_iter().filter(|notice| notice.subject == Subject::CheckpointNotHeld);
    assert_eq!(told.count(), 1);
}
