use std::{fmt::Debug, sync::Arc};

use async_trait::async_trait;
use sakarkiv_core::{document::BlobRef, identity::TenantId, ports::Store};

/// What a vendor gives the suite for [`Store`].
#[async_trait]
pub trait StoreHarness: Debug + Send + Sync {
    /// What is tested, for the report.
    fn name(&self) -> String;

    /// An empty store. Called at the start of each case.
    async fn fresh(&self) -> Arc<dyn Store>;

    /// Ends the process that has the store open, without letting it say farewell if that can be arranged, and opens what it
    /// left behind. `store` is the only handle to what [`Self::fresh`] or this gave last.
    async fn reopen(&self, store: Arc<dyn Store>) -> Arc<dyn Store>;

    /// Changes the stored bytes of a durable document behind the store's back, `false` when that cannot be arranged.
    async fn spoil(&self, tenant: &TenantId, blob: &BlobRef) -> bool;
}
