//! Reviews of rights (R2.8): tasks with a due date, done with evidence, or overdue and shown as such.

use sakarkiv_core::{
    access::{AccessKey, AccessKind, AccessRecord, DutyKind, Review, ReviewOutcome},
    audit::{Activity, ObjectRef},
    identity::{EntryId, ReviewId},
    ports::Op,
    screening::Private,
};

use super::{AccessDesk, AccessError};
use crate::{desk::DeskError, rights};

impl AccessDesk<'_, '_> {
    /// Reviews that wait to be done, those due first at the front; [`Review::is_overdue`] tells which are late.
    ///
    /// # Errors
    /// [`DeskError`]; a refusal is logged.
    pub async fn open_reviews(&self) -> Result<Vec<Review>, DeskError> {
        self.permit(DutyKind::Review).await?;
        let mut open: Vec<Review> = self.all_reviews().await?.into_iter().filter(Review::waits).collect();
        open.sort_by_key(Review::due_date);
        Ok(open)
    }

    /// Does a review, with what it was founded on. Taking rights away is done first, with
    /// [`put_user`](Self::put_user) or [`withdraw_grant`](Self::withdraw_grant).
    ///
    /// # Errors
    /// [`AccessError`]; a refusal is logged.
    pub async fn finish_review(
        &self,
        id: ReviewId,
        outcome: ReviewOutcome,
        evidence: Private<String>,
        entry: Option<EntryId>,
    ) -> Result<(), AccessError> {
        let permit = self.permit(DutyKind::Review).await?;
        let AccessRecord::Review(review) = self.record(&AccessKey::new(AccessKind::Review, &id)).await? else {
            return Err(DeskError::NotFound.into());
        };
        let event = self.desk.event(Activity::ReviewDone, ObjectRef::Actor(review.user().clone()));
        let event = event
            .with_detail("review", id.to_string())
            .with_detail("outcome", format!("{outcome:?}"))
            .with_detail("evidence", evidence.expose().clone());
        let done = review.finish(&permit, outcome, evidence, entry, self.desk.now())?;
        self.commit(vec![Op::PutAccess(AccessRecord::Review(done)), Op::Audit(event)]).await
    }

    async fn all_reviews(&self) -> Result<Vec<Review>, DeskError> {
        let filter = rights::of(AccessKind::Review, None);
        Ok(rights::reviews(rights::all(self.desk.office, self.desk.tenant, &filter).await?))
    }
}
