//! Altinn 3 Correspondence (Altinn Melding), with what it needs of the platform around it: the token exchange, the register
//! of resources, access management and event subscriptions.
//!
//! A confidential message (taushetsbelagt post) is open to nobody until its recipient gives somebody access:
//!
//! ```
//! use sakarkiv_testkit::{
//!     doubles::ManualClock,
//!     simulators::{MaskinportenSim, altinn::{Access, AltinnSim, Holder, Mail, Resource}},
//! };
//!
//! let clock = ManualClock::at("2026-09-14T08:00:00Z");
//! let altinn = AltinnSim::new(clock.port(), &MaskinportenSim::new(clock.port()));
//! altinn.add_resource(Resource::confidential("taushetsbelagt", "314111222"));
//! let letter = altinn.put(Mail::new("taushetsbelagt", "312000342", "Vedtak i sak 2026/417"));
//! let clerk = Holder::Person("01819000553".to_owned());
//! assert!(!altinn.open(letter, &clerk));
//! altinn.delegate("312000342", Access::confidential(), clerk.clone());
//! assert!(altinn.open(letter, &clerk));
//! assert_eq!(altinn.message(letter).map(|message| message.opened_by()), Some(vec![clerk]));
//! ```

mod access;
mod attachments;
mod events;
mod evidence;
mod form;
mod initialize;
mod letter;
mod lookups;
mod mail;
mod notices;
mod problems;
mod progress;
mod readers;
mod recipient;
mod registry;
mod request;
mod rules;
mod service;
mod settings;
mod text;
mod view;
mod world;

use std::{
    fmt,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use aws_lc_rs::signature::RsaKeyPair;
use axum::Router;
use sakarkiv_core::{identity::Timestamp, ports::Clock, routing::MailboxKind};
use serde_json::Value;
use uuid::Uuid;

pub use self::{
    events::{Event, Kind},
    evidence::{AttachmentRecord, Audience, MessageRecord, Part, Readable},
    letter::{AttachmentStatus, MessageStatus, StatusRecord},
    mail::Mail,
    notices::Order,
    settings::{
        Access, CONFIDENTIAL_PACKAGE, EXPLICIT_PACKAGE, Holder, KEY_ROLES, ORDINARY_PACKAGE, PartyFacts,
        REMINDER_RESOURCE, Resource, ResourceKind, Settings, Verdict,
    },
    world::Reminder,
};
use self::{letter::Letter, progress::Job, world::World};
use super::{
    calls::Call,
    faults::Faults,
    gate::{ErrorStyle, Gate},
    keys,
    maskinporten::MaskinportenSim,
    svarut::Opens,
};

/// An Altinn with resources, parties and the clock they live by.
///
/// Messages move by themselves as the clock goes on: whoever looks at one sees it where it is by then. Cloning gives another
/// handle to the same simulator.
#[derive(Debug, Clone)]
pub struct AltinnSim {
    inner: Arc<Inner>,
}

struct Inner {
    gate: Arc<Gate>,
    maskinporten: MaskinportenSim,
    signer: RsaKeyPair,
    tokens: AtomicUsize,
    world: Mutex<World>,
}

impl Inner {
    fn noted_token(&self) {
        self.tokens.fetch_add(1, Ordering::SeqCst);
    }
}

impl fmt::Debug for Inner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inner").finish_non_exhaustive()
    }
}

impl AltinnSim {
    /// An Altinn without resources that takes the tokens of this Maskinporten.
    ///
    /// # Panics
    /// When the machine cannot make RSA keys.
    #[must_use]
    #[expect(clippy::panic, reason = "a machine that cannot use its own keys cannot run the simulators at all")]
    pub fn new(clock: Arc<dyn Clock>, maskinporten: &MaskinportenSim) -> Self {
        let Ok(signer) = RsaKeyPair::from_pkcs8(keys::altinn().private_key_der()) else {
            panic!("the signing key made a moment ago is refused");
        };
        let gate = Gate::new(clock, 0x616c_746e, ErrorStyle::Altinn);
        let world = Mutex::new(World::default());
        let maskinporten = maskinporten.clone();
        Self { inner: Arc::new(Inner { gate, maskinporten, signer, tokens: AtomicUsize::new(0), world }) }
    }

    /// Changes how it behaves, from now on.
    pub fn configure(&self, change: impl FnOnce(&mut Settings)) {
        change(&mut self.world().settings);
    }

    /// Adds a message service, in place of one with the same id.
    pub fn add_resource(&self, resource: Resource) {
        self.world().resources.insert(resource.id.clone(), resource);
    }

    /// Sets what the registers know of a person or an organisation, by number (or by the name at the end of its URN).
    pub fn set_party(&self, number: impl Into<String>, facts: PartyFacts) {
        self.world().parties.insert(number.into(), facts);
    }

    /// An organisation gives somebody access. What waits is opened as [`set_opens`](Self::set_opens) says.
    pub fn delegate(&self, organisation: &str, access: Access, holder: Holder) {
        let (mut world, now) = self.now();
        world.grant(organisation, access, holder, now);
        let waiting = world.letters.iter().filter(|letter| text::key_of(&letter.recipient) == organisation);
        let waiting: Vec<Uuid> = waiting.map(|letter| letter.id).collect();
        waiting.into_iter().for_each(|id| world.plan_opening(id, now));
        world.catch_up(now);
    }

    /// An organisation takes an access back. Does nothing when it was not given.
    pub fn withdraw(&self, organisation: &str, access: &Access, holder: &Holder) {
        let (mut world, now) = self.now();
        world.withdraw(organisation, access, holder, now);
    }

    /// Who at an organisation holds an access now.
    #[must_use]
    pub fn holders(&self, organisation: &str, access: &Access) -> Vec<Holder> {
        self.world().holders_of(organisation, access)
    }

    /// Sets what a person or organisation does with published mail, by number. Others never open anything. Mail that nobody
    /// there has access to stays unopened whatever is set.
    pub fn set_opens(&self, recipient: impl Into<String>, opens: Opens) {
        self.world().opens.insert(recipient.into(), opens);
    }

    /// Sets what scans of files of this name find, from now on. Others find nothing.
    pub fn set_verdict(&self, file_name: impl Into<String>, verdict: Verdict) {
        self.world().verdicts.insert(file_name.into(), verdict);
    }

    /// The scanner tells its verdict on an attachment now, also on one that was found clean before.
    pub fn scan(&self, attachment: Uuid, verdict: Verdict) {
        let (mut world, now) = self.now();
        world.scanned(attachment, verdict, now);
    }

    /// Adds a dialog that somebody made elsewhere, for messages that are to be part of it: its id, the organisation that owns
    /// it and the URN of its party.
    pub fn add_dialog(&self, id: Uuid, owner: impl Into<String>, party: impl Into<String>) {
        self.world().dialogs.insert(id, (owner.into(), party.into()));
    }

    /// One of our own tokens for an organisation's client, with scopes separated by blanks, without the detour of the
    /// exchange.
    #[must_use]
    pub fn token_for(&self, organisation: &str, scopes: &str) -> String {
        let raw = self.inner.maskinporten.token_with(organisation, scopes);
        let claims = self.inner.maskinporten.verified(&raw).and_then(|claims| claims.as_object().cloned());
        self.exchanged(claims.unwrap_or_default())
    }

    /// Every token issued before now is refused from now on, as if it had expired.
    pub fn expire_tokens(&self) {
        let now = self.inner.gate.now();
        self.world().tokens_since = Some(now + chrono::TimeDelta::milliseconds(1));
    }

    /// How many tokens were exchanged or handed out.
    #[must_use]
    pub fn tokens(&self) -> usize {
        self.inner.tokens.load(Ordering::SeqCst)
    }

    /// Another sender puts mail into somebody's inbox. Gives its id.
    pub fn put(&self, mail: Mail) -> Uuid {
        let (mut world, now) = self.now();
        world.put(mail, now)
    }

    /// Somebody of the recipient's opens a message in Altinn. Tells whether that was possible: it is published, not deleted,
    /// and they may.
    pub fn open(&self, id: Uuid, by: &Holder) -> bool {
        let (mut world, now) = self.now();
        world.open(id, by, now)
    }

    /// Somebody of the recipient's confirms a message in Altinn, which opens it first. Tells whether that was possible.
    pub fn confirm(&self, id: Uuid, by: &Holder) -> bool {
        let (mut world, now) = self.now();
        let opened = world.open(id, by, now);
        if opened {
            world.plan_confirmation(id, now, by);
        }
        opened
    }

    /// Brings everything to where it is by now. Looking does so too.
    pub fn catch_up(&self) {
        drop(self.now());
    }

    /// Every message, in the order in which they were taken.
    #[must_use]
    pub fn messages(&self) -> Vec<MessageRecord> {
        let (world, _) = self.now();
        world.letters.iter().map(|letter| world.record(letter)).collect()
    }

    /// One message.
    #[must_use]
    pub fn message(&self, id: Uuid) -> Option<MessageRecord> {
        let (world, _) = self.now();
        world.letter(id).map(|letter| world.record(letter))
    }

    /// The messages published to a person or organisation, by number, that are not deleted.
    #[must_use]
    pub fn mailbox(&self, recipient: &str) -> Vec<MessageRecord> {
        let (world, _) = self.now();
        let visible = |letter: &&Letter| {
            letter.has(MessageStatus::Published) && !letter.is_purged() && letter.status().is_visible()
        };
        let own = world.letters.iter().filter(|letter| text::key_of(&letter.recipient) == recipient).filter(visible);
        own.map(|letter| world.record(letter)).collect()
    }

    /// The messages under a sender's reference.
    #[must_use]
    pub fn sent_under(&self, reference: &str) -> Vec<MessageRecord> {
        self.messages().into_iter().filter(|message| message.reference.as_deref() == Some(reference)).collect()
    }

    /// How many messages under a sender's reference were taken: 1 is what the sender wants. One whose effect is still to come
    /// ([`LateEffect`](super::Fault::LateEffect)) counts, one that was withdrawn or failed does not.
    #[must_use]
    pub fn effective_count(&self, reference: &str) -> usize {
        let (world, _) = self.now();
        let late = world.jobs.values().filter_map(|job| match job {
            Job::Late(letter) => Some(&**letter),
            _ => None,
        });
        let ours = |letter: &&Letter| letter.base.senders_reference.as_deref() == Some(reference);
        let ended = |letter: &Letter| letter.has(MessageStatus::Failed) || letter.has(MessageStatus::PurgedByAltinn);
        world.letters.iter().chain(late).filter(ours).filter(|letter| !ended(letter)).count()
    }

    /// The messages that were ever published into a kind of mailbox.
    #[must_use]
    pub fn landed_in(&self, mailbox: MailboxKind) -> Vec<MessageRecord> {
        self.messages().into_iter().filter(|message| message.mailbox == Some(mailbox)).collect()
    }

    /// Every attachment, used or not.
    #[must_use]
    pub fn attachments(&self) -> Vec<AttachmentRecord> {
        let (world, _) = self.now();
        world.attachments.values().map(letter::Attachment::record).collect()
    }

    /// Everything that ever became readable, by whom, and since when: titles, texts, files, notifications, reminders.
    #[must_use]
    pub fn readable(&self) -> Vec<Readable> {
        self.now().0.readable()
    }

    /// What of it contains these bytes and was readable by more than its addressee, or those who were given access for their
    /// duties. For a text that is sensitive there must be none.
    #[must_use]
    pub fn leaks(&self, needle: impl AsRef<[u8]>) -> Vec<Readable> {
        let needle = needle.as_ref();
        self.readable().into_iter().filter(|part| part.is_open() && part.contains(needle)).collect()
    }

    /// The JSON of every request to send that was taken, forms turned into the JSON they stand for, in the interface's own
    /// spelling: to be compared with the definition.
    #[must_use]
    pub fn accepted_requests(&self) -> Vec<Value> {
        self.world().accepted.clone()
    }

    /// The notifications that were ordered.
    #[must_use]
    pub fn notifications(&self) -> Vec<Order> {
        self.now().0.orders.clone()
    }

    /// Altinn's own reminders of unread confidential mail.
    #[must_use]
    pub fn reminders(&self) -> Vec<Reminder> {
        self.now().0.reminders.clone()
    }

    /// Every event, in the order in which things happened.
    #[must_use]
    pub fn events(&self) -> Vec<Event> {
        self.now().0.events.clone()
    }

    /// The subscriptions that wait for the event by which Altinn tries their end point, with that end point.
    #[must_use]
    pub fn unvalidated_subscriptions(&self) -> Vec<(u32, String)> {
        let world = self.world();
        let waiting = world.subscriptions.values().filter(|subscription| !subscription.validated);
        waiting.map(|subscription| (subscription.id, subscription.end_point.clone())).collect()
    }

    /// The end point of a subscription has answered: events go there from now on.
    pub fn validate_subscription(&self, id: u32) {
        let (mut world, _) = self.now();
        if let Some(subscription) = world.subscriptions.get_mut(&id) {
            subscription.validated = true;
        }
    }

    /// The events that were not delivered yet, with the end point they go to, as CloudEvents. The test posts them, as often
    /// and in what order it likes: Altinn itself promises neither.
    #[must_use]
    pub fn take_deliveries(&self) -> Vec<(String, Value)> {
        let (mut world, _) = self.now();
        let waiting: Vec<(u32, usize)> = world.undelivered.drain(..).collect();
        let base = world.settings.base.clone();
        let deliveries = waiting.into_iter().filter_map(|(subscription, index)| {
            let end_point = world.subscriptions.get(&subscription)?.end_point.clone();
            Some((end_point, world.events.get(index)?.cloud_event(&base, index)))
        });
        deliveries.collect()
    }

    /// The party register's id of an organisation or person, by number.
    #[must_use]
    pub fn party_id(&self, number: &str) -> Uuid {
        registry::party_id(number)
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

    /// The platform: `/authentication/api/v1/exchange/maskinporten`, `/correspondence/api/v1`, `/resourceregistry/api/v1`,
    /// `/accessmanagement/api/v1/enduser` and `/events/api/v1/subscriptions`.
    pub fn router(&self) -> Router {
        self.inner.gate.close(service::routes(self))
    }

    fn world(&self) -> MutexGuard<'_, World> {
        self.inner.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The world as it is by now.
    fn now(&self) -> (MutexGuard<'_, World>, Timestamp) {
        let now = self.inner.gate.now();
        let mut world = self.world();
        world.catch_up(now);
        (world, now)
    }
}
