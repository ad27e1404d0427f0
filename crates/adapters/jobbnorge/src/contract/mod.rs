//! The delivery contract: what a recruitment system says, and what it is answered.
//!
//! **No vendor publishes or supports this contract.** JobbNorge's own interface towards archives is not public, so the
//! adapter is built around a contract of its own, `rekruttering-leveranse/v1`, which follows what public sources tell that
//! recruitment systems deliver. A vendor's interface is mapped on by a translator that makes [`Delivery`] values.
//!
//! A delivery is read strictly ([`Delivery::read`]): unknown members and words are faults, every fault is told at once with
//! its place, and no fault shows anything of the content. Then [`Delivery::check`] asks what the form cannot tell: whether
//! documents and applicants fit each other and whether the public list may be taken at all.

mod codes;
mod delivery;
mod fault;
mod read;
mod reader;
mod receipt;
mod rules;
mod write;

#[cfg(test)]
pub(crate) mod samples;

pub use self::{
    codes::{
        ApplicantStatus, CaseResult, DeliveryState, Direction, DocumentKind, DocumentState, Event, Exemption,
        FaultCode, Gender,
    },
    delivery::{
        Applicant, AskedScreening, DeliveredDocument, Delivery, Employer, FileRef, Responsible, Vacancy,
        VacancyDeadline,
    },
    fault::Fault,
    receipt::{CaseAnswer, DocumentAnswer, Receipt},
    rules::Binding,
};

/// The name and version of the contract.
pub const CONTRACT: &str = "rekruttering-leveranse/v1";

/// The most applicants in one delivery.
pub const MOST_APPLICANTS: usize = 5_000;

/// The most documents in one delivery.
pub const MOST_DOCUMENTS: usize = 2_000;

/// The largest delivery document (leveranse.json), in bytes; the files come beside it.
pub const LARGEST_DELIVERY: u64 = 8 * 1024 * 1024;
