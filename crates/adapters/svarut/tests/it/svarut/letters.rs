//! Letters to send.

use std::sync::Arc;

use sakarkiv_core::{
    case::CaseNumber,
    delivery::{
        Letter, LetterDocument, LetterOptions, Priority, Recipient, Reference, Sender, SignatureStrength, SigningOrder,
    },
    document::{BlobRef, FileName, MediaType},
    identity::{
        AccountId, ActorId, CaseId, ChannelId, EntryId, LetterId, NationalIdentityNumber, OrganisationNumber,
        PostalAddress, TenantId, Timestamp, UnitId,
    },
    journal::{EntryKind, EntryNumber, JournalEntry, NewEntry},
    ports::{Dispatch, Reach},
    routing::{Cleared, Coverage, MailboxKind, PrintSetting, Route, clear},
    sensitivity::SensitivityClass,
};
use uuid::Uuid;

use super::doubles::Shelf;

pub(super) const PDF: &[u8] = b"%PDF-1.7 ...";

/// A letter, the documents it holds and the mailbox kind it is cleared for.
pub(super) struct Draft {
    pub(super) letter: Letter,
    pub(super) shelf: Shelf,
    pub(super) mailbox: MailboxKind,
}

impl Draft {
    /// An open letter with one PDF.
    fn to(recipient: Recipient, mailbox: MailboxKind) -> Self {
        let letter = Letter {
            id: LetterId::from_uuid(Uuid::from_u128(1)),
            tenant: TenantId::new("bodo").unwrap(),
            case: CaseId::from_uuid(Uuid::from_u128(2)),
            entry: EntryId::from_uuid(Uuid::from_u128(3)),
            submitted_by: ActorId::new("u-42").unwrap(),
            submitted: now(),
            sender: Sender {
                account: AccountId::new("byplan").unwrap(),
                unit: UnitId::new("byplan").unwrap(),
                name: "Prøvedal kommune".to_owned(),
                organisation: OrganisationNumber::parse("310000043").unwrap(),
                address: PostalAddress::new(["Postboks 10"], "5003", "Bergen").unwrap(),
            },
            recipient,
            title: "Svar på søknad".into(),
            sensitivity: SensitivityClass::Open,
            priority: Priority::General,
            options: LetterOptions::default(),
            documents: Vec::new(),
        };
        Self { letter, shelf: Shelf::default(), mailbox }.document("brev.pdf", "application/pdf", PDF)
    }

    pub(super) fn organisation() -> Self {
        Self::to(organisation(), MailboxKind::OrganisationInbox)
    }

    pub(super) fn person() -> Self {
        Self::to(person(), MailboxKind::CitizenMailbox)
    }

    pub(super) fn paper() -> Self {
        let recipient = Recipient::Addressee { name: "Kari Testperson".into(), address: address() };
        Self::to(recipient, MailboxKind::Paper)
    }

    pub(super) fn document(mut self, name: &str, media_type: &str, content: &[u8]) -> Self {
        let blob = BlobRef::of(content);
        self.shelf.documents.insert(*blob.hash.bytes(), content.to_vec());
        self.letter.documents.push(LetterDocument {
            file_name: FileName::sanitize(name),
            media_type: MediaType::sanitize(media_type),
            blob,
            sensitive_personal_data: false,
        });
        self
    }

    pub(super) fn sensitive(mut self, mailbox: MailboxKind) -> Self {
        self.letter.sensitivity = SensitivityClass::StrictlyConfidential;
        self.mailbox = mailbox;
        self
    }

    pub(super) fn change(mut self, change: impl FnOnce(&mut Letter)) -> Self {
        change(&mut self.letter);
        self
    }

    pub(super) fn dispatch(self) -> Dispatch {
        let letter = cleared(self.letter, self.mailbox);
        Dispatch { entry: entry(), reference: Reference::of(letter.get().id), letter, blobs: Arc::new(self.shelf) }
    }
}

/// Cleared for the mailbox kind, as if that were all there is.
fn cleared(letter: Letter, mailbox: MailboxKind) -> Cleared<Letter> {
    let reach = Reach { mailboxes: vec![mailbox], print: PrintSetting::PrintWhenUnopened };
    let route = Route { channel: ChannelId::new("svarut").unwrap(), account: letter.sender.account.clone(), reach };
    clear(letter, &[route], Coverage::Held).expect("the routing rules allow it").1
}

fn entry() -> JournalEntry {
    let mut new = NewEntry::new(EntryKind::Outgoing, "Intern tittel".into(), ActorId::new("u-42").unwrap());
    new.document_date = chrono::NaiveDate::from_ymd_opt(2026, 9, 14);
    let number = EntryNumber::new(CaseNumber::new(2026, 417).unwrap(), 3, 2026, 1093).unwrap();
    let (id, case) = (EntryId::from_uuid(Uuid::from_u128(3)), CaseId::from_uuid(Uuid::from_u128(2)));
    new.register(id, TenantId::new("bodo").unwrap(), case, number, now()).unwrap()
}

pub(super) fn organisation() -> Recipient {
    let number = OrganisationNumber::parse("310000027").unwrap();
    Recipient::Organisation { number, name: "Eksempelvik kommune".into(), address: Some(address()) }
}

pub(super) fn person() -> Recipient {
    Recipient::Person { number: number(), name: "Kari Testperson".into(), address: Some(address()) }
}

pub(super) fn number() -> NationalIdentityNumber {
    (0..100).find_map(|k| NationalIdentityNumber::parse(&format!("018190005{k:02}")).ok()).unwrap()
}

/// An order to have the letter's first document signed within three days.
pub(super) fn signing_order() -> SigningOrder {
    SigningOrder { document: 0, strength: SignatureStrength::Advanced, expires: now() + chrono::Duration::days(3) }
}

pub(super) fn address() -> PostalAddress {
    PostalAddress::new(["Rådhusgata 2", "Inngang B"], "0151", "Oslo").unwrap()
}

pub(super) fn now() -> Timestamp {
    Timestamp::from_timestamp(1_789_459_200, 0).unwrap()
}
