//! What we answer. Every message is written in the order of its schema; tests hold each to the published schemas.

mod case;
mod codes;
mod entry;
mod fault;
mod out;
mod receipt;
mod search;

pub(crate) use case::case_result;
pub(crate) use codes::code_list;
pub(crate) use entry::entry_result;
pub(crate) use fault::{FaultKind, fault};
pub(crate) use receipt::{create_receipt, file_receipt};
pub(crate) use search::{Hit, search_result};
