use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write as _},
    mem,
    path::{Path, PathBuf},
    sync::Arc,
};

use bytes::Bytes;
use futures_util::StreamExt as _;
use rusqlite::Connection;
use sakarkiv_core::{
    identity::TenantId,
    ports::{ByteStream, PortError, PortErrorKind},
};
use sha2::{Digest as _, Sha256};
use tokio::sync::oneshot;

use super::{Content, Documents, Key, SMALL, flush};
use crate::{
    error::{file, storage},
    records::blobs,
    work::lock,
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
        let written = self.hands.run(move |()| upload.append(path, chunks).map(|()| upload)).await;
        written.map_err(|_| closed())?.map_err(file(PUT))
    }

    /// Writes the rest, gives the file its place, answers, and then flushes it: by the time it is named, the flush is under
    /// way or done. When nobody waits for the answer any more, the file goes again.
    async fn finish(
        self: &Arc<Self>,
        tenant: &TenantId,
        upload: Upload,
        chunks: Vec<Bytes>,
    ) -> Result<Content, PortError> {
        let (documents, tenant) = (Arc::clone(self), tenant.clone());
        let (answer, placed) = oneshot::channel();
        self.flushers.post(move |()| {
            let (key, file) = match documents.settle(tenant, upload, chunks) {
                Ok(settled) => settled,
                // Whoever does not wait any more does not want to know.
                Err(error) => return drop(answer.send(Err(error))),
            };
            if answer.send(Ok(key.1)).is_err() && documents.unput(&key) {
                return;
            }
            if let Some(file) = file {
                documents.flush(&key, &file);
            }
        });
        placed.await.map_err(|_| closed())?
    }

    /// Gives a document its place, unless it is there already. Gives its file when it has to be flushed.
    fn settle(
        &self,
        tenant: TenantId,
        mut upload: Upload,
        chunks: Vec<Bytes>,
    ) -> Result<(Key, Option<File>), PortError> {
        upload.take(chunks).map_err(file(PUT))?;
        self.prepare(&tenant).map_err(file(PUT))?;
        let content = Content { digest: upload.hasher.clone().finalize().into(), size: upload.size };
        let key = (tenant, content);
        let place = self.folder.file(&key);
        let share = self.share(&content.digest);
        if lock(&self.staging).join(&key) {
            return Ok((key, None));
        }
        match standing(&share, &key, &place)? {
            Some(Standing::Whole) => Ok((key, None)),
            Some(Standing::Damaged) => {
                // Mended, and flushed first, because it counts at once.
                let path = self.next_upload();
                let mut part = upload.into_part(path).map_err(file(PUT))?;
                let mend = part.file.sync_all().and_then(|()| part.move_to(&place));
                mend.and_then(|()| place.parent().map_or(Ok(()), flush)).map_err(file(PUT))?;
                Ok((key, None))
            }
            None => {
                let file = upload.arrive(&place).map_err(file(PUT))?;
                lock(&self.staging).add_file(key.clone());
                Ok((key, Some(file)))
            }
        }
    }

    /// Flushes a staged file and the folder that has its name.
    fn flush(&self, key: &Key, file: &File) {
        let place = self.folder.file(key);
        match file.sync_all().and_then(|()| place.parent().map_or(Ok(()), flush)) {
            Ok(()) => lock(&self.staging).flushed(key),
            Err(_) => {
                let _share = self.share(&key.1.digest);
                lock(&self.staging).flush_failed(key);
                // What cannot be removed now is swept later.
                let _ = fs::remove_file(place);
            }
        }
    }

    /// Takes a put back; `true` when the file went with it.
    fn unput(&self, key: &Key) -> bool {
        let _share = self.share(&key.1.digest);
        let unwanted = lock(&self.staging).unput(key);
        if unwanted {
            // What cannot be removed now is swept later.
            let _ = fs::remove_file(self.folder.file(key));
        }
        unwanted
    }
}

/// How a document stands that records name.
enum Standing {
    /// As a row, or as a file of its size.
    Whole,
    /// Its file was cut off or is gone.
    Damaged,
}

/// Nothing for a document that no record names.
fn standing(db: &Connection, (tenant, content): &Key, place: &Path) -> Result<Option<Standing>, PortError> {
    let find = |with_bytes| blobs::find(db, tenant, *content, with_bytes).map_err(|e| storage(PUT, e.to_string()));
    if find(false)?.is_none() {
        return Ok(None);
    }
    let whole = match fs::metadata(place) {
        Ok(found) => found.len() == content.size,
        Err(_) => find(true)?.is_some_and(|named| named.content.is_some()),
    };
    Ok(Some(if whole { Standing::Whole } else { Standing::Damaged }))
}

/// A document on its way: what is written, and what is at hand.
#[derive(Default)]
struct Upload {
    part: Option<Part>,
    /// Hashed but not written.
    pending: Vec<Bytes>,
    hasher: Sha256,
    size: u64,
}

impl Upload {
    /// Writes chunks to a file, made when there is none yet.
    fn append(&mut self, path: PathBuf, chunks: Vec<Bytes>) -> io::Result<()> {
        if self.part.is_none() {
            self.part = Some(Part::create(path)?);
        }
        self.take(chunks)
    }

    /// Takes chunks: to the file if there is one, else in memory.
    fn take(&mut self, chunks: Vec<Bytes>) -> io::Result<()> {
        for chunk in &chunks {
            self.hasher.update(chunk);
            self.size = self.size.saturating_add(chunk.len() as u64);
        }
        match &mut self.part {
            Some(part) => write_all(&mut part.file, &chunks),
            None => {
                self.pending.extend(chunks);
                Ok(())
            }
        }
    }

    /// A file under a temporary name.
    fn into_part(self, path: PathBuf) -> io::Result<Part> {
        match self.part {
            Some(part) => Ok(part),
            None => {
                let mut part = Part::create(path)?;
                write_all(&mut part.file, &self.pending)?;
                Ok(part)
            }
        }
    }

    /// A file at its place. What is at hand is written there at once, without a name before: a file that is not in the
    /// table is not trusted, so it may be seen half written.
    fn arrive(mut self, place: &Path) -> io::Result<File> {
        if let Some(part) = &mut self.part {
            part.move_to(place)?;
            return part.file.try_clone();
        }
        let mut file = File::create(place)?;
        match write_all(&mut file, &self.pending) {
            Ok(()) => Ok(file),
            Err(error) => {
                // What cannot be removed now is swept later.
                let _ = fs::remove_file(place);
                Err(error)
            }
        }
    }
}

fn write_all(file: &mut File, chunks: &[Bytes]) -> io::Result<()> {
    chunks.iter().try_for_each(|chunk| file.write_all(chunk))
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

    fn move_to(&mut self, place: &Path) -> io::Result<()> {
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

fn closed() -> PortError {
    storage(PUT, "the store is closed")
}
