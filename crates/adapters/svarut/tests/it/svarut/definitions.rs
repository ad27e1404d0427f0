//! What we send, against the published OpenAPI definitions.

use sakarkiv_core::{delivery::RemoteId, ports::Channel, routing::MailboxKind as M};
use sakarkiv_testkit::definitions::Definition;
use serde_json::{Value, json};

use super::{
    doubles::{Desk, Reply, SHIPMENT, accepted, answer, byplan, ok},
    letters::{Draft, now, number, signing_order},
    sending::{health_details, health_letter},
};

fn definition(file: &str) -> Option<Definition> {
    Definition::published("svarut", file)
}

fn check(definition: &Definition, schema: &str, value: &Value) {
    assert_eq!(definition.problems(schema, value), [""; 0], "{value:#}");
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
        let to_sign = |draft: Draft| draft.change(|letter| letter.options.signing = Some(signing_order()));
        for draft in [
            Draft::person(),
            full(Draft::person()).document("a.txt", "text/plain", b"z"),
            to_sign(Draft::person()),
            to_sign(full(Draft::person())),
        ] {
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
        let operation = definition.operation(method, path).unwrap_or_else(|| panic!("{method} {path}"));
        let known = operation["parameters"].as_array().into_iter().flatten();
        let known = known.filter(|known| known["in"] == "query").map(|known| known["name"].clone()).collect::<Vec<_>>();
        assert!(parameters.is_empty() || known.contains(&parameters.into()), "{path}: {known:?}");
    }
}
