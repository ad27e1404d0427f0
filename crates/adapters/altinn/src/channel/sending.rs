use async_trait::async_trait;
use bytes::Bytes;
use futures_util::{StreamExt, TryStreamExt};
use http::Method;
use md5::{Digest, Md5};
use sakarkiv_core::{
    delivery::RemoteId,
    identity::AccountId,
    ports::{Accepted, Dispatch, PortError, PortErrorKind},
};
use sakarkiv_http::{Body, BodyError, TokenRequest};
use serde_json::Value;
use uuid::Uuid;

use super::{
    AltinnChannel, SEND,
    form::Form,
    key::{MOST_GENERATIONS, key},
    letter::{File, Outgoing},
    rejected,
    status::came_to_nothing,
};
use crate::{
    api::{Call, Content, Json, Made},
    error::{Problem, code, refusal},
    wire,
};

/// What came of a call that creates a message.
enum Creation {
    Created(RemoteId),
    /// There is a message under the key.
    KeyUsed,
}

impl AltinnChannel {
    pub(super) async fn send_letter(&self, account: &AccountId, dispatch: &Dispatch) -> Result<Accepted, PortError> {
        let sender = self.account(account, SEND)?;
        let outgoing = Outgoing::of(dispatch, &self.config, sender, self.api.client().now())?;
        let wanted = self.token_request(sender);
        let checksums = self.checksums(dispatch, &outgoing).await?;
        let parcel = Parcel { channel: self, dispatch, outgoing: &outgoing, checksums: &checksums };
        if outgoing.files.is_empty() || outgoing.size() <= self.config.one_call_bytes {
            return self.create(&wanted, &parcel, &[]).await;
        }
        let uploaded = self.upload(&wanted, &parcel).await?;
        let outcome = self.create(&wanted, &parcel, &uploaded).await;
        // Until the outcome is certain the message may be there and need them.
        if outcome.as_ref().is_err_and(|error| error.kind() != PortErrorKind::Unknown) {
            self.discard(&wanted, &uploaded).await;
        }
        outcome
    }

    /// Creates the message under the first key that is free. A key that is used up means that the letter was sent before:
    /// if anybody may have got it, that message is the one; if it came to nothing, the next key is free to be tried.
    async fn create(
        &self,
        wanted: &TokenRequest,
        parcel: &Parcel<'_>,
        uploaded: &[Uuid],
    ) -> Result<Accepted, PortError> {
        let reference = &parcel.dispatch.reference;
        for generation in 0..MOST_GENERATIONS {
            let key = key(reference, generation);
            match self.initialize(wanted, parcel, uploaded, key).await? {
                Creation::Created(remote_id) => return Ok(Accepted { remote_id }),
                Creation::KeyUsed => {}
            }
            let resource = &parcel.outgoing.correspondence.resource_id;
            let earlier = self.under_key(wanted, resource, key, SEND).await.map_err(|error| unknown(&error))?;
            let Some(earlier) = earlier.into_iter().next() else {
                return Err(doubtful("the key was used before, and no message is found under it"));
            };
            let Some(message) = earlier.message else {
                // It was there and is deleted: whoever deleted it has had it.
                return Ok(Accepted { remote_id: earlier.remote_id });
            };
            if message.senders_reference.as_deref() != Some(reference.as_str()) {
                return Err(doubtful("the key was used before, for something that is not this letter"));
            }
            if !came_to_nothing(&message) {
                return Ok(Accepted { remote_id: earlier.remote_id });
            }
        }
        Err(rejected(format!(
            "the letter has failed {MOST_GENERATIONS} times in Altinn; find out why before another try"
        )))
    }

    async fn initialize(
        &self,
        wanted: &TokenRequest,
        parcel: &Parcel<'_>,
        uploaded: &[Uuid],
        key: Uuid,
    ) -> Result<Creation, PortError> {
        let operation = self.sending();
        let request = parcel.request(uploaded, key);
        let answer = if parcel.outgoing.files.is_empty() || !uploaded.is_empty() {
            let json = serde_json::to_vec(&request).map_err(|_| rejected("the letter cannot be written as JSON"))?;
            self.api.ask(wanted, &Call::new(operation, &Method::POST, &["correspondence"]), &Json(json)).await?
        } else {
            let request =
                serde_json::to_value(&request).map_err(|_| rejected("the letter cannot be written as a form"))?;
            let call = Call::new(operation, &Method::POST, &["correspondence", "upload"]);
            self.api.ask(wanted, &call, &WithDocuments { parcel, request }).await?
        };
        if answer.is_success() {
            let created = answer.json::<wire::Initialized>(&operation)?;
            let [one] = created.correspondences.as_slice() else {
                return Err(doubtful("the answer does not name exactly one message"));
            };
            return Ok(Creation::Created(RemoteId(one.correspondence_id.to_string())));
        }
        if Problem::of(&answer).is(code::KEY_USED) {
            return Ok(Creation::KeyUsed);
        }
        Err(refusal(&answer, &operation))
    }

    /// The MD5 of each document, by which Altinn and the recipient see that it came whole.
    async fn checksums(&self, dispatch: &Dispatch, outgoing: &Outgoing) -> Result<Vec<String>, PortError> {
        let mut sums = Vec::with_capacity(outgoing.files.len());
        for file in &outgoing.files {
            let mut content = open(dispatch, file).await?.into_stream();
            let mut hash = Md5::new();
            while let Some(chunk) = content.try_next().await.map_err(unreadable)? {
                hash.update(&chunk);
            }
            sums.push(hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect());
        }
        Ok(sums)
    }
}

/// A message with its documents.
pub(super) struct Parcel<'a> {
    channel: &'a AltinnChannel,
    pub(super) dispatch: &'a Dispatch,
    pub(super) outgoing: &'a Outgoing,
    checksums: &'a [String],
}

impl<'a> Parcel<'a> {
    /// The documents as the interface describes them.
    pub(super) fn files(&self) -> impl Iterator<Item = (&'a File, wire::File)> {
        self.outgoing.files.iter().zip(self.checksums).map(|(file, checksum)| {
            let described = wire::File {
                file_name: file.name.as_str().to_owned(),
                display_name: file.display_name.clone(),
                senders_reference: file.reference.clone(),
                is_encrypted: false,
                checksum: checksum.clone(),
                expiration_in_days: file.expires_days,
            };
            (file, described)
        })
    }

    fn request(&self, uploaded: &[Uuid], key: Uuid) -> wire::Initialize {
        let mut correspondence = self.outgoing.correspondence.clone();
        if uploaded.is_empty() {
            let new = |(_, file)| wire::Attachment { data_location_type: "NewCorrespondenceAttachment", file };
            correspondence.content.attachments = self.files().map(new).collect();
        }
        wire::Initialize {
            correspondence,
            recipients: vec![self.outgoing.recipient.clone()],
            existing_attachments: uploaded.to_vec(),
            idempotent_key: key,
        }
    }
}

/// A request as a form, with the documents.
struct WithDocuments<'a> {
    parcel: &'a Parcel<'a>,
    request: Value,
}

#[async_trait]
impl Content for WithDocuments<'_> {
    /// Opens every document: one that is missing is found before anything is sent.
    async fn make(&self) -> Result<Made, PortError> {
        let mut form = Form::new(&self.request, self.parcel.channel.entropy.as_ref());
        for file in &self.parcel.outgoing.files {
            form.add(file.name.as_str(), open(self.parcel.dispatch, file).await?);
        }
        Ok(Made { media_type: Some(form.content_type()), body: form.into_body() })
    }
}

/// The bytes of a document, as many as are on record for it.
pub(super) async fn open(dispatch: &Dispatch, file: &File) -> Result<Body, PortError> {
    let stored = dispatch.blobs.open(&dispatch.letter.get().tenant, &file.blob).await?;
    let chunks = stored.map_err(BodyError::broken).try_filter(|chunk: &Bytes| std::future::ready(!chunk.is_empty()));
    Ok(Body::from_sized_stream(chunks.boxed(), file.blob.size))
}

fn unreadable(error: BodyError) -> PortError {
    PortError::new(PortErrorKind::Transient, SEND, "a document cannot be read from the store").with_source(error)
}

fn doubtful(detail: &'static str) -> PortError {
    PortError::new(PortErrorKind::Unknown, SEND, detail)
}

/// A look-up that fails after a call that may have had its effect leaves the outcome open.
fn unknown(error: &PortError) -> PortError {
    let mut made = PortError::new(PortErrorKind::Unknown, SEND, error.detail());
    if let Some(code) = error.remote_code() {
        made = made.with_remote_code(code);
    }
    match error.retry_after() {
        Some(wait) => made.with_retry_after(wait),
        None => made,
    }
}
