//! The access register and its history.

use rusqlite::{Connection, named_params, params};
use sakarkiv_core::{
    access::{AccessKey, AccessRecord, RecordRef},
    identity::{ActorId, TenantId},
    ports::{AccessFilter, StoreError},
};

use super::{all, body, change, one, own};
use crate::codec::{FORMAT, from_body, int, nanos, to_body};

const WHAT: &str = "access record";

pub(crate) fn put(db: &Connection, tenant: &TenantId, record: &AccessRecord) -> Result<(), StoreError> {
    own(tenant, record.tenant(), "tenant")?;
    let key = record.key();
    let (kind, version) = (key.kind.as_str(), int(record.version()));
    let sql = "SELECT version FROM access WHERE tenant = ?1 AND id = ?2 AND kind = ?3";
    let stored = one(db, sql, params![tenant.as_str(), key.id, kind], |row| row.get::<_, i64>(0))?;
    if stored.unwrap_or_default() != version {
        return Err(StoreError::Conflict { what: WHAT });
    }
    if stored.is_some() {
        keep_old(db, tenant, &key)?;
    }
    let record = record.clone().with_version(record.version().saturating_add(1));
    let sql = "INSERT INTO access (tenant, kind, id, version, holder, object, due, format, body)
               VALUES (:tenant, :kind, :id, :version, :holder, :object, :due, :format, :body)
               ON CONFLICT (tenant, id, kind) DO UPDATE
               SET version = :version, holder = :holder, object = :object, due = :due, format = :format, body = :body";
    let row = named_params! {
        ":tenant": tenant.as_str(),
        ":kind": kind,
        ":id": key.id,
        ":version": int(record.version()),
        ":holder": record.holder().map(ActorId::as_str),
        ":object": record.object().map(object),
        ":due": record.due().map(nanos),
        ":format": FORMAT,
        ":body": to_body(WHAT, &record)?,
    };
    change(db, sql, row).map(drop)
}

/// Moves the stored version to the history, with the moment at which it was made.
fn keep_old(db: &Connection, tenant: &TenantId, key: &AccessKey) -> Result<(), StoreError> {
    let Some(old) = get(db, tenant, key)? else { return Ok(()) };
    let sql = "INSERT INTO access_history (tenant, kind, id, version, at, format, body)
               SELECT tenant, kind, id, version, ?4, format, body FROM access
               WHERE tenant = ?1 AND id = ?2 AND kind = ?3";
    change(db, sql, params![tenant.as_str(), key.id, key.kind.as_str(), nanos(old.changed())]).map(drop)
}

pub(crate) fn get(db: &Connection, tenant: &TenantId, key: &AccessKey) -> Result<Option<AccessRecord>, StoreError> {
    let sql = "SELECT format, body FROM access WHERE tenant = ?1 AND id = ?2 AND kind = ?3";
    let row = one(db, sql, params![tenant.as_str(), key.id, key.kind.as_str()], body)?;
    row.map(|(format, body)| from_body(WHAT, format, &body)).transpose()
}

pub(crate) fn list(
    db: &Connection,
    tenant: &TenantId,
    filter: &AccessFilter,
    after: Option<&AccessKey>,
    limit: usize,
) -> Result<Vec<AccessRecord>, StoreError> {
    let mut sql = "SELECT format, body FROM access
                   WHERE tenant = :tenant AND (id, kind) > (:after, :after_kind)"
        .to_owned();
    // Each has an index, which SQLite uses only when the condition is there for certain.
    let parts = [
        (filter.kind.is_some(), "kind = :kind", ":kind IS NULL"),
        (filter.holder.is_some(), "holder = :holder", ":holder IS NULL"),
        (filter.object.is_some(), "object = :object", ":object IS NULL"),
        (filter.due_before.is_some(), "due < :due", ":due IS NULL"),
    ];
    for (asked, narrow, all) in parts {
        sql.push_str(" AND ");
        sql.push_str(if asked { narrow } else { all });
    }
    sql.push_str(" ORDER BY id, kind LIMIT :limit");
    let params = named_params! {
        ":tenant": tenant.as_str(),
        ":after": after.map_or("", |key| key.id.as_str()),
        ":after_kind": after.map_or("", |key| key.kind.as_str()),
        ":kind": filter.kind.map(|kind| kind.as_str()),
        ":holder": filter.holder.as_ref().map(ActorId::as_str),
        ":object": filter.object.map(object),
        ":due": filter.due_before.map(nanos),
        ":limit": int(limit),
    };
    let rows = all(db, &sql, params, body)?;
    rows.into_iter().map(|(format, body)| from_body(WHAT, format, &body)).collect()
}

pub(crate) fn history(db: &Connection, tenant: &TenantId, key: &AccessKey) -> Result<Vec<AccessRecord>, StoreError> {
    let sql = "SELECT format, body, version FROM access_history WHERE tenant = ?1 AND id = ?2 AND kind = ?3
               UNION ALL SELECT format, body, version FROM access WHERE tenant = ?1 AND id = ?2 AND kind = ?3
               ORDER BY version";
    let rows = all(db, sql, params![tenant.as_str(), key.id, key.kind.as_str()], body)?;
    rows.into_iter().map(|(format, body)| from_body(WHAT, format, &body)).collect()
}

/// A record of the archive as it stands in a column.
fn object(record: RecordRef) -> String {
    match record {
        RecordRef::Case(id) => format!("case/{id}"),
        RecordRef::Entry(id) => format!("entry/{id}"),
        RecordRef::Document(id) => format!("document/{id}"),
        // Another kind than those this version knows is not made by it.
        _ => "other".to_owned(),
    }
}
