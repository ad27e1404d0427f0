use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::{EntryStatus, JournalEntry};
use crate::{
    calendar,
    identity::{ActorId, EntryId, PartyId, Timestamp},
    noark::noark_list,
};

noark_list! {
    /// How an entry was settled (avskrivningsmåte, M619).
    SignOffKind {
        /// Answered by letter.
        Letter = "BU", "Besvart med brev";
        /// Answered by e-mail.
        Email = "BE", "Besvart med e-post";
        /// Answered by telephone.
        Telephone = "TLF", "Besvart på telefon";
        /// Taken note of, without an answer (til etterretning).
        Noted = "TE", "Tatt til etterretning";
        /// Taken for information (til orientering).
        ForInformation = "TO", "Tatt til orientering";
        /// Answered by an internal note.
        Note = "BN", "Besvart med notat";
        /// The case was closed.
        CaseClosed = "SA", "Saken ble avsluttet";
    }
}

/// A sign-off (avskrivning): that an entry, or one recipient's part of it, no longer waits for an answer.
///
/// JSON form: `{"date": "2026-11-02", "by": "u1", "how": "letter", "answered_by": "…", "party": "…"}`, the last two may be
/// left out.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct SignOff {
    date: NaiveDate,
    by: ActorId,
    how: SignOffKind,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    answered_by: Option<EntryId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    party: Option<PartyId>,
}

/// Why an entry was not signed off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum SignOffError {
    /// Only incoming entries and internal ones for follow-up wait for an answer.
    #[error("an entry of this kind never waits for an answer; only I and N entries are signed off (krav 3.4.5)")]
    Kind,
    /// The entry is void.
    #[error("the entry is void and waits for nothing")]
    Void,
    /// An internal entry is signed off for one recipient at a time.
    #[error(
        "an internal entry is signed off for each recipient; name one that is not a mere copy recipient (krav 3.4.6)"
    )]
    Party,
    /// The same sign-off again.
    #[error("the entry is signed off in this way already")]
    Repeated,
}

impl SignOff {
    /// A sign-off made now. Its date (avskrivningsdato, M617) is the local date and cannot be chosen.
    #[must_use]
    pub fn new(how: SignOffKind, by: ActorId, at: Timestamp) -> Self {
        Self { date: calendar::oslo_date(at), by, how, answered_by: None, party: None }
    }

    /// Names the entry that answers it (referanseAvskrivesAvJournalpost, M215).
    #[must_use]
    pub const fn answered_by(mut self, entry: EntryId) -> Self {
        self.answered_by = Some(entry);
        self
    }

    /// Names the recipient whose part is settled.
    #[must_use]
    pub const fn for_party(mut self, party: PartyId) -> Self {
        self.party = Some(party);
        self
    }

    /// When (avskrivningsdato, M617).
    #[must_use]
    pub const fn date(&self) -> NaiveDate {
        self.date
    }

    /// By whom (avskrevetAv, M618).
    #[must_use]
    pub const fn by(&self) -> &ActorId {
        &self.by
    }

    /// How (avskrivningsmåte, M619).
    #[must_use]
    pub const fn how(&self) -> SignOffKind {
        self.how
    }

    /// The entry that answers it, if a document does.
    #[must_use]
    pub const fn answer(&self) -> Option<EntryId> {
        self.answered_by
    }

    /// The recipient whose part is settled; nothing for the whole entry.
    #[must_use]
    pub const fn party(&self) -> Option<PartyId> {
        self.party
    }
}

impl JournalEntry {
    /// The same entry signed off. Several answers may sign off one entry (krav 3.4.4), in any status but void.
    ///
    /// # Errors
    /// [`SignOffError`] when nothing waits or the recipient is not named rightly.
    pub fn sign_off(&self, sign_off: SignOff) -> Result<Self, SignOffError> {
        if self.status() == EntryStatus::Void {
            return Err(SignOffError::Void);
        }
        if self.sign_offs().contains(&sign_off) {
            return Err(SignOffError::Repeated);
        }
        let mut signed = self.clone();
        signed.0.sign_offs.push(sign_off);
        signed.0.check_sign_offs()?;
        Ok(signed)
    }

    /// Whether it waits for an answer (står i restanse): for an internal entry, whether any recipient's part does.
    #[must_use]
    pub fn is_outstanding(&self) -> bool {
        if !self.kind().needs_sign_off() || self.status() == EntryStatus::Void {
            return false;
        }
        let mut waiting = self.0.answering_parties().peekable();
        if self.kind().is_own() && waiting.peek().is_some() {
            waiting.any(|party| self.sign_offs().iter().all(|sign_off| sign_off.party != Some(party)))
        } else {
            self.sign_offs().is_empty()
        }
    }
}

impl super::entry::Fields {
    /// The recipients that are expected to answer.
    fn answering_parties(&self) -> impl Iterator<Item = PartyId> + '_ {
        self.parties.iter().filter(|p| !p.role().is_sender() && !p.role().is_copy()).map(crate::party::Party::id)
    }

    pub(super) fn check_sign_offs(&self) -> Result<(), SignOffError> {
        if !self.sign_offs.is_empty() && !self.kind.needs_sign_off() {
            return Err(SignOffError::Kind);
        }
        let fits = |sign_off: &SignOff| match sign_off.party {
            Some(party) => self.answering_parties().any(|p| p == party),
            None => !self.kind.is_own() || self.answering_parties().next().is_none(),
        };
        if self.sign_offs.iter().all(fits) { Ok(()) } else { Err(SignOffError::Party) }
    }
}

#[cfg(test)]
mod tests {
    use chrono::{TimeZone, Utc};
    use uuid::Uuid;

    use super::*;
    use crate::{
        journal::{
            EntryKind, NewEntry,
            entry::tests::{actor, new_entry, register},
        },
        party::{Party, PartyRole},
    };

    fn party(n: u128, role: PartyRole) -> Party {
        Party::new(PartyId::from_uuid(Uuid::from_u128(n)), role, "Enheten".into()).unwrap()
    }

    fn noted() -> SignOff {
        SignOff::new(SignOffKind::Noted, actor(), Utc.with_ymd_and_hms(2026, 1, 31, 23, 30, 0).unwrap())
    }

    #[test]
    fn an_incoming_entry_waits_until_it_is_signed_off_on_a_norwegian_date() {
        let entry = register(new_entry(EntryKind::Incoming));
        assert!(entry.is_outstanding());
        let signed = entry.sign_off(noted()).unwrap();
        assert!(!signed.is_outstanding());
        assert_eq!(signed.sign_offs()[0].date().to_string(), "2026-02-01");
        assert_eq!(signed.sign_off(noted()), Err(SignOffError::Repeated));
    }

    #[test]
    fn an_internal_entry_is_signed_off_for_each_recipient_but_not_for_copies() {
        let parties = vec![
            party(1, PartyRole::InternalSender),
            party(2, PartyRole::InternalRecipient),
            party(3, PartyRole::InternalRecipient),
            party(4, PartyRole::InternalCopyRecipient),
        ];
        let entry = register(NewEntry { parties, ..new_entry(EntryKind::InternalFollowUp) });
        let id = |n| PartyId::from_uuid(Uuid::from_u128(n));
        assert_eq!(entry.sign_off(noted()), Err(SignOffError::Party));
        assert_eq!(entry.sign_off(noted().for_party(id(4))), Err(SignOffError::Party));
        assert_eq!(entry.sign_off(noted().for_party(id(9))), Err(SignOffError::Party));
        let one = entry.sign_off(noted().for_party(id(2))).unwrap();
        assert!(one.is_outstanding());
        assert!(!one.sign_off(noted().for_party(id(3))).unwrap().is_outstanding());
    }

    #[test]
    fn outgoing_entries_and_notes_without_follow_up_never_wait() {
        for kind in [EntryKind::Outgoing, EntryKind::Internal, EntryKind::Proposal] {
            let entry = register(new_entry(kind));
            assert!(!entry.is_outstanding());
            assert_eq!(entry.sign_off(noted()), Err(SignOffError::Kind));
        }
    }
}
