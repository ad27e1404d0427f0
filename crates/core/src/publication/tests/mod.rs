//! The rules against properties written from the requirements and the law, for every combination of facts; and plans of whole
//! cases.

mod facts;
mod leaks;
mod plans;
mod spaces;
mod world;
