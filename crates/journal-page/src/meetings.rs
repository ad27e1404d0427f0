//! Published meetings of committees, in memory.

use std::{collections::BTreeMap, ops::Bound, sync::Arc};

use sakarkiv_core::{
    identity::{MeetingId, Timestamp},
    publication::PublicMeeting,
};

use crate::{
    ledger::{Ledger, Standing},
    store::StoredMeeting,
};

/// All published meetings. Copying one copies references.
#[derive(Debug, Clone, Default)]
pub(crate) struct Meetings {
    all: BTreeMap<MeetingId, Arc<Held>>,
    ledger: Ledger<MeetingId>,
}

/// A published meeting.
#[derive(Debug)]
pub(crate) struct Held {
    pub(crate) changed: Timestamp,
    pub(crate) meeting: PublicMeeting,
}

impl Meetings {
    /// Takes a meeting in place of what was kept of it.
    pub(crate) fn take(&mut self, stored: StoredMeeting, standing: Standing) {
        let StoredMeeting { meeting: id, revision, changed, record, .. } = stored;
        let held = record.map(|meeting| Arc::new(Held { changed, meeting }));
        self.put(id, held, revision, standing);
    }

    /// As [`Journal::keep_doubts_of`](crate::journal::Journal::keep_doubts_of).
    pub(crate) fn keep_doubts_of(&mut self, before: &Self) {
        for (id, revision) in before.ledger.doubtful() {
            let held = before.all.get(&id);
            if !self.ledger.overtakes(id, (revision, held.is_none())) {
                self.put(id, held.cloned(), revision, Standing::Doubtful);
            }
        }
    }

    fn put(&mut self, id: MeetingId, held: Option<Arc<Held>>, revision: u64, standing: Standing) {
        match held {
            Some(held) => {
                self.ledger.note(id, revision, standing);
                self.all.insert(id, held);
            }
            None => {
                self.ledger.note_hidden(id, revision, standing);
                self.all.remove(&id);
            }
        }
    }

    /// Whether a meeting is published, though its time may not have come.
    pub(crate) fn holds(&self, meeting: MeetingId) -> bool {
        self.all.contains_key(&meeting)
    }

    pub(crate) const fn ledger(&self) -> &Ledger<MeetingId> {
        &self.ledger
    }

    /// Published meetings in the order of their ids after one of them.
    pub(crate) fn after(&self, after: Option<MeetingId>) -> impl Iterator<Item = &Held> {
        let start = after.map_or(Bound::Unbounded, Bound::Excluded);
        self.all.range((start, Bound::Unbounded)).map(|(_, held)| &**held)
    }

    /// A meeting that is shown now.
    pub(crate) fn meeting(&self, meeting: MeetingId, now: Timestamp) -> Option<&PublicMeeting> {
        self.all.get(&meeting).map(|held| &held.meeting).filter(|meeting| meeting.accessible_after <= now)
    }

    /// Everything that is shown now, the latest meeting first.
    pub(crate) fn shown(&self, now: Timestamp) -> Vec<&PublicMeeting> {
        let meetings = self.all.values().map(|held| &held.meeting);
        let mut shown: Vec<_> = meetings.filter(|meeting| meeting.accessible_after <= now).collect();
        shown.sort_by_key(|meeting| (std::cmp::Reverse(meeting.starts), meeting.meeting));
        shown
    }

    /// Whether any is shown now.
    pub(crate) fn any(&self, now: Timestamp) -> bool {
        self.all.values().any(|held| held.meeting.accessible_after <= now)
    }
}
