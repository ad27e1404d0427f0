//! A specialist system that speaks Fiks Arkiv (V1): it sends requests, holds every answer to the published schemas and to the
//! protocol's order, and can be told to repeat, reorder and lose messages.
//!
//! It knows no transport: whoever tests an archive takes the waiting messages from it and hands it the answers.
//!
//! ```
//! use sakarkiv_testkit::simulators::fiks_arkiv::{FiksAnswer, FiksArkivSim};
//! use uuid::Uuid;
//!
//! let system = FiksArkivSim::new(Uuid::from_u128(1), "Fagsystem");
//! let question = system.ask_for_codes("saksstatus");
//! let waiting = system.next().ok_or("a message waits")?;
//! assert_eq!((waiting.id, waiting.kind.as_str()), (question, "no.ks.fiks.arkiv.v1.innsyn.kodeliste.hent"));
//!
//! let answer = FiksAnswer::new(question, "no.ks.fiks.arkiv.v1.innsyn.sok.resultat.noekler");
//! assert!(system.take(answer));
//! assert!(!system.complaints().is_empty(), "that is no answer to this question");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod checks;
mod requests;

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use bytes::Bytes;
use uuid::Uuid;

pub use requests::Attachment;

/// What every kind of message begins with.
pub(super) const PREFIX: &str = "no.ks.fiks.arkiv.v1.";

/// The simulated system. Cheap to clone; clones are the same system.
#[derive(Debug, Clone)]
pub struct FiksArkivSim {
    account: Uuid,
    name: String,
    /// Whether what is said is held to the published schemas.
    schemas: bool,
    world: Arc<Mutex<World>>,
}

/// A message that waits for the archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FiksWaiting {
    /// Its id.
    pub id: Uuid,
    /// Its kind, by its whole name.
    pub kind: String,
    /// The account it comes from.
    pub sender: Uuid,
    /// The mark of the dialogue.
    pub correlation: String,
    /// The names of its files.
    pub files: Vec<String>,
}

/// A message that the archive sent.
#[derive(Clone, PartialEq, Eq)]
pub struct FiksAnswer {
    /// The message it answers.
    pub to: Uuid,
    /// Its kind, by its whole name.
    pub kind: String,
    /// The mark of the dialogue.
    pub correlation: Option<String>,
    /// Its files with their names.
    pub files: Vec<(String, Bytes)>,
}

#[derive(Default)]
struct World {
    sent: BTreeMap<Uuid, Sent>,
    waiting: VecDeque<Uuid>,
    held: BTreeSet<Uuid>,
    acknowledged: BTreeSet<Uuid>,
    answers: Vec<FiksAnswer>,
    complaints: Vec<String>,
    answers_to_lose: usize,
    acknowledgements_to_lose: usize,
}

#[derive(Clone)]
struct Sent {
    kind: String,
    files: Vec<(String, Bytes)>,
}

impl FiksArkivSim {
    /// A system of this account (konto), which calls itself so in external keys.
    #[must_use]
    pub fn new(account: Uuid, name: &str) -> Self {
        Self { account, name: name.to_owned(), schemas: true, world: Arc::default() }
    }

    /// The same system without the published schemas, for where they need not be at hand: it minds the order of the protocol
    /// alone.
    #[must_use]
    pub const fn without_schemas(mut self) -> Self {
        self.schemas = false;
        self
    }

    /// The account.
    #[must_use]
    pub const fn account(&self) -> Uuid {
        self.account
    }

    /// Sends any message: a kind without the common prefix, and its files.
    pub fn send(&self, kind: &str, files: Vec<(String, Bytes)>) -> Uuid {
        let mut world = self.world();
        let id = Uuid::from_u128(self.account.as_u128().wrapping_shl(32) + world.sent.len() as u128 + 1);
        world.sent.insert(id, Sent { kind: format!("{PREFIX}{kind}"), files });
        world.waiting.push_back(id);
        id
    }

    /// Delivers a message once more, under the same id.
    pub fn repeat(&self, message: Uuid) {
        self.world().waiting.push_back(message);
    }

    /// Turns the order of what waits around.
    pub fn reorder(&self) {
        self.world().waiting.make_contiguous().reverse();
    }

    /// The next so many answers are lost on their way, and the archive is told that they were not sent.
    pub fn lose_answers(&self, count: usize) {
        self.world().answers_to_lose = count;
    }

    /// The next so many acknowledgements are lost: the messages are delivered again.
    pub fn lose_acknowledgements(&self, count: usize) {
        self.world().acknowledgements_to_lose = count;
    }

    /// Delivers again all that the archive has taken and not acknowledged, as after a crash of its.
    pub fn redeliver(&self) {
        let mut world = self.world();
        let held = std::mem::take(&mut world.held);
        world.waiting.extend(held);
    }

    /// The next message that waits for the archive.
    #[must_use]
    pub fn next(&self) -> Option<FiksWaiting> {
        let mut world = self.world();
        let id = world.waiting.pop_front()?;
        world.held.insert(id);
        let sent = world.sent.get(&id)?;
        Some(FiksWaiting {
            id,
            kind: sent.kind.clone(),
            sender: self.account,
            correlation: format!("samtale-{id}"),
            files: sent.files.iter().map(|(name, _)| name.clone()).collect(),
        })
    }

    /// A file of a message.
    #[must_use]
    pub fn file(&self, message: Uuid, name: &str) -> Option<Bytes> {
        let world = self.world();
        let found = world.sent.get(&message)?.files.iter().find(|(known, _)| known == name);
        found.map(|(_, content)| content.clone())
    }

    /// Takes an answer. `false` when it was lost.
    #[must_use]
    pub fn take(&self, answer: FiksAnswer) -> bool {
        let mut world = self.world();
        if let Some(left) = world.answers_to_lose.checked_sub(1) {
            world.answers_to_lose = left;
            return false;
        }
        let question = world.sent.get(&answer.to).map(|sent| sent.kind.clone());
        let before: Vec<&FiksAnswer> = world.answers.iter().filter(|known| known.to == answer.to).collect();
        let complaints = checks::complaints(question.as_deref(), &before, &answer, self.schemas);
        world.complaints.extend(complaints);
        world.answers.push(answer);
        true
    }

    /// Takes an acknowledgement.
    pub fn acknowledge(&self, message: Uuid) {
        let mut world = self.world();
        if let Some(left) = world.acknowledgements_to_lose.checked_sub(1) {
            world.acknowledgements_to_lose = left;
            return self.back(&mut world, message);
        }
        if !world.answers.iter().any(|answer| answer.to == message && checks::is_final(&answer.kind)) {
            world.complaints.push("a message was acknowledged before it was answered".to_owned());
        }
        world.held.remove(&message);
        world.acknowledged.insert(message);
    }

    /// The archive cannot deal with the message now.
    pub fn put_back(&self, message: Uuid) {
        let mut world = self.world();
        self.back(&mut world, message);
    }

    /// The last word that a message got: a receipt, a result or an error.
    #[must_use]
    pub fn outcome(&self, message: Uuid) -> Option<FiksAnswer> {
        let world = self.world();
        world.answers.iter().rev().find(|answer| answer.to == message && checks::is_final(&answer.kind)).cloned()
    }

    /// Every answer to a message, in order.
    #[must_use]
    pub fn answers(&self, message: Uuid) -> Vec<FiksAnswer> {
        self.world().answers.iter().filter(|answer| answer.to == message).cloned().collect()
    }

    /// Whether a message was acknowledged.
    #[must_use]
    pub fn is_acknowledged(&self, message: Uuid) -> bool {
        self.world().acknowledged.contains(&message)
    }

    /// Everything that was wrong with what the archive said, in order. Where the published schemas are not at hand, they are
    /// not asked.
    #[must_use]
    pub fn complaints(&self) -> Vec<String> {
        self.world().complaints.clone()
    }

    fn back(&self, world: &mut World, message: Uuid) {
        world.held.remove(&message);
        world.waiting.push_back(message);
    }

    fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl FiksAnswer {
    /// An answer without files.
    #[must_use]
    pub fn new(to: Uuid, kind: &str) -> Self {
        Self { to, kind: kind.to_owned(), correlation: Some(format!("samtale-{to}")), files: Vec::new() }
    }

    /// The kind without the common prefix.
    #[must_use]
    pub fn tail(&self) -> &str {
        self.kind.strip_prefix(PREFIX).unwrap_or(&self.kind)
    }

    /// The XML of the answer, if it has any.
    #[must_use]
    pub fn xml(&self) -> Option<&str> {
        let (_, content) = self.files.iter().find(|(name, _)| name.to_lowercase().ends_with(".xml"))?;
        str::from_utf8(content).ok()
    }

    /// The text of the first element of this local name in the XML. Enough for tests: it knows no structure.
    #[must_use]
    pub fn text(&self, element: &str) -> Option<&str> {
        let xml = self.xml()?;
        let opened = xml.split('<').find(|tag| {
            let name = tag.split(['>', ' ']).next().unwrap_or_default();
            name.rsplit(':').next() == Some(element) && !tag.starts_with('/')
        })?;
        opened.split_once('>').map(|(_, text)| text)
    }
}

impl fmt::Debug for FiksAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FiksAnswer").field("to", &self.to).field("kind", &self.kind).finish_non_exhaustive()
    }
}

impl fmt::Debug for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("World")
            .field("sent", &self.sent.len())
            .field("answers", &self.answers.len())
            .finish_non_exhaustive()
    }
}
