//! `korrespondansepartOppdateringer`: changes of the parties of an entry, one by one.

use sakarkiv_core::{
    document::ContentHash,
    identity::{PartyId, PostalAddress},
    journal::JournalEntry,
    party::{Contact, Party, PartyError, PartyIdentity, PartyRole},
    ports::ArchiveError,
    screening::Private,
};
use sakarkiv_xml::{
    Element,
    fields::{flag, listed, missing, private, required_code, text, value},
};
use uuid::{Builder, Uuid};

use super::create::{address, identity};
use crate::MessageError;

/// What a partner wants changed of the parties of an entry.
#[derive(Debug, Default)]
pub(crate) struct PartyChanges {
    changed: Vec<(PartyId, Wanted)>,
    gone: Vec<PartyId>,
    new: Vec<Wanted>,
}

/// What is said of a party; the rest stays.
#[derive(Debug)]
struct Wanted {
    role: Option<PartyRole>,
    name: Option<Private<String>>,
    identity: Option<PartyIdentity>,
    address: Option<PostalAddress>,
    contact: Contact,
    screened: Option<bool>,
}

/// What can be changed of a party. Its unit and case handler are the archive's own to decide.
const FIELDS: [&str; 13] = [
    "korrespondansepartID",
    "korrespondanseparttype",
    "korrespondansepartNavn",
    "organisasjonid",
    "personid",
    "postadresse",
    "postnummer",
    "poststed",
    "landkode",
    "epostadresse",
    "telefonnummer",
    "kontaktperson",
    "erSkjermet",
];

impl PartyChanges {
    /// Reads a `korrespondansepartOppdateringer`.
    pub(super) fn read(list: &Element) -> Result<Self, MessageError> {
        let mut changes = Self::default();
        for party in list.all("oppdatering") {
            changes.changed.push((id(party)?, Wanted::read(party)?));
        }
        for party in list.all("slett") {
            changes.gone.push(id(party)?);
        }
        for party in list.all("ny") {
            required_code(party, "korrespondanseparttype")?;
            text(party, "korrespondansepartNavn").ok_or_else(|| missing(party, "korrespondansepartNavn"))?;
            changes.new.push(Wanted::read(party)?);
        }
        Ok(changes)
    }

    /// The parties of an entry after these changes, which came in this message; nothing when they are as they were. A party
    /// that is new has an id by the message and its place, so that a message that comes again adds none.
    pub(crate) fn apply(&self, entry: &JournalEntry, message: Uuid) -> Result<Option<Vec<Party>>, ArchiveError> {
        let stays = |party: &&Party| !self.gone.contains(&party.id());
        let mut parties: Vec<Party> = entry.parties().iter().filter(stays).cloned().collect();
        for (id, wanted) in &self.changed {
            let party = parties.iter_mut().find(|party| party.id() == *id);
            let party = party.ok_or(ArchiveError::NotFound { what: "party" })?;
            *party = wanted.over(party).map_err(not_allowed)?;
        }
        for (place, wanted) in (1..).zip(&self.new) {
            let id = new_id(message, place);
            let (Some(role), Some(name)) = (wanted.role, &wanted.name) else { continue };
            if !parties.iter().any(|party| party.id() == id) {
                let party = Party::new(id, role, name.clone()).and_then(|party| wanted.over(&party));
                parties.push(party.map_err(not_allowed)?);
            }
        }
        Ok((parties != entry.parties()).then_some(parties))
    }
}

impl Wanted {
    fn read(party: &Element) -> Result<Self, MessageError> {
        let unknown = |field: &&Element| field.is_filled_in() && !FIELDS.contains(&field.name());
        if party.children().iter().any(|field| unknown(&field)) {
            return Err(MessageError::Unsupported {
                what: "a change of a party beyond type, name, number, address, contact and whether the name is kept from the public",
            });
        }
        let said = |names: &[&str]| names.iter().any(|name| text(party, name).is_some());
        let (identity, address) = (identity(party), address(party));
        if identity.is_none() && said(&["organisasjonid", "personid"]) {
            return Err(value(party, "organisasjonid", "a number that holds, as that of a person must").into());
        }
        if address.is_none() && said(&["postadresse", "postnummer", "poststed"]) {
            return Err(value(party, "poststed", "part of a whole address").into());
        }
        Ok(Self {
            role: listed(party, "korrespondanseparttype", PartyRole::from_noark)?,
            name: private(party, "korrespondansepartNavn"),
            identity,
            address,
            contact: Contact {
                email: private(party, "epostadresse"),
                phone: private(party, "telefonnummer"),
                person: private(party, "kontaktperson"),
            },
            screened: text(party, "erSkjermet").map(|_| flag(party, "erSkjermet")).transpose()?,
        })
    }

    /// A party with what is said of it, and otherwise as it was.
    fn over(&self, before: &Party) -> Result<Party, PartyError> {
        let name = self.name.as_ref().unwrap_or(before.name()).clone();
        let mut party = Party::new(before.id(), self.role.unwrap_or(before.role()), name)?;
        if let Some(identity) = self.identity.as_ref().or(before.identity()) {
            party = party.identified_by(identity.clone());
        }
        if let Some(address) = self.address.as_ref().or(before.address()) {
            party = party.living_at(address.clone());
        }
        let (new, old) = (&self.contact, before.contact());
        let party = party.reached_by(Contact {
            email: new.email.as_ref().or(old.email.as_ref()).cloned(),
            phone: new.phone.as_ref().or(old.phone.as_ref()).cloned(),
            person: new.person.as_ref().or(old.person.as_ref()).cloned(),
        });
        let party = party.within(before.unit().cloned(), before.case_handler().cloned())?;
        Ok(party.screened(self.screened.unwrap_or(before.is_screened())))
    }
}

/// The archive's own id of a party, as its answers show it.
fn id(party: &Element) -> Result<PartyId, MessageError> {
    let id = text(party, "korrespondansepartID").ok_or_else(|| missing(party, "korrespondansepartID"))?;
    let id = Uuid::parse_str(id).map_err(|_| value(party, "korrespondansepartID", "an id that the archive gave"))?;
    Ok(PartyId::from_uuid(id))
}

fn new_id(message: Uuid, place: u32) -> PartyId {
    let hash = ContentHash::of(format!("{message}/{place}").as_bytes());
    let mut bytes = [0; 16];
    bytes.iter_mut().zip(hash.bytes()).for_each(|(byte, of_hash)| *byte = *of_hash);
    PartyId::from_uuid(Builder::from_custom_bytes(bytes).into_uuid())
}

fn not_allowed(error: PartyError) -> ArchiveError {
    ArchiveError::NotAllowed(error.to_string())
}
