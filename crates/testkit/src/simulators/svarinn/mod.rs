//! SvarInn: machine pick-up of mail addressed to an organisation.

mod entries;
mod mail;
mod package;
mod service;

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use axum::Router;
use sakarkiv_cms::{KeyError, Recipient};
use sakarkiv_core::{identity::Timestamp, ports::Clock};
use uuid::Uuid;

use self::entries::Described;
pub(crate) use self::mail::hex;
pub use self::mail::{Content, Mail, MailFile, Oddity, Package, Sender};
use super::{
    calls::Call,
    faults::Faults,
    gate::{ErrorStyle, Gate},
};

/// A SvarInn with any number of receiver systems (mottakersystem), speaking V1 and V2 under both `/tjenester` and `/api`.
///
/// Mail waits until it is acknowledged; a list shows 200 at most. Cloning gives another handle to the same simulator.
#[derive(Debug, Clone)]
pub struct SvarInnSim {
    inner: Arc<Inner>,
}

struct Inner {
    gate: Arc<Gate>,
    state: Mutex<State>,
    feeders: Mutex<Vec<Feeder>>,
}

/// Brings in what has become due elsewhere. Called before the mail is looked at, without any lock held.
type Feeder = Arc<dyn Fn() + Send + Sync>;

impl fmt::Debug for Inner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inner").finish_non_exhaustive()
    }
}

#[derive(Debug, Default)]
pub(crate) struct State {
    systems: BTreeMap<String, System>,
    mail: BTreeMap<Uuid, Kept>,
    /// In the order of arrival.
    order: Vec<Uuid>,
    public_base: Option<String>,
}

#[derive(Debug)]
struct System {
    password: String,
    recipients: Vec<Recipient>,
}

/// A mail and what became of it.
#[derive(Debug)]
struct Kept {
    mail: Mail,
    files: Vec<Described>,
    record: MailRecord,
}

/// What happened to one mail.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct MailRecord {
    /// Its id.
    pub id: Uuid,
    /// The user name of the system it waits for.
    pub system: String,
    /// Title.
    pub title: String,
    /// When it came in.
    pub received: Timestamp,
    /// How often its content was fetched.
    pub downloads: usize,
    /// Whether it is in the list now.
    pub waiting: bool,
    /// When it was acknowledged, each time.
    pub acknowledged: Vec<Timestamp>,
    /// Failures that the receiver reported.
    pub failures: Vec<ReportedFailure>,
}

/// A failure that the receiver reported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportedFailure {
    /// When.
    pub at: Timestamp,
    /// The text.
    pub text: String,
    /// The receiver gave up for good: the mail goes another way.
    pub permanent: bool,
}

impl SvarInnSim {
    /// A SvarInn without receiver systems.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        let gate = Gate::new(clock, 0x7376_696e, ErrorStyle::Fiks);
        Self { inner: Arc::new(Inner { gate, state: Mutex::default(), feeders: Mutex::default() }) }
    }

    /// Registers a receiver system with its login and the certificates (PEM or DER) that its mail is encrypted for.
    /// Registering it again replaces login and certificates and keeps the mail.
    ///
    /// # Errors
    /// When a certificate cannot be read or has no RSA key.
    pub fn add_system(
        &self,
        user: impl Into<String>,
        password: impl Into<String>,
        certificates: &[&[u8]],
    ) -> Result<(), KeyError> {
        let recipients = certificates.iter().map(|file| Recipient::from_certificate(file)).collect::<Result<_, _>>()?;
        self.lock().systems.insert(user.into(), System { password: password.into(), recipients });
        Ok(())
    }

    /// Download addresses begin with this (without trailing slash) instead of the host of the request.
    pub fn set_public_base(&self, base: impl Into<String>) {
        self.lock().public_base = Some(base.into());
    }

    /// Puts mail into a system's list and tells its id. Mail with an id that is there already is put back in the list.
    ///
    /// # Panics
    /// When a spooled document cannot be read.
    #[expect(clippy::panic, reason = "a temporary file that cannot be read has no other sensible end in a test")]
    pub fn deliver(&self, system: &str, mail: Mail) -> Uuid {
        let id = mail.id.unwrap_or_else(|| self.inner.gate.uuid());
        if self.redeliver(id) {
            return id;
        }
        let described = mail.files.iter().map(|file| {
            let (hash, size) = file.content.hash()?;
            Ok(Described { name: file.name.clone(), media_type: file.media_type.clone(), hash, size })
        });
        let files = match described.collect::<std::io::Result<Vec<_>>>() {
            Ok(files) => files,
            Err(error) => panic!("a document of the mail cannot be read: {error}"),
        };
        let record = MailRecord {
            id,
            system: system.to_owned(),
            title: mail.title.clone(),
            received: self.inner.gate.now(),
            downloads: 0,
            waiting: true,
            acknowledged: Vec::new(),
            failures: Vec::new(),
        };
        let mut state = self.lock();
        state.mail.insert(id, Kept { mail, files, record });
        state.order.push(id);
        id
    }

    /// Puts known mail back in the list, as after an acknowledgement that got lost. Tells whether the mail is known.
    pub fn redeliver(&self, id: Uuid) -> bool {
        self.lock().mail.get_mut(&id).map(|kept| kept.record.waiting = true).is_some()
    }

    /// What happened to one mail.
    #[must_use]
    pub fn record(&self, id: Uuid) -> Option<MailRecord> {
        self.feed();
        self.lock().mail.get(&id).map(|kept| kept.record.clone())
    }

    /// What happened to each mail, in the order of arrival.
    #[must_use]
    pub fn records(&self) -> Vec<MailRecord> {
        self.feed();
        let state = self.lock();
        state.order.iter().filter_map(|id| Some(state.mail.get(id)?.record.clone())).collect()
    }

    /// How much waits for a system.
    #[must_use]
    pub fn waiting(&self, system: &str) -> usize {
        self.records().iter().filter(|record| record.waiting && record.system == system).count()
    }

    /// The faults that can be armed.
    #[must_use]
    pub fn faults(&self) -> &Faults {
        &self.inner.gate.faults
    }

    /// Every request so far.
    #[must_use]
    pub fn calls(&self) -> Vec<Call> {
        self.inner.gate.log.all()
    }

    /// How many calls wait on the clock at present.
    #[must_use]
    pub fn stalled(&self) -> usize {
        self.inner.gate.stalled()
    }

    /// The service, under `/tjenester/svarinn` and `/api/svarinn`.
    pub fn router(&self) -> Router {
        self.inner.gate.close(self.routes())
    }

    pub(crate) fn routes(&self) -> Router {
        service::routes(self)
    }

    /// What became of a mail without asking the feeders, for a feeder itself.
    pub(crate) fn peek(&self, id: Uuid) -> Option<MailRecord> {
        self.lock().mail.get(&id).map(|kept| kept.record.clone())
    }

    pub(crate) fn add_feeder(&self, feeder: Feeder) {
        self.inner.feeders.lock().unwrap_or_else(PoisonError::into_inner).push(feeder);
    }

    fn feed(&self) {
        let feeders = self.inner.feeders.lock().unwrap_or_else(PoisonError::into_inner).clone();
        feeders.iter().for_each(|feeder| feeder());
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.inner.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
