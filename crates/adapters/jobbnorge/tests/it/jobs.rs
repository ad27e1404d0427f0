//! The public list of vacancies, in its three versions.

use std::sync::Arc;

use sakarkiv_core::ports::PortErrorKind;
use sakarkiv_jobbnorge::jobs::{ApiVersion, Deadline, JobQuery, PublicJobs, PublicJobsConfig};
use sakarkiv_testkit::simulators::{Fault, InProcess, JobbNorgeSim, Operation, Tamper, When};
use serde_json::json;

use crate::support::sim;

fn client(answer_bytes: u64) -> (JobbNorgeSim, PublicJobs) {
    let (clock, sim) = sim();
    for (id, employer, positions) in [(1, 7, 2), (2, 8, 1), (3, 7, 1)] {
        sim.publish(json!({"id": id, "title": format!("Stilling {id}"), "employer": format!("Kommune {employer}"),
            "employerID": employer, "positionCount": positions, "publicationDate": "02.02.2026", "deadline": "01.03.2026",
            "locations": [{"municipality": "Drammen", "isPrimary": true}]}));
    }
    let network = InProcess::hosts([("publicapi.jobbnorge.test", sim.router())]);
    let mut config = PublicJobsConfig::new("https://publicapi.jobbnorge.test".parse().unwrap());
    config.answer_bytes = answer_bytes;
    (sim, PublicJobs::new(config, Arc::new(network), clock.port()))
}

#[tokio::test]
async fn every_version_lists_the_same_postings() {
    let (_, jobs) = client(1 << 20);
    for version in ApiVersion::ALL {
        let list = jobs.list(version, &JobQuery::default()).await.unwrap();
        let ids: Vec<&str> = list.postings.iter().map(|posting| posting.id.as_str()).collect();
        assert_eq!(ids, ["1", "2", "3"], "{version:?}");
        assert!(matches!(list.postings[0].deadline, Deadline::Day(_)));
        assert_eq!(list.postings[0].places.len(), 1);
        assert_eq!(list.total, (version == ApiVersion::V3).then_some(3));
    }
    assert_eq!(jobs.position_count().await.unwrap(), 4, "positions, not postings");
}

#[tokio::test]
async fn a_query_chooses_employers_and_pages() {
    let (_, jobs) = client(1 << 20);
    let of = |query: JobQuery| {
        let jobs = &jobs;
        async move { jobs.list(ApiVersion::V3, &query).await.unwrap().postings.len() }
    };
    assert_eq!(of(JobQuery { employers: vec![7], ..JobQuery::default() }).await, 2);
    assert_eq!(of(JobQuery { employers: vec![7, 8], ..JobQuery::default() }).await, 3);
    assert_eq!(of(JobQuery { results: Some(2), page: Some(2), ..JobQuery::default() }).await, 1);
}

#[tokio::test]
async fn what_goes_wrong_is_told_by_what_can_be_done_about_it() {
    let (sim, jobs) = client(1 << 20);
    for (fault, kind) in [
        (Fault::outage(), PortErrorKind::Transient),
        (Fault::status(400), PortErrorKind::Rejected),
        (Fault::DropBefore, PortErrorKind::Transient),
        (Fault::Tamper(Tamper::Truncated), PortErrorKind::Transient),
        (Fault::Tamper(Tamper::Garbage), PortErrorKind::Transient),
    ] {
        let name = format!("{fault:?}");
        sim.faults().arm(Operation::Jobs, When::Next(1), fault);
        let error = jobs.list(ApiVersion::V3, &JobQuery::default()).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{name}: {error}");
    }
    sim.faults().arm(Operation::Jobs, When::Next(1), Fault::Tamper(Tamper::UnknownMembers));
    assert_eq!(jobs.list(ApiVersion::V3, &JobQuery::default()).await.unwrap().postings.len(), 3);
}

#[tokio::test]
async fn an_answer_without_bound_is_not_taken() {
    let (_, jobs) = client(200);
    let error = jobs.list(ApiVersion::V3, &JobQuery::default()).await.unwrap_err();
    assert_eq!(error.kind(), PortErrorKind::Transient);
}
