//! Journal entries and their numbers.

use std::collections::BTreeSet;

use rusqlite::{Connection, params};
use sakarkiv_core::{
    document::{BlobRef, Document, DocumentName},
    identity::{CaseId, EntryId, TenantId, Timestamp},
    journal::{EntryNumber, JournalEntry, NewEntry},
    ports::StoreError,
    text::ExternalKey,
};

use super::{
    all, body, cases, change, counters, entry_documents,
    external_keys::{self, Sort},
    invalid, one, own, year_of,
};
use crate::codec::{FORMAT, from_body, int, to_body};

pub(crate) fn add(
    db: &Connection,
    tenant: &TenantId,
    (id, case): (EntryId, CaseId),
    entry: &NewEntry,
    year: i32,
    at: Timestamp,
) -> Result<EntryNumber, StoreError> {
    let (case_number, in_case) = cases::next_entry(db, tenant, case)?;
    if version(db, tenant, id)?.is_some() {
        return Err(StoreError::Duplicate { what: "entry" });
    }
    let sequence = counters::take(db, tenant, &format!("journal/{year}"), 1)?;
    let sequence = u32::try_from(sequence).map_err(invalid)?;
    let number = EntryNumber::new(case_number, in_case, year_of(year)?, sequence).map_err(invalid)?;
    let entry = entry.clone().register(id, tenant.clone(), case, number, at).map_err(invalid)?;
    let body = to_body("entry", &entry)?;
    let sql =
        "INSERT INTO entries (tenant, id, case_id, in_case, journal_year, journal_sequence, version, format, body)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
    let (id, case, version) = (id.uuid(), case.uuid(), int(entry.version()));
    let row = params![tenant.as_str(), id.as_bytes(), case.as_bytes(), in_case, year, sequence, version, FORMAT, body];
    change(db, sql, row)?;
    external_keys::put(db, tenant, (Sort::Entry, id), false, entry.external_keys())?;
    entry_documents::put(db, tenant, &entry, &BTreeSet::new())?;
    Ok(number)
}

pub(crate) fn put(db: &Connection, tenant: &TenantId, entry: &JournalEntry) -> Result<(), StoreError> {
    own(tenant, entry.tenant(), "entry")?;
    let stored = version(db, tenant, entry.id())?.ok_or(StoreError::NotFound { what: "entry" })?;
    if stored != int(entry.version()) {
        return Err(StoreError::Conflict { what: "entry" });
    }
    let entry = entry.clone().with_version(entry.version().saturating_add(1));
    let sql = "UPDATE entries SET version = ?3, format = ?4, body = ?5 WHERE tenant = ?1 AND id = ?2";
    let (id, body) = (entry.id().uuid(), to_body("entry", &entry)?);
    change(db, sql, params![tenant.as_str(), id.as_bytes(), int(entry.version()), FORMAT, body])?;
    external_keys::put(db, tenant, (Sort::Entry, id), true, entry.external_keys())?;
    let noted = entry_documents::noted(db, tenant, entry.id())?;
    entry_documents::put(db, tenant, &entry, &noted)
}

/// The stored files of a new entry.
pub(crate) fn documents_of_new(entry: &NewEntry) -> Vec<BlobRef> {
    entry.documents.iter().flat_map(|new| files_of(&new.document)).collect()
}

/// The stored files of an entry.
pub(crate) fn documents_of(entry: &JournalEntry) -> Vec<BlobRef> {
    entry.documents().iter().flat_map(|attached| files_of(&attached.document)).collect()
}

pub(crate) fn get(db: &Connection, tenant: &TenantId, id: EntryId) -> Result<Option<JournalEntry>, StoreError> {
    let sql = "SELECT format, body FROM entries WHERE tenant = ?1 AND id = ?2";
    let row = one(db, sql, params![tenant.as_str(), id.uuid().as_bytes()], body)?;
    row.map(|(format, body)| from_body("entry", format, &body)).transpose()
}

pub(crate) fn of_case(db: &Connection, tenant: &TenantId, case: CaseId) -> Result<Vec<JournalEntry>, StoreError> {
    let sql = "SELECT format, body FROM entries WHERE tenant = ?1 AND case_id = ?2 ORDER BY in_case";
    let rows = all(db, sql, params![tenant.as_str(), case.uuid().as_bytes()], body)?;
    rows.into_iter().map(|(format, body)| from_body("entry", format, &body)).collect()
}

pub(crate) fn by_key(
    db: &Connection,
    tenant: &TenantId,
    key: &ExternalKey,
    limit: usize,
) -> Result<Vec<JournalEntry>, StoreError> {
    let params = params![tenant.as_str(), key.system, key.kind, key.value.expose(), int(limit)];
    let rows = all(db, BY_KEY, params, body)?;
    rows.into_iter().map(|(format, body)| from_body("entry", format, &body)).collect()
}

pub(crate) fn by_document(
    db: &Connection,
    tenant: &TenantId,
    name: DocumentName,
    limit: usize,
) -> Result<Vec<JournalEntry>, StoreError> {
    let id = match name {
        DocumentName::Document(id) => id.uuid(),
        DocumentName::File(id) => id.uuid(),
        _ => return Ok(Vec::new()),
    };
    let rows = all(db, BY_DOCUMENT, params![tenant.as_str(), id.as_bytes(), int(limit)], body)?;
    rows.into_iter().map(|(format, body)| from_body("entry", format, &body)).collect()
}

/// The pluses keep it from walking the whole journal for the order's sake: a document has few entries.
const BY_DOCUMENT: &str = "SELECT entries.format, entries.body FROM entry_documents AS held
               JOIN entries ON entries.tenant = held.tenant AND entries.id = held.entry
               WHERE held.tenant = ?1 AND held.id = ?2
               ORDER BY +entries.journal_year DESC, +entries.journal_sequence DESC LIMIT ?3";

/// The pluses keep it from walking the whole journal for the order's sake: a key has few entries.
const BY_KEY: &str = "SELECT entries.format, entries.body FROM external_keys AS key
               JOIN entries ON entries.tenant = key.tenant AND entries.id = key.record
               WHERE key.tenant = ?1 AND key.system = ?2 AND key.kind = ?3 AND key.value = ?4 AND key.sort = 1
               ORDER BY +entries.journal_year DESC, +entries.journal_sequence DESC LIMIT ?5";

pub(crate) fn of_year(
    db: &Connection,
    tenant: &TenantId,
    year: i32,
    after: u32,
    limit: usize,
) -> Result<Vec<JournalEntry>, StoreError> {
    let sql = "SELECT format, body FROM entries WHERE tenant = ?1 AND journal_year = ?2 AND journal_sequence > ?3
               ORDER BY journal_sequence LIMIT ?4";
    let rows = all(db, sql, params![tenant.as_str(), year, after, int(limit)], body)?;
    rows.into_iter().map(|(format, body)| from_body("entry", format, &body)).collect()
}

fn version(db: &Connection, tenant: &TenantId, id: EntryId) -> Result<Option<i64>, StoreError> {
    let sql = "SELECT version FROM entries WHERE tenant = ?1 AND id = ?2";
    one(db, sql, params![tenant.as_str(), id.uuid().as_bytes()], |row| row.get(0))
}

fn files_of(document: &Document) -> impl Iterator<Item = BlobRef> {
    document.versions().iter().map(|version| version.content)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::records::tests::plan;

    #[test]
    fn entries_are_found_by_their_key_however_long_the_journal() {
        let plan = plan(BY_KEY);
        let key = "SEARCH key USING PRIMARY KEY (tenant=? AND system=? AND kind=? AND value=? AND sort=?)";
        assert!(plan.contains(key) && plan.contains("(tenant=? AND id=?)"), "{plan}");
    }

    #[test]
    fn entries_are_found_by_their_document_however_long_the_journal() {
        let plan = plan(BY_DOCUMENT);
        assert!(plan.contains("SEARCH held USING PRIMARY KEY (tenant=? AND id=?)"), "{plan}");
        assert!(plan.contains("SEARCH entries USING INDEX"), "{plan}");
    }
}
