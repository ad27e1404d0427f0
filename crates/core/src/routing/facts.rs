use serde::{Deserialize, Serialize};

use super::policy::RuleSet;
use crate::{delivery::Recipient, sensitivity::SensitivityClass};

/// What kind of recipient (question 1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RecipientKind {
    /// A legal entity with an organisation number.
    Organisation,
    /// A person with a national identity number.
    Person,
    /// Somebody of whom only name and address are known.
    Addressee,
}

impl RecipientKind {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::Organisation, Self::Person, Self::Addressee];
}

impl From<&Recipient> for RecipientKind {
    fn from(recipient: &Recipient) -> Self {
        match recipient {
            Recipient::Organisation { .. } => Self::Organisation,
            Recipient::Person { .. } => Self::Person,
            Recipient::Addressee { .. } => Self::Addressee,
        }
    }
}

/// The kinds of place a letter can land in, told apart by who can open it there (question 2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MailboxKind {
    /// The recipient's own archive or specialist system (mottakersystem, SvarInn). Not involved: Altinn.
    ReceiverSystem,
    /// The health network (NHN): a GP or another health unit.
    HealthNetwork,
    /// An organisation's ordinary inbox in Altinn, open to every holder of a register role such as chair or manager.
    OrganisationInbox,
    /// An organisation's confidential mail in Altinn (taushetsbelagt post), open only to whoever was given that access.
    ConfidentialInbox,
    /// A person's own digital mailbox or Altinn inbox.
    CitizenMailbox,
    /// A document share with a person we know by national identity number ('Del dokument'), who may stand for an
    /// organisation: a case handler there, or a general practitioner.
    DocumentShare,
    /// A letter on paper.
    Paper,
}

impl MailboxKind {
    /// Every kind.
    pub const ALL: [Self; 7] = [
        Self::ReceiverSystem,
        Self::HealthNetwork,
        Self::OrganisationInbox,
        Self::ConfidentialInbox,
        Self::CitizenMailbox,
        Self::DocumentShare,
        Self::Paper,
    ];

    const fn bit(self) -> u8 {
        1 << (self as u8)
    }
}

/// A set of mailbox kinds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct MailboxSet(u8);

impl MailboxSet {
    /// The empty set.
    pub const EMPTY: Self = Self(0);

    /// Adds a kind.
    #[must_use]
    pub const fn with(self, kind: MailboxKind) -> Self {
        Self(self.0 | kind.bit())
    }

    /// Whether a kind is in it.
    #[must_use]
    pub const fn contains(self, kind: MailboxKind) -> bool {
        self.0 & kind.bit() != 0
    }

    /// Every possible set: what an exhaustive test walks through.
    pub fn every() -> impl Iterator<Item = Self> {
        (0..1_u8 << MailboxKind::ALL.len()).map(Self)
    }
}

impl FromIterator<MailboxKind> for MailboxSet {
    fn from_iter<I: IntoIterator<Item = MailboxKind>>(kinds: I) -> Self {
        kinds.into_iter().fold(Self::EMPTY, Self::with)
    }
}

/// What the sender's account does with mail to organisations that nobody opens (R4.6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PrintSetting {
    /// Nothing is printed: unopened mail stays where it is, and nobody is told.
    DigitalOnly,
    /// It is printed and posted after some working days.
    PrintWhenUnopened,
    /// Not known. Treated as if nothing were printed.
    Unknown,
}

impl PrintSetting {
    /// Every setting.
    pub const ALL: [Self; 3] = [Self::DigitalOnly, Self::PrintWhenUnopened, Self::Unknown];
}

/// Whether somebody at the recipient can open confidential mail (R5.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Coverage {
    /// Somebody holds the access.
    Held,
    /// Nobody does: confidential mail would lie unopened.
    NotHeld,
    /// Not known.
    Unknown,
}

impl Coverage {
    /// Every answer.
    pub const ALL: [Self; 3] = [Self::Held, Self::NotHeld, Self::Unknown];
}

/// Everything the decision rests on. Finite by construction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Facts {
    /// Question 1.
    pub recipient: RecipientKind,
    /// Question 3, in classes.
    pub sensitivity: SensitivityClass,
    /// Question 2: what the channels at hand can reach.
    pub reachable: MailboxSet,
    /// Whether confidential mail would be opened.
    pub coverage: Coverage,
    /// What happens to unopened mail.
    pub print: PrintSetting,
    /// The person who is to read it is known to us.
    pub known_person: bool,
    /// The sender wants no paper.
    pub digital_only: bool,
    /// It is to be signed (R4.4).
    pub signing: bool,
    /// Which rules apply.
    pub rules: RuleSet,
}

impl Facts {
    /// Every combination there is.
    pub fn every() -> impl Iterator<Item = Self> {
        let mut facts = Vec::new();
        for recipient in RecipientKind::ALL {
            for sensitivity in SensitivityClass::ALL {
                for coverage in Coverage::ALL {
                    for print in PrintSetting::ALL {
                        for rules in RuleSet::ALL {
                            facts.extend((0..8_u8).map(|flags| Self {
                                recipient,
                                sensitivity,
                                reachable: MailboxSet::EMPTY,
                                coverage,
                                print,
                                known_person: flags & 1 != 0,
                                digital_only: flags & 2 != 0,
                                signing: flags & 4 != 0,
                                rules,
                            }));
                        }
                    }
                }
            }
        }
        facts.into_iter().flat_map(|facts| MailboxSet::every().map(move |reachable| Self { reachable, ..facts }))
    }
}
