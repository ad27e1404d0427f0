//! What is known of what was published.

use std::collections::BTreeSet;

use sakarkiv_core::{identity::Timestamp, ports::PortError};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::ledger::{Ledger, Line};

/// What is known of something that was published.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(super) struct State {
    /// The newest revision that was tried.
    pub(super) revision: u64,
    /// What it shows, as a digest; nothing while that is not sure.
    pub(super) shows: Option<String>,
    /// The case it lies in.
    pub(super) case: Option<Uuid>,
    /// What it says that its case shows, as digests of which one shall fit.
    #[serde(default)]
    pub(super) case_shows: BTreeSet<String>,
    /// Cases that it lay in before and may have left empty, until that was looked at.
    #[serde(default)]
    pub(super) left: BTreeSet<Uuid>,
    /// It was taken out again.
    pub(super) withdrawn: bool,
    /// When it was last changed.
    pub(super) changed: Option<Timestamp>,
}

/// Notes that a revision is about to be shown. Nothing when a newer one was.
pub(super) async fn begin(
    ledger: &Ledger<State>,
    key: &str,
    revision: u64,
    case: Option<Uuid>,
) -> Result<Option<Line<State>>, PortError> {
    let (known, version) =
        ledger.get(key).await?.map_or_else(|| (State::default(), 0), |line| (line.value, line.version));
    if known.revision > revision {
        return Ok(None);
    }
    let mut left = known.left.clone();
    left.extend(known.case);
    left.retain(|left| Some(*left) != case);
    let value = State { revision, case, left, changed: known.changed, ..State::default() };
    let version = if value == known { version } else { ledger.put(key, &value, version).await? };
    Ok(Some(Line { key: key.to_owned(), value, version }))
}

/// Notes what is shown.
pub(super) async fn end(
    ledger: &Ledger<State>,
    line: &Line<State>,
    shows: String,
    now: Timestamp,
) -> Result<(), PortError> {
    let value = State { shows: Some(shows), left: BTreeSet::new(), changed: Some(now), ..line.value.clone() };
    ledger.put(&line.key, &value, line.version).await.map(drop)
}

/// Notes that something is about to be taken out.
pub(super) async fn withdrawing(ledger: &Ledger<State>, key: &str) -> Result<Option<State>, PortError> {
    let Some(line) = ledger.get(key).await? else { return Ok(None) };
    let value = State { shows: None, withdrawn: true, ..line.value.clone() };
    if value != line.value {
        ledger.put(key, &value, line.version).await?;
    }
    Ok(Some(line.value))
}
