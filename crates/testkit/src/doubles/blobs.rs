use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use futures_util::{StreamExt, TryStreamExt, stream};
use sakarkiv_core::{
    document::{BlobRef, ContentHash},
    identity::TenantId,
    ports::{Blobs, ByteStream, PortError, PortErrorKind},
};
use sha2::{Digest, Sha256};

/// Documents in memory, content-addressed and kept apart by tenant. Nothing is ever removed.
///
/// ```
/// use sakarkiv_core::identity::TenantId;
/// use sakarkiv_testkit::doubles::MemoryBlobs;
///
/// let tenant = TenantId::new("provedal")?;
/// let blobs = MemoryBlobs::new();
/// let letter = blobs.insert(&tenant, "%PDF-1.7 brev");
/// assert_eq!(letter.size, 13);
/// assert_eq!(blobs.content(&tenant, &letter).as_deref(), Some(&b"%PDF-1.7 brev"[..]));
/// # Ok::<(), sakarkiv_core::identity::IdError>(())
/// ```
#[derive(Debug, Default)]
pub struct MemoryBlobs {
    kept: Mutex<BTreeMap<(TenantId, ContentHash), Bytes>>,
}

impl MemoryBlobs {
    /// No documents.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Puts bytes that are at hand; the same bytes give the same reference and are kept once.
    pub fn insert(&self, tenant: &TenantId, content: impl Into<Bytes>) -> BlobRef {
        let content = content.into();
        let hash = ContentHash::new(Sha256::digest(&content).into());
        let size = u64::try_from(content.len()).unwrap_or(u64::MAX);
        self.lock().insert((tenant.clone(), hash), content);
        BlobRef { hash, size }
    }

    /// The bytes behind a reference, if this tenant has them.
    #[must_use]
    pub fn content(&self, tenant: &TenantId, blob: &BlobRef) -> Option<Bytes> {
        self.lock().get(&(tenant.clone(), blob.hash)).cloned()
    }

    /// How many different documents are kept, over all tenants.
    #[must_use]
    pub fn count(&self) -> usize {
        self.lock().len()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<(TenantId, ContentHash), Bytes>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Blobs for MemoryBlobs {
    async fn put(&self, tenant: &TenantId, mut content: ByteStream, limit: u64) -> Result<BlobRef, PortError> {
        let mut whole = BytesMut::new();
        while let Some(chunk) = content.try_next().await? {
            let length = whole.len().saturating_add(chunk.len());
            if u64::try_from(length).unwrap_or(u64::MAX) > limit {
                return Err(rejected("memory_blobs.put", format!("the document is longer than {limit} bytes")));
            }
            whole.extend_from_slice(&chunk);
        }
        Ok(self.insert(tenant, whole.freeze()))
    }

    async fn open(&self, tenant: &TenantId, blob: &BlobRef) -> Result<ByteStream, PortError> {
        /// Small enough that readers meet more than one chunk of an ordinary letter.
        const CHUNK: usize = 16 * 1024;
        let mut rest = self
            .content(tenant, blob)
            .ok_or_else(|| rejected("memory_blobs.open", "no such document for this tenant".to_owned()))?;
        let mut chunks = Vec::new();
        while !rest.is_empty() {
            chunks.push(Ok(rest.split_to(CHUNK.min(rest.len()))));
        }
        Ok(stream::iter(chunks).boxed())
    }
}

fn rejected(operation: &'static str, detail: String) -> PortError {
    PortError::new(PortErrorKind::Rejected, operation, detail)
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    fn tenant(name: &str) -> TenantId {
        TenantId::new(name).unwrap()
    }

    fn parts(parts: &[&'static str]) -> ByteStream {
        stream::iter(parts.iter().map(|part| Ok(Bytes::from_static(part.as_bytes()))).collect::<Vec<_>>()).boxed()
    }

    #[test]
    fn the_same_bytes_are_kept_once_and_read_back_whole() {
        let (blobs, owner) = (MemoryBlobs::new(), tenant("provedal"));
        let one = blobs.put(&owner, parts(&["br", "ev"]), 4).now_or_never().unwrap().unwrap();
        let other = blobs.put(&owner, parts(&["brev"]), 4).now_or_never().unwrap().unwrap();
        assert_eq!((one, blobs.count()), (other, 1));
        let stream = blobs.open(&owner, &one).now_or_never().unwrap().unwrap();
        let read: Vec<Bytes> = stream.try_collect().now_or_never().unwrap().unwrap();
        assert_eq!(read.concat(), b"brev");
    }

    #[test]
    fn too_long_a_stream_or_a_broken_one_leaves_nothing_behind() {
        let (blobs, owner) = (MemoryBlobs::new(), tenant("provedal"));
        let too_long = blobs.put(&owner, parts(&["br", "ev"]), 3).now_or_never().unwrap().unwrap_err();
        assert_eq!(too_long.kind(), PortErrorKind::Rejected);
        let broken = stream::iter([
            Ok(Bytes::from_static(b"br")),
            Err(PortError::new(PortErrorKind::Transient, "test", "broke off")),
        ]);
        let error = blobs.put(&owner, broken.boxed(), 9).now_or_never().unwrap().unwrap_err();
        assert_eq!((error.kind(), blobs.count()), (PortErrorKind::Transient, 0));
    }

    #[test]
    fn another_tenant_reaches_nothing_even_with_the_right_hash() {
        let blobs = MemoryBlobs::new();
        let blob = blobs.insert(&tenant("provedal"), "brev");
        let outcome = blobs.open(&tenant("eksempelvik"), &blob).now_or_never().unwrap();
        assert_eq!(outcome.err().map(|error| error.kind()), Some(PortErrorKind::Rejected));
    }
}
