use maud::html;
use sakarkiv_core::identity::CaseId;

use super::{
    Room,
    frame::frame,
    table::{Columns, entries, fact, screening, turn, unit},
};
use crate::{address::Address, words::short_date};

/// A case with all its published entries, however old. What is said of the case is what its newest entry says.
pub(super) fn case(room: &Room<'_>, id: CaseId, number: u32) -> Option<String> {
    let words = room.words();
    let items = room.journal.case(id, room.now);
    let (shown, pages) = (room.lines(&items, number)?, room.pages(items.len()));
    let newest = items.iter().max_by_key(|item| (item.record().journal.journal_date, item.record().revision))?;
    let (case, archive) = (&newest.record().case, &newest.record().archive);
    let series = archive.series_title.as_deref().or(archive.series.as_deref());
    let content = html! {
        p.above { (words.case) " " (case.number) }
        h1 { (case.title.shown) }
        dl {
            (fact(words.case_number, Some(&case.number.to_string())))
            (fact(words.case_date, Some(&short_date(case.date))))
            (fact(words.unit, Some(unit(&case.unit))))
            (fact(words.archive, Some(&archive.title)))
            (fact(words.series, series))
            (fact(words.class, archive.class.as_deref()))
            (fact(words.screening, case.screening.as_ref().map(|screened| screening(room, screened)).as_deref()))
        }
        h2 { (words.entries_heading) }
        (entries(room, &words.entries(items.len()), shown, Columns { date: true, case: false }))
        (turn(room, number, pages, |page| room.link(Address::Case(id, page))))
    };
    Some(frame(room, &format!("{} {}", words.case, case.number), &content))
}
