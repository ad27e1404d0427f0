use std::{sync::Arc, time::Duration};

use sakarkiv_core::ports::{Inbox as _, ItemId, PortErrorKind as Kind};
use sakarkiv_svarut::svarinn::Protocol;
use serde_json::{Value, json};

use super::doubles::*;

#[tokio::test]
async fn what_is_waiting_is_listed_with_the_time_it_came() {
    for (line, element) in [(V2_LIST, v2()), (V1_LIST, v1())] {
        let mut config = config();
        config.protocol = if line == V2_LIST { Protocol::V2 } else { Protocol::V1 };
        let desk = desk_with(config, keyring(), Arc::new(Still));
        desk.wire.answer(line, Canned::list(&[element]));
        let waiting = desk.inbox.list().await.unwrap();
        let [one] = waiting.as_slice() else { panic!("{waiting:?}") };
        assert_eq!((&one.id, one.problem.as_deref()), (&item(), None));
        assert_eq!(one.received.unwrap().to_rfc3339(), "2026-09-15T08:00:00+00:00");
        assert_eq!(desk.inbox.remarks(), Vec::<String>::new());
    }
}

#[tokio::test]
async fn the_request_signs_in_with_basic_and_nothing_shows_the_password() {
    let desk = desk();
    desk.wire.answer(V2_LIST, Canned::list(&[]));
    assert_eq!(desk.inbox.list().await.unwrap(), []);
    let sent = desk.wire.sent().remove(0);
    assert_eq!(sent.headers["authorization"], "Basic YXJraXY6aGVtbWVsaWctcGFzc29yZA==");
    assert_eq!(sent.host, "https://test.svarut.ks.no");
    let shown = format!("{:?} {:?}", desk.inbox, sent.headers);
    assert!(!shown.contains("hemmelig") && !shown.contains("YXJraXY"), "{shown}");
}

#[tokio::test]
async fn without_a_version_2_the_list_of_version_1_is_used_and_remembered() {
    let desk = desk();
    desk.wire.answer(V2_LIST, Canned::new(404, "")).answer(V1_LIST, Canned::list(&[v1()]));
    assert_eq!(desk.inbox.list().await.unwrap().len(), 1);
    assert_eq!(desk.inbox.list().await.unwrap().len(), 1);
    assert_eq!(desk.wire.lines(), [V2_LIST, V1_LIST, V1_LIST]);
    assert_eq!(desk.inbox.remarks(), ["no version 2 at the base address: the deprecated version 1 is in use"]);
}

#[tokio::test]
async fn a_version_that_was_chosen_is_never_left() {
    for (protocol, line) in [(Protocol::V2, V2_LIST), (Protocol::V1, V1_LIST)] {
        let mut config = config();
        config.protocol = protocol;
        let desk = desk_with(config, keyring(), Arc::new(Still));
        desk.wire.answer(line, Canned::new(404, ""));
        assert_eq!(kind(desk.inbox.list().await), Kind::Misconfigured);
        assert_eq!(desk.wire.lines(), [line]);
    }
}

#[tokio::test]
async fn every_failure_of_the_list_tells_what_can_be_done() {
    let page = "<!DOCTYPE html><title>Vedlikehold</title>";
    for (canned, expected) in [
        (Canned::new(401, ""), Kind::Unauthorised),
        (Canned::new(403, ""), Kind::Unauthorised),
        (Canned::new(400, "{}"), Kind::Rejected),
        (Canned::new(429, ""), Kind::Transient),
        (Canned::new(500, "<html>"), Kind::Transient),
        (Canned::new(503, page), Kind::Transient),
        (Canned::new(302, ""), Kind::Transient),
        (Canned::new(308, ""), Kind::Misconfigured),
        (Canned::new(200, page), Kind::Rejected),
        (Canned::new(200, "{\"feil\": \"Uttalelse\"}"), Kind::Rejected),
        (Canned::new(200, "[{\"id\":\"Uttalelse\""), Kind::Transient),
        (Canned::new(200, ""), Kind::Transient),
        (Canned::Broken(b"[{\"id\":\"a\"},".to_vec()), Kind::Transient),
        (Canned::NoConnection, Kind::Transient),
    ] {
        let told = format!("{canned:?}");
        let desk = desk();
        desk.wire.answer(V2_LIST, canned);
        assert_eq!(kind(desk.inbox.list().await), expected, "{told}");
    }
}

#[tokio::test]
async fn a_wait_that_the_server_asks_for_is_passed_on() {
    let desk = desk();
    desk.wire.answer(V2_LIST, Canned::new(429, "").with("retry-after", "120"));
    assert_eq!(desk.inbox.list().await.unwrap_err().retry_after(), Some(Duration::from_secs(120)));
}

#[tokio::test]
async fn a_list_that_does_not_come_ends_with_the_clock() {
    let desk = desk_with(config(), keyring(), Arc::new(Hasty));
    desk.wire.answer(V2_LIST, Canned::Silence);
    assert_eq!(kind(desk.inbox.list().await), Kind::Transient);
}

#[tokio::test]
async fn a_list_beyond_the_limit_is_refused_with_the_setting_to_change() {
    let mut config = config();
    config.limits.list_bytes = 100;
    let desk = desk_with(config, keyring(), Arc::new(Still));
    desk.wire.answer(V2_LIST, Canned::list(&[v2()]));
    let error = desk.inbox.list().await.unwrap_err();
    assert_eq!(error.kind(), Kind::Rejected);
    assert!(error.detail().contains("`limits.list_bytes`"), "{error}");
}

#[tokio::test]
async fn a_malformed_element_is_shown_with_its_problem_and_hides_nothing() {
    let desk = desk();
    let body = format!("[{{\"id\":\"broken\",\"dato\":1e999}},{{\"tittel\":\"x\"}},{},{}]", v2(), v2());
    desk.wire.answer(V2_LIST, Canned::new(200, body));
    let waiting = desk.inbox.list().await.unwrap();
    let shown = waiting.iter().map(|one| (one.id.0.as_str(), one.problem.is_some())).collect::<Vec<_>>();
    assert_eq!(shown, [(ID, false), ("broken", true)]);
    assert_eq!(desk.inbox.remarks(), ["1 element(s) of the list have no readable id and cannot be fetched"]);
    let tenant = sakarkiv_core::identity::TenantId::new("bodo").unwrap();
    let broken = desk.inbox.fetch(&tenant, &ItemId("broken".to_owned()), Arc::clone(&desk.shelf) as _).await;
    assert_eq!(kind(broken), Kind::Rejected);
}

#[tokio::test]
async fn a_list_as_long_as_lists_get_is_remarked() {
    let desk = desk();
    let elements = (0..200).map(|n| with(v2(), "id", json!(format!("id-{n}")))).collect::<Vec<Value>>();
    desk.wire.answer(V2_LIST, Canned::list(&elements));
    assert_eq!(desk.inbox.list().await.unwrap().len(), desk.inbox.capabilities().list_cap.unwrap());
    assert_eq!(desk.inbox.remarks(), ["the list shows 200 items or more: newer mail may be hidden behind them"]);
}

#[tokio::test]
async fn mail_for_a_number_that_is_not_ours_is_shown_as_a_problem_and_never_fetched() {
    let mut config = config();
    config.organisations = vec![OURS.parse().unwrap()];
    let desk = desk_with(config, keyring(), Arc::new(Still));
    let foreign = with(v2(), "mottaker", json!({"organisasjonsnummer": THEIRS}));
    let ours = with(with(v2(), "id", json!("ours")), "mottaker", json!({"organisasjonsnummer": "310 000 027"}));
    let untold = with(with(v2(), "id", json!("untold")), "mottaker", json!({"organisasjonsnummer": ""}));
    desk.wire.answer(V2_LIST, Canned::list(&[foreign, ours, untold]));
    let waiting = desk.inbox.list().await.unwrap();
    let problems = waiting.iter().map(|one| (one.id.0.as_str(), one.problem.is_some())).collect::<Vec<_>>();
    assert_eq!(problems, [(ID, true), ("ours", false), ("untold", false)]);
    assert_eq!(kind(desk.fetch().await), Kind::Rejected);
    assert_eq!(desk.wire.lines(), [V2_LIST]);
}

#[tokio::test]
async fn the_check_tells_wrong_credentials_from_a_wrong_address_from_network_trouble() {
    for (canned, expected) in [
        (Canned::new(401, ""), Kind::Unauthorised),
        (Canned::new(503, ""), Kind::Transient),
        (Canned::NoConnection, Kind::Transient),
        (Canned::new(200, "<html>Velkommen</html>"), Kind::Misconfigured),
        (Canned::new(400, ""), Kind::Misconfigured),
    ] {
        let told = format!("{canned:?}");
        let desk = desk();
        desk.wire.answer(V2_LIST, canned);
        assert_eq!(kind(desk.inbox.check().await), expected, "{told}");
    }
    let nowhere = desk();
    nowhere.wire.answer(V2_LIST, Canned::new(404, "")).answer(V1_LIST, Canned::new(404, ""));
    let error = nowhere.inbox.check().await.unwrap_err();
    assert_eq!(error.kind(), Kind::Misconfigured);
    assert!(error.detail().contains("`/api`"), "{error}");
}

#[tokio::test]
async fn the_check_finds_missing_keys_and_folders() {
    let keyless = desk_with(config(), sakarkiv_cms::Keyring::new(), Arc::new(Still));
    assert_eq!(kind(keyless.inbox.check().await), Kind::Misconfigured);
    let mut config = config();
    config.spool_directory = Some("/nonexistent/spool".into());
    let homeless = desk_with(config, keyring(), Arc::new(Still));
    assert_eq!(kind(homeless.inbox.check().await), Kind::Misconfigured);
    let sound = desk();
    sound.wire.answer(V2_LIST, Canned::list(&[]));
    assert!(sound.inbox.check().await.is_ok());
}

#[tokio::test]
async fn capabilities_follow_the_configuration() {
    let capabilities = desk().inbox.capabilities();
    assert_eq!(capabilities.list_cap, Some(200));
    assert_eq!(capabilities.fetch_timeout, Duration::from_secs(16 * 60));
    assert_eq!(capabilities.poll_interval, Duration::from_secs(15 * 60));
    assert!(capabilities.permanent_refusal);
}
