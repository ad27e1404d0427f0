use std::{fmt::Debug, sync::Arc, time::Duration};

use async_trait::async_trait;
use sakarkiv_core::{
    identity::{EntryId, MeetingId, TenantId, Timestamp},
    ports::{JournalPublisher, MeetingPublisher},
};

/// An entry as anybody can read it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ShownEntry {
    /// The title of the entry, as it is shown.
    pub title: String,
    /// The title of its case, as it is shown.
    pub case: String,
    /// The names of its parties, as they are shown, in no set order.
    pub parties: Vec<String>,
    /// The titles of its documents, as they are shown, in no set order.
    pub documents: Vec<String>,
    /// How many files can be read.
    pub files: usize,
}

impl ShownEntry {
    /// An entry with nothing in it.
    #[must_use]
    pub const fn new(title: String, case: String) -> Self {
        Self { title, case, parties: Vec::new(), documents: Vec::new(), files: 0 }
    }
}

/// A meeting as anybody can read it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ShownMeeting {
    /// Its title.
    pub title: String,
    /// The titles of its own documents, and of what it treats, in no set order.
    pub items: Vec<String>,
    /// The texts of decisions, in no set order.
    pub decisions: Vec<String>,
    /// How many voted so: names and votes in no set order.
    pub votes: Vec<(String, String)>,
}

impl ShownMeeting {
    /// A meeting with nothing in it.
    #[must_use]
    pub const fn new(title: String) -> Self {
        Self { title, items: Vec::new(), decisions: Vec::new(), votes: Vec::new() }
    }
}

/// What goes wrong with the next call that changes something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum JournalFault {
    /// Its effect happens, the answer is lost.
    DropAnswer,
    /// It is lost on its way.
    DropRequest,
    /// The other side is busy, and says for how long.
    Busy(Duration),
    /// The credentials are refused, by every call from now on until the next [`fresh`](JournalHarness::fresh).
    Unauthorised,
    /// The other side looks at it and says no.
    Refuse,
}

/// What a vendor gives the suites for [`JournalPublisher`] and [`MeetingPublisher`].
#[async_trait]
pub trait JournalHarness: Debug + Send + Sync {
    /// What is tested, for the report.
    fn name(&self) -> String;

    /// Whose journal the publishers publish.
    fn tenant(&self) -> TenantId;

    /// A new publisher before another side without entries or armed faults. Called at the start of each case.
    async fn fresh(&self) -> Arc<dyn JournalPublisher>;

    /// The same for meetings; nothing for a publisher that shows none.
    async fn fresh_for_meetings(&self) -> Option<Arc<dyn MeetingPublisher>>;

    /// Whether there are meetings.
    fn shows_meetings(&self) -> bool;

    /// Every copy of an entry that anybody can read now: one, or none, if all is well.
    async fn shown(&self, entry: EntryId) -> Vec<ShownEntry>;

    /// Every copy of a meeting that anybody can read now.
    async fn shown_meeting(&self, meeting: MeetingId) -> Vec<ShownMeeting>;

    /// Everything that anybody can read now, as one text.
    async fn everything(&self) -> String;

    /// Somebody else takes an entry out, or a meeting by its [subject](sakarkiv_core::publication::PublicMeeting::subject),
    /// behind the publisher's back.
    async fn take_out(&self, entry: EntryId);

    /// The present moment on the other side and ours.
    fn now(&self) -> Timestamp;

    /// Lets time pass.
    fn pass(&self, time: Duration);

    /// Whether a fault can be arranged.
    fn offers(&self, fault: JournalFault) -> bool;

    /// Arms a fault. Only called for what is offered.
    async fn arm(&self, fault: JournalFault);
}
