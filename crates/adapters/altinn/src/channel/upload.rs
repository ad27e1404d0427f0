//! Documents that are uploaded by themselves and scanned for viruses before the message that shows them is created.

use std::time::Duration;

use async_trait::async_trait;
use http::Method;
use sakarkiv_core::ports::{Dispatch, PortError, PortErrorKind};
use sakarkiv_http::{Effect, Operation, TokenRequest};
use uuid::Uuid;

use super::{
    AltinnChannel, SEND,
    letter::File,
    rejected,
    sending::{Parcel, open},
};
use crate::{
    api::{Call, Content, Json, Made, Nothing},
    error::refusal,
    wire,
};

impl AltinnChannel {
    /// Uploads every document and waits until all are found to be clean. Nobody sees anything before the message is
    /// created, so every failure here can be repeated from the start; what was uploaded is then deleted again.
    pub(super) async fn upload(&self, wanted: &TokenRequest, parcel: &Parcel<'_>) -> Result<Vec<Uuid>, PortError> {
        let mut uploaded = Vec::new();
        let outcome = self.upload_all(wanted, parcel, &mut uploaded).await;
        match outcome {
            Ok(()) => Ok(uploaded),
            Err(error) => {
                self.discard(wanted, &uploaded).await;
                Err(error)
            }
        }
    }

    async fn upload_all(
        &self,
        wanted: &TokenRequest,
        parcel: &Parcel<'_>,
        uploaded: &mut Vec<Uuid>,
    ) -> Result<(), PortError> {
        let resource = &parcel.outgoing.correspondence.resource_id;
        for (file, described) in parcel.files() {
            let attachment = wire::SharedAttachment {
                resource_id: resource.clone(),
                sender: parcel.outgoing.sender.clone(),
                file: described,
            };
            let json =
                serde_json::to_vec(&attachment).map_err(|_| rejected("a document cannot be described as JSON"))?;
            let operation = self.reading(SEND);
            let call = Call::new(operation, &Method::POST, &["attachment"]);
            let answer = self.api.ask(wanted, &call, &Json(json)).await?;
            if !answer.is_success() {
                return Err(refusal(&answer, &operation));
            }
            let id = answer.json::<Uuid>(&operation)?;
            uploaded.push(id);
            self.upload_one(wanted, parcel.dispatch, file, id).await?;
        }
        let deadline = self.api.client().now() + self.config.timeouts.scan();
        for (n, id) in uploaded.iter().enumerate() {
            self.scanned(wanted, n + 1, *id, deadline).await?;
        }
        Ok(())
    }

    async fn upload_one(
        &self,
        wanted: &TokenRequest,
        dispatch: &Dispatch,
        file: &File,
        id: Uuid,
    ) -> Result<(), PortError> {
        // An upload that fails can only be begun anew with another attachment, which the next attempt makes.
        let operation = Operation { name: SEND, effect: Effect::None, timeout: self.config.timeouts.send() };
        let id = id.to_string();
        let path = ["attachment", &id, "upload"];
        let call = Call::new(operation, &Method::POST, &path);
        let answer = self.api.ask(wanted, &call, &Bytes { dispatch, file }).await?;
        if answer.is_success() { Ok(()) } else { Err(refusal(&answer, &operation)) }
    }

    /// Waits until an attachment has been scanned.
    async fn scanned(
        &self,
        wanted: &TokenRequest,
        number: usize,
        id: Uuid,
        deadline: sakarkiv_core::identity::Timestamp,
    ) -> Result<(), PortError> {
        let operation = self.reading(SEND);
        let id = id.to_string();
        let path = ["attachment", &id];
        let mut wait = FIRST_WAIT;
        loop {
            let call = Call::new(operation, &Method::GET, &path);
            let seen = self.api.json::<wire::AttachmentOverview>(wanted, &call).await?;
            match seen.status.as_str() {
                "Published" => return Ok(()),
                "Failed" if seen.status_text.as_deref().is_some_and(|text| text.starts_with(SCAN_FAILED)) => {
                    return Err(rejected(format!("document {number} did not pass Altinn's virus scan"))
                        .with_remote_code("Failed"));
                }
                status @ ("Failed" | "Purged" | "Expired") => {
                    let detail = format!("document {number} could not be uploaded");
                    return Err(PortError::new(PortErrorKind::Transient, SEND, detail).with_remote_code(status));
                }
                _ => {}
            }
            let now = self.api.client().now();
            if now >= deadline {
                let detail = format!("document {number} was not scanned for viruses in time");
                return Err(PortError::new(PortErrorKind::Transient, SEND, detail));
            }
            self.clock.sleep_until(deadline.min(now + wait)).await;
            wait = LONGEST_WAIT.min(wait * 2);
        }
    }

    /// Deletes attachments that no message uses. What cannot be deleted now lies unseen.
    pub(super) async fn discard(&self, wanted: &TokenRequest, uploaded: &[Uuid]) {
        for id in uploaded {
            let id = id.to_string();
            let path = ["attachment", &id];
            let call = Call::new(self.reading(SEND), &Method::DELETE, &path);
            let _ = self.api.ask(wanted, &call, &Nothing).await;
        }
    }
}

/// The bytes of one document.
struct Bytes<'a> {
    dispatch: &'a Dispatch,
    file: &'a File,
}

#[async_trait]
impl Content for Bytes<'_> {
    async fn make(&self) -> Result<Made, PortError> {
        let body = open(self.dispatch, self.file).await?;
        Ok(Made { media_type: Some("application/octet-stream".to_owned()), body })
    }
}

const SCAN_FAILED: &str = "Malware scan failed";
const FIRST_WAIT: Duration = Duration::from_secs(2);
const LONGEST_WAIT: Duration = Duration::from_secs(30);
