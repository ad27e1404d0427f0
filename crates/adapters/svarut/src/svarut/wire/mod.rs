//! The interface's own shapes. Names are the interface's, in Norwegian; what they mean stands in its documentation.

mod answers;
mod shipments;

pub(super) use answers::*;
pub(super) use shipments::*;
