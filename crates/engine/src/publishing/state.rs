//! What is remembered of publication, in the store's small records, each in a form of its own. JSON forms are at rest: fields
//! may be added with a default, never renamed.

use std::{collections::BTreeSet, str::FromStr};

use sakarkiv_core::{
    document::ContentHash,
    identity::{CaseId, ChannelId, DocumentId, EntryId, TenantId, Timestamp},
    journal::EntryNumber,
    ports::{Kept, KeptFilter, Op, StoreError},
    publication::{Finding, Holds, Release},
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::office::Office;

/// What shall be shown of an entry, as last decided. Due when it has to be looked at again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Edition {
    pub(crate) case: CaseId,
    pub(crate) standing: Standing,
    /// What would be shown, as a digest; nothing when the rules show nothing.
    pub(crate) content: Option<ContentHash>,
    /// The text that was checked and the secrets it was checked for, as a digest.
    pub(crate) checked: Option<ContentHash>,
    /// Everything the leak check found in it, released or not.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) findings: Vec<Finding>,
}

/// Whether an entry is let out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Standing {
    /// The rules, or somebody's word, show nothing of it.
    Absent,
    /// The leak check holds it back.
    Held,
    /// It could not be checked; that is tried again.
    Unchecked,
    /// It may be shown.
    Cleared,
}

/// What people have said about the publication of an entry.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Word {
    pub(crate) withdrawn: bool,
    pub(crate) withdrawn_files: BTreeSet<DocumentId>,
    pub(crate) releases: Vec<Release>,
}

impl Word {
    pub(crate) fn holds(&self) -> Holds {
        Holds { withdrawn: self.withdrawn, withdrawn_files: self.withdrawn_files.clone() }
    }
}

/// An entry that the leak check holds back, for the archivists' list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct HeldBack {
    pub(crate) case: CaseId,
    pub(crate) number: EntryNumber,
    pub(crate) since: Timestamp,
    /// What nobody has released.
    pub(crate) findings: Vec<Finding>,
}

/// How an entry or a meeting stands with one publisher. Due while what shall stand there may not be what does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Stand {
    /// Its case; nothing for a meeting, and for what stands there and was never ours.
    pub(crate) case: Option<CaseId>,
    /// What shall stand there; nothing when it must go.
    pub(crate) goal: Option<ContentHash>,
    /// Under which revision. Grows with every change of the goal.
    pub(crate) revision: u64,
    /// What the publisher took last; nothing after a withdrawal.
    pub(crate) there: Option<ContentHash>,
    /// How often in a row the publisher did not take it.
    #[serde(default)]
    pub(crate) tries: u32,
}

impl Stand {
    /// The stand that leads to a goal, with the moment it is due; nothing when it leads there already.
    ///
    /// What was never shown waits for `evening`; everything else is done at once, also what a call that failed may have shown.
    pub(crate) fn towards(
        before: Option<&AtPublisher>,
        case: Option<CaseId>,
        goal: Option<ContentHash>,
        (now, evening): (Timestamp, Timestamp),
    ) -> Option<(Self, Timestamp)> {
        let Some(before) = before else {
            let goal = goal?;
            return Some((Self { case, goal: Some(goal), revision: 1, there: None, tries: 0 }, evening));
        };
        if before.value.goal == goal {
            return None;
        }
        // Without a goal it is due as long as something may still stand there: what follows must not leave that until the evening.
        let waiting = before.due.unwrap_or(evening);
        let may_stand_there = before.value.there.is_some() || before.value.tries > 0;
        let due = if goal.is_none() || may_stand_there { now } else { waiting };
        let revision = before.value.revision.saturating_add(u64::from(goal.is_some()));
        Some((Self { case, goal, revision, tries: 0, ..before.value.clone() }, due))
    }
}

pub(crate) type AtPublisher = Stored<Stand>;

/// A small record as it was read.
#[derive(Debug, Clone)]
pub(crate) struct Stored<T> {
    pub(crate) key: String,
    pub(crate) value: T,
    pub(crate) due: Option<Timestamp>,
    pub(crate) version: u64,
}

impl<T> Stored<T> {
    /// Which entry or meeting it is about.
    pub(crate) fn about<I: FromStr>(&self) -> Result<I, StoreError> {
        self.key
            .parse()
            .map_err(|_| StoreError::Corrupt("a record of publication is about something unknown".to_owned()))
    }
}

/// The kind of the stands with a publisher.
pub(crate) fn at(publisher: &ChannelId) -> String {
    format!("publication.at.{publisher}")
}

/// The kind of the stands of meetings with a publisher.
pub(crate) fn meetings_at(publisher: &ChannelId) -> String {
    format!("publication.meeting.at.{publisher}")
}

/// The key of an entry's records. Sorts as the ids do.
pub(crate) fn key(entry: EntryId) -> String {
    entry.to_string()
}

/// Reads one record.
pub(crate) async fn read<T: DeserializeOwned>(
    office: &Office,
    tenant: &TenantId,
    kind: &str,
    key: &str,
) -> Result<Option<Stored<T>>, StoreError> {
    office.store.kept(tenant, kind, key).await?.map(parse).transpose()
}

/// Reads a page of records.
pub(crate) async fn read_page<T: DeserializeOwned>(
    office: &Office,
    tenant: &TenantId,
    filter: &KeptFilter,
    after: Option<String>,
    limit: usize,
) -> Result<Vec<Stored<T>>, StoreError> {
    office.store.kept_list(tenant, filter, after, limit).await?.into_iter().map(parse).collect()
}

/// The change that stores a record in the place of the one that was read.
pub(crate) fn put<T: Serialize, U>(
    kind: &str,
    key: &str,
    value: &T,
    due: Option<Timestamp>,
    before: Option<&Stored<U>>,
) -> Result<Op, StoreError> {
    let value = serde_json::to_string(value).map_err(|error| StoreError::Invalid(error.to_string()))?;
    let mut kept = Kept::new(kind, key, value);
    kept.due = due;
    kept.version = before.map_or(0, |before| before.version);
    Ok(Op::Keep(kept))
}

fn parse<T: DeserializeOwned>(kept: Kept) -> Result<Stored<T>, StoreError> {
    let value = serde_json::from_str(&kept.value)
        .map_err(|error| StoreError::Corrupt(format!("a record of kind {}: {error}", kept.kind)))?;
    Ok(Stored { key: kept.key, value, due: kept.due, version: kept.version })
}

/// Kinds of records.
pub(crate) const EDITION: &str = "publication.entry";
pub(crate) const WORD: &str = "publication.word";
pub(crate) const HELD: &str = "publication.held";
/// Cases that have to be looked at again, by case.
pub(crate) const AGAIN: &str = "publication.again";

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn moment(seconds: i64) -> Timestamp {
        Timestamp::from_timestamp(seconds, 0).unwrap()
    }

    fn digest(n: u8) -> ContentHash {
        ContentHash::new([n; 32])
    }

    fn towards(before: Option<&AtPublisher>, goal: Option<u8>) -> Option<(Stand, Timestamp)> {
        let case = CaseId::from_uuid(Uuid::from_u128(1));
        Stand::towards(before, Some(case), goal.map(digest), (moment(1), moment(100)))
    }

    fn stored(goal: Option<u8>, there: Option<u8>, due: Option<i64>) -> AtPublisher {
        let value = Stand { case: None, goal: goal.map(digest), revision: 3, there: there.map(digest), tries: 0 };
        Stored { key: String::new(), value, due: due.map(moment), version: 1 }
    }

    fn failed(mut stand: AtPublisher) -> AtPublisher {
        stand.value.tries = 2;
        stand
    }

    #[test]
    fn what_was_never_shown_waits_for_the_evening_and_what_must_go_or_be_corrected_does_not() {
        assert_eq!(towards(None, None), None);
        let due = |before: &AtPublisher, goal| towards(Some(before), goal).map(|(_, due)| due);
        assert_eq!(towards(None, Some(1)).map(|(stand, due)| (stand.revision, due)), Some((1, moment(100))));
        assert_eq!(due(&stored(Some(1), None, Some(50)), Some(2)), Some(moment(50)), "the evening it waits for");
        assert_eq!(due(&stored(Some(1), Some(1), None), Some(2)), Some(moment(1)), "a correction");
        assert_eq!(due(&stored(Some(1), Some(1), None), None), Some(moment(1)), "a withdrawal");
        assert_eq!(due(&stored(Some(1), None, Some(50)), None), Some(moment(1)), "the call may have got through");
        assert_eq!(due(&stored(None, Some(1), Some(1)), Some(2)), Some(moment(1)), "the old one still stands there");
        assert_eq!(due(&stored(None, None, None), Some(1)), Some(moment(100)), "again after a withdrawal");
        let unsure = stored(None, None, Some(7));
        assert_eq!(due(&unsure, Some(2)), Some(moment(7)), "a call that got through may still stand there");
        assert_eq!(due(&failed(stored(Some(1), None, Some(50))), Some(2)), Some(moment(1)), "it may have got through");
        assert_eq!(due(&stored(Some(1), Some(1), None), Some(1)), None);
    }

    #[test]
    fn revisions_grow_over_withdrawals() {
        let (gone, _) = towards(Some(&failed(stored(Some(1), Some(1), None))), None).unwrap();
        assert_eq!((gone.revision, gone.goal, gone.tries), (3, None, 0));
        let gone = Stored { key: String::new(), value: gone, due: None, version: 2 };
        assert_eq!(towards(Some(&gone), Some(1)).unwrap().0.revision, 4);
    }
}
