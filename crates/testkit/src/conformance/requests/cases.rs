use std::{collections::BTreeSet, sync::Arc, time::Duration};

use futures_util::poll;
use sakarkiv_core::{
    identity::EntryId,
    ports::{
        AccessRequest, AccessRequests,
        PortErrorKind::{Rejected, Transient, Unauthorised},
    },
};

use super::{
    RequestsCase,
    harness::{AskableEntry, RequestsFault, RequestsHarness},
};
use crate::conformance::{
    channel::case,
    privacy::fails_as,
    report::{Violation, demand, demand_eq, granted, violated},
};

type Outcome = Result<(), Violation>;
type Harness = dyn RequestsHarness;

pub(super) fn all() -> Vec<RequestsCase> {
    use RequestsFault as F;
    vec![
        case!("requests.list.sent", sent_only, "only requests that were really sent are listed"),
        case!("requests.list.late", sent_late, "a request that is sent after later ones is listed all the same"),
        case!("requests.list.repeat", list_again, "listing has no effect, and shows each id once"),
        case!("requests.list.order", oldest_first, "requests are listed oldest first"),
        case!("requests.fetch.content", content, "fetch gives what was asked for, when, and how to reach who asks"),
        case!("requests.fetch.several", several, "all that was asked for at once is there, and tied together"),
        case!("requests.fetch.numbers", by_numbers, "what is named only by its numbers is there"),
        case!("requests.fetch.repeat", fetch_again, "fetch may be repeated and marks nothing"),
        case!("requests.fetch.vanished", vanished, "what was listed can be fetched after its entry was taken out"),
        case!("requests.fetch.gone", gone, "Rejected when it is not there any more"),
        case!("requests.mark", mark, "a marked request is listed no more, ever"),
        case!("requests.mark.repeat", mark_again, "repeating it is Ok; so is an id that is not there any more"),
        case!("requests.mark.one", mark_one, "it marks this request and no other"),
        case!("requests.dropped", dropped, "every call may be dropped at any await and is then repeated"),
        case!("requests.errors.transient", transient, "Transient when the other side does not answer, never an empty list",
            needs "fault: down" => |h| without(h, F::Down)),
        case!("requests.errors.unauthorised", unauthorised, "Unauthorised when the credentials are refused",
            needs "fault: credentials" => |h| without(h, F::Unauthorised)),
        case!("requests.private", private, "Debug of a request tells nothing of who asks"),
    ]
}

fn without(harness: &Harness, fault: RequestsFault) -> Option<String> {
    (!harness.offers(fault)).then(|| format!("the harness cannot arrange {fault:?}"))
}

struct Situation<'a> {
    harness: &'a Harness,
    requests: Arc<dyn AccessRequests>,
    entries: Vec<AskableEntry>,
}

impl<'a> Situation<'a> {
    async fn new(harness: &'a Harness) -> Result<Self, Violation> {
        let requests = harness.fresh().await;
        let entries = harness.entries();
        demand(entries.len() >= 3, "at least three entries to ask for", entries.len())?;
        Ok(Self { harness, requests, entries })
    }

    fn entry(&self, at: usize) -> Result<&AskableEntry, Violation> {
        self.entries.get(at).ok_or_else(|| violated("another entry to ask for", self.entries.len()))
    }

    /// Asks for one entry, by an address that differs from the others.
    async fn ask(&self, at: usize) -> Result<String, Violation> {
        let entry = self.entry(at)?.entry;
        let asked = self.harness.ask(&format!("sporrer{at}@example.org"), &[entry]).await;
        self.harness.pass(Duration::from_secs(60));
        Ok(asked)
    }

    async fn ask_and_send(&self, at: usize) -> Result<(), Violation> {
        let asked = self.ask(at).await?;
        self.harness.send(&asked).await;
        self.harness.pass(Duration::from_secs(60));
        Ok(())
    }

    async fn listed(&self) -> Result<Vec<String>, Violation> {
        granted("list", self.requests.list().await)
    }

    async fn fetched(&self) -> Result<Vec<AccessRequest>, Violation> {
        let mut all = Vec::new();
        for id in self.listed().await? {
            all.push(granted("fetch", self.requests.fetch(&id).await)?);
        }
        Ok(all)
    }

    /// The only request that is listed.
    async fn only(&self) -> Result<String, Violation> {
        let mut listed = self.listed().await?;
        match (listed.pop(), listed.len()) {
            (Some(id), 0) => Ok(id),
            (id, more) => Err(violated("one request in the list", id.into_iter().count() + more)),
        }
    }
}

async fn sent_only(harness: &Harness) -> Outcome {
    let it = Situation::new(harness).await?;
    demand_eq("requests listed at first:", &it.listed().await?.len(), &0)?;
    let asked = it.ask(0).await?;
    demand_eq("requests listed before one is sent:", &it.listed().await?.len(), &0)?;
    harness.send(&asked).await;
    it.only().await.map(drop)
}

async fn sent_late(harness: &Harness) -> Outcome {
    let it = Situation::new(harness).await?;
    let asked = it.ask(0).await?;
    it.ask_and_send(1).await?;
    let first = it.only().await?;
    granted("fetch", it.requests.fetch(&first).await)?;
    granted("mark", it.requests.mark(&first).await)?;
    harness.pass(Duration::from_secs(26 * 3600));
    demand_eq("requests listed before the late one is sent:", &it.listed().await?.len(), &0)?;
    harness.send(&asked).await;
    let late = granted("fetch", it.requests.fetch(&it.only().await?).await)?;
    demand_eq("entries asked for:", &late.entries().collect::<Vec<_>>(), &vec![it.entry(0)?.entry])
}

async fn list_again(harness: &Harness) -> Outcome {
    let it = Situation::new(harness).await?;
    it.ask_and_send(0).await?;
    it.ask_and_send(1).await?;
    let first = it.listed().await?;
    demand_eq("different ids listed:", &first.iter().collect::<BTreeSet<_>>().len(), &2)?;
    demand_eq("ids listed again:", &it.listed().await?, &first)
}

async fn oldest_first(harness: &Harness) -> Outcome {
    let it = Situation::new(harness).await?;
    for at in [1, 0, 2] {
        it.ask_and_send(at).await?;
    }
    let order: Vec<EntryId> = it.fetched().await?.iter().flat_map(AccessRequest::entries).collect();
    let expected = [it.entry(1)?, it.entry(0)?, it.entry(2)?].map(|entry| entry.entry).to_vec();
    demand_eq("entries in the order of the list:", &order, &expected)
}

async fn content(harness: &Harness) -> Outcome {
    let it = Situation::new(harness).await?;
    let asked = it.ask(0).await?;
    let before = harness.now();
    harness.send(&asked).await;
    let request = granted("fetch", it.requests.fetch(&it.only().await?).await)?;
    demand_eq("entries asked for:", &request.entries().collect::<Vec<_>>(), &vec![it.entry(0)?.entry])?;
    let email = request.requester.email.as_ref().map(|email| email.expose().as_str());
    demand(email == Some("sporrer0@example.org"), "the address that was given", "another or none")?;
    let sent = request.sent >= before && request.sent <= harness.now();
    demand(sent, "the moment it was sent to us", request.sent)?;
    let wanted = request.wanted.first().map(|wanted| (wanted.case, wanted.number));
    let entry = it.entry(0)?;
    demand_eq("its numbers are", &wanted, &Some((Some(entry.case), Some(entry.number))))
}

async fn several(harness: &Harness) -> Outcome {
    let it = Situation::new(harness).await?;
    let all: Vec<EntryId> = it.entries.iter().map(|entry| entry.entry).collect();
    let asked = harness.ask("sporrer@example.org", &all).await;
    harness.send(&asked).await;
    let requests = it.fetched().await?;
    let wanted: BTreeSet<EntryId> = requests.iter().flat_map(AccessRequest::entries).collect();
    demand_eq("entries asked for:", &wanted, &all.into_iter().collect())?;
    let orders: BTreeSet<_> = requests.iter().map(|request| request.order.clone()).collect();
    let tied = requests.len() == 1 || (orders.len() == 1 && !orders.contains(&None));
    demand(tied, "one request, or several that are tied together", orders)
}

async fn by_numbers(harness: &Harness) -> Outcome {
    let it = Situation::new(harness).await?;
    let entry = it.entry(0)?;
    if !harness.ask_by_numbers("sporrer@example.org", entry).await {
        return Ok(());
    }
    let request = granted("fetch", it.requests.fetch(&it.only().await?).await)?;
    let wanted: Vec<_> = request.wanted.iter().map(|wanted| (wanted.case, wanted.number)).collect();
    demand_eq("what is asked for:", &wanted, &vec![(Some(entry.case), Some(entry.number))])
}

async fn fetch_again(harness: &Harness) -> Outcome {
    let it = Situation::new(harness).await?;
    it.ask_and_send(0).await?;
    let id = it.only().await?;
    let first = granted("fetch", it.requests.fetch(&id).await)?;
    let second = granted("fetch again", it.requests.fetch(&id).await)?;
    demand(first == second, "the same request again", "another one")?;
    demand_eq("the id listed afterwards:", &it.only().await?, &id)
}

async fn vanished(harness: &Harness) -> Outcome {
    let it = Situation::new(harness).await?;
    it.ask_and_send(0).await?;
    let id = it.only().await?;
    harness.take_out(it.entry(0)?.entry).await;
    let request = granted("fetch", it.requests.fetch(&id).await)?;
    demand_eq("things asked for:", &request.wanted.len(), &1)?;
    demand_eq("the id listed afterwards:", &it.only().await?, &id)
}

async fn gone(harness: &Harness) -> Outcome {
    let it = Situation::new(harness).await?;
    fails_as("fetch of what was never there", it.requests.fetch("ingen").await, &[Rejected])?;
    it.ask_and_send(0).await?;
    let id = it.only().await?;
    granted("mark", it.requests.mark(&id).await)?;
    fails_as("fetch", it.requests.fetch(&id).await, &[Rejected]).map(drop)
}

async fn mark(harness: &Harness) -> Outcome {
    let it = Situation::new(harness).await?;
    it.ask_and_send(0).await?;
    let id = it.only().await?;
    granted("fetch", it.requests.fetch(&id).await)?;
    granted("mark", it.requests.mark(&id).await)?;
    for _ in 0..2 {
        demand_eq("requests listed afterwards:", &it.listed().await?.len(), &0)?;
        harness.pass(Duration::from_secs(3600));
    }
    Ok(())
}

async fn mark_again(harness: &Harness) -> Outcome {
    let it = Situation::new(harness).await?;
    it.ask_and_send(0).await?;
    let id = it.only().await?;
    granted("mark", it.requests.mark(&id).await)?;
    granted("mark again", it.requests.mark(&id).await)?;
    granted("mark of what is not there", it.requests.mark("ingen").await)?;
    demand_eq("requests listed afterwards:", &it.listed().await?.len(), &0)
}

async fn mark_one(harness: &Harness) -> Outcome {
    let it = Situation::new(harness).await?;
    it.ask_and_send(0).await?;
    it.ask_and_send(1).await?;
    let listed = it.listed().await?;
    let [first, second] = listed.as_slice() else { return Err(violated("two requests in the list", listed.len())) };
    granted("mark", it.requests.mark(first).await)?;
    demand_eq("the id listed afterwards:", &it.only().await?, second)
}

async fn dropped(harness: &Harness) -> Outcome {
    let it = Situation::new(harness).await?;
    it.ask_and_send(0).await?;
    {
        let mut call = it.requests.list();
        // Whether it finishes at the first poll does not matter: it is given no second one.
        let _ = poll!(&mut call);
    }
    let id = it.only().await?;
    {
        let mut call = it.requests.mark(&id);
        let _ = poll!(&mut call);
    }
    granted("mark repeated", it.requests.mark(&id).await)?;
    demand_eq("requests listed afterwards:", &it.listed().await?.len(), &0)
}

async fn transient(harness: &Harness) -> Outcome {
    let it = Situation::new(harness).await?;
    it.ask_and_send(0).await?;
    harness.arm(RequestsFault::Down).await;
    fails_as("list", it.requests.list().await, &[Transient])?;
    it.only().await.map(drop)
}

async fn unauthorised(harness: &Harness) -> Outcome {
    let it = Situation::new(harness).await?;
    it.ask_and_send(0).await?;
    harness.arm(RequestsFault::Unauthorised).await;
    fails_as("list", it.requests.list().await, &[Unauthorised])?;
    it.only().await.map(drop)
}

async fn private(harness: &Harness) -> Outcome {
    let it = Situation::new(harness).await?;
    it.ask_and_send(0).await?;
    let request = granted("fetch", it.requests.fetch(&it.only().await?).await)?;
    let told = format!("{request:?}").contains("sporrer0");
    demand(!told, "Debug without the address of who asks", "one that tells it")
}
