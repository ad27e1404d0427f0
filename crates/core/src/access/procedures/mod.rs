//! How rights come and go (R2.4–R2.8), as pure state machines: requests and their judgement, emergencies, reviews, and the
//! people who begin, move and leave. Nothing here asks for the time or stores anything.

mod emergency;
mod people;
mod request;
mod review;

pub use emergency::{Emergency, EmergencyError, break_glass};
pub use people::{FeedError, PeopleChange, Person, compare_people};
pub use request::{AccessRequest, Ask, Judged, Judgement, Purpose, RequestError, RequestState, Verdict};
pub use review::{
    NeededReview, Review, ReviewError, ReviewOutcome, ReviewReport, ReviewState, ReviewSubject, needed_reviews,
};
