//! What is turned away, and how.

use http::{Method, Request};
use sakarkiv_http::Body;
use serde_json::{Value, json};

use super::office::{Office, case, case_with, document, entry, party, refused, whole_entry};

/// A number that passes every check and belongs to nobody alive: born in 1855. `d_number` makes it one of a guest.
fn number_of_the_dead(d_number: bool) -> String {
    let day = if d_number { "51" } else { "11" };
    (500..600)
        .find_map(|serial| {
            let nine: Vec<u32> = format!("{day}0355{serial}").chars().filter_map(|c| c.to_digit(10)).collect();
            let control = |digits: &[u32], weights: &[u32]| {
                let rest = digits.iter().zip(weights).map(|(digit, weight)| digit * weight).sum::<u32>() % 11;
                Some((11 - rest) % 11).filter(|digit| *digit < 10)
            };
            let first = control(&nine, &[3, 7, 6, 1, 8, 9, 4, 5, 2])?;
            let ten: Vec<u32> = nine.into_iter().chain([first]).collect();
            let second = control(&ten, &[5, 4, 3, 2, 7, 6, 5, 4, 3, 2])?;
            Some(ten.into_iter().chain([second]).map(|digit| digit.to_string()).collect())
        })
        .unwrap()
}

#[tokio::test]
async fn a_member_that_nobody_knows_is_refused_at_any_depth() {
    let office = Office::new().await;
    let path = format!("/arkivdel/{}/saksmappe", office.part);
    let mut deep = case_with(1, [whole_entry(1)]);
    deep["journalpost"][0]["dokumentbeskrivelse"][0]["dokumentobjekt"][0]["variantformat"] = json!("O");
    let mut top = case(1);
    top["journalstatus"] = json!("J");
    for (body, message) in [
        (top, "Unknown property given for type Saksmappe: 'journalstatus'"),
        (deep, "Unknown property given for type Dokumentobjekt: 'variantformat'"),
    ] {
        let answer = office.post(&path, body).await;
        assert_eq!(answer.refusal(), refused(400, "badRequest"));
        assert_eq!(answer.json()["message"], message);
    }
    assert!(office.einnsyn.objects(sakarkiv_testkit::simulators::einnsyn::Entity::Saksmappe).is_empty());
}

#[tokio::test]
async fn each_field_rule_refuses_what_breaks_it_and_names_the_member() {
    let office = Office::new().await;
    let guest = number_of_the_dead(true);
    let dead = number_of_the_dead(false);
    let ((day_month, rest), (_, serial)) = (dead.split_at(4), dead.split_at(6));
    let spaced = format!("{day_month}{} {serial}", rest.split_at(2).0);
    let dotted = format!("{day_month}.{}.{serial}", rest.split_at(2).0);
    let (most, more) = ("å".repeat(500), "å".repeat(501));
    let emoji = "😀".repeat(251);
    for (member, value, taken) in [
        ("offentligTittel", json!(most), true),
        ("offentligTittel", json!(more), false),
        ("offentligTittel", json!(emoji), false),
        ("offentligTittel", json!(""), false),
        ("offentligTittel", json!(" \n"), false),
        ("offentligTittel", Value::Null, false),
        ("offentligTittelSensitiv", Value::Null, false),
        ("offentligTittel", json!(format!("Søknad fra {dead}")), false),
        ("offentligTittel", json!(format!("Søknad fra {spaced}.")), false),
        ("offentligTittelSensitiv", json!(format!("({dotted})")), false),
        ("beskrivelse", json!(format!("D-nummer {guest}")), false),
        ("externalId", json!(format!("http://arkiv.example/{dead}")), false),
        ("offentligTittel", json!(format!("Søknad fra 1{dead}")), true),
        ("offentligTittel", json!(format!("Søknad fra a{dead}")), true),
        ("offentligTittel", json!("Søknad fra 12345678901"), true),
        // Numbers of test populations pass the guard, which is why a publisher needs a stricter one.
        ("offentligTittel", json!("Søknad fra 01819000553"), true),
        // No guard here.
        ("systemId", json!(dead), true),
        ("beskrivelse", json!("x".repeat(1000)), true),
        ("beskrivelse", json!("x".repeat(1001)), false),
        ("saksaar", json!(1699), false),
        ("saksaar", json!("2026"), true),
        ("sakssekvensnummer", json!(-1), false),
        ("sakssekvensnummer", Value::Null, false),
        ("saksdato", json!("2026-02-29"), false),
        ("saksdato", json!("03.02.2026"), false),
        ("accessibleAfter", json!("2026-13-01T00:00:00Z"), false),
        ("accessibleAfter", json!("2026-09-01T06:00:00"), true),
        ("slug", json!("Ikke Slik"), false),
        ("id", json!("sm_00000000000000000000000000"), false),
        ("saksnummer", json!("2026/1"), false),
        ("administrativEnhetObjekt", json!(office.unit.id), false),
        ("arkivdel", json!(office.part), false),
        ("entity", json!("Saksmappe"), true),
    ] {
        let mut body = case(1);
        body[member] = value;
        let answer = office.post(&format!("/arkivdel/{}/saksmappe", office.part), body).await;
        if taken {
            let made = answer.with(201);
            office.delete(&format!("/saksmappe/{}", made["id"].as_str().unwrap())).await.with(200);
        } else {
            assert_eq!(answer.refusal(), refused(400, "validationError"), "{member}");
            let told = answer.json();
            assert_eq!(told["fieldError"][0]["fieldName"], member, "{told}");
            assert!(told["message"].as_str().unwrap().starts_with("Field validation error on fields: "), "{told}");
        }
    }
}

#[tokio::test]
async fn the_guard_can_be_made_to_know_the_numbers_of_test_populations() {
    let office = Office::new().await;
    office.einnsyn.configure(|settings| settings.guard_knows_synthetic = true);
    let mut body = case(1);
    body["offentligTittelSensitiv"] = json!("Søknad fra 018190 00553");
    let answer = office.post(&format!("/arkivdel/{}/saksmappe", office.part), body).await;
    let told = answer.with(400);
    assert_eq!(told["fieldError"][0]["message"], "Possible SSN detected");
    assert_eq!(told["fieldError"][0]["value"], "Søknad fra 018190 00553", "the refused text comes back");
}

#[tokio::test]
async fn a_nested_error_is_named_by_its_way_through_the_body() {
    let office = Office::new().await;
    let mut body = case_with(1, [whole_entry(1)]);
    body["journalpost"][0]["korrespondansepart"][0]["korrespondansepartNavn"] = Value::Null;
    let told = office.post(&format!("/arkivdel/{}/saksmappe", office.part), body).await.with(400);
    let name = "journalpost[0].expandedObject.korrespondansepart[0].expandedObject.korrespondansepartNavn";
    assert_eq!(told["fieldError"][0]["fieldName"], name);
}

#[tokio::test]
async fn words_of_lists_addresses_and_e_mail_are_checked() {
    let office = Office::new().await;
    let made = office.publish(case_with(1, [whole_entry(1)])).await;
    assert!(made["id"].is_string());
    let with = |mut body: Value, member: &str, value: Value| {
        body[member] = value;
        body
    };
    let file = |address: &str| json!({"referanseDokumentfil": address});
    for (path, body, taken) in [
        ("/saksmappe/sak-1/journalpost", with(entry(2), "journalposttype", json!("Inngaaende_dokument")), false),
        ("/saksmappe/sak-1/journalpost", with(entry(3), "journalposttype", json!("saksframlegg")), true),
        ("/dokumentbeskrivelse/dok-1/dokumentobjekt", file("https://dok.example/æ ø.pdf"), true),
        ("/dokumentbeskrivelse/dok-1/dokumentobjekt", file("htp://dok.example/a.pdf"), false),
        ("/dokumentbeskrivelse/dok-1/dokumentobjekt", file("dok.example/a.pdf"), false),
        ("/journalpost/jp-1/korrespondansepart", with(party(9), "epostadresse", json!("hva som helst")), true),
        ("/journalpost/jp-1/dokumentbeskrivelse", with(document(9), "tittelSensitiv", Value::Null), false),
        (
            "/innsynskravBestilling",
            json!({"email": "ikke en adresse", "innsynskrav": [{"journalpost": "jp-1"}]}),
            false,
        ),
        (
            "/saksmappe/sak-1/matrikkelnummer",
            json!({"kommunenummer": "301", "gaardsnummer": 1, "bruksnummer": 1}),
            false,
        ),
    ] {
        let answer = office.post(path, body).await;
        assert_eq!(answer.status, if taken { 201 } else { 400 }, "{path} {:?}", answer.json());
    }
}

#[tokio::test]
async fn an_unknown_id_is_400_in_a_body_and_404_in_the_path() {
    let office = Office::new().await;
    office.publish(case_with(1, [entry(1)])).await;
    let unknown = "skj_00000000000000000000000000";
    let answer = office.patch("/journalpost/jp-1", json!({"skjerming": unknown})).await;
    assert_eq!(answer.refusal(), refused(400, "validationError"));
    assert_eq!(answer.json()["fieldError"][0]["message"], "The given ID was not found.");
    let answer = office.patch("/journalpost/jp-99", json!({"offentligTittel": "Ny"})).await;
    assert_eq!((answer.refusal(), answer.json()["message"].clone()), (refused(404, "notFound"), json!("Not found")));
    let answer = office.get("/finnes/ikke").await;
    assert_eq!(answer.json()["message"], "No handler found: /finnes/ikke");
    assert_eq!(office.get("/saksmappe/sak-1/").await.status, 404, "a trailing slash is another address");
    assert_eq!(office.get(&format!("/arkiv/{}", office.archive)).await.status, 200);
    assert_eq!(office.get("/arkiv/arkiv-1").await.status, 404, "archives have no other names than their ids");
}

#[tokio::test]
async fn what_cannot_be_read_as_the_object_at_all_is_a_bad_request() {
    let office = Office::new().await;
    let path = format!("/arkivdel/{}/saksmappe", office.part);
    let raw = |kind: &str, body: &'static str| {
        Request::builder()
            .method(Method::POST)
            .uri(format!("https://api.einnsyn.test{path}"))
            .header("API-KEY", &office.unit.key)
            .header("Content-Type", kind)
            .body(Body::from(body))
            .unwrap()
    };
    for (request, status) in [
        (raw("application/json", "{\"saksaar\":"), 400),
        (raw("application/json", "[]"), 400),
        (raw("application/json", "{\"saksaar\": \"i fjor\"}"), 400),
        (raw("application/json", "{\"journalpost\": {}}"), 400),
        (raw("text/plain", "{}"), 415),
    ] {
        let answer = office.try_call(request).await.unwrap();
        assert_eq!(answer.refusal(), refused(status, "badRequest"));
    }
}

#[tokio::test]
async fn a_method_that_an_address_lacks_is_405_and_tells_the_others() {
    let office = Office::new().await;
    for path in ["/journalpost", "/saksmappe"] {
        let answer = office.post(path, entry(1)).await;
        assert_eq!(answer.refusal(), refused(405, "methodNotAllowed"));
        assert!(answer.headers["allow"].to_str().unwrap().contains("GET"), "{:?}", answer.headers);
    }
}
