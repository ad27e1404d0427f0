//! Fiks Arkiv: a specialist system, its messages in a queue, and the office. Every answer is held to the published schemas by
//! the simulated system, where these are at hand.

use std::{cell::Cell, sync::Arc};

use sakarkiv_core::{
    case::{CaseKind, CaseStatus},
    identity::{ActorId, UnitId},
    intake::reference,
    journal::EntryKind,
};
use sakarkiv_fiks_arkiv::{FiksArkiv, FiksArkivSettings, Handled, Incoming, MemoryTransport, MessageKind};
use sakarkiv_testkit::simulators::fiks_arkiv::{Attachment, FiksAnswer, FiksArkivSim};
use uuid::Uuid;

use super::world::{Archive, System, cut_off};

const RECEIPT: &str = "arkivering.arkivmelding.opprett.kvittering";

/// The system, the queue between, and the archive.
struct Exchange {
    archive: Archive,
    system: FiksArkivSim,
    queue: Arc<MemoryTransport>,
    service: FiksArkiv,
    handed_on: Cell<usize>,
}

fn building() -> System {
    let mut system = System::new("ebyggesak", "byggesak", CaseKind::Building);
    system.rules.usual.units = [("OPPV".to_owned(), system.unit.clone())].into();
    system.rules.usual.open_codes = true;
    system
}

fn drawing() -> Vec<Attachment> {
    vec![
        Attachment::new("Søknad, tiltak.pdf", "dok-1.pdf", &b"%PDF-1.7 sak"[..]),
        Attachment::new("Tegning.pdf", "dok-2.pdf", &b"%PDF-1.7 tegning"[..]),
    ]
}

impl Exchange {
    fn over(archive: Archive) -> Self {
        let system = FiksArkivSim::new(Uuid::from_u128(0x4b4b), "eByggesak");
        let queue = Arc::new(MemoryTransport::new());
        let service = service(&archive, &system, &queue);
        Self { archive, system, queue, service, handed_on: Cell::new(0) }
    }

    fn both() -> [Self; 2] {
        Archive::both(&building()).map(Self::over)
    }

    /// Carries messages and answers, and lets the archive answer, until nothing moves.
    async fn settle(&self) {
        while self.carry() {
            while !matches!(self.service.step().await, Ok(Handled::Nothing)) {}
            self.hand_on();
        }
    }

    /// Puts what the system sent into the queue. Tells whether there was anything.
    fn carry(&self) -> bool {
        let mut any = false;
        while let Some(waiting) = self.system.next() {
            let mut message = Incoming::new(waiting.id, MessageKind::read(&waiting.kind), waiting.sender);
            message.correlation = Some(waiting.correlation);
            let files = waiting.files.into_iter();
            let files = files.map(|name| (name.clone(), self.system.file(waiting.id, &name).unwrap()));
            self.queue.deliver(message, files.collect::<Vec<_>>());
            any = true;
        }
        any
    }

    /// Hands the archive's answers on. Where one is lost, the message comes again.
    fn hand_on(&self) {
        let sent = self.queue.sent();
        for message in sent.iter().skip(self.handed_on.get()) {
            let to = message.answers.unwrap();
            let mut answer = FiksAnswer::new(to, &message.kind.name());
            answer.correlation.clone_from(&message.correlation);
            answer.files.clone_from(&message.files);
            let arrived = self.system.take(answer);
            if arrived && self.system.outcome(to).is_some() {
                self.system.acknowledge(to);
            }
        }
        self.handed_on.set(sent.len());
        self.system.redeliver();
    }

    /// The archive's process ends; another one takes over, and the queue delivers what was not acknowledged.
    fn restart(&mut self) {
        self.service = FiksArkiv::new(Arc::clone(&self.queue) as _, self.archive.clock.port(), settings());
        self.archive.restart();
        self.service = service(&self.archive, &self.system, &self.queue);
        self.queue.redeliver();
    }

    fn outcome(&self, message: Uuid) -> String {
        self.system.outcome(message).map(|answer| answer.tail().to_owned()).unwrap_or_default()
    }
}

fn settings() -> FiksArkivSettings {
    let mut settings = FiksArkivSettings::default();
    settings.pause = std::time::Duration::ZERO;
    settings
}

fn service(archive: &Archive, system: &FiksArkivSim, queue: &Arc<MemoryTransport>) -> FiksArkiv {
    FiksArkiv::new(Arc::clone(queue) as _, archive.clock.port(), settings()).with_desk(system.account(), archive.desk())
}

#[tokio::test]
async fn a_building_case_goes_from_its_application_to_its_end_in_the_archive() {
    for exchange in Exchange::both() {
        let system = &exchange.system;
        let opened = system.open_case("sak/1", "Tiltak på eiendom");
        let filed = system.file_entry("sak/1", "dok/1", "Søknad om tiltak", &drawing());
        exchange.settle().await;
        assert_eq!(system.complaints(), [""; 0]);
        assert_eq!([exchange.outcome(opened), exchange.outcome(filed)], [RECEIPT; 2]);
        let receipt = system.outcome(opened).unwrap();
        assert_eq!((receipt.text("saksaar"), receipt.text("sakssekvensnummer")), (Some("2026"), Some("1")));

        let (case, entries) = exchange.archive.only_case().await;
        assert!(case.external_keys().contains(&reference::matrikkel("1804", 138, 2211, 0, 0)), "the property is kept");
        assert_eq!((entries[0].kind(), entries[0].documents().len()), (EntryKind::Incoming, 2));
        assert_eq!(exchange.archive.content(&entries[0], 1).await, b"%PDF-1.7 tegning");

        let retitled = system.retitle_entry("dok/1", "Søknad om tiltak, rettet");
        let signed_off = system.sign_off("dok/1");
        exchange.settle().await;
        let closed = system.close_case("sak/1");
        exchange.settle().await;
        assert_eq!(system.complaints(), [""; 0]);
        assert_eq!(exchange.outcome(retitled), "arkivering.arkivmelding.oppdater.kvittering");
        assert_eq!(exchange.outcome(signed_off), "arkivering.avskrivning.opprett.kvittering");
        assert_eq!(exchange.outcome(closed), "arkivering.arkivmelding.oppdater.kvittering");
        let (case, entries) = exchange.archive.only_case().await;
        assert_eq!(entries[0].title().expose(), "Søknad om tiltak, rettet");
        assert!(entries[0].screening().is_some_and(|screening| screening.code().as_str() == "UO"));
        assert!(!entries[0].is_outstanding());
        assert_eq!(case.status(), CaseStatus::HandlerClosed, "the archive closes it for good");

        let service = ActorId::new("svc-ebyggesak").unwrap();
        let log = exchange.archive.log().await;
        let of_service = log.iter().filter(|record| record.event.actor == service).count();
        assert!(of_service >= 5, "what the system did stands in the log under its service user");
    }
}

#[tokio::test]
async fn what_is_in_the_archive_is_found_read_and_searched_for() {
    for exchange in Exchange::both() {
        let system = &exchange.system;
        system.file_case_and_entry("sak/1", "dok/1", "Søknad <om> \"tiltak\" & mer", &drawing());
        exchange.settle().await;
        let before = exchange.archive.changes().await;
        let case = system.ask_for_case("sak/1");
        let entry = system.ask_for_entry("dok/1");
        let missing = [system.ask_for_case("sak/9"), system.ask_for_entry("dok/9"), system.close_case("sak/9")];
        let searches: Vec<Uuid> = ["noekler", "minimum", "utvidet"]
            .iter()
            .flat_map(|response| [system.search_case("sak/1", response), system.search_entry("dok/1", response)])
            .collect();
        let nothing = system.search_case("sak/9", "minimum");
        let codes = ["saksstatus", "journalposttype", "mappetype"].map(|list| system.ask_for_codes(list));
        exchange.settle().await;
        assert_eq!(system.complaints(), [""; 0]);
        assert_eq!(exchange.outcome(case), "innsyn.mappe.hent.resultat");
        let shown = system.outcome(entry).unwrap();
        assert_eq!(shown.text("korrespondansepartNavn"), Some("Prøvedal Bygg AS"));
        for message in missing {
            assert_eq!(exchange.outcome(message), "feilmelding.ikkefunnet");
        }
        for search in searches {
            assert_eq!(system.outcome(search).unwrap().text("count"), Some("1"));
        }
        assert_eq!(system.outcome(nothing).unwrap().text("count"), Some("0"));
        for list in codes {
            assert_eq!(exchange.outcome(list), "innsyn.kodeliste.hent.resultat");
        }
        assert_eq!(exchange.archive.changes().await, before, "looking changes nothing");
    }
}

#[tokio::test]
async fn a_file_is_added_to_a_document_and_given_by_its_id() {
    for exchange in Exchange::both() {
        let system = &exchange.system;
        system.file_case_and_entry("sak/1", "dok/1", "Søknad", &drawing());
        exchange.settle().await;
        let document = exchange.archive.only_case().await.1[0].documents()[1].document.id().to_string();
        let redacted = Attachment::new("Tegning, sladdet.pdf", "dok-3.pdf", &b"%PDF-1.7 sladdet"[..]);
        let added = system.add_file(&document, "O", None, &redacted);
        exchange.settle().await;
        let receipt = system.outcome(added).unwrap();
        assert_eq!(receipt.text("opprettetAv"), Some("svc-ebyggesak"));
        let asked = [receipt.text("systemID").unwrap(), &document].map(|id| system.ask_for_file(id));
        exchange.settle().await;
        let given = asked.map(|message| system.outcome(message).unwrap().files.remove(0));
        let wanted = [("Tegning, sladdet.pdf", "%PDF-1.7 sladdet"), ("Tegning.pdf", "%PDF-1.7 tegning")];
        assert_eq!(given, wanted.map(|(name, content)| (name.to_owned(), content.into())));
        assert_eq!(system.complaints(), [""; 0]);
    }
}

#[tokio::test]
async fn repeats_and_lost_answers_change_nothing_twice() {
    for exchange in Exchange::both() {
        let system = &exchange.system;
        let opened = system.open_case("sak/1", "Tiltak");
        exchange.settle().await;
        let filed = system.file_entry("sak/1", "dok/1", "Søknad", &drawing());
        system.lose_answers(3);
        exchange.settle().await;
        system.sign_off("dok/1");
        exchange.settle().await;
        let taken_back = system.undo_sign_off("dok/1", "1");
        system.lose_answers(3);
        exchange.settle().await;
        let (cases, changes) = (exchange.archive.cases().await, exchange.archive.changes().await);
        for message in [opened, filed, taken_back, filed] {
            system.repeat(message);
        }
        let again = system.file_case_and_entry("sak/1", "dok/1", "Søknad", &drawing());
        exchange.settle().await;
        assert_eq!(exchange.outcome(again), RECEIPT);
        assert_eq!((cases.len(), cases[0].1.len(), cases[0].1[0].sign_offs().len()), (1, 1, 0));
        assert_eq!(exchange.archive.changes().await, changes);
        assert_eq!(exchange.archive.cases().await, cases);
        assert_eq!(system.complaints(), [""; 0], "what came again was answered as before");
    }
}

#[tokio::test]
async fn a_process_that_dies_over_a_message_leaves_all_of_it_or_nothing_and_the_next_one_answers() {
    for after in 1..24 {
        let mut exchange = Exchange::over(Archive::on_disk(building()));
        let filed = exchange.system.file_case_and_entry("sak/1", "dok/1", "Søknad", &drawing());
        exchange.carry();
        cut_off(exchange.service.step(), after).await;
        exchange.restart();
        let left = exchange.archive.cases().await;
        assert!(left.iter().all(|(_, entries)| entries.len() == 1), "half of it is there, cut off after {after}");
        while !matches!(exchange.service.step().await, Ok(Handled::Nothing)) {}
        exchange.hand_on();
        exchange.settle().await;
        assert_eq!(exchange.outcome(filed), RECEIPT, "cut off after {after}");
        let (_, entries) = exchange.archive.only_case().await;
        assert_eq!((entries.len(), entries[0].documents().len()), (1, 2));
        assert_eq!(exchange.system.complaints(), [""; 0]);
    }
}

#[tokio::test]
async fn a_system_that_nobody_registered_and_one_outside_its_rights_are_told_so_and_leave_nothing() {
    for exchange in Exchange::both() {
        let stranger = FiksArkivSim::new(Uuid::from_u128(0xBAD), "Ukjent");
        let message = stranger.open_case("sak/1", "Tiltak");
        let waiting = stranger.next().unwrap();
        let files = waiting.files.iter().map(|name| (name.clone(), stranger.file(message, name).unwrap()));
        let incoming = Incoming::new(message, MessageKind::read(&waiting.kind), waiting.sender);
        exchange.queue.deliver(incoming, files.collect::<Vec<_>>());
        while !matches!(exchange.service.step().await, Ok(Handled::Nothing)) {}
        let kinds: Vec<MessageKind> = exchange.queue.sent().iter().map(|sent| sent.kind.clone()).collect();
        assert_eq!(kinds, [MessageKind::Invalid]);
        assert!(exchange.archive.cases().await.is_empty());
    }
    let mut system = building();
    system.rules.usual.units = [("OPPV".to_owned(), UnitId::new("barnevern").unwrap())].into();
    for archive in Archive::both(&system) {
        let exchange = Exchange::over(archive);
        let opened = exchange.system.open_case("sak/1", "Tiltak");
        exchange.settle().await;
        assert_eq!(exchange.outcome(opened), "feilmelding.ugyldigforespoersel");
        assert!(exchange.archive.cases().await.is_empty());
        assert_eq!(exchange.system.complaints(), [""; 0]);
    }
}
