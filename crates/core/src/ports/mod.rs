//! The traits that everything outside the domain implements: channels, inboxes, publishers, registers, stores, time.
//!
//! All are object-safe, small, `Send + Sync + Debug`, and use `async-trait` so that they can be boxed and mocked. Options
//! and capabilities are plain structs, so that a new one breaks nobody. Each method's *behaviour* list is what the
//! conformance suite of the test kit checks; a vendor who keeps it passes.
//!
//! | port | does | the engine calls it |
//! |---|---|---|
//! | [`Channel`] | letters out | for each attempt, look-up and status batch |
//! | [`Inbox`] | mail in | at its poll interval |
//! | [`ConsignmentSource`] | cases in, from specialist systems that are asked | at its poll interval |
//! | [`ArchiveDesk`] | cases in, from specialist systems that call | it is what the engine offers them |
//! | [`LeakCheck`] | last look at what would be published | before each published change |
//! | [`JournalPublisher`] | public journal | for each published change |
//! | [`MeetingPublisher`] | public journal with meetings | for each published change |
//! | [`AccessRequests`] | requests for access in | at intervals |
//! | [`AccessCoverage`] | who can open confidential mail | before routing |
//! | [`Directory`] | people and organisations | before dispatch |
//! | [`Store`], [`Blobs`] | memory | always |
//! | [`Clock`], [`Entropy`], [`Notifier`] | time, randomness, telling people | always |
//!
//! With the feature `mocks` each has a `mockall` mock, for example `MockChannel`.

mod archive_desk;
mod blobs;
mod channel;
mod clock;
mod consignments;
mod error;
mod filters;
mod inbox;
mod kept;
mod leak;
mod lookup;
#[cfg(feature = "mocks")]
mod mocks;
mod notifier;
mod publishing;
mod store;

pub use archive_desk::{ArchiveDesk, ArchiveError, OpenFile, SignOffWish};
pub use blobs::{Blobs, ByteStream};
pub use channel::{
    Accepted, Channel, ChannelCapabilities, Dispatch, Found, HistoryLine, Reach, ReachQuery, RemoteStatus, Stage,
    StatusLine,
};
pub use clock::{Clock, Entropy, new_uuid};
pub use consignments::{Answer, ConsignmentSource, Fetched, SourceCapabilities};
pub use error::{PortError, PortErrorKind};
pub use filters::{AccessFilter, CaseFilter, DeliveryFilter, KeptFilter};
pub use inbox::{
    Correspondent, Inbox, InboxCapabilities, ItemId, MailKind, ReceivedDocument, ReceivedMail, Refusal, UnopenedMail,
    Waiting,
};
pub use kept::Kept;
pub use leak::LeakCheck;
pub use lookup::{AccessCoverage, Directory, DirectoryEntry};
#[cfg(feature = "mocks")]
pub use mocks::*;
pub use notifier::{Audience, Notice, Notifier, Subject};
pub use publishing::{
    AccessRequest, AccessRequests, JournalPublisher, MeetingPublisher, Published, PublishedMeeting,
    PublisherCapabilities, Requester, Wanted,
};
pub use store::{
    Assigned, AuditRecord, Claim, ClaimRequest, DeliveryCount, Fence, Intake, IntakeState, NodeId, Op, Remembered,
    Store, StoreError, Transaction,
};
