//! Who may do what with which record (R2): the access register, the decision, and how rights come and go.
//!
//! Access is by official need (tjenstlig behov): what no rule allows is refused. An [`Actor`] says only who acts; what they
//! may do comes from the tenant's register ([`AccessRecord`]), compiled into a [`Subject`] for one moment. [`decide`] weighs
//! it against an [`Object`], by way of a finite set of [`Facts`], so that every combination can be tried.
//! [`Subject::sees`] filters lists by the same rules, and [`Subject::may`] decides about acts that concern no single record.
//!
//! # The rules
//!
//! Asked from the top. The first rule that gives a view settles it; whether the record may be changed is settled by the first
//! rule below that holds and writes. `access.cedar` and `access.cedarschema` beside this file say the same in Cedar, as a
//! specification to read and a judge to compare with.
//!
//! | rule | when | outcome | source |
//! |------|------|---------|--------|
//! | `other_tenant` | actor and record are of different tenants | nothing | R1.6 |
//! | `system_job` | a job of the records office acts | all, writes | R3.2 |
//! | `unknown_user` | the register does not know the actor | nothing | R2.1 |
//! | `inactive` | the user's active period has not begun or is over | nothing | R2.8 |
//! | `consultancy_over` | the consultant's agreed period is over | nothing | R2.6 |
//! | `barred` | a bar in force names the record, its entry or its case | nothing | forvaltningsloven § 6 |
//! | `service_listed` | a service user, and its list has the record | all, writes if listed so | R2.7 |
//! | `service_unlisted` | a service user, and its list has it not | nothing | R2.7 |
//! | `named_grant` | a grant on the record; for a document not screened by itself also one on its entry | all, writes if granted so | R2.1 |
//! | `emergency` | the same, taken in an emergency | all | R2.1 |
//! | `responsible` | the user is its case handler; of a confirmed kind only if authorised | all, writes if a role there writes what is one's own | krav 4.1.11 |
//! | `group_member` | a member of its own group; if it takes authorisation, authorised as well | all, writes if a writing member | R2.1 |
//! | `archive` | an employee whose role there reads all; if only few may read it, strictly all | all, writes if the role writes all | R2.9 |
//! | `open_record` | an employee whose role there reads what is open; it takes nothing and has no group | all, writes if the role writes for the unit | krav 4.5.1 |
//! | `unit_need` | an employee whose role there reads what is screened; it takes unit need and has no group | all, writes if the role writes for the unit | R2.1 |
//! | `authorised` | the same, when it takes authorisation and the user is authorised | all, writes if the role writes for the unit | R2.1 |
//! | `folder_grant` | a grant on its case; neither it nor its entry is screened by itself, and it has no group | all, never writes | R2.3 |
//! | `journal` | an employee with a reading role there; its existence is not concealed | metadata | R2.1 |
//! | `no_role` | an employee without a reading role there | nothing | R2.1 |
//! | `no_need` | none of the above | nothing | R2.1 |
//! | `read_only` | writing is asked for; the record may be read, but no rule that holds writes | as read, no change | R2.2 |
//!
//! *There* is where the record belongs: its unit, its series, the whole tenant. A grant on a unit, a series or the tenant counts
//! as a role there that reads what is screened, and writes for the unit if it is for writing. What a record *takes* is the most
//! that its class, its access codes, its case kind and its series ask for ([`Protection`]).

mod actor;
mod decide;
mod duty;
mod facts;
mod founding;
mod gain;
mod grant;
mod group;
mod object;
mod period;
mod policy;
mod procedures;
mod quick;
mod record;
mod register;
mod resolve;
mod rights;
mod rules;
#[cfg(test)]
mod samples;
mod subject;
mod user;
#[cfg(test)]
mod worlds;

pub use actor::Actor;
pub use decide::{Decision, Ruling, View, decide};
pub use duty::{Duty, DutyDecision, DutyFacts, DutyPermit};
pub use facts::{Facts, Listed, Membership, Named, Owner, Standing};
pub use gain::gains;
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
pub use record::{Action, Outcome, ReadPermit, RecordRef};
pub use register::{AccessKey, AccessKind, AccessRecord};
pub use rights::{DutyKind, Reading, Role, RoleRights, Writing};
pub use rules::Rule;
pub use subject::Subject;
pub use user::{
    Authorisation, Bar, ChannelAccess, ChannelRight, Consultancy, GroupMembership, Protected, RoleAssignment,
    RoleScope, ServiceAllowance, ServiceRights, UnitScope, User, UserKind,
};
