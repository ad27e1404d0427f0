//! How an entry stands in its columns.

use chrono::DateTime;
use rusqlite::{Connection, Row};
use sakarkiv_audit::{FoundEntry, Hash, Header, LoggedObject, SealedEntry};
use sakarkiv_core::{
    audit::{Activity, AuditOutcome, LogClass, ObjectRef},
    identity::{ActorId, TenantId, Timestamp},
    ports::StoreError,
};
use uuid::Uuid;

use super::fields;
use crate::codec::{count, moment};

/// The columns that [`read`] reads, in its order.
pub(super) const COLUMNS: &str =
    "id, log, sequence, at, actor, client, activity, object, outcome, rule, layout, leaf, fields";

/// Where a tenant's places begin in the ids of entries.
pub(super) const PLACES: u32 = 40;

/// An entry's id: places of one owner lie together.
pub(super) const fn id(owner: i64, place: i64) -> i64 {
    (owner << PLACES) | place
}

/// The place in an entry's id.
const fn place(id: i64) -> i64 {
    id & ((1 << PLACES) - 1)
}

/// A tenant's logs by their numbers.
pub(super) struct Logs {
    pub(super) tenant: TenantId,
    pub(super) owner: i64,
    pub(super) numbers: Vec<(LogClass, i64)>,
}

impl Logs {
    fn class(&self, number: i64) -> Option<LogClass> {
        self.numbers.iter().find(|(_, log)| *log == number).map(|(class, _)| *class)
    }
}

/// A row as SQLite gives it.
pub(super) struct Raw {
    id: i64,
    log: i64,
    sequence: i64,
    at: i64,
    actor: String,
    client: Option<String>,
    activity: String,
    object: Vec<u8>,
    outcome: i64,
    rule: Option<String>,
    layout: i64,
    leaf: Vec<u8>,
    fields: Option<i64>,
}

/// Reads [`COLUMNS`].
pub(super) fn read(row: &Row<'_>) -> rusqlite::Result<Raw> {
    Ok(Raw {
        id: row.get(0)?,
        log: row.get(1)?,
        sequence: row.get(2)?,
        at: row.get(3)?,
        actor: row.get(4)?,
        client: row.get(5)?,
        activity: row.get(6)?,
        object: row.get(7)?,
        outcome: row.get(8)?,
        rule: row.get(9)?,
        layout: row.get(10)?,
        leaf: row.get(11)?,
        fields: row.get(12)?,
    })
}

impl Raw {
    /// The entry of a tenant's log, as it is stored.
    pub(super) fn entry(self, db: &Connection, logs: &Logs) -> Result<FoundEntry, StoreError> {
        let found = self.bare(logs)?;
        found.with_fields(db)
    }

    /// The same without its fields.
    pub(super) fn bare(self, logs: &Logs) -> Result<Bare, StoreError> {
        let header = Header {
            schema: u16::try_from(self.layout).map_err(|_| damaged())?,
            sequence: count("sequence", self.sequence)?,
            at: moment(self.at),
            tenant: logs.tenant.clone(),
            class: logs.class(self.log).ok_or_else(damaged)?,
            actor: ActorId::new(self.actor).map_err(|_| damaged())?,
            client: self.client,
            activity: Activity::from(self.activity),
            object: object(&self.object).ok_or_else(damaged)?,
            outcome: outcome(self.outcome).ok_or_else(damaged)?,
            rule: self.rule,
        };
        let leaf = Hash::try_from(self.leaf.as_slice()).map_err(|_| damaged())?;
        let entry = SealedEntry { header, fields: Vec::new(), leaf };
        Ok(Bare { found: FoundEntry { place: count("place", place(self.id))?, entry }, fields: self.fields })
    }
}

/// An entry whose fields were not read yet.
pub(super) struct Bare {
    pub(super) found: FoundEntry,
    fields: Option<i64>,
}

impl Bare {
    pub(super) fn with_fields(self, db: &Connection) -> Result<FoundEntry, StoreError> {
        let Self { mut found, fields } = self;
        if let Some(id) = fields {
            let bytes = fields::load(db, id)?.ok_or_else(damaged)?;
            found.entry.fields = fields::decode(&bytes).ok_or_else(damaged)?;
        }
        Ok(found)
    }
}

fn damaged() -> StoreError {
    StoreError::Corrupt("an entry of the log cannot be read: verify the log".to_owned())
}

/// A moment as it stands in a column. Others than those of the years 1678 to 2261 have no such form.
pub(super) fn exact_nanos(at: Timestamp) -> Result<i64, StoreError> {
    let outside = || StoreError::Invalid("the event's moment is outside the years 1678 to 2261: mend the clock".into());
    at.timestamp_nanos_opt().filter(|nanos| DateTime::from_timestamp_nanos(*nanos) == at).ok_or_else(outside)
}

pub(super) const fn outcome_code(outcome: AuditOutcome) -> i64 {
    match outcome {
        AuditOutcome::Done => 0,
        AuditOutcome::Refused => 1,
        AuditOutcome::Failed => 2,
    }
}

const fn outcome(code: i64) -> Option<AuditOutcome> {
    match code {
        0 => Some(AuditOutcome::Done),
        1 => Some(AuditOutcome::Refused),
        2 => Some(AuditOutcome::Failed),
        _ => None,
    }
}

/// Kinds whose identifiers are UUIDs, by the byte that stands for them. Stored, so a number is never given anew. Text begins
/// with a letter, so the two are never taken for each other.
const COMPACT: [(&str, u8); 4] = [("case", 1), ("entry", 2), ("document", 3), ("letter", 4)];

/// The column of an object.
pub(super) fn object_key(object: &ObjectRef) -> Vec<u8> {
    let uuid = match object {
        ObjectRef::Case(id) => Some(id.uuid()),
        ObjectRef::Entry(id) => Some(id.uuid()),
        ObjectRef::Document(id) => Some(id.uuid()),
        ObjectRef::Letter(id) => Some(id.uuid()),
        _ => None,
    };
    let code = COMPACT.iter().find(|(kind, _)| *kind == object.kind()).map(|(_, code)| *code);
    if let (Some(code), Some(uuid)) = (code, uuid) {
        return [&[code], uuid.as_bytes().as_slice()].concat();
    }
    match object.id() {
        Some(id) => format!("{}/{id}", object.kind()).into_bytes(),
        None => object.kind().into(),
    }
}

/// Reads what [`object_key`] wrote, as words: also of kinds that this version does not know.
fn object(key: &[u8]) -> Option<LoggedObject> {
    let (first, rest) = key.split_first()?;
    if let Some((kind, _)) = COMPACT.iter().find(|(_, code)| code == first) {
        let id = Uuid::from_slice(rest).ok()?.hyphenated().to_string();
        return Some(LoggedObject { kind: (*kind).to_owned(), id: Some(id) });
    }
    let text = str::from_utf8(key).ok()?;
    Some(match text.split_once('/') {
        Some((kind, id)) => LoggedObject { kind: kind.to_owned(), id: Some(id.to_owned()) },
        None => LoggedObject { kind: text.to_owned(), id: None },
    })
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use sakarkiv_core::identity::{CaseId, ChannelId, DocumentId, EntryId, InboxId, LetterId};

    use super::*;

    #[test]
    fn every_object_has_a_key_of_its_own_and_is_read_back() {
        let uuid = Uuid::from_u128(7);
        let objects = [
            ObjectRef::Case(CaseId::from_uuid(uuid)),
            ObjectRef::Entry(EntryId::from_uuid(uuid)),
            ObjectRef::Document(DocumentId::from_uuid(uuid)),
            ObjectRef::Letter(LetterId::from_uuid(uuid)),
            ObjectRef::Actor(ActorId::new("svarut").unwrap()),
            ObjectRef::Channel(ChannelId::new("svarut").unwrap()),
            ObjectRef::Inbox(InboxId::new("svarut").unwrap()),
            ObjectRef::Log,
            ObjectRef::Tenant,
        ];
        let mut keys = std::collections::BTreeSet::new();
        for known in objects {
            let key = object_key(&known);
            assert_eq!(object(&key), Some(LoggedObject::from(&known)));
            assert!(keys.insert(key));
        }
        assert_eq!(object(&[1, 2, 3]), None);
        assert_eq!(object(&[]), None);
    }

    #[test]
    fn moments_without_an_exact_form_are_refused() {
        let leap = Timestamp::from_timestamp(1_483_228_799, 1_500_000_000).unwrap();
        for bad in [Timestamp::MIN_UTC, Timestamp::MAX_UTC, leap] {
            assert!(matches!(exact_nanos(bad), Err(StoreError::Invalid(_))), "{bad} was taken");
        }
        let good = Timestamp::UNIX_EPOCH + TimeDelta::nanoseconds(1);
        assert_eq!(exact_nanos(good).unwrap(), 1);
    }

    #[test]
    fn ids_keep_the_places_of_each_owner_together() {
        assert!(id(1, i64::from(u32::MAX)) < id(2, 0));
        assert_eq!(place(id(3, 77)), 77);
    }
}
