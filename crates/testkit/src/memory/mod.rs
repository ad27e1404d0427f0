//! Ports kept in memory: exact, deterministic, and honest about what a process loses when it dies.
//!
//! [`MemoryStore`] keeps what a store promises to keep on a [`MemoryDisk`], which outlives it: drop the store, open another
//! over the same disk, and everything committed is there while everything merely staged is gone. [`MemoryChannel`] and
//! [`MemoryInbox`] stand before a [`PostOffice`] and a [`MailRoom`], [`MemoryJournal`] and [`MemoryRequests`] before a
//! [`NoticeBoard`] and a [`Counter`]: the other side's view, which a test may read and steer.
//!
//! ```
//! use sakarkiv_core::ports::Store;
//! use sakarkiv_testkit::memory::{MemoryDisk, MemoryStore};
//!
//! let disk = MemoryDisk::default();
//! let before: Box<dyn Store> = Box::new(MemoryStore::open(&disk));
//! drop(before); // the process dies
//! let after = MemoryStore::open(&disk);
//! # let _ = after;
//! ```

mod audit;
mod audit_log;
mod blobs;
mod channel;
mod claims;
mod hooked;
mod inbox;
mod journal;
mod registry;
mod requests;
mod source;
mod store;
mod table;
mod tenant;

pub use channel::{MemoryChannel, PostFault, PostOffice, PostedLetter};
pub use hooked::{HookedStore, StoreHook};
pub use inbox::{Flaw, MailRoom, MemoryInbox, Parcel};
pub use journal::{MemoryJournal, NoticeBoard};
pub use requests::{Counter, MemoryRequests};
pub use source::{MemorySource, Ware, Warehouse};
pub use store::{MemoryDisk, MemoryStore};

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Locks, also after a panic elsewhere: what is behind these locks is changed in steps that cannot panic half way.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
