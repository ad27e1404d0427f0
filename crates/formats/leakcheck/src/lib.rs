//! The leak check (R7.7): the last look at what is about to be published, at titles, names, file names and the text of
//! documents, for what must not be told: identity numbers, screened names and words, people of the case, bank accounts, and
//! where configured e-mail addresses and telephone numbers.
//!
//! A doubt is a finding too: a file that cannot be read to the end, of an unknown kind, encrypted, or an image of a page holds
//! the entry back until an archivist releases it. Findings tell what and where, never the text.
//!
//! [`LeakChecker`] implements the port [`LeakCheck`](sakarkiv_core::ports::LeakCheck); [`Matcher`] and [`extract()`] are its parts
//! for those who have texts or files of their own.
//!
//! What it cannot see: text in images, names nobody has registered, and a font that shows other letters than it says.
#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod check;
mod config;
mod contacts;
mod extract;
mod fold;
mod matcher;
mod names;
mod numbers;

pub use check::{FingerprintKey, LeakChecker};
pub use config::{LeakConfig, Limits, Reach};
pub use extract::{Extracted, extract};
pub use matcher::{Hit, Matcher, Scope, Scratch};
