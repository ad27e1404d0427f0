//! An archive that takes bytes and knows of nothing.

use async_trait::async_trait;
use futures_util::StreamExt as _;
use sakarkiv_core::{
    case::{Case, CaseAmendment, CaseNumber, CaseStatus},
    document::{BlobRef, DocumentName},
    identity::{CaseId, EntryId, SignOffId, SourceId, TenantId},
    intake::{CaseName, CodeList, CodeValue, Consignment, ConsignmentKey, DryRun, EntryName, Receipt},
    journal::{Amendment, EntryStatus, JournalEntry},
    ports::{ArchiveDesk, ArchiveError, ByteStream, CaseFilter, OpenFile, SignOffWish},
};

#[derive(Debug)]
pub(crate) struct ClosedDesk {
    tenant: TenantId,
    source: SourceId,
}

impl ClosedDesk {
    pub(crate) fn new() -> Self {
        Self { tenant: TenantId::new("bodo").expect("a name"), source: SourceId::new("prove").expect("a name") }
    }
}

const NOTHING: ArchiveError = ArchiveError::NotFound { what: "record" };

#[async_trait]
impl ArchiveDesk for ClosedDesk {
    fn tenant(&self) -> &TenantId {
        &self.tenant
    }

    fn source(&self) -> &SourceId {
        &self.source
    }

    async fn put(&self, mut content: ByteStream, _: u64) -> Result<BlobRef, ArchiveError> {
        let mut bytes = Vec::new();
        while let Some(piece) = content.next().await {
            bytes.extend_from_slice(&piece?);
        }
        Ok(BlobRef::of(&bytes))
    }

    async fn hand_in(&self, consignment: &Consignment) -> Result<Receipt, ArchiveError> {
        let json = serde_json::to_vec(consignment).expect("a consignment can be written");
        assert_eq!(
            serde_json::from_slice(&json).ok().as_ref(),
            Some(consignment),
            "a consignment came back as another"
        );
        Err(NOTHING)
    }

    async fn dry_run(&self, _: &Consignment) -> Result<DryRun, ArchiveError> {
        Err(NOTHING)
    }

    async fn receipt(&self, _: &ConsignmentKey) -> Result<Option<Receipt>, ArchiveError> {
        Ok(None)
    }

    async fn case(&self, _: &CaseName) -> Result<Case, ArchiveError> {
        Err(NOTHING)
    }

    async fn cases(&self, _: &CaseFilter, _: Option<CaseNumber>, _: usize) -> Result<Vec<Case>, ArchiveError> {
        Ok(Vec::new())
    }

    async fn entries(&self, _: CaseId) -> Result<Vec<JournalEntry>, ArchiveError> {
        Err(NOTHING)
    }

    async fn entry(&self, _: &EntryName) -> Result<JournalEntry, ArchiveError> {
        Err(NOTHING)
    }

    async fn open(&self, _: DocumentName) -> Result<OpenFile, ArchiveError> {
        Err(NOTHING)
    }

    async fn amend_case(&self, _: CaseId, _: CaseAmendment) -> Result<(), ArchiveError> {
        Err(NOTHING)
    }

    async fn move_case(&self, _: CaseId, _: CaseStatus) -> Result<(), ArchiveError> {
        Err(NOTHING)
    }

    async fn amend_entry(&self, _: EntryId, _: Amendment) -> Result<(), ArchiveError> {
        Err(NOTHING)
    }

    async fn move_entry(&self, _: EntryId, _: EntryStatus) -> Result<(), ArchiveError> {
        Err(NOTHING)
    }

    async fn sign_off(&self, _: EntryId, _: SignOffWish) -> Result<(), ArchiveError> {
        Err(NOTHING)
    }

    async fn undo_sign_off(&self, _: EntryId, _: SignOffId) -> Result<(), ArchiveError> {
        Err(NOTHING)
    }

    async fn codes(&self, list: CodeList) -> Result<Vec<CodeValue>, ArchiveError> {
        Ok(list.values().unwrap_or_default())
    }
}
