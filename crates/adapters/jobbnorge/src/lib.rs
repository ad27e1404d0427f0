//! JobbNorge for sakarkiv: recruitment cases, from the vacancy to the offer (R8.1).
//!
//! Two things of different standing:
//!
//! - [`jobs`] is the client of JobbNorge's **public** list of vacancies, versions 1, 2 and 3.
//! - [`contract`] is what a recruitment system delivers to the archive. JobbNorge's own interface for this is **not public**,
//!   so the contract is this project's own, behind the trait [`RecruitmentSource`](source::RecruitmentSource): a vendor's
//!   interface is mapped on by a translator of a page or two.
//!
//! # What becomes of a delivery
//!
//! ```text
//! RecruitmentSource ──▶ Delivery::read ──▶ Delivery::prepare ──▶ Prepared::consignment ──▶ the archive
//!   folder, pull, push    form, strictly     rules, screening      case and entries          │
//!        ▲                                                                                    ▼
//!        └───────────────── Receipt (kvittering) ◀── Prepared::receipt | refusal ◀────────── answer
//! ```
//!
//! [`Recruitment`](source::Recruitment) does all of it as a
//! [`ConsignmentSource`](sakarkiv_core::ports::ConsignmentSource), which the office asks at its interval (live) or at night.
//! Reading, screening and mapping are pure functions and can be tried alone.
//!
//! # Who may see what
//!
//! See [`screening`]. The public list of applicants is never screened and never taken with a delivery that tells of an
//! undecided request to be left out of it; everything else about applicants is exempt by offentleglova § 25 first paragraph, names stand in titles
//! that are not public alone, and the applicant is a screened party.
#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod answering;
mod applicants;
mod config;
pub mod contract;
pub mod jobs;
pub mod mapping;
pub mod screening;
pub mod source;

pub use applicants::{PublicApplicantList, PublicLine, Undecided};
pub use config::{ApplicationPolicy, Mode, RecruitmentConfig};
