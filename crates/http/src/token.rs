use std::{collections::BTreeSet, fmt, fmt::Debug};

use async_trait::async_trait;
use http::HeaderValue;
use sakarkiv_core::{
    identity::{NationalIdentityNumber, OrganisationNumber},
    ports::PortError,
};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

/// What a token is wanted for. Two requests that differ in any part never share a token: a cache that forgets
/// `consumer_org` hands the token of one organisation to another.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TokenRequest {
    scopes: BTreeSet<String>,
    consumer_org: Option<OrganisationNumber>,
    resource: Option<String>,
    person: Option<Person>,
    system_user: Option<SystemUser>,
}

/// A system user in Altinn (systembruker): an organisation's leave for our system to act for it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SystemUser {
    /// The organisation that gave it.
    pub organisation: OrganisationNumber,
    /// Which one, where the organisation gave several (`externalRef`).
    #[serde(default)]
    pub reference: Option<String>,
}

impl TokenRequest {
    /// A token for some scopes, in any order.
    ///
    /// ```
    /// use sakarkiv_http::TokenRequest;
    ///
    /// assert_eq!(TokenRequest::scopes(["b", "a"]), TokenRequest::scopes(["a", "b", "a"]));
    /// assert_eq!(TokenRequest::scopes(["b", "a"]).scope(), "a b");
    /// ```
    #[must_use]
    pub fn scopes<S: Into<String>>(scopes: impl IntoIterator<Item = S>) -> Self {
        let scopes = scopes.into_iter().map(Into::into).collect();
        Self { scopes, consumer_org: None, resource: None, person: None, system_user: None }
    }

    /// On behalf of another organisation, which has delegated it to us in Altinn (`consumer_org`).
    #[must_use]
    pub fn on_behalf_of(mut self, organisation: Option<OrganisationNumber>) -> Self {
        self.consumer_org = organisation;
        self
    }

    /// For a certain receiver of the token only (`resource`).
    #[must_use]
    pub fn for_resource(mut self, resource: impl Into<String>) -> Self {
        self.resource = Some(resource.into());
        self
    }

    /// Bound to one person (`pid`).
    #[must_use]
    pub fn for_person(mut self, person: NationalIdentityNumber) -> Self {
        self.person = Some(Person(person));
        self
    }

    /// As a system user of an organisation (`authorization_details`).
    #[must_use]
    pub fn as_system_user(mut self, user: Option<SystemUser>) -> Self {
        self.system_user = user;
        self
    }

    /// The scopes as the grant wants them: sorted, with a blank between.
    #[must_use]
    pub fn scope(&self) -> String {
        self.scopes.iter().map(String::as_str).collect::<Vec<_>>().join(" ")
    }

    pub(crate) const fn consumer_org(&self) -> Option<&OrganisationNumber> {
        self.consumer_org.as_ref()
    }

    pub(crate) fn resource(&self) -> Option<&str> {
        self.resource.as_deref()
    }

    pub(crate) const fn system_user(&self) -> Option<&SystemUser> {
        self.system_user.as_ref()
    }

    pub(crate) fn person(&self) -> Option<&str> {
        self.person.as_ref().map(|person| person.0.digits())
    }
}

/// An access token. `Debug` shows nothing of it.
#[derive(Clone)]
pub struct AccessToken(SecretString);

impl AccessToken {
    /// Takes a token as it came.
    #[must_use]
    pub fn new(token: impl Into<String>) -> Self {
        Self(SecretString::from(token.into()))
    }

    /// The value of the `Authorization` header, marked as sensitive; nothing when the token has characters that no header
    /// can carry.
    #[must_use]
    pub fn bearer(&self) -> Option<HeaderValue> {
        let mut value = HeaderValue::from_str(&format!("Bearer {}", self.0.expose_secret())).ok()?;
        value.set_sensitive(true);
        Some(value)
    }

    /// Whether it is the same token.
    #[must_use]
    pub fn is(&self, other: &Self) -> bool {
        self.0.expose_secret() == other.0.expose_secret()
    }
}

impl Debug for AccessToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AccessToken(..)")
    }
}

/// Where adapters get access tokens from. One implementation is [`Maskinporten`](crate::Maskinporten); tests bring others.
#[async_trait]
pub trait TokenSource: Debug + Send + Sync {
    /// A token that holds for a while yet.
    ///
    /// # Errors
    /// `Unauthorised` when we are refused, `Transient` when the issuer cannot be reached, `Misconfigured` when our own key
    /// or address is at fault.
    async fn token(&self, request: &TokenRequest) -> Result<AccessToken, PortError>;

    /// Tells that a service refused this token (401), so that it is not handed out again. Another token that has taken its
    /// place in the meantime stays.
    async fn invalidate(&self, request: &TokenRequest, token: &AccessToken);
}

/// A national identity number as part of a cache key; shown nowhere.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Person(NationalIdentityNumber);

impl Debug for Person {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Person(..)")
    }
}
