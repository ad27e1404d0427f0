//! What became of inbox items.

use rusqlite::{Connection, params};
use sakarkiv_core::{
    identity::{InboxId, TenantId},
    ports::{Intake, ItemId, StoreError},
};

use super::{all, body, change, one, own};
use crate::codec::{FORMAT, from_body, int, to_body};

pub(crate) fn put(db: &Connection, tenant: &TenantId, mut intake: Intake) -> Result<(), StoreError> {
    own(tenant, &intake.tenant, "tenant")?;
    let given = int(intake.version);
    intake.version = intake.version.saturating_add(1);
    let body = to_body("intake", &intake)?;
    let (inbox, item) = (intake.inbox.as_str(), intake.item.0.as_str());
    let sql = if given == 0 {
        "INSERT INTO intakes (tenant, inbox, item, version, format, body) VALUES (?1, ?2, ?3, ?4 + 1, ?5, ?6)
         ON CONFLICT DO NOTHING"
    } else {
        "UPDATE intakes SET version = version + 1, format = ?5, body = ?6
         WHERE tenant = ?1 AND inbox = ?2 AND item = ?3 AND version = ?4"
    };
    if change(db, sql, params![tenant.as_str(), inbox, item, given, FORMAT, body])? == 1 {
        return Ok(());
    }
    let sql = "SELECT 1 FROM intakes WHERE tenant = ?1 AND inbox = ?2 AND item = ?3";
    Err(match one(db, sql, params![tenant.as_str(), inbox, item], |_| Ok(()))? {
        None => StoreError::NotFound { what: "intake" },
        Some(()) if given == 0 => StoreError::Duplicate { what: "intake" },
        Some(()) => StoreError::Conflict { what: "intake" },
    })
}

pub(crate) fn get(
    db: &Connection,
    tenant: &TenantId,
    inbox: &InboxId,
    item: &ItemId,
) -> Result<Option<Intake>, StoreError> {
    let sql = "SELECT format, body FROM intakes WHERE tenant = ?1 AND inbox = ?2 AND item = ?3";
    let row = one(db, sql, params![tenant.as_str(), inbox.as_str(), item.0], body)?;
    row.map(|(format, body)| from_body("intake", format, &body)).transpose()
}

pub(crate) fn list(
    db: &Connection,
    tenant: &TenantId,
    inbox: &InboxId,
    after: Option<&ItemId>,
    limit: usize,
) -> Result<Vec<Intake>, StoreError> {
    let sql = match after {
        Some(_) => {
            "SELECT format, body FROM intakes WHERE tenant = ?1 AND inbox = ?2 AND item > ?3 ORDER BY item LIMIT ?4"
        }
        None => "SELECT format, body FROM intakes WHERE tenant = ?1 AND inbox = ?2 AND ?3 = '' ORDER BY item LIMIT ?4",
    };
    let after = after.map_or("", |item| item.0.as_str());
    let rows = all(db, sql, params![tenant.as_str(), inbox.as_str(), after, int(limit)], body)?;
    rows.into_iter().map(|(format, body)| from_body("intake", format, &body)).collect()
}

pub(crate) fn unacknowledged(
    db: &Connection,
    tenant: &TenantId,
    inbox: &InboxId,
    limit: usize,
) -> Result<Vec<Intake>, StoreError> {
    // As the partial index `intakes_registered` says it, so that it is used.
    let sql = "SELECT format, body FROM intakes
               WHERE tenant = ?1 AND inbox = ?2 AND body ->> '$.state.state' = 'registered' ORDER BY seq LIMIT ?3";
    let rows = all(db, sql, params![tenant.as_str(), inbox.as_str(), int(limit)], body)?;
    rows.into_iter().map(|(format, body)| from_body("intake", format, &body)).collect()
}
