use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use thiserror::Error;

/// SHA-256 of a document's bytes (sjekksum, M705), written as 64 small hexadecimal digits (algorithm text `SHA256`, M706).
///
/// ```
/// use sakarkiv_core::document::ContentHash;
///
/// let hash = ContentHash::of(b"");
/// assert!(hash.to_string().starts_with("e3b0c442"));
/// assert_eq!(ContentHash::parse(&hash.to_string().to_uppercase())?, hash);
/// # Ok::<(), sakarkiv_core::document::ContentHashError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ContentHash([u8; 32]);

/// A text that is not a SHA-256 checksum.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a content hash is a SHA-256 checksum of 64 hexadecimal digits")]
pub struct ContentHashError;

/// Refers to stored content by what it is: its checksum and its size (filstørrelse, M707) in bytes.
/// JSON form: `{"hash": "…", "size": 1024}`, the hash as 64 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct BlobRef {
    /// SHA-256 of the bytes; also the name the content is stored under.
    pub hash: ContentHash,
    /// How many bytes.
    pub size: u64,
}

impl ContentHash {
    /// From the 32 bytes of a checksum that was computed while streaming.
    #[must_use]
    pub const fn new(digest: [u8; 32]) -> Self {
        Self(digest)
    }

    /// Reads 64 hexadecimal digits in either case.
    ///
    /// # Errors
    /// [`ContentHashError`] for anything else.
    pub fn parse(text: &str) -> Result<Self, ContentHashError> {
        let mut digits = text.chars().map(|c| c.to_digit(16).and_then(|d| u8::try_from(d).ok()));
        let mut digit = || digits.next().flatten().ok_or(ContentHashError);
        let mut digest = [0; 32];
        for byte in &mut digest {
            *byte = digit()? << 4 | digit()?;
        }
        if digits.next().is_none() { Ok(Self(digest)) } else { Err(ContentHashError) }
    }

    /// The checksum of bytes at hand.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// The 32 bytes.
    #[must_use]
    pub const fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl BlobRef {
    /// Refers to bytes at hand.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self { hash: ContentHash::of(bytes), size: bytes.len() as u64 }
    }
}

/// 64 small hexadecimal digits.
impl fmt::Display for ContentHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for ContentHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ContentHash({self})")
    }
}

impl FromStr for ContentHash {
    type Err = ContentHashError;
    fn from_str(text: &str) -> Result<Self, ContentHashError> {
        Self::parse(text)
    }
}

impl TryFrom<String> for ContentHash {
    type Error = ContentHashError;
    fn try_from(text: String) -> Result<Self, ContentHashError> {
        Self::parse(&text)
    }
}

impl From<ContentHash> for String {
    fn from(hash: ContentHash) -> Self {
        hash.to_string()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn only_64_hexadecimal_digits_are_a_hash() {
        for bad in ["", "abc", &"g".repeat(64), &"a".repeat(63), &"a".repeat(65), &format!("{}ø", "a".repeat(62))] {
            assert_eq!(ContentHash::parse(bad), Err(ContentHashError), "{bad}");
        }
    }

    #[test]
    fn the_json_form_of_a_blob_reference_is_stable() {
        let json = r#"{"hash":"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad","size":3}"#;
        assert_eq!(serde_json::to_string(&BlobRef::of(b"abc")).unwrap(), json);
        assert_eq!(serde_json::from_str::<BlobRef>(json).unwrap(), BlobRef::of(b"abc"));
        assert!(serde_json::from_str::<BlobRef>(r#"{"hash":"../../etc","size":3}"#).is_err());
    }

    proptest! {
        #[test]
        fn a_digest_round_trips_through_text(digest in any::<[u8; 32]>()) {
            let hash = ContentHash::new(digest);
            prop_assert_eq!(ContentHash::parse(&hash.to_string()), Ok(hash));
            prop_assert_eq!(hash.bytes(), &digest);
        }
    }
}
