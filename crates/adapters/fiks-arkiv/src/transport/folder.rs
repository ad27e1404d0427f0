use std::{
    collections::BTreeSet,
    fs, io,
    io::{Read as _, Write as _},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use futures_util::TryStreamExt as _;
use sakarkiv_core::ports::{ByteStream, Entropy, PortError, PortErrorKind};
use sakarkiv_dropfolder::{DropError, blocking, file_stream, open_plain, sync_folder, write_whole};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{FiksTransport, Incoming, Outgoing, OutgoingFile};
use crate::MessageKind;

/// A transport of folders, for handing messages over by a file share.
///
/// `inn/<melding-id>/` is a message to the archive, `ut/<melding-id>/` one from it, `ferdig/<melding-id>/` one that is done
/// with. A message is whole when its folder has `melding.json`; a writer makes the folder under another name and renames it.
/// The files lie beside it as `0`, `1`, ...: their names stand in `melding.json` and are never paths. Links are not followed.
///
/// ```json
/// {"id": "…", "type": "no.ks.fiks.arkiv.v1.innsyn.sok", "fra": "…", "svarPaMelding": null, "filer": ["sok.xml"]}
/// ```
#[derive(Debug)]
pub struct FolderTransport {
    root: PathBuf,
    /// Our own account, which stands in what we send.
    account: Uuid,
    entropy: Arc<dyn Entropy>,
    turns: Mutex<Turns>,
}

/// Which messages are being worked on, and which wait for the others, the one put back last behind them.
#[derive(Debug, Default)]
struct Turns {
    held: BTreeSet<Uuid>,
    put_back: Vec<Uuid>,
}

/// `melding.json`.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Manifest {
    id: Uuid,
    #[serde(rename = "type")]
    kind: String,
    fra: Uuid,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    til: Option<Uuid>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    svar_pa_melding: Option<Uuid>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    klient_korrelasjons_id: Option<String>,
    #[serde(default)]
    filer: Vec<String>,
}

const MANIFEST: &str = "melding.json";
/// A manifest that is longer is none.
const MAX_MANIFEST: u64 = 1 << 20;

impl FolderTransport {
    /// A transport of the folders under `root`, for our account of this id. The folders are made when they are first needed.
    #[must_use]
    pub fn new(root: impl Into<PathBuf>, account: Uuid, entropy: Arc<dyn Entropy>) -> Self {
        Self { root: root.into(), account, entropy, turns: Mutex::default() }
    }

    fn folder(&self, name: &str, message: Uuid) -> PathBuf {
        self.root.join(name).join(message.to_string())
    }

    fn turns(&self) -> MutexGuard<'_, Turns> {
        self.turns.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn new_id(&self) -> Uuid {
        let mut bytes = [0; 16];
        let (head, tail) = bytes.split_at_mut(8);
        head.copy_from_slice(&self.entropy.next_u64().to_be_bytes());
        tail.copy_from_slice(&self.entropy.next_u64().to_be_bytes());
        uuid::Builder::from_random_bytes(bytes).into_uuid()
    }
}

#[async_trait]
impl FiksTransport for FolderTransport {
    async fn receive(&self) -> Result<Option<Incoming>, PortError> {
        let inbox = self.root.join("inn");
        let waiting = on_disk("fiks.receive", move || manifests(&inbox)).await?;
        Ok(self.turns().next(waiting).map(|manifest| Incoming {
            id: manifest.id,
            kind: MessageKind::read(&manifest.kind),
            sender: manifest.fra,
            answers: manifest.svar_pa_melding,
            correlation: manifest.klient_korrelasjons_id,
            files: manifest.filer,
        }))
    }

    async fn open(&self, message: Uuid, file: &str) -> Result<ByteStream, PortError> {
        let (folder, file) = (self.folder("inn", message), file.to_owned());
        let opened = blocking("fiks.open", move || {
            let manifest = manifest(&folder)?;
            let place = manifest.filer.iter().position(|name| *name == file).ok_or(DropError::FileMissing)?;
            open_plain(&folder.join(place.to_string()))
        });
        opened.await?.map(|(file, _)| file_stream("fiks.open", file)).map_err(unreadable)
    }

    async fn send(&self, message: Outgoing) -> Result<(), PortError> {
        let id = self.new_id();
        let (making, done) = (self.root.join(format!(".{id}")), self.folder("ut", id));
        let manifest = Manifest {
            id,
            kind: message.kind.name(),
            fra: self.account,
            til: Some(message.to),
            svar_pa_melding: message.answers,
            klient_korrelasjons_id: message.correlation,
            filer: message.files.iter().map(|file| file.name.clone()).collect(),
        };
        let made = make(&making, &manifest, message.files).await;
        on_disk("fiks.send", move || match made {
            Ok(()) => {
                let outbox = done.parent().unwrap_or(&done);
                fs::create_dir_all(outbox)?;
                fs::rename(making, &done)?;
                sync_folder(outbox);
                Ok(Ok(()))
            }
            Err(error) => {
                fs::remove_dir_all(making)?;
                Ok(Err(error))
            }
        })
        .await?
    }

    async fn acknowledge(&self, message: Uuid) -> Result<(), PortError> {
        let (from, to) = (self.folder("inn", message), self.folder("ferdig", message));
        on_disk("fiks.acknowledge", move || {
            if !from.exists() {
                return Ok(());
            }
            if let Some(folder) = to.parent() {
                fs::create_dir_all(folder)?;
            }
            // A message that came once more after it was done with.
            Ok(if to.exists() { fs::remove_dir_all(from) } else { fs::rename(from, to) }?)
        })
        .await?;
        self.turns().held.remove(&message);
        Ok(())
    }

    async fn put_back(&self, message: Uuid) -> Result<(), PortError> {
        let mut turns = self.turns();
        if turns.held.remove(&message) {
            turns.put_back.push(message);
        }
        Ok(())
    }
}

impl Turns {
    /// The message whose turn it is; from now on it is being worked on.
    fn next(&mut self, waiting: Vec<Manifest>) -> Option<Manifest> {
        self.put_back.retain(|id| waiting.iter().any(|manifest| manifest.id == *id));
        let turn = |manifest: &Manifest| self.put_back.iter().position(|id| *id == manifest.id);
        let free = waiting.into_iter().filter(|manifest| !self.held.contains(&manifest.id));
        let next = free.min_by_key(turn)?;
        self.put_back.retain(|id| *id != next.id);
        self.held.insert(next.id);
        Some(next)
    }
}

/// The manifests of all whole messages, in the order of their names. What cannot be read is passed over: it may be half made.
fn manifests(inbox: &Path) -> Result<Vec<Manifest>, DropError> {
    let entries = match fs::read_dir(inbox) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let mut folders = Vec::new();
    for entry in entries {
        let entry = entry?;
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            folders.push(entry.path());
        }
    }
    folders.sort();
    let named = |folder: &PathBuf, manifest: &Manifest| folder.ends_with(manifest.id.to_string());
    let whole = folders.into_iter().filter_map(|folder| manifest(&folder).ok().filter(|found| named(&folder, found)));
    Ok(whole.collect())
}

fn manifest(folder: &Path) -> Result<Manifest, DropError> {
    let mut bytes = Vec::new();
    open_plain(&folder.join(MANIFEST))?.0.take(MAX_MANIFEST).read_to_end(&mut bytes)?;
    Ok(serde_json::from_slice(&bytes).map_err(io::Error::from)?)
}

/// Writes the folder of a message, its manifest last.
async fn make(folder: &Path, manifest: &Manifest, files: Vec<OutgoingFile>) -> Result<(), PortError> {
    let making = folder.to_owned();
    on_disk("fiks.send", move || Ok(fs::create_dir_all(making)?)).await?;
    for (place, file) in files.into_iter().enumerate() {
        write(folder.join(place.to_string()), file.content).await?;
    }
    let (folder, manifest) = (folder.to_owned(), serde_json::to_vec(manifest));
    on_disk("fiks.send", move || write_whole(&folder, MANIFEST, &manifest.map_err(io::Error::from)?)).await
}

async fn write(path: PathBuf, mut content: ByteStream) -> Result<(), PortError> {
    let mut file = on_disk("fiks.send", move || Ok(fs::File::create_new(path)?)).await?;
    while let Some(chunk) = content.try_next().await? {
        file = on_disk("fiks.send", move || Ok(file.write_all(&chunk).map(|()| file)?)).await?;
    }
    on_disk("fiks.send", move || Ok(file.sync_all()?)).await
}

/// Work on folders of our own: what fails there may work later.
async fn on_disk<T: Send + 'static>(
    operation: &'static str,
    work: impl FnOnce() -> Result<T, DropError> + Send + 'static,
) -> Result<T, PortError> {
    let done = blocking(operation, work).await?;
    done.map_err(|error| PortError::new(PortErrorKind::Transient, operation, error.to_string()).with_source(error))
}

/// Why a file of a message is not opened. What the sender left so that it cannot be read is so the next time as well.
fn unreadable(error: DropError) -> PortError {
    use io::ErrorKind as K;
    let kind = match &error {
        DropError::Disk(disk) => match disk.kind() {
            K::NotFound | K::NotADirectory | K::IsADirectory | K::PermissionDenied | K::InvalidData => {
                PortErrorKind::Rejected
            }
            _ => PortErrorKind::Transient,
        },
        _ => PortErrorKind::Rejected,
    };
    PortError::new(kind, "fiks.open", "a file of the message cannot be read").with_source(error)
}
