//! Whether an integration may work at all, as whom, and by which rules.

use sakarkiv_core::{
    access::Actor,
    identity::SourceId,
    intake::{FaultCode, Place, Rejection, RuleBook},
    integration::Integration,
    ports::StoreError,
};

use super::ledger::{Found, read};
use crate::{
    desk::Desk,
    office::{Office, Tenant},
};

/// The kind under which the register of integrations is kept.
pub(crate) const INTEGRATIONS: &str = "integration";
/// The kind under which the rules of sources are kept.
pub(crate) const RULES: &str = "intake.rules";
/// The kind under which the rules of sources before the present ones are kept.
pub(crate) const RULES_BEFORE: &str = "intake.rules.before";

/// An integration that is live, at the desk of its service user.
pub(crate) struct Integrated<'a> {
    pub(crate) desk: Desk<'a>,
    pub(crate) integration: Integration,
    pub(crate) rules: RuleBook,
}

/// An integration: as the register has it, else as the set-up names it.
pub(crate) async fn integration(
    office: &Office,
    tenant: &Tenant,
    source: &SourceId,
) -> Result<Option<Found<Integration>>, StoreError> {
    let stored = read(office, tenant, INTEGRATIONS, source.as_str()).await?;
    let named = || tenant.integrations.get(source).map(|it| Found { value: it.clone(), version: 0 });
    Ok(stored.or_else(named))
}

/// The rules of a source: as they were last changed, else as the set-up names them.
pub(crate) async fn rules(
    office: &Office,
    tenant: &Tenant,
    source: &SourceId,
) -> Result<Option<Found<RuleBook>>, StoreError> {
    let stored = read(office, tenant, RULES, source.as_str()).await?;
    let named = || tenant.rules.get(source).map(|rules| Found { value: rules.clone(), version: 0 });
    Ok(stored.or_else(named))
}

/// The integration of a source, when it is live. Read from the register each time: one that was stopped is stopped at once.
pub(crate) async fn integrated<'a>(
    office: &'a Office,
    tenant: &'a Tenant,
    source: &SourceId,
    client: Option<&str>,
) -> Result<Result<Integrated<'a>, Rejection>, StoreError> {
    let unknown = |why: &str| {
        let fault = sakarkiv_core::intake::Fault::new(FaultCode::UnknownSource, Place::Consignment);
        Ok(Err(fault.because(why).into()))
    };
    let Some(Found { value: integration, .. }) = integration(office, tenant, source).await? else {
        return unknown("it is not in the register of integrations");
    };
    if !integration.is_live() {
        return unknown("it is not live");
    }
    let Some(Found { value: rules, .. }) = rules(office, tenant, source).await? else {
        return unknown("it has no rules");
    };
    let mut actor = Actor::new(tenant.id.clone(), integration.service_user.clone());
    actor.client = client.map(str::to_owned);
    Ok(Ok(Integrated { desk: Desk { office, tenant, actor }, integration, rules }))
}
