//! The vectors beside the format's description, and the second implementation that reads them.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use sakarkiv_audit::{Verdict, verify};
use sakarkiv_core::audit::LogClass;

use crate::world::{Log, Random, keys, opened};

/// Fixed keys, salts and entries: the files of the folder `vectors`, by name.
fn vectors() -> Vec<(&'static str, Vec<u8>)> {
    let mut log = Log::new("bodo", LogClass::AccessAndProcessing, 9, &mut Random(31));
    let published = log.as_of(7).checkpoint();
    let whole = log.checkpoint();
    assert!(log.entries[2].erase("purpose"));
    let mut edited = log.clone();
    edited.entries[4].fields[0].opening.as_mut().unwrap().value = "another".into();
    let pruned = log.pruned_to(6);
    vec![
        ("key.txt", keys()[0].to_string().into_bytes()),
        ("published.note", published.to_string().into_bytes()),
        ("sound.jsonl", log.export(vec![whole])),
        ("pruned.jsonl", pruned.export(vec![pruned.checkpoint()])),
        ("edited.jsonl", edited.export(vec![edited.checkpoint()])),
        ("rolled-back.jsonl", log.as_of(5).export(vec![log.as_of(5).checkpoint()])),
    ]
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("vectors")
}

#[test]
fn the_vectors_are_what_this_version_writes() {
    for (name, bytes) in vectors() {
        let path = folder().join(name);
        if env::var_os("SAKARKIV_WRITE_VECTORS").is_some() {
            fs::write(&path, &bytes).unwrap();
        }
        assert_eq!(fs::read(&path).unwrap(), bytes, "{name} differs: the format has changed");
    }
}

#[test]
fn two_implementations_come_to_the_same_verdict() {
    if Command::new("python3").arg("--version").output().is_err() {
        println!("skipped: python3 is not there, so the second implementation cannot run");
        return;
    }
    let work = tempfile::tempdir().unwrap();
    let published = opened(&fs::read_to_string(folder().join("published.note")).unwrap().parse().unwrap());
    let both = |name: &str, bytes: &[u8]| {
        let ours = verify(bytes, &keys(), std::slice::from_ref(&published)).unwrap();
        fs::write(work.path().join("log.jsonl"), bytes).unwrap();
        let (code, text) = second(&work.path().join("log.jsonl"));
        let sound = matches!(ours, Verdict::Sound(_));
        assert_eq!(code, Some(i32::from(!sound)), "{name}: {ours:?}, but the second says {text}");
        if let Verdict::Sound(report) = ours {
            assert_eq!(text, format!("sound: {} entries, root {}\n", report.size, report.root), "{name}");
        }
        sound
    };
    let vectors = vectors();
    for (name, bytes) in vectors.iter().filter(|(name, _)| name.ends_with(".jsonl")) {
        assert_eq!(both(name, bytes), ["sound.jsonl", "pruned.jsonl"].contains(name), "{name}");
    }
    let (_, sound) = vectors.iter().find(|(name, _)| *name == "sound.jsonl").unwrap();
    let mut random = Random(32);
    for _ in 0..8 {
        let mut bent = sound.clone();
        let at = random.below(bent.len());
        bent[at] ^= 1 << random.below(8);
        assert!(!both(&format!("byte {at} changed"), &bent));
    }
}

fn second(file: &Path) -> (Option<i32>, String) {
    let Output { status, stdout, stderr } = Command::new("python3")
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("verify.py"))
        .arg(file)
        .arg("--checkpoint")
        .arg(folder().join("published.note"))
        .arg("--key")
        .arg(keys()[0].to_string())
        .output()
        .unwrap();
    (status.code(), String::from_utf8_lossy(&[stdout, stderr].concat()).into_owned())
}
