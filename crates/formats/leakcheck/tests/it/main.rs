//! The leak check against planted leaks in every disguise, against clean Norwegian text, and against hostile files.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "tests stop at the first thing that is not as it should be"
)]

mod clean;
mod disguises;
mod files;
mod hostile;
mod pdfs;
mod port;
mod world;
