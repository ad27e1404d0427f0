use chrono::NaiveDate;
use sakarkiv_core::{delivery::Letter, journal::JournalEntry};

use super::{shipment::LONGEST_TITLE, text, wire::NoarkMetadata};

/// What the recipient's archive files the letter by: the numbers, codes and dates of our entry, in Noark terms. The title
/// is the letter's, which the recipient may see, and never the entry's own, which may say more. The case handler is left
/// out: we know a pseudonym of ours, which tells the recipient nothing.
pub(super) fn noark_metadata(entry: &JournalEntry, letter: &Letter) -> NoarkMetadata {
    let number = entry.number();
    NoarkMetadata {
        folder_system_id: entry.case().to_string(),
        case_year: number.case().year(),
        case_sequence: number.case().sequence(),
        system_id: entry.id().to_string(),
        registration_id: number.to_string(),
        journal_year: number.journal_year(),
        journal_sequence: number.journal_sequence(),
        number_in_case: number.number(),
        kind: entry.kind().code(),
        status: entry.status().code(),
        journal_date: entry.journal_date().map(noon),
        document_date: entry.document_date().map(noon),
        title: text::cut(letter.title.expose(), LONGEST_TITLE),
    }
}

/// A date as the moment that the interface wants: noon in Greenwich, which falls on the same date in Norway, summer and
/// winter.
fn noon(date: NaiveDate) -> String {
    format!("{}T12:00:00Z", date.format("%Y-%m-%d"))
}
