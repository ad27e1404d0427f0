//! Time, chance and death: what every simulated port asks.

use std::{
    collections::BTreeMap,
    fmt,
    future::{Future, pending},
    pin::Pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, Waker},
};

use async_trait::async_trait;
use sakarkiv_core::{
    identity::Timestamp,
    ports::{Clock, Entropy},
};

use super::{Fault, Plan, rng::Rng, trace::Trace, watch::Watch, world::World};
use crate::memory::lock;

/// One life of a process: from its start to its death.
#[derive(Debug)]
pub(super) struct Life {
    pub(super) node: usize,
    dead: AtomicBool,
}

impl Life {
    pub(super) const fn new(node: usize) -> Self {
        Self { node, dead: AtomicBool::new(false) }
    }

    pub(super) fn is_dead(&self) -> bool {
        self.dead.load(Ordering::Relaxed)
    }

    pub(super) fn end(&self) {
        self.dead.store(true, Ordering::Relaxed);
    }
}

/// Everything of one simulation that is not the office itself.
pub(super) struct Kernel(Mutex<Core>);

impl fmt::Debug for Kernel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Kernel")
    }
}

/// What the kernel guards. Time is in milliseconds since the start.
pub(super) struct Core {
    pub(super) now: u64,
    pub(super) plan: Plan,
    pub(super) rng: Rng,
    pub(super) trace: Trace,
    pub(super) world: World,
    pub(super) watch: Watch,
    /// Calls to ports so far.
    pub(super) points: u64,
    /// How often each fault happened.
    pub(super) counts: BTreeMap<Fault, u64>,
    chances: BTreeMap<Fault, Rng>,
    spent: u64,
    order: u64,
    timers: BTreeMap<(u64, u64), Waker>,
    clocks: Vec<NodeClock>,
}

/// One process's clock: how far it is off, and who sleeps by it.
#[derive(Default)]
struct NodeClock {
    offset: i64,
    sleepers: BTreeMap<(i64, u64), Waker>,
    entropy: Option<Rng>,
}

/// The trouble ends here; afterwards everything must come to an end.
pub(super) const CALM_FROM: u64 = 3 * HOUR;
pub(super) const MINUTE: u64 = 60_000;
pub(super) const HOUR: u64 = 60 * MINUTE;

/// 2026-03-02 07:00 UTC, a Monday.
const START: i64 = 1_772_434_800_000;

impl Core {
    pub(super) fn note(&mut self, node: usize, what: &'static str, detail: u64) {
        self.trace.note(self.now, node, what, detail);
    }

    /// Whether a fault happens now.
    pub(super) fn strikes(&mut self, fault: Fault, per_mille: u64) -> bool {
        let may = self.plan.faults.has(fault) && self.now < CALM_FROM && self.spent < self.plan.budget;
        if !may {
            return false;
        }
        let seed = self.plan.seed;
        let chance = self.chances.entry(fault).or_insert_with(|| Rng::stream(seed, 100 + fault as u64));
        let strikes = chance.per_mille(per_mille);
        if strikes {
            self.struck(fault);
        }
        strikes
    }

    /// Counts a fault that happens.
    pub(super) fn struck(&mut self, fault: Fault) {
        self.spent += 1;
        *self.counts.entry(fault).or_default() += 1;
        self.trace.note(self.now, 0, fault.name(), 0);
    }

    pub(super) const fn budget_left(&self) -> bool {
        self.spent < self.plan.budget
    }

    fn wall(&self, node: usize) -> i64 {
        let offset = self.clocks.get(node).map_or(0, |clock| clock.offset);
        i64::try_from(self.now).unwrap_or(i64::MAX).saturating_add(START).saturating_add(offset)
    }

    pub(super) fn wall_time(&self, node: usize) -> Timestamp {
        Timestamp::from_timestamp_millis(self.wall(node)).unwrap_or_default()
    }

    pub(super) fn turn_clock(&mut self, node: usize, by: i64) {
        if let Some(clock) = self.clocks.get_mut(node) {
            clock.offset = clock.offset.saturating_add(by);
        }
        self.wake_sleepers();
    }

    /// When the next timer or sleeper is due, if any is.
    pub(super) fn next_moment(&self) -> Option<u64> {
        let timer = self.timers.keys().next().map(|(at, _)| *at);
        let sleepers = self.clocks.iter().filter_map(|clock| {
            let (moment, _) = clock.sleepers.keys().next()?;
            Some(u64::try_from(moment.saturating_sub(START).saturating_sub(clock.offset)).unwrap_or_default())
        });
        sleepers.chain(timer).min().map(|at| at.max(self.now))
    }

    /// Moves time on and wakes who waited for it.
    pub(super) fn advance(&mut self, to: u64) {
        self.now = self.now.max(to);
        while let Some(entry) = self.timers.first_entry() {
            if entry.key().0 > self.now {
                break;
            }
            entry.remove().wake();
        }
        self.wake_sleepers();
    }

    fn wake_sleepers(&mut self) {
        for node in 0..self.clocks.len() {
            let wall = self.wall(node);
            let Some(clock) = self.clocks.get_mut(node) else { continue };
            while let Some(entry) = clock.sleepers.first_entry() {
                if entry.key().0 > wall {
                    break;
                }
                entry.remove().wake();
            }
        }
    }

    const fn next_order(&mut self) -> u64 {
        self.order += 1;
        self.order
    }

    fn passes(&mut self, life: &Life, what: &'static str) -> bool {
        if life.is_dead() {
            return false;
        }
        self.points += 1;
        let planned = self.plan.crash_at.contains(&self.points);
        if planned {
            self.struck(Fault::Crash);
        }
        if planned || self.strikes(Fault::Crash, 4) {
            self.note(life.node, "dies at", self.points);
            self.note(life.node, what, 0);
            life.end();
            return false;
        }
        true
    }
}

impl Kernel {
    pub(super) fn new(plan: Plan, world: World, keep_lines: bool) -> Self {
        let nodes = plan.scenario.nodes();
        let seed = plan.seed;
        let clock =
            |node: usize| NodeClock { entropy: Some(Rng::stream(seed, 50 + node as u64)), ..NodeClock::default() };
        Self(Mutex::new(Core {
            now: 0,
            rng: Rng::stream(plan.seed, 2),
            plan,
            trace: Trace::new(keep_lines),
            world,
            watch: Watch::default(),
            points: 0,
            counts: BTreeMap::new(),
            chances: BTreeMap::new(),
            spent: 0,
            order: 0,
            timers: BTreeMap::new(),
            clocks: (0..nodes).map(clock).collect(),
        }))
    }

    pub(super) fn with<T>(&self, act: impl FnOnce(&mut Core) -> T) -> T {
        act(&mut lock(&self.0))
    }

    pub(super) fn into_core(self) -> Core {
        self.0.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// A place where the process may die. Whoever is dead, or dies here, never gets further.
    pub(super) async fn point(&self, life: &Life, what: &'static str) {
        if !self.with(|core| core.passes(life, what)) {
            pending::<()>().await;
        }
    }

    /// Waits in true time, whatever a process's clock says.
    pub(super) fn wait(self: &Arc<Self>, millis: u64) -> Timer {
        let at = self.with(|core| core.now).saturating_add(millis);
        self.wait_until(at)
    }

    pub(super) fn wait_until(self: &Arc<Self>, at: u64) -> Timer {
        Timer { kernel: Arc::clone(self), at, key: None }
    }
}

/// Ready at a moment of true time.
pub(super) struct Timer {
    kernel: Arc<Kernel>,
    at: u64,
    key: Option<(u64, u64)>,
}

impl Future for Timer {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let (at, old) = (self.at, self.key);
        let kernel = Arc::clone(&self.kernel);
        let key = kernel.with(|core| {
            if let Some(old) = old {
                core.timers.remove(&old);
            }
            (core.now < at).then(|| {
                let key = old.unwrap_or_else(|| (at, core.next_order()));
                core.timers.insert(key, context.waker().clone());
                key
            })
        });
        self.key = key;
        if key.is_some() { Poll::Pending } else { Poll::Ready(()) }
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        if let Some(key) = self.key {
            self.kernel.with(|core| core.timers.remove(&key));
        }
    }
}

/// A process's clock.
#[derive(Debug)]
pub(super) struct SimClock {
    pub(super) kernel: Arc<Kernel>,
    pub(super) node: usize,
}

#[async_trait]
impl Clock for SimClock {
    fn now(&self) -> Timestamp {
        self.kernel.with(|core| core.wall_time(self.node))
    }

    async fn sleep_until(&self, moment: Timestamp) {
        Sleeper { kernel: &self.kernel, node: self.node, until: moment.timestamp_millis(), key: None }.await;
    }
}

struct Sleeper<'a> {
    kernel: &'a Arc<Kernel>,
    node: usize,
    until: i64,
    key: Option<(i64, u64)>,
}

impl Future for Sleeper<'_> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let (node, until, old) = (self.node, self.until, self.key);
        let key = self.kernel.with(|core| {
            let due = core.wall(node) >= until;
            let order = old.map_or_else(|| core.next_order(), |(_, order)| order);
            let clock = core.clocks.get_mut(node)?;
            if let Some(old) = old {
                clock.sleepers.remove(&old);
            }
            (!due).then(|| {
                clock.sleepers.insert((until, order), context.waker().clone());
                (until, order)
            })
        });
        self.key = key;
        if key.is_some() { Poll::Pending } else { Poll::Ready(()) }
    }
}

impl Drop for Sleeper<'_> {
    fn drop(&mut self) {
        if let Some(key) = self.key {
            let node = self.node;
            self.kernel.with(|core| core.clocks.get_mut(node).map(|clock| clock.sleepers.remove(&key)));
        }
    }
}

/// A process's randomness.
#[derive(Debug)]
pub(super) struct SimEntropy {
    pub(super) kernel: Arc<Kernel>,
    pub(super) node: usize,
}

impl Entropy for SimEntropy {
    fn next_u64(&self) -> u64 {
        let node = self.node;
        self.kernel.with(|core| {
            let rng = core.clocks.get_mut(node).and_then(|clock| clock.entropy.as_mut());
            rng.map_or(0, Rng::next)
        })
    }
}
