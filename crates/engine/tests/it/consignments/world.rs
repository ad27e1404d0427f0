use std::sync::Arc;

use async_trait::async_trait;
use chrono::NaiveDate;
use sakarkiv_core::{
    access::{GrantRight, ServiceAllowance, ServiceRights, UnitScope, User, UserKind},
    case::{Case, CaseKind},
    identity::{ActorId, SourceId, TenantId, Timestamp, UnitId},
    intake::{
        CaseName, CaseWish, Consignment, ConsignmentKey, EntryFacts, EntryRule, IntakeRules, PartyFacts, RuleBook,
        reference,
    },
    integration::{Integration, Paper, TestRun},
    journal::JournalEntry,
    party::PartyRole,
    ports::{
        Answer, Blobs, CaseFilter, ConsignmentSource, Fetched, ItemId, PortError, SourceCapabilities, Store, Waiting,
    },
    sensitivity::SensitivityClass,
    text::ExternalKey,
};
use sakarkiv_engine::ServiceDesk;
use sakarkiv_testkit::memory::MemorySource;

use crate::world::{Extras, World, archivist, breath, tenant};

/// A source at which a process can be stopped before and after every call.
#[derive(Debug)]
pub(crate) struct Slow(pub(crate) MemorySource);

#[async_trait]
impl ConsignmentSource for Slow {
    fn id(&self) -> &SourceId {
        self.0.id()
    }

    fn capabilities(&self) -> SourceCapabilities {
        self.0.capabilities()
    }

    async fn list(&self) -> Result<Vec<Waiting>, PortError> {
        breath().await;
        self.0.list().await
    }

    async fn fetch(&self, tenant: &TenantId, id: &ItemId, blobs: Arc<dyn Blobs>) -> Result<Fetched, PortError> {
        breath().await;
        let fetched = self.0.fetch(tenant, id, blobs).await;
        breath().await;
        fetched
    }

    async fn answer(&self, id: &ItemId, answer: &Answer) -> Result<(), PortError> {
        breath().await;
        let answered = self.0.answer(id, answer).await;
        breath().await;
        answered
    }

    async fn check(&self) -> Result<(), PortError> {
        self.0.check().await
    }
}

pub(crate) fn school() -> SourceId {
    SourceId::new("skole").unwrap()
}

pub(crate) fn school_unit() -> UnitId {
    UnitId::new("skole").unwrap()
}

/// The service user of the school system: it opens pupil files in its unit and writes in them.
pub(crate) fn school_service() -> User {
    let allowance = ServiceAllowance {
        right: GrantRight::Write,
        kinds: [CaseKind::PupilFile].into(),
        units: UnitScope::Unit { unit: school_unit(), with_sub_units: false },
        series: None,
        up_to: SensitivityClass::StrictlyConfidential,
    };
    let rights = ServiceRights {
        integration: "skole".to_owned(),
        owner: archivist().id,
        records: vec![allowance],
        opens: [CaseKind::PupilFile].into(),
    };
    let id = ActorId::new("svc-skole").unwrap();
    User::founding(tenant(), id, UserKind::Service(rights)).since("2026-09-01T00:00:00Z".parse::<Timestamp>().unwrap())
}

pub(crate) fn planned() -> Integration {
    let (owner, service) = (archivist().id, school_service().id);
    let mut it = Integration::new(school(), owner, service, "Prøveleverandøren AS", "Elevmapper");
    it.systems = vec!["Prøveskole 7.2".to_owned()];
    it
}

pub(crate) fn ready() -> Integration {
    let mut it = planned();
    let date = NaiveDate::from_ymd_opt(2026, 8, 1).unwrap();
    it.risk_analysis = Some(Paper { date, until: None, entry: None });
    it.tests = vec![TestRun { date, by: archivist().id, what: "hele veien".to_owned(), passed: true }];
    it
}

pub(crate) fn school_integration() -> Integration {
    let today = NaiveDate::from_ymd_opt(2026, 9, 1).unwrap();
    ready().go_live(&archivist().id, Timestamp::UNIX_EPOCH, today, None).unwrap()
}

pub(crate) fn school_rules() -> RuleBook {
    let mut rules = IntakeRules::for_unit(school_unit());
    rules.case.kind = CaseKind::PupilFile;
    rules.corrects_by_key = true;
    rules.entry = EntryRule::default();
    let mut strict = rules.clone();
    strict.corrects_by_key = false;
    let mut book = RuleBook::new(school(), rules);
    book.named.insert("STRENG".to_owned(), strict);
    book
}

pub(crate) fn key(kind: &str, value: &str) -> ExternalKey {
    reference::key("skole", kind, value)
}

pub(crate) fn pupil(number: usize) -> ExternalKey {
    key(reference::CASE, &format!("elev/{number}"))
}

/// A delivery about one pupil with so many assessments.
pub(crate) fn delivery(name: &str, number: usize, entries: usize) -> Consignment {
    let mut consignment = Consignment::new(school(), ConsignmentKey::new(name).unwrap());
    consignment.case = CaseWish::FindOrNew(CaseName::Key(pupil(number)));
    consignment.facts.title = Some(format!("Elevmappe {number}").as_str().into());
    consignment.facts.external_keys = vec![pupil(number)];
    let entry = |n: usize| {
        let mut entry = EntryFacts::new(format!("Vurdering {n}").as_str().into());
        entry.key = Some(key(reference::ENTRY, &format!("{name}/{n}")));
        entry.parties = vec![PartyFacts::new(PartyRole::Sender, "Prøveskolen".into())];
        entry
    };
    consignment.entries = (1..=entries).map(entry).collect();
    consignment
}

impl World {
    pub(crate) fn with_school() -> Self {
        Self::of([school_service()])
    }

    pub(crate) fn with_school_rules(rules: RuleBook) -> Self {
        Self::build(|inbox| inbox, Extras { people: vec![school_service()], rules: Some(rules), ..Extras::default() })
    }

    pub(crate) fn service(&self) -> ServiceDesk {
        self.office.as_source(&tenant(), &school(), Some("10.0.0.7".to_owned())).unwrap()
    }

    /// Every case of the school with its entries, as they are stored.
    pub(crate) fn school_cases(&self) -> Vec<(Case, Vec<JournalEntry>)> {
        let (store, tenant) = (self.store(), tenant());
        let mut filter = CaseFilter::default();
        filter.unit = Some(school_unit());
        let cases = self.run(store.cases(&tenant, &filter, None, 10_000)).unwrap();
        let with_entries = |case: Case| {
            let entries = self.run(store.entries(&tenant, case.id())).unwrap();
            (case, entries)
        };
        cases.into_iter().map(with_entries).collect()
    }
}
