use std::collections::BTreeSet;

use sakarkiv_core::{
    access::{GrantRight, ServiceRights, UnitScope},
    integration::{Gap, Integration, IntegrationState, Paper},
};

use crate::csv::csv;

/// One line of the register of integrations (R10.1).
#[derive(Debug, Clone, Copy)]
pub struct IntegrationLine<'a> {
    /// The integration.
    pub integration: &'a Integration,
    /// What it lacks.
    pub gaps: &'a [Gap],
    /// What its service user may do, if there is one.
    pub rights: Option<&'a ServiceRights>,
}

/// The register of integrations as CSV: an overview of applications and a record of processing in one (R10.3). Contacts at
/// the vendor are left out; they are in the register itself.
///
/// ```
/// use sakarkiv_core::{identity::{ActorId, SourceId}, integration::{Gap, Integration}};
/// use sakarkiv_reports::{IntegrationLine, integrations_csv};
///
/// let (owner, user) = (ActorId::new("eier-1")?, ActorId::new("svc-skole")?);
/// let it = Integration::new(SourceId::new("skole")?, owner, user, "Prøveleverandøren AS", "Elevmapper");
/// let line = IntegrationLine { integration: &it, gaps: &[Gap::NotTested], rights: None };
/// assert!(integrations_csv([line]).contains("ikke testet"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn integrations_csv<'a>(lines: impl IntoIterator<Item = IntegrationLine<'a>>) -> String {
    let rows: Vec<Vec<String>> = lines.into_iter().map(row).collect();
    csv(&HEAD, rows.iter().map(Vec::as_slice))
}

const HEAD: [&str; 15] = [
    "Integrasjon",
    "Systemer",
    "Leverandør",
    "Formål",
    "Systemeier",
    "Enhet",
    "Tjenestebruker",
    "Rettigheter",
    "Personopplysninger",
    "Behandlingsgrunnlag",
    "ROS-analyse",
    "Databehandleravtale",
    "Siste test",
    "Status",
    "Mangler",
];

fn row(line: IntegrationLine<'_>) -> Vec<String> {
    let it = line.integration;
    vec![
        it.source.to_string(),
        it.systems.join(", "),
        it.vendor.clone(),
        it.purpose.clone(),
        it.owner.to_string(),
        it.unit.as_ref().map(ToString::to_string).unwrap_or_default(),
        it.service_user.to_string(),
        line.rights.map(rights).unwrap_or_default(),
        it.personal_data.join(", "),
        it.legal_basis.clone().unwrap_or_default(),
        paper(it.risk_analysis),
        paper(it.processing_agreement),
        it.tests
            .last()
            .map(|test| format!("{} {}", test.date, if test.passed { "bestått" } else { "feilet" }))
            .unwrap_or_default(),
        state(&it.state),
        line.gaps.iter().map(|gap| gap_text(*gap)).collect::<Vec<_>>().join(", "),
    ]
}

fn rights(rights: &ServiceRights) -> String {
    let records = rights.records.iter().map(|allowance| {
        let right = if allowance.right == GrantRight::Write { "skrive" } else { "lese" };
        let kinds: BTreeSet<&str> = allowance.kinds.iter().map(|kind| kind.norwegian_name()).collect();
        let place = match &allowance.units {
            UnitScope::Tenant => "hele virksomheten".to_owned(),
            UnitScope::Unit { unit, .. } => unit.to_string(),
        };
        format!("{right} {} i {place}", kinds.into_iter().collect::<Vec<_>>().join("/"))
    });
    let opens = rights.opens.iter().map(|kind| format!("opprette {}", kind.norwegian_name()));
    records.chain(opens).collect::<Vec<_>>().join(", ")
}

fn paper(paper: Option<Paper>) -> String {
    match paper {
        None => String::new(),
        Some(Paper { date, until: None, .. }) => date.to_string(),
        Some(Paper { date, until: Some(until), .. }) => format!("{date} til {until}"),
    }
}

fn state(state: &IntegrationState) -> String {
    match state {
        IntegrationState::Planned => "planlagt".to_owned(),
        IntegrationState::Live { since, despite: None, .. } => format!("i drift fra {}", since.date_naive()),
        IntegrationState::Live { since, despite: Some(_), .. } => {
            format!("i drift fra {}, overstyrt", since.date_naive())
        }
        IntegrationState::Stopped { since, .. } => format!("stoppet {}", since.date_naive()),
    }
}

const fn gap_text(gap: Gap) -> &'static str {
    match gap {
        Gap::NoRiskAnalysis => "ROS-analyse mangler",
        Gap::RiskAnalysisOutOfDate => "ROS-analyse utløpt",
        Gap::NoAgreement => "databehandleravtale mangler",
        Gap::AgreementOutOfDate => "databehandleravtale utløpt",
        Gap::NoLegalBasis => "behandlingsgrunnlag mangler",
        Gap::NotTested => "ikke testet",
        Gap::TestFailed => "siste test feilet",
        _ => "se registeret",
    }
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, NaiveDate};
    use sakarkiv_core::{
        access::ServiceAllowance,
        case::CaseKind,
        identity::{ActorId, SourceId},
        sensitivity::SensitivityClass,
    };

    use super::*;

    #[test]
    fn the_register_tells_systems_rights_papers_state_and_what_is_lacking() {
        let (owner, user) = (ActorId::new("eier-1").unwrap(), ActorId::new("svc-skole").unwrap());
        let source = SourceId::new("skole").unwrap();
        let mut it = Integration::new(source, owner.clone(), user, "Prøveleverandøren AS", "Elevmapper");
        let date = NaiveDate::from_ymd_opt(2026, 8, 1).unwrap();
        it.risk_analysis = Some(Paper { date, until: Some(date), entry: None });
        let it = it.go_live(&owner, DateTime::UNIX_EPOCH, date, Some("haster for Kari".into())).unwrap();
        let rights = ServiceRights {
            integration: "skole".to_owned(),
            owner,
            records: vec![ServiceAllowance {
                right: GrantRight::Write,
                kinds: [CaseKind::PupilFile].into(),
                units: UnitScope::Tenant,
                series: None,
                up_to: SensitivityClass::Open,
            }],
            opens: [CaseKind::PupilFile].into(),
        };
        let gaps = it.gaps(date);
        let text = integrations_csv([IntegrationLine { integration: &it, gaps: &gaps, rights: Some(&rights) }]);
        let line = text.lines().nth(1).unwrap();
        for wanted in [
            "skrive Elevsak i hele virksomheten, opprette Elevsak",
            "2026-08-01 til 2026-08-01",
            "i drift fra 1970-01-01, overstyrt",
            "\"ikke testet\"",
        ] {
            assert!(line.contains(wanted), "{wanted} in {line}");
        }
        assert!(!text.contains("Kari"), "reasons stay in the register");
        assert_eq!(line.matches(';').count(), HEAD.len() - 1);
    }
}
