//! Documents that records name.

use rusqlite::{Connection, params};
use sakarkiv_core::{identity::TenantId, ports::StoreError};

use super::{all, change, one};
use crate::{
    codec::{count, int},
    documents::Content,
};

/// A document in the table.
pub(crate) struct Named {
    /// How many bytes it has.
    pub(crate) size: u64,
    /// The bytes, unless they are a file.
    pub(crate) content: Option<Vec<u8>>,
}

/// Looks a document up; its bytes only when asked for.
pub(crate) fn find(
    db: &Connection,
    tenant: &TenantId,
    content: Content,
    with_bytes: bool,
) -> Result<Option<Named>, StoreError> {
    let sql = "SELECT size, iif(?3, content, NULL) FROM blobs WHERE tenant = ?1 AND hash = ?2";
    let row = one(db, sql, params![tenant.as_str(), content.digest, with_bytes], |row| {
        Ok((row.get::<_, i64>(0)?, row.get(1)?))
    })?;
    row.map(|(size, content)| Ok(Named { size: count("document size", size)?, content })).transpose()
}

/// Adds a document that was not there.
pub(crate) fn add(
    db: &Connection,
    tenant: &TenantId,
    content: Content,
    bytes: Option<&[u8]>,
) -> Result<(), StoreError> {
    let sql = "INSERT INTO blobs (tenant, hash, size, content) VALUES (?1, ?2, ?3, ?4)";
    change(db, sql, params![tenant.as_str(), content.digest, int(content.size), bytes]).map(drop)
}

/// The documents that are files, of all tenants, in pages: those after `seq`. For backups.
pub(crate) fn files(db: &Connection, seq: i64, limit: usize) -> Result<Vec<(i64, String, Content)>, StoreError> {
    let sql = "SELECT seq, tenant, hash, size FROM blobs WHERE seq > ?1 AND content IS NULL ORDER BY seq LIMIT ?2";
    let rows = all(db, sql, params![seq, int(limit)], |row| {
        Ok((row.get(0)?, row.get(1)?, row.get::<_, [u8; 32]>(2)?, row.get(3)?))
    })?;
    rows.into_iter()
        .map(|(seq, tenant, digest, size)| Ok((seq, tenant, Content { digest, size: count("document size", size)? })))
        .collect()
}
