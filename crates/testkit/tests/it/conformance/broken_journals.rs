use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use sakarkiv_core::{
    identity::{EntryId, MeetingId},
    ports::{
        JournalPublisher, MeetingPublisher, PortError, PortErrorKind, Published, PublishedMeeting,
        PublisherCapabilities,
    },
    publication::{ClearedMeeting, ClearedRecord, LeakReport, PublicRecord, clear, clear_meeting},
};
use sakarkiv_testkit::{
    conformance::{MemoryJournalHarness, WholePublisher, run_journal},
    memory::MemoryJournal,
};

use super::{at_once, failed};

/// What is wrong with a publisher, and the cases that must say so.
const FAULTS: [(&str, &[&str]); 15] = [
    (
        "publishes whatever revision comes",
        &[
            "journal.publish.older",
            "journal.publish.older-than-tried",
            "journal.withdraw.older",
            "journal.meeting.older",
        ],
    ),
    ("shows parties that are gone", &["journal.publish.taken-out"]),
    ("shows no documents", &["journal.publish.shown", "journal.publish.repeat"]),
    ("shows files before their moment", &["journal.publish.file"]),
    ("shows entries before their moment", &["journal.publish.not-yet"]),
    ("keeps a file that was closed", &["journal.publish.file-closed"]),
    ("only says that it withdraws", &["journal.withdraw"]),
    ("withdraws the whole case", &["journal.withdraw.one"]),
    ("fails for what was never there", &["journal.withdraw.repeat"]),
    ("calls a lost answer a refusal", &["journal.publish.lost-answer", "journal.meeting.lost-answer"]),
    ("forgets how long to wait", &["journal.publish.busy"]),
    ("tells everything at once, against its word", &["journal.published"]),
    ("tells what it published and not what is there", &["journal.published.drift"]),
    ("tells the title in an error", &["journal.errors.private"]),
    ("never shows what was decided later", &["journal.meeting.decided"]),
];

#[derive(Debug)]
struct Broken {
    inner: MemoryJournal,
    fault: usize,
    /// Every record that ever came, in the order of coming.
    came: Mutex<Vec<PublicRecord>>,
}

fn broken<const FAULT: usize>(inner: MemoryJournal) -> Arc<dyn WholePublisher> {
    Arc::new(Broken { inner, fault: FAULT, came: Mutex::default() })
}

fn cleared(record: PublicRecord) -> ClearedRecord {
    let report = LeakReport::clean(&record);
    clear(record, &report, &[]).unwrap()
}

impl Broken {
    fn spoilt(&self, record: &PublicRecord) -> PublicRecord {
        let mut record = record.clone();
        let before = self.came.lock().unwrap().iter().rev().find(|one| one.entry == record.entry).cloned();
        match (self.fault, before) {
            (1, Some(before)) if record.parties.is_empty() => record.parties = before.parties,
            (2, _) => record.documents.clear(),
            (3, _) => {
                let open = sakarkiv_core::identity::Timestamp::UNIX_EPOCH;
                let files = record.documents.iter_mut().filter_map(|document| document.file.as_mut());
                files.for_each(|file| file.accessible_after = open);
            }
            (4, _) => record.journal.accessible_after = sakarkiv_core::identity::Timestamp::UNIX_EPOCH,
            (5, Some(before)) => {
                for (document, before) in record.documents.iter_mut().zip(before.documents) {
                    document.file = document.file.take().or(before.file);
                }
            }
            _ => {}
        }
        record
    }
}

#[async_trait]
impl JournalPublisher for Broken {
    fn capabilities(&self) -> PublisherCapabilities {
        self.inner.capabilities()
    }

    async fn publish(&self, record: &ClearedRecord) -> Result<(), PortError> {
        let record = record.record();
        let mut spoilt = self.spoilt(record);
        if self.fault == 0 {
            spoilt.revision = 1_000;
        }
        let outcome = self.inner.publish(&cleared(spoilt)).await;
        self.came.lock().unwrap().push(record.clone());
        match (self.fault, outcome) {
            (9, Err(error)) if error.detail() == "the answer was lost" => {
                Err(PortError::new(PortErrorKind::Rejected, "broken.publish", "no"))
            }
            (10, Err(error)) => Err(PortError::new(error.kind(), "broken.publish", error.detail())),
            (13, Err(error)) => Err(PortError::new(error.kind(), "broken.publish", record.journal.title.shown.clone())),
            (_, outcome) => outcome,
        }
    }

    async fn withdraw(&self, entry: EntryId) -> Result<(), PortError> {
        if self.fault == 8 && self.inner.board().entry(entry).is_none() {
            return Err(PortError::new(PortErrorKind::Rejected, "broken.withdraw", "not there"));
        }
        if self.fault == 7 {
            for record in self.came.lock().unwrap().iter() {
                self.inner.board().take_down(record.entry);
            }
        }
        if self.fault == 6 {
            return Ok(());
        }
        self.inner.withdraw(entry).await
    }

    async fn published(&self, after: Option<EntryId>) -> Result<Vec<Published>, PortError> {
        let mut all = self.inner.published(after).await?;
        if self.fault == 11 {
            while let Some(last) = all.last() {
                let more = self.inner.published(Some(last.entry)).await?;
                if more.is_empty() {
                    break;
                }
                all.extend(more);
            }
        }
        if self.fault == 12 && after.is_none() {
            let mut came = self.came.lock().unwrap().clone();
            came.sort_by_key(|record| record.entry);
            came.retain(|record| !all.iter().any(|one| one.entry == record.entry));
            let known = came.iter().map(|record| Published {
                entry: record.entry,
                remote_id: record.entry.to_string(),
                revision: record.revision,
                changed: None,
            });
            all.extend(known);
        }
        Ok(all)
    }
}

#[async_trait]
impl MeetingPublisher for Broken {
    async fn publish_meeting(&self, meeting: &ClearedMeeting) -> Result<(), PortError> {
        let mut spoilt = meeting.meeting().clone();
        if self.fault == 0 {
            spoilt.revision = 1_000;
        }
        if self.fault == 14
            && let Some(before) = self.inner.board().meeting(spoilt.meeting)
        {
            for (item, before) in spoilt.items.iter_mut().zip(before.items) {
                item.decision = item.decision.take().filter(|_| before.decision.is_some());
            }
        }
        let report = spoilt.clean_report();
        let outcome = self.inner.publish_meeting(&clear_meeting(spoilt, &report, &[]).unwrap()).await;
        match (self.fault, outcome) {
            (9, Err(_)) => Err(PortError::new(PortErrorKind::Rejected, "broken.publish_meeting", "no")),
            (_, outcome) => outcome,
        }
    }

    async fn withdraw_meeting(&self, meeting: MeetingId) -> Result<(), PortError> {
        self.inner.withdraw_meeting(meeting).await
    }

    async fn published_meetings(&self, after: Option<MeetingId>) -> Result<Vec<PublishedMeeting>, PortError> {
        self.inner.published_meetings(after).await
    }
}

fn check<const FAULT: usize>() {
    let report = at_once(run_journal(&MemoryJournalHarness::wrapped(broken::<FAULT>)));
    let (what, expected) = FAULTS[FAULT];
    let failed = failed(&report);
    assert!(expected.iter().all(|rule| failed.contains(rule)), "a publisher that {what}: {failed:?}\n{report}");
}

#[test]
fn each_broken_publisher_fails_the_cases_that_are_about_its_fault() {
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
    check::<13>();
    check::<14>();
}
