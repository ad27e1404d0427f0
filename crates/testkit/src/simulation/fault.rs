use std::fmt;

macro_rules! faults {
    ($($(#[$doc:meta])* $variant:ident = $name:literal;)+) => {
        /// A kind of trouble that the simulation makes.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Fault {
            $($(#[$doc])* $variant,)+
        }

        impl Fault {
            /// Every kind.
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

faults! {
    /// A process dies at a call to a port, before or after its effect, and is started again.
    Crash = "crash";
    /// A request to a channel is lost, and nobody can tell.
    LostRequest = "lost request";
    /// A channel takes the letter, and its answer is lost.
    LostReply = "lost reply";
    /// As a lost reply, and the letter appears on the other side only later, within the settle time.
    LateEffect = "late effect";
    /// A channel says no.
    Refusal = "refusal";
    /// A channel takes the letter and turns it away afterwards.
    Returned = "returned later";
    /// A channel, or an inbox, is busy and says so.
    Transient = "temporary failure";
    /// A channel answers only after the time-out.
    Slow = "slow";
    /// A status is reported twice.
    DuplicateStatus = "duplicate status";
    /// An old status is reported after a newer one.
    StaleStatus = "late or reordered status";
    /// The status of another letter is reported beside ours.
    ForeignStatus = "status of another letter";
    /// A status word that nobody knows.
    UnrecognisedStatus = "unrecognised status";
    /// A letter is left out of an answer.
    MissingStatus = "status left out";
    /// A process's clock jumps forward, by less than half the settle time.
    ClockForward = "clock forward";
    /// A process's clock jumps back.
    ClockBack = "clock back";
    /// The store refuses a commit.
    CommitFails = "commit fails";
    /// The store commits and says that it does not know.
    CommitUnknown = "commit of unknown outcome";
    /// The store cannot be read.
    ReadFails = "store cannot be read";
    /// A process stands still for longer than its leases last, and goes on.
    StaleWorker = "worker with a stale lease";
    /// The credentials of an account have expired for a while.
    Unauthorised = "expired credentials";
    /// A channel does not work for a while.
    Outage = "outage";
    /// A recipient's receiver system, or its access to confidential mail, is gone.
    ReachGone = "mailbox gone";
    /// The entry is made void after the letter was handed in.
    Withdrawn = "approval withdrawn";
    /// Mail that no key of ours opens, for a while or for ever.
    Undecryptable = "undecryptable mail";
    /// Mail whose list entry cannot be read.
    MalformedEntry = "malformed list entry";
    /// Mail that is listed twice.
    ListedTwice = "duplicate listing";
    /// People cannot be told now.
    NotifierFails = "notifier fails";
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A set of faults.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct FaultSet(u32);

impl FaultSet {
    /// No trouble at all.
    pub const NONE: Self = Self(0);

    /// Every kind.
    #[must_use]
    pub fn all() -> Self {
        Fault::ALL.iter().fold(Self::NONE, |set, fault| set.with(*fault))
    }

    /// Each kind with the chance of one half, by the bits of a random number: most runs miss some kinds, so that no kind can
    /// hide what another would show (swarm testing).
    #[must_use]
    pub fn swarm(bits: u64) -> Self {
        #[expect(clippy::cast_possible_truncation, reason = "any 32 of the bits will do")]
        Self(Self::all().0 & bits as u32)
    }

    /// And one more.
    #[must_use]
    pub const fn with(self, fault: Fault) -> Self {
        Self(self.0 | 1 << fault as u32)
    }

    /// And one less.
    #[must_use]
    pub const fn without(self, fault: Fault) -> Self {
        Self(self.0 & !(1 << fault as u32))
    }

    /// Whether a kind is in it.
    #[must_use]
    pub const fn has(self, fault: Fault) -> bool {
        self.0 & 1 << fault as u32 != 0
    }

    /// The kinds in it.
    pub fn iter(self) -> impl Iterator<Item = Fault> {
        Fault::ALL.iter().copied().filter(move |fault| self.has(*fault))
    }
}
