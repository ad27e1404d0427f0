use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex},
};

use async_trait::async_trait;
use sakarkiv_core::{
    identity::{EntryId, MeetingId, Timestamp},
    ports::{
        Clock, JournalPublisher, MeetingPublisher, PortError, PortErrorKind, Published, PublishedMeeting,
        PublisherCapabilities,
    },
    publication::{ClearedMeeting, ClearedRecord, PublicMeeting, PublicRecord},
};

use super::{PostFault, lock};

/// The public's side of a [`MemoryJournal`]: what hangs there, by ids.
#[derive(Debug, Clone, Default)]
pub struct NoticeBoard(Arc<Mutex<Board>>);

#[derive(Debug, Default)]
struct Board {
    entries: BTreeMap<EntryId, PublicRecord>,
    meetings: BTreeMap<MeetingId, PublicMeeting>,
    /// The newest revision that came, of entries and meetings by their subjects.
    newest: BTreeMap<EntryId, u64>,
    faults: VecDeque<PostFault>,
}

impl NoticeBoard {
    /// An entry as it hangs there, whatever its moment.
    #[must_use]
    pub fn entry(&self, entry: EntryId) -> Option<PublicRecord> {
        lock(&self.0).entries.get(&entry).cloned()
    }

    /// A meeting as it hangs there, whatever its moment.
    #[must_use]
    pub fn meeting(&self, meeting: MeetingId) -> Option<PublicMeeting> {
        lock(&self.0).meetings.get(&meeting).cloned()
    }

    /// The entries that anybody can read at a moment, without the files that are not open yet.
    #[must_use]
    pub fn readable(&self, now: Timestamp) -> Vec<PublicRecord> {
        let board = lock(&self.0);
        let shown = board.entries.values().filter(|record| record.journal.accessible_after <= now);
        shown.map(|record| without_closed_files(record.clone(), now)).collect()
    }

    /// The meetings that anybody can read at a moment.
    #[must_use]
    pub fn readable_meetings(&self, now: Timestamp) -> Vec<PublicMeeting> {
        let board = lock(&self.0);
        board.meetings.values().filter(|meeting| meeting.accessible_after <= now).cloned().collect()
    }

    /// Takes something down behind the publisher's back, a meeting by its subject.
    pub fn take_down(&self, entry: EntryId) {
        let mut board = lock(&self.0);
        board.entries.remove(&entry);
        board.meetings.remove(&MeetingId::from_uuid(entry.uuid()));
    }

    /// Spoils the next call that changes something; several are taken in turn.
    pub fn arm(&self, fault: PostFault) {
        lock(&self.0).faults.push_back(fault);
    }

    /// Makes a change, as the armed fault lets it.
    fn change(&self, operation: &'static str, change: impl FnOnce(&mut Board)) -> Result<(), PortError> {
        let mut board = lock(&self.0);
        let error = |kind, detail| PortError::new(kind, operation, detail);
        match board.faults.pop_front() {
            None => {
                change(&mut board);
                Ok(())
            }
            Some(PostFault::DropAnswer) => {
                change(&mut board);
                Err(error(PortErrorKind::Unknown, "the answer was lost"))
            }
            Some(PostFault::DropRequest) => Err(error(PortErrorKind::Unknown, "no answer")),
            Some(PostFault::Busy(wait)) => Err(error(PortErrorKind::Transient, "busy").with_retry_after(wait)),
            Some(PostFault::Refuse) => Err(error(PortErrorKind::Rejected, "refused")),
            Some(PostFault::Unauthorised) => {
                // Until somebody takes the fault away.
                board.faults.push_front(PostFault::Unauthorised);
                Err(error(PortErrorKind::Unauthorised, "credentials refused"))
            }
        }
    }
}

impl Board {
    /// Whether a revision is not older than the newest that came.
    fn is_new(&mut self, subject: EntryId, revision: u64) -> bool {
        let newest = self.newest.entry(subject).or_default();
        *newest = revision.max(*newest);
        *newest == revision
    }
}

/// A [`JournalPublisher`] and [`MeetingPublisher`] before a [`NoticeBoard`] that does exactly what the contracts say.
#[derive(Debug, Clone)]
pub struct MemoryJournal {
    board: NoticeBoard,
    clock: Arc<dyn Clock>,
    capabilities: PublisherCapabilities,
}

impl MemoryJournal {
    /// A publisher of entries with their files.
    #[must_use]
    pub fn new(board: NoticeBoard, clock: Arc<dyn Clock>) -> Self {
        let mut capabilities = PublisherCapabilities::new(3);
        capabilities.documents = true;
        Self { board, clock, capabilities }
    }

    /// The other side.
    #[must_use]
    pub const fn board(&self) -> &NoticeBoard {
        &self.board
    }
}

#[async_trait]
impl JournalPublisher for MemoryJournal {
    fn capabilities(&self) -> PublisherCapabilities {
        self.capabilities.clone()
    }

    async fn publish(&self, record: &ClearedRecord) -> Result<(), PortError> {
        let record = record.record();
        self.board.change("memory.publish", |board| {
            if board.is_new(record.entry, record.revision) {
                board.entries.insert(record.entry, record.clone());
            }
        })
    }

    async fn withdraw(&self, entry: EntryId) -> Result<(), PortError> {
        self.board.change("memory.withdraw", |board| drop(board.entries.remove(&entry)))
    }

    async fn published(&self, after: Option<EntryId>) -> Result<Vec<Published>, PortError> {
        let board = lock(&self.board.0);
        let later = board.entries.iter().filter(|(entry, _)| after.is_none_or(|after| **entry > after));
        let told = later.take(self.capabilities.page).map(|(entry, record)| Published {
            entry: *entry,
            remote_id: entry.to_string(),
            revision: record.revision,
            changed: Some(self.clock.now()),
        });
        Ok(told.collect())
    }
}

#[async_trait]
impl MeetingPublisher for MemoryJournal {
    async fn publish_meeting(&self, meeting: &ClearedMeeting) -> Result<(), PortError> {
        let meeting = meeting.meeting();
        self.board.change("memory.publish_meeting", |board| {
            if board.is_new(meeting.subject(), meeting.revision) {
                board.meetings.insert(meeting.meeting, meeting.clone());
            }
        })
    }

    async fn withdraw_meeting(&self, meeting: MeetingId) -> Result<(), PortError> {
        self.board.change("memory.withdraw_meeting", |board| drop(board.meetings.remove(&meeting)))
    }

    async fn published_meetings(&self, after: Option<MeetingId>) -> Result<Vec<PublishedMeeting>, PortError> {
        let board = lock(&self.board.0);
        let later = board.meetings.iter().filter(|(id, _)| after.is_none_or(|after| **id > after));
        let told = later.take(self.capabilities.page).map(|(id, meeting)| PublishedMeeting {
            meeting: *id,
            remote_id: id.to_string(),
            revision: meeting.revision,
            changed: Some(self.clock.now()),
        });
        Ok(told.collect())
    }
}

fn without_closed_files(mut record: PublicRecord, now: Timestamp) -> PublicRecord {
    for document in &mut record.documents {
        document.file = document.file.take().filter(|file| file.accessible_after <= now);
    }
    record
}
