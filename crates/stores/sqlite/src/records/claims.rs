//! Who works on which delivery.

use rusqlite::{Connection, named_params, params};
use sakarkiv_core::{
    delivery::Priority,
    identity::Timestamp,
    ports::{Claim, ClaimRequest, Fence, NodeId, StoreError},
};

use super::{all, change, counters, one};
use crate::codec::{from_body, int, moment, nanos};

/// Leaves out what waits for an earlier letter of its key.
const IN_TURN: &str = "(d.order_key IS NULL OR d.work <> 0 OR NOT EXISTS (
    SELECT 1 FROM deliveries e
    WHERE e.tenant = d.tenant AND e.order_key = d.order_key AND e.work = 0 AND e.seq < d.seq))";

/// The rows of one pool and one priority that have a due time.
const POOL: &str = "d.tenant = :tenant AND d.channel = :channel AND d.account = :account AND d.work = :work
    AND d.priority = :priority AND d.due IS NOT NULL";

/// Priority by priority, so that the index gives the rows in order and ends at the first that is not due: what waits for
/// later costs nothing, however much it is.
fn due_now() -> String {
    format!(
        "SELECT d.seq, d.format, d.body FROM deliveries d
         WHERE {POOL} AND d.due <= :now AND (d.lease IS NULL OR d.lease <= :now) AND {IN_TURN}
         ORDER BY d.due, d.seq LIMIT :limit"
    )
}

/// The first of a priority that nobody holds, due or not.
fn next_free() -> String {
    format!("SELECT d.due FROM deliveries d WHERE {POOL} AND d.lease IS NULL AND {IN_TURN} ORDER BY d.due LIMIT 1")
}

/// The first lease of a pool that ends.
fn next_held() -> String {
    format!(
        "SELECT min(max(d.due, d.lease)) FROM deliveries d
         WHERE d.tenant = ?1 AND d.channel = ?2 AND d.account = ?3 AND d.work = ?4 AND d.due IS NOT NULL
           AND d.lease IS NOT NULL AND {IN_TURN}"
    )
}

pub(crate) fn claim(db: &Connection, request: &ClaimRequest) -> Result<Vec<Claim>, StoreError> {
    let found = find(db, request)?;
    if found.is_empty() {
        return Ok(Vec::new());
    }
    let last = counters::take(db, &request.tenant, "fence", found.len())?;
    let first = last.saturating_sub(found.len() as u64).saturating_add(1);
    let sql = "UPDATE deliveries SET owner = ?2, lease = ?3, fence = ?4 WHERE seq = ?1 AND tenant = ?5";
    found
        .into_iter()
        .zip(first..)
        .map(|(row, fence)| {
            let lease = nanos(request.lease_until);
            change(db, sql, params![row.seq, request.owner.0, lease, int(fence), request.tenant.as_str()])?;
            Ok(Claim { delivery: from_body("delivery", row.format, &row.body)?, fence: Fence(fence) })
        })
        .collect()
}

pub(crate) fn next_due(db: &Connection, request: &ClaimRequest) -> Result<Option<Timestamp>, StoreError> {
    let free = next_free();
    let mut soonest: Option<i64> = None;
    for priority in Priority::ALL {
        let params = named_params! {
            ":tenant": request.tenant.as_str(),
            ":channel": request.channel.as_str(),
            ":account": request.account.as_str(),
            ":work": super::deliveries::work_code(request.work),
            ":priority": super::deliveries::priority_code(priority),
        };
        let due = one(db, &free, params, |row| row.get(0))?;
        soonest = soonest.into_iter().chain(due).min();
    }
    let held = next_held();
    let work = super::deliveries::work_code(request.work);
    let pool = params![request.tenant.as_str(), request.channel.as_str(), request.account.as_str(), work];
    let ends: Option<i64> = one(db, &held, pool, |row| row.get(0))?.flatten();
    Ok(soonest.into_iter().chain(ends).min().map(moment))
}

/// Over all tenants: a process works for all of them.
pub(crate) fn release(db: &Connection, owner: &NodeId) -> Result<(), StoreError> {
    change(db, "UPDATE deliveries SET owner = NULL, lease = NULL WHERE owner = ?1", params![owner.0]).map(drop)
}

struct Found {
    seq: i64,
    format: i64,
    body: String,
}

fn find(db: &Connection, request: &ClaimRequest) -> Result<Vec<Found>, StoreError> {
    let sql = due_now();
    let mut found = Vec::new();
    for priority in Priority::ALL {
        let left = request.limit.saturating_sub(found.len());
        if left == 0 {
            break;
        }
        let params = named_params! {
            ":tenant": request.tenant.as_str(),
            ":channel": request.channel.as_str(),
            ":account": request.account.as_str(),
            ":work": super::deliveries::work_code(request.work),
            ":priority": super::deliveries::priority_code(priority),
            ":now": nanos(request.now),
            ":limit": int(left),
        };
        found.extend(all(db, &sql, params, |row| {
            Ok(Found { seq: row.get(0)?, format: row.get(1)?, body: row.get(2)? })
        })?);
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::records::tests::plan;

    #[test]
    fn due_work_is_found_by_index_however_much_waits_for_later() {
        let pool = "tenant=? AND channel=? AND account=? AND work=?";
        let waits = "deliveries_order (tenant=? AND order_key=? AND seq<?)";
        for (sql, index) in [
            (due_now(), format!("deliveries_due ({pool} AND priority=? AND due>? AND due<?)")),
            (next_free(), format!("deliveries_due ({pool} AND priority=? AND due>?)")),
            (next_held(), format!("deliveries_leased ({pool})")),
        ] {
            let plan = plan(&sql);
            assert!(plan.contains(&index) && plan.contains(waits) && !plan.contains("TEMP B-TREE"), "{plan}");
        }
    }
}
