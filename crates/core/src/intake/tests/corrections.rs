use super::world::*;
use crate::{
    case::CaseChange,
    intake::{
        ArchiveFacts, DesiredClass, Earlier, FaultCode, PartyFacts, Planned, PlannedCase, PlannedEntry, Relation,
        ScreeningWish, plan,
    },
    journal::{Change, DocumentRole, EntryStatus},
    party::PartyRole,
    screening::{Hides, Screening},
};

fn with_case(archive: &mut ArchiveFacts, change: CaseChange) {
    archive.cases[0] = archive.cases[0].amend(change.into()).unwrap();
}

#[test]
fn the_same_consignment_again_is_answered_and_nothing_is_done() {
    let (mut archive, receipt) = after(&todo(&consignment(), &archive(), &rules()));
    archive.earlier = Some(Earlier::Same(receipt.clone()));
    let planned = plan(&consignment(), &archive, &rules(), &Counting::default()).unwrap();
    assert_eq!(planned, Planned::Already(Box::new(receipt.again())));
}

#[test]
fn other_content_under_the_same_key_is_refused_or_taken_as_a_correction_by_rule() {
    let (mut archive, receipt) = after(&todo(&consignment(), &archive(), &rules()));
    archive.earlier = Some(Earlier::Changed(receipt));
    let mut changed = consignment();
    changed.entries[0].title = "Vurdering, rettet".into();
    assert!(codes(&refused(&changed, &archive, &rules())).contains(&FaultCode::KeyReused));
    let plan = todo(&changed, &archive, &correcting());
    assert!(matches!(&plan.case, PlannedCase::Use { changes, .. } if changes.is_empty()));
    assert!(
        matches!(&plan.entries[0], PlannedEntry::Amend { changes, .. } if matches!(changes[..], [Change::Title(_)]))
    );
    assert!(matches!(&plan.entries[1], PlannedEntry::Keep { .. }));
}

#[test]
fn a_changed_main_document_becomes_a_newer_entry_beside_the_frozen_one() {
    let (mut archive, receipt) = after(&todo(&consignment(), &archive(), &rules()));
    archive.earlier = Some(Earlier::Changed(receipt));
    let mut changed = consignment();
    changed.entries[0] = entry("1", b"en annen");
    let plan = todo(&changed, &archive, &correcting());
    assert!(matches!(&plan.entries[0], PlannedEntry::Register { renews: true, .. }));
    assert!(matches!(&plan.entries[1], PlannedEntry::Keep { .. }));
}

#[test]
fn a_further_attachment_is_attached() {
    let (mut archive, receipt) = after(&todo(&consignment(), &archive(), &rules()));
    archive.earlier = Some(Earlier::Changed(receipt));
    let mut changed = consignment();
    let attachment = crate::intake::DocumentFacts::new(DocumentRole::Attachment, file("kart.pdf", b"kart"));
    changed.entries[0].documents.push(attachment);
    let plan = todo(&changed, &archive, &correcting());
    assert!(
        matches!(&plan.entries[0], PlannedEntry::Amend { changes, .. } if matches!(changes[..], [Change::Attach { .. }]))
    );
}

#[test]
fn a_correction_that_meets_a_lock_is_refused_whole() {
    let (mut archive, receipt) = after(&todo(&consignment(), &archive(), &rules()));
    archive.entries[0] = archive.entries[0].move_to(EntryStatus::Journaled, &service(), now()).unwrap();
    archive.entries[0] = archive.entries[0].move_to(EntryStatus::Archived, &service(), now()).unwrap();
    archive.earlier = Some(Earlier::Changed(receipt));
    let mut changed = consignment();
    changed.entries[0].title = "Rettet".into();
    assert_eq!(codes(&refused(&changed, &archive, &correcting())), [FaultCode::Locked]);
}

#[test]
fn a_correction_never_shows_a_name_that_somebody_screened_here() {
    let (mut archive, receipt) = after(&todo(&consignment(), &archive(), &rules()));
    let party = archive.entries[0].parties()[0].id();
    archive.entries[0] = archive.entries[0].amend(Change::ScreenParty(party, true).into()).unwrap();
    archive.earlier = Some(Earlier::Changed(receipt));
    let mut changed = consignment();
    changed.entries[0].parties.push(PartyFacts::new(PartyRole::CopyRecipient, "Prøveetaten".into()));
    let plan = todo(&changed, &archive, &correcting());
    let PlannedEntry::Amend { changes, .. } = &plan.entries[0] else { panic!("not amended") };
    let [Change::Parties(parties)] = &changes[..] else { panic!("not only parties: {changes:?}") };
    assert!(parties[0].is_screened() && !parties[1].is_screened());
    assert_eq!(parties[0].id(), party);
}

#[test]
fn a_screening_that_is_there_is_left_to_people() {
    let mut first = consignment();
    first.entries[0].screening = Some(ScreeningWish::new("A"));
    let archive = taken_in(&first);
    for code in [None, Some("A"), Some("B")] {
        let mut changed = first.clone();
        changed.entries[0].screening = code.map(ScreeningWish::new);
        let plan = todo(&changed, &archive, &correcting());
        assert!(matches!(&plan.entries[0], PlannedEntry::Keep { .. }));
        assert_eq!(notes_of(&plan).contains(&"screening_left"), code == Some("B"), "{code:?}");
    }
}

#[test]
fn a_document_that_is_there_takes_the_screening_that_comes_later_and_keeps_the_one_it_has() {
    let mut first = consignment();
    let same = |name| crate::intake::DocumentFacts::new(DocumentRole::Attachment, file(name, b"kart"));
    first.entries[0].documents.extend([same("kart.pdf"), same("kopi.pdf")]);
    first.entries[0].documents[1].screening = Some(ScreeningWish::new("A"));
    let archive = taken_in(&first);
    let with = |code, document: usize| {
        let mut changed = first.clone();
        changed.entries[0].documents[document].screening = Some(ScreeningWish::new(code));
        todo(&changed, &archive, &correcting())
    };
    for document in [0, 2] {
        let plan = with("B", document);
        let PlannedEntry::Amend { entry, changes, .. } = &plan.entries[0] else { panic!("not amended") };
        let [Change::Document(changed)] = &changes[..] else { panic!("not only a document: {changes:?}") };
        assert_eq!(changed.id(), entry.documents()[document].document.id());
        assert_eq!(changed.screening(), Some(&screening("P")));
        assert!(!notes_of(&plan).contains(&"screening_left"));
    }
    for (code, left) in [("A", false), ("B", true)] {
        let plan = with(code, 1);
        assert!(matches!(&plan.entries[0], PlannedEntry::Keep { .. }));
        assert_eq!(notes_of(&plan).contains(&"screening_left"), left, "{code}");
    }
}

#[test]
fn a_class_id_that_becomes_secret_is_screened_or_it_is_told_why_not() {
    let class = || Some("24815098765".into());
    let mut changed = consignment();
    changed.facts.classes = vec![DesiredClass { system: "FNR".to_owned(), value: class().unwrap(), screened: true }];
    let mut archive = taken_in(&consignment());
    with_case(&mut archive, CaseChange::Class(class()));
    assert_eq!(codes(&refused(&changed, &archive, &correcting())), [FaultCode::ScreeningMissing]);
    let first_time = ArchiveFacts { earlier: None, ..archive.clone() };
    assert!(notes_of(&todo(&changed, &first_time, &correcting())).contains(&"facts_left"));
    let mut screened = changed.clone();
    screened.facts.screening = Some(ScreeningWish::new("A"));
    let plan = todo(&screened, &archive, &correcting());
    let hidden = screening("UO").hiding(Hides::ClassId);
    assert!(matches!(&plan.case, PlannedCase::Use { changes, .. }
        if *changes == [CaseChange::Screening(Some(hidden.clone()))]));
    for (ours, left) in [(screening("UO"), true), (hidden, false)] {
        with_case(&mut archive, CaseChange::Screening(Some(ours)));
        for consignment in [&changed, &screened] {
            let plan = todo(consignment, &archive, &correcting());
            assert!(matches!(&plan.case, PlannedCase::Use { changes, .. } if changes.is_empty()));
            assert_eq!(notes_of(&plan).contains(&"screening_left"), left);
        }
    }
}

/// Another title, what the record is screened by, what the source wants, and whether a person has to look.
fn retitled() -> Vec<(&'static str, Option<Screening>, Option<ScreeningWish>, bool)> {
    let kari = || Some(words(&["Kari"]));
    vec![
        ("Klage fra Ola", None, None, false),
        ("Klage fra Ola", Some(screening("UO")), None, false),
        ("Klage fra Ola", Some(screening("UO")), Some(wish("A", &["Ola"])), true),
        ("Klage fra Ola", Some(screening("UO").hiding(Hides::Everything)), None, false),
        ("Klage fra Ola", Some(screening("UO").hiding(Hides::TitleWords)), None, false),
        ("Klage fra Ola", kari(), None, true),
        ("Klage fra Ola", kari(), Some(wish("A", &[])), true),
        ("Klage fra Ola", kari(), Some(wish("A", &["Ola"])), true),
        ("Klage fra Ola", kari(), Some(wish("A", &["Kari", "Ola"])), true),
        ("Klagesak fra Kari", kari(), Some(wish("A", &["Kari"])), false),
        ("Klagesak fra Kari", kari(), None, true),
        ("Klage fra KARI", kari(), None, false),
    ]
}

#[test]
fn another_title_of_an_entry_never_shows_what_its_screened_words_no_longer_cover() {
    for (title, ours, wanted, looks) in retitled() {
        let mut first = consignment();
        first.entries[0].title = "Klage fra Kari".into();
        let mut archive = taken_in(&first);
        archive.entries[0] = archive.entries[0].amend(Change::Screening(ours.clone()).into()).unwrap();
        first.entries[0].title = title.into();
        first.entries[0].screening.clone_from(&wanted);
        let planned = plan(&first, &archive, &correcting(), &Counting::default());
        match planned {
            Ok(_) => assert!(!looks, "{title} {ours:?} {wanted:?}"),
            Err(rejection) => {
                assert!(looks, "{title} {ours:?} {wanted:?}: {rejection}");
                assert_eq!(codes(&rejection), [FaultCode::Locked]);
                assert!(rejection.to_string().contains("a person changes it together with its screening"));
            }
        }
    }
}

#[test]
fn another_title_of_a_case_never_shows_what_its_screened_words_no_longer_cover() {
    for (title, ours, wanted, looks) in retitled() {
        let mut archive = taken_in(&consignment());
        with_case(&mut archive, CaseChange::Title("Klage fra Kari".into()));
        with_case(&mut archive, CaseChange::Screening(ours.clone()));
        let mut changed = consignment();
        changed.facts.title = Some(title.into());
        changed.facts.screening.clone_from(&wanted);
        let planned = plan(&changed, &archive, &correcting(), &Counting::default());
        let found = planned.map(|_| false).map_err(|rejection| codes(&rejection));
        let expected = if looks { Err(vec![FaultCode::Locked]) } else { Ok(false) };
        assert_eq!(found, expected, "{title} {ours:?} {wanted:?}");
    }
}

#[test]
fn another_public_title_is_guarded_as_the_title_is() {
    let mut changed = consignment();
    changed.facts.public_title = Some("Sak om Ola".into());
    changed.entries[0].public_title = Some("Klage fra Ola".into());
    let mut archive = taken_in(&consignment());
    with_case(&mut archive, CaseChange::Screening(Some(words(&["Kari"]))));
    archive.entries[0] = archive.entries[0].amend(Change::Screening(Some(words(&["Kari"]))).into()).unwrap();
    assert_eq!(codes(&refused(&changed, &archive, &correcting())), [FaultCode::Locked; 2]);
    // What the public reads stays as it is.
    with_case(&mut archive, CaseChange::PublicTitle(Some("Elevmappe".into())));
    let mut renamed = consignment();
    renamed.facts.title = Some("Elevmappe for Ola".into());
    assert!(plan(&renamed, &archive, &correcting(), &Counting::default()).is_ok());
}

#[test]
fn an_addition_names_an_earlier_consignment_that_must_be_there() {
    let (mut archive, receipt) = after(&todo(&consignment(), &archive(), &rules()));
    let mut addition = consignment();
    addition.relation = Relation::AddsTo(addition.key.clone());
    addition.key = crate::intake::ConsignmentKey::new("natt/2").unwrap();
    addition.entries = vec![entry("3", b"tre")];
    assert!(codes(&refused(&addition, &archive, &rules())).contains(&FaultCode::UnknownConsignment));
    assert!(refused(&addition, &archive, &rules()).may_pass());
    archive.earlier = Some(Earlier::Named(receipt));
    let plan = todo(&addition, &archive, &rules());
    assert!(matches!(&plan.entries[..], [PlannedEntry::Register { renews: false, .. }]));
}

#[test]
fn other_content_under_the_key_of_an_addition_is_refused_unless_it_says_that_it_corrects() {
    let mut archive = taken_in(&consignment());
    let mut addition = consignment();
    addition.entries = vec![entry("3", b"tre")];
    let earlier = crate::intake::ConsignmentKey::new("natt/0").unwrap();
    addition.relation = Relation::AddsTo(earlier.clone());
    assert_eq!(codes(&refused(&addition, &archive, &rules())), [FaultCode::KeyReused]);
    addition.relation = Relation::Corrects(earlier);
    assert_eq!(todo(&addition, &archive, &rules()).entries.len(), 1);
    archive.earlier = None;
    assert_eq!(codes(&refused(&addition, &archive, &rules())), [FaultCode::UnknownConsignment]);
}

#[test]
fn what_is_registered_already_is_kept_and_other_content_under_its_key_is_refused() {
    let (archive, _) = after(&todo(&consignment(), &archive(), &rules()));
    let mut overlapping = consignment();
    overlapping.key = crate::intake::ConsignmentKey::new("natt/2").unwrap();
    overlapping.entries.push(entry("3", b"tre"));
    let plan = todo(&overlapping, &archive, &rules());
    let kept = plan.entries.iter().filter(|planned| matches!(planned, PlannedEntry::Keep { .. })).count();
    assert_eq!((kept, plan.entries.len()), (2, 3));
    overlapping.entries[0] = entry("1", b"noe annet");
    assert_eq!(codes(&refused(&overlapping, &archive, &rules())), [FaultCode::KeyReused]);
}
