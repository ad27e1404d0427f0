use crate::{
    access::{
        Action, Actor, Authorisation, Bar, Grant, GrantBasis, GrantRight, GrantScope, GroupMembership, Membership,
        Named, Object, Outcome, Owner, Period, Protected, RecordRef, Role, RoleScope, ScreenedBy, ServiceAllowance,
        ServiceRights, Standing, Subject, UnitScope, User, UserKind, View, decide,
        grant::NewGrant,
        samples::{
            at, case, compile, compile_under, consultant, employee, entry, grant, new_grant, policy, role, tenant, who,
            why, with_role,
        },
    },
    case::CaseKind,
    identity::{DocumentId, GroupId, TenantId, UnitId},
    screening::AccessCode,
    sensitivity::SensitivityClass,
};

/// An entry of a pupil file that nothing opens but what a test gives: confidential, in a group of its own.
fn object() -> Object {
    Object {
        tenant: tenant(),
        record: RecordRef::Entry(entry(1)),
        case: case(1),
        entry: Some(entry(1)),
        unit: UnitId::new("skole").ok(),
        handler: None,
        class: SensitivityClass::Confidential,
        codes: Vec::new(),
        kind: CaseKind::PupilFile,
        group: None,
        series: None,
        screened_by: ScreenedBy::Itself,
        hidden: false,
    }
}

fn open_record() -> Object {
    let (class, screened_by) = (SensitivityClass::Open, ScreenedBy::Nothing);
    Object { class, kind: CaseKind::Ordinary, screened_by, ..object() }
}

/// In force from the 100th second to the 200th.
fn period() -> Period {
    Period::between(at(100), at(200))
}

/// Second by second around both ends: it gives something from the first second to the one before the last.
fn sweep(sees: impl Fn(i64) -> bool) {
    for second in (90..110).chain(190..210) {
        assert_eq!(sees(second), (100..200).contains(&second), "second {second}");
    }
}

fn full(subject: &Subject, object: &Object) -> bool {
    subject.sees(object) == View::Full
}

#[test]
fn a_role_counts_for_its_period() {
    let roles = vec![role(Role::Reader, RoleScope::Tenant, period())];
    let user = User { roles, ..employee("u1") };
    sweep(|second| full(&compile(&user, &[], at(second)), &open_record()));
}

#[test]
fn a_membership_and_an_authorisation_count_for_their_periods() {
    let group = GroupId::new("inntak").unwrap();
    let (granted_by, always) = (who("admin"), Period::starting(at(0)));
    let user = |member: Period, authorised: Period| User {
        memberships: vec![GroupMembership {
            group: group.clone(),
            right: GrantRight::Read,
            period: member,
            granted_by: granted_by.clone(),
            reason: why(),
        }],
        authorisations: vec![Authorisation {
            subject: Protected::Kind(CaseKind::PupilFile),
            units: UnitScope::Tenant,
            period: authorised,
            granted_by: granted_by.clone(),
            reason: why(),
        }],
        ..employee("u1")
    };
    let grouped = Object { group: Some(group.clone()), ..object() };
    sweep(|second| full(&compile(&user(period(), always), &[], at(second)), &grouped));
    sweep(|second| full(&compile(&user(always, period()), &[], at(second)), &grouped));
}

#[test]
fn a_grant_and_an_emergency_count_for_their_periods() {
    for basis in [new_grant("u1", GrantScope::Tenant, GrantRight::Read, false).basis, GrantBasis::Emergency] {
        for scope in [GrantScope::Entry(entry(1)), GrantScope::Case(case(1))] {
            let new = NewGrant { period: period(), basis, ..new_grant("u1", scope.clone(), GrantRight::Read, false) };
            let grants = [Grant::begin(new, at(0)).unwrap()];
            sweep(|second| {
                let subject = compile(&employee("u1"), &grants, at(second));
                match scope {
                    GrantScope::Case(_) => full(&subject, &open_record()) && !full(&subject, &object()),
                    _ => full(&subject, &object()),
                }
            });
        }
    }
}

#[test]
fn a_consultant_ends_by_itself_and_a_user_with_its_active_period() {
    let grants = [Grant::begin(
        NewGrant {
            period: Period::starting(at(0)),
            ..new_grant("k", GrantScope::Entry(entry(1)), GrantRight::Read, false)
        },
        at(0),
    )
    .unwrap()];
    for second in 190..210 {
        let subject = compile(&consultant("k", at(200)), &grants, at(second));
        assert_eq!(full(&subject, &object()), second < 200);
        assert_eq!(subject.standing(), if second < 200 { Standing::Consultant } else { Standing::Lapsed });
        assert_eq!(subject.valid_until(), (second < 200).then(|| at(200)));
    }
    sweep(|second| {
        let user = User { active: period(), ..employee("k") };
        full(&compile(&user, &grants, at(second)), &object())
    });
}

#[test]
fn a_bar_counts_for_its_period_and_reaches_what_belongs_to_the_record() {
    let document = DocumentId::from_uuid(uuid::Uuid::from_u128(9));
    let of_entry = Object { record: RecordRef::Document(document), ..object() };
    let of_case = Object { record: RecordRef::Case(case(1)), entry: None, ..object() };
    for (record, reaches) in [
        (RecordRef::Case(case(1)), [true, true, true]),
        (RecordRef::Entry(entry(1)), [false, true, true]),
        (RecordRef::Document(document), [false, false, true]),
        (RecordRef::Case(case(2)), [false, false, false]),
    ] {
        let bar = Bar { record, period: period(), set_by: who("admin"), reason: why() };
        let user = User { bars: vec![bar], ..with_role("u1", Role::HeadArchivist) };
        for (object, reached) in [&of_case, &object(), &of_entry].into_iter().zip(reaches) {
            if reached {
                sweep(|second| compile(&user, &[], at(second)).sees(object) == View::None);
            } else {
                assert!(full(&compile(&user, &[], at(150)), object), "{record:?}");
            }
        }
    }
}

#[test]
fn what_is_of_another_tenant_or_another_user_is_left_out() {
    let elsewhere = TenantId::new("rost").unwrap();
    let head = with_role("u1", Role::HeadArchivist);
    let actor = Actor::new(tenant(), who("u1")).from_client("10.0.0.7");
    let standing = |policy: &_, user: Option<&User>| Subject::compile(&actor, policy, user, &[], at(15)).standing();
    assert_eq!(standing(&policy(), Some(&head)), Standing::Employee);
    assert_eq!(standing(&policy(), None), Standing::Unknown);
    assert_eq!(standing(&policy(), Some(&User { tenant: elsewhere.clone(), ..head.clone() })), Standing::Unknown);
    assert_eq!(standing(&policy(), Some(&employee("u2"))), Standing::Unknown);
    let mut foreign = policy();
    foreign.tenant = elsewhere.clone();
    assert_eq!(standing(&foreign, Some(&head)), Standing::Unknown);
    let subject = Subject::compile(&actor, &policy(), Some(&head), &[], at(15));
    assert_eq!((subject.tenant(), subject.id(), subject.client()), (&tenant(), &who("u1"), Some("10.0.0.7")));
    assert_eq!(subject.sees(&Object { tenant: elsewhere.clone(), ..open_record() }), View::None);
    let theirs = grant("u2", GrantScope::Entry(entry(1)), GrantRight::Read);
    let of_rost =
        NewGrant { tenant: elsewhere, ..new_grant("u1", GrantScope::Entry(entry(1)), GrantRight::Read, false) };
    let of_rost = Grant::begin(of_rost, at(0)).unwrap();
    assert!(!full(&compile(&employee("u1"), &[theirs.clone(), of_rost], at(15)), &object()));
    assert!(full(&compile(&employee("u2"), &[theirs], at(15)), &object()));
}

#[test]
fn the_strongest_grant_and_membership_counts_in_whatever_order() {
    let scope = || GrantScope::Entry(entry(1));
    let (read, write) = (grant("u1", scope(), GrantRight::Read), grant("u1", scope(), GrantRight::Write));
    for grants in [[read.clone(), write.clone()], [write, read]] {
        assert_eq!(compile(&employee("u1"), &grants, at(15)).facts(&object()).named, Named::Write);
    }
    let member = |right| GroupMembership {
        group: GroupId::new("inntak").unwrap(),
        right,
        period: Period::starting(at(0)),
        granted_by: who("admin"),
        reason: why(),
    };
    for rights in [[GrantRight::Read, GrantRight::Write], [GrantRight::Write, GrantRight::Read]] {
        let user = User { memberships: rights.map(member).into(), ..employee("u1") };
        let grouped = Object { group: GroupId::new("inntak").ok(), ..object() };
        assert_eq!(compile(&user, &[], at(15)).facts(&grouped).group, Membership::Writes);
        assert_eq!(compile(&user, &[], at(15)).facts(&object()).group, Membership::NoGroup);
    }
}

#[test]
fn a_grant_on_an_entry_reaches_its_documents_but_none_screened_by_itself() {
    let document = |screened_by| Object {
        record: RecordRef::Document(DocumentId::from_uuid(uuid::Uuid::from_u128(9))),
        screened_by,
        ..object()
    };
    let subject = compile(&employee("u1"), &[grant("u1", GrantScope::Entry(entry(1)), GrantRight::Write)], at(15));
    let named = |screened_by| subject.facts(&document(screened_by)).named;
    assert_eq!(
        [ScreenedBy::Nothing, ScreenedBy::Entry, ScreenedBy::Itself].map(named),
        [Named::Write, Named::Write, Named::None]
    );
    let case_level = Object { record: RecordRef::Case(case(1)), entry: None, ..object() };
    assert_eq!(subject.facts(&case_level).named, Named::None);
}

#[test]
fn the_handler_of_a_personnel_file_is_not_yet_confirmed() {
    let subject = compile(&employee("u1"), &[], at(15));
    let owner = |kind, handler: &str| subject.facts(&Object { kind, handler: Some(who(handler)), ..object() }).owner;
    assert_eq!(owner(CaseKind::PupilFile, "u1"), Owner::SelfResponsible);
    assert_eq!(owner(CaseKind::PersonnelFile, "u1"), Owner::SelfUnconfirmed);
    assert_eq!(owner(CaseKind::PupilFile, "u2"), Owner::Other);
    let strict = crate::access::AccessPolicy { responsible_has_access: false, ..policy() };
    let subject = compile_under(&strict, &employee("u1"), &[], at(15));
    assert_eq!(subject.facts(&Object { handler: Some(who("u1")), ..object() }).owner, Owner::Other);
}

#[test]
fn codes_are_compared_without_regard_to_case() {
    let code = |text: &str| AccessCode::new(text).unwrap();
    let authorisation = Authorisation {
        subject: Protected::Code(code("p")),
        units: UnitScope::Tenant,
        period: Period::starting(at(0)),
        granted_by: who("admin"),
        reason: why(),
    };
    let user = User { authorisations: vec![authorisation], ..with_role("u1", Role::CaseHandler) };
    let coded = Object { codes: vec![code("P")], kind: CaseKind::Ordinary, ..object() };
    assert!(full(&compile(&user, &[], at(15)), &coded));
    assert!(!full(&compile(&user, &[], at(15)), &Object { codes: vec![code("P"), code("X")], ..coded }));
}

#[test]
fn authorisation_is_asked_only_where_something_takes_it() {
    let authorisation = Authorisation {
        subject: Protected::Class(SensitivityClass::StrictlyConfidential),
        units: UnitScope::Tenant,
        period: Period::starting(at(0)),
        granted_by: who("admin"),
        reason: why(),
    };
    let user = User { authorisations: vec![authorisation], ..employee("u1") };
    let asked = |object: &Object| compile(&user, &[], at(15)).facts(object).authorised;
    let open = open_record();
    assert!(asked(&Object { class: SensitivityClass::Confidential, ..open.clone() }));
    assert!(!asked(&Object { class: SensitivityClass::Restricted, ..open.clone() }) && !asked(&open));
    let file = Object { kind: CaseKind::PersonnelFile, handler: Some(who("u1")), ..open };
    let mut lenient = policy();
    lenient.kinds.clear();
    let facts = |object: &Object| compile_under(&lenient, &user, &[], at(15)).facts(object);
    assert!(facts(&file).authorised && facts(&file).owner == Owner::SelfUnconfirmed);
    assert!(!facts(&Object { handler: None, ..file }).authorised);
}

#[test]
fn a_service_user_has_no_groups_roles_or_grants_only_its_list() {
    let allowance = ServiceAllowance {
        right: GrantRight::Read,
        kinds: [CaseKind::PupilFile].into(),
        units: UnitScope::Tenant,
        series: None,
        up_to: SensitivityClass::Confidential,
    };
    let rights =
        ServiceRights { integration: "flyt".into(), owner: who("eier"), records: vec![allowance], opens: [].into() };
    let user = User { kind: UserKind::Service(rights), ..with_role("svc", Role::HeadArchivist) };
    let grants = [grant("svc", GrantScope::Entry(entry(1)), GrantRight::Write)];
    let subject = compile(&user, &grants, at(15));
    let facts = subject.facts(&object());
    assert_eq!((facts.named, facts.reading), (Named::None, crate::access::Reading::None));
    assert!(full(&subject, &object()));
    assert_eq!(decide(&subject, Action::Write, &object()).outcome, Outcome::Refused);
    let strict = Object { class: SensitivityClass::StrictlyConfidential, ..object() };
    assert_eq!(subject.sees(&strict), View::None);
}

#[test]
fn the_office_reads_everything_of_its_tenant() {
    let job = Subject::system(tenant(), who("job"));
    assert!(full(&job, &object()) && decide(&job, Action::Write, &object()).outcome == Outcome::Allowed);
    assert_eq!(job.sees(&Object { tenant: TenantId::new("rost").unwrap(), ..object() }), View::None);
}

#[test]
fn a_decision_tells_the_rule_and_gives_its_permit_once() {
    let subject = compile(&with_role("u1", Role::Reader), &[], at(15));
    let read = decide(&subject, Action::Read, &open_record());
    assert_eq!((read.rule(), read.reasons.len()), ("open_record", 1));
    assert!(read.into_permit().unwrap().covers(&tenant(), &RecordRef::Entry(entry(1))));
    let write = decide(&subject, Action::Write, &open_record());
    let codes: Vec<&str> = write.reasons.iter().map(|reason| reason.code).collect();
    assert_eq!((write.rule(), codes), ("read_only", vec!["read_only", "open_record"]));
    let none = decide(&subject, Action::Write, &object());
    assert_eq!((none.rule(), none.view, none.outcome), ("no_need", View::None, Outcome::Refused));
    assert!(none.into_permit().is_none());
}
