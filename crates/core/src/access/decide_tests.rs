use std::collections::{BTreeMap, BTreeSet};

use super::*;

/// The rules once more, written as a lawyer would list them: each way in with its conditions, no order, no early exit.
fn by_the_book(f: &Facts) -> (View, bool) {
    use Membership as M;
    let staff = f.standing == Standing::Employee;
    let person = staff || f.standing == Standing::Consultant;
    let no_group = f.group == M::NoGroup;
    let member = f.group == M::Reads || f.group == M::Writes;
    let strict_enough = f.protection == Protection::Open || f.protection == Protection::Unit || f.authorised;
    let confirmed = f.owner == Owner::SelfResponsible || (f.owner == Owner::SelfUnconfirmed && f.authorised);
    let archive = staff && (f.reading == Reading::Strict || (f.reading == Reading::All && !f.few));
    let screened_role = matches!(f.reading, Reading::Screened | Reading::All | Reading::Strict);
    let open_role = screened_role || f.reading == Reading::Open;
    let breadth = staff
        && no_group
        && match f.protection {
            Protection::Open => open_role,
            Protection::Unit => screened_role,
            Protection::Authorised => screened_role && f.authorised,
            Protection::AuthorisedMember => false,
        };
    let unit_writer = f.writing == Writing::Unit || f.writing == Writing::All;
    let ways = [
        // (way in, and with it writing)
        (f.standing == Standing::System, true),
        (f.standing == Standing::Service && !f.barred && f.listed != Listed::No, f.listed == Listed::Write),
        (person && !f.barred && f.named != Named::None, f.named == Named::Write),
        (person && !f.barred && confirmed, f.writing != Writing::None),
        (person && !f.barred && member && strict_enough, f.group == M::Writes),
        (!f.barred && archive, f.writing == Writing::All),
        (!f.barred && breadth, unit_writer),
        (person && !f.barred && f.folder && no_group && !f.screened, false),
    ];
    let open = ways.iter().any(|(way, _)| *way) && f.same_tenant;
    let writes = ways.iter().any(|(way, writes)| *way && *writes) && f.same_tenant;
    let journal = f.same_tenant && staff && !f.barred && !f.concealed && f.reading != Reading::None;
    let view = if open {
        View::Full
    } else if journal {
        View::Metadata
    } else {
        View::None
    };
    (view, writes)
}

fn people() -> impl Iterator<Item = Facts> {
    let person = |f: &Facts| matches!(f.standing, Standing::Employee | Standing::Consultant);
    Facts::every().filter(move |f| f.same_tenant && !f.barred && person(f))
}

fn at_most(less: &Facts, more: &Facts) -> bool {
    let (less, more) = (less.rule(), more.rule());
    less.view <= more.view && less.write.is_some() <= more.write.is_some()
}

fn before<T: Copy + PartialEq>(all: &[T], at: T) -> Option<T> {
    let place = all.iter().position(|value| *value == at)?;
    all.get(place.checked_sub(1)?).copied()
}

fn after<T: Copy + PartialEq>(all: &[T], at: T) -> Option<T> {
    all.get(all.iter().position(|value| *value == at)? + 1).copied()
}

#[test]
fn every_combination_is_decided_as_the_book_says_and_each_comes_once() {
    let mut count = 0;
    for facts in Facts::every() {
        let ruling = facts.rule();
        assert_eq!((ruling.view, ruling.write.is_some()), by_the_book(&facts), "{facts:?}");
        assert!(ruling.write.is_none() || ruling.view == View::Full, "{facts:?}");
        count += 1;
    }
    assert_eq!((count, Facts::COUNT), (3_981_312, 3_981_312));
    assert_eq!(Facts::nth(Facts::COUNT), None);
    let some: BTreeSet<String> = (0..Facts::COUNT).step_by(997).map(|n| format!("{:?}", Facts::nth(n))).collect();
    assert_eq!(some.len(), Facts::COUNT.div_ceil(997));
}

#[test]
fn each_rule_settles_what_its_line_in_the_table_says() {
    let mut settled: BTreeMap<Rule, BTreeSet<(View, Option<Rule>)>> = BTreeMap::new();
    for facts in Facts::every() {
        let ruling = facts.rule();
        settled.entry(ruling.by).or_default().insert((ruling.view, ruling.write));
    }
    let full = |by: Rule| settled[&by].iter().all(|(view, _)| *view == View::Full);
    let nothing = BTreeSet::from([(View::None, None)]);
    for rule in Rule::ALL {
        match rule {
            Rule::OtherTenant
            | Rule::UnknownUser
            | Rule::Inactive
            | Rule::ConsultancyOver
            | Rule::Barred
            | Rule::ServiceUnlisted
            | Rule::NoRole
            | Rule::NoNeed => assert_eq!(settled[&rule], nothing, "{rule:?}"),
            Rule::Journal => assert_eq!(settled[&rule], BTreeSet::from([(View::Metadata, None)])),
            Rule::SystemJob => assert_eq!(settled[&rule], BTreeSet::from([(View::Full, Some(rule))])),
            Rule::ServiceListed => {
                assert_eq!(settled[&rule], BTreeSet::from([(View::Full, None), (View::Full, Some(rule))]));
            }
            Rule::FolderGrant => assert_eq!(settled[&rule], BTreeSet::from([(View::Full, None)])),
            Rule::ReadOnly => assert!(!settled.contains_key(&rule)),
            Rule::NamedGrant
            | Rule::Emergency
            | Rule::Responsible
            | Rule::GroupMember
            | Rule::Archive
            | Rule::OpenRecord
            | Rule::UnitNeed
            | Rule::Authorised => assert!(full(rule) && settled[&rule].len() > 1, "{rule:?}"),
        }
    }
}

#[test]
fn the_rule_that_is_told_is_one_that_holds() {
    for f in people() {
        let ruling = f.rule();
        for rule in [Some(ruling.by), ruling.write].into_iter().flatten() {
            let holds = match rule {
                Rule::NamedGrant => f.named == Named::Read || f.named == Named::Write,
                Rule::Emergency => f.named == Named::Emergency,
                Rule::Responsible => f.owner != Owner::Other,
                Rule::GroupMember => f.group > Membership::Outside,
                Rule::Archive => f.reading >= Reading::All,
                Rule::OpenRecord => f.protection == Protection::Open,
                Rule::UnitNeed => f.protection == Protection::Unit && f.reading >= Reading::Screened,
                Rule::Authorised => f.protection == Protection::Authorised && f.authorised,
                Rule::FolderGrant => f.folder && ruling.write != Some(rule),
                Rule::Journal => f.reading > Reading::None && ruling.write.is_none(),
                Rule::NoRole => f.reading == Reading::None && f.standing == Standing::Employee,
                Rule::NoNeed => f.concealed || f.standing == Standing::Consultant,
                _ => false,
            };
            assert!(holds, "{f:?} {ruling:?}");
        }
    }
}

#[test]
fn nothing_crosses_from_one_tenant_to_another() {
    for facts in Facts::every().filter(|facts| !facts.same_tenant) {
        assert_eq!(facts.rule(), Ruling { view: View::None, by: Rule::OtherTenant, write: None });
    }
}

#[test]
fn whoever_is_unknown_inactive_lapsed_or_barred_gets_nothing() {
    for facts in Facts::every().filter(|facts| facts.same_tenant && facts.standing != Standing::System) {
        let out = matches!(facts.standing, Standing::Unknown | Standing::Inactive | Standing::Lapsed) || facts.barred;
        if out {
            let ruling = facts.rule();
            assert_eq!((ruling.view, ruling.write), (View::None, None), "{facts:?}");
        }
    }
}

#[test]
fn a_service_user_has_its_list_and_nothing_more() {
    for f in Facts::every().filter(|f| f.standing == Standing::Service && f.same_tenant && !f.barred) {
        let ruling = f.rule();
        assert_eq!(ruling.view == View::Full, f.listed != Listed::No);
        assert_eq!(ruling.view == View::None, f.listed == Listed::No);
        assert_eq!(ruling.write.is_some(), f.listed == Listed::Write);
    }
}

#[test]
fn taking_a_right_away_never_opens_a_record() {
    for f in people() {
        let mut weaker = vec![Facts { authorised: false, ..f }, Facts { folder: false, ..f }];
        weaker.extend(before(&Reading::ALL, f.reading).map(|reading| Facts { reading, ..f }));
        weaker.extend(before(&Writing::ALL, f.writing).map(|writing| Facts { writing, ..f }));
        weaker.extend(before(&Owner::ALL, f.owner).map(|owner| Facts { owner, ..f }));
        weaker.extend(before(&Named::ALL, f.named).map(|named| Facts { named, ..f }));
        if f.group > Membership::Outside {
            weaker.extend(before(&Membership::ALL, f.group).map(|group| Facts { group, ..f }));
        }
        weaker.push(Facts { standing: Standing::Consultant, ..f });
        assert!(weaker.iter().all(|less| at_most(less, &f)), "{f:?}");
    }
}

#[test]
fn screening_a_record_or_giving_it_a_group_never_opens_it() {
    for f in people() {
        let mut stricter = vec![
            Facts { few: true, ..f },
            Facts { concealed: true, ..f },
            Facts { screened: true, ..f },
            Facts { barred: true, ..f },
        ];
        stricter.extend(after(&Protection::ALL, f.protection).map(|protection| Facts { protection, ..f }));
        if f.group == Membership::NoGroup {
            stricter.push(Facts { group: Membership::Outside, ..f });
        }
        assert!(stricter.iter().all(|less| at_most(less, &f)), "{f:?}");
    }
}

#[test]
fn a_folder_grant_reaches_no_screened_and_no_grouped_record_and_never_writes() {
    let mut opened = 0;
    for f in people().filter(|f| f.folder) {
        let (with, without) = (f.rule(), Facts { folder: false, ..f }.rule());
        assert_eq!(with.write, without.write, "{f:?}");
        if f.screened || f.group != Membership::NoGroup {
            assert_eq!(with, without, "{f:?}");
        } else {
            assert_eq!(with.view, View::Full);
            opened += usize::from(without.view != View::Full);
        }
    }
    assert!(opened > 1_000);
}

#[test]
fn a_consultant_gets_nothing_by_openness_unit_or_archive() {
    for f in people().filter(|f| f.standing == Standing::Consultant) {
        let named = f.named != Named::None || f.owner != Owner::Other || f.group > Membership::Outside || f.folder;
        assert!(named || f.rule().view == View::None, "{f:?}");
        assert_ne!(f.rule().view, View::Metadata);
        for reading in Reading::ALL {
            assert_eq!(Facts { reading, ..f }.rule(), f.rule());
        }
    }
}

#[test]
fn metadata_shows_nothing_that_is_concealed_and_changes_nothing() {
    for f in Facts::every() {
        let ruling = f.rule();
        if ruling.view == View::Metadata {
            assert!(!f.concealed && f.standing == Standing::Employee && f.reading >= Reading::Journal && !f.barred);
            assert_eq!((ruling.by, ruling.write), (Rule::Journal, None));
        }
        if f.concealed && ruling.view != View::Full {
            assert_eq!(ruling.view, View::None, "{f:?}");
        }
    }
}

#[test]
fn what_takes_membership_and_authorisation_is_not_read_by_one_of_them() {
    for f in people().filter(|f| f.protection == Protection::AuthorisedMember) {
        let bare = Facts { named: Named::None, owner: Owner::Other, folder: false, reading: Reading::Screened, ..f };
        let both = f.authorised && f.group > Membership::Outside;
        assert_eq!(bare.rule().view == View::Full, both, "{bare:?}");
    }
}

#[test]
fn a_case_handler_of_a_confirmed_kind_gets_nothing_by_being_named_in_the_case() {
    for f in people().filter(|f| f.owner == Owner::SelfUnconfirmed && !f.authorised) {
        assert_eq!(f.rule(), Facts { owner: Owner::Other, ..f }.rule(), "{f:?}");
    }
}

#[test]
fn the_table_of_the_module_lists_every_rule_in_order_with_its_source() {
    let table: Vec<String> = include_str!("mod.rs")
        .lines()
        .filter_map(|line| line.strip_prefix("//! | `"))
        .take(Rule::ALL.len())
        .map(|line| {
            let cells: Vec<&str> = line.trim_end_matches(" |").split(" | ").collect();
            format!("{} {}", cells[0].trim_end_matches('`'), cells[3])
        })
        .collect();
    let rules: Vec<String> = Rule::ALL.iter().map(|rule| format!("{} {}", rule.code(), rule.reason().source)).collect();
    assert_eq!(table, rules);
    let codes: BTreeSet<&str> = Rule::ALL.iter().map(|rule| rule.code()).collect();
    assert_eq!(codes.len(), Rule::ALL.len());
}
