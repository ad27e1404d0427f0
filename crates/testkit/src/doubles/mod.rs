//! Doubles of the small ports: time, randomness, notices, documents and a register of recipients in memory, and an archive that specialist systems call.
//!
//! Every double is deterministic and shared by cloning an `Arc`; none looks at the machine's clock or disk.

mod blobs;
mod clock;
mod desk;
mod entropy;
mod notifier;
mod register;

pub use blobs::MemoryBlobs;
pub(crate) use clock::after;
pub use clock::{ManualClock, StoppedClock};
pub use desk::MemoryDesk;
pub use entropy::SeededEntropy;
pub use notifier::RecordingNotifier;
pub use register::MemoryRegister;
