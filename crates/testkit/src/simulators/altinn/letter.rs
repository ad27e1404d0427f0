//! A correspondence, its attachments, and what became of them.

use std::{
    fs::File,
    io::{self, Read, Write},
    sync::{Arc, Mutex},
};

use md5::{Digest, Md5};
use sakarkiv_core::identity::Timestamp;
use uuid::Uuid;

use super::{request::Base, settings::Holder};
use crate::simulators::svarinn::{Content, hex};

/// What has happened to a correspondence. Numbered as the service numbers them, which decides what it calls its status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the service's own words, explained by the interface")]
pub enum MessageStatus {
    Initialized = 0,
    ReadyForPublish = 1,
    Published = 2,
    Fetched = 3,
    Read = 4,
    Replied = 5,
    Confirmed = 6,
    PurgedByRecipient = 7,
    PurgedByAltinn = 8,
    Archived = 9,
    Reserved = 10,
    Failed = 11,
    AttachmentsDownloaded = 12,
    Forwarded = 13,
}

impl MessageStatus {
    /// Every status, by number.
    pub const ALL: [Self; 14] = [
        Self::Initialized,
        Self::ReadyForPublish,
        Self::Published,
        Self::Fetched,
        Self::Read,
        Self::Replied,
        Self::Confirmed,
        Self::PurgedByRecipient,
        Self::PurgedByAltinn,
        Self::Archived,
        Self::Reserved,
        Self::Failed,
        Self::AttachmentsDownloaded,
        Self::Forwarded,
    ];

    /// The service's word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Initialized => "Initialized",
            Self::ReadyForPublish => "ReadyForPublish",
            Self::Published => "Published",
            Self::Fetched => "Fetched",
            Self::Read => "Read",
            Self::Replied => "Replied",
            Self::Confirmed => "Confirmed",
            Self::PurgedByRecipient => "PurgedByRecipient",
            Self::PurgedByAltinn => "PurgedByAltinn",
            Self::Archived => "Archived",
            Self::Reserved => "Reserved",
            Self::Failed => "Failed",
            Self::AttachmentsDownloaded => "AttachmentsDownloaded",
            Self::Forwarded => "Forwarded",
        }
    }

    /// Deleted for good.
    #[must_use]
    pub const fn is_purged(self) -> bool {
        matches!(self, Self::PurgedByRecipient | Self::PurgedByAltinn)
    }

    /// Whether a recipient sees a message whose highest status this is.
    pub(crate) const fn is_visible(self) -> bool {
        !matches!(
            self,
            Self::Initialized | Self::ReadyForPublish | Self::PurgedByRecipient | Self::PurgedByAltinn | Self::Failed
        )
    }
}

/// One thing that happened to a correspondence.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct StatusRecord {
    /// When.
    pub at: Timestamp,
    /// What.
    pub status: MessageStatus,
    /// In the service's words.
    pub text: String,
    /// Who did it, where somebody of the recipient's did.
    pub by: Option<Holder>,
}

/// What has happened to an attachment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the service's own words, explained by the interface")]
pub enum AttachmentStatus {
    Initialized,
    UploadProcessing,
    Published,
    Purged,
    Failed,
    Expired,
}

impl AttachmentStatus {
    /// The service's word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Initialized => "Initialized",
            Self::UploadProcessing => "UploadProcessing",
            Self::Published => "Published",
            Self::Purged => "Purged",
            Self::Failed => "Failed",
            Self::Expired => "Expired",
        }
    }
}

/// A correspondence to one recipient.
#[derive(Debug, Clone)]
pub(crate) struct Letter {
    pub(crate) id: Uuid,
    pub(crate) resource: String,
    /// Who called; the sender that the service shows is the resource's owner.
    pub(crate) caller: String,
    pub(crate) owner: String,
    pub(crate) recipient: String,
    pub(crate) base: Arc<Base>,
    pub(crate) publish_time: Timestamp,
    pub(crate) created: Timestamp,
    pub(crate) key: Option<Uuid>,
    pub(crate) attachments: Vec<Uuid>,
    pub(crate) history: Vec<StatusRecord>,
    pub(crate) dialog: Option<Uuid>,
    /// Belongs to a dialog that existed before.
    pub(crate) transmission: bool,
    /// A confirmation that was answered but has no effect yet.
    pub(crate) confirming: bool,
    pub(crate) forwarded_to: Vec<String>,
}

impl Letter {
    pub(crate) fn enter(&mut self, at: Timestamp, status: MessageStatus, text: impl Into<String>, by: Option<Holder>) {
        self.history.push(StatusRecord { at, status, text: text.into(), by });
    }

    /// What the service calls its status: the highest number, `Fetched` left out, not the latest.
    pub(crate) fn standing(&self) -> (MessageStatus, Timestamp, String) {
        self.standing_at(Timestamp::MAX_UTC)
    }

    /// The same as it was at a moment.
    pub(crate) fn standing_at(&self, at: Timestamp) -> (MessageStatus, Timestamp, String) {
        let seen = self.history.iter().filter(|event| event.status != MessageStatus::Fetched && event.at <= at);
        let highest = seen.max_by_key(|event| (event.status, event.at));
        highest.map_or((MessageStatus::Initialized, self.created, String::new()), |event| {
            (event.status, event.at, event.text.clone())
        })
    }

    pub(crate) fn status(&self) -> MessageStatus {
        self.standing().0
    }

    pub(crate) fn first(&self, status: MessageStatus) -> Option<Timestamp> {
        self.history.iter().find(|event| event.status == status).map(|event| event.at)
    }

    pub(crate) fn has(&self, status: MessageStatus) -> bool {
        self.first(status).is_some()
    }

    pub(crate) fn is_purged(&self) -> bool {
        self.history.iter().any(|event| event.status.is_purged())
    }

    /// Can still be published.
    pub(crate) fn waits(&self) -> bool {
        !self.has(MessageStatus::Published) && !self.has(MessageStatus::Failed) && !self.is_purged()
    }

    pub(crate) fn title(&self) -> &str {
        self.content_text(|content| content.message_title.as_deref())
    }

    pub(crate) fn content_text<'a>(
        &'a self,
        pick: impl FnOnce(&'a super::request::Content) -> Option<&'a str>,
    ) -> &'a str {
        self.base.content.as_ref().and_then(pick).unwrap_or_default()
    }
}

/// An attachment, bound to one correspondence, shared by several, or not used yet.
#[derive(Debug, Clone)]
pub(crate) struct Attachment {
    pub(crate) id: Uuid,
    pub(crate) resource: String,
    pub(crate) owner: String,
    pub(crate) file_name: String,
    pub(crate) display_name: Option<String>,
    pub(crate) senders_reference: String,
    pub(crate) encrypted: bool,
    pub(crate) checksum: Option<String>,
    pub(crate) expiration_days: Option<i64>,
    pub(crate) expires: Option<Timestamp>,
    pub(crate) created: Timestamp,
    pub(crate) history: Vec<(Timestamp, AttachmentStatus, String)>,
    pub(crate) stored: Option<Stored>,
    pub(crate) letters: Vec<Uuid>,
}

impl Attachment {
    pub(crate) fn enter(&mut self, at: Timestamp, status: AttachmentStatus, text: impl Into<String>) {
        self.history.push((at, status, text.into()));
    }

    pub(crate) fn standing(&self) -> (Timestamp, AttachmentStatus, &str) {
        self.history.last().map_or((self.created, AttachmentStatus::Initialized, ""), |(at, status, text)| {
            (*at, *status, text.as_str())
        })
    }

    pub(crate) fn status(&self) -> AttachmentStatus {
        self.standing().1
    }
}

/// The bytes of a file, with what was learnt as they passed.
#[derive(Debug, Clone)]
pub(crate) struct Stored {
    pub(crate) size: u64,
    /// MD5 in lower-case hexadecimal.
    pub(crate) checksum: String,
    pub(crate) content: Content,
}

impl Stored {
    /// Whether the bytes are found in it. A file is read in pieces, so that its size does not matter.
    pub(crate) fn contains(&self, needle: &[u8]) -> bool {
        let Ok(mut reader) = self.content.reader() else { return false };
        let mut window: Vec<u8> = Vec::new();
        let mut buffer = vec![0; 64 * 1024];
        while let Ok(read @ 1..) = reader.read(&mut buffer) {
            window.extend_from_slice(buffer.get(..read).unwrap_or_default());
            if contains(&window, needle) {
                return true;
            }
            let surplus = window.len().saturating_sub(needle.len());
            window.drain(..surplus);
        }
        false
    }
}

pub(crate) fn contains(bytes: &[u8], needle: &[u8]) -> bool {
    !needle.is_empty() && bytes.windows(needle.len()).any(|window| window == needle)
}

/// Takes a file in as a stream: hashed on the way, in memory up to a cap, on disk beyond.
#[derive(Debug)]
pub(crate) struct Intake {
    keep: usize,
    size: u64,
    hasher: Md5,
    memory: Vec<u8>,
    spool: Option<File>,
}

impl Intake {
    pub(crate) fn new(keep: usize) -> Self {
        Self { keep, size: 0, hasher: Md5::new(), memory: Vec::new(), spool: None }
    }

    pub(crate) fn push(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.hasher.update(bytes);
        self.size += u64::try_from(bytes.len()).unwrap_or(0);
        if let Some(spool) = &mut self.spool {
            return spool.write_all(bytes);
        }
        self.memory.extend_from_slice(bytes);
        if self.memory.len() > self.keep {
            let mut spool = tempfile::tempfile()?;
            spool.write_all(&self.memory)?;
            self.memory = Vec::new();
            self.spool = Some(spool);
        }
        Ok(())
    }

    pub(crate) const fn size(&self) -> u64 {
        self.size
    }

    pub(crate) fn finish(self) -> Stored {
        let content = match self.spool {
            Some(file) => Content::Spooled(Arc::new(Mutex::new(file))),
            None => Content::Bytes(self.memory.into()),
        };
        Stored { size: self.size, checksum: hex(&self.hasher.finalize()), content }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_hashed_and_found_again_wherever_it_lies() {
        for keep in [4, 1000] {
            let mut intake = Intake::new(keep);
            for piece in b"et langt brev med hemmelig innhold".chunks(3) {
                intake.push(piece).unwrap();
            }
            let stored = intake.finish();
            assert_eq!(matches!(stored.content, Content::Spooled(_)), keep == 4);
            assert_eq!(stored.size, 34);
            assert_eq!(stored.checksum, hex(&Md5::digest(b"et langt brev med hemmelig innhold")));
            assert!(stored.contains(b"hemmelig") && !stored.contains(b"ukjent") && !stored.contains(b""));
        }
    }
}
