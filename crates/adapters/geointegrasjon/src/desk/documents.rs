//! Documents: attached, listed and shown with their files.

use bytes::Bytes;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use sakarkiv_core::{
    document::{BlobRef, Document, DocumentVersion, FileFormat},
    identity::{ActorId, DocumentId, EntryId},
    intake::EntryName,
    journal::{Amendment, AttachedDocument, Change, DocumentRole, JournalEntry, NewDocument},
    ports::{ArchiveError, ByteStream, new_uuid},
    screening::Private,
};
use sakarkiv_xml::{
    Element,
    fields::{FieldError, flag, missing, uuid, within},
};

use super::Desk;
use crate::{
    Operation,
    fault::Trouble,
    read::{NewFile, new_file, system_id},
    soap, write,
};

impl Desk<'_> {
    /// Attaches a document. One with the same bytes that the entry has already is taken as this one, sent again.
    pub(super) async fn attach(&self, request: &Element) -> Result<(JournalEntry, DocumentId), Trouble> {
        let element = within(request, "dokument")?;
        let file = new_file(element)?;
        let entry = self.desk.entry(&EntryName::Id(entry_id(element)?)).await?;
        let limit = u64::try_from(self.settings.max_call).unwrap_or(u64::MAX);
        let content = stream::iter([Ok(Bytes::from(file.content.clone()))]).boxed();
        let blob = self.desk.put(content, limit).await?;
        let same = entry.documents().iter().map(|attached| &attached.document);
        let mut same = same.filter(|document| document.versions().iter().any(|version| version.content == blob));
        if let Some(known) = same.next() {
            let id = known.id();
            return Ok((entry, id));
        }
        let has_main = entry.documents().iter().any(|attached| attached.role == DocumentRole::Main);
        let id = DocumentId::from_uuid(new_uuid(self.clock.now(), self.entropy));
        let change = self.attachment(id, file, blob, has_main)?;
        self.desk.amend_entry(entry.id(), Amendment::new(change)).await?;
        Ok((self.desk.entry(&EntryName::Id(entry.id())).await?, id))
    }

    fn attachment(&self, id: DocumentId, file: NewFile, content: BlobRef, has_main: bool) -> Result<Change, Trouble> {
        let at = self.clock.now();
        // Stands for the service user, whom the archive knows and puts in its place.
        let by = ActorId::new(self.desk.source().as_str()).map_err(|_| ArchiveError::Internal)?;
        let title = file.title.unwrap_or_else(|| Private::from(file.name.as_str()));
        let version = DocumentVersion {
            number: 1,
            variant: file.variant,
            format: FileFormat::unknown(),
            media_type: file.media_type,
            file_name: file.name,
            content,
            created: at,
            created_by: by.clone(),
        };
        let document = Document::new(id, title).map(|document| document.of_kind(file.kind.unwrap_or_default()));
        let document = document.and_then(|document| document.with_version(version));
        let document = document.map_err(|error| ArchiveError::NotAllowed(error.to_string()))?.finished();
        let role = file.role.unwrap_or(if has_main { DocumentRole::Attachment } else { DocumentRole::Main });
        Ok(Change::Attach { document: NewDocument { role, document }, at, by })
    }

    /// Shows the documents of entries, with their files where these are asked for, within the bounds of an answer.
    pub(super) async fn documents(
        &self,
        operation: Operation,
        request: &Element,
        entries: &[JournalEntry],
        twelve: bool,
    ) -> Result<String, Trouble> {
        let with_files = flag(request, "returnerFil")?;
        let mut shown: Vec<(&JournalEntry, &AttachedDocument, Option<Vec<u8>>)> = Vec::new();
        let mut left = self.settings.max_shown;
        for entry in entries {
            for attached in entry.documents() {
                let size = attached.document.current().map(|version| version.content.size);
                let most = self.settings.max_shown_file.min(left);
                let content = match size.filter(|size| with_files && *size <= most) {
                    Some(size) => self.readable(attached.document.id()).await?.inspect(|_| left -= size),
                    None => None,
                };
                shown.push((entry, attached, content));
            }
        }
        Ok(soap::envelope(operation, twelve, |out| {
            write::many(out, "d", &shown, |out, (entry, attached, content)| {
                write::document(out, entry, attached, content.as_deref());
            });
        }))
    }

    /// Shows the file of a document, by the id that answers show the document with.
    pub(super) async fn file(&self, operation: Operation, request: &Element, twelve: bool) -> Result<String, Trouble> {
        let document = DocumentId::from_uuid(system_id(within(request, "systemid")?)?);
        let open = self.desk.open(document.into()).await?;
        if open.version.content.size > self.settings.max_shown_file {
            return Err(Trouble::TooLarge { most: self.settings.max_shown_file });
        }
        let content = gathered(open.content).await?;
        Ok(soap::envelope(operation, twelve, |out| write::one_file(out, &open.version, &content)))
    }

    /// The file of a document, unless the caller may not read it: the entry may be open to whom a document of it is not.
    async fn readable(&self, document: DocumentId) -> Result<Option<Vec<u8>>, Trouble> {
        match self.desk.open(document.into()).await {
            Ok(open) => Ok(Some(gathered(open.content).await?)),
            Err(ArchiveError::Refused { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}

async fn gathered(content: ByteStream) -> Result<Vec<u8>, ArchiveError> {
    let pieces: Vec<Bytes> = content.try_collect().await?;
    Ok(pieces.concat())
}

fn entry_id(document: &Element) -> Result<EntryId, FieldError> {
    let id = uuid(document, "referanseJournalpostSystemID")?;
    Ok(EntryId::from_uuid(id.ok_or_else(|| missing(document, "referanseJournalpostSystemID"))?))
}
