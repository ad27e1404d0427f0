use std::{collections::BTreeSet, sync::Arc};

use sakarkiv_core::{
    access::AccessRecord,
    case::{Case, CaseContents, CaseNumber, CaseStatus},
    delivery::{Delivery, Letter},
    document::BlobRef,
    identity::{ActorId, CaseId, EntryId, InboxId, LetterId, NoticeId, TenantId, Timestamp},
    journal::JournalEntry,
    ports::{Assigned, Entropy, Intake, ItemId, Kept, Notice, Op, Remembered, StoreError},
};

use super::{audit::Logs, claims::Held, store::place, table::Table};

/// All records of one tenant. The methods here work on memory that is committed or taken back as a whole.
#[derive(Debug, Default)]
pub(super) struct TenantState {
    pub(super) cases: Table<CaseId, Arc<Case>>,
    pub(super) numbers: Table<CaseNumber, CaseId>,
    pub(super) entries: Table<EntryId, Arc<JournalEntry>>,
    pub(super) in_case: Table<(CaseId, u32), EntryId>,
    pub(super) in_journal: Table<(i32, u32), EntryId>,
    pub(super) letters: Table<LetterId, Arc<Letter>>,
    pub(super) deliveries: Table<LetterId, Arc<Delivery>>,
    /// Deliveries that still have work to do.
    pub(super) active: Table<LetterId, ()>,
    /// In what order letters were accepted.
    pub(super) arrivals: Table<LetterId, u64>,
    pub(super) claims: Table<LetterId, Held>,
    pub(super) intakes: Table<(InboxId, ItemId), Arc<Intake>>,
    pub(super) keys: Table<String, Remembered>,
    pub(super) marks: Table<String, String>,
    pub(super) kept: Table<(String, String), Arc<Kept>>,
    pub(super) notices: Table<(Timestamp, NoticeId), Arc<Notice>>,
    pub(super) notice_times: Table<NoticeId, Timestamp>,
    pub(super) access: Table<(String, &'static str), Arc<AccessRecord>>,
    pub(super) access_before: Table<(String, &'static str, u64), Arc<AccessRecord>>,
    pub(super) logs: Logs,
    pub(super) case_series: Table<i32, u32>,
    pub(super) journal_series: Table<i32, u32>,
}

macro_rules! every_table {
    ($state:ident, $method:ident) => {{
        $state.cases.$method();
        $state.numbers.$method();
        $state.entries.$method();
        $state.in_case.$method();
        $state.in_journal.$method();
        $state.letters.$method();
        $state.deliveries.$method();
        $state.active.$method();
        $state.arrivals.$method();
        $state.claims.$method();
        $state.intakes.$method();
        $state.keys.$method();
        $state.marks.$method();
        $state.kept.$method();
        $state.notices.$method();
        $state.notice_times.$method();
        $state.access.$method();
        $state.access_before.$method();
        $state.logs.$method();
        $state.case_series.$method();
        $state.journal_series.$method();
    }};
}

impl TenantState {
    /// The transaction is durable.
    pub(super) fn keep(&mut self) {
        every_table!(self, keep);
    }

    /// The transaction did not happen.
    pub(super) fn take_back(&mut self) {
        every_table!(self, take_back);
    }

    /// Applies one change. `named` collects the documents that become durable by it.
    pub(super) fn apply(
        &mut self,
        tenant: &TenantId,
        op: Op,
        named: &mut BTreeSet<BlobRef>,
        entropy: &dyn Entropy,
    ) -> Result<Assigned, StoreError> {
        match op {
            Op::OpenCase { id, case, year, at } => return self.open_case((id, tenant), case, year, at),
            Op::AddEntry { id, case, entry, year, at } => {
                return self.add_entry((id, case, tenant), entry, (year, at), named);
            }
            Op::PutCase(case) => self.put_case(tenant, case)?,
            Op::MoveCase { id, to, by, at } => self.move_case(tenant, id, to, (&by, at))?,
            Op::PutEntry(entry) => self.put_entry(tenant, entry, named)?,
            Op::AddLetter { letter, delivery } => self.add_letter(tenant, letter, delivery, named)?,
            Op::PutDelivery { delivery, fence, keep } => {
                let held = self.claims.get(&delivery.letter).ok_or(StoreError::Fenced)?;
                if held.fence != fence {
                    return Err(StoreError::Fenced);
                }
                if !keep {
                    self.claims.remove(delivery.letter);
                }
                self.put_delivery(delivery, || StoreError::Fenced)?;
            }
            Op::ForceDelivery(delivery) => {
                if self.claims.get(&delivery.letter).is_some() {
                    return Err(StoreError::Fenced);
                }
                self.put_delivery(delivery, || StoreError::Conflict { what: "delivery" })?;
            }
            Op::PutIntake(intake) => self.put_intake(tenant, intake)?,
            Op::Remember { key, object } => {
                if self.keys.get(&key).is_some() {
                    return Err(StoreError::Duplicate { what: "key" });
                }
                self.keys.put(key, object);
            }
            Op::PutMark { name, value: Some(value) } => self.marks.put(name, value),
            Op::PutMark { name, value: None } => self.marks.remove(name),
            Op::Keep(record) => self.keep_record(record)?,
            Op::Discard { kind, key } => self.kept.remove((kind, key)),
            Op::AddNotice(notice) => self.add_notice(tenant, notice)?,
            Op::NoticeTold(id) => {
                if let Some(at) = self.notice_times.get(&id).copied() {
                    self.notices.remove((at, id));
                }
            }
            Op::PutAccess(record) => self.put_access(tenant, record)?,
            Op::Audit(event) => {
                if event.tenant != *tenant {
                    return Err(StoreError::NotFound { what: "tenant" });
                }
                self.logs.append(&event, entropy)?;
            }
            other => return Err(StoreError::Invalid(format!("this store does not know the operation {other:?}"))),
        }
        Ok(Assigned::Nothing)
    }

    fn keep_record(&mut self, mut record: Kept) -> Result<(), StoreError> {
        let place = (record.kind.clone(), record.key.clone());
        if self.kept.get(&place).map_or(0, |stored| stored.version) != record.version {
            return Err(StoreError::Conflict { what: "kept record" });
        }
        record.version = record.version.saturating_add(1);
        self.kept.put(place, Arc::new(record));
        Ok(())
    }

    fn move_case(
        &mut self,
        tenant: &TenantId,
        id: CaseId,
        to: CaseStatus,
        (by, at): (&ActorId, Timestamp),
    ) -> Result<(), StoreError> {
        let case = self.cases.get(&id).ok_or(StoreError::NotFound { what: "case" })?;
        let ids = self.in_case.rows().range((id, 0)..=(id, u32::MAX)).map(|(_, id)| id);
        let entries = ids.filter_map(|id| self.entries.get(id)).map(Arc::as_ref);
        let moved = case.move_to(to, &CaseContents::count(entries), by, at);
        self.put_case(tenant, moved.map_err(|error| StoreError::Invalid(error.to_string()))?)
    }

    fn add_letter(
        &mut self,
        tenant: &TenantId,
        letter: Letter,
        delivery: Delivery,
        named: &mut BTreeSet<BlobRef>,
    ) -> Result<(), StoreError> {
        if letter.tenant != *tenant || delivery.tenant != *tenant {
            return Err(StoreError::NotFound { what: "tenant" });
        }
        if delivery.letter != letter.id {
            return Err(StoreError::Invalid("a letter and its delivery must have the same id".into()));
        }
        if self.letters.get(&letter.id).is_some() {
            return Err(StoreError::Duplicate { what: "letter" });
        }
        if self.entries.get(&letter.entry).is_none_or(|entry| entry.case() != letter.case) {
            return Err(StoreError::NotFound { what: "entry" });
        }
        named.extend(letter.documents.iter().map(|document| document.blob));
        let turn = self.arrivals.rows().len() as u64;
        self.arrivals.put(letter.id, turn);
        self.set_active(&delivery);
        self.deliveries.put(letter.id, Arc::new(delivery));
        self.letters.put(letter.id, Arc::new(letter));
        Ok(())
    }

    fn put_delivery(&mut self, mut delivery: Delivery, stale: fn() -> StoreError) -> Result<(), StoreError> {
        let stored = self.deliveries.get(&delivery.letter).ok_or(StoreError::NotFound { what: "delivery" })?;
        if stored.version != delivery.version {
            return Err(stale());
        }
        if stored.tenant != delivery.tenant {
            return Err(StoreError::NotFound { what: "delivery" });
        }
        delivery.version = delivery.version.saturating_add(1);
        self.set_active(&delivery);
        self.deliveries.put(delivery.letter, Arc::new(delivery));
        Ok(())
    }

    fn set_active(&mut self, delivery: &Delivery) {
        if delivery.work().is_some() {
            self.active.put(delivery.letter, ());
        } else {
            self.active.remove(delivery.letter);
        }
    }

    fn put_intake(&mut self, tenant: &TenantId, mut intake: Intake) -> Result<(), StoreError> {
        if intake.tenant != *tenant {
            return Err(StoreError::NotFound { what: "tenant" });
        }
        let key = (intake.inbox.clone(), intake.item.clone());
        match self.intakes.get(&key) {
            None if intake.version == 0 => {}
            None => return Err(StoreError::NotFound { what: "intake" }),
            Some(_) if intake.version == 0 => return Err(StoreError::Duplicate { what: "intake" }),
            Some(stored) if stored.version == intake.version => {}
            Some(_) => return Err(StoreError::Conflict { what: "intake" }),
        }
        intake.version = intake.version.saturating_add(1);
        self.intakes.put(key, Arc::new(intake));
        Ok(())
    }

    fn put_access(&mut self, tenant: &TenantId, record: AccessRecord) -> Result<(), StoreError> {
        if record.tenant() != tenant {
            return Err(StoreError::NotFound { what: "tenant" });
        }
        let (id, kind) = place(&record.key());
        let stored = self.access.get(&(id.clone(), kind)).cloned();
        if stored.as_ref().map_or(0, |stored| stored.version()) != record.version() {
            return Err(StoreError::Conflict { what: "access record" });
        }
        if let Some(stored) = stored {
            self.access_before.put((id.clone(), kind, stored.version()), stored);
        }
        let version = record.version().saturating_add(1);
        self.access.put((id, kind), Arc::new(record.with_version(version)));
        Ok(())
    }

    fn add_notice(&mut self, tenant: &TenantId, notice: Notice) -> Result<(), StoreError> {
        if notice.tenant != *tenant {
            return Err(StoreError::NotFound { what: "tenant" });
        }
        if self.notice_times.get(&notice.id).is_some() {
            return Err(StoreError::Duplicate { what: "notice" });
        }
        self.notice_times.put(notice.id, notice.at);
        self.notices.put((notice.at, notice.id), Arc::new(notice));
        Ok(())
    }
}
