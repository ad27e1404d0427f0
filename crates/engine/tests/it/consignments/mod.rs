//! What specialist systems hand in: asked for, or handed in by call.

mod bulk;
mod calls;
mod items;
mod register;
pub(crate) mod world;
