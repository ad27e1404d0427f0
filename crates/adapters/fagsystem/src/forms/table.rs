use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use sakarkiv_core::{
    calendar::oslo_date,
    case::CaseKind,
    identity::SourceId,
    journal::{EntryKind, EntryStatus},
    party::PartyRole,
};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::{Form, Sample, Template};

/// All tables of one source: which kind of form becomes what. TOML or JSON; unknown words in it are refused, so that a
/// spelling mistake is seen when it is made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FormTables {
    /// The source whose deliveries these are.
    pub source: SourceId,
    /// The tables, the first that fits counts.
    #[serde(default, rename = "table")]
    pub tables: Vec<FormTable>,
    /// Deliveries to try the tables out on, with what they should become.
    #[serde(default, rename = "sample", skip_serializing_if = "Vec::is_empty")]
    pub samples: Vec<Sample>,
}

/// What one kind of form becomes, from one day on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FormTable {
    /// The kind of form by the source's own id; `*` at the end stands for anything.
    pub form: String,
    /// Counts the changes. Of several that fit, the one with the highest version counts.
    pub version: u32,
    /// The first day on which forms that come in are mapped so.
    pub from: NaiveDate,
    /// Only forms whose fields have one of these values. Compared without regard to case.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub when: BTreeMap<String, BTreeSet<String>>,
    /// The name of the source's rules for it (regel).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// Its case.
    pub case: CaseMap,
    /// Its entries, in order.
    #[serde(rename = "entry")]
    pub entries: Vec<EntryMap>,
}

/// Which case a form goes to, and what a new one is like.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CaseMap {
    /// Whether it is a new one.
    #[serde(default)]
    pub wish: Wish,
    /// The key that finds it, and by which a new one is found later. Left out, the key of the form is the key of the case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<KeyMap>,
    /// The case number that the form names; counts before the key where it is filled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<Template>,
    /// The kind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<CaseKind>,
    /// The title.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<Template>,
    /// The public title.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub public_title: Option<Template>,
    /// The unit, by the source's own code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<Template>,
    /// The case handler, by the source's own user name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub case_handler: Option<Template>,
    /// The classes. Those whose fields are missing are left out.
    #[serde(default, rename = "class", skip_serializing_if = "Vec::is_empty")]
    pub classes: Vec<ClassMap>,
    /// References to the world outside. Those whose fields are missing are left out.
    #[serde(default, rename = "reference", skip_serializing_if = "Vec::is_empty")]
    pub references: Vec<ReferenceMap>,
    /// The screening, by the source's own code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub screening: Option<ScreeningMap>,
}

/// Whether a form opens a case.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Wish {
    /// Always.
    #[default]
    New,
    /// Never: the case must be there.
    Existing,
    /// When the case is not there yet.
    FindOrNew,
}

/// A key of another system.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyMap {
    /// The system.
    pub system: String,
    /// What kind of key.
    pub kind: String,
    /// The key.
    pub value: Template,
}

/// A class of a classification system.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClassMap {
    /// The system.
    pub system: String,
    /// The class.
    pub value: Template,
    /// Whether the class itself is kept from the public.
    #[serde(default)]
    pub screened: bool,
}

/// A reference to the world outside the archive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum ReferenceMap {
    /// A property in the land register.
    Matrikkel(Matrikkel),
    /// Anything else.
    Key(KeyMap),
}

/// A property in the land register, by the fields that hold its numbers. Absent ones are 0.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Matrikkel {
    /// The municipality number.
    pub municipality: Template,
    /// The farm number (gårdsnummer).
    pub farm: Template,
    /// The title number (bruksnummer).
    pub title: Template,
    /// The lease number (festenummer).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lease: Option<Template>,
    /// The section number (seksjonsnummer).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub section: Option<Template>,
}

/// A screening by the source's own code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScreeningMap {
    /// The code.
    pub code: Template,
    /// The legal basis.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub legal_basis: Option<Template>,
}

/// A journal entry that a form becomes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EntryMap {
    /// What the rules of the source call this sort of entry.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sort: Option<String>,
    /// The key of the entry; left out, it is the key of the form, and the place of the entry in it after the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<KeyMap>,
    /// The kind; incoming where neither this nor the rules say one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<EntryKind>,
    /// How far it has come.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<EntryStatus>,
    /// The title.
    pub title: Template,
    /// The public title.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub public_title: Option<Template>,
    /// The date of the document; the day on which the form was sent where it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date: Option<Template>,
    /// Which of the form's files are in it.
    #[serde(default)]
    pub files: Files,
    /// The parties. Those whose name's fields are missing are left out.
    #[serde(default, rename = "party", skip_serializing_if = "Vec::is_empty")]
    pub parties: Vec<PartyMap>,
    /// The screening, by the source's own code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub screening: Option<ScreeningMap>,
}

/// Which files of a form are in an entry.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Files {
    /// All.
    #[default]
    All,
    /// The form itself.
    Main,
    /// The attachments, the first as main document.
    Attachments,
}

/// A party of an entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PartyMap {
    /// What the party is to the entry.
    pub role: PartyRole,
    /// The name.
    pub name: Template,
    /// The birth number or organisation number. One that is not valid is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity: Option<Template>,
    /// The street and number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub street: Option<Template>,
    /// The postal code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub postal_code: Option<Template>,
    /// The city.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub city: Option<Template>,
    /// The e-mail address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<Template>,
    /// The telephone number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<Template>,
    /// Whether the name is kept from the public.
    #[serde(default)]
    pub screened: bool,
}

/// Tables that make no sense.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum TableError {
    /// Not TOML, or not a table.
    #[error("the tables cannot be read: {0}")]
    Unreadable(String),
    /// Two tables that nothing tells apart.
    #[error("form `{form}` has two tables of version {version}: count the version up")]
    VersionTwice {
        /// The kind of form.
        form: String,
        /// The version.
        version: u32,
    },
    /// A later version that counts from an earlier day.
    #[error(
        "version {version} of form `{form}` counts from an earlier day than the version before: nothing that was sent is mapped anew"
    )]
    BackDated {
        /// The kind of form.
        form: String,
        /// The version.
        version: u32,
    },
    /// A table without an entry registers nothing.
    #[error("form `{form}` has no entry: a form becomes at least one")]
    NoEntry {
        /// The kind of form.
        form: String,
    },
}

impl FormTables {
    /// Reads tables from TOML and checks them.
    ///
    /// # Errors
    /// [`TableError`] names the table.
    pub fn from_toml(text: &str) -> Result<Self, TableError> {
        let tables: Self = toml::from_str(text).map_err(|error| TableError::Unreadable(error.to_string()))?;
        tables.check()?;
        Ok(tables)
    }

    /// Checks that versions tell tables apart and count on from each other.
    ///
    /// # Errors
    /// [`TableError`] names the table.
    pub fn check(&self) -> Result<(), TableError> {
        let mut rows: BTreeMap<_, Vec<&FormTable>> = BTreeMap::new();
        for table in &self.tables {
            if table.entries.is_empty() {
                return Err(TableError::NoEntry { form: table.form.clone() });
            }
            rows.entry((&table.form, &table.when)).or_default().push(table);
        }
        for versions in rows.values_mut() {
            versions.sort_by_key(|table| table.version);
            for (earlier, later) in versions.iter().zip(versions.iter().skip(1)) {
                let (form, version) = (later.form.clone(), later.version);
                if earlier.version == later.version {
                    return Err(TableError::VersionTwice { form, version });
                }
                if later.from < earlier.from {
                    return Err(TableError::BackDated { form, version });
                }
            }
        }
        Ok(())
    }

    /// The table for a form: of those that fit and count on the day it came in, one with conditions before one without,
    /// then the closest name, then the highest version.
    #[must_use]
    pub fn pick(&self, form: &Form) -> Option<&FormTable> {
        let day = oslo_date(form.came_in());
        let fitting = self.tables.iter().filter(|table| table.from <= day && table.fits(form));
        fitting.max_by_key(|table| (table.when.len(), table.form.len(), table.version))
    }
}

impl FormTable {
    fn fits(&self, form: &Form) -> bool {
        let named = match self.form.strip_suffix('*') {
            Some(beginning) => form.kind.starts_with(beginning),
            None => form.kind == self.form,
        };
        named
            && self.when.iter().all(|(field, values)| {
                let has = form.field(field).map(str::to_lowercase);
                has.is_some_and(|has| values.iter().any(|value| value.trim().to_lowercase() == has))
            })
    }
}
