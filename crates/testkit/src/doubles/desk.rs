use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use sakarkiv_core::{
    calendar::oslo_date,
    case::{Case, CaseAmendment, CaseContents, CaseNumber, CaseStatus},
    document::{BlobRef, DocumentName},
    identity::{ActorId, CaseId, EntryId, IdError, SignOffId, SourceId, TenantId, Timestamp, UnitId},
    intake::{
        ArchiveFacts, CaseName, CaseOutcome, CaseReceipt, CaseWish, CodeList, CodeValue, Consignment, ConsignmentKey,
        DryRun, Earlier, EntryName, EntryOutcome, EntryReceipt, FaultCode, IntakePlan, IntakeRules, Place, Planned,
        PlannedCase, PlannedEntry, Receipt, Rejection, RuleBook, plan,
    },
    journal::{Amendment, EntryNumber, EntryStatus, JournalEntry, SignOff},
    ports::{ArchiveDesk, ArchiveError, Blobs as _, ByteStream, CaseFilter, Clock, OpenFile, SignOffWish, new_uuid},
    sensitivity::CodeTable,
};

use super::{MemoryBlobs, SeededEntropy};

/// An archive in memory with one service user, who may do everything: for tests of what specialist systems call. It plans and
/// changes by rules as the archive does, numbers without gaps, and takes each consignment in once.
#[derive(Debug)]
pub struct MemoryDesk {
    tenant: TenantId,
    source: SourceId,
    user: ActorId,
    rules: IntakeRules,
    clock: Arc<dyn Clock>,
    entropy: SeededEntropy,
    blobs: MemoryBlobs,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    cases: Vec<Case>,
    entries: Vec<JournalEntry>,
    taken: BTreeMap<ConsignmentKey, (Consignment, Receipt)>,
    failures_left: usize,
    changes: usize,
}

impl MemoryDesk {
    /// An archive for a source, whose rules file everything with `unit`.
    ///
    /// # Panics
    /// When `source` or `unit` is not a name.
    #[must_use]
    pub fn new(source: &str, unit: &str, clock: Arc<dyn Clock>) -> Self {
        let unit = named(UnitId::new(unit));
        let mut rules = IntakeRules::for_unit(unit);
        rules.lenient_units = true;
        rules.open_codes = true;
        Self {
            tenant: named(TenantId::new("provedal")),
            source: named(SourceId::new(source)),
            user: named(ActorId::new(source)),
            rules,
            clock,
            entropy: SeededEntropy::new(7),
            blobs: MemoryBlobs::new(),
            state: Mutex::default(),
        }
    }

    /// The same with other rules.
    #[must_use]
    pub fn with_rules(mut self, rules: IntakeRules) -> Self {
        self.rules = rules;
        self
    }

    /// The next so many calls fail as if the archive were away.
    pub fn fail_next(&self, calls: usize) {
        self.lock().failures_left = calls;
    }

    /// Every case, in the order of their numbers.
    #[must_use]
    pub fn all_cases(&self) -> Vec<Case> {
        self.lock().cases.clone()
    }

    /// Every entry, in the order they were registered.
    #[must_use]
    pub fn all_entries(&self) -> Vec<JournalEntry> {
        self.lock().entries.clone()
    }

    /// How often anything was changed.
    #[must_use]
    pub fn changes(&self) -> usize {
        self.lock().changes
    }

    /// Every document put here.
    #[must_use]
    pub const fn blobs(&self) -> &MemoryBlobs {
        &self.blobs
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The state, unless it was told to fail.
    fn open_state(&self) -> Result<MutexGuard<'_, State>, ArchiveError> {
        let mut state = self.lock();
        if let Some(left) = state.failures_left.checked_sub(1) {
            state.failures_left = left;
            return Err(ArchiveError::Unavailable);
        }
        Ok(state)
    }

    fn book(&self) -> RuleBook {
        RuleBook::new(self.source.clone(), self.rules.clone())
    }

    fn ours(&self, consignment: &Consignment) -> Result<(), Rejection> {
        if consignment.source == self.source {
            return Ok(());
        }
        Err(Rejection::new(FaultCode::UnknownSource, Place::Consignment))
    }

    fn planned(&self, state: &State, consignment: &Consignment) -> Result<Planned, ArchiveError> {
        let mut facts = ArchiveFacts::new(self.clock.now(), self.user.clone());
        facts.earlier = state.taken.get(&consignment.key).map(|(before, receipt)| {
            if before == consignment { Earlier::Same(receipt.clone()) } else { Earlier::Changed(receipt.clone()) }
        });
        let named = consignment.relation.earlier().and_then(|key| state.taken.get(key));
        facts.earlier = facts.earlier.or_else(|| named.map(|(_, receipt)| Earlier::Named(receipt.clone())));
        facts.cases = match (&consignment.case, consignment.facts.external_keys.first()) {
            (CaseWish::Existing(name) | CaseWish::FindOrNew(name), _) => state.cases_of(name),
            (_, Some(key)) => state.cases_of(&CaseName::Key(key.clone())),
            (_, None) => Vec::new(),
        };
        if let [case] = facts.cases.as_slice() {
            facts.entries = state.entries.iter().filter(|entry| entry.case() == case.id()).cloned().collect();
        }
        Ok(plan(consignment, &facts, &self.rules, &self.entropy)?)
    }

    fn apply(&self, state: &mut State, consignment: &Consignment, plan: IntakePlan) -> Result<Receipt, ArchiveError> {
        let (now, remarks) = (self.clock.now(), plan.remarks());
        let (mut case, outcome) = match plan.case {
            PlannedCase::Open(new) => {
                let number = next_number(state, now)?;
                let id = CaseId::from_uuid(new_uuid(now, &self.entropy));
                (new.open(id, self.tenant.clone(), number, now).map_err(invalid)?, CaseOutcome::Opened)
            }
            PlannedCase::Use { case, changes } => match changes_of(changes, CaseAmendment::new, CaseAmendment::and) {
                Some(amendment) => (case.amend(amendment)?, CaseOutcome::Amended),
                None => (*case, CaseOutcome::Existing),
            },
        };
        let mut receipts = Vec::new();
        for planned in plan.entries {
            receipts.push(self.entry_of(state, case.id(), case.number(), planned, now)?);
        }
        if let Some(status) = plan.finish {
            case = case.move_to(status, &CaseContents::default(), &self.user, now)?;
        }
        let receipt = CaseReceipt { id: case.id(), number: case.number(), outcome };
        state.put_case(case);
        let receipt = Receipt::new(consignment.source.clone(), consignment.key.clone(), now, receipt, receipts);
        Ok(receipt.remarking(remarks))
    }

    fn entry_of(
        &self,
        state: &mut State,
        case: CaseId,
        case_number: CaseNumber,
        planned: PlannedEntry,
        now: Timestamp,
    ) -> Result<EntryReceipt, ArchiveError> {
        let (key, entry, outcome) = match planned {
            PlannedEntry::Register { key, entry, renews } => {
                let in_case = state.entries.iter().filter(|entry| entry.case() == case).count();
                let counted = |count: usize| u32::try_from(count + 1).unwrap_or(u32::MAX);
                let number =
                    EntryNumber::new(case_number, counted(in_case), case_number.year(), counted(state.entries.len()));
                let id = EntryId::from_uuid(new_uuid(now, &self.entropy));
                let entry =
                    entry.register(id, self.tenant.clone(), case, number.map_err(invalid)?, now).map_err(invalid)?;
                (key, entry, if renews { EntryOutcome::Renewed } else { EntryOutcome::Registered })
            }
            PlannedEntry::Amend { key, entry, changes } => match changes_of(changes, Amendment::new, Amendment::and) {
                Some(amendment) => (key, entry.amend(amendment)?, EntryOutcome::Amended),
                None => (key, *entry, EntryOutcome::Unchanged),
            },
            PlannedEntry::Keep { key, entry } => (key, *entry, EntryOutcome::Unchanged),
        };
        let documents = entry.documents().iter().map(|attached| attached.document.id()).collect();
        let parties = entry.parties().iter().map(sakarkiv_core::party::Party::id).collect();
        let receipt = EntryReceipt { key, id: entry.id(), number: entry.number(), outcome, documents, parties };
        state.put_entry(entry);
        Ok(receipt)
    }

    fn change_case(
        &self,
        id: CaseId,
        change: impl FnOnce(&Case) -> Result<Case, ArchiveError>,
    ) -> Result<(), ArchiveError> {
        let mut state = self.open_state()?;
        let case = state.cases.iter().find(|case| case.id() == id).ok_or(ArchiveError::NotFound { what: "case" })?;
        let changed = change(case)?;
        state.put_case(changed);
        state.changes += 1;
        Ok(())
    }

    fn change_entry(
        &self,
        id: EntryId,
        change: impl FnOnce(&JournalEntry) -> Result<JournalEntry, ArchiveError>,
    ) -> Result<(), ArchiveError> {
        let mut state = self.open_state()?;
        let entry =
            state.entries.iter().find(|entry| entry.id() == id).ok_or(ArchiveError::NotFound { what: "entry" })?;
        let changed = change(entry)?;
        state.put_entry(changed);
        state.changes += 1;
        Ok(())
    }
}

impl State {
    fn cases_of(&self, name: &CaseName) -> Vec<Case> {
        let fits = |case: &&Case| match name {
            CaseName::Id(id) => case.id() == *id,
            CaseName::Number(number) => case.number() == *number,
            CaseName::Key(key) => case.external_keys().contains(key),
            CaseName::Like(filter) => filter.takes(case),
            _ => false,
        };
        self.cases.iter().filter(fits).cloned().collect()
    }

    fn put_case(&mut self, case: Case) {
        match self.cases.iter_mut().find(|stored| stored.id() == case.id()) {
            Some(stored) => *stored = case.with_version(stored.version() + 1),
            None => self.cases.push(case),
        }
    }

    fn put_entry(&mut self, entry: JournalEntry) {
        match self.entries.iter_mut().find(|stored| stored.id() == entry.id()) {
            Some(stored) => *stored = entry.with_version(stored.version() + 1),
            None => self.entries.push(entry),
        }
    }
}

#[async_trait]
impl ArchiveDesk for MemoryDesk {
    fn tenant(&self) -> &TenantId {
        &self.tenant
    }

    fn source(&self) -> &SourceId {
        &self.source
    }

    async fn put(&self, content: ByteStream, limit: u64) -> Result<BlobRef, ArchiveError> {
        drop(self.open_state()?);
        Ok(self.blobs.put(&self.tenant, content, limit).await?)
    }

    async fn hand_in(&self, consignment: &Consignment) -> Result<Receipt, ArchiveError> {
        let mut state = self.open_state()?;
        self.ours(consignment)?;
        match self.planned(&state, consignment)? {
            Planned::Already(receipt) => Ok(*receipt),
            Planned::Todo(plan) => {
                let receipt = self.apply(&mut state, consignment, *plan)?;
                state.taken.insert(consignment.key.clone(), (consignment.clone(), receipt.clone()));
                state.changes += 1;
                Ok(receipt)
            }
        }
    }

    async fn dry_run(&self, consignment: &Consignment) -> Result<DryRun, ArchiveError> {
        let state = self.open_state()?;
        self.ours(consignment)?;
        Ok(self.planned(&state, consignment)?.dry_run())
    }

    async fn receipt(&self, key: &ConsignmentKey) -> Result<Option<Receipt>, ArchiveError> {
        Ok(self.open_state()?.taken.get(key).map(|(_, receipt)| receipt.clone()))
    }

    async fn case(&self, name: &CaseName) -> Result<Case, ArchiveError> {
        let found = self.open_state()?.cases_of(name);
        match found.as_slice() {
            [] => Err(ArchiveError::NotFound { what: "case" }),
            [case] => Ok(case.clone()),
            _ => Err(ArchiveError::Several { what: "case" }),
        }
    }

    async fn cases(
        &self,
        filter: &CaseFilter,
        after: Option<CaseNumber>,
        limit: usize,
    ) -> Result<Vec<Case>, ArchiveError> {
        let state = self.open_state()?;
        let fitting =
            state.cases.iter().filter(|case| filter.takes(case) && after.is_none_or(|after| case.number() > after));
        Ok(fitting.take(limit).cloned().collect())
    }

    async fn entries(&self, case: CaseId) -> Result<Vec<JournalEntry>, ArchiveError> {
        let state = self.open_state()?;
        if state.cases_of(&CaseName::Id(case)).is_empty() {
            return Err(ArchiveError::NotFound { what: "case" });
        }
        Ok(state.entries.iter().filter(|entry| entry.case() == case).cloned().collect())
    }

    async fn entry(&self, name: &EntryName) -> Result<JournalEntry, ArchiveError> {
        let state = self.open_state()?;
        let fits = |entry: &&JournalEntry| match name {
            EntryName::Id(id) => entry.id() == *id,
            EntryName::Key(key) => entry.external_keys().contains(key),
            EntryName::Number { case, number } => entry.number().case() == *case && entry.number().number() == *number,
            EntryName::Document(name) => entry.holds(*name),
            _ => false,
        };
        state.entries.iter().rev().find(fits).cloned().ok_or(ArchiveError::NotFound { what: "entry" })
    }

    async fn open(&self, file: DocumentName) -> Result<OpenFile, ArchiveError> {
        let entry = self.entry(&EntryName::Document(file)).await?;
        let version = entry.file(file).map(|(_, version)| version.clone());
        let version = version.ok_or(ArchiveError::NotFound { what: "file" })?;
        let content = self.blobs.open(&self.tenant, &version.content).await?;
        Ok(OpenFile { version, content })
    }

    async fn amend_case(&self, case: CaseId, amendment: CaseAmendment) -> Result<(), ArchiveError> {
        self.change_case(case, |case| {
            Ok(case.amend(self.book().case_amendment(case, &amendment, &CodeTable::standard())?)?)
        })
    }

    async fn move_case(&self, case: CaseId, to: CaseStatus) -> Result<(), ArchiveError> {
        let now = self.clock.now();
        self.change_case(case, |case| Ok(case.move_to(to, &CaseContents::default(), &self.user, now)?))
    }

    async fn amend_entry(&self, entry: EntryId, amendment: Amendment) -> Result<(), ArchiveError> {
        self.change_entry(entry, |entry| {
            let amendment = amendment.attached_by(&self.user, entry);
            Ok(entry.amend(self.book().entry_amendment(entry, &amendment, &CodeTable::standard())?)?)
        })
    }

    async fn move_entry(&self, entry: EntryId, to: EntryStatus) -> Result<(), ArchiveError> {
        let now = self.clock.now();
        self.change_entry(entry, |entry| Ok(entry.move_to(to, &self.user, now)?))
    }

    async fn sign_off(&self, entry: EntryId, wish: SignOffWish) -> Result<(), ArchiveError> {
        let mut sign_off = SignOff::new(wish.how, self.user.clone(), self.clock.now());
        if let Some(answer) = wish.answered_by {
            sign_off = sign_off.answered_by(answer);
        }
        if let Some(party) = wish.party {
            sign_off = sign_off.for_party(party);
        }
        self.change_entry(entry, |entry| Ok(entry.sign_off(sign_off)?))
    }

    async fn undo_sign_off(&self, entry: EntryId, sign_off: SignOffId) -> Result<(), ArchiveError> {
        let case = self.entry(&EntryName::Id(entry)).await?.case();
        let status = self.case(&CaseName::Id(case)).await?.status();
        self.change_entry(entry, |entry| Ok(entry.undo_sign_off(sign_off, status)?))
    }

    async fn codes(&self, list: CodeList) -> Result<Vec<CodeValue>, ArchiveError> {
        drop(self.open_state()?);
        Ok(list.values_under([&self.rules]))
    }
}

fn next_number(state: &State, now: Timestamp) -> Result<CaseNumber, ArchiveError> {
    let year = oslo_date(now).format("%Y").to_string();
    let sequence = u32::try_from(state.cases.len() + 1).unwrap_or(u32::MAX);
    CaseNumber::new(year.parse().map_err(invalid)?, sequence).map_err(invalid)
}

fn changes_of<C, A>(changes: Vec<C>, first: fn(C) -> A, and: fn(A, C) -> A) -> Option<A> {
    let mut changes = changes.into_iter();
    changes.next().map(|change| changes.fold(first(change), and))
}

#[expect(clippy::panic, reason = "a test that misspells a name must fail where it does")]
fn named<T>(name: Result<T, IdError>) -> T {
    name.unwrap_or_else(|error| panic!("{error}"))
}

fn invalid(error: impl std::fmt::Display) -> ArchiveError {
    ArchiveError::NotAllowed(error.to_string())
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;
    use sakarkiv_core::case::CaseChange;

    use super::*;
    use crate::doubles::StoppedClock;

    #[test]
    fn what_is_changed_by_call_follows_the_rules_of_the_source() {
        let unit = |name: &str| named(UnitId::new(name));
        let mut rules = IntakeRules::for_unit(unit("skole"));
        rules.units.insert("S".to_owned(), unit("skole"));
        let clock = Arc::new(StoppedClock::new(Timestamp::UNIX_EPOCH));
        let desk = MemoryDesk::new("proeve", "skole", clock).with_rules(rules);
        let mut consignment = Consignment::new(desk.source.clone(), ConsignmentKey::new("a").unwrap());
        consignment.facts.title = Some("Elevmappe".into());
        let case = desk.hand_in(&consignment).now_or_never().unwrap().unwrap().case.id;
        let to = |code: &str| desk.amend_case(case, CaseChange::Unit(unit(code)).into()).now_or_never().unwrap();
        to("s").unwrap();
        assert_eq!(desk.all_cases()[0].unit(), &unit("skole"), "the source's code is mapped");
        let unknown = to("byplan").unwrap_err();
        assert!(matches!(unknown, ArchiveError::Rejected(rejection) if rejection.has(FaultCode::UnknownUnit)));
    }
}
