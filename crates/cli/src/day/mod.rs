//! A municipality's mail day, end to end: the real office in a process of its own on the embedded store, faithful
//! simulators of the other side, a plan made from a seed, and at the end a comparison of what the store says with what the
//! other side saw.

mod chart;
mod confidential;
mod content;
mod figures;
mod log_proof;
pub(crate) mod office;
mod plan;
mod process;
mod protocol;
mod publication;
mod random;
mod report;
mod rights;
mod specialists;
mod town;
mod verdict;
mod world;

use std::{
    io::IsTerminal,
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
    time::Duration,
};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use sakarkiv::{
    CheckpointFile,
    core::identity::{IdError, InboxId, Timestamp},
    sqlite::SqliteStore,
};
use thiserror::Error;

use self::{
    figures::{Figures, clock_face},
    plan::{Event, Plan},
    process::{OfficeProcess, ProcessError},
    protocol::{Answer, Order},
    random::Random,
    report::Report,
    specialists::{Act, Senders},
    town::Town,
    verdict::{Ledger, Verdict},
    world::World,
};
use crate::DayArgs;

/// Why the day could not be played to its end.
#[derive(Debug, Error)]
enum DayError {
    #[error("the folder `{0}` is not empty: choose another for --keep")]
    NotEmpty(PathBuf),
    #[error("the day's folder cannot be used: {0}")]
    Folder(#[from] std::io::Error),
    #[error(transparent)]
    Town(#[from] town::TownError),
    #[error(transparent)]
    World(#[from] world::WorldError),
    #[error(transparent)]
    Process(#[from] ProcessError),
    #[error("the store cannot be read: {0}")]
    Open(#[from] sakarkiv::sqlite::OpenError),
    #[error("the store cannot be read: {0}")]
    Store(#[from] sakarkiv::core::ports::StoreError),
    #[error(transparent)]
    Public(#[from] publication::PublicError),
    #[error(transparent)]
    Proof(#[from] log_proof::ProofError),
    #[error(transparent)]
    Specialists(#[from] specialists::SpecialistsError),
    #[error(transparent)]
    Report(#[from] report::ReportError),
    #[error(transparent)]
    Id(#[from] IdError),
}

/// Plays the day and tells how it went; the last line is the verdict.
pub(crate) async fn run(args: &DayArgs) -> ExitCode {
    match play(args).await {
        Ok(verdict) => {
            println!("{}", verdict.line());
            if verdict.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        Err(error) => {
            println!("day: FAILED {error}");
            ExitCode::FAILURE
        }
    }
}

async fn play(args: &DayArgs) -> Result<Verdict, DayError> {
    let folder = Folder::open(args.keep.as_deref())?;
    let town = Town::new()?;
    let plan = Plan::new(args.seed, &town, args.kills)?;
    let mut world = World::open(&town, plan.begins).await?;
    world.register(&town, folder.path())?;
    println!("a mail day for {} archives, seed {}: {} events", town.tenants.len(), args.seed, plan.events.len());

    let office = OfficeProcess::new(std::env::current_exe()?, folder.path().join("office.toml"));
    let employer = &town.with_specialists()?.organisation;
    let mut director = Director {
        town: &town,
        office,
        senders: Senders::open(folder.path(), args.seed, &world.clock, employer)?,
        ledger: Ledger::default(),
        random: Random::new(args.seed ^ 0x6b69_6c6c),
        progress: Progress::new(&plan),
    };
    director.play(&plan, &mut world).await?;
    let exports = director.export(folder.path(), plan.ends).await?;
    let unopened = director.unopened(plan.ends).await?;
    let held = CheckpointFile::read(&folder.path().join(world::CHECKPOINTS))?;
    let Director { office, ledger, progress, senders, .. } = director;
    let kills = office.stop(plan.ends).await?;
    progress.done();

    let store = Arc::new(SqliteStore::open(folder.path().join("store"))?);
    let inbox = InboxId::new(world::INBOX)?;
    let figures = Figures::read(&*store, &town.tenants, &inbox).await?;
    let mut verdict = verdict::judge(&ledger, &figures, &world, &*store, &inbox, plan.begins).await?;
    verdict::reports(&folder.path().join(world::REPORTS), &town, &plan, &mut verdict);
    let scene = specialists::Scene {
        store: &store,
        tenant: &town.with_specialists()?.id,
        inbox: &inbox,
        world: &world,
        begins: plan.begins,
        folder: folder.path(),
    };
    let handed_in = specialists::judge(&scene, &senders, &mut verdict).await?;
    let proof = log_proof::prove(&exports, &held, world.log_key(), &mut verdict)?;
    let outcome = publication::Outcome {
        town: &town,
        ledger: &ledger,
        figures: &figures,
        store: &store,
        clock: &world.clock,
        folder: folder.path(),
        begins: plan.begins,
    };
    let public = publication::prove(&world.public, &outcome, &mut verdict).await?.to_string();
    let notices =
        std::fs::read_to_string(folder.path().join("store/notices.jsonl")).unwrap_or_default().lines().count();
    let report = Report {
        seed: args.seed,
        kills,
        notices,
        requests: world.requests(),
        town: &town,
        figures: &figures,
        verdict: &verdict,
        begins: plan.begins,
        stories: &[&handed_in, &public],
    };
    let page = folder.path().join("report.html");
    report.write(&page)?;
    println!("{}", report.text());
    println!("{unopened}");
    println!("{handed_in}");
    println!("{}", proof.line());
    println!("{public}");
    if folder.is_kept() {
        println!("store and report: {}", folder.path().display());
    }
    Ok(verdict)
}

/// Lets the day happen, event by event, minute by minute.
struct Director<'a> {
    town: &'a Town,
    office: OfficeProcess,
    senders: Senders,
    ledger: Ledger,
    random: Random,
    progress: Progress,
}

impl Director<'_> {
    async fn play(&mut self, plan: &Plan, world: &mut World) -> Result<(), DayError> {
        let mut events = plan.events.iter().peekable();
        let mut now = plan.begins;
        while now < plan.ends {
            while let Some((_, event)) = events.next_if(|(at, _)| *at <= now) {
                self.happen(event, plan, world, now).await?;
            }
            self.senders.carry()?;
            self.settle(world, now).await?;
            self.progress.at(now, &self.ledger, world);
            now += step(now, plan.begins);
        }
        Ok(())
    }

    async fn happen(&mut self, event: &Event, plan: &Plan, world: &mut World, now: Timestamp) -> Result<(), DayError> {
        match event {
            Event::Mail(mail) => world.deliver(self.town, mail.clone()),
            Event::Letter(letter) => {
                if let Answer::Accepted(id) = self.office.order(&Order::Letter(Box::new(letter.clone())), now).await? {
                    self.ledger.letters.insert(id, letter.clone());
                }
            }
            Event::Note(note) => {
                if let Answer::Noted(case) = self.office.order(&Order::Note(note.clone()), now).await? {
                    *self.ledger.notes.entry((note.tenant.clone(), case)).or_default() += 1;
                }
            }
            Event::Rights(step) => {
                let order = Order::Rights { tenant: self.town.child_files()?.clone(), step: *step };
                self.office.order(&order, now).await?;
            }
            Event::Specialists(Act::Office(step)) => {
                let order = Order::Specialists { tenant: self.town.with_specialists()?.id.clone(), step: *step };
                if let Answer::Filed(filed) = self.office.order(&order, now).await? {
                    self.senders.answered(*step, filed);
                }
            }
            Event::Specialists(act) => self.senders.act(*act)?,
            Event::Public(moment) => {
                world.public.happen(*moment);
                if let publication::Moment::Step(step) = moment {
                    for tenant in self.town.tenants.iter().filter(|tenant| publication::publishes(tenant)) {
                        let order = Order::Publication { tenant: tenant.id.clone(), step: *step };
                        self.office.order(&order, now).await?;
                    }
                }
            }
            Event::OutageBegins => {
                let ends = plan.events.iter().find(|(_, event)| matches!(event, Event::OutageEnds));
                world.outage(ends.map_or(now, |(at, _)| *at));
            }
            Event::OutageEnds => {}
            Event::OwnConfidentialMail => {
                for tenant in self.town.tenants.iter().filter(|tenant| tenant.altinn.is_some()) {
                    confidential::own_mail(&world.altinn, tenant.organisation.as_str());
                }
            }
            Event::AltinnOutage => confidential::outage(&world.altinn, now),
            Event::ReminderIsRead => confidential::read_reminder(&world.altinn),
            Event::Kill => self.office.kill_after(Duration::from_micros(self.random.between(0, 30_000))),
        }
        Ok(())
    }

    /// Has the logs of the archive with the child files exported.
    async fn export(&mut self, folder: &Path, now: Timestamp) -> Result<Vec<PathBuf>, DayError> {
        let order = Order::Export { tenant: self.town.child_files()?.clone(), folder: folder.to_owned() };
        match self.office.order(&order, now).await? {
            Answer::Exported(files) => Ok(files),
            _ => Ok(Vec::new()),
        }
    }

    /// What lies unopened in the end, in the archive that sends by Altinn too.
    async fn unopened(&mut self, now: Timestamp) -> Result<String, DayError> {
        let Some(tenant) = self.town.tenants.iter().find(|tenant| tenant.altinn.is_some()) else {
            return Ok(String::new());
        };
        let order = Order::Unopened { tenant: tenant.id.clone() };
        match self.office.order(&order, now).await? {
            Answer::Unopened(table) => Ok(table),
            _ => Ok(String::new()),
        }
    }

    /// Sets both clocks and waits until nothing more can be done at this moment.
    async fn settle(&mut self, world: &World, now: Timestamp) -> Result<(), DayError> {
        world.clock.set(now);
        let mut order = Order::Advance(now);
        for _ in 0..LOOKS {
            match self.office.order(&order, now).await? {
                Answer::Busy { in_flight, due } if due || in_flight > world.stalled() => order = Order::Look,
                _ => break,
            }
        }
        Ok(())
    }
}

/// A minute by day, ten at night and while the last letters come to rest.
fn step(now: Timestamp, begins: Timestamp) -> chrono::Duration {
    let minutes = if now - begins < chrono::Duration::hours(14) { 1 } else { 10 };
    chrono::Duration::minutes(minutes)
}

/// How often the office is asked whether it is done with a moment, before the clock moves on all the same.
const LOOKS: u32 = 8;

/// The folder of store and report; removed at the end unless it was asked for.
enum Folder {
    Kept(PathBuf),
    Passing(tempfile::TempDir),
}

impl Folder {
    fn open(keep: Option<&Path>) -> Result<Self, DayError> {
        let Some(folder) = keep else { return Ok(Self::Passing(tempfile::tempdir()?)) };
        std::fs::create_dir_all(folder)?;
        if std::fs::read_dir(folder)?.next().is_some() {
            return Err(DayError::NotEmpty(folder.to_owned()));
        }
        Ok(Self::Kept(std::path::absolute(folder)?))
    }

    fn path(&self) -> &Path {
        match self {
            Self::Kept(path) => path,
            Self::Passing(folder) => folder.path(),
        }
    }

    const fn is_kept(&self) -> bool {
        matches!(self, Self::Kept(_))
    }
}

/// A moving bar on a terminal, a line for every two simulated hours elsewhere.
struct Progress {
    bar: ProgressBar,
    begins: Timestamp,
    next_line: Option<Timestamp>,
}

impl Progress {
    fn new(plan: &Plan) -> Self {
        let minutes = u64::try_from((plan.ends - plan.begins).num_minutes()).unwrap_or_default();
        let terminal = std::io::stderr().is_terminal();
        let target = if terminal { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(Some(minutes), target);
        if let Ok(style) = ProgressStyle::with_template("{bar:40} {msg}") {
            bar.set_style(style);
        }
        Self { bar, begins: plan.begins, next_line: (!terminal).then_some(plan.begins) }
    }

    fn at(&mut self, now: Timestamp, ledger: &Ledger, world: &World) {
        let message = || {
            let (letters, mail) = (ledger.letters.len(), world.mail.len());
            format!("{}  {letters} letters handed in, {mail} mails arrived", clock_face(now))
        };
        if self.next_line.is_some_and(|next| now >= next) {
            println!("{}", message());
            let busy = now - self.begins < chrono::Duration::hours(14);
            self.next_line = Some(now + chrono::Duration::hours(if busy { 2 } else { 24 }));
        }
        self.bar.set_position(u64::try_from((now - self.begins).num_minutes()).unwrap_or_default());
        self.bar.set_message(message());
    }

    fn done(&self) {
        self.bar.finish_and_clear();
    }
}
