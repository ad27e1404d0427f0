use bytes::Bytes;
use futures_util::stream;
use http::Request;
use sakarkiv_http::{Body, BodyError, HttpService, ReqwestService, TransportConfig};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
    task::JoinHandle,
};

fn service() -> ReqwestService {
    let mut config = TransportConfig::default();
    config.allow_loopback_http = true;
    ReqwestService::new(&config).unwrap()
}

/// Reads one request up to `end`, answers with `reply`, closes, and gives what it read.
async fn serve_once(end: &'static str, reply: &'static str) -> (String, JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let task = tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.unwrap();
        let mut seen = Vec::new();
        let mut buffer = [0; 1024];
        while !String::from_utf8_lossy(&seen).ends_with(end) {
            match socket.read(&mut buffer).await.unwrap() {
                0 => break,
                n => seen.extend_from_slice(&buffer[..n]),
            }
        }
        socket.write_all(reply.as_bytes()).await.unwrap();
        String::from_utf8(seen).unwrap()
    });
    (address, task)
}

fn post(address: &str, body: Body) -> Request<Body> {
    Request::builder().method("POST").uri(format!("{address}/x")).body(body).unwrap()
}

fn two_chunks() -> impl futures_util::Stream<Item = Result<Bytes, BodyError>> + Send + 'static {
    stream::iter([Ok(Bytes::from_static(b"hei")), Ok(Bytes::from_static(b"sann"))])
}

const OK: &str = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\nx-a: b\r\n\r\nja";

#[tokio::test]
async fn a_body_of_known_length_is_announced_and_streamed() {
    let (address, seen) = serve_once("heisann", OK).await;
    let response = service().call(post(&address, Body::from_sized_stream(two_chunks(), 7))).await.unwrap();
    assert_eq!((response.status().as_u16(), &response.headers()["x-a"]), (200, &http::HeaderValue::from_static("b")));
    assert_eq!(response.body().exact_length(), Some(2));
    assert_eq!(response.into_body().collect_limited(9).await.unwrap(), "ja");
    let seen = seen.await.unwrap().to_ascii_lowercase();
    assert!(seen.contains("content-length: 7\r\n") && !seen.contains("transfer-encoding"), "{seen}");
    assert!(seen.contains("user-agent: sakarkiv/"), "{seen}");
}

#[tokio::test]
async fn a_body_of_unknown_length_is_chunked() {
    let (address, seen) = serve_once("0\r\n\r\n", OK).await;
    service().call(post(&address, Body::from_stream(two_chunks()))).await.unwrap();
    let seen = seen.await.unwrap().to_ascii_lowercase();
    assert!(
        seen.contains("transfer-encoding: chunked") && seen.ends_with("3\r\nhei\r\n4\r\nsann\r\n0\r\n\r\n"),
        "{seen}"
    );
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let (address, _) = serve_once("\r\n\r\n", "HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:9/\r\n\r\n").await;
    let request = Request::builder().uri(&address).body(Body::empty()).unwrap();
    assert_eq!(service().call(request).await.unwrap().status(), 302);
}

#[tokio::test]
async fn a_lost_answer_and_a_failing_body_may_have_arrived() {
    let (address, _) = serve_once("heisann", "").await;
    let error = service().call(post(&address, Body::from_sized_stream(two_chunks(), 7))).await.unwrap_err();
    assert!(error.may_have_arrived(), "{error}");

    let (address, _) = serve_once("never", "").await;
    let failing = stream::iter([Ok(Bytes::from_static(b"hei")), Err(BodyError::broken("disk"))]);
    let error = service().call(post(&address, Body::from_sized_stream(failing, 7))).await.unwrap_err();
    assert!(error.may_have_arrived(), "{error}");
}

#[tokio::test]
async fn a_truncated_answer_does_not_pass_as_whole() {
    let (address, _) = serve_once("\r\n\r\n", "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nja").await;
    let request = Request::builder().uri(&address).body(Body::empty()).unwrap();
    let response = service().call(request).await.unwrap();
    assert!(response.into_body().collect_limited(99).await.is_err());
}

#[tokio::test]
async fn without_a_connection_nothing_was_sent_and_the_error_shows_no_address() {
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}/person/01810012345", closed.local_addr().unwrap());
    drop(closed);
    let error = service().call(post(&address, Body::empty())).await.unwrap_err();
    assert!(!error.may_have_arrived(), "{error}");
    assert!(!format!("{error} {error:?}").contains("0181"), "{error:?}");
}

#[tokio::test]
async fn unencrypted_calls_go_nowhere_unless_allowed_and_then_only_to_this_machine() {
    let strict = ReqwestService::new(&TransportConfig::default()).unwrap();
    assert!(!strict.call(post("http://127.0.0.1:9", Body::empty())).await.unwrap_err().may_have_arrived());
    assert!(!service().call(post("http://192.0.2.1", Body::empty())).await.unwrap_err().may_have_arrived());
}

#[test]
fn a_root_certificate_that_is_none_is_named() {
    let mut config = TransportConfig::default();
    config.extra_roots = vec![b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n".to_vec()];
    let error = ReqwestService::new(&config).map(|_| ()).unwrap_err().to_string();
    assert!(error.contains("number 1") || error.contains("root certificates"), "{error}");
}
