//! Every fault, as a client meets it.

use std::time::Duration;

use futures_util::FutureExt;
use sakarkiv_testkit::simulators::{Answer, AnswerBody, ErrorJson, Fault, Operation, Outcome, Tamper, Target, When};
use serde_json::json;

use super::support::{ACCOUNT, Letter, OTHER_ACCOUNT, World};

const REFERENCE: &str = "sak-2026-000417-jp-3";

#[tokio::test]
async fn a_broken_connection_leaves_an_effect_or_none_depending_on_when_it_breaks() {
    for (fault, effective) in [(Fault::DropBefore, 0), (Fault::DropAfter, 1)] {
        let world = World::new();
        world.svarut.faults().arm(Operation::SendPerson, When::Next(1), fault.clone());
        let error = world.try_send(&Letter::to_person()).await.unwrap_err();
        assert!(error.may_have_arrived());
        assert_eq!(world.svarut.effective_count(REFERENCE), effective, "{fault:?}");
        let call = &world.svarut.calls()[0];
        assert_eq!((call.outcome, call.effect, call.fault), (Outcome::Dropped, effective == 1, true));
        assert_eq!(world.send(&Letter::to_person()).await.status, 200, "the fault is used up");
    }
}

#[tokio::test]
async fn a_stalled_call_waits_on_the_clock_and_is_counted_until_the_client_leaves() {
    for (fault, effective) in
        [(Fault::StallBefore(Duration::from_secs(900)), 0), (Fault::StallAfter(Duration::from_secs(900)), 1)]
    {
        let world = World::new();
        world.svarut.faults().arm(Target::Sends, When::Next(1), fault);
        let letter = Letter::to_person();
        let mut call = Box::pin(world.try_send(&letter));
        assert!((&mut call).now_or_never().is_none());
        assert_eq!((world.svarut.stalled(), world.clock.sleepers()), (1, 1));
        drop(call);
        assert_eq!((world.svarut.stalled(), world.clock.sleepers()), (0, 0));
        assert_eq!(world.svarut.calls()[0].outcome, Outcome::Abandoned);
        assert_eq!(world.svarut.effective_count(REFERENCE), effective);
    }
}

#[tokio::test]
async fn a_client_that_stays_gets_the_answer_after_the_stall() {
    for (fault, status) in [
        (Fault::StallBefore(Duration::from_secs(900)), 503),
        (Fault::StallAfter(Duration::from_secs(900)), 200),
        (Fault::Slow(Duration::from_secs(30)), 200),
    ] {
        let world = World::new();
        world.svarut.faults().arm(Target::Sends, When::Next(1), fault);
        let letter = Letter::to_person();
        let mut call = Box::pin(world.try_send(&letter));
        assert!((&mut call).now_or_never().is_none());
        world.clock.advance_to_next_wake();
        assert_eq!(call.await.unwrap().status, status);
    }
}

#[tokio::test]
async fn a_late_effect_is_invisible_to_look_ups_until_it_comes() {
    let world = World::new();
    world.svarut.faults().arm(Operation::SendPerson, When::Next(1), Fault::LateEffect(Duration::from_secs(600)));
    assert!(world.try_send(&Letter::to_person()).await.is_err());
    let path = format!("/api/v2/kontoer/{ACCOUNT}/forsendelser?eksternRef={REFERENCE}");
    assert_eq!(world.get(&path).await.json()["forsendelseIds"], json!([]));
    assert_eq!(world.svarut.effective_count(REFERENCE), 1, "it will come");
    world.pass(600);
    assert_eq!(world.get(&path).await.json()["forsendelseIds"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn answers_can_have_any_status_body_and_waiting_time() {
    let world = World::new();
    let faults = world.svarut.faults();
    for status in [400, 401, 403, 404, 409, 413, 500, 502, 504] {
        faults.arm(Operation::SendPerson, When::Next(1), Fault::status(status));
        let reply = world.send(&Letter::to_person()).await;
        assert_eq!((reply.status, reply.json()["status"].as_u64()), (status, Some(u64::from(status))));
    }
    faults.arm(Operation::SendPerson, When::Next(1), Fault::too_many_requests(Duration::from_secs(30)));
    let reply = world.send(&Letter::to_person()).await;
    assert_eq!((reply.status, reply.headers["retry-after"].to_str().unwrap()), (429, "30"));
    faults.arm(Operation::SendPerson, When::Next(1), Fault::outage());
    let page = world.send(&Letter::to_person()).await;
    assert!(page.status == 503 && page.bytes.starts_with(b"<html>"));
    for (error_json, expected) in [
        (ErrorJson::Absent, None),
        (ErrorJson::Null, Some("null")),
        (ErrorJson::Text, Some("string")),
        (ErrorJson::Object, Some("object")),
    ] {
        let answer = Answer::new(500).with_body(AnswerBody::Error(error_json)).with_code("KODE");
        faults.arm(Operation::SendPerson, When::Next(1), Fault::Answer(answer));
        let body = world.send(&Letter::to_person()).await.json();
        let kind = body.get("errorJson").map(|value| match value {
            value if value.is_null() => "null",
            value if value.is_string() => "string",
            _ => "object",
        });
        assert_eq!((kind, &body["errorCode"]), (expected, &json!("KODE")));
    }
    assert_eq!(world.svarut.effective_count(REFERENCE), 0);
    faults.arm(Operation::SendPerson, When::Next(1), Fault::AnswerAfter(Answer::new(502).with_body(AnswerBody::Empty)));
    assert_eq!(world.send(&Letter::to_person()).await.status, 502);
    assert_eq!(world.svarut.effective_count(REFERENCE), 1, "it had its effect all the same");
}

#[tokio::test]
async fn json_answers_can_be_spoilt_in_every_way() {
    let world = World::new();
    let id = world.send(&Letter::to_person()).await.id();
    let path = format!("/api/v3/kontoer/{ACCOUNT}/forsendelser/status/sok");
    let spoilt = async |tamper: Tamper| {
        world.svarut.faults().arm(Operation::Status, When::Next(1), Fault::Tamper(tamper));
        world.post(&path, json!({"id": [id]})).await
    };
    assert_eq!(
        spoilt(Tamper::UnknownStatus("NY_STATUS".to_owned())).await.json()["statuser"][0]["status"],
        "NY_STATUS"
    );
    assert!(spoilt(Tamper::UnknownMembers).await.json()["nyttFelt"].is_object());
    assert!(serde_json::from_slice::<serde_json::Value>(&spoilt(Tamper::Truncated).await.bytes).is_err());
    assert!(serde_json::from_slice::<serde_json::Value>(&spoilt(Tamper::Garbage).await.bytes).is_err());
    assert!(spoilt(Tamper::Oversized(1 << 20)).await.bytes.len() >= 1 << 20);
}

#[tokio::test]
async fn a_stale_answer_tells_how_things_stood_before() {
    let world = World::new();
    let id = world.send(&Letter::to_person()).await.id();
    world.pass(3600);
    world.svarut.faults().arm(Operation::Status, When::Next(1), Fault::Stale(Duration::from_secs(3580)));
    assert_eq!(world.status(id).await, "AKSEPTERT");
    assert_eq!(world.status(id).await, "LEVERT_ALTINN");
}

#[tokio::test]
async fn an_outage_lasts_as_long_as_its_window_and_one_account_can_fail_alone() {
    let world = World::new();
    let until = world.clock.now_plus(60);
    world.svarut.faults().arm(Target::Any, When::until(until), Fault::outage());
    assert_eq!(world.get("/api/v2/forsendelsestyper").await.status, 503);
    world.pass(60);
    assert_eq!(world.get("/api/v2/forsendelsestyper").await.status, 200);
    world.svarut.faults().arm_for(OTHER_ACCOUNT.to_string(), Target::Sends, When::Always, Fault::outage());
    assert_eq!(world.send(&Letter::to_person()).await.status, 200);
    let other = Letter::to_person().path.replace(&ACCOUNT.to_string(), &OTHER_ACCOUNT.to_string());
    assert_eq!(world.send(&Letter { path: other, ..Letter::to_person() }).await.status, 503);
}

#[tokio::test]
async fn a_host_off_the_network_cannot_be_reached_at_all() {
    let world = World::new();
    world.network.disconnect("svarut.test");
    let error = world.try_send(&Letter::to_person()).await.unwrap_err();
    assert!(!error.may_have_arrived());
    world.network.reconnect("svarut.test");
    assert_eq!(world.send(&Letter::to_person()).await.status, 200);
    assert_eq!(world.svarut.calls().len(), 1, "the first never came");
}

#[tokio::test]
async fn an_upload_that_breaks_off_has_no_effect() {
    use bytes::Bytes;
    use futures_util::stream;
    use sakarkiv_http::{Body, BodyError};

    let world = World::new();
    let whole = Letter::to_person().body();
    let half = Bytes::copy_from_slice(&whole[..whole.len() - 30]);
    let (parts, _) = world.sending(&Letter::to_person()).into_parts();
    let body = Body::from_stream(stream::iter([Ok(half), Err(BodyError::broken("cable cut"))]));
    let error = world.call(http::Request::from_parts(parts, body)).await.unwrap_err();
    assert!(error.may_have_arrived());
    assert_eq!(world.svarut.effective_count(REFERENCE), 0);
}

trait Plus {
    fn now_plus(&self, seconds: i64) -> sakarkiv_core::identity::Timestamp;
}

impl Plus for sakarkiv_testkit::doubles::ManualClock {
    fn now_plus(&self, seconds: i64) -> sakarkiv_core::identity::Timestamp {
        sakarkiv_core::ports::Clock::now(self) + chrono::Duration::seconds(seconds)
    }
}
