//! One sender account of one channel: its breaker, its outage, and what wakes its pools.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sakarkiv_core::{
    identity::{AccountId, ChannelId, TenantId, Timestamp},
    ports::{Channel, ChannelCapabilities, PortError, PortErrorKind},
};

use crate::{
    activity::AccountActivity,
    breaker::{Breaker, Permit, Turned},
    call::question,
    office::Office,
    reconcile::Outage,
    signal::Signal,
};

#[derive(Debug)]
pub(crate) struct Account {
    pub(crate) tenant: TenantId,
    pub(crate) channel: Arc<dyn Channel>,
    pub(crate) channel_id: ChannelId,
    pub(crate) id: AccountId,
    pub(crate) capabilities: ChannelCapabilities,
    /// Raised when there may be letters to send or to look up.
    pub(crate) work: Signal,
    /// Raised when there may be letters to follow up sooner than the pool would look by itself.
    pub(crate) follow_up: Signal,
    /// Raised when the outage changed.
    pub(crate) upkeep: Signal,
    live: Mutex<Live>,
}

/// What an account knows of itself while it runs. Whatever of it must survive is a mark in the store.
#[derive(Debug, Default)]
pub(crate) struct Live {
    pub(crate) breaker: Breaker,
    pub(crate) outage: Option<Outage>,
    /// The outage has been read from the store.
    pub(crate) loaded: bool,
    /// The outage has to be written to the store.
    pub(crate) dirty: bool,
    /// People have to be told that the account was stopped.
    pub(crate) tell_stopped: bool,
    /// People have to be told that the channel's implementation panicked.
    pub(crate) tell_fault: bool,
    pub(crate) in_flight: usize,
    pub(crate) next_due: Option<Timestamp>,
}

/// What an answer of the other side says about the account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Health {
    /// It answered, to a letter or to a question.
    Answered { letter: bool },
    /// It gave no proper answer.
    Failed,
    /// It refused the account.
    Refused,
    /// Nothing can be said.
    Silent,
}

impl Health {
    pub(crate) fn of<T>(answer: &Result<T, PortError>, letter: bool) -> Self {
        // To know a letter again is an answer to it.
        if answer.as_ref().is_err_and(PortError::is_sent_before) {
            return Self::Answered { letter };
        }
        match answer.as_ref().map_err(PortError::kind) {
            Ok(_) | Err(PortErrorKind::Rejected) => Self::Answered { letter },
            Err(PortErrorKind::Transient | PortErrorKind::Unknown) => Self::Failed,
            Err(PortErrorKind::Unauthorised | PortErrorKind::Misconfigured) => Self::Refused,
            Err(PortErrorKind::Unsupported) => Self::Silent,
        }
    }
}

impl Account {
    pub(crate) fn new(tenant: TenantId, channel: Arc<dyn Channel>, id: AccountId) -> Self {
        Self {
            tenant,
            channel_id: channel.id().clone(),
            capabilities: channel.capabilities(),
            channel,
            id,
            work: Signal::default(),
            follow_up: Signal::default(),
            upkeep: Signal::default(),
            live: Mutex::default(),
        }
    }

    pub(crate) fn live(&self) -> MutexGuard<'_, Live> {
        self.live.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Letters of this account moved on: the pools look at them again.
    pub(crate) fn moved_on(&self, office: &Office) {
        self.work.raise();
        // By default the first question is due no sooner than the pool looks by itself, so there is no need to wake it for
        // each letter.
        if office.policy.follow_up_first / 2 < office.policy.max_sleep {
            self.follow_up.raise();
        }
    }

    /// What may be done with the account now; nothing until its outage has been read.
    pub(crate) fn permit(&self, now: Timestamp) -> Option<Permit> {
        let live = self.live();
        live.loaded.then(|| live.breaker.permit(now))
    }

    /// Whether the account is known not to work.
    pub(crate) fn is_out(&self) -> bool {
        self.live().breaker.state().outage().is_some()
    }

    /// Takes note of what a call that began at `began` says about the account.
    pub(crate) fn note(&self, office: &Office, health: Health, began: Timestamp) {
        let (now, jitter) = (office.clock.now(), office.entropy.next_u64());
        let turned = {
            let breaker = &mut self.live().breaker;
            match health {
                Health::Answered { letter } => breaker.answered(letter),
                Health::Failed => breaker.failed(began, now, &office.policy, jitter),
                Health::Refused => breaker.refused(began, now, &office.policy, jitter),
                Health::Silent => Turned::No,
            }
        };
        self.turned(turned, now);
    }

    /// Whether the account works by its check, though a question about letters that it took before was not answered: then the
    /// fault is with those letters, which may be out of sight by themselves, and stops no other.
    pub(crate) async fn is_sound(&self, office: &Office) -> bool {
        let call = self.channel.check(&self.id);
        question(&*office.clock, office.policy.call_timeout, "channel.check", call).await.is_ok()
    }

    /// Takes note of what the answer to a question about letters that it took before says about the account.
    pub(crate) async fn note_question(&self, office: &Office, health: Health, began: Timestamp) {
        if health != Health::Refused || !self.is_sound(office).await {
            self.note(office, health, began);
        }
    }

    /// Nothing is due that could prove that a half-open account works.
    pub(crate) fn nothing_waits(&self, now: Timestamp) {
        let turned = self.live().breaker.nothing_waits();
        self.turned(turned, now);
    }

    /// The channel's implementation panicked while sending.
    pub(crate) fn tell_fault(&self) {
        tracing::error!(channel = %self.channel_id, account = %self.id, "the implementation of the channel panicked");
        self.live().tell_fault = true;
        self.upkeep.raise();
    }

    pub(crate) fn activity(&self) -> AccountActivity {
        let live = self.live();
        AccountActivity {
            tenant: self.tenant.clone(),
            channel: self.channel_id.clone(),
            account: self.id.clone(),
            breaker: live.breaker.state(),
            in_flight: live.in_flight,
            next_due: live.next_due,
            reconciling: live.outage.as_ref().is_some_and(Outage::is_over),
        }
    }

    fn turned(&self, turned: Turned, now: Timestamp) {
        let mut live = self.live();
        match turned {
            Turned::No => return,
            Turned::Opened { since } => live.outage = Some(Outage::begun(since, live.outage.as_ref(), false)),
            Turned::Stopped { since } => {
                live.outage = Some(Outage::begun(since, live.outage.as_ref(), true));
                live.tell_stopped = true;
            }
            Turned::Closed { since } => {
                let outage = live.outage.take().unwrap_or_else(|| Outage::begun(since, None, false));
                live.outage = Some(outage.ended(now));
            }
        }
        live.dirty = true;
        drop(live);
        tracing::info!(
            tenant = %self.tenant, channel = %self.channel_id, account = %self.id, ?turned, "the account's breaker turned"
        );
        self.upkeep.raise();
    }
}
