use std::{fmt::Debug, sync::Arc, time::Duration};

use async_trait::async_trait;

use super::{Blobs, ItemId, PortError, Waiting};
use crate::{
    identity::{SourceId, TenantId},
    intake::{Consignment, Receipt, Rejection},
};

/// What a source of consignments can do, as plain data.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SourceCapabilities {
    /// The most items one `list` shows; a list this long may hide more. `None`: no cap.
    pub list_cap: Option<usize>,
    /// The longest a `fetch` may take.
    pub fetch_timeout: Duration,
    /// How often the source wants to be asked.
    pub poll_interval: Duration,
    /// Whether items must be taken in the order of the list, one by one. Where rows of consignments are numbered
    /// ([`Sequence`](crate::intake::Sequence)), that is not needed.
    pub in_order: bool,
    /// Whether the source hears [`Answer::SetAside`]. Where it does not, such an answer changes nothing and is `Ok`.
    pub tells_set_aside: bool,
}

impl SourceCapabilities {
    /// Capabilities of a source without a cap, whose items may be taken in any order.
    #[must_use]
    pub const fn new(fetch_timeout: Duration, poll_interval: Duration) -> Self {
        Self { list_cap: None, fetch_timeout, poll_interval, in_order: false, tells_set_aside: true }
    }
}

/// What was fetched.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Fetched {
    /// A consignment, its documents staged in [`Blobs`].
    Consignment(Box<Consignment>),
    /// Something that cannot be read as one: what its sender has to mend.
    Faulty(Rejection),
}

/// What a source is told about an item.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Answer {
    /// It is taken in, durably. The source shows it no more.
    Received(Box<Receipt>),
    /// It is not taken in as it is. The source shows it no more; a mended one comes as a new item, under the same
    /// [`ConsignmentKey`](crate::intake::ConsignmentKey) or another.
    Rejected(Rejection),
    /// It could not be taken in for now and is tried again. The source goes on showing it.
    SetAside {
        /// Why, in technical words without personal data.
        reason: String,
    },
}

/// A way in for specialist systems that are asked: a folder, a vendor's interface, a queue (R8.1–R8.5).
///
/// # Contract
/// One value serves one source of one tenant. The engine calls `list` at the poll interval, and for each item that it has not
/// finished: `fetch`, then one transaction that takes the whole consignment in (or the decision that it is rejected), then
/// `answer`. A crash in between means that the item is listed again; the engine knows it by its id, and what it holds by
/// its source and key, and only answers. An item that cannot be fetched is set aside with a notice and tried again at growing
/// intervals; it never blocks another.
///
/// # Cancellation
/// Every call may be dropped at any await; `answer` is then repeated.
#[async_trait]
pub trait ConsignmentSource: Debug + Send + Sync {
    /// The source, as it is registered here.
    fn id(&self) -> &SourceId;

    /// What it can do. Constant for the life of the value.
    fn capabilities(&self) -> SourceCapabilities;

    /// What is waiting, oldest first, including what was fetched but not answered. An [`ItemId`] is unique within the source
    /// for ever: a mended delivery is a new item.
    ///
    /// *Behaviour*: one malformed item never hides the others. An empty list is normal.
    ///
    /// # Errors
    /// `Transient`, `Unauthorised`, `Misconfigured`.
    async fn list(&self) -> Result<Vec<Waiting>, PortError>;

    /// Reads an item and puts its documents into `blobs`.
    ///
    /// *Behaviour*: repeating it gives the same consignment: the same source, key and content. What cannot be read is
    /// [`Fetched::Faulty`], never an error, so that its sender is told. Nothing is changed at the source.
    ///
    /// # Errors
    /// `Rejected` when no such item is waiting; `Transient`, `Unauthorised` as usual.
    async fn fetch(&self, tenant: &TenantId, id: &ItemId, blobs: Arc<dyn Blobs>) -> Result<Fetched, PortError>;

    /// Tells the source what became of an item. Only called when that is durable.
    ///
    /// *Behaviour*: repeating it is `Ok`; so is an item that is not waiting any more. After [`Answer::Received`] and
    /// [`Answer::Rejected`] the item is listed no more; after [`Answer::SetAside`] it is.
    ///
    /// # Errors
    /// `Transient`, `Unauthorised`.
    async fn answer(&self, id: &ItemId, answer: &Answer) -> Result<(), PortError>;

    /// Tests credentials and connection without taking anything in.
    ///
    /// # Errors
    /// Says what is wrong: `Unauthorised`, `Misconfigured` or `Transient`.
    async fn check(&self) -> Result<(), PortError>;
}
