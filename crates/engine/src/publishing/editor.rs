//! Following what happens in an archive: nothing that changes what is published is missed, whoever changed it and whenever
//! the office was killed.

use std::collections::BTreeSet;

use sakarkiv_core::{
    audit::{Activity, AuditEvent, ObjectRef},
    case::{Case, CaseNumber},
    document::ContentHash,
    identity::{CaseId, Timestamp},
    ports::{CaseFilter, KeptFilter, Op, StoreError, Transaction},
};
use serde::{Deserialize, Serialize};

use super::{
    edit, meeting,
    setup::Publishing,
    state::{AGAIN, EDITION, Edition, Stored, put, read, read_page},
};
use crate::{
    office::{Office, Tenant},
    policy::later,
    schedule::{Turn, rest},
    signal::Halt,
};

/// Looks after the editions of one tenant.
pub(crate) async fn editor_loop(office: &Office, tenant: &Tenant, halt: &Halt, turn: Turn) -> bool {
    let Some(publishing) = &tenant.publishing else { return false };
    let editor = Editor { office, tenant, publishing };
    let (mut worked, mut failures) = (false, 0);
    loop {
        let mark = publishing.editor.mark();
        let round = if halt.is_asked() { Ok(Round::default()) } else { editor.round().await };
        let until = match round {
            Ok(round) => {
                failures = 0;
                worked |= round.edited;
                if round.more {
                    continue;
                }
                later(office.clock.now(), office.policy.max_sleep)
            }
            Err(error) => {
                tracing::warn!(tenant = %tenant.id, %error, "the public journal cannot be looked after");
                failures += 1;
                office.store_retry(failures)
            }
        };
        if turn == Turn::Once || halt.is_asked() {
            return worked;
        }
        rest(office, halt, &publishing.editor, mark, until).await;
    }
}

/// Whether the whole archive was looked at under the present policy and publishers.
pub(super) async fn swept(office: &Office, tenant: &Tenant, publishing: &Publishing) -> Result<bool, StoreError> {
    Ok(Editor { office, tenant, publishing }.mark(SWEPT).await? == Some(publishing.stamp))
}

/// Whether an event tells of something that may change what is published.
pub(crate) const fn changes_publication(event: &AuditEvent) -> bool {
    let record = matches!(event.object, ObjectRef::Case(_) | ObjectRef::Entry(_));
    let only_seen = matches!(
        event.activity,
        Activity::Read
            | Activity::Printed
            | Activity::Exported
            | Activity::AccessRefused
            | Activity::AccessRequested
            | Activity::AccessDecided
            | Activity::EmergencyAccess
            | Activity::GrantGiven
            | Activity::GrantEnded
            | Activity::Published
            | Activity::Withdrawn
    );
    record && !only_seen
}

struct Editor<'a> {
    office: &'a Office,
    tenant: &'a Tenant,
    publishing: &'a Publishing,
}

/// What a look at the archive gave.
#[derive(Default)]
struct Round {
    /// Some edition changed.
    edited: bool,
    /// There is more to do at once.
    more: bool,
}

/// What looking at cases anew gave.
#[derive(Default)]
struct Edited {
    changed: bool,
    /// Those that are looked at again later.
    failed: BTreeSet<CaseId>,
}

impl Editor<'_> {
    async fn round(&self) -> Result<Round, StoreError> {
        let mut round = self.follow().await?;
        let now = self.office.clock.now();
        let due: Vec<Stored<Edition>> = self.page(EDITION, now).await?;
        let mut cases: BTreeSet<CaseId> = due.iter().map(|edition| edition.value.case).collect();
        let again: Vec<Stored<CaseId>> = self.page(AGAIN, now).await?;
        cases.extend(again.iter().map(|again| again.value));
        let edited = self.edit(cases).await?;
        round.edited |= edited.changed;
        let done = again.into_iter().filter(|again| !edited.failed.contains(&again.value));
        self.commit(done.map(|again| Op::Discard { kind: AGAIN.to_owned(), key: again.key }).collect()).await?;
        round.more |= due.len() == PAGE && round.edited;
        let (office, tenant, publishing) = (self.office, self.tenant, self.publishing);
        let due = KeptFilter::of(meeting::MEETING).due_by(now);
        round.edited |= meeting::look_through(office, tenant, publishing, &due).await?;
        round.more |= self.sweep(&mut round.edited).await?;
        Ok(round)
    }

    /// Looks at what the log tells of since the last time.
    async fn follow(&self) -> Result<Round, StoreError> {
        let cursor = match self.mark(FOLLOWED).await? {
            Some(cursor) => cursor,
            // What happened before is seen by the sweep.
            None => {
                let end = self.end_of_log().await?;
                self.set_mark(FOLLOWED, &end).await?;
                end
            }
        };
        let events = self.office.store.audit_log(&self.tenant.id, cursor, PAGE).await?;
        let Some(last) = events.last().map(|record| record.sequence) else { return Ok(Round::default()) };
        let (mut cases, mut entries) = (BTreeSet::new(), BTreeSet::new());
        for record in events.iter().filter(|record| changes_publication(&record.event)) {
            match record.event.object {
                ObjectRef::Case(case) => drop(cases.insert(case)),
                ObjectRef::Entry(entry) => drop(entries.insert(entry)),
                _ => {}
            }
        }
        for entry in entries {
            let entry = self.office.store.entry(&self.tenant.id, entry).await?;
            cases.extend(entry.map(|entry| entry.case()));
        }
        let edited = self.edit(cases).await?.changed;
        self.set_mark(FOLLOWED, &last).await?;
        Ok(Round { edited, more: events.len() == PAGE })
    }

    /// Looks through the whole archive when the policy or the publishers changed; some cases at a time. Tells whether there
    /// are more.
    async fn sweep(&self, edited: &mut bool) -> Result<bool, StoreError> {
        let stamp = self.publishing.stamp;
        if self.mark(SWEPT).await? == Some(stamp) {
            return Ok(false);
        }
        let sweep = self.mark::<Sweep>(SWEEP).await?.filter(|sweep| sweep.stamp == stamp);
        let after = sweep.and_then(|sweep| sweep.after);
        let cases = self.office.store.cases(&self.tenant.id, &CaseFilter::default(), after, SWEPT_AT_ONCE).await?;
        *edited |= self.edit(cases.iter().map(Case::id).collect()).await?.changed;
        match cases.last().filter(|_| cases.len() == SWEPT_AT_ONCE) {
            Some(last) => {
                self.set_mark(SWEEP, &Sweep { stamp, after: Some(last.number()) }).await?;
                Ok(true)
            }
            None => {
                let meetings = KeptFilter::of(meeting::MEETING);
                *edited |= meeting::look_through(self.office, self.tenant, self.publishing, &meetings).await?;
                self.set_mark(SWEPT, &stamp).await?;
                Ok(false)
            }
        }
    }

    /// Looks at cases anew. One that cannot be read does not stop the others: it is looked at again later.
    async fn edit(&self, cases: BTreeSet<CaseId>) -> Result<Edited, StoreError> {
        let mut edited = Edited::default();
        for case in cases {
            match self.edit_case(case).await {
                Ok(changed) => edited.changed |= changed,
                Err(error @ StoreError::Unavailable(_)) => return Err(error),
                Err(error) => {
                    tracing::warn!(%case, %error, "a case is looked at again later");
                    self.again(case).await?;
                    edited.failed.insert(case);
                }
            }
        }
        Ok(edited)
    }

    /// Looks at a case anew, and at the meetings that treat it.
    async fn edit_case(&self, case: CaseId) -> Result<bool, StoreError> {
        let (office, tenant, publishing) = (self.office, self.tenant, self.publishing);
        let entries = edit::case(office, tenant, publishing, case).await?;
        Ok(meeting::of_case(office, tenant, publishing, case).await? || entries)
    }

    async fn again(&self, case: CaseId) -> Result<(), StoreError> {
        let due = later(self.office.clock.now(), self.office.policy.fetch_retry_first);
        let before = read::<CaseId>(self.office, &self.tenant.id, AGAIN, &case.to_string()).await?;
        self.commit(vec![put(AGAIN, &case.to_string(), &case, Some(due), before.as_ref())?]).await
    }

    async fn end_of_log(&self) -> Result<u64, StoreError> {
        let mut end = 0;
        loop {
            let page = self.office.store.audit_log(&self.tenant.id, end, SKIPPED_AT_ONCE).await?;
            let Some(last) = page.last() else { return Ok(end) };
            end = last.sequence;
        }
    }

    async fn page<T: serde::de::DeserializeOwned>(
        &self,
        kind: &str,
        now: Timestamp,
    ) -> Result<Vec<Stored<T>>, StoreError> {
        read_page(self.office, &self.tenant.id, &KeptFilter::of(kind).due_by(now), None, PAGE).await
    }

    async fn mark<T: serde::de::DeserializeOwned>(&self, name: &str) -> Result<Option<T>, StoreError> {
        let mark = self.office.store.mark(&self.tenant.id, name).await?;
        mark.map(|text| serde_json::from_str(&text).map_err(|error| StoreError::Corrupt(error.to_string()))).transpose()
    }

    async fn set_mark(&self, name: &str, value: &impl Serialize) -> Result<(), StoreError> {
        let value = serde_json::to_string(value).map_err(|error| StoreError::Invalid(error.to_string()))?;
        self.commit(vec![Op::PutMark { name: name.to_owned(), value: Some(value) }]).await
    }

    async fn commit(&self, ops: Vec<Op>) -> Result<(), StoreError> {
        if ops.is_empty() {
            return Ok(());
        }
        self.office.commit(Transaction { tenant: self.tenant.id.clone(), ops }).await.map(drop)
    }
}

/// How far a look through the whole archive has come.
#[derive(Debug, Serialize, Deserialize)]
struct Sweep {
    /// What it is for.
    stamp: ContentHash,
    after: Option<CaseNumber>,
}

/// How far the log was followed.
const FOLLOWED: &str = "publication:followed";
/// The stamp of the last sweep that came to its end.
const SWEPT: &str = "publication:swept";
/// The sweep under way.
const SWEEP: &str = "publication:sweep";
const PAGE: usize = 500;
const SWEPT_AT_ONCE: usize = 100;
const SKIPPED_AT_ONCE: usize = 5_000;
