use super::facts::{Coverage, Facts, MailboxKind, PrintSetting, RecipientKind};
use crate::{reason::Reason, sensitivity::SensitivityClass};

/// Where a letter may go, or that it may go nowhere by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// It may go to this kind of mailbox, and the channel must keep it to that.
    Cleared(MailboxKind),
    /// No way at hand is safe; a person must find one.
    Refused,
}

/// A decision and what led to it, in the order in which it was weighed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// The outcome.
    pub outcome: Outcome,
    /// The reasons.
    pub reasons: Vec<Reason>,
}

/// Decides which mailbox kind a letter goes to.
///
/// Total: every combination of facts has an answer, and where there is doubt the answer is the safe one. Of the ways that
/// are allowed the first in this order is taken: the recipient's own system, the health network, confidential mail or the
/// ordinary inbox or the person's mailbox, a document share, paper. Confidential mail that nobody could open comes after
/// paper.
///
/// ```
/// use sakarkiv_core::{
///     routing::{Coverage, Facts, MailboxKind, MailboxSet, Outcome, PrintSetting, RecipientKind, decide},
///     sensitivity::SensitivityClass,
/// };
///
/// let facts = Facts {
///     recipient: RecipientKind::Organisation,
///     sensitivity: SensitivityClass::StrictlyConfidential,
///     reachable: MailboxSet::EMPTY.with(MailboxKind::OrganisationInbox).with(MailboxKind::ConfidentialInbox),
///     coverage: Coverage::Held,
///     print: PrintSetting::DigitalOnly,
///     known_person: false,
///     digital_only: false,
/// };
/// let decision = decide(&facts);
/// assert_eq!(decision.outcome, Outcome::Cleared(MailboxKind::ConfidentialInbox));
/// assert!(decision.reasons.iter().any(|reason| reason.code == "three_questions_yes"));
/// ```
#[must_use]
pub fn decide(facts: &Facts) -> Decision {
    let mut reasons = three_questions(facts);
    let chosen = preference(facts).into_iter().find(|kind| match objection(facts, *kind) {
        None => true,
        Some(reason) => {
            if facts.reachable.contains(*kind) && !reasons.contains(&reason) {
                reasons.push(reason);
            }
            false
        }
    });
    match chosen {
        Some(kind) => {
            reasons.push(choice(kind));
            reasons.extend(consequence(facts, kind));
            Decision { outcome: Outcome::Cleared(kind), reasons }
        }
        None => {
            reasons.push(NOTHING_SAFE);
            Decision { outcome: Outcome::Refused, reasons }
        }
    }
}

/// Whether only few may read it: the third question.
pub(super) fn is_sensitive(class: SensitivityClass) -> bool {
    class >= SensitivityClass::Confidential
}

fn three_questions(facts: &Facts) -> Vec<Reason> {
    let organisation = facts.recipient == RecipientKind::Organisation;
    let altinn = facts.reachable.contains(MailboxKind::OrganisationInbox)
        && !facts.reachable.contains(MailboxKind::ReceiverSystem);
    if organisation && altinn && is_sensitive(facts.sensitivity) {
        vec![THREE_QUESTIONS_YES]
    } else if is_sensitive(facts.sensitivity) {
        vec![SENSITIVE]
    } else {
        Vec::new()
    }
}

fn preference(facts: &Facts) -> [MailboxKind; 7] {
    use MailboxKind as M;
    if facts.coverage == Coverage::NotHeld {
        [
            M::ReceiverSystem,
            M::HealthNetwork,
            M::OrganisationInbox,
            M::CitizenMailbox,
            M::DocumentShare,
            M::Paper,
            M::ConfidentialInbox,
        ]
    } else if is_sensitive(facts.sensitivity) {
        [
            M::ReceiverSystem,
            M::HealthNetwork,
            M::ConfidentialInbox,
            M::OrganisationInbox,
            M::CitizenMailbox,
            M::DocumentShare,
            M::Paper,
        ]
    } else {
        [
            M::ReceiverSystem,
            M::HealthNetwork,
            M::OrganisationInbox,
            M::ConfidentialInbox,
            M::CitizenMailbox,
            M::DocumentShare,
            M::Paper,
        ]
    }
}

/// Why a mailbox kind must not be used, if it must not.
fn objection(facts: &Facts, kind: MailboxKind) -> Option<Reason> {
    use MailboxKind as M;
    if !facts.reachable.contains(kind) {
        return Some(NOT_REACHABLE);
    }
    let fits = match kind {
        M::ReceiverSystem | M::OrganisationInbox | M::ConfidentialInbox => {
            facts.recipient == RecipientKind::Organisation
        }
        M::HealthNetwork => facts.recipient != RecipientKind::Addressee,
        M::CitizenMailbox | M::DocumentShare => facts.recipient == RecipientKind::Person,
        M::Paper => true,
    };
    if !fits {
        return Some(WRONG_RECIPIENT);
    }
    match kind {
        M::OrganisationInbox if is_sensitive(facts.sensitivity) => Some(OPEN_INBOX),
        M::DocumentShare if !facts.known_person => Some(NOT_KNOWN),
        M::Paper if facts.digital_only => Some(NO_PAPER),
        M::ConfidentialInbox if facts.coverage == Coverage::NotHeld => Some(NOBODY_COULD_OPEN),
        _ => None,
    }
}

const fn choice(kind: MailboxKind) -> Reason {
    match kind {
        MailboxKind::ReceiverSystem => {
            Reason { code: "receiver_system", text: "the recipient takes it into its own system", source: "R5.1" }
        }
        MailboxKind::HealthNetwork => {
            Reason { code: "health_network", text: "the recipient takes it in the health network", source: "R5.2" }
        }
        MailboxKind::OrganisationInbox => {
            Reason { code: "ordinary_inbox", text: "nothing in it is for few eyes only", source: "R5.1" }
        }
        MailboxKind::ConfidentialInbox => Reason {
            code: "confidential_service",
            text: "confidential mail is opened only by those who were given that access",
            source: "R5.2",
        },
        MailboxKind::CitizenMailbox => {
            Reason { code: "own_mailbox", text: "only the person opens the person's own mailbox", source: "R5.1" }
        }
        MailboxKind::DocumentShare => {
            Reason { code: "document_share", text: "the document is shared with a person we know", source: "R5.2" }
        }
        MailboxKind::Paper => Reason { code: "paper", text: "it is printed and posted", source: "R5.2" },
    }
}

/// What will happen to it if nobody opens it (R4.6).
fn consequence(facts: &Facts, kind: MailboxKind) -> Option<Reason> {
    let may_lie_unopened = matches!(kind, MailboxKind::OrganisationInbox | MailboxKind::ConfidentialInbox);
    if !may_lie_unopened {
        return None;
    }
    Some(match facts.print {
        PrintSetting::PrintWhenUnopened if !facts.digital_only => Reason {
            code: "printed_when_unopened",
            text: "it is printed and posted if nobody opens it within the channel's term",
            source: "R4.6",
        },
        PrintSetting::PrintWhenUnopened | PrintSetting::DigitalOnly => Reason {
            code: "stays_unopened",
            text: "nothing is printed: it stays there until somebody opens it",
            source: "R4.6",
        },
        PrintSetting::Unknown => Reason {
            code: "print_unknown",
            text: "whether it is printed when unopened is not known: expect that it is not",
            source: "R4.6",
        },
    })
}

const THREE_QUESTIONS_YES: Reason = Reason {
    code: "three_questions_yes",
    text: "an organisation, its Altinn inbox, and content that only few may read: not to the ordinary inbox",
    source: "R5.1",
};
const SENSITIVE: Reason =
    Reason { code: "sensitive", text: "it holds sensitive personal data that only few may read", source: "R5.1" };
const NOT_REACHABLE: Reason =
    Reason { code: "not_reachable", text: "no channel at hand reaches such a mailbox", source: "R5.2" };
const WRONG_RECIPIENT: Reason =
    Reason { code: "wrong_recipient", text: "this kind of recipient has no such mailbox", source: "R5.1" };
const OPEN_INBOX: Reason = Reason {
    code: "open_inbox",
    text: "the ordinary inbox is open to everybody with a register role in the organisation",
    source: "R5.1",
};
const NOT_KNOWN: Reason =
    Reason { code: "not_known", text: "documents are shared only with a person we know", source: "R5.2" };
const NO_PAPER: Reason = Reason { code: "no_paper", text: "the sender wants no paper", source: "R4.6" };
const NOBODY_COULD_OPEN: Reason = Reason {
    code: "nobody_could_open",
    text: "nobody at the recipient holds the access: confidential mail would lie unopened",
    source: "R5.5",
};
const NOTHING_SAFE: Reason = Reason {
    code: "nothing_safe",
    text: "no way at hand is safe: find another, or change what the letter contains",
    source: "R5.2",
};

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::routing::MailboxSet;

    fn cleared(facts: &Facts) -> Option<MailboxKind> {
        match decide(facts).outcome {
            Outcome::Cleared(kind) => Some(kind),
            Outcome::Refused => None,
        }
    }

    #[test]
    fn the_fact_space_is_walked_whole() {
        assert_eq!(Facts::every().count(), 3 * 4 * 3 * 3 * 2 * 2 * 128);
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
        for facts in Facts::every() {
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
                    assert!(!matches!(kind, MailboxKind::CitizenMailbox | MailboxKind::DocumentShare), "{facts:?}");
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
            if facts.reachable.contains(MailboxKind::Paper) && !facts.digital_only {
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
            "nothing_safe",
            "open_inbox",
            "ordinary_inbox",
            "own_mailbox",
            "paper",
            "print_unknown",
            "printed_when_unopened",
            "receiver_system",
            "sensitive",
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
}
