use std::{fmt, str::FromStr};

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::{digits, modulus_11, text_of};

/// A national identity number: a birth number (fødselsnummer) or a D-number (D-nummer), real or synthetic (personID, M048).
///
/// Valid when it has eleven digits, a birth date that exists in a century the individual number allows, and both control
/// digits. A D-number has 40 added to the day. Synthetic numbers have 80 (the Tax Administration's test population) or 40
/// (the welfare administration's) added to the month, so they can never be somebody's.
///
/// `Debug` and `Display` show no digit: a number reaches a log only by way of [`digits`](Self::digits), on purpose. The JSON
/// form is the eleven digits: it is the form at rest and in the interfaces that ask for the number.
///
/// ```
/// use sakarkiv_core::identity::{IdentityNumberKind, NationalIdentityNumber};
///
/// let number = NationalIdentityNumber::parse("018190 00553")?;
/// assert!(number.is_synthetic());
/// assert_eq!(number.kind(), IdentityNumberKind::BirthNumber);
/// assert_eq!(number.birth_date().to_string(), "1990-01-01");
/// assert_eq!(number.to_string(), "***********");
/// # Ok::<(), sakarkiv_core::identity::NationalIdentityNumberError>(())
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct NationalIdentityNumber {
    digits: Box<str>,
    kind: IdentityNumberKind,
    synthetic: bool,
    born: NaiveDate,
}

/// Which series a national identity number belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum IdentityNumberKind {
    /// Birth number (fødselsnummer): people registered as resident.
    BirthNumber,
    /// D-number (D-nummer): people with a temporary connection to Norway.
    DNumber,
}

/// How the two control digits are checked. The rule is a value because it changes: from 2032 the numbers run short and the
/// first control digit may take four values, while the second stays as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum ControlDigits {
    /// Both digits by modulus 11: the rule of every number given out before 2032.
    #[default]
    Modulus11,
    /// The first may be the modulus 11 digit or leave remainder 1, 2 or 3; the second by modulus 11. Test populations have
    /// such numbers already.
    From2032,
}

/// A text that is not a national identity number. The text itself is never part of the message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum NationalIdentityNumberError {
    /// Not eleven digits.
    #[error("a national identity number has eleven digits; write digits and spaces only")]
    Malformed,
    /// The first six digits are no date, or the individual number does not fit the year.
    #[error("the national identity number has no plausible birth date; check the first nine digits")]
    BirthDate,
    /// A control digit does not fit.
    #[error("a control digit of the national identity number does not fit; check it for a typing error")]
    ControlDigits,
}

impl NationalIdentityNumber {
    /// Takes eleven digits, with or without blanks, checked by the rule in force ([`ControlDigits::Modulus11`]).
    ///
    /// # Errors
    /// [`NationalIdentityNumberError`] when the form, the date or a control digit is wrong.
    pub fn parse(text: &str) -> Result<Self, NationalIdentityNumberError> {
        Self::parse_with(text, ControlDigits::default())
    }

    /// As [`parse`](Self::parse), with another rule for the control digits.
    ///
    /// # Errors
    /// [`NationalIdentityNumberError`] when the form, the date or a control digit is wrong.
    pub fn parse_with(text: &str, rule: ControlDigits) -> Result<Self, NationalIdentityNumberError> {
        let digits: [u8; 11] = digits(text).ok_or(NationalIdentityNumberError::Malformed)?;
        let [d1, d2, m1, m2, y1, y2, i1, i2, i3, ..] = digits;
        let (day, kind) = match pair(d1, d2) {
            day @ 41..=71 => (day - 40, IdentityNumberKind::DNumber),
            day => (day, IdentityNumberKind::BirthNumber),
        };
        let (month, synthetic) = match pair(m1, m2) {
            month @ 81..=92 => (month - 80, true),
            month @ 41..=52 => (month - 40, true),
            month => (month, false),
        };
        let born = full_year(pair(y1, y2), u32::from(i1) * 100 + pair(i2, i3))
            .and_then(|year| NaiveDate::from_ymd_opt(year, month, day))
            .ok_or(NationalIdentityNumberError::BirthDate)?;
        if !rule.accepts(&digits) {
            return Err(NationalIdentityNumberError::ControlDigits);
        }
        Ok(Self { digits: text_of(&digits).into(), kind, synthetic, born })
    }

    /// The eleven digits, in the open. For interfaces that need the number; never for logs, messages or titles.
    #[must_use]
    pub fn digits(&self) -> &str {
        &self.digits
    }

    /// Birth number or D-number.
    #[must_use]
    pub const fn kind(&self) -> IdentityNumberKind {
        self.kind
    }

    /// Whether it belongs to a test population and therefore to nobody.
    #[must_use]
    pub const fn is_synthetic(&self) -> bool {
        self.synthetic
    }

    /// The birth date the number tells.
    #[must_use]
    pub const fn birth_date(&self) -> NaiveDate {
        self.born
    }
}

impl fmt::Debug for NationalIdentityNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NationalIdentityNumber({MASK})")
    }
}

impl fmt::Display for NationalIdentityNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(MASK)
    }
}

impl FromStr for NationalIdentityNumber {
    type Err = NationalIdentityNumberError;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

/// Reading back what was stored. It allows the widest known rule: what was once accepted must stay readable.
impl TryFrom<String> for NationalIdentityNumber {
    type Error = NationalIdentityNumberError;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse_with(&text, ControlDigits::From2032)
    }
}

impl From<NationalIdentityNumber> for String {
    fn from(number: NationalIdentityNumber) -> Self {
        number.digits.into()
    }
}

impl ControlDigits {
    fn accepts(self, digits: &[u8; 11]) -> bool {
        let first = modulus_11(digits, &[3, 7, 6, 1, 8, 9, 4, 5, 2, 1]);
        let second = modulus_11(digits, &[5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1]);
        let first_fits = match self {
            Self::Modulus11 => first == 0,
            Self::From2032 => first <= 3,
        };
        first_fits && second == 0
    }
}

const MASK: &str = "***********";

fn pair(tens: u8, ones: u8) -> u32 {
    u32::from(tens) * 10 + u32::from(ones)
}

/// The individual numbers are given out in ranges that tell the century.
fn full_year(year: u32, individual: u32) -> Option<i32> {
    let century = match (individual, year) {
        (0..=499, _) | (900..=999, 40..=99) => 1900,
        (500..=749, 54..=99) => 1800,
        (500..=999, 0..=39) => 2000,
        _ => return None,
    };
    i32::try_from(century + year).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Numbers of synthetic people: every one has 80 or 40 added to its month.
    fn synthetic(nine: &str) -> Option<String> {
        (0..100).map(|k| format!("{nine}{k:02}")).find(|text| NationalIdentityNumber::parse(text).is_ok())
    }

    #[test]
    fn the_kind_and_the_birth_date_are_read_from_the_digits() {
        for (nine, kind, born) in [
            ("018190005", IdentityNumberKind::BirthNumber, "1990-01-01"),
            ("418190005", IdentityNumberKind::DNumber, "1990-01-01"),
            ("014190003", IdentityNumberKind::BirthNumber, "1990-01-01"),
            ("714199004", IdentityNumberKind::DNumber, "1999-01-31"),
            ("298200600", IdentityNumberKind::BirthNumber, "2000-02-29"),
            ("319239995", IdentityNumberKind::BirthNumber, "2039-12-31"),
            ("018154500", IdentityNumberKind::BirthNumber, "1854-01-01"),
            ("018140955", IdentityNumberKind::BirthNumber, "1940-01-01"),
        ] {
            let text = synthetic(nine).unwrap_or_else(|| panic!("{nine} has no control digits"));
            let number = NationalIdentityNumber::parse(&text).unwrap();
            assert_eq!((number.kind(), number.birth_date().to_string().as_str()), (kind, born), "{nine}");
            assert!(number.is_synthetic());
        }
    }

    #[test]
    fn dates_and_centuries_that_do_not_exist_are_refused() {
        for nine in
            ["308290001", "328190001", "009390001", "299300600", "018140500", "018140800", "018153600", "018199800"]
        {
            assert_eq!(synthetic(nine), None, "{nine}");
            let error = NationalIdentityNumber::parse(&format!("{nine}00")).unwrap_err();
            assert_eq!(error, NationalIdentityNumberError::BirthDate, "{nine}");
        }
    }

    #[test]
    fn only_digits_and_blanks_make_a_number() {
        for text in ["", "0181900010", "018190005530", "01819000a04", "018190-00553"] {
            assert_eq!(NationalIdentityNumber::parse(text).unwrap_err(), NationalIdentityNumberError::Malformed);
        }
    }

    #[test]
    fn nothing_printed_shows_a_digit() {
        let number = NationalIdentityNumber::parse("01819000553").unwrap();
        let printed = format!("{number:?} {number} {number:#?} {number:>20}");
        assert!(!printed.chars().any(|c| c.is_ascii_digit()), "{printed}");
        let error = serde_json::from_str::<NationalIdentityNumber>("\"01819000554\"").unwrap_err().to_string();
        assert!(!error.contains("01819000554"), "{error}");
    }

    #[test]
    fn from_2032_the_first_control_digit_may_take_four_values() {
        let accepted = |rule| {
            (0..100).filter(|k| NationalIdentityNumber::parse_with(&format!("018190005{k:02}"), rule).is_ok()).count()
        };
        assert_eq!(accepted(ControlDigits::Modulus11), 1);
        assert!((3..=4).contains(&accepted(ControlDigits::From2032)), "{}", accepted(ControlDigits::From2032));
    }

    #[test]
    fn what_was_accepted_by_a_wider_rule_can_be_read_back() {
        let wider = (0..100)
            .filter_map(|k| {
                NationalIdentityNumber::parse_with(&format!("018190005{k:02}"), ControlDigits::From2032).ok()
            })
            .collect::<Vec<_>>();
        for number in wider {
            let json = serde_json::to_string(&number).unwrap();
            assert_eq!(serde_json::from_str::<NationalIdentityNumber>(&json).unwrap(), number);
        }
    }

    proptest! {
        #[test]
        fn one_wrong_digit_is_always_found(day in 1u32..=28, month in 81u32..=92, year in 0u32..=39,
                                           individual in 500u32..=999, at in 0usize..11, other in 0u8..10) {
            let Some(text) = synthetic(&format!("{day:02}{month}{year:02}{individual}")) else { return Ok(()) };
            let mut bytes = text.into_bytes();
            let wrong = b'0' + other;
            prop_assume!(bytes[at] != wrong);
            bytes[at] = wrong;
            prop_assert!(NationalIdentityNumber::parse(std::str::from_utf8(&bytes).unwrap()).is_err());
        }

        #[test]
        fn any_text_is_answered_and_never_panics(text in "\\PC{0,20}") {
            let _ = NationalIdentityNumber::parse(&text);
        }
    }
}
