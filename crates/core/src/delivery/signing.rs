//! Signing orders (signeringsoppdrag): a letter with a document that its recipient is asked to sign (R4.4).

use serde::{Deserialize, Serialize};

use super::{DeliveryState, Reference, RemoteId};
use crate::{
    identity::{LetterId, Timestamp},
    ports::{MailKind, ReceivedMail},
};

/// What the sender orders to be signed. Only a person can be asked, in the person's own mailbox; the signed document comes
/// back as mail of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SigningOrder {
    /// Which of the letter's documents, counted from 0. It must be a PDF.
    #[serde(default)]
    pub document: usize,
    /// How strong a signature is asked for.
    #[serde(default)]
    pub strength: SignatureStrength,
    /// Until when it can be signed. SvarUt wants at least a day.
    pub expires: Timestamp,
}

/// How strong a signature is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SignatureStrength {
    /// The signer is known by having logged in (autentisert signatur).
    #[default]
    Authenticated,
    /// The signer signs with an electronic identity of its own (avansert signatur).
    Advanced,
}

/// How far the channel says a signing order has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SigningStage {
    /// The recipient can sign.
    Waiting,
    /// Signed; the signed document comes back as mail of its own.
    Signed,
    /// The recipient will not sign, for good. Nothing comes back.
    Declined,
    /// Its time was over before anybody signed.
    Expired,
    /// The channel turned the order away: nobody has been asked to sign.
    Rejected,
    /// A word that this version does not know. Kept raw, shown, and asked again.
    Unrecognised,
}

impl SigningStage {
    /// Every stage.
    pub const ALL: [Self; 6] =
        [Self::Waiting, Self::Signed, Self::Declined, Self::Expired, Self::Rejected, Self::Unrecognised];

    /// Whether nothing more will happen to the order.
    #[must_use]
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Signed | Self::Declined | Self::Expired | Self::Rejected)
    }

    /// A short stable name, for reports and logs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Signed => "signed",
            Self::Declined => "declined",
            Self::Expired => "expired",
            Self::Rejected => "rejected",
            Self::Unrecognised => "unrecognised",
        }
    }
}

/// Where a signing order stands as the channel gave it, beside how we read it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SigningStatus {
    /// How we read it.
    pub stage: SigningStage,
    /// The channel's own word, always kept.
    pub raw: String,
    /// When the channel says it came to this.
    pub since: Option<Timestamp>,
}

/// The signing side of a delivery. The letter's own way goes on beside it: it may be opened or printed and still wait for a
/// signature.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signing {
    /// Until when it can be signed.
    pub expires: Timestamp,
    /// The channel's last word; nothing before it has given one.
    #[serde(default)]
    pub status: Option<SigningStatus>,
}

impl Signing {
    /// An order of which the channel has said nothing yet.
    #[must_use]
    pub const fn ordered(order: &SigningOrder) -> Self {
        Self { expires: order.expires, status: None }
    }

    /// How far it has come.
    #[must_use]
    pub fn stage(&self) -> SigningStage {
        self.status.as_ref().map_or(SigningStage::Waiting, |status| status.stage)
    }

    /// Whether something more may happen to it.
    #[must_use]
    pub fn is_open(&self) -> bool {
        !self.stage().is_final()
    }
}

/// Which order a signed document that came in as mail belongs to.
///
/// No interface description says how a signed return names its order. What other mail does is relied on: the id of the
/// letter that it answers (SvarInn: svarPaForsendelse), and our reference when it was handed through.
///
/// ```
/// use sakarkiv_core::{
///     delivery::{OrderOfReturn, Reference, RemoteId, order_of_return},
///     identity::LetterId,
///     ports::{ItemId, MailKind, ReceivedMail},
///     screening::Private,
/// };
///
/// let letter: LetterId = "0198f3c0-0000-7000-8000-000000000001".parse()?;
/// let mut mail = ReceivedMail::new(ItemId("7".to_owned()), Private::new("Signert: Avtale".to_owned()));
/// mail.kind = MailKind::SignedReturn;
/// mail.answers = Some("5b0e0f6a".to_owned());
/// mail.external_reference = Some(Reference::of(letter).as_str().to_owned());
/// let order = order_of_return(&mail).unwrap();
/// assert_eq!(order, OrderOfReturn { letter: Some(letter), remote_id: Some(RemoteId("5b0e0f6a".to_owned())) });
/// # Ok::<(), sakarkiv_core::identity::IdError>(())
/// ```
#[must_use]
pub fn order_of_return(mail: &ReceivedMail) -> Option<OrderOfReturn> {
    if mail.kind != MailKind::SignedReturn {
        return None;
    }
    let letter = mail.external_reference.as_deref().and_then(Reference::letter_of);
    let remote_id = mail.answers.clone().map(RemoteId);
    (letter.is_some() || remote_id.is_some()).then_some(OrderOfReturn { letter, remote_id })
}

/// What a signed return says of the order it belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderOfReturn {
    /// Our letter, when our reference was handed through.
    pub letter: Option<LetterId>,
    /// The channel's id of our letter, when it says what it answers.
    pub remote_id: Option<RemoteId>,
}

impl DeliveryState {
    /// Whether a signature may still come: the channel has the letter and has not lost it. Paper does not end it, nor does
    /// that the recipient opened the letter.
    pub(super) const fn can_be_signed(&self) -> bool {
        matches!(
            self,
            Self::Accepted | Self::Delivered { .. } | Self::SentToPrint | Self::Opened | Self::Printed | Self::Closed
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ports::ItemId, screening::Private};

    #[test]
    fn an_order_is_open_until_the_channel_says_how_it_ended() {
        let order = SigningOrder { document: 0, strength: SignatureStrength::Advanced, expires: Timestamp::UNIX_EPOCH };
        let mut signing = Signing::ordered(&order);
        assert!(signing.is_open());
        for stage in SigningStage::ALL {
            signing.status = Some(SigningStatus { stage, raw: String::new(), since: None });
            assert_eq!(signing.is_open(), matches!(stage, SigningStage::Waiting | SigningStage::Unrecognised));
        }
    }

    #[test]
    fn only_a_signed_return_belongs_to_an_order_and_a_foreign_reference_names_no_letter_of_ours() {
        let mut mail = ReceivedMail::new(ItemId("1".to_owned()), Private::new("Brev".to_owned()));
        mail.answers = Some("abc".to_owned());
        assert_eq!(order_of_return(&mail), None);
        mail.kind = MailKind::SignedReturn;
        mail.external_reference = Some("sak-2026-417".to_owned());
        assert_eq!(order_of_return(&mail).unwrap().letter, None);
        mail.answers = None;
        assert_eq!(order_of_return(&mail), None);
    }
}
