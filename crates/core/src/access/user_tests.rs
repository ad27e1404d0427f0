use super::*;
use crate::access::samples::{at, case, consultant, employee, role, who, why};

const HELD: fn(i64) -> Period = |until| Period::between(at(until - 1), at(until));

/// A consultant with one right of each sort, each over at a second of its own.
fn full() -> User {
    let granted_by = who("admin");
    let mut user = consultant("u1", at(70));
    user.active = Period::between(at(0), at(80));
    user.roles = vec![role(Role::Reader, RoleScope::Tenant, HELD(10))];
    let group = GroupId::new("inntak").unwrap();
    let right = GrantRight::Read;
    let membership = GroupMembership { group, right, period: HELD(20), granted_by: granted_by.clone(), reason: why() };
    user.memberships = vec![membership];
    let subject = Protected::Kind(CaseKind::PupilFile);
    let (units, period) = (UnitScope::Tenant, HELD(30));
    user.authorisations = vec![Authorisation { subject, units, period, granted_by: granted_by.clone(), reason: why() }];
    let account = AccountId::new("byplan").unwrap();
    let right = ChannelRight::Send;
    user.channels = vec![ChannelAccess { account, right, period: HELD(40), granted_by, reason: why() }];
    let record = RecordRef::Case(case(1));
    user.bars = vec![Bar { record, period: HELD(50), set_by: who("admin"), reason: why() }];
    user
}

#[test]
fn every_right_and_bar_that_begins_or_ends_is_told_in_turn() {
    let walk = |next: &dyn Fn(Timestamp) -> Option<Timestamp>| {
        std::iter::successors(Some(at(0)), |now| next(*now)).take(20).map(|at| at.timestamp()).collect::<Vec<_>>()
    };
    let user = full();
    assert_eq!(walk(&|now| user.next_change(now)), [0, 9, 10, 19, 20, 29, 30, 39, 40, 49, 50, 70, 80]);
    assert_eq!(walk(&|now| user.next_end(now)), [0, 10, 20, 30, 40, 50, 70, 80]);
    assert_eq!(employee("u1").next_change(at(5)), None);
}

#[test]
fn a_user_is_read_back_as_stored_and_shows_no_reason() {
    let user = full();
    let json = serde_json::to_string(&user).unwrap();
    assert_eq!(serde_json::from_str::<User>(&json).unwrap(), user);
    assert!(!format!("{user:?}").contains("behov"));
    let short = r#"{"tenant":"bodo","id":"u1","changed":"1970-01-01T00:00:00Z","changed_by":"admin","kind":"employee",
        "active":{"from":"1970-01-01T00:00:00Z"}}"#;
    assert_eq!(serde_json::from_str::<User>(short).unwrap(), employee("u1"));
}

#[test]
fn there_is_no_consultant_without_an_agreement_and_an_end() {
    let json = serde_json::to_string(&full()).unwrap();
    for field in ["agreement", "ordered_by", "until"] {
        let without = json.replacen(&format!("\"{field}\""), "\"x\"", 1);
        assert!(serde_json::from_str::<User>(&without).is_err(), "{field}");
    }
}
