//! Handing in meetings of committees for the public journal (R7.9), and taking them out.

use std::collections::{BTreeMap, BTreeSet};

use sakarkiv_core::{
    access::Action,
    audit::{Activity, AuditEvent, AuditOutcome, ObjectRef},
    identity::{CaseId, ChannelId, MeetingId},
    ports::{KeptFilter, Op, StoreError},
    publication::{Finding, Fingerprint, Held, LeakReport, PublicMeeting, Release, clear_meeting},
};

use super::{DeskError, PublicationDesk, PublicationError, PublisherStanding, publication::TRIES};
use crate::publishing::{
    AtPublisher, Publishing, Stored,
    meeting::{Guarded, KeptMeeting, MEETING, PAGE, aims, keeps, opens, wake},
    read, read_page,
};

/// Somebody's word that what the leak check found in a meeting may be read by everybody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MeetingRelease {
    /// The findings, as [`PublicationError::MeetingHeld`] told them.
    pub findings: BTreeSet<Fingerprint>,
    /// Why. It stands in the log.
    pub reason: String,
}

/// How a meeting stands with the public.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct MeetingStanding {
    /// Which meeting.
    pub meeting: MeetingId,
    /// Its number among the committee's meetings; nothing once it is withdrawn.
    pub number: Option<String>,
    /// The cases it treats.
    pub cases: BTreeSet<CaseId>,
    /// What was found in it, all of which somebody has released.
    pub released: Vec<Finding>,
    /// How it stands with each publisher that it was ever to be shown by.
    pub publishers: BTreeMap<ChannelId, PublisherStanding>,
}

impl PublicationDesk<'_, '_> {
    /// Publishes a meeting of a committee, or what is new of it, at once and with every public journal that shows meetings.
    /// `cases` are those it treats: nothing that these screen may be told by it, nor by its documents.
    ///
    /// Revisions are the office's own; the one it comes with counts for nothing. Handing in the same again changes nothing. What
    /// was released once stays so as long as its text is the same and the meeting is not withdrawn. When a case changes so that
    /// the meeting tells what it must not any more, it is taken down, and the archivists are told.
    ///
    /// # Errors
    /// [`PublicationError`]: `MeetingHeld` with what was found and nobody has released, `MeetingTooLarge`, `OtherTenant`,
    /// `NoMeetings`; a conflict of the store when somebody else published or withdrew it meanwhile. A refusal is logged.
    pub async fn publish_meeting(
        &self,
        meeting: PublicMeeting,
        cases: &BTreeSet<CaseId>,
        release: Option<&MeetingRelease>,
    ) -> Result<(), PublicationError> {
        let publishing = self.permit().await?;
        self.may_hand_in(&meeting, cases, release).await?;
        let (desk, id) = (self.desk, meeting.meeting);
        let event = self.about(Activity::Changed, id).with_detail("publication", "meeting");
        let before = self.kept(id).await?;
        let guarded = Guarded::read(desk.office, desk.tenant(), &publishing.policy, cases).await?;
        let guarded = guarded.ok_or(DeskError::NotFound)?;
        let report = guarded.ask(desk.office, publishing, &meeting).await;
        let report = report.map_err(|error| StoreError::Unavailable(error.to_string()))?;
        let (releases, released) = self.releases(&report, before.as_ref(), release);
        let cleared = match clear_meeting(meeting, &report, &releases) {
            Ok(cleared) => cleared.into_meeting(),
            Err(held) => {
                let findings = if let Held::Findings(findings) = held { findings } else { Vec::new() };
                let event = event.with_detail("findings", findings.len().to_string()).ended(AuditOutcome::Refused);
                desk.commit([Op::Audit(event)]).await?;
                return Err(PublicationError::MeetingHeld(findings));
            }
        };
        let kept = KeptMeeting {
            cases: cases.clone(),
            checked: Some(guarded.checked(&cleared)),
            meeting: Some(cleared),
            findings: report.findings,
            releases,
        };
        let events: Vec<Op> = released.into_iter().chain([event]).map(Op::Audit).collect();
        self.store(publishing, id, (&kept, before), events).await
    }

    /// Takes a meeting out of the public journals at once, and keeps it out until it is published again. What was cleared of it
    /// is forgotten, and so is what was released.
    ///
    /// # Errors
    /// [`PublicationError`]; `NotFound` for what was never handed in here. A refusal is logged.
    pub async fn withdraw_meeting(&self, meeting: MeetingId, reason: &str) -> Result<(), PublicationError> {
        let publishing = self.permit().await?;
        if reason.trim().is_empty() {
            return Err(PublicationError::NoReason);
        }
        let event = self.about(Activity::PublicationStopped, meeting).with_detail("reason", reason.trim());
        let mut tries = TRIES;
        loop {
            tries -= 1;
            let before = Some(self.kept(meeting).await?.ok_or(DeskError::NotFound)?);
            let events = vec![Op::Audit(event.clone())];
            match self.store(publishing, meeting, (&KeptMeeting::default(), before), events).await {
                Err(PublicationError::Desk(DeskError::Store(StoreError::Conflict { .. }))) if tries > 0 => {}
                outcome => return outcome,
            }
        }
    }

    /// How the meetings stand that were handed in, by meeting after `after`, at most `limit`.
    ///
    /// # Errors
    /// [`PublicationError`]; a refusal is logged.
    pub async fn meetings(
        &self,
        mut after: Option<MeetingId>,
        limit: usize,
    ) -> Result<Vec<MeetingStanding>, PublicationError> {
        let (publishing, desk) = (self.permit().await?, self.desk);
        let seen = desk.event(Activity::Read, ObjectRef::Tenant).with_detail("publication", "meetings");
        desk.commit([Op::Audit(seen)]).await?;
        let (filter, mut found) = (KeptFilter::of(MEETING), Vec::new());
        while found.len() < limit {
            let (from, wanted) = (after.map(|after| after.to_string()), PAGE.min(limit - found.len()));
            let page: Vec<Stored<KeptMeeting>> = read_page(desk.office, desk.tenant(), &filter, from, wanted).await?;
            let last = page.len() < wanted;
            for kept in page {
                let standing = self.standing_of(publishing, kept).await?;
                after = Some(standing.meeting);
                found.push(standing);
            }
            if last {
                break;
            }
        }
        Ok(found)
    }

    async fn standing_of(
        &self,
        publishing: &Publishing,
        kept: Stored<KeptMeeting>,
    ) -> Result<MeetingStanding, PublicationError> {
        let mut publishers = BTreeMap::new();
        for publisher in &publishing.publishers {
            let (office, tenant) = (self.desk.office, self.desk.tenant());
            let stand: Option<AtPublisher> = read(office, tenant, &publisher.meeting_kind, &kept.key).await?;
            if let Some(stand) = stand {
                publishers.insert(publisher.name.clone(), PublisherStanding::of(&stand));
            }
        }
        Ok(MeetingStanding {
            meeting: kept.about()?,
            number: kept.value.meeting.map(|meeting| meeting.number),
            cases: kept.value.cases,
            released: kept.value.findings,
            publishers,
        })
    }

    /// Decides whether a meeting may be handed in at all: of this tenant, of a size that is kept, and by somebody who may read
    /// the cases it treats.
    async fn may_hand_in(
        &self,
        meeting: &PublicMeeting,
        cases: &BTreeSet<CaseId>,
        release: Option<&MeetingRelease>,
    ) -> Result<(), PublicationError> {
        if meeting.tenant != *self.desk.tenant() {
            return Err(PublicationError::OtherTenant);
        }
        if release.is_some_and(|release| release.reason.trim().is_empty()) {
            return Err(PublicationError::NoReason);
        }
        let publishers = self.desk.tenant.publishing.iter().flat_map(|publishing| &publishing.publishers);
        if !publishers.into_iter().any(|publisher| publisher.meetings.is_some()) {
            return Err(PublicationError::NoMeetings);
        }
        let bytes = serde_json::to_vec(meeting).map_err(|error| StoreError::Invalid(error.to_string()))?.len();
        if bytes > MOST_BYTES {
            return Err(PublicationError::MeetingTooLarge { bytes, most: MOST_BYTES });
        }
        let subject = self.desk.subject().await?;
        for case in cases {
            let case = self.desk.stored_case(*case).await?;
            self.desk.require(&subject, Action::Read, &self.desk.case_object(&case)).await?;
        }
        Ok(())
    }

    /// The releases that count for a meeting, earlier ones and those of now, and what the log says of those.
    fn releases(
        &self,
        report: &LeakReport,
        before: Option<&Stored<KeptMeeting>>,
        release: Option<&MeetingRelease>,
    ) -> (Vec<Release>, Vec<AuditEvent>) {
        let found = |fingerprint: Fingerprint| report.findings.iter().any(|finding| finding.fingerprint == fingerprint);
        let earlier = before.into_iter().flat_map(|before| &before.value.releases);
        let mut releases: Vec<Release> = earlier.filter(|earlier| found(earlier.fingerprint)).cloned().collect();
        let mut events = Vec::new();
        for (fingerprint, reason) in release
            .into_iter()
            .flat_map(|release| release.findings.iter().map(|fingerprint| (*fingerprint, release.reason.trim())))
        {
            if !found(fingerprint) || releases.iter().any(|earlier| earlier.fingerprint == fingerprint) {
                continue;
            }
            let (by, at) = (self.desk.actor.id.clone(), self.desk.now());
            releases.push(Release { entry: report.entry, fingerprint, by, at });
            let event = self.about(Activity::FindingReleased, MeetingId::from_uuid(report.entry.uuid()));
            events.push(event.with_detail("finding", fingerprint.to_string()).with_detail("reason", reason));
        }
        (releases, events)
    }

    /// Stores a meeting in the place of what was read, with what the publishers shall do and what the log says. These change the
    /// stands at any time, so it is tried again; not when somebody else changed the meeting.
    async fn store(
        &self,
        publishing: &Publishing,
        id: MeetingId,
        (kept, before): (&KeptMeeting, Option<Stored<KeptMeeting>>),
        events: Vec<Op>,
    ) -> Result<(), PublicationError> {
        let desk = self.desk;
        let due = kept.meeting.as_ref().and_then(|meeting| opens(meeting, desk.now()));
        let version = before.as_ref().map(|before| before.version);
        let mut tries = TRIES;
        loop {
            tries -= 1;
            let mut ops = keeps(id, kept, due, before.as_ref())?;
            ops.extend(aims(desk.office, (desk.tenant(), publishing), id, kept.meeting.as_ref()).await?);
            match desk.commit(ops.into_iter().chain(events.iter().cloned())).await {
                Err(DeskError::Store(StoreError::Conflict { .. }))
                    if tries > 0 && self.kept(id).await?.map(|now| now.version) == version => {}
                outcome => {
                    outcome?;
                    wake(publishing);
                    return Ok(());
                }
            }
        }
    }

    async fn kept(&self, id: MeetingId) -> Result<Option<Stored<KeptMeeting>>, StoreError> {
        read(self.desk.office, self.desk.tenant(), MEETING, &id.to_string()).await
    }

    /// An event about a meeting. The log knows no meetings as objects.
    fn about(&self, activity: Activity, meeting: MeetingId) -> AuditEvent {
        self.desk.event(activity, ObjectRef::Tenant).with_detail("meeting", meeting.to_string())
    }
}

/// The most that a meeting may come to as JSON. Its record is read and written whole.
const MOST_BYTES: usize = 1 << 20;
