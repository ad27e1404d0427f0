//! Cases: opened, handed over, moved on, and found again by keys, properties and buildings.

use sakarkiv_core::{
    case::{Case, CaseAmendment, CaseChange, CaseStatus},
    intake::{CaseName, CaseWish, reference},
    ports::ArchiveError,
    text::ExternalKey,
};
use sakarkiv_xml::{
    Element,
    fields::{FieldError, listed, missing, within},
};

use super::{Desk, with_keys};
use crate::{
    fault::Trouble,
    read::{building, case_facts, case_name, external, handed_to, key_of, property},
};

/// The most keys that references are added up to. A large plan or road touches thousands of properties; beyond that each
/// reading of the case would suffer from what is not a case any more.
const MAX_KEYS: usize = 5_000;

impl Desk<'_> {
    pub(super) async fn open_case(&self, request: &Element) -> Result<Case, Trouble> {
        let case = within(request, "mappe")?;
        let facts = case_facts(case)?;
        let key = external(case, "referanseEksternNoekkel", reference::CASE)?;
        let mut consignment = self.consignment("NySaksmappe", key.as_ref())?;
        consignment.facts = facts;
        consignment.case = key.map_or(CaseWish::New, |key| CaseWish::FindOrNew(CaseName::Key(key)));
        let receipt = self.desk.hand_in(&consignment).await?;
        Ok(self.desk.case(&CaseName::Id(receipt.case.id)).await?)
    }

    pub(super) async fn move_case(&self, request: &Element) -> Result<Case, Trouble> {
        let case = self.desk.case(&case_name(within(request, "saksnokkel")?)?).await?;
        let status = listed(request, "saksstatuskode", CaseStatus::from_noark)?;
        let status = match status.ok_or_else(|| missing(request, "saksstatuskode"))? {
            // A specialist system says that it is done; the archive closes the case.
            CaseStatus::Closed => CaseStatus::HandlerClosed,
            status => status,
        };
        if case.status() != status && case.status() != CaseStatus::Closed {
            self.desk.move_case(case.id(), status).await?;
        }
        Ok(self.desk.case(&CaseName::Id(case.id())).await?)
    }

    pub(super) async fn hand_case_over(&self, request: &Element) -> Result<Case, Trouble> {
        let case = self.desk.case(&case_name(within(request, "saksnokkel")?)?).await?;
        let (unit, handler) = handed_to(request)?;
        let unit = unit.filter(|unit| unit != case.unit()).map(CaseChange::Unit);
        let handler = handler.filter(|handler| Some(handler) != case.case_handler());
        let changes: Vec<CaseChange> =
            unit.into_iter().chain(handler.map(|handler| CaseChange::CaseHandler(Some(handler)))).collect();
        self.amend_case(&case, changes).await
    }

    pub(super) async fn key_case(&self, request: &Element) -> Result<Case, Trouble> {
        let case = self.desk.case(&case_name(within(request, "saksnokkel")?)?).await?;
        let key = key_of(within(request, "nokkel")?, reference::CASE)?;
        let keys = with_keys(case.external_keys(), [key]).map(CaseChange::ExternalKeys);
        self.amend_case(&case, keys.into_iter().collect()).await
    }

    pub(super) async fn add_properties(&self, request: &Element) -> Result<(), Trouble> {
        self.refer(request, references(request, "matrikkelnr", property)?).await
    }

    pub(super) async fn remove_properties(&self, request: &Element) -> Result<(), Trouble> {
        self.no_longer_refer(request, &references(request, "matrikkelnr", property)?).await
    }

    pub(super) async fn add_buildings(&self, request: &Element) -> Result<(), Trouble> {
        self.refer(request, references(request, "bygninger", building)?).await
    }

    pub(super) async fn remove_buildings(&self, request: &Element) -> Result<(), Trouble> {
        self.no_longer_refer(request, &references(request, "bygninger", building)?).await
    }

    async fn refer(&self, request: &Element, new: Vec<ExternalKey>) -> Result<(), Trouble> {
        let case = self.desk.case(&case_name(within(request, "saksnokkel")?)?).await?;
        let keys = with_keys(case.external_keys(), new);
        if keys.as_ref().is_some_and(|keys| keys.len() > MAX_KEYS) {
            let problem =
                format!("a case refers to at most {MAX_KEYS} properties and buildings; remove some of them first");
            return Err(ArchiveError::NotAllowed(problem).into());
        }
        self.amend_case(&case, keys.map(CaseChange::ExternalKeys).into_iter().collect()).await?;
        Ok(())
    }

    async fn no_longer_refer(&self, request: &Element, gone: &[ExternalKey]) -> Result<(), Trouble> {
        let case = self.desk.case(&case_name(within(request, "saksnokkel")?)?).await?;
        let kept: Vec<ExternalKey> = case.external_keys().iter().filter(|key| !gone.contains(key)).cloned().collect();
        let keys = (kept.len() < case.external_keys().len()).then_some(CaseChange::ExternalKeys(kept));
        self.amend_case(&case, keys.into_iter().collect()).await?;
        Ok(())
    }

    async fn amend_case(&self, case: &Case, changes: Vec<CaseChange>) -> Result<Case, Trouble> {
        let mut changes = changes.into_iter();
        if let Some(first) = changes.next() {
            self.desk.amend_case(case.id(), changes.fold(CaseAmendment::new(first), CaseAmendment::and)).await?;
        }
        Ok(self.desk.case(&CaseName::Id(case.id())).await?)
    }
}

/// The references in a list that the call must have.
fn references(
    request: &Element,
    list: &'static str,
    read: fn(&Element) -> Result<ExternalKey, FieldError>,
) -> Result<Vec<ExternalKey>, FieldError> {
    within(request, list)?.all("liste").map(read).collect()
}
