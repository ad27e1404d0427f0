use sakarkiv_core::{case::CaseStatus, intake::reference, journal::EntryKind};
use sakarkiv_fiks_arkiv::FiksArkivSettings;
use sakarkiv_testkit::{definitions::XmlDefinition, simulators::fiks_arkiv::Attachment};

use crate::world::World;

const RECEIPT: &str = "arkivering.arkivmelding.opprett.kvittering";

fn drawing() -> Vec<Attachment> {
    vec![
        Attachment::new("Søknad, tiltak.pdf", "dok-1.pdf", &b"%PDF-1.7 sak"[..]),
        Attachment::new("Tegning.pdf", "dok-2.pdf", &b"%PDF-1.7 tegning"[..]),
    ]
}

#[tokio::test]
async fn a_building_case_goes_from_application_to_its_end() {
    let world = World::new();
    let opened = world.system.open_case("sak/1", "Tiltak på eiendom");
    let filed = world.system.file_entry("sak/1", "dok/1", "Søknad om tiltak", &drawing());
    world.settle().await;
    assert_eq!(world.system.complaints(), [""; 0]);
    assert_eq!((world.outcome(opened), world.outcome(filed)), (RECEIPT.to_owned(), RECEIPT.to_owned()));

    let receipt = world.system.outcome(opened).unwrap();
    assert_eq!(receipt.text("opprettetEllerEksisterende"), Some("Opprettet"));
    assert_eq!((receipt.text("saksaar"), receipt.text("sakssekvensnummer")), (Some("2026"), Some("1")));
    let receipt = world.system.outcome(filed).unwrap();
    assert_eq!((receipt.text("journalpostnummer"), receipt.text("dokumentnummer")), (Some("1"), Some("1")));

    let case = world.desk.all_cases().remove(0);
    assert!(case.external_keys().contains(&reference::matrikkel("1804", 138, 2211, 0, 0)), "the property is kept");
    let entry = world.desk.all_entries().remove(0);
    assert_eq!((entry.kind(), entry.case(), entry.documents().len()), (EntryKind::Incoming, case.id(), 2));
    let version = entry.documents()[0].document.current().unwrap();
    assert_eq!(version.file_name.as_str(), "Søknad, tiltak.pdf");
    let content = world.desk.blobs().content(case.tenant(), &version.content);
    assert_eq!(content.as_deref(), Some(&b"%PDF-1.7 sak"[..]));

    let retitled = world.system.retitle_entry("dok/1", "Søknad om tiltak, rettet");
    let signed_off = world.system.sign_off("dok/1");
    world.settle().await;
    let closed = world.system.close_case("sak/1");
    world.settle().await;
    assert_eq!(world.system.complaints(), [""; 0]);
    assert_eq!(world.outcome(retitled), "arkivering.arkivmelding.oppdater.kvittering");
    assert_eq!(world.outcome(signed_off), "arkivering.avskrivning.opprett.kvittering");
    assert_eq!(world.outcome(closed), "arkivering.arkivmelding.oppdater.kvittering");
    let entry = world.desk.all_entries().remove(0);
    assert_eq!(entry.title().expose(), "Søknad om tiltak, rettet");
    assert!(entry.screening().is_some_and(|screening| screening.code().as_str() == "UO"));
    assert!(!entry.is_outstanding());
    assert_eq!(world.desk.all_cases()[0].status(), CaseStatus::HandlerClosed, "the archive closes it for good");
}

#[tokio::test]
async fn every_result_is_as_its_schema_wants_it() {
    let world = World::new();
    world.system.file_case_and_entry("sak/1", "dok/1", "Søknad <om> \"tiltak\" & mer", &drawing());
    world.settle().await;
    world.system.retitle_entry("dok/1", "Rettet");
    world.settle().await;
    let case = world.system.ask_for_case("sak/1");
    let entry = world.system.ask_for_entry("dok/1");
    let searches: Vec<_> = ["noekler", "minimum", "utvidet"]
        .iter()
        .flat_map(|response| {
            [world.system.search_case("sak/1", response), world.system.search_entry("dok/1", response)]
        })
        .collect();
    let codes = ["saksstatus", "journalposttype", "korrespondanseparttype", "mappetype"]
        .map(|list| world.system.ask_for_codes(list));
    world.settle().await;
    assert_eq!(world.system.complaints(), [""; 0]);
    assert_eq!(world.outcome(case), "innsyn.mappe.hent.resultat");
    assert_eq!(world.outcome(entry), "innsyn.registrering.hent.resultat");
    for search in searches {
        let answer = world.system.outcome(search).unwrap();
        assert!(answer.tail().starts_with("innsyn.sok.resultat."), "{}", answer.tail());
        assert_eq!(answer.text("count"), Some("1"));
    }
    for list in codes {
        assert_eq!(world.outcome(list), "innsyn.kodeliste.hent.resultat");
    }
    let shown = world.system.outcome(entry).unwrap();
    assert_eq!(shown.text("korrespondansepartNavn"), Some("Prøvedal Bygg AS"));
    assert_eq!(shown.text("filstoerrelse"), Some("12"));
}

#[tokio::test]
async fn a_case_is_found_by_its_key_and_an_entry_is_registered_once() {
    let world = World::new();
    let first = world.system.file_case_and_entry("sak/1", "dok/1", "Søknad", &drawing());
    world.settle().await;
    let second = world.system.file_case_and_entry("sak/1", "dok/2", "Ettersending", &drawing());
    let again = world.system.file_case_and_entry("sak/1", "dok/1", "Søknad", &drawing());
    world.settle().await;
    assert_eq!(world.system.complaints(), [""; 0]);
    assert_eq!((world.desk.all_cases().len(), world.desk.all_entries().len()), (1, 2));
    let words = |message| {
        let xml = world.system.outcome(message).unwrap().xml().unwrap().to_owned();
        ["Opprettet", "Eksisterende"].map(|word| xml.matches(&format!(">{word}<")).count())
    };
    assert_eq!((words(first), words(second), words(again)), ([2, 0], [1, 1], [0, 2]));
}

#[tokio::test]
async fn lost_answers_lost_acknowledgements_and_repeats_change_nothing_twice() {
    let world = World::new();
    let opened = world.system.open_case("sak/1", "Tiltak");
    world.settle().await;
    let filed = world.system.file_entry("sak/1", "dok/1", "Søknad", &drawing());
    world.system.lose_answers(3);
    world.settle().await;
    let signed_off = world.system.sign_off("dok/1");
    world.system.lose_answers(3);
    world.settle().await;
    world.system.lose_acknowledgements(2);
    for message in [opened, filed, signed_off, filed] {
        world.system.repeat(message);
    }
    world.settle().await;
    let (changes, entries) = (world.desk.changes(), world.desk.all_entries());
    assert_eq!((world.desk.all_cases().len(), entries.len()), (1, 1));
    assert_eq!((changes, entries[0].sign_offs().len()), (3, 1), "opened, registered, signed off, each once");
    assert_eq!(world.system.complaints(), [""; 0], "what came again was answered as before");
    assert!([opened, filed, signed_off].into_iter().all(|message| world.system.is_acknowledged(message)));
}

#[tokio::test]
async fn an_entry_that_comes_before_its_case_is_told_so_and_may_come_again() {
    let world = World::new();
    let early = world.system.file_entry("sak/1", "dok/1", "Søknad", &drawing());
    let opened = world.system.open_case("sak/1", "Tiltak");
    world.settle().await;
    assert_eq!(world.outcome(early), "feilmelding.ikkefunnet");
    assert_eq!(world.outcome(opened), RECEIPT);
    let late = world.system.file_entry("sak/1", "dok/1", "Søknad", &drawing());
    let other = world.system.ask_for_case("sak/1");
    world.system.reorder();
    world.settle().await;
    assert_eq!(
        (world.outcome(late), world.outcome(other)),
        (RECEIPT.to_owned(), "innsyn.mappe.hent.resultat".to_owned())
    );
    assert_eq!(world.system.complaints(), [""; 0]);
}

#[tokio::test]
async fn what_is_not_there_is_not_found_and_a_search_for_it_is_empty() {
    let world = World::new();
    let case = world.system.ask_for_case("sak/finnes-ikke");
    let entry = world.system.ask_for_entry("dok/finnes-ikke");
    let search = world.system.search_case("sak/finnes-ikke", "noekler");
    let closed = world.system.close_case("sak/finnes-ikke");
    let codes = world.system.ask_for_codes("arkivdel");
    world.settle().await;
    for message in [case, entry, closed] {
        assert_eq!(world.outcome(message), "feilmelding.ikkefunnet");
    }
    assert_eq!(world.system.outcome(search).unwrap().text("count"), Some("0"));
    assert_eq!(world.outcome(codes), "feilmelding.ugyldigforespoersel");
    assert_eq!(world.system.complaints(), [""; 0]);
}

#[tokio::test]
async fn a_public_title_that_the_archive_derived_so_far_stays_when_the_title_changes() {
    let world = World::new();
    world.system.file_case_and_entry("sak/1", "dok/1", "Bekymringsmelding", &drawing());
    world.settle().await;
    let changes = "<tittel>Bekymringsmelding om Ola N</tittel><offentligTittel>Bekymringsmelding</offentligTittel>";
    for (record, key) in [("mappe", "sak/1"), ("registrering", "dok/1")] {
        let before = world.desk.changes();
        for _ in 0..2 {
            let changed = world.change(record, key, changes);
            world.settle().await;
            assert_eq!(world.outcome(changed), "arkivering.arkivmelding.oppdater.kvittering");
        }
        assert_eq!(world.desk.changes(), before + 1, "the second time there was nothing to change");
    }
    let (case, entry) = (world.desk.all_cases().remove(0), world.desk.all_entries().remove(0));
    assert_eq!([case.title(), entry.title()].map(|title| title.expose().as_str()), ["Bekymringsmelding om Ola N"; 2]);
    assert_eq!([case.public_title(), entry.public_title()], ["Bekymringsmelding"; 2]);
}

#[tokio::test]
async fn an_update_of_what_this_archive_does_not_change_is_refused_whole() {
    let world = World::new();
    world.system.file_case_and_entry("sak/1", "dok/1", "Tiltak", &drawing());
    world.settle().await;
    let before = world.desk.changes();
    for (record, key, field) in [
        ("mappe", "sak/1", "<beskrivelse><oppdatering>om Ola N</oppdatering></beskrivelse>"),
        ("mappe", "sak/1", "<noekkelord><ny>Ola N</ny></noekkelord>"),
        ("mappe", "sak/1", "<graderingOppdateringer><slett>true</slett></graderingOppdateringer>"),
        ("mappe", "sak/1", "<matrikkelnummerOppdateringer><slett><id>1</id></slett></matrikkelnummerOppdateringer>"),
        ("mappe", "sak/1", "<journalstatus><kode>J</kode></journalstatus>"),
        ("registrering", "dok/1", "<gradering><slett>true</slett></gradering>"),
        ("registrering", "dok/1", "<saksdato>2026-03-01</saksdato>"),
        ("registrering", "dok/1", "<partOppdateringer><slett><partID>1</partID></slett></partOppdateringer>"),
    ] {
        let changed = world.change(record, key, &format!("<tittel>Ny</tittel>{field}"));
        world.settle().await;
        assert_eq!(world.outcome(changed), "feilmelding.ugyldigforespoersel", "{field}");
    }
    assert_eq!(world.desk.changes(), before);
    world.change("mappe", "sak/1", "<tittel>Ny</tittel><beskrivelse/><noekkelord><ny/></noekkelord>");
    world.settle().await;
    assert_eq!(world.desk.all_cases()[0].title().expose(), "Ny", "what nobody filled in is no change");
}

#[tokio::test]
async fn the_parties_of_an_entry_are_changed_one_by_one_and_once() {
    let world = World::new();
    world.system.file_case_and_entry("sak/1", "dok/1", "Tiltak", &drawing());
    let asked = world.system.ask_for_entry("dok/1");
    world.settle().await;
    let shown = world.system.outcome(asked).unwrap();
    let known = shown.text("korrespondansepartID").unwrap();
    let list = |changes: &str| format!("<korrespondansepartOppdateringer>{changes}</korrespondansepartOppdateringer>");
    let changes = list(&format!(
        "<oppdatering><korrespondansepartID>{known}</korrespondansepartID>\
         <korrespondansepartNavn>Prøvedal Bygg og Anlegg AS</korrespondansepartNavn>\
         <organisasjonid>310000027</organisasjonid><epostadresse>post@example.no</epostadresse></oppdatering>\
         <ny><a:korrespondanseparttype><m:kode>EK</m:kode></a:korrespondanseparttype>\
         <a:korrespondansepartNavn>Test Testesen</a:korrespondansepartNavn><a:erSkjermet>true</a:erSkjermet></ny>"
    ));
    let file = "V1/no.ks.fiks.arkiv.v1.arkivering.arkivmelding.oppdater.xsd";
    let changed = world.change("registrering", "dok/1", &changes);
    if let Some(schema) = XmlDefinition::published("fiks-arkiv", file) {
        let xml = world.system.file(changed, "arkivmelding.xml").unwrap();
        assert_eq!(schema.problems(std::str::from_utf8(&xml).unwrap()), [""; 0]);
    }
    world.settle().await;
    world.system.repeat(changed);
    world.settle().await;
    assert_eq!(world.outcome(changed), "arkivering.arkivmelding.oppdater.kvittering");
    let parties = world.desk.all_entries()[0].parties().to_vec();
    let names: Vec<&str> = parties.iter().map(|party| party.name().expose().as_str()).collect();
    assert_eq!(names, ["Prøvedal Bygg og Anlegg AS", "Test Testesen"]);
    assert_eq!((parties[0].id().uuid().to_string().as_str(), parties[1].is_screened()), (known, true));
    assert!(parties[0].identity().is_some() && parties[0].contact().email.is_some());

    let before = world.desk.changes();
    let id = parties[1].id().uuid();
    for (wrong, outcome) in [
        (
            format!("<oppdatering><korrespondansepartID>{}</korrespondansepartID></oppdatering>", uuid::Uuid::nil()),
            "feilmelding.ikkefunnet",
        ),
        ("<slett><korrespondansepartID>1</korrespondansepartID></slett>".to_owned(), "feilmelding.ugyldigforespoersel"),
        (
            format!(
                "<oppdatering><korrespondansepartID>{id}</korrespondansepartID><deresReferanse>a</deresReferanse></oppdatering>"
            ),
            "feilmelding.ugyldigforespoersel",
        ),
        (
            format!(
                "<oppdatering><korrespondansepartID>{id}</korrespondansepartID><organisasjonid>1</organisasjonid></oppdatering>"
            ),
            "feilmelding.ugyldigforespoersel",
        ),
        (
            format!(
                "<oppdatering><korrespondansepartID>{id}</korrespondansepartID><poststed>Bodø</poststed></oppdatering>"
            ),
            "feilmelding.ugyldigforespoersel",
        ),
    ] {
        let refused = world.change("registrering", "dok/1", &list(&wrong));
        world.settle().await;
        assert_eq!(world.outcome(refused), outcome, "{wrong}");
    }
    assert_eq!(world.desk.changes(), before);
    let gone = world.change(
        "registrering",
        "dok/1",
        &list(&format!("<slett><korrespondansepartID>{id}</korrespondansepartID></slett>")),
    );
    world.settle().await;
    assert_eq!(
        (world.outcome(gone).as_str(), world.desk.all_entries()[0].parties().len()),
        ("arkivering.arkivmelding.oppdater.kvittering", 1)
    );
    assert_eq!(world.system.complaints(), [""; 0]);
}

#[tokio::test]
async fn a_unit_and_a_handler_are_known_in_capitals_as_well() {
    let world = World::new();
    world.system.open_case("sak/1", "Tiltak");
    let changed = world.change(
        "mappe",
        "sak/1",
        "<administrativEnhet><identifikator>OPPV</identifikator></administrativEnhet>\
         <saksansvarlig><initialer>KNO</initialer></saksansvarlig>",
    );
    world.settle().await;
    assert_eq!(world.outcome(changed), "arkivering.arkivmelding.oppdater.kvittering");
    let case = world.desk.all_cases().remove(0);
    assert_eq!((case.unit().as_str(), case.case_handler().map(|user| user.as_str())), ("oppv", Some("kno")));
}

#[tokio::test]
async fn a_search_counts_more_than_it_shows() {
    let world = World::new();
    for key in ["sak/1", "sak/2", "sak/3"] {
        world.system.open_case(key, "Tiltak");
    }
    let search = world.search(1, &condition("sakSaksaar", "<intvalues><value>2026</value></intvalues>"));
    world.settle().await;
    let answer = world.system.outcome(search).unwrap();
    assert_eq!((answer.text("count"), answer.text("sakssekvensnummer")), (Some("3"), Some("1")));
    assert_eq!(answer.xml().unwrap().matches("<resultatNoekler").count(), 1);
    assert_eq!(world.system.complaints(), [""; 0]);
}

#[tokio::test]
async fn a_condition_of_the_wrong_form_is_refused_and_not_dropped() {
    let world = World::new();
    world.system.open_case("sak/1", "Tiltak");
    let year = condition("sakSaksaar", "<intvalues><value>2026</value></intvalues>");
    let text = |text: &str| format!("<stringvalues><value>{text}</value></stringvalues>");
    let key = "<eksternNoekkel><fagsystem>a</fagsystem><noekkel>b</noekkel></eksternNoekkel>";
    for wrong in [
        condition("mappeTittel", key),
        condition("mappeEksternNoekkel", &text("sak/1")),
        condition("mappeTittel", "<stringvalues><value>a</value><value>b</value></stringvalues>"),
        condition("mappeTittel", &format!("{}{key}", text("a"))),
        condition("mappeTittel", ""),
        format!("{}{}", condition("sakSaksekvensnummer", &text("1")), condition("mappeTittel", &text("annet"))),
        [
            condition("mappeEksternNoekkel", key),
            condition("sakMatrikkelnummerKommunenummer", &text("1804")),
            condition("sakMatrikkelnummerGaardsnummer", &text("138")),
            condition("sakMatrikkelnummerBruksnummer", &text("2211")),
        ]
        .concat(),
    ] {
        let search = world.search(10, &format!("{year}{wrong}"));
        world.settle().await;
        assert_eq!(world.outcome(search), "feilmelding.ugyldigforespoersel", "{wrong}");
    }
}

fn condition(field: &str, values: &str) -> String {
    format!("<parametere><operator>equal</operator><sokVerdier>{values}</sokVerdier><felt>{field}</felt></parametere>")
}

#[tokio::test]
async fn an_archive_that_is_away_is_tried_again_and_then_told_of() {
    let world = World::new();
    let opened = world.system.open_case("sak/1", "Tiltak");
    world.desk.fail_next(2);
    world.settle().await;
    assert_eq!(world.outcome(opened), RECEIPT, "the third try worked");
    let asked = world.system.ask_for_case("sak/1");
    world.desk.fail_next(3);
    world.settle().await;
    assert_eq!(world.outcome(asked), "feilmelding.serverfeil");
    assert_eq!(world.system.complaints(), [""; 0]);
    assert_eq!(world.archive.health().trouble, None, "the transport was never at fault");
}

#[tokio::test]
async fn work_is_announced_where_that_is_wanted() {
    for (announces, count) in [(true, 2), (false, 1)] {
        let mut settings = FiksArkivSettings::default();
        settings.announces = announces;
        let world = World::with(settings);
        let opened = world.system.open_case("sak/1", "Tiltak");
        let asked = world.system.ask_for_codes("saksstatus");
        world.settle().await;
        assert_eq!(world.system.answers(opened).len(), count);
        assert_eq!(world.system.answers(asked).len(), 1, "nothing is archived by a question");
    }
}
