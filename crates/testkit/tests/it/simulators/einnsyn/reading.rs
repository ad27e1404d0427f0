//! What is shown to whom, and page by page.

use sakarkiv_testkit::simulators::einnsyn::Entity;
use serde_json::{Value, json};

use super::office::{Office, case, case_with, id, ids, party, refused, whole_entry};

#[tokio::test]
async fn what_is_held_back_is_there_for_its_owner_alone_until_its_time() {
    let office = Office::new().await;
    let neighbour = office.neighbour();
    let mut held_back = case_with(1, [whole_entry(1)]);
    held_back["accessibleAfter"] = json!("2026-09-14T12:00:00+02:00");
    let made = office.publish(held_back).await;
    assert_eq!(made["accessibleAfter"], "2026-09-14T12:00:00+02:00");
    for path in ["/saksmappe/sak-1", "/journalpost/jp-1"] {
        assert_eq!(office.get(path).await.status, 200, "{path}");
        assert_eq!(office.look(path).await.status, 404, "{path}");
        let theirs = office.call(http::Method::GET, path, Some(&neighbour.key), None).await;
        assert_eq!(theirs.status, 404, "{path}");
    }
    assert!(ids(&office.look("/journalpost").await.with(200)).is_empty());
    assert!(!office.einnsyn.public_text().contains("jp-1"));
    assert_eq!(office.look("/dokumentbeskrivelse/dok-1").await.status, 200, "what hangs on it is not held back");
    office.pass(2);
    assert_eq!(office.look("/journalpost/jp-1").await.status, 200);
    assert_eq!(office.look("/saksmappe/sak-1").await.with(200)["accessibleAfter"], Value::Null);
    office.patch("/saksmappe/sak-1", json!({"accessibleAfter": "2027-01-01T00:00:00Z"})).await.with(200);
    assert_eq!(office.look("/journalpost/jp-1").await.status, 404);
    office.patch("/saksmappe/sak-1", json!({"accessibleAfter": "2026-01-01T00:00:00Z"})).await.with(200);
    assert_eq!(office.look("/journalpost/jp-1").await.status, 200);
}

#[tokio::test]
async fn some_members_are_for_the_owner_alone() {
    let office = Office::new().await;
    let mut body = case_with(1, [whole_entry(1)]);
    let mut clerk = party(1);
    clerk["saksbehandler"] = json!("Siri Saksbehandler");
    clerk["epostadresse"] = json!("ola@example.org");
    clerk["postnummer"] = json!("9999");
    body["journalpost"][0]["korrespondansepart"] = json!([clerk]);
    office.publish(body).await;
    for (path, member) in [
        ("/journalpost/jp-1", "journalsekvensnummer"),
        ("/korrespondansepart/part-1", "saksbehandler"),
        ("/korrespondansepart/part-1", "epostadresse"),
        ("/korrespondansepart/part-1", "postnummer"),
        ("/dokumentobjekt/fil-1", "referanseDokumentfil"),
    ] {
        assert!(!office.get(path).await.with(200)[member].is_null(), "{member}");
        assert!(office.look(path).await.with(200)[member].is_null(), "{member}");
    }
    let file = office.look("/dokumentobjekt/fil-1").await.with(200);
    assert_eq!(file["url"], format!("https://api.einnsyn.test/dokumentobjekt/{}/download", id(&file)));
    let public = office.einnsyn.public_text();
    assert!(public.contains("Ola Prøve") && !public.contains("Siri Saksbehandler") && !public.contains("dok.example"));
}

#[tokio::test]
async fn paths_to_expand_are_repeated_and_a_comma_makes_them_one_that_nothing_has() {
    let office = Office::new().await;
    office.publish(case_with(1, [whole_entry(1)])).await;
    let deep = office.look("/journalpost/jp-1?expand=saksmappe.journalenhet&expand=skjerming").await.with(200);
    assert_eq!(deep["saksmappe"]["journalenhet"]["orgnummer"], "314111222");
    assert!(deep["skjerming"].is_object() && deep["journalenhet"].is_string());
    let joined = office.look("/journalpost/jp-1?expand=saksmappe,skjerming").await.with(200);
    assert!(joined["saksmappe"].is_string() && joined["skjerming"].is_string());
    let many = vec!["expand=a"; 101].join("&");
    let answer = office.look(&format!("/journalpost/jp-1?{many}")).await;
    assert_eq!(answer.refusal(), refused(400, "validationError"));
}

#[tokio::test]
async fn pages_follow_each_other_in_both_orders_and_back() {
    let office = Office::new().await;
    let mut made = Vec::new();
    for number in 1..=7 {
        made.push(id(&office.publish(case(number)).await));
    }
    for ascending in [true, false] {
        let order = if ascending { "asc" } else { "desc" };
        let mut expected = made.clone();
        if !ascending {
            expected.reverse();
        }
        let mut path = format!("/saksmappe?limit=3&sortOrder={order}");
        let (mut seen, mut pages) = (Vec::new(), Vec::new());
        loop {
            let page = office.look(&path).await.with(200);
            pages.push(ids(&page));
            seen.extend(ids(&page));
            assert_eq!(page.get("previous").is_some(), pages.len() > 1, "{path}");
            match page["next"].as_str() {
                Some(next) => path = next.to_owned(),
                None => break,
            }
        }
        assert_eq!(seen, expected, "{order}");
        assert_eq!(pages.iter().map(Vec::len).collect::<Vec<_>>(), [3, 3, 1]);
        let last = office.look(&path).await.with(200);
        let back = office.look(last["previous"].as_str().unwrap()).await.with(200);
        assert_eq!(ids(&back), pages[1], "{order}");
        assert!(back["next"].as_str().unwrap().starts_with("/saksmappe?"), "below the host");
    }
    assert_eq!(ids(&office.look("/saksmappe").await.with(200))[0], made[6], "newest first");
    let start = office.look("/saksmappe?limit=2&sortOrder=asc&endingBefore=").await.with(200);
    assert_eq!(ids(&start), made[5..], "from the very end");
    let gone = &made[3];
    office.delete(&format!("/saksmappe/{gone}")).await.with(200);
    let after = office.look(&format!("/saksmappe?sortOrder=asc&startingAfter={gone}")).await.with(200);
    assert_eq!((ids(&after), after.get("previous")), (made[4..].to_vec(), None), "the pivot need not exist");
}

#[tokio::test]
async fn objects_can_be_chosen_by_ids_of_every_sort_in_the_order_asked_for() {
    let office = Office::new().await;
    let first = office.publish(case(1)).await;
    let second = office.publish(case(2)).await;
    let slug = first["slug"].as_str().unwrap();
    let found = office.look(&format!("/saksmappe?ids=sak-2&ids={slug}&ids=finnes-ikke&limit=1")).await.with(200);
    assert_eq!((ids(&found), found.get("next")), (vec![id(&second), id(&first)], None));
    let external = format!("http%3A%2F%2F{}", id(&first));
    let found = office.look(&format!("/saksmappe?externalIds={external}")).await.with(200);
    assert_eq!(ids(&found), [id(&first)]);
    for query in ["limit=0", "limit=101", "limit=ti", "sortOrder=ASC"] {
        let answer = office.look(&format!("/saksmappe?{query}")).await;
        assert_eq!(answer.refusal(), refused(400, "validationError"), "{query}");
    }
    assert_eq!(office.look("/saksmappe?ids=finnes-ikke").await.with(200), json!({"items": []}));
}

#[tokio::test]
async fn the_test_sees_every_byte_that_came_and_everything_that_is_kept() {
    let office = Office::new().await;
    office.publish(case_with(1, [whole_entry(1)])).await;
    let mut leak = case(2);
    leak["offentligTittel"] = json!("Barnevern for Kari Skjermet");
    leak["ukjent"] = json!(1);
    office.post(&format!("/arkivdel/{}/saksmappe", office.part), leak).await.with(400);
    office.look("/search?query=Kari%20Skjermet").await.with(200);
    let received = office.einnsyn.received();
    let with = |text: &str| received.iter().filter(|call| call.text().contains(text)).count();
    assert_eq!(with("Barnevern for Kari Skjermet"), 1, "also what was turned away");
    assert_eq!(with("Kari Skjermet"), 2, "also what was searched for");
    assert!(!office.einnsyn.public_text().contains("Skjermet"));
    let kept = office.einnsyn.object(Entity::Journalpost, "jp-1").unwrap();
    assert_eq!(kept["journalsekvensnummer"], 1501);
    let public = office.einnsyn.public(Entity::Journalpost);
    assert_eq!(public[0]["korrespondansepart"][0]["korrespondansepartNavnSensitiv"], "Ola Prøve");
    let call =
        office.einnsyn.calls().into_iter().find(|call| call.effect && call.reference.as_deref() == Some("sak-1"));
    assert_eq!(call.unwrap().account.as_deref(), Some(office.unit.id.as_str()));
}
