use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// A case number (saksnummer): year (saksår, M011) and sequence number (sakssekvensnummer, M012), written `2026/123`.
/// Set once when the case is created. The JSON form is that text.
///
/// ```
/// use sakarkiv_core::case::CaseNumber;
///
/// let number: CaseNumber = "2026/123".parse()?;
/// assert_eq!((number.year(), number.sequence()), (2026, 123));
/// assert_eq!(number.to_string(), "2026/123");
/// # Ok::<(), sakarkiv_core::case::CaseNumberError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CaseNumber {
    year: u16,
    sequence: u32,
}

/// A text or pair that is not a case number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a case number is a year from 1000 to 3000, `/` and a sequence number from 1, as in `2026/123`")]
pub struct CaseNumberError;

impl CaseNumber {
    /// Year 1000 to 3000 and sequence number from 1.
    ///
    /// # Errors
    /// [`CaseNumberError`] when one of them is out of range.
    pub const fn new(year: u16, sequence: u32) -> Result<Self, CaseNumberError> {
        if year >= 1000 && year <= 3000 && sequence >= 1 { Ok(Self { year, sequence }) } else { Err(CaseNumberError) }
    }

    /// Reads `2026/123`.
    ///
    /// # Errors
    /// [`CaseNumberError`] when the text has another form or a part is out of range.
    pub fn parse(text: &str) -> Result<Self, CaseNumberError> {
        let (year, sequence) = text.trim().split_once('/').ok_or(CaseNumberError)?;
        // `u32::from_str` takes a leading plus sign, which no case number has.
        if !year.bytes().chain(sequence.bytes()).all(|b| b.is_ascii_digit()) {
            return Err(CaseNumberError);
        }
        Self::new(year.parse().map_err(|_| CaseNumberError)?, sequence.parse().map_err(|_| CaseNumberError)?)
    }

    /// The year (saksår, M011).
    #[must_use]
    pub const fn year(self) -> u16 {
        self.year
    }

    /// The number within the year (sakssekvensnummer, M012).
    #[must_use]
    pub const fn sequence(self) -> u32 {
        self.sequence
    }
}

impl fmt::Display for CaseNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.year, self.sequence)
    }
}

impl FromStr for CaseNumber {
    type Err = CaseNumberError;
    fn from_str(text: &str) -> Result<Self, CaseNumberError> {
        Self::parse(text)
    }
}

impl TryFrom<String> for CaseNumber {
    type Error = CaseNumberError;
    fn try_from(text: String) -> Result<Self, CaseNumberError> {
        Self::parse(&text)
    }
}

impl From<CaseNumber> for String {
    fn from(number: CaseNumber) -> Self {
        number.to_string()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn other_forms_are_refused() {
        for text in
            ["", "2026", "2026/", "/1", "2026/0", "26/1", "3001/1", "2026/+1", "2026/1/2", "2026-1", "2026/4294967296"]
        {
            assert_eq!(CaseNumber::parse(text), Err(CaseNumberError), "{text}");
        }
        assert!(serde_json::from_str::<CaseNumber>("\"2026/0\"").is_err());
    }

    #[test]
    fn case_numbers_sort_by_year_then_sequence() {
        let of = |t: &str| CaseNumber::parse(t).unwrap();
        assert!(of("2025/99") < of("2026/2") && of("2026/2") < of("2026/10"));
    }

    proptest! {
        #[test]
        fn text_and_json_round_trip(year in 1000u16..=3000, sequence in 1u32..) {
            let number = CaseNumber::new(year, sequence).unwrap();
            prop_assert_eq!(CaseNumber::parse(&number.to_string()), Ok(number));
            let json = serde_json::to_string(&number).unwrap();
            prop_assert_eq!(serde_json::from_str::<CaseNumber>(&json).unwrap(), number);
        }
    }
}
