use sakarkiv_core::{
    access::{Action, Actor, Outcome, Target, decide},
    case::{Case, CaseNumber, NewCase},
    delivery::{Delivery, DeliveryState, Letter},
    identity::{AccountId, CaseId, ChannelId, EntryId, LetterId, TenantId},
    journal::{EntryNumber, JournalEntry, NewEntry},
    ports::{Assigned, DeliveryCount, Op, PortError, StoreError, Transaction, new_uuid},
    reason::Reason,
    sensitivity::{of_case, of_entry},
};
use thiserror::Error;

use crate::{
    accept::{self, Submission, SubmitError, Submitted},
    account::Account,
    audit,
    call::question,
    machine::{self, Event},
    office::{Office, Tenant},
    overview::{Problem, ProblemKind, problems},
    reconcile::{Reconciliation, report_mark},
    registration::norwegian_year,
};

/// Where one person or service works in one tenant. Everything done here stands in the log under that name.
#[derive(Debug, Clone)]
pub struct Desk<'a> {
    pub(crate) office: &'a Office,
    pub(crate) tenant: &'a Tenant,
    pub(crate) actor: Actor,
}

/// Why a record is not shown.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ReadError {
    /// There is no such record in this tenant.
    #[error("there is no such record in this tenant: check its id")]
    NotFound,
    /// The actor has no official need of it.
    #[error("access refused: {}", .reasons.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Refused {
        /// Why.
        reasons: Vec<Reason>,
    },
    /// The store could not be asked.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why an order was not carried out.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum OrderError {
    /// There is no such letter in this tenant.
    #[error("there is no such letter in this tenant: check its id")]
    NoSuchLetter,
    /// The letter has come too far, or not far enough.
    #[error("a letter that is {state} cannot be {order}")]
    NotPossible {
        /// The order.
        order: &'static str,
        /// The state's name.
        state: &'static str,
    },
    /// Somebody is working on the letter at this moment.
    #[error("the letter is being worked on at this moment: try again in a minute")]
    Busy,
    /// Its channel is not set up here any more.
    #[error("the letter's channel is not set up here: add it to the builder")]
    NoChannel,
    /// The channel did not do it.
    #[error(transparent)]
    Channel(#[from] PortError),
    /// The store did not do it.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Desk<'_> {
    /// Opens a case.
    ///
    /// # Errors
    /// As the store says.
    pub async fn open_case(&self, case: NewCase) -> Result<(CaseId, CaseNumber), StoreError> {
        let at = self.office.clock.now();
        let id = CaseId::from_uuid(new_uuid(at, &*self.office.entropy));
        let transaction = Transaction::new(self.tenant.id.clone())
            .with(Op::OpenCase { id, case, year: norwegian_year(at), at })
            .with(Op::Audit(audit::case_opened(&self.tenant.id, id, &self.actor.id, at)));
        match self.office.store.commit(transaction).await?.into_iter().next() {
            Some(Assigned::Case(number)) => Ok((id, number)),
            _ => Err(StoreError::Corrupt("the store opened a case without a number".to_owned())),
        }
    }

    /// Registers a journal entry.
    ///
    /// # Errors
    /// As the store says.
    pub async fn register(&self, case: CaseId, entry: NewEntry) -> Result<(EntryId, EntryNumber), StoreError> {
        accept::register(self.office, self.tenant, &self.actor.id, case, entry).await
    }

    /// Hands in a letter. `Ok` means that it is durable and will go out, or somebody will be told.
    ///
    /// Under the same [`Submission::key`] the same letter is accepted once: handing it in again, after a time-out or a
    /// crash, returns the earlier one.
    ///
    /// # Errors
    /// [`SubmitError`] says why not; [`SubmitError::KeyTaken`] for another content under the same key. After
    /// [`StoreError::Unknown`] hand it in again under the same key.
    pub async fn submit(&self, submission: Submission) -> Result<Submitted, SubmitError> {
        accept::submit(self.office, self.tenant, &self.actor.id, submission).await
    }

    /// A case, when the actor may read it.
    ///
    /// # Errors
    /// [`ReadError`]; a refusal is logged.
    pub async fn case(&self, id: CaseId) -> Result<Case, ReadError> {
        let case = self.stored_case(id).await?;
        self.may_read(&Target::case(&case, of_case(&case, &self.tenant.codes).class)).await?;
        Ok(case)
    }

    /// A journal entry, when the actor may read it. Access to its case gives no access to it (R2.3).
    ///
    /// # Errors
    /// [`ReadError`]; a refusal is logged.
    pub async fn entry(&self, id: EntryId) -> Result<JournalEntry, ReadError> {
        let entry = self.office.store.entry(&self.tenant.id, id).await?.ok_or(ReadError::NotFound)?;
        let case = self.stored_case(entry.case()).await?;
        self.may_read(&Target::entry(&entry, of_entry(&entry, &case, &self.tenant.codes).class)).await?;
        Ok(entry)
    }

    /// Those entries of a case that the actor may read.
    ///
    /// # Errors
    /// [`ReadError`].
    pub async fn entries(&self, case: CaseId) -> Result<Vec<JournalEntry>, ReadError> {
        let case = self.stored_case(case).await?;
        let mut entries = self.office.store.entries(&self.tenant.id, case.id()).await?;
        entries.retain(|entry| {
            let class = of_entry(entry, &case, &self.tenant.codes).class;
            decide(&self.actor, Action::Read, &Target::entry(entry, class)).outcome == Outcome::Allowed
        });
        Ok(entries)
    }

    /// A letter, when the actor may read the entry that it dispatches.
    ///
    /// # Errors
    /// [`ReadError`]; a refusal is logged.
    pub async fn letter(&self, id: LetterId) -> Result<Letter, ReadError> {
        let letter = self.office.store.letter(&self.tenant.id, id).await?.ok_or(ReadError::NotFound)?;
        let entry = self.office.store.entry(&self.tenant.id, letter.entry).await?.ok_or(ReadError::NotFound)?;
        let case = self.stored_case(letter.case).await?;
        let class = of_entry(&entry, &case, &self.tenant.codes).class.combine(letter.sensitivity);
        self.may_read(&Target::entry(&entry, class)).await?;
        Ok(letter)
    }

    /// How far a letter has come. Holds nothing personal, so everybody of the tenant may ask.
    ///
    /// # Errors
    /// As the store says.
    pub async fn delivery(&self, letter: LetterId) -> Result<Option<Delivery>, StoreError> {
        self.office.store.delivery(&self.tenant.id, letter).await
    }

    /// Sends a failed letter on its way again, under the same reference.
    ///
    /// # Errors
    /// [`OrderError::NotPossible`] unless it failed.
    pub async fn redrive(&self, letter: LetterId) -> Result<Delivery, OrderError> {
        self.order(letter, "sent again", Event::Redrive).await
    }

    /// Stops a letter that still waits.
    ///
    /// # Errors
    /// [`OrderError::NotPossible`] once an attempt was begun whose outcome is open, or the channel has it.
    pub async fn stop(&self, letter: LetterId) -> Result<Delivery, OrderError> {
        self.order(letter, "stopped", Event::Stop).await
    }

    /// Takes a letter back: stops it while it waits, has the channel take it back afterwards.
    ///
    /// # Errors
    /// [`OrderError::Channel`] when the channel cannot, or the recipient has opened it.
    pub async fn withdraw(&self, letter: LetterId) -> Result<Delivery, OrderError> {
        let delivery = self.delivery(letter).await?.ok_or(OrderError::NoSuchLetter)?;
        match (&delivery.state, &delivery.remote_id) {
            (DeliveryState::Queued, _) => self.stop(letter).await,
            (DeliveryState::Accepted | DeliveryState::Delivered { .. } | DeliveryState::SentToPrint, Some(id)) => {
                let account = self.account(&delivery)?;
                let call = account.channel.withdraw(&account.id, id);
                question(&*self.office.clock, self.office.policy.call_timeout, "channel.withdraw", call).await?;
                self.order(letter, WITHDRAWN, Event::Withdrawn).await
            }
            (state, _) => Err(OrderError::NotPossible { order: WITHDRAWN, state: state.name() }),
        }
    }

    /// How many deliveries stand where.
    ///
    /// # Errors
    /// As the store says.
    pub async fn counts(&self) -> Result<Vec<DeliveryCount>, StoreError> {
        self.office.store.delivery_counts(&self.tenant.id).await
    }

    /// Letters that need somebody's eye (R4.3): what failed, what hangs, what lies unopened; with cause and remedy. In the
    /// order of letter ids after `after`, at most `limit`.
    ///
    /// # Errors
    /// As the store says.
    pub async fn problems(
        &self,
        kind: ProblemKind,
        after: Option<LetterId>,
        limit: usize,
    ) -> Result<Vec<Problem>, StoreError> {
        problems(self.office, self.tenant, kind, after, limit).await
    }

    /// What the last comparison with a channel after an outage brought to light (R4.5).
    ///
    /// # Errors
    /// As the store says.
    pub async fn reconciliation(
        &self,
        channel: &ChannelId,
        account: &AccountId,
    ) -> Result<Option<Reconciliation>, StoreError> {
        let mark = self.office.store.mark(&self.tenant.id, &report_mark(channel, account)).await?;
        mark.map(|text| serde_json::from_str(&text)).transpose().map_err(|error| StoreError::Corrupt(error.to_string()))
    }

    /// The tenant it is in.
    #[must_use]
    pub const fn tenant(&self) -> &TenantId {
        &self.tenant.id
    }

    async fn stored_case(&self, id: CaseId) -> Result<Case, ReadError> {
        self.office.store.case(&self.tenant.id, id).await?.ok_or(ReadError::NotFound)
    }

    async fn may_read(&self, target: &Target) -> Result<(), ReadError> {
        let decision = decide(&self.actor, Action::Read, target);
        if decision.outcome == Outcome::Allowed {
            return Ok(());
        }
        let event = audit::access_refused(&self.actor, target.record, &decision.reasons, self.office.clock.now());
        self.office.store.commit(Transaction::new(self.tenant.id.clone()).with(Op::Audit(event))).await?;
        Err(ReadError::Refused { reasons: decision.reasons })
    }

    async fn order(&self, letter: LetterId, order: &'static str, event: Event) -> Result<Delivery, OrderError> {
        for tries in 0..TRIES {
            let before = self.delivery(letter).await?.ok_or(OrderError::NoSuchLetter)?;
            let account = self.account(&before)?;
            let rules = self.office.rules(&account.capabilities);
            let (now, jitter) = (self.office.clock.now(), self.office.entropy.next_u64());
            let step = machine::step(&before, event.clone(), now, &rules, jitter);
            let Some(change) = step.change else {
                return Err(OrderError::NotPossible { order, state: before.state.name() });
            };
            let transaction = Transaction::new(self.tenant.id.clone())
                .with(Op::ForceDelivery(step.delivery.clone()))
                .with(Op::Audit(audit::delivery_changed(&step.delivery, change, &self.actor.id, now)));
            match self.office.store.commit(transaction).await {
                Ok(_) => {
                    account.moved_on(self.office);
                    return Ok(Delivery { version: step.delivery.version + 1, ..step.delivery });
                }
                Err(StoreError::Fenced | StoreError::Conflict { .. }) => {
                    self.office.clock.sleep_until(self.office.store_retry(tries)).await;
                }
                Err(error) => return Err(error.into()),
            }
        }
        Err(OrderError::Busy)
    }

    fn account(&self, delivery: &Delivery) -> Result<&Account, OrderError> {
        self.tenant.account(&delivery.channel, &delivery.account).ok_or(OrderError::NoChannel)
    }
}

const WITHDRAWN: &str = "withdrawn";
const TRIES: u32 = 4;
