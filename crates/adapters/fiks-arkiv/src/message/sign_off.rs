//! `nyAvskrivning` and `slettAvskrivning`.

use sakarkiv_core::{identity::PartyId, intake::EntryName, journal::SignOffKind};
use sakarkiv_xml::{
    Element,
    fields::{listed, missing, required_code, text, within},
};
use uuid::Uuid;

use super::references::entry_name;
use crate::MessageError;

/// Sign an entry off.
#[derive(Debug)]
pub(crate) struct SignOffOrder {
    /// Which.
    pub(crate) entry: EntryName,
    /// How.
    pub(crate) how: SignOffKind,
    /// The entry that answers it.
    pub(crate) answered_by: Option<EntryName>,
    /// The party, when it is named by an id of ours.
    pub(crate) party: Option<PartyId>,
}

impl SignOffOrder {
    /// Reads a `nyAvskrivning`. Who signs off and when is the archive's own knowledge: the service user, now.
    pub(crate) fn read(root: &Element) -> Result<Self, MessageError> {
        let sign_off = within(root, "avskrivning")?;
        required_code(sign_off, "avskrivningsmaate")?;
        let how = listed(sign_off, "avskrivningsmaate", SignOffKind::from_noark)?;
        Ok(Self {
            entry: entry_name(within(root, "referanseTilJournalpost")?)?,
            how: how.ok_or_else(|| missing(sign_off, "avskrivningsmaate"))?,
            answered_by: sign_off.child("referanseAvskrivesAvJournalpost").map(entry_name).transpose()?,
            party: party(root),
        })
    }
}

/// Take a sign-off back.
#[derive(Debug)]
pub(crate) struct UndoOrder {
    /// Of which entry.
    pub(crate) entry: EntryName,
    /// Whose part, when the party is named by an id of ours.
    pub(crate) party: Option<PartyId>,
}

impl UndoOrder {
    /// Reads a `slettAvskrivning`.
    pub(crate) fn read(root: &Element) -> Result<Self, MessageError> {
        Ok(Self { entry: entry_name(within(root, "referanseTilJournalpost")?)?, party: party(root) })
    }
}

fn party(root: &Element) -> Option<PartyId> {
    text(root, "korrespondansepartID").and_then(|id| Uuid::parse_str(id).ok()).map(PartyId::from_uuid)
}
