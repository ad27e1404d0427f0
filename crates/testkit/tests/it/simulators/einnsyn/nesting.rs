//! Objects made together, found again, linked, moved and shared.

use sakarkiv_testkit::simulators::einnsyn::Entity;
use serde_json::{Value, json};

use super::office::{Office, case, case_with, document, entry, id, ids, party, refused, screening, whole_entry};

#[tokio::test]
async fn a_case_is_made_with_everything_in_it_and_the_answer_expands_what_was_sent() {
    let office = Office::new().await;
    let path = format!("/arkivdel/{}/saksmappe", office.part);
    let reply = office.post(&path, case_with(318, [whole_entry(1)])).await;
    let location = reply.headers["location"].to_str().unwrap().to_owned();
    let made = reply.with(201);
    assert_eq!(location, format!("/saksmappe/{}", id(&made)));
    assert!(id(&made).starts_with("sm_") && id(&made).len() == 29);
    for (member, expected) in [
        ("entity", json!("Saksmappe")),
        ("saksnummer", json!("2026/318")),
        ("slug", json!("2026-318-klage-paa-byggetillatelse")),
        ("externalId", json!(format!("http://{}", id(&made)))),
        ("journalenhet", json!(office.unit.id)),
        ("administrativEnhetObjekt", json!(office.unit.id)),
        ("arkivdel", json!(office.part)),
        ("publisertDato", json!("2026-09-14T10:00:00+02:00")),
        ("journalpost", Value::Null),
        ("deleted", Value::Null),
    ] {
        assert_eq!(made[member], expected, "{member}");
    }
    let entries = office
        .get("/saksmappe/sak-318/journalpost?expand=korrespondansepart&expand=dokumentbeskrivelse.dokumentobjekt")
        .await;
    let listed = entries.with(200)["items"][0].clone();
    assert_eq!(listed["korrespondansepart"][0]["korrespondansepartNavnSensitiv"], "Ola Prøve");
    assert_eq!(listed["dokumentbeskrivelse"][0]["dokumentobjekt"][0]["systemId"], "fil-1");
    assert!(listed["skjerming"].is_string() && listed["saksmappe"].is_string());
    assert_eq!(listed["publisertDato"], "2026-09-14T08:00:00Z", "entries tell in UTC, cases in Oslo's time");
    let added = office.post("/saksmappe/sak-318/journalpost", whole_entry(2)).await.with(201);
    assert!(
        added["korrespondansepart"][0].is_object() && added["skjerming"].is_object() && added["saksmappe"].is_string()
    );
}

#[tokio::test]
async fn when_anything_nested_fails_nothing_is_made() {
    let office = Office::new().await;
    let neighbour = office.neighbour();
    office.publish(case_with(1, [whole_entry(1)])).await;
    let count = |entity| office.einnsyn.objects(entity).len();
    let before: Vec<usize> = Entity::ALL.into_iter().map(count).collect();
    // The party is the first municipality's.
    let mut foreign = case_with(2, [entry(2), entry(3)]);
    foreign["journalpost"][1]["korrespondansepart"] = json!([party(1)]);
    let path = format!("/arkivdel/{}/saksmappe", office.part);
    let answer = office.call(http::Method::POST, &path, Some(&neighbour.key), Some(foreign)).await;
    assert_eq!(answer.refusal(), refused(403, "authorizationError"));
    assert_eq!(Entity::ALL.into_iter().map(count).collect::<Vec<_>>(), before);
}

#[tokio::test]
async fn the_same_unique_value_is_a_conflict_at_the_top_and_an_update_below() {
    let office = Office::new().await;
    let mut first = case_with(1, [entry(1)]);
    first["externalId"] = json!("https://arkiv.example/s1");
    let made = office.publish(first).await;
    let path = format!("/arkivdel/{}/saksmappe", office.part);
    let mut same_external = case(2);
    same_external["externalId"] = json!("https://arkiv.example/s1");
    for (body, field) in [(case(1), "systemId"), (same_external, "externalId")] {
        let answer = office.post(&path, body).await;
        assert_eq!(answer.refusal(), refused(409, "conflict"));
        let expected =
            format!("A conflicting object ({}) already exists. Duplicate value in the field `{field}`.", id(&made));
        assert_eq!(answer.json()["message"], expected);
    }
    assert_eq!(office.post("/saksmappe/sak-1/journalpost", entry(1)).await.refusal(), refused(409, "conflict"));
    let before = office.get("/journalpost/jp-1").await.with(200);
    let mut moved = entry(1);
    moved["offentligTittel"] = json!("Rettet");
    office.publish(case_with(3, [moved])).await;
    let after = office.get("/journalpost/jp-1?expand=saksmappe").await.with(200);
    assert_eq!((&after["id"], &after["offentligTittel"]), (&before["id"], &json!("Rettet")));
    assert_eq!(after["saksmappe"]["systemId"], "sak-3", "it moved");
    assert_eq!(after["slug"], before["slug"], "the address stays");
    assert!(ids(&office.get("/saksmappe/sak-1/journalpost").await.with(200)).is_empty());
}

#[tokio::test]
async fn a_case_number_may_occur_twice_and_a_taken_slug_gets_a_suffix() {
    let office = Office::new().await;
    let mut other = case(1);
    other["systemId"] = json!("sak-annen");
    let (first, second) = (office.publish(case(1)).await, office.publish(other).await);
    assert_eq!(first["saksnummer"], second["saksnummer"]);
    let suffix = second["slug"].as_str().unwrap().strip_prefix(first["slug"].as_str().unwrap()).unwrap();
    assert_eq!(suffix.len(), 7, "{suffix}");
    assert_eq!(office.get(&format!("/saksmappe/{}", second["slug"].as_str().unwrap())).await.status, 200);
}

#[tokio::test]
async fn archives_are_unique_by_external_id_within_their_unit_only() {
    let office = Office::new().await;
    let neighbour = office.neighbour();
    let body = json!({"systemId": "arkiv-1", "externalId": "https://arkiv.example/a1", "tittel": "Sakarkiv"});
    assert_eq!(office.post("/arkiv", body.clone()).await.refusal(), refused(409, "conflict"));
    let theirs = office.call(http::Method::POST, "/arkiv", Some(&neighbour.key), Some(body)).await.with(201);
    let query = format!("/arkiv?externalIds=https%3A%2F%2Farkiv.example%2Fa1&journalenhet={}", office.unit.id);
    let found = ids(&office.get(&query).await.with(200));
    assert_eq!(found, [office.archive.as_str()]);
    assert_ne!(found[0], id(&theirs));
}

#[tokio::test]
async fn one_access_code_with_its_basis_is_one_object_of_the_unit_and_goes_with_its_last_entry() {
    let office = Office::new().await;
    office.publish(case_with(1, [whole_entry(1), whole_entry(2)])).await;
    let of = |number: u32| format!("/journalpost/jp-{number}");
    let first = office.get(&of(1)).await.with(200)["skjerming"].clone();
    assert_eq!(office.get(&of(2)).await.with(200)["skjerming"], first);
    let answer = office.post("/skjerming", screening()).await;
    assert_eq!(answer.refusal(), refused(409, "conflict"));
    let mut other = screening();
    other["tilgangsrestriksjon"] = json!("XX");
    office.patch(&of(1), json!({"skjerming": other})).await.with(200);
    assert_eq!(office.einnsyn.objects(Entity::Skjerming).len(), 2);
    office.patch(&of(2), json!({"skjerming": other})).await.with(200);
    assert_eq!(office.einnsyn.objects(Entity::Skjerming).len(), 1, "nobody uses the old one");
    let left = office.get(&of(2)).await.with(200)["skjerming"].as_str().unwrap().to_owned();
    assert_eq!(office.delete(&format!("{}/skjerming/{left}", of(1))).await.with(200)["deleted"], Value::Null);
    assert_eq!(office.delete(&format!("{}/skjerming/{left}", of(2))).await.with(200)["deleted"], true);
    assert_eq!(office.delete(&format!("{}/skjerming/{left}", of(2))).await.status, 404);
}

#[tokio::test]
async fn a_document_may_hang_on_several_entries_and_goes_with_the_last() {
    let office = Office::new().await;
    office.publish(case_with(1, [entry(1), entry(2)])).await;
    let made = office.post("/journalpost/jp-1/dokumentbeskrivelse", document(1)).await.with(201);
    let linked = office.post("/journalpost/jp-2/dokumentbeskrivelse", json!(id(&made))).await;
    assert_eq!(linked.with(200)["id"], made["id"]);
    let gone = office.delete("/journalpost/jp-1/dokumentbeskrivelse/dok-1").await.with(200);
    assert_eq!(gone["deleted"], Value::Null, "it lives on at the other");
    assert_eq!(office.get("/journalpost/jp-1").await.with(200)["dokumentbeskrivelse"], json!([]));
    assert_eq!(office.delete("/journalpost/jp-2/dokumentbeskrivelse/dok-1").await.with(200)["deleted"], true);
    assert_eq!(office.get("/dokumentobjekt/fil-1").await.status, 404);
}

#[tokio::test]
async fn a_property_is_found_rather_than_made_again_and_never_given_by_id() {
    let office = Office::new().await;
    let land = json!({"kommunenummer": "9999", "gaardsnummer": 12, "bruksnummer": 7});
    let mut body = case(1);
    body["matrikkelnummer"] = json!([land]);
    office.publish(body).await;
    let first = ids(&office.get("/saksmappe/sak-1/matrikkelnummer").await.with(200));
    let again = office.post("/saksmappe/sak-1/matrikkelnummer", land).await.with(201);
    assert_eq!((first.as_slice(), again["festenummer"].clone()), ([id(&again)].as_slice(), json!(0)));
    let answer = office.patch("/saksmappe/sak-1", json!({"matrikkelnummer": [first[0]]})).await;
    assert_eq!(answer.refusal(), refused(400, "badRequest"));
}

#[tokio::test]
async fn words_of_older_systems_become_those_of_today() {
    let office = Office::new().await;
    office.publish(case(1)).await;
    for (index, (old, today)) in [
        ("Inngående dokument", "inngaaende_dokument"),
        ("innkommende dokument", "inngaaende_dokument"),
        ("utgående dokument", "utgaaende_dokument"),
        ("organinternt dokument uten oppføling", "organinternt_dokument_uten_oppfoelging"),
        ("organinternt dokument for oppfølgning", "organinternt_dokument_for_oppfoelging"),
        ("hva som helst", "ukjent"),
    ]
    .into_iter()
    .enumerate()
    {
        let mut body = entry(u32::try_from(index).unwrap());
        body["legacyJournalposttype"] = json!(old);
        let made = office.post("/saksmappe/sak-1/journalpost", body).await.with(201);
        assert_eq!((&made["journalposttype"], &made["legacyJournalposttype"]), (&json!(today), &json!(old)));
    }
    for (sent, kept) in [
        ("Internmottaker", "intern_mottaker"),
        ("http://www.arkivverket.no/standarder/noark5/arkivstruktur/avsender", "avsender"),
        ("medavsender", "medavsender"),
    ] {
        let mut body = party(1);
        body["systemId"] = json!(format!("part-{sent}"));
        body["korrespondanseparttype"] = json!(sent);
        let made = office.post("/journalpost/jp-0/korrespondansepart", body).await.with(201);
        assert_eq!(made["korrespondanseparttype"], kept);
    }
}
