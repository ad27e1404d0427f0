//! What eInnsyn's refusals mean in the terms of the ports. Its messages repeat the refused text, so nothing of them is passed
//! on but the kind, the names of members and a few known reasons.

use http::StatusCode;
use sakarkiv_core::ports::{PortError, PortErrorKind, StoreError};
use sakarkiv_http::{Answer, Operation, kind_of};
use serde_json::Value;

/// The error of an answer that is no success.
pub(crate) fn refusal(answer: &Answer, operation: &Operation) -> PortError {
    let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let word = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or_default();
    let plain = answer.refusal_as(kind_of(answer.status, operation.effect), operation);
    let mut detail = plain.detail().to_owned();
    if let Some(remedy) = remedy(answer.status, word("message")) {
        detail.push_str(": ");
        detail.push_str(remedy);
    }
    let members = members(&body);
    if !members.is_empty() {
        detail.push_str(&format!(", in {}", members.join(", ")));
    }
    let mut error = PortError::new(plain.kind(), operation.name, detail);
    if let Some(wait) = plain.retry_after() {
        error = error.with_retry_after(wait);
    }
    let code = word("type");
    if is_plain(code) { error.with_remote_code(code) } else { error }
}

/// What to do about the refusals that people meet.
fn remedy(status: StatusCode, message: &str) -> Option<&'static str> {
    Some(match status.as_u16() {
        401 => "the key is unknown, has ended or may not act for that unit; have a new one made",
        403 => "the key's unit does not own what is to be changed; use the key of the unit that published it",
        404 => "no such object or address; check the base address",
        400 if message.starts_with("Unknown property") => "it does not know a member; its interface has changed",
        400 if message.contains("given ID was not found") => "something that is referred to is not there any more",
        429 => "too many calls; raise the pause between them",
        500 if message.contains("integrity") => "somebody published the same at the same moment",
        _ => return None,
    })
}

/// The members that a validation names, by their last part; what stood in them is in the answer too and stays there.
fn members(body: &Value) -> Vec<&str> {
    let fields = body.get("fieldError").and_then(Value::as_array).into_iter().flatten();
    let names = fields.filter_map(|field| field.get("fieldName").and_then(Value::as_str));
    let mut names: Vec<&str> =
        names.filter_map(|name| name.rsplit('.').next()).filter(|name| is_plain(name)).take(MOST_MEMBERS).collect();
    names.dedup();
    names
}

/// What the office's own store could not do.
pub(crate) fn of_store(operation: &'static str) -> impl Fn(StoreError) -> PortError {
    move |error| PortError::new(PortErrorKind::Transient, operation, "the office's store failed").with_source(error)
}

fn is_plain(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 60
        && text.bytes().all(|byte| byte.is_ascii_alphabetic() || matches!(byte, b'[' | b']' | b'0'..=b'9'))
        && !text.bytes().all(|byte| byte.is_ascii_digit())
}

const MOST_MEMBERS: usize = 10;

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use http::HeaderMap;
    use sakarkiv_core::identity::Timestamp;
    use sakarkiv_http::Effect;
    use serde_json::json;

    use super::*;

    fn error(status: u16, body: &Value) -> PortError {
        let answer = Answer {
            status: StatusCode::from_u16(status).unwrap(),
            headers: HeaderMap::new(),
            body: body.to_string().into(),
            received: Timestamp::UNIX_EPOCH,
        };
        let operation = Operation { name: "einnsyn.test", effect: Effect::None, timeout: Duration::from_secs(1) };
        refusal(&answer, &operation)
    }

    #[test]
    fn a_refusal_names_the_member_and_never_what_stood_in_it() {
        let told = "Klage fra Kari Testperson 01819000553";
        let body = json!({
            "type": "validationError", "message": format!("Field validation error on fields: \"tittel\": \"{told}\""),
            "fieldError": [
                {"fieldName": "journalpost[0].expandedObject.offentligTittel", "value": told, "message": told},
                {"fieldName": told, "value": told, "message": told},
            ],
        });
        let error = error(400, &body);
        assert_eq!(error.kind(), PortErrorKind::Rejected);
        assert_eq!(error.detail(), "server answered 400, in offentligTittel");
        assert_eq!(error.remote_code(), Some("validationError"));
        let shown = format!("{error} {error:?}");
        assert!(!shown.contains("Kari") && !shown.contains("0181"), "{shown}");
    }

    #[test]
    fn a_refusal_tells_what_to_do() {
        for (status, message, kind, remedy) in [
            (401, "Authentication failed", PortErrorKind::Unauthorised, "have a new one made"),
            (403, "Not authorized", PortErrorKind::Unauthorised, "use the key of the unit"),
            (500, "Data integrity violation", PortErrorKind::Transient, "at the same moment"),
            (400, "Unknown property given for type Journalpost: 'x'", PortErrorKind::Rejected, "has changed"),
            (429, "", PortErrorKind::Transient, "raise the pause"),
        ] {
            let error = error(status, &json!({"type": "x", "message": message}));
            assert_eq!(error.kind(), kind, "{status}");
            assert!(error.detail().contains(remedy), "{error}");
        }
        assert_eq!(error(502, &json!("<html>")).kind(), PortErrorKind::Transient);
    }
}
