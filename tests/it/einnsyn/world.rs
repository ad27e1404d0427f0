//! eInnsyn with a municipality that publishes.

use std::{future::Future, sync::Arc, time::Duration};

use http::{Method, Request};
use sakarkiv_core::{
    identity::{CaseId, TenantId},
    ports::{JournalPublisher, PortError},
    publication::{LeakReport, PublicRecord, clear},
};
use sakarkiv_einnsyn::{EInnsynConfig, EInnsynPublisher, EInnsynRequests, Surroundings};
use sakarkiv_http::{Body, HttpService};
use sakarkiv_testkit::{
    conformance::Samples,
    doubles::ManualClock,
    memory::MemoryStore,
    simulators::{
        EInnsynSim, InProcess,
        einnsyn::{AddedUnit, Entity, Unit},
    },
};
use serde_json::{Value, json};

use crate::outside::{drive, monday};

pub(crate) const HOST: &str = "https://api.einnsyn.test";
pub(crate) const MUNICIPALITY: &str = "310000027";
pub(crate) const FILES: &str = "https://innsyn.example/fil/{entry}/{document}/{name}";

#[derive(Debug)]
pub(crate) struct World {
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) einnsyn: EInnsynSim,
    pub(crate) network: InProcess,
    pub(crate) unit: AddedUnit,
    pub(crate) store: Arc<MemoryStore>,
    pub(crate) publisher: Arc<EInnsynPublisher>,
    pub(crate) requests: Arc<EInnsynRequests>,
    pub(crate) samples: Samples,
    pub(crate) case: CaseId,
}

impl World {
    pub(crate) fn new() -> Self {
        Self::at(monday(), |_| {})
    }

    pub(crate) fn with(change: impl Fn(&mut Value)) -> Self {
        Self::at(monday(), change)
    }

    pub(crate) fn at(clock: Arc<ManualClock>, change: impl Fn(&mut Value)) -> Self {
        let einnsyn = EInnsynSim::new(clock.port());
        let unit = einnsyn.add_unit(&Unit::new("Prøvedal kommune", MUNICIPALITY));
        let network = InProcess::hosts([("api.einnsyn.test", einnsyn.router())]);
        let store = Arc::new(MemoryStore::default());
        let surroundings = Surroundings {
            service: Arc::new(network.clone()),
            clock: clock.port(),
            store: Arc::<MemoryStore>::clone(&store),
        };
        let config = config(&unit, change);
        let publisher = EInnsynPublisher::new(tenant(), config.clone(), &surroundings).unwrap();
        let requests = EInnsynRequests::new(&tenant(), config, &surroundings).unwrap();
        let mut samples = Samples::new(tenant().as_str());
        let case = samples.case_id();
        let (publisher, requests) = (Arc::new(publisher), Arc::new(requests));
        Self { clock, einnsyn, network, unit, store, publisher, requests, samples, case }
    }

    /// A publisher over another network, with nothing in mind, over the same store or another.
    pub(crate) fn publisher_over(
        &self,
        service: Arc<dyn HttpService>,
        store: Arc<MemoryStore>,
        change: impl Fn(&mut Value),
    ) -> EInnsynPublisher {
        let surroundings = Surroundings { service, clock: self.clock.port(), store };
        EInnsynPublisher::new(tenant(), config(&self.unit, change), &surroundings).unwrap()
    }

    pub(crate) fn http(&self) -> Arc<dyn HttpService> {
        Arc::new(self.network.clone())
    }

    pub(crate) fn record(&mut self, number: u32) -> PublicRecord {
        self.samples.public_record(self.case, number)
    }

    pub(crate) fn run<T>(&self, future: impl Future<Output = T>) -> T {
        drive(&self.clock, future)
    }

    pub(crate) fn try_publish(&self, record: &PublicRecord) -> Result<(), PortError> {
        let cleared = clear(record.clone(), &LeakReport::clean(record), &[]).unwrap();
        self.run(self.publisher.publish(&cleared))
    }

    pub(crate) fn publish(&self, record: &PublicRecord) {
        self.try_publish(record).unwrap();
    }

    pub(crate) fn pass(&self, hours: u64) {
        self.clock.advance(Duration::from_secs(hours * 3600));
    }

    /// One object as the public sees it, with all that hangs below it.
    pub(crate) fn public(&self, entity: Entity, id: &impl ToString) -> Option<Value> {
        let id = id.to_string();
        self.einnsyn.public(entity).into_iter().find(|object| object["systemId"] == id.as_str())
    }

    /// Somebody of the municipality works in eInnsyn by other means.
    pub(crate) async fn by_hand(&self, method: Method, path: &str, body: Option<Value>) -> u16 {
        let request = Request::builder().method(method).uri(format!("{HOST}{path}")).header("API-KEY", &self.unit.key);
        let request = match body {
            Some(body) => request.header("Content-Type", "application/json").body(Body::from(body.to_string())),
            None => request.body(Body::empty()),
        };
        self.network.call(request.unwrap()).await.unwrap().status().as_u16()
    }

    /// How many calls changed something, from one on.
    pub(crate) fn writes(&self, from: usize) -> Vec<String> {
        let received = self.einnsyn.received();
        let changing = received.iter().skip(from).filter(|one| one.method != "GET");
        changing.map(|one| format!("{} {}", one.method, one.path)).collect()
    }
}

pub(crate) fn tenant() -> TenantId {
    TenantId::new("provedal").unwrap()
}

fn config(unit: &AddedUnit, change: impl Fn(&mut Value)) -> EInnsynConfig {
    let mut config = json!({
        "base_url": HOST, "api_key": unit.key, "organisation": MUNICIPALITY, "files": FILES, "pause_ms": 0, "page": 3,
    });
    change(&mut config);
    serde_json::from_value(config).unwrap()
}

/// The texts of a list of objects.
pub(crate) fn texts(list: &Value, member: &str) -> Vec<String> {
    let items = list.as_array().map_or(&[][..], Vec::as_slice);
    items.iter().map(|one| one[member].as_str().unwrap_or_default().to_owned()).collect()
}
