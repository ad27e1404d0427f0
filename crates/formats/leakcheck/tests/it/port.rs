use std::{collections::HashMap, sync::Arc};

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::{StreamExt, stream};
use sakarkiv_core::{
    document::{BlobRef, ContentHash},
    identity::{ActorId, MeetingId, MeetingItemId, TenantId, Timestamp},
    ports::{Blobs, ByteStream, LeakCheck, PortError, PortErrorKind},
    publication::{
        Leak, LeakReport, MeetingDocumentKind, MeetingItemKind, Place, PublicDecision, PublicMeeting,
        PublicMeetingDocument, PublicMeetingItem, PublicRecord, PublicReport, PublicText, PublicVote, Release,
        VoteCast, clear, clear_meeting,
    },
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

/// A meeting that treats the world's case, with its document.
fn meeting(record: &PublicRecord) -> PublicMeeting {
    let (id, text) = (MeetingItemId::from_uuid(record.entry.uuid()), PublicText::nameless("Klage på garasje"));
    let documents = record.documents.clone();
    PublicMeeting {
        tenant: record.tenant.clone(),
        meeting: MeetingId::from_uuid(record.entry.uuid()),
        revision: 1,
        policy: 1,
        archive: record.archive.clone(),
        number: "2026/4".to_owned(),
        committee: record.case.unit.clone(),
        title: text.clone(),
        starts: Timestamp::UNIX_EPOCH,
        place: Some("Rådhuset".to_owned()),
        video: None,
        accessible_after: Timestamp::UNIX_EPOCH,
        documents: vec![PublicMeetingDocument {
            id,
            kind: MeetingDocumentKind::Minutes,
            title: text.clone(),
            documents: Vec::new(),
        }],
        items: vec![PublicMeetingItem {
            id,
            kind: MeetingItemKind::Political,
            number: None,
            title: text.clone(),
            video: None,
            documents: Vec::new(),
            report: Some(PublicReport {
                description: text.clone(),
                recommendation: text.clone(),
                documents: Vec::new(),
            }),
            recommendation: Some(text.clone()),
            decision: Some(PublicDecision {
                text: text.clone(),
                date: "2026-03-05".parse().unwrap(),
                proceedings: Some(text),
                votes: vec![PublicVote {
                    voter: 1,
                    name: PublicText::nameless("Leder"),
                    function: None,
                    cast: VoteCast::Yes,
                }],
                documents,
            }),
        }],
    }
}

#[tokio::test]
async fn every_text_of_a_meeting_is_looked_at_for_the_secrets_of_all_its_cases() {
    let bytes = text_page("(Vedtak) Tj");
    let world = World::with_file(&bytes, "application/pdf");
    let secrets = [Arc::new(sakarkiv_core::publication::Secrets::none()), Arc::new(world.secrets())];
    let plants: &[fn(&mut PublicMeeting, &str)] = &[
        |m, t| m.archive.title = t.to_owned(),
        |m, t| m.number = t.to_owned(),
        |m, t| m.committee.name = Some(t.to_owned()),
        |m, t| m.title.shown = t.to_owned(),
        |m, t| m.title.searchable = t.to_owned(),
        |m, t| m.place = Some(t.to_owned()),
        |m, t| m.video = Some(t.to_owned()),
        |m, t| m.documents[0].title.shown = t.to_owned(),
        |m, t| m.items[0].title.searchable = t.to_owned(),
        |m, t| m.items[0].video = Some(t.to_owned()),
        |m, t| m.items[0].report.as_mut().unwrap().description.shown = t.to_owned(),
        |m, t| m.items[0].report.as_mut().unwrap().recommendation.shown = t.to_owned(),
        |m, t| m.items[0].recommendation.as_mut().unwrap().shown = t.to_owned(),
        |m, t| m.items[0].decision.as_mut().unwrap().text.shown = t.to_owned(),
        |m, t| m.items[0].decision.as_mut().unwrap().proceedings.as_mut().unwrap().shown = t.to_owned(),
        |m, t| m.items[0].decision.as_mut().unwrap().votes[0].name.shown = t.to_owned(),
        |m, t| m.items[0].decision.as_mut().unwrap().votes[0].function = Some(t.to_owned()),
        |m, t| m.items[0].decision.as_mut().unwrap().documents[0].title.shown = t.to_owned(),
    ];
    let (checker, meeting) = (checker(), meeting(&world.record(1)));
    let report = checker.check_meeting(&meeting, &secrets, Kept::with(&bytes)).await.unwrap();
    assert!(clear_meeting(meeting.clone(), &report, &[]).is_ok(), "{report:?}");
    for (at, plant) in plants.iter().enumerate() {
        for (text, leak) in [(KARI, Leak::ScreenedName), (NUMBER, Leak::IdentityNumber)] {
            let mut meeting = meeting.clone();
            plant(&mut meeting, &format!("Brev {text}"));
            let report = checker.check_meeting(&meeting, &secrets, Kept::with(&bytes)).await.unwrap();
            assert!(report.findings.iter().any(|finding| finding.leak == leak), "plant {at}");
        }
    }
    // Where no case is treated, identity numbers are looked for all the same.
    let told = PublicMeeting { title: PublicText::nameless(format!("Om {NUMBER}")), ..meeting.clone() };
    let report = checker.check_meeting(&told, &[], Kept::with(&bytes)).await.unwrap();
    assert_eq!(report.findings.iter().map(|finding| finding.leak).collect::<Vec<_>>(), [Leak::IdentityNumber]);
    let bytes = text_page("(Fra Kari Anne Testperson) Tj");
    let world = World::with_file(&bytes, "application/pdf");
    let mut leaking = meeting;
    leaking.items[0].decision.as_mut().unwrap().documents = world.record(1).documents;
    let report = checker.check_meeting(&leaking, &secrets, Kept::with(&bytes)).await.unwrap();
    assert_eq!(report.findings[0].place, Place::DocumentText(document_id()));
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
