use std::{collections::BTreeMap, time::Duration};

use sakarkiv_core::identity::{AccountId, OrganisationNumber};
use sakarkiv_http::{BaseUrl, SystemUser};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use thiserror::Error;

/// How to reach Altinn as a sender, and which sender accounts there are.
///
/// ```
/// use sakarkiv_altinn::AltinnConfig;
///
/// let config: AltinnConfig = toml::from_str(
///     r#"
///     base_url = "https://platform.tt02.altinn.no"
///
///     [accounts.byplan]
///     organisations = { id = "eksempel-brev" }
///     persons = { id = "eksempel-brev" }
///
///     [accounts.byplan.confidential]
///     id = "eksempel-taushetsbelagt"
///     service_name = "Taushetsbelagt post fra Eksempel kommune"
///     highest_level = true
///     "#,
/// )?;
/// config.check()?;
/// assert_eq!(config.timeouts.scan_seconds, 600);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AltinnConfig {
    /// The platform's address, without a path of its own.
    pub base_url: BaseUrl,
    /// The sender accounts by our names for them.
    pub accounts: BTreeMap<AccountId, AccountConfig>,
    /// The scopes that tokens are asked for with, blanks between. Never `altinn:correspondence.read`: a token with both
    /// scopes is a sender's to Altinn, and then the recipient's calls fail.
    #[serde(default = "defaults::write_scope")]
    pub scope: String,
    /// The gateway's subscription key, where one is still asked for.
    #[serde(default)]
    pub subscription_key: Option<SecretString>,
    /// How long calls may take.
    #[serde(default)]
    pub timeouts: Timeouts,
    /// Letters whose documents together are larger go by attachments that are uploaded and scanned first, each by itself;
    /// smaller ones go in one call. In bytes, 25 MB when nothing is said.
    #[serde(default = "defaults::one_call_bytes")]
    pub one_call_bytes: u64,
    /// The message shown beside the documents of a letter that brings none of its own.
    #[serde(default = "defaults::message")]
    pub message: String,
    /// How many days the recipient of a confidential letter has, when the letter sets no deadline. Altinn tells of unread
    /// mail only when a deadline has passed.
    #[serde(default = "defaults::due_days")]
    pub due_days: u16,
    /// The fewest days after which documents may expire. Altinn takes no less than 14 in production and 1 in its test
    /// environment; 14 when nothing is said.
    #[serde(default = "defaults::least_expiry_days")]
    pub least_expiry_days: u16,
    /// How many statuses are asked for at a time, 1 to 100; each is a call.
    #[serde(default = "defaults::status_batch")]
    pub status_batch: usize,
    /// How many calls one account makes at a time.
    #[serde(default = "defaults::concurrency")]
    pub concurrency: usize,
}

/// One sender account: which of the organisation's message services it sends by. A kind of recipient without a service is
/// not reached.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccountConfig {
    /// For ordinary letters to organisations.
    #[serde(default)]
    pub organisations: Option<ServiceConfig>,
    /// For letters to persons.
    #[serde(default)]
    pub persons: Option<ServiceConfig>,
    /// For confidential mail to organisations (taushetsbelagt post).
    #[serde(default)]
    pub confidential: Option<ConfidentialConfig>,
    /// Whether recipients are notified, and reminded, of letters that say nothing of it. Those of confidential mail always
    /// are.
    #[serde(default = "defaults::yes")]
    pub notify: bool,
    /// The organisation that this account's tokens are asked for on behalf of, when it is another than the client's own.
    #[serde(default)]
    pub consumer_org: Option<OrganisationNumber>,
}

/// A message service: a resource in Altinn's Resource Registry.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServiceConfig {
    /// The resource's id, without `urn:altinn:resource:`.
    pub id: String,
    /// Whether the service's policy lets only those in who have logged in at the highest level. Sensitive letters go by no
    /// other.
    #[serde(default)]
    pub highest_level: bool,
}

/// A message service whose policy marks it as confidential.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConfidentialConfig {
    /// The resource's id, without `urn:altinn:resource:`.
    pub id: String,
    /// The service's name as Altinn shows it: what the recipient must give somebody access to. Part of each notification,
    /// at most 60 characters.
    pub service_name: String,
    /// How lists and notifications name the sender. The name of a unit may reveal what a letter is about; without a name here
    /// lists show the letter's own sender, and notifications only say that it is a public body.
    #[serde(default)]
    pub sender_name: Option<String>,
    /// Shows letters' own titles and summaries in lists, which more people may see than the letters. Otherwise lists show the
    /// case number, and the title is the first line of the message.
    #[serde(default)]
    pub shows_titles: bool,
    /// Whether the service's policy lets only those in who have logged in at the highest level.
    #[serde(default)]
    pub highest_level: bool,
    /// Which way the policy keeps it confidential.
    #[serde(default)]
    pub access: ConfidentialAccess,
}

/// How access to a confidential service is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConfidentialAccess {
    /// By the access package for confidential mail (post til virksomheten med taushetsbelagt innhold).
    #[default]
    Package,
    /// Person by person, for this service alone (eksplisitt).
    Explicit,
}

/// How long calls may take, in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Timeouts {
    /// One call with documents.
    pub send_seconds: u32,
    /// Everything else.
    pub read_seconds: u32,
    /// How long uploaded attachments may wait for the virus scan. Altinn allows itself ten minutes.
    pub scan_seconds: u32,
    /// How long after an unknown outcome a message may still appear.
    pub settle_seconds: u32,
}

/// How to reach Altinn as a recipient, for one organisation number.
///
/// ```
/// use sakarkiv_altinn::AltinnInboxConfig;
///
/// let config: AltinnInboxConfig = toml::from_str(
///     r#"
///     base_url = "https://platform.tt02.altinn.no"
///     organisation = "310000027"
///     services = [{ id = "statens-brev" }, { id = "statens-taushetsbelagt", confidential = true }]
///     system_user = { organisation = "310000027", reference = "arkiv" }
///     "#,
/// )?;
/// config.check()?;
/// assert!(config.services[1].confidential && config.message_as_document);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AltinnInboxConfig {
    /// The platform's address, without a path of its own.
    pub base_url: BaseUrl,
    /// Whose inbox it is. A subunit's mail is its own: each number has its own inbox.
    pub organisation: OrganisationNumber,
    /// The message services to read. There is no list of everything: a service that is not named here is not read.
    pub services: Vec<InboxServiceConfig>,
    /// The system user that reads, for whoever reads for somebody else.
    #[serde(default)]
    pub system_user: Option<SystemUser>,
    /// The organisation that tokens are asked for on behalf of (`consumer_org`).
    #[serde(default)]
    pub consumer_org: Option<OrganisationNumber>,
    /// Whether lists name the organisation (`onBehalfOf`), which they must for a subunit read with its main unit's token.
    #[serde(default)]
    pub on_behalf_of: bool,
    /// The scopes that tokens are asked for with, blanks between. Never `altinn:correspondence.write`.
    #[serde(default = "defaults::read_scope")]
    pub scope: String,
    /// The gateway's subscription key, where one is still asked for.
    #[serde(default)]
    pub subscription_key: Option<SecretString>,
    /// How many days back mail is looked for. What was published before that is taken to have been taken in.
    #[serde(default = "defaults::look_back_days")]
    pub look_back_days: u16,
    /// How many days back mail is looked for that lies unopened: far longer, since what has lain longest matters most.
    #[serde(default = "defaults::unopened_look_back_days")]
    pub unopened_look_back_days: u16,
    /// How often Altinn is asked, in seconds.
    #[serde(default = "defaults::poll_seconds")]
    pub poll_seconds: u32,
    /// The longest that one call may take, and one pause in a download, in seconds.
    #[serde(default = "defaults::read_seconds")]
    pub read_seconds: u32,
    /// The longest that fetching one message may take, in seconds.
    #[serde(default = "defaults::fetch_seconds")]
    pub fetch_seconds: u32,
    /// The largest document that is taken, in bytes. Default 2 GB, the most that Altinn takes in one call.
    #[serde(default = "defaults::document_bytes")]
    pub document_bytes: u64,
    /// Keeps the text of a message as a document of its own, since it is part of the record. Otherwise it is kept among the
    /// further metadata, in the document that has all of them.
    #[serde(default = "defaults::yes")]
    pub message_as_document: bool,
}

/// One message service to read.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InboxServiceConfig {
    /// The resource's id, without `urn:altinn:resource:`.
    pub id: String,
    /// Everything that comes by it is confidential, whether the message says so or not.
    #[serde(default)]
    pub confidential: bool,
}

/// A configuration that cannot work.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum AltinnConfigError {
    /// A resource id is empty, too long or has a colon.
    #[error("`{0}` is no resource id; write it without `urn:altinn:resource:`")]
    Resource(String),
    /// An account or inbox has no service at all.
    #[error("`{0}` has no message service; name at least one")]
    NoService(String),
    /// One resource is set up as ordinary and as confidential.
    #[error("`{0}` is set up both for ordinary and for confidential mail; it can only be one")]
    TwoKinds(String),
    /// The name of a confidential service is blank or too long for a text message.
    #[error("the name of the confidential service `{0}` must have 1 to 60 characters without `$`")]
    ServiceName(String),
    /// Reading and writing scopes together.
    #[error("the scope must hold `{wanted}` and not `{unwanted}`: Altinn takes a token with both for a sender's")]
    Scope {
        /// The scope that is needed.
        wanted: &'static str,
        /// The scope that must not be there.
        unwanted: &'static str,
    },
    /// A number is out of range.
    #[error("`{0}` is out of range")]
    Range(&'static str),
    /// The subscription key has characters that no header carries.
    #[error("the subscription key has characters that no HTTP header carries; copy it again")]
    SubscriptionKey,
}

pub(crate) const WRITE: &str = "altinn:correspondence.write";
pub(crate) const READ: &str = "altinn:correspondence.read";

impl AltinnConfig {
    /// Checks what the types do not.
    ///
    /// # Errors
    /// [`AltinnConfigError`] names the setting.
    pub fn check(&self) -> Result<(), AltinnConfigError> {
        check_scope(&self.scope, WRITE, READ)?;
        check_key(self.subscription_key.as_ref())?;
        for (name, account) in &self.accounts {
            account.check(name)?;
        }
        let timeouts = self.timeouts;
        let above_zero = [
            ("timeouts.send_seconds", timeouts.send_seconds),
            ("timeouts.read_seconds", timeouts.read_seconds),
            ("timeouts.scan_seconds", timeouts.scan_seconds),
            ("due_days", u32::from(self.due_days)),
            ("least_expiry_days", u32::from(self.least_expiry_days)),
            ("message", u32::from(crate::text::whole(&self.message, LONGEST_MESSAGE).is_some())),
            ("status_batch", u32::from((1..=MOST_STATUSES).contains(&self.status_batch))),
            ("concurrency", u32::from(self.concurrency > 0)),
        ];
        above_zero.into_iter().find(|(_, n)| *n == 0).map_or(Ok(()), |(name, _)| Err(AltinnConfigError::Range(name)))
    }
}

impl AccountConfig {
    fn check(&self, name: &AccountId) -> Result<(), AltinnConfigError> {
        let ordinary = || [&self.organisations, &self.persons].into_iter().flatten();
        for service in ordinary() {
            check_resource(&service.id)?;
        }
        if let Some(confidential) = &self.confidential {
            check_resource(&confidential.id)?;
            let named = crate::text::whole(&confidential.service_name, LONGEST_SERVICE_NAME);
            if named.is_none_or(|name| name.contains('$')) {
                return Err(AltinnConfigError::ServiceName(confidential.id.clone()));
            }
            if ordinary().any(|service| service.id == confidential.id) {
                return Err(AltinnConfigError::TwoKinds(confidential.id.clone()));
            }
        } else if ordinary().next().is_none() {
            return Err(AltinnConfigError::NoService(name.to_string()));
        }
        Ok(())
    }

    /// The ids of every resource that the account sends by.
    pub(crate) fn resources(&self) -> Vec<&str> {
        let ordinary = [&self.organisations, &self.persons].into_iter().flatten().map(|service| service.id.as_str());
        let mut all = ordinary.chain(self.confidential.iter().map(|service| service.id.as_str())).collect::<Vec<_>>();
        all.sort_unstable();
        all.dedup();
        all
    }
}

impl AltinnInboxConfig {
    /// Checks what the types do not.
    ///
    /// # Errors
    /// [`AltinnConfigError`] names the setting.
    pub fn check(&self) -> Result<(), AltinnConfigError> {
        check_scope(&self.scope, READ, WRITE)?;
        check_key(self.subscription_key.as_ref())?;
        if self.services.is_empty() {
            return Err(AltinnConfigError::NoService(self.organisation.to_string()));
        }
        for service in &self.services {
            check_resource(&service.id)?;
            if self.services.iter().any(|other| other.id == service.id && other.confidential != service.confidential) {
                return Err(AltinnConfigError::TwoKinds(service.id.clone()));
            }
        }
        let above_zero = [
            ("look_back_days", u32::from(self.look_back_days)),
            ("unopened_look_back_days", u32::from(self.unopened_look_back_days)),
            ("poll_seconds", self.poll_seconds),
            ("read_seconds", self.read_seconds),
            ("fetch_seconds", self.fetch_seconds),
            ("document_bytes", u32::from(self.document_bytes > 0)),
        ];
        above_zero.into_iter().find(|(_, n)| *n == 0).map_or(Ok(()), |(name, _)| Err(AltinnConfigError::Range(name)))
    }
}

impl Default for Timeouts {
    /// A quarter of an hour to send, one minute to ask, ten to be scanned, ten to settle.
    fn default() -> Self {
        Self { send_seconds: 15 * 60, read_seconds: 60, scan_seconds: 10 * 60, settle_seconds: 10 * 60 }
    }
}

impl Timeouts {
    pub(crate) const fn send(self) -> Duration {
        Duration::from_secs(self.send_seconds as u64)
    }

    pub(crate) const fn read(self) -> Duration {
        Duration::from_secs(self.read_seconds as u64)
    }

    pub(crate) const fn scan(self) -> Duration {
        Duration::from_secs(self.scan_seconds as u64)
    }

    pub(crate) const fn settle(self) -> Duration {
        Duration::from_secs(self.settle_seconds as u64)
    }
}

fn check_resource(id: &str) -> Result<(), AltinnConfigError> {
    let sound = crate::text::whole(id, 255).is_some_and(|whole| whole == id && !id.contains([':', '/', ' ']));
    if sound { Ok(()) } else { Err(AltinnConfigError::Resource(id.to_owned())) }
}

fn check_scope(scope: &str, wanted: &'static str, unwanted: &'static str) -> Result<(), AltinnConfigError> {
    let has = |name: &str| scope.split_whitespace().any(|one| one == name);
    if has(unwanted) || !(has(wanted) || scope.split_whitespace().any(|one| !one.starts_with("altinn:"))) {
        return Err(AltinnConfigError::Scope { wanted, unwanted });
    }
    Ok(())
}

fn check_key(key: Option<&SecretString>) -> Result<(), AltinnConfigError> {
    let sound = key.is_none_or(|key| http::HeaderValue::from_str(key.expose_secret()).is_ok());
    if sound { Ok(()) } else { Err(AltinnConfigError::SubscriptionKey) }
}

pub(crate) const LONGEST_MESSAGE: usize = 30_000;
const LONGEST_SERVICE_NAME: usize = 60;
const MOST_STATUSES: usize = 100;

mod defaults {
    pub(super) fn write_scope() -> String {
        super::WRITE.to_owned()
    }

    pub(super) fn read_scope() -> String {
        super::READ.to_owned()
    }

    pub(super) fn message() -> String {
        "Brevet ligger vedlagt.".to_owned()
    }

    pub(super) const fn one_call_bytes() -> u64 {
        25_000_000
    }

    pub(super) const fn due_days() -> u16 {
        14
    }

    pub(super) const fn least_expiry_days() -> u16 {
        14
    }

    pub(super) const fn status_batch() -> usize {
        20
    }

    pub(super) const fn concurrency() -> usize {
        4
    }

    pub(super) const fn look_back_days() -> u16 {
        30
    }

    pub(super) const fn unopened_look_back_days() -> u16 {
        400
    }

    pub(super) const fn poll_seconds() -> u32 {
        10 * 60
    }

    pub(super) const fn read_seconds() -> u32 {
        60
    }

    pub(super) const fn fetch_seconds() -> u32 {
        30 * 60
    }

    pub(super) const fn document_bytes() -> u64 {
        2_000_000_000
    }

    pub(super) const fn yes() -> bool {
        true
    }
}

#[cfg(test)]
#[path = "config_tests.rs"]
mod tests;
