//! Folder, pull and push: the same case comes in by each, and each tells its sender what became of it.

use std::{
    fs,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use async_trait::async_trait;
use axum::body::Body as AxumBody;
use http::{Request, StatusCode, header};
use sakarkiv_core::{
    intake::{FaultCode, Place, Rejection},
    ports::{Answer, ByteStream, ConsignmentSource as _, Fetched, ItemId, PortError, PortErrorKind, Waiting},
};
use sakarkiv_jobbnorge::{
    ApplicationPolicy, Mode, RecruitmentConfig,
    contract::{self, Binding, Delivery, Receipt},
    source::{FolderDrop, ReadDelivery, RecruitmentSource, RestPull, RestPullConfig, push},
};
use sakarkiv_testkit::{
    doubles::{ManualClock, SeededEntropy},
    simulators::{Fault, InProcess, JobbNorgeSim, Operation, SimDelivery, When},
};
use serde_json::{Value, json};
use tempfile::TempDir;
use tower::ServiceExt as _;

use crate::support::{Desk, TOKEN, config, receipt, sim, sorts, states, vacancy, whole_case};

/// What the usual policy archives of the whole case: of the applications that of the person hired alone.
const ARCHIVED: [&str; 10] = [
    "jobbanalyse",
    "utlysning",
    "offentlig-soekerliste",
    "utvidet-soekerliste",
    "soeknad",
    "cv",
    "intervjureferat",
    "innstilling",
    "tilbudsbrev",
    "avslag",
];

fn pull(sim: &JobbNorgeSim, clock: &Arc<ManualClock>, batch: usize) -> RestPull {
    let network = InProcess::hosts([("rekruttering.test", sim.router())]);
    let base_url = "https://rekruttering.test".parse().unwrap();
    let config = RestPullConfig { base_url, token: TOKEN.into(), batch, timeout_seconds: 60 };
    RestPull::new(config, Arc::new(network), clock.port()).unwrap()
}

struct Folder {
    root: TempDir,
    desk: Desk<FolderDrop>,
    sim: JobbNorgeSim,
    clock: Arc<ManualClock>,
}

fn folder(config: RecruitmentConfig) -> Folder {
    let (clock, sim) = sim();
    let root = tempfile::tempdir().unwrap();
    let desk = Desk::new(FolderDrop::open(root.path()).unwrap(), config, &clock);
    Folder { root, desk, sim, clock }
}

impl Folder {
    fn leave(&self, delivery: &SimDelivery) {
        self.sim.leave(self.root.path(), delivery).unwrap();
    }

    /// The receipts in a folder, by the ids of their deliveries.
    fn told(&self, ending: &str) -> Vec<Value> {
        let mut told: Vec<Value> = fs::read_dir(self.root.path().join(ending))
            .unwrap()
            .map(|entry| fs::read(entry.unwrap().path().join("kvittering.json")).unwrap())
            .map(|receipt| serde_json::from_slice(&receipt).unwrap())
            .collect();
        told.sort_by_key(|receipt| receipt["leveranseId"].to_string());
        told
    }
}

#[tokio::test]
async fn a_whole_case_comes_in_by_folders_and_each_gets_its_receipt() {
    let folder = folder(config());
    whole_case(&vacancy(&folder.sim)).iter().for_each(|delivery| folder.leave(delivery));
    let mut found = sorts(&folder.desk.take_all().await);
    let mut expected = ARCHIVED.map(str::to_owned).to_vec();
    found.sort();
    expected.sort();
    assert_eq!(found, expected);
    let told = folder.told("arkivert");
    assert_eq!(states(&told), ["arkivert"; 6]);
    assert_eq!(told[2]["sak"]["saksnummer"], "2026/318");
    let documents = told[2]["dokumenter"].as_array().unwrap();
    let of: Vec<&str> = documents.iter().map(|document| document["status"].as_str().unwrap()).collect();
    assert_eq!(of, ["arkivert", "arkivert", "arkivert", "venter", "arkivert"], "one application stays at the source");
    assert!(folder.desk.ids().await.is_empty());
}

#[tokio::test]
async fn a_whole_case_comes_in_by_asking_page_by_page_and_the_source_is_told() {
    let (clock, sim) = sim();
    whole_case(&vacancy(&sim)).into_iter().for_each(|delivery| sim.deliver(delivery));
    let desk = Desk::new(pull(&sim, &clock, 2), config(), &clock);
    let taken = desk.take_all().await;
    assert_eq!(sorts(&taken), ARCHIVED);
    assert_eq!(sim.waiting(), 0);
    assert_eq!(states(&sim.receipts("jn-4711-000003")), ["arkivert"], "told twice, the source knows it once");
}

#[tokio::test]
async fn what_a_sender_must_mend_is_told_to_it_with_the_place_and_nothing_of_it_comes_in() {
    let folder = folder(config());
    let vacancy = vacancy(&folder.sim);
    let mut broken = vacancy.delivery("dokument.klart", &[("utvidet", "utvidet-soekerliste", None, b"utvidet")]);
    broken.files = vec![b"noe annet".to_vec()];
    folder.leave(&broken);
    let mut unread = vacancy.delivery("dokument.klart", &[("notat", "notat", None, b"notat")]);
    unread.body["sak"]["ukjent"] = json!("Ola Dunk");
    folder.leave(&unread);
    folder.leave(&vacancy.delivery("dokument.klart", &[("notat", "notat", None, b"notat")]));
    let taken = folder.desk.take_all().await;
    assert!(taken.iter().all(Result::is_err), "{taken:?}");
    let told = folder.told("avvist");
    assert_eq!(states(&told), ["avvist"; 3]);
    let fault =
        |index: usize| (told[index]["feil"]["kode"].as_str().unwrap(), told[index]["feil"]["felt"].as_str().unwrap());
    assert_eq!(fault(0), ("sjekksum-avvik", "/dokumenter/0/fil"));
    assert_eq!(fault(1), ("ugyldig-innhold", "/sak"));
    assert_eq!(fault(2), ("skjerming-mangler", "/dokumenter/0/skjerming"));
    assert_eq!(told[2]["dokumenter"][0]["status"], "avvist");
    assert!(!format!("{told:?}{taken:?}").contains("Dunk"), "no fault shows anything of the content");
}

#[tokio::test]
async fn a_file_that_is_missing_or_not_named_refuses_the_folder() {
    let folder = folder(config());
    let delivery = |id: &str| vacancy(&folder.sim).delivery("dokument.klart", &[(id, "jobbanalyse", None, b"x")]);
    let name = folder.sim.leave(folder.root.path(), &delivery("a")).unwrap();
    fs::remove_file(folder.root.path().join("inn").join(&name).join("a.pdf")).unwrap();
    assert!(folder.desk.take_all().await[0].as_ref().unwrap_err().contains("fil-mangler"));
    folder.leave(&delivery("b"));
    fs::write(folder.root.path().join("inn").join(&name).join("fremmed.pdf"), "x").unwrap();
    assert!(folder.desk.take_all().await[0].as_ref().unwrap_err().contains("does not name"));
    assert_eq!(folder.told("avvist").len(), 2);
}

#[tokio::test]
async fn what_the_archive_refuses_is_told_by_document_and_what_it_puts_off_waits() {
    let (clock, sim) = sim();
    let vacancy = vacancy(&sim);
    sim.deliver(vacancy.opening());
    sim.deliver(
        vacancy.delivery("dokument.klart", &[("a", "jobbanalyse", None, b"a"), ("b", "utlysning", None, b"b")]),
    );
    let desk = Desk::new(pull(&sim, &clock, 50), config(), &clock);
    let ids = desk.ids().await;
    let gap = Answer::SetAside { reason: "sekvensbrudd: number 1 is missing".to_owned() };
    desk.source.answer(&ids[1], &gap).await.unwrap();
    assert_eq!(desk.ids().await.len(), 2, "what is put off is still shown");
    desk.source.answer(&ids[1], &Answer::SetAside { reason: "store".to_owned() }).await.unwrap();
    let rejection = Rejection::new(FaultCode::Locked, Place::Entry { entry: 1 });
    desk.source.answer(&ids[1], &Answer::Rejected(rejection)).await.unwrap();
    assert_eq!(desk.ids().await.len(), 1);
    let told = sim.receipts("jn-4711-000002");
    assert_eq!(states(&told), ["paa-vent", "paa-vent", "avvist"]);
    assert_eq!([&told[0]["feil"]["kode"], &told[1]["feil"]["kode"]], ["sekvensbrudd", "arkiv-utilgjengelig"]);
    assert_eq!(told[2]["dokumenter"][1]["feil"]["kode"], "konflikt");
    assert_eq!(told[2]["dokumenter"][0]["status"], "venter");
}

#[tokio::test]
async fn an_outage_takes_nothing_in_by_half_and_the_next_try_is_the_same() {
    let (clock, sim) = sim();
    sim.deliver(
        vacancy(&sim).delivery("dokument.klart", &[("a", "jobbanalyse", None, b"a"), ("b", "utlysning", None, b"b")]),
    );
    let desk = Desk::new(pull(&sim, &clock, 50), config(), &clock);
    let id = desk.ids().await.remove(0);
    let before = desk.fetch(&id).await;
    for fault in [Fault::outage(), Fault::DropBefore, Fault::DropAfter] {
        sim.faults().arm(Operation::DeliveryFile, When::Later { skip: 1, strike: 1 }, fault);
        let blobs = Arc::clone(&desk.blobs) as _;
        let tenant = sakarkiv_core::identity::TenantId::new("bodo").unwrap();
        let error = desk.source.fetch(&tenant, &id, blobs).await.unwrap_err();
        assert_eq!(error.kind(), PortErrorKind::Transient);
    }
    assert_eq!(desk.fetch(&id).await, before);
    sim.faults().arm(Operation::DeliveryReceipt, When::Next(1), Fault::DropAfter);
    let Fetched::Consignment(consignment) = before else { panic!("sound") };
    let answer = Answer::Received(Box::new(receipt(&consignment)));
    assert!(desk.source.answer(&id, &answer).await.is_err(), "the answer was lost");
    desk.source.answer(&id, &answer).await.unwrap();
    assert_eq!(sim.receipts("jn-4711-000001").len(), 1);
}

/// A way in that remembers how many files it was asked to open at once.
#[derive(Debug)]
struct Counted<S> {
    way: S,
    most: AtomicUsize,
}

#[async_trait]
impl<S: RecruitmentSource> RecruitmentSource for Counted<S> {
    fn binding(&self) -> Binding {
        self.way.binding()
    }

    async fn waiting(&self) -> Result<Vec<Waiting>, PortError> {
        self.way.waiting().await
    }

    async fn delivery(&self, id: &ItemId) -> Result<ReadDelivery, PortError> {
        self.way.delivery(id).await
    }

    fn open_at_once(&self) -> usize {
        self.way.open_at_once()
    }

    async fn open(
        &self,
        id: &ItemId,
        delivery: &Delivery,
        documents: &[usize],
    ) -> Result<Vec<Result<ByteStream, contract::Fault>>, PortError> {
        self.most.fetch_max(documents.len(), Ordering::SeqCst);
        self.way.open(id, delivery, documents).await
    }

    async fn acknowledge(&self, id: &ItemId, receipt: &Receipt) -> Result<(), PortError> {
        self.way.acknowledge(id, receipt).await
    }

    async fn check(&self) -> Result<(), PortError> {
        self.way.check().await
    }
}

#[tokio::test]
async fn a_delivery_of_many_files_comes_in_with_few_of_them_open_at_once() {
    let names: Vec<String> = (0..40).map(|number| format!("analyse-{number}")).collect();
    let documents: Vec<_> = names.iter().map(|id| (id.as_str(), "jobbanalyse", None, id.as_bytes())).collect();
    let (clock, sim) = sim();
    let root = tempfile::tempdir().unwrap();
    let delivery = vacancy(&sim).delivery("dokument.klart", &documents);
    sim.leave(root.path(), &delivery).unwrap();
    sim.deliver(delivery);
    let folder = Counted { way: FolderDrop::open(root.path()).unwrap(), most: AtomicUsize::new(0) };
    let pulled = Counted { way: pull(&sim, &clock, 50), most: AtomicUsize::new(0) };
    let (folder, pulled) = (Desk::new(folder, config(), &clock), Desk::new(pulled, config(), &clock));
    assert_eq!(sorts(&folder.take_all().await).len(), names.len());
    assert_eq!(sorts(&pulled.take_all().await).len(), names.len());
    assert_eq!(folder.source.way_in().most.load(Ordering::SeqCst), 16);
    assert_eq!(pulled.source.way_in().most.load(Ordering::SeqCst), 1, "a download that waits for its turn breaks off");
}

#[tokio::test]
async fn a_file_is_never_fetched_from_another_host() {
    let (clock, sim) = sim();
    let mut delivery = vacancy(&sim).delivery("dokument.klart", &[("a", "jobbanalyse", None, b"a")]);
    delivery.files.clear();
    delivery.body["dokumenter"][0]["fil"]["hentUrl"] = json!("https://annet.test/fil");
    sim.deliver(delivery);
    let desk = Desk::new(pull(&sim, &clock, 50), config(), &clock);
    assert!(desk.take_all().await[0].as_ref().unwrap_err().contains("another host"));
}

#[tokio::test]
async fn a_wrong_token_stops_the_account() {
    let (clock, sim) = sim();
    let network = InProcess::hosts([("rekruttering.test", sim.router())]);
    let base_url = "https://rekruttering.test".parse().unwrap();
    let config = RestPullConfig { base_url, token: "feil".into(), batch: 50, timeout_seconds: 60 };
    assert!(!format!("{config:?}").contains("feil"));
    let way = RestPull::new(config, Arc::new(network), clock.port()).unwrap();
    let desk = Desk::new(way, crate::support::config(), &clock);
    assert_eq!(desk.source.check().await.unwrap_err().kind(), PortErrorKind::Unauthorised);
}

#[tokio::test]
async fn by_night_nothing_is_shown_by_day() {
    let hour = |hour| chrono::NaiveTime::from_hms_opt(hour, 0, 0).unwrap();
    let folder = folder(RecruitmentConfig { mode: Mode::Nightly { from: hour(22), to: hour(5) }, ..config() });
    folder.leave(&vacancy(&folder.sim).opening());
    assert!(folder.desk.ids().await.is_empty());
    folder.clock.set("2026-03-02T21:30:00Z".parse().unwrap());
    assert_eq!(folder.desk.ids().await.len(), 1);
}

#[tokio::test]
async fn with_another_policy_all_applications_come_in() {
    let folder = folder(RecruitmentConfig { applications: ApplicationPolicy::All, ..config() });
    whole_case(&vacancy(&folder.sim)).iter().for_each(|delivery| folder.leave(delivery));
    let taken = folder.desk.take_all().await;
    assert_eq!(sorts(&taken).iter().filter(|sort| *sort == "soeknad").count(), 2);
}

/// Calls the push router.
async fn call(router: &axum::Router, request: Request<AxumBody>) -> (StatusCode, Option<String>, Value) {
    let response = router.clone().oneshot(request).await.unwrap();
    let location = response.headers().get(header::LOCATION).map(|value| value.to_str().unwrap().to_owned());
    let status = response.status();
    let body = axum::body::to_bytes(response.into_body(), 1 << 20).await.unwrap();
    (status, location, serde_json::from_slice(&body).unwrap_or(Value::Null))
}

fn pushed(sim: &JobbNorgeSim, delivery: &SimDelivery, token: &str) -> Request<AxumBody> {
    let (media_type, form) = sim.form(delivery);
    Request::post("/rekruttering/v1/leveranser")
        .header(header::AUTHORIZATION, format!("Bearer {token}"))
        .header(header::CONTENT_TYPE, media_type)
        .body(AxumBody::from(form))
        .unwrap()
}

fn mounted(folder: &Folder) -> axum::Router {
    let settings = push::PushSettings::new(config(), vec![TOKEN.into()]);
    push::router(folder.desk.source.way_in(), settings, folder.clock.port(), Arc::new(SeededEntropy::new(1)))
}

async fn ask(router: &axum::Router, location: &str) -> Value {
    let request =
        Request::get(location).header(header::AUTHORIZATION, format!("Bearer {TOKEN}")).body(AxumBody::empty());
    call(router, request.unwrap()).await.2
}

#[tokio::test]
async fn what_is_pushed_waits_on_disk_and_its_receipt_is_at_the_address_that_was_told() {
    let folder = folder(config());
    let router = mounted(&folder);
    let mut locations = Vec::new();
    for delivery in whole_case(&vacancy(&folder.sim)) {
        let (status, location, told) = call(&router, pushed(&folder.sim, &delivery, TOKEN)).await;
        assert_eq!((status, told["status"].as_str()), (StatusCode::ACCEPTED, Some("mottatt")), "{told}");
        locations.push(location.unwrap());
    }
    assert_eq!(ask(&router, &locations[2]).await["status"], "mottatt");
    let mut found = sorts(&folder.desk.take_all().await);
    found.sort();
    let mut expected = ARCHIVED.map(str::to_owned).to_vec();
    expected.sort();
    assert_eq!(found, expected);
    let told = ask(&router, &locations[2]).await;
    assert_eq!((told["status"].as_str(), told["sak"]["saksnummer"].as_str()), (Some("arkivert"), Some("2026/318")));
}

#[tokio::test]
async fn the_same_delivery_pushed_again_gets_the_same_receipt_and_another_content_a_conflict() {
    let folder = folder(config());
    let router = mounted(&folder);
    let delivery = vacancy(&folder.sim).delivery("dokument.klart", &[("a", "jobbanalyse", None, b"a")]);
    assert_eq!(call(&router, pushed(&folder.sim, &delivery, TOKEN)).await.0, StatusCode::ACCEPTED);
    assert_eq!(call(&router, pushed(&folder.sim, &delivery, TOKEN)).await.0, StatusCode::OK);
    assert_eq!(folder.desk.take_all().await.len(), 1);
    let (status, _, told) = call(&router, pushed(&folder.sim, &delivery, TOKEN)).await;
    assert_eq!((status, told["status"].as_str()), (StatusCode::OK, Some("arkivert")));
    let mut other = delivery;
    other.body["sak"]["stillingstittel"] = json!("Rektor");
    let (status, _, told) = call(&router, pushed(&folder.sim, &other, TOKEN)).await;
    assert_eq!((status, told["feil"]["kode"].as_str()), (StatusCode::CONFLICT, Some("konflikt")));
    assert!(folder.desk.ids().await.is_empty(), "nothing came in twice");
}

#[tokio::test]
async fn two_pushes_of_one_id_at_the_same_time_are_one_delivery_with_one_receipt() {
    let folder = folder(config());
    let router = mounted(&folder);
    let vacancy = vacancy(&folder.sim);
    let delivery = vacancy.delivery("dokument.klart", &[("a", "jobbanalyse", None, b"a")]);
    let mut other = delivery.clone();
    other.body["sak"]["stillingstittel"] = json!("Rektor");
    let both = |second: &SimDelivery| {
        let (first, second) = (pushed(&folder.sim, &delivery, TOKEN), pushed(&folder.sim, second, TOKEN));
        futures_util::future::join(call(&router, first), call(&router, second))
    };
    let (first, second) = both(&delivery).await;
    let mut statuses = [first.0, second.0];
    statuses.sort();
    assert_eq!(statuses, [StatusCode::OK, StatusCode::ACCEPTED]);
    assert_eq!(folder.desk.ids().await.len(), 1);
    let (again, conflict) = both(&other).await;
    assert_eq!((again.0, conflict.0), (StatusCode::OK, StatusCode::CONFLICT));
    assert_eq!(folder.desk.take_all().await.len(), 1);
}

#[tokio::test]
async fn what_is_thrown_away_for_another_of_its_id_that_cannot_be_told_is_never_answered_as_taken() {
    let folder = folder(config());
    let router = mounted(&folder);
    let delivery = vacancy(&folder.sim).delivery("dokument.klart", &[("a", "jobbanalyse", None, b"a")]);
    assert_eq!(call(&router, pushed(&folder.sim, &delivery, TOKEN)).await.0, StatusCode::ACCEPTED);
    fs::remove_dir_all(folder.root.path().join("indeks")).unwrap();
    let (status, location, told) = call(&router, pushed(&folder.sim, &delivery, TOKEN)).await;
    assert_eq!(
        (status, location, told["feil"]["kode"].as_str()),
        (StatusCode::INTERNAL_SERVER_ERROR, None, Some("intern-feil"))
    );
}

#[tokio::test]
async fn a_push_that_is_wrong_is_answered_by_its_code_and_leaves_nothing() {
    let folder = folder(config());
    let router = mounted(&folder);
    let sound = || {
        vacancy(&folder.sim)
            .delivery("dokument.klart", &[("a", "jobbanalyse", None, b"a"), ("b", "utlysning", None, b"b")])
    };
    let mut cases: Vec<(SimDelivery, StatusCode, &str)> = Vec::new();
    let mut add = |change: fn(&mut SimDelivery), status: StatusCode, code| {
        let mut delivery = sound();
        change(&mut delivery);
        cases.push((delivery, status, code));
    };
    let unprocessable = StatusCode::UNPROCESSABLE_ENTITY;
    add(|delivery| delivery.files[1] = b"annet".to_vec(), unprocessable, "sjekksum-avvik");
    add(|delivery| drop(delivery.files.pop()), unprocessable, "fil-mangler");
    add(|delivery| delivery.files.push(b"til overs".to_vec()), unprocessable, "ugyldig-innhold");
    add(|delivery| delivery.body["hendelse"] = json!("ukjent"), unprocessable, "ugyldig-innhold");
    add(
        |delivery| delivery.body["virksomhet"]["organisasjonsnummer"] = json!("123456785"),
        StatusCode::FORBIDDEN,
        "ukjent-virksomhet",
    );
    for (delivery, expected, code) in cases {
        let (status, _, told) = call(&router, pushed(&folder.sim, &delivery, TOKEN)).await;
        assert_eq!((status, told["feil"]["kode"].as_str()), (expected, Some(code)), "{told}");
    }
    assert_eq!(call(&router, pushed(&folder.sim, &sound(), "feil")).await.0, StatusCode::UNAUTHORIZED);
    let no_form = Request::post("/rekruttering/v1/leveranser").header(header::AUTHORIZATION, format!("Bearer {TOKEN}"));
    assert_eq!(call(&router, no_form.body(AxumBody::from("{}")).unwrap()).await.0, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    assert!(folder.desk.ids().await.is_empty());
    assert_eq!(fs::read_dir(folder.root.path().join("mottak")).unwrap().count(), 0);
}

#[tokio::test]
async fn a_form_that_breaks_off_anywhere_leaves_nothing_and_can_be_sent_again() {
    let folder = folder(config());
    let router = mounted(&folder);
    let delivery = vacancy(&folder.sim).delivery("dokument.klart", &[("a", "jobbanalyse", None, b"a")]);
    let (media_type, form) = folder.sim.form(&delivery);
    for end in (0..form.len() - 2).step_by(7) {
        let request = Request::post("/rekruttering/v1/leveranser")
            .header(header::AUTHORIZATION, format!("Bearer {TOKEN}"))
            .header(header::CONTENT_TYPE, media_type.as_str())
            .body(AxumBody::from(form[..end].to_vec()));
        let (status, _, _) = call(&router, request.unwrap()).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "cut at {end}");
        assert!(folder.desk.ids().await.is_empty());
    }
    assert_eq!(call(&router, pushed(&folder.sim, &delivery, TOKEN)).await.0, StatusCode::ACCEPTED);
}
