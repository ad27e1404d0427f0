//! Cases and their numbers.

use rusqlite::{Connection, params};
use sakarkiv_core::{
    case::{Case, CaseNumber, NewCase},
    identity::{CaseId, TenantId, Timestamp},
    ports::StoreError,
};

use super::{body, change, counters, invalid, one, own, year_of};
use crate::codec::{FORMAT, from_body, int, to_body};

pub(crate) fn open(
    db: &Connection,
    tenant: &TenantId,
    id: CaseId,
    case: &NewCase,
    year: i32,
    at: Timestamp,
) -> Result<CaseNumber, StoreError> {
    if version(db, tenant, id)?.is_some() {
        return Err(StoreError::Duplicate { what: "case" });
    }
    let sequence = counters::take(db, tenant, &format!("case/{year}"), 1)?;
    let sequence = u32::try_from(sequence).map_err(invalid)?;
    let number = CaseNumber::new(year_of(year)?, sequence).map_err(invalid)?;
    let case = case.clone().open(id, tenant.clone(), number, at).map_err(invalid)?;
    let body = to_body("case", &case)?;
    let sql =
        "INSERT INTO cases (tenant, id, year, sequence, version, format, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    let id = id.uuid();
    change(db, sql, params![tenant.as_str(), id.as_bytes(), year, sequence, int(case.version()), FORMAT, body])?;
    Ok(number)
}

pub(crate) fn put(db: &Connection, tenant: &TenantId, case: &Case) -> Result<(), StoreError> {
    own(tenant, case.tenant(), "case")?;
    let stored = version(db, tenant, case.id())?.ok_or(StoreError::NotFound { what: "case" })?;
    if stored != int(case.version()) {
        return Err(StoreError::Conflict { what: "case" });
    }
    let case = case.clone().with_version(case.version().saturating_add(1));
    let sql = "UPDATE cases SET version = ?3, format = ?4, body = ?5 WHERE tenant = ?1 AND id = ?2";
    let (id, body) = (case.id().uuid(), to_body("case", &case)?);
    change(db, sql, params![tenant.as_str(), id.as_bytes(), int(case.version()), FORMAT, body]).map(drop)
}

pub(crate) fn get(db: &Connection, tenant: &TenantId, id: CaseId) -> Result<Option<Case>, StoreError> {
    let sql = "SELECT format, body FROM cases WHERE tenant = ?1 AND id = ?2";
    let row = one(db, sql, params![tenant.as_str(), id.uuid().as_bytes()], body)?;
    row.map(|(format, body)| from_body("case", format, &body)).transpose()
}

pub(crate) fn by_number(db: &Connection, tenant: &TenantId, number: CaseNumber) -> Result<Option<Case>, StoreError> {
    let sql = "SELECT format, body FROM cases WHERE tenant = ?1 AND year = ?2 AND sequence = ?3";
    let row = one(db, sql, params![tenant.as_str(), number.year(), number.sequence()], body)?;
    row.map(|(format, body)| from_body("case", format, &body)).transpose()
}

/// Counts one more entry of a case; gives the case's number and the entry's number in it.
pub(crate) fn next_entry(db: &Connection, tenant: &TenantId, id: CaseId) -> Result<(CaseNumber, u32), StoreError> {
    let sql = "UPDATE cases SET entries = entries + 1 WHERE tenant = ?1 AND id = ?2 RETURNING year, sequence, entries";
    let row = one(db, sql, params![tenant.as_str(), id.uuid().as_bytes()], |row| {
        Ok((row.get(0)?, row.get(1)?, row.get(2)?))
    })?;
    let (year, sequence, entry) = row.ok_or(StoreError::NotFound { what: "case" })?;
    let unreadable = |_| StoreError::Corrupt("a case has a number that is none".to_owned());
    Ok((CaseNumber::new(year, sequence).map_err(unreadable)?, entry))
}

fn version(db: &Connection, tenant: &TenantId, id: CaseId) -> Result<Option<i64>, StoreError> {
    let sql = "SELECT version FROM cases WHERE tenant = ?1 AND id = ?2";
    one(db, sql, params![tenant.as_str(), id.uuid().as_bytes()], |row| row.get(0))
}
