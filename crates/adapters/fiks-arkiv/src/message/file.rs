//! `dokumentobjektOpprett` and `dokumentfilHent`.

use sakarkiv_core::{
    document::{BlobRef, DocumentName},
    identity::{DocumentId, FileId},
    intake::FileFacts,
};
use sakarkiv_xml::{
    Element,
    fields::{missing, number, required, uuid, within},
};

use super::create::file_facts;
use crate::MessageError;

/// Add a file to a document.
#[derive(Debug)]
pub(crate) struct FileOrder<'a> {
    /// To which.
    pub(crate) document: DocumentId,
    /// As which version; nothing when the archive is to find it.
    pub(crate) number: Option<u32>,
    /// The name that the file came under.
    pub(crate) reference: &'a str,
    object: &'a Element,
}

impl<'a> FileOrder<'a> {
    /// Reads a `dokumentobjektOpprett`. Who adds the file and when is the archive's own knowledge.
    pub(crate) fn read(root: &'a Element) -> Result<Self, MessageError> {
        let (reference, object) = (within(root, "referanseTilDokumentbeskrivelse")?, within(root, "dokumentobjekt")?);
        // A number of a document is the sender's own (dokumentnummer): the archive may have given it another.
        let others = ["referanseEksternNoekkel", "journalpostDokumentnummer"];
        let document = match uuid(reference, "systemID")? {
            Some(id) => DocumentId::from_uuid(id),
            None if others.iter().any(|name| reference.child(name).is_some()) => {
                return Err(MessageError::Unsupported { what: "a document named by anything but its systemID" });
            }
            None => return Err(missing(reference, "systemID").into()),
        };
        let reference = required(object, "referanseDokumentfil")?;
        Ok(Self { document, number: number(object, "versjonsnummer")?, reference, object })
    }

    /// What is known of the file, whose bytes are put.
    pub(crate) fn facts(&self, blob: &BlobRef) -> Result<FileFacts, MessageError> {
        file_facts(self.object, blob)
    }
}

/// What the id in a `dokumentfilHent` can be: that of the file, or that of its document.
pub(crate) fn asked_for_file(root: &Element) -> Result<[DocumentName; 2], MessageError> {
    let key = within(root, "dokumentfilNoekkel")?;
    let id = uuid(key, "systemID")?.ok_or_else(|| missing(key, "systemID"))?;
    Ok([FileId::from_uuid(id).into(), DocumentId::from_uuid(id).into()])
}
