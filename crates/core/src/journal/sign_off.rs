use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use thiserror::Error;
use uuid::Uuid;

use super::{EntryStatus, JournalEntry};
use crate::{
    calendar,
    case::CaseStatus,
    identity::{ActorId, EntryId, PartyId, SignOffId, Timestamp, computed},
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

/// Why an entry was not signed off, or a sign-off was not taken back.
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
    /// The entry has no sign-off of this id.
    #[error("the entry has no such sign-off: read the entry again and name one that it has")]
    Unknown,
    /// In a closed case nothing waits for an answer.
    #[error("the case is closed, and nothing in it may wait for an answer; reopen it first (krav 3.2.9)")]
    CaseClosed,
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

impl SignOffId {
    /// The id of a sign-off of this entry. It is not stored but computed from all that the sign-off says, so it is the same
    /// wherever and whenever it is asked for, and no two sign-offs of an entry share one.
    #[must_use]
    pub fn of(entry: EntryId, sign_off: &SignOff) -> Self {
        let related = |id: Option<Uuid>| id.unwrap_or_default().into_bytes();
        let answer = related(sign_off.answered_by.map(EntryId::uuid));
        let party = related(sign_off.party.map(PartyId::uuid));
        // None of these has a space in it, so each keeps its place.
        let rest = format!("{} {} {}", sign_off.date, sign_off.how.code(), sign_off.by);
        let entry = entry.uuid().into_bytes();
        Self::from_uuid(computed(&[b"sakarkiv/sign-off", &entry, &answer, &party, rest.as_bytes()]))
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

    /// One of the sign-offs.
    #[must_use]
    pub fn signed_off_as(&self, id: SignOffId) -> Option<&SignOff> {
        self.sign_offs().iter().find(|sign_off| SignOffId::of(self.id(), sign_off) == id)
    }

    /// The same entry with a sign-off taken back (avskrivningen opphevet), in a case of this status: what it settled waits
    /// for an answer again, unless another sign-off settles it too. The standard locks sign-offs in no status but void; it
    /// wants the change logged.
    ///
    /// # Errors
    /// [`SignOffError`] when the entry has no such sign-off or is void, or its case is closed.
    pub fn undo_sign_off(&self, id: SignOffId, case: CaseStatus) -> Result<Self, SignOffError> {
        if self.status() == EntryStatus::Void {
            return Err(SignOffError::Void);
        }
        self.signed_off_as(id).ok_or(SignOffError::Unknown)?;
        if !case.takes_entries() {
            return Err(SignOffError::CaseClosed);
        }
        let mut waiting = self.clone();
        waiting.0.sign_offs.retain(|sign_off| SignOffId::of(self.id(), sign_off) != id);
        Ok(waiting)
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

    fn id(entry: &JournalEntry, nth: usize) -> SignOffId {
        SignOffId::of(entry.id(), &entry.sign_offs()[nth])
    }

    #[test]
    fn an_entry_waits_again_when_its_last_sign_off_is_taken_back() {
        let entry = register(new_entry(EntryKind::Incoming));
        let by_letter = SignOff { how: SignOffKind::Letter, ..noted() }.answered_by(EntryId::from_uuid(Uuid::max()));
        let both = entry.sign_off(noted()).unwrap().sign_off(by_letter.clone()).unwrap();
        let one = both.undo_sign_off(id(&both, 0), CaseStatus::Open).unwrap();
        assert_eq!(one.sign_offs(), [by_letter]);
        assert!(!one.is_outstanding());
        assert_eq!(one.undo_sign_off(id(&both, 0), CaseStatus::Open), Err(SignOffError::Unknown));
        assert_eq!(one.undo_sign_off(id(&one, 0), CaseStatus::HandlerClosed).unwrap(), entry);
    }

    #[test]
    fn the_part_of_one_recipient_is_taken_back_alone() {
        let recipients = [2, 3].map(|n| party(n, PartyRole::InternalRecipient));
        let parts = recipients.each_ref().map(|recipient| noted().for_party(recipient.id()));
        let entry = register(NewEntry { parties: recipients.to_vec(), ..new_entry(EntryKind::InternalFollowUp) });
        let signed = parts.iter().fold(entry, |entry, part| entry.sign_off(part.clone()).unwrap());
        let undone = signed.undo_sign_off(id(&signed, 1), CaseStatus::Open).unwrap();
        assert!(undone.is_outstanding());
        assert_eq!(undone.sign_offs(), &parts[..1]);
    }

    #[test]
    fn nothing_is_taken_back_that_would_leave_a_void_entry_or_a_closed_case_waiting() {
        let signed = register(new_entry(EntryKind::Incoming)).sign_off(noted()).unwrap();
        for case in [CaseStatus::Closed, CaseStatus::Void] {
            assert_eq!(signed.undo_sign_off(id(&signed, 0), case), Err(SignOffError::CaseClosed));
        }
        let at = Utc.with_ymd_and_hms(2026, 2, 2, 8, 0, 0).unwrap();
        let void = signed.move_to(EntryStatus::Void, &actor(), at).unwrap();
        assert_eq!(void.undo_sign_off(id(&void, 0), CaseStatus::Open), Err(SignOffError::Void));
    }

    #[test]
    fn the_id_of_a_sign_off_never_changes_and_is_its_own() {
        let entry = |n| EntryId::from_uuid(Uuid::from_u128(n));
        let first = SignOffId::of(entry(7), &noted());
        assert_eq!(first.to_string(), "f842257c-2ddd-8b0d-b14a-6239cec9783c");
        let others = [
            SignOff { how: SignOffKind::Letter, ..noted() },
            SignOff { date: NaiveDate::from_ymd_opt(2026, 2, 2).unwrap(), ..noted() },
            SignOff { by: ActorId::new("annen").unwrap(), ..noted() },
            noted().answered_by(entry(1)),
            noted().for_party(PartyId::from_uuid(Uuid::from_u128(1))),
        ];
        let ids = others.iter().map(|other| SignOffId::of(entry(7), other)).chain([SignOffId::of(entry(8), &noted())]);
        let all: std::collections::BTreeSet<_> = ids.chain([first]).collect();
        assert_eq!(all.len(), 7);
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
