use std::fmt::Debug;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use super::PortError;
use crate::{
    identity::{EntryId, Timestamp},
    publication::ClearedRecord,
};

/// What a publisher can do, as plain data.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PublisherCapabilities {
    /// Whether document files can be published, not only their titles.
    pub documents: bool,
    /// How many entries one `published` call shows.
    pub page: usize,
}

impl PublisherCapabilities {
    /// A publisher of entries without files.
    #[must_use]
    pub const fn new(page: usize) -> Self {
        Self { documents: false, page }
    }
}

/// The published state of one entry as the other side has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Published {
    /// The entry.
    pub entry: EntryId,
    /// The other side's id.
    pub remote_id: String,
    /// The revision it holds.
    pub revision: u64,
    /// When it was last changed there.
    pub changed: Option<Timestamp>,
}

/// A public journal: eInnsyn, a journal page (R7).
///
/// The engine calls `publish` once for each change of a cleared entry, repeats it until it is `Ok`, and compares `published`
/// with its own state to find drift. Every call may be dropped at any await and is then repeated.
#[async_trait]
pub trait JournalPublisher: Debug + Send + Sync {
    /// What it can do.
    fn capabilities(&self) -> PublisherCapabilities;

    /// Publishes or updates an entry.
    ///
    /// *Behaviour*: idempotent by entry and revision; an older revision than the published one is `Ok` and changes nothing. A
    /// file is not readable before its `accessible_after`; a publisher that cannot hold one back leaves it out until then.
    ///
    /// # Errors
    /// As [`PortErrorKind`](super::PortErrorKind) says.
    async fn publish(&self, record: &ClearedRecord) -> Result<(), PortError>;

    /// Takes an entry out of the public journal.
    ///
    /// *Behaviour*: `Ok` also when it was not there.
    ///
    /// # Errors
    /// As [`PortErrorKind`](super::PortErrorKind) says.
    async fn withdraw(&self, entry: EntryId) -> Result<(), PortError>;

    /// What is published, in the order of entry ids after `after`.
    ///
    /// # Errors
    /// As [`PortErrorKind`](super::PortErrorKind) says.
    async fn published(&self, after: Option<EntryId>) -> Result<Vec<Published>, PortError>;
}

/// A request for access to documents (innsynskrav), R7.8.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessRequest {
    /// The other side's id.
    pub id: String,
    /// When it was sent.
    pub sent: Timestamp,
    /// The entries asked for.
    pub entries: Vec<EntryId>,
    /// How to reach who asks.
    pub reply_to: crate::screening::Private<String>,
}

/// Where requests for access come in.
///
/// The engine lists at the poll interval, fetches what it does not know, registers it in one transaction and then marks it.
#[async_trait]
pub trait AccessRequests: Debug + Send + Sync {
    /// Ids of the requests that are not marked.
    ///
    /// # Errors
    /// As [`PortErrorKind`](super::PortErrorKind) says.
    async fn list(&self) -> Result<Vec<String>, PortError>;

    /// One request.
    ///
    /// # Errors
    /// `Rejected` when it is not there any more.
    async fn fetch(&self, id: &str) -> Result<AccessRequest, PortError>;

    /// Marks it as registered here. Repeating it is `Ok`.
    ///
    /// # Errors
    /// As [`PortErrorKind`](super::PortErrorKind) says.
    async fn mark(&self, id: &str) -> Result<(), PortError>;
}
