//! Following what happens in an archive: nothing that changes what is published is missed, whoever changed it and whenever
//! the office was killed. Twice, each with a cursor of its own: what the rules show no more is taken away at once, while what
//! they do show waits for the leak check.

use std::collections::BTreeSet;

use sakarkiv_core::{
    audit::{Activity, AuditEvent, ObjectRef},
    calendar::oslo_date,
    case::{Case, CaseNumber},
    document::ContentHash,
    identity::{CaseId, EntryId, Timestamp},
    ports::{CaseFilter, KeptFilter, Op, StoreError, Transaction},
    publication::{EntryFacts, EntryOutcome},
};
use serde::{Deserialize, Serialize};

use super::{
    away, edit, meeting,
    setup::Publishing,
    state::{AGAIN, EDITION, Edition, Stored, put, read, read_page},
};
use crate::{
    office::{Office, Tenant},
    policy::later,
    schedule::{Turn, rest},
    signal::Halt,
};

/// What is looked after.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Care {
    /// That nothing stands there which the rules do not show any more, or only masked. Reads no file.
    Removals,
    /// The editions.
    Editions,
}

/// Looks after what one tenant publishes.
pub(crate) async fn editor_loop(office: &Office, tenant: &Tenant, care: Care, halt: &Halt, turn: Turn) -> bool {
    let Some(publishing) = &tenant.publishing else { return false };
    let editor = Editor { office, tenant, publishing };
    let (mut worked, mut failures) = (false, 0);
    loop {
        let mark = publishing.editor.mark();
        let round = match care {
            _ if halt.is_asked() => Ok(Round::default()),
            Care::Removals => editor.remove().await,
            Care::Editions => editor.round().await,
        };
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

/// What the log tells of since the last time.
struct News {
    cases: BTreeSet<CaseId>,
    entries: BTreeSet<EntryId>,
    /// How far that is.
    last: u64,
    /// There is more.
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

    /// Takes away what the log tells of and the rules show no more.
    async fn remove(&self) -> Result<Round, StoreError> {
        let Some(News { cases, entries, last, more }) = self.news(REMOVED).await? else { return Ok(Round::default()) };
        let (store, tenant, mut edited) = (&self.office.store, &self.tenant.id, false);
        let mut told = Vec::new();
        for case in cases {
            told.extend(store.entries(tenant, case).await?);
        }
        for entry in entries {
            told.extend(store.entry(tenant, entry).await?);
        }
        let mut masked = Vec::new();
        for entry in told {
            let Some(case) = store.case(tenant, entry.case()).await? else { continue };
            let today = oslo_date(self.office.clock.now());
            let facts = EntryFacts::of(&case, &entry, false, &self.publishing.policy, today);
            match facts.decide().outcome {
                EntryOutcome::Publish => {}
                EntryOutcome::Bare => masked.push((case.id(), entry.id())),
                EntryOutcome::Later | EntryOutcome::Withhold => {
                    let taken = self.take_down(case.id(), entry.id()).await;
                    edited |= or_with_its_case(case.id(), taken)?;
                }
            }
        }
        // What is left of these has no files that would have to be read.
        for (case, entry) in masked {
            let changed = edit::case(self.office, self.tenant, self.publishing, (case, Some(entry))).await;
            edited |= or_with_its_case(case, changed)?;
        }
        self.set_mark(REMOVED, &last).await?;
        Ok(Round { edited, more })
    }

    /// Takes an entry away from every publisher. These change the stands at any time, so it is tried again.
    async fn take_down(&self, case: CaseId, entry: EntryId) -> Result<bool, StoreError> {
        let mut tries = TRIES;
        loop {
            tries -= 1;
            let ops = away::aim((self.office, &self.tenant.id, self.publishing), (entry, case), None).await?;
            if ops.is_empty() {
                return Ok(false);
            }
            match self.commit(ops).await {
                Err(StoreError::Conflict { .. }) if tries > 0 => {}
                outcome => {
                    outcome?;
                    self.publishing.hurry();
                    return Ok(true);
                }
            }
        }
    }

    /// Looks at what the log tells of since the last time.
    async fn follow(&self) -> Result<Round, StoreError> {
        let Some(News { mut cases, entries, last, more }) = self.news(FOLLOWED).await? else {
            return Ok(Round::default());
        };
        for entry in entries {
            let entry = self.office.store.entry(&self.tenant.id, entry).await?;
            cases.extend(entry.map(|entry| entry.case()));
        }
        let edited = self.edit(cases).await?.changed;
        self.set_mark(FOLLOWED, &last).await?;
        Ok(Round { edited, more })
    }

    /// What the log tells of beyond a cursor, if anything.
    async fn news(&self, cursor: &str) -> Result<Option<News>, StoreError> {
        let from = match self.mark(cursor).await? {
            Some(from) => from,
            // What happened before is seen by the sweep.
            None => {
                let end = self.end_of_log().await?;
                self.set_mark(cursor, &end).await?;
                end
            }
        };
        let events = self.office.store.audit_log(&self.tenant.id, from, PAGE).await?;
        let Some(last) = events.last().map(|record| record.sequence) else { return Ok(None) };
        let (mut cases, mut entries) = (BTreeSet::new(), BTreeSet::new());
        for record in events.iter().filter(|record| changes_publication(&record.event)) {
            match record.event.object {
                ObjectRef::Case(case) => drop(cases.insert(case)),
                ObjectRef::Entry(entry) => drop(entries.insert(entry)),
                _ => {}
            }
        }
        Ok(Some(News { cases, entries, last, more: events.len() == PAGE }))
    }

    /// Looks through the whole archive when the policy or the publishers changed; some cases at a time, and after each of them
    /// what happened meanwhile comes first. Tells whether there are more.
    async fn sweep(&self, edited: &mut bool) -> Result<bool, StoreError> {
        let stamp = self.publishing.stamp;
        if self.mark(SWEPT).await? == Some(stamp) {
            return Ok(false);
        }
        let sweep = self.mark::<Sweep>(SWEEP).await?.filter(|sweep| sweep.stamp == stamp);
        let after = sweep.and_then(|sweep| sweep.after);
        let cases = self.office.store.cases(&self.tenant.id, &CaseFilter::default(), after, SWEPT_AT_ONCE).await?;
        let (news, mut seen) = (self.publishing.editor.mark(), 0);
        for case in &cases {
            *edited |= self.edit([case.id()].into()).await?.changed;
            seen += 1;
            if self.publishing.editor.mark() != news {
                break;
            }
        }
        let left = seen < cases.len() || cases.len() == SWEPT_AT_ONCE;
        match cases.get(..seen).and_then(<[Case]>::last).filter(|_| left) {
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
        let entries = edit::case(office, tenant, publishing, (case, None)).await?;
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

/// What became of an entry. One that could not be read does not stop the others: it is looked at again with its case.
fn or_with_its_case(case: CaseId, outcome: Result<bool, StoreError>) -> Result<bool, StoreError> {
    match outcome {
        Err(error) if !matches!(error, StoreError::Unavailable(_)) => {
            tracing::warn!(%case, %error, "an entry is left to be looked at with its case");
            Ok(false)
        }
        outcome => outcome,
    }
}

/// How far a look through the whole archive has come.
#[derive(Debug, Serialize, Deserialize)]
struct Sweep {
    /// What it is for.
    stamp: ContentHash,
    after: Option<CaseNumber>,
}

/// How far the log was followed for what must go.
const REMOVED: &str = "publication:removed";
/// How often it is tried to take an entry away.
const TRIES: u32 = 5;
/// How far the log was followed.
const FOLLOWED: &str = "publication:followed";
/// The stamp of the last sweep that came to its end.
const SWEPT: &str = "publication:swept";
/// The sweep under way.
const SWEEP: &str = "publication:sweep";
const PAGE: usize = 500;
const SWEPT_AT_ONCE: usize = 100;
const SKIPPED_AT_ONCE: usize = 5_000;
