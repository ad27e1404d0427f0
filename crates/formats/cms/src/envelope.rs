//! The head and tail of EnvelopedData (RFC 5652 section 6) and AuthEnvelopedData (RFC 5083), read from a stream.

use std::io::Read;

use crate::ber::{BerReader, Budget};
use crate::certificate::RecipientId;
use crate::cipher::{CipherParameters, ContentCipher};
use crate::der::{self, Der, Malformed, tag};
use crate::transport::TransportParameters;
use crate::{CmsError, Limits, oid};

/// Everything that stands before the ciphertext.
#[derive(Debug)]
pub(crate) struct Head {
    pub(crate) authenticated: bool,
    /// Recipients of any kind that were named.
    pub(crate) recipient_count: usize,
    /// Those that use key transport.
    pub(crate) recipients: Vec<KeyTransRecipient>,
    pub(crate) content_type: Vec<u8>,
    pub(crate) cipher: ContentCipher,
    pub(crate) parameters: CipherParameters,
}

/// A KeyTransRecipientInfo.
#[derive(Debug)]
pub(crate) struct KeyTransRecipient {
    pub(crate) id: RecipientId,
    pub(crate) transport: Result<TransportParameters, CmsError>,
    pub(crate) encrypted_key: Vec<u8>,
}

/// What stands after the ciphertext and takes part in authentication.
#[derive(Debug, Default)]
pub(crate) struct Tail {
    /// Authenticated attributes as a SET, empty if there are none.
    pub(crate) attributes: Vec<u8>,
    pub(crate) mac: Vec<u8>,
}

impl Head {
    /// Reads up to and including the content cipher; the reader then stands before the ciphertext.
    pub(crate) fn read<R: Read>(
        reader: &mut BerReader<R>,
        limits: &Limits,
        budget: &mut Budget,
    ) -> Result<Self, CmsError> {
        let authenticated = read_content_type(reader, budget)?;
        reader.enter(tag::context_constructed(0))?;
        reader.enter(tag::SEQUENCE)?;
        Der::new(&reader.element(budget)?).small().map_err(damaged)?;
        if reader.next_tag()? == Some(tag::context_constructed(0)) {
            // originatorInfo: certificates of the sender, of no use to us.
            reader.element(budget)?;
        }
        let mut recipient_count = 0;
        let mut recipients = Vec::new();
        reader.enter(tag::SET)?;
        while !reader.at_end()? {
            recipient_count += 1;
            if recipient_count > limits.recipients {
                return Err(CmsError::TooLarge { what: "recipients", limit: limits.recipients as u64 });
            }
            let info = reader.element(budget)?;
            if info.first() == Some(&tag::SEQUENCE) {
                recipients.push(recipient(&info).map_err(damaged)?);
            }
        }
        reader.leave()?;

        reader.enter(tag::SEQUENCE)?;
        let content_type = Der::new(&reader.element(budget)?).take(tag::OID).map_err(damaged)?.to_vec();
        let algorithm = reader.element(budget)?;
        let (cipher, parameters) = content_cipher(&algorithm, authenticated)?;
        if reader.at_end()? {
            return Err(CmsError::Unsupported { what: "message without its ciphertext", oid: "detached".to_owned() });
        }
        Ok(Self { authenticated, recipient_count, recipients, content_type, cipher, parameters })
    }
}

impl Tail {
    /// Reads from behind the ciphertext to the very end of the source.
    pub(crate) fn read<R: Read>(reader: &mut BerReader<R>, head: &Head, budget: &mut Budget) -> Result<Self, CmsError> {
        let mut tail = Self::default();
        reader.leave()?;
        if head.authenticated {
            if reader.next_tag()? == Some(tag::context_constructed(1)) {
                let attributes = reader.element(budget)?;
                let set = Der::new(&attributes).any().map_err(damaged)?.contents;
                // The tag counts as that of a plain SET when it is authenticated (RFC 5083 section 2.2).
                tail.attributes = der::element(tag::SET, &[set]);
            }
            tail.mac = Der::new(&reader.element(budget)?).take(tag::OCTET_STRING).map_err(damaged)?.to_vec();
        }
        let unprotected = tag::context_constructed(if head.authenticated { 2 } else { 1 });
        if reader.next_tag()? == Some(unprotected) {
            reader.element(budget)?;
        }
        reader.leave()?;
        reader.leave()?;
        reader.leave()?;
        if reader.at_end()? { Ok(tail) } else { Err(CmsError::Damaged) }
    }
}

/// Reads the beginning of the ContentInfo. Tells whether the authenticated kind follows.
fn read_content_type<R: Read>(reader: &mut BerReader<R>, budget: &mut Budget) -> Result<bool, CmsError> {
    let name = reader
        .enter(tag::SEQUENCE)
        .and_then(|()| reader.element(budget))
        .map_err(|error| if matches!(error, CmsError::Io(_)) { error } else { CmsError::NotCms })?;
    match Der::new(&name).take(tag::OID) {
        Ok(name) if name == oid::ENVELOPED_DATA => Ok(false),
        Ok(name) if name == oid::AUTH_ENVELOPED_DATA => Ok(true),
        Ok(name) if name.starts_with(oid::PKCS_ARC) => {
            Err(CmsError::Unsupported { what: "kind of CMS message", oid: oid::dotted(name) })
        }
        _ => Err(CmsError::NotCms),
    }
}

fn recipient(info: &[u8]) -> Result<KeyTransRecipient, Malformed> {
    let mut fields = Der::new(info).inside(tag::SEQUENCE)?;
    fields.small()?;
    let id = match fields.any()? {
        id if id.tag == tag::SEQUENCE => {
            let mut id = Der::new(id.contents);
            let issuer = id.element(tag::SEQUENCE)?.raw.to_vec();
            RecipientId::IssuerAndSerial { issuer, serial: id.take(tag::INTEGER)?.to_vec() }
        }
        id if id.tag == tag::context(0) => RecipientId::SubjectKeyId(id.contents.to_vec()),
        // Some writers tag explicitly.
        id if id.tag == tag::context_constructed(0) => {
            RecipientId::SubjectKeyId(Der::new(id.contents).take(tag::OCTET_STRING)?.to_vec())
        }
        _ => return Err(Malformed),
    };
    let transport = TransportParameters::parse(fields.element(tag::SEQUENCE)?.raw);
    let encrypted_key = fields.take(tag::OCTET_STRING)?.to_vec();
    fields.finish()?;
    Ok(KeyTransRecipient { id, transport, encrypted_key })
}

fn content_cipher(algorithm: &[u8], authenticated: bool) -> Result<(ContentCipher, CipherParameters), CmsError> {
    let mut fields = Der::new(algorithm).inside(tag::SEQUENCE).map_err(damaged)?;
    let name = fields.take(tag::OID).map_err(damaged)?;
    let unsupported = |what| CmsError::Unsupported { what, oid: oid::dotted(name) };
    let cipher = ContentCipher::from_oid(name).ok_or_else(|| unsupported("content cipher"))?;
    if cipher.is_authenticated() != authenticated {
        return Err(unsupported("content cipher in this kind of message"));
    }
    let parameters =
        CipherParameters::parse(cipher, fields).map_err(|_| unsupported("parameters of content cipher"))?;
    Ok((cipher, parameters))
}

fn damaged(_: Malformed) -> CmsError {
    CmsError::Damaged
}
