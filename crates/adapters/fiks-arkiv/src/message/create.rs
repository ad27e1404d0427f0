//! `arkivmelding`: a case, an entry, or both, as a consignment.

use std::collections::BTreeMap;

use sakarkiv_core::{
    case::{CaseKind, CaseStatus},
    document::{BlobRef, ContentHash, DocumentType, FileFormat, FileName, MediaType, Variant},
    identity::{CountryCode, NationalIdentityNumber, OrganisationNumber, PostalAddress, SourceId},
    intake::{
        CaseFacts, CaseName, CaseWish, Consignment, ConsignmentKey, DesiredClass, DocumentFacts, EntryFacts, FileFacts,
        PartyFacts, ScreeningWish, reference,
    },
    journal::{DocumentRole, EntryKind, EntryStatus},
    party::{Contact, PartyIdentity, PartyRole},
    screening::Private,
    text::ExternalKey,
};
use sakarkiv_xml::{
    Element,
    fields::{
        code, date, flag, listed, missing, moment, number, private, required, required_code, required_number, text,
        value,
    },
};

use super::references::{case_name, external_key, optional_case_number};
use crate::MessageError;

/// What is needed to read an `arkivmelding` beside the message itself.
pub(crate) struct Reading<'a> {
    /// The source that sent it.
    pub(crate) source: &'a SourceId,
    /// The key of the consignment.
    pub(crate) key: ConsignmentKey,
    /// The files that came with it, by the name they came under.
    pub(crate) files: &'a BTreeMap<String, BlobRef>,
}

/// A read `arkivmelding`.
#[derive(Debug)]
pub(crate) struct Create {
    /// What to take in.
    pub(crate) consignment: Consignment,
    /// Whether the message had a `mappe`, and so wants a receipt for it.
    pub(crate) case: Option<CaseForm>,
    /// Whether it had a `registrering`, and of which type.
    pub(crate) entry: Option<EntryForm>,
    /// The numbers that the message gave its documents, in its order. The receipt repeats them.
    pub(crate) numbers: Vec<i32>,
}

/// The type of a `mappe`, which its receipt repeats.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CaseForm {
    Folder,
    Case,
}

/// The type of a `registrering`, which its receipt repeats.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EntryForm {
    Record,
    JournalEntry,
}

/// The names of the files that a message refers to, in its order, as often as it does.
pub(crate) fn file_references(root: &Element) -> Vec<&str> {
    let documents = root.child("registrering").into_iter().flat_map(|entry| entry.all("dokumentbeskrivelse"));
    let objects = documents.flat_map(|document| document.all("dokumentobjekt"));
    objects.filter_map(|object| text(object, "referanseDokumentfil")).collect()
}

/// Refuses a message with a security grade (gradering) anywhere in it: graded content must not even be stored here.
pub(crate) fn ungraded(element: &Element) -> Result<(), MessageError> {
    if element.child("gradering").is_some_and(Element::is_filled_in) {
        return Err(MessageError::Unsupported { what: "a record or document with a security grade (gradering)" });
    }
    element.children().iter().try_for_each(ungraded)
}

impl Create {
    /// Reads an `arkivmelding`.
    pub(crate) fn read(root: &Element, reading: &Reading<'_>) -> Result<Self, MessageError> {
        let (case, entry) = (root.child("mappe"), root.child("registrering"));
        let mut consignment = Consignment::new(reading.source.clone(), reading.key.clone());
        consignment.rule = text(root, "regel").map(str::to_owned);
        consignment.case = wish(root, case, entry)?;
        if let Some(case) = case {
            consignment.facts = case_facts(case)?;
            consignment.finish = finish(case)?;
        }
        if let Some(entry) = entry {
            consignment.entries.push(entry_facts(entry, reading.files)?);
        }
        Ok(Self {
            consignment,
            case: case.map(case_form).transpose()?,
            entry: entry.map(entry_form).transpose()?,
            numbers: entry.map_or_else(|| Ok(Vec::new()), document_numbers)?,
        })
    }
}

/// A case of the message is found by its key or number, else opened; an entry alone names its case.
fn wish(root: &Element, case: Option<&Element>, entry: Option<&Element>) -> Result<CaseWish, MessageError> {
    match (case, entry) {
        (Some(case), _) => match external_key(case, reference::CASE)? {
            Some(key) => Ok(CaseWish::FindOrNew(CaseName::Key(key))),
            None => Ok(optional_case_number(case)?
                .map_or(CaseWish::New, |number| CaseWish::Existing(CaseName::Number(number)))),
        },
        (None, Some(entry)) => match entry.child("referanseForelderMappe") {
            Some(reference) => case_name(reference).map(CaseWish::Existing),
            None if entry.child("arkivdel").is_some() => {
                Err(MessageError::Unsupported { what: "an entry (registrering) without a case" })
            }
            None => Err(missing(entry, "referanseForelderMappe").into()),
        },
        (None, None) => Err(missing(root, "mappe").into()),
    }
}

fn case_form(case: &Element) -> Result<CaseForm, MessageError> {
    match case.xsi_type() {
        None | Some("mappe") => Ok(CaseForm::Folder),
        Some("saksmappe") => Ok(CaseForm::Case),
        Some(_) => Err(MessageError::Unsupported { what: "a folder that is no case (such as moetemappe)" }),
    }
}

fn entry_form(entry: &Element) -> Result<EntryForm, MessageError> {
    match entry.xsi_type() {
        None | Some("registrering" | "arkivnotat") => Ok(EntryForm::Record),
        Some("journalpost") => Ok(EntryForm::JournalEntry),
        Some(_) => Err(MessageError::Unsupported { what: "a record of a meeting (such as moetesak)" }),
    }
}

pub(crate) fn case_facts(case: &Element) -> Result<CaseFacts, MessageError> {
    let mut facts = CaseFacts::default();
    facts.title = Some(required(case, "tittel")?.into());
    facts.public_title = private(case, "offentligTittel");
    facts.kind = code(case, "mappetype").and_then(case_kind);
    facts.classes = case.all("klassifikasjon").map(class).collect::<Result<_, _>>()?;
    facts.series = code(case, "arkivdel").map(str::to_owned);
    facts.unit = case.child("administrativEnhet").and_then(identifier).map(str::to_owned);
    facts.case_handler = case.child("saksansvarlig").and_then(identifier).map(str::to_owned);
    facts.date = date(case, "saksdato")?;
    facts.screening = screening(case)?;
    facts.external_keys = case_keys(case)?;
    Ok(facts)
}

/// The status a case gets, as far as a specialist system may say: the archive closes it for good.
pub(crate) fn finish(case: &Element) -> Result<Option<CaseStatus>, MessageError> {
    Ok(match listed(case, "saksstatus", CaseStatus::from_noark)? {
        Some(CaseStatus::Closed | CaseStatus::HandlerClosed) => Some(CaseStatus::HandlerClosed),
        Some(CaseStatus::HandlerDone) => Some(CaseStatus::HandlerDone),
        _ => None,
    })
}

fn case_kind(name: &str) -> Option<CaseKind> {
    let name = name.to_lowercase();
    CaseKind::ALL.into_iter().find(|kind| {
        let norwegian = kind.norwegian_name().to_lowercase();
        norwegian == name || norwegian.strip_suffix("sak") == Some(name.as_str())
    })
}

fn class(class: &Element) -> Result<DesiredClass, MessageError> {
    Ok(DesiredClass {
        system: text(class, "klassifikasjonssystemID").unwrap_or_default().to_owned(),
        value: required(class, "klasseID")?.into(),
        screened: flag(class, "erSkjermet")?,
    })
}

/// The partner's own key first, then what the case is about on the map and in the land register.
fn case_keys(case: &Element) -> Result<Vec<ExternalKey>, MessageError> {
    let mut keys: Vec<ExternalKey> = external_key(case, reference::CASE)?.into_iter().collect();
    for property in case.all("matrikkelnummer") {
        keys.push(reference::matrikkel(
            required(property, "kommunenummer")?,
            required_number(property, "gardsnummer")?,
            required_number(property, "bruksnummer")?,
            number(property, "festenummer")?.unwrap_or(0),
            number(property, "seksjonsnummer")?.unwrap_or(0),
        ));
    }
    for building in case.all("byggident") {
        keys.push(reference::key("matrikkel", reference::BUILDING, required(building, "bygningsnummer")?));
    }
    for plan in case.all("planident") {
        let area = ["kommunenummer", "fylkesnummer"].iter().find_map(|name| text(plan, name)).unwrap_or_default();
        let plan = required(plan, "planidentifikasjon")?;
        keys.push(reference::key(
            "plan",
            "planident",
            if area.is_empty() { plan.to_owned() } else { format!("{area}-{plan}") },
        ));
    }
    Ok(keys)
}

/// The first that an archive can know a unit or a person by.
pub(crate) fn identifier(element: &Element) -> Option<&str> {
    ["identifikator", "initialer", "navn", "epostadresse"].iter().find_map(|name| text(element, name))
}

/// The screening that an element asks for, if any.
pub(crate) fn screening(element: &Element) -> Result<Option<ScreeningWish>, MessageError> {
    let Some(screening) = element.child("skjerming") else { return Ok(None) };
    screening_wish(screening).map(Some)
}

pub(crate) fn screening_wish(screening: &Element) -> Result<ScreeningWish, MessageError> {
    let mut wish = ScreeningWish::new(required_code(screening, "tilgangsrestriksjon")?);
    wish.legal_basis = text(screening, "skjermingshjemmel").map(str::to_owned);
    wish.until = date(screening, "skjermingOpphoererDato")?;
    Ok(wish)
}

fn entry_facts(entry: &Element, files: &BTreeMap<String, BlobRef>) -> Result<EntryFacts, MessageError> {
    let mut facts = EntryFacts::new(required(entry, "tittel")?.into());
    facts.public_title = private(entry, "offentligTittel");
    facts.key = external_key(entry, reference::ENTRY)?;
    facts.kind = match entry_form(entry)? {
        EntryForm::JournalEntry => {
            required_code(entry, "journalposttype")?;
            listed(entry, "journalposttype", EntryKind::from_noark)?
        }
        EntryForm::Record => Some(EntryKind::Internal),
    };
    facts.status = listed(entry, "journalstatus", EntryStatus::from_noark)?;
    facts.document_date = date(entry, "dokumentetsDato")?;
    facts.received = moment(entry, "mottattDato")?;
    facts.sent = moment(entry, "sendtDato")?;
    facts.due = date(entry, "forfallsdato")?;
    facts.screening = screening(entry)?;
    for party in entry.all("korrespondansepart") {
        facts.parties.push(party_facts(party)?);
    }
    let mut number = 0;
    for document in entry.all("dokumentbeskrivelse") {
        facts.documents.push(document_facts(document, files, &mut number)?);
    }
    facts.sort = entry.all("dokumentbeskrivelse").next().and_then(|main| code(main, "dokumenttype")).map(str::to_owned);
    let internal = entry.all("korrespondansepart").find_map(|party| party.child("saksbehandler").and_then(identifier));
    facts.case_handler = internal.map(str::to_owned);
    let unit = entry.all("korrespondansepart").find_map(|party| party.child("administrativEnhet").and_then(identifier));
    facts.unit = unit.map(str::to_owned);
    Ok(facts)
}

fn party_facts(party: &Element) -> Result<PartyFacts, MessageError> {
    required_code(party, "korrespondanseparttype")?;
    let role = listed(party, "korrespondanseparttype", PartyRole::from_noark)?;
    let role = role.ok_or_else(|| missing(party, "korrespondanseparttype"))?;
    let mut facts = PartyFacts::new(role, required(party, "korrespondansepartNavn")?.into());
    facts.identity = identity(party);
    facts.address = address(party);
    facts.contact = Contact {
        email: private(party, "epostadresse"),
        phone: private(party, "telefonnummer"),
        person: private(party, "kontaktperson"),
    };
    facts.screened = flag(party, "erSkjermet")?;
    if role.is_internal() {
        facts.unit = party.child("administrativEnhet").and_then(identifier).map(str::to_owned);
        facts.case_handler = party.child("saksbehandler").and_then(identifier).map(str::to_owned);
    }
    Ok(facts)
}

/// A number that does not hold is left out: the name still tells who it is.
pub(super) fn identity(party: &Element) -> Option<PartyIdentity> {
    let organisation = text(party, "organisasjonid").and_then(|number| OrganisationNumber::parse(number).ok());
    let person = || text(party, "personid").and_then(|number| NationalIdentityNumber::parse(number).ok());
    organisation.map(PartyIdentity::Organisation).or_else(|| person().map(PartyIdentity::Person))
}

pub(super) fn address(party: &Element) -> Option<PostalAddress> {
    let lines: Vec<&str> = party.all("postadresse").map(Element::text).filter(|line| !line.is_empty()).collect();
    let (postal_code, city) = (text(party, "postnummer"), text(party, "poststed")?);
    let country = code(party, "landkode").and_then(|country| CountryCode::new(country).ok());
    match country.filter(|country| !country.is_norway()) {
        Some(country) => PostalAddress::foreign(lines, postal_code, city, country).ok(),
        None => PostalAddress::new(lines, postal_code?, city).ok(),
    }
}

fn document_facts(
    document: &Element,
    files: &BTreeMap<String, BlobRef>,
    number: &mut usize,
) -> Result<DocumentFacts, MessageError> {
    required_code(document, "tilknyttetRegistreringSom")?;
    let role = listed(document, "tilknyttetRegistreringSom", DocumentRole::from_noark)?;
    let role = role.ok_or_else(|| missing(document, "tilknyttetRegistreringSom"))?;
    let mut objects = Vec::new();
    for object in document.all("dokumentobjekt") {
        *number += 1;
        let blob = files.get(required(object, "referanseDokumentfil")?);
        objects.push(file_facts(object, blob.ok_or(MessageError::FileMissing { number: *number })?)?);
    }
    let mut objects = objects.into_iter();
    let first = objects.next().ok_or_else(|| missing(document, "dokumentobjekt"))?;
    let mut facts = DocumentFacts::new(role, first);
    facts.files.extend(objects);
    facts.title = Some(Private::from(required(document, "tittel")?));
    facts.kind = code(document, "dokumenttype").map(|kind| DocumentType::from(kind.to_owned()));
    facts.screening = screening(document)?;
    Ok(facts)
}

pub(crate) fn file_facts(object: &Element, blob: &BlobRef) -> Result<FileFacts, MessageError> {
    let name = FileName::sanitize(required(object, "filnavn")?);
    let media_type = match text(object, "mimeType") {
        Some(media_type) => MediaType::sanitize(media_type),
        None => MediaType::of_extension(name.extension().unwrap_or_default()),
    };
    let mut facts = FileFacts::new(name, media_type, *blob);
    if let Some(variant) = listed(object, "variantformat", Variant::from_noark)? {
        facts.variant = variant;
    }
    if let Some(format) = code(object, "format").filter(|format| format.contains("fmt/") || format.starts_with("av/")) {
        facts.format = FileFormat::new(format);
    }
    facts.stated_size = number(object, "filstoerrelse")?;
    facts.stated_hash = stated_hash(object)?;
    Ok(facts)
}

/// The checksum, when it is of the algorithm that the archive names bytes by.
fn stated_hash(object: &Element) -> Result<Option<ContentHash>, MessageError> {
    let algorithm = text(object, "sjekksumAlgoritme").unwrap_or("SHA-256").to_uppercase().replace('-', "");
    match text(object, "sjekksum").filter(|_| algorithm == "SHA256") {
        Some(hash) => ContentHash::parse(hash)
            .map(Some)
            .map_err(|_| value(object, "sjekksum", "64 hexadecimal digits of SHA-256").into()),
        None => Ok(None),
    }
}

fn document_numbers(entry: &Element) -> Result<Vec<i32>, MessageError> {
    let documents = entry.all("dokumentbeskrivelse").zip(1..);
    documents.map(|(document, place)| Ok(number(document, "dokumentnummer")?.unwrap_or(place))).collect()
}
