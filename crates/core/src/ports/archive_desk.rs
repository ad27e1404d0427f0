use std::fmt::Debug;

use async_trait::async_trait;
use thiserror::Error;

use super::{ByteStream, CaseFilter, PortError, PortErrorKind, StoreError};
use crate::{
    case::{Case, CaseAmendError, CaseAmendment, CaseNumber, CaseObstacle, CaseStatus},
    document::{BlobRef, DocumentName, DocumentVersion},
    identity::{CaseId, EntryId, PartyId, SignOffId, SourceId, TenantId},
    intake::{CaseName, CodeList, CodeValue, Consignment, ConsignmentKey, DryRun, EntryName, Receipt, Rejection},
    journal::{AmendError, Amendment, EntryStatus, JournalEntry, SignOffError, SignOffKind, TransitionError},
    reason::Reason,
};

/// Why the archive did not do what a specialist system asked. Says what to do; never personal data.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ArchiveError {
    /// There is no such record, or the service user may not learn of it.
    #[error("there is no such {what} in this archive, or none this service user may know of: check how it is named")]
    NotFound {
        /// The kind of record.
        what: &'static str,
    },
    /// Several records fit.
    #[error("several {what}s fit: name the one by its number or id")]
    Several {
        /// The kind of record.
        what: &'static str,
    },
    /// The service user lacks the right.
    #[error("access refused: {}", .reasons.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Refused {
        /// Why.
        reasons: Vec<Reason>,
    },
    /// The consignment is not taken as it is.
    #[error("the consignment was rejected: {0}")]
    Rejected(Rejection),
    /// What was asked for is not valid or meets a lock of the standard.
    #[error("the change is not allowed: {0}")]
    NotAllowed(String),
    /// Somebody else changed the record in between.
    #[error("the record was changed by somebody else meanwhile: read it again and repeat")]
    Conflict,
    /// Nothing was done; the same call may work later.
    #[error("the archive cannot do it now, nothing was changed: repeat it later")]
    Unavailable,
    /// It may or may not have been done.
    #[error("the outcome is not known: hand the same consignment in again, or read the record, before anything else")]
    Unknown,
    /// The archive's own fault.
    #[error("the archive failed; its operators find the cause in the log")]
    Internal,
}

/// How an entry is signed off by a specialist system.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SignOffWish {
    /// How (avskrivningsmåte, M619).
    pub how: SignOffKind,
    /// The entry that answers it, if one does.
    pub answered_by: Option<EntryId>,
    /// The recipient whose part is settled, for internal entries.
    pub party: Option<PartyId>,
}

/// A file that is open for reading.
pub struct OpenFile {
    /// Which version of which document it is.
    pub version: DocumentVersion,
    /// The bytes.
    pub content: ByteStream,
}

/// What an office offers a specialist system that calls it: behind a REST interface, Fiks Arkiv messages, a SOAP façade
/// (R8.5). One value acts as one service user in one tenant (R2.7).
///
/// *Behaviour*
/// - Every call is decided by the rights the service user has at that moment, and logged; refusals too.
/// - Every call may be dropped at any await. A change whose call was dropped may or may not have been made: handing in a
///   consignment again is harmless, other changes are looked up first.
/// - What the service user may not know of is not there.
#[async_trait]
pub trait ArchiveDesk: Debug + Send + Sync {
    /// The tenant it works in.
    fn tenant(&self) -> &TenantId;

    /// The source that is registered for this service user.
    fn source(&self) -> &SourceId;

    /// Puts the bytes of a document, at most `limit`, before a consignment or an amendment names them. What nothing names
    /// is removed by itself.
    ///
    /// # Errors
    /// [`ArchiveError::NotAllowed`] when the stream is longer than `limit` or breaks off; `Refused`, `Unavailable`.
    async fn put(&self, content: ByteStream, limit: u64) -> Result<BlobRef, ArchiveError>;

    /// Takes a consignment in: whole, durably, once for each source and key. The same one again gets the same receipt,
    /// marked as [repeated](Receipt::repeated).
    ///
    /// # Errors
    /// [`ArchiveError::Rejected`] with all that is wrong; `Refused`, `Unavailable`, `Unknown`.
    async fn hand_in(&self, consignment: &Consignment) -> Result<Receipt, ArchiveError>;

    /// Tells what handing it in would do, and does nothing.
    ///
    /// # Errors
    /// As [`hand_in`](Self::hand_in).
    async fn dry_run(&self, consignment: &Consignment) -> Result<DryRun, ArchiveError>;

    /// What became of a consignment that was handed in; nothing when it was never taken in.
    ///
    /// # Errors
    /// `Refused`, `Unavailable`.
    async fn receipt(&self, key: &ConsignmentKey) -> Result<Option<Receipt>, ArchiveError>;

    /// Finds a case and reads it.
    ///
    /// # Errors
    /// [`ArchiveError::NotFound`], [`ArchiveError::Several`], `Refused`, `Unavailable`.
    async fn case(&self, name: &CaseName) -> Result<Case, ArchiveError>;

    /// Cases that fit and that the service user may read, in the order of their numbers, after `after`, at most `limit`.
    ///
    /// # Errors
    /// `Refused`, `Unavailable`.
    async fn cases(
        &self,
        filter: &CaseFilter,
        after: Option<CaseNumber>,
        limit: usize,
    ) -> Result<Vec<Case>, ArchiveError>;

    /// The entries of a case that the service user may read, in the order of their numbers.
    ///
    /// # Errors
    /// [`ArchiveError::NotFound`], `Refused`, `Unavailable`.
    async fn entries(&self, case: CaseId) -> Result<Vec<JournalEntry>, ArchiveError>;

    /// Finds an entry and reads it. A key or a document that several entries share names the newest of them.
    ///
    /// # Errors
    /// [`ArchiveError::NotFound`], `Refused`, `Unavailable`.
    async fn entry(&self, name: &EntryName) -> Result<JournalEntry, ArchiveError>;

    /// Opens a file: the one that is named, or the one to show of the document that is. Other versions and variants are
    /// named by their [own ids](crate::document::Document::files).
    ///
    /// # Errors
    /// [`ArchiveError::NotFound`], `Refused`, `Unavailable`.
    async fn open(&self, file: DocumentName) -> Result<OpenFile, ArchiveError>;

    /// Changes a case, by the rules of the source as what it hands in: its codes become the archive's own, and it loosens no
    /// screening.
    ///
    /// # Errors
    /// [`ArchiveError::Rejected`] where the rules do not allow it; [`ArchiveError::NotFound`], `NotAllowed` at a lock, `Conflict`, `Refused`, `Unavailable`, `Unknown`.
    async fn amend_case(&self, case: CaseId, amendment: CaseAmendment) -> Result<(), ArchiveError>;

    /// Takes a case a step on in its life cycle.
    ///
    /// # Errors
    /// As [`amend_case`](Self::amend_case).
    async fn move_case(&self, case: CaseId, to: CaseStatus) -> Result<(), ArchiveError>;

    /// Changes an entry, as far as its locks let it: new documents and variants are changes too. Whatever is attached is
    /// attached by the service user, whomever the change names. The rules of the source count as for a case.
    ///
    /// # Errors
    /// As [`amend_case`](Self::amend_case).
    async fn amend_entry(&self, entry: EntryId, amendment: Amendment) -> Result<(), ArchiveError>;

    /// Takes an entry a step on in its life cycle.
    ///
    /// # Errors
    /// As [`amend_case`](Self::amend_case).
    async fn move_entry(&self, entry: EntryId, to: EntryStatus) -> Result<(), ArchiveError>;

    /// Signs an entry off (avskriver).
    ///
    /// # Errors
    /// As [`amend_case`](Self::amend_case).
    async fn sign_off(&self, entry: EntryId, wish: SignOffWish) -> Result<(), ArchiveError>;

    /// Takes a sign-off of an entry back (opphever avskrivningen), whoever signed it off: what it settled waits for an answer
    /// again.
    ///
    /// # Errors
    /// [`ArchiveError::NotFound`] when the entry has no such sign-off, as when it was taken back before;
    /// [`ArchiveError::NotAllowed`] when the entry is void or its case closed; else as [`amend_case`](Self::amend_case).
    async fn undo_sign_off(&self, entry: EntryId, sign_off: SignOffId) -> Result<(), ArchiveError>;

    /// The values of a code list, as this archive has it.
    ///
    /// # Errors
    /// `Refused`, `Unavailable`.
    async fn codes(&self, list: CodeList) -> Result<Vec<CodeValue>, ArchiveError>;
}

impl ArchiveError {
    /// Whether the same call may work later without any change.
    #[must_use]
    pub const fn may_pass(&self) -> bool {
        matches!(self, Self::Conflict | Self::Unavailable | Self::Unknown)
    }
}

impl Debug for OpenFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OpenFile").field("media_type", &self.version.media_type).finish_non_exhaustive()
    }
}

impl From<Rejection> for ArchiveError {
    fn from(rejection: Rejection) -> Self {
        Self::Rejected(rejection)
    }
}

impl From<StoreError> for ArchiveError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Conflict { .. } | StoreError::Fenced | StoreError::Duplicate { .. } => Self::Conflict,
            StoreError::NotFound { what } => Self::NotFound { what },
            StoreError::Invalid(problem) => Self::NotAllowed(problem),
            StoreError::MissingBlob => Self::NotAllowed("a document is not there: put its bytes again".to_owned()),
            StoreError::Unavailable(_) => Self::Unavailable,
            StoreError::Unknown(_) => Self::Unknown,
            StoreError::Corrupt(_) => Self::Internal,
        }
    }
}

impl From<PortError> for ArchiveError {
    fn from(error: PortError) -> Self {
        match error.kind() {
            PortErrorKind::Transient | PortErrorKind::Unknown => Self::Unavailable,
            PortErrorKind::Rejected => Self::NotAllowed(error.detail().to_owned()),
            PortErrorKind::Unauthorised | PortErrorKind::Misconfigured | PortErrorKind::Unsupported => Self::Internal,
        }
    }
}

impl From<SignOffError> for ArchiveError {
    fn from(error: SignOffError) -> Self {
        match error {
            SignOffError::Unknown => Self::NotFound { what: "sign-off" },
            other => Self::NotAllowed(other.to_string()),
        }
    }
}

macro_rules! not_allowed {
    ($($error:ty),+) => {
        $(impl From<$error> for ArchiveError {
            fn from(error: $error) -> Self {
                Self::NotAllowed(error.to_string())
            }
        })+
    };
}

not_allowed!(CaseAmendError, CaseObstacle, AmendError, TransitionError);
