//! The office against stores, channels and inboxes in memory, under a clock that jumps to the next moment somebody waits
//! for.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on must fail")]

mod access;
mod consignments;
mod damaged_log;
mod delivery;
mod document_requests;
mod doubt;
mod intake;
mod lists;
mod log;
mod meetings;
mod meetings_world;
mod moody;
mod orders;
mod outage;
mod ownership;
mod people;
mod publishing;
mod publishing_at_once;
mod publishing_kills;
mod publishing_world;
mod recipients;
mod setup;
mod sign_offs;
mod unopened;
mod world;
