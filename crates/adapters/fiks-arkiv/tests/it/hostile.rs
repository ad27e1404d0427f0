use std::sync::Arc;

use bytes::Bytes;
use proptest::prelude::*;
use sakarkiv_fiks_arkiv::{FiksArkiv, FiksArkivSettings, Handled, Incoming, MemoryTransport, MessageKind, SentMessage};
use sakarkiv_testkit::{
    definitions::XmlDefinition,
    doubles::{ManualClock, MemoryDesk},
};
use uuid::Uuid;

const OPEN: &str = r#"<arkivmelding xmlns="https://ks-no.github.io/standarder/fiks-protokoll/fiks-arkiv/arkivmelding/opprett/v1" xmlns:q="https://ks-no.github.io/standarder/fiks-protokoll/fiks-arkiv/metadatakatalog/v1" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><system>Prøve</system><meldingId>gammel</meldingId><antallFiler>0</antallFiler><mappe xsi:type="saksmappe"><tittel>Prøvesak æøå</tittel><referanseEksternNoekkel><q:fagsystem>Prøve</q:fagsystem><q:noekkel>1</q:noekkel></referanseEksternNoekkel></mappe></arkivmelding>"#;

/// What one message with one file is answered.
fn answered(kind: MessageKind, name: &str, content: impl Into<Bytes>) -> SentMessage {
    answered_in_turn([(kind, name, content.into())]).remove(0)
}

/// What an archive answers to these messages with one file each, one after the other.
fn answered_in_turn<const N: usize>(messages: [(MessageKind, &str, Bytes); N]) -> Vec<SentMessage> {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let clock = ManualClock::at("2026-03-02T08:15:00Z");
        let transport = Arc::new(MemoryTransport::new());
        let desk = Arc::new(MemoryDesk::new("proeve", "arkiv", clock.port()));
        let mut settings = FiksArkivSettings::default();
        settings.announces = false;
        settings.max_message = 1 << 16;
        let sender = Uuid::from_u128(9);
        let archive = FiksArkiv::new(Arc::clone(&transport) as _, clock.port(), settings).with_desk(sender, desk);
        for (id, (kind, name, content)) in (1..).map(Uuid::from_u128).zip(messages) {
            transport.deliver(Incoming::new(id, kind, sender), [(name.to_owned(), content)]);
            assert!(matches!(archive.step().await, Ok(Handled::Answered { .. })));
            assert!(transport.is_acknowledged(id));
        }
        transport.sent()
    })
}

fn words(answer: &SentMessage) -> String {
    String::from_utf8(answer.files[0].1.to_vec()).unwrap()
}

#[test]
fn a_message_is_found_by_its_root_element_in_any_encoding_and_under_any_name() {
    let be: Vec<u8> = [0xfe, 0xff].into_iter().chain(OPEN.encode_utf16().flat_map(u16::to_be_bytes)).collect();
    let le: Vec<u8> = OPEN.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let marked = [b"\xef\xbb\xbf".as_slice(), OPEN.as_bytes()].concat();
    for (name, content) in
        [("arkivmelding.xml", OPEN.as_bytes().to_vec()), ("Melding.XML", be), ("a.xml", le), ("b.xml", marked)]
    {
        assert_eq!(answered(MessageKind::Create, name, content).kind, MessageKind::CreateReceipt, "{name}");
    }
}

#[test]
fn what_cannot_be_read_is_answered_with_words_that_help_and_tell_nothing() {
    let entity =
        r#"<!DOCTYPE a [<!ENTITY hemmelig SYSTEM "file:///etc/hostname">]><arkivmelding>&hemmelig;</arkivmelding>"#;
    let deep = format!("{}{}", "<a>".repeat(200), "</a>".repeat(200));
    let untitled = OPEN.replace("<tittel>Prøvesak æøå</tittel>", "");
    let odd_status = OPEN.replace("</mappe>", "<saksstatus><q:kode>Hemmelig</q:kode></saksstatus></mappe>");
    for (content, part) in [
        (entity.to_owned(), "document type definition"),
        (deep, "deeper in each other"),
        ("<a".to_owned(), "not well-formed"),
        ("<sok/>".to_owned(), "root element `arkivmelding`"),
        (format!("<arkivmelding>{}</arkivmelding>", "x".repeat(1 << 16)), "larger than"),
        (untitled, "`tittel` is missing in `mappe`"),
        (odd_status, "`saksstatus` in `mappe` must be a code"),
        ("<arkivmelding/>".to_owned(), "`mappe` is missing"),
        (OPEN.replace("saksmappe", "moetemappe"), "not taken"),
    ] {
        let answer = answered(MessageKind::Create, "arkivmelding.xml", content);
        assert_eq!(answer.kind, MessageKind::Invalid);
        assert!(words(&answer).contains(part), "{part}: {}", words(&answer));
        assert!(!words(&answer).contains("emmelig"));
    }
}

#[test]
fn graded_content_is_refused_wherever_it_lies_and_none_of_it_is_stored() {
    let graded = "<gradering><grad><q:kode>B</q:kode></grad></gradering>";
    let document = format!(
        "<dokumentbeskrivelse>{graded}<tittel>a</tittel><dokumentobjekt>\
        <referanseDokumentfil>a.pdf</referanseDokumentfil></dokumentobjekt></dokumentbeskrivelse>"
    );
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    for (place, what) in [
        ("</mappe>", format!("{graded}</mappe>")),
        ("</arkivmelding>", format!("<registrering><tittel>a</tittel>{graded}</registrering></arkivmelding>")),
        ("</arkivmelding>", format!("<registrering><tittel>a</tittel>{document}</registrering></arkivmelding>")),
    ] {
        runtime.block_on(async {
            let (transport, sender) = (Arc::new(MemoryTransport::new()), Uuid::from_u128(9));
            let clock = ManualClock::at("2026-03-02T08:15:00Z");
            let desk = Arc::new(MemoryDesk::new("proeve", "arkiv", clock.port()));
            let archive = FiksArkiv::new(Arc::clone(&transport) as _, clock.port(), FiksArkivSettings::default())
                .with_desk(sender, Arc::clone(&desk) as _);
            let files = [
                ("arkivmelding.xml".to_owned(), OPEN.replace(place, &what).into()),
                ("a.pdf".to_owned(), Bytes::from_static(b"gradert")),
            ];
            transport.deliver(Incoming::new(Uuid::from_u128(1), MessageKind::Create, sender), files);
            let handled = archive.step().await.unwrap();
            assert_eq!(handled, Handled::Answered { message: Uuid::from_u128(1), with: MessageKind::Invalid });
            assert_eq!((desk.changes(), desk.blobs().count()), (0, 0));
            assert!(words(&transport.sent()[1]).contains("gradering"), "{what}");
        });
    }
}

#[test]
fn an_account_nobody_registered_and_an_unknown_kind_get_an_error_and_an_answer_gets_none() {
    let other = MessageKind::read("no.ks.fiks.arkiv.v2.innsyn.sok");
    assert_eq!(answered(other, "sok.xml", "<sok/>").kind, MessageKind::Invalid);
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let transport = Arc::new(MemoryTransport::new());
        let clock = ManualClock::at("2026-03-02T08:15:00Z");
        let archive = FiksArkiv::new(Arc::clone(&transport) as _, clock.port(), FiksArkivSettings::default());
        for kind in ["no.ks.fiks.kvittering.tidsavbrudd", "no.ks.fiks.arkiv.v1.feilmelding.serverfeil"] {
            let id = Uuid::from_u128(transport.sent().len() as u128 + kind.len() as u128);
            transport.deliver(Incoming::new(id, MessageKind::read(kind), id), []);
            assert_eq!(archive.step().await.unwrap(), Handled::Passed { message: id });
        }
        assert_eq!(transport.sent(), []);
    });
}

#[test]
fn the_judge_of_the_schemas_rejects_wrong_messages() {
    let file = "V1/no.ks.fiks.arkiv.v1.arkivering.arkivmelding.opprett.xsd";
    let Some(schema) = XmlDefinition::published("fiks-arkiv", file) else { return };
    let sound = OPEN.replace("<meldingId>gammel</meldingId>", "");
    assert_eq!(schema.problems(&sound), [""; 0]);
    for (from, to) in [
        ("<antallFiler>0</antallFiler>", ""),
        ("<antallFiler>0", "<antallFiler>null"),
        ("<tittel>Prøvesak æøå</tittel>", "<tittel></tittel>"),
        ("<q:fagsystem>Prøve</q:fagsystem>", "<fagsystem>Prøve</fagsystem>"),
        ("xsi:type=\"saksmappe\"", "xsi:type=\"elevmappe\""),
        ("<tittel>", "<systemID>ikke-en-uuid</systemID><tittel>"),
        ("</mappe>", "<saksstatus><q:kode>B</q:kode><q:feil/></saksstatus></mappe>"),
        ("</mappe>", "<saksstatus><q:beskrivelse>B</q:beskrivelse></saksstatus></mappe>"),
        ("</mappe>", "<offentligTittel>for sent</offentligTittel></mappe>"),
    ] {
        let wrong = sound.replacen(from, to, 1);
        assert_ne!(wrong, sound);
        assert_ne!(schema.problems(&wrong), [""; 0], "{from} as {to}");
    }
}

#[test]
fn every_published_kind_of_message_is_known_and_comes_under_its_published_file_name() {
    let path =
        concat!(env!("CARGO_MANIFEST_DIR"), "/../../../../shared/specs/fiks-arkiv/V1/meldingstyper/meldingstyper.json");
    let Ok(text) = std::fs::read_to_string(path) else {
        eprintln!("skipped: the published kinds of fiks-arkiv are not beside the workspace");
        return;
    };
    let published: serde_json::Value = serde_json::from_str(&text).unwrap();
    for kind in published["meldingstyper"].as_array().unwrap() {
        let known = MessageKind::read(kind["id"].as_str().unwrap());
        assert!(!matches!(known, MessageKind::Other(_)), "{known}");
        let named = kind["payloadFilnavn"].as_str().filter(|_| !known.name().contains("resultat"));
        assert!(named.is_none() || known.payload() == named, "{known}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_bytes_are_answered_with_other_than_one_message(
        kind in proptest::sample::select(MessageKind::ALL.iter().filter(|kind| kind.is_request()).cloned().collect::<Vec<_>>()),
        content in proptest::collection::vec(any::<u8>(), 0..400),
    ) {
        let answer = answered(kind, "melding.xml", content);
        prop_assert_eq!(answer.kind, MessageKind::Invalid);
    }

    #[test]
    fn a_title_of_any_characters_comes_back_in_a_message_that_its_schema_takes(title in "\\PC{1,40}") {
        let escaped = title.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        let open = OPEN.replace("Prøvesak æøå", &escaped);
        let ask = "<mappeHent><referanseTilMappe><referanseEksternNoekkel><fagsystem>Prøve</fagsystem>\
                   <noekkel>1</noekkel></referanseEksternNoekkel></referanseTilMappe></mappeHent>";
        let [opened, shown] = <[SentMessage; 2]>::try_from(answered_in_turn([
            (MessageKind::Create, "arkivmelding.xml", open.into()),
            (MessageKind::GetCase, "mappe-hent.xml", ask.into()),
        ])).unwrap();
        if title.trim().is_empty() {
            prop_assert_eq!(opened.kind, MessageKind::Invalid);
        } else {
            prop_assert_eq!((opened.kind, &shown.kind), (MessageKind::CreateReceipt, &MessageKind::CaseResult));
            let case = sakarkiv_xml::parse(&shown.files[0].1, &sakarkiv_xml::Limits::default()).unwrap();
            let case = case.child("saksmappe").unwrap();
            prop_assert_eq!(case.child("tittel").unwrap().text(), title.trim());
            let file = "V1/no.ks.fiks.arkiv.v1.innsyn.mappe.hent.resultat.xsd";
            if let Some(schema) = XmlDefinition::published("fiks-arkiv", file) {
                prop_assert_eq!(schema.problems(&words(&shown)), [""; 0]);
            }
        }
    }
}
