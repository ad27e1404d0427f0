//! How fast letters are accepted, against what the disk can do. Run it alone, with `--release`:
//! `cargo test --release -p sakarkiv-sqlite --test it -- --ignored --nocapture speed`.

use std::{
    fs::OpenOptions,
    io::Write as _,
    path::Path,
    sync::atomic::{AtomicU64, Ordering},
    thread,
    time::{Duration, Instant},
};

use sakarkiv_core::ports::{Op, Store as _, Transaction};
use tempfile::TempDir;

use crate::support::*;

const SUBMITTERS: u64 = 16;
const SIZE: usize = 100_000;

#[expect(clippy::disallowed_methods, reason = "measures real time on purpose")]
fn now() -> Instant {
    Instant::now()
}

/// The same bytes appended to one file, with one flush for as many letters as there are submitters.
fn raw(folder: &Path, time: Duration) -> f64 {
    let mut file = OpenOptions::new().create_new(true).append(true).open(folder.join("raw")).unwrap();
    let letters: Vec<_> = (0..SUBMITTERS).map(|seed| bytes(seed, SIZE)).collect();
    let (start, mut count) = (now(), 0_u32);
    while start.elapsed() < time {
        for letter in &letters {
            file.write_all(letter).unwrap();
            count += 1;
        }
        file.sync_all().unwrap();
    }
    f64::from(count) / start.elapsed().as_secs_f64()
}

/// Letters accepted: a document put, then letter, delivery and log in one transaction.
fn accepted(folder: &Path, time: Duration, size: usize) -> f64 {
    let store = sakarkiv_sqlite::SqliteStore::open(folder).unwrap();
    wait(register(&store, &bodo()));
    let count = AtomicU64::new(0);
    let template = bytes(1, size);
    let start = now();
    thread::scope(|scope| {
        for submitter in 0..SUBMITTERS {
            let (store, count, template) = (&store, &count, &template);
            scope.spawn(move || {
                let mut number = u128::from(submitter);
                let mut content = template.to_vec();
                while start.elapsed() < time {
                    number += u128::from(SUBMITTERS);
                    content[..16].copy_from_slice(&number.to_le_bytes());
                    let blob = wait(put(store, &bodo(), &content.clone().into()));
                    let transaction = Transaction::new(bodo())
                        .with(add_letter(letter(&bodo(), number, &[blob])))
                        .with(Op::Audit(event(&bodo(), 1)));
                    wait(store.commit(transaction)).unwrap();
                    count.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
    });
    count.load(Ordering::Relaxed) as f64 / start.elapsed().as_secs_f64()
}

#[test]
#[ignore = "measures; run it alone with --release"]
fn letters_a_second_against_the_disk() {
    // Kept to the end: what is deleted between rounds costs the disk time in the next.
    let folders: Vec<_> = (0..9).map(|_| tempfile::tempdir().unwrap()).collect();
    let mut folders = folders.iter().map(TempDir::path);
    let mut next = || folders.next().unwrap();
    // A disk that is shared or throttled changes from second to second, so both take turns.
    let time = Duration::from_secs(3);
    let rounds: Vec<_> = (0..4).map(|_| (raw(next(), time), accepted(next(), time, SIZE))).collect();
    for (raw, accepted) in &rounds {
        println!("raw {raw:.0} letters/s, accepted {accepted:.0} letters/s, ratio {:.2}", accepted / raw);
    }
    println!("small letters (2 kB): {:.0}/s", accepted(next(), time, 2_000));
    let (raw, accepted) = rounds.into_iter().fold((0.0, 0.0), |sum, round| (sum.0 + round.0, sum.1 + round.1));
    println!("together: ratio {:.2}", accepted / raw);
    assert!(accepted > 1_000.0 * 4.0, "fewer than 1,000 letters a second");
}
