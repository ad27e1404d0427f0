use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    fmt,
    sync::{Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use sakarkiv_core::ports::{ByteStream, PortError, PortErrorKind};
use uuid::Uuid;

use super::{FiksTransport, Incoming, Outgoing};
use crate::MessageKind;

/// A transport in memory: for tests, and for a specialist system in the same process.
#[derive(Debug, Default)]
pub struct MemoryTransport {
    state: Mutex<State>,
}

/// A message that the archive sent.
#[derive(Clone, PartialEq, Eq)]
pub struct SentMessage {
    /// The account it went to.
    pub to: Uuid,
    /// What it is about.
    pub kind: MessageKind,
    /// The message it answers.
    pub answers: Option<Uuid>,
    /// The mark of the dialogue.
    pub correlation: Option<String>,
    /// Its files with their names.
    pub files: Vec<(String, Bytes)>,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<Incoming>,
    held: BTreeMap<Uuid, Incoming>,
    done: BTreeSet<Uuid>,
    files: BTreeMap<(Uuid, String), Bytes>,
    sent: Vec<SentMessage>,
}

impl MemoryTransport {
    /// An empty one.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Puts a message before the archive; once more under the same id is a redelivery.
    pub fn deliver(&self, mut message: Incoming, files: impl IntoIterator<Item = (String, Bytes)>) {
        let mut state = self.state();
        for (name, content) in files {
            message.files.push(name.clone());
            state.files.insert((message.id, name), content);
        }
        state.waiting.push_back(message);
    }

    /// Delivers again everything that was received and not acknowledged, as after a crash.
    pub fn redeliver(&self) {
        let mut state = self.state();
        let held = std::mem::take(&mut state.held);
        state.waiting.extend(held.into_values());
    }

    /// What the archive has sent so far, in order.
    #[must_use]
    pub fn sent(&self) -> Vec<SentMessage> {
        self.state().sent.clone()
    }

    /// Whether a message was acknowledged.
    #[must_use]
    pub fn is_acknowledged(&self, message: Uuid) -> bool {
        self.state().done.contains(&message)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl FiksTransport for MemoryTransport {
    async fn receive(&self) -> Result<Option<Incoming>, PortError> {
        let mut state = self.state();
        let message = state.waiting.pop_front();
        if let Some(message) = &message {
            state.held.insert(message.id, message.clone());
        }
        Ok(message)
    }

    async fn open(&self, message: Uuid, file: &str) -> Result<ByteStream, PortError> {
        let found = self.state().files.get(&(message, file.to_owned())).cloned();
        let content = found.ok_or_else(|| PortError::new(PortErrorKind::Rejected, "fiks.open", "no such file"))?;
        Ok(stream::iter([Ok(content)]).boxed())
    }

    async fn send(&self, message: Outgoing) -> Result<(), PortError> {
        let mut files = Vec::new();
        for file in message.files {
            let pieces: Vec<Bytes> = file.content.try_collect().await?;
            files.push((file.name, pieces.concat().into()));
        }
        let Outgoing { to, kind, answers, correlation, .. } = message;
        self.state().sent.push(SentMessage { to, kind, answers, correlation, files });
        Ok(())
    }

    async fn acknowledge(&self, message: Uuid) -> Result<(), PortError> {
        let mut state = self.state();
        state.held.remove(&message);
        // One that was delivered again meanwhile still needs its files.
        if state.waiting.iter().all(|waiting| waiting.id != message) {
            state.files.retain(|(id, _), _| *id != message);
        }
        state.done.insert(message);
        Ok(())
    }

    async fn put_back(&self, message: Uuid) -> Result<(), PortError> {
        let mut state = self.state();
        if let Some(message) = state.held.remove(&message) {
            state.waiting.push_back(message);
        }
        Ok(())
    }
}

impl fmt::Debug for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("State")
            .field("waiting", &self.waiting.len())
            .field("sent", &self.sent.len())
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for SentMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SentMessage").field("kind", &self.kind).field("answers", &self.answers).finish_non_exhaustive()
    }
}
