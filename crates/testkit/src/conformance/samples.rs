use bytes::Bytes;
use futures_util::{StreamExt, stream};
use sakarkiv_core::{
    audit::{Activity, AuditEvent, ObjectRef},
    case::{CaseKind, CaseNumber, NewCase},
    delivery::{Delivery, Letter, LetterDocument, LetterOptions, Priority, Recipient, Sender},
    document::{BlobRef, FileName, MediaType},
    identity::{
        AccountId, ActorId, CaseId, ChannelId, DocumentId, EntryId, LetterId, NationalIdentityNumber,
        OrganisationNumber, PostalAddress, TenantId, Timestamp, UnitId,
    },
    journal::{EntryKind, EntryNumber, JournalEntry, NewEntry},
    ports::Blobs,
    screening::Private,
    sensitivity::SensitivityClass,
};
use uuid::Uuid;

/// Ready-made records for suites and simulations: synthetic, valid, and all different from each other.
///
/// ```
/// use sakarkiv_testkit::conformance::Samples;
///
/// let mut samples = Samples::new("bodo");
/// assert_ne!(samples.letter_id(), samples.letter_id());
/// ```
#[derive(Debug, Clone)]
pub struct Samples {
    tenant: TenantId,
    next: u128,
}

impl Samples {
    /// Records of a tenant.
    ///
    /// # Panics
    /// When the name cannot be a tenant's.
    #[must_use]
    pub fn new(tenant: &str) -> Self {
        let tenant = known(TenantId::new(tenant));
        // Ids of two tenants must not be equal by chance: their names make them differ.
        let salt = tenant.as_str().bytes().fold(0_u128, |sum, byte| sum.wrapping_mul(257).wrapping_add(byte.into()));
        Self { tenant, next: (salt % 0xffff_ffff) << 64 }
    }

    /// The tenant.
    #[must_use]
    pub const fn tenant(&self) -> &TenantId {
        &self.tenant
    }

    fn uuid(&mut self) -> Uuid {
        self.next = self.next.wrapping_add(1);
        uuid::Builder::from_u128(self.next).with_version(uuid::Version::SortRand).into_uuid()
    }

    /// A new case id.
    pub fn case_id(&mut self) -> CaseId {
        CaseId::from_uuid(self.uuid())
    }

    /// A new entry id.
    pub fn entry_id(&mut self) -> EntryId {
        EntryId::from_uuid(self.uuid())
    }

    /// A new document id.
    pub fn document_id(&mut self) -> DocumentId {
        DocumentId::from_uuid(self.uuid())
    }

    /// A new letter id.
    pub fn letter_id(&mut self) -> LetterId {
        LetterId::from_uuid(self.uuid())
    }
}

/// The moment that sample records are from.
pub(super) const MOMENT: Timestamp = Timestamp::UNIX_EPOCH;

impl Samples {
    /// A document's bytes, staged in a store.
    pub async fn stage(&self, blobs: &dyn Blobs, content: &[u8]) -> Option<BlobRef> {
        let content = Bytes::copy_from_slice(content);
        let limit = content.len() as u64;
        blobs.put(&self.tenant, stream::iter([Ok(content)]).boxed(), limit).await.ok()
    }

    /// A case to open.
    #[must_use]
    pub fn new_case(&self) -> NewCase {
        NewCase::new(CaseKind::Building, "Proeveveien 1: ny garasje".into(), unit(), actor())
    }

    /// An outgoing entry to register.
    #[must_use]
    pub fn new_entry(&self) -> NewEntry {
        NewEntry::new(EntryKind::Outgoing, "Svar paa soeknad".into(), actor())
    }

    /// An entry as a store would give it.
    #[must_use]
    pub fn journal_entry(&self, id: EntryId, case: CaseId) -> JournalEntry {
        let number = known(CaseNumber::new(2026, 123));
        let number = known(EntryNumber::new(number, 1, 2026, 4711));
        known(self.new_entry().register(id, self.tenant.clone(), case, number, MOMENT))
    }

    /// An event for the log.
    #[must_use]
    pub fn event(&self, at: Timestamp) -> AuditEvent {
        AuditEvent::new(at, self.tenant.clone(), actor(), Activity::LogRead, ObjectRef::Log)
    }

    /// A letter with one document.
    pub fn letter(
        &mut self,
        recipient: Recipient,
        sensitivity: SensitivityClass,
        account: AccountId,
        document: BlobRef,
    ) -> Letter {
        let id = self.letter_id();
        Letter {
            id,
            tenant: self.tenant.clone(),
            case: self.case_id(),
            entry: self.entry_id(),
            submitted_by: actor(),
            submitted: MOMENT,
            sender: sender(account),
            recipient,
            title: Private::new("Svar paa soeknad fra Testperson".to_owned()),
            sensitivity,
            priority: Priority::General,
            options: LetterOptions::default(),
            documents: vec![LetterDocument {
                file_name: FileName::sanitize("vedtak.pdf"),
                media_type: MediaType::pdf(),
                blob: document,
                sensitive_personal_data: sensitivity >= SensitivityClass::Confidential,
            }],
        }
    }

    /// A letter's delivery on a channel, with ten days to live.
    #[must_use]
    pub fn delivery(&self, letter: &Letter, channel: &ChannelId) -> Delivery {
        let expires = letter.submitted.checked_add_signed(chrono::Duration::days(10)).unwrap_or(Timestamp::MAX_UTC);
        Delivery::queue(letter, channel.clone(), expires)
    }
}

/// A company with a test number.
#[must_use]
pub fn company(nth: usize) -> Recipient {
    let number = COMPANIES.get(nth % COMPANIES.len()).copied().unwrap_or("310000027");
    Recipient::Organisation {
        number: known(OrganisationNumber::parse(number)),
        name: Private::new(format!("Proevebedriften {number} AS")),
        address: Some(address()),
    }
}

/// A person with a synthetic number.
#[must_use]
pub fn person(nth: usize) -> Recipient {
    let number = PERSONS.get(nth % PERSONS.len()).copied().unwrap_or("01819000553");
    Recipient::Person {
        number: known(NationalIdentityNumber::parse(number)),
        name: Private::new(format!("Kari Testperson {nth}")),
        address: Some(address()),
    }
}

/// Somebody of whom only name and address are known.
#[must_use]
pub fn addressee(nth: usize) -> Recipient {
    Recipient::Addressee { name: Private::new(format!("Ola Papirperson {nth}")), address: address() }
}

fn sender(account: AccountId) -> Sender {
    Sender {
        account,
        unit: unit(),
        name: "Byplan".to_owned(),
        organisation: known(OrganisationNumber::parse("310000027")),
        address: address(),
    }
}

fn actor() -> ActorId {
    known(ActorId::new("saksbehandler-1"))
}

fn unit() -> UnitId {
    known(UnitId::new("byplan"))
}

fn address() -> PostalAddress {
    known(PostalAddress::new(["Proeveveien 1"], "8003", "Bodoe"))
}

/// Takes what is known to be valid because it stands here.
#[expect(clippy::panic, reason = "a sample that is not valid is a mistake in this file or in the calling test")]
pub(super) fn known<T, E: std::fmt::Display>(made: Result<T, E>) -> T {
    made.unwrap_or_else(|error| panic!("a sample is not valid: {error}"))
}

const COMPANIES: [&str; 15] = [
    "310000000",
    "310000019",
    "310000035",
    "310000043",
    "310000051",
    "310000078",
    "310000086",
    "310000094",
    "310000108",
    "310000116",
    "310000124",
    "310000132",
    "310000140",
    "310000159",
    "310000167",
];

/// Synthetic: 80 is added to the month.
const PERSONS: [&str; 16] = [
    "01819000049",
    "02819000088",
    "03819000017",
    "04819000056",
    "05819000095",
    "06819000024",
    "07819000063",
    "08819000183",
    "09819000031",
    "10819000080",
    "11819000281",
    "12819000059",
    "13819000098",
    "14819000027",
    "15819000066",
    "16819000186",
];
