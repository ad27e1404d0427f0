//! Counts the calls that are under way, so that a simulated clock moves on only when nothing is.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use async_trait::async_trait;
use http::{Request, Response};
use sakarkiv::http::{Body, HttpError, HttpService};

/// A transport that knows how many of its calls have no answer yet.
#[derive(Debug)]
pub(crate) struct BusyHttp {
    inner: Arc<dyn HttpService>,
    under_way: AtomicUsize,
}

impl BusyHttp {
    pub(crate) fn new(inner: Arc<dyn HttpService>) -> Arc<Self> {
        Arc::new(Self { inner, under_way: AtomicUsize::new(0) })
    }

    pub(crate) fn under_way(&self) -> usize {
        self.under_way.load(Ordering::SeqCst)
    }
}

struct Call<'a>(&'a AtomicUsize);

impl Drop for Call<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

#[async_trait]
impl HttpService for BusyHttp {
    async fn call(&self, request: Request<Body>) -> Result<Response<Body>, HttpError> {
        self.under_way.fetch_add(1, Ordering::SeqCst);
        let _call = Call(&self.under_way);
        self.inner.call(request).await
    }
}
