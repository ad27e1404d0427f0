use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use sakarkiv_core::identity::Timestamp;

/// Answers kept for a while. Time comes in with each call; an answer from what is now the future counts as too old.
#[derive(Debug)]
pub(super) struct Kept<K, V> {
    keep: Duration,
    entries: Mutex<BTreeMap<K, (Timestamp, V)>>,
}

impl<K: Ord, V: Clone> Kept<K, V> {
    pub(super) const fn new(keep: Duration) -> Self {
        Self { keep, entries: Mutex::new(BTreeMap::new()) }
    }

    pub(super) fn get(&self, key: &K, now: Timestamp) -> Option<V> {
        let entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        entries.get(key).filter(|(since, _)| self.holds(*since, now)).map(|(_, value)| value.clone())
    }

    pub(super) fn put(&self, key: K, value: V, now: Timestamp) {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        if entries.len() >= MOST_ENTRIES {
            entries.retain(|_, (since, _)| self.holds(*since, now));
        }
        if entries.len() >= MOST_ENTRIES {
            entries.clear();
        }
        entries.insert(key, (now, value));
    }

    fn holds(&self, since: Timestamp, now: Timestamp) -> bool {
        (now - since).to_std().is_ok_and(|age| age < self.keep)
    }
}

/// A municipality writes to some thousand organisations; more than this in a quarter of an hour is no ordinary day.
const MOST_ENTRIES: usize = 10_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_kept_for_its_time_and_not_across_a_jump_back() {
        let start = Timestamp::from_timestamp(1_789_459_200, 0).unwrap();
        let kept = Kept::new(Duration::from_secs(10));
        kept.put("a", 1, start);
        assert_eq!(kept.get(&"a", start + Duration::from_secs(9)), Some(1));
        assert_eq!(kept.get(&"a", start + Duration::from_secs(10)), None);
        assert_eq!(kept.get(&"a", start - Duration::from_secs(1)), None);
        assert_eq!(kept.get(&"b", start), None);
    }

    #[test]
    fn memory_is_bounded() {
        let start = Timestamp::from_timestamp(1_789_459_200, 0).unwrap();
        let kept = Kept::new(Duration::from_secs(10));
        (0..=MOST_ENTRIES).for_each(|n| kept.put(n, n, start));
        assert_eq!(kept.get(&MOST_ENTRIES, start), Some(MOST_ENTRIES));
        assert!(kept.entries.lock().unwrap().len() <= MOST_ENTRIES);
    }
}
