//! Doubles of the small ports: time, randomness, notices and documents in memory, and an archive that specialist systems call.
//!
//! Every double is deterministic and shared by cloning an `Arc`; none looks at the machine's clock or disk.

mod blobs;
mod clock;
mod desk;
mod entropy;
mod notifier;

pub use blobs::MemoryBlobs;
pub(crate) use clock::after;
pub use clock::{ManualClock, StoppedClock};
pub use desk::MemoryDesk;
pub use entropy::SeededEntropy;
pub use notifier::RecordingNotifier;
