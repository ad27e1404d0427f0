//! General ways in for specialist systems (fagsystemer): a folder with manifests, REST, e-mail, and the tables that map
//! what they deliver to cases.
#![forbid(unsafe_code)]
#![warn(missing_docs)]
