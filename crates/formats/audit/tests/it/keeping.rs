//! What may happen to a log: fields are erased, the beginning is pruned, and what is left can still be verified.

use sakarkiv_audit::{
    Checkpoint, CheckpointSigner as _, Ed25519Signer, MemoryNodes, Note, Prover, Report, Verdict, What, verify,
};
use sakarkiv_core::audit::LogClass;

use crate::world::{Log, Random, keys, opened, signer};

fn sound(export: &[u8], published: &[Checkpoint]) -> Report {
    match verify(export, &keys(), published).unwrap() {
        Verdict::Sound(report) => report,
        Verdict::Tampered(finding) => panic!("{finding}"),
    }
}

fn tampered(export: &[u8], published: &[Checkpoint]) -> What {
    match verify(export, &keys(), published).unwrap() {
        Verdict::Tampered(finding) => finding.what,
        Verdict::Sound(report) => panic!("{report:?}"),
    }
}

fn log(size: u64) -> Log {
    Log::new("bodo", LogClass::AccessAndProcessing, size, &mut Random(11))
}

#[test]
fn a_sound_log_says_what_it_covers() {
    let log = log(40);
    let report = sound(&log.export(vec![log.checkpoint()]), &[opened(&log.as_of(10).checkpoint())]);
    assert_eq!((report.entries, report.start, report.size, report.attested), (40, 0, 40, 40));
    assert_eq!((report.checkpoints, report.erased_fields, report.unattested()), (2, 0, 0));
    assert_eq!(report.root, log.frontier().root());
    assert_eq!(report.first, Some(log.entries[0].header.at));
    assert_eq!(report.last, Some(log.entries[39].header.at));
}

#[test]
fn entries_behind_the_newest_checkpoint_are_counted() {
    let log = log(40);
    let report = sound(&log.export(vec![log.as_of(33).checkpoint()]), &[]);
    assert_eq!((report.attested, report.unattested()), (33, 7));
}

#[test]
fn an_empty_log_is_sound_with_its_checkpoint_and_proves_nothing_without() {
    let empty = log(0);
    assert_eq!(sound(&empty.export(vec![empty.checkpoint()]), &[]).entries, 0);
    assert_eq!(tampered(&empty.export(Vec::new()), &[]), What::NoCheckpoint);
}

#[test]
fn erasing_leaves_every_checkpoint_true() {
    let mut log = log(40);
    let published = [opened(&log.as_of(13).checkpoint()), opened(&log.checkpoint())];
    let mut erased = 0;
    for entry in log.entries.iter_mut().step_by(3) {
        erased += u64::from(entry.erase("title"));
        erased += u64::from(entry.erase("purpose"));
    }
    let export = log.export(Vec::new());
    assert_eq!(sound(&export, &published).erased_fields, erased);
    assert!(erased > 10);
    let text = String::from_utf8(export).unwrap();
    assert!(!text.contains("Klagebehandling «æøå»3\""), "the value of entry 3 is still there");
}

#[test]
fn what_is_left_of_a_pruned_log_verifies_against_checkpoints_from_before_and_after() {
    let whole = log(40);
    let (older, before) = (opened(&whole.as_of(9).checkpoint()), opened(&whole.as_of(30).checkpoint()));
    for start in 0..=40 {
        let left = whole.pruned_to(start);
        let mut published = vec![older.clone(), opened(&left.checkpoint())];
        published.extend((start <= 30).then(|| before.clone()));
        let report = sound(&left.export(vec![left.checkpoint()]), &published);
        assert_eq!((report.start, report.entries, report.size), (start, 40 - start, 40));
        assert_eq!(report.older_checkpoints, u64::from(start > 9));
    }
}

#[test]
fn a_pruned_log_goes_on_growing() {
    let whole = log(40);
    let left = whole.as_of(30).pruned_to(17);
    let mut grown = left.clone();
    grown.entries.extend_from_slice(&whole.entries[30..]);
    assert_eq!(grown.frontier(), whole.frontier());
    let newest = opened(&grown.checkpoint());
    assert_eq!(sound(&grown.export(vec![left.checkpoint()]), &[newest]).entries, 23);
}

#[test]
fn a_pruned_beginning_that_nobody_signed_for_is_told() {
    let whole = log(40);
    let export = whole.pruned_to(17).export(vec![whole.checkpoint()]);
    assert_eq!(tampered(&export, &[]), What::PrunedBeyond { start: 17, signed: 0 });
}

#[test]
fn an_entry_is_proven_to_somebody_who_holds_a_checkpoint_alone() {
    let log = log(300);
    let (mut frontier, mut nodes) = (sakarkiv_audit::Frontier::new(), MemoryNodes::new());
    log.entries.iter().for_each(|entry| nodes.append(&mut frontier, entry.leaf));
    let checkpoint = opened(&log.checkpoint());
    let uncut = sakarkiv_audit::Frontier::new();
    let proof = Prover::new(&nodes, &uncut).inclusion(123, checkpoint.size).unwrap();
    let entry = &log.entries[123];
    assert_eq!(entry.check(), Ok(()));
    assert_eq!(proof.verify(entry.leaf, checkpoint.root), Ok(()));
    assert!(proof.hashes.len() <= 9);
}

#[test]
fn keys_change_with_a_note_that_both_have_signed() {
    let log = log(5);
    let next = Ed25519Signer::from_seed("arkiv.example.no/log", &[8; 32]).unwrap();
    let mut note: Note = log.checkpoint();
    note.add_signature(&next).unwrap();
    for key in [signer().key().clone(), next.key().clone()] {
        let export = log.export(vec![note.clone()]);
        assert!(matches!(verify(&export[..], &[key], &[]).unwrap(), Verdict::Sound(_)));
    }
    let stranger = Ed25519Signer::from_seed("arkiv.example.no/log", &[9; 32]).unwrap();
    let export = log.export(vec![note]);
    let verdict = verify(&export[..], &[stranger.key().clone()], &[]).unwrap();
    assert!(matches!(verdict, Verdict::Tampered(finding) if matches!(finding.what, What::UntrustedCheckpoint { .. })));
}
