use std::{path::PathBuf, sync::Arc};

use async_trait::async_trait;
use sakarkiv_core::ports::{ByteStream, ItemId, PortError, PortErrorKind, Waiting};
use sakarkiv_dropfolder::{
    DropError, DropFolder, DropLimits, Ending, Taken, blocking, came_by_network, file_name, file_stream,
};

use unicode_normalization::UnicodeNormalization as _;

use super::{ReadDelivery, RecruitmentSource};
use crate::contract::{
    Binding, DeliveredDocument, Delivery, DeliveryState, Fault, FaultCode, LARGEST_DELIVERY, MOST_DOCUMENTS, Receipt,
};

/// Deliveries in folders: `inn/<name>/leveranse.json` and its files, by their names. An HR officer can feed it by hand.
///
/// A taken delivery goes to `arkivert/`, a refused one to `avvist/`, each with its receipt `kvittering.json`. A file lies
/// under its `filnavn`; a delivery whose documents share a name is shared among several folders. A file that the delivery
/// does not name refuses the whole.
#[derive(Debug)]
pub struct FolderDrop {
    folder: Arc<DropFolder>,
}

pub(super) const MANIFEST: &str = "leveranse.json";
pub(super) const RECEIPT: &str = "kvittering.json";

const LIMITS: DropLimits =
    DropLimits { manifest_bytes: LARGEST_DELIVERY, files: MOST_DOCUMENTS, depth: 0, listed: 1_000 };

impl FolderDrop {
    /// Opens a folder and makes what it lacks. Blocks, briefly.
    ///
    /// # Errors
    /// [`DropError::Disk`].
    pub fn open(root: impl Into<PathBuf>) -> Result<Self, DropError> {
        Ok(Self { folder: Arc::new(DropFolder::open(root, MANIFEST, RECEIPT, LIMITS)?) })
    }

    /// A folder that is only [checked](RecruitmentSource::check): nothing is made in it or cleared away.
    #[must_use]
    pub fn at(root: impl Into<PathBuf>) -> Self {
        Self { folder: Arc::new(DropFolder::at(root, MANIFEST, RECEIPT, LIMITS)) }
    }

    /// The folder, for the [router](super::push::router) that puts into it what is pushed.
    #[must_use]
    pub const fn folder(&self) -> &Arc<DropFolder> {
        &self.folder
    }

    async fn work<T: Send + 'static>(
        &self,
        operation: &'static str,
        work: impl FnOnce(&DropFolder) -> Result<T, DropError> + Send + 'static,
    ) -> Result<Result<T, DropError>, PortError> {
        let folder = Arc::clone(&self.folder);
        match blocking(operation, move || work(&folder)).await? {
            Err(DropError::Disk(error)) => Err(disk(operation, error)),
            Err(DropError::Gone) => {
                Err(PortError::new(PortErrorKind::Rejected, operation, "no such delivery is waiting"))
            }
            outcome => Ok(outcome),
        }
    }
}

#[async_trait]
impl RecruitmentSource for FolderDrop {
    fn binding(&self) -> Binding {
        Binding::Folder
    }

    async fn waiting(&self) -> Result<Vec<Waiting>, PortError> {
        let waiting = self.work("jobbnorge.list", DropFolder::waiting).await?;
        let waiting = waiting.map_err(|error| sender("jobbnorge.list", &error))?;
        Ok(waiting.into_iter().map(|waiting| Waiting::new(ItemId(waiting.id), Some(waiting.written.into()))).collect())
    }

    async fn delivery(&self, id: &ItemId) -> Result<ReadDelivery, PortError> {
        let key = id.0.clone();
        let found = self.work("jobbnorge.fetch", move |folder| read(&folder.take(&key)?, &key)).await?;
        Ok(found.unwrap_or_else(|error| ReadDelivery::Faulty { id: id.0.clone(), faults: vec![fault(&error, "")] }))
    }

    fn open_at_once(&self) -> usize {
        OPEN_AT_ONCE
    }

    async fn open(
        &self,
        id: &ItemId,
        delivery: &Delivery,
        documents: &[usize],
    ) -> Result<Vec<Result<ByteStream, Fault>>, PortError> {
        let (key, names) = (id.0.clone(), paths(delivery, &id.0));
        let wanted = documents.to_vec();
        let opened = self.work("jobbnorge.fetch", move |folder| {
            let taken = folder.take(&key)?;
            let paths = wanted.iter().map(|index| names.get(*index).map_or("", String::as_str));
            taken.open_all(paths)
        });
        let place = |index: usize| format!("/dokumenter/{index}/fil/filnavn");
        Ok(match opened.await? {
            Ok(files) => files
                .into_iter()
                .zip(documents)
                .map(|(file, index)| match file {
                    Ok((file, _)) => Ok(file_stream("jobbnorge.fetch", file)),
                    Err(error) => Err(fault(&error, place(*index))),
                })
                .collect(),
            Err(error) => documents.iter().map(|index| Err(fault(&error, place(*index)))).collect(),
        })
    }

    async fn acknowledge(&self, id: &ItemId, receipt: &Receipt) -> Result<(), PortError> {
        let (key, content) = (id.0.clone(), receipt.to_json().to_string());
        let ending = match receipt.state {
            DeliveryState::Archived | DeliveryState::PartlyArchived => Some(Ending::TakenIn),
            DeliveryState::Refused | DeliveryState::Failed => Some(Ending::Refused),
            DeliveryState::Received | DeliveryState::Waiting => None,
        };
        let done = self.work("jobbnorge.answer", move |folder| match ending {
            Some(ending) => folder.finish(&key, ending, content.as_bytes()),
            None => folder.note(&key, content.as_bytes()),
        });
        done.await?.map_err(|error| sender("jobbnorge.answer", &error))
    }

    async fn check(&self) -> Result<(), PortError> {
        let readable = self.work("jobbnorge.check", DropFolder::check).await?;
        readable.map_err(|error| sender("jobbnorge.check", &error))
    }
}

/// Reads the delivery and compares what it names with what is there.
fn read(taken: &Taken, id: &str) -> Result<ReadDelivery, DropError> {
    let delivery = match Delivery::read(taken.manifest()) {
        Ok(delivery) => delivery,
        Err(faults) => {
            let id = told_id(taken.manifest()).unwrap_or_else(|| id.to_owned());
            return Ok(ReadDelivery::Faulty { id, faults });
        }
    };
    let named = paths(&delivery, id);
    let fault = match taken.files() {
        Ok(files) if files.iter().all(|file| named.contains(file)) => {
            return Ok(ReadDelivery::Sound(Box::new(delivery)));
        }
        Ok(_) => Fault::invalid("", "has a file beside it that it does not name; name it or leave it out"),
        Err(error) if error.is_the_senders() => fault(&error, ""),
        Err(error) => return Err(error),
    };
    Ok(ReadDelivery::Faulty { id: delivery.id, faults: vec![fault] })
}

/// The id of a delivery that cannot be read otherwise.
pub(super) fn told_id(manifest: &[u8]) -> Option<String> {
    let value: serde_json::Value = serde_json::from_slice(manifest).ok()?;
    let id = value.get("leveranseId")?.as_str()?;
    let sound = (1..=128).contains(&id.chars().count()) && !id.chars().any(char::is_control);
    sound.then(|| id.to_owned())
}

/// The file of each document: by its name, or by the document's number where the delivery was pushed.
fn paths(delivery: &Delivery, id: &str) -> Vec<String> {
    let pushed = came_by_network(id);
    let path = |(index, document): (usize, &DeliveredDocument)| {
        let file = document.file.as_ref()?;
        Some(if pushed { file_name(index) } else { file.name.expose().nfc().collect() })
    };
    delivery.documents.iter().enumerate().map(|document| path(document).unwrap_or_default()).collect()
}

fn fault(error: &DropError, pointer: impl Into<String>) -> Fault {
    let code = match error {
        DropError::FileMissing => FaultCode::FileMissing,
        DropError::Disk(_) | DropError::Gone => FaultCode::Internal,
        _ => FaultCode::InvalidContent,
    };
    Fault::new(code, pointer, error.to_string())
}

fn sender(operation: &'static str, error: &DropError) -> PortError {
    PortError::new(PortErrorKind::Transient, operation, error.to_string())
}

fn disk(operation: &'static str, error: std::io::Error) -> PortError {
    PortError::new(PortErrorKind::Transient, operation, "the drop folder cannot be read or written").with_source(error)
}

/// How many files of a delivery are open at once: a program may have few.
const OPEN_AT_ONCE: usize = 16;

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::contract::samples;

    #[test]
    fn a_disk_that_fails_is_no_fault_of_the_delivery() {
        let root = tempfile::tempdir().unwrap();
        let drop = FolderDrop::open(root.path()).unwrap();
        let lying = root.path().join("inn/a");
        fs::create_dir(&lying).unwrap();
        fs::write(lying.join(MANIFEST), samples::delivery().to_string()).unwrap();
        let id = drop.folder.waiting().unwrap().remove(0).id;
        let taken = drop.folder.take(&id).unwrap();
        fs::remove_dir_all(root.path().join("arbeid").join(&id)).unwrap();
        assert!(read(&taken, &id).is_err_and(|error| !error.is_the_senders()));
    }
}
