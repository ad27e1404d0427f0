//! Meetings, matters, decisions and votes.

use sakarkiv_testkit::simulators::einnsyn::Entity;
use serde_json::{Value, json};

use super::office::{Office, document, id, ids, party};

fn text(content: &str) -> Value {
    json!({"tekstInnhold": content, "tekstFormat": "text/plain"})
}

fn meeting() -> Value {
    json!({
        "systemId": "moete-1",
        "offentligTittel": "Formannskapet", "offentligTittelSensitiv": "Formannskapet",
        "moetenummer": "4/2026", "utvalg": "FSK", "moetedato": "2026-09-20T18:00:00", "moetested": "Rådhuset",
        "moetesak": [matter()],
        "moetedokument": [{
            "systemId": "innkalling-1", "moetedokumenttype": "innkalling",
            "offentligTittel": "Innkalling", "offentligTittelSensitiv": "Innkalling",
            "dokumentbeskrivelse": [document(1)],
        }],
    })
}

fn matter() -> Value {
    json!({
        "systemId": "moetesak-1",
        "offentligTittel": "Budsjett", "offentligTittelSensitiv": "Budsjett",
        "moetesakstype": "politisk", "moetesakssekvensnummer": 17,
        "korrespondansepart": [party(1)],
        "utredning": {
            "saksbeskrivelse": text("Saken"), "innstilling": text("Vedtas"), "utredningsdokument": [document(2)],
        },
        "innstilling": text("Vedtas"),
        "vedtak": {
            "systemId": "vedtak-1", "dato": "2026-09-20", "vedtakstekst": text("Vedtatt"),
            "behandlingsprotokoll": text("Enstemmig"),
            "votering": [{
                "stemme": "Ja", "moetedeltaker": {"moetedeltakerNavn": "Per Politiker", "moetedeltakerFunksjon": "Leder"},
                "representerer": {
                    "navn": "Partiet", "identifikator": "P", "initialer": "P", "epostadresse": "p@example.org"
                },
            }],
            "vedtaksdokument": [document(3)],
        },
    })
}

#[tokio::test]
async fn a_meeting_is_made_with_its_matters_decisions_and_votes() {
    let office = Office::new().await;
    let made = office.post(&format!("/arkivdel/{}/moetemappe", office.part), meeting()).await.with(201);
    assert_eq!(
        (&made["slug"], &made["moetedato"]),
        (&json!("2026-4-2026-formannskapet"), &json!("2026-09-20T16:00:00Z"))
    );
    assert_eq!(made["moetesak"][0]["vedtak"]["votering"][0]["moetedeltaker"]["moetedeltakerNavn"], "Per Politiker");
    assert!(made["utvalgObjekt"].is_string());
    let path = "/moetesak/moetesak-1?expand=vedtak.behandlingsprotokoll&expand=utredning.utredningsdokument";
    let matter = office.look(path).await.with(200);
    assert_eq!((&matter["utvalg"], &matter["moetesaksaar"]), (&json!("FSK"), &json!(2026)), "from the meeting");
    assert_eq!(matter["vedtak"]["behandlingsprotokoll"]["tekstInnhold"], "Enstemmig");
    assert_eq!(matter["utredning"]["utredningsdokument"][0]["systemId"], "dok-2");
    assert_eq!(matter["korrespondansepart"], json!([]), "parties of a matter are taken and lost");
    assert_eq!(ids(&office.look("/vedtak/vedtak-1/votering").await.with(200)).len(), 1);
}

#[tokio::test]
async fn a_new_decision_takes_the_place_of_the_old_one_which_goes() {
    let office = Office::new().await;
    office.post(&format!("/arkivdel/{}/moetemappe", office.part), meeting()).await.with(201);
    let decision = json!({"systemId": "vedtak-2", "dato": "2026-09-21", "vedtakstekst": text("Omgjort")});
    let changed = office.patch("/moetesak/moetesak-1", json!({"vedtak": decision})).await.with(200);
    assert_eq!(changed["vedtak"]["systemId"], "vedtak-2");
    assert_eq!(office.look("/vedtak/vedtak-1").await.status, 404);
    for (entity, left) in [
        (Entity::Vedtak, 1),
        (Entity::Votering, 0),
        (Entity::Moetedeltaker, 0),
        (Entity::Identifikator, 0),
        (Entity::Behandlingsprotokoll, 0),
        (Entity::Moetesaksbeskrivelse, 4),
        (Entity::Dokumentbeskrivelse, 2),
    ] {
        assert_eq!(office.einnsyn.objects(entity).len(), left, "{entity:?}");
    }
}

#[tokio::test]
async fn a_matter_may_wait_for_its_meeting_and_answers_nothing_where_it_has_nothing() {
    let office = Office::new().await;
    let waiting = json!({
        "systemId": "moetesak-2", "moetesakstype": "politisk", "utvalg": "FSK",
        "offentligTittel": "Kommer", "offentligTittelSensitiv": "Kommer", "legacyMoetesakstype": "Delegert møtesak",
    });
    let made = office.post("/moetesak", waiting).await.with(201);
    assert_eq!((&made["moetesakstype"], &made["moetemappe"]), (&json!("delegert"), &Value::Null));
    for last in ["utredning", "vedtak"] {
        let answer = office.look(&format!("/moetesak/moetesak-2/{last}")).await;
        assert_eq!((answer.status, answer.bytes.len()), (200, 0), "{last}");
    }
    let meeting = office.post(&format!("/arkivdel/{}/moetemappe", office.part), meeting()).await.with(201);
    let attached = office.patch("/moetesak/moetesak-2", json!({"moetemappe": "moete-1"})).await.with(200);
    assert_eq!(attached["moetemappe"], json!(id(&meeting)));
    assert_eq!(ids(&office.look("/moetemappe/moete-1/moetesak").await.with(200)).len(), 2);
    assert_eq!(office.delete("/moetemappe/moete-1").await.with(200)["deleted"], true);
    for entity in [Entity::Moetesak, Entity::Moetedokument, Entity::Dokumentbeskrivelse, Entity::Moetesaksbeskrivelse] {
        assert!(office.einnsyn.objects(entity).is_empty(), "{entity:?}");
    }
}

#[tokio::test]
async fn meetings_name_each_other() {
    let office = Office::new().await;
    let path = format!("/arkivdel/{}/moetemappe", office.part);
    let first = office.post(&path, meeting()).await.with(201);
    let next = json!({
        "systemId": "moete-2", "offentligTittel": "F", "offentligTittelSensitiv": "F", "moetenummer": "5", "utvalg": "FSK",
        "moetedato": "2026-10-20T18:00:00Z", "referanseForrigeMoete": id(&first),
    });
    let next = office.post(&path, next).await.with(201);
    assert_eq!(office.look("/moetemappe/moete-1").await.with(200)["referanseNesteMoete"], json!(id(&next)));
}

#[tokio::test]
async fn long_texts_do_not_fit_decisions_and_votes_are_one_of_three_words() {
    let office = Office::new().await;
    office.post(&format!("/arkivdel/{}/moetemappe", office.part), meeting()).await.with(201);
    let long = json!({"dato": "2026-09-20", "vedtakstekst": text(&"x".repeat(501))});
    let answer = office.post("/moetesak/moetesak-1/vedtak", long).await.with(400);
    assert_eq!(answer["fieldError"][0]["fieldName"], "vedtakstekst.expandedObject.tekstInnhold");
    let vote = json!({"stemme": "ja", "moetedeltaker": {"moetedeltakerNavn": "Per"}});
    assert_eq!(office.post("/vedtak/vedtak-1/votering", vote).await.status, 400);
}
