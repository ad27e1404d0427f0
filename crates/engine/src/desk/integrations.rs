//! The register of integrations as administrators keep it (R10.1–R10.3), and the rules of sources.

use chrono::NaiveDate;
use sakarkiv_core::{
    access::{Duty, DutyKind, ServiceRights, UserKind},
    audit::{Activity, ObjectRef},
    calendar::oslo_date,
    identity::{ActorId, SourceId},
    intake::RuleBook,
    integration::{Gap, Integration, IntegrationState, NotReady},
    ports::{KeptFilter, Op, StoreError},
    screening::Private,
};
use serde::Serialize;
use thiserror::Error;

use super::{Desk, DeskError};
use crate::{
    consignments::{INTEGRATIONS, RULES, RULES_BEFORE, integration, rules},
    rights,
};

/// The part of a desk where the register of integrations and the rules of sources are kept. Open to those who manage users.
#[derive(Debug, Clone, Copy)]
pub struct IntegrationDesk<'d, 'a> {
    desk: &'d Desk<'a>,
}

/// One line of the register: an integration with what it lacks and what its service user may do. As JSON it is what other
/// systems read (R10.3).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct RegisterLine {
    /// The integration.
    pub integration: Integration,
    /// What it lacks today.
    pub gaps: Vec<Gap>,
    /// What its service user may do; nothing when there is no such service user.
    pub rights: Option<ServiceRights>,
    /// The version of its rules, if it has any.
    pub rules_version: Option<u32>,
}

/// Why something about an integration was not done.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum IntegrationError {
    /// Not there, not allowed, or not stored.
    #[error(transparent)]
    Desk(#[from] DeskError),
    /// It lacks something and no reason was given to go on without.
    #[error(transparent)]
    NotReady(#[from] NotReady),
    /// Its service user is not a service user of this integration.
    #[error("the service user is not registered for this integration: register it with its rights first (R2.7)")]
    NoServiceUser,
    /// A live integration is changed in what it was judged by.
    #[error("the integration is live: stop it before another service user is named")]
    Live,
}

impl From<StoreError> for IntegrationError {
    fn from(error: StoreError) -> Self {
        Self::Desk(error.into())
    }
}

impl<'d, 'a> IntegrationDesk<'d, 'a> {
    pub(crate) const fn new(desk: &'d Desk<'a>) -> Self {
        Self { desk }
    }

    /// The register, by source.
    ///
    /// # Errors
    /// [`IntegrationError::Desk`]; a refusal is logged.
    pub async fn list(&self) -> Result<Vec<RegisterLine>, IntegrationError> {
        self.permit().await?;
        let mut lines = Vec::new();
        for integration in self.all().await? {
            lines.push(self.line(integration).await?);
        }
        Ok(lines)
    }

    /// Those who are told before an upgrade of a system: the owners of the integrations that have to do with it, each with
    /// the integrations that they own (R10.2).
    ///
    /// # Errors
    /// [`IntegrationError::Desk`]; a refusal is logged.
    pub async fn owners_of(&self, system: &str) -> Result<Vec<(ActorId, Vec<SourceId>)>, IntegrationError> {
        self.permit().await?;
        let mut owners = std::collections::BTreeMap::<ActorId, Vec<SourceId>>::new();
        for integration in self.all().await?.into_iter().filter(|integration| integration.concerns(system)) {
            owners.entry(integration.owner).or_default().push(integration.source);
        }
        Ok(owners.into_iter().collect())
    }

    /// Registers an integration, or changes what is registered. Whether it is in use stays as it is.
    ///
    /// # Errors
    /// [`IntegrationError::Live`] when a live one gets another service user; `Desk`; a refusal is logged.
    pub async fn register(&self, mut record: Integration) -> Result<(), IntegrationError> {
        self.permit().await?;
        let stored = self.stored(&record.source).await?;
        let (state, version) = match stored {
            Some((before, version)) => {
                if before.is_live() && before.service_user != record.service_user {
                    return Err(IntegrationError::Live);
                }
                (before.state, version)
            }
            None => (IntegrationState::Planned, 0),
        };
        record.state = state;
        record.changed = self.desk.now();
        record.changed_by = self.desk.actor.id.clone();
        self.keep(record, version, "registered", None).await
    }

    /// Lets an integration go live. One that lacks something goes live only for a reason, which stands in the register and in
    /// the log.
    ///
    /// # Errors
    /// [`IntegrationError::NotReady`], [`IntegrationError::NoServiceUser`], `Desk`; a refusal is logged.
    pub async fn go_live(&self, source: &SourceId, despite: Option<Private<String>>) -> Result<(), IntegrationError> {
        self.permit().await?;
        let (integration, version) = self.stored(source).await?.ok_or(DeskError::NotFound)?;
        if self.rights_of(&integration).await?.is_none() {
            return Err(IntegrationError::NoServiceUser);
        }
        let (by, at) = (self.desk.actor.id.clone(), self.desk.now());
        let live = integration.go_live(&by, at, self.today(), despite)?;
        let reason = match &live.state {
            IntegrationState::Live { despite, .. } => despite.clone(),
            _ => None,
        };
        self.keep(live, version, "live", reason).await
    }

    /// Stops an integration: nothing of it is taken in or handed out from now on.
    ///
    /// # Errors
    /// [`IntegrationError::Desk`]; a refusal is logged.
    pub async fn stop(&self, source: &SourceId, reason: Private<String>) -> Result<(), IntegrationError> {
        self.permit().await?;
        let (integration, version) = self.stored(source).await?.ok_or(DeskError::NotFound)?;
        let stopped = integration.stop(&self.desk.actor.id, self.desk.now(), reason.clone());
        self.keep(stopped, version, "stopped", Some(reason)).await
    }

    /// The rules of a source.
    ///
    /// # Errors
    /// [`IntegrationError::Desk`]; a refusal is logged.
    pub async fn rules(&self, source: &SourceId) -> Result<Option<RuleBook>, IntegrationError> {
        self.permit().await?;
        let found = rules(self.desk.office, self.desk.tenant, source).await?;
        Ok(found.map(|found| found.value))
    }

    /// Stores other rules for a source. Each gets the next version; those before stay, for whoever has to explain a case.
    ///
    /// # Errors
    /// [`IntegrationError::Desk`]; a refusal is logged.
    pub async fn change_rules(&self, mut book: RuleBook) -> Result<u32, IntegrationError> {
        self.permit().await?;
        let source = book.source.clone();
        let stored = rules(self.desk.office, self.desk.tenant, &source).await?;
        let last = stored.as_ref().map_or(0, |found| newest(&found.value));
        let version = last.saturating_add(1);
        book.usual.version = version;
        book.named.values_mut().for_each(|rules| rules.version = version);
        let mut ops = Vec::new();
        if let Some(found) = &stored {
            let key = format!("{source}/{last:010}");
            let before = self.desk.office.store.kept(&self.desk.tenant.id, RULES_BEFORE, &key).await?;
            let json = to_json(&found.value)?;
            ops.push(kept_op(RULES_BEFORE, &key, json, before.map_or(0, |kept| kept.version)));
        }
        ops.push(kept_op(RULES, source.as_str(), to_json(&book)?, stored.map_or(0, |found| found.version)));
        let event = self.desk.event(Activity::Configured, ObjectRef::Tenant);
        let event = event.with_detail("rules_of", source.as_str()).with_detail("version", version.to_string());
        ops.push(Op::Audit(event));
        self.desk.commit(ops).await?;
        Ok(version)
    }

    async fn permit(&self) -> Result<(), DeskError> {
        self.desk.permit(Duty::General(DutyKind::ManageUsers)).await.map(|_| ())
    }

    fn today(&self) -> NaiveDate {
        oslo_date(self.desk.now())
    }

    async fn stored(&self, source: &SourceId) -> Result<Option<(Integration, u64)>, StoreError> {
        let found = integration(self.desk.office, self.desk.tenant, source).await?;
        Ok(found.map(|found| (found.value, found.version)))
    }

    /// Those of the register, and those of the set-up that it does not have yet.
    async fn all(&self) -> Result<Vec<Integration>, StoreError> {
        let mut all = self.desk.tenant.integrations.clone();
        let mut after = None;
        loop {
            let filter = KeptFilter::of(INTEGRATIONS);
            let page = self.desk.office.store.kept_list(&self.desk.tenant.id, &filter, after, PAGE).await?;
            for kept in &page {
                let integration: Integration = serde_json::from_str(&kept.value)
                    .map_err(|_| StoreError::Corrupt("an integration cannot be read".to_owned()))?;
                all.insert(integration.source.clone(), integration);
            }
            if page.len() < PAGE {
                return Ok(all.into_values().collect());
            }
            after = page.last().map(|kept| kept.key.clone());
        }
    }

    async fn line(&self, integration: Integration) -> Result<RegisterLine, StoreError> {
        let gaps = integration.gaps(self.today());
        let rights = self.rights_of(&integration).await?;
        let book = rules(self.desk.office, self.desk.tenant, &integration.source).await?;
        Ok(RegisterLine { integration, gaps, rights, rules_version: book.map(|found| newest(&found.value)) })
    }

    async fn rights_of(&self, integration: &Integration) -> Result<Option<ServiceRights>, StoreError> {
        let user = rights::user(self.desk.office, self.desk.tenant, &integration.service_user).await?;
        Ok(user.and_then(|user| match user.kind {
            UserKind::Service(rights) if rights.integration == integration.source.as_str() => Some(rights),
            _ => None,
        }))
    }

    async fn keep(
        &self,
        integration: Integration,
        version: u64,
        what: &str,
        reason: Option<Private<String>>,
    ) -> Result<(), IntegrationError> {
        let event = self.desk.event(Activity::Configured, ObjectRef::Actor(integration.service_user.clone()));
        let mut event = event.with_detail("integration", integration.source.as_str()).with_detail("state", what);
        if let Some(reason) = reason {
            event = event.with_detail("reason", reason.into_exposed());
        }
        let kept = kept_op(INTEGRATIONS, integration.source.as_str(), to_json(&integration)?, version);
        Ok(self.desk.commit([kept, Op::Audit(event)]).await?)
    }
}

fn newest(book: &RuleBook) -> u32 {
    book.named.values().map(|rules| rules.version).fold(book.usual.version, u32::max)
}

fn to_json<T: Serialize>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|_| StoreError::Invalid("the record has no JSON form".to_owned()))
}

fn kept_op(kind: &str, key: &str, json: String, version: u64) -> Op {
    let mut kept = sakarkiv_core::ports::Kept::new(kind, key, json);
    kept.version = version;
    Op::Keep(kept)
}

const PAGE: usize = 200;
