//! The parts of a delivery: bytes go from the request into the archive as they come.

use std::collections::{BTreeMap, BTreeSet};

use axum::extract::{Multipart, multipart::Field};
use bytes::Bytes;
use futures_util::{StreamExt as _, future, stream};
use sakarkiv_core::{
    document::{BlobRef, FileName, MediaType},
    intake::{Fault, FaultCode, FileFacts, Place},
    ports::{ArchiveDesk, ArchiveError, PortError, PortErrorKind},
};
use tokio::sync::mpsc;

use super::{Refusal, fault};
use crate::{MAX_MANIFEST, Manifest};

/// The name of the first part.
const MANIFEST: &str = "manifest";

/// Reads the first part, which must be the manifest: what follows is only taken when it is named there.
pub(super) async fn manifest(body: &mut Multipart) -> Result<Vec<u8>, Refusal> {
    let first = body.next_field().await.map_err(|_| torn())?;
    let mut part =
        first.filter(|part| part.name() == Some(MANIFEST)).ok_or_else(|| fault("the first part must be `manifest`"))?;
    let mut bytes = Vec::new();
    while let Some(chunk) = part.chunk().await.map_err(|_| torn())? {
        if bytes.len().saturating_add(chunk.len()) > MAX_MANIFEST {
            return Err(fault("the manifest is longer than 4 MiB"));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

/// Puts the files that the manifest names into the archive. A part that it does not name is refused; what is missing is told
/// by its place when the consignment is made.
pub(super) async fn files(
    manifest: &Manifest,
    mut body: Multipart,
    desk: &dyn ArchiveDesk,
    limit: u64,
) -> Result<BTreeMap<String, FileFacts>, Refusal> {
    let named: BTreeMap<&str, Option<&str>> = manifest.files().map(|file| (file.path, file.media_type)).collect();
    let mut awaited: BTreeSet<&str> = named.keys().copied().collect();
    let mut files = BTreeMap::new();
    while let Some(part) = body.next_field().await.map_err(|_| torn())? {
        let path = part.name().unwrap_or_default().to_owned();
        let Some((path, stated)) = named.get_key_value(path.as_str()) else {
            return Err(fault("there is a part that the manifest does not name"));
        };
        if !awaited.remove(path) {
            return Err(fault("there are two parts for one path"));
        }
        let name = FileName::sanitize(path.rsplit('/').next().unwrap_or(path));
        let media_type = stated.map(str::to_owned).or_else(|| part.content_type().map(str::to_owned));
        let media_type = match media_type {
            Some(media_type) => MediaType::sanitize(&media_type),
            None => name.extension().map_or_else(MediaType::unknown, MediaType::of_extension),
        };
        let blob = put(part, desk, limit).await?;
        files.insert((*path).to_owned(), FileFacts::new(name, media_type, blob));
    }
    Ok(files)
}

/// The reader of the request and the writer of the archive take turns, a few chunks apart.
async fn put(mut part: Field<'_>, desk: &dyn ArchiveDesk, limit: u64) -> Result<BlobRef, Refusal> {
    let (sender, receiver) = mpsc::channel::<Result<Bytes, PortError>>(4);
    let read = async move {
        let mut size = 0_u64;
        loop {
            let chunk = match part.chunk().await {
                Ok(None) => return Ok(()),
                Ok(Some(chunk)) => Ok(chunk),
                Err(_) => Err(PortError::new(PortErrorKind::Rejected, "rest.upload", "the request broke off")),
            };
            let broken = chunk.is_err();
            size = size.saturating_add(chunk.as_ref().map_or(0, |chunk| chunk.len() as u64));
            // Nobody reads on once the archive has refused it; what is wrong, its answer says.
            let heard = sender.send(chunk).await.is_ok();
            if size > limit {
                let fault = Fault::new(FaultCode::FileTooLarge, Place::Consignment);
                return Err(Refusal::rejected(fault.because(format_args!("at most {limit} bytes")).into()));
            }
            if broken {
                return Err(torn());
            }
            if !heard {
                return Ok(());
            }
        }
    };
    let content = stream::unfold(receiver, async |mut receiver| Some((receiver.recv().await?, receiver))).boxed();
    let (read, stored) = future::join(read, desk.put(content, limit)).await;
    read?;
    stored.map_err(Refusal::Archive)
}

fn torn() -> Refusal {
    Refusal::Archive(ArchiveError::NotAllowed("the request broke off: send it again, whole".to_owned()))
}
