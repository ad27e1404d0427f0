//! A building case by Fiks Arkiv messages: the system on one side, the archive on the other, and folders for a network.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use sakarkiv::core::{
    identity::{SourceId, TenantId},
    intake::reference,
    ports::{ArchiveDesk, CaseFilter},
    text::ExternalKey,
};
use sakarkiv::engine::RecordsOffice;
use sakarkiv_testkit::simulators::fiks_arkiv::{Attachment, FiksAnswer, FiksArkivSim, FiksWaiting};
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

use super::{Filed, SpecialistsError, register};
use crate::day::content;

/// What the building system sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    /// The case with the application, about a property.
    Application,
    /// Something more, and the application once again, as after a lost answer.
    Supplement,
    /// Asks for the case by its own key.
    Search,
    /// The application is dealt with.
    SignOff,
}

/// The building system.
#[derive(Debug)]
pub(super) struct Builder {
    system: FiksArkivSim,
    /// What was asked, with the kind of answer that is wanted.
    pub(super) sent: Vec<(Uuid, &'static str)>,
}

/// `melding.json` of an answer, as far as it is needed.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Letterhead {
    #[serde(rename = "type")]
    kind: String,
    svar_pa_melding: Option<Uuid>,
    klient_korrelasjons_id: Option<String>,
    filer: Vec<String>,
}

impl Builder {
    pub(super) fn new() -> Self {
        Self { system: FiksArkivSim::new(ACCOUNT, SYSTEM).without_schemas(), sent: Vec::new() }
    }

    pub(super) const fn system(&self) -> &FiksArkivSim {
        &self.system
    }

    pub(super) fn send(&mut self, stage: Stage) {
        let file = |n: u64| [Attachment::new("Søknad.pdf", "dok.pdf", content::pdf(n, 9_000))];
        let asked = match stage {
            Stage::Application => {
                let asked = self.system.file_case_and_entry(CASE, FIRST, "Søknad om tiltak", &file(11));
                (asked, "arkivering.arkivmelding.opprett.kvittering")
            }
            Stage::Supplement => {
                if let Some((first, _)) = self.sent.first() {
                    self.system.repeat(*first);
                }
                let asked = self.system.file_entry(CASE, SECOND, "Ettersendt tegning", &file(12));
                (asked, "arkivering.arkivmelding.opprett.kvittering")
            }
            Stage::Search => (self.system.search_case(CASE, "noekler"), "innsyn.sok.resultat.noekler"),
            Stage::SignOff => (self.system.sign_off(FIRST), "arkivering.avskrivning.opprett.kvittering"),
        };
        self.sent.push(asked);
    }

    /// Carries what is done with, what was answered and what is asked between the two.
    pub(super) fn carry(&self, root: &Path) -> Result<(), SpecialistsError> {
        // Looked at before the answers: what is done with has its answer by then.
        let done = folders(&root.join("ferdig"))?;
        for folder in folders(&root.join("ut"))? {
            self.fetch(&folder, root)?;
        }
        for message in done.iter().filter_map(|folder| named(folder)) {
            if !self.system.is_acknowledged(message) {
                self.system.acknowledge(message);
            }
        }
        while let Some(waiting) = self.system.next() {
            self.drop_off(&waiting, root)?;
        }
        Ok(())
    }

    fn fetch(&self, folder: &Path, root: &Path) -> Result<(), SpecialistsError> {
        let head: Letterhead = serde_json::from_slice(&fs::read(folder.join(LETTERHEAD))?)?;
        let mut answer = FiksAnswer::new(head.svar_pa_melding.unwrap_or_default(), &head.kind);
        answer.correlation = head.klient_korrelasjons_id;
        for (n, name) in head.filer.into_iter().enumerate() {
            answer.files.push((name, fs::read(folder.join(n.to_string()))?.into()));
        }
        if !self.system.take(answer) {
            return Ok(());
        }
        let fetched = root.join("hentet");
        fs::create_dir_all(&fetched)?;
        Ok(fs::rename(folder, fetched.join(folder.file_name().unwrap_or_default()))?)
    }

    fn drop_off(&self, waiting: &FiksWaiting, root: &Path) -> Result<(), SpecialistsError> {
        let inbox = root.join("inn");
        let (making, whole) = (root.join(format!(".{}", waiting.id)), inbox.join(waiting.id.to_string()));
        if whole.exists() {
            return Ok(());
        }
        fs::create_dir_all(&inbox)?;
        fs::create_dir_all(&making)?;
        for (n, name) in waiting.files.iter().enumerate() {
            fs::write(making.join(n.to_string()), self.system.file(waiting.id, name).unwrap_or_default())?;
        }
        let head = json!({
            "id": waiting.id, "type": waiting.kind, "fra": waiting.sender, "til": ARCHIVE,
            "klientKorrelasjonsId": waiting.correlation, "filer": waiting.files,
        });
        fs::write(making.join(LETTERHEAD), head.to_string())?;
        Ok(fs::rename(making, whole)?)
    }
}

/// Finds the case by its property in the land register, as the building system's service user.
pub(super) async fn find_property(office: &RecordsOffice, tenant: &TenantId) -> Result<Filed, SpecialistsError> {
    let desk = office.as_source(tenant, &SourceId::new(register::BUILDING)?, None)?;
    let mut filter = CaseFilter::default();
    filter.key = Some(property());
    let cases = desk.cases(&filter, None, 10).await?;
    let [case] = cases.as_slice() else { return Err(SpecialistsError::Wrong("a property has not its one case")) };
    Ok(Filed { case: case.number().to_string(), entries: desk.entries(case.id()).await?.len() })
}

/// The property that the case is about.
pub(super) fn property() -> ExternalKey {
    reference::matrikkel("1804", 138, 2211, 0, 0)
}

pub(super) fn case_key() -> ExternalKey {
    reference::key(SYSTEM, reference::CASE, CASE)
}

/// The keys of its entries.
pub(super) fn entries() -> [ExternalKey; 2] {
    [FIRST, SECOND].map(|key| reference::key(SYSTEM, reference::ENTRY, key))
}

fn folders(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let mut found: Vec<PathBuf> = entries.map(|entry| entry.map(|entry| entry.path())).collect::<io::Result<_>>()?;
    found.sort();
    Ok(found)
}

fn named(folder: &Path) -> Option<Uuid> {
    Uuid::parse_str(folder.file_name()?.to_str()?).ok()
}

/// What the system calls itself.
pub(super) const SYSTEM: &str = "eByggesak";
/// Its code of the unit whose cases these are.
pub(super) const UNIT: &str = "OPPV";
/// Its account in the network, and the archive's.
pub(super) const ACCOUNT: Uuid = Uuid::from_u128(0x4b4b_0001);
pub(super) const ARCHIVE: Uuid = Uuid::from_u128(0x4b4b_0002);
const LETTERHEAD: &str = "melding.json";
const CASE: &str = "sak/2026-17";
const FIRST: &str = "dok/2026-17-1";
const SECOND: &str = "dok/2026-17-2";
