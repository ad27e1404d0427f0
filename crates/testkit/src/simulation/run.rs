//! One run: processes over one disk, one after the other and beside each other, until everything has ended.

use std::{
    collections::BTreeMap,
    future::Future,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::{Pin, pin},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, Wake, Waker},
};

use futures_util::{FutureExt, future::select};
use sakarkiv_core::{
    identity::{ActorId, TenantId},
    journal::EntryStatus,
    ports::{Op, Store, Transaction},
};

use super::{
    Fault, Invariant, Plan,
    kernel::{CALM_FROM, HOUR, Kernel, Life},
    office::{self, Desk},
    watch::Broken,
    world::{Event, World},
};
use crate::memory::{MemoryDisk, MemoryStore};

/// What came of a run.
pub(super) struct Run {
    pub(super) hash: u64,
    pub(super) points: u64,
    pub(super) counts: BTreeMap<Fault, u64>,
    pub(super) letters: usize,
    pub(super) simulated: u64,
    pub(super) broken: Option<Broken>,
    pub(super) lines: Vec<String>,
}

/// Runs a plan to its end, or to the first broken invariant.
pub(super) fn run(plan: &Plan, keep_lines: bool) -> Run {
    let world = World::of(plan);
    let kernel = Arc::new(Kernel::new(plan.clone(), world, keep_lines));
    let mut house = House::new(&kernel, plan);
    house.live();
    drop(house);
    match Arc::try_unwrap(kernel) {
        Ok(kernel) => {
            let core = kernel.into_core();
            Run {
                hash: core.trace.hash(),
                points: core.points,
                counts: core.counts,
                letters: core.world.submissions.len(),
                simulated: core.now,
                broken: core.watch.broken,
                lines: core.trace.into_lines(),
            }
        }
        // Nothing keeps a kernel but the processes, which are gone.
        Err(kernel) => kernel.with(|core| Run {
            hash: core.trace.hash(),
            points: core.points,
            counts: core.counts.clone(),
            letters: core.world.submissions.len(),
            simulated: core.now,
            broken: core.watch.broken.clone(),
            lines: Vec::new(),
        }),
    }
}

/// All processes of a run and what they share.
struct House<'a> {
    kernel: &'a Arc<Kernel>,
    disk: MemoryDisk,
    nodes: Vec<Node>,
    plan: &'a Plan,
}

struct Node {
    life: Arc<Life>,
    work: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
    called: Arc<Called>,
    paused_until: u64,
}

/// Whether somebody woke a process.
#[derive(Debug, Default)]
struct Called(AtomicBool);

impl Wake for Called {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// After the trouble is over, this long is enough for everything.
const HORIZON: u64 = CALM_FROM + 60 * HOUR;

impl<'a> House<'a> {
    fn new(kernel: &'a Arc<Kernel>, plan: &'a Plan) -> Self {
        let node = |node| Node { life: Arc::new(Life::new(node)), work: None, called: Arc::default(), paused_until: 0 };
        let nodes = (0..plan.scenario.nodes()).map(node).collect();
        Self { kernel, disk: MemoryDisk::default(), nodes, plan }
    }

    fn live(&mut self) {
        for node in 0..self.nodes.len() {
            self.start(node);
        }
        loop {
            while self.poll_all() {
                if self.kernel.with(|core| core.watch.broken.is_some()) {
                    return;
                }
            }
            if self.kernel.with(|core| core.unfinished().is_none()) {
                return self.kernel.with(super::kernel::Core::settle_up);
            }
            if !self.pass_time() {
                return;
            }
            if self.kernel.with(|core| core.watch.broken.is_some()) {
                return;
            }
        }
    }

    /// Lets every process that was woken go on. Tells whether there was one.
    fn poll_all(&mut self) -> bool {
        let now = self.kernel.with(|core| core.now);
        let mut progress = false;
        for nth in 0..self.nodes.len() {
            let Some(node) = self.nodes.get_mut(nth) else { continue };
            if now < node.paused_until || !node.called.0.swap(false, Ordering::Relaxed) {
                continue;
            }
            progress = true;
            let Some(work) = node.work.as_mut() else { continue };
            let waker = Waker::from(Arc::clone(&node.called));
            let mut context = Context::from_waker(&waker);
            let polled = catch_unwind(AssertUnwindSafe(|| work.as_mut().poll(&mut context)));
            let over = match polled {
                Ok(Poll::Ready(())) => true,
                Ok(Poll::Pending) => node.life.is_dead(),
                Err(_) => {
                    self.kernel.with(|core| core.breaks(Invariant::NothingLost, "the office panicked"));
                    true
                }
            };
            if over {
                self.end(nth);
            }
        }
        progress
    }

    /// Goes on to the next moment at which something happens. Tells whether there is one.
    fn pass_time(&mut self) -> bool {
        let paused = self.nodes.iter().map(|node| node.paused_until).filter(|until| *until > 0).min();
        let (event, now) = self.kernel.with(|core| {
            let event = core.world.events.keys().next().map(|(at, _)| *at);
            let next =
                [core.next_moment(), event, paused.filter(|until| *until > core.now)].into_iter().flatten().min();
            let Some(next) = next.filter(|next| *next <= HORIZON) else {
                let what = core.tell_unfinished();
                core.breaks(Invariant::NothingLost, what);
                return (None, None);
            };
            core.advance(next);
            let due = core.world.events.first_entry().filter(|entry| entry.key().0 <= next);
            (due.map(std::collections::btree_map::OccupiedEntry::remove), Some(next))
        });
        let Some(now) = now else { return false };
        for node in &mut self.nodes {
            if node.paused_until > 0 && node.paused_until <= now {
                node.paused_until = 0;
                node.called.0.store(true, Ordering::Relaxed);
            }
        }
        if let Some(event) = event {
            self.happen(&event, now);
        }
        true
    }

    fn happen(&mut self, event: &Event, now: u64) {
        self.kernel.with(|core| core.happen(event));
        match event {
            Event::Start(node) => self.start(*node),
            Event::End(node) if self.kernel.with(|core| core.budget_left()) => {
                self.kernel.with(|core| {
                    core.struck(Fault::Crash);
                    core.world.gone_for_good.insert(*node);
                    for submission in &mut core.world.submissions {
                        submission.node = 0;
                    }
                });
                if let Some(node) = self.nodes.get(*node) {
                    node.life.end();
                }
                self.end(*node);
                // Its callers turn to the other process.
                self.restart_callers();
            }
            Event::Pause { node, millis, counted } if *counted || self.kernel.with(|core| core.budget_left()) => {
                if !counted {
                    self.kernel.with(|core| core.struck(Fault::StaleWorker));
                }
                if let Some(node) = self.nodes.get_mut(*node) {
                    node.paused_until = now + millis;
                }
            }
            Event::Void(nth) if self.kernel.with(|core| core.budget_left()) => self.make_void(*nth),
            _ => {}
        }
    }

    fn restart_callers(&mut self) {
        if let Some(node) = self.nodes.first() {
            node.called.0.store(true, Ordering::Relaxed);
        }
    }

    fn start(&mut self, nth: usize) {
        let Some(node) = self.nodes.get_mut(nth) else { return };
        if node.work.is_some() || self.kernel.with(|core| core.world.gone_for_good.contains(&nth)) {
            return;
        }
        node.life = Arc::new(Life::new(nth));
        let desk = Desk { kernel: Arc::clone(self.kernel), life: Arc::clone(&node.life), wrong: self.plan.wrong };
        let stop = self.kernel.with(|core| core.world.stops.remove(&nth));
        let disk = self.disk.clone();
        self.kernel.with(|core| core.note(nth, "starts", 0));
        node.work = Some(Box::pin(async move {
            let Some((office, store)) = office::build(&desk, &disk) else { return };
            let stopped = async {
                match stop {
                    Some(at) => desk.kernel.wait_until(at).await,
                    None => std::future::pending().await,
                }
            };
            let running = pin!(office.run(stopped));
            let callers = pin!(desk.callers(&office, &store));
            select(running, callers).await;
        }));
        node.called.0.store(true, Ordering::Relaxed);
    }

    /// A process is over; another takes its place after a while.
    fn end(&mut self, nth: usize) {
        let Some(node) = self.nodes.get_mut(nth) else { return };
        node.life.end();
        node.work = None;
        node.paused_until = 0;
        self.kernel.with(|core| {
            let at = core.now + core.rng.between(1000, 8 * 60_000);
            core.note(nth, "is over", 0);
            core.world.schedule(at, Event::Start(nth));
        });
    }

    /// Somebody makes the entry of a letter void, beside the office.
    fn make_void(&self, nth: usize) {
        let letter =
            self.kernel.with(|core| core.world.submissions.get(nth).and_then(|submission| submission.promised));
        let Some(letter) = letter else { return };
        let store = MemoryStore::open(&self.disk);
        let Ok(tenant) = TenantId::new(office::TENANT) else { return };
        let at = self.kernel.with(|core| core.wall_time(0));
        let void = async {
            let letter = store.letter(&tenant, letter).await.ok()??;
            let entry = store.entry(&tenant, letter.entry).await.ok()??;
            let entry = entry.move_to(EntryStatus::Void, &ActorId::new("leder-1").ok()?, at).ok()?;
            store.commit(Transaction::new(tenant.clone()).with(Op::PutEntry(entry))).await.ok()
        };
        if void.now_or_never().flatten().is_some() {
            self.kernel.with(|core| {
                core.struck(Fault::Withdrawn);
                let now = core.now;
                if let Some(submission) = core.world.submissions.get_mut(nth) {
                    submission.void = Some(now);
                }
            });
        }
    }
}
