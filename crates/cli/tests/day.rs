//! The program as a person runs it.

use std::process::{Command, Output};

#[expect(clippy::expect_used, reason = "a test that cannot start the program has nothing to say")]
fn sakarkiv(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_sakarkiv")).args(arguments).output().expect("the program starts")
}

fn last_line(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).lines().last().unwrap_or_default().to_owned()
}

#[test]
fn a_day_with_the_office_killed_at_random_moments_loses_doubles_and_leaks_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let keep = folder.path().join("day");
    let output = sakarkiv(&["--seed", "11", "--kills", "4", "--keep", keep.to_str().unwrap()]);
    assert_eq!(last_line(&output), "day: ok lost=0 doubled=0 leaked=0", "{}", String::from_utf8_lossy(&output.stdout));
    assert!(output.status.success());
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(said.contains("Lukket Luke AS") && said.contains("Gi en ansatt tilgang"), "the unopened mail is summed up");
    assert!(!said.contains("Sen Svarer AS"), "whoever was reminded has opened it");
    let report = std::fs::read_to_string(keep.join("report.html")).unwrap();
    assert!(report.contains("<svg") && report.contains("day: ok"), "the report lacks its picture or verdict");
}

#[test]
fn a_day_is_not_played_over_another_ones_store() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("something"), "here").unwrap();
    let output = sakarkiv(&["--keep", folder.path().to_str().unwrap()]);
    assert!(!output.status.success());
    assert!(last_line(&output).contains("is not empty"), "{}", last_line(&output));
}

#[test]
fn the_service_says_what_is_wrong_with_its_configuration() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("office.toml");
    std::fs::write(&config, "data = \"store\"\ntenants = [{ id = \"Bodø\" }]\n").unwrap();
    let output = sakarkiv(&["serve", "--check", "--config", config.to_str().unwrap()]);
    assert!(!output.status.success());
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("TenantId") && said.contains("a-z"), "{said}");
}
