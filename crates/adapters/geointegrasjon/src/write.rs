//! What the archive has, as types of the interface, in the order of their schemas.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use chrono::{NaiveDate, SecondsFormat};
use sakarkiv_core::{
    calendar::{oslo_datetime, oslo_day_start},
    case::{Case, CaseNumber},
    document::DocumentVersion,
    identity::{ActorId, EntryId, SignOffId, Timestamp},
    intake::{CodeValue, reference},
    journal::{AttachedDocument, EntryNumber, JournalEntry, SignOff},
    party::{Party, PartyIdentity},
    screening::Screening,
    text::ExternalKey,
};
use sakarkiv_xml::Writer;

use crate::names::{DOKUMENT, FELLES, KJERNE, KODE, KONTAKT, MATRIKKEL};

/// Declares the prefixes that the types below use.
const PREFIXES: [(&str, &str); 7] = [
    ("xmlns:k", KJERNE),
    ("xmlns:f", FELLES),
    ("xmlns:d", DOKUMENT),
    ("xmlns:c", KODE),
    ("xmlns:p", KONTAKT),
    ("xmlns:m", MATRIKKEL),
    ("xmlns:xsi", "http://www.w3.org/2001/XMLSchema-instance"),
];

/// Says of a `Fil` that its bytes are inside.
const FILE_INSIDE: (&str, &str) = ("xsi:type", "d:Filinnhold");

/// `return` with one thing in it.
pub(crate) fn one(out: &mut Writer, write: impl FnOnce(&mut Writer)) {
    out.open("o:return", &PREFIXES);
    write(out);
    out.close();
}

/// `return` that is a file.
pub(crate) fn one_file(out: &mut Writer, version: &DocumentVersion, content: &[u8]) {
    out.open("o:return", &[&PREFIXES[..], &[FILE_INSIDE]].concat());
    file(out, version, Some(content));
    out.close();
}

/// `return` with a list in it, whose elements are of the namespace with this prefix.
pub(crate) fn many<T>(out: &mut Writer, prefix: &str, things: &[T], write: impl Fn(&mut Writer, &T)) {
    one(out, |out| {
        let name = format!("{prefix}:liste");
        for thing in things {
            out.open(&name, &[]);
            write(out, thing);
            out.close();
        }
    });
}

/// What an answer shows of entries beside themselves.
pub(crate) struct EntryParts {
    /// Their parties.
    pub(crate) parties: bool,
    /// Their sign-offs, with the entries that answer them.
    pub(crate) answers: Option<Vec<JournalEntry>>,
}

impl Default for EntryParts {
    fn default() -> Self {
        Self { parties: true, answers: None }
    }
}

/// The content of a `Saksmappe`.
pub(crate) fn case(out: &mut Writer, case: &Case) {
    out.leaf("k:systemID", &case.id().uuid().to_string());
    case_number(out, "k:saksnr", case.number());
    code(out, "k:mappetype", case.kind().norwegian_name(), "");
    moment(out, "k:saksdato", oslo_day_start(case.date()));
    out.leaf("k:tittel", case.title().expose());
    out.leaf("k:offentligTittel", &case.public_title());
    flag(out, "k:skjermetTittel", case.public_title() != *case.title().expose());
    screening(out, case.screening());
    code(out, "k:saksstatus", case.status().code(), case.status().norwegian_name());
    if let Some(series) = case.series() {
        code(out, "k:referanseArkivdel", series, "");
    }
    out.leaf("k:administrativEnhetInit", case.unit().as_str());
    if let Some(handler) = case.case_handler() {
        out.leaf("k:saksansvarligInit", handler.as_str());
    }
    properties(out, case.external_keys());
    buildings(out, case.external_keys());
    key(out, "k:referanseEksternNoekkel", case.external_keys(), reference::CASE);
}

/// The content of a `Journalpost`, with its case's number.
pub(crate) fn entry(out: &mut Writer, entry: &JournalEntry, parts: &EntryParts) {
    let number = entry.number();
    out.leaf("k:systemID", &entry.id().uuid().to_string());
    journal_number(out, "k:journalnummer", number);
    out.leaf("k:journalpostnummer", &number.number().to_string());
    day(out, "k:journaldato", entry.journal_date());
    code(out, "k:journalposttype", entry.kind().code(), entry.kind().norwegian_name());
    day(out, "k:dokumentetsDato", entry.document_date());
    code(out, "k:journalstatus", entry.status().code(), entry.status().norwegian_name());
    out.leaf("k:tittel", entry.title().expose());
    flag(out, "k:skjermetTittel", entry.public_title() != *entry.title().expose());
    day(out, "k:forfallsdato", entry.due());
    screening(out, entry.screening());
    out.leaf("k:offentligTittel", &entry.public_title());
    case_number(out, "k:saksnr", number.case());
    out.open("k:referanseSakSystemID", &[]);
    out.open("k:systemID", &[]);
    out.leaf("k:id", &entry.case().uuid().to_string());
    out.close();
    out.close();
    if parts.parties {
        out.open("k:korrespondansepart", &[]);
        entry.parties().iter().for_each(|party| self::party(out, party));
        out.close();
    }
    key(out, "k:referanseEksternNoekkel", entry.external_keys(), reference::ENTRY);
    if let Some(answers) = &parts.answers {
        out.open("k:referanseAvskrivninger", &[]);
        entry.sign_offs().iter().for_each(|done| sign_off(out, entry.id(), done, answers));
        out.close();
    }
}

/// The content of a `Dokument`, with its file where that is at hand.
pub(crate) fn document(out: &mut Writer, entry: &JournalEntry, attached: &AttachedDocument, file: Option<&[u8]>) {
    let document = &attached.document;
    out.leaf("d:systemID", &document.id().uuid().to_string());
    out.leaf("d:dokumentnummer", &attached.number.to_string());
    code(out, "d:tilknyttetRegistreringSom", attached.role.code(), attached.role.norwegian_name());
    code(out, "d:dokumenttype", &String::from(document.kind().clone()), "");
    out.leaf("d:tittel", document.title().expose());
    code(out, "d:dokumentstatus", document.status().code(), document.status().norwegian_name());
    let Some(version) = document.current() else {
        return out.leaf("d:referanseJournalpostSystemID", &entry.id().uuid().to_string());
    };
    code(out, "d:variantformat", version.variant.code(), version.variant.norwegian_name());
    code(out, "d:format", version.format.as_str(), "");
    out.leaf("d:referanseJournalpostSystemID", &entry.id().uuid().to_string());
    let inside = file.map(|_| FILE_INSIDE);
    out.open("d:Fil", inside.as_slice());
    self::file(out, version, file);
    out.close();
}

/// The content of a `Fil`, with its bytes where these are at hand.
fn file(out: &mut Writer, version: &DocumentVersion, content: Option<&[u8]>) {
    out.leaf("d:filnavn", version.file_name.as_str());
    out.leaf("d:mimeType", version.media_type.as_str());
    if let Some(content) = content {
        out.leaf("d:base64", &STANDARD.encode(content));
    }
}

/// The content of a `Kode`.
pub(crate) fn code_value(out: &mut Writer, value: &CodeValue) {
    out.leaf("c:kodeverdi", &value.code);
    out.leaf("c:kodebeskrivelse", &value.name);
    out.leaf("c:erGyldig", "true");
}

fn party(out: &mut Writer, party: &Party) {
    out.open("k:liste", &[]);
    out.leaf("k:systemID", &party.id().uuid().to_string());
    code(out, "k:korrespondanseparttype", party.role().code(), party.role().norwegian_name());
    flag(out, "k:skjermetKorrespondansepart", party.is_screened());
    if let Some(unit) = party.unit() {
        out.leaf("k:administrativEnhetInit", unit.as_str());
    }
    if let Some(handler) = party.case_handler() {
        out.leaf("k:saksbehandlerInit", ActorId::as_str(handler));
    }
    let kind = match party.identity() {
        Some(PartyIdentity::Organisation(_)) => Some(("xsi:type", "p:Organisasjon")),
        Some(PartyIdentity::Person(_)) => Some(("xsi:type", "p:Person")),
        None => None,
    };
    out.open("k:Kontakt", kind.as_slice());
    out.leaf("p:navn", party.name().expose());
    match party.identity() {
        Some(PartyIdentity::Organisation(number)) => out.leaf("p:organisasjonsnummer", number.as_str()),
        Some(PartyIdentity::Person(number)) => {
            out.open("p:personid", &[]);
            out.leaf("p:personidentifikatorNr", number.digits());
            out.close();
        }
        None => {}
    }
    out.close();
    out.close();
}

fn sign_off(out: &mut Writer, entry: EntryId, sign_off: &SignOff, answers: &[JournalEntry]) {
    out.open("k:liste", &[]);
    out.leaf("k:systemID", &SignOffId::of(entry, sign_off).uuid().to_string());
    day(out, "k:avskrivningsdato", Some(sign_off.date()));
    out.leaf("k:avskrevetAv", sign_off.by().as_str());
    code(out, "k:avskrivningsmaate", sign_off.how().code(), sign_off.how().norwegian_name());
    if let Some(answer) = answers.iter().find(|answer| Some(answer.id()) == sign_off.answer()) {
        journal_number(out, "k:referanseAvskrivesAvJournalnummer", answer.number());
        key(out, "k:referanseAvskrivesAvEksternNoekkel", answer.external_keys(), reference::ENTRY);
    }
    out.close();
}

fn journal_number(out: &mut Writer, name: &str, number: EntryNumber) {
    out.open(name, &[]);
    out.leaf("k:journalaar", &number.journal_year().to_string());
    out.leaf("k:journalsekvensnummer", &number.journal_sequence().to_string());
    out.close();
}

fn case_number(out: &mut Writer, name: &str, number: CaseNumber) {
    out.open(name, &[]);
    out.leaf("f:saksaar", &number.year().to_string());
    out.leaf("f:sakssekvensnummer", &number.sequence().to_string());
    out.close();
}

fn code(out: &mut Writer, name: &str, code: &str, description: &str) {
    out.open(name, &[]);
    out.leaf("c:kodeverdi", code);
    if !description.is_empty() {
        out.leaf("c:kodebeskrivelse", description);
    }
    out.close();
}

fn screening(out: &mut Writer, screening: Option<&Screening>) {
    let Some(screening) = screening else { return };
    out.open("k:skjerming", &[]);
    code(out, "k:tilgangsrestriksjon", screening.code().as_str(), "");
    out.leaf("k:skjermingshjemmel", screening.legal_basis());
    day(out, "k:skjermingOpphoererDato", screening.last_day());
    out.close();
}

fn properties(out: &mut Writer, keys: &[ExternalKey]) {
    let kept = keys.iter().filter(|key| key.kind == reference::MATRIKKEL);
    let properties: Vec<(&str, Vec<&str>)> = kept
        .filter_map(|key| key.value.expose().split_once('-'))
        .map(|(municipality, rest)| (municipality, rest.split('/').collect()))
        .collect();
    if properties.is_empty() {
        return;
    }
    out.open("k:Matrikkelnummer", &[]);
    for (municipality, numbers) in properties {
        out.open("m:liste", &[]);
        out.leaf("m:kommunenummer", municipality);
        let names = ["m:gaardsnummer", "m:bruksnummer", "m:festenummer", "m:seksjonsnummer"];
        names.iter().zip(numbers).for_each(|(name, number)| out.leaf(name, number));
        out.close();
    }
    out.close();
}

fn buildings(out: &mut Writer, keys: &[ExternalKey]) {
    let mut buildings = keys.iter().filter(|key| key.kind == reference::BUILDING).peekable();
    if buildings.peek().is_none() {
        return;
    }
    out.open("k:ByggIdent", &[]);
    for building in buildings {
        out.open("m:liste", &[]);
        out.leaf("m:bygningsNummer", building.value.expose());
        out.close();
    }
    out.close();
}

fn key(out: &mut Writer, name: &str, keys: &[ExternalKey], kind: &str) {
    if let Some(key) = keys.iter().find(|key| key.kind == kind) {
        out.open(name, &[]);
        out.leaf("k:fagsystem", &key.system);
        out.leaf("k:noekkel", key.value.expose());
        out.close();
    }
}

fn flag(out: &mut Writer, name: &str, flag: bool) {
    out.leaf(name, if flag { "true" } else { "false" });
}

/// A date, which the interface writes as the moment it begins.
fn day(out: &mut Writer, name: &str, date: Option<NaiveDate>) {
    if let Some(date) = date {
        moment(out, name, oslo_day_start(date));
    }
}

fn moment(out: &mut Writer, name: &str, moment: Timestamp) {
    out.leaf(name, &oslo_datetime(moment).to_rfc3339_opts(SecondsFormat::Secs, false));
}
