//! One message: read, done at the desk, and what it is answered.

use std::collections::BTreeMap;

use bytes::Bytes;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use sakarkiv_core::{
    document::BlobRef,
    identity::{PartyId, SignOffId},
    intake::{CodeValue, ConsignmentKey, EntryName, FaultCode},
    journal::{EntryKind, JournalEntry, SignOff},
    ports::{ArchiveDesk, ArchiveError, Clock, OpenFile, PortError, PortErrorKind, SignOffWish},
};
use sakarkiv_xml::{Element, Limits, fields::within, parse};
use unicode_normalization::UnicodeNormalization as _;

use crate::{
    FiksArkivSettings, Incoming, MessageError, MessageKind, OutgoingFile,
    answer::{FaultKind, Hit, case_result, code_list, create_receipt, entry_result, file_receipt, search_result},
    change,
    message::{
        Create, FileOrder, Found, Reading, Search, SignOffOrder, UndoOrder, Update, asked_for_code_list,
        asked_for_file, case_name, entry_name, file_references, included, ungraded,
    },
    rendering,
    transport::FiksTransport,
};

/// What one message needs.
pub(crate) struct Handler<'a> {
    pub(crate) transport: &'a dyn FiksTransport,
    pub(crate) desk: &'a dyn ArchiveDesk,
    pub(crate) clock: &'a dyn Clock,
    pub(crate) settings: &'a FiksArkivSettings,
    pub(crate) message: &'a Incoming,
}

/// What a message is answered.
pub(crate) enum Reply {
    /// A message with its XML, or without any.
    Xml(MessageKind, Option<String>),
    /// A file of the archive.
    File(OpenFile),
    /// An error message.
    Fault(FaultKind, String),
    /// Nothing yet: the same may pass later.
    Later,
}

impl Reply {
    pub(crate) fn fault(kind: FaultKind, words: impl Into<String>) -> Self {
        Self::Fault(kind, words.into())
    }

    /// The kind and the files of the answer.
    pub(crate) fn into_message(self, fault: impl Fn(FaultKind, &str) -> String) -> (MessageKind, Vec<OutgoingFile>) {
        let (kind, xml) = match self {
            Self::File(open) => return (MessageKind::FileResult, vec![file_of_archive(open)]),
            Self::Xml(kind, xml) => (kind, xml),
            Self::Fault(kind, words) => (kind.kind(), Some(fault(kind, &words))),
            Self::Later => (MessageKind::ServerError, Some(fault(FaultKind::Server, "send it again later"))),
        };
        let name = kind.payload().unwrap_or("melding.xml").to_owned();
        let file = |xml: String| OutgoingFile { name, content: stream::iter([Ok(Bytes::from(xml))]).boxed() };
        let files = xml.map(file).into_iter().collect();
        (kind, files)
    }
}

/// Why a message is not done: it cannot be understood, or the archive did not do it, or the transport failed.
enum Trouble {
    Message(MessageError),
    Archive(ArchiveError),
    Transport(PortError),
}

impl From<MessageError> for Trouble {
    fn from(error: MessageError) -> Self {
        Self::Message(error)
    }
}

impl From<ArchiveError> for Trouble {
    fn from(error: ArchiveError) -> Self {
        Self::Archive(error)
    }
}

impl Handler<'_> {
    /// Does what the message asks.
    ///
    /// # Errors
    /// Those of the transport alone; all else is an answer.
    pub(crate) async fn reply(&self) -> Result<Reply, PortError> {
        match self.done().await {
            Ok(reply) => Ok(reply),
            Err(Trouble::Transport(error)) if error.kind() == PortErrorKind::Rejected => {
                Ok(Reply::fault(FaultKind::Invalid, "a file of the message cannot be read: send it again whole"))
            }
            Err(Trouble::Transport(error)) => Err(error),
            Err(Trouble::Message(error)) => Ok(Reply::fault(FaultKind::Invalid, error.to_string())),
            Err(Trouble::Archive(error)) => Ok(refusal(&error)),
        }
    }

    async fn done(&self) -> Result<Reply, Trouble> {
        match &self.message.kind {
            MessageKind::Create => self.create().await,
            MessageKind::Update => self.update().await,
            MessageKind::SignOff => self.sign_off().await,
            MessageKind::GetCase => self.case().await,
            MessageKind::GetEntry => self.entry().await,
            MessageKind::Search => self.search().await,
            MessageKind::GetCodeList => self.codes().await,
            MessageKind::UndoSignOff => self.undo_sign_off().await,
            MessageKind::AddFile => self.add_file().await,
            MessageKind::GetFile => self.file().await,
            _ => Err(MessageError::Unsupported { what: "a message of this kind" }.into()),
        }
    }

    async fn create(&self) -> Result<Reply, Trouble> {
        let root = self.xml("arkivmelding").await?;
        ungraded(&root)?;
        let files = self.stage(&file_references(&root)).await?;
        let key = ConsignmentKey::new(&self.message.id.to_string());
        let key = key.map_err(|_| MessageError::Unsupported { what: "a message of this id" })?;
        let create = Create::read(&root, &Reading { source: self.desk.source(), key, files: &files })?;
        let receipt = self.desk.hand_in(&create.consignment).await?;
        Ok(Reply::Xml(MessageKind::CreateReceipt, Some(create_receipt(&create, &receipt))))
    }

    async fn update(&self) -> Result<Reply, Trouble> {
        let update = Update::read(&self.xml("arkivmeldingOppdatering").await?)?;
        change::apply(self.desk, self.message.id, update).await?;
        Ok(Reply::Xml(MessageKind::UpdateReceipt, None))
    }

    async fn sign_off(&self) -> Result<Reply, Trouble> {
        let order = SignOffOrder::read(&self.xml("nyAvskrivning").await?)?;
        let entry = self.desk.entry(&order.entry).await?;
        let answered_by = match &order.answered_by {
            Some(name) => Some(self.desk.entry(name).await?.id()),
            None => None,
        };
        let party = settled_part(&entry, order.party);
        let again = |done: &SignOff| done.how() == order.how && done.party() == party;
        if !entry.sign_offs().iter().any(again) {
            self.desk.sign_off(entry.id(), SignOffWish { how: order.how, answered_by, party }).await?;
        }
        Ok(Reply::Xml(MessageKind::SignOffReceipt, None))
    }

    /// What is taken back already is done: a message that comes again gets the answer it got.
    async fn undo_sign_off(&self) -> Result<Reply, Trouble> {
        let order = UndoOrder::read(&self.xml("slettAvskrivning").await?)?;
        let entry = self.desk.entry(&order.entry).await?;
        let party = settled_part(&entry, order.party);
        let is_there = match party {
            Some(id) => entry.parties().iter().any(|party| party.id() == id),
            None => entry.sign_offs().iter().all(|done| done.party().is_none()),
        };
        if !is_there {
            return Err(ArchiveError::NotFound { what: "party" }.into());
        }
        let mut meant = entry.sign_offs().iter().filter(|done| done.party() == party);
        match (meant.next(), meant.next()) {
            (Some(_), Some(_)) => {
                return Err(MessageError::Unsupported { what: "taking one of several sign-offs back" }.into());
            }
            (Some(one), None) => self.desk.undo_sign_off(entry.id(), SignOffId::of(entry.id(), one)).await?,
            (None, _) => {}
        }
        Ok(Reply::Xml(MessageKind::UndoSignOffReceipt, None))
    }

    async fn add_file(&self) -> Result<Reply, Trouble> {
        let root = self.xml("dokumentobjektOpprett").await?;
        ungraded(&root)?;
        let order = FileOrder::read(&root)?;
        let entry = self.desk.entry(&EntryName::Document(order.document.into())).await?;
        let files = self.stage(&[order.reference]).await?;
        let blob = files.get(order.reference).ok_or(MessageError::FileMissing { number: 1 })?;
        let file = (order.number, order.facts(blob)?);
        let (id, stored) = rendering::add(self.desk, &entry, order.document, file, self.clock.now()).await?;
        Ok(Reply::Xml(MessageKind::AddFileReceipt, Some(file_receipt(id, &stored))))
    }

    async fn file(&self) -> Result<Reply, Trouble> {
        let [file, document] = asked_for_file(&self.xml("dokumentfilHent").await?)?;
        match self.desk.open(file).await {
            Err(ArchiveError::NotFound { .. }) => Ok(Reply::File(self.desk.open(document).await?)),
            open => Ok(Reply::File(open?)),
        }
    }

    async fn case(&self) -> Result<Reply, Trouble> {
        let root = self.xml("mappeHent").await?;
        let reference = within(&root, "referanseTilMappe").map_err(MessageError::from)?;
        let case = self.desk.case(&case_name(reference)?).await?;
        Ok(Reply::Xml(MessageKind::CaseResult, Some(case_result(&case, included(&root).contains("klasse")))))
    }

    async fn entry(&self) -> Result<Reply, Trouble> {
        let root = self.xml("registreringHent").await?;
        let reference = within(&root, "referanseTilRegistrering").map_err(MessageError::from)?;
        let entry = self.desk.entry(&entry_name(reference)?).await?;
        Ok(Reply::Xml(MessageKind::EntryResult, Some(entry_result(&entry, &included(&root)))))
    }

    async fn search(&self) -> Result<Reply, Trouble> {
        let search = Search::read(&self.xml("sok").await?)?;
        let hits = self.hits(&search).await?;
        let count = hits.len();
        let shown: Vec<Hit> = hits.into_iter().skip(search.skip).take(search.take).collect();
        let (kind, xml) = search_result(&search, &shown, count);
        Ok(Reply::Xml(kind, Some(xml)))
    }

    /// What a search finds, as far as its answer needs it or it is counted. Finding nothing is an answer, not an error.
    async fn hits(&self, search: &Search) -> Result<Vec<Hit>, Trouble> {
        let wanted = search.skip.saturating_add(search.take).clamp(MAX_COUNTED, MAX_HITS);
        let found = match &search.found {
            Found::Case(name) => self.desk.case(name).await.map(|case| vec![Hit::Case(Box::new(case))]),
            Found::Cases(filter) => {
                let cases = self.desk.cases(filter, None, wanted).await;
                cases.map(|cases| cases.into_iter().map(|case| Hit::Case(Box::new(case))).collect())
            }
            Found::Entry(name) => self.desk.entry(name).await.map(|entry| vec![Hit::Entry(Box::new(entry))]),
            Found::EntriesOf(number) => {
                let case = self.desk.case(&sakarkiv_core::intake::CaseName::Number(*number)).await;
                match case {
                    Ok(case) => {
                        let entries = self.desk.entries(case.id()).await;
                        entries.map(|entries| entries.into_iter().map(|entry| Hit::Entry(Box::new(entry))).collect())
                    }
                    Err(error) => Err(error),
                }
            }
        };
        match found {
            Err(ArchiveError::NotFound { .. }) => Ok(Vec::new()),
            found => Ok(found?),
        }
    }

    async fn codes(&self) -> Result<Reply, Trouble> {
        let list = asked_for_code_list(&self.xml("HentKodeliste").await?)?;
        let values: Vec<CodeValue> = self.desk.codes(list).await?;
        if values.is_empty() {
            return Err(ArchiveError::NotFound { what: "code list" }.into());
        }
        Ok(Reply::Xml(MessageKind::CodeListResult, Some(code_list(&values))))
    }

    /// The XML of the message: the file with this root element, whatever its name. The usual name is tried first.
    async fn xml(&self, root: &'static str) -> Result<Element, Trouble> {
        let usual = self.message.kind.payload().unwrap_or_default();
        let mut names: Vec<&String> = self
            .message
            .files
            .iter()
            .filter(|name| name.to_lowercase().ends_with(".xml"))
            .take(MAX_XML_FILES)
            .collect();
        names.sort_by_key(|name| *name != usual);
        let mut first_trouble = None;
        let limits = Limits::default().with_bytes(self.settings.max_message);
        for name in names {
            match parse(&self.read(name).await?, &limits) {
                Ok(element) if element.name() == root => return Ok(element),
                Ok(_) => {}
                Err(error) => first_trouble = first_trouble.or(Some(error)),
            }
        }
        Err(first_trouble.map_or(MessageError::Root { root }, MessageError::Xml).into())
    }

    /// A file in memory, at most one byte longer than a message may be.
    async fn read(&self, name: &str) -> Result<Vec<u8>, Trouble> {
        let mut content = self.transport.open(self.message.id, name).await.map_err(Trouble::Transport)?;
        let mut bytes = Vec::new();
        while let Some(chunk) = content.try_next().await.map_err(Trouble::Transport)? {
            bytes.extend_from_slice(&chunk);
            if bytes.len() > self.settings.max_message {
                break;
            }
        }
        Ok(bytes)
    }

    /// Puts the files that the message refers to into the archive, each once.
    async fn stage(&self, references: &[&str]) -> Result<BTreeMap<String, BlobRef>, Trouble> {
        let mut files = BTreeMap::new();
        for (number, reference) in (1..).zip(references) {
            if files.contains_key(*reference) {
                continue;
            }
            let normal: String = reference.nfc().collect();
            let name = self.message.files.iter().find(|name| *name == reference || name.nfc().eq(normal.chars()));
            let name = name.ok_or(MessageError::FileMissing { number })?;
            let content = self.transport.open(self.message.id, name).await.map_err(Trouble::Transport)?;
            let blob = self.desk.put(content, self.settings.max_file).await?;
            files.insert((*reference).to_owned(), blob);
        }
        Ok(files)
    }
}

/// A file as it is sent. Where it breaks off, nothing was sent, and the same may pass later.
fn file_of_archive(open: OpenFile) -> OutgoingFile {
    let broken = |error: PortError| {
        PortError::new(PortErrorKind::Transient, "fiks.send", "a file of the archive cannot be read whole")
            .with_source(error)
    };
    OutgoingFile { name: open.version.file_name.as_str().to_owned(), content: open.content.map_err(broken).boxed() }
}

/// Whose part of an entry a sign-off is about. Only internal entries are signed off party by party; elsewhere the id, which
/// the schema requires, says nothing more.
fn settled_part(entry: &JournalEntry, named: Option<PartyId>) -> Option<PartyId> {
    named.filter(|_| entry.kind() == EntryKind::InternalFollowUp)
}

/// More XML files than this are not looked through for the message.
const MAX_XML_FILES: usize = 20;
/// Beyond what it shows, a search counts no further.
const MAX_COUNTED: usize = 1_000;
/// The most records that are read for one search.
const MAX_HITS: usize = 10_000;

/// What the sender is told when the archive did not do it.
fn refusal(error: &ArchiveError) -> Reply {
    match error {
        error if error.may_pass() => Reply::Later,
        ArchiveError::NotFound { .. } => Reply::fault(FaultKind::NotFound, error.to_string()),
        ArchiveError::Internal => Reply::fault(FaultKind::Server, error.to_string()),
        // The case that an entry goes to: it may come after the case has been opened.
        ArchiveError::Rejected(rejection) if rejection.has(FaultCode::UnknownCase) => {
            Reply::fault(FaultKind::NotFound, error.to_string())
        }
        ArchiveError::Rejected(rejection) if rejection.may_pass() => Reply::fault(FaultKind::Server, error.to_string()),
        _ => Reply::fault(FaultKind::Invalid, error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;
    use sakarkiv_core::{
        document::{DocumentVersion, FileFormat, FileName, MediaType, Variant},
        identity::{ActorId, Timestamp},
    };

    use super::*;

    #[test]
    fn a_file_that_breaks_off_may_pass_later_whatever_broke_it() {
        let version = DocumentVersion {
            number: 1,
            variant: Variant::Production,
            format: FileFormat::unknown(),
            media_type: MediaType::pdf(),
            file_name: FileName::sanitize("brev.pdf"),
            content: BlobRef::of(b"12"),
            created: Timestamp::UNIX_EPOCH,
            created_by: ActorId::new("u1").unwrap(),
        };
        let broken = PortError::new(PortErrorKind::Rejected, "blobs.open", "the disk is away");
        let content = stream::iter([Ok(Bytes::from_static(b"1")), Err(broken)]).boxed();
        let sent = file_of_archive(OpenFile { version, content });
        assert_eq!(sent.name, "brev.pdf");
        let all: Result<Vec<Bytes>, PortError> = sent.content.try_collect().now_or_never().unwrap();
        assert_eq!(all.unwrap_err().kind(), PortErrorKind::Transient);
    }
}
