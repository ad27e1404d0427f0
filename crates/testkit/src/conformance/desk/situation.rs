use std::sync::Arc;

use bytes::Bytes;
use futures_util::{StreamExt, TryStreamExt, stream};
use sakarkiv_core::{
    case::Case,
    document::{BlobRef, FileName, MediaType},
    intake::{
        CaseName, CaseWish, Consignment, ConsignmentKey, DocumentFacts, EntryFacts, FileFacts, PartyFacts, Receipt,
        reference,
    },
    journal::{DocumentRole, EntryKind, JournalEntry},
    party::PartyRole,
    ports::{ArchiveDesk, ArchiveError, OpenFile},
    text::ExternalKey,
};

use super::harness::DeskHarness;
use crate::conformance::{
    report::{Violation, granted, violated},
    samples::known,
};

/// A word in every title and name of the samples, which no error may show.
pub(super) const SECRET: &str = "Proeveperson";

/// What may be put at once.
pub(super) const LIMIT: u64 = 100_000;

pub(super) struct Situation<'a> {
    pub(super) harness: &'a dyn DeskHarness,
    pub(super) desk: Arc<dyn ArchiveDesk>,
}

impl<'a> Situation<'a> {
    pub(super) async fn new(harness: &'a dyn DeskHarness) -> Self {
        Self { harness, desk: harness.fresh().await }
    }

    pub(super) async fn put(&self, content: &str) -> Result<BlobRef, Violation> {
        granted("putting a document", self.desk.put(bytes_of(content), LIMIT).await)
    }

    /// A consignment about a case of its own, with so many entries of one document each.
    pub(super) async fn consignment(&self, key: &str, entries: usize) -> Result<Consignment, Violation> {
        let mut consignment = Consignment::new(self.desk.source().clone(), known(ConsignmentKey::new(key)));
        consignment.case = CaseWish::FindOrNew(CaseName::Key(case_key(key)));
        consignment.facts.title = Some(format!("Mappe {key} {SECRET}").as_str().into());
        consignment.facts.external_keys = vec![case_key(key)];
        for nth in 1..=entries {
            let blob = self.put(&content(key, nth)).await?;
            let mut entry = EntryFacts::new(format!("Vurdering {nth} {SECRET}").as_str().into());
            entry.key = Some(entry_key(key, nth));
            entry.kind = Some(EntryKind::Incoming);
            entry.parties = vec![PartyFacts::new(PartyRole::Sender, SECRET.into())];
            let file = FileFacts::new(FileName::sanitize("vurdering.pdf"), MediaType::pdf(), blob);
            entry.documents = vec![DocumentFacts::new(DocumentRole::Main, file)];
            consignment.entries.push(entry);
        }
        Ok(consignment)
    }

    pub(super) async fn hand_in(&self, consignment: &Consignment) -> Result<Receipt, Violation> {
        granted("handing in", self.desk.hand_in(consignment).await)
    }

    /// Hands in a consignment about a case of its own.
    pub(super) async fn filed(&self, key: &str, entries: usize) -> Result<Receipt, Violation> {
        self.hand_in(&self.consignment(key, entries).await?).await
    }

    /// The only case, as its keeper sees it, with its entries.
    pub(super) async fn the_record(&self) -> Result<(Case, Vec<JournalEntry>), Violation> {
        let mut records = self.harness.records().await;
        match (records.pop(), records.len()) {
            (Some(record), 0) => Ok(record),
            (_, more) => Err(violated("one case", format!("{more} others"))),
        }
    }

    /// The only entry of a receipt, as the service user reads it.
    pub(super) async fn the_entry(&self, receipt: &Receipt) -> Result<JournalEntry, Violation> {
        let entries = granted("reading the entries", self.desk.entries(receipt.case.id).await)?;
        entries.into_iter().next().ok_or_else(|| violated("an entry", "none"))
    }
}

pub(super) fn content(key: &str, nth: usize) -> String {
    format!("%PDF-1.4 {key} {nth}")
}

pub(super) fn case_key(key: &str) -> ExternalKey {
    reference::key("proeve", reference::CASE, key)
}

pub(super) fn entry_key(key: &str, nth: usize) -> ExternalKey {
    reference::key("proeve", reference::ENTRY, format!("{key}/{nth}"))
}

pub(super) fn bytes_of(content: &str) -> sakarkiv_core::ports::ByteStream {
    stream::iter([Ok(Bytes::copy_from_slice(content.as_bytes()))]).boxed()
}

pub(super) async fn read(file: OpenFile) -> Result<String, Violation> {
    let chunks: Vec<_> = granted("reading a file", file.content.try_collect().await)?;
    Ok(String::from_utf8_lossy(&chunks.concat()).into_owned())
}

/// Demands one kind of refusal.
pub(super) fn refused<T>(
    what: &str,
    outcome: Result<T, ArchiveError>,
    wanted: fn(&ArchiveError) -> bool,
) -> Result<ArchiveError, Violation> {
    match outcome {
        Err(error) if wanted(&error) => Ok(error),
        Err(error) => Err(violated(format!("{what}: another refusal"), error)),
        Ok(_) => Err(violated(format!("{what}: a refusal"), "success")),
    }
}

pub(super) const fn not_found(error: &ArchiveError) -> bool {
    matches!(error, ArchiveError::NotFound { .. })
}

pub(super) const fn not_allowed(error: &ArchiveError) -> bool {
    matches!(error, ArchiveError::NotAllowed(_))
}

pub(super) const fn rejected(error: &ArchiveError) -> bool {
    matches!(error, ArchiveError::Rejected(_))
}
