use std::collections::BTreeSet;

use sakarkiv_core::{case::Case, journal::JournalEntry};

use super::{case, entry, out::Out};
use crate::{
    MessageKind,
    message::{Response, Search, Subject},
};

/// One record that a search found.
#[derive(Debug)]
pub(crate) enum Hit {
    Case(Box<Case>),
    Entry(Box<JournalEntry>),
}

/// The answer to a search, and its kind. `count` is how many there are in all, as far as was counted.
pub(crate) fn search_result(search: &Search, hits: &[Hit], count: usize) -> (MessageKind, String) {
    let (kind, root, namespace, records, wrapper) = match search.response {
        Response::Keys => (
            MessageKind::SearchKeys,
            "sokeresultatNoekler",
            "sokeresultat/noekler/v1",
            "arkivstruktur/noekler/v1",
            "resultatNoekler",
        ),
        Response::Minimum => (
            MessageKind::SearchMinimum,
            "sokeresultatMinimum",
            "sokeresultat/minimum/v1",
            "arkivstruktur/minimum/v1",
            "resultatMinimum",
        ),
        Response::Extended => {
            (MessageKind::SearchExtended, "sokeresultat", "sokeresultat/utvidet/v1", "arkivstruktur/v1", "resultat")
        }
    };
    let mut out = Out::message_with_records(root, namespace, records);
    out.own("system", &search.system);
    out.own("take", &int(search.take));
    out.own("skip", &int(search.skip));
    out.own("count", &int(count));
    let subject = subject(search.subject);
    out.own("resultattype", subject);
    out.open("resultatListe");
    for hit in hits {
        out.open(wrapper);
        out.open(subject);
        record(&mut out, search, hit);
        out.close();
        out.close();
    }
    out.close();
    (kind, out.finish())
}

fn record(out: &mut Out, search: &Search, hit: &Hit) {
    match (hit, search.response) {
        (Hit::Case(case), Response::Keys) => case::keys(out, case, search.subject == Subject::Case),
        (Hit::Case(case), Response::Minimum) if search.subject == Subject::Case => case::minimum(out, case),
        (Hit::Case(case), Response::Minimum) => case::minimum_folder(out, case),
        (Hit::Case(case), Response::Extended) if search.subject == Subject::Case => case::full(out, case, true),
        (Hit::Case(case), Response::Extended) => case::full_folder(out, case, true),
        (Hit::Entry(entry), Response::Keys) => entry::keys(out, entry),
        (Hit::Entry(entry), Response::Minimum) => entry::minimum(out, entry),
        (Hit::Entry(entry), Response::Extended) => {
            entry::full(out, entry, &BTreeSet::from(["dokumentbeskrivelse", "dokumentobjekt", "korrespondansepart"]));
        }
    }
}

const fn subject(subject: Subject) -> &'static str {
    match subject {
        Subject::Folder => "mappe",
        Subject::Case => "saksmappe",
        Subject::JournalEntry => "journalpost",
    }
}

fn int(number: usize) -> String {
    i32::try_from(number).unwrap_or(i32::MAX).to_string()
}
