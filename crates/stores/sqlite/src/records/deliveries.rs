//! How far letters have come.

use rusqlite::{Connection, named_params, params};
use sakarkiv_core::{
    delivery::{Delivery, DeliveryState, Priority, WorkKind},
    identity::{AccountId, ChannelId, LetterId, TenantId, Timestamp},
    ports::{DeliveryCount, DeliveryFilter, Fence, StoreError},
};

use super::{all, body, change, one, own};
use crate::codec::{FORMAT, count, from_body, int, nanos, to_body};

pub(crate) fn add(db: &Connection, tenant: &TenantId, delivery: &Delivery) -> Result<(), StoreError> {
    let id = delivery.letter.uuid();
    let sql =
        "INSERT INTO deliveries (tenant, letter, channel, account, state, work, priority, due, order_key, touched,
                                       version, format, body)
               VALUES (:tenant, :letter, :channel, :account, :state, :work, :priority, :due, :order_key, :touched,
                       :version, :format, :body)";
    let row = named_params! {
        ":tenant": tenant.as_str(),
        ":letter": id.as_bytes(),
        ":channel": delivery.channel.as_str(),
        ":account": delivery.account.as_str(),
        ":state": delivery.state.name(),
        ":work": delivery.work().map(work_code),
        ":priority": priority_code(delivery.priority),
        ":due": delivery.due.map(nanos),
        ":order_key": delivery.order_key,
        ":touched": nanos(last_touch(delivery)),
        ":version": int(delivery.version),
        ":format": FORMAT,
        ":body": to_body("delivery", delivery)?,
    };
    change(db, sql, row).map(drop)
}

/// Replaces a delivery that somebody holds.
pub(crate) fn put(
    db: &Connection,
    tenant: &TenantId,
    delivery: Delivery,
    fence: Fence,
    keep: bool,
) -> Result<(), StoreError> {
    own(tenant, &delivery.tenant, "delivery")?;
    let stored = Stored::find(db, tenant, delivery.letter)?.ok_or(StoreError::NotFound { what: "delivery" })?;
    if !stored.held || stored.fence != int(fence.0) || stored.version != int(delivery.version) {
        return Err(StoreError::Fenced);
    }
    replace(db, tenant, delivery, keep)
}

/// Replaces a delivery that nobody holds. A lease that ran out counts as held until somebody else claims it or its owner
/// starts anew: only the engine knows the time.
pub(crate) fn force(db: &Connection, tenant: &TenantId, delivery: Delivery) -> Result<(), StoreError> {
    own(tenant, &delivery.tenant, "delivery")?;
    let stored = Stored::find(db, tenant, delivery.letter)?.ok_or(StoreError::NotFound { what: "delivery" })?;
    if stored.held {
        return Err(StoreError::Fenced);
    }
    if stored.version != int(delivery.version) {
        return Err(StoreError::Conflict { what: "delivery" });
    }
    replace(db, tenant, delivery, false)
}

pub(crate) fn get(db: &Connection, tenant: &TenantId, letter: LetterId) -> Result<Option<Delivery>, StoreError> {
    let sql = "SELECT format, body FROM deliveries WHERE tenant = ?1 AND letter = ?2";
    let row = one(db, sql, params![tenant.as_str(), letter.uuid().as_bytes()], body)?;
    row.map(|(format, body)| from_body("delivery", format, &body)).transpose()
}

pub(crate) fn list(
    db: &Connection,
    tenant: &TenantId,
    filter: &DeliveryFilter,
    after: Option<LetterId>,
    limit: usize,
) -> Result<Vec<Delivery>, StoreError> {
    let sql = "SELECT format, body FROM deliveries
               WHERE tenant = :tenant AND (:after IS NULL OR letter > :after)
                 AND (:channel IS NULL OR channel = :channel) AND (:account IS NULL OR account = :account)
                 AND (:state IS NULL OR state = :state) AND (:since IS NULL OR touched >= :since)
               ORDER BY letter LIMIT :limit";
    let after = after.map(LetterId::uuid);
    let params = named_params! {
        ":tenant": tenant.as_str(),
        ":after": after.as_ref().map(|id| id.as_bytes().as_slice()),
        ":channel": filter.channel.as_ref().map(ChannelId::as_str),
        ":account": filter.account.as_ref().map(AccountId::as_str),
        ":state": filter.state,
        ":since": filter.changed_since.map(nanos),
        ":limit": int(limit),
    };
    let rows = all(db, sql, params, body)?;
    rows.into_iter().map(|(format, body)| from_body("delivery", format, &body)).collect()
}

pub(crate) fn counts(db: &Connection, tenant: &TenantId) -> Result<Vec<DeliveryCount>, StoreError> {
    let sql =
        "SELECT channel, account, state, count(*) FROM deliveries WHERE tenant = ?1 GROUP BY 1, 2, 3 ORDER BY 1, 2, 3";
    let rows = all(db, sql, params![tenant.as_str()], |row| {
        Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?, row.get(2)?, row.get(3)?))
    })?;
    let name = |_| StoreError::Corrupt("a delivery has a channel or account that is no name".to_owned());
    rows.into_iter()
        .map(|(channel, account, state, many)| {
            Ok(DeliveryCount {
                channel: ChannelId::new(channel).map_err(name)?,
                account: AccountId::new(account).map_err(name)?,
                state,
                count: count("number of deliveries", many)?,
            })
        })
        .collect()
}

pub(crate) const fn work_code(work: WorkKind) -> i64 {
    match work {
        WorkKind::Dispatch => 0,
        WorkKind::FollowUp => 1,
    }
}

/// The place in the order of leaving. Stored, so it must not follow the order of the enum by itself.
pub(crate) const fn priority_code(priority: Priority) -> i64 {
    match priority {
        Priority::Health => 0,
        Priority::Leadership => 1,
        Priority::Crisis => 2,
        Priority::Building => 3,
        Priority::ChildWelfare => 4,
        Priority::Personnel => 5,
        Priority::Deadline => 6,
        Priority::General => 7,
    }
}

struct Stored {
    version: i64,
    fence: i64,
    held: bool,
}

impl Stored {
    fn find(db: &Connection, tenant: &TenantId, letter: LetterId) -> Result<Option<Self>, StoreError> {
        let sql = "SELECT version, fence, owner IS NOT NULL FROM deliveries WHERE tenant = ?1 AND letter = ?2";
        one(db, sql, params![tenant.as_str(), letter.uuid().as_bytes()], |row| {
            Ok(Self { version: row.get(0)?, fence: row.get(1)?, held: row.get(2)? })
        })
    }
}

fn replace(db: &Connection, tenant: &TenantId, mut delivery: Delivery, keep: bool) -> Result<(), StoreError> {
    delivery.version = delivery.version.saturating_add(1);
    let id = delivery.letter.uuid();
    let sql = "UPDATE deliveries
               SET channel = :channel, account = :account, state = :state, work = :work, priority = :priority, due = :due,
                   order_key = :order_key, touched = max(touched, :touched), version = :version, format = :format,
                   body = :body, owner = iif(:keep, owner, NULL), lease = iif(:keep, lease, NULL)
               WHERE tenant = :tenant AND letter = :letter";
    let row = named_params! {
        ":tenant": tenant.as_str(),
        ":letter": id.as_bytes(),
        ":channel": delivery.channel.as_str(),
        ":account": delivery.account.as_str(),
        ":state": delivery.state.name(),
        ":work": delivery.work().map(work_code),
        ":priority": priority_code(delivery.priority),
        ":due": delivery.due.map(nanos),
        ":order_key": delivery.order_key,
        ":touched": nanos(last_touch(&delivery)),
        ":version": int(delivery.version),
        ":format": FORMAT,
        ":body": to_body("delivery", &delivery)?,
        ":keep": keep,
    };
    change(db, sql, row).map(drop)
}

/// The latest moment that the delivery tells of. The column keeps the latest of all its versions, because a delivery that is
/// back in the queue does not tell any more that sending was begun.
fn last_touch(delivery: &Delivery) -> Timestamp {
    let begun = match delivery.state {
        DeliveryState::Attempting { since } | DeliveryState::Unknown { since, .. } => Some(since),
        _ => None,
    };
    [begun, delivery.accepted, delivery.delivered, delivery.ended]
        .into_iter()
        .flatten()
        .max()
        .unwrap_or(delivery.queued)
}
