use std::collections::BTreeSet;

use crate::{
    case::CaseKind,
    publication::{
        CodeFact, CodeShows, Decision, DocumentFacts, DocumentOutcome, EntryFacts, EntryOutcome, Files, FullText,
        Hidden, KindFact, NameFacts, NameOutcome, OldNames, Outcome, RecordState, SortFact, UnknownCode,
        may_publish_kind,
    },
};

/// Codes that let an entry be shown with its titles.
fn lets_titles_through(code: CodeFact) -> bool {
    matches!(code, CodeFact::NotScreened | CodeFact::Known(CodeShows::Masked))
}

/// Codes that let at least the bare line be shown.
fn lets_a_line_through(code: CodeFact) -> bool {
    lets_titles_through(code) || matches!(code, CodeFact::Known(CodeShows::Bare) | CodeFact::Unknown(UnknownCode::Bare))
}

fn sound<T>(decision: &Decision<T>) {
    assert!(!decision.reasons.is_empty(), "every decision says why");
    let codes: BTreeSet<&str> = decision.reasons.iter().map(|reason| reason.code).collect();
    assert_eq!(codes.len(), decision.reasons.len(), "no reason twice");
    for reason in &decision.reasons {
        assert!(reason.code.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'));
        assert!(!reason.text.is_empty() && !reason.source.is_empty());
    }
}

#[test]
fn everything_is_published_but_personnel_child_and_pupil_files() {
    let published: Vec<CaseKind> =
        CaseKind::ALL.into_iter().filter(|kind| may_publish_kind(*kind).outcome == Outcome::MayPublish).collect();
    assert_eq!(published, [CaseKind::Ordinary, CaseKind::Recruitment, CaseKind::Building, CaseKind::Meeting]);
}

#[test]
fn an_entry_is_shown_exactly_when_nothing_of_the_requirements_speaks_against_it() {
    let mut seen = 0_u32;
    for facts in EntryFacts::every() {
        let decision = facts.decide();
        sound(&decision);
        let on_record = facts.case == RecordState::OnRecord && facts.entry == RecordState::OnRecord;
        let kind = facts.kind == KindFact::Published && facts.sort != SortFact::InternalNotChosen;
        let codes = lets_a_line_through(facts.case_code) && lets_a_line_through(facts.entry_code);
        let stopped = facts.withdrawn || facts.few_may_read || facts.unassessed;
        let may_ever_be_shown = on_record && kind && codes && !stopped;
        assert_eq!(decision.outcome != EntryOutcome::Withhold, may_ever_be_shown, "{facts:?}");
        assert_eq!(decision.outcome.is_shown(), may_ever_be_shown && !facts.delayed, "{facts:?}");
        let titles = lets_titles_through(facts.case_code) && lets_titles_through(facts.entry_code);
        let whole = may_ever_be_shown && !facts.delayed && titles && !facts.everything_hidden;
        assert_eq!(decision.outcome == EntryOutcome::Publish, whole, "{facts:?}");
        seen += 1;
    }
    assert_eq!(seen, 3 * 3 * 3 * 3 * 7 * 7 * 32, "the whole space was walked through");
}

#[test]
fn what_withholds_an_entry_is_named() {
    for facts in EntryFacts::every() {
        let named = |code: &str| facts.decide().reasons.iter().any(|reason| reason.code == code);
        if facts.sort == SortFact::InternalNotChosen {
            assert!(named("internal_not_chosen"));
        }
        if facts.kind == KindFact::NeverByRule {
            assert!(named("kind_never_published"));
        }
        if matches!(facts.entry_code, CodeFact::Unknown(_)) {
            assert!(named("unknown_code"));
        }
        assert_eq!(named("published"), facts.decide().outcome == EntryOutcome::Publish);
    }
}

#[test]
fn a_document_is_open_only_in_full_text_units_without_screening_of_a_whole_entry() {
    let mut seen = 0_u32;
    for facts in DocumentFacts::every() {
        let decision = facts.decide();
        sound(&decision);
        seen += 1;
        let chosen = facts.full_text == FullText::Chosen && facts.entry == EntryOutcome::Publish;
        let kept = facts.marked || facts.few_may_read || facts.particulars;
        let closed = facts.hidden == Hidden::Whole || kept || !lets_titles_through(facts.code);
        let ready = !facts.draft && !facts.withdrawn;
        let file = !matches!((facts.hidden, facts.files), (_, Files::None) | (Hidden::Parts, Files::Full));
        assert_eq!(decision.outcome != DocumentOutcome::NoFile, chosen && !closed && ready && file, "{facts:?}");
        if facts.hidden == Hidden::Parts {
            assert_ne!(decision.outcome, DocumentOutcome::Full, "screened parts are never shown: {facts:?}");
        }
        if decision.outcome == DocumentOutcome::Full {
            assert!(matches!(facts.files, Files::Full | Files::Both), "{facts:?}");
        }
        if decision.outcome == DocumentOutcome::Redacted {
            assert!(matches!(facts.files, Files::RedactedOnly | Files::Both), "{facts:?}");
        }
        // A delay says from when, never whether.
        assert_eq!(decision.outcome, DocumentFacts { delayed: !facts.delayed, ..facts }.decide().outcome);
    }
    assert_eq!(seen, 4 * 3 * 7 * 3 * 4 * 64, "the whole space was walked through");
}

#[test]
fn a_screened_name_is_never_shown_and_a_persons_is_not_searchable_after_a_year() {
    let mut seen = 0_u32;
    for facts in NameFacts::every() {
        let decision = facts.decide();
        sound(&decision);
        seen += 1;
        let open = facts.entry == EntryOutcome::Publish && !facts.screened && !facts.all_screened;
        let old_person = facts.sort.is_person() && facts.old;
        let shown = open && !(old_person && facts.old_names == OldNames::Masked);
        assert_eq!(decision.outcome != NameOutcome::Masked, shown, "{facts:?}");
        let searchable = decision.outcome >= NameOutcome::SearchableForAYear;
        assert_eq!(searchable, open && !old_person, "{facts:?}");
        assert_eq!(decision.outcome == NameOutcome::Searchable, open && !facts.sort.is_person(), "{facts:?}");
    }
    assert_eq!(seen, 4 * 4 * 16, "the whole space was walked through");
}
