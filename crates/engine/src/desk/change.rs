//! Changing records: decided, then changed and logged in one transaction.

use sakarkiv_core::{
    access::{Action, Duty, GrantRight, GrantScope},
    audit::{Activity, ObjectRef},
    case::{Case, CaseAmendError, CaseAmendment, CaseNumber, CaseStatus, NewCase},
    identity::{CaseId, EntryId, SignOffId},
    intake::Rejection,
    journal::{
        AmendError, Amendment, EntryNumber, EntryStatus, JournalEntry, NewEntry, SignOff, SignOffError, TransitionError,
    },
    ports::{Assigned, Op, SignOffWish, StoreError, Transaction, new_uuid},
    reason::Reason,
};
use thiserror::Error;

use super::{Desk, DeskError};
use crate::{registration::norwegian_year, rights};

/// Why a record was not changed.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ChangeError {
    /// Not there, not allowed, or not stored.
    #[error(transparent)]
    Desk(#[from] DeskError),
    /// The case is locked, or the change is not valid.
    #[error(transparent)]
    Case(#[from] CaseAmendError),
    /// The entry is locked, or the change is not valid.
    #[error(transparent)]
    Entry(#[from] AmendError),
    /// The entry does not take this step of its life cycle.
    #[error(transparent)]
    Step(#[from] TransitionError),
    /// The entry does not wait for this sign-off, or does not lose it.
    #[error(transparent)]
    SignOff(#[from] SignOffError),
    /// The rules of the source that wants the change do not allow it.
    #[error(transparent)]
    Rejected(#[from] Rejection),
}

impl From<StoreError> for ChangeError {
    fn from(error: StoreError) -> Self {
        Self::Desk(error.into())
    }
}

impl Desk<'_> {
    /// Opens a case, for whoever may open cases of this kind in this unit.
    ///
    /// # Errors
    /// [`DeskError`]; a refusal is logged.
    pub async fn open_case(&self, case: NewCase) -> Result<(CaseId, CaseNumber), DeskError> {
        let (id, ops) = self.opening(case).await?;
        match self.office.commit(Transaction { tenant: self.tenant.id.clone(), ops }).await?.into_iter().next() {
            Some(Assigned::Case(number)) => Ok((id, number)),
            _ => Err(StoreError::Corrupt("the store opened a case without a number".to_owned()).into()),
        }
    }

    /// Registers a journal entry, for whoever may write in the case.
    ///
    /// # Errors
    /// [`DeskError`]; a refusal is logged.
    pub async fn register(&self, case: CaseId, entry: NewEntry) -> Result<(EntryId, EntryNumber), DeskError> {
        let (id, ops) = self.registering(case, entry).await?;
        match self.office.commit(Transaction { tenant: self.tenant.id.clone(), ops }).await?.into_iter().next() {
            Some(Assigned::Entry(number)) => Ok((id, number)),
            _ => Err(StoreError::Corrupt("the store registered an entry without numbers".to_owned()).into()),
        }
    }

    /// Changes a case. Making somebody the case handler of a case whose kind asks for it, by naming them or by giving their
    /// case that kind, takes a granted and archived request for writing in it first (R2.5).
    ///
    /// # Errors
    /// [`ChangeError`]; a refusal is logged.
    pub async fn amend_case(&self, id: CaseId, amendment: CaseAmendment) -> Result<(), ChangeError> {
        self.amend_case_by(id, |_| Ok(amendment)).await
    }

    /// Changes a case in the ways that `amendment` makes of it. It is asked once the right to change the case stands.
    pub(crate) async fn amend_case_by(
        &self,
        id: CaseId,
        amendment: impl FnOnce(&Case) -> Result<CaseAmendment, ChangeError> + Send,
    ) -> Result<(), ChangeError> {
        let case = self.stored_case(id).await?;
        let subject = self.subject().await?;
        let decision = self.allowed(&subject, Action::Write, &self.case_object(&case)).await?;
        let amendment = amendment(&case)?;
        let fields: Vec<String> = amendment.changes().iter().map(|change| format!("{:?}", change.field())).collect();
        let amended = case.amend(amendment)?;
        self.may_own(&case, &amended).await?;
        let event = self.event(Activity::Changed, ObjectRef::Case(id));
        let event = event.under_rule(decision.rule()).with_detail("fields", fields.join(" "));
        Ok(self.commit([Op::PutCase(amended), Op::Audit(event)]).await?)
    }

    /// Changes a journal entry, as far as its locks let it.
    ///
    /// # Errors
    /// [`ChangeError`]; a refusal is logged.
    pub async fn amend_entry(&self, id: EntryId, amendment: Amendment) -> Result<(), ChangeError> {
        self.amend_entry_by(id, amendment, |_, amendment| Ok(amendment)).await
    }

    /// Changes a journal entry in the ways that `by_rules` makes of the wanted ones. It is asked once the right to change the
    /// entry stands, and changes no other fields.
    pub(crate) async fn amend_entry_by(
        &self,
        id: EntryId,
        wanted: Amendment,
        by_rules: impl FnOnce(&JournalEntry, Amendment) -> Result<Amendment, ChangeError> + Send,
    ) -> Result<(), ChangeError> {
        let fields: Vec<String> = wanted.changes().iter().map(|change| format!("{:?}", change.field())).collect();
        self.change_entry(id, Activity::Changed, ("fields", fields.join(" ")), |entry| {
            Ok(entry.amend(by_rules(entry, wanted)?)?)
        })
        .await
    }

    /// Takes a journal entry a step on in its life cycle.
    ///
    /// # Errors
    /// [`ChangeError`]; a refusal is logged.
    pub async fn move_entry(&self, id: EntryId, to: EntryStatus) -> Result<(), ChangeError> {
        let (by, at) = (self.actor.id.clone(), self.now());
        let detail = ("to", to.code().to_owned());
        self.change_entry(id, Activity::StatusChanged, detail, |entry| Ok(entry.move_to(to, &by, at)?)).await
    }

    /// Takes a case a step on in its life cycle; what the step asks of its contents is counted when it is stored.
    ///
    /// # Errors
    /// [`DeskError`], with [`StoreError::Invalid`] when there is no such step; a refusal is logged.
    pub async fn move_case(&self, id: CaseId, to: CaseStatus) -> Result<(), DeskError> {
        let case = self.stored_case(id).await?;
        let subject = self.subject().await?;
        let decision = self.allowed(&subject, Action::Write, &self.case_object(&case)).await?;
        let event = self.event(Activity::StatusChanged, ObjectRef::Case(id));
        let event = event.under_rule(decision.rule()).with_detail("to", to.code());
        let step = Op::MoveCase { id, to, by: self.actor.id.clone(), at: self.now() };
        self.commit([step, Op::Audit(event)]).await
    }

    /// Signs a journal entry off (avskriver), whole or for one recipient.
    ///
    /// # Errors
    /// [`ChangeError`]; a refusal is logged.
    pub async fn sign_off(&self, id: EntryId, wish: SignOffWish) -> Result<(), ChangeError> {
        let mut sign_off = SignOff::new(wish.how, self.actor.id.clone(), self.now());
        if let Some(entry) = wish.answered_by {
            self.stored_entry(entry).await?;
            sign_off = sign_off.answered_by(entry);
        }
        if let Some(party) = wish.party {
            sign_off = sign_off.for_party(party);
        }
        let detail = ("sign_off", wish.how.code().to_owned());
        self.change_entry(id, Activity::StatusChanged, detail, |entry| Ok(entry.sign_off(sign_off)?)).await
    }

    /// Takes a sign-off of a journal entry back (opphever avskrivningen), for whoever may sign it off. What it said is logged.
    ///
    /// # Errors
    /// [`ChangeError`]; a refusal is logged.
    pub async fn undo_sign_off(&self, id: EntryId, sign_off: SignOffId) -> Result<(), ChangeError> {
        let (entry, case) = self.stored_entry(id).await?;
        let subject = self.subject().await?;
        let decision = self.allowed(&subject, Action::Write, &self.entry_object(&entry, &case)).await?;
        let waiting = entry.undo_sign_off(sign_off, case.status())?;
        let event = self.event(Activity::StatusChanged, ObjectRef::Entry(id)).under_rule(decision.rule());
        let event = event.with_detail("sign_off_undone", entry.signed_off_as(sign_off).map(told).unwrap_or_default());
        // A case that is closed meanwhile has another version: the entry does not come to wait in it.
        Ok(self.commit([Op::PutCase(case), Op::PutEntry(waiting), Op::Audit(event)]).await?)
    }

    async fn change_entry(
        &self,
        id: EntryId,
        activity: Activity,
        (name, value): (&str, String),
        change: impl FnOnce(&JournalEntry) -> Result<JournalEntry, ChangeError>,
    ) -> Result<(), ChangeError> {
        let (entry, case) = self.stored_entry(id).await?;
        let subject = self.subject().await?;
        let decision = self.allowed(&subject, Action::Write, &self.entry_object(&entry, &case)).await?;
        let changed = change(&entry)?;
        let event = self.event(activity, ObjectRef::Entry(id));
        let event = event.under_rule(decision.rule()).with_detail(name, value);
        Ok(self.commit([Op::PutEntry(changed), Op::Audit(event)]).await?)
    }

    /// Decides, and says how the case is opened.
    pub(crate) async fn opening(&self, case: NewCase) -> Result<(CaseId, Vec<Op>), DeskError> {
        let duty = Duty::OpenCase { unit: &case.unit, series: case.series.as_deref(), kind: case.kind };
        self.permit(duty).await?;
        let at = self.now();
        let id = CaseId::from_uuid(new_uuid(at, &*self.office.entropy));
        let event = self.event(Activity::Created, ObjectRef::Case(id));
        Ok((id, vec![Op::OpenCase { id, case, year: norwegian_year(at), at }, Op::Audit(event)]))
    }

    /// Decides, and says how the entry is registered.
    pub(crate) async fn registering(&self, case: CaseId, entry: NewEntry) -> Result<(EntryId, Vec<Op>), DeskError> {
        let stored = self.stored_case(case).await?;
        let subject = self.subject().await?;
        let decision = self.allowed(&subject, Action::Write, &self.case_object(&stored)).await?;
        let at = self.now();
        let id = EntryId::from_uuid(new_uuid(at, &*self.office.entropy));
        let event = self.event(Activity::Created, ObjectRef::Entry(id)).under_rule(decision.rule());
        Ok((id, vec![Op::AddEntry { id, case, entry, year: norwegian_year(at), at }, Op::Audit(event)]))
    }

    /// Refuses an amendment that gives a case an owner without a confirmed request, where its kind asks for one before or
    /// after: neither another handler nor another kind is a way round.
    async fn may_own(&self, case: &Case, amended: &Case) -> Result<(), DeskError> {
        let Some(handler) = amended.case_handler() else { return Ok(()) };
        let another = case.case_handler() != Some(handler);
        if !another && case.kind() == amended.kind() {
            return Ok(());
        }
        let kinds = rights::policy(self.office, self.tenant).await?.confirmed_kinds;
        let (asked, asks) = (kinds.contains(&case.kind()), kinds.contains(&amended.kind()));
        let asks_anew = asks && (another || !asked);
        if !(asks_anew || asked && another) {
            return Ok(());
        }
        let now = self.now();
        let grants = rights::grants(self.office, self.tenant, handler).await?;
        let confirmed = grants.iter().any(|grant| {
            grant.is_live(now)
                && grant.confirmation().is_some()
                && grant.right() == GrantRight::Write
                && *grant.scope() == GrantScope::Case(case.id())
        });
        if confirmed {
            return Ok(());
        }
        let event =
            self.event(Activity::AccessRefused, ObjectRef::Case(case.id())).under_rule(OWNERSHIP_UNCONFIRMED.code);
        self.refuse(event, vec![OWNERSHIP_UNCONFIRMED]).await
    }
}

/// What a sign-off says, for the log: how, when, by whom, and whose part or which answer, where it names one.
fn told(sign_off: &SignOff) -> String {
    let party = sign_off.party().map(|party| format!(" party {party}")).unwrap_or_default();
    let answer = sign_off.answer().map(|entry| format!(" answer {entry}")).unwrap_or_default();
    format!("{} {} {}{party}{answer}", sign_off.how().code(), sign_off.date(), sign_off.by())
}

const OWNERSHIP_UNCONFIRMED: Reason = Reason {
    code: "ownership_unconfirmed",
    text: "a case of this kind gets another case handler, and a case with a handler this kind, only after a granted and \
           archived request",
    source: "R2.5",
};
