//! What comes by itself: the report (R5.3), made when it is due, handed out, and counted once whatever happens in between; and
//! reminders (R5.6), by the clock alone, whether reports are made and taken or not.

use std::fmt::Debug;

use async_trait::async_trait;
use chrono::TimeDelta;
use sakarkiv_core::{
    audit::{Activity, ObjectRef},
    calendar::oslo_date,
    identity::{TenantId, Timestamp},
    ports::{Audience, Kept, Op, PortError, StoreError, Subject, Transaction},
    unopened::{History, Line, Point, ReportSchedule, owner_notices},
};
use serde::{Deserialize, Serialize};

use super::{ContactAbout, Contacts, FollowUp, Questions, Unopened, UnopenedOverview, letters_lying, received, remind};
use crate::{
    call::question,
    notices::notice,
    office::{Office, Tenant},
    overview::{FailedLetter, failed_letters},
    policy::later,
    rights,
    schedule::{Turn, rest},
    signal::Halt,
};

/// A report as it is handed out: everything for the pages that people read. Lines name recipients; whether people's names
/// are shown is up to whoever renders it.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct OfficeReport {
    /// Whose.
    pub tenant: TenantId,
    /// The tenant's name as it stands on reports.
    pub name: String,
    /// When it was due. Names the report: it may be handed out more than once, and counts once.
    pub due: Timestamp,
    /// What lies unopened.
    pub unopened: UnopenedOverview,
    /// The numbers over time, those of this report included.
    pub history: History,
    /// What failed or hangs in transfer (R4.3).
    pub failed: Vec<FailedLetter>,
}

impl OfficeReport {
    /// A report without anything in it, for tests of those who take reports.
    #[must_use]
    pub fn empty(tenant: TenantId, due: Timestamp) -> Self {
        let unopened = UnopenedOverview::new(due, Vec::new(), Vec::new());
        let (history, failed) = (History::default(), Vec::new());
        Self { tenant, name: String::new(), due, unopened, history, failed }
    }
}

/// Where finished reports go: a folder, a mailbox, a dashboard.
///
/// *Behaviour*: called at least once for every report that is due; a report with the same tenant and the same `due` takes the
/// place of the earlier one. Cancellation-safe as far as a file can be: a cancelled call is repeated.
#[async_trait]
pub trait ReportSink: Debug + Send + Sync {
    /// Takes a report.
    ///
    /// # Errors
    /// Any; it is tried again for an hour, and then people are told that there is no report.
    async fn take(&self, report: &OfficeReport) -> Result<(), PortError>;
}

/// Makes one tenant's reports, and reminds where the office may do so by itself.
pub(crate) async fn report_loop(office: &Office, tenant: &Tenant, halt: &Halt, turn: Turn) -> bool {
    let Some(follow_up) = &tenant.follow_up else { return false };
    let (mut worked, mut failures) = (false, 0);
    loop {
        let mark = tenant.reports.mark();
        let round = match halt.is_asked() {
            true => return worked,
            false => round(office, tenant, follow_up).await,
        };
        worked |= matches!(round, Ok(Round { made: true, .. }));
        if turn == Turn::Once {
            return worked;
        }
        let limit = later(office.clock.now(), office.policy.max_sleep);
        let until = match round {
            Ok(Round { next: None, .. }) => return worked,
            Ok(Round { next: Some(next), taken: true, .. }) => {
                failures = 0;
                next
            }
            Ok(Round { taken: false, .. }) => {
                failures += 1;
                office.outside_retry(failures)
            }
            Err(error) => {
                tracing::warn!(tenant = %tenant.id, %error, "no report can be made now");
                failures += 1;
                office.store_retry(failures)
            }
        };
        rest(office, halt, &tenant.reports, mark, until.min(limit)).await;
    }
}

/// When a report or a round of reminders is due, as the store keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Planned {
    schedule: ReportSchedule,
    due: Timestamp,
    /// When the report was first made and not taken. Long after `due` when the office was closed then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    tried: Option<Timestamp>,
}

struct Round {
    made: bool,
    /// Whether whoever gets the report, if anybody, has it.
    taken: bool,
    next: Option<Timestamp>,
}

/// Letters that lie unopened, with what was found out about them and what may still be asked.
struct Gathered<'a> {
    letters: Vec<Unopened>,
    questions: Questions<'a>,
}

async fn round(office: &Office, tenant: &Tenant, follow_up: &FollowUp) -> Result<Round, StoreError> {
    // First, so that a report that is due at the same time tells of them.
    let (reminded, next_reminders) = match follow_up.reminds() {
        Some(schedule) => remind_when_due(office, tenant, follow_up, schedule).await?,
        None => (None, None),
    };
    let reminders_made = reminded.is_some();
    let Round { made, taken, next } = report_when_due(office, tenant, follow_up, reminded).await?;
    let next = next.into_iter().chain(next_reminders).min();
    Ok(Round { made: made || reminders_made, taken, next })
}

/// Reminds everybody whom the office may remind by itself, once it is time. What it found out, if it was; and the next time.
async fn remind_when_due<'a>(
    office: &'a Office,
    tenant: &'a Tenant,
    follow_up: &FollowUp,
    schedule: ReportSchedule,
) -> Result<(Option<Gathered<'a>>, Option<Timestamp>), StoreError> {
    let now = office.clock.now();
    let (planned, version) = planned(office, tenant, follow_up, (REMINDERS, schedule)).await?;
    let planned = match planned {
        Some(planned) if planned.due <= now => planned,
        later => return Ok((None, later.map(|planned| planned.due))),
    };
    let mut gathered = gather(office, tenant, follow_up).await?;
    for unopened in &mut gathered.letters {
        remind_by_itself(office, tenant, follow_up, unopened).await?;
    }
    let next = schedule.next_due(now, &follow_up.calendar);
    if let Some(due) = next {
        let op = keep(REMINDERS, &Planned { due, ..planned }, Some(due), version)?;
        office.commit(Transaction::new(tenant.id.clone()).with(op)).await?;
    }
    Ok((Some(gathered), next))
}

/// Makes the report once it is due, of what was found out already, if anything was.
async fn report_when_due(
    office: &Office,
    tenant: &Tenant,
    follow_up: &FollowUp,
    gathered: Option<Gathered<'_>>,
) -> Result<Round, StoreError> {
    let (planned, version) = planned(office, tenant, follow_up, (SCHEDULE, follow_up.schedule)).await?;
    match planned {
        Some(planned) if planned.due <= office.clock.now() => {
            make(office, tenant, follow_up, (&planned, version), gathered).await
        }
        planned => Ok(Round { made: false, taken: true, next: planned.map(|planned| planned.due) }),
    }
}

/// What is planned by a schedule, with the version in which it is stored. Planned now when it is new here, or another schedule
/// than before; nothing when nothing is ever due.
async fn planned(
    office: &Office,
    tenant: &Tenant,
    follow_up: &FollowUp,
    (kind, schedule): (&str, ReportSchedule),
) -> Result<(Option<Planned>, u64), StoreError> {
    loop {
        let stored = kept::<Planned>(office, tenant, kind).await?;
        let version = stored.as_ref().map_or(0, |(_, version)| *version);
        if let Some((planned, _)) = stored.filter(|(planned, _)| planned.schedule == schedule) {
            return Ok((Some(planned), version));
        }
        let Some(due) = schedule.next_due(office.clock.now(), &follow_up.calendar) else { return Ok((None, version)) };
        let op = keep(kind, &Planned { schedule, due, tried: None }, Some(due), version)?;
        office.commit(Transaction::new(tenant.id.clone()).with(op)).await?;
    }
}

/// Makes the report, hands it out, and only then counts it: one that was cut off in between is made again under the same
/// name.
async fn make(
    office: &Office,
    tenant: &Tenant,
    follow_up: &FollowUp,
    (planned, version): (&Planned, u64),
    gathered: Option<Gathered<'_>>,
) -> Result<Round, StoreError> {
    let gathered = match gathered {
        Some(gathered) => gathered,
        None => gather(office, tenant, follow_up).await?,
    };
    let unopened = overview(office, follow_up, gathered).await?;
    let now = office.clock.now();
    let (mut history, history_version) = kept::<History>(office, tenant, HISTORY).await?.unwrap_or_default();
    history.record(oslo_date(planned.due), Point::of(&unopened.lines), follow_up.history_days);
    let failed = failed_letters(office, tenant).await?;
    let (tenant_id, name) = (tenant.id.clone(), follow_up.name.clone());
    let report = OfficeReport { tenant: tenant_id, name, due: planned.due, unopened, history, failed };
    let taken = hand_out(office, tenant, &report).await;
    let tried = planned.tried.unwrap_or(now);
    if !taken && now < tried + PATIENCE {
        if planned.tried.is_none() {
            let first = Planned { tried: Some(tried), ..planned.clone() };
            let op = keep(SCHEDULE, &first, Some(planned.due), version)?;
            office.commit(Transaction::new(tenant.id.clone()).with(op)).await?;
        }
        return Ok(Round { made: false, taken: false, next: Some(planned.due) });
    }
    let mut transaction =
        Transaction::new(tenant.id.clone()).with(keep(HISTORY, &report.history, None, history_version)?);
    let next = follow_up.schedule.next_due(now, &follow_up.calendar);
    if let Some(due) = next {
        let planned = Planned { schedule: follow_up.schedule, due, tried: None };
        transaction = transaction.with(keep(SCHEDULE, &planned, Some(due), version)?);
    }
    for told in owner_notices(&report.unopened.lines) {
        let notice = notice(office, &tenant.id, now, told.audience, told.subject, told.text);
        transaction = transaction.with(Op::AddNotice(notice));
    }
    if !taken {
        let text =
            "the report on unopened mail could not be handed out: mend what takes reports, the next comes as planned";
        let notice = notice(office, &tenant.id, now, Audience::Operations, Subject::ReportLost, text.to_owned());
        transaction = transaction.with(Op::AddNotice(notice));
    }
    let event = rights::event(&office.acting(&tenant.id), Activity::Reported, ObjectRef::Tenant, now)
        .with_detail("unopened", report.unopened.lines.len().to_string())
        .with_detail("failed", report.failed.len().to_string())
        .with_detail("due", planned.due.to_rfc3339());
    match office.commit(transaction.with(Op::Audit(event))).await {
        // Somebody else made the same report at the same moment.
        Err(StoreError::Conflict { .. }) => return Ok(Round { made: false, taken: true, next }),
        outcome => outcome?,
    };
    tenant.notices.raise();
    Ok(Round { made: true, taken: true, next })
}

/// Finds out what there is to know about the letters that lie unopened.
async fn gather<'a>(office: &'a Office, tenant: &'a Tenant, follow_up: &FollowUp) -> Result<Gathered<'a>, StoreError> {
    let mut letters = letters_lying(office, tenant, follow_up).await?;
    let mut questions = Questions::new(office, tenant, follow_up);
    questions.ask(&mut letters, follow_up).await;
    Ok(Gathered { letters, questions })
}

/// Everything that lies unopened.
async fn overview(
    office: &Office,
    follow_up: &FollowUp,
    Gathered { letters, mut questions }: Gathered<'_>,
) -> Result<UnopenedOverview, StoreError> {
    let now = office.clock.now();
    let mut lines: Vec<Line> = letters.iter().filter_map(|unopened| unopened.line(follow_up, now)).collect();
    let (others, blind) = received(&mut questions, follow_up).await?;
    lines.extend(others);
    Ok(UnopenedOverview::new(now, lines, blind))
}

async fn remind_by_itself(
    office: &Office,
    tenant: &Tenant,
    follow_up: &FollowUp,
    unopened: &mut Unopened,
) -> Result<(), StoreError> {
    use super::RemindError as E;
    match remind(office, tenant, follow_up, &office.acting(&tenant.id), unopened).await {
        Ok(_) => {
            let about = ContactAbout::Letter(unopened.letter.id);
            unopened.contacts = Contacts::of(office, &tenant.id, &about).await?;
        }
        Err(E::NotCalledFor(_) | E::NotUnopened) => {}
        // The line still says that somebody should be reminded, so people see it.
        Err(error) => tracing::warn!(letter = %unopened.letter.id, %error, "no reminder was sent"),
    }
    Ok(())
}

async fn hand_out(office: &Office, tenant: &Tenant, report: &OfficeReport) -> bool {
    let Some(sink) = &tenant.report_sink else { return true };
    let taken = question(&*office.clock, office.policy.call_timeout, "report_sink.take", sink.take(report)).await;
    if let Err(error) = &taken {
        tracing::warn!(tenant = %tenant.id, %error, "a report was not taken");
    }
    taken.is_ok()
}

/// The numbers over time.
pub(crate) async fn history(office: &Office, tenant: &Tenant) -> Result<History, StoreError> {
    Ok(kept::<History>(office, tenant, HISTORY).await?.unwrap_or_default().0)
}

async fn kept<T: for<'a> Deserialize<'a>>(
    office: &Office,
    tenant: &Tenant,
    kind: &str,
) -> Result<Option<(T, u64)>, StoreError> {
    let Some(kept) = office.store.kept(&tenant.id, kind, KEY).await? else { return Ok(None) };
    let value = serde_json::from_str(&kept.value).map_err(|error| StoreError::Corrupt(error.to_string()))?;
    Ok(Some((value, kept.version)))
}

fn keep(kind: &str, value: &impl Serialize, due: Option<Timestamp>, version: u64) -> Result<Op, StoreError> {
    let value = serde_json::to_string(value).map_err(|error| StoreError::Invalid(error.to_string()))?;
    Ok(Op::Keep(Kept { due, version, ..Kept::new(kind, KEY, value) }))
}

const SCHEDULE: &str = "unopened.schedule";
const REMINDERS: &str = "unopened.reminders";
const HISTORY: &str = "unopened.history";
/// There is one of each.
const KEY: &str = "report";
/// How long a report waits for whoever takes it, from when it was first made.
const PATIENCE: TimeDelta = TimeDelta::hours(1);
