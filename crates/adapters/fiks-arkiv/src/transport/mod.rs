//! How messages come and go. Fiks IO itself (AMQP, signed and encrypted containers) is one implementation to be; a folder and
//! memory are others.

mod folder;
mod memory;

use std::fmt::{self, Debug};

use async_trait::async_trait;
use sakarkiv_core::ports::{ByteStream, PortError};
use uuid::Uuid;

use crate::MessageKind;

pub use folder::FolderTransport;
pub use memory::{MemoryTransport, SentMessage};

/// A message that waits for the archive.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Incoming {
    /// Its id (melding-id), the same however often it is delivered.
    pub id: Uuid,
    /// What it is about.
    pub kind: MessageKind,
    /// The account (konto) it came from; the transport has checked that it did.
    pub sender: Uuid,
    /// The message it answers (svarPaMelding).
    pub answers: Option<Uuid>,
    /// The sender's mark of the dialogue (klientKorrelasjonsId), which the answers repeat. Opaque.
    pub correlation: Option<String>,
    /// The names of the files that came with it. Never used as paths.
    pub files: Vec<String>,
}

impl Incoming {
    /// A message without files that answers nothing; the rest is set by field.
    #[must_use]
    pub const fn new(id: Uuid, kind: MessageKind, sender: Uuid) -> Self {
        Self { id, kind, sender, answers: None, correlation: None, files: Vec::new() }
    }
}

/// A message that the archive sends.
#[derive(Debug)]
#[non_exhaustive]
pub struct Outgoing {
    /// The account it goes to.
    pub to: Uuid,
    /// What it is about.
    pub kind: MessageKind,
    /// The message it answers.
    pub answers: Option<Uuid>,
    /// The mark of the dialogue.
    pub correlation: Option<String>,
    /// Its files. Many kinds have none.
    pub files: Vec<OutgoingFile>,
}

/// A file of a message that is sent.
pub struct OutgoingFile {
    /// The name.
    pub name: String,
    /// The bytes.
    pub content: ByteStream,
}

impl Debug for OutgoingFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OutgoingFile").finish_non_exhaustive()
    }
}

/// The way messages of one account of ours come and go.
///
/// # Contract
/// Delivery is at least once: what is not acknowledged is delivered again, with the same id. The archive acknowledges a
/// message when its answer has been sent, and not before.
///
/// # Cancellation
/// Every call may be dropped at any await; `send` may then have sent or not.
#[async_trait]
pub trait FiksTransport: Debug + Send + Sync {
    /// The next message that waits and that this value is not at work on. Nothing when none waits now.
    ///
    /// # Errors
    /// `Transient`, `Unauthorised`, `Misconfigured`.
    async fn receive(&self) -> Result<Option<Incoming>, PortError>;

    /// Opens a file of a message that was received and not acknowledged.
    ///
    /// # Errors
    /// `Rejected` when it has no such file; `Transient`.
    async fn open(&self, message: Uuid, file: &str) -> Result<ByteStream, PortError>;

    /// Sends a message whole.
    ///
    /// *Behaviour*: `Ok` means that it is safely on its way. An answer may be sent twice when a crash falls between; the other
    /// side knows it by what it answers.
    ///
    /// # Errors
    /// `Transient` when certainly nothing was sent; `Unknown`; `Rejected` when the account cannot be reached for good.
    async fn send(&self, message: Outgoing) -> Result<(), PortError>;

    /// The message is done with: it is delivered no more. Repeating it is `Ok`.
    ///
    /// # Errors
    /// `Transient`.
    async fn acknowledge(&self, message: Uuid) -> Result<(), PortError>;

    /// The message could not be dealt with now: it is delivered again, after the others.
    ///
    /// # Errors
    /// `Transient`.
    async fn put_back(&self, message: Uuid) -> Result<(), PortError>;
}
