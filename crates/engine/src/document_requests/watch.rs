//! Whether requests are answered in time.

use chrono::NaiveDate;
use sakarkiv_core::{
    calendar::{oslo_date, oslo_day_start},
    identity::Timestamp,
    ports::{Audience, Op, StoreError},
};

use super::{RequestSource, Stage, Taken, taking::Work};
use crate::publishing::Stored;

/// The day by which a request is to be answered.
pub(super) fn answer_due(source: &RequestSource, sent: Timestamp) -> NaiveDate {
    source.calendar.add_working_days(oslo_date(sent), source.answer_within)
}

/// The moment a day is over.
pub(super) fn next_day(day: NaiveDate) -> Timestamp {
    day.succ_opt().map_or(Timestamp::MAX_UTC, oslo_day_start)
}

/// A deadline of a request is over: its unit is told of each entry that still waits for an answer.
pub(super) async fn look(work: &Work<'_>, taken: Stored<Taken>) -> Result<(), StoreError> {
    let (source, sent) = (&work.desk.source, taken.value.sent);
    let refused = source.calendar.add_working_days(oslo_date(sent), source.refused_after);
    let mut told = Vec::new();
    for registered in &taken.value.registered {
        let Some(entry) = work.office.store.entry(&work.tenant.id, registered.entry).await? else { continue };
        if !entry.is_outstanding() {
            continue;
        }
        let unit = match (entry.unit(), work.office.store.case(&work.tenant.id, registered.case).await?) {
            (Some(unit), _) => unit.clone(),
            (None, Some(case)) => case.unit().clone(),
            (None, None) => source.target.unit.clone(),
        };
        let text = if taken.value.stage == Stage::Marked {
            format!("the deadline of a request for access is over: answer entry {} without delay", registered.entry)
        } else {
            format!(
                "a request for access has had no answer for {} working days, which counts as a refusal (offentleglova § 32): answer entry {}",
                source.refused_after, registered.entry
            )
        };
        told.push(Op::AddNotice(work.notice(Audience::Unit(unit), &taken.key, Some(registered.entry), text)));
    }
    let (stage, due) = match taken.value.stage {
        Stage::Marked if !told.is_empty() => (Stage::Overdue, Some(next_day(refused))),
        _ => (Stage::Closed, None),
    };
    work.keep(&taken, stage, due, told).await
}
