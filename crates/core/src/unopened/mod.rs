//! Confidential mail that nobody has opened, sent and received, over all channels (R5.3–R5.6): the overview that neither
//! SvarUt nor Altinn gives a municipality.
//!
//! Everything here is pure. [`sent`] and [`received`] make one [`Line`] of what is known about one piece of mail, with its
//! age, what will happen to it by itself, who could open it, what to do, why, and the evidence for it. What to do is decided
//! by [`recommend`] over a finite set of facts, so that all of them are tested. [`Summary`] and [`History`] add lines up,
//! [`reminder`] writes to a recipient without revealing anything, and [`ReportSchedule`] says when the next report is due.
//!
//! # How an office uses it
//! 1. Page through the deliveries in the states `accepted`, `delivered` and `closed`, read each one's letter, and call
//!    [`sent`] with what the coverage port says of the recipient and when the recipient was last contacted.
//! 2. For each inbox that tells what lies unopened, call [`received`] for each item.
//! 3. Sort by [`Line::urgency`], keep a [`Point`] of the day in the [`History`], and hand lines, summary and history to a
//!    renderer.
//! 4. [`owner_notices`] tells the owners; letters whose action is [`Action::Remind`] or [`Action::AskToAppoint`] get a
//!    [`reminder`], sent as an ordinary, open letter.

mod facts;
mod history;
mod limits;
mod line;
#[cfg(test)]
mod line_tests;
mod notices;
mod recommend;
#[cfg(test)]
mod recommend_tests;
mod reminder;
mod schedule;
mod summary;
#[cfg(test)]
mod test_lines;

pub use facts::{AgeBand, Contacted, Direction, Facts, Knowledge, Place};
pub use history::{History, Point};
pub use limits::{Limits, LimitsError, Terms};
pub use line::{
    Consequence, Counterpart, Evidence, IncomingMail, Item, Line, OtherWays, OutgoingMail, Rules, received, sent,
};
pub use notices::{OwnerNotice, owner_notices};
pub use recommend::{Action, Recommendation, recommend};
pub use reminder::{ReminderKind, ReminderText, SenderFace, reminder, reminder_kind};
pub use schedule::ReportSchedule;
pub use summary::{Summary, Tally};
