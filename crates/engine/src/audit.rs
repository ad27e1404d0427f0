//! What goes into the log.

use sakarkiv_core::{audit::AuditEvent, delivery::Delivery, identity::Timestamp};

use crate::{account::Account, machine::Change, reconcile::Reconciliation};

/// A delivery moved from one state to another.
pub(crate) fn delivery_changed(delivery: &Delivery, _change: Change, at: Timestamp) -> AuditEvent {
    AuditEvent { at, tenant: delivery.tenant.clone() }
}

/// An account's letters were compared with its channel's after an outage.
pub(crate) fn reconciled(account: &Account, _report: &Reconciliation, at: Timestamp) -> AuditEvent {
    AuditEvent { at, tenant: account.tenant.clone() }
}
