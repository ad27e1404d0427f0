//! Files that are added to documents that the archive has.

use sakarkiv_core::{
    document::{Document, DocumentVersion},
    identity::{ActorId, DocumentId, FileId, Timestamp},
    intake::{EntryName, Fault, FaultCode, FileFacts, Place, Rejection},
    journal::{Change, JournalEntry},
    ports::{ArchiveDesk, ArchiveError},
};

/// Adds a file to a document of an entry, and tells what is stored: as the version that is wished for, or else as another
/// variant of the latest one, or as the next where it has the variant. A file that is there already is told as it is, so that
/// a message that comes again adds nothing more.
pub(crate) async fn add(
    desk: &dyn ArchiveDesk,
    entry: &JournalEntry,
    document: DocumentId,
    (number, file): (Option<u32>, FileFacts),
    now: Timestamp,
) -> Result<(FileId, DocumentVersion), ArchiveError> {
    if !file.is_as_stated() {
        let place = Place::File { entry: 0, document: 0, file: 0 };
        return Err(Rejection::from(Fault::new(FaultCode::ChecksumMismatch, place)).into());
    }
    let document = entry.document(document).ok_or(NO_DOCUMENT)?;
    if let Some(known) = same(document, number, &file) {
        return Ok(known);
    }
    let number = number.unwrap_or_else(|| next(document, &file));
    let id = FileId::of(document.id(), number, file.variant);
    let version = DocumentVersion {
        number,
        variant: file.variant,
        format: file.format,
        media_type: file.media_type,
        file_name: file.name,
        content: file.blob,
        created: now,
        // Stands for the service user, whom the archive knows and puts in its place.
        created_by: ActorId::new(desk.source().as_str()).map_err(|_| ArchiveError::Internal)?,
    };
    let more = document.clone().with_version(version).map_err(|error| ArchiveError::NotAllowed(error.to_string()))?;
    desk.amend_entry(entry.id(), Change::Document(more).into()).await?;
    let stored = desk.entry(&EntryName::Id(entry.id())).await?;
    let (_, version) = stored.file(id.into()).ok_or(NO_DOCUMENT)?;
    Ok((id, version.clone()))
}

const NO_DOCUMENT: ArchiveError = ArchiveError::NotFound { what: "document" };

fn same(document: &Document, number: Option<u32>, file: &FileFacts) -> Option<(FileId, DocumentVersion)> {
    let mut stored = document.files().filter(|(_, version)| {
        let wished = number.is_none_or(|number| version.number == number);
        wished && version.variant == file.variant && version.content == file.blob
    });
    stored.next().map(|(id, version)| (id, version.clone()))
}

fn next(document: &Document, file: &FileFacts) -> u32 {
    let latest = document.versions().last().map_or(0, |version| version.number);
    let is_variant = latest > 0 && document.version(latest, file.variant).is_none();
    if is_variant { latest } else { latest.saturating_add(1) }
}
