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

mod accept;
mod account;
mod activity;
mod audit;
mod breaker;
mod builder;
mod call;
mod desk;
mod dispatch;
mod follow_up;
mod inbox;
mod intake;
mod job;
mod notices;
mod office;
mod once;
mod overview;
mod policy;
mod reconcile;
mod registration;
mod routes;
mod schedule;
mod signal;
mod standing;

pub mod machine;

pub use accept::{Dispatches, Submission, SubmitError, Submitted};
pub use activity::{AccountActivity, Activity, InboxActivity};
pub use breaker::BreakerState;
pub use builder::{OfficeBuilder, SetupError, TenantSetup};
pub use desk::{Desk, OrderError, ReadError};
pub use office::{RecordsOffice, UnknownTenant};
pub use overview::{Problem, ProblemKind};
pub use policy::Policy;
pub use reconcile::Reconciliation;
pub use registration::InboxTarget;
