use std::sync::Arc;

use futures_util::{TryStreamExt, poll};
use sakarkiv_core::{
    case::CaseNumber,
    identity::{CaseId, TenantId},
    intake::{CaseOutcome, CaseReceipt, Consignment, FaultCode, Place, Receipt, Rejection},
    ports::{
        Answer, Blobs, ConsignmentSource, Fetched, ItemId, PortError,
        PortErrorKind::{Rejected, Transient, Unauthorised},
    },
};

use super::{
    SourceCase,
    harness::{PeerConsignment, SampleConsignment, SourceFault, SourceHarness},
};
use crate::{
    conformance::{
        channel::case,
        privacy::{fails_as, tells_nothing},
        report::{Violation, demand, demand_eq, granted, violated},
        samples::{MOMENT, Samples, known},
    },
    memory::MemoryStore,
};

type Outcome = Result<(), Violation>;
type Harness = dyn SourceHarness;

pub(super) fn all() -> Vec<SourceCase> {
    use SourceFault as F;
    vec![
        case!("source.capabilities", capabilities, "what it is and can do is constant for the life of the value"),
        case!("source.list.empty", list_empty, "an empty list is normal"),
        case!("source.list.waiting", list_waiting, "list shows what waits, also when it was fetched but not answered"),
        case!("source.list.malformed", list_malformed, "a malformed consignment hides no other",
            needs "malformed consignments" => without_malformed),
        case!("source.fetch.content", content, "fetch gives what was handed in, its documents staged for the tenant"),
        case!("source.fetch.repeat", fetch_again, "repeating fetch gives the same consignment"),
        case!("source.fetch.effect", fetch_changes_nothing, "fetch changes nothing at the source"),
        case!("source.fetch.malformed", malformed, "what cannot be read is Faulty, so that its sender is told",
            needs "malformed consignments" => without_malformed),
        case!("source.fetch.gone", gone, "Rejected for an item that is not waiting"),
        case!("source.fetch.dropped", dropped, "every call may be dropped at any await"),
        case!("source.answer.received", received, "after a receipt the other side has it and the item waits no more"),
        case!("source.answer.rejected", rejected, "after a rejection the other side knows and the item waits no more"),
        case!("source.answer.set-aside", set_aside, "an item that is set aside goes on waiting"),
        case!("source.answer.repeat", answer_again, "repeating an answer is Ok; so is an item that waits no more"),
        case!("source.answer.one", answer_one, "an answer is about this item and no other"),
        case!("source.answer.lost", answer_lost, "an answer whose reply was lost is repeated",
            needs "fault: the reply is lost" => |h| without(h, F::DropAnswer)),
        case!("source.errors.transient", transient, "Transient when the other side does not answer",
            needs "fault: down" => |h| without(h, F::Down)),
        case!("source.errors.unauthorised", unauthorised, "Unauthorised when the credentials are refused",
            needs "fault: credentials" => |h| without(h, F::Unauthorised)),
        case!("source.errors.private", private, "neither Display nor Debug of an error carries personal data",
            needs "fault: down" => |h| without(h, F::Down)),
        case!("source.check", check, "check tests credentials and connection without taking anything in"),
    ]
}

fn without(harness: &Harness, fault: SourceFault) -> Option<String> {
    (!harness.offers(fault)).then(|| format!("the harness cannot arrange {fault:?}"))
}

fn without_malformed(harness: &Harness) -> Option<String> {
    (!harness.offers_malformed()).then(|| "the harness cannot arrange malformed consignments".to_owned())
}

struct Situation<'a> {
    harness: &'a Harness,
    source: Arc<dyn ConsignmentSource>,
    tenant: TenantId,
    blobs: Arc<MemoryStore>,
}

impl<'a> Situation<'a> {
    async fn new(harness: &'a Harness) -> Self {
        let tenant = Samples::new("proeve").tenant().clone();
        Self { harness, source: harness.fresh().await, tenant, blobs: Arc::default() }
    }

    async fn offer(&self, key: &str) -> ItemId {
        self.harness.offer(&SampleConsignment::new(key, 1)).await
    }

    async fn fetch(&self, id: &ItemId) -> Result<Fetched, PortError> {
        let blobs: Arc<dyn Blobs> = Arc::<MemoryStore>::clone(&self.blobs);
        self.source.fetch(&self.tenant, id, blobs).await
    }

    async fn fetched(&self, id: &ItemId) -> Result<Consignment, Violation> {
        match granted("fetch", self.fetch(id).await)? {
            Fetched::Consignment(consignment) => Ok(*consignment),
            other => Err(violated("a consignment", format!("{other:?}"))),
        }
    }

    async fn listed(&self) -> Result<Vec<ItemId>, Violation> {
        let list = granted("list", self.source.list().await)?;
        let mut ids: Vec<_> = list.into_iter().map(|waiting| waiting.id).collect();
        ids.sort();
        Ok(ids)
    }

    async fn answer(&self, id: &ItemId, answer: &Answer) -> Outcome {
        granted("answer", self.source.answer(id, answer).await)
    }

    async fn demand_peer(&self, id: &ItemId, wanted: &PeerConsignment) -> Outcome {
        let peer =
            self.harness.peer(id).await.ok_or_else(|| violated("the other side knows the item", "it does not"))?;
        demand_eq("on the other side:", &peer, wanted)
    }
}

const CASE: &str = "2026/318";

fn receipt(consignment: &Consignment) -> Answer {
    let case = CaseReceipt {
        id: CaseId::from_uuid(uuid::Uuid::from_u128(318)),
        number: known(CaseNumber::parse(CASE)),
        outcome: CaseOutcome::Opened,
    };
    let receipt = Receipt::new(consignment.source.clone(), consignment.key.clone(), MOMENT, case, Vec::new());
    Answer::Received(Box::new(receipt))
}

fn untouched() -> PeerConsignment {
    PeerConsignment::new(true, None, false)
}

fn has_receipt() -> PeerConsignment {
    PeerConsignment::new(false, Some(CASE.to_owned()), false)
}

async fn capabilities(harness: &Harness) -> Outcome {
    let it = Situation::new(harness).await;
    let (id, before) = (it.source.id().clone(), it.source.capabilities());
    let item = it.offer("a/1").await;
    it.fetched(&item).await?;
    demand_eq("its name:", it.source.id(), &id)?;
    demand_eq("its capabilities:", &it.source.capabilities(), &before)?;
    demand(!before.fetch_timeout.is_zero(), "some time for a fetch", before.fetch_timeout)?;
    demand(!before.poll_interval.is_zero(), "some time between two lists", before.poll_interval)
}

async fn list_empty(harness: &Harness) -> Outcome {
    let it = Situation::new(harness).await;
    demand_eq("what waits:", &it.listed().await?, &Vec::new())
}

async fn list_waiting(harness: &Harness) -> Outcome {
    let it = Situation::new(harness).await;
    let mut all = vec![it.offer("a/1").await, it.offer("a/2").await, it.offer("a/3").await];
    all.sort();
    demand_eq("what waits:", &it.listed().await?, &all)?;
    for item in &all {
        it.fetched(item).await?;
    }
    demand_eq("what waits after it was fetched:", &it.listed().await?, &all)
}

async fn list_malformed(harness: &Harness) -> Outcome {
    let it = Situation::new(harness).await;
    it.harness.offer(&SampleConsignment::new("a/1", 1).malformed()).await;
    let good = it.offer("a/2").await;
    demand(it.listed().await?.contains(&good), "the other item is listed", "it is hidden")
}

async fn content(harness: &Harness) -> Outcome {
    let it = Situation::new(harness).await;
    let sample = SampleConsignment::new("a/1", 3);
    let item = it.harness.offer(&sample).await;
    let consignment = it.fetched(&item).await?;
    demand_eq("its source:", &consignment.source, it.source.id())?;
    demand_eq("its key:", &consignment.key.as_str(), &sample.key.as_str())?;
    let title = consignment.facts.title.as_ref().map(|title| title.expose().as_str());
    demand_eq("the title of its case:", &title, &Some(sample.case_title.as_str()))?;
    let [entry] = consignment.entries.as_slice() else {
        return Err(violated("one entry", format!("{} entries", consignment.entries.len())));
    };
    demand_eq("the title of its entry:", &entry.title.expose().as_str(), &sample.title.as_str())?;
    let mut got = Vec::new();
    for file in entry.documents.iter().flat_map(|document| &document.files) {
        let stream = granted("opening a staged document", it.blobs.open(&it.tenant, &file.blob).await)?;
        let chunks: Vec<_> = granted("reading a staged document", stream.try_collect().await)?;
        got.push((file.name.as_str().to_owned(), bytes::Bytes::from(chunks.concat())));
    }
    demand(got == sample.documents, "every document, whole, under its name and in order", "other documents")
}

async fn fetch_again(harness: &Harness) -> Outcome {
    let it = Situation::new(harness).await;
    let item = it.harness.offer(&SampleConsignment::new("a/1", 2)).await;
    let first = it.fetched(&item).await?;
    demand(it.fetched(&item).await? == first, "the same consignment", "another one")
}

async fn fetch_changes_nothing(harness: &Harness) -> Outcome {
    let it = Situation::new(harness).await;
    let item = it.offer("a/1").await;
    it.fetched(&item).await?;
    it.demand_peer(&item, &untouched()).await
}

async fn malformed(harness: &Harness) -> Outcome {
    let it = Situation::new(harness).await;
    let item = it.harness.offer(&SampleConsignment::new("a/1", 1).malformed()).await;
    match granted("fetch", it.fetch(&item).await)? {
        Fetched::Faulty(rejection) => {
            let shown = format!("{rejection} {rejection:?}");
            demand(!shown.contains("Proeveperson"), "a rejection without personal data", "one that tells them")
        }
        other => Err(violated("Faulty", format!("{other:?}"))),
    }
}

async fn gone(harness: &Harness) -> Outcome {
    let it = Situation::new(harness).await;
    fails_as("fetching what never was", it.fetch(&ItemId("finnes-ikke".to_owned())).await, &[Rejected])?;
    let item = it.offer("a/1").await;
    let consignment = it.fetched(&item).await?;
    it.answer(&item, &receipt(&consignment)).await?;
    fails_as("fetching what was answered", it.fetch(&item).await, &[Rejected]).map(drop)
}

async fn dropped(harness: &Harness) -> Outcome {
    let it = Situation::new(harness).await;
    let item = it.harness.offer(&SampleConsignment::new("a/1", 2)).await;
    for _ in 0..2 {
        let mut call = Box::pin(it.fetch(&item));
        let _ = poll!(&mut call);
    }
    let consignment = it.fetched(&item).await?;
    let answer = receipt(&consignment);
    for _ in 0..2 {
        let mut call = Box::pin(it.source.answer(&item, &answer));
        let _ = poll!(&mut call);
    }
    it.answer(&item, &answer).await?;
    it.demand_peer(&item, &has_receipt()).await
}

async fn received(harness: &Harness) -> Outcome {
    let it = Situation::new(harness).await;
    let item = it.offer("a/1").await;
    let consignment = it.fetched(&item).await?;
    it.answer(&item, &receipt(&consignment)).await?;
    demand_eq("what waits:", &it.listed().await?, &Vec::new())?;
    it.demand_peer(&item, &has_receipt()).await
}

async fn rejected(harness: &Harness) -> Outcome {
    let it = Situation::new(harness).await;
    let item = it.offer("a/1").await;
    let rejection = Rejection::new(FaultCode::ScreeningMissing, Place::Entry { entry: 0 });
    it.answer(&item, &Answer::Rejected(rejection)).await?;
    demand_eq("what waits:", &it.listed().await?, &Vec::new())?;
    it.demand_peer(&item, &PeerConsignment::new(false, None, true)).await
}

async fn set_aside(harness: &Harness) -> Outcome {
    let it = Situation::new(harness).await;
    let item = it.offer("a/1").await;
    let reason = "the archive is away for now".to_owned();
    it.answer(&item, &Answer::SetAside { reason }).await?;
    demand_eq("what waits:", &it.listed().await?, &vec![item.clone()])?;
    it.demand_peer(&item, &untouched()).await?;
    it.fetched(&item).await.map(drop)
}

async fn answer_again(harness: &Harness) -> Outcome {
    let it = Situation::new(harness).await;
    let item = it.offer("a/1").await;
    let answer = receipt(&it.fetched(&item).await?);
    for _ in 0..3 {
        it.answer(&item, &answer).await?;
    }
    it.demand_peer(&item, &has_receipt()).await?;
    it.answer(&ItemId("finnes-ikke".to_owned()), &answer).await
}

async fn answer_one(harness: &Harness) -> Outcome {
    let it = Situation::new(harness).await;
    let (item, other) = (it.offer("a/1").await, it.offer("a/2").await);
    let consignment = it.fetched(&item).await?;
    it.answer(&item, &receipt(&consignment)).await?;
    demand_eq("what waits:", &it.listed().await?, &vec![other.clone()])?;
    it.demand_peer(&other, &untouched()).await
}

async fn answer_lost(harness: &Harness) -> Outcome {
    let it = Situation::new(harness).await;
    let item = it.offer("a/1").await;
    let answer = receipt(&it.fetched(&item).await?);
    harness.arm(SourceFault::DropAnswer).await;
    // An adapter may repeat it by itself; what it must not do is to call the lost reply a refusal.
    if let Err(error) = it.source.answer(&item, &answer).await {
        demand_eq("the error's kind is", &error.kind(), &Transient)?;
    }
    it.answer(&item, &answer).await?;
    it.demand_peer(&item, &has_receipt()).await
}

async fn transient(harness: &Harness) -> Outcome {
    let it = Situation::new(harness).await;
    let item = it.offer("a/1").await;
    harness.arm(SourceFault::Down).await;
    fails_as("listing", it.source.list().await, &[Transient])?;
    harness.arm(SourceFault::Down).await;
    fails_as("fetching", it.fetch(&item).await, &[Transient])?;
    harness.arm(SourceFault::Down).await;
    let reason = "away".to_owned();
    fails_as("answering", it.source.answer(&item, &Answer::SetAside { reason }).await, &[Transient])?;
    it.demand_peer(&item, &untouched()).await
}

async fn unauthorised(harness: &Harness) -> Outcome {
    let it = Situation::new(harness).await;
    harness.arm(SourceFault::Unauthorised).await;
    fails_as("listing", it.source.list().await, &[Unauthorised])?;
    harness.arm(SourceFault::Unauthorised).await;
    fails_as("checking", it.source.check().await, &[Unauthorised]).map(drop)
}

async fn private(harness: &Harness) -> Outcome {
    let it = Situation::new(harness).await;
    let item = it.offer("a/1").await;
    harness.arm(SourceFault::Down).await;
    let error = fails_as("fetching", it.fetch(&item).await, &[Transient])?;
    tells_nothing(&error, &["Proeveperson", "Vurdering"])
}

async fn check(harness: &Harness) -> Outcome {
    let it = Situation::new(harness).await;
    let item = it.offer("a/1").await;
    granted("check", it.source.check().await)?;
    it.demand_peer(&item, &untouched()).await
}
