//! A process that dies under load, and one whose disk fails.

use std::{
    env,
    io::{BufRead as _, BufReader, Write as _},
    path::Path,
    process::{Child, Command, Stdio},
    thread,
};

use sakarkiv_core::{
    delivery::DeliveryState,
    ports::{DeliveryFilter, Op, Remembered, Store as _, StoreError, Transaction},
};
use sakarkiv_sqlite::SqliteStore;

use crate::support::*;

const FOLDER: &str = "SAKARKIV_TEST_FOLDER";
const FIRST: &str = "SAKARKIV_TEST_FIRST";

const SUBMITTERS: u128 = 8;
/// More than any run gets through.
const RUN: u128 = 1_000_000;

/// What a letter is made of follows from its number, so that a restart can tell whether all of it is there.
fn contents(number: u128) -> [bytes::Bytes; 2] {
    let seed = u64::try_from(number).unwrap();
    [bytes(seed, 20_000 + usize::try_from(seed % 40_000).unwrap()), bytes(seed + 1, 2_000)]
}

/// Accepts a letter: record, documents, key, mark and log in one.
async fn submit(store: &SqliteStore, number: u128) -> Result<(), StoreError> {
    let [large, small] = contents(number);
    let blobs = [put(store, &bodo(), &large).await, put(store, &bodo(), &small).await];
    let transaction = Transaction::new(bodo())
        .with(Op::Remember { key: number.to_string(), object: Remembered::Letter(letter_id(number)) })
        .with(add_letter(letter(&bodo(), number, &blobs)))
        .with(Op::PutMark { name: format!("latest-{}", number % SUBMITTERS), value: Some(number.to_string()) })
        .with(Op::Audit(event(&bodo(), 1)));
    store.commit(transaction).await.map(drop)
}

/// Claims a letter and stores that it was accepted, with a line in the log. Gives its number.
async fn send(store: &SqliteStore, owner: &str) -> Option<u128> {
    let claim = store.claim(request(&bodo(), owner, 5, 1)).await.unwrap().pop()?;
    let mut delivery = claim.delivery;
    delivery.state = DeliveryState::Accepted;
    delivery.due = None;
    let number = delivery.letter.uuid().as_u128() - uuid(0).as_u128();
    let transaction = Transaction::new(bodo())
        .with(Op::PutDelivery { delivery, fence: claim.fence, keep: false })
        .with(Op::Audit(event(&bodo(), 2)));
    store.commit(transaction).await.unwrap();
    Some(number)
}

/// Says something to the parent, in one piece.
fn tell(line: &str) {
    let mut out = std::io::stdout().lock();
    out.write_all(format!("{line}\n").as_bytes()).unwrap();
    out.flush().unwrap();
}

/// Not a test but the process that is killed.
#[test]
#[ignore = "started by the tests that kill it"]
fn child_under_load() {
    let (Ok(folder), Ok(first)) = (env::var(FOLDER), env::var(FIRST)) else {
        return println!("skipped: only does something when a test has started it");
    };
    let store = open(Path::new(&folder));
    let first: u128 = first.parse().unwrap();
    wait(store.release_claims(&node("child"))).unwrap();
    thread::scope(|scope| {
        for submitter in 0..SUBMITTERS {
            let store = &store;
            scope.spawn(move || {
                for number in (first + submitter..first + RUN).step_by(SUBMITTERS as usize) {
                    wait(submit(store, number)).unwrap();
                    tell(&format!("accepted {number}"));
                    if number % 2 == 0
                        && let Some(sent) = wait(send(store, "child"))
                    {
                        tell(&format!("sent {sent}"));
                    }
                }
            });
        }
    });
}

/// Not a test but the process whose disk fails.
#[test]
#[ignore = "started by the test that limits its files"]
fn child_on_a_failing_disk() {
    let Ok(folder) = env::var(FOLDER) else {
        return println!("skipped: only does something when a test has started it");
    };
    let store = open(Path::new(&folder));
    for number in 1..RUN {
        let value = Some("x".repeat(20_000));
        match wait(commit(&store, &bodo(), Op::PutMark { name: number.to_string(), value })) {
            Ok(_) => tell(&format!("accepted {number}")),
            Err(StoreError::Unavailable(_) | StoreError::Unknown(_)) => break,
            Err(other) => panic!("{other:?}"),
        }
    }
    // It may recover or not, but it answers, and reading goes on.
    for _ in 0..3 {
        let value = Some("x".repeat(200_000));
        let outcome = wait(commit(&store, &bodo(), Op::PutMark { name: "late".to_owned(), value }));
        assert!(matches!(outcome, Err(StoreError::Unavailable(_) | StoreError::Unknown(_))), "{outcome:?}");
    }
    assert!(wait(store.mark(&bodo(), "1")).unwrap().is_some());
    tell("answered to the end");
}

fn child(test: &str, folder: &Path, first: u128) -> Command {
    let mut command = Command::new(env::current_exe().unwrap());
    command.args(["--exact", test, "--ignored", "--nocapture", "--test-threads=1"]);
    command.env(FOLDER, folder).env(FIRST, first.to_string()).stdout(Stdio::piped()).stderr(Stdio::null());
    command
}

/// What the child has said in whole lines: numbers after a word.
#[derive(Debug, Default)]
struct Told {
    accepted: Vec<u128>,
    sent: Vec<u128>,
}

impl Told {
    /// Lets the child get so many acknowledgements out, kills it, and hears the rest of what it said.
    fn listen(&mut self, mut child: Child, kill_after: usize) {
        let mut lines = BufReader::new(child.stdout.take().unwrap());
        let mut heard = 0;
        let mut line = String::new();
        while lines.read_line(&mut line).unwrap() > 0 {
            if let Some(number) = line.strip_suffix('\n').and_then(|line| line.strip_prefix("accepted ")) {
                self.accepted.push(number.parse().unwrap());
                heard += 1;
            }
            if let Some(number) = line.strip_suffix('\n').and_then(|line| line.strip_prefix("sent ")) {
                self.sent.push(number.parse().unwrap());
            }
            if heard == kill_after {
                child.kill().unwrap();
            }
            line.clear();
        }
        child.wait().unwrap();
        assert!(heard >= kill_after, "the child ended by itself after {heard}");
    }
}

/// Nothing acknowledged is lost and nothing is half done.
async fn check(store: &SqliteStore, told: &Told, known_good: &mut usize) {
    let deliveries = store.deliveries(&bodo(), &DeliveryFilter::default(), None, usize::MAX).await.unwrap();
    let mut numbers = Vec::new();
    for delivery in &deliveries {
        numbers.push(delivery.letter.uuid().as_u128() - uuid(0).as_u128());
    }
    for number in &told.accepted {
        assert!(numbers.contains(number), "letter {number} was acknowledged and is lost");
    }
    for number in &told.sent {
        let delivery = store.delivery(&bodo(), letter_id(*number)).await.unwrap().unwrap();
        assert_eq!(delivery.state, DeliveryState::Accepted, "letter {number} was sent, and that is lost");
    }
    // Letters of earlier runs were looked at then.
    for number in numbers.iter().skip(*known_good) {
        let letter = store.letter(&bodo(), letter_id(*number)).await.unwrap().unwrap();
        for (document, content) in letter.documents.iter().zip(contents(*number)) {
            assert_eq!(read(store, &bodo(), &document.blob).await.unwrap(), content, "letter {number}");
        }
        let key = store.remembered(&bodo(), &number.to_string()).await.unwrap();
        assert_eq!(key, Some(Remembered::Letter(letter_id(*number))));
    }
    *known_good = numbers.len();
    let sent = deliveries.iter().filter(|delivery| delivery.state == DeliveryState::Accepted).count();
    let log = store.audit_log(&bodo(), 0, usize::MAX).await.unwrap();
    assert_eq!(log.len(), numbers.len() + sent, "one line in the log for each change");
    assert!((1..).zip(&log).all(|(place, record)| record.sequence == place));
    for submitter in 0..SUBMITTERS {
        let latest = numbers.iter().filter(|number| *number % SUBMITTERS == submitter).max();
        let mark = store.mark(&bodo(), &format!("latest-{submitter}")).await.unwrap();
        assert_eq!(mark, latest.map(ToString::to_string));
    }
}

#[test]
fn a_process_killed_at_any_moment_has_lost_nothing_it_acknowledged() {
    let Office { store, folder } = Office::new();
    wait(register(&store, &bodo()));
    drop(store);
    let (mut told, mut known_good) = (Told::default(), 0);
    for cycle in 0..if long() { 100 } else { 10 } {
        let child = child("crash::child_under_load", folder.path(), cycle * RUN + SUBMITTERS).spawn().unwrap();
        let kill_after = 1 + usize::try_from(cycle * 7_919 % 61).unwrap();
        told.listen(child, kill_after);
        let store = open(folder.path());
        wait(check(&store, &told, &mut known_good));
        wait(store.sweep()).unwrap();
        let swept = wait(store.sweep()).unwrap();
        assert_eq!((swept.seen, swept.set_aside), (known_good as u64, 0), "one file for each letter, and no litter");
    }
    println!("{} acknowledged letters, {} acknowledged deliveries, none lost", told.accepted.len(), told.sent.len());
}

#[cfg(unix)]
#[test]
fn a_disk_that_fails_is_told_and_nothing_hangs_or_is_lost() {
    let Office { store, folder } = Office::new();
    drop(store);
    let inner = child("crash::child_on_a_failing_disk", folder.path(), 0);
    // Writing beyond 800 blocks fails, which SQLite takes for an input/output error as of a broken disk.
    let mut shell = Command::new("sh");
    shell
        .args(["-c", "trap '' XFSZ; ulimit -f 800; exec \"$@\"", "sh"])
        .arg(inner.get_program())
        .args(inner.get_args());
    shell.env(FOLDER, folder.path()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let output = shell.output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("answered to the end"), "{text}\n{}", String::from_utf8_lossy(&output.stderr));
    let accepted = text.lines().filter_map(|line| line.strip_prefix("accepted ")).collect::<Vec<_>>();
    assert!(!accepted.is_empty());
    let store = open(folder.path());
    for name in &accepted {
        assert!(wait(store.mark(&bodo(), name)).unwrap().is_some(), "mark {name} was acknowledged and is lost");
    }
    assert_eq!(wait(store.mark(&bodo(), "late")).unwrap(), None, "nothing is built on a log that failed");
}
