//! Journal entries (journalposter, R1.2): what is registered about each document that comes in, goes out or is written
//! for use within the organisation.

mod amend;
mod codes;
mod entry;
mod locks;
mod new;
mod number;
mod public;
mod sign_off;

pub use amend::{AmendError, Amendment, Change};
pub use codes::{EntryKind, EntryStatus};
pub use entry::{AttachedDocument, DocumentRole, EntryError, JournalEntry, StatusChange, TransitionError};
pub use locks::{EntryField, lock};
pub use new::{NewDocument, NewEntry};
pub use number::{EntryNumber, EntryNumberError};
pub use sign_off::{SignOff, SignOffError, SignOffKind};
