//! The HTTP layer against canned answers, and the real transport against a socket of this machine.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    unreachable_pub,
    reason = "helpers of tests fail loudly, and are seen by this binary alone"
)]

mod client;
mod doubles;
mod maskinporten;
mod transport;
