//! What the store has to know of cases and entries: how they get their numbers and versions, and what documents they name.

use sakarkiv_core::{
    case::{Case, CaseNumber},
    document::{BlobRef, Document},
    journal::{EntryNumber, JournalEntry, NewEntry},
    ports::StoreError,
};

pub(super) fn case_number(year: i32, sequence: u32) -> Result<CaseNumber, StoreError> {
    let year = u16::try_from(year).map_err(|_| StoreError::Invalid(format!("{year} is no case year")))?;
    CaseNumber::new(year, sequence).map_err(|error| StoreError::Invalid(error.to_string()))
}

pub(super) fn entry_number(
    case: CaseNumber,
    in_case: u32,
    year: i32,
    journal_sequence: u32,
) -> Result<EntryNumber, StoreError> {
    let year = u16::try_from(year).map_err(|_| StoreError::Invalid(format!("{year} is no journal year")))?;
    EntryNumber::new(case, in_case, year, journal_sequence).map_err(|error| StoreError::Invalid(error.to_string()))
}

pub(super) fn raised_case(case: Case) -> Case {
    let version = case.version().saturating_add(1);
    case.with_version(version)
}

pub(super) fn raised_entry(entry: JournalEntry) -> JournalEntry {
    let version = entry.version().saturating_add(1);
    entry.with_version(version)
}

pub(super) fn documents_of_new(entry: &NewEntry) -> Vec<BlobRef> {
    contents(entry.documents.iter().map(|new| &new.document))
}

pub(super) fn documents_of(entry: &JournalEntry) -> Vec<BlobRef> {
    contents(entry.documents().iter().map(|attached| &attached.document))
}

fn contents<'a>(documents: impl Iterator<Item = &'a Document>) -> Vec<BlobRef> {
    documents.flat_map(Document::versions).map(|version| version.content).collect()
}
