//! From a delivery to a consignment, and from what became of it to the receipt: pure functions.
//!
//! One case for each posting, under the sender's key; one journal entry for each document, under a key of its own with the
//! version in it, so that a repeat is harmless and a new version is a new entry beside the old one. Names stand in titles
//! that are not public and nowhere else.

use std::collections::BTreeSet;

use sakarkiv_core::{
    calendar::oslo_day_start,
    case::{CaseKind, CaseStatus},
    document::{BlobRef, FileName},
    identity::SourceId,
    intake::{
        self, CaseFacts, CaseName, CaseWish, Consignment, ConsignmentKey, DocumentFacts, EntryFacts, FileFacts,
        PartyFacts, Relation, ScreeningWish, Sequence, reference,
    },
    journal::{DocumentRole, EntryKind, EntryStatus},
    party::{PartyIdentity, PartyRole},
    screening::{Mask, Private, Whole},
    text::ExternalKey,
};

use crate::{
    config::{ApplicationPolicy, RecruitmentConfig},
    contract::{Applicant, Binding, DeliveredDocument, Delivery, DocumentKind, Event, Fault, FileRef, Vacancy},
    screening::{self, ApplicantParty, Protection, Treatment},
};

/// The kind of external keys that tell how long an entry must be kept; the value is
/// [`Retention::mark`](crate::screening::Retention::mark). An application that came before its applicant was hired, and again
/// afterwards, has both marks: to preserve it counts.
pub const RETENTION: &str = "bevaring";

/// The kind of external keys that name the entry which this one takes the place of, or is about.
pub const EARLIER: &str = "gjelder";

/// The sort of entries that tell of a withdrawal or a cancelled vacancy, beside the words of the contract for documents.
pub const REMARK: &str = "merknad";

/// A delivery that was checked, with what becomes of each document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prepared<'a> {
    delivery: &'a Delivery,
    treatments: Vec<Treatment>,
    /// The documents of each entry, main document first, by their place in the delivery.
    entries: Vec<Vec<usize>>,
}

impl Delivery {
    /// Checks the delivery and decides what becomes of each document.
    ///
    /// # Errors
    /// Every fault at once; see [`check`](Self::check).
    pub fn prepare(&self, config: &RecruitmentConfig, binding: Binding) -> Result<Prepared<'_>, Vec<Fault>> {
        let treatments = self.check(config, binding)?;
        let entries = grouped(self, &treatments, config.applications);
        Ok(Prepared { delivery: self, treatments, entries })
    }
}

impl<'a> Prepared<'a> {
    /// The delivery.
    #[must_use]
    pub const fn delivery(&self) -> &'a Delivery {
        self.delivery
    }

    /// The files that must be fetched, with the place of their document: not those that stay in the recruitment system.
    pub fn wanted(&self) -> impl Iterator<Item = (usize, &'a FileRef)> + '_ {
        let documents = &self.delivery.documents;
        self.entries.iter().flatten().filter_map(|index| Some((*index, documents.get(*index)?.file.as_ref()?)))
    }

    /// The documents of each entry, by their place in the delivery.
    #[must_use]
    pub fn entries(&self) -> &[Vec<usize>] {
        &self.entries
    }

    /// How each document is registered, in the order of the delivery.
    #[must_use]
    pub fn treatments(&self) -> &[Treatment] {
        &self.treatments
    }

    /// The consignment. `blob` tells where the bytes of a document are stored, for those of [`wanted`](Self::wanted).
    #[must_use]
    pub fn consignment(
        &self,
        source: SourceId,
        key: ConsignmentKey,
        config: &RecruitmentConfig,
        blob: impl Fn(usize) -> Option<BlobRef>,
    ) -> Consignment {
        let delivery = self.delivery;
        let mut consignment = Consignment::new(source, key);
        consignment.sequence =
            delivery.sequence.map(|number| Sequence { row: delivery.vacancy.external_id.clone(), number });
        consignment.case = case_wish(&delivery.vacancy, config);
        consignment.facts = case_facts(delivery, config);
        consignment.relation = match delivery.event {
            Event::CaseChanged => ConsignmentKey::new(&case_key(delivery)).map_or(Relation::First, Relation::Corrects),
            _ => Relation::First,
        };
        consignment.entries = match delivery.event {
            Event::DocumentWithdrawn => {
                delivery.documents.iter().map(|document| withdrawal(delivery, document, config)).collect()
            }
            _ => self.entries.iter().filter_map(|documents| self.entry(documents, config, &blob)).collect(),
        };
        if delivery.event == Event::CaseCancelled {
            consignment.entries.push(cancellation(delivery, config));
        }
        if matches!(delivery.event, Event::CaseClosed | Event::CaseCancelled) {
            consignment.finish = Some(CaseStatus::HandlerClosed);
        }
        consignment
    }

    fn entry(
        &self,
        documents: &[usize],
        config: &RecruitmentConfig,
        blob: &impl Fn(usize) -> Option<BlobRef>,
    ) -> Option<EntryFacts> {
        let delivery = self.delivery;
        let main = documents.first()?;
        let (document, treatment) = (delivery.documents.get(*main)?, self.treatments.get(*main)?);
        let public = public_title(delivery, document, treatment);
        let mut entry = EntryFacts::new(document.title.clone());
        entry.key = Some(entry_key(delivery, document.id.as_str(), document.version, config));
        entry.sort = Some(document.kind.word().to_owned());
        entry.kind = Some(treatment.entry);
        entry.public_title = Some(Private::new(public.clone()));
        entry.document_date = document.date;
        entry.unit.clone_from(&delivery.employer.unit_code);
        entry.received = (treatment.entry == EntryKind::Incoming).then_some(delivery.at);
        // The day that stands on a letter stays the same however often it is delivered.
        let sent = document.date.map_or(delivery.at, oslo_day_start);
        entry.sent = (treatment.entry == EntryKind::Outgoing).then_some(sent);
        entry.parties = parties(delivery, document, treatment);
        // The letter has left the recruitment system already.
        entry.status = (treatment.party == ApplicantParty::Recipient).then_some(EntryStatus::Dispatched);
        entry.screening = screening(delivery, document, treatment, config);
        entry.external_keys = vec![reference::key(&config.system, RETENTION, treatment.retention.mark())];
        entry.external_keys.extend(document.replaces.map(|version| ExternalKey {
            kind: EARLIER.to_owned(),
            ..entry_key(delivery, &document.id, version, config)
        }));
        for (place, index) in documents.iter().enumerate() {
            let document = delivery.documents.get(*index)?;
            let (file, blob) = (document.file.as_ref()?, blob(*index)?);
            let open = treatment.protection == Protection::Open;
            let name = if open { open_name(document.kind, file) } else { FileName::sanitize(file.name.expose()) };
            let name = apart(name, &entry.documents);
            let mut facts = FileFacts::new(name, file.media_type.clone(), blob);
            (facts.stated_hash, facts.stated_size) = (Some(file.hash), Some(file.size));
            let role = if place == 0 { DocumentRole::Main } else { DocumentRole::Attachment };
            let mut attached = DocumentFacts::new(role, facts);
            attached.title = Some(match (open, place) {
                (true, 0) => Private::new(public.clone()),
                (true, _) => Private::from(document.kind.name()),
                (false, _) => document.title.clone(),
            });
            attached.marks.sensitive_personal_data = !open;
            entry.documents.push(attached);
        }
        Some(entry)
    }
}

/// The key under which a delivery is known for ever. The one that opens a case has the key of the case, which is how a later
/// change of the case's facts finds what it corrects.
///
/// # Errors
/// Nothing that was read can make it fail; a value made otherwise may have an id that is too long.
pub fn consignment_key(delivery: &Delivery) -> Result<ConsignmentKey, Fault> {
    let text = match delivery.event {
        Event::CaseOpened => case_key(delivery),
        _ => format!("leveranse/{}", delivery.id),
    };
    ConsignmentKey::new(&text)
        .map_err(|_| Fault::invalid("/leveranseId", "must have 1 to 128 characters and no control characters"))
}

fn case_key(delivery: &Delivery) -> String {
    format!("sak/{}", delivery.vacancy.external_id)
}

/// Which documents make which entry. An attachment lies in the entry of its main document when both are of this delivery
/// and protected alike; else it would be drawn into the open, or out of it, by the other.
fn grouped(delivery: &Delivery, treatments: &[Treatment], policy: ApplicationPolicy) -> Vec<Vec<usize>> {
    if delivery.event == Event::DocumentWithdrawn {
        return Vec::new();
    }
    let kept =
        |index: usize| delivery.documents.get(index).is_some_and(|document| is_archived(delivery, document, policy));
    let main_of = |index: usize| {
        let document = delivery.documents.get(index)?;
        let main = document.attached_to.as_deref()?;
        let place = delivery.documents.iter().position(|other| other.id == main)?;
        let (ours, theirs) = (treatments.get(index)?, treatments.get(place)?);
        let other = delivery.documents.get(place)?;
        let alike = ours.protection == theirs.protection && document.screening == other.screening;
        (place != index && kept(place) && alike).then_some(place)
    };
    let indices = 0..delivery.documents.len();
    let mains = indices.clone().filter(|index| kept(*index) && main_of(*index).is_none());
    let of = |main: usize| indices.clone().filter(move |index| kept(*index) && main_of(*index) == Some(main));
    mains.map(|main| std::iter::once(main).chain(of(main)).collect()).collect()
}

/// Whether a document comes into the archive, or stays in the recruitment system by the archive's policy.
fn is_archived(delivery: &Delivery, document: &DeliveredDocument, policy: ApplicationPolicy) -> bool {
    use DocumentKind as K;
    if !matches!(document.kind, K::Application | K::Cv | K::Testimonial) {
        return true;
    }
    let hired = |applicant: &Applicant| applicant.status == crate::contract::ApplicantStatus::Hired;
    match policy {
        ApplicationPolicy::All => true,
        ApplicationPolicy::Hired => delivery.applicant_of(document).is_some_and(hired),
        ApplicationPolicy::None => false,
    }
}

fn case_wish(vacancy: &Vacancy, config: &RecruitmentConfig) -> CaseWish {
    match vacancy.case_number {
        Some(number) => CaseWish::Existing(CaseName::Number(number)),
        None => CaseWish::FindOrNew(CaseName::Key(reference::key(
            &config.system,
            reference::CASE,
            vacancy.external_id.as_str(),
        ))),
    }
}

fn case_facts(delivery: &Delivery, config: &RecruitmentConfig) -> CaseFacts {
    let vacancy = &delivery.vacancy;
    let workplace = vacancy.workplace.iter().map(|place| format!(", {place}")).collect::<String>();
    let title = format!("Ansettelse - {}{workplace} - {}", vacancy.title, reference_of(vacancy));
    let mut facts = CaseFacts::default();
    facts.kind = Some(CaseKind::Recruitment);
    facts.title = Some(Private::new(title.clone()));
    facts.public_title = Some(Private::new(title));
    facts.unit.clone_from(&delivery.employer.unit_code);
    facts.case_handler = vacancy.responsible.as_ref().and_then(|responsible| responsible.user.clone());
    facts.external_keys = vec![reference::key(&config.system, reference::CASE, vacancy.external_id.as_str())];
    facts
}

fn entry_key(delivery: &Delivery, document: &str, version: u64, config: &RecruitmentConfig) -> ExternalKey {
    let value = format!("{}/dok/{document}/v{version}", delivery.vacancy.external_id);
    reference::key(&config.system, reference::ENTRY, value)
}

/// `st.ref. 4711`; without a reference, the last part of the sender's key.
fn reference_of(vacancy: &Vacancy) -> String {
    let last = vacancy.external_id.rsplit('/').next().unwrap_or(&vacancy.external_id);
    format!("st.ref. {}", vacancy.reference.as_deref().unwrap_or(last))
}

/// The title that everybody may read. Of an exempt document only its kind and the reference. Of an open one the sender's
/// proposal, unless anybody's name is in it.
fn public_title(delivery: &Delivery, document: &DeliveredDocument, treatment: &Treatment) -> String {
    let plain = format!("{} - {}", document.kind.name(), reference_of(&delivery.vacancy));
    let proposal = document.public_title.as_ref().map(|title| title.expose().clone());
    match (treatment.protection, proposal) {
        (Protection::Open, Some(proposal)) if name_words(delivery, &[&proposal]).is_empty() => proposal,
        _ => plain,
    }
}

/// The parts of applicants' names that occur in any of the texts.
fn name_words(delivery: &Delivery, texts: &[&str]) -> BTreeSet<String> {
    let names = delivery.applicants.iter().filter_map(|applicant| applicant.name.as_ref());
    let parts = names.flat_map(|name| name.expose().split(|c: char| !c.is_alphanumeric()));
    let parts: BTreeSet<&str> = parts.filter(|part| part.chars().nth(1).is_some()).collect();
    let occurs = |part: &str| {
        let mask = Mask::new().with(part, Whole::No);
        texts.iter().any(|text| mask.apply(text) != **text)
    };
    parts.into_iter().filter(|part| Mask::is_maskable(part) && occurs(part)).map(str::to_owned).collect()
}

fn screening(
    delivery: &Delivery,
    document: &DeliveredDocument,
    treatment: &Treatment,
    config: &RecruitmentConfig,
) -> Option<ScreeningWish> {
    let asked = document.screening.as_ref();
    let (code, basis, until) = match (treatment.protection, asked) {
        (Protection::Open, _) => return None,
        (Protection::AsAsked, Some(asked)) => (&asked.code, &asked.legal_basis, asked.until),
        _ => (&config.screening.code, &config.screening.legal_basis, None),
    };
    let mut wish = ScreeningWish::new(code.as_str());
    wish.legal_basis = Some(basis.clone());
    wish.hides = screening::hides();
    wish.words = name_words(delivery, &[document.title.expose()]).into_iter().map(Private::new).collect();
    wish.until = until;
    Some(wish)
}

fn parties(delivery: &Delivery, document: &DeliveredDocument, treatment: &Treatment) -> Vec<PartyFacts> {
    let role = match treatment.party {
        ApplicantParty::Sender => PartyRole::Sender,
        ApplicantParty::Recipient => PartyRole::Recipient,
        ApplicantParty::None if treatment.entry == EntryKind::Internal => return vec![ourselves(delivery)],
        ApplicantParty::None => return Vec::new(),
    };
    let Some(applicant) = delivery.applicant_of(document) else { return Vec::new() };
    // An applicant without a name is known by the number in the list.
    let name = applicant.name.clone().unwrap_or_else(|| Private::new(format!("Søker {}", applicant.id)));
    let mut party = PartyFacts::new(role, name);
    party.identity = applicant.number.clone().map(PartyIdentity::Person);
    party.screened = treatment.party_screened;
    vec![party]
}

/// The unit that recruits, as the sender of what stays within the organisation.
fn ourselves(delivery: &Delivery) -> PartyFacts {
    let name = delivery.employer.unit_name.as_deref().or(delivery.employer.unit_code.as_deref());
    let mut party = PartyFacts::new(PartyRole::InternalSender, name.unwrap_or("Rekruttering").into());
    party.unit.clone_from(&delivery.employer.unit_code);
    party.case_handler = delivery.vacancy.responsible.as_ref().and_then(|responsible| responsible.user.clone());
    party
}

/// The name of a file that everybody may see: what it is, and nothing that somebody wrote.
fn open_name(kind: DocumentKind, file: &FileRef) -> FileName {
    let name = FileName::sanitize(file.name.expose());
    let extension = name.extension().map(|extension| format!(".{extension}")).unwrap_or_default();
    FileName::sanitize(&format!("{}{extension}", kind.name()))
}

/// A name that no other file of the entry has.
fn apart(name: FileName, others: &[DocumentFacts]) -> FileName {
    let lower = |name: &FileName| name.as_str().to_lowercase();
    let taken: BTreeSet<String> = others.iter().flat_map(|other| &other.files).map(|file| lower(&file.name)).collect();
    if !taken.contains(&lower(&name)) {
        return name;
    }
    (2..).map(|n| name.numbered(n)).find(|other| !taken.contains(&lower(other))).unwrap_or(name)
}

/// An entry that tells of a withdrawal. What is archived stays.
fn withdrawal(delivery: &Delivery, document: &DeliveredDocument, config: &RecruitmentConfig) -> EntryFacts {
    let kind = document.kind.name();
    let title = format!("Trukket: {kind} - {}, versjon {}", reference_of(&delivery.vacancy), document.version);
    let mut entry = remark(delivery, title);
    let about = entry_key(delivery, &document.id, document.version, config);
    entry.key = Some(reference::key(&config.system, reference::ENTRY, format!("{}/trukket", about.value.expose())));
    entry.external_keys = vec![ExternalKey { kind: EARLIER.to_owned(), ..about }];
    entry
}

/// An entry that tells that the vacancy was cancelled.
fn cancellation(delivery: &Delivery, config: &RecruitmentConfig) -> EntryFacts {
    let mut entry = remark(delivery, format!("Stillingen er avlyst - {}", reference_of(&delivery.vacancy)));
    let value = format!("{}/avlyst", delivery.vacancy.external_id);
    entry.key = Some(reference::key(&config.system, reference::ENTRY, value));
    entry
}

fn remark(delivery: &Delivery, title: String) -> EntryFacts {
    let mut entry = EntryFacts::new(Private::new(title));
    entry.sort = Some(REMARK.to_owned());
    entry.kind = Some(EntryKind::Internal);
    entry.unit.clone_from(&delivery.employer.unit_code);
    entry.parties = vec![ourselves(delivery)];
    entry
}

/// Rules of the archive that fit what this adapter hands in: the public list is never screened, what § 25 exempts never
/// comes without a screening, remarks need no document. The unit gets cases whose sender names none.
#[must_use]
pub fn intake_rules(config: &RecruitmentConfig, unit: sakarkiv_core::identity::UnitId) -> intake::IntakeRules {
    use intake::{EntryRule, ScreeningRule};
    let mut rules = intake::IntakeRules::for_unit(unit);
    rules.case.kind = CaseKind::Recruitment;
    rules.case.kinds = BTreeSet::from([CaseKind::Recruitment]);
    rules.open_codes = true;
    rules.lenient_units = true;
    for kind in DocumentKind::ALL {
        let mut rule = EntryRule::default();
        rule.document_type = Some(sakarkiv_core::document::DocumentType::Other(kind.name().to_owned()));
        rule.screening = match kind {
            DocumentKind::PublicList => ScreeningRule::Never,
            DocumentKind::JobAnalysis | DocumentKind::Advert => ScreeningRule::AsSent,
            DocumentKind::Note | DocumentKind::Other if config.screening.notes_exempt == Some(false) => {
                ScreeningRule::AsSent
            }
            kind if config.screening.open.contains(kind) => ScreeningRule::AsSent,
            _ => ScreeningRule::Required,
        };
        rules.entries.insert(kind.word().to_owned(), rule);
    }
    let mut remark = EntryRule::default();
    remark.without_documents = true;
    rules.entries.insert(REMARK.to_owned(), remark);
    rules
}

#[cfg(test)]
mod tests;
