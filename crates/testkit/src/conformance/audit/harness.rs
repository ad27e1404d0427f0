use std::{fmt::Debug, sync::Arc};

use async_trait::async_trait;
use sakarkiv_audit::AuditLog;
use sakarkiv_core::ports::Store;

/// A store and its logs: two views of the same thing.
#[derive(Debug, Clone)]
pub struct Audited {
    /// Where events are committed.
    pub store: Arc<dyn Store>,
    /// Where they are found.
    pub log: Arc<dyn AuditLog>,
}

impl Audited {
    /// Both views of one store.
    pub fn new<S: Store + AuditLog + 'static>(store: S) -> Self {
        let store = Arc::new(store);
        Self { store: Arc::<S>::clone(&store), log: store }
    }
}

/// What a vendor gives the suite for [`AuditLog`].
#[async_trait]
pub trait AuditHarness: Debug + Send + Sync {
    /// What is tested, for the report.
    fn name(&self) -> String;

    /// An empty store. Called at the start of each case.
    async fn fresh(&self) -> Audited;

    /// Ends the process that has the store open and opens what it left behind. `store` holds the only handles to what
    /// [`Self::fresh`] or this gave last.
    async fn reopen(&self, store: Audited) -> Audited;
}
