//! A public journal page (offentlig postjournal): to mount as a router, or to export as files.
#![forbid(unsafe_code)]
#![warn(missing_docs)]
