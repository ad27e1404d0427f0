use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// A postal address (postadresse M406, postnummer M407, poststed M408, land M409).
///
/// One to three lines of at most 70 characters, a postal code, a city and a country. Blanks around the parts are taken
/// away; no part is ever an empty text. A Norwegian postal code has four digits. Other countries may have none.
///
/// Where somebody lives is personal data, so `Debug` shows the country only. JSON form:
/// `{"lines": ["Storgata 1"], "postal_code": "8001", "city": "Bodø", "country": "NO"}`, where `country` may be left out for
/// Norway.
///
/// ```
/// use sakarkiv_core::identity::PostalAddress;
///
/// let address = PostalAddress::new(["Storgata 1"], "8001", "Bodø")?;
/// assert_eq!(address.city(), "Bodø");
/// assert!(address.country().is_norway());
/// assert!(PostalAddress::new(["Storgata 1"], "801", "Bodø").is_err());
/// # Ok::<(), sakarkiv_core::identity::AddressError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "AddressForm")]
pub struct PostalAddress {
    lines: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    postal_code: Option<String>,
    city: String,
    country: CountryCode,
}

/// Why an address was not taken. Shows no part of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum AddressError {
    /// No line, or more than three.
    #[error("a postal address has one to three address lines that are not blank")]
    Lines,
    /// A line or the city is too long, or has control characters.
    #[error(
        "a part of the postal address is longer than {} characters or has control characters; shorten it",
        MAX_PART
    )]
    Part,
    /// The city is blank.
    #[error("the postal address has no city (poststed); add it")]
    City,
    /// The postal code is missing or malformed.
    #[error("the postal code is missing or malformed; a Norwegian one has four digits")]
    PostalCode,
    /// The country is not a two-letter code.
    #[error("the country must be a two-letter code after ISO 3166-1, such as `NO`")]
    Country,
}

/// A country as two capital letters after ISO 3166-1 (land, M409).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CountryCode(Box<str>);

impl PostalAddress {
    /// An address in Norway.
    ///
    /// # Errors
    /// [`AddressError`] names the part that is wrong.
    pub fn new<L: AsRef<str>>(
        lines: impl IntoIterator<Item = L>,
        postal_code: &str,
        city: &str,
    ) -> Result<Self, AddressError> {
        Self::build(lines, Some(postal_code), city, CountryCode::norway())
    }

    /// An address in any country. Only Norway demands a postal code.
    ///
    /// # Errors
    /// [`AddressError`] names the part that is wrong.
    pub fn foreign<L: AsRef<str>>(
        lines: impl IntoIterator<Item = L>,
        postal_code: Option<&str>,
        city: &str,
        country: CountryCode,
    ) -> Result<Self, AddressError> {
        Self::build(lines, postal_code, city, country)
    }

    /// The one to three address lines (postadresse, M406).
    #[must_use]
    pub fn lines(&self) -> &[String] {
        &self.lines
    }

    /// The postal code (postnummer, M407); always there for Norway.
    #[must_use]
    pub fn postal_code(&self) -> Option<&str> {
        self.postal_code.as_deref()
    }

    /// The city (poststed, M408).
    #[must_use]
    pub fn city(&self) -> &str {
        &self.city
    }

    /// The country (land, M409).
    #[must_use]
    pub const fn country(&self) -> &CountryCode {
        &self.country
    }

    fn build<L: AsRef<str>>(
        lines: impl IntoIterator<Item = L>,
        postal_code: Option<&str>,
        city: &str,
        country: CountryCode,
    ) -> Result<Self, AddressError> {
        let mut kept = Vec::with_capacity(MAX_LINES);
        for line in lines {
            let line = part(line.as_ref())?.ok_or(AddressError::Lines)?;
            if kept.len() == MAX_LINES {
                return Err(AddressError::Lines);
            }
            kept.push(line);
        }
        if kept.is_empty() {
            return Err(AddressError::Lines);
        }
        let postal_code = postal_code.map(|code| checked_code(code, &country)).transpose()?;
        if postal_code.is_none() && country.is_norway() {
            return Err(AddressError::PostalCode);
        }
        Ok(Self { lines: kept, postal_code, city: part(city)?.ok_or(AddressError::City)?, country })
    }
}

impl fmt::Debug for PostalAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostalAddress").field("country", &self.country).finish_non_exhaustive()
    }
}

impl CountryCode {
    /// Takes two letters, in either case.
    ///
    /// # Errors
    /// [`AddressError::Country`] for anything else.
    pub fn new(text: &str) -> Result<Self, AddressError> {
        let text = text.trim();
        if text.len() == 2 && text.bytes().all(|b| b.is_ascii_alphabetic()) {
            Ok(Self(text.to_ascii_uppercase().into()))
        } else {
            Err(AddressError::Country)
        }
    }

    /// Norway.
    #[must_use]
    pub fn norway() -> Self {
        Self("NO".into())
    }

    /// Whether this is Norway.
    #[must_use]
    pub fn is_norway(&self) -> bool {
        &*self.0 == "NO"
    }

    /// The two letters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for CountryCode {
    fn default() -> Self {
        Self::norway()
    }
}

impl fmt::Display for CountryCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for CountryCode {
    type Err = AddressError;
    fn from_str(text: &str) -> Result<Self, AddressError> {
        Self::new(text)
    }
}

impl TryFrom<String> for CountryCode {
    type Error = AddressError;
    fn try_from(text: String) -> Result<Self, AddressError> {
        Self::new(&text)
    }
}

impl From<CountryCode> for String {
    fn from(code: CountryCode) -> Self {
        code.0.into()
    }
}

/// What is read before it is checked.
#[derive(Deserialize)]
struct AddressForm {
    lines: Vec<String>,
    #[serde(default)]
    postal_code: Option<String>,
    city: String,
    #[serde(default)]
    country: CountryCode,
}

impl TryFrom<AddressForm> for PostalAddress {
    type Error = AddressError;
    fn try_from(form: AddressForm) -> Result<Self, AddressError> {
        Self::build(form.lines, form.postal_code.as_deref(), &form.city, form.country)
    }
}

const MAX_LINES: usize = 3;
const MAX_PART: usize = 70;
const MAX_CODE: usize = 16;

/// One part without blanks around it: nothing when it is blank.
fn part(text: &str) -> Result<Option<String>, AddressError> {
    let text = text.trim();
    if text.chars().count() > MAX_PART || text.chars().any(char::is_control) {
        return Err(AddressError::Part);
    }
    Ok((!text.is_empty()).then(|| text.to_owned()))
}

fn checked_code(text: &str, country: &CountryCode) -> Result<String, AddressError> {
    let text = text.trim();
    let sound = if country.is_norway() {
        text.len() == 4 && text != "0000" && text.bytes().all(|b| b.is_ascii_digit())
    } else {
        !text.is_empty()
            && text.len() <= MAX_CODE
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b' ' | b'-'))
    };
    if sound { Ok(text.to_owned()) } else { Err(AddressError::PostalCode) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_in_norway_needs_lines_a_four_digit_code_and_a_city() {
        let address = PostalAddress::new([" Storgata 1 ", "Inngang B"], " 8001 ", " Bodø ").unwrap();
        assert_eq!(address.lines(), ["Storgata 1", "Inngang B"]);
        assert_eq!((address.postal_code(), address.city()), (Some("8001"), "Bodø"));
        let none: [&str; 0] = [];
        assert_eq!(PostalAddress::new(none, "8001", "Bodø"), Err(AddressError::Lines));
        assert_eq!(PostalAddress::new(["a", "b", "c", "d"], "8001", "Bodø"), Err(AddressError::Lines));
        assert_eq!(PostalAddress::new(["a", " "], "8001", "Bodø"), Err(AddressError::Lines));
        assert_eq!(PostalAddress::new(["a"], "8001", " "), Err(AddressError::City));
        for code in ["", "801", "80011", "80 1", "80o1", "0000", "٨٠٠١"] {
            assert_eq!(PostalAddress::new(["a"], code, "Bodø"), Err(AddressError::PostalCode), "{code}");
        }
    }

    #[test]
    fn length_counts_letters_not_bytes() {
        assert!(PostalAddress::new(["æ".repeat(70)], "8001", "Bodø").is_ok());
        assert_eq!(PostalAddress::new(["æ".repeat(71)], "8001", "Bodø"), Err(AddressError::Part));
        assert_eq!(PostalAddress::new(["a\nb"], "8001", "Bodø"), Err(AddressError::Part));
    }

    #[test]
    fn other_countries_may_lack_a_postal_code() {
        let country = CountryCode::new("ae").unwrap();
        let address = PostalAddress::foreign(["Street 1"], None, "Dubai", country.clone()).unwrap();
        assert_eq!(address.country().as_str(), "AE");
        assert!(PostalAddress::foreign(["Street 1"], Some(""), "Dubai", country).is_err());
        assert_eq!(
            PostalAddress::foreign(["Storgata 1"], None, "Bodø", CountryCode::norway()),
            Err(AddressError::PostalCode)
        );
        for bad in ["", "N", "NOR", "N1", "ø"] {
            assert_eq!(CountryCode::new(bad), Err(AddressError::Country), "{bad}");
        }
    }

    #[test]
    fn the_json_form_is_stable_and_checked_when_read() {
        let address = PostalAddress::new(["Storgata 1"], "8001", "Bodø").unwrap();
        let json = r#"{"lines":["Storgata 1"],"postal_code":"8001","city":"Bodø","country":"NO"}"#;
        assert_eq!(serde_json::to_string(&address).unwrap(), json);
        assert_eq!(serde_json::from_str::<PostalAddress>(json).unwrap(), address);
        let short = r#"{"lines":["Storgata 1"],"postal_code":"8001","city":"Bodø"}"#;
        assert_eq!(serde_json::from_str::<PostalAddress>(short).unwrap(), address);
        let bad = r#"{"lines":["Storgata 1"],"postal_code":"81","city":"Bodø"}"#;
        assert!(serde_json::from_str::<PostalAddress>(bad).is_err());
    }

    #[test]
    fn debug_does_not_tell_where_somebody_lives() {
        let shown = format!("{:?}", PostalAddress::new(["Storgata 1"], "8001", "Bodø").unwrap());
        assert!(!shown.contains("Storgata") && !shown.contains("8001") && !shown.contains("Bodø"), "{shown}");
    }
}
