//! What happens to rights by themselves: periods end, reviews fall due and overdue, and people are told (R2.6, R2.8).

use chrono::{NaiveDate, TimeDelta};
use sakarkiv_core::{
    access::{AccessKind, AccessRecord, Grant, NeededReview, Review, User, needed_reviews},
    audit::{Activity, AuditEvent, ObjectRef},
    calendar::oslo_date,
    identity::{ActorId, ReviewId, Timestamp},
    ports::{AccessFilter, Audience, Kept, Op, StoreError, Subject as About, Transaction, new_uuid},
};

use crate::{
    notices::notice,
    office::{Office, Tenant},
    policy::later,
    rights,
    schedule::{Turn, rest},
    signal::Halt,
};

/// Keeps one tenant's access register.
pub(crate) async fn access_loop(office: &Office, tenant: &Tenant, halt: &Halt, turn: Turn) -> bool {
    let mut failures = 0;
    loop {
        let mark = tenant.register.mark();
        let worked = upkeep(office, tenant).await;
        if turn == Turn::Once || halt.is_asked() {
            return worked.is_ok_and(|worked| worked);
        }
        let until = match worked {
            Ok(_) => {
                failures = 0;
                later(office.clock.now(), office.policy.max_sleep)
            }
            Err(error) => {
                tracing::warn!(tenant = %tenant.id, %error, "the access register cannot be kept");
                failures += 1;
                office.store_retry(failures)
            }
        };
        rest(office, halt, &tenant.register, mark, until).await;
    }
}

async fn upkeep(office: &Office, tenant: &Tenant) -> Result<bool, StoreError> {
    let now = office.clock.now();
    let mut filter = AccessFilter::default();
    filter.due_before = now.checked_add_signed(TimeDelta::nanoseconds(1));
    let due = rights::all(office, tenant, &filter).await?;
    let mut worked = false;
    for record in due {
        worked |= match record {
            AccessRecord::Grant(grant) => end_grant(office, tenant, grant, now).await?,
            AccessRecord::Review(review) => fall_overdue(office, tenant, review, now).await?,
            AccessRecord::User(user) => note_end(office, tenant, user, now).await?,
            _ => false,
        };
    }
    worked |= plan_reviews(office, tenant, now).await?;
    Ok(worked)
}

/// A grant's period is over. It gave nothing from that moment on; this makes it show, and tells its holder.
async fn end_grant(office: &Office, tenant: &Tenant, grant: Grant, now: Timestamp) -> Result<bool, StoreError> {
    let (id, holder) = (grant.id(), grant.holder().clone());
    let Ok(ended) = grant.end(&office.actor, now) else { return Ok(false) };
    let event = event(office, tenant, Activity::GrantEnded, &holder, now).with_detail("grant", id.to_string());
    let text = format!("access {id} has ended; ask for access if you still need it");
    let told = notice(office, &tenant.id, now, Audience::User(holder), About::Access { record: id.to_string() }, text);
    store(office, tenant, vec![Op::PutAccess(AccessRecord::Grant(ended)), Op::Audit(event), Op::AddNotice(told)]).await
}

/// A review was not done in time.
async fn fall_overdue(office: &Office, tenant: &Tenant, review: Review, now: Timestamp) -> Result<bool, StoreError> {
    let (id, user) = (review.id(), review.user().clone());
    let Ok(overdue) = review.mark_overdue(now) else { return Ok(false) };
    let event = event(office, tenant, Activity::ReviewOverdue, &user, now).with_detail("review", id.to_string());
    let text = format!("review {id} is overdue: do it, or take the rights away");
    let about = About::Access { record: id.to_string() };
    let told = notice(office, &tenant.id, now, Audience::HeadArchivist, about, text);
    store(office, tenant, vec![Op::PutAccess(AccessRecord::Review(overdue)), Op::Audit(event), Op::AddNotice(told)])
        .await
}

/// A right of a user, or a consultant's whole access, ended by itself. The register says so anew, so that the history shows
/// when it was noticed.
async fn note_end(office: &Office, tenant: &Tenant, user: User, now: Timestamp) -> Result<bool, StoreError> {
    let id = user.id.clone();
    let event = event(office, tenant, Activity::PermissionChanged, &id, now).with_detail("ended", "by itself");
    let text = format!("an access of {id} has ended by itself");
    let about = About::Access { record: id.to_string() };
    let told = notice(office, &tenant.id, now, Audience::User(id), about, text);
    let noted = User { changed: now, changed_by: office.actor.clone(), ..user };
    store(office, tenant, vec![Op::PutAccess(AccessRecord::User(noted)), Op::Audit(event), Op::AddNotice(told)]).await
}

/// Once a day, and for the first time at once: the reviews that somebody must be asked for.
async fn plan_reviews(office: &Office, tenant: &Tenant, now: Timestamp) -> Result<bool, StoreError> {
    let today = oslo_date(now);
    let planned = office.store.mark(&tenant.id, PLANNED).await?;
    // Not "today or later": after a clock that was ahead, reviews would not be asked for until then.
    if planned.and_then(|day| day.parse::<NaiveDate>().ok()) == Some(today) {
        return Ok(false);
    }
    let policy = rights::policy(office, tenant).await?;
    let mut worked = false;
    for user in rights::users(office, tenant).await? {
        let asked = office.store.kept(&tenant.id, ASKED, user.id.as_str()).await?;
        let mut asked = asked.unwrap_or_else(|| Kept::new(ASKED, user.id.as_str(), "0"));
        let filter = rights::of(AccessKind::Review, Some(&user.id));
        let reviews = rights::reviews(rights::all(office, tenant, &filter).await?);
        for needed in needed_reviews(&user, &reviews, &policy, now) {
            worked |= ask_for(office, tenant, needed, &mut asked, now).await?;
        }
    }
    let mark = Op::PutMark { name: PLANNED.to_owned(), value: Some(today.to_string()) };
    office.commit(Transaction::new(tenant.id.clone()).with(mark)).await?;
    Ok(worked)
}

/// Asks for a review. `asked` was read before the user's reviews were: when another process has asked meanwhile, its version is
/// no longer that of the stored one, and this asks for nothing.
async fn ask_for(
    office: &Office,
    tenant: &Tenant,
    needed: NeededReview,
    asked: &mut Kept,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let id = ReviewId::from_uuid(new_uuid(now, &*office.entropy));
    let text = format!("review the rights of {} by {}: review {id}", needed.user, oslo_date(needed.due));
    let about = About::Access { record: id.to_string() };
    let told = notice(office, &tenant.id, now, Audience::HeadArchivist, about, text);
    let review = Review::open(tenant.id.clone(), id, needed, now);
    let mark = Op::Keep(Kept { value: asked.version.saturating_add(1).to_string(), ..asked.clone() });
    let stored =
        store(office, tenant, vec![mark, Op::PutAccess(AccessRecord::Review(review)), Op::AddNotice(told)]).await?;
    if stored {
        asked.version = asked.version.saturating_add(1);
    }
    Ok(stored)
}

fn event(office: &Office, tenant: &Tenant, activity: Activity, about: &ActorId, at: Timestamp) -> AuditEvent {
    rights::event(&office.acting(&tenant.id), activity, ObjectRef::Actor(about.clone()), at)
}

/// Stores a change that somebody else may have made meanwhile; then it is looked at again next time.
async fn store(office: &Office, tenant: &Tenant, ops: Vec<Op>) -> Result<bool, StoreError> {
    match office.commit(Transaction { tenant: tenant.id.clone(), ops }).await {
        Ok(_) => {
            tenant.notices.raise();
            Ok(true)
        }
        Err(StoreError::Conflict { .. }) => Ok(false),
        Err(error) => Err(error),
    }
}

/// How often reviews of a user were asked for, by the user's id.
const ASKED: &str = "access.reviews-asked";
/// The day on which reviews were last planned.
const PLANNED: &str = "access:reviews-planned";
