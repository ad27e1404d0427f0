//! The case of an entry in eInnsyn.

use std::collections::BTreeSet;

use sakarkiv_core::{
    identity::EntryId,
    ports::PortError,
    publication::{PublicRecord, PublicScreening},
    screening::MASK,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    EInnsynPublisher, PUBLISH,
    journal::{Maker, Names},
    kind::Kind,
    node::{Change, Node, digest_of, instant, text},
    skeleton::Skeleton,
    state::State,
    unsettled,
};
use crate::ledger::Line;

/// That an entry gives its case the title which eInnsyn shows of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Titled {
    /// The screening that the case had then; under another one it may have another title.
    screening: Option<PublicScreening>,
}

impl EInnsynPublisher {
    /// Makes a case, in one call with its first entry.
    pub(super) async fn add_case(
        &self,
        skeleton: &mut Skeleton,
        record: &PublicRecord,
        maker: Maker<'_>,
        entry: Option<&Node>,
    ) -> Result<bool, PortError> {
        let now = self.api.now();
        let series = skeleton.series(&self.api, &self.config, &self.tenant, &record.archive).await?;
        let mut body = maker.case(record).body(now);
        if record.archive.class.is_some() {
            let place = (series.as_str(), &record.archive);
            let class = skeleton.class(&self.api, &self.config, &self.tenant, place).await?;
            body.insert("klasse".to_owned(), json!(class));
        }
        if let Some(entry) = entry {
            body.insert("journalpost".to_owned(), json!([entry.body(now)]));
        }
        let path = ["arkivdel".to_owned(), series, "saksmappe".to_owned()];
        let made = self.apply(PUBLISH, vec![Change::Post(path.to_vec(), Value::Object(body))]).await;
        if !matches!(made, Ok(true)) {
            // What it should be made below may be gone.
            skeleton.forget();
        }
        made
    }

    /// Makes of a case that is there what the record says of it.
    pub(super) async fn mend_case(
        &self,
        skeleton: &mut Skeleton,
        record: &PublicRecord,
        maker: Maker<'_>,
        shown: &Value,
    ) -> Result<bool, PortError> {
        let mut case = maker.case(record);
        // An entry that is shown later hides no case that is shown already.
        let hidden = shown.get("accessibleAfter").and_then(instant);
        case.from = hidden.map(|until| case.from.map_or(until, |from| from.min(until)));
        let as_now = |titled: &Titled| titled.screening == record.case.screening;
        if record.journal.bare && self.is_titled(record.case.id.uuid(), record.entry, as_now).await? {
            // Nothing is shown of the entry; that says nothing of the title that another entry gives the case.
            case.members.retain(|name, _| !TITLES.contains(name));
        }
        let mut changes = case.changes(shown, self.api.now());
        let has_class = !text(shown, "klasse").is_empty();
        if has_class || record.archive.class.is_some() {
            let series = skeleton.series(&self.api, &self.config, &self.tenant, &record.archive).await?;
            // A class cannot be taken away. One that must not be shown any more gives way to one that tells nothing.
            let place = (series.as_str(), &record.archive);
            let class = skeleton.class(&self.api, &self.config, &self.tenant, place).await?;
            if text(shown, "klasse") != class {
                let path = vec!["saksmappe".to_owned(), text(shown, "id").to_owned()];
                changes.push(Change::Patch(path, json!({"klasse": class})));
            }
        }
        self.apply(PUBLISH, changes).await
    }

    /// Moves an entry to the case it lies in now, and notes before which one it leaves.
    pub(super) async fn move_entry(
        &self,
        skeleton: &mut Skeleton,
        record: &PublicRecord,
        maker: Maker<'_>,
        (shown, line): (&Value, &mut Line<State>),
    ) -> Result<bool, PortError> {
        let id = record.case.id.to_string();
        let Some(case) = self.object(PUBLISH, &["saksmappe", &id], &[]).await? else {
            self.add_case(skeleton, record, maker, None).await?;
            return Ok(false);
        };
        if !self.mend_case(skeleton, record, maker, &case).await? {
            return Ok(false);
        }
        if let Some(left) = case_of(shown)
            && line.value.left.insert(left)
        {
            line.version = self.entries.put(&line.key, &line.value, line.version).await?;
        }
        let path = vec!["journalpost".to_owned(), text(shown, "id").to_owned()];
        self.apply(PUBLISH, vec![Change::Patch(path, json!({"saksmappe": text(&case, "id")}))]).await
    }

    /// Takes out a case that an entry has left, unless others lie in it; then it loses its title with the last that gave it one.
    pub(super) async fn leave_case(&self, name: &'static str, case: Uuid, entry: EntryId) -> Result<(), PortError> {
        let (id, key) = (case.to_string(), title_key(case, &entry));
        let gave_title = self.titles.has(&key).await?;
        let list = self.api.get(name, &["saksmappe", &id, "journalpost"], &[("limit", "1")]).await?;
        let items = list.as_ref().and_then(|list| list.get("items")).and_then(Value::as_array);
        if items.is_some_and(Vec::is_empty) {
            self.take_away(name, &["saksmappe", &id]).await?;
        } else if items.is_some() && gave_title && !self.is_titled(case, entry, |_| true).await? {
            let masked = json!({"offentligTittel": MASK, "offentligTittelSensitiv": MASK, "slug": id});
            if !self.apply(name, vec![Change::Patch(vec!["saksmappe".to_owned(), id], masked)]).await? {
                return Err(unsettled(name));
            }
        }
        if gave_title { self.titles.commit(vec![self.titles.discard(&key)]).await } else { Ok(()) }
    }

    /// What its case shows as far as an entry says so, as digests: with the names of people, and without, since that depends on
    /// when the entry came. One that shows nothing of itself says nothing of the title.
    pub(super) fn case_shows(&self, record: &PublicRecord) -> BTreeSet<String> {
        let shows = [Names::Shown, Names::Left].map(|names| {
            let mut case = Maker { config: &self.config, names }.case(record);
            if record.journal.bare {
                case.members.retain(|name, _| !TITLES.contains(name));
            }
            case.digest()
        });
        shows.into()
    }

    /// Notes whether an entry, as it is shown now, gives its case a title.
    pub(super) async fn note_title(&self, record: &PublicRecord) -> Result<(), PortError> {
        let key = title_key(record.case.id.uuid(), &record.entry);
        let known = self.titles.get(&key).await?;
        let titled = Titled { screening: record.case.screening.clone() };
        match known {
            Some(_) if record.journal.bare => self.titles.commit(vec![self.titles.discard(&key)]).await,
            None if record.journal.bare => Ok(()),
            Some(line) if line.value == titled => Ok(()),
            _ => self.titles.put(&key, &titled, known.map_or(0, |line| line.version)).await.map(drop),
        }
    }

    /// Whether an entry besides this one gives the case a title, of those that are wanted.
    async fn is_titled(
        &self,
        case: Uuid,
        besides: EntryId,
        wanted: impl Fn(&Titled) -> bool + Send + Sync,
    ) -> Result<bool, PortError> {
        let (start, own) = (title_key(case, &""), title_key(case, &besides));
        let mut after = start.clone();
        loop {
            let mut lines = self.titles.list(Some(after), TITLES_AT_ONCE).await?;
            let full = lines.len() == TITLES_AT_ONCE;
            lines.retain(|line| line.key.starts_with(&start));
            if lines.iter().any(|line| line.key != own && wanted(&line.value)) {
                return Ok(true);
            }
            match lines.pop() {
                Some(last) if full => after = last.key,
                _ => return Ok(false),
            }
        }
    }
}

/// Whether an entry lies in a case that shows what was said of it, by the digests of that. Of what lies in no case nothing is
/// said.
pub(super) fn is_as_said(said: &BTreeSet<String>, entry: &Value) -> bool {
    if said.is_empty() {
        return true;
    }
    let Some(case) = entry.get("saksmappe") else { return false };
    let shows = |case: &Value| said.contains(&digest_of(Kind::Saksmappe, case));
    let mut untitled = case.clone();
    if let Some(members) = untitled.as_object_mut() {
        members.retain(|name, _| !TITLES.contains(&name.as_str()));
    }
    shows(case) || shows(&untitled)
}

/// Where it is kept that an entry gives a case its title: those of one case stand together.
fn title_key(case: Uuid, entry: &impl std::fmt::Display) -> String {
    format!("{case}/{entry}")
}

/// Our id of the case that an entry lies in, when the case is shown with it.
pub(super) fn case_of(entry: &Value) -> Option<Uuid> {
    text(entry.get("saksmappe")?, "systemId").parse().ok()
}

/// The members that are a case's title.
const TITLES: [&str; 2] = ["offentligTittel", "offentligTittelSensitiv"];
const TITLES_AT_ONCE: usize = 100;
