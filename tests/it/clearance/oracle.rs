//! Where a letter may lie, by the words of those who asked for it: the three questions that KS put to senders in 2021, and
//! what the municipalities were told of confidential mail in 2023 (R5.1, R5.2, R5.5). It knows nothing of our routing.

use sakarkiv_core::{
    delivery::Recipient,
    identity::Timestamp,
    routing::{Coverage, MailboxKind as M},
};
use sakarkiv_testkit::simulators::Contact;

use super::{
    plan::{Organisation, Plan, Planned, System},
    town::Played,
};
use crate::svarut_channel::number_of;

/// Content in a mailbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Landed {
    /// The service that put it there.
    pub(super) by: &'static str,
    /// Which letter it is of; nothing when it is of none.
    pub(super) letter: Option<usize>,
    pub(super) mailbox: M,
    /// Whose mailbox it is, by number; nothing for paper that names no number.
    pub(super) whose: Option<String>,
    /// Only who has logged in at the highest level can open it; paper has no such thing.
    pub(super) highest_level: bool,
    /// When.
    pub(super) at: Timestamp,
}

/// Everything that lies where it must not.
pub(super) fn objections(played: &Played) -> Vec<String> {
    let misplaced = played.landed.iter().filter_map(|landed| {
        let letter = landed.letter.and_then(|number| played.plan.letters.get(number));
        let Some(letter) = letter else { return Some(format!("{landed:?} is of no letter")) };
        let why = objection(&played.plan, letter, landed)?;
        Some(format!("{landed:?}: {why}; {letter:?}"))
    });
    let leaked = played.leaked.iter().map(|leak| format!("more people than its readers saw {leak}"));
    misplaced.chain(leaked).map(|what| format!("seed {}: {what}", played.seed)).collect()
}

fn objection(plan: &Plan, letter: &Planned, landed: &Landed) -> Option<&'static str> {
    let own = match &letter.recipient {
        Recipient::Addressee { .. } => None,
        numbered => Some(number_of(numbered)),
    };
    if landed.whose.is_some() && landed.whose != own {
        return Some("it is another's mailbox");
    }
    if landed.mailbox == M::Paper {
        return letter.digital_only.then_some("its sender wants no paper");
    }
    let misplaced = match &letter.recipient {
        Recipient::Addressee { .. } => Some("only paper reaches somebody without a number"),
        Recipient::Person { .. } => to_person(plan, letter, landed),
        Recipient::Organisation { .. } => {
            let organisation = plan.organisations.iter().find(|one| one.recipient == letter.recipient)?;
            to_organisation(plan, organisation, letter, landed.mailbox)
        }
    };
    let too_low = letter.is_sensitive() && !landed.highest_level;
    misplaced.or_else(|| too_low.then_some("anybody could open it who logs in at a lower level"))
}

fn to_person(plan: &Plan, letter: &Planned, landed: &Landed) -> Option<&'static str> {
    let person = plan.persons.iter().find(|one| one.recipient == letter.recipient)?;
    match landed.mailbox {
        M::CitizenMailbox if person.contact != Contact::Reserved => None,
        // The law may let a sender reach those who have opted out, and then only Altinn can.
        M::CitizenMailbox if letter.ignore_reservation && landed.by == "Altinn" => None,
        M::CitizenMailbox => Some("the person has opted out of digital mail"),
        _ => Some("that is no person's mailbox"),
    }
}

fn to_organisation(plan: &Plan, organisation: &Organisation, letter: &Planned, mailbox: M) -> Option<&'static str> {
    let takes = match organisation.system {
        Some(System::Everything) => true,
        Some(System::OrdinaryOnly) => !letter.is_sensitive(),
        None => false,
    };
    match mailbox {
        M::ReceiverSystem if takes => None,
        M::ReceiverSystem => Some("the organisation has no system that takes it"),
        // The three questions: an organisation, its inbox in Altinn, and for few eyes only.
        M::OrganisationInbox if letter.is_sensitive() => Some("every holder of a register role could open it"),
        M::OrganisationInbox => None,
        // Meant for a system that was gone when it came: better where nobody can open it than where everybody can.
        M::ConfidentialInbox if takes => None,
        M::ConfidentialInbox if !plan.confidential_mail => Some("the municipality does not use confidential mail"),
        M::ConfidentialInbox if organisation.coverage() == Coverage::NotHeld => {
            Some("we knew that nobody there could open it")
        }
        M::ConfidentialInbox => None,
        _ => Some("that is no organisation's mailbox"),
    }
}
