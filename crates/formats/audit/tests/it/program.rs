//! The program, as an auditor calls it.

use std::{
    fs,
    path::Path,
    process::{Command, Output},
};

use sakarkiv_audit::Note;
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

    fs::write(at("cut.jsonl"), &fs::read(at("old.jsonl")).unwrap()[..50]).unwrap();
    let (code, text) = run(folder.path(), &["cut.jsonl", "--checkpoint", "published.note"]);
    assert_eq!(code, Some(1), "{text}");

    for arguments in [&["nothing.jsonl"][..], &["log.jsonl", "--checkpoint", "bad.note"], &["log.jsonl", "--key", "x"]]
    {
        let (code, text) = run(folder.path(), arguments);
        assert_eq!(code, Some(2), "{text}");
    }
}

#[test]
fn an_auditor_gives_the_file_of_checkpoints_as_the_archive_wrote_it() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let logs = [("security", LogClass::Security), ("channel", LogClass::Channel)]
        .map(|(name, class)| (name, Log::new("bodo", class, 12, &mut Random(22))));
    // The file grows with every minute, and one checkpoint in it was cut off.
    let notes = (0..400).flat_map(|number| logs.iter().map(move |(_, log)| log.as_of(1 + number % 12).checkpoint()));
    let mut held: String = notes.map(|note| format!("{note}{}", Note::END)).collect();
    assert!(held.len() > Note::MAX_BYTES, "longer than any note");
    held.insert_str(0, &format!("arkiv.example.no/bodo/security\n3\n{}", Note::END));
    fs::write(at("held"), &held).unwrap();
    for (name, log) in &logs {
        fs::write(at(&format!("{name}.jsonl")), log.export(vec![log.checkpoint()])).unwrap();
        let (code, text) = run(folder.path(), &[&format!("{name}.jsonl"), "--checkpoint", "held"]);
        assert_eq!(code, Some(0), "{text}");
        assert!(text.contains("checkpoints: 401 agree, 0 are older"), "{text}");
        assert!(text.contains("checkpoints of other logs were left out: 400\n"), "{text}");
        assert!(text.contains("cut off while they were written perhaps, were left out: 1\n"), "{text}");
        let old = log.as_of(8);
        fs::write(at("old.jsonl"), old.export(vec![old.checkpoint()])).unwrap();
        let (code, text) = run(folder.path(), &["old.jsonl", "--checkpoint", "held"]);
        assert_eq!(code, Some(1), "{text}");
    }
}

#[test]
fn checkpoints_that_say_nothing_of_the_log_are_no_proof() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let [log, other] =
        [LogClass::Security, LogClass::Channel].map(|class| Log::new("bodo", class, 12, &mut Random(23)));
    fs::write(at("log.jsonl"), log.export(vec![log.checkpoint()])).unwrap();
    let [ours, theirs] = [&log, &other].map(|log| format!("{}{}", log.checkpoint(), Note::END));
    let changed = ours.replacen("\n12\n", "\n11\n", 1);
    for (held, told) in [
        (theirs.clone(), "no checkpoint that was given is of the log arkiv.example.no/bodo/security"),
        (theirs + &changed, "held: the signature by the key \"arkiv.example.no/log\" does not hold"),
        (ours.replace("arkiv.example.no/log ", "another "), "held: the note is signed by none of the keys given"),
        (ours.split_at(ours.len() - 20).0.to_owned(), "held: the text is not a signed note"),
        (String::new(), "held: the text is not a signed note: there is none"),
    ] {
        fs::write(at("held"), held).unwrap();
        let (code, text) = run(folder.path(), &["log.jsonl", "--checkpoint", "held"]);
        assert_eq!(code, Some(2), "{text}");
        assert!(text.contains(told), "{told}: {text}");
    }
}
