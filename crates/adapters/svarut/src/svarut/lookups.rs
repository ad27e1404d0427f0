use std::{collections::BTreeSet, sync::Arc};

use http::{Method, Request, header};
use sakarkiv_cms as cms;
use sakarkiv_core::{
    identity::{AccountId, OrganisationNumber},
    ports::{PortError, PortErrorKind},
    sensitivity::SensitivityClass,
};
use sakarkiv_http::{Body, Client};
use serde_json::Value;

use super::{
    SvarUtChannel,
    api::{Call, NOTHING},
    wire,
};
use crate::error::{NotFound, refusal};

/// A system of a recipient that fetches its own mail (mottakersystem): a subscription of one organisation to one message
/// type or all, at one login level or all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceiverSystem {
    /// SvarUt's id of it.
    pub id: Option<String>,
    /// Its name.
    pub name: Option<String>,
    /// The only message type it takes (forsendelsestype); `None` for all.
    pub message_type: Option<String>,
    /// The only login level it takes, 3 or 4; `None` for all.
    pub level: Option<u8>,
}

impl ReceiverSystem {
    /// Whether it takes a letter of this sensitivity and message type. Confidential letters go at level 4, all others at 3.
    /// A letter without a type is taken only by a system that takes all types.
    ///
    /// ```
    /// use sakarkiv_core::sensitivity::SensitivityClass::{Confidential, Open};
    /// use sakarkiv_svarut::ReceiverSystem;
    ///
    /// let archive = ReceiverSystem { id: None, name: None, message_type: None, level: Some(3) };
    /// assert!(archive.takes(Open, Some("byggesak")));
    /// assert!(!archive.takes(Confidential, Some("byggesak")));
    /// ```
    #[must_use]
    pub fn takes(&self, sensitivity: SensitivityClass, message_type: Option<&str>) -> bool {
        let level = if sensitivity >= SensitivityClass::Confidential { 4 } else { 3 };
        self.level.is_none_or(|only| only == level)
            && self.message_type.as_deref().is_none_or(|only| Some(only) == message_type)
    }
}

impl SvarUtChannel {
    /// The receiver systems of an organisation, asked anew.
    ///
    /// # Errors
    /// As [`Channel::reach`](sakarkiv_core::ports::Channel::reach).
    pub async fn receiver_systems(
        &self,
        account: &AccountId,
        organisation: &OrganisationNumber,
    ) -> Result<Arc<[ReceiverSystem]>, PortError> {
        let operation = self.reading("svarut.receiver_systems");
        let sender = self.account(account, operation.name)?;
        let query = [("organisasjonsnummer", organisation.as_str())];
        let call = Call::new(operation, Method::GET, &["v2", "mottakersystem"]).with_query(&query);
        let lines = self.api.json::<wire::ReceiverSystems>(sender, &call, NOTHING).await?.mottakersystemer;
        let systems = lines.into_iter().filter_map(|line| receiver_system(line, organisation)).collect::<Arc<[_]>>();
        let key = (account.clone(), organisation.as_str().to_owned());
        self.receiver_systems.put(key, Arc::clone(&systems), self.api.client().now());
        Ok(systems)
    }

    pub(super) async fn receiver_systems_kept(
        &self,
        account: &AccountId,
        organisation: &OrganisationNumber,
    ) -> Result<Arc<[ReceiverSystem]>, PortError> {
        let key = (account.clone(), organisation.as_str().to_owned());
        match self.receiver_systems.get(&key, self.api.client().now()) {
            Some(systems) => Ok(systems),
            None => self.receiver_systems(account, organisation).await,
        }
    }

    /// The message types (forsendelsestyper) that SvarUt knows, kept for a while. KS adds new ones on request.
    ///
    /// # Errors
    /// `Transient`, `Unauthorised`, `Misconfigured`.
    pub async fn message_types(&self, account: &AccountId) -> Result<Arc<BTreeSet<String>>, PortError> {
        let operation = self.reading("svarut.message_types");
        let sender = self.account(account, operation.name)?;
        let now = self.api.client().now();
        if let Some(types) = self.message_types.get(account, now) {
            return Ok(types);
        }
        let call = Call::new(operation, Method::GET, &["v2", "forsendelsestyper"]);
        let types = Arc::new(self.api.json::<wire::MessageTypes>(sender, &call, NOTHING).await?.forsendelsestyper);
        self.message_types.put(account.clone(), Arc::clone(&types), now);
        Ok(types)
    }

    /// SvarUt's certificate, which documents are encrypted for, kept for a while. It is public: no credentials are sent.
    pub(super) async fn certificate(&self) -> Result<Arc<cms::Recipient>, PortError> {
        let operation = self.reading("svarut.certificate");
        let client: &Client = self.api.client();
        let now = client.now();
        if let Some(certificate) = self.certificate.get(&(), now) {
            return Ok(certificate);
        }
        let misconfigured = |detail| PortError::new(PortErrorKind::Misconfigured, operation.name, detail);
        let request = Request::builder()
            .uri(String::from(self.config.certificate_url()))
            .header(header::ACCEPT, "*/*")
            .body(Body::empty())
            .map_err(|_| misconfigured("the certificate's address is not usable".to_owned()))?;
        let answer = client.call(&operation, request).await?;
        if !answer.is_success() {
            return Err(refusal(&answer, &operation, NotFound::Configuration));
        }
        // A page instead of a certificate comes from something on the way, which passes.
        let certificate = cms::Recipient::from_certificate(&answer.body).map_err(|_| {
            let detail = format!("the answer is no usable certificate ({})", answer.fingerprint());
            PortError::new(PortErrorKind::Transient, operation.name, detail)
        })?;
        let certificate = Arc::new(certificate);
        self.certificate.put((), Arc::clone(&certificate), now);
        Ok(certificate)
    }
}

/// A line of the answer, unless it speaks of another organisation or cannot be understood: mail is not entrusted to a
/// system that we guessed.
fn receiver_system(line: wire::ReceiverSystemLine, organisation: &OrganisationNumber) -> Option<ReceiverSystem> {
    if line.organisasjonsnummer.is_some_and(|number| number != organisation.as_str()) {
        return None;
    }
    let level = match line.niva {
        None | Some(Value::Null) => None,
        Some(level) => match level.as_u64().or_else(|| level.as_str()?.trim().parse().ok())? {
            0 => None,
            level => Some(u8::try_from(level).ok()?),
        },
    };
    let message_type = line.forsendelse_type.filter(|name| !is_every_type(name));
    Some(ReceiverSystem { id: line.id, name: line.navn, message_type, level })
}

/// How "all types" is written is not documented; these are the ways that mean nothing else.
fn is_every_type(name: &str) -> bool {
    let name = name.trim();
    name.is_empty() || name == "*" || name.eq_ignore_ascii_case("alle")
}
