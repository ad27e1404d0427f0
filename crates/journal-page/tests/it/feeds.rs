use sakarkiv_core::publication::PublicText;
use sakarkiv_journal_page::PageSettings;
use serde_json::Value;

use crate::world::{World, entry_id, get, record};

async fn world() -> World {
    let settings =
        PageSettings { public_url: Some("https://provedal.example/journal".into()), ..PageSettings::new("Prøvedal") };
    let world = World::with(settings).await;
    for number in 1..=60 {
        world.publish(record(number, "2026-09-14")).await;
    }
    world
}

#[tokio::test]
async fn the_json_feed_holds_the_newest_entries_under_whole_addresses() {
    let answer = get(&world().await.page.router(), "/nn/journal.json").await;
    assert_eq!(answer.header("content-type"), "application/feed+json; charset=utf-8");
    let feed: Value = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!(feed["version"], "https://jsonfeed.org/version/1.1");
    assert_eq!((&feed["language"], feed["items"].as_array().unwrap().len()), (&Value::from("nn"), 50));
    assert_eq!(feed["home_page_url"], "https://provedal.example/journal/nn/forside");
    let newest = &feed["items"][0];
    assert_eq!(newest["title"], "2026/318-60: Søknad nummer 60");
    assert_eq!(newest["url"], format!("https://provedal.example/journal/nn/journalpost/{}", entry_id(60)));
    assert_eq!(newest["date_modified"], "2026-09-15T10:00:00Z");
}

#[tokio::test]
async fn the_atom_feed_is_well_formed_whatever_stands_in_a_title() {
    let world = world().await;
    let mut entry = record(61, "2026-09-14");
    entry.journal.title = PublicText::nameless("A & B <c> \u{1} \u{FFFF}");
    world.publish(entry).await;
    let text = world.read("/journal.atom").await;
    let feed = sakarkiv_xml::parse(text.as_bytes(), &sakarkiv_xml::Limits::default()).unwrap();
    assert_eq!((feed.name(), feed.all("entry").count()), ("feed", 50));
    assert!(text.contains("2026/318-61: A &amp; B &lt;c&gt; \u{FFFD} \u{FFFD}"));
    assert!(text.contains(&format!("<id>urn:uuid:{}</id>", entry_id(61))));
}

#[tokio::test]
async fn entries_outside_of_the_list_are_in_no_feed() {
    let world = World::new().await;
    world.publish(record(1, "2026-01-14")).await;
    assert!(!world.read("/journal.atom").await.contains("<entry>"));
    assert!(!world.read("/journal.json").await.contains("Søknad"));
}
