//! One town, from its seed to where its mail came to.

use std::sync::Arc;

use async_trait::async_trait;
use futures_util::{StreamExt, stream};
use http::{Request, Response};
use sakarkiv_core::{
    case::{CaseKind, NewCase},
    delivery::{LetterDocument, LetterOptions, Priority, Sender},
    document::{FileName, MediaType},
    identity::{CaseId, ChannelId, OrganisationNumber, PostalAddress},
    journal::{EntryKind, EntryStatus, NewEntry},
    ports::{Assigned, Channel, Clock, Store, StoreError, Transaction},
    routing::RoutingPolicy,
    screening::Private,
};
use sakarkiv_engine::{Dispatches, RecordsOffice, Submission, TenantSetup};
use sakarkiv_http::{Body, HttpError, HttpService};
use sakarkiv_testkit::{
    doubles::{ManualClock, RecordingNotifier, SeededEntropy},
    memory::{HookedStore, MemoryDisk, MemoryStore, StoreHook},
    simulators::{
        Answer, AnswerBody, Contact, Fault, InProcess, Operation, OrganisationFacts, Registration, Tamper, Target,
        When,
        altinn::{Access, AltinnSim, Holder, PartyFacts, Verdict},
    },
};
use tokio::task::yield_now;
use uuid::Uuid;

use super::{
    chance::Chance,
    flaws::{Flaw, Known},
    oracle::Landed,
    plan::{CASES, Plan, Planned, System, letter_of},
};
use crate::{
    altinn::world as altinn,
    office_over_simulators::world::{archivist, head_archivist, minutes, tenant, unit},
    outside::{MASKINPORTEN, Outside, SVARUT, account, drive, drive_for, monday},
    svarut_channel::number_of,
};

/// A town as it was played.
#[derive(Debug)]
pub(super) struct Played {
    pub(super) seed: u64,
    pub(super) plan: Plan,
    /// How often the office died.
    pub(super) kills: u64,
    /// Everything that came to a mailbox.
    pub(super) landed: Vec<Landed>,
    /// Sensitive content that more people could see than its mailbox is for.
    pub(super) leaked: Vec<String>,
}

/// Plays the town of a seed with an office that has a flaw, or none.
pub(super) fn play(seed: u64, flaw: Flaw) -> Played {
    let mut town = Town::new(seed, flaw);
    town.live();
    town.played()
}

struct Town {
    seed: u64,
    chance: Chance,
    plan: Plan,
    flaw: Flaw,
    clock: Arc<ManualClock>,
    outside: Outside,
    altinn: altinn::World,
    disk: MemoryDisk,
    entropy: Arc<SeededEntropy>,
    process: Option<Process>,
    cases: Vec<(CaseKind, CaseId)>,
    kills: u64,
}

/// What dies with the office.
struct Process {
    office: RecordsOffice,
    store: Arc<dyn Store>,
}

impl Town {
    fn new(seed: u64, flaw: Flaw) -> Self {
        let chance = Chance::new(seed);
        let plan = Plan::new(&chance);
        let clock = monday();
        let mut outside = Outside::new(Arc::clone(&clock), &[plan.municipality]);
        let sim = AltinnSim::new(clock.port(), &outside.maskinporten);
        outside.network = InProcess::hosts([
            ("maskinporten.test", outside.maskinporten.router()),
            ("svarut.test", outside.svarut.router()),
            ("svarinn.test", outside.svarinn.router()),
            (altinn::HOST, sim.router()),
        ]);
        let network = outside.network.clone();
        let altinn = altinn::World::with(Arc::clone(&clock), outside.maskinporten.clone(), sim, network);
        let mut town = Self {
            seed,
            chance,
            plan,
            flaw,
            clock,
            outside,
            altinn,
            disk: MemoryDisk::default(),
            entropy: Arc::new(SeededEntropy::new(seed)),
            process: None,
            cases: Vec::new(),
            kills: 0,
        };
        town.settle();
        town.start();
        town.open_cases();
        town
    }

    /// Tells the services who lives here.
    fn settle(&self) {
        for organisation in &self.plan.organisations {
            let number = number_of(&organisation.recipient);
            self.outside.svarinn.add_system(&number, "passord", &[]).unwrap();
            let facts = OrganisationFacts { exists: true, confidential_access: organisation.access };
            self.outside.svarut.set_organisation(&number, facts);
            if !organisation.has_leader {
                self.altinn.altinn.set_party(&number, PartyFacts::without_key_role());
            }
            if organisation.access {
                let clerk = Holder::Person("01819000553".to_owned());
                self.altinn.altinn.delegate(&number, Access::confidential(), clerk);
            }
        }
        self.connect_systems();
        for person in &self.plan.persons {
            let number = number_of(&person.recipient);
            self.outside.svarut.set_contact(&number, person.contact);
            if person.contact == Contact::Reserved {
                self.altinn.altinn.set_party(number, PartyFacts::reserved());
            }
        }
    }

    fn connect_systems(&self) {
        for (nth, organisation) in self.plan.organisations.iter().enumerate() {
            let number = number_of(&organisation.recipient);
            let id = Uuid::from_u128(nth as u128 + 1);
            self.outside.svarut.disconnect(&number);
            let everything = Registration::everything(id, number.clone(), number);
            let registration = match organisation.system {
                Some(System::Everything) => everything,
                Some(System::OrdinaryOnly) => everything.only_level(3),
                None => continue,
            };
            self.outside.svarut.connect(&self.outside.svarinn, [registration]);
        }
    }

    /// Starts the office on what is on the disk.
    fn start(&mut self) {
        let municipality = &self.plan.municipality;
        let http: Arc<dyn HttpService> = Arc::new(Halting(self.outside.http()));
        let store: Arc<dyn Store> = Arc::new(MemoryStore::open(&self.disk));
        let store: Arc<dyn Store> = Arc::new(HookedStore::new(store, HaltingStore));
        let svarut = self.outside.channel_over(municipality, Arc::clone(&http), (SVARUT, MASKINPORTEN));
        let at_once = if self.plan.uploads_first { 1 } else { 25_000_000_u64 };
        let altinn = self.altinn.channel_with(http, |config| config["one_call_bytes"] = at_once.into());
        let mut channels: Vec<Arc<dyn Channel>> = vec![Arc::new(svarut), Arc::new(altinn)];
        let mut preferred = vec![ChannelId::new("svarut").unwrap(), ChannelId::new("altinn").unwrap()];
        if self.plan.altinn_first {
            channels.reverse();
            preferred.reverse();
        }
        let routing = match self.plan.confidential_mail {
            true => RoutingPolicy::default(),
            false => RoutingPolicy::without_confidential_service(),
        };
        let known = Known { organisations: self.plan.organisations.clone(), flaw: self.flaw };
        let setup = TenantSetup::new(tenant(municipality))
            .user(head_archivist(municipality))
            .routing(routing.confidential_by(preferred))
            .coverage(Arc::new(known));
        let with = |setup: TenantSetup, channel| setup.channel(self.flaw.channel(channel), [account("byplan")]);
        let builder = RecordsOffice::builder()
            .store(Arc::clone(&store))
            .clock(self.clock.port())
            .entropy(Arc::clone(&self.entropy) as _)
            .notifier(Arc::new(RecordingNotifier::new()))
            .node("office-1")
            .tenant(channels.into_iter().fold(setup, with));
        self.process = Some(Process { office: builder.build().unwrap(), store });
    }

    fn open_cases(&mut self) {
        let process = self.process.as_ref().unwrap();
        let actor = archivist(&self.plan.municipality);
        let desk = process.office.as_user(&actor).unwrap();
        let open = |kind| {
            let case = NewCase::new(kind, "En sak".into(), unit(), actor.id.clone());
            (kind, drive(&self.clock, desk.open_case(case)).unwrap().0)
        };
        self.cases = CASES.into_iter().map(open).collect();
    }

    /// A morning of trouble in which the letters are written, an afternoon, and four days.
    fn live(&mut self) {
        let mut left = self.plan.letters.clone();
        left.reverse();
        for _ in 0..TROUBLED {
            for _ in 0..=self.chance.below(2) {
                if let Some(letter) = left.pop() {
                    self.write(&letter);
                }
            }
            if !self.chance.one_in(3) {
                self.make_trouble();
            }
            self.change();
            self.work(true);
            self.outside.pass(self.chance.minutes(15));
        }
        while let Some(letter) = left.pop() {
            self.write(&letter);
        }
        self.end_trouble();
        for step in [minutes(20); 12].into_iter().chain([minutes(12 * 60); 8]) {
            self.work(self.chance.one_in(4));
            self.outside.pass(step);
        }
        self.work(false);
    }

    /// Hands a letter in, under the same key until somebody has said that it was taken.
    fn write(&mut self, letter: &Planned) {
        loop {
            let turns = if self.chance.one_in(4) { 1 + self.chance.below(12) } else { usize::MAX };
            let process = self.process.as_ref().unwrap();
            if drive_for(&self.clock, turns, self.submit(process, letter)).is_some() {
                return;
            }
            self.die();
        }
    }

    async fn submit(&self, process: &Process, letter: &Planned) {
        let municipality = &self.plan.municipality;
        let actor = archivist(municipality);
        let case = self.cases.iter().find(|(kind, _)| *kind == letter.case).unwrap().1;
        let mut entry = NewEntry::new(EntryKind::Outgoing, "Et brev".into(), actor.id.clone());
        entry.status = EntryStatus::Finished;
        let content = format!("%PDF-1.7 {}", letter.mark()).into_bytes();
        let limit = content.len() as u64;
        let content = stream::iter([Ok(bytes::Bytes::from(content))]).boxed();
        let blob = process.store.put(&tenant(municipality), content, limit).await.unwrap();
        let mut options = LetterOptions::default();
        options.digital_only = letter.digital_only;
        options.known_person = letter.known_person;
        options.ignore_reservation = letter.ignore_reservation;
        let submission = Submission {
            key: letter.mark(),
            dispatches: Dispatches::NewEntry { case, entry },
            sender: Sender {
                account: account("byplan"),
                unit: unit(),
                name: "Byplan".to_owned(),
                organisation: OrganisationNumber::parse(municipality.organisation).unwrap(),
                address: PostalAddress::new(["Prøveveien 1"], "8003", "Bodø").unwrap(),
            },
            recipient: letter.recipient.clone(),
            title: Private::new(format!("Om {}", letter.mark())),
            sensitivity: letter.class,
            priority: Priority::General,
            options,
            documents: vec![LetterDocument {
                file_name: FileName::sanitize("vedtak.pdf"),
                media_type: MediaType::pdf(),
                blob,
                sensitive_personal_data: letter.is_sensitive(),
            }],
        };
        process.office.as_user(&actor).unwrap().submit(submission).await.unwrap();
    }

    /// Lets the office do what is due, and perhaps die over it at any await; another then goes on.
    fn work(&mut self, dangerous: bool) {
        if dangerous && !self.chance.one_in(3) {
            let office = &self.process.as_ref().unwrap().office;
            let turns = 1 + self.chance.below(30);
            if drive_for(&self.clock, turns, office.run_until_idle()).is_some() {
                return;
            }
            self.die();
        }
        drive(&self.clock, self.process.as_ref().unwrap().office.run_until_idle());
    }

    fn die(&mut self) {
        self.process = None;
        self.kills += 1;
        self.start();
    }

    fn make_trouble(&self) {
        let chance = &self.chance;
        let now = self.clock.now();
        let when = match chance.below(5) {
            0 | 1 => When::Next(1 + u32::try_from(chance.below(3)).unwrap()),
            2 => When::Later { skip: u32::try_from(chance.below(4)).unwrap(), strike: 1 },
            3 => When::Every(3),
            _ => When::Window { from: now, until: now + chance.minutes(40) },
        };
        let status = chance.pick(&[400, 401, 403, 404, 409, 413, 422, 429, 500, 502, 503]);
        let fault = match chance.below(12) {
            0 => Fault::DropBefore,
            1 | 2 => Fault::DropAfter,
            3 => Fault::LateEffect(chance.minutes(4)),
            4 => Fault::status(status),
            5 => Fault::AnswerAfter(Answer::new(status).with_body(AnswerBody::Html)),
            6 => Fault::outage(),
            7 => Fault::Slow(chance.minutes(3)),
            8 => Fault::StallAfter(chance.minutes(90)),
            9 => Fault::StallBefore(chance.minutes(90)),
            10 => Fault::Stale(chance.minutes(30)),
            _ => Fault::Tamper(chance.pick(&[
                Tamper::Truncated,
                Tamper::Garbage,
                Tamper::UnknownMembers,
                Tamper::UnknownStatus("NOE_NYTT".to_owned()),
                Tamper::Reordered,
                Tamper::Duplicated,
            ])),
        };
        let by_svarut = [
            Target::Sends,
            Target::Any,
            Operation::ReceiverSystems.into(),
            Operation::FindWithMetadata.into(),
            Operation::Status.into(),
        ];
        let by_altinn = [
            Target::Sends,
            Target::Any,
            Operation::TokenExchange.into(),
            Operation::Correspondences.into(),
            Operation::Overview.into(),
        ];
        match chance.below(7) {
            0..=2 => drop(self.outside.svarut.faults().arm(chance.pick(&by_svarut), when, fault)),
            3..=5 => drop(self.altinn.altinn.faults().arm(chance.pick(&by_altinn), when, fault)),
            _ => drop(self.outside.maskinporten.faults().arm(Operation::Token, when, fault)),
        }
    }

    /// Something that services do of their own accord.
    fn change(&self) {
        let chance = &self.chance;
        let host = chance.pick(&["svarut.test", altinn::HOST, "maskinporten.test"]);
        match chance.below(12) {
            0 | 1 => self.outside.svarut.disconnect(&number_of(&chance.pick(&self.plan.organisations).recipient)),
            2 => self.connect_systems(),
            3 => self.outside.network.disconnect(host),
            4 => self.outside.network.reconnect(host),
            5 => self.outside.maskinporten.revoke_all(),
            6 => self.altinn.altinn.expire_tokens(),
            7 => {
                let verdict = chance.pick(&[Verdict::Malicious, Verdict::Never, Verdict::Clean]);
                self.altinn.altinn.set_verdict("vedtak.pdf", verdict);
            }
            _ => {}
        }
    }

    fn end_trouble(&self) {
        self.outside.svarut.faults().clear();
        self.altinn.altinn.faults().clear();
        self.outside.maskinporten.faults().clear();
        self.altinn.altinn.set_verdict("vedtak.pdf", Verdict::Clean);
        for host in ["svarut.test", altinn::HOST, "maskinporten.test"] {
            self.outside.network.reconnect(host);
        }
    }

    fn played(self) -> Played {
        let landed = self.landed_by_svarut().into_iter().chain(self.landed_by_altinn()).collect();
        let leaked = self.leaked();
        Played { seed: self.seed, plan: self.plan, kills: self.kills, landed, leaked }
    }

    fn landed_by_svarut(&self) -> Vec<Landed> {
        let shipments = self.outside.svarut.shipments();
        let places = shipments.iter().flat_map(|shipment| shipment.landings.iter().map(move |place| (shipment, place)));
        let landed = places.map(|(shipment, place)| Landed {
            by: "SvarUt",
            letter: shipment.files.iter().find_map(|file| letter_of(file.content.as_ref()?)),
            mailbox: place.mailbox,
            whose: shipment.recipient_number.clone(),
            highest_level: shipment.highest_level && shipment.encrypted,
            at: place.at,
        });
        landed.collect()
    }

    fn landed_by_altinn(&self) -> Vec<Landed> {
        let messages = self.altinn.altinn.messages();
        let landed = messages.iter().filter_map(|message| {
            Some(Landed {
                by: "Altinn",
                letter: message.attachments.iter().find_map(|file| letter_of(&file.bytes()?)),
                mailbox: message.mailbox?,
                whose: message.recipient.rsplit(':').next().map(str::to_owned),
                // The services for persons and for confidential mail are such in this world; the ordinary one is not.
                highest_level: message.confidential || message.recipient.contains(":person:"),
                at: message.published()?,
            })
        });
        landed.collect()
    }

    fn leaked(&self) -> Vec<String> {
        let sensitive = self.plan.letters.iter().filter(|letter| letter.is_sensitive());
        sensitive.flat_map(|letter| self.altinn.altinn.leaks(letter.mark())).map(|leak| format!("{leak:?}")).collect()
    }
}

/// A network in which every call is a place to die: before it leaves, and when its answer is there.
#[derive(Debug)]
struct Halting(Arc<dyn HttpService>);

#[async_trait]
impl HttpService for Halting {
    async fn call(&self, request: Request<Body>) -> Result<Response<Body>, HttpError> {
        yield_now().await;
        let answer = self.0.call(request).await;
        yield_now().await;
        answer
    }
}

/// A store in which every commit is one: before it is done, and before anybody has heard of it.
#[derive(Debug)]
struct HaltingStore;

#[async_trait]
impl StoreHook for HaltingStore {
    async fn commit(&self, inner: &dyn Store, transaction: Transaction) -> Result<Vec<Assigned>, StoreError> {
        yield_now().await;
        let assigned = inner.commit(transaction).await;
        yield_now().await;
        assigned
    }
}

/// Steps of the morning.
const TROUBLED: usize = 14;
