//! Engine state and callers' keys.

use rusqlite::{Connection, params};
use sakarkiv_core::{
    identity::TenantId,
    ports::{Remembered, StoreError},
};

use super::{change, one};
use crate::codec::{FORMAT, from_body, to_body};

pub(crate) fn put(db: &Connection, tenant: &TenantId, name: &str, value: Option<&str>) -> Result<(), StoreError> {
    match value {
        Some(value) => change(
            db,
            "INSERT INTO marks (tenant, name, value) VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE SET value = ?3",
            params![tenant.as_str(), name, value],
        ),
        None => change(db, "DELETE FROM marks WHERE tenant = ?1 AND name = ?2", params![tenant.as_str(), name]),
    }
    .map(drop)
}

pub(crate) fn get(db: &Connection, tenant: &TenantId, name: &str) -> Result<Option<String>, StoreError> {
    let sql = "SELECT value FROM marks WHERE tenant = ?1 AND name = ?2";
    one(db, sql, params![tenant.as_str(), name], |row| row.get(0))
}

pub(crate) fn remember(db: &Connection, tenant: &TenantId, key: &str, object: Remembered) -> Result<(), StoreError> {
    let sql = "INSERT INTO remembered (tenant, key, object) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING";
    match change(db, sql, params![tenant.as_str(), key, to_body("key", &object)?])? {
        0 => Err(StoreError::Duplicate { what: "key" }),
        _ => Ok(()),
    }
}

pub(crate) fn remembered(db: &Connection, tenant: &TenantId, key: &str) -> Result<Option<Remembered>, StoreError> {
    let sql = "SELECT object FROM remembered WHERE tenant = ?1 AND key = ?2";
    let object = one(db, sql, params![tenant.as_str(), key], |row| row.get::<_, String>(0))?;
    object.map(|object| from_body("key", FORMAT, &object)).transpose()
}
