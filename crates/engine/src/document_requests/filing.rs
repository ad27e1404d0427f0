//! Where a request belongs, and the entries it becomes.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use futures_util::{StreamExt, stream};
use sakarkiv_core::{
    calendar::oslo_date,
    document::{Document, DocumentError, DocumentMarks, DocumentVersion, FileFormat, FileName, MediaType, Variant},
    identity::{CaseId, DocumentId, EntryId, PartyId, Timestamp},
    journal::{EntryKind, JournalEntry, NewDocument, NewEntry},
    party::{Contact, Party, PartyError, PartyRole},
    ports::{AccessRequest, Op, PortError, Remembered, StoreError, Wanted, new_uuid},
    screening::{Hides, Private},
    text::{ExternalKey, MAX_NAME, MAX_TITLE},
};

use super::{Registered, RequestDesk};
use crate::{
    audit,
    office::{Office, Tenant},
    registration::{distribution_case, fitting, norwegian_year, takes_mail},
};

/// The entries that a request becomes, with the changes that make it so.
pub(super) struct Filing {
    pub(super) registered: Vec<Registered>,
    /// Those that are new; the others came in by another way before.
    pub(super) new: Vec<Registered>,
    pub(super) ops: Vec<Op>,
}

/// Why a request cannot be registered.
#[derive(Debug, thiserror::Error)]
pub(super) enum FilingError {
    #[error(transparent)]
    Party(#[from] PartyError),
    #[error(transparent)]
    Document(#[from] DocumentError),
    #[error(transparent)]
    Content(#[from] PortError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Something that is asked for, and what we call it.
struct Asked {
    /// The entry, when it is ours.
    entry: Option<EntryId>,
    /// Our number of it, or what the other side calls it.
    name: String,
}

/// One part of a request: everything that is asked for in one case.
type Parts = BTreeMap<Option<CaseId>, Vec<Asked>>;

/// Works out what a request asks for, case by case, and what it becomes.
pub(super) async fn filing(
    office: &Office,
    tenant: &Tenant,
    desk: &RequestDesk,
    request: &AccessRequest,
) -> Result<Filing, FilingError> {
    let at = office.clock.now();
    let mut filing = Filing { registered: Vec::new(), new: Vec::new(), ops: Vec::new() };
    let mut parts = Parts::new();
    for wanted in &request.wanted {
        let (case, asked) = find(office, tenant, wanted).await?;
        match earlier(office, tenant, request, &asked).await? {
            // Several things of one case became one entry.
            Some(earlier) if filing.registered.contains(&earlier) => {}
            Some(earlier) => filing.registered.push(earlier),
            None => parts.entry(case).or_default().push(asked),
        }
    }
    // Somebody who names nothing asks all the same.
    if request.wanted.is_empty() {
        parts.insert(None, Vec::new());
    }
    for (case, asked) in parts {
        let target = (&desk.source.name, &desk.source.target);
        let case = match case {
            Some(case) => case,
            None => distribution_case(office, tenant, target, at, &mut filing.ops).await?,
        };
        let entry = EntryId::from_uuid(new_uuid(at, &*office.entropy));
        let new = new_entry(office, tenant, desk, request, &asked, at).await?;
        filing.ops.push(Op::AddEntry { id: entry, case, entry: new, year: norwegian_year(at), at });
        filing.ops.push(Op::Audit(audit::request_received(
            &tenant.id,
            entry,
            (&desk.source.name, &request.id),
            &office.actor,
            at,
        )));
        let known: BTreeSet<String> = asked.iter().filter_map(|asked| key(request, asked)).collect();
        filing.ops.extend(known.into_iter().map(|key| Op::Remember { key, object: Remembered::Entry(entry) }));
        let registered = Registered { case, entry };
        filing.registered.push(registered);
        filing.new.push(registered);
    }
    Ok(filing)
}

/// The case where something that is asked for is answered, when it is ours and open.
async fn find(office: &Office, tenant: &Tenant, wanted: &Wanted) -> Result<(Option<CaseId>, Asked), StoreError> {
    let mut entry: Option<JournalEntry> = None;
    if let Some(id) = wanted.entry {
        entry = office.store.entry(&tenant.id, id).await?;
    }
    let mut case = match (&entry, wanted.case) {
        (Some(entry), _) => office.store.case(&tenant.id, entry.case()).await?,
        (None, Some(number)) => office.store.case_by_number(&tenant.id, number).await?,
        (None, None) => None,
    };
    if let (None, Some(case), Some(number)) = (&entry, &case, wanted.number) {
        let entries = office.store.entries(&tenant.id, case.id()).await?;
        entry = entries.into_iter().find(|entry| entry.number().number() == number);
    }
    let name = match (&entry, wanted.case, wanted.number) {
        (Some(entry), _, _) => entry.number().to_string(),
        (None, Some(case), Some(number)) => format!("{case}-{number}"),
        (None, Some(case), None) => case.to_string(),
        (None, None, _) => wanted.running_number.clone().or_else(|| wanted.remote_id.clone()).unwrap_or_default(),
    };
    case = case.filter(|case| takes_mail(case.status()));
    Ok((case.map(|case| case.id()), Asked { entry: entry.map(|entry| entry.id()), name }))
}

/// The entry that the same request became when it came in by another way: known by its order and by what it asks for.
async fn earlier(
    office: &Office,
    tenant: &Tenant,
    request: &AccessRequest,
    asked: &Asked,
) -> Result<Option<Registered>, StoreError> {
    let Some(key) = key(request, asked) else { return Ok(None) };
    let Some(Remembered::Entry(entry)) = office.store.remembered(&tenant.id, &key).await? else { return Ok(None) };
    let entry = office.store.entry(&tenant.id, entry).await?;
    Ok(entry.map(|entry| Registered { case: entry.case(), entry: entry.id() }))
}

fn key(request: &AccessRequest, asked: &Asked) -> Option<String> {
    Some(format!("request:{}:{}", request.order.as_deref()?, asked.entry?))
}

/// The entry that a part of a request becomes: registered for the time being (M), until somebody has looked at it.
async fn new_entry(
    office: &Office,
    tenant: &Tenant,
    desk: &RequestDesk,
    request: &AccessRequest,
    asked: &[Asked],
    at: Timestamp,
) -> Result<NewEntry, FilingError> {
    let names: Vec<&str> = asked.iter().map(|asked| asked.name.as_str()).filter(|name| !name.is_empty()).collect();
    let title = if names.is_empty() { TITLE.to_owned() } else { format!("{TITLE} i {}", names.join(", ")) };
    let mut entry = NewEntry::new(EntryKind::Incoming, fitting(&title, TITLE, MAX_TITLE), office.actor.clone());
    entry.document_date = Some(oslo_date(request.sent));
    entry.received = Some(request.sent);
    entry.due = Some(desk.source.calendar.add_working_days(oslo_date(request.sent), desk.source.answer_within));
    entry.parties = vec![requester(office, request, at)?];
    entry.documents = vec![NewDocument::main(words(office, tenant, desk, request, &names, at).await?)];
    let keys = [("innsynskrav", Some(&request.id)), ("bestilling", request.order.as_ref())];
    let fits = |value: &&String| !value.trim().is_empty() && value.chars().count() <= MAX_NAME;
    entry.external_keys = keys
        .into_iter()
        .filter_map(|(kind, value)| Some((kind, value.filter(fits)?)))
        .map(|(kind, value)| ExternalKey {
            system: desk.source.name.to_string(),
            kind: kind.to_owned(),
            value: Private::new(value.clone()),
        })
        .collect();
    Ok(entry)
}

/// Who asks: nobody's business but the handler's, so the party is screened whatever the entry is. The name that was given stands
/// in the request's own words alone: names of screened parties are looked for in everything that is published of the case, and
/// whoever asks in the name of somebody who is shown there would take that down, and tell the public who asked.
fn requester(office: &Office, request: &AccessRequest, at: Timestamp) -> Result<Party, FilingError> {
    let id = PartyId::from_uuid(new_uuid(at, &*office.entropy));
    let contact = Contact { email: request.requester.email.clone(), person: None, phone: None };
    Ok(Party::new(id, PartyRole::Sender, UNNAMED.into())?.reached_by(contact).screened(true))
}

/// The request in its own words and who sent it, as a document whose file is never published.
async fn words(
    office: &Office,
    tenant: &Tenant,
    desk: &RequestDesk,
    request: &AccessRequest,
    names: &[&str],
    at: Timestamp,
) -> Result<Document, FilingError> {
    let mut lines = vec![format!("{TITLE} sendt {}", oslo_date(request.sent))];
    lines.extend(names.iter().map(|name| format!("Dokument: {name}")));
    lines.extend(request.requester.name.iter().map(|name| format!("Navn: {}", name.expose())));
    lines.extend(request.requester.organisation.iter().map(|name| format!("Virksomhet: {}", name.expose())));
    lines.extend(request.requester.language.iter().map(|language| format!("Ønsket språk: {language}")));
    lines.extend(request.text.iter().map(|text| text.expose().clone()));
    let text = Bytes::from(lines.join("\n").into_bytes());
    let limit = u64::try_from(text.len()).unwrap_or(u64::MAX);
    let content = office.store.put(&tenant.id, stream::iter([Ok(text)]).boxed(), limit).await?;
    let version = DocumentVersion {
        number: 1,
        variant: Variant::Production,
        format: FileFormat::unknown(),
        media_type: MediaType::sanitize("text/plain"),
        file_name: FileName::sanitize("innsynskrav.txt"),
        content,
        created: at,
        created_by: office.actor.clone(),
    };
    let id = DocumentId::from_uuid(new_uuid(at, &*office.entropy));
    let screening = desk.source.target.confidential.clone().map(|screening| screening.hiding(Hides::Document));
    let marks = DocumentMarks { sensitive_personal_data: screening.is_none(), few_may_read: false };
    Ok(Document::new(id, TITLE.into())?.marked(marks).screened(screening).with_version(version)?.finished())
}

const TITLE: &str = "Krav om innsyn";
/// A word that stands in no title and no letter: names of screened parties are looked for in everything that is published of the
/// case.
const UNNAMED: &str = "Innsynskravavsender";
