use std::collections::BTreeSet;

use super::*;
use crate::{
    access::{
        ChannelAccess, GrantRight, GrantScope, Period, Role, RoleScope, ServiceAllowance, ServiceRights, UnitScope,
        User, UserKind,
        samples::{at, compile, consultant, employee, grant, role, tenant, who, why, with_role},
    },
    sensitivity::SensitivityClass,
};

/// The acts once more, by who may do them at all and what it takes.
fn by_the_book(f: &DutyFacts) -> bool {
    use DutyKind as D;
    let daily = [D::OpenCases, D::SendLetters, D::OperateChannels].contains(&f.duty);
    match f.standing {
        Standing::Unknown | Standing::Inactive | Standing::Lapsed => false,
        Standing::System => daily,
        Standing::Service => f.by_list && daily && f.duty != D::OperateChannels,
        Standing::Employee | Standing::Consultant => {
            let own = f.by_list && [D::SendLetters, D::OperateChannels, D::ReadLog].contains(&f.duty);
            let role = f.by_role && (f.standing == Standing::Employee || f.duty == D::OpenCases);
            f.duty == D::RequestAccess || own || role
        }
    }
}

#[test]
fn every_combination_is_decided_as_the_book_says_and_explained() {
    let mut codes = BTreeSet::new();
    for facts in DutyFacts::every() {
        let (outcome, reason) = facts.rule();
        assert_eq!(outcome == Outcome::Allowed, by_the_book(&facts), "{facts:?}");
        codes.insert((outcome, reason.code));
        for fewer in [DutyFacts { by_role: false, ..facts }, DutyFacts { by_list: false, ..facts }] {
            assert!(fewer.rule().0 >= outcome, "taking a right away allowed {facts:?}");
        }
    }
    assert_eq!(DutyFacts::every().collect::<std::collections::HashSet<_>>().len(), 7 * DutyKind::ALL.len() * 4);
    let told: Vec<&str> = codes.iter().map(|(_, code)| *code).collect();
    assert_eq!(
        told,
        [
            "anybody_may_ask",
            "channel_access",
            "duty_by_role",
            "duty_listed",
            "log_grant",
            "system_job",
            "consultancy_over",
            "duty_unlisted",
            "for_people",
            "inactive",
            "no_duty",
            "not_for_consultants",
            "unknown_user"
        ]
    );
}

fn unit(name: &str) -> UnitId {
    UnitId::new(name).unwrap()
}

fn account(name: &str) -> AccountId {
    AccountId::new(name).unwrap()
}

fn allowed(subject: &Subject, duty: Duty<'_>) -> bool {
    subject.may(duty).outcome == Outcome::Allowed
}

fn opens(subject: &Subject, at_unit: &str, series: Option<&str>, kind: CaseKind) -> bool {
    allowed(subject, Duty::OpenCase { unit: &unit(at_unit), series, kind })
}

#[test]
fn cases_are_opened_where_a_role_counts() {
    let scoped = |scope: RoleScope| {
        let roles = vec![role(Role::CaseHandler, scope, Period::starting(at(0)))];
        compile(&User { roles, ..employee("u1") }, &[], at(1))
    };
    let ordinary = CaseKind::Ordinary;
    let byplan = scoped(RoleScope::Unit { unit: unit("byplan"), with_sub_units: false });
    assert!(opens(&byplan, "byplan", None, ordinary) && !opens(&byplan, "skole", None, ordinary));
    let series = scoped(RoleScope::Series("sak".into()));
    assert!(opens(&series, "skole", Some("sak"), ordinary) && !opens(&series, "skole", None, ordinary));
    assert!(opens(&scoped(RoleScope::Tenant), "skole", None, ordinary));
    let reader = compile(&with_role("u1", Role::Reader), &[], at(1));
    assert!(!opens(&reader, "byplan", None, ordinary));
    assert_eq!(byplan.may(Duty::General(DutyKind::OpenCases)).outcome, Outcome::Refused);
}

#[test]
fn a_duty_without_a_place_takes_a_role_in_the_whole_tenant_but_in_an_emergency() {
    let head = |scope: RoleScope| {
        let roles = vec![role(Role::HeadArchivist, scope, Period::starting(at(0)))];
        compile(&User { roles, ..employee("u1") }, &[], at(1))
    };
    let everywhere = head(RoleScope::Tenant);
    let granted: Vec<DutyKind> =
        DutyKind::ALL.into_iter().filter(|kind| allowed(&everywhere, Duty::General(*kind))).collect();
    let expected: Vec<DutyKind> = DutyKind::ALL
        .into_iter()
        .filter(|kind| {
            let placed =
                [DutyKind::OpenCases, DutyKind::SendLetters, DutyKind::OperateChannels, DutyKind::SetRetention];
            !placed.contains(kind)
        })
        .collect();
    assert_eq!(granted, expected);
    let somewhere = head(RoleScope::Unit { unit: unit("byplan"), with_sub_units: true });
    let only: Vec<DutyKind> =
        DutyKind::ALL.into_iter().filter(|kind| allowed(&somewhere, Duty::General(*kind))).collect();
    assert_eq!(only, [DutyKind::RequestAccess, DutyKind::BreakGlass], "an emergency does not ask for the unit");
    let of_series = head(RoleScope::Series("sak".into()));
    assert!(allowed(&of_series, Duty::General(DutyKind::BreakGlass)));
    let nobody = compile(&employee("u1"), &[], at(1));
    assert!(!allowed(&nobody, Duty::General(DutyKind::BreakGlass)));
    assert!(allowed(&everywhere, Duty::OperateChannels(None)) && !allowed(&somewhere, Duty::OperateChannels(None)));
}

#[test]
fn a_sender_account_is_used_for_what_it_was_given_for_while_it_was_given() {
    let access = |name: &str, right| {
        let period = Period::between(at(10), at(20));
        ChannelAccess { account: account(name), right, period, granted_by: who("admin"), reason: why() }
    };
    let channels = vec![
        access("sender", ChannelRight::Send),
        access("both", ChannelRight::Operate),
        access("both", ChannelRight::Send),
    ];
    let user = User { channels, ..employee("u1") };
    let may = |second: i64, name: &str| {
        let subject = compile(&user, &[], at(second));
        let account = account(name);
        (
            allowed(&subject, Duty::SendLetters(&account)),
            allowed(&subject, Duty::OperateChannels(Some(&account))),
            allowed(&subject, Duty::OperateChannels(None)),
        )
    };
    assert_eq!(may(15, "sender"), (true, false, false));
    assert_eq!(may(15, "both"), (true, true, false));
    assert_eq!(may(15, "other"), (false, false, false));
    assert_eq!([9, 10, 19, 20].map(|second| may(second, "both").0), [false, true, true, false]);
    let operator = compile(&with_role("u2", Role::Operator), &[], at(1));
    assert!(allowed(&operator, Duty::OperateChannels(Some(&account("both")))));
    assert!(!allowed(&operator, Duty::SendLetters(&account("both"))));
}

#[test]
fn a_service_user_opens_the_cases_of_its_list() {
    let allowance = ServiceAllowance {
        right: GrantRight::Write,
        kinds: [CaseKind::PupilFile, CaseKind::Ordinary].into(),
        units: UnitScope::Unit { unit: unit("skole"), with_sub_units: false },
        series: Some(["elev".to_owned()].into()),
        up_to: SensitivityClass::Confidential,
    };
    let service = |allowance: ServiceAllowance, opens: &[CaseKind]| {
        let opens = opens.iter().copied().collect();
        let rights = ServiceRights { integration: "flyt".into(), owner: who("eier"), records: vec![allowance], opens };
        compile(&User { kind: UserKind::Service(rights), ..with_role("svc", Role::HeadArchivist) }, &[], at(1))
    };
    let flyt = service(allowance.clone(), &[CaseKind::PupilFile]);
    assert!(opens(&flyt, "skole", Some("elev"), CaseKind::PupilFile));
    assert!(!opens(&flyt, "byplan", Some("elev"), CaseKind::PupilFile));
    assert!(!opens(&flyt, "skole", Some("sak"), CaseKind::PupilFile));
    assert!(!opens(&flyt, "skole", None, CaseKind::PupilFile));
    assert!(!opens(&flyt, "skole", Some("elev"), CaseKind::Ordinary), "not a kind it opens");
    let elsewhere = service(allowance.clone(), &[CaseKind::ChildFile]);
    assert!(!opens(&elsewhere, "skole", Some("elev"), CaseKind::ChildFile), "not a kind it writes");
    let any_series = service(ServiceAllowance { series: None, ..allowance.clone() }, &[CaseKind::PupilFile]);
    assert!(opens(&any_series, "skole", None, CaseKind::PupilFile));
    let reads = service(ServiceAllowance { right: GrantRight::Read, ..allowance }, &[CaseKind::PupilFile]);
    assert!(!opens(&reads, "skole", Some("elev"), CaseKind::PupilFile));
    assert!(DutyKind::ALL.into_iter().all(|kind| !allowed(&flyt, Duty::General(kind))), "its roles count for nothing");
}

#[test]
fn a_log_grant_lets_its_holder_read_the_log_for_its_period_and_no_more() {
    let log = [grant("u1", GrantScope::Log, GrantRight::Read)];
    let may = |second: i64, kind| allowed(&compile(&employee("u1"), &log, at(second)), Duty::General(kind));
    assert_eq!([9, 10, 19, 20].map(|second| may(second, DutyKind::ReadLog)), [false, true, true, false]);
    assert!(!may(15, DutyKind::ExportLog));
    let other = compile(&employee("u2"), &log, at(15));
    assert!(!allowed(&other, Duty::General(DutyKind::ReadLog)));
}

#[test]
fn a_permit_tells_who_may_do_what_and_only_an_allowed_act_has_one() {
    let head = compile(&with_role("u1", Role::HeadArchivist), &[], at(1));
    let decision = head.may(Duty::General(DutyKind::ReadLog));
    let permit = decision.permit().unwrap();
    assert_eq!((permit.tenant(), permit.actor(), permit.duty()), (&tenant(), &who("u1"), DutyKind::ReadLog));
    let refused = head.may(Duty::General(DutyKind::SetRetention));
    assert_eq!(refused.reasons[0].code, "no_duty");
    assert!(refused.permit().is_none() && refused.into_permit().is_none());
}

#[test]
fn jobs_do_the_daily_work_and_consultants_administer_nothing() {
    let job = Subject::system(tenant(), who("job"));
    assert!(opens(&job, "byplan", None, CaseKind::ChildFile) && allowed(&job, Duty::SendLetters(&account("x"))));
    assert!(!allowed(&job, Duty::General(DutyKind::DecideRequests)));
    let roles = with_role("k", Role::HeadArchivist).roles;
    let hired = compile(&User { roles, ..consultant("k", at(10)) }, &[], at(1));
    assert!(opens(&hired, "byplan", None, CaseKind::Ordinary) && !allowed(&hired, Duty::General(DutyKind::ReadLog)));
}
