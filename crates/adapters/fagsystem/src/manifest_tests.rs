use proptest::prelude::*;
use sakarkiv_core::document::{BlobRef, FileName, MediaType};
use serde_json::{Value, json};

use super::*;

fn manifest() -> Value {
    json!({
        "kontrakt": "mappeslipp/v1", "fagsystem": "VismaFlytSkole", "leveranseId": "2026-09-14/elev-88123/17",
        "tidspunkt": "2026-09-14T02:10:44+02:00", "regel": "ELEV-STD",
        "mappe": {
            "eksternNoekkel": "elev/88123", "tittel": "Elevmappe - Elev Testesen", "offentligTittel": "Elevmappe",
            "mappetype": "elev", "strategi": "finn-eller-ny",
            "klassering": [{"system": "FNR", "verdi": "21840112340", "skjermet": true}]
        },
        "registreringer": [{
            "eksternNoekkel": "vurdering/17", "tittel": "Halvårsvurdering - Elev Testesen",
            "offentligTittel": "Halvårsvurdering", "journalposttype": "X", "dokumentdato": "2026-09-11",
            "skjerming": {"tilgangskode": "13", "hjemmel": "Offl. § 13"},
            "parter": [{"rolle": "mottaker", "navn": "PRØVESKOLEN", "organisasjonsnummer": "310000027"}],
            "filer": [
                {"sti": "a/vurdering.pdf", "type": "H", "sha256": sha("a/vurdering.pdf")},
                {"sti": "vedlegg.pdf", "type": "V", "tittel": "Vedlegg", "sha256": sha("vedlegg.pdf")}
            ]
        }]
    })
}

fn sha(content: &str) -> String {
    ContentHash::of(content.as_bytes()).to_string()
}

fn parse(value: &Value) -> Result<Manifest, Rejection> {
    Manifest::parse(value.to_string().as_bytes())
}

fn put(manifest: &Manifest) -> BTreeMap<String, FileFacts> {
    let facts = |path: &str| FileFacts::new(FileName::sanitize(path), MediaType::pdf(), BlobRef::of(path.as_bytes()));
    manifest.files().map(|file| (file.path.to_owned(), facts(file.path))).collect()
}

fn source() -> SourceId {
    SourceId::new("visma-flyt-skole").unwrap()
}

fn with(pointer: &str, value: Value) -> Value {
    let mut manifest = manifest();
    *manifest.pointer_mut(pointer).unwrap() = value;
    manifest
}

#[test]
fn a_manifest_becomes_a_consignment_with_all_it_says() {
    let manifest = parse(&manifest()).unwrap();
    let consignment = manifest.consignment(&source(), &put(&manifest)).unwrap();
    assert_eq!(consignment.key.as_str(), "2026-09-14/elev-88123/17");
    assert_eq!(consignment.rule.as_deref(), Some("ELEV-STD"));
    let key = reference::key("visma-flyt-skole", CASE, "elev/88123");
    assert_eq!(consignment.case, CaseWish::FindOrNew(CaseName::Key(key.clone())));
    assert_eq!(consignment.facts.kind, Some(CaseKind::PupilFile));
    assert_eq!(consignment.facts.external_keys, [key]);
    assert!(consignment.facts.classes[0].screened);
    let entry = &consignment.entries[0];
    assert_eq!((entry.kind, entry.parties.len()), (Some(EntryKind::Internal), 1));
    assert!(matches!(entry.parties[0].identity, Some(PartyIdentity::Organisation(_))));
    assert_eq!(entry.screening.as_ref().unwrap().code, "13");
    let roles: Vec<_> = entry.documents.iter().map(|document| document.role).collect();
    assert_eq!(roles, [DocumentRole::Main, DocumentRole::Attachment]);
    assert_eq!(entry.documents[0].files[0].stated_hash.unwrap(), ContentHash::of(b"a/vurdering.pdf"));
}

#[test]
fn the_strategy_decides_whether_a_case_is_opened() {
    let wish = |word: &str| {
        let manifest = parse(&with("/mappe/strategi", json!(word))).unwrap();
        manifest.consignment(&source(), &put(&manifest)).unwrap().case
    };
    assert_eq!(wish("ny"), CaseWish::New);
    assert!(matches!(wish("finn"), CaseWish::Existing(_)));
    assert!(matches!(wish("finn-eller-ny"), CaseWish::FindOrNew(_)));
}

#[test]
fn paths_that_lead_out_of_the_delivery_are_refused_on_every_system() {
    for path in ["", "/etc/passwd", "../x", "a/../../x", "a//x", "a/./x", ".", "c:x", "a\\x", "a\0x", "a/", "..."] {
        let rejection = parse(&with("/registreringer/0/filer/0/sti", json!(path))).unwrap_err();
        assert!(rejection.to_string().contains("/entries/0/documents/0"), "{path}: {rejection}");
    }
    for path in ["x.pdf", "a/b/x.pdf", ".skjult/x.pdf", "æ ø å.pdf"] {
        assert!(parse(&with("/registreringer/0/filer/0/sti", json!(path))).is_ok(), "{path}");
    }
}

#[test]
fn what_breaks_the_contract_is_told_without_what_stands_there() {
    let hidden = "Elev Testesen";
    for (pointer, value) in [
        ("/kontrakt", json!("mappeslipp/v2")),
        ("/registreringer", json!([])),
        ("/registreringer/0/filer", json!([])),
        ("/registreringer/0/filer/0/type", json!(hidden)),
        ("/registreringer/0/filer/0/sha256", json!(hidden)),
        ("/registreringer/0/dokumentdato", json!(hidden)),
        ("/tidspunkt", json!(hidden)),
        ("/leveranseId", json!(hidden.repeat(20))),
        ("/mappe", json!({"ukjent": hidden})),
    ] {
        let rejection = parse(&with(pointer, value)).unwrap_err();
        assert!(!rejection.to_string().contains("Testesen"), "{pointer}: {rejection}");
    }
    for bytes in [&b""[..], b"{", b"\xff\xfe{", b"[]", b"null"] {
        assert!(Manifest::parse(bytes).is_err());
    }
    let huge = vec![b' '; MAX_MANIFEST + 1];
    assert!(Manifest::parse(&huge).unwrap_err().to_string().contains("4 MiB"));
    assert!(Manifest::parse(format!("\u{feff}{}", manifest()).as_bytes()).is_ok());
}

#[test]
fn words_that_the_archive_does_not_have_are_faults_at_their_place() {
    for (pointer, value, place) in [
        ("/mappe/mappetype", json!("romskip"), "/case"),
        ("/registreringer/0/journalposttype", json!("Q"), "/entries/0"),
        ("/registreringer/0/parter/0/organisasjonsnummer", json!("123456789"), "/entries/0/parties/0"),
    ] {
        let manifest = parse(&with(pointer, value)).unwrap();
        let rejection = manifest.consignment(&source(), &put(&manifest)).unwrap_err();
        assert_eq!(rejection.faults().next().unwrap().place.to_string(), place);
    }
    let manifest = parse(&manifest()).unwrap();
    let rejection = manifest.consignment(&source(), &BTreeMap::new()).unwrap_err();
    assert_eq!(rejection.faults().filter(|fault| fault.code == FaultCode::FileMissing).count(), 2);
}

#[test]
fn our_example_keeps_the_published_contract() {
    let path =
        concat!(env!("CARGO_MANIFEST_DIR"), "/../../../../shared/specs/fagsystem/mappeslipp-manifest-v1.schema.json");
    let Ok(schema) = std::fs::read_to_string(path) else {
        return println!("skipped: the published schemas are not beside the workspace");
    };
    let schema: Value = serde_json::from_str(&schema).unwrap();
    let words = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<BTreeSet<_>>();
    let manifest = serde_json::to_value(parse(&manifest()).unwrap()).unwrap();
    assert!(words(&manifest).is_subset(&words(&schema["properties"])));
    assert!(words(&manifest["mappe"]).is_subset(&words(&schema["properties"]["mappe"]["properties"])));
    let entry = &schema["properties"]["registreringer"]["items"]["properties"];
    assert!(words(&manifest["registreringer"][0]).is_subset(&words(entry)));
    assert_eq!(
        words(&manifest["registreringer"][0]["filer"][1]).len() + 1,
        words(&entry["filer"]["items"]["properties"]).len()
    );
}

proptest! {
    #[test]
    fn no_bytes_make_it_stumble(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = Manifest::parse(&bytes);
    }

    #[test]
    fn a_path_that_is_taken_stays_inside(path in "[a-z./\\\\:]{0,12}") {
        if stays_inside(&path) {
            let joined = std::path::Path::new("/rot").join(&path);
            let plain = |part| matches!(part, std::path::Component::Normal(_) | std::path::Component::RootDir);
            prop_assert!(joined.starts_with("/rot") && joined.components().all(plain));
        }
    }
}
