//! The journal page as publisher, as router and as files.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "in tests a surprise ends the test")]

mod conformance;
mod escaping;
mod export;
mod feeds;
mod meetings;
mod names;
mod pages;
mod publisher;
mod requests;
mod store;
mod world;
