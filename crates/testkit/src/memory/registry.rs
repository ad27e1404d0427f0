use std::{collections::BTreeSet, sync::Arc};

use sakarkiv_core::{
    case::{Case, CaseNumber, NewCase},
    document::BlobRef,
    identity::{CaseId, EntryId, Timestamp},
    journal::{EntryNumber, JournalEntry, NewEntry},
    ports::{Assigned, StoreError},
};

use super::{records, tenant::TenantState};

/// The registry side of a tenant: cases, entries and their number series.
impl TenantState {
    pub(super) fn open_case(
        &mut self,
        id: CaseId,
        case: NewCase,
        year: i32,
        at: Timestamp,
    ) -> Result<Assigned, StoreError> {
        if self.cases.get(&id).is_some() {
            return Err(StoreError::Duplicate { what: "case" });
        }
        let sequence = self.case_series.get(&year).copied().unwrap_or_default().saturating_add(1);
        let number = records::case_number(year, sequence)?;
        self.case_series.put(year, sequence);
        self.numbers.put(number, id);
        self.cases.put(id, Arc::new(records::open_case(id, number, case, at)));
        Ok(Assigned::Case(number))
    }

    pub(super) fn put_case(&mut self, mut case: Case) -> Result<(), StoreError> {
        let stored = self.cases.get(&records::case_id(&case)).ok_or(StoreError::NotFound { what: "case" })?;
        if records::case_version(stored) != records::case_version(&case) {
            return Err(StoreError::Conflict { what: "case" });
        }
        records::raise_case(&mut case);
        self.cases.put(records::case_id(&case), Arc::new(case));
        Ok(())
    }

    pub(super) fn add_entry(
        &mut self,
        (id, case): (EntryId, CaseId),
        entry: NewEntry,
        (year, at): (i32, Timestamp),
        named: &mut BTreeSet<BlobRef>,
    ) -> Result<Assigned, StoreError> {
        if self.cases.get(&case).is_none() {
            return Err(StoreError::NotFound { what: "case" });
        }
        if self.entries.get(&id).is_some() {
            return Err(StoreError::Duplicate { what: "entry" });
        }
        named.extend(records::documents_of_new(&entry));
        let journal_sequence = self.journal_series.get(&year).copied().unwrap_or_default().saturating_add(1);
        let last_in_case = self.in_case.rows().range((case, 0)..=(case, u32::MAX)).next_back();
        let in_case = last_in_case.map_or(0, |((_, number), _)| *number).saturating_add(1);
        let number = records::entry_number(year, journal_sequence, in_case)?;
        self.journal_series.put(year, journal_sequence);
        self.in_case.put((case, in_case), id);
        self.entries.put(id, Arc::new(records::register(id, case, number, entry, at)));
        Ok(Assigned::Entry(number))
    }

    pub(super) fn put_entry(
        &mut self,
        mut entry: JournalEntry,
        named: &mut BTreeSet<BlobRef>,
    ) -> Result<(), StoreError> {
        let stored = self.entries.get(&entry.id).ok_or(StoreError::NotFound { what: "entry" })?;
        if records::entry_version(stored) != records::entry_version(&entry) {
            return Err(StoreError::Conflict { what: "entry" });
        }
        named.extend(records::documents_of(&entry));
        records::raise_entry(&mut entry);
        self.entries.put(entry.id, Arc::new(entry));
        Ok(())
    }
}
