use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::{Integration, IntegrationState, Paper};
use crate::{
    identity::{ActorId, Timestamp},
    screening::Private,
};

/// What an integration lacks (R10.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Gap {
    /// No risk analysis (ROS-analyse).
    NoRiskAnalysis,
    /// The risk analysis counts no more, or not yet.
    RiskAnalysisOutOfDate,
    /// Personal data without a data processing agreement (databehandleravtale).
    NoAgreement,
    /// The agreement counts no more, or not yet.
    AgreementOutOfDate,
    /// Personal data without a legal basis (behandlingsgrunnlag).
    NoLegalBasis,
    /// Never tested.
    NotTested,
    /// The last test failed.
    TestFailed,
}

/// An integration did not go live.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("the integration is not ready: {}", .gaps.iter().map(|gap| gap.remedy()).collect::<Vec<_>>().join("; "))]
pub struct NotReady {
    /// What it lacks; never empty.
    pub gaps: Vec<Gap>,
}

impl Gap {
    /// Every gap.
    pub const ALL: [Self; 7] = [
        Self::NoRiskAnalysis,
        Self::RiskAnalysisOutOfDate,
        Self::NoAgreement,
        Self::AgreementOutOfDate,
        Self::NoLegalBasis,
        Self::NotTested,
        Self::TestFailed,
    ];

    /// What to do about it.
    #[must_use]
    pub const fn remedy(self) -> &'static str {
        match self {
            Self::NoRiskAnalysis => "register its risk analysis (ROS)",
            Self::RiskAnalysisOutOfDate => "renew its risk analysis (ROS)",
            Self::NoAgreement => "register its data processing agreement",
            Self::AgreementOutOfDate => "renew its data processing agreement",
            Self::NoLegalBasis => "register the legal basis of the processing",
            Self::NotTested => "test it and register the test",
            Self::TestFailed => "mend it and test it again",
        }
    }
}

impl Integration {
    /// What it lacks on a day; nothing when it may go live.
    #[must_use]
    pub fn gaps(&self, today: NaiveDate) -> Vec<Gap> {
        let mut gaps = Vec::new();
        gaps.extend(paper(self.risk_analysis, today, Gap::NoRiskAnalysis, Gap::RiskAnalysisOutOfDate));
        if !self.personal_data.is_empty() {
            gaps.extend(paper(self.processing_agreement, today, Gap::NoAgreement, Gap::AgreementOutOfDate));
            if self.legal_basis.as_deref().is_none_or(|basis| basis.trim().is_empty()) {
                gaps.push(Gap::NoLegalBasis);
            }
        }
        match self.tests.iter().rfind(|test| test.date <= today) {
            None => gaps.push(Gap::NotTested),
            Some(test) if !test.passed => gaps.push(Gap::TestFailed),
            Some(_) => {}
        }
        gaps
    }

    /// The same integration in use. With gaps only for a reason, which stands in the record (R10.1).
    ///
    /// # Errors
    /// [`NotReady`] names the gaps when no reason is given for them.
    pub fn go_live(
        &self,
        by: &ActorId,
        at: Timestamp,
        today: NaiveDate,
        despite: Option<Private<String>>,
    ) -> Result<Self, NotReady> {
        let gaps = self.gaps(today);
        let despite = despite.filter(|reason| !reason.expose().trim().is_empty());
        if !gaps.is_empty() && despite.is_none() {
            return Err(NotReady { gaps });
        }
        let despite = despite.filter(|_| !gaps.is_empty());
        Ok(self.moved(IntegrationState::Live { since: at, by: by.clone(), despite }, by, at))
    }

    /// The same integration stopped: nothing of it is taken in or handed out from now on.
    #[must_use]
    pub fn stop(&self, by: &ActorId, at: Timestamp, reason: Private<String>) -> Self {
        self.moved(IntegrationState::Stopped { since: at, by: by.clone(), reason }, by, at)
    }

    fn moved(&self, state: IntegrationState, by: &ActorId, at: Timestamp) -> Self {
        Self { state, changed: at, changed_by: by.clone(), ..self.clone() }
    }
}

fn paper(paper: Option<Paper>, today: NaiveDate, none: Gap, old: Gap) -> Option<Gap> {
    match paper {
        None => Some(none),
        Some(paper) if paper.date > today || paper.until.is_some_and(|until| until < today) => Some(old),
        Some(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{identity::SourceId, integration::TestRun};

    fn day(day: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 11, day).unwrap()
    }

    fn actor(name: &str) -> ActorId {
        ActorId::new(name).unwrap()
    }

    fn integration() -> Integration {
        let source = SourceId::new("skole").unwrap();
        Integration::new(source, actor("eier"), actor("svc-skole"), "Prøveleverandøren AS", "Elevmapper")
    }

    #[test]
    fn it_goes_live_in_exactly_those_of_all_states_of_its_papers_that_have_no_gap() {
        let papers = [
            None,
            Some(Paper { date: day(1), until: None, entry: None }),
            Some(Paper { date: day(1), until: Some(day(21)), entry: None }),
            Some(Paper { date: day(23), until: None, entry: None }),
        ];
        let runs = |passed: &[(u32, bool)]| -> Vec<TestRun> {
            let run = |&(n, passed)| TestRun { date: day(n), by: actor("eier"), what: "alt".to_owned(), passed };
            passed.iter().map(run).collect()
        };
        let tests = [vec![], runs(&[(2, true)]), runs(&[(2, true), (3, false)]), runs(&[(23, true)])];
        let (mut ready, mut all) = (0, 0);
        for risk in papers {
            for agreement in papers {
                for personal in [false, true] {
                    for basis in [None, Some(" ".to_owned()), Some("opplæringslova".to_owned())] {
                        for tests in &tests {
                            let it = Integration {
                                risk_analysis: risk,
                                processing_agreement: agreement,
                                personal_data: personal.then(|| "elever".to_owned()).into_iter().collect(),
                                legal_basis: basis.clone(),
                                tests: tests.clone(),
                                ..integration()
                            };
                            let good = |paper: Option<Paper>| paper == papers[1];
                            let wanted = good(risk)
                                && tests.len() == 1
                                && tests[0].date == day(2)
                                && (!personal || good(agreement) && basis.as_deref() == Some("opplæringslova"));
                            let live = it.go_live(&actor("sjef"), Timestamp::UNIX_EPOCH, day(22), None);
                            assert_eq!(live.is_ok_and(|live| live.is_live()), wanted, "{it:?}");
                            all += 1;
                            ready += usize::from(wanted);
                        }
                    }
                }
            }
        }
        assert_eq!((ready, all), (13, 384));
    }

    #[test]
    fn a_gap_is_overridden_with_a_reason_that_stays_in_the_record() {
        let live = |reason: &str| {
            integration().go_live(&actor("sjef"), Timestamp::UNIX_EPOCH, day(22), Some(Private::from(reason)))
        };
        assert_eq!(live("  ").unwrap_err().gaps, [Gap::NoRiskAnalysis, Gap::NotTested]);
        let overridden = live("Testes i drift til mandag").unwrap();
        assert!(matches!(&overridden.state, IntegrationState::Live { despite: Some(_), .. }));
        let stopped = overridden.stop(&actor("sjef"), Timestamp::UNIX_EPOCH, "ferdig".into());
        assert!(!stopped.is_live());
    }

    #[test]
    fn it_is_found_by_part_of_a_systems_name() {
        let it = Integration { systems: vec!["Visma Flyt Skole 2026.2".to_owned()], ..integration() };
        assert!(it.concerns("flyt skole") && it.concerns("prøveleverandøren") && !it.concerns("Komtek"));
    }

    #[test]
    fn the_json_form_comes_back_as_it_was() {
        let it = Integration { personal_data: vec!["elever".to_owned()], ..integration() };
        let it = it.go_live(&actor("sjef"), Timestamp::UNIX_EPOCH, day(22), Some("haster".into())).unwrap();
        let json = serde_json::to_string(&it).unwrap();
        assert_eq!(serde_json::from_str::<Integration>(&json).unwrap(), it);
        assert!(!format!("{it:?}").contains("haster"));
    }
}
