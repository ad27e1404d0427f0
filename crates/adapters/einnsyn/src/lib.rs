//! eInnsyn for sakarkiv: publishes the public journal (offentlig journal) and fetches requests for access (innsynskrav).
#![forbid(unsafe_code)]
#![warn(missing_docs)]
