use std::sync::Arc;

use async_trait::async_trait;
use sakarkiv_core::{
    case::{Case, CaseAmendment, CaseNumber, CaseStatus},
    document::{BlobRef, DocumentName},
    identity::{CaseId, EntryId, SignOffId, SourceId, TenantId},
    intake::{CaseName, CodeList, CodeValue, Consignment, ConsignmentKey, DryRun, EntryName, Receipt},
    journal::{Amendment, EntryStatus, JournalEntry},
    ports::{ArchiveDesk, ArchiveError, ByteStream, CaseFilter, OpenFile, SignOffWish},
};
use sakarkiv_testkit::{
    conformance::{MemoryDeskHarness, run_desk},
    doubles::MemoryDesk,
};

use super::{at_once, failed};

/// What is wrong with a desk, and the cases that must say so.
const FAULTS: [(&str, &[&str]); 9] = [
    (
        "registers under a key of its own",
        &["desk.hand-in.receipt", "desk.hand-in.repeat", "desk.hand-in.correction", "desk.dry-run"],
    ),
    ("does not say that it was handed in before", &["desk.hand-in.repeat"]),
    ("hands in when it is asked what would happen", &["desk.dry-run"]),
    ("takes documents of any length", &["desk.put.limit"]),
    ("lists a case twice on two pages", &["desk.cases"]),
    ("shows an empty case where there is none", &["desk.case.unknown"]),
    ("signs off in words only", &["desk.sign-off", "desk.undo-sign-off", "desk.undo-sign-off.part"]),
    ("shows the same file of a document whichever is named", &["desk.amend-document"]),
    ("takes the first sign-off back, whichever was meant", &["desk.undo-sign-off", "desk.undo-sign-off.part"]),
];

#[derive(Debug)]
struct Broken {
    inner: Arc<MemoryDesk>,
    fault: usize,
}

fn broken<const FAULT: usize>(inner: Arc<MemoryDesk>) -> Arc<dyn ArchiveDesk> {
    Arc::new(Broken { inner, fault: FAULT })
}

impl Broken {
    fn renamed(&self, consignment: &Consignment) -> Consignment {
        let mut renamed = consignment.clone();
        if self.fault == 0 {
            let key = format!("{}-{}", consignment.key, self.inner.changes());
            renamed.key = ConsignmentKey::new(&key).unwrap();
        }
        renamed
    }
}

#[async_trait]
impl ArchiveDesk for Broken {
    fn tenant(&self) -> &TenantId {
        self.inner.tenant()
    }

    fn source(&self) -> &SourceId {
        self.inner.source()
    }

    async fn put(&self, content: ByteStream, limit: u64) -> Result<BlobRef, ArchiveError> {
        self.inner.put(content, if self.fault == 3 { u64::MAX } else { limit }).await
    }

    async fn hand_in(&self, consignment: &Consignment) -> Result<Receipt, ArchiveError> {
        let mut receipt = self.inner.hand_in(&self.renamed(consignment)).await?;
        if self.fault == 1 {
            receipt.repeated = false;
        }
        Ok(receipt)
    }

    async fn dry_run(&self, consignment: &Consignment) -> Result<DryRun, ArchiveError> {
        let run = self.inner.dry_run(&self.renamed(consignment)).await?;
        if self.fault == 2 {
            self.inner.hand_in(consignment).await?;
        }
        Ok(run)
    }

    async fn receipt(&self, key: &ConsignmentKey) -> Result<Option<Receipt>, ArchiveError> {
        self.inner.receipt(key).await
    }

    async fn case(&self, name: &CaseName) -> Result<Case, ArchiveError> {
        self.inner.case(name).await
    }

    async fn cases(
        &self,
        filter: &CaseFilter,
        after: Option<CaseNumber>,
        limit: usize,
    ) -> Result<Vec<Case>, ArchiveError> {
        let before = |number: CaseNumber| CaseNumber::new(number.year(), number.sequence().saturating_sub(1)).ok();
        let after = if self.fault == 4 { after.and_then(before) } else { after };
        self.inner.cases(filter, after, limit).await
    }

    async fn entries(&self, case: CaseId) -> Result<Vec<JournalEntry>, ArchiveError> {
        match self.inner.entries(case).await {
            Err(ArchiveError::NotFound { .. }) if self.fault == 5 => Ok(Vec::new()),
            answer => answer,
        }
    }

    async fn entry(&self, name: &EntryName) -> Result<JournalEntry, ArchiveError> {
        self.inner.entry(name).await
    }

    async fn open(&self, file: DocumentName) -> Result<OpenFile, ArchiveError> {
        if self.fault == 7 {
            let entry = self.inner.entry(&EntryName::Document(file)).await?;
            let shown = entry.documents().iter().find(|attached| attached.document.named(file).is_some());
            return self.inner.open(shown.unwrap().document.id().into()).await;
        }
        self.inner.open(file).await
    }

    async fn amend_case(&self, case: CaseId, amendment: CaseAmendment) -> Result<(), ArchiveError> {
        self.inner.amend_case(case, amendment).await
    }

    async fn move_case(&self, case: CaseId, to: CaseStatus) -> Result<(), ArchiveError> {
        self.inner.move_case(case, to).await
    }

    async fn amend_entry(&self, entry: EntryId, amendment: Amendment) -> Result<(), ArchiveError> {
        self.inner.amend_entry(entry, amendment).await
    }

    async fn move_entry(&self, entry: EntryId, to: EntryStatus) -> Result<(), ArchiveError> {
        self.inner.move_entry(entry, to).await
    }

    async fn sign_off(&self, entry: EntryId, wish: SignOffWish) -> Result<(), ArchiveError> {
        if self.fault == 6 { Ok(()) } else { self.inner.sign_off(entry, wish).await }
    }

    async fn undo_sign_off(&self, entry: EntryId, sign_off: SignOffId) -> Result<(), ArchiveError> {
        let stored = self.inner.entry(&EntryName::Id(entry)).await?;
        let first = stored.sign_offs().first().map_or(sign_off, |first| SignOffId::of(entry, first));
        self.inner.undo_sign_off(entry, if self.fault == 8 { first } else { sign_off }).await
    }

    async fn codes(&self, list: CodeList) -> Result<Vec<CodeValue>, ArchiveError> {
        self.inner.codes(list).await
    }
}

fn check<const FAULT: usize>() {
    let report = at_once(run_desk(&MemoryDeskHarness::wrapped(broken::<FAULT>)));
    let (what, expected) = FAULTS[FAULT];
    assert_eq!(failed(&report), expected, "a desk that {what}:\n{report}");
}

#[test]
fn each_broken_desk_fails_the_cases_that_are_about_its_fault() {
    check::<0>();
    check::<1>();
    check::<2>();
    check::<3>();
    check::<4>();
    check::<5>();
    check::<6>();
    check::<7>();
    check::<8>();
}
