//! The ways in of specialist systems that are not called: the service is started, and what was handed in is registered.
#![expect(clippy::unwrap_used, reason = "helpers of a test that have nothing to say when the machine fails them")]

use std::{fs, path::Path, process::Stdio, sync::Arc, time::Duration};

use http::{Request, StatusCode};
use sakarkiv::{
    SystemClock,
    core::{
        audit::{Activity, ObjectRef},
        identity::TenantId,
        ports::Store,
    },
    fagsystem::tables_of,
    http::{Body, HttpService, ReqwestService, TransportConfig},
    sqlite::SqliteStore,
};
use sakarkiv_testkit::simulators::{
    JobbNorgeSim,
    fiks_arkiv::{Attachment, FiksArkivSim},
    serve,
};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::{Child, Command},
};
use uuid::Uuid;

/// A folder with a configuration of one source, whose own folder, if it has one, is `slipp`.
fn configured(kind: &str, more: &str, cases: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("slipp")).unwrap();
    let calls = if more.contains("push_tokens") { "[tenants.intake_http]\nlisten = \"127.0.0.1:0\"" } else { "" };
    let place = if kind.ends_with("folder") { "folder = \"slipp\"" } else { "" };
    let text = format!(
        r#"
            data = "store"
            plain_http_to_loopback = true
            [[tenants]]
            id = "bodo"
            {calls}
            [[tenants.sources]]
            id = "system"
            kind = "{kind}"
            {place}
            {more}
            service_user = "svc-system"
            [tenants.sources.rights]
            opens = ["{cases}"]
            records = [{{ right = "write", kinds = ["{cases}"], unit = "oppvekst", up_to = "strictly_confidential" }}]
            [tenants.sources.integration]
            owner = "systemeier"
            vendor = "Prøveleverandøren AS"
            purpose = "Prøve"
            risk_analysis = {{ date = "2026-01-15" }}
            tests = [{{ date = "2026-02-01", by = "systemeier", what = "hele veien", passed = true }}]
        "#
    );
    fs::write(folder.path().join("office.toml"), text).unwrap();
    folder
}

fn left(folder: &TempDir, path: &str, content: impl AsRef<[u8]>) {
    let path = folder.path().join("slipp").join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, content).unwrap();
}

fn service(folder: &TempDir) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sakarkiv"));
    command.args(["serve", "--config"]).arg(folder.path().join("office.toml")).kill_on_drop(true);
    command
}

/// Waits for something that the service does.
async fn done<T>(service: &mut Child, seen: impl Fn() -> Option<T>) -> T {
    let looking = async {
        loop {
            match seen() {
                Some(seen) => return seen,
                None => assert!(service.try_wait().unwrap().is_none(), "the service ended"),
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(120), looking).await.unwrap()
}

/// What a delivery in a folder was answered.
fn answer(folder: &TempDir, name: &str) -> Option<Value> {
    let of = |ending: &str| {
        let ended = fs::read_dir(folder.path().join("slipp").join(ending)).ok()?.next()?.unwrap();
        Some(serde_json::from_slice::<Value>(&fs::read(ended.path().join(name)).unwrap()).unwrap())
    };
    assert_eq!(of("avvist"), None);
    of("arkivert")
}

/// Ends the service, and demands that the archive has a case and so many entries by the source.
async fn demand_registered(folder: &Path, mut service: Child, entries: usize) {
    service.kill().await.unwrap();
    let store = SqliteStore::open(folder.join("store")).unwrap();
    let log = store.audit_log(&TenantId::new("bodo").unwrap(), 0, 1_000).await.unwrap();
    let created = log.iter().map(|record| &record.event).filter(|event| event.activity == Activity::Created);
    let by_source: Vec<_> = created.filter(|event| event.actor.as_str() == "svc-system").collect();
    let count = |of: fn(&ObjectRef) -> bool| by_source.iter().filter(|event| of(&event.object)).count();
    let (cases, found) =
        (count(|object| matches!(object, ObjectRef::Case(_))), count(|object| matches!(object, ObjectRef::Entry(_))));
    assert_eq!((cases, found), (1, entries), "{by_source:?}");
}

/// The tables of a way in that is delivered with the program, as those of our source.
fn with_tables(folder: &TempDir, of: &str) {
    let tables = tables_of(of).unwrap().replace(&format!("source = \"{of}\""), "source = \"system\"");
    fs::write(folder.path().join("tables.toml"), tables).unwrap();
}

#[tokio::test]
async fn an_e_mail_that_was_taken_up_before_the_program_died_is_registered_by_the_next() {
    let folder = configured("mail-folder", "unit = \"oppvekst\"\nforms = { file = \"tables.toml\" }", "ordinary");
    with_tables(&folder, "e-post");
    let mail = "From: Prove Testesen <prove@example.no>\r\nSubject: Klage\r\nMessage-ID: <a@b>\r\n\r\nHei\r\n";
    left(&folder, "arbeid/klage.0123456789abcdef/melding.eml", mail);
    let mut service = service(&folder).spawn().unwrap();
    let told = done(&mut service, || answer(&folder, "svar.json")).await;
    assert!(told["saksnummer"].is_string(), "{told}");
    demand_registered(folder.path(), service, 1).await;
}

#[tokio::test]
async fn a_scanned_letter_is_registered() {
    let folder = configured("scan-folder", "unit = \"oppvekst\"\nforms = { file = \"tables.toml\" }", "ordinary");
    with_tables(&folder, "skann");
    left(&folder, "inn/s17/brev.pdf", "%PDF brev");
    let sheet = json!({
        "skjema": "brev", "id": "s-17", "skannet": "2026-09-14T08:00:00+02:00", "filer": ["brev.pdf"],
        "felt": { "Tittel": "Klage", "Dokumentdato": "11.09.2026", "Avsender": "Prøve Testesen" },
    });
    left(&folder, "inn/s17/skann.json", sheet.to_string());
    let mut service = service(&folder).spawn().unwrap();
    let told = done(&mut service, || answer(&folder, "svar.json")).await;
    assert!(told["saksnummer"].is_string(), "{told}");
    demand_registered(folder.path(), service, 1).await;
}

const RECRUITMENT: &str = "unit = \"oppvekst\"\nrecruitment = { employers = [\"310000027\"] }";
const TOKEN: &str = "et-langt-hemmelig-ord";

#[tokio::test]
async fn a_recruitment_system_is_asked_for_its_cases_and_told_that_they_are_filed() {
    let recruiting = JobbNorgeSim::new(Arc::new(SystemClock), TOKEN);
    let vacancy = recruiting.vacancy("4711", "Barnehagelærer", "310000027");
    recruiting.deliver(vacancy.delivery("sak.opprettet", &[("annonse", "utlysning", None, b"%PDF annonse")]));
    let server = serve(recruiting.router()).await.unwrap();
    let pull = format!("{RECRUITMENT}\npull = {{ base_url = \"{}\", token = \"{TOKEN}\" }}", server.url);
    let folder = configured("jobbnorge-pull", &pull, "recruitment");
    let mut service = service(&folder).spawn().unwrap();
    let told = done(&mut service, || recruiting.receipts("jn-4711-000001").pop()).await;
    assert_eq!(told["status"], "arkivert", "{told}");
    demand_registered(folder.path(), service, 1).await;
}

#[tokio::test]
async fn a_recruitment_case_that_is_pushed_outlives_the_program_and_is_registered_by_the_next() {
    let folder = configured("jobbnorge-folder", &format!("{RECRUITMENT}\npush_tokens = [\"{TOKEN}\"]"), "recruitment");
    let recruiting = JobbNorgeSim::new(Arc::new(SystemClock), TOKEN);
    let (content_type, form) = recruiting.form(&recruiting.vacancy("4711", "Barnehagelærer", "310000027").opening());

    let mut command = service(&folder);
    let mut first =
        command.env("RUST_LOG", "sakarkiv=info").env("NO_COLOR", "1").stderr(Stdio::piped()).spawn().unwrap();
    let mut said = BufReader::new(first.stderr.take().unwrap()).lines();
    let address = loop {
        let line = said.next_line().await.unwrap().unwrap();
        if let Some((_, address)) = line.split_once("may call address=") {
            break address.trim_matches('"').to_owned();
        }
    };
    let mut transport = TransportConfig::default();
    transport.allow_loopback_http = true;
    let push = Request::post(format!("http://{address}/rekruttering/v1/leveranser"))
        .header("authorization", format!("Bearer {TOKEN}"))
        .header("content-type", content_type);
    let answered = ReqwestService::new(&transport).unwrap().call(push.body(Body::from(form)).unwrap()).await.unwrap();
    assert_eq!(answered.status(), StatusCode::ACCEPTED);
    first.kill().await.unwrap();

    let mut second = service(&folder).spawn().unwrap();
    let told = done(&mut second, || answer(&folder, "kvittering.json")).await;
    assert_eq!(told["status"], "arkivert", "{told}");
    demand_registered(folder.path(), second, 0).await;
}

#[tokio::test]
async fn a_fiks_arkiv_message_is_answered_with_a_receipt_and_done_with() {
    const ARCHIVE: Uuid = Uuid::from_u128(1);
    const SYSTEM: Uuid = Uuid::from_u128(2);
    let accounts =
        format!("rules = {{ file = \"rules.toml\" }}\naccounts = {{ archive = \"{ARCHIVE}\", system = \"{SYSTEM}\" }}");
    let folder = configured("fiks-arkiv-folder", &accounts, "ordinary");
    let rules = "source = \"system\"\n[usual]\nunits = { OPPV = \"oppvekst\" }\n[usual.case]\nunit = \"oppvekst\"\n";
    fs::write(folder.path().join("rules.toml"), rules).unwrap();

    let building = FiksArkivSim::new(SYSTEM, "eByggesak").without_schemas();
    let drawing = [Attachment::new("Søknad.pdf", "dok.pdf", &b"%PDF"[..])];
    let message = building.file_case_and_entry("sak/1", "brev/1", "Søknad om tiltak", &drawing);
    let waiting = building.next().unwrap();
    for (n, name) in waiting.files.iter().enumerate() {
        left(&folder, &format!("inn/{message}/{n}"), building.file(message, name).unwrap());
    }
    let head = json!({ "id": message, "type": waiting.kind, "fra": SYSTEM, "til": ARCHIVE, "filer": waiting.files });
    left(&folder, &format!("inn/{message}/melding.json"), head.to_string());

    let mut service = service(&folder).spawn().unwrap();
    let root = folder.path().join("slipp");
    done(&mut service, || root.join("ferdig").join(message.to_string()).exists().then_some(())).await;
    let answers: Vec<Value> = fs::read_dir(root.join("ut"))
        .unwrap()
        .map(|answer| serde_json::from_slice(&fs::read(answer.unwrap().path().join("melding.json")).unwrap()).unwrap())
        .collect();
    let receipt = |answer: &Value| {
        let kind = answer["type"].as_str().unwrap_or_default();
        kind.ends_with("arkivmelding.opprett.kvittering") && answer["svarPaMelding"] == json!(message)
    };
    assert!(answers.iter().any(receipt), "{answers:?}");
    demand_registered(folder.path(), service, 1).await;
}
