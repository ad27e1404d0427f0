//! Who may do what with which record (R2). Access is by official need (tjenstlig behov): what no rule allows is refused.

mod decide;
mod facts;
pub mod next;

pub use decide::{Decision, Outcome, ReadPermit, decide};
pub use facts::{Action, Actor, ActorKind, Facts, RecordRef, Role, Roles, Target};
