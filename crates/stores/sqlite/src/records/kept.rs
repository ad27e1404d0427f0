//! Small records that parts of the office keep for themselves.

use rusqlite::{Connection, Row, named_params, params};
use sakarkiv_core::{
    identity::TenantId,
    ports::{Kept, KeptFilter, StoreError},
};

use super::{all, change, one};
use crate::codec::{int, moment, nanos};

const WHAT: &str = "kept record";

pub(crate) fn put(db: &Connection, tenant: &TenantId, record: &Kept) -> Result<(), StoreError> {
    let sql = "SELECT version FROM kept WHERE tenant = ?1 AND kind = ?2 AND key = ?3";
    let stored = one(db, sql, params![tenant.as_str(), record.kind, record.key], |row| row.get::<_, i64>(0))?;
    if stored.unwrap_or_default() != int(record.version) {
        return Err(StoreError::Conflict { what: WHAT });
    }
    let sql = "INSERT INTO kept (tenant, kind, key, version, due, value)
               VALUES (:tenant, :kind, :key, :version, :due, :value)
               ON CONFLICT (tenant, kind, key) DO UPDATE SET version = :version, due = :due, value = :value";
    let row = named_params! {
        ":tenant": tenant.as_str(),
        ":kind": record.kind,
        ":key": record.key,
        ":version": int(record.version.saturating_add(1)),
        ":due": record.due.map(nanos),
        ":value": record.value,
    };
    change(db, sql, row).map(drop)
}

pub(crate) fn discard(db: &Connection, tenant: &TenantId, kind: &str, key: &str) -> Result<(), StoreError> {
    let sql = "DELETE FROM kept WHERE tenant = ?1 AND kind = ?2 AND key = ?3";
    change(db, sql, params![tenant.as_str(), kind, key]).map(drop)
}

pub(crate) fn get(db: &Connection, tenant: &TenantId, kind: &str, key: &str) -> Result<Option<Kept>, StoreError> {
    let sql = "SELECT kind, key, value, due, version FROM kept WHERE tenant = ?1 AND kind = ?2 AND key = ?3";
    one(db, sql, params![tenant.as_str(), kind, key], row)
}

pub(crate) fn list(
    db: &Connection,
    tenant: &TenantId,
    filter: &KeptFilter,
    after: Option<&str>,
    limit: usize,
) -> Result<Vec<Kept>, StoreError> {
    let sql = list_of(filter.due_by.is_some(), after.is_some());
    let params = named_params! {
        ":tenant": tenant.as_str(),
        ":kind": filter.kind,
        ":due": filter.due_by.map(nanos),
        ":after": after,
        ":limit": int(limit),
    };
    all(db, &sql, params, row)
}

/// Each comparison stands there only when it is asked for: else SQLite would not use the index of what is due. Where that is
/// asked for, the pluses keep it from walking all that is kept in the order of its keys: few of many are due.
fn list_of(due: bool, later: bool) -> String {
    let key = if due { "+key" } else { "key" };
    let due = if due { "due <= :due" } else { ":due IS NULL" };
    let later = if later { format!("{key} > :after") } else { ":after IS NULL".to_owned() };
    format!(
        "SELECT kind, key, value, due, version FROM kept
         WHERE tenant = :tenant AND kind = :kind AND {due} AND {later} ORDER BY {key} LIMIT :limit"
    )
}

fn row(row: &Row<'_>) -> rusqlite::Result<Kept> {
    let due: Option<i64> = row.get(3)?;
    Ok(Kept {
        kind: row.get(0)?,
        key: row.get(1)?,
        value: row.get(2)?,
        due: due.map(moment),
        version: row.get::<_, i64>(4)?.unsigned_abs(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::records::tests::plan;

    #[test]
    fn what_is_due_is_found_by_index_and_the_rest_read_in_its_order() {
        for later in [false, true] {
            let due = plan(&list_of(true, later));
            assert!(due.contains("kept_due (tenant=? AND kind=? AND due<?)"), "{due}");
        }
        let rest = plan(&list_of(false, true));
        assert!(rest.contains("(tenant=? AND kind=? AND key>?)") && !rest.contains("TEMP B-TREE"), "{rest}");
    }
}
