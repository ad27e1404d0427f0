use maud::{Markup, html};

use super::{Room, frame::frame, table::turn};
use crate::{
    address::{Address, Letter},
    lists::Lists,
};

/// The letters that titles of cases begin with.
pub(super) fn letters(room: &Room<'_>) -> String {
    let words = room.words();
    let content = html! {
        h1 { (words.cases) }
        p.lead { (words.cases_intro) }
        (letter_list(room, &room.lists(), None))
    };
    frame(room, words.cases, &content)
}

/// The cases under a letter, by title: the way to search without a server.
pub(super) fn letter(room: &Room<'_>, letter: Letter, number: u32) -> Option<String> {
    let words = room.words();
    let lists = room.lists();
    let under = lists.under(letter)?;
    let shown = room.lines(under, number)?;
    let name = letter.shown().unwrap_or_else(|| words.others.to_owned());
    let heading = format!("{}: {name}", words.cases);
    let content = html! {
        h1 { (heading) }
        (letter_list(room, &lists, Some(letter)))
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
                            a href=(room.link(Address::Case(case.case, 1))) { (case.title) }
                        }
                        td.number data-label=(words.case_number) { (case.number) }
                        td data-label=(words.entries_heading) { (case.entries) }
                    }
                }
            }
        }
        (turn(room, number, room.pages(under.len()), |page| room.link(Address::Letter(letter, page))))
    };
    Some(frame(room, &heading, &content))
}

fn letter_list(room: &Room<'_>, lists: &Lists, current: Option<Letter>) -> Markup {
    let words = room.words();
    html! {
        @if lists.letters.is_empty() { p { (words.nothing_yet) } }
        @else {
            nav aria-label=(words.letters) {
                ul.letters {
                    @for letter in lists.letters.iter().map(|(letter, _)| *letter) {
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
