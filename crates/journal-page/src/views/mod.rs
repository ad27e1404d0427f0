//! The pages. Each is a pure function of what is published, of the moment and of where it stands.

mod case;
mod cases;
mod entry;
mod frame;
mod list;
mod meeting;
mod refusal;
mod search;
mod style;
mod table;

use std::{collections::BTreeSet, sync::Arc};

use chrono::NaiveDate;
use sakarkiv_core::{
    calendar::oslo_date,
    identity::{DocumentId, Timestamp},
};

use crate::{
    address::{Address, Place},
    journal::Journal,
    lists::{LastLists, Lists},
    settings::PageSettings,
    words::{Words, words},
};

pub(crate) use frame::content_policy;
pub(crate) use refusal::{Refusal, refuse};
pub(crate) use search::{faulty_search, search};

/// What a page is made of.
#[derive(Debug)]
pub(crate) struct Room<'a> {
    pub(crate) settings: &'a PageSettings,
    pub(crate) journal: &'a Journal,
    pub(crate) now: Timestamp,
    pub(crate) place: Place,
    /// Documents that are open and cannot be read all the same.
    pub(crate) unreadable: &'a BTreeSet<DocumentId>,
    pub(crate) last_lists: &'a LastLists,
}

/// The page at an address, when there is one. Search, documents and feeds are made elsewhere.
pub(crate) fn page(room: &Room<'_>) -> Option<String> {
    match room.place.address {
        Address::Front => Some(list::front(room)),
        Address::Day(day, number) => list::day(room, day, number),
        Address::Month(month) => list::month(room, month),
        Address::Case(case, number) => case::case(room, case, number),
        Address::Entry(entry) => entry::entry(room, entry),
        Address::Cases => Some(cases::letters(room)),
        Address::Letter(letter, number) => cases::letter(room, letter, number),
        Address::Meetings(number) => meeting::meetings(room, number),
        Address::Meeting(id) => meeting::meeting(room, id),
        Address::Document(..) | Address::Search | Address::Atom | Address::JsonFeed => None,
    }
}

impl Room<'_> {
    pub(crate) fn words(&self) -> &'static Words {
        words(self.place.language)
    }

    pub(crate) fn link(&self, to: Address) -> String {
        self.place.link(to)
    }

    pub(crate) fn today(&self) -> NaiveDate {
        oslo_date(self.now)
    }

    pub(crate) fn list_starts(&self) -> NaiveDate {
        self.settings.list_starts(self.today())
    }

    pub(crate) fn lists(&self) -> Arc<Lists> {
        self.last_lists.get(self.journal, self.settings, self.now)
    }

    /// How many pages so many lines fill; always one.
    pub(crate) fn pages(&self, lines: usize) -> u32 {
        u32::try_from(lines.div_ceil(self.settings.per_page()).max(1)).unwrap_or(u32::MAX)
    }

    /// The lines of a page by its number, when there is such a page.
    pub(crate) fn lines<'l, T>(&self, all: &'l [T], number: u32) -> Option<&'l [T]> {
        if number == 1 {
            return Some(all.get(..self.settings.per_page().min(all.len())).unwrap_or_default());
        }
        let page = usize::try_from(number).ok()?.checked_sub(1)?;
        all.chunks(self.settings.per_page()).nth(page)
    }
}
