//! Who may do what with which record (R2): the access register, the decision, and how rights come and go.
mod actor;
mod decide;
mod duty;
mod facts;
mod grant;
mod group;
mod object;
mod period;
mod policy;
pub mod procedures;
mod register;
mod resolve;
mod rights;
mod rules;
mod subject;
mod user;

pub use actor::Actor;
pub use decide::{Decision, Ruling, View, decide};
pub use duty::{Duty, DutyDecision, DutyFacts, DutyPermit};
pub use facts::{Facts, Listed, Membership, Named, Owner, Standing};
pub use grant::{Confirmation, Grant, GrantBasis, GrantError, GrantRight, GrantScope, GrantState};
pub use group::Group;
pub use object::{Object, ScreenedBy};
pub use period::Period;
pub use policy::{AccessPolicy, EmergencyTerms, Protection, ReviewTerms, UnitTree};
pub use procedures::{
    AccessRequest, Ask, Emergency, EmergencyError, FeedError, Judged, Judgement, NeededReview, PeopleChange, Person,
    Purpose, RequestError, RequestState, Review, ReviewError, ReviewOutcome, ReviewReport, ReviewState, ReviewSubject,
    Verdict, break_glass, compare_people, needed_reviews,
};
pub use register::{AccessKey, AccessKind, AccessRecord};
pub use rights::{DutyKind, Reading, Role, RoleRights, Writing};
pub use rules::Rule;
pub use subject::Subject;
pub use user::{
    Authorisation, Bar, ChannelAccess, ChannelRight, Consultancy, GroupMembership, Protected, RoleAssignment,
    RoleScope, ServiceAllowance, ServiceRights, UnitScope, User, UserKind,
};

pub use super::{Action, Outcome, ReadPermit, RecordRef};
