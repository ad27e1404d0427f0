use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use async_trait::async_trait;
use futures_util::{TryStreamExt, poll};
use sakarkiv_core::{
    document::BlobRef,
    identity::TenantId,
    ports::{
        Blobs, ByteStream, Inbox, ItemId, PortError,
        PortErrorKind::{Misconfigured, Rejected, Transient, Unauthorised, Unsupported},
        ReceivedMail, Refusal, Waiting,
    },
};

use super::{
    InboxCase,
    harness::{InboxFault, InboxHarness, PeerItem, SampleFlaw, SampleMail},
};
use crate::{
    conformance::{
        channel::case,
        privacy::{fails_as, tells_nothing},
        report::{Violation, demand, demand_eq, granted, violated},
        samples::Samples,
    },
    memory::MemoryStore,
};

type Outcome = Result<(), Violation>;
type Harness = dyn InboxHarness;

pub(super) fn all() -> Vec<InboxCase> {
    use InboxFault as F;
    use SampleFlaw as S;
    vec![
        case!("inbox.capabilities", capabilities, "what it can do is constant for the life of the value"),
        case!(
            "inbox.list.waiting",
            lists_waiting,
            "list shows what is waiting, including what was fetched but not acknowledged"
        ),
        case!("inbox.list.no-effect", list_has_no_effect, "list has no effect on the other side"),
        case!("inbox.list.malformed", malformed, "one item that cannot be read is listed with its problem and hides no other",
            needs "flaw: malformed list entry" => |h| without_flaw(h, S::MalformedEntry)),
        case!("inbox.list.twice", listed_twice, "an item that the other side lists twice can be taken in",
            needs "flaw: listed twice" => |h| without_flaw(h, S::ListedTwice)),
        case!("inbox.list.garbled", garbled, "Rejected when the whole list cannot be read, never an empty list",
            needs "fault: garbled list" => |h| without(h, F::GarbledList)),
        case!("inbox.fetch.content", content, "fetch gives what was sent, its documents staged for the tenant"),
        case!("inbox.fetch.confidential", confidential, "mail sent as confidential is marked so",
            needs "confidential mail" => without_marks),
        case!("inbox.fetch.empty", no_documents, "mail may have no documents"),
        case!("inbox.fetch.repeat", fetch_again, "fetch may be repeated"),
        case!("inbox.fetch.acknowledges-nothing", fetch_acknowledges_nothing, "fetch acknowledges nothing"),
        case!("inbox.fetch.undecryptable", undecryptable, "Misconfigured when no key of ours opens it, and nothing is staged",
            needs "flaw: undecryptable" => |h| without_flaw(h, S::Undecryptable)),
        case!("inbox.fetch.broken", broken, "Rejected for an item that is broken in itself, and nothing is staged",
            needs "flaw: broken" => |h| without_flaw(h, S::Broken)),
        case!("inbox.fetch.gone", gone, "Rejected for an item that is not there any more"),
        case!("inbox.fetch.dropped", dropped, "every call may be dropped at any await"),
        case!("inbox.acknowledge", acknowledge, "an acknowledged item is ours, and the other side knows"),
        case!(
            "inbox.acknowledge.repeat",
            acknowledge_again,
            "repeating it is Ok; so is an item that is not waiting any more"
        ),
        case!("inbox.acknowledge.one", acknowledge_one, "it tells of this item and no other"),
        case!("inbox.acknowledge.lost", acknowledge_lost, "an acknowledge whose answer was lost is repeated",
            needs "fault: the answer is lost" => |h| without(h, F::DropAnswer)),
        case!(
            "inbox.refuse",
            refuse,
            "without permanent the item stays waiting, and the other side knows why where it can be told"
        ),
        case!("inbox.refuse.permanent", refuse_permanent, "a permanent refusal is Unsupported unless claimed"),
        case!(
            "inbox.unopened",
            unopened,
            "confidential mail that nobody has opened is told of, where it can be, until it is acknowledged"
        ),
        case!(
            "inbox.unopened.no-effect",
            unopened_has_no_effect,
            "asking for it opens nothing and acknowledges nothing"
        ),
        case!("inbox.errors.transient", transient, "Transient when the other side does not answer",
            needs "fault: down" => |h| without(h, F::Down)),
        case!("inbox.errors.unauthorised", unauthorised, "Unauthorised when the credentials are refused",
            needs "fault: credentials" => |h| without(h, F::Unauthorised)),
        case!("inbox.errors.private", private, "neither Display nor Debug of an error carries personal data",
            needs "flaw: broken" => |h| without_flaw(h, S::Broken)),
        case!("inbox.check", check, "check tests credentials and connection without taking anything in"),
    ]
}

fn without(harness: &Harness, fault: InboxFault) -> Option<String> {
    (!harness.offers(fault)).then(|| format!("the harness cannot arrange {fault:?}"))
}

fn without_marks(harness: &Harness) -> Option<String> {
    (!harness.marks_confidential()).then(|| "the other side marks no mail as confidential".to_owned())
}

fn without_flaw(harness: &Harness, flaw: SampleFlaw) -> Option<String> {
    (!harness.offers_flaw(flaw)).then(|| format!("the harness cannot arrange mail that is {flaw:?}"))
}

/// Documents that count what is staged, so that a failed fetch can be seen to have left nothing.
#[derive(Debug, Default)]
struct Counted {
    store: MemoryStore,
    staged: AtomicUsize,
}

#[async_trait]
impl Blobs for Counted {
    async fn put(&self, tenant: &TenantId, content: ByteStream, limit: u64) -> Result<BlobRef, PortError> {
        let blob = self.store.put(tenant, content, limit).await?;
        self.staged.fetch_add(1, Ordering::SeqCst);
        Ok(blob)
    }

    async fn open(&self, tenant: &TenantId, blob: &BlobRef) -> Result<ByteStream, PortError> {
        self.store.open(tenant, blob).await
    }
}

struct Situation<'a> {
    harness: &'a Harness,
    inbox: Arc<dyn Inbox>,
    tenant: TenantId,
    blobs: Arc<Counted>,
}

impl<'a> Situation<'a> {
    async fn new(harness: &'a Harness) -> Self {
        let tenant = Samples::new("proeve").tenant().clone();
        Self { harness, inbox: harness.fresh().await, tenant, blobs: Arc::default() }
    }

    async fn fetch(&self, id: &ItemId) -> Result<ReceivedMail, PortError> {
        let blobs: Arc<dyn Blobs> = Arc::<Counted>::clone(&self.blobs);
        self.inbox.fetch(&self.tenant, id, blobs).await
    }

    async fn list(&self) -> Result<Vec<Waiting>, Violation> {
        granted("list", self.inbox.list().await)
    }

    async fn listed(&self) -> Result<Vec<ItemId>, Violation> {
        let mut ids: Vec<_> = self.list().await?.into_iter().map(|waiting| waiting.id).collect();
        ids.sort();
        ids.dedup();
        Ok(ids)
    }

    async fn unopened(&self) -> Result<Vec<ItemId>, Violation> {
        let told = granted("unopened", self.inbox.unopened().await)?;
        Ok(told.into_iter().filter_map(|mail| mail.item).collect())
    }

    async fn peer(&self, id: &ItemId) -> Result<PeerItem, Violation> {
        self.harness.peer(id).await.ok_or_else(|| violated("the other side knows the item", "it does not"))
    }

    async fn demand_untouched(&self, id: &ItemId) -> Outcome {
        demand_eq("the item on the other side is", &self.peer(id).await?, &PeerItem::untouched())
    }

    fn demand_nothing_staged(&self) -> Outcome {
        demand_eq("documents staged:", &self.blobs.staged.load(Ordering::SeqCst), &0)
    }

    /// Everything of some mail, its documents as bytes.
    async fn bytes_of(&self, mail: &ReceivedMail) -> Result<Vec<Vec<u8>>, Violation> {
        let mut all = Vec::new();
        for document in &mail.documents {
            let stream = granted("opening a staged document", self.blobs.open(&self.tenant, &document.blob).await)?;
            let chunks: Vec<_> = granted("reading a staged document", stream.try_collect().await)?;
            all.push(chunks.concat());
        }
        Ok(all)
    }
}

async fn capabilities(harness: &Harness) -> Outcome {
    let it = Situation::new(harness).await;
    let (id, before) = (it.inbox.id().clone(), it.inbox.capabilities());
    demand(before.list_cap != Some(0), "a list that can show something", before.list_cap)?;
    demand(!before.poll_interval.is_zero(), "some time between two lists", before.poll_interval)?;
    demand(!before.fetch_timeout.is_zero(), "some time for a fetch", before.fetch_timeout)?;
    let item = harness.drop_in(&SampleMail::new("Brev", 1)).await;
    granted("fetch", it.fetch(&item).await)?;
    demand_eq("capabilities after use are", &it.inbox.capabilities(), &before)?;
    demand_eq("the name after use is", it.inbox.id(), &id)
}

async fn lists_waiting(harness: &Harness) -> Outcome {
    let it = Situation::new(harness).await;
    demand_eq("ids listed at first:", &it.listed().await?, &Vec::new())?;
    let mut items = Vec::new();
    for title in ["Brev en", "Brev to", "Brev tre"] {
        items.push(harness.drop_in(&SampleMail::new(title, 1)).await);
    }
    items.sort();
    demand_eq("ids listed:", &it.listed().await?, &items)?;
    for item in &items {
        granted("fetch", it.fetch(item).await)?;
    }
    demand_eq("ids listed after fetching:", &it.listed().await?, &items)
}

async fn list_has_no_effect(harness: &Harness) -> Outcome {
    let it = Situation::new(harness).await;
    let item = harness.drop_in(&SampleMail::new("Brev", 1)).await;
    it.list().await?;
    it.list().await?;
    it.demand_untouched(&item).await
}

async fn malformed(harness: &Harness) -> Outcome {
    let it = Situation::new(harness).await;
    let before = harness.drop_in(&SampleMail::new("Brev en", 1)).await;
    harness.drop_in(&SampleMail::new("Brev to", 1).with(SampleFlaw::MalformedEntry)).await;
    let after = harness.drop_in(&SampleMail::new("Brev tre", 1)).await;
    let list = it.list().await?;
    let sound: Vec<_> = list.iter().filter(|waiting| waiting.problem.is_none()).map(|waiting| &waiting.id).collect();
    demand(sound.contains(&&before) && sound.contains(&&after), "the sound items in the list", &list)?;
    demand(list.iter().any(|waiting| waiting.problem.is_some()), "the odd item in the list with its problem", &list)
}

async fn listed_twice(harness: &Harness) -> Outcome {
    let it = Situation::new(harness).await;
    let item = harness.drop_in(&SampleMail::new("Brev", 1).with(SampleFlaw::ListedTwice)).await;
    demand_eq("different ids listed:", &it.listed().await?, &vec![item.clone()])?;
    granted("fetch", it.fetch(&item).await)?;
    granted("acknowledge", it.inbox.acknowledge(&item).await)?;
    demand_eq("ids listed afterwards:", &it.listed().await?, &Vec::new())
}

async fn garbled(harness: &Harness) -> Outcome {
    let it = Situation::new(harness).await;
    harness.drop_in(&SampleMail::new("Brev", 1)).await;
    harness.arm(InboxFault::GarbledList).await;
    fails_as("list", it.inbox.list().await, &[Rejected]).map(drop)
}

async fn content(harness: &Harness) -> Outcome {
    let it = Situation::new(harness).await;
    let sent = SampleMail::new("Innsendt soeknad", 3);
    let item = harness.drop_in(&sent).await;
    let mail = granted("fetch", it.fetch(&item).await)?;
    demand_eq("the id is", &mail.id, &item)?;
    demand(mail.title.expose() == &sent.title, "the title as it was sent", "another one")?;
    let from = mail.from.as_ref().map(|from| from.name.expose());
    demand(from == harness.tells_sender().then_some(&sent.sender), "the sender as it was given", "another one")?;
    let names: Vec<_> = mail.documents.iter().map(|document| document.file_name.as_str().to_owned()).collect();
    let expected: Vec<_> = sent.documents.iter().map(|(name, ..)| name.clone()).collect();
    demand_eq("file names", &names, &expected)?;
    let bytes = it.bytes_of(&mail).await?;
    let same = bytes.iter().eq(sent.documents.iter().map(|(.., content)| content));
    demand(same, "the documents' bytes as they were sent", bytes.iter().map(Vec::len).collect::<Vec<_>>())?;
    let stranger = Samples::new("annen").tenant().clone();
    for document in &mail.documents {
        let seen = it.blobs.open(&stranger, &document.blob).await.is_ok();
        demand(!seen, "documents staged for this tenant only", "another tenant can open one")?;
    }
    Ok(())
}

async fn confidential(harness: &Harness) -> Outcome {
    let it = Situation::new(harness).await;
    for expected in [true, false] {
        let mut mail = SampleMail::new("Brev", 1);
        mail.confidential = expected;
        let item = harness.drop_in(&mail).await;
        let mail = granted("fetch", it.fetch(&item).await)?;
        demand_eq("marked confidential:", &mail.confidential, &expected)?;
    }
    Ok(())
}

async fn no_documents(harness: &Harness) -> Outcome {
    let it = Situation::new(harness).await;
    let item = harness.drop_in(&SampleMail::new("Bare en tittel", 0)).await;
    let mail = granted("fetch", it.fetch(&item).await)?;
    demand_eq("documents:", &mail.documents.len(), &0)
}

async fn fetch_again(harness: &Harness) -> Outcome {
    let it = Situation::new(harness).await;
    let item = harness.drop_in(&SampleMail::new("Brev", 2)).await;
    let first = granted("fetch", it.fetch(&item).await)?;
    let second = granted("fetch again", it.fetch(&item).await)?;
    demand(first == second, "the same mail again", "another one")
}

async fn fetch_acknowledges_nothing(harness: &Harness) -> Outcome {
    let it = Situation::new(harness).await;
    let item = harness.drop_in(&SampleMail::new("Brev", 1)).await;
    granted("fetch", it.fetch(&item).await)?;
    it.demand_untouched(&item).await
}

async fn undecryptable(harness: &Harness) -> Outcome {
    let it = Situation::new(harness).await;
    let item = harness.drop_in(&SampleMail::new("Brev", 1).with(SampleFlaw::Undecryptable)).await;
    fails_as("fetch", it.fetch(&item).await, &[Misconfigured])?;
    it.demand_nothing_staged()?;
    it.demand_untouched(&item).await
}

async fn broken(harness: &Harness) -> Outcome {
    let it = Situation::new(harness).await;
    let item = harness.drop_in(&SampleMail::new("Brev", 1).with(SampleFlaw::Broken)).await;
    fails_as("fetch", it.fetch(&item).await, &[Rejected])?;
    it.demand_nothing_staged()?;
    it.demand_untouched(&item).await
}

async fn gone(harness: &Harness) -> Outcome {
    let it = Situation::new(harness).await;
    let item = harness.drop_in(&SampleMail::new("Brev", 1)).await;
    granted("fetch", it.fetch(&item).await)?;
    granted("acknowledge", it.inbox.acknowledge(&item).await)?;
    fails_as("fetch", it.fetch(&item).await, &[Rejected]).map(drop)
}

async fn dropped(harness: &Harness) -> Outcome {
    let it = Situation::new(harness).await;
    let item = harness.drop_in(&SampleMail::new("Brev", 1)).await;
    {
        let mut call = Box::pin(it.fetch(&item));
        // Whether it finishes at the first poll does not matter: it is given no second one.
        let _ = poll!(&mut call);
    }
    it.demand_untouched(&item).await?;
    granted("fetch", it.fetch(&item).await)?;
    {
        let mut call = it.inbox.acknowledge(&item);
        let _ = poll!(&mut call);
    }
    granted("acknowledge repeated", it.inbox.acknowledge(&item).await)?;
    demand(it.peer(&item).await?.acknowledged, "acknowledged on the other side", "not")
}

async fn acknowledge(harness: &Harness) -> Outcome {
    let it = Situation::new(harness).await;
    let item = harness.drop_in(&SampleMail::new("Brev", 1)).await;
    granted("fetch", it.fetch(&item).await)?;
    granted("acknowledge", it.inbox.acknowledge(&item).await)?;
    let peer = it.peer(&item).await?;
    demand(peer.acknowledged && !peer.waiting, "acknowledged and not waiting on the other side", peer)?;
    demand_eq("ids listed afterwards:", &it.listed().await?, &Vec::new())
}

async fn acknowledge_again(harness: &Harness) -> Outcome {
    let it = Situation::new(harness).await;
    let item = harness.drop_in(&SampleMail::new("Brev", 1)).await;
    granted("fetch", it.fetch(&item).await)?;
    granted("acknowledge", it.inbox.acknowledge(&item).await)?;
    granted("acknowledge again", it.inbox.acknowledge(&item).await)
}

async fn acknowledge_one(harness: &Harness) -> Outcome {
    let it = Situation::new(harness).await;
    let first = harness.drop_in(&SampleMail::new("Brev en", 1)).await;
    let second = harness.drop_in(&SampleMail::new("Brev to", 1)).await;
    granted("fetch", it.fetch(&first).await)?;
    granted("acknowledge", it.inbox.acknowledge(&first).await)?;
    it.demand_untouched(&second).await?;
    demand_eq("ids listed:", &it.listed().await?, &vec![second])
}

async fn acknowledge_lost(harness: &Harness) -> Outcome {
    let it = Situation::new(harness).await;
    let item = harness.drop_in(&SampleMail::new("Brev", 1)).await;
    granted("fetch", it.fetch(&item).await)?;
    harness.arm(InboxFault::DropAnswer).await;
    // An adapter may repeat it by itself; what it must not do is to call the lost answer a refusal.
    if let Err(error) = it.inbox.acknowledge(&item).await {
        demand_eq("the error's kind is", &error.kind(), &Transient)?;
    }
    granted("acknowledge repeated", it.inbox.acknowledge(&item).await)?;
    demand(it.peer(&item).await?.acknowledged, "acknowledged on the other side", "not")
}

async fn refuse(harness: &Harness) -> Outcome {
    let it = Situation::new(harness).await;
    let item = harness.drop_in(&SampleMail::new("Brev", 1)).await;
    let refusal = Refusal { reason: "ingen noekkel passer".to_owned(), permanent: false };
    granted("refuse", it.inbox.refuse(&item, &refusal).await)?;
    let peer = it.peer(&item).await?;
    demand(peer.waiting && !peer.acknowledged, "still waiting on the other side", &peer)?;
    if it.inbox.capabilities().tells_refusals {
        demand(peer.refusals.iter().any(|text| text.contains(&refusal.reason)), "the reason on the other side", &peer)?;
    }
    demand_eq("ids listed afterwards:", &it.listed().await?, &vec![item])
}

async fn refuse_permanent(harness: &Harness) -> Outcome {
    let it = Situation::new(harness).await;
    let item = harness.drop_in(&SampleMail::new("Brev", 1)).await;
    let refusal = Refusal { reason: "feil mottaker".to_owned(), permanent: true };
    let outcome = it.inbox.refuse(&item, &refusal).await;
    if !it.inbox.capabilities().permanent_refusal {
        fails_as("refuse", outcome, &[Unsupported])?;
        return demand(it.peer(&item).await?.waiting, "still waiting on the other side", "not");
    }
    granted("refuse", outcome)?;
    let peer = it.peer(&item).await?;
    demand(!peer.waiting && !peer.acknowledged, "given up and not acknowledged on the other side", &peer)
}

async fn unopened(harness: &Harness) -> Outcome {
    let it = Situation::new(harness).await;
    let open = harness.drop_in(&SampleMail::new("Brev", 1)).await;
    let item = harness.drop_in(&confidential_mail()).await;
    let told = it.unopened().await?;
    if !it.inbox.capabilities().tells_unopened {
        return demand_eq("items told of:", &told, &Vec::new());
    }
    demand(told.contains(&item), "the confidential item among the unopened", &told)?;
    demand(!told.contains(&open), "no item that is not confidential among the unopened", &told)?;
    granted("fetch", it.fetch(&item).await)?;
    granted("acknowledge", it.inbox.acknowledge(&item).await)?;
    let after = it.unopened().await?;
    demand(!after.contains(&item), "an acknowledged item to be unopened no more", &after)
}

async fn unopened_has_no_effect(harness: &Harness) -> Outcome {
    let it = Situation::new(harness).await;
    let item = harness.drop_in(&confidential_mail()).await;
    it.unopened().await?;
    it.unopened().await?;
    it.demand_untouched(&item).await?;
    demand_eq("ids listed afterwards:", &it.listed().await?, &vec![item])
}

fn confidential_mail() -> SampleMail {
    let mut mail = SampleMail::new("Taushetsbelagt brev", 1);
    mail.confidential = true;
    mail
}

async fn transient(harness: &Harness) -> Outcome {
    every_call_fails(harness, InboxFault::Down, Transient).await
}

async fn unauthorised(harness: &Harness) -> Outcome {
    every_call_fails(harness, InboxFault::Unauthorised, Unauthorised).await
}

async fn every_call_fails(harness: &Harness, fault: InboxFault, kind: sakarkiv_core::ports::PortErrorKind) -> Outcome {
    let it = Situation::new(harness).await;
    let item = harness.drop_in(&SampleMail::new("Brev", 1)).await;
    harness.arm(fault).await;
    fails_as("list", it.inbox.list().await, &[kind])?;
    harness.arm(fault).await;
    fails_as("fetch", it.fetch(&item).await, &[kind])?;
    it.demand_nothing_staged()?;
    harness.arm(fault).await;
    fails_as("acknowledge", it.inbox.acknowledge(&item).await, &[kind])?;
    it.demand_untouched(&item).await?;
    if it.inbox.capabilities().tells_refusals {
        harness.arm(fault).await;
        let refusal = Refusal { reason: "ikke naa".to_owned(), permanent: false };
        fails_as("refuse", it.inbox.refuse(&item, &refusal).await, &[kind])?;
    }
    harness.arm(fault).await;
    fails_as("check", it.inbox.check().await, &[kind]).map(drop)
}

async fn private(harness: &Harness) -> Outcome {
    let it = Situation::new(harness).await;
    let mail = SampleMail::new("Bekymringsmelding om Kari Testperson", 1).with(SampleFlaw::Broken);
    let item = harness.drop_in(&mail).await;
    let error = it.fetch(&item).await.err().ok_or_else(|| violated("an error", "success"))?;
    tells_nothing(&error, &[&mail.title, &mail.sender])
}

async fn check(harness: &Harness) -> Outcome {
    let it = Situation::new(harness).await;
    let item = harness.drop_in(&SampleMail::new("Brev", 1)).await;
    granted("check", it.inbox.check().await)?;
    it.demand_untouched(&item).await
}
