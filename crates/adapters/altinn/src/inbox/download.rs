use std::sync::Arc;

use bytes::Bytes;
use futures_util::{StreamExt, stream};
use http::Method;
use md5::{Digest, Md5};
use sakarkiv_core::{
    document::BlobRef,
    identity::TenantId,
    ports::{Blobs, ByteStream, PortError, PortErrorKind},
};
use sakarkiv_http::{BodyStream, Opened, Operation, TokenRequest};
use uuid::Uuid;

use super::gone;
use crate::{
    api::{Api, Call},
    error::{Problem, code, refusal},
    wire::AttachmentLine,
};

/// What came of one attachment.
#[derive(Debug)]
pub(super) enum Attachment {
    Staged(BlobRef),
    /// It is not to be had any more, and why.
    Missing(&'static str),
}

/// Brings attachments of one message into the store.
pub(super) struct Downloader<'a> {
    pub(super) api: &'a Api,
    pub(super) wanted: &'a TokenRequest,
    pub(super) message: Uuid,
    pub(super) tenant: &'a TenantId,
    pub(super) blobs: &'a Arc<dyn Blobs>,
    pub(super) limit: u64,
    pub(super) operation: Operation,
}

impl Downloader<'_> {
    /// Brings the `number`th attachment.
    ///
    /// # Errors
    /// `Misconfigured` when it is of a resource that we have no access to, which need not be that of its message: that shuts
    /// nothing else. Otherwise as [`Inbox::fetch`](sakarkiv_core::ports::Inbox::fetch).
    pub(super) async fn bring(&self, attachment: &AttachmentLine, number: usize) -> Result<Attachment, PortError> {
        match attachment.status.as_str() {
            "Purged" => return Ok(Attachment::Missing(DELETED)),
            "Expired" => return Ok(Attachment::Missing(EXPIRED)),
            _ => {}
        }
        let (message, id) = (self.message.to_string(), attachment.id.to_string());
        let path = ["correspondence", &message, "attachment", &id, "download"];
        let call = Call::new(self.operation, &Method::GET, &path).accepting(ANYTHING);
        let content = match self.api.open(self.wanted, &call).await? {
            Opened::Content(response) => response.into_body().into_stream(),
            Opened::Refused(answer) => {
                return match Problem::of(&answer).code {
                    Some(code::ATTACHMENT_PURGED) => Ok(Attachment::Missing(DELETED)),
                    Some(code::ATTACHMENT_EXPIRED) => Ok(Attachment::Missing(EXPIRED)),
                    Some(code::NOT_FOUND) => Err(gone(self.operation.name)),
                    Some(code::NO_ACCESS) => Err(self.not_ours(number)),
                    _ => Err(refusal(&answer, &self.operation)),
                };
            }
        };
        let content = checked(content, attachment.checksum.clone(), self.operation.name);
        self.blobs.put(self.tenant, content, self.limit).await.map(Attachment::Staged)
    }

    fn not_ours(&self, number: usize) -> PortError {
        let detail = format!(
            "document {number} is of a resource that we have no access to; have its access given to our system, or ask the \
             sender for it"
        );
        PortError::new(PortErrorKind::Misconfigured, self.operation.name, detail)
            .with_remote_code(code::NO_ACCESS.to_string())
    }
}

/// The content, ended with an error when its MD5 is not the one told: what was spoilt on its way is never staged.
fn checked(content: BodyStream, checksum: Option<String>, operation: &'static str) -> ByteStream {
    let start = Some((content, Md5::new(), checksum));
    let chunks = stream::unfold(start, move |state| async move {
        let (mut content, mut hash, checksum) = state?;
        match content.next().await {
            Some(Ok(chunk)) => {
                hash.update(&chunk);
                Some((Ok::<Bytes, PortError>(chunk), Some((content, hash, checksum))))
            }
            Some(Err(error)) => {
                let broken = PortError::new(PortErrorKind::Transient, operation, "the download broke off");
                Some((Err(broken.with_source(error)), None))
            }
            None => {
                let sum = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect::<String>();
                let differs = checksum.is_some_and(|told| !told.trim().eq_ignore_ascii_case(&sum));
                differs.then(|| {
                    let detail = "a document differs from the checksum that its sender gave";
                    (Err(PortError::new(PortErrorKind::Rejected, operation, detail)), None)
                })
            }
        }
    });
    chunks.boxed()
}

const DELETED: &str = "deleted by its sender";
const EXPIRED: &str = "expired";
/// The answer is of the attachment's own type, which only this accepts whatever it is.
const ANYTHING: &str = "*/*";
