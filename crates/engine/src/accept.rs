//! Taking letters from those who hand them in: one durable transaction, once for each of the caller's keys.

use sakarkiv_core::{
    access::{Action, Duty, Subject},
    case::Case,
    delivery::{Delivery, Letter, LetterDocument, LetterOptions, Priority, Recipient, Sender},
    identity::{CaseId, EntryId, LetterId, Timestamp},
    journal::{EntryError, EntryNumber, JournalEntry, NewEntry},
    ports::{Op, Remembered, StoreError, Transaction, new_uuid},
    screening::Private,
    sensitivity::{SensitivityClass, of_entry},
};
use thiserror::Error;

use crate::{
    audit,
    desk::{Desk, DeskError},
    office::{Office, Tenant},
    registration::norwegian_year,
    standing::hindrance,
};

/// The journal entry that a letter dispatches.
#[derive(Debug, Clone, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "made once for each letter and taken apart at once")]
pub enum Dispatches {
    /// One that is registered.
    Entry(EntryId),
    /// One that is registered together with the letter.
    NewEntry {
        /// In which case.
        case: CaseId,
        /// The entry.
        entry: NewEntry,
    },
}

/// A letter as handed in.
#[derive(Debug, Clone, PartialEq)]
pub struct Submission {
    /// The caller's own key of this letter, unique in the tenant for ever: handing in again under the same key changes
    /// nothing. Something that the caller keeps, such as the id of its own record.
    pub key: String,
    /// The entry it dispatches.
    pub dispatches: Dispatches,
    /// Who it is from.
    pub sender: Sender,
    /// Who gets it.
    pub recipient: Recipient,
    /// The subject the recipient sees.
    pub title: Private<String>,
    /// How sensitive it is at least. The letter gets the class of its entry when that is higher (R1.5).
    pub sensitivity: SensitivityClass,
    /// When it leaves among others.
    pub priority: Priority,
    /// The sender's choices.
    pub options: LetterOptions,
    /// The documents, main document first; their bytes have been put into the store.
    pub documents: Vec<LetterDocument>,
}

/// An accepted letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Submitted {
    /// The letter.
    pub letter: LetterId,
    /// The entry it dispatches.
    pub entry: EntryId,
    /// It had been handed in before under the same key.
    pub repeated: bool,
}

/// Why a letter was not accepted.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SubmitError {
    /// No channel of the tenant has this sender account.
    #[error("no channel knows the sender account `{0}`: set it up, or choose another")]
    UnknownAccount(String),
    /// A letter needs a document.
    #[error("the letter has no documents: add at least one")]
    NoDocuments,
    /// The key is blank or too long.
    #[error("the key must have 1 to {} characters", MAX_KEY)]
    BadKey,
    /// The key stands for something else already.
    #[error("the key stands for another letter or record: use a new key for a new letter")]
    KeyTaken,
    /// The entry is not there or not one that is sent.
    #[error("the entry cannot be dispatched: {0}")]
    Entry(&'static str),
    /// The new entry cannot be registered as it is.
    #[error(transparent)]
    NewEntry(#[from] EntryError),
    /// The case is not there.
    #[error("there is no such case in this tenant: check its id")]
    NoSuchCase,
    /// The actor may not use the sender account or not write the record; or the store could not be asked.
    #[error(transparent)]
    Desk(#[from] DeskError),
}

/// Decides whether the actor may send it, and accepts it. `Ok` means that it survives the loss of power.
pub(crate) async fn submit(desk: &Desk<'_>, submission: Submission) -> Result<Submitted, SubmitError> {
    let (office, tenant) = (desk.office, desk.tenant);
    let route = check(tenant, &submission)?;
    let subject = desk.subject().await?;
    desk.permit_of(&subject, Duty::SendLetters(&submission.sender.account)).await?;
    if let Some(earlier) = earlier(office, tenant, &submission).await? {
        return Ok(earlier);
    }
    let now = office.clock.now();
    let plan = plan(desk, &subject, &submission, now).await?;
    let (letter, entry) = (plan.letter.id, plan.letter.entry);
    let delivery =
        Delivery::queue(&plan.letter, route.channel_id.clone(), office.policy.expires(now, submission.priority));
    let mut transaction = Transaction { tenant: tenant.id.clone(), ops: plan.ops };
    transaction.ops.push(Op::Audit(audit::letter_accepted(&plan.letter, &desk.actor, now).under_rule(plan.rule)));
    transaction.ops.push(Op::AddLetter { letter: plan.letter, delivery });
    transaction.ops.push(Op::Remember { key: key(&submission.key), object: Remembered::Letter(letter) });
    match office.commit(transaction).await {
        Ok(_) => {
            route.work.raise();
            Ok(Submitted { letter, entry, repeated: false })
        }
        // Two under the same key at once, or an open outcome: whichever is stored counts.
        Err(error @ (StoreError::Duplicate { .. } | StoreError::Unknown(_))) => {
            let stored = earlier(office, tenant, &submission).await?.ok_or(error)?;
            route.work.raise();
            Ok(Submitted { repeated: stored.letter != letter, ..stored })
        }
        Err(error) => Err(error.into()),
    }
}

impl From<StoreError> for SubmitError {
    fn from(error: StoreError) -> Self {
        Self::Desk(error.into())
    }
}

async fn case_of(office: &Office, tenant: &Tenant, case: CaseId) -> Result<Case, SubmitError> {
    office.store.case(&tenant.id, case).await?.ok_or(SubmitError::NoSuchCase)
}

/// The entry as it will be, but for its numbers, which only the store gives: for the rules to look at before it is stored.
fn preview(id: EntryId, case: &Case, entry: NewEntry, at: Timestamp) -> Result<JournalEntry, SubmitError> {
    let year = u16::try_from(norwegian_year(at)).unwrap_or(u16::MAX);
    let number =
        EntryNumber::new(case.number(), 1, year, 1).map_err(|_| SubmitError::Entry("its year is out of range"))?;
    Ok(entry.register(id, case.tenant().clone(), case.id(), number, at)?)
}

struct Plan {
    letter: Letter,
    ops: Vec<Op>,
    /// By which the actor may write the record.
    rule: &'static str,
}

async fn plan(
    desk: &Desk<'_>,
    subject: &Subject,
    submission: &Submission,
    now: Timestamp,
) -> Result<Plan, SubmitError> {
    let (office, tenant) = (desk.office, desk.tenant);
    let (case, entry, ops, rule) = match &submission.dispatches {
        Dispatches::Entry(id) => {
            let stored = office.store.entry(&tenant.id, *id).await?;
            let entry = stored.ok_or(SubmitError::Entry("there is none by this id"))?;
            let case = case_of(office, tenant, entry.case()).await?;
            let decision = desk.allowed(subject, Action::Write, &desk.entry_object(&entry, &case)).await?;
            (case, entry, Vec::new(), decision.rule())
        }
        Dispatches::NewEntry { case, entry } => {
            let case = case_of(office, tenant, *case).await?;
            let decision = desk.allowed(subject, Action::Write, &desk.case_object(&case)).await?;
            let id = EntryId::from_uuid(new_uuid(now, &*office.entropy));
            let created = audit::entry_registered(id, &desk.actor, now);
            let op = Op::AddEntry { id, case: case.id(), entry: entry.clone(), year: norwegian_year(now), at: now };
            let entry = preview(id, &case, entry.clone(), now)?;
            (case, entry, vec![op, Op::Audit(created)], decision.rule())
        }
    };
    if let Some(hindrance) = hindrance(&entry) {
        return Err(SubmitError::Entry(hindrance.text));
    }
    let class = of_entry(&entry, &case, &tenant.codes).class;
    let letter = Letter {
        id: LetterId::from_uuid(new_uuid(now, &*office.entropy)),
        tenant: tenant.id.clone(),
        case: case.id(),
        entry: entry.id(),
        submitted_by: desk.actor.id.clone(),
        submitted: now,
        sender: submission.sender.clone(),
        recipient: submission.recipient.clone(),
        title: submission.title.clone(),
        sensitivity: submission.sensitivity.combine(class),
        priority: submission.priority,
        options: submission.options.clone(),
        documents: submission.documents.clone(),
    };
    Ok(Plan { letter, ops, rule })
}

/// What needs no look into the store, and the account by which the letter goes first: the most preferred channel that
/// knows it. Where it really goes is decided when it leaves.
fn check<'a>(tenant: &'a Tenant, submission: &Submission) -> Result<&'a crate::account::Account, SubmitError> {
    if submission.key.trim().is_empty() || submission.key.chars().count() > MAX_KEY {
        return Err(SubmitError::BadKey);
    }
    if submission.documents.is_empty() {
        return Err(SubmitError::NoDocuments);
    }
    let account = &submission.sender.account;
    let known = tenant.accounts.iter().find(|known| known.id == *account);
    known.ok_or_else(|| SubmitError::UnknownAccount(account.to_string()))
}

/// The letter that was handed in under the same key. Another content under it is an error, not a second letter.
async fn earlier(office: &Office, tenant: &Tenant, submission: &Submission) -> Result<Option<Submitted>, SubmitError> {
    let Some(remembered) = office.store.remembered(&tenant.id, &key(&submission.key)).await? else { return Ok(None) };
    let Remembered::Letter(id) = remembered else { return Err(SubmitError::KeyTaken) };
    let letter = office.store.letter(&tenant.id, id).await?.ok_or(SubmitError::KeyTaken)?;
    if !is_same(&letter, submission) {
        return Err(SubmitError::KeyTaken);
    }
    Ok(Some(Submitted { letter: id, entry: letter.entry, repeated: true }))
}

fn is_same(letter: &Letter, submission: &Submission) -> bool {
    let same_entry = match &submission.dispatches {
        Dispatches::Entry(entry) => letter.entry == *entry,
        Dispatches::NewEntry { case, .. } => letter.case == *case,
    };
    same_entry
        && letter.sender == submission.sender
        && letter.recipient == submission.recipient
        && letter.title == submission.title
        && letter.sensitivity >= submission.sensitivity
        && letter.priority == submission.priority
        && letter.options == submission.options
        && letter.documents == submission.documents
}

/// Callers' keys have a room of their own, apart from the engine's.
fn key(text: &str) -> String {
    format!("letter:{text}")
}

const MAX_KEY: usize = 200;
