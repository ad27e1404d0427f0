//! An archive in memory and a specialist system, with the network between them.

use std::sync::Arc;

use async_trait::async_trait;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use sakarkiv_core::{
    document::{FileName, MediaType},
    intake::{CaseWish, Consignment, ConsignmentKey, DocumentFacts, EntryFacts, FileFacts, PartyFacts, reference},
    journal::{DocumentRole, EntryKind, EntryStatus},
    party::PartyRole,
    ports::{ArchiveDesk, ByteStream, PortError, PortErrorKind},
};
use sakarkiv_fiks_arkiv::{FiksArkiv, FiksArkivSettings, FiksTransport, Handled, Incoming, MessageKind, Outgoing};
use sakarkiv_testkit::{
    doubles::{ManualClock, MemoryDesk},
    simulators::fiks_arkiv::{FiksAnswer, FiksArkivSim},
};
use uuid::Uuid;

const ROOT: &str = "https://ks-no.github.io/standarder/fiks-protokoll/fiks-arkiv";

/// The simulated system as the other end of a transport.
#[derive(Debug)]
pub(crate) struct Wire(pub(crate) FiksArkivSim);

#[async_trait]
impl FiksTransport for Wire {
    async fn receive(&self) -> Result<Option<Incoming>, PortError> {
        Ok(self.0.next().map(|waiting| {
            let mut message = Incoming::new(waiting.id, MessageKind::read(&waiting.kind), waiting.sender);
            message.correlation = Some(waiting.correlation);
            message.files = waiting.files;
            message
        }))
    }

    async fn open(&self, message: Uuid, file: &str) -> Result<ByteStream, PortError> {
        let content = self.0.file(message, file);
        let content = content.ok_or_else(|| PortError::new(PortErrorKind::Rejected, "wire.open", "no such file"))?;
        Ok(stream::iter([Ok(content)]).boxed())
    }

    async fn send(&self, message: Outgoing) -> Result<(), PortError> {
        let mut answer = FiksAnswer::new(message.answers.unwrap_or_default(), &message.kind.name());
        answer.correlation = message.correlation;
        for file in message.files {
            let pieces: Vec<bytes::Bytes> = file.content.try_collect().await?;
            answer.files.push((file.name, pieces.concat().into()));
        }
        match self.0.take(answer) {
            true => Ok(()),
            false => Err(PortError::new(PortErrorKind::Transient, "wire.send", "lost")),
        }
    }

    async fn acknowledge(&self, message: Uuid) -> Result<(), PortError> {
        self.0.acknowledge(message);
        Ok(())
    }

    async fn put_back(&self, message: Uuid) -> Result<(), PortError> {
        self.0.put_back(message);
        Ok(())
    }
}

/// An archive and one system that may write to it.
pub(crate) struct World {
    pub(crate) system: FiksArkivSim,
    pub(crate) desk: Arc<MemoryDesk>,
    pub(crate) archive: FiksArkiv,
}

impl World {
    pub(crate) fn new() -> Self {
        Self::with(FiksArkivSettings::default())
    }

    pub(crate) fn with(mut settings: FiksArkivSettings) -> Self {
        settings.pause = std::time::Duration::ZERO;
        let clock = ManualClock::at("2026-03-02T08:15:00Z");
        let system = FiksArkivSim::new(Uuid::from_u128(0x4b4b), "eByggesak");
        let desk = Arc::new(MemoryDesk::new("ebyggesak", "byggesak", clock.port()));
        let archive = FiksArkiv::new(Arc::new(Wire(system.clone())), clock.port(), settings);
        let archive = archive.with_desk(system.account(), Arc::clone(&desk) as _);
        Self { system, desk, archive }
    }

    /// Registers an internal entry for follow-up, not on record yet, under the key `notat/1`, for two recipients, whose ids are
    /// given.
    pub(crate) async fn note(&self) -> [String; 2] {
        let content = stream::iter([Ok(bytes::Bytes::from_static(b"%PDF-1.7 notat"))]).boxed();
        let content = self.desk.put(content, 100).await.unwrap();
        let file = FileFacts::new(FileName::sanitize("notat.pdf"), MediaType::pdf(), content);
        let mut note = EntryFacts::new("Notat til oppfølging".into());
        note.key = Some(reference::key("eByggesak", reference::ENTRY, "notat/1"));
        note.kind = Some(EntryKind::InternalFollowUp);
        note.status = Some(EntryStatus::Reserved);
        note.parties = vec![PartyFacts::new(PartyRole::InternalRecipient, "Enheten".into()); 2];
        note.documents = vec![DocumentFacts::new(DocumentRole::Main, file)];
        let mut consignment = Consignment::new(self.desk.source().clone(), ConsignmentKey::new("notat").unwrap());
        consignment.case = CaseWish::New;
        consignment.facts.title = Some("Tiltak".into());
        consignment.entries = vec![note];
        let receipt = self.desk.hand_in(&consignment).await.unwrap();
        [0, 1].map(|nth| receipt.entries[0].parties[nth].to_string())
    }

    /// Asks for changes of the case or the entry of a key of the system's, whatever the schema says of them.
    pub(crate) fn change(&self, record: &str, key: &str, changes: &str) -> Uuid {
        let xml = format!(
            "<arkivmeldingOppdatering xmlns=\"{ROOT}/arkivmelding/oppdater/v1\" xmlns:m=\"{ROOT}/metadatakatalog/v1\" \
             xmlns:a=\"{ROOT}/arkivmelding/opprett/v1\" \
             xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"><{record}Oppdateringer><referanseTil{name}>\
             <m:referanseEksternNoekkel><m:fagsystem>eByggesak</m:fagsystem><m:noekkel>{key}</m:noekkel>\
             </m:referanseEksternNoekkel></referanseTil{name}>{changes}</{record}Oppdateringer></arkivmeldingOppdatering>",
            name = if record == "mappe" { "Mappe" } else { "Registrering" },
        );
        self.system.send("arkivering.arkivmelding.oppdater", vec![("arkivmelding.xml".to_owned(), xml.into())])
    }

    /// Looks for cases, whatever the schema says of the conditions.
    pub(crate) fn search(&self, take: usize, conditions: &str) -> Uuid {
        let xml = format!(
            "<sok xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"><system>eByggesak</system><take>{take}</take>\
             <skip>0</skip><sokdefinisjon xsi:type=\"saksmappeSokdefinisjon\"><responstype>noekler</responstype>\
             {conditions}</sokdefinisjon></sok>"
        );
        self.system.send("innsyn.sok", vec![("sok.xml".to_owned(), xml.into())])
    }

    /// Deals with everything that waits, whatever the network does meanwhile.
    pub(crate) async fn settle(&self) {
        for _ in 0..1_000 {
            if matches!(self.archive.step().await, Ok(Handled::Nothing)) {
                return;
            }
        }
        panic!("messages keep coming");
    }

    /// The kind of the last word on a message, without the common prefix.
    pub(crate) fn outcome(&self, message: Uuid) -> String {
        self.system.outcome(message).map(|answer| answer.tail().to_owned()).unwrap_or_default()
    }
}
