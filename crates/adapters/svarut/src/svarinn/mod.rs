//! SvarInn: mail that SvarUt holds for an organisation (mottakersystem), fetched, decrypted and checked (R4.2, R4.7).
//!
//! Both versions of the interface are spoken, V2 and the deprecated V1, and everything that their data has been seen to hold
//! is tolerated: numbers that mean "none", dates in two forms, missing hashes, members of one version in the other. What
//! cannot be tolerated is told by item, so that one broken shipment never hides another.
//!
//! # What happens to an item
//!
//! 1. The **list** is read element by element. An element that is of no use becomes an item with its problem; one without an
//!    id that can be read becomes a [remark](SvarInn::remarks).
//! 2. The **download** goes to a file without a name, bounded in size. Its address must lie on the configured host.
//! 3. It is **decrypted** with whichever private key fits, to another such file, and used only when its last byte was good.
//! 4. The **content** is an archive (ZIP), empty archives included, or one document alone. Bombs, links and encrypted entries
//!    are refused. Names from the archive are compared with those of the list and never used as paths; the two sets must be
//!    equal, and every document must have the SHA-256 and size that the list gives. The cipher itself proves nothing, so
//!    where the list gives no hash, a remark says so.
//! 5. The **documents** go to the store in the order of the list, main document first.
//!
//! # Fetching costs disk, not memory
//!
//! While an item is open, the spool folder holds the download, its plaintext and the unpacked documents: at most
//! `download_bytes` twice and `total_bytes` once (see [`ContentLimits`]).
//!
//! # Open questions of the interface, and how they are answered
//!
//! | unknown | here |
//! |---|---|
//! | base path of V2, `/tjenester` or `/api` | configured; a 404 of the list says so |
//! | success codes of the status call | any 2xx |
//! | what a repeated acknowledgement gets | 404 and 410 are fine; after 400, 409 and 422 the list is asked whether the item still waits |
//! | whether the list is ordered | not relied upon |

mod archive;
mod client;
mod config;
mod disposition;
mod json;
mod list;
mod mail;
mod matching;
mod opening;
mod shipment;
mod spool;

use std::{
    collections::BTreeMap,
    error::Error as _,
    fmt,
    future::Future,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use futures_util::future::{self, Either};
use http::{HeaderMap, StatusCode, header};
pub use sakarkiv_cms::Keyring;
use sakarkiv_core::{
    document::ContentHash,
    identity::{InboxId, TenantId},
    ports::{
        Blobs, Clock, Inbox, InboxCapabilities, ItemId, PortError, PortErrorKind, ReceivedDocument, ReceivedMail,
        Refusal, Waiting,
    },
};
use sakarkiv_http::{Answer, Body, BodyError, HttpService, Opened, Operation};

pub use self::config::{ContentLimits, DialogueRule, Protocol, SvarInnConfig, SvarInnConfigError};
use self::{
    client::{Endpoints, Version, operation},
    disposition::Declared,
    list::{ListFault, Listing},
    opening::{Contents, Document, Fault, Opener},
    shipment::Shipment,
};

/// The inbox of one SvarInn registration.
///
/// ```
/// use std::sync::Arc;
/// use sakarkiv_core::{identity::InboxId, ports::Clock};
/// use sakarkiv_http::HttpService;
/// use sakarkiv_svarut::svarinn::{Keyring, SvarInn, SvarInnConfig};
///
/// fn inbox(
///     config: SvarInnConfig,
///     private_key_pem: &[u8],
///     http: Arc<dyn HttpService>,
///     clock: Arc<dyn Clock>,
/// ) -> Result<SvarInn, Box<dyn std::error::Error>> {
///     let keyring = Keyring::new().with(private_key_pem, None)?;
///     Ok(SvarInn::new(InboxId::new("svarinn")?, config, keyring, http, clock)?)
/// }
/// ```
pub struct SvarInn {
    id: InboxId,
    config: SvarInnConfig,
    keyring: Arc<Keyring>,
    endpoints: Endpoints,
    clock: Arc<dyn Clock>,
    seen: Mutex<Seen>,
}

/// What the last list told. Fetching needs it, as the download itself tells nothing.
#[derive(Default)]
struct Seen {
    version: Option<Version>,
    elements: BTreeMap<String, Result<Arc<Shipment>, &'static str>>,
    length: usize,
    without_id: usize,
}

impl SvarInn {
    /// An inbox. `keyring` holds the private keys of the certificates registered at SvarInn: the one in force, and older ones
    /// for as long as mail encrypted for them may wait.
    ///
    /// # Errors
    /// [`SvarInnConfigError`] for a configuration that cannot work.
    pub fn new(
        id: InboxId,
        config: SvarInnConfig,
        keyring: Keyring,
        http: Arc<dyn HttpService>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, SvarInnConfigError> {
        config.validate()?;
        let endpoints = Endpoints::new(&config, http, Arc::clone(&clock))?;
        Ok(Self { id, config, keyring: Arc::new(keyring), endpoints, clock, seen: Mutex::default() })
    }

    /// What was odd about the last list as a whole, in technical words: elements without an id, a list as long as lists get,
    /// the deprecated version in use. For the operations page; none of it belongs to one item.
    #[must_use]
    pub fn remarks(&self) -> Vec<String> {
        let seen = self.seen();
        let mut remarks = Vec::new();
        if seen.without_id > 0 {
            remarks
                .push(format!("{} element(s) of the list have no readable id and cannot be fetched", seen.without_id));
        }
        if seen.length >= LIST_CAP {
            remarks.push(format!("the list shows {LIST_CAP} items or more: newer mail may be hidden behind them"));
        }
        if seen.version == Some(Version::V1) && self.config.protocol == Protocol::Auto {
            remarks.push("no version 2 at the base address: the deprecated version 1 is in use".to_owned());
        }
        remarks
    }

    /// Asks for the list, reads it and keeps it.
    async fn refresh(&self, operation: &Operation) -> Result<(), PortError> {
        let (version, answer) = self.ask(operation).await?;
        let body: &[u8] = if answer.status == StatusCode::NO_CONTENT { b"[]" } else { &answer.body };
        let listing = Listing::read(body).map_err(|fault| unreadable(&fault, operation))?;
        let mut seen = self.seen();
        *seen = Seen {
            version: Some(version),
            length: listing.length,
            without_id: listing.without_id,
            elements: listing.elements.into_iter().map(|(id, read)| (id, read.map(Arc::new))).collect(),
        };
        Ok(())
    }

    /// The first version whose list exists. The one that answered last is asked first.
    async fn ask(&self, operation: &Operation) -> Result<(Version, Answer), PortError> {
        let known = self.seen().version;
        let order: &[Version] = match (self.config.protocol, known) {
            (Protocol::V1, _) => &[Version::V1],
            (Protocol::V2, _) => &[Version::V2],
            (Protocol::Auto, Some(Version::V1)) => &[Version::V1, Version::V2],
            (Protocol::Auto, _) => &[Version::V2, Version::V1],
        };
        for version in order {
            let answer = self.endpoints.list(*version, operation).await.map_err(|error| oversized(error, operation))?;
            match answer.status {
                StatusCode::NOT_FOUND => {}
                status if status.is_success() => return Ok((*version, answer)),
                _ => return Err(answer.refusal(operation)),
            }
        }
        let detail =
            "no SvarInn at the base address: try its other base path, `/tjenester` or `/api`, or another protocol";
        Err(PortError::new(PortErrorKind::Misconfigured, operation.name, detail))
    }

    /// The version in use, found out by listing where it may be either: only then does a 404 mean that an item is gone.
    async fn version(&self, operation: &Operation) -> Result<Version, PortError> {
        let version = match self.config.protocol {
            Protocol::V1 => Some(Version::V1),
            Protocol::V2 => Some(Version::V2),
            Protocol::Auto => self.seen().version,
        };
        if let Some(version) = version {
            return Ok(version);
        }
        self.refresh(operation).await?;
        self.seen().version.ok_or_else(|| PortError::new(PortErrorKind::Transient, operation.name, "no version known"))
    }

    /// The list's element, from the last list or, if that did not have it, from a new one.
    async fn element(&self, id: &ItemId, operation: &Operation) -> Result<Arc<Shipment>, PortError> {
        let mut element = self.seen().elements.get(&id.0).cloned();
        if element.is_none() {
            self.refresh(operation).await?;
            element = self.seen().elements.get(&id.0).cloned();
        }
        let rejected = |detail: &str| PortError::new(PortErrorKind::Rejected, operation.name, detail);
        let shipment = element.ok_or_else(|| rejected("it is not waiting any more"))?.map_err(rejected)?;
        match self.foreign(&shipment) {
            Some(problem) => Err(rejected(problem)),
            None => Ok(shipment),
        }
    }

    /// Why a shipment is not ours to take, if it is not. One that does not tell its addressee is ours by the login.
    fn foreign(&self, shipment: &Shipment) -> Option<&'static str> {
        let number = shipment.addressee_number.as_deref()?;
        let digits = number.split_whitespace().collect::<String>();
        let told = digits.len() == 9 && digits.bytes().all(|b| b.is_ascii_digit());
        let ours = &self.config.organisations;
        let foreign = told && !ours.is_empty() && !ours.iter().any(|number| number.as_str() == digits);
        foreign.then_some(
            "it is addressed to an organisation number that this inbox does not serve; add the number to the inbox it belongs to",
        )
    }

    async fn fetch_now(
        &self,
        tenant: &TenantId,
        id: &ItemId,
        blobs: &dyn Blobs,
        operation: &Operation,
    ) -> Result<ReceivedMail, PortError> {
        let shipment = self.element(id, operation).await?;
        let version = self.version(operation).await?;
        let link = shipment.download_link.as_deref();
        let (headers, body) = match self.endpoints.download(version, &shipment.id, link, operation).await? {
            Opened::Content(response) => {
                let (head, body) = response.into_parts();
                (head.headers, body)
            }
            Opened::Refused(answer) => return Err(self.refused_download(id, &answer, operation)),
        };
        let contents = self.contents(&shipment, &headers, body).await.map_err(|fault| fault_error(fault, operation))?;
        let mut mail = mail::mail_of(&shipment, &self.config.dialogue);
        for document in &contents.documents {
            mail.documents.push(staged(document, &contents, tenant, blobs, operation).await?);
        }
        mail.remarks.extend(contents.remarks);
        Ok(mail)
    }

    async fn contents(&self, shipment: &Shipment, headers: &HeaderMap, body: Body) -> Result<Contents, Fault> {
        let opener = Opener {
            keyring: Arc::clone(&self.keyring),
            limits: self.config.limits.clone(),
            folder: self.config.spool_directory.clone(),
            declared: Declared::read(headers),
            files: shipment.files.clone(),
        };
        let folder = self.config.spool_directory.clone();
        let file = spool::blocking(move || spool::new_file(folder.as_deref())).await??;
        let announced = body.exact_length().or_else(|| announced_length(headers));
        let encrypted = spool::download(body, announced, file, self.config.limits.download_bytes).await?;
        spool::blocking(move || opener.open(encrypted)).await?
    }

    fn refused_download(&self, id: &ItemId, answer: &Answer, operation: &Operation) -> PortError {
        if is_gone(answer.status) {
            self.seen().elements.remove(&id.0);
            return PortError::new(PortErrorKind::Rejected, operation.name, "it is not there any more");
        }
        answer.refusal(operation)
    }

    /// What the answer to an acknowledgement or refusal means. Gone is fine: somebody has done it before us.
    async fn settled(&self, id: &ItemId, answer: &Answer, operation: &Operation) -> Result<(), PortError> {
        if answer.is_success() || is_gone(answer.status) {
            return Ok(());
        }
        let error = answer.refusal(operation);
        if !matches!(answer.status.as_u16(), 400 | 409 | 422) {
            return Err(error);
        }
        self.refresh(operation).await?;
        let seen = self.seen();
        let told_all = seen.length < LIST_CAP && seen.without_id == 0;
        if told_all && !seen.elements.contains_key(&id.0) { Ok(()) } else { Err(error) }
    }

    fn changing(&self, name: &'static str) -> Operation {
        operation(name, self.config.list_timeout())
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for SvarInn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SvarInn").field("id", &self.id).field("config", &self.config).finish_non_exhaustive()
    }
}

#[async_trait]
impl Inbox for SvarInn {
    fn id(&self) -> &InboxId {
        &self.id
    }

    fn capabilities(&self) -> InboxCapabilities {
        let mut capabilities = InboxCapabilities::new(self.config.fetch_timeout(), self.config.poll_interval());
        capabilities.list_cap = Some(LIST_CAP);
        capabilities.permanent_refusal = true;
        capabilities
    }

    async fn list(&self) -> Result<Vec<Waiting>, PortError> {
        self.refresh(&self.changing("svarinn.list")).await?;
        let seen = self.seen();
        let waiting = seen.elements.iter().map(|(id, element)| {
            let id = ItemId(id.clone());
            match element {
                Err(problem) => Waiting::unreadable(id, *problem),
                Ok(shipment) => match self.foreign(shipment) {
                    Some(problem) => Waiting::unreadable(id, problem),
                    None => Waiting::new(id, shipment.received),
                },
            }
        });
        Ok(waiting.collect())
    }

    async fn fetch(&self, tenant: &TenantId, id: &ItemId, blobs: Arc<dyn Blobs>) -> Result<ReceivedMail, PortError> {
        let limit = self.config.fetch_timeout();
        let operation = operation("svarinn.fetch", limit);
        let fetching = self.fetch_now(tenant, id, blobs.as_ref(), &operation);
        within(self.clock.as_ref(), limit, fetching).await.unwrap_or_else(|| {
            let detail = format!("not finished within {} s", limit.as_secs());
            Err(PortError::new(PortErrorKind::Transient, operation.name, detail))
        })
    }

    async fn acknowledge(&self, id: &ItemId) -> Result<(), PortError> {
        let operation = self.changing("svarinn.acknowledge");
        let version = self.version(&operation).await?;
        let answer = self.endpoints.acknowledge(version, &id.0, &operation).await?;
        self.settled(id, &answer, &operation).await?;
        self.seen().elements.remove(&id.0);
        Ok(())
    }

    async fn refuse(&self, id: &ItemId, refusal: &Refusal) -> Result<(), PortError> {
        let operation = self.changing("svarinn.refuse");
        let version = self.version(&operation).await?;
        let answer = self.endpoints.refuse(version, &id.0, refusal, &operation).await?;
        self.settled(id, &answer, &operation).await
    }

    async fn check(&self) -> Result<(), PortError> {
        let operation = self.changing("svarinn.check");
        let misconfigured = |detail: String| PortError::new(PortErrorKind::Misconfigured, operation.name, detail);
        if self.keyring.is_empty() {
            return Err(misconfigured("there is no private key to open mail with; configure at least one".to_owned()));
        }
        let folder = self.config.spool_directory.clone();
        let spool = spool::blocking(move || spool::new_file(folder.as_deref())).await.and_then(|made| made);
        if let Err(fault) = spool {
            return Err(misconfigured(fault.to_string()));
        }
        match self.refresh(&operation).await {
            // What was asked is right beyond doubt, so an answer that refuses it or makes no sense is not SvarInn's.
            Err(error) if error.kind() == PortErrorKind::Rejected => {
                Err(misconfigured(format!("what answers at the base address is not SvarInn: {}", error.detail())))
            }
            outcome => outcome,
        }
    }
}

/// Puts one document into the store and makes sure that it is what was checked.
async fn staged(
    document: &Document,
    contents: &Contents,
    tenant: &TenantId,
    blobs: &dyn Blobs,
    operation: &Operation,
) -> Result<ReceivedDocument, PortError> {
    let piece = document.piece;
    let content = spool::part(Arc::clone(&contents.file), piece.offset, piece.length);
    let blob = blobs.put(tenant, content, piece.length).await?;
    if blob.size != piece.length || blob.hash != ContentHash::new(piece.hash) {
        let detail = "the store took other bytes than it was given";
        return Err(PortError::new(PortErrorKind::Transient, operation.name, detail));
    }
    Ok(ReceivedDocument {
        file_name: document.name.clone(),
        media_type: document.media_type.clone(),
        blob,
        sensitive_personal_data: document.sensitive,
    })
}

/// Ends work when the clock has moved on by `limit`. Nothing: it was not finished.
async fn within<T>(clock: &dyn Clock, limit: Duration, work: impl Future<Output = T> + Send) -> Option<T> {
    let deadline = clock.now() + limit;
    match future::select(Box::pin(work), clock.sleep_until(deadline)).await {
        Either::Left((outcome, _)) => Some(outcome),
        Either::Right(_) => None,
    }
}

fn announced_length(headers: &HeaderMap) -> Option<u64> {
    headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.trim().parse().ok()
}

fn is_gone(status: StatusCode) -> bool {
    matches!(status, StatusCode::NOT_FOUND | StatusCode::GONE)
}

fn unreadable(fault: &ListFault, operation: &Operation) -> PortError {
    match fault {
        ListFault::CutOff => PortError::new(PortErrorKind::Transient, operation.name, "the list ends before its end"),
        ListFault::NoList(what) => {
            let detail = format!("what came in place of the list is {what}; check the base address");
            PortError::new(PortErrorKind::Rejected, operation.name, detail)
        }
    }
}

/// A list beyond the limit stays beyond it, so it is no passing trouble.
fn oversized(error: PortError, operation: &Operation) -> PortError {
    match error.source().and_then(|source| source.downcast_ref::<BodyError>()) {
        Some(BodyError::TooLong { limit }) => {
            let detail = format!("the list is larger than {limit} bytes; raise `limits.list_bytes`");
            PortError::new(PortErrorKind::Rejected, operation.name, detail)
        }
        _ => error,
    }
}

fn fault_error(fault: Fault, operation: &Operation) -> PortError {
    let kind = match &fault {
        Fault::Broken(_) => PortErrorKind::Rejected,
        Fault::NoKey => PortErrorKind::Misconfigured,
        Fault::Interrupted(_) | Fault::Spool(_) => PortErrorKind::Transient,
    };
    PortError::new(kind, operation.name, fault.to_string()).with_source(fault)
}

/// The most items that a list shows.
const LIST_CAP: usize = 200;
