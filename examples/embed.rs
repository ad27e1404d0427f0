//! A service embeds the office: opens a case, hands in a letter, and sees how far it has come. The channel is the test kit's,
//! in memory; in production it is `SvarUtChannel`.
//!
//! `cargo run -p sakarkiv-examples --example embed`

use std::{error::Error, sync::Arc};

use futures_util::{StreamExt, stream};
use sakarkiv::{
    LogNotifier, SystemClock, SystemEntropy,
    core::{
        access::{Actor, ChannelRight, Role, RoleScope, User, UserKind},
        case::{CaseKind, NewCase},
        delivery::{LetterDocument, LetterOptions, Priority, Recipient, Sender},
        document::{FileName, MediaType},
        identity::{AccountId, ActorId, ChannelId, OrganisationNumber, PartyId, PostalAddress, TenantId, UnitId},
        journal::{EntryKind, EntryStatus, NewEntry},
        party::{Party, PartyRole},
        screening::Private,
        sensitivity::SensitivityClass,
    },
    engine::{Dispatches, RecordsOffice, Submission, TenantSetup},
    sqlite::SqliteStore,
};
use sakarkiv_testkit::memory::{MemoryChannel, PostOffice};
use uuid::Uuid;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let (tenant, unit, account) = (TenantId::new("bodo")?, UnitId::new("byggesak")?, AccountId::new("byggesak")?);
    let channel = MemoryChannel::new(ChannelId::new("svarut")?, PostOffice::with_accounts([account.clone()]));
    let actor = Actor::new(tenant.clone(), ActorId::new("case-handler-42")?).from_client("case-system");
    let scope = RoleScope::Unit { unit: unit.clone(), with_sub_units: false };
    let case_handler = User::founding(tenant.clone(), actor.id.clone(), UserKind::Employee)
        .in_unit(unit.clone())
        .with_role(Role::CaseHandler, scope)
        .with_account(account.clone(), ChannelRight::Send);
    let setup = TenantSetup::new(tenant).channel(Arc::new(channel), [account.clone()]).user(case_handler);
    let office = RecordsOffice::builder()
        .store(Arc::new(SqliteStore::open(folder.path())?))
        .clock(Arc::new(SystemClock))
        .entropy(Arc::new(SystemEntropy))
        .notifier(Arc::new(LogNotifier))
        .node("archive-1")
        .tenant(setup)
        .build()?;

    let desk = office.as_user(&actor)?;
    let title = Private::new("Tillatelse til tiltak".to_owned());
    let mut case = NewCase::new(CaseKind::Building, title.clone(), unit.clone(), actor.id.clone());
    case.case_handler = Some(actor.id.clone());
    let (case, number) = desk.open_case(case).await?;
    println!("opened case {number}");

    let recipient = Recipient::Organisation {
        number: OrganisationNumber::parse("310000027")?,
        name: Private::new("Prøvebedriften AS".to_owned()),
        address: None,
    };
    let mut entry = NewEntry::new(EntryKind::Outgoing, title.clone(), actor.id.clone());
    entry.status = EntryStatus::Finished;
    entry.parties =
        vec![Party::new(PartyId::from_uuid(Uuid::from_u128(1)), PartyRole::Recipient, recipient.name().clone())?];
    let pdf = stream::iter([Ok(bytes::Bytes::from_static(b"%PDF-1.7 tillatelse"))]).boxed();
    let submitted = desk
        .submit(Submission {
            key: "permit-2026-17".to_owned(),
            dispatches: Dispatches::NewEntry { case, entry },
            sender: Sender {
                account,
                unit,
                name: "Prøvedal kommune, Byggesak".to_owned(),
                organisation: OrganisationNumber::parse("310000078")?,
                address: PostalAddress::new(["Rådhusgata 2"], "8003", "Bodø")?,
            },
            recipient,
            title,
            sensitivity: SensitivityClass::Open,
            priority: Priority::Building,
            options: LetterOptions::default(),
            documents: vec![LetterDocument {
                file_name: FileName::sanitize("tillatelse.pdf"),
                media_type: MediaType::pdf(),
                blob: desk.put_document(pdf, 1 << 20).await?,
                sensitive_personal_data: false,
            }],
        })
        .await?;
    println!("the letter is durable: {}", submitted.letter);

    // A service runs `office.run(shutdown)` in the background; here everything that is due is done once.
    office.run_until_idle().await;
    let delivery = desk.delivery(submitted.letter).await?;
    println!("it is {} under {}", delivery.state.name(), delivery.reference().as_str());
    Ok(())
}
