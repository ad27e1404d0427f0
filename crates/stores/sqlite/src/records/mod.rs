//! One module for each kind of record: how it is written inside a transaction and how it is read.

pub(crate) mod access;
pub(crate) mod blobs;
pub(crate) mod cases;
pub(crate) mod claims;
pub(crate) mod counters;
pub(crate) mod deliveries;
pub(crate) mod entries;
pub(crate) mod entry_documents;
pub(crate) mod external_keys;
pub(crate) mod intakes;
pub(crate) mod kept;
pub(crate) mod letters;
pub(crate) mod marks;
pub(crate) mod notices;

use std::fmt::Display;

use rusqlite::{Connection, OptionalExtension as _, Params, Row};
use sakarkiv_core::{identity::TenantId, ports::StoreError};

use crate::error::database;

/// A record of another tenant does not exist for this one.
pub(crate) fn own(tenant: &TenantId, of: &TenantId, what: &'static str) -> Result<(), StoreError> {
    if tenant == of { Ok(()) } else { Err(StoreError::NotFound { what }) }
}

/// A year of a number series.
fn year_of(year: i32) -> Result<u16, StoreError> {
    u16::try_from(year).map_err(|_| StoreError::Invalid(format!("{year} is no year of a series")))
}

/// A rule of the domain was broken. Its messages hold no personal data.
pub(crate) fn invalid(error: impl Display) -> StoreError {
    StoreError::Invalid(error.to_string())
}

/// At most one row.
pub(crate) fn one<T>(
    db: &Connection,
    sql: &str,
    params: impl Params,
    read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
) -> Result<Option<T>, StoreError> {
    db.prepare_cached(sql).and_then(|mut query| query.query_row(params, read).optional()).map_err(database)
}

/// All rows.
pub(crate) fn all<T>(
    db: &Connection,
    sql: &str,
    params: impl Params,
    read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
) -> Result<Vec<T>, StoreError> {
    db.prepare_cached(sql).and_then(|mut query| query.query_map(params, read)?.collect()).map_err(database)
}

/// Changes rows and says how many.
pub(crate) fn change(db: &Connection, sql: &str, params: impl Params) -> Result<usize, StoreError> {
    db.prepare_cached(sql).and_then(|mut statement| statement.execute(params)).map_err(database)
}

/// Reads `format` and `body`, the first two columns of every query for whole records.
fn body(row: &Row<'_>) -> rusqlite::Result<(i64, String)> {
    Ok((row.get(0)?, row.get(1)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{audit::SystemEntropy, migrate};

    /// How the database goes about a query, a line for each step.
    pub(super) fn plan(sql: &str) -> String {
        let mut db = Connection::open_in_memory().unwrap();
        migrate::migrate(&mut db, migrate::MIGRATIONS, &SystemEntropy::default()).unwrap();
        let mut query = db.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
        let mut rows = query.raw_query();
        let mut lines = Vec::new();
        while let Some(row) = rows.next().unwrap() {
            lines.push(row.get::<_, String>(3).unwrap());
        }
        lines.join("\n")
    }
}
