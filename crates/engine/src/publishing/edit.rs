//! Deciding anew about the entries of one case: planned, checked, and kept with what each publisher shall do about it, in one
//! transaction for each entry.

use std::sync::Arc;

use sakarkiv_core::{
    document::ContentHash,
    identity::{CaseId, EntryId, Timestamp},
    journal::JournalEntry,
    ports::{Audience, Blobs, Op, StoreError, Subject, Transaction},
    publication::{Finding, LeakReport, PublicRecord},
};

use super::{
    draft::{Draft, Whole},
    setup::Publishing,
    state::{AtPublisher, EDITION, Edition, HELD, HeldBack, Stand, Standing, Stored, WORD, Word, key, put, read},
};
use crate::{
    call::question,
    notices::notice,
    office::{Office, Tenant},
    policy::later,
};

/// Looks at a case anew, or at one entry of it alone, until nobody changes it meanwhile. Tells whether anything changed.
pub(super) async fn case(
    office: &Office,
    tenant: &Tenant,
    publishing: &Publishing,
    (case, only): (CaseId, Option<EntryId>),
) -> Result<bool, StoreError> {
    let mut tries = TRIES;
    loop {
        tries -= 1;
        match (Editing { office, tenant, publishing, now: office.clock.now() }).case(case, only).await {
            Err(StoreError::Conflict { .. } | StoreError::Unknown(_)) if tries > 0 => {}
            outcome => return outcome,
        }
    }
}

struct Editing<'a> {
    office: &'a Office,
    tenant: &'a Tenant,
    publishing: &'a Publishing,
    now: Timestamp,
}

/// Changes that are made together.
#[derive(Default)]
struct Changes {
    ops: Vec<Op>,
    /// Something is newly held back.
    held: bool,
    /// Publishers have something to do, by their place.
    work: Vec<usize>,
    urgent: bool,
}

/// What is to be shown of an entry, and what was found in it.
struct Verdict {
    standing: Standing,
    content: Option<ContentHash>,
    checked: Option<ContentHash>,
    findings: Vec<Finding>,
    /// Those that nobody has released.
    open: Vec<Finding>,
}

impl Editing<'_> {
    async fn case(&self, id: CaseId, only: Option<EntryId>) -> Result<bool, StoreError> {
        let whole = Whole::read(self.office, &self.tenant.id, &self.publishing.policy, id).await?;
        let Some(whole) = whole else { return Ok(false) };
        let (mut changes, mut changed) = (Changes::default(), false);
        for entry in whole.entries.iter().filter(|entry| only.is_none_or(|only| only == entry.id())) {
            self.entry(&whole, entry, &mut changes).await?;
            if changes.ops.len() >= OPS_AT_ONCE {
                changed |= self.commit(id, std::mem::take(&mut changes)).await?;
            }
        }
        changed |= self.commit(id, changes).await?;
        Ok(changed)
    }

    async fn entry(&self, whole: &Whole, entry: &JournalEntry, changes: &mut Changes) -> Result<(), StoreError> {
        let (tenant, key, policy) = (&self.tenant.id, key(entry.id()), &self.publishing.policy);
        let before: Option<Stored<Edition>> = read(self.office, tenant, EDITION, &key).await?;
        let said: Option<Stored<Word>> = read(self.office, tenant, WORD, &key).await?;
        let (word, heard) = said.map(|said| (said.value, said.version)).unwrap_or_default();
        let plan = whole.plan(entry, &word, policy, self.now);
        let verdict = match whole.draft(&plan, self.now) {
            None => Verdict::absent(),
            Some(draft) => {
                let seen = before.as_ref().is_some_and(|before| before.value.checked == Some(draft.checked));
                let verdict = self.check(whole, draft, before.as_ref(), &word).await;
                // Reading files takes its time. What was changed meanwhile stands in the log, and is looked at again from there.
                if !seen && !self.stands(whole, entry).await? {
                    return Ok(());
                }
                verdict
            }
        };
        let due = match verdict.standing {
            Standing::Unchecked => Some(later(self.now, self.office.policy.fetch_retry_first)),
            _ => whole.changes_at(&plan, policy, self.now),
        };
        self.held(entry, &key, &verdict, changes).await?;
        let mut aimed = false;
        for (place, publisher) in self.publishing.publishers.iter().enumerate() {
            let stand: Option<AtPublisher> = read(self.office, tenant, &publisher.kind, &key).await?;
            let evening = self.publishing.rhythm.next(self.now);
            let aim = Stand::towards(stand.as_ref(), Some(whole.case.id()), verdict.goal(), (self.now, evening));
            if let Some((aim, due)) = aim {
                changes.ops.push(put(&publisher.kind, &key, &aim, Some(due), stand.as_ref())?);
                changes.work.push(place);
                changes.urgent |= due <= self.now;
                aimed = true;
            }
        }
        // What was withdrawn meanwhile must not be given a goal again.
        if aimed && self.heard(&key).await? != heard {
            return Err(StoreError::Conflict { what: "word about an entry" });
        }
        let edition = verdict.edition(whole.case.id());
        let same = before.as_ref().is_some_and(|before| (before.due, &before.value) == (due, &edition));
        // Most of an archive is never published, and nothing is remembered of that.
        let nothing = before.is_none() && edition.standing == Standing::Absent && due.is_none();
        if !same && !nothing {
            changes.ops.push(put(EDITION, &key, &edition, due, before.as_ref())?);
        }
        Ok(())
    }

    /// Whether an entry and its case are still as they were read.
    async fn stands(&self, whole: &Whole, entry: &JournalEntry) -> Result<bool, StoreError> {
        let (store, tenant) = (&self.office.store, &self.tenant.id);
        let same = store.entry(tenant, entry.id()).await?.as_ref() == Some(entry);
        Ok(same && store.case(tenant, whole.case.id()).await?.as_ref() == Some(&whole.case))
    }

    /// Which version of what people have said about an entry is stored; 0 when nothing is.
    async fn heard(&self, key: &str) -> Result<u64, StoreError> {
        let said: Option<Stored<Word>> = read(self.office, &self.tenant.id, WORD, key).await?;
        Ok(said.map_or(0, |said| said.version))
    }

    /// Asks the leak check, unless it has seen the very same.
    async fn check(&self, whole: &Whole, draft: Draft, before: Option<&Stored<Edition>>, word: &Word) -> Verdict {
        let Draft { record, content, checked } = draft;
        let seen = before.filter(|before| before.value.checked == Some(checked));
        let (entry, content) = (record.entry, Some(content));
        let findings = match seen {
            Some(before) => before.value.findings.clone(),
            None => match self.ask(whole, &record).await {
                Some(findings) => findings,
                // Whether the text may be read is not known, so it is not shown.
                None => return Verdict { content, standing: Standing::Unchecked, ..Verdict::absent() },
            },
        };
        let report = LeakReport { entry, revision: 0, findings };
        let open = report.open(&word.releases);
        let standing = if open.is_empty() { Standing::Cleared } else { Standing::Held };
        Verdict { standing, content, checked: Some(checked), findings: report.findings, open }
    }

    async fn ask(&self, whole: &Whole, record: &PublicRecord) -> Option<Vec<Finding>> {
        let blobs: Arc<dyn Blobs> = Arc::clone(&self.office.store) as _;
        let call = self.publishing.leak_check.check(record, &whole.secrets, blobs);
        match question(&*self.office.clock, LEAK_CHECK_TIMEOUT, "leak_check.check", call).await {
            Ok(report) if (report.entry, report.revision) == (record.entry, record.revision) => Some(report.findings),
            Ok(_) => {
                tracing::error!(entry = %record.entry, "the leak check reported on another record: mend it");
                None
            }
            Err(error) => {
                tracing::warn!(entry = %record.entry, %error, "an entry could not be checked and is not published");
                None
            }
        }
    }

    /// Keeps the archivists' list of what is held back.
    async fn held(
        &self,
        entry: &JournalEntry,
        key: &str,
        verdict: &Verdict,
        changes: &mut Changes,
    ) -> Result<(), StoreError> {
        let before: Option<Stored<HeldBack>> = read(self.office, &self.tenant.id, HELD, key).await?;
        if verdict.standing != Standing::Held {
            if before.is_some() {
                changes.ops.push(Op::Discard { kind: HELD.to_owned(), key: key.to_owned() });
            }
            return Ok(());
        }
        if before.as_ref().is_some_and(|before| before.value.findings == verdict.open) {
            return Ok(());
        }
        let news = verdict
            .open
            .iter()
            .any(|finding| before.as_ref().is_none_or(|before| !before.value.findings.contains(finding)));
        let since = before.as_ref().map_or(self.now, |before| before.value.since);
        let held = HeldBack { case: entry.case(), number: entry.number(), since, findings: verdict.open.clone() };
        changes.ops.push(put(HELD, key, &held, None, before.as_ref())?);
        changes.held |= news;
        Ok(())
    }

    async fn commit(&self, case: CaseId, mut changes: Changes) -> Result<bool, StoreError> {
        if changes.ops.is_empty() {
            return Ok(false);
        }
        if changes.held {
            let text = format!(
                "the leak check holds entries of case {case} back from the public journal: mend them, or release what was found"
            );
            let about = Subject::PublicationHeld { case };
            changes.ops.push(Op::AddNotice(notice(
                self.office,
                &self.tenant.id,
                self.now,
                Audience::Archive,
                about,
                text,
            )));
        }
        self.office.commit(Transaction { tenant: self.tenant.id.clone(), ops: changes.ops }).await?;
        if changes.held {
            self.tenant.notices.raise();
        }
        for publisher in changes.work.into_iter().filter_map(|place| self.publishing.publishers.get(place)) {
            if changes.urgent {
                publisher.urgent.raise();
            }
            publisher.work.raise();
        }
        Ok(true)
    }
}

impl Verdict {
    const fn absent() -> Self {
        Self { standing: Standing::Absent, content: None, checked: None, findings: Vec::new(), open: Vec::new() }
    }

    /// What shall stand in a public journal.
    fn goal(&self) -> Option<ContentHash> {
        self.content.filter(|_| self.standing == Standing::Cleared)
    }

    fn edition(self, case: CaseId) -> Edition {
        let Self { standing, content, checked, findings, open: _ } = self;
        Edition { case, standing, content, checked, findings }
    }
}

/// How often a case is looked at again that somebody changes meanwhile.
const TRIES: u32 = 5;
/// So many changes go into one transaction.
const OPS_AT_ONCE: usize = 200;
/// The longest that reading the files of one entry or meeting may take.
pub(super) const LEAK_CHECK_TIMEOUT: std::time::Duration = std::time::Duration::from_secs(600);
