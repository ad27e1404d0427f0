use serde::{Deserialize, Serialize};

use super::{BlobRef, FileName, MediaType};
use crate::{
    identity::{ActorId, DocumentId, FileId, Timestamp, computed},
    noark::noark_list,
};

noark_list! {
    /// Which rendering of a document a stored file is (variantformat, M700).
    Variant {
        /// As it was produced or received (produksjonsformat).
        Production = "P", "Produksjonsformat";
        /// In a format approved for the archive (arkivformat).
        Archive = "A", "Arkivformat";
        /// With screened parts blacked out (offentlig variant); the only one that may be published when parts are screened.
        Redacted = "O", "Dokument hvor deler av innholdet er skjermet";
    }
}

/// A file format as a PRONOM id (format, M701), for example `fmt/95`. Open: what we do not know is kept as it was written.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct FileFormat(Box<str>);

impl FileFormat {
    /// A format by its PRONOM id.
    #[must_use]
    pub fn new(pronom: &str) -> Self {
        let id = pronom.trim();
        if id.is_empty() { Self::unknown() } else { Self(id.into()) }
    }

    /// `av/0`, the code for an unknown format.
    #[must_use]
    pub fn unknown() -> Self {
        Self("av/0".into())
    }

    /// The PRONOM id.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether this is a format approved for the archive (PDF/A, TIFF, plain text, XML, JPEG, PNG, MP3, MPEG-2, SOSI).
    #[must_use]
    pub fn is_archive_format(&self) -> bool {
        ARCHIVE_FORMATS.contains(&&*self.0)
    }
}

/// How a document, or one of its files, is named by its id alone.
/// JSON form: `{"of": "document", "id": "…"}` or `{"of": "file", "id": "…"}`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "of", content = "id")]
#[non_exhaustive]
pub enum DocumentName {
    /// A document; as a file, the one of it to [show](super::Document::current).
    Document(DocumentId),
    /// One of a document's stored files.
    File(FileId),
}

impl FileId {
    /// The id of a document's file of this version and variant. It is not stored but computed, so it is the same wherever
    /// and whenever it is asked for.
    #[must_use]
    pub fn of(document: DocumentId, version: u32, variant: Variant) -> Self {
        let (document, version) = (document.uuid().into_bytes(), version.to_be_bytes());
        Self::from_uuid(computed(&[b"sakarkiv/file", &document, &version, variant.code().as_bytes()]))
    }
}

impl From<DocumentId> for DocumentName {
    fn from(id: DocumentId) -> Self {
        Self::Document(id)
    }
}

impl From<FileId> for DocumentName {
    fn from(id: FileId) -> Self {
        Self::File(id)
    }
}

impl From<String> for FileFormat {
    fn from(text: String) -> Self {
        Self::new(&text)
    }
}

impl From<FileFormat> for String {
    fn from(format: FileFormat) -> Self {
        format.0.into()
    }
}

/// One stored file of a document (dokumentobjekt). Immutable once made: a change is a new version.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct DocumentVersion {
    /// Counts the versions from 1 (versjonsnummer, M005); the variants of a version share its number.
    pub number: u32,
    /// Which rendering (variantformat, M700).
    pub variant: Variant,
    /// The format as a PRONOM id (format, M701).
    pub format: FileFormat,
    /// The format as a media type.
    pub media_type: MediaType,
    /// The file's name (filnavn).
    pub file_name: FileName,
    /// The bytes (referanseDokumentfil M218, sjekksum M705, filstørrelse M707).
    pub content: BlobRef,
    /// When it was made (opprettetDato, M600).
    pub created: Timestamp,
    /// By whom (opprettetAv, M601).
    pub created_by: ActorId,
}

const ARCHIVE_FORMATS: &[&str] = &[
    "fmt/95",
    "fmt/354",
    "fmt/476",
    "fmt/477",
    "fmt/478",
    "fmt/479",
    "fmt/480",
    "fmt/481",
    "fmt/353",
    "x-fmt/111",
    "fmt/101",
    "fmt/42",
    "fmt/11",
    "fmt/134",
    "x-fmt/386",
    "av/1",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_open_but_never_blank() {
        assert_eq!(FileFormat::new(" fmt/95 ").as_str(), "fmt/95");
        assert!(FileFormat::new("fmt/95").is_archive_format() && !FileFormat::new("fmt/412").is_archive_format());
        assert_eq!(serde_json::from_str::<FileFormat>("\" \"").unwrap(), FileFormat::unknown());
    }

    #[test]
    fn the_id_of_a_file_never_changes_and_is_its_own() {
        let document = |id| DocumentId::from_uuid(uuid::Uuid::from_u128(id));
        let first = FileId::of(document(7), 1, Variant::Production);
        assert_eq!(first.to_string(), "3242f6c4-fc6e-8b53-87ec-bfd6164e081f");
        assert_eq!(first.uuid().get_version_num(), 8);
        let others = [(7, 2, Variant::Production), (7, 1, Variant::Archive), (8, 1, Variant::Production)];
        for (id, version, variant) in others {
            assert_ne!(FileId::of(document(id), version, variant), first);
        }
    }

    #[test]
    fn variants_are_read_by_code_or_name() {
        assert_eq!(Variant::from_noark("o"), Some(Variant::Redacted));
        assert_eq!(Variant::from_noark(" arkivformat"), Some(Variant::Archive));
        assert_eq!(Variant::from_noark("Q"), None);
    }
}
