//! The general ways in, as senders use and misuse them.
#![expect(clippy::unwrap_used, clippy::panic, reason = "in tests a surprise ends the test")]

mod conformance;
mod folder;
mod forms;
