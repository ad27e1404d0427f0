//! What SvarUt offers beyond the port: its view of the documents, signing, reading elsewhere, deletion.

use chrono::SecondsFormat;
use http::Method;
use sakarkiv_core::{
    delivery::RemoteId,
    identity::{AccountId, NationalIdentityNumber, Timestamp},
    ports::PortError,
    screening::Private,
};

use super::{
    SvarUtChannel,
    api::{Call, NOTHING},
    shipment_id, wire,
};

/// A document of a shipment as SvarUt has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentInfo {
    /// Its name.
    pub file_name: Private<String>,
    /// Its format.
    pub media_type: Option<String>,
    /// Its size in bytes.
    pub size: Option<u64>,
    /// SHA-256 in hexadecimal digits.
    pub sha256: Option<String>,
    /// Where a person who has signed in can read it.
    pub download_url: Option<String>,
    /// Whether it can be signed.
    pub can_be_signed: bool,
    /// Where it can be signed.
    pub signing_url: Option<String>,
}

/// Something that happened to a signing task (signeringshendelse).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SigningEvent {
    /// When.
    pub at: Timestamp,
    /// What it led to.
    pub state: SigningState,
    /// In SvarUt's words, which may name people.
    pub text: Private<String>,
}

/// Where a signing task stands. A refusal by the recipient ends it and is told nowhere else.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum SigningState {
    /// SvarUt turned it away (AVVIST_AV_SVARUT).
    RefusedBySvarUt,
    /// It waits (VENTER_SIGNERING).
    Waiting,
    /// It is signed; the signed document comes as a shipment of its own (SIGNERT_AV_MOTTAKER).
    Signed,
    /// The recipient will not sign (AVVIST_AV_MOTTAKER).
    RefusedByRecipient,
    /// Its time is over (UTLOPT).
    Expired,
    /// A word that this version does not know.
    Other(String),
}

impl SigningState {
    pub(super) fn of(word: &str) -> Self {
        match word {
            "AVVIST_AV_SVARUT" => Self::RefusedBySvarUt,
            "VENTER_SIGNERING" => Self::Waiting,
            "SIGNERT_AV_MOTTAKER" => Self::Signed,
            "AVVIST_AV_MOTTAKER" => Self::RefusedByRecipient,
            "UTLOPT" => Self::Expired,
            other => Self::Other(other.to_owned()),
        }
    }
}

/// What [`SvarUtChannel::delete_documents`] deletes (slettetype).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Deletion {
    /// The documents as they were sent.
    Originals,
    /// Everything that was made of them too.
    Everything,
}

impl SvarUtChannel {
    /// The documents of a shipment as SvarUt has them.
    ///
    /// # Errors
    /// `Rejected` for a shipment that is not there; `Transient`, `Unauthorised`, `Misconfigured`.
    pub async fn document_info(&self, account: &AccountId, id: &RemoteId) -> Result<Vec<DocumentInfo>, PortError> {
        let operation = self.reading("svarut.document_info");
        let sender = self.account(account, operation.name)?;
        let shipment = shipment_id(id, operation.name)?;
        let path = ["v2", "forsendelser", &shipment, "metadata"];
        let call = Call::new(operation, Method::GET, &path).of_shipment();
        let list = self.api.json::<wire::DocumentList>(sender, &call, NOTHING).await?;
        Ok(list.dokumenter.into_iter().map(document_info).collect())
    }

    /// What has happened to the signing of a shipment.
    ///
    /// # Errors
    /// As [`SvarUtChannel::document_info`].
    pub async fn signing_events(&self, account: &AccountId, id: &RemoteId) -> Result<Vec<SigningEvent>, PortError> {
        let events = self.signing_lines(account, id).await?;
        let event = |event: wire::Event| SigningEvent {
            at: event.tidspunkt,
            state: SigningState::of(event.status.as_deref().unwrap_or_default()),
            text: Private::new(event.hendelse),
        };
        Ok(events.into_iter().map(event).collect())
    }

    pub(super) async fn signing_lines(
        &self,
        account: &AccountId,
        id: &RemoteId,
    ) -> Result<Vec<wire::Event>, PortError> {
        let operation = self.reading("svarut.signing_events");
        let sender = self.account(account, operation.name)?;
        let shipment = shipment_id(id, operation.name)?;
        let path = ["v2", "forsendelser", &shipment, "signeringshendelser"];
        let call = Call::new(operation, Method::GET, &path).of_shipment();
        Ok(self.api.json::<wire::Events>(sender, &call, NOTHING).await?.hendelser)
    }

    /// Tells that a person has read a shipment somewhere else, which stops its printing and all further handling.
    ///
    /// # Errors
    /// As [`SvarUtChannel::document_info`], and `Unknown` when it is not clear whether it was taken. Repeating does no harm.
    pub async fn mark_read(
        &self,
        account: &AccountId,
        id: &RemoteId,
        reader: &NationalIdentityNumber,
        at: Timestamp,
    ) -> Result<(), PortError> {
        let operation = self.changing("svarut.mark_read");
        let sender = self.account(account, operation.name)?;
        let shipment = shipment_id(id, operation.name)?;
        let body = wire::ReadElsewhere {
            fnr: reader.digits(),
            tidspunkt: at.to_rfc3339_opts(SecondsFormat::Millis, true),
            eksternt_systemnavn: Some(&self.config.sending_system),
        };
        let path = ["v2", "forsendelser", &shipment, "lest"];
        let call = Call::new(operation, Method::POST, &path).of_shipment();
        self.api.plain(sender, &call, Some(&body)).await.map(|_| ())
    }

    /// Deletes the documents of a shipment at SvarUt. What has reached a digital mailbox or paper stays there.
    ///
    /// # Errors
    /// As [`SvarUtChannel::mark_read`].
    pub async fn delete_documents(&self, account: &AccountId, id: &RemoteId, what: Deletion) -> Result<(), PortError> {
        let operation = self.changing("svarut.delete_documents");
        let sender = self.account(account, operation.name)?;
        let shipment = shipment_id(id, operation.name)?;
        let kind = match what {
            Deletion::Originals => "ORIGINALDOKUMENTER",
            Deletion::Everything => "ALLE",
        };
        let path = ["v2", "forsendelser", &shipment, "dokumenter"];
        let query = [("slettetype", kind)];
        let call = Call::new(operation, Method::DELETE, &path).with_query(&query).of_shipment();
        self.api.plain(sender, &call, NOTHING).await.map(|_| ())
    }
}

fn document_info(line: wire::DocumentLine) -> DocumentInfo {
    DocumentInfo {
        file_name: Private::new(line.filnavn),
        media_type: line.mime_type,
        size: line.storrelse,
        sha256: line.sha256_hash,
        download_url: line.nedlasning_url,
        can_be_signed: line.kan_signeres,
        signing_url: line.signering_url,
    }
}
