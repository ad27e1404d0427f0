use std::collections::BTreeMap;

use chrono::DateTime;
use sakarkiv_core::{
    audit::{Activity, AuditOutcome, LogClass, ObjectRef},
    identity::{ActorId, CaseId, TenantId},
    screening::Private,
};
use uuid::Uuid;

use super::*;

fn event() -> AuditEvent {
    let case = ObjectRef::Case(CaseId::from_uuid(Uuid::from_u128(3)));
    let at = DateTime::from_timestamp(1_789_459_200, 120_000_000).unwrap();
    AuditEvent::new(at, TenantId::new("bodo").unwrap(), ActorId::new("u-42").unwrap(), Activity::Read, case)
        .from_client("ws-12")
        .under_rule("responsible")
        .with_detail("title", "Klage fra Kari")
        .with_detail("purpose", "Klagebehandling")
}

fn sealed() -> SealedEntry {
    let mut salt = 0;
    SealedEntry::seal_with(&event(), 41, |_| {
        salt += 1;
        Salt::from_bytes([salt; 32])
    })
    .unwrap()
}

#[test]
fn a_sealed_event_is_whole_and_gives_the_event_back() {
    let entry = sealed();
    assert_eq!(entry.check(), Ok(()));
    assert_eq!(entry.header.class, LogClass::AccessAndProcessing);
    assert_eq!(entry.event().unwrap(), event());
    let json = serde_json::to_string(&entry).unwrap();
    assert_eq!(serde_json::from_str::<SealedEntry>(&json).unwrap(), entry);
}

#[test]
fn the_leaf_is_that_of_the_format() {
    let entry = sealed();
    let text = |part: &[u8]| [&u32::try_from(part.len()).unwrap().to_be_bytes()[..], part].concat();
    let maybe = |part: &[u8]| [&[1][..], &text(part)].concat();
    let header = [
        &[0, 1][..],
        &41_u64.to_be_bytes(),
        &1_789_459_200_i64.to_be_bytes(),
        &120_000_000_u32.to_be_bytes(),
        &text(b"bodo"),
        &text(b"access_and_processing"),
        &text(b"u-42"),
        &maybe(b"ws-12"),
        &text(b"read"),
        &text(b"case"),
        &maybe(b"00000000-0000-0000-0000-000000000003"),
        &text(b"done"),
        &maybe(b"responsible"),
    ]
    .concat();
    let commit = |name: &[u8], salt: u8, value: &[u8]| {
        Hash::of(&[text(b"field"), text(name), text(&[salt; 32]), text(value)].concat())
    };
    let (purpose, title) = (commit(b"purpose", 1, b"Klagebehandling"), commit(b"title", 2, b"Klage fra Kari"));
    let leaf = [
        vec![0],
        text(&header),
        2_u32.to_be_bytes().to_vec(),
        text(b"purpose"),
        purpose.as_bytes().to_vec(),
        text(b"title"),
        title.as_bytes().to_vec(),
    ];
    assert_eq!(entry.leaf, Hash::of(&leaf.concat()));
}

#[test]
fn erasing_a_field_leaves_its_commitment_and_the_leaf() {
    let mut entry = sealed();
    let before = entry.clone();
    assert!(entry.erase("title"));
    assert!(!entry.erase("title"), "there was nothing left to erase");
    assert!(!entry.erase("other"));
    assert_eq!(entry.leaf, before.leaf);
    assert_eq!(entry.check(), Ok(()));
    let json = serde_json::to_string(&entry).unwrap();
    assert!(!json.contains("Kari") && json.contains("Klagebehandling"), "{json}");
    assert_eq!(serde_json::from_str::<SealedEntry>(&json).unwrap(), entry);
    assert_eq!(entry.event().unwrap().details.expose().keys().collect::<Vec<_>>(), ["purpose"]);
}

#[test]
fn every_part_is_bound() {
    type Change = fn(&mut SealedEntry);
    let changes: [(&str, Change); 17] = [
        ("sequence", |e| e.header.sequence += 1),
        ("moment", |e| e.header.at += chrono::TimeDelta::nanoseconds(1)),
        ("tenant", |e| e.header.tenant = TenantId::new("bode").unwrap()),
        ("class", |e| e.header.class = LogClass::Channel),
        ("actor", |e| e.header.actor = ActorId::new("u-43").unwrap()),
        ("client", |e| e.header.client = None),
        ("activity", |e| e.header.activity = Activity::Printed),
        ("kind", |e| e.header.object.kind = "entry".into()),
        ("id", |e| e.header.object.id = None),
        ("outcome", |e| e.header.outcome = AuditOutcome::Refused),
        ("rule", |e| e.header.rule = Some(String::new())),
        ("commitment of an erased field", |e| {
            e.fields[0].opening = None;
            e.fields[0].commitment = Hash::default();
        }),
        ("name of an erased field", |e| {
            e.fields[0].opening = None;
            e.fields[0].name = "p".into();
        }),
        ("field gone", |e| drop(e.fields.pop())),
        ("fields swapped", |e| e.fields.swap(0, 1)),
        ("field twice", |e| e.fields.push(e.fields[1].clone())),
        ("leaf", |e| e.leaf = Hash::default()),
    ];
    for (what, change) in changes {
        let mut entry = sealed();
        change(&mut entry);
        assert!(
            matches!(entry.check(), Err(EntryFault::Header | EntryFault::FieldOrder)),
            "{what}: {:?}",
            entry.check()
        );
    }
    let mut entry = sealed();
    entry.fields[1].opening.as_mut().unwrap().value = Private::new("Klage fra Kåre".to_owned());
    assert_eq!(entry.check(), Err(EntryFault::Field { name: "title".into() }));
    let mut entry = sealed();
    entry.fields[0].opening.as_mut().unwrap().salt = Salt::from_bytes([9; 32]);
    assert_eq!(entry.check(), Err(EntryFault::Field { name: "purpose".into() }));
    let mut entry = sealed();
    entry.header.schema = 2;
    assert_eq!(entry.check(), Err(EntryFault::Schema(2)));
}

#[test]
fn an_object_of_a_newer_version_is_verified_though_not_understood() {
    let mut entry = sealed();
    entry.header.object.kind = "hearing".into();
    entry.leaf = entry.computed_leaf(&mut Vec::new());
    assert_eq!(entry.check(), Ok(()));
    assert_eq!(entry.event(), Err(UnknownObject { kind: "hearing".into() }));
}

#[test]
fn what_no_reader_would_take_is_not_sealed() {
    let sealed = |event: &AuditEvent| SealedEntry::seal_with(event, 0, |_| Salt::from_bytes([0; 32])).map(|_| ());
    let too_large = |limit| Err(SealError::TooLarge(limit));
    assert_eq!(sealed(&event().from_client("x".repeat(4097))), too_large(Limit::HeaderText));
    assert_eq!(sealed(&event().with_detail("x".repeat(257), "")), too_large(Limit::Name));
    assert_eq!(sealed(&event().with_detail("x", "x".repeat(1 << 20))), too_large(Limit::Values));
    assert_eq!(sealed(&event().with_detail("", "x")), Err(SealError::NoName));
    let many: BTreeMap<String, String> = (0..257).map(|number| (number.to_string(), String::new())).collect();
    let mut event = event();
    event.details = Private::new(many);
    assert_eq!(sealed(&event), too_large(Limit::Fields));
    event.at = DateTime::<chrono::Utc>::MAX_UTC;
    event.details = Private::default();
    assert_eq!(sealed(&event), Err(SealError::Moment));
}

#[test]
fn neither_value_nor_salt_is_shown_in_debug() {
    let shown = format!("{:?}", sealed());
    assert!(!shown.contains("Kari") && shown.contains("Salt(..)"), "{shown}");
}
