//! Forms, with the words of the form system.

use std::sync::Arc;

use axum::{
    Json,
    body::{Body, to_bytes},
    extract::{Path, State},
    http::{HeaderMap, StatusCode, header::RETRY_AFTER},
    response::{IntoResponse as _, Response},
};
use bytes::Bytes;
use futures_util::{FutureExt as _, StreamExt as _, stream};
use sakarkiv_core::{
    intake::{CaseName, ConsignmentKey, FaultCode, Place, Rejection},
    ports::{ArchiveDesk, ArchiveError},
};
use serde_json::{Value, json};

use super::{Intake, Refusal, RestIntake, fault};
use crate::acos::Instance;

/// Takes a form in and answers when it is durable.
pub(super) async fn take(State(intake): Intake, headers: HeaderMap, body: Body) -> Response {
    let taken = async {
        let desk = intake.desk(&headers)?;
        let bytes = to_bytes(body, intake.limits.form).await;
        let bytes = bytes
            .map_err(|_| fault(format_args!("a form has at most {} bytes, and all of them", intake.limits.form)))?;
        let instance = Instance::parse(&bytes).map_err(Refusal::rejected)?;
        let answer = json!({"formId": instance.form_id(), "instanceId": instance.key().as_str()});
        hand_in(&intake, &*desk, instance).await?;
        Ok((StatusCode::ACCEPTED, Json(answer)).into_response())
    };
    taken.await.unwrap_or_else(|refusal| refused(&refusal))
}

/// One that was taken in before is not mapped again: the tables may have changed meanwhile.
async fn hand_in(intake: &Arc<RestIntake>, desk: &dyn ArchiveDesk, instance: Instance) -> Result<(), Refusal> {
    if desk.receipt(instance.key()).await.map_err(Refusal::Archive)?.is_some() {
        return Ok(());
    }
    let unmapped = || Refusal::rejected(Rejection::new(FaultCode::UnknownRule, Place::Consignment));
    let tables = intake.tables.as_ref().filter(|tables| tables.source == *desk.source()).ok_or_else(unmapped)?;
    let put = |content: Bytes| {
        let limit = content.len() as u64;
        async move { desk.put(stream::iter([Ok(content)]).boxed(), limit).await }.boxed()
    };
    let form = instance.into_form(intake.clock.now()).store(put).await.map_err(Refusal::Archive)?;
    let consignment = tables.map(&form).map_err(Refusal::rejected)?;
    match desk.hand_in(&consignment).await {
        Ok(_) => Ok(()),
        // The same form came twice at once: sent at two moments, it is not the same consignment.
        Err(ArchiveError::Rejected(rejection)) if rejection.has(FaultCode::KeyReused) => {
            let taken = desk.receipt(&consignment.key).await.map_err(Refusal::Archive)?;
            taken.map(drop).ok_or_else(|| Refusal::rejected(rejection))
        }
        Err(error) => Err(Refusal::Archive(error)),
    }
}

/// The case that a form became, for the form system to show.
pub(super) async fn case_info(State(intake): Intake, Path(key): Path<String>, headers: HeaderMap) -> Response {
    let found = async {
        let desk = intake.desk(&headers)?;
        let key = ConsignmentKey::new(&key).map_err(|_| Refusal::Missing)?;
        let receipt = desk.receipt(&key).await.map_err(Refusal::Archive)?.ok_or(Refusal::Missing)?;
        let case = desk.case(&CaseName::Id(receipt.case.id)).await.map_err(Refusal::Archive)?;
        let info = json!({
            "instanceId": key.as_str(),
            "archiveCaseId": case.number().to_string(),
            "caseManager": case.case_handler().map(ToString::to_string),
            "administrativeUnit": case.unit().as_str(),
            "status": case.status().norwegian_name(),
        });
        Ok(Json(info).into_response())
    };
    found.await.unwrap_or_else(|refusal| refused(&refusal))
}

fn refused(refusal: &Refusal) -> Response {
    let status = refusal.status();
    let (code, faults): (&str, Vec<Value>) = match refusal {
        Refusal::Unknown => return status.into_response(),
        Refusal::Missing | Refusal::Archive(ArchiveError::NotFound { .. }) => return status.into_response(),
        Refusal::Archive(ArchiveError::Rejected(rejection)) => {
            let code = if rejection.has(FaultCode::UnknownRule) {
                "NO_INTEGRATION_FOUND_ERROR"
            } else if rejection.has(FaultCode::UnknownSource) {
                "INTEGRATION_DEACTIVATED_ERROR"
            } else {
                "INSTANCE_VALIDATION_ERROR"
            };
            (code, rejection.faults().map(|fault| json!(fault.to_string())).collect())
        }
        Refusal::Archive(ArchiveError::Refused { .. }) => ("INTEGRATION_DEACTIVATED_ERROR", Vec::new()),
        Refusal::Archive(_) => ("GENERAL_SYSTEM_ERROR", Vec::new()),
    };
    let answer = (status, Json(json!({"errorCode": code, "errors": faults})));
    if status == StatusCode::SERVICE_UNAVAILABLE {
        return ([(RETRY_AFTER, "60")], answer).into_response();
    }
    answer.into_response()
}
