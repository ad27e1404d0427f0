use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use sakarkiv_core::identity::{EntryId, MeetingId};

use super::{PageStore, PageStoreError, StoredEntry, StoredMeeting};

/// A store that forgets with the process: for tests, and for a page that is filled anew at each start.
#[derive(Debug, Default)]
pub struct MemoryPageStore {
    entries: Mutex<BTreeMap<EntryId, StoredEntry>>,
    meetings: Mutex<BTreeMap<MeetingId, StoredMeeting>>,
}

impl MemoryPageStore {
    /// An empty one.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}

fn lock<T>(kept: &Mutex<T>) -> MutexGuard<'_, T> {
    kept.lock().unwrap_or_else(PoisonError::into_inner)
}

impl PageStore for MemoryPageStore {
    fn all(&self) -> Result<Vec<StoredEntry>, PageStoreError> {
        Ok(lock(&self.entries).values().cloned().collect())
    }

    fn put(&self, entry: &StoredEntry) -> Result<(), PageStoreError> {
        lock(&self.entries).insert(entry.entry, entry.clone());
        Ok(())
    }

    fn all_meetings(&self) -> Result<Vec<StoredMeeting>, PageStoreError> {
        Ok(lock(&self.meetings).values().cloned().collect())
    }

    fn put_meeting(&self, meeting: &StoredMeeting) -> Result<(), PageStoreError> {
        lock(&self.meetings).insert(meeting.meeting, meeting.clone());
        Ok(())
    }
}
