//! Bringing about with one publisher what shall stand there. A publisher that is down, slow or out of its mind delays nobody
//! else.

use std::pin::pin;

use futures_util::future::select;
use sakarkiv_core::{
    audit::{Activity, AuditEvent, ObjectRef},
    document::ContentHash,
    identity::{CaseId, EntryId, MeetingId, Timestamp},
    ports::{Audience, KeptFilter, Op, PortError, PortErrorKind, StoreError, Subject, Transaction},
    publication::{ClearedRecord, LeakReport, clear},
};

use super::{
    compare::compare,
    draft::Whole,
    meeting,
    setup::{Publisher, Publishing, Sort},
    state::{AGAIN, AtPublisher, EDITION, Edition, Stand, Standing, Stored, WORD, Word, put, read, read_page},
};
use crate::{
    breaker::Permit,
    call::question,
    notices::notice,
    office::{Office, Tenant},
    policy::{back_off, later},
    rights,
    schedule::{Turn, rest},
    signal::Halt,
};

/// Looks after one public journal.
pub(crate) async fn publisher_loop(
    office: &Office,
    tenant: &Tenant,
    publisher: &Publisher,
    halt: &Halt,
    turn: Turn,
) -> bool {
    let Some(publishing) = &tenant.publishing else { return false };
    let desk = Publishes { office, tenant, publishing, publisher, halt };
    let (mut worked, mut failures) = (false, 0);
    loop {
        let mark = publisher.work.mark();
        let round = if halt.is_asked() { Ok(Round::default()) } else { desk.round().await };
        let until = match round {
            Ok(round) => {
                failures = 0;
                worked |= round.worked;
                if round.more {
                    continue;
                }
                let limit = later(office.clock.now(), office.policy.max_sleep);
                round.again.map_or(limit, |again| again.min(limit))
            }
            Err(error) => {
                tracing::warn!(publisher = %publisher.name, %error, "the public journal cannot be served");
                failures += 1;
                office.store_retry(failures)
            }
        };
        if turn == Turn::Once || halt.is_asked() {
            return worked;
        }
        rest(office, halt, &publisher.work, mark, until).await;
    }
}

/// What a look at what is due gave.
#[derive(Debug, Default)]
pub(super) struct Round {
    /// Something was done.
    pub(super) worked: bool,
    /// There is more to do at once.
    pub(super) more: bool,
    /// When there is, as far as is known.
    again: Option<Timestamp>,
}

pub(super) struct Publishes<'a> {
    pub(super) office: &'a Office,
    pub(super) tenant: &'a Tenant,
    pub(super) publishing: &'a Publishing,
    pub(super) publisher: &'a Publisher,
    pub(super) halt: &'a Halt,
}

/// Something that is due with a publisher.
struct Due {
    sort: Sort,
    stand: AtPublisher,
}

/// Why something was not handed out after all.
enum NotNow {
    /// It changed since it was cleared: the editor looks at it first.
    Changed,
    Store(StoreError),
}

impl From<StoreError> for NotNow {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl Publishes<'_> {
    async fn round(&self) -> Result<Round, StoreError> {
        let mut round = self.serve().await?;
        if !round.worked && !self.is_out() {
            for sort in self.publisher.sorts() {
                round.worked |= compare(self, sort).await?;
            }
            round.more = round.worked;
        }
        Ok(round)
    }

    /// Does what is due, as far as the publisher may be asked.
    pub(super) async fn serve(&self) -> Result<Round, StoreError> {
        let (office, publisher) = (self.office, self.publisher);
        let permit = publisher.live().breaker.permit(office.clock.now());
        let one = match permit {
            Permit::Free => false,
            Permit::One => true,
            Permit::Wait(again) => return Ok(Round { again: Some(again), ..Round::default() }),
            // There is nothing to ask a publisher without publishing: the next call is the check.
            Permit::Check => {
                publisher.live().breaker.checked();
                true
            }
        };
        let urgent = publisher.urgent.mark();
        let (due, again) = self.due().await?;
        let mut round = Round { again, ..Round::default() };
        for due in due {
            if self.halt.is_asked() {
                return Ok(round);
            }
            let began = office.clock.now();
            let answer = self.bring_about(&due).await?;
            round.worked = true;
            let turned = self.note(answer, began).await?;
            if one || turned || publisher.urgent.mark() != urgent {
                round.more = true;
                return Ok(round);
            }
            self.pause().await;
        }
        Ok(round)
    }

    /// What is due, in the order in which it is done: what must go, what is wrong, what is new. And when the next is due, if
    /// that is soon.
    async fn due(&self) -> Result<(Vec<Due>, Option<Timestamp>), StoreError> {
        let (mut due, mut again) = (Vec::new(), None);
        for sort in self.publisher.sorts() {
            self.due_of(sort, &mut due, &mut again).await?;
        }
        due.sort_by_key(|Due { sort, stand }| {
            let Stand { goal, there, tries, case, .. } = &stand.value;
            (goal.is_some(), there.is_none(), *tries, *sort, *case, stand.key.clone())
        });
        Ok((due, again))
    }

    async fn due_of(&self, sort: Sort, due: &mut Vec<Due>, again: &mut Option<Timestamp>) -> Result<(), StoreError> {
        let now = self.office.clock.now();
        let filter = KeptFilter::of(self.publisher.kind_of(sort)).due_by(later(now, self.office.policy.max_sleep));
        let mut after = None;
        loop {
            let page: Vec<AtPublisher> = read_page(self.office, &self.tenant.id, &filter, after, PAGE).await?;
            let last = page.len() < PAGE;
            after = page.last().map(|stand| stand.key.clone());
            for stand in page {
                match stand.due {
                    Some(moment) if moment > now => *again = Some(again.map_or(moment, |again| again.min(moment))),
                    _ => due.push(Due { sort, stand }),
                }
            }
            if last {
                return Ok(());
            }
        }
    }

    /// Makes stand there what shall. The answer of the publisher; nothing when it was not asked.
    async fn bring_about(&self, due: &Due) -> Result<Option<Result<(), PortError>>, StoreError> {
        let asked = match due.sort {
            Sort::Entries => self.entry(&due.stand).await,
            Sort::Meetings => self.meeting(&due.stand).await,
        };
        match asked {
            Ok(answer) => {
                match &answer {
                    Ok(()) => self.done(due).await?,
                    Err(error) => self.failed(due, error).await?,
                }
                Ok(Some(answer))
            }
            Err(NotNow::Store(error)) => Err(error),
            Err(NotNow::Changed) => self.ask_editor(due).await.map(|()| None),
        }
    }

    /// Asks for an entry to stand there as it shall. The answer.
    async fn entry(&self, stand: &AtPublisher) -> Result<Result<(), PortError>, NotNow> {
        let (clock, limit, port) = (&*self.office.clock, self.office.policy.call_timeout, &self.publisher.port);
        let entry = stand.about()?;
        let Some(goal) = stand.value.goal else {
            return Ok(question(clock, limit, "publisher.withdraw", port.withdraw(entry)).await);
        };
        let record = self.cleared(stand, entry, goal).await?;
        Ok(question(clock, limit, "publisher.publish", port.publish(&record)).await)
    }

    /// Asks for a meeting to stand there as it shall. The answer.
    async fn meeting(&self, stand: &AtPublisher) -> Result<Result<(), PortError>, NotNow> {
        let (clock, limit) = (&*self.office.clock, self.office.policy.call_timeout);
        let Some(port) = &self.publisher.meetings else { return Err(NotNow::Changed) };
        let meeting: MeetingId = stand.about()?;
        let Some(goal) = stand.value.goal else {
            return Ok(question(clock, limit, "publisher.withdraw_meeting", port.withdraw_meeting(meeting)).await);
        };
        let (office, of) = (self.office, (&self.tenant.id, self.publishing));
        let cleared = meeting::cleared(office, of, (meeting, stand.value.revision), goal).await?;
        let cleared = cleared.ok_or(NotNow::Changed)?;
        Ok(question(clock, limit, "publisher.publish_meeting", port.publish_meeting(&cleared)).await)
    }

    /// The record as it may leave at this moment: planned anew, and the very one that was cleared.
    async fn cleared(&self, stand: &AtPublisher, entry: EntryId, goal: ContentHash) -> Result<ClearedRecord, NotNow> {
        let (office, tenant, now) = (self.office, &self.tenant.id, self.office.clock.now());
        let policy = &self.publishing.policy;
        let edition: Stored<Edition> = read(office, tenant, EDITION, &stand.key).await?.ok_or(NotNow::Changed)?;
        let edition = edition.value;
        if edition.standing != Standing::Cleared || edition.content != Some(goal) {
            return Err(NotNow::Changed);
        }
        let word: Option<Stored<Word>> = read(office, tenant, WORD, &stand.key).await?;
        let word = word.map(|word| word.value).unwrap_or_default();
        let whole = Whole::read(office, tenant, policy, edition.case).await?.ok_or(NotNow::Changed)?;
        let stored = whole.entries.iter().find(|stored| stored.id() == entry).ok_or(NotNow::Changed)?;
        let draft = whole.draft(&whole.plan(stored, &word, policy, now), now).ok_or(NotNow::Changed)?;
        if draft.content != goal || Some(draft.checked) != edition.checked {
            return Err(NotNow::Changed);
        }
        let revision = stand.value.revision;
        let report = LeakReport { entry, revision, findings: edition.findings };
        clear(draft.record.with_revision(revision), &report, &word.releases).map_err(|_| NotNow::Changed)
    }

    /// Has the case or the meeting looked at again, and comes back.
    async fn ask_editor(&self, Due { sort, stand }: &Due) -> Result<(), StoreError> {
        let now = self.office.clock.now();
        let due = later(now, self.office.policy.back_off_first);
        let mut ops = vec![put(self.publisher.kind_of(*sort), &stand.key, &stand.value, Some(due), Some(stand))?];
        if *sort == Sort::Meetings {
            ops.extend(meeting::again(self.office, &self.tenant.id, &stand.key).await?);
        }
        if let Some(case) = stand.value.case {
            let before: Option<Stored<CaseId>> = read(self.office, &self.tenant.id, AGAIN, &case.to_string()).await?;
            ops.push(put(AGAIN, &case.to_string(), &case, Some(now), before.as_ref())?);
        }
        self.store(ops).await?;
        self.publishing.editor.raise();
        Ok(())
    }

    /// Remembers that the publisher did what it was asked. When that cannot be stored, it is asked again, which is harmless.
    async fn done(&self, Due { sort, stand: asked }: &Due) -> Result<(), StoreError> {
        let kind = self.publisher.kind_of(*sort);
        for _ in 0..TRIES {
            let Some(now): Option<AtPublisher> = read(self.office, &self.tenant.id, kind, &asked.key).await? else {
                return Ok(());
            };
            // The editor may have set another goal meanwhile.
            let same = (now.value.goal, now.value.revision) == (asked.value.goal, asked.value.revision);
            let stand = Stand { there: asked.value.goal, tries: 0, ..now.value.clone() };
            let due = now.due.filter(|_| !same);
            let activity = if asked.value.goal.is_some() { Activity::Published } else { Activity::Withdrawn };
            let event = match sort {
                Sort::Entries => self.event(activity, ObjectRef::Entry(asked.about()?)),
                Sort::Meetings => self.event(activity, ObjectRef::Tenant).with_detail("meeting", &asked.key),
            };
            let event = event.with_detail("revision", asked.value.revision.to_string());
            let kept = put(kind, &asked.key, &stand, due, Some(&now))?;
            if self.store(vec![kept, Op::Audit(event)]).await? {
                return Ok(());
            }
        }
        Ok(())
    }

    /// Remembers that it did not, and when it is asked again.
    async fn failed(&self, Due { sort, stand }: &Due, error: &PortError) -> Result<(), StoreError> {
        let (now, policy, publisher) = (self.office.clock.now(), &self.office.policy, self.publisher);
        let (what, id) = (sort.one(), &stand.key);
        tracing::warn!(publisher = %publisher.name, %id, %error, "a {what} is not as it shall be there");
        if error.kind().concerns_account() {
            return Ok(());
        }
        let refused = matches!(error.kind(), PortErrorKind::Rejected | PortErrorKind::Unsupported);
        let (first, cap) = if refused {
            (policy.fetch_retry_first, policy.fetch_retry_cap)
        } else {
            (policy.back_off_first, policy.back_off_cap)
        };
        let wait = back_off(first, cap, stand.value.tries, self.office.entropy.next_u64());
        let wait = error.retry_after().map_or(wait, |asked| asked.min(policy.retry_after_cap));
        let tries = stand.value.tries.saturating_add(1);
        let next = Stand { tries, ..stand.value.clone() };
        let kind = publisher.kind_of(*sort);
        let mut ops = vec![put(kind, &stand.key, &next, Some(later(now, wait)), Some(stand))?];
        if refused && stand.value.tries == 0 {
            let text =
                format!("{} turns {what} {id} down and is asked again; look into the cause: {error}", publisher.name);
            let about = match sort {
                Sort::Entries => {
                    Subject::PublicationRefused { publisher: publisher.name.clone(), entry: stand.about()? }
                }
                Sort::Meetings => Subject::MeetingPublication { meeting: stand.about()? },
            };
            ops.push(Op::AddNotice(notice(self.office, &self.tenant.id, now, Audience::Operations, about, text)));
        }
        if self.store(ops).await? {
            self.tenant.notices.raise();
        }
        Ok(())
    }

    /// Takes note of what an answer says about the publisher as a whole. Tells whether to stop asking it.
    async fn note(&self, answer: Option<Result<(), PortError>>, began: Timestamp) -> Result<bool, StoreError> {
        let (now, jitter, policy) = (self.office.clock.now(), self.office.entropy.next_u64(), &self.office.policy);
        let Some(answer) = answer else { return Ok(false) };
        let untold = {
            let mut live = self.publisher.live();
            let kind = answer.map_err(|error| error.kind());
            live.told_refused &= kind.is_err();
            match kind {
                Ok(()) | Err(PortErrorKind::Rejected | PortErrorKind::Unsupported) => live.breaker.answered(true),
                Err(PortErrorKind::Transient | PortErrorKind::Unknown) => {
                    live.breaker.failed(began, now, policy, jitter)
                }
                Err(PortErrorKind::Unauthorised | PortErrorKind::Misconfigured) => {
                    live.breaker.refused(began, now, policy, jitter)
                }
            };
            kind.is_err_and(PortErrorKind::concerns_account) && !live.told_refused
        };
        if untold {
            self.tell_refused(now).await?;
            self.publisher.live().told_refused = true;
        }
        Ok(self.is_out())
    }

    async fn tell_refused(&self, now: Timestamp) -> Result<(), StoreError> {
        let name = &self.publisher.name;
        let text = format!("publisher {name} refuses us: renew its credentials or mend its configuration");
        let about = Subject::AccountStopped { channel: name.clone() };
        let told = notice(self.office, &self.tenant.id, now, Audience::Operations, about, text);
        self.store(vec![Op::AddNotice(told)]).await?;
        self.tenant.notices.raise();
        Ok(())
    }

    pub(super) fn is_out(&self) -> bool {
        self.publisher.live().breaker.state().outage().is_some()
    }

    /// Waits as long as the publisher wants between two calls.
    pub(super) async fn pause(&self) {
        if self.publisher.pace.is_zero() {
            return;
        }
        let _resting = self.office.resting.count();
        let sleep = pin!(self.office.clock.sleep_until(later(self.office.clock.now(), self.publisher.pace)));
        select(sleep, pin!(self.halt.asked())).await;
    }

    /// Something of this publisher, as it stands in the log.
    pub(super) fn event(&self, activity: Activity, object: ObjectRef) -> AuditEvent {
        let acting = self.office.acting(&self.tenant.id);
        rights::event(&acting, activity, object, self.office.clock.now())
            .with_detail("publisher", self.publisher.name.as_str())
    }

    /// Stores changes. Tells whether; the editor may have been first.
    pub(super) async fn store(&self, ops: Vec<Op>) -> Result<bool, StoreError> {
        match self.office.commit(Transaction { tenant: self.tenant.id.clone(), ops }).await {
            Ok(_) => Ok(true),
            Err(StoreError::Conflict { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }
}

/// How often it is tried to store what a publisher answered.
const TRIES: u32 = 5;
const PAGE: usize = 500;
