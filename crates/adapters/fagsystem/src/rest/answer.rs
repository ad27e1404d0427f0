//! Answers, in the words of the contract.

use axum::{
    Json,
    http::{StatusCode, header::RETRY_AFTER},
    response::{IntoResponse as _, Response},
};
use sakarkiv_core::{
    intake::{CaseOutcome, EntryOutcome, FaultCode, Place, Receipt, Rejection},
    ports::ArchiveError,
};
use serde_json::{Value, json};

/// Seconds after which a request may be repeated.
const RETRY_SECONDS: &str = "60";

/// Why a request is not done.
#[derive(Debug)]
pub(super) enum Refusal {
    /// Nobody knows who calls.
    Unknown,
    /// What is asked for is not there.
    Missing,
    /// The archive says no.
    Archive(ArchiveError),
}

impl Refusal {
    pub(super) fn rejected(rejection: Rejection) -> Self {
        Self::Archive(ArchiveError::Rejected(rejection))
    }

    pub(super) fn answer(self) -> Response {
        let status = self.status();
        let body = match &self {
            Self::Archive(ArchiveError::Rejected(rejection)) => rejected(rejection),
            Self::Archive(error) => json!({"avvist": false, "melding": error.to_string()}),
            Self::Unknown => json!({"avvist": false, "melding": "nobody is known by these credentials"}),
            Self::Missing => json!({"avvist": false, "melding": "nothing of that name was taken in"}),
        };
        let answer = (status, Json(body));
        if status == StatusCode::SERVICE_UNAVAILABLE {
            return ([(RETRY_AFTER, RETRY_SECONDS)], answer).into_response();
        }
        answer.into_response()
    }

    pub(super) fn status(&self) -> StatusCode {
        let Self::Archive(error) = self else {
            return if matches!(self, Self::Unknown) { StatusCode::UNAUTHORIZED } else { StatusCode::NOT_FOUND };
        };
        match error {
            ArchiveError::Rejected(rejection) if rejection.may_pass() => StatusCode::SERVICE_UNAVAILABLE,
            ArchiveError::Rejected(rejection)
                if rejection.has(FaultCode::KeyReused) || rejection.has(FaultCode::CaseExists) =>
            {
                StatusCode::CONFLICT
            }
            ArchiveError::Rejected(_) | ArchiveError::NotAllowed(_) | ArchiveError::Several { .. } => {
                StatusCode::UNPROCESSABLE_ENTITY
            }
            ArchiveError::NotFound { .. } => StatusCode::NOT_FOUND,
            ArchiveError::Refused { .. } => StatusCode::FORBIDDEN,
            error if error.may_pass() => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

/// What a sender has to mend.
pub(crate) fn rejected(rejection: &Rejection) -> Value {
    let faults: Vec<Value> = rejection
        .faults()
        .map(|fault| {
            json!({
                "kode": fault.code.norwegian_code(),
                "sted": place(fault.place),
                "rettelse": fault.code.remedy(),
                "detalj": fault.detail,
            })
        })
        .collect();
    json!({"avvist": true, "feil": faults})
}

/// What became of a delivery.
pub(crate) fn receipt(receipt: &Receipt) -> Value {
    let entries: Vec<Value> = receipt
        .entries
        .iter()
        .map(|entry| {
            json!({
                "eksternNoekkel": entry.key.as_ref().map(|key| key.value.expose()),
                "systemId": entry.id.to_string(),
                "journalpostnummer": entry.number.to_string(),
                "utfall": match entry.outcome {
                    EntryOutcome::Registered => "registrert",
                    EntryOutcome::Renewed => "registrert-paa-nytt",
                    EntryOutcome::Amended => "endret",
                    EntryOutcome::Unchanged => "uendret",
                },
            })
        })
        .collect();
    let remarks: Vec<Value> = receipt
        .remarks
        .iter()
        .map(|remark| {
            json!({
                "kode": remark.code.norwegian_code(),
                "sted": place(remark.place),
                "forklaring": remark.code.reason().text,
            })
        })
        .collect();
    json!({
        "leveranseId": receipt.key.as_str(),
        "mottatt": receipt.at,
        "saksnummer": receipt.case.number.to_string(),
        "saksId": receipt.case.id.to_string(),
        "opprettet": receipt.case.outcome == CaseOutcome::Opened,
        "registreringer": entries,
        "gjentatt": receipt.repeated,
        "merknader": remarks,
    })
}

/// Where in its manifest a sender finds what is told of: a JSON Pointer, empty for the whole.
fn place(of: Place) -> String {
    match of {
        Place::Case => "/mappe".to_owned(),
        Place::Entry { entry } => format!("/registreringer/{entry}"),
        Place::Party { entry, party } => format!("/registreringer/{entry}/parter/{party}"),
        Place::Document { entry, document } | Place::File { entry, document, .. } => {
            format!("/registreringer/{entry}/filer/{document}")
        }
        _ => String::new(),
    }
}

/// A key as a path.
pub(super) fn encoded(key: &str) -> String {
    key.bytes().fold(String::new(), |mut path, byte| {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => path.push(char::from(byte)),
            byte => path.push_str(&format!("%{byte:02X}")),
        }
        path
    })
}
