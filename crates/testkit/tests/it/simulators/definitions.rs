//! The simulators against the published definitions: what they answer, and what they take and refuse.

use base64::{Engine, engine::general_purpose::STANDARD};
use http::{Method, Request};
use sakarkiv_http::Body;
use sakarkiv_testkit::{
    definitions::Definition,
    simulators::{Mail, MailFile, Sender},
};
use serde_json::{Value, json};

use super::support::{ACCOUNT, Letter, PDF, PERSON, RECEIVER, World};

fn definition(file: &str) -> Option<Definition> {
    Definition::published("svarut", file)
}

fn assert_fits(definition: &Definition, name: &str, value: &Value) {
    assert_eq!(definition.problems(name, value), [""; 0], "{value}");
}

/// The definition does not say so, but the documented error body has nulls.
fn without_nulls(mut body: Value) -> Value {
    body.as_object_mut().unwrap().retain(|_, member| !member.is_null());
    body
}

#[tokio::test]
async fn answers_about_sent_letters_fit_the_definitions() {
    let world = World::new();
    let id = world.send(&Letter::to_organisation()).await.json();
    let path = format!("/api/v2/forsendelser/{}", id["id"].as_str().unwrap());
    let account = format!("/api/v2/kontoer/{ACCOUNT}/forsendelser");
    world.pass(3600);
    if let Some(send) = definition("fiks-svarut-specs/forsendelse-send-api-v3.json") {
        assert_fits(&send, "SendForsendelseResponse", &id);
        let refused = world.send(&Letter::to_person().containing(b"")).await.json();
        assert_fits(&send, "ErrorMessage", &without_nulls(refused));
    }
    if let Some(status) = definition("fiks-svarut-specs/forsendelse-status-api-v3.json") {
        let path = format!("/api/v3/kontoer/{ACCOUNT}/forsendelser/status/sok");
        assert_fits(&status, "ForsendelseStatuser", &world.post(&path, json!({"id": [id["id"]]})).await.json());
    }
    if let Some(status) = definition("fiks-svarut-klient/forsendelse-status-api-v2.json") {
        let asked = world.post(&format!("{account}/status-sok"), json!({"forsendelseIds": [id["id"]]})).await;
        assert_fits(&status, "ForsendelseStatuser", &asked.json());
    }
    if let Some(found) = definition("fiks-svarut-specs/forsendelse-eksternref-api-v2.json") {
        let query = "eksternRef=sak-2026-000417-jp-3";
        assert_fits(&found, "EksternRefOppslagResponse", &world.get(&format!("{account}?{query}")).await.json());
        let metadata = world.get(&format!("{account}/metadata?{query}")).await.json();
        assert_fits(&found, "EksternRefOppslagMetadataResponse", &metadata);
    }
    if let Some(events) = definition("fiks-svarut-klient/forsendelse-hendelser-api-v2.json") {
        assert_fits(&events, "Hendelser", &world.get(&format!("{path}/hendelser")).await.json());
        let order = Letter::to_person().with("/dokumenter/0/skalSigneres", json!(true)).with(
            "/signering",
            json!({"signeringUtloper": "2026-09-20T08:00:00Z", "signaturType": "AVANSERT_SIGNATUR"}),
        );
        let order = world.send(&order).await.id();
        let log = world.get(&format!("/api/v2/forsendelser/{order}/signeringshendelser")).await.json();
        assert_fits(&events, "Signeringshendelser", &log);
        if let Some(documents) = definition("fiks-svarut-klient/forsendelse-metadata-api-v2.json") {
            assert_fits(&documents, "ForsendelseMetadata", &world.get(&format!("{path}/metadata")).await.json());
            let signing = world.get(&format!("/api/v2/forsendelser/{order}/metadata")).await.json();
            assert_fits(&documents, "ForsendelseMetadata", &signing);
        }
    }
    if let Some(types) = definition("fiks-svarut-klient/forsendelse-typer-api-v2.json") {
        assert_fits(&types, "Forsendelsestyper", &world.get("/api/v2/forsendelsestyper").await.json());
    }
    if let Some(systems) = definition("fiks-svarut-klient/mottakersystem-api-v2.json") {
        let _key = world.with_receiver_system();
        assert_fits(&systems, "Mottakersystemer", &world.get("/api/v2/mottakersystem").await.json());
    }
}

#[tokio::test]
async fn waiting_mail_fits_the_definitions_of_svarinn() {
    let world = World::new();
    let _key = world.with_receiver_system();
    world.svarinn.deliver(
        "arkiv",
        Mail::dialogue("Spørsmål", RECEIVER, Sender::person("Kari Testperson", PERSON))
            .with_file(MailFile::pdf("brev.pdf", PDF)),
    );
    world.send(&Letter::to_organisation().with("/metadataForImport", json!({"saksaar": 2025}))).await;
    world.pass(120);
    for (file, path) in [
        ("own/svarinn-v1.openapi.yaml", "/tjenester/svarinn/mottaker/hentNyeForsendelser"),
        ("own/svarinn-v2.openapi.yaml", "/api/svarinn/v2/forsendelser"),
    ] {
        let Some(definition) = definition(file) else { continue };
        let request = Request::get(format!("https://svarinn.test{path}"))
            .header("Authorization", format!("Basic {}", STANDARD.encode("arkiv:passord")))
            .body(Body::empty())
            .unwrap();
        let entries = world.call(request).await.unwrap().json();
        assert_eq!(entries.as_array().unwrap().len(), 2);
        for entry in entries.as_array().unwrap() {
            assert_fits(&definition, "Forsendelse", entry);
        }
    }
}

#[tokio::test]
async fn the_reply_metadata_and_the_error_body_fit_their_descriptions() {
    let Some(support) = definition("own/svarut-support.openapi.yaml") else { return };
    let world = World::new();
    let id = world.send(&Letter::to_organisation()).await.id();
    let mut request =
        world.request(Method::GET, &format!("/api/v1/mottaker/forsendelser/{id}/svar-metadata"), Body::empty());
    let token = format!("Bearer {}", world.maskinporten.token_for(RECEIVER));
    request.headers_mut().insert("Authorization", token.parse().unwrap());
    assert_fits(&support, "ForsendelseMottakerData", &world.call(request).await.unwrap().json());
    let error = world.get("/api/v1/mottaker/forsendelser/17/svar-metadata").await.json();
    assert_fits(&support, "ErrorMessage", &without_nulls(error));
}

/// Walks over every member of a body in order and spoils it in every way; simulator and definition must agree on each.
#[tokio::test]
async fn the_simulator_takes_and_refuses_the_same_bodies_as_the_definition() {
    let Some(send) = definition("fiks-svarut-specs/forsendelse-send-api-v3.json") else { return };
    let world = World::new();
    let (mut compared, mut differences) = (0, Vec::new());
    for (schema, letter) in [
        ("PersonForsendelse", Letter::to_person().with("/lenker", json!([{"url": "https://a.test", "tekst": "a"}]))),
        ("OrganisasjonForsendelse", Letter::to_organisation().with("/metadataForImport", json!({"saksaar": 2025}))),
        ("NhnForsendelse", Letter::to_health_network().with("/mottakerHerId", json!(1))),
        ("PrintForsendelse", Letter::to_print()),
    ] {
        for spoilt in spoilings(&letter.metadata, send.schema(schema).unwrap()) {
            let defined = send.problems(schema, &spoilt);
            let reply = world.send(&Letter { metadata: spoilt.clone(), ..letter.clone() }).await;
            let refused_for_shape = reply.status == 400 && is_about_shape(&reply.message());
            // Beyond the shape the service knows more than the definition says, so only shapes are compared.
            if refused_for_shape == defined.is_empty() {
                differences.push(format!("{schema} {spoilt}: {defined:?} {}", reply.json()));
            }
            compared += 1;
        }
    }
    assert!(
        differences.is_empty(),
        "{} differences, first {}",
        differences.len(),
        differences[..3.min(differences.len())].join("\n")
    );
    assert!(compared > 300, "only {compared} bodies were compared");
}

fn is_about_shape(message: &str) -> bool {
    ["har ugyldig verdi", "mangler", "må være et objekt", "må være en liste", "ukjent felt", "har feil form"]
        .iter()
        .any(|text| message.split("; ").any(|problem| problem.ends_with(text) || problem.contains("ukjent felt")))
        && !message.contains("signering mangler")
}

/// The body itself, and the body with one member replaced by each of several odd values or taken away, at every depth.
fn spoilings(body: &Value, schema: &Value) -> Vec<Value> {
    let mut pointers = Vec::new();
    collect(body, "", &mut pointers);
    let names = schema["properties"].as_object().unwrap().keys();
    pointers.extend(names.filter(|name| body.get(name.as_str()).is_none()).map(|name| format!("/{name}")));
    let mut bodies = vec![body.clone()];
    for pointer in pointers {
        let odd = [
            json!(""),
            json!("a"),
            json!("å".repeat(2000)),
            json!(0),
            json!(1),
            json!(-1),
            json!(true),
            Value::Null,
            json!([]),
            json!({}),
            json!(["a", "a"]),
        ];
        for value in odd {
            let mut spoilt = body.clone();
            let (object, member) = pointer.rsplit_once('/').unwrap();
            match spoilt.pointer_mut(object).unwrap() {
                Value::Array(items) => items[member.parse::<usize>().unwrap()] = value,
                place => place[member] = value,
            }
            bodies.push(spoilt);
        }
    }
    bodies
}

fn collect(value: &Value, at: &str, pointers: &mut Vec<String>) {
    let inner: Vec<(String, &Value)> = match value {
        Value::Object(members) => members.iter().map(|(name, member)| (format!("{at}/{name}"), member)).collect(),
        Value::Array(items) => items.iter().enumerate().map(|(index, item)| (format!("{at}/{index}"), item)).collect(),
        _ => return,
    };
    for (pointer, value) in inner {
        collect(value, &pointer, pointers);
        pointers.push(pointer);
    }
}
