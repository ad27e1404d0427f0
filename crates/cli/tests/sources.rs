//! Specialist systems as the service is configured for them: checked before it goes live, and answered when it runs.
#![expect(clippy::unwrap_used, reason = "helpers of a test that have nothing to say when the machine fails them")]

use std::{
    fs,
    path::Path,
    process::{Output, Stdio},
    time::Duration,
};

use sakarkiv::{
    core::{audit::Activity, identity::TenantId, ports::Store},
    fagsystem::tables_of,
    sqlite::SqliteStore,
};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader},
    net::TcpStream,
    process::{Child, Command},
};

const RECORD: &str = r#"
    [tenants.sources.integration]
    owner = "kartsjef"
    vendor = "Prøveleverandøren AS"
    purpose = "Oppmåling"
    risk_analysis = { date = "2026-01-15" }
    tests = [{ date = "2026-02-01", by = "kartsjef", what = "hele veien", passed = true }]
"#;

/// A folder and, beside it, calls of the same system.
fn configuration(record: &str) -> String {
    format!(
        r#"
            data = "store"
            [[tenants]]
            id = "bodo"
            [tenants.intake_http]
            listen = "127.0.0.1:0"
            callers = {{ kart = {{ source = "gis-line", password = {{ file = "passord" }} }} }}
            [[tenants.sources]]
            id = "gis-line"
            kind = "folder"
            folder = "slipp"
            rules = {{ file = "regler.toml" }}
            service_user = "svc-gis-line"
            [tenants.sources.rights]
            opens = ["ordinary"]
            records = [{{ right = "write", kinds = ["ordinary"], unit = "oppmaaling", up_to = "restricted" }}]
            {record}
        "#
    )
}

fn written(configuration: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("slipp")).unwrap();
    fs::write(folder.path().join("passord"), "hemmelig\n").unwrap();
    let rules = "source = \"gis-line\"\n[usual.case]\nunit = \"oppmaaling\"\n[usual.entry]\nwithout_documents = true\n\
                 [named.skann.case]\nunit = \"oppmaaling\"\n";
    fs::write(folder.path().join("regler.toml"), rules).unwrap();
    fs::write(folder.path().join("office.toml"), configuration).unwrap();
    folder
}

fn sakarkiv(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sakarkiv"));
    command.args(["serve", "--config"]).arg(folder.join("office.toml"));
    command
}

async fn check(folder: &Path) -> (bool, String) {
    let Output { status, stdout, stderr } = sakarkiv(folder).arg("--check").output().await.unwrap();
    (status.success(), String::from_utf8([stdout, stderr].concat()).unwrap())
}

#[tokio::test]
async fn the_check_looks_into_folders_and_says_what_the_record_of_an_integration_lacks() {
    let folder = written(&configuration(RECORD));
    let (works, said) = check(folder.path()).await;
    assert!(works, "{said}");
    assert_eq!(
        said,
        "ok      bodo: source gis-line\nok      bodo: source gis-line: record of the integration\n\
         ok      bodo: calls at 127.0.0.1:0\n3 connections work\n"
    );
    let untested = RECORD.replace("passed = true", "passed = false").replace("risk_analysis", "#");
    fs::write(folder.path().join("office.toml"), configuration(&untested)).unwrap();
    let (works, said) = check(folder.path()).await;
    assert!(!works && said.contains("register its risk analysis (ROS); mend it and test it again"), "{said}");
    fs::write(folder.path().join("office.toml"), configuration("")).unwrap();
    let (works, said) = check(folder.path()).await;
    assert!(works && said.contains("NOT LIVE by this configuration"), "{said}");
    assert!(said.contains("by the archive's own register of integrations alone"), "{said}");
    assert!(
        said.contains("sources that are not live by this configuration: 1;") && !said.contains("`rights`"),
        "{said}"
    );
    let rights =
        configuration("").replace("[tenants.sources.rights]", "#").replace("opens =", "#").replace("records =", "#");
    fs::write(folder.path().join("office.toml"), rights).unwrap();
    let (works, said) = check(folder.path()).await;
    assert!(works && said.contains("note    bodo: source gis-line: has no `rights`"), "{said}");
}

#[tokio::test]
async fn the_check_makes_nothing_in_folders_of_others_and_leaves_what_is_coming_in() {
    let forms = tables_of("skann").unwrap().replacen("source = \"skann\"", "source = \"gis-line\"", 1);
    let recruitment = r#"recruitment = { employers = ["310000027"], applications = "hired", mode = { from = "22:00:00", to = "05:00:00" } }"#;
    for (kind, besides) in [
        ("folder", ""),
        ("mail-folder", "forms = { file = \"skjema.toml\" }"),
        ("scan-folder", "forms = { file = \"skjema.toml\" }"),
        ("jobbnorge-folder", recruitment),
    ] {
        let with = format!("kind = \"{kind}\"\n{besides}");
        let folder = written(&configuration(RECORD).replace("kind = \"folder\"", &with));
        fs::write(folder.path().join("skjema.toml"), &forms).unwrap();
        let there = || names(&folder.path().join("slipp"));
        let (works, said) = check(folder.path()).await;
        assert!(works && there().is_empty(), "{kind}: {:?}: {said}", there());
        let coming = folder.path().join("slipp/mottak/levering");
        fs::create_dir_all(&coming).unwrap();
        fs::write(coming.join("fil-0"), "%PDF").unwrap();
        let (works, said) = check(folder.path()).await;
        assert!(works && there() == ["mottak"] && coming.join("fil-0").is_file(), "{kind}: {said}");
    }
}

#[tokio::test]
async fn tables_that_ask_for_a_rule_which_is_not_there_are_refused_before_a_form_is_turned_away() {
    let with = "kind = \"mail-folder\"\nforms = { file = \"skjema.toml\" }";
    let folder = written(&configuration(RECORD).replace("kind = \"folder\"", with));
    let forms = tables_of("e-post").unwrap().replacen("source = \"e-post\"", "source = \"gis-line\"", 1);
    fs::write(folder.path().join("skjema.toml"), forms).unwrap();
    let (works, said) = check(folder.path()).await;
    assert!(!works && said.contains("ask for the rule `e-post`: write `[named.e-post]` in its rules"), "{said}");
}

fn names(folder: &Path) -> Vec<String> {
    fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

#[tokio::test]
async fn a_configuration_that_would_leave_somebody_out_or_let_anybody_in_is_refused() {
    for (right, wrong, told) in [
        ("folder = \"slipp\"", "folder = \"slip\"", "make it first"),
        ("folder = \"slipp\"", "", "lacks `folder`"),
        ("kind = \"folder\"", "kind = \"calls\"", "has `folder`"),
        ("kind = \"folder\"", "kind = \"jobbnorge-folder\"", "lacks `recruitment`"),
        ("source = \"gis-line\"", "source = \"komtek\"", "`komtek`, which is not set up"),
        (", password = { file = \"passord\" }", "", "has no password"),
        ("listen = \"127.0.0.1:0\"", "listen = \"0.0.0.0:0\"\ngateway_header = \"x-fagsystem\"", "anybody could set"),
        ("up_to = \"restricted\"", "up_to = \"restricted\", serie = [\"a\"]", "unknown field `serie`"),
    ] {
        let folder = written(&configuration(RECORD).replace(right, wrong));
        let (works, said) = check(folder.path()).await;
        assert!(!works && said.contains(told), "{told}: {said}");
    }
}

/// The service, and where it can be called.
async fn service(folder: &Path) -> (Child, String) {
    let mut command = sakarkiv(folder);
    command.env("RUST_LOG", "sakarkiv=info").env("NO_COLOR", "1").stderr(Stdio::piped()).kill_on_drop(true);
    let mut child = command.spawn().unwrap();
    let mut said = BufReader::new(child.stderr.take().unwrap()).lines();
    let mut all = String::new();
    while let Some(line) = said.next_line().await.unwrap() {
        if let Some((_, address)) = line.split_once("may call address=") {
            let address = address.trim_matches('"').to_owned();
            // Whoever writes to nobody is ended by it, or waits for ever.
            tokio::spawn(async move { while let Ok(Some(_)) = said.next_line().await {} });
            return (child, address);
        }
        all += &line;
    }
    unreachable!("the service ended: {all}")
}

async fn call(address: &str, request: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

fn delivery(login: &str) -> String {
    let manifest = r#"{"kontrakt": "mappeslipp/v1", "fagsystem": "GISLINE", "leveranseId": "17",
        "tidspunkt": "2026-03-02T02:10:44+01:00", "mappe": {"eksternNoekkel": "sak/17", "tittel": "Oppmåling"},
        "registreringer": [{"eksternNoekkel": "brev/1", "tittel": "Målebrev", "journalposttype": "X",
            "filer": [{"sti": "m.pdf", "type": "H",
                "sha256": "315d429b7714cedb6ad04ac31240145257692630457f3c88253c5beceac76027"}]}]}"#;
    let part = |name: &str, content: &str| {
        let head = "Content-Disposition: form-data";
        format!("--g\r\n{head}; name=\"{name}\"; filename=\"f\"\r\n\r\n{content}\r\n")
    };
    let body = format!("{}{}--g--\r\n", part("manifest", manifest), part("m.pdf", "%PDF"));
    format!(
        "POST /leveranser HTTP/1.1\r\nHost: arkiv\r\nConnection: close\r\nAuthorization: Basic {login}\r\n\
         Content-Type: multipart/form-data; boundary=g\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

#[tokio::test]
async fn a_system_that_calls_gets_its_case_number_and_a_wrong_password_a_line_in_the_log() {
    let folder = written(&configuration(RECORD));
    let (mut child, address) = service(folder.path()).await;
    // kart:hemmelig, kart:feil
    let right = delivery("a2FydDpoZW1tZWxpZw==");
    let answer = call(&address, &right).await;
    assert!(answer.starts_with("HTTP/1.1 201") && answer.contains("\"saksnummer\":\""), "{answer}");
    assert!(call(&address, &right).await.contains("\"gjentatt\":true"));
    assert!(call(&address, &delivery("a2FydDpmZWls")).await.starts_with("HTTP/1.1 401"));
    child.kill().await.unwrap();
    let store = SqliteStore::open(folder.path().join("store")).unwrap();
    let log = store.audit_log(&TenantId::new("bodo").unwrap(), 0, 1_000).await.unwrap();
    let failed: Vec<_> = log.iter().filter(|record| record.event.activity == Activity::LoginFailed).collect();
    assert!(matches!(&failed[..], [one] if one.event.actor.as_str() == "svc-gis-line"), "{failed:?}");
}

#[tokio::test]
async fn a_source_that_is_not_live_is_told_of_in_the_notices() {
    let folder = written(&configuration(""));
    let (_child, _address) = service(folder.path()).await;
    let told = async {
        loop {
            let told = fs::read_to_string(folder.path().join("store/notices.jsonl")).unwrap_or_default();
            if told.ends_with('\n') {
                return told;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let told = tokio::time::timeout(Duration::from_secs(120), told).await.unwrap();
    assert!(told.contains("source_not_live") && told.contains("gis-line"), "{told}");
}

#[tokio::test]
async fn a_gateway_lets_callers_in_to_geointegrasjon_and_passwords_count_no_more() {
    let gateway = "listen = \"127.0.0.1:0\"\ngateway_header = \"x-fagsystem\"";
    let folder = written(&configuration(RECORD).replace("listen = \"127.0.0.1:0\"", gateway));
    let (mut child, address) = service(folder.path()).await;
    let envelope = "<e:Envelope xmlns:e=\"http://schemas.xmlsoap.org/soap/envelope/\"><e:Body>\
        <FinnDokumenttyper xmlns=\"http://rep.geointegrasjon.no/Arkiv/Innsyn/xml.wsdl/2012.01.31\"/></e:Body></e:Envelope>";
    let post = |header: &str| {
        format!(
            "POST /ArkivInnsynService.svc/ArkivInnsynService HTTP/1.1\r\nHost: arkiv\r\nConnection: close\r\n{header}\r\n\
             Content-Type: text/xml\r\nContent-Length: {}\r\n\r\n{envelope}",
            envelope.len()
        )
    };
    let named = call(&address, &post("x-fagsystem: kart")).await;
    assert!(named.starts_with("HTTP/1.1 200"), "{named}");
    for other in ["x-fagsystem: ukjent", "Authorization: Basic a2FydDpoZW1tZWxpZw=="] {
        let refused = call(&address, &post(other)).await;
        assert!(refused.starts_with("HTTP/1.1 401"), "{other}: {refused}");
    }
    child.kill().await.unwrap();
}
