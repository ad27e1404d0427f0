use super::JournalEntry;
use crate::{
    document::Document,
    party::{Party, PartyIdentity},
    screening::{Hides, MASK, Mask, Whole},
};

/// What the public may read of an entry.
impl JournalEntry {
    /// The public title (offentligTittel, M025): without anything the entry's screening hides and without the name of any
    /// party whose name is kept from the public.
    #[must_use]
    pub fn public_title(&self) -> String {
        let title = self.0.public_title.as_ref().unwrap_or(&self.0.title).expose();
        let mask = self.name_mask();
        match &self.0.screening {
            Some(screening) => screening.public_title_and(title, mask),
            None => mask.apply(title),
        }
    }

    /// The name of one of its parties as the public may read it.
    #[must_use]
    pub fn public_party_name<'a>(&self, party: &'a Party) -> &'a str {
        if self.hides_name_of(party) { MASK } else { party.name().expose() }
    }

    /// The title of one of its documents as the public may read it.
    #[must_use]
    pub fn public_document_title(&self, document: &Document) -> String {
        let mask = self.name_mask();
        match &self.0.screening {
            Some(screening) if screening.hides(Hides::DocumentTitles) => MASK.to_owned(),
            Some(screening) => screening.public_title_and(&document.public_title(), mask),
            None => mask.apply(&document.public_title()),
        }
    }

    fn hides_name_of(&self, party: &Party) -> bool {
        party.is_screened() || self.0.screening.as_ref().is_some_and(|screening| screening.hides(Hides::PartyNames))
    }

    /// Hides the names of screened parties in running text: the full name anywhere, and each part of a person's name as a word
    /// of its own. An organisation's name is hidden as a whole, since its parts are everyday words.
    fn name_mask(&self) -> Mask {
        let hidden = self.0.parties.iter().filter(|party| self.hides_name_of(party));
        hidden.fold(Mask::new(), |mask, party| {
            let name = party.name().expose();
            let mask = mask.with(name, Whole::No);
            if matches!(party.identity(), Some(PartyIdentity::Organisation(_))) {
                return mask;
            }
            let parts = name.split(|c: char| !c.is_alphanumeric()).filter(|part| part.chars().nth(1).is_some());
            parts.fold(mask, |mask, part| mask.with(part, Whole::Yes))
        })
    }
}
