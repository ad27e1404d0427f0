use async_trait::async_trait;
use sakarkiv_audit::{
    AuditCursor, AuditLog, AuditPage, AuditQuery, ConsistencyProof, Erasure, Frontier, InclusionProof, KeptCheckpoint,
    LogState, Prune, Pruned, SealedEntry, SearchOrder,
};
use sakarkiv_core::{
    audit::{AuditEvent, LogClass},
    identity::TenantId,
    ports::StoreError,
};

use super::{audit::Logs, store::MemoryStore};

#[async_trait]
impl AuditLog for MemoryStore {
    async fn search(
        &self,
        tenant: &TenantId,
        query: &AuditQuery,
        order: SearchOrder,
        after: Option<AuditCursor>,
        limit: usize,
    ) -> Result<AuditPage, StoreError> {
        Ok(self.read(tenant, |state| state.logs.search(query, order, after, limit)))
    }

    async fn sealed(
        &self,
        tenant: &TenantId,
        class: LogClass,
        from: u64,
        limit: usize,
    ) -> Result<Vec<SealedEntry>, StoreError> {
        Ok(self.read(tenant, |state| state.logs.sealed(class, from, limit)))
    }

    async fn state(&self, tenant: &TenantId, class: LogClass) -> Result<LogState, StoreError> {
        Ok(self.read(tenant, |state| state.logs.state(class)))
    }

    async fn frontier(&self, tenant: &TenantId, class: LogClass, size: u64) -> Result<Frontier, StoreError> {
        self.ask(tenant, |logs| logs.prove(class, size, |prover| prover.frontier(size)))
    }

    async fn inclusion(
        &self,
        tenant: &TenantId,
        class: LogClass,
        sequence: u64,
        size: u64,
    ) -> Result<InclusionProof, StoreError> {
        self.ask(tenant, |logs| logs.prove(class, size, |prover| prover.inclusion(sequence, size)))
    }

    async fn consistency(
        &self,
        tenant: &TenantId,
        class: LogClass,
        from: u64,
        to: u64,
    ) -> Result<ConsistencyProof, StoreError> {
        self.ask(tenant, |logs| logs.prove(class, to, |prover| prover.consistency(from, to)))
    }

    async fn keep_checkpoint(
        &self,
        tenant: &TenantId,
        class: LogClass,
        checkpoint: KeptCheckpoint,
    ) -> Result<(), StoreError> {
        self.change_logs(tenant, |logs, _| logs.keep_checkpoint(class, checkpoint))
    }

    async fn prune(&self, order: Prune) -> Result<Pruned, StoreError> {
        own(&order.tenant, &order.event)?;
        let tenant = order.tenant.clone();
        self.change_logs(&tenant, |logs, entropy| logs.prune(order, entropy))
    }

    async fn erase(&self, order: Erasure) -> Result<bool, StoreError> {
        own(&order.tenant, &order.event)?;
        let tenant = order.tenant.clone();
        self.change_logs(&tenant, |logs, entropy| logs.erase(order, entropy))
    }
}

impl MemoryStore {
    /// Asks the logs of a tenant, which has empty ones until something is written.
    fn ask<T>(&self, tenant: &TenantId, ask: impl Fn(&Logs) -> Result<T, StoreError>) -> Result<T, StoreError> {
        self.read(tenant, |state| Some(ask(&state.logs))).unwrap_or_else(|| ask(&Logs::default()))
    }
}

fn own(tenant: &TenantId, event: &AuditEvent) -> Result<(), StoreError> {
    if event.tenant == *tenant { Ok(()) } else { Err(StoreError::NotFound { what: "tenant" }) }
}
