//! The envelope of a call, and who makes it.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use http::{HeaderMap, header::AUTHORIZATION};
use sakarkiv_xml::{Element, Writer, fields::text};
use secrecy::SecretString;

use crate::{
    fault::Trouble,
    names::{Operation, SOAP_11, SOAP_12},
};

/// A call: what is asked, and by whom.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) operation: Operation,
    pub(crate) request: Element,
    pub(crate) login: Option<Login>,
}

/// What a caller says it is.
#[derive(Debug)]
pub(crate) struct Login {
    pub(crate) user: String,
    pub(crate) password: SecretString,
}

/// Whether an envelope is of SOAP 1.2. What cannot be read counts as 1.1, the one of the definition.
pub(crate) fn is_twelve(envelope: &Element) -> bool {
    envelope.namespace() == Some(SOAP_12)
}

impl Call {
    /// Reads a call. The login of the HTTP header counts before that of the envelope.
    pub(crate) fn read(headers: &HeaderMap, mut envelope: Element) -> Result<Self, Trouble> {
        if envelope.name() != "Envelope" || !matches!(envelope.namespace(), Some(SOAP_11 | SOAP_12)) {
            return Err(Trouble::Envelope);
        }
        let login = basic(headers).or_else(|| envelope.child("Header").and_then(token));
        let body = envelope.take_child("Body").ok_or(Trouble::Envelope)?;
        let [request] = <[Element; 1]>::try_from(body.into_children()).map_err(|_| Trouble::Envelope)?;
        let operation = Operation::read(request.name());
        let operation = operation.ok_or(Trouble::Unsupported { what: "an operation of this name" })?;
        Ok(Self { operation, request, login })
    }
}

/// An answer: the element of an operation, with its content.
pub(crate) fn envelope(operation: Operation, twelve: bool, content: impl FnOnce(&mut Writer)) -> String {
    let mut out = Writer::new();
    out.open("soap:Envelope", &[("xmlns:soap", if twelve { SOAP_12 } else { SOAP_11 })]);
    out.open("soap:Body", &[]);
    let name = format!("o:{}Response", operation.name());
    out.open(&name, &[("xmlns:o", operation.namespace())]);
    content(&mut out);
    out.finish()
}

fn basic(headers: &HeaderMap) -> Option<Login> {
    let value = headers.get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, encoded) = value.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (user, password) = decoded.split_once(':')?;
    Some(Login { user: user.to_owned(), password: password.into() })
}

/// A `UsernameToken` of WS-Security with its password as text. A digest of it would need the password itself to be kept.
fn token(header: &Element) -> Option<Login> {
    let token = header.child("Security")?.child("UsernameToken")?;
    let password = token.child("Password")?;
    if password.attribute("Type").is_some_and(|kind| kind.ends_with("#PasswordDigest")) {
        return None;
    }
    Some(Login { user: text(token, "Username")?.to_owned(), password: password.text().into() })
}
