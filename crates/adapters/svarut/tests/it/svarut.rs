//! SvarUt: letters out, look-ups, statuses and everything that goes wrong with them.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests fail loudly"
)]

mod asking;
mod definitions;
mod doubles;
mod faults;
mod letters;
mod sending;
