use std::fmt;

use sakarkiv_core::{audit::LogClass, identity::TenantId};
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Names one log for ever, as the first line of its checkpoints: `archive/tenant/class`. What comes from another tenant's log,
/// or from the same tenant's other log, has another origin and is refused.
///
/// ```
/// use sakarkiv_audit::Origin;
/// use sakarkiv_core::{audit::LogClass, identity::TenantId};
///
/// let origin = Origin::new("arkiv.example.no", TenantId::new("bodo")?, LogClass::Security)?;
/// assert_eq!(origin.as_str(), "arkiv.example.no/bodo/security");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Origin {
    text: String,
    tenant: TenantId,
    class: LogClass,
}

/// A text that cannot be an origin.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error(
    "an origin must be `archive/tenant/class`, the archive 1 to 255 bytes without blanks, `+` and control characters"
)]
pub struct OriginError;

impl Origin {
    /// The origin of a tenant's log. `archive` is the same for all logs of an installation and never changes; an address
    /// without its scheme is best, for example `arkiv.example.no`, because it is nobody else's.
    ///
    /// # Errors
    /// [`OriginError`] for an archive with characters that a signed note cannot carry.
    pub fn new(archive: &str, tenant: TenantId, class: LogClass) -> Result<Self, OriginError> {
        if !is_name(archive) {
            return Err(OriginError);
        }
        let text = format!("{archive}/{tenant}/{class}");
        Ok(Self { text, tenant, class })
    }

    /// Reads one.
    ///
    /// # Errors
    /// [`OriginError`] for anything else than [`as_str`](Self::as_str) gives.
    pub fn parse(text: &str) -> Result<Self, OriginError> {
        let (rest, class) = text.rsplit_once('/').ok_or(OriginError)?;
        let (archive, tenant) = rest.rsplit_once('/').ok_or(OriginError)?;
        let class = LogClass::from_word(class).ok_or(OriginError)?;
        Self::new(archive, TenantId::new(tenant).map_err(|_| OriginError)?, class)
    }

    /// As text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whose log.
    #[must_use]
    pub const fn tenant(&self) -> &TenantId {
        &self.tenant
    }

    /// Which of its logs.
    #[must_use]
    pub const fn class(&self) -> LogClass {
        self.class
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl TryFrom<String> for Origin {
    type Error = OriginError;
    fn try_from(text: String) -> Result<Self, OriginError> {
        Self::parse(&text)
    }
}

impl From<Origin> for String {
    fn from(origin: Origin) -> Self {
        origin.text
    }
}

/// Whether a text can name a key or an archive in a signed note.
pub(super) fn is_name(text: &str) -> bool {
    (1..=255).contains(&text.len()) && !text.chars().any(|c| c.is_whitespace() || c.is_control() || c == '+')
}
