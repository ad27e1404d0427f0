//! Forms (skjema) and other flat deliveries, and the tables by which they become consignments (R8.3, R8.4).
//!
//! A [`Form`] is what many systems really send: a kind, a key, named fields and files. A [`FormTables`] says what a kind of
//! form becomes: which case, which entries, which parties, classes and references, by [templates](Template) over the fields.
//! It is data that an administrator changes: each table has a version and the day from which it counts, so that a form that
//! is sent again is mapped as it was the first time, and [`FormTables::try_out`] tells what sample deliveries would become.
//!
//! What the fields cannot know (the unit behind a code, the screening of a case kind, the series) stands in the
//! [rules](sakarkiv_core::intake::IntakeRules) of the source, which count after the table.

mod field;
mod loose;
mod map;
mod sample;
mod table;
mod template;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use sakarkiv_core::{
    identity::Timestamp,
    intake::{ConsignmentKey, FileFacts},
    journal::DocumentRole,
    screening::Private,
};

pub use loose::Loose;
pub use sample::{Sample, SampleFault, Tried};
pub use table::{
    CaseMap, ClassMap, EntryMap, Files, FormTable, FormTables, KeyMap, Matrikkel, PartyMap, ReferenceMap, ScreeningMap,
    TableError, Wish,
};
pub use template::{Template, TemplateError};

/// A flat delivery: what a form, an e-mail or a row of a specialist system says, before anything is made of it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Form {
    /// What kind of form, by the source's own id.
    pub kind: String,
    /// The source's own key of this one.
    pub key: ConsignmentKey,
    /// When it was sent, as far as it says itself: the date of its documents.
    pub sent: Timestamp,
    /// When it came in, where that is known otherwise than from itself; else when it was sent counts.
    pub received: Option<Timestamp>,
    /// The fields by their names.
    pub fields: BTreeMap<String, Private<String>>,
    /// The files, put into the archive.
    pub files: Vec<FormFile>,
}

/// A file of a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormFile {
    /// The form itself (hoveddokument), or an attachment (vedlegg).
    pub role: DocumentRole,
    /// What it is called, if anything.
    pub title: Option<Private<String>>,
    /// The file.
    pub file: FileFacts,
}

impl Form {
    /// A form without fields and files.
    #[must_use]
    pub fn new(kind: impl Into<String>, key: ConsignmentKey, sent: Timestamp) -> Self {
        Self { kind: kind.into(), key, sent, received: None, fields: BTreeMap::new(), files: Vec::new() }
    }

    /// When it came in: decides which version of a table counts.
    #[must_use]
    pub fn came_in(&self) -> Timestamp {
        self.received.unwrap_or(self.sent)
    }

    /// Sets a field.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.fields.insert(name.into(), Private::new(value.into()));
        self
    }

    /// Adds a file.
    #[must_use]
    pub fn with_file(mut self, file: FormFile) -> Self {
        self.files.push(file);
        self
    }

    /// A field's text without the blanks around it; nothing when it is missing or blank.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&str> {
        self.fields.get(name).map(|value| value.expose().trim()).filter(|value| !value.is_empty())
    }
}
