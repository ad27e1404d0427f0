use uuid::Uuid;

use super::*;
use crate::access::{
    GrantState, Role,
    samples::{ask, at, permit, permit_elsewhere, policy, who, why},
};

fn open(ask: Ask) -> AccessRequest {
    AccessRequest::open(RequestId::from_uuid(Uuid::from_u128(7)), ask, &policy(), at(1)).unwrap()
}

fn yes() -> Verdict {
    let id = GrantId::from_uuid(Uuid::from_u128(8));
    Verdict::Grant { id, right: GrantRight::Write, period: Period::between(at(10), at(20)) }
}

fn archivist() -> DutyPermit {
    permit("arkivar", Role::Archivist, DutyKind::DecideRequests)
}

fn head() -> DutyPermit {
    permit("leder", Role::HeadArchivist, DutyKind::DecideExtendedRequests)
}

#[test]
fn a_positive_judgement_makes_one_grant_and_a_negative_none() {
    let judged = open(ask("u1", "u1")).judge(&archivist(), yes(), why(), at(2)).unwrap();
    let grant = judged.grant.unwrap();
    let RequestState::Granted { judgement, grant: id } = judged.request.state() else { panic!("{:?}", judged.request) };
    assert_eq!((*id, &judgement.by, judgement.at), (grant.id(), &who("arkivar"), at(2)));
    assert_eq!((grant.holder(), grant.granted_by(), grant.state()), (&who("u1"), &who("arkivar"), &GrantState::Active));
    assert_eq!((grant.scope(), grant.period()), (&ask("u1", "u1").scope, Period::between(at(10), at(20))));
    assert_eq!(grant.basis(), GrantBasis::Request { id: judged.request.id(), extended: false });
    let refused = open(ask("u1", "u1")).judge(&archivist(), Verdict::Refuse, why(), at(2)).unwrap();
    assert!(refused.grant.is_none() && matches!(refused.request.state(), RequestState::Refused(_)));
    assert_eq!(refused.request.changed(), at(2));
}

#[test]
fn every_step_from_every_state_leads_where_the_table_says() {
    let granted = open(ask("u1", "u1")).judge(&archivist(), yes(), why(), at(2)).unwrap().request;
    let refused = open(ask("u1", "u1")).judge(&archivist(), Verdict::Refuse, why(), at(2)).unwrap().request;
    let withdrawn = open(ask("u1", "u1")).withdraw(&who("u1"), at(2)).unwrap();
    assert_eq!((withdrawn.state(), withdrawn.changed()), (&RequestState::Withdrawn { at: at(2) }, at(2)));
    for (request, waits) in [(open(ask("u1", "u1")), true), (granted, false), (refused, false), (withdrawn, false)] {
        let steps = [
            request.clone().judge(&archivist(), yes(), why(), at(3)).map(|judged| judged.request),
            request.clone().judge(&archivist(), Verdict::Refuse, why(), at(3)).map(|judged| judged.request),
            request.withdraw(&who("u1"), at(3)),
        ];
        for step in steps {
            assert!(if waits { step.is_ok() } else { step == Err(RequestError::NotOpen) }, "{step:?}");
        }
    }
}

#[test]
fn nobody_judges_their_own_request_nor_one_for_themselves() {
    let judge = |ask: Ask, permit: &DutyPermit| open(ask).judge(permit, yes(), why(), at(2)).map(|_| ());
    assert_eq!(judge(ask("arkivar", "arkivar"), &archivist()), Err(RequestError::OwnRequest));
    assert_eq!(judge(ask("leder", "u1"), &head()), Err(RequestError::OwnRequest));
    assert_eq!(judge(ask("u1", "leder"), &head()), Err(RequestError::OwnRequest));
    assert_eq!(judge(ask("u1", "u2"), &head()), Ok(()));
}

#[test]
fn only_somebody_entitled_in_the_tenant_judges() {
    let judge = |permit: &DutyPermit| open(ask("u1", "u1")).judge(permit, yes(), why(), at(2)).map(|_| ());
    let other = permit("leder", Role::HeadArchivist, DutyKind::Review);
    assert_eq!(judge(&other), Err(RequestError::NotEntitled(DutyKind::DecideRequests)));
    assert_eq!(judge(&permit_elsewhere("x", DutyKind::DecideRequests)), Err(RequestError::OtherTenant));
    let extended = open(ask("sjef", "u1"));
    assert_eq!(extended.decided_by(), DutyKind::DecideExtendedRequests);
    let refused = extended.judge(&archivist(), yes(), why(), at(2));
    assert_eq!(refused, Err(RequestError::NotEntitled(DutyKind::DecideExtendedRequests)));
}

#[test]
fn a_manager_asking_for_an_employee_and_a_personnel_file_must_be_archived() {
    let own = ask("u1", "u1");
    let personnel = Ask { kind: Some(CaseKind::PersonnelFile), ..own.clone() };
    let reading = Ask { right: GrantRight::Read, ..personnel.clone() };
    let pupil = Ask { kind: Some(CaseKind::PupilFile), ..own.clone() };
    let extended = [own, ask("sjef", "u1"), personnel, reading, pupil].map(|ask| open(ask).is_extended());
    assert_eq!(extended, [false, true, true, false, false]);
    let judged = open(ask("sjef", "u1")).judge(&head(), yes(), why(), at(2)).unwrap();
    let grant = judged.grant.unwrap();
    assert_eq!(*grant.state(), GrantState::Pending);
    assert!((0..30).all(|second| !grant.is_live(at(second))));
}

#[test]
fn a_judgement_gives_less_but_never_more() {
    let judge = |ask: Ask, right, period| {
        let verdict = Verdict::Grant { id: GrantId::from_uuid(Uuid::nil()), right, period };
        open(ask).judge(&archivist(), verdict, why(), at(2)).map(|judged| judged.grant.unwrap().right())
    };
    let asked = || ask("u1", "u1");
    let (less, more) = (Ok(GrantRight::Read), Err(RequestError::MoreThanAsked));
    assert_eq!(judge(asked(), GrantRight::Read, Period::between(at(11), at(19))), less);
    assert_eq!(judge(asked(), GrantRight::Read, Period::between(at(10), at(20))), less);
    assert_eq!(judge(asked(), GrantRight::Read, Period::between(at(9), at(20))), more);
    assert_eq!(judge(asked(), GrantRight::Read, Period::between(at(10), at(21))), more);
    assert_eq!(judge(asked(), GrantRight::Read, Period::starting(at(10))), more);
    let reading = Ask { right: GrantRight::Read, ..asked() };
    assert_eq!(judge(reading, GrantRight::Write, Period::between(at(10), at(20))), more);
    let endless = Ask { period: Period::starting(at(10)), ..asked() };
    assert_eq!(judge(endless.clone(), GrantRight::Read, Period::starting(at(10))), less);
    assert_eq!(judge(endless, GrantRight::Read, Period::between(at(10), at(20))), less);
}

#[test]
fn a_request_states_its_need_and_a_judgement_its_reason() {
    let try_open = |ask| AccessRequest::open(RequestId::from_uuid(Uuid::nil()), ask, &policy(), at(1)).map(|_| ());
    assert_eq!(try_open(Ask { need: "  ".into(), ..ask("u1", "u1") }), Err(RequestError::NoReason));
    let judged = open(ask("u1", "u1")).judge(&archivist(), Verdict::Refuse, " ".into(), at(2));
    assert_eq!(judged, Err(RequestError::NoReason));
    let log = Ask { scope: GrantScope::Log, ..ask("u1", "u1") };
    assert_eq!(try_open(log.clone()), Err(RequestError::Grant(GrantError::WritesLog)));
    assert_eq!(try_open(Ask { right: GrantRight::Read, ..log }), Ok(()));
}

#[test]
fn ownership_is_asked_of_one_case_with_writing() {
    let owner = || Ask { purpose: Purpose::Ownership, ..ask("u1", "u1") };
    let try_open = |ask| AccessRequest::open(RequestId::from_uuid(Uuid::nil()), ask, &policy(), at(1)).map(|_| ());
    assert_eq!(try_open(owner()), Ok(()));
    let refused = Err(RequestError::OwnershipOfNoCase);
    assert_eq!(try_open(Ask { right: GrantRight::Read, ..owner() }), refused);
    assert_eq!(try_open(Ask { scope: GrantScope::Tenant, ..owner() }), refused);
}

#[test]
fn only_the_one_who_asked_takes_a_request_back() {
    assert_eq!(open(ask("u1", "u1")).withdraw(&who("u2"), at(2)), Err(RequestError::NotTheirs));
    assert_eq!(open(ask("sjef", "u1")).withdraw(&who("u1"), at(2)), Err(RequestError::NotTheirs));
}

#[test]
fn a_request_is_read_back_as_it_was_stored() {
    let request = open(ask("u1", "u1")).with_version(3);
    assert_eq!((request.version(), request.asked(), request.ask()), (3, at(1), &ask("u1", "u1")));
    let json = serde_json::to_string(&request).unwrap();
    assert_eq!(serde_json::from_str::<AccessRequest>(&json).unwrap(), request);
    assert!(serde_json::from_str::<AccessRequest>(&json.replace("Tjenstlig behov", "")).is_err());
    assert!(!format!("{request:?}").contains("behov"));
}
