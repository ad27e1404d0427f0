//! What happens next to a shipment, as a pure function of what is known.

use std::time::Duration;

use sakarkiv_core::{
    calendar::{Calendar, oslo_date},
    identity::Timestamp,
    routing::MailboxKind,
};

use super::{
    settings::{Account, AltinnWord, Contact, Opens, OrganisationFacts, Registration, Settings},
    shipment::{Endpoint, Shipment, ShipmentStatus},
};
use crate::{doubles::after, simulators::svarinn::MailRecord};

/// What the next step of a shipment depends on.
#[derive(Debug)]
pub(crate) struct View<'a> {
    pub(crate) settings: &'a Settings,
    pub(crate) account: &'a Account,
    pub(crate) contact: Contact,
    pub(crate) organisation: OrganisationFacts,
    pub(crate) opens: Opens,
    /// Who would receive it in SvarInn.
    pub(crate) receiver: Option<&'a Registration>,
    /// What became of it in SvarInn.
    pub(crate) mail: Option<MailRecord>,
}

/// A change that comes at a moment.
#[derive(Debug)]
pub(crate) struct Step {
    pub(crate) at: Timestamp,
    pub(crate) status: ShipmentStatus,
    pub(crate) landing: Option<MailboxKind>,
    pub(crate) event: &'static str,
}

impl Step {
    const fn new(at: Timestamp, status: ShipmentStatus, event: &'static str) -> Self {
        Self { at, status, landing: None, event }
    }

    const fn into_mailbox(mut self, mailbox: MailboxKind) -> Self {
        self.landing = Some(mailbox);
        self
    }
}

/// The next change, if there will be one.
pub(crate) fn next(shipment: &Shipment, view: &View<'_>) -> Option<Step> {
    use ShipmentStatus as S;
    let (since, status) = shipment.standing();
    let timings = &view.settings.timings;
    let later = |wait: Duration| after(since, wait);
    match status {
        S::Received => Some(Step::new(later(timings.accept), S::Accepted, "Akseptert for ekspedering")),
        S::Accepted => Some(dispatch(shipment, view, later(timings.hand_over))),
        S::ReadyForReceiverSystem => from_receiver_system(shipment, view),
        S::SentToAltinn | S::DeliveredInAltinn | S::SentDigitally => in_altinn(shipment, view),
        S::Other(word) if word == "VARSLET" => in_altinn(shipment, view),
        S::SentToMailbox => {
            Some(Step::new(later(timings.mailbox_confirms), S::DeliveredInMailbox, "Levert i digital postkasse"))
        }
        S::DeliveredInMailbox => opening(shipment, view).or_else(|| removal(shipment, view)),
        S::SentToHealthNetwork => timings
            .health_network_confirms
            .map(|wait| Step::new(later(wait), S::DeliveredInHealthNetwork, "Levert NHN-mottaker")),
        S::SentToPrint => Some(Step::new(later(timings.print), S::Printed, "Skrevet ut og postlagt")),
        S::DeliveredInHealthNetwork
        | S::NotDelivered
        | S::Printed
        | S::Read
        | S::HandledManually
        | S::Rejected
        | S::FailedOnReceipt => removal(shipment, view),
        S::Deleted | S::Other(_) => None,
    }
}

/// Whether the recipient can and may open it where it lies.
pub(crate) fn can_be_opened(shipment: &Shipment, organisation: OrganisationFacts) -> bool {
    use ShipmentStatus as S;
    let in_mailbox = match shipment.status() {
        S::SentToAltinn | S::DeliveredInAltinn | S::SentDigitally | S::SentToMailbox | S::DeliveredInMailbox => true,
        S::Other(word) => word == "VARSLET",
        _ => false,
    };
    let confidential = shipment.landings.last().is_some_and(|last| last.mailbox == MailboxKind::ConfidentialInbox);
    in_mailbox && (!confidential || organisation.confidential_access)
}

/// The registration that gets a shipment: the most specific one, its type before its level.
pub(crate) fn receiver<'a>(
    registrations: &'a [Registration],
    organisation: &str,
    message_type: Option<&str>,
    level: u8,
) -> Option<&'a Registration> {
    registrations
        .iter()
        .filter(|registration| registration.organisation == organisation)
        .filter(|registration| registration.message_type.as_deref().is_none_or(|kind| message_type == Some(kind)))
        .filter(|registration| registration.level.is_none_or(|wanted| wanted == level))
        .max_by_key(|registration| (registration.message_type.is_some(), registration.level.is_some()))
}

/// The moment so many working days later by the Norwegian calendar, at the same time of day.
fn working_days_later(from: Timestamp, days: u32) -> Timestamp {
    let date = oslo_date(from);
    let wait = Calendar::new().add_working_days(date, days).signed_duration_since(date);
    from.checked_add_signed(wait).unwrap_or(from)
}

/// Out of SvarUt's own hands.
fn dispatch(shipment: &Shipment, view: &View<'_>, at: Timestamp) -> Step {
    use ShipmentStatus as S;
    match shipment.endpoint {
        Endpoint::Print => to_print(at),
        Endpoint::HealthNetwork => {
            Step::new(at, S::SentToHealthNetwork, "Sendt til NHN-mottaker").into_mailbox(MailboxKind::HealthNetwork)
        }
        Endpoint::Organisation if view.receiver.is_some() => {
            Step::new(at, S::ReadyForReceiverSystem, "Klar for mottak i mottakersystem")
                .into_mailbox(MailboxKind::ReceiverSystem)
        }
        Endpoint::Organisation => to_altinn(shipment, view, at),
        Endpoint::Person => match view.contact {
            Contact::DigitalMailbox => {
                let status = if shipment.sending.digital_only() { S::SentDigitally } else { S::SentToMailbox };
                Step::new(at, status, "Sendt til digital postkasse").into_mailbox(MailboxKind::CitizenMailbox)
            }
            Contact::Altinn => to_altinn(shipment, view, at),
            Contact::Reserved | Contact::Unknown if shipment.sending.digital_only() => not_delivered(at),
            Contact::Reserved | Contact::Unknown => to_print(at),
        },
    }
}

fn from_receiver_system(shipment: &Shipment, view: &View<'_>) -> Option<Step> {
    let mail = view.mail.as_ref()?;
    if let Some(at) = mail.acknowledged.first() {
        return Some(Step::new(*at, ShipmentStatus::Read, "Lest av mottakersystem"));
    }
    let refused = mail.failures.iter().find(|failure| failure.permanent)?;
    Some(to_altinn(shipment, view, refused.at))
}

fn to_altinn(shipment: &Shipment, view: &View<'_>, at: Timestamp) -> Step {
    let digital_only = shipment.sending.digital_only();
    let mut sent = at;
    if let Some((from, until)) = view.settings.altinn_outage
        && from <= at
        && at < until
    {
        let given_up = after(at, view.settings.altinn_patience);
        if given_up < until && digital_only {
            return not_delivered(given_up);
        }
        if given_up < until && may_be_printed(shipment, view) {
            return to_print(given_up);
        }
        sent = until;
    }
    let status = match view.settings.altinn_word {
        _ if digital_only => ShipmentStatus::SentDigitally,
        AltinnWord::SendtAltinn => ShipmentStatus::SentToAltinn,
        AltinnWord::Varslet => ShipmentStatus::Other("VARSLET".to_owned()),
    };
    let mailbox = match shipment.endpoint {
        Endpoint::Organisation if shipment.sending.confidential() => MailboxKind::ConfidentialInbox,
        Endpoint::Organisation => MailboxKind::OrganisationInbox,
        _ => MailboxKind::CitizenMailbox,
    };
    Step::new(sent, status, "Varslet i Altinn").into_mailbox(mailbox)
}

/// Mail that waits in Altinn: opened, confirmed, or printed for want of opening, whichever comes first.
fn in_altinn(shipment: &Shipment, view: &View<'_>) -> Option<Step> {
    let (since, status) = shipment.standing();
    let landed = shipment.landings.last()?.at;
    let confirmed = view
        .settings
        .timings
        .altinn_confirms
        .filter(|_| *status == ShipmentStatus::SentToAltinn)
        .map(|wait| Step::new(after(since, wait), ShipmentStatus::DeliveredInAltinn, "Levert i Altinn"));
    let printed = (*status != ShipmentStatus::SentDigitally && may_be_printed(shipment, view))
        .then(|| to_print(working_days_later(landed, view.settings.timings.unread_working_days)));
    [opening(shipment, view), confirmed, printed].into_iter().flatten().min_by_key(|step| step.at)
}

fn opening(shipment: &Shipment, view: &View<'_>) -> Option<Step> {
    let Opens::After(wait) = view.opens else { return None };
    let landed = shipment.landings.last()?.at;
    let since = shipment.standing().0;
    can_be_opened(shipment, view.organisation)
        .then(|| Step::new(after(landed, wait).max(since), ShipmentStatus::Read, "Lest av mottaker"))
}

fn removal(shipment: &Shipment, view: &View<'_>) -> Option<Step> {
    let (since, _) = shipment.standing();
    let wait = view.settings.timings.retention?;
    Some(Step::new(after(since, wait), ShipmentStatus::Deleted, "Slettet"))
}

fn may_be_printed(shipment: &Shipment, view: &View<'_>) -> bool {
    let account_prints = match shipment.endpoint {
        Endpoint::Person => view.account.prints_for_people,
        Endpoint::Organisation => view.account.prints_for_organisations,
        Endpoint::HealthNetwork => false,
        Endpoint::Print => true,
    };
    account_prints && !shipment.sending.digital_only()
}

fn to_print(at: Timestamp) -> Step {
    Step::new(at, ShipmentStatus::SentToPrint, "Sendt til utskrift").into_mailbox(MailboxKind::Paper)
}

fn not_delivered(at: Timestamp) -> Step {
    Step::new(at, ShipmentStatus::NotDelivered, "Ingen digital kanal virket")
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn working_days_leave_the_weekend_out() {
        for (from, to) in [
            ("2026-09-14T10:00:00Z", "2026-09-16T10:00:00Z"),
            ("2026-09-17T10:00:00Z", "2026-09-21T10:00:00Z"),
            ("2026-09-19T10:00:00Z", "2026-09-22T10:00:00Z"),
            ("2026-05-13T10:00:00Z", "2026-05-18T10:00:00Z"), // past Ascension Day and a Sunday, 17 May
        ] {
            assert_eq!(working_days_later(from.parse().unwrap(), 2), to.parse::<Timestamp>().unwrap(), "{from}");
        }
    }

    #[test]
    fn the_most_specific_registration_gets_the_mail() {
        let everything = |system: &str| Registration::everything(Uuid::nil(), system, "312000342");
        let registrations = [
            everything("archive"),
            everything("building").only_type("byggesak.soknad"),
            everything("safe").only_level(4),
            everything("building-safe").only_type("byggesak.soknad").only_level(4),
        ];
        for (kind, level, system) in [
            (None, 3, "archive"),
            (Some("bekymringsmelding"), 3, "archive"),
            (Some("byggesak.soknad"), 3, "building"),
            (None, 4, "safe"),
            (Some("byggesak.soknad"), 4, "building-safe"),
        ] {
            let found = receiver(&registrations, "312000342", kind, level).map(|found| found.system.as_str());
            assert_eq!(found, Some(system), "{kind:?} {level}");
        }
        assert_eq!(receiver(&registrations, "314111222", None, 3), None);
    }
}
