use chrono::NaiveDate;

use super::{CodeShows, EntryOutcome, Outcome, PublicationPolicy, UnknownCode, may_publish_kind};
use crate::{
    case::{Case, CaseKind, CaseStatus},
    document::{Document, DocumentStatus, DocumentType, Variant},
    identity::{DocumentId, UnitId},
    journal::{EntryKind, EntryStatus, JournalEntry},
    party::{Party, PartyIdentity},
    screening::{Hides, Screening},
    sensitivity::BasisFact,
};

/// What a kind of case means for publication.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum KindFact {
    /// Cases of the kind are published.
    Published,
    /// Never, by the rule for everybody (R7.3).
    NeverByRule,
    /// Never, by the tenant's choice or that of its series.
    NeverByChoice,
}

/// How far a case or an entry has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RecordState {
    /// On record.
    OnRecord,
    /// Not yet on record: reserved, temporary, not journaled.
    NotYet,
    /// Void (utgår).
    Void,
}

/// What sort of entry it is (R7.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SortFact {
    /// Incoming, outgoing or proposal.
    Ordinary,
    /// Internal, X or N, of a unit that chose to publish these.
    InternalChosen,
    /// Internal of a unit that did not.
    InternalNotChosen,
}

/// What the access code of a screening means for publication.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CodeFact {
    /// There is no screening.
    NotScreened,
    /// The tenant's table knows the code.
    Known(CodeShows),
    /// It does not; what is shown then is the tenant's word.
    Unknown(UnknownCode),
}

/// All that showing an entry depends on. Finite by construction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct EntryFacts {
    /// The kind and series of the case.
    pub kind: KindFact,
    /// How far the case has come.
    pub case: RecordState,
    /// How far the entry has come.
    pub entry: RecordState,
    /// What sort of entry.
    pub sort: SortFact,
    /// The code on the case.
    pub case_code: CodeFact,
    /// The code on the entry.
    pub entry_code: CodeFact,
    /// The legal basis on case or entry is one of what only few may read: child welfare, health, hidden addresses.
    pub few_may_read: bool,
    /// A screening on case or entry hides everything.
    pub everything_hidden: bool,
    /// The entry waits for an assessment of its publicity that the tenant asks for.
    pub unassessed: bool,
    /// The delay for entries is not over.
    pub delayed: bool,
    /// Somebody has withdrawn it.
    pub withdrawn: bool,
}

/// Whether documents of an entry are published in full text (R7.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FullText {
    /// Its unit chose full text, and the entry is young enough.
    Chosen,
    /// Its unit did not choose it.
    NotChosen,
    /// It was journaled before full text began.
    TooOld,
}

/// How much of a document is screened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Hidden {
    /// Nothing.
    Nothing,
    /// Parts; a redacted variant can be shown.
    Parts,
    /// The whole document.
    Whole,
}

/// Which files of a document there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Files {
    /// None.
    None,
    /// As it was written.
    Full,
    /// Only with screened parts blacked out.
    RedactedOnly,
    /// Both.
    Both,
}

/// All that showing a document's file depends on. Finite by construction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct DocumentFacts {
    /// What is shown of its entry.
    pub entry: EntryOutcome,
    /// Whether the unit publishes full text.
    pub full_text: FullText,
    /// The code on the document itself.
    pub code: CodeFact,
    /// The legal basis on the document is one of what only few may read.
    pub few_may_read: bool,
    /// How much of it its screening and that of its entry hide.
    pub hidden: Hidden,
    /// It was marked as containing sensitive personal data, or as for few to read.
    pub marked: bool,
    /// It is what the sender's system told beside the documents.
    pub particulars: bool,
    /// Which files there are.
    pub files: Files,
    /// It is still being written on.
    pub draft: bool,
    /// The delay for documents is not over.
    pub delayed: bool,
    /// Somebody has withdrawn its file.
    pub withdrawn: bool,
}

/// What sort of name a party has (R7.6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NameSort {
    /// An organisation, by its number.
    Organisation,
    /// An organisation, by a word of its name.
    NamedLikeOrganisation,
    /// A person, by their number.
    Person,
    /// Nobody knows. Taken as a person.
    Unknown,
}

/// All that showing a name depends on. Finite by construction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct NameFacts {
    /// What is shown of its entry.
    pub entry: EntryOutcome,
    /// The party's own name is screened.
    pub screened: bool,
    /// The entry's screening, or its code, hides the names of all parties.
    pub all_screened: bool,
    /// What sort of name.
    pub sort: NameSort,
    /// The time in which names can be found by search is over.
    pub old: bool,
    /// What the tenant does with names then.
    pub old_names: super::OldNames,
}

impl KindFact {
    /// Every fact.
    pub const ALL: [Self; 3] = [Self::Published, Self::NeverByRule, Self::NeverByChoice];

    /// The fact of a kind and a series under a policy.
    #[must_use]
    pub fn of(kind: CaseKind, series: Option<&str>, policy: &PublicationPolicy) -> Self {
        let withheld = series.is_some_and(|series| policy.withheld_series.contains(series));
        if may_publish_kind(kind).outcome == Outcome::Withhold {
            Self::NeverByRule
        } else if withheld || policy.never.contains(&kind) {
            Self::NeverByChoice
        } else {
            Self::Published
        }
    }
}

impl RecordState {
    /// Every state.
    pub const ALL: [Self; 3] = [Self::OnRecord, Self::NotYet, Self::Void];

    /// The state of a case.
    #[must_use]
    pub const fn of_case(status: CaseStatus) -> Self {
        match status {
            CaseStatus::Reserved => Self::NotYet,
            CaseStatus::Void => Self::Void,
            CaseStatus::Open
            | CaseStatus::Exempt
            | CaseStatus::HandlerDone
            | CaseStatus::HandlerClosed
            | CaseStatus::Closed => Self::OnRecord,
        }
    }

    /// The state of an entry: on record when it is journaled, dispatched or archived and has a journal date.
    #[must_use]
    pub const fn of_entry(status: EntryStatus, journal_date: Option<NaiveDate>) -> Self {
        match status {
            EntryStatus::Void => Self::Void,
            status if status.is_settled() && journal_date.is_some() => Self::OnRecord,
            _ => Self::NotYet,
        }
    }
}

impl SortFact {
    /// Every sort.
    pub const ALL: [Self; 3] = [Self::Ordinary, Self::InternalChosen, Self::InternalNotChosen];

    /// The sort of an entry's kind in a unit.
    #[must_use]
    pub fn of(kind: EntryKind, unit: &UnitId, policy: &PublicationPolicy) -> Self {
        match kind {
            EntryKind::Incoming | EntryKind::Outgoing | EntryKind::Proposal => Self::Ordinary,
            EntryKind::Internal | EntryKind::InternalFollowUp => {
                let chosen = policy.units.get(unit).is_some_and(|unit| unit.internal_entries);
                if chosen { Self::InternalChosen } else { Self::InternalNotChosen }
            }
        }
    }
}

impl CodeFact {
    /// Every fact.
    pub const ALL: [Self; 7] = [
        Self::NotScreened,
        Self::Known(CodeShows::Masked),
        Self::Known(CodeShows::Bare),
        Self::Known(CodeShows::Nothing),
        Self::Known(CodeShows::NothingYet),
        Self::Unknown(UnknownCode::Withhold),
        Self::Unknown(UnknownCode::Bare),
    ];

    /// The fact of a screening under a policy.
    #[must_use]
    pub fn of(screening: Option<&Screening>, policy: &PublicationPolicy) -> Self {
        let Some(screening) = screening else { return Self::NotScreened };
        policy.codes.rule(screening.code()).map_or(Self::Unknown(policy.unknown_code), |rule| Self::Known(rule.shows))
    }
}

impl FullText {
    /// Every choice.
    pub const ALL: [Self; 3] = [Self::Chosen, Self::NotChosen, Self::TooOld];

    /// The choice for a unit's entry of a journal date.
    #[must_use]
    pub fn of(unit: &UnitId, journal_date: NaiveDate, policy: &PublicationPolicy) -> Self {
        match policy.full_text_from(unit) {
            None => Self::NotChosen,
            Some(from) if journal_date < from => Self::TooOld,
            Some(_) => Self::Chosen,
        }
    }
}

impl Hidden {
    /// Every degree.
    pub const ALL: [Self; 3] = [Self::Nothing, Self::Parts, Self::Whole];

    /// How much of a document a screening hides.
    #[must_use]
    pub fn by(screening: Option<&Screening>) -> Self {
        match screening {
            Some(screening) if screening.hides(Hides::Document) => Self::Whole,
            Some(screening) if screening.hides(Hides::DocumentParts) => Self::Parts,
            _ => Self::Nothing,
        }
    }
}

impl Files {
    /// Every combination.
    pub const ALL: [Self; 4] = [Self::None, Self::Full, Self::RedactedOnly, Self::Both];

    /// Which files of its latest version a document has.
    #[must_use]
    pub fn of(document: &Document) -> Self {
        match (document.current().is_some(), redacted(document).is_some()) {
            (false, false) => Self::None,
            (true, false) => Self::Full,
            (false, true) => Self::RedactedOnly,
            (true, true) => Self::Both,
        }
    }
}

impl NameSort {
    /// Every sort.
    pub const ALL: [Self; 4] = [Self::Organisation, Self::NamedLikeOrganisation, Self::Person, Self::Unknown];

    /// The sort of a party's name.
    #[must_use]
    pub fn of(party: &Party, policy: &PublicationPolicy) -> Self {
        match party.identity() {
            Some(PartyIdentity::Organisation(_)) => Self::Organisation,
            Some(PartyIdentity::Person(_)) => Self::Person,
            None if named_like_organisation(party.name().expose(), policy) => Self::NamedLikeOrganisation,
            None => Self::Unknown,
        }
    }

    /// Whether it is, or must be taken for, the name of a person.
    #[must_use]
    pub const fn is_person(self) -> bool {
        matches!(self, Self::Person | Self::Unknown)
    }
}

impl EntryFacts {
    /// The facts of an entry on a day.
    #[must_use]
    pub fn of(
        case: &Case,
        entry: &JournalEntry,
        withdrawn: bool,
        policy: &PublicationPolicy,
        today: NaiveDate,
    ) -> Self {
        let screenings = [case.screening(), entry.screening()];
        let everything = |screening: &Screening| policy.codes.widened(screening).hides(Hides::Everything);
        Self {
            kind: KindFact::of(case.kind(), case.series(), policy),
            case: RecordState::of_case(case.status()),
            entry: RecordState::of_entry(entry.status(), entry.journal_date()),
            sort: SortFact::of(entry.kind(), unit_of(case, entry), policy),
            case_code: CodeFact::of(case.screening(), policy),
            entry_code: CodeFact::of(entry.screening(), policy),
            few_may_read: screenings.iter().any(|screening| BasisFact::of(*screening) == BasisFact::FewMayRead),
            everything_hidden: screenings.into_iter().flatten().any(everything),
            unassessed: policy.only_assessed && entry.assessed().is_none(),
            delayed: entry.journal_date().is_some_and(|date| today < policy.entry_shown_from(date)),
            withdrawn,
        }
    }

    /// Every possible combination of facts: what an exhaustive test walks through.
    pub fn every() -> impl Iterator<Item = Self> {
        let records = KindFact::ALL.into_iter().flat_map(|kind| {
            RecordState::ALL.into_iter().flat_map(move |case| {
                RecordState::ALL
                    .into_iter()
                    .flat_map(move |entry| SortFact::ALL.into_iter().map(move |sort| (kind, case, entry, sort)))
            })
        });
        records.flat_map(|(kind, case, entry, sort)| {
            CodeFact::ALL.into_iter().flat_map(move |case_code| {
                CodeFact::ALL.into_iter().flat_map(move |entry_code| {
                    (0..32_u8).map(move |flags| Self {
                        kind,
                        case,
                        entry,
                        sort,
                        case_code,
                        entry_code,
                        few_may_read: flags & 1 != 0,
                        everything_hidden: flags & 2 != 0,
                        unassessed: flags & 4 != 0,
                        delayed: flags & 8 != 0,
                        withdrawn: flags & 16 != 0,
                    })
                })
            })
        })
    }
}

impl DocumentFacts {
    /// Every possible combination of facts.
    pub fn every() -> impl Iterator<Item = Self> {
        let records = EntryOutcome::ALL.into_iter().flat_map(|entry| {
            FullText::ALL.into_iter().flat_map(move |full_text| {
                CodeFact::ALL
                    .into_iter()
                    .flat_map(move |code| Hidden::ALL.into_iter().map(move |hidden| (entry, full_text, code, hidden)))
            })
        });
        records.flat_map(|(entry, full_text, code, hidden)| {
            Files::ALL.into_iter().flat_map(move |files| {
                (0..64_u8).map(move |flags| Self {
                    entry,
                    full_text,
                    code,
                    few_may_read: flags & 1 != 0,
                    hidden,
                    marked: flags & 2 != 0,
                    files,
                    draft: flags & 4 != 0,
                    delayed: flags & 8 != 0,
                    withdrawn: flags & 16 != 0,
                    particulars: flags & 32 != 0,
                })
            })
        })
    }

    /// The facts of a document of an entry on a day.
    #[must_use]
    pub(super) fn of(document: &Document, at: &DocumentSetting<'_>) -> Self {
        let own = document.screening().map(|own| at.policy.codes.widened(own));
        let marks = document.marks();
        let opens = at.policy.documents_open_from(at.unit, at.journal_date);
        Self {
            entry: at.entry,
            full_text: FullText::of(at.unit, at.journal_date, at.policy),
            code: CodeFact::of(document.screening(), at.policy),
            few_may_read: BasisFact::of(document.screening()) == BasisFact::FewMayRead,
            hidden: Hidden::by(own.as_ref()).max(Hidden::by(at.screening)),
            marked: marks.sensitive_personal_data || marks.few_may_read,
            particulars: *document.kind() == DocumentType::SendersParticulars,
            files: Files::of(document),
            draft: document.status() == DocumentStatus::Draft,
            delayed: at.today < opens,
            withdrawn: at.withdrawn.contains(&document.id()),
        }
    }
}

/// Where a document stands.
#[derive(Clone, Copy)]
pub(super) struct DocumentSetting<'a> {
    pub(super) entry: EntryOutcome,
    /// The entry's screening, with what its code hides.
    pub(super) screening: Option<&'a Screening>,
    pub(super) unit: &'a UnitId,
    pub(super) journal_date: NaiveDate,
    pub(super) withdrawn: &'a std::collections::BTreeSet<DocumentId>,
    pub(super) policy: &'a PublicationPolicy,
    pub(super) today: NaiveDate,
}

impl NameFacts {
    /// Every possible combination of facts.
    pub fn every() -> impl Iterator<Item = Self> {
        EntryOutcome::ALL.into_iter().flat_map(|entry| {
            NameSort::ALL.into_iter().flat_map(move |sort| {
                (0..16_u8).map(move |flags| Self {
                    entry,
                    screened: flags & 1 != 0,
                    all_screened: flags & 2 != 0,
                    sort,
                    old: flags & 4 != 0,
                    old_names: if flags & 8 != 0 { super::OldNames::Masked } else { super::OldNames::NotSearchable },
                })
            })
        })
    }
}

/// The unit whose choice counts: the entry's own, else its case's.
pub(super) fn unit_of<'a>(case: &'a Case, entry: &'a JournalEntry) -> &'a UnitId {
    entry.unit().unwrap_or_else(|| case.unit())
}

/// The redacted variant of the latest version.
pub(super) fn redacted(document: &Document) -> Option<&crate::document::DocumentVersion> {
    let latest = document.versions().last()?.number;
    document.version(latest, Variant::Redacted)
}

fn named_like_organisation(name: &str, policy: &PublicationPolicy) -> bool {
    name.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).any(|word| {
        policy.organisation_words.iter().any(|known| {
            // Short forms of companies are written in capitals; `as` and `da` are everyday words.
            let short = known.chars().count() <= 3;
            if short { word == known } else { word.to_lowercase() == known.to_lowercase() }
        })
    })
}
