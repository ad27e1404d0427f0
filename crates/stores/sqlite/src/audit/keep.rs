//! Checkpoints, pruning and erasure.

use rusqlite::{Connection, params};
use sakarkiv_audit::{Erasure, Frontier, KeptCheckpoint, LogState, Prune, Pruned};
use sakarkiv_core::{
    audit::LogClass,
    identity::TenantId,
    ports::{Entropy, StoreError},
};

use super::{fields, log, tree};
use crate::{
    codec::{count, int, nanos, to_body},
    error::database,
    records::{change, one, own},
};

const TILE_BITS: u32 = 8;

/// Has what is deleted inside a page overwritten, which costs no write more.
pub(crate) const ALWAYS: &str = "FAST";

pub(super) fn keep_checkpoint(
    db: &Connection,
    tenant: &TenantId,
    class: LogClass,
    checkpoint: &KeptCheckpoint,
) -> Result<(), StoreError> {
    let (state, number) = log::state(db, tenant, class)?;
    let root = tree::prove_in(db, &state, number, checkpoint.size, |prover| prover.root(checkpoint.size))?;
    if root != checkpoint.root {
        return Err(StoreError::Invalid("the checkpoint is of another log: verify the log".to_owned()));
    }
    if state.checkpoint.is_some_and(|kept| kept.size > checkpoint.size) {
        return Err(StoreError::Invalid("a checkpoint of a larger log is kept already".to_owned()));
    }
    let body = to_body("checkpoint", checkpoint)?;
    log::begin(db, tenant, class)?;
    let sql = "UPDATE audit_logs SET checkpoint = ?3 WHERE tenant = ?1 AND class = ?2";
    change(db, sql, params![tenant.as_str(), class.as_str(), body]).map(drop)
}

pub(super) fn prune(db: &Connection, order: &Prune, entropy: &dyn Entropy) -> Result<Pruned, StoreError> {
    own(&order.tenant, &order.event.tenant, "tenant")?;
    if order.before > order.floor {
        return Err(StoreError::Invalid("the log must be kept for longer: prune up to the floor at most".to_owned()));
    }
    let (state, number) = log::state(db, &order.tenant, order.class)?;
    let first = state.first();
    let (Some(number), Some(end)) = (number, covered(&state)) else {
        return Ok(Pruned { first, ..Pruned::default() });
    };
    let (cut, more) = prefix(db, number, first, end, order)?;
    if cut == first {
        return Ok(Pruned { first, ..Pruned::default() });
    }
    let frontier = tree::prove_in(db, &state, Some(number), cut, |prover| prover.frontier(cut))?;
    delete(db, number, &frontier)?;
    let count = cut.saturating_sub(first);
    let event = order
        .event
        .clone()
        .with_detail("class", order.class.as_str())
        .with_detail("from", first.to_string())
        .with_detail("to", cut.saturating_sub(1).to_string())
        .with_detail("count", count.to_string());
    log::append(db, &order.tenant, &event, entropy)?;
    Ok(Pruned { count, first: cut, more })
}

/// How many entries the kept checkpoint covers.
fn covered(state: &LogState) -> Option<u64> {
    state.checkpoint.as_ref().map(|kept| kept.size.min(state.size())).filter(|end| *end > state.first())
}

/// Where the entries that are old enough end, and whether there are more of them than may go at once.
fn prefix(db: &Connection, log: i64, first: u64, end: u64, order: &Prune) -> Result<(u64, bool), StoreError> {
    let sql = "SELECT sequence FROM audit_entries
               WHERE log = ?1 AND sequence >= ?2 AND sequence < ?3 AND at >= ?4 ORDER BY sequence LIMIT 1";
    let most = first.saturating_add(order.most).min(end);
    let range = |end: u64| params_of(log, first, end, order);
    let later: Option<i64> = one(db, sql, range(most), |row| row.get(0))?;
    match later {
        Some(later) => Ok((count("sequence", later)?, false)),
        None => {
            let sql = "SELECT 1 FROM audit_entries WHERE log = ?1 AND sequence = ?2 AND ?3 > ?2 AND at < ?4";
            let next = one(db, sql, params_of(log, most, end, order), |_| Ok(()))?;
            Ok((most, next.is_some()))
        }
    }
}

fn params_of(log: i64, first: u64, end: u64, order: &Prune) -> [i64; 4] {
    [log, int(first), int(end), nanos(order.before)]
}

fn delete(db: &Connection, log: i64, cut: &Frontier) -> Result<(), StoreError> {
    securely(db, || {
        let old = "FROM audit_entries WHERE log = ?1 AND sequence < ?2";
        let fields = format!("DELETE FROM audit_fields WHERE id IN (SELECT fields {old} AND fields IS NOT NULL)");
        change(db, &fields, params![log, int(cut.size())])?;
        change(db, &format!("DELETE {old}"), params![log, int(cut.size())])?;
        for level in 1..u64::BITS / TILE_BITS {
            // Those that end at or before the cut.
            let places = cut.size() >> (level * TILE_BITS);
            let sql = "DELETE FROM audit_nodes WHERE log = ?1 AND level = ?2 AND place < ?3";
            change(db, sql, params![log, level, int(places)])?;
        }
        let sql = "UPDATE audit_logs SET cut = ?2, checkpoint_at_cut = checkpoint WHERE id = ?1";
        change(db, sql, params![log, cut.to_bytes()]).map(drop)
    })
}

pub(super) fn erase(db: &Connection, order: &Erasure, entropy: &dyn Entropy) -> Result<bool, StoreError> {
    own(&order.tenant, &order.event.tenant, "tenant")?;
    let missing = |what| StoreError::NotFound { what };
    let log = log::find(db, &order.tenant, order.class)?.ok_or(missing("log entry"))?;
    let sql = "SELECT fields FROM audit_entries WHERE log = ?1 AND sequence = ?2";
    let id: Option<Option<i64>> = one(db, sql, params![log.id, int(order.sequence)], |row| row.get(0))?;
    let id = id.ok_or(missing("log entry"))?.ok_or(missing("field of the log entry"))?;
    let bytes = fields::load(db, id)?.ok_or_else(log::damaged)?;
    let mut all = fields::decode(&bytes).ok_or_else(log::damaged)?;
    let field = all.iter_mut().find(|field| field.name == order.field).ok_or(missing("field of the log entry"))?;
    if field.opening.take().is_none() {
        return Ok(false);
    }
    let bytes = fields::encode(&all)?;
    let sql = "UPDATE audit_fields SET fields = ?2 WHERE id = ?1";
    securely(db, || change(db, sql, params![id, bytes]).map(drop))?;
    let event = order
        .event
        .clone()
        .with_detail("class", order.class.as_str())
        .with_detail("sequence", order.sequence.to_string())
        .with_detail("field", order.field.as_str());
    log::append(db, &order.tenant, &event, entropy)?;
    Ok(true)
}

/// Has also pages that become free meanwhile overwritten, not only forgotten: always, that would cost more writes.
fn securely<T>(db: &Connection, work: impl FnOnce() -> Result<T, StoreError>) -> Result<T, StoreError> {
    let set = |how| db.pragma_update_and_check(None, "secure_delete", how, |_| Ok(())).map_err(database);
    set("ON")?;
    let done = work();
    set(ALWAYS)?;
    done
}

/// Empties SQLite's own log, in which older states of changed pages may still stand.
pub(super) fn forget_old_pages(db: &Connection) -> Result<(), StoreError> {
    // One row; a first column that is not 0 says that somebody was reading. Then closing the store does it.
    db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).map_err(database)
}
