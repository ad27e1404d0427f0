//! What tests configure at the simulated SvarUt.

use std::time::Duration;

use sakarkiv_core::identity::Timestamp;
use uuid::Uuid;

/// How the simulated SvarUt behaves. Change it with `SvarUtSim::configure`; it applies from then on, also to shipments
/// under way.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Settings {
    /// How long each step takes.
    pub timings: Timings,
    /// What happens when the same letter is sent again.
    pub duplicates: DuplicateRule,
    /// Letters turned away with 400 are found by reference as `AVVIST`. Default: they are. (Not known of the real one; the
    /// harder case for clients.)
    pub rejected_are_found: bool,
    /// Members that no definition names are refused. Default: they are, because they are misspellings.
    pub unknown_members_refused: bool,
    /// The word for mail put into Altinn: `SENDT_ALTINN` or the older `VARSLET`.
    pub altinn_word: AltinnWord,
    /// Total size of printable PDFs from which a letter that may be printed is refused, in bytes. Default 350 MB.
    pub printable_limit: u64,
    /// How much of each document is kept in memory for inspection, in bytes. Default 1 MiB.
    pub keep_bytes: usize,
    /// Altinn takes nothing in this time.
    pub altinn_outage: Option<(Timestamp, Timestamp)>,
    /// How long mail waits for Altinn before it goes to print. Default 24 hours.
    pub altinn_patience: Duration,
    /// The predefined message types.
    pub message_types: Vec<String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            timings: Timings::default(),
            duplicates: DuplicateRule::Off,
            rejected_are_found: true,
            unknown_members_refused: true,
            altinn_word: AltinnWord::SendtAltinn,
            printable_limit: 350_000_000,
            keep_bytes: 1024 * 1024,
            altinn_outage: None,
            altinn_patience: hours(24),
            message_types: ["byggesak.soknad", "ks.signertforsendelse", "bekymringsmelding"].map(str::to_owned).into(),
        }
    }
}

/// How long each step of a shipment takes, by the clock.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Timings {
    /// `MOTTATT` to `AKSEPTERT`. Default 10 seconds.
    pub accept: Duration,
    /// `AKSEPTERT` to the mailbox, or on to the printer. Default 1 minute.
    pub hand_over: Duration,
    /// `SENDT_ALTINN` to `LEVERT_ALTINN`. Default 10 minutes; `None`: never confirmed.
    pub altinn_confirms: Option<Duration>,
    /// `SENDT_SDP` to `LEVERT_SDP`. Default 5 minutes.
    pub mailbox_confirms: Duration,
    /// `SENDT_NHN_MOTTAKER` to `LEVERT_NHN_MOTTAKER`. Default 5 minutes; `None`: never confirmed.
    pub health_network_confirms: Option<Duration>,
    /// Working days after which unread mail in Altinn goes to print. Default 2.
    pub unread_working_days: u32,
    /// `SENDT_PRINT` to `PRINTET`. Default 6 hours.
    pub print: Duration,
    /// From a final status to `SLETTET`. Default 90 days; `None`: kept for ever.
    pub retention: Option<Duration>,
}

impl Default for Timings {
    fn default() -> Self {
        Self {
            accept: Duration::from_secs(10),
            hand_over: minutes(1),
            altinn_confirms: Some(minutes(10)),
            mailbox_confirms: minutes(5),
            health_network_confirms: Some(minutes(5)),
            unread_working_days: 2,
            print: hours(6),
            retention: Some(hours(24 * 90)),
        }
    }
}

/// What the service does when recipient, title, sender and files are the same as before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DuplicateRule {
    /// It takes the letter again.
    #[default]
    Off,
    /// 400 with `errorCode` null and a text.
    NullCode,
    /// 400 with `errorCode` `GJENTAGENDE_FORSENDELSE`.
    Coded,
}

/// The word for mail put into Altinn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum AltinnWord {
    /// The newest definition.
    #[default]
    SendtAltinn,
    /// The definition of March 2026 and before.
    Varslet,
}

/// A sender account (avsenderkonto).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Its id, which stands in the address of every call.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// The organisation it belongs to.
    pub organisation: String,
    /// Unread mail to organisations goes to print.
    pub prints_for_organisations: bool,
    /// Unread mail to people goes to print.
    pub prints_for_people: bool,
    /// Signing is activated.
    pub signing: bool,
}

impl Account {
    /// An account that prints for people and not for organisations, with signing.
    #[must_use]
    pub fn new(id: Uuid, name: impl Into<String>, organisation: impl Into<String>) -> Self {
        Self {
            id,
            name: name.into(),
            organisation: organisation.into(),
            prints_for_organisations: false,
            prints_for_people: true,
            signing: true,
        }
    }

    /// Unread mail to organisations is printed.
    #[must_use]
    pub const fn printing_for_organisations(mut self) -> Self {
        self.prints_for_organisations = true;
        self
    }

    /// Unread mail to people is not printed.
    #[must_use]
    pub const fn not_printing_for_people(mut self) -> Self {
        self.prints_for_people = false;
        self
    }
}

/// A machine identity on the Fiks platform (integrasjon).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Integration {
    /// `IntegrasjonId`.
    pub id: Uuid,
    /// `IntegrasjonPassord`.
    pub password: String,
    /// The organisation whose tokens it accepts.
    pub organisation: String,
    /// The accounts it may use.
    pub accounts: Vec<Uuid>,
}

/// What the contact register says of a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Contact {
    /// Has a digital mailbox (Digipost, e-Boks).
    DigitalMailbox,
    /// Has none: gets mail in Altinn.
    #[default]
    Altinn,
    /// Has reserved against digital mail: paper.
    Reserved,
    /// Is not in the register: paper.
    Unknown,
}

/// What a recipient does with mail in a digital mailbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Opens {
    /// Lets it lie.
    #[default]
    Never,
    /// Opens it so long after it arrived.
    After(Duration),
}

/// What is known of an organisation that gets mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OrganisationFacts {
    /// It is in Enhetsregisteret.
    pub exists: bool,
    /// Somebody there can open confidential mail in Altinn.
    pub confidential_access: bool,
}

impl Default for OrganisationFacts {
    fn default() -> Self {
        Self { exists: true, confidential_access: true }
    }
}

/// A registration for mail to an organisation number: which receiver system (mottakersystem) gets what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registration {
    /// Its id.
    pub id: Uuid,
    /// The system's user name at the simulated SvarInn.
    pub system: String,
    /// The organisation number.
    pub organisation: String,
    /// The message type it is for; `None`: all others.
    pub message_type: Option<String>,
    /// The level (3 or 4) it is for; `None`: both.
    pub level: Option<u8>,
}

impl Registration {
    /// A system that gets everything for an organisation number.
    #[must_use]
    pub fn everything(id: Uuid, system: impl Into<String>, organisation: impl Into<String>) -> Self {
        Self { id, system: system.into(), organisation: organisation.into(), message_type: None, level: None }
    }

    /// Only one message type.
    #[must_use]
    pub fn only_type(mut self, message_type: impl Into<String>) -> Self {
        self.message_type = Some(message_type.into());
        self
    }

    /// Only one level, 3 or 4.
    #[must_use]
    pub const fn only_level(mut self, level: u8) -> Self {
        self.level = Some(level);
        self
    }
}

const fn minutes(count: u64) -> Duration {
    Duration::from_secs(count * 60)
}

const fn hours(count: u64) -> Duration {
    minutes(count * 60)
}
