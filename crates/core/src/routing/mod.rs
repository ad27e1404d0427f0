//! Which way a letter may go (R5.1, R5.2): the three questions that must be put before dispatch, as a total function with
//! reasons.
//!
//! 1. Is the recipient an organisation?
//! 2. Would the letter land in its ordinary Altinn inbox, rather than in a receiver system (SvarInn)?
//! 3. Does it contain sensitive personal data that only few may read?
//!
//! Three times yes, and it must not go there: that inbox is open to whoever runs the company. [`decide`] answers for every
//! combination of facts; [`clear`] and [`clear_by`] make the only value that a channel takes, [`Cleared`], with who answered
//! what. A [`RoutingPolicy`] says which of the dated rules apply and which of several channels to the same mailbox is taken.

#[cfg(test)]
mod advice_tests;
#[cfg(test)]
mod clearance_tests;
mod cleared;
mod decide;
mod facts;
mod policy;
mod questions;
#[cfg(test)]
mod tests;

pub use cleared::{Cleared, Inquiry, Protection, Refused, Route, clear, clear_by};
pub use decide::{Decision, Outcome, decide};
pub use facts::{Coverage, Facts, MailboxKind, MailboxSet, PrintSetting, RecipientKind};
pub use policy::{RoutingPolicy, RuleSet};
pub use questions::{Answer, AnswerSource, Explanation, Questions};
