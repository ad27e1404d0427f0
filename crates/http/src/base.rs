use std::{fmt::Write as _, net::IpAddr, str::FromStr};

use http::Uri;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Where a service is: scheme, host and a path that all its endpoints lie under, without a slash at the end.
///
/// `https` only, but for `http` to this very machine (`localhost`, `127.0.0.0/8`, `[::1]`), which is how simulators are
/// reached. The JSON form is the text.
///
/// ```
/// use sakarkiv_http::BaseUrl;
///
/// let base: BaseUrl = "https://test.svarut.ks.no/api/".parse()?;
/// let uri = base.endpoint(&["v2", "kontoer", "å/b"], &[("eksternRef", "sak 1")])?;
/// assert_eq!(uri.to_string(), "https://test.svarut.ks.no/api/v2/kontoer/%C3%A5%2Fb?eksternRef=sak%201");
/// assert!("http://svarut.ks.no/api".parse::<BaseUrl>().is_err());
/// # Ok::<(), sakarkiv_http::BaseUrlError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct BaseUrl {
    origin: String,
    path: String,
}

/// A text that is not a base address, or a link that leads away from it. Shows nothing of the link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum BaseUrlError {
    /// Not an absolute address.
    #[error("a base address is `https://`, a host and a path, without user, query or fragment")]
    Malformed,
    /// Unencrypted, and not this machine.
    #[error("a base address must begin with `https://`; `http://` is for loopback addresses only")]
    Unencrypted,
    /// A link to another host.
    #[error("the link leads to another host than the configured one; credentials are not sent there")]
    OtherHost,
    /// The parts make no address.
    #[error("the parts make no valid address")]
    Parts,
}

impl BaseUrl {
    /// The address of an endpoint: each segment and each query part is percent-encoded, so that no content can change the
    /// shape of the address.
    ///
    /// # Errors
    /// [`BaseUrlError::Parts`] when the whole is too long for an address, or a segment is `.` or `..`.
    pub fn endpoint(&self, segments: &[&str], query: &[(&str, &str)]) -> Result<Uri, BaseUrlError> {
        let mut text = format!("{}{}", self.origin, self.path);
        for segment in segments {
            if matches!(*segment, "." | "..") {
                return Err(BaseUrlError::Parts);
            }
            text.push('/');
            encode_into(&mut text, segment);
        }
        for (n, (name, value)) in query.iter().enumerate() {
            text.push(if n == 0 { '?' } else { '&' });
            encode_into(&mut text, name);
            text.push('=');
            encode_into(&mut text, value);
        }
        text.parse().map_err(|_| BaseUrlError::Parts)
    }

    /// The address of a link that the service gave us: an absolute one on the same scheme, host and port, or a path on that
    /// host. Anything else is refused **before** credentials are sent to it.
    ///
    /// # Errors
    /// [`BaseUrlError::OtherHost`]; [`BaseUrlError::Malformed`] for what is no link.
    pub fn resolve(&self, link: &str) -> Result<Uri, BaseUrlError> {
        let link = link.trim();
        if link.is_empty() || link.contains(|c: char| c.is_control() || c.is_whitespace() || c == '\\') {
            return Err(BaseUrlError::Malformed);
        }
        if link.starts_with("//") {
            return Err(BaseUrlError::OtherHost);
        }
        if link.starts_with('/') {
            return format!("{}{link}", self.origin).parse().map_err(|_| BaseUrlError::Malformed);
        }
        let first_segment = link.split('/').next().unwrap_or_default();
        if !first_segment.contains(':') {
            return format!("{}{}/{link}", self.origin, self.path).parse().map_err(|_| BaseUrlError::Malformed);
        }
        let uri = Uri::from_str(link).map_err(|_| BaseUrlError::Malformed)?;
        if origin_of(&uri)? == self.origin { Ok(uri) } else { Err(BaseUrlError::OtherHost) }
    }

    /// Scheme, host and port.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Another path on the same host, for services that spread over several.
    #[must_use]
    pub fn with_path(&self, path: &str) -> Self {
        Self { origin: self.origin.clone(), path: trimmed_path(path) }
    }
}

impl FromStr for BaseUrl {
    type Err = BaseUrlError;
    fn from_str(text: &str) -> Result<Self, BaseUrlError> {
        let text = text.trim();
        if text.contains('#') {
            return Err(BaseUrlError::Malformed);
        }
        let uri = Uri::from_str(text).map_err(|_| BaseUrlError::Malformed)?;
        if uri.query().is_some() {
            return Err(BaseUrlError::Malformed);
        }
        Ok(Self { origin: origin_of(&uri)?, path: trimmed_path(uri.path()) })
    }
}

impl TryFrom<String> for BaseUrl {
    type Error = BaseUrlError;
    fn try_from(text: String) -> Result<Self, BaseUrlError> {
        text.parse()
    }
}

impl From<BaseUrl> for String {
    fn from(base: BaseUrl) -> Self {
        format!("{}{}", base.origin, base.path)
    }
}

/// Whether a host is this very machine.
pub(crate) fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost") || bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

fn origin_of(uri: &Uri) -> Result<String, BaseUrlError> {
    let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
        return Err(BaseUrlError::Malformed);
    };
    if authority.as_str().contains('@') || authority.host().is_empty() {
        return Err(BaseUrlError::Malformed);
    }
    let encrypted = scheme.eq_ignore_ascii_case("https");
    let own_machine = scheme.eq_ignore_ascii_case("http") && is_loopback(authority.host());
    if !(encrypted || own_machine) {
        return Err(BaseUrlError::Unencrypted);
    }
    let usual = if encrypted { 443 } else { 80 };
    let port = authority.port_u16().filter(|port| *port != usual).map(|port| format!(":{port}")).unwrap_or_default();
    let host = authority.host().to_ascii_lowercase();
    Ok(format!("{}://{host}{port}", scheme.to_ascii_lowercase()))
}

fn trimmed_path(path: &str) -> String {
    let path = path.trim_matches('/');
    if path.is_empty() { String::new() } else { format!("/{path}") }
}

fn encode_into(text: &mut String, part: &str) {
    for byte in part.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            text.push(char::from(byte));
        } else {
            let _ = write!(text, "%{byte:02X}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn base(text: &str) -> BaseUrl {
        text.parse().unwrap()
    }

    #[test]
    fn only_encrypted_addresses_or_this_machine_are_taken() {
        for good in ["https://svarut.ks.no/api", "http://127.0.0.1:8080", "http://localhost/x", "http://[::1]:9/"] {
            assert!(good.parse::<BaseUrl>().is_ok(), "{good}");
        }
        for (bad, why) in [
            ("http://svarut.ks.no", BaseUrlError::Unencrypted),
            ("http://127.0.0.1.evil.example", BaseUrlError::Unencrypted),
            ("ftp://localhost", BaseUrlError::Unencrypted),
            ("/api", BaseUrlError::Malformed),
            ("svarut.ks.no", BaseUrlError::Malformed),
            ("https://user:word@svarut.ks.no", BaseUrlError::Malformed),
            ("https://svarut.ks.no/api?x=1", BaseUrlError::Malformed),
            ("https://svarut.ks.no/api#x", BaseUrlError::Malformed),
            ("", BaseUrlError::Malformed),
        ] {
            assert_eq!(bad.parse::<BaseUrl>(), Err(why), "{bad}");
        }
    }

    #[test]
    fn links_are_followed_on_the_configured_host_only() {
        let base = base("https://test.svarut.ks.no/tjenester");
        for (link, uri) in [
            ("https://test.svarut.ks.no/a/b?c=d", "https://test.svarut.ks.no/a/b?c=d"),
            ("HTTPS://TEST.svarut.ks.no:443/a", "https://test.svarut.ks.no:443/a"),
            ("/svarinn/forsendelse/1", "https://test.svarut.ks.no/svarinn/forsendelse/1"),
            ("svarinn/forsendelse/1", "https://test.svarut.ks.no/tjenester/svarinn/forsendelse/1"),
        ] {
            assert_eq!(base.resolve(link).unwrap().to_string().to_ascii_lowercase(), uri, "{link}");
        }
        for link in [
            "https://evil.example/a",
            "//evil.example/a",
            "http://test.svarut.ks.no/a",
            "https://test.svarut.ks.no:8443/a",
            "https://test.svarut.ks.no@evil.example/a",
            "https://test.svarut.ks.no.evil.example/a",
            "/\\evil.example/a",
            "https:\\\\evil.example",
            "",
            "a b",
        ] {
            assert!(base.resolve(link).is_err(), "{link}");
        }
    }

    #[test]
    fn content_cannot_change_the_shape_of_an_address() {
        let base = base("https://h.example/");
        assert_eq!(base.endpoint(&["a?b#c/../d"], &[]).unwrap().to_string(), "https://h.example/a%3Fb%23c%2F..%2Fd");
        assert_eq!(
            base.endpoint(&["x"], &[("q", "1&admin=true"), ("r", "ø+")]).unwrap().to_string(),
            "https://h.example/x?q=1%26admin%3Dtrue&r=%C3%B8%2B"
        );
        assert_eq!(base.endpoint(&[".."], &[]), Err(BaseUrlError::Parts));
    }

    #[test]
    fn the_json_form_is_the_text() {
        let base = base("https://Svarut.ks.no/api/");
        assert_eq!(serde_json::to_string(&base).unwrap(), "\"https://svarut.ks.no/api\"");
        assert!(serde_json::from_str::<BaseUrl>("\"svarut\"").is_err());
    }
}
