//! Meetings of committees (møter, R7.9) on their way to the public. Whoever keeps them hands one in; what was cleared is kept
//! whole, with the cases it treats, because a change of one of these may forbid what it tells.

use std::{collections::BTreeSet, sync::Arc};

use sakarkiv_core::{
    document::ContentHash,
    identity::{CaseId, DocumentId, MeetingId, TenantId, Timestamp},
    ports::{Audience, Blobs, KeptFilter, Notice, Op, PortError, PortErrorKind, StoreError, Subject, Transaction},
    publication::{
        ClearedMeeting, Finding, LeakReport, PublicMeeting, PublicationPolicy, Release, Secrets, clear_meeting,
    },
};
use serde::{Deserialize, Serialize};

use super::{
    draft::{Whole, digest},
    edit::LEAK_CHECK_TIMEOUT,
    setup::Publishing,
    state::{AtPublisher, Stand, Stored, put, read, read_page},
};
use crate::{
    call::question,
    notices::notice,
    office::{Office, Tenant},
    policy::later,
};

/// A meeting that was handed in. Due when it has to be looked at again.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct KeptMeeting {
    /// What was cleared; nothing once it is withdrawn.
    pub(crate) meeting: Option<PublicMeeting>,
    /// The cases it treats.
    pub(crate) cases: BTreeSet<CaseId>,
    /// The text that was checked and the secrets it was checked for, as a digest.
    pub(crate) checked: Option<ContentHash>,
    /// What the leak check found in it; all of it is released.
    pub(crate) findings: Vec<Finding>,
    pub(crate) releases: Vec<Release>,
}

/// What a meeting must not tell of the cases it treats.
pub(crate) struct Guarded {
    secrets: Vec<Arc<Secrets>>,
    policy: u32,
}

impl Guarded {
    /// Reads the cases; nothing when one of them is not there.
    pub(crate) async fn read(
        office: &Office,
        tenant: &TenantId,
        policy: &PublicationPolicy,
        cases: &BTreeSet<CaseId>,
    ) -> Result<Option<Self>, StoreError> {
        let mut secrets = Vec::new();
        for case in cases {
            let Some(whole) = Whole::read(office, tenant, policy, *case).await? else { return Ok(None) };
            secrets.push(whole.secrets);
        }
        Ok(Some(Self { secrets, policy: policy.revision }))
    }

    /// Knows the text and the secrets it has to be checked for again.
    pub(crate) fn checked(&self, meeting: &PublicMeeting) -> ContentHash {
        let secrets: Vec<_> = self.secrets.iter().map(|secrets| ContentHash::new(*secrets.id().bytes())).collect();
        digest(&(plain(meeting), self.policy, secrets))
    }

    /// Asks the leak check about every text and file of a meeting.
    pub(crate) async fn ask(
        &self,
        office: &Office,
        publishing: &Publishing,
        meeting: &PublicMeeting,
    ) -> Result<LeakReport, PortError> {
        const OPERATION: &str = "leak_check.check_meeting";
        let blobs: Arc<dyn Blobs> = Arc::clone(&office.store) as _;
        let call = publishing.leak_check.check_meeting(meeting, &self.secrets, blobs);
        let report = question(&*office.clock, LEAK_CHECK_TIMEOUT, OPERATION, call).await?;
        if (report.entry, report.revision) == (meeting.subject(), meeting.revision) {
            return Ok(report);
        }
        Err(PortError::new(PortErrorKind::Misconfigured, OPERATION, "it reported on another meeting: mend it"))
    }
}

/// What shall stand with the publishers at a moment, as a digest: what the meeting says and which of its files are open.
pub(crate) fn goal(meeting: &PublicMeeting, now: Timestamp) -> ContentHash {
    let open: Vec<DocumentId> =
        meeting.files().filter(|(_, file)| file.accessible_after <= now).map(|(document, _)| document).collect();
    digest(&(plain(meeting), open))
}

/// When the next of its files opens.
pub(crate) fn opens(meeting: &PublicMeeting, now: Timestamp) -> Option<Timestamp> {
    meeting.files().map(|(_, file)| file.accessible_after).filter(|moment| *moment > now).min()
}

/// The changes that make every publisher show a meeting at once, or take it away.
pub(crate) async fn aims(
    office: &Office,
    (tenant, publishing): (&TenantId, &Publishing),
    id: MeetingId,
    meeting: Option<&PublicMeeting>,
) -> Result<Vec<Op>, StoreError> {
    let (now, key, mut ops) = (office.clock.now(), id.to_string(), Vec::new());
    for publisher in &publishing.publishers {
        let goal = meeting.filter(|_| publisher.meetings.is_some()).map(|meeting| goal(meeting, now));
        let stand: Option<AtPublisher> = read(office, tenant, &publisher.meeting_kind, &key).await?;
        if let Some((aim, due)) = Stand::towards(stand.as_ref(), None, goal, (now, now)) {
            ops.push(put(&publisher.meeting_kind, &key, &aim, Some(due), stand.as_ref())?);
        }
    }
    Ok(ops)
}

/// The changes that store a meeting in the place of what was read, and by which it is found from the cases it treats.
pub(crate) fn keeps(
    id: MeetingId,
    kept: &KeptMeeting,
    due: Option<Timestamp>,
    before: Option<&Stored<KeptMeeting>>,
) -> Result<Vec<Op>, StoreError> {
    let (key, none) = (id.to_string(), BTreeSet::new());
    let mut ops = vec![put(MEETING, &key, kept, due, before)?];
    let old = before.map_or(&none, |before| &before.value.cases);
    for case in kept.cases.difference(old) {
        ops.push(put(&treating(*case), &key, &(), None, None::<&Stored<()>>)?);
    }
    for case in old.difference(&kept.cases) {
        ops.push(Op::Discard { kind: treating(*case), key: key.clone() });
    }
    Ok(ops)
}

/// Tells the publishers that a meeting stands differently.
pub(crate) fn wake(publishing: &Publishing) {
    for publisher in publishing.publishers.iter().filter(|publisher| publisher.meetings.is_some()) {
        publisher.urgent.raise();
        publisher.work.raise();
    }
}

/// The meeting as it may leave under a revision at this moment: the very one that was cleared, for the secrets of now. Nothing
/// when something changed since.
pub(super) async fn cleared(
    office: &Office,
    (tenant, publishing): (&TenantId, &Publishing),
    (id, revision): (MeetingId, u64),
    wanted: ContentHash,
) -> Result<Option<ClearedMeeting>, StoreError> {
    let kept: Option<Stored<KeptMeeting>> = read(office, tenant, MEETING, &id.to_string()).await?;
    let Some(KeptMeeting { meeting: Some(meeting), cases, checked, findings, releases }) = kept.map(|kept| kept.value)
    else {
        return Ok(None);
    };
    let Some(guarded) = Guarded::read(office, tenant, &publishing.policy, &cases).await? else { return Ok(None) };
    if goal(&meeting, office.clock.now()) != wanted || checked != Some(guarded.checked(&meeting)) {
        return Ok(None);
    }
    let meeting = PublicMeeting { revision, ..meeting };
    let report = LeakReport { findings, ..meeting.clean_report() };
    Ok(clear_meeting(meeting, &report, &releases).ok())
}

/// Has a meeting looked at again at once.
pub(super) async fn again(office: &Office, tenant: &TenantId, key: &str) -> Result<Option<Op>, StoreError> {
    let kept: Option<Stored<KeptMeeting>> = read(office, tenant, MEETING, key).await?;
    kept.map(|kept| put(MEETING, key, &kept.value, Some(office.clock.now()), Some(&kept))).transpose()
}

/// Looks anew at the meetings that treat a case. Tells whether anything changed.
pub(super) async fn of_case(
    office: &Office,
    tenant: &Tenant,
    publishing: &Publishing,
    case: CaseId,
) -> Result<bool, StoreError> {
    let (filter, mut after, mut changed) = (KeptFilter::of(treating(case)), None, false);
    loop {
        let page: Vec<Stored<()>> = read_page(office, &tenant.id, &filter, after, PAGE).await?;
        for treating in &page {
            changed |= look(office, tenant, publishing, treating.about()?).await?;
        }
        after = page.last().map(|treating| treating.key.clone());
        if page.len() < PAGE {
            return Ok(changed);
        }
    }
}

/// Looks anew at every meeting, or at those that are due. Tells whether anything changed.
pub(super) async fn look_through(
    office: &Office,
    tenant: &Tenant,
    publishing: &Publishing,
    filter: &KeptFilter,
) -> Result<bool, StoreError> {
    let (mut after, mut changed) = (None, false);
    loop {
        let page: Vec<Stored<KeptMeeting>> = read_page(office, &tenant.id, filter, after, PAGE).await?;
        for kept in &page {
            changed |= look(office, tenant, publishing, kept.about()?).await?;
        }
        after = page.last().map(|kept| kept.key.clone());
        if page.len() < PAGE {
            return Ok(changed);
        }
    }
}

/// Looks at a meeting anew, until nobody changes it meanwhile: whether it may still be shown, and what of it is open.
async fn look(office: &Office, tenant: &Tenant, publishing: &Publishing, id: MeetingId) -> Result<bool, StoreError> {
    let mut tries = TRIES;
    loop {
        tries -= 1;
        match look_once(office, tenant, publishing, id).await {
            Err(StoreError::Conflict { .. } | StoreError::Unknown(_)) if tries > 0 => {}
            outcome => return outcome,
        }
    }
}

async fn look_once(
    office: &Office,
    tenant: &Tenant,
    publishing: &Publishing,
    id: MeetingId,
) -> Result<bool, StoreError> {
    let before: Option<Stored<KeptMeeting>> = read(office, &tenant.id, MEETING, &id.to_string()).await?;
    let Some(before) = before else { return Ok(false) };
    let Verdict { kept, due, shown, told } = verdict(office, tenant, publishing, id, before.value.clone()).await?;
    let meeting = kept.meeting.as_ref().filter(|_| shown);
    let mut ops = aims(office, (&tenant.id, publishing), id, meeting).await?;
    if (due, &kept) != (before.due, &before.value) {
        ops.extend(keeps(id, &kept, due, Some(&before))?);
    }
    if ops.is_empty() {
        return Ok(false);
    }
    let held = told.is_some();
    ops.extend(told.map(Op::AddNotice));
    office.commit(Transaction { tenant: tenant.id.clone(), ops }).await?;
    if held {
        tenant.notices.raise();
    }
    wake(publishing);
    Ok(true)
}

/// What becomes of a meeting.
struct Verdict {
    kept: KeptMeeting,
    due: Option<Timestamp>,
    /// It may be shown.
    shown: bool,
    /// What people are told.
    told: Option<Notice>,
}

async fn verdict(
    office: &Office,
    tenant: &Tenant,
    publishing: &Publishing,
    id: MeetingId,
    kept: KeptMeeting,
) -> Result<Verdict, StoreError> {
    let now = office.clock.now();
    let Some(meeting) = &kept.meeting else { return Ok(Verdict { kept, due: None, shown: false, told: None }) };
    let due = opens(meeting, now);
    let taken_down = || {
        let text = format!(
            "meeting {id} is taken out of the public journal, for what it tells is no longer open: mend it, or release what is found, and publish it again"
        );
        let about = Subject::MeetingPublication { meeting: id };
        let told = Some(notice(office, &tenant.id, now, Audience::Archive, about, text));
        Verdict { kept: KeptMeeting::default(), due: None, shown: false, told }
    };
    let Some(guarded) = Guarded::read(office, &tenant.id, &publishing.policy, &kept.cases).await? else {
        return Ok(taken_down());
    };
    let checked = Some(guarded.checked(meeting));
    if kept.checked == checked {
        return Ok(Verdict { kept, due, shown: true, told: None });
    }
    match guarded.ask(office, publishing, meeting).await {
        Ok(report) if report.open(&kept.releases).is_empty() => {
            let kept = KeptMeeting { checked, findings: report.findings, ..kept };
            Ok(Verdict { kept, due, shown: true, told: None })
        }
        Ok(_) => Ok(taken_down()),
        Err(error) => {
            // Whether the text may be read is not known, so it is not shown.
            tracing::warn!(meeting = %id, %error, "a meeting could not be checked again");
            let due = Some(later(now, office.policy.fetch_retry_first));
            Ok(Verdict { kept, due, shown: false, told: None })
        }
    }
}

/// What a meeting says. Revisions alone are no reason to publish it again.
fn plain(meeting: &PublicMeeting) -> PublicMeeting {
    PublicMeeting { revision: 0, policy: 0, ..meeting.clone() }
}

/// The kind under which the meetings that treat a case are found.
fn treating(case: CaseId) -> String {
    format!("publication.meeting.of.{case}")
}

/// The kind of the meetings themselves, by their ids.
pub(crate) const MEETING: &str = "publication.meeting";
/// A meeting is kept whole, so only a few are read together.
pub(crate) const PAGE: usize = 20;
/// How often a meeting is looked at again that somebody changes meanwhile.
const TRIES: u32 = 5;
