//! Tests that need several crates at once.

mod dependency_rule;
