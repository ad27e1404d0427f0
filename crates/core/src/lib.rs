//! Vocabulary, rules and ports of sakarkiv.
//!
//! Pure by design: no I/O, no runtime, no clock of its own. Everything an adapter, a store or an engine needs to agree on
//! is here, and nothing else.
#![forbid(unsafe_code)]
#![warn(missing_docs)]

pub mod access;
pub mod audit;
pub mod calendar;
pub mod case;
pub mod delivery;
pub mod document;
pub mod identity;
pub mod intake;
pub mod integration;
pub mod journal;
mod noark;
pub mod party;
pub mod ports;
pub mod publication;
pub mod reason;
pub mod routing;
pub mod screening;
pub mod sensitivity;
pub mod text;
pub mod unopened;
