//! What an entry becomes.

use super::{
    DocumentFacts, EntryFacts, EntryRule, FileFacts, PartyFacts, Place, RemarkCode,
    compare::{self, Difference, retitling_shows_more, shows_more},
    file_case::TITLE_SCREENED,
    kept,
    plan::{PlannedEntry, Planner, amended_entry},
};
use crate::{
    document::{Document, DocumentVersion, FileName},
    identity::{DocumentId, PartyId, UnitId},
    intake::FaultCode,
    journal::{Change, DocumentRole, EntryKind, EntryStatus, JournalEntry, NewDocument, NewEntry},
    party::Party,
    reason::Reason,
    screening::{Private, Screening},
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
    pub(super) fn settle(&mut self, entry: usize, facts: &EntryFacts, new: NewEntry) -> Option<PlannedEntry> {
        let (place, key) = (Place::Entry { entry }, facts.key.clone());
        let Some(stored) = key.as_ref().and_then(|key| self.stored(key)) else {
            return Some(PlannedEntry::Register { key, entry: Box::new(new), renews: false });
        };
        let stored = Box::new(stored.clone());
        let difference = compare::difference(&stored, &new, self.facts);
        if stored.status() == EntryStatus::Void {
            if !self.corrects() || difference != Difference::None {
                return self.renewed(place, key, &stored, new);
            }
            self.remark(place, RemarkCode::EntryVoid);
            return Some(PlannedEntry::Keep { key, entry: stored });
        }
        if compare::wants_other_screening(&stored, &new) {
            self.remark(place, RemarkCode::ScreeningLeft);
        }
        if self.entry_says_otherwise(&stored, facts) {
            self.remark(place, RemarkCode::FactsLeft);
        }
        match difference {
            Difference::None => {
                self.note(place, KEPT);
                Some(PlannedEntry::Keep { key, entry: stored })
            }
            // An entry gets the keys it lacks, as a case does.
            Difference::Changes(changes)
                if self.corrects() || changes.iter().all(|change| matches!(change, Change::ExternalKeys(_))) =>
            {
                self.amends(place, key, stored, changes, new.screening.as_ref())
            }
            Difference::Content if self.corrects() => self.renewed(place, key, &stored, new),
            Difference::Content | Difference::Changes(_) => {
                self.fault(FaultCode::KeyReused, place);
                None
            }
        }
    }

    fn amends(
        &mut self,
        place: Place,
        key: Option<ExternalKey>,
        entry: Box<JournalEntry>,
        changes: Vec<Change>,
        wanted: Option<&Screening>,
    ) -> Option<PlannedEntry> {
        match amended_entry(&entry, &changes) {
            Ok(amended) if retitling_shows_more(&entry, &changes, &amended, wanted) => {
                self.locked(place, TITLE_SCREENED);
                None
            }
            Ok(_) => Some(PlannedEntry::Amend { key, entry, changes }),
            Err(error) => {
                self.locked(place, error);
                None
            }
        }
    }

    /// A newer entry beside one that cannot be changed.
    fn renewed(
        &mut self,
        place: Place,
        key: Option<ExternalKey>,
        before: &JournalEntry,
        new: NewEntry,
    ) -> Option<PlannedEntry> {
        let wanted = new.screening.clone();
        let new = match kept::renewed(before, new) {
            Ok(new) => new,
            Err(error) => {
                self.invalid(place, error);
                return None;
            }
        };
        let like = (before.id(), before.tenant().clone(), before.case(), before.number());
        let preview = new.clone().register(like.0, like.1, like.2, like.3, self.facts.now);
        let titles = preview.map(|preview| (before.public_title(), preview.public_title()));
        if titles.is_ok_and(|titles| shows_more(before.screening(), wanted.as_ref(), titles)) {
            self.locked(place, TITLE_SCREENED);
            return None;
        }
        self.note(place, RENEWED);
        Some(PlannedEntry::Register { key, entry: Box::new(new), renews: true })
    }

    /// Whether the source says something otherwise of an entry that it may not change, as far as it says it.
    fn entry_says_otherwise(&self, stored: &JournalEntry, facts: &EntryFacts) -> bool {
        let unit = facts.unit.as_deref().and_then(|code| self.rules.unit_of(code));
        let handler = facts.case_handler.as_deref().and_then(|name| self.rules.handler_of(name));
        facts.kind.is_some_and(|kind| kind != stored.kind())
            || facts.received.is_some() && facts.received != stored.received()
            || unit.is_some() && unit.as_ref() != stored.unit()
            || handler.is_some() && handler.as_ref() != stored.case_handler()
    }

    /// The newest entry of the case with this key: of those that count, else of those that are void.
    fn stored(&self, key: &ExternalKey) -> Option<&JournalEntry> {
        let keyed = self.facts.entries.iter().filter(|entry| entry.external_keys().contains(key));
        keyed.max_by_key(|entry| (entry.status() != EntryStatus::Void, entry.number().number()))
    }
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
    text: "the registered one is frozen or void, so a newer entry with the changed content stands beside it",
    source: "krav 3.2.31",
};
