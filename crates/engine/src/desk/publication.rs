//! Looking after the public journal (R7.7): what is held back and why, releasing it, withdrawing, and what a day will bring.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use chrono::{Datelike, NaiveDate};
use sakarkiv_core::{
    access::{Action, Duty, DutyKind, View},
    audit::{Activity, AuditEvent, ObjectRef},
    calendar::oslo_day_start,
    identity::{CaseId, ChannelId, DocumentId, EntryId, Timestamp},
    journal::EntryNumber,
    ports::{KeptFilter, Op, StoreError},
    publication::{DryRun, Finding, Fingerprint, LeakReport, Release},
};
use thiserror::Error;

use super::{Desk, DeskError};
use crate::publishing::{
    AtPublisher, EDITION, Edition, HELD, HeldBack, Publishing, Stand, Standing, Stored, WORD, Whole, Word, key, put,
    read, read_page, take_away,
};

/// The part of a desk where the public journal is looked after. All of it takes the duty
/// [`DutyKind::Publish`](sakarkiv_core::access::DutyKind::Publish).
#[derive(Debug, Clone, Copy)]
pub struct PublicationDesk<'d, 'a> {
    pub(super) desk: &'d Desk<'a>,
}

/// Why something about the public journal was not done.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum PublicationError {
    /// Not there, not allowed, or not stored.
    #[error(transparent)]
    Desk(#[from] DeskError),
    /// The tenant publishes nothing.
    #[error("the tenant has no public journal: give it one with `TenantSetup::publication`")]
    NotPublishing,
    /// A person's word needs a reason, for those who ask later.
    #[error("say why, in a few words that may stand in the log")]
    NoReason,
    /// Nothing like that holds the entry back.
    #[error("nothing with this fingerprint holds the entry back: look at what does")]
    NoSuchFinding,
    /// No public journal of the tenant shows meetings.
    #[error("no public journal shows meetings: give one its meetings with `PublisherTarget::meetings`")]
    NoMeetings,
    /// The leak check found something in a meeting that was not released with it.
    #[error("the leak check holds the meeting back for {} findings: mend it, or release them with a reason", .0.len())]
    MeetingHeld(Vec<Finding>),
    /// A meeting is larger than is kept.
    #[error("the meeting is of {bytes} bytes, and no more than {most} are kept: leave its long texts to its documents")]
    MeetingTooLarge {
        /// What it comes to as JSON.
        bytes: usize,
        /// How much that may be.
        most: usize,
    },
    /// A meeting of another tenant.
    #[error("the meeting is another tenant's: publish it at a desk of that tenant")]
    OtherTenant,
}

impl From<StoreError> for PublicationError {
    fn from(error: StoreError) -> Self {
        Self::Desk(error.into())
    }
}

/// An entry that the leak check holds back. Holds no content: what was found, where, and by which fingerprint it is released.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct HeldEntry {
    /// Which entry.
    pub entry: EntryId,
    /// Its case.
    pub case: CaseId,
    /// Its numbers.
    pub number: EntryNumber,
    /// Since when.
    pub since: Timestamp,
    /// What nobody has released.
    pub findings: Vec<Finding>,
}

/// How an entry stands with the public.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PublicationStanding {
    /// It may be shown: the rules let it, and the leak check found nothing that nobody has released.
    pub cleared: bool,
    /// What nobody has released.
    pub held_for: Vec<Finding>,
    /// Somebody has withdrawn it.
    pub withdrawn: bool,
    /// The documents whose files somebody has withdrawn.
    pub withdrawn_files: BTreeSet<DocumentId>,
    /// How it stands with each publisher that it was ever to be shown by.
    pub publishers: BTreeMap<ChannelId, PublisherStanding>,
}

/// How an entry stands with one publisher.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct PublisherStanding {
    /// It shall be shown there.
    pub wanted: bool,
    /// It is shown there, as far as the publisher has said.
    pub shown: bool,
    /// When something is done about it next; nothing when it is as it shall be.
    pub due: Option<Timestamp>,
    /// How often in a row the publisher did not take it.
    pub tries: u32,
}

impl PublisherStanding {
    pub(super) fn of(AtPublisher { value, due, .. }: &AtPublisher) -> Self {
        Self { wanted: value.goal.is_some(), shown: value.there.is_some(), due: *due, tries: value.tries }
    }
}

/// What a person says about an entry.
enum Saying {
    Withdraw,
    Restore,
    WithdrawFile(DocumentId),
    RestoreFile(DocumentId),
}

impl<'d, 'a> PublicationDesk<'d, 'a> {
    pub(crate) const fn new(desk: &'d Desk<'a>) -> Self {
        Self { desk }
    }

    /// What the leak check holds back, by entry after `after`, at most `limit`; of entries that the actor may know of.
    ///
    /// # Errors
    /// [`PublicationError`]; a refusal is logged.
    pub async fn held(&self, mut after: Option<EntryId>, limit: usize) -> Result<Vec<HeldEntry>, PublicationError> {
        self.permit().await?;
        let seen = self.desk.event(Activity::Read, ObjectRef::Tenant).with_detail("publication", "held");
        self.desk.commit([Op::Audit(seen)]).await?;
        let subject = self.desk.subject().await?;
        let mut found = Vec::new();
        while found.len() < limit {
            let from = after.map(key);
            let page: Vec<Stored<HeldBack>> =
                read_page(self.desk.office, self.desk.tenant(), &KeptFilter::of(HELD), from, PAGE).await?;
            for held in &page {
                let entry = held.about()?;
                after = Some(entry);
                let (stored, case) = self.desk.stored_entry(entry).await?;
                if subject.sees(&self.desk.entry_object(&stored, &case)) != View::None && found.len() < limit {
                    let HeldBack { case, number, since, findings } = held.value.clone();
                    found.push(HeldEntry { entry, case, number, since, findings });
                }
            }
            if page.len() < PAGE {
                break;
            }
        }
        Ok(found)
    }

    /// Releases a finding: whoever may read the entry says that this may be read by everybody. It counts as long as the text
    /// is the same. The reason stands in the log.
    ///
    /// # Errors
    /// [`PublicationError`]; a refusal is logged.
    pub async fn release(&self, entry: EntryId, finding: Fingerprint, reason: &str) -> Result<(), PublicationError> {
        let event = self.may_say(entry, Activity::FindingReleased, reason).await?;
        let held: Option<Stored<HeldBack>> = self.read(HELD, entry).await?;
        let held = held.filter(|held| held.value.findings.iter().any(|found| found.fingerprint == finding));
        if held.is_none() {
            return Err(PublicationError::NoSuchFinding);
        }
        let release = Release { entry, fingerprint: finding, by: self.desk.actor.id.clone(), at: self.desk.now() };
        let event = event.with_detail("finding", finding.to_string());
        self.say(entry, event, |word| word.releases.push(release.clone())).await
    }

    /// Takes an entry out of the public journals, and keeps it out until [`restore`](Self::restore). Done at once, whatever
    /// files are being read for a leak check meanwhile.
    ///
    /// # Errors
    /// [`PublicationError`]; a refusal is logged.
    pub async fn withdraw(&self, entry: EntryId, reason: &str) -> Result<(), PublicationError> {
        self.tell(entry, Saying::Withdraw, reason).await
    }

    /// Lets an entry be published again that was withdrawn by hand. The rules and the leak check still decide.
    ///
    /// # Errors
    /// [`PublicationError`]; a refusal is logged.
    pub async fn restore(&self, entry: EntryId, reason: &str) -> Result<(), PublicationError> {
        self.tell(entry, Saying::Restore, reason).await
    }

    /// Takes the file of one document out of the public journals at once, and keeps it out. The entry stays as it was cleared but
    /// for the file; where something else of it has changed and waits for the leak check, the whole entry goes, and comes back
    /// without the file when it was looked at.
    ///
    /// # Errors
    /// [`PublicationError`]; a refusal is logged.
    pub async fn withdraw_file(
        &self,
        entry: EntryId,
        document: DocumentId,
        reason: &str,
    ) -> Result<(), PublicationError> {
        self.tell(entry, Saying::WithdrawFile(document), reason).await
    }

    /// Lets a file be published again that was withdrawn by hand.
    ///
    /// # Errors
    /// [`PublicationError`]; a refusal is logged.
    pub async fn restore_file(
        &self,
        entry: EntryId,
        document: DocumentId,
        reason: &str,
    ) -> Result<(), PublicationError> {
        self.tell(entry, Saying::RestoreFile(document), reason).await
    }

    /// How an entry stands with the public.
    ///
    /// # Errors
    /// [`PublicationError`]; a refusal is logged.
    pub async fn standing(&self, entry: EntryId) -> Result<PublicationStanding, PublicationError> {
        let publishing = self.permit().await?;
        let (stored, case) = self.desk.stored_entry(entry).await?;
        let subject = self.desk.subject().await?;
        if subject.sees(&self.desk.entry_object(&stored, &case)) == View::None {
            return Err(DeskError::NotFound.into());
        }
        let edition: Option<Stored<Edition>> = self.read(EDITION, entry).await?;
        let held: Option<Stored<HeldBack>> = self.read(HELD, entry).await?;
        let word = self.read::<Word>(WORD, entry).await?.map(|word| word.value).unwrap_or_default();
        let mut publishers = BTreeMap::new();
        for publisher in &publishing.publishers {
            let stand: Option<AtPublisher> = self.read(&publisher.kind, entry).await?;
            if let Some(stand) = stand {
                publishers.insert(publisher.name.clone(), PublisherStanding::of(&stand));
            }
        }
        Ok(PublicationStanding {
            cleared: edition.is_some_and(|edition| edition.value.standing == Standing::Cleared),
            held_for: held.map(|held| held.value.findings).unwrap_or_default(),
            withdrawn: word.withdrawn,
            withdrawn_files: word.withdrawn_files,
            publishers,
        })
    }

    /// What publication would come to at the end of a day if nothing changed until then: what waits to be shown, what changes
    /// by itself, what is held back, and for entries journaled on `since` or later also what the rules hold back. Nothing is
    /// stored or published by it.
    ///
    /// Entries that the actor may not know of are left out.
    ///
    /// # Errors
    /// [`PublicationError`]; a refusal is logged.
    pub async fn dry_run(&self, day: NaiveDate, since: NaiveDate) -> Result<DryRun, PublicationError> {
        let publishing = self.permit().await?;
        let seen = self.desk.event(Activity::Read, ObjectRef::Tenant).with_detail("publication", day.to_string());
        self.desk.commit([Op::Audit(seen)]).await?;
        let (desk, subject) = (self.desk, self.desk.subject().await?);
        let wanted = self.candidates(publishing, day, since).await?;
        let end = day.succ_opt().map_or(Timestamp::MAX_UTC, oslo_day_start);
        let moment = end.checked_sub_signed(chrono::TimeDelta::seconds(1)).unwrap_or(end);
        let (mut plans, mut reports) = (Vec::new(), Vec::new());
        for (case, entries) in wanted {
            let Some(whole) = Whole::read(desk.office, desk.tenant(), &publishing.policy, case).await? else {
                continue;
            };
            for entry in whole.entries.iter().filter(|entry| entries.contains(&entry.id())) {
                if subject.sees(&desk.entry_object(entry, &whole.case)) == View::None {
                    continue;
                }
                let word = self.read::<Word>(WORD, entry.id()).await?.map(|word| word.value).unwrap_or_default();
                let plan = whole.plan(entry, &word, &publishing.policy, moment);
                if let Some(record) = &plan.record {
                    let report =
                        publishing.leak_check.check(record, &whole.secrets, Arc::clone(&desk.office.store) as _).await;
                    let findings = report.map_err(|error| StoreError::Unavailable(error.to_string()))?.findings;
                    reports.push((LeakReport { entry: entry.id(), revision: 0, findings }, word.releases));
                }
                plans.push(plan);
            }
        }
        let mut run = DryRun::new(day, plans);
        for (report, releases) in &reports {
            run.add_report(report, releases);
        }
        Ok(run)
    }

    /// The entries a dry run is about, by case.
    async fn candidates(
        &self,
        publishing: &Publishing,
        day: NaiveDate,
        since: NaiveDate,
    ) -> Result<BTreeMap<CaseId, BTreeSet<EntryId>>, PublicationError> {
        let end = day.succ_opt().map_or(Timestamp::MAX_UTC, oslo_day_start);
        let mut wanted: BTreeMap<CaseId, BTreeSet<EntryId>> = BTreeMap::new();
        let mut add = |case: Option<CaseId>, entry| {
            if let Some(case) = case {
                wanted.entry(case).or_default().insert(entry);
            }
        };
        for publisher in &publishing.publishers {
            let filter = KeptFilter::of(publisher.kind.clone()).due_by(end);
            for stand in self.all::<Stand>(&filter).await? {
                add(stand.value.case, stand.about()?);
            }
        }
        for edition in self.all::<Edition>(&KeptFilter::of(EDITION).due_by(end)).await? {
            add(Some(edition.value.case), edition.about()?);
        }
        for held in self.all::<HeldBack>(&KeptFilter::of(HELD)).await? {
            add(Some(held.value.case), held.about()?);
        }
        for year in since.year()..=day.year() {
            let mut after = 0;
            loop {
                let page = self.desk.office.store.journal(self.desk.tenant(), year, after, PAGE).await?;
                let Some(last) = page.last() else { break };
                after = last.number().journal_sequence();
                for entry in &page {
                    if entry.journal_date().is_some_and(|date| (since..=day).contains(&date)) {
                        add(Some(entry.case()), entry.id());
                    }
                }
            }
        }
        Ok(wanted)
    }

    async fn all<T: serde::de::DeserializeOwned>(
        &self,
        filter: &KeptFilter,
    ) -> Result<Vec<Stored<T>>, PublicationError> {
        let mut all: Vec<Stored<T>> = Vec::new();
        loop {
            let after = all.last().map(|record| record.key.clone());
            let page = read_page(self.desk.office, self.desk.tenant(), filter, after, PAGE).await?;
            let last = page.len() < PAGE;
            all.extend(page);
            if last {
                return Ok(all);
            }
        }
    }

    async fn tell(&self, entry: EntryId, saying: Saying, reason: &str) -> Result<(), PublicationError> {
        let activity = match saying {
            Saying::Withdraw | Saying::WithdrawFile(_) => Activity::PublicationStopped,
            Saying::Restore | Saying::RestoreFile(_) => Activity::PublicationResumed,
        };
        let mut event = self.may_say(entry, activity, reason).await?;
        if let Saying::WithdrawFile(document) | Saying::RestoreFile(document) = saying {
            let (stored, _) = self.desk.stored_entry(entry).await?;
            if stored.document(document).is_none() {
                return Err(DeskError::NotFound.into());
            }
            event = event.with_detail("document", document.to_string());
        }
        self.say(entry, event, |word| match saying {
            Saying::Withdraw => word.withdrawn = true,
            Saying::Restore => word.withdrawn = false,
            Saying::WithdrawFile(document) => drop(word.withdrawn_files.insert(document)),
            Saying::RestoreFile(document) => drop(word.withdrawn_files.remove(&document)),
        })
        .await
    }

    /// Decides whether the actor may have a say about an entry, and begins the event that tells of it.
    async fn may_say(&self, entry: EntryId, activity: Activity, reason: &str) -> Result<AuditEvent, PublicationError> {
        self.permit().await?;
        if reason.trim().is_empty() {
            return Err(PublicationError::NoReason);
        }
        let (stored, case) = self.desk.stored_entry(entry).await?;
        let subject = self.desk.subject().await?;
        let object = self.desk.entry_object(&stored, &case);
        let decision = self.desk.allowed(&subject, Action::Read, &object).await?;
        let event = self.desk.event(activity, ObjectRef::Entry(entry)).under_rule(decision.rule());
        Ok(event.with_detail("reason", reason.trim()))
    }

    /// Stores a word about an entry together with the event; the editor finds it in the log. Publishers change the stands at
    /// any time, so it is tried again.
    async fn say(&self, entry: EntryId, event: AuditEvent, change: impl Fn(&mut Word)) -> Result<(), PublicationError> {
        let mut tries = TRIES;
        loop {
            tries -= 1;
            match self.say_once(entry, event.clone(), &change).await {
                Err(PublicationError::Desk(DeskError::Store(StoreError::Conflict { .. }))) if tries > 0 => {}
                outcome => return outcome,
            }
        }
    }

    async fn say_once(
        &self,
        entry: EntryId,
        event: AuditEvent,
        change: impl Fn(&mut Word),
    ) -> Result<(), PublicationError> {
        let before: Option<Stored<Word>> = self.read(WORD, entry).await?;
        let mut word = before.as_ref().map(|before| before.value.clone()).unwrap_or_default();
        change(&mut word);
        let kept = put(WORD, &key(entry), &word, None, before.as_ref())?;
        let publishing = self.desk.tenant.publishing.as_ref().ok_or(PublicationError::NotPublishing)?;
        let said = before.map(|before| before.value).unwrap_or_default();
        let place = (self.desk.office, self.desk.tenant(), publishing);
        let gone = take_away(place, entry, (&said, &word)).await?;
        let urgent = !gone.is_empty();
        self.desk.commit([kept, Op::Audit(event)].into_iter().chain(gone)).await?;
        if urgent {
            publishing.hurry();
        }
        Ok(())
    }

    async fn read<T: serde::de::DeserializeOwned>(
        &self,
        kind: &str,
        entry: EntryId,
    ) -> Result<Option<Stored<T>>, StoreError> {
        read(self.desk.office, self.desk.tenant(), kind, &key(entry)).await
    }

    pub(super) async fn permit(&self) -> Result<&'a Publishing, PublicationError> {
        let publishing = self.desk.tenant.publishing.as_ref().ok_or(PublicationError::NotPublishing)?;
        self.desk.permit(Duty::General(DutyKind::Publish)).await?;
        Ok(publishing)
    }
}

const PAGE: usize = 500;
/// How often it is tried to store what somebody says.
pub(super) const TRIES: u32 = 5;
