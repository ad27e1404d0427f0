use maud::{Markup, html};

use super::{Room, frame::frame, table::turn};
use crate::{
    address::{Address, Letter},
    journal::CaseLine,
};

/// The letters that titles of cases begin with.
pub(super) fn letters(room: &Room<'_>) -> String {
    let words = room.words();
    let content = html! {
        h1 { (words.cases) }
        p.lead { (words.cases_intro) }
        (letter_list(room, &room.journal.cases(room.now), None))
    };
    frame(room, words.cases, &content)
}

/// The cases under a letter, by title: the way to search without a server.
pub(super) fn letter(room: &Room<'_>, letter: Letter, number: u32) -> Option<String> {
    let words = room.words();
    let cases = room.journal.cases(room.now);
    let mut under: Vec<_> = cases.iter().filter(|case| case.letter() == letter).collect();
    if under.is_empty() {
        return None;
    }
    under.sort_by_cached_key(|case| case.sort_key());
    let shown = room.lines(&under, number)?;
    let name = letter.shown().unwrap_or_else(|| words.others.to_owned());
    let heading = format!("{}: {name}", words.cases);
    let content = html! {
        h1 { (heading) }
        (letter_list(room, &cases, Some(letter)))
        table {
            caption { (name) }
            thead {
                tr {
                    th scope="col" { (words.title) }
                    th scope="col" { (words.case_number) }
                    th scope="col" { (words.entries_heading) }
                }
            }
            tbody {
                @for case in shown {
                    tr {
                        th.title scope="row" data-label=(words.title) {
                            a href=(room.link(Address::Case(case.record.case.id, 1))) { (case.title) }
                        }
                        td.number data-label=(words.case_number) { (case.record.case.number) }
                        td data-label=(words.entries_heading) { (case.entries) }
                    }
                }
            }
        }
        (turn(room, number, room.pages(under.len()), |page| room.link(Address::Letter(letter, page))))
    };
    Some(frame(room, &heading, &content))
}

fn letter_list(room: &Room<'_>, cases: &[CaseLine<'_>], current: Option<Letter>) -> Markup {
    let words = room.words();
    let mut letters: Vec<_> = cases.iter().map(CaseLine::letter).collect();
    letters.sort_by_key(|letter| letter.rank());
    letters.dedup();
    html! {
        @if letters.is_empty() { p { (words.nothing_yet) } }
        @else {
            nav aria-label=(words.letters) {
                ul.letters {
                    @for letter in letters {
                        li {
                            a href=(room.link(Address::Letter(letter, 1)))
                                aria-current=[(current == Some(letter)).then_some("page")] {
                                (letter.shown().unwrap_or_else(|| words.others.to_owned()))
                            }
                        }
                    }
                }
            }
        }
    }
}
