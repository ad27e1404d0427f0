//! What is published, in memory, in the orders in which readers ask for it.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Bound,
    sync::Arc,
};

use chrono::NaiveDate;
use sakarkiv_core::{
    calendar::oslo_date,
    identity::{CaseId, EntryId, Timestamp},
    publication::{PublicRecord, PublicText},
};
use unicode_normalization::UnicodeNormalization;

use crate::{address::Letter, query::Query, store::StoredEntry};

/// All published entries. Copying one copies references.
#[derive(Debug, Clone, Default)]
pub(crate) struct Journal {
    entries: BTreeMap<EntryId, Arc<Item>>,
    /// The last revisions of what was withdrawn.
    withdrawn: BTreeMap<EntryId, u64>,
    days: BTreeMap<NaiveDate, BTreeSet<(u16, u32, EntryId)>>,
    cases: BTreeMap<CaseId, BTreeSet<(u32, EntryId)>>,
}

/// A published entry with what search looks in.
#[derive(Debug)]
pub(crate) struct Item {
    pub(crate) changed: Timestamp,
    record: PublicRecord,
    /// While names may be found.
    fresh: String,
    /// For ever after; the same when there are no names.
    lasting: Option<String>,
}

/// A case in the list of cases.
#[derive(Debug)]
pub(crate) struct CaseLine<'a> {
    /// The record of its newest entry that is shown.
    pub(crate) record: &'a PublicRecord,
    pub(crate) title: &'a str,
    pub(crate) entries: usize,
}

impl Journal {
    pub(crate) fn of(entries: impl IntoIterator<Item = StoredEntry>) -> Self {
        let mut journal = Self::default();
        for entry in entries {
            journal.take(entry);
        }
        journal
    }

    /// Takes an entry in place of what was kept of it.
    pub(crate) fn take(&mut self, stored: StoredEntry) {
        let entry = stored.entry;
        if let Some(item) = self.entries.remove(&entry) {
            let (day, day_key) = day_key(&item.record);
            take(&mut self.days, &day, &day_key);
            take(&mut self.cases, &item.record.case.id, &case_key(&item.record));
        }
        let Some(record) = stored.record else {
            self.withdrawn.insert(entry, stored.revision);
            return;
        };
        self.withdrawn.remove(&entry);
        let (day, day_key) = day_key(&record);
        self.days.entry(day).or_default().insert(day_key);
        self.cases.entry(record.case.id).or_default().insert(case_key(&record));
        self.entries.insert(entry, Arc::new(Item::new(record, stored.changed)));
    }

    /// The revision of an entry that is published.
    pub(crate) fn revision(&self, entry: EntryId) -> Option<u64> {
        self.entries.get(&entry).map(|item| item.record.revision)
    }

    /// Whether publishing a revision would change anything: not what is older than what was published or withdrawn, nor what is
    /// published already.
    pub(crate) fn is_news(&self, entry: EntryId, revision: u64) -> bool {
        let withdrawn = self.withdrawn.get(&entry);
        self.revision(entry).is_none_or(|known| known < revision) && withdrawn.is_none_or(|known| *known <= revision)
    }

    /// Published entries in the order of their ids after one of them.
    pub(crate) fn after(&self, after: Option<EntryId>) -> impl Iterator<Item = &Item> {
        let start = after.map_or(Bound::Unbounded, Bound::Excluded);
        self.entries.range((start, Bound::Unbounded)).map(|(_, item)| &**item)
    }

    /// An entry that is shown now.
    pub(crate) fn entry(&self, entry: EntryId, now: Timestamp) -> Option<&Item> {
        self.entries.get(&entry).map(Arc::as_ref).filter(|item| item.is_shown(now))
    }

    /// Everything that is shown now.
    pub(crate) fn shown(&self, now: Timestamp) -> impl Iterator<Item = &Item> {
        self.entries.values().map(Arc::as_ref).filter(move |item| item.is_shown(now))
    }

    /// The days from a first one on that have entries, with how many, the newest first.
    pub(crate) fn days(&self, from: NaiveDate, now: Timestamp) -> Vec<(NaiveDate, usize)> {
        let days = self.days.range(from..).rev();
        let counted = days.map(|(day, keys)| (*day, self.pick(keys.iter().map(|key| key.2), now).count()));
        counted.filter(|(_, count)| *count > 0).collect()
    }

    /// The entries of a day by their running numbers.
    pub(crate) fn day(&self, day: NaiveDate, now: Timestamp) -> Vec<&Item> {
        let keys = self.days.get(&day).into_iter().flatten();
        self.pick(keys.map(|key| key.2), now).collect()
    }

    /// The newest entries from a first day on.
    pub(crate) fn newest(&self, from: NaiveDate, now: Timestamp) -> impl Iterator<Item = &Item> {
        let keys = self.days.range(from..).rev().flat_map(|(_, keys)| keys.iter().rev());
        self.pick(keys.map(|key| key.2), now)
    }

    /// The entries of a case by their numbers in it.
    pub(crate) fn case(&self, case: CaseId, now: Timestamp) -> Vec<&Item> {
        let keys = self.cases.get(&case).into_iter().flatten();
        self.pick(keys.map(|key| key.1), now).collect()
    }

    /// Cases with something to show. A title is the one that can be found by search: a list by letters is a way to find names.
    pub(crate) fn cases(&self, now: Timestamp) -> Vec<CaseLine<'_>> {
        let lines = self.cases.values().filter_map(|keys| {
            let items: Vec<_> = self.pick(keys.iter().map(|key| key.1), now).collect();
            let newest =
                items.iter().max_by_key(|item| (item.record().journal.journal_date, item.record().revision))?;
            let record = newest.record();
            let title = findable(&record.case.title, record, oslo_date(now));
            Some(CaseLine { record, title, entries: items.len() })
        });
        lines.collect()
    }

    /// What a query finds, the newest first.
    pub(crate) fn search(&self, query: &Query, now: Timestamp) -> Vec<&Item> {
        let today = oslo_date(now);
        let keys = self.days.iter().rev().flat_map(|(_, keys)| keys.iter().rev());
        self.pick(keys.map(|key| key.2), now).filter(|item| item.is_found(query, today)).collect()
    }

    fn pick(&self, ids: impl Iterator<Item = EntryId>, now: Timestamp) -> impl Iterator<Item = &Item> {
        ids.filter_map(move |id| self.entry(id, now))
    }
}

impl Item {
    fn new(record: PublicRecord, changed: Timestamp) -> Self {
        let fresh = haystack(&record, |text| &text.shown);
        let lasting = haystack(&record, |text| &text.searchable);
        let lasting = (lasting != fresh).then_some(lasting);
        Self { changed, record, fresh, lasting }
    }

    pub(crate) const fn record(&self) -> &PublicRecord {
        &self.record
    }

    fn is_shown(&self, now: Timestamp) -> bool {
        self.record().journal.accessible_after <= now
    }

    fn is_found(&self, query: &Query, today: NaiveDate) -> bool {
        let journal = &self.record().journal;
        let fresh = today <= self.record().names_searchable_until;
        let text = self.lasting.as_ref().filter(|_| !fresh).unwrap_or(&self.fresh);
        query.from.is_none_or(|from| from <= journal.journal_date)
            && query.to.is_none_or(|to| journal.journal_date <= to)
            && query.kind.is_none_or(|kind| kind == journal.kind)
            && query.terms.iter().all(|term| text.contains(term))
    }
}

impl CaseLine<'_> {
    pub(crate) fn letter(&self) -> Letter {
        Letter::of(self.title)
    }

    /// Puts titles in the order of the Norwegian alphabet.
    pub(crate) fn sort_key(&self) -> (Vec<u32>, CaseId) {
        let rank = |letter: char| match letter {
            'æ' | 'ä' => 'z' as u32 + 1,
            'ø' | 'ö' => 'z' as u32 + 2,
            'å' => 'z' as u32 + 3,
            other => other as u32,
        };
        (folded(self.title).chars().map(rank).collect(), self.record.case.id)
    }
}

/// A text as search compares it: one form of each letter, and small.
pub(crate) fn folded(text: &str) -> String {
    text.nfkc().flat_map(char::to_lowercase).collect()
}

/// A text as it can be found on a day.
fn findable<'a>(text: &'a PublicText, record: &PublicRecord, today: NaiveDate) -> &'a str {
    if today <= record.names_searchable_until { &text.shown } else { &text.searchable }
}

/// Everything of a record that search looks in. Line breaks keep a word from being found across two texts.
fn haystack<'a>(record: &'a PublicRecord, form: impl Fn(&'a PublicText) -> &'a str) -> String {
    let PublicRecord { case, journal, parties, documents, .. } = record;
    let units = [&case.unit, &journal.unit].into_iter().filter_map(|unit| unit.name.as_deref());
    let texts = [&case.title, &journal.title].into_iter();
    let texts = texts.chain(parties.iter().map(|party| &party.name)).chain(documents.iter().map(|file| &file.title));
    let parts: Vec<&str> = units.chain(texts.map(form)).collect();
    let numbers = format!("{}\n{}\n", journal.number, journal.number.running_number());
    folded(&(numbers + &parts.join("\n")))
}

fn day_key(record: &PublicRecord) -> (NaiveDate, (u16, u32, EntryId)) {
    let number = record.journal.number;
    (record.journal.journal_date, (number.journal_year(), number.journal_sequence(), record.entry))
}

fn case_key(record: &PublicRecord) -> (u32, EntryId) {
    (record.journal.number.number(), record.entry)
}

fn take<K: Ord, V: Ord>(map: &mut BTreeMap<K, BTreeSet<V>>, key: &K, value: &V) {
    if let Some(values) = map.get_mut(key) {
        values.remove(value);
        if values.is_empty() {
            map.remove(key);
        }
    }
}
