//! Text that records hold: never blank, never without bound.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::screening::Private;

/// A text that a record cannot hold. Tells which field, never the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("`{field}` must be 1 to {max} characters and not blank")]
pub struct TextError {
    /// The field.
    pub field: &'static str,
    /// The most characters it takes.
    pub max: usize,
}

/// The longest title (tittel, M020) taken, in characters.
pub const MAX_TITLE: usize = 2_000;

/// The longest name or other one-line text taken, in characters.
pub const MAX_NAME: usize = 500;

/// A key another system knows a record by (eksternReferanse, M413), for idempotent deliveries and for finding back.
/// The value may be a birth number (pupil files are often keyed so), so it is private.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ExternalKey {
    /// The system, for example `visma-flyt-skole`.
    pub system: String,
    /// What kind of key, for example `matrikkel`.
    pub kind: String,
    /// The key itself.
    pub value: Private<String>,
}

pub(crate) fn check(field: &'static str, text: &str, max: usize) -> Result<(), TextError> {
    if text.trim().is_empty() || text.chars().nth(max).is_some() { Err(TextError { field, max }) } else { Ok(()) }
}

pub(crate) fn check_all<'a>(
    field: &'static str,
    texts: impl IntoIterator<Item = &'a str>,
    max: usize,
) -> Result<(), TextError> {
    texts.into_iter().try_for_each(|text| check(field, text, max))
}

impl ExternalKey {
    pub(crate) fn check(&self) -> Result<(), TextError> {
        check_all("external key", [self.system.as_str(), &self.kind, self.value.expose()], MAX_NAME)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blank_and_overlong_texts_are_refused_by_letters_not_bytes() {
        assert!(check("title", "ø".repeat(5).as_str(), 5).is_ok());
        assert_eq!(check("title", "ø".repeat(6).as_str(), 5), Err(TextError { field: "title", max: 5 }));
        assert!(check("title", " \u{a0}\n", 5).is_err());
    }
}
