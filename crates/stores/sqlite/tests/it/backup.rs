//! Copies of a store at work.

use std::{fs, thread};

use sakarkiv_core::identity::TenantId;
use sakarkiv_core::ports::{DeliveryFilter, Store as _, StoreError, Transaction};

use crate::support::*;

#[test]
fn a_copy_made_under_load_is_a_store_as_it_was_at_one_moment() {
    let office = Office::new();
    wait(register(&office.store, &bodo()));
    let copy = tempfile::tempdir().unwrap();
    let write = |from: u128| {
        wait(async {
            for number in from..from + 40 {
                let blob = put(&office.store, &bodo(), &bytes(u64::try_from(number).unwrap(), 20_000)).await;
                let transaction = Transaction::new(bodo())
                    .with(add_letter(letter(&bodo(), number, &[blob])))
                    .with(sakarkiv_core::ports::Op::Audit(event(&bodo(), 1)));
                office.store.commit(transaction).await.unwrap();
            }
        });
    };
    write(1);
    let summary = thread::scope(|scope| {
        for writer in 1..4 {
            scope.spawn(move || write(writer * 100));
        }
        wait(office.store.backup(copy.path())).unwrap()
    });
    let restored = open(copy.path());
    wait(async {
        let deliveries = restored.deliveries(&bodo(), &DeliveryFilter::default(), None, 999).await.unwrap();
        assert!(deliveries.len() >= 40, "{}", deliveries.len());
        assert_eq!(restored.audit_log(&bodo(), 0, 999).await.unwrap().len(), deliveries.len());
        assert_eq!((summary.documents, summary.bytes), (deliveries.len() as u64, deliveries.len() as u64 * 20_000));
        for delivery in deliveries {
            let letter = restored.letter(&bodo(), delivery.letter).await.unwrap().unwrap();
            assert_eq!(read(&restored, &bodo(), &letter.documents[0].blob).await.unwrap().len(), 20_000);
        }
        accept(&restored, letter(&bodo(), 5_000, &[])).await;
    });
}

#[test]
fn a_store_is_not_overwritten_and_an_earlier_copys_documents_are_used_again() {
    let office = Office::new();
    let copy = tempfile::tempdir().unwrap();
    wait(async {
        register(&office.store, &bodo()).await;
        let blob = put(&office.store, &bodo(), &bytes(1, 20_000)).await;
        commit(&office.store, &bodo(), add_letter(letter(&bodo(), 1, &[blob]))).await.unwrap();
        office.store.backup(copy.path()).await.unwrap();
        assert!(matches!(office.store.backup(copy.path()).await, Err(StoreError::Invalid(_))));
        fs::remove_file(copy.path().join("sakarkiv.db")).unwrap();
        let original = office.files().remove(0);
        fs::remove_file(&original).unwrap();
        assert_eq!(office.store.backup(copy.path()).await.unwrap().documents, 1, "from the earlier copy");
    });
}

#[test]
fn a_folder_is_copied_into_by_one_at_a_time_and_never_while_it_is_open() {
    let office = Office::new();
    let copy = tempfile::tempdir().unwrap();
    wait(async {
        register(&office.store, &bodo()).await;
        let other = open(copy.path());
        fs::remove_file(copy.path().join("sakarkiv.db")).unwrap();
        assert!(matches!(office.store.backup(copy.path()).await, Err(StoreError::Invalid(_))));
        drop(other);
        office.store.backup(copy.path()).await.unwrap();
    });
    assert_eq!(wait(open(copy.path()).entries(&bodo(), case_id(1))).unwrap().len(), 1);
}

#[test]
fn what_a_killed_copy_left_is_not_played_back_over_the_next() {
    let office = Office::new();
    let copy = tempfile::tempdir().unwrap();
    let log = copy.path().join("sakarkiv.db-wal");
    let left = {
        let killed = open(copy.path());
        wait(register(&killed, &TenantId::new("annen").unwrap()));
        let left = fs::read(&log).unwrap();
        assert!(!left.is_empty());
        left
    };
    fs::remove_file(copy.path().join("sakarkiv.db")).unwrap();
    fs::write(&log, left).unwrap();
    wait(async {
        register(&office.store, &bodo()).await;
        office.store.backup(copy.path()).await.unwrap();
        let restored = open(copy.path());
        assert_eq!(restored.entries(&bodo(), case_id(1)).await.unwrap().len(), 1);
        assert_eq!(restored.entries(&TenantId::new("annen").unwrap(), case_id(1)).await.unwrap().len(), 0);
    });
}

#[test]
fn a_damaged_or_lost_document_is_told_and_leaves_no_copy_that_looks_whole() {
    let office = Office::new();
    wait(async {
        register(&office.store, &bodo()).await;
        let blob = put(&office.store, &bodo(), &bytes(1, 20_000)).await;
        commit(&office.store, &bodo(), add_letter(letter(&bodo(), 1, &[blob]))).await.unwrap();
        let file = office.files().remove(0);
        fs::write(&file, "cut").unwrap();
        for _ in 0..2 {
            let copy = tempfile::tempdir().unwrap();
            assert!(matches!(office.store.backup(copy.path()).await, Err(StoreError::Corrupt(_))));
            assert!(!copy.path().join("sakarkiv.db").exists());
            let _ = fs::remove_file(&file);
        }
    });
}
