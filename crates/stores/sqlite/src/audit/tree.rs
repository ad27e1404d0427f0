//! The tree's nodes as they stand in rows, and proofs from them.

use rusqlite::{Connection, params};
use sakarkiv_audit::{Hash, LogState, NodeSource, ProveError, Prover};
use sakarkiv_core::{audit::LogClass, identity::TenantId, ports::StoreError};

use super::log;
use crate::{codec::int, records::all};

/// The nodes of a log's tree.
pub(super) struct Nodes<'a> {
    db: &'a Connection,
    log: i64,
}

impl NodeSource for Nodes<'_> {
    type Error = StoreError;

    fn hashes(&mut self, level: u8, first: u64, count: usize) -> Result<Vec<Hash>, StoreError> {
        // Numbered, so that a missing row does not pass the next one off as itself.
        let sql = match level {
            0 => {
                "SELECT sequence, leaf FROM audit_entries WHERE log = ?1 AND sequence >= ?2 AND ?4 = 0 ORDER BY 1 LIMIT ?3"
            }
            _ => {
                "SELECT place, hash FROM audit_nodes WHERE log = ?1 AND place >= ?2 AND level = ?4 ORDER BY 1 LIMIT ?3"
            }
        };
        let rows = all(self.db, sql, params![self.log, int(first), int(count), level], |row| {
            Ok((row.get::<_, i64>(0)?, row.get::<_, Vec<u8>>(1)?))
        })?;
        let expected = (int(first)..).zip(rows);
        let sound = expected.map_while(|(place, (found, hash))| (place == found).then_some(hash));
        sound.map(|hash| Hash::try_from(hash.as_slice()).map_err(|_| log::damaged())).collect()
    }
}

/// Asks the tree of a log. The state is of the same moment as the answer.
pub(super) fn prove<T>(
    db: &Connection,
    (tenant, class): (&TenantId, LogClass),
    size: u64,
    ask: impl FnOnce(&mut Prover<'_, Nodes<'_>>) -> Result<T, ProveError<StoreError>>,
) -> Result<T, StoreError> {
    let (state, log) = log::state(db, tenant, class)?;
    prove_in(db, &state, log, size, ask)
}

pub(super) fn prove_in<T>(
    db: &Connection,
    state: &LogState,
    log: Option<i64>,
    size: u64,
    ask: impl FnOnce(&mut Prover<'_, Nodes<'_>>) -> Result<T, ProveError<StoreError>>,
) -> Result<T, StoreError> {
    if size > state.size() {
        return Err(StoreError::Invalid("the log has not that many entries: ask for a smaller tree".to_owned()));
    }
    // A log without a row has no nodes either.
    let nodes = Nodes { db, log: log.unwrap_or_default() };
    ask(&mut Prover::new(nodes, &state.cut)).map_err(|error| match error {
        ProveError::Source(error) => error,
        ProveError::Missing { .. } => StoreError::Corrupt(error.to_string()),
        other => StoreError::Invalid(other.to_string()),
    })
}
