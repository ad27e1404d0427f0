//! Our eInnsyn before the simulator of eInnsyn.

mod conformance;
mod faults;
mod interface;
mod publishing;
mod requests;
pub(crate) mod world;
