use proptest::prelude::*;

use super::world::{World, day};
use crate::{
    calendar,
    document::{DocumentType, Variant},
    identity::{NationalIdentityNumber, UnitId},
    journal::{EntryKind, NewDocument},
    party::PartyIdentity,
    publication::{
        Delay, DocumentOutcome, DryRun, EntryOutcome, Holds, NameOutcome, OldNames, Secrets, Step, UnitPolicy, plan,
        plan_with,
    },
    screening::{Hides, MASK, Screening},
};

#[test]
fn an_open_entry_is_published_with_titles_parties_and_a_document_from_the_fourth_day_on() {
    let world = World::new();
    let case = world.case("Storgata 1: ny garasje", None);
    let document = world.document("Søknad", &[Variant::Production, Variant::Archive]);
    let entry = world.entry(3, World::with_document(document));
    let plan = plan(&case, &entry, &world.policy, day("2026-03-02"));
    assert_eq!(plan.decision.outcome, EntryOutcome::Publish);
    assert_eq!(plan.documents[0].open_from, Some(day("2026-03-06")));
    assert!(plan.documents[0].decision.reasons.iter().any(|reason| reason.code == "document_delayed"));
    let record = plan.record.unwrap();
    assert_eq!(record.case.title.shown, "Storgata 1: ny garasje");
    assert_eq!(record.journal.title.shown, "Søknad om garasje");
    assert_eq!(record.parties[0].name.searchable, "Testbygg AS");
    let file = record.documents[0].file.as_ref().unwrap();
    assert_eq!((file.name.as_str(), file.variant), ("2026-318-3-1.pdf", Variant::Archive));
    assert_eq!(file.accessible_after, calendar::oslo_day_start(day("2026-03-06")));
}

#[test]
fn a_unit_that_chose_nothing_publishes_neither_internal_entries_nor_files() {
    let world = World::new();
    let case = world.case("Storgata 1", None);
    let unit = UnitId::new("skole").unwrap();
    let internal = world.entry(1, |new| {
        new.kind = EntryKind::Internal;
        new.unit = Some(unit.clone());
    });
    let planned = plan(&case, &internal, &world.policy, day("2026-03-02"));
    assert_eq!((planned.decision.outcome, planned.record), (EntryOutcome::Withhold, None));
    let incoming = world.entry(2, |new| {
        new.unit = Some(unit);
        World::with_document(world.document("Brev", &[Variant::Archive]))(new);
    });
    let planned = plan(&case, &incoming, &world.policy, day("2026-03-02"));
    assert_eq!(planned.documents[0].decision.outcome, DocumentOutcome::NoFile);
    assert_eq!(planned.documents[0].decision.reasons[0].code, "no_full_text");
    assert!(planned.record.unwrap().documents[0].file.is_none());
}

#[test]
fn an_unknown_code_publishes_nothing_and_a_known_one_hides_what_the_code_hides() {
    let mut world = World::new();
    let case = world.case("Storgata 1", None);
    let screened = |world: &World, code: &str| {
        let screening = world.screening(code, &[Hides::TitleWords], &["nabokrangel"]);
        world.entry(1, |new| {
            new.title = "Klage om nabokrangel".into();
            new.screening = Some(screening);
        })
    };
    let unknown = plan(&case, &screened(&world, "ZZ"), &world.policy, day("2026-03-02"));
    assert_eq!(unknown.record, None);
    let personal = plan(&case, &screened(&world, "P"), &world.policy, day("2026-03-02")).record.unwrap();
    assert_eq!(personal.journal.title.shown, "Klage om *****");
    assert_eq!(personal.parties[0].name.shown, MASK, "the code P hides names though the screening does not say so");
    assert_eq!(personal.journal.screening.unwrap().legal_basis, "offl. § 13 jf. fvl. § 13");

    world.policy.unknown_code = crate::publication::UnknownCode::Bare;
    let bare = plan(&case, &screened(&world, "ZZ"), &world.policy, day("2026-03-02")).record.unwrap();
    assert!(bare.journal.bare);
    let texts = [&bare.case.title, &bare.journal.title, &bare.parties[0].name];
    assert!(texts.iter().all(|text| text.forms().all(|form| form == MASK)));
    assert_eq!(bare.journal.screening.unwrap().legal_basis, MASK);
}

#[test]
fn a_name_that_one_entry_screens_is_not_told_by_the_title_of_the_case() {
    let world = World::new();
    let case = world.case("Klage fra Kari Testpersons advokat", None);
    let open = world.entry(1, |_| ());
    let closed = world.entry(2, |new| new.parties = vec![world.party("Kari Testperson", true)]);
    let secrets = Secrets::of(&case, [&open, &closed], &world.policy);
    let plan = plan_with(&case, &open, &secrets, &Holds::default(), &world.policy, day("2026-03-02"));
    assert_eq!(plan.record.unwrap().case.title.shown, "Klage fra ***** advokat");
}

#[test]
fn names_of_people_are_out_of_what_is_always_searchable_and_masked_after_a_year() {
    let mut world = World::new();
    let case = world.case("Garasje for Kari Testperson", None);
    let entry = world.entry(1, |new| {
        new.title = "Søknad fra Testperson".into();
        new.parties = vec![world.party("Kari Testperson", false)];
    });
    let young = plan(&case, &entry, &world.policy, day("2027-03-02"));
    assert_eq!(young.parties[0].decision.outcome, NameOutcome::SearchableForAYear);
    let record = young.record.unwrap();
    assert_eq!(record.journal.title.shown, "Søknad fra Testperson");
    assert_eq!(record.journal.title.searchable, "Søknad fra *****");
    assert_eq!(record.case.title.searchable, "Garasje for *****");
    assert_eq!(record.names_searchable_until, day("2027-03-02"));

    let old = plan(&case, &entry, &world.policy, day("2027-03-03")).record.unwrap();
    assert_eq!((old.parties[0].name.shown.as_str(), old.journal.title.shown.as_str()), (MASK, "Søknad fra *****"));
    world.policy.old_names = OldNames::NotSearchable;
    let visible = plan(&case, &entry, &world.policy, day("2027-03-03")).record.unwrap();
    assert_eq!(visible.parties[0].name.shown, "Kari Testperson");
    assert_eq!(visible.parties[0].name.searchable, MASK);
}

#[test]
fn the_redacted_variant_is_shown_when_parts_are_screened_and_nothing_when_there_is_none() {
    let mut world = World::new();
    let case = world.case("Storgata 1", None);
    world.policy.codes = crate::publication::CodeRules::none()
        .with("UO", crate::publication::CodeRule::new(crate::publication::CodeShows::Masked))
        .unwrap();
    for (variants, shown) in
        [(&[Variant::Archive, Variant::Redacted][..], Some(Variant::Redacted)), (&[Variant::Archive][..], None)]
    {
        let own = world.screening("UO", &[Hides::DocumentParts], &[]);
        let document = world.document("Uttalelse", variants).screened(Some(own));
        let entry = world.entry(1, World::with_document(document));
        let record = plan(&case, &entry, &world.policy, day("2026-03-10")).record.unwrap();
        assert_eq!(record.documents[0].file.as_ref().map(|file| file.variant), shown);
    }
}

#[test]
fn what_the_senders_system_told_beside_the_documents_is_no_part_of_what_is_published() {
    let world = World::new();
    let case = world.case("Storgata 1", None);
    let letter = world.document("Søknad", &[Variant::Archive]);
    let told = world.document("Opplysninger", &[Variant::Archive]).of_kind(DocumentType::SendersParticulars);
    let entry = world.entry(1, |new| new.documents = vec![NewDocument::main(letter), NewDocument::attachment(told)]);
    let plan = plan(&case, &entry, &world.policy, day("2026-03-10"));
    assert_eq!(plan.documents[1].decision.reasons[0].code, "senders_particulars");
    let shown = plan.record.unwrap().documents;
    assert_eq!(shown.iter().map(|document| document.title.shown.as_str()).collect::<Vec<_>>(), ["Søknad"]);
}

#[test]
fn of_mail_that_its_sender_marked_confidential_neither_title_nor_names_nor_documents_are_shown() {
    let world = World::new();
    let case = world.case("Post til fordeling", None);
    let entry = world.entry(1, |new| {
        new.screening = Some(Screening::of_confidential_mail());
        World::with_document(world.document("Søknad", &[Variant::Archive]))(new);
    });
    let record = plan(&case, &entry, &world.policy, day("2026-03-10")).record.unwrap();
    let shown = [&record.journal.title, &record.parties[0].name, &record.documents[0].title];
    assert!(shown.iter().all(|text| text.forms().all(|form| form == MASK)), "{shown:?}");
    assert_eq!(record.files().count(), 0);
}

#[test]
fn withdrawing_takes_the_entry_or_only_the_file_away() {
    let world = World::new();
    let case = world.case("Storgata 1", None);
    let document = world.document("Søknad", &[Variant::Archive]);
    let id = document.id();
    let entry = world.entry(1, World::with_document(document));
    let secrets = Secrets::of(&case, [&entry], &world.policy);
    let plan = |holds: &Holds| plan_with(&case, &entry, &secrets, holds, &world.policy, day("2026-03-10"));
    let published = plan(&Holds::default());
    let before = published.record.clone().unwrap();
    assert_eq!(published.step(None), Step::Publish);
    assert_eq!(published.step(Some(&before.clone().with_revision(7))), Step::Nothing);
    let file = plan(&Holds { withdrawn_files: [id].into(), ..Holds::default() });
    assert_eq!(file.step(Some(&before)), Step::Correct);
    assert!(file.record.as_ref().unwrap().documents[0].file.is_none());
    let gone = plan(&Holds { withdrawn: true, ..Holds::default() });
    assert_eq!((gone.step(Some(&before)), gone.step(None)), (Step::Withdraw, Step::Nothing));
    assert_eq!(gone.decision.reasons[0].code, "withdrawn");
}

#[test]
fn a_correction_is_seen_and_a_repeat_is_not() {
    let world = World::new();
    let case = world.case("Storgata 1", None);
    let first = plan(&case, &world.entry(1, |_| ()), &world.policy, day("2026-03-10"));
    let renamed = world.entry(1, |new| new.title = "Søknad om carport".into());
    let second = plan(&case, &renamed, &world.policy, day("2026-03-11"));
    assert_eq!(second.step(first.record.as_ref()), Step::Correct);
    let third = plan(&case, &renamed, &world.policy, day("2026-03-12"));
    assert_eq!(third.step(second.record.as_ref()), Step::Nothing);
}

#[test]
fn a_dry_run_of_tomorrow_shows_what_comes_and_counts_what_is_held_back() {
    let mut world = World::new();
    world.policy.entry_delay = Delay::working(1);
    world.policy.units.insert(UnitId::new("skole").unwrap(), UnitPolicy::default());
    let case = world.case("Storgata 1", None);
    let entries = [
        world.entry(1, |_| ()),
        world.entry(2, |new| new.kind = EntryKind::Incoming),
        world.entry(3, |new| new.screening = Some(world.screening("XX", &[Hides::Everything], &[]))),
    ];
    let plans = |date| entries.iter().map(move |entry| (entry, date));
    let run = |date: &str| {
        DryRun::new(day(date), plans(day(date)).map(|(entry, date)| plan(&case, entry, &world.policy, date)))
    };
    let today = run("2026-03-02");
    assert_eq!((today.shown().count(), today.held_by_rules().count()), (0, 3));
    let mut tomorrow = run("2026-03-03");
    assert_eq!(tomorrow.shown().count(), 2);
    let held = tomorrow.held_by_reason();
    assert_eq!(held.iter().find(|(reason, _)| reason.code == "code_temporary").map(|(_, count)| *count), Some(1));

    let record = tomorrow.shown().next().unwrap().record.clone().unwrap();
    let report = super::leaks::report(&record);
    tomorrow.add_report(&report, &[]);
    assert_eq!((tomorrow.shown().count(), tomorrow.held_by_doubt().count()), (1, 1));
    tomorrow.add_report(&report, &[super::leaks::release(&report)]);
    assert_eq!((tomorrow.shown().count(), tomorrow.held_by_doubt().count()), (2, 0));
}

#[test]
fn a_plan_never_prints_names_or_titles() {
    let world = World::new();
    let case = world.case("Hemmelig tittel", None);
    let entry = world.entry(1, |new| new.parties = vec![world.party("Kari Testperson", false)]);
    let plan = plan(&case, &entry, &world.policy, day("2026-03-02"));
    let secrets = Secrets::of(&case, [&entry], &world.policy);
    let shown = format!("{plan:?} {secrets:?} {:?}", secrets.items());
    assert!(!shown.contains("Testperson") && !shown.contains("Hemmelig") && !shown.contains("garasje"));
}

#[test]
fn the_json_form_of_a_record_round_trips() {
    let world = World::new();
    let entry = world.entry(1, World::with_document(world.document("Søknad", &[Variant::Archive])));
    let record = plan(&world.case("Storgata 1", None), &entry, &world.policy, day("2026-03-02")).record.unwrap();
    let json = serde_json::to_string(&record).unwrap();
    assert_eq!(serde_json::from_str::<crate::publication::PublicRecord>(&json).unwrap(), record);
}

proptest! {
    #[test]
    fn nothing_that_an_entry_screens_is_in_its_record(
        name in "[A-ZÆØÅ][a-zæøå]{3,8} [A-ZÆØÅ][a-zæøå]{3,8}",
        word in "[a-zæøå]{5,9}",
        code in prop::sample::select(vec!["UO", "13", "P", "BA", "XX", "ZZ"]),
        bare in any::<bool>(),
        hides in prop::sample::subsequence(Hides::ALL.to_vec(), 1..4),
        title in "[A-Z][a-z]{3,8}( [a-z]{2,7}){0,3}",
        days in 0_u64..800,
    ) {
        let mut world = World::new();
        if bare {
            world.policy.unknown_code = crate::publication::UnknownCode::Bare;
        }
        let number = NationalIdentityNumber::parse("01819000553").unwrap();
        let screening = world.screening(code, &hides, &[&word]);
        let document = world.document(&format!("Vedlegg {word} {name}"), &[Variant::Archive, Variant::Redacted]);
        let entry = world.entry(1, |new| {
            new.title = format!("{title} {name} {word} {name}s").into();
            new.screening = Some(screening);
            new.parties = vec![world.party(&name, true).identified_by(PartyIdentity::Person(number))];
            World::with_document(document)(new);
        });
        let case = world.case(&format!("{name}: {title} {word}"), None);
        let today = day("2026-03-02") + chrono::Days::new(days);
        if let Some(record) = plan(&case, &entry, &world.policy, today).record {
            let json = serde_json::to_string(&record).unwrap();
            prop_assert!(!json.contains(&name) && !json.contains(&word) && !json.contains("01819000553"), "{json}");
        }
    }
}
