//! The whole fact space against what KS (2021) and the regional guidance of 2023 advise municipalities, written down here
//! without regard to how the decision is made.

use super::*;
use crate::sensitivity::SensitivityClass;

/// Which places the advice leaves open, of those that exist for such a recipient at all.
fn allowed(facts: &Facts) -> MailboxSet {
    MailboxKind::ALL.into_iter().filter(|kind| exists_for(facts.recipient, *kind) && advised(facts, *kind)).collect()
}

fn exists_for(recipient: RecipientKind, kind: MailboxKind) -> bool {
    use MailboxKind as M;
    match recipient {
        RecipientKind::Organisation => kind != M::CitizenMailbox,
        RecipientKind::Person => {
            matches!(kind, M::HealthNetwork | M::CitizenMailbox | M::DocumentShare | M::Paper)
        }
        RecipientKind::Addressee => kind == M::Paper,
    }
}

fn advised(facts: &Facts, kind: MailboxKind) -> bool {
    use MailboxKind as M;
    // A signature is asked of a person who logs in: no paper and no organisation can give one.
    if facts.signing && kind != M::CitizenMailbox {
        return false;
    }
    match kind {
        // Sensitive personal data stay out of the organisation's inbox in Altinn.
        M::OrganisationInbox => !only_few_may_read(facts),
        // Before the service: no way into Altinn is safe. Since: only where a reader may have been appointed, for at first
        // nobody is; when that is not known, the sender relies on the follow-up.
        M::ConfidentialInbox => facts.rules == RuleSet::ConfidentialService && facts.coverage != Coverage::NotHeld,
        // A recipient known to use SvarInn gets it digitally, as usual.
        M::ReceiverSystem | M::HealthNetwork | M::CitizenMailbox => true,
        // Sharing a document takes the national identity number of a person who is to read it.
        M::DocumentShare => facts.known_person,
        // Without the organisation number it goes as ordinary post, unless the sender chose digital delivery only.
        M::Paper => !facts.digital_only,
    }
}

fn only_few_may_read(facts: &Facts) -> bool {
    matches!(facts.sensitivity, SensitivityClass::Confidential | SensitivityClass::StrictlyConfidential)
}

fn outcome(facts: &Facts) -> Option<MailboxKind> {
    match decide(facts).outcome {
        Outcome::Cleared(kind) => Some(kind),
        Outcome::Refused => None,
    }
}

fn has_code(facts: &Facts, code: &str) -> bool {
    decide(facts).reasons.iter().any(|reason| reason.code == code)
}

#[test]
fn a_letter_goes_somewhere_exactly_when_the_advice_leaves_a_reachable_place() {
    for facts in Facts::every() {
        let open = allowed(&facts);
        let any = MailboxKind::ALL.into_iter().any(|kind| open.contains(kind) && facts.reachable.contains(kind));
        let to = outcome(&facts);
        assert_eq!(to.is_some(), any, "{facts:?}");
        assert!(to.is_none_or(|kind| open.contains(kind)), "{facts:?} to {to:?}");
    }
}

#[test]
fn three_times_yes_and_it_never_lands_in_the_organisations_inbox() {
    for facts in Facts::every() {
        let organisation = facts.recipient == RecipientKind::Organisation;
        let altinn_and_no_system = facts.reachable.contains(MailboxKind::OrganisationInbox)
            && !facts.reachable.contains(MailboxKind::ReceiverSystem);
        if organisation && altinn_and_no_system && only_few_may_read(&facts) {
            assert_ne!(outcome(&facts), Some(MailboxKind::OrganisationInbox), "{facts:?}");
            assert!(has_code(&facts, "three_questions_yes"), "{facts:?}");
        }
    }
}

#[test]
fn one_no_leaves_the_usual_digital_way_open() {
    for facts in Facts::every().filter(|facts| !facts.signing) {
        let organisation = facts.recipient == RecipientKind::Organisation;
        if organisation && facts.reachable.contains(MailboxKind::ReceiverSystem) {
            assert_eq!(outcome(&facts), Some(MailboxKind::ReceiverSystem), "a receiver system: {facts:?}");
        } else if organisation
            && !only_few_may_read(&facts)
            && facts.reachable.contains(MailboxKind::OrganisationInbox)
            && !facts.reachable.contains(MailboxKind::HealthNetwork)
        {
            assert_eq!(outcome(&facts), Some(MailboxKind::OrganisationInbox), "not sensitive: {facts:?}");
        }
    }
}

#[test]
fn before_the_confidential_service_sensitive_mail_to_a_company_is_handed_over_shared_or_printed() {
    use MailboxKind as M;
    for facts in Facts::every().filter(|facts| facts.rules == RuleSet::BeforeConfidentialService) {
        if facts.recipient == RecipientKind::Organisation && only_few_may_read(&facts) {
            let to = outcome(&facts);
            assert!(
                matches!(to, None | Some(M::ReceiverSystem | M::HealthNetwork | M::DocumentShare | M::Paper)),
                "{facts:?} to {to:?}"
            );
        }
    }
}

#[test]
fn since_the_confidential_service_it_is_taken_before_share_and_paper_where_somebody_may_open_it() {
    use MailboxKind as M;
    for facts in Facts::every().filter(|facts| facts.rules == RuleSet::ConfidentialService && !facts.signing) {
        let own_way = facts.reachable.contains(M::ReceiverSystem) || facts.reachable.contains(M::HealthNetwork);
        if facts.recipient == RecipientKind::Organisation
            && only_few_may_read(&facts)
            && facts.coverage != Coverage::NotHeld
            && facts.reachable.contains(M::ConfidentialInbox)
            && !own_way
        {
            assert_eq!(outcome(&facts), Some(M::ConfidentialInbox), "{facts:?}");
        }
    }
}

#[test]
fn no_appointed_reader_and_it_is_not_left_unopened_but_goes_another_way_or_to_a_person_who_decides() {
    for facts in Facts::every().filter(|facts| facts.coverage == Coverage::NotHeld) {
        assert_ne!(outcome(&facts), Some(MailboxKind::ConfidentialInbox), "{facts:?}");
    }
}

#[test]
fn whoever_sends_to_a_company_in_altinn_is_told_what_the_accounts_print_setting_will_do() {
    use MailboxKind as M;
    for facts in Facts::every() {
        let in_altinn = matches!(outcome(&facts), Some(M::OrganisationInbox | M::ConfidentialInbox));
        let expected = match facts.print {
            _ if !in_altinn => None,
            PrintSetting::Unknown => Some("print_unknown"),
            PrintSetting::PrintWhenUnopened if !facts.digital_only => Some("printed_when_unopened"),
            PrintSetting::PrintWhenUnopened | PrintSetting::DigitalOnly => Some("stays_unopened"),
        };
        for code in ["print_unknown", "printed_when_unopened", "stays_unopened"] {
            assert_eq!(has_code(&facts, code), expected == Some(code), "{code}: {facts:?}");
        }
    }
}

#[test]
fn only_the_class_and_never_a_print_setting_or_a_rule_opens_the_ordinary_inbox() {
    for facts in Facts::every().filter(only_few_may_read) {
        for rules in RuleSet::ALL {
            for coverage in Coverage::ALL {
                let changed = Facts { rules, coverage, ..facts };
                assert_ne!(outcome(&changed), Some(MailboxKind::OrganisationInbox), "{changed:?}");
            }
        }
    }
}
