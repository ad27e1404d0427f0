use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::{
    case::{CaseKind, CaseStatus},
    document::{DocumentType, MediaType},
    identity::{ActorId, GroupId, SourceId, UnitId},
    journal::{EntryKind, EntryStatus},
    screening::Screening,
};

/// The rules of one source (regelsett), by name: how what it hands in is filed and screened. Data that an administrator
/// changes and tests with a dry run, not code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RuleBook {
    /// Whose rules.
    pub source: SourceId,
    /// The rules for consignments that name none.
    pub usual: IntakeRules,
    /// Others, by the name that a consignment asks for (`regel`).
    #[serde(default)]
    pub named: BTreeMap<String, IntakeRules>,
}

/// How one sort of consignment is filed and screened. All parts may be left out in the JSON form.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct IntakeRules {
    /// Counts the changes of these rules; receipts tell by which version they were made.
    pub version: u32,
    /// How cases are opened.
    pub case: CaseRule,
    /// How entries are registered whose sort no rule of its own names.
    pub entry: EntryRule,
    /// How entries of a sort are registered, by the source's name of the sort.
    pub entries: BTreeMap<String, EntryRule>,
    /// Our units by the source's codes. Compared without regard to case.
    pub units: BTreeMap<String, UnitId>,
    /// An unknown unit goes to the rule's own unit instead of being refused.
    pub lenient_units: bool,
    /// Our users by the source's user names. Compared without regard to case; an unknown one is left out.
    pub handlers: BTreeMap<String, ActorId>,
    /// Our screenings by the source's access codes. Compared without regard to case.
    pub codes: BTreeMap<String, Screening>,
    /// A code that is not in the list is taken as it is, when the source gives a legal basis with it. Else it is refused.
    pub open_codes: bool,
    /// The same key with other content is taken as a correction. Else it is refused.
    pub corrects_by_key: bool,
    /// What is taken in the way of files.
    pub content: ContentRule,
}

/// How cases are opened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct CaseRule {
    /// The kind, unless the source says one.
    pub kind: CaseKind,
    /// The kinds that the source may say; any when empty.
    pub kinds: BTreeSet<CaseKind>,
    /// The title, when the source gives none.
    pub title: Option<String>,
    /// The public title, when the source gives none.
    pub public_title: Option<String>,
    /// The unit, when the source names none that is known.
    pub unit: Option<UnitId>,
    /// The series, whatever the source says.
    pub series: Option<String>,
    /// The class, when the source gives none that is taken.
    pub class: Option<String>,
    /// The classification systems that are taken, best first; any when empty.
    pub class_systems: Vec<String>,
    /// The case handler, when the source names none that is known.
    pub handler: Option<ActorId>,
    /// The status it begins with.
    pub status: CaseStatus,
    /// The screening.
    pub screening: ScreeningRule,
    /// The access group (tilgangsgruppe).
    pub access_group: Option<GroupId>,
    /// Whether the source may open cases at all.
    pub may_open: bool,
}

/// How entries are registered.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct EntryRule {
    /// The kind, unless the source says one; incoming when neither does.
    pub kind: Option<EntryKind>,
    /// The status, whatever the source says.
    pub status: Option<EntryStatus>,
    /// The public title, when the source gives none.
    pub public_title: Option<String>,
    /// What kind of documents they are, unless the source says.
    pub document_type: Option<DocumentType>,
    /// The unit, when the source names none that is known; that of the case when neither is given.
    pub unit: Option<UnitId>,
    /// The case handler, when the source names none that is known.
    pub handler: Option<ActorId>,
    /// The screening.
    pub screening: ScreeningRule,
    /// Keeps the names of all parties from the public.
    pub screens_parties: bool,
    /// The access group (tilgangsgruppe) of its own.
    pub access_group: Option<GroupId>,
    /// Whether an entry without any document is taken.
    pub without_documents: bool,
}

/// Where the screening of a record comes from.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "rule", content = "screening")]
pub enum ScreeningRule {
    /// As the source says, and none when it says nothing.
    #[default]
    AsSent,
    /// As the source says; this one when it says nothing.
    Default(Screening),
    /// This one, whatever the source says.
    Always(Screening),
    /// As the source says; refused when it says nothing.
    Required,
    /// None: the law wants it open. Refused when the source wants one, so that a person looks at it.
    Never,
}

/// What is taken in the way of files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct ContentRule {
    /// The most files in one consignment.
    pub max_files: usize,
    /// The largest file, in bytes.
    pub max_file: u64,
    /// All files of one consignment together, in bytes.
    pub max_total: u64,
    /// The media types that are taken; any when empty.
    pub media_types: BTreeSet<MediaType>,
    /// Equal file names within an entry are numbered instead of being refused.
    pub numbers_equal_names: bool,
}

impl RuleBook {
    /// Rules for a source, the same for all it hands in.
    #[must_use]
    pub const fn new(source: SourceId, usual: IntakeRules) -> Self {
        Self { source, usual, named: BTreeMap::new() }
    }

    /// The rules for a consignment that asks for `name`, or for none. Nothing when there are none of that name.
    #[must_use]
    pub fn pick(&self, name: Option<&str>) -> Option<&IntakeRules> {
        match name {
            None => Some(&self.usual),
            Some(name) => self.named.get(name),
        }
    }
}

impl IntakeRules {
    /// Rules that take whatever is handed in and file it with this unit.
    #[must_use]
    pub fn for_unit(unit: UnitId) -> Self {
        Self { case: CaseRule { unit: Some(unit), ..CaseRule::default() }, ..Self::default() }
    }

    /// The rule for entries of a sort.
    #[must_use]
    pub fn entry_rule(&self, sort: Option<&str>) -> &EntryRule {
        sort.and_then(|sort| self.entries.get(sort)).unwrap_or(&self.entry)
    }
}

impl Default for CaseRule {
    fn default() -> Self {
        Self {
            kind: CaseKind::Ordinary,
            kinds: BTreeSet::new(),
            title: None,
            public_title: None,
            unit: None,
            series: None,
            class: None,
            class_systems: Vec::new(),
            handler: None,
            status: CaseStatus::Open,
            screening: ScreeningRule::AsSent,
            access_group: None,
            may_open: true,
        }
    }
}

impl Default for ContentRule {
    fn default() -> Self {
        Self {
            max_files: 500,
            max_file: 2 << 30,
            max_total: 5 << 30,
            media_types: BTreeSet::new(),
            numbers_equal_names: false,
        }
    }
}
