//! `mockall` mocks of every port, behind the feature `mocks`.
//!
//! ```
//! use sakarkiv_core::ports::{Clock, MockClock};
//!
//! let mut clock = MockClock::new();
//! clock.expect_now().return_const(sakarkiv_core::identity::Timestamp::UNIX_EPOCH);
//! assert_eq!(clock.now(), sakarkiv_core::identity::Timestamp::UNIX_EPOCH);
//! ```

use async_trait::async_trait;
use mockall::mock;

use super::*;
use crate::{
    access::{AccessKey, AccessRecord},
    case::{Case, CaseAmendment, CaseNumber, CaseStatus},
    delivery::{Delivery, Letter, Reference, RemoteId, SigningStatus},
    document::{BlobRef, DocumentName},
    identity::{
        AccountId, CaseId, ChannelId, EntryId, InboxId, LetterId, MeetingId, NationalIdentityNumber,
        OrganisationNumber, SignOffId, SourceId, TenantId, Timestamp,
    },
    intake::{CaseName, CodeList, CodeValue, Consignment, ConsignmentKey, DryRun, EntryName, Receipt},
    journal::{Amendment, EntryStatus, JournalEntry},
    publication::{ClearedMeeting, ClearedRecord, LeakReport, PublicMeeting, PublicRecord, Secrets},
    routing::Coverage,
    text::ExternalKey,
};

mock! {
    /// Mock of [`Channel`].
    #[derive(Debug)]
    pub Channel {}
    #[async_trait]
    impl Channel for Channel {
        fn id(&self) -> &ChannelId;
        fn capabilities(&self) -> ChannelCapabilities;
        async fn reach(&self, account: &AccountId, query: &ReachQuery) -> Result<Reach, PortError>;
        async fn send(&self, account: &AccountId, dispatch: Dispatch) -> Result<Accepted, PortError>;
        async fn find(&self, account: &AccountId, reference: &Reference) -> Result<Vec<Found>, PortError>;
        async fn status(&self, account: &AccountId, ids: &[RemoteId]) -> Result<Vec<StatusLine>, PortError>;
        async fn signing(&self, account: &AccountId, id: &RemoteId) -> Result<Option<SigningStatus>, PortError>;
        async fn withdraw(&self, account: &AccountId, id: &RemoteId) -> Result<(), PortError>;
        async fn history(&self, account: &AccountId, id: &RemoteId) -> Result<Vec<HistoryLine>, PortError>;
        async fn check(&self, account: &AccountId) -> Result<(), PortError>;
    }
}

mock! {
    /// Mock of [`Inbox`].
    #[derive(Debug)]
    pub Inbox {}
    #[async_trait]
    impl Inbox for Inbox {
        fn id(&self) -> &InboxId;
        fn capabilities(&self) -> InboxCapabilities;
        async fn list(&self) -> Result<Vec<Waiting>, PortError>;
        async fn fetch(&self, tenant: &TenantId, id: &ItemId, blobs: std::sync::Arc<dyn Blobs>) -> Result<ReceivedMail, PortError>;
        async fn acknowledge(&self, id: &ItemId) -> Result<(), PortError>;
        async fn refuse(&self, id: &ItemId, refusal: &Refusal) -> Result<(), PortError>;
        async fn unopened(&self) -> Result<Vec<UnopenedMail>, PortError>;
        async fn check(&self) -> Result<(), PortError>;
    }
}

mock! {
    /// Mock of [`ConsignmentSource`].
    #[derive(Debug)]
    pub ConsignmentSource {}
    #[async_trait]
    impl ConsignmentSource for ConsignmentSource {
        fn id(&self) -> &SourceId;
        fn capabilities(&self) -> SourceCapabilities;
        async fn list(&self) -> Result<Vec<Waiting>, PortError>;
        async fn fetch(&self, tenant: &TenantId, id: &ItemId, blobs: std::sync::Arc<dyn Blobs>) -> Result<Fetched, PortError>;
        async fn answer(&self, id: &ItemId, answer: &Answer) -> Result<(), PortError>;
        async fn check(&self) -> Result<(), PortError>;
    }
}

mock! {
    /// Mock of [`ArchiveDesk`].
    #[derive(Debug)]
    pub ArchiveDesk {}
    #[async_trait]
    impl ArchiveDesk for ArchiveDesk {
        fn tenant(&self) -> &TenantId;
        fn source(&self) -> &SourceId;
        async fn put(&self, content: ByteStream, limit: u64) -> Result<BlobRef, ArchiveError>;
        async fn hand_in(&self, consignment: &Consignment) -> Result<Receipt, ArchiveError>;
        async fn dry_run(&self, consignment: &Consignment) -> Result<DryRun, ArchiveError>;
        async fn receipt(&self, key: &ConsignmentKey) -> Result<Option<Receipt>, ArchiveError>;
        async fn case(&self, name: &CaseName) -> Result<Case, ArchiveError>;
        async fn cases(
            &self,
            filter: &CaseFilter,
            after: Option<CaseNumber>,
            limit: usize,
        ) -> Result<Vec<Case>, ArchiveError>;
        async fn entries(&self, case: CaseId) -> Result<Vec<JournalEntry>, ArchiveError>;
        async fn entry(&self, name: &EntryName) -> Result<JournalEntry, ArchiveError>;
        async fn open(&self, file: DocumentName) -> Result<OpenFile, ArchiveError>;
        async fn amend_case(&self, case: CaseId, amendment: CaseAmendment) -> Result<(), ArchiveError>;
        async fn move_case(&self, case: CaseId, to: CaseStatus) -> Result<(), ArchiveError>;
        async fn amend_entry(&self, entry: EntryId, amendment: Amendment) -> Result<(), ArchiveError>;
        async fn move_entry(&self, entry: EntryId, to: EntryStatus) -> Result<(), ArchiveError>;
        async fn sign_off(&self, entry: EntryId, wish: SignOffWish) -> Result<(), ArchiveError>;
        async fn undo_sign_off(&self, entry: EntryId, sign_off: SignOffId) -> Result<(), ArchiveError>;
        async fn codes(&self, list: CodeList) -> Result<Vec<CodeValue>, ArchiveError>;
    }
}

mock! {
    /// Mock of [`Blobs`].
    #[derive(Debug)]
    pub Blobs {}
    #[async_trait]
    impl Blobs for Blobs {
        async fn put(&self, tenant: &TenantId, content: ByteStream, limit: u64) -> Result<BlobRef, PortError>;
        async fn open(&self, tenant: &TenantId, blob: &BlobRef) -> Result<ByteStream, PortError>;
    }
}

mock! {
    /// Mock of [`Clock`].
    #[derive(Debug)]
    pub Clock {}
    #[async_trait]
    impl Clock for Clock {
        fn now(&self) -> Timestamp;
        async fn sleep_until(&self, moment: Timestamp);
    }
}

mock! {
    /// Mock of [`Entropy`].
    #[derive(Debug)]
    pub Entropy {}
    impl Entropy for Entropy {
        fn next_u64(&self) -> u64;
    }
}

mock! {
    /// Mock of [`Notifier`].
    #[derive(Debug)]
    pub Notifier {}
    #[async_trait]
    impl Notifier for Notifier {
        async fn notify(&self, notice: &Notice) -> Result<(), PortError>;
    }
}

mock! {
    /// Mock of [`LeakCheck`].
    #[derive(Debug)]
    pub LeakCheck {}
    #[async_trait]
    impl LeakCheck for LeakCheck {
        async fn check(
            &self,
            record: &PublicRecord,
            secrets: &std::sync::Arc<Secrets>,
            blobs: std::sync::Arc<dyn Blobs>,
        ) -> Result<LeakReport, PortError>;
        async fn check_meeting(
            &self,
            meeting: &PublicMeeting,
            secrets: &[std::sync::Arc<Secrets>],
            blobs: std::sync::Arc<dyn Blobs>,
        ) -> Result<LeakReport, PortError>;
    }
}

mock! {
    /// Mock of [`JournalPublisher`].
    #[derive(Debug)]
    pub JournalPublisher {}
    #[async_trait]
    impl JournalPublisher for JournalPublisher {
        fn capabilities(&self) -> PublisherCapabilities;
        async fn publish(&self, record: &ClearedRecord) -> Result<(), PortError>;
        async fn withdraw(&self, entry: EntryId) -> Result<(), PortError>;
        async fn published(&self, after: Option<EntryId>) -> Result<Vec<Published>, PortError>;
    }
}

mock! {
    /// Mock of [`MeetingPublisher`].
    #[derive(Debug)]
    pub MeetingPublisher {}
    #[async_trait]
    impl MeetingPublisher for MeetingPublisher {
        async fn publish_meeting(&self, meeting: &ClearedMeeting) -> Result<(), PortError>;
        async fn withdraw_meeting(&self, meeting: MeetingId) -> Result<(), PortError>;
        async fn published_meetings(&self, after: Option<MeetingId>) -> Result<Vec<PublishedMeeting>, PortError>;
    }
}

mock! {
    /// Mock of [`AccessRequests`].
    #[derive(Debug)]
    pub AccessRequests {}
    #[async_trait]
    impl AccessRequests for AccessRequests {
        async fn list(&self) -> Result<Vec<String>, PortError>;
        async fn fetch(&self, id: &str) -> Result<AccessRequest, PortError>;
        async fn mark(&self, id: &str) -> Result<(), PortError>;
    }
}

mock! {
    /// Mock of [`AccessCoverage`].
    #[derive(Debug)]
    pub AccessCoverage {}
    #[async_trait]
    impl AccessCoverage for AccessCoverage {
        async fn coverage(&self, organisation: &OrganisationNumber) -> Result<Coverage, PortError>;
    }
}

mock! {
    /// Mock of [`Directory`].
    #[derive(Debug)]
    pub Directory {}
    #[async_trait]
    impl Directory for Directory {
        async fn person(&self, number: &NationalIdentityNumber) -> Result<Option<DirectoryEntry>, PortError>;
        async fn organisation(&self, number: &OrganisationNumber) -> Result<Option<DirectoryEntry>, PortError>;
    }
}

mock! {
    /// Mock of [`Store`].
    #[derive(Debug)]
    pub Store {}
    #[async_trait]
    impl Blobs for Store {
        async fn put(&self, tenant: &TenantId, content: ByteStream, limit: u64) -> Result<BlobRef, PortError>;
        async fn open(&self, tenant: &TenantId, blob: &BlobRef) -> Result<ByteStream, PortError>;
    }
    #[async_trait]
    impl Store for Store {
        async fn commit(&self, transaction: Transaction) -> Result<Vec<Assigned>, StoreError>;
        async fn claim(&self, request: ClaimRequest) -> Result<Vec<Claim>, StoreError>;
        async fn next_due(&self, request: &ClaimRequest) -> Result<Option<Timestamp>, StoreError>;
        async fn release_claims(&self, owner: &NodeId) -> Result<(), StoreError>;
        async fn case(&self, tenant: &TenantId, id: CaseId) -> Result<Option<Case>, StoreError>;
        async fn case_by_number(&self, tenant: &TenantId, number: CaseNumber) -> Result<Option<Case>, StoreError>;
        async fn cases(
            &self,
            tenant: &TenantId,
            filter: &CaseFilter,
            after: Option<CaseNumber>,
            limit: usize,
        ) -> Result<Vec<Case>, StoreError>;
        async fn entry(&self, tenant: &TenantId, id: EntryId) -> Result<Option<JournalEntry>, StoreError>;
        async fn entries(&self, tenant: &TenantId, case: CaseId) -> Result<Vec<JournalEntry>, StoreError>;
        async fn entries_by_key(
            &self,
            tenant: &TenantId,
            key: &ExternalKey,
            limit: usize,
        ) -> Result<Vec<JournalEntry>, StoreError>;
        async fn entries_by_document(
            &self,
            tenant: &TenantId,
            document: DocumentName,
            limit: usize,
        ) -> Result<Vec<JournalEntry>, StoreError>;
        async fn journal(
            &self,
            tenant: &TenantId,
            year: i32,
            after: u32,
            limit: usize,
        ) -> Result<Vec<JournalEntry>, StoreError>;
        async fn letter(&self, tenant: &TenantId, id: LetterId) -> Result<Option<Letter>, StoreError>;
        async fn delivery(&self, tenant: &TenantId, letter: LetterId) -> Result<Option<Delivery>, StoreError>;
        async fn deliveries(
            &self,
            tenant: &TenantId,
            filter: &DeliveryFilter,
            after: Option<LetterId>,
            limit: usize,
        ) -> Result<Vec<Delivery>, StoreError>;
        async fn delivery_counts(&self, tenant: &TenantId) -> Result<Vec<DeliveryCount>, StoreError>;
        async fn intake(&self, tenant: &TenantId, inbox: &InboxId, item: &ItemId) -> Result<Option<Intake>, StoreError>;
        async fn intakes(
            &self,
            tenant: &TenantId,
            inbox: &InboxId,
            after: Option<ItemId>,
            limit: usize,
        ) -> Result<Vec<Intake>, StoreError>;
        async fn unacknowledged(&self, tenant: &TenantId, inbox: &InboxId, limit: usize) -> Result<Vec<Intake>, StoreError>;
        async fn remembered(&self, tenant: &TenantId, key: &str) -> Result<Option<Remembered>, StoreError>;
        async fn mark(&self, tenant: &TenantId, name: &str) -> Result<Option<String>, StoreError>;
        async fn kept(&self, tenant: &TenantId, kind: &str, key: &str) -> Result<Option<Kept>, StoreError>;
        async fn kept_list(
            &self,
            tenant: &TenantId,
            filter: &KeptFilter,
            after: Option<String>,
            limit: usize,
        ) -> Result<Vec<Kept>, StoreError>;
        async fn open_notices(&self, tenant: &TenantId, limit: usize) -> Result<Vec<Notice>, StoreError>;
        async fn access(&self, tenant: &TenantId, key: &AccessKey) -> Result<Option<AccessRecord>, StoreError>;
        async fn access_list(
            &self,
            tenant: &TenantId,
            filter: &AccessFilter,
            after: Option<AccessKey>,
            limit: usize,
        ) -> Result<Vec<AccessRecord>, StoreError>;
        async fn access_history(&self, tenant: &TenantId, key: &AccessKey) -> Result<Vec<AccessRecord>, StoreError>;
        async fn audit_log(&self, tenant: &TenantId, after: u64, limit: usize) -> Result<Vec<AuditRecord>, StoreError>;
    }
}
