//! Once a day: what a publisher says stands there, against what shall (R7.1). What differs is healed and told.

use std::collections::VecDeque;

use chrono::NaiveDate;
use sakarkiv_core::{
    audit::{Activity, ObjectRef},
    calendar::oslo_date,
    identity::{EntryId, MeetingId},
    ports::{Audience, KeptFilter, Op, PortError, Published, PublishedMeeting, StoreError, Subject},
};

use super::{
    editor::swept,
    meeting::MEETING,
    publisher::Publishes,
    setup::Sort,
    state::{AtPublisher, Stand, put, read, read_page},
};
use crate::{
    call::question,
    notices::notice,
    policy::{back_off, later},
};

/// Compares what is shown of one sort, when it was not done today. Tells whether anything was done.
pub(super) async fn compare(at: &Publishes<'_>, sort: Sort) -> Result<bool, StoreError> {
    let now = at.office.clock.now();
    let compared = match sort {
        Sort::Entries => "publication:compared",
        Sort::Meetings => "publication:compared-meetings",
    };
    let (name, today) = (format!("{compared}:{}", at.publisher.name), oslo_date(now));
    let waits = at.publisher.live().comparing.1.is_some_and(|again| again > now);
    let done = at.office.store.mark(&at.tenant.id, &name).await?;
    if waits || done.and_then(|day| day.parse::<NaiveDate>().ok()).is_some_and(|day| day >= today) {
        return Ok(false);
    }
    // Before everything was looked at once, what is missing among the stands says nothing.
    if !swept(at.office, at.tenant, at.publishing).await? {
        return Ok(false);
    }
    let mut comparison = Comparison {
        at,
        sort,
        ours: Queue::default(),
        theirs: Queue::default(),
        differences: Vec::new(),
        strangers: 0,
        served: false,
    };
    match comparison.walk().await {
        Ok(()) => {}
        Err(Failure::CutShort) => return Ok(comparison.served),
        Err(Failure::Store(error)) => return Err(error),
        Err(Failure::Port(error)) => {
            tracing::warn!(publisher = %at.publisher.name, %error, "what stands there cannot be compared");
            put_off(at);
            return Ok(comparison.served);
        }
    }
    let differences = std::mem::take(&mut comparison.differences);
    let healed = comparison.heal(differences).await?;
    // The day counts as compared when nothing was left.
    if healed.left {
        put_off(at);
        return Ok(healed.any || comparison.served);
    }
    at.publisher.live().comparing = (0, None);
    let mut ops = vec![Op::PutMark { name, value: Some(today.to_string()) }];
    if comparison.strangers > 0 {
        let (publisher, strangers) = (&at.publisher.name, comparison.strangers);
        let text = format!(
            "{strangers} {} stand with {publisher} that the archive does not have: withdraw them there if they are ours",
            sort.several()
        );
        let about = Subject::PublicationDrift { publisher: publisher.clone() };
        ops.push(Op::AddNotice(notice(at.office, &at.tenant.id, now, Audience::Operations, about, text)));
        at.tenant.notices.raise();
    }
    at.store(ops).await?;
    Ok(healed.any || comparison.served)
}

/// Compares again a while later, less and less often.
fn put_off(at: &Publishes<'_>) {
    let (policy, jitter, now) = (&at.office.policy, at.office.entropy.next_u64(), at.office.clock.now());
    let (failures, again) = &mut at.publisher.live().comparing;
    *again = Some(later(now, back_off(policy.fetch_retry_first, policy.fetch_retry_cap, *failures, jitter)));
    *failures = failures.saturating_add(1);
}

enum Failure {
    Store(StoreError),
    Port(PortError),
    /// The publisher is out, or the office shuts down: it is begun anew another time.
    CutShort,
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

struct Comparison<'a, 'b> {
    at: &'a Publishes<'b>,
    sort: Sort,
    ours: Queue<AtPublisher>,
    theirs: Queue<Published>,
    differences: Vec<Difference>,
    /// What stands there and the archive does not have.
    strangers: usize,
    /// What came due meanwhile was done.
    served: bool,
}

/// One side of the comparison, read page by page; meetings by their subjects.
struct Queue<T> {
    waiting: VecDeque<(EntryId, T)>,
    last: Option<EntryId>,
    ended: bool,
}

impl<T> Default for Queue<T> {
    fn default() -> Self {
        Self { waiting: VecDeque::new(), last: None, ended: false }
    }
}

/// A stand that does not tell what is there, with what heals it.
struct Difference {
    entry: EntryId,
    before: Option<AtPublisher>,
    healed: Stand,
}

/// What healing gave.
#[derive(Default)]
struct Healed {
    any: bool,
    /// Somebody else changed a stand meanwhile, so it was left alone.
    left: bool,
}

impl Comparison<'_, '_> {
    /// Walks through both lists in the order of the entries' ids.
    async fn walk(&mut self) -> Result<(), Failure> {
        loop {
            self.fill_ours().await?;
            self.fill_theirs().await?;
            let front = |mine: Option<EntryId>, other: Option<EntryId>| {
                mine.filter(|mine| other.is_none_or(|other| *mine <= other))
            };
            let mine = self.ours.waiting.front().map(|(entry, _)| *entry);
            let other = self.theirs.waiting.front().map(|(entry, _)| *entry);
            let ours = front(mine, other).and_then(|_| self.ours.waiting.pop_front());
            let theirs = front(other, mine).and_then(|_| self.theirs.waiting.pop_front());
            let Some(entry) = ours.as_ref().map(|(entry, _)| *entry).or(theirs.as_ref().map(|(entry, _)| *entry))
            else {
                return Ok(());
            };
            let revision = theirs.map(|(_, published)| published.revision);
            let ours = ours.map(|(_, stand)| stand);
            let healed = heals(ours.as_ref().map(|stand| (&stand.value, stand.due.is_some())), revision);
            // What the archive does not have may be another's, and taking it away is for people to decide.
            if ours.is_none() && !self.is_ours(entry).await? {
                self.strangers += 1;
            } else if let Some(healed) = healed {
                self.differences.push(Difference { entry, before: ours, healed });
            }
        }
    }

    /// Whether the archive has something.
    async fn is_ours(&self, entry: EntryId) -> Result<bool, StoreError> {
        let (store, tenant) = (&self.at.office.store, &self.at.tenant.id);
        match self.sort {
            Sort::Entries => Ok(store.entry(tenant, entry).await?.is_some()),
            Sort::Meetings => Ok(store.kept(tenant, MEETING, &entry.to_string()).await?.is_some()),
        }
    }

    async fn fill_ours(&mut self) -> Result<(), Failure> {
        if !self.ours.waiting.is_empty() || self.ours.ended {
            return Ok(());
        }
        let filter = KeptFilter::of(self.at.publisher.kind_of(self.sort));
        let after = self.ours.last.map(|entry| entry.to_string());
        let page: Vec<AtPublisher> = read_page(self.at.office, &self.at.tenant.id, &filter, after, PAGE).await?;
        self.ours.ended = page.len() < PAGE;
        for stand in page {
            let entry: EntryId = stand.about()?;
            self.ours.last = Some(entry);
            self.ours.waiting.push_back((entry, stand));
        }
        Ok(())
    }

    async fn fill_theirs(&mut self) -> Result<(), Failure> {
        if !self.theirs.waiting.is_empty() || self.theirs.ended {
            return Ok(());
        }
        // Meetings are asked for after entries.
        if self.theirs.last.is_some() || self.sort == Sort::Meetings {
            self.breathe().await?;
        }
        let page = self.ask().await.map_err(Failure::Port)?;
        self.theirs.ended = page.is_empty();
        for published in page {
            // A list that goes back would never end.
            if self.theirs.last.is_none_or(|last| published.entry > last) {
                self.theirs.last = Some(published.entry);
                self.theirs.waiting.push_back((published.entry, published));
            } else {
                self.theirs.ended = true;
            }
        }
        Ok(())
    }

    /// The next page of what the publisher shows.
    async fn ask(&self) -> Result<Vec<Published>, PortError> {
        let (office, publisher, after) = (self.at.office, self.at.publisher, self.theirs.last);
        let (clock, limit) = (&*office.clock, office.policy.call_timeout);
        let port = match (self.sort, &publisher.meetings) {
            (Sort::Entries, _) => {
                return question(clock, limit, "publisher.published", publisher.port.published(after)).await;
            }
            (Sort::Meetings, None) => return Ok(Vec::new()),
            (Sort::Meetings, Some(port)) => port,
        };
        let call = port.published_meetings(after.map(|after| MeetingId::from_uuid(after.uuid())));
        let page = question(clock, limit, "publisher.published_meetings", call).await?;
        let by_subject = |PublishedMeeting { meeting, remote_id, revision, changed }| {
            let entry = EntryId::from_uuid(meeting.uuid());
            Published { entry, remote_id, revision, changed }
        };
        Ok(page.into_iter().map(by_subject).collect())
    }

    /// Between two pages: the publisher's pace is kept, and what is due does not wait until all is compared.
    async fn breathe(&mut self) -> Result<(), Failure> {
        self.at.pause().await;
        loop {
            let round = self.at.serve().await?;
            self.served |= round.worked;
            if !round.more {
                break;
            }
        }
        if self.at.halt.is_asked() || self.at.is_out() { Err(Failure::CutShort) } else { Ok(()) }
    }

    /// Stores what heals the differences, and tells of it. One that somebody else was first with keeps no other from it.
    async fn heal(&self, differences: Vec<Difference>) -> Result<Healed, StoreError> {
        let mut healed = Healed::default();
        for some in differences.chunks(HEALED_AT_ONCE) {
            let mut some: Vec<&Difference> = some.iter().collect();
            for _ in 0..TRIES {
                if some.is_empty() {
                    break;
                }
                if self.store(&some).await? {
                    healed.any = true;
                    break;
                }
                healed.left = true;
                some = self.untouched(some).await?;
            }
        }
        Ok(healed)
    }

    /// Stores what heals some differences, all or none. Tells whether.
    async fn store(&self, some: &[&Difference]) -> Result<bool, StoreError> {
        let (at, now) = (self.at, self.at.office.clock.now());
        let shown = some.iter().filter(|difference| difference.healed.goal.is_some()).count();
        let mut ops = Vec::new();
        for Difference { entry, before, healed } in some {
            ops.push(put(at.publisher.kind_of(self.sort), &entry.to_string(), healed, Some(now), before.as_ref())?);
        }
        let gone = some.len() - shown;
        let (name, several) = (&at.publisher.name, self.sort.several());
        let text = format!(
            "{name} did not show what it shall: {shown} {several} are published again, {gone} are withdrawn; find out who changed them there"
        );
        let about = Subject::PublicationDrift { publisher: name.clone() };
        let event = at.event(Activity::PublicationCompared, ObjectRef::Tenant);
        let event = event.with_detail("published", shown.to_string()).with_detail("withdrawn", gone.to_string());
        let event = if self.sort == Sort::Meetings { event.with_detail("of", several) } else { event };
        ops.push(Op::Audit(event));
        ops.push(Op::AddNotice(notice(at.office, &at.tenant.id, now, Audience::Operations, about, text)));
        let stored = at.store(ops).await?;
        if stored {
            at.tenant.notices.raise();
        }
        Ok(stored)
    }

    /// Those whose stand is still the one that was compared.
    async fn untouched<'d>(&self, some: Vec<&'d Difference>) -> Result<Vec<&'d Difference>, StoreError> {
        let mut untouched = Vec::new();
        for difference in some {
            let (tenant, key) = (&self.at.tenant.id, difference.entry.to_string());
            let kind = self.at.publisher.kind_of(self.sort);
            let stand: Option<AtPublisher> = read(self.at.office, tenant, kind, &key).await?;
            let version = |stand: Option<&AtPublisher>| stand.map(|stand| stand.version);
            if version(stand.as_ref()) == version(difference.before.as_ref()) {
                untouched.push(difference);
            }
        }
        Ok(untouched)
    }
}

/// The stand that leads from what is there to what shall be; nothing when there is no difference, or somebody is at it.
fn heals(ours: Option<(&Stand, bool)>, theirs: Option<u64>) -> Option<Stand> {
    match (ours, theirs) {
        (Some((_, true)), _) | (None, None) => None,
        // It stands there, and shall not.
        (None, Some(revision)) => Some(Stand { case: None, goal: None, revision, there: None, tries: 0 }),
        (Some((stand, false)), theirs) => {
            let wanted = stand.goal.map(|_| stand.revision);
            let revision = stand.revision.max(theirs.unwrap_or(0)).saturating_add(1);
            (wanted != theirs).then(|| Stand { revision, there: None, tries: 0, ..stand.clone() })
        }
    }
}

const PAGE: usize = 500;
/// How often it is tried to store what heals.
const TRIES: u32 = 5;
/// So many differences are told of together.
const HEALED_AT_ONCE: usize = 500;

#[cfg(test)]
mod tests {
    use sakarkiv_core::document::ContentHash;

    use super::*;

    fn stand(shown: bool) -> Stand {
        let goal = shown.then(|| ContentHash::of(b"shown"));
        Stand { case: None, goal, revision: 4, there: goal, tries: 0 }
    }

    #[test]
    fn whatever_differs_is_healed_and_whatever_is_under_way_is_left_alone() {
        let shown = stand(true);
        let gone = stand(false);
        let goal = |healed: Option<Stand>| healed.map(|stand| (stand.goal.is_some(), stand.revision));
        assert_eq!(goal(heals(Some((&shown, false)), Some(4))), None, "as it shall be");
        assert_eq!(goal(heals(Some((&gone, false)), None)), None, "as it shall be");
        assert_eq!(goal(heals(Some((&shown, false)), None)), Some((true, 5)), "it is missing there");
        assert_eq!(goal(heals(Some((&shown, false)), Some(0))), Some((true, 5)), "somebody changed it there");
        assert_eq!(goal(heals(Some((&shown, false)), Some(9))), Some((true, 10)), "we were put back to an earlier day");
        assert_eq!(goal(heals(Some((&gone, false)), Some(2))), Some((false, 5)), "it was put back there");
        assert_eq!(goal(heals(None, Some(7))), Some((false, 7)), "it was never to stand there");
        for theirs in [None, Some(0), Some(4), Some(9)] {
            assert_eq!(heals(Some((&shown, true)), theirs), None);
        }
    }
}
