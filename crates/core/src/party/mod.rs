//! Correspondence parties (korrespondanseparter): who a journal entry is from and to.

use serde::{Deserialize, Serialize, Serializer};
use thiserror::Error;

use crate::{
    identity::{ActorId, NationalIdentityNumber, OrganisationNumber, PartyId, PostalAddress, UnitId},
    noark::noark_list,
    screening::Private,
    text::{self, MAX_NAME, TextError},
};

noark_list! {
    /// What a party is to an entry (korrespondanseparttype, M087).
    PartyRole {
        /// Sender (avsender).
        Sender = "EA", "Avsender";
        /// Recipient (mottaker).
        Recipient = "EM", "Mottaker";
        /// Gets a copy (kopimottaker).
        CopyRecipient = "EK", "Kopimottaker";
        /// A group of recipients (gruppemottaker).
        GroupRecipient = "GM", "Gruppemottaker";
        /// Sender within the organisation (intern avsender).
        InternalSender = "IA", "Intern avsender";
        /// Recipient within the organisation (intern mottaker).
        InternalRecipient = "IM", "Intern mottaker";
        /// Gets a copy within the organisation (intern kopimottaker).
        InternalCopyRecipient = "IK", "Intern kopimottaker";
        /// Sends together with another (medavsender).
        CoSender = "IS", "Medavsender";
    }
}

impl PartyRole {
    /// Whether it names somebody within the organisation, so that a unit and a case handler may stand on it.
    #[must_use]
    pub const fn is_internal(self) -> bool {
        matches!(self, Self::InternalSender | Self::InternalRecipient | Self::InternalCopyRecipient | Self::CoSender)
    }

    /// Whether it stands on the sending side.
    #[must_use]
    pub const fn is_sender(self) -> bool {
        matches!(self, Self::Sender | Self::InternalSender | Self::CoSender)
    }

    /// Whether it gets a copy only, and therefore has nothing to answer (krav 3.4.9).
    #[must_use]
    pub const fn is_copy(self) -> bool {
        matches!(self, Self::CopyRecipient | Self::InternalCopyRecipient)
    }
}

/// By what number a party is known. JSON form: `{"kind": "organisation", "number": "310000027"}`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind", content = "number")]
pub enum PartyIdentity {
    /// An organisation (organisasjonsID, M049).
    Organisation(OrganisationNumber),
    /// A person (personID, M048).
    Person(NationalIdentityNumber),
}

/// How a party is reached beside its postal address. Personal data, so private throughout.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Contact {
    /// E-mail address (epostadresse, M410).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<Private<String>>,
    /// Telephone number (telefonnummer, M411).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone: Option<Private<String>>,
    /// Contact person (kontaktperson, M412).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub person: Option<Private<String>>,
}

/// A correspondence party (korrespondansepart) of a journal entry.
///
/// Its name is never blank; a unit (administrativEnhet, M305) or case handler (saksbehandler, M307) stands on internal
/// parties only. JSON form: `{"id": "…", "role": "recipient", "name": "…", "screened": false, …}`, absent parts left out.
///
/// ```
/// use sakarkiv_core::{identity::{OrganisationNumber, PartyId}, party::{Party, PartyIdentity, PartyRole}};
///
/// let id = PartyId::from_uuid(uuid::Uuid::from_u128(1));
/// let number = OrganisationNumber::parse("310000027").unwrap();
/// let party = Party::new(id, PartyRole::Recipient, "Prøvebedriften AS".into())?
///     .identified_by(PartyIdentity::Organisation(number));
/// assert_eq!(party.public_name(), "Prøvebedriften AS");
/// assert_eq!(party.screened(true).public_name(), "*****");
/// # Ok::<(), sakarkiv_core::party::PartyError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Fields")]
pub struct Party(Fields);

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Fields {
    id: PartyId,
    role: PartyRole,
    name: Private<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    identity: Option<PartyIdentity>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    address: Option<PostalAddress>,
    #[serde(default)]
    contact: Contact,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    unit: Option<UnitId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    case_handler: Option<ActorId>,
    screened: bool,
}

/// Why a party was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum PartyError {
    /// The name is blank or too long.
    #[error(transparent)]
    Text(#[from] TextError),
    /// A unit or a case handler on a party outside the organisation.
    #[error("only an internal party has a unit or a case handler; give it an internal role")]
    NotInternal,
}

impl Party {
    /// A party of which only the role and the name (korrespondansepartNavn, M400) are known.
    ///
    /// # Errors
    /// [`PartyError::Text`] when the name is blank or longer than 500 characters.
    pub fn new(id: PartyId, role: PartyRole, name: Private<String>) -> Result<Self, PartyError> {
        Self::try_from(Fields {
            id,
            role,
            name,
            identity: None,
            address: None,
            contact: Contact::default(),
            unit: None,
            case_handler: None,
            screened: false,
        })
    }

    /// Adds the number the party is known by.
    #[must_use]
    pub fn identified_by(mut self, identity: PartyIdentity) -> Self {
        self.0.identity = Some(identity);
        self
    }

    /// Adds the postal address.
    #[must_use]
    pub fn living_at(mut self, address: PostalAddress) -> Self {
        self.0.address = Some(address);
        self
    }

    /// Adds how the party is reached otherwise.
    #[must_use]
    pub fn reached_by(mut self, contact: Contact) -> Self {
        self.0.contact = contact;
        self
    }

    /// Adds the unit and case handler of an internal party.
    ///
    /// # Errors
    /// [`PartyError::NotInternal`] when the role is not an internal one.
    pub fn within(mut self, unit: Option<UnitId>, case_handler: Option<ActorId>) -> Result<Self, PartyError> {
        self.0.unit = unit;
        self.0.case_handler = case_handler;
        Self::try_from(self.0)
    }

    /// Keeps the name from the public, or no longer.
    #[must_use]
    pub const fn screened(mut self, screened: bool) -> Self {
        self.0.screened = screened;
        self
    }

    /// The same party as it comes again: under the id it has here, with what is known of it and was not said this time, its
    /// name kept from the public when it was.
    #[must_use]
    pub(crate) fn known_before(mut self, before: &Self) -> Self {
        let (now, before) = (&mut self.0, &before.0);
        now.id = before.id;
        now.identity = now.identity.take().or_else(|| before.identity.clone());
        now.address = now.address.take().or_else(|| before.address.clone());
        now.contact.email = now.contact.email.take().or_else(|| before.contact.email.clone());
        now.contact.phone = now.contact.phone.take().or_else(|| before.contact.phone.clone());
        now.contact.person = now.contact.person.take().or_else(|| before.contact.person.clone());
        if now.role.is_internal() {
            now.unit = now.unit.take().or_else(|| before.unit.clone());
            now.case_handler = now.case_handler.take().or_else(|| before.case_handler.clone());
        }
        now.screened |= before.screened;
        self
    }

    /// System id (systemID, M001).
    #[must_use]
    pub const fn id(&self) -> PartyId {
        self.0.id
    }

    /// What the party is to the entry (korrespondanseparttype, M087).
    #[must_use]
    pub const fn role(&self) -> PartyRole {
        self.0.role
    }

    /// The name (korrespondansepartNavn, M400).
    #[must_use]
    pub const fn name(&self) -> &Private<String> {
        &self.0.name
    }

    /// The name as the public may read it, going by the party's own mark.
    /// [`JournalEntry::public_party_name`](crate::journal::JournalEntry::public_party_name) minds the entry's screening too.
    #[must_use]
    pub fn public_name(&self) -> &str {
        if self.0.screened { crate::screening::MASK } else { self.0.name.expose() }
    }

    /// The number the party is known by, if any.
    #[must_use]
    pub const fn identity(&self) -> Option<&PartyIdentity> {
        self.0.identity.as_ref()
    }

    /// The postal address, if known.
    #[must_use]
    pub const fn address(&self) -> Option<&PostalAddress> {
        self.0.address.as_ref()
    }

    /// How the party is reached otherwise.
    #[must_use]
    pub const fn contact(&self) -> &Contact {
        &self.0.contact
    }

    /// The unit of an internal party (administrativEnhet, M305).
    #[must_use]
    pub const fn unit(&self) -> Option<&UnitId> {
        self.0.unit.as_ref()
    }

    /// The case handler of an internal party (saksbehandler, M307).
    #[must_use]
    pub const fn case_handler(&self) -> Option<&ActorId> {
        self.0.case_handler.as_ref()
    }

    /// Whether the name is kept from the public.
    #[must_use]
    pub const fn is_screened(&self) -> bool {
        self.0.screened
    }
}

impl Serialize for Party {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl TryFrom<Fields> for Party {
    type Error = PartyError;
    fn try_from(fields: Fields) -> Result<Self, PartyError> {
        text::check("party name", fields.name.expose(), MAX_NAME)?;
        if !fields.role.is_internal() && (fields.unit.is_some() || fields.case_handler.is_some()) {
            return Err(PartyError::NotInternal);
        }
        Ok(Self(fields))
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn party(role: PartyRole) -> Party {
        Party::new(PartyId::from_uuid(Uuid::from_u128(9)), role, "Kari Testperson".into()).unwrap()
    }

    #[test]
    fn a_party_has_a_name_that_is_not_shown_in_debug() {
        let blank = Party::new(PartyId::from_uuid(Uuid::nil()), PartyRole::Sender, " ".into());
        assert!(matches!(blank, Err(PartyError::Text(_))));
        assert!(!format!("{:?}", party(PartyRole::Sender)).contains("Kari"));
    }

    #[test]
    fn units_and_case_handlers_stand_on_internal_parties_only() {
        let unit = UnitId::new("byplan").ok();
        for role in PartyRole::ALL {
            assert_eq!(party(*role).within(unit.clone(), None).is_ok(), role.is_internal(), "{role:?}");
        }
    }

    #[test]
    fn the_json_form_is_stable_and_checked_when_read() {
        let full = party(PartyRole::Recipient)
            .identified_by(PartyIdentity::Person(NationalIdentityNumber::parse("01819000553").unwrap()))
            .living_at(PostalAddress::new(["Storgata 1"], "8001", "Bodø").unwrap())
            .reached_by(Contact { email: Some("kari@example.org".into()), ..Contact::default() })
            .screened(true);
        let json = concat!(
            r#"{"id":"00000000-0000-0000-0000-000000000009","role":"recipient","name":"Kari Testperson","#,
            r#""identity":{"kind":"person","number":"01819000553"},"#,
            r#""address":{"lines":["Storgata 1"],"postal_code":"8001","city":"Bodø","country":"NO"},"#,
            r#""contact":{"email":"kari@example.org"},"screened":true}"#
        );
        assert_eq!(serde_json::to_string(&full).unwrap(), json);
        assert_eq!(serde_json::from_str::<Party>(json).unwrap(), full);
        assert!(serde_json::from_str::<Party>(&json.replace("Kari Testperson", "")).is_err());
        assert!(serde_json::from_str::<Party>(&json.replace("01819000553", "01819000554")).is_err());
    }

    #[test]
    fn roles_have_the_codes_of_the_standard() {
        for role in PartyRole::ALL {
            assert_eq!(PartyRole::from_noark(role.code()), Some(*role));
            assert_eq!(PartyRole::from_noark(role.norwegian_name()), Some(*role));
        }
    }
}
