//! Embedded store of sakarkiv: SQLite in one file, documents in one folder, nothing to install and nothing to run.
//!
//! [`SqliteStore`] implements [`Store`](sakarkiv_core::ports::Store) and [`Blobs`](sakarkiv_core::ports::Blobs) for one
//! process. A folder has
//! - `sakarkiv.db`, with SQLite's log beside it while it is open,
//! - `documents/<tenant>/ab/abcdef…`, the documents above 16 KiB under the SHA-256 of their bytes,
//! - `sakarkiv.lock`, which keeps a second process out.
//!
//! # Why it is shaped so
//!
//! *Group commit.* A durable commit costs a flush of the disk, 0.1 to 10 ms, whatever is in it. One thread writes; what
//! waits when it is free becomes one SQLite transaction, each change in a savepoint of its own, and everybody is answered
//! after COMMIT. So the rate of letters does not hang on the rate of flushes, and a change that fails takes no other along.
//!
//! *Files beside rows.* A document in a row is written twice, to the log and to the database, and fills both caches. As a
//! file it is written once. It is flushed before the row that names it is committed, and a file without a row is garbage.
//! Each file is flushed by itself, many at the same time, which the file system joins: one flush of the whole file system
//! (`syncfs`) was up to a third faster on an idle disk, but waits for whatever else is being written there, and cannot
//! tell which file failed.
//!
//! *Own threads.* SQLite and the file system block. Threads of the store's own do that, so it works under any executor.
#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod apply;
mod audit;
mod backup;
mod codec;
mod documents;
mod error;
mod files;
mod migrate;
mod records;
mod store;
mod work;
mod writer;

pub use backup::BackupSummary;
pub use documents::Swept;
pub use error::OpenError;
pub use store::{Options, SqliteStore};
