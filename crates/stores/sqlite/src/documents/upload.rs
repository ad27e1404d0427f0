use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write as _},
    mem,
    path::PathBuf,
    sync::Arc,
};

use bytes::Bytes;
use futures_util::StreamExt as _;
use sakarkiv_core::{
    identity::TenantId,
    ports::{ByteStream, PortError, PortErrorKind},
};
use sha2::{Digest as _, Sha256};

use super::{Content, Documents, Key, SMALL, flush};
use crate::{
    error::{file, storage},
    records::blobs,
    work::{Gone, lock},
};

const PUT: &str = "sqlite.put";

/// So much is taken from a stream before it is handed to a thread that writes it.
const BLOCK: usize = 256 * 1024;

impl Documents {
    /// Takes a document in.
    pub(crate) async fn put(
        self: &Arc<Self>,
        tenant: &TenantId,
        mut content: ByteStream,
        limit: u64,
    ) -> Result<Content, PortError> {
        let mut upload = Upload::default();
        let mut waiting = Vec::new();
        let (mut size, mut held) = (0_u64, 0_usize);
        while let Some(chunk) = content.next().await {
            let chunk = chunk?;
            size = size.saturating_add(chunk.len() as u64);
            if size > limit {
                let detail = format!("the document is longer than the {limit} bytes that are allowed");
                return Err(PortError::new(PortErrorKind::Rejected, PUT, detail));
            }
            held = held.saturating_add(chunk.len());
            waiting.push(chunk);
            if held >= BLOCK {
                held = 0;
                upload = self.append(upload, mem::take(&mut waiting)).await?;
            }
        }
        if size <= SMALL
            && let Some(content) = self.keep_small(tenant, &waiting, size)
        {
            return Ok(content);
        }
        self.finish(tenant, upload, waiting).await
    }

    /// Keeps a small document in memory, if there is room.
    fn keep_small(&self, tenant: &TenantId, chunks: &[Bytes], size: u64) -> Option<Content> {
        let bytes = Bytes::from(chunks.concat());
        let content = Content { digest: Sha256::digest(&bytes).into(), size };
        lock(&self.staging).keep(&(tenant.clone(), content), &bytes).then_some(content)
    }

    async fn append(self: &Arc<Self>, mut upload: Upload, chunks: Vec<Bytes>) -> Result<Upload, PortError> {
        let path = self.next_upload();
        let written = self.hands.run(move |()| upload.append(path, &chunks).map(|()| upload)).await;
        written.map_err(gone)?.map_err(file(PUT))
    }

    /// Writes the rest and gives the file its place. When nobody waits for the answer any more, the file goes again.
    async fn finish(
        self: &Arc<Self>,
        tenant: &TenantId,
        mut upload: Upload,
        chunks: Vec<Bytes>,
    ) -> Result<Content, PortError> {
        let (documents, undo) = (Arc::clone(self), Arc::clone(self));
        let (path, tenant) = (self.next_upload(), tenant.clone());
        let owner = tenant.clone();
        let placed = self.hands.run_or(
            move |()| {
                upload.append(path, &chunks).map_err(file(PUT))?;
                documents.settle(tenant, upload)
            },
            move |placed| {
                if let Ok(Placed { content, staged: true }) = placed {
                    undo.unput(&(owner, content));
                }
            },
        );
        placed.await.map_err(gone)?.map(|placed| placed.content)
    }

    /// Gives a written file its place, unless the document is there already.
    fn settle(&self, tenant: TenantId, upload: Upload) -> Result<Placed, PortError> {
        let Upload { part: Some(mut part), hasher, size } = upload else {
            return Err(storage(PUT, "the document has no file"));
        };
        let content = Content { digest: hasher.finalize().into(), size };
        let key = (tenant, content);
        let place = self.folder.file(&key);
        let share = self.share(content);
        if lock(&self.staging).join(&key) {
            return Ok(Placed { content, staged: true });
        }
        let named = blobs::find(&share, &key.0, content, false).map_err(|error| storage(PUT, error.to_string()))?;
        match named {
            Some(_) if fs::metadata(&place).map_or(true, |found| found.len() == size) => {}
            Some(_) => {
                // A named document whose file was cut off is mended; flushed first, because it counts at once.
                part.file.sync_all().map_err(file(PUT))?;
                part.move_to(&place).map_err(file(PUT))?;
                place.parent().map_or(Ok(()), flush).map_err(file(PUT))?;
            }
            None => {
                self.folder.make_shelf(&place).map_err(file(PUT))?;
                part.move_to(&place).map_err(file(PUT))?;
                lock(&self.staging).add_file(key);
                return Ok(Placed { content, staged: true });
            }
        }
        Ok(Placed { content, staged: false })
    }

    fn unput(&self, key: &Key) {
        let _share = self.share(key.1);
        if lock(&self.staging).unput(key) {
            // What cannot be removed now is swept later.
            let _ = fs::remove_file(self.folder.file(key));
        }
    }
}

struct Placed {
    content: Content,
    /// As opposed to named before.
    staged: bool,
}

/// A document on its way to the disk.
#[derive(Default)]
struct Upload {
    part: Option<Part>,
    hasher: Sha256,
    size: u64,
}

impl Upload {
    fn append(&mut self, path: PathBuf, chunks: &[Bytes]) -> io::Result<()> {
        let part = match &mut self.part {
            Some(part) => part,
            empty => empty.insert(Part::create(path)?),
        };
        for chunk in chunks {
            self.hasher.update(chunk);
            part.file.write_all(chunk)?;
            self.size = self.size.saturating_add(chunk.len() as u64);
        }
        Ok(())
    }
}

/// A file under a temporary name, removed when dropped.
struct Part {
    path: Option<PathBuf>,
    file: File,
}

impl Part {
    fn create(path: PathBuf) -> io::Result<Self> {
        let file = OpenOptions::new().write(true).create_new(true).open(&path)?;
        Ok(Self { path: Some(path), file })
    }

    fn move_to(&mut self, place: &std::path::Path) -> io::Result<()> {
        if let Some(path) = &self.path {
            fs::rename(path, place)?;
        }
        self.path = None;
        Ok(())
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        if let Some(path) = &self.path {
            // What cannot be removed now is removed at the next start.
            let _ = fs::remove_file(path);
        }
    }
}

fn gone(_: Gone) -> PortError {
    storage(PUT, "the store is closed")
}
