//! Reads the multipart body of a sending as a stream: documents are hashed and looked at on the way, kept only up to a cap.

use std::{
    fs::File,
    io::{self, Read, Seek, Write},
    sync::{Arc, Mutex},
};

use axum::extract::{
    Multipart,
    multipart::{Field, MultipartError},
};
use bytes::Bytes;
use sakarkiv_cms::{CmsError, Limits, Stage, decrypt};
use sha2::{Digest, Sha256};

use crate::simulators::{
    gate::Refusal,
    keys,
    svarinn::{Content, hex},
};

/// The most the metadata part may hold.
const METADATA_LIMIT: usize = 1024 * 1024;
/// How much of the beginning and of the end of a file is looked at.
const WINDOW: usize = 64 * 1024;

/// A document as it came.
#[derive(Debug, Clone)]
pub(crate) struct Received {
    pub(crate) name: String,
    /// What was uploaded, decrypted when it was to be.
    pub(crate) facts: Facts,
    /// The upload was not the CMS message it was said to be.
    pub(crate) not_decrypted: bool,
}

/// What is known of the bytes of a document.
#[derive(Debug, Clone)]
pub(crate) struct Facts {
    pub(crate) size: u64,
    pub(crate) hash: String,
    pub(crate) is_pdf: bool,
    pub(crate) password_protected: bool,
    /// Pages, when they can be counted with certainty.
    pub(crate) pages: Option<i64>,
    /// The bytes, unless nobody needs them.
    pub(crate) content: Option<Content>,
    /// Not more bytes than are kept for inspection.
    pub(crate) inspectable: bool,
}

/// How documents are read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reading {
    pub(crate) encrypted: bool,
    /// Up to how many bytes a document is kept for inspection.
    pub(crate) keep: usize,
    /// The documents are handed on, so they are kept whole: up to so many bytes in memory, beyond on disk.
    pub(crate) forward: Option<usize>,
}

/// The first part: the metadata as text.
pub(crate) async fn metadata(form: &mut Multipart) -> Result<Bytes, Refusal> {
    let mut part = form.next_field().await.map_err(broken)?.ok_or_else(|| Refusal::bad("metadata mangler"))?;
    if file_name(&part).is_some() {
        return Err(Refusal::bad("første del må være metadata, uten filnavn"));
    }
    let media_type = part.content_type().unwrap_or("text/plain").to_ascii_lowercase();
    if !media_type.starts_with("text/") && !media_type.contains("json") {
        return Err(Refusal::bad("metadata må være JSON eller tekst"));
    }
    let mut text = Vec::new();
    while let Some(chunk) = part.chunk().await.map_err(broken)? {
        if text.len() + chunk.len() > METADATA_LIMIT {
            return Err(Refusal::bad("metadata er for stor"));
        }
        text.extend_from_slice(&chunk);
    }
    Ok(text.into())
}

/// The next document, if there is one more.
pub(crate) async fn document(form: &mut Multipart, reading: Reading) -> Result<Option<Received>, Refusal> {
    let Some(mut part) = form.next_field().await.map_err(broken)? else {
        return Ok(None);
    };
    let name = file_name(&part).ok_or_else(|| Refusal::bad("dokumentdelen har ikke filnavn"))?;
    let failed = |_| Refusal::new(http::StatusCode::INTERNAL_SERVER_ERROR, "dokumentet kan ikke lagres");
    if !reading.encrypted {
        let mut inspector = Inspector::new(reading);
        while let Some(chunk) = part.chunk().await.map_err(broken)? {
            inspector.write_all(&chunk).map_err(failed)?;
        }
        return Ok(Some(Received { name, facts: inspector.facts(), not_decrypted: false }));
    }
    let mut spool = tempfile::SpooledTempFile::new(METADATA_LIMIT);
    while let Some(chunk) = part.chunk().await.map_err(broken)? {
        spool.write_all(&chunk).map_err(failed)?;
    }
    spool.rewind().map_err(failed)?;
    match decrypt(&mut spool, &keys::svarut_keyring(), Inspector::new(reading), &Limits::default()) {
        Ok(opened) => Ok(Some(Received { name, facts: opened.content, not_decrypted: false })),
        Err(CmsError::Io(error)) => Err(failed(error)),
        Err(_) => {
            spool.rewind().map_err(failed)?;
            let mut inspector = Inspector::new(Reading { forward: None, ..reading });
            io::copy(&mut spool.take(u64::MAX), &mut inspector).map_err(failed)?;
            Ok(Some(Received { name, facts: inspector.facts(), not_decrypted: true }))
        }
    }
}

/// Reads the rest of a form and forgets it, so that a client still uploading gets its answer.
pub(crate) async fn drain(form: &mut Multipart) {
    while let Ok(Some(mut part)) = form.next_field().await {
        while let Ok(Some(_chunk)) = part.chunk().await {}
    }
}

fn broken(_: MultipartError) -> Refusal {
    Refusal::bad("multipart-innholdet er ugyldig eller avbrutt")
}

/// `filename*` (RFC 5987, UTF-8) before `filename`.
fn file_name(part: &Field<'_>) -> Option<String> {
    let disposition = part.headers().get(http::header::CONTENT_DISPOSITION).map(|value| value.as_bytes());
    let extended = disposition
        .and_then(|value| std::str::from_utf8(value).ok())
        .and_then(|value| value.split(';').find_map(|item| item.trim().strip_prefix("filename*=")))
        .and_then(|value| value.trim_matches('"').strip_prefix("UTF-8''").or(value.strip_prefix("utf-8''")))
        .and_then(percent_decoded);
    extended.or_else(|| part.file_name().map(str::to_owned))
}

fn percent_decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => {
                let digit = |byte: Option<u8>| char::from(byte?).to_digit(16);
                u8::try_from(digit(rest.next())? * 16 + digit(rest.next())?).ok()?
            }
            other => other,
        });
    }
    String::from_utf8(bytes).ok()
}

/// Looks at bytes as they pass.
struct Inspector {
    reading: Reading,
    hasher: Sha256,
    size: u64,
    head: Vec<u8>,
    tail: Vec<u8>,
    kept: Vec<u8>,
    spool: Option<File>,
}

impl Inspector {
    fn new(reading: Reading) -> Self {
        Self {
            reading,
            hasher: Sha256::new(),
            size: 0,
            head: Vec::new(),
            tail: Vec::new(),
            kept: Vec::new(),
            spool: None,
        }
    }

    fn keep(&mut self, bytes: &[u8]) -> io::Result<()> {
        if let Some(spool) = &mut self.spool {
            return spool.write_all(bytes);
        }
        let so_far = usize::try_from(self.size).unwrap_or(usize::MAX);
        let in_memory = self.reading.keep.max(self.reading.forward.unwrap_or_default());
        if so_far.saturating_add(bytes.len()) <= in_memory {
            self.kept.extend_from_slice(bytes);
        } else if self.reading.forward.is_some() {
            let mut file = tempfile::tempfile()?;
            file.write_all(&self.kept)?;
            file.write_all(bytes)?;
            self.spool = Some(file);
            self.kept = Vec::new();
        } else {
            self.kept = Vec::new();
        }
        Ok(())
    }

    fn facts(self) -> Facts {
        let is_pdf = self.head.starts_with(b"%PDF-");
        let password_protected = contains(&self.head, b"/Encrypt") || contains(&self.tail, b"/Encrypt");
        let whole = u64::try_from(self.head.len()).is_ok_and(|length| length == self.size);
        let pages = if whole { pages(&self.head) } else { None };
        let complete = u64::try_from(self.kept.len()).is_ok_and(|length| length == self.size);
        let content = match self.spool {
            Some(file) => Some(Content::Spooled(Arc::new(Mutex::new(file)))),
            None => complete.then(|| Content::Bytes(self.kept.into())),
        };
        let hash = hex(&self.hasher.finalize());
        let inspectable = usize::try_from(self.size).is_ok_and(|size| size <= self.reading.keep);
        Facts { size: self.size, hash, is_pdf, password_protected, pages, content, inspectable }
    }
}

impl Write for Inspector {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.keep(bytes)?;
        self.hasher.update(bytes);
        let room = WINDOW.saturating_sub(self.head.len());
        self.head.extend(bytes.iter().take(room));
        self.tail.extend_from_slice(bytes.get(bytes.len().saturating_sub(WINDOW)..).unwrap_or_default());
        let surplus = self.tail.len().saturating_sub(WINDOW);
        self.tail.drain(..surplus);
        self.size += u64::try_from(bytes.len()).unwrap_or(0);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Stage for Inspector {
    type Content = Facts;

    fn release(self) -> io::Result<Facts> {
        Ok(self.facts())
    }
}

fn contains(bytes: &[u8], pattern: &[u8]) -> bool {
    bytes.windows(pattern.len()).any(|window| window == pattern)
}

/// Pages of a plain PDF: its page objects. Nothing when there are none to see (they may be compressed).
fn pages(bytes: &[u8]) -> Option<i64> {
    let text = String::from_utf8_lossy(bytes).replace("/Type/Page", "/Type /Page");
    let found = text.split("/Type /Page").skip(1).filter(|rest| !rest.starts_with('s')).count();
    i64::try_from(found).ok().filter(|count| *count > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inspected(bytes: &[u8], keep: usize, forward: Option<usize>) -> Facts {
        let mut inspector = Inspector::new(Reading { encrypted: false, keep, forward });
        for chunk in bytes.chunks(7) {
            inspector.write_all(chunk).unwrap();
        }
        inspector.facts()
    }

    #[test]
    fn a_document_is_kept_as_far_as_it_is_needed_and_hashed_whatever_its_size() {
        let bytes = b"%PDF-1.7 et brev som er litt langt";
        let hash = hex(&Sha256::digest(bytes));
        for (keep, forward, inspectable, kept) in [
            (100, None, true, "memory"),
            (10, None, false, "nowhere"),
            (10, Some(100), false, "memory"),
            (10, Some(20), false, "disk"),
        ] {
            let facts = inspected(bytes, keep, forward);
            assert_eq!((&facts.hash, facts.inspectable), (&hash, inspectable));
            let place = match &facts.content {
                None => "nowhere",
                Some(Content::Spooled(_)) => "disk",
                Some(_) => "memory",
            };
            assert_eq!(place, kept, "{keep} {forward:?}");
            assert!(facts.content.is_none_or(|content| content.hash().unwrap().0 == hash));
        }
    }

    #[test]
    fn a_password_is_noticed_at_the_end_of_a_long_file() {
        let mut bytes = vec![b' '; 3 * WINDOW];
        bytes.splice(..5, *b"%PDF-");
        assert!(!inspected(&bytes, 0, None).password_protected);
        bytes.extend_from_slice(b"trailer << /Encrypt 5 0 R >>");
        let facts = inspected(&bytes, 0, None);
        assert!(facts.is_pdf && facts.password_protected && facts.pages.is_none());
    }

    #[test]
    fn pages_are_counted_where_they_can_be_seen() {
        assert_eq!(pages(b"/Type /Pages /Type /Page /Type/Page>>"), Some(2));
        assert_eq!(pages(b"/Type /ObjStm"), None);
    }

    #[test]
    fn extended_file_names_are_decoded() {
        assert_eq!(percent_decoded("bl%C3%A5b%C3%A6r.pdf").as_deref(), Some("blåbær.pdf"));
        assert_eq!(percent_decoded("%C3.pdf"), None);
        assert_eq!(percent_decoded("%4"), None);
    }
}
