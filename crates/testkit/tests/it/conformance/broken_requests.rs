use std::sync::Arc;

use async_trait::async_trait;
use sakarkiv_core::ports::{AccessRequest, AccessRequests, PortError, PortErrorKind};
use sakarkiv_testkit::{
    conformance::{MemoryRequestsHarness, run_requests},
    memory::MemoryRequests,
};

use super::{at_once, failed};

/// What is wrong with a source of requests, and the cases that must say so.
const FAULTS: [(&str, &[&str]); 8] = [
    ("lists the newest first", &["requests.list.order"]),
    ("marks what it fetches", &["requests.fetch.repeat"]),
    ("lists nothing when it cannot ask", &["requests.errors.transient", "requests.errors.unauthorised"]),
    ("loses what is only named by its numbers", &["requests.fetch.numbers"]),
    ("loses who asks", &["requests.fetch.content"]),
    ("fails to mark what is not there", &["requests.mark.repeat"]),
    ("only says that it marks", &["requests.mark"]),
    ("gives what was marked", &["requests.fetch.gone"]),
];

#[derive(Debug)]
struct Broken {
    inner: MemoryRequests,
    fault: usize,
    fetched: std::sync::Mutex<Vec<AccessRequest>>,
}

fn broken<const FAULT: usize>(inner: MemoryRequests) -> Arc<dyn AccessRequests> {
    Arc::new(Broken { inner, fault: FAULT, fetched: std::sync::Mutex::default() })
}

#[async_trait]
impl AccessRequests for Broken {
    async fn list(&self) -> Result<Vec<String>, PortError> {
        match (self.fault, self.inner.list().await) {
            (0, Ok(mut list)) => {
                list.reverse();
                Ok(list)
            }
            (2, Err(_)) => Ok(Vec::new()),
            (7, Ok(list)) => {
                for id in &list {
                    let request = self.inner.fetch(id).await?;
                    self.fetched.lock().unwrap().push(request);
                }
                Ok(list)
            }
            (_, list) => list,
        }
    }

    async fn fetch(&self, id: &str) -> Result<AccessRequest, PortError> {
        match (self.fault, self.inner.fetch(id).await) {
            (1, Ok(request)) => {
                self.inner.mark(id).await?;
                Ok(request)
            }
            (3, Ok(mut request)) => {
                request.wanted.retain(|wanted| wanted.entry.is_some());
                Ok(request)
            }
            (4, Ok(mut request)) => {
                request.requester.email = None;
                Ok(request)
            }
            (7, Err(error)) => self.fetched.lock().unwrap().iter().find(|one| one.id == id).cloned().ok_or(error),
            (_, outcome) => outcome,
        }
    }

    async fn mark(&self, id: &str) -> Result<(), PortError> {
        if self.fault == 5 && self.inner.fetch(id).await.is_err() {
            return Err(PortError::new(PortErrorKind::Rejected, "broken.mark", "not there"));
        }
        if self.fault == 6 { Ok(()) } else { self.inner.mark(id).await }
    }
}

fn check<const FAULT: usize>() {
    let report = at_once(run_requests(&MemoryRequestsHarness::wrapped(broken::<FAULT>)));
    let (what, expected) = FAULTS[FAULT];
    let failed = failed(&report);
    assert!(expected.iter().all(|rule| failed.contains(rule)), "requests that {what}: {failed:?}\n{report}");
}

#[test]
fn each_broken_source_of_requests_fails_the_cases_that_are_about_its_fault() {
    check::<0>();
    check::<1>();
    check::<2>();
    check::<3>();
    check::<4>();
    check::<5>();
    check::<6>();
    check::<7>();
}
