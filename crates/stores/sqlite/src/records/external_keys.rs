//! By what other systems know cases and entries: a copy of what stands in the records, to find them by.

use rusqlite::{Connection, params};
use sakarkiv_core::{identity::TenantId, ports::StoreError, text::ExternalKey};
use uuid::Uuid;

use super::change;

/// Whose keys.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Sort {
    Case = 0,
    Entry = 1,
}

/// Puts the keys of a record in the place of those it had.
pub(crate) fn put(
    db: &Connection,
    tenant: &TenantId,
    (sort, record): (Sort, Uuid),
    before: bool,
    keys: &[ExternalKey],
) -> Result<(), StoreError> {
    if before {
        let sql = "DELETE FROM external_keys WHERE tenant = ?1 AND sort = ?2 AND record = ?3";
        change(db, sql, params![tenant.as_str(), sort as i64, record.as_bytes()])?;
    }
    for key in keys {
        // A record may have the same key twice.
        let sql = "INSERT OR IGNORE INTO external_keys (tenant, system, kind, value, sort, record)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
        let row = params![tenant.as_str(), key.system, key.kind, key.value.expose(), sort as i64, record.as_bytes()];
        change(db, sql, row)?;
    }
    Ok(())
}
