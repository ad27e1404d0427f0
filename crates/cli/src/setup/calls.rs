//! The ways in over HTTP: deliveries and forms (REST), GeoIntegrasjon, and recruitment cases that are pushed.

use std::{collections::BTreeMap, fmt, net::SocketAddr, sync::Arc};

use axum::Router;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use http::{HeaderMap, HeaderName, header::AUTHORIZATION};
use sakarkiv::{
    core::{
        document::ContentHash,
        identity::{ActorId, SourceId, TenantId},
        ports::ArchiveDesk,
    },
    engine::RecordsOffice,
    fagsystem::{
        forms::FormTables,
        rest::{Callers, RestIntake},
    },
    geointegrasjon::{GeoIntegrasjon, GeoIntegrasjonSettings},
    jobbnorge::source::{
        FolderDrop,
        push::{self, PushSettings},
    },
};
use secrecy::{ExposeSecret as _, SecretString};

use super::{SetupError, Source, Surroundings, logins::FailedLogins, sources};
use crate::config::{CallerSection, IntakeHttpSection, TenantConfig};

/// The ways in of one tenant over HTTP, before there is an office behind them.
pub(crate) struct Calls {
    pub(crate) listen: SocketAddr,
    tenant: TenantId,
    header: Option<HeaderName>,
    callers: Vec<(String, SourceId, Option<SecretString>)>,
    /// As whom callers work, by their names.
    users: BTreeMap<String, ActorId>,
    forms: Option<Arc<FormTables>>,
    push: Option<(Arc<FolderDrop>, PushSettings)>,
}

impl Calls {
    pub(super) fn of(tenant: &TenantConfig, sources: &mut [Source]) -> Result<Option<Self>, SetupError> {
        let wrong = |problem: String| SetupError::IntakeHttp { tenant: tenant.id.clone(), problem };
        let mut pushed = sources.iter_mut().filter_map(|source| source.push.take());
        let push = pushed.next();
        if pushed.next().is_some() {
            return Err(wrong(
                "more than one source has `push_tokens`: a tenant has one address to push to".to_owned(),
            ));
        }
        let Some(section) = &tenant.intake_http else {
            return match push {
                Some(_) => Err(wrong("a source has `push_tokens`: say in `intake_http` where to listen".to_owned())),
                None => Ok(None),
            };
        };
        check(section, sources).map_err(wrong)?;
        let header = section.gateway_header.as_deref().map(HeaderName::try_from).transpose();
        let forms = section.forms.as_deref().map(sources::tables).transpose();
        let forms = forms.map_err(|error| wrong(format!("the tables of forms: {error}")))?;
        if let Some(tables) = &forms
            && let Some(source) = sources.iter().find(|source| source.id == tables.source)
        {
            source.has_rules_for(tables).map_err(|problem| wrong(format!("source `{}` has {problem}", source.id)))?;
        }
        let caller =
            |(name, caller): (&String, &CallerSection)| (name.clone(), caller.source.clone(), caller.password.clone());
        let user = |(name, caller): (&String, &CallerSection)| {
            let source = tenant.sources.iter().find(|source| source.id == caller.source)?;
            Some((name.clone(), source.service_user.clone()))
        };
        Ok(Some(Self {
            listen: section.listen,
            tenant: tenant.id.clone(),
            header: header.map_err(|_| wrong("`gateway_header` is no name of a header".to_owned()))?,
            callers: section.callers.iter().map(caller).collect(),
            users: section.callers.iter().filter_map(user).collect(),
            forms: forms.map(Arc::new),
            push,
        }))
    }

    /// The router, each caller at the desk of its source; logins that fail are told.
    pub(super) fn router(self, office: &RecordsOffice, around: &Surroundings<'_>) -> Result<Router, SetupError> {
        let (clock, entropy) = (around.clock, around.entropy);
        let header = self.header.clone();
        let logins = FailedLogins::new(office, clock, self.tenant.clone(), self.users)?;
        let mut known = Known { header: self.header, callers: BTreeMap::new() };
        let mut geo =
            GeoIntegrasjon::builder(Arc::clone(clock), Arc::clone(entropy), GeoIntegrasjonSettings::default());
        for (name, source, password) in self.callers {
            let desk: Arc<dyn ArchiveDesk> = Arc::new(office.as_source(&self.tenant, &source, None)?);
            if let Some(password) = &password {
                geo = geo.with_user(&name, password, Arc::clone(&desk));
            }
            known.callers.insert(name, Caller { password: password.as_ref().map(digest), desk });
        }
        let known = Arc::new(known);
        if header.is_some() {
            let known = Arc::clone(&known);
            geo = geo.with_gateway(move |headers| known.desk(headers));
        }
        let mut rest = RestIntake::new(known, Arc::clone(clock));
        if let Some(forms) = self.forms {
            rest = rest.with_forms(forms);
        }
        let router = rest.router().merge(geo.build().router());
        let router = match self.push {
            Some((drop, settings)) => {
                router.merge(push::router(&drop, settings, Arc::clone(clock), Arc::clone(entropy)))
            }
            None => router,
        };
        Ok(logins.at(router, move |headers| claimed(headers, header.as_ref())))
    }
}

fn check(section: &IntakeHttpSection, sources: &[Source]) -> Result<(), String> {
    if section.gateway_header.is_some() && !section.listen.ip().is_loopback() {
        let told = "anybody could set `gateway_header`: listen on this machine alone, where the gateway is";
        return Err(told.to_owned());
    }
    for (name, caller) in &section.callers {
        if sources.iter().all(|source| source.id != caller.source) {
            return Err(format!("caller `{name}` is of source `{}`, which is not set up", caller.source));
        }
        if section.gateway_header.is_none() && caller.password.is_none() {
            return Err(format!("caller `{name}` has no password, and no gateway says who calls"));
        }
        if caller.password.as_ref().is_some_and(|password| password.expose_secret().is_empty()) {
            return Err(format!("caller `{name}` has an empty password"));
        }
    }
    Ok(())
}

/// Who may call: by what a gateway says, or else by a Basic login.
#[derive(Debug)]
struct Known {
    header: Option<HeaderName>,
    callers: BTreeMap<String, Caller>,
}

struct Caller {
    /// Comparing digests tells nothing of where two passwords differ.
    password: Option<ContentHash>,
    desk: Arc<dyn ArchiveDesk>,
}

impl fmt::Debug for Caller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Caller").field("source", self.desk.source()).finish_non_exhaustive()
    }
}

impl Callers for Known {
    fn desk(&self, headers: &HeaderMap) -> Option<Arc<dyn ArchiveDesk>> {
        let caller = match &self.header {
            Some(header) => self.callers.get(only(headers, header)?)?,
            None => {
                let (name, password) = basic(headers)?;
                self.callers.get(&name).filter(|caller| caller.password == Some(digest(&password)))?
            }
        };
        Some(Arc::clone(&caller.desk))
    }
}

/// By which name somebody calls, whether that is true or not.
fn claimed(headers: &HeaderMap, gateway: Option<&HeaderName>) -> Option<String> {
    let named = gateway.and_then(|header| only(headers, header)).map(str::to_owned);
    named.or_else(|| basic(headers).map(|(name, _)| name))
}

/// A header that stands there once: a second one may be the caller's own.
fn only<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?;
    values.next().is_none().then(|| value.to_str().ok()).flatten()
}

/// Name and password of a Basic login.
fn basic(headers: &HeaderMap) -> Option<(String, SecretString)> {
    let (scheme, token) = only(headers, &AUTHORIZATION)?.split_once(' ')?;
    let login = STANDARD.decode(token.trim()).ok().filter(|_| scheme.eq_ignore_ascii_case("basic"))?;
    let login = String::from_utf8(login).ok()?;
    let (name, password) = login.split_once(':')?;
    Some((name.to_owned(), password.into()))
}

fn digest(password: &SecretString) -> ContentHash {
    ContentHash::of(password.expose_secret().as_bytes())
}

#[cfg(test)]
mod tests {
    use sakarkiv::core::ports::MockArchiveDesk;

    use super::*;

    fn known(header: Option<&str>) -> Known {
        let caller = |password: Option<&str>| {
            let password = password.map(|password| digest(&password.into()));
            Caller { password, desk: Arc::new(MockArchiveDesk::new()) }
        };
        let callers = [("skole".to_owned(), caller(Some("hemmelig"))), ("kart".to_owned(), caller(None))].into();
        Known { header: header.map(|name| HeaderName::try_from(name).unwrap()), callers }
    }

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(*name, value.parse().unwrap());
        }
        headers
    }

    fn login(name: &str, password: &str) -> String {
        format!("Basic {}", STANDARD.encode(format!("{name}:{password}")))
    }

    #[test]
    fn a_login_is_right_or_nobody_is_known() {
        let known = known(None);
        let knows = |value: &str| known.desk(&headers(&[("authorization", value)])).is_some();
        assert!(knows(&login("skole", "hemmelig")));
        for wrong in [login("skole", "feil"), login("kart", ""), login("ukjent", "hemmelig"), "Basic ???".to_owned()] {
            assert!(!knows(&wrong), "{wrong}");
        }
        let (right, wrong) = (login("skole", "hemmelig"), login("skole", "feil"));
        assert!(known.desk(&headers(&[("authorization", &right), ("authorization", &wrong)])).is_none());
        assert!(known.desk(&headers(&[("x-fagsystem", "skole")])).is_none(), "no gateway was set up");
    }

    #[test]
    fn a_gateway_names_the_caller_once_and_logins_count_no_more() {
        let known = known(Some("x-fagsystem"));
        assert!(known.desk(&headers(&[("x-fagsystem", "kart")])).is_some());
        assert!(known.desk(&headers(&[("x-fagsystem", "ukjent")])).is_none());
        assert!(known.desk(&headers(&[("x-fagsystem", "kart"), ("x-fagsystem", "skole")])).is_none());
        assert!(known.desk(&headers(&[("authorization", &login("skole", "hemmelig"))])).is_none());
    }
}
