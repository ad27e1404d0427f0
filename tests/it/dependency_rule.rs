//! Who may depend on whom (ARCHITECTURE.md): read from `cargo metadata`, so that a new line in a manifest cannot slip by.

use std::{
    collections::{BTreeMap, BTreeSet},
    process::Command,
};

use serde_json::Value;

/// What each crate of ours may use of ours in its normal and build dependencies. A crate that is missing here fails.
const ALLOWED: &[(&str, &[&str])] = &[
    ("sakarkiv-core", &[]),
    ("sakarkiv-cms", &[]),
    ("sakarkiv-xml", &["sakarkiv-core"]),
    ("sakarkiv-dropfolder", &["sakarkiv-core"]),
    ("sakarkiv-leakcheck", &["sakarkiv-core"]),
    ("sakarkiv-audit", &["sakarkiv-core"]),
    ("sakarkiv-engine", &["sakarkiv-core", "sakarkiv-audit"]),
    ("sakarkiv-sqlite", &["sakarkiv-core", "sakarkiv-audit"]),
    ("sakarkiv-http", &["sakarkiv-core"]),
    ("sakarkiv-svarut", &["sakarkiv-core", "sakarkiv-cms", "sakarkiv-http"]),
    ("sakarkiv-altinn", &["sakarkiv-core", "sakarkiv-http"]),
    ("sakarkiv-einnsyn", &["sakarkiv-core", "sakarkiv-http", "sakarkiv-xml"]),
    ("sakarkiv-journal-page", &["sakarkiv-core", "sakarkiv-xml"]),
    ("sakarkiv-fiks-arkiv", &["sakarkiv-core", "sakarkiv-dropfolder", "sakarkiv-xml"]),
    ("sakarkiv-geointegrasjon", &["sakarkiv-core", "sakarkiv-xml"]),
    ("sakarkiv-jobbnorge", &["sakarkiv-core", "sakarkiv-dropfolder", "sakarkiv-http"]),
    ("sakarkiv-fagsystem", &["sakarkiv-core", "sakarkiv-dropfolder"]),
    ("sakarkiv-reports", &["sakarkiv-core"]),
    ("sakarkiv-testkit", &["sakarkiv-core", "sakarkiv-audit", "sakarkiv-cms", "sakarkiv-engine", "sakarkiv-http"]),
    (
        "sakarkiv",
        &[
            "sakarkiv-core",
            "sakarkiv-audit",
            "sakarkiv-engine",
            "sakarkiv-leakcheck",
            "sakarkiv-http",
            "sakarkiv-sqlite",
            "sakarkiv-svarut",
            "sakarkiv-altinn",
            "sakarkiv-journal-page",
            "sakarkiv-reports",
            "sakarkiv-fagsystem",
            "sakarkiv-fiks-arkiv",
            "sakarkiv-geointegrasjon",
            "sakarkiv-jobbnorge",
            "sakarkiv-cms",
            "sakarkiv-einnsyn",
        ],
    ),
    ("sakarkiv-cli", &["sakarkiv", "sakarkiv-cms", "sakarkiv-dropfolder", "sakarkiv-leakcheck", "sakarkiv-testkit"]),
    ("sakarkiv-examples", &[]),
    ("sakarkiv-benches", &[]),
    ("sakarkiv-tests", &[]),
];

/// Crates that must not be in the tree at all, and why.
const BANNED: &[(&str, &str)] = &[
    ("openssl-sys", "a second crypto library"),
    ("native-tls", "TLS is rustls"),
    ("ring", "crypto is aws-lc-rs"),
    ("rsa", "RUSTSEC-2023-0071"),
];

/// What would betray that the core knows a network, a database, a runtime or a clock.
const NOT_IN_CORE: &[&str] = &["tokio", "reqwest", "hyper", "rusqlite", "axum", "rustls", "aws-lc-rs", "getrandom"];

fn metadata() -> Value {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--locked"])
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
        .output()
        .expect("cargo metadata runs");
    assert!(output.status.success(), "cargo metadata failed: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("cargo metadata prints JSON")
}

fn own_dependencies(metadata: &Value) -> BTreeMap<String, BTreeSet<String>> {
    let packages = metadata["packages"].as_array().expect("packages");
    let own = |name: &str| name == "sakarkiv" || name.starts_with("sakarkiv-");
    packages
        .iter()
        .filter(|package| package["source"].is_null())
        .map(|package| {
            let uses = package["dependencies"]
                .as_array()
                .expect("dependencies")
                .iter()
                .filter(|dependency| dependency["kind"] != "dev")
                .filter_map(|dependency| dependency["name"].as_str())
                .filter(|name| own(name))
                .map(str::to_owned)
                .collect();
            (package["name"].as_str().expect("name").to_owned(), uses)
        })
        .collect()
}

#[test]
fn every_crate_keeps_to_its_floor_of_the_house() {
    let allowed: BTreeMap<_, BTreeSet<_>> =
        ALLOWED.iter().map(|(name, uses)| (*name, uses.iter().copied().collect())).collect();
    for (name, uses) in own_dependencies(&metadata()) {
        let allowed = allowed.get(name.as_str()).unwrap_or_else(|| panic!("{name} has no line in this test"));
        for used in &uses {
            assert!(allowed.contains(used.as_str()), "{name} must not depend on {used}");
        }
    }
}

/// Names of all crates in the tree of the packages that `select` names.
fn tree(select: &[&str]) -> BTreeSet<String> {
    let output = Command::new(env!("CARGO"))
        .args(["tree", "--locked", "--prefix", "none"])
        .args(select)
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
        .output()
        .expect("cargo tree runs");
    assert!(output.status.success(), "cargo tree failed: {}", String::from_utf8_lossy(&output.stderr));
    let tree = String::from_utf8(output.stdout).expect("UTF-8");
    tree.lines().filter_map(|line| line.split(' ').next()).map(str::to_owned).collect()
}

#[test]
fn banned_crates_are_nowhere_in_the_tree() {
    let names = tree(&["--workspace", "--all-features", "--edges", "all", "--target", "all"]);
    assert!(names.contains("rustls"), "the tree was not read");
    for (name, reason) in BANNED {
        assert!(!names.contains(*name), "{name} is banned: {reason}");
    }
}

#[test]
fn the_core_knows_no_network_no_database_no_runtime_and_no_clock() {
    let names = tree(&["--package", "sakarkiv-core", "--edges", "normal"]);
    assert!(names.contains("serde"), "the tree was not read");
    for name in NOT_IN_CORE {
        assert!(!names.contains(*name), "sakarkiv-core pulls in {name}");
    }
}
