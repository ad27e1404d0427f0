//! Everything that can be asked about a letter after it was sent.

use http::Method;
use sakarkiv_http::Body;
use sakarkiv_testkit::simulators::Registration;
use serde_json::{Value, json};
use uuid::Uuid;

use super::support::{ACCOUNT, Letter, PDF, PERSON, RECEIVER, World};

fn account(rest: &str) -> String {
    format!("/api/v2/kontoer/{ACCOUNT}/forsendelser{rest}")
}

#[tokio::test]
async fn a_letter_is_found_by_reference_with_the_rejected_ones_and_newest_first() {
    let world = World::new();
    let letter = Letter::to_person().referring("ref 1/å");
    let first = world.send(&letter).await.id();
    assert_eq!(world.send(&letter.clone().containing(b"")).await.status, 400);
    let path = account("/metadata?eksternRef=ref%201%2F%C3%A5");
    let found = world.get(&path).await.json();
    let lines = found["forsendelser"].as_array().unwrap();
    let seen: Vec<_> = lines.iter().map(|line| line["status"].as_str().unwrap()).collect();
    assert_eq!(seen, ["AVVIST", "MOTTATT"]);
    assert_eq!(lines[1]["id"], json!(first));
    assert_eq!(lines[1]["avgivendeSystem"], "sakarkiv");
    assert_eq!(world.svarut.effective_count("ref 1/å"), 1);
    let ids = world.get(&account("?eksternRef=ref%201%2F%C3%A5")).await.json();
    assert_eq!(ids["forsendelseIds"].as_array().unwrap().len(), 2);

    world.svarut.configure(|settings| settings.rejected_are_found = false);
    assert_eq!(world.send(&Letter::to_person().referring("x").containing(b"")).await.status, 400);
    assert_eq!(world.get(&account("?eksternRef=x")).await.json()["forsendelseIds"], json!([]));
    assert_eq!(world.get(&account("?eksternRef=")).await.status, 400);
}

#[tokio::test]
async fn status_leaves_out_what_is_unknown_and_takes_a_thousand_at_most() {
    let world = World::new();
    let id = world.send(&Letter::to_person()).await.id();
    let path = format!("/api/v3/kontoer/{ACCOUNT}/forsendelser/status/sok");
    let reply = world.post(&path, json!({"id": [Uuid::nil(), id]})).await.json();
    assert_eq!(reply["statuser"].as_array().unwrap().len(), 1);
    assert_eq!(world.post(&path, json!({"id": vec![id; 1001]})).await.status, 400);
    assert_eq!(world.post(&path, json!({"id": ["x"]})).await.status, 400);
    assert_eq!(world.post(&account("/status-sok"), json!({"forsendelseIds": []})).await.status, 400);
    world.pass(3600);
    let old = world.post(&account("/status-sok"), json!({"forsendelseIds": [id]})).await.json();
    assert_eq!(old["statuser"][0]["status"], "VARSLET", "v2 has no other word for Altinn");
}

#[tokio::test]
async fn the_documents_of_a_letter_are_told_with_their_hashes() {
    let world = World::new();
    let id = world.send(&Letter::to_organisation().with("/dokumenter/0/dokumentType", json!("Brev"))).await.id();
    let path = format!("/api/v2/forsendelser/{id}");
    let told = world.get(&format!("{path}/metadata")).await.json();
    let record = world.svarut.shipment(id).unwrap();
    assert_eq!(told["dokumenter"][0]["sha256Hash"], record.files[0].sha256.as_str());
    assert_eq!(told["dokumenter"][0]["storrelse"], PDF.len());
    assert_eq!(record.files[0].content.as_deref(), Some(PDF));
    let bad = world.request(Method::DELETE, &format!("{path}/dokumenter?slettetype=NOEN"), Body::empty());
    assert_eq!(world.call(bad).await.unwrap().status, 400);
    let delete = world.request(Method::DELETE, &format!("{path}/dokumenter?slettetype=ALLE"), Body::empty());
    assert_eq!(world.call(delete).await.unwrap().status, 204);
    assert_eq!(world.get(&format!("{path}/metadata")).await.json()["dokumenter"], json!([]));
}

#[tokio::test]
async fn the_event_log_and_the_read_mark_are_kept() {
    let world = World::new();
    let id = world.send(&Letter::to_person()).await.id();
    world.pass(3600);
    let path = format!("/api/v2/forsendelser/{id}");
    let log = world.get(&format!("{path}/hendelser")).await.json();
    let lines: Vec<&str> =
        log["hendelser"].as_array().unwrap().iter().map(|line| line["hendelse"].as_str().unwrap()).collect();
    assert_eq!(lines[1..], ["Akseptert for ekspedering", "Varslet i Altinn", "Levert i Altinn"]);
    let mark = json!({"fnr": PERSON, "tidspunkt": "2026-09-14T08:30:00Z", "eksterntSystemnavn": "Min side"});
    assert_eq!(
        world.post(&format!("{path}/lest"), json!({"fnr": "1", "tidspunkt": "2026-09-14T08:30:00Z"})).await.status,
        400
    );
    assert_eq!(world.post(&format!("{path}/lest"), mark).await.status, 204);
    assert_eq!(world.status(id).await, "LEST");
    assert_eq!(world.get("/api/v2/forsendelser/00000000-0000-0000-0000-000000000000/hendelser").await.status, 404);
}

#[tokio::test]
async fn receiver_systems_and_message_types_can_be_asked_for() {
    let world = World::new();
    let _key = world.with_receiver_system();
    world.svarut.connect(
        &world.svarinn,
        [Registration::everything(Uuid::from_u128(2), "bygg", RECEIVER).only_type("byggesak.soknad").only_level(4)],
    );
    let types = world.get("/api/v2/forsendelsestyper").await.json();
    assert!(types["forsendelsestyper"].as_array().unwrap().contains(&json!("byggesak.soknad")));
    let ask = async |query: &str| {
        let found = world.get(&format!("/api/v2/mottakersystem?{query}")).await.json();
        let lines = found["mottakersystemer"].as_array().unwrap().clone();
        lines.iter().map(|line| format!("{} {}", line["navn"].as_str().unwrap(), line["niva"])).collect::<Vec<_>>()
    };
    assert_eq!(ask(&format!("organisasjonsnummer={RECEIVER}")).await, ["arkiv 3", "arkiv 4", "bygg 4"]);
    assert_eq!(ask(&format!("organisasjonsnummer={RECEIVER}&niva=3")).await, ["arkiv 3"]);
    assert_eq!(ask("forsendelseType=bekymringsmelding&niva=4").await, ["arkiv 4"]);
    assert_eq!(ask("organisasjonsnummer=310000027").await, [""; 0]);
    assert_eq!(world.get("/api/v2/mottakersystem?organisasjonsnummer=1").await.status, 400);
}

#[tokio::test]
async fn a_recipient_learns_how_to_answer_and_nobody_else_does() {
    let world = World::new();
    let id = world.send(&Letter::to_organisation()).await.id();
    let path = format!("/api/v1/mottaker/forsendelser/{id}/svar-metadata");
    assert_eq!(world.get(&path).await.status, 403);
    let mut request = world.request(Method::GET, &path, Body::empty());
    let token = format!("Bearer {}", world.maskinporten.token_for(RECEIVER));
    request.headers_mut().insert("Authorization", token.parse().unwrap());
    let told = world.call(request).await.unwrap().json();
    assert_eq!((&told["kanSvarePaaForsendelse"], &told["tittel"]), (&json!(true), &json!("Svar på høring")));
}

#[tokio::test]
async fn a_letter_of_version_two_takes_the_same_way() {
    let world = World::new();
    let flat = |number: Value| {
        json!({
            "tittel": "Vedtak", "eksternReferanse": "gammel",
            "mottaker": {"navn": "Kari Testperson", "digitalId": number, "adresselinje1": "Veien 1",
                "postnummer": "0151", "poststed": "Oslo"},
            "dokumenter": [{"filnavn": "brev.pdf", "mimeType": "application/pdf"}],
        })
    };
    for (number, endpoint) in [(json!(PERSON), "Person"), (json!(RECEIVER), "Organisation"), (Value::Null, "Print")] {
        let letter = Letter { path: account("/"), metadata: flat(number), ..Letter::to_person() };
        let id = world.send(&letter).await.id();
        assert_eq!(format!("{:?}", world.svarut.shipment(id).unwrap().endpoint), endpoint);
    }
    let closed = Letter { path: account(""), metadata: flat(json!(PERSON)), ..Letter::to_person() }
        .with("/krevNiva4Innlogging", json!(true));
    assert!(world.send(&closed).await.message().contains("HOYESTE"));
}
