//! Cases (saksmapper, R1.1): their numbers, kinds and life cycle.

mod amend;
mod codes;
mod model;
mod number;

pub use amend::{CaseAmendError, CaseAmendment, CaseChange, CaseField};
pub use codes::{CaseContents, CaseKind, CaseObstacle, CaseStatus};
pub use model::{Case, CaseError, Closing, NewCase};
pub use number::{CaseNumber, CaseNumberError};
