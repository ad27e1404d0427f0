use std::{fmt::Debug, sync::Arc};

use async_trait::async_trait;
use sakarkiv_core::{
    case::{Case, CaseNumber},
    identity::CaseId,
    journal::JournalEntry,
    ports::ArchiveDesk,
};

/// A case that the service user may not know of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HiddenCase {
    /// Its id.
    pub id: CaseId,
    /// Its number.
    pub number: CaseNumber,
}

/// What an implementer gives the suite for [`ArchiveDesk`].
#[async_trait]
pub trait DeskHarness: Debug + Send + Sync {
    /// What is tested, for the report.
    fn name(&self) -> String;

    /// A new archive without records. The service user may open cases by the source's usual rules, and read, write, finish
    /// and sign off what it handed in; those rules take other content under a known key for a correction. Called at the
    /// start of each case.
    async fn fresh(&self) -> Arc<dyn ArchiveDesk>;

    /// Every case of the archive with its entries, as its keeper sees them.
    async fn records(&self) -> Vec<(Case, Vec<JournalEntry>)>;

    /// Makes a case that the service user may not know of. `None` where it may know of all.
    async fn hide(&self) -> Option<HiddenCase>;

    /// Whether [`hide`](Self::hide) gives a case.
    fn hides(&self) -> bool;

    /// The archive is away from now on, or back again. False when that cannot be arranged.
    fn take_away(&self, away: bool) -> bool;
}
