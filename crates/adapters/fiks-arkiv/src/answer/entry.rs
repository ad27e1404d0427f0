use std::collections::BTreeSet;

use sakarkiv_core::{
    document::DocumentVersion,
    identity::{ActorId, FileId},
    intake::reference::ENTRY,
    journal::{AttachedDocument, JournalEntry},
    party::{Party, PartyIdentity},
};

use super::{
    case::{own_key, screening},
    out::Out,
};

/// `registreringHentResultat`: one entry in full, with what was asked for.
pub(crate) fn entry_result(entry: &JournalEntry, included: &BTreeSet<&str>) -> String {
    let mut out =
        Out::message_with_records("registreringHentResultat", "registrering/hent/resultat/v1", "arkivstruktur/v1");
    out.open("journalpost");
    full(&mut out, entry, included);
    out.close();
    out.finish()
}

/// The content of a `journalpost` of the archive structure.
pub(super) fn full(out: &mut Out, entry: &JournalEntry, included: &BTreeSet<&str>) {
    out.text("systemID", &entry.id().uuid().to_string());
    out.moment("opprettetDato", entry.created());
    out.text("opprettetAv", entry.created_by().as_str());
    if let Some(archived) = entry.archived() {
        out.moment("arkivertDato", archived.at);
        out.text("arkivertAv", archived.by.as_str());
    }
    out.part("referanseForelderMappe");
    out.catalogue("systemID", &entry.case().uuid().to_string());
    out.close();
    if let Some(screening) = entry.screening() {
        self::screening(out, screening);
    }
    if included.contains("dokumentbeskrivelse") || included.contains("dokumentobjekt") {
        let objects = included.contains("dokumentobjekt");
        entry.documents().iter().for_each(|document| self::document(out, document, objects));
    }
    titled(out, entry);
    if included.contains("korrespondansepart") {
        entry.parties().iter().for_each(|party| self::party(out, party));
    }
    out.key(own_key(entry.external_keys(), ENTRY));
    journaled(out, entry);
    if let Some(received) = entry.received() {
        out.moment("mottattDato", received);
    }
    if let Some(sent) = entry.sent() {
        out.moment("sendtDato", sent);
    }
    if let Some(due) = entry.due() {
        out.date("forfallsdato", due);
    }
    if let Some(assessed) = entry.assessed() {
        out.date("offentlighetsvurdertDato", assessed);
    }
}

/// The content of a `journalpostMinimum`.
pub(super) fn minimum(out: &mut Out, entry: &JournalEntry) {
    out.text("systemID", &entry.id().uuid().to_string());
    if let Some(screening) = entry.screening() {
        self::screening(out, screening);
    }
    titled(out, entry);
    for party in entry.parties() {
        out.part("korrespondansepart");
        out.code("korrespondanseparttype", party.role().code(), party.role().norwegian_name());
        out.text("korrespondansepartNavn", party.name().expose());
        out.close();
    }
    journaled(out, entry);
}

/// The content of a `journalpostNoekler`.
pub(super) fn keys(out: &mut Out, entry: &JournalEntry) {
    out.text("systemID", &entry.id().uuid().to_string());
    out.key(own_key(entry.external_keys(), ENTRY));
    numbers(out, entry);
}

fn titled(out: &mut Out, entry: &JournalEntry) {
    out.text("registreringsID", &entry.number().to_string());
    out.text("tittel", entry.title().expose());
    out.text("offentligTittel", &entry.public_title());
}

fn numbers(out: &mut Out, entry: &JournalEntry) {
    out.number("journalaar", entry.number().journal_year());
    out.number("journalsekvensnummer", entry.number().journal_sequence());
    out.number("journalpostnummer", entry.number().number());
}

fn journaled(out: &mut Out, entry: &JournalEntry) {
    numbers(out, entry);
    out.code("journalposttype", entry.kind().code(), entry.kind().norwegian_name());
    out.code("journalstatus", entry.status().code(), entry.status().norwegian_name());
    // Required, and an entry that is not journaled yet has none: the day it was registered stands for it.
    let registered = sakarkiv_core::calendar::oslo_date(entry.created());
    out.date("journaldato", entry.journal_date().unwrap_or(registered));
    if let Some(date) = entry.document_date() {
        out.date("dokumentetsDato", date);
    }
}

fn document(out: &mut Out, attached: &AttachedDocument, objects: bool) {
    let document = &attached.document;
    out.part("dokumentbeskrivelse");
    out.text("systemID", &document.id().uuid().to_string());
    out.code("dokumenttype", &String::from(document.kind().clone()), "");
    out.code("dokumentstatus", document.status().code(), document.status().norwegian_name());
    out.text("tittel", document.title().expose());
    let first = document.versions().first();
    out.moment("opprettetDato", first.map_or(attached.at, |version| version.created));
    out.text("opprettetAv", first.map_or(&attached.by, |version| &version.created_by).as_str());
    out.code("tilknyttetRegistreringSom", attached.role.code(), attached.role.norwegian_name());
    out.number("dokumentnummer", attached.number);
    out.moment("tilknyttetDato", attached.at);
    out.text("tilknyttetAv", attached.by.as_str());
    if let Some(screening) = document.screening() {
        self::screening(out, screening);
    }
    if objects {
        document.files().for_each(|(id, version)| object(out, id, version));
    }
    out.close();
}

fn object(out: &mut Out, id: FileId, version: &DocumentVersion) {
    out.part("dokumentobjekt");
    out.text("systemID", &id.to_string());
    out.number("versjonsnummer", version.number);
    out.code("variantformat", version.variant.code(), version.variant.norwegian_name());
    out.text("filnavn", version.file_name.as_str());
    out.code("format", version.format.as_str(), "");
    out.text("mimeType", version.media_type.as_str());
    out.moment("opprettetDato", version.created);
    out.text("opprettetAv", version.created_by.as_str());
    out.text("referanseDokumentfil", version.file_name.as_str());
    out.text("sjekksum", &version.content.hash.to_string());
    out.text("sjekksumAlgoritme", "SHA-256");
    // A signed 32-bit number there: a larger file cannot tell its size, and the element is required.
    out.number("filstoerrelse", i32::try_from(version.content.size).unwrap_or(i32::MAX));
    out.close();
}

fn party(out: &mut Out, party: &Party) {
    out.part("korrespondansepart");
    out.text("korrespondansepartID", &party.id().uuid().to_string());
    out.code("korrespondanseparttype", party.role().code(), party.role().norwegian_name());
    out.text("korrespondansepartNavn", party.name().expose());
    match party.identity() {
        Some(PartyIdentity::Organisation(number)) => out.text("organisasjonid", number.as_str()),
        Some(PartyIdentity::Person(number)) => out.text("personid", number.digits()),
        None => {}
    }
    if let Some(address) = party.address() {
        address.lines().iter().for_each(|line| out.text("postadresse", line));
        out.text("postnummer", address.postal_code().unwrap_or_default());
        out.text("poststed", address.city());
        out.code("landkode", address.country().as_str(), "");
    }
    let shown =
        |text: &Option<sakarkiv_core::screening::Private<String>>| text.as_ref().map(|text| text.expose().clone());
    let contact = party.contact();
    out.text("epostadresse", &shown(&contact.email).unwrap_or_default());
    out.text("telefonnummer", &shown(&contact.phone).unwrap_or_default());
    out.text("kontaktperson", &shown(&contact.person).unwrap_or_default());
    if let Some(unit) = party.unit() {
        out.identified("administrativEnhet", Some(unit.as_str()));
    }
    if let Some(handler) = party.case_handler() {
        out.identified("saksbehandler", Some(ActorId::as_str(handler)));
    }
    out.flag("erSkjermet", party.is_screened());
    out.close();
}
