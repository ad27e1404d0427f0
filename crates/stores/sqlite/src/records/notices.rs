//! Notices to people.

use rusqlite::{Connection, params};
use sakarkiv_core::{
    identity::{NoticeId, TenantId},
    ports::{Notice, StoreError},
};

use super::{all, body, change, own};
use crate::codec::{FORMAT, from_body, int, nanos, to_body};

pub(crate) fn add(db: &Connection, tenant: &TenantId, notice: &Notice) -> Result<(), StoreError> {
    own(tenant, &notice.tenant, "tenant")?;
    let sql = "INSERT INTO notices (tenant, id, at, format, body) VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO NOTHING";
    let id = notice.id.uuid();
    let body = to_body("notice", notice)?;
    match change(db, sql, params![tenant.as_str(), id.as_bytes(), nanos(notice.at), FORMAT, body])? {
        0 => Err(StoreError::Duplicate { what: "notice" }),
        _ => Ok(()),
    }
}

/// Told notices stay, so that the same one is not added twice.
pub(crate) fn told(db: &Connection, tenant: &TenantId, id: NoticeId) -> Result<(), StoreError> {
    let sql = "UPDATE notices SET told = 1 WHERE tenant = ?1 AND id = ?2";
    change(db, sql, params![tenant.as_str(), id.uuid().as_bytes()]).map(drop)
}

pub(crate) fn open(db: &Connection, tenant: &TenantId, limit: usize) -> Result<Vec<Notice>, StoreError> {
    let sql = "SELECT format, body FROM notices WHERE tenant = ?1 AND told = 0 ORDER BY at, id LIMIT ?2";
    let rows = all(db, sql, params![tenant.as_str(), int(limit)], body)?;
    rows.into_iter().map(|(format, body)| from_body("notice", format, &body)).collect()
}
