//! The part of the configuration that is about specialist systems: what hands things in, by which way, as whom, by which
//! rules, and what the register of integrations is to say of it until it has its own record.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::SocketAddr,
    path::{Path, PathBuf},
};

use chrono::NaiveDate;
use sakarkiv::{
    core::{
        access::{GrantRight, ServiceAllowance, ServiceRights, UnitScope, User, UserKind},
        calendar::oslo_date,
        case::CaseKind,
        identity::{ActorId, SourceId, TenantId, Timestamp, UnitId},
        integration::{Integration, IntegrationContact, Paper, TestRun},
        screening::Private,
        sensitivity::SensitivityClass,
    },
    jobbnorge::{RecruitmentConfig, source::RestPullConfig},
};
use secrecy::SecretString;
use serde::Deserialize;
use uuid::Uuid;

/// A specialist system that hands things in.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SourceSection {
    /// Its name, here and in the register of integrations.
    pub(crate) id: SourceId,
    /// How it comes.
    pub(crate) kind: SourceKind,
    /// The folder of those kinds that have one; it must be there.
    #[serde(default)]
    pub(crate) folder: Option<PathBuf>,
    /// Where a recruitment system that is asked is.
    #[serde(default)]
    pub(crate) pull: Option<RestPullConfig>,
    /// How recruitment cases are taken.
    #[serde(default)]
    pub(crate) recruitment: Option<RecruitmentConfig>,
    /// The tokens that may push recruitment cases into the folder over HTTP: the present one and the one before.
    #[serde(default)]
    pub(crate) push_tokens: Vec<SecretString>,
    /// The accounts (konto) of Fiks Arkiv.
    #[serde(default)]
    pub(crate) accounts: Option<FiksAccounts>,
    /// The tables (TOML) by which e-mail and scanned documents become cases.
    #[serde(default)]
    pub(crate) forms: Option<String>,
    /// The largest file, in bytes.
    #[serde(default = "default_file")]
    pub(crate) file_bytes: u64,
    /// Its rules (TOML), until the archive has others. Without any, recruitment cases get those of their law and all else is
    /// taken as it is sent.
    #[serde(default)]
    pub(crate) rules: Option<String>,
    /// The unit that gets the cases when there are no rules.
    #[serde(default)]
    pub(crate) unit: Option<UnitId>,
    /// The user it works as.
    pub(crate) service_user: ActorId,
    /// What that user may do until the archive's register of users has it.
    #[serde(default)]
    pub(crate) rights: Option<RightsSection>,
    /// Its record until the archive's register of integrations has one.
    #[serde(default)]
    pub(crate) integration: Option<IntegrationSection>,
}

/// How a specialist system comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum SourceKind {
    /// It leaves deliveries with manifests in a folder.
    Folder,
    /// E-mail is left in a folder.
    MailFolder,
    /// Scanned documents are left in a folder.
    ScanFolder,
    /// It leaves recruitment cases in a folder, or pushes them.
    JobbnorgeFolder,
    /// It is asked for recruitment cases.
    JobbnorgePull,
    /// It leaves Fiks Arkiv messages in a folder.
    FiksArkivFolder,
    /// It calls, and nothing of it is fetched.
    Calls,
}

/// Accounts of Fiks Arkiv.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FiksAccounts {
    /// The archive's.
    pub(crate) archive: Uuid,
    /// The system's.
    pub(crate) system: Uuid,
}

/// What a service user may do (R2.7).
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RightsSection {
    /// Records it may read or write.
    records: Vec<AllowanceSection>,
    /// Kinds of cases it may open where it may write.
    #[serde(default)]
    opens: BTreeSet<CaseKind>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct AllowanceSection {
    right: GrantRight,
    kinds: BTreeSet<CaseKind>,
    /// In this unit and those below it. There is no right in all units by configuration.
    unit: UnitId,
    #[serde(default)]
    series: Option<BTreeSet<String>>,
    up_to: SensitivityClass,
}

/// What the register of integrations says (R10.1).
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct IntegrationSection {
    pub(crate) owner: ActorId,
    vendor: String,
    purpose: String,
    #[serde(default)]
    systems: Vec<String>,
    #[serde(default)]
    contacts: Vec<ContactSection>,
    #[serde(default)]
    legal_basis: Option<String>,
    #[serde(default)]
    personal_data: Vec<String>,
    /// The risk analysis (ROS-analyse).
    #[serde(default)]
    risk_analysis: Option<PaperSection>,
    /// The data processing agreement (databehandleravtale).
    #[serde(default)]
    processing_agreement: Option<PaperSection>,
    #[serde(default)]
    tests: Vec<TestSection>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ContactSection {
    role: String,
    name: Private<String>,
    reached_at: Private<String>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
struct PaperSection {
    date: NaiveDate,
    #[serde(default)]
    until: Option<NaiveDate>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct TestSection {
    date: NaiveDate,
    by: ActorId,
    what: String,
    passed: bool,
}

/// The ways in over HTTP. It speaks plain HTTP: TLS is for whatever stands before it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct IntakeHttpSection {
    /// Where it listens.
    pub(crate) listen: SocketAddr,
    /// The header in which a gateway on this machine says by which name somebody calls. Only with a `listen` that no other
    /// machine reaches. Passwords count no more then.
    #[serde(default)]
    pub(crate) gateway_header: Option<String>,
    /// Who may call, by the name they log in with.
    #[serde(default)]
    pub(crate) callers: BTreeMap<String, CallerSection>,
    /// The tables (TOML) by which forms become cases.
    #[serde(default)]
    pub(crate) forms: Option<String>,
}

/// Somebody who may call.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CallerSection {
    /// As which system.
    pub(crate) source: SourceId,
    /// The password of their Basic login; none for whom the gateway knows.
    #[serde(default)]
    pub(crate) password: Option<SecretString>,
}

impl SourceSection {
    /// The service user with its rights, where the configuration has them.
    pub(crate) fn user(&self, tenant: &TenantId) -> Option<User> {
        let rights = self.rights.as_ref()?;
        let owner = self.integration.as_ref().map_or(&self.service_user, |integration| &integration.owner);
        let allowance = |section: &AllowanceSection| ServiceAllowance {
            right: section.right,
            kinds: section.kinds.clone(),
            units: UnitScope::Unit { unit: section.unit.clone(), with_sub_units: true },
            series: section.series.clone(),
            up_to: section.up_to,
        };
        let rights = ServiceRights {
            integration: self.id.to_string(),
            owner: owner.clone(),
            records: rights.records.iter().map(allowance).collect(),
            opens: rights.opens.clone(),
        };
        let user = User::founding(tenant.clone(), self.service_user.clone(), UserKind::Service(rights));
        Some(user.since(Timestamp::UNIX_EPOCH))
    }

    /// The record for the register, live when it lacks nothing at this moment. One that lacks something can go live in the
    /// register alone, where the reason is logged.
    pub(crate) fn integration(&self, now: Timestamp) -> Option<Integration> {
        let section = self.integration.as_ref()?;
        let (owner, user) = (section.owner.clone(), self.service_user.clone());
        let mut record =
            Integration::new(self.id.clone(), owner.clone(), user, section.vendor.as_str(), section.purpose.as_str());
        record.unit.clone_from(&self.unit);
        record.systems.clone_from(&section.systems);
        record.contacts = section.contacts.iter().map(ContactSection::contact).collect();
        record.legal_basis.clone_from(&section.legal_basis);
        record.personal_data.clone_from(&section.personal_data);
        record.risk_analysis = section.risk_analysis.map(PaperSection::paper);
        record.processing_agreement = section.processing_agreement.map(PaperSection::paper);
        record.tests = section.tests.iter().map(TestSection::run).collect();
        Some(record.go_live(&owner, now, oslo_date(now), None).unwrap_or(record))
    }

    /// Its folder is taken from where the configuration stands.
    pub(super) fn rebase(&mut self, base: &Path) {
        self.folder = self.folder.take().map(|folder| base.join(folder));
    }
}

impl ContactSection {
    fn contact(&self) -> IntegrationContact {
        IntegrationContact { role: self.role.clone(), name: self.name.clone(), reached_at: self.reached_at.clone() }
    }
}

impl PaperSection {
    const fn paper(self) -> Paper {
        Paper { date: self.date, until: self.until, entry: None }
    }
}

impl TestSection {
    fn run(&self) -> TestRun {
        TestRun { date: self.date, by: self.by.clone(), what: self.what.clone(), passed: self.passed }
    }
}

const fn default_file() -> u64 {
    2 << 30
}
