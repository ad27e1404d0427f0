use std::{
    fmt,
    io::{self, BufRead, Read as _},
    str::FromStr,
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::{Checkpoint, CheckpointSigner, Origin, SignError, VerifierKey, origin::is_name};

/// A signed note (c2sp.org/signed-note): a text and signatures. This one carries a checkpoint, which [`open`](Self::open)
/// gives only after a signature was verified.
///
/// Text and JSON form: the note as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Note {
    text: String,
    signatures: Vec<Signature>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Signature {
    name: String,
    /// Key id, four bytes, and what the key's algorithm made.
    bytes: Vec<u8>,
}

/// A note that is not to be trusted.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum NoteError {
    /// It is longer than [`Note::MAX_BYTES`] or has more signatures than [`Note::MAX_SIGNATURES`].
    #[error("the note is longer or has more signatures than is sensible")]
    TooLarge,
    /// It is no signed note.
    #[error("the text is not a signed note: {0}")]
    Malformed(&'static str),
    /// None of the keys signed it.
    #[error("the note is signed by none of the keys given: give the key of the archive")]
    NoKnownKey,
    /// The signature of a key does not hold: text or signature was changed.
    #[error("the signature by the key {name:?} does not hold")]
    BadSignature {
        /// The key's name.
        name: String,
    },
    /// It is signed, but no checkpoint.
    #[error("the signed note is not a checkpoint of a log: {0}")]
    NotCheckpoint(&'static str),
}

impl Note {
    /// The longest note that is read, in bytes.
    pub const MAX_BYTES: usize = 128 * 1024;
    /// The most signatures that are read.
    pub const MAX_SIGNATURES: usize = 64;
    /// The line that ends each note in a file of several.
    pub const END: &str = "--\n";

    /// Reads a note. That says nothing of who wrote it.
    ///
    /// # Errors
    /// [`NoteError::TooLarge`], [`NoteError::Malformed`].
    pub fn parse(note: &str) -> Result<Self, NoteError> {
        if note.len() > Self::MAX_BYTES {
            return Err(NoteError::TooLarge);
        }
        if note.bytes().any(|byte| byte < 0x20 && byte != b'\n') {
            return Err(NoteError::Malformed("it has control characters"));
        }
        let (text, signatures) =
            note.rsplit_once("\n\n").ok_or(NoteError::Malformed("no empty line before the signatures"))?;
        let signatures =
            signatures.strip_suffix('\n').ok_or(NoteError::Malformed("the last line is cut short"))?.split('\n');
        let signatures: Vec<Signature> = signatures
            .take(Self::MAX_SIGNATURES + 1)
            .map(|line| Signature::parse(line).ok_or(NoteError::Malformed("a signature line is not one")))
            .collect::<Result<_, _>>()?;
        if signatures.len() > Self::MAX_SIGNATURES {
            return Err(NoteError::TooLarge);
        }
        Ok(Self { text: format!("{text}\n"), signatures })
    }

    /// Reads the next note of a file, which holds either one note as it stands or several, each ended by the line
    /// [`END`](Self::END); nothing when there are no more. What stands there and is no note, cut off while it was written for
    /// example, is told as such and spoils none of the others.
    ///
    /// ```
    /// use sakarkiv_audit::{Checkpoint, Ed25519Signer, Frontier, Note, Origin};
    /// use sakarkiv_core::{audit::LogClass, identity::TenantId};
    ///
    /// let origin = Origin::new("arkiv.example.no", TenantId::new("bodo")?, LogClass::Security)?;
    /// let note = Checkpoint::of(origin, &Frontier::new()).sign(&Ed25519Signer::from_seed("arkiv.example.no", &[7; 32])?)?;
    /// let file = format!("{note}{}cut off\n{}{note}", Note::END, Note::END);
    ///
    /// let mut file = file.as_bytes();
    /// assert_eq!(Note::read_next(&mut file)?, Some(Ok(note.clone())));
    /// assert!(matches!(Note::read_next(&mut file)?, Some(Err(_))));
    /// assert_eq!(Note::read_next(&mut file)?, Some(Ok(note)));
    /// assert_eq!(Note::read_next(&mut file)?, None);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn read_next(file: &mut impl BufRead) -> io::Result<Option<Result<Self, NoteError>>> {
        let (mut piece, mut begins_line) = (Vec::new(), true);
        loop {
            let before = piece.len();
            let read = file.by_ref().take(Self::MAX_BYTES as u64).read_until(b'\n', &mut piece)?;
            let ended = begins_line && piece.get(before..) == Some(Self::END.as_bytes());
            if ended || read == 0 {
                piece.truncate(before);
                if piece.iter().any(|byte| *byte != b'\n') {
                    return Ok(Some(Self::of_bytes(&piece)));
                }
                if read == 0 {
                    return Ok(None);
                }
                piece.clear();
            }
            begins_line = ended || piece.ends_with(b"\n");
            // One byte more than a note can have says enough.
            piece.truncate(Self::MAX_BYTES + 1);
        }
    }

    /// Whether it says that it is of a log. Nobody vouches for that before the note is [opened](Self::open).
    #[must_use]
    pub fn is_said_of(&self, origin: &Origin) -> bool {
        self.text.split_once('\n').is_some_and(|(first, _)| first == origin.as_str())
    }

    /// The checkpoint, if one of the keys signed it. Signatures by other keys are passed over.
    ///
    /// # Errors
    /// [`NoteError::BadSignature`] when one of the keys' signatures does not hold, even if another does;
    /// [`NoteError::NoKnownKey`]; [`NoteError::NotCheckpoint`].
    pub fn open(&self, keys: &[VerifierKey]) -> Result<Checkpoint, NoteError> {
        let mut signed = false;
        for signature in &self.signatures {
            let Some((id, bytes)) = signature.bytes.split_first_chunk::<4>() else { continue };
            let id = u32::from_be_bytes(*id);
            let Some(key) = keys.iter().find(|key| key.name() == signature.name && key.id() == id) else { continue };
            if !key.verifies(self.text.as_bytes(), bytes) {
                return Err(NoteError::BadSignature { name: signature.name.clone() });
            }
            signed = true;
        }
        if signed { Checkpoint::parse(&self.text) } else { Err(NoteError::NoKnownKey) }
    }

    /// Adds a signature: of a new key beside the old one, or of a witness. The note is the same text then.
    ///
    /// # Errors
    /// [`SignError`] when the key cannot be used, or the note would become larger than any reader takes.
    pub fn add_signature(&mut self, signer: &dyn CheckpointSigner) -> Result<(), SignError> {
        if self.signatures.len() == Self::MAX_SIGNATURES {
            return Err(SignError::new("the note has as many signatures as it can have"));
        }
        let mut bytes = signer.key().id().to_be_bytes().to_vec();
        bytes.extend(signer.sign(self.text.as_bytes())?);
        self.signatures.push(Signature { name: signer.key().name().to_owned(), bytes });
        Ok(())
    }

    fn of_bytes(note: &[u8]) -> Result<Self, NoteError> {
        if note.len() > Self::MAX_BYTES {
            return Err(NoteError::TooLarge);
        }
        Self::parse(std::str::from_utf8(note).map_err(|_| NoteError::Malformed("it is not text"))?)
    }

    pub(super) const fn unsigned(text: String) -> Self {
        Self { text, signatures: Vec::new() }
    }
}

impl Signature {
    fn parse(line: &str) -> Option<Self> {
        let (name, bytes) = line.strip_prefix("— ")?.split_once(' ')?;
        let bytes = STANDARD.decode(bytes).ok()?;
        (is_name(name) && bytes.len() > 4).then(|| Self { name: name.to_owned(), bytes })
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.text)?;
        self.signatures
            .iter()
            .try_for_each(|Signature { name, bytes }| writeln!(f, "— {name} {}", STANDARD.encode(bytes)))
    }
}

impl FromStr for Note {
    type Err = NoteError;
    fn from_str(note: &str) -> Result<Self, NoteError> {
        Self::parse(note)
    }
}

impl TryFrom<String> for Note {
    type Error = NoteError;
    fn try_from(note: String) -> Result<Self, NoteError> {
        Self::parse(&note)
    }
}

impl From<Note> for String {
    fn from(note: Note) -> Self {
        note.to_string()
    }
}
