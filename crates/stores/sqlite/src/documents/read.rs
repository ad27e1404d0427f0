use std::{
    fs::File,
    io::{self, Read as _},
    path::Path,
    sync::Arc,
};

use bytes::{Bytes, BytesMut};
use futures_util::{StreamExt as _, stream};
use rusqlite::Connection;
use sakarkiv_core::{
    identity::TenantId,
    ports::{ByteStream, PortError, PortErrorKind},
};
use sha2::{Digest as _, Sha256};

use super::{Content, Documents, staging::Staged};
use crate::{
    error::{file, storage},
    records::blobs,
    work::{Hands, lock},
};

const OPEN: &str = "sqlite.open";

/// How much is read at a time.
const BLOCK: usize = 128 * 1024;

/// Opens a document, staged or named.
pub(crate) async fn open(
    documents: &Arc<Documents>,
    readers: &Hands<Connection>,
    tenant: &TenantId,
    content: Content,
) -> Result<ByteStream, PortError> {
    let key = (tenant.clone(), content);
    let staged = lock(&documents.staging).find(&key);
    match staged {
        Some(Staged::Memory(bytes)) => return Ok(stream::iter([Ok(bytes)]).boxed()),
        Some(Staged::File { .. }) => {}
        None => {
            let tenant = tenant.clone();
            let named = readers.run(move |db| blobs::find(db, &tenant, content, true)).await;
            let named = named.map_err(|_| closed())?.map_err(|error| storage(OPEN, error.to_string()))?;
            match named {
                Some(named) if named.size != content.size => return Err(unknown()),
                Some(blobs::Named { content: Some(bytes), .. }) => return Ok(checked(content, bytes)),
                Some(_) => {}
                None => return Err(unknown()),
            }
        }
    }
    let path = documents.folder.file(&key);
    let opened = documents.hands.run(move |()| File::open(path)).await.map_err(|_| closed())?;
    match opened {
        Ok(opened) => Ok(stream_of(documents.hands.clone(), Reading::new(opened, content))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Err(damaged()),
        Err(error) => Err(file(OPEN)(error)),
    }
}

/// Whether a file has the bytes it should have; `false` also when it is not there.
pub(crate) fn check_file(path: &Path, content: Content) -> io::Result<bool> {
    let opened = match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        other => other?,
    };
    let mut reading = Reading::new(opened, content);
    while let Some(block) = reading.next()? {
        drop(block);
    }
    Ok(reading.intact())
}

/// A row is small enough to be checked before the first byte is handed out.
fn checked(content: Content, bytes: Vec<u8>) -> ByteStream {
    let digest: [u8; 32] = Sha256::digest(&bytes).into();
    let intact = digest == content.digest && bytes.len() as u64 == content.size;
    stream::iter([if intact { Ok(Bytes::from(bytes)) } else { Err(damaged()) }]).boxed()
}

fn stream_of(hands: Hands<()>, reading: Reading) -> ByteStream {
    stream::try_unfold(Some((hands, reading)), |state| async move {
        let Some((hands, mut reading)) = state else { return Ok(None) };
        let read = hands.run(move |()| reading.next().map(|block| (block, reading))).await;
        match read.map_err(|_| closed())?.map_err(file(OPEN))? {
            (Some(block), reading) => Ok(Some((block, Some((hands, reading))))),
            (None, reading) if reading.intact() => Ok(None),
            (None, _) => Err(damaged()),
        }
    })
    .boxed()
}

/// A file that is hashed while it is read.
struct Reading {
    file: File,
    expected: Content,
    hasher: Sha256,
    size: u64,
}

impl Reading {
    fn new(file: File, expected: Content) -> Self {
        Self { file, expected, hasher: Sha256::new(), size: 0 }
    }

    fn next(&mut self) -> io::Result<Option<Bytes>> {
        // No more than is left and one byte, so that a file that has grown is noticed.
        let left = usize::try_from(self.expected.size.saturating_sub(self.size)).unwrap_or(BLOCK);
        let mut block = BytesMut::zeroed(BLOCK.min(left.saturating_add(1)));
        let count = loop {
            match self.file.read(&mut block) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                other => break other?,
            }
        };
        if count == 0 {
            return Ok(None);
        }
        block.truncate(count);
        self.hasher.update(&block);
        self.size = self.size.saturating_add(count as u64);
        if self.size > self.expected.size {
            // It is wrong already: the end is reached, and `intact` says so.
            return Ok(None);
        }
        Ok(Some(block.freeze()))
    }

    fn intact(&self) -> bool {
        let digest: [u8; 32] = self.hasher.clone().finalize().into();
        self.size == self.expected.size && digest == self.expected.digest
    }
}

fn unknown() -> PortError {
    PortError::new(PortErrorKind::Rejected, OPEN, "this tenant has no such document")
}

fn damaged() -> PortError {
    PortError::new(PortErrorKind::Rejected, OPEN, "the stored document does not match its hash, restore it from backup")
}

fn closed() -> PortError {
    storage(OPEN, "the store is closed")
}
