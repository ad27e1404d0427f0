use proptest::prelude::*;
use sakarkiv_core::{
    document::{BlobRef, FileName, MediaType},
    intake::{CaseName, CaseWish, ConsignmentKey, FaultCode, FileFacts},
    journal::DocumentRole,
    party::PartyIdentity,
};

use super::*;
use crate::STANDARD_TABLES;

fn form(kind: &str, sent: &str) -> Form {
    Form::new(kind, ConsignmentKey::new("k-1").unwrap(), sent.parse().unwrap())
}

fn file(name: &str, role: DocumentRole) -> FormFile {
    let facts = FileFacts::new(FileName::sanitize(name), MediaType::pdf(), BlobRef::of(name.as_bytes()));
    FormFile { role, title: None, file: facts }
}

fn tables(text: &str) -> Result<FormTables, TableError> {
    FormTables::from_toml(&format!("source = \"prove\"\n{text}"))
}

const TWO_VERSIONS: &str = r#"
    [[table]]
    form = "A"
    version = 1
    from = "2026-01-01"
    case = { title = "gammel {X}" }
    entry = [{ title = "gammel" }]
    [[table]]
    form = "A"
    version = 2
    from = "2026-09-01"
    case = { title = "ny {X}" }
    entry = [{ title = "ny" }]
"#;

#[test]
fn the_standard_tables_pass_their_own_samples() {
    for (name, text) in STANDARD_TABLES {
        let tables = FormTables::from_toml(text).unwrap();
        assert_eq!(tables.source.as_str(), name);
        assert!(!tables.samples.is_empty(), "{name}");
        for tried in tables.try_out() {
            assert_eq!(tried.faults, [], "{name}: {}", tried.sample.name);
        }
    }
}

#[test]
fn a_sample_that_becomes_something_else_says_what() {
    let text = r#"
        [[sample]]
        name = "s"
        id = "1"
        form = "A"
        sent = "2026-09-14T08:00:00Z"
        fields = { X = "Y" }
        title = "gammel Y"
        version = 1
        case_key = "1"
        opens = true
        entries = ["ny"]
    "#;
    let tables = tables(&format!("{TWO_VERSIONS}\n{text}")).unwrap();
    let tried = tables.try_out().remove(0);
    let what: Vec<_> = tried.faults.iter().map(|fault| fault.what).collect();
    assert_eq!(what, ["version", "title"]);
}

#[test]
fn a_form_is_mapped_by_the_version_that_counted_when_it_was_sent() {
    let tables = tables(TWO_VERSIONS).unwrap();
    let title = |sent| {
        let consignment = tables.map(&form("A", sent).with("X", "sak")).unwrap();
        consignment.facts.title.unwrap().into_exposed()
    };
    assert_eq!(title("2026-08-31T21:59:59Z"), "gammel sak");
    // Two hours before midnight in Greenwich it is a new day in Norway.
    assert_eq!(title("2026-08-31T22:00:00Z"), "ny sak");
    let before = tables.map(&form("A", "2025-12-31T12:00:00Z").with("X", "sak"));
    assert!(before.unwrap_err().has(FaultCode::UnknownRule));
}

#[test]
fn the_closest_table_counts_and_one_with_conditions_before_one_without() {
    let text = r#"
        [[table]]
        form = "*"
        version = 9
        from = "2026-01-01"
        case = { title = "alt" }
        entry = [{ title = "e" }]
        [[table]]
        form = "A*"
        version = 1
        from = "2026-01-01"
        case = { title = "på A" }
        entry = [{ title = "e" }]
        [[table]]
        form = "*"
        version = 1
        from = "2026-01-01"
        when = { Retning = ["ut", "kopi"] }
        case = { title = "ut" }
        entry = [{ title = "e" }]
    "#;
    let tables = tables(text).unwrap();
    let title = |form: Form| tables.map(&form).unwrap().facts.title.unwrap().into_exposed();
    let now = "2026-09-14T08:00:00Z";
    assert_eq!(title(form("B", now)), "alt");
    assert_eq!(title(form("A7", now)), "på A");
    assert_eq!(title(form("A7", now).with("Retning", " UT ")), "ut");
    assert_eq!(title(form("B", now).with("Retning", "inn")), "alt");
}

#[test]
fn tables_that_make_no_sense_are_refused_when_they_are_read() {
    let twice = TWO_VERSIONS.replace("version = 2", "version = 1");
    assert!(matches!(tables(&twice), Err(TableError::VersionTwice { version: 1, .. })));
    let back = TWO_VERSIONS.replace("2026-09-01", "2025-09-01");
    assert!(matches!(tables(&back), Err(TableError::BackDated { version: 2, .. })));
    let empty = TWO_VERSIONS.replace("[{ title = \"ny\" }]", "[]");
    assert!(matches!(tables(&empty), Err(TableError::NoEntry { .. })));
    for wrong in ["tabel = 1", "[[table]]\nform = 1", "\u{0}", &TWO_VERSIONS.replace("{X}", "{X")] {
        assert!(matches!(tables(wrong), Err(TableError::Unreadable(_))), "{wrong}");
    }
}

#[test]
fn every_missing_field_is_named_at_once_and_no_content_is_told() {
    let text = r#"
        [[table]]
        form = "A"
        version = 1
        from = "2026-01-01"
        case = { title = "{Tittel}", number = "{Sak?}" }
        entry = [{ title = "{Tittel}", date = "{Dato}", party = [{ role = "sender", name = "{Navn}" }] }]
    "#;
    let tables = tables(text).unwrap();
    let form = form("A", "2026-09-14T08:00:00Z").with("Sak", "hemmelig").with("Dato", "hemmelig");
    let rejection = tables.map(&form).unwrap_err();
    assert_eq!(rejection.faults().count(), 4);
    let told = rejection.to_string();
    assert!(told.contains("field `Tittel` is missing") && told.contains("does not give a date"), "{told}");
    assert!(!told.contains("hemmelig"), "{told}");
}

#[test]
fn parties_classes_and_references_without_their_fields_are_left_out() {
    let (_, text) = STANDARD_TABLES.iter().find(|(name, _)| *name == "gis-line").unwrap();
    let tables = FormTables::from_toml(text).unwrap();
    let whole = form("rekvisisjon", "2026-09-14T08:00:00Z")
        .with("Forretningsnummer", "1")
        .with("Kommunenr", "1804")
        .with("Gnr", "138")
        .with("Bnr", "1")
        .with("DokumentTittel", "Rekvisisjon")
        .with("DokumentDato", "14.09.2026");
    let consignment = tables.map(&whole).unwrap();
    assert_eq!(consignment.entries[0].parties.len(), 0);
    let kinds: Vec<_> = consignment.facts.external_keys.iter().map(|key| key.kind.as_str()).collect();
    assert_eq!(kinds, ["sak", "matrikkel"]);
    let named = whole.with("Rekvirent", "Prøve Testesen").with("RekvirentId", "310000027").with("KartId", "k");
    let consignment = tables.map(&named).unwrap();
    assert!(matches!(consignment.entries[0].parties[0].identity, Some(PartyIdentity::Organisation(_))));
    assert_eq!(consignment.facts.external_keys.len(), 3);
    let key = consignment.facts.external_keys[0].clone();
    assert_eq!(consignment.case, CaseWish::FindOrNew(CaseName::Key(key)));
}

#[test]
fn files_go_to_the_entry_that_wants_them_and_the_first_is_the_main_one() {
    let text = r#"
        [[table]]
        form = "A"
        version = 1
        from = "2026-01-01"
        case = { title = "t" }
        entry = [{ title = "skjema", files = "main" }, { title = "vedlegg", files = "attachments" }]
    "#;
    let form = form("A", "2026-09-14T08:00:00Z")
        .with_file(file("kart.pdf", DocumentRole::Attachment))
        .with_file(file("skjema.pdf", DocumentRole::Main))
        .with_file(file("foto.pdf", DocumentRole::Attachment));
    let consignment = tables(text).unwrap().map(&form).unwrap();
    let names = |entry: usize| -> Vec<_> {
        let documents = consignment.entries[entry].documents.iter();
        documents.map(|document| (document.files[0].name.as_str().to_owned(), document.role)).collect()
    };
    let (main, attachment) = (DocumentRole::Main, DocumentRole::Attachment);
    assert_eq!(names(0), [("skjema.pdf".to_owned(), main)]);
    assert_eq!(names(1), [("kart.pdf".to_owned(), main), ("foto.pdf".to_owned(), attachment)]);
    let keys: Vec<_> =
        consignment.entries.iter().map(|entry| entry.key.as_ref().unwrap().value.expose().as_str()).collect();
    assert_eq!(keys, ["k-1", "k-1#2"]);
}

#[test]
fn braces_in_a_text_are_written_twice() {
    let form = form("A", "2026-09-14T08:00:00Z").with("X", "1");
    assert_eq!("{{{X}}}".parse::<Template>().unwrap().fill(&form).unwrap(), "{1}");
    for wrong in ["{", "}", "{X", "a}b", "{a{b}", "{}", "{?}", "{ |x}"] {
        assert!(wrong.parse::<Template>().is_err(), "{wrong}");
    }
}

proptest! {
    #[test]
    fn any_text_is_a_template_or_an_error_and_writes_itself_back(text in "[a-z{}?| ]{0,20}") {
        if let Ok(template) = text.parse::<Template>() {
            let again: Template = template.to_string().parse().unwrap();
            prop_assert_eq!(&again, &template);
            let empty = form("A", "2026-09-14T08:00:00Z");
            if let Err(field) = template.fill(&empty) {
                prop_assert!(template.fields().any(|asked| asked == field));
            }
        }
    }

    #[test]
    fn whatever_stands_in_the_fields_the_same_form_becomes_the_same(values in prop::collection::vec(".{0,12}", 12)) {
        for (_, text) in STANDARD_TABLES {
            let tables = FormTables::from_toml(text).unwrap();
            let names = tables.samples[0].fields.keys();
            let mut whole = form(&tables.samples[0].form, "2026-09-14T08:00:00Z");
            for (name, value) in names.zip(&values) {
                whole = whole.with(name, value);
            }
            prop_assert_eq!(tables.map(&whole), tables.map(&whole));
        }
    }
}
