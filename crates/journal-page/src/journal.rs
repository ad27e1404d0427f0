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

use crate::{
    ledger::{Ledger, Standing},
    meetings::Meetings,
    query::Query,
    signature::Signature,
    store::StoredEntry,
};

/// All published entries and meetings. Copying one copies references.
#[derive(Debug, Clone, Default)]
pub(crate) struct Journal {
    entries: BTreeMap<EntryId, Arc<Item>>,
    ledger: Ledger<EntryId>,
    days: BTreeMap<NaiveDate, BTreeSet<(u16, u32, EntryId)>>,
    cases: BTreeMap<CaseId, BTreeSet<(u32, EntryId)>>,
    meetings: Meetings,
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
    /// Of what may be found while names may; what may be found afterwards may differ from it.
    signature: Signature,
}

impl Journal {
    pub(crate) fn of(entries: impl IntoIterator<Item = StoredEntry>) -> Self {
        let mut journal = Self::default();
        for entry in entries {
            journal.take(entry, Standing::Kept);
        }
        journal
    }

    /// Takes an entry in place of what was kept of it.
    pub(crate) fn take(&mut self, stored: StoredEntry, standing: Standing) {
        let StoredEntry { entry, revision, changed, record, .. } = stored;
        match record {
            Some(record) => self.show(Arc::new(Item::new(record, changed)), revision, standing),
            None => self.hide(entry, revision, standing),
        }
    }

    /// Keeps what an earlier journal shows or hides and nobody knows to be kept: reading the store anew must not show again what
    /// was withdrawn while it could not be written.
    pub(crate) fn keep_doubts_of(&mut self, before: &Self) {
        for (entry, revision) in before.ledger.doubtful() {
            let item = before.entries.get(&entry);
            if self.ledger.overtakes(entry, (revision, item.is_none())) {
                continue;
            }
            match item {
                Some(item) => self.show(Arc::clone(item), revision, Standing::Doubtful),
                None => self.hide(entry, revision, Standing::Doubtful),
            }
        }
        self.meetings.keep_doubts_of(&before.meetings);
    }

    fn show(&mut self, item: Arc<Item>, revision: u64, standing: Standing) {
        let record = &item.record;
        let entry = record.entry;
        self.forget(entry);
        self.ledger.note(entry, revision, standing);
        let (day, day_key) = day_key(record);
        self.days.entry(day).or_default().insert(day_key);
        self.cases.entry(record.case.id).or_default().insert(case_key(record));
        self.entries.insert(entry, item);
    }

    fn hide(&mut self, entry: EntryId, revision: u64, standing: Standing) {
        self.forget(entry);
        self.ledger.note_hidden(entry, revision, standing);
    }

    fn forget(&mut self, entry: EntryId) {
        if let Some(item) = self.entries.remove(&entry) {
            let (day, day_key) = day_key(&item.record);
            take(&mut self.days, &day, &day_key);
            take(&mut self.cases, &item.record.case.id, &case_key(&item.record));
        }
    }

    /// Whether an entry is published, though its time may not have come.
    pub(crate) fn holds(&self, entry: EntryId) -> bool {
        self.entries.contains_key(&entry)
    }

    pub(crate) const fn ledger(&self) -> &Ledger<EntryId> {
        &self.ledger
    }

    pub(crate) const fn meetings(&self) -> &Meetings {
        &self.meetings
    }

    pub(crate) const fn meetings_mut(&mut self) -> &mut Meetings {
        &mut self.meetings
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

    /// Each case with something to show, by its entries.
    pub(crate) fn cases(&self, now: Timestamp) -> impl Iterator<Item = Vec<&Item>> {
        self.cases.values().map(move |keys| self.pick(keys.iter().map(|key| key.1), now).collect())
    }

    /// When the next entry is shown that is not shown yet.
    pub(crate) fn next_shown(&self, now: Timestamp) -> Option<Timestamp> {
        self.entries.values().map(|item| item.record.journal.accessible_after).filter(|at| *at > now).min()
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
        let signature = Signature::of(&fresh);
        Self { changed, record, fresh, lasting, signature }
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
        let (text, marked) = match &self.lasting {
            Some(lasting) if !fresh => (lasting, false),
            _ => (&self.fresh, true),
        };
        query.from.is_none_or(|from| from <= journal.journal_date)
            && query.to.is_none_or(|to| journal.journal_date <= to)
            && query.kind.is_none_or(|kind| kind == journal.kind)
            && query.terms.iter().all(|term| !marked || self.signature.may_hold(term))
            && query.terms.iter().all(|term| text.contains(term))
    }
}

/// A text as search compares it: one form of each letter, and small.
pub(crate) fn folded(text: &str) -> String {
    text.nfkc().flat_map(char::to_lowercase).collect()
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
