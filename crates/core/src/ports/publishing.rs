use std::fmt::Debug;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use super::PortError;
use crate::{
    case::CaseNumber,
    identity::{EntryId, MeetingId, Timestamp},
    publication::{ClearedMeeting, ClearedRecord},
    screening::Private,
};

/// What a publisher can do, as plain data.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PublisherCapabilities {
    /// Whether document files can be published, not only their titles.
    pub documents: bool,
    /// How many entries one `published` call shows.
    pub page: usize,
}

impl PublisherCapabilities {
    /// A publisher of entries without files.
    #[must_use]
    pub const fn new(page: usize) -> Self {
        Self { documents: false, page }
    }
}

/// The published state of one entry as the other side has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Published {
    /// The entry.
    pub entry: EntryId,
    /// The other side's id.
    pub remote_id: String,
    /// The revision it holds; 0 when what it holds is not what was published.
    pub revision: u64,
    /// When it was last changed there.
    pub changed: Option<Timestamp>,
}

/// A public journal: eInnsyn, a journal page (R7).
///
/// The engine calls `publish` once for each change of a cleared entry, repeats it until it is `Ok`, and compares `published`
/// with its own state to find drift. Every call may be dropped at any await and is then repeated.
#[async_trait]
pub trait JournalPublisher: Debug + Send + Sync {
    /// What it can do.
    fn capabilities(&self) -> PublisherCapabilities;

    /// Publishes or updates an entry.
    ///
    /// *Behaviour*
    /// - Idempotent by entry and revision: repeating it gives the same, also after a lost answer.
    /// - An older revision than the newest one that was published, tried or withdrawn is `Ok` and changes nothing, so the
    ///   revisions of an entry grow over its withdrawals too.
    /// - What is not in the record any more, such as a party or a file, is taken out.
    /// - A file is not readable before its `accessible_after`; a publisher that cannot hold one back leaves it out until then.
    ///
    /// # Errors
    /// As [`PortErrorKind`](super::PortErrorKind) says.
    async fn publish(&self, record: &ClearedRecord) -> Result<(), PortError>;

    /// Takes an entry out of the public journal.
    ///
    /// *Behaviour*: `Ok` also when it was not there.
    ///
    /// # Errors
    /// As [`PortErrorKind`](super::PortErrorKind) says.
    async fn withdraw(&self, entry: EntryId) -> Result<(), PortError>;

    /// What is published, in the order of entry ids after `after`, as the other side has it now.
    ///
    /// *Behaviour*: at most [`page`](PublisherCapabilities::page) of them; an empty answer is the end, a short one is not.
    ///
    /// # Errors
    /// As [`PortErrorKind`](super::PortErrorKind) says.
    async fn published(&self, after: Option<EntryId>) -> Result<Vec<Published>, PortError>;
}

/// The published state of one meeting as the other side has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublishedMeeting {
    /// The meeting.
    pub meeting: MeetingId,
    /// The other side's id.
    pub remote_id: String,
    /// The revision it holds; 0 when what it holds is not what was published.
    pub revision: u64,
    /// When it was last changed there.
    pub changed: Option<Timestamp>,
}

/// A public journal that also shows the meetings of committees (R7.9). The rules of [`JournalPublisher`] hold.
#[async_trait]
pub trait MeetingPublisher: Debug + Send + Sync {
    /// Publishes or updates a meeting with all that it treats. What it treats no longer is taken out.
    ///
    /// *Behaviour*: as [`JournalPublisher::publish`].
    ///
    /// # Errors
    /// As [`PortErrorKind`](super::PortErrorKind) says.
    async fn publish_meeting(&self, meeting: &ClearedMeeting) -> Result<(), PortError>;

    /// Takes a meeting, and all that it treats, out of the public journal.
    ///
    /// *Behaviour*: `Ok` also when it was not there.
    ///
    /// # Errors
    /// As [`PortErrorKind`](super::PortErrorKind) says.
    async fn withdraw_meeting(&self, meeting: MeetingId) -> Result<(), PortError>;

    /// Which meetings are published, in the order of their ids after `after`.
    ///
    /// *Behaviour*: as [`JournalPublisher::published`].
    ///
    /// # Errors
    /// As [`PortErrorKind`](super::PortErrorKind) says.
    async fn published_meetings(&self, after: Option<MeetingId>) -> Result<Vec<PublishedMeeting>, PortError>;
}

/// A request for access to documents (innsynskrav), R7.8. Plain data; everything about who asks is [`Private`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AccessRequest {
    /// The other side's id.
    pub id: String,
    /// What ties requests together that were made at once, also when they come in by two ways.
    pub order: Option<String>,
    /// When it was sent to us.
    pub sent: Timestamp,
    /// What is asked for, in the order in which it was asked. Never empty.
    pub wanted: Vec<Wanted>,
    /// Who asks.
    pub requester: Requester,
    /// What the requester wrote, where they could write something.
    pub text: Option<Private<String>>,
    /// What was odd about it but could be lived with, in technical words.
    pub remarks: Vec<String>,
}

/// One thing that is asked for. Known by our id, or else by what the other side calls it, so that nothing that was asked for
/// is lost where our id is missing.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Wanted {
    /// The journal entry, when its id came along.
    pub entry: Option<EntryId>,
    /// The number of the case (saksnummer).
    pub case: Option<CaseNumber>,
    /// The number of the entry in its case (journalpostnummer, "dokumentnr").
    pub number: Option<u32>,
    /// The running number in the journal as it was written, `sequence/year`. Not to be matched by alone.
    pub running_number: Option<String>,
    /// The other side's own id of the entry.
    pub remote_id: Option<String>,
    /// The archive that it stands in, by its system id.
    pub archive: Option<String>,
    /// The unit that handles it, as it was named.
    pub unit: Option<String>,
    /// The case worker (saksbehandler), as it was named.
    pub handler: Option<Private<String>>,
}

/// Who asks for access. Anybody may, without telling who they are; how to reach them is all that is always known.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Requester {
    /// The address of e-mail that the answer goes to; missing when the other side has forgotten it.
    pub email: Option<Private<String>>,
    /// The name, if one was given.
    pub name: Option<Private<String>>,
    /// The organisation, if one was given.
    pub organisation: Option<Private<String>>,
    /// The language the answer is wanted in, as the code of ISO 639-1 that was given (`nb`, `nn`, `en`, `se`).
    pub language: Option<String>,
}

impl AccessRequest {
    /// A request for some things; the rest is filled in by field.
    #[must_use]
    pub fn new(id: impl Into<String>, sent: Timestamp, wanted: Vec<Wanted>, requester: Requester) -> Self {
        Self { id: id.into(), order: None, sent, wanted, requester, text: None, remarks: Vec::new() }
    }

    /// The entries that are known by our id.
    pub fn entries(&self) -> impl Iterator<Item = EntryId> {
        self.wanted.iter().filter_map(|wanted| wanted.entry)
    }
}

impl Wanted {
    /// A journal entry by our id.
    #[must_use]
    pub fn entry(entry: EntryId) -> Self {
        Self { entry: Some(entry), ..Self::default() }
    }
}

impl Requester {
    /// Somebody of whom nothing but an address is known.
    #[must_use]
    pub fn by_email(address: impl Into<String>) -> Self {
        Self { email: Some(Private::new(address.into())), ..Self::default() }
    }
}

/// Where requests for access come in.
///
/// The engine lists at the poll interval, fetches what it does not know, registers it in one transaction and then marks it.
/// Every call may be dropped at any await and is then repeated.
#[async_trait]
pub trait AccessRequests: Debug + Send + Sync {
    /// Ids of the requests that are not marked, oldest first.
    ///
    /// *Behaviour*: only requests that were really sent; no effect; each id once.
    ///
    /// # Errors
    /// As [`PortErrorKind`](super::PortErrorKind) says.
    async fn list(&self) -> Result<Vec<String>, PortError>;

    /// One request.
    ///
    /// *Behaviour*: may be repeated, marks nothing; all that was asked for is there, known by our id or not. What was listed
    /// can be fetched until it is marked, also when what it asks for was taken out meanwhile.
    ///
    /// # Errors
    /// `Rejected` when it is not there any more.
    async fn fetch(&self, id: &str) -> Result<AccessRequest, PortError>;

    /// Marks it as registered here, for ever. Repeating it is `Ok`; so is an id that is not there any more.
    ///
    /// # Errors
    /// As [`PortErrorKind`](super::PortErrorKind) says.
    async fn mark(&self, id: &str) -> Result<(), PortError>;
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn who_asks_is_told_by_no_debug_output_and_kept_at_rest() {
        let entry = EntryId::from_uuid(Uuid::from_u128(1));
        let mut request = AccessRequest::new(
            "ikd_1",
            Timestamp::UNIX_EPOCH,
            vec![Wanted { handler: Some("Siri Saksbehandler".into()), ..Wanted::entry(entry) }, Wanted::default()],
            Requester { name: Some("Kari Testperson".into()), ..Requester::by_email("kari@example.org") },
        );
        request.text = Some("Jeg er naboen".into());
        let shown = format!("{request:?}");
        assert!(!["Kari", "kari@", "Siri", "naboen"].iter().any(|secret| shown.contains(secret)), "{shown}");
        assert_eq!(request.entries().collect::<Vec<_>>(), [entry]);
        let kept = serde_json::to_string(&request).unwrap();
        assert_eq!(serde_json::from_str::<AccessRequest>(&kept).unwrap(), request);
    }
}
