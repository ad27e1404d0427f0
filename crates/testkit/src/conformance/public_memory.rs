//! Harnesses for the public's ports kept in memory.

use std::{
    fmt::Debug,
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use sakarkiv_core::{
    case::CaseNumber,
    identity::{EntryId, MeetingId, TenantId, Timestamp},
    ports::{AccessRequests, JournalPublisher, MeetingPublisher, Wanted},
    publication::{PublicMeeting, PublicRecord, VoteCast},
};

use super::{
    journal::{JournalFault, JournalHarness, ShownEntry, ShownMeeting},
    requests::{AskableEntry, RequestsFault, RequestsHarness},
    samples::{Samples, known},
};
use crate::{
    doubles::ManualClock,
    memory::{Counter, MemoryJournal, MemoryRequests, NoticeBoard, PostFault, lock},
};

/// A publisher of entries and meetings.
pub trait WholePublisher: JournalPublisher + MeetingPublisher {}

impl<T: JournalPublisher + MeetingPublisher> WholePublisher for T {}

/// The harness of [`MemoryJournal`].
#[derive(Debug)]
pub struct MemoryJournalHarness {
    clock: Arc<ManualClock>,
    board: Mutex<NoticeBoard>,
    wrap: fn(MemoryJournal) -> Arc<dyn WholePublisher>,
}

impl MemoryJournalHarness {
    /// A harness whose publishers go through `wrap` first, for testing wrappers.
    #[must_use]
    pub fn wrapped(wrap: fn(MemoryJournal) -> Arc<dyn WholePublisher>) -> Self {
        Self { clock: ManualClock::at("2026-09-14T08:00:00Z"), board: Mutex::default(), wrap }
    }

    fn board(&self) -> NoticeBoard {
        lock(&self.board).clone()
    }

    fn make(&self) -> Arc<dyn WholePublisher> {
        let board = NoticeBoard::default();
        *lock(&self.board) = board.clone();
        (self.wrap)(MemoryJournal::new(board, self.clock.port()))
    }
}

impl Default for MemoryJournalHarness {
    fn default() -> Self {
        Self::wrapped(|journal| Arc::new(journal))
    }
}

#[async_trait]
impl JournalHarness for MemoryJournalHarness {
    fn name(&self) -> String {
        "MemoryJournal".to_owned()
    }

    fn tenant(&self) -> TenantId {
        known(TenantId::new("minne"))
    }

    async fn fresh(&self) -> Arc<dyn JournalPublisher> {
        self.make()
    }

    async fn fresh_for_meetings(&self) -> Option<Arc<dyn MeetingPublisher>> {
        Some(self.make())
    }

    fn shows_meetings(&self) -> bool {
        true
    }

    async fn shown(&self, entry: EntryId) -> Vec<ShownEntry> {
        let all = self.board().readable(self.now());
        all.iter().filter(|record| record.entry == entry).map(shown_entry).collect()
    }

    async fn shown_meeting(&self, meeting: MeetingId) -> Vec<ShownMeeting> {
        let all = self.board().readable_meetings(self.now());
        all.iter().filter(|one| one.meeting == meeting).map(shown_meeting).collect()
    }

    async fn everything(&self) -> String {
        let (entries, meetings) = (self.board().readable(self.now()), self.board().readable_meetings(self.now()));
        serde_json::to_string(&(entries, meetings)).unwrap_or_default()
    }

    async fn take_out(&self, entry: EntryId) {
        self.board().take_down(entry);
    }

    fn now(&self) -> Timestamp {
        sakarkiv_core::ports::Clock::now(&*self.clock)
    }

    fn pass(&self, time: Duration) {
        self.clock.advance(time);
    }

    fn offers(&self, _: JournalFault) -> bool {
        true
    }

    async fn arm(&self, fault: JournalFault) {
        self.board().arm(match fault {
            JournalFault::DropAnswer => PostFault::DropAnswer,
            JournalFault::DropRequest => PostFault::DropRequest,
            JournalFault::Busy(wait) => PostFault::Busy(wait),
            JournalFault::Unauthorised => PostFault::Unauthorised,
            JournalFault::Refuse => PostFault::Refuse,
        });
    }
}

fn shown_entry(record: &PublicRecord) -> ShownEntry {
    ShownEntry {
        title: record.journal.title.shown.clone(),
        case: record.case.title.shown.clone(),
        parties: record.parties.iter().map(|party| party.name.shown.clone()).collect(),
        documents: record.documents.iter().map(|document| document.title.shown.clone()).collect(),
        files: record.files().count(),
    }
}

fn shown_meeting(meeting: &PublicMeeting) -> ShownMeeting {
    let own = meeting.documents.iter().map(|document| document.title.shown.clone());
    let decisions = || meeting.items.iter().filter_map(|item| item.decision.as_ref());
    let word = |cast| match cast {
        VoteCast::Yes => "Ja",
        VoteCast::No => "Nei",
        VoteCast::Blank => "Blankt",
    };
    ShownMeeting {
        title: meeting.title.shown.clone(),
        items: own.chain(meeting.items.iter().map(|item| item.title.shown.clone())).collect(),
        decisions: decisions().map(|decision| decision.text.shown.clone()).collect(),
        votes: decisions()
            .flat_map(|decision| &decision.votes)
            .map(|vote| (vote.name.shown.clone(), word(vote.cast).to_owned()))
            .collect(),
    }
}

/// The harness of [`MemoryRequests`].
#[derive(Debug)]
pub struct MemoryRequestsHarness {
    clock: Arc<ManualClock>,
    counter: Mutex<Counter>,
    wrap: fn(MemoryRequests) -> Arc<dyn AccessRequests>,
}

impl MemoryRequestsHarness {
    /// A harness whose adapters go through `wrap` first, for testing wrappers.
    #[must_use]
    pub fn wrapped(wrap: fn(MemoryRequests) -> Arc<dyn AccessRequests>) -> Self {
        Self { clock: ManualClock::at("2026-09-14T08:00:00Z"), counter: Mutex::default(), wrap }
    }

    fn counter(&self) -> Counter {
        lock(&self.counter).clone()
    }

    fn wanted(&self, entries: &[EntryId]) -> Vec<Wanted> {
        let all = self.entries().into_iter().filter(|one| entries.contains(&one.entry));
        all.map(|one| Wanted { case: Some(one.case), number: Some(one.number), ..Wanted::entry(one.entry) }).collect()
    }
}

impl Default for MemoryRequestsHarness {
    fn default() -> Self {
        Self::wrapped(|requests| Arc::new(requests))
    }
}

#[async_trait]
impl RequestsHarness for MemoryRequestsHarness {
    fn name(&self) -> String {
        "MemoryRequests".to_owned()
    }

    async fn fresh(&self) -> Arc<dyn AccessRequests> {
        let counter = Counter::default();
        *lock(&self.counter) = counter.clone();
        (self.wrap)(MemoryRequests::new(counter))
    }

    fn entries(&self) -> Vec<AskableEntry> {
        let mut samples = Samples::new("minne");
        let case = known(CaseNumber::new(2026, 318));
        (1..=3).map(|number| AskableEntry { entry: samples.entry_id(), case, number }).collect()
    }

    async fn ask(&self, email: &str, entries: &[EntryId]) -> String {
        self.counter().ask(email, self.wanted(entries), self.now())
    }

    async fn send(&self, asked: &str) {
        self.counter().send(asked, self.now());
    }

    async fn ask_by_numbers(&self, email: &str, entry: &AskableEntry) -> bool {
        let wanted = Wanted { case: Some(entry.case), number: Some(entry.number), ..Wanted::default() };
        let asked = self.counter().ask(email, vec![wanted], self.now());
        self.send(&asked).await;
        true
    }

    async fn take_out(&self, _: EntryId) {}

    fn now(&self) -> Timestamp {
        sakarkiv_core::ports::Clock::now(&*self.clock)
    }

    fn pass(&self, time: Duration) {
        self.clock.advance(time);
    }

    fn offers(&self, _: RequestsFault) -> bool {
        true
    }

    async fn arm(&self, fault: RequestsFault) {
        self.counter().arm(match fault {
            RequestsFault::Down => PostFault::DropRequest,
            RequestsFault::Unauthorised => PostFault::Unauthorised,
        });
    }
}
