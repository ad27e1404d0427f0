//! Altinn 3 Correspondence as sender: messages from the organisation's own services into the recipients' inboxes.

mod details;
mod form;
mod key;
mod letter;
mod notice;
mod sending;
mod status;
mod upload;

use std::{cmp::Reverse, fmt, sync::Arc};

use async_trait::async_trait;
use futures_util::{StreamExt, TryStreamExt, stream};
use http::Method;
use sakarkiv_core::{
    delivery::{Recipient, Reference, RemoteId},
    identity::{AccountId, ChannelId},
    ports::{
        Accepted, Channel, ChannelCapabilities, Clock, Dispatch, Entropy, Found, HistoryLine, PortError, PortErrorKind,
        Reach, ReachQuery, RemoteStatus, Stage, StatusLine,
    },
    routing::{MailboxKind, PrintSetting},
    screening::Private,
    sensitivity::SensitivityClass,
};
use sakarkiv_http::{Client, Effect, HttpService, Operation, TokenRequest, TokenSource};
use uuid::Uuid;

pub use self::details::{MessageDetails, NotificationOutcome};
use self::{
    key::{MOST_GENERATIONS, key},
    status::{came_to_nothing, remote_status},
};
use crate::{
    api::{Api, Call, Nothing},
    config::{AccountConfig, AltinnConfig, AltinnConfigError, ConfidentialAccess},
    error::{Problem, Unreadable, code, concerns_one_message, refusal},
    policy::{self, Kind},
    wire,
};

/// What the parts of this crate work with.
#[derive(Debug, Clone)]
pub struct Surroundings {
    /// The network.
    pub service: Arc<dyn HttpService>,
    /// Altinn's own tokens: [`AltinnTokens`](crate::AltinnTokens).
    pub tokens: Arc<dyn TokenSource>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Randomness, for the boundaries between parts.
    pub entropy: Arc<dyn Entropy>,
}

/// Altinn as a [`Channel`], for all sender accounts of one tenant. It keeps nothing.
///
/// *One letter, one message.* Altinn takes a message once under the key that is made from our reference. A repeat finds the
/// first message and takes it for its own; only when that one failed, or was taken back before anybody could see it, is
/// another created.
///
/// *Taking back* ([`Channel::withdraw`]) is possible until Altinn has published the message, which may be seconds after
/// sending; later Altinn lets no sender do it, and the call is `Rejected`.
pub struct AltinnChannel {
    id: ChannelId,
    config: AltinnConfig,
    api: Api,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
}

impl AltinnChannel {
    /// A channel under the name `id`.
    ///
    /// # Errors
    /// [`AltinnConfigError`] when a setting cannot work.
    pub fn new(id: ChannelId, config: AltinnConfig, surroundings: Surroundings) -> Result<Self, AltinnConfigError> {
        config.check()?;
        let client = Client::new(surroundings.service, Arc::clone(&surroundings.clock));
        let api = Api::new(client, config.base_url.clone(), surroundings.tokens, config.subscription_key.clone());
        Ok(Self { id, config, api, clock: surroundings.clock, entropy: surroundings.entropy })
    }

    /// Everything that Altinn tells of one message, notifications and confirmation included. Altinn asks other services for
    /// it, so it is for single messages that somebody looks at; [`Channel::status`] makes the cheaper call.
    ///
    /// # Errors
    /// `Rejected` for an id that Altinn does not know, otherwise as [`Channel::status`].
    pub async fn details(&self, account: &AccountId, id: &RemoteId) -> Result<MessageDetails, PortError> {
        let operation = self.reading("altinn.details");
        let wanted = self.token_request(self.account(account, operation.name)?);
        let message = self.with_history(&wanted, message_id(id, operation.name)?, &operation).await?;
        message.map(|message| MessageDetails::of(&message)).ok_or_else(|| not_there(operation.name))
    }

    fn account(&self, account: &AccountId, operation: &'static str) -> Result<&AccountConfig, PortError> {
        self.config.accounts.get(account).ok_or_else(|| {
            let detail = format!("account `{account}` is not configured; add it under `accounts`");
            PortError::new(PortErrorKind::Misconfigured, operation, detail)
        })
    }

    fn token_request(&self, account: &AccountConfig) -> TokenRequest {
        TokenRequest::scopes(self.config.scope.split_whitespace()).on_behalf_of(account.consumer_org.clone())
    }

    const fn reading(&self, name: &'static str) -> Operation {
        Operation { name, effect: Effect::None, timeout: self.config.timeouts.read() }
    }

    const fn sending(&self) -> Operation {
        Operation { name: SEND, effect: Effect::MayHaveHappened, timeout: self.config.timeouts.send() }
    }

    /// A message by the cheap call. `None`: Altinn does not know it, or it is deleted, which cannot be told from this.
    async fn overview(
        &self,
        wanted: &TokenRequest,
        id: Uuid,
        operation: &Operation,
    ) -> Result<Option<wire::Overview>, PortError> {
        self.message(wanted, &["correspondence", &id.to_string()], operation).await
    }

    /// A message by the dear call, which still knows deleted ones.
    async fn with_history(
        &self,
        wanted: &TokenRequest,
        id: Uuid,
        operation: &Operation,
    ) -> Result<Option<wire::Overview>, PortError> {
        self.message(wanted, &["correspondence", &id.to_string(), "details"], operation).await
    }

    async fn message(
        &self,
        wanted: &TokenRequest,
        path: &[&str],
        operation: &Operation,
    ) -> Result<Option<wire::Overview>, PortError> {
        let answer = self.api.ask(wanted, &Call::new(*operation, &Method::GET, path), &Nothing).await?;
        if answer.is_success() {
            return answer.json(operation).map(Some).map_err(|error| error.with_source(Unreadable));
        }
        if Problem::of(&answer).is(code::NOT_FOUND) { Ok(None) } else { Err(refusal(&answer, operation)) }
    }

    /// A message as far as it can be had: by the cheap call, and by the dear one only when that finds nothing.
    async fn any_trace(
        &self,
        wanted: &TokenRequest,
        id: Uuid,
        operation: &Operation,
    ) -> Result<Option<wire::Overview>, PortError> {
        match self.overview(wanted, id, operation).await? {
            Some(message) => Ok(Some(message)),
            None => self.with_history(wanted, id, operation).await,
        }
    }

    /// What there is under a key: no message or one.
    async fn under_key(
        &self,
        wanted: &TokenRequest,
        resource: &str,
        key: Uuid,
        operation: &'static str,
    ) -> Result<Vec<Earlier>, PortError> {
        let operation = self.reading(operation);
        let key = key.to_string();
        let query = [("resourceId", resource), ("role", "Sender"), ("idempotentKey", key.as_str())];
        let call = Call::new(operation, &Method::GET, &["correspondence"]).with_query(&query);
        let ids = self.api.json::<wire::Ids>(wanted, &call).await?;
        let mut found = Vec::new();
        for id in ids.ids {
            let id = id.as_str().and_then(|id| Uuid::parse_str(id).ok()).ok_or_else(|| {
                PortError::new(PortErrorKind::Transient, operation.name, "the answer has an id that is none")
            })?;
            let message = self.any_trace(wanted, id, &operation).await?;
            found.push(Earlier { remote_id: RemoteId(id.to_string()), message });
        }
        Ok(found)
    }
}

/// A message that was created before.
struct Earlier {
    remote_id: RemoteId,
    /// Nothing when all that is left of it is its key.
    message: Option<wire::Overview>,
}

impl Earlier {
    fn found(&self) -> Found {
        let (received, status) = match &self.message {
            Some(message) => (message.created, remote_status(message)),
            None => (None, RemoteStatus { stage: Stage::Closed, raw: DELETED.to_owned(), since: None }),
        };
        Found { remote_id: self.remote_id.clone(), received, status }
    }
}

impl fmt::Debug for AltinnChannel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AltinnChannel").field("id", &self.id).field("api", &self.api).finish_non_exhaustive()
    }
}

#[async_trait]
impl Channel for AltinnChannel {
    fn id(&self) -> &ChannelId {
        &self.id
    }

    fn capabilities(&self) -> ChannelCapabilities {
        let timeouts = self.config.timeouts;
        // Upload and creation each take at most as long as a send; between them lies the scan. Some short calls besides.
        let longest = timeouts.send() * 2 + timeouts.scan() + timeouts.read() * 10;
        let mut capabilities = ChannelCapabilities::new(longest, timeouts.settle());
        capabilities.status_batch = self.config.status_batch;
        capabilities.reports_opened = true;
        capabilities.withdraw = true;
        capabilities.history = true;
        capabilities.publishes_later = true;
        capabilities.title_limit = Some(LONGEST_TITLE);
        capabilities.concurrency = self.config.concurrency;
        capabilities
    }

    async fn reach(&self, account: &AccountId, query: &ReachQuery) -> Result<Reach, PortError> {
        let sender = self.account(account, "altinn.reach")?;
        // A service that is not safe enough is no way for this letter, and another may be.
        let safe = |highest_level| highest_level || query.sensitivity < SensitivityClass::Confidential;
        let persons = sender.persons.as_ref().filter(|service| safe(service.highest_level));
        let confidential = sender.confidential.as_ref().filter(|service| safe(service.highest_level));
        let ways = match &query.recipient {
            Recipient::Organisation { .. } => [
                sender.organisations.as_ref().map(|_| MailboxKind::OrganisationInbox),
                confidential.map(|_| MailboxKind::ConfidentialInbox),
            ],
            Recipient::Person { .. } => [persons.map(|_| MailboxKind::CitizenMailbox), None],
            Recipient::Addressee { .. } => [None, None],
        };
        Ok(Reach { mailboxes: ways.into_iter().flatten().collect(), print: PrintSetting::DigitalOnly })
    }

    async fn send(&self, account: &AccountId, dispatch: Dispatch) -> Result<Accepted, PortError> {
        self.send_letter(account, &dispatch).await
    }

    async fn find(&self, account: &AccountId, reference: &Reference) -> Result<Vec<Found>, PortError> {
        let name = "altinn.find";
        let sender = self.account(account, name)?;
        let wanted = self.token_request(sender);
        // A look-up by key regards no resource; one must be named all the same.
        let resource = sender.resources().first().copied().unwrap_or_default();
        let mut found = Vec::new();
        for generation in 0..MOST_GENERATIONS {
            let hits = self.under_key(&wanted, resource, key(reference, generation), name).await?;
            let over = hits.iter().all(|hit| hit.message.as_ref().is_none_or(|message| !came_to_nothing(message)));
            found.extend(hits.iter().map(Earlier::found));
            // Only the failure of a message opens the way to the next key.
            if over {
                break;
            }
        }
        found.reverse();
        found.sort_by_key(|hit| Reverse(hit.received));
        Ok(found)
    }

    async fn status(&self, account: &AccountId, ids: &[RemoteId]) -> Result<Vec<StatusLine>, PortError> {
        let operation = self.reading("altinn.status");
        let wanted = &self.token_request(self.account(account, operation.name)?);
        let asked = ids.iter().filter_map(|id| Some((id, Uuid::parse_str(&id.0).ok()?)));
        let lines = asked.map(|(remote_id, id)| async move {
            let message = match self.any_trace(wanted, id, &operation).await {
                Err(error) if concerns_one_message(&error) => return Ok(Err(error)),
                answer => answer?,
            };
            let line = |message| StatusLine { remote_id: remote_id.clone(), status: remote_status(&message) };
            Ok(Ok(message.map(line)))
        });
        let lines: Vec<Result<Option<StatusLine>, PortError>> =
            stream::iter(lines.collect::<Vec<_>>()).buffered(self.config.concurrency).try_collect().await?;
        // One message that is not to be seen hides no other; when it is so with all of them, that is the answer.
        let (told, hidden): (Vec<_>, Vec<_>) = lines.into_iter().partition(Result::is_ok);
        match hidden.into_iter().find_map(Result::err) {
            Some(error) if told.is_empty() => Err(error),
            _ => Ok(told.into_iter().flatten().flatten().collect()),
        }
    }

    async fn withdraw(&self, account: &AccountId, id: &RemoteId) -> Result<(), PortError> {
        let mut operation = self.reading("altinn.withdraw");
        operation.effect = Effect::MayHaveHappened;
        let wanted = self.token_request(self.account(account, operation.name)?);
        let message = message_id(id, operation.name)?;
        let path = ["correspondence", &message.to_string(), "purge"];
        let answer = self.api.ask(&wanted, &Call::new(operation, &Method::DELETE, &path), &Nothing).await?;
        if answer.is_success() || Problem::of(&answer).is(code::ALREADY_PURGED) {
            return Ok(());
        }
        if Problem::of(&answer).is(code::NOT_FOUND) {
            let trace = self.with_history(&wanted, message, &operation).await?;
            let gone = trace.is_some_and(|message| remote_status(&message).raw == "PurgedByAltinn");
            return if gone { Ok(()) } else { Err(not_there(operation.name)) };
        }
        Err(refusal(&answer, &operation))
    }

    async fn history(&self, account: &AccountId, id: &RemoteId) -> Result<Vec<HistoryLine>, PortError> {
        let operation = self.reading("altinn.history");
        let wanted = self.token_request(self.account(account, operation.name)?);
        let message = self.with_history(&wanted, message_id(id, operation.name)?, &operation).await?;
        let message = message.ok_or_else(|| not_there(operation.name))?;
        let lines = message.status_history.into_iter().flatten().filter_map(|event| {
            let text = match event.status_text {
                Some(text) if text != event.status => format!("{}: {text}", event.status),
                _ => event.status,
            };
            Some(HistoryLine { at: event.status_changed?, text: Private::new(text) })
        });
        Ok(lines.collect())
    }

    async fn check(&self, account: &AccountId) -> Result<(), PortError> {
        let name = "altinn.check";
        let sender = self.account(account, name)?;
        let wanted = self.token_request(sender);
        for resource in sender.resources() {
            // A key that no message has: authorised like any other call on the resource, and its answer is empty.
            self.under_key(&wanted, resource, Uuid::from_u128(u128::MAX), name).await?;
        }
        if let Some(service) = &sender.confidential {
            let kind = policy::kind_of(&self.api, &wanted, &service.id, &self.reading(name)).await?;
            let expected = match service.access {
                ConfidentialAccess::Package => Kind::Confidential,
                ConfidentialAccess::Explicit => Kind::Explicit,
            };
            if kind != expected {
                let detail = format!("the policy of `{}` makes it {kind}, and it is set up as {expected}", service.id);
                return Err(PortError::new(PortErrorKind::Misconfigured, name, detail));
            }
        }
        Ok(())
    }
}

/// An id as the paths need it.
fn message_id(id: &RemoteId, operation: &'static str) -> Result<Uuid, PortError> {
    Uuid::parse_str(&id.0)
        .map_err(|_| PortError::new(PortErrorKind::Rejected, operation, "the id is no UUID, so it is none of Altinn's"))
}

fn not_there(operation: &'static str) -> PortError {
    PortError::new(PortErrorKind::Rejected, operation, "there is no such message, or not any more")
        .with_remote_code(code::NOT_FOUND.to_string())
}

fn rejected(detail: impl Into<String>) -> PortError {
    PortError::new(PortErrorKind::Rejected, SEND, detail)
}

const SEND: &str = "altinn.send";
const LONGEST_TITLE: usize = 255;
/// Altinn has no word for what it no longer shows.
const DELETED: &str = "404";
