//! KS SvarUt and SvarInn.
#![forbid(unsafe_code)]
#![warn(missing_docs)]

pub mod svarinn;
