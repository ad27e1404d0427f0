//! What the adapters do over the wire, against canned answers.

mod svarinn;
mod svarut;
