//! The lists that many pages show a part of: made in one pass, and kept while they hold.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use chrono::NaiveDate;
use sakarkiv_core::{
    calendar::{oslo_date, oslo_day_start},
    case::CaseNumber,
    identity::{CaseId, Timestamp},
    publication::{PublicRecord, PublicText},
};

use crate::{
    address::Letter,
    journal::{Item, Journal, folded},
    settings::PageSettings,
};

/// The days and the cases of a journal from one moment until another, in which no entry and no name comes or goes by itself.
#[derive(Debug)]
pub(crate) struct Lists {
    from: Timestamp,
    until: Timestamp,
    /// The days of the journal list that have entries, with how many, the newest first.
    pub(crate) days: Vec<(NaiveDate, usize)>,
    /// The cases under each letter that has some, both in the order of the Norwegian alphabet.
    pub(crate) letters: Vec<(Letter, Vec<CaseLine>)>,
}

/// A case in the list of cases.
#[derive(Debug)]
pub(crate) struct CaseLine {
    pub(crate) case: CaseId,
    pub(crate) number: CaseNumber,
    /// The title that can be found by search: a list by letters is a way to find names.
    pub(crate) title: String,
    /// How many entries are shown.
    pub(crate) entries: usize,
}

/// The lists as they were last made.
#[derive(Debug, Default)]
pub(crate) struct LastLists(Mutex<Option<Arc<Lists>>>);

impl LastLists {
    /// The lists of now; made anew when those of before do not hold any more.
    pub(crate) fn get(&self, journal: &Journal, settings: &PageSettings, now: Timestamp) -> Arc<Lists> {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match &*last {
            Some(lists) if lists.from <= now && now < lists.until => Arc::clone(lists),
            _ => Arc::clone(last.insert(Arc::new(Lists::of(journal, settings, now)))),
        }
    }

    /// Forgets them, since the journal has changed.
    pub(crate) fn forget(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

impl Lists {
    fn of(journal: &Journal, settings: &PageSettings, now: Timestamp) -> Self {
        let today = oslo_date(now);
        let midnight = today.succ_opt().map_or(now, oslo_day_start);
        let until = journal.next_shown(now).map_or(midnight, |next| next.min(midnight));
        let days = journal.days(settings.list_starts(today), now);
        Self { from: now, until, days, letters: letters(journal, now, today) }
    }

    /// The cases under a letter.
    pub(crate) fn under(&self, letter: Letter) -> Option<&[CaseLine]> {
        self.letters.iter().find(|(other, _)| *other == letter).map(|(_, cases)| cases.as_slice())
    }
}

fn letters(journal: &Journal, now: Timestamp, today: NaiveDate) -> Vec<(Letter, Vec<CaseLine>)> {
    let mut letters = BTreeMap::<u32, (Letter, Vec<CaseLine>)>::new();
    for items in journal.cases(now) {
        if let Some(line) = CaseLine::of(&items, today) {
            let letter = Letter::of(&line.title);
            letters.entry(letter.rank()).or_insert_with(|| (letter, Vec::new())).1.push(line);
        }
    }
    let mut letters: Vec<_> = letters.into_values().collect();
    for (_, cases) in &mut letters {
        cases.sort_by_cached_key(CaseLine::sort_key);
    }
    letters
}

impl CaseLine {
    /// What is said of a case is what its newest entry says.
    fn of(items: &[&Item], today: NaiveDate) -> Option<Self> {
        let newest = items.iter().max_by_key(|item| (item.record().journal.journal_date, item.record().revision))?;
        let record = newest.record();
        let title = findable(&record.case.title, record, today).to_owned();
        Some(Self { case: record.case.id, number: record.case.number, title, entries: items.len() })
    }

    fn sort_key(&self) -> (Vec<u32>, CaseId) {
        let rank = |letter: char| match letter {
            'æ' | 'ä' => 'z' as u32 + 1,
            'ø' | 'ö' => 'z' as u32 + 2,
            'å' => 'z' as u32 + 3,
            other => other as u32,
        };
        (folded(&self.title).chars().map(rank).collect(), self.case)
    }
}

/// A text as it can be found on a day.
fn findable<'a>(text: &'a PublicText, record: &PublicRecord, today: NaiveDate) -> &'a str {
    if today <= record.names_searchable_until { &text.shown } else { &text.searchable }
}
