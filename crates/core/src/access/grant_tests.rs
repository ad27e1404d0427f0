use super::*;
use crate::access::samples::{at, case, entry, new_grant, who, why};

const ARCHIVED: fn() -> Confirmation = || Confirmation { request: entry(1), decision: entry(2) };

fn waiting() -> Grant {
    Grant::begin(new_grant("u1", GrantScope::Case(case(1)), GrantRight::Write, true), at(0)).unwrap()
}

fn counting() -> Grant {
    waiting().confirm(ARCHIVED(), &who("arkiv"), at(5)).unwrap()
}

/// A grant in each state.
fn every_state() -> Vec<Grant> {
    let ended = counting().end(&who("job"), at(20)).unwrap();
    let withdrawn = counting().withdraw(&who("head"), why(), at(12)).unwrap();
    vec![waiting(), counting(), ended, withdrawn]
}

#[test]
fn every_step_from_every_state_leads_where_the_table_says() {
    let name = |grant: Result<Grant, GrantError>| match grant.map(|grant| grant.state().clone()) {
        Ok(GrantState::Pending) => "pending",
        Ok(GrantState::Active) => "active",
        Ok(GrantState::Ended) => "ended",
        Ok(GrantState::Withdrawn { .. }) => "withdrawn",
        Err(GrantError::NoSuchStep) => "-",
        Err(GrantError::NotOver) => "not over",
        Err(_) => "error",
    };
    let by = who("arkiv");
    let table: Vec<String> = every_state()
        .into_iter()
        .map(|grant| {
            let steps = [
                grant.clone().confirm(ARCHIVED(), &by, at(15)),
                grant.clone().notify(&by, at(15)),
                grant.clone().end(&by, at(19)),
                grant.clone().end(&by, at(20)),
                grant.withdraw(&by, why(), at(15)),
            ];
            steps.map(name).join(" ")
        })
        .collect();
    assert_eq!(
        table,
        ["active - not over ended withdrawn", "- active not over ended withdrawn", "- - - - -", "- - - - -",]
    );
}

#[test]
fn an_extended_grant_gives_nothing_until_it_is_archived() {
    let archived = |grant: &Grant| grant.confirmation().is_some();
    assert!((0..30).all(|second| !waiting().is_live(at(second))));
    assert_eq!((waiting().decision(), counting().decision()), (None, Some(entry(2))));
    for grant in every_state() {
        assert!(archived(&grant) || *grant.state() == GrantState::Pending);
    }
    let json = serde_json::to_string(&counting()).unwrap();
    assert_eq!(serde_json::from_str::<Grant>(&json).unwrap(), counting());
    let forged = json.replace(&serde_json::to_string(&ARCHIVED()).unwrap(), "null");
    let refused = serde_json::from_str::<Grant>(&forged).unwrap_err().to_string();
    assert!(forged != json && refused.contains("R2.5"), "{refused}");
}

#[test]
fn a_grant_counts_from_its_first_second_to_the_one_before_its_end() {
    let live: Vec<i64> = (0..30).filter(|second| counting().is_live(at(*second))).collect();
    assert_eq!(live, (10..20).collect::<Vec<_>>());
    let withdrawn = counting().withdraw(&who("head"), why(), at(12)).unwrap();
    assert!((0..30).all(|second| !withdrawn.is_live(at(second))));
}

#[test]
fn what_happens_by_itself_is_told_as_long_as_it_can_happen() {
    let [waits, counts, ended, withdrawn] = every_state().try_into().unwrap();
    assert_eq!([&waits, &counts, &ended, &withdrawn].map(Grant::due), [Some(at(20)), Some(at(20)), None, None]);
    let next = |grant: &Grant| [0, 10, 20].map(|second| grant.next_change(at(second)));
    assert_eq!(next(&counts), [Some(at(10)), Some(at(20)), None]);
    assert_eq!([next(&waits), next(&ended), next(&withdrawn)], [[None; 3]; 3]);
}

#[test]
fn every_step_tells_who_took_it_and_when_and_the_first_notice_stays() {
    let told = counting().notify(&who("job"), at(6)).unwrap();
    assert_eq!((told.changed(), told.changed_by(), told.notified()), (at(6), &who("job"), Some(at(6))));
    assert_eq!(told.notify(&who("job"), at(7)).unwrap().notified(), Some(at(6)));
    let withdrawn = counting().withdraw(&who("head"), why(), at(12)).unwrap();
    assert_eq!(*withdrawn.state(), GrantState::Withdrawn { by: who("head"), reason: why() });
    assert_eq!(counting().withdraw(&who("head"), " ".into(), at(12)), Err(GrantError::NoReason));
    assert_eq!((counting().version(), counting().with_version(4).version()), (0, 4));
}

#[test]
fn nobody_is_given_the_right_to_write_the_log_nor_anything_without_a_reason() {
    let begin = |scope, right| Grant::begin(new_grant("u1", scope, right, false), at(0));
    assert_eq!(begin(GrantScope::Log, GrantRight::Write).unwrap_err(), GrantError::WritesLog);
    assert!(begin(GrantScope::Log, GrantRight::Read).is_ok());
    let blank = NewGrant { reason: " ".into(), ..new_grant("u1", GrantScope::Tenant, GrantRight::Read, false) };
    assert_eq!(Grant::begin(blank, at(0)).unwrap_err(), GrantError::NoReason);
}

#[test]
fn a_grant_tells_what_it_is_on_and_where_it_comes_from() {
    let grant = counting();
    assert_eq!((grant.record(), grant.right()), (Some(RecordRef::Case(case(1))), GrantRight::Write));
    assert_eq!((grant.holder(), grant.granted_by()), (&who("u1"), &who("head")));
    assert_eq!((grant.reason(), grant.id().to_string().len()), (&why(), 36));
    assert!(matches!(grant.basis(), GrantBasis::Request { extended: true, .. }));
    for record in [RecordRef::Case(case(1)), RecordRef::Entry(entry(1))] {
        assert_eq!(GrantScope::from(record).record(), Some(record));
    }
    let unit = UnitId::new("byplan").unwrap();
    let broad = [GrantScope::Tenant, GrantScope::Log, GrantScope::Unit { unit, with_sub_units: true }];
    assert!(broad.iter().all(|scope| scope.record().is_none()));
}

#[test]
fn reasons_are_not_shown_by_accident() {
    assert!(!format!("{:?}", counting()).contains("behov"));
}
