//! What lies unopened, over the store and everything outside (R5.3–R5.6): the overview, contacts with recipients, reminders
//! that reveal nothing, and the report that comes by itself. What a line says and what is recommended is decided in
//! [`sakarkiv_core::unopened`]; here it is found out, stored, sent and told.

mod collect;
mod contacts;
mod paper;
mod reminders;
mod report;
mod setup;

pub use collect::{Blind, BlindReason, UnopenedOverview};
pub(crate) use collect::{Questions, Unopened, letters_lying, received};
pub(crate) use contacts::Contacts;
pub use contacts::{Contact, ContactAbout, ContactKind};
pub use reminders::{RemindError, Reminded};
pub(crate) use reminders::{remind, reveals_nothing};
pub use report::{OfficeReport, ReportSink};
pub(crate) use report::{history, report_loop};
pub use setup::{FollowUp, ReminderLetters};
