//! Types of the interface as what the archive calls them.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use sakarkiv_core::{
    case::{CaseKind, CaseNumber},
    document::{DocumentType, FileName, MediaType, Variant},
    identity::{ActorId, CaseId, EntryId, NationalIdentityNumber, OrganisationNumber, PartyId, UnitId},
    intake::{CaseFacts, CaseName, DesiredClass, EntryFacts, EntryName, PartyFacts, ScreeningWish, reference},
    journal::{DocumentRole, EntryKind, EntryStatus},
    party::{Party, PartyIdentity, PartyRole},
    ports::ArchiveError,
    screening::Hides,
    text::ExternalKey,
};
use sakarkiv_xml::{
    Element,
    fields::{
        FieldError, code, date, flag, listed, missing, moment, number, private, required, required_code,
        required_number, text, uuid, value, within,
    },
};
use uuid::Uuid;

use crate::fault::Trouble;

/// Why a `Journalnummer` names no entry here.
pub(crate) const BY_JOURNAL_NUMBER: &str = "finding an entry by its journal number alone";

/// Which case a `Saksnoekkel` names. Its type should say how; its content does.
pub(crate) fn case_name(key: &Element) -> Result<CaseName, Trouble> {
    if let Some(id) = key.child("systemID") {
        return Ok(CaseName::Id(CaseId::from_uuid(system_id(id)?)));
    }
    if let Some(key) = external(key, "eksternnoekkel", reference::CASE)? {
        return Ok(CaseName::Key(key));
    }
    Ok(CaseName::Number(case_number(key)?))
}

/// Which entry a `Journpostnoekkel` names.
pub(crate) fn entry_name(key: &Element) -> Result<EntryName, Trouble> {
    if let Some(id) = key.child("systemID") {
        return Ok(EntryName::Id(EntryId::from_uuid(system_id(id)?)));
    }
    if let Some(key) = external(key, "eksternnoekkel", reference::ENTRY)? {
        return Ok(EntryName::Key(key));
    }
    if key.child("journalaar").is_some() {
        return Err(Trouble::Unsupported { what: BY_JOURNAL_NUMBER });
    }
    Ok(EntryName::Number { case: case_number(key)?, number: required_number(key, "journalpostnummer")? })
}

/// A `SystemID`: an id that the archive gave.
pub(crate) fn system_id(id: &Element) -> Result<Uuid, FieldError> {
    uuid(id, "id")?.ok_or_else(|| missing(id, "id"))
}

/// The case that a new entry goes to: by number, by our id, or by the caller's key.
pub(crate) fn case_of(entry: &Element) -> Result<CaseName, Trouble> {
    if let Some(number) = entry.child("saksnr") {
        return Ok(CaseName::Number(case_number(number)?));
    }
    if let Some(id) = entry.child("referanseSakSystemID") {
        return case_name(id);
    }
    let key = external(entry, "referanseMappeEksternNoekkel", reference::CASE)?;
    key.map(CaseName::Key).ok_or_else(|| missing(entry, "saksnr").into())
}

/// An external key in a child.
pub(crate) fn external(element: &Element, name: &'static str, kind: &str) -> Result<Option<ExternalKey>, FieldError> {
    element.child(name).map(|key| key_of(key, kind)).transpose()
}

/// An `EksternNoekkel`.
pub(crate) fn key_of(key: &Element, kind: &str) -> Result<ExternalKey, FieldError> {
    Ok(reference::key(required(key, "fagsystem")?, kind, required(key, "noekkel")?))
}

/// A `Saksmappe` that is to be opened.
pub(crate) fn case_facts(case: &Element) -> Result<CaseFacts, Trouble> {
    let mut facts = CaseFacts::default();
    facts.title = Some(required(case, "tittel")?.into());
    facts.public_title = private(case, "offentligTittel");
    facts.kind = code(case, "mappetype").and_then(case_kind);
    for class in items(case, "klasse") {
        facts.classes.push(DesiredClass {
            system: required_code(class, "klassifikasjonssystem")?.to_owned(),
            value: required(class, "klasseID")?.into(),
            screened: flag(class, "skjermetKlasse")?,
        });
    }
    facts.series = code(case, "referanseArkivdel").map(str::to_owned);
    facts.unit = first(case, ["administrativEnhetInit", "administrativEnhet"]);
    facts.case_handler = first(case, ["saksansvarligInit", "saksansvarlig"]);
    facts.date = date(case, "saksdato")?;
    facts.screening = screening(case)?;
    facts.external_keys.extend(external(case, "referanseEksternNoekkel", reference::CASE)?);
    for property in items(case, "Matrikkelnummer") {
        facts.external_keys.push(self::property(property)?);
    }
    for building in items(case, "ByggIdent") {
        facts.external_keys.push(self::building(building)?);
    }
    Ok(facts)
}

/// A `Matrikkelnummer`.
pub(crate) fn property(property: &Element) -> Result<ExternalKey, FieldError> {
    Ok(reference::matrikkel(
        required(property, "kommunenummer")?,
        required_number(property, "gaardsnummer")?,
        required_number(property, "bruksnummer")?,
        number(property, "festenummer")?.unwrap_or(0),
        number(property, "seksjonsnummer")?.unwrap_or(0),
    ))
}

/// A `ByggIdent`.
pub(crate) fn building(building: &Element) -> Result<ExternalKey, FieldError> {
    Ok(reference::key("matrikkel", reference::BUILDING, required(building, "bygningsNummer")?))
}

/// The unit and the case handler that a record is handed over to, by the caller's codes.
pub(crate) fn handed_to(request: &Element) -> Result<(Option<UnitId>, Option<ActorId>), FieldError> {
    let unit = text(request, "nyAdministrativEnhetKode").map(|unit| UnitId::new(unit.to_lowercase())).transpose();
    let unit = unit.map_err(|_| value(request, "nyAdministrativEnhetKode", "a code that the archive knows"))?;
    let handler = text(request, "nySaksbehandlerInit").map(|name| ActorId::new(name.to_lowercase())).transpose();
    let handler = handler.map_err(|_| value(request, "nySaksbehandlerInit", "a user that the archive knows"))?;
    Ok((unit, handler))
}

/// A `Journalpost` that is to be registered.
pub(crate) fn entry_facts(entry: &Element) -> Result<EntryFacts, Trouble> {
    let mut facts = EntryFacts::new(required(entry, "tittel")?.into());
    facts.public_title = private(entry, "offentligTittel");
    facts.key = external(entry, "referanseEksternNoekkel", reference::ENTRY)?;
    facts.kind = listed(entry, "journalposttype", EntryKind::from_noark)?;
    facts.status = listed(entry, "journalstatus", EntryStatus::from_noark)?;
    facts.document_date = date(entry, "dokumentetsDato")?;
    facts.due = date(entry, "forfallsdato")?;
    facts.screening = screening(entry)?;
    facts.received = match facts.kind {
        Some(EntryKind::Incoming) => moment(entry, "journaldato")?,
        _ => None,
    };
    for party in items(entry, "korrespondansepart") {
        facts.parties.push(party_facts(party)?);
    }
    Ok(facts)
}

fn party_facts(party: &Element) -> Result<PartyFacts, Trouble> {
    required_code(party, "korrespondanseparttype")?;
    let role = listed(party, "korrespondanseparttype", PartyRole::from_noark)?;
    let role = role.ok_or_else(|| missing(party, "korrespondanseparttype"))?;
    let contact = within(party, "Kontakt")?;
    let mut facts = PartyFacts::new(role, required(contact, "navn")?.into());
    facts.identity = identity(contact);
    facts.screened = flag(party, "skjermetKorrespondansepart")?;
    if role.is_internal() {
        facts.unit = first(party, ["administrativEnhetInit", "administrativEnhet"]);
        facts.case_handler = first(party, ["saksbehandlerInit", "saksbehandler"]);
    }
    Ok(facts)
}

/// A `Korrespondansepart` that comes to an entry which is there.
pub(crate) fn new_party(party: &Element, id: PartyId) -> Result<Party, Trouble> {
    let facts = party_facts(party)?;
    let unit = facts.unit.map(|unit| UnitId::new(unit.to_lowercase())).transpose();
    let unit = unit.map_err(|_| value(party, "administrativEnhetInit", "a code that the archive knows"))?;
    let handler = facts.case_handler.map(|name| ActorId::new(name.to_lowercase())).transpose();
    let handler = handler.map_err(|_| value(party, "saksbehandlerInit", "a user that the archive knows"))?;
    let new = Party::new(id, facts.role, facts.name).and_then(|party| match facts.identity {
        Some(identity) => party.identified_by(identity).within(unit, handler),
        None => party.within(unit, handler),
    });
    let new = new.map_err(|error| ArchiveError::NotAllowed(error.to_string()))?;
    Ok(new.screened(facts.screened))
}

/// A number that does not hold is left out: the name still tells who it is.
fn identity(contact: &Element) -> Option<PartyIdentity> {
    let organisation = text(contact, "organisasjonsnummer").and_then(|number| OrganisationNumber::parse(number).ok());
    let person = || NationalIdentityNumber::parse(text(contact.child("personid")?, "personidentifikatorNr")?).ok();
    organisation.map(PartyIdentity::Organisation).or_else(|| person().map(PartyIdentity::Person))
}

/// A `Dokument` with its file inside.
pub(crate) struct NewFile {
    pub(crate) role: Option<DocumentRole>,
    pub(crate) title: Option<sakarkiv_core::screening::Private<String>>,
    pub(crate) kind: Option<DocumentType>,
    pub(crate) variant: Variant,
    pub(crate) name: FileName,
    pub(crate) media_type: MediaType,
    pub(crate) content: Vec<u8>,
}

/// Reads a `Dokument`. Its file must come with it: a file to be fetched from somewhere else is not taken.
pub(crate) fn new_file(document: &Element) -> Result<NewFile, Trouble> {
    let file = within(document, "Fil")?;
    if file.child("uri").is_some() {
        return Err(Trouble::Unsupported { what: "a file by reference (Filreferanse)" });
    }
    let encoded: String = required(file, "base64")?.split_ascii_whitespace().collect();
    let content = STANDARD.decode(encoded).map_err(|_| value(file, "base64", "base64"))?;
    Ok(NewFile {
        role: listed(document, "tilknyttetRegistreringSom", DocumentRole::from_noark)?,
        title: private(document, "tittel"),
        kind: code(document, "dokumenttype").map(|kind| DocumentType::from(kind.to_owned())),
        variant: listed(document, "variantformat", Variant::from_noark)?.unwrap_or(Variant::Production),
        name: FileName::sanitize(required(file, "filnavn")?),
        media_type: MediaType::sanitize(required(file, "mimeType")?),
        content,
    })
}

/// The elements of a list type.
pub(crate) fn items<'a>(element: &'a Element, name: &'a str) -> impl Iterator<Item = &'a Element> {
    element.child(name).into_iter().flat_map(|list| list.all("liste"))
}

/// The screening that an element asks for, if any. Half of one is an error: somebody wanted the record screened.
fn screening(element: &Element) -> Result<Option<ScreeningWish>, Trouble> {
    let title = flag(element, "skjermetTittel")? && text(element, "offentligTittel").is_none();
    // An empty element is how many tools write a field that nobody filled in.
    let Some(screening) = element.child("skjerming").filter(|screening| screening.is_filled_in()) else {
        return if title { Err(missing(element, "skjerming").into()) } else { Ok(None) };
    };
    let mut wish = ScreeningWish::new(required_code(screening, "tilgangsrestriksjon")?);
    wish.legal_basis = text(screening, "skjermingshjemmel").map(str::to_owned);
    wish.until = date(screening, "skjermingOpphoererDato")?;
    if title {
        wish.hides = [Hides::TitleWords, Hides::PartyNames, Hides::DocumentTitles, Hides::Document].into();
    }
    Ok(Some(wish))
}

fn case_number(key: &Element) -> Result<CaseNumber, FieldError> {
    let number = CaseNumber::new(required_number(key, "saksaar")?, required_number(key, "sakssekvensnummer")?);
    number.map_err(|_| value(key, "sakssekvensnummer", "a number from 1"))
}

fn case_kind(name: &str) -> Option<CaseKind> {
    let name = name.to_lowercase();
    CaseKind::ALL.into_iter().find(|kind| {
        let norwegian = kind.norwegian_name().to_lowercase();
        norwegian == name || norwegian.strip_suffix("sak") == Some(name.as_str())
    })
}

fn first<const N: usize>(element: &Element, names: [&str; N]) -> Option<String> {
    names.iter().find_map(|name| text(element, name)).map(str::to_owned)
}
