//! One row for each thing that SvarUt refuses, and what it takes although it looks odd.

use http::Method;
use sakarkiv_cms::{EncryptOptions, Identity, Recipient, encrypt};
use sakarkiv_http::Body;
use sakarkiv_testkit::simulators::{Account, DuplicateRule, Integration, OrganisationFacts};
use serde_json::{Value, json};
use uuid::Uuid;

use super::support::{ACCOUNT, INTEGRATION, Letter, OTHER_ACCOUNT, PDF, RECEIVER, SENDER, World};

fn encrypted_for(certificate_pem: &str, content: &[u8]) -> Vec<u8> {
    let recipient = Recipient::from_certificate(certificate_pem.as_bytes()).unwrap();
    let mut message = Vec::new();
    encrypt(content, &[recipient], &mut message, &EncryptOptions::default()).unwrap();
    message
}

fn signing(until: &str) -> Value {
    json!({"signeringUtloper": until, "signaturType": "AVANSERT_SIGNATUR"})
}

#[tokio::test]
async fn every_letter_in_order_is_taken() {
    let world = World::new();
    let certificate = world.svarut.certificate_pem();
    let sealed = encrypted_for(&certificate, PDF);
    for (what, letter) in [
        ("organisation", Letter::to_organisation()),
        ("person", Letter::to_person()),
        ("print", Letter::to_print()),
        ("health network", Letter::to_health_network()),
        ("no documents", Letter { files: Vec::new(), ..Letter::to_person().with("/dokumenter", json!([])) }),
        (
            "a plain text content type",
            Letter { metadata_type: Some("text/plain; charset=UTF-8".to_owned()), ..Letter::to_person() },
        ),
        ("no content type", Letter { metadata_type: None, ..Letter::to_person() }),
        ("a trailing slash", Letter { path: format!("{}/", Letter::to_person().path), ..Letter::to_person() }),
        ("null for absent", Letter::to_person().with("/korrelasjonsid", Value::Null)),
        (
            "an RFC 5987 file name",
            Letter {
                disposition: Some("form-data; name=\"f\"; filename*=UTF-8''bl%C3%A5b%C3%A6r.pdf".to_owned()),
                ..Letter::to_person().with("/dokumenter/0/filnavn", json!("blåbær.pdf"))
            },
        ),
        (
            "another type that is not printed",
            Letter::to_person()
                .and_file("kart.geojson", "application/geo+json", b"{}")
                .with("/dokumenter/1/skalEkskluderesFraUtskrift", json!(true)),
        ),
        (
            "another type, digital only",
            Letter::to_person().with("/kunDigitalLevering", json!(true)).and_file(
                "kart.geojson",
                "application/geo+json",
                b"{}",
            ),
        ),
        (
            "the highest level, encrypted",
            Letter::to_person()
                .with("/sikkerhetsniva", json!("HOYESTE"))
                .with("/kryptert", json!(true))
                .containing(&sealed),
        ),
        (
            "a signing order",
            Letter::to_person()
                .with("/dokumenter/0/skalSigneres", json!(true))
                .with("/signering", signing("2026-09-15T08:00:00Z")),
        ),
        ("a known message type", Letter::to_organisation().with("/forsendelsestype", json!("byggesak.soknad"))),
        ("giro paper for the last page", Letter::to_print().with("/dokumenter/0/giroarkSide", json!(1))),
    ] {
        let reply = world.send(&letter).await;
        assert_eq!(reply.status, 200, "{what}: {}", reply.json());
    }
}

#[tokio::test]
async fn every_breach_of_a_limit_is_refused_by_name() {
    let world = World::new();
    world.svarut.configure(|settings| settings.printable_limit = 1000);
    world.svarut.set_organisation("310000027", OrganisationFacts { exists: false, ..OrganisationFacts::default() });
    let stranger = Identity::generate("en annen").unwrap().certificate_pem();
    let organisation = Letter::to_organisation;
    let person = Letter::to_person;
    let long = |length: usize| json!("å".repeat(length));
    let link = json!({"url": "https://kommune.test", "tekst": "Les mer"});
    let rows: Vec<(Letter, &str)> = vec![
        (person().with("/tittel", json!("")), "tittel har ugyldig verdi"),
        (person().with("/tittel", long(1001)), "tittel har ugyldig verdi"),
        (person().with("/tittel", Value::Null), "tittel mangler"),
        (Letter::to_health_network().with("/tittel", long(201)), "tittel har ugyldig verdi"),
        (person().with("/mottaker/navn", long(101)), "mottaker.navn"),
        (person().with("/mottaker/digitalId", json!("01819000554")), "fødsels- eller d-nummer"),
        (organisation().with("/mottaker/digitalId", json!("312000343")), "gyldig organisasjonsnummer"),
        (organisation().with("/mottaker/digitalId", json!("310000027")), "Enhetsregisteret"),
        (person().with("/mottaker/adresse/adresselinje1", long(71)), "adresselinje1"),
        (person().with("/mottaker/adresse/poststed", Value::Null), "poststed mangler"),
        (person().with("/mottaker/adresse/landkode", json!("no")), "landkode"),
        (Letter::to_print().with("/mottaker/adresse", Value::Null), "mottaker.adresse mangler"),
        (person().with("/konteringskode", json!("to ord")), "konteringskode"),
        (person().with("/eksternReferanse", long(101)), "eksternReferanse"),
        (person().with("/eksternReferanse", json!("")), "eksternReferanse"),
        (person().with("/korrelasjonsid", long(101)), "korrelasjonsid"),
        (person().with("/avgivendeSystem", json!("")), "avgivendeSystem"),
        (person().with("/sikkerhetsniva", json!("HØYESTE")), "sikkerhetsniva har ugyldig verdi"),
        (person().with("/sikkerhetsniva", json!("HOYESTE")), "krever krypterte dokumenter"),
        (person().with("/svarPaForsendelseId", json!("17")), "svarPaForsendelseId"),
        (person().with("/svarSendesTil/type", json!("KOMMUNE")), "svarSendesTil.type"),
        (person().with("/svarSendesTil/digitalId", json!("31411122a")), "svarSendesTil.digitalId har ugyldig"),
        (person().with("/svarSendesTil/digitalId", json!("314111223")), "svarSendesTil.digitalId passer ikke"),
        (person().with("/eksponertFor", json!(["1"])), "eksponertFor"),
        (person().with("/eksponertFor", json!([SENDER, SENDER])), "eksponertFor"),
        (person().with("/lenker", json!(vec![link; 6])), "lenker har ugyldig verdi"),
        (person().with("/kanSvareViaEdialog", json!(true)).with("/svarSendesTil", Value::Null), "kanSvareViaEdialog"),
        (person().with("/kunDigitalLevering", json!("ja")), "kunDigitalLevering"),
        (person().with("/taushetsbelagtPost", json!(true)), "ukjent felt taushetsbelagtPost"),
        (person().with("/skrivefeil", json!(1)), "ukjent felt skrivefeil"),
        (organisation().with("/forsendelsestype", json!("egen.type")), "predefinerte"),
        (organisation().with("/metadataFraAvleverendeSystem/saksaar", json!(0)), "saksaar"),
        (organisation().with("/metadataFraAvleverendeSystem/sakssekvensnummer", json!(0)), "sakssekvensnummer"),
        (organisation().with("/metadataFraAvleverendeSystem/journalaar", json!(3001)), "journalaar"),
        (organisation().with("/metadataFraAvleverendeSystem/journaldato", json!("2026-09-14")), "journaldato"),
        (
            organisation().with("/metadataForImport", json!({"journalpostnummer": 0})),
            "metadataForImport.journalpostnummer",
        ),
        (Letter::to_health_network().with("/mottakertype", json!("HER_ID")), "mottakerHerId er påkrevd"),
        (Letter::to_health_network().with("/pasient/fodselsnummer", json!("123")), "fodselsnummer"),
        (Letter::to_health_network().containing(b"ikke pdf"), "vedlegget må være PDF"),
        (person().with("/dokumenter/0/filnavn", long(227)), "filnavn"),
        (person().with("/dokumenter/0/giroarkSide", json!(0)), "giroarkSide"),
        (person().with("/dokumenter/0/giroarkSide", json!(2)), "har ikke giroarkSide"),
        (person().and_file("BREV.PDF", "application/pdf", PDF), "er brukt flere ganger"),
        (person().and_file("a/b.pdf", "application/pdf", PDF), "ugyldige tegn"),
        (person().and_file("hvorfor?.pdf", "application/pdf", PDF), "ugyldige tegn"),
        (person().and_file("kart.png", "image/png", b"png"), "må ekskluderes fra utskrift"),
        (Letter::to_print().and_file("kart.png", "image/png", b"png"), "må være PDF"),
        (person().containing(b""), "er tomt"),
        (person().containing(b"PK not a pdf"), "ikke en gyldig PDF"),
        (person().containing(b"%PDF-1.7 trailer << /Encrypt 5 0 R >>"), "passordbeskyttet"),
        (person().containing(&[PDF, &[b' '; 1000]].concat()), "for stor for utskrift"),
        (person().with("/kryptert", json!(true)), "ikke kryptert med CMS"),
        (person().with("/kryptert", json!(true)).containing(&encrypted_for(&stranger, PDF)), "ikke kryptert med CMS"),
        (Letter { files: Vec::new(), ..person() }, "ikke de samme"),
        (person().with("/dokumenter", json!([])), "ikke de samme"),
        (person().with("/dokumenter/0/filnavn", json!("annet.pdf")), "ikke de samme"),
        (person().with("/dokumenter/0/skalSigneres", json!(true)), "signering mangler"),
        (person().with("/signering", signing("2026-09-16T08:00:00Z")), "akkurat ett dokument"),
        (
            person()
                .with("/dokumenter/0/skalSigneres", json!(true))
                .with("/signering", signing("2026-09-15T07:59:59Z")),
            "minst én dag frem",
        ),
        (
            person()
                .and_file("to.pdf", "application/pdf", PDF)
                .with("/dokumenter/0/skalSigneres", json!(true))
                .with("/dokumenter/1/skalSigneres", json!(true))
                .with("/signering", signing("2026-09-16T08:00:00Z")),
            "akkurat ett dokument",
        ),
        (organisation().with("/signering", signing("2026-09-16T08:00:00Z")), "ukjent felt signering"),
        (Letter { metadata_type: Some("application/pdf".to_owned()), ..person() }, "metadata må være JSON"),
        (Letter { metadata: json!("tekst"), ..person() }, "ikke gyldig JSON"),
        (Letter { disposition: Some("form-data; name=\"f\"".to_owned()), ..person() }, "ikke filnavn"),
    ];
    let mut failures = Vec::new();
    for (letter, expected) in rows {
        let reply = world.send(&letter).await;
        let body = reply.json();
        let complete = body["errorId"].as_str().is_some_and(|id| Uuid::try_parse(id).is_ok());
        if reply.status != 400 || !reply.message().contains(expected) || !complete {
            failures.push(format!("wanted `{expected}`, got {} {body}", reply.status));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert!(world.svarut.shipments().iter().all(|shipment| shipment.status.is_rejected()));
}

#[tokio::test]
async fn documents_must_come_in_the_order_of_the_metadata() {
    let world = World::new();
    let mut letter = Letter::to_person().and_file("vedlegg.pdf", "application/pdf", PDF);
    letter.files.reverse();
    let reply = world.send(&letter).await;
    assert_eq!(reply.status, 400);
    assert!(reply.message().contains("rekkefølge"), "{}", reply.message());
}

#[tokio::test]
async fn without_token_headers_or_right_nothing_is_taken() {
    let world = World::new();
    let letter = Letter::to_person();
    let without = |name: &str| {
        let mut request = world.sending(&letter);
        request.headers_mut().remove(name);
        request
    };
    let with = |name: &'static str, value: String| {
        let mut request = world.sending(&letter);
        request.headers_mut().insert(name, value.parse().unwrap());
        request
    };
    let foreign = format!("Bearer {}", world.maskinporten.token_for(RECEIVER));
    let elsewhere = |account: Uuid| {
        world.sending(&Letter {
            path: letter.path.replace(&ACCOUNT.to_string(), &account.to_string()),
            ..letter.clone()
        })
    };
    for (what, request, status) in [
        ("no token", without("Authorization"), 401),
        ("no integration id", without("IntegrasjonId"), 401),
        ("no integration password", without("IntegrasjonPassord"), 401),
        ("a wrong password", with("IntegrasjonPassord", "feil".to_owned()), 401),
        ("a made-up token", with("Authorization", "Bearer a.b.c".to_owned()), 401),
        ("another organisation's token", with("Authorization", foreign), 403),
        ("an account without a right", elsewhere(OTHER_ACCOUNT), 403),
        ("an account that is not there", elsewhere(Uuid::from_u128(9)), 404),
    ] {
        let reply = world.call(request).await.unwrap();
        assert_eq!(reply.status, status, "{what}: {}", reply.json());
    }
    let token = with("IntegrasjonId", INTEGRATION.to_string());
    world.maskinporten.revoke_all();
    assert_eq!(world.call(token).await.unwrap().status, 401, "a revoked token");
    assert!(world.svarut.shipments().is_empty());
}

#[tokio::test]
async fn what_is_no_address_of_the_service_is_refused_and_seen() {
    let world = World::new();
    assert_eq!(world.get("/api/v3/forsendelser").await.status, 404);
    let wrong_method = world.request(Method::GET, &Letter::to_person().path, Body::empty());
    assert_eq!(world.call(wrong_method).await.unwrap().status, 405);
    assert!(world.svarut.calls().iter().any(|call| call.path == "/api/v3/forsendelser"), "{:?}", world.svarut.calls());
}

#[tokio::test]
async fn the_same_letter_twice_is_judged_by_the_duplicate_rule() {
    for (rule, status, code) in [
        (DuplicateRule::Off, 200, Value::Null),
        (DuplicateRule::NullCode, 400, Value::Null),
        (DuplicateRule::Coded, 400, json!("GJENTAGENDE_FORSENDELSE")),
    ] {
        let world = World::new();
        world.svarut.configure(|settings| settings.duplicates = rule);
        let letter = Letter::to_person();
        assert_eq!(world.send(&letter).await.status, 200);
        let again = world.send(&letter).await;
        assert_eq!((again.status, &again.json()["errorCode"]), (status, &code), "{rule:?}");
        assert_eq!(world.send(&letter.clone().with("/tittel", json!("Nytt vedtak"))).await.status, 200);
        assert_eq!(world.send(&letter.clone().containing(b"%PDF-1.7 /Type /Page nytt")).await.status, 200);
        let expected = if status == 200 { 4 } else { 3 };
        assert_eq!(world.svarut.effective_count("sak-2026-000417-jp-3"), expected, "{rule:?}");
    }
}

#[tokio::test]
async fn old_credentials_are_exchanged_for_new_ones_that_work() {
    use base64::{Engine, engine::general_purpose::STANDARD};

    let world = World::new();
    let account = Uuid::from_u128(0xA3);
    world.svarut.add_account(Account::new(account, "Prøvedal kommune, helse", SENDER));
    world.svarut.add_old_credentials("gammel", "gammelt", account);
    let migrate = |password: &str| {
        let mut request = world.request(
            Method::POST,
            "/svarut-konfigurasjon/api/v1/migrering/integrasjoner",
            json!({"maskinportenToken": world.maskinporten.token_for(SENDER)}).to_string(),
        );
        let basic = format!("Basic {}", STANDARD.encode(format!("gammel:{password}")));
        request.headers_mut().insert("Authorization", basic.parse().unwrap());
        request
    };
    assert_eq!(world.call(migrate("feil")).await.unwrap().status, 401);
    let first = world.call(migrate("gammelt")).await.unwrap().json();
    let second = world.call(migrate("gammelt")).await.unwrap().json();
    assert_eq!((&first["id"], &first["kontoId"]), (&second["id"], &json!(account)));
    assert_ne!(first["passord"], second["passord"], "a repeated call changes the password");
    let mut send = world.sending(&Letter {
        path: Letter::to_person().path.replace(&ACCOUNT.to_string(), &account.to_string()),
        ..Letter::to_person()
    });
    for (name, member) in [("IntegrasjonId", "id"), ("IntegrasjonPassord", "passord")] {
        send.headers_mut().insert(name, second[member].as_str().unwrap().parse().unwrap());
    }
    assert_eq!(world.call(send).await.unwrap().status, 200);
}

#[tokio::test]
async fn an_account_without_signing_takes_no_signing_order() {
    let world = World::new();
    let mut account = Account::new(ACCOUNT, "Prøvedal kommune, byplan", SENDER);
    account.signing = false;
    world.svarut.add_account(account);
    world.svarut.add_integration(Integration {
        id: INTEGRATION,
        password: "hemmelig".to_owned(),
        organisation: SENDER.to_owned(),
        accounts: vec![ACCOUNT],
    });
    let letter = Letter::to_person()
        .with("/dokumenter/0/skalSigneres", json!(true))
        .with("/signering", signing("2026-09-16T08:00:00Z"));
    let reply = world.send(&letter).await;
    assert!(reply.message().contains("ikke aktivert for signering"), "{}", reply.message());
}
