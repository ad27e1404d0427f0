use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use sakarkiv_core::identity::EntryId;

use super::{PageStore, PageStoreError, StoredEntry};

/// A store that forgets with the process: for tests, and for a page that is filled anew at each start.
#[derive(Debug, Default)]
pub struct MemoryPageStore(Mutex<BTreeMap<EntryId, StoredEntry>>);

impl MemoryPageStore {
    /// An empty one.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn entries(&self) -> MutexGuard<'_, BTreeMap<EntryId, StoredEntry>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl PageStore for MemoryPageStore {
    fn all(&self) -> Result<Vec<StoredEntry>, PageStoreError> {
        Ok(self.entries().values().cloned().collect())
    }

    fn put(&self, entry: &StoredEntry) -> Result<(), PageStoreError> {
        self.entries().insert(entry.entry, entry.clone());
        Ok(())
    }
}
