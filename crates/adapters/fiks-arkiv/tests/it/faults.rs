//! A transport that fails in its own ways.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering::Relaxed},
};

use async_trait::async_trait;
use sakarkiv_core::ports::{ByteStream, PortError, PortErrorKind};
use sakarkiv_fiks_arkiv::{
    FiksArkiv, FiksArkivSettings, FiksTransport, Handled, Incoming, MemoryTransport, MessageKind, Outgoing,
};
use sakarkiv_testkit::doubles::{ManualClock, MemoryDesk};
use uuid::Uuid;

const OPEN: &str = "<arkivmelding><mappe><tittel>Prøvesak</tittel></mappe></arkivmelding>";

/// Opens files only after so many failures, and reaches nobody if so wished.
#[derive(Debug, Default)]
struct Faulty {
    inner: MemoryTransport,
    closed: AtomicUsize,
    reaches_nobody: bool,
}

#[async_trait]
impl FiksTransport for Faulty {
    async fn receive(&self) -> Result<Option<Incoming>, PortError> {
        self.inner.receive().await
    }

    async fn open(&self, message: Uuid, file: &str) -> Result<ByteStream, PortError> {
        match self.closed.load(Relaxed) {
            0 => self.inner.open(message, file).await,
            left => {
                self.closed.store(left - 1, Relaxed);
                Err(PortError::new(PortErrorKind::Transient, "faulty.open", "the disk is away"))
            }
        }
    }

    async fn send(&self, message: Outgoing) -> Result<(), PortError> {
        if self.reaches_nobody {
            return Err(PortError::new(PortErrorKind::Rejected, "faulty.send", "there is no such account"));
        }
        self.inner.send(message).await
    }

    async fn acknowledge(&self, message: Uuid) -> Result<(), PortError> {
        self.inner.acknowledge(message).await
    }

    async fn put_back(&self, message: Uuid) -> Result<(), PortError> {
        self.inner.put_back(message).await
    }
}

fn archive_over(transport: Faulty) -> (Arc<Faulty>, Arc<MemoryDesk>, FiksArkiv) {
    let (transport, sender) = (Arc::new(transport), Uuid::from_u128(9));
    let clock = ManualClock::at("2026-03-02T08:15:00Z");
    let desk = Arc::new(MemoryDesk::new("proeve", "arkiv", clock.port()));
    let archive = FiksArkiv::new(Arc::clone(&transport) as _, clock.port(), FiksArkivSettings::default())
        .with_desk(sender, Arc::clone(&desk) as _);
    let message = Incoming::new(Uuid::from_u128(1), MessageKind::Create, sender);
    transport.inner.deliver(message, [("arkivmelding.xml".to_owned(), OPEN.into())]);
    (transport, desk, archive)
}

#[tokio::test]
async fn a_message_whose_sender_cannot_be_reached_for_good_is_done_and_done_with() {
    let (transport, desk, archive) = archive_over(Faulty { reaches_nobody: true, ..Faulty::default() });
    let id = Uuid::from_u128(1);
    assert_eq!(archive.step().await.unwrap(), Handled::Unanswered { message: id });
    assert_eq!((archive.step().await.unwrap(), archive.health().unanswered), (Handled::Nothing, 1));
    assert!(transport.inner.is_acknowledged(id) && desk.all_cases().len() == 1);
}

#[tokio::test]
async fn a_message_that_waits_out_trouble_is_announced_once() {
    let (transport, _, archive) = archive_over(Faulty { closed: AtomicUsize::new(3), ..Faulty::default() });
    for _ in 0..3 {
        assert_eq!(archive.step().await.unwrap_err().kind(), PortErrorKind::Transient);
    }
    assert!(matches!(archive.step().await, Ok(Handled::Answered { .. })));
    let sent: Vec<MessageKind> = transport.inner.sent().into_iter().map(|message| message.kind).collect();
    assert_eq!(sent, [MessageKind::CreateTaken, MessageKind::CreateReceipt]);
}
