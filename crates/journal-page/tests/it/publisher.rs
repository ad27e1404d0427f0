use futures_util::FutureExt;
use sakarkiv_core::{
    identity::TenantId,
    ports::{JournalPublisher, MeetingPublisher, PortErrorKind},
    publication::{PublicMeeting, PublicText, clear_meeting},
};
use sakarkiv_testkit::conformance::Samples;

use crate::world::{World, cleared, entry_id, record, tenant};

#[tokio::test]
async fn an_entry_is_updated_by_a_newer_revision_and_by_nothing_else() {
    let world = World::new().await;
    for (revision, title) in [(2, "den andre"), (1, "den første"), (2, "den andre, feil"), (3, "den tredje")] {
        let mut entry = record(1, "2026-09-14").with_revision(revision);
        entry.journal.title = PublicText::nameless(title);
        world.publish(entry).await;
        let expected = if revision == 3 { "den tredje" } else { "den andre" };
        assert!(world.read("/").await.contains(&format!(">{expected}<")), "after revision {revision}");
    }
    let published = world.page.published(None).await.unwrap();
    assert_eq!(published.iter().map(|one| (one.entry, one.revision)).collect::<Vec<_>>(), [(entry_id(1), 3)]);
}

#[tokio::test]
async fn what_is_withdrawn_is_gone_and_withdrawing_it_again_is_well() {
    let world = World::new().await;
    world.publish(record(1, "2026-09-14")).await;
    let address = format!("/journalpost/{}", entry_id(1));
    assert!(world.read(&address).await.contains("Søknad nummer 1"));
    for _ in 0..2 {
        world.page.withdraw(entry_id(1)).await.unwrap();
        assert_eq!(world.status(&address).await, 404);
        assert!(!world.read("/").await.contains("Søknad nummer 1"));
        assert!(world.page.published(None).await.unwrap().is_empty());
    }
}

#[tokio::test]
async fn whoever_keeps_a_copy_is_told_when_something_in_it_was_taken_away_or_corrected() {
    let world = World::new().await;
    let told = || world.page.taken_away().now_or_never().is_some();
    let meeting = Samples::new(tenant().as_str()).public_meeting();
    let meeting_of = |revision| {
        let meeting = PublicMeeting { revision, ..meeting.clone() };
        clear_meeting(meeting.clone(), &meeting.clean_report(), &[]).unwrap()
    };
    world.publish(record(1, "2026-09-14")).await;
    world.page.publish_meeting(&meeting_of(1)).await.unwrap();
    assert!(!told(), "a copy without what is new shows nothing that it must not");
    world.publish(record(1, "2026-09-14").with_revision(2)).await;
    assert!(told() && !told(), "once");
    world.page.publish_meeting(&meeting_of(2)).await.unwrap();
    assert!(told());
    world.page.withdraw(entry_id(1)).await.unwrap();
    assert!(told());
    world.page.withdraw_meeting(meeting.meeting).await.unwrap();
    assert!(told());
    world.page.withdraw(entry_id(1)).await.unwrap();
    assert!(!told(), "it had gone before");
    world.page.reload().await.unwrap();
    assert!(told(), "another process may have taken something away");
}

#[tokio::test]
async fn revisions_grow_over_withdrawals() {
    let world = World::new().await;
    world.publish(record(1, "2026-09-14").with_revision(3)).await;
    world.page.withdraw(entry_id(1)).await.unwrap();
    for (revision, shown) in [(2, false), (4, true)] {
        world.publish(record(1, "2026-09-14").with_revision(revision)).await;
        assert_eq!(!world.page.published(None).await.unwrap().is_empty(), shown, "revision {revision}");
    }
}

#[tokio::test]
async fn an_entry_that_moves_to_another_day_leaves_the_first_one() {
    let world = World::new().await;
    world.publish(record(1, "2026-09-14")).await;
    world.publish(record(1, "2026-09-11").with_revision(2)).await;
    assert_eq!(world.status("/dag/2026-09-14").await, 404);
    assert!(world.read("/dag/2026-09-11").await.contains("Søknad nummer 1"));
}

#[tokio::test]
async fn what_is_published_is_told_in_pages_by_entry() {
    let world = World::new().await;
    let page = world.page.capabilities().page;
    let all = u32::try_from(page).unwrap() + 7;
    for number in (1..=all).rev() {
        world.publish(record(number, "2026-09-14")).await;
    }
    let first = world.page.published(None).await.unwrap();
    let rest = world.page.published(first.last().map(|last| last.entry)).await.unwrap();
    assert_eq!((first.len(), rest.len()), (page, 7));
    let told: Vec<_> = first.iter().chain(&rest).map(|one| one.entry).collect();
    assert_eq!(told, (1..=all).map(entry_id).collect::<Vec<_>>());
    assert!(world.page.published(Some(entry_id(all))).await.unwrap().is_empty());
}

#[tokio::test]
async fn another_tenants_entry_is_refused() {
    let world = World::new().await;
    let mut entry = record(1, "2026-09-14");
    entry.tenant = TenantId::new("annendal").unwrap();
    let refused = world.page.publish(&cleared(entry)).await.unwrap_err();
    assert_eq!(refused.kind(), PortErrorKind::Rejected);
    assert!(world.page.published(None).await.unwrap().is_empty());
}
