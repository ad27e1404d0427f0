//! Cedar beside the access decision: `access.cedar` as the judge of [`Facts::rule`](access::Facts::rule), and what a decision
//! costs in either. `README.md` says how to run them.

#![forbid(unsafe_code)]
#![warn(missing_docs)]

pub mod judge;
pub mod world;

// The one place that names where the model is.
pub use sakarkiv_core::access;

/// Why something was not judged or measured.
pub type Failed = Box<dyn std::error::Error + Send + Sync>;
