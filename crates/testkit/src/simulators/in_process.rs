use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use async_trait::async_trait;
use axum::{Router, body::Body as AxumBody};
use futures_util::{StreamExt, TryStreamExt};
use http::{Request, Response, header::HOST};
use sakarkiv_http::{Body, BodyError, HttpError, HttpService};
use tower::ServiceExt;

use super::gate::CutOff;

/// Calls routers directly instead of the network: no socket, no port, no timing of its own.
///
/// A connection that a fault breaks is [`HttpError::Interrupted`] here, and a host taken off the network is
/// [`HttpError::Connect`], just as a real client would see them. A request body that fails under way is `Interrupted` too,
/// and the simulator sees it break off.
#[derive(Clone)]
pub struct InProcess {
    inner: Arc<Inner>,
}

struct Inner {
    any_host: Option<Router>,
    hosts: BTreeMap<String, Router>,
    unreachable: Mutex<BTreeSet<String>>,
}

impl InProcess {
    /// Every host name leads to this router.
    #[must_use]
    pub fn new(router: Router) -> Self {
        Self::build(Some(router), BTreeMap::new())
    }

    /// Each host name (without port) leads to its router; others cannot be connected to.
    #[must_use]
    pub fn hosts<H: Into<String>>(hosts: impl IntoIterator<Item = (H, Router)>) -> Self {
        Self::build(None, hosts.into_iter().map(|(host, router)| (host.into(), router)).collect())
    }

    /// Takes a host off the network: calls to it fail before anything is sent.
    pub fn disconnect(&self, host: &str) {
        self.unreachable().insert(host.to_owned());
    }

    /// Puts a host back on the network.
    pub fn reconnect(&self, host: &str) {
        self.unreachable().remove(host);
    }

    fn build(any_host: Option<Router>, hosts: BTreeMap<String, Router>) -> Self {
        Self { inner: Arc::new(Inner { any_host, hosts, unreachable: Mutex::default() }) }
    }

    fn unreachable(&self) -> std::sync::MutexGuard<'_, BTreeSet<String>> {
        self.inner.unreachable.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn router(&self, host: &str) -> Option<Router> {
        if self.unreachable().contains(host) {
            return None;
        }
        self.inner.hosts.get(host).or(self.inner.any_host.as_ref()).cloned()
    }
}

impl fmt::Debug for InProcess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InProcess").field("hosts", &self.inner.hosts.keys()).finish_non_exhaustive()
    }
}

#[async_trait]
impl HttpService for InProcess {
    async fn call(&self, request: Request<Body>) -> Result<Response<Body>, HttpError> {
        let authority =
            request.uri().authority().cloned().ok_or_else(|| HttpError::connect("the address has no host"))?;
        let router = self
            .router(authority.host())
            .ok_or_else(|| HttpError::connect("the simulated network leads to no such host"))?;
        let broken = Arc::new(AtomicBool::new(false));
        let (mut parts, body) = request.into_parts();
        if !parts.headers.contains_key(HOST)
            && let Ok(host) = authority.as_str().parse()
        {
            parts.headers.insert(HOST, host);
        }
        let body = watched(body, Arc::clone(&broken));
        let response = match router.oneshot(Request::from_parts(parts, body)).await {
            Ok(response) => response,
            Err(never) => match never {},
        };
        if broken.load(Ordering::SeqCst) {
            return Err(HttpError::interrupted("the request body broke off"));
        }
        if response.extensions().get::<CutOff>().is_some() {
            return Err(HttpError::interrupted("the simulator broke the connection"));
        }
        let (parts, body) = response.into_parts();
        let stream = TryStreamExt::map_err(body.into_data_stream(), BodyError::broken);
        Ok(Response::from_parts(parts, Body::from_stream(stream)))
    }
}

/// The request body, with a flag that goes up when it fails.
fn watched(body: Body, broken: Arc<AtomicBool>) -> AxumBody {
    AxumBody::from_stream(body.into_stream().inspect(move |chunk| {
        if chunk.is_err() {
            broken.store(true, Ordering::SeqCst);
        }
    }))
}
