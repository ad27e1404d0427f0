//! What stands in eInnsyn after publishing.

use http::Method;
use sakarkiv_core::{
    case::CaseNumber,
    identity::{TenantId, Timestamp, UnitId},
    party::PartyRole,
    ports::{JournalPublisher, MeetingPublisher, PortErrorKind},
    publication::{PublicRecord, PublicScreening, PublicText, PublicUnit, clear_meeting},
};
use sakarkiv_testkit::simulators::einnsyn::{Entity, Unit};
use serde_json::json;

use super::world::{World, texts};

#[test]
fn a_case_with_its_entry_is_made_in_one_call_below_its_archive_and_series() {
    let mut world = World::new();
    let record = world.record(1);
    world.publish(&record);
    let writes = world.writes(0);
    assert_eq!(writes.len(), 3, "archive, series, and the case with all that is in it: {writes:?}");
    assert!(writes[2].ends_with("/saksmappe"));
    let case = world.public(Entity::Saksmappe, &record.case.id).unwrap();
    assert_eq!((&case["saksnummer"], &case["saksdato"]), (&json!("2026/318"), &json!("2026-09-01")));
    let entry = world.public(Entity::Journalpost, &record.entry).unwrap();
    assert_eq!(entry["journalposttype"], "inngaaende_dokument");
    assert_eq!(entry["skjerming"]["skjermingshjemmel"], "offl. § 13");
    let (part, archive) = (&world.einnsyn.objects(Entity::Arkivdel)[0], &world.einnsyn.objects(Entity::Arkiv)[0]);
    assert_eq!((&part["tittel"], &archive["tittel"]), (&json!("Byggesaker"), &json!("Sakarkiv")));
    assert!(part["systemId"].is_string() && archive["systemId"].is_string(), "orders tell them");
    let other = world.record(2);
    world.publish(&other);
    let more = world.writes(0);
    assert_eq!(more.len(), 4, "the second entry alone: {more:?}");
    assert_eq!(world.einnsyn.objects(Entity::Saksmappe).len(), 1);
}

#[test]
fn what_is_as_it_should_be_is_left_alone() {
    let mut world = World::new();
    let record = world.record(1);
    world.publish(&record);
    let before = world.einnsyn.received().len();
    world.publish(&record.with_revision(2));
    assert_eq!(world.writes(before), [""; 0]);
}

#[test]
fn names_stand_where_they_are_searched_for_a_year_and_nowhere_when_the_year_is_over() {
    let mut world = World::new();
    let record = world.record(1);
    world.publish(&record);
    let entry = world.public(Entity::Journalpost, &record.entry).unwrap();
    assert_eq!(entry["offentligTittel"], "Soeknad 1 fra *****");
    assert_eq!(entry["offentligTittelSensitiv"], "Soeknad 1 fra Ola Testperson");
    assert!(texts(&entry["korrespondansepart"], "korrespondansepartNavn").contains(&"*****".to_owned()));
    let mut old = world.record(2);
    old.names_searchable_until = "2026-09-13".parse().unwrap();
    world.publish(&old);
    let shown =
        |world: &World| world.public(Entity::Journalpost, &old.entry).unwrap()["offentligTittelSensitiv"].clone();
    assert_eq!(shown(&world), "Soeknad 2 fra *****");
    world.pass(24);
    let mut changed = old.clone().with_revision(2);
    changed.journal.title.searchable = "Soeknad 2 (rettet) fra *****".to_owned();
    world.publish(&changed);
    assert_eq!(shown(&world), "Soeknad 2 (rettet) fra *****", "also when it is changed later");
    let mut first = record.clone().with_revision(2);
    first.names_searchable_until = "2026-09-13".parse().unwrap();
    first.journal.title.shown = "Rettet soeknad fra Ola Testperson".to_owned();
    world.publish(&first);
    let shown = world.public(Entity::Journalpost, &record.entry).unwrap();
    // This one came late too: its year is over before eInnsyn's would be.
    assert_eq!(shown["offentligTittelSensitiv"], "Soeknad 1 fra *****");
}

#[test]
fn names_are_left_out_when_the_year_of_einnsyn_would_end_more_than_a_month_after_the_law_s() {
    for (until, named) in [("2027-08-14", true), ("2027-08-13", false)] {
        let mut world = World::new();
        let mut record = world.record(1);
        record.names_searchable_until = until.parse().unwrap();
        world.publish(&record);
        let title = |world: &World| {
            let entry = world.public(Entity::Journalpost, &record.entry).unwrap();
            entry["offentligTittelSensitiv"].as_str().unwrap().to_owned()
        };
        assert_eq!(title(&world).contains("Ola Testperson"), named, "names until {until}");
        world.pass(24 * 300);
        world.publish(&record.clone().with_revision(2));
        assert_eq!(title(&world).contains("Ola Testperson"), named, "it counts from when eInnsyn got it");
    }
}

#[test]
fn a_class_hangs_right_below_the_series_and_gives_way_to_stars_when_it_must_not_be_shown() {
    let mut world = World::new();
    let mut record = world.record(1);
    record.archive.class = Some("L42 Byggesaker".to_owned());
    world.publish(&record);
    let order = world.einnsyn.place_order("sporrer@example.org", &[&record.entry.to_string()]).unwrap();
    world.einnsyn.verify_order(&order).unwrap();
    assert_eq!(world.einnsyn.messages().len(), 1, "an order for an entry with a class is delivered");
    let mut hidden = record.clone().with_revision(2);
    hidden.archive.class = None;
    world.publish(&hidden);
    let case = world.einnsyn.object(Entity::Saksmappe, &record.case.id.to_string()).unwrap();
    let class = world.einnsyn.object(Entity::Klasse, case["klasse"].as_str().unwrap()).unwrap();
    assert_eq!(class["tittel"], "*****");
}

#[test]
fn an_open_file_is_published_by_its_address_with_us_and_its_digest() {
    let mut world = World::new();
    let mut record = world.record(1);
    let content = sakarkiv_core::document::BlobRef::of(b"%PDF");
    record.documents[0].file = Some(sakarkiv_core::publication::PublicFile {
        name: sakarkiv_core::document::FileName::sanitize("2026-318-1-1.pdf"),
        variant: sakarkiv_core::document::Variant::Redacted,
        media_type: sakarkiv_core::document::MediaType::pdf(),
        format: sakarkiv_core::document::FileFormat::unknown(),
        content,
        accessible_after: "2026-09-15T00:00:00Z".parse().unwrap(),
    });
    world.publish(&record);
    let file = &world.einnsyn.objects(Entity::Dokumentobjekt)[0];
    let address = format!("https://innsyn.example/fil/{}/{}/2026-318-1-1.pdf", record.entry, record.documents[0].id);
    assert_eq!(file["referanseDokumentfil"], address.as_str());
    assert_eq!((&file["format"], &file["sjekksumAlgoritme"]), (&json!("pdf"), &json!("SHA-256")));
    assert_eq!(file["sjekksum"], content.hash.to_string().as_str());
    assert_eq!(world.einnsyn.public(Entity::Dokumentobjekt).len(), 0, "not before its moment");
    world.pass(24);
    assert_eq!(world.einnsyn.public(Entity::Dokumentobjekt).len(), 1);
    let closed = World::with(|config| drop(config.as_object_mut().unwrap().remove("files")));
    assert!(!closed.publisher.capabilities().documents);
    closed.publish(&record);
    assert_eq!(closed.einnsyn.objects(Entity::Dokumentobjekt).len(), 0);
}

#[test]
fn the_unit_of_an_entry_is_known_by_its_code_and_its_party_is_responsible() {
    let mut world = World::with(|config| config["units"] = json!({"byggesak": "BYGG"}));
    let below = world.einnsyn.add_unit(&Unit::new("Byggesak", "312000342").below(&world.unit.id).with_code("BYGG"));
    let mut record = world.record(1);
    record.parties[1].role = PartyRole::InternalRecipient;
    record.parties[1].unit = Some(record.journal.unit.clone());
    world.publish(&record);
    let entry = world.public(Entity::Journalpost, &record.entry).unwrap();
    assert_eq!(entry["administrativEnhetObjekt"], below.id.as_str());
    let responsible =
        entry["korrespondansepart"].as_array().unwrap().iter().filter(|party| party["erBehandlingsansvarlig"] == true);
    assert_eq!(responsible.count(), 1);
    let mut moved = record.clone().with_revision(2);
    moved.parties[1].unit = Some(PublicUnit { id: UnitId::new("oppmaaling").unwrap(), name: None });
    world.publish(&moved);
    let entry = world.public(Entity::Journalpost, &record.entry).unwrap();
    assert!(
        entry["korrespondansepart"].as_array().unwrap().iter().all(|party| party["erBehandlingsansvarlig"] == false)
    );
}

#[test]
fn an_entry_that_moves_takes_its_old_case_along_only_when_nothing_is_left_in_it() {
    let mut world = World::new();
    let (first, second) = (world.record(1), world.record(2));
    world.publish(&first);
    world.publish(&second);
    let mut moved = first.with_revision(2);
    moved.case.id = world.samples.case_id();
    moved.case.number = CaseNumber::new(2026, 319).unwrap();
    world.publish(&moved);
    assert_eq!(world.einnsyn.objects(Entity::Saksmappe).len(), 2);
    assert_eq!(world.einnsyn.objects(Entity::Journalpost).len(), 2);
    let mut after = second.with_revision(2);
    after.case = moved.case;
    world.publish(&after);
    let cases = world.einnsyn.objects(Entity::Saksmappe);
    assert_eq!(cases.iter().map(|case| case["saksnummer"].as_str().unwrap()).collect::<Vec<_>>(), ["2026/319"]);
}

#[test]
fn an_entry_that_shows_nothing_of_itself_leaves_the_title_of_its_case_as_it_is() {
    let mut world = World::new();
    let (open, mut bare) = (world.record(1), world.record(2));
    bare.journal.bare = true;
    bare.journal.title = PublicText::masked();
    bare.case.title = PublicText::masked();
    world.publish(&bare);
    let title = |world: &World| world.public(Entity::Saksmappe, &open.case.id).unwrap()["offentligTittel"].clone();
    assert_eq!(title(&world), "*****");
    world.publish(&open);
    assert_eq!(title(&world), "Proeveveien 1: garasje");
    world.publish(&bare.with_revision(2));
    assert_eq!(title(&world), "Proeveveien 1: garasje");
}

#[test]
fn the_title_of_a_case_goes_with_the_last_entry_that_gave_it_one_as_the_case_is_screened_now() {
    let mut world = World::new();
    let (open, other) = (world.record(1), world.record(2));
    let bare = |record: &PublicRecord, screening: bool| {
        let mut bare = record.clone().with_revision(record.revision + 1);
        bare.journal.bare = true;
        (bare.journal.title, bare.case.title) = (PublicText::masked(), PublicText::masked());
        let code = PublicScreening { code: "UO".to_owned(), legal_basis: "offl. § 13".to_owned() };
        bare.case.screening = screening.then_some(code);
        bare
    };
    let titles = |world: &World| {
        let case = world.public(Entity::Saksmappe, &open.case.id).unwrap();
        ["offentligTittel", "offentligTittelSensitiv"].map(|name| case[name].as_str().unwrap().to_owned())
    };
    for record in [&open, &other] {
        world.publish(record);
    }
    let first = bare(&open, true);
    world.publish(&first);
    assert_eq!(titles(&world), ["*****", "*****"], "the other gave it the title before the case was screened");
    let mut partly = other.with_revision(2);
    (partly.case.screening, partly.case.title) = (first.case.screening.clone(), PublicText::nameless("***** garasje"));
    world.publish(&partly);
    world.publish(&bare(&first, true));
    assert_eq!(titles(&world), ["***** garasje", "***** garasje"], "the title of a case that is screened in part");
    world.publish(&bare(&partly, true));
    assert_eq!(titles(&world), ["*****", "*****"], "nobody gives it one any more");
    let again = open.clone().with_revision(5);
    world.publish(&again);
    world.publish(&bare(&again, false));
    assert_eq!(titles(&world), ["*****", "*****"], "nor when the case is not screened itself");
}

#[test]
fn a_case_that_stays_loses_its_title_when_the_last_entry_that_gave_it_one_is_withdrawn_or_moves() {
    for moves in [false, true] {
        let mut world = World::new();
        let (open, mut other, mut bare) = (world.record(1), world.record(2), world.record(3));
        (bare.journal.bare, bare.journal.title, bare.case.title) = (true, PublicText::masked(), PublicText::masked());
        for record in [&open, &other, &bare] {
            world.publish(record);
        }
        let title = |world: &World| world.public(Entity::Saksmappe, &open.case.id).unwrap()["offentligTittel"].clone();
        world.run(world.publisher.withdraw(open.entry)).unwrap();
        assert_eq!(title(&world), "Proeveveien 1: garasje", "the other still gives it one");
        if moves {
            (other.revision, other.case.id) = (2, world.samples.case_id());
            other.case.number = CaseNumber::new(2026, 319).unwrap();
            world.publish(&other);
        } else {
            world.run(world.publisher.withdraw(other.entry)).unwrap();
        }
        assert_eq!(title(&world), "*****", "moves: {moves}");
        let slug = world.public(Entity::Saksmappe, &open.case.id).unwrap()["slug"].clone();
        assert_eq!(slug, open.case.id.to_string().as_str());
    }
}

#[test]
fn readable_addresses_do_not_tell_what_was_taken_out_of_titles() {
    let mut world = World::new();
    let record = world.record(1);
    world.publish(&record);
    let slugs = |world: &World| {
        let case = world.public(Entity::Saksmappe, &record.case.id).unwrap()["slug"].clone();
        let entry = world.public(Entity::Journalpost, &record.entry).unwrap()["slug"].clone();
        [case, entry].map(|slug| slug.as_str().unwrap().to_owned())
    };
    assert!(slugs(&world)[0].contains("garasje") && slugs(&world)[1].contains("soeknad"), "{:?}", slugs(&world));
    let mut masked = record.clone().with_revision(2);
    (masked.case.title, masked.journal.title) = (PublicText::masked(), PublicText::masked());
    world.publish(&masked);
    let ids = [record.case.id.to_string(), record.entry.to_string()];
    assert_eq!(slugs(&world), ids);
    world.publish(&record.clone().with_revision(3));
    assert_eq!(slugs(&world), ids, "an address changes but once");
}

#[test]
fn an_entry_that_is_shown_later_hides_no_case_that_is_shown_already() {
    let mut world = World::new();
    let (open, mut later) = (world.record(1), world.record(2));
    later.journal.accessible_after = "2026-09-15T00:00:00Z".parse().unwrap();
    world.publish(&later);
    assert_eq!(world.einnsyn.public_text().matches("garasje").count(), 0);
    world.publish(&open);
    assert!(world.public(Entity::Journalpost, &open.entry).is_some(), "the case is shown with its first entry");
    world.publish(&later.clone().with_revision(2));
    assert!(world.public(Entity::Journalpost, &open.entry).is_some());
    assert!(world.public(Entity::Journalpost, &later.entry).is_none());
    let mut earlier = later.clone().with_revision(3);
    earlier.journal.accessible_after = Timestamp::UNIX_EPOCH;
    world.publish(&earlier);
    let entry = world.public(Entity::Journalpost, &later.entry).unwrap();
    assert_eq!(entry["dokumentbeskrivelse"].as_array().unwrap().len(), 1, "with all that hangs below it");
}

#[test]
fn what_somebody_changed_by_hand_is_told_as_another_revision_and_mended() {
    let mut world = World::new();
    let (first, second) = (world.record(1), world.record(2));
    world.publish(&first);
    world.publish(&second);
    let path = format!("/journalpost/{}", first.entry);
    let status = world.run(world.by_hand(Method::PATCH, &path, Some(json!({"offentligTittelSensitiv": "Noe annet"}))));
    assert_eq!(status, 200);
    let listed = world.run(world.publisher.published(None)).unwrap();
    let revision = |entry| listed.iter().find(|one| one.entry == entry).unwrap().revision;
    assert_eq!((revision(first.entry), revision(second.entry)), (0, 1));
    world.publish(&first);
    let listed = world.run(world.publisher.published(None)).unwrap();
    assert!(listed.iter().all(|one| one.revision == 1), "{listed:?}");
}

#[test]
fn an_entry_in_another_case_or_in_one_that_was_changed_by_hand_is_told_and_mended() {
    let mut world = World::new();
    let (first, mut second) = (world.record(1), world.record(2));
    (second.case.id, second.case.number) = (world.samples.case_id(), CaseNumber::new(2026, 319).unwrap());
    world.publish(&first);
    world.publish(&second);
    let revision = |world: &World| {
        let listed = world.run(world.publisher.published(None)).unwrap();
        listed.iter().find(|one| one.entry == first.entry).unwrap().revision
    };
    assert_eq!(revision(&world), 1);
    let case = world.public(Entity::Saksmappe, &second.case.id).unwrap()["id"].clone();
    for (path, body) in [
        (format!("/journalpost/{}", first.entry), json!({"saksmappe": case})),
        (format!("/saksmappe/{}", first.case.id), json!({"offentligTittel": "Noe annet"})),
        (format!("/saksmappe/{}", first.case.id), json!({"administrativEnhet": "ANNEN"})),
    ] {
        assert_eq!(world.run(world.by_hand(Method::PATCH, &path, Some(body))), 200);
        assert_eq!(revision(&world), 0, "{path}");
        world.publish(&first);
        assert_eq!(revision(&world), 1, "{path}");
    }
    let shown = world.public(Entity::Saksmappe, &first.case.id).unwrap();
    assert_eq!(shown["offentligTittel"], "Proeveveien 1: garasje");
}

#[test]
fn a_publisher_that_forgot_everything_finds_what_is_there_by_its_ids() {
    let mut world = World::new();
    let record = world.record(1);
    world.publish(&record);
    let store = std::sync::Arc::default();
    let other = world.publisher_over(world.http(), store, |_| {});
    let mut newer = record.clone().with_revision(2);
    newer.journal.title = PublicText::nameless("Nabomerknad");
    let report = sakarkiv_core::publication::LeakReport::clean(&newer);
    let cleared = sakarkiv_core::publication::clear(newer, &report, &[]).unwrap();
    world.run(other.publish(&cleared)).unwrap();
    for entity in [Entity::Arkiv, Entity::Arkivdel, Entity::Saksmappe, Entity::Journalpost, Entity::Dokumentbeskrivelse]
    {
        assert_eq!(world.einnsyn.objects(entity).len(), 1, "{entity:?}");
    }
    assert_eq!(world.public(Entity::Journalpost, &record.entry).unwrap()["offentligTittel"], "Nabomerknad");
}

#[test]
fn nothing_is_published_with_the_key_of_another_organisation_or_for_another_tenant() {
    let mut world = World::with(|config| config["organisation"] = json!("310000019"));
    let record = world.record(1);
    let error = world.try_publish(&record).unwrap_err();
    assert_eq!(error.kind(), PortErrorKind::Misconfigured);
    assert!(error.detail().contains("another organisation"), "{error}");
    assert_eq!(world.writes(0), [""; 0]);
    let mut world = World::new();
    let mut foreign = world.record(1);
    foreign.tenant = TenantId::new("eksempelvik").unwrap();
    assert_eq!(world.try_publish(&foreign).unwrap_err().kind(), PortErrorKind::Misconfigured);
    assert_eq!(world.einnsyn.received().len(), 0);
}

#[test]
fn an_identity_number_never_leaves_though_the_record_was_cleared() {
    let mut world = World::new();
    let mut record = world.record(1);
    record.documents[0].title = PublicText::nameless("Om 018190 00553");
    let error = world.try_publish(&record).unwrap_err();
    assert_eq!(error.kind(), PortErrorKind::Rejected);
    assert!(error.detail().contains("`tittel`") && !error.detail().contains("0181"), "{error}");
    assert!(!world.einnsyn.received().iter().any(|one| one.text().contains("00553")));
}

#[test]
fn long_texts_are_cut_and_blank_ones_are_stars() {
    let mut world = World::new();
    let mut record = world.record(1);
    record.journal.title = PublicText::nameless("ø".repeat(600));
    record.parties[0].name = PublicText::nameless(" ");
    world.publish(&record);
    let entry = world.public(Entity::Journalpost, &record.entry).unwrap();
    assert_eq!(entry["offentligTittel"].as_str().unwrap().chars().count(), 500);
    assert!(texts(&entry["korrespondansepart"], "korrespondansepartNavnSensitiv").contains(&"*****".to_owned()));
}

#[test]
fn a_pause_is_kept_between_calls() {
    let mut world = World::with(|config| config["pause_ms"] = json!(250));
    let record = world.record(1);
    world.publish(&record);
    let at: Vec<Timestamp> = world.einnsyn.received().iter().map(|one| one.at).collect();
    assert!(at.len() > 5);
    assert!(at.windows(2).all(|two| (two[1] - two[0]).num_milliseconds() >= 250), "{at:?}");
}

#[test]
fn a_meeting_is_published_with_report_decision_votes_and_proceedings_in_one_call() {
    let mut world = World::new();
    let meeting = world.samples.public_meeting();
    let cleared = clear_meeting(meeting.clone(), &meeting.clean_report(), &[]).unwrap();
    world.run(world.publisher.publish_meeting(&cleared)).unwrap();
    assert_eq!(world.writes(0).len(), 3);
    let shown = world.public(Entity::Moetemappe, &meeting.meeting).unwrap();
    assert_eq!((&shown["moetenummer"], &shown["utvalg"]), (&json!("2026/4"), &json!("formannskapet")));
    let item = &shown["moetesak"][0];
    assert_eq!((&item["moetesakstype"], &item["moetesakssekvensnummer"]), (&json!("politisk"), &json!(12)));
    assert_eq!(item["utredning"]["innstilling"]["tekstInnhold"], "Planen vedtas");
    assert_eq!(item["innstilling"]["tekstInnhold"], "Raadet vedtar planen");
    assert_eq!(item["vedtak"]["behandlingsprotokoll"]["tekstInnhold"], "Ingen hadde merknader");
    assert_eq!(texts(&item["vedtak"]["votering"], "stemme"), ["Ja", "Blankt"]);
    let before = world.einnsyn.received().len();
    world.run(world.publisher.publish_meeting(&cleared)).unwrap();
    assert_eq!(world.writes(before), [""; 0], "what is as it should be is left alone");
    let listed = world.run(world.publisher.published_meetings(None)).unwrap();
    assert_eq!(listed.iter().map(|one| (one.meeting, one.revision)).collect::<Vec<_>>(), [(meeting.meeting, 1)]);
}
