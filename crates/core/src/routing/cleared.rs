use serde::{Deserialize, Serialize};

use super::{
    decide::{Decision, Outcome, decide, is_sensitive},
    facts::{Coverage, Facts, MailboxKind, MailboxSet, PrintSetting, RecipientKind},
};
use crate::{
    delivery::Letter,
    identity::{AccountId, ChannelId},
    ports::Reach,
    reason::Reason,
};

/// What the channel must do to keep a cleared letter safe on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Protection {
    /// The reader must log in at the highest level, and the documents travel encrypted.
    pub highest_level: bool,
    /// Should the channel have to use Altinn after all, it must use the confidential service. Set for every sensitive letter
    /// to an organisation, also when it is meant for a receiver system that might be gone by the time it arrives.
    pub confidential_service: bool,
    /// Never on paper.
    pub digital_only: bool,
}

/// A letter with the clearance to go to one mailbox kind. Only [`clear`] makes one, so nothing is sent without a decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cleared<T> {
    inner: T,
    mailbox: MailboxKind,
    protection: Protection,
    reasons: Vec<Reason>,
}

impl<T> Cleared<T> {
    /// What was cleared.
    pub const fn get(&self) -> &T {
        &self.inner
    }

    /// The only mailbox kind it may land in.
    pub const fn mailbox(&self) -> MailboxKind {
        self.mailbox
    }

    /// What keeps it safe on its way.
    pub const fn protection(&self) -> Protection {
        self.protection
    }

    /// Why.
    pub fn reasons(&self) -> &[Reason] {
        &self.reasons
    }

    /// Gives the letter back and ends the clearance.
    pub fn into_inner(self) -> T {
        self.inner
    }
}

/// Why a letter was not cleared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("no way is safe for this letter ({}): find another way by hand, or change what it contains", .codes.join(", "))]
pub struct Refused {
    /// The codes of the reasons, see [`decide`].
    pub codes: Vec<String>,
}

/// What one channel offers for the recipient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// The channel.
    pub channel: ChannelId,
    /// The account by which it would go.
    pub account: AccountId,
    /// What it reaches.
    pub reach: Reach,
}

/// Decides over all routes at hand and clears the letter for one of them. Where several channels reach the same mailbox
/// kind the first in `routes` gets it.
///
/// # Errors
/// [`Refused`] when no way is safe.
pub fn clear(letter: Letter, routes: &[Route], coverage: Coverage) -> Result<(Route, Cleared<Letter>), Refused> {
    let recipient = RecipientKind::from(&letter.recipient);
    let facts = Facts {
        recipient,
        sensitivity: letter.sensitivity,
        reachable: routes.iter().flat_map(|route| route.reach.mailboxes.iter().copied()).collect::<MailboxSet>(),
        coverage,
        print: print_setting(routes),
        known_person: letter.options.known_person,
        digital_only: letter.options.digital_only,
    };
    let Decision { outcome, reasons } = decide(&facts);
    let route = match outcome {
        Outcome::Cleared(kind) => {
            routes.iter().find(|route| route.reach.mailboxes.contains(&kind)).map(|route| (kind, route.clone()))
        }
        Outcome::Refused => None,
    };
    let Some((mailbox, route)) = route else {
        return Err(Refused { codes: reasons.iter().map(|reason| reason.code.to_owned()).collect() });
    };
    let sensitive = is_sensitive(letter.sensitivity);
    let protection = Protection {
        highest_level: sensitive && mailbox != MailboxKind::Paper,
        confidential_service: sensitive && recipient == RecipientKind::Organisation,
        digital_only: letter.options.digital_only,
    };
    Ok((route, Cleared { inner: letter, mailbox, protection, reasons }))
}

/// The most careful reading of what the routes say: printed only when all that speak of it say so.
fn print_setting(routes: &[Route]) -> PrintSetting {
    let mut settings = routes.iter().map(|route| route.reach.print);
    match settings.next() {
        Some(first) if settings.all(|other| other == first) => first,
        _ => PrintSetting::Unknown,
    }
}
