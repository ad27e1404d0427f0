//! Tests that need several crates at once.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "in tests a surprise ends the test"
)]

mod altinn;
mod clearance;
mod consignments;
mod dependency_rule;
mod einnsyn;
mod interfaces;
mod leaks;
mod office_over_simulators;
mod outside;
mod refusals;
mod specialist_systems;
mod sqlite_store;
mod svarinn_inbox;
mod svarut_channel;
mod svarut_over_a_socket;
