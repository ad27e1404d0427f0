use async_trait::async_trait;
use bytes::Bytes;
use futures_util::{StreamExt, TryStreamExt, stream};
use http::Method;
use sakarkiv_cms as cms;
use sakarkiv_core::{
    delivery::{Recipient, RemoteId},
    identity::AccountId,
    ports::{Accepted, Dispatch, PortError, PortErrorKind},
    routing::MailboxKind,
    sensitivity::SensitivityClass,
};
use sakarkiv_http::{Body, BodyError, BodyStream, Effect, Operation};
use uuid::Uuid;

use super::{
    SvarUtChannel,
    api::{Call, Content, Made},
    multipart::Multipart,
    shipment::{File, SEND, Shipment, rejected},
    wire,
};
use crate::config::AccountConfig;

impl SvarUtChannel {
    pub(super) async fn send_letter(&self, account: &AccountId, dispatch: &Dispatch) -> Result<Accepted, PortError> {
        let sender = self.account(account, SEND)?;
        let shipment = Shipment::of(dispatch, &self.config, sender, self.api.client().now())?;
        if let Some(message_type) = &shipment.message_type
            && !self.message_types(account).await?.contains(message_type)
        {
            return Err(rejected(format!("message type `{message_type}` is not one of those that SvarUt knows")));
        }
        self.check_receiver_system(account, dispatch).await?;
        self.ship(sender, dispatch, &shipment).await
    }

    /// A confidential letter that was cleared for the recipient's own system must not find that gone: asked anew right
    /// before it leaves. The letter is cleared again at the next attempt, from what is true then.
    async fn check_receiver_system(&self, account: &AccountId, dispatch: &Dispatch) -> Result<(), PortError> {
        let letter = dispatch.letter.get();
        let (MailboxKind::ReceiverSystem, Recipient::Organisation { number, .. }) =
            (dispatch.letter.mailbox(), &letter.recipient)
        else {
            return Ok(());
        };
        if letter.sensitivity < SensitivityClass::Confidential {
            return Ok(());
        }
        let systems = self.receiver_systems(account, number).await?;
        if systems.iter().any(|system| system.takes(letter.sensitivity, letter.options.message_type.as_deref())) {
            return Ok(());
        }
        let detail = "the recipient no longer has a system for this letter; clear it anew";
        Err(PortError::new(PortErrorKind::Transient, SEND, detail))
    }

    /// Sends what has been made ready, to any of the four endpoints.
    pub(super) async fn ship(
        &self,
        sender: &AccountConfig,
        dispatch: &Dispatch,
        shipment: &Shipment,
    ) -> Result<Accepted, PortError> {
        let certificate = match shipment.encrypted {
            true => Some(self.certificate().await?),
            false => None,
        };
        let operation = Operation { name: SEND, effect: Effect::MayHaveHappened, timeout: self.config.timeouts.send() };
        let konto = sender.konto.to_string();
        let path = ["v3", "kontoer", &konto, "forsendelser", shipment.endpoint];
        let call = Call::new(operation, Method::POST, &path);
        let parts = Parts { channel: self, dispatch, shipment, certificate: certificate.as_deref() };
        let answer = self.api.call(sender, &call, &parts).await?;
        let sent = answer.json::<wire::Sent>(&operation)?;
        match Uuid::parse_str(&sent.id) {
            Ok(id) => Ok(Accepted { remote_id: RemoteId(id.to_string()) }),
            Err(_) => Err(PortError::new(PortErrorKind::Unknown, SEND, "the answer's id is no UUID")),
        }
    }
}

/// The parts of a shipment's request.
struct Parts<'a> {
    channel: &'a SvarUtChannel,
    dispatch: &'a Dispatch,
    shipment: &'a Shipment,
    certificate: Option<&'a cms::Recipient>,
}

#[async_trait]
impl Content for Parts<'_> {
    /// Opens every document: one that is missing is found before anything is sent.
    async fn make(&self) -> Result<Made, PortError> {
        let mut parts = Multipart::new(self.shipment.metadata.clone(), self.channel.entropy.as_ref());
        for file in &self.shipment.files {
            parts.add(&file.name, &file.media_type, content(self.dispatch, file, self.certificate).await?);
        }
        Ok(Made { media_type: Some(parts.content_type()), body: parts.into_body() })
    }
}

async fn content(dispatch: &Dispatch, file: &File, certificate: Option<&cms::Recipient>) -> Result<Body, PortError> {
    let stored = dispatch.blobs.open(&dispatch.letter.get().tenant, &file.blob).await?;
    let plain = Body::from_sized_stream(stored.map_err(BodyError::broken), file.blob.size);
    let Some(certificate) = certificate else { return Ok(plain) };
    let encryptor = cms::Encryptor::new(std::slice::from_ref(certificate), &cms::EncryptOptions::default());
    let encryptor = encryptor.map_err(|error| {
        PortError::new(PortErrorKind::Misconfigured, SEND, "SvarUt's certificate cannot be used").with_source(error)
    })?;
    Ok(Body::from_stream(encrypted(plain.into_stream(), encryptor)))
}

/// The content encrypted chunk by chunk. It ends only when the plain content has ended well: what was cut short never
/// becomes a whole message.
fn encrypted(plain: BodyStream, encryptor: cms::Encryptor) -> BodyStream {
    let chunks = stream::unfold(Some((plain, encryptor)), |state| async move {
        let (mut plain, mut encryptor) = state?;
        let mut out = Vec::new();
        match plain.next().await {
            Some(Ok(chunk)) => match encryptor.update(&chunk, &mut out) {
                Ok(()) => Some((Ok(Bytes::from(out)), Some((plain, encryptor)))),
                Err(error) => Some((Err(BodyError::broken(error)), None)),
            },
            Some(Err(error)) => Some((Err(error), None)),
            None => match encryptor.finish(&mut out) {
                Ok(()) => Some((Ok(Bytes::from(out)), None)),
                Err(error) => Some((Err(BodyError::broken(error)), None)),
            },
        }
    });
    // Too little for a block gives nothing yet, and an empty chunk would end a chunked request.
    chunks.try_filter(|chunk| std::future::ready(!chunk.is_empty())).boxed()
}
