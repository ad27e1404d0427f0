//! A town made up at random: who lives there, what they can get, and what is to be written to them.

use sakarkiv_core::{case::CaseKind, delivery::Recipient, routing::Coverage, sensitivity::SensitivityClass as C};
use sakarkiv_testkit::{
    conformance::{addressee, company, person},
    simulators::Contact,
};

use super::chance::Chance;
use crate::outside::{EKSEMPELVIK, Municipality, PROVEDAL};

/// A town and its mail.
#[derive(Debug)]
pub(super) struct Plan {
    /// Who sends. One prints what organisations do not open, the other does not.
    pub(super) municipality: Municipality,
    /// Whether the municipality uses confidential mail at all.
    pub(super) confidential_mail: bool,
    /// Whether Altinn comes before SvarUt where both reach the same mailbox.
    pub(super) altinn_first: bool,
    /// Whether documents go to Altinn before their message.
    pub(super) uploads_first: bool,
    pub(super) organisations: Vec<Organisation>,
    pub(super) persons: Vec<Person>,
    pub(super) letters: Vec<Planned>,
}

/// An organisation that gets mail.
#[derive(Debug, Clone)]
pub(super) struct Organisation {
    pub(super) recipient: Recipient,
    /// The system of its own that takes its mail, at least to begin with.
    pub(super) system: Option<System>,
    /// Whether somebody there holds the access to confidential mail.
    pub(super) access: bool,
    /// Whether we can find that out.
    pub(super) tells: bool,
    /// Whether the registers know somebody there who could give the access.
    pub(super) has_leader: bool,
}

/// A receiver system (mottakersystem).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum System {
    Everything,
    /// Only what needs no highest login level.
    OrdinaryOnly,
}

/// A person who gets mail.
#[derive(Debug, Clone)]
pub(super) struct Person {
    pub(super) recipient: Recipient,
    pub(super) contact: Contact,
}

/// A letter to be written.
#[derive(Debug, Clone)]
pub(super) struct Planned {
    pub(super) number: usize,
    pub(super) recipient: Recipient,
    pub(super) class: C,
    pub(super) case: CaseKind,
    pub(super) digital_only: bool,
    pub(super) known_person: bool,
    pub(super) ignore_reservation: bool,
}

/// The kinds of case that letters belong to.
pub(super) const CASES: [CaseKind; 3] = [CaseKind::Building, CaseKind::PupilFile, CaseKind::ChildFile];

impl Plan {
    pub(super) fn new(chance: &Chance) -> Self {
        let organisations: Vec<_> = (0..5).map(|nth| Organisation::new(nth, chance)).collect();
        let persons: Vec<_> = (0..3).map(|nth| Person::new(nth, chance)).collect();
        let letter = |number| {
            let recipient = match chance.below(8) {
                0..=4 => chance.pick(&organisations).recipient,
                5 | 6 => chance.pick(&persons).recipient,
                _ => addressee(chance.below(2)),
            };
            Planned::new(number, recipient, chance)
        };
        let letters = (0..8 + chance.below(5)).map(letter).collect();
        Self {
            municipality: chance.pick(&[PROVEDAL, EKSEMPELVIK]),
            confidential_mail: !chance.one_in(4),
            altinn_first: chance.one_in(2),
            uploads_first: chance.one_in(3),
            organisations,
            persons,
            letters,
        }
    }
}

impl Organisation {
    fn new(nth: usize, chance: &Chance) -> Self {
        Self {
            recipient: company(nth),
            system: chance.pick(&[None, None, Some(System::Everything), Some(System::OrdinaryOnly)]),
            access: chance.one_in(2),
            tells: !chance.one_in(3),
            has_leader: !chance.one_in(6),
        }
    }

    /// What we can find out beforehand about who opens confidential mail there.
    pub(super) const fn coverage(&self) -> Coverage {
        match (self.tells, self.access) {
            (false, _) => Coverage::Unknown,
            (true, true) => Coverage::Held,
            (true, false) => Coverage::NotHeld,
        }
    }
}

impl Person {
    fn new(nth: usize, chance: &Chance) -> Self {
        let contacts = [Contact::DigitalMailbox, Contact::Altinn, Contact::Reserved, Contact::Unknown];
        Self { recipient: person(nth), contact: chance.pick(&contacts) }
    }
}

impl Planned {
    fn new(number: usize, recipient: Recipient, chance: &Chance) -> Self {
        Self {
            number,
            recipient,
            class: chance.pick(&[C::Open, C::Open, C::Restricted, C::Confidential, C::StrictlyConfidential]),
            case: chance.pick(&[CASES[0], CASES[0], CASES[0], CASES[1], CASES[2]]),
            digital_only: chance.one_in(3),
            known_person: chance.one_in(3),
            ignore_reservation: chance.one_in(4),
        }
    }

    /// Whether only few may read it: by what its sender said, or because all is sensitive in such a case.
    pub(super) fn is_sensitive(&self) -> bool {
        matches!(self.class, C::Confidential | C::StrictlyConfidential)
            || matches!(self.case, CaseKind::PupilFile | CaseKind::ChildFile)
    }

    /// What its title and its document, and nothing else, have in them.
    pub(super) fn mark(&self) -> String {
        format!("{MARK}{:04}.", self.number)
    }
}

/// Which letter a text or document is of.
pub(super) fn letter_of(content: &[u8]) -> Option<usize> {
    let text = String::from_utf8_lossy(content);
    let (_, rest) = text.split_once(MARK)?;
    rest.split_once('.')?.0.parse().ok()
}

const MARK: &str = "kjennemerke-";
