//! Folders of e-mail and of scanned documents, as sources.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs, io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::SystemTime,
};

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::{FutureExt as _, StreamExt as _, stream};
use sakarkiv_core::{
    identity::{SourceId, TenantId, Timestamp},
    intake::{Fault, FaultCode, Place, Rejection},
    journal::DocumentRole,
    ports::{Answer, Blobs, ConsignmentSource, Fetched, ItemId, PortError, SourceCapabilities, Waiting},
};
use sakarkiv_dropfolder::{DropError, DropFolder, DropLimits, Taken, blocking};
use unicode_normalization::UnicodeNormalization as _;

use crate::{
    SHEET_NAME, Sheet,
    folder::{Deliveries, fault},
    forms::{Form, FormFile, FormTables},
    read_mail,
};

/// The name of an e-mail in a folder of its own.
pub const MAIL_NAME: &str = "melding.eml";

/// Where loose e-mails are left.
const LOOSE: &str = "post";

/// The largest e-mail, in bytes.
const LARGEST_MAIL: u64 = 160 << 20;

/// A folder of forms (e-mail, or scanned documents with a sheet) as a source of consignments: one folder in `inn` is one
/// delivery, as in a [`FolderSource`](crate::FolderSource), and the [tables](FormTables) say what it becomes. An e-mail was
/// received when its file was written; the date in its head is whatever its sender liked.
///
/// ```text
/// post/<any name>.eml                             an e-mail as it was saved, taken up when it has not changed between two looks
/// inn/<any name>/melding.eml                      an e-mail, likewise
/// inn/<any name>/skann.json, and its files        scanned documents, the sheet last
/// arkivert/, avvist/                              ended, with svar.json beside it
/// ```
#[derive(Debug)]
pub struct FormFolder {
    deliveries: Deliveries,
    sort: Sort,
    tables: Arc<FormTables>,
    largest_file: u64,
    root: PathBuf,
    /// Length and time of loose files at the last look.
    seen: Arc<Mutex<Seen>>,
}

type Seen = BTreeMap<PathBuf, (u64, SystemTime)>;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sort {
    Mail,
    Scans,
}

impl Sort {
    /// The file that is written last, and how much a delivery may be.
    fn delivery(self) -> (&'static str, DropLimits) {
        let (last, manifest_bytes) = match self {
            Self::Mail => (MAIL_NAME, LARGEST_MAIL),
            Self::Scans => (SHEET_NAME, DropLimits::default().manifest_bytes),
        };
        (last, DropLimits { manifest_bytes, ..DropLimits::default() })
    }
}

impl FormFolder {
    /// Opens a folder of e-mail. The source is that of the tables. Blocks, briefly.
    ///
    /// # Errors
    /// [`DropError::Disk`].
    pub fn mail(root: impl Into<PathBuf>, tables: Arc<FormTables>) -> Result<Self, DropError> {
        let root = root.into();
        fs::create_dir_all(root.join(LOOSE))?;
        Self::open(Sort::Mail, root, tables, LARGEST_MAIL)
    }

    /// Opens a folder of scanned documents. Files larger than `largest_file` bytes refuse their delivery. The source is that
    /// of the tables. Blocks, briefly.
    ///
    /// # Errors
    /// [`DropError::Disk`].
    pub fn scans(root: impl Into<PathBuf>, tables: Arc<FormTables>, largest_file: u64) -> Result<Self, DropError> {
        Self::open(Sort::Scans, root.into(), tables, largest_file)
    }

    /// A folder of e-mail that is only [checked](ConsignmentSource::check): nothing is made in it, cleared away or moved.
    #[must_use]
    pub fn mail_at(root: impl Into<PathBuf>, tables: Arc<FormTables>) -> Self {
        let (root, (last, limits)) = (root.into(), Sort::Mail.delivery());
        let deliveries = Deliveries::at(tables.source.clone(), root.clone(), last, limits);
        Self::over(deliveries, Sort::Mail, root, tables, LARGEST_MAIL)
    }

    /// A folder of scanned documents that is only [checked](ConsignmentSource::check).
    #[must_use]
    pub fn scans_at(root: impl Into<PathBuf>, tables: Arc<FormTables>, largest_file: u64) -> Self {
        let (root, (last, limits)) = (root.into(), Sort::Scans.delivery());
        let deliveries = Deliveries::at(tables.source.clone(), root.clone(), last, limits);
        Self::over(deliveries, Sort::Scans, root, tables, largest_file)
    }

    fn open(sort: Sort, root: PathBuf, tables: Arc<FormTables>, largest_file: u64) -> Result<Self, DropError> {
        let (last, limits) = sort.delivery();
        let deliveries = Deliveries::open(tables.source.clone(), root.clone(), last, limits)?;
        Ok(Self::over(deliveries, sort, root, tables, largest_file))
    }

    fn over(deliveries: Deliveries, sort: Sort, root: PathBuf, tables: Arc<FormTables>, largest_file: u64) -> Self {
        Self { deliveries, sort, tables, largest_file, root, seen: Arc::default() }
    }

    async fn mail_form(
        &self,
        tenant: &TenantId,
        bytes: Bytes,
        received: Timestamp,
        blobs: &dyn Blobs,
    ) -> Result<Result<Form, Rejection>, PortError> {
        let loose = match read_mail(&bytes, received) {
            Ok(loose) => loose,
            Err(rejection) => return Ok(Err(rejection)),
        };
        let put = |content: Bytes| {
            let limit = content.len() as u64;
            async move { blobs.put(tenant, stream::iter([Ok(content)]).boxed(), limit).await }.boxed()
        };
        loose.store(put).await.map(Ok)
    }

    async fn scanned_form(
        &self,
        tenant: &TenantId,
        sheet: Sheet,
        taken: &Arc<Taken>,
        blobs: &dyn Blobs,
    ) -> Result<Result<Form, Rejection>, PortError> {
        let (mut form, mut faults) = (sheet.form, Vec::new());
        let named: Vec<_> = sheet.files.iter().map(|path| (path.as_str(), None)).collect();
        let brought = self.deliveries.bring_in(tenant, taken, &named, self.largest_file, blobs).await?;
        for (nth, brought) in brought.into_iter().enumerate() {
            match brought {
                Ok(file) => {
                    let role = if nth == 0 { DocumentRole::Main } else { DocumentRole::Attachment };
                    form.files.push(FormFile { role, title: None, file });
                }
                Err(fault) => faults.push(fault),
            }
        }
        Ok(Rejection::of(faults).map_or(Ok(form), Err))
    }
}

/// What lies in a delivery, as far as the disk tells.
enum Found {
    /// An e-mail, and when it was put there.
    Mail(Bytes, Timestamp),
    Scans(Box<Sheet>, Arc<Taken>),
}

#[async_trait]
impl ConsignmentSource for FormFolder {
    fn id(&self) -> &SourceId {
        self.deliveries.id()
    }

    fn capabilities(&self) -> SourceCapabilities {
        Deliveries::capabilities()
    }

    async fn list(&self) -> Result<Vec<Waiting>, PortError> {
        if self.sort == Sort::Mail {
            let (root, seen) = (self.root.clone(), Arc::clone(&self.seen));
            let adopted = blocking("fagsystem.list", move || adopt(&root, &seen)).await?;
            if let Err(source) = adopted {
                let detail = "the folder of loose e-mail cannot be read; check the disk and the rights on the folder";
                return Err(PortError::new(sakarkiv_core::ports::PortErrorKind::Transient, "fagsystem.list", detail)
                    .with_source(source));
            }
        }
        self.deliveries.list().await
    }

    async fn fetch(&self, tenant: &TenantId, id: &ItemId, blobs: Arc<dyn Blobs>) -> Result<Fetched, PortError> {
        let (key, sort) = (id.0.clone(), self.sort);
        let found = self.deliveries.work("fagsystem.fetch", move |folder| found(folder, &key, sort)).await?;
        let form = match found {
            Ok(Ok(Found::Mail(bytes, received))) => self.mail_form(tenant, bytes, received, blobs.as_ref()).await?,
            Ok(Ok(Found::Scans(sheet, taken))) => self.scanned_form(tenant, *sheet, &taken, blobs.as_ref()).await?,
            Ok(Err(rejection)) => Err(rejection),
            Err(error) => Err(fault(&error).into()),
        };
        Ok(match form.and_then(|form| self.tables.map(&form)) {
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

fn found(folder: &DropFolder, id: &str, sort: Sort) -> Result<Result<Found, Rejection>, DropError> {
    let taken = folder.take(id)?;
    let beside = taken.files()?;
    let named = match sort {
        Sort::Mail => {
            return Ok(if beside.is_empty() {
                Ok(Found::Mail(Bytes::copy_from_slice(taken.manifest()), taken.written().into()))
            } else {
                Err(unnamed())
            });
        }
        Sort::Scans => match Sheet::parse(taken.manifest()) {
            Ok(sheet) => sheet,
            Err(rejection) => return Ok(Err(rejection)),
        },
    };
    let names: BTreeSet<String> = named.files.iter().map(|file| file.nfc().collect()).collect();
    if beside.iter().any(|file| !names.contains(file)) {
        return Ok(Err(unnamed()));
    }
    Ok(Ok(Found::Scans(Box::new(named), Arc::new(taken))))
}

fn unnamed() -> Rejection {
    let detail = "a file lies in the delivery that is not named in it; name it or leave it out";
    Fault::new(FaultCode::InvalidContent, Place::Consignment).because(detail).into()
}

/// Gives loose e-mails folders of their own, when they have not changed since the last look: first the file, then the
/// folder's name, so that a crash in between leaves it where the next look finds it.
fn adopt(root: &Path, seen: &Mutex<Seen>) -> io::Result<()> {
    let loose = root.join(LOOSE);
    let mut now = Seen::new();
    let mut last = seen.lock().unwrap_or_else(PoisonError::into_inner);
    for entry in fs::read_dir(&loose)? {
        let entry = entry?;
        let path = entry.path();
        // A name in another encoding is a name too.
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if entry.file_type()?.is_dir() {
            // Begun before a crash.
            if path.join(MAIL_NAME).is_file() {
                fs::rename(&path, free(root, name.trim_start_matches('.')))?;
            }
            continue;
        }
        let is_mail = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("eml"));
        if !is_mail || !entry.file_type()?.is_file() || name.starts_with('.') {
            continue;
        }
        let found = entry.metadata()?;
        let state = (found.len(), found.modified()?);
        if last.get(&path) != Some(&state) {
            now.insert(path, state);
            continue;
        }
        let own = loose.join(format!(".{name}"));
        fs::create_dir_all(&own)?;
        fs::rename(&path, own.join(MAIL_NAME))?;
        fs::rename(&own, free(root, &name))?;
    }
    *last = now;
    Ok(())
}

/// A name in `inn` that nothing has.
fn free(root: &Path, name: &str) -> PathBuf {
    let inbox = root.join("inn");
    let numbered = |n: u32| if n == 0 { inbox.join(name) } else { inbox.join(format!("{name}-{n}")) };
    (0..).map(numbered).find(|path| fs::symlink_metadata(path).is_err()).unwrap_or_else(|| inbox.join(name))
}
