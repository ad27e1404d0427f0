//! Documents: staged, named, read, damaged.

use std::{fs, time::Duration};

use bytes::Bytes;
use futures_util::{FutureExt as _, StreamExt as _, future, stream};
use sakarkiv_core::{
    document::BlobRef,
    identity::TenantId,
    ports::{Blobs as _, PortError, PortErrorKind, Store as _, StoreError},
};

use crate::support::*;

const LARGE: usize = 100_000;

fn kind<T>(outcome: Result<T, PortError>) -> PortErrorKind {
    outcome.err().map(|error| error.kind()).unwrap()
}

async fn name(office: &Office, number: u128, blobs: &[BlobRef]) -> Result<(), StoreError> {
    commit(&office.store, &bodo(), add_letter(letter(&bodo(), number, blobs))).await.map(drop)
}

fn registered(tenants: &[TenantId]) -> Office {
    let office = Office::new();
    tenants.iter().for_each(|tenant| wait(register(&office.store, tenant)));
    office
}

#[test]
fn documents_of_every_size_come_back_as_they_were() {
    let mut office = registered(&[bodo()]);
    let sizes = [0, 1, 16 * 1024, 16 * 1024 + 1, LARGE, 700_000];
    let mut blobs = Vec::new();
    wait(async {
        for (number, size) in (1..).zip(sizes) {
            let content = bytes(size as u64, size);
            let blob = put(&office.store, &bodo(), &content).await;
            assert_eq!(blob.size, size as u64);
            assert_eq!(read(&office.store, &bodo(), &blob).await.unwrap(), content, "staged, {size}");
            name(&office, number, &[blob]).await.unwrap();
            assert_eq!(read(&office.store, &bodo(), &blob).await.unwrap(), content, "named, {size}");
            blobs.push((blob, content));
        }
    });
    office = office.reopen();
    for (blob, content) in blobs {
        assert_eq!(wait(read(&office.store, &bodo(), &blob)).unwrap(), content, "after a restart, {}", blob.size);
    }
    assert_eq!(office.files().len(), 3, "only large ones are files");
}

#[test]
fn the_same_bytes_are_one_document_however_often_they_are_put() {
    let office = registered(&[bodo()]);
    wait(async {
        let content = bytes(1, LARGE);
        let tenant = bodo();
        let both = future::join(put(&office.store, &tenant, &content), put(&office.store, &tenant, &content));
        let (first, second) = both.await;
        assert_eq!(first, second);
        name(&office, 1, &[first, second]).await.unwrap();
        let third = put(&office.store, &bodo(), &content).await;
        name(&office, 2, &[third]).await.unwrap();
        assert_eq!(office.files().len(), 1);
        assert_eq!(read(&office.store, &bodo(), &first).await.unwrap(), content);
    });
}

#[test]
fn a_tenant_never_reaches_anothers_bytes_by_a_right_hash() {
    let office = registered(&[bodo(), fire()]);
    wait(async {
        for (number, size) in [(1, 100), (2, LARGE)] {
            let blob = put(&office.store, &bodo(), &bytes(1, size)).await;
            assert_eq!(kind(read(&office.store, &fire(), &blob).await), PortErrorKind::Rejected, "staged");
            name(&office, number, &[blob]).await.unwrap();
            assert_eq!(kind(read(&office.store, &fire(), &blob).await), PortErrorKind::Rejected, "named");
            let stolen = commit(&office.store, &fire(), add_letter(letter(&fire(), number, &[blob]))).await;
            assert!(matches!(stolen, Err(StoreError::MissingBlob)));
        }
    });
}

#[test]
fn a_reference_with_another_size_is_unknown() {
    let office = registered(&[bodo()]);
    wait(async {
        for (number, size) in [(1, 100), (2, LARGE)] {
            let mut blob = put(&office.store, &bodo(), &bytes(1, size)).await;
            name(&office, number, &[blob]).await.unwrap();
            blob.size += 1;
            assert_eq!(kind(read(&office.store, &bodo(), &blob).await), PortErrorKind::Rejected);
            assert!(matches!(name(&office, number + 10, &[blob]).await, Err(StoreError::MissingBlob)));
        }
    });
}

#[test]
fn a_put_that_is_too_long_or_whose_stream_fails_leaves_nothing_behind() {
    let office = registered(&[bodo()]);
    wait(async {
        let content = bytes(1, 3 * LARGE * 3);
        let too_long = office.store.put(&bodo(), stream_of(&content), content.len() as u64 - 1).await;
        assert_eq!(kind(too_long), PortErrorKind::Rejected);
        let broken = stream_of(&content).chain(stream::iter([Err(PortError::new(PortErrorKind::Unknown, "test", ""))]));
        assert_eq!(kind(office.store.put(&bodo(), broken.boxed(), u64::MAX).await), PortErrorKind::Unknown);
        let exact = office.store.put(&bodo(), stream_of(&content), content.len() as u64).await.unwrap();
        name(&office, 1, &[exact]).await.unwrap();
        assert_eq!(office.files().len(), 1);
    });
}

#[test]
fn a_put_that_is_dropped_leaves_nothing_behind() {
    let office = registered(&[bodo()]);
    let content = bytes(1, LARGE);
    // Dropped after the first poll, when a thread has the whole document; and in the middle, when half of it is written.
    assert!(office.store.put(&bodo(), stream_of(&content), u64::MAX).now_or_never().is_none());
    let endless = stream_of(&bytes(2, 10 * LARGE)).chain(stream::pending());
    let tenant = bodo();
    let mut half = Box::pin(office.store.put(&tenant, endless.boxed(), u64::MAX));
    for round in 0..4 {
        assert!(half.as_mut().now_or_never().is_none());
        // The threads of the store do one thing after the other, so this waits for what the put has handed over.
        wait(put(&office.store, &bodo(), &bytes(10 + round, 5)));
    }
    drop(half);
    let Office { store, folder } = office;
    drop(store);
    assert_eq!(files_below(&folder.path().join("documents")), Vec::<std::path::PathBuf>::new());
}

#[test]
fn naming_a_document_that_nobody_put_is_refused() {
    let office = registered(&[bodo()]);
    wait(async {
        let elsewhere = registered(&[bodo()]);
        let blob = put(&elsewhere.store, &bodo(), &bytes(1, LARGE)).await;
        assert!(matches!(name(&office, 1, &[blob]).await, Err(StoreError::MissingBlob)));
        assert_eq!(kind(read(&office.store, &bodo(), &blob).await), PortErrorKind::Rejected);
        assert!(office.store.letter(&bodo(), letter_id(1)).await.unwrap().is_none());
    });
}

#[test]
fn what_nobody_came_to_name_goes_with_the_next_start_and_what_is_staged_now_stays() {
    let mut office = registered(&[bodo()]);
    wait(async {
        for seed in [1, 2] {
            let blob = put(&office.store, &bodo(), &bytes(seed, LARGE)).await;
            if seed == 1 {
                name(&office, 1, &[blob]).await.unwrap();
            }
        }
    });
    fs::write(office.folder.path().join("documents/.arriving/7"), "torn").unwrap();
    office = office.reopen();
    wait(async {
        let staged = put(&office.store, &bodo(), &bytes(3, LARGE)).await;
        office.store.sweep().await.unwrap();
        let swept = office.store.sweep().await.unwrap();
        assert_eq!((swept.seen, swept.set_aside), (2, 0), "the named one and the one staged now");
        assert_eq!(office.documents().len(), 2);
        let aside = office.set_aside();
        assert_eq!(aside.len(), 1, "what nobody named");
        let file = fs::File::options().write(true).open(&aside[0]).unwrap();
        let days = |days: u32| Duration::from_secs(24 * 60 * 60) * days;
        let today = file.metadata().unwrap().modified().unwrap();
        file.set_modified(today - days(29)).unwrap();
        assert_eq!(office.store.sweep().await.unwrap().removed, 0);
        file.set_modified(today - days(30)).unwrap();
        assert_eq!(office.store.sweep().await.unwrap().removed, 1);
        assert!(office.set_aside().is_empty());
        name(&office, 2, &[staged]).await.unwrap();
    });
}

#[test]
fn a_sweep_takes_nothing_from_those_who_put_and_name_at_the_same_time() {
    let office = registered(&[bodo()]);
    let tenant = bodo();
    wait(async {
        for round in 0..40_u32 {
            let contents: Vec<Bytes> = (0..4).map(|n| bytes(u64::from(round * 4 + n), LARGE)).collect();
            let writing = async {
                let puts = contents.iter().map(|content| put(&office.store, &tenant, content));
                let blobs = future::join_all(puts).await;
                name(&office, u128::from(round) + 1, &blobs).await.unwrap();
                blobs
            };
            let sweeping = async {
                for _ in 0..8 {
                    assert_eq!(office.store.sweep().await.unwrap().set_aside, 0, "round {round}");
                }
            };
            let (blobs, ()) = future::join(writing, sweeping).await;
            for (blob, content) in blobs.iter().zip(&contents) {
                assert_eq!(&read(&office.store, &tenant, blob).await.unwrap(), content, "round {round}");
            }
        }
    });
}

#[test]
fn a_file_that_no_record_names_is_not_taken_for_content() {
    let office = registered(&[bodo()]);
    let content = bytes(1, LARGE);
    let blob = {
        let elsewhere = registered(&[bodo()]);
        let blob = wait(put(&elsewhere.store, &bodo(), &content));
        let torn = elsewhere.files().remove(0);
        let place = torn.strip_prefix(elsewhere.folder.path()).unwrap();
        let here = office.folder.path().join(place);
        wait(office.store.sweep()).unwrap();
        fs::create_dir_all(here.parent().unwrap()).unwrap();
        fs::write(&here, &content[..LARGE - 1]).unwrap();
        blob
    };
    wait(async {
        assert_eq!(kind(read(&office.store, &bodo(), &blob).await), PortErrorKind::Rejected);
        assert!(matches!(name(&office, 1, &[blob]).await, Err(StoreError::MissingBlob)));
        assert_eq!(put(&office.store, &bodo(), &content).await, blob);
        name(&office, 1, &[blob]).await.unwrap();
        assert_eq!(read(&office.store, &bodo(), &blob).await.unwrap(), content);
    });
}

#[test]
fn a_file_that_was_cut_changed_lengthened_or_lost_never_ends_as_if_it_were_whole() {
    let office = registered(&[bodo()]);
    let content = bytes(1, 3 * LARGE);
    wait(async {
        let blob = put(&office.store, &bodo(), &content).await;
        name(&office, 1, &[blob]).await.unwrap();
        let file = office.files().remove(0);
        let cuts = (0..content.len()).step_by(content.len() / 7).map(|length| content.slice(..length));
        let mut flipped = content.to_vec();
        flipped[LARGE] ^= 1;
        let longer = Bytes::from([content.as_ref(), b"x"].concat());
        for damaged in cuts.chain([flipped.into(), longer]) {
            fs::write(&file, &damaged).unwrap();
            assert_eq!(kind(read(&office.store, &bodo(), &blob).await), PortErrorKind::Rejected, "{}", damaged.len());
        }
        fs::remove_file(&file).unwrap();
        assert_eq!(kind(read(&office.store, &bodo(), &blob).await), PortErrorKind::Rejected, "lost");
        put(&office.store, &bodo(), &content).await;
        assert_eq!(read(&office.store, &bodo(), &blob).await.unwrap(), content, "putting it again brings it back");
        fs::write(&file, &content[..10]).unwrap();
        office.store.sweep().await.unwrap();
        assert!(file.exists(), "damage to a named document is not swept away");
        put(&office.store, &bodo(), &content).await;
        assert_eq!(read(&office.store, &bodo(), &blob).await.unwrap(), content, "putting it again mends it");
    });
}

#[test]
fn many_small_documents_that_nobody_names_do_not_fill_the_memory() {
    let office = registered(&[bodo()]);
    wait(async {
        let mut last = None;
        for seed in 0..600 {
            let content = bytes(seed, 16 * 1024);
            last = Some((put(&office.store, &bodo(), &content).await, content));
        }
        assert_eq!(office.files().len(), 600 - 512, "8 MiB are kept in memory");
        let (blob, content) = last.unwrap();
        name(&office, 1, &[blob]).await.unwrap();
        assert_eq!(read(&office.store, &bodo(), &blob).await.unwrap(), content);
    });
}

#[test]
fn a_stream_that_outlives_its_store_ends_with_an_error() {
    let office = registered(&[bodo()]);
    let mut content = wait(async {
        let blob = put(&office.store, &bodo(), &bytes(1, 10 * LARGE)).await;
        office.store.open(&bodo(), &blob).await.unwrap()
    });
    assert!(wait(content.next()).unwrap().is_ok());
    drop(office);
    assert_eq!(kind(wait(content.next()).unwrap()), PortErrorKind::Transient);
}
