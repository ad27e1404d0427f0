use maud::{Markup, html};
use sakarkiv_core::{identity::EntryId, publication::PublicRecord};

use super::{
    Room,
    frame::frame,
    table::{documents, fact, screening, unit},
};
use crate::address::{Address, Holder};

/// A journal entry with its parties and documents, and how to ask for what is not open.
pub(super) fn entry(room: &Room<'_>, id: EntryId) -> Option<String> {
    let words = room.words();
    let record = room.journal.entry(id, room.now)?.record();
    let journal = &record.journal;
    let caption = format!("{} {}", words.documents, journal.number);
    let content = html! {
        p.above { (words.entry) " " (journal.number) }
        h1 { (journal.title.shown) }
        @if journal.bare { div.note { p { (words.bare) } } }
        (facts(room, record))
        h2 { (words.documents) }
        @if record.documents.is_empty() { p { (words.no_documents) } }
        @else { (documents(room, Holder::Entry(id), &record.documents, &caption)) }
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

pub(super) fn ask(room: &Room<'_>) -> Markup {
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
