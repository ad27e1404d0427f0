//! A shipment (forsendelse) as the list tells of it, in either version of the interface.
//!
//! The versions differ in names and nesting only, names do not clash, and each has been seen with traits of the other. So one
//! reader knows both names of everything.

use sakarkiv_core::{case::CaseNumber, identity::Timestamp};
use serde_json::Value;

use super::json::{Flag, Members};

/// One shipment. Holds names and titles, so it has no `Debug`.
pub(super) struct Shipment {
    pub(super) id: String,
    pub(super) title: Option<String>,
    pub(super) received: Option<Timestamp>,
    pub(super) security_level: Option<String>,
    pub(super) confidential_mail: Flag,
    pub(super) sender: Party,
    pub(super) reply_to: Party,
    pub(super) addressee_number: Option<String>,
    pub(super) theirs: RecordData,
    pub(super) for_import: RecordData,
    pub(super) files: Vec<FileData>,
    pub(super) answers: Option<String>,
    pub(super) message_type: Option<String>,
    pub(super) external_reference: Option<String>,
    pub(super) correlation: Option<String>,
    pub(super) sending_system: Option<String>,
    pub(super) sending_actor: Option<String>,
    pub(super) links: Vec<(Option<String>, String)>,
    pub(super) download_link: Option<String>,
}

/// Sender (avsender), addressee (mottaker) or reply address (svarSendesTil).
#[derive(Default)]
pub(super) struct Party {
    pub(super) name: Option<String>,
    pub(super) organisation: Option<String>,
    pub(super) person: Option<String>,
    pub(super) lines: Vec<String>,
    pub(super) postal_code: Option<String>,
    pub(super) city: Option<String>,
    pub(super) country: Option<String>,
}

/// What a case system told of a record: the sender's own (metadataFraAvleverendeSystem), or ours as far as the sender knew it
/// (metadataForImport).
pub(super) struct RecordData {
    pub(super) case: Option<CaseNumber>,
    /// A case number was given that is none.
    pub(super) odd_case: bool,
    pub(super) title: Option<String>,
    pub(super) document_date: Option<Timestamp>,
    /// Members that only go on record, by their name in V2.
    pub(super) others: Vec<(&'static str, String)>,
    pub(super) extra: Vec<Extra>,
}

/// Key and value as the sender gave them; either may be missing.
#[derive(Clone)]
pub(super) struct Extra {
    pub(super) key: Option<String>,
    pub(super) value: Option<String>,
}

/// What is told of a document (filer, filmetadata).
#[derive(Clone, Default)]
pub(super) struct FileData {
    pub(super) name: Option<String>,
    pub(super) media_type: Option<String>,
    /// As given, whatever it is.
    pub(super) hash: Option<String>,
    pub(super) size: Option<u64>,
    pub(super) document_type: Option<String>,
    pub(super) sensitive: bool,
    pub(super) extra: Vec<Extra>,
}

impl Shipment {
    /// Reads one element of the list.
    ///
    /// # Errors
    /// In technical words, when the element is of no use for fetching the shipment.
    pub(super) fn read(id: String, element: &Value) -> Result<Self, &'static str> {
        let root = Members::of(element);
        let addressee = Party::read(root.inside(&["mottaker"]));
        Ok(Self {
            id,
            title: root.text(&["tittel"]),
            received: root.moment(&["dato", "date"]),
            security_level: root.text(&["sikkerhetsniva", "niva"]),
            confidential_mail: root.flag(&["taushetsbelagtPost"]),
            sender: Party::read(root.inside(&["avsender"])),
            reply_to: Party::read(root.inside(&["svarSendesTil"])),
            addressee_number: addressee.organisation,
            theirs: RecordData::read(root.inside(&["metadataFraAvleverendeSystem"])),
            for_import: RecordData::read(root.inside(&["metadataForImport"])),
            files: files(root)?,
            answers: root.text(&["svarPaForsendelse"]).or_else(|| root.inside(&["svarPaForsendelse"]).text(&["id"])),
            message_type: root.text(&["type", "forsendelseType"]),
            external_reference: root.text(&["eksternRef"]),
            correlation: root.text(&["korrelasjonsid"]),
            sending_system: root.text(&["avgivendeSystem"]),
            sending_actor: root.text(&["avgivendeSystemAktor"]),
            links: root.list(&["lenker"]).iter().filter_map(link).collect(),
            download_link: root.text(&["nedlastingslenke", "downloadUrl"]),
        })
    }
}

impl Party {
    fn read(party: Members<'_>) -> Self {
        let nested = party.inside(&["postadresse"]);
        let text = |names: &[&str]| nested.text(names).or_else(|| party.text(names));
        let lines = [["adresselinje1", "adresse1"], ["adresselinje2", "adresse2"], ["adresselinje3", "adresse3"]];
        Self {
            name: text(&["navn"]),
            organisation: party.text(&["organisasjonsnummer", "orgnr"]),
            person: party.text(&["fodselsnummer", "fnr"]),
            lines: lines.iter().filter_map(|names| text(names)).collect(),
            postal_code: text(&["postnummer", "postnr"]),
            city: text(&["poststed"]),
            country: text(&["land"]),
        }
    }
}

impl RecordData {
    fn read(record: Members<'_>) -> Self {
        let folder = record.inside(&["mappeId"]);
        let entry = record.inside(&["journalpostId"]);
        let number = |within: Members<'_>, name: &str| within.number(&[name]).or_else(|| record.number(&[name]));
        let (year, sequence) = (number(folder, "saksaar"), number(folder, "sakssekvensnummer"));
        let spelt = folder.text(&["mappeId"]).or_else(|| record.text(&["mappeId"]));
        let case = match (year, sequence) {
            (Some(year), Some(sequence)) => case_number(year, sequence),
            _ => spelt.as_deref().and_then(|text| CaseNumber::parse(text).ok()),
        };
        let text = |name: &'static str, names: &[&str]| record.text(names).map(|text| (name, text));
        let count = |name: &'static str| number(entry, name).map(|number| (name, number.to_string()));
        let moment = |name: &'static str| record.moment(&[name]).map(|moment| (name, moment.to_rfc3339()));
        let others = [
            spelt.filter(|_| case.is_none()).map(|text| ("mappeId", text)),
            folder.text(&["systemId"]).map(|text| ("mappeId.systemId", text)),
            entry.text(&["systemId"]).map(|text| ("journalpostId.systemId", text)),
            entry.text(&["registreringsId"]).map(|text| ("registreringsId", text)),
            count("journalaar"),
            count("journalsekvensnummer"),
            count("journalpostnummer"),
            text("journalposttype", &["journalposttype"]),
            text("journalstatus", &["journalstatus"]),
            moment("journaldato"),
            text("saksbehandler", &["saksbehandler", "saksBehandler"]),
        ];
        Self {
            case,
            odd_case: case.is_none() && (year.is_some() || sequence.is_some()),
            title: record.text(&["tittel"]),
            document_date: record.moment(&["dokumentetsDato"]),
            others: others.into_iter().flatten().collect(),
            extra: extras(record, &["virksomhetsspesifikkeMetadata", "ekstraMetadata"]),
        }
    }
}

fn case_number(year: u64, sequence: u64) -> Option<CaseNumber> {
    CaseNumber::new(u16::try_from(year).ok()?, u32::try_from(sequence).ok()?).ok()
}

fn extras(within: Members<'_>, names: &[&str]) -> Vec<Extra> {
    let one = |element: &Value| {
        let members = Members::of(element);
        Extra { key: members.text(&["key"]), value: members.text(&["value"]) }
    };
    within.list(names).iter().map(one).filter(|extra| extra.key.is_some() || extra.value.is_some()).collect()
}

fn link(element: &Value) -> Option<(Option<String>, String)> {
    let members = Members::of(element);
    Some((members.text(&["tekst", "urlTekst", "ledetekst"]), members.text(&["lenke", "urlLenke"])?))
}

fn files(root: Members<'_>) -> Result<Vec<FileData>, &'static str> {
    match root.get(&["filer", "filmetadata"]) {
        None => Ok(Vec::new()),
        Some(Value::Array(files)) if files.iter().all(Value::is_object) => {
            Ok(files.iter().map(Members::of).map(FileData::read).collect())
        }
        Some(_) => Err("its list of files is not a list of objects"),
    }
}

impl FileData {
    fn read(file: Members<'_>) -> Self {
        Self {
            name: file.exact_text(&["filnavn"]),
            media_type: file.text(&["mimeType", "mimetype"]),
            hash: file.text(&["hash", "sha256hash"]),
            size: file.number(&["storrelse", "size"]),
            document_type: file.text(&["type", "dokumentType"]),
            sensitive: matches!(file.flag(&["inneholderPersonsensitivInformasjon"]), Flag::Is(true) | Flag::Unclear),
            extra: extras(file, &["ekstraMetadata"]),
        }
    }
}
