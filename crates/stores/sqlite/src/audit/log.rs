//! Writing, and reading in the order of writing.

use rusqlite::{Connection, named_params, params};
use sakarkiv_audit::{Frontier, KeptCheckpoint, LogState, SealedEntry};
use sakarkiv_core::{
    audit::{AuditEvent, LogClass},
    identity::TenantId,
    ports::{AuditRecord, Entropy, StoreError},
};

use super::row::{self, COLUMNS, Logs};
use crate::{
    codec::{FORMAT, from_body, int},
    records::{all, change, counters, invalid, one, own},
};

/// A log's row.
#[derive(Debug)]
pub(super) struct Log {
    pub(super) id: i64,
    pub(super) owner: i64,
    pub(super) tree: Frontier,
}

/// Seals an event at the end of its log.
pub(crate) fn append(
    db: &Connection,
    tenant: &TenantId,
    event: &AuditEvent,
    entropy: &dyn Entropy,
) -> Result<(), StoreError> {
    own(tenant, &event.tenant, "tenant")?;
    let place = counters::take(db, tenant, "audit", 1)?;
    append_at(db, tenant, event, int(place), entropy)
}

/// The same at a place of the tenant's entries that was taken before.
pub(super) fn append_at(
    db: &Connection,
    tenant: &TenantId,
    event: &AuditEvent,
    place: i64,
    entropy: &dyn Entropy,
) -> Result<(), StoreError> {
    let mut log = find_or_begin(db, tenant, event.activity.log_class())?;
    let entry = SealedEntry::seal(event, log.tree.size(), entropy).map_err(invalid)?;
    insert(db, &log, place, event, &entry)?;
    for node in log.tree.append_recording(entry.leaf) {
        let sql = "INSERT INTO audit_nodes (log, level, place, hash) VALUES (?1, ?2, ?3, ?4)";
        change(db, sql, params![log.id, node.level, int(node.index), node.hash.as_bytes()])?;
    }
    let sql = "UPDATE audit_logs SET tree = ?2 WHERE id = ?1";
    change(db, sql, params![log.id, log.tree.to_bytes()]).map(drop)
}

fn insert(db: &Connection, log: &Log, place: i64, event: &AuditEvent, entry: &SealedEntry) -> Result<(), StoreError> {
    let header = &entry.header;
    let sql = "INSERT INTO audit_entries (id, owner, log, sequence, at, actor, client, activity, object, outcome, rule,
                                          layout, leaf, fields)
               VALUES (:id, :owner, :log, :sequence, :at, :actor, :client, :activity, :object, :outcome, :rule,
                       :layout, :leaf, :fields)";
    let row = named_params! {
        ":id": row::id(log.owner, place),
        ":owner": log.owner,
        ":log": log.id,
        ":sequence": int(header.sequence),
        ":at": row::exact_nanos(header.at)?,
        ":actor": header.actor.as_str(),
        ":client": header.client,
        ":activity": header.activity.as_str(),
        ":object": row::object_key(&event.object),
        ":outcome": row::outcome_code(header.outcome),
        ":rule": header.rule,
        ":layout": header.schema,
        ":leaf": entry.leaf.as_bytes(),
        ":fields": super::fields::add(db, &entry.fields)?,
    };
    change(db, sql, row).map(drop)
}

fn find_or_begin(db: &Connection, tenant: &TenantId, class: LogClass) -> Result<Log, StoreError> {
    if let Some(log) = find(db, tenant, class)? {
        return Ok(log);
    }
    begin(db, tenant, class)?;
    find(db, tenant, class)?.ok_or_else(damaged)
}

/// Makes the row of a log that has none yet.
pub(super) fn begin(db: &Connection, tenant: &TenantId, class: LogClass) -> Result<(), StoreError> {
    let sql = "INSERT INTO audit_logs (owner, tenant, class, tree, cut)
               SELECT ifnull((SELECT owner FROM audit_logs WHERE tenant = ?1 LIMIT 1),
                             (SELECT ifnull(max(owner), 0) + 1 FROM audit_logs)), ?1, ?2, ?3, ?3
               WHERE true ON CONFLICT DO NOTHING";
    change(db, sql, params![tenant.as_str(), class.as_str(), Frontier::new().to_bytes()]).map(drop)
}

pub(super) fn find(db: &Connection, tenant: &TenantId, class: LogClass) -> Result<Option<Log>, StoreError> {
    let sql = "SELECT id, owner, tree FROM audit_logs WHERE tenant = ?1 AND class = ?2";
    let row = one(db, sql, params![tenant.as_str(), class.as_str()], |row| {
        Ok((row.get(0)?, row.get(1)?, row.get::<_, Vec<u8>>(2)?))
    })?;
    row.map(|(id, owner, tree)| Ok(Log { id, owner, tree: frontier(&tree)? })).transpose()
}

/// How far a log has come; with its number, where anything was ever written.
pub(super) fn state(
    db: &Connection,
    tenant: &TenantId,
    class: LogClass,
) -> Result<(LogState, Option<i64>), StoreError> {
    let sql = "SELECT id, tree, cut, checkpoint, checkpoint_at_cut FROM audit_logs WHERE tenant = ?1 AND class = ?2";
    let row = one(db, sql, params![tenant.as_str(), class.as_str()], |row| {
        let frontiers = (row.get::<_, Vec<u8>>(1)?, row.get::<_, Vec<u8>>(2)?);
        Ok((row.get(0)?, frontiers, (row.get::<_, Option<String>>(3)?, row.get::<_, Option<String>>(4)?)))
    })?;
    let Some((id, (tree, cut), (checkpoint, at_cut))) = row else { return Ok((LogState::default(), None)) };
    let read = |body: Option<String>| body.map(|body| from_body::<KeptCheckpoint>("checkpoint", FORMAT, &body));
    let state = LogState {
        cut: frontier(&cut)?,
        frontier: frontier(&tree)?,
        checkpoint: read(checkpoint).transpose()?,
        checkpoint_at_cut: read(at_cut).transpose()?,
    };
    Ok((state, Some(id)))
}

fn frontier(bytes: &[u8]) -> Result<Frontier, StoreError> {
    Frontier::from_bytes(bytes).map_err(|_| damaged())
}

pub(super) fn damaged() -> StoreError {
    StoreError::Corrupt("the log's tree cannot be read: verify the log".to_owned())
}

/// A tenant's logs, once there are any.
pub(super) fn logs(db: &Connection, tenant: &TenantId) -> Result<Option<Logs>, StoreError> {
    let sql = "SELECT owner, class, id FROM audit_logs WHERE tenant = ?1 ORDER BY id";
    let rows = all(db, sql, params![tenant.as_str()], |row| Ok((row.get(0)?, row.get::<_, String>(1)?, row.get(2)?)))?;
    let Some(owner) = rows.first().map(|(owner, ..)| *owner) else { return Ok(None) };
    let number = |(_, class, log): (i64, String, i64)| Some((LogClass::from_word(&class)?, log));
    let numbers = rows.into_iter().map(|row| number(row).ok_or_else(damaged)).collect::<Result<_, _>>()?;
    Ok(Some(Logs { tenant: tenant.clone(), owner, numbers }))
}

/// The tenant's entries of all logs in the order of writing.
pub(crate) fn list(
    db: &Connection,
    tenant: &TenantId,
    after: u64,
    limit: usize,
) -> Result<Vec<AuditRecord>, StoreError> {
    let last = 1 << row::PLACES;
    let (Some(logs), true) = (logs(db, tenant)?, int(after) < last) else { return Ok(Vec::new()) };
    let sql = format!("SELECT {COLUMNS} FROM audit_entries WHERE id > ?1 AND id < ?2 ORDER BY id LIMIT ?3");
    let range = params![row::id(logs.owner, int(after)), row::id(logs.owner + 1, 0), int(limit)];
    let rows = all(db, &sql, range, row::read)?;
    let record = |raw: row::Raw| {
        let found = raw.entry(db, &logs)?;
        let event = found.entry.event().map_err(|error| StoreError::Corrupt(error.to_string()))?;
        Ok(AuditRecord { sequence: found.place, event })
    };
    rows.into_iter().map(record).collect()
}

/// The entries of one log from a sequence on.
pub(super) fn sealed(
    db: &Connection,
    tenant: &TenantId,
    class: LogClass,
    from: u64,
    limit: usize,
) -> Result<Vec<SealedEntry>, StoreError> {
    let (Some(log), Some(logs)) = (find(db, tenant, class)?, logs(db, tenant)?) else { return Ok(Vec::new()) };
    let sql =
        format!("SELECT {COLUMNS} FROM audit_entries WHERE log = ?1 AND sequence >= ?2 ORDER BY sequence LIMIT ?3");
    let rows = all(db, &sql, params![log.id, int(from), int(limit)], row::read)?;
    rows.into_iter().map(|raw| raw.entry(db, &logs).map(|found| found.entry)).collect()
}
