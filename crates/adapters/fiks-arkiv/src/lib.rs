//! Fiks Arkiv for sakarkiv: the messages by which specialist systems archive, read and answered.
#![forbid(unsafe_code)]
#![warn(missing_docs)]
