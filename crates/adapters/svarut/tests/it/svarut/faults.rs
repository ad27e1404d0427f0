use bytes::Bytes;
use futures_util::stream;
use http::Response;
use sakarkiv_core::{
    delivery::{Reference, RemoteId},
    ports::{Channel, PortError, PortErrorKind as K},
};
use sakarkiv_http::{Body, BodyError};
use serde_json::{Value, json};

use super::{
    doubles::{Desk, Reply, SHIPMENT, accepted, answer, byplan, ok},
    letters::Draft,
};

const SEND: &str = "POST v3/kontoer/{konto}/forsendelser/person";
const STATUS: &str = "POST v3/kontoer/{konto}/forsendelser/status/sok";
const ERROR_ID: &str = "6f0b1c5e-0d5a-4c1e-9f5b-7a8d1c2e3f40";

fn problem(code: Value, message: &str, more: Value) -> Value {
    let mut body = json!({
        "timestamp": 1_789_459_200_123_i64, "status": 400, "error": "Bad Request", "errorId": ERROR_ID,
        "path": "/api/v3", "originalPath": null, "message": message,
    });
    body["errorCode"] = code;
    body["errorJson"] = more;
    body
}

async fn sending(replies: impl IntoIterator<Item = Reply>) -> PortError {
    let desk = Desk::new();
    for reply in replies {
        desk.expect(SEND, reply);
    }
    let error = desk.channel.send(&byplan(), Draft::person().dispatch()).await.unwrap_err();
    desk.sent();
    error
}

async fn asking(replies: impl IntoIterator<Item = Reply>) -> PortError {
    let desk = Desk::new();
    for reply in replies {
        desk.expect(STATUS, reply);
    }
    let error = desk.channel.status(&byplan(), &[RemoteId(SHIPMENT.to_owned())]).await.unwrap_err();
    desk.sent();
    error
}

#[tokio::test]
async fn each_refusal_has_its_class_for_sending_and_for_asking() {
    for (status, sends, asks) in [
        (400, K::Rejected, K::Rejected),
        (403, K::Unauthorised, K::Unauthorised),
        (404, K::Misconfigured, K::Misconfigured),
        (408, K::Unknown, K::Transient),
        (409, K::Unknown, K::Rejected),
        (413, K::Rejected, K::Rejected),
        (422, K::Rejected, K::Rejected),
        (429, K::Unknown, K::Transient),
        (500, K::Unknown, K::Transient),
        (502, K::Unknown, K::Transient),
        (503, K::Unknown, K::Transient),
        (504, K::Unknown, K::Transient),
        (301, K::Misconfigured, K::Misconfigured),
        (302, K::Unknown, K::Transient),
    ] {
        for body in
            ["", "<html>Kari Testperson</html>", "{}", "[]", "null", "\"x\"", "{\"errorId\": 5, \"message\": []}"]
        {
            let (send, ask) = (sending([answer(status, body)]).await, asking([answer(status, body)]).await);
            assert_eq!((send.kind(), ask.kind()), (sends, asks), "{status} {body}");
            assert_eq!(send.operation(), "svarut.send");
            assert!(!format!("{send} {send:?} {ask}").contains("Kari"), "{send:?}");
            assert_eq!(send.to_string().contains("sha256"), body.starts_with('<'), "{send}");
        }
    }
}

#[tokio::test]
async fn a_refused_token_is_replaced_once_and_then_the_account_is_stopped() {
    let desk = Desk::new();
    desk.expect(SEND, answer(401, "")).expect(SEND, accepted());
    desk.channel.send(&byplan(), Draft::person().dispatch()).await.unwrap();
    let sent = desk.sent();
    assert_eq!(sent[0].headers["authorization"], "Bearer own-0");
    assert_eq!(sent[1].headers["authorization"], "Bearer own-1");
    assert_eq!(sent[1].parts()[1].1, super::letters::PDF, "the documents were read again");

    assert_eq!(sending([answer(401, ""), answer(401, "")]).await.kind(), K::Unauthorised);
    assert_eq!(asking([answer(401, ""), answer(401, "")]).await.kind(), K::Unauthorised);
}

#[tokio::test]
async fn a_failure_before_the_first_byte_is_told_from_one_after_it() {
    assert_eq!(sending([Reply::NoConnection]).await.kind(), K::Transient);
    assert_eq!(sending([Reply::LostAnswer]).await.kind(), K::Unknown);
    assert_eq!(asking([Reply::NoConnection]).await.kind(), K::Transient);
    assert_eq!(asking([Reply::LostAnswer]).await.kind(), K::Transient);
    let desk = Desk::hasty();
    desk.expect(SEND, Reply::Silence);
    let error = desk.channel.send(&byplan(), Draft::person().dispatch()).await.unwrap_err();
    assert_eq!(error.kind(), K::Unknown);
    assert!(error.to_string().contains("within 960 s"), "{error}");
}

#[tokio::test]
async fn without_a_token_nothing_is_sent() {
    for kind in [K::Unauthorised, K::Transient, K::Misconfigured] {
        let desk = Desk::new();
        desk.tokens_fail(kind);
        let error = desk.channel.send(&byplan(), Draft::person().dispatch()).await.unwrap_err();
        assert_eq!(error.kind(), kind);
        assert!(desk.sent().is_empty());
    }
}

#[tokio::test]
async fn a_duplicate_may_be_our_own_letter_in_whatever_form_it_is_told() {
    let text = "Forsendelse med samme mottaker, tittel, avsender og filer er allerede forsøkt sendt";
    for body in [
        problem(Value::Null, text, Value::Null),
        problem("GJENTAGENDE_FORSENDELSE".into(), "", Value::Null),
        problem(Value::Null, "", json!({"errorCode": "GJENTAGENDE_FORSENDELSE", "liste": [1]})),
        problem(Value::Null, "", "{\"kode\":\"GJENTAGENDE_FORSENDELSE\"}".into()),
        problem(Value::Null, "Duplikat", Value::Null),
        json!({"errorcode": "GJENTAGENDE_FORSENDELSE", "message": ""}),
    ] {
        let error = sending([answer(400, body.to_string())]).await;
        assert_eq!(error.kind(), K::Unknown, "{body}");
        assert!(error.to_string().contains("sent before"), "{error}");
    }
}

#[tokio::test]
async fn a_plain_refusal_tells_id_and_code_but_not_the_text() {
    for more in [Value::Null, "tekst".into(), json!({"felt": "mottaker.adresse.poststed"}), json!(["a"]), json!(1)] {
        let body = problem("UGYLDIG_POSTNUMMER".into(), "Ugyldig adresse for Kari Testperson", more);
        let error = sending([answer(400, body.to_string())]).await;
        assert_eq!((error.kind(), error.remote_code()), (K::Rejected, Some(ERROR_ID)));
        let shown = format!("{error} {error:?}");
        assert!(shown.contains("UGYLDIG_POSTNUMMER") && !shown.contains("Kari"), "{shown}");
    }
    let odd = json!({"errorId": "Kari Testperson", "errorCode": "Kari Testperson"});
    let error = sending([answer(400, odd.to_string())]).await;
    assert!(error.remote_code().is_none() && !error.to_string().contains("Kari"), "{error}");
}

#[tokio::test]
async fn the_server_may_ask_for_time() {
    let later = |status| {
        Reply::Answer(Response::builder().status(status).header("retry-after", "90").body(Body::empty()).unwrap())
    };
    for error in [sending([later(429)]).await, asking([later(503)]).await] {
        assert_eq!(error.retry_after(), Some(std::time::Duration::from_secs(90)));
    }
}

#[tokio::test]
async fn an_answer_that_cannot_be_read_does_not_tell_whether_the_letter_left() {
    let cut = || {
        let chunks = stream::iter([Ok(Bytes::from_static(b"{\"id\"")), Err(BodyError::broken("reset"))]);
        answer(200, Body::from_stream(chunks))
    };
    let huge = || answer(200, format!("{{\"id\": \"{}\"}}", "x".repeat(17 << 20)));
    for body in ["", "{", "{}", "[]", "<html>Kari</html>", "{\"id\": null}", "{\"id\": \"Kari\"}", "{\"id\": 7}"] {
        let error = sending([answer(200, body)]).await;
        assert_eq!(error.kind(), K::Unknown, "{body}");
        assert!(!format!("{error} {error:?}").contains("Kari"), "{error:?}");
    }
    assert_eq!(sending([cut()]).await.kind(), K::Unknown);
    assert_eq!(sending([huge()]).await.kind(), K::Unknown);
    for reply in [answer(200, "{}"), answer(200, "[]"), answer(200, "<html>"), cut(), huge()] {
        assert_eq!(asking([reply]).await.kind(), K::Transient);
    }
}

#[tokio::test]
async fn an_unreadable_look_up_never_passes_for_no_hit() {
    let line = "GET v2/kontoer/{konto}/forsendelser/metadata?eksternRef=sakarkiv-00000000-0000-0000-0000-000000000001";
    let reference = || Reference::of(Draft::person().letter.id);
    for body in [json!({}), json!({"forsendelser": null}), json!({"forsendelser": [{"dato": "x"}]}), json!([])] {
        let desk = Desk::new();
        desk.expect(line, ok(&body));
        assert_eq!(desk.channel.find(&byplan(), &reference()).await.unwrap_err().kind(), K::Transient, "{body}");
    }
    let desk = Desk::new();
    desk.expect(line, answer(404, ""));
    assert_eq!(desk.channel.find(&byplan(), &reference()).await.unwrap_err().kind(), K::Misconfigured);
}

#[tokio::test]
async fn an_account_that_is_not_configured_is_named() {
    let desk = Desk::new();
    let other = sakarkiv_core::identity::AccountId::new("ukjent").unwrap();
    let error = desk.channel.check(&other).await.unwrap_err();
    assert!(error.kind() == K::Misconfigured && error.to_string().contains("`ukjent`"), "{error}");
    assert_eq!(desk.channel.send(&other, Draft::person().dispatch()).await.unwrap_err().kind(), K::Misconfigured);
    assert_eq!(desk.channel.status(&other, &[]).await.unwrap_err().kind(), K::Misconfigured);
}
