//! What the HTTP adapters of sakarkiv share: one small transport trait, so that a simulator can stand in for the network;
//! calls with time-outs, bounded answers and failures that tell what may have happened; Maskinporten tokens.
//!
//! Three layers, each usable alone:
//! - [`HttpService`] sends one request. [`ReqwestService`] is the real one.
//! - [`Client`] adds what every adapter needs: a time-out by the clock port, a bound on answers, [`PortError`]s.
//! - [`Maskinporten`] gets access tokens and keeps them for as long as they hold.
//!
//! Nothing here logs or shows content: errors carry codes, sizes and hashes.
//!
//! [`PortError`]: sakarkiv_core::ports::PortError
#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod base;
mod body;
mod client;
mod maskinporten;
mod outcome;
mod service;
mod token;
mod token_cache;
mod transport;

pub use base::{BaseUrl, BaseUrlError};
pub use body::{Body, BodyError, BodyStream};
pub use client::{Answer, Client, DEFAULT_ANSWER_LIMIT, Opened, Operation};
pub use maskinporten::{GrantKey, KeyError, Maskinporten, MaskinportenConfig};
pub use outcome::{Effect, LONGEST_RETRY_AFTER, kind_of, retry_after};
pub use service::{HttpError, HttpService};
pub use token::{AccessToken, SystemUser, TokenRequest, TokenSource};
pub use token_cache::{Fresh, TokenCache};
pub use transport::{ReqwestService, TransportConfig, TransportError};
