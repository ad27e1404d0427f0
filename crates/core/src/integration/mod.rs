//! The register of integrations (integrasjonsregister): which systems hand things to the archive or fetch from it, on whose
//! word, and whether they may (R10.1–R10.3).

mod readiness;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::{
    identity::{ActorId, EntryId, SourceId, Timestamp, UnitId},
    screening::Private,
};

pub use readiness::{Gap, NotReady};

/// One integration as the register has it.
///
/// JSON form: the field names as keys; parts that are not known are left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Integration {
    /// Its name: that of the source, and of [`ServiceRights::integration`](crate::access::ServiceRights::integration).
    pub source: SourceId,
    /// The systems on the other side, with their versions: `Visma Flyt Skole 2026.2`.
    pub systems: Vec<String>,
    /// Who answers for it here (systemeier); hears of what fails and of upgrades.
    pub owner: ActorId,
    /// The unit it serves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<UnitId>,
    /// Who delivers the other side (leverandør).
    pub vendor: String,
    /// Who is asked there and here.
    #[serde(default)]
    pub contacts: Vec<IntegrationContact>,
    /// What it is for (formål).
    pub purpose: String,
    /// The user it works as, and no other (R2.7).
    pub service_user: ActorId,
    /// The legal basis of the processing (behandlingsgrunnlag), where personal data are processed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub legal_basis: Option<String>,
    /// The categories of data that are processed; empty when none are personal.
    #[serde(default)]
    pub personal_data: Vec<String>,
    /// The risk analysis (ROS-analyse).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub risk_analysis: Option<Paper>,
    /// The data processing agreement (databehandleravtale).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub processing_agreement: Option<Paper>,
    /// Its tests, oldest first.
    #[serde(default)]
    pub tests: Vec<TestRun>,
    /// Whether it is in use.
    #[serde(default)]
    pub state: IntegrationState,
    /// When the record was last changed.
    pub changed: Timestamp,
    /// By whom.
    pub changed_by: ActorId,
}

/// Somebody to ask about an integration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IntegrationContact {
    /// What for: operations, contract, data protection.
    pub role: String,
    /// Who.
    pub name: Private<String>,
    /// E-mail or telephone.
    pub reached_at: Private<String>,
}

/// A paper that an integration must have: a risk analysis, an agreement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Paper {
    /// Its date.
    pub date: NaiveDate,
    /// The last day it counts; without end when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<NaiveDate>,
    /// The journal entry where it is archived.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entry: Option<EntryId>,
}

/// A test of an integration from end to end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TestRun {
    /// The day.
    pub date: NaiveDate,
    /// Who tested.
    pub by: ActorId,
    /// What: versions, cases.
    pub what: String,
    /// Whether all went well.
    pub passed: bool,
}

/// Whether an integration is in use.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "state")]
pub enum IntegrationState {
    /// Not yet.
    #[default]
    Planned,
    /// In use.
    Live {
        /// Since when.
        since: Timestamp,
        /// Who let it go live.
        by: ActorId,
        /// Why it went live with gaps, where it did (overstyring).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        despite: Option<Private<String>>,
    },
    /// Stopped.
    Stopped {
        /// Since when.
        since: Timestamp,
        /// Who stopped it.
        by: ActorId,
        /// Why.
        reason: Private<String>,
    },
}

impl Integration {
    /// A planned integration with what each must have; the rest is set by field.
    #[must_use]
    pub fn new(
        source: SourceId,
        owner: ActorId,
        service_user: ActorId,
        vendor: impl Into<String>,
        purpose: impl Into<String>,
    ) -> Self {
        Self {
            source,
            systems: Vec::new(),
            changed_by: owner.clone(),
            owner,
            unit: None,
            vendor: vendor.into(),
            contacts: Vec::new(),
            purpose: purpose.into(),
            service_user,
            legal_basis: None,
            personal_data: Vec::new(),
            risk_analysis: None,
            processing_agreement: None,
            tests: Vec::new(),
            state: IntegrationState::Planned,
            changed: Timestamp::UNIX_EPOCH,
        }
    }

    /// Whether it is in use: what is not, neither hands in nor reads.
    #[must_use]
    pub const fn is_live(&self) -> bool {
        matches!(self.state, IntegrationState::Live { .. })
    }

    /// Whether it has to do with a system, going by part of the system's name (R10.2).
    #[must_use]
    pub fn concerns(&self, system: &str) -> bool {
        let wanted = system.trim().to_lowercase();
        self.systems.iter().chain([&self.vendor]).any(|name| name.to_lowercase().contains(&wanted))
    }
}
