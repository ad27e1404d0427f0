use std::sync::Mutex;

use axum::{
    body::{Body, to_bytes},
    http::{Request, header::CONTENT_TYPE},
};
use futures_util::StreamExt as _;
use sakarkiv_core::{
    case::{CaseKind, CaseNumber, NewCase},
    document::{BlobRef, ContentHash},
    identity::{ActorId, CaseId, EntryId, SourceId, Timestamp, UnitId},
    intake::{CaseOutcome, CaseReceipt, DryRun, EntryOutcome, EntryReceipt, Receipt, Remark, RemarkCode},
    journal::EntryNumber,
    ports::{ArchiveError, MockArchiveDesk, MockClock},
};
use serde_json::{Value, json};
use tower::ServiceExt as _;
use uuid::Uuid;

use super::*;
use crate::STANDARD_TABLES;

/// An archive that remembers what was put and handed in, or says what it is told to say.
#[derive(Debug, Default)]
struct Archive {
    put: Mutex<Vec<Vec<u8>>>,
    taken: Mutex<Vec<(Consignment, Receipt)>>,
    says: Mutex<Option<ArchiveError>>,
    /// Another request with the same key is taken in just before the next one.
    overtaken: Mutex<bool>,
}

impl Archive {
    fn receipt(&self, key: &ConsignmentKey) -> Option<Receipt> {
        let taken = self.taken.lock().unwrap();
        taken.iter().find(|(consignment, _)| consignment.key == *key).map(|(_, receipt)| receipt.clone())
    }

    fn hand_in(&self, consignment: &Consignment) -> Result<Receipt, ArchiveError> {
        if let Some(error) = self.says.lock().unwrap().take() {
            return Err(error);
        }
        if let Some(before) = self.receipt(&consignment.key) {
            return Ok(before.again());
        }
        let number = CaseNumber::new(2026, 7).unwrap();
        let case = CaseReceipt { id: CaseId::from_uuid(Uuid::from_u128(1)), number, outcome: CaseOutcome::Opened };
        let entry = |(nth, entry): (u32, &sakarkiv_core::intake::EntryFacts)| EntryReceipt {
            key: entry.key.clone(),
            id: EntryId::from_uuid(Uuid::from_u128(u128::from(nth))),
            number: EntryNumber::new(number, nth, 2026, nth).unwrap(),
            outcome: EntryOutcome::Registered,
            documents: Vec::new(),
            parties: Vec::new(),
        };
        let entries = (1..).zip(&consignment.entries).map(entry).collect();
        let (source, key) = (consignment.source.clone(), consignment.key.clone());
        let left = Remark { code: RemarkCode::ScreeningLeft, place: Place::Entry { entry: 0 } };
        let receipt = Receipt::new(source, key, now(), case, entries).remarking(vec![left]);
        self.taken.lock().unwrap().push((consignment.clone(), receipt.clone()));
        if std::mem::take(&mut *self.overtaken.lock().unwrap()) {
            return Err(ArchiveError::Rejected(Rejection::new(FaultCode::KeyReused, Place::Consignment)));
        }
        Ok(receipt)
    }
}

fn now() -> Timestamp {
    "2026-09-14T08:00:00Z".parse().unwrap()
}

/// Everybody who says their name.
#[derive(Debug)]
struct Named(Arc<Archive>);

impl Callers for Named {
    fn desk(&self, headers: &HeaderMap) -> Option<Arc<dyn ArchiveDesk>> {
        let source = SourceId::new(headers.get("x-fagsystem")?.to_str().ok()?).ok()?;
        let mut desk = MockArchiveDesk::new();
        desk.expect_source().return_const(source);
        let archive = Arc::clone(&self.0);
        desk.expect_put().returning(move |mut content, limit| {
            let mut bytes = Vec::new();
            // The mock answers at once; the request of a test is there as a whole.
            while let Some(chunk) = futures_util::FutureExt::now_or_never(content.next()).flatten() {
                match chunk {
                    Ok(chunk) => bytes.extend_from_slice(&chunk),
                    Err(_) => return Err(ArchiveError::NotAllowed("broken".to_owned())),
                }
            }
            if bytes.len() as u64 > limit {
                return Err(ArchiveError::NotAllowed("too long".to_owned()));
            }
            archive.put.lock().unwrap().push(bytes.clone());
            Ok(BlobRef::of(&bytes))
        });
        let archive = Arc::clone(&self.0);
        desk.expect_hand_in().returning(move |consignment| archive.hand_in(consignment));
        let archive = Arc::clone(&self.0);
        desk.expect_receipt().returning(move |key| Ok(archive.receipt(key)));
        desk.expect_dry_run().returning(|_| Ok(DryRun { steps: Vec::new(), rules_version: 3, repeated: false }));
        desk.expect_case().returning(|_| {
            let new = NewCase::new(CaseKind::Ordinary, "Tittel".into(), unit(), ActorId::new("anne").unwrap());
            let number = CaseNumber::new(2026, 7).unwrap();
            let tenant = sakarkiv_core::identity::TenantId::new("bodo").unwrap();
            Ok(new.open(CaseId::from_uuid(Uuid::from_u128(1)), tenant, number, now()).unwrap())
        });
        Some(Arc::new(desk))
    }
}

fn unit() -> UnitId {
    UnitId::new("oppvekst").unwrap()
}

struct Service {
    archive: Arc<Archive>,
    router: Router,
}

impl Service {
    fn new() -> Self {
        Self::with(Limits::default())
    }

    fn with(limits: Limits) -> Self {
        let archive = Arc::new(Archive::default());
        let mut clock = MockClock::new();
        clock.expect_now().return_const(now());
        let (_, tables) = STANDARD_TABLES[0];
        let tables = Arc::new(FormTables::from_toml(tables).unwrap());
        let intake = RestIntake::new(Arc::new(Named(Arc::clone(&archive))), Arc::new(clock));
        Self { archive, router: intake.with_forms(tables).with_limits(limits).router() }
    }

    async fn ask(&self, request: Request<Body>) -> (StatusCode, Value) {
        let answer = self.router.clone().oneshot(request).await.unwrap();
        let status = answer.status();
        let retry = answer.headers().contains_key(axum::http::header::RETRY_AFTER);
        assert_eq!(retry, status == StatusCode::SERVICE_UNAVAILABLE);
        let bytes = to_bytes(answer.into_body(), 1 << 20).await.unwrap();
        (status, serde_json::from_slice(&bytes).unwrap_or_default())
    }

    async fn get(&self, path: &str) -> (StatusCode, Value) {
        self.ask(Request::get(path).header("x-fagsystem", "acos-interact").body(Body::empty()).unwrap()).await
    }

    async fn deliver(&self, query: &str, parts: &[(&str, &[u8])]) -> (StatusCode, Value) {
        let request = Request::post(format!("/leveranser{query}")).header("x-fagsystem", "visma-flyt-skole");
        let request = request.header(CONTENT_TYPE, "multipart/form-data; boundary=grense");
        self.ask(request.body(Body::from(multipart(parts))).unwrap()).await
    }

    async fn form(&self, form: &Value) -> (StatusCode, Value) {
        let request = Request::post("/acos/instances").header("x-fagsystem", "acos-interact");
        self.ask(request.body(Body::from(form.to_string())).unwrap()).await
    }
}

fn multipart(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, content) in parts {
        body.extend_from_slice(b"--grense\r\nContent-Disposition: form-data; name=\"");
        body.extend_from_slice(name.as_bytes());
        body.extend_from_slice(b"\"; filename=\"x\"\r\n\r\n");
        body.extend_from_slice(content);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(b"--grense--\r\n");
    body
}

const FILE: &[u8] = b"%PDF vurdering";

fn manifest() -> Vec<u8> {
    let manifest = json!({
        "kontrakt": "mappeslipp/v1", "fagsystem": "VismaFlytSkole", "leveranseId": "elev/17 æ",
        "tidspunkt": "2026-09-14T02:10:44+02:00", "mappe": {"eksternNoekkel": "elev/88123", "tittel": "Elevmappe"},
        "registreringer": [{
            "eksternNoekkel": "vurdering/17", "tittel": "Halvårsvurdering",
            "filer": [{"sti": "a/v.pdf", "type": "H", "sha256": ContentHash::of(FILE).to_string()}]
        }]
    });
    manifest.to_string().into_bytes()
}

fn form() -> Value {
    json!({
        "metadata": {"formId": "KOMM0007", "instanceId": "900123"},
        "elements": [{"id": "SkjemaNavn", "value": "Hull i vegen"}],
        "formPdfBase64": "JVBERi0xLjQK"
    })
}

#[tokio::test]
async fn a_delivery_is_answered_with_its_numbers_and_once_more_when_it_is_repeated() {
    let service = Service::new();
    let manifest = manifest();
    let parts = [("manifest", manifest.as_slice()), ("a/v.pdf", FILE)];
    let (status, answer) = service.deliver("", &parts).await;
    assert_eq!((status, &answer["saksnummer"]), (StatusCode::CREATED, &json!("2026/7")));
    assert_eq!(answer["registreringer"][0]["eksternNoekkel"], json!("vurdering/17"));
    assert_eq!(*service.archive.put.lock().unwrap(), [FILE.to_vec()]);
    let (status, answer) = service.deliver("", &parts).await;
    assert_eq!((status, &answer["gjentatt"]), (StatusCode::OK, &json!(true)));
    assert_eq!(answer["merknader"][0]["kode"], json!("skjerming-beholdt"));
    assert_eq!(answer["merknader"][0]["sted"], json!("/registreringer/0"));
    let (status, answer) = service.get("/leveranser/elev/17%20%C3%A6").await;
    assert_eq!((status, &answer["leveranseId"]), (StatusCode::OK, &json!("elev/17 æ")));
    assert_eq!(service.get("/leveranser/ukjent").await.0, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_dry_run_takes_nothing_in() {
    let service = Service::new();
    let manifest = manifest();
    let parts = [("manifest", manifest.as_slice()), ("a/v.pdf", FILE)];
    let (status, answer) = service.deliver("?toerrkjoering=true", &parts).await;
    assert_eq!((status, &answer["rules_version"]), (StatusCode::OK, &json!(3)));
    assert!(service.archive.taken.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_query_that_is_not_understood_is_refused_and_never_taken_for_the_real_thing() {
    let service = Service::new();
    let manifest = manifest();
    let parts = [("manifest", manifest.as_slice()), ("a/v.pdf", FILE)];
    for query in [
        "?toerrkjoering=1",
        "?toerrkjoering=ja",
        "?toerrkjoering=TRUE",
        "?toerrkjoering",
        "?toerrkjoering=true&toerrkjoering=true",
        "?toerrkjoring=true",
        "?t%C3%B8rrkj%C3%B8ring=true",
    ] {
        let (status, answer) = service.deliver(query, &parts).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{query}: {answer}");
        assert!(answer["feil"][0]["detalj"].as_str().unwrap().contains("toerrkjoering"), "{query}: {answer}");
    }
    assert!(service.archive.taken.lock().unwrap().is_empty() && service.archive.put.lock().unwrap().is_empty());
    assert_eq!(service.deliver("?toerrkjoering=false", &parts).await.0, StatusCode::CREATED);
}

#[tokio::test]
async fn parts_that_are_missing_named_twice_unnamed_or_out_of_order_are_told_and_nothing_is_taken_in() {
    let service = Service::new();
    let manifest = manifest();
    let named = ("manifest", manifest.as_slice());
    let wrong: [&[(&str, &[u8])]; 6] = [
        &[named],
        &[("a/v.pdf", FILE), named],
        &[named, ("a/v.pdf", FILE), ("a/v.pdf", FILE)],
        &[named, ("a/v.pdf", FILE), ("annet.pdf", FILE)],
        &[("manifest", b"{}"), ("a/v.pdf", FILE)],
        &[],
    ];
    for parts in wrong {
        let (status, answer) = service.deliver("", parts).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{answer}");
        assert!(answer["avvist"].as_bool().unwrap() && answer["feil"][0]["rettelse"].is_string());
    }
    let (_, answer) = service.deliver("", &[named]).await;
    let told = (&answer["feil"][0]["kode"], &answer["feil"][0]["sted"]);
    assert_eq!(told, (&json!("fil-mangler"), &json!("/registreringer/0/filer/0")));
    let request = Request::post("/leveranser").header("x-fagsystem", "x").body(Body::from("ikke multipart")).unwrap();
    assert_eq!(service.ask(request).await.0, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(service.archive.taken.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_request_that_breaks_off_takes_nothing_in() {
    let service = Service::new();
    let whole = multipart(&[("manifest", &manifest()), ("a/v.pdf", FILE)]);
    for end in [10, whole.len() / 2, whole.len() - 20] {
        let request = Request::post("/leveranser").header("x-fagsystem", "visma-flyt-skole");
        let request = request.header(CONTENT_TYPE, "multipart/form-data; boundary=grense");
        let (status, _) = service.ask(request.body(Body::from(whole[..end].to_vec())).unwrap()).await;
        assert!(status.is_client_error(), "{end}: {status}");
    }
    assert!(service.archive.taken.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_file_that_is_too_large_is_refused_by_its_limit() {
    let mut limits = Limits::default();
    (limits.file, limits.form) = (5, 100);
    let service = Service::with(limits);
    let manifest = manifest();
    let (status, answer) = service.deliver("", &[("manifest", &manifest), ("a/v.pdf", FILE)]).await;
    assert_eq!((status, &answer["feil"][0]["kode"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("fil-for-stor")));
    assert_eq!(service.form(&form()).await.0, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn what_the_archive_says_becomes_a_status_that_tells_what_to_do() {
    let service = Service::new();
    let manifest = manifest();
    let rejected = |code| ArchiveError::Rejected(Rejection::new(code, Place::Case));
    for (says, status) in [
        (rejected(FaultCode::CaseClosed), StatusCode::UNPROCESSABLE_ENTITY),
        (rejected(FaultCode::KeyReused), StatusCode::CONFLICT),
        (rejected(FaultCode::SequenceGap), StatusCode::SERVICE_UNAVAILABLE),
        (ArchiveError::Refused { reasons: Vec::new() }, StatusCode::FORBIDDEN),
        (ArchiveError::Conflict, StatusCode::SERVICE_UNAVAILABLE),
        (ArchiveError::Unavailable, StatusCode::SERVICE_UNAVAILABLE),
        (ArchiveError::Unknown, StatusCode::SERVICE_UNAVAILABLE),
        (ArchiveError::Internal, StatusCode::INTERNAL_SERVER_ERROR),
    ] {
        *service.archive.says.lock().unwrap() = Some(says);
        let answer = service.deliver("", &[("manifest", &manifest), ("a/v.pdf", FILE)]).await;
        assert_eq!(answer.0, status, "{}", answer.1);
    }
    let nobody = Request::post("/leveranser").body(Body::empty()).unwrap();
    assert_eq!(service.ask(nobody).await.0, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_form_is_archived_once_and_the_form_system_can_show_its_case() {
    let service = Service::new();
    assert_eq!(service.get("/acos/instances/900123/case-info").await.0, StatusCode::NOT_FOUND);
    for _ in 0..2 {
        let (status, answer) = service.form(&form()).await;
        assert_eq!((status, &answer["instanceId"]), (StatusCode::ACCEPTED, &json!("900123")));
    }
    assert_eq!(service.archive.taken.lock().unwrap().len(), 1);
    let (status, info) = service.get("/acos/instances/900123/case-info").await;
    assert_eq!((status, &info["archiveCaseId"]), (StatusCode::OK, &json!("2026/7")));
    assert_eq!((&info["administrativeUnit"], &info["status"]), (&json!("oppvekst"), &json!("Under behandling")));
}

#[tokio::test]
async fn a_form_that_comes_twice_at_once_is_archived_once_and_both_are_told_so() {
    let service = Service::new();
    *service.archive.overtaken.lock().unwrap() = true;
    let (status, answer) = service.form(&form()).await;
    assert_eq!((status, &answer["instanceId"]), (StatusCode::ACCEPTED, &json!("900123")));
    assert_eq!(service.archive.taken.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn a_form_that_cannot_be_archived_is_answered_in_the_words_of_the_form_system() {
    let service = Service::new();
    let mut faulty = form();
    faulty["elements"] = json!([]);
    let (status, answer) = service.form(&faulty).await;
    assert_eq!((status, &answer["errorCode"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("INSTANCE_VALIDATION_ERROR")));
    let request =
        Request::post("/acos/instances").header("x-fagsystem", "en-annen").body(Body::from(form().to_string()));
    let (_, answer) = service.ask(request.unwrap()).await;
    assert_eq!(answer["errorCode"], json!("NO_INTEGRATION_FOUND_ERROR"));
    for (says, code) in [
        (ArchiveError::Refused { reasons: Vec::new() }, "INTEGRATION_DEACTIVATED_ERROR"),
        (
            ArchiveError::Rejected(Rejection::new(FaultCode::UnknownSource, Place::Consignment)),
            "INTEGRATION_DEACTIVATED_ERROR",
        ),
        (ArchiveError::Rejected(Rejection::new(FaultCode::KeyReused, Place::Consignment)), "INSTANCE_VALIDATION_ERROR"),
        (ArchiveError::Unavailable, "GENERAL_SYSTEM_ERROR"),
    ] {
        *service.archive.says.lock().unwrap() = Some(says);
        assert_eq!(service.form(&form()).await.1["errorCode"], json!(code));
    }
}
