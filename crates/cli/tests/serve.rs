//! `serve --check` before a configuration goes live, against a simulator on this machine.
#![expect(clippy::unwrap_used, reason = "helpers of a test that have nothing to say when the machine fails them")]

use std::{
    path::Path,
    process::{Output, Stdio},
    sync::Arc,
    time::Duration,
};

use sakarkiv::{SystemClock, core::ports::Clock};
use sakarkiv_cms::Identity;
use sakarkiv_testkit::{
    doubles::ManualClock,
    simulators::{
        Client, EInnsynSim, MaskinportenSim, Server, SvarInnSim,
        altinn::{Access, AltinnSim, Holder, Resource},
        einnsyn::Unit,
        serve,
    },
};
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::Command,
};

async fn svarinn(folder: &Path) -> (SvarInnSim, Server) {
    let key = Identity::generate("arkiv").unwrap();
    let simulator = SvarInnSim::new(ManualClock::at("2026-09-14T08:00:00Z").port());
    simulator.add_system("arkiv", "riktig", &[key.certificate_pem().as_bytes()]).unwrap();
    std::fs::write(folder.join("key.pem"), key.private_key_pem().as_bytes()).unwrap();
    let server = serve(simulator.router()).await.unwrap();
    (simulator, server)
}

async fn check(folder: &Path, url: &str, password: &str) -> Output {
    let config = format!(
        r#"
            data = "store"
            plain_http_to_loopback = true
            [[tenants]]
            id = "bodo"
            [[tenants.svarinn]]
            id = "svarinn"
            unit = "postmottak"
            keys = [{{ pem = {{ file = "key.pem" }} }}]
            registration = {{ base_url = "{url}/tjenester", username = "arkiv", password = {{ env = "SVARINN_PASSWORD" }} }}
        "#
    );
    let file = folder.join("office.toml");
    std::fs::write(&file, config).unwrap();
    Command::new(env!("CARGO_BIN_EXE_sakarkiv"))
        .args(["serve", "--check", "--config"])
        .arg(file)
        .env("SVARINN_PASSWORD", password)
        .output()
        .await
        .unwrap()
}

#[tokio::test]
async fn the_check_tells_a_working_connection_from_wrong_credentials_and_from_a_dead_server() {
    let folder = tempfile::tempdir().unwrap();
    let (simulator, server) = svarinn(folder.path()).await;

    let works = check(folder.path(), &server.url, "riktig").await;
    assert!(works.status.success(), "{works:?}");
    assert_eq!(String::from_utf8_lossy(&works.stdout), "ok      bodo: svarinn\n1 connections work\n");

    let refused = check(folder.path(), &server.url, "feil").await;
    let said = String::from_utf8_lossy(&refused.stdout).into_owned();
    assert!(!refused.status.success() && said.contains("credentials refused"), "{said}");
    assert!(!said.contains("feil"), "the password is shown: {said}");

    let url = server.url.clone();
    server.stop().await;
    let dead = check(folder.path(), &url, "riktig").await;
    let said = String::from_utf8_lossy(&dead.stdout).into_owned();
    assert!(!dead.status.success() && said.contains("retry later"), "{said}");

    assert!(simulator.calls().len() >= 2, "the check never asked");
    assert!(!folder.path().join("store").exists(), "a check changes nothing");
}

const OURS: &str = "312000342";

/// A municipality's own Altinn, where nobody has been given access to confidential mail, and its Maskinporten.
async fn altinn(folder: &Path) -> (AltinnSim, [Server; 2]) {
    let key = Identity::generate("Prøve kommune").unwrap();
    std::fs::write(folder.join("client.pem"), key.private_key_pem().as_bytes()).unwrap();
    std::fs::write(folder.join("client.crt"), key.certificate_pem()).unwrap();
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let maskinporten = MaskinportenSim::new(Arc::clone(&clock));
    let client = Client::new("arkiv", OURS).with_certificate(key.certificate_der());
    maskinporten.add_client(SCOPES.into_iter().fold(client, Client::with_scope));
    let simulator = AltinnSim::new(clock, &maskinporten);
    for id in ["brev", "innkommende"] {
        simulator.add_resource(Resource::ordinary(id, OURS));
    }
    simulator.add_resource(Resource::confidential("taushetsbelagt", OURS));
    for package in [Access::ordinary(), Access::Package("hovedadministrator".to_owned())] {
        simulator.delegate(OURS, package, Holder::OwnClient);
    }
    let servers = [serve(maskinporten.router()).await.unwrap(), serve(simulator.router()).await.unwrap()];
    let [tokens, platform] = [&servers[0].url, &servers[1].url];
    let config = format!(
        r#"
            data = "store"
            plain_http_to_loopback = true
            [[tenants]]
            id = "bodo"
            [tenants.altinn]
            signing_key = {{ file = "client.pem" }}
            certificate = {{ file = "client.crt" }}
            maskinporten = {{ token_url = "{tokens}/token", audience = "{}", client_id = "arkiv" }}
            [tenants.altinn.channel]
            base_url = "{platform}"
            [tenants.altinn.channel.accounts.byggesak]
            organisations = {{ id = "brev" }}
            confidential = {{ id = "taushetsbelagt", service_name = "Taushetsbelagt post" }}
            [[tenants.altinn.inboxes]]
            id = "altinn"
            unit = "postmottak"
            registration = {{ base_url = "{platform}", organisation = "{OURS}", services = [{{ id = "innkommende" }}] }}
            [tenants.altinn.coverage]
            base_url = "{platform}"
            organisations = [{{ number = "{OURS}" }}]
        "#,
        maskinporten.issuer(),
    );
    std::fs::write(folder.join("altinn.toml"), config).unwrap();
    (simulator, servers)
}

async fn check_altinn(folder: &Path) -> (bool, String) {
    let file = folder.join("altinn.toml");
    let program = env!("CARGO_BIN_EXE_sakarkiv");
    let output = Command::new(program).args(["serve", "--check", "--config"]).arg(file).output().await.unwrap();
    (output.status.success(), String::from_utf8_lossy(&output.stdout).into_owned())
}

#[tokio::test]
async fn the_check_asks_altinn_as_sender_and_as_recipient_and_tells_where_nobody_can_open_confidential_mail() {
    let folder = tempfile::tempdir().unwrap();
    let (simulator, _servers) = altinn(folder.path()).await;

    let (works, said) = check_altinn(folder.path()).await;
    let nobody =
        format!("ok      bodo: {OURS}: NOBODY can open confidential mail: give somebody that access in Altinn");
    assert!(works && said.lines().any(|line| line == nobody), "{said}");
    assert!(said.contains("ok      bodo: altinn as byggesak\nok      bodo: altinn\n"), "{said}");
    assert!(simulator.messages().is_empty(), "a check sends nothing");

    simulator.delegate(OURS, Access::confidential(), Holder::Person("01819000553".to_owned()));
    simulator.add_resource(Resource::ordinary("taushetsbelagt", OURS));
    let (works, said) = check_altinn(folder.path()).await;
    assert!(!works && said.contains("FAILED  bodo: altinn as byggesak: "), "{said}");
    assert!(said.contains(&format!("ok      bodo: {OURS}: somebody can open confidential mail\n")), "{said}");
}

const SCOPES: [&str; 4] = [
    "altinn:correspondence.write",
    "altinn:correspondence.read",
    "altinn:accessmanagement/authorizedparties",
    "altinn:accessmanagement/enduser:connections:toothers.read",
];

#[tokio::test]
async fn the_check_tells_whether_einnsyn_takes_the_key_and_publishes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let simulator = EInnsynSim::new(Arc::new(SystemClock));
    let unit = simulator.add_unit(&Unit::new("Prøvedal kommune", OURS));
    let server = serve(simulator.router()).await.unwrap();
    std::fs::write(folder.path().join("einnsyn"), &unit.key).unwrap();
    let config = format!(
        r#"
            data = "store"
            plain_http_to_loopback = true
            [[tenants]]
            id = "bodo"
            [tenants.einnsyn]
            base_url = "{}"
            api_key = {{ file = "einnsyn" }}
            organisation = "{OURS}"
            [tenants.publication]
            policy = {{ list_months = 3 }}
            fingerprint_key = "{}"
            page = {{ folder = "journal" }}
            [tenants.requests]
            unit = "postmottak"
        "#,
        server.url,
        "0f".repeat(32)
    );
    let file = folder.path().join("office.toml");
    std::fs::write(&file, config).unwrap();
    let check =
        || Command::new(env!("CARGO_BIN_EXE_sakarkiv")).args(["serve", "--check", "--config"]).arg(&file).output();

    let works = check().await.unwrap();
    assert_eq!(String::from_utf8_lossy(&works.stdout), "ok      bodo: einnsyn\n1 connections work\n");
    simulator.revoke_key(&unit.key);
    let refused = check().await.unwrap();
    let said = String::from_utf8_lossy(&refused.stdout).into_owned();
    assert!(!refused.status.success() && said.contains("FAILED  bodo: einnsyn"), "{said}");
    assert!(!said.contains(&unit.key), "the key is shown: {said}");
    assert!(simulator.received().iter().all(|received| received.method == "GET"));
    assert!(!folder.path().join("journal").exists(), "a check changes nothing");
}

#[tokio::test]
async fn a_journal_page_that_cannot_be_written_is_told_of_although_nobody_asked_for_a_log() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("office.toml");
    let config = format!(
        r#"
            data = "store"
            [[tenants]]
            id = "bodo"
            [tenants.publication]
            policy = {{}}
            fingerprint_key = "{}"
            page = {{ folder = "journal", export = "office.toml/pages" }}
        "#,
        "0f".repeat(32)
    );
    std::fs::write(&file, config).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_sakarkiv"));
    command.args(["serve", "--config"]).arg(&file).env_remove("RUST_LOG").stderr(Stdio::piped()).kill_on_drop(true);
    let mut service = command.spawn().unwrap();
    let mut said = BufReader::new(service.stderr.take().unwrap()).lines();
    let told = async { while !said.next_line().await.unwrap().unwrap().contains("cannot be written") {} };
    tokio::time::timeout(Duration::from_secs(120), told).await.unwrap();
}

#[tokio::test]
async fn what_goes_wrong_in_the_office_is_told_of_although_nobody_asked_for_a_log() {
    let folder = tempfile::tempdir().unwrap();
    let (_simulator, server) = svarinn(folder.path()).await;
    check(folder.path(), &server.url, "riktig").await;
    server.stop().await;
    let mut command = Command::new(env!("CARGO_BIN_EXE_sakarkiv"));
    command.args(["serve", "--config"]).arg(folder.path().join("office.toml")).env("SVARINN_PASSWORD", "riktig");
    let mut service = command.env_remove("RUST_LOG").stderr(Stdio::piped()).kill_on_drop(true).spawn().unwrap();
    let mut said = BufReader::new(service.stderr.take().unwrap()).lines();
    let told = async { while !said.next_line().await.unwrap().unwrap().contains("the inbox cannot be listed") {} };
    tokio::time::timeout(Duration::from_secs(120), told).await.unwrap();
}
