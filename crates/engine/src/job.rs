//! One claimed delivery in work: every change goes through the rules and is stored with its audit event, under the claim.

use sakarkiv_core::{
    delivery::{Delivery, Letter},
    identity::Timestamp,
    ports::{Claim, Fence, Op, StoreError, Transaction},
};

use crate::{
    account::Account,
    audit, journal,
    machine::{self, Event, Step},
    notices::about_delivery,
    office::Office,
};

pub(crate) struct Job<'a> {
    pub(crate) office: &'a Office,
    pub(crate) account: &'a Account,
    pub(crate) delivery: Delivery,
    pub(crate) letter: Option<Letter>,
    pub(crate) lease_until: Timestamp,
    fence: Fence,
}

/// Whether the claim goes on after a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hold {
    Keep,
    GiveUp,
}

/// What became of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Written {
    /// It is durable.
    Done,
    /// It is not, or nobody knows: the delivery is left to whoever claims it next.
    Lost,
}

impl<'a> Job<'a> {
    pub(crate) fn new(office: &'a Office, account: &'a Account, claim: Claim, lease_until: Timestamp) -> Self {
        Self { office, account, delivery: claim.delivery, letter: None, lease_until, fence: claim.fence }
    }

    /// Works out what follows from an event.
    pub(crate) fn step(&self, event: Event) -> Step {
        let rules = self.office.rules(&self.account.capabilities);
        machine::step(&self.delivery, event, self.office.clock.now(), &rules, self.office.entropy.next_u64())
    }

    /// Stores what follows from an event, once.
    pub(crate) async fn put(&mut self, event: Event, hold: Hold) -> Written {
        let step = self.step(event);
        match self.store(&step, hold).await {
            Ok(()) => Written::Done,
            Err(_) => Written::Lost,
        }
    }

    /// Stores what follows from an event that must not be forgotten, trying until the claim ends.
    pub(crate) async fn insist(&mut self, event: Event, hold: Hold) -> Written {
        let step = self.step(event);
        let mut tries = 0;
        loop {
            match self.store(&step, hold).await {
                Ok(()) => return Written::Done,
                Err(StoreError::Unavailable(_) | StoreError::Unknown(_)) => {
                    let moment = self.office.store_retry(tries);
                    if moment >= self.lease_until {
                        return Written::Lost;
                    }
                    tries += 1;
                    self.office.clock.sleep_until(moment).await;
                }
                Err(_) => return Written::Lost,
            }
        }
    }

    /// The changes that a step makes, for a transaction.
    pub(crate) fn ops(&self, step: &Step, hold: Hold) -> Vec<Op> {
        let keep = hold == Hold::Keep;
        let mut ops = vec![Op::PutDelivery { delivery: step.delivery.clone(), fence: self.fence, keep }];
        ops.extend(facts(self.office, step, self.letter.as_ref()));
        ops
    }

    async fn store(&mut self, step: &Step, hold: Hold) -> Result<(), StoreError> {
        let outcome = match self.commit(step, hold).await {
            Err(error @ StoreError::Unknown(_)) => self.was_stored(step, error).await,
            outcome => outcome,
        };
        match &outcome {
            Ok(()) => {
                self.delivery = step.delivery.clone();
                self.delivery.version += 1;
                if step.alarm.is_some() {
                    self.office.wake_notices(&self.delivery.tenant);
                }
            }
            Err(error) => {
                tracing::warn!(letter = %self.delivery.letter, %error, "a change of a delivery was not stored")
            }
        }
        outcome
    }

    /// The step and what it does to the journal. Somebody may change the entry at the same moment: then once more, with the
    /// entry as it is now.
    async fn commit(&self, step: &Step, hold: Hold) -> Result<(), StoreError> {
        let mut tries = 0;
        loop {
            let mut ops = self.ops(step, hold);
            ops.extend(journal::dispatched(self.office, &self.delivery, &step.delivery, self.letter.as_ref()).await?);
            match self.office.commit(Transaction { tenant: self.delivery.tenant.clone(), ops }).await {
                Err(StoreError::Conflict { .. }) if tries < ENTRY_TRIES => tries += 1,
                outcome => return outcome.map(drop),
            }
        }
    }

    /// After a commit of unknown outcome: reads what is stored.
    async fn was_stored(&self, step: &Step, error: StoreError) -> Result<(), StoreError> {
        let stored = self.office.store.delivery(&self.delivery.tenant, self.delivery.letter).await?;
        let mut wanted = step.delivery.clone();
        wanted.version += 1;
        match stored {
            Some(stored) if stored == wanted => Ok(()),
            Some(stored) if stored.version == step.delivery.version => Err(error),
            _ => Err(StoreError::Fenced),
        }
    }
}

/// How often a step is stored anew because its entry was changed meanwhile.
const ENTRY_TRIES: u32 = 5;

/// What goes on record beside the delivery itself: the audit event of a change of state (I8) and what people are told.
pub(crate) fn facts(office: &Office, step: &Step, letter: Option<&Letter>) -> Vec<Op> {
    let now = office.clock.now();
    let mut ops = Vec::new();
    if let Some(change) = step.change {
        ops.push(Op::Audit(audit::delivery_changed(
            &step.delivery,
            change,
            &office.acting(&step.delivery.tenant),
            now,
        )));
    }
    if let Some(stage) = step.signing {
        ops.push(Op::Audit(audit::signing_changed(&step.delivery, stage, &office.actor, now)));
    }
    if let Some(alarm) = step.alarm {
        let unit = letter.map(|letter| letter.sender.unit.clone());
        ops.push(Op::AddNotice(about_delivery(office, &step.delivery, alarm, unit, now)));
    }
    ops
}
