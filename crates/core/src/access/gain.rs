use super::{AccessPolicy, Actor, Grant, Subject, User};
use crate::identity::Timestamp;

/// Whether a person would have more under a policy than under the one before it, now or once a role, an authorisation or a
/// grant of theirs begins: reading, writing or a duty of their roles, or units that come to lie below theirs. What records
/// take ([`Protection`](super::Protection)) is the same for everybody and does not count.
///
/// Nobody changes their own rights (R2.9), so whoever would gain leaves the policy to another administrator.
#[must_use]
pub fn gains(user: &User, grants: &[Grant], before: &AccessPolicy, after: &AccessPolicy, now: Timestamp) -> bool {
    let actor = Actor::new(user.tenant.clone(), user.id.clone());
    let mut moment = Some(now);
    while let Some(at) = moment {
        let has = Subject::compile(&actor, before, Some(user), grants, at);
        if Subject::compile(&actor, after, Some(user), grants, at).exceeds(&has) {
            return true;
        }
        moment = has.valid_until();
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        access::{
            Authorisation, DutyKind, GrantRight, GrantScope, Period, Protected, Reading, Role, RoleRights, RoleScope,
            UnitScope, UnitTree, Writing,
            samples::{at, employee, grant, policy, role, who, why, with_role},
        },
        case::CaseKind,
        identity::UnitId,
        screening::AccessCode,
        sensitivity::SensitivityClass,
    };

    const NOW: i64 = 15;

    fn unit(name: &str) -> UnitId {
        UnitId::new(name).unwrap()
    }

    fn says(of: Role, rights: RoleRights) -> AccessPolicy {
        AccessPolicy { roles: [(of, rights)].into(), ..policy() }
    }

    fn gains_by(user: &User, grants: &[Grant], after: &AccessPolicy) -> bool {
        gains(user, grants, &policy(), after, at(NOW))
    }

    #[test]
    fn more_reading_writing_or_duties_of_a_role_one_has_is_a_gain_and_less_is_none() {
        let admin = with_role("a", Role::SystemAdministrator);
        let standard = Role::SystemAdministrator.standard_rights();
        let with = |change: fn(&mut RoleRights)| {
            let mut rights = standard.clone();
            change(&mut rights);
            says(Role::SystemAdministrator, rights)
        };
        let gain = |change| gains_by(&admin, &[], &with(change));
        assert!(gain(|rights| rights.reading = Reading::Journal) && gain(|rights| rights.writing = Writing::Own));
        assert!(gain(|rights| rights.duties = [DutyKind::ExportLog].into()));
        assert!(!gain(|_| ()) && !gain(|rights| rights.duties.clear()));
        let all = RoleRights::new(Reading::Strict, Writing::All, DutyKind::ALL);
        assert!(!gains_by(&admin, &[], &says(Role::Reader, all.clone())), "a role of others");
        assert!(gains_by(&with_role("r", Role::Reader), &[], &says(Role::Reader, all)));
    }

    #[test]
    fn what_another_role_gives_already_is_no_gain() {
        let scope = RoleScope::Unit { unit: unit("byplan"), with_sub_units: true };
        let mut head = with_role("h", Role::HeadArchivist);
        head.roles.push(role(Role::CaseHandler, scope, Period::starting(at(0))));
        head.roles.push(role(Role::Reader, RoleScope::Series("plan".to_owned()), Period::starting(at(0))));
        let manager = Role::Manager.standard_rights();
        assert!(!gains_by(&head, &[], &says(Role::CaseHandler, manager.clone())));
        assert!(!gains_by(&head, &[], &says(Role::Reader, manager.clone())));
        head.roles.remove(0);
        assert!(gains_by(&head, &[], &says(Role::CaseHandler, manager.clone())));
        assert!(gains_by(&head, &[], &says(Role::Reader, manager)));
    }

    #[test]
    fn a_role_that_begins_later_counts_and_one_that_is_over_does_not() {
        let more = says(Role::Reader, Role::LeadArchivist.standard_rights());
        let reader = |period| User { roles: vec![role(Role::Reader, RoleScope::Tenant, period)], ..employee("r") };
        assert!(gains_by(&reader(Period::between(at(20), at(30))), &[], &more));
        assert!(!gains_by(&reader(Period::between(at(0), at(NOW))), &[], &more));
    }

    #[test]
    fn units_that_come_to_lie_below_ones_own_are_a_gain() {
        let below = UnitTree::default().with(unit("plan"), Some(unit("byplan")));
        let reorganised = AccessPolicy { units: below, ..policy() };
        let of = |with_sub_units| {
            let scope = RoleScope::Unit { unit: unit("byplan"), with_sub_units };
            User { roles: vec![role(Role::CaseHandler, scope, Period::starting(at(0)))], ..employee("a") }
        };
        assert!(gains_by(&of(true), &[], &reorganised) && !gains_by(&of(false), &[], &reorganised));
        assert!(!gains(&of(true), &[], &reorganised, &policy(), at(NOW)), "and less is none");
        let scope = GrantScope::Unit { unit: unit("byplan"), with_sub_units: true };
        let held = grant("b", scope, GrantRight::Read);
        assert!(gains_by(&employee("b"), std::slice::from_ref(&held), &reorganised));
        let code = AccessCode::new("UO").unwrap();
        let class = SensitivityClass::Confidential;
        for subject in [Protected::Code(code), Protected::Kind(CaseKind::PupilFile), Protected::Class(class)] {
            let authorised = |units| User {
                authorisations: vec![Authorisation {
                    subject: subject.clone(),
                    units,
                    period: Period::starting(at(0)),
                    granted_by: who("admin"),
                    reason: why(),
                }],
                ..employee("c")
            };
            let there = UnitScope::Unit { unit: unit("byplan"), with_sub_units: true };
            assert!(gains_by(&authorised(there), &[], &reorganised));
            assert!(!gains_by(&authorised(UnitScope::Tenant), &[], &reorganised));
        }
    }
}
