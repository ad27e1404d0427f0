//! One item of an inbox on its way in (R4.2): fetched, registered in one transaction, acknowledged, in this order and each
//! only once. What cannot be fetched is set aside, told, and tried again; it holds up nothing else.

use std::sync::Arc;

use sakarkiv_core::{
    identity::{CaseId, EntryId},
    ports::{
        Audience, Intake, IntakeState, ItemId, Notice, Op, PortError, PortErrorKind, ReceivedMail, Refusal, StoreError,
        Subject, Transaction, Waiting,
    },
};

use crate::{
    audit,
    call::question,
    inbox::{Letterbox, refused},
    notices::notice,
    office::{Office, Tenant},
    particulars,
    policy::{back_off, later},
    registration::{Filing, filing},
    signal::Halt,
};

/// Takes one listed item as far as it gets now.
pub(crate) async fn take_in(office: &Office, tenant: &Tenant, letterbox: &Letterbox, item: Waiting) {
    let stored = match office.store.intake(&tenant.id, &letterbox.id, &item.id).await {
        Ok(stored) => stored,
        Err(error) => {
            tracing::warn!(inbox = %letterbox.id, %error, "an item waits for the store");
            return;
        }
    };
    let now = office.clock.now();
    let desk = Work { office, tenant, letterbox };
    match stored.as_ref().map(|intake| &intake.state) {
        None => {
            if !letterbox.polled.leaves_alone(&item.id, now) {
                desk.fetch(item, None).await;
            }
        }
        Some(IntakeState::SetAside { due, .. }) if *due > now => {}
        Some(IntakeState::SetAside { .. }) => desk.fetch(item, stored).await,
        Some(IntakeState::Registered { case, entry }) => {
            let (case, entry) = (*case, *entry);
            if let Some(intake) = stored {
                desk.acknowledge(intake, case, entry).await;
            }
        }
        // Our word did not get through, or was lost there.
        Some(IntakeState::Acknowledged { .. }) => {
            desk.say_acknowledged(&item.id).await;
        }
    }
}

/// Acknowledges what is registered and not listed any more: the other side heard us, but its answer or our note of it was
/// lost. Acknowledging again is harmless.
pub(crate) async fn finish(office: &Office, tenant: &Tenant, letterbox: &Letterbox, halt: &Halt) {
    let left = match office.store.unacknowledged(&tenant.id, &letterbox.id, FINISHED_AT_ONCE).await {
        Ok(left) => left,
        Err(error) => {
            tracing::warn!(inbox = %letterbox.id, %error, "what is registered waits for the store");
            return;
        }
    };
    let desk = Work { office, tenant, letterbox };
    for intake in left {
        if halt.is_asked() {
            return;
        }
        if let IntakeState::Registered { case, entry } = intake.state {
            desk.acknowledge(intake, case, entry).await;
        }
    }
}

struct Work<'a> {
    office: &'a Office,
    tenant: &'a Tenant,
    letterbox: &'a Letterbox,
}

impl Work<'_> {
    async fn fetch(&self, item: Waiting, before: Option<Intake>) {
        let Self { office, tenant, letterbox } = self;
        if let Some(problem) = item.problem {
            let error = PortError::new(PortErrorKind::Rejected, "inbox.list", problem);
            return self.set_aside(item.id, before, &error).await;
        }
        let blobs = Arc::clone(&office.store);
        let call = letterbox.inbox.fetch(&tenant.id, &item.id, blobs);
        let limit = letterbox.capabilities.fetch_timeout;
        match question(&*office.clock, limit, "inbox.fetch", call).await {
            Ok(mail) => self.register(mail, before).await,
            // The inbox as a whole is shut, not this item.
            Err(error) if error.kind() == PortErrorKind::Unauthorised => {
                refused(office, tenant, letterbox, &error).await;
            }
            Err(error) => self.failed(item.id, before, &error).await,
        }
    }

    /// Passing trouble is not told before it has lasted.
    async fn failed(&self, item: ItemId, before: Option<Intake>, error: &PortError) {
        if before.is_none() && self.letterbox.polled.may_pass(self.office, &item, error) {
            return;
        }
        self.set_aside(item, before, error).await;
    }

    async fn set_aside(&self, item: ItemId, before: Option<Intake>, error: &PortError) {
        let Self { office, tenant, letterbox } = self;
        let (now, policy) = (office.clock.now(), &office.policy);
        let tries = match &before {
            Some(Intake { state: IntakeState::SetAside { tries, .. }, .. }) => *tries,
            _ => 0,
        };
        let wait = back_off(policy.fetch_retry_first, policy.fetch_retry_cap, tries, office.entropy.next_u64());
        let problem = error.to_string();
        let state = IntakeState::SetAside { problem, tries: tries.saturating_add(1), due: later(now, wait) };
        let first = before.is_none();
        let intake = self.intake(item.clone(), before, state);
        let mut transaction = Transaction::new(tenant.id.clone()).with(Op::PutIntake(intake));
        if first {
            let text = format!("an item of inbox {} could not be taken in and was set aside: {error}", letterbox.id);
            let subject = Subject::MailSetAside { inbox: letterbox.id.clone(), item: item.0.clone() };
            let audit = audit::mail_set_aside(&tenant.id, (&letterbox.id, &item), &office.actor, now);
            let notice = notice(office, &tenant.id, now, Audience::MailRoom, subject, text);
            transaction = transaction.with(Op::Audit(audit)).with(Op::AddNotice(notice));
        }
        tracing::warn!(inbox = %letterbox.id, %error, "an item was set aside");
        match office.commit(transaction).await {
            Ok(_) => {
                letterbox.polled.forget(&item);
                if first {
                    tenant.notices.raise();
                    self.tell_sender(&item, error).await;
                }
            }
            Err(error) => tracing::warn!(inbox = %letterbox.id, %error, "that an item was set aside was not stored"),
        }
    }

    /// A word for the sender's log, said at most once; whether to give the item up for good is for people to decide.
    async fn tell_sender(&self, item: &ItemId, error: &PortError) {
        let reason = format!("could not be taken in, is kept and tried again ({})", error.kind());
        let refusal = Refusal { reason, permanent: false };
        let call = self.letterbox.inbox.refuse(item, &refusal);
        let limit = self.office.policy.call_timeout;
        if let Err(error) = question(&*self.office.clock, limit, "inbox.refuse", call).await {
            tracing::info!(inbox = %self.letterbox.id, %error, "the sender was not told that an item was set aside");
        }
    }

    async fn register(&self, mail: ReceivedMail, before: Option<Intake>) {
        let Self { office, tenant, letterbox } = self;
        let particulars = match particulars::keep(office, &tenant.id, &mail).await {
            Ok(particulars) => particulars,
            Err(error) => return self.failed(mail.id, before, &error).await,
        };
        let mut own_case = true;
        for _ in 0..REGISTER_TRIES {
            let filed = match filing(office, tenant, letterbox, (&mail, particulars.as_ref()), own_case).await {
                Ok(filing) => self.store(&mail, before.clone(), filing).await,
                Err(error) => Err(error),
            };
            match filed {
                // The case was closed meanwhile.
                Err(StoreError::Invalid(_)) if own_case && mail.our_case.is_some() => own_case = false,
                Err(StoreError::Invalid(problem)) => {
                    let error = PortError::new(PortErrorKind::Rejected, "registration", problem);
                    return self.set_aside(mail.id, before, &error).await;
                }
                // Somebody else registered it, or opened the distribution case first, or it is open whether we did: what
                // is stored counts.
                Ok(()) | Err(StoreError::Duplicate { .. } | StoreError::Conflict { .. } | StoreError::Unknown(_)) => {
                    if self.acknowledge_stored(&mail.id).await {
                        return;
                    }
                }
                Err(error) => {
                    tracing::warn!(inbox = %letterbox.id, %error, "an item waits for the store");
                    return;
                }
            }
        }
    }

    /// Registers the mail: the entry, the item's fate, the audit event and the word that something is missing happen together
    /// or not at all.
    async fn store(&self, mail: &ReceivedMail, before: Option<Intake>, filing: Filing) -> Result<(), StoreError> {
        let state = IntakeState::Registered { case: filing.case, entry: filing.entry };
        let mut intake = self.intake(mail.id.clone(), before, state);
        intake.kind = Some(mail.kind.clone());
        let mut transaction = Transaction { tenant: self.tenant.id.clone(), ops: filing.ops };
        transaction.ops.push(Op::PutIntake(intake));
        let incomplete = mail.missing.first().map(|first| self.incomplete(mail, filing.entry, first));
        let is_told = incomplete.is_some();
        transaction.ops.extend(incomplete.map(Op::AddNotice));
        self.office.commit(transaction).await?;
        if is_told {
            self.tenant.notices.raise();
        }
        Ok(())
    }

    fn incomplete(&self, mail: &ReceivedMail, entry: EntryId, first: &str) -> Notice {
        let Self { office, tenant, letterbox } = self;
        let (inbox, item) = (letterbox.id.clone(), mail.id.0.clone());
        let text = format!(
            "mail of inbox {inbox} was registered without all of it: {first} ({} in all); ask the sender for what the \
             document \"{}\" of its entry names as missing",
            mail.missing.len(),
            particulars::TITLE,
        );
        let subject = Subject::MailIncomplete { inbox, item, entry };
        notice(office, &tenant.id, office.clock.now(), Audience::MailRoom, subject, text)
    }

    /// Acknowledges what is registered. Tells whether it is.
    async fn acknowledge_stored(&self, item: &ItemId) -> bool {
        let stored = self.office.store.intake(&self.tenant.id, &self.letterbox.id, item).await;
        let Ok(Some(intake)) = stored else { return false };
        match intake.state {
            IntakeState::SetAside { .. } => false,
            IntakeState::Acknowledged { .. } => true,
            IntakeState::Registered { case, entry } => {
                self.letterbox.polled.forget(item);
                self.acknowledge(intake, case, entry).await;
                true
            }
        }
    }

    async fn acknowledge(&self, intake: Intake, case: CaseId, entry: EntryId) {
        if !self.say_acknowledged(&intake.item).await {
            return;
        }
        let intake = Intake { state: IntakeState::Acknowledged { case, entry }, ..intake };
        let stored = self.office.commit(Transaction::new(intake.tenant.clone()).with(Op::PutIntake(intake))).await;
        if let Err(error) = stored {
            tracing::info!(inbox = %self.letterbox.id, %error, "that an item was acknowledged was not stored; it is said again");
        }
    }

    async fn say_acknowledged(&self, item: &ItemId) -> bool {
        let call = self.letterbox.inbox.acknowledge(item);
        let limit = self.office.policy.call_timeout;
        match question(&*self.office.clock, limit, "inbox.acknowledge", call).await {
            Ok(()) => true,
            Err(error) => {
                tracing::info!(inbox = %self.letterbox.id, %error, "an item could not be acknowledged; it is said again");
                false
            }
        }
    }

    fn intake(&self, item: ItemId, before: Option<Intake>, state: IntakeState) -> Intake {
        match before {
            Some(before) => Intake { state, ..before },
            None => Intake {
                tenant: self.tenant.id.clone(),
                inbox: self.letterbox.id.clone(),
                item,
                kind: None,
                seen: self.office.clock.now(),
                state,
                version: 0,
            },
        }
    }
}

/// How many forgotten acknowledgements are said after one listing.
const FINISHED_AT_ONCE: usize = 100;

/// How often registering is tried at one listing.
const REGISTER_TRIES: u32 = 4;
