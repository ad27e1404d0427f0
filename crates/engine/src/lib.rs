//! The records office (arkivtjeneste): gets letters out, takes mail in, follows up, and reconciles after an outage.
//!
//! It needs no runtime of its own: everything happens inside the future that [`RecordsOffice::run`] returns. It spawns
//! nothing, starts no thread and reads no system clock, so the same office runs under any executor, and under a simulated
//! clock it does the same thing for the same seed.
//!
//! - [`machine`] holds the rules by which a delivery moves, pure.
//! - [`RecordsOffice::builder`] puts an office together, [`RecordsOffice::as_user`] gives the desk at which people work.
#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod account;
mod activity;
mod audit;
mod breaker;
mod builder;
mod call;
mod dispatch;
mod follow_up;
mod job;
mod notices;
mod office;
mod policy;
mod reconcile;
mod routes;
mod schedule;
mod signal;

pub mod machine;

pub use activity::{AccountActivity, Activity, InboxActivity};
pub use breaker::BreakerState;
pub use builder::{OfficeBuilder, SetupError, TenantSetup};
pub use office::RecordsOffice;
pub use policy::Policy;
pub use reconcile::Reconciliation;
