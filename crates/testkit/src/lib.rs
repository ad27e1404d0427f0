//! What tests of sakarkiv, and of everything built on it, need: ports in memory, doubles of the small ones, simulators of
//! the services on the other side, conformance suites, published definitions to compare with, and the simulation of a whole
//! office.
#![forbid(unsafe_code)]
#![warn(missing_docs)]

pub mod conformance;
pub mod definitions;
pub mod doubles;
pub mod memory;
pub mod simulation;
pub mod simulators;
