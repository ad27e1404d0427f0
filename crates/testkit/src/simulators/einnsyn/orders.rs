//! Orders of access requests: from the requester to the unit that has the entries.

use std::collections::BTreeMap;

use chrono::Duration;
use sakarkiv_core::identity::Timestamp;
use serde_json::{Map, Value};

use super::{
    entity::Entity,
    order_xml,
    problem::Problem,
    store::Record,
    time,
    world::{Caller, World},
};
use crate::doubles::after;

/// After so many failures an order is given up.
const ATTEMPTS: u32 = 6;
/// So many failures by eFormidling lead to e-mail.
const E_FORMIDLING_ATTEMPTS: u32 = 3;
/// Orders of guests are kept so long.
const KEPT: Duration = Duration::days(180);

/// What an order's object does not tell.
#[derive(Debug, Clone)]
pub(crate) struct OrderState {
    pub(crate) secret: String,
    pub(crate) created: Timestamp,
    pub(crate) verified: Option<Timestamp>,
    /// By receiving unit: failures so far, and the next attempt.
    attempts: BTreeMap<String, (u32, Timestamp)>,
}

/// An order that was placed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Order {
    /// Its id (`ik_…`).
    pub id: String,
    /// The ids of its requests (`ikd_…`), in the order of the entries.
    pub requests: Vec<String>,
    /// What the link in the e-mail to the requester ends in.
    pub secret: String,
}

/// How an order reached a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OrderChannel {
    /// By e-mail, the order as an attachment.
    Email,
    /// By eFormidling.
    EFormidling,
}

/// An order as a unit got it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Message {
    /// When.
    pub at: Timestamp,
    /// How.
    pub channel: OrderChannel,
    /// The id of the unit.
    pub unit: String,
    /// The e-mail address, or the organisation number that receives for the unit.
    pub to: String,
    /// The subject of the e-mail.
    pub subject: String,
    /// The readable text.
    pub text: String,
    /// The attachment `order.xml`, in the version that the unit wants.
    pub order_xml: String,
    /// The id of the order.
    pub order: String,
}

impl World {
    /// A new order, by anybody.
    pub(crate) fn place(&mut self, caller: &Caller, body: &Map<String, Value>) -> Result<String, Problem> {
        let email = body.get("email").and_then(Value::as_str).unwrap_or_default().to_owned();
        let items = body.get("innsynskrav").and_then(Value::as_array).map_or(0, Vec::len);
        self.refuse_too_many_unverified(caller, &email)?;
        if items > self.settings.order_size {
            let most = self.settings.order_size;
            return Err(Problem::bad(format!(
                "Too many Innsynskrav in a single InnsynskravBestilling. Maximum is {most}"
            )));
        }
        let id = self.add(caller, Entity::InnsynskravBestilling, body, None)?;
        let mut record = Record::clone(self.store.get(&id).ok_or_else(Problem::not_found)?);
        record.set("verified", false);
        if record.text("language").is_none() {
            record.set("language", "nb");
        }
        self.store.put(record).map_err(|_| Problem::integrity())?;
        for item in self.store.linking(&id, "innsynskravBestilling") {
            self.settle_request(caller, &item)?;
        }
        let state =
            OrderState { secret: self.secret("issec"), created: caller.now, verified: None, attempts: BTreeMap::new() };
        self.orders.insert(id.clone(), state);
        Ok(id)
    }

    /// The requester confirms an order. Doing so again changes nothing.
    pub(crate) fn verify(&mut self, id: &str, secret: &str, now: Timestamp) -> Result<(), Problem> {
        let state = self.orders.get_mut(id).ok_or_else(Problem::not_found)?;
        if state.secret != secret {
            return Err(Problem::forbidden("Verification secret did not match"));
        }
        state.verified.get_or_insert(now);
        if let Some(record) = self.store.get(id) {
            let mut record = Record::clone(record);
            record.set("verified", true);
            self.store.put(record).map_err(|_| Problem::integrity())?;
        }
        self.catch_up(now);
        Ok(())
    }

    /// Sends on what is due, and forgets what is old.
    pub(crate) fn catch_up(&mut self, now: Timestamp) {
        let verified: Vec<String> =
            self.orders.iter().filter(|(_, state)| state.verified.is_some()).map(|(id, _)| id.clone()).collect();
        for order in verified {
            for (unit, requests) in self.unsent(&order) {
                self.deliver_due(&order, &unit, &requests, now);
            }
        }
        let old: Vec<String> =
            self.orders.iter().filter(|(_, state)| state.created + KEPT < now).map(|(id, _)| id.clone()).collect();
        for order in old {
            self.orders.remove(&order);
            self.store.remove(&order);
        }
    }

    fn refuse_too_many_unverified(&self, caller: &Caller, email: &str) -> Result<(), Problem> {
        let window = Duration::from_std(self.settings.unverified_window).unwrap_or(Duration::MAX);
        let recent = |id: &String, state: &OrderState| {
            let same = self.store.get(id).and_then(|order| order.text("email")) == Some(email);
            same && state.verified.is_none() && caller.now - state.created < window
        };
        let open = self.orders.iter().filter(|(id, state)| recent(id, state)).count();
        if open >= self.settings.unverified_orders { Err(Problem::too_many_orders(email)) } else { Ok(()) }
    }

    /// A request is for an entry that its requester can see, and concerns the unit that handles it.
    fn settle_request(&mut self, caller: &Caller, item: &str) -> Result<(), Problem> {
        let entry = self.store.one(item, "journalpost").ok_or_else(|| Problem::bad("Journalpost is required"))?;
        if self.store.get(&entry).is_none_or(|record| !self.shows(caller, record)) {
            return Err(Problem::bad("The given ID was not found."));
        }
        if self.store.one(item, "enhet").is_none() {
            let handed_over = self.store.one(&entry, "avhendetTil");
            if let Some(unit) = handed_over.or_else(|| self.store.one(&entry, "administrativEnhetObjekt")) {
                self.store.link_only(item, "enhet", &unit);
            }
        }
        Ok(())
    }

    /// The requests of an order that were not sent, by receiving unit, sorted as they are listed to it.
    fn unsent(&self, order: &str) -> BTreeMap<String, Vec<String>> {
        let mut found: BTreeMap<String, Vec<(Vec<i64>, String)>> = BTreeMap::new();
        for item in self.store.linking(order, "innsynskravBestilling") {
            let sent = self.store.get(&item).is_none_or(|record| record.text("sent").is_some());
            let entry = self.store.one(&item, "journalpost").and_then(|id| self.store.get(&id));
            let Some(entry) = entry.filter(|_| !sent) else { continue };
            let receiver = self.store.one(&entry.id, "avhendetTil").unwrap_or_else(|| entry.owner.clone());
            let case = self.store.one(&entry.id, "saksmappe").and_then(|id| self.store.get(&id));
            let number = |name| case.and_then(|case| case.number(name)).unwrap_or(0);
            let position =
                vec![number("saksaar"), number("sakssekvensnummer"), entry.number("journalpostnummer").unwrap_or(0)];
            found.entry(receiver).or_default().push((position, item));
        }
        let sorted = |mut items: Vec<(Vec<i64>, String)>| {
            items.sort();
            items.into_iter().map(|(_, item)| item).collect()
        };
        found.into_iter().map(|(unit, items)| (unit, sorted(items))).collect()
    }

    fn deliver_due(&mut self, order: &str, unit: &str, requests: &[String], now: Timestamp) {
        loop {
            let delay = self.settings.delivery_delay;
            let Some(state) = self.orders.get_mut(order) else { return };
            let first = state.verified.map_or(now, |verified| after(verified, delay));
            let (failures, due) = *state.attempts.entry(unit.to_owned()).or_insert((0, first));
            if failures >= ATTEMPTS || due > now {
                return;
            }
            if self.deliver(order, unit, requests, failures, due) {
                return;
            }
            if let Some(state) = self.orders.get_mut(order) {
                state.attempts.insert(unit.to_owned(), (failures + 1, due + Duration::hours(1)));
            }
        }
    }

    /// One attempt to send. Tells whether it succeeded.
    fn deliver(&mut self, order: &str, unit: &str, requests: &[String], failures: u32, at: Timestamp) -> bool {
        if let Some(left) = self.failing.get_mut(unit).filter(|left| **left > 0) {
            *left = left.saturating_sub(1);
            return false;
        }
        let Some(letter) = order_xml::letter(self, order, unit, requests) else { return false };
        let Some(record) = self.store.get(unit).cloned() else { return false };
        let by_e_formidling = record.flag("eFormidling") && failures < E_FORMIDLING_ATTEMPTS;
        let (channel, to) = if by_e_formidling {
            let receiver = self.store.one(unit, "handteresAv").unwrap_or_else(|| unit.to_owned());
            let number = self.store.get(&receiver).and_then(|unit| unit.text("orgnummer").map(str::to_owned));
            (OrderChannel::EFormidling, number)
        } else {
            (OrderChannel::Email, record.text("innsynskravEpost").map(str::to_owned))
        };
        self.messages.push(Message {
            at,
            channel,
            unit: unit.to_owned(),
            to: to.unwrap_or_default(),
            subject: "Innsynskrav".to_owned(),
            text: letter.text,
            order_xml: letter.xml,
            order: order.to_owned(),
        });
        for request in requests {
            if let Some(record) = self.store.get(request) {
                let mut record = Record::clone(record);
                record.set("sent", time::utc(at));
                // Nothing of a request must be unique.
                let _stored = self.store.put(record);
            }
        }
        true
    }
}
