//! Requests for access to documents (innsynskrav, R7.8).

mod order;

use std::{collections::BTreeSet, fmt, sync::Arc};

use async_trait::async_trait;
use chrono::Duration;
use futures_util::lock::Mutex;
use sakarkiv_core::{
    identity::{TenantId, Timestamp},
    ports::{AccessRequest, AccessRequests, Clock, PortError, PortErrorKind, Requester, Wanted},
    screening::Private,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use self::order::{OrderError, parse_order};
use self::order::{digest, id_of, key_of, without_scheme};
use crate::{
    EInnsynConfigError, Surroundings,
    api::Api,
    config::EInnsynConfig,
    ledger::Ledger,
    publish::{text_of as text, who_am_i},
};

/// The requests for access to entries of one tenant.
///
/// eInnsyn lists what was asked for, also what nobody has confirmed and what it has not sent on yet; such things are left alone
/// until they are sent. Because a request may be confirmed long after it was placed, all of the last
/// [`look_back_days`](EInnsynConfig::look_back_days) are read each time. A request is copied into the store when it is first
/// seen, because it vanishes at eInnsyn with the entry that it asks for; of one that was marked, only its id is kept.
///
/// Orders that come by e-mail or eFormidling are [taken in](Self::take_order) beside them. The same request is listed once,
/// whichever way it came first.
pub struct EInnsynRequests {
    api: Api,
    config: EInnsynConfig,
    clock: Arc<dyn Clock>,
    waiting: Ledger<AccessRequest>,
    marked: Ledger<Marked>,
    asked: Ledger<Asked>,
    units: Mutex<Vec<String>>,
}

/// A request that is registered. Nothing is kept of who asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Marked {
    at: Timestamp,
}

/// Under which id something was asked for first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Asked {
    id: String,
}

impl EInnsynRequests {
    /// The requests of a tenant.
    ///
    /// # Errors
    /// [`EInnsynConfigError`] when the configuration cannot work.
    pub fn new(
        tenant: &TenantId,
        config: EInnsynConfig,
        surroundings: &Surroundings,
    ) -> Result<Self, EInnsynConfigError> {
        config.check()?;
        let api = Api::new(&config, config.key()?, surroundings);
        let store = &surroundings.store;
        Ok(Self {
            api,
            config,
            clock: Arc::clone(&surroundings.clock),
            waiting: Ledger::new(store, tenant, "einnsyn.request"),
            marked: Ledger::new(store, tenant, "einnsyn.request-marked"),
            asked: Ledger::new(store, tenant, "einnsyn.request-asked"),
            units: Mutex::default(),
        })
    }

    /// Takes in an order (`order.xml`) that came another way, to be listed with the others. Gives its id; nothing when all that
    /// it asks for is known already. `sent` is when the message came.
    ///
    /// # Errors
    /// `Rejected` for what is no order; `Transient` when the store cannot take it.
    pub async fn take_order(&self, xml: &[u8], sent: Timestamp) -> Result<Option<String>, PortError> {
        let mut request = parse_order(xml, sent).map_err(|error| {
            PortError::new(PortErrorKind::Rejected, "einnsyn.take_order", error.to_string()).with_source(error)
        })?;
        let message = digest(&[xml]);
        if let Some(order) = &request.order {
            let mut new = Vec::new();
            for wanted in request.wanted {
                if !self.asked.has(&key_of(order, &wanted, &message)).await? {
                    new.push(wanted);
                }
            }
            if new.is_empty() {
                return Ok(None);
            }
            request.id = id_of(order, &new, &message);
            request.wanted = new;
        }
        if self.is_known(&request.id).await? {
            return Ok(None);
        }
        self.keep(&request, &message).await?;
        Ok(Some(request.id))
    }

    /// Tests key and connection without taking anything in.
    ///
    /// # Errors
    /// Says what is wrong: `Unauthorised`, `Misconfigured` or `Transient`.
    pub async fn check(&self) -> Result<(), PortError> {
        who_am_i(&self.api, &self.config).await.map(drop)
    }

    /// Reads what was asked for of one unit, and keeps what was sent and is not known.
    async fn read(&self, unit: &str) -> Result<(), PortError> {
        let since = self.clock.now() - Duration::days(i64::from(self.config.look_back_days));
        let start = first_id(since);
        let query = [
            ("sortOrder", "asc"),
            ("limit", "100"),
            ("startingAfter", start.as_str()),
            ("expand", "journalpost.saksmappe"),
        ];
        let path = ["enhet", unit, "innsynskrav"];
        let unknown =
            || PortError::new(PortErrorKind::Misconfigured, LIST, "a unit is not known; check `request_units`");
        let mut page = self.api.get(LIST, &path, &query).await?.ok_or_else(unknown)?;
        let mut seen = BTreeSet::new();
        loop {
            for item in page.get("items").and_then(Value::as_array).into_iter().flatten() {
                self.take(item).await?;
            }
            let next = text(&page, "next").to_owned();
            // A page that leads back to one before would never end.
            if next.is_empty() || !seen.insert(next.clone()) || seen.len() > MOST_PAGES {
                return Ok(());
            }
            page = self.api.follow(LIST, &next).await?;
        }
    }

    /// Keeps a request that was sent, unless it is known.
    async fn take(&self, item: &Value) -> Result<(), PortError> {
        let id = text(item, "id");
        let Some(sent) = item.get("sent").and_then(Value::as_str).and_then(moment) else { return Ok(()) };
        if id.is_empty() || self.is_known(id).await? {
            return Ok(());
        }
        let request = request_of(id, sent, item);
        if let Some(order) = &request.order {
            for wanted in &request.wanted {
                if self.asked.has(&key_of(order, wanted, id)).await? {
                    // It came as an order before.
                    return self.marked.put(id, &Marked { at: self.clock.now() }, 0).await.map(drop);
                }
            }
        }
        self.keep(&request, id).await
    }

    async fn is_known(&self, id: &str) -> Result<bool, PortError> {
        Ok(self.waiting.has(id).await? || self.marked.has(id).await?)
    }

    /// Keeps a request, with what it asks for as asked for in a message.
    async fn keep(&self, request: &AccessRequest, message: &str) -> Result<(), PortError> {
        let mut ops = vec![self.waiting.keep(&request.id, request, 0)?];
        if let Some(order) = &request.order {
            let keys: BTreeSet<String> = request.wanted.iter().map(|wanted| key_of(order, wanted, message)).collect();
            for key in keys {
                ops.push(self.asked.keep(&key, &Asked { id: request.id.clone() }, 0)?);
            }
        }
        self.waiting.commit(ops).await
    }

    /// The units whose requests are read.
    async fn units(&self) -> Result<Vec<String>, PortError> {
        let mut units = self.units.lock().await;
        if units.is_empty() {
            let mut all = vec![who_am_i(&self.api, &self.config).await?];
            all.extend(self.config.request_units.iter().cloned());
            all.dedup();
            *units = all;
        }
        Ok(units.clone())
    }
}

impl fmt::Debug for EInnsynRequests {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EInnsynRequests").field("api", &self.api).finish_non_exhaustive()
    }
}

#[async_trait]
impl AccessRequests for EInnsynRequests {
    async fn list(&self) -> Result<Vec<String>, PortError> {
        for unit in self.units().await? {
            self.read(&unit).await?;
        }
        let mut found = Vec::new();
        let mut after = None;
        loop {
            let lines = self.waiting.list(after.take(), LINES).await?;
            let Some(last) = lines.last() else { break };
            after = Some(last.key.clone());
            found.extend(lines.into_iter().map(|line| (line.value.sent, line.key)));
        }
        found.sort();
        Ok(found.into_iter().map(|(_, id)| id).collect())
    }

    async fn fetch(&self, id: &str) -> Result<AccessRequest, PortError> {
        let gone = || PortError::new(PortErrorKind::Rejected, "einnsyn.fetch", "no such request waits");
        self.waiting.get(id).await?.map(|line| line.value).ok_or_else(gone)
    }

    async fn mark(&self, id: &str) -> Result<(), PortError> {
        if self.marked.has(id).await? {
            return Ok(());
        }
        let marked = self.marked.keep(id, &Marked { at: self.clock.now() }, 0)?;
        self.marked.commit(vec![self.waiting.discard(id), marked]).await
    }
}

/// A request as eInnsyn lists it, with its entry and case expanded as far as they are.
fn request_of(id: &str, sent: Timestamp, item: &Value) -> AccessRequest {
    let null = Value::Null;
    let entry = item.get("journalpost").unwrap_or(&null);
    let case = entry.get("saksmappe").unwrap_or(&null);
    let some = |object: &Value, name: &str| Some(text(object, name).to_owned()).filter(|text| !text.is_empty());
    let number = |name: &str| entry.get(name).and_then(Value::as_u64);
    let running = number("journalsekvensnummer").zip(number("journalaar"));
    let wanted = Wanted {
        entry: text(entry, "systemId").parse().ok(),
        case: text(case, "saksnummer").parse().ok(),
        number: number("journalpostnummer").and_then(|number| u32::try_from(number).ok()),
        running_number: running.map(|(sequence, year)| format!("{sequence}/{year}")),
        remote_id: entry.as_str().map(str::to_owned).or_else(|| some(entry, "id")),
        archive: None,
        unit: some(entry, "administrativEnhet"),
        handler: None,
    };
    let email = some(item, "email").filter(|email| email.contains('@'));
    let requester = Requester { email: email.map(Private::new), ..Requester::default() };
    let mut request = AccessRequest::new(id, sent, vec![wanted], requester);
    let order = item.get("innsynskravBestilling").unwrap_or(&null);
    let order = order.as_str().map(str::to_owned).or_else(|| some(order, "id")).map(without_scheme);
    request.order = order.filter(|id| !id.is_empty());
    if request.requester.email.is_none() {
        request.remarks.push("the requester's address of e-mail is missing".to_owned());
    }
    request
}

fn moment(text: &str) -> Option<Timestamp> {
    chrono::DateTime::parse_from_rfc3339(text).ok().map(|at| at.to_utc())
}

/// The id that a request placed at a moment would have at the least: ids are UUIDs of version 7 in base 32, so they sort by
/// the moment they were made.
fn first_id(moment: Timestamp) -> String {
    let millis = u128::try_from(moment.timestamp_millis()).unwrap_or_default();
    let bits = (millis << 80) | (7 << 76) | (0b10 << 62);
    let signs = (0..26_u32).rev().filter_map(|place| {
        let five = usize::try_from((bits >> (5 * place)) & 31).ok()?;
        SIGNS.get(five).copied().map(char::from)
    });
    format!("ikd_{}", signs.collect::<String>())
}

const SIGNS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
const LINES: usize = 200;
/// A hundred thousand requests.
const MOST_PAGES: usize = 1000;
const LIST: &str = "einnsyn.list";

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_timestamp(seconds, 0).unwrap()
    }

    #[test]
    fn the_first_id_of_a_moment_sorts_with_ids_of_the_service() {
        assert!(first_id(at(1_789_459_200)) < first_id(at(1_789_459_201)));
        assert_eq!(first_id(at(1_789_459_200)).len(), 30);
    }

    #[test]
    fn an_entry_that_is_not_told_of_is_kept_by_its_id() {
        let item = json!({"id": "ikd_1", "journalpost": "jp_1", "innsynskravBestilling": {"id": "ik_1"}});
        let request = request_of("ikd_1", at(0), &item);
        assert_eq!(request.wanted, [Wanted { remote_id: Some("jp_1".to_owned()), ..Wanted::default() }]);
        assert_eq!(request.order.as_deref(), Some("ik_1"));
        assert_eq!(request.remarks.len(), 1);
    }
}
