//! What happens about access in the day, in the office's process. Each step may be given again after a kill, so each first
//! looks whether it was done.

use std::path::{Path, PathBuf};

use chrono::TimeDelta;
use sakarkiv::{
    core::{
        access::{
            AccessKey, Actor, Consultancy, GrantBasis, GrantRight, GrantScope, Period, Purpose, RecordRef, User,
            UserKind,
        },
        audit::LogClass,
        case::{CaseKind, NewCase},
        identity::{ActorId, CaseId, IdError, TenantId, Timestamp, UnitId},
        journal::{EntryKind, NewEntry},
        ports::Clock,
        screening::Private,
    },
    engine::{AccessError, Desk, DeskError, Judgement, LogError, RecordsOffice, UnknownTenant, Wish},
};
use sakarkiv_testkit::doubles::ManualClock;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// One thing that happens about access.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Step {
    /// Somebody without an official need tries to read a child file.
    RefusedRead,
    /// A manager asks for an employee; the head archivist grants it, and both are archived.
    GrantedRequest,
    /// A consultant is let in until the afternoon.
    Consultant,
    /// The consultant tries once more, after the agreed time.
    LateConsultant,
    /// Access is taken in an emergency. Nobody reviews it in time.
    BreakGlass,
}

/// Why a step did not come out as it must.
#[derive(Debug, Error)]
pub(crate) enum StepError {
    #[error(transparent)]
    Access(#[from] AccessError),
    #[error(transparent)]
    Desk(#[from] DeskError),
    #[error(transparent)]
    Log(#[from] LogError),
    #[error(transparent)]
    Tenant(#[from] UnknownTenant),
    #[error(transparent)]
    Id(#[from] IdError),
    #[error("the log cannot be written to a file: {0}")]
    File(#[from] std::io::Error),
    #[error("{0}")]
    Wrong(&'static str),
}

/// The people of the story, in the tenant whose child files it is about.
pub(crate) const HEAD_ARCHIVIST: &str = "arkivleder";
const MANAGER: &str = "leder-barnevern";
const HANDLER: &str = "case-handler-barnevern";
const OUTSIDER: &str = "case-handler-byggesak";
const SUBSTITUTE: &str = "case-handler-helse-og-omsorg";
const CONSULTANT: &str = "konsulent-1";
/// Within how many days this town wants emergencies reviewed: short enough to fall overdue while the clock still runs.
const REVIEW_DAYS: u32 = 1;

/// Plays one step.
pub(crate) async fn play(
    office: &RecordsOffice,
    clock: &ManualClock,
    tenant: &TenantId,
    step: Step,
) -> Result<(), StepError> {
    let story = Story { office, tenant, now: clock.now() };
    match step {
        Step::RefusedRead => story.refused(OUTSIDER, story.child_file().await?).await,
        Step::GrantedRequest => story.granted_request().await,
        Step::Consultant => story.consultant().await,
        Step::LateConsultant => story.refused(CONSULTANT, story.child_file().await?).await,
        Step::BreakGlass => story.break_glass().await,
    }
}

/// The head archivist exports every log of the tenant into files; which of them hold entries, by file.
pub(crate) async fn export(
    office: &RecordsOffice,
    tenant: &TenantId,
    folder: &Path,
) -> Result<Vec<PathBuf>, StepError> {
    let desk = office.as_user(&Actor::new(tenant.clone(), ActorId::new(HEAD_ARCHIVIST)?))?;
    let mut files = Vec::new();
    // Each export is itself an entry in the log of security, which therefore comes last.
    for class in LogClass::ALL.into_iter().rev() {
        if desk.log().state(class).await?.checkpoint.is_some() {
            let file = folder.join(format!("log-{tenant}-{class}.jsonl"));
            let out = std::io::BufWriter::new(std::fs::File::create(&file)?);
            desk.log().export(class, out).await?;
            files.push(file);
        }
    }
    Ok(files)
}

struct Story<'a> {
    office: &'a RecordsOffice,
    tenant: &'a TenantId,
    now: Timestamp,
}

impl Story<'_> {
    async fn granted_request(&self) -> Result<(), StepError> {
        let case = self.child_file().await?;
        let substitute = ActorId::new(SUBSTITUTE)?;
        let head = self.desk(HEAD_ARCHIVIST)?;
        let (_, grants) = head.access().rights_of(&substitute).await?;
        if !grants.iter().any(|grant| matches!(grant.basis(), GrantBasis::Request { .. })) {
            let period = Period::between(self.now, self.now + TimeDelta::days(30));
            let open = head.access().open_requests().await?;
            let request = match open.iter().find(|request| request.ask().holder == substitute) {
                Some(request) => request.id(),
                None => {
                    let wish = Wish {
                        holder: substitute,
                        right: GrantRight::Write,
                        scope: GrantScope::Case(case),
                        purpose: Purpose::Access,
                        period,
                        need: Private::from("vikarierer for saksbehandler"),
                    };
                    self.desk(MANAGER)?.access().request(wish).await?
                }
            };
            let judgement = Judgement::Grant { right: GrantRight::Write, period };
            head.access().judge(request, judgement, Private::from("tjenstlig behov i vikariatet")).await?;
        }
        self.desk(SUBSTITUTE)?.case(case).await?;
        Ok(())
    }

    async fn consultant(&self) -> Result<(), StepError> {
        let (case, id, head) = (self.child_file().await?, ActorId::new(CONSULTANT)?, self.desk(HEAD_ARCHIVIST)?);
        let mut entry = NewEntry::new(EntryKind::Internal, Private::from("Taushetserklæring"), self.actor(HANDLER)?.id);
        entry.unit = Some(UnitId::new("barnevern")?);
        let agreement = self.desk(HANDLER)?.register_once("tilgang-taushet", case, entry).await?;
        if head.access().history(&AccessKey::user(&id)).await?.is_empty() {
            let until = self.now + TimeDelta::hours(2);
            let terms = Consultancy { agreement, ordered_by: ActorId::new(MANAGER)?, until };
            let user = User::new(self.tenant.clone(), id.clone(), UserKind::Consultant(terms), id.clone(), self.now);
            head.access().put_user(user).await?;
        }
        let (_, grants) = head.access().rights_of(&id).await?;
        if grants.is_empty() {
            let period = Period::starting(self.now);
            let wish = Wish {
                holder: id,
                right: GrantRight::Read,
                scope: GrantScope::Case(case),
                purpose: Purpose::Access,
                period,
                need: Private::from("gransker saken etter avtale"),
            };
            let request = self.desk(CONSULTANT)?.access().request(wish).await?;
            let judgement = Judgement::Grant { right: GrantRight::Read, period };
            head.access().judge(request, judgement, Private::from("avtalt gjennomgang")).await?;
        }
        self.desk(CONSULTANT)?.case(case).await?;
        Ok(())
    }

    async fn break_glass(&self) -> Result<(), StepError> {
        let (case, outsider) = (self.child_file().await?, self.actor(OUTSIDER)?.id);
        let head = self.desk(HEAD_ARCHIVIST)?;
        let mut policy = head.access().access_policy().await?;
        if policy.emergency.review_days != REVIEW_DAYS {
            policy.emergency.review_days = REVIEW_DAYS;
            head.access().put_policy(policy).await?;
        }
        let (_, grants) = head.access().rights_of(&outsider).await?;
        let desk = self.desk(OUTSIDER)?;
        if !grants.iter().any(|grant| grant.basis() == GrantBasis::Emergency) {
            desk.access()
                .break_glass(RecordRef::Case(case), Private::from("barn i fare, vakta er ikke å få tak i"))
                .await?;
        }
        desk.case(case).await?;
        Ok(())
    }

    /// Who has no need of a child file does not even learn that it is there.
    async fn refused(&self, who: &str, case: CaseId) -> Result<(), StepError> {
        match self.desk(who)?.case(case).await {
            Err(DeskError::NotFound) => Ok(()),
            Ok(_) => Err(StepError::Wrong("somebody without an official need read a child file")),
            Err(error) => Err(error.into()),
        }
    }

    async fn child_file(&self) -> Result<CaseId, StepError> {
        let handler = self.actor(HANDLER)?.id;
        let title = Private::from("Testbarn, Ola: oppfølging");
        let mut case = NewCase::new(CaseKind::ChildFile, title, UnitId::new("barnevern")?, handler.clone());
        case.case_handler = Some(handler);
        Ok(self.desk(HANDLER)?.open_case_once("tilgang-barnemappe", case).await?)
    }

    fn actor(&self, id: &str) -> Result<Actor, IdError> {
        Ok(Actor::new(self.tenant.clone(), ActorId::new(id)?).from_client("arkivklient"))
    }

    fn desk(&self, id: &str) -> Result<Desk<'_>, StepError> {
        Ok(self.office.as_user(&self.actor(id)?)?)
    }
}
