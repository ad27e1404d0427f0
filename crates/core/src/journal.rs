//! Placeholder names that the ports rest on; the domain modules of `core-domain` replace this file.
use serde::{Deserialize, Serialize};

use crate::identity::{CaseId, EntryId};

/// The numbers a store gives a journal entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct EntryNumber {
    /// Journal year (M013).
    pub journal_year: u16,
    /// Sequence in the journal of the year (M014).
    pub journal_sequence: u32,
    /// Number in the case (M015).
    pub in_case: u32,
}

/// A registered entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JournalEntry {
    /// Its id.
    pub id: EntryId,
    /// Its case.
    pub case: CaseId,
    /// Its numbers.
    pub number: EntryNumber,
}

/// What a caller gives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewEntry {}
