use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use sakarkiv_core::{
    document::BlobRef,
    identity::{SourceId, TenantId},
    intake::Consignment,
    ports::{
        Answer, Blobs, ByteStream, Clock, ConsignmentSource, Fetched, ItemId, PortError, PortErrorKind,
        SourceCapabilities, Waiting,
    },
};

use super::{ReadDelivery, RecruitmentSource};
use crate::{
    answering,
    config::RecruitmentConfig,
    contract::{Delivery, Fault, FaultCode, FileRef, Receipt},
    mapping::{Prepared, consignment_key},
};

/// A recruitment system as a source of consignments: what the office asks.
///
/// ```
/// use std::sync::Arc;
/// use sakarkiv_core::{identity::SourceId, ports::Clock};
/// use sakarkiv_jobbnorge::{RecruitmentConfig, source::{FolderDrop, Recruitment}};
///
/// fn source(config: RecruitmentConfig, clock: Arc<dyn Clock>) -> Result<Recruitment<FolderDrop>, Box<dyn std::error::Error>> {
///     let folder = FolderDrop::open("/srv/rekruttering")?;
///     Ok(Recruitment::new(SourceId::new("jobbnorge")?, config, Arc::new(folder), clock))
/// }
/// ```
#[derive(Debug)]
pub struct Recruitment<S> {
    id: SourceId,
    config: RecruitmentConfig,
    source: Arc<S>,
    clock: Arc<dyn Clock>,
}

impl<S: RecruitmentSource> Recruitment<S> {
    /// A source under its registered name.
    #[must_use]
    pub const fn new(id: SourceId, config: RecruitmentConfig, source: Arc<S>, clock: Arc<dyn Clock>) -> Self {
        Self { id, config, source, clock }
    }

    /// The way in that it asks.
    #[must_use]
    pub const fn way_in(&self) -> &Arc<S> {
        &self.source
    }

    /// Brings the files in and makes the consignment; or says which files are not what the delivery says they are.
    async fn consign(
        &self,
        tenant: &TenantId,
        id: &ItemId,
        prepared: &Prepared<'_>,
        blobs: &dyn Blobs,
    ) -> Result<Result<Consignment, Vec<Fault>>, PortError> {
        let delivery = prepared.delivery();
        let key = match consignment_key(delivery) {
            Ok(key) => key,
            Err(fault) => return Ok(Err(vec![fault])),
        };
        let wanted: Vec<_> = prepared.wanted().collect();
        let (mut stored, mut faults) = (Vec::new(), Vec::new());
        for piece in wanted.chunks(self.source.open_at_once().max(1)) {
            let documents: Vec<usize> = piece.iter().map(|(index, _)| *index).collect();
            let opened = self.source.open(id, delivery, &documents).await?;
            for ((index, file), content) in piece.iter().zip(opened) {
                match stored_as(tenant, *index, file, content, blobs).await? {
                    Ok(blob) => stored.push((*index, blob)),
                    Err(fault) => faults.push(fault),
                }
            }
        }
        if !faults.is_empty() {
            return Ok(Err(faults));
        }
        let blob = |index: usize| -> Option<BlobRef> {
            stored.iter().find(|(stored, _)| *stored == index).map(|(_, blob)| *blob)
        };
        Ok(Ok(prepared.consignment(self.id.clone(), key, &self.config, blob)))
    }

    /// The receipt for what became of a delivery that can be read.
    fn receipt(&self, delivery: &Delivery, answer: &Answer) -> Receipt {
        let now = self.clock.now();
        let prepared = delivery.prepare(&self.config, self.source.binding());
        match (answer, prepared) {
            (Answer::Received(taken), Ok(prepared)) => prepared.receipt(taken),
            // Taken in under rules that have changed since: the numbers are told all the same.
            (Answer::Received(taken), Err(_)) => {
                let state = crate::contract::DeliveryState::Archived;
                Receipt::new(delivery.id.clone(), state, taken.at)
            }
            (Answer::Rejected(rejection), Ok(prepared)) => prepared.refusal(rejection, now),
            (Answer::Rejected(rejection), Err(_)) => answering::refusal_of(delivery, rejection, now),
            (Answer::SetAside { reason }, _) => answering::set_aside(&delivery.id, reason, now),
            (_, _) => answering::set_aside(&delivery.id, "an answer of a newer kind", now),
        }
    }
}

#[async_trait]
impl<S: RecruitmentSource> ConsignmentSource for Recruitment<S> {
    fn id(&self) -> &SourceId {
        &self.id
    }

    fn capabilities(&self) -> SourceCapabilities {
        SourceCapabilities::new(FETCH_TIMEOUT, POLL_INTERVAL)
    }

    async fn list(&self) -> Result<Vec<Waiting>, PortError> {
        if self.config.mode.is_open(self.clock.now()) { self.source.waiting().await } else { Ok(Vec::new()) }
    }

    async fn fetch(&self, tenant: &TenantId, id: &ItemId, blobs: Arc<dyn Blobs>) -> Result<Fetched, PortError> {
        let delivery = match self.source.delivery(id).await? {
            ReadDelivery::Sound(delivery) => delivery,
            ReadDelivery::Faulty { faults, .. } => return faulty(&faults),
        };
        let prepared = match delivery.prepare(&self.config, self.source.binding()) {
            Ok(prepared) => prepared,
            Err(faults) => return faulty(&faults),
        };
        match self.consign(tenant, id, &prepared, blobs.as_ref()).await? {
            Ok(consignment) => Ok(Fetched::Consignment(Box::new(consignment))),
            Err(faults) => faulty(&faults),
        }
    }

    async fn answer(&self, id: &ItemId, answer: &Answer) -> Result<(), PortError> {
        let receipt = match self.source.delivery(id).await {
            Ok(ReadDelivery::Sound(delivery)) => self.receipt(&delivery, answer),
            Ok(ReadDelivery::Faulty { id, .. }) => match answer {
                Answer::Rejected(rejection) => answering::refusal_unread(&id, rejection, self.clock.now()),
                Answer::SetAside { reason } => answering::set_aside(&id, reason, self.clock.now()),
                _ => Receipt::new(id, crate::contract::DeliveryState::Archived, self.clock.now()),
            },
            // Not waiting any more: it was told before.
            Err(error) if error.kind() == PortErrorKind::Rejected => return Ok(()),
            Err(error) => return Err(error),
        };
        self.source.acknowledge(id, &receipt).await
    }

    async fn check(&self) -> Result<(), PortError> {
        self.source.check().await
    }
}

/// Puts a file into the archive, when it is the one that the delivery names.
async fn stored_as(
    tenant: &TenantId,
    index: usize,
    file: &FileRef,
    content: Result<ByteStream, Fault>,
    blobs: &dyn Blobs,
) -> Result<Result<BlobRef, Fault>, PortError> {
    let content = match content {
        Ok(content) => content,
        Err(fault) => return Ok(Err(fault)),
    };
    let differs = || {
        let message = "the bytes are not those that the checksum and size name; send the file again";
        Fault::new(FaultCode::ChecksumDiffers, format!("/dokumenter/{index}/fil"), message)
    };
    match blobs.put(tenant, content, file.size).await {
        Ok(blob) if blob.hash == file.hash && blob.size == file.size => Ok(Ok(blob)),
        // What was put is named by no transaction and goes away by itself.
        Ok(_) => Ok(Err(differs())),
        // Longer than it says.
        Err(error) if error.kind() == PortErrorKind::Rejected => Ok(Err(differs())),
        Err(error) => Err(error),
    }
}

fn faulty(faults: &[Fault]) -> Result<Fetched, PortError> {
    let internal = || PortError::new(PortErrorKind::Transient, "jobbnorge.fetch", "a refusal without a fault");
    answering::rejection_of(faults).map(Fetched::Faulty).ok_or_else(internal)
}

/// A delivery may have hundreds of files.
const FETCH_TIMEOUT: Duration = Duration::from_secs(30 * 60);

/// Nobody waits for an appointment case by the second.
const POLL_INTERVAL: Duration = Duration::from_secs(60);
