//! What a delivery does to the journal entry it dispatches: when the channel has taken the letter over, the entry is
//! dispatched (ekspedert, E) with its date, in the same transaction, so that journal and delivery never disagree (I2).

use sakarkiv_core::{
    delivery::{Delivery, Letter},
    identity::{ActorId, Timestamp},
    journal::{Amendment, Change, EntryStatus, JournalEntry},
    ports::{Op, StoreError},
};

use crate::{audit, office::Office};

/// The changes of the entry that go with a delivery's step from `before` to `after`; none unless the step is the one that
/// hands the letter over.
pub(crate) async fn dispatched(
    office: &Office,
    before: &Delivery,
    after: &Delivery,
    letter: Option<&Letter>,
) -> Result<Vec<Op>, StoreError> {
    if before.accepted.is_some() || after.accepted.is_none() {
        return Ok(Vec::new());
    }
    let entry = match letter {
        Some(letter) => letter.entry,
        None => match office.store.letter(&after.tenant, after.letter).await? {
            Some(letter) => letter.entry,
            None => return Ok(Vec::new()),
        },
    };
    let now = office.clock.now();
    let entry = office.store.entry(&after.tenant, entry).await?;
    let changed = entry.and_then(|entry| mark_dispatched(&entry, &office.actor, now));
    Ok(changed.map_or_else(Vec::new, |entry| {
        let event = audit::entry_dispatched(&after.tenant, entry.id(), &office.actor, now);
        vec![Op::PutEntry(entry), Op::Audit(event)]
    }))
}

/// A finished or approved entry, dispatched. Nothing for one that is on record already, by a person's hand or by the first
/// of several recipients.
fn mark_dispatched(entry: &JournalEntry, by: &ActorId, now: Timestamp) -> Option<JournalEntry> {
    if !matches!(entry.status(), EntryStatus::Finished | EntryStatus::Approved) {
        return None;
    }
    let dated = match entry.sent() {
        Some(_) => entry.clone(),
        None => entry.amend(Amendment::new(Change::Sent(Some(now)))).ok()?,
    };
    // Refused for an entry without a party or with unfinished documents: people complete it first.
    dated.move_to(EntryStatus::Dispatched, by, now).ok()
}
