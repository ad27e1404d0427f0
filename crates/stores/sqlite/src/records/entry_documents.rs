//! In which entries documents and their files stand: a copy of what stands in the entries, to find them by.

use std::collections::BTreeSet;

use rusqlite::{Connection, params};
use sakarkiv_core::{
    identity::{EntryId, TenantId},
    journal::JournalEntry,
    ports::{Entropy, StoreError},
};
use uuid::Uuid;

use super::{all, change};
use crate::codec::from_body;

const AT_ONCE: i64 = 1_000;

/// Puts the documents of an entry in the place of those it had. Most changes of an entry leave them as they are, and then
/// nothing is written.
pub(crate) fn put(
    db: &Connection,
    tenant: &TenantId,
    entry: &JournalEntry,
    before: &BTreeSet<Uuid>,
) -> Result<(), StoreError> {
    let now = ids_of(entry);
    for gone in before.difference(&now) {
        let sql = "DELETE FROM entry_documents WHERE tenant = ?1 AND id = ?2 AND entry = ?3";
        change(db, sql, params![tenant.as_str(), gone.as_bytes(), entry.id().uuid().as_bytes()])?;
    }
    for new in now.difference(before) {
        let sql = "INSERT INTO entry_documents (tenant, id, entry) VALUES (?1, ?2, ?3)";
        change(db, sql, params![tenant.as_str(), new.as_bytes(), entry.id().uuid().as_bytes()])?;
    }
    Ok(())
}

/// The documents and files that are noted of an entry.
pub(crate) fn noted(db: &Connection, tenant: &TenantId, entry: EntryId) -> Result<BTreeSet<Uuid>, StoreError> {
    let sql = "SELECT id FROM entry_documents WHERE tenant = ?1 AND entry = ?2";
    let ids = all(db, sql, params![tenant.as_str(), entry.uuid().as_bytes()], |row| row.get::<_, [u8; 16]>(0))?;
    Ok(ids.into_iter().map(Uuid::from_bytes).collect())
}

/// Notes the documents of all entries: for stores from before they were noted. An entry that cannot be read is passed over:
/// whoever reads it is told so.
pub(crate) fn note_all(db: &Connection, _: &dyn Entropy) -> Result<(), StoreError> {
    let mut after = 0;
    loop {
        let sql = "SELECT seq, format, body FROM entries WHERE seq > ?1 ORDER BY seq LIMIT ?2";
        let rows = all(db, sql, params![after, AT_ONCE], |row| {
            Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?, row.get::<_, String>(2)?))
        })?;
        let Some((last, ..)) = rows.last() else { return Ok(()) };
        after = *last;
        for (_, format, body) in rows {
            if let Ok(entry) = from_body::<JournalEntry>("entry", format, &body) {
                put(db, entry.tenant(), &entry, &BTreeSet::new())?;
            }
        }
    }
}

fn ids_of(entry: &JournalEntry) -> BTreeSet<Uuid> {
    let documents = entry.documents().iter().map(|attached| &attached.document);
    documents.flat_map(|document| document.files().map(|(file, _)| file.uuid()).chain([document.id().uuid()])).collect()
}
