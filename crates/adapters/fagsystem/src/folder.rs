//! The folder drop: one folder is one delivery, its manifest written last.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
    sync::Arc,
    time::Duration,
};

use async_trait::async_trait;
use sakarkiv_core::{
    document::{FileName, MediaType},
    identity::{SourceId, TenantId},
    intake::{Fault, FaultCode, FileFacts, Place, Rejection},
    ports::{Answer, Blobs, ConsignmentSource, Fetched, ItemId, PortError, PortErrorKind, SourceCapabilities, Waiting},
};
use sakarkiv_dropfolder::{DropError, DropFolder, DropLimits, Ending, OpenedFile, Taken, blocking, file_stream};
use serde_json::json;
use unicode_normalization::UnicodeNormalization as _;

use crate::{MANIFEST_NAME, MAX_MANIFEST, Manifest, rest::answer};

/// The name of the answer that is put beside a manifest: the same JSON that is answered over HTTP.
pub const ANSWER_NAME: &str = "svar.json";

/// A drop folder as a source of consignments.
///
/// ```text
/// inn/<any name>/manifest.json, and the files that it names     left by the sender, the manifest last
/// arbeid/                                                       taken up, in one rename
/// arkivert/, avvist/                                            ended, with svar.json beside the manifest
/// ```
///
/// A folder without a manifest is still being written and is left alone. A file that the manifest does not name, or names
/// and is not there, refuses the whole; so do links. Checksums are compared by the plan of the intake, before anything is
/// registered.
///
/// ```
/// use sakarkiv_core::identity::SourceId;
/// use sakarkiv_fagsystem::FolderSource;
///
/// let root = tempfile::tempdir()?;
/// let source = FolderSource::open(SourceId::new("gis-line")?, root.path(), 256 << 20)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct FolderSource {
    deliveries: Deliveries,
    largest_file: u64,
}

/// The deliveries in a drop folder, whatever is in them: what every source over a folder does alike.
#[derive(Debug)]
pub(crate) struct Deliveries {
    id: SourceId,
    folder: Arc<DropFolder>,
}

impl FolderSource {
    /// Opens a folder and makes what it lacks. Files larger than `largest_file` bytes refuse their delivery. Blocks, briefly.
    ///
    /// # Errors
    /// [`DropError::Disk`].
    pub fn open(id: SourceId, root: impl Into<PathBuf>, largest_file: u64) -> Result<Self, DropError> {
        Ok(Self { deliveries: Deliveries::open(id, root, MANIFEST_NAME, limits())?, largest_file })
    }

    /// A folder that is only [checked](ConsignmentSource::check): nothing is made in it or cleared away.
    #[must_use]
    pub fn at(id: SourceId, root: impl Into<PathBuf>, largest_file: u64) -> Self {
        Self { deliveries: Deliveries::at(id, root, MANIFEST_NAME, limits()), largest_file }
    }
}

fn limits() -> DropLimits {
    DropLimits { manifest_bytes: MAX_MANIFEST as u64, ..DropLimits::default() }
}

impl Deliveries {
    /// Opens a folder in which `last` is the file that is written last.
    pub(crate) fn open(
        id: SourceId,
        root: impl Into<PathBuf>,
        last: &'static str,
        limits: DropLimits,
    ) -> Result<Self, DropError> {
        Ok(Self { id, folder: Arc::new(DropFolder::open(root, last, ANSWER_NAME, limits)?) })
    }

    /// The same, only looked at.
    pub(crate) fn at(id: SourceId, root: impl Into<PathBuf>, last: &'static str, limits: DropLimits) -> Self {
        Self { id, folder: Arc::new(DropFolder::at(root, last, ANSWER_NAME, limits)) }
    }

    pub(crate) const fn id(&self) -> &SourceId {
        &self.id
    }

    pub(crate) fn capabilities() -> SourceCapabilities {
        let mut capabilities = SourceCapabilities::new(FETCH_TIMEOUT, POLL_INTERVAL);
        capabilities.list_cap = Some(DropLimits::default().listed);
        capabilities
    }

    pub(crate) async fn list(&self) -> Result<Vec<Waiting>, PortError> {
        let waiting = self.work("fagsystem.list", DropFolder::waiting).await?;
        let waiting = waiting.map_err(|error| unusable("fagsystem.list", &error))?;
        Ok(waiting.into_iter().map(|waiting| Waiting::new(ItemId(waiting.id), Some(waiting.written.into()))).collect())
    }

    /// Tests that the folder can be read, and takes nothing up.
    pub(crate) async fn check(&self) -> Result<(), PortError> {
        let readable = self.work("fagsystem.check", DropFolder::check).await?;
        readable.map_err(|error| unusable("fagsystem.check", &error))
    }

    pub(crate) async fn answer(&self, id: &ItemId, outcome: &Answer) -> Result<(), PortError> {
        let (key, ending, told) = match outcome {
            Answer::Received(receipt) => (id.0.clone(), Some(Ending::TakenIn), answer::receipt(receipt)),
            Answer::Rejected(rejection) => (id.0.clone(), Some(Ending::Refused), answer::rejected(rejection)),
            Answer::SetAside { reason } => (id.0.clone(), None, json!({"avvist": false, "melding": reason})),
            _ => return Ok(()),
        };
        let content = told.to_string();
        let done = self.work("fagsystem.answer", move |folder| match ending {
            Some(ending) => folder.finish(&key, ending, content.as_bytes()),
            None => folder.note(&key, content.as_bytes()),
        });
        done.await?.map_err(|error| unusable("fagsystem.answer", &error))
    }

    /// Puts files of a delivery into the archive, in their order, each by its path and its media type if it has one. What the
    /// sender must mend is told for each.
    pub(crate) async fn bring_in(
        &self,
        tenant: &TenantId,
        taken: &Arc<Taken>,
        files: &[(&str, Option<&str>)],
        largest: u64,
        blobs: &dyn Blobs,
    ) -> Result<Vec<Result<FileFacts, Fault>>, PortError> {
        let mut brought = Vec::with_capacity(files.len());
        for piece in files.chunks(OPEN_AT_ONCE) {
            let taken = Arc::clone(taken);
            let paths: Vec<String> = piece.iter().map(|(path, _)| (*path).to_owned()).collect();
            let opened =
                self.work("fagsystem.fetch", move |_| taken.open_all(paths.iter().map(String::as_str))).await?;
            let opened = match opened {
                Ok(opened) => opened,
                Err(error) => return Ok(vec![Err(fault(&error))]),
            };
            for ((path, media_type), opened) in piece.iter().zip(opened) {
                brought.push(match opened {
                    Ok(opened) => stage(tenant, path, *media_type, opened, largest, blobs).await?,
                    Err(error) => Err(fault(&error)),
                });
            }
        }
        Ok(brought)
    }

    /// Works on the folder beside the runtime. What is wrong with a delivery is an outcome, what is wrong with the disk an
    /// error.
    pub(crate) async fn work<T: Send + 'static>(
        &self,
        operation: &'static str,
        work: impl FnOnce(&DropFolder) -> Result<T, DropError> + Send + 'static,
    ) -> Result<Result<T, DropError>, PortError> {
        let folder = Arc::clone(&self.folder);
        match blocking(operation, move || work(&folder)).await? {
            Err(error @ DropError::Gone) => Err(PortError::new(PortErrorKind::Rejected, operation, error.to_string())),
            Err(DropError::Disk(source)) => {
                let detail = "the drop folder cannot be read or written; check the disk and the rights on the folder";
                Err(PortError::new(PortErrorKind::Transient, operation, detail).with_source(source))
            }
            outcome => Ok(outcome),
        }
    }
}

/// Puts a file into the archive.
async fn stage(
    tenant: &TenantId,
    path: &str,
    media_type: Option<&str>,
    (file, size): OpenedFile,
    largest: u64,
    blobs: &dyn Blobs,
) -> Result<Result<FileFacts, Fault>, PortError> {
    let too_large = || {
        let detail = format!("a file is larger than {largest} bytes");
        Fault::new(FaultCode::FileTooLarge, Place::Consignment).because(detail)
    };
    if size > largest {
        return Ok(Err(too_large()));
    }
    let name = FileName::sanitize(path);
    let kind = match media_type {
        Some(told) => MediaType::sanitize(told),
        None => name.extension().map_or_else(MediaType::unknown, MediaType::of_extension),
    };
    match blobs.put(tenant, file_stream("fagsystem.fetch", file), largest).await {
        Ok(blob) => Ok(Ok(FileFacts::new(name, kind, blob))),
        // It grew while it was read.
        Err(error) if error.kind() == PortErrorKind::Rejected => Ok(Err(too_large())),
        Err(error) => Err(error),
    }
}

/// A delivery as far as the disk tells: its manifest, and the folder in which no other files lie than it names.
type Found = Result<(Manifest, Taken), Rejection>;

#[async_trait]
impl ConsignmentSource for FolderSource {
    fn id(&self) -> &SourceId {
        self.deliveries.id()
    }

    fn capabilities(&self) -> SourceCapabilities {
        Deliveries::capabilities()
    }

    async fn list(&self) -> Result<Vec<Waiting>, PortError> {
        self.deliveries.list().await
    }

    async fn fetch(&self, tenant: &TenantId, id: &ItemId, blobs: Arc<dyn Blobs>) -> Result<Fetched, PortError> {
        let key = id.0.clone();
        let found = self.deliveries.work("fagsystem.fetch", move |folder| found(folder, &key)).await?;
        let (manifest, taken) = match found {
            Ok(Ok((manifest, taken))) => (manifest, Arc::new(taken)),
            Ok(Err(rejection)) => return Ok(Fetched::Faulty(rejection)),
            Err(error) => return Ok(Fetched::Faulty(fault(&error).into())),
        };
        let named: Vec<_> = manifest.files().map(|file| (file.path, file.media_type)).collect();
        let brought = self.deliveries.bring_in(tenant, &taken, &named, self.largest_file, blobs.as_ref()).await?;
        let (mut files, mut faults) = (BTreeMap::new(), Vec::new());
        for ((path, _), brought) in named.into_iter().zip(brought) {
            match brought {
                Ok(facts) => drop(files.insert(path.to_owned(), facts)),
                // Told by its place when the consignment is made.
                Err(fault) if fault.code == FaultCode::FileMissing => {}
                Err(fault) => faults.push(fault),
            }
        }
        if let Some(rejection) = Rejection::of(faults) {
            return Ok(Fetched::Faulty(rejection));
        }
        Ok(match manifest.consignment(self.deliveries.id(), &files) {
            Ok(consignment) => Fetched::Consignment(Box::new(consignment)),
            Err(rejection) => Fetched::Faulty(rejection),
        })
    }

    async fn answer(&self, id: &ItemId, answer: &Answer) -> Result<(), PortError> {
        self.deliveries.answer(id, answer).await
    }

    async fn check(&self) -> Result<(), PortError> {
        self.deliveries.check().await
    }
}

/// Takes a delivery up and compares what lies in it with what it names.
fn found(folder: &DropFolder, id: &str) -> Result<Found, DropError> {
    let taken = folder.take(id)?;
    let manifest = match Manifest::parse(taken.manifest()) {
        Ok(manifest) => manifest,
        Err(rejection) => return Ok(Err(rejection)),
    };
    let named: BTreeSet<String> = manifest.files().map(|file| file.path.nfc().collect()).collect();
    if taken.files()?.iter().any(|file| !named.contains(file)) {
        let detail = "a file lies beside the manifest that it does not name; name it or leave it out";
        return Ok(Err(Fault::new(FaultCode::InvalidContent, Place::Consignment).because(detail).into()));
    }
    Ok(Ok((manifest, taken)))
}

pub(crate) fn fault(error: &DropError) -> Fault {
    let code = match error {
        DropError::FileMissing => FaultCode::FileMissing,
        DropError::TooMuch { .. } | DropError::ManifestTooLarge { .. } => FaultCode::TooMuch,
        _ => FaultCode::InvalidContent,
    };
    Fault::new(code, Place::Consignment).because(error)
}

fn unusable(operation: &'static str, error: &DropError) -> PortError {
    PortError::new(PortErrorKind::Transient, operation, error.to_string())
}

/// How many files of a delivery are open at once: a program may have few.
const OPEN_AT_ONCE: usize = 16;

/// A delivery may have thousands of files.
const FETCH_TIMEOUT: Duration = Duration::from_secs(30 * 60);

/// Looking costs little.
const POLL_INTERVAL: Duration = Duration::from_secs(30);

#[cfg(test)]
mod tests {
    use std::fs;

    use sakarkiv_testkit::doubles::MemoryBlobs;

    use super::*;

    #[tokio::test]
    async fn a_disk_that_fails_under_a_file_is_tried_again_and_refuses_nothing() {
        let root = tempfile::tempdir().unwrap();
        let id = SourceId::new("gis-line").unwrap();
        let deliveries = Deliveries::open(id, root.path(), MANIFEST_NAME, DropLimits::default()).unwrap();
        let folder = root.path().join("inn/a");
        fs::create_dir(&folder).unwrap();
        // More than are open at once.
        let names: Vec<String> = (0..40).map(|nth| format!("{nth}.pdf")).collect();
        names.iter().for_each(|name| fs::write(folder.join(name), name).unwrap());
        fs::write(folder.join(MANIFEST_NAME), "{}").unwrap();
        let item = deliveries.list().await.unwrap().remove(0).id.0;
        let taken = Arc::new(deliveries.folder.take(&item).unwrap());
        let blobs = MemoryBlobs::default();
        let tenant = TenantId::new("bodo").unwrap();
        let files: Vec<_> = names.iter().map(|name| (name.as_str(), None)).collect();
        let brought = deliveries.bring_in(&tenant, &taken, &files, 100, &blobs).await.unwrap();
        let brought: Vec<_> = brought.iter().flatten().map(|facts| facts.name.as_str()).collect();
        assert_eq!(brought, names);
        fs::remove_file(root.path().join("arbeid").join(item).join("39.pdf")).unwrap();
        let error = deliveries.bring_in(&tenant, &taken, &files, 100, &blobs).await.unwrap_err();
        assert_eq!(error.kind(), PortErrorKind::Transient);
    }
}
