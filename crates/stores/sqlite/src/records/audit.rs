//! The tenant's log.

use rusqlite::{Connection, params};
use sakarkiv_core::{
    audit::AuditEvent,
    identity::TenantId,
    ports::{AuditRecord, StoreError},
};

use super::{all, change, counters, own};
use crate::codec::{FORMAT, count, from_body, int, to_body};

pub(crate) fn append(db: &Connection, tenant: &TenantId, event: &AuditEvent) -> Result<(), StoreError> {
    own(tenant, &event.tenant, "tenant")?;
    let sequence = counters::take(db, tenant, "audit", 1)?;
    let sql = "INSERT INTO audit (tenant, sequence, format, body) VALUES (?1, ?2, ?3, ?4)";
    change(db, sql, params![tenant.as_str(), int(sequence), FORMAT, to_body("log entry", event)?]).map(drop)
}

pub(crate) fn list(
    db: &Connection,
    tenant: &TenantId,
    after: u64,
    limit: usize,
) -> Result<Vec<AuditRecord>, StoreError> {
    let sql = "SELECT format, body, sequence FROM audit WHERE tenant = ?1 AND sequence > ?2 ORDER BY sequence LIMIT ?3";
    let rows = all(db, sql, params![tenant.as_str(), int(after), int(limit)], |row| {
        Ok((row.get(0)?, row.get::<_, String>(1)?, row.get(2)?))
    })?;
    rows.into_iter()
        .map(|(format, body, sequence)| {
            let event = from_body("log entry", format, &body)?;
            Ok(AuditRecord { sequence: count("place in the log", sequence)?, event })
        })
        .collect()
}
