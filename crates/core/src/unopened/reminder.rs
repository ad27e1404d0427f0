use chrono::NaiveDate;

use super::{
    facts::Place,
    line::{Item, Line},
    recommend::Action,
};
use crate::{
    delivery::{Language, Reference},
    routing::RecipientKind,
};

/// Which reminder is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ReminderKind {
    /// To an organisation where somebody can open it: there is unread confidential mail in Altinn.
    Unread,
    /// To an organisation where nobody can: the same, and how to give somebody the access.
    Appoint,
    /// To a person: there is unread mail in the person's mailbox.
    Person,
}

impl ReminderKind {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::Unread, Self::Appoint, Self::Person];
}

/// Who writes, as the recipient is to see it: the municipality as a whole. The name of a unit would tell what the matter is
/// about, so it has no place here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SenderFace<'a> {
    /// The municipality's name.
    pub name: &'a str,
    /// How to reach its mail room: a telephone number or an address.
    pub contact: &'a str,
}

/// A reminder: ordinary, open text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReminderText {
    /// Its title.
    pub title: String,
    /// A line for lists.
    pub summary: String,
    /// Its text, in paragraphs divided by blank lines; plain text that is valid Markdown.
    pub body: String,
}

/// The reminder that a line calls for; nothing when it calls for none. Received mail has no recipient to be reminded but us.
#[must_use]
pub fn reminder_kind(line: &Line) -> Option<ReminderKind> {
    let Item::Sent { .. } = line.item else { return None };
    let person = line.counterpart.as_ref().is_some_and(|party| party.kind == RecipientKind::Person);
    match (line.recommendation.action, line.place) {
        (Action::AskToAppoint, _) => Some(ReminderKind::Appoint),
        (Action::Remind, Place::OwnMailbox) if person => Some(ReminderKind::Person),
        (Action::Remind, Place::Altinn) => Some(ReminderKind::Unread),
        _ => None,
    }
}

/// Writes a reminder that reveals nothing (R5.6). It is made from its kind and the sender's public face alone: neither case,
/// title, unit, recipient nor date of what lies unopened can get into it.
///
/// ```
/// use sakarkiv_core::{delivery::Language, unopened::{ReminderKind, SenderFace, reminder}};
///
/// let face = SenderFace { name: "Prøvedal kommune", contact: "55 00 00 00" };
/// let text = reminder(ReminderKind::Unread, Language::Bokmaal, face);
/// assert_eq!(text.title, "Du har ulest taushetsbelagt post fra Prøvedal kommune");
/// ```
#[must_use]
pub fn reminder(kind: ReminderKind, language: Language, face: SenderFace<'_>) -> ReminderText {
    let words = words(kind, language);
    let fill = |text: &str| text.replace("{name}", face.name).replace("{contact}", face.contact);
    ReminderText {
        title: fill(words.title),
        summary: fill(words.summary),
        body: words.paragraphs.iter().map(|paragraph| fill(paragraph)).collect::<Vec<_>>().join("\n\n"),
    }
}

impl ReminderText {
    /// The text as a document of its own shows it: with the how-manieth it is, its date and its own reference below. No two
    /// are the same, since a channel may take the second of two for the first.
    #[must_use]
    pub fn as_document(&self, language: Language, number: u32, on: NaiveDate, own: &Reference) -> String {
        let word = match language {
            Language::Bokmaal => "Påminnelse",
            Language::Nynorsk => "Påminning",
            Language::English => "Reminder",
        };
        format!("{}\n\n{word} {number}, {}\n\n{}", self.body, on.format("%d.%m.%Y"), own.as_str())
    }
}

struct Words {
    title: &'static str,
    summary: &'static str,
    paragraphs: &'static [&'static str],
}

const fn words(kind: ReminderKind, language: Language) -> Words {
    match (kind, language) {
        (ReminderKind::Unread, Language::Bokmaal) => Words {
            title: "Du har ulest taushetsbelagt post fra {name}",
            summary: "Virksomheten har ulest taushetsbelagt post i Altinn.",
            paragraphs: &[
                "{name} har sendt virksomheten taushetsbelagt post i Altinn. Den er ikke åpnet.",
                "Posten vises bare for dem som har fått tilgang til tjenesten for taushetsbelagt post. Be en av dem om å logge inn \
                 i Altinn og åpne den.",
                "Denne påminnelsen inneholder ingen opplysninger om innholdet. Spørsmål om innholdet kan ikke besvares på e-post. \
                 Kontakt oss: {contact}.",
            ],
        },
        (ReminderKind::Unread, Language::Nynorsk) => Words {
            title: "Du har ulesen post med teieplikt frå {name}",
            summary: "Verksemda har ulesen post med teieplikt i Altinn.",
            paragraphs: &[
                "{name} har sendt verksemda post med teieplikt («taushetsbelagt post») i Altinn. Ho er ikkje opna.",
                "Posten kjem berre opp for dei som har fått tilgang til tenesta for slik post. Be ein av dei logge inn i Altinn og \
                 opne ho.",
                "Denne påminninga inneheld ingen opplysningar om innhaldet. Spørsmål om innhaldet kan vi ikkje svare på i e-post. \
                 Kontakt oss: {contact}.",
            ],
        },
        (ReminderKind::Unread, Language::English) => Words {
            title: "You have unread confidential mail from {name}",
            summary: "Your organisation has unread confidential mail in Altinn.",
            paragraphs: &[
                "{name} has sent your organisation confidential mail in Altinn. It has not been opened.",
                "It is shown only to those who have been given access to the service for confidential mail. Please ask one of them \
                 to log in to Altinn and open it.",
                "This reminder says nothing about the content, and questions about the content cannot be answered by e-mail. \
                 Contact us: {contact}.",
            ],
        },
        (ReminderKind::Appoint, Language::Bokmaal) => Words {
            title: "Ingen kan åpne taushetsbelagt post fra {name}",
            summary: "Virksomheten har ulest taushetsbelagt post i Altinn, og ingen har tilgang til å åpne den.",
            paragraphs: &[
                "{name} har sendt virksomheten taushetsbelagt post i Altinn. Så vidt vi vet har ingen hos dere tilgang til å åpne \
                 den.",
                "Ingen har denne tilgangen av seg selv, heller ikke daglig leder. En hovedadministrator i virksomheten kan gi den: \
                 logg inn i Altinn, velg tilgangsstyring og gi tilgangspakken for post med taushetsbelagt innhold til en ansatt som \
                 har tjenstlig behov. Velg samtidig hvem som skal varsles.",
                "Denne påminnelsen inneholder ingen opplysninger om innholdet. Kontakt oss dersom dere ikke kan ta imot post på \
                 denne måten: {contact}.",
            ],
        },
        (ReminderKind::Appoint, Language::Nynorsk) => Words {
            title: "Ingen kan opne post med teieplikt frå {name}",
            summary: "Verksemda har ulesen post med teieplikt i Altinn, og ingen har tilgang til å opne ho.",
            paragraphs: &[
                "{name} har sendt verksemda post med teieplikt («taushetsbelagt post») i Altinn. Så langt vi veit har ingen hos \
                 dykk tilgang til å opne ho.",
                "Ingen har denne tilgangen av seg sjølv, heller ikkje dagleg leiar. Ein hovudadministrator i verksemda kan gi han: \
                 logg inn i Altinn, vel tilgangsstyring og gi tilgangspakken for post med teieplikt til ein tilsett som har \
                 tenesteleg behov. Vel samstundes kven som skal få varsel.",
                "Denne påminninga inneheld ingen opplysningar om innhaldet. Kontakt oss dersom de ikkje kan ta imot post på denne \
                 måten: {contact}.",
            ],
        },
        (ReminderKind::Appoint, Language::English) => Words {
            title: "Nobody can open confidential mail from {name}",
            summary: "Your organisation has unread confidential mail in Altinn, and nobody has access to open it.",
            paragraphs: &[
                "{name} has sent your organisation confidential mail in Altinn. As far as we know nobody there has access to open \
                 it.",
                "Nobody has this access by default, not even a general manager. A main administrator can give it: log in to \
                 Altinn, choose access management, and give the access package for mail with confidential content to an employee \
                 who needs it for the work. Choose at the same time who is to be notified.",
                "This reminder says nothing about the content. Contact us if you cannot receive mail in this way: {contact}.",
            ],
        },
        (ReminderKind::Person, Language::Bokmaal) => Words {
            title: "Du har ulest post fra {name}",
            summary: "Du har ulest post i din digitale postkasse.",
            paragraphs: &[
                "{name} har sendt deg post som ikke er åpnet. Logg inn der du vanligvis leser post fra det offentlige, og åpne den.",
                "Denne påminnelsen inneholder ingen opplysninger om innholdet. Kontakt oss dersom du trenger hjelp: {contact}.",
            ],
        },
        (ReminderKind::Person, Language::Nynorsk) => Words {
            title: "Du har ulesen post frå {name}",
            summary: "Du har ulesen post i den digitale postkassa di.",
            paragraphs: &[
                "{name} har sendt deg post som ikkje er opna. Logg inn der du til vanleg les post frå det offentlege, og opne ho.",
                "Denne påminninga inneheld ingen opplysningar om innhaldet. Kontakt oss dersom du treng hjelp: {contact}.",
            ],
        },
        (ReminderKind::Person, Language::English) => Words {
            title: "You have unread mail from {name}",
            summary: "You have unread mail in your digital mailbox.",
            paragraphs: &[
                "{name} has sent you mail that has not been opened. Please log in where you usually read mail from public bodies, \
                 and open it.",
                "This reminder says nothing about the content. Contact us if you need help: {contact}.",
            ],
        },
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use uuid::Uuid;

    use super::*;
    use crate::{
        identity::LetterId,
        routing::Coverage,
        unopened::{
            OtherWays, OutgoingMail, Rules, received, sent,
            test_lines::{at, incoming, outgoing, rules},
        },
    };

    const FACE: SenderFace<'_> = SenderFace { name: "Eksempelvik kommune", contact: "55 00 00 00" };
    const LANGUAGES: [Language; 3] = [Language::Bokmaal, Language::Nynorsk, Language::English];

    #[test]
    fn every_reminder_is_written_in_every_language_with_the_senders_name_and_number() {
        let mut titles = BTreeSet::new();
        for kind in ReminderKind::ALL {
            for language in LANGUAGES {
                let text = reminder(kind, language, FACE);
                assert!(text.title.contains(FACE.name) && text.body.contains(FACE.contact), "{kind:?} {language:?}");
                assert!(!text.title.contains('{') && !text.summary.contains('{') && !text.body.contains('{'));
                titles.insert(text.title);
            }
        }
        assert_eq!(titles.len(), 9);
    }

    #[test]
    fn no_two_reminders_are_the_same_document_and_each_says_the_whole_text() {
        let (one, other) = (
            Reference::of(LetterId::from_uuid(Uuid::from_u128(1))),
            Reference::of(LetterId::from_uuid(Uuid::from_u128(2))),
        );
        let day = |day| NaiveDate::from_ymd_opt(2026, 9, day).unwrap();
        for language in LANGUAGES {
            let text = reminder(ReminderKind::Unread, language, FACE);
            let documents = [(1, day(14), &one), (2, day(18), &one), (1, day(14), &other)]
                .map(|(number, on, own)| text.as_document(language, number, on, own));
            assert!(documents.iter().all(|document| document.starts_with(&text.body)));
            assert_eq!(BTreeSet::from(documents).len(), 3);
        }
        let text = reminder(ReminderKind::Unread, Language::Bokmaal, FACE);
        let document = text.as_document(Language::Bokmaal, 2, day(18), &one);
        assert!(document.contains("\n\nPåminnelse 2, 18.09.2026\n\n"), "{document}");
    }

    #[test]
    fn a_reminder_fits_the_narrowest_channel() {
        for kind in ReminderKind::ALL {
            for language in LANGUAGES {
                let text = reminder(kind, language, FACE);
                assert!(text.title.chars().count() <= 255 && text.summary.chars().count() <= 255);
                assert!(!text.body.contains('<') && !text.body.contains("http"), "no markup and no links");
            }
        }
    }

    #[test]
    fn no_reminder_hints_at_the_matter() {
        let telling =
            ["barnevern", "child", "helse", "health", "sak ", "saksnummer", "case", "vedtak", "politi", "personnel"];
        for kind in ReminderKind::ALL {
            for language in LANGUAGES {
                let text = reminder(kind, language, FACE);
                let whole = format!("{} {} {}", text.title, text.summary, text.body).to_lowercase();
                for word in telling {
                    assert!(!whole.contains(word), "{kind:?} {language:?} says `{word}`");
                }
            }
        }
    }

    #[test]
    fn a_line_gets_the_reminder_that_its_recommendation_names() {
        let (limits, calendar) = rules();
        let rules = Rules { limits: &limits, calendar: &calendar };
        let (letter, delivery) = outgoing();
        let kind = |coverage, now: &str| {
            let mail = OutgoingMail {
                letter: &letter,
                delivery: &delivery,
                coverage,
                ways: OtherWays::default(),
                contacts: &[],
                failed_reminders: 0,
            };
            reminder_kind(&sent(&mail, at(now), &rules).unwrap())
        };
        assert_eq!(kind(Coverage::Held, "2026-09-16T08:00:00Z"), None);
        assert_eq!(kind(Coverage::Held, "2026-09-21T08:00:00Z"), Some(ReminderKind::Unread));
        assert_eq!(kind(Coverage::NotHeld, "2026-09-21T08:00:00Z"), Some(ReminderKind::Appoint));
        assert_eq!(reminder_kind(&received(&incoming(), at("2026-09-21T08:00:00Z"), &rules).unwrap()), None);
    }
}
