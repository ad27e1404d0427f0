use maud::{Markup, html};
use sakarkiv_core::publication::{PublicDocument, PublicFile, PublicParty, PublicScreening, PublicUnit};

use super::Room;
use crate::{
    address::{Address, Suffix},
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
pub(super) enum FileState<'a> {
    Open(&'a PublicFile),
    Later(&'a PublicFile),
    Closed,
}

pub(super) fn file<'a>(room: &Room<'_>, document: &'a PublicDocument) -> FileState<'a> {
    match &document.file {
        Some(file) if file.accessible_after > room.now => FileState::Later(file),
        Some(file) if !room.unreadable.contains(&document.id) => FileState::Open(file),
        _ => FileState::Closed,
    }
}

pub(super) fn document_address(
    entry: sakarkiv_core::identity::EntryId,
    document: &PublicDocument,
    file: &PublicFile,
) -> Address {
    Address::Document(entry, document.id, Suffix::of(&file.media_type))
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
