//! An appointment case (tilsettingssak) from the vacancy to the offer: a recruitment system leaves what each step brings.

use std::{path::Path, sync::Arc};

use sakarkiv::core::{identity::OrganisationNumber, intake::reference, text::ExternalKey};
use sakarkiv_testkit::{
    doubles::ManualClock,
    simulators::{JobbNorgeSim, SimDelivery, SimVacancy},
};
use serde_json::{Value, json};

use super::{SpecialistsError, answers, answers::Told};

/// How far the vacancy has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    Opened,
    Advertised,
    Applied,
    Recommended,
    Offered,
    Closed,
}

/// The recruitment system.
#[derive(Debug)]
pub(super) struct Recruiter {
    jobbnorge: JobbNorgeSim,
    vacancy: SimVacancy,
    /// The ids of what was delivered.
    pub(super) delivered: Vec<String>,
}

/// A document of the case: its id, what it is, whose it is, and whether everybody may see it.
struct Paper {
    id: &'static str,
    kind: &'static str,
    applicant: Option<&'static str>,
    open: bool,
}

impl Recruiter {
    pub(super) fn new(clock: &Arc<ManualClock>, employer: &OrganisationNumber) -> Self {
        let jobbnorge = JobbNorgeSim::new(clock.port(), "");
        let applicant = |(id, name, exemption): (&str, &str, &str)| {
            json!({
                "soekerId": id, "navn": name, "alder": 40, "kjoenn": "kvinne", "kommune": "Bodø",
                "naavaerendeStilling": "Lærer", "unntakOffentlighet": exemption, "status": "aktiv",
            })
        };
        let vacancy = jobbnorge.vacancy(VACANCY, "Barnehagelærer", employer.as_str());
        let vacancy = APPLICANTS.into_iter().map(applicant).fold(vacancy, SimVacancy::applicant);
        Self { jobbnorge, vacancy, delivered: Vec::new() }
    }

    /// Leaves what a stage brings.
    pub(super) fn deliver(&mut self, root: &Path, stage: Stage) -> Result<(), SpecialistsError> {
        let delivery = self.delivery(stage);
        self.jobbnorge.leave(root, &delivery)?;
        self.delivered.extend(delivery.body.get("leveranseId").and_then(Value::as_str).map(str::to_owned));
        Ok(())
    }

    fn delivery(&self, stage: Stage) -> SimDelivery {
        let event = match stage {
            Stage::Opened => return self.vacancy.opening(),
            Stage::Closed => "sak.avsluttet",
            _ => "dokument.klart",
        };
        let vacancy = match stage {
            Stage::Offered => {
                let hired = self.vacancy.clone().changed(0, "status", "ansatt");
                hired.changed(1, "status", "avslag").changed(2, "status", "avslag")
            }
            _ => self.vacancy.clone(),
        };
        let documents: Vec<_> =
            papers(stage).iter().map(|paper| (paper.id, paper.kind, paper.applicant, paper.id.as_bytes())).collect();
        let mut delivery = vacancy.delivery(event, &documents);
        for (n, paper) in papers(stage).iter().enumerate() {
            let name = APPLICANTS.iter().find(|(id, ..)| Some(*id) == paper.applicant).map(|(_, name, _)| *name);
            let title = delivery.body.pointer_mut(&format!("/dokumenter/{n}/tittel"));
            if let (Some(name), Some(title)) = (name, title) {
                *title = json!(format!("{} - {name}", paper.kind));
            }
        }
        delivery
    }
}

/// What each delivery was answered.
pub(super) fn told(root: &Path) -> Result<Vec<Told>, SpecialistsError> {
    answers::of_folder(&root.join("arkivert"), "kvittering.json", "leveranse.json")
}

pub(super) fn case_key() -> ExternalKey {
    reference::key(SYSTEM, reference::CASE, format!("stilling/{VACANCY}"))
}

/// The key of each entry, and whether it must be screened.
pub(super) fn entries() -> impl Iterator<Item = (ExternalKey, bool)> {
    let stages = [Stage::Advertised, Stage::Applied, Stage::Recommended, Stage::Offered];
    stages.into_iter().flat_map(papers).map(|paper| {
        let value = format!("stilling/{VACANCY}/dok/{}/v1", paper.id);
        (reference::key(SYSTEM, reference::ENTRY, value), !paper.open)
    })
}

/// Everybody who applied.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    APPLICANTS.into_iter().map(|(_, name, _)| name)
}

const fn papers(stage: Stage) -> &'static [Paper] {
    match stage {
        Stage::Opened | Stage::Closed => &[],
        Stage::Advertised => &ADVERTISED,
        Stage::Applied => &LISTS,
        Stage::Recommended => &ASSESSMENTS,
        Stage::Offered => &OUTCOMES,
    }
}

const fn open(id: &'static str, kind: &'static str) -> Paper {
    Paper { id, kind, applicant: None, open: true }
}

const fn exempt(id: &'static str, kind: &'static str) -> Paper {
    Paper { id, kind, applicant: None, open: false }
}

const fn about(id: &'static str, kind: &'static str, applicant: &'static str) -> Paper {
    Paper { id, kind, applicant: Some(applicant), open: false }
}

const ADVERTISED: [Paper; 2] = [open("analyse", "jobbanalyse"), open("annonse", "utlysning")];
const LISTS: [Paper; 2] = [open("offentlig", "offentlig-soekerliste"), exempt("utvidet", "utvidet-soekerliste")];
const ASSESSMENTS: [Paper; 2] = [exempt("intervju", "intervjureferat"), exempt("innstilling", "innstilling")];
const OUTCOMES: [Paper; 5] = [
    about("soknad-1", "soeknad", "1"),
    about("cv-1", "cv", "1"),
    about("tilbud", "tilbudsbrev", "1"),
    about("avslag-2", "avslag", "2"),
    about("avslag-3", "avslag", "3"),
];
/// Who applied; the last one is left out of the public list.
const APPLICANTS: [(&str, &str, &str); 3] = [
    ("1", "Ada Søkerud", "ikke-bedt"),
    ("2", "Birgit Omsøktvik", "avslaatt"),
    ("3", "Cecilie Løyndestad", "innvilget"),
];
const VACANCY: &str = "4711";
/// The name of the system in the keys of its records.
const SYSTEM: &str = "JobbNorge";
