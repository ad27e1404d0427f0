//! What can go wrong on the way.

use std::time::Duration;

use futures_util::FutureExt;
use http::Method;
use sakarkiv_testkit::simulators::{
    Answer, Fault, Operation, Outcome, Tamper, Target, When,
    einnsyn::{Action, Entity},
    serve,
};
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use super::office::{Office, case, case_with, entry, refused};

#[tokio::test]
async fn a_broken_connection_leaves_the_case_published_or_not_and_its_bytes_received_in_any_case() {
    for (fault, published) in [(Fault::DropBefore, 0), (Fault::DropAfter, 1)] {
        let office = Office::new().await;
        office.einnsyn.faults().arm(Action::Create(Entity::Saksmappe), When::Next(1), fault);
        let path = format!("/arkivdel/{}/saksmappe", office.part);
        let request = office.request(Method::POST, &path, Some(&office.unit.key), Some(case_with(1, [entry(1)])));
        assert!(office.try_call(request).await.unwrap_err().may_have_arrived());
        assert_eq!(office.einnsyn.objects(Entity::Journalpost).len(), published);
        assert!(office.einnsyn.received().last().unwrap().text().contains("Ola Prøve"));
        let call = office.einnsyn.calls().pop().unwrap();
        assert_eq!((call.outcome, call.effect, call.fault), (Outcome::Dropped, published == 1, true));
        let again = office.post(&path, case_with(1, [entry(1)])).await;
        assert_eq!(again.status, if published == 1 { 409 } else { 201 });
    }
}

#[tokio::test]
async fn a_call_stalls_by_the_clock_before_or_after_its_effect() {
    for (fault, status, published) in [
        (Fault::StallBefore(Duration::from_secs(60)), 503, 0),
        (Fault::StallAfter(Duration::from_secs(60)), 201, 1),
        (Fault::Slow(Duration::from_secs(60)), 201, 1),
    ] {
        let office = Office::new().await;
        office.einnsyn.faults().arm(Target::EInnsynWrites, When::Next(1), fault);
        let path = format!("/arkivdel/{}/saksmappe", office.part);
        let mut call = Box::pin(office.post(&path, case(1)));
        assert!((&mut call).now_or_never().is_none());
        assert_eq!(office.einnsyn.stalled(), 1);
        office.clock.advance_to_next_wake();
        assert_eq!(call.await.status, status);
        assert_eq!(office.einnsyn.objects(Entity::Saksmappe).len(), published);
    }
}

#[tokio::test]
async fn a_fault_concerns_one_action_and_leaves_the_others_alone() {
    let office = Office::new().await;
    office.publish(case_with(1, [entry(1)])).await;
    let polling = format!("/enhet/{}/innsynskrav", office.unit.id);
    for (target, path) in [
        (Target::from(Action::Get(Entity::Journalpost)), "/journalpost/jp-1"),
        (Target::from(Action::List(Entity::Journalpost)), "/saksmappe/sak-1/journalpost"),
        (Target::from(Operation::EInnsyn(Action::WhoAmI)), "/me"),
        (Target::from(Action::Search), "/search"),
        (Target::from(Action::Requests), polling.as_str()),
    ] {
        office.einnsyn.faults().arm(target, When::Next(1), Fault::status(500));
        assert_eq!(office.get("/saksmappe/sak-1").await.status, 200);
        assert_eq!(office.get(path).await.refusal(), refused(500, "internalServerError"), "{path}");
        assert_eq!(office.get(path).await.status, 200, "{path}");
    }
    let tagged = office.einnsyn.faults().arm(Target::EInnsynWrites, When::Always, Fault::status(502));
    assert_eq!(office.get("/journalpost/jp-1").await.status, 200, "reading is no write");
    assert_eq!(office.delete("/journalpost/jp-1").await.refusal(), refused(502, "networkError"));
    office.einnsyn.faults().disarm(tagged);
    assert_eq!(office.delete("/journalpost/jp-1").await.status, 200);
}

#[tokio::test]
async fn too_many_calls_outages_and_malformed_answers_look_as_they_do_in_front_of_the_real_service() {
    let office = Office::new().await;
    let faults = office.einnsyn.faults();
    faults.arm(Action::WhoAmI, When::Next(1), Fault::too_many_requests(Duration::from_secs(30)));
    let busy = office.get("/me").await;
    assert_eq!(
        (busy.refusal(), busy.headers["retry-after"].to_str().unwrap()),
        (refused(429, "tooManyRequests"), "30")
    );
    let until = "2026-09-14T09:00:00Z".parse().unwrap();
    let window = faults.arm(Target::Any, When::until(until), Fault::outage());
    let page = office.get("/me").await;
    assert!(page.status == 503 && page.bytes.starts_with(b"<html>"));
    office.pass(1);
    assert_eq!(office.get("/me").await.status, 200);
    faults.disarm(window);
    for tamper in [Tamper::Truncated, Tamper::Garbage] {
        faults.arm(Action::WhoAmI, When::Next(1), Fault::Tamper(tamper));
        assert!(serde_json::from_slice::<Value>(&office.get("/me").await.bytes).is_err());
    }
    faults.arm(Action::WhoAmI, When::Next(1), Fault::Tamper(Tamper::UnknownMembers));
    assert!(office.get("/me").await.with(200)["nyttFelt"].is_object());
    faults.arm(Action::Create(Entity::Saksmappe), When::Next(1), Fault::AnswerAfter(Answer::new(500)));
    assert_eq!(office.post(&format!("/arkivdel/{}/saksmappe", office.part), case(1)).await.status, 500);
    assert_eq!(office.einnsyn.objects(Entity::Saksmappe).len(), 1, "it had its effect all the same");
}

#[tokio::test]
async fn a_host_off_the_network_cannot_be_reached_at_all() {
    let office = Office::new().await;
    office.network.disconnect("api.einnsyn.test");
    let request = office.request(Method::GET, "/me", Some(&office.unit.key), None);
    assert!(!office.try_call(request).await.unwrap_err().may_have_arrived());
    office.network.reconnect("api.einnsyn.test");
    assert_eq!(office.get("/me").await.status, 200);
}

#[tokio::test]
async fn it_is_the_same_over_a_socket() {
    let office = Office::new().await;
    let server = serve(office.einnsyn.router()).await.unwrap();
    let host = server.url.strip_prefix("http://").unwrap().to_owned();
    let ask = async || {
        let head =
            format!("GET /me HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nAPI-KEY: {}\r\n\r\n", office.unit.key);
        let mut stream = TcpStream::connect(&host).await.unwrap();
        stream.write_all(head.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        // A connection that was cut may end with a reset: what came before it is all there is.
        let _ended = stream.read_to_end(&mut answer).await;
        String::from_utf8_lossy(&answer).into_owned()
    };
    let answer = ask().await;
    assert!(answer.starts_with("HTTP/1.1 200 OK") && answer.contains(&office.unit.id), "{answer}");
    office.einnsyn.faults().arm(Action::WhoAmI, When::Next(1), Fault::DropAfter);
    assert_eq!(ask().await, "", "not a byte of an answer");
    server.stop().await;
}
