use proptest::prelude::*;

use super::world::*;
use crate::{
    case::{Case, CaseKind, CaseStatus},
    identity::UnitId,
    intake::{
        CaseName, CaseWish, DesiredClass, DryRun, EntryRule, FaultCode, IntakeRules, KEPT_CLASSES, Place, Planned,
        PlannedCase, PlannedEntry, ScreeningRule, ScreeningWish, StepKind, plan,
    },
    journal::{EntryKind, EntryStatus},
    screening::{AccessCode, Hides},
};

fn closed(case: &Case) -> Case {
    let case = case.amend(crate::case::CaseChange::Class(Some("B31".into())).into()).unwrap();
    case.move_to(CaseStatus::Closed, &crate::case::CaseContents::default(), &service(), now()).unwrap()
}

fn void(case: &Case) -> Case {
    case.move_to(CaseStatus::Void, &crate::case::CaseContents::default(), &service(), now()).unwrap()
}

/// What shall come of every wish, however many cases fit, whether the first is closed, and whether new ones are allowed.
fn expected(wish: &CaseWish, fitting: usize, is_closed: bool, may_open: bool) -> Result<StepKind, FaultCode> {
    match (wish, fitting) {
        (_, 2..) => Err(FaultCode::SeveralCases),
        (CaseWish::New, 1) => Err(FaultCode::CaseExists),
        (CaseWish::Existing(_), 0) => Err(FaultCode::UnknownCase),
        (_, 0) if !may_open => Err(FaultCode::MayNotOpen),
        (_, 0) => Ok(StepKind::OpenCase),
        _ if is_closed => Err(FaultCode::CaseClosed),
        _ => Ok(StepKind::UseCase),
    }
}

#[test]
fn every_wish_meets_every_archive_with_the_answer_of_the_table() {
    let name = || CaseName::Key(case_key());
    for wish in [CaseWish::New, CaseWish::Existing(name()), CaseWish::FindOrNew(name())] {
        for (fitting, is_closed, may_open, voids) in pairs(&[0, 1, 2, 3], &[false, true])
            .flat_map(|(n, c)| pairs(&[false, true], &[0, 1]).map(move |(m, v)| (n, c, m, v)))
        {
            let mut consignment = consignment();
            consignment.case = wish.clone();
            let mut archive = archive();
            let cases = (1..).take(fitting).map(stored_case);
            archive.cases = cases.map(|case| if is_closed { closed(&case) } else { case }).collect();
            archive.cases.extend((9..).take(voids).map(|n| void(&stored_case(n))));
            let mut rules = rules();
            rules.case.may_open = may_open;
            let planned = plan(&consignment, &archive, &rules, &Counting::default());
            let found = planned.map(|planned| planned.dry_run().steps[0].action);
            let found = found.map_err(|rejection| codes(&rejection));
            let wanted = expected(&wish, fitting, is_closed, may_open).map_err(|code| vec![code]);
            assert_eq!(found, wanted, "{wish:?} {fitting} {is_closed} {may_open} {voids}");
        }
    }
}

fn pairs<A: Copy, B: Copy>(a: &[A], b: &[B]) -> impl Iterator<Item = (A, B)> {
    a.iter().flat_map(move |a| b.iter().map(move |b| (*a, *b))).collect::<Vec<_>>().into_iter()
}

#[test]
fn screening_is_never_weaker_than_rule_and_source_together() {
    let rule_set = [
        ScreeningRule::AsSent,
        ScreeningRule::Default(screening("UO")),
        ScreeningRule::Always(screening("UO")),
        ScreeningRule::Required,
        ScreeningRule::Never,
    ];
    for rule in rule_set {
        for wish in [None, Some(ScreeningWish::new("25")), Some(ScreeningWish::new("unknown"))] {
            let mut rules = rules();
            rules.codes.insert("25".to_owned(), screening("P"));
            rules.entry = EntryRule { screening: rule.clone(), ..EntryRule::default() };
            let mut consignment = consignment();
            consignment.entries.truncate(1);
            consignment.entries[0].screening = wish.clone();
            let code = wish.as_ref().map(|wish| wish.code.as_str());
            let found = plan(&consignment, &archive(), &rules, &Counting::default())
                .map(|planned| planned.dry_run().steps[1].access_code.clone())
                .map_err(|rejection| codes(&rejection));
            let access = |code: &str| Some(AccessCode::new(code).unwrap());
            let wanted = match (&rule, code) {
                (ScreeningRule::Always(_), _) | (ScreeningRule::Default(_), None) => Ok(access("UO")),
                (ScreeningRule::Never, Some(_)) => Err(vec![FaultCode::ScreeningForbidden]),
                (ScreeningRule::Required, None) => Err(vec![FaultCode::ScreeningMissing]),
                (_, None) => Ok(None),
                (_, Some("25")) => Ok(access("P")),
                (_, Some(_)) => Err(vec![FaultCode::UnknownAccessCode]),
            };
            assert_eq!(found, wanted, "{rule:?} {code:?}");
        }
    }
}

#[test]
fn words_that_the_source_screens_are_screened_whatever_the_rule() {
    let mut rules = rules();
    rules.entry.screening = ScreeningRule::Always(screening("UO"));
    let mut consignment = consignment();
    let mut wish = ScreeningWish::new("anything");
    wish.words = vec!["Testperson".into()];
    consignment.entries.truncate(1);
    consignment.entries[0].title = "Vurdering av Testperson".into();
    consignment.entries[0].screening = Some(wish);
    let plan = todo(&consignment, &archive(), &rules);
    let PlannedEntry::Register { entry, .. } = &plan.entries[0] else { panic!("not registered") };
    assert_eq!(store(entry, &stored_case(1), 1).public_title(), "Vurdering av *****");
}

#[test]
fn a_code_that_is_taken_as_sent_hides_the_title_unless_a_public_one_comes_with_it() {
    let mut rules = rules();
    rules.open_codes = true;
    let mut wish = ScreeningWish::new("13");
    wish.legal_basis = Some("offl. § 13".to_owned());
    for (public, hidden) in [(None, true), (Some("Vurdering".into()), false)] {
        let mut consignment = consignment();
        consignment.entries[0].screening = Some(wish.clone());
        consignment.entries[0].public_title = public;
        let plan = todo(&consignment, &archive(), &rules);
        let PlannedEntry::Register { entry, .. } = &plan.entries[0] else { panic!("not registered") };
        let screening = entry.screening.as_ref().unwrap();
        assert_eq!(screening.hides(Hides::TitleWords), hidden);
        assert!(screening.hides(Hides::Document) && screening.hides(Hides::PartyNames));
    }
}

#[test]
fn the_sort_of_a_document_chooses_its_rule() {
    let mut rules = rules();
    let list = EntryRule { kind: Some(EntryKind::Internal), screening: ScreeningRule::Never, ..EntryRule::default() };
    rules.entries.insert("offentlig-soekerliste".to_owned(), list);
    rules.entry.screening = ScreeningRule::Default(screening("UO"));
    let mut consignment = consignment();
    consignment.entries[0].sort = Some("offentlig-soekerliste".to_owned());
    let steps = todo_steps(&consignment, &rules).steps;
    assert_eq!((steps[1].kind, steps[1].access_code.is_some()), ("X", false));
    assert_eq!((steps[2].kind, steps[2].access_code.is_some()), ("I", true));
}

fn todo_steps(consignment: &crate::intake::Consignment, rules: &IntakeRules) -> DryRun {
    Planned::Todo(Box::new(todo(consignment, &archive(), rules))).dry_run()
}

#[test]
fn the_first_class_that_the_rule_takes_counts_and_the_others_are_kept() {
    let class =
        |system: &str, value: &str, screened| DesiredClass { system: system.to_owned(), value: value.into(), screened };
    let mut consignment = consignment();
    consignment.facts.classes = vec![class("FAG", "B31", false), class("FNR", "01819000553", true)];
    let mut rules = rules();
    rules.case.class_systems = vec!["fnr".to_owned()];
    assert_eq!(codes(&refused(&consignment, &archive(), &rules)), [FaultCode::ScreeningMissing]);
    rules.case.screening = ScreeningRule::Default(screening("UO"));
    let PlannedCase::Open(case) = todo(&consignment, &archive(), &rules).case else { panic!("not opened") };
    assert_eq!(case.class.unwrap().expose(), "01819000553");
    assert!(case.screening.unwrap().hides(Hides::ClassId));
    assert!(case.external_keys.iter().any(|key| key.system == KEPT_CLASSES && key.kind == "FAG"));
}

#[test]
fn a_case_opened_for_want_of_one_with_a_key_gets_that_key() {
    let mut consignment = consignment();
    for keys in [vec![], vec![key("skolebytte", "7")], vec![case_key()]] {
        consignment.facts.external_keys.clone_from(&keys);
        let plan = todo(&consignment, &archive(), &rules());
        let PlannedCase::Open(new) = &plan.case else { panic!("not opened") };
        let same = new.external_keys.iter().filter(|key| **key == case_key()).count();
        assert_eq!((same, new.external_keys.starts_with(&keys)), (1, true));
    }
}

#[test]
fn units_are_mapped_taken_as_ours_left_to_the_rule_or_refused() {
    let unit = |name: &str| UnitId::new(name).unwrap();
    let mapped = |rules: &mut IntakeRules| drop(rules.units.insert("OPPV".to_owned(), unit("oppvekst")));
    let mut lenient = rules();
    mapped(&mut lenient);
    lenient.lenient_units = true;
    let mut strict = rules();
    mapped(&mut strict);
    let cases = [
        (rules(), "Oppvekst", Ok("oppvekst")),
        (rules(), "Enhet 7", Err(FaultCode::UnknownUnit)),
        (strict.clone(), " oppv ", Ok("oppvekst")),
        (strict, "TEK", Err(FaultCode::UnknownUnit)),
        (lenient, "TEK", Ok("skole")),
    ];
    for (rules, code, wanted) in cases {
        let mut consignment = consignment();
        consignment.facts.unit = Some(code.to_owned());
        let found = plan(&consignment, &archive(), &rules, &Counting::default());
        let found = found.map(|planned| planned.dry_run().steps[0].unit.clone().unwrap());
        assert_eq!(found.map_err(|rejection| codes(&rejection)), wanted.map(unit).map_err(|code| vec![code]), "{code}");
    }
}

#[test]
fn entries_begin_with_a_status_that_their_kind_may_begin_with() {
    for kind in EntryKind::ALL {
        for wanted in EntryStatus::ALL {
            let mut consignment = consignment();
            consignment.entries.truncate(1);
            consignment.entries[0].kind = Some(*kind);
            consignment.entries[0].status = Some(*wanted);
            let plan = todo(&consignment, &archive(), &rules());
            let PlannedEntry::Register { entry, .. } = &plan.entries[0] else { panic!("not registered") };
            assert!(entry.status.begins(*kind));
            if wanted.begins(*kind) {
                assert_eq!(entry.status, *wanted);
            }
        }
    }
}

#[test]
fn every_fault_is_told_at_once_and_where_it_is() {
    let mut consignment = consignment();
    consignment.facts.title = None;
    consignment.entries[0].documents.clear();
    consignment.entries[1].title = " ".into();
    let mut rules = rules();
    rules.case.unit = None;
    rules.case.kinds = [CaseKind::Building].into();
    let rejection = refused(&consignment, &archive(), &rules);
    let told: Vec<String> = rejection.faults().map(|fault| format!("{} {}", fault.code.code(), fault.place)).collect();
    assert_eq!(
        told,
        [
            "main_document_missing /entries/0",
            "kind_not_taken /case",
            "title_missing /case",
            "unit_missing /case",
            "invalid_content /entries/1"
        ]
    );
    assert!(!rejection.may_pass());
}

#[test]
fn a_source_may_finish_a_case_but_not_close_the_archives_books() {
    for status in CaseStatus::ALL {
        let mut consignment = consignment();
        consignment.finish = Some(*status);
        let found = plan(&consignment, &archive(), &rules(), &Counting::default());
        let may = matches!(status, CaseStatus::HandlerDone | CaseStatus::HandlerClosed);
        assert_eq!(found.is_ok(), may, "{status:?}");
        if let Ok(Planned::Todo(plan)) = found {
            assert_eq!(plan.finish, Some(*status));
        }
    }
}

#[test]
fn a_dry_run_shows_nobodys_name_number_or_title() {
    let mut consignment = consignment();
    consignment.facts.title = Some("Elevmappe Testperson".into());
    consignment.entries[0].title = "Vurdering Testperson".into();
    let shown = serde_json::to_string(&todo_steps(&consignment, &rules())).unwrap();
    assert!(!shown.contains("Testperson") && !shown.contains("Prøveskolen"), "{shown}");
    assert_eq!(Place::File { entry: 0, document: 1, file: 2 }.to_string(), "/entries/0/documents/1/files/2");
}

proptest! {
    #[test]
    fn any_consignment_gets_a_plan_that_can_be_carried_out_or_a_rejection(
        title in ".{0,20}", names in proptest::collection::vec(".{0,12}", 0..5), mains in any::<u8>(), kind in 0_usize..5,
        unit in proptest::option::of(".{0,8}"), code in proptest::option::of(".{0,4}"),
    ) {
        let mut consignment = consignment();
        let mut entry = entry("1", b"x");
        entry.title = title.as_str().into();
        entry.kind = EntryKind::ALL.get(kind).copied();
        entry.unit = unit;
        entry.screening = code.map(ScreeningWish::new);
        let documents = names.iter().enumerate().map(|(n, name)| {
            let role = if mains >> n & 1 == 1 { crate::journal::DocumentRole::Main } else { crate::journal::DocumentRole::Attachment };
            crate::intake::DocumentFacts::new(role, file(name, name.as_bytes()))
        });
        entry.documents = documents.collect();
        consignment.entries = vec![entry];
        let mut rules = rules();
        rules.open_codes = true;
        rules.content.numbers_equal_names = true;
        if let Ok(Planned::Todo(plan)) = plan(&consignment, &archive(), &rules, &Counting::default()) {
            for planned in &plan.entries {
                let PlannedEntry::Register { entry, .. } = planned else { panic!("nothing is there yet") };
                prop_assert!(entry.check().is_ok());
                prop_assert_eq!(entry.screening.is_some(), consignment.entries[0].screening.is_some());
            }
        }
    }

    #[test]
    fn rules_and_consignments_come_back_from_json_as_they_were(rule in ".{1,10}", lenient: bool, files in 1_usize..9) {
        let mut rules = rules();
        rules.lenient_units = lenient;
        rules.content.max_files = files;
        rules.entries.insert(rule.clone(), EntryRule { screening: ScreeningRule::Always(screening("UO")), ..EntryRule::default() });
        let json = serde_json::to_string(&rules).unwrap();
        prop_assert_eq!(serde_json::from_str::<IntakeRules>(&json).unwrap(), rules);
        let mut consignment = consignment();
        consignment.rule = Some(rule);
        let json = serde_json::to_string(&consignment).unwrap();
        prop_assert_eq!(serde_json::from_str::<crate::intake::Consignment>(&json).unwrap(), consignment);
    }
}
