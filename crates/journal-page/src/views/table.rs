use maud::{Markup, html};
use sakarkiv_core::{
    calendar::oslo_date,
    publication::{PublicDocument, PublicFile, PublicParty, PublicScreening, PublicUnit},
};

use super::Room;
use crate::{
    address::{Address, Holder, Suffix},
    journal::Item,
    words::short_date,
};

/// What a table of entries shows besides numbers, titles, parties and documents.
#[derive(Debug, Clone, Copy)]
pub(super) struct Columns {
    pub(super) date: bool,
    pub(super) case: bool,
}

/// Entries as a table; each row is headed by its number. The style makes cards of the rows on a telephone.
pub(super) fn entries(room: &Room<'_>, caption: &str, items: &[&Item], columns: Columns) -> Markup {
    let words = room.words();
    html! {
        table {
            caption { (caption) }
            thead {
                tr {
                    th scope="col" { (words.number) }
                    @if columns.date { th scope="col" { (words.date) } }
                    th scope="col" { (words.title) }
                    th scope="col" { (words.parties) }
                    th scope="col" { (words.kind) }
                    th scope="col" { (words.documents) }
                }
            }
            tbody { @for item in items { (row(room, item, columns)) } }
        }
    }
}

fn row(room: &Room<'_>, item: &Item, columns: Columns) -> Markup {
    let (words, record) = (room.words(), item.record());
    let journal = &record.journal;
    let open = record.documents.iter().filter(|document| matches!(file(room, document), FileState::Open(_))).count();
    html! {
        tr {
            th.number scope="row" data-label=(words.number) { (journal.number) }
            @if columns.date {
                td.number data-label=(words.date) { (short_date(journal.journal_date)) }
            }
            td.title data-label=(words.title) {
                a href=(room.link(Address::Entry(record.entry))) { (journal.title.shown) }
                @if columns.case {
                    span.case { (words.case) ": " (record.case.title.shown) }
                }
            }
            td.parties data-label=(words.parties) { (parties(room, &record.parties)) }
            td.kind data-label=(words.kind) { (words.entry_kind(journal.kind)) }
            td data-label=(words.documents) {
                @if open > 0 { span.open { (words.open_documents(open)) } }
                @else { span.small { (words.closed) } }
            }
        }
    }
}

/// Parties in a cell: whom it is from, whom it is to.
fn parties(room: &Room<'_>, parties: &[PublicParty]) -> Markup {
    let words = room.words();
    html! {
        @for (at, party) in parties.iter().enumerate() {
            @if at > 0 { br; }
            span.small { (if party.role.is_sender() { words.party_from } else { words.party_to }) " " }
            (party.name.shown)
        }
    }
}

/// How a document can be read.
#[derive(Debug)]
enum FileState<'a> {
    Open(&'a PublicFile),
    Later(&'a PublicFile),
    Closed,
}

fn file<'a>(room: &Room<'_>, document: &'a PublicDocument) -> FileState<'a> {
    match &document.file {
        Some(file) if file.accessible_after > room.now => FileState::Later(file),
        Some(file) if !room.unreadable.contains(&document.id) => FileState::Open(file),
        _ => FileState::Closed,
    }
}

/// Documents as a table, with their files.
pub(super) fn documents(room: &Room<'_>, holder: Holder, documents: &[PublicDocument], caption: &str) -> Markup {
    let words = room.words();
    html! {
        table {
            caption { (caption) }
            thead {
                tr {
                    th scope="col" { (words.number) }
                    th scope="col" { (words.title) }
                    th scope="col" { (words.kind) }
                    th scope="col" { (words.file) }
                }
            }
            tbody {
                @for document in documents {
                    tr {
                        th.number scope="row" data-label=(words.number) { (document.number) }
                        td.title data-label=(words.title) {
                            (document.title.shown)
                            @if let Some(screened) = &document.screening { span.case { (screening(room, screened)) } }
                        }
                        td data-label=(words.kind) { (words.document_role(document.role)) ", " (document.kind) }
                        td data-label=(words.file) { (link(room, holder, document)) }
                    }
                }
            }
        }
    }
}

/// The file of a document, or when it opens, or that it does not.
fn link(room: &Room<'_>, holder: Holder, document: &PublicDocument) -> Markup {
    let words = room.words();
    match file(room, document) {
        FileState::Open(file) => html! {
            @let address = Address::Document(holder, document.id, Suffix::of(&file.media_type));
            a.open href=(room.link(address)) { (file.name.as_str()) }
            span.small { " (" (size(file.content.size)) ")" }
        },
        FileState::Later(file) => html! { (words.opens) " " (short_date(oslo_date(file.accessible_after))) },
        FileState::Closed => html! { (words.closed) },
    }
}

/// A term and what it says, when it says something.
pub(super) fn fact(name: &str, text: Option<&str>) -> Markup {
    html! { @if let Some(text) = text { dt { (name) } dd { (text) } } }
}

pub(super) fn unit(unit: &PublicUnit) -> &str {
    unit.name.as_deref().unwrap_or_else(|| unit.id.as_str())
}

pub(super) fn screening(room: &Room<'_>, screening: &PublicScreening) -> String {
    format!("{}: {} ({})", room.words().screened, screening.legal_basis, screening.code)
}

/// The way through the pages of a long list.
pub(super) fn turn(room: &Room<'_>, number: u32, count: u32, link: impl Fn(u32) -> String) -> Markup {
    let words = room.words();
    html! {
        @if count > 1 {
            nav.turn aria-label=(words.pages) {
                @if number > 1 { a rel="prev" href=(link(number - 1)) { "← " (words.previous) } }
                span { (words.page_of(number, count)) }
                @if number < count { a rel="next" href=(link(number + 1)) { (words.next) " →" } }
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
