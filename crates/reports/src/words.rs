//! The words of the reports, in Bokmål.

use chrono::NaiveDate;
use sakarkiv_core::{
    calendar::{oslo_date, oslo_datetime},
    delivery::TroubleKind,
    identity::Timestamp,
    ports::PortErrorKind,
    reason::Reason,
    routing::{Coverage, MailboxKind, PrintSetting},
    unopened::{Action, AgeBand, Consequence, Knowledge, Place},
};

pub(crate) fn date(day: NaiveDate) -> String {
    day.format("%d.%m.%Y").to_string()
}

pub(crate) fn day_of(moment: Timestamp) -> String {
    date(oslo_date(moment))
}

pub(crate) fn moment(moment: Timestamp) -> String {
    oslo_datetime(moment).format("%d.%m.%Y kl. %H.%M").to_string()
}

pub(crate) const fn action(action: Action) -> &'static str {
    match action {
        Action::Wait => "Vent",
        Action::WaitForPrint => "Vent: brevet blir skrevet ut",
        Action::CheckStatus => "Sjekk status hos kanalen",
        Action::Remind => "Send påminnelse",
        Action::AskToAppoint => "Be mottakeren gi noen tilgang",
        Action::Open => "Åpne posten",
        Action::Call => "Ring mottakeren",
        Action::AssignAccess => "Gi en ansatt tilgang",
        Action::SendToSystem => "Send på nytt til mottakerens fagsystem",
        Action::SendOnPaper => "Send på nytt på papir",
        Action::Escalate => "Løft saken til den ansvarlige",
    }
}

/// How an action is carried out.
pub(crate) const fn how(action: Action) -> &'static str {
    match action {
        Action::Wait => "Det er for tidlig å gjøre noe.",
        Action::WaitForPrint => "Avsenderkontoen er satt opp slik at uåpnet post skrives ut og sendes.",
        Action::CheckStatus => {
            "Slå opp brevet i SvarUt eller Altinn og se om det er åpnet. Er det ikke det, følg neste steg på linjen."
        }
        Action::Remind => "Send en vanlig melding som sier at det ligger uåpnet post, og ingenting om innholdet.",
        Action::AskToAppoint => {
            "Ingen hos mottakeren kan åpne posten. Send en vanlig melding om hvordan de gir en ansatt tilgang."
        }
        Action::Open => "De som har tilgang, logger inn, åpner posten og sørger for at den blir journalført.",
        Action::Call => {
            "Ring mottakerens sentralbord eller postmottak. Si ikke noe om innholdet til andre enn rette vedkommende."
        }
        Action::AssignAccess => {
            "En hovedadministrator gir tilgangspakken for taushetsbelagt post til en ansatt med tjenstlig behov, for dette organisasjonsnummeret."
        }
        Action::SendToSystem => "Mottakeren har fått et fagsystem som tar imot post. Send brevet på nytt dit.",
        Action::SendOnPaper => "Send brevet på papir, og noter at den digitale utgaven ikke er åpnet.",
        Action::Escalate => {
            "Ingen trygg vei gjenstår, eller posten er borte uten å være åpnet. Ansvarlig leder må avgjøre hva som skal skje."
        }
    }
}

pub(crate) const fn age(age: AgeBand) -> &'static str {
    match age {
        AgeBand::Fresh => "Ny",
        AgeBand::ToRemind => "Bør purres",
        AgeBand::Overdue => "Over fristen",
        AgeBand::Critical => "Kritisk",
    }
}

pub(crate) fn consequence(consequence: Consequence) -> String {
    match consequence {
        Consequence::Printed(day) => format!("Skrives ut omkring {}", date(day)),
        Consequence::NotPrinted(day) => format!("Skulle vært skrevet ut {}", date(day)),
        Consequence::Stays => "Blir liggende".to_owned(),
        Consequence::Unknown => "Ukjent; regn med at det blir liggende".to_owned(),
    }
}

pub(crate) const fn print(setting: PrintSetting) -> &'static str {
    match setting {
        PrintSetting::DigitalOnly => "Kun digitalt",
        PrintSetting::PrintWhenUnopened => "Utskrift når uåpnet",
        PrintSetting::Unknown => "Ukjent",
    }
}

pub(crate) const fn coverage(coverage: Coverage) -> &'static str {
    match coverage {
        Coverage::Held => "Noen har tilgang",
        Coverage::NotHeld => "Ingen har tilgang",
        Coverage::Unknown => "Ikke kjent",
    }
}

/// Where it lies; the mailbox when it is known, else the kind of place.
pub(crate) const fn place(place: Place, mailbox: Option<MailboxKind>) -> &'static str {
    match (mailbox, place) {
        (Some(MailboxKind::ConfidentialInbox), _) => "Taushetsbelagt post i Altinn",
        (Some(MailboxKind::OrganisationInbox), _) | (_, Place::Altinn) => "Altinn",
        (Some(MailboxKind::ReceiverSystem), _) => "Mottakerens fagsystem",
        (Some(MailboxKind::HealthNetwork), _) => "Helsenettet",
        (Some(MailboxKind::CitizenMailbox), _) => "Digital postkasse",
        (Some(MailboxKind::DocumentShare), _) => "Del dokument",
        (_, Place::System) => "Venter på fagsystem",
        (_, Place::OwnMailbox) => "Egen postkasse",
        (_, Place::Gone) => "Avsluttet hos kanalen",
    }
}

pub(crate) const fn knowledge(knowledge: Knowledge) -> &'static str {
    match knowledge {
        Knowledge::Confirmed => "bekreftet av kanalen",
        Knowledge::Unconfirmed => "ankomst ikke bekreftet",
        Knowledge::Stale => "ikke spurt på en stund",
        Knowledge::Unrecognised => "ukjent statusord",
    }
}

/// Why it is not known what lies in an inbox, from how the question to it ended.
pub(crate) const fn blind(error: Option<PortErrorKind>) -> &'static str {
    match error {
        None | Some(PortErrorKind::Unsupported) => "Innboksen har ingen måte å fortelle hva som ligger uåpnet.",
        Some(PortErrorKind::Transient) => "Innboksen svarte ikke. Den blir spurt igjen til neste rapport.",
        Some(PortErrorKind::Rejected | PortErrorKind::Unknown) => {
            "Innboksen ga ikke noe svar som kan leses. Meld fra til driften."
        }
        Some(PortErrorKind::Unauthorised) => "Systemet vårt har ikke tilgang til å spørre. Gi det tilgang.",
        Some(PortErrorKind::Misconfigured) => "Innboksen er satt opp feil hos oss. Meld fra til driften.",
    }
}

/// How many reminders nobody got.
pub(crate) fn failed_reminders(count: usize) -> String {
    if count == 1 { "En påminnelse kom ikke fram".to_owned() } else { format!("{count} påminnelser kom ikke fram") }
}

/// Why something is recommended. A code that is newer than this list is told in the core's own words.
pub(crate) fn why(reason: &Reason) -> &'static str {
    match reason.code {
        "access_unknown" => "Det er ikke kjent om noen av oss har tilgang.",
        "closed_unopened" => "Kanalen har avsluttet eller slettet posten, og ingen har åpnet den så vidt vi vet.",
        "contacted_recently" => "Mottakeren er nettopp påminnet.",
        "fresh" => "Posten har ikke ligget lenge.",
        "left_lying" => "Vi har mottatt posten, og ingen har åpnet den.",
        "never_printed" => "Posten skrives ikke ut, så vidt vi vet. Den blir liggende til noen åpner den.",
        "no_other_way" => "Ingen annen trygg vei er åpen.",
        "nobody_can_open" => "Ingen hos mottakeren har tilgang til taushetsbelagt post.",
        "not_confirmed" => "Ankomsten er aldri bekreftet. Forsikre deg før noe sendes to ganger.",
        "paper_at_hand" => "Papir er den trygge veien som gjenstår.",
        "past_deadline" => "Posten skulle vært åpnet nå.",
        "print_overdue" => "Posten skulle vært skrevet ut nå, men er ikke det.",
        "printed_by_itself" => "Avsenderkontoen skriver ut uåpnet post.",
        "reminder_failed" => "En påminnelse kom ikke fram. Se blant det som feilet hvorfor, før en ny sendes.",
        "reminders_failed" => {
            "Ingen påminnelse kom fram. Se blant det som feilet hvorfor, og nå mottakeren på en annen måte."
        }
        "reminders_in_vain" => "Det nytter ikke å skrive igjen.",
        "status_stale" => "Kanalen har ikke meldt noe på lenge. Posten kan være åpnet siden.",
        "status_unrecognised" => "Kanalens statusord er ukjent.",
        "system_at_hand" => "Mottakeren har fått et eget fagsystem som tar imot.",
        "system_does_not_fetch" => "Mottakerens system har ikke hentet posten.",
        "unopened" => "Posten har ligget uåpnet lenger enn grensen.",
        "we_cannot_open" => "Ingen av oss har tilgang til taushetsbelagt post for dette organisasjonsnummeret.",
        _ => reason.text,
    }
}

pub(crate) const fn trouble_kind(kind: TroubleKind) -> &'static str {
    match kind {
        TroubleKind::Failed => "Overføring feilet",
        TroubleKind::Unsigned => "Ikke signert",
        TroubleKind::Hanging => "Henger",
        TroubleKind::Silent => "Kanalen melder ikke noe",
        TroubleKind::Unopened => "Ikke åpnet",
    }
}

/// Cause and remedy of a trouble, by its code.
pub(crate) fn trouble(code: &str) -> Option<(&'static str, &'static str)> {
    Some(match code {
        "not_cleared" => {
            ("Ingen trygg vei til mottakeren", "Finn en annen vei for hånd, eller endre innholdet, og send på nytt.")
        }
        "sent_before" => (
            "Kanalen har det samme fra et annet brev",
            "Trengs brevet også, endre tittelen eller et dokument, og send på nytt.",
        ),
        "rejected" => ("Kanalen tar ikke imot brevet", "Rett det kanalen peker på, og send på nytt."),
        "returned" => ("Kanalen tok imot brevet og avviste det", "Kontroller mottaker og innhold, og send på nytt."),
        "life_time_over" => ("Kanalen tok ikke imot brevet i tide", "Se til at kanalen virker, og send på nytt."),
        "incomplete" => ("Noe brevet trenger, mangler i lageret", "Gjenopprett det som mangler, og send på nytt."),
        "retried" => ("Siste forsøk lyktes ikke", "Ingenting ennå: det prøves på nytt av seg selv."),
        "attempt_open" => ("Forsøket er ikke avsluttet", "Ingenting ennå: det slås opp av seg selv."),
        "fate_unknown" => (
            "Det er ukjent om kanalen har brevet",
            "Kanalen spørres av seg selv. Varer det, spør driften der etter referansen vår.",
        ),
        "not_followed" => {
            ("Kanalen spørres ikke lenger", "Slå opp brevet hos kanalen, og nå mottakeren om det er uåpnet.")
        }
        "not_delivered" => (
            "Kanalen har brevet, men har ikke levert det",
            "Spør driften av kanalen hva det venter på. Send det en annen vei om det haster.",
        ),
        "unopened" => ("Ingen har åpnet brevet", "Nå mottakeren på en annen måte, eller skriv det ut."),
        "signing_declined" => ("Mottakeren har avvist å signere", "Snakk med mottakeren, og send et nytt oppdrag."),
        "signing_expired" => ("Signeringsfristen gikk ut", "Nå mottakeren, og send et nytt oppdrag."),
        "signing_rejected" => (
            "Kanalen avviste signeringsoppdraget",
            "Kontroller at kontoen kan be om signering, og at dokumentet er PDF.",
        ),
        "signing_overdue" => {
            ("Signeringsfristen er ute, og kanalen har ikke sagt hvordan det gikk", "Slå opp oppdraget hos kanalen.")
        }
        "signing_unrecognised" => ("Ukjent statusord for signeringen", "Slå opp oppdraget hos kanalen."),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use sakarkiv_core::unopened::{Facts, recommend};

    use super::*;

    #[test]
    fn every_reason_that_can_be_given_is_told_in_norwegian() {
        let reasons: BTreeSet<Reason> = Facts::every().flat_map(|facts| recommend(&facts).reasons).collect();
        let own_words: BTreeSet<_> = reasons.iter().map(why).collect();
        assert_eq!(own_words.len(), reasons.len(), "each in its own words");
        for reason in &reasons {
            assert_ne!(why(reason), reason.text, "{}", reason.code);
        }
    }

    #[test]
    fn every_action_is_named_and_explained_once() {
        let names: BTreeSet<_> = Action::ALL.into_iter().map(action).collect();
        let ways: BTreeSet<_> = Action::ALL.into_iter().map(how).collect();
        assert_eq!((names.len(), ways.len()), (Action::ALL.len(), Action::ALL.len()));
    }

    #[test]
    fn moments_are_told_by_the_clock_in_norway() {
        assert_eq!(moment("2026-09-14T22:30:00Z".parse().unwrap()), "15.09.2026 kl. 00.30");
        assert_eq!(day_of("2026-12-31T23:30:00Z".parse().unwrap()), "01.01.2027");
    }
}
