//! Meetings of committees (R7.9).

use std::{fs, sync::Arc};

use proptest::prelude::*;
use sakarkiv_core::{
    identity::{DocumentId, MeetingId, TenantId},
    ports::{MeetingPublisher, PortErrorKind},
    publication::{PublicMeeting, PublicText, VoteCast, clear_meeting},
};
use sakarkiv_journal_page::{FolderStore, JournalPage, PagePorts, PageSettings, PageStore, StoredMeeting};
use sakarkiv_testkit::{
    conformance::Samples,
    doubles::{ManualClock, MemoryBlobs},
};
use uuid::Uuid;

use crate::world::{NOW, PDF, World, document, document_id, get, record, tenant};

fn meeting() -> PublicMeeting {
    let mut meeting = Samples::new(tenant().as_str()).public_meeting();
    meeting.title = PublicText { shown: "Møte om Kari Testperson".into(), searchable: "Møte om *****".into() };
    meeting.starts = "2026-09-14T16:00:00Z".parse().unwrap();
    meeting
}

fn other(number: u32, starts: &str) -> PublicMeeting {
    PublicMeeting {
        meeting: MeetingId::from_uuid(Uuid::from_u128(0xA000 + u128::from(number))),
        title: PublicText::nameless(format!("Møte nummer {number}")),
        starts: starts.parse().unwrap(),
        ..meeting()
    }
}

async fn publish(page: &JournalPage, meeting: PublicMeeting) {
    let report = meeting.clean_report();
    page.publish_meeting(&clear_meeting(meeting, &report, &[]).unwrap()).await.unwrap();
}

fn address(meeting: &PublicMeeting) -> String {
    format!("/mote/{}", meeting.meeting)
}

#[tokio::test]
async fn a_meeting_tells_when_and_where_what_was_treated_and_who_voted_what() {
    let (world, meeting) = (World::new().await, meeting());
    publish(&world.page, meeting.clone()).await;
    let text = world.read(&address(&meeting)).await;
    for told in [
        "<h1>Møte om Kari Testperson</h1>",
        "Formannskapet",
        "mandag 14. september 2026 kl. 18.00",
        "Raadhuset",
        "Innkalling til moetet",
        "Politisk sak 2026/12",
        "Saksframlegg",
        "Planen gjelder garasjer",
        "Utredning av planen",
        "Raadet vedtar planen",
        "Planen er vedtatt",
        "Ingen hadde merknader",
        "Protokoll for saken",
        "data-label=\"Stemme\">Blankt<",
    ] {
        assert!(text.contains(told), "{told}");
    }
    let nynorsk = world.read(&format!("/nn{}", address(&meeting))).await;
    assert!(nynorsk.contains("måndag 14. september") && nynorsk.contains("data-label=\"Røyst\">Ja<"));
}

#[tokio::test]
async fn the_list_shows_the_latest_meeting_first_by_titles_that_name_nobody() {
    let world = World::with(PageSettings { per_page: 10, ..PageSettings::new("Prøvedal") }).await;
    assert_eq!(world.status("/moter").await, 404);
    assert!(!world.read("/").await.contains("Politiske møter"));
    publish(&world.page, meeting()).await;
    for number in 1..=12 {
        publish(&world.page, other(number, &format!("2026-08-{number:02}T16:00:00Z"))).await;
    }
    let (first, second) = (world.read("/moter").await, world.read("/moter_2").await);
    let place = |title: &str| first.find(title).unwrap_or_else(|| panic!("no {title}"));
    assert!(place("Møte om *****") < place("Møte nummer 12<") && place("Møte nummer 12<") < place("Møte nummer 11<"));
    assert!(second.contains("Møte nummer 1<") && !first.contains("Testperson") && !first.contains("Møte nummer 1<"));
    assert!(world.read("/").await.contains("href=\"./moter\""));
}

#[tokio::test]
async fn a_meeting_is_shown_from_its_moment_and_its_documents_from_theirs() {
    let world = World::new().await;
    let mut meeting = meeting();
    meeting.accessible_after = "2026-09-16T00:00:00Z".parse().unwrap();
    let content = world.blobs.insert(&tenant(), PDF);
    meeting.items[0].documents = vec![document(1, content, "2026-09-17T00:00:00Z")];
    let path = address(&meeting);
    let file = format!("/motedokument/{}/{}.pdf", meeting.meeting, document_id(1));
    publish(&world.page, meeting).await;
    assert_eq!([world.status(&path).await, world.status("/moter").await].map(|status| status.as_u16()), [404, 404]);
    world.clock.set("2026-09-16T00:00:00Z".parse().unwrap());
    assert!(world.read(&path).await.contains("Åpnes 17.09.2026"));
    assert_eq!(world.status(&file).await, 404);
    world.clock.set("2026-09-17T00:00:00Z".parse().unwrap());
    assert!(world.read(&path).await.contains(&format!("href=\"..{file}\"")));
    assert_eq!(get(&world.page.router(), &file).await.body, PDF);
    let unknown = DocumentId::from_uuid(Uuid::from_u128(1));
    assert_eq!(world.status(&file.replace(&document_id(1).to_string(), &unknown.to_string())).await, 404);
}

#[tokio::test]
async fn what_is_withdrawn_is_gone_from_pages_files_and_store_and_comes_back_by_nothing_older() {
    let (kept, written) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let open = || async {
        let store = Arc::new(FolderStore::open(kept.path()).unwrap());
        let ports = PagePorts { store, blobs: Arc::new(MemoryBlobs::new()), clock: ManualClock::at(NOW).port() };
        JournalPage::open(tenant(), PageSettings::new("Prøvedal kommune"), ports).await.unwrap()
    };
    let (page, meeting) = (open().await, PublicMeeting { revision: 3, ..meeting() });
    let path = address(&meeting);
    publish(&page, meeting.clone()).await;
    let page = open().await;
    assert_eq!(get(&page.router(), &path).await.status, 200);
    page.export(written.path()).await.unwrap();
    let file = written.path().join(format!("mote/{}.html", meeting.meeting));
    assert!(fs::read_to_string(&file).unwrap().contains("Planen er vedtatt"));
    page.withdraw_meeting(meeting.meeting).await.unwrap();
    let withdrawn = StoredMeeting::withdrawn(meeting.meeting, 3, NOW.parse().unwrap());
    assert_eq!(FolderStore::open(kept.path()).unwrap().all_meetings().unwrap(), [withdrawn]);
    page.export(written.path()).await.unwrap();
    assert!(!file.exists() && !written.path().join("moter.html").exists());
    let page = open().await;
    for (revision, status) in [(2, 404), (3, 200)] {
        publish(&page, PublicMeeting { revision, ..meeting.clone() }).await;
        assert_eq!(get(&page.router(), &path).await.status, status, "revision {revision}");
    }
}

#[tokio::test]
async fn a_damaged_meeting_is_told_rather_than_left_out() {
    let folder = tempfile::tempdir().unwrap();
    let store = FolderStore::open(folder.path()).unwrap();
    store.put_meeting(&StoredMeeting::published(other(7, NOW), NOW.parse().unwrap())).unwrap();
    let id = other(7, NOW).meeting.to_string();
    let file = folder.path().join("meetings").join(id.get(34..).unwrap()).join(format!("{id}.json"));
    let whole = fs::read_to_string(&file).unwrap();
    fs::write(&file, whole.replacen(&id, &other(8, NOW).meeting.to_string(), 1)).unwrap();
    assert!(store.all_meetings().unwrap_err().to_string().contains(&id));
}

#[tokio::test]
async fn another_tenants_meeting_is_refused() {
    let world = World::new().await;
    let meeting = PublicMeeting { tenant: TenantId::new("annendal").unwrap(), ..meeting() };
    let report = meeting.clean_report();
    let refused = world.page.publish_meeting(&clear_meeting(meeting, &report, &[]).unwrap()).await.unwrap_err();
    assert_eq!(refused.kind(), PortErrorKind::Rejected);
    assert!(world.page.published_meetings(None).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_recording_is_a_link_only_when_its_address_is_one_of_the_web() {
    let world = World::new().await;
    let mut meeting = meeting();
    meeting.video = Some("javascript:alert(1)".into());
    meeting.items[0].video = Some("https://opptak.example/?t=7&\"><script>".into());
    publish(&world.page, meeting.clone()).await;
    let text = world.read(&address(&meeting)).await;
    assert!(text.contains("href=\"https://opptak.example/?t=7&amp;&quot;&gt;&lt;script&gt;\""));
    assert!(!text.contains("javascript:") && !text.contains("<script"));
}

/// The meeting with one text wherever there is room for one.
fn full_of(text: &str, world: &World) -> PublicMeeting {
    let mut meeting = meeting();
    let public = || PublicText { shown: text.to_owned(), searchable: format!("{text} to") };
    let mut paper = document(1, world.blobs.insert(&tenant(), PDF), "2026-09-01T00:00:00Z");
    (paper.title, paper.kind) = (public(), text.to_owned());
    paper.file.as_mut().unwrap().name = sakarkiv_core::document::FileName::sanitize(text);
    (meeting.title, meeting.number, meeting.place) = (public(), text.to_owned(), Some(text.to_owned()));
    (meeting.committee.name, meeting.video) = (Some(text.to_owned()), Some(text.to_owned()));
    (meeting.documents[0].title, meeting.documents[0].documents) = (public(), vec![paper.clone()]);
    let item = &mut meeting.items[0];
    (item.title, item.recommendation, item.documents) = (public(), Some(public()), vec![paper.clone()]);
    let report = item.report.as_mut().unwrap();
    (report.description, report.recommendation, report.documents) = (public(), public(), vec![paper.clone()]);
    let decision = item.decision.as_mut().unwrap();
    (decision.text, decision.proceedings, decision.documents) = (public(), Some(public()), vec![paper]);
    for vote in &mut decision.votes {
        (vote.name, vote.function, vote.cast) = (public(), Some(text.to_owned()), VoteCast::No);
    }
    meeting
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn whatever_stands_in_a_meeting_the_tags_of_its_pages_are_the_same(text in crate::escaping::wicked()) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let mut pages = Vec::new();
            for said in ["Vanlig tekst", &text] {
                let world = World::new().await;
                world.publish(record(1, "2026-09-14")).await;
                let meeting = full_of(said, &world);
                let path = address(&meeting);
                publish(&world.page, meeting).await;
                let mut seen = Vec::new();
                for path in ["/".to_owned(), "/moter".to_owned(), format!("/nn{path}"), path] {
                    seen.push(crate::escaping::tags(&world.read(&path).await));
                }
                pages.push(seen);
            }
            assert_eq!(pages[0], pages[1], "{text}");
        });
    }
}
