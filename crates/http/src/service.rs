use std::{error::Error, fmt::Debug, sync::Arc};

use async_trait::async_trait;
use thiserror::Error;

use crate::Body;

/// Sends one HTTP request and gives the answer. The whole network, as far as adapters know it.
///
/// *Behaviour*
/// - The request has an absolute URI. Redirects are not followed: credentials go where they were meant to go only.
/// - `Ok` is any answer, of any status; the body may still be on its way and may still break.
/// - Dropping the future ends the call; what was sent by then may have arrived.
/// - Nothing is repeated: one call is at most one request on the wire.
#[async_trait]
pub trait HttpService: Debug + Send + Sync {
    /// Makes the call.
    ///
    /// # Errors
    /// [`HttpError`], which tells whether the request may have arrived.
    async fn call(&self, request: http::Request<Body>) -> Result<http::Response<Body>, HttpError>;
}

#[async_trait]
impl<T: HttpService + ?Sized> HttpService for Arc<T> {
    async fn call(&self, request: http::Request<Body>) -> Result<http::Response<Body>, HttpError> {
        self.as_ref().call(request).await
    }
}

/// A call without an answer. The two kinds differ in what may have happened on the other side; neither shows the address or
/// any content, because both may name people.
#[derive(Debug, Error)]
pub enum HttpError {
    /// No connection, or the request was refused before it left: certainly nothing was sent.
    #[error("no connection to the server, nothing was sent")]
    Connect(#[source] Box<dyn Error + Send + Sync>),
    /// The connection broke or the body failed under way: the request may have arrived, whole or in part.
    #[error("the connection broke during the call, the request may have arrived")]
    Interrupted(#[source] Box<dyn Error + Send + Sync>),
}

impl HttpError {
    /// Certainly nothing was sent.
    #[must_use]
    pub fn connect(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Connect(cause.into())
    }

    /// The request may have arrived.
    #[must_use]
    pub fn interrupted(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Interrupted(cause.into())
    }

    /// Whether the request may have arrived.
    #[must_use]
    pub const fn may_have_arrived(&self) -> bool {
        matches!(self, Self::Interrupted(_))
    }
}
