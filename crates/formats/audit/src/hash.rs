use std::fmt;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use sha2::{Digest as _, Sha256};

/// A SHA-256 hash. Text and JSON form: standard base64 with padding, 44 characters; nothing else is taken for one.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Hash([u8; 32]);

impl Hash {
    /// Takes the bytes of a hash.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Its bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The hash written as base64; nothing if the text is not exactly that.
    #[must_use]
    pub fn from_base64(text: &str) -> Option<Self> {
        bytes_from_base64(text).map(Self)
    }

    /// Hash of bytes.
    pub(crate) fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }
}

impl From<[u8; 32]> for Hash {
    fn from(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

impl TryFrom<&[u8]> for Hash {
    type Error = std::array::TryFromSliceError;
    fn try_from(bytes: &[u8]) -> Result<Self, Self::Error> {
        bytes.try_into().map(Self)
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(base64_of(&self.0, &mut [0; 44]))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Hash({self})")
    }
}

impl Serialize for Hash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(base64_of(&self.0, &mut [0; 44]))
    }
}

impl<'de> Deserialize<'de> for Hash {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(Base64Visitor).map(Self)
    }
}

/// Reads 32 bytes in base64 from JSON without an allocation where the text has no escapes.
pub(crate) struct Base64Visitor;

impl de::Visitor<'_> for Base64Visitor {
    type Value = [u8; 32];

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("32 bytes as 44 characters of base64")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
        bytes_from_base64(text).ok_or_else(|| E::custom("expected 32 bytes as 44 characters of base64"))
    }
}

pub(crate) fn base64_of<'a>(bytes: &[u8; 32], room: &'a mut [u8; 44]) -> &'a str {
    // 32 bytes always fill 44 characters, all of them ASCII.
    let written = STANDARD.encode_slice(bytes, room).unwrap_or_default();
    room.get(..written).and_then(|text| std::str::from_utf8(text).ok()).unwrap_or_default()
}

pub(crate) fn bytes_from_base64(text: &str) -> Option<[u8; 32]> {
    let mut room = [0; 48];
    let length = if text.len() == 44 { STANDARD.decode_slice(text, &mut room).ok()? } else { 0 };
    room.get(..length)?.try_into().ok()
}

/// Appends the length, as 32 bits with the highest byte first, and the bytes.
pub(crate) fn put(buffer: &mut Vec<u8>, bytes: &[u8]) {
    // What is hashed here is bounded far below 4 GiB, when sealed and when read.
    let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
    buffer.extend_from_slice(&length.to_be_bytes());
    buffer.extend_from_slice(bytes);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_has_one_text_only() {
        let hash = Hash::of(b"");
        assert_eq!(hash.to_string(), "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
        assert_eq!(Hash::from_base64(&hash.to_string()), Some(hash));
        for other in ["47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFV=", "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU", ""]
        {
            assert_eq!(Hash::from_base64(other), None, "{other:?}");
        }
        assert_eq!(serde_json::from_str::<Hash>(&serde_json::to_string(&hash).unwrap()).unwrap(), hash);
    }
}
