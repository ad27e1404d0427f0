//! What the HTTP adapters of sakarkiv share: one small transport trait, so that a simulator can stand in for the network.
#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod body;
mod service;

pub use body::{Body, BodyError, BodyStream};
pub use service::{HttpError, HttpService};
