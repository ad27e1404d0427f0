use std::{collections::BTreeSet, sync::Arc};

use sakarkiv_core::{
    case::{Case, CaseNumber, NewCase},
    document::{BlobRef, Document},
    identity::{CaseId, EntryId, TenantId, Timestamp},
    journal::{EntryNumber, JournalEntry, NewEntry},
    ports::{Assigned, StoreError},
};

use super::tenant::TenantState;

/// The registry side of a tenant: cases, entries and their number series.
impl TenantState {
    pub(super) fn open_case(
        &mut self,
        (id, tenant): (CaseId, &TenantId),
        case: NewCase,
        year: i32,
        at: Timestamp,
    ) -> Result<Assigned, StoreError> {
        if self.cases.get(&id).is_some() {
            return Err(StoreError::Duplicate { what: "case" });
        }
        let sequence = self.case_series.get(&year).copied().unwrap_or_default().saturating_add(1);
        let number = CaseNumber::new(in_range(year)?, sequence).map_err(invalid)?;
        let case = case.open(id, tenant.clone(), number, at).map_err(invalid)?;
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
        let version = case.version().saturating_add(1);
        self.cases.put(case.id(), Arc::new(case.with_version(version)));
        Ok(())
    }

    pub(super) fn add_entry(
        &mut self,
        (id, case, tenant): (EntryId, CaseId, &TenantId),
        entry: NewEntry,
        (year, at): (i32, Timestamp),
        named: &mut BTreeSet<BlobRef>,
    ) -> Result<Assigned, StoreError> {
        let row = self.cases.get(&case).ok_or(StoreError::NotFound { what: "case" })?;
        if !row.status().takes_entries() {
            return Err(invalid("the case is closed: reopen it, or register in another"));
        }
        let case_number = row.number();
        if self.entries.get(&id).is_some() {
            return Err(StoreError::Duplicate { what: "entry" });
        }
        named.extend(entry.documents.iter().flat_map(|new| blobs_of(&new.document)));
        let sequence = self.journal_series.get(&year).copied().unwrap_or_default().saturating_add(1);
        let last_in_case = self.in_case.rows().range((case, 0)..=(case, u32::MAX)).next_back();
        let in_case = last_in_case.map_or(0, |((_, number), _)| *number).saturating_add(1);
        let number = EntryNumber::new(case_number, in_case, in_range(year)?, sequence).map_err(invalid)?;
        let entry = entry.register(id, tenant.clone(), case, number, at).map_err(invalid)?;
        self.journal_series.put(year, sequence);
        self.in_case.put((case, in_case), id);
        self.in_journal.put((year, sequence), id);
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
        named.extend(entry.documents().iter().flat_map(|attached| blobs_of(&attached.document)));
        let version = entry.version().saturating_add(1);
        self.entries.put(entry.id(), Arc::new(entry.with_version(version)));
        Ok(())
    }
}

fn in_range(year: i32) -> Result<u16, StoreError> {
    u16::try_from(year).map_err(|_| StoreError::Invalid(format!("{year} is no year of a series")))
}

fn invalid(error: impl std::fmt::Display) -> StoreError {
    StoreError::Invalid(error.to_string())
}

fn blobs_of(document: &Document) -> impl Iterator<Item = BlobRef> {
    document.versions().iter().map(|version| version.content)
}
