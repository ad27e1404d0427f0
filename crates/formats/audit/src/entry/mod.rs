//! Entries: what is written down, sealed.

mod field;
mod header;

use std::collections::BTreeMap;

use sakarkiv_core::{audit::AuditEvent, ports::Entropy, screening::Private};
use serde::{Deserialize, Serialize};
use thiserror::Error;

pub use field::{Opening, Salt, SealedField};
pub use header::{Header, LoggedObject, SCHEMA};

use crate::hash::{Hash, put};

/// One entry of a log: a header for ever, fields that can be erased, and the leaf that the tree holds of both.
///
/// The JSON form is that of storing and of the export; see [the format](crate::format#entries). A store may keep its parts
/// in columns instead: everything here is public, and [`check`](Self::check) tells whether the parts belong together.
///
/// ```
/// use chrono::DateTime;
/// use sakarkiv_audit::{Salt, SealedEntry};
/// use sakarkiv_core::{audit::{Activity, AuditEvent, ObjectRef}, identity::{ActorId, TenantId}};
///
/// let (tenant, actor) = (TenantId::new("bodo")?, ActorId::new("u1")?);
/// let event = AuditEvent::new(DateTime::UNIX_EPOCH, tenant, actor, Activity::LogRead, ObjectRef::Log)
///     .with_detail("query", "activity = read");
/// // Salts come from `SealedEntry::seal` and the operating system's generator; fixed ones are for examples and tests.
/// let mut entry = SealedEntry::seal_with(&event, 0, |_| Salt::from_bytes([7; 32]))?;
/// let leaf = entry.leaf;
/// assert!(entry.erase("query"));
/// assert_eq!(entry.leaf, leaf);
/// assert_eq!(entry.check(), Ok(()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SealedEntry {
    /// What stays.
    pub header: Header,
    /// What can be erased, ordered by name, each name once.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<SealedField>,
    /// Its hash in the tree.
    pub leaf: Hash,
}

/// What does not fit together in an entry.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum EntryFault {
    /// Value or salt of a field are not those that were sealed.
    #[error("the field {name:?} is not the one that was sealed")]
    Field {
        /// Its name.
        name: String,
    },
    /// The header, the list of fields or a commitment is not the one that was sealed.
    #[error("the header or the list of fields is not the one that was sealed")]
    Header,
    /// The fields are not in order, or a name stands twice.
    #[error("the fields are not ordered by name")]
    FieldOrder,
    /// The header has a layout that this version does not know.
    #[error("the header has layout {0}, and this version knows layout {SCHEMA} only: use a newer verifier")]
    Schema(u16),
}

/// An event that cannot be written down.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum SealError {
    /// It is larger than any reader takes.
    #[error("the event's {0} is too large to be logged: shorten it")]
    TooLarge(Limit),
    /// It has a detail without a name.
    #[error("the event has a detail without a name: name it")]
    NoName,
    /// Its moment is outside the years 0 to 9999.
    #[error("the event's moment is outside the years 0 to 9999: mend the clock")]
    Moment,
}

/// What an entry may hold at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Limit {
    /// [`Header::MAX_TEXT`] bytes of a text in the header.
    HeaderText,
    /// [`SealedEntry::MAX_FIELDS`] details.
    Fields,
    /// [`SealedEntry::MAX_NAME`] bytes of a detail's name.
    Name,
    /// [`SealedEntry::MAX_VALUES`] bytes of all values together.
    Values,
}

impl std::fmt::Display for Limit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::HeaderText => "client, activity or rule",
            Self::Fields => "number of details",
            Self::Name => "name of a detail",
            Self::Values => "sum of details",
        })
    }
}

/// A stored entry that cannot be shown as an event, because this version does not know what it is about.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("the entry is about an object of an unknown kind {kind:?}: show its header instead")]
pub struct UnknownObject {
    /// The kind.
    pub kind: String,
}

impl SealedEntry {
    /// The most details.
    pub const MAX_FIELDS: usize = 256;
    /// The longest name of a detail, in bytes.
    pub const MAX_NAME: usize = 256;
    /// The most bytes of all values together.
    pub const MAX_VALUES: usize = 1 << 20;

    /// Seals an event at this place of the log that its activity belongs to
    /// ([`Activity::log_class`](sakarkiv_core::audit::Activity::log_class)). `sequence` is the size of the log before it.
    ///
    /// # Errors
    /// [`SealError`] for what no reader would take. An act whose event cannot be sealed must not happen.
    pub fn seal(event: &AuditEvent, sequence: u64, entropy: &dyn Entropy) -> Result<Self, SealError> {
        Self::seal_with(event, sequence, |_| Salt::draw(entropy))
    }

    /// The same with salts made elsewhere: `salt` is asked once for each field, by name, and must never give one twice.
    ///
    /// # Errors
    /// As [`seal`](Self::seal).
    pub fn seal_with(event: &AuditEvent, sequence: u64, mut salt: impl FnMut(&str) -> Salt) -> Result<Self, SealError> {
        let details = event.details.expose();
        within_limits(details)?;
        let header = Header::of(event, sequence)?;
        let mut room = Vec::with_capacity(512);
        let fields = details.iter().map(|(name, value)| {
            let salt = salt(name);
            SealedField::seal(name.clone(), value.clone(), salt, &mut room)
        });
        let mut entry = Self { header, fields: fields.collect(), leaf: Hash::default() };
        entry.leaf = entry.computed_leaf(&mut room);
        Ok(entry)
    }

    /// Erases a field: value and salt go, its commitment stays, and so does the leaf. Whether there was anything to erase.
    pub fn erase(&mut self, name: &str) -> bool {
        let field = self.fields.iter_mut().find(|field| field.name == name);
        field.is_some_and(|field| field.opening.take().is_some())
    }

    /// Whether header, fields and leaf belong together. That the leaf is the log's, only the tree can tell.
    ///
    /// # Errors
    /// [`EntryFault`] says what does not fit.
    pub fn check(&self) -> Result<(), EntryFault> {
        self.check_with(&mut Vec::with_capacity(512))
    }

    /// The event as it was, without what was erased.
    ///
    /// # Errors
    /// [`UnknownObject`] when a newer version wrote of an object that this one does not know.
    pub fn event(&self) -> Result<AuditEvent, UnknownObject> {
        let header = &self.header;
        let Some(object) = header.object.object() else {
            return Err(UnknownObject { kind: header.object.kind.clone() });
        };
        let open = self.fields.iter().filter_map(|field| Some((&field.name, field.opening.as_ref()?)));
        let details = open.map(|(name, opening)| (name.clone(), opening.value.expose().clone()));
        let (tenant, actor, activity) = (header.tenant.clone(), header.actor.clone(), header.activity.clone());
        let mut event = AuditEvent::new(header.at, tenant, actor, activity, object).ended(header.outcome);
        event.client.clone_from(&header.client);
        event.rule.clone_from(&header.rule);
        event.details = Private::new(details.collect());
        Ok(event)
    }

    pub(crate) fn check_with(&self, room: &mut Vec<u8>) -> Result<(), EntryFault> {
        if self.header.schema != SCHEMA {
            return Err(EntryFault::Schema(self.header.schema));
        }
        if let Some(field) = self.fields.iter().find(|field| !field.holds(room)) {
            return Err(EntryFault::Field { name: field.name.clone() });
        }
        if self.fields.iter().zip(self.fields.iter().skip(1)).any(|(one, next)| one.name >= next.name) {
            return Err(EntryFault::FieldOrder);
        }
        if self.computed_leaf(room) == self.leaf { Ok(()) } else { Err(EntryFault::Header) }
    }

    /// Hashes the canonical encoding.
    fn computed_leaf(&self, room: &mut Vec<u8>) -> Hash {
        room.clear();
        // The leaf's mark, and room for the length of the header, which is known only behind it.
        room.extend_from_slice(&[0; LEAF_MARK + LENGTH]);
        self.header.encode(room);
        let length = u32::try_from(room.len() - LEAF_MARK - LENGTH).unwrap_or(u32::MAX).to_be_bytes();
        if let Some(place) = room.get_mut(LEAF_MARK..LEAF_MARK + LENGTH) {
            place.copy_from_slice(&length);
        }
        room.extend_from_slice(&u32::try_from(self.fields.len()).unwrap_or(u32::MAX).to_be_bytes());
        for field in &self.fields {
            put(room, field.name.as_bytes());
            room.extend_from_slice(field.commitment.as_bytes());
        }
        Hash::of(room)
    }
}

const LEAF_MARK: usize = 1;
const LENGTH: usize = 4;

fn within_limits(details: &BTreeMap<String, String>) -> Result<(), SealError> {
    if details.len() > SealedEntry::MAX_FIELDS {
        return Err(SealError::TooLarge(Limit::Fields));
    }
    if details.keys().any(|name| name.len() > SealedEntry::MAX_NAME) {
        return Err(SealError::TooLarge(Limit::Name));
    }
    if details.contains_key("") {
        return Err(SealError::NoName);
    }
    if details.values().map(String::len).sum::<usize>() > SealedEntry::MAX_VALUES {
        return Err(SealError::TooLarge(Limit::Values));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
