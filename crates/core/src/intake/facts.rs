use super::Receipt;
use crate::{
    case::Case,
    identity::{ActorId, Timestamp},
    journal::JournalEntry,
};

/// What the archive holds that a plan depends on, read at one moment. The transaction that applies the plan fails when any of
/// it changed meanwhile; then it is planned anew.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ArchiveFacts {
    /// The present moment.
    pub now: Timestamp,
    /// The service user that acts.
    pub by: ActorId,
    /// The cases that fit what the consignment names: those of its [wish](super::Consignment::case), or with its first
    /// external key when it wants a new one, or the case of the earlier consignment. Two are enough to tell that there are several.
    /// One that the service user may not know of is left out: what is planned, and what is answered, would tell of it.
    pub cases: Vec<Case>,
    /// The entries of the case, when one fits.
    pub entries: Vec<JournalEntry>,
    /// What became of the earlier consignment that it repeats, changes or names.
    pub earlier: Option<Earlier>,
}

/// An earlier consignment that counts for this one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Earlier {
    /// The same one: key and content.
    Same(Receipt),
    /// One with the same key and other content.
    Changed(Receipt),
    /// The one that it says it adds to or corrects.
    Named(Receipt),
}

impl ArchiveFacts {
    /// An archive that holds nothing that matters here.
    #[must_use]
    pub const fn new(now: Timestamp, by: ActorId) -> Self {
        Self { now, by, cases: Vec::new(), entries: Vec::new(), earlier: None }
    }
}
