use std::sync::Arc;

use async_trait::async_trait;
use rusqlite::Connection;
use sakarkiv_audit::{
    AuditCursor, AuditLog, AuditPage, AuditQuery, ConsistencyProof, Erasure, Frontier, InclusionProof, KeptCheckpoint,
    LogState, Prune, Pruned, SealedEntry, SearchOrder,
};
use sakarkiv_core::{audit::LogClass, identity::TenantId, ports::StoreError};

use super::{keep, log, search, tree};
use crate::{error::database, store::SqliteStore};

#[async_trait]
impl AuditLog for SqliteStore {
    async fn search(
        &self,
        tenant: &TenantId,
        query: &AuditQuery,
        order: SearchOrder,
        after: Option<AuditCursor>,
        limit: usize,
    ) -> Result<AuditPage, StoreError> {
        let (tenant, query) = (tenant.clone(), query.clone());
        self.read_at_once(move |db| search::search(db, &tenant, &query, order, after, limit)).await
    }

    async fn sealed(
        &self,
        tenant: &TenantId,
        class: LogClass,
        from: u64,
        limit: usize,
    ) -> Result<Vec<SealedEntry>, StoreError> {
        let tenant = tenant.clone();
        self.read_at_once(move |db| log::sealed(db, &tenant, class, from, limit)).await
    }

    async fn state(&self, tenant: &TenantId, class: LogClass) -> Result<LogState, StoreError> {
        let tenant = tenant.clone();
        self.read(move |db| log::state(db, &tenant, class).map(|(state, _)| state)).await
    }

    async fn frontier(&self, tenant: &TenantId, class: LogClass, size: u64) -> Result<Frontier, StoreError> {
        let tenant = tenant.clone();
        self.read_at_once(move |db| tree::prove(db, (&tenant, class), size, |prover| prover.frontier(size))).await
    }

    async fn inclusion(
        &self,
        tenant: &TenantId,
        class: LogClass,
        sequence: u64,
        size: u64,
    ) -> Result<InclusionProof, StoreError> {
        let tenant = tenant.clone();
        let ask =
            move |db: &Connection| tree::prove(db, (&tenant, class), size, |prover| prover.inclusion(sequence, size));
        self.read_at_once(ask).await
    }

    async fn consistency(
        &self,
        tenant: &TenantId,
        class: LogClass,
        from: u64,
        to: u64,
    ) -> Result<ConsistencyProof, StoreError> {
        let tenant = tenant.clone();
        self.read_at_once(move |db| tree::prove(db, (&tenant, class), to, |prover| prover.consistency(from, to))).await
    }

    async fn keep_checkpoint(
        &self,
        tenant: &TenantId,
        class: LogClass,
        checkpoint: KeptCheckpoint,
    ) -> Result<(), StoreError> {
        let tenant = tenant.clone();
        self.write(move |db: &Connection| keep::keep_checkpoint(db, &tenant, class, &checkpoint)).await
    }

    async fn prune(&self, order: Prune) -> Result<Pruned, StoreError> {
        let entropy = Arc::clone(self.entropy());
        let pruned = self.write(move |db: &Connection| keep::prune(db, &order, entropy.as_ref())).await?;
        if pruned.count > 0 && !pruned.more {
            self.read(keep::forget_old_pages).await?;
        }
        Ok(pruned)
    }

    async fn erase(&self, order: Erasure) -> Result<bool, StoreError> {
        let entropy = Arc::clone(self.entropy());
        let erased = self.write(move |db: &Connection| keep::erase(db, &order, entropy.as_ref())).await?;
        if erased {
            self.read(keep::forget_old_pages).await?;
        }
        Ok(erased)
    }
}

impl SqliteStore {
    /// Several queries, one state.
    async fn read_at_once<T: Send + 'static>(
        &self,
        query: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.read(move |db| query(&*db.unchecked_transaction().map_err(database)?)).await
    }
}
