//! What specialist systems hand in: asked for, or handed in by call.

mod bulk;
mod calls;
mod contract;
mod corrections;
mod hidden;
mod items;
mod register;
pub(crate) mod world;
