//! How the day's director talks to the office's process: one JSON value a line, over its standard input and output. Every
//! order may be given again after a kill, so each is harmless to repeat.

use std::path::PathBuf;

use sakarkiv::core::identity::{CaseId, LetterId, TenantId, Timestamp};
use serde::{Deserialize, Serialize};

use super::{
    plan::{LetterPlan, NotePlan},
    publication,
    rights::Step,
    specialists,
};

/// What the director wants.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "order", content = "with")]
pub(crate) enum Order {
    /// Set the clock.
    Advance(Timestamp),
    /// Tell how busy the office is.
    Look,
    /// Accept a letter.
    Letter(Box<LetterPlan>),
    /// Register an internal note.
    Note(NotePlan),
    /// Let something about access happen.
    Rights {
        /// In which archive.
        tenant: TenantId,
        /// What.
        step: Step,
    },
    /// Let something happen about specialist systems.
    Specialists {
        /// In which archive.
        tenant: TenantId,
        /// What.
        step: specialists::Step,
    },
    /// Let something about the public journal happen.
    Publication {
        /// In which archive.
        tenant: TenantId,
        /// What.
        step: publication::Step,
    },
    /// Export the logs of an archive into files.
    Export {
        /// Which archive.
        tenant: TenantId,
        /// Where to.
        folder: PathBuf,
    },
    /// Tell what lies unopened in an archive.
    Unopened {
        /// Which archive.
        tenant: TenantId,
    },
    /// Finish what is under way and end.
    Stop,
}

/// What the office answers.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "answer", content = "with")]
pub(crate) enum Answer {
    /// The office is open, or the order is done.
    Done,
    /// How busy it is.
    Busy {
        /// Calls to the outside that are under way.
        in_flight: usize,
        /// Whether something waits that could be done now.
        due: bool,
    },
    /// The letter is durable.
    Accepted(LetterId),
    /// The note is registered in this case.
    Noted(CaseId),
    /// What a specialist system handed in or found.
    Filed(specialists::Filed),
    /// The logs are in these files.
    Exported(Vec<PathBuf>),
    /// What lies unopened, as a table.
    Unopened(String),
    /// It did not work, and why.
    Failed(String),
}
