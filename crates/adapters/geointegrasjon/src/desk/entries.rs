//! Journal entries: registered, handed over, moved on, their parties and sign-offs.

use std::collections::BTreeSet;

use sakarkiv_core::{
    identity::{EntryId, PartyId, SignOffId},
    intake::{CaseWish, EntryName, reference},
    journal::{Amendment, Change, EntryStatus, JournalEntry, SignOff, SignOffKind},
    party::Party,
    ports::{ArchiveError, SignOffWish, new_uuid},
};
use sakarkiv_xml::{
    Element,
    fields::{flag, listed, missing, text, value, within},
};
use uuid::Uuid;

use super::{Desk, with_keys};
use crate::{
    Operation,
    fault::Trouble,
    read::{BY_JOURNAL_NUMBER, case_of, entry_facts, entry_name, external, handed_to, items, key_of, new_party},
    soap,
    write::{self, EntryParts},
};

impl Desk<'_> {
    pub(super) async fn register(&self, request: &Element) -> Result<JournalEntry, Trouble> {
        let entry = within(request, "journalpost")?;
        let facts = entry_facts(entry)?;
        let mut consignment = self.consignment("NyJournalpost", facts.key.as_ref())?;
        consignment.case = CaseWish::Existing(case_of(entry)?);
        consignment.entries.push(facts);
        let receipt = self.desk.hand_in(&consignment).await?;
        let registered = receipt.entries.first().ok_or(ArchiveError::Internal)?;
        Ok(self.desk.entry(&EntryName::Id(registered.id)).await?)
    }

    pub(super) async fn move_entry(&self, request: &Element) -> Result<(), Trouble> {
        let entry = self.desk.entry(&entry_name(within(request, "journalpostnokkel")?)?).await?;
        let status = listed(request, "journalstatus", EntryStatus::from_noark)?;
        let status = status.ok_or_else(|| missing(request, "journalstatus"))?;
        if entry.status() != status {
            self.desk.move_entry(entry.id(), status).await?;
        }
        Ok(())
    }

    pub(super) async fn hand_entry_over(&self, request: &Element) -> Result<JournalEntry, Trouble> {
        let entry = self.desk.entry(&entry_name(within(request, "journalpostnokkel")?)?).await?;
        let (unit, handler) = handed_to(request)?;
        let unit = unit.filter(|unit| Some(unit) != entry.unit()).map(|unit| Change::Unit(Some(unit)));
        let handler = handler.filter(|handler| Some(handler) != entry.case_handler());
        let mut changes = unit.into_iter().chain(handler.map(|handler| Change::CaseHandler(Some(handler))));
        if let Some(first) = changes.next() {
            self.desk.amend_entry(entry.id(), changes.fold(Amendment::new(first), Amendment::and)).await?;
        }
        Ok(self.desk.entry(&EntryName::Id(entry.id())).await?)
    }

    pub(super) async fn key_entry(&self, request: &Element) -> Result<JournalEntry, Trouble> {
        let entry = self.desk.entry(&entry_name(within(request, "journalpostnokkel")?)?).await?;
        let key = key_of(within(request, "nokkel")?, reference::ENTRY)?;
        if let Some(keys) = with_keys(entry.external_keys(), [key]) {
            self.desk.amend_entry(entry.id(), Amendment::new(Change::ExternalKeys(keys))).await?;
        }
        Ok(self.desk.entry(&EntryName::Id(entry.id())).await?)
    }

    /// Adds parties. A new one has no id in the call: one of the same role, name and number is taken as this one, sent again.
    pub(super) async fn add_parties(&self, request: &Element) -> Result<(), Trouble> {
        let entry = self.desk.entry(&entry_name(within(request, "journalpostnokkel")?)?).await?;
        let mut parties = entry.parties().to_vec();
        for element in within(request, "part")?.all("liste") {
            let new = new_party(element, PartyId::from_uuid(new_uuid(self.clock.now(), self.entropy)))?;
            match parties.iter_mut().find(|known| is_same(known, &new)) {
                Some(known) => *known = known.clone().screened(known.is_screened() || new.is_screened()),
                None => parties.push(new),
            }
        }
        self.put_parties(&entry, parties).await
    }

    /// Takes parties away by the ids that the entry shows. One that is not there is gone already.
    pub(super) async fn remove_parties(&self, request: &Element) -> Result<(), Trouble> {
        let entry = self.desk.entry(&entry_name(within(request, "journalpostnokkel")?)?).await?;
        let gone = ids(within(request, "systemID")?, PartyId::from_uuid)?;
        let kept = entry.parties().iter().filter(|party| !gone.contains(&party.id())).cloned().collect();
        self.put_parties(&entry, kept).await
    }

    async fn put_parties(&self, entry: &JournalEntry, parties: Vec<Party>) -> Result<(), Trouble> {
        if parties != entry.parties() {
            self.desk.amend_entry(entry.id(), Amendment::new(Change::Parties(parties))).await?;
        }
        Ok(())
    }

    pub(super) async fn sign_off(&self, request: &Element) -> Result<(), Trouble> {
        let entry = self.desk.entry(&entry_name(within(request, "journalnokkel")?)?).await?;
        for sign_off in items(request, "avskrivning") {
            let how = listed(sign_off, "avskrivningsmaate", SignOffKind::from_noark)?;
            let how = how.ok_or_else(|| missing(sign_off, "avskrivningsmaate"))?;
            // Left out, the answer would be lost without a word.
            if sign_off.child("referanseAvskrivesAvJournalnummer").is_some_and(Element::is_filled_in) {
                return Err(Trouble::Unsupported { what: BY_JOURNAL_NUMBER });
            }
            let answered_by = match external(sign_off, "referanseAvskrivesAvEksternNoekkel", reference::ENTRY)? {
                Some(key) => Some(self.desk.entry(&EntryName::Key(key)).await?.id()),
                None => None,
            };
            if !entry.sign_offs().iter().any(|done| done.how() == how) {
                self.desk.sign_off(entry.id(), SignOffWish { how, answered_by, party: None }).await?;
            }
        }
        Ok(())
    }

    /// Takes sign-offs back by the ids that the entry shows. One that is not there is taken back already.
    pub(super) async fn undo_sign_offs(&self, request: &Element) -> Result<(), Trouble> {
        let entry = self.desk.entry(&entry_name(within(request, "journalnokkel")?)?).await?;
        for id in ids(within(request, "systemID")?, SignOffId::from_uuid)? {
            if entry.signed_off_as(id).is_some() {
                self.desk.undo_sign_off(entry.id(), id).await?;
            }
        }
        Ok(())
    }

    /// Shows entries with what is asked for: sign-offs when the call says so, parties unless it says not.
    pub(super) async fn entries(
        &self,
        operation: Operation,
        request: &Element,
        entries: &[JournalEntry],
        twelve: bool,
    ) -> Result<String, Trouble> {
        let parties =
            text(request, "returnerKorrespondansepart").is_none() || flag(request, "returnerKorrespondansepart")?;
        let answers = match flag(request, "returnerAvskrivning")? {
            true => Some(self.answers_to(entries).await?),
            false => None,
        };
        let parts = EntryParts { parties, answers };
        Ok(soap::envelope(operation, twelve, |out| {
            write::many(out, "k", entries, |out, entry| write::entry(out, entry, &parts));
        }))
    }

    /// The entries that others are signed off by, as far as the caller may know of them.
    async fn answers_to(&self, entries: &[JournalEntry]) -> Result<Vec<JournalEntry>, Trouble> {
        let named: BTreeSet<EntryId> =
            entries.iter().flat_map(JournalEntry::sign_offs).filter_map(SignOff::answer).collect();
        let mut answers = Vec::new();
        for id in named {
            match entries.iter().find(|entry| entry.id() == id) {
                Some(entry) => answers.push(entry.clone()),
                None => match self.desk.entry(&EntryName::Id(id)).await {
                    Ok(entry) => answers.push(entry),
                    Err(ArchiveError::NotFound { .. } | ArchiveError::Refused { .. }) => {}
                    Err(error) => return Err(error.into()),
                },
            }
        }
        Ok(answers)
    }
}

fn is_same(known: &Party, new: &Party) -> bool {
    (known.role(), known.name(), known.identity()) == (new.role(), new.name(), new.identity())
}

/// The ids in a list of texts, as answers show them.
fn ids<T: Ord>(list: &Element, id: fn(Uuid) -> T) -> Result<BTreeSet<T>, Trouble> {
    let ids = list.all("liste").map(|text| Uuid::parse_str(text.text()).map(id));
    ids.collect::<Result<_, _>>().map_err(|_| value(list, "liste", "an id that the archive gave").into())
}
