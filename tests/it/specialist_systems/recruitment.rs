//! JobbNorge: one appointment from the vacancy to the offer, asked for over the network and left in folders.

use std::{fs, path::Path, sync::Arc};

use sakarkiv_core::{
    case::{Case, CaseKind, CaseStatus},
    identity::{OrganisationNumber, UnitId},
    journal::{EntryKind, EntryStatus, JournalEntry},
    ports::Subject,
};
use sakarkiv_jobbnorge::{
    RecruitmentConfig,
    mapping::intake_rules,
    source::{FolderDrop, Recruitment, RestPull, RestPullConfig},
};
use sakarkiv_testkit::simulators::{Fault, InProcess, JobbNorgeSim, Operation, SimDelivery, SimVacancy, When};
use serde_json::{Value, json};

use super::world::{Archive, System};

const EMPLOYER: &str = "310000027";
const TOKEN: &str = "hemmelig";

fn config() -> RecruitmentConfig {
    RecruitmentConfig::new([OrganisationNumber::parse(EMPLOYER).unwrap()])
}

fn system() -> System {
    let mut system = System::new("jobbnorge", "oppvekst", CaseKind::Recruitment);
    system.rules.usual = intake_rules(&config(), UnitId::new("oppvekst").unwrap());
    system
}

fn recruitment<S: sakarkiv_jobbnorge::source::RecruitmentSource>(archive: &Archive, way: S) -> Recruitment<S> {
    Recruitment::new(system().id, config(), Arc::new(way), archive.clock.port())
}

fn pull(archive: &Archive, sim: &JobbNorgeSim) -> Recruitment<RestPull> {
    let network = InProcess::hosts([("rekruttering.test", sim.router())]);
    let base_url = "https://rekruttering.test".parse().unwrap();
    let settings = RestPullConfig { base_url, token: TOKEN.into(), batch: 2, timeout_seconds: 60 };
    recruitment(archive, RestPull::new(settings, Arc::new(network), archive.clock.port()).unwrap())
}

fn pulling(archive: Archive, sim: &JobbNorgeSim) -> Archive {
    let source = pull(&archive, sim);
    archive.asking(source)
}

/// Somebody is hired, somebody rejected, and somebody left out of the public list.
fn vacancy(sim: &JobbNorgeSim) -> SimVacancy {
    let applicant = |id: &str, name: &str, exemption: &str, status: &str| {
        json!({"soekerId": id, "navn": name, "alder": 40, "kjoenn": "kvinne", "kommune": "Drammen",
            "naavaerendeStilling": "Lærer", "unntakOffentlighet": exemption, "status": status})
    };
    sim.vacancy("4711", "Barnehagelærer", EMPLOYER)
        .applicant(applicant("1", "Ola Dunk", "ikke-bedt", "ansatt"))
        .applicant(applicant("2", "Kari Prøve", "avslaatt", "avslag"))
        .applicant(applicant("3", "Eva Skjult", "innvilget", "avslag"))
}

/// From the opening to the closing, in order.
fn deliveries(vacancy: &SimVacancy) -> Vec<SimDelivery> {
    let of = |documents: &[(&str, &str, Option<&str>, &[u8])]| vacancy.delivery("dokument.klart", documents);
    vec![
        vacancy.opening(),
        of(&[("analyse", "jobbanalyse", None, b"analyse"), ("annonse", "utlysning", None, b"annonse")]),
        of(&[
            ("offentlig", "offentlig-soekerliste", None, b"offentlig"),
            ("utvidet", "utvidet-soekerliste", None, b"utvidet"),
            ("s-1", "soeknad", Some("1"), b"soknad 1"),
            ("s-2", "soeknad", Some("2"), b"soknad 2"),
            ("cv-1", "cv", Some("1"), b"cv 1"),
        ]),
        of(&[("intervju", "intervjureferat", None, b"intervju"), ("innst", "innstilling", None, b"innstilling")]),
        of(&[("tilbud", "tilbudsbrev", Some("1"), b"tilbud"), ("nei-3", "avslag", Some("3"), b"avslag")]),
        vacancy.delivery("sak.avsluttet", &[]),
    ]
}

/// What the archive holds of each: the applications of those who were not hired stay in the recruitment system.
const OPEN: [&str; 3] = ["analyse", "annonse", "offentlig"];
const EXEMPT: [&str; 7] = ["utvidet", "s-1", "cv-1", "intervju", "innst", "tilbud", "nei-3"];

fn of<'a>(entries: &'a [JournalEntry], document: &str) -> &'a JournalEntry {
    let part = format!("/dok/{document}/");
    let named = |entry: &&JournalEntry| entry.external_keys().iter().any(|key| key.value.expose().contains(&part));
    entries.iter().find(named).unwrap_or_else(|| panic!("{document} is not there"))
}

fn demand_whole((case, entries): &(Case, Vec<JournalEntry>)) {
    assert_eq!((case.kind(), case.status()), (CaseKind::Recruitment, CaseStatus::HandlerClosed));
    assert_eq!(entries.len(), OPEN.len() + EXEMPT.len());
    for document in OPEN {
        assert!(of(entries, document).screening().is_none(), "{document} is open to everybody");
    }
    for document in EXEMPT {
        let entry = of(entries, document);
        let screening = entry.screening().unwrap_or_else(|| panic!("{document} is exempt"));
        assert_eq!((screening.code().as_str(), screening.legal_basis()), ("UO", "Offl. § 25 første ledd"));
        let public = entry.public_title();
        assert!(["Dunk", "Prøve", "Skjult"].iter().all(|name| !public.contains(name)), "{public}");
    }
    let offer = of(entries, "tilbud");
    assert_eq!((offer.kind(), offer.status()), (EntryKind::Outgoing, EntryStatus::Journaled));
    assert!(offer.sent().is_some(), "it was sent from the recruitment system and is on record here");
    assert_eq!(offer.parties()[0].name().expose(), "Ola Dunk");
}

fn states(receipts: &[Value]) -> Vec<&str> {
    receipts.iter().filter_map(|receipt| receipt["status"].as_str()).collect()
}

fn id(number: usize) -> String {
    format!("jn-4711-{number:06}")
}

#[tokio::test]
async fn an_appointment_from_vacancy_to_offer_becomes_one_case_and_the_source_is_told() {
    for archive in Archive::both(&system()) {
        let sim = JobbNorgeSim::new(archive.clock.port(), TOKEN);
        let archive = pulling(archive, &sim);
        deliveries(&vacancy(&sim)).into_iter().for_each(|delivery| sim.deliver(delivery));
        archive.work(0).await;
        demand_whole(&archive.only_case().await);
        assert_eq!(sim.waiting(), 0);
        for number in 1..=6 {
            let receipts = sim.receipts(&id(number));
            assert_eq!(states(&receipts), ["arkivert"], "delivery {number}");
            assert_eq!(receipts[0]["sak"]["saksnummer"], "2026/1");
        }
        let (_, entries) = archive.only_case().await;
        assert_eq!(archive.content(of(&entries, "tilbud"), 0).await, b"tilbud");
        assert!(archive.told().is_empty(), "nobody had to do anything");
    }
}

#[tokio::test]
async fn deliveries_come_in_one_by_one_over_weeks_and_again_and_lost_receipts_are_said_again() {
    for archive in Archive::both(&system()) {
        let sim = JobbNorgeSim::new(archive.clock.port(), TOKEN);
        let archive = pulling(archive, &sim);
        let all = deliveries(&vacancy(&sim));
        for delivery in &all {
            sim.faults().arm(Operation::DeliveryReceipt, When::Next(1), Fault::DropBefore);
            sim.deliver(delivery.clone());
            archive.work(24).await;
            assert_eq!(sim.waiting(), 0, "the receipt was said again");
        }
        let (whole, changes) = (archive.only_case().await, archive.changes().await);
        demand_whole(&whole);
        all.iter().for_each(|delivery| sim.deliver(delivery.clone()));
        archive.work(24).await;
        assert_eq!((archive.only_case().await, archive.changes().await), (whole, changes), "nothing is there twice");
        assert_eq!(sim.waiting(), 0);
        assert_eq!(states(&sim.receipts(&id(3))), ["arkivert"; 2]);
    }
}

#[tokio::test]
async fn a_faulty_delivery_is_rejected_those_after_it_wait_and_when_it_is_mended_all_come_in() {
    for archive in Archive::both(&system()) {
        let sim = JobbNorgeSim::new(archive.clock.port(), TOKEN);
        let archive = pulling(archive, &sim);
        let all = deliveries(&vacancy(&sim));
        for (place, delivery) in all.iter().enumerate() {
            let mut delivery = delivery.clone();
            if place == 2 {
                delivery.files[1] = b"noe annet".to_vec();
            }
            sim.deliver(delivery);
        }
        archive.work(1).await;
        let (case, entries) = archive.only_case().await;
        assert_eq!((case.status(), entries.len()), (CaseStatus::Open, 2), "nothing of it, and nothing that follows it");
        assert_eq!(states(&sim.receipts(&id(3))), ["avvist"]);
        let fault = &sim.receipts(&id(3))[0]["feil"];
        assert_eq!((&fault["kode"], &fault["felt"]), (&json!("sjekksum-avvik"), &json!("/dokumenter/1/fil")));
        assert_eq!(states(&sim.receipts(&id(4))), ["paa-vent"]);
        let rejected = |subject: &Subject| matches!(subject, Subject::ConsignmentRejected { .. });
        assert_eq!(archive.told().iter().filter(|notice| rejected(&notice.subject)).count(), 1, "the owner is told");

        sim.deliver(all[2].clone());
        archive.work(48).await;
        demand_whole(&archive.only_case().await);
        assert_eq!(sim.waiting(), 0);
    }
}

/// The receipts in a folder, by the ids of their deliveries.
fn told(root: &Path, ending: &str) -> Vec<Value> {
    let folders = fs::read_dir(root.join(ending)).unwrap();
    let receipts = folders.map(|folder| fs::read(folder.unwrap().path().join("kvittering.json")).unwrap());
    let mut told: Vec<Value> = receipts.map(|receipt| serde_json::from_slice(&receipt).unwrap()).collect();
    told.sort_by_key(|receipt| receipt["leveranseId"].to_string());
    told
}

#[tokio::test]
async fn the_same_appointment_comes_in_by_folders_with_one_that_is_mended() {
    for archive in Archive::both(&system()) {
        let root = tempfile::tempdir().unwrap();
        let sim = JobbNorgeSim::new(archive.clock.port(), TOKEN);
        let source = recruitment(&archive, FolderDrop::open(root.path()).unwrap());
        let archive = archive.asking(source);
        let all = deliveries(&vacancy(&sim));
        let (first, rest) = all.split_first().unwrap();
        let mut faulty = first.clone();
        faulty.body["sak"]["ukjent"] = json!("Ola Dunk");
        sim.leave(root.path(), &faulty).unwrap();
        rest.iter().for_each(|delivery| drop(sim.leave(root.path(), delivery).unwrap()));
        archive.work(1).await;
        assert!(archive.cases().await.is_empty());
        let refused = told(root.path(), "avvist");
        assert_eq!((states(&refused), &refused[0]["feil"]["felt"]), (vec!["avvist"], &json!("/sak")));
        assert!(!refused[0].to_string().contains("Dunk"));

        sim.leave(root.path(), first).unwrap();
        archive.work(48).await;
        demand_whole(&archive.only_case().await);
        let taken = told(root.path(), "arkivert");
        assert_eq!(states(&taken), ["arkivert"; 6]);
        assert_eq!(taken[4]["sak"]["saksnummer"], "2026/1");
        assert_eq!(fs::read_dir(root.path().join("arbeid")).unwrap().count(), 0);
    }
}
