use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// The source's own id of a consignment (leveranse-id): unique within the source for ever. It stands in logs and notices, so
/// a source that would make it of a birth number hashes it first.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ConsignmentKey(Box<str>);

/// A text that cannot be the key of a consignment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the key of a consignment has 1 to {max} printable characters", max = ConsignmentKey::MAX)]
pub struct ConsignmentKeyError;

impl ConsignmentKey {
    /// The longest key, in characters.
    pub const MAX: usize = 200;

    /// Takes 1 to 200 printable characters; blanks around them are dropped.
    ///
    /// # Errors
    /// [`ConsignmentKeyError`] for anything else.
    pub fn new(text: &str) -> Result<Self, ConsignmentKeyError> {
        let text = text.trim();
        let sound = !text.is_empty() && text.chars().count() <= Self::MAX && !text.chars().any(char::is_control);
        if sound { Ok(Self(text.into())) } else { Err(ConsignmentKeyError) }
    }

    /// The key as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ConsignmentKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for ConsignmentKey {
    type Error = ConsignmentKeyError;
    fn try_from(text: String) -> Result<Self, ConsignmentKeyError> {
        Self::new(&text)
    }
}

impl From<ConsignmentKey> for String {
    fn from(key: ConsignmentKey) -> Self {
        key.0.into()
    }
}
