use std::sync::Arc;

use sakarkiv::{
    altinn::{AltinnChannel, AltinnCoverage, AltinnInbox, AltinnTokens, Surroundings as AltinnSurroundings},
    core::identity::ChannelId,
    http::{BaseUrl, TokenSource},
};

use super::{Covered, Integrations, MaskinportenClient, SetupError, Surroundings, target, unusable};
use crate::config::{AltinnSection, TenantConfig};

/// Adds what a tenant does by Altinn: after SvarUt, so that SvarUt comes first where both reach the same mailbox and the
/// routing policy names no other order.
pub(super) fn add(
    tenant: &TenantConfig,
    section: &AltinnSection,
    around: &Surroundings<'_>,
    to: &mut Integrations,
) -> Result<(), SetupError> {
    let client = MaskinportenClient {
        service: SERVICE,
        config: &section.maskinporten,
        signing_key: &section.signing_key,
        key_id: section.key_id.as_deref(),
        certificate: section.certificate.as_deref(),
    };
    let maskinporten: Arc<dyn TokenSource> = Arc::new(client.tokens(tenant, around)?);
    let at = |base: &BaseUrl| {
        let (http, clock) = (Arc::clone(around.http), Arc::clone(around.clock));
        let tokens = AltinnTokens::new(base.clone(), Arc::clone(&maskinporten), Arc::clone(&http), Arc::clone(&clock));
        let entropy = Arc::clone(around.entropy);
        AltinnSurroundings { service: http, tokens: Arc::new(tokens), clock, entropy }
    };
    if let Some(config) = &section.channel {
        let channel = AltinnChannel::new(ChannelId::new("altinn")?, config.clone(), at(&config.base_url))
            .map_err(|error| unusable(tenant, SERVICE, "the configuration", error))?;
        to.channels.push((Arc::new(channel), config.accounts.keys().cloned().collect()));
    }
    for inbox in &section.inboxes {
        let config = inbox.registration.clone();
        let surroundings = at(&config.base_url);
        let made = AltinnInbox::new(inbox.id.clone(), config, surroundings).map_err(|error| SetupError::Inbox {
            tenant: tenant.id.clone(),
            inbox: inbox.id.to_string(),
            source: error.into(),
        })?;
        to.inboxes.push((Arc::new(made), target(&inbox.unit, inbox.confidential.as_ref())));
    }
    to.coverage = section.coverage.as_ref().map(|config| Covered {
        source: Arc::new(AltinnCoverage::new(config.clone(), at(&config.base_url))),
        organisations: config.organisations.iter().map(|covered| covered.number.clone()).collect(),
    });
    Ok(())
}

const SERVICE: &str = "Altinn";
