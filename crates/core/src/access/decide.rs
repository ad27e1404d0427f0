use super::{Action, Actor, ActorKind, Facts, RecordRef, Role, Target};
use crate::{identity::TenantId, reason::Reason, sensitivity::SensitivityClass};

/// Whether somebody may do something with a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// It is allowed.
    Allowed,
    /// It is refused.
    Refused,
}

/// An access decision with its reasons and, when reading is allowed, the permit that opens the record's screened content.
#[derive(Debug)]
#[must_use]
pub struct Decision {
    /// The answer.
    pub outcome: Outcome,
    /// Why; never empty.
    pub reasons: Vec<Reason>,
    permit: Option<ReadPermit>,
}

/// Leave to read the screened content of one record of one tenant. Only the access decision makes one; it cannot be
/// copied, stored or sent.
#[derive(Debug)]
pub struct ReadPermit {
    tenant: TenantId,
    record: RecordRef,
}

/// Decides by role, unit, assignment and sensitivity (R2.1, R2.2, R2.7). Pure and total; what no rule allows is refused.
///
/// ```
/// use sakarkiv_core::{
///     access::{Action, Actor, ActorKind, Outcome, RecordRef, Role, Roles, Target, decide},
///     identity::{ActorId, CaseId, TenantId, UnitId},
///     screening::Screened,
///     sensitivity::SensitivityClass,
/// };
///
/// let tenant = TenantId::new("bodo")?;
/// let handler = ActorId::new("u1")?;
/// let record = RecordRef::Case(CaseId::from_uuid(uuid::Uuid::nil()));
/// let target = Target {
///     tenant: tenant.clone(),
///     record,
///     unit: Some(UnitId::new("byplan")?),
///     handler: Some(handler.clone()),
///     class: SensitivityClass::Confidential,
/// };
/// let actor = Actor {
///     id: handler,
///     tenant: tenant.clone(),
///     kind: ActorKind::Employee,
///     unit: None,
///     roles: Roles::NONE.with(Role::CaseHandler),
/// };
/// let decision = decide(&actor, Action::Read, &target);
/// assert_eq!((decision.outcome, decision.reasons[0].code), (Outcome::Allowed, "own_record"));
///
/// let title = Screened::new(tenant, record, "Klage");
/// assert_eq!(decision.permit().and_then(|permit| title.open(permit)), Some(&"Klage"));
/// # Ok::<(), sakarkiv_core::identity::IdError>(())
/// ```
pub fn decide(actor: &Actor, action: Action, target: &Target) -> Decision {
    let (outcome, reason) = rule(&Facts::gather(actor, action, target));
    let may_read = outcome == Outcome::Allowed && action == Action::Read;
    let permit = may_read.then(|| ReadPermit::new(target.tenant.clone(), target.record));
    Decision { outcome, reasons: vec![reason], permit }
}

impl Decision {
    /// The permit, when reading was asked for and allowed.
    #[must_use]
    pub const fn permit(&self) -> Option<&ReadPermit> {
        self.permit.as_ref()
    }

    /// The permit to keep, when reading was asked for and allowed.
    #[must_use]
    pub fn into_permit(self) -> Option<ReadPermit> {
        self.permit
    }
}

impl ReadPermit {
    pub(crate) const fn new(tenant: TenantId, record: RecordRef) -> Self {
        Self { tenant, record }
    }

    /// Whether the permit is for this record of this tenant.
    #[must_use]
    pub fn covers(&self, tenant: &TenantId, record: &RecordRef) -> bool {
        self.tenant == *tenant && self.record == *record
    }
}

/// The first rule that allows it, from the widest role to the narrowest.
fn rule(facts: &Facts) -> (Outcome, Reason) {
    use SensitivityClass as Class;
    let employee = facts.kind == ActorKind::Employee;
    let has = |role| facts.roles.has(role);
    let works_here = has(Role::CaseHandler) || has(Role::Reader);
    let reads = facts.action == Action::Read;
    if !facts.same_tenant {
        return (Outcome::Refused, OTHER_TENANT);
    }
    let allowing = if has(Role::SystemJob) && facts.kind == ActorKind::System {
        SYSTEM_JOB
    } else if has(Role::HeadArchivist) && employee {
        HEAD_ARCHIVIST
    } else if has(Role::Archivist) && employee && (facts.class < Class::StrictlyConfidential || facts.own_unit) {
        ARCHIVIST
    } else if has(Role::CaseHandler) && facts.own_record {
        OWN_RECORD
    } else if works_here && reads && facts.class == Class::Open {
        OPEN_RECORD
    } else if works_here && reads && facts.own_unit && facts.class == Class::Restricted {
        OWN_UNIT
    } else if facts.roles == super::Roles::NONE {
        return (Outcome::Refused, NO_ROLE);
    } else {
        return (Outcome::Refused, NO_NEED);
    };
    (Outcome::Allowed, allowing)
}

const OTHER_TENANT: Reason =
    Reason { code: "other_tenant", text: "nothing crosses from one tenant to another", source: "R1.6" };
const SYSTEM_JOB: Reason =
    Reason { code: "system_job", text: "a job of the records office does its work", source: "R3.2" };
const HEAD_ARCHIVIST: Reason =
    Reason { code: "head_archivist", text: "the head archivist has access to every record", source: "R2.1" };
const ARCHIVIST: Reason = Reason {
    code: "archivist",
    text: "archivists have access to every record of their unit, elsewhere to all but what only few may read",
    source: "R2.1",
};
const OWN_RECORD: Reason =
    Reason { code: "own_record", text: "the record is assigned to this case handler", source: "R2.1" };
const OPEN_RECORD: Reason =
    Reason { code: "open_record", text: "nothing in the record is kept from anybody", source: "R2.1" };
const OWN_UNIT: Reason =
    Reason { code: "own_unit", text: "people of the unit read its ordinary screened records", source: "R2.1" };
const NO_ROLE: Reason = Reason { code: "no_role", text: "the actor has no role in this tenant", source: "R2.1" };
const NO_NEED: Reason = Reason {
    code: "no_need",
    text: "no role, unit or assignment gives an official need of this record; access can be requested",
    source: "R2.1",
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        access::Roles,
        identity::{ActorId, CaseId, UnitId},
    };

    const KINDS: [ActorKind; 3] = [ActorKind::Employee, ActorKind::Service, ActorKind::System];
    const YES_NO: [bool; 2] = [false, true];

    fn all() -> Vec<Facts> {
        let mut all = Vec::new();
        for roles in Roles::every() {
            for kind in KINDS {
                for class in SensitivityClass::ALL {
                    for (same_tenant, own_unit, own_record) in
                        YES_NO.into_iter().flat_map(|a| YES_NO.into_iter().flat_map(move |b| YES_NO.map(|c| (a, b, c))))
                    {
                        for action in [Action::Read, Action::Write] {
                            all.push(Facts { same_tenant, kind, roles, own_unit, own_record, class, action });
                        }
                    }
                }
            }
        }
        all
    }

    fn allowed(facts: &Facts) -> bool {
        rule(facts).0 == Outcome::Allowed
    }

    #[test]
    fn nothing_crosses_tenants_and_nobody_acts_without_a_role() {
        assert_eq!(all().len(), 32 * 3 * 4 * 8 * 2);
        for facts in all() {
            if !facts.same_tenant || facts.roles == Roles::NONE {
                assert!(!allowed(&facts), "{facts:?}");
            }
        }
    }

    #[test]
    fn whoever_may_write_may_read() {
        for facts in all().into_iter().filter(|facts| facts.action == Action::Write && allowed(facts)) {
            assert!(allowed(&Facts { action: Action::Read, ..facts }), "{facts:?}");
        }
    }

    #[test]
    fn a_more_sensitive_class_never_opens_a_record() {
        for facts in all() {
            for class in SensitivityClass::ALL.into_iter().filter(|class| *class > facts.class) {
                assert!(allowed(&facts) || !allowed(&Facts { class, ..facts }), "{facts:?}");
            }
        }
    }

    #[test]
    fn taking_a_role_a_unit_or_an_assignment_away_never_opens_a_record() {
        for facts in all().into_iter().filter(|facts| !allowed(facts)) {
            assert!(!allowed(&Facts { own_unit: false, ..facts }) && !allowed(&Facts { own_record: false, ..facts }));
            for role in Role::ALL {
                let fewer = Role::ALL.into_iter().filter(|r| *r != role && facts.roles.has(*r)).collect();
                assert!(!allowed(&Facts { roles: fewer, ..facts }), "{facts:?}");
            }
        }
    }

    #[test]
    fn what_only_few_may_read_is_open_to_few() {
        for facts in all().into_iter().filter(|f| f.class == SensitivityClass::StrictlyConfidential && allowed(f)) {
            let system = facts.kind == ActorKind::System && facts.roles.has(Role::SystemJob);
            let head = facts.kind == ActorKind::Employee && facts.roles.has(Role::HeadArchivist);
            let archivist = facts.kind == ActorKind::Employee && facts.roles.has(Role::Archivist) && facts.own_unit;
            let handler = facts.roles.has(Role::CaseHandler) && facts.own_record;
            assert!(system || head || archivist || handler, "{facts:?}");
        }
    }

    #[test]
    fn service_users_get_no_archivist_rights() {
        for facts in all().into_iter().filter(|facts| facts.kind == ActorKind::Service) {
            let plain = [Role::CaseHandler, Role::Reader].into_iter().filter(|role| facts.roles.has(*role)).collect();
            assert_eq!(allowed(&facts), allowed(&Facts { roles: plain, ..facts }), "{facts:?}");
        }
    }

    fn setting(actor_tenant: &str) -> (Actor, Target) {
        let tenant = |name| TenantId::new(name).unwrap();
        let unit = UnitId::new("byplan").ok();
        let actor = Actor {
            id: ActorId::new("u1").unwrap(),
            tenant: tenant(actor_tenant),
            kind: ActorKind::Employee,
            unit: unit.clone(),
            roles: Roles::NONE.with(Role::Reader),
        };
        let record = RecordRef::Case(CaseId::from_uuid(uuid::Uuid::nil()));
        let target =
            Target { tenant: tenant("bodo"), record, unit, handler: None, class: SensitivityClass::Restricted };
        (actor, target)
    }

    #[test]
    fn a_permit_comes_only_with_leave_to_read() {
        let (actor, target) = setting("bodo");
        let permit = decide(&actor, Action::Read, &target).into_permit().unwrap();
        assert!(permit.covers(&target.tenant, &target.record));
        assert!(decide(&actor, Action::Write, &target).into_permit().is_none());
        let (stranger, target) = setting("rost");
        let refused = decide(&stranger, Action::Read, &target);
        assert_eq!((refused.outcome, refused.reasons[0].code), (Outcome::Refused, "other_tenant"));
        assert!(refused.permit().is_none());
    }

    #[test]
    fn two_records_without_a_unit_are_not_of_the_same_unit() {
        let (mut actor, mut target) = setting("bodo");
        (actor.unit, target.unit) = (None, None);
        assert_eq!(decide(&actor, Action::Read, &target).outcome, Outcome::Refused);
    }

    #[test]
    fn roles_are_written_as_a_list() {
        let (actor, _) = setting("bodo");
        let json = r#"{"id":"u1","tenant":"bodo","kind":"employee","unit":"byplan","roles":["reader"]}"#;
        assert_eq!(serde_json::to_string(&actor).unwrap(), json);
        assert_eq!(serde_json::from_str::<Actor>(json).unwrap(), actor);
    }
}
