//! Tests of the plan: by example, and in every combination of what it depends on.

mod changes;
mod corrections;
mod files;
mod kept;
mod plans;
mod world;
