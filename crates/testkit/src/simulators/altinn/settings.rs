//! What tests configure at the simulated Altinn.

use std::{collections::BTreeSet, time::Duration};

use uuid::Uuid;

/// The access package (tilgangspakke) that opens confidential mail (taushetsbelagt post). No register role includes it.
pub const CONFIDENTIAL_PACKAGE: &str = "post-til-virksomheten-med-taushetsbelagt-innhold";
/// The access package of ordinary mail, which the usual register roles include.
pub const ORDINARY_PACKAGE: &str = "ordinaer-post-til-virksomheten";
/// The package of a resource that is open only to whoever was given that very resource.
pub const EXPLICIT_PACKAGE: &str = "eksplisitt";
/// The resource under which Altinn tells of unread confidential mail.
pub const REMINDER_RESOURCE: &str = "digdir-reminder-unopened-confidential-correspondences";
/// The register roles, one of which a recipient of confidential mail must have: somebody who could hand the access on.
pub const KEY_ROLES: [&str; 7] = [
    "bestyrende-reder",
    "daglig-leder",
    "deltaker-delt-ansvar",
    "deltaker-fullt-ansvar",
    "innehaver",
    "styreleder",
    "komplementar",
];

/// How the simulated Altinn behaves. Change it with `AltinnSim::configure`; it applies from then on.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Settings {
    /// Where the platform lives, without a trailing slash; it stands in issuers and events.
    /// Default `https://platform.altinn.test`.
    pub base: String,
    /// Limits and delays of the production environment rather than of the test environment. Default: they are.
    pub production: bool,
    /// How long an exchanged token lives. Default 30 minutes.
    pub token_life: Duration,
    /// The exchange answers with a JSON string instead of the bare token; both are met. Default: bare.
    pub quoted_tokens: bool,
    /// How long the scan of an attachment takes; `None`: it never ends by itself. Default 5 seconds.
    pub scan: Option<Duration>,
    /// From the moment a message may be published to its publication. Default 2 seconds.
    pub publish: Duration,
    /// From the answer to a confirmation to its effect. Default 4 seconds.
    pub confirm: Duration,
    /// How long after one `Fetched` the same caller leaves no other through the overview. Default 15 seconds.
    pub debounce: Duration,
    /// Timestamps have no zone, as with older versions of the service. Default: they have.
    pub zoneless_times: bool,
    /// The register of reservations cannot be reached. Default: it can.
    pub reservations_unreachable: bool,
    /// The most bytes of a file in a form. Default 2 GB.
    pub form_file_limit: u64,
    /// The most bytes of a streamed upload. Default 50 GB.
    pub upload_limit: u64,
    /// The most bytes of attachments that are handed out as one archive. Default 2 GB.
    pub archive_limit: u64,
    /// How much of each attachment is kept in memory; longer ones lie in temporary files, in bytes. Default 1 MiB.
    pub keep_bytes: usize,
    /// All attachments at once can be had as one archive. Default: they can.
    pub download_all: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            base: "https://platform.altinn.test".to_owned(),
            production: true,
            token_life: Duration::from_secs(30 * 60),
            quoted_tokens: false,
            scan: Some(Duration::from_secs(5)),
            publish: Duration::from_secs(2),
            confirm: Duration::from_secs(4),
            debounce: Duration::from_secs(15),
            zoneless_times: false,
            reservations_unreachable: false,
            form_file_limit: 2_000_000_000,
            upload_limit: 50_000_000_000,
            archive_limit: 2_000_000_000,
            keep_bytes: 1024 * 1024,
            download_all: true,
        }
    }
}

impl Settings {
    /// The fewest days after which an attachment may expire.
    pub(crate) const fn least_expiration(&self) -> i64 {
        if self.production { 14 } else { 1 }
    }

    /// From the main notification to its reminder.
    pub(crate) const fn reminder_after(&self) -> Duration {
        Duration::from_secs(86_400 * if self.production { 7 } else { 1 })
    }

    /// From publication to the reminder of unread confidential mail.
    pub(crate) const fn confidential_reminder_after(&self) -> Duration {
        Duration::from_secs(if self.production { 7 * 86_400 } else { 60 })
    }

    /// Who issues the exchanged tokens.
    pub(crate) fn issuer(&self) -> String {
        format!("{}/authentication/api/v1/openid/", self.base)
    }
}

/// To whom a resource is open at its recipients.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ResourceKind {
    /// To every holder of an ordinary register role: everybody, for what must be kept from somebody.
    Ordinary,
    /// Only to holders of the confidential package, or of the resource itself.
    Confidential,
    /// Only to holders of the resource itself.
    Explicit,
}

/// A message service in the Resource Registry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resource {
    /// Its id, without `urn:altinn:resource:`.
    pub id: String,
    /// The organisation that owns it, which is the sender of everything under it.
    pub owner: String,
    /// What it is called.
    pub title: String,
    /// To whom it is open.
    pub kind: ResourceKind,
    /// `CorrespondenceService`, `GenericAccessResource` or `AltinnApp`.
    pub resource_type: String,
    /// The lowest authentication level that its policy takes.
    pub level: u8,
    /// Its attachments are not scanned.
    pub unscanned: bool,
    /// Organisations other than the owner that may send under it.
    pub senders: BTreeSet<String>,
}

impl Resource {
    /// A message service of an organisation.
    #[must_use]
    pub fn new(id: impl Into<String>, owner: impl Into<String>, kind: ResourceKind) -> Self {
        let id = id.into();
        Self {
            title: format!("Melding {id}"),
            id,
            owner: owner.into(),
            kind,
            resource_type: "CorrespondenceService".to_owned(),
            level: 0,
            unscanned: false,
            senders: BTreeSet::new(),
        }
    }

    /// For ordinary mail.
    #[must_use]
    pub fn ordinary(id: impl Into<String>, owner: impl Into<String>) -> Self {
        Self::new(id, owner, ResourceKind::Ordinary)
    }

    /// For confidential mail (taushetsbelagt post).
    #[must_use]
    pub fn confidential(id: impl Into<String>, owner: impl Into<String>) -> Self {
        Self::new(id, owner, ResourceKind::Confidential)
    }

    /// Another organisation may send under it, still in the owner's name.
    #[must_use]
    pub fn open_to_sender(mut self, organisation: impl Into<String>) -> Self {
        self.senders.insert(organisation.into());
        self
    }
}

/// What the registers know of a person or an organisation. Whoever is not set exists, has the role `daglig-leder`, has not
/// reserved against digital mail and can be notified.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PartyFacts {
    /// The party register knows it.
    pub exists: bool,
    /// Its name.
    pub name: String,
    /// The roles that people have in it.
    pub roles: BTreeSet<String>,
    /// The organisation whose subunit it is.
    pub main_unit: Option<String>,
    /// It has reserved against digital mail (a person, in KRR).
    pub reserved: bool,
    /// Where notifications go.
    pub email: Option<String>,
    /// Where text messages go.
    pub mobile: Option<String>,
}

impl Default for PartyFacts {
    fn default() -> Self {
        Self {
            exists: true,
            name: "EKSEMPEL PART".to_owned(),
            roles: BTreeSet::from(["daglig-leder".to_owned()]),
            main_unit: None,
            reserved: false,
            email: Some("varsel@part.example".to_owned()),
            mobile: Some("+4799999999".to_owned()),
        }
    }
}

impl PartyFacts {
    /// Nobody the register knows.
    #[must_use]
    pub fn unknown() -> Self {
        Self { exists: false, ..Self::default() }
    }

    /// An organisation without anybody who could hand access on.
    #[must_use]
    pub fn without_key_role() -> Self {
        Self { roles: BTreeSet::new(), ..Self::default() }
    }

    /// A person who has reserved against digital mail.
    #[must_use]
    pub fn reserved() -> Self {
        Self { reserved: true, ..Self::default() }
    }

    /// A subunit: its roles are those of the main unit.
    #[must_use]
    pub fn subunit_of(main_unit: impl Into<String>) -> Self {
        Self { roles: BTreeSet::new(), main_unit: Some(main_unit.into()), ..Self::default() }
    }

    /// With a name.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }
}

/// Who at an organisation, or on its behalf, can open something.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Holder {
    /// Whoever has an ordinary role there: opens ordinary mail, never confidential.
    Anybody,
    /// A person, by national identity number.
    Person(String),
    /// A system user (systembruker), by its external reference.
    SystemUser(String),
    /// The organisation's own Maskinporten client.
    OwnClient,
}

/// What an organisation gives somebody access to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Access {
    /// An access package (tilgangspakke), by name without URN prefix.
    Package(String),
    /// A single resource.
    Resource(String),
    /// A single message.
    Message(Uuid),
}

impl Access {
    /// The confidential package.
    #[must_use]
    pub fn confidential() -> Self {
        Self::Package(CONFIDENTIAL_PACKAGE.to_owned())
    }

    /// The ordinary package.
    #[must_use]
    pub fn ordinary() -> Self {
        Self::Package(ORDINARY_PACKAGE.to_owned())
    }
}

/// What the scan of an attachment finds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing.
    Clean,
    /// Malware: the attachment fails, and every message with it.
    Malicious,
    /// The scan never ends by itself.
    Never,
}
