use sakarkiv_core::{
    identity::Timestamp,
    ports::{RemoteStatus, Stage},
    routing::MailboxKind,
};

use crate::wire::{Overview, StatusEvent};

/// How a message stands, from what is known to have happened to it and not from Altinn's own "current status": that one is
/// the status with the highest number, so a download hides a confirmation, and a failure hides what came before it.
///
/// | known | stage | because |
/// |---|---|---|
/// | taken out by recipient or sender | closed | nobody has it any more |
/// | read, confirmed, forwarded, answered, or an attachment downloaded | opened | somebody has seen the content |
/// | failed | undeliverable | also after publication: a failed message is not shown |
/// | reserved, and not published | undeliverable | the person has opted out |
/// | published, fetched, archived | delivered | it lies there; "fetched" means only that it was looked at in a list |
/// | created, ready for publication | accepted | not in any mailbox |
/// | anything else | unrecognised | kept and asked again |
///
/// The kind of mailbox follows from the recipient and from whether the message is confidential.
pub(super) fn remote_status(message: &Overview) -> RemoteStatus {
    let deciding = deciding(message);
    RemoteStatus { stage: deciding.stage(message), raw: deciding.word, since: deciding.since }
}

/// Whether nobody has got this message nor will: a letter may then be created anew.
pub(super) fn came_to_nothing(message: &Overview) -> bool {
    let known = Known::of(message);
    // Only the sender can have taken it back, and only before publication.
    let withdrawn = known.has("PurgedByAltinn") && message.published.is_none() && !known.has("Published");
    let stage = remote_status(message).stage;
    withdrawn || matches!(stage, Stage::Undeliverable | Stage::Rejected)
}

/// When the recipient confirmed a message, as far as its history tells.
pub(super) fn confirmed(message: &Overview) -> Option<Timestamp> {
    event(message, "Confirmed")?.status_changed
}

/// The word that decides, and since when it holds.
struct Deciding {
    word: String,
    since: Option<Timestamp>,
}

/// Words from the strongest to the weakest. The first that is known to have been reached decides.
const ORDER: [&str; 15] = [
    "PurgedByRecipient",
    "PurgedByAltinn",
    "Confirmed",
    "Replied",
    "Forwarded",
    "Read",
    "AttachmentsDownloaded",
    "Failed",
    "Archived",
    "Published",
    "Fetched",
    "Reserved",
    "ReadyForPublish",
    "Initialized",
    "",
];

fn deciding(message: &Overview) -> Deciding {
    let known = Known::of(message);
    let current = message.status.as_str();
    let strange = !ORDER.contains(&current);
    // A word that this version does not know says nothing certain, unless opening it is told of besides.
    let word = ORDER.into_iter().filter(|word| !word.is_empty()).find(|word| known.has(word));
    match word {
        Some(word) if !strange || opens(word) => Deciding { word: word.to_owned(), since: since(message, word) },
        _ => Deciding { word: current.to_owned(), since: message.status_changed },
    }
}

impl Deciding {
    fn stage(&self, message: &Overview) -> Stage {
        match self.word.as_str() {
            "PurgedByRecipient" | "PurgedByAltinn" => Stage::Closed,
            word if opens(word) => Stage::Opened,
            "Failed" | "Reserved" => Stage::Undeliverable,
            "Published" | "Fetched" | "Archived" => Stage::Delivered(mailbox(message)),
            "ReadyForPublish" | "Initialized" => Stage::Accepted,
            _ => Stage::Unrecognised,
        }
    }
}

fn opens(word: &str) -> bool {
    matches!(word, "Confirmed" | "Replied" | "Forwarded" | "Read" | "AttachmentsDownloaded")
}

/// What is known to have happened: by the current word, by the moments told beside it, and by the history where there is
/// one.
struct Known<'a>(&'a Overview);

impl<'a> Known<'a> {
    const fn of(message: &'a Overview) -> Self {
        Self(message)
    }

    fn has(&self, word: &str) -> bool {
        self.0.status == word
            || (word == "Published" && self.0.published.is_some())
            || (word == "Read" && self.0.read.is_some())
            || event(self.0, word).is_some()
    }
}

fn since(message: &Overview, word: &str) -> Option<Timestamp> {
    let told = match word {
        "Published" => message.published,
        "Read" => message.read,
        _ => None,
    };
    let current = (message.status == word).then_some(message.status_changed).flatten();
    event(message, word).and_then(|event| event.status_changed).or(told).or(current)
}

/// The first event of a kind.
fn event<'a>(message: &'a Overview, word: &str) -> Option<&'a StatusEvent> {
    message.status_history.iter().flatten().find(|event| event.status == word)
}

fn mailbox(message: &Overview) -> Option<MailboxKind> {
    let recipient = message.recipient.as_deref()?;
    if recipient.starts_with("urn:altinn:person:") {
        return Some(MailboxKind::CitizenMailbox);
    }
    let confidential = message.is_confidential;
    recipient.starts_with("urn:altinn:organization:").then_some(match confidential {
        true => MailboxKind::ConfidentialInbox,
        false => MailboxKind::OrganisationInbox,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const MOMENT: &str = "2026-09-01T08:00:00Z";

    fn message(more: &Value) -> Overview {
        let mut message = json!({
            "correspondenceId": "0198f0ab-2222-7abc-8def-000000000002",
            "recipient": "urn:altinn:organization:identifier-no:310000027", "isConfidential": true,
        });
        message.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        serde_json::from_value(message).unwrap()
    }

    fn history(words: &[&str]) -> Value {
        words.iter().map(|word| json!({"status": word, "statusChanged": MOMENT})).collect()
    }

    fn told(more: &Value) -> (Stage, String) {
        let status = remote_status(&message(more));
        (status.stage, status.raw)
    }

    #[test]
    fn each_word_alone_is_read_as_the_table_says() {
        let confidential = Stage::Delivered(Some(MailboxKind::ConfidentialInbox));
        for (word, stage) in [
            ("Initialized", Stage::Accepted),
            ("ReadyForPublish", Stage::Accepted),
            ("Published", confidential),
            ("Fetched", confidential),
            ("Archived", confidential),
            ("Read", Stage::Opened),
            ("Replied", Stage::Opened),
            ("Confirmed", Stage::Opened),
            ("AttachmentsDownloaded", Stage::Opened),
            ("Forwarded", Stage::Opened),
            ("Failed", Stage::Undeliverable),
            ("Reserved", Stage::Undeliverable),
            ("PurgedByRecipient", Stage::Closed),
            ("PurgedByAltinn", Stage::Closed),
            ("Teleportert", Stage::Unrecognised),
            ("", Stage::Unrecognised),
        ] {
            assert_eq!(told(&json!({"status": word})), (stage, word.to_owned()));
        }
    }

    #[test]
    fn the_highest_number_does_not_hide_what_happened() {
        for (status, events, stage, raw) in [
            (
                "AttachmentsDownloaded",
                &["Published", "AttachmentsDownloaded", "Confirmed"][..],
                Stage::Opened,
                "Confirmed",
            ),
            (
                "AttachmentsDownloaded",
                &["Published", "AttachmentsDownloaded", "PurgedByRecipient"],
                Stage::Closed,
                "PurgedByRecipient",
            ),
            ("AttachmentsDownloaded", &["Published", "Read", "AttachmentsDownloaded"], Stage::Opened, "Read"),
            ("Failed", &["Initialized", "Failed"], Stage::Undeliverable, "Failed"),
            ("Reserved", &["Initialized", "Reserved", "Failed"], Stage::Undeliverable, "Failed"),
        ] {
            assert_eq!(told(&json!({"status": status, "statusHistory": history(events)})), (stage, raw.to_owned()));
        }
    }

    #[test]
    fn the_moments_beside_the_word_count_as_events() {
        assert_eq!(told(&json!({"status": "Published", "read": MOMENT})), (Stage::Opened, "Read".to_owned()));
        assert_eq!(told(&json!({"status": "NyttOrd", "read": MOMENT})), (Stage::Opened, "Read".to_owned()));
        assert_eq!(told(&json!({"status": "NyttOrd", "published": MOMENT})).0, Stage::Unrecognised);
        let reserved = json!({"status": "Reserved", "published": MOMENT});
        assert_eq!(told(&reserved).0, Stage::Delivered(Some(MailboxKind::ConfidentialInbox)));
        let status = remote_status(&message(&json!({"status": "Published", "published": MOMENT})));
        assert_eq!(status.since.map(|moment| moment.to_rfc3339()).as_deref(), Some("2026-09-01T08:00:00+00:00"));
    }

    #[test]
    fn the_kind_of_mailbox_follows_from_recipient_and_confidentiality() {
        for (recipient, confidential, kind) in [
            ("urn:altinn:organization:identifier-no:310000027", false, Some(MailboxKind::OrganisationInbox)),
            ("urn:altinn:person:identifier-no:01819000049", false, Some(MailboxKind::CitizenMailbox)),
            ("urn:altinn:ufo:1", true, None),
        ] {
            let status = json!({"status": "Published", "recipient": recipient, "isConfidential": confidential});
            assert_eq!(told(&status).0, Stage::Delivered(kind));
        }
    }

    #[test]
    fn only_what_nobody_got_may_be_created_anew() {
        for (more, nothing) in [
            (json!({"status": "Failed"}), true),
            (json!({"status": "Reserved"}), true),
            (json!({"status": "PurgedByAltinn"}), true),
            (json!({"status": "PurgedByAltinn", "published": MOMENT}), false),
            (json!({"status": "PurgedByRecipient"}), false),
            (json!({"status": "Initialized"}), false),
            (json!({"status": "Published"}), false),
            (json!({"status": "Failed", "read": MOMENT}), false),
            (json!({"status": "NyttOrd"}), false),
        ] {
            assert_eq!(came_to_nothing(&message(&more)), nothing, "{more}");
        }
    }
}
