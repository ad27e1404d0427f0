//! SQLite's log cut off anywhere, as a loss of power leaves it: a kill alone does not show this, because the system still
//! has what was not flushed.

use std::{fs, path::Path};

use sakarkiv_core::ports::{DeliveryFilter, Op, Store as _, Transaction};
use sakarkiv_sqlite::SqliteStore;

use crate::support::*;

const LETTERS: u128 = 8;

async fn submit(store: &SqliteStore, number: u128) {
    let seed = u64::try_from(number).unwrap();
    let blobs = [put(store, &bodo(), &bytes(seed, 20_000)).await, put(store, &bodo(), &bytes(seed, 900)).await];
    let transaction = Transaction::new(bodo())
        .with(Op::PutMark { name: "latest".to_owned(), value: Some(number.to_string()) })
        .with(add_letter(letter(&bodo(), number, &blobs)))
        .with(Op::Audit(event(&bodo(), 1)));
    store.commit(transaction).await.unwrap();
}

/// The number of the latest letter, after everything of it and of those before was found whole.
async fn state(store: &SqliteStore) -> u128 {
    let mark = store.mark(&bodo(), "latest").await.unwrap();
    let latest = mark.map_or(0, |mark| mark.parse().unwrap());
    let deliveries = store.deliveries(&bodo(), &DeliveryFilter::default(), None, 99).await.unwrap();
    assert_eq!(
        deliveries.iter().map(|row| row.letter).collect::<Vec<_>>(),
        (1..=latest).map(letter_id).collect::<Vec<_>>()
    );
    assert_eq!(store.audit_log(&bodo(), 0, 99).await.unwrap().len() as u128, latest);
    for number in 1..=latest {
        let letter = store.letter(&bodo(), letter_id(number)).await.unwrap().unwrap();
        let seed = u64::try_from(number).unwrap();
        for (document, size) in letter.documents.iter().zip([20_000, 900]) {
            assert_eq!(read(store, &bodo(), &document.blob).await.unwrap(), bytes(seed, size));
        }
    }
    latest
}

fn copy_documents(from: &Path, to: &Path) {
    for file in files_below(&from.join("documents")) {
        let place = to.join(file.strip_prefix(from).unwrap());
        fs::create_dir_all(place.parent().unwrap()).unwrap();
        fs::hard_link(file, place).unwrap();
    }
}

#[test]
fn every_prefix_of_the_log_is_one_of_the_states_that_were_committed() {
    let office = Office::new();
    wait(register(&office.store, &bodo()));
    // Opened anew, so that the log begins with the first letter.
    let office = office.reopen();
    let log_file = office.folder.path().join("sakarkiv.db-wal");
    let length = || usize::try_from(fs::metadata(&log_file).map_or(0, |found| found.len())).unwrap();
    let mut ends = vec![length()];
    for number in 1..=LETTERS {
        wait(submit(&office.store, number));
        ends.push(length());
    }
    let log = fs::read(&log_file).unwrap();
    let database = fs::read(office.folder.path().join("sakarkiv.db")).unwrap();
    let step = if long() { 64 } else { 512 };
    let mut seen = vec![0_u32; ends.len()];
    for cut in (0..=log.len()).step_by(step).chain(ends.iter().copied()) {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("sakarkiv.db"), &database).unwrap();
        fs::write(folder.path().join("sakarkiv.db-wal"), &log[..cut]).unwrap();
        copy_documents(office.folder.path(), folder.path());
        let latest = wait(state(&open(folder.path())));
        let at_least = ends.iter().filter(|end| **end <= cut).count() - 1;
        assert!(latest as usize >= at_least, "{cut} bytes of the log were flushed and letter {at_least} is lost");
        seen[usize::try_from(latest).unwrap()] += 1;
    }
    assert!(seen.iter().all(|count| *count > 0), "not every state was met: {seen:?}");
    println!("{} bytes of log, {} prefixes, {} states", log.len(), seen.iter().sum::<u32>(), seen.len());
}
