use std::{fmt, time::Duration};

use async_trait::async_trait;
use futures_util::TryStreamExt;
use http::{Request, Response, header};
use thiserror::Error;

use crate::{Body, BodyError, HttpError, HttpService, base::is_loopback};

/// How [`ReqwestService`] connects.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct TransportConfig {
    /// The longest that making a connection may take, name look-up and TLS included.
    pub connect_timeout: Duration,
    /// Certificates (PEM) trusted besides those of the operating system, for proxies that look into traffic and for tests.
    pub extra_roots: Vec<Vec<u8>>,
    /// Whether `http://` is allowed to this very machine, for simulators. Never to another one.
    pub allow_loopback_http: bool,
    /// What the other side sees as `User-Agent`.
    pub user_agent: String,
}

impl Default for TransportConfig {
    /// 10 s to connect, the operating system's roots, no `http://`.
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(10),
            extra_roots: Vec::new(),
            allow_loopback_http: false,
            user_agent: concat!("sakarkiv/", env!("CARGO_PKG_VERSION")).to_owned(),
        }
    }
}

/// A transport that cannot be set up.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum TransportError {
    /// An extra root certificate is not PEM.
    #[error("extra root certificate number {number} is not a PEM certificate; check the file")]
    Root {
        /// Which, from 1.
        number: usize,
        /// Why.
        #[source]
        source: reqwest::Error,
    },
    /// Something in the environment, such as no usable root certificate.
    #[error("the HTTP client cannot be set up; check the root certificates and the proxy settings of the environment")]
    Setup(#[source] reqwest::Error),
}

/// The real network: reqwest with rustls, TLS 1.2 or newer, HTTP proxies as the environment says.
///
/// Follows no redirects, repeats nothing and keeps no cookies.
#[derive(Clone)]
pub struct ReqwestService {
    client: reqwest::Client,
    allow_loopback_http: bool,
}

impl ReqwestService {
    /// Sets it up.
    ///
    /// # Errors
    /// [`TransportError`] when a certificate cannot be read or none can be found.
    pub fn new(config: &TransportConfig) -> Result<Self, TransportError> {
        let roots = config
            .extra_roots
            .iter()
            .enumerate()
            .map(|(n, pem)| {
                reqwest::Certificate::from_pem(pem).map_err(|source| TransportError::Root { number: n + 1, source })
            })
            .collect::<Result<Vec<_>, _>>()?;
        let mut builder = reqwest::Client::builder()
            .connect_timeout(config.connect_timeout)
            .pool_idle_timeout(IDLE_CONNECTION)
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .https_only(!config.allow_loopback_http)
            .tls_version_min(reqwest::tls::Version::TLS_1_2)
            .user_agent(config.user_agent.as_str());
        if !roots.is_empty() {
            builder = builder.tls_certs_merge(roots);
        }
        if config.allow_loopback_http {
            builder = builder.no_proxy();
        }
        let client = builder.build().map_err(TransportError::Setup)?;
        Ok(Self { client, allow_loopback_http: config.allow_loopback_http })
    }

    fn permits(&self, uri: &http::Uri) -> bool {
        match uri.scheme_str() {
            Some("https") => true,
            Some("http") => self.allow_loopback_http && uri.host().is_some_and(is_loopback),
            _ => false,
        }
    }
}

impl fmt::Debug for ReqwestService {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReqwestService").field("allow_loopback_http", &self.allow_loopback_http).finish_non_exhaustive()
    }
}

#[async_trait]
impl HttpService for ReqwestService {
    async fn call(&self, request: Request<Body>) -> Result<Response<Body>, HttpError> {
        if !self.permits(request.uri()) {
            return Err(HttpError::connect("an unencrypted address is not allowed"));
        }
        let request = reqwest::Request::try_from(announced(request)).map_err(|error| refused(error, true))?;
        let response = self.client.execute(request).await.map_err(|error| {
            let unsent = error.is_connect() || error.is_builder();
            refused(error, unsent)
        })?;
        let mut answer = Response::new(());
        *answer.status_mut() = response.status();
        *answer.version_mut() = response.version();
        *answer.headers_mut() = response.headers().clone();
        let length = response.content_length();
        let chunks = response.bytes_stream().map_err(|error| BodyError::broken(error.without_url()));
        let body = match length {
            Some(length) => Body::from_sized_stream(chunks, length),
            None => Body::from_stream(chunks),
        };
        Ok(answer.map(|()| body))
    }
}

/// A connection left idle is closed after this long, before the servers in question close it: a request on a connection
/// that was just closed by the other side has an unknown outcome, which is a look-up for nothing.
const IDLE_CONNECTION: Duration = Duration::from_secs(20);

/// The request with its exact length announced, when it is known.
fn announced(request: Request<Body>) -> Request<reqwest::Body> {
    let (mut head, body) = request.into_parts();
    let body = match body.exact_length() {
        Some(0) => reqwest::Body::from(Vec::new()),
        length => {
            if let Some(length) = length {
                head.headers.insert(header::CONTENT_LENGTH, length.into());
            }
            reqwest::Body::wrap_stream(body.into_stream())
        }
    };
    Request::from_parts(head, body)
}

fn refused(error: reqwest::Error, unsent: bool) -> HttpError {
    let error = error.without_url();
    if unsent { HttpError::connect(error) } else { HttpError::interrupted(error) }
}
