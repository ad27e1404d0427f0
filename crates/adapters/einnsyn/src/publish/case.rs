//! The case of an entry in eInnsyn.

use sakarkiv_core::{ports::PortError, publication::PublicRecord};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    EInnsynPublisher, PUBLISH,
    journal::Maker,
    node::{Change, Node, instant, text},
    skeleton::Skeleton,
    state::State,
};
use crate::ledger::Line;

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
        if record.journal.bare {
            // Nothing is shown of the entry; that says nothing of the title that the case's other entries give it.
            case.members.retain(|name, _| !name.starts_with("offentligTittel"));
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

    /// Takes out a case that has no entry any more.
    pub(super) async fn close_case(&self, name: &'static str, case: Uuid) -> Result<(), PortError> {
        let case = case.to_string();
        let Some(list) = self.api.get(name, &["saksmappe", &case, "journalpost"], &[("limit", "1")]).await? else {
            return Ok(());
        };
        let empty = list.get("items").and_then(Value::as_array).is_some_and(Vec::is_empty);
        if empty { self.take_away(name, &["saksmappe", &case]).await } else { Ok(()) }
    }
}

/// Our id of the case that an entry lies in, when the case is shown with it.
pub(super) fn case_of(entry: &Value) -> Option<Uuid> {
    text(entry.get("saksmappe")?, "systemId").parse().ok()
}
