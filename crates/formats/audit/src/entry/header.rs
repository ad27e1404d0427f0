use sakarkiv_core::{
    audit::{Activity, AuditEvent, AuditOutcome, LogClass, ObjectRef},
    identity::{ActorId, TenantId, Timestamp},
};
use serde::{Deserialize, Serialize};

use super::{Limit, SealError};
use crate::{hash::put, time};

/// The header layout this version writes, and the only one it reads.
pub const SCHEMA: u16 = 1;

/// What an entry says for ever: it is searched, shown in overviews and never erased. Pseudonymous ids only, no names.
///
/// Words are kept as they were written, so that a verifier can check entries whose activity or object it has never heard of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Header {
    /// Layout of the header: [`SCHEMA`].
    pub schema: u16,
    /// Its place in the log, from 0, without gaps: the index of its leaf in the tree.
    pub sequence: u64,
    /// When, to the nanosecond, in UTC.
    #[serde(with = "time")]
    pub at: Timestamp,
    /// In whose archive.
    pub tenant: TenantId,
    /// In which log.
    pub class: LogClass,
    /// Who, as a pseudonym.
    pub actor: ActorId,
    /// From which client.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client: Option<String>,
    /// What was done.
    pub activity: Activity,
    /// With which information.
    pub object: LoggedObject,
    /// How it ended.
    pub outcome: AuditOutcome,
    /// The rule that allowed or refused it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
}

/// The object of an entry, as words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LoggedObject {
    /// What sort of object, as [`ObjectRef::kind`].
    pub kind: String,
    /// Which one, as [`ObjectRef::id`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
}

impl LoggedObject {
    /// The object, if this version knows such objects.
    #[must_use]
    pub fn object(&self) -> Option<ObjectRef> {
        ObjectRef::from_parts(&self.kind, self.id.as_deref())
    }
}

impl From<&ObjectRef> for LoggedObject {
    fn from(object: &ObjectRef) -> Self {
        Self { kind: object.kind().to_owned(), id: object.id() }
    }
}

impl Header {
    /// The longest text in a header, in bytes: client, activity, rule.
    pub const MAX_TEXT: usize = 4096;

    /// The header of an event at this place of the log that its activity belongs to.
    ///
    /// # Errors
    /// [`SealError::TooLarge`] when a text is longer than [`MAX_TEXT`](Self::MAX_TEXT); [`SealError::Moment`] outside the
    /// years 0 to 9999.
    pub fn of(event: &AuditEvent, sequence: u64) -> Result<Self, SealError> {
        let texts = [event.client.as_deref(), Some(event.activity.as_str()), event.rule.as_deref()];
        if texts.into_iter().flatten().any(|text| text.len() > Self::MAX_TEXT) {
            return Err(SealError::TooLarge(Limit::HeaderText));
        }
        Ok(Self {
            schema: SCHEMA,
            sequence,
            at: time::plain(event.at).ok_or(SealError::Moment)?,
            tenant: event.tenant.clone(),
            class: event.activity.log_class(),
            actor: event.actor.clone(),
            client: event.client.clone(),
            activity: event.activity.clone(),
            object: (&event.object).into(),
            outcome: event.outcome,
            rule: event.rule.clone(),
        })
    }

    /// Appends the canonical encoding; see [the format](crate::format#entries).
    pub(crate) fn encode(&self, buffer: &mut Vec<u8>) {
        buffer.extend_from_slice(&self.schema.to_be_bytes());
        buffer.extend_from_slice(&self.sequence.to_be_bytes());
        buffer.extend_from_slice(&self.at.timestamp().to_be_bytes());
        buffer.extend_from_slice(&self.at.timestamp_subsec_nanos().to_be_bytes());
        put(buffer, self.tenant.as_str().as_bytes());
        put(buffer, self.class.as_str().as_bytes());
        put(buffer, self.actor.as_str().as_bytes());
        put_optional(buffer, self.client.as_deref());
        put(buffer, self.activity.as_str().as_bytes());
        put(buffer, self.object.kind.as_bytes());
        put_optional(buffer, self.object.id.as_deref());
        put(buffer, self.outcome.as_str().as_bytes());
        put_optional(buffer, self.rule.as_deref());
    }
}

fn put_optional(buffer: &mut Vec<u8>, text: Option<&str>) {
    match text {
        None => buffer.push(0),
        Some(text) => {
            buffer.push(1);
            put(buffer, text.as_bytes());
        }
    }
}
