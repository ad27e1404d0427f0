//! The office's process in the demonstration day: the same office as `serve` runs, with its clock set by the director.

use std::{path::Path, sync::Arc, time::Duration};

use futures_util::{FutureExt, StreamExt, stream};
use sakarkiv::{
    SystemEntropy,
    core::{
        access::Actor,
        case::{CaseKind, NewCase},
        delivery::{LetterDocument, LetterOptions, Recipient, Sender},
        document::{Document, DocumentMarks, DocumentVersion, FileFormat, FileName, MediaType, Variant},
        identity::{ActorId, CaseId, DocumentId, PartyId, TenantId, Timestamp, UnitId},
        journal::{EntryKind, EntryStatus, NewDocument, NewEntry},
        party::{Party, PartyIdentity, PartyRole},
        ports::Clock,
        screening::{AccessCode, Hides, Private, Screening, ScreeningError},
        sensitivity::SensitivityClass,
    },
    engine::{Desk, Dispatches, RecordsOffice, Submission},
    reports::{BlindInbox, Names, UnopenedReport},
    sqlite::SqliteStore,
};
use sakarkiv_testkit::doubles::ManualClock;
use thiserror::Error;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use uuid::Uuid;

use super::{
    confidential, content,
    plan::{LetterPlan, NotePlan},
    protocol::{Answer, Order},
    publication, rights, specialists,
    town::{Matter, Town},
};
use crate::{
    busy::BusyHttp,
    config::ServiceConfig,
    notices::FileNotifier,
    setup::{self, SetupError},
};

/// Why the process cannot do its part.
#[derive(Debug, Error)]
pub(crate) enum OfficeError {
    #[error(transparent)]
    Setup(#[from] SetupError),
    #[error(transparent)]
    Specialists(#[from] specialists::SpecialistsError),
    #[error(transparent)]
    Town(#[from] super::town::TownError),
    #[error("the director cannot be heard: {0}")]
    Pipe(#[from] std::io::Error),
    #[error("the director speaks nonsense: {0}")]
    Nonsense(#[from] serde_json::Error),
}

/// Why one order was not carried out; told to the director.
#[derive(Debug, Error)]
enum OrderFailed {
    #[error("the town has no such tenant or unit")]
    Unknown,
    #[error(transparent)]
    Town(#[from] super::town::TownError),
    #[error(transparent)]
    Id(#[from] sakarkiv::core::identity::IdError),
    #[error(transparent)]
    Screening(#[from] ScreeningError),
    #[error(transparent)]
    Document(#[from] sakarkiv::core::document::DocumentError),
    #[error(transparent)]
    Party(#[from] sakarkiv::core::party::PartyError),
    #[error(transparent)]
    Desk(#[from] sakarkiv::engine::UnknownTenant),
    #[error(transparent)]
    Refused(#[from] sakarkiv::engine::DeskError),
    #[error(transparent)]
    Content(#[from] sakarkiv::engine::DocumentError),
    #[error(transparent)]
    Rights(#[from] rights::StepError),
    #[error(transparent)]
    Specialists(#[from] specialists::SpecialistsError),
    #[error(transparent)]
    Publication(#[from] publication::StepError),
    #[error(transparent)]
    Submit(#[from] sakarkiv::engine::SubmitError),
}

/// Runs until the director says stop, or is gone.
pub(crate) async fn run(file: &Path, now: Timestamp) -> Result<(), OfficeError> {
    let config = ServiceConfig::read(file).map_err(SetupError::from)?;
    let clock = ManualClock::new(now);
    let http = BusyHttp::new(setup::transport(&config)?);
    let store = Arc::new(SqliteStore::open(&config.data).map_err(SetupError::from)?);
    let notifier = Arc::new(FileNotifier::new(config.data.join("notices.jsonl")));
    let parts = setup::Parts {
        store: Arc::clone(&store) as _,
        log: store,
        clock: Arc::clone(&clock) as _,
        entropy: Arc::new(SystemEntropy),
        notifier,
        http: Arc::clone(&http) as _,
        looks_only: false,
    };
    let town = Town::new()?;
    let (ways, tenant) = (specialists::Ways::of(file.parent().unwrap_or(Path::new("."))), town.with_specialists()?);
    let registered = specialists::registered(&ways, &tenant.id, &tenant.organisation, &parts.clock)?;
    let also = |id: &TenantId, setup| if *id == tenant.id { registered.add_to(setup) } else { setup };
    let office = setup::office_with(&config, &parts, &also).await?.office;
    let building = specialists::building_service(&office, &tenant.id, &ways, Arc::clone(&clock) as _)?;
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let stopped = stopped.map(|_| ()).shared();
    let running = tokio::spawn({
        let (office, stopped) = (office.clone(), stopped.clone());
        async move { tokio::join!(office.run(stopped.clone()), building.run(stopped)) }
    });
    let mut process = Process { office, clock, http };
    process.obey().await?;
    let _told = stop.send(());
    let _ended = running.await;
    Ok(())
}

struct Process {
    office: RecordsOffice,
    clock: Arc<ManualClock>,
    http: Arc<BusyHttp>,
}

impl Process {
    async fn obey(&mut self) -> Result<(), OfficeError> {
        let mut orders = BufReader::new(tokio::io::stdin()).lines();
        let mut output = tokio::io::stdout();
        while let Some(line) = orders.next_line().await? {
            let order: Order = serde_json::from_str(&line)?;
            let last = matches!(order, Order::Stop);
            let answer = self.carry_out(order).await.unwrap_or_else(|failed| Answer::Failed(failed.to_string()));
            let mut line = serde_json::to_string(&answer)?;
            line.push('\n');
            output.write_all(line.as_bytes()).await?;
            output.flush().await?;
            if last {
                break;
            }
        }
        Ok(())
    }

    async fn carry_out(&self, order: Order) -> Result<Answer, OrderFailed> {
        match order {
            Order::Advance(to) => {
                self.clock.set(to);
                Ok(self.settle().await)
            }
            Order::Look => Ok(self.settle().await),
            Order::Letter(plan) => self.letter(*plan).await,
            Order::Note(plan) => self.note(plan).await,
            Order::Rights { tenant, step } => {
                rights::play(&self.office, &self.clock, &tenant, step).await?;
                Ok(Answer::Done)
            }
            Order::Specialists { tenant, step } => {
                let filed = specialists::play(&self.office, &self.clock, &tenant, step).await?;
                Ok(filed.map_or(Answer::Done, Answer::Filed))
            }
            Order::Publication { tenant, step } => {
                publication::play(&self.office, &self.clock, &tenant, step).await?;
                Ok(Answer::Done)
            }
            Order::Export { tenant, folder } => {
                Ok(Answer::Exported(rights::export(&self.office, &tenant, &folder).await?))
            }
            Order::Unopened { tenant } => self.unopened(&tenant).await,
            Order::Stop => Ok(Answer::Done),
        }
    }

    /// What lies unopened in an archive, as its head archivist sees it.
    async fn unopened(&self, id: &TenantId) -> Result<Answer, OrderFailed> {
        let town = Town::new()?;
        let tenant = town.tenants.iter().find(|tenant| tenant.id == *id).ok_or(OrderFailed::Unknown)?;
        let desk = self.office.as_user(&Actor::new(id.clone(), ActorId::new(rights::HEAD_ARCHIVIST)?))?;
        let (overview, history) = (desk.unopened().await?, desk.unopened_history().await?);
        let blind: Vec<BlindInbox> = overview
            .blind
            .iter()
            .map(|blind| BlindInbox { inbox: blind.inbox.clone(), error: blind.error() })
            .collect();
        let report = UnopenedReport {
            tenant: &confidential::name(tenant),
            made: overview.made,
            lines: &overview.lines,
            blind: &blind,
            history: &history,
            names: Names::Hidden,
        };
        Ok(Answer::Unopened(report.text()))
    }

    /// Waits until there is nothing left to do at this moment, or until all that is left is waiting for somebody who does
    /// not answer.
    async fn settle(&self) -> Answer {
        let mut quiet = 0;
        let mut waited = Duration::ZERO;
        loop {
            let calls = self.http.under_way();
            let due = self.clock.next_wake().is_some_and(|wake| wake <= self.clock.now());
            let idle = calls == 0 && !due && self.office.activity().is_idle();
            quiet = if idle { quiet + 1 } else { 0 };
            if quiet >= QUIET_LOOKS || waited >= PATIENCE {
                // Work without calls, on the disk for example, goes on by itself: it is worth another look.
                return Answer::Busy { in_flight: calls, due: due || (calls == 0 && !idle) };
            }
            tokio::time::sleep(LOOK).await;
            waited += LOOK;
        }
    }

    async fn letter(&self, plan: LetterPlan) -> Result<Answer, OrderFailed> {
        let town = Town::new()?;
        let tenant = town.tenants.iter().find(|tenant| tenant.id == plan.tenant).ok_or(OrderFailed::Unknown)?;
        let unit = tenant.every_unit().find(|unit| unit.id == plan.unit).ok_or(OrderFailed::Unknown)?;
        let actor = actor(&plan.tenant, &plan.unit)?;
        let desk = self.office.as_user(&actor)?;
        let case = self.case(&plan, &actor).await?;
        let (documents, attached) = self.documents(&plan, &desk, &actor.id).await?;
        let title = Private::new(format!("Svar i sak {}", plan.key));
        let mut entry = NewEntry::new(EntryKind::Outgoing, title.clone(), actor.id.clone());
        entry.status = EntryStatus::Finished;
        entry.unit = Some(plan.unit.clone());
        entry.screening = screening(plan.matter)?;
        entry.parties = vec![party(&plan)?];
        entry.documents = attached;
        let mut options = LetterOptions::default();
        options.digital_only = plan.digital_only;
        let submission = Submission {
            key: plan.key,
            dispatches: Dispatches::NewEntry { case, entry },
            sender: Sender {
                account: plan.account,
                unit: plan.unit,
                name: format!("{} {}", tenant.name, unit.name),
                organisation: tenant.organisation.clone(),
                address: tenant.address.clone(),
            },
            recipient: plan.recipient,
            title,
            sensitivity: sensitivity(plan.matter),
            priority: plan.priority,
            options,
            documents,
        };
        Ok(Answer::Accepted(desk.submit(submission).await?.letter))
    }

    /// Puts the letter's documents into the store, and describes them for the letter and for its entry.
    async fn documents(
        &self,
        plan: &LetterPlan,
        desk: &Desk<'_>,
        by: &ActorId,
    ) -> Result<(Vec<LetterDocument>, Vec<NewDocument>), OrderFailed> {
        let sensitive = sensitivity(plan.matter) >= SensitivityClass::Confidential;
        let (mut sent, mut attached) = (Vec::new(), Vec::new());
        for ((name, bytes), n) in content::documents(plan.seed, &plan.documents).zip(0_u64..) {
            let limit = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
            let bytes = stream::iter([Ok(bytes::Bytes::from(bytes))]).boxed();
            let (file_name, media_type) = (FileName::sanitize(&name), MediaType::pdf());
            let blob = desk.put_document(bytes, limit).await?;
            let version = DocumentVersion {
                number: 1,
                variant: Variant::Archive,
                format: FileFormat::unknown(),
                media_type: media_type.clone(),
                file_name: file_name.clone(),
                content: blob,
                created: self.clock.now(),
                created_by: by.clone(),
            };
            let id = DocumentId::from_uuid(Uuid::from_u64_pair(plan.seed, n));
            let document = Document::new(id, Private::from(name.as_str()))?
                .marked(DocumentMarks { sensitive_personal_data: sensitive, few_may_read: sensitive })
                .with_version(version)?
                .finished();
            attached.push(if n == 0 { NewDocument::main(document) } else { NewDocument::attachment(document) });
            sent.push(LetterDocument { file_name, media_type, blob, sensitive_personal_data: sensitive });
        }
        Ok((sent, attached))
    }

    /// The unit's case of this matter, opened with the first letter.
    async fn case(&self, plan: &LetterPlan, actor: &Actor) -> Result<CaseId, OrderFailed> {
        let kind = match plan.matter {
            Matter::Building => CaseKind::Building,
            Matter::ChildWelfare => CaseKind::ChildFile,
            Matter::Health | Matter::General => CaseKind::Ordinary,
        };
        let title = Private::new(format!("{:?} ved {}", plan.matter, plan.unit));
        let mut case = NewCase::new(kind, title, plan.unit.clone(), actor.id.clone());
        case.screening = screening(plan.matter)?;
        case.case_handler = Some(actor.id.clone());
        let key = format!("{}-{:?}", plan.unit, plan.matter);
        Ok(self.office.as_user(actor)?.open_case_once(&key, case).await?)
    }

    async fn note(&self, plan: NotePlan) -> Result<Answer, OrderFailed> {
        let actor = actor(&plan.tenant, &plan.unit)?;
        let desk = self.office.as_user(&actor)?;
        let title = Private::new("Interne notater".to_owned());
        let mut case = NewCase::new(CaseKind::Ordinary, title, plan.unit.clone(), actor.id.clone());
        case.case_handler = Some(actor.id.clone());
        let case = desk.open_case_once(&format!("{}-notes", plan.unit), case).await?;
        let entry = NewEntry::new(EntryKind::Internal, Private::new("Notat".to_owned()), actor.id.clone());
        desk.register_once(&plan.key, case, entry).await?;
        Ok(Answer::Noted(case))
    }
}

fn party(plan: &LetterPlan) -> Result<Party, OrderFailed> {
    let name = plan.recipient.name().clone();
    let party = Party::new(PartyId::from_uuid(Uuid::from_u64_pair(plan.seed, u64::MAX)), PartyRole::Recipient, name)?;
    Ok(match &plan.recipient {
        Recipient::Organisation { number, .. } => party.identified_by(PartyIdentity::Organisation(number.clone())),
        Recipient::Person { number, .. } => party.identified_by(PartyIdentity::Person(number.clone())),
        Recipient::Addressee { .. } => party,
    })
}

fn actor(tenant: &TenantId, unit: &UnitId) -> Result<Actor, OrderFailed> {
    Ok(Actor::new(tenant.clone(), ActorId::new(format!("case-handler-{unit}"))?).from_client("case-system"))
}

const fn sensitivity(matter: Matter) -> SensitivityClass {
    match matter {
        Matter::Building => SensitivityClass::Open,
        Matter::General => SensitivityClass::Restricted,
        Matter::Health => SensitivityClass::Confidential,
        Matter::ChildWelfare => SensitivityClass::StrictlyConfidential,
    }
}

fn screening(matter: Matter) -> Result<Option<Screening>, ScreeningError> {
    let basis = match matter {
        Matter::Building => return Ok(None),
        Matter::General => "offl. § 13 jf. fvl. § 13",
        Matter::Health => "offl. § 13 jf. helsepersonelloven § 21",
        Matter::ChildWelfare => "offl. § 13 jf. barnevernsloven § 13-1",
    };
    Screening::new(AccessCode::new("UO")?, basis, [Hides::Document, Hides::PartyNames]).map(Some)
}

/// How often the office is looked at while it settles, for how long it must be quiet, and how long that is waited for.
const LOOK: Duration = Duration::from_millis(1);
const QUIET_LOOKS: u32 = 2;
const PATIENCE: Duration = Duration::from_millis(80);
