use std::{
    collections::BTreeMap,
    future::Future,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use futures_util::lock::Mutex as AsyncMutex;
use sakarkiv_core::{
    identity::Timestamp,
    ports::{Clock, PortError, PortErrorKind},
};

use crate::{AccessToken, TokenRequest};

/// A token and the moment from which it is no longer handed out.
#[derive(Debug, Clone)]
pub struct Fresh {
    /// The token.
    pub token: AccessToken,
    /// From when a new one is asked for.
    pub until: Timestamp,
}

/// Tokens by what they are for, for whoever writes a [`TokenSource`](crate::TokenSource). One slot asks at a time: whoever comes while it does waits and shares the outcome, a
/// failure too, so that an issuer in trouble gets one request and not one for each letter in the queue.
#[derive(Debug, Default)]
pub struct TokenCache {
    slots: Mutex<BTreeMap<TokenRequest, Arc<Slot>>>,
}

#[derive(Debug, Default)]
struct Slot {
    /// How many times asking has ended. Whoever sees it change while waiting has got a shared outcome.
    ended: AtomicU64,
    held: AsyncMutex<Held>,
}

#[derive(Debug, Default)]
struct Held {
    fresh: Option<Fresh>,
    failure: Option<Failure>,
}

/// What a failure tells, in a form that can be handed to several.
#[derive(Debug)]
struct Failure {
    kind: PortErrorKind,
    operation: &'static str,
    detail: String,
    remote_code: Option<String>,
    retry_after: Option<Duration>,
}

impl TokenCache {
    /// The token that is held, or else the one that `ask` gets.
    ///
    /// # Errors
    /// What `ask` fails with, also when somebody else's asking failed while this call waited for it.
    pub async fn get<F>(
        &self,
        request: &TokenRequest,
        clock: &dyn Clock,
        ask: impl FnOnce() -> F + Send,
    ) -> Result<AccessToken, PortError>
    where
        F: Future<Output = Result<Fresh, PortError>> + Send,
    {
        let slot = self.slot(request);
        let came = slot.ended.load(Ordering::Acquire);
        let mut held = slot.held.lock().await;
        if let Some(fresh) = held.fresh.as_ref().filter(|fresh| clock.now() < fresh.until) {
            return Ok(fresh.token.clone());
        }
        if slot.ended.load(Ordering::Acquire) != came
            && let Some(failure) = &held.failure
        {
            return Err(failure.error());
        }
        let outcome = ask().await;
        slot.ended.fetch_add(1, Ordering::AcqRel);
        match outcome {
            Ok(fresh) => {
                let token = fresh.token.clone();
                *held = Held { fresh: Some(fresh), failure: None };
                Ok(token)
            }
            Err(error) => {
                *held = Held { fresh: None, failure: Some(Failure::of(&error)) };
                Err(error)
            }
        }
    }

    /// Forgets a token that was refused, unless another has taken its place.
    pub async fn remove(&self, request: &TokenRequest, token: &AccessToken) {
        let slot = self.slot(request);
        let mut held = slot.held.lock().await;
        held.fresh = held.fresh.take().filter(|fresh| !fresh.token.is(token));
    }

    fn slot(&self, request: &TokenRequest) -> Arc<Slot> {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(slot) = slots.get(request) {
            return Arc::clone(slot);
        }
        if slots.len() >= MOST_SLOTS {
            // Nobody else holds it, so nobody asks or waits; its token, if any, can be had again.
            slots.retain(|_, slot| Arc::strong_count(slot) > 1);
        }
        let slot = Arc::<Slot>::default();
        slots.insert(request.clone(), Arc::clone(&slot));
        slot
    }
}

impl Failure {
    fn of(error: &PortError) -> Self {
        Self {
            kind: error.kind(),
            operation: error.operation(),
            detail: error.detail().to_owned(),
            remote_code: error.remote_code().map(str::to_owned),
            retry_after: error.retry_after(),
        }
    }

    fn error(&self) -> PortError {
        let mut error = PortError::new(self.kind, self.operation, self.detail.clone());
        if let Some(code) = &self.remote_code {
            error = error.with_remote_code(code.clone());
        }
        if let Some(wait) = self.retry_after {
            error = error.with_retry_after(wait);
        }
        error
    }
}

/// Bounds memory where tokens are bound to persons; ordinary use has a handful.
const MOST_SLOTS: usize = 1024;
