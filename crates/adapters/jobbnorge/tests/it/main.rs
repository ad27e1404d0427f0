//! The three ways in over a simulated recruitment system, the public list of vacancies, and the published schemas.
#![expect(clippy::unwrap_used, clippy::panic, reason = "in tests a surprise ends the test")]

mod definitions;
mod jobs;
mod support;
mod ways;
