//! Altinn 3 Correspondence as recipient: the inbox of one organisation number (R6.2, R5.4, R6.3).

mod download;
mod listing;
mod mail;
mod reminders;
mod unopened;

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use bytes::Bytes;
use chrono::TimeDelta;
use futures_util::{
    StreamExt,
    future::{self, Either},
    stream,
};
use http::Method;
use sakarkiv_core::{
    document::{FileName, MediaType},
    identity::{InboxId, TenantId},
    ports::{
        Blobs, Clock, Inbox, InboxCapabilities, ItemId, PortError, PortErrorKind, ReceivedDocument, ReceivedMail,
        Refusal, UnopenedMail, Waiting,
    },
    screening::Private,
};
use sakarkiv_http::{Answer, Client, Effect, Operation, TokenRequest};
use uuid::Uuid;

pub use self::reminders::{UnreadConfidential, UnreadMessage};
use self::{
    download::{Attachment, Downloader},
    listing::{Listed, Lister},
    mail::{description, mail_of, organisation},
};
use crate::{
    api::{Api, Call, Nothing},
    channel::Surroundings,
    config::{AltinnConfigError, AltinnInboxConfig},
    error::{Problem, code, refusal},
    wire,
};

/// The inbox of one organisation number in Altinn.
///
/// # What is waiting
///
/// Altinn marks as read what anybody has opened, so that mail which somebody read in the browser looks like mail that was
/// taken in. Therefore everything published within `look_back_days` is listed that this value has not acknowledged itself:
/// after a start the engine meets old mail once, knows it by its id and only acknowledges.
///
/// # What Altinn sees
///
/// Listing leaves no trace. Fetching is seen as "fetched", downloading as "attachments downloaded"; "read", and "confirmed"
/// where the sender asks for it, only after the mail is registered. There is no call to archive a message or to refuse one:
/// archived messages are a matter of people's own folders in Altinn, and a refusal is kept in our records alone.
///
/// # Access
///
/// A service that the organisation has given us no access to is left out and told of ([`AltinnInbox::remarks`],
/// [`AltinnInbox::access`]), so that it does not stand in the way of the others. When there is no access to any, listing is
/// `Unauthorised` with the remote code `4001`; a token that has ended is replaced instead.
pub struct AltinnInbox {
    id: InboxId,
    config: AltinnInboxConfig,
    api: Api,
    clock: Arc<dyn Clock>,
    wanted: TokenRequest,
    on_behalf_of: Option<String>,
    seen: Mutex<Seen>,
}

/// What is kept between calls; losing it costs calls and nothing else.
#[derive(Default)]
struct Seen {
    acknowledged: BTreeSet<Uuid>,
    /// Whether the messages fetched want to be confirmed.
    wants_confirmation: BTreeMap<Uuid, bool>,
    remarks: Vec<String>,
}

/// Whether a message service lets us read.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ServiceAccess {
    /// It does.
    Granted,
    /// It does not (error 4001): nobody gave our system access to it.
    Denied,
}

impl AltinnInbox {
    /// An inbox under the name `id`.
    ///
    /// # Errors
    /// [`AltinnConfigError`] for a configuration that cannot work.
    pub fn new(id: InboxId, config: AltinnInboxConfig, surroundings: Surroundings) -> Result<Self, AltinnConfigError> {
        config.check()?;
        let client = Client::new(surroundings.service, Arc::clone(&surroundings.clock));
        let api = Api::new(client, config.base_url.clone(), surroundings.tokens, config.subscription_key.clone());
        let wanted = TokenRequest::scopes(config.scope.split_whitespace())
            .on_behalf_of(config.consumer_org.clone())
            .as_system_user(config.system_user.clone());
        let on_behalf_of = config.on_behalf_of.then(|| format!("0192:{}", config.organisation));
        Ok(Self { id, api, clock: surroundings.clock, wanted, on_behalf_of, seen: Mutex::default(), config })
    }

    /// What was odd about the last list as a whole, in technical words: services without access, elements that are no ids,
    /// more mail than could be listed. For the operations page; none of it belongs to one message.
    #[must_use]
    pub fn remarks(&self) -> Vec<String> {
        self.seen().remarks.clone()
    }

    /// Whether each service lets us read, by its resource id (R5.5).
    ///
    /// # Errors
    /// As [`Inbox::list`], but for services without access.
    pub async fn access(&self) -> Result<Vec<(String, ServiceAccess)>, PortError> {
        let operation = self.operation("altinn.access");
        let now = self.clock.now();
        let mut all = Vec::new();
        for service in &self.config.services {
            // The list of a moment is as good as any.
            let access = match self.lister(&service.id, operation).everything(now, now).await {
                Ok(_) => ServiceAccess::Granted,
                Err(error) if is_denied(&error) => ServiceAccess::Denied,
                Err(error) => return Err(error),
            };
            all.push((service.id.clone(), access));
        }
        Ok(all)
    }

    const fn operation(&self, name: &'static str) -> Operation {
        // Nothing that a recipient asks for does harm when it is asked for twice.
        let timeout = Duration::from_secs(self.config.read_seconds as u64);
        Operation { name, effect: Effect::None, timeout }
    }

    fn lister<'a>(&'a self, resource: &'a str, operation: Operation) -> Lister<'a> {
        let on_behalf_of = self.on_behalf_of.as_deref();
        Lister { api: &self.api, wanted: &self.wanted, resource, status: PUBLISHED, on_behalf_of, operation }
    }

    /// Everything that lies in the services that let us in.
    async fn everything(&self, operation: Operation) -> Result<Listed, PortError> {
        let now = self.clock.now();
        let from = now - TimeDelta::days(i64::from(self.config.look_back_days));
        let mut all = Listed::default();
        let (mut remarks, mut granted, mut denied) = (Vec::new(), false, None);
        for service in &self.config.services {
            match self.lister(&service.id, operation).everything(from, now).await {
                Ok(listed) => {
                    granted = true;
                    remarks.extend(oddities(&service.id, &listed));
                    all.ids.extend(listed.ids);
                    all.odd.extend(listed.odd);
                }
                Err(error) if is_denied(&error) => {
                    remarks.push(format!("no access to `{}`: have its access given to our system", service.id));
                    denied = Some(error);
                }
                Err(error) => return Err(error),
            }
        }
        self.seen().remarks = remarks;
        match denied {
            Some(error) if !granted => Err(error),
            _ => Ok(all),
        }
    }

    /// A message by the call that leaves it unread. `None`: it is not there any more.
    async fn overview(&self, id: Uuid, operation: &Operation) -> Result<Option<wire::Overview>, PortError> {
        self.message(&["correspondence", &id.to_string()], operation).await
    }

    async fn message(&self, path: &[&str], operation: &Operation) -> Result<Option<wire::Overview>, PortError> {
        let answer = self.api.ask(&self.wanted, &Call::new(*operation, &Method::GET, path), &Nothing).await?;
        if answer.is_success() {
            return answer.json(operation).map(Some);
        }
        if Problem::of(&answer).is(code::NOT_FOUND) { Ok(None) } else { Err(refusal(&answer, operation)) }
    }

    async fn fetch_now(
        &self,
        tenant: &TenantId,
        id: Uuid,
        blobs: &Arc<dyn Blobs>,
        operation: Operation,
    ) -> Result<ReceivedMail, PortError> {
        if self.seen().acknowledged.contains(&id) {
            return Err(gone(operation.name));
        }
        let message = self.overview(id, &operation).await?.ok_or_else(|| gone(operation.name))?;
        let rejected = |detail: &str| PortError::new(PortErrorKind::Rejected, operation.name, detail);
        let recipient = message.recipient.as_deref().and_then(organisation);
        if recipient.is_some_and(|recipient| recipient != self.config.organisation) {
            return Err(rejected("it is addressed to another organisation number; add the inbox that it belongs to"));
        }
        let content = message.content.as_ref().ok_or_else(|| rejected("its content cannot be read"))?;
        let resource = message.resource_id.as_deref().map(|id| id.trim_start_matches("urn:altinn:resource:"));
        let confidential = self.config.services.iter().any(|one| one.confidential && Some(one.id.as_str()) == resource);
        let mut mail = mail_of(&message, content, confidential);
        let limit = self.config.document_bytes;
        let downloader =
            Downloader { api: &self.api, wanted: &self.wanted, message: id, tenant, blobs, limit, operation };
        for (n, attachment) in content.attachments.iter().flatten().enumerate() {
            let number = n + 1;
            if attachment.is_encrypted {
                mail.remarks.push(format!("document {number} is encrypted by its sender"));
            }
            match downloader.bring(attachment, number).await? {
                Attachment::Staged(blob) => {
                    let (file_name, media_type) = description(attachment, number);
                    let sensitive_personal_data = mail.confidential;
                    mail.documents.push(ReceivedDocument { file_name, media_type, blob, sensitive_personal_data });
                }
                Attachment::Missing(why) => mail.missing.push(format!("document {number} is missing: {why}")),
            }
        }
        if let Some(body) = &content.message_body {
            self.keep_message(body, &mut mail, tenant, blobs).await?;
        }
        self.seen().wants_confirmation.insert(id, message.is_confirmation_needed);
        Ok(mail)
    }

    /// The text of a message is part of the record: after the documents, or alone.
    async fn keep_message(
        &self,
        body: &str,
        mail: &mut ReceivedMail,
        tenant: &TenantId,
        blobs: &Arc<dyn Blobs>,
    ) -> Result<(), PortError> {
        if !self.config.message_as_document {
            mail.extra.push(("altinn.message".to_owned(), Private::new(body.to_owned())));
            return Ok(());
        }
        let bytes = Bytes::copy_from_slice(body.as_bytes());
        let blob = blobs.put(tenant, stream::iter([Ok(bytes)]).boxed(), self.config.document_bytes).await?;
        mail.documents.push(ReceivedDocument {
            file_name: FileName::sanitize(MESSAGE_NAME),
            media_type: MediaType::sanitize("text/markdown"),
            blob,
            sensitive_personal_data: mail.confidential,
        });
        Ok(())
    }

    /// Confirms and marks as read, in this order: what is read needs no more.
    async fn take_over(&self, id: Uuid, operation: &Operation) -> Result<(), PortError> {
        let known = self.seen().wants_confirmation.get(&id).copied();
        let wants_confirmation = match known {
            Some(wants) => wants,
            None => match self.overview(id, operation).await? {
                Some(message) => message.is_confirmation_needed,
                None => return Ok(()),
            },
        };
        if wants_confirmation {
            let expected =
                Step { word: "confirm", done: code::ALREADY_CONFIRMED, early: code::CONFIRMED_BEFORE_FETCHED };
            if self.step(id, expected, operation).await? == Outcome::Done {
                self.confirmed_in_time(id, operation).await?;
            }
        }
        let expected = Step { word: "markasread", done: code::ALREADY_READ, early: code::READ_BEFORE_FETCHED };
        self.step(id, expected, operation).await.map(drop)
    }

    /// Altinn takes a confirmation at once and makes it good some seconds later, or not at all.
    async fn confirmed_in_time(&self, id: Uuid, operation: &Operation) -> Result<(), PortError> {
        self.clock.sleep_until(self.clock.now() + CONFIRMED_AFTER).await;
        let path = ["correspondence", &id.to_string(), "details"];
        let Some(message) = self.message(&path, operation).await? else { return Ok(()) };
        if message.status_history.iter().flatten().any(|event| event.status == "Confirmed") {
            return Ok(());
        }
        let detail = "the confirmation was taken and is not in the message's history yet";
        Err(PortError::new(PortErrorKind::Transient, operation.name, detail))
    }

    async fn step(&self, id: Uuid, step: Step, operation: &Operation) -> Result<Outcome, PortError> {
        let mut answer = self.post(id, step.word, operation).await?;
        if Problem::of(&answer).is(step.early) {
            // Looking at it counts as having fetched it.
            if self.overview(id, operation).await?.is_none() {
                return Ok(Outcome::DoneBefore);
            }
            answer = self.post(id, step.word, operation).await?;
        }
        let problem = Problem::of(&answer);
        if answer.is_success() {
            Ok(Outcome::Done)
        } else if problem.is(step.done) || problem.is(code::NOT_FOUND) {
            Ok(Outcome::DoneBefore)
        } else if problem.is(step.early) {
            let detail = "Altinn does not take us for the recipient; the token must have the reading scope alone";
            Err(PortError::new(PortErrorKind::Misconfigured, operation.name, detail))
        } else {
            Err(refusal(&answer, operation))
        }
    }

    async fn post(&self, id: Uuid, word: &str, operation: &Operation) -> Result<Answer, PortError> {
        let path = ["correspondence", &id.to_string(), word];
        self.api.ask(&self.wanted, &Call::new(*operation, &Method::POST, &path), &Nothing).await
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a recipient tells Altinn, with the numbers of the errors that mean "done before" and "too early".
#[derive(Debug, Clone, Copy)]
struct Step {
    word: &'static str,
    done: u32,
    early: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Done,
    DoneBefore,
}

impl fmt::Debug for AltinnInbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AltinnInbox").field("id", &self.id).field("config", &self.config).finish_non_exhaustive()
    }
}

#[async_trait]
impl Inbox for AltinnInbox {
    fn id(&self) -> &InboxId {
        &self.id
    }

    fn capabilities(&self) -> InboxCapabilities {
        let seconds = |seconds: u32| Duration::from_secs(seconds.into());
        let mut capabilities =
            InboxCapabilities::new(seconds(self.config.fetch_seconds), seconds(self.config.poll_seconds));
        capabilities.tells_refusals = false;
        capabilities.tells_unopened = true;
        capabilities
    }

    async fn list(&self) -> Result<Vec<Waiting>, PortError> {
        let listed = self.everything(self.operation("altinn.list")).await?;
        let mut seen = self.seen();
        // What is not listed any more needs not be remembered either.
        seen.acknowledged.retain(|id| listed.ids.contains(id));
        seen.wants_confirmation.retain(|id, _| listed.ids.contains(id));
        let known = |id: &&Uuid| !seen.acknowledged.contains(id);
        let sound = listed.ids.iter().filter(known).map(|id| Waiting::new(ItemId(id.to_string()), None));
        let odd = listed.odd.iter().map(|text| Waiting::unreadable(ItemId(text.clone()), "its id is none of Altinn's"));
        Ok(sound.chain(odd).collect())
    }

    async fn fetch(&self, tenant: &TenantId, id: &ItemId, blobs: Arc<dyn Blobs>) -> Result<ReceivedMail, PortError> {
        let operation = self.operation("altinn.fetch");
        let message = message_id(id, operation.name)?;
        let limit = Duration::from_secs(self.config.fetch_seconds.into());
        let deadline = self.clock.now() + limit;
        let fetching = Box::pin(self.fetch_now(tenant, message, &blobs, operation));
        match future::select(fetching, self.clock.sleep_until(deadline)).await {
            Either::Left((outcome, _)) => outcome,
            Either::Right(_) => {
                let detail = format!("not finished within {} s", limit.as_secs());
                Err(PortError::new(PortErrorKind::Transient, operation.name, detail))
            }
        }
    }

    async fn acknowledge(&self, id: &ItemId) -> Result<(), PortError> {
        let operation = self.operation("altinn.acknowledge");
        let message = message_id(id, operation.name)?;
        self.take_over(message, &operation).await?;
        self.seen().acknowledged.insert(message);
        Ok(())
    }

    /// Altinn has no word for it: the message stays where it is, and its sender is not told.
    async fn refuse(&self, _id: &ItemId, refusal: &Refusal) -> Result<(), PortError> {
        if refusal.permanent { Err(PortError::unsupported("altinn.refuse")) } else { Ok(()) }
    }

    async fn unopened(&self) -> Result<Vec<UnopenedMail>, PortError> {
        self.lying_unopened().await
    }

    async fn check(&self) -> Result<(), PortError> {
        let operation = self.operation("altinn.check");
        let now = self.clock.now();
        for service in &self.config.services {
            self.lister(&service.id, operation)
                .everything(now, now)
                .await
                .map_err(|error| named(&error, &service.id))?;
        }
        Ok(())
    }
}

/// The same error, with the service that it concerns.
fn named(error: &PortError, service: &str) -> PortError {
    let mut made = PortError::new(error.kind(), error.operation(), format!("`{service}`: {}", error.detail()));
    if let Some(code) = error.remote_code() {
        made = made.with_remote_code(code);
    }
    match error.retry_after() {
        Some(wait) => made.with_retry_after(wait),
        None => made,
    }
}

fn oddities(service: &str, listed: &Listed) -> Vec<String> {
    let mut remarks = Vec::new();
    if listed.unnamed > 0 {
        remarks.push(format!("{} element(s) of the list of `{service}` are no ids", listed.unnamed));
    }
    if listed.cut_short {
        remarks.push(format!("`{service}` has more mail than can be listed: lower `look_back_days`"));
    }
    remarks
}

/// Whether it was the organisation that gave no access, and not the token that was refused.
fn is_denied(error: &PortError) -> bool {
    error.kind() == PortErrorKind::Unauthorised && error.remote_code() == Some("4001")
}

fn gone(operation: &'static str) -> PortError {
    PortError::new(PortErrorKind::Rejected, operation, "it is not waiting any more")
}

fn message_id(id: &ItemId, operation: &'static str) -> Result<Uuid, PortError> {
    Uuid::parse_str(&id.0)
        .map_err(|_| PortError::new(PortErrorKind::Rejected, operation, "the id is no UUID, so it is none of Altinn's"))
}

const PUBLISHED: &str = "Published";
const MESSAGE_NAME: &str = "melding.md";
const CONFIRMED_AFTER: Duration = Duration::from_secs(6);
