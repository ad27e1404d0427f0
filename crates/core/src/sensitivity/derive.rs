use super::{BasisFact, CodeFact, CodeTable, SensitivityClass};
use crate::{
    case::{Case, CaseKind},
    document::{Document, DocumentMarks},
    journal::JournalEntry,
    reason::Reason,
};

/// All that the sensitivity of a record depends on. Finite by construction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Facts {
    /// What the access code tells.
    pub code: CodeFact,
    /// What the legal basis tells.
    pub basis: BasisFact,
    /// The kind of the case.
    pub case_kind: CaseKind,
    /// What was said about the content.
    pub marks: DocumentMarks,
    /// The class of what it belongs to: a document's entry, an entry's case. Never lowered.
    pub inherited: SensitivityClass,
}

impl Facts {
    /// What is known of an unscreened, unmarked record of a case of a kind.
    #[must_use]
    pub const fn plain(case_kind: CaseKind) -> Self {
        Self {
            code: CodeFact::NotScreened,
            basis: BasisFact::NotScreened,
            case_kind,
            marks: DocumentMarks { sensitive_personal_data: false, few_may_read: false },
            inherited: SensitivityClass::Open,
        }
    }
}

/// The class of a record and what it comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub struct Derived {
    /// The class.
    pub class: SensitivityClass,
    /// Everything that gave the record a class above open; or that nothing did. Never empty.
    pub reasons: Vec<Reason>,
}

/// Derives the class of a record (R1.5): the highest that any of its facts gives.
///
/// ```
/// use sakarkiv_core::{
///     case::CaseKind,
///     document::DocumentMarks,
///     sensitivity::{Facts, SensitivityClass, derive},
/// };
///
/// let marks = DocumentMarks { few_may_read: true, ..DocumentMarks::default() };
/// let derived = derive(&Facts { marks, ..Facts::plain(CaseKind::Ordinary) });
/// assert_eq!(derived.class, SensitivityClass::StrictlyConfidential);
/// assert_eq!(derived.reasons[0].code, "few_may_read");
/// ```
pub fn derive(facts: &Facts) -> Derived {
    let found = [
        from_code(facts.code),
        from_basis(facts.basis),
        from_kind(facts.case_kind),
        facts.marks.sensitive_personal_data.then_some((SensitivityClass::Confidential, SENSITIVE_PERSONAL_DATA)),
        facts.marks.few_may_read.then_some((SensitivityClass::StrictlyConfidential, FEW_MAY_READ)),
        (facts.inherited > SensitivityClass::Open).then_some((facts.inherited, INHERITED)),
    ];
    let mut derived = Derived { class: SensitivityClass::Open, reasons: Vec::new() };
    for (class, reason) in found.into_iter().flatten() {
        derived.class = derived.class.combine(class);
        derived.reasons.push(reason);
    }
    if derived.reasons.is_empty() {
        derived.reasons.push(NOTHING_SENSITIVE);
    }
    derived
}

/// The class of a case, by its screening and kind. That a screening has expired lowers nothing until somebody lifts it.
pub fn of_case(case: &Case, table: &CodeTable) -> Derived {
    derive(&Facts {
        code: table.fact(case.screening()),
        basis: BasisFact::of(case.screening()),
        ..Facts::plain(case.kind())
    })
}

/// The class of an entry: of its own screening, its case and the most sensitive of its documents.
pub fn of_entry(entry: &JournalEntry, case: &Case, table: &CodeTable) -> Derived {
    let own = entry_facts(entry, case, table);
    let documents = entry.documents().iter().map(|attached| derive(&document_facts(&attached.document, own, table)));
    documents.fold(derive(&own), |mut whole, part| {
        whole.class = whole.class.combine(part.class);
        let new: Vec<Reason> =
            part.reasons.into_iter().filter(|r| *r != INHERITED && !whole.reasons.contains(r)).collect();
        whole.reasons.extend(new);
        whole
    })
}

/// The class of a document within an entry: of its own screening and marks, and of the entry's screening and case. What
/// another document of the entry contains does not matter to it.
pub fn of_document(document: &Document, entry: &JournalEntry, case: &Case, table: &CodeTable) -> Derived {
    derive(&document_facts(document, entry_facts(entry, case, table), table))
}

fn entry_facts(entry: &JournalEntry, case: &Case, table: &CodeTable) -> Facts {
    Facts {
        code: table.fact(entry.screening()),
        basis: BasisFact::of(entry.screening()),
        inherited: of_case(case, table).class,
        ..Facts::plain(case.kind())
    }
}

fn document_facts(document: &Document, entry: Facts, table: &CodeTable) -> Facts {
    Facts {
        code: table.fact(document.screening()),
        basis: BasisFact::of(document.screening()),
        marks: document.marks(),
        inherited: derive(&entry).class,
        ..entry
    }
}

type Found = Option<(SensitivityClass, Reason)>;

const fn from_code(code: CodeFact) -> Found {
    use SensitivityClass as C;
    match code {
        CodeFact::NotScreened => None,
        // A code that means nothing is still a screening.
        CodeFact::Known(C::Open | C::Restricted) => Some((C::Restricted, SCREENED)),
        CodeFact::Known(C::Confidential) => Some((C::Confidential, CONFIDENTIAL_CODE)),
        CodeFact::Known(C::StrictlyConfidential) => Some((C::StrictlyConfidential, STRICT_CODE)),
        CodeFact::Unknown => Some((C::StrictlyConfidential, UNKNOWN_CODE)),
    }
}

const fn from_basis(basis: BasisFact) -> Found {
    match basis {
        BasisFact::NotScreened => None,
        BasisFact::Ordinary => Some((SensitivityClass::Restricted, LEGAL_BASIS)),
        BasisFact::Confidentiality => Some((SensitivityClass::Confidential, DUTY_OF_CONFIDENTIALITY)),
        BasisFact::FewMayRead => Some((SensitivityClass::StrictlyConfidential, STRICT_BASIS)),
    }
}

const fn from_kind(kind: CaseKind) -> Found {
    match kind {
        CaseKind::Ordinary | CaseKind::Building | CaseKind::Meeting => None,
        CaseKind::Recruitment => Some((SensitivityClass::Restricted, RECRUITMENT)),
        CaseKind::PersonnelFile => Some((SensitivityClass::Confidential, PERSONNEL_FILE)),
        CaseKind::PupilFile => Some((SensitivityClass::Confidential, PUPIL_FILE)),
        CaseKind::ChildFile => Some((SensitivityClass::StrictlyConfidential, CHILD_FILE)),
    }
}

const fn reason(code: &'static str, text: &'static str, source: &'static str) -> Reason {
    Reason { code, text, source }
}

const NOTHING_SENSITIVE: Reason = reason("nothing_sensitive", "nothing in it is kept from anybody", "R1.5");
const SCREENED: Reason = reason("screened", "its access code keeps it from the public", "M500");
const CONFIDENTIAL_CODE: Reason = reason("confidential_code", "its access code stands for confidential data", "M500");
const STRICT_CODE: Reason = reason("strict_code", "its access code stands for what only few may read", "M500");
const UNKNOWN_CODE: Reason = reason(
    "unknown_code",
    "its access code is not in the tenant's table; until somebody says what it means, only few may read it",
    "R1.5",
);
const LEGAL_BASIS: Reason = reason("legal_basis", "its legal basis keeps it from the public", "M501");
const DUTY_OF_CONFIDENTIALITY: Reason =
    reason("duty_of_confidentiality", "it is under the duty of confidentiality", "forvaltningsloven § 13");
const STRICT_BASIS: Reason = reason("strict_basis", "its legal basis is one for what only few may read", "M501");
const RECRUITMENT: Reason = reason("recruitment", "applications are kept from the public", "offentleglova § 25");
const PERSONNEL_FILE: Reason = reason("personnel_file", "personnel files are confidential", "R1.5");
const PUPIL_FILE: Reason = reason("pupil_file", "pupil files are confidential", "R1.5");
const CHILD_FILE: Reason = reason("child_file", "only few may read child files", "R1.5");
const SENSITIVE_PERSONAL_DATA: Reason =
    reason("sensitive_personal_data", "it is marked as containing sensitive personal data", "R5.1");
const FEW_MAY_READ: Reason = reason("few_may_read", "it is marked as something only few may read", "R5.1");
const INHERITED: Reason = reason("inherited", "what it belongs to has this class, and it is never lowered", "R1.5");

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use uuid::Uuid;

    use super::*;
    use crate::{
        case::{CaseNumber, NewCase},
        identity::{ActorId, CaseId, DocumentId, EntryId, TenantId, UnitId},
        journal::{EntryKind, EntryNumber, NewDocument, NewEntry},
        screening::{AccessCode, Hides, Screening},
    };

    fn all() -> impl Iterator<Item = Facts> {
        CodeFact::ALL.into_iter().flat_map(|code| {
            BasisFact::ALL.into_iter().flat_map(move |basis| {
                CaseKind::ALL.into_iter().flat_map(move |case_kind| {
                    DocumentMarks::ALL.into_iter().flat_map(move |marks| {
                        SensitivityClass::ALL.map(|inherited| Facts { code, basis, case_kind, marks, inherited })
                    })
                })
            })
        })
    }

    #[test]
    fn every_combination_has_a_class_with_reasons() {
        assert_eq!(all().count(), 6 * 4 * 7 * 4 * 4);
        for facts in all() {
            let derived = derive(&facts);
            assert!(!derived.reasons.is_empty());
            assert_eq!(derived.reasons == [NOTHING_SENSITIVE], derived.class == SensitivityClass::Open, "{facts:?}");
        }
    }

    #[test]
    fn a_class_is_never_lowered_by_inheritance_nor_by_anything_else() {
        for facts in all() {
            let class = derive(&facts).class;
            assert!(class >= facts.inherited, "{facts:?}");
            let without = [
                Facts { code: CodeFact::NotScreened, ..facts },
                Facts { basis: BasisFact::NotScreened, ..facts },
                Facts { case_kind: CaseKind::Ordinary, ..facts },
                Facts { marks: DocumentMarks::default(), ..facts },
                Facts { inherited: SensitivityClass::Open, ..facts },
            ];
            assert!(without.iter().all(|less| derive(less).class <= class), "{facts:?}");
        }
    }

    #[test]
    fn what_few_may_read_is_strict_and_what_is_screened_is_never_open() {
        for facts in all() {
            let class = derive(&facts).class;
            let strict = facts.marks.few_may_read
                || facts.case_kind == CaseKind::ChildFile
                || matches!(facts.code, CodeFact::Unknown | CodeFact::Known(SensitivityClass::StrictlyConfidential))
                || facts.basis == BasisFact::FewMayRead
                || facts.inherited == SensitivityClass::StrictlyConfidential;
            assert_eq!(class == SensitivityClass::StrictlyConfidential, strict, "{facts:?}");
            if facts.code != CodeFact::NotScreened || facts.basis != BasisFact::NotScreened {
                assert!(class >= SensitivityClass::Restricted, "{facts:?}");
            }
            if facts.marks.sensitive_personal_data || facts.basis == BasisFact::Confidentiality {
                assert!(class >= SensitivityClass::Confidential, "{facts:?}");
            }
        }
    }

    fn screening(code: &str, basis: &str) -> Option<Screening> {
        Some(Screening::new(AccessCode::new(code).unwrap(), basis, [Hides::Document]).unwrap())
    }

    fn record(case_screening: Option<Screening>, marks: DocumentMarks) -> (Case, JournalEntry) {
        let (tenant, actor) = (TenantId::new("bodo").unwrap(), ActorId::new("u1").unwrap());
        let unit = UnitId::new("byplan").unwrap();
        let case_id = CaseId::from_uuid(Uuid::from_u128(1));
        let number = CaseNumber::new(2026, 1).unwrap();
        let new = NewCase {
            screening: case_screening,
            ..NewCase::new(CaseKind::Ordinary, "Sak".into(), unit, actor.clone())
        };
        let case = new.open(case_id, tenant.clone(), number, DateTime::UNIX_EPOCH).unwrap();
        let document =
            |n, marks| Document::new(DocumentId::from_uuid(Uuid::from_u128(n)), "Brev".into()).unwrap().marked(marks);
        let documents =
            vec![NewDocument::main(document(3, DocumentMarks::default())), NewDocument::attachment(document(4, marks))];
        let entry = NewEntry { documents, ..NewEntry::new(EntryKind::Outgoing, "Brev".into(), actor) };
        let number = EntryNumber::new(number, 1, 2026, 1).unwrap();
        let id = EntryId::from_uuid(Uuid::from_u128(2));
        (case, entry.register(id, tenant, case_id, number, DateTime::UNIX_EPOCH).unwrap())
    }

    #[test]
    fn an_entry_is_as_sensitive_as_its_most_sensitive_document() {
        let marks = DocumentMarks { few_may_read: true, ..DocumentMarks::default() };
        let (case, entry) = record(None, marks);
        let table = CodeTable::standard();
        let derived = of_entry(&entry, &case, &table);
        assert_eq!(derived.class, SensitivityClass::StrictlyConfidential);
        assert!(derived.reasons.contains(&FEW_MAY_READ) && !derived.reasons.contains(&INHERITED));
        let main = &entry.documents()[0].document;
        assert_eq!(of_document(main, &entry, &case, &table).class, SensitivityClass::Open);
    }

    #[test]
    fn a_screened_case_makes_its_entries_and_documents_as_sensitive() {
        let (case, entry) = record(screening("UO", "offl. § 13"), DocumentMarks::default());
        let table = CodeTable::standard();
        assert_eq!(of_case(&case, &table).class, SensitivityClass::Confidential);
        assert_eq!(of_entry(&entry, &case, &table).class, SensitivityClass::Confidential);
        let main = &entry.documents()[0].document;
        assert_eq!(of_document(main, &entry, &case, &table).class, SensitivityClass::Confidential);
    }

    #[test]
    fn a_code_nobody_explained_is_strictly_confidential() {
        let (case, _) = record(screening("ZZ", "offl. § 15"), DocumentMarks::default());
        let derived = of_case(&case, &CodeTable::standard());
        assert_eq!(derived.class, SensitivityClass::StrictlyConfidential);
        assert!(derived.reasons.contains(&UNKNOWN_CODE));
    }
}
