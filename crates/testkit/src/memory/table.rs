use std::collections::BTreeMap;

/// Rows by key that remember how to take back what was changed since the last [`Table::keep`].
///
/// A transaction touches few rows, so an undo list is far cheaper than a copy of the state.
#[derive(Debug)]
pub(super) struct Table<K, V> {
    rows: BTreeMap<K, V>,
    undo: Vec<(K, Option<V>)>,
}

impl<K, V> Default for Table<K, V> {
    fn default() -> Self {
        Self { rows: BTreeMap::new(), undo: Vec::new() }
    }
}

impl<K: Ord + Clone, V> Table<K, V> {
    pub(super) fn get<Q: Ord + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: std::borrow::Borrow<Q>,
    {
        self.rows.get(key)
    }

    pub(super) const fn rows(&self) -> &BTreeMap<K, V> {
        &self.rows
    }

    pub(super) fn put(&mut self, key: K, value: V) {
        let before = self.rows.insert(key.clone(), value);
        self.undo.push((key, before));
    }

    pub(super) fn remove(&mut self, key: K) {
        if let Some(before) = self.rows.remove(&key) {
            self.undo.push((key, Some(before)));
        }
    }

    /// What was changed stays.
    pub(super) fn keep(&mut self) {
        self.undo.clear();
    }

    /// What was changed is taken back.
    pub(super) fn take_back(&mut self) {
        while let Some((key, before)) = self.undo.pop() {
            match before {
                Some(value) => self.rows.insert(key, value),
                None => self.rows.remove(&key),
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_are_taken_back_in_reverse_or_kept() {
        let mut table = Table::default();
        table.put(1, "one");
        table.keep();
        table.put(1, "uno");
        table.put(2, "two");
        table.put(1, "ein");
        table.remove(1);
        table.take_back();
        assert_eq!(table.rows().iter().collect::<Vec<_>>(), [(&1, &"one")]);
        table.put(2, "two");
        table.keep();
        table.take_back();
        assert_eq!(table.get(&2), Some(&"two"));
    }
}
