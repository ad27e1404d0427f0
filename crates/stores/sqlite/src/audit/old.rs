//! Logs of stores from before entries were sealed.

use rusqlite::{Connection, params};
use sakarkiv_core::{
    audit::AuditEvent,
    identity::TenantId,
    ports::{Entropy, StoreError},
};

use super::log;
use crate::{
    codec::from_body,
    records::{all, change, one},
};

const AT_ONCE: i64 = 1_000;

/// Seals the rows of the table `audit` into the logs, in their order and at their places. What cannot be sealed, because it
/// cannot be read or is larger than any reader takes, stays where it is; when nothing stays, the table goes.
pub(crate) fn seal_old_rows(db: &Connection, entropy: &dyn Entropy) -> Result<(), StoreError> {
    let mut after = 0;
    loop {
        let sql = "SELECT seq, tenant, sequence, format, body FROM audit WHERE seq > ?1 ORDER BY seq LIMIT ?2";
        let rows = all(db, sql, params![after, AT_ONCE], |row| {
            let event = (row.get::<_, i64>(3)?, row.get::<_, String>(4)?);
            Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?, row.get::<_, i64>(2)?, event))
        })?;
        let Some((last, ..)) = rows.last() else { break };
        after = *last;
        for (seq, tenant, place, (format, body)) in rows {
            let event = from_body::<AuditEvent>("log entry", format, &body).ok();
            let event = event.filter(|event| event.tenant.as_str() == tenant);
            if let (Some(event), Ok(tenant)) = (event, TenantId::new(&tenant)) {
                match log::append_at(db, &tenant, &event, place, entropy) {
                    Ok(()) => change(db, "DELETE FROM audit WHERE seq = ?1", params![seq]).map(drop)?,
                    Err(StoreError::Invalid(_)) => {}
                    Err(error) => return Err(error),
                }
            }
        }
    }
    match one(db, "SELECT 1 FROM audit LIMIT 1", [], |_| Ok(()))? {
        None => change(db, "DROP TABLE audit", []).map(drop),
        Some(()) => change(db, "ALTER TABLE audit RENAME TO audit_unsealed", []).map(drop),
    }
}
