use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::{
    AttachedDocument, DocumentRole, EntryError, EntryKind, EntryNumber, EntryStatus, JournalEntry, StatusChange,
    entry::{Fields, check_documents, check_parties, check_texts},
};
use crate::{
    document::Document,
    identity::{ActorId, CaseId, EntryId, GroupId, TenantId, Timestamp, UnitId},
    party::Party,
    screening::{Private, Screening},
    text::ExternalKey,
};

/// What a caller gives to register a journal entry; the store adds the numbers. Fields may be left out where the standard
/// allows it.
///
/// A status on record (journaled) may be given at once, for mail that needs no further look; the entry must then have a
/// party and finished documents.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct NewEntry {
    /// What kind of entry (journalposttype, M082).
    pub kind: EntryKind,
    /// How far it has come from the start (journalstatus, M053).
    pub status: EntryStatus,
    /// The title (tittel, M020).
    pub title: Private<String>,
    /// A public title (offentligTittel, M025) of its own wording; otherwise it is derived. The screening is applied to it all
    /// the same.
    pub public_title: Option<Private<String>>,
    /// The date on the document (dokumentetsDato, M103).
    pub document_date: Option<NaiveDate>,
    /// When it was received (mottattDato, M104).
    pub received: Option<Timestamp>,
    /// When it was sent (sendtDato, M105).
    pub sent: Option<Timestamp>,
    /// When it must be answered (forfallsdato, M109).
    pub due: Option<NaiveDate>,
    /// The unit that handles it (administrativEnhet, M305).
    pub unit: Option<UnitId>,
    /// The case handler (saksbehandler, M307).
    pub case_handler: Option<ActorId>,
    /// The parties (korrespondanseparter).
    pub parties: Vec<Party>,
    /// The documents, main document first.
    pub documents: Vec<NewDocument>,
    /// The screening.
    pub screening: Option<Screening>,
    /// Its own access group (tilgangsgruppe). It never takes over that of its case (R2.3).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access_group: Option<GroupId>,
    /// Keys by which other systems know it.
    pub external_keys: Vec<ExternalKey>,
    /// Who registers it (opprettetAv, M601).
    pub created_by: ActorId,
}

/// A document to attach.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewDocument {
    /// Main document or attachment.
    pub role: DocumentRole,
    /// The document.
    pub document: Document,
}

impl NewDocument {
    /// The main document (hoveddokument).
    #[must_use]
    pub const fn main(document: Document) -> Self {
        Self { role: DocumentRole::Main, document }
    }

    /// An attachment (vedlegg).
    #[must_use]
    pub const fn attachment(document: Document) -> Self {
        Self { role: DocumentRole::Attachment, document }
    }

    pub(super) fn attach(self, number: u32, at: Timestamp, by: ActorId) -> AttachedDocument {
        AttachedDocument { number, role: self.role, at, by, document: self.document }
    }
}

impl NewEntry {
    /// An entry with what every entry must have; the rest is set by field. It starts as temporary (incoming) or reserved.
    #[must_use]
    pub const fn new(kind: EntryKind, title: Private<String>, created_by: ActorId) -> Self {
        Self {
            kind,
            status: if kind.is_own() { EntryStatus::Reserved } else { EntryStatus::Temporary },
            title,
            public_title: None,
            document_date: None,
            received: None,
            sent: None,
            due: None,
            unit: None,
            case_handler: None,
            parties: Vec::new(),
            documents: Vec::new(),
            screening: None,
            access_group: None,
            external_keys: Vec::new(),
            created_by,
        }
    }

    /// Checks all that registering it would check.
    ///
    /// # Errors
    /// [`EntryError`] names the first thing that is wrong.
    pub fn check(&self) -> Result<(), EntryError> {
        if !self.status.begins(self.kind) {
            return Err(EntryError::Status { kind: self.kind, status: self.status });
        }
        check_texts(&self.title, self.public_title.as_ref(), &self.external_keys)?;
        check_parties(self.status, &self.parties)?;
        check_documents(self.status, (1..).zip(&self.documents).map(|(n, new)| (n, new.role, &new.document)))
    }

    /// Makes the entry of it: for stores, which give it its numbers in the same transaction.
    ///
    /// # Errors
    /// [`EntryError`] names the first thing that is wrong.
    pub fn register(
        self,
        id: EntryId,
        tenant: TenantId,
        case: CaseId,
        number: EntryNumber,
        at: Timestamp,
    ) -> Result<JournalEntry, EntryError> {
        self.check()?;
        let by = self.created_by;
        let documents = (1..).zip(self.documents).map(|(number, new)| new.attach(number, at, by.clone())).collect();
        let mut fields = Fields {
            id,
            tenant,
            case,
            number,
            kind: self.kind,
            status: self.status,
            history: vec![StatusChange { status: self.status, at, by: by.clone() }],
            title: self.title,
            public_title: self.public_title,
            document_date: self.document_date,
            received: self.received,
            sent: self.sent,
            journal_date: None,
            due: self.due,
            assessed: None,
            unit: self.unit,
            case_handler: self.case_handler,
            parties: self.parties,
            documents,
            sign_offs: Vec::new(),
            screening: self.screening,
            access_group: self.access_group,
            external_keys: self.external_keys,
            created: at,
            created_by: by,
            version: 0,
        };
        fields.stamp(self.status, at);
        JournalEntry::try_from(fields)
    }
}
