//! What the archive holds that the plan for a consignment depends on.

use sakarkiv_core::{
    access::{Action, View},
    case::{Case, CaseNumber, CaseStatus},
    document::ContentHash,
    identity::SourceId,
    intake::{ArchiveFacts, CaseName, Consignment, Earlier, Fault, FaultCode, Place, Receipt},
    journal::JournalEntry,
    ports::{CaseFilter, StoreError},
};

use super::{
    ledger::{Found, Row, TURN, Taken, read, receipt, receipt_of, row_of, taken_of, turn_of_case, turn_of_key},
    take::IntakeError,
};
use crate::{
    desk::{Desk, DeskError},
    office::{Office, Tenant},
};

/// The facts, and the versions of what must not have changed when the plan is carried out.
pub(crate) struct Gathered {
    pub(crate) facts: ArchiveFacts,
    pub(crate) digest: ContentHash,
    /// Of the record of what became of it; 0 where there is none.
    pub(crate) taken: u64,
    /// Whose turns: of the case by its id, or by the key under which it would be opened.
    pub(crate) turns: Vec<(String, u64)>,
    pub(crate) row: Option<Found<Row>>,
}

/// How many records with one key are looked at in one go.
pub(crate) const MANY: usize = 20;

pub(crate) async fn gather(desk: &Desk<'_>, consignment: &Consignment) -> Result<Gathered, IntakeError> {
    let (office, tenant) = (desk.office, desk.tenant);
    let digest = super::ledger::digest(consignment)?;
    let mut facts = ArchiveFacts::new(office.clock.now(), desk.actor.id.clone());
    let taken = read::<Taken>(office, tenant, &taken_of(&consignment.source), consignment.key.as_str()).await?;
    facts.earlier = earlier(office, tenant, consignment, taken.as_ref(), digest).await?;
    let row = match &consignment.sequence {
        Some(sequence) => {
            let none = Found { value: Row { next: 1 }, version: 0 };
            Some(read(office, tenant, &row_of(&consignment.source), &sequence.row).await?.unwrap_or(none))
        }
        None => None,
    };
    let mut turns = Vec::new();
    // The turn is read before what it guards: whatever changes afterwards changes it too.
    if let Some(key) = opening_key(consignment).filter(|_| facts.earlier.is_none()) {
        turns.push(turn(office, tenant, turn_of_key(key)).await?);
    }
    facts.cases = cases(desk, consignment, facts.earlier.as_ref()).await?;
    let mut live = facts.cases.iter().filter(|case| case.status() != CaseStatus::Void);
    if let (Some(case), None) = (live.next(), live.next()) {
        turns.push(turn(office, tenant, turn_of_case(case.id())).await?);
        facts.entries = entries(office, tenant, consignment, case).await?;
    }
    Ok(Gathered { facts, digest, taken: taken.map_or(0, |found| found.version), turns, row })
}

async fn turn(office: &Office, tenant: &Tenant, key: String) -> Result<(String, u64), StoreError> {
    let version = office.store.kept(&tenant.id, TURN, &key).await?.map_or(0, |kept| kept.version);
    Ok((key, version))
}

async fn earlier(
    office: &Office,
    tenant: &Tenant,
    consignment: &Consignment,
    taken: Option<&Found<Taken>>,
    digest: ContentHash,
) -> Result<Option<Earlier>, StoreError> {
    if let Some(Found { value: taken, .. }) = taken {
        let answered = receipt(office, tenant, &consignment.source, &consignment.key, taken).await?;
        let same = taken.digest == digest;
        return Ok(Some(if same { Earlier::Same(answered) } else { Earlier::Changed(answered) }));
    }
    let Some(named) = consignment.relation.earlier() else { return Ok(None) };
    Ok(receipt_of(office, tenant, &consignment.source, named).await?.map(Earlier::Named))
}

async fn cases(
    desk: &Desk<'_>,
    consignment: &Consignment,
    earlier: Option<&Earlier>,
) -> Result<Vec<Case>, IntakeError> {
    let source = &consignment.source;
    let of = |receipt: &Receipt| receipt.case.id;
    match (earlier, consignment.case.name()) {
        (Some(Earlier::Same(_)), _) => Ok(Vec::new()),
        (Some(Earlier::Changed(receipt) | Earlier::Named(receipt)), _) => {
            Ok(desk.office.store.case(&desk.tenant.id, of(receipt)).await?.into_iter().collect())
        }
        (None, Some(name)) => known_cases(desk, source, name).await,
        (None, None) => match consignment.facts.external_keys.first() {
            Some(key) => known_cases(desk, source, &CaseName::Key(key.clone())).await,
            None => Ok(Vec::new()),
        },
    }
}

/// The cases of a name that the service user may know of: two are enough. One that is kept from it is not there, so that no
/// answer tells of it; but what the source opened itself, or names by a key of its own, would be opened twice, and is refused.
async fn known_cases(desk: &Desk<'_>, source: &SourceId, name: &CaseName) -> Result<Vec<Case>, IntakeError> {
    let own_key = matches!(name, CaseName::Key(key) if key.system == source.as_str());
    let its_own = |case: &Case| own_key || *case.created_by() == desk.actor.id;
    let counts = |case: &Case| case.status() != CaseStatus::Void;
    let Sighted { known, hidden } = sighted(desk, name, View::Metadata, counts, its_own).await?;
    if let (true, Some(case)) = (known.is_empty(), hidden) {
        // Refused, which is logged.
        let subject = desk.subject().await?;
        if let Err(DeskError::Store(error)) = desk.require(&subject, Action::Read, &desk.case_object(&case)).await {
            return Err(error.into());
        }
        if its_own(&case) {
            return Err(Fault::new(FaultCode::NotAllowed, Place::Case).into());
        }
    }
    Ok(known)
}

/// What there is of the cases of a name for a service user.
pub(crate) struct Sighted {
    /// Those that it sees; two are enough to tell that there are several.
    pub(crate) known: Vec<Case>,
    /// One that is kept from it, if any is.
    pub(crate) hidden: Option<Case>,
}

/// Looks through the cases of a name that `count`, however many are kept from the service user, for those of which it sees
/// as much as `view`. Of the others a `notable` one is told rather than the first.
pub(crate) async fn sighted(
    desk: &Desk<'_>,
    name: &CaseName,
    view: View,
    counts: impl Fn(&Case) -> bool,
    notable: impl Fn(&Case) -> bool,
) -> Result<Sighted, StoreError> {
    let subject = desk.subject().await?;
    let (mut found, mut after) = (Sighted { known: Vec::new(), hidden: None }, None);
    loop {
        let page = named_cases(desk.office, desk.tenant, name, after).await?;
        let last = page.len() < MANY;
        after = page.last().map(Case::number);
        for case in page.into_iter().filter(&counts) {
            if subject.sees(&desk.case_object(&case)) >= view {
                found.known.push(case);
            } else if found.hidden.as_ref().is_none_or(|other| !notable(other) && notable(&case)) {
                found.hidden = Some(case);
            }
        }
        if last || found.known.len() > 1 {
            return Ok(found);
        }
    }
}

/// A page of the cases of a name, in the order of their numbers, void ones among them.
async fn named_cases(
    office: &Office,
    tenant: &Tenant,
    name: &CaseName,
    after: Option<CaseNumber>,
) -> Result<Vec<Case>, StoreError> {
    let filter = match name {
        CaseName::Id(id) => return Ok(office.store.case(&tenant.id, *id).await?.into_iter().collect()),
        CaseName::Number(number) => {
            return Ok(office.store.case_by_number(&tenant.id, *number).await?.into_iter().collect());
        }
        CaseName::Key(key) => {
            let mut filter = CaseFilter::default();
            filter.key = Some(key.clone());
            filter
        }
        CaseName::Like(filter) => CaseFilter::clone(filter),
        _ => return Err(StoreError::Invalid("the case is named in a way this office does not know".to_owned())),
    };
    office.store.cases(&tenant.id, &filter, after, MANY).await
}

/// The entries of the case that the consignment's keys name.
async fn entries(
    office: &Office,
    tenant: &Tenant,
    consignment: &Consignment,
    case: &Case,
) -> Result<Vec<JournalEntry>, StoreError> {
    let mut found: Vec<JournalEntry> = Vec::new();
    for key in consignment.entries.iter().filter_map(|entry| entry.key.as_ref()) {
        let mut known = office.store.entries_by_key(&tenant.id, key, MANY).await?;
        if known.len() == MANY {
            // Those of other cases may have left no room for those of this one.
            known = office.store.entries(&tenant.id, case.id()).await?;
            known.retain(|entry| entry.external_keys().contains(key));
        }
        let of_case = known.into_iter().filter(|entry| entry.case() == case.id());
        for entry in of_case {
            if found.iter().all(|other| other.id() != entry.id()) {
                found.push(entry);
            }
        }
    }
    Ok(found)
}

/// The key under which two might open the same case at once.
fn opening_key(consignment: &Consignment) -> Option<&sakarkiv_core::text::ExternalKey> {
    match consignment.case.name() {
        Some(CaseName::Key(key)) => Some(key),
        Some(CaseName::Id(_) | CaseName::Number(_)) => None,
        _ => consignment.facts.external_keys.first(),
    }
}
