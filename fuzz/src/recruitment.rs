//! What a recruitment system and its public list say.

use std::sync::Arc;

use sakarkiv_core::{
    document::BlobRef,
    identity::{OrganisationNumber, SourceId},
};
use sakarkiv_jobbnorge::{
    ApplicationPolicy, PublicApplicantList, RecruitmentConfig,
    contract::{Binding, Delivery, Receipt},
    jobs::{ApiVersion, JobQuery, PublicJobs, PublicJobsConfig},
    mapping::consignment_key,
};
use serde_json::{Value, json};

use crate::{
    other_side::{Answer, OtherSide, Still},
    wait,
};

/// The public list of vacancies: the first byte chooses the version.
pub fn jobs_answer(data: &[u8]) {
    let Some((version, body)) = data.split_first() else { return };
    let version = ApiVersion::ALL[usize::from(*version) % ApiVersion::ALL.len()];
    let answer = Answer::new(200, body);
    let side = OtherSide::new(move |_| answer.clone());
    let config = PublicJobsConfig::new("https://publicapi.jobbnorge.no".parse().expect("an address"));
    let jobs = PublicJobs::new(config, Arc::new(side), Arc::new(Still));
    wait(async {
        let _ = jobs.list(version, &JobQuery::default()).await;
        let _ = jobs.position_count().await;
    });
}

/// A delivery of a recruitment system, on to what the archive would be handed. The first byte chooses how it comes and which
/// applications are archived.
pub fn recruitment_delivery(data: &[u8]) {
    let Some((how, body)) = data.split_first() else { return };
    let delivery = match Delivery::read(body) {
        Ok(delivery) => delivery,
        Err(faults) => {
            assert!(!faults.is_empty() && faults.len() <= 200);
            return;
        }
    };
    let written = delivery.to_json();
    assert_eq!(Delivery::from_json(&written).as_ref(), Ok(&delivery), "what is written is read back");
    let _ = PublicApplicantList::of(&delivery.applicants).map(|list| list.to_text());
    let mut config = RecruitmentConfig::new([OrganisationNumber::parse(EMPLOYER).expect("a number")]);
    config.applications = if how & 4 == 0 { ApplicationPolicy::All } else { ApplicationPolicy::Hired };
    let binding = [Binding::Folder, Binding::Pull, Binding::Push][usize::from(*how) % 3];
    let prepared = match delivery.prepare(&config, binding) {
        Ok(prepared) => prepared,
        Err(faults) => {
            let told = Receipt::refusing(&delivery, &faults, delivery.at).to_json();
            assert_eq!(told["leveranseId"], json!(delivery.id));
            return;
        }
    };
    let blob = |index: usize| {
        let file = delivery.documents.get(index)?.file.as_ref()?;
        Some(BlobRef { hash: file.hash, size: file.size })
    };
    let key = consignment_key(&delivery).expect("an id that was read makes a key");
    let consignment = prepared.consignment(SourceId::new("jobbnorge").expect("a name"), key, &config, blob);
    for (entry, documents) in consignment.entries.iter().zip(prepared.entries()) {
        assert_eq!(entry.documents.len(), documents.len(), "no document is lost");
        assert!(entry.public_title.is_some(), "every entry has a public title of its own wording");
    }
}

const EMPLOYER: &str = "310000027";

/// Lists of every version.
pub(crate) fn job_lists() -> Vec<Vec<u8>> {
    let job = json!({"id": 123_456, "title": "Barnehagelærer", "employer": "Eksempel kommune", "jobScope": "Heltid",
        "jobDuration": "Fast", "positionCount": 2, "publicationDate": "02.02.2026", "deadline": "søndag 1. mars 2026",
        "jobType": {"name": "Pedagogikk"}, "locations": [{"municipality": "Eksempel", "isPrimary": true}]});
    let bodies = [
        json!([job]),
        json!([{"id": "7", "location": "Drammen", "deadline": "Løpende"}]),
        json!({"jobs": [job], "meta": {"jobCountTotal": 1, "employerCountTotal": 1}}),
    ];
    (0..3).flat_map(|version| bodies.iter().map(move |body| seed(version, body))).chain([vec![0, b'7']]).collect()
}

/// Deliveries of every event.
pub(crate) fn deliveries() -> Vec<Vec<u8>> {
    let file = json!({"filnavn": "fil.pdf", "mimetype": "application/pdf", "stoerrelse": 5, "del": "fil-1",
        "hentUrl": "/filer/1", "sha256": "2f77668a9dfbf8d5848b9eeb4a7145ca94c6ed9236e4a773f6dcafa5132b2f91"});
    let mut delivery = json!({
        "kontrakt": "rekruttering-leveranse/v1", "leveranseId": "jn-1", "hendelse": "dokument.klart", "sekvens": 3,
        "tidspunkt": "2026-03-02T08:15:00+01:00", "virksomhet": {"organisasjonsnummer": EMPLOYER, "enhetskode": "OPPV"},
        "sak": {"eksternId": "stilling/4711", "referanse": "4711", "stillingstittel": "Lærer", "soeknadsfrist": null,
            "saksansvarlig": {"brukernavn": "KNO"}, "arkivSaksnummer": "2026/318"},
        "soekere": [{"soekerId": "1", "navn": "Eva Skjult", "kjoenn": "kvinne", "unntakOffentlighet": "innvilget",
            "status": "ansatt", "alder": 31, "foedselsnummer": "01819000553"}],
        "dokumenter": [
            {"dokumentId": "a", "versjon": 2, "erstatterVersjon": 1, "dokumenttype": "soeknad", "tittel": "Søknad Eva Skjult",
             "soekerId": "1", "dokumentdato": "2026-03-02", "fil": file},
            {"dokumentId": "b", "versjon": 1, "dokumenttype": "cv", "tittel": "CV", "hoveddokumentId": "a", "soekerId": "1",
             "skjerming": {"tilgangskode": "UO", "hjemmel": "Offl. § 25", "opphoerer": "2030-01-01"}, "fil": file},
            {"dokumentId": "c", "versjon": 1, "dokumenttype": "offentlig-soekerliste", "tittel": "Liste", "fil": file}],
    });
    let mut seeds: Vec<Vec<u8>> = (0..6).map(|how| seed(how, &delivery)).collect();
    for event in
        ["sak.opprettet", "sak.endret", "dokument.erstattet", "dokument.trukket", "sak.avsluttet", "sak.avlyst"]
    {
        delivery["hendelse"] = json!(event);
        seeds.push(seed(0, &delivery));
    }
    seeds
}

fn seed(first: u8, body: &Value) -> Vec<u8> {
    let mut seed = vec![first];
    seed.extend(body.to_string().bytes());
    seed
}
