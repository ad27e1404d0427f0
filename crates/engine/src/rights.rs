//! What somebody may do at this moment, from the tenant's access register.

use sakarkiv_core::{
    access::{AccessKey, AccessKind, AccessPolicy, AccessRecord, Actor, Grant, Review, Subject, User},
    audit::{Activity, AuditEvent, ObjectRef},
    identity::{ActorId, Timestamp},
    ports::{AccessFilter, StoreError},
};

use crate::office::{Office, Tenant};

/// Reads what the register holds on an actor and compiles it. Nothing is remembered from one call to the next.
pub(crate) async fn subject(office: &Office, tenant: &Tenant, actor: &Actor) -> Result<Subject, StoreError> {
    let now = office.clock.now();
    let policy = policy(office, tenant).await?;
    let user = user(office, tenant, &actor.id).await?;
    let grants = if user.is_some() { grants(office, tenant, &actor.id).await? } else { Vec::new() };
    Ok(Subject::compile(actor, &policy, user.as_ref(), &grants, now))
}

/// The tenant's access policy: the stored one, else that of the set-up.
pub(crate) async fn policy(office: &Office, tenant: &Tenant) -> Result<AccessPolicy, StoreError> {
    match office.store.access(&tenant.id, &AccessKey::policy()).await? {
        Some(AccessRecord::Policy(policy)) => Ok(policy),
        _ => Ok(tenant.access_policy(&office.actor)),
    }
}

/// A user: as the register has them, else as the set-up names them.
pub(crate) async fn user(office: &Office, tenant: &Tenant, id: &ActorId) -> Result<Option<User>, StoreError> {
    match office.store.access(&tenant.id, &AccessKey::user(id)).await? {
        Some(AccessRecord::User(user)) => Ok(Some(user)),
        _ => Ok(tenant.founders.get(id).cloned()),
    }
}

/// Every user, by id: those of the register, and those of the set-up that it does not have yet.
pub(crate) async fn users(office: &Office, tenant: &Tenant) -> Result<Vec<User>, StoreError> {
    let mut users = tenant.founders.clone();
    for record in all(office, tenant, &of(AccessKind::User, None)).await? {
        if let AccessRecord::User(user) = record {
            users.insert(user.id.clone(), user);
        }
    }
    Ok(users.into_values().collect())
}

/// The grants that somebody holds or held.
pub(crate) async fn grants(office: &Office, tenant: &Tenant, holder: &ActorId) -> Result<Vec<Grant>, StoreError> {
    let records = all(office, tenant, &of(AccessKind::Grant, Some(holder))).await?;
    Ok(records
        .into_iter()
        .filter_map(|record| if let AccessRecord::Grant(grant) = record { Some(grant) } else { None })
        .collect())
}

/// Records of one kind, of everybody or of one.
pub(crate) fn of(kind: AccessKind, holder: Option<&ActorId>) -> AccessFilter {
    let mut filter = AccessFilter::default();
    filter.kind = Some(kind);
    filter.holder = holder.cloned();
    filter
}

/// The reviews among some records.
pub(crate) fn reviews(records: Vec<AccessRecord>) -> Vec<Review> {
    let review = |record| if let AccessRecord::Review(review) = record { Some(review) } else { None };
    records.into_iter().filter_map(review).collect()
}

/// Every record of the register that fits, page by page.
pub(crate) async fn all(
    office: &Office,
    tenant: &Tenant,
    filter: &AccessFilter,
) -> Result<Vec<AccessRecord>, StoreError> {
    let mut records: Vec<AccessRecord> = Vec::new();
    loop {
        let after = records.last().map(AccessRecord::key);
        let page = office.store.access_list(&tenant.id, filter, after, PAGE).await?;
        let last = page.len() < PAGE;
        records.extend(page);
        if last {
            return Ok(records);
        }
    }
}

/// An event of an actor.
pub(crate) fn event(actor: &Actor, activity: Activity, object: ObjectRef, at: Timestamp) -> AuditEvent {
    let event = AuditEvent::new(at, actor.tenant.clone(), actor.id.clone(), activity, object);
    match &actor.client {
        Some(client) => event.from_client(client.clone()),
        None => event,
    }
}

const PAGE: usize = 500;
