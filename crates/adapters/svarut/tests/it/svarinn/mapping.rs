use sakarkiv_core::{
    party::PartyIdentity,
    ports::{Inbox as _, MailKind, ReceivedMail},
};
use sakarkiv_svarut::svarinn::Protocol;
use serde_json::{Value, json};

use super::doubles::*;

fn extra<'a>(mail: &'a ReceivedMail, key: &str) -> Option<&'a str> {
    mail.extra.iter().find(|(name, _)| name == key).map(|(_, value)| value.expose().as_str())
}

fn organisation(number: &str) -> Option<PartyIdentity> {
    Some(PartyIdentity::Organisation(number.parse().unwrap()))
}

fn person() -> Option<PartyIdentity> {
    Some(PartyIdentity::Person(PERSON.parse().unwrap()))
}

#[tokio::test]
async fn version_2_is_mapped_field_by_field() {
    let desk = desk();
    let mail = desk.mail_of(v2()).await;
    assert_eq!(mail.id, item());
    assert_eq!(mail.kind, MailKind::Letter);
    assert_eq!(mail.title.expose(), "Uttalelse til reguleringsplan");
    assert_eq!(mail.received.unwrap().to_rfc3339(), "2026-09-15T08:00:00+00:00");
    assert_eq!(mail.document_date.unwrap().to_rfc3339(), "2026-09-13T22:00:00+00:00");
    assert_eq!(mail.to.as_ref().unwrap().as_str(), OURS);
    assert!(mail.confidential);
    assert_eq!(mail.our_case.unwrap().to_string(), "2025/12");
    assert_eq!(mail.their_case.unwrap().to_string(), "2026/417");
    assert_eq!(mail.external_reference.as_deref(), Some("sak-2026-000417-jp-3"));
    assert_eq!(mail.answers.as_deref(), Some("5b0e0f6a-6f0c-4c0e-9a53-0d4e3f1f7c11"));
    let from = mail.from.clone().unwrap();
    assert_eq!((from.name.expose().as_str(), from.identity), ("Prøvedal kommune", organisation(THEIRS)));
    assert_eq!(from.address.unwrap().lines(), ["Postboks 10"]);
    assert_eq!(extra(&mail, "planid"), Some("2026-04"));
    assert_eq!(extra(&mail, "svarinn.avleverendeSystem.journalpostnummer"), Some("3"));
    assert_eq!(extra(&mail, "svarinn.avleverendeSystem.tittel"), Some("Uttalelse"));
    assert_eq!(extra(&mail, "svarinn.lenke.1"), Some("https://example.no/kart"));
    assert_eq!(mail.remarks, Vec::<String>::new());
}

#[tokio::test]
async fn version_1_is_mapped_with_its_odd_values() {
    let mut config = config();
    config.protocol = Protocol::V1;
    let desk = desk_with(config, keyring(), std::sync::Arc::new(Still));
    desk.wire.answer(V1_LIST, Canned::list(&[v1()]));
    desk.wire.answer(DOWNLOAD, Canned::new(200, encrypted(&zipped(&[("uttalelse.pdf", PDF)]))));
    let mail = desk.fetch().await.unwrap();
    assert_eq!(mail.received.unwrap().timestamp_millis(), 1_789_459_200_000);
    assert_eq!((mail.our_case, mail.document_date, mail.answers.clone()), (None, None, None));
    assert_eq!(mail.their_case.unwrap().to_string(), "2026/417");
    assert!(!mail.confidential);
    assert_eq!(mail.from.clone().unwrap().identity, organisation(THEIRS));
    assert_eq!(extra(&mail, "svarinn.avleverendeSystem.journalsekvensnummer"), None);
    assert_eq!(mail.remarks, ["the list gives no size for 1 of 1 document(s)"]);
    assert_eq!(desk.inbox.id().as_str(), "svarinn");
}

#[tokio::test]
async fn numbers_that_stand_for_none_make_no_case() {
    for (year, sequence, remarked) in [
        (json!(0), json!(0), 0),
        (json!(-1), json!(-1), 0),
        (json!(null), json!(null), 0),
        (json!(2026), json!(0), 1),
        (json!(26), json!(4), 1),
        (json!(2026), json!(5_000_000_000_i64), 1),
    ] {
        let import = json!({"saksaar": year, "sakssekvensnummer": sequence});
        let mail = desk().mail_of(with(v2(), "metadataForImport", import)).await;
        assert_eq!((mail.our_case, mail.remarks.len()), (None, remarked), "{year} {sequence}");
    }
    let spelt = desk().mail_of(with(v2(), "metadataForImport", json!({"mappeId": {"mappeId": "2024/7"}}))).await;
    assert_eq!(spelt.our_case.unwrap().to_string(), "2024/7");
}

#[tokio::test]
async fn dates_that_stand_for_none_are_absent_and_both_forms_are_read() {
    for (date, expected) in [
        (json!(-62_135_769_600_000_i64), None),
        (json!("0001-01-01T00:00:00Z"), None),
        (json!(0), None),
        (json!("1789459200000"), Some("2026-09-15T08:00:00+00:00")),
        (json!(1_789_459_200_000_i64), Some("2026-09-15T08:00:00+00:00")),
    ] {
        let mail = desk().mail_of(with(v2(), "dato", date.clone())).await;
        assert_eq!(mail.received.map(|moment| moment.to_rfc3339()).as_deref(), expected, "{date}");
    }
}

#[tokio::test]
async fn the_reply_address_comes_before_the_sender_if_it_has_a_name() {
    let named = json!({"postadresse": {"navn": "Kari Prøve", "adresselinje1": "Vei 1", "postnummer": "8001",
        "poststed": "Bodø", "land": "Norge"}, "fodselsnummer": PERSON});
    let from = desk().mail_of(with(v2(), "svarSendesTil", named)).await.from.unwrap();
    assert_eq!((from.name.expose().as_str(), from.identity.clone()), ("Kari Prøve", person()));
    assert_eq!(from.address.unwrap().city(), "Bodø");

    for nameless in
        [json!(null), json!({"postadresse": {"navn": " "}}), json!("tekst"), json!({"navn": "", "fnr": PERSON})]
    {
        let from = desk().mail_of(with(v2(), "svarSendesTil", nameless.clone())).await.from.unwrap();
        assert_eq!(from.name.expose(), "Prøvedal kommune", "{nameless}");
        assert_eq!(from.identity, organisation(THEIRS), "{nameless}");
    }
}

#[tokio::test]
async fn a_person_s_number_without_a_name_goes_with_a_sender_who_has_no_number() {
    let element = with(v2(), "avsender", json!({"navn": "Kari Prøve", "postnr": "5003", "poststed": "Bergen"}));
    let element = with(element, "svarSendesTil", json!({"navn": "", "orgnr": "", "fnr": PERSON}));
    let mail = desk().mail_of(element).await;
    let from = mail.from.unwrap();
    assert_eq!((from.name.expose().as_str(), from.identity, from.address), ("Kari Prøve", person(), None));
    assert_eq!(mail.remarks.len(), 1);
}

#[tokio::test]
async fn malformed_numbers_and_addresses_are_left_out_with_a_remark() {
    let element = with(
        v2(),
        "svarSendesTil",
        json!({"navn": "Kari", "orgnr": "123456789", "fnr": "00000000000", "adresse1": "x".repeat(71), "land": "Atlantis"}),
    );
    let element = with(element, "mottaker", json!({"orgnr": "12"}));
    let mail = desk().mail_of(element).await;
    let from = mail.from.unwrap();
    assert_eq!((from.identity, from.address, mail.to), (None, None, None));
    assert_eq!(mail.remarks.len(), 4, "{:?}", mail.remarks);
    let nobody = desk().mail_of(without(v2(), "avsender")).await;
    assert_eq!((nobody.from, nobody.remarks), (None, vec!["it names no sender".to_owned()]));
}

#[tokio::test]
async fn whatever_may_mean_confidential_does() {
    for (mark, level, confidential) in [
        (json!(false), json!("BETYDELIG"), false),
        (json!(null), json!("3"), false),
        (json!(null), json!(null), false),
        (json!(true), json!("BETYDELIG"), true),
        (json!("true"), json!(3), true),
        (json!(false), json!("HOYESTE"), true),
        (json!(false), json!("4"), true),
        (json!(false), json!(4), true),
        (json!(false), json!("KVANTE"), true),
        (json!("kanskje"), json!("3"), true),
    ] {
        let element = with(with(v2(), "taushetsbelagtPost", mark.clone()), "sikkerhetsniva", level.clone());
        assert_eq!(desk().mail_of(element).await.confidential, confidential, "{mark} {level}");
    }
}

#[tokio::test]
async fn dialogue_mail_and_signed_returns_are_told_from_letters() {
    let reply_to_person = json!({"navn": "Kari Prøve", "orgnr": "", "fnr": PERSON});
    let reply_to_office = json!({"navn": "Prøvedal", "orgnr": THEIRS});
    for (message_type, system, reply_to, answers, expected) in [
        (json!(null), json!("sakarkiv 0.1"), &reply_to_office, true, MailKind::Letter),
        (json!(null), json!("EDIALOG"), &reply_to_office, false, MailKind::Dialogue),
        (json!("Byggesøknad"), json!("edialog"), &reply_to_person, false, MailKind::Dialogue),
        (json!("eDialog"), json!(null), &reply_to_office, false, MailKind::Dialogue),
        (json!(null), json!(null), &reply_to_person, true, MailKind::Dialogue),
        (json!(null), json!(null), &reply_to_person, false, MailKind::Letter),
        (json!(null), json!(null), &reply_to_office, true, MailKind::Letter),
        (json!("ks.signertforsendelse"), json!(null), &reply_to_office, true, MailKind::SignedReturn),
        (json!("KS.SignertForsendelse"), json!("EDIALOG"), &reply_to_person, true, MailKind::SignedReturn),
        (json!("nav.digisos"), json!(null), &reply_to_person, true, MailKind::Other("nav.digisos".to_owned())),
        (json!(""), json!(""), &reply_to_office, false, MailKind::Letter),
    ] {
        let mut element = with(v2(), "type", message_type.clone());
        element = with(with(element, "avgivendeSystem", system.clone()), "svarSendesTil", reply_to.clone());
        if !answers {
            element = with(element, "svarPaForsendelse", json!(null));
        }
        assert_eq!(desk().mail_of(element).await.kind, expected, "{message_type} {system} {answers}");
    }
}

#[tokio::test]
async fn keys_that_are_missing_or_illegal_are_mended_and_their_values_kept() {
    let extras = json!([{"key": null, "value": "a"}, {"key": "2 ulovlig<nøkkel>", "value": "b"}, {"key": "tom", "value": null},
        {"key": null, "value": null}, 7, null]);
    let data = json!({"virksomhetsspesifikkeMetadata": extras});
    let mail = desk().mail_of(with(v2(), "metadataFraAvleverendeSystem", data)).await;
    assert_eq!(extra(&mail, "uten-navn"), Some("a"));
    assert_eq!(extra(&mail, "_2_ulovlig_nøkkel_"), Some("b"));
    assert_eq!(extra(&mail, "tom"), Some(""));
    assert_eq!(mail.remarks, ["2 keys of further metadata were missing or malformed and have been mended"]);
}

#[tokio::test]
async fn further_metadata_beyond_the_limits_is_told_as_missing() {
    let many = (0..500).map(|n| json!({"key": format!("k{n}"), "value": "x".repeat(4001)})).collect::<Vec<_>>();
    let data = json!({"virksomhetsspesifikkeMetadata": many});
    let mail = desk().mail_of(with(v2(), "metadataFraAvleverendeSystem", data)).await;
    assert_eq!(mail.extra.len(), 400);
    let told: Vec<_> = mail.missing.iter().filter_map(|told| told.split_once(' ')).map(|(_, what)| what).collect();
    assert_eq!(told, ["further metadata beyond the limit were left out", "values of further metadata were cut"]);
    assert!(mail.remarks.is_empty(), "{:?}", mail.remarks);
}

#[tokio::test]
async fn titles_are_cut_to_what_svarut_allows_and_may_be_missing() {
    let long = desk().mail_of(with(v2(), "tittel", json!("å".repeat(1001)))).await;
    assert_eq!(long.title.expose().chars().count(), 1000);
    assert_eq!(long.remarks, ["the title was cut to 1000 characters"]);
    assert_eq!(extra(&long, "svarinn.tittel"), Some("å".repeat(1001).as_str()), "the whole stands on record");
    let lines = desk().mail_of(with(v2(), "tittel", json!("a\nb\u{0}"))).await;
    assert_eq!(lines.title.expose(), "a b");
    let untitled = desk().mail_of(with(v2(), "tittel", json!(null))).await;
    assert_eq!((untitled.title.expose().as_str(), untitled.remarks.len()), ("Uttalelse", 1));
}

#[tokio::test]
async fn a_bare_minimum_of_metadata_is_enough() {
    let element: Value = json!({"id": ID, "filer": [{"filnavn": "uttalelse.pdf"}]});
    let desk = desk();
    desk.wire.answer(V2_LIST, Canned::list(&[element]));
    let line = "GET /tjenester/svarinn/v2/forsendelser/2d0b7a55-2c61-4c0f-9f0e-3f0a6c1b7e10";
    desk.wire.answer(line, Canned::new(200, encrypted(&zipped(&[("uttalelse.pdf", PDF)]))));
    let mail = desk.fetch().await.unwrap();
    assert_eq!(mail.documents.len(), 1);
    assert_eq!(mail.documents[0].media_type.as_str(), "application/pdf");
    assert!(!mail.confidential);
}
