use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use futures_util::{StreamExt, stream};
use http::{Request, Response};
use sakarkiv_core::ports::{PortError, PortErrorKind as K};
use sakarkiv_http::{Answer, Body, BodyError, Client, Effect, Opened, Operation};
use serde::Deserialize;

use crate::doubles::{Canned, Reply, TestClock, answer};

const READ: Operation = Operation { name: "test.read", effect: Effect::None, timeout: Duration::from_secs(7) };
const CHANGE: Operation = Operation { name: "test.change", effect: Effect::MayHaveHappened, ..READ };

fn client(reply: Reply, clock: TestClock) -> Client {
    Client::new(Arc::new(Canned::new([reply])), Arc::new(clock)).with_answer_limit(64)
}

fn request() -> Request<Body> {
    Request::builder().uri("https://h.example/").body(Body::empty()).unwrap()
}

async fn call(operation: &Operation, reply: Reply) -> Result<Answer, PortError> {
    client(reply, TestClock::still()).call(operation, request()).await
}

#[tokio::test]
async fn only_a_failed_connection_promises_that_a_change_did_not_happen() {
    for (operation, reply, kind) in [
        (READ, Reply::NoConnection, K::Transient),
        (CHANGE, Reply::NoConnection, K::Transient),
        (READ, Reply::LostAnswer, K::Transient),
        (CHANGE, Reply::LostAnswer, K::Unknown),
    ] {
        let error = call(&operation, reply).await.unwrap_err();
        assert_eq!((error.kind(), error.operation()), (kind, operation.name));
    }
}

#[tokio::test]
async fn a_call_ends_with_its_time_out() {
    for (operation, kind) in [(READ, K::Transient), (CHANGE, K::Unknown)] {
        let client = client(Reply::Silence, TestClock::hurrying());
        let error = client.call(&operation, request()).await.unwrap_err();
        assert_eq!(error.kind(), kind);
        assert!(error.to_string().contains("within 7 s"), "{error}");
    }
}

#[tokio::test]
async fn an_answer_that_is_too_large_or_breaks_off_is_no_answer() {
    let broken = || {
        let chunks = stream::iter([Ok(Bytes::from_static(b"{\"a\"")), Err(BodyError::broken("reset"))]);
        answer(200, Body::from_stream(chunks))
    };
    let endless = || answer(200, Body::from_stream(stream::repeat_with(|| Ok(Bytes::from_static(&[b' '; 16])))));
    for (operation, kind) in [(READ, K::Transient), (CHANGE, K::Unknown)] {
        assert_eq!(call(&operation, broken()).await.unwrap_err().kind(), kind);
        let error = call(&operation, endless()).await.unwrap_err();
        assert_eq!(error.kind(), kind);
        assert!(error.to_string().contains("limit of 64 bytes"), "{error}");
    }
}

#[tokio::test]
async fn a_refusal_counts_even_if_its_text_cannot_be_read() {
    let reply = answer(503, Body::from("x".repeat(1000)));
    let answer = call(&CHANGE, reply).await.unwrap();
    assert_eq!((answer.status.as_u16(), answer.body.len()), (503, 0));
    assert_eq!(answer.refusal(&CHANGE).kind(), K::Unknown);
}

#[tokio::test]
async fn a_refusal_tells_status_and_waiting_time() {
    let reply = Reply::Answer(
        Response::builder().status(429).header("retry-after", "30").body("Kari Testperson".into()).unwrap(),
    );
    let error = call(&READ, reply).await.unwrap().refusal(&READ);
    assert_eq!((error.kind(), error.retry_after()), (K::Transient, Some(Duration::from_secs(30))));
    assert!(error.to_string().contains("429"));
}

#[derive(Debug, Deserialize)]
struct Count {
    count: u32,
}

#[tokio::test]
async fn an_answer_is_read_as_json_and_unknown_members_do_not_matter() {
    let answer = call(&READ, answer(200, r#"{"count": 3, "new": {"x": [1]}}"#)).await.unwrap();
    assert_eq!(answer.json::<Count>(&READ).unwrap().count, 3);
}

#[tokio::test]
async fn what_cannot_be_read_is_described_without_being_shown() {
    for (body, says) in [
        (r#"{"count": "Kari Testperson"}"#, "another type"),
        (r#"{"Kari": 1}"#, "lacks a member"),
        (r#"{"count": 1"#, "is cut off"),
        ("<html>Kari", "is not JSON"),
        ("", "is cut off"),
    ] {
        let answer = call(&CHANGE, answer(200, body)).await.unwrap();
        let error = answer.json::<Count>(&CHANGE).unwrap_err();
        assert_eq!(error.kind(), K::Unknown);
        let shown = format!("{error} {error:?} {answer:?}");
        assert!(shown.contains(says) && !shown.contains("Kari"), "{shown}");
    }
}

#[tokio::test]
async fn content_of_any_size_passes_but_must_not_stand_still() {
    let large = || answer(200, Body::from("x".repeat(1000)));
    let Opened::Content(content) = client(large(), TestClock::still()).open(&READ, request()).await.unwrap() else {
        panic!("refused");
    };
    assert_eq!(content.into_body().collect_limited(2000).await.unwrap().len(), 1000);

    let stalling = Body::from_stream(stream::iter([Ok(Bytes::from_static(b"x"))]).chain(stream::pending()));
    let opened = client(answer(200, stalling), TestClock::hurrying()).open(&READ, request()).await.unwrap();
    let Opened::Content(content) = opened else { panic!("refused") };
    let mut chunks = content.into_body().into_stream();
    assert_eq!(chunks.next().await.unwrap().unwrap(), "x");
    assert!(matches!(chunks.next().await, Some(Err(BodyError::Broken(_)))));
    assert!(chunks.next().await.is_none());
}

#[tokio::test]
async fn a_refused_download_is_an_answer() {
    let opened = client(answer(404, "gone"), TestClock::still()).open(&READ, request()).await.unwrap();
    assert!(matches!(opened, Opened::Refused(answer) if answer.refusal(&READ).kind() == K::Rejected));
}
