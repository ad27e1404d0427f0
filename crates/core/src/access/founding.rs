use super::{
    ChannelAccess, ChannelRight, GrantRight, GroupMembership, Period, Role, RoleAssignment, RoleScope, User, UserKind,
};
use crate::identity::{AccountId, ActorId, GroupId, TenantId, Timestamp, UnitId};

/// Users that a set-up names, so that somebody can begin: the first administrator, the service users of integrations.
impl User {
    /// A user of a set-up: in force since ever, changed by nobody but the set-up itself, without any right. What has been
    /// unreviewed since ever is due for review at once; see [`since`](Self::since).
    ///
    /// ```
    /// use sakarkiv_core::{
    ///     access::{Role, RoleScope, User, UserKind},
    ///     identity::{ActorId, TenantId, UnitId},
    /// };
    ///
    /// let unit = UnitId::new("byggesak")?;
    /// let user = User::founding(TenantId::new("bodo")?, ActorId::new("u1")?, UserKind::Employee)
    ///     .in_unit(unit.clone())
    ///     .with_role(Role::CaseHandler, RoleScope::Unit { unit, with_sub_units: false });
    /// assert_eq!(user.roles.len(), 1);
    /// # Ok::<(), sakarkiv_core::identity::IdError>(())
    /// ```
    #[must_use]
    pub fn founding(tenant: TenantId, id: ActorId, kind: UserKind) -> Self {
        let by = id.clone();
        Self::new(tenant, id, kind, by, Timestamp::UNIX_EPOCH)
    }

    /// The same user from a moment on. To be said first: rights count from the moment that was said before them.
    #[must_use]
    pub fn since(self, at: Timestamp) -> Self {
        Self { changed: at, active: Period::starting(at), ..self }
    }

    /// The same user in a unit.
    #[must_use]
    pub fn in_unit(self, unit: UnitId) -> Self {
        Self { unit: Some(unit), ..self }
    }

    /// And with a role, from the beginning and without an end.
    #[must_use]
    pub fn with_role(mut self, role: Role, scope: RoleScope) -> Self {
        let (period, granted_by) = self.standing_terms();
        self.roles.push(RoleAssignment { role, scope, period, granted_by, reason: FOUNDED.into(), decision: None });
        self
    }

    /// And with a sender account, from the beginning and without an end.
    #[must_use]
    pub fn with_account(mut self, account: AccountId, right: ChannelRight) -> Self {
        let (period, granted_by) = self.standing_terms();
        self.channels.push(ChannelAccess { account, right, period, granted_by, reason: FOUNDED.into() });
        self
    }

    /// And in an access group, from the beginning and without an end.
    #[must_use]
    pub fn with_group(mut self, group: GroupId, right: GrantRight) -> Self {
        let (period, granted_by) = self.standing_terms();
        self.memberships.push(GroupMembership { group, right, period, granted_by, reason: FOUNDED.into() });
        self
    }

    fn standing_terms(&self) -> (Period, ActorId) {
        (Period::starting(self.active.from), self.changed_by.clone())
    }
}

const FOUNDED: &str = "named by the set-up";
