//! Where a journal page keeps what is published.

mod folder;
mod memory;

use std::{fmt::Debug, io};

use sakarkiv_core::{
    identity::{EntryId, MeetingId, Timestamp},
    publication::{PublicMeeting, PublicRecord},
};
use serde::{Deserialize, Serialize};
use thiserror::Error;

pub use folder::FolderStore;
pub use memory::MemoryPageStore;

/// Keeps published entries and meetings.
///
/// The page reads everything once, when it is opened, and answers readers from its own memory; after that it only writes. Its
/// calls come one at a time, on threads where they may block.
///
/// *Behaviour*: `put` takes the place of what was kept of the entry or meeting, is durable when it answers `Ok`, and is never half
/// done. When it fails, what was kept goes all the same, as far as that can be: it may say what must not be read any more, and
/// whoever opens the page anew would show it. A store is one tenant's.
pub trait PageStore: Debug + Send + Sync {
    /// Every entry that is kept, in any order.
    ///
    /// # Errors
    /// [`PageStoreError`]; something damaged is an error, never left out in silence.
    fn all(&self) -> Result<Vec<StoredEntry>, PageStoreError>;

    /// Keeps an entry.
    ///
    /// # Errors
    /// [`PageStoreError`] when it could not be made durable: [`Stale`](PageStoreError::Stale) when what was kept before may still
    /// be there.
    fn put(&self, entry: &StoredEntry) -> Result<(), PageStoreError>;

    /// Every meeting that is kept, in any order.
    ///
    /// # Errors
    /// As [`all`](Self::all).
    fn all_meetings(&self) -> Result<Vec<StoredMeeting>, PageStoreError>;

    /// Keeps a meeting.
    ///
    /// # Errors
    /// As [`put`](Self::put).
    fn put_meeting(&self, meeting: &StoredMeeting) -> Result<(), PageStoreError>;
}

/// An entry as it is kept. JSON form: the fields' names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredEntry {
    /// The form of this data.
    pub format: StoredFormat,
    /// Which entry.
    pub entry: EntryId,
    /// The newest revision that was published.
    pub revision: u64,
    /// When it was published in this revision, or withdrawn.
    pub changed: Timestamp,
    /// What the public may read; nothing once it is withdrawn. Its revision is kept, so that a late repeat shows nothing.
    pub record: Option<PublicRecord>,
}

/// A meeting as it is kept. JSON form: the fields' names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredMeeting {
    /// The form of this data.
    pub format: StoredFormat,
    /// Which meeting.
    pub meeting: MeetingId,
    /// The newest revision that was published.
    pub revision: u64,
    /// When it was published in this revision, or withdrawn.
    pub changed: Timestamp,
    /// What the public may read; nothing once it is withdrawn.
    pub record: Option<PublicMeeting>,
}

/// The form of kept entries and meetings: 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub enum StoredFormat {
    /// The first.
    #[default]
    One,
}

/// Why kept entries could not be read or written.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum PageStoreError {
    /// The storage failed.
    #[error("the journal page's storage failed; see that its folder can be written and has room")]
    Io(#[from] io::Error),
    /// Neither what was to be kept could be written nor what was kept before be removed. The page shows it as it shall be until
    /// it is opened anew, and then what was kept before.
    #[error(
        "nothing in the journal page's folder can be changed: what was withdrawn or corrected stays so only until the page is \
         opened anew; make the folder writable and repeat it before"
    )]
    Stale(#[source] io::Error),
    /// A kept entry or meeting cannot be read.
    #[error("the kept entry or meeting `{entry}` is damaged; remove its file and publish it again")]
    Damaged {
        /// Which one, by the name it is kept under.
        entry: String,
    },
    /// An entry or meeting could not be written as JSON.
    #[error("`{0}` has no JSON form; report it as a fault")]
    Form(String),
}

impl StoredEntry {
    /// What is kept of a published entry.
    #[must_use]
    pub const fn published(record: PublicRecord, changed: Timestamp) -> Self {
        let (entry, revision) = (record.entry, record.revision);
        Self { format: StoredFormat::One, entry, revision, changed, record: Some(record) }
    }

    /// What is kept of a withdrawn one.
    #[must_use]
    pub const fn withdrawn(entry: EntryId, revision: u64, changed: Timestamp) -> Self {
        Self { format: StoredFormat::One, entry, revision, changed, record: None }
    }
}

impl StoredMeeting {
    /// What is kept of a published meeting.
    #[must_use]
    pub const fn published(record: PublicMeeting, changed: Timestamp) -> Self {
        let (meeting, revision) = (record.meeting, record.revision);
        Self { format: StoredFormat::One, meeting, revision, changed, record: Some(record) }
    }

    /// What is kept of a withdrawn one.
    #[must_use]
    pub const fn withdrawn(meeting: MeetingId, revision: u64, changed: Timestamp) -> Self {
        Self { format: StoredFormat::One, meeting, revision, changed, record: None }
    }
}

impl TryFrom<u32> for StoredFormat {
    type Error = String;
    fn try_from(format: u32) -> Result<Self, String> {
        match format {
            1 => Ok(Self::One),
            other => Err(format!("kept entries have format 1, not {other}; use a newer version of the library")),
        }
    }
}

impl From<StoredFormat> for u32 {
    fn from(format: StoredFormat) -> Self {
        match format {
            StoredFormat::One => 1,
        }
    }
}
