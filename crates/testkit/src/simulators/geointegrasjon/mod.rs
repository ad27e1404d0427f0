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

    /// Opens a case under a key of ours, on a property.
    #[must_use]
    pub fn open_case(&self, key: &str, title: &str) -> GeoCall {
        let body = format!(
            "<o:mappe><k:tittel>{}</k:tittel><k:saksstatus><c:kodeverdi>B</c:kodeverdi></k:saksstatus>\
             <k:administrativEnhetInit>OPPM</k:administrativEnhetInit><k:Matrikkelnummer><m:liste>\
             <m:kommunenummer>1804</m:kommunenummer><m:gaardsnummer>138</m:gaardsnummer><m:bruksnummer>2211</m:bruksnummer>\
             </m:liste></k:Matrikkelnummer>{}</o:mappe>",
            escaped(title),
            self.key("k:referanseEksternNoekkel", key)
        );
        self.update("NySaksmappe", &body)
    }

    /// Registers an incoming entry in the case of a key.
    #[must_use]
    pub fn register(&self, case: &str, key: &str, title: &str) -> GeoCall {
        let body = format!(
            "<o:journalpost><k:journalposttype><c:kodeverdi>I</c:kodeverdi></k:journalposttype>\
             <k:dokumentetsDato>2026-03-02T00:00:00</k:dokumentetsDato><k:journalstatus><c:kodeverdi>J</c:kodeverdi></k:journalstatus>\
             <k:tittel>{}</k:tittel><k:skjerming/><k:korrespondansepart><k:liste>\
             <k:korrespondanseparttype><c:kodeverdi>EA</c:kodeverdi></k:korrespondanseparttype>\
             <k:Kontakt xsi:type=\"p:Organisasjon\"><p:navn>Prøvedal Bygg AS</p:navn>\
             <p:organisasjonsnummer>310000027</p:organisasjonsnummer></k:Kontakt></k:liste></k:korrespondansepart>{}{}</o:journalpost>",
            escaped(title),
            self.key("k:referanseEksternNoekkel", key),
            self.key("k:referanseMappeEksternNoekkel", case)
        );
        self.update("NyJournalpost", &body)
    }

    /// Attaches a document to an entry, by the archive's id of it.
    #[must_use]
    pub fn attach(&self, entry: &str, title: &str, file_name: &str, content: &[u8]) -> GeoCall {
        let body = format!(
            "<o:dokument><d:tittel>{}</d:tittel><d:variantformat><c:kodeverdi>P</c:kodeverdi></d:variantformat>\
             <d:referanseJournalpostSystemID>{entry}</d:referanseJournalpostSystemID><d:Fil xsi:type=\"d:Filinnhold\">\
             <d:filnavn>{}</d:filnavn><d:mimeType>application/pdf</d:mimeType><d:base64>{}</d:base64></d:Fil></o:dokument>\
             <o:returnerFil>false</o:returnerFil>",
            escaped(title),
            escaped(file_name),
            STANDARD.encode(content)
        );
        self.update("NyDokument", &body)
    }

    /// Takes the case of a key on in its life cycle.
    #[must_use]
    pub fn move_case(&self, key: &str, status: &str) -> GeoCall {
        let body = format!(
            "<o:saksstatuskode><c:kodeverdi>{}</c:kodeverdi></o:saksstatuskode>{}",
            escaped(status),
            self.case_key("o:saksnokkel", key)
        );
        self.update("OppdaterMappeStatus", &body)
    }

    /// Signs the entry of a key off as taken note of.
    #[must_use]
    pub fn sign_off(&self, key: &str) -> GeoCall {
        let body = format!(
            "<o:avskrivning><k:liste><k:avskrivningsmaate><c:kodeverdi>TE</c:kodeverdi></k:avskrivningsmaate></k:liste></o:avskrivning>{}",
            self.entry_key("o:journalnokkel", key)
        );
        self.update("NyAvskrivning", &body)
    }

    /// Looks for the case of a key.
    #[must_use]
    pub fn find_case(&self, key: &str) -> GeoCall {
        self.ask("FinnSaksmapperGittNoekkel", &self.case_key("o:nokkel", key))
    }

    /// Looks for the entry of a key.
    #[must_use]
    pub fn find_entry(&self, key: &str) -> GeoCall {
        self.ask("FinnJournalposterGittNoekkel", &self.entry_key("o:nokkel", key))
    }

    /// Looks for the entries of a case, by its number.
    #[must_use]
    pub fn find_entries(&self, year: u16, sequence: u32) -> GeoCall {
        let body = format!(
            "<o:nokkel xsi:type=\"f:Saksnummer\"><f:saksaar>{year}</f:saksaar><f:sakssekvensnummer>{sequence}</f:sakssekvensnummer></o:nokkel>"
        );
        self.ask("FinnJournalposterGittSaksmappeNoekkel", &body)
    }

    /// Looks for the documents of an entry, with their files.
    #[must_use]
    pub fn find_documents(&self, entry: &str) -> GeoCall {
        let body = format!("{}<o:returnerFil>true</o:returnerFil>", self.entry_key("o:journpostnokkel", entry));
        self.ask("FinnDokumenterGittJournalpostnoekkel", &body)
    }

    /// Asks for a code list.
    #[must_use]
    pub fn codes(&self, list: &str) -> GeoCall {
        self.ask("HentKodeliste", &format!("<o:kodelistenavn>{}</o:kodelistenavn>", escaped(list)))
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
        let named = |tag: &&str| {
            let name = tag.split(['>', ' ', '/']).next().unwrap_or_default();
            name.rsplit(':').next() == Some(element)
        };
        self.body.split('<').find(named)?.split_once('>').map(|(_, text)| text)
    }

    /// How often an element of this local name begins.
    #[must_use]
    pub fn count(&self, element: &str) -> usize {
        self.body
            .split('<')
            .filter(|tag| tag.split(['>', ' ', '/']).next().unwrap_or_default().rsplit(':').next() == Some(element))
            .filter(|tag| !tag.starts_with('/'))
            .count()
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

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
