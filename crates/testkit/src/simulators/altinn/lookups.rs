//! Looking at correspondences: one by one, and as lists of ids.

use axum::{
    Extension,
    extract::{Path, Query, State},
    response::{IntoResponse, Response},
};
use http::{HeaderMap, header};
use sakarkiv_core::identity::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    AltinnSim,
    access::{Caller, Policy},
    letter::{Letter, MessageStatus},
    problems::{Stop, invalid_field, refuse},
    request::{read_moment, word},
    text,
    world::World,
};
use crate::{
    doubles::after,
    simulators::gate::{Noted, json_answer},
};

/// The most ids of one answer.
const LIST_LIMIT: usize = 1000;
const ROLES: [&str; 3] = ["Recipient", "Sender", "RecipientAndSender"];

/// What a call may do with a letter.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Standing {
    pub(crate) reads: bool,
    pub(crate) writes: bool,
    /// The call counts as the recipient's: what it does leaves traces.
    pub(crate) recipient: bool,
}

impl World {
    /// The letter, and what the call may do with it: 1001, then 4001.
    pub(crate) fn standing(&self, caller: &Caller, id: Uuid) -> Result<(&Letter, Standing), Stop> {
        let letter = self.letter(id).ok_or_else(|| refuse(1001))?;
        let reads = self.reads(caller, letter, &letter.resource);
        let writes = self.resource(&letter.resource).is_some_and(|resource| self.writes(caller, resource));
        if !reads && !writes {
            return Err(refuse(4001));
        }
        Ok((letter, Standing { reads, writes, recipient: reads && !caller.is_sender() }))
    }

    /// Publishes at once what a recipient asks for after its time but before the job came round to it.
    pub(crate) fn hurry(&mut self, id: Uuid, now: Timestamp) {
        let due = self.letter(id).filter(|letter| letter.waits() && letter.publish_time <= now);
        let scanned = due.is_some_and(|letter| {
            letter.dialog.is_some()
                && self.attachments_of(letter).iter().all(|a| a.status() == super::letter::AttachmentStatus::Published)
        });
        if scanned {
            self.publish(id, now);
        }
    }

    /// Leaves a `Fetched`, unless the same caller left one a moment ago.
    fn fetched(&mut self, id: Uuid, caller: &Caller, now: Timestamp, debounced: bool) {
        let wait = self.settings.debounce;
        let Some(letter) = self.letter_mut(id) else { return };
        let recent = letter.history.iter().any(|event| {
            let same = event.status == MessageStatus::Fetched && event.by.as_ref() == Some(&caller.holder);
            same && after(event.at, wait) > now
        });
        if !(debounced && recent) {
            letter.enter(now, MessageStatus::Fetched, "Fetched", Some(caller.holder.clone()));
        }
    }
}

/// `GET /correspondence/{id}`.
pub(crate) async fn overview(
    State(sim): State<AltinnSim>,
    Extension(noted): Extension<Noted>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Stop> {
    let caller = sim.admit(&headers, Policy::Either, "application/json")?;
    let id = guid(&id)?;
    let (mut world, now) = sim.now();
    let (_, standing) = world.standing(&caller, id)?;
    if standing.recipient {
        world.hurry(id, now);
    }
    let as_of = now.checked_sub_signed(lag(&noted)).unwrap_or(now);
    let (letter, _) = world.standing(&caller, id)?;
    if letter.is_purged() || letter.created > as_of {
        return Err(refuse(1001));
    }
    check_visible(letter, standing)?;
    let body = world.overview(letter, standing.reads, as_of);
    if standing.recipient {
        world.fetched(id, &caller, now, true);
        noted.effect();
    }
    Ok(json_answer(&Value::Object(body)))
}

/// `GET /correspondence/{id}/details`.
pub(crate) async fn details(
    State(sim): State<AltinnSim>,
    Extension(noted): Extension<Noted>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Stop> {
    let caller = sim.admit(&headers, Policy::Either, "application/json")?;
    let id = guid(&id)?;
    let (mut world, now) = sim.now();
    let as_of = now.checked_sub_signed(lag(&noted)).unwrap_or(now);
    let (letter, standing) = world.standing(&caller, id)?;
    if letter.created > as_of {
        return Err(refuse(1001));
    }
    check_visible(letter, standing)?;
    if standing.recipient {
        world.fetched(id, &caller, now, false);
        noted.effect();
    }
    let letter = world.letter(id).ok_or_else(|| refuse(1001))?;
    Ok(json_answer(&Value::Object(world.details(letter, standing.reads, !standing.recipient, as_of))))
}

/// `GET /correspondence/{id}/content`.
pub(crate) async fn content(
    State(sim): State<AltinnSim>,
    Extension(noted): Extension<Noted>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Stop> {
    let caller = sim.admit(&headers, Policy::Recipient, "text/plain")?;
    let id = guid(&id)?;
    let (mut world, now) = sim.now();
    let (letter, standing) = world.standing(&caller, id)?;
    if !standing.reads {
        return Err(refuse(4001));
    }
    if letter.is_purged() {
        return Err(refuse(1001));
    }
    check_visible(letter, Standing { writes: false, ..standing })?;
    let body = world.body(letter);
    if standing.recipient {
        world.fetched(id, &caller, now, true);
        world.mark_read(id, now, &caller.holder);
        noted.effect();
    }
    Ok(([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], body).into_response())
}

/// A recipient sees a letter only in some states; a sender always.
pub(crate) fn check_visible(letter: &Letter, standing: Standing) -> Result<(), Stop> {
    let as_sender = standing.writes && !standing.recipient;
    if as_sender
        || (letter.has(MessageStatus::Published) || letter.has(MessageStatus::Reserved)) && letter.status().is_visible()
    {
        return Ok(());
    }
    Err(refuse(1001))
}

pub(crate) fn guid(text: &str) -> Result<Uuid, Stop> {
    Uuid::try_parse(text).map_err(|_| invalid_field("correspondenceId", "is not a GUID"))
}

fn lag(noted: &Noted) -> chrono::TimeDelta {
    chrono::TimeDelta::from_std(noted.lag).unwrap_or_default()
}

/// What a list is asked for.
#[derive(Debug, Default)]
struct Asked {
    resource: String,
    role: &'static str,
    status: Option<MessageStatus>,
    from: Option<Timestamp>,
    to: Option<Timestamp>,
    on_behalf_of: Option<String>,
    reference: Option<String>,
    key: Option<Uuid>,
    altinn2: bool,
}

/// `GET /correspondence`.
pub(crate) async fn list(
    State(sim): State<AltinnSim>,
    Query(query): Query<Vec<(String, String)>>,
    headers: HeaderMap,
) -> Result<Response, Stop> {
    let caller = sim.admit(&headers, Policy::Either, "application/json")?;
    let asked = Asked::read(&query)?;
    if asked.from.zip(asked.to).is_some_and(|(from, to)| from > to) {
        return Err(refuse(1027));
    }
    let (world, _) = sim.now();
    let own = format!("{}{}", text::ORGANISATION, caller.organisation);
    let party = asked.on_behalf_of.clone().unwrap_or(own);
    // The decision point is asked about the id without prefix, the store about the text as it came.
    let resource =
        world.resource(text::resource_id(&asked.resource).unwrap_or_default()).ok_or_else(|| refuse(4001))?;
    let as_recipient = || world.may_list(&caller, resource, &party);
    let as_sender = || world.writes(&caller, resource);
    let permitted = match asked.role {
        "Recipient" => as_recipient(),
        "Sender" => as_sender(),
        _ => as_recipient() || as_sender(),
    };
    if !permitted {
        return Err(refuse(4001));
    }
    let ids = match asked.key {
        Some(key) => world.keys.get(&key).copied().into_iter().collect(),
        None => world.matching(&asked, &party),
    };
    Ok(json_answer(&json!({"ids": ids})))
}

impl World {
    fn may_list(&self, caller: &Caller, resource: &super::settings::Resource, party: &str) -> bool {
        self.may_read(&caller.organisation, &caller.holder, resource, party, None)
            || (caller.has("altinn:serviceowner") && caller.consumer == resource.owner)
    }

    fn matching(&self, asked: &Asked, party: &str) -> Vec<Uuid> {
        let mut found: Vec<&Letter> = self
            .letters
            .iter()
            .filter(|letter| letter.resource == asked.resource && !asked.altinn2)
            .filter(|letter| asked.from.is_none_or(|from| letter.publish_time > from))
            .filter(|letter| asked.to.is_none_or(|to| letter.publish_time < to))
            .filter(|letter| asked.reference.is_none() || asked.reference == letter.base.senders_reference)
            .filter(|letter| asked.concerns(letter, party))
            .collect();
        found.sort_by_key(|letter| (std::cmp::Reverse(letter.publish_time), std::cmp::Reverse(letter.created)));
        found.iter().take(LIST_LIMIT).map(|letter| letter.id).collect()
    }
}

impl Asked {
    fn read(query: &[(String, String)]) -> Result<Self, Stop> {
        let value = |name: &str| {
            let given = query.iter().find(|(given, _)| given.eq_ignore_ascii_case(name));
            given.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
        };
        let moment = |name: &'static str| {
            let read = |text: &str| read_moment(text).ok_or_else(|| invalid_field(name, "is not a moment"));
            value(name).map(read).transpose()
        };
        let status = value("status").map(|given| {
            let words = MessageStatus::ALL.map(MessageStatus::word);
            let known = word(&json!(given), &words)
                .and_then(|word| MessageStatus::ALL.into_iter().find(|status| status.word() == word));
            known.ok_or_else(|| invalid_field("status", "is not a status"))
        });
        let behalf = value("onBehalfOf")
            .map(|given| text::party(given).ok_or_else(|| invalid_field("onBehalfOf", "is no party")));
        let key = value("idempotentKey")
            .map(|given| Uuid::try_parse(given).map_err(|_| invalid_field("idempotentKey", "is no GUID")));
        let resource = value("resourceId").filter(|given| text::resource_id(given).is_some());
        let role = value("role").and_then(|given| word(&json!(given), &ROLES));
        Ok(Self {
            resource: resource.ok_or_else(|| invalid_field("resourceId", "is required"))?.to_owned(),
            role: role.ok_or_else(|| invalid_field("role", "is required"))?,
            status: status.transpose()?,
            from: moment("from")?,
            to: moment("to")?,
            on_behalf_of: behalf.transpose()?,
            reference: value("sendersReference").map(str::to_owned),
            key: key.transpose()?,
            altinn2: value("altinn2CorrespondenceId").is_some(),
        })
    }

    /// Whether a letter is asked for, by role and status. `status` means "has ever had", and `Fetched` is kept where the
    /// question does not look.
    fn concerns(&self, letter: &Letter, party: &str) -> bool {
        let sent = text::key_of(party) == letter.owner;
        let received = letter.recipient == party;
        let had = |status| status != MessageStatus::Fetched && letter.has(status);
        match self.role {
            "Sender" => sent && self.status.is_none_or(had),
            "Recipient" => received && self.is_for_recipient(letter),
            // A slip of the real one: the filter on status is lost.
            _ => sent || received,
        }
    }

    fn is_for_recipient(&self, letter: &Letter) -> bool {
        let early = |status| {
            use MessageStatus as S;
            matches!(status, S::Initialized | S::ReadyForPublish | S::Failed)
        };
        match self.status {
            Some(status) if early(status) || status == MessageStatus::Fetched => false,
            Some(status) => letter.has(status),
            None => !letter.history.last().is_none_or(|event| early(event.status)),
        }
    }
}
