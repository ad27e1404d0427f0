//! The suites pass what is right and name what is wrong: exact ports in memory conform, and each deliberately broken one
//! fails the case that is about its fault and no other.
#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a failing test may panic")]

mod broken_channels;
mod broken_desks;
mod broken_inboxes;
mod broken_journals;
mod broken_requests;
mod broken_sources;
mod broken_stores;

use std::{
    collections::BTreeSet,
    future::Future,
    pin::pin,
    sync::Arc,
    task::{Context, Poll, Waker},
};

use sakarkiv_core::ports::Channel;
use sakarkiv_testkit::{
    conformance::{
        MemoryChannelHarness, MemoryDeskHarness, MemoryInboxHarness, MemoryJournalHarness, MemoryRequestsHarness,
        MemorySourceHarness, MemoryStoreHarness, Report, audit_log_cases, channel_cases, desk_cases, inbox_cases,
        journal_cases, requests_cases, run_audit_log, run_channel, run_desk, run_inbox, run_journal, run_requests,
        run_source, run_store, source_cases, store_cases,
    },
    memory::MemoryChannel,
};

/// Runs what never has to wait.
pub(crate) fn at_once<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    for _ in 0..1000 {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return output;
        }
    }
    panic!("the future waits for something");
}

fn failed(report: &Report) -> Vec<&'static str> {
    report.failures().iter().map(|violation| violation.rule).collect()
}

#[test]
fn the_channel_in_memory_keeps_the_whole_contract() {
    let report = at_once(run_channel(&MemoryChannelHarness::default()));
    report.assert_conforms();
    assert_eq!(report.passed(), channel_cases().len() - 1, "only slowness cannot be arranged: {report}");
}

#[test]
fn a_channel_that_asks_for_no_signatures_says_so_and_one_that_knows_signers_all_the_same_is_found_out() {
    let silent = |channel: MemoryChannel| -> Arc<dyn Channel> {
        let mut capabilities = channel.capabilities();
        capabilities.signing = false;
        Arc::new(channel.with_capabilities(capabilities))
    };
    let report = at_once(run_channel(&MemoryChannelHarness::wrapped(silent)));
    let signing = ["channel.signing", "channel.signing.stages", "channel.signing.own", "channel.signing.errors"];
    assert_eq!(failed(&report), signing, "{report}");
    assert_eq!(report.passed(), channel_cases().len() - 1 - signing.len(), "everything else is as before");
}

#[test]
fn the_inbox_in_memory_keeps_the_whole_contract() {
    let report = at_once(run_inbox(&MemoryInboxHarness::default()));
    report.assert_conforms();
    assert_eq!(report.passed(), inbox_cases().len(), "{report}");
}

#[test]
fn the_source_in_memory_keeps_the_whole_contract() {
    let report = at_once(run_source(&MemorySourceHarness::default()));
    report.assert_conforms();
    assert_eq!(report.passed(), source_cases().len(), "{report}");
}

#[test]
fn the_desk_in_memory_keeps_the_whole_contract() {
    let report = at_once(run_desk(&MemoryDeskHarness::default()));
    report.assert_conforms();
    assert_eq!(report.passed(), desk_cases().len() - 2, "only hidden cases cannot be arranged: {report}");
}

#[test]
fn the_store_in_memory_keeps_the_whole_contract() {
    let report = at_once(run_store(&MemoryStoreHarness::default()));
    report.assert_conforms();
    assert_eq!(report.passed(), store_cases().len(), "{report}");
}

#[test]
fn the_journal_in_memory_keeps_the_whole_contract() {
    let report = at_once(run_journal(&MemoryJournalHarness::default()));
    report.assert_conforms();
    assert_eq!(report.passed(), journal_cases().len(), "{report}");
}

#[test]
fn the_requests_in_memory_keep_the_whole_contract() {
    let report = at_once(run_requests(&MemoryRequestsHarness::default()));
    report.assert_conforms();
    assert_eq!(report.passed(), requests_cases().len(), "{report}");
}

#[test]
fn the_audit_log_in_memory_keeps_the_whole_contract() {
    let report = at_once(run_audit_log(&MemoryStoreHarness::default()));
    report.assert_conforms();
    assert_eq!(report.passed(), audit_log_cases().len(), "{report}");
}

#[test]
fn every_case_has_a_rule_of_its_own_and_a_sentence() {
    let stores = store_cases().into_iter().chain(audit_log_cases());
    let public = journal_cases().into_iter().chain(requests_cases());
    let ways_in = inbox_cases().into_iter().chain(source_cases()).chain(desk_cases());
    let all: Vec<_> = channel_cases().into_iter().chain(ways_in).chain(stores).chain(public).collect();
    assert_eq!(all.iter().map(|case| case.rule).collect::<BTreeSet<_>>().len(), all.len());
    assert!(all.iter().all(|case| !case.sentence.is_empty()));
}

#[test]
fn a_report_reads_as_a_table_and_as_json() {
    let report = at_once(run_channel(&MemoryChannelHarness::wrapped(broken_channels::broken::<3>)));
    let text = report.to_string();
    assert!(text.contains("FAIL  channel.send.lost-answer") && text.contains("1 failed"), "{text}");
    let json: serde_json::Value = serde_json::from_str(&report.to_json()).unwrap();
    assert_eq!(json["suite"], "channel");
    let failed = json["results"].as_array().unwrap().iter().filter(|result| result["verdict"] == "failed").count();
    assert_eq!(failed, 1);
}
