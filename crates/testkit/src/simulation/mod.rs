//! The whole office under simulated time, chance and death.
//!
//! [`simulate`] runs the *real* [`RecordsOffice`](sakarkiv_engine::RecordsOffice), single-threaded, over a
//! [`MemoryStore`](crate::memory::MemoryStore) and simulated channels, inboxes, clocks and people. Everything random comes from one seed, so
//! a run that fails is run again by its seed alone. Every call to a port is a place where the process may die, before the
//! call has its effect or after it; a new process then goes on with what the disk has.
//!
//! The fault model, in short ([`Fault`] has the list): a request takes effect within 100 simulated seconds or never, which is
//! within the channel's declared settle time; clocks are off by at most a third of it in either direction; a committed
//! transaction stays; whatever was not committed is gone with its process. After three simulated hours the trouble ends, and
//! then everything that was accepted has to come to an end, or a person has to have been told.
//!
//! ```
//! use sakarkiv_testkit::simulation::{Scenario, simulate};
//!
//! let outcome = simulate(7, Some(Scenario::OneLetter)).map_err(|violation| violation.to_string())?;
//! assert_eq!(simulate(7, Some(Scenario::OneLetter)).map(|again| again.hash), Ok(outcome.hash));
//! # Ok::<(), String>(())
//! ```

mod channel;
mod explore;
mod fault;
mod inbox;
mod kernel;
mod office;
mod outcome;
mod plan;
mod rng;
mod run;
mod shrink;
mod store;
mod trace;
mod watch;
mod world;
mod wrong;

pub use explore::{Exploration, every_crash_point, every_pair, seeds};
pub use fault::{Fault, FaultSet};
pub use outcome::{Outcome, Violation, breaks, simulate, simulate_plan};
pub use plan::{Plan, Scenario};
pub use watch::Invariant;
pub use wrong::Wrong;
