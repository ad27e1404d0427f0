//! What an entry becomes.

use super::{
    DocumentFacts, EntryFacts, EntryRule, FileFacts, PartyFacts, Place,
    compare::{self, Difference, shows_more},
    file_case::{SCREENING_LEFT, TITLE_SCREENED},
    plan::{PlannedEntry, Planner, amended_entry},
};
use crate::{
    document::{Document, DocumentVersion, FileName},
    identity::{DocumentId, PartyId, UnitId},
    intake::FaultCode,
    journal::{Change, DocumentRole, EntryKind, EntryStatus, JournalEntry, NewDocument, NewEntry},
    party::Party,
    reason::Reason,
    screening::Private,
    text::ExternalKey,
};

impl Planner<'_> {
    pub(super) fn new_entry(&mut self, entry: usize, facts: &EntryFacts, case: Option<&UnitId>) -> Option<NewEntry> {
        let (place, rules) = (Place::Entry { entry }, self.rules);
        let rule = rules.entry_rule(facts.sort.as_deref());
        let kind = facts.kind.or(rule.kind).unwrap_or(EntryKind::Incoming);
        let mut new = NewEntry::new(kind, facts.title.clone(), self.facts.by.clone());
        new.status = self.status(rule, facts, kind, new.status, place);
        new.public_title = facts.public_title.clone().or_else(|| rule.public_title.clone().map(Private::new));
        new.document_date = facts.document_date;
        new.received = facts.received.or((kind == EntryKind::Incoming).then_some(self.facts.now));
        new.sent = facts.sent;
        new.due = facts.due;
        new.unit = self.unit(facts.unit.as_deref(), rule.unit.as_ref().or(case), place);
        new.case_handler = self.handler(facts.case_handler.as_deref(), rule.handler.as_ref(), place);
        new.screening = self.screening(&rule.screening, facts.screening.as_ref(), new.public_title.is_some(), place);
        new.access_group = rule.access_group.clone();
        new.external_keys = facts.key.iter().chain(&facts.external_keys).cloned().collect();
        new.parties = self.parties(entry, &facts.parties, rule);
        new.documents = self.documents(entry, facts, rule);
        if let Err(error) = new.check() {
            self.invalid(place, error);
            return None;
        }
        Some(new)
    }

    /// The status it begins with. What a source says was sent or archived elsewhere is on record here.
    fn status(
        &mut self,
        rule: &EntryRule,
        facts: &EntryFacts,
        kind: EntryKind,
        usual: EntryStatus,
        place: Place,
    ) -> EntryStatus {
        let wanted = match rule.status.or(facts.status) {
            Some(EntryStatus::Dispatched | EntryStatus::Archived) => EntryStatus::Journaled,
            Some(wanted) => wanted,
            None => return usual,
        };
        if rule.status.is_none() && Some(wanted) != facts.status {
            self.note(place, ON_RECORD);
        }
        if wanted.begins(kind) {
            wanted
        } else {
            self.note(place, USUAL_STATUS);
            usual
        }
    }

    fn parties(&mut self, entry: usize, facts: &[PartyFacts], rule: &EntryRule) -> Vec<Party> {
        let all = facts.iter().enumerate();
        all.filter_map(|(party, facts)| self.party(facts, rule, Place::Party { entry, party })).collect()
    }

    fn party(&mut self, facts: &PartyFacts, rule: &EntryRule, place: Place) -> Option<Party> {
        let id = PartyId::from_uuid(self.uuid());
        let unit = self.unit(facts.unit.as_deref(), None, place);
        let handler = self.handler(facts.case_handler.as_deref(), None, place);
        let made = Party::new(id, facts.role, facts.name.clone()).and_then(|mut party| {
            if let Some(identity) = &facts.identity {
                party = party.identified_by(identity.clone());
            }
            if let Some(address) = &facts.address {
                party = party.living_at(address.clone());
            }
            party = party.reached_by(facts.contact.clone()).screened(facts.screened || rule.screens_parties);
            party.within(unit, handler)
        });
        made.map_err(|error| self.invalid(place, error)).ok()
    }

    fn documents(&mut self, entry: usize, facts: &EntryFacts, rule: &EntryRule) -> Vec<NewDocument> {
        let mut names = Names::default();
        let mut made: Vec<NewDocument> = Vec::new();
        for (document, facts) in facts.documents.iter().enumerate() {
            let place = Place::Document { entry, document };
            if let Some(new) = self.document(facts, rule, &mut names, place) {
                made.push(NewDocument { role: facts.role, document: new });
            }
        }
        made.sort_by_key(|new| new.role != DocumentRole::Main);
        made
    }

    fn document(
        &mut self,
        facts: &DocumentFacts,
        rule: &EntryRule,
        names: &mut Names,
        place: Place,
    ) -> Option<Document> {
        let first = facts.files.first()?;
        let title = facts.title.clone().unwrap_or_else(|| Private::from(first.name.as_str()));
        let screening = facts.screening.as_ref();
        let screening = self.screening(&super::ScreeningRule::AsSent, screening, false, place);
        let id = DocumentId::from_uuid(self.uuid());
        let kind = facts.kind.clone().or_else(|| rule.document_type.clone()).unwrap_or_default();
        let versions = facts.files.iter().map(|file| self.version(file, names.apart(&file.name)));
        let empty = Document::new(id, title).map(|document| document.of_kind(kind).marked(facts.marks));
        let whole = versions.fold(empty, |document, version| document.and_then(|made| made.with_version(version)));
        match whole {
            Ok(document) => Some(document.screened(screening).finished()),
            Err(error) => {
                self.invalid(place, error);
                None
            }
        }
    }

    fn version(&self, file: &FileFacts, file_name: FileName) -> DocumentVersion {
        DocumentVersion {
            number: 1,
            variant: file.variant,
            format: file.format.clone(),
            media_type: file.media_type.clone(),
            file_name,
            content: file.blob,
            created: self.facts.now,
            created_by: self.facts.by.clone(),
        }
    }

    /// What is done with it, given what the archive holds under its key.
    pub(super) fn settle(&mut self, entry: usize, key: Option<&ExternalKey>, new: NewEntry) -> Option<PlannedEntry> {
        let (place, key) = (Place::Entry { entry }, key.cloned());
        let Some(stored) = key.as_ref().and_then(|key| self.stored(key)) else {
            return Some(PlannedEntry::Register { key, entry: Box::new(new), renews: false });
        };
        let stored = Box::new(stored.clone());
        if compare::wants_other_screening(&stored, &new) {
            self.note(place, SCREENING_LEFT);
        }
        match compare::difference(&stored, &new, self.facts) {
            Difference::None => {
                self.note(place, KEPT);
                Some(PlannedEntry::Keep { key, entry: stored })
            }
            _ if !self.corrects() => {
                self.fault(FaultCode::KeyReused, place);
                None
            }
            Difference::Content => {
                self.note(place, RENEWED);
                Some(PlannedEntry::Register { key, entry: Box::new(new), renews: true })
            }
            Difference::Changes(changes) => match amended_entry(&stored, &changes) {
                Ok(amended)
                    if titles(&stored, &changes, &amended)
                        .is_some_and(|titles| shows_more(stored.screening(), new.screening.as_ref(), titles)) =>
                {
                    self.locked(place, TITLE_SCREENED);
                    None
                }
                Ok(_) => Some(PlannedEntry::Amend { key, entry: stored, changes }),
                Err(error) => {
                    self.locked(place, error);
                    None
                }
            },
        }
    }

    /// The newest entry of the case with this key that counts.
    fn stored(&self, key: &ExternalKey) -> Option<&JournalEntry> {
        let keyed = self.facts.entries.iter().filter(|entry| entry.external_keys().contains(key));
        keyed.filter(|entry| entry.status() != EntryStatus::Void).max_by_key(|entry| entry.number().number())
    }
}

/// The title as the public reads it before and after, where it is the title that changes.
pub(super) fn titles(stored: &JournalEntry, changes: &[Change], amended: &JournalEntry) -> Option<(String, String)> {
    let retitles = changes.iter().any(|change| matches!(change, Change::Title(_) | Change::PublicTitle(_)));
    retitles.then(|| (stored.public_title(), amended.public_title()))
}

/// Tells equal file names of one entry apart, without regard to case. Where equal names are refused, there is nothing to do.
#[derive(Default)]
struct Names(Vec<String>);

impl Names {
    fn apart(&mut self, name: &FileName) -> FileName {
        let free = |name: &FileName, taken: &[String]| !taken.contains(&name.as_str().to_lowercase());
        let numbered = (2..).map(|n| name.numbered(n)).find(|other| free(other, &self.0));
        let chosen = if free(name, &self.0) { name.clone() } else { numbered.unwrap_or_else(|| name.clone()) };
        self.0.push(chosen.as_str().to_lowercase());
        chosen
    }
}

const ON_RECORD: Reason = Reason {
    code: "on_record",
    text: "what was dispatched or archived elsewhere begins here as journaled",
    source: "Noark 5, M053",
};
const USUAL_STATUS: Reason = Reason {
    code: "usual_status",
    text: "no entry of its kind begins with the wanted status, so it got the usual one",
    source: "Noark 5, M053",
};
const KEPT: Reason =
    Reason { code: "kept", text: "the entry is registered already and stays as it is", source: "R8.6" };
const RENEWED: Reason = Reason {
    code: "renewed",
    text: "its main document changed; the registered one is frozen, so a newer entry stands beside it",
    source: "krav 3.2.31",
};
