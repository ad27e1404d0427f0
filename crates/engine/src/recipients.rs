//! What a register of people and organisations says of a recipient, asked just before each attempt to send (R8.7).

use sakarkiv_core::{
    delivery::{Letter, Recipient},
    ports::{Directory, DirectoryEntry, PortError, PortErrorKind},
    routing::{AnswerSource, Refused},
    sensitivity::SensitivityClass,
};

use crate::{
    call::question,
    machine::{Event, Failure},
    office::{Office, Tenant},
};

/// What is known of the recipient of a letter that may leave.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) source: AnswerSource,
    pub(crate) protected_address: bool,
}

impl Found {
    /// The sender's word counts.
    const UNASKED: Self = Self { source: AnswerSource::Sender, protected_address: false };
}

/// Asks the tenant's register for the recipient; the error is what becomes of the letter instead of leaving.
pub(crate) async fn found(office: &Office, tenant: &Tenant, letter: &Letter) -> Result<Found, Event> {
    let Some(directory) = tenant.directory.as_deref() else { return Ok(Found::UNASKED) };
    let call = look_up(directory, &letter.recipient);
    judge(question(&*office.clock, office.policy.call_timeout, "directory", call).await, letter.sensitivity)
}

async fn look_up(directory: &dyn Directory, recipient: &Recipient) -> Result<Option<DirectoryEntry>, PortError> {
    match recipient {
        Recipient::Person { number, .. } => directory.person(number).await,
        Recipient::Organisation { number, .. } => directory.organisation(number).await,
        Recipient::Addressee { .. } => {
            Err(PortError::new(PortErrorKind::Unsupported, "directory", "there is no number to ask for"))
        }
    }
}

/// A register that does not answer holds back only what few may read: other mail goes as it would without a register.
fn judge(answer: Result<Option<DirectoryEntry>, PortError>, sensitivity: SensitivityClass) -> Result<Found, Event> {
    let refused = |code: &str| Err(Event::NotCleared(Refused::at_once(code)));
    match answer {
        Ok(Some(entry)) if entry.gone => refused("recipient_gone"),
        Ok(Some(entry)) => Ok(Found { source: AnswerSource::Register, protected_address: entry.protected_address }),
        Ok(None) => refused("recipient_not_in_register"),
        Err(error) => match error.kind() {
            PortErrorKind::Unsupported => Ok(Found::UNASKED),
            PortErrorKind::Rejected => refused("recipient_not_in_register"),
            _ if sensitivity < SensitivityClass::Confidential => Ok(Found::UNASKED),
            _ => Err(Event::Postponed(Failure::from(&error))),
        },
    }
}
