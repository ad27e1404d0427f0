//! Logs as an outsider sees them: files, keys and published checkpoints.
#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test's helpers may stop at once")]

mod keeping;
mod program;
mod tampering;
mod vectors;
mod world;
