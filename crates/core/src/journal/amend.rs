use chrono::NaiveDate;
use thiserror::Error;

use super::{AttachedDocument, EntryError, EntryField, EntryKind, JournalEntry, NewDocument, lock};
use crate::{
    document::{Document, DocumentStatus},
    identity::{ActorId, GroupId, PartyId, Timestamp, UnitId},
    party::Party,
    screening::{Private, Screening},
    text::ExternalKey,
};

/// One change of a journal entry.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Change {
    /// Another title (M020).
    Title(Private<String>),
    /// A public title of its own wording (M025), or none.
    PublicTitle(Option<Private<String>>),
    /// Another kind (M082); its life cycle must have the present status.
    Kind(EntryKind),
    /// The date on the document (M103).
    DocumentDate(Option<NaiveDate>),
    /// When it was received (M104).
    Received(Option<Timestamp>),
    /// When it was sent (M105).
    Sent(Option<Timestamp>),
    /// Another journal date (M101), when it has one.
    JournalDate(NaiveDate),
    /// When it must be answered (M109).
    Due(Option<NaiveDate>),
    /// When its publicity was assessed (M110).
    Assessed(Option<NaiveDate>),
    /// The unit that handles it (M305).
    Unit(Option<UnitId>),
    /// The case handler (M307).
    CaseHandler(Option<ActorId>),
    /// All parties anew.
    Parties(Vec<Party>),
    /// Keeps the name of a party from the public, or no longer. Screening, so it is never locked.
    ScreenParty(PartyId, bool),
    /// The screening, or none.
    Screening(Option<Screening>),
    /// Its own access group, or none.
    AccessGroup(Option<GroupId>),
    /// Keys by which other systems know it.
    ExternalKeys(Vec<ExternalKey>),
    /// Attaches a document.
    Attach {
        /// The document and what it is to the entry.
        document: NewDocument,
        /// When.
        at: Timestamp,
        /// By whom.
        by: ActorId,
    },
    /// Puts a changed document in the place of the one with its id. A finished one takes another title, marks, screening and
    /// new variants only (krav 3.2.27, 3.2.31–33), also when the entry is archived.
    Document(Document),
}

/// Changes of an entry that are made together or not at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Amendment(Vec<Change>);

/// Why an entry was not changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum AmendError {
    /// The field is locked in this status.
    #[error("`{field:?}` of the entry is locked by {rule}; register a new entry or correct it as that rule allows")]
    Locked {
        /// The field.
        field: EntryField,
        /// The rule.
        rule: &'static str,
    },
    /// The entry has no such party.
    #[error("the entry has no party with this id")]
    UnknownParty,
    /// The entry has no such document.
    #[error("the entry has no document with this id; attach it")]
    UnknownDocument,
    /// The content of a finished document would change.
    #[error(
        "the document is finished: only its title, marks, screening and new variants may change (krav 3.2.31, 3.2.32)"
    )]
    FrozenDocument,
    /// The changed entry would not be valid.
    #[error(transparent)]
    Invalid(#[from] EntryError),
}

impl JournalEntry {
    /// The same entry with the changes made; the only way to change one beside its status and sign-offs. The version stays:
    /// the store raises it.
    ///
    /// # Errors
    /// [`AmendError`] when a field is locked or a value not valid; then nothing is changed.
    pub fn amend(&self, amendment: Amendment) -> Result<Self, AmendError> {
        let mut amended = self.clone();
        for change in amendment.0 {
            if let Some(field) = change.field()
                && let Some(rule) = lock(self.kind(), self.status(), field)
            {
                return Err(AmendError::Locked { field, rule });
            }
            amended.apply(change)?;
        }
        Ok(Self::try_from(amended.0)?)
    }

    fn apply(&mut self, change: Change) -> Result<(), AmendError> {
        let fields = &mut self.0;
        match change {
            Change::Title(title) => fields.title = title,
            Change::PublicTitle(title) => fields.public_title = title,
            Change::Kind(kind) => fields.kind = kind,
            Change::DocumentDate(date) => fields.document_date = date,
            Change::Received(at) => fields.received = at,
            Change::Sent(at) => fields.sent = at,
            Change::JournalDate(date) => fields.journal_date = Some(date),
            Change::Due(date) => fields.due = date,
            Change::Assessed(date) => fields.assessed = date,
            Change::Unit(unit) => fields.unit = unit,
            Change::CaseHandler(handler) => fields.case_handler = handler,
            Change::Parties(parties) => fields.parties = parties,
            Change::Screening(screening) => fields.screening = screening,
            Change::AccessGroup(group) => fields.access_group = group,
            Change::ExternalKeys(keys) => fields.external_keys = keys,
            Change::ScreenParty(id, screened) => {
                let party = fields.parties.iter_mut().find(|p| p.id() == id).ok_or(AmendError::UnknownParty)?;
                *party = party.clone().screened(screened);
            }
            Change::Attach { document, at, by } => {
                let number = fields.documents.last().map_or(1, |last| last.number.saturating_add(1));
                fields.documents.push(document.attach(number, at, by));
            }
            Change::Document(document) => replace(&mut fields.documents, document)?,
        }
        Ok(())
    }
}

fn replace(documents: &mut [AttachedDocument], new: Document) -> Result<(), AmendError> {
    let place = documents.iter_mut().find(|a| a.document.id() == new.id()).ok_or(AmendError::UnknownDocument)?;
    if place.document.status() == DocumentStatus::Final && !only_adds_variants(&place.document, &new) {
        return Err(AmendError::FrozenDocument);
    }
    place.document = new;
    Ok(())
}

fn only_adds_variants(old: &Document, new: &Document) -> bool {
    let latest = old.versions().last().map(|version| version.number);
    let added = new.versions().get(old.versions().len()..).unwrap_or_default();
    new.status() == DocumentStatus::Final
        && new.kind() == old.kind()
        && new.versions().starts_with(old.versions())
        && added.iter().all(|version| latest.is_none() || Some(version.number) == latest)
}

impl Amendment {
    /// One change.
    #[must_use]
    pub fn new(change: Change) -> Self {
        Self(vec![change])
    }

    /// And another.
    #[must_use]
    pub fn and(mut self, change: Change) -> Self {
        self.0.push(change);
        self
    }

    /// The same changes of `entry`, with whatever they attach or add to a document attached and stored by this actor. An
    /// interface need not know as whom it works: the archive does.
    #[must_use]
    pub fn attached_by(mut self, actor: &ActorId, entry: &JournalEntry) -> Self {
        for change in &mut self.0 {
            match change {
                Change::Attach { document, by, .. } => {
                    by.clone_from(actor);
                    document.document = document.document.clone().stored_by(actor, None);
                }
                Change::Document(document) => {
                    *document = document.clone().stored_by(actor, entry.document(document.id()));
                }
                _ => {}
            }
        }
        self
    }

    /// The changes, in the order they are made.
    #[must_use]
    pub fn changes(&self) -> &[Change] {
        &self.0
    }
}

impl From<Change> for Amendment {
    fn from(change: Change) -> Self {
        Self::new(change)
    }
}

impl Change {
    /// The field it changes, where a lock stands on it; the content of documents has its own.
    #[must_use]
    pub const fn field(&self) -> Option<EntryField> {
        Some(match self {
            Self::Title(_) => EntryField::Title,
            Self::PublicTitle(_) => EntryField::PublicTitle,
            Self::Kind(_) => EntryField::Kind,
            Self::DocumentDate(_) => EntryField::DocumentDate,
            Self::Received(_) => EntryField::Received,
            Self::Sent(_) => EntryField::Sent,
            Self::JournalDate(_) => EntryField::JournalDate,
            Self::Due(_) => EntryField::Due,
            Self::Assessed(_) => EntryField::Assessed,
            Self::Unit(_) => EntryField::Unit,
            Self::CaseHandler(_) => EntryField::CaseHandler,
            Self::Parties(_) => EntryField::Parties,
            Self::ScreenParty(..) | Self::Screening(_) => EntryField::Screening,
            Self::AccessGroup(_) => EntryField::AccessGroup,
            Self::ExternalKeys(_) => EntryField::ExternalKeys,
            Self::Attach { .. } => EntryField::Documents,
            Self::Document(_) => return None,
        })
    }
}
