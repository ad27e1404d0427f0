//! Offices that are wrong, to see that it shows.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use sakarkiv_core::{
    delivery::{Recipient, Reference, RemoteId, SigningStatus},
    identity::{AccountId, ChannelId, OrganisationNumber},
    ports::{
        Accepted, AccessCoverage, Channel, ChannelCapabilities, Dispatch, Found, HistoryLine, PortError, PortErrorKind,
        Reach, ReachQuery, StatusLine,
    },
    routing::{Coverage, Route, clear},
    sensitivity::SensitivityClass,
};

use super::plan::Organisation;
use crate::svarut_channel::number_of;

/// What is wrong with an office.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flaw {
    None,
    /// Its channels treat every letter as an open one.
    ForgetsSensitivity,
    /// It believes that somebody holds the access to confidential mail everywhere.
    InventsAccess,
    /// Its channels send a letter to an organisation to that of the letter before.
    MixesRecipientsUp,
}

impl Flaw {
    pub(super) fn channel(self, sound: Arc<dyn Channel>) -> Arc<dyn Channel> {
        match self {
            Self::None | Self::InventsAccess => sound,
            Self::ForgetsSensitivity | Self::MixesRecipientsUp => {
                Arc::new(Flawed { sound, flaw: self, last: Mutex::default() })
            }
        }
    }
}

/// What can be found out about who opens confidential mail.
#[derive(Debug)]
pub(super) struct Known {
    pub(super) organisations: Vec<Organisation>,
    pub(super) flaw: Flaw,
}

#[async_trait]
impl AccessCoverage for Known {
    async fn coverage(&self, number: &OrganisationNumber) -> Result<Coverage, PortError> {
        let known = self.organisations.iter().find(|one| number_of(&one.recipient) == number.as_str());
        Ok(match self.flaw {
            Flaw::InventsAccess => Coverage::Held,
            _ => known.map_or(Coverage::Unknown, Organisation::coverage),
        })
    }
}

#[derive(Debug)]
struct Flawed {
    sound: Arc<dyn Channel>,
    flaw: Flaw,
    last: Mutex<Option<Recipient>>,
}

#[async_trait]
impl Channel for Flawed {
    fn id(&self) -> &ChannelId {
        self.sound.id()
    }

    fn capabilities(&self) -> ChannelCapabilities {
        self.sound.capabilities()
    }

    async fn reach(&self, account: &AccountId, query: &ReachQuery) -> Result<Reach, PortError> {
        self.sound.reach(account, query).await
    }

    async fn send(&self, account: &AccountId, dispatch: Dispatch) -> Result<Accepted, PortError> {
        let mut letter = dispatch.letter.get().clone();
        if self.flaw == Flaw::ForgetsSensitivity {
            letter.sensitivity = SensitivityClass::Open;
            letter.documents.iter_mut().for_each(|document| document.sensitive_personal_data = false);
        } else if matches!(letter.recipient, Recipient::Organisation { .. }) {
            let own = letter.recipient.clone();
            let last = self.last.lock().unwrap().replace(own.clone());
            letter.recipient = last.unwrap_or(own);
        }
        let query = ReachQuery {
            recipient: letter.recipient.clone(),
            sensitivity: letter.sensitivity,
            message_type: letter.options.message_type.clone(),
        };
        let reach = self.sound.reach(account, &query).await?;
        let route = Route { channel: self.id().clone(), account: account.clone(), reach };
        let cleared = clear(letter, &[route], Coverage::Held);
        let (_, letter) =
            cleared.map_err(|error| PortError::new(PortErrorKind::Rejected, "flawed.send", error.to_string()))?;
        self.sound.send(account, Dispatch { letter, ..dispatch }).await
    }

    async fn find(&self, account: &AccountId, reference: &Reference) -> Result<Vec<Found>, PortError> {
        self.sound.find(account, reference).await
    }

    async fn status(&self, account: &AccountId, ids: &[RemoteId]) -> Result<Vec<StatusLine>, PortError> {
        self.sound.status(account, ids).await
    }

    async fn signing(&self, account: &AccountId, id: &RemoteId) -> Result<Option<SigningStatus>, PortError> {
        self.sound.signing(account, id).await
    }

    async fn withdraw(&self, account: &AccountId, id: &RemoteId) -> Result<(), PortError> {
        self.sound.withdraw(account, id).await
    }

    async fn history(&self, account: &AccountId, id: &RemoteId) -> Result<Vec<HistoryLine>, PortError> {
        self.sound.history(account, id).await
    }

    async fn check(&self, account: &AccountId) -> Result<(), PortError> {
        self.sound.check(account).await
    }
}
