//! From an encrypted download to documents that have been proved to be what the list told of.

use std::{
    fs::File,
    io::{self, BufReader, BufWriter, Read, Seek},
    path::Path,
    sync::{Arc, Mutex},
};

use sakarkiv_cms::{CmsError, Decrypted, Keyring, Limits, Spool, decrypt};
use sakarkiv_core::document::{FileName, MediaType};
use sha2::{Digest, Sha256};
use thiserror::Error;

use super::{
    ContentLimits,
    archive::{Archive, Piece},
    disposition::Declared,
    matching,
    shipment::FileData,
    spool,
};

/// Why an item cannot be opened. Names no file, title or person.
#[derive(Debug, Error)]
pub(super) enum Fault {
    /// The item itself is at fault; fetching it again brings the same.
    #[error("{0}")]
    Broken(String),
    /// It is encrypted for somebody else, or for a key that was taken out too early.
    #[error("no key of ours opens it: add the private key that belongs to the certificate registered at SvarInn")]
    NoKey,
    /// Something broke under way; worth another try.
    #[error("{0}")]
    Interrupted(&'static str),
    /// The spool folder is missing, full or not ours.
    #[error("the spool folder cannot be used: {0}")]
    Spool(#[source] io::Error),
}

/// All documents of an item, in one file, in the order of the list: the main document first.
pub(super) struct Contents {
    pub(super) file: Arc<Mutex<File>>,
    pub(super) documents: Vec<Document>,
    pub(super) remarks: Vec<String>,
}

/// A document whose bytes have been compared with what the list told of them, as far as it told anything.
pub(super) struct Document {
    pub(super) piece: Piece,
    pub(super) name: FileName,
    pub(super) media_type: MediaType,
    pub(super) sensitive: bool,
}

/// What is needed to open a download.
pub(super) struct Opener {
    pub(super) keyring: Arc<Keyring>,
    pub(super) limits: ContentLimits,
    pub(super) folder: Option<std::path::PathBuf>,
    pub(super) declared: Declared,
    pub(super) files: Vec<FileData>,
}

impl Opener {
    /// Decrypts, unpacks and checks. Blocking. Nothing is handed out before the last byte of everything was good.
    pub(super) fn open(&self, encrypted: File) -> Result<Contents, Fault> {
        let folder = self.folder.as_deref();
        let stage = folder.map_or_else(Spool::new, Spool::in_folder).map_err(Fault::Spool)?;
        let limits = Limits::default().with_message_bytes(self.limits.download_bytes);
        let Decrypted { content, bytes, .. } =
            decrypt(BufReader::new(encrypted), &self.keyring, stage, &limits).map_err(cannot_decrypt)?;
        self.open_plain(content, bytes, folder)
    }

    fn open_plain(&self, mut content: File, bytes: u64, folder: Option<&Path>) -> Result<Contents, Fault> {
        match self.form(&mut content, bytes)? {
            Form::Nothing => self.contents(content, &[], vec!["it has no content at all".to_owned()]),
            Form::Single(piece) => self.contents(content, &[piece], Vec::new()),
            Form::Archive => self.unpack(content, bytes, folder),
        }
    }

    /// What the plaintext is, from its first bytes. Office documents are ZIP archives themselves, so a document that came
    /// without an archive around it is known by its hash.
    fn form(&self, content: &mut File, bytes: u64) -> Result<Form, Fault> {
        let only = if let [only] = self.files.as_slice() { Some(only) } else { None };
        let start = start_of(content).map_err(Fault::Spool)?;
        if bytes == 0 && self.files.is_empty() {
            return Ok(Form::Nothing);
        }
        if start.starts_with(b"PK\x03\x04") || start.starts_with(b"PK\x05\x06") {
            let hash = only.and_then(|file| sha256_of(file.hash.as_deref()));
            return match hash {
                Some(hash) => {
                    let piece = whole(content, bytes).map_err(Fault::Spool)?;
                    Ok(if piece.hash == hash { Form::Single(piece) } else { Form::Archive })
                }
                None => Ok(Form::Archive),
            };
        }
        let Some(only) = only else {
            return Err(Fault::Broken(
                "the content is no archive, but the list does not tell of one document".to_owned(),
            ));
        };
        if start.starts_with(b"%PDF") || (!self.declared.is_archive() && self.is_plausible(only)) {
            if bytes > self.limits.file_bytes.min(self.limits.total_bytes) {
                let limit = self.limits.file_bytes;
                return Err(Fault::Broken(format!("the document is larger than the limit of {limit} bytes")));
            }
            return Ok(Form::Single(whole(content, bytes).map_err(Fault::Spool)?));
        }
        Err(Fault::Broken("the content is neither an archive nor the document that the list tells of".to_owned()))
    }

    /// Whether unknown bytes may be the one document: its hash will tell, or the download declares the same as the list.
    fn is_plausible(&self, file: &FileData) -> bool {
        let same = |told: &Option<String>, declared: &Option<String>| {
            told.as_ref().zip(declared.as_ref()).is_some_and(|(told, declared)| told.eq_ignore_ascii_case(declared))
        };
        sha256_of(file.hash.as_deref()).is_some()
            || same(&file.media_type, &self.declared.media_type)
            || same(&file.name, &self.declared.file_name)
    }

    fn unpack(&self, content: File, bytes: u64, folder: Option<&Path>) -> Result<Contents, Fault> {
        let archive = Archive::open(content, bytes, &self.limits)?;
        let mut remarks = Vec::new();
        if archive.folders() > 0 {
            remarks.push(format!("the archive has {} folder(s), which were passed over", archive.folders()));
        }
        if archive.names().is_empty() && self.files.is_empty() {
            remarks.push("its archive is empty".to_owned());
        }
        let order = matching::order(archive.names(), &self.files, &mut remarks)?;
        let mut documents = spool::new_file(folder)?;
        let pieces = archive.unpack(BufWriter::new(&mut documents), &self.limits)?;
        let ordered = order.iter().filter_map(|place| pieces.get(*place).copied()).collect::<Vec<_>>();
        self.contents(documents, &ordered, remarks)
    }

    fn contents(&self, file: File, pieces: &[Piece], mut remarks: Vec<String>) -> Result<Contents, Fault> {
        let mut documents = Vec::with_capacity(pieces.len());
        for (n, (piece, told)) in pieces.iter().zip(&self.files).enumerate() {
            check(n + 1, piece, told)?;
            let document = self.document(*piece, told, &documents);
            documents.push(document);
        }
        remarks.extend(self.unproved(documents.len()));
        Ok(Contents { file: Arc::new(Mutex::new(file)), documents, remarks })
    }

    /// Names that are the same once they are safe (`a/brev.pdf`, `b/brev.pdf`) are numbered.
    fn document(&self, piece: Piece, told: &FileData, before: &[Document]) -> Document {
        let alone = self.files.len() == 1;
        let declared_name = self.declared.file_name.clone().filter(|_| alone && !self.declared.is_archive());
        let name = told.name.clone().or(declared_name).unwrap_or_else(|| "dokument".to_owned());
        let safe = FileName::sanitize(&name);
        let is_taken = |name: &FileName| {
            before.iter().any(|other| other.name.as_str().to_lowercase() == name.as_str().to_lowercase())
        };
        let numbered = || (2..).map(|n| safe.numbered(n)).find(|name| !is_taken(name));
        let name = if is_taken(&safe) { numbered().unwrap_or_else(|| safe.clone()) } else { safe };
        let by_name = || name.extension().map_or_else(MediaType::unknown, MediaType::of_extension);
        let media_type = told.media_type.as_deref().map_or_else(by_name, MediaType::sanitize);
        Document { piece, name, media_type, sensitive: told.sensitive }
    }

    /// What could not be proved because the list does not tell: seen in old data, and 0 for an unknown size is usual.
    fn unproved(&self, documents: usize) -> Vec<String> {
        let without_hash = self.files.iter().filter(|file| sha256_of(file.hash.as_deref()).is_none()).count();
        let without_size = self.files.iter().filter(|file| file.size.is_none()).count();
        [(without_hash, "SHA-256"), (without_size, "size")]
            .into_iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, what)| format!("the list gives no {what} for {count} of {documents} document(s)"))
            .collect()
    }
}

enum Form {
    Archive,
    Single(Piece),
    Nothing,
}

/// Size and hash against what the list told; numbers from 1, in the order of the list.
fn check(number: usize, piece: &Piece, told: &FileData) -> Result<(), Fault> {
    if sha256_of(told.hash.as_deref()).is_some_and(|hash| hash != piece.hash) {
        return Err(Fault::Broken(format!("document {number} does not have the SHA-256 that the list gives")));
    }
    if told.size.is_some_and(|size| size != piece.length) {
        return Err(Fault::Broken(format!("document {number} does not have the size that the list gives")));
    }
    Ok(())
}

/// A SHA-256 in hexadecimal, of either case. Anything else is as good as none.
fn sha256_of(text: Option<&str>) -> Option<[u8; 32]> {
    let digits = text?.chars().map(|c| c.to_digit(16)).collect::<Option<Vec<_>>>()?;
    let mut bytes = [0; 32];
    if digits.len() != bytes.len() * 2 {
        return None;
    }
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = u8::try_from(pair.iter().fold(0, |value, digit| value * 16 + digit)).ok()?;
    }
    Some(bytes)
}

fn start_of(content: &mut File) -> io::Result<Vec<u8>> {
    content.rewind()?;
    let mut start = Vec::with_capacity(4);
    content.by_ref().take(4).read_to_end(&mut start)?;
    content.rewind()?;
    Ok(start)
}

/// The whole file as one document.
fn whole(content: &mut File, bytes: u64) -> io::Result<Piece> {
    content.rewind()?;
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let count = content.read(&mut buffer)?;
        if count == 0 {
            break;
        }
        hasher.update(buffer.get(..count).unwrap_or_default());
    }
    content.rewind()?;
    Ok(Piece { offset: 0, length: bytes, hash: hasher.finalize().into() })
}

fn cannot_decrypt(error: CmsError) -> Fault {
    match error {
        CmsError::NotForUs { .. } => Fault::NoKey,
        CmsError::Io(error) => Fault::Spool(error),
        other => Fault::Broken(other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use proptest::prelude::*;

    use super::*;

    fn opened(plain: &[u8], files: Vec<FileData>) -> Result<Contents, Fault> {
        let opener = Opener {
            keyring: Arc::default(),
            limits: ContentLimits::default(),
            folder: None,
            declared: Declared::default(),
            files,
        };
        let mut file = spool::new_file(None)?;
        file.write_all(plain).map_err(Fault::Spool)?;
        opener.open_plain(file, plain.len() as u64, None)
    }

    #[test]
    fn only_a_whole_hexadecimal_hash_counts() {
        let hash = "00ff".repeat(16);
        assert_eq!(sha256_of(Some(&hash)).map(|bytes| bytes[1]), Some(255));
        assert_eq!(sha256_of(Some(&hash.to_uppercase())), sha256_of(Some(&hash)));
        for none in ["", "00", &"0g".repeat(32), &"0".repeat(65)] {
            assert_eq!(sha256_of(Some(none)), None, "{none}");
        }
    }

    proptest! {
        #[test]
        fn any_plaintext_is_answered_and_never_panics(
            magic in proptest::sample::select(&MAGICS[..]),
            bytes in proptest::collection::vec(any::<u8>(), 0..300), files in 0_usize..3,
        ) {
            let plain = [magic, &bytes].concat();
            let file = FileData { name: Some("a.pdf".to_owned()), ..FileData::default() };
            let _ = opened(&plain, vec![file; files]);
        }
    }

    const MAGICS: [&[u8]; 4] = [b"", b"PK\x03\x04", b"PK\x05\x06", b"%PDF"];
}
