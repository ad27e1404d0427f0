//! Keys, and what they are good for.

use http::Method;
use sakarkiv_testkit::simulators::einnsyn::{Entity, Unit};
use serde_json::{Value, json};

use super::office::{Office, case, case_with, document, entry, id, ids, party, refused, whole_entry};

#[tokio::test]
async fn a_key_says_whose_it_is_and_a_bad_one_spoils_even_reading() {
    let office = Office::new().await;
    let me = office.get("/me").await.with(200);
    assert_eq!((&me["authType"], &me["type"], &me["id"]), (&json!("ApiKey"), &json!("Enhet"), &json!(office.unit.id)));
    assert_eq!(me["orgnummer"], "314111222");
    assert_eq!(office.look("/me").await.refusal(), refused(401, "authenticationError"));
    for path in ["/me", "/saksmappe", "/search"] {
        let answer = office.call(Method::GET, path, Some("secret_feil"), None).await;
        assert_eq!(answer.refusal(), refused(401, "authenticationError"), "{path}");
        assert_eq!(answer.json()["message"], "Authentication failed");
    }
    office.einnsyn.revoke_key(&office.unit.key);
    assert_eq!(office.get("/me").await.status, 401);
}

#[tokio::test]
async fn writing_without_a_key_is_forbidden_not_unauthorised() {
    let office = Office::new().await;
    office.publish(case(1)).await;
    for (method, path, body) in [
        (Method::POST, format!("/arkivdel/{}/saksmappe", office.part), Some(case(2))),
        (Method::PATCH, "/saksmappe/sak-1".to_owned(), Some(json!({"offentligTittel": "Ny"}))),
        (Method::DELETE, "/saksmappe/sak-1".to_owned(), None),
        (Method::GET, format!("/enhet/{}/innsynskrav", office.unit.id), None),
    ] {
        let answer = office.call(method.clone(), &path, None, body).await;
        assert_eq!(answer.refusal(), refused(403, "authorizationError"), "{method} {path}");
    }
}

#[tokio::test]
async fn others_may_add_entries_to_a_case_but_change_nothing_of_ours() {
    let office = Office::new().await;
    let neighbour = office.neighbour();
    office.publish(case_with(1, [whole_entry(1)])).await;
    let theirs =
        |method: Method, path: &'static str, body: Option<Value>| office.call(method, path, Some(&neighbour.key), body);
    let added = theirs(Method::POST, "/saksmappe/sak-1/journalpost", Some(entry(2))).await.with(201);
    assert_eq!(added["journalenhet"], json!(neighbour.id));
    assert_eq!(office.patch("/journalpost/jp-2", json!({"beskrivelse": "vår"})).await.status, 403, "it is theirs");
    for (method, path, body) in [
        (Method::PATCH, "/saksmappe/sak-1", Some(json!({"offentligTittel": "Vår"}))),
        (Method::DELETE, "/journalpost/jp-1", None),
        (Method::POST, "/journalpost/jp-1/korrespondansepart", Some(party(7))),
        (Method::POST, "/journalpost/jp-1/dokumentbeskrivelse", Some(document(7))),
        (Method::DELETE, "/journalpost/jp-1/dokumentbeskrivelse/dok-1", None),
    ] {
        let answer = theirs(method.clone(), path, body).await;
        assert_eq!(answer.refusal(), refused(403, "authorizationError"), "{method} {path}");
    }
    assert_eq!(office.delete("/saksmappe/sak-1").await.status, 403, "an entry in it is not ours");
    assert_eq!(office.get("/journalpost/jp-1").await.status, 200, "and nothing of it went");
}

#[tokio::test]
async fn a_unit_acts_for_those_below_it_and_those_it_handles_and_never_for_others() {
    let office = Office::new().await;
    let neighbour = office.neighbour();
    let school = office.einnsyn.add_unit(&Unit::new("Skole", "314111223").below(&office.unit.id));
    let acting = async |key: &str, target: &str| {
        let mut request = office.request(Method::GET, "/me", Some(key), None);
        request.headers_mut().insert("ACTING-AS", target.parse().unwrap());
        office.try_call(request).await.unwrap()
    };
    assert_eq!(acting(&office.unit.key, &school.id).await.with(200)["id"], json!(school.id));
    assert_eq!(acting(&school.key, &office.unit.id).await.refusal(), refused(401, "authenticationError"));
    assert_eq!(acting(&neighbour.key, &school.id).await.status, 401);
    office.patch(&format!("/enhet/{}", school.id), json!({"handteresAv": neighbour.id})).await.with(200);
    assert_eq!(acting(&neighbour.key, &school.id).await.status, 200);
    let mut of_school = case(1);
    of_school["journalenhet"] = json!(school.id);
    assert_eq!(office.publish(of_school.clone()).await["journalenhet"], json!(school.id));
    of_school["systemId"] = json!("sak-2");
    of_school["journalenhet"] = json!(neighbour.id);
    let answer = office.post(&format!("/arkivdel/{}/saksmappe", office.part), of_school).await;
    assert_eq!(answer.refusal(), refused(403, "authorizationError"));
    let changed =
        office.call(Method::PATCH, "/saksmappe/sak-1", Some(&school.key), Some(json!({"beskrivelse": "x"}))).await;
    assert_eq!(changed.status, 200, "the school owns it");
}

#[tokio::test]
async fn keys_are_made_shown_once_expire_and_go() {
    let office = Office::new().await;
    let path = format!("/enhet/{}/apiKey", office.unit.id);
    let made = office.post(&path, json!({"name": "test", "expiresAt": "2026-09-14T12:00:00+02:00"})).await.with(201);
    let secret = made["secretKey"].as_str().unwrap();
    assert!(secret.starts_with("secret_") && secret.len() == 59, "{secret}");
    assert_eq!(made["expiresAt"], "2026-09-14T12:00:00+02:00");
    let listed = office.get(&path).await.with(200);
    assert_eq!((ids(&listed), &listed["items"][0]["secretKey"]), (vec![id(&made)], &Value::Null));
    assert_eq!(office.call(Method::GET, "/me", Some(secret), None).await.status, 200);
    office.pass(2);
    assert_eq!(office.call(Method::GET, "/me", Some(secret), None).await.status, 401);
    let other = office.post(&path, json!({"name": "to"})).await.with(201);
    office.delete(&format!("/apiKey/{}", id(&other))).await.with(200);
    assert_eq!(office.call(Method::GET, "/me", other["secretKey"].as_str(), None).await.status, 401);
    assert_eq!(office.look(&path).await.status, 403);
}

#[tokio::test]
async fn units_hang_below_units_that_the_key_owns() {
    let office = Office::new().await;
    let neighbour = office.neighbour();
    let school = |number: &str, parent: Option<&str>| {
        json!({
            "navn": "Skole", "orgnummer": number, "enhetstype": "AVDELING", "parent": parent,
            "kontaktpunktEpost": "post@skole.example", "innsynskravEpost": "innsyn@skole.example",
        })
    };
    let made = office.post("/enhet", school("314111223", Some(&office.unit.id))).await.with(201);
    assert_eq!(made["parent"], json!(office.unit.id));
    let below = format!("/enhet/{}/underenhet", office.unit.id);
    office.post(&below, school("314111224", None)).await.with(201);
    assert_eq!(ids(&office.get(&below).await.with(200)).len(), 2);
    for (body, status) in [
        (school("314111225", None), 403),
        (school("314111225", Some(&neighbour.id)), 403),
        (school("314111223", Some(&office.unit.id)), 409),
        (school("31411122", Some(&office.unit.id)), 400),
    ] {
        assert_eq!(office.post("/enhet", body.clone()).await.status, status, "{body}");
    }
    assert_eq!(office.look("/enhet/314111223").await.with(200)["id"], made["id"], "the number is a name");
    let found = office.look("/enhet?orgnummer=314111223&orgnummer=314111224").await.with(200);
    assert_eq!(ids(&found).len(), 2);
    assert_eq!(ids(&office.look("/enhet?query=pr%C3%B8vedal").await.with(200)), [office.unit.id.as_str()]);
    office.publish(case(1)).await;
    assert_eq!(office.delete(&format!("/enhet/{}", office.unit.id)).await.status, 403, "it has cases");
    assert_eq!(office.delete(&format!("/enhet/{}", id(&made))).await.with(200)["deleted"], true);
    assert!(office.einnsyn.object(Entity::Enhet, "314111223").is_none());
}

#[tokio::test]
async fn the_unit_that_handles_comes_from_the_responsible_party_the_code_or_the_folder() {
    let office = Office::new().await;
    let unit = |number: &str, code: &str| {
        office.einnsyn.add_unit(&Unit::new("Avdeling", number).below(&office.unit.id).with_code(code)).id
    };
    let (building, school) = (unit("314111223", "BYGG;PLAN"), unit("314111224", "SKOLE"));
    let mut body = case_with(1, [entry(1), entry(2), entry(3)]);
    body["administrativEnhet"] = json!("PLAN");
    body["journalpost"][1]["administrativEnhet"] = json!("SKOLE");
    let mut responsible = party(3);
    responsible["erBehandlingsansvarlig"] = json!(true);
    responsible["administrativEnhet"] = json!("SKOLE");
    body["journalpost"][2]["korrespondansepart"] = json!([responsible]);
    let made = office.publish(body).await;
    assert_eq!(made["administrativEnhetObjekt"], json!(building));
    for (name, expected) in [("jp-1", &building), ("jp-2", &school), ("jp-3", &school)] {
        let shown = office.get(&format!("/journalpost/{name}")).await.with(200);
        assert_eq!(shown["administrativEnhetObjekt"], json!(expected), "{name}");
    }
    let mut unknown = case(2);
    unknown["administrativEnhet"] = json!("FINNES IKKE");
    assert_eq!(office.publish(unknown).await["administrativEnhetObjekt"], json!(office.unit.id), "silently");
}
