//! What we send, against the published OpenAPI definitions.

use std::path::PathBuf;

use sakarkiv_core::{delivery::RemoteId, ports::Channel, routing::MailboxKind as M};
use serde_json::{Value, json};

use super::{
    doubles::{Desk, Reply, SHIPMENT, accepted, answer, byplan, ok},
    letters::{Draft, now, number},
    sending::{health_details, health_letter},
};

/// One definition file, or nothing and a word about it when the folder is not here.
fn definition(file: &str) -> Option<Value> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../../shared/specs/svarut").join(file);
    match std::fs::read(&path) {
        Ok(bytes) => Some(serde_json::from_slice(&bytes).unwrap()),
        Err(_) => {
            println!("skipped: the published definition `{file}` is not beside the workspace");
            None
        }
    }
}

/// Checks a value against a named schema: types, required and unknown members, lengths, ranges, patterns, enumerations.
fn check(definition: &Value, schema: &str, value: &Value) {
    let schema = &definition["components"]["schemas"][schema];
    assert!(schema.is_object(), "no such schema");
    let mut faults = Vec::new();
    compare(definition, schema, value, "", &mut faults);
    assert!(faults.is_empty(), "{faults:#?}\n{value:#}");
}

fn compare(definition: &Value, schema: &Value, value: &Value, at: &str, faults: &mut Vec<String>) {
    if let Some(reference) = schema["$ref"].as_str() {
        let name = reference.rsplit('/').next().unwrap();
        return compare(definition, &definition["components"]["schemas"][name], value, at, faults);
    }
    if value.is_null() && schema["nullable"] == true {
        return;
    }
    let mut demand = |holds: bool, what: &str| {
        if !holds {
            faults.push(format!("{at}: {what}"));
        }
    };
    if let Some(allowed) = schema["enum"].as_array() {
        demand(allowed.contains(value), "not one of the enumeration");
    }
    match schema["type"].as_str() {
        Some("string") => {
            let Some(text) = value.as_str() else { return demand(false, "not a string") };
            let length = text.encode_utf16().count() as u64;
            demand(schema["minLength"].as_u64().is_none_or(|least| length >= least), "too short");
            demand(schema["maxLength"].as_u64().is_none_or(|most| length <= most), "too long");
            demand(schema["pattern"].as_str().is_none_or(|pattern| matches(pattern, text)), "not of the pattern");
            demand(format_holds(schema["format"].as_str(), text), "not of the format");
        }
        Some("integer") => {
            let Some(number) = value.as_i64() else { return demand(false, "not an integer") };
            demand(schema["minimum"].as_i64().is_none_or(|least| number >= least), "too small");
            demand(schema["maximum"].as_i64().is_none_or(|most| number <= most), "too large");
        }
        Some("boolean") => demand(value.is_boolean(), "not a boolean"),
        Some("array") => {
            let Some(items) = value.as_array() else { return demand(false, "not an array") };
            demand(schema["maxItems"].as_u64().is_none_or(|most| items.len() as u64 <= most), "too many");
            for (n, item) in items.iter().enumerate() {
                compare(definition, &schema["items"], item, &format!("{at}[{n}]"), faults);
            }
        }
        Some("object") => {
            let Some(members) = value.as_object() else { return demand(false, "not an object") };
            for required in schema["required"].as_array().into_iter().flatten() {
                demand(members.contains_key(required.as_str().unwrap()), &format!("lacks {required}"));
            }
            for (name, member) in members {
                match schema["properties"].get(name) {
                    Some(schema) => compare(definition, schema, member, &format!("{at}.{name}"), faults),
                    None => faults.push(format!("{at}: unknown member {name}")),
                }
            }
        }
        _ => demand(schema["enum"].is_array(), "the checker does not know this type"),
    }
}

/// The patterns that the definitions use; another one must be added here.
fn matches(pattern: &str, text: &str) -> bool {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    match pattern {
        r"^\d{1,11}$" => digits && (1..=11).contains(&text.len()),
        "^[0-9]{11}$" => digits && text.len() == 11,
        "^[0-9]{9}$" => digits && text.len() == 9,
        "^[A-Z]{2}$" => text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_uppercase()),
        r"^[a-zA-Z0-9_\-.øæåØÆÅ]{0,20}$" => {
            text.chars().count() <= 20 && text.chars().all(|c| c.is_ascii_alphanumeric() || "_-.øæåØÆÅ".contains(c))
        }
        other => panic!("the checker does not know the pattern `{other}`"),
    }
}

fn format_holds(format: Option<&str>, text: &str) -> bool {
    match format {
        Some("uuid") => uuid::Uuid::parse_str(text).is_ok(),
        Some("date-time") => chrono::DateTime::parse_from_rfc3339(text).is_ok(),
        _ => true,
    }
}

const SENDS: [&str; 2] =
    ["fiks-svarut-specs/forsendelse-send-api-v3.json", "fiks-svarut-specs-2026-03/forsendelse-send-api-v3.json"];

fn certificate() -> Reply {
    let identity = sakarkiv_cms::Identity::generate("SvarUt").unwrap();
    answer(200, identity.certificate_pem())
}

/// A letter with everything it can have, as long as it can be.
fn full(draft: Draft) -> Draft {
    let draft = draft.change(|letter| {
        letter.title = "å".repeat(1500).into();
        letter.sender.name = "é".repeat(150);
        letter.options.dialogue_reply = true;
        letter.options.duplex = false;
        letter.options.correlation = Some("k".repeat(100));
        letter.options.answers = Some(SHIPMENT.to_owned());
        letter.options.billing_code = Some("Ø_-.9".to_owned());
    });
    draft.document(&format!("{}.pdf", "ø".repeat(300)), "application/pdf", b"x").document(
        "BREV.pdf",
        "application/pdf",
        b"y",
    )
}

async fn metadata(draft: Draft, endpoint: &str) -> Value {
    let desk = Desk::new();
    if draft.letter.sensitivity > sakarkiv_core::sensitivity::SensitivityClass::Restricted {
        desk.expect("GET /forsendelse/publickey/hent", certificate());
    }
    desk.expect(&format!("POST v3/kontoer/{{konto}}/forsendelser/{endpoint}"), accepted());
    desk.channel.send(&byplan(), draft.dispatch()).await.unwrap();
    desk.sent().last().unwrap().metadata()
}

#[tokio::test]
async fn shipments_are_as_the_definitions_say() {
    for definition in SENDS.into_iter().filter_map(definition) {
        for draft in [
            Draft::organisation(),
            full(Draft::organisation()),
            Draft::organisation().sensitive(M::ConfidentialInbox),
            full(Draft::organisation()).change(|letter| letter.options.digital_only = true),
        ] {
            check(&definition, "OrganisasjonForsendelse", &metadata(draft, "organisasjon").await);
        }
        for draft in [Draft::person(), full(Draft::person()).document("a.txt", "text/plain", b"z")] {
            check(&definition, "PersonForsendelse", &metadata(draft, "person").await);
        }
        for draft in [Draft::paper(), full(Draft::paper())] {
            check(&definition, "PrintForsendelse", &metadata(draft, "print").await);
        }
        let desk = Desk::new();
        desk.expect("POST v3/kontoer/{konto}/forsendelser/nhn", accepted());
        let draft = health_letter().change(|letter| letter.title = "ø".repeat(500).into());
        desk.channel.send_to_health_network(&byplan(), draft.dispatch(), &health_details()).await.unwrap();
        check(&definition, "NhnForsendelse", &desk.sent()[0].metadata());
    }
}

#[tokio::test]
async fn the_other_bodies_are_as_the_definitions_say() {
    let id = RemoteId(SHIPMENT.to_owned());
    if let Some(definition) = definition("fiks-svarut-specs/forsendelse-status-api-v3.json") {
        let desk = Desk::new();
        desk.expect("POST v3/kontoer/{konto}/forsendelser/status/sok", ok(&json!({"statuser": []})));
        desk.channel.status(&byplan(), std::slice::from_ref(&id)).await.unwrap();
        check(&definition, "Forsendelser", &desk.sent()[0].json());
    }
    if let Some(definition) = definition("fiks-svarut-klient/forsendelse-lest-api-v2.json") {
        let desk = Desk::new();
        desk.expect("POST v2/forsendelser/{id}/lest", answer(204, ""));
        desk.channel.mark_read(&byplan(), &id, &number(), now()).await.unwrap();
        check(&definition, "LestAv", &desk.sent()[0].json());
    }
}

#[test]
fn every_path_is_one_of_the_definitions() {
    for (file, path, method, parameters) in [
        (
            "fiks-svarut-specs/forsendelse-send-api-v3.json",
            "/v3/kontoer/{kontoId}/forsendelser/organisasjon",
            "post",
            "",
        ),
        ("fiks-svarut-specs/forsendelse-send-api-v3.json", "/v3/kontoer/{kontoId}/forsendelser/person", "post", ""),
        ("fiks-svarut-specs/forsendelse-send-api-v3.json", "/v3/kontoer/{kontoId}/forsendelser/print", "post", ""),
        ("fiks-svarut-specs/forsendelse-send-api-v3.json", "/v3/kontoer/{kontoId}/forsendelser/nhn", "post", ""),
        (
            "fiks-svarut-specs/forsendelse-status-api-v3.json",
            "/v3/kontoer/{kontoId}/forsendelser/status/sok",
            "post",
            "",
        ),
        (
            "fiks-svarut-specs/forsendelse-eksternref-api-v2.json",
            "/v2/kontoer/{kontoId}/forsendelser",
            "get",
            "eksternRef",
        ),
        (
            "fiks-svarut-specs/forsendelse-eksternref-api-v2.json",
            "/v2/kontoer/{kontoId}/forsendelser/metadata",
            "get",
            "eksternRef",
        ),
        (
            "fiks-svarut-klient/forsendelse-hendelser-api-v2.json",
            "/v2/forsendelser/{forsendelseId}/hendelser",
            "get",
            "",
        ),
        (
            "fiks-svarut-klient/forsendelse-hendelser-api-v2.json",
            "/v2/forsendelser/{forsendelseId}/signeringshendelser",
            "get",
            "",
        ),
        ("fiks-svarut-klient/forsendelse-metadata-api-v2.json", "/v2/forsendelser/{forsendelseId}/metadata", "get", ""),
        ("fiks-svarut-klient/forsendelse-lest-api-v2.json", "/v2/forsendelser/{forsendelseId}/lest", "post", ""),
        (
            "fiks-svarut-klient/forsendelse-slett-api-v2.json",
            "/v2/forsendelser/{forsendelseId}/dokumenter",
            "delete",
            "slettetype",
        ),
        ("fiks-svarut-klient/forsendelse-typer-api-v2.json", "/v2/forsendelsestyper", "get", ""),
        ("fiks-svarut-klient/mottakersystem-api-v2.json", "/v2/mottakersystem", "get", "organisasjonsnummer"),
    ] {
        let Some(definition) = definition(file) else { continue };
        let operation = &definition["paths"][path][method];
        assert!(operation.is_object(), "{method} {path}");
        let known = operation["parameters"].as_array().into_iter().flatten();
        let known = known.filter(|known| known["in"] == "query").map(|known| known["name"].clone()).collect::<Vec<_>>();
        assert!(parameters.is_empty() || known.contains(&parameters.into()), "{path}: {known:?}");
    }
}

#[test]
fn the_checker_finds_what_is_wrong() {
    let definition = json!({"components": {"schemas": {"A": {
        "type": "object", "required": ["navn"],
        "properties": {"navn": {"type": "string", "minLength": 1, "maxLength": 3}, "land": {"type": "string",
            "pattern": "^[A-Z]{2}$"}, "art": {"type": "string", "enum": ["X"]}, "tall": {"type": "integer", "minimum": 1}},
    }}}});
    let faults = |value: Value| {
        let mut faults = Vec::new();
        compare(&definition, &definition["components"]["schemas"]["A"], &value, "", &mut faults);
        faults.len()
    };
    assert_eq!(faults(json!({"navn": "abc", "land": "NO", "art": "X", "tall": 1})), 0);
    for bad in [
        json!({}),
        json!({"navn": ""}),
        json!({"navn": "abcd"}),
        json!({"navn": 1}),
        json!({"navn": "a", "land": "no"}),
        json!({"navn": "a", "art": "Y"}),
        json!({"navn": "a", "tall": 0}),
        json!({"navn": "a", "ukjent": 1}),
        json!([]),
    ] {
        assert_eq!(faults(bad.clone()), 1, "{bad}");
    }
}
