//! A call turned away, in the form in which eInnsyn says so.

use axum::response::{IntoResponse, Response};
use http::{StatusCode, header};
use serde_json::{Value, json};

/// Why eInnsyn turned something away.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Refused {
    /// HTTP status.
    pub status: u16,
    /// The member `type`, for example `conflict`.
    pub kind: String,
    /// The member `message`.
    pub message: String,
    /// The names in `fieldError`.
    pub fields: Vec<String>,
}

/// One member that failed a check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FieldError {
    pub(crate) name: String,
    pub(crate) value: Option<String>,
    pub(crate) message: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem {
    pub(crate) status: StatusCode,
    pub(crate) kind: &'static str,
    pub(crate) message: String,
    pub(crate) fields: Vec<FieldError>,
}

impl Problem {
    fn new(status: StatusCode, kind: &'static str, message: impl Into<String>) -> Self {
        Self { status, kind, message: message.into(), fields: Vec::new() }
    }

    pub(crate) fn bad(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "badRequest", message)
    }

    pub(crate) fn unreadable() -> Self {
        Self::bad("Failed to parse the request.")
    }

    pub(crate) fn invalid(fields: Vec<FieldError>) -> Self {
        let list: Vec<String> = fields
            .iter()
            .map(|field| format!("\"{}\": \"{}\"", field.name, field.value.as_deref().unwrap_or("null")))
            .collect();
        let message = format!("Field validation error on fields: {}", list.join(", "));
        Self { fields, ..Self::new(StatusCode::BAD_REQUEST, "validationError", message) }
    }

    pub(crate) fn unauthenticated() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "authenticationError", "Authentication failed")
    }

    pub(crate) fn forbidden(message: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, "authorizationError", message)
    }

    pub(crate) fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "notFound", "Not found")
    }

    pub(crate) fn no_handler(path: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, "notFound", format!("No handler found: {path}"))
    }

    pub(crate) fn not_allowed(method: &str) -> Self {
        let message = format!("Method {method} is not supported for this endpoint.");
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "methodNotAllowed", message)
    }

    pub(crate) fn media_type() -> Self {
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "badRequest", "Content-Type must be application/json")
    }

    pub(crate) fn conflict(id: &str, field: &str) -> Self {
        let message = format!("A conflicting object ({id}) already exists. Duplicate value in the field `{field}`.");
        Self::new(StatusCode::CONFLICT, "conflict", message)
    }

    pub(crate) fn too_many_orders(email: &str) -> Self {
        let message = format!("Too many unverified orders for e-mail {email}");
        Self::new(StatusCode::TOO_MANY_REQUESTS, "tooManyUnverifiedOrders", message)
    }

    /// A constraint of the database, which the checks before it did not see coming.
    pub(crate) fn integrity() -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internalServerError", "Data integrity violation")
    }

    fn body(&self) -> Value {
        let mut body = json!({"type": self.kind, "message": self.message});
        if let (false, Some(members)) = (self.fields.is_empty(), body.as_object_mut()) {
            let fields: Vec<Value> = self
                .fields
                .iter()
                .map(|field| {
                    let mut one = json!({"fieldName": field.name, "message": field.message});
                    if let (Some(value), Some(members)) = (&field.value, one.as_object_mut()) {
                        members.insert("value".to_owned(), json!(value));
                    }
                    one
                })
                .collect();
            members.insert("fieldError".to_owned(), json!(fields));
        }
        body
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        (self.status, [(header::CONTENT_TYPE, "application/json")], pretty(&self.body())).into_response()
    }
}

impl From<Problem> for Refused {
    fn from(problem: Problem) -> Self {
        Self {
            status: problem.status.as_u16(),
            kind: problem.kind.to_owned(),
            message: problem.message,
            fields: problem.fields.into_iter().map(|field| field.name).collect(),
        }
    }
}

/// JSON as the service writes it.
pub(crate) fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_else(|_| value.to_string())
}
