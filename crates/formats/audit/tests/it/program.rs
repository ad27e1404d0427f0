//! The program, as an auditor calls it.

use std::{
    fs,
    path::Path,
    process::{Command, Output},
};

use sakarkiv_core::audit::LogClass;

use crate::world::{Log, Random, keys};

fn run(folder: &Path, arguments: &[&str]) -> (Option<i32>, String) {
    let program = env!("CARGO_BIN_EXE_sakarkiv-audit");
    let key = keys()[0].to_string();
    let Output { status, stdout, stderr } =
        Command::new(program).current_dir(folder).args(["verify", "--key", &key]).args(arguments).output().unwrap();
    (status.code(), String::from_utf8(stdout).unwrap() + &String::from_utf8(stderr).unwrap())
}

#[test]
fn an_auditor_learns_whether_a_log_is_sound_and_where_it_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let log = Log::new("bodo", LogClass::Security, 12, &mut Random(21));
    let export = log.export(vec![log.checkpoint()]);
    fs::write(at("log.jsonl"), &export).unwrap();
    fs::write(at("old.jsonl"), log.as_of(8).export(vec![log.as_of(8).checkpoint()])).unwrap();
    fs::write(at("published.note"), log.checkpoint().to_string()).unwrap();
    fs::write(at("bad.note"), log.checkpoint().to_string().replacen("12", "13", 1)).unwrap();

    let (code, text) = run(folder.path(), &["log.jsonl", "--checkpoint", "published.note"]);
    assert_eq!(code, Some(0), "{text}");
    assert!(text.starts_with("SOUND: arkiv.example.no/bodo/security\nentries:     12 (from 0 on"), "{text}");

    let (code, text) = run(folder.path(), &["old.jsonl", "--checkpoint", "published.note", "--json"]);
    assert_eq!(code, Some(1), "{text}");
    let verdict: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(verdict["verdict"], "tampered");
    assert_eq!(
        (&verdict["what"], &verdict["ends"], &verdict["published"]),
        (&"rolled_back".into(), &8.into(), &12.into())
    );
    assert_eq!(verdict["line"], 10);

    let mut flipped = export;
    let place = flipped.windows(9).position(|window| window == b"\"purpose\"").unwrap();
    flipped[place + 3] ^= 1;
    fs::write(at("flipped.jsonl"), flipped).unwrap();
    let (code, text) = run(folder.path(), &["flipped.jsonl"]);
    assert_eq!(code, Some(1), "{text}");
    assert!(text.starts_with("TAMPERED: ") && text.contains("at entry 0, in line 2 (from byte "), "{text}");

    for arguments in [&["nothing.jsonl"][..], &["log.jsonl", "--checkpoint", "bad.note"], &["log.jsonl", "--key", "x"]]
    {
        let (code, text) = run(folder.path(), arguments);
        assert_eq!(code, Some(2), "{text}");
    }
}
