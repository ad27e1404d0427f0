use std::{future::Future, sync::Arc, time::Duration};

use futures_util::{StreamExt, TryStreamExt, stream};
use sakarkiv_core::{
    delivery::{Delivery, DeliveryState, Letter, WorkKind},
    document::BlobRef,
    identity::{AccountId, CaseId, ChannelId, EntryId, LetterId, Timestamp},
    ports::{Assigned, Claim, ClaimRequest, NodeId, Op, Store, StoreError, Transaction},
    sensitivity::SensitivityClass,
};

use super::harness::StoreHarness;
use crate::conformance::{
    report::{Violation, granted, violated},
    samples::{MOMENT, Samples, company, known},
};

/// A store with the records that a case needs around those it looks at.
pub(super) struct Situation<'a> {
    harness: &'a dyn StoreHarness,
    pub(super) store: Arc<dyn Store>,
    pub(super) samples: Samples,
    pub(super) channel: ChannelId,
    pub(super) account: AccountId,
}

pub(super) const YEAR: i32 = 2026;

impl<'a> Situation<'a> {
    pub(super) async fn new(harness: &'a dyn StoreHarness) -> Self {
        Self {
            harness,
            store: harness.fresh().await,
            samples: Samples::new("proeve"),
            channel: known(ChannelId::new("svarut")),
            account: known(AccountId::new("byplan")),
        }
    }

    /// Lets the process die and starts another.
    pub(super) async fn restart(self) -> Self {
        let Self { harness, store, samples, channel, account } = self;
        Self { harness, store: harness.reopen(store).await, samples, channel, account }
    }

    pub(super) fn transaction(&self) -> Transaction {
        Transaction::new(self.samples.tenant().clone())
    }

    pub(super) async fn try_commit(&self, ops: Vec<Op>) -> Result<Vec<Assigned>, StoreError> {
        self.store.commit(Transaction { tenant: self.samples.tenant().clone(), ops }).await
    }

    pub(super) async fn commit(&self, ops: Vec<Op>) -> Result<Vec<Assigned>, Violation> {
        granted("commit", self.try_commit(ops).await)
    }

    pub(super) async fn stage(&self, content: &[u8]) -> Result<BlobRef, Violation> {
        let staged = self.samples.stage(self.store.as_ref(), content).await;
        staged.ok_or_else(|| violated("a document can be staged", "it cannot"))
    }

    pub(super) fn open_case(&mut self) -> (CaseId, Op) {
        let id = self.samples.case_id();
        (id, Op::OpenCase { id, case: self.samples.new_case(), year: YEAR, at: MOMENT })
    }

    pub(super) fn add_entry(&mut self, case: CaseId) -> (EntryId, Op) {
        let id = self.samples.entry_id();
        (id, Op::AddEntry { id, case, entry: self.samples.new_entry(), year: YEAR, at: MOMENT })
    }

    /// A case with one entry, stored.
    pub(super) async fn registered(&mut self) -> Result<(CaseId, EntryId), Violation> {
        let (case, open) = self.open_case();
        let (entry, add) = self.add_entry(case);
        self.commit(vec![open, add]).await?;
        Ok((case, entry))
    }

    /// A letter with its delivery, ready to be added; its case and entry are stored.
    pub(super) async fn letter(&mut self) -> Result<(Letter, Delivery), Violation> {
        let (case, entry) = self.registered().await?;
        let content = format!("%PDF-1.4 {}", self.samples.letter_id());
        let document = self.stage(content.as_bytes()).await?;
        let account = self.account.clone();
        let mut letter = self.samples.letter(company(0), SensitivityClass::Open, account, document);
        letter.case = case;
        letter.entry = entry;
        let delivery = self.samples.delivery(&letter, &self.channel);
        Ok((letter, delivery))
    }

    /// Stores a letter whose delivery was changed first.
    pub(super) async fn accept(&mut self, change: impl FnOnce(&mut Delivery)) -> Result<LetterId, Violation> {
        let (letter, mut delivery) = self.letter().await?;
        change(&mut delivery);
        let id = letter.id;
        self.commit(vec![Op::AddLetter { letter, delivery }]).await?;
        Ok(id)
    }

    pub(super) async fn delivery(&self, id: LetterId) -> Result<Delivery, Violation> {
        let stored = granted("reading a delivery", self.store.delivery(self.samples.tenant(), id).await)?;
        stored.ok_or_else(|| violated("the delivery is stored", "it is not"))
    }

    /// A request for everything that is due on the sample account.
    pub(super) fn request(&self, owner: &str, now: Timestamp) -> ClaimRequest {
        ClaimRequest {
            tenant: self.samples.tenant().clone(),
            channel: self.channel.clone(),
            account: self.account.clone(),
            work: WorkKind::Dispatch,
            owner: NodeId(owner.to_owned()),
            now,
            lease_until: after(now, 60),
            limit: 100,
        }
    }

    pub(super) async fn claim(&self, owner: &str, now: Timestamp) -> Result<Vec<Claim>, Violation> {
        granted("claim", self.store.claim(self.request(owner, now)).await)
    }

    pub(super) async fn claim_one(&self, owner: &str, now: Timestamp) -> Result<Claim, Violation> {
        let mut claims = self.claim(owner, now).await?;
        claims.pop().ok_or_else(|| violated("one claim", "none"))
    }

    /// The bytes of a document, if they can be read to their end.
    pub(super) async fn read(&self, blob: &BlobRef) -> Option<Vec<u8>> {
        let content = self.store.open(self.samples.tenant(), blob).await.ok()?;
        let chunks: Vec<_> = content.try_collect().await.ok()?;
        Some(chunks.concat())
    }

    pub(super) async fn spoil(&self, blob: &BlobRef) -> bool {
        self.harness.spoil(self.samples.tenant(), blob).await
    }
}

/// The claimed delivery, moved on by the start of an attempt.
pub(super) fn begun(claim: &Claim) -> Delivery {
    let mut delivery = claim.delivery.clone();
    delivery.state = DeliveryState::Attempting { since: MOMENT };
    delivery.attempts = delivery.attempts.saturating_add(1);
    delivery
}

/// The claimed delivery, taken by its channel.
pub(super) fn accepted(claim: &Claim) -> Delivery {
    let mut delivery = claim.delivery.clone();
    delivery.state = DeliveryState::Accepted;
    delivery
}

pub(super) fn letters_of(claims: &[Claim]) -> Vec<LetterId> {
    claims.iter().map(|claim| claim.delivery.letter).collect()
}

pub(super) fn after(moment: Timestamp, seconds: u64) -> Timestamp {
    moment
        .checked_add_signed(chrono::Duration::from_std(Duration::from_secs(seconds)).unwrap_or_default())
        .unwrap_or(moment)
}

/// Chunks that fail at the end.
pub(super) fn failing_stream() -> sakarkiv_core::ports::ByteStream {
    use sakarkiv_core::ports::{PortError, PortErrorKind};
    let fails = PortError::new(PortErrorKind::Transient, "conformance.stream", "the source broke off");
    stream::iter([Ok(bytes::Bytes::from_static(b"half a document")), Err(fails)]).boxed()
}

/// Demands an error of the store that this check accepts.
pub(super) async fn refused<T>(
    what: &str,
    outcome: impl Future<Output = Result<T, StoreError>>,
    fits: fn(&StoreError) -> bool,
) -> Result<(), Violation> {
    match outcome.await {
        Err(error) if fits(&error) => Ok(()),
        Err(error) => Err(violated(what, error)),
        Ok(_) => Err(violated(what, "success")),
    }
}
