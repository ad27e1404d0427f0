use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{GrantRight, Period, Role, period::earliest};
use crate::{
    access::RecordRef,
    case::CaseKind,
    identity::{AccountId, ActorId, EntryId, GroupId, TenantId, Timestamp, UnitId},
    screening::{AccessCode, Private},
    sensitivity::SensitivityClass,
};

/// Somebody or something that may act in a tenant, with all standing rights: roles, groups, authorisations, channels.
/// Rights given by a decision of their own are [`Grant`](super::Grant)s. Never deleted: every version is kept (krav 4.2.3).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// In which tenant.
    pub tenant: TenantId,
    /// Who, as a pseudonym.
    pub id: ActorId,
    /// How many times the stored user was changed.
    #[serde(default)]
    pub version: u64,
    /// When it was last changed.
    pub changed: Timestamp,
    /// By whom.
    pub changed_by: ActorId,
    /// What sort of user, with what that sort needs.
    pub kind: UserKind,
    /// When the user may act at all. One who left has a period that is over. Where the tenant has a
    /// [people feed](crate::access::compare_people), its end is that of the employment.
    pub active: Period,
    /// The unit the person works in.
    #[serde(default)]
    pub unit: Option<UnitId>,
    /// Roles.
    #[serde(default)]
    pub roles: Vec<RoleAssignment>,
    /// Access groups the user is a member of.
    #[serde(default)]
    pub memberships: Vec<GroupMembership>,
    /// Access codes and case kinds the user is authorised for.
    #[serde(default)]
    pub authorisations: Vec<Authorisation>,
    /// Sender accounts the user may use.
    #[serde(default)]
    pub channels: Vec<ChannelAccess>,
    /// Records the user is kept from, whatever other rights say.
    #[serde(default)]
    pub bars: Vec<Bar>,
}

/// What sort of user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UserKind {
    /// A person employed by the tenant.
    Employee,
    /// An external consultant (R2.6).
    Consultant(Consultancy),
    /// The service user of an integration (R2.7).
    Service(ServiceRights),
}

/// The terms under which an external consultant has access (R2.6). Without them there is no consultant; when they end, the
/// access ends by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consultancy {
    /// The journal entry with the signed non-disclosure agreement (taushetserklæring).
    pub agreement: EntryId,
    /// Who ordered the access.
    pub ordered_by: ActorId,
    /// When the agreed period is over.
    pub until: Timestamp,
}

/// What the service user of an integration may do: what is listed here and nothing else (R2.7).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceRights {
    /// The integration it belongs to, by its name in the register of integrations.
    pub integration: String,
    /// Who answers for it.
    pub owner: ActorId,
    /// Records it may read or write.
    #[serde(default)]
    pub records: Vec<ServiceAllowance>,
    /// Kinds of cases it may open, in the units and series of `records` that it may write.
    #[serde(default)]
    pub opens: BTreeSet<CaseKind>,
}

/// Records a service user may read or write.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceAllowance {
    /// Read, or read and write.
    pub right: GrantRight,
    /// In which kinds of cases.
    pub kinds: BTreeSet<CaseKind>,
    /// Of which units.
    pub units: UnitScope,
    /// Of which series; any when left out.
    #[serde(default)]
    pub series: Option<BTreeSet<String>>,
    /// Up to which class of sensitivity.
    pub up_to: SensitivityClass,
}

/// A role somebody has, where and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoleAssignment {
    /// The role.
    pub role: Role,
    /// Where it counts.
    pub scope: RoleScope,
    /// When it counts.
    pub period: Period,
    /// Who gave it.
    pub granted_by: ActorId,
    /// Why.
    pub reason: Private<String>,
    /// The journal entry with the decision, where there is one.
    #[serde(default)]
    pub decision: Option<EntryId>,
}

/// Where a role counts.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RoleScope {
    /// In the whole tenant.
    Tenant,
    /// In a unit.
    Unit {
        /// The unit.
        unit: UnitId,
        /// And in those below it.
        with_sub_units: bool,
    },
    /// In a series (arkivdel).
    Series(String),
}

/// In which units something counts.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnitScope {
    /// In all, and for records without a unit.
    Tenant,
    /// In one.
    Unit {
        /// The unit.
        unit: UnitId,
        /// And in those below it.
        with_sub_units: bool,
    },
}

/// Membership of an access group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupMembership {
    /// The group.
    pub group: GroupId,
    /// What it gives on the group's records.
    pub right: GrantRight,
    /// When.
    pub period: Period,
    /// Who gave it.
    pub granted_by: ActorId,
    /// Why.
    pub reason: Private<String>,
}

/// What somebody is authorised for (autorisasjon), where and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Authorisation {
    /// The access code, case kind or class.
    pub subject: Protected,
    /// In which units.
    pub units: UnitScope,
    /// When.
    pub period: Period,
    /// Who gave it.
    pub granted_by: ActorId,
    /// Why.
    pub reason: Private<String>,
}

/// What an authorisation is for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Protected {
    /// Records under an access code.
    Code(AccessCode),
    /// Cases of a kind and what belongs to them.
    Kind(CaseKind),
    /// Records up to a class whose sensitivity comes from neither a code nor a kind, such as marked documents.
    Class(SensitivityClass),
}

/// A sender account that somebody may use (R2.8).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChannelAccess {
    /// The account.
    pub account: AccountId,
    /// What for.
    pub right: ChannelRight,
    /// When.
    pub period: Period,
    /// Who gave it.
    pub granted_by: ActorId,
    /// Why.
    pub reason: Private<String>,
}

/// What a sender account may be used for. Sending only is the rule, where sending is all that is needed (R2.8).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChannelRight {
    /// Hand in letters.
    Send,
    /// And operate its deliveries: send again, stop, withdraw.
    Operate,
}

/// A record somebody is kept from (inhabilitet, interest as a party). It beats every right.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bar {
    /// The case, with all that belongs to it; or the entry, with its documents; or the document.
    pub record: RecordRef,
    /// When.
    pub period: Period,
    /// Who set it.
    pub set_by: ActorId,
    /// Why.
    pub reason: Private<String>,
}

impl User {
    /// A user of a kind, active from now on, without any right.
    #[must_use]
    pub fn new(tenant: TenantId, id: ActorId, kind: UserKind, by: ActorId, at: Timestamp) -> Self {
        Self {
            tenant,
            id,
            version: 0,
            changed: at,
            changed_by: by,
            kind,
            active: Period::starting(at),
            unit: None,
            roles: Vec::new(),
            memberships: Vec::new(),
            authorisations: Vec::new(),
            channels: Vec::new(),
            bars: Vec::new(),
        }
    }

    /// The first moment after `now` at which one of the user's rights or bars begins or ends.
    #[must_use]
    pub fn next_change(&self, now: Timestamp) -> Option<Timestamp> {
        earliest(self.periods().map(|period| period.next_change(now)))
    }

    /// The first moment after `now` at which one of the user's rights or bars ends.
    #[must_use]
    pub fn next_end(&self, now: Timestamp) -> Option<Timestamp> {
        earliest(self.periods().map(|period| period.until.filter(|until| *until > now)))
    }

    /// Every period there is in it, the consultancy's too.
    fn periods(&self) -> impl Iterator<Item = Period> + '_ {
        let consultancy = match &self.kind {
            UserKind::Consultant(terms) => Some(Period::between(self.active.from, terms.until)),
            UserKind::Employee | UserKind::Service(_) => None,
        };
        consultancy
            .into_iter()
            .chain([self.active])
            .chain(self.roles.iter().map(|role| role.period))
            .chain(self.memberships.iter().map(|membership| membership.period))
            .chain(self.authorisations.iter().map(|authorisation| authorisation.period))
            .chain(self.channels.iter().map(|channel| channel.period))
            .chain(self.bars.iter().map(|bar| bar.period))
    }
}

#[cfg(test)]
#[path = "user_tests.rs"]
mod tests;
