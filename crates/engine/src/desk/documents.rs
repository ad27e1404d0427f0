//! Documents: put before they are handed in, opened after a decision.

use sakarkiv_core::{
    access::{Action, Duty, DutyKind, Object, Standing},
    audit::{Activity, ObjectRef},
    document::{BlobRef, DocumentName, DocumentVersion, FileName, MediaType},
    identity::{DocumentId, EntryId, LetterId},
    ports::{ByteStream, PortError},
    reason::Reason,
    sensitivity::of_document,
};
use thiserror::Error;

use super::{Desk, DeskError};

/// What a document is opened for. Each stands in the log under its own name (R3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// To be read on a screen.
    Show,
    /// To be printed.
    Print,
    /// To be handed out of the archive: takes the duty to export records.
    Export,
}

/// A document that is open for reading.
pub struct OpenDocument {
    /// Its file name.
    pub file_name: FileName,
    /// Its format.
    pub media_type: MediaType,
    /// Which bytes.
    pub blob: BlobRef,
    /// The bytes.
    pub content: ByteStream,
}

/// Why a document was not put or opened.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum DocumentError {
    /// Not there, not allowed, or not stored.
    #[error(transparent)]
    Desk(#[from] DeskError),
    /// The bytes could not be stored or read.
    #[error(transparent)]
    Content(#[from] PortError),
}

impl std::fmt::Debug for OpenDocument {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OpenDocument").field("media_type", &self.media_type).finish_non_exhaustive()
    }
}

impl Desk<'_> {
    /// Puts the bytes of a document, at most `limit`, before they are named by a record. Whoever is in force in the tenant
    /// may; what no record names is removed by itself.
    ///
    /// # Errors
    /// [`DocumentError`].
    pub async fn put_document(&self, content: ByteStream, limit: u64) -> Result<BlobRef, DocumentError> {
        let subject = self.subject().await.map_err(DeskError::from)?;
        if !matches!(subject.standing(), Standing::Employee | Standing::Consultant | Standing::Service) {
            let event = self.event(Activity::AccessRefused, ObjectRef::Tenant).under_rule(NOT_IN_FORCE.code);
            return Ok(self.refuse(event, vec![NOT_IN_FORCE]).await?);
        }
        Ok(self.office.store.put(&self.tenant.id, content, limit).await?)
    }

    /// Opens the current version of a document of an entry, when the actor may read it. What it is opened for is logged
    /// first.
    ///
    /// # Errors
    /// [`DocumentError`]; a refusal is logged.
    pub async fn document(
        &self,
        entry: EntryId,
        document: DocumentId,
        purpose: Purpose,
    ) -> Result<OpenDocument, DocumentError> {
        let (entry, case) = self.stored_entry(entry).await?;
        let found = entry.document(document).ok_or(DeskError::NotFound)?;
        let class = of_document(found, &entry, &case, &self.tenant.codes).class;
        self.decide_opening(&Object::of_document(found, &entry, &case, class), purpose).await?;
        let version = found.current().ok_or(DeskError::NotFound)?;
        self.open(version.file_name.clone(), version.media_type.clone(), version.content).await
    }

    /// Opens a file of an entry by the name of its document or its own, when the actor may read the document. Reading is
    /// enough: handing files to the system they came from is what an integration is for.
    pub(crate) async fn file(
        &self,
        entry: EntryId,
        name: DocumentName,
    ) -> Result<(DocumentVersion, OpenDocument), DocumentError> {
        let (entry, case) = self.stored_entry(entry).await?;
        let (document, version) = entry.file(name).ok_or(DeskError::NotFound)?;
        let class = of_document(document, &entry, &case, &self.tenant.codes).class;
        self.decide_opening(&Object::of_document(document, &entry, &case, class), Purpose::Show).await?;
        let open = self.open(version.file_name.clone(), version.media_type.clone(), version.content).await?;
        Ok((version.clone(), open))
    }

    /// Opens a document of a letter by its place in it, from 0, when the actor may read the letter.
    ///
    /// # Errors
    /// [`DocumentError`]; a refusal is logged.
    pub async fn letter_document(
        &self,
        letter: LetterId,
        place: usize,
        purpose: Purpose,
    ) -> Result<OpenDocument, DocumentError> {
        let letter = self.stored_letter(letter).await?;
        let object = self.letter_object(&letter).await?;
        self.decide_opening(&object, purpose).await?;
        let document = letter.documents.get(place).ok_or(DeskError::NotFound)?;
        self.open(document.file_name.clone(), document.media_type.clone(), document.blob).await
    }

    async fn decide_opening(&self, object: &Object, purpose: Purpose) -> Result<(), DeskError> {
        let subject = self.subject().await?;
        let decision = self.allowed(&subject, Action::Read, object).await?;
        if purpose == Purpose::Export {
            self.permit_of(&subject, Duty::General(DutyKind::ExportRecords)).await?;
        }
        self.log_reading(purpose.activity(), object.record, &decision).await
    }

    async fn open(
        &self,
        file_name: FileName,
        media_type: MediaType,
        blob: BlobRef,
    ) -> Result<OpenDocument, DocumentError> {
        let content = self.office.store.open(&self.tenant.id, &blob).await?;
        Ok(OpenDocument { file_name, media_type, blob, content })
    }
}

impl Purpose {
    const fn activity(self) -> Activity {
        match self {
            Self::Show => Activity::Read,
            Self::Print => Activity::Printed,
            Self::Export => Activity::Exported,
        }
    }
}

const NOT_IN_FORCE: Reason = Reason {
    code: "not_in_force",
    text: "only users who are in force in the tenant put documents into its archive",
    source: "R2.1",
};
