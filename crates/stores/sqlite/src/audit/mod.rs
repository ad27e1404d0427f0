//! The tamper-evident logs.

mod entropy;
mod fields;
mod keep;
mod log;
mod old;
mod port;
mod row;
mod search;
mod tree;

pub(crate) use entropy::SystemEntropy;
pub(crate) use keep::ALWAYS as SECURE_DELETE;
pub(crate) use log::{append, list};
pub(crate) use old::seal_old_rows;
