//! Letters: written once.

use rusqlite::{Connection, params};
use sakarkiv_core::{
    delivery::{Delivery, Letter},
    identity::{LetterId, TenantId},
    ports::StoreError,
};

use super::{body, change, deliveries, one, own};
use crate::codec::{FORMAT, from_body, to_body};

pub(crate) fn add(db: &Connection, tenant: &TenantId, letter: &Letter, delivery: &Delivery) -> Result<(), StoreError> {
    own(tenant, &letter.tenant, "tenant")?;
    own(tenant, &delivery.tenant, "tenant")?;
    if delivery.letter != letter.id || delivery.version != 0 {
        return Err(StoreError::Invalid("a new letter comes with its own delivery, version 0".to_owned()));
    }
    let (id, entry, case) = (letter.id.uuid(), letter.entry.uuid(), letter.case.uuid());
    let body = to_body("letter", letter)?;
    let sql = "INSERT INTO letters (tenant, id, format, body) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING";
    if change(db, sql, params![tenant.as_str(), id.as_bytes(), FORMAT, body])? == 0 {
        return Err(StoreError::Duplicate { what: "letter" });
    }
    let sql = "SELECT 1 FROM entries WHERE tenant = ?1 AND id = ?2 AND case_id = ?3";
    one(db, sql, params![tenant.as_str(), entry.as_bytes(), case.as_bytes()], |_| Ok(()))?
        .ok_or(StoreError::NotFound { what: "entry" })?;
    deliveries::add(db, tenant, delivery)
}

pub(crate) fn get(db: &Connection, tenant: &TenantId, id: LetterId) -> Result<Option<Letter>, StoreError> {
    let sql = "SELECT format, body FROM letters WHERE tenant = ?1 AND id = ?2";
    let row = one(db, sql, params![tenant.as_str(), id.uuid().as_bytes()], body)?;
    row.map(|(format, body)| from_body("letter", format, &body)).transpose()
}
