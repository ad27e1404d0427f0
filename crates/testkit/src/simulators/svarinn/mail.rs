use std::{
    fs::File,
    io::{self, Read, Seek},
    sync::{Arc, Mutex, PoisonError},
};

use bytes::Bytes;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// Mail to put into a simulated SvarInn.
///
/// ```
/// use sakarkiv_testkit::simulators::{Mail, MailFile, Sender};
///
/// let mail = Mail::new("Uttalelse til reguleringsplan", "312000342")
///     .sent_by(Sender::organisation("Prøvedal kommune", "314111222"))
///     .with_file(MailFile::pdf("uttalelse.pdf", "%PDF-1.7 uttalelse"));
/// assert_eq!(mail.files.len(), 1);
/// ```
#[derive(Debug, Clone)]
pub struct Mail {
    /// Its id; the simulator makes one when there is none.
    pub id: Option<Uuid>,
    /// Title.
    pub title: String,
    /// Who sent it.
    pub sender: Sender,
    /// Where answers go (svarSendesTil), if the sender says so.
    pub reply_to: Option<Sender>,
    /// The organisation number it is addressed to.
    pub recipient: String,
    /// The recipient's name.
    pub recipient_name: String,
    /// Documents, in order.
    pub files: Vec<MailFile>,
    /// The sender's reference (eksternRef).
    pub reference: Option<String>,
    /// What groups it with others (korrelasjonsid; V1 only).
    pub correlation: Option<String>,
    /// Message type (forsendelsestype).
    pub message_type: Option<String>,
    /// The system that sent it; `EDIALOG` for dialogue.
    pub sending_system: Option<String>,
    /// The shipment it answers (svarPaForsendelse).
    pub answers: Option<Uuid>,
    /// Security level 4 (HOYESTE).
    pub highest_level: bool,
    /// Confidential mail (taushetsbelagtPost).
    pub confidential: bool,
    /// The sender's own case data, with the member names of SvarUt v3 (`saksaar`, `journalpostnummer`, ...).
    pub sender_case: Map<String, Value>,
    /// What the sender knows of our case, the same way.
    pub our_case: Map<String, Value>,
    /// How the content is packed, or spoilt.
    pub package: Package,
    /// Odd but real forms of the list entry.
    pub oddities: Vec<Oddity>,
}

impl Mail {
    /// An ordinary letter without documents from `Prøvedal kommune` to an organisation number.
    #[must_use]
    pub fn new(title: impl Into<String>, recipient: impl Into<String>) -> Self {
        Self {
            id: None,
            title: title.into(),
            sender: Sender::organisation("Prøvedal kommune", "314111222"),
            reply_to: None,
            recipient: recipient.into(),
            recipient_name: "Eksempelvik kommune".to_owned(),
            files: Vec::new(),
            reference: None,
            correlation: None,
            message_type: None,
            sending_system: Some("Prøvesystem".to_owned()),
            answers: None,
            highest_level: false,
            confidential: false,
            sender_case: Map::new(),
            our_case: Map::new(),
            package: Package::Zip,
            oddities: Vec::new(),
        }
    }

    /// Something a citizen wrote through the dialogue form (eDialog): no sending organisation, and an answer goes to a
    /// national identity number.
    #[must_use]
    pub fn dialogue(title: impl Into<String>, recipient: impl Into<String>, sender: Sender) -> Self {
        let mut mail = Self::new(title, recipient);
        mail.sending_system = Some("EDIALOG".to_owned());
        mail.reply_to = Some(sender.clone());
        mail.sender = Sender { organisation: None, person: None, ..sender };
        mail
    }

    /// Another sender.
    #[must_use]
    pub fn sent_by(mut self, sender: Sender) -> Self {
        self.sender = sender;
        self
    }

    /// One more document.
    #[must_use]
    pub fn with_file(mut self, file: MailFile) -> Self {
        self.files.push(file);
        self
    }

    /// Another package.
    #[must_use]
    pub const fn packed(mut self, package: Package) -> Self {
        self.package = package;
        self
    }

    /// One more oddity.
    #[must_use]
    pub fn odd(mut self, oddity: Oddity) -> Self {
        self.oddities.push(oddity);
        self
    }
}

/// Who sent it, or who gets the answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sender {
    /// Name.
    pub name: String,
    /// Organisation number, never together with `person`.
    pub organisation: Option<String>,
    /// National identity number.
    pub person: Option<String>,
    /// First address line.
    pub address: String,
    /// Post code and place.
    pub place: (String, String),
}

impl Sender {
    /// An organisation.
    #[must_use]
    pub fn organisation(name: impl Into<String>, number: impl Into<String>) -> Self {
        Self { organisation: Some(number.into()), person: None, ..Self::named(name) }
    }

    /// A person.
    #[must_use]
    pub fn person(name: impl Into<String>, number: impl Into<String>) -> Self {
        Self { organisation: None, person: Some(number.into()), ..Self::named(name) }
    }

    fn named(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            organisation: None,
            person: None,
            address: "Postboks 10".to_owned(),
            place: ("5003".to_owned(), "Bergen".to_owned()),
        }
    }
}

/// A document of a mail.
#[derive(Debug, Clone)]
pub struct MailFile {
    /// File name.
    pub name: String,
    /// Declared media type.
    pub media_type: String,
    /// The bytes.
    pub content: Content,
}

impl MailFile {
    /// A PDF.
    #[must_use]
    pub fn pdf(name: impl Into<String>, content: impl Into<Bytes>) -> Self {
        Self { name: name.into(), media_type: "application/pdf".to_owned(), content: Content::Bytes(content.into()) }
    }

    /// Another kind of file.
    #[must_use]
    pub fn new(name: impl Into<String>, media_type: impl Into<String>, content: impl Into<Content>) -> Self {
        Self { name: name.into(), media_type: media_type.into(), content: content.into() }
    }
}

/// The bytes of a document, without necessarily having them in memory.
#[derive(Debug, Clone)]
pub enum Content {
    /// At hand.
    Bytes(Bytes),
    /// So many bytes of a repeatable pattern, made while they are read: for files of gigabytes.
    Generated(u64),
    /// In a temporary file.
    Spooled(Arc<Mutex<File>>),
}

impl<T: Into<Bytes>> From<T> for Content {
    fn from(bytes: T) -> Self {
        Self::Bytes(bytes.into())
    }
}

impl Content {
    /// A reader from the start.
    pub(crate) fn reader(&self) -> io::Result<Box<dyn Read + Send>> {
        Ok(match self {
            Self::Bytes(bytes) => Box::new(io::Cursor::new(bytes.clone())),
            Self::Generated(bytes) => Box::new(Pattern { at: 0 }.take(*bytes)),
            Self::Spooled(file) => {
                let mut copy = file.lock().unwrap_or_else(PoisonError::into_inner).try_clone()?;
                copy.rewind()?;
                Box::new(copy)
            }
        })
    }

    /// SHA-256 in lower-case hexadecimal, and the length in bytes.
    pub(crate) fn hash(&self) -> io::Result<(String, u64)> {
        let mut reader = self.reader()?;
        let (mut hasher, mut length) = (Sha256::new(), 0);
        let mut buffer = vec![0; 64 * 1024];
        loop {
            let read = reader.read(&mut buffer)?;
            let Some(piece) = buffer.get(..read).filter(|piece| !piece.is_empty()) else { break };
            hasher.update(piece);
            length += u64::try_from(read).unwrap_or(0);
        }
        Ok((hex(&hasher.finalize()), length))
    }
}

/// An endless file that begins like a PDF.
struct Pattern {
    at: u64,
}

impl Read for Pattern {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        const LINE: &[u8; 16] = b"%PDF-1.7 sidetal";
        for byte in buffer.iter_mut() {
            let position = usize::try_from(self.at % 16).unwrap_or_default();
            *byte = LINE.get(position).copied().unwrap_or(b' ');
            self.at += 1;
        }
        Ok(buffer.len())
    }
}

/// How the content of a mail is packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Package {
    /// A ZIP archive of all documents; an empty one (22 bytes) when there are none.
    #[default]
    Zip,
    /// The first document alone, not in an archive.
    Bare,
    /// Encrypted for a key nobody has.
    WrongKey,
    /// Not encrypted at all.
    Plain,
    /// The CMS message ends too early.
    CutShort,
    /// The documents are other bytes than their hashes say.
    OtherBytes,
    /// The last document is not in the archive.
    FileMissing,
    /// The archive has a file that the list does not name.
    FileTooMany,
    /// The names in the archive climb out of the folder (`../`).
    ClimbingNames,
}

/// Odd forms that real list entries have had, and worse.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Oddity {
    /// Numbers that are not known are null (V1).
    NullNumbers,
    /// Numbers that are not known are 0 (V1).
    ZeroNumbers,
    /// Numbers that are not known are -1 (V1).
    NegativeNumbers,
    /// The date lies before the year 1.
    AncientDate,
    /// The date is text where V1 has milliseconds.
    TextDate,
    /// File sizes are 0, which means unknown.
    UnknownSizes,
    /// File hashes and sizes are left out, as in old data.
    NoHashes,
    /// The download address is relative.
    RelativeLink,
    /// The download address points to another host.
    ForeignLink(String),
    /// Members nobody has heard of, at every level.
    UnknownMembers,
    /// An extra metadata entry has null for its key.
    NullMetadataKey,
    /// The organisation number of the reply address is an empty text (eDialog, V1).
    EmptyReplyOrganisation,
    /// Optional members are left out instead of null or empty.
    AbsentMembers,
    /// The list has the entry twice.
    ListedTwice,
    /// The list has this in place of the entry.
    Malformed(Value),
}

/// Lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
