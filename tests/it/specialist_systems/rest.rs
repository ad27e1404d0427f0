//! Deliveries and forms over HTTP.

use std::{fmt, sync::Arc};

use axum::{
    Router,
    body::{Body, to_bytes},
};
use http::{HeaderMap, Request, StatusCode, header::CONTENT_TYPE};
use sakarkiv_core::{case::CaseKind, ports::ArchiveDesk};
use sakarkiv_fagsystem::{
    forms::FormTables,
    rest::{Callers, RestIntake},
    tables_of,
};
use serde_json::{Value, json};
use tower::ServiceExt as _;

use super::{
    folder::school,
    night::{content, manifest},
    world::{Archive, System},
};

/// The one system that calls, under a name that a gateway has found out.
struct One {
    name: String,
    desk: Arc<dyn ArchiveDesk>,
}

impl fmt::Debug for One {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("One").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Callers for One {
    fn desk(&self, headers: &HeaderMap) -> Option<Arc<dyn ArchiveDesk>> {
        let named = headers.get("x-fagsystem").and_then(|name| name.to_str().ok());
        (named == Some(self.name.as_str())).then(|| Arc::clone(&self.desk))
    }
}

struct Service {
    name: String,
    router: Router,
}

impl Service {
    fn before(archive: &Archive, system: &System) -> Self {
        let name = system.id.to_string();
        let callers = Arc::new(One { name: name.clone(), desk: archive.desk() });
        let mut intake = RestIntake::new(callers, archive.clock.port());
        if let Some(tables) = tables_of(&name) {
            intake = intake.with_forms(Arc::new(FormTables::from_toml(tables).unwrap()));
        }
        Self { name, router: intake.router() }
    }

    async fn ask(&self, request: http::request::Builder, body: impl Into<Body>) -> (StatusCode, Value) {
        let request = request.header("x-fagsystem", &self.name).body(body.into()).unwrap();
        let answer = self.router.clone().oneshot(request).await.unwrap();
        let status = answer.status();
        let bytes = to_bytes(answer.into_body(), 1 << 20).await.unwrap();
        (status, serde_json::from_slice(&bytes).unwrap_or_default())
    }

    async fn get(&self, path: &str) -> (StatusCode, Value) {
        self.ask(Request::get(path), Body::empty()).await
    }

    async fn deliver(&self, query: &str, n: usize, pupil: usize) -> (StatusCode, Value) {
        let manifest = manifest(n, pupil).to_string();
        let mut parts = vec![("manifest".to_owned(), manifest)];
        parts.extend((1..=2).map(|place| (format!("{n}-{place}.pdf"), content(n, place))));
        let mut body = String::new();
        for (name, content) in &parts {
            body += &format!(
                "--grense\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"x\"\r\n\r\n{content}\r\n"
            );
        }
        body += "--grense--\r\n";
        let request = Request::post(format!("/leveranser{query}"));
        self.ask(request.header(CONTENT_TYPE, "multipart/form-data; boundary=grense"), body).await
    }
}

#[tokio::test]
async fn a_delivery_is_tried_dry_taken_in_once_and_told_of() {
    for archive in Archive::both(&school()) {
        let service = Service::before(&archive, &school());
        let (status, run) = service.deliver("?toerrkjoering=true", 1, 7).await;
        assert_eq!((status, archive.cases().await.len()), (StatusCode::OK, 0), "{run}");
        let (status, answer) = service.deliver("", 1, 7).await;
        assert_eq!((status, &answer["saksnummer"]), (StatusCode::CREATED, &json!("2026/1")), "{answer}");
        let (status, again) = service.deliver("", 1, 7).await;
        assert_eq!((status, &again["gjentatt"]), (StatusCode::OK, &json!(true)));
        assert_eq!(service.get("/leveranser/natt/1").await.1["saksnummer"], json!("2026/1"));
        assert_eq!(service.get("/leveranser/natt/2").await.0, StatusCode::NOT_FOUND);
        let (_, entries) = archive.only_case().await;
        assert_eq!((entries.len(), archive.content(&entries[1], 0).await), (2, b"%PDF 1/2".to_vec()));
    }
}

#[tokio::test]
async fn a_form_becomes_a_case_by_its_table_once_and_the_form_system_can_show_it() {
    let mut system = System::new("acos-interact", "servicekontor", CaseKind::Ordinary);
    let usual = system.rules.usual.clone();
    system.rules.named.insert("skjema".to_owned(), usual);
    for archive in Archive::both(&system) {
        let service = Service::before(&archive, &system);
        let form = json!({
            "metadata": {"formId": "KOMM0007", "instanceId": "900123"},
            "elements": [
                {"id": "SkjemaNavn", "value": "Hull i vegen"},
                {"id": "Fornavn", "value": "Prøve"},
                {"id": "Etternavn", "value": "Testesen"},
            ],
            "formPdfBase64": "JVBERi0xLjQK",
            "documents": [{"name": "bilde.jpg", "type": "image/jpeg", "base64": "AAAA"}],
        });
        for _ in 0..2 {
            let (status, answer) = service.ask(Request::post("/acos/instances"), form.to_string()).await;
            assert_eq!(status, StatusCode::ACCEPTED, "{answer}");
        }
        let (case, entries) = archive.only_case().await;
        assert_eq!((case.title().expose().as_str(), entries.len()), ("Skjema Hull i vegen", 1));
        assert_eq!(
            (entries[0].documents().len(), entries[0].parties()[0].name().expose().as_str()),
            (2, "Prøve Testesen")
        );
        let (_, info) = service.get("/acos/instances/900123/case-info").await;
        assert_eq!((&info["archiveCaseId"], &info["administrativeUnit"]), (&json!("2026/1"), &json!("servicekontor")));
    }
}
