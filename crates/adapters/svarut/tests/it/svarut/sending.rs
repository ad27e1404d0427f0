use std::sync::OnceLock;

use sakarkiv_cms::{Identity, InMemory, Keyring, Limits, decrypt};
use sakarkiv_core::{
    delivery::{Recipient, SigningOrder},
    identity::{CountryCode, PostalAddress},
    ports::{Channel, PortErrorKind as K},
    routing::MailboxKind as M,
    screening::Private,
    sensitivity::SensitivityClass,
};
use sakarkiv_svarut::{HealthContact, HealthDetails, HealthReceiver};
use serde_json::{Value, json};

use super::{
    doubles::{Desk, Reply, SHIPMENT, Sent, accepted, answer, byplan, ok},
    letters::{Draft, PDF, now, number, signing_order},
};

const ORGANISATION: &str = "POST v3/kontoer/{konto}/forsendelser/organisasjon";
const PERSON: &str = "POST v3/kontoer/{konto}/forsendelser/person";
const PAPER: &str = "POST v3/kontoer/{konto}/forsendelser/print";
const TYPES: &str = "GET v2/forsendelsestyper";
const CERTIFICATE: &str = "GET /forsendelse/publickey/hent";
const SYSTEMS: &str = "GET v2/mottakersystem?organisasjonsnummer=310000027";

fn identity() -> &'static Identity {
    static IDENTITY: OnceLock<Identity> = OnceLock::new();
    IDENTITY.get_or_init(|| Identity::generate("SvarUt").unwrap())
}

fn certificate() -> Reply {
    answer(200, identity().certificate_pem())
}

fn decrypted(message: &[u8]) -> Vec<u8> {
    let keyring = Keyring::new().with(identity().private_key_pem().as_bytes(), None).unwrap();
    decrypt(message, &keyring, InMemory::new(), &Limits::default()).unwrap().content.as_slice().to_vec()
}

/// Sends a letter that goes out in one call, and gives that call.
async fn sent(line: &str, draft: Draft) -> Sent {
    let desk = Desk::new();
    desk.expect(line, accepted());
    let accepted = desk.channel.send(&byplan(), draft.dispatch()).await.unwrap();
    assert_eq!(accepted.remote_id.0, SHIPMENT);
    desk.sent().remove(0)
}

async fn refused(desk: &Desk, draft: Draft) -> (K, String) {
    let error = desk.channel.send(&byplan(), draft.dispatch()).await.unwrap_err();
    assert!(desk.sent().is_empty(), "nothing must have been sent");
    (error.kind(), error.to_string())
}

#[tokio::test]
async fn a_letter_to_an_organisation_is_written_like_this_to_the_byte() {
    let draft = Draft::organisation().document("kart.geojson", "application/geo+json", b"{}").change(|letter| {
        letter.options.dialogue_reply = true;
        letter.options.correlation = Some("sak-2026-417".to_owned());
        letter.options.billing_code = Some("1.2_Ø".to_owned());
        letter.options.answers = Some("ikke en uuid".to_owned());
        letter.documents[1].sensitive_personal_data = true;
    });
    let sent = sent(ORGANISATION, draft).await;
    let metadata = concat!(
        r#"{"tittel":"Svar på søknad","avgivendeSystem":"sakarkiv 0.1","avgivendeSystemAktor":"u-42","#,
        r#""konteringskode":"1.2_Ø","utskriftskonfigurasjon":{"tosidig":true},"#,
        r#""eksternReferanse":"sakarkiv-00000000-0000-0000-0000-000000000001","korrelasjonsid":"sak-2026-417","#,
        r#""mottaker":{"navn":"Eksempelvik kommune","digitalId":"310000027","adresse":{"adresselinje1":"Rådhusgata 2","#,
        r#""adresselinje2":"Inngang B","postnummer":"0151","poststed":"Oslo"}},"sikkerhetsniva":"BETYDELIG","#,
        r#""kanSvareViaEdialog":true,"svarSendesTil":{"navn":"Prøvedal kommune","type":"ORGANISASJON","#,
        r#""digitalId":"310000043","adresse":{"adresselinje1":"Postboks 10","postnummer":"5003","poststed":"Bergen"}},"#,
        r#""metadataFraAvleverendeSystem":{"mappeSystemId":"00000000-0000-0000-0000-000000000002","saksaar":2026,"#,
        r#""sakssekvensnummer":417,"systemId":"00000000-0000-0000-0000-000000000003","registreringsId":"2026/417-3","#,
        r#""journalaar":2026,"journalsekvensnummer":1093,"journalpostnummer":3,"journalposttype":"U","#,
        r#""journalstatus":"R","dokumentetsDato":"2026-09-14T12:00:00Z","tittel":"Svar på søknad"},"#,
        r#""dokumenter":[{"filnavn":"brev.pdf","mimeType":"application/pdf"},"#,
        r#"{"filnavn":"kart.geojson","mimeType":"application/geo+json","skalEkskluderesFraUtskrift":true,"#,
        r#""inneholderPersonsensitivInformasjon":true}]}"#,
    );
    let expected = format!(
        "--sakarkiv-00000000000000000000000000000001\r\n\
         Content-Disposition: form-data; name=\"forsendelse\"\r\nContent-Type: application/json\r\n\r\n{metadata}\r\n\
         --sakarkiv-00000000000000000000000000000001\r\n\
         Content-Disposition: form-data; name=\"filer_0\"; filename=\"brev.pdf\"\r\n\
         Content-Type: application/pdf\r\n\r\n%PDF-1.7 ...\r\n\
         --sakarkiv-00000000000000000000000000000001\r\n\
         Content-Disposition: form-data; name=\"filer_1\"; filename=\"kart.geojson\"\r\n\
         Content-Type: application/geo+json\r\n\r\n{{}}\r\n\
         --sakarkiv-00000000000000000000000000000001--\r\n"
    );
    assert_eq!(std::str::from_utf8(&sent.body).unwrap(), expected);
    assert_eq!(sent.length, Some(expected.len() as u64), "the length is announced");
    assert_eq!(sent.headers["authorization"], "Bearer own-0");
    assert_eq!(sent.headers["integrasjonid"], "0f9f3c0e-6a1b-4f0e-8a37-2a7f1fd5d6e2");
    assert_eq!(sent.headers["integrasjonpassord"], "hemmelig-passord");
    assert!(sent.headers["integrasjonpassord"].is_sensitive() && sent.headers["authorization"].is_sensitive());
}

#[tokio::test]
async fn a_letter_that_must_not_show_its_case_has_no_number_of_it() {
    let draft = Draft::organisation().change(|letter| letter.options.without_case_numbers = true);
    let metadata = sent(ORGANISATION, draft).await.metadata();
    assert_eq!((metadata.get("metadataFraAvleverendeSystem"), &metadata["tittel"]), (None, &json!("Svar på søknad")));
    assert!(!metadata.to_string().contains("417"), "{metadata}");
}

#[tokio::test]
async fn a_letter_to_a_person_has_neither_archive_metadata_nor_what_only_organisations_get() {
    let metadata = sent(PERSON, Draft::person()).await.metadata();
    assert_eq!(metadata["mottaker"]["digitalId"], number().digits());
    for absent in ["metadataFraAvleverendeSystem", "taushetsbelagtPost", "forsendelsestype", "kryptert"] {
        assert_eq!(metadata.get(absent), None, "{absent}");
    }
}

#[tokio::test]
async fn a_letter_on_paper_has_name_and_address_and_pdf_only() {
    let metadata = sent(PAPER, Draft::paper()).await.metadata();
    assert_eq!(metadata["mottaker"]["navn"], "Kari Testperson");
    assert_eq!(metadata["mottaker"]["adresse"]["poststed"], "Oslo");
    assert_eq!(metadata.get("sikkerhetsniva"), None);

    let (kind, says) = refused(&Desk::new(), Draft::paper().document("a.txt", "text/plain", b"x")).await;
    assert!(kind == K::Rejected && says.contains("PDF"), "{says}");
    let (kind, _) = refused(&Desk::new(), Draft::paper().change(|letter| letter.documents.clear())).await;
    assert_eq!(kind, K::Rejected);
    let (kind, says) =
        refused(&Desk::with(|config| config["accounts"]["byplan"]["paper"] = false.into()), Draft::paper()).await;
    assert!(kind == K::Misconfigured && says.contains("paper"), "{says}");
}

#[tokio::test]
async fn people_and_organisations_can_be_written_to_on_paper_too() {
    let mut draft = Draft::person();
    draft.mailbox = M::Paper;
    let metadata = sent(PAPER, draft).await.metadata();
    assert!(!metadata.to_string().contains(number().digits()), "the number is not needed on an envelope");
}

#[tokio::test]
async fn a_confidential_letter_goes_encrypted_at_the_highest_level_into_confidential_mail() {
    for mailbox in [M::ConfidentialInbox, M::ReceiverSystem] {
        let desk = Desk::new();
        if mailbox == M::ReceiverSystem {
            desk.expect(SYSTEMS, ok(&json!({"mottakersystemer": [{"forsendelseType": "", "niva": 4}]})));
        }
        desk.expect(CERTIFICATE, certificate()).expect(ORGANISATION, accepted());
        let large = vec![7; 5000];
        let draft = Draft::organisation().document("stor.pdf", "application/pdf", &large).sensitive(mailbox);
        desk.channel.send(&byplan(), draft.dispatch()).await.unwrap();
        let all = desk.sent();
        let sent = all.last().unwrap();
        let metadata = sent.metadata();
        assert_eq!(metadata["sikkerhetsniva"], "HOYESTE");
        assert_eq!((&metadata["kryptert"], &metadata["taushetsbelagtPost"]), (&Value::Bool(true), &Value::Bool(true)));
        assert_eq!(metadata["dokumenter"][0], json!({"filnavn": "brev.pdf", "mimeType": "application/pdf"}));
        let parts = sent.parts();
        assert_eq!(decrypted(&parts[1].1), PDF);
        assert_eq!(decrypted(&parts[2].1), large);
        assert_eq!(sent.length, None, "the length of what is encrypted is not known beforehand");
        let certificate = all.iter().find(|sent| sent.line.ends_with("hent")).unwrap();
        assert!(certificate.headers.get("authorization").is_none(), "the certificate is public");
    }
}

#[tokio::test]
async fn the_certificate_is_fetched_once_a_day() {
    let desk = Desk::with(|config| config["encrypt"] = "always".into());
    desk.expect(CERTIFICATE, certificate()).expect(PERSON, accepted()).expect(PERSON, accepted());
    desk.channel.send(&byplan(), Draft::person().dispatch()).await.unwrap();
    desk.clock.pass(std::time::Duration::from_secs(24 * 60 * 60 - 1));
    desk.channel.send(&byplan(), Draft::person().dispatch()).await.unwrap();
    assert_eq!(desk.sent()[1].metadata()["kryptert"], true);
    desk.clock.pass(std::time::Duration::from_secs(1));
    desk.expect(CERTIFICATE, answer(200, "<html>")).expect(CERTIFICATE, answer(503, ""));
    for _ in 0..2 {
        let error = desk.channel.send(&byplan(), Draft::person().dispatch()).await.unwrap_err();
        assert_eq!(error.kind(), K::Transient, "{error}");
    }
    desk.sent();
}

#[tokio::test]
async fn a_confidential_letter_waits_when_the_recipients_system_has_gone() {
    let desk = Desk::new();
    desk.expect(SYSTEMS, ok(&json!({"mottakersystemer": []})));
    let error = desk.channel.send(&byplan(), Draft::organisation().sensitive(M::ReceiverSystem).dispatch()).await;
    assert_eq!(error.unwrap_err().kind(), K::Transient);
    desk.sent();
}

#[tokio::test]
async fn digital_only_lets_other_formats_and_large_ones_pass() {
    let small_limit = |config: &mut Value| config["print_limit_bytes"] = 12.into();
    let digital = |letter: &mut sakarkiv_core::delivery::Letter| letter.options.digital_only = true;
    let draft = || Draft::person().document("a.txt", "text/plain", b"x");
    let (kind, says) = refused(&Desk::with(small_limit), draft()).await;
    assert!(kind == K::Rejected && says.contains("12"), "{says}");

    let desk = Desk::with(small_limit);
    desk.expect(PERSON, accepted());
    desk.channel.send(&byplan(), draft().change(digital).dispatch()).await.unwrap();
    let metadata = desk.sent()[0].metadata();
    assert_eq!(metadata["kunDigitalLevering"], true);
    assert_eq!(metadata["dokumenter"][1], json!({"filnavn": "a.txt", "mimeType": "text/plain"}));
}

#[tokio::test]
async fn hostile_file_names_stay_names_in_metadata_and_parts_alike() {
    let names =
        ["../../a\0b.pdf", "x\"; filename=\"y.pdf", "BREV.pdf", &format!("{}.pdf", "æ".repeat(300)), "a\r\nb.pdf"];
    let draft =
        names.iter().fold(Draft::person(), |draft, name| draft.document(name, "application/pdf", name.as_bytes()));
    let sent = sent(PERSON, draft).await;
    let metadata = sent.metadata();
    let parts = sent.parts();
    assert_eq!(parts.len(), names.len() + 2);
    let mut seen = std::collections::BTreeSet::new();
    for (n, (head, content)) in parts[1..].iter().enumerate() {
        let name = metadata["dokumenter"][n]["filnavn"].as_str().unwrap();
        assert!(
            head.starts_with(&format!("Content-Disposition: form-data; name=\"filer_{n}\"; filename=\"{name}\"\r\n"))
        );
        assert_eq!(head.lines().count(), 2, "{head}");
        assert!(!name.contains(['/', '\\', '"', '\0', '\r', '\n']) && name.encode_utf16().count() <= 226, "{name}");
        assert!(seen.insert(name.to_lowercase()), "{name} twice");
        if n > 0 {
            assert_eq!(content, names[n - 1].as_bytes(), "the order stays");
        }
    }
}

#[tokio::test]
async fn a_message_type_must_be_one_that_svarut_knows_and_the_list_is_asked_for_once_an_hour() {
    let typed = |name: &str| Draft::organisation().change(|letter| letter.options.message_type = Some(name.to_owned()));
    let desk = Desk::new();
    desk.expect(TYPES, ok(&json!({"forsendelsestyper": ["geointegrasjon.matrikkelføring", "ks.byggesak"]})));
    desk.expect(ORGANISATION, accepted());
    desk.channel.send(&byplan(), typed("ks.byggesak").dispatch()).await.unwrap();
    assert_eq!(desk.sent()[1].metadata()["forsendelsestype"], "ks.byggesak");
    let (kind, says) = refused(&desk, typed("finnes.ikke")).await;
    assert!(kind == K::Rejected && says.contains("finnes.ikke"), "{says}");
    desk.clock.pass(std::time::Duration::from_secs(3600));
    desk.expect(TYPES, answer(503, ""));
    let error = desk.channel.send(&byplan(), typed("ks.byggesak").dispatch()).await.unwrap_err();
    assert_eq!(error.kind(), K::Transient, "nothing was sent yet");
}

#[tokio::test]
async fn long_titles_and_names_are_cut_and_what_others_search_for_is_refused() {
    let draft = Draft::organisation().change(|letter| {
        letter.title = "ø".repeat(1200).into();
        letter.sender.name = "å".repeat(120);
    });
    let metadata = sent(ORGANISATION, draft).await.metadata();
    let title = format!("{}…", "ø".repeat(999));
    assert_eq!(metadata["tittel"], title);
    assert_eq!(metadata["metadataFraAvleverendeSystem"]["tittel"], title);
    assert_eq!(metadata["svarSendesTil"]["navn"], format!("{}…", "å".repeat(99)));

    type Change = fn(&mut sakarkiv_core::delivery::Letter);
    let changes: [(Change, &str); 6] = [
        (|letter| letter.title = "  ".into(), "title"),
        (|letter| letter.sender.name = String::new(), "sender"),
        (|letter| letter.options.correlation = Some("x".repeat(101)), "correlation"),
        (|letter| letter.options.billing_code = Some("a b".to_owned()), "billing"),
        (|letter| letter.options.billing_code = Some("x".repeat(21)), "billing"),
        (|letter| letter.documents[0].blob.size = 0, "empty"),
    ];
    for (change, about) in changes {
        let (kind, says) = refused(&Desk::new(), Draft::organisation().change(change)).await;
        assert!(kind == K::Rejected && says.contains(about), "{about}: {says}");
    }
    let long_name = |letter: &mut sakarkiv_core::delivery::Letter| {
        if let Recipient::Addressee { name, .. } = &mut letter.recipient {
            *name = Private::new("x".repeat(101));
        }
    };
    let (_, says) = refused(&Desk::new(), Draft::paper().change(long_name)).await;
    assert!(says.contains("1 to 100"), "{says}");
}

#[tokio::test]
async fn a_foreign_address_has_its_country_and_need_not_have_a_postal_code() {
    let draft = Draft::paper().change(|letter| {
        let country = CountryCode::new("AE").unwrap();
        let address = PostalAddress::foreign(["Street 1"], None, "Dubai", country).unwrap();
        letter.recipient = Recipient::Addressee { name: "Kari Testperson".into(), address };
    });
    let address = sent(PAPER, draft).await.metadata()["mottaker"]["adresse"].clone();
    assert_eq!(address, json!({"adresselinje1": "Street 1", "poststed": "Dubai", "landkode": "AE"}));
}

#[tokio::test]
async fn a_missing_document_is_found_before_anything_is_sent() {
    let mut draft = Draft::person();
    draft.shelf.documents.clear();
    let (kind, _) = refused(&Desk::new(), draft).await;
    assert_eq!(kind, K::Rejected);
}

#[tokio::test]
async fn a_document_that_breaks_off_or_has_another_size_never_passes_as_whole() {
    let mut spoilt = Draft::person();
    spoilt.shelf.spoilt = true;
    let short = Draft::person().change(|letter| letter.documents[0].blob.size += 1);
    for draft in [spoilt, short] {
        let desk = Desk::new();
        desk.expect(PERSON, accepted());
        let error = desk.channel.send(&byplan(), draft.dispatch()).await.unwrap_err();
        assert_eq!(error.kind(), K::Unknown, "a part of it may have arrived");
        assert!(desk.sent().is_empty(), "the body never ended well");
    }
}

#[tokio::test]
async fn tokens_are_asked_for_on_behalf_of_the_accounts_organisation() {
    let desk = Desk::with(|config| config["accounts"]["byplan"]["consumer_org"] = "310000078".into());
    desk.expect(PERSON, accepted());
    desk.channel.send(&byplan(), Draft::person().dispatch()).await.unwrap();
    assert_eq!(desk.sent()[0].headers["authorization"], "Bearer delegated-0");
}

#[tokio::test]
async fn dialogue_needs_both_the_letters_wish_and_the_accounts_leave() {
    let wish = |letter: &mut sakarkiv_core::delivery::Letter| letter.options.dialogue_reply = true;
    let desk = Desk::with(|config| config["accounts"]["byplan"]["dialogue"] = false.into());
    desk.expect(PERSON, accepted());
    desk.channel.send(&byplan(), Draft::person().change(wish).dispatch()).await.unwrap();
    assert_eq!(desk.sent()[0].metadata().get("kanSvareViaEdialog"), None);
}

pub(super) fn health_details() -> HealthDetails {
    HealthDetails {
        receiver: HealthReceiver::Unit(1234),
        description: Some("Henvisning".into()),
        contact: HealthContact { given_name: "Kim".into(), family_name: "Prøve".into(), telephone: "75555000".into() },
        patient_number: number(),
        patient_given_name: "Kari".into(),
        patient_family_name: "Testperson".into(),
    }
}

pub(super) fn health_letter() -> Draft {
    let mut draft = Draft::organisation();
    draft.mailbox = M::HealthNetwork;
    draft.letter.sensitivity = SensitivityClass::Open;
    draft
}

#[tokio::test]
async fn the_health_network_is_reached_only_with_the_facts_it_needs() {
    let line = "POST v3/kontoer/{konto}/forsendelser/nhn";
    let desk = Desk::new();
    desk.expect(line, accepted());
    desk.channel.send_to_health_network(&byplan(), health_letter().dispatch(), &health_details()).await.unwrap();
    let metadata = desk.sent()[0].metadata();
    assert_eq!((&metadata["mottakertype"], &metadata["mottakerHerId"]), (&json!("HER_ID"), &json!(1234)));
    assert_eq!(metadata["pasient"]["fodselsnummer"], number().digits());
    assert_eq!(metadata.get("dokumenter"), None);

    let (kind, _) = refused(&desk, health_letter()).await;
    assert_eq!(kind, K::Rejected, "the general way does not have the facts");
    let two = health_letter().document("b.pdf", "application/pdf", b"%PDF");
    let no_pdf = health_letter().change(|letter| letter.documents.clear()).document("a.txt", "text/plain", b"x");
    let large = health_letter().change(|letter| letter.documents[0].blob.size = 18_000_001);
    for draft in [two, no_pdf, large, Draft::organisation()] {
        let outcome = desk.channel.send_to_health_network(&byplan(), draft.dispatch(), &health_details()).await;
        assert_eq!(outcome.unwrap_err().kind(), K::Rejected);
    }
    let mut nobody = health_details();
    nobody.receiver = HealthReceiver::Unit(0);
    let outcome = desk.channel.send_to_health_network(&byplan(), health_letter().dispatch(), &nobody).await;
    assert_eq!(outcome.unwrap_err().kind(), K::Rejected);
    assert!(desk.sent().is_empty());
}

#[tokio::test]
async fn a_signing_order_goes_with_the_letter_and_marks_its_document() {
    let desk = Desk::new();
    desk.expect(PERSON, accepted());
    let draft = Draft::person().document("avtale.pdf", "application/pdf", PDF).change(|letter| {
        letter.options.signing = Some(SigningOrder { document: 1, ..signing_order() });
    });
    desk.channel.send(&byplan(), draft.dispatch()).await.unwrap();
    let metadata = desk.sent()[0].metadata();
    assert_eq!(
        metadata["signering"],
        json!({"signeringUtloper": "2026-09-18T08:00:00Z", "signaturType": "AVANSERT_SIGNATUR"})
    );
    let marks: Vec<_> =
        metadata["dokumenter"].as_array().unwrap().iter().map(|document| document["skalSigneres"].clone()).collect();
    assert_eq!(marks, [Value::Null, Value::Bool(true)]);
    assert_eq!(metadata["svarSendesTil"]["type"], "ORGANISASJON", "who gets the signed document");
}

#[tokio::test]
async fn a_signing_order_that_svarut_would_refuse_never_leaves() {
    let skole = sakarkiv_core::identity::AccountId::new("skole").unwrap();
    for (change, account, about) in [
        (SigningOrder { document: 7, ..signing_order() }, byplan(), "not in the letter"),
        (SigningOrder { document: 1, ..signing_order() }, byplan(), "PDF"),
        (SigningOrder { expires: now() + chrono::Duration::hours(23), ..signing_order() }, byplan(), "a day"),
        (signing_order(), skole, "activated"),
    ] {
        let desk = Desk::new();
        let draft = Draft::person().document("notat.txt", "text/plain", b"tekst");
        let draft = draft.change(|letter| letter.options.signing = Some(change));
        let error = desk.channel.send(&account, draft.dispatch()).await.unwrap_err();
        assert!(error.kind() == K::Rejected && error.detail().contains(about), "{about}: {error}");
        assert!(desk.sent().is_empty());
    }
}
