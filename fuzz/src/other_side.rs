//! The other side of an adapter, answering what it is told to.

use std::{
    fmt,
    future::pending,
    sync::atomic::{AtomicU64, Ordering},
};

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::StreamExt as _;
use http::{Request, Response};
use sakarkiv_core::{
    document::BlobRef,
    identity::{TenantId, Timestamp},
    ports::{Blobs, ByteStream, Clock, Entropy, PortError, PortErrorKind},
};
use sakarkiv_http::{AccessToken, Body, HttpError, HttpService, TokenRequest, TokenSource};

/// A status and a body.
#[derive(Clone)]
pub(crate) struct Answer {
    status: u16,
    body: Bytes,
}

impl Answer {
    pub(crate) fn new(status: u16, body: &[u8]) -> Self {
        Self { status, body: Bytes::copy_from_slice(body) }
    }
}

/// Answers each request by its path.
pub(crate) struct OtherSide(Box<dyn Fn(&str) -> Answer + Send + Sync>);

impl OtherSide {
    pub(crate) fn new(answer: impl Fn(&str) -> Answer + Send + Sync + 'static) -> Self {
        Self(Box::new(answer))
    }
}

impl fmt::Debug for OtherSide {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OtherSide").finish_non_exhaustive()
    }
}

#[async_trait]
impl HttpService for OtherSide {
    async fn call(&self, request: Request<Body>) -> Result<Response<Body>, HttpError> {
        let answer = (self.0)(request.uri().path());
        let sent = request.into_body().collect_limited(1 << 20).await;
        sent.map_err(HttpError::interrupted)?;
        let response = Response::builder().status(answer.status).body(Body::from(answer.body));
        response.map_err(HttpError::connect)
    }
}

/// Takes documents and keeps none.
#[derive(Debug)]
pub(crate) struct Sink;

#[async_trait]
impl Blobs for Sink {
    async fn put(&self, _: &TenantId, mut content: ByteStream, limit: u64) -> Result<BlobRef, PortError> {
        let mut bytes = Vec::new();
        while let Some(piece) = content.next().await {
            bytes.extend_from_slice(&piece?);
            if bytes.len() as u64 > limit {
                return Err(PortError::new(PortErrorKind::Rejected, "sink.put", "too long"));
            }
        }
        Ok(BlobRef::of(&bytes))
    }

    async fn open(&self, _: &TenantId, _: &BlobRef) -> Result<ByteStream, PortError> {
        Ok(futures_util::stream::iter([Ok(Bytes::from_static(super::seeds::PDF))]).boxed())
    }
}

/// A clock that stands still: nothing ever times out.
#[derive(Debug)]
pub(crate) struct Still;

#[async_trait]
impl Clock for Still {
    fn now(&self) -> Timestamp {
        super::seeds::now()
    }

    async fn sleep_until(&self, _: Timestamp) {
        pending().await
    }
}

#[derive(Debug, Default)]
pub(crate) struct Counting(AtomicU64);

impl Entropy for Counting {
    fn next_u64(&self) -> u64 {
        self.0.fetch_add(1, Ordering::Relaxed)
    }
}

#[derive(Debug)]
pub(crate) struct OneToken;

#[async_trait]
impl TokenSource for OneToken {
    async fn token(&self, _: &TokenRequest) -> Result<AccessToken, PortError> {
        Ok(AccessToken::new("token"))
    }

    async fn invalidate(&self, _: &TokenRequest, _: &AccessToken) {}
}
