//! A transaction, change by change.

use rusqlite::Connection;
use sakarkiv_core::{
    document::BlobRef,
    ports::{Assigned, Entropy, Op, StoreError, Transaction},
};

use crate::audit;
use crate::records::{access, cases, deliveries, entries, intakes, kept, letters, marks, notices};

/// Applies the changes in their order, inside the savepoint of the caller.
pub(crate) fn apply(
    db: &Connection,
    transaction: &Transaction,
    entropy: &dyn Entropy,
) -> Result<Vec<Assigned>, StoreError> {
    transaction.ops.iter().map(|op| apply_one(db, transaction, op, entropy)).collect()
}

/// The documents that a change names.
pub(crate) fn documents(op: &Op) -> Vec<BlobRef> {
    match op {
        Op::AddLetter { letter, .. } => letter.documents.iter().map(|document| document.blob).collect(),
        Op::AddEntry { entry, .. } => entries::documents_of_new(entry),
        Op::PutEntry(entry) => entries::documents_of(entry),
        _ => Vec::new(),
    }
}

fn apply_one(
    db: &Connection,
    transaction: &Transaction,
    op: &Op,
    entropy: &dyn Entropy,
) -> Result<Assigned, StoreError> {
    let tenant = &transaction.tenant;
    match op {
        Op::OpenCase { id, case, year, at } => {
            return cases::open(db, tenant, *id, case, *year, *at).map(Assigned::Case);
        }
        Op::AddEntry { id, case, entry, year, at } => {
            return entries::add(db, tenant, (*id, *case), entry, *year, *at).map(Assigned::Entry);
        }
        Op::PutCase(case) => cases::put(db, tenant, case),
        Op::MoveCase { id, to, by, at } => cases::step(db, tenant, *id, *to, (by, *at)),
        Op::PutEntry(entry) => entries::put(db, tenant, entry),
        Op::AddLetter { letter, delivery } => letters::add(db, tenant, letter, delivery),
        Op::PutDelivery { delivery, fence, keep } => deliveries::put(db, tenant, delivery.clone(), *fence, *keep),
        Op::ForceDelivery(delivery) => deliveries::force(db, tenant, delivery.clone()),
        Op::PutIntake(intake) => intakes::put(db, tenant, intake.clone()),
        Op::Remember { key, object } => marks::remember(db, tenant, key, *object),
        Op::PutMark { name, value } => marks::put(db, tenant, name, value.as_deref()),
        Op::Keep(record) => kept::put(db, tenant, record),
        Op::Discard { kind, key } => kept::discard(db, tenant, kind, key),
        Op::AddNotice(notice) => notices::add(db, tenant, notice),
        Op::NoticeTold(id) => notices::told(db, tenant, *id),
        Op::PutAccess(record) => access::put(db, tenant, record),
        Op::Audit(event) => audit::append(db, tenant, event, entropy),
        _ => Err(StoreError::Invalid("this store does not know one of the operations: use a newer one".to_owned())),
    }
    .map(|()| Assigned::Nothing)
}
