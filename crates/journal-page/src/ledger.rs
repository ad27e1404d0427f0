//! How far what is published has come, so that a late repeat changes nothing.

use std::collections::BTreeMap;

/// The newest revision of each thing that was ever published, and how it stands with it.
#[derive(Debug, Clone)]
pub(crate) struct Ledger<K>(BTreeMap<K, (u64, Standing)>);

/// How a revision stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// It is published and kept.
    Kept,
    /// It is shown, or hidden, but nobody knows whether that was kept: keeping it failed, and must be repeated.
    Doubtful,
    /// It was withdrawn. The same revision may be published again, and no older one.
    Withdrawn,
}

impl<K: Ord + Copy> Ledger<K> {
    pub(crate) fn note(&mut self, key: K, revision: u64, standing: Standing) {
        self.0.insert(key, (revision, standing));
    }

    /// Notes that nothing is shown any more: a withdrawal, once it was kept.
    pub(crate) fn note_hidden(&mut self, key: K, revision: u64, standing: Standing) {
        let standing = if standing == Standing::Doubtful { standing } else { Standing::Withdrawn };
        self.note(key, revision, standing);
    }

    /// What is shown or hidden without anybody knowing whether that was kept, by its revision.
    pub(crate) fn doubtful(&self) -> impl Iterator<Item = (K, u64)> + '_ {
        let doubtful = self.0.iter().filter(|(_, (_, standing))| *standing == Standing::Doubtful);
        doubtful.map(|(key, (revision, _))| (*key, *revision))
    }

    /// Whether what was kept of something is newer than what this process knows of it in this revision. Of two answers about
    /// the same revision the one counts that shows nothing.
    pub(crate) fn overtakes(&self, key: K, (revision, hidden): (u64, bool)) -> bool {
        self.0.get(&key).is_some_and(|(kept, _)| *kept > revision || (*kept == revision && !hidden))
    }

    /// Whether publishing a revision would change anything.
    pub(crate) fn is_news(&self, key: K, revision: u64) -> bool {
        match self.0.get(&key) {
            None => true,
            Some((known, Standing::Kept)) => *known < revision,
            Some((known, Standing::Doubtful | Standing::Withdrawn)) => *known <= revision,
        }
    }

    /// The revision that a withdrawal takes out; nothing when there is nothing to take out.
    pub(crate) fn published(&self, key: K) -> Option<u64> {
        self.0.get(&key).filter(|(_, standing)| *standing != Standing::Withdrawn).map(|(revision, _)| *revision)
    }
}

impl<K> Default for Ledger<K> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_newer_or_not_surely_there_is_news() {
        for (standing, same) in [(Standing::Kept, false), (Standing::Doubtful, true), (Standing::Withdrawn, true)] {
            let mut ledger = Ledger::default();
            assert!(ledger.is_news(1, 1));
            ledger.note(1, 5, standing);
            assert_eq!([4, 5, 6].map(|revision| ledger.is_news(1, revision)), [false, same, true], "{standing:?}");
            assert_eq!(ledger.published(1).is_some(), standing != Standing::Withdrawn);
        }
    }

    #[test]
    fn what_was_kept_overtakes_what_is_in_doubt_when_it_is_newer_or_shows_nothing_more() {
        let mut kept = Ledger::default();
        kept.note(1, 5, Standing::Kept);
        let overtakes = |revision, hidden| kept.overtakes(1, (revision, hidden));
        assert_eq!([4, 5, 6].map(|revision| overtakes(revision, true)), [true, false, false]);
        assert_eq!([4, 5, 6].map(|revision| overtakes(revision, false)), [true, true, false]);
        assert!(!kept.overtakes(2, (1, false)), "nothing was kept of it");
    }

    #[test]
    fn what_is_hidden_is_to_be_withdrawn_until_that_was_kept() {
        let mut ledger = Ledger::default();
        for (standing, left) in [(Standing::Doubtful, Some(5)), (Standing::Kept, None)] {
            ledger.note_hidden(1, 5, standing);
            assert_eq!(ledger.published(1), left, "{standing:?}");
        }
    }
}
