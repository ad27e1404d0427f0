use sakarkiv_core::{
    case::{Case, CaseKind, CaseNumber, NewCase},
    identity::{ActorId, CaseId, EntryId, GroupId},
    journal::{EntryKind, EntryNumber, NewEntry},
    screening::{AccessCode, Hides, Screening},
    sensitivity::{self, CodeTable},
};

use super::{
    CASE_ENTRIES, Random, long_ago,
    people::{KINDS, People},
};
use crate::{Failed, access::Object};

/// Every case, then every entry, as the decision sees them: made from the records themselves.
pub(super) fn all(random: &mut Random, cases: usize, people: &People) -> Result<Vec<Object>, Failed> {
    let mut table = CodeTable::empty();
    for (_, code, class) in KINDS {
        table = table.with(code, class)?;
    }
    let mut objects = Vec::with_capacity(cases * (1 + CASE_ENTRIES));
    let mut entries = Vec::with_capacity(cases * CASE_ENTRIES);
    for n in 0..cases {
        let case = case(random, n, people)?;
        objects.push(Object::of_case(&case, sensitivity::of_case(&case, &table).class));
        for m in 0..CASE_ENTRIES {
            entries.push(entry(random, &case, n * CASE_ENTRIES + m, people, &table)?);
        }
    }
    objects.append(&mut entries);
    Ok(objects)
}

/// Seven in ten are ordinary cases; one in eight is a personnel file, one in eight a pupil's, the rest a child's. What is
/// sensitive is always screened and has a group; of ordinary cases 15 in 100 are.
fn case(random: &mut Random, n: usize, people: &People) -> Result<Case, Failed> {
    let kind = match random.below(100) {
        0..70 => CaseKind::Ordinary,
        70..82 => CaseKind::PersonnelFile,
        82..94 => CaseKind::PupilFile,
        _ => CaseKind::ChildFile,
    };
    let screened = kind != CaseKind::Ordinary || random.percent(15);
    let unit = random.pick(&people.units).cloned().ok_or("no units")?;
    let mut new = NewCase::new(kind, "Sak".into(), unit, super::actor("admin")?);
    new.case_handler = handler(random, people);
    new.screening = screened.then(|| screening(kind)).transpose()?;
    new.access_group = group(random, people, screened);
    let number = CaseNumber::new(2025, u32::try_from(n + 1)?)?;
    Ok(new.open(CaseId::from_uuid(random.id()), people.tenant.clone(), number, long_ago())?)
}

/// An entry has its own handler, its own screening (half of those in screened cases, else 5 in 100) and then its own group.
fn entry(random: &mut Random, case: &Case, n: usize, people: &People, table: &CodeTable) -> Result<Object, Failed> {
    let screened = random.percent(if case.screening().is_some() { 50 } else { 5 });
    let mut new = NewEntry::new(EntryKind::Incoming, "Brev".into(), super::actor("admin")?);
    new.case_handler = handler(random, people);
    new.screening = screened.then(|| screening(case.kind())).transpose()?;
    new.access_group = group(random, people, screened);
    let sequence = u32::try_from(n + 1)?;
    let number = EntryNumber::new(case.number(), u32::try_from(n % CASE_ENTRIES + 1)?, 2025, sequence)?;
    let entry = new.register(EntryId::from_uuid(random.id()), case.tenant().clone(), case.id(), number, long_ago())?;
    Ok(Object::of_entry(&entry, case, sensitivity::of_entry(&entry, case, table).class))
}

fn handler(random: &mut Random, people: &People) -> Option<ActorId> {
    random.pick(&people.users).map(|person| person.id.clone())
}

fn group(random: &mut Random, people: &People, screened: bool) -> Option<GroupId> {
    random.pick(&people.groups).cloned().filter(|_| screened)
}

fn screening(kind: CaseKind) -> Result<Screening, Failed> {
    let code = KINDS.iter().find(|(of, ..)| *of == kind).map_or("UO", |(_, code, _)| code);
    Ok(Screening::new(AccessCode::new(code)?, "offl. § 26", [Hides::TitleWords])?)
}
