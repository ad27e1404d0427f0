use std::sync::Arc;

use sakarkiv_core::ports::{Inbox as _, PortErrorKind as Kind, Refusal};
use sakarkiv_svarut::svarinn::Protocol;
use serde_json::{Value, json};

use super::doubles::*;

const V2_STATUS: &str = "PATCH /tjenester/svarinn/v2/forsendelser/2d0b7a55-2c61-4c0f-9f0e-3f0a6c1b7e10/status";
const V1_RECEIPT: &str = "POST /tjenester/svarinn/kvitterMottak/forsendelse/2d0b7a55-2c61-4c0f-9f0e-3f0a6c1b7e10";
const V1_FAILURE: &str = "POST /tjenester/svarinn/mottakFeilet/forsendelse/2d0b7a55-2c61-4c0f-9f0e-3f0a6c1b7e10";

fn desk_of(protocol: Protocol) -> Desk {
    let mut config = config();
    config.protocol = protocol;
    desk_with(config, keyring(), Arc::new(Still))
}

fn refusal(reason: &str, permanent: bool) -> Refusal {
    Refusal { reason: reason.to_owned(), permanent }
}

fn last_body(desk: &Desk) -> Value {
    serde_json::from_str(&desk.wire.sent().last().unwrap().body).unwrap()
}

#[tokio::test]
async fn version_2_is_acknowledged_by_status_and_version_1_by_receipt() {
    let v2 = desk_of(Protocol::V2);
    v2.wire.answer(V2_STATUS, Canned::new(204, ""));
    v2.inbox.acknowledge(&item()).await.unwrap();
    assert_eq!(last_body(&v2), json!({"status": "MOTTATT"}));
    assert_eq!(v2.wire.sent()[0].headers["content-type"], "application/json");

    let v1 = desk_of(Protocol::V1);
    v1.wire.answer(V1_RECEIPT, Canned::new(200, ""));
    v1.inbox.acknowledge(&item()).await.unwrap();
    assert_eq!(v1.wire.sent()[0].body, "");
}

#[tokio::test]
async fn acknowledging_again_or_what_is_gone_is_fine() {
    for status in [200, 404, 410] {
        let desk = desk_of(Protocol::V2);
        desk.wire.answer(V2_STATUS, Canned::new(status, ""));
        assert!(desk.inbox.acknowledge(&item()).await.is_ok(), "{status}");
        assert!(desk.inbox.acknowledge(&item()).await.is_ok(), "{status}");
    }
}

#[tokio::test]
async fn a_conflict_is_fine_when_the_item_does_not_wait_any_more() {
    for (elements, outcome) in [(vec![], None), (vec![v2()], Some(Kind::Rejected))] {
        let desk = desk_of(Protocol::V2);
        desk.wire.answer(V2_STATUS, Canned::new(409, "")).answer(V2_LIST, Canned::list(&elements));
        assert_eq!(desk.inbox.acknowledge(&item()).await.err().map(|error| error.kind()), outcome);
    }
}

#[tokio::test]
async fn a_conflict_is_not_taken_as_done_when_the_list_may_hide_the_item() {
    let desk = desk_of(Protocol::V2);
    let full = (0..200).map(|n| with(v2(), "id", json!(format!("id-{n}")))).collect::<Vec<_>>();
    desk.wire.answer(V2_STATUS, Canned::new(409, "")).answer(V2_LIST, Canned::list(&full));
    assert_eq!(kind(desk.inbox.acknowledge(&item()).await), Kind::Rejected);
}

#[tokio::test]
async fn a_lost_or_refused_acknowledgement_may_be_repeated() {
    for (canned, expected) in [
        (Canned::new(401, ""), Kind::Unauthorised),
        (Canned::new(403, ""), Kind::Unauthorised),
        (Canned::new(429, ""), Kind::Transient),
        (Canned::new(500, ""), Kind::Transient),
        (Canned::NoConnection, Kind::Transient),
        (Canned::Broken(Vec::new()), Kind::Transient),
    ] {
        let told = format!("{canned:?}");
        let desk = desk_of(Protocol::V2);
        desk.wire.answer(V2_STATUS, canned);
        assert_eq!(kind(desk.inbox.acknowledge(&item()).await), expected, "{told}");
    }
}

#[tokio::test]
async fn before_the_version_is_known_a_404_does_not_count_as_gone() {
    let desk = desk_of(Protocol::Auto);
    desk.wire
        .answer(V2_LIST, Canned::new(404, ""))
        .answer(V1_LIST, Canned::list(&[v1()]))
        .answer(V1_RECEIPT, Canned::new(200, ""));
    desk.inbox.acknowledge(&item()).await.unwrap();
    assert_eq!(desk.wire.lines(), [V2_LIST, V1_LIST, V1_RECEIPT]);
}

#[tokio::test]
async fn whether_a_refusal_is_permanent_is_always_written() {
    for permanent in [false, true] {
        let v2 = desk_of(Protocol::V2);
        v2.wire.answer(V2_STATUS, Canned::new(200, ""));
        v2.inbox.refuse(&item(), &refusal("ingen nøkkel", permanent)).await.unwrap();
        let fault = json!({"feilmelding": "ingen nøkkel", "permanent": permanent});
        assert_eq!(last_body(&v2), json!({"status": "FEILET", "feil": fault}));

        let v1 = desk_of(Protocol::V1);
        v1.wire.answer(V1_FAILURE, Canned::new(200, ""));
        v1.inbox.refuse(&item(), &refusal("ingen nøkkel", permanent)).await.unwrap();
        assert_eq!(last_body(&v1), fault);
    }
}

#[tokio::test]
async fn the_reason_is_one_line_of_bounded_length_and_never_empty() {
    for (reason, message) in [
        ("a\r\nb", "a  b".to_owned()),
        (" \n", "Forsendelsen kunne ikke tas imot".to_owned()),
        (&*"å".repeat(2000), "å".repeat(500)),
    ] {
        let desk = desk_of(Protocol::V1);
        desk.wire.answer(V1_FAILURE, Canned::new(200, ""));
        desk.inbox.refuse(&item(), &refusal(reason, false)).await.unwrap();
        assert_eq!(last_body(&desk)["feilmelding"], message);
    }
}

#[tokio::test]
async fn an_acknowledged_item_is_not_fetched_from_memory() {
    let desk = desk_of(Protocol::V2);
    desk.wire.answer(V2_LIST, Canned::list(&[v2()])).answer(V2_LIST, Canned::list(&[]));
    desk.wire.answer(V2_STATUS, Canned::new(200, ""));
    desk.inbox.list().await.unwrap();
    desk.inbox.acknowledge(&item()).await.unwrap();
    assert_eq!(kind(desk.fetch().await), Kind::Rejected);
    assert_eq!(desk.wire.lines(), [V2_LIST, V2_STATUS, V2_LIST]);
}
