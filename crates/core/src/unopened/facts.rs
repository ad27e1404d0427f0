use serde::{Deserialize, Serialize};

use crate::routing::{Coverage, MailboxKind, PrintSetting, RecipientKind};

/// Which way mail goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// From us to somebody (R5.3).
    Sent,
    /// To one of our organisation numbers (R5.4).
    Received,
}

impl Direction {
    /// Both ways.
    pub const ALL: [Self; 2] = [Self::Sent, Self::Received];
}

/// Where unopened mail lies, told apart by what can be done about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// In an organisation's Altinn, for those who were given the access.
    Altinn,
    /// With a system that is to fetch it: SvarInn, the health network, or our own intake.
    System,
    /// In a person's own mailbox or document share.
    OwnMailbox,
    /// Nowhere any more: the channel closed or deleted it, and nobody is known to have opened it.
    Gone,
}

impl Place {
    /// Every place.
    pub const ALL: [Self; 4] = [Self::Altinn, Self::System, Self::OwnMailbox, Self::Gone];

    /// The place that a mailbox is; nothing for paper, which nobody can be seen to open.
    #[must_use]
    pub const fn of(mailbox: MailboxKind) -> Option<Self> {
        match mailbox {
            MailboxKind::ReceiverSystem | MailboxKind::HealthNetwork => Some(Self::System),
            MailboxKind::OrganisationInbox | MailboxKind::ConfidentialInbox => Some(Self::Altinn),
            MailboxKind::CitizenMailbox | MailboxKind::DocumentShare => Some(Self::OwnMailbox),
            MailboxKind::Paper => None,
        }
    }
}

/// How old unopened mail is, measured against the tenant's limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AgeBand {
    /// It may well be opened without anybody's help.
    Fresh,
    /// Long enough to remind of.
    ToRemind,
    /// Past the deadline for being opened.
    Overdue,
    /// So old that it must reach its recipient in another way.
    Critical,
}

impl AgeBand {
    /// Every band, youngest first.
    pub const ALL: [Self; 4] = [Self::Fresh, Self::ToRemind, Self::Overdue, Self::Critical];
}

/// What has been done so far to have it opened: reminders and other contact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Contacted {
    /// Nothing.
    Never,
    /// A reminder was made and never arrived; another is possible.
    Failed,
    /// As many reminders were made as are of any use, and none arrived.
    Unreachable,
    /// So lately that an answer should be waited for.
    Recently,
    /// Some time ago, in vain; another reminder is possible.
    InVain,
    /// So often that another reminder is of no use.
    Enough,
}

impl Contacted {
    /// Every answer.
    pub const ALL: [Self; 6] =
        [Self::Never, Self::Failed, Self::Unreachable, Self::Recently, Self::InVain, Self::Enough];
}

/// How well we know that it is unopened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Knowledge {
    /// The channel confirmed that it lies there, and would have told of an opening.
    Confirmed,
    /// The channel handed it on, and nobody confirmed its arrival.
    Unconfirmed,
    /// The channel has not been heard for too long, or is not asked any more.
    Stale,
    /// The channel said something that this version does not understand.
    Unrecognised,
}

impl Knowledge {
    /// Every degree.
    pub const ALL: [Self; 4] = [Self::Confirmed, Self::Unconfirmed, Self::Stale, Self::Unrecognised];

    /// Whether it may have been opened without us knowing.
    #[must_use]
    pub const fn is_doubtful(self) -> bool {
        matches!(self, Self::Stale | Self::Unrecognised)
    }
}

/// Everything that a recommendation rests on. Finite by construction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Facts {
    /// Which way it went.
    pub direction: Direction,
    /// What kind of recipient; one of our own organisation numbers for received mail.
    pub recipient: RecipientKind,
    /// Where it lies.
    pub place: Place,
    /// How old it is.
    pub age: AgeBand,
    /// Whether somebody could open it, where that takes an access.
    pub coverage: Coverage,
    /// What the sender account does with unopened mail to organisations.
    pub print: PrintSetting,
    /// The sender wants no paper.
    pub digital_only: bool,
    /// What was done so far.
    pub contacted: Contacted,
    /// How well its status is known.
    pub knowledge: Knowledge,
    /// The recipient has a system of its own that would take it now.
    pub system_at_hand: bool,
    /// It can be put on paper.
    pub paper_at_hand: bool,
}

impl Facts {
    /// Every combination there is.
    pub fn every() -> impl Iterator<Item = Self> {
        let start = Self {
            direction: Direction::Sent,
            recipient: RecipientKind::Organisation,
            place: Place::Altinn,
            age: AgeBand::Fresh,
            coverage: Coverage::Held,
            print: PrintSetting::Unknown,
            digital_only: false,
            contacted: Contacted::Never,
            knowledge: Knowledge::Confirmed,
            system_at_hand: false,
            paper_at_hand: false,
        };
        let flags = [false, true];
        each([start], Direction::ALL, |facts, direction| Self { direction, ..facts })
            .flat_map(|facts| each([facts], RecipientKind::ALL, |facts, recipient| Self { recipient, ..facts }))
            .flat_map(|facts| each([facts], Place::ALL, |facts, place| Self { place, ..facts }))
            .flat_map(|facts| each([facts], AgeBand::ALL, |facts, age| Self { age, ..facts }))
            .flat_map(|facts| each([facts], Coverage::ALL, |facts, coverage| Self { coverage, ..facts }))
            .flat_map(|facts| each([facts], PrintSetting::ALL, |facts, print| Self { print, ..facts }))
            .flat_map(move |facts| each([facts], flags, |facts, digital_only| Self { digital_only, ..facts }))
            .flat_map(|facts| each([facts], Contacted::ALL, |facts, contacted| Self { contacted, ..facts }))
            .flat_map(|facts| each([facts], Knowledge::ALL, |facts, knowledge| Self { knowledge, ..facts }))
            .flat_map(move |facts| each([facts], flags, |facts, system_at_hand| Self { system_at_hand, ..facts }))
            .flat_map(move |facts| each([facts], flags, |facts, paper_at_hand| Self { paper_at_hand, ..facts }))
    }

    /// Whether the sender account prints it by itself when it stays unopened (R4.6).
    #[must_use]
    pub fn prints_by_itself(&self) -> bool {
        self.direction == Direction::Sent
            && self.place == Place::Altinn
            && self.print == PrintSetting::PrintWhenUnopened
            && !self.digital_only
    }
}

/// Each of the facts with each of the values.
fn each<F: Copy, V: Copy, const N: usize>(
    facts: [F; 1],
    values: [V; N],
    set: impl Fn(F, V) -> F,
) -> impl Iterator<Item = F> {
    let [facts] = facts;
    values.into_iter().map(move |value| set(facts, value))
}
