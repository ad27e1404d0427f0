//! The public journal in eInnsyn.

mod case;
mod journal;
mod kind;
mod meeting;
mod node;
mod skeleton;
mod state;

use std::{collections::BTreeSet, fmt};

use async_trait::async_trait;
use chrono::Days;
use futures_util::lock::Mutex;
use http::Method;
use sakarkiv_core::{
    identity::{EntryId, MeetingId, TenantId, Timestamp},
    ports::{
        JournalPublisher, MeetingPublisher, PortError, PortErrorKind, Published, PublishedMeeting,
        PublisherCapabilities,
    },
    publication::{ClearedMeeting, ClearedRecord, PublicMeeting, PublicRecord},
};
use serde_json::Value;
use uuid::Uuid;

use self::{
    case::{Titled, case_of, is_as_said},
    journal::{Maker, Names},
    kind::Kind,
    node::{Change, Node, digest_of, instant, text},
    skeleton::Skeleton,
    state::{State, begin, end, withdrawing},
};
pub(crate) use self::{node::text as text_of, skeleton::who_am_i};
use crate::{
    EInnsynConfigError, Surroundings,
    api::{Api, Outcome},
    config::EInnsynConfig,
    ledger::{Ledger, Line},
};

/// eInnsyn as the public journal of one tenant: entries with their cases (R7.1), and meetings of committees (R7.9).
///
/// One thing is published at a time. What eInnsyn shows is looked up before it is changed, so publishing again mends whatever
/// is not as it should be, and a call whose answer was lost can simply be made again. What was last published of each entry is
/// kept in the store, so that an older revision is never published over a newer one.
pub struct EInnsynPublisher {
    api: Api,
    config: EInnsynConfig,
    tenant: TenantId,
    entries: Ledger<State>,
    meetings: Ledger<State>,
    titles: Ledger<Titled>,
    turn: Mutex<Skeleton>,
}

impl EInnsynPublisher {
    /// A publisher of a tenant's journal.
    ///
    /// # Errors
    /// [`EInnsynConfigError`] when the configuration cannot work.
    pub fn new(
        tenant: TenantId,
        config: EInnsynConfig,
        surroundings: &Surroundings,
    ) -> Result<Self, EInnsynConfigError> {
        config.check()?;
        let api = Api::new(&config, config.key()?, surroundings);
        let entries = Ledger::new(&surroundings.store, &tenant, "einnsyn.entry");
        let meetings = Ledger::new(&surroundings.store, &tenant, "einnsyn.meeting");
        let titles = Ledger::new(&surroundings.store, &tenant, "einnsyn.case-title");
        Ok(Self { api, config, tenant, entries, meetings, titles, turn: Mutex::new(Skeleton::default()) })
    }

    /// Tests key and connection without changing anything.
    ///
    /// # Errors
    /// Says what is wrong: `Unauthorised`, `Misconfigured` or `Transient`.
    pub async fn check(&self) -> Result<(), PortError> {
        who_am_i(&self.api, &self.config).await.map(drop)
    }

    /// One try to make eInnsyn show an entry. Gives the digest of what it shows; nothing when something changed under way and
    /// it must be looked up again.
    async fn show_entry(
        &self,
        skeleton: &mut Skeleton,
        record: &PublicRecord,
        line: &mut Line<State>,
    ) -> Result<Option<String>, PortError> {
        let id = record.entry.to_string();
        let shown = self.object(PUBLISH, &["journalpost", &id], &shown_with(Kind::Journalpost)).await?;
        let got =
            shown.as_ref().and_then(|shown| instant(shown.get("publisertDato")?)).unwrap_or_else(|| self.api.now());
        let maker = Maker { config: &self.config, names: Names::of(record, got) };
        let entry = maker.entry(record);
        let Some(shown) = shown else {
            let made = self.add_entry(skeleton, record, maker, &entry).await?;
            return Ok(made.then(|| entry.digest()));
        };
        let case = shown.get("saksmappe").filter(|case| text(case, "systemId") == record.case.id.to_string());
        let settled = match case {
            Some(case) => self.mend_case(skeleton, record, maker, case).await?,
            None => self.move_entry(skeleton, record, maker, (&shown, line)).await?,
        };
        let settled = settled && self.apply(PUBLISH, entry.changes(&shown, self.api.now())).await?;
        Ok(settled.then(|| entry.digest()))
    }

    /// Makes an entry that is not there, with its case when that is not there either.
    async fn add_entry(
        &self,
        skeleton: &mut Skeleton,
        record: &PublicRecord,
        maker: Maker<'_>,
        entry: &Node,
    ) -> Result<bool, PortError> {
        let now = self.api.now();
        let id = record.case.id.to_string();
        let Some(case) = self.object(PUBLISH, &["saksmappe", &id], &[]).await? else {
            return self.add_case(skeleton, record, maker, Some(entry)).await;
        };
        if !self.mend_case(skeleton, record, maker, &case).await? {
            return Ok(false);
        }
        let path = ["saksmappe".to_owned(), text(&case, "id").to_owned(), "journalpost".to_owned()];
        self.apply(PUBLISH, vec![Change::Post(path.to_vec(), Value::Object(entry.body(now)))]).await
    }

    /// Takes something away, if it is there.
    async fn take_away(&self, name: &'static str, path: &[&str]) -> Result<(), PortError> {
        match self.api.change(name, Method::DELETE, path, None).await? {
            Outcome::Done(_) | Outcome::Gone => Ok(()),
            Outcome::Conflict => Err(unsettled(name)),
        }
    }

    /// One try to make eInnsyn show a meeting.
    async fn show_meeting(
        &self,
        skeleton: &mut Skeleton,
        meeting: &PublicMeeting,
    ) -> Result<Option<String>, PortError> {
        let id = meeting.meeting.to_string();
        let shown = self.object(MEETING, &["moetemappe", &id], &Kind::Moetemappe.expand()).await?;
        let got =
            shown.as_ref().and_then(|shown| instant(shown.get("publisertDato")?)).unwrap_or_else(|| self.api.now());
        let over = meeting.starts.checked_add_days(Days::new(365)).is_some_and(|end| got > end);
        let names = if over { Names::Left } else { Names::Shown };
        let node = Maker { config: &self.config, names }.meeting(meeting);
        let settled = if let Some(shown) = shown {
            self.apply(MEETING, node.changes(&shown, self.api.now())).await?
        } else {
            let series = skeleton.series(&self.api, &self.config, &self.tenant, &meeting.archive).await?;
            let path = ["arkivdel".to_owned(), series, "moetemappe".to_owned()];
            let body = Value::Object(node.body(self.api.now()));
            let made = self.apply(MEETING, vec![Change::Post(path.to_vec(), body)]).await;
            if !matches!(made, Ok(true)) {
                skeleton.forget();
            }
            made?
        };
        Ok(settled.then(|| node.digest()))
    }

    /// Makes changes one after the other. False when something was not as it was when they were found out.
    async fn apply(&self, name: &'static str, changes: Vec<Change>) -> Result<bool, PortError> {
        for change in changes {
            let (method, path, body) = match change {
                Change::Patch(path, body) => (Method::PATCH, path, Some(body)),
                Change::Post(path, body) => (Method::POST, path, Some(body)),
                Change::Delete(path) => (Method::DELETE, path, None),
            };
            let segments: Vec<&str> = path.iter().map(String::as_str).collect();
            let deletes = method == Method::DELETE;
            match self.api.change(name, method, &segments, body.as_ref()).await? {
                Outcome::Done(_) => {}
                Outcome::Gone if deletes => {}
                Outcome::Gone | Outcome::Conflict => return Ok(false),
            }
        }
        Ok(true)
    }

    /// One object with what is to be expanded.
    async fn object(&self, name: &'static str, path: &[&str], expand: &[String]) -> Result<Option<Value>, PortError> {
        let query: Vec<(&str, &str)> = expand.iter().map(|path| ("expand", path.as_str())).collect();
        Ok(self.api.get(name, path, &query).await?.filter(|object| !text(object, "id").is_empty()))
    }

    /// Which of some things are shown, by our ids, as eInnsyn has them.
    async fn shown_of(&self, kind: Kind, ids: &[String]) -> Result<Vec<Value>, PortError> {
        let expand = shown_with(kind);
        let mut query: Vec<(&str, &str)> = ids.iter().map(|id| ("ids", id.as_str())).collect();
        query.extend(expand.iter().map(|path| ("expand", path.as_str())));
        let list = self.api.get(PUBLISHED, &[kind.shape().path], &query).await?;
        let items = list.as_ref().and_then(|list| list.get("items")).and_then(Value::as_array);
        Ok(items.cloned().unwrap_or_default())
    }

    /// The next things of a ledger that are shown, with the revision they show.
    async fn shown_after(
        &self,
        kind: Kind,
        ledger: &Ledger<State>,
        after: Option<String>,
    ) -> Result<Vec<(Line<State>, Value, u64)>, PortError> {
        let mut after = after;
        loop {
            let lines = ledger.list(after.take(), usize::from(self.config.page)).await?;
            let Some(last) = lines.last() else { return Ok(Vec::new()) };
            after = Some(last.key.clone());
            let ids: Vec<String> = lines.iter().map(|line| line.key.clone()).collect();
            let shown = self.shown_of(kind, &ids).await?;
            let found = lines.into_iter().filter_map(|line| {
                let object = shown.iter().find(|object| text(object, "systemId") == line.key)?.clone();
                let state = &line.value;
                let same = state.shows.as_ref() == Some(&digest_of(kind, &object));
                let right = !state.withdrawn && same && is_as_said(&state.case_shows, &object);
                let revision = if right { state.revision } else { 0 };
                Some((line, object, revision))
            });
            let found: Vec<_> = found.collect();
            if !found.is_empty() {
                return Ok(found);
            }
        }
    }

    fn of_tenant(&self, tenant: &TenantId, name: &'static str) -> Result<(), PortError> {
        if *tenant == self.tenant {
            return Ok(());
        }
        Err(PortError::new(PortErrorKind::Misconfigured, name, "the record is another tenant's than the publisher's"))
    }
}

impl fmt::Debug for EInnsynPublisher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EInnsynPublisher").field("tenant", &self.tenant).field("api", &self.api).finish_non_exhaustive()
    }
}

fn unsettled(name: &'static str) -> PortError {
    PortError::new(PortErrorKind::Transient, name, "eInnsyn changed under way again and again; try later")
}

#[async_trait]
impl JournalPublisher for EInnsynPublisher {
    fn capabilities(&self) -> PublisherCapabilities {
        let mut capabilities = PublisherCapabilities::new(usize::from(self.config.page));
        capabilities.documents = self.config.files.is_some();
        capabilities
    }

    async fn publish(&self, record: &ClearedRecord) -> Result<(), PortError> {
        let record = record.record();
        self.of_tenant(&record.tenant, PUBLISH)?;
        let mut skeleton = self.turn.lock().await;
        skeleton.unit(&self.api, &self.config).await?;
        let (key, case) = (record.entry.to_string(), record.case.id.uuid());
        let Some(mut line) = begin(&self.entries, &key, record.revision, Some(case)).await? else { return Ok(()) };
        for _ in 0..TRIES {
            if let Some(shows) = self.show_entry(&mut skeleton, record, &mut line).await? {
                for left in &line.value.left {
                    self.leave_case(PUBLISH, *left, record.entry).await?;
                }
                self.note_title(record).await?;
                line.value.case_shows = self.case_shows(record);
                return end(&self.entries, &line, shows, self.api.now()).await;
            }
        }
        Err(unsettled(PUBLISH))
    }

    async fn withdraw(&self, entry: EntryId) -> Result<(), PortError> {
        let mut skeleton = self.turn.lock().await;
        skeleton.unit(&self.api, &self.config).await?;
        let key = entry.to_string();
        let known = withdrawing(&self.entries, &key).await?;
        let shown = self.object(WITHDRAW, &["journalpost", &key], &["saksmappe".to_owned()]).await?;
        if let Some(shown) = &shown {
            self.take_away(WITHDRAW, &["journalpost", text(shown, "id")]).await?;
        }
        let known = known.map(|known| known.left.into_iter().chain(known.case)).into_iter().flatten();
        let cases: BTreeSet<Uuid> = known.chain(shown.as_ref().and_then(case_of)).collect();
        for case in cases {
            self.leave_case(WITHDRAW, case, entry).await?;
        }
        Ok(())
    }

    async fn published(&self, after: Option<EntryId>) -> Result<Vec<Published>, PortError> {
        let after = after.map(|entry| entry.to_string());
        let shown = self.shown_after(Kind::Journalpost, &self.entries, after).await?;
        let found = shown.into_iter().filter_map(|(line, object, revision)| {
            let entry = line.key.parse().ok()?;
            let (remote_id, changed) = (text(&object, "id").to_owned(), changed(&object));
            Some(Published { entry, remote_id, revision, changed })
        });
        Ok(found.collect())
    }
}

#[async_trait]
impl MeetingPublisher for EInnsynPublisher {
    async fn publish_meeting(&self, meeting: &ClearedMeeting) -> Result<(), PortError> {
        let meeting = meeting.meeting();
        self.of_tenant(&meeting.tenant, MEETING)?;
        let mut skeleton = self.turn.lock().await;
        skeleton.unit(&self.api, &self.config).await?;
        let key = meeting.meeting.to_string();
        let Some(line) = begin(&self.meetings, &key, meeting.revision, None).await? else { return Ok(()) };
        for _ in 0..TRIES {
            if let Some(shows) = self.show_meeting(&mut skeleton, meeting).await? {
                return end(&self.meetings, &line, shows, self.api.now()).await;
            }
        }
        Err(unsettled(MEETING))
    }

    async fn withdraw_meeting(&self, meeting: MeetingId) -> Result<(), PortError> {
        let mut skeleton = self.turn.lock().await;
        skeleton.unit(&self.api, &self.config).await?;
        let key = meeting.to_string();
        withdrawing(&self.meetings, &key).await?;
        self.take_away(WITHDRAW, &["moetemappe", &key]).await
    }

    async fn published_meetings(&self, after: Option<MeetingId>) -> Result<Vec<PublishedMeeting>, PortError> {
        let after = after.map(|meeting| meeting.to_string());
        let shown = self.shown_after(Kind::Moetemappe, &self.meetings, after).await?;
        let found = shown.into_iter().filter_map(|(line, object, revision)| {
            let meeting = line.key.parse().ok()?;
            let (remote_id, changed) = (text(&object, "id").to_owned(), changed(&object));
            Some(PublishedMeeting { meeting, remote_id, revision, changed })
        });
        Ok(found.collect())
    }
}

/// What is asked for with something: all that hangs below it, and the case of an entry.
fn shown_with(kind: Kind) -> Vec<String> {
    let mut paths = kind.expand();
    if kind == Kind::Journalpost {
        paths.push("saksmappe".to_owned());
    }
    paths
}

fn changed(object: &Value) -> Option<Timestamp> {
    object.get("oppdatertDato").and_then(instant)
}

/// How often something is looked up anew when it changes under way.
const TRIES: usize = 3;
const PUBLISH: &str = "einnsyn.publish";
const WITHDRAW: &str = "einnsyn.withdraw";
const PUBLISHED: &str = "einnsyn.published";
const MEETING: &str = "einnsyn.publish_meeting";
