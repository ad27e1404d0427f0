//! What is asked at intervals for what waits there: inboxes, sources of consignments, requests for access.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use futures_util::future::BoxFuture;
use sakarkiv_core::{
    identity::{ChannelId, Timestamp},
    ports::{ItemId, PortError, PortErrorKind, StoreError},
};

use crate::{
    notices::tell_stopped,
    office::{Office, Tenant},
    policy::{back_off, later},
    schedule::{Turn, rest},
    signal::{Halt, Signal},
};

/// What is remembered of it between two looks. Lost with the process, which only means an earlier look.
#[derive(Debug, Default)]
pub(crate) struct Polled {
    /// Raised when it shall be looked into at once.
    pub(crate) look: Signal,
    live: Mutex<Live>,
}

#[derive(Debug, Default)]
struct Live {
    next_poll: Option<Timestamp>,
    failures: u32,
    /// People have been told that it refuses us.
    told_refused: bool,
    /// It refused us since it answered last.
    refused: bool,
    /// Items that failed for passing reasons: how often, and when they are tried again.
    passing: BTreeMap<ItemId, (u32, Timestamp)>,
}

impl Polled {
    fn live(&self) -> MutexGuard<'_, Live> {
        self.live.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// When it is asked next; nothing: at once.
    pub(crate) fn next_poll(&self) -> Option<Timestamp> {
        self.live().next_poll
    }

    pub(crate) fn poll_at(&self, next: Timestamp) {
        self.live().next_poll = Some(next);
    }

    /// How often in a row it could not be asked.
    pub(crate) fn failures(&self) -> u32 {
        self.live().failures
    }

    /// Looks into it at the next chance.
    pub(crate) fn look_now(&self) {
        self.live().next_poll = None;
        self.look.raise();
    }

    /// It could not be asked once more. Tells how often in a row.
    pub(crate) fn failed(&self) -> u32 {
        let mut live = self.live();
        live.failures = live.failures.saturating_add(1);
        live.failures
    }

    /// It answered. What no longer waits there is forgotten; that it refuses us only when it refused nothing since the answer
    /// before, for it may list what it does not hand out.
    pub(crate) fn answered(&self, waits: impl Fn(&ItemId) -> bool) {
        let mut live = self.live();
        live.failures = 0;
        live.told_refused &= std::mem::take(&mut live.refused);
        live.passing.retain(|id, _| waits(id));
    }

    /// Whether passing trouble with an item tells to leave it alone for now.
    pub(crate) fn leaves_alone(&self, item: &ItemId, now: Timestamp) -> bool {
        self.live().passing.get(item).is_some_and(|(_, due)| *due > now)
    }

    /// Notes that an item failed. `true` when that may pass and has not lasted: it is tried again by itself, and nobody is told
    /// yet.
    pub(crate) fn may_pass(&self, office: &Office, item: &ItemId, error: &PortError) -> bool {
        if !matches!(error.kind(), PortErrorKind::Transient | PortErrorKind::Unknown) {
            return false;
        }
        let (now, policy) = (office.clock.now(), &office.policy);
        let mut live = self.live();
        let (tries, due) = live.passing.entry(item.clone()).or_insert((0, now));
        *tries = tries.saturating_add(1);
        if *tries >= PASSING_TRIES {
            return false;
        }
        let jitter = office.entropy.next_u64();
        *due = later(now, back_off(policy.fetch_retry_first, policy.fetch_retry_cap, *tries - 1, jitter));
        true
    }

    /// An item's fate is stored.
    pub(crate) fn forget(&self, item: &ItemId) {
        self.live().passing.remove(item);
    }

    /// Tells once that the other side does not let us in. `what` it is, as a notice words it.
    pub(crate) async fn refused(
        &self,
        office: &Office,
        tenant: &Tenant,
        (what, id): (&str, &str),
        error: &PortError,
    ) -> Result<(), StoreError> {
        if !error.kind().concerns_account() {
            return Ok(());
        }
        self.live().refused = true;
        if self.live().told_refused {
            return Ok(());
        }
        let Ok(channel) = ChannelId::new(id) else { return Ok(()) };
        let text = format!("{what} {id} refuses us: renew its credentials or mend its configuration");
        tell_stopped(office, tenant, channel, text).await?;
        self.live().told_refused = true;
        Ok(())
    }
}

/// Looks into something at its poll interval. A look says when the next one is due.
pub(crate) async fn poll_loop<'a>(
    office: &Office,
    polled: &Polled,
    halt: &Halt,
    turn: Turn,
    look: impl Fn() -> BoxFuture<'a, Timestamp>,
) -> bool {
    let mut worked = false;
    loop {
        let mark = polled.look.mark();
        let due = polled.next_poll();
        let now = office.clock.now();
        if !halt.is_asked() && due.is_none_or(|due| due <= now) {
            worked = true;
            let next = look().await;
            polled.poll_at(next);
            continue;
        }
        if turn == Turn::Once || halt.is_asked() {
            return worked;
        }
        rest(office, halt, &polled.look, mark, due.unwrap_or(now)).await;
    }
}

/// So many failures of a passing kind in a row are not worth a notice.
const PASSING_TRIES: u32 = 3;
