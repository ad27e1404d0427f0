//! Reminders that reveal nothing (R5.6): ordinary letters made of a fixed text and the municipality's public face.

use bytes::Bytes;
use futures_util::{StreamExt, stream};
use sakarkiv_core::{
    access::Actor,
    audit::{Activity, ObjectRef},
    calendar::oslo_date,
    case::Case,
    delivery::{Delivery, Letter, LetterDocument, LetterOptions, Message, Recipient, Reference},
    document::{BlobRef, Document, DocumentError, DocumentVersion, FileName, MediaType, Variant},
    identity::{DocumentId, EntryId, LetterId, PartyId, Timestamp},
    journal::{EntryKind, EntryStatus, JournalEntry, NewDocument, NewEntry},
    party::{Party, PartyError, PartyIdentity, PartyRole},
    ports::{Kept, Op, PortError, Remembered, StoreError, Transaction, new_uuid},
    screening::{Hides, Private, Screening},
    sensitivity::SensitivityClass,
    unopened::{Action, ReminderText, reminder, reminder_kind},
};
use thiserror::Error;

use super::{Contact, ContactAbout, ContactKind, FollowUp, ReminderLetters, Unopened, paper};
use crate::{
    account::Account,
    audit,
    desk::DeskError,
    office::{Office, Tenant},
    registration::norwegian_year,
    rights,
};

/// A reminder that is on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reminded {
    /// The letter that it is.
    pub letter: LetterId,
    /// The journal entry that registers it.
    pub entry: EntryId,
    /// The how-manieth about the same letter, from 1.
    pub number: u32,
    /// It had been sent already, by somebody else at the same moment.
    pub repeated: bool,
}

/// Why no reminder was sent.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum RemindError {
    /// Not there, not allowed, or not stored.
    #[error(transparent)]
    Desk(#[from] DeskError),
    /// The tenant has not said how reminders are written.
    #[error("reminders are not set up: say who they are from in the tenant's follow-up")]
    NotSetUp,
    /// The letter does not lie unopened, as far as is known.
    #[error("the letter does not lie unopened: nobody need be reminded of it")]
    NotUnopened,
    /// A reminder is not what the letter calls for now.
    #[error("a reminder is not what the letter calls for now: see the overview for `{}`", .0.name())]
    NotCalledFor(Action),
    /// The text could not be put into the store.
    #[error("the reminder cannot be kept: {0}")]
    Content(#[from] PortError),
    /// A part of the reminder is malformed: its set-up is at fault.
    #[error("the reminder cannot be written: {0}")]
    Malformed(String),
}

impl From<StoreError> for RemindError {
    fn from(error: StoreError) -> Self {
        Self::Desk(error.into())
    }
}

/// Sends the reminder that a letter calls for, once for each number, and never more than the tenant's limits allow: letter,
/// journal entry, contact and log are one transaction.
pub(crate) async fn remind(
    office: &Office,
    tenant: &Tenant,
    follow_up: &FollowUp,
    by: &Actor,
    unopened: &Unopened,
) -> Result<Reminded, RemindError> {
    let settings = follow_up.reminders.as_ref().ok_or(RemindError::NotSetUp)?;
    let known = tenant.accounts.iter().find(|account| account.id == settings.sender.account);
    let account = known.ok_or(RemindError::NotSetUp)?;
    let now = office.clock.now();
    let line = unopened.line(follow_up, now).ok_or(RemindError::NotUnopened)?;
    let number = unopened.contacts.reminders() + 1;
    let allowed = number <= follow_up.limits.most_reminders;
    let kind = reminder_kind(&line).filter(|_| allowed).ok_or(RemindError::NotCalledFor(line.recommendation.action))?;
    let text = reminder(kind, settings.language, settings.face());
    let writer = Writer { office, tenant, settings, by, now };
    let written = writer.write(&unopened.letter, &text, number).await?;
    let (letter, entry) = (written.letter.id, written.letter.entry);
    let how = ContactKind::Reminder { number, letter };
    let contact = Contact { at: now, by: by.id.clone(), how };
    let about = unopened.letter.id;
    let key = format!("reminder:{about}:{number}");
    let mut ops = written.ops(account, office, by, now);
    ops.push(unopened.contacts.with(&ContactAbout::Letter(about), contact)?);
    ops.push(Op::Keep(mark(letter, about)));
    ops.push(Op::Remember { key: key.clone(), object: Remembered::Letter(letter) });
    let event = rights::event(by, Activity::Reminded, ObjectRef::Letter(about), now)
        .with_detail("by", how.name())
        .with_detail("number", number.to_string())
        .with_detail("letter", letter.to_string());
    ops.push(Op::Audit(event));
    let repeated = match office.commit(Transaction { tenant: tenant.id.clone(), ops }).await {
        Ok(_) => None,
        // Somebody else did so at the same moment, or nobody knows: whichever is stored counts.
        Err(error @ (StoreError::Conflict { .. } | StoreError::Duplicate { .. } | StoreError::Unknown(_))) => {
            Some(stored(office, tenant, &key).await?.ok_or(error)?)
        }
        Err(error) => return Err(error.into()),
    };
    account.work.raise();
    let (letter, entry, repeated) = match repeated {
        Some(stored) if stored.id != letter => (stored.id, stored.entry, true),
        _ => (letter, entry, false),
    };
    Ok(Reminded { letter, entry, number, repeated })
}

/// Whether a letter is a reminder that the office wrote itself, which reveals nothing whatever its case is about. Only for
/// these the class of the records does not count when it is decided which way they go.
pub(crate) async fn reveals_nothing(office: &Office, letter: &Letter) -> Result<bool, StoreError> {
    let marked = office.store.kept(&letter.tenant, REMINDERS, &letter.id.to_string()).await?;
    Ok(marked.is_some() && letter.sensitivity == SensitivityClass::Open)
}

/// Stands in the store for each reminder, with the letter that it is about.
fn mark(reminder: LetterId, about: LetterId) -> Kept {
    Kept::new(REMINDERS, reminder.to_string(), format!("\"{about}\""))
}

async fn stored(office: &Office, tenant: &Tenant, key: &str) -> Result<Option<Letter>, StoreError> {
    match office.store.remembered(&tenant.id, key).await? {
        Some(Remembered::Letter(letter)) => office.store.letter(&tenant.id, letter).await,
        _ => Ok(None),
    }
}

/// Writes reminders. Nothing of the letter that lies unopened gets into one but whom it is for.
struct Writer<'a> {
    office: &'a Office,
    tenant: &'a Tenant,
    settings: &'a ReminderLetters,
    by: &'a Actor,
    now: Timestamp,
}

struct Written {
    letter: Letter,
    entry: NewEntry,
}

impl Writer<'_> {
    async fn write(&self, about: &Letter, text: &ReminderText, number: u32) -> Result<Written, RemindError> {
        let (store, tenant) = (&self.office.store, &self.tenant.id);
        let entry = store.entry(tenant, about.entry).await?.ok_or(DeskError::NotFound)?;
        let case = store.case(tenant, about.case).await?.ok_or(DeskError::NotFound)?;
        let id = LetterId::from_uuid(self.uuid());
        let body = text.as_document(self.settings.language, number, oslo_date(self.now), &Reference::of(id));
        let bytes = Bytes::from(paper::pdf(&text.title, &body));
        let limit = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        let blob = store.put(tenant, stream::iter([Ok(bytes)]).boxed(), limit).await?;
        let letter = self.letter(id, about, text, blob);
        let entry = self.entry(&entry, &case, &letter, text).map_err(RemindError::Malformed)?;
        Ok(Written { letter, entry })
    }

    fn letter(&self, id: LetterId, about: &Letter, text: &ReminderText, blob: BlobRef) -> Letter {
        let mut options = LetterOptions::default();
        // The ordinary mailbox is open to more people than the letter that lies unopened.
        options.without_case_numbers = true;
        options.message = Some(Message {
            language: self.settings.language,
            summary: Some(Private::new(text.summary.clone())),
            body: Private::new(text.body.clone()),
        });
        Letter {
            id,
            tenant: self.tenant.id.clone(),
            case: about.case,
            entry: EntryId::from_uuid(self.uuid()),
            submitted_by: self.by.id.clone(),
            submitted: self.now,
            sender: self.settings.sender.clone(),
            recipient: about.recipient.clone(),
            title: Private::new(text.title.clone()),
            sensitivity: SensitivityClass::Open,
            priority: about.priority,
            options,
            documents: vec![LetterDocument {
                file_name: FileName::sanitize(FILE_NAME),
                media_type: MediaType::pdf(),
                blob,
                sensitive_personal_data: false,
            }],
        }
    }

    /// The entry in the letter's case: for the same people as the letter's own, its recipient kept from the public, since
    /// whoever gets mail in a confidential case may be part of what is confidential.
    fn entry(
        &self,
        about: &JournalEntry,
        case: &Case,
        letter: &Letter,
        text: &ReminderText,
    ) -> Result<NewEntry, String> {
        let mut entry = NewEntry::new(EntryKind::Outgoing, Private::new(text.title.clone()), self.by.id.clone());
        entry.status = EntryStatus::Finished;
        entry.unit = about.unit().cloned();
        entry.case_handler = about.case_handler().cloned();
        entry.access_group = about.access_group().cloned();
        entry.screening = about.screening().or_else(|| case.screening()).map(names_hidden).transpose()?;
        entry.parties = vec![self.party(&letter.recipient).map_err(|error| error.to_string())?];
        let blobs = letter.documents.iter().map(|document| document.blob);
        let documents = blobs.map(|blob| self.document(&text.title, blob).map(NewDocument::main));
        entry.documents = documents.collect::<Result<_, _>>().map_err(|error| error.to_string())?;
        Ok(entry)
    }

    fn party(&self, recipient: &Recipient) -> Result<Party, PartyError> {
        let id = PartyId::from_uuid(self.uuid());
        let party = Party::new(id, PartyRole::Recipient, recipient.name().clone())?.screened(true);
        Ok(match recipient {
            Recipient::Organisation { number, .. } => party.identified_by(PartyIdentity::Organisation(number.clone())),
            Recipient::Person { number, .. } => party.identified_by(PartyIdentity::Person(number.clone())),
            Recipient::Addressee { .. } => party,
        })
    }

    fn document(&self, title: &str, content: BlobRef) -> Result<Document, DocumentError> {
        let version = DocumentVersion {
            number: 1,
            variant: Variant::Archive,
            format: paper::format(),
            media_type: MediaType::pdf(),
            file_name: FileName::sanitize(FILE_NAME),
            content,
            created: self.now,
            created_by: self.by.id.clone(),
        };
        let id = DocumentId::from_uuid(self.uuid());
        Ok(Document::new(id, Private::from(title))?.with_version(version)?.finished())
    }

    fn uuid(&self) -> uuid::Uuid {
        new_uuid(self.now, &*self.office.entropy)
    }
}

impl Written {
    fn ops(self, account: &Account, office: &Office, by: &Actor, now: Timestamp) -> Vec<Op> {
        let Self { letter, entry } = self;
        let expires = office.policy.expires(now, letter.priority);
        let delivery = Delivery::queue(&letter, account.channel_id.clone(), expires);
        let created = audit::entry_registered(letter.entry, by, now);
        let accepted = audit::letter_accepted(&letter, by, now);
        let added = Op::AddEntry { id: letter.entry, case: letter.case, entry, year: norwegian_year(now), at: now };
        vec![added, Op::Audit(created), Op::AddLetter { letter, delivery }, Op::Audit(accepted)]
    }
}

/// The same screening for the parties' names alone. Its words are those of another title.
fn names_hidden(screening: &Screening) -> Result<Screening, String> {
    let made = Screening::new(screening.code().clone(), screening.legal_basis(), [Hides::PartyNames]);
    let made = made.map_err(|error| error.to_string())?;
    Ok(match screening.last_day() {
        Some(day) => made.until(day),
        None => made,
    })
}

const REMINDERS: &str = "unopened.reminder";
const FILE_NAME: &str = "paaminnelse.pdf";
