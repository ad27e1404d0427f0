//! A small journal, synthetic from end to end, and the ways to look at it.

use std::sync::Arc;

use axum::{
    Router,
    body::Body,
    http::{HeaderMap, Method, Request, StatusCode},
};
use http_body_util::BodyExt;
use sakarkiv_core::{
    case::CaseNumber,
    document::{BlobRef, FileFormat, FileName, MediaType, Variant},
    identity::{CaseId, DocumentId, EntryId, PartyId, TenantId, Timestamp, UnitId},
    journal::{DocumentRole, EntryKind, EntryNumber},
    party::PartyRole,
    ports::JournalPublisher,
    publication::{
        ClearedRecord, LeakReport, PublicArchive, PublicCase, PublicDocument, PublicEntry, PublicFile, PublicParty,
        PublicRecord, PublicText, PublicUnit, clear,
    },
};
use sakarkiv_journal_page::{JournalPage, MemoryPageStore, PagePorts, PageSettings};
use sakarkiv_testkit::doubles::{ManualClock, MemoryBlobs};
use tower::ServiceExt;
use uuid::Uuid;

/// The middle of a Tuesday.
pub(crate) const NOW: &str = "2026-09-15T10:00:00Z";
pub(crate) const PDF: &[u8] = b"%PDF-1.7 et dokument";

/// A page over memory, with its clock and documents.
pub(crate) struct World {
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) blobs: Arc<MemoryBlobs>,
    pub(crate) page: JournalPage,
}

/// An answer as a reader gets it.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::with(PageSettings::new("Prøvedal kommune")).await
    }

    pub(crate) async fn with(settings: PageSettings) -> Self {
        let (clock, blobs) = (ManualClock::at(NOW), Arc::new(MemoryBlobs::new()));
        let ports = PagePorts {
            store: Arc::new(MemoryPageStore::new()),
            blobs: Arc::<MemoryBlobs>::clone(&blobs),
            clock: clock.port(),
        };
        let page = JournalPage::open(tenant(), settings, ports).await.unwrap();
        Self { clock, blobs, page }
    }

    pub(crate) async fn publish(&self, record: PublicRecord) {
        self.page.publish(&cleared(record)).await.unwrap();
    }

    /// The text of a page that must be there.
    pub(crate) async fn read(&self, path: &str) -> String {
        let answer = get(&self.page.router(), path).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}");
        answer.text()
    }

    pub(crate) async fn status(&self, path: &str) -> StatusCode {
        get(&self.page.router(), path).await.status
    }

    /// Which entries a search finds, by their numbers in the case.
    pub(crate) async fn find(&self, query: &str) -> Vec<String> {
        let text = self.read(&format!("/sok?{query}")).await;
        let cells = text.split("<th class=\"number\" scope=\"row\" data-label=\"Nummer\">").skip(1);
        cells.map(|cell| cell.split('<').next().unwrap().to_owned()).collect()
    }
}

impl Answer {
    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).unwrap_or_else(|| panic!("no {name}")).to_str().unwrap()
    }
}

pub(crate) async fn get(router: &Router, path: &str) -> Answer {
    ask(router, Method::GET, path).await
}

pub(crate) async fn ask(router: &Router, method: Method, path: &str) -> Answer {
    let request = Request::builder().method(method).uri(path).body(Body::empty()).unwrap();
    let response = router.clone().oneshot(request).await.unwrap();
    let (status, headers) = (response.status(), response.headers().clone());
    let body = response.into_body().collect().await.unwrap().to_bytes().to_vec();
    Answer { status, headers, body }
}

pub(crate) fn tenant() -> TenantId {
    TenantId::new("provedal").unwrap()
}

pub(crate) fn entry_id(number: u32) -> EntryId {
    EntryId::from_uuid(Uuid::from_u128(0xE000 + u128::from(number)))
}

pub(crate) fn case_id(number: u32) -> CaseId {
    CaseId::from_uuid(Uuid::from_u128(0xC000 + u128::from(number)))
}

pub(crate) fn document_id(number: u32) -> DocumentId {
    DocumentId::from_uuid(Uuid::from_u128(0xD000 + u128::from(number)))
}

/// An entry of case 2026/318, by its number in the case and its journal date, with nothing to hide and no documents.
pub(crate) fn record(number: u32, day: &str) -> PublicRecord {
    let case = CaseNumber::new(2026, 318).unwrap();
    let day = day.parse().unwrap();
    let unit = PublicUnit { id: UnitId::new("byggesak").unwrap(), name: Some("Byggesak".to_owned()) };
    PublicRecord {
        tenant: tenant(),
        entry: entry_id(number),
        revision: 1,
        policy: 1,
        archive: PublicArchive {
            title: "Prøvedal sakarkiv".to_owned(),
            series: Some("sak".to_owned()),
            series_title: Some("Saksarkiv".to_owned()),
            class: None,
        },
        case: PublicCase {
            id: case_id(1),
            number: case,
            title: PublicText::nameless("Storgata 1: garasje"),
            date: "2026-06-01".parse().unwrap(),
            unit: unit.clone(),
            screening: None,
        },
        journal: PublicEntry {
            number: EntryNumber::new(case, number, 2026, 4000 + number).unwrap(),
            kind: EntryKind::Incoming,
            title: PublicText::nameless(format!("Søknad nummer {number}")),
            journal_date: day,
            document_date: Some(day),
            unit,
            screening: None,
            accessible_after: Timestamp::UNIX_EPOCH,
            bare: false,
        },
        parties: vec![party("Prøvebygg AS")],
        documents: Vec::new(),
        names_searchable_until: day.checked_add_months(chrono::Months::new(12)).unwrap(),
    }
}

pub(crate) fn party(name: &str) -> PublicParty {
    PublicParty {
        id: PartyId::from_uuid(Uuid::from_u128(1)),
        role: PartyRole::Sender,
        name: PublicText::nameless(name),
        unit: None,
    }
}

/// A document with a file that opens at a moment.
pub(crate) fn document(number: u32, content: BlobRef, opens: &str) -> PublicDocument {
    PublicDocument {
        id: document_id(number),
        number,
        role: DocumentRole::Main,
        kind: "Brev".to_owned(),
        title: PublicText::nameless("Søknad om garasje"),
        screening: None,
        file: Some(PublicFile {
            name: FileName::sanitize("2026-318-1 hoveddokument.pdf"),
            variant: Variant::Archive,
            media_type: MediaType::pdf(),
            format: FileFormat::new("fmt/95"),
            content,
            accessible_after: opens.parse().unwrap(),
        }),
    }
}

pub(crate) fn cleared(record: PublicRecord) -> ClearedRecord {
    let report = LeakReport::clean(&record);
    clear(record, &report, &[]).unwrap()
}
