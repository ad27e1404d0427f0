//! The manifest of a delivery (mappeslipp v1): one folder or one multipart request is one consignment.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, Utc};
use sakarkiv_core::{
    case::CaseKind,
    document::ContentHash,
    identity::{NationalIdentityNumber, OrganisationNumber, SourceId},
    intake::{
        CaseFacts, CaseName, CaseWish, Consignment, ConsignmentKey, DesiredClass, DocumentFacts, EntryFacts, Fault,
        FaultCode, FileFacts, PartyFacts, Place, Rejection, ScreeningWish,
        reference::{self, CASE, ENTRY},
    },
    journal::{DocumentRole, EntryKind},
    party::{PartyIdentity, PartyRole},
    screening::Private,
};
use serde::{Deserialize, Serialize};

/// The largest manifest that is read, in bytes.
pub const MAX_MANIFEST: usize = 4 * 1024 * 1024;

/// The name of the manifest in a folder. Written last, or under another name and renamed: a folder without it is not whole.
pub const MANIFEST_NAME: &str = "manifest.json";

/// The version of the contract that is understood.
const CONTRACT: &str = "mappeslipp/v1";

/// A manifest as it is written. JSON; words that the contract does not have are refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Manifest {
    kontrakt: String,
    /// The sender's name of itself.
    pub fagsystem: String,
    /// The sender's own id of the delivery.
    pub leveranse_id: String,
    /// When it was made.
    pub tidspunkt: DateTime<Utc>,
    /// The name of the rules it asks for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub regel: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    mappe: Option<Folder>,
    registreringer: Vec<Registration>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Folder {
    ekstern_noekkel: Private<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    tittel: Option<Private<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    offentlig_tittel: Option<Private<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    mappetype: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    klassering: Vec<Class>,
    #[serde(default)]
    strategi: Strategy,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Class {
    system: String,
    verdi: Private<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    tittel: Option<Private<String>>,
    #[serde(default)]
    skjermet: bool,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Strategy {
    Ny,
    Finn,
    #[default]
    FinnEllerNy,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Registration {
    ekstern_noekkel: Private<String>,
    tittel: Private<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    offentlig_tittel: Option<Private<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    journalposttype: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    dokumentdato: Option<NaiveDate>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    skjerming: Option<Screening>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    parter: Vec<Party>,
    filer: Vec<NamedFile>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Screening {
    tilgangskode: String,
    hjemmel: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Party {
    rolle: Role,
    navn: Private<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    foedselsnummer: Option<Private<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    organisasjonsnummer: Option<String>,
    #[serde(default)]
    skjermet: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Role {
    Avsender,
    Mottaker,
    Kopimottaker,
    InternAvsender,
    InternMottaker,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct NamedFile {
    sti: String,
    #[serde(rename = "type")]
    kind: FileKind,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    tittel: Option<Private<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    mimetype: Option<String>,
    sha256: ContentHash,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum FileKind {
    H,
    V,
}

/// A file that a manifest names, before its bytes are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Named<'a> {
    /// Its path within the delivery, with `/` between folders. Never leads out of it.
    pub path: &'a str,
    /// What it is said to be.
    pub media_type: Option<&'a str>,
}

impl Manifest {
    /// Reads a manifest and checks its form. A byte order mark before it is overlooked.
    ///
    /// # Errors
    /// A [`Rejection`] says where it breaks the contract, never what stands there.
    pub fn parse(bytes: &[u8]) -> Result<Self, Rejection> {
        if bytes.len() > MAX_MANIFEST {
            return Err(fault(Place::Consignment, "the manifest is longer than 4 MiB").into());
        }
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let manifest: Self = serde_json::from_slice(bytes).map_err(|error| {
            // The error's own words may quote the content.
            let (line, column) = (error.line(), error.column());
            fault(Place::Consignment, format_args!("the manifest breaks the contract at line {line}, column {column}"))
        })?;
        match Rejection::of(manifest.faults()) {
            Some(rejection) => Err(rejection),
            None => Ok(manifest),
        }
    }

    /// The files it names, each path once.
    pub fn files(&self) -> impl Iterator<Item = Named<'_>> {
        let mut seen = BTreeSet::new();
        let files = self.registreringer.iter().flat_map(|registration| &registration.filer);
        files
            .filter(move |file| seen.insert(file.sti.as_str()))
            .map(|file| Named { path: &file.sti, media_type: file.mimetype.as_deref() })
    }

    /// The consignment it stands for. `files` holds what was put into the archive, by path; the caller has seen to it that
    /// there are no others.
    ///
    /// # Errors
    /// A [`Rejection`] for files that are missing and for what the archive has no word for.
    pub fn consignment(
        &self,
        source: &SourceId,
        files: &BTreeMap<String, FileFacts>,
    ) -> Result<Consignment, Rejection> {
        let key = ConsignmentKey::new(&self.leveranse_id);
        let key = key.map_err(|error| fault(Place::Consignment, error))?;
        let mut consignment = Consignment::new(source.clone(), key);
        let mut faults = Vec::new();
        consignment.rule.clone_from(&self.regel);
        if let Some(folder) = &self.mappe {
            (consignment.case, consignment.facts) = folder.facts(source, &mut faults);
        }
        let registrations = self.registreringer.iter().enumerate();
        consignment.entries =
            registrations.map(|(nth, registration)| registration.facts(nth, source, files, &mut faults)).collect();
        match Rejection::of(faults) {
            Some(rejection) => Err(rejection),
            None => Ok(consignment),
        }
    }

    fn faults(&self) -> Vec<Fault> {
        let mut faults = Vec::new();
        if self.kontrakt != CONTRACT {
            faults.push(fault(Place::Consignment, "`kontrakt` must be `mappeslipp/v1`"));
        }
        if self.leveranse_id.chars().count() > 128 {
            faults.push(fault(Place::Consignment, "`leveranseId` is longer than 128 characters"));
        }
        if self.fagsystem.trim().is_empty() {
            faults.push(fault(Place::Consignment, "`fagsystem` is blank"));
        }
        if self.registreringer.is_empty() {
            faults.push(fault(Place::Consignment, "`registreringer` is empty"));
        }
        for (entry, registration) in self.registreringer.iter().enumerate() {
            if registration.filer.is_empty() {
                faults.push(Fault::new(FaultCode::MainDocumentMissing, Place::Entry { entry }));
            }
            for (document, file) in registration.filer.iter().enumerate() {
                if !stays_inside(&file.sti) {
                    let place = Place::Document { entry, document };
                    faults.push(fault(place, "`sti` leads out of the delivery"));
                }
            }
        }
        faults
    }
}

impl Folder {
    fn facts(&self, source: &SourceId, faults: &mut Vec<Fault>) -> (CaseWish, CaseFacts) {
        let key = reference::key(source.as_str(), CASE, self.ekstern_noekkel.expose());
        let mut facts = CaseFacts::default();
        facts.title.clone_from(&self.tittel);
        facts.public_title.clone_from(&self.offentlig_tittel);
        if let Some(word) = &self.mappetype {
            facts.kind = kind(word);
            if facts.kind.is_none() {
                faults.push(Fault::new(FaultCode::KindNotTaken, Place::Case).because("`mappetype` is unknown"));
            }
        }
        let classes = self.klassering.iter();
        facts.classes = classes
            .map(|class| DesiredClass {
                system: class.system.clone(),
                value: class.verdi.clone(),
                screened: class.skjermet,
            })
            .collect();
        facts.external_keys = vec![key.clone()];
        let wish = match self.strategi {
            Strategy::Ny => CaseWish::New,
            Strategy::Finn => CaseWish::Existing(CaseName::Key(key)),
            Strategy::FinnEllerNy => CaseWish::FindOrNew(CaseName::Key(key)),
        };
        (wish, facts)
    }
}

impl Registration {
    fn facts(
        &self,
        nth: usize,
        source: &SourceId,
        files: &BTreeMap<String, FileFacts>,
        faults: &mut Vec<Fault>,
    ) -> EntryFacts {
        let place = Place::Entry { entry: nth };
        let mut entry = EntryFacts::new(self.tittel.clone());
        entry.key = Some(reference::key(source.as_str(), ENTRY, self.ekstern_noekkel.expose()));
        entry.public_title.clone_from(&self.offentlig_tittel);
        if let Some(code) = &self.journalposttype {
            entry.kind = EntryKind::from_noark(code);
            if entry.kind.is_none() {
                faults.push(fault(place, "`journalposttype` is unknown"));
            }
        }
        entry.document_date = self.dokumentdato;
        entry.screening = self.skjerming.as_ref().map(|screening| {
            let mut wish = ScreeningWish::new(&screening.tilgangskode);
            wish.legal_basis = Some(screening.hjemmel.clone());
            wish
        });
        let parties = self.parter.iter().enumerate();
        entry.parties = parties.map(|(party, facts)| facts.facts(Place::Party { entry: nth, party }, faults)).collect();
        for (document, file) in self.filer.iter().enumerate() {
            let Some(found) = files.get(&file.sti) else {
                faults.push(Fault::new(FaultCode::FileMissing, Place::Document { entry: nth, document }));
                continue;
            };
            let mut facts = found.clone();
            facts.stated_hash = Some(file.sha256);
            let role = match file.kind {
                FileKind::H => DocumentRole::Main,
                FileKind::V => DocumentRole::Attachment,
            };
            let mut described = DocumentFacts::new(role, facts);
            described.title.clone_from(&file.tittel);
            entry.documents.push(described);
        }
        entry
    }
}

impl Party {
    fn facts(&self, place: Place, faults: &mut Vec<Fault>) -> PartyFacts {
        let role = match self.rolle {
            Role::Avsender => PartyRole::Sender,
            Role::Mottaker => PartyRole::Recipient,
            Role::Kopimottaker => PartyRole::CopyRecipient,
            Role::InternAvsender => PartyRole::InternalSender,
            Role::InternMottaker => PartyRole::InternalRecipient,
        };
        let mut party = PartyFacts::new(role, self.navn.clone());
        party.screened = self.skjermet;
        if let Some(number) = &self.organisasjonsnummer {
            match OrganisationNumber::parse(number) {
                Ok(number) => party.identity = Some(PartyIdentity::Organisation(number)),
                Err(_) => faults.push(fault(place, "`organisasjonsnummer` is not valid")),
            }
        }
        if let Some(number) = &self.foedselsnummer {
            match NationalIdentityNumber::parse(number.expose()) {
                Ok(number) => party.identity = Some(PartyIdentity::Person(number)),
                Err(_) => faults.push(fault(place, "`foedselsnummer` is not valid")),
            }
        }
        party
    }
}

/// The kinds of case by the words that senders use.
fn kind(word: &str) -> Option<CaseKind> {
    let word = word.trim().to_lowercase();
    let by_name = || CaseKind::ALL.into_iter().find(|kind| kind.norwegian_name().to_lowercase() == word);
    Some(match word.as_str() {
        "elev" => CaseKind::PupilFile,
        "personal" => CaseKind::PersonnelFile,
        "barn" => CaseKind::ChildFile,
        "bygg" => CaseKind::Building,
        "tilsetting" | "ansettelse" => CaseKind::Recruitment,
        _ => return by_name(),
    })
}

/// Whether a path stays within the delivery, whatever system reads it.
fn stays_inside(path: &str) -> bool {
    let parts = || path.split('/');
    !path.is_empty()
        && !path.contains(['\\', '\0'])
        && path.as_bytes().get(1) != Some(&b':')
        && parts().all(|part| !part.is_empty() && !part.chars().all(|letter| letter == '.'))
        && !path.contains("..")
}

fn fault(place: Place, detail: impl std::fmt::Display) -> Fault {
    Fault::new(FaultCode::InvalidContent, place).because(detail)
}

#[cfg(test)]
#[path = "manifest_tests.rs"]
mod tests;
