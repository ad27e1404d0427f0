use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::{StreamExt, stream};
use sakarkiv_core::{
    document::{FileName, MediaType},
    identity::{InboxId, OrganisationNumber, TenantId, Timestamp},
    ports::{
        Blobs, Correspondent, Inbox, InboxCapabilities, ItemId, PortError, PortErrorKind, ReceivedDocument,
        ReceivedMail, Refusal, UnopenedMail, Waiting,
    },
    routing::Coverage,
    screening::Private,
    unopened::Place,
};

use super::{PostFault, lock};

/// What is wrong with a parcel in itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Flaw {
    /// No key of ours opens it.
    Undecryptable,
    /// Its content does not match its checksum.
    Broken,
    /// Its list entry cannot be read.
    MalformedEntry,
    /// It stands in the list twice.
    ListedTwice,
}

/// Mail as the other side of an inbox holds it.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Parcel {
    /// Its subject.
    pub title: String,
    /// Who it is from.
    pub sender: String,
    /// Sent as confidential.
    pub confidential: bool,
    /// When it came.
    pub arrived: Timestamp,
    /// Name and bytes of its documents.
    pub documents: Vec<(String, Bytes)>,
    /// What else is told of it, by name.
    pub extra: Vec<(String, String)>,
    /// What of it cannot be had, in technical words.
    pub missing: Vec<String>,
    /// What is wrong with it, if anything.
    pub flaw: Option<Flaw>,
    /// How often it was fetched.
    pub fetched: u32,
    /// How often we said that it is safely ours.
    pub acknowledged: u32,
    /// What we said when we could not take it in.
    pub refusals: Vec<Refusal>,
}

impl Parcel {
    /// Ordinary mail with one document.
    #[must_use]
    pub fn new(title: impl Into<String>, content: impl Into<Bytes>) -> Self {
        Self {
            title: title.into(),
            sender: "Testkommunen".to_owned(),
            confidential: false,
            arrived: Timestamp::UNIX_EPOCH,
            documents: vec![("brev.pdf".to_owned(), content.into())],
            extra: Vec::new(),
            missing: Vec::new(),
            flaw: None,
            fetched: 0,
            acknowledged: 0,
            refusals: Vec::new(),
        }
    }

    /// The same with something wrong.
    #[must_use]
    pub const fn with_flaw(mut self, flaw: Flaw) -> Self {
        self.flaw = Some(flaw);
        self
    }

    /// The same, sent as confidential at a moment.
    #[must_use]
    pub const fn confidential_since(mut self, arrived: Timestamp) -> Self {
        self.confidential = true;
        self.arrived = arrived;
        self
    }

    fn is_waiting(&self) -> bool {
        self.acknowledged == 0 && !self.refusals.iter().any(|refusal| refusal.permanent)
    }
}

/// The other side of a [`MemoryInbox`].
#[derive(Debug, Clone, Default)]
pub struct MailRoom(Arc<Mutex<Room>>);

#[derive(Debug, Default)]
struct Room {
    parcels: BTreeMap<ItemId, Parcel>,
    faults: VecDeque<PostFault>,
}

impl MailRoom {
    /// Puts mail there to be fetched, and gives the id it has in the list.
    pub fn drop_in(&self, parcel: Parcel) -> ItemId {
        let mut room = lock(&self.0);
        let id = ItemId(format!("item-{:06}", room.parcels.len().saturating_add(1)));
        room.parcels.insert(id.clone(), parcel);
        id
    }

    /// One parcel as it stands there now.
    #[must_use]
    pub fn parcel(&self, id: &ItemId) -> Option<Parcel> {
        lock(&self.0).parcels.get(id).cloned()
    }

    /// Changes one parcel, for example mends what was wrong with it.
    pub fn change(&self, id: &ItemId, change: impl FnOnce(&mut Parcel)) {
        if let Some(parcel) = lock(&self.0).parcels.get_mut(id) {
            change(parcel);
        }
    }

    /// Ids of everything that ever came.
    #[must_use]
    pub fn ids(&self) -> Vec<ItemId> {
        lock(&self.0).parcels.keys().cloned().collect()
    }

    /// Ids of what still waits to be acknowledged.
    #[must_use]
    pub fn waiting(&self) -> Vec<ItemId> {
        let room = lock(&self.0);
        room.parcels.iter().filter(|(_, parcel)| parcel.is_waiting()).map(|(id, _)| id.clone()).collect()
    }

    /// Spoils the next call; several are taken in turn.
    pub fn arm(&self, fault: PostFault) {
        lock(&self.0).faults.push_back(fault);
    }

    /// The fault armed for this call: fails it before the effect, or says that the answer will be lost after it.
    fn stumble(&self, operation: &'static str) -> Result<bool, PortError> {
        let next = lock(&self.0).faults.pop_front();
        let (kind, detail) = match next {
            None => return Ok(false),
            Some(PostFault::DropAnswer) => return Ok(true),
            Some(PostFault::DropRequest) => (PortErrorKind::Transient, "no answer"),
            Some(PostFault::Busy(wait)) => {
                return Err(PortError::new(PortErrorKind::Transient, operation, "busy").with_retry_after(wait));
            }
            Some(PostFault::Refuse) => (PortErrorKind::Rejected, "the answer cannot be read"),
            Some(PostFault::Unauthorised) => (PortErrorKind::Unauthorised, "credentials refused"),
        };
        Err(PortError::new(kind, operation, detail))
    }
}

/// An [`Inbox`] before a [`MailRoom`] that does exactly what the contract says.
#[derive(Debug, Clone)]
pub struct MemoryInbox {
    id: InboxId,
    room: MailRoom,
    capabilities: InboxCapabilities,
    organisation: Option<OrganisationNumber>,
}

impl MemoryInbox {
    /// An inbox under a name.
    #[must_use]
    pub fn new(id: InboxId, room: MailRoom) -> Self {
        let mut capabilities = InboxCapabilities::new(Duration::from_secs(60), Duration::from_secs(300));
        capabilities.permanent_refusal = true;
        Self { id, room, capabilities, organisation: None }
    }

    /// The same for one organisation number, of which it tells what lies unopened.
    #[must_use]
    pub fn telling_unopened(mut self, organisation: OrganisationNumber) -> Self {
        self.capabilities.tells_unopened = true;
        self.organisation = Some(organisation);
        self
    }

    /// The same with other capabilities.
    #[must_use]
    pub const fn with_capabilities(mut self, capabilities: InboxCapabilities) -> Self {
        self.capabilities = capabilities;
        self
    }

    /// The other side.
    #[must_use]
    pub const fn room(&self) -> &MailRoom {
        &self.room
    }

    fn waiting_parcel(&self, id: &ItemId) -> Result<Parcel, PortError> {
        let parcel = self.room.parcel(id).filter(Parcel::is_waiting);
        parcel.ok_or_else(|| PortError::new(PortErrorKind::Rejected, "memory.fetch", "no such item is waiting"))
    }
}

#[async_trait]
impl Inbox for MemoryInbox {
    fn id(&self) -> &InboxId {
        &self.id
    }

    fn capabilities(&self) -> InboxCapabilities {
        self.capabilities.clone()
    }

    async fn list(&self) -> Result<Vec<Waiting>, PortError> {
        if self.room.stumble("memory.list")? {
            return Err(PortError::new(PortErrorKind::Transient, "memory.list", "no answer"));
        }
        let room = lock(&self.room.0);
        let mut list = Vec::new();
        for (id, parcel) in room.parcels.iter().filter(|(_, parcel)| parcel.is_waiting()) {
            let waiting = match parcel.flaw {
                Some(Flaw::MalformedEntry) => Waiting::unreadable(id.clone(), "the entry cannot be read"),
                _ => Waiting::new(id.clone(), None),
            };
            if parcel.flaw == Some(Flaw::ListedTwice) {
                list.push(waiting.clone());
            }
            list.push(waiting);
        }
        list.truncate(self.capabilities.list_cap.unwrap_or(usize::MAX));
        Ok(list)
    }

    async fn fetch(&self, tenant: &TenantId, id: &ItemId, blobs: Arc<dyn Blobs>) -> Result<ReceivedMail, PortError> {
        if self.room.stumble("memory.fetch")? {
            return Err(PortError::new(PortErrorKind::Transient, "memory.fetch", "no answer"));
        }
        let parcel = self.waiting_parcel(id)?;
        self.room.change(id, |parcel| parcel.fetched = parcel.fetched.saturating_add(1));
        let flaw = |kind, detail: &str| Err(PortError::new(kind, "memory.fetch", detail));
        match parcel.flaw {
            Some(Flaw::Undecryptable) => return flaw(PortErrorKind::Misconfigured, "no key opens it"),
            Some(Flaw::Broken) => return flaw(PortErrorKind::Rejected, "the checksum does not fit"),
            Some(Flaw::MalformedEntry) => return flaw(PortErrorKind::Rejected, "the entry cannot be read"),
            Some(Flaw::ListedTwice) | None => {}
        }
        let mut mail = ReceivedMail::new(id.clone(), Private::new(parcel.title));
        mail.confidential = parcel.confidential;
        mail.extra = parcel.extra.into_iter().map(|(name, value)| (name, Private::new(value))).collect();
        mail.missing = parcel.missing;
        mail.from = Some(Correspondent { name: Private::new(parcel.sender), identity: None, address: None });
        for (name, content) in parcel.documents {
            let size = content.len() as u64;
            let blob = blobs.put(tenant, stream::iter([Ok(content)]).boxed(), size).await?;
            mail.documents.push(ReceivedDocument {
                file_name: FileName::sanitize(&name),
                media_type: MediaType::pdf(),
                blob,
                sensitive_personal_data: parcel.confidential,
            });
        }
        Ok(mail)
    }

    async fn acknowledge(&self, id: &ItemId) -> Result<(), PortError> {
        let answer_lost = self.room.stumble("memory.acknowledge")?;
        self.room.change(id, |parcel| parcel.acknowledged = parcel.acknowledged.saturating_add(1));
        if answer_lost {
            return Err(PortError::new(PortErrorKind::Transient, "memory.acknowledge", "no answer"));
        }
        Ok(())
    }

    async fn refuse(&self, id: &ItemId, refusal: &Refusal) -> Result<(), PortError> {
        if refusal.permanent && !self.capabilities.permanent_refusal {
            return Err(PortError::unsupported("memory.refuse"));
        }
        let answer_lost = self.room.stumble("memory.refuse")?;
        self.room.change(id, |parcel| parcel.refusals.push(refusal.clone()));
        if answer_lost {
            return Err(PortError::new(PortErrorKind::Transient, "memory.refuse", "no answer"));
        }
        Ok(())
    }

    async fn unopened(&self) -> Result<Vec<UnopenedMail>, PortError> {
        let Some(organisation) = self.organisation.as_ref().filter(|_| self.capabilities.tells_unopened) else {
            return Ok(Vec::new());
        };
        if self.room.stumble("memory.unopened")? {
            return Err(PortError::new(PortErrorKind::Transient, "memory.unopened", "no answer"));
        }
        let room = lock(&self.room.0);
        let lying = room.parcels.iter().filter(|(_, parcel)| parcel.confidential && parcel.is_waiting());
        let tell = |(id, parcel): (&ItemId, &Parcel)| {
            let mut mail = UnopenedMail::new(organisation.clone(), Place::System, parcel.arrived, "waiting");
            mail.item = Some(id.clone());
            mail.access = Coverage::Held;
            mail.from =
                Some(Correspondent { name: Private::new(parcel.sender.clone()), identity: None, address: None });
            mail
        };
        Ok(lying.map(tell).collect())
    }

    async fn check(&self) -> Result<(), PortError> {
        match self.room.stumble("memory.check")? {
            true => Err(PortError::new(PortErrorKind::Transient, "memory.check", "no answer")),
            false => Ok(()),
        }
    }
}
