//! Meetings of committees.

use std::sync::Arc;

use sakarkiv_core::{
    ports::{
        MeetingPublisher, PortError,
        PortErrorKind::{Transient, Unknown},
    },
    publication::{PublicMeeting, PublicText, VoteCast},
};

use super::{
    JournalCase,
    harness::{JournalFault, JournalHarness, ShownMeeting},
};
use crate::conformance::{
    channel::case,
    privacy::fails_as,
    public_samples::cleared_meeting,
    report::{Violation, demand, demand_eq, granted, violated},
    samples::Samples,
};

type Outcome = Result<(), Violation>;
type Harness = dyn JournalHarness;

pub(super) fn all() -> Vec<JournalCase> {
    vec![
        case!("journal.meeting.shown", shown, "a published meeting is shown with all that it treats",
            needs "meetings" => |h| without(h, None)),
        case!("journal.meeting.repeat", repeat, "repeating it gives the same",
            needs "meetings" => |h| without(h, None)),
        case!("journal.meeting.newer", newer, "a newer revision takes the place of the one before",
            needs "meetings" => |h| without(h, None)),
        case!("journal.meeting.taken-out", taken_out, "what it treats no longer is taken out",
            needs "meetings" => |h| without(h, None)),
        case!("journal.meeting.decided", decided, "what is decided later is added",
            needs "meetings" => |h| without(h, None)),
        case!("journal.meeting.older", older, "an older revision is Ok and changes nothing",
            needs "meetings" => |h| without(h, None)),
        case!("journal.meeting.lost-answer", lost_answer, "repeating it gives the same, also after a lost answer",
            needs "meetings; fault: the answer is lost" => |h| without(h, Some(JournalFault::DropAnswer))),
        case!("journal.meeting.withdraw", withdraw, "a withdrawn meeting is not shown, nor anything that it treats",
            needs "meetings" => |h| without(h, None)),
        case!("journal.meeting.published", published, "published_meetings tells what the other side has now",
            needs "meetings" => |h| without(h, None)),
    ]
}

fn without(harness: &Harness, fault: Option<JournalFault>) -> Option<String> {
    if !harness.shows_meetings() {
        return Some("the publisher shows no meetings".to_owned());
    }
    fault.filter(|fault| !harness.offers(*fault)).map(|fault| format!("the harness cannot arrange {fault:?}"))
}

struct Situation<'a> {
    harness: &'a Harness,
    publisher: Arc<dyn MeetingPublisher>,
    samples: Samples,
}

impl<'a> Situation<'a> {
    async fn new(harness: &'a Harness) -> Result<Self, Violation> {
        let publisher =
            harness.fresh_for_meetings().await.ok_or_else(|| violated("a publisher of meetings", "none"))?;
        Ok(Self { harness, publisher, samples: Samples::new(harness.tenant().as_str()) })
    }

    async fn publish(&self, meeting: &PublicMeeting) -> Result<(), PortError> {
        self.publisher.publish_meeting(&cleared_meeting(meeting)).await
    }

    async fn published(&self, meeting: &PublicMeeting) -> Outcome {
        granted("publish", self.publish(meeting).await)
    }

    async fn demand_shown(&self, meeting: &PublicMeeting) -> Outcome {
        let mut copies = self.harness.shown_meeting(meeting.meeting).await;
        let (copy, more) = (copies.pop(), copies.len());
        let (Some(copy), 0) = (copy, more) else { return Err(violated("one copy of the meeting", more)) };
        demand_eq("the meeting is", &sorted(copy), &sorted(expected(meeting)))
    }

    async fn list(&self) -> Result<Vec<(sakarkiv_core::identity::MeetingId, u64)>, Violation> {
        let mut all = Vec::new();
        loop {
            let after = all.last().map(|(meeting, _)| *meeting);
            let page = granted("published", self.publisher.published_meetings(after).await)?;
            if page.is_empty() || all.len() > 1000 {
                return Ok(all);
            }
            all.extend(page.into_iter().map(|one| (one.meeting, one.revision)));
        }
    }
}

/// How a meeting of the samples, whose texts name nobody, must be shown.
fn expected(meeting: &PublicMeeting) -> ShownMeeting {
    let own = meeting.documents.iter().map(|document| &document.title.shown);
    let decisions = || meeting.items.iter().filter_map(|item| item.decision.as_ref());
    let vote = |cast| match cast {
        VoteCast::Yes => "Ja",
        VoteCast::No => "Nei",
        VoteCast::Blank => "Blankt",
    };
    ShownMeeting {
        title: meeting.title.shown.clone(),
        items: own.chain(meeting.items.iter().map(|item| &item.title.shown)).cloned().collect(),
        decisions: decisions().map(|decision| decision.text.shown.clone()).collect(),
        votes: decisions()
            .flat_map(|decision| &decision.votes)
            .map(|one| (one.name.shown.clone(), vote(one.cast).to_owned()))
            .collect(),
    }
}

fn sorted(mut meeting: ShownMeeting) -> ShownMeeting {
    meeting.items.sort();
    meeting.decisions.sort();
    meeting.votes.sort();
    meeting
}

fn next(meeting: &PublicMeeting, change: impl FnOnce(&mut PublicMeeting)) -> PublicMeeting {
    let mut next = PublicMeeting { revision: meeting.revision + 1, ..meeting.clone() };
    change(&mut next);
    next
}

async fn shown(harness: &Harness) -> Outcome {
    let mut it = Situation::new(harness).await?;
    let meeting = it.samples.public_meeting();
    it.published(&meeting).await?;
    it.demand_shown(&meeting).await?;
    let everything = harness.everything().await;
    let documents = meeting.all_documents().map(|document| &document.title.shown);
    let missing: Vec<_> = documents.filter(|title| !everything.contains(title.as_str())).collect();
    demand(missing.is_empty(), "every document of the meeting and of what it treats", missing)
}

async fn repeat(harness: &Harness) -> Outcome {
    let mut it = Situation::new(harness).await?;
    let meeting = it.samples.public_meeting();
    for _ in 0..3 {
        it.published(&meeting).await?;
        it.demand_shown(&meeting).await?;
    }
    Ok(())
}

async fn newer(harness: &Harness) -> Outcome {
    let mut it = Situation::new(harness).await?;
    let meeting = it.samples.public_meeting();
    it.published(&meeting).await?;
    let newer = next(&meeting, |meeting| {
        meeting.title = PublicText::nameless("Formannskapets utsatte moete");
        for decision in meeting.items.iter_mut().filter_map(|item| item.decision.as_mut()) {
            decision.text = PublicText::nameless("Planen er avvist");
            decision.votes.iter_mut().for_each(|vote| vote.cast = VoteCast::No);
            decision.votes.truncate(1);
        }
    });
    it.published(&newer).await?;
    it.demand_shown(&newer).await?;
    demand(!harness.everything().await.contains("Planen er vedtatt"), "nothing left of the decision before", "it is")
}

async fn taken_out(harness: &Harness) -> Outcome {
    let mut it = Situation::new(harness).await?;
    let meeting = it.samples.public_meeting();
    it.published(&meeting).await?;
    let undecided = next(&meeting, |meeting| meeting.items.iter_mut().for_each(|item| item.decision = None));
    it.published(&undecided).await?;
    it.demand_shown(&undecided).await?;
    let empty = next(&undecided, |meeting| {
        meeting.items.clear();
        meeting.documents.clear();
    });
    it.published(&empty).await?;
    it.demand_shown(&empty).await
}

async fn decided(harness: &Harness) -> Outcome {
    let mut it = Situation::new(harness).await?;
    let meeting = it.samples.public_meeting();
    let before = next(&meeting, |meeting| meeting.items.iter_mut().for_each(|item| item.decision = None));
    it.published(&before).await?;
    it.demand_shown(&before).await?;
    let decided = PublicMeeting { revision: before.revision + 1, ..meeting };
    it.published(&decided).await?;
    it.demand_shown(&decided).await
}

async fn older(harness: &Harness) -> Outcome {
    let mut it = Situation::new(harness).await?;
    let meeting = it.samples.public_meeting();
    let newer = next(&meeting, |meeting| meeting.title = PublicText::nameless("*****"));
    it.published(&newer).await?;
    it.published(&meeting).await?;
    it.demand_shown(&newer).await
}

async fn lost_answer(harness: &Harness) -> Outcome {
    let mut it = Situation::new(harness).await?;
    let meeting = it.samples.public_meeting();
    harness.arm(JournalFault::DropAnswer).await;
    fails_as("publish", it.publish(&meeting).await, &[Transient, Unknown])?;
    it.published(&meeting).await?;
    it.demand_shown(&meeting).await
}

async fn withdraw(harness: &Harness) -> Outcome {
    let mut it = Situation::new(harness).await?;
    let meeting = it.samples.public_meeting();
    granted("withdraw of what was never there", it.publisher.withdraw_meeting(meeting.meeting).await)?;
    it.published(&meeting).await?;
    granted("withdraw", it.publisher.withdraw_meeting(meeting.meeting).await)?;
    granted("withdraw again", it.publisher.withdraw_meeting(meeting.meeting).await)?;
    demand_eq("copies of the meeting:", &harness.shown_meeting(meeting.meeting).await.len(), &0)?;
    let everything = harness.everything().await;
    let items = expected(&meeting).items;
    let left: Vec<_> = items.iter().filter(|title| everything.contains(title.as_str())).collect();
    demand(left.is_empty(), "nothing of what it treats", left)
}

async fn published(harness: &Harness) -> Outcome {
    let mut it = Situation::new(harness).await?;
    let meetings = [it.samples.public_meeting(), it.samples.public_meeting()];
    for meeting in &meetings {
        it.published(meeting).await?;
    }
    let [first, second] = &meetings;
    let mut both = vec![(first.meeting, 1), (second.meeting, 1)];
    both.sort();
    demand_eq("meetings with their revisions:", &it.list().await?, &both)?;
    harness.take_out(first.subject()).await;
    demand_eq("meetings afterwards:", &it.list().await?, &vec![(second.meeting, 1)])
}
