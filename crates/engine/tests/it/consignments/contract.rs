//! The desk of specialist systems keeps its port's contract.

use std::{
    fmt,
    sync::{Arc, Mutex},
};

use async_trait::async_trait;
use sakarkiv_core::{
    case::{Case, CaseKind, NewCase},
    journal::JournalEntry,
    ports::{ArchiveDesk, CaseFilter, Store},
};
use sakarkiv_testkit::conformance::{DeskHarness, HiddenCase, desk_cases, run_desk};

use super::world::school_service;
use crate::world::{World, archivist, tenant, unit};

/// The school system at a real office, which may not know of building cases.
#[derive(Default)]
struct School(Mutex<Option<Arc<World>>>);

impl fmt::Debug for School {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("School")
    }
}

impl School {
    fn world(&self) -> Arc<World> {
        Arc::clone(self.0.lock().unwrap().as_ref().unwrap())
    }
}

#[async_trait]
impl DeskHarness for School {
    fn name(&self) -> String {
        "ServiceDesk".to_owned()
    }

    async fn fresh(&self) -> Arc<dyn ArchiveDesk> {
        let world = World::of([school_service()]);
        let desk = Arc::new(world.service());
        *self.0.lock().unwrap() = Some(Arc::new(world));
        desk
    }

    async fn records(&self) -> Vec<(Case, Vec<JournalEntry>)> {
        let store = self.world().store();
        let mut records = Vec::new();
        for case in store.cases(&tenant(), &CaseFilter::default(), None, 100).await.unwrap() {
            let entries = store.entries(&tenant(), case.id()).await.unwrap();
            records.push((case, entries));
        }
        records
    }

    async fn hide(&self) -> Option<HiddenCase> {
        let world = self.world();
        let building = NewCase::new(CaseKind::Building, "Storgata 1".into(), unit(), archivist().id);
        let (id, number) = world.desk().open_case(building).await.unwrap();
        Some(HiddenCase { id, number })
    }

    fn hides(&self) -> bool {
        true
    }

    fn take_away(&self, _away: bool) -> bool {
        false
    }
}

#[test]
fn the_desk_of_specialist_systems_keeps_its_contract() {
    let world = World::new();
    let report = world.run(run_desk(&School::default()));
    report.assert_conforms();
    assert_eq!(report.passed(), desk_cases().len() - 1, "only an outage cannot be arranged: {report}");
}
