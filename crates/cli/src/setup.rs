//! Puts an office together as a configuration file says: the same for the service and for the demonstration day.

use std::sync::Arc;

use sakarkiv::{
    CheckpointFile,
    audit::{AuditLog, CheckpointSink, Ed25519Signer, KeyError},
    core::{
        access::User,
        identity::{AccountId, ChannelId, IdError, TenantId, UnitId},
        ports::{Channel, Clock, Entropy, Inbox, Notifier, Store},
    },
    engine::{self, InboxTarget, RecordsOffice, TenantSetup},
    http::{GrantKey, HttpService, Maskinporten, ReqwestService, TransportConfig},
    svarut::{Surroundings, SvarUtChannel, svarinn::SvarInn},
};
use sakarkiv_cms::Keyring;
use secrecy::ExposeSecret;
use thiserror::Error;

use crate::config::{ConfigError, ServiceConfig, SvarInnSection, SvarUtSection, TenantConfig};

/// Why no office can be made of a configuration.
#[derive(Debug, Error)]
pub(crate) enum SetupError {
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error("the network cannot be used: {0}")]
    Transport(#[from] sakarkiv::http::TransportError),
    #[error("the store cannot be opened: {0}")]
    Store(#[from] sakarkiv::sqlite::OpenError),
    #[error("tenant `{tenant}`: {what} of SvarUt cannot be used: {source}")]
    SvarUt { tenant: TenantId, what: &'static str, source: Box<dyn std::error::Error + Send + Sync> },
    #[error("tenant `{tenant}`: the signing key of SvarUt needs either `key_id` or `certificate`")]
    SigningKey { tenant: TenantId },
    #[error("tenant `{tenant}`: inbox `{inbox}` cannot be used: {source}")]
    Inbox { tenant: TenantId, inbox: String, source: Box<dyn std::error::Error + Send + Sync> },
    #[error(transparent)]
    Id(#[from] IdError),
    #[error("the key that signs the log cannot be used: {0}")]
    LogKey(#[from] KeyError),
    #[error("the office cannot be put together: {0}")]
    Office(#[from] engine::SetupError),
}

/// What an office needs besides its configuration.
#[derive(Debug)]
pub(crate) struct Parts {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) log: Arc<dyn AuditLog>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) entropy: Arc<dyn Entropy>,
    pub(crate) notifier: Arc<dyn Notifier>,
    pub(crate) http: Arc<dyn HttpService>,
}

/// A tenant's integrations, ready to use.
pub(crate) struct Integrations {
    pub(crate) tenant: TenantId,
    pub(crate) users: Vec<User>,
    pub(crate) access_archive: Option<UnitId>,
    pub(crate) channels: Vec<(Arc<dyn Channel>, Vec<AccountId>)>,
    pub(crate) inboxes: Vec<(Arc<dyn Inbox>, InboxTarget)>,
}

/// The network, as the configuration allows it.
pub(crate) fn transport(config: &ServiceConfig) -> Result<Arc<dyn HttpService>, SetupError> {
    let mut transport = TransportConfig::default();
    transport.allow_loopback_http = config.plain_http_to_loopback;
    Ok(Arc::new(ReqwestService::new(&transport)?))
}

/// The office with all its tenants.
pub(crate) fn office(config: &ServiceConfig, parts: &Parts) -> Result<RecordsOffice, SetupError> {
    let mut builder = RecordsOffice::builder()
        .store(Arc::clone(&parts.store))
        .clock(Arc::clone(&parts.clock))
        .entropy(Arc::clone(&parts.entropy))
        .notifier(Arc::clone(&parts.notifier))
        .node(&config.node);
    if let Some(section) = &config.log {
        let signer = Ed25519Signer::from_pkcs8(&section.archive, section.signing_key.expose_secret().as_bytes())?;
        let held: Arc<dyn CheckpointSink> = Arc::new(CheckpointFile::new(section.checkpoints.clone()));
        builder = builder.audit_log(Arc::clone(&parts.log), &section.archive).checkpoints(Arc::new(signer), [held]);
    }
    for integrations in integrations(config, &parts.http, &parts.clock, &parts.entropy)? {
        let mut tenant = integrations.users.into_iter().fold(TenantSetup::new(integrations.tenant), TenantSetup::user);
        if let Some(unit) = integrations.access_archive {
            tenant = tenant.access_archive(unit);
        }
        for (channel, accounts) in integrations.channels {
            tenant = tenant.channel(channel, accounts);
        }
        for (inbox, target) in integrations.inboxes {
            tenant = tenant.inbox(inbox, target);
        }
        builder = builder.tenant(tenant);
    }
    Ok(builder.build()?)
}

/// Every tenant's channels and inboxes.
pub(crate) fn integrations(
    config: &ServiceConfig,
    http: &Arc<dyn HttpService>,
    clock: &Arc<dyn Clock>,
    entropy: &Arc<dyn Entropy>,
) -> Result<Vec<Integrations>, SetupError> {
    let make = |tenant: &TenantConfig| {
        let svarut = tenant.svarut.iter().map(|section| svarut(tenant, section, http, clock, entropy));
        let svarinn = tenant.svarinn.iter().map(|section| svarinn(tenant, section, http, clock));
        Ok(Integrations {
            tenant: tenant.id.clone(),
            users: tenant.users.iter().map(|section| section.user(&tenant.id)).collect(),
            access_archive: tenant.access_archive.clone(),
            channels: svarut.collect::<Result<_, SetupError>>()?,
            inboxes: svarinn.collect::<Result<_, SetupError>>()?,
        })
    };
    config.tenants.iter().map(make).collect()
}

fn svarut(
    tenant: &TenantConfig,
    section: &SvarUtSection,
    http: &Arc<dyn HttpService>,
    clock: &Arc<dyn Clock>,
    entropy: &Arc<dyn Entropy>,
) -> Result<(Arc<dyn Channel>, Vec<AccountId>), SetupError> {
    let unusable = |what, source| SetupError::SvarUt { tenant: tenant.id.clone(), what, source };
    let key = match (&section.key_id, &section.certificate) {
        (Some(id), None) => GrantKey::with_key_id(&section.signing_key, id),
        (None, Some(certificate)) => GrantKey::with_certificate(&section.signing_key, certificate),
        _ => return Err(SetupError::SigningKey { tenant: tenant.id.clone() }),
    }
    .map_err(|error| unusable("the signing key", error.into()))?;
    let tokens =
        Maskinporten::new(section.maskinporten.clone(), key, Arc::clone(http), Arc::clone(clock), Arc::clone(entropy));
    let channel = SvarUtChannel::new(
        ChannelId::new("svarut")?,
        section.channel.clone(),
        section.integration_password.clone(),
        Surroundings {
            service: Arc::clone(http),
            tokens: Arc::new(tokens),
            clock: Arc::clone(clock),
            entropy: Arc::clone(entropy),
        },
    )
    .map_err(|error| unusable("the configuration", error.into()))?;
    Ok((Arc::new(channel), section.channel.accounts.keys().cloned().collect()))
}

fn svarinn(
    tenant: &TenantConfig,
    section: &SvarInnSection,
    http: &Arc<dyn HttpService>,
    clock: &Arc<dyn Clock>,
) -> Result<(Arc<dyn Inbox>, InboxTarget), SetupError> {
    let unusable = |source| SetupError::Inbox { tenant: tenant.id.clone(), inbox: section.id.to_string(), source };
    let mut keys = Keyring::new();
    for key in &section.keys {
        let password = key.password.as_ref().map(|password| password.expose_secret());
        keys.add(key.pem.expose_secret().as_bytes(), password).map_err(|error| unusable(error.into()))?;
    }
    let inbox =
        SvarInn::new(section.id.clone(), section.registration.clone(), keys, Arc::clone(http), Arc::clone(clock))
            .map_err(|error| unusable(error.into()))?;
    Ok((Arc::new(inbox), InboxTarget::new(section.unit.clone())))
}
