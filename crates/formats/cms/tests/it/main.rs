//! The crate as its users see it: alone, and against `openssl cms` as referee.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "helpers of tests may fail loudly")]

mod alone;
mod hostile;
mod key_files;
mod referee;
mod support;
