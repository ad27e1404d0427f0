use std::{
    collections::BTreeSet,
    fs, io,
    io::{Read as _, Write as _},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use sakarkiv_core::ports::{ByteStream, Entropy, PortError, PortErrorKind};
use serde::{Deserialize, Serialize};
use tokio::task::spawn_blocking;
use uuid::Uuid;

use super::{FiksTransport, Incoming, Outgoing};
use crate::MessageKind;

/// A transport of folders, for handing messages over by a file share.
///
/// `inn/<melding-id>/` is a message to the archive, `ut/<melding-id>/` one from it, `ferdig/<melding-id>/` one that is done
/// with. A message is whole when its folder has `melding.json`; a writer makes the folder under another name and renames it.
/// The files lie beside it as `0`, `1`, ...: their names stand in `melding.json` and are never paths.
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
    held: Mutex<BTreeSet<Uuid>>,
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
const CHUNK: usize = 64 << 10;

impl FolderTransport {
    /// A transport of the folders under `root`, for our account of this id. The folders are made when they are first needed.
    #[must_use]
    pub fn new(root: impl Into<PathBuf>, account: Uuid, entropy: Arc<dyn Entropy>) -> Self {
        Self { root: root.into(), account, entropy, held: Mutex::default() }
    }

    fn folder(&self, name: &str, message: Uuid) -> PathBuf {
        self.root.join(name).join(message.to_string())
    }

    fn is_new(&self, message: Uuid) -> bool {
        self.held.lock().unwrap_or_else(PoisonError::into_inner).insert(message)
    }

    fn let_go(&self, message: Uuid) {
        self.held.lock().unwrap_or_else(PoisonError::into_inner).remove(&message);
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
        let waiting = blocking("fiks.receive", move || manifests(&inbox)).await?;
        Ok(waiting.into_iter().find(|manifest| self.is_new(manifest.id)).map(|manifest| Incoming {
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
            let place = manifest.filer.iter().position(|name| *name == file);
            fs::File::open(folder.join(place.ok_or(io::ErrorKind::NotFound)?.to_string()))
        });
        Ok(chunks(opened.await?))
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
        let folder = making.clone();
        blocking("fiks.send", move || fs::create_dir_all(&folder)).await?;
        for (place, file) in message.files.into_iter().enumerate() {
            write(making.join(place.to_string()), file.content).await?;
        }
        blocking("fiks.send", move || {
            let mut file = fs::File::create(making.join(MANIFEST))?;
            file.write_all(&serde_json::to_vec(&manifest)?)?;
            file.sync_all()?;
            if let Some(outbox) = done.parent() {
                fs::create_dir_all(outbox)?;
            }
            fs::rename(making, done)
        })
        .await
    }

    async fn acknowledge(&self, message: Uuid) -> Result<(), PortError> {
        let (from, to) = (self.folder("inn", message), self.folder("ferdig", message));
        blocking("fiks.acknowledge", move || {
            if !from.exists() {
                return Ok(());
            }
            if let Some(folder) = to.parent() {
                fs::create_dir_all(folder)?;
            }
            // A message that came once more after it was done with.
            if to.exists() { fs::remove_dir_all(from) } else { fs::rename(from, to) }
        })
        .await?;
        self.let_go(message);
        Ok(())
    }

    async fn put_back(&self, message: Uuid) -> Result<(), PortError> {
        self.let_go(message);
        Ok(())
    }
}

/// The manifests of all whole messages, in the order of their names. What cannot be read is passed over: it may be half made.
fn manifests(inbox: &Path) -> io::Result<Vec<Manifest>> {
    let entries = match fs::read_dir(inbox) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let mut folders: Vec<PathBuf> = entries.map(|entry| entry.map(|entry| entry.path())).collect::<io::Result<_>>()?;
    folders.sort();
    let named = |folder: &PathBuf, manifest: &Manifest| folder.ends_with(manifest.id.to_string());
    let whole = folders.into_iter().filter_map(|folder| manifest(&folder).ok().filter(|found| named(&folder, found)));
    Ok(whole.collect())
}

fn manifest(folder: &Path) -> io::Result<Manifest> {
    let mut bytes = Vec::new();
    fs::File::open(folder.join(MANIFEST))?.take(MAX_MANIFEST).read_to_end(&mut bytes)?;
    Ok(serde_json::from_slice(&bytes)?)
}

fn chunks(file: fs::File) -> ByteStream {
    stream::try_unfold(file, |mut file| async move {
        let read = blocking("fiks.open", move || {
            let mut chunk = vec![0; CHUNK];
            let count = file.read(&mut chunk)?;
            chunk.truncate(count);
            Ok((Bytes::from(chunk), file))
        });
        let (chunk, file) = read.await?;
        Ok((!chunk.is_empty()).then_some((chunk, file)))
    })
    .boxed()
}

async fn write(path: PathBuf, mut content: ByteStream) -> Result<(), PortError> {
    let mut file = blocking("fiks.send", move || fs::File::create(path)).await?;
    while let Some(chunk) = content.try_next().await? {
        file = blocking("fiks.send", move || file.write_all(&chunk).map(|()| file)).await?;
    }
    blocking("fiks.send", move || file.sync_all()).await
}

async fn blocking<T: Send + 'static>(
    operation: &'static str,
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> Result<T, PortError> {
    let done = spawn_blocking(work).await.unwrap_or_else(|_| Err(io::Error::other("the work was broken off")));
    done.map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => PortError::new(PortErrorKind::Rejected, operation, "no such file"),
        kind => PortError::new(PortErrorKind::Transient, operation, kind.to_string()),
    })
}
