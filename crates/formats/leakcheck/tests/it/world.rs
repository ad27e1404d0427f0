//! A case with a screened person, an open person and a screened word.

use std::sync::{Arc, Mutex};

use sakarkiv_core::{
    case::{Case, CaseKind, CaseNumber, NewCase},
    document::{BlobRef, Document, DocumentVersion, FileFormat, FileName, MediaType, Variant},
    identity::{
        ActorId, CaseId, DocumentId, EntryId, NationalIdentityNumber, PartyId, PostalAddress, TenantId, Timestamp,
        UnitId,
    },
    journal::{EntryKind, EntryNumber, EntryStatus, JournalEntry, NewDocument, NewEntry},
    party::{Contact, Party, PartyIdentity, PartyRole},
    publication::{
        CodeRule, CodeRules, CodeShows, Holds, Leak, PublicRecord, PublicationPolicy, Secrets, UnitPolicy, plan_with,
    },
    screening::{AccessCode, Hides, Screening},
};
use sakarkiv_leakcheck::{FingerprintKey, Hit, LeakChecker, LeakConfig, Matcher, Scope, Scratch};
use uuid::Uuid;

/// Screened in the first entry.
pub(crate) const KARI: &str = "Kari Anne Testperson";
/// An open party of the second entry.
pub(crate) const OLA: &str = "Ola Østgård-Prøve";
/// Screened in the first entry's title.
pub(crate) const WORD: &str = "nabokrangel";
/// Kari's, synthetic.
pub(crate) const NUMBER: &str = "01819000553";

pub(crate) struct World {
    pub(crate) policy: PublicationPolicy,
    pub(crate) case: Case,
    pub(crate) entries: Vec<JournalEntry>,
}

impl World {
    pub(crate) fn new() -> Self {
        Self::with_file(b"", "text/plain")
    }

    /// The first entry with a document that has a file.
    pub(crate) fn with_file(bytes: &[u8], kind: &str) -> Self {
        let unit = UnitId::new("byggesak").unwrap();
        let mut policy = PublicationPolicy {
            codes: CodeRules::none().with("UO", CodeRule::new(CodeShows::Masked)).unwrap(),
            ..PublicationPolicy::default()
        };
        policy.units.insert(unit.clone(), UnitPolicy { full_text: true, ..UnitPolicy::default() });
        let new = NewCase::new(CaseKind::Building, "Storgata 1: klage".into(), unit, actor());
        let case = new.open(case_id(), tenant(), CaseNumber::new(2026, 318).unwrap(), Timestamp::UNIX_EPOCH).unwrap();
        let mut first = entry("Klage på garasje", [kari()]);
        let screening = Screening::new(AccessCode::new("UO").unwrap(), "offl. § 13", [Hides::TitleWords]).unwrap();
        first.screening = Some(screening.with_words([WORD]).unwrap());
        first.documents = vec![NewDocument::main(document(bytes, kind))];
        let second = entry("Svar", [party(OLA, 8)]);
        let entries = [first, second].into_iter().enumerate().map(|(at, new)| {
            let number = u32::try_from(at).unwrap() + 1;
            let numbers = EntryNumber::new(CaseNumber::new(2026, 318).unwrap(), number, 2026, number).unwrap();
            new.register(entry_id(number), tenant(), case_id(), numbers, journaled()).unwrap()
        });
        Self { policy, entries: entries.collect(), case }
    }

    pub(crate) fn secrets(&self) -> Secrets {
        Secrets::of(&self.case, &self.entries, &self.policy)
    }

    /// The record of one of the entries.
    pub(crate) fn record(&self, number: u32) -> PublicRecord {
        let entry = &self.entries[number as usize - 1];
        let plan = plan_with(
            &self.case,
            entry,
            &self.secrets(),
            &Holds::default(),
            &self.policy,
            "2026-03-10".parse().unwrap(),
        );
        plan.record.unwrap().with_revision(1)
    }
}

pub(crate) fn checker() -> LeakChecker {
    LeakChecker::new(LeakConfig::default(), FingerprintKey::new([7; 32]))
}

/// What is found in a text of the first entry.
pub(crate) fn find(text: &str, scope: Scope, config: &LeakConfig) -> Vec<Hit> {
    let mut scratch = Scratch::default();
    matcher(config).find(text, scope, entry_id(1), &mut scratch);
    scratch.hits().to_vec()
}

/// Compiled once for each configuration.
fn matcher(config: &LeakConfig) -> Arc<Matcher> {
    static KEPT: Mutex<Vec<(LeakConfig, Arc<Matcher>)>> = Mutex::new(Vec::new());
    let mut kept = KEPT.lock().unwrap();
    if let Some((_, matcher)) = kept.iter().find(|(known, _)| known == config) {
        return Arc::clone(matcher);
    }
    let matcher = Arc::new(Matcher::new(&World::new().secrets(), config));
    kept.push((config.clone(), Arc::clone(&matcher)));
    matcher
}

pub(crate) fn leaks(text: &str, scope: Scope) -> Vec<Leak> {
    find(text, scope, &LeakConfig::default()).into_iter().map(|hit| hit.leak).collect()
}

pub(crate) fn tenant() -> TenantId {
    TenantId::new("bodo").unwrap()
}

pub(crate) fn entry_id(number: u32) -> EntryId {
    EntryId::from_uuid(Uuid::from_u128(u128::from(number) + 100))
}

pub(crate) fn document_id() -> DocumentId {
    DocumentId::from_uuid(Uuid::from_u128(50))
}

fn journaled() -> Timestamp {
    "2026-03-02T09:00:00Z".parse().unwrap()
}

fn actor() -> ActorId {
    ActorId::new("u1").unwrap()
}

fn case_id() -> CaseId {
    CaseId::from_uuid(Uuid::from_u128(1))
}

fn kari() -> Party {
    let contact =
        Contact { email: Some("kari.t@eksempel.no".into()), phone: Some("+47 998 87 766".into()), person: None };
    party(KARI, 7)
        .identified_by(PartyIdentity::Person(NationalIdentityNumber::parse(NUMBER).unwrap()))
        .living_at(PostalAddress::new(["Løvetannveien 12B"], "8001", "Bodø").unwrap())
        .reached_by(contact)
        .screened(true)
}

fn party(name: &str, id: u128) -> Party {
    Party::new(PartyId::from_uuid(Uuid::from_u128(id)), PartyRole::Sender, name.into()).unwrap()
}

fn entry(title: &str, parties: impl Into<Vec<Party>>) -> NewEntry {
    let mut new = NewEntry::new(EntryKind::Incoming, title.into(), actor());
    new.status = EntryStatus::Journaled;
    new.parties = parties.into();
    new
}

fn document(bytes: &[u8], kind: &str) -> Document {
    let version = DocumentVersion {
        number: 1,
        variant: Variant::Archive,
        format: FileFormat::new("fmt/95"),
        media_type: MediaType::parse(kind).unwrap(),
        file_name: FileName::sanitize("vedtak.pdf"),
        content: BlobRef::of(bytes),
        created: journaled(),
        created_by: actor(),
    };
    Document::new(document_id(), "Klage".into()).unwrap().with_version(version).unwrap().finished()
}
