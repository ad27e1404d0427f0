//! The desk of a specialist system that calls: what a REST interface, Fiks Arkiv messages or a SOAP façade stand on.

use std::sync::Arc;

use async_trait::async_trait;
use sakarkiv_core::{
    access::View,
    audit::{Activity, AuditOutcome, ObjectRef},
    case::{Case, CaseAmendment, CaseNumber, CaseStatus},
    document::{BlobRef, DocumentName},
    identity::{CaseId, EntryId, SignOffId, SourceId, TenantId},
    intake::{
        CaseName, CodeList, CodeValue, Consignment, ConsignmentKey, DryRun, EntryName, Fault, FaultCode, Place,
        Receipt, Rejection,
    },
    journal::{Amendment, EntryStatus, JournalEntry},
    ports::{ArchiveDesk, ArchiveError, ByteStream, CaseFilter, Op, OpenFile, SignOffWish, StoreError, Transaction},
};

use super::{ChangeError, Desk, DeskError, DocumentError};
use crate::{
    consignments::{
        IntakeError, Integrated, MANY, Sighted, dry_run, integrated, log_trial, receipt_of, sighted, take_in,
        tell_rejected,
    },
    office::{Office, Tenant},
    rights,
};

/// What the office offers one integration: [`ArchiveDesk`], as the integration's service user.
///
/// Every call reads the register of integrations first: one that was stopped is refused from then on. Cheap to clone.
#[derive(Debug, Clone)]
pub struct ServiceDesk {
    office: Arc<Office>,
    tenant: TenantId,
    source: SourceId,
    client: Option<String>,
}

impl ServiceDesk {
    pub(crate) const fn new(office: Arc<Office>, tenant: TenantId, source: SourceId, client: Option<String>) -> Self {
        Self { office, tenant, source, client }
    }

    fn its_tenant(&self) -> Result<&Tenant, ArchiveError> {
        self.office.tenants.get(&self.tenant).ok_or(ArchiveError::Internal)
    }

    /// The service user at its desk, while the integration is live.
    async fn at(&self) -> Result<Integrated<'_>, ArchiveError> {
        let tenant = self.its_tenant()?;
        match integrated(&self.office, tenant, &self.source, self.client.as_deref()).await? {
            Ok(at) => Ok(at),
            Err(rejection) => {
                self.log_refusal().await?;
                Err(rejection.into())
            }
        }
    }

    /// Somebody came as an integration that is not live: nobody's rights were asked, so the office itself notes it.
    async fn log_refusal(&self) -> Result<(), ArchiveError> {
        let mut actor = self.office.acting(&self.tenant);
        actor.client = self.client.clone();
        let event = rights::event(&actor, Activity::AccessRefused, ObjectRef::Tenant, self.office.clock.now());
        let event =
            event.ended(AuditOutcome::Refused).under_rule("not_live").with_detail("source", self.source.as_str());
        self.office.commit(Transaction::new(self.tenant.clone()).with(Op::Audit(event))).await?;
        Ok(())
    }

    async fn handed_in(&self, at: &Integrated<'_>, consignment: &Consignment) -> Result<Receipt, IntakeError> {
        self.ours(consignment)?;
        take_in(at, consignment, &[]).await
    }

    async fn tried(&self, at: &Integrated<'_>, consignment: &Consignment) -> Result<DryRun, IntakeError> {
        self.ours(consignment)?;
        dry_run(at, consignment).await
    }

    fn ours(&self, consignment: &Consignment) -> Result<(), Rejection> {
        if consignment.source == self.source {
            return Ok(());
        }
        Err(Fault::new(FaultCode::UnknownSource, Place::Consignment).because("it names another source").into())
    }

    async fn found_entry(&self, desk: &Desk<'_>, name: &EntryName) -> Result<EntryId, ArchiveError> {
        let missing = || ArchiveError::NotFound { what: "entry" };
        let store = &desk.office.store;
        match name {
            EntryName::Id(id) => Ok(*id),
            EntryName::Key(_) | EntryName::Document(_) => newest_seen(desk, name).await?.ok_or_else(missing),
            EntryName::Number { case, number } => {
                let case = store.case_by_number(&self.tenant, *case).await?.ok_or_else(missing)?;
                let entries = store.entries(&self.tenant, case.id()).await?;
                let found = entries.iter().find(|entry| entry.number().number() == *number);
                found.map(JournalEntry::id).ok_or_else(missing)
            }
            _ => Err(ArchiveError::NotAllowed("the entry is named in a way this office does not know".to_owned())),
        }
    }
}

/// The newest entry of a name of those that the service user may read, one that is not void before those that are; where it
/// may read none, the newest of all, so that it is refused and that is logged.
async fn newest_seen(desk: &Desk<'_>, name: &EntryName) -> Result<Option<EntryId>, StoreError> {
    let (store, tenant, subject) = (&desk.office.store, &desk.tenant.id, desk.subject().await?);
    let (mut void, mut hidden) = (None, None);
    let (mut looked_at, mut limit) = (0, MANY);
    loop {
        let found = match name {
            EntryName::Key(key) => store.entries_by_key(tenant, key, limit).await?,
            EntryName::Document(name) => store.entries_by_document(tenant, *name, limit).await?,
            _ => Vec::new(),
        };
        for entry in found.iter().skip(looked_at) {
            let case = store.case(tenant, entry.case()).await?;
            let seen = case.is_some_and(|case| subject.sees(&desk.entry_object(entry, &case)) == View::Full);
            match (seen, entry.status()) {
                (true, EntryStatus::Void) => void = void.or(Some(entry.id())),
                (true, _) => return Ok(Some(entry.id())),
                (false, _) => hidden = hidden.or(Some(entry.id())),
            }
        }
        if found.len() < limit {
            return Ok(void.or(hidden));
        }
        (looked_at, limit) = (found.len(), limit.saturating_mul(10));
    }
}

#[async_trait]
impl ArchiveDesk for ServiceDesk {
    fn tenant(&self) -> &TenantId {
        &self.tenant
    }

    fn source(&self) -> &SourceId {
        &self.source
    }

    async fn put(&self, content: ByteStream, limit: u64) -> Result<BlobRef, ArchiveError> {
        Ok(self.at().await?.desk.put_document(content, limit).await?)
    }

    async fn hand_in(&self, consignment: &Consignment) -> Result<Receipt, ArchiveError> {
        let at = self.at().await?;
        match self.handed_in(&at, consignment).await {
            Ok(receipt) => Ok(receipt),
            Err(IntakeError::Rejected(rejection)) => {
                tell_rejected(&at, consignment.key.as_str(), &rejection, Vec::new()).await?;
                Err(rejection.into())
            }
            Err(IntakeError::Store(error)) => Err(error.into()),
        }
    }

    async fn dry_run(&self, consignment: &Consignment) -> Result<DryRun, ArchiveError> {
        let at = self.at().await?;
        match self.tried(&at, consignment).await {
            Ok(run) => Ok(run),
            Err(IntakeError::Rejected(rejection)) => {
                log_trial(&at, consignment.key.as_str(), &rejection).await?;
                Err(rejection.into())
            }
            Err(IntakeError::Store(error)) => Err(error.into()),
        }
    }

    async fn receipt(&self, key: &ConsignmentKey) -> Result<Option<Receipt>, ArchiveError> {
        self.at().await?;
        Ok(receipt_of(&self.office, self.its_tenant()?, &self.source, key).await?)
    }

    async fn case(&self, name: &CaseName) -> Result<Case, ArchiveError> {
        let at = self.at().await?;
        let named_itself = matches!(name, CaseName::Id(_) | CaseName::Number(_));
        let counts = |case: &Case| named_itself || case.status() != CaseStatus::Void;
        let Sighted { known, hidden } = sighted(&at.desk, name, View::Full, counts, |_| false).await?;
        match (known.as_slice(), hidden) {
            // Those it may not read do not count; where there is no other, that it asked for one is refused and logged.
            ([case], _) => Ok(at.desk.case(case.id()).await?),
            ([], Some(case)) => Ok(at.desk.case(case.id()).await?),
            ([], None) => Err(ArchiveError::NotFound { what: "case" }),
            _ => Err(ArchiveError::Several { what: "case" }),
        }
    }

    async fn cases(
        &self,
        filter: &CaseFilter,
        after: Option<CaseNumber>,
        limit: usize,
    ) -> Result<Vec<Case>, ArchiveError> {
        Ok(self.at().await?.desk.readable_cases(filter, after, limit).await?)
    }

    async fn entries(&self, case: CaseId) -> Result<Vec<JournalEntry>, ArchiveError> {
        Ok(self.at().await?.desk.entries(case).await?)
    }

    async fn entry(&self, name: &EntryName) -> Result<JournalEntry, ArchiveError> {
        let at = self.at().await?;
        let id = self.found_entry(&at.desk, name).await?;
        Ok(at.desk.entry(id).await?)
    }

    async fn open(&self, file: DocumentName) -> Result<OpenFile, ArchiveError> {
        let at = self.at().await?;
        let entry = self.found_entry(&at.desk, &EntryName::Document(file)).await?;
        let (version, open) = at.desk.file(entry, file).await?;
        Ok(OpenFile { version, content: open.content })
    }

    async fn amend_case(&self, case: CaseId, amendment: CaseAmendment) -> Result<(), ArchiveError> {
        let at = self.at().await?;
        let by_rules = |case: &Case| Ok(at.rules.case_amendment(case, &amendment, &at.desk.tenant.codes)?);
        Ok(at.desk.amend_case_by(case, by_rules).await?)
    }

    async fn move_case(&self, case: CaseId, to: CaseStatus) -> Result<(), ArchiveError> {
        Ok(self.at().await?.desk.move_case(case, to).await?)
    }

    async fn amend_entry(&self, entry: EntryId, amendment: Amendment) -> Result<(), ArchiveError> {
        let at = self.at().await?;
        let by_rules = |entry: &JournalEntry, amendment: Amendment| {
            let amendment = amendment.attached_by(&at.integration.service_user, entry);
            Ok(at.rules.entry_amendment(entry, &amendment, &at.desk.tenant.codes)?)
        };
        Ok(at.desk.amend_entry_by(entry, amendment, by_rules).await?)
    }

    async fn move_entry(&self, entry: EntryId, to: EntryStatus) -> Result<(), ArchiveError> {
        Ok(self.at().await?.desk.move_entry(entry, to).await?)
    }

    async fn sign_off(&self, entry: EntryId, wish: SignOffWish) -> Result<(), ArchiveError> {
        Ok(self.at().await?.desk.sign_off(entry, wish).await?)
    }

    async fn undo_sign_off(&self, entry: EntryId, sign_off: SignOffId) -> Result<(), ArchiveError> {
        Ok(self.at().await?.desk.undo_sign_off(entry, sign_off).await?)
    }

    async fn codes(&self, list: CodeList) -> Result<Vec<CodeValue>, ArchiveError> {
        let at = self.at().await?;
        Ok(list.values_under(std::iter::once(&at.rules.usual).chain(at.rules.named.values())))
    }
}

impl From<IntakeError> for ArchiveError {
    fn from(error: IntakeError) -> Self {
        match error {
            IntakeError::Rejected(rejection) => rejection.into(),
            IntakeError::Store(error) => error.into(),
        }
    }
}

impl From<DeskError> for ArchiveError {
    fn from(error: DeskError) -> Self {
        match error {
            DeskError::NotFound => Self::NotFound { what: "record" },
            DeskError::Refused { reasons } => Self::Refused { reasons },
            DeskError::Store(error) => error.into(),
        }
    }
}

impl From<ChangeError> for ArchiveError {
    fn from(error: ChangeError) -> Self {
        match error {
            ChangeError::Desk(error) => error.into(),
            ChangeError::Case(error) => error.into(),
            ChangeError::Entry(error) => error.into(),
            ChangeError::Step(error) => error.into(),
            ChangeError::SignOff(error) => error.into(),
            ChangeError::Rejected(rejection) => rejection.into(),
        }
    }
}

impl From<DocumentError> for ArchiveError {
    fn from(error: DocumentError) -> Self {
        match error {
            DocumentError::Desk(error) => error.into(),
            DocumentError::Content(error) => error.into(),
        }
    }
}
