use maud::{Markup, html};
use sakarkiv_core::journal::EntryKind;

use super::{
    Room,
    frame::frame,
    table::{Columns, entries, turn},
};
use crate::{
    address::Address,
    query::{MAX_TEXT, Query, QueryFault},
};

/// The answer to a search; nothing when its page does not exist.
pub(crate) fn search(room: &Room<'_>, query: &Query) -> Option<String> {
    let words = room.words();
    let found = if query.is_empty() { Vec::new() } else { room.journal.search(query, room.now) };
    let (shown, pages) = (room.lines(&found, query.page)?, room.pages(found.len()));
    let link = |page| format!("{}?{}", room.link(Address::Search), query.to_page(page));
    let caption = if pages > 1 { words.page_of(query.page, pages) } else { words.entries_heading.to_owned() };
    let content = html! {
        h1 { (words.search_button) }
        (form(room, query, None))
        @if query.is_empty() { p { (words.search_first) } }
        @else if found.is_empty() { div.note role="status" { p { (words.nothing_found) } } }
        @else {
            h2 { (words.entries(found.len())) }
            (entries(room, &caption, shown, Columns { date: true, case: true }))
            (turn(room, query.page, pages, link))
        }
    };
    Some(frame(room, words.search, &content))
}

/// The form again, with what must be mended in it. What was written is not shown: it may be anything.
pub(crate) fn faulty_search(room: &Room<'_>, fault: QueryFault) -> String {
    let words = room.words();
    let content = html! {
        h1 { (words.faulty) }
        div.fault role="alert" { p id="feil" { (words.query_fault(fault)) } }
        (form(room, &Query::default(), Some(fault)))
    };
    frame(room, words.faulty, &content)
}

/// The search form. It works by itself: a plain request to an address that can be kept and sent on.
pub(super) fn form(room: &Room<'_>, query: &Query, fault: Option<QueryFault>) -> Markup {
    let words = room.words();
    let about = |of: &[QueryFault], help: Option<&'static str>| match fault {
        Some(fault) if of.contains(&fault) => (Some("true"), Some("feil")),
        _ => (None, help),
    };
    let (text_wrong, text_help) = about(&[QueryFault::TooLong, QueryFault::Malformed], Some("hjelp"));
    let (from_wrong, from_help) = about(&[QueryFault::From, QueryFault::Order], None);
    let (to_wrong, to_help) = about(&[QueryFault::To, QueryFault::Order], None);
    html! {
        form action=(room.link(Address::Search)) method="get" role="search" {
            label for="q" { (words.search_label) }
            p.help id="hjelp" { (words.search_help) }
            input type="search" id="q" name="q" value=(query.text) maxlength=(MAX_TEXT)
                aria-describedby=[text_help] aria-invalid=[text_wrong];
            div.line.under {
                div {
                    label for="fra" { (words.from) }
                    input type="date" id="fra" name="fra" value=[query.from] aria-describedby=[from_help]
                        aria-invalid=[from_wrong];
                }
                div {
                    label for="til" { (words.to) }
                    input type="date" id="til" name="til" value=[query.to] aria-describedby=[to_help]
                        aria-invalid=[to_wrong];
                }
                div {
                    label for="type" { (words.kind) }
                    select id="type" name="type" {
                        option value="" { (words.any_kind) }
                        @for kind in EntryKind::ALL {
                            option value=(kind.code()) selected[query.kind == Some(*kind)] { (words.entry_kind(*kind)) }
                        }
                    }
                }
                button type="submit" { (words.search_button) }
            }
        }
    }
}
