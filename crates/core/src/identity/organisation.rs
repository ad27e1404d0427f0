use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::{digits, modulus_11, text_of};

/// A Norwegian organisation number (organisasjonsnummer; organisasjonsID M049): nine digits, the last a modulus 11 control digit.
///
/// Its JSON form is the nine digits as a string; anything else is refused when read.
///
/// ```
/// use sakarkiv_core::identity::OrganisationNumber;
///
/// let number = OrganisationNumber::parse("310 000 027")?;
/// assert_eq!(number.as_str(), "310000027");
/// assert!(OrganisationNumber::parse("310000028").is_err());
/// # Ok::<(), sakarkiv_core::identity::OrganisationNumberError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct OrganisationNumber(Box<str>);

/// A text that is not an organisation number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum OrganisationNumberError {
    /// Not nine digits, or the first is 0.
    #[error("an organisation number has nine digits and does not start with 0; write digits and spaces only")]
    Malformed,
    /// The control digit does not fit.
    #[error("the control digit of the organisation number does not fit; check it for a typing error")]
    ControlDigit,
}

impl OrganisationNumber {
    /// Takes nine digits, with or without blanks between them.
    ///
    /// # Errors
    /// [`OrganisationNumberError`] when the form or the control digit is wrong.
    pub fn parse(text: &str) -> Result<Self, OrganisationNumberError> {
        let digits: [u8; 9] = digits(text).ok_or(OrganisationNumberError::Malformed)?;
        if digits.starts_with(&[0]) {
            return Err(OrganisationNumberError::Malformed);
        }
        // The control digit has weight 1, so a sound number sums to 0; a remainder that would need the control digit 10
        // can never do so.
        if modulus_11(&digits, &[3, 2, 7, 6, 5, 4, 3, 2, 1]) != 0 {
            return Err(OrganisationNumberError::ControlDigit);
        }
        Ok(Self(text_of(&digits).into()))
    }

    /// The nine digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for OrganisationNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for OrganisationNumber {
    type Err = OrganisationNumberError;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl TryFrom<String> for OrganisationNumber {
    type Error = OrganisationNumberError;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

impl From<OrganisationNumber> for String {
    fn from(number: OrganisationNumber) -> Self {
        number.0.into()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn blanks_between_the_digits_do_not_matter() {
        for text in ["310000027", "310 000 027", " 310\u{a0}000\u{a0}027 "] {
            assert_eq!(OrganisationNumber::parse(text).unwrap().to_string(), "310000027");
        }
    }

    #[test]
    fn what_is_not_nine_digits_is_refused() {
        for text in ["", "31000000", "3100000270", "31000000a", "310-000-027", "000000000", "٣١٠٠٠٠٠٢٧"] {
            assert_eq!(OrganisationNumber::parse(text), Err(OrganisationNumberError::Malformed), "{text}");
        }
    }

    #[test]
    fn a_number_whose_control_digit_would_be_ten_does_not_exist() {
        // 3·3 + 2·1 + 2·6 = 23 leaves 1, so the control digit would have to be 10.
        assert!((0..10).all(|d| OrganisationNumber::parse(&format!("31000006{d}")).is_err()));
        assert!(OrganisationNumber::parse("310000078").is_ok(), "the next number has the control digit 8");
    }

    #[test]
    fn json_is_the_digits_and_a_bad_number_cannot_be_read() {
        let number = OrganisationNumber::parse("310000027").unwrap();
        assert_eq!(serde_json::to_string(&number).unwrap(), "\"310000027\"");
        assert_eq!(serde_json::from_str::<OrganisationNumber>("\"310000027\"").unwrap(), number);
        assert!(serde_json::from_str::<OrganisationNumber>("\"310000028\"").is_err());
    }

    proptest! {
        #[test]
        fn one_wrong_digit_is_always_found(eight in 10_000_000u32..99_999_999, at in 0usize..9, other in 0u8..10) {
            let valid = (0..10).filter_map(|d| OrganisationNumber::parse(&format!("{eight}{d}")).ok()).collect::<Vec<_>>();
            prop_assert!(valid.len() <= 1);
            if let Some(number) = valid.first() {
                let mut bytes = number.as_str().as_bytes().to_vec();
                let wrong = b'0' + other;
                prop_assume!(bytes[at] != wrong);
                bytes[at] = wrong;
                prop_assert!(OrganisationNumber::parse(std::str::from_utf8(&bytes).unwrap()).is_err());
            }
        }
    }
}
