//! Bringing about with one publisher what shall stand there. A publisher that is down, slow or out of its mind delays nobody
//! else.

use std::pin::pin;

use futures_util::future::select;
use sakarkiv_core::{
    audit::{Activity, AuditEvent, ObjectRef},
    document::ContentHash,
    identity::{CaseId, EntryId, Timestamp},
    ports::{Audience, KeptFilter, Op, PortError, PortErrorKind, StoreError, Subject, Transaction},
    publication::{ClearedRecord, LeakReport, clear},
};

use super::{
    compare::compare,
    draft::Whole,
    setup::{Publisher, Publishing},
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

/// Why an entry was not handed out after all.
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
            round.worked = compare(self).await?;
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
        for stand in due {
            if self.halt.is_asked() {
                return Ok(round);
            }
            let began = office.clock.now();
            let answer = self.bring_about(&stand).await?;
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
    async fn due(&self) -> Result<(Vec<AtPublisher>, Option<Timestamp>), StoreError> {
        let now = self.office.clock.now();
        let filter = KeptFilter::of(self.publisher.kind.clone()).due_by(later(now, self.office.policy.max_sleep));
        let (mut due, mut after, mut again): (Vec<AtPublisher>, _, Option<Timestamp>) = (Vec::new(), None, None);
        loop {
            let page: Vec<AtPublisher> = read_page(self.office, &self.tenant.id, &filter, after, PAGE).await?;
            let last = page.len() < PAGE;
            after = page.last().map(|stand| stand.key.clone());
            for stand in page {
                match stand.due {
                    Some(moment) if moment > now => again = Some(again.map_or(moment, |again| again.min(moment))),
                    _ => due.push(stand),
                }
            }
            if last {
                break;
            }
        }
        due.sort_by_key(|stand| {
            let Stand { goal, there, tries, case, .. } = &stand.value;
            (goal.is_some(), there.is_none(), *tries, *case, stand.key.clone())
        });
        Ok((due, again))
    }

    /// Makes stand there what shall. The answer of the publisher; nothing when it was not asked.
    async fn bring_about(&self, stand: &AtPublisher) -> Result<Option<Result<(), PortError>>, StoreError> {
        let Ok(entry) = stand.key.parse::<EntryId>() else {
            return Err(StoreError::Corrupt("a stand of something that is no entry".to_owned()));
        };
        let (clock, limit) = (&*self.office.clock, self.office.policy.call_timeout);
        let answer = match stand.value.goal {
            None => question(clock, limit, "publisher.withdraw", self.publisher.port.withdraw(entry)).await,
            Some(goal) => match self.cleared(stand, entry, goal).await {
                Ok(record) => question(clock, limit, "publisher.publish", self.publisher.port.publish(&record)).await,
                Err(NotNow::Store(error)) => return Err(error),
                Err(NotNow::Changed) => {
                    self.ask_editor(stand).await?;
                    return Ok(None);
                }
            },
        };
        match &answer {
            Ok(()) => self.done(stand, entry).await?,
            Err(error) => self.failed(stand, entry, error).await?,
        }
        Ok(Some(answer))
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

    /// Has the case looked at again, and comes back.
    async fn ask_editor(&self, stand: &AtPublisher) -> Result<(), StoreError> {
        let now = self.office.clock.now();
        let due = later(now, self.office.policy.back_off_first);
        let mut ops = vec![put(&self.publisher.kind, &stand.key, &stand.value, Some(due), Some(stand))?];
        if let Some(case) = stand.value.case {
            let before: Option<Stored<CaseId>> = read(self.office, &self.tenant.id, AGAIN, &case.to_string()).await?;
            ops.push(put(AGAIN, &case.to_string(), &case, Some(now), before.as_ref())?);
        }
        self.store(ops).await?;
        self.publishing.editor.raise();
        Ok(())
    }

    /// Remembers that the publisher did what it was asked. When that cannot be stored, it is asked again, which is harmless.
    async fn done(&self, asked: &AtPublisher, entry: EntryId) -> Result<(), StoreError> {
        for _ in 0..TRIES {
            let Some(now): Option<AtPublisher> =
                read(self.office, &self.tenant.id, &self.publisher.kind, &asked.key).await?
            else {
                return Ok(());
            };
            // The editor may have set another goal meanwhile.
            let same = (now.value.goal, now.value.revision) == (asked.value.goal, asked.value.revision);
            let stand = Stand { there: asked.value.goal, tries: 0, ..now.value.clone() };
            let due = now.due.filter(|_| !same);
            let activity = if asked.value.goal.is_some() { Activity::Published } else { Activity::Withdrawn };
            let event = self.event(activity, ObjectRef::Entry(entry));
            let event = event.with_detail("revision", asked.value.revision.to_string());
            let kept = put(&self.publisher.kind, &asked.key, &stand, due, Some(&now))?;
            if self.store(vec![kept, Op::Audit(event)]).await? {
                return Ok(());
            }
        }
        Ok(())
    }

    /// Remembers that it did not, and when it is asked again.
    async fn failed(&self, stand: &AtPublisher, entry: EntryId, error: &PortError) -> Result<(), StoreError> {
        let (now, policy, publisher) = (self.office.clock.now(), &self.office.policy, self.publisher);
        tracing::warn!(publisher = %publisher.name, %entry, %error, "an entry is not as it shall be there");
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
        let mut ops = vec![put(&publisher.kind, &stand.key, &next, Some(later(now, wait)), Some(stand))?];
        if refused && stand.value.tries == 0 {
            let text =
                format!("{} turns entry {entry} down and is asked again; look into the cause: {error}", publisher.name);
            let about = Subject::PublicationRefused { publisher: publisher.name.clone(), entry };
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
