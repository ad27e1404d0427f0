//! What Altinn's refusals mean in the terms of the ports. Only the number of an error is looked at: its texts change, and
//! may name people.

use std::{collections::BTreeMap, error::Error as _};

use http::StatusCode;
use sakarkiv_core::ports::{PortError, PortErrorKind};
use sakarkiv_http::{Answer, Operation, kind_of};
use serde::Deserialize;
use serde_json::Value;

/// The numbers of errors that are told apart by more than their kind.
pub(crate) mod code {
    /// Not there, or not to be seen by the caller in its present state.
    pub(crate) const NOT_FOUND: u32 = 1001;
    /// The sender came too late to take it back.
    pub(crate) const ALREADY_PURGED: u32 = 1014;
    /// Read before it was fetched.
    pub(crate) const READ_BEFORE_FETCHED: u32 = 1024;
    /// Confirmed before it was fetched.
    pub(crate) const CONFIRMED_BEFORE_FETCHED: u32 = 1025;
    /// The key of the call was used before.
    pub(crate) const KEY_USED: u32 = 1034;
    /// Read already.
    pub(crate) const ALREADY_READ: u32 = 1040;
    /// Confirmed already.
    pub(crate) const ALREADY_CONFIRMED: u32 = 1041;
    /// No unread confidential mail.
    pub(crate) const NOTHING_UNREAD: u32 = 1062;
    /// The attachment was deleted.
    pub(crate) const ATTACHMENT_PURGED: u32 = 2019;
    /// The attachment has expired.
    pub(crate) const ATTACHMENT_EXPIRED: u32 = 2020;
    /// No access to the resource.
    pub(crate) const NO_ACCESS: u32 = 4001;
}

/// Behind the error of a sound answer that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("the answer cannot be read")]
pub(crate) struct Unreadable;

/// Whether an error of asking for one message says nothing of the next. Messages of another service are not for us to see
/// once its access was taken away, and no other suffers for it; anything without a number may come from any server on the way.
pub(crate) fn concerns_one_message(error: &PortError) -> bool {
    let numbered = error.remote_code().and_then(|code| code.parse().ok());
    match error.kind() {
        PortErrorKind::Unauthorised => numbered == Some(code::NO_ACCESS),
        PortErrorKind::Misconfigured => false,
        _ => numbered.is_some() || error.source().is_some_and(|source| source.is::<Unreadable>()),
    }
}

/// The parts of an error body that are of use. Read leniently: no member is sure to be there or to have its type.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Problem {
    /// Altinn's number of the error.
    pub(crate) code: Option<u32>,
    trace: Option<String>,
    members: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Body {
    error_code: Option<Value>,
    trace_id: Option<Value>,
    errors: Option<BTreeMap<String, Value>>,
}

impl Problem {
    /// Reads the body of an answer that is no success.
    pub(crate) fn of(answer: &Answer) -> Self {
        let Ok(body) = serde_json::from_slice::<Body>(&answer.body) else { return Self::default() };
        let code = body.error_code.as_ref().and_then(|code| match code {
            Value::Number(number) => number.as_u64(),
            Value::String(text) => text.trim().parse().ok(),
            _ => None,
        });
        let trace = body.trace_id.as_ref().and_then(Value::as_str).filter(|text| is_plain(text)).map(str::to_owned);
        let told = |value: &Value| value.as_array().is_none_or(|texts| !texts.is_empty());
        let members = body.errors.into_iter().flatten().filter(|(name, texts)| is_plain(name) && told(texts));
        Self {
            code: code.and_then(|code| u32::try_from(code).ok()),
            trace,
            members: members.map(|(name, _)| name).take(MOST_MEMBERS).collect(),
        }
    }

    pub(crate) fn is(&self, code: u32) -> bool {
        self.code == Some(code)
    }
}

/// The error of an answer that is no success. The members that a validation names are passed on, its texts are not.
pub(crate) fn refusal(answer: &Answer, operation: &Operation) -> PortError {
    let problem = Problem::of(answer);
    let kind = kind(answer.status, &problem, operation);
    let plain = answer.refusal_as(kind, operation);
    let mut detail = plain.detail().to_owned();
    if let Some(meaning) = problem.code.and_then(meaning) {
        detail.push_str(&format!(": {meaning}"));
    } else if answer.status.is_redirection() {
        detail.push_str(": sent to a login page, the token was not taken");
    } else if answer.status == StatusCode::NOT_FOUND && problem.code.is_none() {
        detail.push_str(": no such interface; check the base address");
    }
    if !problem.members.is_empty() {
        detail.push_str(&format!(", in {}", problem.members.join(", ")));
    }
    if let Some(trace) = &problem.trace {
        detail.push_str(&format!(" (trace {trace})"));
    }
    let mut error = PortError::new(kind, operation.name, detail);
    if let Some(wait) = plain.retry_after() {
        error = error.with_retry_after(wait);
    }
    match problem.code {
        Some(code) => error.with_remote_code(code.to_string()),
        None => error,
    }
}

/// By the number where there is one, else by the status. "No access" is 401 here, and a missing login is a redirect.
fn kind(status: StatusCode, problem: &Problem, operation: &Operation) -> PortErrorKind {
    if status.is_redirection() {
        return PortErrorKind::Unauthorised;
    }
    match problem.code {
        // Checked before anything is created, so another try is safe.
        Some(1007 | 1018 | 1032 | 2000 | 2002 | 2008 | 2022) => PortErrorKind::Transient,
        Some(1034) => PortErrorKind::Unknown,
        // For this letter's language, which others need not be in.
        Some(3001) => PortErrorKind::Rejected,
        Some(1036 | 1060 | 1061 | 4002 | 4003 | 4009 | 4010) => PortErrorKind::Misconfigured,
        Some(code::NO_ACCESS | 4004..=4007) => PortErrorKind::Unauthorised,
        None if status == StatusCode::NOT_FOUND => PortErrorKind::Misconfigured,
        _ => kind_of(status, operation.effect),
    }
}

/// What a number means and what to do, for those that people meet.
const fn meaning(code: u32) -> Option<&'static str> {
    Some(match code {
        1001 => "there is no such message, or not any more",
        1002 | 1039 => "the title and the sender's name must be plain text",
        1003 => "the message must be Markdown without HTML",
        1008 | 1009 => "the deadline lies before now or before publication",
        1013 => "it is published, and then no sender can take it back",
        1029 => "Altinn does not know the recipient; choose another way",
        1030 => "the recipient has opted out of digital mail; choose another way",
        1032 => "whether the recipient has opted out could not be looked up",
        1034 => "the key was used before",
        1036 => "Altinn does not know the resource; check its id",
        1044 => "nobody at the recipient could be given access to confidential mail; choose another way",
        1060 => "the resource is for confidential mail only; set it up as `confidential`",
        1061 => "the resource is not for confidential mail; choose one that is",
        1068 | 1069 => "forwarding is not allowed for this resource or these documents",
        2008 => "a document was changed on its way",
        2013 => "Altinn does not take this kind of file; convert it",
        3001 => "there is no notification text for the letter's language; give it one, or write in another",
        3011 | 3012 => "an address to be notified is malformed",
        4001 => "no access to the resource; have it granted, a new token does not help",
        4002 => "Altinn does not know the organisation of the token",
        4004..=4007 => "the token does not tell an organisation that has access",
        4009 | 4010 => "the resource is not a message service",
        _ => return None,
    })
}

/// Names of members and ids look like this; anything else may be text about somebody.
fn is_plain(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 80
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.' | b'[' | b']' | b'$'))
}

const MOST_MEMBERS: usize = 10;

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http::HeaderMap;
    use sakarkiv_core::identity::Timestamp;
    use sakarkiv_http::Effect;
    use serde_json::json;

    use super::*;

    fn answer(status: u16, body: impl Into<Bytes>) -> Answer {
        Answer {
            status: StatusCode::from_u16(status).unwrap(),
            headers: HeaderMap::new(),
            body: body.into(),
            received: Timestamp::UNIX_EPOCH,
        }
    }

    fn error(status: u16, code: u32, effect: Effect) -> PortError {
        let body = json!({"status": status, "detail": "Kari Testperson", "errorCode": code, "traceId": "00-7f0c-01"});
        let operation = Operation { name: "altinn.test", effect, timeout: std::time::Duration::from_secs(1) };
        refusal(&answer(status, body.to_string()), &operation)
    }

    #[test]
    fn numbers_decide_over_statuses() {
        use PortErrorKind as K;
        for (status, code, reading, changing) in [
            (401, 4001, K::Unauthorised, K::Unauthorised),
            (400, 1036, K::Misconfigured, K::Misconfigured),
            (400, 1061, K::Misconfigured, K::Misconfigured),
            (404, 1029, K::Rejected, K::Rejected),
            (422, 1030, K::Rejected, K::Rejected),
            (500, 1032, K::Transient, K::Transient),
            (502, 2002, K::Transient, K::Transient),
            (409, 1034, K::Unknown, K::Unknown),
            (400, 1044, K::Rejected, K::Rejected),
            (400, 3001, K::Rejected, K::Rejected),
            (500, 9999, K::Transient, K::Unknown),
        ] {
            let (reads, changes) = (error(status, code, Effect::None), error(status, code, Effect::MayHaveHappened));
            assert_eq!((reads.kind(), changes.kind()), (reading, changing), "{code}");
            assert_eq!(reads.remote_code(), Some(code.to_string().as_str()));
            assert!(!format!("{reads} {reads:?}").contains("Kari"));
            assert!(reads.detail().contains("00-7f0c-01"));
        }
    }

    #[test]
    fn what_is_said_of_one_message_is_told_from_what_is_said_of_us_or_of_the_server() {
        for (status, code, one) in
            [(401, 4001, true), (400, 1016, true), (500, 9999, true), (401, 4004, false), (400, 4002, false)]
        {
            assert_eq!(concerns_one_message(&error(status, code, Effect::None)), one, "{code}");
        }
        let operation = Operation { name: "altinn.test", effect: Effect::None, timeout: std::time::Duration::ZERO };
        let outage = refusal(&answer(503, ""), &operation);
        assert!(!concerns_one_message(&outage));
        assert!(concerns_one_message(&outage.with_source(Unreadable)));
    }

    #[test]
    fn a_failed_validation_names_the_members_and_not_what_is_wrong_with_them() {
        let body =
            json!({"errors": {"Correspondence.ResourceId": ["Kari"], "Recipients[0]": [], "Kari Testperson": ["x"]}});
        let operation = Operation {
            name: "altinn.test",
            effect: Effect::MayHaveHappened,
            timeout: std::time::Duration::from_secs(1),
        };
        let error = refusal(&answer(400, body.to_string()), &operation);
        assert_eq!(error.kind(), PortErrorKind::Rejected);
        assert_eq!(error.detail(), "server answered 400, in Correspondence.ResourceId");
    }

    #[test]
    fn bodies_of_any_kind_are_survived() {
        for body in [
            "",
            "\"tekst\"",
            "[]",
            "{\"errorCode\": {}}",
            "{\"errorCode\": -1}",
            "{\"errorCode\": 99999999999}",
            "<html>",
        ] {
            assert_eq!(Problem::of(&answer(400, body)).code, None, "{body}");
        }
        assert_eq!(Problem::of(&answer(400, "{\"errorCode\": \"1016\"}")).code, Some(1016));
    }
}
