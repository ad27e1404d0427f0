use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use sakarkiv_core::{
    identity::{InboxId, TenantId},
    ports::{
        Blobs, Inbox, InboxCapabilities, ItemId, PortError, PortErrorKind, ReceivedMail, Refusal, UnopenedMail, Waiting,
    },
};
use sakarkiv_testkit::{
    conformance::{InboxFault, InboxHarness, MemoryInboxHarness, PeerItem, SampleFlaw, SampleMail, run_inbox},
    memory::MemoryInbox,
};

use super::{at_once, failed};

/// What is wrong with an inbox, and the cases that must say so.
const FAULTS: [(&str, &[&str]); 13] = [
    (
        "acknowledges what it fetches",
        &["inbox.list.waiting", "inbox.fetch.repeat", "inbox.fetch.acknowledges-nothing", "inbox.fetch.dropped"],
    ),
    ("fails the whole list for one odd entry", &["inbox.list.malformed"]),
    ("hides an odd entry", &["inbox.list.malformed"]),
    ("takes an unreadable list for an empty one", &["inbox.list.garbled"]),
    ("calls an unknown key a broken item", &["inbox.fetch.undecryptable"]),
    ("hands out a document short", &["inbox.fetch.content"]),
    ("refuses a second acknowledge", &["inbox.fetch.dropped", "inbox.acknowledge.repeat", "inbox.acknowledge.lost"]),
    ("acknowledges everything at once", &["inbox.acknowledge.one"]),
    ("gives up mail that it only should refuse", &["inbox.refuse"]),
    ("keeps unopened mail to itself", &["inbox.unopened"]),
    ("opens what it tells of", &["inbox.unopened", "inbox.unopened.no-effect"]),
    ("never rests", &["inbox.capabilities"]),
    ("tells neither sender nor mark", &["inbox.fetch.content", "inbox.fetch.confidential"]),
];

#[derive(Debug)]
struct Broken {
    inner: MemoryInbox,
    fault: usize,
}

fn broken<const FAULT: usize>(inner: MemoryInbox) -> Arc<dyn Inbox> {
    Arc::new(Broken { inner, fault: FAULT })
}

#[async_trait]
impl Inbox for Broken {
    fn id(&self) -> &InboxId {
        self.inner.id()
    }

    fn capabilities(&self) -> InboxCapabilities {
        let mut capabilities = self.inner.capabilities();
        if self.fault == 11 {
            capabilities.poll_interval = Duration::ZERO;
        }
        capabilities
    }

    async fn list(&self) -> Result<Vec<Waiting>, PortError> {
        let list = self.inner.list().await;
        match (self.fault, list) {
            (1, Ok(list)) if list.iter().any(|waiting| waiting.problem.is_some()) => {
                Err(PortError::new(PortErrorKind::Rejected, "broken.list", "an odd entry"))
            }
            (2, Ok(list)) => Ok(list.into_iter().filter(|waiting| waiting.problem.is_none()).collect()),
            (3, Err(error)) if error.kind() == PortErrorKind::Rejected => Ok(Vec::new()),
            (_, list) => list,
        }
    }

    async fn fetch(&self, tenant: &TenantId, id: &ItemId, blobs: Arc<dyn Blobs>) -> Result<ReceivedMail, PortError> {
        let outcome = self.inner.fetch(tenant, id, blobs).await;
        match (self.fault, outcome) {
            (0, Ok(mail)) => {
                self.inner.acknowledge(id).await?;
                Ok(mail)
            }
            (4, Err(error)) if error.kind() == PortErrorKind::Misconfigured => {
                Err(PortError::new(PortErrorKind::Rejected, "broken.fetch", "no key opens it"))
            }
            (5, Ok(mut mail)) => {
                mail.documents.truncate(2);
                Ok(mail)
            }
            (12, Ok(mut mail)) => {
                mail.from = None;
                mail.confidential = false;
                Ok(mail)
            }
            (_, outcome) => outcome,
        }
    }

    async fn acknowledge(&self, id: &ItemId) -> Result<(), PortError> {
        let already = self.inner.room().parcel(id).is_some_and(|parcel| parcel.acknowledged > 0);
        if self.fault == 6 && already {
            return Err(PortError::new(PortErrorKind::Rejected, "broken.acknowledge", "already acknowledged"));
        }
        self.inner.acknowledge(id).await?;
        if self.fault == 7 {
            for id in self.inner.room().waiting() {
                self.inner.acknowledge(&id).await?;
            }
        }
        Ok(())
    }

    async fn refuse(&self, id: &ItemId, refusal: &Refusal) -> Result<(), PortError> {
        let mut refusal = refusal.clone();
        refusal.permanent |= self.fault == 8;
        self.inner.refuse(id, &refusal).await
    }

    async fn unopened(&self) -> Result<Vec<UnopenedMail>, PortError> {
        if self.fault == 9 {
            return Ok(Vec::new());
        }
        let unopened = self.inner.unopened().await?;
        if self.fault == 10 {
            for mail in &unopened {
                if let Some(item) = &mail.item {
                    self.inner.acknowledge(item).await?;
                }
            }
        }
        Ok(unopened)
    }

    async fn check(&self) -> Result<(), PortError> {
        self.inner.check().await
    }
}

fn check<const FAULT: usize>() {
    let report = at_once(run_inbox(&MemoryInboxHarness::wrapped(broken::<FAULT>)));
    let (what, expected) = FAULTS[FAULT];
    assert_eq!(failed(&report), expected, "an inbox that {what}:\n{report}");
}

#[test]
fn each_broken_inbox_fails_the_cases_that_are_about_its_fault() {
    check::<0>();
    check::<1>();
    check::<2>();
    check::<3>();
    check::<4>();
    check::<5>();
    check::<6>();
    check::<7>();
    check::<8>();
    check::<9>();
    check::<10>();
    check::<11>();
    check::<12>();
}

/// The other side has neither senders nor marks: a folder of scans.
#[derive(Debug)]
struct Plain(MemoryInboxHarness);

#[async_trait]
impl InboxHarness for Plain {
    fn name(&self) -> String {
        "an inbox of scans".to_owned()
    }

    async fn fresh(&self) -> Arc<dyn Inbox> {
        self.0.fresh().await
    }

    async fn drop_in(&self, mail: &SampleMail) -> ItemId {
        self.0.drop_in(mail).await
    }

    async fn peer(&self, id: &ItemId) -> Option<PeerItem> {
        self.0.peer(id).await
    }

    fn marks_confidential(&self) -> bool {
        false
    }

    fn tells_sender(&self) -> bool {
        false
    }

    fn offers_flaw(&self, flaw: SampleFlaw) -> bool {
        self.0.offers_flaw(flaw)
    }

    fn offers(&self, fault: InboxFault) -> bool {
        self.0.offers(fault)
    }

    async fn arm(&self, fault: InboxFault) {
        self.0.arm(fault).await;
    }
}

#[test]
fn an_inbox_whose_other_side_has_neither_senders_nor_marks_conforms() {
    at_once(run_inbox(&Plain(MemoryInboxHarness::wrapped(broken::<12>)))).assert_conforms();
}
