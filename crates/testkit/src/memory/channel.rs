use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use futures_util::StreamExt;
use sakarkiv_core::{
    delivery::{Letter, Recipient, Reference, RemoteId, SigningStage, SigningStatus},
    document::BlobRef,
    identity::{AccountId, ChannelId},
    ports::{
        Accepted, Channel, ChannelCapabilities, Dispatch, Found, HistoryLine, PortError, PortErrorKind, Reach,
        ReachQuery, RemoteStatus, Stage, StatusLine,
    },
    routing::{MailboxKind, PrintSetting, RecipientKind},
    screening::Private,
    sensitivity::SensitivityClass,
};

use super::lock;

/// A letter as the other side of a channel has it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PostedLetter {
    /// The other side's id.
    pub remote_id: RemoteId,
    /// Our reference, as it was sent along.
    pub reference: Reference,
    /// The account it came by.
    pub account: AccountId,
    /// Where it landed.
    pub mailbox: MailboxKind,
    /// How sensitive it is; the other side of the real world does not know this, a test must.
    pub sensitivity: SensitivityClass,
    /// Its documents, in their order.
    pub documents: Vec<BlobRef>,
    /// Where it stands.
    pub stage: Stage,
    /// The other side's word for it.
    pub raw: String,
    /// Taken back before it was opened.
    pub withdrawn: bool,
    /// Where its signing order stands, if it came with one.
    pub signing: Option<SigningStatus>,
}

impl PostedLetter {
    /// Whether the recipient has it or will, as opposed to one that was turned away.
    #[must_use]
    pub const fn is_effective(&self) -> bool {
        !matches!(self.stage, Stage::Rejected | Stage::Undeliverable)
    }
}

/// What goes wrong with the next call to a [`MemoryChannel`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum PostFault {
    /// The effect happens, the answer is lost.
    DropAnswer,
    /// The request is lost on its way, and the caller cannot tell.
    DropRequest,
    /// The other side looks at it and says no.
    Refuse,
    /// The other side is busy and says so before it looks.
    Busy(Duration),
    /// The credentials are refused.
    Unauthorised,
}

/// The other side of a [`MemoryChannel`]: who can be reached, what came in, where it stands.
#[derive(Debug, Clone, Default)]
pub struct PostOffice(Arc<Mutex<Post>>);

#[derive(Debug, Default)]
struct Post {
    accounts: BTreeSet<AccountId>,
    reach: BTreeMap<String, Vec<MailboxKind>>,
    letters: Vec<PostedLetter>,
    by_id: BTreeMap<RemoteId, usize>,
    by_reference: BTreeMap<Reference, Vec<usize>>,
    faults: VecDeque<PostFault>,
}

impl PostOffice {
    /// A post office that knows these sender accounts.
    #[must_use]
    pub fn with_accounts(accounts: impl IntoIterator<Item = AccountId>) -> Self {
        Self(Arc::new(Mutex::new(Post { accounts: accounts.into_iter().collect(), ..Post::default() })))
    }

    /// Says what mailboxes a recipient has from now on. None: nobody by that number is known.
    pub fn set_reach(&self, recipient: &Recipient, mailboxes: impl IntoIterator<Item = MailboxKind>) {
        lock(&self.0).reach.insert(key_of(recipient), mailboxes.into_iter().collect());
    }

    /// What mailboxes a recipient has: what was set, else what its kind usually has.
    #[must_use]
    pub fn reach_of(&self, recipient: &Recipient) -> Vec<MailboxKind> {
        lock(&self.0).reach.get(&key_of(recipient)).cloned().unwrap_or_else(|| usual_reach(recipient))
    }

    /// Everything that came in, oldest first.
    #[must_use]
    pub fn letters(&self) -> Vec<PostedLetter> {
        lock(&self.0).letters.clone()
    }

    /// What came in under a reference, oldest first.
    #[must_use]
    pub fn under(&self, reference: &Reference) -> Vec<PostedLetter> {
        let post = lock(&self.0);
        let places = post.by_reference.get(reference).into_iter().flatten();
        places.filter_map(|place| post.letters.get(*place)).cloned().collect()
    }

    /// One letter.
    #[must_use]
    pub fn letter(&self, id: &RemoteId) -> Option<PostedLetter> {
        let post = lock(&self.0);
        post.by_id.get(id).and_then(|place| post.letters.get(*place)).cloned()
    }

    /// How many letters came in.
    #[must_use]
    pub fn count(&self) -> usize {
        lock(&self.0).letters.len()
    }

    /// Moves a letter on, in the words of the other side.
    pub fn set_status(&self, id: &RemoteId, stage: Stage, raw: &str) {
        let mut post = lock(&self.0);
        let place = post.by_id.get(id).copied();
        if let Some(letter) = place.and_then(|place| post.letters.get_mut(place)) {
            letter.stage = stage;
            raw.clone_into(&mut letter.raw);
        }
    }

    /// Moves a letter's signing order on, in the words of the other side. A letter without an order stays without.
    pub fn set_signing(&self, id: &RemoteId, stage: SigningStage, raw: &str) {
        let mut post = lock(&self.0);
        let place = post.by_id.get(id).copied();
        let letter = place.and_then(|place| post.letters.get_mut(place));
        if let Some(signing) = letter.and_then(|letter| letter.signing.as_mut()) {
            *signing = signing_status(stage, raw);
        }
    }

    /// Spoils the next call; several are taken in turn.
    pub fn arm(&self, fault: PostFault) {
        lock(&self.0).faults.push_back(fault);
    }

    /// Takes a letter in, as the effect of a `send`.
    ///
    /// # Errors
    /// `Misconfigured` for an account it does not know, `Rejected` when the recipient has no such mailbox (any more).
    pub fn post(
        &self,
        account: &AccountId,
        reference: &Reference,
        mailbox: MailboxKind,
        letter: &Letter,
    ) -> Result<RemoteId, PortError> {
        let has_it = self.reach_of(&letter.recipient).contains(&mailbox);
        self.check_account(account, "memory.send")?;
        if !has_it {
            return Err(fault(PortErrorKind::Rejected, "memory.send", "the recipient has no such mailbox"));
        }
        Ok(self.take_in(account, reference, mailbox, letter))
    }

    /// Takes a letter in wherever it is told to, allowed or not.
    pub(crate) fn take_in(
        &self,
        account: &AccountId,
        reference: &Reference,
        mailbox: MailboxKind,
        letter: &Letter,
    ) -> RemoteId {
        let mut post = lock(&self.0);
        let place = post.letters.len();
        let remote_id = RemoteId(format!("post-{}", place.saturating_add(1)));
        post.by_id.insert(remote_id.clone(), place);
        post.by_reference.entry(reference.clone()).or_default().push(place);
        post.letters.push(PostedLetter {
            remote_id: remote_id.clone(),
            reference: reference.clone(),
            account: account.clone(),
            mailbox,
            sensitivity: letter.sensitivity,
            documents: letter.documents.iter().map(|document| document.blob).collect(),
            stage: Stage::Accepted,
            raw: "TAKEN_IN".to_owned(),
            withdrawn: false,
            signing: letter.options.signing.as_ref().map(|_| signing_status(SigningStage::Waiting, "WAITS")),
        });
        remote_id
    }

    fn check_account(&self, account: &AccountId, operation: &'static str) -> Result<(), PortError> {
        if lock(&self.0).accounts.contains(account) {
            return Ok(());
        }
        Err(fault(PortErrorKind::Misconfigured, operation, "this account is not configured"))
    }

    /// The fault armed for this call, if it fails the call before it has an effect.
    fn stumble(&self, operation: &'static str) -> Result<Option<PostFault>, PortError> {
        let next = lock(&self.0).faults.pop_front();
        match next {
            Some(PostFault::Refuse) => Err(fault(PortErrorKind::Rejected, operation, "refused")),
            Some(PostFault::Busy(wait)) => {
                Err(fault(PortErrorKind::Transient, operation, "busy").with_retry_after(wait))
            }
            Some(PostFault::Unauthorised) => Err(fault(PortErrorKind::Unauthorised, operation, "credentials refused")),
            other => Ok(other),
        }
    }

    /// As [`Self::stumble`], for calls without effect, where a lost request and a lost answer are the same.
    fn stumble_reading(&self, operation: &'static str) -> Result<(), PortError> {
        match self.stumble(operation)? {
            Some(_) => Err(fault(PortErrorKind::Transient, operation, "no answer")),
            None => Ok(()),
        }
    }
}

/// A [`Channel`] that hands letters to a [`PostOffice`] and does exactly what the contract says.
#[derive(Debug, Clone)]
pub struct MemoryChannel {
    id: ChannelId,
    office: PostOffice,
    capabilities: ChannelCapabilities,
}

impl MemoryChannel {
    /// A channel under a name.
    #[must_use]
    pub fn new(id: ChannelId, office: PostOffice) -> Self {
        let mut capabilities = ChannelCapabilities::new(Duration::from_secs(60), Duration::from_secs(600));
        capabilities.status_batch = 100;
        capabilities.reports_opened = true;
        capabilities.withdraw = true;
        capabilities.history = true;
        capabilities.signing = true;
        Self { id, office, capabilities }
    }

    /// The same with other capabilities.
    #[must_use]
    pub const fn with_capabilities(mut self, capabilities: ChannelCapabilities) -> Self {
        self.capabilities = capabilities;
        self
    }

    /// The other side.
    #[must_use]
    pub const fn office(&self) -> &PostOffice {
        &self.office
    }
}

#[async_trait]
impl Channel for MemoryChannel {
    fn id(&self) -> &ChannelId {
        &self.id
    }

    fn capabilities(&self) -> ChannelCapabilities {
        self.capabilities.clone()
    }

    async fn reach(&self, account: &AccountId, query: &ReachQuery) -> Result<Reach, PortError> {
        self.office.check_account(account, "memory.reach")?;
        self.office.stumble_reading("memory.reach")?;
        Ok(Reach { mailboxes: self.office.reach_of(&query.recipient), print: PrintSetting::PrintWhenUnopened })
    }

    async fn send(&self, account: &AccountId, dispatch: Dispatch) -> Result<Accepted, PortError> {
        self.office.check_account(account, "memory.send")?;
        let lost = || fault(PortErrorKind::Unknown, "memory.send", "no answer");
        let fault = self.office.stumble("memory.send")?;
        if fault == Some(PostFault::DropRequest) {
            return Err(lost());
        }
        let letter = dispatch.letter.get();
        for document in &letter.documents {
            let mut content = dispatch.blobs.open(&letter.tenant, &document.blob).await?;
            while let Some(chunk) = content.next().await {
                chunk?;
            }
        }
        let remote_id = self.office.post(account, &dispatch.reference, dispatch.letter.mailbox(), letter)?;
        if fault == Some(PostFault::DropAnswer) { Err(lost()) } else { Ok(Accepted { remote_id }) }
    }

    async fn find(&self, account: &AccountId, reference: &Reference) -> Result<Vec<Found>, PortError> {
        self.office.check_account(account, "memory.find")?;
        self.office.stumble_reading("memory.find")?;
        let found = self.office.under(reference).into_iter().rev();
        let mine = found.filter(|letter| letter.account == *account);
        Ok(mine
            .map(|letter| Found { remote_id: letter.remote_id.clone(), received: None, status: status_of(&letter) })
            .collect())
    }

    async fn status(&self, account: &AccountId, ids: &[RemoteId]) -> Result<Vec<StatusLine>, PortError> {
        self.office.check_account(account, "memory.status")?;
        self.office.stumble_reading("memory.status")?;
        let known = ids.iter().filter_map(|id| self.office.letter(id)).filter(|letter| letter.account == *account);
        Ok(known.map(|letter| StatusLine { remote_id: letter.remote_id.clone(), status: status_of(&letter) }).collect())
    }

    async fn signing(&self, account: &AccountId, id: &RemoteId) -> Result<Option<SigningStatus>, PortError> {
        if !self.capabilities.signing {
            return Err(PortError::unsupported("memory.signing"));
        }
        self.office.check_account(account, "memory.signing")?;
        self.office.stumble_reading("memory.signing")?;
        let letter = self.office.letter(id).filter(|letter| letter.account == *account);
        let letter = letter.ok_or_else(|| fault(PortErrorKind::Rejected, "memory.signing", "no such letter"))?;
        Ok(letter.signing)
    }

    async fn withdraw(&self, account: &AccountId, id: &RemoteId) -> Result<(), PortError> {
        if !self.capabilities.withdraw {
            return Err(PortError::unsupported("memory.withdraw"));
        }
        self.office.check_account(account, "memory.withdraw")?;
        self.office.stumble_reading("memory.withdraw")?;
        let mut post = lock(&self.office.0);
        let place = post.by_id.get(id).copied();
        let Some(letter) = place.and_then(|place| post.letters.get_mut(place)) else {
            return Err(fault(PortErrorKind::Rejected, "memory.withdraw", "no such letter"));
        };
        match letter.stage {
            _ if letter.withdrawn => Ok(()),
            Stage::Accepted | Stage::Delivered(_) | Stage::Unrecognised => {
                letter.withdrawn = true;
                letter.stage = Stage::Closed;
                "TAKEN_BACK".clone_into(&mut letter.raw);
                Ok(())
            }
            _ => Err(fault(PortErrorKind::Rejected, "memory.withdraw", "too late, it cannot be taken back any more")),
        }
    }

    async fn history(&self, account: &AccountId, id: &RemoteId) -> Result<Vec<HistoryLine>, PortError> {
        if !self.capabilities.history {
            return Err(PortError::unsupported("memory.history"));
        }
        self.office.check_account(account, "memory.history")?;
        self.office.stumble_reading("memory.history")?;
        let Some(letter) = self.office.letter(id) else {
            return Err(fault(PortErrorKind::Rejected, "memory.history", "no such letter"));
        };
        let at = sakarkiv_core::identity::Timestamp::UNIX_EPOCH;
        Ok(vec![HistoryLine { at, text: Private::new(letter.raw) }])
    }

    async fn check(&self, account: &AccountId) -> Result<(), PortError> {
        self.office.check_account(account, "memory.check")?;
        self.office.stumble_reading("memory.check")
    }
}

fn status_of(letter: &PostedLetter) -> RemoteStatus {
    RemoteStatus { stage: letter.stage, raw: letter.raw.clone(), since: None }
}

fn signing_status(stage: SigningStage, raw: &str) -> SigningStatus {
    SigningStatus { stage, raw: raw.to_owned(), since: None }
}

fn fault(kind: PortErrorKind, operation: &'static str, detail: &str) -> PortError {
    PortError::new(kind, operation, detail)
}

fn usual_reach(recipient: &Recipient) -> Vec<MailboxKind> {
    match RecipientKind::from(recipient) {
        RecipientKind::Organisation => vec![
            MailboxKind::ReceiverSystem,
            MailboxKind::OrganisationInbox,
            MailboxKind::ConfidentialInbox,
            MailboxKind::Paper,
        ],
        RecipientKind::Person => vec![MailboxKind::CitizenMailbox, MailboxKind::Paper],
        RecipientKind::Addressee => vec![MailboxKind::Paper],
    }
}

fn key_of(recipient: &Recipient) -> String {
    match recipient {
        Recipient::Organisation { number, .. } => number.as_str().to_owned(),
        Recipient::Person { number, .. } => number.digits().to_owned(),
        Recipient::Addressee { name, .. } => name.expose().clone(),
    }
}
