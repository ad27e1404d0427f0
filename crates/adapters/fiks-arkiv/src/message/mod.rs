//! What specialist systems send. Elements are found by their local name: partners disagree about prefixes, and older ones
//! still send elements that the schemas have dropped.

mod create;
mod file;
mod inquiry;
mod parties;
mod references;
mod search;
mod sign_off;
mod update;

pub(crate) use create::{CaseForm, Create, EntryForm, Reading, file_references, ungraded};
pub(crate) use file::{FileOrder, asked_for_file};
pub(crate) use inquiry::{asked_for_code_list, included};
pub(crate) use references::{case_name, entry_name};
pub(crate) use search::{Found, Response, Search, Subject};
pub(crate) use sign_off::{SignOffOrder, UndoOrder};
pub(crate) use update::{Update, UpdateOf};
