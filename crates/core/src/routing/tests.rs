use std::collections::BTreeSet;

use super::*;
use crate::sensitivity::SensitivityClass;

fn cleared(facts: &Facts) -> Option<MailboxKind> {
    match decide(facts).outcome {
        Outcome::Cleared(kind) => Some(kind),
        Outcome::Refused => None,
    }
}

#[test]
fn the_fact_space_is_walked_whole() {
    assert_eq!(Facts::every().count(), 3 * 4 * 3 * 3 * 2 * 2 * 2 * 2 * 128);
    assert_eq!(Facts::every().collect::<std::collections::HashSet<_>>().len(), Facts::every().count());
}

#[test]
fn sensitive_content_never_goes_to_an_open_inbox() {
    for facts in Facts::every() {
        if facts.sensitivity >= SensitivityClass::Confidential {
            assert_ne!(cleared(&facts), Some(MailboxKind::OrganisationInbox), "{facts:?}");
        }
    }
}

#[test]
fn a_letter_only_goes_where_a_channel_can_take_it() {
    for facts in Facts::every() {
        if let Some(kind) = cleared(&facts) {
            assert!(facts.reachable.contains(kind), "{facts:?}");
        }
    }
}

#[test]
fn the_recipients_own_system_is_always_first_choice_for_an_organisation() {
    for facts in Facts::every().filter(|facts| !facts.signing) {
        if facts.recipient == RecipientKind::Organisation && facts.reachable.contains(MailboxKind::ReceiverSystem) {
            assert_eq!(cleared(&facts), Some(MailboxKind::ReceiverSystem), "{facts:?}");
        }
    }
}

#[test]
fn organisations_have_no_citizen_mailbox_and_persons_no_company_inbox() {
    for facts in Facts::every() {
        match (facts.recipient, cleared(&facts)) {
            (RecipientKind::Organisation, Some(kind)) => {
                assert_ne!(kind, MailboxKind::CitizenMailbox, "{facts:?}");
            }
            (RecipientKind::Person, Some(kind)) => assert!(
                matches!(
                    kind,
                    MailboxKind::CitizenMailbox
                        | MailboxKind::DocumentShare
                        | MailboxKind::HealthNetwork
                        | MailboxKind::Paper
                ),
                "{facts:?}"
            ),
            (RecipientKind::Addressee, Some(kind)) => assert_eq!(kind, MailboxKind::Paper, "{facts:?}"),
            (_, None) => {}
        }
    }
}

#[test]
fn confidential_mail_that_nobody_could_open_is_not_sent() {
    for facts in Facts::every() {
        if facts.coverage == Coverage::NotHeld {
            assert_ne!(cleared(&facts), Some(MailboxKind::ConfidentialInbox), "{facts:?}");
        }
    }
}

#[test]
fn no_paper_means_no_paper_and_unknown_persons_get_no_share() {
    for facts in Facts::every() {
        let to = cleared(&facts);
        assert!(!(facts.digital_only && to == Some(MailboxKind::Paper)), "{facts:?}");
        assert!(facts.known_person || to != Some(MailboxKind::DocumentShare), "{facts:?}");
    }
}

#[test]
fn paper_is_there_when_all_else_fails_and_paper_is_allowed() {
    for facts in Facts::every() {
        if facts.reachable.contains(MailboxKind::Paper) && !facts.digital_only && !facts.signing {
            assert!(cleared(&facts).is_some(), "{facts:?}");
        }
    }
}

#[test]
fn more_sensitive_content_never_has_more_ways() {
    for facts in Facts::every() {
        for class in SensitivityClass::ALL.into_iter().filter(|class| *class > facts.sensitivity) {
            let stricter = Facts { sensitivity: class, ..facts };
            assert!(cleared(&facts).is_some() || cleared(&stricter).is_none(), "{facts:?} to {class:?}");
        }
    }
}

#[test]
fn one_more_mailbox_never_turns_a_way_into_a_refusal() {
    for facts in Facts::every() {
        for kind in MailboxKind::ALL {
            let more = Facts { reachable: facts.reachable.with(kind), ..facts };
            assert!(cleared(&facts).is_none() || cleared(&more).is_some(), "{facts:?} with {kind:?}");
        }
    }
}

#[test]
fn refusal_happens_only_when_every_reachable_way_is_forbidden() {
    let allowed = |facts: &Facts, kind: MailboxKind| {
        cleared(&Facts { reachable: MailboxSet::EMPTY.with(kind), ..*facts }) == Some(kind)
    };
    for facts in Facts::every() {
        let any = MailboxKind::ALL.into_iter().any(|kind| facts.reachable.contains(kind) && allowed(&facts, kind));
        assert_eq!(cleared(&facts).is_some(), any, "{facts:?}");
    }
}

#[test]
fn every_decision_says_why_and_the_codes_are_stable() {
    let mut codes = BTreeSet::new();
    for facts in Facts::every() {
        let decision = decide(&facts);
        assert!(!decision.reasons.is_empty(), "{facts:?}");
        let unique: BTreeSet<_> = decision.reasons.iter().map(|reason| reason.code).collect();
        assert_eq!(unique.len(), decision.reasons.len(), "{facts:?} repeats a reason");
        codes.extend(unique);
    }
    let expected = [
        "confidential_service",
        "document_share",
        "health_network",
        "no_paper",
        "nobody_could_open",
        "not_known",
        "not_signed_there",
        "nothing_safe",
        "open_inbox",
        "ordinary_inbox",
        "own_mailbox",
        "paper",
        "print_unknown",
        "printed_when_unopened",
        "receiver_system",
        "sensitive",
        "service_not_used",
        "stays_unopened",
        "three_questions_yes",
        "wrong_recipient",
    ];
    assert_eq!(codes.into_iter().collect::<Vec<_>>(), expected);
}

#[test]
fn the_three_questions_are_recorded_exactly_when_all_are_yes() {
    for facts in Facts::every() {
        let yes = facts.recipient == RecipientKind::Organisation
            && facts.reachable.contains(MailboxKind::OrganisationInbox)
            && !facts.reachable.contains(MailboxKind::ReceiverSystem)
            && facts.sensitivity >= SensitivityClass::Confidential;
        let said = decide(&facts).reasons.iter().any(|reason| reason.code == "three_questions_yes");
        assert_eq!(said, yes, "{facts:?}");
    }
}

#[test]
fn what_is_to_be_signed_goes_to_a_persons_own_mailbox_or_nowhere() {
    for facts in Facts::every().filter(|facts| facts.signing) {
        let can_sign =
            facts.recipient == RecipientKind::Person && facts.reachable.contains(MailboxKind::CitizenMailbox);
        assert_eq!(cleared(&facts), can_sign.then_some(MailboxKind::CitizenMailbox), "{facts:?}");
    }
}

#[test]
fn what_happens_to_it_unopened_is_told_and_has_no_say_in_the_choice() {
    for facts in Facts::every().filter(|facts| facts.print == PrintSetting::Unknown) {
        for print in PrintSetting::ALL {
            assert_eq!(cleared(&facts), cleared(&Facts { print, ..facts }), "{facts:?}");
        }
    }
}
