//! Orders of access (`order.xml`), as eInnsyn sends them by e-mail and eFormidling.

use sakarkiv_core::{
    case::CaseNumber,
    identity::Timestamp,
    ports::{AccessRequest, Requester, Wanted},
    screening::Private,
};
use sakarkiv_xml::{Element, Limits, XmlError, parse};
use sha2::{Digest, Sha256};
use thiserror::Error;

use crate::text::fitted;

/// An order that cannot be read. Shows nothing of it.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum OrderError {
    /// It is no XML, or more than is taken.
    #[error("the order is no XML that can be read; look at the message it came in")]
    Xml(#[source] XmlError),
    /// It is XML of something else.
    #[error("the XML is no order of access; expected `bestilling`")]
    NotAnOrder,
    /// Nothing is asked for in it.
    #[error("the order names nothing that is asked for; look at the message it came in")]
    NothingWanted,
    /// It asks for more than anybody may.
    #[error("the order asks for more than {MOST_WANTED} documents; look at the message it came in")]
    TooMuch,
}

/// Reads an order of either version, and the older forms that are still met: under any prefix, in any order of its elements,
/// with or without what was added later.
///
/// `sent` is when the message came; an order tells only the day it was placed. The request's id is made of the order's own and
/// of what is asked for, because each unit gets its part of an order under the same id; where the order has none, of the message
/// and `sent`, so that nobody's order is taken for another's.
///
/// ```
/// use sakarkiv_core::identity::Timestamp;
/// use sakarkiv_einnsyn::parse_order;
///
/// let xml = "<bestilling><id>ik_1</id><kontaktinfo><e-post>test@example.com</e-post></kontaktinfo>\
///     <dokumenter><dokument><saksnr>2026/318</saksnr><dokumentnr>3</dokumentnr></dokument></dokumenter></bestilling>";
/// let request = parse_order(xml.as_bytes(), Timestamp::UNIX_EPOCH)?;
/// assert_eq!(request.order.as_deref(), Some("ik_1"));
/// assert_eq!(request.wanted[0].case.map(|number| number.to_string()).as_deref(), Some("2026/318"));
/// # Ok::<(), sakarkiv_einnsyn::OrderError>(())
/// ```
///
/// # Errors
/// [`OrderError`] when it is no order, or an empty one.
pub fn parse_order(xml: &[u8], sent: Timestamp) -> Result<AccessRequest, OrderError> {
    let order = parse(xml, &Limits::default().with_bytes(MOST_BYTES)).map_err(OrderError::Xml)?;
    if order.name() != "bestilling" {
        return Err(OrderError::NotAnOrder);
    }
    let mut remarks = Vec::new();
    let documents = order.all("dokumenter").flat_map(|documents| documents.all("dokument"));
    let wanted: Vec<Wanted> = documents.take(MOST_WANTED + 1).map(|document| wanted(document, &mut remarks)).collect();
    match wanted.len() {
        0 => return Err(OrderError::NothingWanted),
        n if n > MOST_WANTED => return Err(OrderError::TooMuch),
        _ => {}
    }
    let requester =
        order.child("kontaktinfo").map_or_else(Requester::default, |contact| requester(contact, &mut remarks));
    let placed = said(&order, "id").map(without_scheme).filter(|id| !id.is_empty());
    let id = match &placed {
        Some(order) => id_of(order, &wanted, &digest(&[xml])),
        None => format!("order#{}", digest(&[xml, sent.to_rfc3339().as_bytes()])),
    };
    let mut request = AccessRequest::new(id, sent, wanted, requester);
    if placed.is_none() {
        remarks.push("the order has no id of its own".to_owned());
    }
    request.order = placed;
    request.remarks = remarks;
    Ok(request)
}

/// A request's id, of the order's and of what is asked for.
pub(crate) fn id_of(order: &str, wanted: &[Wanted], message: &str) -> String {
    let keys: Vec<String> = wanted.iter().map(|wanted| key_of(order, wanted, message) + "\0").collect();
    let keys: Vec<&[u8]> = keys.iter().map(String::as_bytes).collect();
    format!("{order}#{}", digest(&keys))
}

/// What tells one thing that is asked for in an order from the others, by whichever way the order came. Where it names nothing
/// that can be read, the message it stands in must do.
pub(crate) fn key_of(order: &str, wanted: &Wanted, message: &str) -> String {
    match (wanted.case, wanted.number, wanted.entry, &wanted.remote_id) {
        (Some(case), Some(number), ..) => format!("{order}|{case}-{number}"),
        (_, _, Some(entry), _) => format!("{order}|{entry}"),
        (_, _, None, Some(id)) => format!("{order}|{id}"),
        _ => format!("{order}|{}", wanted.running_number.as_deref().unwrap_or(message)),
    }
}

/// A short digest of texts, one after the other.
pub(crate) fn digest(texts: &[&[u8]]) -> String {
    let hash = texts.iter().fold(Sha256::new(), |hash, text| hash.chain_update(text));
    hash.finalize().iter().take(6).map(|byte| format!("{byte:02x}")).collect()
}

fn wanted(document: &Element, remarks: &mut Vec<String>) -> Wanted {
    let case = said(document, "saksnr");
    let number = said(document, "dokumentnr");
    let wanted = Wanted {
        entry: said(document, "systemId").and_then(|id| id.parse().ok()),
        case: case.as_ref().and_then(|text| CaseNumber::parse(text).ok()),
        number: number.as_ref().and_then(|text| text.parse().ok()),
        running_number: said(document, "journalnr"),
        remote_id: said(document, "id").map(without_scheme),
        archive: document.child("fagsysteminfo").and_then(|system| said(system, "id")),
        unit: said(document, "admEnhet"),
        handler: said(document, "saksbehandler").filter(|name| is_named(name)).map(Private::new),
    };
    if wanted.case.is_none() && case.is_some() {
        remarks.push("a case number cannot be read".to_owned());
    }
    if wanted.number.is_none() && number.is_some() {
        remarks.push("a document number cannot be read".to_owned());
    }
    wanted
}

fn requester(contact: &Element, remarks: &mut Vec<String>) -> Requester {
    let private = |name| said(contact, name).map(Private::new);
    let email = said(contact, "e-post").filter(|email| email.contains('@'));
    if email.is_none() {
        remarks.push("the requester's address of e-mail is missing".to_owned());
    }
    let language = said(contact, "språk").and_then(|code| code.split(['_', '-']).next().map(str::to_lowercase));
    Requester {
        email: email.map(Private::new),
        name: private("navn"),
        organisation: private("organisasjon"),
        language: language.filter(|code| code.len() == 2),
    }
}

/// The text of a child, when there is one.
fn said(element: &Element, name: &str) -> Option<String> {
    let text = element.child(name)?.text();
    (!text.is_empty()).then(|| fitted(text, LONGEST))
}

fn is_named(handler: &str) -> bool {
    !handler.to_lowercase().contains("ufordelt")
}

/// Ids are also written as addresses.
pub(crate) fn without_scheme(id: String) -> String {
    match id.strip_prefix("http://").or_else(|| id.strip_prefix("https://")) {
        Some(bare) if !bare.contains('/') => bare.to_owned(),
        _ => id,
    }
}

/// eInnsyn takes no more in one order.
const MOST_WANTED: usize = 500;
const MOST_BYTES: usize = 1 << 20;
const LONGEST: usize = 300;

#[cfg(test)]
mod tests {
    use super::*;

    fn order(xml: &str) -> AccessRequest {
        parse_order(xml.as_bytes(), Timestamp::UNIX_EPOCH).unwrap()
    }

    #[test]
    fn the_first_version_is_read_with_what_stands_in_it() {
        let request = order(
            "<?xml version='1.0'?><bestilling><id>ik_9</id><bestillingsdato>11.02.2026</bestillingsdato>\
             <til><enhet>Prøvedal</enhet></til><innsynskravepost>x@y.example</innsynskravepost><kontaktinfo>\
             <forsendelsesmåte>e-post</forsendelsesmåte><navn></navn><e-post>a&#43;b@example.com</e-post></kontaktinfo>\
             <dokumenter><dokument><saksnr>2026/318</saksnr><dokumentnr>3</dokumentnr><journalnr>1502/26</journalnr>\
             <saksbehandler>[Ufordelt]</saksbehandler></dokument></dokumenter></bestilling>",
        );
        assert_eq!(request.requester, Requester::by_email("a+b@example.com"));
        let wanted = &request.wanted[0];
        assert_eq!((wanted.number, wanted.running_number.as_deref()), (Some(3), Some("1502/26")));
        assert_eq!((&wanted.handler, &wanted.entry), (&None, &None));
        assert!(request.remarks.is_empty() && request.id.starts_with("ik_9#"));
    }

    #[test]
    fn the_second_version_is_read_under_any_prefix_and_with_ids() {
        let request = order(
            "<ns2:bestilling xmlns:ns2='http://einnsyn.no/schema/order/v2'><dokumenter><dokument>\
             <saksbehandler>Siri &quot;S&quot;</saksbehandler><admEnhet>BYGG</admEnhet><saksnr>2026/318</saksnr>\
             <systemId>5a2e9d61-8f0b-4a3e-8d11-2c7f1b6e0a77</systemId><id>http://jp_1</id>\
             <fagsysteminfo><id>arkiv-1</id><delId>d</delId></fagsysteminfo><dokumentnr>3</dokumentnr></dokument>\
             </dokumenter><kontaktinfo><språk>nb_NO</språk><e-post>a@example.com</e-post></kontaktinfo>\
             <id>http://ik_7</id><bestillingsdato>2021-12-21+01:00</bestillingsdato></ns2:bestilling>",
        );
        let wanted = &request.wanted[0];
        assert_eq!(
            request.entries().map(|id| id.to_string()).collect::<Vec<_>>(),
            ["5a2e9d61-8f0b-4a3e-8d11-2c7f1b6e0a77"]
        );
        assert_eq!((wanted.remote_id.as_deref(), wanted.archive.as_deref()), (Some("jp_1"), Some("arkiv-1")));
        assert_eq!(wanted.handler.as_ref().map(|name| name.expose().as_str()), Some("Siri \"S\""));
        assert_eq!((request.order.as_deref(), request.requester.language.as_deref()), (Some("ik_7"), Some("nb")));
    }

    #[test]
    fn what_cannot_be_read_is_remarked_upon_and_loses_nothing_else() {
        let request = order(
            "<bestilling><dokumenter><dokument><saksnr>??</saksnr><dokumentnr>tre</dokumentnr><journalnr>2016/258</journalnr>\
             </dokument></dokumenter></bestilling>",
        );
        assert_eq!(request.wanted[0].running_number.as_deref(), Some("2016/258"));
        assert_eq!(request.remarks.len(), 3, "{:?}", request.remarks);
        assert_eq!(request.requester, Requester::default());
    }

    #[test]
    fn what_is_no_order_is_refused() {
        let refused = |xml: &str| parse_order(xml.as_bytes(), Timestamp::UNIX_EPOCH).unwrap_err().to_string();
        assert!(refused("<faktura/>").contains("expected `bestilling`"));
        assert!(refused("<bestilling><id>1</id></bestilling>").contains("names nothing"));
        assert!(refused("<bestilling>").contains("no XML"));
        assert!(refused("<!DOCTYPE b [<!ENTITY e 'x'>]><bestilling>&e;</bestilling>").contains("no XML"));
        let many = "<dokument/>".repeat(501);
        assert!(
            refused(&format!("<bestilling><dokumenter>{many}</dokumenter></bestilling>")).contains("more than 500")
        );
    }

    #[test]
    fn each_part_of_an_order_has_an_id_of_its_own() {
        let part = |number: u32| {
            order(&format!(
                "<bestilling><id>ik_1</id><dokumenter><dokument><saksnr>2026/1</saksnr><dokumentnr>{number}</dokumentnr>\
                 </dokument></dokumenter></bestilling>"
            ))
            .id
        };
        assert_eq!(part(1), part(1));
        assert_ne!(part(1), part(2));
    }
}
