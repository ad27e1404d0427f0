//! A specialist system that speaks GeoIntegrasjon Arkiv (GI-arkiv 1.1): it calls a façade as the definition has it.
//!
//! ```
//! use sakarkiv_testkit::simulators::geointegrasjon::{GeoClient, GeoLogin};
//!
//! let client = GeoClient::new("Landmåling", GeoLogin::Basic, "landmaaling", "hemmelig");
//! let call = client.open_case("sak/1", "Oppmålingsforretning");
//! assert_eq!(call.action, "http://rep.geointegrasjon.no/Arkiv/Oppdatering/xml.wsdl/2012.01.31/#NySaksmappe");
//! assert!(call.body.contains("<k:tittel>Oppmålingsforretning</k:tittel>"));
//! ```

mod calls;

use axum::{Router, body::Body};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use http::{Request, StatusCode, header};
use http_body_util::BodyExt as _;
use tower::ServiceExt as _;

const INNSYN: &str = "http://rep.geointegrasjon.no/Arkiv/Innsyn/xml.wsdl/2012.01.31";
const OPPDATERING: &str = "http://rep.geointegrasjon.no/Arkiv/Oppdatering/xml.wsdl/2012.01.31";
const INNSYN_PATH: &str = "/ArkivInnsynService.svc/ArkivInnsynService";
const OPPDATERING_PATH: &str = "/ArkivOppdateringService.svc/ArkivOppdateringService";

/// How the client says who it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GeoLogin {
    /// By the HTTP header.
    Basic,
    /// By a `UsernameToken` in the envelope.
    UsernameToken,
    /// Not at all.
    None,
}

/// The client.
#[derive(Debug, Clone)]
pub struct GeoClient {
    system: String,
    login: GeoLogin,
    user: String,
    password: String,
    twelve: bool,
}

/// A call as it is sent.
#[derive(Clone, PartialEq, Eq)]
pub struct GeoCall {
    /// The path of the service.
    pub path: &'static str,
    /// The `SOAPAction`.
    pub action: String,
    /// The envelope.
    pub body: String,
}

/// What a call was answered.
#[derive(Clone, PartialEq, Eq)]
pub struct GeoAnswer {
    /// The HTTP status.
    pub status: StatusCode,
    /// The media type.
    pub media_type: String,
    /// The envelope.
    pub body: String,
}

impl GeoClient {
    /// A client that calls itself so in external keys.
    #[must_use]
    pub fn new(system: &str, login: GeoLogin, user: &str, password: &str) -> Self {
        Self { system: system.to_owned(), login, user: user.to_owned(), password: password.to_owned(), twelve: false }
    }

    /// The same, speaking SOAP 1.2.
    #[must_use]
    pub const fn in_soap_12(mut self) -> Self {
        self.twelve = true;
        self
    }

    /// Any call to the service that changes.
    #[must_use]
    pub fn update(&self, operation: &str, body: &str) -> GeoCall {
        self.call(OPPDATERING_PATH, OPPDATERING, operation, body)
    }

    /// Any call to the service that shows.
    #[must_use]
    pub fn ask(&self, operation: &str, body: &str) -> GeoCall {
        self.call(INNSYN_PATH, INNSYN, operation, body)
    }

    /// Makes a call to a router.
    ///
    /// # Errors
    /// When the answer is no HTTP answer with text.
    pub async fn send(
        &self,
        router: &Router,
        call: &GeoCall,
    ) -> Result<GeoAnswer, Box<dyn std::error::Error + Send + Sync>> {
        let media_type = if self.twelve { "application/soap+xml; charset=utf-8" } else { "text/xml; charset=utf-8" };
        let mut request =
            Request::post(call.path).header(header::CONTENT_TYPE, media_type).header("SOAPAction", &call.action);
        if self.login == GeoLogin::Basic {
            let login = STANDARD.encode(format!("{}:{}", self.user, self.password));
            request = request.header(header::AUTHORIZATION, format!("Basic {login}"));
        }
        let response = router.clone().oneshot(request.body(Body::from(call.body.clone()))?).await?;
        let (parts, body) = response.into_parts();
        let media_type =
            parts.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let body = String::from_utf8(body.collect().await?.to_bytes().to_vec())?;
        Ok(GeoAnswer { status: parts.status, media_type: media_type.to_owned(), body })
    }

    fn call(&self, path: &'static str, namespace: &str, operation: &str, body: &str) -> GeoCall {
        let soap = match self.twelve {
            true => "http://www.w3.org/2003/05/soap-envelope",
            false => "http://schemas.xmlsoap.org/soap/envelope/",
        };
        let header = match self.login {
            GeoLogin::UsernameToken => format!(
                "<s:Header><w:Security xmlns:w=\"http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd\">\
                 <w:UsernameToken><w:Username>{}</w:Username><w:Password>{}</w:Password></w:UsernameToken></w:Security></s:Header>",
                escaped(&self.user),
                escaped(&self.password)
            ),
            GeoLogin::Basic | GeoLogin::None => "<s:Header/>".to_owned(),
        };
        let root = "http://rep.geointegrasjon.no";
        let body = format!(
            "<?xml version=\"1.0\" encoding=\"utf-8\"?><s:Envelope xmlns:s=\"{soap}\" \
             xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xmlns:o=\"{namespace}\" \
             xmlns:k=\"{root}/Arkiv/Kjerne/xml.schema/2012.01.31\" xmlns:f=\"{root}/Arkiv/Felles/xml.schema/2012.01.31\" \
             xmlns:d=\"{root}/Arkiv/Dokument/xml.schema/2012.01.31\" xmlns:c=\"{root}/Felles/Kodeliste/xml.schema/2012.01.31\" \
             xmlns:p=\"{root}/Felles/Kontakt/xml.schema/2012.01.31\" xmlns:t=\"{root}/Felles/Teknisk/xml.schema/2012.01.31\" \
             xmlns:m=\"{root}/Matrikkel/Felles/xml.schema/2012.01.31\">{header}<s:Body><o:{operation}>{body}\
             <o:kontekst><t:spraak>nb</t:spraak><t:klientnavn>{}</t:klientnavn></o:kontekst></o:{operation}></s:Body></s:Envelope>",
            escaped(&self.system)
        );
        GeoCall { path, action: format!("{namespace}/#{operation}"), body }
    }

    fn key(&self, element: &str, key: &str) -> String {
        format!(
            "<{element}><k:fagsystem>{}</k:fagsystem><k:noekkel>{}</k:noekkel></{element}>",
            escaped(&self.system),
            escaped(key)
        )
    }

    fn case_key(&self, element: &str, key: &str) -> String {
        format!("<{element} xsi:type=\"k:SakEksternNoekkel\">{}</{element}>", self.key("k:eksternnoekkel", key))
    }

    fn entry_key(&self, element: &str, key: &str) -> String {
        format!("<{element} xsi:type=\"k:JournpostEksternNoekkel\">{}</{element}>", self.key("k:eksternnoekkel", key))
    }
}

impl GeoAnswer {
    /// The text of the first element of this local name. Enough for tests: it knows no structure.
    #[must_use]
    pub fn text(&self, element: &str) -> Option<&str> {
        self.texts(element).first().copied()
    }

    /// The texts of every element of this local name.
    #[must_use]
    pub fn texts(&self, element: &str) -> Vec<&str> {
        let opening = self.body.split('<').filter(|tag| is_named(tag, element) && !tag.starts_with('/'));
        opening.filter_map(|tag| tag.split_once('>')).map(|(_, text)| text).collect()
    }

    /// How often an element of this local name begins.
    #[must_use]
    pub fn count(&self, element: &str) -> usize {
        self.texts(element).len()
    }
}

impl std::fmt::Debug for GeoCall {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("GeoCall").field("action", &self.action).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for GeoAnswer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("GeoAnswer").field("status", &self.status).finish_non_exhaustive()
    }
}

fn is_named(tag: &str, element: &str) -> bool {
    tag.split(['>', ' ', '/']).next().unwrap_or_default().rsplit(':').next() == Some(element)
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
