use super::{
    CodeFact, CodeShows, DocumentFacts, DocumentOutcome, EntryFacts, EntryOutcome, Files, FullText, Hidden, KindFact,
    NameFacts, NameOutcome, OldNames, RecordState, SortFact, UnknownCode,
};
use crate::reason::Reason;

/// What is shown, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub struct Decision<T> {
    /// The answer.
    pub outcome: T,
    /// Everything that speaks against showing more; or that nothing does. Never empty.
    pub reasons: Vec<Reason>,
}

impl<T: Copy + Ord> Decision<T> {
    /// The most that may be shown, less whatever a finding takes from it.
    fn least(most: (T, Reason), findings: impl IntoIterator<Item = Option<(T, Reason)>>) -> Self {
        let mut decision = Self { outcome: most.0, reasons: Vec::new() };
        for (outcome, reason) in findings.into_iter().flatten() {
            decision.outcome = decision.outcome.min(outcome);
            if !decision.reasons.contains(&reason) {
                decision.reasons.push(reason);
            }
        }
        if decision.reasons.is_empty() {
            decision.reasons.push(most.1);
        }
        decision
    }
}

impl EntryFacts {
    /// What is shown of the entry. Total: every combination of facts has an answer, and a doubt shows less.
    ///
    /// ```
    /// use sakarkiv_core::publication::{CodeFact, EntryFacts, EntryOutcome, UnknownCode};
    ///
    /// let facts = EntryFacts { entry_code: CodeFact::Unknown(UnknownCode::Withhold), ..EntryFacts::plain() };
    /// let decision = facts.decide();
    /// assert_eq!((decision.outcome, decision.reasons[0].code), (EntryOutcome::Withhold, "unknown_code"));
    /// ```
    pub fn decide(&self) -> Decision<EntryOutcome> {
        use EntryOutcome::{Bare, Later, Withhold};
        let findings = [
            match self.kind {
                KindFact::Published => None,
                KindFact::NeverByRule => Some((Withhold, NEVER_PUBLISHED)),
                KindFact::NeverByChoice => Some((Withhold, NOT_CHOSEN_KIND)),
            },
            self.withdrawn.then_some((Withhold, WITHDRAWN)),
            match self.case {
                RecordState::OnRecord => None,
                RecordState::NotYet => Some((Withhold, CASE_NOT_YET)),
                RecordState::Void => Some((Withhold, CASE_VOID)),
            },
            match self.entry {
                RecordState::OnRecord => None,
                RecordState::NotYet => Some((Withhold, NOT_YET)),
                RecordState::Void => Some((Withhold, VOID)),
            },
            (self.sort == SortFact::InternalNotChosen).then_some((Withhold, INTERNAL)),
            by_code(self.case_code),
            by_code(self.entry_code),
            self.few_may_read.then_some((Withhold, FEW_MAY_READ)),
            self.unassessed.then_some((Withhold, UNASSESSED)),
            self.everything_hidden.then_some((Bare, EVERYTHING_HIDDEN)),
            self.delayed.then_some((Later, DELAYED)),
        ];
        Decision::least((EntryOutcome::Publish, PUBLISHED), findings)
    }

    /// Facts that nothing speaks against: an unscreened, journaled entry of a case that is published.
    #[must_use]
    pub const fn plain() -> Self {
        Self {
            kind: KindFact::Published,
            case: RecordState::OnRecord,
            entry: RecordState::OnRecord,
            sort: SortFact::Ordinary,
            case_code: CodeFact::NotScreened,
            entry_code: CodeFact::NotScreened,
            few_may_read: false,
            everything_hidden: false,
            unassessed: false,
            delayed: false,
            withdrawn: false,
        }
    }
}

impl DocumentFacts {
    /// What is shown of the document's file. That a delay is running does not take the file away: it is shown from a moment on,
    /// and the reason says so.
    pub fn decide(&self) -> Decision<DocumentOutcome> {
        use DocumentOutcome::{Full, NoFile, Redacted};
        let findings = [
            match self.entry {
                EntryOutcome::Publish => None,
                EntryOutcome::Bare => Some((NoFile, ENTRY_BARE)),
                EntryOutcome::Later | EntryOutcome::Withhold => Some((NoFile, ENTRY_WITHHELD)),
            },
            match self.full_text {
                FullText::Chosen => None,
                FullText::NotChosen => Some((NoFile, NO_FULL_TEXT)),
                FullText::TooOld => Some((NoFile, BEFORE_FULL_TEXT)),
            },
            by_code(self.code).map(|(_, reason)| (NoFile, reason)),
            self.few_may_read.then_some((NoFile, FEW_MAY_READ)),
            self.marked.then_some((NoFile, MARKED)),
            self.particulars.then_some((NoFile, PARTICULARS)),
            self.draft.then_some((NoFile, DRAFT)),
            self.withdrawn.then_some((NoFile, FILE_WITHDRAWN)),
            match (self.hidden, self.files) {
                (Hidden::Whole, _) => Some((NoFile, DOCUMENT_SCREENED)),
                (_, Files::None) => Some((NoFile, NO_FILES)),
                (Hidden::Parts, Files::Full) => Some((NoFile, NO_REDACTED)),
                (Hidden::Parts, Files::RedactedOnly | Files::Both) => Some((Redacted, PARTS_SCREENED)),
                (Hidden::Nothing, Files::RedactedOnly) => Some((Redacted, ONLY_REDACTED)),
                (Hidden::Nothing, Files::Full | Files::Both) => None,
            },
            self.delayed.then_some((Full, DOCUMENT_DELAYED)),
        ];
        Decision::least((Full, DOCUMENT_OPEN), findings)
    }
}

impl NameFacts {
    /// How the name is shown.
    pub fn decide(&self) -> Decision<NameOutcome> {
        use NameOutcome::{Masked, NotSearchable, Searchable, SearchableForAYear};
        let person = self.sort.is_person();
        let findings = [
            (!self.entry.is_shown()).then_some((Masked, ENTRY_WITHHELD)),
            (self.entry == EntryOutcome::Bare).then_some((Masked, ENTRY_BARE)),
            self.screened.then_some((Masked, NAME_SCREENED)),
            self.all_screened.then_some((Masked, NAMES_SCREENED)),
            (person && self.old).then_some(match self.old_names {
                OldNames::Masked => (Masked, NAME_TOO_OLD),
                OldNames::NotSearchable => (NotSearchable, NAME_TOO_OLD),
            }),
            person.then_some((SearchableForAYear, PERSON)),
        ];
        Decision::least((Searchable, ORGANISATION), findings)
    }
}

fn by_code(code: CodeFact) -> Option<(EntryOutcome, Reason)> {
    match code {
        CodeFact::NotScreened | CodeFact::Known(CodeShows::Masked) => None,
        CodeFact::Known(CodeShows::Bare) => Some((EntryOutcome::Bare, CODE_BARE)),
        CodeFact::Known(CodeShows::Nothing) => Some((EntryOutcome::Withhold, CODE_WITHHELD)),
        CodeFact::Known(CodeShows::NothingYet) => Some((EntryOutcome::Withhold, CODE_TEMPORARY)),
        CodeFact::Unknown(UnknownCode::Withhold) => Some((EntryOutcome::Withhold, UNKNOWN_CODE)),
        CodeFact::Unknown(UnknownCode::Bare) => Some((EntryOutcome::Bare, UNKNOWN_CODE)),
    }
}

const fn reason(code: &'static str, text: &'static str, source: &'static str) -> Reason {
    Reason { code, text, source }
}

const PUBLISHED: Reason = reason("published", "nothing speaks against publishing the entry", "R7.3");
const NEVER_PUBLISHED: Reason =
    reason("kind_never_published", "personnel, child and pupil files are never published", "R7.3");
const NOT_CHOSEN_KIND: Reason =
    reason("kind_not_chosen", "the tenant does not publish this kind of case or this series", "policy");
const WITHDRAWN: Reason = reason("withdrawn", "somebody has withdrawn the entry from the public journal", "R7.1");
const CASE_NOT_YET: Reason = reason("case_not_on_record", "the case is reserved, not yet on record", "M052");
const CASE_VOID: Reason = reason("case_void", "the case is void (utgår)", "M052");
const NOT_YET: Reason = reason("not_journaled", "the entry is not journaled yet", "M053");
const VOID: Reason = reason("void", "the entry is void (utgår)", "M053");
const INTERNAL: Reason =
    reason("internal_not_chosen", "the unit has not chosen to publish internal entries (X and N)", "R7.4");
const CODE_BARE: Reason = reason("code_bare", "the access code shows numbers, dates and kind only", "R1.3");
const CODE_WITHHELD: Reason = reason("code_withheld", "entries with this access code are not published", "R1.3");
const CODE_TEMPORARY: Reason =
    reason("code_temporary", "the access code keeps it back until somebody has assessed it", "R1.3");
const UNKNOWN_CODE: Reason = reason(
    "unknown_code",
    "the access code is not in the publication policy; add it there, or no more than the law demands is shown",
    "offentlegforskrifta § 6",
);
const FEW_MAY_READ: Reason =
    reason("few_may_read", "the legal basis is one of what only few may read", "offentleglova § 13");
const UNASSESSED: Reason = reason("unassessed", "nobody has assessed the entry's publicity yet", "M110");
const EVERYTHING_HIDDEN: Reason =
    reason("everything_screened", "a screening hides everything but that the entry exists", "R1.3");
const DELAYED: Reason = reason("delayed", "entries are shown after the configured delay, which is not over", "policy");

const ENTRY_WITHHELD: Reason = reason("entry_withheld", "the entry is not shown", "R7.1");
const ENTRY_BARE: Reason = reason("entry_bare", "only the entry's numbers, dates and kind are shown", "R1.3");

const DOCUMENT_OPEN: Reason = reason("open", "the document is open in full text", "R7.5");
const NO_FULL_TEXT: Reason = reason("no_full_text", "the unit has not chosen full text", "R7.5");
const BEFORE_FULL_TEXT: Reason = reason("before_full_text", "the entry was journaled before full text began", "R7.5");
const MARKED: Reason = reason("marked_sensitive", "the document is marked as sensitive or as for few to read", "R1.5");
const PARTICULARS: Reason = reason(
    "senders_particulars",
    "it is what the sender's system told beside the documents, kept for the record",
    "R4.2",
);
const DRAFT: Reason = reason("draft", "the document is not finished", "M054");
const FILE_WITHDRAWN: Reason = reason("file_withdrawn", "somebody has withdrawn the document's file", "R7.1");
const DOCUMENT_SCREENED: Reason = reason("document_screened", "the document is screened as a whole", "M503");
const NO_FILES: Reason = reason("no_file", "there is no file to show", "R7.5");
const NO_REDACTED: Reason =
    reason("no_redacted_variant", "parts are screened and there is no redacted variant; make one to show it", "M700");
const PARTS_SCREENED: Reason = reason("redacted", "parts are screened, so the redacted variant is shown", "M700");
const ONLY_REDACTED: Reason = reason("only_redacted", "there is only a redacted variant", "M700");
const DOCUMENT_DELAYED: Reason =
    reason("document_delayed", "the document is open after the configured delay, which is not over", "R7.5");

const NAME_SCREENED: Reason = reason("name_screened", "the party's name is screened", "R1.3");
const NAMES_SCREENED: Reason = reason("names_screened", "the screening hides the names of all parties", "R1.3");
const NAME_TOO_OLD: Reason =
    reason("name_too_old", "names of people cannot be found by search after a year", "offentlegforskrifta § 6");
const PERSON: Reason = reason(
    "person",
    "the name of a person, or what may be one, is searchable for a year only",
    "offentlegforskrifta § 6",
);
const ORGANISATION: Reason = reason("organisation", "names of organisations are shown and searchable", "R7.6");
