use std::fmt;

use sakarkiv_core::{ports::Entropy, screening::Private};
use serde::{Deserialize, Deserializer, Serialize, Serializer, ser::SerializeStruct as _};

use crate::{
    Hash,
    hash::{Base64Visitor, base64_of, put},
};

/// 32 random bytes that make a commitment tell nothing of its value: without one, the hash of a national identity number is
/// found in seconds by trying all. Erased together with the value. JSON form: base64.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Salt([u8; 32]);

impl Salt {
    /// Takes 32 bytes. They must come from the operating system's generator and be used for one field only.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Draws a new one.
    #[must_use]
    pub fn draw(entropy: &dyn Entropy) -> Self {
        let mut bytes = [0; 32];
        for chunk in bytes.chunks_exact_mut(8) {
            chunk.copy_from_slice(&entropy.next_u64().to_be_bytes());
        }
        Self(bytes)
    }

    /// Its bytes, for a store's column.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for Salt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Salt(..)")
    }
}

impl Serialize for Salt {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(base64_of(&self.0, &mut [0; 44]))
    }
}

impl<'de> Deserialize<'de> for Salt {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(Base64Visitor).map(Self)
    }
}

/// A detail of an entry that can be erased. Its name and its commitment stay, so the name must not be personal data.
///
/// JSON form: `{"name": "title", "commitment": "…", "salt": "…", "value": "…"}`, without the last two once erased.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "FieldForm")]
pub struct SealedField {
    /// Its name.
    pub name: String,
    /// What the leaf holds of it: a hash of name, salt and value.
    pub commitment: Hash,
    /// What opens the commitment; nothing once erased.
    pub opening: Option<Opening>,
}

/// What opens a commitment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opening {
    /// The salt.
    pub salt: Salt,
    /// The value. May be personal data.
    pub value: Private<String>,
}

impl SealedField {
    pub(crate) fn seal(name: String, value: String, salt: Salt, room: &mut Vec<u8>) -> Self {
        let commitment = commitment(&name, &salt, &value, room);
        Self { name, commitment, opening: Some(Opening { salt, value: value.into() }) }
    }

    /// Whether value and salt are gone.
    #[must_use]
    pub const fn is_erased(&self) -> bool {
        self.opening.is_none()
    }

    /// Whether what is there opens the commitment. An erased field has nothing to check.
    pub(crate) fn holds(&self, room: &mut Vec<u8>) -> bool {
        self.opening.as_ref().is_none_or(|opening| {
            commitment(&self.name, &opening.salt, opening.value.expose(), room) == self.commitment
        })
    }
}

fn commitment(name: &str, salt: &Salt, value: &str, room: &mut Vec<u8>) -> Hash {
    room.clear();
    put(room, b"field");
    put(room, name.as_bytes());
    put(room, &salt.0);
    put(room, value.as_bytes());
    Hash::of(room)
}

impl Serialize for SealedField {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let parts = 2 + 2 * usize::from(self.opening.is_some());
        let mut form = serializer.serialize_struct("SealedField", parts)?;
        form.serialize_field("name", &self.name)?;
        form.serialize_field("commitment", &self.commitment)?;
        if let Some(opening) = &self.opening {
            form.serialize_field("salt", &opening.salt)?;
            form.serialize_field("value", &opening.value)?;
        }
        form.end()
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FieldForm {
    name: String,
    commitment: Hash,
    salt: Option<Salt>,
    value: Option<Private<String>>,
}

impl TryFrom<FieldForm> for SealedField {
    type Error = &'static str;

    fn try_from(form: FieldForm) -> Result<Self, Self::Error> {
        let opening = match (form.salt, form.value) {
            (Some(salt), Some(value)) => Some(Opening { salt, value }),
            (None, None) => None,
            _ => return Err("a field has salt and value or neither"),
        };
        Ok(Self { name: form.name, commitment: form.commitment, opening })
    }
}
