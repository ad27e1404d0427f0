//! Where deliveries come from: the trait that a vendor's interface is mapped on by, and three ways in that speak the
//! contract itself.
//!
//! | way in | deliveries | bytes | receipt |
//! |---|---|---|---|
//! | [`FolderDrop`] | a folder each, `leveranse.json` written last | beside it | `kvittering.json` in the folder, which is moved |
//! | [`push::router`] | `POST /rekruttering/v1/leveranser`, a form | its parts | at the address that the answer names |
//! | [`RestPull`] | `GET …/arkiv/v1/leveranser` | at the address each file names | `POST …/kvittering` |
//!
//! What is pushed lies in a drop folder until the office takes it, so all three end alike, and a crash loses nothing.

mod folder;
mod pull;
pub mod push;
mod recruitment;

use std::fmt::Debug;

use async_trait::async_trait;
use sakarkiv_core::ports::{ByteStream, ItemId, PortError, Waiting};

pub use sakarkiv_dropfolder::{DropError, DropFolder};

pub use self::{
    folder::FolderDrop,
    pull::{RestPull, RestPullConfig},
    recruitment::Recruitment,
};
use crate::contract::{Binding, Delivery, Fault, Receipt};

/// What reading a delivery gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReadDelivery {
    /// A delivery that is sound in form.
    Sound(Box<Delivery>),
    /// One that is not.
    Faulty {
        /// Its id, as far as it can be told; else what the source knows it by.
        id: String,
        /// Every fault.
        faults: Vec<Fault>,
    },
}

/// A recruitment system that delivers. Implement it to map a vendor's interface on; [`Recruitment`] does the rest.
///
/// # Contract
/// As for [`ConsignmentSource`](sakarkiv_core::ports::ConsignmentSource): a delivery waits until it is acknowledged with a
/// receipt that ends it, each call may be dropped at any await and repeated, and one bad delivery never hides another.
#[async_trait]
pub trait RecruitmentSource: Debug + Send + Sync {
    /// What a file must say about where its bytes are.
    fn binding(&self) -> Binding;

    /// What waits, oldest first. An id is unique for ever: a mended delivery is another item.
    ///
    /// # Errors
    /// `Transient`, `Unauthorised`, `Misconfigured`.
    async fn waiting(&self) -> Result<Vec<Waiting>, PortError>;

    /// Reads a delivery. Repeating it gives the same.
    ///
    /// # Errors
    /// `Rejected` when no such delivery waits; `Transient`, `Unauthorised`.
    async fn delivery(&self, id: &ItemId) -> Result<ReadDelivery, PortError>;

    /// How many files may be opened before the first of them is read. One, unless it costs nothing that they wait: a download
    /// that nobody reads from is broken off.
    fn open_at_once(&self) -> usize {
        1
    }

    /// Opens the files of documents, by their places in the delivery and in this order. A file that is missing or cannot be
    /// used is told by its fault; whether the bytes are the right ones is checked by the caller.
    ///
    /// # Errors
    /// `Transient`, `Unauthorised`.
    async fn open(
        &self,
        id: &ItemId,
        delivery: &Delivery,
        documents: &[usize],
    ) -> Result<Vec<Result<ByteStream, Fault>>, PortError>;

    /// Tells the outcome. Repeating it is harmless, also for a delivery that waits no more.
    ///
    /// # Errors
    /// `Transient`, `Unauthorised`.
    async fn acknowledge(&self, id: &ItemId, receipt: &Receipt) -> Result<(), PortError>;

    /// Tests the connection without taking anything.
    ///
    /// # Errors
    /// Says what is wrong.
    async fn check(&self) -> Result<(), PortError>;
}
