use sakarkiv_core::{
    identity::{ActorId, InboxId, LetterId, TenantId, Timestamp},
    ports::{ItemId, Kept, Op, StoreError},
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
    version: u64,
}

impl Contacts {
    pub(crate) async fn of(office: &Office, tenant: &TenantId, about: &ContactAbout) -> Result<Self, StoreError> {
        match office.store.kept(tenant, CONTACTS, &about.key()).await? {
            Some(kept) => {
                let all = serde_json::from_str(&kept.value).map_err(|error| StoreError::Corrupt(error.to_string()))?;
                Ok(Self { all, version: kept.version })
            }
            None => Ok(Self::default()),
        }
    }

    pub(crate) fn times(&self) -> Vec<Timestamp> {
        self.all.iter().map(|contact| contact.at).collect()
    }

    /// How many reminders were sent.
    pub(crate) fn reminders(&self) -> u32 {
        let sent = self.all.iter().filter(|contact| matches!(contact.how, ContactKind::Reminder { .. }));
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
