//! Packs a mail the way SvarInn hands it out: documents in a ZIP archive, the archive in a CMS message, made piece by piece
//! while it is read, so that a mail of gigabytes needs no memory.

use std::{
    io::{self, Read, Write},
    sync::{Arc, Mutex, PoisonError},
};

use bytes::Bytes;
use sakarkiv_cms::{EncryptOptions, Encryptor, Recipient};
use zip::{
    ZipWriter,
    write::{SimpleFileOptions, StreamWriter},
};

use super::mail::{Mail, MailFile, Package};
use crate::simulators::keys;

const PIECE: usize = 64 * 1024;

/// What the download of a mail is made of.
pub(crate) struct Parcel {
    /// Type of the decrypted content.
    pub(crate) media_type: String,
    /// Name of the decrypted content.
    pub(crate) name: String,
    /// The bytes.
    pub(crate) pieces: Box<dyn Iterator<Item = io::Result<Bytes>> + Send>,
}

/// Packs and encrypts for the system's certificates.
pub(crate) fn pack(mail: &Mail, recipients: &[Recipient]) -> io::Result<Parcel> {
    let bare = mail.files.first().filter(|_| mail.package == Package::Bare);
    let plain: Box<dyn Iterator<Item = io::Result<Bytes>> + Send> = match bare {
        Some(file) => Box::new(Pieces(file.content.reader()?)),
        None => Box::new(Archive::new(entries(mail))),
    };
    let stranger = [stranger()?];
    let pieces: Box<dyn Iterator<Item = io::Result<Bytes>> + Send> = match mail.package {
        Package::Plain => plain,
        Package::WrongKey => Box::new(Sealed::new(plain, &stranger)?),
        Package::CutShort => Box::new(CutShort::new(Sealed::new(plain, recipients)?)),
        _ => Box::new(Sealed::new(plain, recipients)?),
    };
    Ok(Parcel {
        media_type: bare.map_or("application/zip", |file| file.media_type.as_str()).to_owned(),
        name: bare.map_or("forsendelse.zip", |file| file.name.as_str()).to_owned(),
        pieces,
    })
}

/// The documents as they stand in the archive, spoilt as the mail wants.
fn entries(mail: &Mail) -> Vec<MailFile> {
    let mut files = mail.files.clone();
    match mail.package {
        Package::OtherBytes => {
            for file in &mut files {
                file.content = Bytes::from_static(b"%PDF-1.7 noe annet").into();
            }
        }
        Package::FileMissing => {
            files.pop();
        }
        Package::FileTooMany => files.push(MailFile::pdf("ukjent.pdf", "%PDF-1.7 ukjent")),
        Package::ClimbingNames => {
            for file in &mut files {
                file.name = format!("../../{}", file.name);
            }
        }
        _ => {}
    }
    files
}

fn stranger() -> io::Result<Recipient> {
    Recipient::from_certificate(keys::stranger().certificate_der()).map_err(io::Error::other)
}

/// A reader in pieces.
struct Pieces(Box<dyn Read + Send>);

impl Iterator for Pieces {
    type Item = io::Result<Bytes>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut piece = vec![0; PIECE];
        match self.0.read(&mut piece) {
            Ok(0) => None,
            Ok(read) => {
                piece.truncate(read);
                Some(Ok(piece.into()))
            }
            Err(error) => Some(Err(error)),
        }
    }
}

/// Collects what the archive writer writes until it is fetched.
#[derive(Clone, Default)]
struct Sink(Arc<Mutex<Vec<u8>>>);

impl Sink {
    fn take(&self) -> Bytes {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner)).into()
    }
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A ZIP archive in the making.
struct Archive {
    writer: Option<ZipWriter<StreamWriter<Sink>>>,
    sink: Sink,
    files: std::vec::IntoIter<MailFile>,
    current: Option<Pieces>,
}

impl Archive {
    fn new(files: Vec<MailFile>) -> Self {
        let sink = Sink::default();
        let writer = Some(ZipWriter::new_stream(sink.clone()));
        Self { writer, sink, files: files.into_iter(), current: None }
    }

    /// Writes one more piece. Nothing: the archive was complete already.
    fn step(&mut self) -> Option<io::Result<()>> {
        let writer = self.writer.as_mut()?;
        if let Some(pieces) = &mut self.current {
            match pieces.next() {
                Some(piece) => return Some(piece.and_then(|piece| writer.write_all(&piece))),
                None => self.current = None,
            }
        }
        if let Some(file) = self.files.next() {
            let options = SimpleFileOptions::default().large_file(true);
            let started = writer.start_file(file.name, options).map_err(io::Error::other);
            return Some(started.and_then(|()| {
                self.current = Some(Pieces(file.content.reader()?));
                Ok(())
            }));
        }
        let finished = self.writer.take()?.finish().map_err(io::Error::other);
        Some(finished.map(|_sink| ()))
    }
}

impl Iterator for Archive {
    type Item = io::Result<Bytes>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let step = self.step();
            if let Some(Err(error)) = step {
                self.writer = None;
                return Some(Err(error));
            }
            let piece = self.sink.take();
            if !piece.is_empty() {
                return Some(Ok(piece));
            }
            step?.ok()?;
        }
    }
}

/// A CMS message in the making, as KS writes it: indefinite lengths, ciphertext in pieces of 1000 bytes.
struct Sealed<I> {
    plain: I,
    encryptor: Option<Encryptor>,
}

impl<I> Sealed<I> {
    fn new(plain: I, recipients: &[Recipient]) -> io::Result<Self> {
        let encryptor = Encryptor::new(recipients, &EncryptOptions::default()).map_err(io::Error::other)?;
        Ok(Self { plain, encryptor: Some(encryptor) })
    }
}

impl<I: Iterator<Item = io::Result<Bytes>>> Iterator for Sealed<I> {
    type Item = io::Result<Bytes>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut out = Vec::new();
        while out.is_empty() {
            let encryptor = self.encryptor.as_mut()?;
            let done = match self.plain.next() {
                Some(Ok(piece)) => encryptor.update(&piece, &mut out),
                Some(Err(error)) => return Some(Err(error)),
                None => self.encryptor.take()?.finish(&mut out),
            };
            if let Err(error) = done {
                return Some(Err(io::Error::other(error)));
            }
        }
        Some(Ok(out.into()))
    }
}

/// All but the last piece, and half of that.
struct CutShort<I: Iterator> {
    pieces: std::iter::Peekable<I>,
}

impl<I: Iterator> CutShort<I> {
    fn new(pieces: I) -> Self {
        Self { pieces: pieces.peekable() }
    }
}

impl<I: Iterator<Item = io::Result<Bytes>>> Iterator for CutShort<I> {
    type Item = io::Result<Bytes>;

    fn next(&mut self) -> Option<Self::Item> {
        let piece = self.pieces.next()?;
        if self.pieces.peek().is_some() {
            return Some(piece);
        }
        Some(piece.map(|piece| piece.slice(..piece.len() / 2)))
    }
}
