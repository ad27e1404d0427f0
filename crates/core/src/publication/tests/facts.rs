use super::world::{World, day};
use crate::{
    case::{CaseKind, CaseStatus},
    identity::UnitId,
    journal::{EntryKind, EntryStatus},
    publication::{
        CodeFact, CodeRules, CodeShows, FullText, KindFact, NameSort, PublicationPolicy, RecordState, SortFact,
        UnitPolicy, UnknownCode,
    },
    screening::{AccessCode, Hides, Screening},
};

#[test]
fn no_policy_publishes_personnel_child_and_pupil_files_and_it_can_withhold_more() {
    let mut policy = PublicationPolicy::default();
    policy.never.insert(CaseKind::Recruitment);
    policy.withheld_series.insert("klient".to_owned());
    for kind in CaseKind::ALL {
        let fact = KindFact::of(kind, Some("sak"), &policy);
        match kind {
            CaseKind::PersonnelFile | CaseKind::ChildFile | CaseKind::PupilFile => {
                assert_eq!(fact, KindFact::NeverByRule);
            }
            CaseKind::Recruitment => assert_eq!(fact, KindFact::NeverByChoice),
            CaseKind::Ordinary | CaseKind::Building | CaseKind::Meeting => {
                assert_eq!(fact, KindFact::Published);
                assert_eq!(KindFact::of(kind, Some("klient"), &policy), KindFact::NeverByChoice);
            }
        }
    }
}

#[test]
fn only_what_is_journaled_dispatched_or_archived_is_on_record() {
    for status in EntryStatus::ALL {
        let on_record = matches!(status, EntryStatus::Journaled | EntryStatus::Dispatched | EntryStatus::Archived);
        let dated = RecordState::of_entry(*status, Some(day("2026-01-05")));
        assert_eq!(dated == RecordState::OnRecord, on_record, "{status:?}");
        assert_ne!(RecordState::of_entry(*status, None), RecordState::OnRecord);
    }
    for status in CaseStatus::ALL {
        let hidden = matches!(status, CaseStatus::Reserved | CaseStatus::Void);
        assert_eq!(RecordState::of_case(*status) != RecordState::OnRecord, hidden, "{status:?}");
    }
}

#[test]
fn internal_entries_are_published_only_for_units_that_chose_it() {
    let (chosen, other) = (UnitId::new("byggesak").unwrap(), UnitId::new("skole").unwrap());
    let mut policy = PublicationPolicy::default();
    policy.units.insert(chosen.clone(), UnitPolicy { internal_entries: true, ..UnitPolicy::default() });
    for kind in EntryKind::ALL {
        let internal = matches!(kind.code(), "X" | "N");
        assert_eq!(SortFact::of(*kind, &other, &policy) == SortFact::InternalNotChosen, internal);
        assert_ne!(SortFact::of(*kind, &chosen, &policy), SortFact::InternalNotChosen);
    }
}

#[test]
fn full_text_goes_by_unit_and_date() {
    let world = World::new();
    let unit = UnitId::new("byggesak").unwrap();
    assert_eq!(FullText::of(&unit, day("2017-03-31"), &world.policy), FullText::TooOld);
    assert_eq!(FullText::of(&unit, day("2017-04-01"), &world.policy), FullText::Chosen);
    assert_eq!(FullText::of(&UnitId::new("skole").unwrap(), day("2026-01-01"), &world.policy), FullText::NotChosen);
}

#[test]
fn a_code_nobody_has_explained_is_unknown() {
    let screening = |code| Screening::new(AccessCode::new(code).unwrap(), "offl. § 13", [Hides::PartyNames]).unwrap();
    let mut policy = PublicationPolicy::default();
    assert_eq!(CodeFact::of(Some(&screening("UO")), &policy), CodeFact::Unknown(UnknownCode::Withhold));
    policy.codes = CodeRules::standard();
    policy.unknown_code = UnknownCode::Bare;
    assert_eq!(CodeFact::of(Some(&screening("uo")), &policy), CodeFact::Known(CodeShows::Masked));
    assert_eq!(CodeFact::of(Some(&screening("XX")), &policy), CodeFact::Known(CodeShows::NothingYet));
    assert_eq!(CodeFact::of(Some(&screening("ZZ")), &policy), CodeFact::Unknown(UnknownCode::Bare));
    assert_eq!(CodeFact::of(None, &policy), CodeFact::NotScreened);
}

#[test]
fn a_party_without_a_number_is_taken_as_a_person_unless_its_name_says_otherwise() {
    let world = World::new();
    let sort = |name| NameSort::of(&world.party(name, false), &world.policy);
    for name in ["Prøvebyen kommune", "Testbygg AS", "Statsforvalteren i Nordland", "Solsiden borettslag"] {
        assert_eq!(sort(name), NameSort::NamedLikeOrganisation, "{name}");
    }
    for name in ["Kari Testperson", "Åse Da Silva", "Advokat Prøve", "Per as Test"] {
        assert!(sort(name).is_person(), "{name}");
    }
}
