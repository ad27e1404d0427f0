use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::case::CaseNumber;

/// The numbers of a journal entry: its number in the case (journalpostnummer, M015), and its running number (løpenummer) of
/// journal year (journalår, M013) and sequence (journalsekvensnummer, M014).
///
/// Given by the store in the transaction that registers the entry, never reused. JSON form:
/// `{"case": "2026/123", "number": 8, "journal_year": 2026, "journal_sequence": 4711}`.
///
/// ```
/// use sakarkiv_core::{case::CaseNumber, journal::EntryNumber};
///
/// let number = EntryNumber::new(CaseNumber::new(2026, 123)?, 8, 2026, 4711)?;
/// assert_eq!(number.to_string(), "2026/123-8");
/// assert_eq!(number.running_number(), "4711/2026");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "EntryNumberForm")]
pub struct EntryNumber {
    case: CaseNumber,
    number: u32,
    journal_year: u16,
    journal_sequence: u32,
}

/// Numbers that cannot be those of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the numbers of a journal entry start at 1, and its journal year is from 1000 to 3000")]
pub struct EntryNumberError;

impl EntryNumber {
    /// Number in the case and journal sequence from 1, journal year 1000 to 3000.
    ///
    /// # Errors
    /// [`EntryNumberError`] when one of them is out of range.
    pub const fn new(
        case: CaseNumber,
        number: u32,
        journal_year: u16,
        journal_sequence: u32,
    ) -> Result<Self, EntryNumberError> {
        if number >= 1 && journal_sequence >= 1 && journal_year >= 1000 && journal_year <= 3000 {
            Ok(Self { case, number, journal_year, journal_sequence })
        } else {
            Err(EntryNumberError)
        }
    }

    /// The number of its case.
    #[must_use]
    pub const fn case(self) -> CaseNumber {
        self.case
    }

    /// Its number in the case (journalpostnummer, M015).
    #[must_use]
    pub const fn number(self) -> u32 {
        self.number
    }

    /// The journal year (journalår, M013).
    #[must_use]
    pub const fn journal_year(self) -> u16 {
        self.journal_year
    }

    /// Its number in the journal of the year (journalsekvensnummer, M014).
    #[must_use]
    pub const fn journal_sequence(self) -> u32 {
        self.journal_sequence
    }

    /// The running number as people write it: sequence, `/`, year.
    #[must_use]
    pub fn running_number(self) -> String {
        format!("{}/{}", self.journal_sequence, self.journal_year)
    }
}

/// The registration id (registreringsID, M004): case number, `-`, number in the case.
impl fmt::Display for EntryNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.case, self.number)
    }
}

/// What is read before it is checked.
#[derive(Deserialize)]
struct EntryNumberForm {
    case: CaseNumber,
    number: u32,
    journal_year: u16,
    journal_sequence: u32,
}

impl TryFrom<EntryNumberForm> for EntryNumber {
    type Error = EntryNumberError;
    fn try_from(form: EntryNumberForm) -> Result<Self, EntryNumberError> {
        Self::new(form.case, form.number, form.journal_year, form.journal_sequence)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_json_form_is_stable_and_checked_when_read() {
        let json = r#"{"case":"2026/123","number":8,"journal_year":2026,"journal_sequence":4711}"#;
        let number: EntryNumber = serde_json::from_str(json).unwrap();
        assert_eq!(serde_json::to_string(&number).unwrap(), json);
        for (good, bad) in
            [("\"number\":8", "\"number\":0"), ("4711", "0"), ("\"journal_year\":2026", "\"journal_year\":26")]
        {
            assert!(serde_json::from_str::<EntryNumber>(&json.replace(good, bad)).is_err(), "{bad}");
        }
    }
}
