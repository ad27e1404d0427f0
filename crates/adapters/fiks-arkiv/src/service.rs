use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    future::Future,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use futures_util::future::{Either, select};
use sakarkiv_core::{
    identity::Timestamp,
    ports::{ArchiveDesk, Clock, PortError, PortErrorKind},
};
use uuid::Uuid;

use crate::{
    Incoming, MessageKind, Outgoing,
    answer::{FaultKind, fault},
    handle::{Handler, Reply},
    transport::FiksTransport,
};

/// How the archive deals with messages.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct FiksArkivSettings {
    /// How long to wait when no message waits. Default: 5 s.
    pub poll_interval: Duration,
    /// How often an act is tried that may pass later, before the sender is told of a server error. Default: 3.
    pub tries: u32,
    /// How long to wait between these. Default: 2 s.
    pub pause: Duration,
    /// The largest document file taken, in bytes. Default: 5 GiB, the largest message of the protocol.
    pub max_file: u64,
    /// The largest XML message taken, in bytes. Default: 16 MiB.
    pub max_message: usize,
    /// Whether requests to change something are answered with `mottatt` before they are dealt with. Default: yes.
    pub announces: bool,
}

impl Default for FiksArkivSettings {
    fn default() -> Self {
        Self {
            poll_interval: Duration::from_secs(5),
            tries: 3,
            pause: Duration::from_secs(2),
            max_file: 5 << 30,
            max_message: 16 << 20,
            announces: true,
        }
    }
}

/// An archive that specialist systems reach by Fiks Arkiv messages (R8.5).
///
/// Each account (konto) that may send has an [`ArchiveDesk`] of its own, which acts as that system's service user: what one
/// system may see and do is never decided by what a message says of its sender.
///
/// A message is acknowledged when its answer has been sent. One that comes again, after a crash or because the network
/// delivers twice, is taken in once: the archive knows it by its id, and answers as before.
pub struct FiksArkiv {
    transport: Arc<dyn FiksTransport>,
    desks: BTreeMap<Uuid, Arc<dyn ArchiveDesk>>,
    clock: Arc<dyn Clock>,
    settings: FiksArkivSettings,
    health: Mutex<Health>,
    /// Messages not done with whose senders know that they came: one that comes again is not announced again.
    announced: Mutex<BTreeSet<Uuid>>,
}

/// What became of one message.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Handled {
    /// No message waited.
    Nothing,
    /// It was answered, and is done with.
    Answered {
        /// Which.
        message: Uuid,
        /// With a message of this kind.
        with: MessageKind,
    },
    /// It asks nothing (a receipt, an error message of the other side), and is done with.
    Passed {
        /// Which.
        message: Uuid,
    },
    /// What it asks was dealt with, and its sender cannot be reached for good: it is done with, unanswered.
    Unanswered {
        /// Which.
        message: Uuid,
    },
}

/// How the service stands with its transport: an alarm belongs on a silence that is too long.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Health {
    /// When the transport last answered at all.
    pub contact: Option<Timestamp>,
    /// When a message was last dealt with.
    pub handled: Option<Timestamp>,
    /// What went wrong since, in technical words.
    pub trouble: Option<String>,
    /// How many messages were dealt with whose sender could not be told, since the start.
    pub unanswered: u64,
}

impl FiksArkiv {
    /// An archive that nobody may write to yet.
    #[must_use]
    pub fn new(transport: Arc<dyn FiksTransport>, clock: Arc<dyn Clock>, settings: FiksArkivSettings) -> Self {
        Self {
            transport,
            desks: BTreeMap::new(),
            clock,
            settings,
            health: Mutex::default(),
            announced: Mutex::default(),
        }
    }

    /// Lets an account write, as the service user of a desk.
    #[must_use]
    pub fn with_desk(mut self, account: Uuid, desk: Arc<dyn ArchiveDesk>) -> Self {
        self.desks.insert(account, desk);
        self
    }

    /// How it stands.
    #[must_use]
    pub fn health(&self) -> Health {
        self.health.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Deals with messages until `shutdown` is ready. A message that is begun is finished first.
    ///
    /// Trouble with the transport is waited out and stands in [`health`](Self::health).
    pub async fn run(&self, shutdown: impl Future<Output = ()> + Send) {
        let mut shutdown = Box::pin(shutdown);
        loop {
            if matches!(self.step().await, Ok(Handled::Nothing) | Err(_)) {
                let wake = self.clock.sleep_until(self.clock.now() + self.settings.poll_interval);
                if matches!(select(shutdown.as_mut(), wake).await, Either::Left(_)) {
                    return;
                }
            } else if matches!(select(shutdown.as_mut(), std::future::ready(())).await, Either::Left(_)) {
                return;
            }
        }
    }

    /// Deals with the next message, if one waits.
    ///
    /// # Errors
    /// Those of the transport. The message is delivered again, and gets the same answer.
    pub async fn step(&self) -> Result<Handled, PortError> {
        let done = self.next().await;
        let now = self.clock.now();
        let mut health = self.health.lock().unwrap_or_else(PoisonError::into_inner);
        match &done {
            Ok(handled) => {
                health.contact = Some(now);
                health.trouble = None;
                if !matches!(handled, Handled::Nothing) {
                    health.handled = Some(now);
                }
                if matches!(handled, Handled::Unanswered { .. }) {
                    health.unanswered += 1;
                }
            }
            Err(error) => health.trouble = Some(error.to_string()),
        }
        done
    }

    async fn next(&self) -> Result<Handled, PortError> {
        let Some(message) = self.transport.receive().await? else { return Ok(Handled::Nothing) };
        let dealt = self.deal(&message).await;
        if dealt.is_err() {
            self.transport.put_back(message.id).await?;
        }
        dealt
    }

    async fn deal(&self, message: &Incoming) -> Result<Handled, PortError> {
        if is_answer(message) {
            self.transport.acknowledge(message.id).await?;
            return Ok(Handled::Passed { message: message.id });
        }
        let reply = match (message.kind.is_request(), self.desks.get(&message.sender)) {
            (true, Some(desk)) => {
                self.announce(message).await?;
                self.reply(message, desk.as_ref()).await?
            }
            (true, None) => {
                Reply::fault(FaultKind::Invalid, "the account is not registered as a source of this archive")
            }
            (false, _) => Reply::fault(FaultKind::Invalid, "the archive takes messages of Fiks Arkiv version 1 alone"),
        };
        let (kind, files) = reply.into_message(|kind, words| fault(kind, &message.id.to_string(), words));
        let sent = match self.send(message, kind.clone(), files).await {
            Ok(()) => Handled::Answered { message: message.id, with: kind },
            Err(error) if error.kind() == PortErrorKind::Rejected => Handled::Unanswered { message: message.id },
            Err(error) => return Err(error),
        };
        self.transport.acknowledge(message.id).await?;
        self.announced().remove(&message.id);
        Ok(sent)
    }

    async fn reply(&self, message: &Incoming, desk: &dyn ArchiveDesk) -> Result<Reply, PortError> {
        let handler = Handler {
            transport: self.transport.as_ref(),
            desk,
            clock: self.clock.as_ref(),
            settings: &self.settings,
            message,
        };
        let mut tried = 1;
        loop {
            match handler.reply().await? {
                Reply::Later if tried < self.settings.tries => {
                    tried += 1;
                    self.clock.sleep_until(self.clock.now() + self.settings.pause).await;
                }
                Reply::Later => {
                    return Ok(Reply::fault(FaultKind::Server, "the archive cannot do it now: send it again later"));
                }
                reply => return Ok(reply),
            }
        }
    }

    async fn announce(&self, message: &Incoming) -> Result<(), PortError> {
        let kind = match message.kind {
            MessageKind::Create => MessageKind::CreateTaken,
            MessageKind::Update => MessageKind::UpdateTaken,
            MessageKind::AddFile => MessageKind::AddFileTaken,
            MessageKind::SignOff => MessageKind::SignOffTaken,
            MessageKind::UndoSignOff => MessageKind::UndoSignOffTaken,
            _ => return Ok(()),
        };
        if !self.settings.announces || self.announced().contains(&message.id) {
            return Ok(());
        }
        match self.send(message, kind, Vec::new()).await {
            Err(error) if error.kind() != PortErrorKind::Rejected => return Err(error),
            _ => self.announced().insert(message.id),
        };
        Ok(())
    }

    fn announced(&self) -> MutexGuard<'_, BTreeSet<Uuid>> {
        self.announced.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn send(&self, to: &Incoming, kind: MessageKind, files: Vec<crate::OutgoingFile>) -> Result<(), PortError> {
        let (answers, correlation) = (Some(to.id), to.correlation.clone());
        self.transport.send(Outgoing { to: to.sender, kind, answers, correlation, files }).await
    }
}

/// Whether a message answers something or comes from the transport itself, so that answers to it would never end.
fn is_answer(message: &Incoming) -> bool {
    match &message.kind {
        MessageKind::Other(name) => message.answers.is_some() || name.starts_with("no.ks.fiks.kvittering"),
        kind => !kind.is_request(),
    }
}

impl fmt::Debug for FiksArkiv {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FiksArkiv")
            .field("settings", &self.settings)
            .field("desks", &self.desks.len())
            .finish_non_exhaustive()
    }
}
