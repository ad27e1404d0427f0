//! A public journal page: two entries are published, the page is mounted in a service under a path of its own and asked as a
//! browser would, then the whole journal is written as files.
//!
//! `cargo run -p sakarkiv-examples --example journal_page` serves nothing; give it an address to look around yourself:
//! `cargo run -p sakarkiv-examples --example journal_page -- 127.0.0.1:8080`

use std::{error::Error, sync::Arc};

use axum::{Router, body::Body, http::Request};
use chrono::{Days, Months};
use sakarkiv::{
    SystemClock,
    core::{
        calendar::{oslo_date, oslo_day_start},
        case::CaseNumber,
        document::{BlobRef, FileFormat, FileName, MediaType, Variant},
        identity::{CaseId, DocumentId, EntryId, PartyId, TenantId, UnitId},
        journal::{DocumentRole, EntryKind, EntryNumber},
        party::PartyRole,
        ports::{Clock, JournalPublisher},
        publication::{
            LeakReport, PublicArchive, PublicCase, PublicDocument, PublicEntry, PublicFile, PublicParty, PublicRecord,
            PublicText, PublicUnit, clear,
        },
    },
    journal_page::{FolderStore, JournalPage, PagePorts, PageSettings},
};
use sakarkiv_testkit::doubles::MemoryBlobs;
use tower::ServiceExt;
use uuid::Uuid;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let tenant = TenantId::new("provedal")?;
    // In production the documents are the office's store.
    let blobs = Arc::new(MemoryBlobs::new());
    let permit = blobs.insert(&tenant, &b"%PDF-1.7 tillatelse"[..]);
    let ports = PagePorts {
        store: Arc::new(FolderStore::open(folder.path().join("published"))?),
        blobs,
        clock: Arc::new(SystemClock),
    };
    let settings = PageSettings {
        access_email: Some("innsyn@provedal.example".to_owned()),
        ..PageSettings::new("Prøvedal kommune")
    };
    let page = JournalPage::open(tenant.clone(), settings, ports).await?;

    // The office does this by itself, with records that its publication rules made and its leak check has seen.
    for (number, kind, title) in [
        (1, EntryKind::Incoming, "Søknad om oppføring av garasje"),
        (2, EntryKind::Outgoing, "Tillatelse til oppføring av garasje"),
    ] {
        let record = entry(&tenant, number, kind, title, permit)?;
        let report = LeakReport::clean(&record);
        page.publish(&clear(record, &report, &[])?).await?;
    }
    println!("published: {} entries", page.published(None).await?.len());

    let app = Router::new().nest("/postjournal", page.router());
    let answer = app.clone().oneshot(Request::get("/postjournal/sok?q=garasje").body(Body::empty())?).await?;
    println!("a search by the router is answered {}", answer.status());

    let exported = page.export(folder.path().join("public")).await?;
    println!("exported: {} pages and {} documents", exported.pages, exported.documents);

    if let Some(address) = std::env::args().nth(1) {
        println!("the journal is at http://{address}/postjournal until you stop it");
        axum::serve(tokio::net::TcpListener::bind(address).await?, app).await?;
    }
    Ok(())
}

/// An entry of last week with one open document.
fn entry(
    tenant: &TenantId,
    number: u32,
    kind: EntryKind,
    title: &str,
    content: BlobRef,
) -> Result<PublicRecord, Box<dyn Error>> {
    let id = |kind: u128| Uuid::from_u128(kind + u128::from(number));
    let day = oslo_date(SystemClock.now()) - Days::new(7);
    let unit = PublicUnit { id: UnitId::new("byggesak")?, name: Some("Byggesak".to_owned()) };
    let case = CaseNumber::new(2026, 318)?;
    Ok(PublicRecord {
        tenant: tenant.clone(),
        entry: EntryId::from_uuid(id(0xE000)),
        revision: 1,
        policy: 1,
        archive: PublicArchive {
            title: "Prøvedal sakarkiv".to_owned(), series: None, series_title: None, class: None
        },
        case: PublicCase {
            id: CaseId::from_uuid(Uuid::from_u128(0xC001)),
            number: case,
            title: PublicText::nameless("Storgata 1: garasje"),
            date: day,
            unit: unit.clone(),
            screening: None,
        },
        journal: PublicEntry {
            number: EntryNumber::new(case, number, 2026, 4710 + number)?,
            kind,
            title: PublicText::nameless(title),
            journal_date: day,
            document_date: Some(day),
            unit,
            screening: None,
            accessible_after: oslo_day_start(day),
            bare: false,
        },
        parties: vec![PublicParty {
            id: PartyId::from_uuid(id(0xA000)),
            role: if kind == EntryKind::Incoming { PartyRole::Sender } else { PartyRole::Recipient },
            name: PublicText { shown: "Kari Testperson".to_owned(), searchable: "*****".to_owned() },
            unit: None,
        }],
        documents: vec![PublicDocument {
            id: DocumentId::from_uuid(id(0xD000)),
            number: 1,
            role: DocumentRole::Main,
            kind: "Brev".to_owned(),
            title: PublicText::nameless(title),
            screening: None,
            file: Some(PublicFile {
                name: FileName::sanitize(&format!("2026-318-{number}-1.pdf")),
                variant: Variant::Archive,
                media_type: MediaType::pdf(),
                format: FileFormat::new("fmt/95"),
                content,
                accessible_after: oslo_day_start(day + Days::new(4)),
            }),
        }],
        names_searchable_until: day + Months::new(12),
    })
}
