use std::{collections::BTreeSet, sync::Arc};

use sakarkiv_core::{
    case::{Case, NewCase},
    document::BlobRef,
    identity::{CaseId, EntryId, TenantId, Timestamp},
    journal::{JournalEntry, NewEntry},
    ports::{Assigned, StoreError},
};

use super::{records, tenant::TenantState};

/// The registry side of a tenant: cases, entries and their number series.
impl TenantState {
    pub(super) fn open_case(
        &mut self,
        tenant: &TenantId,
        id: CaseId,
        case: NewCase,
        (year, at): (i32, Timestamp),
    ) -> Result<Assigned, StoreError> {
        if self.cases.get(&id).is_some() {
            return Err(StoreError::Duplicate { what: "case" });
        }
        let sequence = self.case_series.get(&year).copied().unwrap_or_default().saturating_add(1);
        let number = records::case_number(year, sequence)?;
        let case = case.open(id, tenant.clone(), number, at).map_err(|error| StoreError::Invalid(error.to_string()))?;
        self.case_series.put(year, sequence);
        self.numbers.put(number, id);
        self.cases.put(id, Arc::new(case));
        Ok(Assigned::Case(number))
    }

    pub(super) fn put_case(&mut self, tenant: &TenantId, case: Case) -> Result<(), StoreError> {
        let stored = self.cases.get(&case.id()).filter(|_| case.tenant() == tenant);
        let stored = stored.ok_or(StoreError::NotFound { what: "case" })?;
        if stored.version() != case.version() {
            return Err(StoreError::Conflict { what: "case" });
        }
        self.cases.put(case.id(), Arc::new(records::raised_case(case)));
        Ok(())
    }

    pub(super) fn add_entry(
        &mut self,
        (id, case): (EntryId, CaseId),
        entry: NewEntry,
        (year, at): (i32, Timestamp),
        named: &mut BTreeSet<BlobRef>,
    ) -> Result<Assigned, StoreError> {
        let (tenant, case_number) = match self.cases.get(&case) {
            Some(found) => (found.tenant().clone(), found.number()),
            None => return Err(StoreError::NotFound { what: "case" }),
        };
        if self.entries.get(&id).is_some() {
            return Err(StoreError::Duplicate { what: "entry" });
        }
        named.extend(records::documents_of_new(&entry));
        let journal_sequence = self.journal_series.get(&year).copied().unwrap_or_default().saturating_add(1);
        let last_in_case = self.in_case.rows().range((case, 0)..=(case, u32::MAX)).next_back();
        let in_case = last_in_case.map_or(0, |((_, number), _)| *number).saturating_add(1);
        let number = records::entry_number(case_number, in_case, year, journal_sequence)?;
        let entry =
            entry.register(id, tenant, case, number, at).map_err(|error| StoreError::Invalid(error.to_string()))?;
        self.journal_series.put(year, journal_sequence);
        self.in_case.put((case, in_case), id);
        self.entries.put(id, Arc::new(entry));
        Ok(Assigned::Entry(number))
    }

    pub(super) fn put_entry(
        &mut self,
        tenant: &TenantId,
        entry: JournalEntry,
        named: &mut BTreeSet<BlobRef>,
    ) -> Result<(), StoreError> {
        let stored = self.entries.get(&entry.id()).filter(|_| entry.tenant() == tenant);
        let stored = stored.ok_or(StoreError::NotFound { what: "entry" })?;
        if stored.version() != entry.version() {
            return Err(StoreError::Conflict { what: "entry" });
        }
        named.extend(records::documents_of(&entry));
        self.entries.put(entry.id(), Arc::new(records::raised_entry(entry)));
        Ok(())
    }
}
