//! A municipality that publishes: its unit, its key, its archive, and bodies that are in order.

use std::{sync::Arc, time::Duration};

use http::{HeaderMap, Method, Request};
use sakarkiv_http::{Body, HttpError, HttpService};
use sakarkiv_testkit::{
    doubles::ManualClock,
    simulators::{
        EInnsynSim, InProcess,
        einnsyn::{AddedUnit, Unit},
    },
};
use serde_json::{Value, json};

pub(super) const HOST: &str = "https://api.einnsyn.test";
pub(super) const MUNICIPALITY: &str = "314111222";
pub(super) const OTHER: &str = "312000342";

pub(super) struct Office {
    pub(super) clock: Arc<ManualClock>,
    pub(super) einnsyn: EInnsynSim,
    pub(super) network: InProcess,
    pub(super) unit: AddedUnit,
    pub(super) archive: String,
    pub(super) part: String,
}

#[derive(Debug)]
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    pub(super) bytes: Vec<u8>,
}

impl Reply {
    pub(super) fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes)
            .unwrap_or_else(|_| panic!("{} {}", self.status, String::from_utf8_lossy(&self.bytes)))
    }

    /// The answer, which must have this status.
    pub(super) fn with(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", String::from_utf8_lossy(&self.bytes));
        self.json()
    }

    /// Status and `type` of a refusal.
    pub(super) fn refusal(&self) -> (u16, String) {
        (self.status, self.json()["type"].as_str().unwrap_or_default().to_owned())
    }
}

pub(super) fn refused(status: u16, kind: &str) -> (u16, String) {
    (status, kind.to_owned())
}

impl Office {
    /// At a Monday morning, with an archive in one part.
    pub(super) async fn new() -> Self {
        let clock = ManualClock::at("2026-09-14T08:00:00Z");
        let einnsyn = EInnsynSim::new(clock.port());
        let unit = einnsyn.add_unit(&Unit::new("Prøvedal kommune", MUNICIPALITY));
        let network = InProcess::hosts([("api.einnsyn.test", einnsyn.router())]);
        let mut office = Self { clock, einnsyn, network, unit, archive: String::new(), part: String::new() };
        let archive = json!({"systemId": "arkiv-1", "externalId": "https://arkiv.example/a1", "tittel": "Sakarkiv"});
        office.archive = id(&office.post("/arkiv", archive).await.with(201));
        let part = json!({"systemId": "del-1", "tittel": "Sakarkiv 2024–"});
        office.part = id(&office.post(&format!("/arkiv/{}/arkivdel", office.archive), part).await.with(201));
        office
    }

    pub(super) fn pass(&self, hours: u64) {
        self.clock.advance(Duration::from_secs(hours * 3600));
    }

    pub(super) fn request(&self, method: Method, path: &str, key: Option<&str>, body: Option<Value>) -> Request<Body> {
        let mut request = Request::builder().method(method).uri(format!("{HOST}{path}"));
        if let Some(key) = key {
            request = request.header("API-KEY", key);
        }
        match body {
            Some(body) => request.header("Content-Type", "application/json").body(body.to_string().into()),
            None => request.body(Body::empty()),
        }
        .unwrap()
    }

    pub(super) async fn try_call(&self, request: Request<Body>) -> Result<Reply, HttpError> {
        let (parts, body) = self.network.call(request).await?.into_parts();
        let bytes = body.collect_limited(64 << 20).await.map_err(HttpError::interrupted)?.to_vec();
        Ok(Reply { status: parts.status.as_u16(), headers: parts.headers, bytes })
    }

    pub(super) async fn call(&self, method: Method, path: &str, key: Option<&str>, body: Option<Value>) -> Reply {
        self.try_call(self.request(method, path, key, body)).await.unwrap()
    }

    pub(super) async fn post(&self, path: &str, body: Value) -> Reply {
        self.call(Method::POST, path, Some(&self.unit.key), Some(body)).await
    }

    pub(super) async fn patch(&self, path: &str, body: Value) -> Reply {
        self.call(Method::PATCH, path, Some(&self.unit.key), Some(body)).await
    }

    pub(super) async fn delete(&self, path: &str) -> Reply {
        self.call(Method::DELETE, path, Some(&self.unit.key), None).await
    }

    pub(super) async fn get(&self, path: &str) -> Reply {
        self.call(Method::GET, path, Some(&self.unit.key), None).await
    }

    /// As a member of the public.
    pub(super) async fn look(&self, path: &str) -> Reply {
        self.call(Method::GET, path, None, None).await
    }

    pub(super) async fn publish(&self, case: Value) -> Value {
        self.post(&format!("/arkivdel/{}/saksmappe", self.part), case).await.with(201)
    }

    /// Another municipality with a key of its own.
    pub(super) fn neighbour(&self) -> AddedUnit {
        self.einnsyn.add_unit(&Unit::new("Eksempelvik kommune", OTHER))
    }
}

pub(super) fn id(object: &Value) -> String {
    object["id"].as_str().unwrap_or_else(|| panic!("no id in {object}")).to_owned()
}

pub(super) fn ids(list: &Value) -> Vec<String> {
    list["items"].as_array().unwrap().iter().map(id).collect()
}

pub(super) fn case(number: u32) -> Value {
    json!({
        "systemId": format!("sak-{number}"),
        "offentligTittel": "Klage på byggetillatelse – *****",
        "offentligTittelSensitiv": "Klage på byggetillatelse – Kari Eksempel",
        "saksaar": 2026,
        "sakssekvensnummer": number,
        "saksdato": "2026-02-03",
    })
}

pub(super) fn entry(number: u32) -> Value {
    json!({
        "systemId": format!("jp-{number}"),
        "offentligTittel": "Klage fra nabo – *****",
        "offentligTittelSensitiv": "Klage fra nabo – Ola Prøve",
        "journalaar": 2026,
        "journalsekvensnummer": 1500 + number,
        "journalpostnummer": number,
        "journalposttype": "inngaaende_dokument",
        "journaldato": "2026-02-05",
        "dokumentetsDato": "2026-02-03",
    })
}

pub(super) fn party(number: u32) -> Value {
    json!({
        "systemId": format!("part-{number}"),
        "korrespondanseparttype": "avsender",
        "korrespondansepartNavn": "*****",
        "korrespondansepartNavnSensitiv": "Ola Prøve",
    })
}

pub(super) fn document(number: u32) -> Value {
    json!({
        "systemId": format!("dok-{number}"),
        "tittel": "Klage – *****",
        "tittelSensitiv": "Klage – Ola Prøve",
        "dokumentnummer": number,
        "tilknyttetRegistreringSom": "hoveddokument",
        "dokumentobjekt": [{
            "systemId": format!("fil-{number}"),
            "referanseDokumentfil": format!("https://dok.example/{number}.pdf"),
            "format": "pdf",
        }],
    })
}

pub(super) fn screening() -> Value {
    json!({"tilgangsrestriksjon": "UO", "skjermingshjemmel": "offl § 13, jf. fvl § 13 (1) nr. 1"})
}

/// An entry with everything that hangs on it.
pub(super) fn whole_entry(number: u32) -> Value {
    let mut whole = entry(number);
    whole["skjerming"] = screening();
    whole["korrespondansepart"] = json!([party(number)]);
    whole["dokumentbeskrivelse"] = json!([document(number)]);
    whole
}

pub(super) fn case_with(number: u32, entries: impl IntoIterator<Item = Value>) -> Value {
    let mut whole = case(number);
    whole["journalpost"] = entries.into_iter().collect();
    whole
}
