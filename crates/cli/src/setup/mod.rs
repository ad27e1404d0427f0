//! Puts an office together as a configuration file says: the same for the service and for the demonstration day.

mod altinn;
mod calls;
mod clashes;
mod logins;
mod publication;
mod sources;

use std::{net::SocketAddr, sync::Arc};

use axum::Router;
use sakarkiv::{
    CheckpointFile, ReportFolder,
    audit::{AuditLog, CheckpointSink, Ed25519Signer, KeyError},
    core::{
        access::User,
        identity::{AccountId, ChannelId, IdError, OrganisationNumber, SourceId, TenantId, UnitId},
        ports::{AccessCoverage, Channel, Clock, Entropy, Inbox, Notifier, Store},
        routing::RoutingPolicy,
        screening::Screening,
    },
    einnsyn::EInnsynRequests,
    engine::{self, FollowUp, InboxTarget, RecordsOffice, TenantSetup, UnknownTenant},
    fiks_arkiv::FiksArkiv,
    http::{GrantKey, HttpService, Maskinporten, MaskinportenConfig, ReqwestService, TransportConfig},
    svarut::{self, SvarUtChannel, svarinn::SvarInn},
};
use sakarkiv_cms::Keyring;
use secrecy::{ExposeSecret, SecretString};
use thiserror::Error;

use self::sources::Messages;
pub(crate) use self::{calls::Calls, publication::Page, sources::Source};
use crate::config::{ConfigError, LogSection, ServiceConfig, SvarInnSection, SvarUtSection, TenantConfig};

/// Why no office can be made of a configuration.
#[derive(Debug, Error)]
pub(crate) enum SetupError {
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error("the network cannot be used: {0}")]
    Transport(#[from] sakarkiv::http::TransportError),
    #[error("the store cannot be opened: {0}")]
    Store(#[from] sakarkiv::sqlite::OpenError),
    #[error("tenant `{tenant}`: {what} of {service} cannot be used: {source}")]
    Service {
        tenant: TenantId,
        service: &'static str,
        what: &'static str,
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    #[error("tenant `{tenant}`: the signing key of {service} needs either `key_id` or `certificate`")]
    SigningKey { tenant: TenantId, service: &'static str },
    #[error("tenant `{tenant}`: inbox `{inbox}` cannot be used: {source}")]
    Inbox { tenant: TenantId, inbox: String, source: Box<dyn std::error::Error + Send + Sync> },
    #[error("tenant `{tenant}`: {service} cannot be used: {problem}")]
    Lacking { tenant: TenantId, service: &'static str, problem: &'static str },
    #[error(transparent)]
    Id(#[from] IdError),
    #[error("tenant `{tenant}`: source `{id}` {problem}")]
    Source { tenant: TenantId, id: SourceId, problem: String },
    #[error("{0}")]
    Clash(String),
    #[error("tenant `{tenant}`: the ways in over HTTP cannot be used: {problem}")]
    IntakeHttp { tenant: TenantId, problem: String },
    #[error("the key that signs the log cannot be used: {0}")]
    LogKey(#[from] KeyError),
    #[error("the office cannot be put together: {0}")]
    Office(#[from] engine::SetupError),
    #[error(transparent)]
    Desk(#[from] UnknownTenant),
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
    /// Folders are looked into and nothing is made or cleared in them: for a check, which may be made beside a service that
    /// works in the same folders.
    pub(crate) looks_only: bool,
}

impl Parts {
    /// What integrations take of it.
    pub(crate) const fn surroundings(&self) -> Surroundings<'_> {
        Surroundings {
            http: &self.http,
            store: &self.store,
            clock: &self.clock,
            entropy: &self.entropy,
            looks_only: self.looks_only,
        }
    }
}

/// An office put together, and the journal pages of its tenants.
#[derive(Debug)]
pub(crate) struct Opened {
    pub(crate) office: RecordsOffice,
    pub(crate) pages: Vec<Page>,
    /// Fiks Arkiv messages of specialist systems.
    pub(crate) messages: Vec<FiksArkiv>,
    /// The ways in over HTTP, each with where it listens.
    pub(crate) calls: Vec<(SocketAddr, Router)>,
}

/// A tenant's integrations, ready to use.
pub(crate) struct Integrations {
    pub(crate) tenant: TenantId,
    pub(crate) users: Vec<User>,
    pub(crate) access_archive: Option<UnitId>,
    pub(crate) channels: Vec<(Arc<dyn Channel>, Vec<AccountId>)>,
    pub(crate) inboxes: Vec<(Arc<dyn Inbox>, InboxTarget)>,
    pub(crate) routing: RoutingPolicy,
    pub(crate) coverage: Option<Covered>,
    pub(crate) follow_up: Option<FollowUp>,
    pub(crate) einnsyn: Option<EInnsynRequests>,
    pub(crate) sources: Vec<Source>,
    pub(crate) calls: Option<Calls>,
}

/// Who says whether confidential mail can be opened, and at which of the tenant's own numbers it can know.
pub(crate) struct Covered {
    pub(crate) source: Arc<dyn AccessCoverage>,
    pub(crate) organisations: Vec<OrganisationNumber>,
}

/// What integrations are made with.
pub(crate) struct Surroundings<'a> {
    pub(crate) http: &'a Arc<dyn HttpService>,
    pub(crate) store: &'a Arc<dyn Store>,
    pub(crate) clock: &'a Arc<dyn Clock>,
    pub(crate) entropy: &'a Arc<dyn Entropy>,
    pub(crate) looks_only: bool,
}

/// The network, as the configuration allows it.
pub(crate) fn transport(config: &ServiceConfig) -> Result<Arc<dyn HttpService>, SetupError> {
    let mut transport = TransportConfig::default();
    transport.allow_loopback_http = config.plain_http_to_loopback;
    Ok(Arc::new(ReqwestService::new(&transport)?))
}

/// The office with all its tenants.
pub(crate) async fn office(config: &ServiceConfig, parts: &Parts) -> Result<Opened, SetupError> {
    office_with(config, parts, &|_, tenant| tenant).await
}

/// The office with all its tenants, each with something that no configuration names.
pub(crate) async fn office_with(
    config: &ServiceConfig,
    parts: &Parts,
    also: &dyn Fn(&TenantId, TenantSetup) -> TenantSetup,
) -> Result<Opened, SetupError> {
    let mut builder = RecordsOffice::builder()
        .store(Arc::clone(&parts.store))
        .clock(Arc::clone(&parts.clock))
        .entropy(Arc::clone(&parts.entropy))
        .notifier(Arc::clone(&parts.notifier))
        .node(&config.node);
    if let Some(section) = &config.log {
        let held: Arc<dyn CheckpointSink> = Arc::new(CheckpointFile::new(section.checkpoints.clone()));
        let signer = Arc::new(log_signer(section)?);
        builder = builder.audit_log(Arc::clone(&parts.log), &section.archive).checkpoints(signer, [held]);
    }
    let around = parts.surroundings();
    let folder = config.reports.clone().map(|folder| Arc::new(ReportFolder::new(folder)));
    let (mut pages, mut messages, mut calls) = (Vec::new(), Vec::new(), Vec::new());
    for (section, integrations) in config.tenants.iter().zip(integrations(config, &around)?) {
        let tenant =
            also(&integrations.tenant, TenantSetup::new(integrations.tenant.clone())).routing(integrations.routing);
        let mut tenant = integrations.users.into_iter().fold(tenant, TenantSetup::user);
        if let Some(covered) = integrations.coverage {
            tenant = tenant.coverage(covered.source);
        }
        if let Some(follow_up) = integrations.follow_up {
            tenant = tenant.follow_up(follow_up);
        }
        if let Some(folder) = &folder {
            tenant = tenant.reports(Arc::clone(folder) as _);
        }
        if let Some(unit) = integrations.access_archive {
            tenant = tenant.access_archive(unit);
        }
        for (channel, accounts) in integrations.channels {
            tenant = tenant.channel(channel, accounts);
        }
        for (inbox, target) in integrations.inboxes {
            tenant = tenant.inbox(inbox, target);
        }
        for mut source in integrations.sources {
            let its_messages = source.messages.take();
            messages.extend(its_messages.map(|its| (integrations.tenant.clone(), source.id.clone(), its)));
            tenant = source.add_to(tenant);
        }
        tenant = publication::add(section, integrations.einnsyn, &around, tenant, &mut pages).await?;
        calls.extend(integrations.calls);
        builder = builder.tenant(tenant);
    }
    let office = builder.build()?;
    let answered =
        |(tenant, id, messages): (TenantId, SourceId, Messages)| messages.service(&tenant, &id, &office, &around);
    let mounted = |calls: Calls| Ok((calls.listen, calls.router(&office, &around)?));
    let messages = messages.into_iter().map(answered).collect::<Result<_, UnknownTenant>>()?;
    let calls = calls.into_iter().map(mounted).collect::<Result<_, SetupError>>()?;
    Ok(Opened { office, pages, messages, calls })
}

/// Who signs the checkpoints of all logs.
pub(crate) fn log_signer(section: &LogSection) -> Result<Ed25519Signer, KeyError> {
    Ed25519Signer::from_pkcs8(&section.archive, section.signing_key.expose_secret().as_bytes())
}

/// Every tenant's channels and inboxes.
pub(crate) fn integrations(config: &ServiceConfig, around: &Surroundings<'_>) -> Result<Vec<Integrations>, SetupError> {
    clashes::check(config)?;
    config.tenants.iter().map(|tenant| of_tenant(tenant, around)).collect()
}

fn of_tenant(tenant: &TenantConfig, around: &Surroundings<'_>) -> Result<Integrations, SetupError> {
    let svarut = tenant.svarut.iter().map(|section| svarut(tenant, section, around));
    let svarinn = tenant.svarinn.iter().map(|section| svarinn(tenant, section, around));
    let mut integrations = Integrations {
        tenant: tenant.id.clone(),
        users: tenant.users.iter().map(|section| section.user(&tenant.id)).collect(),
        access_archive: tenant.access_archive.clone(),
        channels: svarut.collect::<Result<_, SetupError>>()?,
        inboxes: svarinn.collect::<Result<_, SetupError>>()?,
        routing: tenant.routing.clone(),
        coverage: None,
        follow_up: tenant.follow_up.clone(),
        einnsyn: publication::requests(tenant, around)?,
        sources: Vec::new(),
        calls: None,
    };
    if let Some(section) = &tenant.altinn {
        altinn::add(tenant, section, around, &mut integrations)?;
    }
    let sources = tenant.sources.iter().map(|section| Source::of(tenant, section, around));
    integrations.sources = sources.collect::<Result<_, SetupError>>()?;
    integrations.calls = Calls::of(tenant, &mut integrations.sources)?;
    Ok(integrations)
}

fn svarut(
    tenant: &TenantConfig,
    section: &SvarUtSection,
    around: &Surroundings<'_>,
) -> Result<(Arc<dyn Channel>, Vec<AccountId>), SetupError> {
    let client = MaskinportenClient {
        service: "SvarUt",
        config: &section.maskinporten,
        signing_key: &section.signing_key,
        key_id: section.key_id.as_deref(),
        certificate: section.certificate.as_deref(),
    };
    let channel = SvarUtChannel::new(
        ChannelId::new("svarut")?,
        section.channel.clone(),
        section.integration_password.clone(),
        svarut::Surroundings {
            service: Arc::clone(around.http),
            tokens: Arc::new(client.tokens(tenant, around)?),
            clock: Arc::clone(around.clock),
            entropy: Arc::clone(around.entropy),
        },
    )
    .map_err(|error| unusable(tenant, "SvarUt", "the configuration", error))?;
    Ok((Arc::new(channel), section.channel.accounts.keys().cloned().collect()))
}

/// A client at Maskinporten, as a service's section names it.
struct MaskinportenClient<'a> {
    service: &'static str,
    config: &'a MaskinportenConfig,
    signing_key: &'a SecretString,
    key_id: Option<&'a str>,
    certificate: Option<&'a str>,
}

impl MaskinportenClient<'_> {
    fn tokens(&self, tenant: &TenantConfig, around: &Surroundings<'_>) -> Result<Maskinporten, SetupError> {
        let key = match (self.key_id, self.certificate) {
            (Some(id), None) => GrantKey::with_key_id(self.signing_key, id),
            (None, Some(certificate)) => GrantKey::with_certificate(self.signing_key, certificate),
            _ => return Err(SetupError::SigningKey { tenant: tenant.id.clone(), service: self.service }),
        }
        .map_err(|error| unusable(tenant, self.service, "the signing key", error))?;
        let (http, clock, entropy) = (Arc::clone(around.http), Arc::clone(around.clock), Arc::clone(around.entropy));
        Ok(Maskinporten::new(self.config.clone(), key, http, clock, entropy))
    }
}

fn unusable(
    tenant: &TenantConfig,
    service: &'static str,
    what: &'static str,
    error: impl std::error::Error + Send + Sync + 'static,
) -> SetupError {
    SetupError::Service { tenant: tenant.id.clone(), service, what, source: error.into() }
}

fn svarinn(
    tenant: &TenantConfig,
    section: &SvarInnSection,
    around: &Surroundings<'_>,
) -> Result<(Arc<dyn Inbox>, InboxTarget), SetupError> {
    let unusable = |source| SetupError::Inbox { tenant: tenant.id.clone(), inbox: section.id.to_string(), source };
    let mut keys = Keyring::new();
    for key in &section.keys {
        let password = key.password.as_ref().map(|password| password.expose_secret());
        keys.add(key.pem.expose_secret().as_bytes(), password).map_err(|error| unusable(error.into()))?;
    }
    let (http, clock) = (Arc::clone(around.http), Arc::clone(around.clock));
    let inbox = SvarInn::new(section.id.clone(), section.registration.clone(), keys, http, clock)
        .map_err(|error| unusable(error.into()))?;
    Ok((Arc::new(inbox), target(&section.unit, section.confidential.as_ref())))
}

/// Where an inbox's mail goes, and how confidential mail is screened where the configuration says something else than usual.
pub(crate) fn target(unit: &UnitId, confidential: Option<&Screening>) -> InboxTarget {
    let usual = InboxTarget::new(unit.clone());
    InboxTarget { confidential: confidential.cloned().or(usual.confidential), ..usual }
}
