//! People who begin, change jobs and leave, from the tenant's own people register (R2.8).

use sakarkiv_core::{
    access::{AccessRecord, DutyKind, PeopleChange, Person, compare_people},
    audit::{Activity, ObjectRef},
    ports::Op,
    screening::Private,
};

use super::{AccessDesk, AccessError};
use crate::rights;

/// What a people feed came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct PeopleReport {
    /// How many began or came back: users without rights.
    pub joined: usize,
    /// How many left and lost all access.
    pub left: usize,
    /// How many changed jobs and lost what went with the old one.
    pub moved: usize,
    /// How many stay for longer or shorter than the register had it, with all their rights.
    pub other_end: usize,
    /// How many grants were taken back with that.
    pub grants_withdrawn: usize,
}

impl AccessDesk<'_, '_> {
    /// Takes a complete list of those the tenant employs. Who is not in it any more, or works elsewhere now, loses access at
    /// once, grants included; each in one transaction. How long an employee is active is what the list says. A feed that would take the rights of too many, or of the last who may
    /// manage users, is refused whole. Repeating it changes nothing.
    ///
    /// # Errors
    /// [`AccessError`]; a refusal is logged. After an error in the midst of it, run it again: what becomes of the caller comes
    /// last, so that the caller still may.
    pub async fn take_people(&self, feed: &[Person]) -> Result<PeopleReport, AccessError> {
        self.permit(DutyKind::ManageUsers).await?;
        let (office, tenant, at) = (self.desk.office, self.desk.tenant, self.desk.now());
        let users = rights::users(office, tenant).await?;
        let by = &self.desk.actor.id;
        let mut report = PeopleReport::default();
        let mut changes = compare_people(feed, &users, &self.policy().await?, by, at)?;
        changes.sort_by_key(|change| change.user().id == *by);
        for change in changes {
            let (what, counter) = match &change {
                PeopleChange::Joined(_) => ("joined", &mut report.joined),
                PeopleChange::Returned(_) => ("returned", &mut report.joined),
                PeopleChange::OtherEnd(_) => ("other end", &mut report.other_end),
                PeopleChange::Left(_) => ("left", &mut report.left),
                PeopleChange::Moved(_) => ("moved", &mut report.moved),
            };
            *counter += 1;
            let user = change.user().clone();
            let event = self.desk.event(Activity::PermissionChanged, ObjectRef::Actor(user.id.clone()));
            let mut ops = vec![Op::Audit(event.with_detail("people", what))];
            if change.ends_grants() {
                for grant in rights::grants(office, tenant, &user.id).await? {
                    let id = grant.id();
                    let Ok(withdrawn) = grant.withdraw(by, Private::from("left or changed jobs"), at) else { continue };
                    let event = self.desk.event(Activity::GrantEnded, ObjectRef::Actor(user.id.clone()));
                    ops.push(Op::Audit(event.with_detail("grant", id.to_string())));
                    ops.push(Op::PutAccess(AccessRecord::Grant(withdrawn)));
                    report.grants_withdrawn += 1;
                }
            }
            ops.push(Op::PutAccess(AccessRecord::User(user)));
            self.commit(ops).await?;
        }
        Ok(report)
    }
}
