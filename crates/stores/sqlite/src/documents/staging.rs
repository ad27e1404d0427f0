use std::{collections::HashMap, mem};

use bytes::Bytes;
use tokio::sync::oneshot;

use super::Key;

/// Small documents wait in memory up to this sum; further ones go to files.
const MOST_IN_MEMORY: u64 = 8 * 1024 * 1024;

/// Documents that were put and are not named yet.
#[derive(Debug, Default)]
pub(super) struct Staging {
    entries: HashMap<Key, Entry>,
    in_memory: u64,
}

#[derive(Debug)]
struct Entry {
    place: Place,
    /// How many have put it.
    puts: u32,
    /// How many transactions that name it are under way.
    holds: u32,
}

/// Where a staged document is.
#[derive(Debug)]
pub(super) enum Place {
    Memory(Bytes),
    File(Flush),
}

/// Whether a file survives the loss of power.
#[derive(Debug)]
pub(super) enum Flush {
    /// Not yet; these want to know.
    UnderWay(Vec<oneshot::Sender<()>>),
    Done,
}

/// What can be said about a staged document.
#[derive(Debug, Clone)]
pub(super) enum Staged {
    Memory(Bytes),
    File { flushed: bool },
}

impl Staging {
    pub(super) fn find(&self, key: &Key) -> Option<Staged> {
        self.entries.get(key).map(|entry| match &entry.place {
            Place::Memory(bytes) => Staged::Memory(bytes.clone()),
            Place::File(flush) => Staged::File { flushed: matches!(flush, Flush::Done) },
        })
    }

    pub(super) fn has(&self, key: &Key) -> bool {
        self.entries.contains_key(key)
    }

    /// Counts another put of a document that is staged; `false` when it is not.
    pub(super) fn join(&mut self, key: &Key) -> bool {
        let found = self.entries.get_mut(key);
        found.is_some_and(|entry| {
            entry.puts = entry.puts.saturating_add(1);
            true
        })
    }

    /// Takes small content; `false` when there is no room for it.
    pub(super) fn keep(&mut self, key: &Key, bytes: &Bytes) -> bool {
        if self.join(key) {
            return true;
        }
        let sum = self.in_memory.saturating_add(key.1.size);
        if sum > MOST_IN_MEMORY {
            return false;
        }
        self.in_memory = sum;
        self.entries.insert(key.clone(), Entry { place: Place::Memory(bytes.clone()), puts: 1, holds: 0 });
        true
    }

    pub(super) fn add_file(&mut self, key: Key) {
        self.entries.insert(key, Entry { place: Place::File(Flush::UnderWay(Vec::new())), puts: 1, holds: 0 });
    }

    /// Takes one put back; `true` when nobody wants the file any more.
    pub(super) fn unput(&mut self, key: &Key) -> bool {
        let Some(entry) = self.entries.get_mut(key) else { return false };
        entry.puts = entry.puts.saturating_sub(1);
        let unwanted = entry.puts == 0 && entry.holds == 0;
        if unwanted {
            self.remove(key);
        }
        unwanted
    }

    pub(super) fn hold(&mut self, keys: &[Key]) {
        for key in keys {
            if let Some(entry) = self.entries.get_mut(key) {
                entry.holds = entry.holds.saturating_add(1);
            }
        }
    }

    pub(super) fn let_go(&mut self, keys: &[Key]) {
        for key in keys {
            if let Some(entry) = self.entries.get_mut(key) {
                entry.holds = entry.holds.saturating_sub(1);
            }
        }
    }

    /// Those whose flush is under way: each answers when it is done, and is closed when it failed.
    pub(super) fn flushes(&mut self, keys: &[Key]) -> Vec<oneshot::Receiver<()>> {
        let mut waiting = Vec::new();
        for key in keys {
            if let Some(Entry { place: Place::File(Flush::UnderWay(askers)), .. }) = self.entries.get_mut(key) {
                let (asker, answer) = oneshot::channel();
                askers.push(asker);
                waiting.push(answer);
            }
        }
        waiting
    }

    pub(super) fn flushed(&mut self, key: &Key) {
        let Some(entry) = self.entries.get_mut(key) else { return };
        if let Place::File(Flush::UnderWay(askers)) = mem::replace(&mut entry.place, Place::File(Flush::Done)) {
            for asker in askers {
                // Whoever does not wait any more does not want to know.
                let _ = asker.send(());
            }
        }
    }

    /// Forgets a file whose flush failed: what is in it nobody knows.
    pub(super) fn flush_failed(&mut self, key: &Key) {
        self.remove(key);
    }

    pub(super) fn named(&mut self, keys: &[Key]) {
        keys.iter().for_each(|key| self.remove(key));
    }

    fn remove(&mut self, key: &Key) {
        if let Some(Entry { place: Place::Memory(_), .. }) = self.entries.remove(key) {
            self.in_memory = self.in_memory.saturating_sub(key.1.size);
        }
    }
}
