use maud::{Markup, html};
use sakarkiv_core::{
    calendar::oslo_date,
    identity::EntryId,
    publication::{PublicDocument, PublicRecord},
};

use super::{
    Room,
    frame::frame,
    table::{FileState, document_address, fact, file, screening, unit},
};
use crate::{address::Address, words::short_date};

/// A journal entry with its parties and documents, and how to ask for what is not open.
pub(super) fn entry(room: &Room<'_>, id: EntryId) -> Option<String> {
    let words = room.words();
    let record = room.journal.entry(id, room.now)?.record();
    let journal = &record.journal;
    let content = html! {
        p.above { (words.entry) " " (journal.number) }
        h1 { (journal.title.shown) }
        @if journal.bare { div.note { p { (words.bare) } } }
        (facts(room, record))
        h2 { (words.documents) }
        @if record.documents.is_empty() { p { (words.no_documents) } }
        @else { (documents(room, record)) }
        (ask(room))
    };
    Some(frame(room, &format!("{} {}", words.entry, journal.number), &content))
}

fn facts(room: &Room<'_>, record: &PublicRecord) -> Markup {
    let (words, journal, case) = (room.words(), &record.journal, &record.case);
    html! {
        dl {
            dt { (words.case) }
            dd { a href=(room.link(Address::Case(case.id, 1))) { (case.number) " " (case.title.shown) } }
            @for party in &record.parties {
                dt { (words.party_role(party.role)) }
                dd {
                    (party.name.shown)
                    @if let Some(of) = &party.unit { span.small { " (" (unit(of)) ")" } }
                }
            }
            (fact(words.kind, Some(words.entry_kind(journal.kind))))
            (fact(words.journal_date, Some(&words.long_date(journal.journal_date))))
            (fact(words.document_date, journal.document_date.map(|day| words.long_date(day)).as_deref()))
            (fact(words.unit, Some(unit(&journal.unit))))
            (fact(words.running_number, Some(&journal.number.running_number())))
            (fact(words.screening, journal.screening.as_ref().map(|screened| screening(room, screened)).as_deref()))
        }
    }
}

fn documents(room: &Room<'_>, record: &PublicRecord) -> Markup {
    let words = room.words();
    html! {
        table {
            caption { (words.documents) " " (record.journal.number) }
            thead {
                tr {
                    th scope="col" { (words.number) }
                    th scope="col" { (words.title) }
                    th scope="col" { (words.kind) }
                    th scope="col" { (words.file) }
                }
            }
            tbody {
                @for document in &record.documents {
                    tr {
                        th.number scope="row" data-label=(words.number) { (document.number) }
                        td.title data-label=(words.title) {
                            (document.title.shown)
                            @if let Some(screened) = &document.screening { span.case { (screening(room, screened)) } }
                        }
                        td data-label=(words.kind) { (words.document_role(document.role)) ", " (document.kind) }
                        td data-label=(words.file) { (link(room, record, document)) }
                    }
                }
            }
        }
    }
}

/// The file of a document, or when it opens, or that it does not.
fn link(room: &Room<'_>, record: &PublicRecord, document: &PublicDocument) -> Markup {
    let words = room.words();
    match file(room, document) {
        FileState::Open(file) => html! {
            a.open href=(room.link(document_address(record.entry, document, file))) { (file.name.as_str()) }
            span.small { " (" (size(file.content.size)) ")" }
        },
        FileState::Later(file) => html! { (words.opens) " " (short_date(oslo_date(file.accessible_after))) },
        FileState::Closed => html! { (words.closed) },
    }
}

fn ask(room: &Room<'_>) -> Markup {
    let words = room.words();
    html! {
        div.note {
            p {
                (words.ask_how)
                @if let Some(email) = &room.settings.access_email { " " a href={ "mailto:" (email) } { (email) } }
            }
        }
    }
}

/// A size as people write it, in decimal units.
fn size(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} byte"),
        1_000..1_000_000 => format!("{} kB", bytes.div_ceil(1_000)),
        _ => format!("{},{} MB", bytes / 1_000_000, bytes % 1_000_000 / 100_000),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn sizes_are_told_as_people_write_them() {
        let told = [0, 999, 1_000, 12_345, 1_000_000, 2_560_000].map(super::size);
        assert_eq!(told, ["0 byte", "999 byte", "1 kB", "13 kB", "1,0 MB", "2,5 MB"]);
    }
}
