use std::{fmt::Debug, sync::Arc};

use async_trait::async_trait;
use bytes::Bytes;
use sakarkiv_core::ports::{Inbox, ItemId};

/// Mail that the suite asks the harness to put on the other side.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct SampleMail {
    /// Its subject.
    pub title: String,
    /// Who it is from.
    pub sender: String,
    /// Sent as confidential, or at the highest security level.
    pub confidential: bool,
    /// Name, media type and bytes of its documents.
    pub documents: Vec<(String, String, Bytes)>,
    /// What is wrong with it.
    pub flaw: Option<SampleFlaw>,
}

impl SampleMail {
    pub(super) fn new(title: &str, documents: usize) -> Self {
        let document = |n: usize| {
            let content = format!("%PDF-1.4 {title} {n} {}", "innhold ".repeat(n.saturating_mul(500)));
            (format!("dokument-{n}.pdf"), "application/pdf".to_owned(), Bytes::from(content))
        };
        Self {
            title: title.to_owned(),
            sender: "Proevekommunen Avsender".to_owned(),
            confidential: false,
            documents: (1..=documents).map(document).collect(),
            flaw: None,
        }
    }

    pub(super) const fn with(mut self, flaw: SampleFlaw) -> Self {
        self.flaw = Some(flaw);
        self
    }
}

/// What can be wrong with mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum SampleFlaw {
    /// It is encrypted to a key that the adapter does not have.
    Undecryptable,
    /// Its content was changed or cut off on the way.
    Broken,
    /// Its list entry cannot be read.
    MalformedEntry,
    /// It is listed twice.
    ListedTwice,
}

impl SampleFlaw {
    /// Every flaw, for harnesses that offer all.
    pub const ALL: [Self; 4] = [Self::Undecryptable, Self::Broken, Self::MalformedEntry, Self::ListedTwice];
}

/// What goes wrong with the next call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum InboxFault {
    /// The other side does not answer, or is busy.
    Down,
    /// The credentials are refused.
    Unauthorised,
    /// The other side's answer to `list` cannot be read as a whole.
    GarbledList,
    /// The effect of an `acknowledge` happens and its answer is lost.
    DropAnswer,
}

impl InboxFault {
    /// Every fault, for harnesses that offer all.
    pub const ALL: [Self; 4] = [Self::Down, Self::Unauthorised, Self::GarbledList, Self::DropAnswer];
}

/// An item as the other side has it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PeerItem {
    /// It still waits for us.
    pub waiting: bool,
    /// The other side was told that it is safely ours.
    pub acknowledged: bool,
    /// The reasons with which we refused it, in order.
    pub refusals: Vec<String>,
}

impl PeerItem {
    /// An item that nobody has touched.
    #[must_use]
    pub const fn untouched() -> Self {
        Self { waiting: true, acknowledged: false, refusals: Vec::new() }
    }
}

/// What a vendor gives the suite for [`Inbox`].
#[async_trait]
pub trait InboxHarness: Debug + Send + Sync {
    /// What is tested, for the report.
    fn name(&self) -> String;

    /// A new adapter before another side without mail or armed faults. Called at the start of each case.
    async fn fresh(&self) -> Arc<dyn Inbox>;

    /// Puts mail on the other side and gives the id it has there. Only called with flaws that are offered.
    async fn drop_in(&self, mail: &SampleMail) -> ItemId;

    /// The item as the other side has it; `None` when it does not know the id.
    async fn peer(&self, id: &ItemId) -> Option<PeerItem>;

    /// Whether the other side can mark mail as confidential.
    fn marks_confidential(&self) -> bool {
        true
    }

    /// Whether the other side tells who mail is from.
    fn tells_sender(&self) -> bool {
        true
    }

    /// Whether mail with a flaw can be arranged.
    fn offers_flaw(&self, flaw: SampleFlaw) -> bool;

    /// Whether a fault can be arranged.
    fn offers(&self, fault: InboxFault) -> bool;

    /// Arms a fault for the next call. Only called for what is offered.
    async fn arm(&self, fault: InboxFault);
}
