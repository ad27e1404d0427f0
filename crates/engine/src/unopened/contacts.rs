use std::collections::BTreeSet;

use sakarkiv_core::{
    delivery::DeliveryState,
    identity::{ActorId, InboxId, LetterId, TenantId, Timestamp},
    ports::{ItemId, Kept, Op, StoreError, UnopenedMail},
};
use serde::{Deserialize, Serialize};

use crate::office::Office;

/// Which unopened mail somebody was contacted about.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum ContactAbout {
    /// A letter of ours: its recipient was contacted.
    Letter(LetterId),
    /// Mail to one of our organisation numbers: those of us who can open it were told.
    Received {
        /// The inbox.
        inbox: InboxId,
        /// Which item; nothing for what the other side tells of without naming it.
        item: Option<ItemId>,
    },
}

/// One contact about unopened mail. Holds no personal data beside the pseudonym of who made it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    /// When.
    pub at: Timestamp,
    /// By whom.
    pub by: ActorId,
    /// How.
    pub how: ContactKind,
}

/// How somebody was contacted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
#[non_exhaustive]
pub enum ContactKind {
    /// By a reminder of ours (R5.6).
    Reminder {
        /// The how-manieth, from 1.
        number: u32,
        /// The letter that it is.
        letter: LetterId,
    },
    /// By telephone.
    Call,
    /// In another way.
    Message,
}

impl ContactKind {
    /// A short stable name, for the log.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Reminder { .. } => "reminder",
            Self::Call => "call",
            Self::Message => "message",
        }
    }
}

impl Contact {
    /// The letter that it is, for a reminder.
    const fn reminder(&self) -> Option<LetterId> {
        match self.how {
            ContactKind::Reminder { letter, .. } => Some(letter),
            ContactKind::Call | ContactKind::Message => None,
        }
    }
}

impl ContactAbout {
    fn key(&self) -> String {
        match self {
            Self::Letter(letter) => format!("letter:{letter}"),
            Self::Received { inbox, item } => {
                format!("inbox:{inbox}:{}", item.as_ref().map_or("", |item| item.0.as_str()))
            }
        }
    }
}

/// The contacts about one piece of mail, as the store keeps them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Contacts {
    pub(crate) all: Vec<Contact>,
    /// The reminders whose letter failed: nobody got them.
    failed: BTreeSet<LetterId>,
    version: u64,
}

impl Contacts {
    pub(crate) async fn of(office: &Office, tenant: &TenantId, about: &ContactAbout) -> Result<Self, StoreError> {
        match office.store.kept(tenant, CONTACTS, &about.key()).await? {
            Some(kept) => {
                let all: Vec<Contact> =
                    serde_json::from_str(&kept.value).map_err(|error| StoreError::Corrupt(error.to_string()))?;
                let mut failed = BTreeSet::new();
                for letter in all.iter().filter_map(Contact::reminder) {
                    let delivery = office.store.delivery(tenant, letter).await?;
                    if delivery.is_some_and(|delivery| matches!(delivery.state, DeliveryState::Failed(_))) {
                        failed.insert(letter);
                    }
                }
                Ok(Self { all, failed, version: kept.version })
            }
            None => Ok(Self::default()),
        }
    }

    /// When somebody was reached, as far as is known.
    pub(crate) fn times(&self) -> Vec<Timestamp> {
        let failed = |contact: &Contact| contact.reminder().is_some_and(|letter| self.failed.contains(&letter));
        self.all.iter().filter(|contact| !failed(contact)).map(|contact| contact.at).collect()
    }

    /// The same for received mail. Mail without an id shares its contacts with all such mail of its inbox; those from before
    /// it arrived were about other mail.
    pub(crate) fn times_about(&self, mail: &UnopenedMail) -> Vec<Timestamp> {
        let mut times = self.times();
        times.retain(|at| mail.item.is_some() || *at >= mail.arrived);
        times
    }

    /// How many reminders nobody got.
    pub(crate) fn failed_reminders(&self) -> usize {
        self.failed.len()
    }

    /// How many reminders were made, those that failed included: each has its own number.
    pub(crate) fn reminders(&self) -> u32 {
        let sent = self.all.iter().filter_map(Contact::reminder);
        u32::try_from(sent.count()).unwrap_or(u32::MAX)
    }

    /// The change that keeps one more. It fails when somebody else kept another meanwhile.
    pub(crate) fn with(&self, about: &ContactAbout, contact: Contact) -> Result<Op, StoreError> {
        let mut all = self.all.clone();
        all.push(contact);
        let value = serde_json::to_string(&all).map_err(|error| StoreError::Invalid(error.to_string()))?;
        Ok(Op::Keep(Kept { version: self.version, ..Kept::new(CONTACTS, about.key(), value) }))
    }
}

const CONTACTS: &str = "unopened.contacts";

#[cfg(test)]
mod tests {
    use sakarkiv_core::{identity::OrganisationNumber, unopened::Place};

    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn a_contact_from_before_mail_without_an_id_arrived_was_about_other_mail() {
        let call = |text| Contact { at: at(text), by: ActorId::new("arkivar-1").unwrap(), how: ContactKind::Call };
        let all = ["2026-09-01T08:00:00Z", "2026-09-14T08:00:00Z", "2026-09-15T08:00:00Z"].map(call).to_vec();
        let contacts = Contacts { all, ..Contacts::default() };
        let number = OrganisationNumber::parse("310000027").unwrap();
        let mut mail = UnopenedMail::new(number, Place::Altinn, at("2026-09-14T08:00:00Z"), "reminder");
        assert_eq!(contacts.times_about(&mail), ["2026-09-14T08:00:00Z", "2026-09-15T08:00:00Z"].map(at));
        mail.item = Some(ItemId("1".to_owned()));
        assert_eq!(contacts.times_about(&mail).len(), 3, "what has an id has contacts of its own");
    }
}
