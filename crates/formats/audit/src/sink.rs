//! The port by which checkpoints leave the reach of the database.

use std::fmt::Debug;

use async_trait::async_trait;
use sakarkiv_core::ports::PortError;

use crate::{Note, Origin};

/// Somebody outside the database who holds checkpoints: a witness, the neighbouring archive, storage that is written once, a
/// file on another machine. Only against such a copy can it be shown that the end of a log was cut off or the whole log was
/// rolled back.
///
/// *Behaviour*: whoever holds checkpoints keeps every one that it is given, and never one of a log that is smaller than or
/// different from what it holds already where it can tell. Repeating a note is harmless.
#[async_trait]
pub trait CheckpointSink: Debug + Send + Sync {
    /// Takes a signed checkpoint. `Ok` means that it is safe there.
    ///
    /// # Errors
    /// Any; it is handed over again, or a newer one in its place.
    async fn publish(&self, origin: &Origin, checkpoint: &Note) -> Result<(), PortError>;
}
