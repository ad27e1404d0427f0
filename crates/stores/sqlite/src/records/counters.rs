//! Number series. They are rows like any other, so a transaction that fails gives its numbers back.

use rusqlite::{Connection, params};
use sakarkiv_core::{identity::TenantId, ports::StoreError};

use super::one;
use crate::codec::{count, int};

/// Takes `many` numbers of a series and gives the last of them. The first number is 1.
pub(crate) fn take(db: &Connection, tenant: &TenantId, series: &str, many: usize) -> Result<u64, StoreError> {
    let last = one(
        db,
        "INSERT INTO counters (tenant, name, value) VALUES (?1, ?2, ?3)
         ON CONFLICT DO UPDATE SET value = value + ?3 RETURNING value",
        params![tenant.as_str(), series, int(many)],
        |row| row.get(0),
    )?;
    count("number", last.unwrap_or_default())
}
