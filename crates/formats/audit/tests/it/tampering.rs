//! A hundred thousand ways to bend a log. Given the published checkpoint, every one of them is seen.

use chrono::TimeDelta;
use sakarkiv_audit::{
    Checkpoint, ExportHeader, Finding, Hash, Note, Report, SealedEntry, Verdict, Verifier, What, verify,
};
use sakarkiv_core::{
    audit::{Activity, AuditOutcome, LogClass},
    identity::ActorId,
};

use crate::world::{Log, Random, keys, opened, resealed};

/// What was bent, and what somebody outside holds.
struct World {
    log: Log,
    /// Of the whole log.
    published: Checkpoint,
    note: Note,
    /// The same log when it was shorter, with the checkpoint of that time.
    older: Log,
    older_note: Note,
    /// Same tenant, other class; other tenant, same class.
    others: [Log; 2],
}

impl World {
    fn new(size: u64, start: u64, random: &mut Random) -> Self {
        let class = LogClass::ALL[random.below(4)];
        let other_class = LogClass::ALL.into_iter().find(|other| *other != class).unwrap();
        let log = Log::new("bodo", class, size, random).pruned_to(start);
        let others = [Log::new("bodo", other_class, size, random), Log::new("salten", class, size, random)];
        let older = log.as_of(start + 1 + random.next() % (size - start - 1));
        let (note, older_note) = (log.checkpoint(), older.checkpoint());
        Self { published: opened(&note), note, older_note, log, older, others }
    }
}

/// Verifies entries without a file, and the tree's end with them.
fn verified(log: &Log, checkpoints: Vec<Note>, world: &World) -> Result<Report, Finding> {
    let header = ExportHeader::new(log.origin.clone(), log.cut.clone(), checkpoints);
    let mut verifier = Verifier::new(&header, &keys(), std::slice::from_ref(&world.published))?;
    log.entries.iter().try_for_each(|entry| verifier.entry(entry))?;
    verifier.finish(None)
}

type Bend = fn(&mut Log, &World, &mut Random);

/// Edits, of an entry left as it is otherwise and of one that is sealed anew to look whole.
const EDITS: [(&str, Bend); 11] = [
    ("value edited", |log, _, random| {
        let field = field(any(log, random), random);
        let opening = field.opening.as_mut().unwrap();
        opening.value = format!("{}.", opening.value.expose()).into();
    }),
    ("salt changed", |log, _, random| {
        let salt = random.salt();
        field(any(log, random), random).opening.as_mut().unwrap().salt = salt;
    }),
    ("erased under another commitment", |log, _, random| {
        let field = field(any(log, random), random);
        field.opening = None;
        field.commitment = Hash::default();
    }),
    ("field taken away", |log, _, random| drop(any(log, random).fields.pop())),
    ("moment moved", |log, _, random| {
        any(log, random).header.at += TimeDelta::nanoseconds(1 + i64::try_from(random.below(1 << 40)).unwrap());
    }),
    ("actor changed", |log, _, random| any(log, random).header.actor = ActorId::new("nobody").unwrap()),
    ("value edited and sealed anew", |log, _, random| {
        reseal(log, random, |event| *event = event.clone().with_detail("purpose", "another"));
    }),
    ("moment moved and sealed anew", |log, _, random| {
        reseal(log, random, |event| event.at += TimeDelta::seconds(3600));
    }),
    ("outcome changed and sealed anew", |log, _, random| {
        reseal(log, random, |event| {
            event.outcome =
                if event.outcome == AuditOutcome::Done { AuditOutcome::Refused } else { AuditOutcome::Done };
        });
    }),
    ("client and rule taken away and sealed anew", |log, _, random| {
        reseal(log, random, |event| {
            event.client = event.client.is_none().then(|| "ws-99".to_owned());
            event.rule = None;
        });
    }),
    ("leaf changed", |log, _, random| any(log, random).leaf = Hash::from_bytes([random.next().to_le_bytes()[0]; 32])),
];

/// Entries that go, come and change places.
const MOVES: [(&str, Bend); 9] = [
    ("deleted", |log, _, random| drop(log.entries.remove(random.below(log.entries.len())))),
    ("deleted and closed up", |log, _, random| {
        log.entries.remove(random.below(log.entries.len()));
        renumber(log);
    }),
    ("repeated", |log, _, random| {
        let at = random.below(log.entries.len());
        log.entries.insert(at, log.entries[at].clone());
    }),
    ("forged, put in and renumbered", |log, _, random| {
        let at = random.below(log.entries.len());
        let forged = resealed(&log.entries[at], 0, |event| event.at += TimeDelta::seconds(1));
        log.entries.insert(at, forged);
        renumber(log);
    }),
    ("swapped", |log, _, random| swap(log, random)),
    ("swapped and renumbered", |log, _, random| {
        swap(log, random);
        renumber(log);
    }),
    ("tail cut off", |log, _, random| {
        let keep = random.below(log.entries.len());
        log.entries.truncate(keep);
    }),
    ("tail forged", |log, _, random| {
        let keep = random.below(log.entries.len());
        let from = log.cut.size() + keep as u64;
        let tail = log.entries.split_off(keep);
        log.entries.extend((from..).zip(&tail).map(|(sequence, entry)| {
            resealed(entry, sequence, |event| {
                event.activity = Activity::Other("harmless".into());
                event.at += TimeDelta::nanoseconds(1);
            })
        }));
        log.entries.iter_mut().skip(keep).for_each(|entry| entry.header.class = log.origin.class());
        renumber(log);
    }),
    ("beginning cut off as if pruned", |log, _, random| {
        let start = log.cut.size() + 1 + random.below(log.entries.len()) as u64;
        *log = log.pruned_to(start);
    }),
];

/// Logs in each other's place.
const SWAPS: [(&str, Bend); 6] = [
    ("an entry of another log", |log, world, random| {
        let at = random.below(log.entries.len());
        let other = &world.others[random.below(2)];
        log.entries[at] = other.entries[at + usize::try_from(log.cut.size()).unwrap()].clone();
    }),
    ("an entry of another tenant under this one's name", |log, world, random| {
        let at = random.below(log.entries.len());
        let mut foreign = world.others[1].entries[at].clone();
        foreign.header.tenant = log.origin.tenant().clone();
        log.entries[at] = resealed(&foreign, log.cut.size() + at as u64, |_| {});
    }),
    ("all entries of another log", |log, world, random| {
        *log = Log { origin: log.origin.clone(), ..world.others[random.below(2)].pruned_to(log.cut.size()) };
    }),
    ("another log as it is", |log, world, random| *log = world.others[random.below(2)].clone()),
    ("rolled back", |log, world, _| *log = world.older.clone()),
    ("begun anew", |log, _, random| {
        *log = Log::new("bodo", log.origin.class(), 1 + random.next() % 16, random);
    }),
];

fn any<'a>(log: &'a mut Log, random: &mut Random) -> &'a mut SealedEntry {
    let at = random.below(log.entries.len());
    &mut log.entries[at]
}

fn field<'a>(entry: &'a mut SealedEntry, random: &mut Random) -> &'a mut sakarkiv_audit::SealedField {
    let at = random.below(entry.fields.len());
    &mut entry.fields[at]
}

fn reseal(log: &mut Log, random: &mut Random, change: fn(&mut sakarkiv_core::audit::AuditEvent)) {
    let entry = any(log, random);
    *entry = resealed(entry, entry.header.sequence, change);
}

fn renumber(log: &mut Log) {
    for (sequence, entry) in (log.cut.size()..).zip(&mut log.entries) {
        *entry = resealed(entry, sequence, |_| {});
    }
}

fn swap(log: &mut Log, random: &mut Random) {
    let (one, other) = (random.below(log.entries.len()), random.below(log.entries.len()));
    let other = if one == other { (other + 1) % log.entries.len() } else { other };
    log.entries.swap(one, other);
}

fn bent(bends: &[(&str, Bend)], rounds: usize, seed: u64) {
    let mut random = Random(seed);
    for round in 0..rounds {
        let start = if round % 3 == 0 { random.next() % 5 } else { 0 };
        let size = start + 2 + random.next() % 10;
        let world = World::new(size, start, &mut random);
        assert!(verified(&world.log, vec![world.note.clone()], &world).is_ok(), "the log is sound before it is bent");
        for (name, bend) in bends {
            let mut log = world.log.clone();
            bend(&mut log, &world, &mut random);
            // A log is bent only if it is another; that none is left as it was is part of what is tried.
            assert!(log.entries != world.log.entries || log.cut != world.log.cut, "{name} changed nothing");
            let verdict = verified(&log, Vec::new(), &world);
            assert!(verdict.is_err(), "{name} was not seen, seed {seed}, round {round}: {log:?}");
        }
    }
}

#[test]
fn every_edit_is_seen() {
    bent(&EDITS, 3_200, 1);
}

#[test]
fn every_deletion_insertion_and_change_of_order_is_seen() {
    bent(&MOVES, 3_600, 2);
}

#[test]
fn every_exchange_of_logs_and_every_return_to_an_older_one_is_seen() {
    bent(&SWAPS, 3_000, 3);
}

#[test]
fn an_archive_rolled_back_with_its_own_checkpoint_is_seen_by_whoever_holds_a_later_one() {
    let mut random = Random(4);
    for _ in 0..200 {
        let world = World::new(12, 2, &mut random);
        let export = world.older.export(vec![world.older_note.clone()]);
        assert!(matches!(verify(&export[..], &keys(), &[]).unwrap(), Verdict::Sound(_)), "it is sound in itself");
        let Verdict::Tampered(finding) = verify(&export[..], &keys(), std::slice::from_ref(&world.published)).unwrap()
        else {
            panic!("the return was not seen");
        };
        assert_eq!(finding.what, What::RolledBack { ends: world.older.frontier().size(), published: 12 });
    }
}

#[test]
fn no_byte_of_a_file_can_be_changed_taken_away_or_put_in() {
    let mut random = Random(5);
    for _ in 0..30 {
        let world = World::new(4, random.next() % 3, &mut random);
        let export = world.log.export(vec![world.note.clone()]);
        let bare = world.log.export(Vec::new());
        let tampered = |bytes: &[u8]| {
            let verdict = verify(bytes, &keys(), std::slice::from_ref(&world.published)).unwrap();
            matches!(verdict, Verdict::Tampered(_))
        };
        assert!(!tampered(&export) && !tampered(&bare));
        for round in 0..600 {
            // Signatures cost most: the file that carries a checkpoint is taken now and then.
            let mut bytes = if round % 8 == 0 { export.clone() } else { bare.clone() };
            let at = random.below(bytes.len());
            match round % 3 {
                0 | 1 => bytes[at] ^= 1 << random.below(8),
                _ => bytes.truncate(at),
            }
            assert!(tampered(&bytes), "byte {at} of {}", String::from_utf8_lossy(&bytes));
        }
    }
}

#[test]
fn what_was_done_is_named_and_located() {
    let mut random = Random(6);
    let world = World::new(9, 0, &mut random);
    let finding = |bend: &dyn Fn(&mut Log)| {
        let mut log = world.log.clone();
        bend(&mut log);
        verified(&log, Vec::new(), &world).unwrap_err()
    };
    let seen = |bend: &dyn Fn(&mut Log)| {
        let finding = finding(bend);
        (finding.what, finding.sequence)
    };
    let purpose = |log: &mut Log| log.entries[4].fields[0].opening.as_mut().unwrap().value = "another".into();
    let name = world.log.entries[4].fields[0].name.clone();
    assert_eq!(seen(&purpose), (What::EditedField { name }, Some(4)));
    assert_eq!(seen(&|log| log.entries[4].header.client = Some("x".into())), (What::EditedHeader, Some(4)));
    assert_eq!(seen(&|log| drop(log.entries.drain(3..5))), (What::Missing { first: 3, last: 4 }, Some(5)));
    assert_eq!(seen(&|log| log.entries.swap(3, 4)), (What::Reordered { expected: 3, found: 4 }, Some(4)));
    let repeated = |log: &mut Log| log.entries.insert(5, log.entries[2].clone());
    assert_eq!(seen(&repeated), (What::Inserted { expected: 5, found: 2 }, Some(2)));
    let foreign = |log: &mut Log| log.entries[6] = world.others[1].entries[6].clone();
    assert_eq!(seen(&foreign), (What::ForeignEntry, Some(6)));
    assert_eq!(seen(&|log| log.entries.truncate(7)).0, What::RolledBack { ends: 7, published: 9 });
    let forged = |log: &mut Log| log.entries[6] = resealed(&log.entries[6], 6, |event| event.client = Some("x".into()));
    assert_eq!(seen(&forged).0, What::Rewritten { after: 0, before: 9, published: true });
    assert_eq!(seen(&|log| *log = log.pruned_to(3)).0, What::PrunedBeyond { start: 3, signed: 0 });
    let older = world.log.as_of(5).checkpoint();
    let mut log = world.log.clone();
    forged(&mut log);
    let narrowed = verified(&log, vec![older], &world).unwrap_err();
    assert_eq!(narrowed.what, What::Rewritten { after: 5, before: 9, published: true }, "checkpoints narrow it down");
}

#[test]
fn a_finding_in_a_file_says_which_line() {
    let mut random = Random(7);
    let world = World::new(5, 0, &mut random);
    let mut log = world.log.clone();
    log.entries[2].header.client = Some("x".into());
    let export = log.export(vec![world.note]);
    let byte: usize = export.split_inclusive(|byte| *byte == b'\n').take(3).map(<[u8]>::len).sum();
    let Verdict::Tampered(finding) = verify(&export[..], &keys(), &[]).unwrap() else { panic!("it was not seen") };
    assert_eq!((finding.what, finding.sequence), (What::EditedHeader, Some(2)));
    let place = finding.place.unwrap();
    assert_eq!((place.line, place.byte), (4, byte as u64));
}
