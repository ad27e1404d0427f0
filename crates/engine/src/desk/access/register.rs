//! The register as administrators see and change it (R2.9).

use sakarkiv_core::{
    access::{
        AccessKey, AccessKind, AccessPolicy, AccessRecord, Action, Actor, DutyKind, Grant, Group, Object, Outcome,
        RecordRef, Subject, User, UserKind, View, decide, gains,
    },
    audit::{Activity, ObjectRef},
    identity::{ActorId, DocumentId, EntryId, GrantId},
    ports::{Audience, Op, Subject as About},
    screening::Private,
    sensitivity::of_document,
};

use super::{AccessDesk, AccessError, because};
use crate::{desk::DeskError, rights};

/// Somebody who may see a record (krav 4.5.34).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Holder {
    /// Who.
    pub user: ActorId,
    /// How much of it.
    pub view: View,
    /// Whether they may change it.
    pub writes: bool,
    /// By which rule.
    pub rule: &'static str,
}

impl AccessDesk<'_, '_> {
    /// Users in the order of their ids after `after`, at most `limit`, with all their standing rights. The set-up's users
    /// come with the first page until the register has them.
    ///
    /// # Errors
    /// [`DeskError`]; a refusal is logged.
    pub async fn users(&self, after: Option<&ActorId>, limit: usize) -> Result<Vec<User>, DeskError> {
        self.permit_any(&[DutyKind::ManageUsers, DutyKind::Review]).await?;
        let mut users = rights::users(self.desk.office, self.desk.tenant).await?;
        users.retain(|user| after.is_none_or(|after| user.id > *after));
        users.truncate(limit);
        Ok(users)
    }

    /// A user and all grants that user holds or held. Everybody sees their own.
    ///
    /// # Errors
    /// [`DeskError`]; a refusal is logged.
    pub async fn rights_of(&self, user: &ActorId) -> Result<(User, Vec<Grant>), DeskError> {
        if *user != self.desk.actor.id {
            self.permit_any(&[DutyKind::ManageUsers, DutyKind::Review]).await?;
        }
        let (office, tenant) = (self.desk.office, self.desk.tenant);
        let found = rights::user(office, tenant, user).await?.ok_or(DeskError::NotFound)?;
        Ok((found, rights::grants(office, tenant, user).await?))
    }

    /// Every version of a record of the register, oldest first (krav 4.5.29).
    ///
    /// # Errors
    /// [`DeskError`]; a refusal is logged.
    pub async fn history(&self, key: &AccessKey) -> Result<Vec<AccessRecord>, DeskError> {
        self.permit_any(&[DutyKind::ManageUsers, DutyKind::Review]).await?;
        Ok(self.desk.office.store.access_history(&self.desk.tenant.id, key).await?)
    }

    /// The tenant's access policy.
    ///
    /// # Errors
    /// [`DeskError`]; a refusal is logged.
    pub async fn access_policy(&self) -> Result<AccessPolicy, DeskError> {
        self.permit_any(&[DutyKind::ManageUsers, DutyKind::Review]).await?;
        Ok(self.policy().await?)
    }

    /// The tenant's access groups.
    ///
    /// # Errors
    /// [`DeskError`]; a refusal is logged.
    pub async fn groups(&self) -> Result<Vec<Group>, DeskError> {
        self.permit_any(&[DutyKind::ManageUsers, DutyKind::Review]).await?;
        let filter = rights::of(AccessKind::Group, None);
        let records = rights::all(self.desk.office, self.desk.tenant, &filter).await?;
        Ok(records
            .into_iter()
            .filter_map(|record| if let AccessRecord::Group(group) = record { Some(group) } else { None })
            .collect())
    }

    /// Who can see a case or an entry, and why: the same decision for every user of the register, now. For documents see
    /// [`who_sees_document`](Self::who_sees_document).
    ///
    /// # Errors
    /// [`DeskError`]; a refusal is logged.
    pub async fn who_sees(&self, record: RecordRef) -> Result<Vec<Holder>, DeskError> {
        self.permit_any(&[DutyKind::Review, DutyKind::ManageUsers, DutyKind::DecideRequests]).await?;
        self.holders(&self.object(record).await?).await
    }

    /// Who can see a document of an entry, and why.
    ///
    /// # Errors
    /// [`DeskError`]; a refusal is logged.
    pub async fn who_sees_document(&self, entry: EntryId, document: DocumentId) -> Result<Vec<Holder>, DeskError> {
        self.permit_any(&[DutyKind::Review, DutyKind::ManageUsers, DutyKind::DecideRequests]).await?;
        let (entry, case) = self.desk.stored_entry(entry).await?;
        let found = entry.document(document).ok_or(DeskError::NotFound)?;
        let class = of_document(found, &entry, &case, &self.desk.tenant.codes).class;
        self.holders(&Object::of_document(found, &entry, &case, class)).await
    }

    async fn holders(&self, object: &Object) -> Result<Vec<Holder>, DeskError> {
        let (office, tenant) = (self.desk.office, self.desk.tenant);
        let (policy, now) = (self.policy().await?, self.desk.now());
        let mut holders = Vec::new();
        for user in rights::users(office, tenant).await? {
            let grants = rights::grants(office, tenant, &user.id).await?;
            let actor = Actor::new(tenant.id.clone(), user.id.clone());
            let subject = Subject::compile(&actor, &policy, Some(&user), &grants, now);
            let decision = decide(&subject, Action::Read, object);
            if decision.view != View::None {
                let writes = decide(&subject, Action::Write, object).outcome == Outcome::Allowed;
                holders.push(Holder { user: user.id, view: decision.view, writes, rule: decision.rule() });
            }
        }
        Ok(holders)
    }

    /// Registers a user or changes one: roles, groups, authorisations, channels, bars, the terms of a consultant. Nobody
    /// changes their own rights.
    ///
    /// # Errors
    /// [`AccessError`]; [`StoreError::Conflict`](sakarkiv_core::ports::StoreError::Conflict) when somebody else changed the
    /// user meanwhile.
    pub async fn put_user(&self, user: User) -> Result<(), AccessError> {
        self.permit(DutyKind::ManageUsers).await?;
        if user.id == self.desk.actor.id {
            return Err(AccessError::OwnRights);
        }
        if let UserKind::Consultant(terms) = &user.kind {
            let agreement = self.desk.office.store.entry(&self.desk.tenant.id, terms.agreement).await?;
            agreement.ok_or(AccessError::NoAgreement)?;
        }
        let object = ObjectRef::Actor(user.id.clone());
        self.put(
            AccessRecord::User(User { changed: self.desk.now(), changed_by: self.desk.actor.id.clone(), ..user }),
            object,
        )
        .await
    }

    /// Registers an access group or changes one. Who is in it stands with the users.
    ///
    /// # Errors
    /// As [`put_user`](Self::put_user).
    pub async fn put_group(&self, group: Group) -> Result<(), AccessError> {
        self.permit(DutyKind::ManageUsers).await?;
        let group = Group { changed: self.desk.now(), changed_by: self.desk.actor.id.clone(), ..group };
        self.put(AccessRecord::Group(group), ObjectRef::Tenant).await
    }

    /// Settles the tenant's access policy: what roles may do, units, protected codes and kinds, terms. A policy that
    /// [gives](gains) whoever settles it more rights than they have takes another administrator.
    ///
    /// # Errors
    /// As [`put_user`](Self::put_user).
    pub async fn put_policy(&self, policy: AccessPolicy) -> Result<(), AccessError> {
        self.permit(DutyKind::ManageUsers).await?;
        let (me, grants) = self.rights_of(&self.desk.actor.id).await?;
        if gains(&me, &grants, &self.policy().await?, &policy, self.desk.now()) {
            return Err(AccessError::OwnRights);
        }
        let policy = AccessPolicy { changed: self.desk.now(), changed_by: self.desk.actor.id.clone(), ..policy };
        self.put(AccessRecord::Policy(policy), ObjectRef::Tenant).await
    }

    /// Takes a grant back. Its holder may, those who decide requests, and administrators of users.
    ///
    /// # Errors
    /// [`AccessError`]; a refusal is logged.
    pub async fn withdraw_grant(&self, id: GrantId, reason: Private<String>) -> Result<(), AccessError> {
        let AccessRecord::Grant(grant) = self.record(&AccessKey::new(AccessKind::Grant, &id)).await? else {
            return Err(DeskError::NotFound.into());
        };
        if *grant.holder() != self.desk.actor.id {
            self.permit_any(&[DutyKind::DecideRequests, DutyKind::ManageUsers]).await?;
        }
        let holder = grant.holder().clone();
        let event = self.desk.event(Activity::GrantEnded, ObjectRef::Actor(holder.clone()));
        let event = because(event.with_detail("grant", id.to_string()), &reason);
        let withdrawn = grant.withdraw(&self.desk.actor.id, reason, self.desk.now())?;
        let text = format!("access {id} was taken back; ask for access if you need it");
        let told = self.notice(Audience::User(holder), About::Access { record: id.to_string() }, text);
        self.commit(vec![Op::PutAccess(AccessRecord::Grant(withdrawn)), Op::Audit(event), Op::AddNotice(told)]).await
    }

    async fn put(&self, record: AccessRecord, object: ObjectRef) -> Result<(), AccessError> {
        if *record.tenant() != self.desk.tenant.id {
            return Err(AccessError::OtherTenant);
        }
        let key = record.key();
        let event = self.desk.event(Activity::PermissionChanged, object);
        let event = event
            .with_detail("record", format!("{}:{}", key.kind.as_str(), key.id))
            .with_detail("version", record.version().saturating_add(1).to_string());
        self.commit(vec![Op::PutAccess(record), Op::Audit(event)]).await
    }

    /// All that decisions ask about a record.
    pub(super) async fn object(&self, record: RecordRef) -> Result<Object, DeskError> {
        match record {
            RecordRef::Case(id) => Ok(self.desk.case_object(&self.desk.stored_case(id).await?)),
            RecordRef::Entry(id) => {
                let (entry, case) = self.desk.stored_entry(id).await?;
                Ok(self.desk.entry_object(&entry, &case))
            }
            _ => Err(DeskError::NotFound),
        }
    }
}
