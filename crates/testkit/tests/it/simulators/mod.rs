//! The simulators against what is known of the real services.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "in tests a surprise ends the test")]

mod definitions;
mod faults;
mod letters;
mod maskinporten;
mod progress;
mod receiving;
mod served;
mod strictness;
mod support;
