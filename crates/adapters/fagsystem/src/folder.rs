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
use sakarkiv_dropfolder::{DropError, DropFolder, DropLimits, Ending, OpenedFile, blocking, file_stream};
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
pub(crate) async fn stage(
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

/// A delivery as far as the disk tells: its manifest and the files that it names, in that order.
type Found = Result<(Manifest, Vec<Result<OpenedFile, DropError>>), Rejection>;

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
        let (manifest, opened) = match found {
            Ok(Ok(found)) => found,
            Ok(Err(rejection)) => return Ok(Fetched::Faulty(rejection)),
            Err(error) => return Ok(Fetched::Faulty(fault(&error).into())),
        };
        let (mut files, mut faults) = (BTreeMap::new(), Vec::new());
        for (named, opened) in manifest.files().zip(opened) {
            let staged = match opened {
                Ok(opened) => {
                    let (path, largest) = (named.path, self.largest_file);
                    stage(tenant, path, named.media_type, opened, largest, blobs.as_ref()).await?
                }
                // Told by its place when the consignment is made.
                Err(DropError::FileMissing) => continue,
                Err(error) => Err(fault(&error)),
            };
            match staged {
                Ok(facts) => drop(files.insert(named.path.to_owned(), facts)),
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

/// Takes a delivery up and opens what it names.
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
    let opened = taken.open_all(manifest.files().map(|file| file.path))?;
    Ok(Ok((manifest, opened)))
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

/// A delivery may have thousands of files.
const FETCH_TIMEOUT: Duration = Duration::from_secs(30 * 60);

/// Looking costs little.
const POLL_INTERVAL: Duration = Duration::from_secs(30);
