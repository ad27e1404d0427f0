//! `serve --check` before a configuration goes live, against a simulator on this machine.
#![expect(clippy::unwrap_used, reason = "helpers of a test that have nothing to say when the machine fails them")]

use std::{path::Path, process::Output};

use sakarkiv_cms::Identity;
use sakarkiv_testkit::{
    doubles::ManualClock,
    simulators::{Server, SvarInnSim, serve},
};
use tokio::process::Command;

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
