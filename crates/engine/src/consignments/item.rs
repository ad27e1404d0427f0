//! One item of a source on its way in: fetched, taken in or rejected, answered, in this order and each only once. What cannot
//! be taken for now is set aside, told, and tried again; it holds up nothing else.

use std::sync::Arc;

use sakarkiv_core::{
    audit::{Activity, ObjectRef},
    identity::InboxId,
    intake::{Consignment, Fault, FaultCode, Place, Rejection},
    ports::{
        Answer, Audience, Fetched, ItemId, KeptFilter, Op, PortError, PortErrorKind, StoreError, Subject, Transaction,
        Waiting,
    },
};

use super::{
    ledger::{Fate, Found, items_of, keep, parse, read, receipt_of},
    live::{Integrated, integrated},
    rejected::tell_rejected,
    supplier::{Supplier, refused},
    take::{IntakeError, take_in},
};
use crate::{
    call::question,
    notices::notice,
    policy::{back_off, later},
    signal::Halt,
};

/// What a look at an item came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Settled {
    /// It was taken in or rejected.
    Now,
    /// It was before, or it is not its time.
    Before,
    /// It waits for another consignment.
    Early,
    /// It is tried again later.
    Later,
}

pub(crate) struct Work<'a> {
    pub(crate) at: Integrated<'a>,
    pub(crate) supplier: &'a Supplier,
}

/// Answers what is settled and whose answer is not recorded: the source may have heard it and list it no more.
pub(crate) async fn finish(work: &Work<'_>, halt: &Halt) {
    let office = work.at.desk.office;
    let mut after = None;
    loop {
        let filter = KeptFilter::of(items_of(&work.supplier.id)).due_by(office.clock.now());
        let page = office.store.kept_list(&work.at.desk.tenant.id, &filter, after, FINISHED_AT_ONCE).await;
        let page = match page {
            Ok(page) => page,
            Err(error) => {
                tracing::warn!(source = %work.supplier.id, %error, "what is settled waits for the store");
                return;
            }
        };
        for kept in &page {
            if halt.is_asked() {
                return;
            }
            if let Ok(fate) = parse::<Fate>(kept) {
                work.answer(&ItemId(kept.key.clone()), fate).await;
            }
        }
        if page.len() < FINISHED_AT_ONCE {
            return;
        }
        after = page.last().map(|kept| kept.key.clone());
    }
}

impl Work<'_> {
    /// Takes one listed item as far as it gets now. What waits for another is set aside only when `late`.
    pub(crate) async fn take(&self, item: &Waiting, late: bool) -> Settled {
        let office = self.at.desk.office;
        let stored = match self.fate(&item.id).await {
            Ok(stored) => stored,
            Err(error) => return self.waits(&error),
        };
        let now = office.clock.now();
        match stored {
            None => {
                if self.supplier.polled.leaves_alone(&item.id, now) {
                    Settled::Later
                } else {
                    self.fetch(item, None, late).await
                }
            }
            Some(Found { value: Fate::SetAside { due, .. }, .. }) if due > now => Settled::Later,
            Some(found @ Found { value: Fate::SetAside { .. }, .. }) => self.fetch(item, Some(found), late).await,
            // Our word did not get through, or was lost there.
            Some(found) => {
                self.answer(&item.id, found).await;
                Settled::Before
            }
        }
    }

    async fn fate(&self, item: &ItemId) -> Result<Option<Found<Fate>>, StoreError> {
        read(self.at.desk.office, self.at.desk.tenant, &items_of(&self.supplier.id), &item.0).await
    }

    fn waits(&self, error: &StoreError) -> Settled {
        tracing::warn!(source = %self.supplier.id, %error, "an item waits for the store");
        Settled::Later
    }

    /// A bulk takes its time: from the moment a source is stopped nothing more of it is fetched, and changed rules count for
    /// what is fetched next.
    async fn fetch(&self, item: &Waiting, before: Option<Found<Fate>>, late: bool) -> Settled {
        match integrated(self.at.desk.office, self.at.desk.tenant, &self.supplier.id, None).await {
            Ok(Ok(at)) => Work { at, supplier: self.supplier }.fetch_now(item, before, late).await,
            Ok(Err(rejection)) => {
                tracing::info!(source = %self.supplier.id, %rejection, "an item is not fetched any more");
                Settled::Later
            }
            Err(error) => self.waits(&error),
        }
    }

    async fn fetch_now(&self, item: &Waiting, before: Option<Found<Fate>>, late: bool) -> Settled {
        let (office, tenant) = (self.at.desk.office, self.at.desk.tenant);
        if let Some(problem) = &item.problem {
            let error = PortError::new(PortErrorKind::Rejected, "source.list", problem.clone());
            return self.set_aside(&item.id, before, &error.to_string()).await;
        }
        let blobs = Arc::clone(&office.store);
        let call = self.supplier.source.fetch(&tenant.id, &item.id, blobs);
        match question(&*office.clock, self.supplier.capabilities.fetch_timeout, "source.fetch", call).await {
            Ok(Fetched::Consignment(consignment)) => self.take_in(&item.id, &consignment, before, late).await,
            Ok(Fetched::Faulty(rejection)) => self.reject(&item.id, &item.id.0, rejection, before).await,
            Ok(_) => self.set_aside(&item.id, before, "what was fetched is of a sort this office does not know").await,
            // The source as a whole is shut, not this item.
            Err(error) if error.kind() == PortErrorKind::Unauthorised => {
                refused(office, tenant, self.supplier, &error).await;
                Settled::Later
            }
            Err(error) => self.failed(&item.id, before, &error).await,
        }
    }

    async fn take_in(
        &self,
        item: &ItemId,
        consignment: &Consignment,
        before: Option<Found<Fate>>,
        late: bool,
    ) -> Settled {
        if consignment.source != self.supplier.id {
            let fault = Fault::new(FaultCode::UnknownSource, Place::Consignment).because("it names another source");
            return self.reject(item, consignment.key.as_str(), fault.into(), before).await;
        }
        let fate = Fate::Received { key: consignment.key.clone() };
        let settles = match self.record(item, before.as_ref(), &fate, true) {
            Ok(op) => op,
            Err(error) => return self.waits(&error),
        };
        match take_in(&self.at, consignment, std::slice::from_ref(&settles)).await {
            Ok(receipt) => {
                let stored = if receipt.repeated { self.settle(settles).await } else { Ok(()) };
                match stored {
                    Ok(()) => self.answer_stored(item).await,
                    Err(error) => self.waits(&error),
                }
            }
            Err(IntakeError::Rejected(rejection)) if rejection.may_pass() && !late => Settled::Early,
            Err(IntakeError::Rejected(rejection)) if rejection.may_pass() => {
                self.set_aside(item, before, &rejection.to_string()).await
            }
            Err(IntakeError::Rejected(rejection)) => {
                self.reject(item, consignment.key.as_str(), rejection, before).await
            }
            Err(IntakeError::Store(error)) => self.waits(&error),
        }
    }

    async fn settle(&self, op: Op) -> Result<(), StoreError> {
        let transaction = Transaction::new(self.at.desk.tenant.id.clone()).with(op);
        self.at.desk.office.commit(transaction).await.map(drop)
    }

    async fn answer_stored(&self, item: &ItemId) -> Settled {
        self.supplier.polled.forget(item);
        match self.fate(item).await {
            Ok(Some(found)) => {
                self.answer(item, found).await;
                Settled::Now
            }
            Ok(None) => Settled::Later,
            Err(error) => self.waits(&error),
        }
    }

    async fn reject(&self, item: &ItemId, what: &str, rejection: Rejection, before: Option<Found<Fate>>) -> Settled {
        tracing::warn!(source = %self.supplier.id, %rejection, "a consignment was rejected");
        let settles = self.record(item, before.as_ref(), &Fate::Rejected { rejection: rejection.clone() }, true);
        let stored = match settles {
            Ok(settles) => tell_rejected(&self.at, what, &rejection, vec![settles]).await,
            Err(error) => Err(error),
        };
        match stored {
            Ok(()) => self.answer_stored(item).await,
            Err(error) => self.waits(&error),
        }
    }

    /// Passing trouble is not told before it has lasted.
    async fn failed(&self, item: &ItemId, before: Option<Found<Fate>>, error: &PortError) -> Settled {
        if before.is_none() && self.supplier.polled.may_pass(self.at.desk.office, item, error) {
            return Settled::Later;
        }
        self.set_aside(item, before, &error.to_string()).await
    }

    async fn set_aside(&self, item: &ItemId, before: Option<Found<Fate>>, problem: &str) -> Settled {
        let (office, tenant, source) = (self.at.desk.office, self.at.desk.tenant, &self.supplier.id);
        let (now, policy) = (office.clock.now(), &office.policy);
        let tries = match &before {
            Some(Found { value: Fate::SetAside { tries, .. }, .. }) => *tries,
            _ => 0,
        };
        let wait = back_off(policy.fetch_retry_first, policy.fetch_retry_cap, tries, office.entropy.next_u64());
        let due = later(now, wait);
        let fate = Fate::SetAside { problem: problem.to_owned(), tries: tries.saturating_add(1), due };
        let settles = match self.record(item, before.as_ref(), &fate, false) {
            Ok(settles) => settles,
            Err(error) => return self.waits(&error),
        };
        let first = before.is_none();
        let mut transaction = Transaction::new(tenant.id.clone()).with(settles);
        if first {
            let text = format!("an item of source {source} could not be taken in and was set aside: {problem}");
            let subject = Subject::ConsignmentSetAside { source: source.clone(), item: item.0.clone() };
            let owner = Audience::User(self.at.integration.owner.clone());
            let object = InboxId::new(source.as_str()).map_or(ObjectRef::Tenant, ObjectRef::Inbox);
            let event = self.at.desk.event(Activity::SetAside, object).with_detail("item", item.0.as_str());
            transaction = transaction
                .with(Op::Audit(event))
                .with(Op::AddNotice(notice(office, &tenant.id, now, owner, subject, text)));
        }
        tracing::warn!(%source, problem, "an item was set aside");
        if let Err(error) = office.commit(transaction).await {
            return self.waits(&error);
        }
        self.supplier.polled.forget(item);
        if first {
            tenant.notices.raise();
            self.say(item, &Answer::SetAside { reason: problem.to_owned() }).await;
        }
        Settled::Later
    }

    /// Stores an item's fate. One that the source has yet to hear of is due at once.
    fn record(&self, item: &ItemId, before: Option<&Found<Fate>>, fate: &Fate, untold: bool) -> Result<Op, StoreError> {
        let version = before.map_or(0, |found| found.version);
        let kept = keep(items_of(&self.supplier.id), &item.0, fate, version)?;
        Ok(Op::Keep(if untold { kept.due_at(self.at.desk.now()) } else { kept }))
    }

    /// Tells the source what became of a settled item, and notes that it has heard.
    async fn answer(&self, item: &ItemId, found: Found<Fate>) {
        let (office, tenant) = (self.at.desk.office, self.at.desk.tenant);
        let answer = match &found.value {
            Fate::SetAside { .. } => return,
            Fate::Rejected { rejection } => Answer::Rejected(rejection.clone()),
            Fate::Received { key } => match receipt_of(office, tenant, &self.supplier.id, key).await {
                Ok(Some(receipt)) => Answer::Received(Box::new(receipt)),
                Ok(None) => return,
                Err(error) => {
                    self.waits(&error);
                    return;
                }
            },
        };
        if !self.say(item, &answer).await {
            return;
        }
        let told = match self.record(item, Some(&found), &found.value, false) {
            Ok(told) => self.settle(told).await,
            Err(error) => Err(error),
        };
        if let Err(error) = told {
            tracing::info!(source = %self.supplier.id, %error, "that an item was answered was not stored; it is said again");
        }
    }

    async fn say(&self, item: &ItemId, answer: &Answer) -> bool {
        let office = self.at.desk.office;
        let call = self.supplier.source.answer(item, answer);
        match question(&*office.clock, office.policy.call_timeout, "source.answer", call).await {
            Ok(()) => true,
            Err(error) => {
                tracing::info!(source = %self.supplier.id, %error, "a source could not be answered; it is told again");
                false
            }
        }
    }
}

/// How many unanswered items are read at once.
const FINISHED_AT_ONCE: usize = 200;
