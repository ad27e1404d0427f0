use chrono::NaiveDate;
use maud::{Markup, html};

use super::{
    Room,
    frame::frame,
    search::form,
    table::{Columns, entries, turn},
};
use crate::{
    address::{Address, Mode, Month},
    query::Query,
};

const COLUMNS: Columns = Columns { date: false, case: true };

/// The front page: search, the newest day, and the way to every other day of the list.
pub(super) fn front(room: &Room<'_>) -> String {
    let (words, lists) = (room.words(), room.lists());
    let days = &lists.days;
    let content = html! {
        h1 { (words.journal) }
        p.lead { (words.intro) }
        @if room.place.mode == Mode::Live { (form(room, &Query::default(), None)) }
        @match days.first() {
            Some((day, count)) => (newest(room, *day, *count)),
            None => p.note { (words.nothing_yet) },
        }
        @if !days.is_empty() {
            h2 { (words.other_days) }
            p.small { (words.window(room.settings.list_months)) }
            @for (month, days) in months(days) {
                h3 { a href=(room.link(Address::Month(month))) { (words.month(month)) } }
                (day_list(room, days))
            }
        }
    };
    frame(room, words.journal, &content)
}

/// One day of the list. There is none outside of the list's window or without entries.
pub(super) fn day(room: &Room<'_>, day: NaiveDate, number: u32) -> Option<String> {
    let words = room.words();
    let lists = room.lists();
    let days = &lists.days;
    let at = days.iter().position(|(listed, _)| *listed == day)?;
    let items = room.journal.day(day, room.now);
    let (shown, pages) = (room.lines(&items, number)?, room.pages(items.len()));
    let heading = words.heading_date(day);
    let neighbour = |at: Option<usize>| days.get(at?).map(|(day, _)| *day);
    let content = html! {
        p.above { (words.journal) }
        h1 { (heading) }
        (entries(room, &words.entries(items.len()), shown, COLUMNS))
        (turn(room, number, pages, |page| room.link(Address::Day(day, page))))
        nav.turn aria-label=(words.days) {
            @if let Some(earlier) = neighbour(at.checked_add(1)) {
                a href=(room.link(Address::Day(earlier, 1))) { "← " (words.previous_day) ": " (words.long_date(earlier)) }
            }
            @if let Some(later) = neighbour(at.checked_sub(1)) {
                a href=(room.link(Address::Day(later, 1))) { (words.next_day) ": " (words.long_date(later)) " →" }
            }
        }
    };
    Some(frame(room, &heading, &content))
}

/// The days of a month of the list.
pub(super) fn month(room: &Room<'_>, month: Month) -> Option<String> {
    let words = room.words();
    let days: Vec<_> = room.lists().days.iter().filter(|(day, _)| month.has(*day)).copied().collect();
    if days.is_empty() {
        return None;
    }
    let name = words.month(month);
    let content = html! {
        p.above { (words.journal) }
        h1 { (words.entries_heading) " " (name) }
        (day_list(room, &days))
        p.small { (words.window(room.settings.list_months)) }
    };
    Some(frame(room, &name, &content))
}

fn newest(room: &Room<'_>, day: NaiveDate, count: usize) -> Markup {
    let words = room.words();
    let items = room.journal.day(day, room.now);
    let shown = room.lines(&items, 1).unwrap_or_default();
    html! {
        h2 { (words.newest_day) ": " (words.long_date(day)) }
        (entries(room, &words.entries(count), shown, COLUMNS))
        @if items.len() > shown.len() {
            p { a href=(room.link(Address::Day(day, 2))) { (words.next) " →" } }
        }
    }
}

fn day_list(room: &Room<'_>, days: &[(NaiveDate, usize)]) -> Markup {
    let words = room.words();
    html! {
        ul.days {
            @for (day, count) in days {
                li {
                    a href=(room.link(Address::Day(*day, 1))) { (words.heading_date(*day)) }
                    span.small { (words.entries(*count)) }
                }
            }
        }
    }
}

/// Days by their months, in the order they come in.
fn months(days: &[(NaiveDate, usize)]) -> impl Iterator<Item = (Month, &[(NaiveDate, usize)])> {
    let same = |a: &(NaiveDate, usize), b: &(NaiveDate, usize)| Month::of(a.0) == Month::of(b.0);
    days.chunk_by(same).filter_map(|days| Some((Month::of(days.first()?.0), days)))
}
