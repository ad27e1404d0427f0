//! All facts there are, against properties written by themselves.

use super::*;

fn options<T: Copy>(all: &[T]) -> Vec<Option<T>> {
    std::iter::once(None).chain(all.iter().copied().map(Some)).collect()
}

/// Every combination: 18 kinds, 4 directions, 5 exemptions, 3 rules for notes and 5 flags.
fn every() -> Vec<DocumentFacts> {
    let mut all = Vec::new();
    for kind in DocumentKind::ALL.iter().copied() {
        for direction in options(Direction::ALL) {
            for about in options(Exemption::ALL) {
                for notes_exempt in [None, Some(false), Some(true)] {
                    for flags in 0..32_u8 {
                        let flag = |bit: u8| flags & (1 << bit) != 0;
                        all.push(DocumentFacts {
                            kind,
                            direction,
                            about,
                            hired: flag(0),
                            any_pending: flag(1),
                            any_granted: flag(2),
                            asked: flag(3),
                            opened: flag(4),
                            notes_exempt,
                        });
                    }
                }
            }
        }
    }
    all
}

#[test]
fn the_whole_space_is_walked() {
    assert_eq!(every().len(), 18 * 4 * 5 * 3 * 32);
}

#[test]
fn the_public_list_is_never_screened_and_never_taken_while_a_request_that_is_told_of_is_undecided() {
    for facts in every().into_iter().filter(|facts| facts.kind == DocumentKind::PublicList) {
        match treat(&facts) {
            Ok(treatment) => {
                assert_eq!(treatment.protection, Protection::Open, "{facts:?}");
                assert!(!facts.any_pending && !facts.asked, "{facts:?}");
            }
            Err(_) => assert!(
                facts.any_pending || facts.asked || facts.direction.is_some_and(|told| told != Direction::Internal),
                "{facts:?}"
            ),
        }
    }
}

#[test]
fn what_is_open_is_the_list_or_about_the_position_or_was_opened_and_names_nobody_hidden() {
    use DocumentKind as K;
    for facts in every() {
        let Ok(Treatment { protection: Protection::Open, .. }) = treat(&facts) else { continue };
        let hidden = matches!(facts.about, Some(Exemption::Granted | Exemption::Pending));
        let by_nature = matches!(facts.kind, K::PublicList | K::JobAnalysis | K::Advert);
        let note = matches!(facts.kind, K::Note | K::Other) && facts.notes_exempt == Some(false);
        let opened = facts.opened && !matches!(facts.kind, K::Note | K::Other);
        assert!(by_nature || note || opened, "{facts:?}");
        if !by_nature {
            assert!(!hidden, "{facts:?}");
            assert!(facts.about.is_some() || !(facts.any_pending || facts.any_granted), "{facts:?}");
        }
        assert!(!facts.asked, "a screening that was asked for is given: {facts:?}");
    }
}

#[test]
fn nothing_is_opened_unless_the_archive_said_so() {
    use DocumentKind as K;
    for facts in every().into_iter().filter(|facts| !facts.opened && facts.notes_exempt != Some(false)) {
        if let Ok(treatment) = treat(&facts) {
            let by_nature = matches!(facts.kind, K::PublicList | K::JobAnalysis | K::Advert);
            assert_eq!(treatment.protection == Protection::Open, by_nature && !facts.asked, "{facts:?}");
        }
    }
}

#[test]
fn an_applicant_is_shown_only_in_an_open_document_and_never_when_left_out() {
    for facts in every() {
        let Ok(treatment) = treat(&facts) else { continue };
        if !treatment.party_screened {
            assert_eq!(treatment.protection, Protection::Open);
            assert!(!matches!(facts.about, Some(Exemption::Granted | Exemption::Pending)), "{facts:?}");
        }
    }
}

#[test]
fn a_letter_has_its_applicant_as_a_party_on_the_right_side() {
    for facts in every() {
        let Ok(treatment) = treat(&facts) else { continue };
        match treatment.party {
            ApplicantParty::None => assert!(facts.about.is_none() || treatment.entry == EntryKind::Internal),
            ApplicantParty::Sender => assert_eq!(treatment.entry, EntryKind::Incoming),
            ApplicantParty::Recipient => assert_eq!(treatment.entry, EntryKind::Outgoing),
        }
        if facts.kind == DocumentKind::Application {
            assert_eq!(treatment.entry, EntryKind::Incoming, "an application is incoming and journaled");
        }
    }
}

#[test]
fn notes_without_any_rule_are_refused_with_the_code_for_it() {
    for facts in every().into_iter().filter(|facts| matches!(facts.kind, DocumentKind::Note | DocumentKind::Other)) {
        let missing = !facts.asked && facts.notes_exempt.is_none();
        assert_eq!(treat(&facts).is_err_and(|refused| refused.code == FaultCode::ScreeningMissing), missing);
    }
}

#[test]
fn both_lists_and_the_application_of_the_hired_are_preserved_and_no_other_application() {
    use DocumentKind as K;
    for facts in every() {
        let Ok(treatment) = treat(&facts) else { continue };
        let application = matches!(facts.kind, K::Application | K::Cv | K::Testimonial);
        let list = matches!(facts.kind, K::PublicList | K::ExtendedList);
        assert_eq!(treatment.retention == Retention::Preserve, list || application && facts.hired, "{facts:?}");
        assert_eq!(treatment.retention == Retention::AfterComplaints, application && !facts.hired, "{facts:?}");
    }
}

#[test]
fn hiding_more_never_opens_anything() {
    for facts in every() {
        let Ok(before) = treat(&facts) else { continue };
        for stricter in [
            DocumentFacts { any_granted: true, ..facts },
            DocumentFacts { any_pending: true, ..facts },
            DocumentFacts { about: facts.about.map(|_| Exemption::Granted), ..facts },
        ] {
            let opens = treat(&stricter).is_ok_and(|after| {
                after.protection == Protection::Open && before.protection != Protection::Open
                    || !after.party_screened && before.party_screened
            });
            assert!(!opens, "{facts:?} {stricter:?}");
        }
    }
}

#[test]
fn a_direction_is_kept_where_several_are_possible_and_refused_where_it_cannot_be() {
    let note = DocumentFacts {
        kind: DocumentKind::Note,
        direction: Some(Direction::In),
        about: None,
        hired: false,
        any_pending: false,
        any_granted: false,
        asked: true,
        opened: false,
        notes_exempt: None,
    };
    assert_eq!(treat(&note).unwrap().entry, EntryKind::Incoming);
    let offer = DocumentFacts { kind: DocumentKind::Offer, ..note };
    assert_eq!(treat(&offer).unwrap_err().member, "retning");
}
