//! SvarUt: letters out through KS' common dispatch service, which picks the recipient's own system, Altinn, the citizen's
//! digital mailbox or paper.

mod api;
mod extras;
mod health;
mod kept;
mod lookups;
mod metadata;
mod multipart;
mod sending;
mod shipment;
mod signing;
mod status;
mod text;
mod wire;

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
    fmt,
    sync::Arc,
    time::Duration,
};

use async_trait::async_trait;
use http::Method;
use sakarkiv_cms as cms;
use sakarkiv_core::{
    delivery::{Recipient, Reference, RemoteId, SigningStatus},
    identity::{AccountId, ChannelId},
    ports::{
        Accepted, Channel, ChannelCapabilities, Clock, Dispatch, Entropy, Found, HistoryLine, PortError, PortErrorKind,
        Reach, ReachQuery, StatusLine,
    },
    routing::MailboxKind,
    screening::Private,
};
use sakarkiv_http::{Client, Effect, HttpService, Operation, TokenSource};
use secrecy::SecretString;
use serde_json::Value;
use uuid::Uuid;

use self::{
    api::{Api, Call, NOTHING},
    kept::Kept,
    shipment::LONGEST_TITLE,
    status::{moment, remote_status},
};
pub use self::{
    extras::{Deletion, DocumentInfo, SigningEvent, SigningState},
    health::{HealthContact, HealthDetails, HealthReceiver},
    lookups::ReceiverSystem,
};
use crate::config::{AccountConfig, SvarUtConfig, SvarUtConfigError};

/// What a [`SvarUtChannel`] works with.
#[derive(Debug, Clone)]
pub struct Surroundings {
    /// The network.
    pub service: Arc<dyn HttpService>,
    /// Access tokens.
    pub tokens: Arc<dyn TokenSource>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Randomness, for the boundaries between parts.
    pub entropy: Arc<dyn Entropy>,
}

/// SvarUt as a [`Channel`], for all sender accounts of one tenant.
///
/// Sends by interface version 3 and asks by 3 and 2, the newest there is for each. It keeps nothing that matters: receiver
/// systems, message types and SvarUt's certificate are kept for a while to spare calls.
///
/// *Withdrawal is not offered.* SvarUt can delete a shipment's documents ([`SvarUtChannel::delete_documents`]), but that
/// neither fetches a letter back from a digital mailbox or the printer, nor tells whether it was opened first; it would
/// promise what it cannot keep.
pub struct SvarUtChannel {
    id: ChannelId,
    config: SvarUtConfig,
    api: Api,
    entropy: Arc<dyn Entropy>,
    receiver_systems: Kept<(AccountId, String), Arc<[ReceiverSystem]>>,
    message_types: Kept<AccountId, Arc<BTreeSet<String>>>,
    certificate: Kept<(), Arc<cms::Recipient>>,
}

impl SvarUtChannel {
    /// A channel under the name `id`, with the password of the integration (IntegrasjonPassord).
    ///
    /// # Errors
    /// [`SvarUtConfigError`] when a setting cannot work.
    pub fn new(
        id: ChannelId,
        config: SvarUtConfig,
        integration_password: SecretString,
        surroundings: Surroundings,
    ) -> Result<Self, SvarUtConfigError> {
        config.check()?;
        let client = Client::new(surroundings.service, surroundings.clock);
        let api = Api::new(client, &config, integration_password, surroundings.tokens)?;
        let keep = |seconds: u32| Duration::from_secs(seconds.into());
        Ok(Self {
            id,
            api,
            entropy: surroundings.entropy,
            receiver_systems: Kept::new(keep(config.keep.receiver_systems_seconds)),
            message_types: Kept::new(keep(config.keep.message_types_seconds)),
            certificate: Kept::new(keep(config.keep.certificate_seconds)),
            config,
        })
    }

    fn account(&self, account: &AccountId, operation: &'static str) -> Result<&AccountConfig, PortError> {
        self.config.accounts.get(account).ok_or_else(|| {
            let detail = format!("account `{account}` is not configured; add it under `accounts`");
            PortError::new(PortErrorKind::Misconfigured, operation, detail)
        })
    }

    const fn reading(&self, name: &'static str) -> Operation {
        Operation { name, effect: Effect::None, timeout: self.config.timeouts.read() }
    }

    const fn changing(&self, name: &'static str) -> Operation {
        Operation { name, effect: Effect::MayHaveHappened, timeout: self.config.timeouts.read() }
    }
}

impl fmt::Debug for SvarUtChannel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SvarUtChannel").field("id", &self.id).field("api", &self.api).finish_non_exhaustive()
    }
}

#[async_trait]
impl Channel for SvarUtChannel {
    fn id(&self) -> &ChannelId {
        &self.id
    }

    fn capabilities(&self) -> ChannelCapabilities {
        let timeouts = self.config.timeouts;
        // Before the shipment itself come at most a token, the message types, a receiver look-up and the certificate.
        let longest = timeouts.send() + timeouts.read() * 5;
        let mut capabilities = ChannelCapabilities::new(longest, timeouts.settle());
        capabilities.status_batch = self.config.status_batch;
        capabilities.reports_opened = true;
        capabilities.history = true;
        capabilities.signing = self.config.accounts.values().any(|account| account.signing);
        capabilities.title_limit = Some(LONGEST_TITLE);
        capabilities.concurrency = self.config.concurrency;
        capabilities
    }

    async fn reach(&self, account: &AccountId, query: &ReachQuery) -> Result<Reach, PortError> {
        let sender = self.account(account, "svarut.reach")?;
        let mut mailboxes = match &query.recipient {
            Recipient::Organisation { number, .. } => {
                let systems = self.receiver_systems_kept(account, number).await?;
                if systems.iter().any(|system| system.takes(query.sensitivity, query.message_type.as_deref())) {
                    vec![MailboxKind::ReceiverSystem]
                } else {
                    vec![MailboxKind::OrganisationInbox, MailboxKind::ConfidentialInbox]
                }
            }
            Recipient::Person { .. } => vec![MailboxKind::CitizenMailbox],
            Recipient::Addressee { .. } => Vec::new(),
        };
        if sender.paper && query.recipient.address().is_some() {
            mailboxes.push(MailboxKind::Paper);
        }
        Ok(Reach { mailboxes, print: sender.print })
    }

    async fn send(&self, account: &AccountId, dispatch: Dispatch) -> Result<Accepted, PortError> {
        self.send_letter(account, &dispatch).await
    }

    async fn find(&self, account: &AccountId, reference: &Reference) -> Result<Vec<Found>, PortError> {
        let operation = self.reading("svarut.find");
        let sender = self.account(account, operation.name)?;
        let konto = sender.konto.to_string();
        let path = ["v2", "kontoer", &konto, "forsendelser", "metadata"];
        let query = [("eksternRef", reference.as_str())];
        let call = Call::new(operation, Method::GET, &path).with_query(&query);
        let hits = self.api.json::<wire::Hits>(sender, &call, NOTHING).await?;
        let mut found = hits.forsendelser.iter().map(found).collect::<Vec<_>>();
        // An older form of the answer has no status. Without one a letter that was turned away would look alive.
        let bare = found.iter().filter(|hit| hit.status.raw.is_empty()).map(|hit| hit.remote_id.clone());
        let bare = bare.collect::<Vec<_>>();
        let asked = self.status_lines(account, &bare).await?;
        for line in asked {
            for hit in found.iter_mut().filter(|hit| hit.remote_id == line.remote_id) {
                hit.status = line.status.clone();
            }
        }
        found.sort_by_key(|hit| Reverse(hit.received));
        Ok(found)
    }

    async fn status(&self, account: &AccountId, ids: &[RemoteId]) -> Result<Vec<StatusLine>, PortError> {
        self.account(account, "svarut.status")?;
        self.status_lines(account, ids).await
    }

    async fn signing(&self, account: &AccountId, id: &RemoteId) -> Result<Option<SigningStatus>, PortError> {
        Ok(signing::status(&self.signing_lines(account, id).await?))
    }

    async fn withdraw(&self, _account: &AccountId, _id: &RemoteId) -> Result<(), PortError> {
        Err(PortError::unsupported("svarut.withdraw"))
    }

    async fn history(&self, account: &AccountId, id: &RemoteId) -> Result<Vec<HistoryLine>, PortError> {
        let operation = self.reading("svarut.history");
        let sender = self.account(account, operation.name)?;
        let shipment = shipment_id(id, operation.name)?;
        let path = ["v2", "forsendelser", &shipment, "hendelser"];
        let call = Call::new(operation, Method::GET, &path).of_shipment();
        let events = self.api.json::<wire::Events>(sender, &call, NOTHING).await?;
        let line = |event: wire::Event| HistoryLine { at: event.tidspunkt, text: Private::new(event.hendelse) };
        Ok(events.hendelser.into_iter().map(line).collect())
    }

    async fn check(&self, account: &AccountId) -> Result<(), PortError> {
        let operation = self.reading("svarut.check");
        let sender = self.account(account, operation.name)?;
        let konto = sender.konto.to_string();
        let path = ["v2", "kontoer", &konto, "forsendelser"];
        // A reference that no letter has: authorised like any other call on the account, and its answer is empty.
        let call = Call::new(operation, Method::GET, &path).with_query(&[("eksternRef", "sakarkiv-check")]);
        self.api.json::<Value>(sender, &call, NOTHING).await.map(|_| ())
    }
}

impl SvarUtChannel {
    async fn status_lines(&self, account: &AccountId, ids: &[RemoteId]) -> Result<Vec<StatusLine>, PortError> {
        let operation = self.reading("svarut.status");
        let sender = self.account(account, operation.name)?;
        // What is no UUID is none of SvarUt's ids; one such would make it refuse the whole call.
        let asked = ids.iter().filter_map(|id| Some((Uuid::parse_str(&id.0).ok()?, id))).collect::<BTreeMap<_, _>>();
        let konto = sender.konto.to_string();
        let path = ["v3", "kontoer", &konto, "forsendelser", "status", "sok"];
        let call = Call::new(operation, Method::POST, &path);
        let mut lines = Vec::with_capacity(asked.len());
        for batch in asked.keys().collect::<Vec<_>>().chunks(self.config.status_batch) {
            let query = wire::StatusQuery { id: batch.iter().map(ToString::to_string).collect() };
            let statuses = self.api.json::<wire::Statuses>(sender, &call, Some(&query)).await?;
            lines.extend(statuses.statuser.into_iter().filter_map(|line| status_line(line, &asked)));
        }
        Ok(lines)
    }
}

/// One line of a status answer; nothing when it cannot be read or was not asked for.
fn status_line(line: Value, asked: &BTreeMap<Uuid, &RemoteId>) -> Option<StatusLine> {
    let line = serde_json::from_value::<wire::StatusLine>(line).ok()?;
    let remote_id = asked.get(&Uuid::parse_str(&line.id).ok()?)?;
    let status = remote_status(line.status.as_deref(), line.siste_status_endring.as_ref());
    Some(StatusLine { remote_id: (*remote_id).clone(), status })
}

fn found(hit: &wire::Hit) -> Found {
    Found {
        remote_id: RemoteId(hit.id.clone()),
        received: hit.dato.as_ref().and_then(moment),
        status: remote_status(hit.status.as_deref(), None),
    }
}

/// An id as the paths need it.
fn shipment_id(id: &RemoteId, operation: &'static str) -> Result<String, PortError> {
    Uuid::parse_str(&id.0)
        .map(|id| id.to_string())
        .map_err(|_| PortError::new(PortErrorKind::Rejected, operation, "the id is no UUID, so it is none of SvarUt's"))
}
