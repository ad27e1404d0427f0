use serde::{Deserialize, Serialize, Serializer};
use thiserror::Error;

use super::{DocumentName, DocumentVersion, Variant};
use crate::{
    identity::{ActorId, DocumentId, FileId},
    noark::noark_list,
    screening::{Hides, MASK, Private, Screening},
    text::{self, MAX_TITLE, TextError},
};

noark_list! {
    /// Whether a document is still written on (dokumentstatus, M054).
    DocumentStatus {
        /// Under way; its content may change.
        Draft = "B", "Dokumentet er under redigering";
        /// Finished; its content is frozen for good (requirements 3.2.31 and 3.2.32 of the standard).
        Final = "F", "Dokumentet er ferdigstilt";
    }
}

/// What kind of document it is (dokumenttype, M083). An open list: any name of the tenant's is kept.
/// JSON form: the name as a string.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
#[non_exhaustive]
pub enum DocumentType {
    /// Letter (brev).
    #[default]
    Letter,
    /// Circular (rundskriv).
    Circular,
    /// Invoice (faktura).
    Invoice,
    /// Order confirmation (ordrebekreftelse).
    OrderConfirmation,
    /// What the sender's system told of mail beside its documents (opplysninger fra avsendersystem), kept for the record. It
    /// is screened as its entry is, and nothing of it is published.
    SendersParticulars,
    /// Another one, by its name.
    Other(String),
}

/// What the people who wrote or received a document have said about its content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct DocumentMarks {
    /// It contains sensitive personal data (SvarUt: `inneholderSensitivInformasjon`).
    pub sensitive_personal_data: bool,
    /// Only few may read it (R5.1).
    pub few_may_read: bool,
}

impl DocumentMarks {
    /// Every combination.
    pub const ALL: [Self; 4] = [
        Self { sensitive_personal_data: false, few_may_read: false },
        Self { sensitive_personal_data: false, few_may_read: true },
        Self { sensitive_personal_data: true, few_may_read: false },
        Self { sensitive_personal_data: true, few_may_read: true },
    ];

    /// What either says.
    #[must_use]
    pub const fn or(self, other: Self) -> Self {
        Self {
            sensitive_personal_data: self.sensitive_personal_data || other.sensitive_personal_data,
            few_may_read: self.few_may_read || other.few_may_read,
        }
    }
}

/// A document (dokumentbeskrivelse) with its stored versions.
///
/// Where it stands in an entry (main document or attachment, its number) belongs to the entry:
/// [`AttachedDocument`](crate::journal::AttachedDocument).
///
/// JSON form: `{"id": "…", "kind": "Brev", "status": "draft", "title": "…", "marks": {…}, "screening": null, "versions": []}`.
///
/// ```
/// use sakarkiv_core::{document::{Document, DocumentStatus}, identity::DocumentId};
///
/// let id = DocumentId::from_uuid(uuid::Uuid::from_u128(1));
/// let document = Document::new(id, "Vedtak".into())?.finished();
/// assert_eq!(document.status(), DocumentStatus::Final);
/// # Ok::<(), sakarkiv_core::document::DocumentError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Fields")]
pub struct Document(Fields);

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Fields {
    id: DocumentId,
    #[serde(default)]
    kind: DocumentType,
    status: DocumentStatus,
    title: Private<String>,
    #[serde(default)]
    marks: DocumentMarks,
    #[serde(default)]
    screening: Option<Screening>,
    #[serde(default)]
    versions: Vec<DocumentVersion>,
}

/// Why a document was not taken or not changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum DocumentError {
    /// The title is blank or too long.
    #[error(transparent)]
    Text(#[from] TextError),
    /// The document is finished.
    #[error("the document is finished and its content frozen (krav 3.2.31); add a variant or a new document")]
    Frozen,
    /// The version does not follow on the others.
    #[error(
        "a version has the number of the latest one, in a variant it lacks, or the next number; versions start at 1"
    )]
    VersionNumber,
}

impl Document {
    /// A document under way, without content yet.
    ///
    /// # Errors
    /// [`DocumentError::Text`] when the title (tittel, M020) is blank or too long.
    pub fn new(id: DocumentId, title: Private<String>) -> Result<Self, DocumentError> {
        Self::try_from(Fields {
            id,
            kind: DocumentType::default(),
            status: DocumentStatus::Draft,
            title,
            marks: DocumentMarks::default(),
            screening: None,
            versions: Vec::new(),
        })
    }

    /// Says what kind of document it is (dokumenttype, M083).
    #[must_use]
    pub fn of_kind(mut self, kind: DocumentType) -> Self {
        self.0.kind = kind;
        self
    }

    /// Marks its content.
    #[must_use]
    pub const fn marked(mut self, marks: DocumentMarks) -> Self {
        self.0.marks = marks;
        self
    }

    /// Screens it by itself, beyond what its entry does.
    #[must_use]
    pub fn screened(mut self, screening: Option<Screening>) -> Self {
        self.0.screening = screening;
        self
    }

    /// Gives it another title. Titles stay editable when the content is frozen (krav 3.2.33); whether the entry allows it is
    /// the entry's business.
    ///
    /// # Errors
    /// [`DocumentError::Text`] when it is blank or too long.
    pub fn titled(mut self, title: Private<String>) -> Result<Self, DocumentError> {
        text::check("document title", title.expose(), MAX_TITLE)?;
        self.0.title = title;
        Ok(self)
    }

    /// Adds a stored file: the next version, or another variant of the latest one. A finished document takes variants only.
    ///
    /// # Errors
    /// [`DocumentError::Frozen`] or [`DocumentError::VersionNumber`].
    pub fn with_version(mut self, version: DocumentVersion) -> Result<Self, DocumentError> {
        let latest = self.latest_number();
        let is_variant = version.number == latest && self.version(latest, version.variant).is_none();
        if self.0.status == DocumentStatus::Final && latest > 0 && !is_variant {
            return Err(DocumentError::Frozen);
        }
        self.0.versions.push(version);
        Self::try_from(self.0)
    }

    /// The same with every file that it had not `before` stored by this actor.
    #[must_use]
    pub(crate) fn stored_by(mut self, actor: &ActorId, before: Option<&Self>) -> Self {
        let before = before.map_or(&[][..], Self::versions);
        for version in self.0.versions.iter_mut().filter(|version| !before.contains(version)) {
            version.created_by.clone_from(actor);
        }
        self
    }

    /// Finishes it (ferdigstilt): from now on the content is frozen.
    #[must_use]
    pub const fn finished(mut self) -> Self {
        self.0.status = DocumentStatus::Final;
        self
    }

    /// System id (systemID, M001).
    #[must_use]
    pub const fn id(&self) -> DocumentId {
        self.0.id
    }

    /// What kind of document it is (dokumenttype, M083).
    #[must_use]
    pub const fn kind(&self) -> &DocumentType {
        &self.0.kind
    }

    /// Under way or finished (dokumentstatus, M054).
    #[must_use]
    pub const fn status(&self) -> DocumentStatus {
        self.0.status
    }

    /// The title (tittel, M020).
    #[must_use]
    pub const fn title(&self) -> &Private<String> {
        &self.0.title
    }

    /// The title as the public may read it.
    #[must_use]
    pub fn public_title(&self) -> String {
        match &self.0.screening {
            Some(screening) if screening.hides(Hides::DocumentTitles) => MASK.to_owned(),
            Some(screening) => screening.public_title(self.0.title.expose()),
            None => self.0.title.expose().clone(),
        }
    }

    /// What was said about its content.
    #[must_use]
    pub const fn marks(&self) -> DocumentMarks {
        self.0.marks
    }

    /// Its own screening, beside that of its entry.
    #[must_use]
    pub const fn screening(&self) -> Option<&Screening> {
        self.0.screening.as_ref()
    }

    /// Every stored file, oldest first.
    #[must_use]
    pub fn versions(&self) -> &[DocumentVersion] {
        &self.0.versions
    }

    /// The file to send or show: the latest version, archive format before production format. Never the redacted variant.
    #[must_use]
    pub fn current(&self) -> Option<&DocumentVersion> {
        let latest = self.latest_number();
        self.version(latest, Variant::Archive).or_else(|| self.version(latest, Variant::Production))
    }

    /// A stored file by version and variant.
    #[must_use]
    pub fn version(&self, number: u32, variant: Variant) -> Option<&DocumentVersion> {
        self.0.versions.iter().find(|v| v.number == number && v.variant == variant)
    }

    /// Every stored file with its id, oldest first.
    pub fn files(&self) -> impl Iterator<Item = (FileId, &DocumentVersion)> {
        self.0.versions.iter().map(|version| (FileId::of(self.0.id, version.number, version.variant), version))
    }

    /// The file that a name of the document, or of the file itself, means.
    #[must_use]
    pub fn named(&self, name: DocumentName) -> Option<&DocumentVersion> {
        match name {
            DocumentName::Document(id) if id == self.0.id => self.current(),
            DocumentName::Document(_) => None,
            DocumentName::File(id) => self.files().find(|(file, _)| *file == id).map(|(_, version)| version),
        }
    }

    fn latest_number(&self) -> u32 {
        self.0.versions.last().map_or(0, |v| v.number)
    }
}

impl Serialize for Document {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl TryFrom<Fields> for Document {
    type Error = DocumentError;
    fn try_from(fields: Fields) -> Result<Self, DocumentError> {
        text::check("document title", fields.title.expose(), MAX_TITLE)?;
        // Deletions leave gaps in the numbers, so they only have to rise, one file for each variant of a version.
        let mut before: &[DocumentVersion] = &[];
        for (at, version) in fields.versions.iter().enumerate() {
            let latest = before.last().map_or(0, |v| v.number);
            let twice = before.iter().any(|v| v.number == version.number && v.variant == version.variant);
            if version.number < latest.max(1) || twice {
                return Err(DocumentError::VersionNumber);
            }
            before = fields.versions.get(..=at).unwrap_or_default();
        }
        Ok(Self(fields))
    }
}

impl From<String> for DocumentType {
    fn from(name: String) -> Self {
        match name.trim().to_lowercase().as_str() {
            "brev" | "b" | "" => Self::Letter,
            "rundskriv" | "r" => Self::Circular,
            "faktura" | "f" => Self::Invoice,
            "ordrebekreftelse" | "ordrebekreftelser" | "o" => Self::OrderConfirmation,
            "opplysninger fra avsendersystem" => Self::SendersParticulars,
            _ => Self::Other(name),
        }
    }
}

impl From<DocumentType> for String {
    fn from(kind: DocumentType) -> Self {
        match kind {
            DocumentType::Letter => "Brev".into(),
            DocumentType::Circular => "Rundskriv".into(),
            DocumentType::Invoice => "Faktura".into(),
            DocumentType::OrderConfirmation => "Ordrebekreftelse".into(),
            DocumentType::SendersParticulars => "Opplysninger fra avsendersystem".into(),
            DocumentType::Other(name) => name,
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use uuid::Uuid;

    use super::*;
    use crate::{
        document::{BlobRef, FileFormat, FileName, MediaType},
        identity::ActorId,
        screening::AccessCode,
    };

    fn document() -> Document {
        Document::new(DocumentId::from_uuid(Uuid::from_u128(7)), "Vedtak om Kari".into()).unwrap()
    }

    fn version(number: u32, variant: Variant) -> DocumentVersion {
        DocumentVersion {
            number,
            variant,
            format: FileFormat::new("fmt/95"),
            media_type: MediaType::pdf(),
            file_name: FileName::sanitize("vedtak.pdf"),
            content: BlobRef::of(b"pdf"),
            created: DateTime::UNIX_EPOCH,
            created_by: ActorId::new("u1").unwrap(),
        }
    }

    #[test]
    fn a_finished_document_takes_a_new_variant_but_no_new_version() {
        let finished = document().with_version(version(1, Variant::Production)).unwrap().finished();
        let both = finished.clone().with_version(version(1, Variant::Archive)).unwrap();
        assert_eq!(both.current().unwrap().variant, Variant::Archive);
        assert_eq!(finished.clone().with_version(version(2, Variant::Production)), Err(DocumentError::Frozen));
        assert_eq!(finished.with_version(version(1, Variant::Production)), Err(DocumentError::Frozen));
    }

    #[test]
    fn versions_rise_from_one_with_one_file_for_each_variant() {
        assert_eq!(document().with_version(version(0, Variant::Production)), Err(DocumentError::VersionNumber));
        let second = document().with_version(version(2, Variant::Production)).unwrap();
        assert_eq!(second.clone().with_version(version(1, Variant::Archive)), Err(DocumentError::VersionNumber));
        assert_eq!(second.with_version(version(2, Variant::Production)), Err(DocumentError::VersionNumber));
    }

    #[test]
    fn the_redacted_variant_is_never_what_is_sent() {
        assert_eq!(document().with_version(version(1, Variant::Redacted)).unwrap().current(), None);
    }

    #[test]
    fn a_file_is_found_by_its_own_id_and_the_one_to_show_by_its_documents() {
        let both = document().with_version(version(1, Variant::Production)).unwrap();
        let both = both.with_version(version(2, Variant::Production)).unwrap();
        let both = both.with_version(version(2, Variant::Archive)).unwrap();
        assert_eq!(both.named(both.id().into()).unwrap().variant, Variant::Archive);
        for (id, file) in both.files() {
            assert_eq!(both.named(id.into()), Some(file));
        }
        let other = DocumentId::from_uuid(Uuid::from_u128(8));
        assert_eq!(both.named(other.into()), None);
        assert_eq!(both.named(FileId::of(other, 1, Variant::Production).into()), None);
    }

    #[test]
    fn the_public_title_hides_what_the_document_screens() {
        let code = AccessCode::new("UO").unwrap();
        let words =
            Screening::new(code.clone(), "offl. § 13", [Hides::Document]).unwrap().with_words(["Kari"]).unwrap();
        assert_eq!(document().screened(Some(words)).public_title(), "Vedtak om *****");
        let all = Screening::new(code, "offl. § 13", [Hides::DocumentTitles]).unwrap();
        assert_eq!(document().screened(Some(all)).public_title(), "*****");
    }

    #[test]
    fn the_json_form_is_stable_and_checked_when_read() {
        let document = document().with_version(version(1, Variant::Archive)).unwrap().finished();
        let json = concat!(
            r#"{"id":"00000000-0000-0000-0000-000000000007","kind":"Brev","status":"final","title":"Vedtak om Kari","#,
            r#""marks":{"sensitive_personal_data":false,"few_may_read":false},"screening":null,"versions":[{"number":1,"#,
            r#""variant":"archive","format":"fmt/95","media_type":"application/pdf","file_name":"vedtak.pdf","content":"#,
            r#"{"hash":"HASH","size":3},"#,
            r#""created":"1970-01-01T00:00:00Z","created_by":"u1"}]}"#
        )
        .replace("HASH", &BlobRef::of(b"pdf").hash.to_string());
        assert_eq!(serde_json::to_string(&document).unwrap(), json);
        assert_eq!(serde_json::from_str::<Document>(&json).unwrap(), document);
        assert!(serde_json::from_str::<Document>(&json.replace("Vedtak om Kari", " ")).is_err());
        assert!(serde_json::from_str::<Document>(&json.replace("\"number\":1", "\"number\":0")).is_err());
        assert!(!format!("{document:?}").contains("Kari"));
    }

    #[test]
    fn unknown_document_types_are_kept() {
        let kind: DocumentType = serde_json::from_str("\"Tegning\"").unwrap();
        assert_eq!(serde_json::to_string(&kind).unwrap(), "\"Tegning\"");
        assert_eq!(DocumentType::from("FAKTURA".to_owned()), DocumentType::Invoice);
    }
}
