//! Orders about letters on their way, and what needs somebody's eye.

use sakarkiv_core::{
    access::{Action, Duty, Subject},
    delivery::{Delivery, DeliveryState},
    identity::{AccountId, ChannelId, LetterId},
    ports::{DeliveryCount, Op, PortError, StoreError, Transaction},
};
use thiserror::Error;

use super::{Desk, DeskError};
use crate::{
    accept::{self, Submission, SubmitError, Submitted},
    account::Account,
    audit,
    call::question,
    machine::{self, Event},
    overview::{Problem, ProblemKind, problems},
    reconcile::{Reconciliation, report_mark},
};

/// Why an order was not carried out.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum OrderError {
    /// Not there, not allowed, or not stored.
    #[error(transparent)]
    Desk(#[from] DeskError),
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
}

impl Desk<'_> {
    /// Hands in a letter, for whoever may use the sender account and may write the entry or case. `Ok` means that it is
    /// durable and will go out, or somebody will be told.
    ///
    /// Under the same [`Submission::key`] the same letter is accepted once: handing it in again, after a time-out or a
    /// crash, returns the earlier one.
    ///
    /// # Errors
    /// [`SubmitError`] says why not; [`SubmitError::KeyTaken`] for another content under the same key. After
    /// [`StoreError::Unknown`] hand it in again under the same key.
    pub async fn submit(&self, submission: Submission) -> Result<Submitted, SubmitError> {
        accept::submit(self, submission).await
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
        let delivery = self.ordered(letter).await?;
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
    /// [`DeskError`]; a refusal is logged.
    pub async fn counts(&self) -> Result<Vec<DeliveryCount>, DeskError> {
        self.permit(Duty::OperateChannels(None)).await?;
        Ok(self.office.store.delivery_counts(&self.tenant.id).await?)
    }

    /// Letters that need somebody's eye (R4.3): what failed, what hangs, what lies unopened; with cause and remedy. In the
    /// order of letter ids after `after`, at most `limit`.
    ///
    /// # Errors
    /// [`DeskError`]; a refusal is logged.
    pub async fn problems(
        &self,
        kind: ProblemKind,
        after: Option<LetterId>,
        limit: usize,
    ) -> Result<Vec<Problem>, DeskError> {
        self.permit(Duty::OperateChannels(None)).await?;
        Ok(problems(self.office, self.tenant, kind, after, limit).await?)
    }

    /// What the last comparison with a channel after an outage brought to light (R4.5).
    ///
    /// # Errors
    /// [`DeskError`]; a refusal is logged.
    pub async fn reconciliation(
        &self,
        channel: &ChannelId,
        account: &AccountId,
    ) -> Result<Option<Reconciliation>, DeskError> {
        self.permit(Duty::OperateChannels(Some(account))).await?;
        let mark = self.office.store.mark(&self.tenant.id, &report_mark(channel, account)).await?;
        let report = mark.map(|text| serde_json::from_str(&text)).transpose();
        Ok(report.map_err(|error| StoreError::Corrupt(error.to_string()))?)
    }

    /// The delivery of a letter that the actor may give orders about: by the right to operate its account, or by the right to
    /// write the entry it dispatches.
    pub(super) async fn ordered(&self, id: LetterId) -> Result<Delivery, DeskError> {
        let letter = self.stored_letter(id).await?;
        let delivery = self.office.store.delivery(&self.tenant.id, id).await?.ok_or(DeskError::NotFound)?;
        let subject = self.subject().await?;
        if !self.operates(&subject, &delivery) {
            let object = self.letter_object(&letter).await?;
            self.require(&subject, Action::Write, &object).await?;
        }
        Ok(delivery)
    }

    pub(super) fn operates(&self, subject: &Subject, delivery: &Delivery) -> bool {
        subject.may(Duty::OperateChannels(Some(&delivery.account))).permit().is_some()
    }

    async fn order(&self, letter: LetterId, order: &'static str, event: Event) -> Result<Delivery, OrderError> {
        for tries in 0..TRIES {
            let before = self.ordered(letter).await?;
            let account = self.account(&before)?;
            let rules = self.office.rules(&account.capabilities);
            let (now, jitter) = (self.office.clock.now(), self.office.entropy.next_u64());
            let step = machine::step(&before, event.clone(), now, &rules, jitter);
            let Some(change) = step.change else {
                return Err(OrderError::NotPossible { order, state: before.state.name() });
            };
            let transaction = Transaction::new(self.tenant.id.clone())
                .with(Op::ForceDelivery(step.delivery.clone()))
                .with(Op::Audit(audit::delivery_changed(&step.delivery, change, &self.actor, now)));
            match self.office.commit(transaction).await {
                Ok(_) => {
                    account.moved_on(self.office);
                    return Ok(Delivery { version: step.delivery.version + 1, ..step.delivery });
                }
                Err(StoreError::Fenced | StoreError::Conflict { .. }) => {
                    self.office.clock.sleep_until(self.office.store_retry(tries)).await;
                }
                Err(error) => return Err(DeskError::from(error).into()),
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
