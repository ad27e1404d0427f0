//! A night's bulk of a specialist system over SQLite: a process that dies leaves whole deliveries, and the next one adds none
//! twice.

use std::{collections::BTreeSet, future::poll_fn, path::Path, pin::pin, sync::Arc, task::Poll};

use chrono::NaiveDate;
use sakarkiv_core::{
    access::{GrantRight, ServiceAllowance, ServiceRights, UnitScope, User, UserKind},
    case::CaseKind,
    identity::{ActorId, SourceId, TenantId, Timestamp, UnitId},
    intake::{
        CaseName, CaseWish, Consignment, ConsignmentKey, EntryFacts, IntakeRules, PartyFacts, RuleBook, reference,
    },
    integration::{Integration, Paper, TestRun},
    party::PartyRole,
    ports::{Answer, CaseFilter, Store},
    sensitivity::SensitivityClass,
};
use sakarkiv_engine::{RecordsOffice, TenantSetup};
use sakarkiv_sqlite::SqliteStore;
use sakarkiv_testkit::{
    doubles::{ManualClock, RecordingNotifier, SeededEntropy},
    memory::{MemorySource, Ware, Warehouse},
};

fn tenant() -> TenantId {
    TenantId::new("bodo").unwrap()
}

fn source() -> SourceId {
    SourceId::new("skole").unwrap()
}

fn actor(name: &str) -> ActorId {
    ActorId::new(name).unwrap()
}

fn unit() -> UnitId {
    UnitId::new("skole").unwrap()
}

fn service() -> User {
    let allowance = ServiceAllowance {
        right: GrantRight::Write,
        kinds: [CaseKind::PupilFile].into(),
        units: UnitScope::Unit { unit: unit(), with_sub_units: false },
        series: None,
        up_to: SensitivityClass::StrictlyConfidential,
    };
    let rights = ServiceRights {
        integration: "skole".to_owned(),
        owner: actor("eier-1"),
        records: vec![allowance],
        opens: [CaseKind::PupilFile].into(),
    };
    User::founding(tenant(), actor("svc-skole"), UserKind::Service(rights)).since(Timestamp::UNIX_EPOCH)
}

fn integration() -> Integration {
    let date = NaiveDate::from_ymd_opt(2026, 8, 1).unwrap();
    let mut it = Integration::new(source(), actor("eier-1"), actor("svc-skole"), "Prøveleverandøren AS", "Elevmapper");
    it.risk_analysis = Some(Paper { date, until: None, entry: None });
    it.tests = vec![TestRun { date, by: actor("eier-1"), what: "hele veien".to_owned(), passed: true }];
    it.go_live(&actor("eier-1"), Timestamp::UNIX_EPOCH, date, None).unwrap()
}

/// Two entries about a pupil; several deliveries of a night may be about the same one.
fn delivery(n: usize, pupil: usize) -> Consignment {
    let case_key = reference::key("skole", reference::CASE, format!("elev/{pupil}"));
    let mut consignment = Consignment::new(source(), ConsignmentKey::new(&format!("natt/{n}")).unwrap());
    consignment.case = CaseWish::FindOrNew(CaseName::Key(case_key.clone()));
    consignment.facts.title = Some(format!("Elevmappe {pupil}").as_str().into());
    consignment.facts.external_keys = vec![case_key];
    let entry = |place: usize| {
        let mut entry = EntryFacts::new(format!("Vurdering {place}").as_str().into());
        entry.key = Some(reference::key("skole", reference::ENTRY, format!("{n}/{place}")));
        entry.parties = vec![PartyFacts::new(PartyRole::Sender, "Prøveskolen".into())];
        entry
    };
    consignment.entries = (1..=2).map(entry).collect();
    consignment
}

fn office(folder: &Path, warehouse: &Warehouse) -> (RecordsOffice, Arc<SqliteStore>) {
    let store = Arc::new(SqliteStore::open(folder).unwrap());
    let mut rules = IntakeRules::for_unit(unit());
    rules.case.kind = CaseKind::PupilFile;
    let office = RecordsOffice::builder()
        .store(Arc::<SqliteStore>::clone(&store))
        .clock(ManualClock::new("2026-09-14T02:00:00Z".parse::<Timestamp>().unwrap()))
        .entropy(Arc::new(SeededEntropy::new(11)))
        .notifier(Arc::new(RecordingNotifier::new()))
        .node("natt-1")
        .tenant(
            TenantSetup::new(tenant())
                .user(service())
                .integration(integration())
                .intake_rules(RuleBook::new(source(), rules))
                .source(Arc::new(MemorySource::new(source(), warehouse.clone()))),
        )
        .build()
        .unwrap();
    (office, store)
}

/// The keys of all entries there are; fails when half a delivery is there, or anything twice.
async fn whole(store: &SqliteStore) -> usize {
    let cases = store.cases(&tenant(), &CaseFilter::default(), None, 10_000).await.unwrap();
    let titles: BTreeSet<&str> = cases.iter().map(|case| case.title().expose().as_str()).collect();
    assert_eq!(titles.len(), cases.len(), "a pupil has two cases");
    let mut keys = Vec::new();
    for case in &cases {
        let entries = store.entries(&tenant(), case.id()).await.unwrap();
        assert!(!entries.is_empty(), "a case was opened without what it was opened for");
        keys.extend(entries.iter().map(|entry| entry.external_keys()[0].value.expose().clone()));
    }
    let distinct: BTreeSet<&String> = keys.iter().collect();
    assert_eq!(distinct.len(), keys.len(), "an entry is there twice");
    for key in &keys {
        let delivery = key.split('/').next().unwrap();
        assert!((1..=2).all(|place| distinct.contains(&format!("{delivery}/{place}"))), "half a delivery is there");
    }
    keys.len()
}

/// Polls a future so many times at most, then drops it: whatever was under way is cut off.
async fn cut_off(run: impl Future<Output = ()>, after: usize) -> bool {
    let mut run = pin!(run);
    let mut polls = 0;
    poll_fn(|context| {
        polls += 1;
        if polls > after {
            return Poll::Ready(false);
        }
        run.as_mut().poll(context).map(|()| true)
    })
    .await
}

#[tokio::test]
async fn a_bulk_that_is_cut_off_leaves_whole_deliveries_and_the_next_run_adds_none_twice() {
    for after in [1, 2, 3, 5, 8, 12, 17, 23, 30, 38, 47, 57, 68, 80, 100, 130] {
        let (folder, warehouse) = (tempfile::tempdir().unwrap(), Warehouse::default());
        for n in 0..12 {
            warehouse.offer(Ware::new(delivery(n, n % 5)));
        }
        {
            let (office, store) = office(folder.path(), &warehouse);
            cut_off(office.run_until_idle(), after).await;
            whole(&store).await;
        }
        let (office, store) = office(folder.path(), &warehouse);
        office.run_until_idle().await;
        assert_eq!(whole(&store).await, 24, "cut off after {after}");
        assert_eq!(warehouse.waiting(), []);
        let received = |answer: &Answer| matches!(answer, Answer::Received(_));
        assert!(warehouse.ids().iter().all(|id| warehouse.ware(id).unwrap().answers.iter().all(received)));
    }
}

#[tokio::test]
#[ignore = "measures; run it alone with --release"]
#[expect(clippy::disallowed_methods, reason = "the wall clock is what is measured")]
async fn consignments_a_second_of_a_nights_bulk() {
    const BULK: usize = 5_000;
    let (folder, warehouse) = (tempfile::tempdir().unwrap(), Warehouse::default());
    for n in 0..BULK {
        warehouse.offer(Ware::new(delivery(n, n)));
    }
    let (office, store) = office(folder.path(), &warehouse);
    let began = std::time::Instant::now();
    office.run_until_idle().await;
    let took = began.elapsed().as_secs_f64();
    assert_eq!(whole(&store).await, 2 * BULK);
    println!("{BULK} consignments of two entries: {took:.1} s, {:.0} a second", 5_000.0 / took);
}
