//! What would be shown of an entry at a moment, from its whole case.

use std::sync::Arc;

use sakarkiv_core::{
    calendar::{oslo_date, oslo_day_start},
    case::Case,
    document::ContentHash,
    identity::{CaseId, TenantId, Timestamp},
    journal::JournalEntry,
    ports::StoreError,
    publication::{PublicRecord, PublicationPlan, PublicationPolicy, Secrets, plan_with},
};

use super::state::Word;
use crate::office::Office;

/// A case with all its entries, and what must not be told of them.
#[derive(Debug)]
pub(crate) struct Whole {
    pub(crate) case: Case,
    pub(crate) entries: Vec<JournalEntry>,
    pub(crate) secrets: Arc<Secrets>,
}

/// What would be shown of an entry.
#[derive(Debug)]
pub(crate) struct Draft {
    pub(crate) record: PublicRecord,
    /// Knows it again: what it says and which of its files are open.
    pub(crate) content: ContentHash,
    /// Knows the text and the secrets it has to be checked for again.
    pub(crate) checked: ContentHash,
}

impl Whole {
    /// Reads a case.
    pub(crate) async fn read(
        office: &Office,
        tenant: &TenantId,
        policy: &PublicationPolicy,
        case: CaseId,
    ) -> Result<Option<Self>, StoreError> {
        let Some(case) = office.store.case(tenant, case).await? else { return Ok(None) };
        let entries = office.store.entries(tenant, case.id()).await?;
        let secrets = Arc::new(Secrets::of(&case, &entries, policy));
        Ok(Some(Self { case, entries, secrets }))
    }

    /// Plans the publication of one of its entries for the day of a moment.
    pub(crate) fn plan(
        &self,
        entry: &JournalEntry,
        word: &Word,
        policy: &PublicationPolicy,
        now: Timestamp,
    ) -> PublicationPlan {
        plan_with(&self.case, entry, &self.secrets, &word.holds(), policy, oslo_date(now))
    }

    /// What a plan would show at a moment.
    pub(crate) fn draft(&self, plan: &PublicationPlan, now: Timestamp) -> Option<Draft> {
        let record = plan.record.clone()?;
        let open: Vec<_> =
            record.files().filter(|(_, file)| file.accessible_after <= now).map(|(document, _)| document).collect();
        // The revision of the policy is a note on how it came about; a new one alone is no reason to publish again.
        let plain = PublicRecord { revision: 0, policy: 0, ..record.clone() };
        let content = digest(&(&plain, open));
        let checked = digest(&(&plain, record.policy, ContentHash::new(*self.secrets.id().bytes())));
        Some(Draft { record, content, checked })
    }

    /// When what is shown changes by itself.
    pub(crate) fn changes_at(
        &self,
        plan: &PublicationPlan,
        policy: &PublicationPolicy,
        now: Timestamp,
    ) -> Option<Timestamp> {
        let record = plan.record.as_ref();
        let opening = record.into_iter().flat_map(|record| record.files().map(|(_, file)| file.accessible_after));
        let names = record.into_iter().flat_map(|record| {
            let texts = [record.names_searchable_until, policy.names_searchable_until(self.case.date())];
            texts.into_iter().filter_map(|last| last.succ_opt()).map(oslo_day_start)
        });
        let shown = plan.shown_from.map(oslo_day_start);
        opening.chain(names).chain(shown).filter(|moment| *moment > now).min()
    }
}

/// Nothing that is hashed here can fail to have a JSON form.
pub(super) fn digest(value: &impl serde::Serialize) -> ContentHash {
    ContentHash::of(&serde_json::to_vec(value).unwrap_or_default())
}
