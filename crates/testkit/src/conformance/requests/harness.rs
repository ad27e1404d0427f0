use std::{fmt::Debug, sync::Arc, time::Duration};

use async_trait::async_trait;
use sakarkiv_core::{
    case::CaseNumber,
    identity::{EntryId, Timestamp},
    ports::AccessRequests,
};

/// An entry that can be asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AskableEntry {
    /// Our id.
    pub entry: EntryId,
    /// The number of its case.
    pub case: CaseNumber,
    /// Its number in the case.
    pub number: u32,
}

/// What goes wrong with the next call that asks the other side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum RequestsFault {
    /// The other side does not answer.
    Down,
    /// The credentials are refused.
    Unauthorised,
}

/// What a vendor gives the suite for [`AccessRequests`].
#[async_trait]
pub trait RequestsHarness: Debug + Send + Sync {
    /// What is tested, for the report.
    fn name(&self) -> String;

    /// A new adapter before another side without requests or armed faults, where the [entries](Self::entries) can be asked
    /// for. Called at the start of each case.
    async fn fresh(&self) -> Arc<dyn AccessRequests>;

    /// Entries that can be asked for, at least three.
    fn entries(&self) -> Vec<AskableEntry>;

    /// Somebody asks for entries, without it being sent to us yet. Gives what the other side knows it by.
    async fn ask(&self, email: &str, entries: &[EntryId]) -> String;

    /// What was asked for is sent to us.
    async fn send(&self, asked: &str);

    /// Somebody asks for an entry, and it is sent to us without our id, named only by its numbers. False where that never
    /// happens.
    async fn ask_by_numbers(&self, email: &str, entry: &AskableEntry) -> bool;

    /// An entry is taken out of the journal.
    async fn take_out(&self, entry: EntryId);

    /// The present moment on the other side.
    fn now(&self) -> Timestamp;

    /// Lets time pass.
    fn pass(&self, time: Duration);

    /// Whether a fault can be arranged.
    fn offers(&self, fault: RequestsFault) -> bool;

    /// Arms a fault for the next call that asks the other side. Only called for what is offered.
    async fn arm(&self, fault: RequestsFault);
}
