use sakarkiv_core::publication::PublicText;

use crate::world::{World, party, record};

fn with_names() -> sakarkiv_core::publication::PublicRecord {
    let mut entry = record(1, "2025-09-15");
    entry.journal.title =
        PublicText { shown: "Klage fra Kari Testperson".into(), searchable: "Klage fra *****".into() };
    entry.case.title = PublicText { shown: "Åse Prøvesen: tilsyn".into(), searchable: "*****: tilsyn".into() };
    entry.parties = vec![party("x")];
    entry.parties[0].name = PublicText { shown: "Ola Eksempel".into(), searchable: "*****".into() };
    entry
}

#[tokio::test]
async fn names_are_found_until_their_last_day_and_never_after() {
    let world = World::new().await;
    let entry = with_names();
    assert_eq!(entry.names_searchable_until.to_string(), "2026-09-15");
    world.publish(entry).await;
    let names = ["q=kari", "q=TESTPERSON", "q=Ola+Eksempel", "q=%C3%85se"];
    for name in names {
        assert_eq!(world.find(name).await, ["2026/318-1"], "{name}");
    }
    // The day ends in Norway, two hours before it does in Greenwich.
    world.clock.set("2026-09-15T21:59:59Z".parse().unwrap());
    assert_eq!(world.find("q=kari").await.len(), 1);
    world.clock.set("2026-09-15T22:00:00Z".parse().unwrap());
    for name in names {
        assert!(world.find(name).await.is_empty(), "{name}");
    }
    for word in ["q=klage", "q=tilsyn", "q=2026%2F318", "fra=2025-09-01&til=2025-09-30"] {
        assert_eq!(world.find(word).await, ["2026/318-1"], "{word}");
    }
}

#[tokio::test]
async fn the_list_of_cases_is_a_way_to_search_too() {
    let world = World::new().await;
    world.publish(with_names()).await;
    assert!(world.read("/saker/aa").await.contains("Åse Prøvesen: tilsyn"));
    world.clock.set("2026-09-16T10:00:00Z".parse().unwrap());
    assert_eq!(world.status("/saker/aa").await, 404);
    let others = world.read("/saker/andre").await;
    assert!(others.contains("*****: tilsyn") && !others.contains("Prøvesen"));
}

#[tokio::test]
async fn every_answer_asks_search_engines_to_leave_it_alone() {
    let world = World::new().await;
    world.publish(record(1, "2026-09-14")).await;
    for path in ["/", "/sok?q=a", "/saker", "/journal.atom", "/journal.json", "/ingenting"] {
        let answer = crate::world::get(&world.page.router(), path).await;
        assert_eq!(answer.header("x-robots-tag"), "noindex, noarchive", "{path}");
    }
    assert!(world.read("/").await.contains("<meta name=\"robots\" content=\"noindex, noarchive\">"));
}
