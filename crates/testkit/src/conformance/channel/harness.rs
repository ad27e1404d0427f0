use std::{fmt::Debug, sync::Arc, time::Duration};

use async_trait::async_trait;
use sakarkiv_core::{
    delivery::{Recipient, Reference, RemoteId, SigningStage},
    document::BlobRef,
    identity::{AccountId, Timestamp},
    ports::{Channel, Stage},
    routing::MailboxKind,
    sensitivity::SensitivityClass,
};

/// A letter as the other side has it: the truth that the suite compares the adapter's words with.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PeerLetter {
    /// The other side's id.
    pub remote_id: RemoteId,
    /// The kind of mailbox it landed in.
    pub mailbox: MailboxKind,
    /// Whether the recipient has it or will.
    pub effective: bool,
    /// Whether the recipient can open it now or later.
    pub readable: bool,
    /// What its documents are, when the other side can tell.
    pub documents: Option<Vec<BlobRef>>,
}

impl PeerLetter {
    /// A letter that the recipient will be able to read.
    #[must_use]
    pub const fn new(remote_id: RemoteId, mailbox: MailboxKind) -> Self {
        Self { remote_id, mailbox, effective: true, readable: true, documents: None }
    }
}

/// A recipient that the other side of a harness knows, and where its mail lands.
#[derive(Debug, Clone)]
pub struct SampleRecipient {
    /// Who.
    pub recipient: Recipient,
    /// How sensitive a letter to it is.
    pub sensitivity: SensitivityClass,
    /// The mailbox kind that the rules choose for it.
    pub mailbox: MailboxKind,
}

/// A letter whose document its recipient can be asked to sign.
#[derive(Debug, Clone)]
pub struct SampleSigner {
    /// Who, with the mailbox in which people sign.
    pub to: SampleRecipient,
    /// Until when it can be signed, by the other side's clock.
    pub expires: Timestamp,
}

/// What goes wrong with the next `send` (or the call that the case makes next).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ChannelFault {
    /// The other side takes the letter, and its answer is lost.
    DropAnswer,
    /// The connection is lost before the other side has taken anything.
    DropRequest,
    /// The other side looks at the letter and says no.
    Refuse,
    /// The other side says that it is busy, and for how long.
    Busy(Duration),
    /// The credentials are refused.
    Unauthorised,
    /// The other side takes the letter and answers only after the capabilities' time-out. Only for harnesses under a
    /// simulated clock.
    Slow,
    /// The receiver system of the recipient is gone from now on.
    ReceiverSystemGone,
}

impl ChannelFault {
    /// Every fault, for harnesses that offer all.
    pub const ALL: [Self; 7] = [
        Self::DropAnswer,
        Self::DropRequest,
        Self::Refuse,
        Self::Busy(Duration::from_secs(30)),
        Self::Unauthorised,
        Self::Slow,
        Self::ReceiverSystemGone,
    ];
}

/// What a vendor gives the suite for [`Channel`].
#[async_trait]
pub trait ChannelHarness: Debug + Send + Sync {
    /// What is tested, for the report.
    fn name(&self) -> String;

    /// A new adapter before another side that has no letters and no armed faults. Called at the start of each case.
    async fn fresh(&self) -> Arc<dyn Channel>;

    /// A sender account that is configured.
    fn account(&self) -> AccountId;

    /// Recipients, as many kinds and sensitivities as the channel serves; at least one.
    fn recipients(&self) -> Vec<SampleRecipient>;

    /// A recipient that the other side does not know, if there can be one.
    fn unknown_recipient(&self) -> Option<Recipient>;

    /// What the other side has under a reference, oldest first, turned away ones included.
    async fn received(&self, reference: &Reference) -> Vec<PeerLetter>;

    /// How many letters the other side has in all.
    async fn received_in_all(&self) -> usize;

    /// Whether the harness can arrange a fault.
    fn offers(&self, fault: ChannelFault) -> bool;

    /// Arms a fault for the next call. Only called for what is offered.
    async fn arm(&self, fault: ChannelFault);

    /// The stages to which the harness can bring a letter on the other side.
    fn stages(&self) -> Vec<Stage>;

    /// Brings a letter to a stage. Only called for what is offered. For [`Stage::Unrecognised`] the other side must use a
    /// word that no version of the adapter knows.
    async fn bring_to(&self, id: &RemoteId, stage: Stage);

    /// Somebody who can be asked for a signature. None, as it stands here, for a channel that asks nobody.
    fn signer(&self) -> Option<SampleSigner> {
        None
    }

    /// The stages to which the harness can bring a signing order on the other side.
    fn signing_stages(&self) -> Vec<SigningStage> {
        Vec::new()
    }

    /// Brings the signing order of a letter to a stage. Only called for what is offered. For [`SigningStage::Unrecognised`]
    /// the other side must use a word that no version of the adapter knows.
    async fn bring_signing_to(&self, _id: &RemoteId, _stage: SigningStage) {}
}
