use std::fmt::Debug;

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::stream::BoxStream;

use super::PortError;
use crate::{document::BlobRef, identity::TenantId};

/// The bytes of a document on their way, in chunks. A stream that ends with an error has no usable content.
pub type ByteStream = BoxStream<'static, Result<Bytes, PortError>>;

/// Where documents live: content-addressed by SHA-256, per tenant, never in memory as a whole.
///
/// What `put` returns is *staged*: it becomes durable together with the first transaction that names it
/// (`Store::commit`), and a staged document that no transaction names is garbage that the store removes by itself.
///
/// *Behaviour*
/// - The same bytes put twice give the same reference and are kept once.
/// - A tenant never reaches another tenant's bytes, not even by a right hash.
/// - A `put` whose stream fails, grows beyond `limit` or is dropped leaves nothing behind.
/// - `open` of an unknown reference is [`PortErrorKind::Rejected`](super::PortErrorKind::Rejected); bytes that no longer
///   match their hash end the stream with an error, never silently.
#[async_trait]
pub trait Blobs: Debug + Send + Sync {
    /// Stores a stream of at most `limit` bytes.
    ///
    /// # Errors
    /// `Rejected` when the stream is longer than `limit`; the stream's own error; `Transient` when storage fails.
    async fn put(&self, tenant: &TenantId, content: ByteStream, limit: u64) -> Result<BlobRef, PortError>;

    /// Opens stored bytes for reading from the start.
    ///
    /// # Errors
    /// `Rejected` when the tenant has no such document; `Transient` when storage fails.
    async fn open(&self, tenant: &TenantId, blob: &BlobRef) -> Result<ByteStream, PortError>;
}
