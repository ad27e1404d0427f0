//! Partial updates with their traps, and deletion.

use sakarkiv_testkit::simulators::einnsyn::Entity;
use serde_json::{Value, json};

use super::office::{Office, case, case_with, document, entry, id, party, refused, whole_entry};

#[tokio::test]
async fn an_update_sets_what_it_names_and_nothing_can_be_cleared() {
    let office = Office::new().await;
    let made = office.publish(case_with(1, [entry(1)])).await;
    office.pass(24);
    let body = json!({"offentligTittel": "Ny", "saksdato": null, "noekkelord": "stikkord"});
    let changed = office.patch("/saksmappe/sak-1", body).await.with(200);
    assert_eq!((&changed["offentligTittel"], &changed["saksdato"]), (&json!("Ny"), &json!("2026-02-03")));
    assert_eq!(changed["offentligTittelSensitiv"], made["offentligTittelSensitiv"]);
    assert_eq!(changed["publisertDato"], made["publisertDato"]);
    assert_eq!(changed["oppdatertDato"], "2026-09-15T10:00:00+02:00");
    assert_eq!(changed["noekkelord"], Value::Null, "keywords are taken and lost");
    for own_answer in [json!({"id": id(&made)}), json!({"deleted": false}), json!({"saksnummer": "2026/1"})] {
        assert_eq!(office.patch("/saksmappe/sak-1", own_answer).await.refusal(), refused(400, "validationError"));
    }
}

#[tokio::test]
async fn lists_are_added_to_unless_the_children_say_who_they_are() {
    let office = Office::new().await;
    office.publish(case_with(1, [whole_entry(1)])).await;
    let parties = async || {
        office.get("/journalpost/jp-1?expand=korrespondansepart").await.with(200)["korrespondansepart"].clone()
    };
    let mut masked = party(1);
    masked["korrespondansepartNavnSensitiv"] = json!("*****");
    office.patch("/journalpost/jp-1", json!({"korrespondansepart": [masked]})).await.with(200);
    assert_eq!(parties().await.as_array().unwrap().len(), 1);
    assert_eq!(parties().await[0]["korrespondansepartNavnSensitiv"], "*****");
    let mut nameless = party(1);
    nameless.as_object_mut().unwrap().remove("systemId");
    office.patch("/journalpost/jp-1", json!({"korrespondansepart": [nameless]})).await.with(200);
    assert_eq!(parties().await.as_array().unwrap().len(), 2, "the trap");
    office.patch("/journalpost/jp-1", json!({"korrespondansepart": []})).await.with(200);
    assert_eq!(parties().await.as_array().unwrap().len(), 2);
    let incomplete = json!({"dokumentbeskrivelse": [{"systemId": "dok-1", "tittel": "Ny"}]});
    let answer = office.patch("/journalpost/jp-1", incomplete).await;
    assert_eq!(answer.refusal(), refused(400, "validationError"), "nested data are always whole");
}

#[tokio::test]
async fn an_update_to_a_value_that_another_has_fails_in_the_database() {
    let office = Office::new().await;
    office.publish(case(1)).await;
    office.publish(case(2)).await;
    let answer = office.patch("/saksmappe/sak-2", json!({"systemId": "sak-1"})).await;
    assert_eq!(answer.refusal(), refused(500, "internalServerError"));
    assert_eq!(answer.json()["message"], "Data integrity violation");
    assert_eq!(office.get("/saksmappe/sak-2").await.status, 200, "nothing changed");
}

#[tokio::test]
async fn an_entry_can_be_moved_to_another_case() {
    let office = Office::new().await;
    office.publish(case_with(1, [entry(1)])).await;
    office.publish(case(2)).await;
    let answer = office.patch("/journalpost/jp-1", json!({"saksmappe": "sak-2"})).await.with(200);
    assert_eq!(answer["saksmappe"], office.get("/saksmappe/sak-2").await.with(200)["id"]);
    let mut created = entry(2);
    created["saksmappe"] = json!("sak-2");
    assert_eq!(office.post("/saksmappe/sak-1/journalpost", created).await.status, 400, "only a change may say so");
}

#[tokio::test]
async fn only_administrators_set_the_dates_of_publication() {
    let office = Office::new().await;
    office.publish(case_with(1, [entry(1)])).await;
    let body = json!({"publisertDato": "2020-01-01T00:00:00Z"});
    let answer = office.patch("/journalpost/jp-1", body.clone()).await;
    assert_eq!(answer.refusal(), refused(403, "authorizationError"));
    let admin = office.einnsyn.admin_key();
    let answer = office.call(http::Method::PATCH, "/journalpost/jp-1", Some(&admin), Some(body)).await.with(200);
    assert_eq!(answer["publisertDato"], "2020-01-01T00:00:00Z");
}

#[tokio::test]
async fn deletion_takes_along_what_is_owned_and_answers_the_object_as_it_was() {
    let office = Office::new().await;
    let mut shared = whole_entry(2);
    shared["dokumentbeskrivelse"] = json!([document(1)]);
    office.publish(case_with(1, [whole_entry(1), shared])).await;
    let order = office.einnsyn.place_order("sporrer@example.org", &["jp-1"]).unwrap();
    let gone = office.delete("/journalpost/jp-1").await.with(200);
    assert_eq!((&gone["deleted"], &gone["systemId"]), (&json!(true), &json!("jp-1")));
    for (path, status) in [
        ("/journalpost/jp-1", 404),
        ("/korrespondansepart/part-1", 404),
        ("/dokumentbeskrivelse/dok-1", 200),
        ("/dokumentobjekt/fil-1", 200),
        ("/journalpost/jp-2", 200),
    ] {
        assert_eq!(office.get(path).await.status, status, "{path}");
    }
    let request = office.einnsyn.object(Entity::Innsynskrav, &order.requests[0]).unwrap();
    assert_eq!(request["journalpost"], Value::Null, "the request outlives its entry");
    office.delete(&format!("/arkiv/{}", office.archive)).await.with(200);
    for entity in Entity::ALL {
        let kept = matches!(entity, Entity::Enhet | Entity::Innsynskrav | Entity::InnsynskravBestilling);
        assert_eq!(office.einnsyn.objects(entity).is_empty(), !kept, "{entity:?}");
    }
    assert_eq!(office.publish_again().await, 404, "the archive is gone");
}

impl Office {
    async fn publish_again(&self) -> u16 {
        self.post(&format!("/arkivdel/{}/saksmappe", self.part), case(1)).await.status
    }
}

#[tokio::test]
async fn withdrawing_a_file_leaves_the_entry_without_full_text() {
    let office = Office::new().await;
    office.publish(case_with(1, [whole_entry(1)])).await;
    assert_eq!(office.delete("/dokumentobjekt/fil-1").await.with(200)["deleted"], true);
    let left = office.look("/journalpost/jp-1?expand=dokumentbeskrivelse").await.with(200);
    assert_eq!(left["dokumentbeskrivelse"][0]["dokumentobjekt"], json!([]));
}
