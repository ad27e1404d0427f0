//! Entries.

use std::{sync::Arc, time::Duration};

use futures_util::poll;
use sakarkiv_core::{
    identity::{CaseId, EntryId},
    ports::{
        JournalPublisher, PortError,
        PortErrorKind::{Rejected, Transient, Unauthorised, Unknown},
        Published,
    },
    publication::{PublicRecord, PublicText},
};

use super::{
    JournalCase,
    harness::{JournalFault, JournalHarness, ShownEntry},
};
use crate::conformance::{
    channel::case,
    privacy::{fails_as, tells_nothing},
    public_samples::{cleared, public_file},
    report::{Violation, demand, demand_eq, granted, violated},
    samples::Samples,
};

type Outcome = Result<(), Violation>;
type Harness = dyn JournalHarness;

pub(super) fn all() -> Vec<JournalCase> {
    use JournalFault as F;
    vec![
        case!("journal.capabilities", capabilities, "what it can do is constant for the life of the value"),
        case!("journal.publish.shown", shown, "a published entry is shown with its parties and documents"),
        case!("journal.publish.repeat", repeat, "repeating it gives the same"),
        case!("journal.publish.newer", newer, "a newer revision takes the place of the one before"),
        case!("journal.publish.taken-out", taken_out, "what is not in the record any more is taken out"),
        case!("journal.publish.older", older, "an older revision than the newest published is Ok and changes nothing"),
        case!("journal.publish.lost-answer", lost_answer, "repeating it gives the same, also after a lost answer",
            needs "fault: the answer is lost" => |h| without(h, F::DropAnswer)),
        case!("journal.publish.older-than-tried", older_than_tried,
            "an older revision than the newest tried is Ok and changes nothing",
            needs "fault: the answer is lost" => |h| without(h, F::DropAnswer)),
        case!("journal.publish.lost-request", lost_request, "what did not arrive is published when it is repeated",
            needs "fault: the request is lost" => |h| without(h, F::DropRequest)),
        case!("journal.publish.busy", busy, "the wait that the other side asks for is handed on, with Transient",
            needs "fault: busy" => |h| without(h, F::Busy(WAIT))),
        case!("journal.publish.refused", refused, "Rejected as the other side says",
            needs "fault: refusal" => |h| without(h, F::Refuse)),
        case!("journal.publish.unauthorised", unauthorised, "Unauthorised when the credentials are refused",
            needs "fault: credentials" => |h| without(h, F::Unauthorised)),
        case!("journal.publish.dropped", dropped, "every call may be dropped at any await and is then repeated"),
        case!("journal.publish.not-yet", not_yet, "an entry is not shown before its moment, nor anything in it"),
        case!("journal.publish.file", file, "a file is not readable before its moment, and is afterwards"),
        case!("journal.publish.file-closed", file_closed, "a file that is not in the record any more is not readable"),
        case!("journal.publish.shared-document", shared_document, "each entry shows a document as its own record says"),
        case!("journal.withdraw", withdraw, "a withdrawn entry is not shown, nor anything of it"),
        case!("journal.withdraw.one", withdraw_one, "withdrawing one entry leaves the others of its case"),
        case!("journal.withdraw.repeat", withdraw_repeat, "Ok also when it was not there"),
        case!(
            "journal.withdraw.older",
            withdraw_older,
            "an older revision than the newest withdrawn is Ok and changes nothing"
        ),
        case!("journal.withdraw.again", withdraw_and_publish, "a newer revision is shown again after a withdrawal"),
        case!("journal.withdraw.lost", withdraw_lost, "a withdraw whose answer was lost is repeated",
            needs "fault: the answer is lost" => |h| without(h, F::DropAnswer)),
        case!(
            "journal.published",
            published,
            "published tells entries with their revisions, in the order of their ids"
        ),
        case!("journal.published.drift", drift, "published tells what the other side has now, and publishing mends it"),
        case!("journal.errors.private", private, "neither Display nor Debug of an error carries personal data",
            needs "fault: refusal" => |h| without(h, F::Refuse)),
    ]
}

fn without(harness: &Harness, fault: JournalFault) -> Option<String> {
    (!harness.offers(fault)).then(|| format!("the harness cannot arrange {fault:?}"))
}

const WAIT: Duration = Duration::from_secs(30);
const PERSON: &str = "Ola Testperson";

struct Situation<'a> {
    harness: &'a Harness,
    publisher: Arc<dyn JournalPublisher>,
    samples: Samples,
    case: CaseId,
}

impl<'a> Situation<'a> {
    async fn new(harness: &'a Harness) -> Self {
        let mut samples = Samples::new(harness.tenant().as_str());
        let case = samples.case_id();
        Self { harness, publisher: harness.fresh().await, samples, case }
    }

    fn record(&mut self) -> PublicRecord {
        self.samples.public_record(self.case, 1)
    }

    async fn publish(&self, record: &PublicRecord) -> Result<(), PortError> {
        self.publisher.publish(&cleared(record)).await
    }

    /// Publishes what must be taken.
    async fn published(&self, record: &PublicRecord) -> Outcome {
        granted("publish", self.publish(record).await)
    }

    /// The one copy of an entry that is shown.
    async fn copy(&self, entry: EntryId) -> Result<ShownEntry, Violation> {
        let mut copies = self.harness.shown(entry).await;
        match (copies.pop(), copies.len()) {
            (Some(copy), 0) => Ok(copy),
            (copy, more) => Err(violated("one copy of the entry", copy.into_iter().count() + more)),
        }
    }

    /// Demands that an entry is shown exactly as its record says.
    async fn demand_shown(&self, record: &PublicRecord) -> Outcome {
        let mut copy = self.copy(record.entry).await?;
        let sorted = |mut texts: Vec<String>| {
            texts.sort();
            texts
        };
        demand_eq("the title is", &copy.title, &record.journal.title.shown)?;
        demand_eq("the title of the case is", &copy.case, &record.case.title.shown)?;
        let names = record.parties.iter().map(|party| party.name.shown.clone()).collect();
        demand_eq("the parties are", &sorted(std::mem::take(&mut copy.parties)), &sorted(names))?;
        let titles = record.documents.iter().map(|document| document.title.shown.clone()).collect();
        demand_eq("the documents are", &sorted(std::mem::take(&mut copy.documents)), &sorted(titles))
    }

    async fn demand_nothing_of(&self, record: &PublicRecord) -> Outcome {
        demand_eq("copies of the entry:", &self.harness.shown(record.entry).await.len(), &0)?;
        let everything = self.harness.everything().await;
        let titles = [&record.journal.title.shown, &record.journal.title.searchable];
        let told = titles.into_iter().chain(record.documents.iter().map(|document| &document.title.shown));
        let told: Vec<&String> = told.filter(|text| everything.contains(text.as_str())).collect();
        demand(told.is_empty() && !everything.contains(PERSON), "nothing of the entry to be read", told)
    }

    /// Everything that is published, page by page.
    async fn list(&self) -> Result<Vec<Published>, Violation> {
        let mut all: Vec<Published> = Vec::new();
        loop {
            let after = all.last().map(|last| last.entry);
            let page = granted("published", self.publisher.published(after).await)?;
            if page.is_empty() {
                return Ok(all);
            }
            let most = self.publisher.capabilities().page;
            demand(page.len() <= most, &format!("at most {most} entries in one answer"), page.len())?;
            all.extend(page);
            demand(all.len() < 1000, "an end of the list", "none")?;
        }
    }
}

/// The same record one revision on, changed.
fn next(record: &PublicRecord, change: impl FnOnce(&mut PublicRecord)) -> PublicRecord {
    let mut next = record.clone().with_revision(record.revision + 1);
    change(&mut next);
    next
}

async fn capabilities(harness: &Harness) -> Outcome {
    let mut it = Situation::new(harness).await;
    let before = it.publisher.capabilities();
    demand(before.page > 0, "a page of at least one", before.page)?;
    let record = it.record();
    it.published(&record).await?;
    demand_eq("capabilities after use are", &it.publisher.capabilities(), &before)
}

async fn shown(harness: &Harness) -> Outcome {
    let mut it = Situation::new(harness).await;
    let record = it.record();
    it.published(&record).await?;
    it.demand_shown(&record).await?;
    let other = it.samples.public_record(it.case, 2);
    it.published(&other).await?;
    it.demand_shown(&other).await?;
    it.demand_shown(&record).await
}

async fn repeat(harness: &Harness) -> Outcome {
    let mut it = Situation::new(harness).await;
    let record = it.record();
    for _ in 0..3 {
        it.published(&record).await?;
        it.demand_shown(&record).await?;
    }
    Ok(())
}

async fn newer(harness: &Harness) -> Outcome {
    let mut it = Situation::new(harness).await;
    let record = it.record();
    it.published(&record).await?;
    let added = it.samples.public_document(2, "Kart over tomta");
    let newer = next(&record, |record| {
        record.journal.title = PublicText::nameless("Nabomerknad");
        record.case.title = PublicText::nameless("Proeveveien 1: naust");
        record.parties.iter_mut().take(1).for_each(|party| party.name = PublicText::masked());
        record.documents.iter_mut().for_each(|document| document.title = PublicText::nameless("Merknad"));
        record.documents.push(added);
        record.journal.screening = None;
    });
    it.published(&newer).await?;
    it.demand_shown(&newer).await?;
    let everything = harness.everything().await;
    let left = [PERSON, "offl. § 13"].into_iter().filter(|text| everything.contains(text)).collect::<Vec<_>>();
    demand(left.is_empty(), "nothing left of the revision before", left)
}

async fn taken_out(harness: &Harness) -> Outcome {
    let mut it = Situation::new(harness).await;
    let record = it.record();
    it.published(&record).await?;
    let newer = next(&record, |record| {
        record.parties.clear();
        record.documents.clear();
    });
    it.published(&newer).await?;
    it.demand_shown(&newer).await
}

async fn older(harness: &Harness) -> Outcome {
    let mut it = Situation::new(harness).await;
    let record = it.record();
    let newer = next(&record, |record| record.journal.title = PublicText::nameless("*****"));
    it.published(&record).await?;
    it.published(&newer).await?;
    it.published(&record).await?;
    it.demand_shown(&newer).await
}

async fn lost_answer(harness: &Harness) -> Outcome {
    let mut it = Situation::new(harness).await;
    let record = it.record();
    harness.arm(JournalFault::DropAnswer).await;
    fails_as("publish", it.publish(&record).await, &[Transient, Unknown])?;
    it.published(&record).await?;
    it.demand_shown(&record).await?;
    let newer = next(&record, |record| record.journal.title = PublicText::nameless("Nabomerknad"));
    harness.arm(JournalFault::DropAnswer).await;
    fails_as("publish", it.publish(&newer).await, &[Transient, Unknown])?;
    it.published(&newer).await?;
    it.demand_shown(&newer).await
}

async fn older_than_tried(harness: &Harness) -> Outcome {
    let mut it = Situation::new(harness).await;
    let record = it.record();
    it.published(&record).await?;
    let newer = next(&record, |record| record.journal.title = PublicText::nameless("*****"));
    harness.arm(JournalFault::DropAnswer).await;
    fails_as("publish", it.publish(&newer).await, &[Transient, Unknown])?;
    it.published(&record).await?;
    let copy = it.copy(record.entry).await?;
    demand_eq("the title is", &copy.title, &newer.journal.title.shown)?;
    it.published(&newer).await?;
    it.demand_shown(&newer).await
}

async fn lost_request(harness: &Harness) -> Outcome {
    let mut it = Situation::new(harness).await;
    let record = it.record();
    harness.arm(JournalFault::DropRequest).await;
    fails_as("publish", it.publish(&record).await, &[Transient, Unknown])?;
    it.published(&record).await?;
    it.demand_shown(&record).await
}

async fn busy(harness: &Harness) -> Outcome {
    let mut it = Situation::new(harness).await;
    let record = it.record();
    harness.arm(JournalFault::Busy(WAIT)).await;
    let error = fails_as("publish", it.publish(&record).await, &[Transient])?;
    demand_eq("the wait is", &error.retry_after(), &Some(WAIT))?;
    harness.pass(WAIT);
    it.published(&record).await?;
    it.demand_shown(&record).await
}

async fn refused(harness: &Harness) -> Outcome {
    let mut it = Situation::new(harness).await;
    let record = it.record();
    harness.arm(JournalFault::Refuse).await;
    fails_as("publish", it.publish(&record).await, &[Rejected])?;
    it.demand_nothing_of(&record).await
}

async fn unauthorised(harness: &Harness) -> Outcome {
    let mut it = Situation::new(harness).await;
    let record = it.record();
    harness.arm(JournalFault::Unauthorised).await;
    fails_as("publish", it.publish(&record).await, &[Unauthorised])?;
    it.demand_nothing_of(&record).await?;
    fails_as("withdraw", it.publisher.withdraw(record.entry).await, &[Unauthorised]).map(drop)
}

async fn dropped(harness: &Harness) -> Outcome {
    let mut it = Situation::new(harness).await;
    let record = it.record();
    {
        let cleared = cleared(&record);
        let mut call = it.publisher.publish(&cleared);
        // Whether it finishes at the first poll does not matter: it is given no second one.
        let _ = poll!(&mut call);
    }
    it.published(&record).await?;
    it.demand_shown(&record).await?;
    {
        let mut call = it.publisher.withdraw(record.entry);
        let _ = poll!(&mut call);
    }
    granted("withdraw repeated", it.publisher.withdraw(record.entry).await)?;
    it.demand_nothing_of(&record).await
}

async fn not_yet(harness: &Harness) -> Outcome {
    let mut it = Situation::new(harness).await;
    let mut record = it.record();
    record.journal.accessible_after = harness.now() + chrono::Duration::hours(2);
    it.published(&record).await?;
    it.demand_nothing_of(&record).await?;
    harness.pass(Duration::from_secs(2 * 3600));
    // A publisher that cannot hold an entry back by itself shows it when it is published then.
    it.published(&record).await?;
    it.demand_shown(&record).await
}

async fn file(harness: &Harness) -> Outcome {
    let mut it = Situation::new(harness).await;
    if !it.publisher.capabilities().documents {
        return Ok(());
    }
    let mut record = it.record();
    let open = harness.now() + chrono::Duration::hours(2);
    record.documents.iter_mut().for_each(|document| document.file = Some(public_file(open)));
    it.published(&record).await?;
    demand_eq("files to be read before their moment:", &it.copy(record.entry).await?.files, &0)?;
    harness.pass(Duration::from_secs(2 * 3600));
    it.published(&record).await?;
    demand_eq("files to be read from their moment on:", &it.copy(record.entry).await?.files, &1)
}

async fn file_closed(harness: &Harness) -> Outcome {
    let mut it = Situation::new(harness).await;
    let mut record = it.record();
    let now = harness.now();
    record.documents.iter_mut().for_each(|document| document.file = Some(public_file(now)));
    it.published(&record).await?;
    let expected = usize::from(it.publisher.capabilities().documents);
    demand_eq("files to be read:", &it.copy(record.entry).await?.files, &expected)?;
    let newer = next(&record, |record| record.documents.iter_mut().for_each(|document| document.file = None));
    it.published(&newer).await?;
    demand_eq("files to be read afterwards:", &it.copy(record.entry).await?.files, &0)?;
    it.demand_shown(&newer).await
}

async fn shared_document(harness: &Harness) -> Outcome {
    let mut it = Situation::new(harness).await;
    let (first, mut second) = (it.record(), it.samples.public_record(it.case, 2));
    second.documents = first.documents.clone();
    second.documents.iter_mut().for_each(|document| document.title = PublicText::masked());
    it.published(&first).await?;
    it.published(&second).await?;
    it.demand_shown(&first).await?;
    it.demand_shown(&second).await?;
    granted("withdraw", it.publisher.withdraw(second.entry).await)?;
    it.demand_shown(&first).await
}

async fn withdraw(harness: &Harness) -> Outcome {
    let mut it = Situation::new(harness).await;
    let record = it.record();
    it.published(&record).await?;
    granted("withdraw", it.publisher.withdraw(record.entry).await)?;
    it.demand_nothing_of(&record).await?;
    let title = &record.case.title.shown;
    demand(!harness.everything().await.contains(title), "the case gone with its last entry", "its title")?;
    demand_eq("entries listed afterwards:", &it.list().await?.len(), &0)
}

async fn withdraw_one(harness: &Harness) -> Outcome {
    let mut it = Situation::new(harness).await;
    let (first, second) = (it.record(), it.samples.public_record(it.case, 2));
    it.published(&first).await?;
    it.published(&second).await?;
    granted("withdraw", it.publisher.withdraw(first.entry).await)?;
    demand_eq("copies of the withdrawn entry:", &harness.shown(first.entry).await.len(), &0)?;
    it.demand_shown(&second).await
}

async fn withdraw_repeat(harness: &Harness) -> Outcome {
    let mut it = Situation::new(harness).await;
    let record = it.record();
    granted("withdraw of what was never there", it.publisher.withdraw(record.entry).await)?;
    it.published(&record).await?;
    granted("withdraw", it.publisher.withdraw(record.entry).await)?;
    granted("withdraw again", it.publisher.withdraw(record.entry).await)?;
    it.demand_nothing_of(&record).await
}

async fn withdraw_older(harness: &Harness) -> Outcome {
    let mut it = Situation::new(harness).await;
    let record = it.record();
    it.published(&next(&record, |_| {})).await?;
    granted("withdraw", it.publisher.withdraw(record.entry).await)?;
    it.published(&record).await?;
    it.demand_nothing_of(&record).await
}

async fn withdraw_and_publish(harness: &Harness) -> Outcome {
    let mut it = Situation::new(harness).await;
    let record = it.record();
    it.published(&record).await?;
    granted("withdraw", it.publisher.withdraw(record.entry).await)?;
    let newer = next(&record, |_| {});
    it.published(&newer).await?;
    it.demand_shown(&newer).await
}

async fn withdraw_lost(harness: &Harness) -> Outcome {
    let mut it = Situation::new(harness).await;
    let record = it.record();
    it.published(&record).await?;
    harness.arm(JournalFault::DropAnswer).await;
    if let Err(error) = it.publisher.withdraw(record.entry).await {
        demand([Transient, Unknown].contains(&error.kind()), "Transient or Unknown", &error)?;
    }
    granted("withdraw repeated", it.publisher.withdraw(record.entry).await)?;
    it.demand_nothing_of(&record).await?;
    let title = &record.case.title.shown;
    demand(!harness.everything().await.contains(title), "the case gone with its last entry", "its title")
}

async fn published(harness: &Harness) -> Outcome {
    let mut it = Situation::new(harness).await;
    let mut expected = Vec::new();
    for number in 1..=5 {
        let mut record = it.samples.public_record(it.case, number);
        record.revision = u64::from(number);
        it.published(&record).await?;
        expected.push((record.entry, record.revision));
    }
    expected.sort();
    let listed = it.list().await?;
    let told: Vec<_> = listed.iter().map(|one| (one.entry, one.revision)).collect();
    demand_eq("entries with their revisions:", &told, &expected)?;
    demand(listed.iter().all(|one| !one.remote_id.is_empty()), "the other side's id of each", &listed)
}

async fn drift(harness: &Harness) -> Outcome {
    let mut it = Situation::new(harness).await;
    let (first, second) = (it.record(), it.samples.public_record(it.case, 2));
    it.published(&first).await?;
    it.published(&second).await?;
    harness.take_out(first.entry).await;
    let listed: Vec<_> = it.list().await?.iter().map(|one| one.entry).collect();
    demand_eq("entries listed:", &listed, &vec![second.entry])?;
    it.published(&first).await?;
    it.demand_shown(&first).await?;
    demand_eq("entries listed afterwards:", &it.list().await?.len(), &2)
}

async fn private(harness: &Harness) -> Outcome {
    let mut it = Situation::new(harness).await;
    let record = it.record();
    harness.arm(JournalFault::Refuse).await;
    let error = it.publish(&record).await.err().ok_or_else(|| violated("an error", "success"))?;
    tells_nothing(&error, &[PERSON, &record.journal.title.shown, &record.case.title.shown])
}
