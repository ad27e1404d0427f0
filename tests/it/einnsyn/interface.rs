//! Everything that our eInnsyn says, against the published definition and what is known to differ from it.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use http::{Request, Response};
use sakarkiv_core::{
    ports::{AccessRequests, JournalPublisher, MeetingPublisher},
    publication::{
        ClearedMeeting, ClearedRecord, LeakReport, PublicMeeting, PublicRecord, PublicText, clear, clear_meeting,
    },
};
use sakarkiv_einnsyn::{EInnsynConfig, EInnsynRequests, Surroundings};
use sakarkiv_http::{Body, HttpError, HttpService};
use sakarkiv_testkit::{
    definitions::{Definition, Exchange, Interface},
    simulators::InProcess,
};
use serde_json::{Value, json};

use super::world::{FILES, HOST, MUNICIPALITY, World, tenant};

#[derive(Debug, Clone)]
struct Recorded {
    method: String,
    path: String,
    query: Vec<String>,
    request: Option<Value>,
    status: u16,
    answer: Option<Value>,
}

/// A network that keeps what is said.
#[derive(Debug)]
struct Recorder {
    network: InProcess,
    calls: Mutex<Vec<Recorded>>,
}

#[async_trait]
impl HttpService for Recorder {
    async fn call(&self, request: Request<Body>) -> Result<Response<Body>, HttpError> {
        let (head, body) = request.into_parts();
        let sent = body.collect_limited(1 << 24).await.unwrap();
        let mut recorded = Recorded {
            method: head.method.as_str().to_lowercase(),
            path: head.uri.path().to_owned(),
            query: head.uri.query().into_iter().flat_map(|query| query.split('&')).map(name_of).collect(),
            request: (!sent.is_empty()).then(|| serde_json::from_slice(&sent).unwrap()),
            status: 0,
            answer: None,
        };
        let response = self.network.call(Request::from_parts(head, sent.into())).await?;
        let (head, body) = response.into_parts();
        let answer = body.collect_limited(1 << 24).await.unwrap();
        recorded.status = head.status.as_u16();
        recorded.answer = serde_json::from_slice(&answer).ok();
        self.calls.lock().unwrap().push(recorded);
        Ok(Response::from_parts(head, answer.into()))
    }
}

fn name_of(pair: &str) -> String {
    pair.split('=').next().unwrap_or_default().to_owned()
}

fn cleared(record: &PublicRecord) -> ClearedRecord {
    clear(record.clone(), &LeakReport::clean(record), &[]).unwrap()
}

fn cleared_meeting(meeting: &PublicMeeting) -> ClearedMeeting {
    clear_meeting(meeting.clone(), &meeting.clean_report(), &[]).unwrap()
}

async fn use_everything(world: &World, http: &Arc<Recorder>, records: &[PublicRecord], meeting: &PublicMeeting) {
    let publisher = world.publisher_over(Arc::clone(http) as _, Arc::clone(&world.store), |_| {});
    for record in records {
        publisher.publish(&cleared(record)).await.unwrap();
    }
    let mut changed = records[0].clone().with_revision(2);
    changed.journal.title = PublicText::nameless("Rettet");
    changed.journal.screening = None;
    changed.parties.remove(0);
    changed.parties.extend(records[1].parties.clone());
    changed.documents = records[1].documents.clone();
    changed.archive.class = None;
    publisher.publish(&cleared(&changed)).await.unwrap();
    publisher.published(None).await.unwrap();
    publisher.publish_meeting(&cleared_meeting(meeting)).await.unwrap();
    let mut second = PublicMeeting { revision: 2, ..meeting.clone() };
    let decision = second.items[0].decision.take();
    publisher.publish_meeting(&cleared_meeting(&second)).await.unwrap();
    let mut third = PublicMeeting { revision: 3, ..second };
    third.items[0].decision = decision;
    third.items[0].decision.as_mut().unwrap().votes.truncate(1);
    third.items[0].report = None;
    publisher.publish_meeting(&cleared_meeting(&third)).await.unwrap();
    let mut fourth = PublicMeeting { revision: 4, ..third };
    fourth.items[0].decision.as_mut().unwrap().votes = meeting.items[0].decision.as_ref().unwrap().votes.clone();
    fourth.items[0].decision.as_mut().unwrap().documents.clear();
    publisher.publish_meeting(&cleared_meeting(&fourth)).await.unwrap();
    publisher.published_meetings(None).await.unwrap();
    let order = world.einnsyn.place_order("sporrer@example.org", &[&changed.entry.to_string()]).unwrap();
    world.einnsyn.verify_order(&order).unwrap();
    let config: EInnsynConfig = serde_json::from_value(json!({
        "base_url": HOST, "api_key": world.unit.key, "organisation": MUNICIPALITY, "files": FILES, "pause_ms": 0,
    }))
    .unwrap();
    let surroundings = Surroundings {
        service: Arc::clone(http) as _,
        clock: world.clock.port(),
        store: Arc::<_>::clone(&world.store) as _,
    };
    let requests = EInnsynRequests::new(&tenant(), config, &surroundings).unwrap();
    assert_eq!(requests.list().await.unwrap(), order.requests);
    publisher.withdraw_meeting(meeting.meeting).await.unwrap();
    for record in records {
        publisher.withdraw(record.entry).await.unwrap();
    }
}

/// Where the definition and the real service differ, by the end of what the check says.
fn is_known(problem: &str) -> bool {
    // What only answers have, asked of requests; what the path tells already; what only the owner, or nobody, is shown.
    let ends = [
        "lacks deleted",
        "lacks id",
        "lacks entity",
        "lacks url",
        "lacks arkiv",
        "lacks journalsekvensnummer",
        "lacks referanseDokumentfil",
        "lacks saksmappeId",
        "lacks journalpostId",
        "lacks moetesakId",
        "lacks enhetId",
        "lacks arkivId",
        "lacks arkivdelId",
        "lacks vedtakId",
    ];
    ends.iter().any(|end| problem.ends_with(end))
}

#[test]
fn what_our_einnsyn_says_and_reads_is_what_the_definition_says() {
    let Some(definition) = Definition::published("einnsyn", "einnsyn.openapi.yml") else { return };
    let mut world = World::new();
    let (mut first, second) = (world.record(1), world.record(2));
    first.archive.class = Some("L42".to_owned());
    let meeting = world.samples.public_meeting();
    let recorder = Arc::new(Recorder { network: world.network.clone(), calls: Mutex::default() });
    world.run(use_everything(&world, &recorder, &[first, second], &meeting));
    let calls = recorder.calls.lock().unwrap().clone();
    let interface = Interface::of([Some(definition)]);
    let mut problems = Vec::new();
    for call in calls.iter().filter(|call| call.status < 300) {
        let exchange = Exchange {
            method: &call.method,
            path: &call.path,
            query: &call.query,
            request: call.request.as_ref(),
            status: call.status,
            answer: call.answer.as_ref(),
        };
        let of = |problem: String| format!("{} {}: {problem}", call.method, call.path);
        problems.extend(interface.problems(&exchange).into_iter().filter(|problem| !is_known(problem)).map(of));
    }
    assert_eq!(problems, [""; 0]);
    assert!(calls.len() > 40, "{}", calls.len());
    let refused: Vec<_> = calls.iter().filter(|call| call.status >= 300 && call.status != 404).collect();
    assert!(refused.is_empty(), "{refused:#?}");
}
