use std::sync::Arc;

use async_trait::async_trait;
use sakarkiv_core::{
    identity::{SourceId, TenantId},
    intake::ConsignmentKey,
    ports::{Answer, Blobs, ConsignmentSource, Fetched, ItemId, PortError, PortErrorKind, SourceCapabilities, Waiting},
};
use sakarkiv_testkit::{
    conformance::{MemorySourceHarness, run_source},
    memory::MemorySource,
};

use super::{at_once, failed};

/// What is wrong with a source, and the cases that must say so.
const FAULTS: [(&str, &[&str]); 7] = [
    ("calls a malformed delivery an error", &["source.fetch.malformed"]),
    ("hands out a document short", &["source.fetch.content"]),
    ("gives each fetch a key of its own", &["source.fetch.content", "source.fetch.repeat"]),
    ("refuses a second answer", &["source.fetch.dropped", "source.answer.repeat", "source.answer.lost"]),
    ("takes a delivery that is set aside for settled", &["source.answer.set-aside"]),
    ("answers everything at once", &["source.answer.one"]),
    ("forgets to say what was rejected", &["source.answer.rejected"]),
];

#[derive(Debug)]
struct Broken {
    inner: MemorySource,
    fault: usize,
}

fn broken<const FAULT: usize>(inner: MemorySource) -> Arc<dyn ConsignmentSource> {
    Arc::new(Broken { inner, fault: FAULT })
}

#[async_trait]
impl ConsignmentSource for Broken {
    fn id(&self) -> &SourceId {
        self.inner.id()
    }

    fn capabilities(&self) -> SourceCapabilities {
        self.inner.capabilities()
    }

    async fn list(&self) -> Result<Vec<Waiting>, PortError> {
        self.inner.list().await
    }

    async fn fetch(&self, tenant: &TenantId, id: &ItemId, blobs: Arc<dyn Blobs>) -> Result<Fetched, PortError> {
        match (self.fault, self.inner.fetch(tenant, id, blobs).await?) {
            (0, Fetched::Faulty(_)) => Err(PortError::new(PortErrorKind::Rejected, "broken.fetch", "malformed")),
            (1, Fetched::Consignment(mut consignment)) => {
                consignment.entries[0].documents.truncate(2);
                Ok(Fetched::Consignment(consignment))
            }
            (2, Fetched::Consignment(mut consignment)) => {
                let times = self.inner.warehouse().ware(id).unwrap().fetched;
                consignment.key = ConsignmentKey::new(&format!("{}-{times}", consignment.key)).unwrap();
                Ok(Fetched::Consignment(consignment))
            }
            (_, fetched) => Ok(fetched),
        }
    }

    async fn answer(&self, id: &ItemId, answer: &Answer) -> Result<(), PortError> {
        let settled = self.inner.warehouse().ware(id).is_some_and(|ware| !ware.answers.is_empty());
        if self.fault == 3 && settled {
            return Err(PortError::new(PortErrorKind::Rejected, "broken.answer", "already answered"));
        }
        match (self.fault, answer) {
            (4, Answer::SetAside { .. }) => {
                let rejection = sakarkiv_core::intake::Rejection::new(
                    sakarkiv_core::intake::FaultCode::Harmful,
                    sakarkiv_core::intake::Place::Consignment,
                );
                self.inner.answer(id, &Answer::Rejected(rejection)).await
            }
            (5, _) => {
                for id in self.inner.warehouse().waiting() {
                    self.inner.answer(&id, answer).await?;
                }
                Ok(())
            }
            (6, Answer::Rejected(_)) => Ok(()),
            _ => self.inner.answer(id, answer).await,
        }
    }

    async fn check(&self) -> Result<(), PortError> {
        self.inner.check().await
    }
}

fn check<const FAULT: usize>() {
    let report = at_once(run_source(&MemorySourceHarness::wrapped(broken::<FAULT>)));
    let (what, expected) = FAULTS[FAULT];
    assert_eq!(failed(&report), expected, "a source that {what}:\n{report}");
}

#[test]
fn each_broken_source_fails_the_cases_that_are_about_its_fault() {
    check::<0>();
    check::<1>();
    check::<2>();
    check::<3>();
    check::<4>();
    check::<5>();
    check::<6>();
}
