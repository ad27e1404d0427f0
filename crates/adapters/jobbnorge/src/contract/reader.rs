//! Reads JSON strictly and collects every fault with its place, so that a sender mends a delivery once.

use chrono::{DateTime, Datelike as _, NaiveDate};
use sakarkiv_core::identity::Timestamp;
use serde_json::{Map, Value};

use super::Fault;

/// A place in the document.
#[derive(Debug, Clone)]
pub(super) struct Node<'a> {
    value: &'a Value,
    pointer: String,
}

/// An object whose members are asked for one by one.
#[derive(Debug)]
pub(super) struct Members<'a> {
    map: &'a Map<String, Value>,
    pointer: String,
}

/// What was wrong so far.
#[derive(Debug, Default)]
pub(super) struct Faults(pub(super) Vec<Fault>);

impl Faults {
    pub(super) fn add(&mut self, pointer: &str, message: impl Into<String>) {
        if self.0.len() < MOST_FAULTS {
            self.0.push(Fault::invalid(pointer, message));
        }
    }
}

/// More are no help to anybody.
const MOST_FAULTS: usize = 200;

impl<'a> Node<'a> {
    pub(super) const fn root(value: &'a Value) -> Self {
        Self { value, pointer: String::new() }
    }

    /// The members of an object that has no others than these.
    pub(super) fn members(&self, known: &[&str], faults: &mut Faults) -> Option<Members<'a>> {
        let Some(map) = self.value.as_object() else {
            faults.add(&self.pointer, "must be an object");
            return None;
        };
        if map.keys().any(|name| !known.contains(&name.as_str())) {
            faults.add(
                &self.pointer,
                format!("has a member that the contract does not know; known are {}", known.join(", ")),
            );
        }
        Some(Members { map, pointer: self.pointer.clone() })
    }

    fn text(&self, least: usize, most: usize, faults: &mut Faults) -> Option<String> {
        let Some(text) = self.value.as_str() else {
            faults.add(&self.pointer, "must be text");
            return None;
        };
        let length = text.chars().count();
        if length < least || length > most || (least > 0 && text.trim().is_empty()) {
            faults.add(&self.pointer, format!("must have {least} to {most} characters and not be blank"));
            return None;
        }
        if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\t' | '\r')) {
            faults.add(&self.pointer, "must not have control characters");
            return None;
        }
        Some(text.to_owned())
    }
}

impl<'a> Members<'a> {
    /// Where a member is, there or not.
    pub(super) fn place(&self, name: &str) -> String {
        format!("{}/{name}", self.pointer)
    }

    pub(super) fn node(&self, name: &str) -> Option<Node<'a>> {
        self.map.get(name).map(|value| Node { value, pointer: self.place(name) })
    }

    pub(super) fn required(&self, name: &str, faults: &mut Faults) -> Option<Node<'a>> {
        let node = self.node(name);
        if node.is_none() {
            faults.add(&self.place(name), "is missing");
        }
        node
    }

    pub(super) fn is_null(&self, name: &str) -> bool {
        self.map.get(name).is_some_and(Value::is_null)
    }

    pub(super) fn need_text(&self, name: &str, most: usize, faults: &mut Faults) -> Option<String> {
        self.required(name, faults)?.text(1, most, faults)
    }

    pub(super) fn text(&self, name: &str, most: usize, faults: &mut Faults) -> Option<String> {
        self.node(name)?.text(0, most, faults).filter(|text| !text.trim().is_empty())
    }

    /// A text that is not empty when it is there.
    pub(super) fn full_text(&self, name: &str, most: usize, faults: &mut Faults) -> Option<String> {
        self.node(name)?.text(1, most, faults)
    }

    /// A text that something must come out of.
    pub(super) fn parsed<T>(
        &self,
        name: &str,
        what: &str,
        parse: impl FnOnce(&str) -> Option<T>,
        faults: &mut Faults,
    ) -> Option<T> {
        let text = self.node(name)?.text(1, 2_000, faults)?;
        let parsed = parse(&text);
        if parsed.is_none() {
            faults.add(&self.place(name), format!("must be {what}"));
        }
        parsed
    }

    /// As [`parsed`](Self::parsed), of a member that must be there.
    pub(super) fn need_parsed<T>(
        &self,
        name: &str,
        what: &str,
        parse: impl FnOnce(&str) -> Option<T>,
        faults: &mut Faults,
    ) -> Option<T> {
        self.required(name, faults)?;
        self.parsed(name, what, parse, faults)
    }

    pub(super) fn number(&self, name: &str, least: u64, most: u64, faults: &mut Faults) -> Option<u64> {
        let number = self.node(name)?.value.as_u64().filter(|number| (least..=most).contains(number));
        if number.is_none() {
            let upper = if most == u64::MAX { String::new() } else { format!(" and at most {most}") };
            faults.add(&self.place(name), format!("must be a whole number of at least {least}{upper}"));
        }
        number
    }

    pub(super) fn date(&self, name: &str, faults: &mut Faults) -> Option<NaiveDate> {
        self.parsed(name, "a date such as 2026-03-01", date, faults)
    }

    pub(super) fn need_moment(&self, name: &str, faults: &mut Faults) -> Option<Timestamp> {
        let sound = |moment: &Timestamp| (1900..=2999).contains(&moment.year());
        let parse = |text: &str| Some(DateTime::parse_from_rfc3339(text).ok()?.to_utc()).filter(sound);
        self.need_parsed(name, "a moment with its offset such as 2026-03-02T08:15:00+01:00", parse, faults)
    }

    pub(super) fn items(&self, name: &str, most: usize, faults: &mut Faults) -> Vec<Node<'a>> {
        let Some(node) = self.node(name) else { return Vec::new() };
        let Some(items) = node.value.as_array() else {
            faults.add(&node.pointer, "must be a list");
            return Vec::new();
        };
        if items.len() > most {
            faults.add(&node.pointer, format!("has more than {most} items; share them among several deliveries"));
        }
        let place = |index: usize| format!("{}/{index}", node.pointer);
        items.iter().take(most).enumerate().map(|(index, value)| Node { value, pointer: place(index) }).collect()
    }
}

/// A full date in the usual order: ten characters, so that `2026-3-1` is none.
fn date(text: &str) -> Option<NaiveDate> {
    NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().filter(|_| text.len() == 10)
}
