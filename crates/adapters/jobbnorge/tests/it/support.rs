//! A vacancy with three applicants, and an archive that takes what it gets.

use std::sync::Arc;

use sakarkiv_core::{
    case::CaseNumber,
    identity::{CaseId, EntryId, OrganisationNumber, SourceId, TenantId},
    intake::{CaseOutcome, CaseReceipt, Consignment, EntryOutcome, EntryReceipt, Receipt},
    journal::EntryNumber,
    ports::{Answer, Blobs, ConsignmentSource, Fetched, ItemId},
};
use sakarkiv_jobbnorge::{
    RecruitmentConfig,
    source::{Recruitment, RecruitmentSource},
};
use sakarkiv_testkit::{
    doubles::{ManualClock, MemoryBlobs},
    simulators::{JobbNorgeSim, SimDelivery, SimVacancy},
};
use serde_json::{Value, json};
use uuid::Uuid;

pub(crate) const EMPLOYER: &str = "310000027";
pub(crate) const TOKEN: &str = "hemmelig";
pub(crate) const NOW: &str = "2026-03-02T08:00:00Z";

pub(crate) fn config() -> RecruitmentConfig {
    RecruitmentConfig::new([OrganisationNumber::parse(EMPLOYER).unwrap()])
}

pub(crate) fn sim() -> (Arc<ManualClock>, JobbNorgeSim) {
    let clock = ManualClock::at(NOW);
    let sim = JobbNorgeSim::new(clock.port(), TOKEN);
    (clock, sim)
}

/// A vacancy with somebody hired, somebody rejected and somebody left out of the public list.
pub(crate) fn vacancy(sim: &JobbNorgeSim) -> SimVacancy {
    let applicant = |id: &str, name: &str, exemption: &str, status: &str| {
        json!({"soekerId": id, "navn": name, "alder": 40, "kjoenn": "kvinne", "kommune": "Drammen",
            "naavaerendeStilling": "Lærer", "unntakOffentlighet": exemption, "status": status})
    };
    sim.vacancy("4711", "Barnehagelærer", EMPLOYER)
        .applicant(applicant("1", "Ola Dunk", "ikke-bedt", "ansatt"))
        .applicant(applicant("2", "Kari Prøve", "avslaatt", "avslag"))
        .applicant(applicant("3", "Eva Skjult", "innvilget", "avslag"))
}

/// Everything that a vacancy brings, from the opening to the closing.
pub(crate) fn whole_case(vacancy: &SimVacancy) -> Vec<SimDelivery> {
    let of = |event: &str, documents: &[(&str, &str, Option<&str>, &[u8])]| vacancy.delivery(event, documents);
    vec![
        vacancy.opening(),
        of(
            "dokument.klart",
            &[("analyse", "jobbanalyse", None, b"analyse"), ("annonse", "utlysning", None, b"annonse")],
        ),
        of(
            "dokument.klart",
            &[
                ("offentlig", "offentlig-soekerliste", None, b"offentlig"),
                ("utvidet", "utvidet-soekerliste", None, b"utvidet"),
                ("s-1", "soeknad", Some("1"), b"soknad 1"),
                ("s-2", "soeknad", Some("2"), b"soknad 2"),
                ("cv-1", "cv", Some("1"), b"cv 1"),
            ],
        ),
        of(
            "dokument.klart",
            &[("intervju", "intervjureferat", None, b"intervju"), ("innst", "innstilling", None, b"innstilling")],
        ),
        of(
            "dokument.klart",
            &[("tilbud", "tilbudsbrev", Some("1"), b"tilbud"), ("nei-3", "avslag", Some("3"), b"avslag")],
        ),
        of("sak.avsluttet", &[]),
    ]
}

/// A source over a way in, with an archive beside it.
pub(crate) struct Desk<S> {
    pub(crate) source: Recruitment<S>,
    pub(crate) blobs: Arc<MemoryBlobs>,
}

impl<S: RecruitmentSource> Desk<S> {
    pub(crate) fn new(way: S, config: RecruitmentConfig, clock: &Arc<ManualClock>) -> Self {
        let id = SourceId::new("jobbnorge").unwrap();
        Self { source: Recruitment::new(id, config, Arc::new(way), clock.port()), blobs: Arc::default() }
    }

    pub(crate) async fn fetch(&self, id: &ItemId) -> Fetched {
        let blobs: Arc<dyn Blobs> = Arc::clone(&self.blobs) as _;
        self.source.fetch(&TenantId::new("bodo").unwrap(), id, blobs).await.unwrap()
    }

    pub(crate) async fn ids(&self) -> Vec<ItemId> {
        self.source.list().await.unwrap().into_iter().map(|waiting| waiting.id).collect()
    }

    /// Takes in all that waits: what is faulty is refused, the rest received.
    pub(crate) async fn take_all(&self) -> Vec<Result<Consignment, String>> {
        let mut taken = Vec::new();
        for id in self.ids().await {
            match self.fetch(&id).await {
                Fetched::Consignment(consignment) => {
                    let answer = Answer::Received(Box::new(receipt(&consignment)));
                    self.source.answer(&id, &answer).await.unwrap();
                    self.source.answer(&id, &answer).await.unwrap();
                    taken.push(Ok(*consignment));
                }
                Fetched::Faulty(rejection) => {
                    taken.push(Err(rejection.to_string()));
                    self.source.answer(&id, &Answer::Rejected(rejection)).await.unwrap();
                }
                other => panic!("{other:?}"),
            }
        }
        taken
    }
}

/// What an archive answers that registers every entry anew.
pub(crate) fn receipt(consignment: &Consignment) -> Receipt {
    let case = CaseNumber::new(2026, 318).unwrap();
    let entries = (1..).zip(&consignment.entries).map(|(number, entry)| EntryReceipt {
        key: entry.key.clone(),
        id: EntryId::from_uuid(Uuid::from_u128(number.into())),
        number: EntryNumber::new(case, number, 2026, number).unwrap(),
        outcome: EntryOutcome::Registered,
        documents: Vec::new(),
        parties: Vec::new(),
    });
    let about = CaseReceipt { id: CaseId::from_uuid(Uuid::nil()), number: case, outcome: CaseOutcome::Opened };
    let at = NOW.parse().unwrap();
    Receipt::new(consignment.source.clone(), consignment.key.clone(), at, about, entries.collect())
}

/// Every sort of entry that was handed in, in order.
pub(crate) fn sorts(taken: &[Result<Consignment, String>]) -> Vec<String> {
    let entries = taken.iter().flatten().flat_map(|consignment| &consignment.entries);
    entries.filter_map(|entry| entry.sort.clone()).collect()
}

pub(crate) fn states(receipts: &[Value]) -> Vec<&str> {
    receipts.iter().filter_map(|receipt| receipt["status"].as_str()).collect()
}
