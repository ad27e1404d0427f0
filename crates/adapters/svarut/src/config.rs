use std::{collections::BTreeMap, time::Duration};

use sakarkiv_core::{
    identity::{AccountId, OrganisationNumber},
    routing::PrintSetting,
};
use sakarkiv_http::BaseUrl;
use serde::{Deserialize, Serialize};
use thiserror::Error;
use uuid::Uuid;

/// How to reach SvarUt and which sender accounts there are. Holds no secret: the integration's password is given apart.
///
/// ```
/// use sakarkiv_svarut::SvarUtConfig;
///
/// let config: SvarUtConfig = serde_json::from_str(
///     r#"{
///         "base_url": "https://test.svarut.ks.no/api",
///         "integration_id": "0f9f3c0e-6a1b-4f0e-8a37-2a7f1fd5d6e2",
///         "accounts": {
///             "byplan": {
///                 "konto": "5b0e0f6a-6f0c-4c0e-9a53-0d4e3f1f7c11",
///                 "print": "print_when_unopened",
///                 "dialogue": true
///             }
///         }
///     }"#,
/// )?;
/// assert_eq!(config.timeouts.send_seconds, 16 * 60);
/// config.check()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SvarUtConfig {
    /// The interface's address, which ends in `/api` at KS.
    pub base_url: BaseUrl,
    /// The integration's id (IntegrasjonId), from Fiks Forvaltning.
    pub integration_id: Uuid,
    /// The sender accounts (kontoer) by our names for them.
    pub accounts: BTreeMap<AccountId, AccountConfig>,
    /// What the shipments say of the system they come from (avgivendeSystem), 1 to 100 characters.
    #[serde(default = "default_system")]
    pub sending_system: String,
    /// Which access tokens are asked for.
    #[serde(default)]
    pub token: TokenSettings,
    /// Which letters' documents are encrypted for SvarUt.
    #[serde(default)]
    pub encrypt: Encrypt,
    /// Where SvarUt's certificate is, when not at `/forsendelse/publickey/hent` on the same host.
    #[serde(default)]
    pub certificate_url: Option<BaseUrl>,
    /// How long calls may take.
    #[serde(default)]
    pub timeouts: Timeouts,
    /// How long answers of look-ups are kept.
    #[serde(default)]
    pub keep: Keep,
    /// How many ids one status call carries, 1 to 1000. The interface states no limit; its predecessor's was 1000.
    #[serde(default = "default_batch")]
    pub status_batch: usize,
    /// The least number of bytes of PDF that SvarUt no longer prints: 350 MB in its documentation.
    #[serde(default = "default_print_limit")]
    pub print_limit_bytes: u64,
    /// How many shipments one account sends at a time. SvarUt publishes no limit.
    #[serde(default = "default_concurrency")]
    pub concurrency: usize,
}

/// One sender account (avsenderkonto).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccountConfig {
    /// The account's id (kontoId).
    pub konto: Uuid,
    /// What the account is set to do with mail to organisations that nobody opens. Set in Fiks Forvaltning and not readable
    /// through the interface, so it is repeated here; a wrong value here misleads the routing.
    #[serde(default = "unknown_print")]
    pub print: PrintSetting,
    /// Whether letters may go straight to the printer, for recipients that have no other way and where paper is the safe one.
    #[serde(default = "yes")]
    pub paper: bool,
    /// Whether recipients may be offered an answer by eDialog, when a letter asks for it.
    #[serde(default)]
    pub dialogue: bool,
    /// Whether signing is activated for the account, which takes an agreement with Digdir. Set in Fiks Forvaltning and not
    /// readable through the interface.
    #[serde(default)]
    pub signing: bool,
    /// The organisation that this account's tokens are asked for on behalf of, when it is another than the client's own.
    #[serde(default)]
    pub consumer_org: Option<OrganisationNumber>,
}

/// Which access tokens are asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TokenSettings {
    /// The scope.
    pub scope: String,
    /// The receiver of the token, when Maskinporten is to bind it to one.
    pub resource: Option<String>,
}

/// Which letters' documents are encrypted with SvarUt's certificate, each by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Encrypt {
    /// Those that need the highest login level, where SvarUt demands it, and all that are confidential.
    #[default]
    WhenRequired,
    /// Every one.
    Always,
}

/// How long calls may take, in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Timeouts {
    /// Sending. SvarUt itself gives up after 15 minutes; waiting longer than that is what brings its verdict home.
    pub send_seconds: u32,
    /// Everything else.
    pub read_seconds: u32,
    /// How long after an unknown outcome a shipment may still appear: SvarUt's own 15 minutes and some more.
    pub settle_seconds: u32,
}

/// How long answers of look-ups are kept, in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Keep {
    /// Receiver systems (mottakersystemer) of an organisation.
    pub receiver_systems_seconds: u32,
    /// The list of message types (forsendelsestyper).
    pub message_types_seconds: u32,
    /// SvarUt's certificate.
    pub certificate_seconds: u32,
}

/// A configuration that cannot work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum SvarUtConfigError {
    /// `sending_system` has a wrong length.
    #[error("`sending_system` must have 1 to 100 characters")]
    SendingSystem,
    /// `status_batch` is out of range.
    #[error("`status_batch` must be 1 to 1000")]
    StatusBatch,
    /// `concurrency` is 0.
    #[error("`concurrency` must be at least 1")]
    Concurrency,
    /// A time-out is 0.
    #[error("time-outs must be at least one second")]
    Timeout,
    /// The password has characters that no header carries.
    #[error("the integration's password is empty or has characters that no HTTP header carries; copy it again")]
    Password,
}

impl SvarUtConfig {
    /// Checks what the types do not.
    ///
    /// # Errors
    /// [`SvarUtConfigError`] names the setting.
    pub fn check(&self) -> Result<(), SvarUtConfigError> {
        if self.sending_system.trim().is_empty() || self.sending_system.encode_utf16().count() > 100 {
            return Err(SvarUtConfigError::SendingSystem);
        }
        if !(1..=MOST_IDS).contains(&self.status_batch) {
            return Err(SvarUtConfigError::StatusBatch);
        }
        if self.concurrency == 0 {
            return Err(SvarUtConfigError::Concurrency);
        }
        if self.timeouts.send_seconds == 0 || self.timeouts.read_seconds == 0 {
            return Err(SvarUtConfigError::Timeout);
        }
        Ok(())
    }

    pub(crate) fn certificate_url(&self) -> BaseUrl {
        self.certificate_url.clone().unwrap_or_else(|| self.base_url.with_path("/forsendelse/publickey/hent"))
    }
}

impl Default for TokenSettings {
    fn default() -> Self {
        Self { scope: "ks:fiks".to_owned(), resource: None }
    }
}

impl Default for Timeouts {
    /// 16 minutes to send, one to ask, 20 to settle.
    fn default() -> Self {
        Self { send_seconds: 16 * 60, read_seconds: 60, settle_seconds: 20 * 60 }
    }
}

impl Timeouts {
    pub(crate) const fn send(self) -> Duration {
        Duration::from_secs(self.send_seconds as u64)
    }

    pub(crate) const fn read(self) -> Duration {
        Duration::from_secs(self.read_seconds as u64)
    }

    pub(crate) const fn settle(self) -> Duration {
        Duration::from_secs(self.settle_seconds as u64)
    }
}

impl Default for Keep {
    /// A quarter of an hour, an hour, a day.
    fn default() -> Self {
        Self { receiver_systems_seconds: 15 * 60, message_types_seconds: 60 * 60, certificate_seconds: 24 * 60 * 60 }
    }
}

const MOST_IDS: usize = 1000;

fn default_system() -> String {
    concat!("sakarkiv ", env!("CARGO_PKG_VERSION")).to_owned()
}

const fn default_batch() -> usize {
    MOST_IDS
}

const fn default_print_limit() -> u64 {
    350_000_000
}

const fn default_concurrency() -> usize {
    4
}

const fn unknown_print() -> PrintSetting {
    PrintSetting::Unknown
}

const fn yes() -> bool {
    true
}
