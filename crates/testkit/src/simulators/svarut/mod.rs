//! SvarUt: one interface for outgoing mail, which picks the way to the recipient itself.

mod access;
mod bodies;
mod lookups;
mod progress;
mod rules;
mod send;
mod service;
mod settings;
mod shape;
mod shipment;
mod upload;
mod world;

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
};

use axum::Router;
use sakarkiv_core::{ports::Clock, routing::MailboxKind};
use uuid::Uuid;

use self::world::World;
pub use self::{
    settings::{
        Account, AltinnWord, Contact, DuplicateRule, Integration, Opens, OrganisationFacts, Registration, Settings,
        Timings,
    },
    shipment::{Endpoint, FileRecord, Landing, ShipmentRecord, ShipmentStatus},
};
use super::{
    calls::Call,
    faults::Faults,
    gate::{ErrorStyle, Gate},
    keys,
    maskinporten::MaskinportenSim,
    svarinn::SvarInnSim,
};

/// A SvarUt with accounts, recipients and the clock they live by.
///
/// Shipments move by themselves as the clock goes on: whoever looks at one sees it where it is by then. Cloning gives
/// another handle to the same simulator.
#[derive(Debug, Clone)]
pub struct SvarUtSim {
    inner: Arc<Inner>,
}

struct Inner {
    gate: Arc<Gate>,
    maskinporten: MaskinportenSim,
    world: Mutex<World>,
}

impl fmt::Debug for Inner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inner").finish_non_exhaustive()
    }
}

impl SvarUtSim {
    /// An empty SvarUt that takes the tokens of this Maskinporten.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>, maskinporten: &MaskinportenSim) -> Self {
        let gate = Gate::new(clock, 0x7376_7574, ErrorStyle::Fiks);
        let inner = Inner { gate, maskinporten: maskinporten.clone(), world: Mutex::new(World::default()) };
        Self { inner: Arc::new(inner) }
    }

    /// Changes how it behaves, from now on.
    pub fn configure(&self, change: impl FnOnce(&mut Settings)) {
        change(&mut self.world().settings);
    }

    /// Adds a sender account, in place of one with the same id.
    pub fn add_account(&self, account: Account) {
        self.world().accounts.insert(account.id, account);
    }

    /// Adds a machine identity, in place of one with the same id.
    pub fn add_integration(&self, integration: Integration) {
        self.world().integrations.insert(integration.id, integration);
    }

    /// Lets old credentials be exchanged for new ones through the migration call.
    pub fn add_old_credentials(&self, user: impl Into<String>, password: impl Into<String>, account: Uuid) {
        self.world().old_credentials.insert(user.into(), (password.into(), account));
    }

    /// Sets what the contact register says of a person, by national identity number. Others get mail in Altinn.
    pub fn set_contact(&self, person: impl Into<String>, contact: Contact) {
        self.world().contacts.insert(person.into(), contact);
    }

    /// Sets what is known of an organisation, by number. Others exist and can open confidential mail.
    pub fn set_organisation(&self, organisation: impl Into<String>, facts: OrganisationFacts) {
        self.world().organisations.insert(organisation.into(), facts);
    }

    /// Sets what a person or organisation does with mail in a digital mailbox, by number. Others never open anything.
    pub fn set_opens(&self, recipient: impl Into<String>, opens: Opens) {
        self.world().opens.insert(recipient.into(), opens);
    }

    /// Registers receiver systems at a simulated SvarInn: mail that they are to have appears there, encrypted for them.
    pub fn connect(&self, svarinn: &SvarInnSim, registrations: impl IntoIterator<Item = Registration>) {
        let feeder: Weak<Inner> = Arc::downgrade(&self.inner);
        let mut world = self.world();
        world.registrations.extend(registrations);
        if world.svarinn.replace(svarinn.clone()).is_none() {
            svarinn.add_feeder(Arc::new(move || {
                if let Some(inner) = feeder.upgrade() {
                    Self { inner }.catch_up();
                }
            }));
        }
    }

    /// Takes back what [`connect`](Self::connect) registered for a receiver system: from now on its mail goes to Altinn. Mail
    /// that it already has stays with it.
    pub fn disconnect(&self, system: &str) {
        self.world().registrations.retain(|registration| registration.system != system);
    }

    /// Brings every shipment to where it is by now. Looking at shipments does so too.
    pub fn catch_up(&self) {
        let now = self.inner.gate.now();
        self.world().catch_up(now);
    }

    /// Every shipment, in the order of sending, those turned away after their metadata were read included.
    #[must_use]
    pub fn shipments(&self) -> Vec<ShipmentRecord> {
        self.catch_up();
        self.world().shipments().map(shipment::Shipment::record).collect()
    }

    /// One shipment.
    #[must_use]
    pub fn shipment(&self, id: Uuid) -> Option<ShipmentRecord> {
        self.shipments().into_iter().find(|shipment| shipment.id == id)
    }

    /// The shipments under a sender's reference.
    #[must_use]
    pub fn sent_under(&self, reference: &str) -> Vec<ShipmentRecord> {
        self.shipments().into_iter().filter(|shipment| shipment.reference.as_deref() == Some(reference)).collect()
    }

    /// How many shipments under a sender's reference were not turned away: 1 is what the sender wants. One whose effect is
    /// still to come ([`LateEffect`](super::Fault::LateEffect)) counts.
    #[must_use]
    pub fn effective_count(&self, reference: &str) -> usize {
        self.sent_under(reference).iter().filter(|shipment| !shipment.status.is_rejected()).count()
    }

    /// The shipments that have ever landed in a kind of mailbox.
    #[must_use]
    pub fn landed_in(&self, mailbox: MailboxKind) -> Vec<ShipmentRecord> {
        let landed = |shipment: &ShipmentRecord| shipment.landings.iter().any(|landing| landing.mailbox == mailbox);
        self.shipments().into_iter().filter(landed).collect()
    }

    /// The recipient opens a shipment now. Tells whether that was possible: it lies in a digital mailbox, and somebody may
    /// open it there.
    pub fn open(&self, id: Uuid) -> bool {
        let now = self.inner.gate.now();
        self.world().open(id, now)
    }

    /// The recipient signs what was to be signed: a new shipment with the document goes to the organisation that the
    /// sender named. Tells whether there was something to sign.
    pub fn sign(&self, id: Uuid) -> bool {
        let (now, signed) = (self.inner.gate.now(), self.inner.gate.uuid());
        self.world().sign(id, signed, now)
    }

    /// The recipient refuses to sign, for good. Tells whether there was something to sign.
    pub fn refuse_signature(&self, id: Uuid) -> bool {
        let now = self.inner.gate.now();
        self.world().refuse_signature(id, now)
    }

    /// An operator puts a shipment into a status, whatever it was: a fault found later, manual handling, or a word nobody
    /// knows. Tells whether the shipment exists.
    pub fn force_status(&self, id: Uuid, status: ShipmentStatus) -> bool {
        let now = self.inner.gate.now();
        self.world().force(id, status, now)
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

    /// The certificate that senders encrypt for, PEM.
    #[must_use]
    pub fn certificate_pem(&self) -> String {
        keys::svarut().certificate_pem()
    }

    /// The service: `/api/v3`, `/api/v2`, `/api/v1/mottaker`, `/forsendelse/publickey/hent` and
    /// `/svarut-konfigurasjon/api/v1/migrering/integrasjoner`.
    pub fn router(&self) -> Router {
        self.inner.gate.close(service::routes(self))
    }

    /// This service and a SvarInn on one host, as KS runs them.
    pub fn router_with(&self, svarinn: &SvarInnSim) -> Router {
        self.inner.gate.close(service::routes(self).merge(svarinn.routes()))
    }

    fn world(&self) -> MutexGuard<'_, World> {
        self.inner.world.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
