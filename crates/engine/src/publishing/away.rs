//! Taking something away from the public at once: the editor may be reading files for hours.

use std::collections::BTreeSet;

use sakarkiv_core::{
    document::ContentHash,
    identity::{CaseId, DocumentId, EntryId, TenantId},
    ports::{Op, StoreError},
    publication::{Finding, Place, PublicRecord},
};

use super::{
    draft::{Draft, Whole},
    setup::Publishing,
    state::{AtPublisher, EDITION, Edition, Stand, Standing, Stored, Word, key, put, read},
};
use crate::office::Office;

type At<'a> = (&'a Office, &'a TenantId, &'a Publishing);

/// The changes that take away what one word about an entry lets stand and the next does not. None when that is nothing.
pub(crate) async fn take_away(
    at: At<'_>,
    entry: EntryId,
    (before, word): (&Word, &Word),
) -> Result<Vec<Op>, StoreError> {
    let (office, tenant, _) = at;
    let Some(case) = office.store.entry(tenant, entry).await?.map(|entry| entry.case()) else { return Ok(Vec::new()) };
    if word.withdrawn {
        return aim(at, (entry, case), None).await;
    }
    let files: BTreeSet<DocumentId> = word.withdrawn_files.difference(&before.withdrawn_files).copied().collect();
    if files.is_empty() {
        return Ok(Vec::new());
    }
    match without(at, entry, (before, word), &files).await? {
        Some(ops) => Ok(ops),
        // What else has changed was not looked at, and what stands there shows the file: all of it goes until it was.
        None => aim(at, (entry, case), None).await,
    }
}

/// The changes that leave of an entry what was cleared but for some files. Nothing when it is not shown as it was cleared.
async fn without(
    at: At<'_>,
    entry: EntryId,
    (before, word): (&Word, &Word),
    files: &BTreeSet<DocumentId>,
) -> Result<Option<Vec<Op>>, StoreError> {
    let (office, tenant, publishing) = at;
    let (policy, now, key) = (&publishing.policy, office.clock.now(), key(entry));
    let edition: Option<Stored<Edition>> = read(office, tenant, EDITION, &key).await?;
    let Some(edition) = edition.filter(|edition| edition.value.standing == Standing::Cleared) else { return Ok(None) };
    let Some(whole) = Whole::read(office, tenant, policy, edition.value.case).await? else { return Ok(None) };
    let Some(stored) = whole.entries.iter().find(|stored| stored.id() == entry) else { return Ok(None) };
    let plan = whole.plan(stored, word, policy, now);
    let seen = whole.draft(&whole.plan(stored, before, policy, now), now);
    let (Some(seen), Some(Draft { record, content, checked })) = (seen, whole.draft(&plan, now)) else {
        return Ok(None);
    };
    if Some(seen.checked) != edition.value.checked || record != bereft(seen.record, files) {
        return Ok(None);
    }
    // Everything else was looked at, with these very secrets.
    let mut findings = edition.value.findings.clone();
    findings.retain(|finding| !is_in(finding, files));
    let less = Edition { content: Some(content), checked: Some(checked), findings, ..edition.value.clone() };
    let mut ops = aim(at, (entry, whole.case.id()), Some(content)).await?;
    ops.push(put(EDITION, &key, &less, whole.changes_at(&plan, policy, now), Some(&edition))?);
    Ok(Some(ops))
}

/// The changes by which every publisher shows something else of an entry, or nothing.
pub(super) async fn aim(
    (office, tenant, publishing): At<'_>,
    (entry, case): (EntryId, CaseId),
    goal: Option<ContentHash>,
) -> Result<Vec<Op>, StoreError> {
    let (now, key, mut ops) = (office.clock.now(), key(entry), Vec::new());
    let evening = publishing.rhythm.next(now);
    for publisher in &publishing.publishers {
        let stand: Option<AtPublisher> = read(office, tenant, &publisher.kind, &key).await?;
        if let Some((aim, due)) = Stand::towards(stand.as_ref(), Some(case), goal, (now, evening)) {
            ops.push(put(&publisher.kind, &key, &aim, Some(due), stand.as_ref())?);
        }
    }
    Ok(ops)
}

/// A record without the files of some documents.
fn bereft(record: PublicRecord, files: &BTreeSet<DocumentId>) -> PublicRecord {
    let mut documents = record.documents;
    for document in documents.iter_mut().filter(|document| files.contains(&document.id)) {
        document.file = None;
    }
    PublicRecord { documents, ..record }
}

/// Whether something was found in the file of one of these documents.
fn is_in(finding: &Finding, files: &BTreeSet<DocumentId>) -> bool {
    use Place::{DocumentData, DocumentText, File, FileName};
    matches!(finding.place, FileName(of) | DocumentText(of) | DocumentData(of) | File(of) if files.contains(&of))
}
