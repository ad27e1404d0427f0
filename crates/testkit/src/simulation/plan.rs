use std::collections::BTreeSet;

use super::{FaultSet, Wrong, rng::Rng};

macro_rules! scenarios {
    ($($(#[$doc:meta])* $variant:ident = $name:literal;)+) => {
        /// What happens in a simulated day, apart from the trouble.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Scenario {
            $($(#[$doc])* $variant,)+
        }

        impl Scenario {
            /// Every scenario.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// Its name in reports.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }
        }
    };
}

scenarios! {
    /// One letter out.
    OneLetter = "one letter";
    /// Letters of every sensitivity to every kind of recipient.
    EveryRecipient = "every recipient";
    /// Several letters that must leave in order.
    InOrder = "in order";
    /// Many letters of all priorities at once.
    Bulk = "bulk";
    /// A channel is away for an hour.
    Outage = "outage and reconciliation";
    /// Mail in only.
    Inbound = "inbound";
    /// Letters and mail, two channels.
    Mixed = "mixed";
    /// Two processes on one store.
    TwoNodes = "two nodes";
    /// A process is asked to stop in the middle of its work.
    Shutdown = "shutdown";
    /// A channel is away for longer than letters live.
    Expiry = "expiry";
}

impl Scenario {
    /// How many processes share the store.
    pub(super) const fn nodes(self) -> usize {
        match self {
            Self::TwoNodes => 2,
            _ => 1,
        }
    }

    pub(super) fn letters(self, rng: &mut Rng) -> usize {
        let (from, to) = match self {
            Self::OneLetter => (1, 2),
            Self::EveryRecipient => (6, 10),
            Self::InOrder => (3, 6),
            Self::Bulk => (12, 24),
            Self::Outage | Self::Mixed | Self::TwoNodes => (3, 9),
            Self::Inbound => (0, 1),
            Self::Shutdown => (2, 6),
            Self::Expiry => (2, 4),
        };
        usize::try_from(rng.between(from, to)).unwrap_or_default()
    }

    pub(super) fn parcels(self, rng: &mut Rng) -> usize {
        let (from, to) = match self {
            Self::Inbound => (3, 9),
            Self::Mixed => (1, 5),
            Self::TwoNodes | Self::Shutdown => (0, 4),
            _ => (0, 1),
        };
        usize::try_from(rng.between(from, to)).unwrap_or_default()
    }
}

/// What to simulate. The same plan gives the same run, always.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Plan {
    /// The seed of everything random.
    pub seed: u64,
    /// What happens.
    pub scenario: Scenario,
    /// At most so many letters and so many incoming items.
    pub size: usize,
    /// Which kinds of trouble may happen.
    pub faults: FaultSet,
    /// After so many faults there are no more.
    pub budget: u64,
    /// The calls to ports, counted from 1, at which the process dies, whatever the faults.
    pub crash_at: BTreeSet<u64>,
    /// A part of the office that is wrong on purpose.
    pub wrong: Option<Wrong>,
}

impl Plan {
    /// The plan of a seed: faults by swarm, the scenario by the seed unless it is given.
    #[must_use]
    pub fn of_seed(seed: u64, scenario: Option<Scenario>) -> Self {
        let mut rng = Rng::stream(seed, 1);
        let faults = FaultSet::swarm(rng.next());
        let drawn = usize::try_from(rng.between(0, Scenario::ALL.len() as u64)).unwrap_or_default();
        let scenario = scenario.or_else(|| Scenario::ALL.get(drawn).copied()).unwrap_or(Scenario::Mixed);
        Self { seed, scenario, size: usize::MAX, faults, budget: u64::MAX, crash_at: BTreeSet::new(), wrong: None }
    }

    /// The scenario without any trouble.
    #[must_use]
    pub fn calm(scenario: Scenario) -> Self {
        Self { faults: FaultSet::NONE, ..Self::of_seed(0, Some(scenario)) }
    }

    /// The same with a part of the office that is wrong.
    #[must_use]
    pub const fn with_wrong(mut self, wrong: Wrong) -> Self {
        self.wrong = Some(wrong);
        self
    }
}
