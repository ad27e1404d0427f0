//! The simulated eInnsyn against what is known of the real one.

mod changes;
mod definitions;
mod faults;
mod meetings;
mod nesting;
mod office;
mod reading;
mod refusals;
mod requests;
mod rights;
mod searching;
