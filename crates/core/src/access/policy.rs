use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{Role, RoleRights};
use crate::{
    case::CaseKind,
    identity::{ActorId, TenantId, Timestamp, UnitId},
    screening::AccessCode,
    sensitivity::SensitivityClass,
};

/// What a tenant has settled about access: what its roles may do, how its units belong together, which codes and case kinds
/// ask for more than others, and the terms of reviews and emergencies. Each version is kept.
///
/// JSON form: the field names as keys; all but `tenant`, `changed` and `changed_by` may be left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessPolicy {
    /// Whose policy.
    pub tenant: TenantId,
    /// How many times the stored policy was changed.
    #[serde(default)]
    pub version: u64,
    /// When it was last changed.
    pub changed: Timestamp,
    /// By whom.
    pub changed_by: ActorId,
    /// Roles whose rights differ from [`Role::standard_rights`].
    #[serde(default)]
    pub roles: BTreeMap<Role, RoleRights>,
    /// The units.
    #[serde(default)]
    pub units: UnitTree,
    /// What it takes to read under an access code, where it is more than the class of the record asks for.
    #[serde(default)]
    pub codes: BTreeMap<AccessCode, Protection>,
    /// What it takes to read cases of a kind and what belongs to them, where it is more than the class asks for.
    #[serde(default = "standard_kinds")]
    pub kinds: BTreeMap<CaseKind, Protection>,
    /// Series (arkivdeler) of which nothing is open to everybody within the tenant.
    #[serde(default)]
    pub need_to_know_series: BTreeSet<String>,
    /// Kinds of which those without access do not learn that a case exists.
    #[serde(default = "personal_files")]
    pub concealed_kinds: BTreeSet<CaseKind>,
    /// Kinds whose case handler gets access only by a confirmed request (R2.5), not by being named in the case.
    #[serde(default = "confirmed_kinds")]
    pub confirmed_kinds: BTreeSet<CaseKind>,
    /// Whether being responsible for a record gives access to it (krav 4.1.11).
    #[serde(default = "yes")]
    pub responsible_has_access: bool,
    /// The terms of emergency access.
    #[serde(default)]
    pub emergency: EmergencyTerms,
    /// How often rights are reviewed.
    #[serde(default)]
    pub reviews: ReviewTerms,
    /// The largest part of the employees, in percent, whose rights a single people feed may take: those who left and those
    /// who changed units together. A feed that would take more is refused as broken.
    #[serde(default = "standard_leavers")]
    pub max_leavers_percent: u32,
}

/// What it takes to read a record, beside a direct grant, responsibility and the archive's own roles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Protection {
    /// Nothing: any employee who reads open records.
    Open,
    /// The official need of the unit, or membership of the record's group.
    Unit,
    /// Authorisation for its access code or case kind, within the unit, and membership if it has a group.
    Authorised,
    /// Authorisation for its access code or case kind **and** membership of its group. Without a group, nobody has it.
    AuthorisedMember,
}

impl Protection {
    /// Every step, from the least to the most.
    pub const ALL: [Self; 4] = [Self::Open, Self::Unit, Self::Authorised, Self::AuthorisedMember];

    /// The least that a class of sensitivity asks for.
    #[must_use]
    pub const fn of_class(class: SensitivityClass) -> Self {
        match class {
            SensitivityClass::Open => Self::Open,
            SensitivityClass::Restricted => Self::Unit,
            SensitivityClass::Confidential | SensitivityClass::StrictlyConfidential => Self::Authorised,
        }
    }
}

/// How the units of a tenant belong together: each unit with the one above it, if any. JSON form: `{"byplan": "teknisk",
/// "teknisk": null}`. A unit that is not in it stands by itself.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UnitTree(pub BTreeMap<UnitId, Option<UnitId>>);

impl UnitTree {
    /// Adds a unit below another, or at the top.
    #[must_use]
    pub fn with(mut self, unit: UnitId, above: Option<UnitId>) -> Self {
        self.0.insert(unit, above);
        self
    }

    /// Whether `unit` is `top` or belongs below it. A circle in the tree ends the search.
    #[must_use]
    pub fn is_within(&self, unit: &UnitId, top: &UnitId) -> bool {
        let mut at = Some(unit);
        for _ in 0..=self.0.len() {
            match at {
                Some(here) if here == top => return true,
                Some(here) => at = self.0.get(here).and_then(Option::as_ref),
                None => return false,
            }
        }
        false
    }

    /// `top` and every unit below it.
    pub fn within<'a>(&'a self, top: &'a UnitId) -> impl Iterator<Item = &'a UnitId> {
        let below = self.0.keys().filter(move |unit| *unit != top && self.is_within(unit, top));
        std::iter::once(top).chain(below)
    }
}

/// The terms of emergency access (break-glass).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct EmergencyTerms {
    /// How long it lasts, in minutes.
    pub minutes: u32,
    /// Within how many days it must be reviewed.
    pub review_days: u32,
}

impl Default for EmergencyTerms {
    fn default() -> Self {
        Self { minutes: 60, review_days: 7 }
    }
}

/// How often rights are reviewed (R2.8).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ReviewTerms {
    /// The roles that are reviewed.
    pub roles: BTreeSet<Role>,
    /// Months between two reviews of somebody's roles.
    pub role_months: u32,
    /// Months between two reviews of somebody's channel accesses.
    pub channel_months: u32,
    /// How many days before it is due a review is put before somebody.
    pub notice_days: u32,
}

impl Default for ReviewTerms {
    fn default() -> Self {
        let roles = [Role::Archivist, Role::LeadArchivist, Role::HeadArchivist, Role::SystemAdministrator];
        Self { roles: roles.into(), role_months: 12, channel_months: 3, notice_days: 30 }
    }
}

impl AccessPolicy {
    /// The policy of a tenant that has settled nothing yet: every default.
    #[must_use]
    pub fn standard(tenant: TenantId, by: ActorId, at: Timestamp) -> Self {
        Self {
            tenant,
            version: 0,
            changed: at,
            changed_by: by,
            roles: BTreeMap::new(),
            units: UnitTree::default(),
            codes: BTreeMap::new(),
            kinds: standard_kinds(),
            need_to_know_series: BTreeSet::new(),
            concealed_kinds: personal_files(),
            confirmed_kinds: confirmed_kinds(),
            responsible_has_access: true,
            emergency: EmergencyTerms::default(),
            reviews: ReviewTerms::default(),
            max_leavers_percent: standard_leavers(),
        }
    }

    /// What a role may do in this tenant.
    #[must_use]
    pub fn rights_of(&self, role: Role) -> RoleRights {
        self.roles.get(&role).cloned().unwrap_or_else(|| role.standard_rights())
    }
}

fn standard_kinds() -> BTreeMap<CaseKind, Protection> {
    [
        (CaseKind::PersonnelFile, Protection::Authorised),
        (CaseKind::PupilFile, Protection::Authorised),
        (CaseKind::ChildFile, Protection::AuthorisedMember),
    ]
    .into()
}

fn personal_files() -> BTreeSet<CaseKind> {
    [CaseKind::PersonnelFile, CaseKind::PupilFile, CaseKind::ChildFile].into()
}

fn confirmed_kinds() -> BTreeSet<CaseKind> {
    [CaseKind::PersonnelFile].into()
}

const fn yes() -> bool {
    true
}

const fn standard_leavers() -> u32 {
    10
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unit(name: &str) -> UnitId {
        UnitId::new(name).unwrap()
    }

    #[test]
    fn a_unit_is_within_those_above_it_and_not_the_other_way_round() {
        let tree = UnitTree::default()
            .with(unit("teknisk"), None)
            .with(unit("byplan"), Some(unit("teknisk")))
            .with(unit("plan"), Some(unit("byplan")));
        assert!(tree.is_within(&unit("plan"), &unit("teknisk")) && tree.is_within(&unit("plan"), &unit("plan")));
        assert!(!tree.is_within(&unit("teknisk"), &unit("plan")) && !tree.is_within(&unit("skole"), &unit("teknisk")));
        let byplan = unit("byplan");
        let within: Vec<&str> = tree.within(&byplan).map(UnitId::as_str).collect();
        assert_eq!(within, ["byplan", "plan"]);
        assert_eq!(tree.within(&unit("skole")).count(), 1);
    }

    #[test]
    fn a_circle_of_units_ends_the_search() {
        let circle = UnitTree::default().with(unit("a"), Some(unit("b"))).with(unit("b"), Some(unit("a")));
        assert!(circle.is_within(&unit("a"), &unit("b")) && !circle.is_within(&unit("a"), &unit("c")));
    }

    #[test]
    fn a_role_has_its_standard_rights_unless_the_tenant_says_otherwise() {
        let at = chrono::DateTime::UNIX_EPOCH;
        let mut policy = AccessPolicy::standard(TenantId::new("bodo").unwrap(), ActorId::new("admin").unwrap(), at);
        assert_eq!(policy.rights_of(Role::Reader), Role::Reader.standard_rights());
        policy.roles.insert(Role::Reader, RoleRights::default());
        assert_eq!(policy.rights_of(Role::Reader), RoleRights::default());
        assert_eq!((policy.emergency.minutes, policy.emergency.review_days, policy.max_leavers_percent), (60, 7, 10));
        let reviewed = [Role::Archivist, Role::LeadArchivist, Role::HeadArchivist, Role::SystemAdministrator];
        assert_eq!(policy.reviews.roles, reviewed.into());
        assert!(policy.concealed_kinds.len() == 3 && policy.confirmed_kinds == [CaseKind::PersonnelFile].into());
    }
}
