use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use bytes::{Bytes, BytesMut};
use futures_util::{StreamExt, stream};
use sakarkiv_core::{
    document::BlobRef,
    identity::TenantId,
    ports::{ByteStream, PortError, PortErrorKind},
};

/// Bytes by tenant and hash. Durable ones live on the disk, staged ones in the process.
#[derive(Debug, Default)]
pub(super) struct Shelf {
    bytes: BTreeMap<(TenantId, BlobRef), Bytes>,
}

impl Shelf {
    pub(super) fn get(&self, tenant: &TenantId, blob: &BlobRef) -> Option<Bytes> {
        self.bytes.get(&(tenant.clone(), *blob)).cloned()
    }

    pub(super) fn has(&self, tenant: &TenantId, blob: &BlobRef) -> bool {
        self.bytes.contains_key(&(tenant.clone(), *blob))
    }

    pub(super) fn put(&mut self, tenant: &TenantId, blob: BlobRef, content: Bytes) {
        self.bytes.insert((tenant.clone(), blob), content);
    }

    pub(super) fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Ruins the bytes behind a reference, as a failing disk would.
    pub(super) fn spoil(&mut self, tenant: &TenantId, blob: &BlobRef) {
        if let Some(content) = self.bytes.get_mut(&(tenant.clone(), *blob)) {
            let mut spoilt = content.to_vec();
            spoilt.push(0);
            *content = spoilt.into();
        }
    }

    /// Moves what is named from the staged bytes to these.
    pub(super) fn adopt(&mut self, staged: &mut Self, tenant: &TenantId, named: &BTreeSet<BlobRef>) {
        for blob in named {
            if let Some((key, content)) = staged.bytes.remove_entry(&(tenant.clone(), *blob)) {
                self.bytes.insert(key, content);
            }
        }
    }
}

/// Reads a stream to its end and hashes it on the way.
pub(super) async fn read(mut content: ByteStream, limit: u64) -> Result<(BlobRef, Bytes), PortError> {
    let mut all = BytesMut::new();
    while let Some(chunk) = content.next().await {
        all.extend_from_slice(&chunk?);
        if all.len() as u64 > limit {
            let detail = format!("the document is longer than {limit} bytes");
            return Err(PortError::new(PortErrorKind::Rejected, "memory.put", detail));
        }
    }
    let all = all.freeze();
    Ok((BlobRef::of(&all), all))
}

const CHUNK: usize = 64 * 1024;

/// Hands bytes out in chunks and checks them against their hash at the end.
pub(super) fn stream_of(content: Bytes, expected: &BlobRef) -> ByteStream {
    let intact = BlobRef::of(&content) == *expected;
    let content = Arc::new(content);
    let starts = (0..content.len()).step_by(CHUNK);
    let chunks: Vec<_> =
        starts.map(|start| Ok(content.slice(start..content.len().min(start.saturating_add(CHUNK))))).collect();
    let verdict = (!intact)
        .then(|| Err(PortError::new(PortErrorKind::Rejected, "memory.open", "the bytes do not match their hash")));
    stream::iter(chunks.into_iter().chain(verdict)).boxed()
}
