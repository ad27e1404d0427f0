use std::{fmt::Debug, sync::Arc};

use async_trait::async_trait;
use bytes::Bytes;
use sakarkiv_core::ports::{ConsignmentSource, ItemId};

/// What the suite asks the harness to make ready on the other side.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct SampleConsignment {
    /// The source's own id of it.
    pub key: String,
    /// The title of its case.
    pub case_title: String,
    /// The title of its one entry.
    pub title: String,
    /// Name and bytes of the entry's documents, main document first.
    pub documents: Vec<(String, Bytes)>,
    /// It is malformed: whatever the source's own format calls so.
    pub faulty: bool,
}

impl SampleConsignment {
    pub(super) fn new(key: &str, documents: usize) -> Self {
        let document = |n: usize| {
            let content = format!("%PDF-1.4 {key} {n} {}", "innhold ".repeat(n.saturating_mul(500)));
            (format!("dokument-{n}.pdf"), Bytes::from(content))
        };
        Self {
            key: key.to_owned(),
            case_title: "Elevmappe Proeveperson".to_owned(),
            title: "Vurdering Proeveperson".to_owned(),
            documents: (1..=documents).map(document).collect(),
            faulty: false,
        }
    }

    pub(super) const fn malformed(mut self) -> Self {
        self.faulty = true;
        self
    }
}

/// What goes wrong with the next call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum SourceFault {
    /// The other side does not answer, or is busy.
    Down,
    /// The credentials are refused.
    Unauthorised,
    /// The effect of an `answer` happens and the reply to it is lost.
    DropAnswer,
}

impl SourceFault {
    /// Every fault, for harnesses that offer all.
    pub const ALL: [Self; 3] = [Self::Down, Self::Unauthorised, Self::DropAnswer];
}

/// A consignment as the other side has it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PeerConsignment {
    /// It still waits for us.
    pub waiting: bool,
    /// The case number of the receipt that the other side has, if it has one.
    pub received: Option<String>,
    /// The other side was told that it is rejected.
    pub rejected: bool,
}

impl PeerConsignment {
    /// One that waits, or not, and of which the other side knows this.
    #[must_use]
    pub const fn new(waiting: bool, received: Option<String>, rejected: bool) -> Self {
        Self { waiting, received, rejected }
    }
}

/// What a vendor gives the suite for [`ConsignmentSource`].
#[async_trait]
pub trait SourceHarness: Debug + Send + Sync {
    /// What is tested, for the report.
    fn name(&self) -> String;

    /// A new adapter before another side without consignments or armed faults. Called at the start of each case.
    async fn fresh(&self) -> Arc<dyn ConsignmentSource>;

    /// Makes a consignment ready on the other side and gives the id it has in the list.
    async fn offer(&self, sample: &SampleConsignment) -> ItemId;

    /// The consignment as the other side has it; `None` when it does not know the id.
    async fn peer(&self, id: &ItemId) -> Option<PeerConsignment>;

    /// Whether malformed consignments can be arranged.
    fn offers_malformed(&self) -> bool {
        true
    }

    /// Whether a fault can be arranged.
    fn offers(&self, fault: SourceFault) -> bool;

    /// Arms a fault for the next call. Only called for what is offered.
    async fn arm(&self, fault: SourceFault);
}
