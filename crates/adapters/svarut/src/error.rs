//! What KS' refusals mean (their common error body) in the terms of the ports.

use http::StatusCode;
use sakarkiv_core::ports::{PortError, PortErrorKind};
use sakarkiv_http::{Answer, Effect, Operation, kind_of};
use serde_json::Value;

/// What a 404 says at an endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NotFound {
    /// The address names an account, or nothing in particular: our configuration is wrong.
    Configuration,
    /// The address names one shipment: that one is not there.
    Shipment,
}

/// The error of an answer that is no success.
///
/// The body's `message` may name people and is never passed on; `errorId`, by which KS' support finds the case, and
/// `errorCode` are. A duplicate counts as unknown, since the first of the two may be our own,
/// and is told as sent before, since it may be another's.
pub(crate) fn refusal(answer: &Answer, operation: &Operation, not_found: NotFound) -> PortError {
    let body = serde_json::from_slice::<Value>(&answer.body).ok();
    let problem = body.as_ref().map(Problem::read).unwrap_or_default();
    let duplicate = operation.effect == Effect::MayHaveHappened && problem.is_duplicate(answer.status);
    let kind = if duplicate {
        PortErrorKind::Unknown
    } else if answer.status == StatusCode::NOT_FOUND && not_found == NotFound::Configuration {
        PortErrorKind::Misconfigured
    } else {
        kind_of(answer.status, operation.effect)
    };
    let plain = answer.refusal_as(kind, operation);
    let mut detail = plain.detail().to_owned();
    if duplicate {
        detail.push_str(", the same shipment was sent before");
    }
    if let Some(code) = problem.code {
        detail.push_str(&format!(", code {code}"));
    }
    if body.is_none() && !answer.body.is_empty() {
        detail.push_str(&format!(", not JSON: {}", answer.fingerprint()));
    }
    let mut error = PortError::new(kind, operation.name, detail);
    if duplicate {
        error = error.as_sent_before();
    }
    if let Some(wait) = plain.retry_after() {
        error = error.with_retry_after(wait);
    }
    match problem.id {
        Some(id) => error.with_remote_code(id),
        None => error,
    }
}

/// The parts of an error body that are of use. Read leniently: no member is sure to be there or to have its type.
#[derive(Debug, Default, Clone, Copy)]
struct Problem<'a> {
    id: Option<&'a str>,
    code: Option<&'a str>,
    message: Option<&'a str>,
    more: Option<&'a Value>,
}

impl<'a> Problem<'a> {
    fn read(body: &'a Value) -> Self {
        let text = |name: &str| body.get(name).and_then(Value::as_str);
        // `errorcode` is what the first version of the interface called it.
        let code = text("errorCode").or_else(|| text("errorcode"));
        Self {
            id: text("errorId").filter(|id| is_code(id)),
            code: code.filter(|code| is_code(code)),
            message: text("message"),
            more: body.get("errorJson").filter(|more| !more.is_null()),
        }
    }

    /// Whether the refusal means that the same recipient, title, sender and files were sent before. There is a code for it
    /// (`GJENTAGENDE_FORSENDELSE`), which is often missing, so the text decides too. A text taken wrongly for a duplicate
    /// costs a look-up; one overlooked costs a wrong failure for a letter that has left.
    fn is_duplicate(&self, status: StatusCode) -> bool {
        if status != StatusCode::BAD_REQUEST && status != StatusCode::CONFLICT {
            return false;
        }
        let more = self.more.map(Value::to_string).unwrap_or_default();
        let text = [self.code.unwrap_or_default(), self.message.unwrap_or_default(), more.as_str()].join(" ");
        let text = text.to_lowercase();
        let has = |word: &str| text.contains(word);
        has("gjentagende_forsendelse")
            || has("duplikat")
            || (has("samme") && has("mottaker") && (has("tittel") || has("filer") || has("forsendelse")))
    }
}

/// Codes and ids are short and plain; anything else may be text about somebody.
fn is_code(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 64
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.' | b':'))
}
