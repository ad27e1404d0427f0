//! SvarInn: lists, downloads and replies of both versions, with everything that goes wrong.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests fail the test, as the tests themselves do"
)]

mod contents;
mod definitions;
mod doubles;
mod lists;
mod mapping;
mod replies;
