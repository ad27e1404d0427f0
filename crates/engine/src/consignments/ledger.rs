//! What the office keeps of consignments: what became of each, and what keeps two of them apart.

use sakarkiv_core::{
    document::ContentHash,
    identity::{CaseId, EntryId, SourceId, Timestamp},
    intake::{
        CaseOutcome, CaseReceipt, Consignment, ConsignmentKey, EntryOutcome, EntryReceipt, Receipt, Rejection, Remark,
    },
    ports::{Kept, Op, StoreError},
    text::ExternalKey,
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::office::{Office, Tenant};

/// What became of a consignment. Case and entry numbers are read from the records: only the store gives them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Taken {
    pub(crate) digest: ContentHash,
    pub(crate) at: Timestamp,
    pub(crate) case: CaseId,
    pub(crate) outcome: CaseOutcome,
    pub(crate) entries: Vec<TakenEntry>,
    pub(crate) rules_version: u32,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) remarks: Vec<Remark>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct TakenEntry {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) key: Option<ExternalKey>,
    pub(crate) id: EntryId,
    pub(crate) outcome: EntryOutcome,
}

/// How far a numbered row of consignments has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Row {
    pub(crate) next: u64,
}

/// What became of an item of a source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "fate")]
pub(crate) enum Fate {
    /// It could not be taken in for now.
    SetAside { problem: String, tries: u32, due: Timestamp },
    /// It is taken in.
    Received { key: ConsignmentKey },
    /// Its sender has to mend it.
    Rejected { rejection: Rejection },
}

/// A consignment that was rejected and has not come again mended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Refused {
    pub(crate) at: Timestamp,
    pub(crate) rejection: Rejection,
}

/// A kept record as it was read, so that it can be stored over what was read.
#[derive(Debug, Clone)]
pub(crate) struct Found<T> {
    pub(crate) value: T,
    pub(crate) version: u64,
}

pub(crate) fn taken_of(source: &SourceId) -> String {
    format!("intake.taken:{source}")
}

pub(crate) fn row_of(source: &SourceId) -> String {
    format!("intake.row:{source}")
}

pub(crate) fn items_of(source: &SourceId) -> String {
    format!("intake.item:{source}")
}

pub(crate) fn refused_of(source: &SourceId) -> String {
    format!("intake.rejected:{source}")
}

/// Who works on a case by its key or id at the same time as another is told by this record's version.
pub(crate) const TURN: &str = "intake.turn";

/// The turn of those who open a case under a key. The key may be a birth number, so it is not written down once more.
pub(crate) fn turn_of_key(key: &ExternalKey) -> String {
    let text = [key.system.as_str(), &key.kind, key.value.expose()].join("\u{1f}");
    format!("key:{}", ContentHash::of(text.as_bytes()))
}

pub(crate) fn turn_of_case(case: CaseId) -> String {
    format!("case:{case}")
}

/// What tells a consignment from a changed one.
pub(crate) fn digest(consignment: &Consignment) -> Result<ContentHash, StoreError> {
    let json = serde_json::to_vec(consignment)
        .map_err(|_| StoreError::Invalid("the consignment has no JSON form".to_owned()))?;
    Ok(ContentHash::of(&json))
}

/// Reads a kept record.
pub(crate) async fn read<T: DeserializeOwned>(
    office: &Office,
    tenant: &Tenant,
    kind: &str,
    key: &str,
) -> Result<Option<Found<T>>, StoreError> {
    office.store.kept(&tenant.id, kind, key).await?.map(|kept| parse(&kept)).transpose()
}

pub(crate) fn parse<T: DeserializeOwned>(kept: &Kept) -> Result<Found<T>, StoreError> {
    let value = serde_json::from_str(&kept.value)
        .map_err(|_| StoreError::Corrupt(format!("a record of the kind {} cannot be read", kept.kind)))?;
    Ok(Found { value, version: kept.version })
}

/// Stores a record over the version that was read; 0 where there was none.
pub(crate) fn keep<T: Serialize>(kind: String, key: &str, value: &T, version: u64) -> Result<Kept, StoreError> {
    let json = serde_json::to_string(value)
        .map_err(|_| StoreError::Invalid(format!("a record of the kind {kind} has no JSON form")))?;
    let mut kept = Kept::new(kind, key, json);
    kept.version = version;
    Ok(kept)
}

pub(crate) fn keep_op<T: Serialize>(kind: String, key: &str, value: &T, version: u64) -> Result<Op, StoreError> {
    keep(kind, key, value, version).map(Op::Keep)
}

/// The receipt for what was taken in under a key, with the numbers of the records.
pub(crate) async fn receipt_of(
    office: &Office,
    tenant: &Tenant,
    source: &SourceId,
    key: &ConsignmentKey,
) -> Result<Option<Receipt>, StoreError> {
    let Some(found) = read::<Taken>(office, tenant, &taken_of(source), key.as_str()).await? else { return Ok(None) };
    receipt(office, tenant, source, key, &found.value).await.map(Some)
}

pub(crate) async fn receipt(
    office: &Office,
    tenant: &Tenant,
    source: &SourceId,
    key: &ConsignmentKey,
    taken: &Taken,
) -> Result<Receipt, StoreError> {
    let missing = |what| StoreError::Corrupt(format!("a {what} that was taken in is not there"));
    let case = office.store.case(&tenant.id, taken.case).await?.ok_or_else(|| missing("case"))?;
    let mut entries = Vec::with_capacity(taken.entries.len());
    for TakenEntry { key, id, outcome } in &taken.entries {
        let entry = office.store.entry(&tenant.id, *id).await?.ok_or_else(|| missing("entry"))?;
        entries.push(EntryReceipt {
            key: key.clone(),
            id: *id,
            number: entry.number(),
            outcome: *outcome,
            documents: entry.documents().iter().map(|attached| attached.document.id()).collect(),
            parties: entry.parties().iter().map(sakarkiv_core::party::Party::id).collect(),
        });
    }
    let case = CaseReceipt { id: case.id(), number: case.number(), outcome: taken.outcome };
    Ok(Receipt::new(source.clone(), key.clone(), taken.at, case, entries).remarking(taken.remarks.clone()))
}
