//! The recommendation over all of its facts, against properties written from what municipalities are advised to do.

use std::collections::{BTreeSet, HashSet};

use super::*;
use crate::routing::{Coverage, PrintSetting, RecipientKind};

fn sends_again(action: Action) -> bool {
    matches!(action, Action::SendToSystem | Action::SendOnPaper)
}

/// What is recommended in the end, once the status has been looked into.
fn in_the_end(recommendation: &Recommendation) -> Action {
    recommendation.then.unwrap_or(recommendation.action)
}

fn has_code(recommendation: &Recommendation, code: &str) -> bool {
    recommendation.reasons.iter().any(|reason| reason.code == code)
}

/// Sent mail that lies in the recipient's Altinn and is not printed by itself: what the national case was about.
fn lies_in_altinn(facts: &Facts) -> bool {
    facts.direction == Direction::Sent && facts.place == Place::Altinn && !facts.prints_by_itself()
}

#[test]
fn the_fact_space_is_walked_whole() {
    assert_eq!(Facts::every().count(), 2 * 3 * 4 * 4 * 3 * 3 * 2 * 6 * 4 * 2 * 2);
    assert_eq!(Facts::every().collect::<HashSet<_>>().len(), Facts::every().count());
}

#[test]
fn every_recommendation_says_why_once_and_the_codes_are_stable() {
    let (mut codes, mut actions) = (BTreeSet::new(), BTreeSet::new());
    for facts in Facts::every() {
        let recommendation = recommend(&facts);
        let unique: BTreeSet<_> = recommendation.reasons.iter().map(|reason| reason.code).collect();
        assert!(!unique.is_empty() && unique.len() == recommendation.reasons.len(), "{facts:?}");
        codes.extend(unique);
        actions.insert(recommendation.action);
        actions.extend(recommendation.then);
    }
    assert_eq!(actions.into_iter().collect::<Vec<_>>(), Action::ALL);
    let expected = [
        "access_unknown",
        "closed_unopened",
        "contacted_recently",
        "fresh",
        "left_lying",
        "never_printed",
        "no_other_way",
        "nobody_can_open",
        "not_confirmed",
        "paper_at_hand",
        "past_deadline",
        "print_overdue",
        "printed_by_itself",
        "reminder_failed",
        "reminders_failed",
        "reminders_in_vain",
        "status_stale",
        "status_unrecognised",
        "system_at_hand",
        "system_does_not_fetch",
        "unopened",
        "we_cannot_open",
    ];
    assert_eq!(codes.into_iter().collect::<Vec<_>>(), expected);
}

#[test]
fn an_organisation_number_of_ours_that_nobody_can_open_mail_for_gets_a_reader_first_of_all() {
    for facts in Facts::every().filter(|facts| facts.direction == Direction::Received && facts.place == Place::Altinn) {
        let assign = recommend(&facts).action == Action::AssignAccess;
        assert_eq!(assign, facts.coverage != Coverage::Held, "{facts:?}");
    }
}

#[test]
fn only_our_own_access_is_ours_to_give() {
    for facts in Facts::every().filter(|facts| facts.direction == Direction::Sent) {
        let recommendation = recommend(&facts);
        assert!(!matches!(in_the_end(&recommendation), Action::AssignAccess | Action::Open), "{facts:?}");
    }
    for facts in Facts::every().filter(|facts| facts.direction == Direction::Received) {
        let action = in_the_end(&recommend(&facts));
        let theirs = matches!(action, Action::Remind | Action::AskToAppoint | Action::Call | Action::WaitForPrint);
        assert!(!theirs && !sends_again(action), "{facts:?}: what we received is ours to open");
    }
}

#[test]
fn a_recipient_where_nobody_can_open_it_is_told_how_to_appoint_somebody_at_once() {
    for facts in Facts::every().filter(lies_in_altinn) {
        let not_told = matches!(facts.contacted, Contacted::Never | Contacted::Failed);
        if facts.coverage == Coverage::NotHeld && not_told && facts.age < AgeBand::Critical {
            assert_eq!(in_the_end(&recommend(&facts)), Action::AskToAppoint, "{facts:?}");
        }
    }
}

#[test]
fn a_reminder_is_written_only_where_it_is_read_and_not_again_and_again() {
    for facts in Facts::every() {
        let action = in_the_end(&recommend(&facts));
        if matches!(action, Action::Remind | Action::AskToAppoint) {
            let useful = matches!(facts.contacted, Contacted::Never | Contacted::Failed | Contacted::InVain);
            assert!(useful, "{facts:?}");
            assert!(matches!(facts.place, Place::Altinn | Place::OwnMailbox), "{facts:?}");
        }
        if action == Action::AskToAppoint {
            assert!(facts.coverage == Coverage::NotHeld && facts.place == Place::Altinn, "{facts:?}");
        }
    }
}

#[test]
fn that_reminders_failed_is_told_and_when_all_did_the_recipient_is_called() {
    for facts in Facts::every().filter(|facts| facts.direction == Direction::Sent) {
        let recommendation = recommend(&facts);
        assert_eq!(has_code(&recommendation, "reminder_failed"), facts.contacted == Contacted::Failed, "{facts:?}");
        assert_eq!(
            has_code(&recommendation, "reminders_failed"),
            facts.contacted == Contacted::Unreachable,
            "{facts:?}"
        );
        let in_between = matches!(facts.age, AgeBand::ToRemind | AgeBand::Overdue);
        if facts.contacted == Contacted::Unreachable && in_between && lies_in_altinn(&facts) {
            assert_eq!(in_the_end(&recommendation), Action::Call, "{facts:?}");
        }
    }
}

#[test]
fn nothing_is_sent_a_second_time_before_it_is_known_to_be_unopened() {
    for facts in Facts::every() {
        if sends_again(recommend(&facts).action) {
            assert_eq!(facts.knowledge, Knowledge::Confirmed, "{facts:?}");
            assert_eq!(facts.age, AgeBand::Critical, "{facts:?}");
        }
    }
}

#[test]
fn it_is_sent_again_only_by_a_way_that_is_at_hand_and_that_the_sender_allows() {
    for facts in Facts::every() {
        match in_the_end(&recommend(&facts)) {
            Action::SendOnPaper => assert!(facts.paper_at_hand && !facts.digital_only, "{facts:?}"),
            Action::SendToSystem => assert!(facts.system_at_hand && facts.place != Place::System, "{facts:?}"),
            _ => {}
        }
    }
}

#[test]
fn what_is_critical_is_never_left_to_itself() {
    for facts in Facts::every().filter(|facts| facts.age == AgeBand::Critical || facts.place == Place::Gone) {
        let recommendation = recommend(&facts);
        assert!(recommendation.urgency() >= 3, "{facts:?}: {recommendation:?}");
    }
}

#[test]
fn older_is_never_less_urgent() {
    for facts in Facts::every() {
        for age in AgeBand::ALL.into_iter().filter(|age| *age > facts.age) {
            let older = Facts { age, ..facts };
            // Writing to somebody who was written to lately would be noise; that wait ends with the critical band.
            assert!(recommend(&older).urgency() >= recommend(&facts).urgency(), "{facts:?} and then {age:?}");
        }
    }
}

#[test]
fn less_knowledge_never_makes_it_less_urgent() {
    for facts in Facts::every().filter(|facts| facts.knowledge == Knowledge::Confirmed) {
        for knowledge in Knowledge::ALL {
            let doubtful = Facts { knowledge, ..facts };
            assert!(recommend(&doubtful).urgency() >= recommend(&facts).urgency(), "{doubtful:?}");
        }
    }
}

#[test]
fn a_doubtful_status_is_looked_up_unless_it_may_still_settle_by_itself() {
    for facts in Facts::every().filter(|facts| facts.knowledge.is_doubtful()) {
        let known = recommend(&Facts { knowledge: Knowledge::Confirmed, ..facts });
        let recommendation = recommend(&facts);
        let looked_up = recommendation.action == Action::CheckStatus;
        let needless = facts.place == Place::Gone
            || known.action == Action::AssignAccess
            || (facts.age == AgeBand::Fresh && known.urgency() == 0);
        assert_eq!(looked_up, !needless, "{facts:?}");
    }
}

#[test]
fn an_account_that_prints_is_left_to_print_and_one_that_does_not_is_known_not_to() {
    for facts in Facts::every().filter(|facts| facts.direction == Direction::Sent && facts.place == Place::Altinn) {
        let prints = facts.print == PrintSetting::PrintWhenUnopened && !facts.digital_only;
        let recommendation = recommend(&facts);
        let early = facts.age <= AgeBand::ToRemind;
        assert_eq!(in_the_end(&recommendation) == Action::WaitForPrint, prints && early, "{facts:?}");
        assert_eq!(has_code(&recommendation, "never_printed"), !prints, "{facts:?}");
        if prints && facts.age == AgeBand::Overdue {
            assert_eq!(recommendation.action, Action::CheckStatus, "it should be on paper by now: {facts:?}");
        }
    }
}

#[test]
fn mail_that_a_system_does_not_fetch_is_a_matter_for_the_telephone() {
    for facts in Facts::every() {
        let fetched = facts.direction == Direction::Sent && facts.place == Place::System;
        let in_between = matches!(facts.age, AgeBand::ToRemind | AgeBand::Overdue);
        if fetched && in_between && facts.contacted != Contacted::Recently {
            assert_eq!(in_the_end(&recommend(&facts)), Action::Call, "{facts:?}");
        }
    }
}

#[test]
fn our_own_unopened_mail_is_opened_and_in_the_end_taken_to_who_is_responsible() {
    for facts in Facts::every().filter(|facts| facts.direction == Direction::Received && facts.place != Place::Gone) {
        let can_open = facts.coverage == Coverage::Held || facts.place != Place::Altinn;
        let action = in_the_end(&recommend(&facts));
        if can_open {
            let expected = match (facts.age, facts.contacted) {
                (AgeBand::Fresh, _) => Action::Wait,
                (AgeBand::Critical, _) => Action::Escalate,
                (_, Contacted::Recently) => Action::Wait,
                _ => Action::Open,
            };
            let looked_up = recommend(&facts).action == Action::CheckStatus;
            assert!(action == expected || (expected == Action::Wait && looked_up), "{facts:?}");
        }
    }
}

#[test]
fn who_the_recipient_is_matters_only_in_a_mailbox_of_its_own() {
    for facts in Facts::every().filter(|facts| facts.place != Place::OwnMailbox) {
        let person = Facts { recipient: RecipientKind::Person, ..facts };
        assert_eq!(recommend(&person), recommend(&facts));
    }
}
