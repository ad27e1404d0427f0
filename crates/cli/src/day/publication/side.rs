//! eInnsyn and the public in front of it.

use std::sync::Arc;

use http::{Method, Request};
use sakarkiv::http::{Body, HttpService};
use sakarkiv_testkit::{
    doubles::ManualClock,
    simulators::{
        EInnsynSim, Fault, InProcess, Target, When,
        einnsyn::{AddedUnit, Entity, Unit},
    },
};
use serde_json::{Value, json};
use thiserror::Error;

use super::{
    super::{confidential, town::Town},
    ASKERS, FALSE_ALARM, LEAK, Moment, OPEN, STRANGER, Step, WITHDRAWN, publishes,
};

/// eInnsyn did not do what the story needs.
#[derive(Debug, Error)]
pub(crate) enum SideError {
    #[error("eInnsyn cannot be called: {0}")]
    Http(#[from] sakarkiv::http::HttpError),
    #[error("a call to eInnsyn cannot be made: {0}")]
    Request(#[from] http::Error),
    #[error("eInnsyn answers {0} to what the old archive publishes")]
    Refused(http::StatusCode),
    #[error("an answer of eInnsyn cannot be read: {0}")]
    Body(#[from] sakarkiv::http::BodyError),
    #[error("an answer of eInnsyn cannot be read: {0}")]
    Json(#[from] serde_json::Error),
}

/// eInnsyn, and what the public did and saw there.
#[derive(Debug)]
pub(crate) struct PublicSide {
    pub(crate) einnsyn: EInnsynSim,
    unit: Option<AddedUnit>,
    /// What was otherwise than the story tells.
    pub(super) wrong: Vec<String>,
}

impl PublicSide {
    pub(crate) fn new(clock: &Arc<ManualClock>, town: &Town) -> Self {
        let einnsyn = EInnsynSim::new(Arc::clone(clock) as _);
        let tenant = town.tenants.iter().find(|tenant| publishes(tenant));
        let unit = tenant.map(|tenant| Unit::new(confidential::name(tenant), tenant.organisation.as_str()));
        let unit = unit.map(|unit| einnsyn.add_unit(&unit));
        Self { einnsyn, unit, wrong: Vec::new() }
    }

    /// The municipality's key.
    pub(crate) fn key(&self) -> &str {
        self.unit.as_ref().map(|unit| unit.key.as_str()).unwrap_or_default()
    }

    /// The archive that the municipality had before publishes an entry.
    pub(crate) async fn old_archive(&self) -> Result<(), SideError> {
        let archive =
            self.post("/arkiv", &json!({ "systemId": "gammelt-arkiv", "tittel": "Det gamle arkivet" })).await?;
        let part = json!({ "systemId": "gammel-del", "tittel": "Saker til 2025" });
        let part = self.post(&format!("/arkiv/{}/arkivdel", id(&archive)), &part).await?;
        let entry = json!({
            "systemId": "gammel-journalpost", "offentligTittel": STRANGER, "offentligTittelSensitiv": STRANGER,
            "journalaar": 2025, "journalsekvensnummer": 4711, "journalpostnummer": 3,
            "journalposttype": "utgaaende_dokument", "journaldato": "2025-05-05", "dokumentetsDato": "2025-05-05",
        });
        let case = json!({
            "systemId": "gammel-sak", "offentligTittel": "Sak fra det gamle arkivet",
            "offentligTittelSensitiv": "Sak fra det gamle arkivet", "saksaar": 2025, "sakssekvensnummer": 815,
            "saksdato": "2025-05-01", "journalpost": [entry],
        });
        self.post(&format!("/arkivdel/{}/saksmappe", id(&part)), &case).await?;
        Ok(())
    }

    /// What happens outside the office at a moment.
    pub(crate) fn happen(&mut self, moment: Moment) {
        match moment {
            Moment::LostAnswers => {
                self.einnsyn.faults().arm(Target::EInnsynWrites, When::Next(2), Fault::DropAfter);
            }
            Moment::Asked => self.ask(),
            Moment::Step(Step::Release) => {
                self.look(
                    "after the first evening",
                    &[(OPEN, true), (WITHDRAWN, true), (FALSE_ALARM, false), (LEAK, false)],
                );
            }
            Moment::Looked => {
                self.look("in the end", &[(OPEN, true), (WITHDRAWN, false), (FALSE_ALARM, true), (LEAK, false)]);
            }
            Moment::Step(Step::Register | Step::Journal | Step::Withdraw | Step::Answer) => {}
        }
    }

    /// The titles that the public reads, with the ids of their entries.
    pub(super) fn titles(&self) -> Vec<(String, String)> {
        let text = |entry: &Value, name: &str| member(entry, name).to_owned();
        let entries = self.einnsyn.public(Entity::Journalpost);
        entries.iter().map(|entry| (text(entry, "offentligTittel"), text(entry, "systemId"))).collect()
    }

    /// Two of the public ask for access, each for one entry, and confirm it.
    fn ask(&mut self) {
        let titles = self.titles();
        for (asker, title) in ASKERS.into_iter().zip([OPEN, STRANGER]) {
            let entry = titles.iter().find(|(shown, _)| shown == title).map(|(_, id)| id.as_str());
            let order = entry.and_then(|entry| self.einnsyn.place_order(asker, &[entry]).ok());
            if order.is_none_or(|order| self.einnsyn.verify_order(&order).is_err()) {
                self.wrong.push(format!("nobody can ask for access to `{title}`"));
            }
        }
    }

    fn look(&mut self, when: &str, expected: &[(&str, bool)]) {
        let titles = self.titles();
        for (title, shown) in expected {
            if titles.iter().any(|(found, _)| found == title) != *shown {
                self.wrong.push(format!("`{title}` is published {when}: {}", !shown));
            }
        }
    }

    async fn post(&self, path: &str, body: &Value) -> Result<Value, SideError> {
        let network = InProcess::hosts([(HOST, self.einnsyn.router())]);
        let request = Request::builder()
            .method(Method::POST)
            .uri(format!("https://{HOST}{path}"))
            .header("API-KEY", self.key())
            .header("Content-Type", "application/json")
            .body(Body::from(body.to_string()))?;
        let (parts, body) = network.call(request).await?.into_parts();
        if !parts.status.is_success() {
            return Err(SideError::Refused(parts.status));
        }
        Ok(serde_json::from_slice(&body.collect_limited(1 << 20).await?)?)
    }
}

fn id(object: &Value) -> &str {
    member(object, "id")
}

fn member<'a>(object: &'a Value, name: &str) -> &'a str {
    object.get(name).and_then(Value::as_str).unwrap_or_default()
}

const HOST: &str = "api.einnsyn.example";
