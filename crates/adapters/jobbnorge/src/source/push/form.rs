//! The form, part by part, to disk.

use std::{fs::File, io::Write as _, sync::Arc};

use axum::extract::{
    Multipart,
    multipart::{Field, MultipartError},
};
use bytes::BytesMut;
use http::StatusCode;
use sakarkiv_core::document::ContentHash;
use sakarkiv_dropfolder::{DropError, DropFolder, Staged, blocking};
use sha2::{Digest as _, Sha256};

use super::{Refused, disk, faulty};
use crate::contract::{Delivery, Fault, FaultCode};

/// The first part: the delivery.
pub(super) async fn manifest(form: &mut Multipart, limit: u64) -> Result<Vec<u8>, Refused> {
    let mut first = form.next_field().await.map_err(|error| broken(&error))?.ok_or(Refused::NoForm)?;
    if first.name() != Some("leveranse") {
        return Err(Refused::NoForm);
    }
    let mut manifest = Vec::new();
    while let Some(chunk) = first.chunk().await.map_err(|error| broken(&error))? {
        if (manifest.len() + chunk.len()) as u64 > limit {
            return Err(Refused::TooLarge);
        }
        manifest.extend_from_slice(&chunk);
    }
    Ok(manifest)
}

/// A delivery whose files are coming in. They lie under the numbers of their documents, so that no name from outside is a
/// path.
pub(super) struct Form {
    delivery: Delivery,
    /// Which documents have their bytes.
    arrived: Vec<bool>,
    faults: Vec<Fault>,
    /// Cleared away unless it is handed over.
    staged: Arc<Staged>,
}

impl Form {
    pub(super) async fn new(folder: Arc<DropFolder>, delivery: Delivery, mark: u64) -> Result<Self, Refused> {
        let id = delivery.id.clone();
        let staged = disk(blocking("jobbnorge.push", move || folder.stage(&id, mark)).await)?;
        let arrived = vec![false; delivery.documents.len()];
        Ok(Self { delivery, arrived, faults: Vec::new(), staged: Arc::new(staged) })
    }

    /// Takes the other parts. What no document names is a fault, and so is a part that comes twice.
    pub(super) async fn files(&mut self, form: &mut Multipart) -> Result<(), Refused> {
        while let Some(part) = form.next_field().await.map_err(|error| broken(&error))? {
            let documents = self.delivery.documents.iter().enumerate();
            let of_part = documents.filter(|(_, document)| {
                let named = document.file.as_ref().and_then(|file| file.part.as_deref());
                named.is_some() && named == part.name()
            });
            let mut of_part: Vec<usize> = of_part.map(|(index, _)| index).collect();
            let Some(first) = of_part.pop().filter(|_| of_part.is_empty()) else {
                self.faults.push(Fault::invalid("", "has a part of the form that not exactly one document names"));
                continue;
            };
            if self.arrived.get(first).copied().unwrap_or(true) {
                self.faults.push(Fault::invalid(place(first), "has a part of the form that comes twice"));
                continue;
            }
            self.file(first, part).await?;
        }
        for (index, document) in self.delivery.documents.iter().enumerate() {
            if document.file.is_some() && self.arrived.get(index) == Some(&false) {
                let message = "is missing: the form has no part of this name";
                self.faults.push(Fault::new(FaultCode::FileMissing, format!("{}/del", place(index)), message));
            }
        }
        Ok(())
    }

    /// One file, counted and hashed on its way to disk.
    async fn file(&mut self, index: usize, mut part: Field<'_>) -> Result<(), Refused> {
        let Some(wanted) = self.delivery.documents.get(index).and_then(|document| document.file.clone()) else {
            return Ok(());
        };
        let staged = Arc::clone(&self.staged);
        let mut file = disk(blocking("jobbnorge.push", move || staged.file(index)).await)?;
        let (mut hash, mut size, mut waiting) = (Sha256::new(), 0_u64, BytesMut::new());
        while let Some(chunk) = part.chunk().await.map_err(|error| broken(&error))? {
            size = size.saturating_add(chunk.len() as u64);
            if size > wanted.size {
                continue;
            }
            hash.update(&chunk);
            waiting.extend_from_slice(&chunk);
            if waiting.len() >= PIECE {
                file = write(file, waiting.split()).await?;
            }
        }
        write(file, waiting).await?;
        if let Some(arrived) = self.arrived.get_mut(index) {
            *arrived = true;
        }
        if size != wanted.size || ContentHash::new(hash.finalize().into()) != wanted.hash {
            let message = "the bytes are not those that the checksum and size name; send the file again";
            self.faults.push(Fault::new(FaultCode::ChecksumDiffers, place(index), message));
        }
        Ok(())
    }

    /// Hands it over when all of it is right. Tells whether it was, or one of the same id came at the same time.
    pub(super) async fn hand_over(self, manifest: Vec<u8>) -> Result<(Delivery, bool), Refused> {
        if !self.faults.is_empty() {
            return Err(faulty(self.delivery, self.faults));
        }
        let staged = self.staged;
        let handed = disk(blocking("jobbnorge.push", move || staged.hand_over(&manifest)).await)?;
        Ok((self.delivery, handed))
    }
}

fn place(index: usize) -> String {
    format!("/dokumenter/{index}/fil")
}

async fn write(mut file: File, piece: BytesMut) -> Result<File, Refused> {
    let written = blocking("jobbnorge.push", move || file.write_all(&piece).map(|()| file).map_err(DropError::from));
    disk(written.await)
}

/// Too large, or broken off.
fn broken(error: &MultipartError) -> Refused {
    if error.status() == StatusCode::PAYLOAD_TOO_LARGE { Refused::TooLarge } else { Refused::NoForm }
}

/// What is written at once.
const PIECE: usize = 128 * 1024;
