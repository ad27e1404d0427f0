use chrono::NaiveDate;
use serde::{Deserialize, Serialize, Serializer};
use thiserror::Error;

use super::{EntryKind, EntryNumber, EntryStatus, SignOff, SignOffError};
use crate::{
    calendar,
    document::{Document, DocumentName, DocumentStatus, DocumentVersion},
    identity::{ActorId, CaseId, DocumentId, EntryId, GroupId, TenantId, Timestamp, UnitId},
    noark::noark_list,
    party::Party,
    screening::{Private, Screening},
    text::{self, ExternalKey, MAX_TITLE, TextError},
};

noark_list! {
    /// What a document is to its entry (tilknyttetRegistreringSom, M217).
    DocumentRole {
        /// The main document (hoveddokument).
        Main = "H", "Hoveddokument";
        /// An attachment (vedlegg).
        Attachment = "V", "Vedlegg";
    }
}

/// A document as it is attached to an entry: the same document can be attached to several.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttachedDocument {
    /// Its place among the documents (dokumentnummer, M007), from 1. Stays when another is taken away.
    pub number: u32,
    /// Main document or attachment (M217).
    pub role: DocumentRole,
    /// When it was attached (tilknyttetDato, M620).
    pub at: Timestamp,
    /// By whom (tilknyttetAv, M621).
    pub by: ActorId,
    /// The document.
    pub document: Document,
}

/// A status an entry got.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusChange {
    /// The status.
    pub status: EntryStatus,
    /// When.
    pub at: Timestamp,
    /// By whom.
    pub by: ActorId,
}

/// A journal entry (journalpost).
///
/// Made by registering a [`NewEntry`](super::NewEntry), changed only by [`amend`](Self::amend), [`move_to`](Self::move_to),
/// [`sign_off`](Self::sign_off) and [`undo_sign_off`](Self::undo_sign_off): what is locked has no other way in. The JSON form
/// has the accessors' names as keys; titles and names are in it, because it is the form at rest.
///
/// ```
/// use chrono::DateTime;
/// use sakarkiv_core::{
///     case::CaseNumber,
///     identity::{ActorId, CaseId, EntryId, TenantId},
///     journal::{Change, EntryKind, EntryNumber, NewEntry},
/// };
///
/// let new = NewEntry::new(EntryKind::Incoming, "Søknad om garasje".into(), ActorId::new("u1")?);
/// let number = EntryNumber::new(CaseNumber::new(2026, 123)?, 1, 2026, 4711)?;
/// let (id, case) = (EntryId::from_uuid(uuid::Uuid::from_u128(1)), CaseId::from_uuid(uuid::Uuid::from_u128(2)));
/// let entry = new.register(id, TenantId::new("bodo")?, case, number, DateTime::UNIX_EPOCH)?;
/// let renamed = entry.amend(Change::Title("Søknad om carport".into()).into())?;
/// assert_eq!(renamed.public_title(), "Søknad om carport");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Fields")]
pub struct JournalEntry(pub(super) Fields);

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Fields {
    pub(super) id: EntryId,
    pub(super) tenant: TenantId,
    pub(super) case: CaseId,
    pub(super) number: EntryNumber,
    pub(super) kind: EntryKind,
    pub(super) status: EntryStatus,
    pub(super) history: Vec<StatusChange>,
    pub(super) title: Private<String>,
    #[serde(default)]
    pub(super) public_title: Option<Private<String>>,
    #[serde(default)]
    pub(super) document_date: Option<NaiveDate>,
    #[serde(default)]
    pub(super) received: Option<Timestamp>,
    #[serde(default)]
    pub(super) sent: Option<Timestamp>,
    #[serde(default)]
    pub(super) journal_date: Option<NaiveDate>,
    #[serde(default)]
    pub(super) due: Option<NaiveDate>,
    #[serde(default)]
    pub(super) assessed: Option<NaiveDate>,
    #[serde(default)]
    pub(super) unit: Option<UnitId>,
    #[serde(default)]
    pub(super) case_handler: Option<ActorId>,
    #[serde(default)]
    pub(super) parties: Vec<Party>,
    #[serde(default)]
    pub(super) documents: Vec<AttachedDocument>,
    #[serde(default)]
    pub(super) sign_offs: Vec<SignOff>,
    #[serde(default)]
    pub(super) screening: Option<Screening>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) access_group: Option<GroupId>,
    #[serde(default)]
    pub(super) external_keys: Vec<ExternalKey>,
    pub(super) created: Timestamp,
    pub(super) created_by: ActorId,
    pub(super) version: u64,
}

/// Why an entry cannot exist as it is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum EntryError {
    /// A text is blank or too long.
    #[error(transparent)]
    Text(#[from] TextError),
    /// Entries of the kind never have the status, or none begins with it.
    #[error("`{}` is no status for this entry of the kind `{}`", status.norwegian_name(), kind.norwegian_name())]
    Status {
        /// The kind.
        kind: EntryKind,
        /// The status.
        status: EntryStatus,
    },
    /// The history does not end with the status.
    #[error("the status history of the entry must end with its status")]
    History,
    /// The same party or document twice.
    #[error("the entry has the same party or document twice; give each its own id")]
    Twice,
    /// The documents are not one main document followed by attachments with rising numbers.
    #[error("an entry has at most one main document, which comes first, and rising document numbers from 1")]
    DocumentOrder,
    /// On record without a party (krav 2.6.3).
    #[error("an entry on record needs a party; add the sender or recipient (krav 2.6.3)")]
    NoParty,
    /// On record with an unfinished document (krav 3.2.30).
    #[error("an entry on record has finished documents only; finish them first (krav 3.2.30)")]
    UnfinishedDocument,
    /// Journaled at some time but without a journal date, or the other way round.
    #[error("a journal date (M101) is set when the entry is journaled, and never before")]
    JournalDate,
    /// A sign-off does not fit.
    #[error(transparent)]
    SignOff(#[from] SignOffError),
}

/// Why an entry did not get another status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum TransitionError {
    /// No such step in the life cycle.
    #[error("an entry of the kind `{}` cannot go from `{}` to `{}`", kind.norwegian_name(), from.norwegian_name(), to.norwegian_name())]
    NoSuchStep {
        /// The kind.
        kind: EntryKind,
        /// From.
        from: EntryStatus,
        /// To.
        to: EntryStatus,
    },
    /// The entry lacks what the status demands.
    #[error(transparent)]
    Invalid(#[from] EntryError),
}

impl JournalEntry {
    /// Takes a step of the life cycle. Journaling sets the journal date (M101) to the local date, dispatching the sent date
    /// (M105) if there is none.
    ///
    /// # Errors
    /// [`TransitionError`] when there is no such step or the entry lacks a party or has unfinished documents.
    pub fn move_to(&self, to: EntryStatus, by: &ActorId, at: Timestamp) -> Result<Self, TransitionError> {
        let (kind, from) = (self.0.kind, self.0.status);
        if !from.may_become(to, kind) {
            return Err(TransitionError::NoSuchStep { kind, from, to });
        }
        let mut fields = self.0.clone();
        fields.status = to;
        fields.history.push(StatusChange { status: to, at, by: by.clone() });
        fields.stamp(to, at);
        Ok(Self::try_from(fields)?)
    }

    /// System id (systemID, M001).
    #[must_use]
    pub const fn id(&self) -> EntryId {
        self.0.id
    }

    /// Whose entry it is.
    #[must_use]
    pub const fn tenant(&self) -> &TenantId {
        &self.0.tenant
    }

    /// Its case.
    #[must_use]
    pub const fn case(&self) -> CaseId {
        self.0.case
    }

    /// Its numbers (M004, M013–M015).
    #[must_use]
    pub const fn number(&self) -> EntryNumber {
        self.0.number
    }

    /// What kind of entry (journalposttype, M082).
    #[must_use]
    pub const fn kind(&self) -> EntryKind {
        self.0.kind
    }

    /// How far it has come (journalstatus, M053).
    #[must_use]
    pub const fn status(&self) -> EntryStatus {
        self.0.status
    }

    /// Every status it has had, oldest first.
    #[must_use]
    pub fn history(&self) -> &[StatusChange] {
        &self.0.history
    }

    /// When and by whom it was archived (arkivertDato M604, arkivertAv M605).
    #[must_use]
    pub fn archived(&self) -> Option<&StatusChange> {
        self.0.history.iter().find(|change| change.status == EntryStatus::Archived)
    }

    /// Whether it may be deleted: never when it is or has ever been journaled, dispatched, archived or void (krav 3.2.19),
    /// nor when a case handler has finished it (krav 3.2.20).
    #[must_use]
    pub fn may_be_deleted(&self) -> bool {
        self.0.history.iter().all(|change| {
            matches!(change.status, EntryStatus::Temporary | EntryStatus::HandlerRegistered | EntryStatus::Reserved)
        })
    }

    /// The title (tittel, M020).
    #[must_use]
    pub const fn title(&self) -> &Private<String> {
        &self.0.title
    }

    /// The date on the document (dokumentetsDato, M103).
    #[must_use]
    pub const fn document_date(&self) -> Option<NaiveDate> {
        self.0.document_date
    }

    /// When it was received (mottattDato, M104).
    #[must_use]
    pub const fn received(&self) -> Option<Timestamp> {
        self.0.received
    }

    /// When it was sent (sendtDato, M105).
    #[must_use]
    pub const fn sent(&self) -> Option<Timestamp> {
        self.0.sent
    }

    /// When it was journaled (journaldato, M101).
    #[must_use]
    pub const fn journal_date(&self) -> Option<NaiveDate> {
        self.0.journal_date
    }

    /// When it must be answered (forfallsdato, M109).
    #[must_use]
    pub const fn due(&self) -> Option<NaiveDate> {
        self.0.due
    }

    /// When its publicity was assessed (offentlighetsvurdertDato, M110).
    #[must_use]
    pub const fn assessed(&self) -> Option<NaiveDate> {
        self.0.assessed
    }

    /// The unit that handles it (administrativEnhet, M305).
    #[must_use]
    pub const fn unit(&self) -> Option<&UnitId> {
        self.0.unit.as_ref()
    }

    /// The case handler (saksbehandler, M307).
    #[must_use]
    pub const fn case_handler(&self) -> Option<&ActorId> {
        self.0.case_handler.as_ref()
    }

    /// The parties (korrespondanseparter).
    #[must_use]
    pub fn parties(&self) -> &[Party] {
        &self.0.parties
    }

    /// The documents, main document first.
    #[must_use]
    pub fn documents(&self) -> &[AttachedDocument] {
        &self.0.documents
    }

    /// One of the documents.
    #[must_use]
    pub fn document(&self, id: DocumentId) -> Option<&Document> {
        self.0.documents.iter().map(|attached| &attached.document).find(|document| document.id() == id)
    }

    /// Whether this document stands in it, or the document of this file.
    #[must_use]
    pub fn holds(&self, name: DocumentName) -> bool {
        self.0.documents.iter().any(|attached| match name {
            DocumentName::Document(id) => attached.document.id() == id,
            DocumentName::File(_) => attached.document.named(name).is_some(),
        })
    }

    /// The file that the name of a document in it, or of the file itself, means.
    #[must_use]
    pub fn file(&self, name: DocumentName) -> Option<(&Document, &DocumentVersion)> {
        let documents = self.0.documents.iter().map(|attached| &attached.document);
        documents.filter_map(|document| Some((document, document.named(name)?))).next()
    }

    /// The sign-offs (avskrivninger).
    #[must_use]
    pub fn sign_offs(&self) -> &[SignOff] {
        &self.0.sign_offs
    }

    /// The screening. An entry has its own; that of its case is never handed down to it, nor is its own handed up (R2.3).
    #[must_use]
    pub const fn screening(&self) -> Option<&Screening> {
        self.0.screening.as_ref()
    }

    /// The entry's own access group (tilgangsgruppe), if it has one. That of its case is never handed down to it (R2.3).
    #[must_use]
    pub const fn access_group(&self) -> Option<&GroupId> {
        self.0.access_group.as_ref()
    }

    /// Keys by which other systems know it (eksternReferanse, M413).
    #[must_use]
    pub fn external_keys(&self) -> &[ExternalKey] {
        &self.0.external_keys
    }

    /// When it was registered here (opprettetDato, M600).
    #[must_use]
    pub const fn created(&self) -> Timestamp {
        self.0.created
    }

    /// Who registered it (opprettetAv, M601).
    #[must_use]
    pub const fn created_by(&self) -> &ActorId {
        &self.0.created_by
    }

    /// How many times the stored entry was changed; a store refuses a change that starts from another version.
    #[must_use]
    pub const fn version(&self) -> u64 {
        self.0.version
    }

    /// The same entry as stored after a change: for stores.
    #[must_use]
    pub const fn with_version(mut self, version: u64) -> Self {
        self.0.version = version;
        self
    }
}

impl Serialize for JournalEntry {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl TryFrom<Fields> for JournalEntry {
    type Error = EntryError;
    fn try_from(fields: Fields) -> Result<Self, EntryError> {
        fields.check()?;
        Ok(Self(fields))
    }
}

impl Fields {
    /// Sets the dates that come with a status.
    pub(super) fn stamp(&mut self, status: EntryStatus, at: Timestamp) {
        match status {
            EntryStatus::Journaled => {
                self.journal_date.get_or_insert_with(|| calendar::oslo_date(at));
            }
            EntryStatus::Dispatched => {
                self.sent.get_or_insert(at);
            }
            _ => {}
        }
    }

    fn check(&self) -> Result<(), EntryError> {
        check_texts(&self.title, self.public_title.as_ref(), &self.external_keys)?;
        self.check_status()?;
        check_parties(self.status, &self.parties)?;
        check_documents(self.status, self.documents.iter().map(|a| (a.number, a.role, &a.document)))?;
        Ok(self.check_sign_offs()?)
    }

    fn check_status(&self) -> Result<(), EntryError> {
        if !self.status.occurs_in(self.kind) {
            return Err(EntryError::Status { kind: self.kind, status: self.status });
        }
        if self.history.last().map(|change| change.status) != Some(self.status) {
            return Err(EntryError::History);
        }
        let journaled = self.history.iter().any(|change| change.status == EntryStatus::Journaled);
        if journaled != self.journal_date.is_some() {
            return Err(EntryError::JournalDate);
        }
        Ok(())
    }
}

pub(super) fn check_texts(
    title: &Private<String>,
    public_title: Option<&Private<String>>,
    keys: &[ExternalKey],
) -> Result<(), EntryError> {
    text::check("entry title", title.expose(), MAX_TITLE)?;
    text::check_all("public entry title", public_title.map(|title| title.expose().as_str()), MAX_TITLE)?;
    Ok(keys.iter().try_for_each(ExternalKey::check)?)
}

pub(super) fn check_parties(status: EntryStatus, parties: &[Party]) -> Result<(), EntryError> {
    if has_twice(parties.iter().map(Party::id)) {
        return Err(EntryError::Twice);
    }
    if status.is_settled() && parties.is_empty() { Err(EntryError::NoParty) } else { Ok(()) }
}

pub(super) fn check_documents<'a>(
    status: EntryStatus,
    documents: impl Iterator<Item = (u32, DocumentRole, &'a Document)> + Clone,
) -> Result<(), EntryError> {
    if has_twice(documents.clone().map(|(_, _, document)| document.id())) {
        return Err(EntryError::Twice);
    }
    let main_after_first = documents.clone().skip(1).any(|(_, role, _)| role == DocumentRole::Main);
    let rising = documents.clone().try_fold(0, |last, (number, ..)| (number > last).then_some(number));
    if main_after_first || rising.is_none() {
        return Err(EntryError::DocumentOrder);
    }
    let mut unfinished = documents.filter(|(_, _, document)| document.status() != DocumentStatus::Final);
    if status.is_settled() && unfinished.next().is_some() {
        return Err(EntryError::UnfinishedDocument);
    }
    Ok(())
}

fn has_twice<T: Ord>(ids: impl Iterator<Item = T>) -> bool {
    let mut ids: Vec<T> = ids.collect();
    let all = ids.len();
    ids.sort_unstable();
    ids.dedup();
    ids.len() != all
}

#[cfg(test)]
#[path = "entry_tests.rs"]
pub(super) mod tests;
