//! What a register of people and organisations says of a recipient, asked just before each attempt to send (R8.7).

use std::{
    mem::{Discriminant, discriminant},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use sakarkiv_core::{
    delivery::{Letter, Recipient},
    identity::ChannelId,
    ports::{Directory, DirectoryEntry, PortError, PortErrorKind},
    routing::{AnswerSource, Refused},
    sensitivity::SensitivityClass,
};

use crate::{
    call::question,
    machine::{Event, Failure},
    notices::tell_stopped,
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

/// A tenant's register, and what is remembered of it. Lost with the process, which only means another notice.
#[derive(Debug)]
pub(crate) struct Register {
    directory: Arc<dyn Directory>,
    /// The kind of recipient that it refused to tell us of when people were told so.
    told_refused: Mutex<Option<Discriminant<Recipient>>>,
}

impl Register {
    pub(crate) fn new(directory: Arc<dyn Directory>) -> Self {
        Self { directory, told_refused: Mutex::default() }
    }

    fn told_refused(&self) -> MutexGuard<'_, Option<Discriminant<Recipient>>> {
        self.told_refused.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells once that the register does not let us in, until it answers such a question again.
    async fn heard(&self, office: &Office, tenant: &Tenant, about: &Recipient, error: Option<&PortError>) {
        let kind = discriminant(about);
        let refuses = error.is_some_and(|error| error.kind().concerns_account());
        let answers = error.is_none_or(|error| error.kind() == PortErrorKind::Rejected);
        {
            let mut told = self.told_refused();
            if answers && *told == Some(kind) {
                *told = None;
            }
            if !refuses || told.is_some() {
                return;
            }
            *told = Some(kind);
        }
        if !tell_refused(office, tenant).await {
            *self.told_refused() = None;
        }
    }
}

async fn tell_refused(office: &Office, tenant: &Tenant) -> bool {
    let Ok(channel) = ChannelId::new(REGISTER) else { return true };
    let text = "the register of recipients refuses us: renew its credentials or mend its configuration; until then \
                confidential letters wait, and others leave as without a register";
    match tell_stopped(office, tenant, channel, text.to_owned()).await {
        Ok(()) => true,
        Err(error) => {
            tracing::warn!(tenant = %tenant.id, %error, "that the register refuses us could not be recorded");
            false
        }
    }
}

/// Asks the tenant's register for the recipient; the error is what becomes of the letter instead of leaving.
pub(crate) async fn found(office: &Office, tenant: &Tenant, letter: &Letter) -> Result<Found, Event> {
    let Some(register) = &tenant.directory else { return Ok(Found::UNASKED) };
    let call = look_up(&*register.directory, &letter.recipient);
    let answer = question(&*office.clock, office.policy.call_timeout, "directory", call).await;
    register.heard(office, tenant, &letter.recipient, answer.as_ref().err()).await;
    judge(answer, letter.sensitivity)
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

/// The name under which operations know the register.
const REGISTER: &str = "register";
