//! Who can open confidential mail at an organisation, as far as Altinn's access management tells (R5.5).

use std::{fmt, sync::Arc, time::Duration};

use async_trait::async_trait;
use http::Method;
use sakarkiv_core::{
    identity::OrganisationNumber,
    ports::{AccessCoverage, PortError, PortErrorKind},
    routing::Coverage,
};
use sakarkiv_http::{BaseUrl, Client, Effect, Operation, SystemUser, TokenRequest};
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;

use crate::{
    api::{Api, Call, PAGE_SIZE, Service},
    channel::Surroundings,
    policy::CONFIDENTIAL_PACKAGE,
};

/// Whose access is asked for, and how.
///
/// ```
/// use sakarkiv_altinn::AltinnCoverageConfig;
///
/// let config: AltinnCoverageConfig = toml::from_str(
///     r#"
///     base_url = "https://platform.tt02.altinn.no"
///     services = ["statens-taushetsbelagt"]
///
///     [[organisations]]
///     number = "310000027"
///     system_user = { organisation = "310000027" }
///     "#,
/// )?;
/// assert_eq!(config.organisations.len(), 1);
/// # Ok::<(), toml::de::Error>(())
/// ```
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AltinnCoverageConfig {
    /// The platform's address, without a path of its own.
    pub base_url: BaseUrl,
    /// The organisations that have let us ask: the tenant's own numbers. Of others nothing can be known.
    pub organisations: Vec<CoveredOrganisation>,
    /// Confidential services to which access may have been given one by one, beside the access package.
    #[serde(default)]
    pub services: Vec<String>,
    /// The scopes for asking who holds access.
    #[serde(default = "holders_scope")]
    pub holders_scope: String,
    /// The scope for asking what our own system may.
    #[serde(default = "own_scope")]
    pub own_scope: String,
    /// The gateway's subscription key, where one is still asked for.
    #[serde(default)]
    pub subscription_key: Option<SecretString>,
}

/// One of the tenant's own organisation numbers.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CoveredOrganisation {
    /// The number.
    pub number: OrganisationNumber,
    /// Altinn's id of it, where it is known; otherwise it is looked up.
    #[serde(default)]
    pub party: Option<Uuid>,
    /// The system user that asks.
    #[serde(default)]
    pub system_user: Option<SystemUser>,
}

/// By what a [`Coverage`] is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CoverageSource {
    /// Altinn's list of who holds access at the organisation.
    Holders,
    /// What our own system may read. Says nothing of others.
    OwnAccess,
    /// Nothing: the organisation is not ours, or has not let us ask.
    Nothing,
}

/// [`AccessCoverage`] from Altinn's access management.
///
/// | answer | when |
/// |---|---|
/// | held | somebody holds the access package or one of the services, or our own system does |
/// | not held | the list of holders was had, and nobody is in it for the package or any of the services |
/// | unknown | the organisation is none of ours, or it has not let us see the list: **a sender has no way to ask this of a recipient** |
///
/// The list of holders is for those who administer access at the organisation, so a system user that only reads mail gets
/// "held" or "unknown".
pub struct AltinnCoverage {
    config: AltinnCoverageConfig,
    api: Api,
}

impl AltinnCoverage {
    /// Asks with Altinn's own tokens.
    #[must_use]
    pub fn new(config: AltinnCoverageConfig, surroundings: Surroundings) -> Self {
        let client = Client::new(surroundings.service, Arc::clone(&surroundings.clock));
        let api = Api::new(client, config.base_url.clone(), surroundings.tokens, config.subscription_key.clone());
        Self { config, api }
    }

    /// The coverage, and by what it is known.
    ///
    /// # Errors
    /// As [`AccessCoverage::coverage`].
    pub async fn evidence(&self, organisation: &OrganisationNumber) -> Result<(Coverage, CoverageSource), PortError> {
        let ours = self.config.organisations.iter().find(|one| one.number == *organisation);
        let Some(ours) = ours else { return Ok((Coverage::Unknown, CoverageSource::Nothing)) };
        let own = permitted(self.own_party(ours).await)?.flatten();
        if let Some(party) = ours.party.or_else(|| own.as_ref().and_then(|own| own.id)) {
            match permitted(self.held(ours, party).await)? {
                Some(true) => return Ok((Coverage::Held, CoverageSource::Holders)),
                Some(false) => return Ok((Coverage::NotHeld, CoverageSource::Holders)),
                None => {}
            }
        }
        if own.is_some_and(|own| own.may_read(&self.config.services)) {
            return Ok((Coverage::Held, CoverageSource::OwnAccess));
        }
        Ok((Coverage::Unknown, CoverageSource::Nothing))
    }

    /// What our system may at the organisation.
    async fn own_party(&self, ours: &CoveredOrganisation) -> Result<Option<OwnParty>, PortError> {
        let query = [("includeAccessPackages", "true"), ("includeResources", "true")];
        let call = Call::new(OPERATION, &Method::GET, &["enduser", "authorizedparties"]);
        let call = call.of(Service::AccessManagement).with_query(&query);
        let answer = self.api.json::<Value>(&wanted(&self.config.own_scope, ours), &call).await?;
        Ok(parties(&answer).into_iter().find(|party| party.number.as_deref() == Some(ours.number.as_str())))
    }

    /// Whether anybody holds the package or one of the services.
    async fn held(&self, ours: &CoveredOrganisation, party: Uuid) -> Result<bool, PortError> {
        let wanted = wanted(&self.config.holders_scope, ours);
        let party = party.to_string();
        let mut query = vec![("party", party.as_str()), ("from", party.as_str())];
        let has = |line: &Connection| line.names_package() && line.has_holder();
        if self.any_line(&wanted, "accesspackages", &query, has).await? {
            return Ok(true);
        }
        for service in &self.config.services {
            query.truncate(2);
            query.push(("resource", service));
            if self.any_line(&wanted, "resources", &query, Connection::has_holder).await? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether a line of a list, which may have several pages, is as wanted.
    async fn any_line(
        &self,
        wanted: &TokenRequest,
        list: &str,
        query: &[(&str, &str)],
        is_wanted: impl Fn(&Connection) -> bool,
    ) -> Result<bool, PortError> {
        for page in 1..=MOST_PAGES {
            let path = ["enduser", "connections", list];
            let call = Call::new(OPERATION, &Method::GET, &path);
            let call = call.of(Service::AccessManagement).with_query(query).page(page);
            let lines = lines(self.api.json::<Value>(wanted, &call).await?).ok_or_else(|| {
                PortError::new(PortErrorKind::Transient, OPERATION.name, "the list of holders cannot be read")
            })?;
            if lines.iter().any(&is_wanted) {
                return Ok(true);
            }
            if lines.len() < PAGE_SIZE {
                return Ok(false);
            }
        }
        let detail = "the list of holders has too many pages to be read whole";
        Err(PortError::new(PortErrorKind::Transient, OPERATION.name, detail))
    }
}

impl fmt::Debug for AltinnCoverage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AltinnCoverage").field("config", &self.config).finish_non_exhaustive()
    }
}

#[async_trait]
impl AccessCoverage for AltinnCoverage {
    async fn coverage(&self, organisation: &OrganisationNumber) -> Result<Coverage, PortError> {
        self.evidence(organisation).await.map(|(coverage, _)| coverage)
    }
}

fn wanted(scope: &str, ours: &CoveredOrganisation) -> TokenRequest {
    TokenRequest::scopes(scope.split_whitespace()).as_system_user(ours.system_user.clone())
}

/// Not being allowed to ask is no failure: it is a thing that is not known. Having no token is one.
fn permitted<T>(outcome: Result<T, PortError>) -> Result<Option<T>, PortError> {
    match outcome {
        Ok(answer) => Ok(Some(answer)),
        Err(error) if error.operation() == OPERATION.name && is_refused(&error) => Ok(None),
        Err(error) => Err(error),
    }
}

fn is_refused(error: &PortError) -> bool {
    matches!(error.kind(), PortErrorKind::Unauthorised | PortErrorKind::Rejected)
}

/// A party that our system may act for.
#[derive(Debug, Default)]
struct OwnParty {
    id: Option<Uuid>,
    number: Option<String>,
    packages: Vec<String>,
    resources: Vec<String>,
}

impl OwnParty {
    fn may_read(&self, services: &[String]) -> bool {
        self.packages.iter().any(|package| is_confidential_package(package))
            || self.resources.iter().any(|one| services.contains(one))
    }
}

/// Every party of an answer: in one list or in lists within it, with subunits below.
fn parties(answer: &Value) -> Vec<OwnParty> {
    let mut found = Vec::new();
    let mut left = vec![answer];
    while let Some(value) = left.pop() {
        if found.len() >= MOST_PARTIES {
            break;
        }
        match value {
            Value::Array(items) => left.extend(items),
            Value::Object(members) => {
                let text = |name: &str| members.get(name).and_then(Value::as_str);
                let texts = |name: &str| {
                    let items = members.get(name).and_then(Value::as_array).into_iter().flatten();
                    items.filter_map(Value::as_str).map(str::to_owned).collect()
                };
                if let Some(number) = text("organizationNumber") {
                    found.push(OwnParty {
                        id: text("partyUuid").and_then(|id| Uuid::parse_str(id).ok()),
                        number: Some(number.to_owned()),
                        packages: texts("authorizedAccessPackages"),
                        resources: texts("authorizedResources"),
                    });
                }
                left.extend(["data", "subunits"].into_iter().filter_map(|name| members.get(name)));
            }
            _ => {}
        }
    }
    found
}

/// A line of a list of connections: what may be done, and by whom.
#[derive(Debug, Deserialize)]
struct Connection {
    #[serde(default)]
    package: Option<Package>,
    #[serde(default)]
    permissions: Option<Vec<Value>>,
}

#[derive(Debug, Deserialize)]
struct Package {
    #[serde(default)]
    urn: Option<String>,
}

impl Connection {
    fn names_package(&self) -> bool {
        let urn = self.package.as_ref().and_then(|package| package.urn.as_deref());
        urn.is_some_and(is_confidential_package)
    }

    fn has_holder(&self) -> bool {
        self.permissions.as_ref().is_some_and(|permissions| !permissions.is_empty())
    }
}

/// The lines of an answer, which is a list or has one as `data`.
fn lines(answer: Value) -> Option<Vec<Connection>> {
    let list = match answer {
        Value::Object(mut members) => members.remove("data")?,
        list => list,
    };
    serde_json::from_value(list).ok()
}

fn is_confidential_package(urn: &str) -> bool {
    urn.rsplit(':').next() == Some(CONFIDENTIAL_PACKAGE)
}

fn holders_scope() -> String {
    "altinn:accessmanagement/enduser:connections:toothers.read".to_owned()
}

fn own_scope() -> String {
    "altinn:accessmanagement/authorizedparties".to_owned()
}

const OPERATION: Operation =
    Operation { name: "altinn.coverage", effect: Effect::None, timeout: Duration::from_secs(60) };
const MOST_PAGES: usize = 50;
const MOST_PARTIES: usize = 10_000;
