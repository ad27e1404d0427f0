use std::fmt::Debug;

use async_trait::async_trait;

use super::PortError;
use crate::{
    identity::{NationalIdentityNumber, OrganisationNumber, PostalAddress},
    routing::Coverage,
    screening::Private,
};

/// Who can open confidential mail at an organisation (R5.5).
#[async_trait]
pub trait AccessCoverage: Debug + Send + Sync {
    /// Whether somebody holds the confidential service's access.
    ///
    /// *Behaviour*: [`Coverage::Unknown`] where the source cannot tell; no effect on the other side.
    ///
    /// # Errors
    /// As [`PortErrorKind`](super::PortErrorKind) says; the engine then routes as for `Unknown`.
    async fn coverage(&self, organisation: &OrganisationNumber) -> Result<Coverage, PortError>;
}

/// What a register knows of a person or an organisation.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct DirectoryEntry {
    /// The registered name.
    pub name: Private<String>,
    /// The registered postal address. Absent for an address that the register keeps secret.
    pub address: Option<PostalAddress>,
    /// Dead, or struck from the register.
    pub gone: bool,
    /// The register protects the address (strengt fortrolig, fortrolig).
    pub protected_address: bool,
}

impl DirectoryEntry {
    /// An ordinary entry.
    #[must_use]
    pub const fn new(name: Private<String>, address: Option<PostalAddress>) -> Self {
        Self { name, address, gone: false, protected_address: false }
    }
}

/// Looks up people and organisations: Fiks folkeregister, Enhetsregisteret (R8.7).
///
/// The engine asks before each attempt to send, and sends nothing to whom the register does not know or holds for gone.
///
/// *Behaviour*: no effect on the other side but its own log of look-ups. A register that knows people only answers
/// [`Unsupported`](super::PortErrorKind::Unsupported) for organisations, and the other way round: `None` would stop the letter.
#[async_trait]
pub trait Directory: Debug + Send + Sync {
    /// A person. `None`: not in the register.
    ///
    /// # Errors
    /// As [`PortErrorKind`](super::PortErrorKind) says.
    async fn person(&self, number: &NationalIdentityNumber) -> Result<Option<DirectoryEntry>, PortError>;

    /// An organisation. `None`: not in the register.
    ///
    /// # Errors
    /// As [`PortErrorKind`](super::PortErrorKind) says.
    async fn organisation(&self, number: &OrganisationNumber) -> Result<Option<DirectoryEntry>, PortError>;
}
