//! A network that always says the same, and what surrounds it.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicU64, Ordering},
};

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::StreamExt;
use http::{Request, Response};
use sakarkiv_core::{
    document::BlobRef,
    identity::{TenantId, Timestamp},
    ports::{Blobs, ByteStream, Clock, Entropy, PortError, PortErrorKind},
};
use sakarkiv_http::{AccessToken, Body, HttpError, HttpService, TokenRequest, TokenSource};

/// Answers every request alike.
#[derive(Debug)]
pub(crate) struct Network {
    status: u16,
    body: Bytes,
}

impl Network {
    pub(crate) fn answering(status: u16, body: impl Into<Bytes>) -> Arc<Self> {
        Arc::new(Self { status, body: body.into() })
    }
}

#[async_trait]
impl HttpService for Network {
    async fn call(&self, request: Request<Body>) -> Result<Response<Body>, HttpError> {
        request.into_body().collect_limited(1 << 20).await.map_err(HttpError::interrupted)?;
        Response::builder().status(self.status).body(Body::from(self.body.clone())).map_err(HttpError::connect)
    }
}

/// A clock that moves only when somebody waits, and then at once.
#[derive(Debug, Default)]
pub(crate) struct Still(Mutex<Timestamp>);

#[async_trait]
impl Clock for Still {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }

    async fn sleep_until(&self, moment: Timestamp) {
        let mut now = self.0.lock().unwrap();
        *now = moment.max(*now);
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

/// Takes documents within the limit and keeps none.
#[derive(Debug)]
pub(crate) struct Shelf;

#[async_trait]
impl Blobs for Shelf {
    async fn put(&self, _: &TenantId, mut content: ByteStream, limit: u64) -> Result<BlobRef, PortError> {
        let mut bytes = Vec::new();
        while let Some(chunk) = content.next().await {
            bytes.extend_from_slice(&chunk?);
            if bytes.len() as u64 > limit {
                return Err(PortError::new(PortErrorKind::Rejected, "shelf.put", "too long"));
            }
        }
        Ok(BlobRef::of(&bytes))
    }

    async fn open(&self, _: &TenantId, _: &BlobRef) -> Result<ByteStream, PortError> {
        Err(PortError::new(PortErrorKind::Rejected, "shelf.open", "no such document"))
    }
}
