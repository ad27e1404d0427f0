use std::{collections::HashMap, sync::Arc};

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::{StreamExt, stream};
use sakarkiv_core::{
    document::{BlobRef, ContentHash},
    identity::{ActorId, TenantId, Timestamp},
    ports::{Blobs, ByteStream, LeakCheck, PortError, PortErrorKind},
    publication::{Leak, LeakReport, Place, PublicRecord, PublicText, Release, clear},
};
use sakarkiv_leakcheck::{FingerprintKey, LeakChecker, LeakConfig};

use super::{
    pdfs::text_page,
    world::{KARI, NUMBER, World, checker, document_id},
};

#[derive(Debug, Default)]
struct Kept(HashMap<ContentHash, Vec<u8>>);

impl Kept {
    fn with(bytes: &[u8]) -> Arc<dyn Blobs> {
        Arc::new(Self([(BlobRef::of(bytes).hash, bytes.to_vec())].into()))
    }
}

#[async_trait]
impl Blobs for Kept {
    async fn put(&self, _: &TenantId, _: ByteStream, _: u64) -> Result<BlobRef, PortError> {
        Err(PortError::new(PortErrorKind::Unsupported, "kept.put", "keeps what it was given"))
    }

    async fn open(&self, _: &TenantId, blob: &BlobRef) -> Result<ByteStream, PortError> {
        let unknown = || PortError::new(PortErrorKind::Rejected, "kept.open", "not kept");
        let bytes = self.0.get(&blob.hash).cloned().ok_or_else(unknown)?;
        let chunks: Vec<_> = bytes.chunks(100).map(|chunk| Ok(Bytes::copy_from_slice(chunk))).collect();
        Ok(stream::iter(chunks).boxed())
    }
}

async fn check(checker: &LeakChecker, world: &World, record: &PublicRecord, bytes: &[u8]) -> LeakReport {
    checker.check(record, &Arc::new(world.secrets()), Kept::with(bytes)).await.unwrap()
}

fn release(report: &LeakReport, at: usize) -> Release {
    Release {
        entry: report.entry,
        fingerprint: report.findings[at].fingerprint,
        by: ActorId::new("arkivar").unwrap(),
        at: Timestamp::UNIX_EPOCH,
    }
}

#[tokio::test]
async fn a_clean_record_with_a_clean_document_leaves() {
    let bytes = text_page("(Vedtak om garasje) Tj");
    let world = World::with_file(&bytes, "application/pdf");
    let record = world.record(1);
    assert_eq!(record.files().count(), 1);
    let report = check(&checker(), &world, &record, &bytes).await;
    assert_eq!(report.findings, []);
    assert!(clear(record, &report, &[]).is_ok());
}

#[tokio::test]
async fn a_name_in_a_document_holds_the_entry_back_with_place_and_kind_and_nothing_else() {
    let bytes = text_page("(Klage fra Kari Anne Testperson, 018190 00553) Tj");
    let world = World::with_file(&bytes, "application/pdf");
    let record = world.record(1);
    let report = check(&checker(), &world, &record, &bytes).await;
    let told: Vec<_> = report.findings.iter().map(|finding| (finding.place, finding.leak)).collect();
    let place = Place::DocumentText(document_id());
    assert_eq!(told, [(place, Leak::IdentityNumber), (place, Leak::ScreenedName)]);
    let shown = format!("{report:?} {:?}", clear(record, &report, &[]));
    assert!(!shown.contains("Testperson") && !shown.contains("00553"));
}

#[tokio::test]
async fn every_text_of_a_record_is_looked_at() {
    let bytes = text_page("(Vedtak) Tj");
    let world = World::with_file(&bytes, "application/pdf");
    let plants: &[fn(&mut PublicRecord, &str)] = &[
        |r, t| r.archive.title = t.to_owned(),
        |r, t| r.archive.series = Some(t.to_owned()),
        |r, t| r.archive.series_title = Some(t.to_owned()),
        |r, t| r.archive.class = Some(t.to_owned()),
        |r, t| r.case.title = PublicText::nameless(t),
        |r, t| r.case.title.searchable = t.to_owned(),
        |r, t| r.case.unit.name = Some(t.to_owned()),
        |r, t| r.journal.title.shown = t.to_owned(),
        |r, t| r.journal.title.searchable = t.to_owned(),
        |r, t| r.journal.unit.name = Some(t.to_owned()),
        |r, t| r.journal.screening.as_mut().unwrap().legal_basis = t.to_owned(),
        |r, t| r.journal.screening.as_mut().unwrap().code = t.to_owned(),
        |r, t| r.parties[0].name.shown = t.to_owned(),
        |r, t| r.parties[0].name.searchable = t.to_owned(),
        |r, t| {
            r.parties[0].unit =
                Some(sakarkiv_core::publication::PublicUnit { id: r.case.unit.id.clone(), name: Some(t.to_owned()) })
        },
        |r, t| r.documents[0].title.shown = t.to_owned(),
        |r, t| r.documents[0].title.searchable = t.to_owned(),
        |r, t| r.documents[0].kind = t.to_owned(),
        |r, t| r.documents[0].file.as_mut().unwrap().name = sakarkiv_core::document::FileName::sanitize(t),
    ];
    let checker = checker();
    for (at, plant) in plants.iter().enumerate() {
        for (text, leak) in [(KARI, Leak::ScreenedName), (NUMBER, Leak::IdentityNumber)] {
            let mut record = world.record(1);
            plant(&mut record, &format!("Brev {text}"));
            let report = check(&checker, &world, &record, &bytes).await;
            assert!(report.findings.iter().any(|finding| finding.leak == leak), "plant {at}");
        }
    }
}

#[tokio::test]
async fn what_is_released_stays_released_until_the_text_changes() {
    let bytes = text_page("(Vedtak) Tj");
    let world = World::with_file(&bytes, "application/pdf");
    let checker = checker();
    let mut record = world.record(1);
    record.journal.title = PublicText::nameless("Klage fra Testperson");
    let report = check(&checker, &world, &record, &bytes).await;
    assert_eq!(report.findings.len(), 1);
    let releases = [release(&report, 0)];
    let later = record.clone().with_revision(9);
    assert!(clear(later.clone(), &check(&checker, &world, &later, &bytes).await, &releases).is_ok());
    record.journal.title = PublicText::nameless("Klage fra Testpersons");
    assert!(clear(record.clone(), &check(&checker, &world, &record, &bytes).await, &releases).is_err());
}

#[tokio::test]
async fn fingerprints_differ_with_the_key_the_place_and_the_kind() {
    let bytes = text_page("(Vedtak) Tj");
    let world = World::with_file(&bytes, "application/pdf");
    let mut record = world.record(1);
    record.journal.title = PublicText::nameless(KARI);
    record.case.title = PublicText::nameless(KARI);
    let ours = check(&checker(), &world, &record, &bytes).await;
    assert_eq!(ours.findings.len(), 2);
    assert_ne!(ours.findings[0].fingerprint, ours.findings[1].fingerprint);
    let others = LeakChecker::new(LeakConfig::default(), FingerprintKey::new([8; 32]));
    assert_ne!(check(&others, &world, &record, &bytes).await.findings[0].fingerprint, ours.findings[0].fingerprint);
    assert!(format!("{others:?} {:?}", FingerprintKey::new([8; 32])).contains("FingerprintKey(..)"));
}

#[tokio::test]
async fn a_file_that_cannot_be_read_is_a_finding_and_one_that_cannot_be_had_an_error() {
    let world = World::with_file(b"\x89PNG", "image/png");
    let record = world.record(1);
    let report = check(&checker(), &world, &record, b"\x89PNG").await;
    assert_eq!(report.findings.iter().map(|finding| finding.leak).collect::<Vec<_>>(), [Leak::UnknownFormat]);
    assert!(clear(record.clone(), &report, &[release(&report, 0)]).is_ok());
    let error = checker().check(&record, &Arc::new(world.secrets()), Arc::new(Kept::default())).await.unwrap_err();
    assert_eq!(error.kind(), PortErrorKind::Rejected);
}
