//! When requests are looked for, and how one is taken in.

use sakarkiv_core::{
    identity::Timestamp,
    ports::{AccessRequest, Audience, KeptFilter, Op, PortError, PortErrorKind, StoreError, Subject, Transaction},
};

use super::{
    RequestDesk, Stage, Taken,
    filing::{FilingError, filing},
    watch::{self, answer_due},
};
use crate::{
    call::question,
    notices::notice,
    office::{Office, Tenant},
    policy::later,
    publishing::{Stored, put, read, read_page},
    schedule::{Turn, rest},
    signal::Halt,
};

/// Looks after the requests of one source.
pub(crate) async fn requests_loop(
    office: &Office,
    tenant: &Tenant,
    desk: &RequestDesk,
    halt: &Halt,
    turn: Turn,
) -> bool {
    let work = Work { office, tenant, desk };
    let (mut worked, mut failures) = (false, 0);
    loop {
        let mark = desk.polled.look.mark();
        let now = office.clock.now();
        let until = if halt.is_asked() { Ok(now) } else { work.round(halt, &mut worked).await };
        if turn == Turn::Once || halt.is_asked() {
            return worked;
        }
        let until = match until {
            Ok(until) => {
                failures = 0;
                until.min(later(now, office.policy.max_sleep))
            }
            Err(error) => {
                tracing::warn!(source = %desk.source.name, %error, "requests for access wait for the store");
                failures += 1;
                office.store_retry(failures)
            }
        };
        rest(office, halt, &desk.polled.look, mark, until).await;
    }
}

pub(super) struct Work<'a> {
    pub(super) office: &'a Office,
    pub(super) tenant: &'a Tenant,
    pub(super) desk: &'a RequestDesk,
}

impl Work<'_> {
    /// Lists when that is due, and does what is due by itself. Says when to list again.
    async fn round(&self, halt: &Halt, worked: &mut bool) -> Result<Timestamp, StoreError> {
        let now = self.office.clock.now();
        let due = self.desk.polled.next_poll();
        if due.is_none_or(|due| due <= now) {
            *worked = true;
            let next = self.list(halt).await?;
            self.desk.polled.poll_at(next);
        }
        let filter = KeptFilter::of(self.desk.kind.clone()).due_by(now);
        let waiting: Vec<Stored<Taken>> =
            read_page(self.office, &self.tenant.id, &filter, None, FOLLOWED_AT_ONCE).await?;
        for taken in waiting {
            if halt.is_asked() {
                break;
            }
            *worked = true;
            match taken.value.stage {
                Stage::Aside => self.fetch(&taken.key.clone(), Some(taken)).await?,
                Stage::Registered => self.mark(taken).await?,
                Stage::Marked | Stage::Overdue | Stage::Closed => watch::look(self, taken).await?,
            }
        }
        Ok(self.desk.polled.next_poll().unwrap_or(now))
    }

    async fn list(&self, halt: &Halt) -> Result<Timestamp, StoreError> {
        let (office, source) = (self.office, &self.desk.source);
        let next = later(office.clock.now(), source.poll);
        let ids = match question(&*office.clock, office.policy.call_timeout, "requests.list", source.port.list()).await
        {
            Ok(ids) => ids,
            Err(error) => {
                tracing::warn!(source = %source.name, %error, "requests for access cannot be listed");
                self.refused(&error).await?;
                return Ok(office.outside_retry(self.desk.polled.failed()).min(next));
            }
        };
        self.desk.polled.answered(|_| true);
        for id in ids {
            if halt.is_asked() {
                break;
            }
            let taken: Option<Stored<Taken>> = read(office, &self.tenant.id, &self.desk.kind, &id).await?;
            match taken {
                None => self.fetch(&id, None).await?,
                // It has a time of its own.
                Some(taken) if taken.value.stage == Stage::Aside => {}
                Some(taken) if taken.value.stage == Stage::Registered => self.mark(taken).await?,
                // Our word did not get through, or was lost there.
                Some(_) => drop(self.say_marked(&id).await),
            }
        }
        Ok(next)
    }

    async fn fetch(&self, id: &str, before: Option<Stored<Taken>>) -> Result<(), StoreError> {
        let (office, port) = (self.office, &self.desk.source.port);
        match question(&*office.clock, office.policy.call_timeout, "requests.fetch", port.fetch(id)).await {
            Ok(request) => self.register(id, &request, before).await,
            Err(error) if error.kind().concerns_account() => {
                self.refused(&error).await?;
                self.put_off(before).await
            }
            // It is listed again.
            Err(error) if matches!(error.kind(), PortErrorKind::Transient | PortErrorKind::Unknown) => {
                tracing::info!(source = %self.desk.source.name, %error, "a request for access is fetched later");
                self.put_off(before).await
            }
            Err(error) => self.set_aside(id, before, &error.to_string()).await,
        }
    }

    /// What was set aside is tried again a while later.
    async fn put_off(&self, before: Option<Stored<Taken>>) -> Result<(), StoreError> {
        let due = later(self.office.clock.now(), self.office.policy.fetch_retry_first);
        match before {
            Some(taken) => self.keep(&taken, Stage::Aside, Some(due), Vec::new()).await,
            None => Ok(()),
        }
    }

    /// Registers a request: its entries, its fate and the audit events happen together or not at all.
    async fn register(
        &self,
        id: &str,
        request: &AccessRequest,
        before: Option<Stored<Taken>>,
    ) -> Result<(), StoreError> {
        let (office, tenant, source) = (self.office, self.tenant, &self.desk.source);
        let filed = match filing(office, tenant, self.desk, request).await {
            Ok(filed) => filed,
            Err(FilingError::Store(error)) => return Err(error),
            Err(FilingError::Content(error)) if error.kind() == PortErrorKind::Transient => {
                return Err(StoreError::Unavailable(error.to_string()));
            }
            Err(error) => return self.set_aside(id, before, &error.to_string()).await,
        };
        let now = office.clock.now();
        let taken = Taken { sent: request.sent, stage: Stage::Registered, registered: filed.registered };
        let mut ops = filed.ops;
        ops.push(put(&self.desk.kind, id, &taken, Some(now), before.as_ref())?);
        for registered in &filed.new {
            let by = answer_due(source, request.sent);
            let text = format!(
                "a request for access to documents came in and is to be answered by {by}: entry {}",
                registered.entry
            );
            let unit = match office.store.case(&tenant.id, registered.case).await? {
                Some(case) => case.unit().clone(),
                None => source.target.unit.clone(),
            };
            ops.push(Op::AddNotice(self.notice(Audience::Unit(unit), id, Some(registered.entry), text)));
        }
        match office.commit(Transaction { tenant: tenant.id.clone(), ops }).await {
            Ok(_) => tenant.notices.raise(),
            // Somebody else registered it, or it is open whether we did: what is stored counts.
            Err(StoreError::Duplicate { .. } | StoreError::Conflict { .. } | StoreError::Unknown(_)) => {}
            Err(StoreError::Invalid(problem)) => return self.set_aside(id, before, &problem).await,
            Err(error) => return Err(error),
        }
        match read::<Taken>(office, &tenant.id, &self.desk.kind, id).await? {
            Some(taken) if taken.value.stage == Stage::Registered => self.mark(taken).await,
            // Tried again at the next listing.
            _ => Ok(()),
        }
    }

    async fn mark(&self, taken: Stored<Taken>) -> Result<(), StoreError> {
        let over = watch::next_day(answer_due(&self.desk.source, taken.value.sent));
        let marked = self.say_marked(&taken.key).await;
        let now = self.office.clock.now();
        // A source that takes no mark keeps nobody from watching the deadline; what it lists again is marked again.
        let (stage, due) = if marked || over <= now {
            (Stage::Marked, over)
        } else {
            (Stage::Registered, later(now, self.office.policy.fetch_retry_first).min(over))
        };
        self.keep(&taken, stage, Some(due), Vec::new()).await
    }

    async fn say_marked(&self, id: &str) -> bool {
        let (office, port) = (self.office, &self.desk.source.port);
        match question(&*office.clock, office.policy.call_timeout, "requests.mark", port.mark(id)).await {
            Ok(()) => true,
            Err(error) => {
                tracing::info!(source = %self.desk.source.name, %error, "a request could not be marked; it is said again");
                false
            }
        }
    }

    /// Stores the next stage of a request with what goes with it; somebody else's word counts as well as ours.
    pub(super) async fn keep(
        &self,
        taken: &Stored<Taken>,
        stage: Stage,
        due: Option<Timestamp>,
        mut ops: Vec<Op>,
    ) -> Result<(), StoreError> {
        let next = Taken { stage, ..taken.value.clone() };
        ops.push(put(&self.desk.kind, &taken.key, &next, due, Some(taken))?);
        match self.office.commit(Transaction { tenant: self.tenant.id.clone(), ops }).await {
            Ok(_) => {
                self.tenant.notices.raise();
                Ok(())
            }
            Err(StoreError::Conflict { .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// What cannot be taken in is told once and tried again; it holds up nothing else.
    async fn set_aside(&self, id: &str, before: Option<Stored<Taken>>, problem: &str) -> Result<(), StoreError> {
        let (office, now) = (self.office, self.office.clock.now());
        tracing::warn!(source = %self.desk.source.name, problem, "a request for access was set aside");
        let sent = before.as_ref().map_or(now, |before| before.value.sent);
        let taken = Taken { sent, stage: Stage::Aside, registered: Vec::new() };
        let due = later(now, office.policy.fetch_retry_cap);
        let mut ops = vec![put(&self.desk.kind, id, &taken, Some(due), before.as_ref())?];
        if before.is_none() {
            let text = format!("a request for access from {} could not be taken in: {problem}", self.desk.source.name);
            ops.push(Op::AddNotice(self.notice(Audience::MailRoom, id, None, text)));
        }
        match office.commit(Transaction { tenant: self.tenant.id.clone(), ops }).await {
            Ok(_) => {
                self.tenant.notices.raise();
                Ok(())
            }
            Err(StoreError::Conflict { .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Tells once that the other side does not let us in.
    async fn refused(&self, error: &PortError) -> Result<(), StoreError> {
        let what = ("source of requests for access", self.desk.source.name.as_str());
        self.desk.polled.refused(self.office, self.tenant, what, error).await
    }

    pub(super) fn notice(
        &self,
        audience: Audience,
        id: &str,
        entry: Option<sakarkiv_core::identity::EntryId>,
        text: String,
    ) -> sakarkiv_core::ports::Notice {
        let about = Subject::DocumentRequest { source: self.desk.source.name.clone(), request: id.to_owned(), entry };
        notice(self.office, &self.tenant.id, self.office.clock.now(), audience, about, text)
    }
}

/// How many requests that are due are looked at in one round.
const FOLLOWED_AT_ONCE: usize = 200;
