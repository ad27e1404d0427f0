//! What specialist systems hand in (R8): gathered facts, a pure plan, one transaction. Each consignment is taken in whole and
//! once, whoever brings it: a source that is asked, or a system that calls.

mod gather;
mod item;
mod ledger;
mod live;
mod rejected;
mod rights;
mod supplier;
mod take;

pub(crate) use self::{
    gather::{MANY, Sighted, sighted},
    ledger::receipt_of,
    live::{Integrated, integrated, integration, rules},
    supplier::{Supplier, supplier_loop},
    take::{IntakeError, dry_run, take_in},
};
pub(crate) use self::{
    live::{INTEGRATIONS, RULES, RULES_BEFORE},
    rejected::{log_trial, tell_rejected},
};
