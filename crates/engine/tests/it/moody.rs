//! A channel in a bad mood.

use std::sync::{
    Mutex,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

use async_trait::async_trait;
use sakarkiv_core::{
    delivery::{Reference, RemoteId},
    identity::{AccountId, ChannelId},
    ports::{
        Accepted, Channel, ChannelCapabilities, Dispatch, Found, HistoryLine, PortError, PortErrorKind, Reach,
        ReachQuery, StatusLine,
    },
};
use sakarkiv_testkit::memory::{MemoryChannel, PostOffice};

/// A channel whose other side can be away, hang after it took a letter, or panic.
#[derive(Debug)]
pub(crate) struct Moody {
    inner: MemoryChannel,
    pub(crate) away: AtomicBool,
    pub(crate) refuses: AtomicBool,
    pub(crate) hangs: AtomicBool,
    pub(crate) panics: AtomicBool,
    /// Takes letters, and every answer gets lost.
    pub(crate) mute: AtomicBool,
    /// Letters get lost on their way, and nobody can tell.
    pub(crate) deaf: AtomicBool,
    /// Lets nobody see how far letters have come.
    pub(crate) veiled: AtomicBool,
    /// Lets nobody see these letters, whoever asks.
    pub(crate) unseen: Mutex<Vec<Reference>>,
    pub(crate) sends: AtomicUsize,
    pub(crate) finds: AtomicUsize,
}

impl Moody {
    pub(crate) fn new(name: &str, post: PostOffice) -> Self {
        let off = || AtomicBool::new(false);
        Self {
            inner: MemoryChannel::new(ChannelId::new(name).unwrap(), post),
            away: off(),
            refuses: off(),
            hangs: off(),
            panics: off(),
            mute: off(),
            deaf: off(),
            veiled: off(),
            unseen: Mutex::default(),
            sends: AtomicUsize::new(0),
            finds: AtomicUsize::new(0),
        }
    }

    pub(crate) const fn post(&self) -> &PostOffice {
        self.inner.office()
    }

    pub(crate) fn set(mood: &AtomicBool, on: bool) {
        mood.store(on, Ordering::SeqCst);
    }

    pub(crate) fn sends(&self) -> usize {
        self.sends.load(Ordering::SeqCst)
    }

    fn is(mood: &AtomicBool) -> bool {
        mood.load(Ordering::SeqCst)
    }

    fn greet(&self) -> Result<(), PortError> {
        if Self::is(&self.away) {
            return Err(PortError::new(PortErrorKind::Transient, "moody", "away"));
        }
        if Self::is(&self.refuses) {
            return Err(PortError::new(PortErrorKind::Unauthorised, "moody", "who are you"));
        }
        Ok(())
    }
}

#[async_trait]
impl Channel for Moody {
    fn id(&self) -> &ChannelId {
        self.inner.id()
    }

    fn capabilities(&self) -> ChannelCapabilities {
        self.inner.capabilities()
    }

    async fn reach(&self, account: &AccountId, query: &ReachQuery) -> Result<Reach, PortError> {
        self.greet()?;
        self.inner.reach(account, query).await
    }

    async fn send(&self, account: &AccountId, dispatch: Dispatch) -> Result<Accepted, PortError> {
        self.sends.fetch_add(1, Ordering::SeqCst);
        self.greet()?;
        let lost = PortError::new(PortErrorKind::Unknown, "moody", "no answer");
        if Self::is(&self.deaf) {
            return Err(lost);
        }
        let answer = self.inner.send(account, dispatch).await;
        if Self::is(&self.mute) {
            return Err(lost);
        }
        assert!(!Self::is(&self.panics), "a mistake in the connector");
        if Self::is(&self.hangs) {
            std::future::pending::<()>().await;
        }
        answer
    }

    async fn find(&self, account: &AccountId, reference: &Reference) -> Result<Vec<Found>, PortError> {
        self.finds.fetch_add(1, Ordering::SeqCst);
        self.greet()?;
        if self.unseen.lock().unwrap().contains(reference) {
            return Err(not_for_you());
        }
        self.inner.find(account, reference).await
    }

    async fn status(&self, account: &AccountId, ids: &[RemoteId]) -> Result<Vec<StatusLine>, PortError> {
        self.greet()?;
        if Self::is(&self.veiled) {
            return Err(not_for_you());
        }
        self.inner.status(account, ids).await
    }

    async fn withdraw(&self, account: &AccountId, id: &RemoteId) -> Result<(), PortError> {
        self.inner.withdraw(account, id).await
    }

    async fn history(&self, account: &AccountId, id: &RemoteId) -> Result<Vec<HistoryLine>, PortError> {
        self.inner.history(account, id).await
    }

    async fn check(&self, account: &AccountId) -> Result<(), PortError> {
        self.greet()?;
        self.inner.check(account).await
    }
}

fn not_for_you() -> PortError {
    PortError::new(PortErrorKind::Unauthorised, "moody", "not for you to see")
}
