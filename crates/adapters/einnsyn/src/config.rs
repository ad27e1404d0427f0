use std::{collections::BTreeMap, time::Duration};

use http::HeaderValue;
use sakarkiv_core::identity::{DocumentId, OrganisationNumber, UnitId};
use sakarkiv_http::BaseUrl;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use thiserror::Error;
use uuid::Uuid;

/// How to reach eInnsyn, and as whom.
///
/// ```
/// use sakarkiv_einnsyn::EInnsynConfig;
///
/// let config: EInnsynConfig = toml::from_str(
///     r#"
///     base_url = "https://api.einnsyn.no"
///     api_key = "secret_abc"
///     organisation = "310000027"
///     files = "https://innsyn.example.no/fil/{entry}/{document}/{name}"
///
///     [units]
///     byplan = "BYPLAN"
///     "#,
/// )?;
/// config.check()?;
/// assert_eq!(config.look_back_days, 30);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EInnsynConfig {
    /// The address of the interface: `https://api.einnsyn.no`.
    pub base_url: BaseUrl,
    /// The key of the organisation's unit (Enhet) in eInnsyn.
    pub api_key: SecretString,
    /// Whose unit it must be. A key of another organisation is refused before anything is published with it.
    pub organisation: OrganisationNumber,
    /// The eInnsyn id (`enh_…`) of a unit below, or handled by, that of the key, to act for it.
    #[serde(default)]
    pub acting_as: Option<String>,
    /// The codes by which eInnsyn knows our units (enhetskode). A unit without one goes by its own id; a code that eInnsyn does
    /// not know makes it show the organisation itself, and it tells nobody.
    #[serde(default)]
    pub units: BTreeMap<UnitId, String>,
    /// The addresses at which open files can be had: eInnsyn keeps none and sends readers there. `{entry}`, `{document}` and
    /// `{name}` stand for the entry (or the thing in a meeting), the document and the file's public name. What serves them must
    /// hold a file back by itself until it is open. Without it no files are published, only their titles.
    #[serde(default)]
    pub files: Option<String>,
    /// The shortest time from the beginning of one call to that of the next, in milliseconds.
    #[serde(default = "defaults::pause_ms")]
    pub pause_ms: u32,
    /// The longest a call may take, in seconds.
    #[serde(default = "defaults::call_seconds")]
    pub call_seconds: u32,
    /// How many entries are compared in one call, 1 to 100.
    #[serde(default = "defaults::page")]
    pub page: u16,
    /// How many days after it was placed a request for access is still waited for to be confirmed, and so read again.
    #[serde(default = "defaults::look_back_days")]
    pub look_back_days: u16,
    /// The eInnsyn ids (`enh_…`) of further units that own entries and whose requests are fetched: those of a unit are not
    /// among those of the unit above.
    #[serde(default)]
    pub request_units: Vec<String>,
}

/// A setting that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum EInnsynConfigError {
    /// The key cannot stand in a header.
    #[error("`api_key` must be the key as eInnsyn gave it (`secret_` and 52 letters and digits), without blanks")]
    Key,
    /// The id of a unit is not one of eInnsyn's.
    #[error("`{0}` must hold eInnsyn ids of units, `enh_` and 26 letters and digits")]
    Unit(&'static str),
    /// The address of files does not lead to each of them.
    #[error(
        "`files` must begin with `https://` and hold `{{document}}` and `{{entry}}`, so that each file has its own address"
    )]
    Files,
    /// A number is out of its range.
    #[error("`{0}` is out of its range; see its documentation")]
    Range(&'static str),
}

impl EInnsynConfig {
    /// Checks what the types do not.
    ///
    /// # Errors
    /// [`EInnsynConfigError`] names the setting.
    pub fn check(&self) -> Result<(), EInnsynConfigError> {
        self.key()?;
        if self.acting_as.as_ref().is_some_and(|id| !is_unit(id)) {
            return Err(EInnsynConfigError::Unit("acting_as"));
        }
        if !self.request_units.iter().all(|id| is_unit(id)) {
            return Err(EInnsynConfigError::Unit("request_units"));
        }
        if self.files.as_ref().is_some_and(|files| !is_address(files)) {
            return Err(EInnsynConfigError::Files);
        }
        let ranges = [
            ("call_seconds", self.call_seconds > 0),
            ("page", (1..=100).contains(&self.page)),
            ("look_back_days", self.look_back_days > 0),
        ];
        ranges.into_iter().find(|(_, sound)| !sound).map_or(Ok(()), |(name, _)| Err(EInnsynConfigError::Range(name)))
    }

    pub(crate) fn key(&self) -> Result<HeaderValue, EInnsynConfigError> {
        let key = self.api_key.expose_secret();
        let sound = !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_graphic());
        let mut key = sound.then(|| HeaderValue::from_str(key).ok()).flatten().ok_or(EInnsynConfigError::Key)?;
        key.set_sensitive(true);
        Ok(key)
    }

    pub(crate) const fn pause(&self) -> Duration {
        Duration::from_millis(self.pause_ms as u64)
    }

    pub(crate) const fn call(&self) -> Duration {
        Duration::from_secs(self.call_seconds as u64)
    }

    /// The address at which a file can be had, when files are published.
    pub(crate) fn file_address(&self, entry: Uuid, document: DocumentId, name: &str) -> Option<String> {
        let pattern = self.files.as_ref()?;
        let filled = pattern.replace("{entry}", &entry.to_string()).replace("{document}", &document.to_string());
        Some(filled.replace("{name}", &encoded(name)))
    }
}

/// `enh_` and a number in 26 signs.
pub(crate) fn is_unit(id: &str) -> bool {
    id.strip_prefix("enh_").is_some_and(|rest| rest.len() == 26 && rest.bytes().all(|b| b.is_ascii_alphanumeric()))
}

fn is_address(pattern: &str) -> bool {
    let plain = pattern.replace("{entry}", "e").replace("{document}", "d").replace("{name}", "n");
    let own_machine = plain.starts_with("http://127.0.0.1") || plain.starts_with("http://localhost");
    (plain.starts_with("https://") || own_machine)
        && plain.parse::<http::Uri>().is_ok()
        && pattern.contains("{document}")
        && pattern.contains("{entry}")
}

fn encoded(name: &str) -> String {
    name.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
            other => format!("%{other:02X}"),
        })
        .collect()
}

mod defaults {
    pub(super) const fn pause_ms() -> u32 {
        50
    }

    pub(super) const fn call_seconds() -> u32 {
        60
    }

    pub(super) const fn page() -> u16 {
        50
    }

    pub(super) const fn look_back_days() -> u16 {
        30
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(more: &str) -> EInnsynConfig {
        toml::from_str(&format!(
            "base_url = 'https://api.einnsyn.no'\napi_key = 'secret_abc'\norganisation = '310000027'\n{more}"
        ))
        .unwrap()
    }

    #[test]
    fn what_cannot_work_is_named() {
        assert_eq!(config("").check(), Ok(()));
        for (more, error) in [
            ("acting_as = 'enhet 1'", EInnsynConfigError::Unit("acting_as")),
            ("request_units = ['310000027']", EInnsynConfigError::Unit("request_units")),
            ("files = 'https://x.example/{document}'", EInnsynConfigError::Files),
            ("files = 'http://x.example/{entry}/{document}'", EInnsynConfigError::Files),
            ("page = 101", EInnsynConfigError::Range("page")),
            ("look_back_days = 0", EInnsynConfigError::Range("look_back_days")),
        ] {
            assert_eq!(config(more).check(), Err(error), "{more}");
        }
        let spoilt = EInnsynConfig { api_key: SecretString::from("secret_\nabc"), ..config("") };
        assert_eq!(spoilt.check(), Err(EInnsynConfigError::Key));
        assert!(toml::from_str::<EInnsynConfig>("base_url = 'http://api.einnsyn.no'").is_err());
    }

    #[test]
    fn the_key_is_shown_nowhere() {
        assert!(!format!("{:?}", config("")).contains("secret_abc"));
    }

    #[test]
    fn a_file_has_an_address_of_its_own_whatever_its_name() {
        let config = config("files = 'https://x.example/{entry}/{document}/{name}'");
        let (entry, document) = (Uuid::from_u128(1), DocumentId::from_uuid(Uuid::from_u128(2)));
        assert_eq!(
            config.file_address(entry, document, "a b/å.pdf").as_deref(),
            Some(
                "https://x.example/00000000-0000-0000-0000-000000000001/00000000-0000-0000-0000-000000000002/a%20b%2F%C3%A5.pdf"
            )
        );
        assert_eq!(self::config("").file_address(entry, document, "a"), None);
    }
}
