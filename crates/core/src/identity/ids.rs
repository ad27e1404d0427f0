use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use thiserror::Error;
use uuid::{Builder, Uuid};

/// A text that cannot be an identifier.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum IdError {
    /// The text is empty, too long or has a character that is not allowed.
    #[error(
        "`{kind}` must be 1 to {max} characters of a-z, 0-9, `-`, `_`, `.` and `:`, starting with a letter or digit"
    )]
    Malformed {
        /// Which identifier was wanted.
        kind: &'static str,
        /// The longest allowed text, in bytes.
        max: usize,
    },
    /// The text is not a UUID.
    #[error("`{kind}` must be a UUID")]
    NotUuid {
        /// Which identifier was wanted.
        kind: &'static str,
    },
}

const MAX_SLUG: usize = 64;

fn is_slug(text: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'_' | b'.' | b':');
    text.len() <= MAX_SLUG
        && text.bytes().next().is_some_and(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
        && text.bytes().all(allowed)
}

macro_rules! slug_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(std::sync::Arc<str>);

        impl $name {
            /// Checks and takes a name: 1 to 64 characters of `a`–`z`, `0`–`9`, `-`, `_`, `.` and `:`, starting with a
            /// letter or digit.
            ///
            /// # Errors
            /// [`IdError::Malformed`] for anything else.
            pub fn new(text: impl AsRef<str>) -> Result<Self, IdError> {
                let text = text.as_ref();
                if is_slug(text) {
                    Ok(Self(text.into()))
                } else {
                    Err(IdError::Malformed { kind: stringify!($name), max: MAX_SLUG })
                }
            }

            /// The name as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl FromStr for $name {
            type Err = IdError;
            fn from_str(text: &str) -> Result<Self, IdError> {
                Self::new(text)
            }
        }

        impl TryFrom<String> for $name {
            type Error = IdError;
            fn try_from(text: String) -> Result<Self, IdError> {
                Self::new(text)
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0.as_ref().into()
            }
        }
    };
}

slug_id!(
    /// One archive (base) with its own users, series and integrations, for example `bodo` or `salten-brann` (R1.6).
    /// Nothing crosses from one tenant to another.
    TenantId
);
slug_id!(
    /// A configured way out, for example `svarut`.
    ChannelId
);
slug_id!(
    /// A sender account within a channel (SvarUt: avsenderkonto), one for each unit that sends (R4.1).
    AccountId
);
slug_id!(
    /// A configured way in, for example `svarinn`.
    InboxId
);
slug_id!(
    /// A source system (fagsystem) that hands cases in, for example `visma-flyt-skole` (R8).
    SourceId
);
slug_id!(
    /// An administrative unit (administrativ enhet, M305) of a tenant.
    UnitId
);
slug_id!(
    /// An access group (tilgangsgruppe) of a tenant, for example `barnevern-inntak`.
    GroupId
);
slug_id!(
    /// Somebody or something that acts: an employee, a service user, a system job. A pseudonym, never a name or a national
    /// identity number, because it stands in logs.
    ActorId
);

macro_rules! uuid_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// Takes a UUID made elsewhere. New ones come from the `Entropy` port in time order (version 7).
            #[must_use]
            pub const fn from_uuid(id: Uuid) -> Self {
                Self(id)
            }

            /// The UUID.
            #[must_use]
            pub const fn uuid(self) -> Uuid {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.hyphenated().fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = IdError;
            fn from_str(text: &str) -> Result<Self, IdError> {
                Uuid::try_parse(text).map(Self).map_err(|_| IdError::NotUuid { kind: stringify!($name) })
            }
        }
    };
}

uuid_id!(
    /// System id (systemID, M001) of a case.
    CaseId
);
uuid_id!(
    /// System id (systemID, M001) of a journal entry.
    EntryId
);
uuid_id!(
    /// System id (systemID, M001) of a document description.
    DocumentId
);
uuid_id!(
    /// System id (systemID, M001) of one stored file of a document (dokumentobjekt). It follows from what the file is to its
    /// document: see [`FileId::of`].
    FileId
);
uuid_id!(
    /// System id (systemID, M001) of a correspondence party.
    PartyId
);
uuid_id!(
    /// Identifies a sign-off of an entry. It follows from what the sign-off says: see [`SignOffId::of`].
    SignOffId
);
uuid_id!(
    /// Identifies one letter to one recipient, for its whole life.
    LetterId
);
uuid_id!(
    /// System id (systemID, M001) of a meeting of a committee (møtemappe).
    MeetingId
);
uuid_id!(
    /// System id (systemID, M001) of something in a meeting: a case it treats (møtesak) or a document of its own
    /// (møtedokument).
    MeetingItemId
);
uuid_id!(
    /// Identifies a notice to people.
    NoticeId
);
uuid_id!(
    /// Identifies a grant: a right that one person was given by a decision of its own.
    GrantId
);
uuid_id!(
    /// Identifies a request for access.
    RequestId
);
uuid_id!(
    /// Identifies a review of rights.
    ReviewId
);

/// The id of what has no stored one: it follows from these parts, which tell it from everything else (version 8).
pub(crate) fn computed(parts: &[&[u8]]) -> Uuid {
    let mut hasher = Sha256::new();
    parts.iter().for_each(|part| hasher.update(part));
    let digest: [u8; 32] = hasher.finalize().into();
    let mut bytes = [0; 16];
    bytes.iter_mut().zip(digest).for_each(|(byte, digest)| *byte = digest);
    Builder::from_custom_bytes(bytes).into_uuid()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tenant_name_is_short_plain_and_lower_case() {
        assert_eq!(TenantId::new("salten-brann").unwrap().as_str(), "salten-brann");
        for bad in ["", "Bodø", "-x", "a b", "../x", &"a".repeat(65)] {
            assert!(TenantId::new(bad).is_err(), "{bad:?} was taken");
        }
    }

    #[test]
    fn names_round_trip_through_json_and_reject_bad_ones() {
        let id: UnitId = serde_json::from_str("\"byplan\"").unwrap();
        assert_eq!(serde_json::to_string(&id).unwrap(), "\"byplan\"");
        assert!(serde_json::from_str::<UnitId>("\"By Plan\"").is_err());
    }
}
