//! The day's integrations as the archive has them registered: who they are, what they may do, how what they hand in is filed.

use std::sync::Arc;

use chrono::NaiveDate;
use sakarkiv::{
    SystemEntropy,
    core::{
        access::{Actor, GrantRight, ServiceAllowance, ServiceRights, UnitScope, User, UserKind},
        case::CaseKind,
        identity::{ActorId, OrganisationNumber, SourceId, TenantId, Timestamp, UnitId},
        intake::{Consignment, ConsignmentKey, FaultCode, IntakeRules, RuleBook, ScreeningRule},
        integration::{Gap, Integration, Paper, TestRun},
        ports::{ArchiveDesk, ArchiveError, Clock, ConsignmentSource},
        screening::{AccessCode, Hides, Screening},
        sensitivity::SensitivityClass,
    },
    engine::{IntegrationError, RecordsOffice, TenantSetup},
    fagsystem::FolderSource,
    fiks_arkiv::{FiksArkiv, FiksArkivSettings, FolderTransport},
    jobbnorge::{
        RecruitmentConfig,
        mapping::intake_rules,
        source::{FolderDrop, Recruitment},
    },
};

use super::{SpecialistsError, Ways, building};
use crate::day::rights::HEAD_ARCHIVIST;

/// The sources by their names in the register.
pub(super) const PUPILS: &str = "visma-flyt-skole";
pub(super) const RECRUITMENT: &str = "jobbnorge";
pub(super) const FORMS: &str = "acos-interact";
pub(super) const BUILDING: &str = "ebyggesak";
/// The one without a risk analysis.
const UNREADY: &str = "komtek";

/// Everything a tenant is set up with for its specialist systems.
pub(crate) struct Registered {
    integrations: Vec<Integration>,
    users: Vec<User>,
    rules: Vec<RuleBook>,
    sources: Vec<Arc<dyn ConsignmentSource>>,
}

impl Registered {
    /// Adds it to a tenant.
    pub(crate) fn add_to(&self, setup: TenantSetup) -> TenantSetup {
        let setup = self.integrations.iter().cloned().fold(setup, TenantSetup::integration);
        let setup = self.users.iter().cloned().fold(setup, TenantSetup::user);
        let setup = self.rules.iter().cloned().fold(setup, TenantSetup::intake_rules);
        self.sources.iter().cloned().fold(setup, TenantSetup::source)
    }
}

/// A specialist system, as the register has it.
struct System {
    source: &'static str,
    system: &'static str,
    purpose: &'static str,
    unit: &'static str,
    kind: CaseKind,
    ready: bool,
}

const SYSTEMS: [System; 5] = [
    System {
        source: PUPILS,
        system: "Visma Flyt Skole",
        purpose: "Elevmapper",
        unit: "skole",
        kind: CaseKind::PupilFile,
        ready: true,
    },
    System {
        source: RECRUITMENT,
        system: "JobbNorge",
        purpose: "Tilsettingssaker",
        unit: "oppvekst",
        kind: CaseKind::Recruitment,
        ready: true,
    },
    System {
        source: FORMS,
        system: "Acos Interact",
        purpose: "Skjema fra innbyggere",
        unit: "oppvekst",
        kind: CaseKind::Ordinary,
        ready: true,
    },
    System {
        source: BUILDING,
        system: building::SYSTEM,
        purpose: "Byggesaker",
        unit: "byggesak",
        kind: CaseKind::Building,
        ready: true,
    },
    System {
        source: UNREADY,
        system: "Komtek",
        purpose: "Kommunale gebyrer",
        unit: "byggesak",
        kind: CaseKind::Ordinary,
        ready: false,
    },
];

/// The integrations of a tenant whose organisation is the employer, with their folders.
pub(crate) fn registered(
    ways: &Ways,
    tenant: &TenantId,
    employer: &OrganisationNumber,
    clock: &Arc<dyn Clock>,
) -> Result<Registered, SpecialistsError> {
    let config = RecruitmentConfig::new([employer.clone()]);
    let mut rules = Vec::new();
    for system in &SYSTEMS {
        rules.push(book(system, &config)?);
    }
    let pupils = FolderSource::open(SourceId::new(PUPILS)?, ways.pupils(), LARGEST_FILE)?;
    let folder = Arc::new(FolderDrop::open(ways.recruitment())?);
    let recruitment = Recruitment::new(SourceId::new(RECRUITMENT)?, config, folder, Arc::clone(clock));
    Ok(Registered {
        integrations: SYSTEMS.iter().map(System::integration).collect::<Result<_, _>>()?,
        users: SYSTEMS.iter().map(|system| system.user(tenant)).collect::<Result<_, _>>()?,
        rules,
        sources: vec![Arc::new(pupils), Arc::new(recruitment)],
    })
}

/// The archive as the building system reaches it: messages in a folder, at the desk of its service user.
pub(crate) fn building_service(
    office: &RecordsOffice,
    tenant: &TenantId,
    ways: &Ways,
    clock: Arc<dyn Clock>,
) -> Result<FiksArkiv, SpecialistsError> {
    let desk = office.as_source(tenant, &SourceId::new(BUILDING)?, Some("fiks-arkiv".to_owned()))?;
    let transport = FolderTransport::new(ways.building(), building::ARCHIVE, Arc::new(SystemEntropy));
    let archive = FiksArkiv::new(Arc::new(transport), clock, FiksArkivSettings::default());
    Ok(archive.with_desk(building::ACCOUNT, Arc::new(desk)))
}

/// The head archivist tries to let an integration go live that has no risk analysis; what it hands in meanwhile is refused.
pub(super) async fn not_ready(office: &RecordsOffice, tenant: &TenantId) -> Result<(), SpecialistsError> {
    let source = SourceId::new(UNREADY)?;
    let head = office.as_user(&Actor::new(tenant.clone(), ActorId::new(HEAD_ARCHIVIST)?))?;
    match head.integrations().go_live(&source, None).await {
        Err(IntegrationError::NotReady(lacks)) if lacks.gaps.contains(&Gap::NoRiskAnalysis) => {}
        Err(error) => return Err(error.into()),
        Ok(()) => return Err(SpecialistsError::Wrong("an integration without a risk analysis went live")),
    }
    let key = ConsignmentKey::new("gebyr/1").map_err(|_| SpecialistsError::Wrong("a key is malformed"))?;
    let desk = office.as_source(tenant, &source, None)?;
    match desk.hand_in(&Consignment::new(source, key)).await {
        Err(ArchiveError::Rejected(rejection)) if rejection.has(FaultCode::UnknownSource) => Ok(()),
        Err(error) => Err(error.into()),
        Ok(_) => Err(SpecialistsError::Wrong("something was taken in from an integration that is not live")),
    }
}

impl System {
    fn service_user(&self) -> Result<ActorId, SpecialistsError> {
        Ok(ActorId::new(format!("svc-{}", self.source))?)
    }

    /// Live, but for the one whose papers are not in order.
    fn integration(&self) -> Result<Integration, SpecialistsError> {
        let owner = ActorId::new(HEAD_ARCHIVIST)?;
        let (source, user) = (SourceId::new(self.source)?, self.service_user()?);
        let mut it = Integration::new(source, owner.clone(), user, "Prøveleverandøren AS", self.purpose);
        it.systems = vec![self.system.to_owned()];
        it.unit = Some(UnitId::new(self.unit)?);
        let paper = Paper { date: SIGNED, until: None, entry: None };
        it.tests = vec![TestRun { date: SIGNED, by: owner.clone(), what: "hele veien".to_owned(), passed: true }];
        it.personal_data = vec!["navn, fødselsnummer".to_owned()];
        it.legal_basis = Some("arkivlova § 9".to_owned());
        it.processing_agreement = Some(paper);
        if !self.ready {
            return Ok(it);
        }
        it.risk_analysis = Some(paper);
        Ok(it.go_live(&owner, Timestamp::UNIX_EPOCH, SIGNED, None)?)
    }

    fn user(&self, tenant: &TenantId) -> Result<User, SpecialistsError> {
        let allowance = ServiceAllowance {
            right: GrantRight::Write,
            kinds: [self.kind].into(),
            units: UnitScope::Unit { unit: UnitId::new(self.unit)?, with_sub_units: false },
            series: None,
            up_to: SensitivityClass::StrictlyConfidential,
        };
        let rights = ServiceRights {
            integration: self.source.to_owned(),
            owner: ActorId::new(HEAD_ARCHIVIST)?,
            records: vec![allowance],
            opens: [self.kind].into(),
        };
        let user = User::founding(tenant.clone(), self.service_user()?, UserKind::Service(rights));
        Ok(user.since(Timestamp::UNIX_EPOCH))
    }
}

/// The rules by which a system's deliveries are filed and screened.
fn book(system: &System, config: &RecruitmentConfig) -> Result<RuleBook, SpecialistsError> {
    let (source, unit) = (SourceId::new(system.source)?, UnitId::new(system.unit)?);
    if system.source == RECRUITMENT {
        return Ok(RuleBook::new(source, intake_rules(config, unit)));
    }
    let mut rules = IntakeRules::for_unit(unit.clone());
    rules.case.kind = system.kind;
    rules.case.kinds = [system.kind].into();
    match system.source {
        PUPILS => {
            let screening = screening("13", "offl. § 13 jf. fvl. § 13 første ledd nr. 1")?;
            rules.codes = [("13".to_owned(), screening.clone())].into();
            rules.case.screening = ScreeningRule::Always(screening);
            rules.entry.screening = ScreeningRule::Required;
        }
        FORMS => {
            let screening = screening("UO", "offl. § 13 jf. fvl. § 13 første ledd nr. 1")?;
            rules.case.screening = ScreeningRule::Always(screening.clone());
            rules.entry.screening = ScreeningRule::Always(screening);
            rules.entry.screens_parties = true;
        }
        _ => rules.units = [(building::UNIT.to_owned(), unit)].into(),
    }
    let mut book = RuleBook::new(source, rules.clone());
    if system.source == FORMS {
        book.named = ["skjema", "barnehage"].map(|name| (name.to_owned(), rules.clone())).into();
    }
    Ok(book)
}

fn screening(code: &str, basis: &str) -> Result<Screening, SpecialistsError> {
    Ok(Screening::new(AccessCode::new(code)?, basis, [Hides::Document, Hides::PartyNames, Hides::ClassId])?)
}

/// When every paper of the day's integrations was signed and every test made.
const SIGNED: NaiveDate = match NaiveDate::from_ymd_opt(2026, 9, 1) {
    Some(day) => day,
    None => NaiveDate::MIN,
};
const LARGEST_FILE: u64 = 64 << 20;
