use std::{fmt, path::PathBuf, time::Duration};

use sakarkiv_core::identity::OrganisationNumber;
use sakarkiv_http::BaseUrl;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use thiserror::Error;

/// One SvarInn registration (mottakersystem): where it is, how to sign in, and what incoming mail may cost.
///
/// The private keys are not part of it; they come as a [`Keyring`](sakarkiv_cms::Keyring). In TOML, where only the first
/// three are needed:
///
/// ```
/// use sakarkiv_svarut::svarinn::{Protocol, SvarInnConfig};
///
/// let config: SvarInnConfig = toml::from_str(r#"
///     base_url = "https://test.svarut.ks.no/tjenester"     # or .../api: KS' own pages disagree
///     username = "mottakersystem-arkiv"
///     password = "servicepassord"
///
///     protocol = "auto"                                    # v2, v1, or auto: V2, and V1 where there is no V2
///     organisations = ["310000027"]                        # empty: every number the registration covers
///     spool_directory = "/var/spool/sakarkiv"              # absent: the system's folder for temporary files
///     poll_interval_seconds = 900
///     list_timeout_seconds = 120
///     fetch_timeout_seconds = 960
///
///     [limits]
///     total_bytes = 2_000_000_000
///     entries = 500
///
///     [dialogue]
///     systems = ["EDIALOG"]
///     types = ["eDialog"]
/// "#)?;
/// assert_eq!(config.protocol, Protocol::Auto);
/// assert_eq!(config.limits.entries, 500);
/// assert_eq!(config.limits.compression_ratio, 200);
/// # Ok::<(), toml::de::Error>(())
/// ```
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct SvarInnConfig {
    /// What all endpoints lie under. The published definition says `/tjenester`, the published prose `/api`.
    pub base_url: BaseUrl,
    /// User name of the mottakersystem.
    pub username: String,
    /// Its service password (servicepassord).
    pub password: SecretString,
    /// Which version of the interface is spoken.
    #[serde(default)]
    pub protocol: Protocol,
    /// The organisation numbers this inbox takes mail for; empty for all. One login may cover several, and mail for a number
    /// that is not ours is shown as a problem and never fetched.
    #[serde(default)]
    pub organisations: Vec<OrganisationNumber>,
    /// How often SvarInn wants to be asked, in seconds. KS recommends every 15 minutes.
    #[serde(default = "defaults::poll_interval")]
    pub poll_interval_seconds: u64,
    /// The longest that listing, acknowledging or refusing may take, in seconds.
    #[serde(default = "defaults::list_timeout")]
    pub list_timeout_seconds: u64,
    /// The longest that fetching one item may take, in seconds. The server gives up after 15 minutes; ours is 16, so that it
    /// is the server who gives up first.
    #[serde(default = "defaults::fetch_timeout")]
    pub fetch_timeout_seconds: u64,
    /// Where downloads and documents lie, in files without a name, while they are checked. They hold mail in the clear:
    /// choose an encrypted or memory-backed file system where that matters. Absent: the system's folder for such files.
    #[serde(default)]
    pub spool_directory: Option<PathBuf>,
    /// What one item may cost.
    #[serde(default)]
    pub limits: ContentLimits,
    /// What tells dialogue mail and signed returns from letters.
    #[serde(default)]
    pub dialogue: DialogueRule,
}

/// Which version of the SvarInn interface is spoken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Protocol {
    /// V2; where its list does not exist (404), V1, which is then remembered.
    #[default]
    Auto,
    /// V2 only.
    V2,
    /// V1 only: deprecated, without an end date.
    V1,
}

/// What one item may cost. Sizes in bytes. Everything beyond is refused, as something broken, before it fills a disk.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct ContentLimits {
    /// The list of waiting mail. Default 64 MiB: 200 items with all their metadata are far below it.
    pub list_bytes: u64,
    /// The encrypted download. Default 4 GiB.
    pub download_bytes: u64,
    /// All documents of an item together. Default 4 GiB.
    pub total_bytes: u64,
    /// One document. Default 2 GiB.
    pub file_bytes: u64,
    /// Documents (archive entries). Default 1000.
    pub entries: usize,
    /// How many times larger than the archive its documents together may be, once they are above 1 MiB. Default 200.
    pub compression_ratio: u64,
}

/// What tells dialogue mail (eDialog) and signed returns from other mail (R4.7). Compared without regard to case.
///
/// The first that fits decides:
/// 1. message type (forsendelsestype) in `signed_types`: a signed return;
/// 2. message type in `types`, or sending system (avgivendeSystem) in `systems`: dialogue;
/// 3. any other message type: that type;
/// 4. no type and no sending system told, but it answers a letter of ours and replies go to a person: dialogue, as only
///    eDialog lets people answer; this is how it looks in V1;
/// 5. otherwise a letter.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct DialogueRule {
    /// Sending systems. Default `EDIALOG`, which is what SvarUt writes for its own dialogue form.
    pub systems: Vec<String>,
    /// Message types. Default `eDialog`; add those that your own dialogue links ask for.
    pub types: Vec<String>,
    /// Message types of signed documents. Default `ks.signertforsendelse`.
    pub signed_types: Vec<String>,
}

/// A configuration that cannot work.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum SvarInnConfigError {
    /// The user name is empty or has a colon or control characters, or the password is empty.
    #[error(
        "SvarInn needs a user name without `:` and a password; take both from the registration of the mottakersystem"
    )]
    Credentials,
    /// A time or limit is zero.
    #[error("`{0}` must be above zero")]
    Zero(&'static str),
}

impl SvarInnConfig {
    /// A registration with everything else at its default.
    #[must_use]
    pub fn new(base_url: BaseUrl, username: impl Into<String>, password: SecretString) -> Self {
        Self {
            base_url,
            username: username.into(),
            password,
            protocol: Protocol::default(),
            organisations: Vec::new(),
            poll_interval_seconds: defaults::poll_interval(),
            list_timeout_seconds: defaults::list_timeout(),
            fetch_timeout_seconds: defaults::fetch_timeout(),
            spool_directory: None,
            limits: ContentLimits::default(),
            dialogue: DialogueRule::default(),
        }
    }

    /// Checks what types alone do not.
    ///
    /// # Errors
    /// [`SvarInnConfigError`] names the setting.
    pub fn validate(&self) -> Result<(), SvarInnConfigError> {
        let name = &self.username;
        if name.is_empty()
            || name.contains(|c: char| c == ':' || c.is_control())
            || self.password.expose_secret().is_empty()
        {
            return Err(SvarInnConfigError::Credentials);
        }
        let limits = &self.limits;
        let above_zero = [
            ("poll_interval_seconds", self.poll_interval_seconds),
            ("list_timeout_seconds", self.list_timeout_seconds),
            ("fetch_timeout_seconds", self.fetch_timeout_seconds),
            ("limits.list_bytes", limits.list_bytes),
            ("limits.download_bytes", limits.download_bytes),
            ("limits.total_bytes", limits.total_bytes),
            ("limits.file_bytes", limits.file_bytes),
            ("limits.entries", u64::try_from(limits.entries).unwrap_or(u64::MAX)),
            ("limits.compression_ratio", limits.compression_ratio),
        ];
        above_zero.into_iter().find(|(_, value)| *value == 0).map_or(Ok(()), |(n, _)| Err(SvarInnConfigError::Zero(n)))
    }

    pub(super) const fn poll_interval(&self) -> Duration {
        Duration::from_secs(self.poll_interval_seconds)
    }

    pub(super) const fn list_timeout(&self) -> Duration {
        Duration::from_secs(self.list_timeout_seconds)
    }

    pub(super) const fn fetch_timeout(&self) -> Duration {
        Duration::from_secs(self.fetch_timeout_seconds)
    }
}

impl fmt::Debug for SvarInnConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SvarInnConfig")
            .field("base_url", &self.base_url)
            .field("protocol", &self.protocol)
            .field("organisations", &self.organisations)
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}

impl Default for ContentLimits {
    fn default() -> Self {
        Self {
            list_bytes: 64 << 20,
            download_bytes: 4 << 30,
            total_bytes: 4 << 30,
            file_bytes: 2 << 30,
            entries: 1000,
            compression_ratio: 200,
        }
    }
}

impl Default for DialogueRule {
    fn default() -> Self {
        Self {
            systems: vec!["EDIALOG".to_owned()],
            types: vec!["eDialog".to_owned()],
            signed_types: vec!["ks.signertforsendelse".to_owned()],
        }
    }
}

mod defaults {
    pub(super) const fn poll_interval() -> u64 {
        15 * 60
    }

    pub(super) const fn list_timeout() -> u64 {
        2 * 60
    }

    pub(super) const fn fetch_timeout() -> u64 {
        16 * 60
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config() -> SvarInnConfig {
        SvarInnConfig::new("https://test.svarut.ks.no/tjenester".parse().unwrap(), "arkiv", "hemmelig".into())
    }

    #[test]
    fn the_defaults_follow_what_ks_recommends() {
        let config = config();
        assert_eq!(config.validate(), Ok(()));
        assert_eq!(config.poll_interval(), Duration::from_secs(900));
        assert_eq!(config.fetch_timeout(), Duration::from_secs(960));
    }

    #[test]
    fn credentials_that_cannot_be_sent_and_limits_of_nothing_are_refused() {
        for username in ["", "a:b", "a\nb"] {
            let config = SvarInnConfig { username: username.to_owned(), ..config() };
            assert_eq!(config.validate(), Err(SvarInnConfigError::Credentials), "{username:?}");
        }
        let without = SvarInnConfig { password: "".into(), ..config() };
        assert_eq!(without.validate(), Err(SvarInnConfigError::Credentials));
        let nothing = SvarInnConfig { limits: ContentLimits { entries: 0, ..ContentLimits::default() }, ..config() };
        assert_eq!(nothing.validate(), Err(SvarInnConfigError::Zero("limits.entries")));
    }

    #[test]
    fn neither_user_name_nor_password_is_shown() {
        let shown = format!("{:?}", config());
        assert!(!shown.contains("hemmelig") && !shown.contains("arkiv"), "{shown}");
    }
}
