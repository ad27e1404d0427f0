//! Documents.

use futures_util::{StreamExt, TryStreamExt, stream};
use sakarkiv_core::{
    document::BlobRef,
    ports::{
        Op,
        PortErrorKind::{Rejected, Transient},
        StoreError,
    },
};

use super::{
    StoreCase,
    harness::StoreHarness,
    situation::{Situation, failing_stream, refused},
};
use crate::conformance::{
    channel::case,
    privacy::fails_as,
    report::{Violation, demand, demand_eq, granted},
    samples::Samples,
};

type Outcome = Result<(), Violation>;
type Harness = dyn StoreHarness;

pub(super) fn all() -> Vec<StoreCase> {
    vec![
        case!("store.blobs.content", content, "what is put can be read from the start, whatever its length"),
        case!("store.blobs.same", same, "the same bytes put twice give the same reference"),
        case!(
            "store.blobs.tenants",
            tenants,
            "a tenant never reaches another tenant's bytes, not even by a right hash"
        ),
        case!("store.blobs.failed-put", failed_put, "a put whose stream fails leaves nothing behind"),
        case!("store.blobs.limit", limit, "a put that grows beyond its limit is Rejected and leaves nothing behind"),
        case!("store.blobs.unknown", unknown, "open of an unknown reference is Rejected"),
        case!("store.blobs.spoilt", spoilt, "bytes that no longer match their hash end with an error, never silently"),
        case!(
            "store.blobs.durable",
            durable,
            "a staged document becomes durable with the first transaction that names it"
        ),
        case!("store.blobs.missing", missing, "a transaction that names a document that was never put fails whole"),
    ]
}

async fn content(harness: &Harness) -> Outcome {
    let it = Situation::new(harness).await;
    for length in [0, 1, 16 * 1024, 16 * 1024 + 1, 300_000] {
        let content: Vec<u8> = (0..=u8::MAX).cycle().take(length).collect();
        let blob = it.stage(&content).await?;
        demand_eq("the size is", &blob.size, &(length as u64))?;
        let same = it.read(&blob).await.is_some_and(|read| read == content);
        demand(same, "the bytes as they were put", length)?;
    }
    Ok(())
}

async fn same(harness: &Harness) -> Outcome {
    let it = Situation::new(harness).await;
    let first = it.stage(b"et dokument").await?;
    let chunks = ["et ", "doku", "ment"].map(|part| Ok(part.into()));
    let second = it.store.put(it.samples.tenant(), stream::iter(chunks).boxed(), 100).await;
    demand_eq("the second reference is", &granted("put", second)?, &first)?;
    let other = it.stage(b"et annet dokument").await?;
    demand(other != first, "another reference for other bytes", "the same")
}

async fn tenants(harness: &Harness) -> Outcome {
    let mut it = Situation::new(harness).await;
    let id = it.accept(|_| {}).await?;
    let letter = granted("reading a letter", it.store.letter(it.samples.tenant(), id).await)?;
    let durable = letter.into_iter().flat_map(|letter| letter.documents).map(|document| document.blob);
    let staged = it.stage(b"bare vaart").await?;
    let stranger = Samples::new("annen").tenant().clone();
    for blob in durable.chain([staged]) {
        fails_as("open by another tenant", it.store.open(&stranger, &blob).await.map(drop), &[Rejected])?;
    }
    Ok(())
}

async fn failed_put(harness: &Harness) -> Outcome {
    let it = Situation::new(harness).await;
    let outcome = it.store.put(it.samples.tenant(), failing_stream(), 1000).await;
    fails_as("put", outcome, &[Transient])?;
    let half = it.read(&BlobRef::of(b"half a document")).await;
    demand(half.is_none(), "nothing of a failed put can be opened", half.map(|bytes| bytes.len()))
}

async fn limit(harness: &Harness) -> Outcome {
    let it = Situation::new(harness).await;
    let chunks = ["1234", "5678"].map(|part| Ok(part.into()));
    let outcome = it.store.put(it.samples.tenant(), stream::iter(chunks).boxed(), 7).await;
    fails_as("put beyond the limit", outcome, &[Rejected])?;
    let read = it.read(&BlobRef::of(b"12345678")).await;
    demand(read.is_none(), "nothing of it can be opened", read)?;
    let chunks = ["1234", "5678"].map(|part| Ok(part.into()));
    granted("put up to the limit", it.store.put(it.samples.tenant(), stream::iter(chunks).boxed(), 8).await).map(drop)
}

async fn unknown(harness: &Harness) -> Outcome {
    let it = Situation::new(harness).await;
    let outcome = it.store.open(it.samples.tenant(), &BlobRef::of(b"aldri lagret")).await;
    fails_as("open", outcome.map(drop), &[Rejected]).map(drop)
}

async fn spoilt(harness: &Harness) -> Outcome {
    let mut it = Situation::new(harness).await;
    let (mut letter, delivery) = it.letter().await?;
    let blob = it.stage(&[7; 50_000]).await?;
    if let Some(document) = letter.documents.first_mut() {
        document.blob = blob;
    }
    it.commit(vec![Op::AddLetter { letter, delivery }]).await?;
    if !it.spoil(&blob).await {
        return Ok(());
    }
    let Ok(stream) = it.store.open(it.samples.tenant(), &blob).await else { return Ok(()) };
    let outcome = stream.try_collect::<Vec<_>>().await;
    demand(outcome.is_err(), "an error at the end of spoilt bytes", "a clean end")
}

async fn durable(harness: &Harness) -> Outcome {
    let mut it = Situation::new(harness).await;
    let (mut letter, delivery) = it.letter().await?;
    let (small, large) = (vec![1; 100], vec![2; 200_000]);
    let blobs = [it.stage(&small).await?, it.stage(&large).await?];
    let template = letter.documents.first().cloned();
    letter.documents = blobs
        .iter()
        .zip(template.iter().cycle())
        .map(|(blob, document)| {
            let mut document = document.clone();
            document.blob = *blob;
            document
        })
        .collect();
    it.commit(vec![Op::AddLetter { letter, delivery }]).await?;
    let it = it.restart().await;
    let [first, second] = &blobs;
    demand(it.read(first).await == Some(small), "the small document after a restart", "not as it was put")?;
    demand(it.read(second).await == Some(large), "the large document after a restart", "not as it was put")
}

async fn missing(harness: &Harness) -> Outcome {
    let mut it = Situation::new(harness).await;
    let (mut letter, delivery) = it.letter().await?;
    if let Some(document) = letter.documents.first_mut() {
        document.blob = BlobRef::of(b"aldri lagret");
    }
    let id = letter.id;
    let commit = it.try_commit(vec![Op::AddLetter { letter, delivery }]);
    refused("MissingBlob", commit, |error| matches!(error, StoreError::MissingBlob)).await?;
    let stored = granted("reading a letter", it.store.letter(it.samples.tenant(), id).await)?;
    demand(stored.is_none(), "no letter", "a letter without its document")
}
