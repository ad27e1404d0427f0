//! Faults at Altinn, as a client meets them.

use std::time::Duration;

use futures_util::FutureExt;
use http::Method;
use sakarkiv_http::Body;
use sakarkiv_testkit::simulators::{Answer, Fault, Operation, Outcome, Tamper, Target, When, serve};
use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use uuid::Uuid;

use super::altinn_support::{OTHER, OWNER, READ, RECEIVER, WRITE, World, code, letter, with, with_files};

const REFERENCE: &str = "2026/417-3";

#[tokio::test]
async fn a_lost_answer_leaves_a_letter_that_can_be_found_by_its_key() {
    for (fault, kept) in [(Fault::DropBefore, 0), (Fault::DropAfter, 1)] {
        let world = World::new();
        world.altinn.faults().arm(Target::Sends, When::Next(1), fault);
        let keyed = with(letter(), "/idempotentKey", json!(Uuid::from_u128(1)));
        let request = world.request(OWNER, WRITE, Method::POST, "/correspondence", keyed.to_string());
        assert!(world.call(request).await.unwrap_err().may_have_arrived());
        assert_eq!(world.altinn.effective_count(REFERENCE), kept);
        let again = world.send(&keyed).await;
        assert_eq!(again.status, if kept == 1 { 409 } else { 200 });
        let call = &world.altinn.calls()[0];
        assert_eq!((call.operation, call.outcome, call.effect), (Operation::Initialize, Outcome::Dropped, kept == 1));
        assert_eq!((call.account.as_deref(), world.altinn.effective_count(REFERENCE)), (Some(OWNER), 1));
    }
}

#[tokio::test]
async fn a_late_effect_loses_against_a_letter_that_took_its_key_meanwhile() {
    for retried in [false, true] {
        let world = World::new();
        let keyed = with(letter(), "/idempotentKey", json!(Uuid::from_u128(1)));
        world.altinn.faults().arm(Target::Sends, When::Next(1), Fault::LateEffect(Duration::from_secs(600)));
        let request = world.request(OWNER, WRITE, Method::POST, "/correspondence", keyed.to_string());
        assert!(world.call(request).await.is_err());
        let found = format!("/correspondence?resourceId=arkiv-brev&role=Sender&idempotentKey={}", Uuid::from_u128(1));
        assert_eq!(world.sent(&found).await.json()["ids"], json!([]), "a look-up in between is misleading");
        if retried {
            assert_eq!(world.send(&keyed).await.status, 200);
        }
        world.pass(700);
        assert_eq!(world.altinn.sent_under(REFERENCE).len(), 1, "one letter either way");
        assert_eq!(world.altinn.mailbox(RECEIVER).len(), 1);
    }
}

#[tokio::test]
async fn answers_can_be_refusals_of_every_kind() {
    let world = World::new();
    let faults = world.altinn.faults();
    faults.arm(Operation::Initialize, When::Next(1), Fault::too_many_requests(Duration::from_secs(120)));
    let busy = world.send(&letter()).await;
    assert_eq!((busy.status, busy.headers["Retry-After"].to_str().unwrap()), (429, "120"));
    faults.arm(Operation::Initialize, When::Next(1), Fault::outage());
    assert!(world.send(&letter()).await.bytes.starts_with(b"<html>"));
    faults.arm(Operation::Initialize, When::Next(1), Fault::Answer(Answer::new(500).with_code("1032")));
    let failed = world.send(&letter()).await;
    assert_eq!((failed.status, code(&failed)), (500, 1032));
    faults.arm(Operation::UploadAttachment, When::Next(1), Fault::Answer(Answer::new(408).with_code("2022")));
    let id = world.made("a.pdf").await;
    assert_eq!(code(&world.upload(id, b"x").await), 2022);
    faults.arm(Operation::Overview, When::Next(1), Fault::Tamper(Tamper::Truncated));
    let id = world.published(&letter()).await;
    let cut = world.sent(&format!("/correspondence/{id}")).await;
    assert!(serde_json::from_slice::<serde_json::Value>(&cut.bytes).is_err());
    faults.arm(Operation::Correspondences, When::Next(1), Fault::Tamper(Tamper::Duplicated));
    let twice = world.sent("/correspondence?resourceId=arkiv-brev&role=Sender").await.json();
    assert_eq!(twice["ids"], json!([id, id]));
    faults.arm(Operation::TokenExchange, When::Always, Fault::status(503));
    let exchange = "https://platform.altinn.test/authentication/api/v1/exchange/maskinporten";
    let request = world.request(OWNER, WRITE, Method::GET, exchange, Body::empty());
    assert_eq!(world.call(request).await.unwrap().status, 503);
}

#[tokio::test]
async fn an_outage_strikes_for_its_time_and_may_strike_one_organisation_only() {
    let world = World::new();
    let end = "2026-09-15T20:00:00Z".parse().unwrap();
    world.altinn.faults().arm_for(OWNER, Target::Any, When::until(end), Fault::outage());
    let path = "/correspondence?resourceId=arkiv-brev&role=Recipient";
    assert_eq!(world.send(&letter()).await.status, 503);
    assert_eq!(world.got(path).await.status, 200, "the other one is served");
    world.clock.set(end);
    assert_eq!(world.send(&letter()).await.status, 200);
    let stranger = world.request(OTHER, READ, Method::GET, path, Body::empty());
    assert_eq!(world.call(stranger).await.unwrap().status, 200);
}

#[tokio::test]
async fn a_stalled_form_waits_on_the_clock_and_has_had_its_effect_or_not() {
    for (fault, kept) in
        [(Fault::StallBefore(Duration::from_secs(900)), 0), (Fault::StallAfter(Duration::from_secs(900)), 1)]
    {
        let world = World::new();
        world.altinn.faults().arm(Operation::InitializeUpload, When::Next(1), fault);
        let mut call = Box::pin(world.call(world.form(&with_files(&["a.pdf"]), &[("a.pdf", b"x")])));
        assert!((&mut call).now_or_never().is_none());
        assert_eq!(world.altinn.stalled(), 1);
        drop(call);
        assert_eq!((world.altinn.stalled(), world.altinn.effective_count(REFERENCE)), (0, kept));
    }
}

#[tokio::test]
async fn a_stale_answer_tells_how_things_stood() {
    let world = World::new();
    let id = world.published(&letter()).await;
    world.pass(3600);
    world.got(&format!("/correspondence/{id}/content")).await;
    world.altinn.faults().arm(Operation::Overview, When::Next(1), Fault::Stale(Duration::from_secs(600)));
    assert_eq!(world.status(id).await, "Published");
    assert_eq!(world.status(id).await, "Read");
}

#[tokio::test]
async fn a_fault_really_cuts_a_socket_after_the_letter_was_kept() {
    let world = World::new();
    let server = serve(world.altinn.router()).await.unwrap();
    let host = server.url.strip_prefix("http://").unwrap().to_owned();
    let body = letter().to_string();
    let request = format!(
        "POST /correspondence/api/v1/correspondence HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nAuthorization: Bearer {}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        world.token(OWNER, WRITE),
        body.len()
    );
    for (lost, kept) in [(false, 1), (true, 2)] {
        if lost {
            world.altinn.faults().arm(Operation::Initialize, When::Next(1), Fault::DropAfter);
        }
        let mut stream = TcpStream::connect(&host).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        // A connection that was cut may end with a reset: what came before it is all there is.
        let _ended = stream.read_to_end(&mut answer).await;
        assert_eq!(answer.is_empty(), lost);
        assert_eq!(world.altinn.effective_count(REFERENCE), kept);
    }
    server.stop().await;
}
