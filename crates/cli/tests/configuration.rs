//! Configurations that would not do what they seem to: refused by the service, and by the check before it goes live.
#![expect(clippy::unwrap_used, reason = "helpers of a test that have nothing to say when the machine fails them")]

use std::{
    fs,
    path::Path,
    process::{Command, Output},
};

use sakarkiv::audit::{CheckpointSigner as _, Ed25519Signer, VerifierKey};

/// What the service says of a configuration that it does not start with.
fn refused(folder: &Path, arguments: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sakarkiv"));
    command.args(["serve", "--config"]).arg(folder.join("office.toml")).args(arguments);
    let Output { status, stderr, .. } = command.output().unwrap();
    let said = String::from_utf8(stderr).unwrap();
    assert!(!status.success(), "{said}");
    said
}

/// What the check of a configuration tells of each connection.
fn told(folder: &Path) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sakarkiv"));
    let output = command.args(["serve", "--check", "--config"]).arg(folder.join("office.toml")).output().unwrap();
    String::from_utf8(output.stdout).unwrap()
}

/// Demands that neither the check nor the service takes a configuration.
#[track_caller]
fn demand_refused(configuration: &str, told: &str) {
    let folder = tempfile::tempdir().unwrap();
    for made in ["slipp", "andre"] {
        fs::create_dir(folder.path().join(made)).unwrap();
    }
    fs::write(folder.path().join("office.toml"), configuration).unwrap();
    for arguments in [&["--check"][..], &[]] {
        let said = refused(folder.path(), arguments);
        assert!(said.contains(told), "{told}: {said}");
    }
}

fn source(id: &str, folder: &str, user: &str) -> String {
    format!(
        "[[tenants.sources]]\nid = \"{id}\"\nkind = \"folder\"\nfolder = \"{folder}\"\nunit = \"post\"\n\
         service_user = \"{user}\"\n"
    )
}

fn publication(key: &str, page: &str) -> String {
    format!("[tenants.publication]\npolicy = {{}}\nfingerprint_key = \"{key}\"\n{page}\n")
}

const BODO: &str = "data = \"store\"\n[[tenants]]\nid = \"bodo\"\n";
/// The key of RFC 8410, section 10.3.
const LOG_KEY: &str = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n-----END PRIVATE KEY-----\n";
const ROST: &str = "[[tenants]]\nid = \"rost\"\n";

#[test]
fn no_source_takes_the_place_the_user_or_the_folder_of_another() {
    let first = source("kart", "slipp", "svc-kart");
    for (second, told) in [
        (source("kart", "andre", "svc-andre"), "tenant `bodo`: source `kart` is there twice"),
        (
            source("andre", "andre", "svc-kart"),
            "tenant `bodo`: source `andre` works as `svc-kart`, who is somebody else",
        ),
        (source("andre", "andre", "kari"), "tenant `bodo`: source `andre` works as `kari`, who is somebody else"),
        (source("andre", "andre/../slipp", "svc-andre"), "is taken (tenant `bodo`: source `kart`)"),
        (
            format!("{ROST}{}", source("kart", "slipp", "svc-kart")),
            "tenant `rost`: source `kart` needs a folder of its own",
        ),
    ] {
        demand_refused(&format!("{BODO}users = [{{ id = \"kari\" }}]\n{first}{second}"), told);
    }
    demand_refused(
        &format!("{BODO}users = [{{ id = \"kari\" }}, {{ id = \"kari\" }}]\n"),
        "`users` names `kari` twice",
    );
}

#[test]
fn no_tenant_publishes_into_the_folder_of_another() {
    let key = "0f".repeat(32);
    let pages = |first: &str, second: &str| {
        let page = |folder: &str| publication(&key, &format!("page = {{ folder = {folder} }}"));
        format!("{BODO}{}{ROST}{}", page(first), page(second))
    };
    let shared = "tenant `rost`: `folder` of the journal page needs a folder of its own";
    demand_refused(&pages("\"journal\"", "\"./journal/\""), shared);
    demand_refused(
        &pages("\"a\", export = \"www\"", "\"b\", export = \"www\""),
        "tenant `rost`: `export` of the journal page needs",
    );
    demand_refused(&pages("\"a\", export = \"b\"", "\"b\""), shared);
}

#[test]
fn no_two_listen_at_one_address() {
    let calls = "[tenants.intake_http]\nlisten = \"127.0.0.1:1\"\n";
    demand_refused(&format!("{BODO}{calls}{ROST}{calls}"), "tenant `rost`: `intake_http` cannot listen at");
    let pages = "journal_page = { listen = \"0.0.0.0:1\" }\n";
    demand_refused(&format!("{pages}{BODO}{calls}"), "127.0.0.1:1 is taken (tenant `bodo`: `intake_http`)");
}

#[test]
fn the_check_refuses_what_an_office_cannot_be_made_of() {
    let follow_up = "[tenants.follow_up]\nname = \"Bodø\"\n[tenants.follow_up.reminders]\ncontact = \"75\"\nby_itself = false\n\
        sender = { account = \"post\", unit = \"post\", name = \"Bodø\", organisation = \"310000027\", \
        address = { lines = [\"Postboks 319\"], postal_code = \"8001\", city = \"Bodø\" } }\n";
    for (more, told) in [
        (publication("00", ""), "`fingerprint_key` must be 64 hexadecimal digits"),
        ("[tenants.requests]\nunit = \"post\"\n".to_owned(), "requests for access need `[tenants.einnsyn]`"),
        ("[[tenants]]\nid = \"bodo\"\n".to_owned(), "tenant `bodo` was given twice"),
        (follow_up.to_owned(), "which no channel has"),
        (
            "[log]\narchive = \"arkiv.example.no\"\nsigning_key = \"none\"\ncheckpoints = \"checkpoints\"\n".to_owned(),
            "the key that signs the log cannot be used",
        ),
    ] {
        demand_refused(&format!("{BODO}{more}"), told);
    }
}

#[test]
fn the_check_tells_the_key_of_the_log_and_where_its_checkpoints_cannot_be_kept() {
    let folder = tempfile::tempdir().unwrap();
    let checked = |checkpoints: &str| {
        let log = format!(
            "[log]\narchive = \"arkiv.example.no\"\nsigning_key = \"\"\"{LOG_KEY}\"\"\"\ncheckpoints = \"{checkpoints}\"\n"
        );
        fs::write(folder.path().join("office.toml"), format!("data = \"store\"\n{log}[[tenants]]\nid = \"bodo\"\n"))
            .unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_sakarkiv"));
        let Output { status, stdout, .. } =
            command.args(["serve", "--check", "--config"]).arg(folder.path().join("office.toml")).output().unwrap();
        (status.success(), String::from_utf8(stdout).unwrap())
    };
    let (works, said) = checked("checkpoints");
    assert!(works, "{said}");
    let key: VerifierKey = said.lines().next().unwrap().strip_prefix("note    log key: ").unwrap().parse().unwrap();
    assert_eq!(&key, Ed25519Signer::from_pkcs8("arkiv.example.no", LOG_KEY.as_bytes()).unwrap().key());
    assert!(!folder.path().join("checkpoints").exists(), "a check changes nothing");
    let (works, said) = checked("no/such/folder/checkpoints");
    assert!(!works && said.contains("FAILED  checkpoints in "), "{said}");
}

#[test]
fn the_check_refuses_folders_that_the_service_could_not_work_in() {
    demand_refused("data = \"office.toml/store\"\n[[tenants]]\nid = \"bodo\"\n", "office.toml/store` cannot be used");
    let page = publication(&"0f".repeat(32), "page = { folder = \"office.toml\" }");
    demand_refused(&format!("{BODO}{page}"), "tenant `bodo`: the folder of the journal page cannot be used");
}

#[test]
fn the_check_tells_of_folders_that_nothing_could_be_kept_in_and_makes_none() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("slipp")).unwrap();
    fs::write(folder.path().join("slipp/arkivert"), "in the way").unwrap();
    let page = publication(&"0f".repeat(32), "page = { folder = \"journal\", export = \"office.toml/www\" }");
    let source = source("kart", "slipp", "svc-kart");
    let text = format!("reports = \"office.toml/reports\"\n{BODO}{page}{source}");
    fs::write(folder.path().join("office.toml"), text).unwrap();
    let said = told(folder.path());
    for wrong in ["bodo: reports in ", "bodo: journal page in ", "bodo: source kart: "] {
        assert!(said.lines().any(|line| line.starts_with(&format!("FAILED  {wrong}"))), "{wrong}: {said}");
    }
    assert!(!folder.path().join("store").exists() && !folder.path().join("journal").exists());
    assert_eq!(fs::read_dir(folder.path().join("slipp")).unwrap().count(), 1);
}

#[test]
fn the_check_tells_where_journal_pages_cannot_be_served_and_makes_no_folder() {
    let folder = tempfile::tempdir().unwrap();
    let page = publication(&"0f".repeat(32), "page = { folder = \"journal\", export = \"www\" }");
    let text = format!("journal_page = {{ listen = \"192.0.2.1:0\" }}\n{BODO}{page}");
    fs::write(folder.path().join("office.toml"), text).unwrap();
    let said = refused(folder.path(), &["--check"]);
    assert!(said.contains("1 of 2 connections do not work"), "{said}");
    let there: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(there, ["office.toml"]);
}
