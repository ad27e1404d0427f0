use uuid::Uuid;

use super::world::{World, day};
use crate::{
    identity::{ActorId, EntryId, Timestamp},
    publication::{Finding, Fingerprint, Held, Leak, LeakReport, Place, PublicRecord, Release, Span, clear, plan},
};

pub(super) fn report(record: &PublicRecord) -> LeakReport {
    let finding = Finding {
        place: Place::EntryTitle,
        leak: Leak::IdentityNumber,
        span: Some(Span::from(4..15)),
        fingerprint: Fingerprint::new([7; 32]),
    };
    LeakReport { findings: vec![finding], ..LeakReport::clean(record) }
}

pub(super) fn release(report: &LeakReport) -> Release {
    Release {
        entry: report.entry,
        fingerprint: report.findings[0].fingerprint,
        by: ActorId::new("arkivar").unwrap(),
        at: Timestamp::UNIX_EPOCH,
    }
}

fn record() -> PublicRecord {
    let world = World::new();
    plan(&world.case("Storgata 1", None), &world.entry(1, |_| ()), &world.policy, day("2026-03-02")).record.unwrap()
}

#[test]
fn a_record_leaves_only_with_a_report_of_its_own_revision_without_open_findings() {
    let record = record().with_revision(3);
    assert!(clear(record.clone(), &LeakReport::clean(&record), &[]).is_ok());
    let report = report(&record);
    assert_eq!(clear(record.clone(), &report, &[]), Err(Held::Findings(report.findings.clone())));
    assert_eq!(clear(record.clone(), &report, &[release(&report)]).unwrap().into_record(), record);
    let changed = record.with_revision(4);
    assert_eq!(clear(changed, &report, &[release(&report)]), Err(Held::OtherRevision));
}

#[test]
fn a_release_is_for_its_own_finding_of_its_own_entry() {
    let record = record();
    let report = report(&record);
    let other = Release { fingerprint: Fingerprint::new([8; 32]), ..release(&report) };
    assert!(clear(record.clone(), &report, &[other]).is_err());
    let elsewhere = Release { entry: EntryId::from_uuid(Uuid::nil()), ..release(&report) };
    assert!(clear(record, &report, &[elsewhere]).is_err());
}

#[test]
fn findings_are_kept_as_data_and_say_what_and_where() {
    let report = report(&record());
    let json = serde_json::to_string(&report).unwrap();
    assert!(json.contains(r#""place":"entry_title","leak":"identity_number","span":{"start":4,"end":15}"#), "{json}");
    assert_eq!(serde_json::from_str::<LeakReport>(&json).unwrap(), report);
    let held = Held::Findings(report.findings);
    assert_eq!(held.to_string(), "the leak check holds the entry back for 1 findings; mend the record or release them");
}
