//! The desk of a specialist system that calls: what a REST interface, Fiks Arkiv messages or a SOAP façade stand on.

use std::sync::Arc;

use async_trait::async_trait;
use sakarkiv_core::{
    audit::{Activity, AuditOutcome, ObjectRef},
    case::{Case, CaseAmendment, CaseNumber, CaseStatus},
    document::{BlobRef, DocumentName},
    identity::{CaseId, EntryId, SignOffId, SourceId, TenantId},
    intake::{
        CaseName, CodeList, CodeValue, Consignment, ConsignmentKey, DryRun, EntryName, Fault, FaultCode, Place,
        Receipt, Rejection,
    },
    journal::{Amendment, EntryStatus, JournalEntry},
    ports::{ArchiveDesk, ArchiveError, ByteStream, CaseFilter, Op, OpenFile, SignOffWish, Transaction},
};

use super::{ChangeError, Desk, DeskError, DocumentError};
use crate::{
    consignments::{
        IntakeError, Integrated, MANY, dry_run, integrated, log_trial, named_cases, receipt_of, take_in, tell_rejected,
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
            EntryName::Key(key) => newest(&store.entries_by_key(&self.tenant, key, MANY).await?).ok_or_else(missing),
            EntryName::Document(name) => {
                newest(&store.entries_by_document(&self.tenant, *name, MANY).await?).ok_or_else(missing)
            }
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
        let mut found = named_cases(&self.office, self.its_tenant()?, name, None).await?;
        found.retain(|case| case.status() != CaseStatus::Void || matches!(name, CaseName::Id(_) | CaseName::Number(_)));
        match found.as_slice() {
            [] => Err(ArchiveError::NotFound { what: "case" }),
            [case] => Ok(at.desk.case(case.id()).await?),
            // Those it may not know of do not count.
            many => {
                let mut seen = Vec::new();
                for case in many {
                    match at.desk.case(case.id()).await {
                        Ok(case) => seen.push(case),
                        Err(DeskError::NotFound | DeskError::Refused { .. }) => {}
                        Err(error) => return Err(error.into()),
                    }
                }
                match (seen.pop(), seen.is_empty()) {
                    (Some(case), true) => Ok(case),
                    (None, _) => Err(ArchiveError::NotFound { what: "case" }),
                    (Some(_), false) => Err(ArchiveError::Several { what: "case" }),
                }
            }
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

/// Of entries in the order of the journal, newest first, the one that counts.
fn newest(found: &[JournalEntry]) -> Option<EntryId> {
    let valid = found.iter().find(|entry| entry.status() != EntryStatus::Void);
    valid.or(found.first()).map(JournalEntry::id)
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
