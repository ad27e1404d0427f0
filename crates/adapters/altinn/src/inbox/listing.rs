//! What lies in a service's inbox, past the bound of what one list shows.

use std::collections::BTreeSet;

use chrono::{SecondsFormat, TimeDelta};
use http::Method;
use sakarkiv_core::{
    identity::Timestamp,
    ports::{PortError, PortErrorKind},
};
use sakarkiv_http::{Operation, TokenRequest};
use serde_json::Value;
use uuid::Uuid;

use crate::{
    api::{Api, Call, Nothing},
    error::refusal,
    wire,
};

/// What lists tell.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Listed {
    /// The messages.
    pub(super) ids: BTreeSet<Uuid>,
    /// What stood there for an id and is none, cut short.
    pub(super) odd: BTreeSet<String>,
    /// Elements that are no text at all.
    pub(super) unnamed: usize,
    /// Whether there was more than could be asked for.
    pub(super) cut_short: bool,
}

/// Asks for lists.
#[derive(Debug)]
pub(super) struct Lister<'a> {
    pub(super) api: &'a Api,
    pub(super) wanted: &'a TokenRequest,
    pub(super) resource: &'a str,
    /// What the messages must at some time have been: `Published` or `Read`.
    pub(super) status: &'static str,
    pub(super) on_behalf_of: Option<&'a str>,
    pub(super) operation: Operation,
}

impl Lister<'_> {
    /// Every message published between two moments that has at some time had the status.
    ///
    /// One list shows a thousand at most and has no pages, so a stretch of time that may hold more is halved until none does.
    /// Both ends of a stretch are left out by Altinn, so the halves overlap.
    pub(super) async fn everything(&self, from: Timestamp, to: Timestamp) -> Result<Listed, PortError> {
        let mut listed = Listed::default();
        // The first list has no end: what was published a moment from now by another clock belongs to it.
        let mut stretches = vec![(from, None)];
        let mut lists = 0;
        while let Some((from, end)) = stretches.pop() {
            let found = self.one(from, end, &mut listed).await?;
            lists += 1;
            let to = end.unwrap_or(to);
            if found < CAP {
                continue;
            }
            let middle = from + (to - from) / 2;
            if to - from < SHORTEST || lists >= MOST_LISTS {
                listed.cut_short = true;
                continue;
            }
            stretches.push((from, Some(middle + OVERLAP)));
            stretches.push((middle - OVERLAP, end));
        }
        Ok(listed)
    }

    /// One list; how many elements it had.
    async fn one(&self, from: Timestamp, to: Option<Timestamp>, into: &mut Listed) -> Result<usize, PortError> {
        let (from, to) = (written(from), to.map(written));
        let mut query = vec![
            ("resourceId", self.resource),
            ("role", "Recipient"),
            ("status", self.status),
            ("from", from.as_str()),
        ];
        query.extend(to.as_deref().map(|to| ("to", to)));
        query.extend(self.on_behalf_of.map(|party| ("onBehalfOf", party)));
        let call = Call::new(self.operation, &Method::GET, &["correspondence"]).with_query(&query);
        let answer = self.api.ask(self.wanted, &call, &Nothing).await?;
        if !answer.is_success() {
            return Err(refusal(&answer, &self.operation));
        }
        let ids = read(&answer.body).ok_or_else(|| {
            let detail = format!("the list cannot be read ({})", answer.fingerprint());
            PortError::new(PortErrorKind::Rejected, self.operation.name, detail)
        })?;
        let count = ids.len();
        for id in ids {
            into.take(&id);
        }
        Ok(count)
    }
}

impl Listed {
    fn take(&mut self, id: &Value) {
        match id.as_str().map(|text| (text, Uuid::parse_str(text.trim()))) {
            Some((_, Ok(id))) => {
                self.ids.insert(id);
            }
            Some((text, Err(_))) => {
                self.odd.insert(text.chars().filter(|c| c.is_ascii_graphic()).take(LONGEST_ODD).collect());
            }
            None => self.unnamed += 1,
        }
    }
}

fn read(body: &[u8]) -> Option<Vec<Value>> {
    serde_json::from_slice::<wire::Ids>(body).ok().map(|list| list.ids)
}

fn written(moment: Timestamp) -> String {
    moment.to_rfc3339_opts(SecondsFormat::Millis, true)
}

const CAP: usize = 1000;
const MOST_LISTS: usize = 64;
const SHORTEST: TimeDelta = TimeDelta::seconds(2);
const OVERLAP: TimeDelta = TimeDelta::milliseconds(2);
const LONGEST_ODD: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_odd_element_hides_no_other() {
        let id = "0198f0ab-2222-7abc-8def-000000000002";
        let body = format!(r#"{{"ids": ["{id}", "brev\u0000 5", 7, null, "{id}"], "nytt": 1}}"#);
        let mut listed = Listed::default();
        read(body.as_bytes()).unwrap().iter().for_each(|id| listed.take(id));
        assert_eq!(listed.ids.len(), 1);
        assert_eq!((listed.odd.into_iter().collect::<Vec<_>>(), listed.unnamed), (vec!["brev5".to_owned()], 2));
        for junk in ["", "[]", "{}", "{\"ids\": {}}", "<html>"] {
            assert_eq!(read(junk.as_bytes()), None, "{junk}");
        }
    }
}
