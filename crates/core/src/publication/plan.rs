use std::{borrow::Cow, collections::BTreeSet};

use chrono::NaiveDate;

use super::{
    CodeFact, Decision, DocumentFacts, DocumentOutcome, EntryFacts, EntryOutcome, NameFacts, NameOutcome, NameSort,
    PublicArchive, PublicCase, PublicDocument, PublicEntry, PublicFile, PublicParty, PublicRecord, PublicScreening,
    PublicText, PublicUnit, PublicationPolicy, Secrets,
    facts::{DocumentSetting, redacted, unit_of},
    secrets::{effective, is_closed},
};
use crate::{
    calendar,
    case::{Case, CaseChange},
    document::{Document, DocumentType, DocumentVersion, FileName},
    identity::{CaseId, DocumentId, EntryId, PartyId, TenantId, UnitId},
    journal::{AttachedDocument, Change, EntryNumber, JournalEntry},
    party::Party,
    screening::{Hides, MASK, Screening},
};

/// What the rules make of one entry on a day: what is shown, from when, and for every part that is held back the reasons.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub struct PublicationPlan {
    /// Whose entry.
    pub tenant: TenantId,
    /// The case.
    pub case: CaseId,
    /// The entry.
    pub entry: EntryId,
    /// Its numbers.
    pub number: EntryNumber,
    /// The day the plan is for.
    pub day: NaiveDate,
    /// What is shown of the entry.
    pub decision: Decision<EntryOutcome>,
    /// The first day it is shown, when the delay alone keeps it back.
    pub shown_from: Option<NaiveDate>,
    /// What is shown of its parties.
    pub parties: Vec<PartyPlan>,
    /// What is shown of its documents.
    pub documents: Vec<DocumentPlan>,
    /// What would be published; nothing when the entry is not shown.
    pub record: Option<PublicRecord>,
}

/// What the rules make of a party's name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartyPlan {
    /// The party.
    pub party: PartyId,
    /// How its name is shown.
    pub decision: Decision<NameOutcome>,
}

/// What the rules make of a document's file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentPlan {
    /// The document.
    pub document: DocumentId,
    /// What is shown of its file.
    pub decision: Decision<DocumentOutcome>,
    /// The first day it is open, when it is or will be.
    pub open_from: Option<NaiveDate>,
}

/// What people have said about the publication of an entry, beside the rules.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Holds {
    /// The entry is withdrawn.
    pub withdrawn: bool,
    /// The files of these documents are withdrawn.
    pub withdrawn_files: BTreeSet<DocumentId>,
}

/// What has to be done about an entry with a publisher.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    /// It is as it should be.
    Nothing,
    /// It is published for the first time, or again after a withdrawal.
    Publish,
    /// What is published is no longer right.
    Correct,
    /// It must go.
    Withdraw,
}

/// Plans the publication of an entry that nobody has withdrawn, with the secrets of this entry alone.
/// [`plan_with`] knows the whole case and is what an office uses.
pub fn plan(case: &Case, entry: &JournalEntry, policy: &PublicationPolicy, today: NaiveDate) -> PublicationPlan {
    plan_with(case, entry, &Secrets::of(case, [entry], policy), &Holds::default(), policy, today)
}

/// Plans the publication of an entry: decides about the entry, each name and each document, and makes the record that would be
/// shown. Pure; the same plan for the same day.
pub fn plan_with(
    case: &Case,
    entry: &JournalEntry,
    secrets: &Secrets,
    holds: &Holds,
    policy: &PublicationPolicy,
    today: NaiveDate,
) -> PublicationPlan {
    let decision = EntryFacts::of(case, entry, holds.withdrawn, policy, today).decide();
    let mut plan = PublicationPlan {
        tenant: entry.tenant().clone(),
        case: case.id(),
        entry: entry.id(),
        number: entry.number(),
        day: today,
        shown_from: None,
        parties: Vec::new(),
        documents: Vec::new(),
        record: None,
        decision,
    };
    let Some(journal_date) = entry.journal_date() else { return plan };
    let widened = effective(entry.screening(), policy);
    let maker = Maker {
        case,
        entry,
        public: with_screening(entry, widened.as_ref()),
        screening: widened,
        secrets,
        policy,
        today,
        journal_date,
        outcome: plan.decision.outcome,
    };
    if plan.decision.outcome == EntryOutcome::Later {
        plan.shown_from = Some(policy.entry_shown_from(journal_date));
    }
    plan.parties = entry.parties().iter().map(|party| maker.party_plan(party)).collect();
    plan.documents = entry.documents().iter().map(|attached| maker.document_plan(&attached.document, holds)).collect();
    if plan.decision.outcome.is_shown() {
        plan.record = Some(maker.record(&plan));
    }
    plan
}

impl PublicationPlan {
    /// What has to be done, given what was published last.
    #[must_use]
    pub fn step(&self, published: Option<&PublicRecord>) -> Step {
        match (&self.record, published) {
            (None, None) => Step::Nothing,
            (None, Some(_)) => Step::Withdraw,
            (Some(_), None) => Step::Publish,
            (Some(now), Some(before)) if now.says_the_same(before) => Step::Nothing,
            (Some(_), Some(_)) => Step::Correct,
        }
    }
}

struct Maker<'a> {
    case: &'a Case,
    entry: &'a JournalEntry,
    /// The entry with what the code of its screening hides; nothing when that cannot be made, and then nothing is shown of it.
    public: Option<Cow<'a, JournalEntry>>,
    screening: Option<Screening>,
    secrets: &'a Secrets,
    policy: &'a PublicationPolicy,
    today: NaiveDate,
    journal_date: NaiveDate,
    outcome: EntryOutcome,
}

impl Maker<'_> {
    fn unit(&self) -> &UnitId {
        unit_of(self.case, self.entry)
    }

    fn party_plan(&self, party: &Party) -> PartyPlan {
        let all_screened = self.screening.as_ref().is_some_and(|screening| screening.hides(Hides::PartyNames));
        let facts = NameFacts {
            entry: self.outcome,
            screened: party.is_screened(),
            all_screened,
            sort: NameSort::of(party, self.policy),
            old: self.is_old(self.journal_date),
            old_names: self.policy.old_names,
        };
        PartyPlan { party: party.id(), decision: facts.decide() }
    }

    fn document_plan(&self, document: &Document, holds: &Holds) -> DocumentPlan {
        let setting = DocumentSetting {
            entry: self.outcome,
            screening: self.screening.as_ref(),
            unit: self.unit(),
            journal_date: self.journal_date,
            withdrawn: &holds.withdrawn_files,
            policy: self.policy,
            today: self.today,
        };
        let decision = DocumentFacts::of(document, &setting).decide();
        let opens = self.policy.documents_open_from(self.unit(), self.journal_date);
        let open_from = (decision.outcome > DocumentOutcome::NoFile).then_some(opens);
        DocumentPlan { document: document.id(), decision, open_from }
    }

    fn record(&self, plan: &PublicationPlan) -> PublicRecord {
        PublicRecord {
            tenant: plan.tenant.clone(),
            entry: plan.entry,
            revision: 0,
            policy: self.policy.revision,
            archive: self.archive(),
            case: self.public_case(),
            journal: self.public_entry(),
            parties: self
                .entry
                .parties()
                .iter()
                .zip(&plan.parties)
                .map(|(party, plan)| self.party(party, plan))
                .collect(),
            documents: self
                .entry
                .documents()
                .iter()
                .zip(&plan.documents)
                .filter(|(attached, _)| *attached.document.kind() != DocumentType::SendersParticulars)
                .map(|(attached, plan)| self.document(attached, plan))
                .collect(),
            names_searchable_until: self.policy.names_searchable_until(self.journal_date),
        }
    }

    fn archive(&self) -> PublicArchive {
        let series = self.case.series();
        let title = |series: &str| self.policy.series_titles.get(series).map_or(series, String::as_str).to_owned();
        let closed = is_closed(CodeFact::of(self.case.screening(), self.policy));
        let hidden = effective(self.case.screening(), self.policy).is_some_and(|own| own.hides(Hides::ClassId));
        let class = self.case.class().filter(|_| self.policy.show_class && !hidden && !closed);
        PublicArchive {
            title: self.policy.archive.clone(),
            series: series.map(str::to_owned),
            series_title: series.map(title),
            class: class.map(|class| class.expose().clone()),
        }
    }

    fn public_case(&self) -> PublicCase {
        let code = CodeFact::of(self.case.screening(), self.policy);
        let title = if is_closed(code) || self.outcome == EntryOutcome::Bare {
            PublicText::masked()
        } else {
            self.text(self.secrets.without_screened(&self.case_title()), self.case.date())
        };
        PublicCase {
            id: self.case.id(),
            number: self.case.number(),
            title,
            date: self.case.date(),
            unit: self.public_unit(self.case.unit()),
            screening: self.public_screening(self.case.screening()),
        }
    }

    /// The case's title without what its screening and the code of it hide.
    fn case_title(&self) -> String {
        let widened = effective(self.case.screening(), self.policy);
        if widened.as_ref() == self.case.screening() {
            return self.case.public_title();
        }
        let case = self.case.amend(CaseChange::Screening(widened).into());
        case.map_or_else(|_| MASK.to_owned(), |case| case.public_title())
    }

    fn public_entry(&self) -> PublicEntry {
        let bare = self.outcome == EntryOutcome::Bare;
        let shown_from = self.policy.entry_shown_from(self.journal_date);
        PublicEntry {
            number: self.entry.number(),
            kind: self.entry.kind(),
            title: match &self.public {
                Some(entry) if !bare => self.text(entry.public_title(), self.journal_date),
                _ => PublicText::masked(),
            },
            journal_date: self.journal_date,
            document_date: self.entry.document_date(),
            unit: self.public_unit(self.unit()),
            screening: self.public_screening(self.entry.screening()),
            accessible_after: calendar::oslo_day_start(shown_from),
            bare,
        }
    }

    fn party(&self, party: &Party, plan: &PartyPlan) -> PublicParty {
        let name = party.name().expose();
        let name = match plan.decision.outcome {
            NameOutcome::Masked => PublicText::masked(),
            NameOutcome::NotSearchable | NameOutcome::SearchableForAYear => {
                PublicText { shown: name.clone(), searchable: MASK.to_owned() }
            }
            NameOutcome::Searchable => PublicText::nameless(name.clone()),
        };
        let bare = self.outcome == EntryOutcome::Bare;
        let unit = party.unit().filter(|_| !bare).map(|unit| self.public_unit(unit));
        PublicParty { id: party.id(), role: party.role(), name, unit }
    }

    fn document(&self, attached: &AttachedDocument, plan: &DocumentPlan) -> PublicDocument {
        let document = &attached.document;
        let closed = is_closed(CodeFact::of(document.screening(), self.policy));
        let title = match &self.public {
            Some(entry) if !closed && self.outcome == EntryOutcome::Publish => {
                let own = effective(document.screening(), self.policy);
                let shown = if own.as_ref() == document.screening() {
                    entry.public_document_title(document)
                } else {
                    entry.public_document_title(&document.clone().screened(own))
                };
                self.text(shown, self.journal_date)
            }
            _ => PublicText::masked(),
        };
        PublicDocument {
            id: document.id(),
            number: attached.number,
            role: attached.role,
            kind: if self.outcome == EntryOutcome::Bare { String::new() } else { document.kind().clone().into() },
            title,
            screening: self.public_screening(document.screening()),
            file: self.file(attached, plan),
        }
    }

    fn file(&self, attached: &AttachedDocument, plan: &DocumentPlan) -> Option<PublicFile> {
        let version: &DocumentVersion = match plan.decision.outcome {
            DocumentOutcome::NoFile => return None,
            DocumentOutcome::Redacted => redacted(&attached.document)?,
            DocumentOutcome::Full => attached.document.current()?,
        };
        let number = self.entry.number();
        let case = number.case();
        let stem = format!("{}-{}-{}-{}", case.year(), case.sequence(), number.number(), attached.number);
        // An extension is short and says what the file is; a longer one may be anything.
        let extension =
            version.file_name.extension().filter(|e| e.len() <= 5 && e.bytes().all(|b| b.is_ascii_alphanumeric()));
        let name =
            extension.map_or_else(|| stem.clone(), |extension| format!("{stem}.{}", extension.to_ascii_lowercase()));
        Some(PublicFile {
            name: FileName::sanitize(&name),
            variant: version.variant,
            media_type: version.media_type.clone(),
            format: version.format.clone(),
            content: version.content,
            accessible_after: calendar::oslo_day_start(plan.open_from?),
        })
    }

    /// A text as it is shown and searched. `since` is the date its year of search began.
    fn text(&self, shown: String, since: NaiveDate) -> PublicText {
        let searchable = self.secrets.without_people(&shown);
        let masked = self.is_old(since) && self.policy.old_names == super::OldNames::Masked;
        if masked { PublicText::nameless(searchable) } else { PublicText { shown, searchable } }
    }

    fn is_old(&self, since: NaiveDate) -> bool {
        self.today > self.policy.names_searchable_until(since)
    }

    fn public_unit(&self, unit: &UnitId) -> PublicUnit {
        PublicUnit { id: unit.clone(), name: self.policy.units.get(unit).and_then(|unit| unit.name.clone()) }
    }

    fn public_screening(&self, screening: Option<&Screening>) -> Option<PublicScreening> {
        let screening = screening?;
        let rule = self.policy.codes.rule(screening.code());
        let legal_basis = match rule {
            Some(rule) => rule.public_basis.clone().unwrap_or_else(|| screening.legal_basis().to_owned()),
            // Nobody has said that the basis of an unknown code may be read.
            None => MASK.to_owned(),
        };
        Some(PublicScreening { code: screening.code().to_string(), legal_basis })
    }
}

/// The entry with a wider screening.
fn with_screening<'a>(entry: &'a JournalEntry, widened: Option<&Screening>) -> Option<Cow<'a, JournalEntry>> {
    if entry.screening() == widened {
        return Some(Cow::Borrowed(entry));
    }
    entry.amend(Change::Screening(widened.cloned()).into()).ok().map(Cow::Owned)
}
