//! Where incoming mail is filed, and how it is registered.

use chrono::Datelike;
use sakarkiv_core::{
    calendar::oslo_date,
    case::{CaseKind, CaseStatus, NewCase},
    document::{Document, DocumentError, DocumentMarks, DocumentType, DocumentVersion, FileFormat, Variant},
    identity::{CaseId, DocumentId, EntryId, InboxId, PartyId, Timestamp, UnitId},
    journal::{EntryKind, NewDocument, NewEntry},
    party::{Party, PartyError, PartyRole},
    ports::{Correspondent, Op, ReceivedDocument, ReceivedMail, Remembered, StoreError, new_uuid},
    screening::{Private, Screening},
    text::{ExternalKey, MAX_NAME, MAX_TITLE},
};

use crate::{
    audit,
    inbox::Letterbox,
    office::{Office, Tenant},
    particulars,
};

/// Where an inbox's mail goes when the sender does not name an open case of ours.
///
/// Then it is registered in a distribution case (fordelingssak) of the unit, one a year, opened when the first such mail
/// of the year comes in. People move it from there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InboxTarget {
    /// The unit that gets it.
    pub unit: UnitId,
    /// The title of the distribution case; the year is added.
    pub distribution_title: String,
    /// The screening that mail gets which its sender marked as confidential. Whether it is right is for people to assess.
    /// Without one such mail is kept from the public and from ordinary readers by its documents alone.
    pub confidential: Option<Screening>,
}

impl InboxTarget {
    /// The unit's distribution case under its usual title, with the [usual screening](Screening::of_confidential_mail) of
    /// confidential mail.
    #[must_use]
    pub fn new(unit: UnitId) -> Self {
        let confidential = Some(Screening::of_confidential_mail());
        Self { unit, distribution_title: "Post til fordeling".to_owned(), confidential }
    }
}

/// The case and entry that mail becomes, with the changes that make it so.
pub(crate) struct Filing {
    pub(crate) case: CaseId,
    pub(crate) entry: EntryId,
    pub(crate) ops: Vec<Op>,
}

/// The year of a moment by Norwegian local date.
pub(crate) fn norwegian_year(at: Timestamp) -> i32 {
    oslo_date(at).year()
}

/// Works out where mail goes: to our case that the sender names (when `own_case` allows it and it is open), else to the
/// distribution case.
pub(crate) async fn filing(
    office: &Office,
    tenant: &Tenant,
    letterbox: &Letterbox,
    (mail, particulars): (&ReceivedMail, Option<&ReceivedDocument>),
    own_case: bool,
) -> Result<Filing, StoreError> {
    let (at, mut ops) = (office.clock.now(), Vec::new());
    let named = if own_case { open_case(office, tenant, mail).await? } else { None };
    let case = match named {
        Some(case) => case,
        None => distribution_case(office, tenant, (&letterbox.id, &letterbox.target), at, &mut ops).await?,
    };
    let entry = EntryId::from_uuid(new_uuid(at, &*office.entropy));
    let year = norwegian_year(at);
    let new = new_entry(office, letterbox, (mail, particulars), at)
        .map_err(|error| StoreError::Invalid(error.to_string()))?;
    ops.push(Op::AddEntry { id: entry, case, entry: new, year, at });
    let item = (&letterbox.id, &mail.id);
    ops.push(Op::Audit(audit::mail_received(&tenant.id, entry, item, &office.actor, at)));
    Ok(Filing { case, entry, ops })
}

async fn open_case(office: &Office, tenant: &Tenant, mail: &ReceivedMail) -> Result<Option<CaseId>, StoreError> {
    let Some(number) = mail.our_case else { return Ok(None) };
    let case = office.store.case_by_number(&tenant.id, number).await?;
    Ok(case.filter(|case| takes_mail(case.status())).map(|case| case.id()))
}

/// This year's distribution case; the change that opens it when there is none yet, or none that is open. Two who open it at
/// once collide on its key, and the later one uses the earlier one's.
pub(crate) async fn distribution_case(
    office: &Office,
    tenant: &Tenant,
    (source, target): (&InboxId, &InboxTarget),
    at: Timestamp,
    ops: &mut Vec<Op>,
) -> Result<CaseId, StoreError> {
    let year = norwegian_year(at);
    let first = format!("distribution:{source}:{}:{year}", target.unit);
    let mut key = first.clone();
    let mut nth = 1_u32;
    while let Some(Remembered::Case(id)) = office.store.remembered(&tenant.id, &key).await? {
        let case = office.store.case(&tenant.id, id).await?;
        if case.is_some_and(|case| takes_mail(case.status())) {
            return Ok(id);
        }
        nth = nth.saturating_add(1);
        key = format!("{first}:{nth}");
    }
    let id = CaseId::from_uuid(new_uuid(at, &*office.entropy));
    ops.push(Op::OpenCase { id, case: new_case(office, target, year), year, at });
    ops.push(Op::Remember { key, object: Remembered::Case(id) });
    ops.push(Op::Audit(audit::case_opened(&tenant.id, id, &office.actor, at)));
    Ok(id)
}

/// Whether a case still takes entries. A closed one does not: its mail is distributed by people.
pub(crate) const fn takes_mail(status: CaseStatus) -> bool {
    matches!(status, CaseStatus::Reserved | CaseStatus::Open | CaseStatus::Exempt | CaseStatus::HandlerDone)
}

fn new_case(office: &Office, target: &InboxTarget, year: i32) -> NewCase {
    let title = format!("{} {year}", target.distribution_title);
    NewCase::new(
        CaseKind::Ordinary,
        fitting(&title, "Post til fordeling", MAX_TITLE),
        target.unit.clone(),
        office.actor.clone(),
    )
}

#[derive(Debug, thiserror::Error)]
enum MailError {
    #[error(transparent)]
    Party(#[from] PartyError),
    #[error(transparent)]
    Document(#[from] DocumentError),
}

/// The entry that mail becomes: registered for the time being (M), until somebody has looked at it. What was told beside its
/// documents is the last of them.
fn new_entry(
    office: &Office,
    letterbox: &Letterbox,
    (mail, particulars): (&ReceivedMail, Option<&ReceivedDocument>),
    at: Timestamp,
) -> Result<NewEntry, MailError> {
    let title = fitting(mail.title.expose(), "Uten tittel", MAX_TITLE);
    let mut entry = NewEntry::new(EntryKind::Incoming, title, office.actor.clone());
    entry.document_date = mail.document_date.map(oslo_date);
    entry.received = Some(mail.received.unwrap_or(at));
    entry.unit = Some(letterbox.target.unit.clone());
    entry.parties = mail.from.iter().map(|from| sender(office, from, at)).collect::<Result<_, _>>()?;
    let document = |received: &ReceivedDocument| document(office, received, mail.confidential, at);
    let named = |told: Document| told.of_kind(DocumentType::SendersParticulars).titled(particulars::TITLE.into());
    let told = particulars.map(|told| document(told).and_then(|told| Ok(named(told)?)));
    entry.documents = mail
        .documents
        .iter()
        .map(document)
        .chain(told)
        .enumerate()
        .map(|(place, document)| document.map(if place == 0 { NewDocument::main } else { NewDocument::attachment }))
        .collect::<Result<_, _>>()?;
    entry.screening = letterbox.target.confidential.clone().filter(|_| mail.confidential);
    entry.external_keys = external_keys(letterbox, mail);
    Ok(entry)
}

fn sender(office: &Office, from: &Correspondent, at: Timestamp) -> Result<Party, MailError> {
    let id = PartyId::from_uuid(new_uuid(at, &*office.entropy));
    let mut party = Party::new(id, PartyRole::Sender, fitting(from.name.expose(), "Ukjent avsender", MAX_NAME))?;
    if let Some(identity) = &from.identity {
        party = party.identified_by(identity.clone());
    }
    if let Some(address) = &from.address {
        party = party.living_at(address.clone());
    }
    Ok(party)
}

fn document(
    office: &Office,
    received: &ReceivedDocument,
    confidential: bool,
    at: Timestamp,
) -> Result<Document, MailError> {
    let id = DocumentId::from_uuid(new_uuid(at, &*office.entropy));
    let marks = DocumentMarks { sensitive_personal_data: received.sensitive_personal_data, few_may_read: confidential };
    let version = DocumentVersion {
        number: 1,
        variant: Variant::Production,
        format: FileFormat::unknown(),
        media_type: received.media_type.clone(),
        file_name: received.file_name.clone(),
        content: received.blob,
        created: at,
        created_by: office.actor.clone(),
    };
    let title = fitting(received.file_name.as_str(), "Uten navn", MAX_TITLE);
    Ok(Document::new(id, title)?.marked(marks).with_version(version)?.finished())
}

/// By what the sender and the inbox know the mail. What fits no key is left out; it stands among the particulars.
fn external_keys(letterbox: &Letterbox, mail: &ReceivedMail) -> Vec<ExternalKey> {
    let theirs = mail.their_case.map(|number| number.to_string());
    let keys = [
        (letterbox.id.as_str(), "item", Some(mail.id.0.clone())),
        ("sender", "reference", mail.external_reference.clone()),
        ("sender", "case", theirs),
        (letterbox.id.as_str(), "answers", mail.answers.clone()),
    ];
    let filled = keys.into_iter().filter_map(|(system, kind, value)| Some((system, kind, value?)));
    filled
        .filter(|(_, _, value)| !value.trim().is_empty() && value.chars().count() <= MAX_NAME)
        .map(|(system, kind, value)| ExternalKey {
            system: system.to_owned(),
            kind: kind.to_owned(),
            value: Private::new(value),
        })
        .collect()
}

/// The text cut to what a record holds; `otherwise` when it is blank.
pub(crate) fn fitting(text: &str, otherwise: &str, max: usize) -> Private<String> {
    let text: String = text.trim().chars().take(max).collect();
    Private::new(if text.trim().is_empty() { otherwise.to_owned() } else { text })
}
