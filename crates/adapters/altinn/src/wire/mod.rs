//! The interface's own shapes. Names are the interface's.

mod answers;
mod requests;

pub(crate) use answers::*;
pub(crate) use requests::*;
