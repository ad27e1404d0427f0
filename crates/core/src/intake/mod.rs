//! Intake (mottak fra fagsystem): what a source system hands in, how it is planned as a pure value, and what it is answered
//! (R8.1–R8.6).
//!
//! - A [`Consignment`] (leveranse) says what a source has and wants: a case, entries, documents whose bytes are stored.
//! - [`plan`] works out what goes where and why, from what the archive holds ([`ArchiveFacts`]) and the source's rules
//!   ([`IntakeRules`]), or says every fault at once in a [`Rejection`]. It changes nothing, so it is also the dry run.
//! - A [`Receipt`] tells what it became, and in [`Remark`]s what of it was left as it is here.
//!
//! The archive applies a plan in one transaction, and knows a consignment again by its source and key, so that none is ever
//! there by half or twice.

mod amend;
mod answer;
mod code_list;
mod compare;
mod consignment;
mod content;
mod facts;
mod file_case;
mod file_entry;
mod kept;
mod key;
mod plan;
pub mod reference;
mod rules;
mod screen;
#[cfg(test)]
mod tests;

pub use answer::{
    CaseOutcome, CaseReceipt, EntryOutcome, EntryReceipt, Fault, FaultCode, Place, Receipt, Rejection, Remark,
    RemarkCode,
};
pub use code_list::{CodeList, CodeValue};
pub use consignment::{
    CaseFacts, CaseName, CaseWish, Consignment, DesiredClass, DocumentFacts, EntryFacts, EntryName, FileFacts,
    KEPT_CLASSES, PartyFacts, Relation, ScreeningWish, Sequence,
};
pub use content::content_faults;
pub use facts::{ArchiveFacts, Earlier};
pub use key::{ConsignmentKey, ConsignmentKeyError};
pub use plan::{DryRun, IntakePlan, Note, Planned, PlannedCase, PlannedEntry, Step, StepKind, plan};
pub use rules::{CaseRule, ContentRule, EntryRule, IntakeRules, RuleBook, ScreeningRule};
