//! Tests of the test kit itself.

mod conformance;
mod simulation;
mod simulators;
