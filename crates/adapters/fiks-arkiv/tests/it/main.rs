//! The archive of this crate against a simulated specialist system that holds every answer to the published schemas.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test ends where its world does not stand"
)]

mod exchange;
mod faults;
mod files;
mod folder;
mod hostile;
mod sign_offs;
mod world;
