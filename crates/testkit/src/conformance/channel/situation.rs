use std::sync::Arc;

use sakarkiv_core::{
    delivery::{Letter, Recipient, Reference},
    identity::{AccountId, ChannelId},
    ports::{Accepted, Blobs, Channel, Dispatch, PortError, ReachQuery},
    routing::{Cleared, Coverage, MailboxKind, Route, clear},
};

use super::harness::{ChannelHarness, PeerLetter, SampleRecipient};
use crate::{
    conformance::{
        report::{Violation, demand_eq, granted, violated},
        samples::Samples,
    },
    memory::MemoryStore,
};

/// A fresh adapter with everything a case needs to send letters through it.
pub(super) struct Situation<'a> {
    pub(super) harness: &'a dyn ChannelHarness,
    pub(super) channel: Arc<dyn Channel>,
    pub(super) account: AccountId,
    samples: Samples,
    blobs: Arc<MemoryStore>,
}

impl<'a> Situation<'a> {
    pub(super) async fn new(harness: &'a dyn ChannelHarness) -> Result<Self, Violation> {
        Ok(Self {
            harness,
            channel: harness.fresh().await,
            account: harness.account(),
            samples: Samples::new("proeve"),
            blobs: Arc::default(),
        })
    }

    /// The first sample recipient of the harness.
    pub(super) fn somebody(&self) -> Result<SampleRecipient, Violation> {
        let first = self.harness.recipients().into_iter().next();
        first.ok_or_else(|| violated("the harness has at least one recipient", "none"))
    }

    /// A letter to a recipient, with a document of its own.
    pub(super) async fn letter_to(&mut self, to: &SampleRecipient) -> Result<Letter, Violation> {
        let content = format!("%PDF-1.4 {}", self.samples.letter_id());
        let staged = self.samples.stage(self.blobs.as_ref(), content.as_bytes()).await;
        let document = staged.ok_or_else(|| violated("a document can be staged", "it cannot"))?;
        Ok(self.samples.letter(to.recipient.clone(), to.sensitivity, self.account.clone(), document))
    }

    pub(super) async fn letter(&mut self) -> Result<Letter, Violation> {
        let to = self.somebody()?;
        self.letter_to(&to).await
    }

    /// Asks the channel what it reaches and clears the letter, as the engine does before each attempt.
    pub(super) async fn clear(&self, letter: Letter) -> Result<Dispatch, Violation> {
        let query = query_for(&letter.recipient, &letter);
        let reach = granted("reach", self.channel.reach(&self.account, &query).await)?;
        let route = Route { channel: self.channel.id().clone(), account: self.account.clone(), reach };
        let reference = Reference::of(letter.id);
        let entry = self.samples.journal_entry(letter.entry, letter.case);
        let cleared = clear(letter, &[route], Coverage::Held);
        let letter: Cleared<Letter> =
            granted("clearing a sample letter by what reach says", cleared.map(|(_, it)| it))?;
        let blobs: Arc<dyn Blobs> = Arc::<MemoryStore>::clone(&self.blobs);
        Ok(Dispatch { letter, entry, reference, blobs })
    }

    /// Clears and sends once.
    pub(super) async fn try_send(&self, letter: Letter) -> Result<Result<Accepted, PortError>, Violation> {
        let dispatch = self.clear(letter).await?;
        Ok(self.channel.send(&self.account, dispatch).await)
    }

    /// Sends a letter that must be taken.
    pub(super) async fn send(&mut self) -> Result<(Reference, Accepted), Violation> {
        let letter = self.letter().await?;
        let reference = Reference::of(letter.id);
        let accepted = granted("send", self.try_send(letter).await?)?;
        Ok((reference, accepted))
    }

    /// What the other side has under a reference that the recipient got or will get.
    pub(super) async fn effective(&self, reference: &Reference) -> Vec<PeerLetter> {
        self.harness.received(reference).await.into_iter().filter(|letter| letter.effective).collect()
    }

    /// Demands that the other side has exactly so many effective letters under a reference.
    pub(super) async fn demand_effective(&self, reference: &Reference, count: usize) -> Result<(), Violation> {
        let effective = self.effective(reference).await;
        demand_eq("letters on the other side under this reference:", &effective.len(), &count)
    }

    pub(super) fn unknown_account() -> Result<AccountId, Violation> {
        granted("making an account id", AccountId::new("no-such-account"))
    }
}

pub(super) fn query_for(recipient: &Recipient, letter: &Letter) -> ReachQuery {
    ReachQuery { recipient: recipient.clone(), sensitivity: letter.sensitivity, message_type: None }
}

/// What must appear in no error: the recipient's name and number, and the title.
pub(super) fn secrets_of(letter: &Letter) -> Vec<String> {
    let number = match &letter.recipient {
        Recipient::Person { number, .. } => number.digits().to_owned(),
        Recipient::Organisation { .. } | Recipient::Addressee { .. } => String::new(),
    };
    vec![letter.recipient.name().expose().clone(), letter.title.expose().clone(), number]
}

pub(super) fn mailbox_of(letters: &[PeerLetter]) -> Vec<MailboxKind> {
    letters.iter().map(|letter| letter.mailbox).collect()
}

pub(super) fn id_of(channel: &Arc<dyn Channel>) -> ChannelId {
    channel.id().clone()
}
