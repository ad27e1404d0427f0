use chrono::DateTime;
use sakarkiv_core::{
    identity::Timestamp,
    ports::{RemoteStatus, Stage},
    routing::MailboxKind,
};
use serde_json::Value;

/// How SvarUt's status words are read. Never overstates: what is only handed on to the next carrier is not delivered.
///
/// | SvarUt | stage | because |
/// |---|---|---|
/// | `MOTTATT`, `AKSEPTERT` | accepted | taken in, not yet on its way |
/// | `VARSLET`, `SENDT_ALTINN` | accepted | handed to Altinn (the older and the newer word for it), not confirmed |
/// | `SENDT_SDP`, `SENDT_NHN_MOTTAKER` | accepted | handed on, not confirmed |
/// | `KLAR_FOR_MOTTAK` | delivered, receiver system | lies ready for the recipient's system |
/// | `LEVERT_ALTINN` | delivered, kind not told | Altinn has confirmed; ordinary or confidential or a person's, the word is the same |
/// | `LEVERT_SDP` | delivered, citizen's mailbox | the digital mailbox has confirmed |
/// | `LEVERT_NHN_MOTTAKER` | delivered, health network | the health unit has confirmed |
/// | `SENDT_DIGITALT` | delivered, kind not told | a digital-only letter is out, and no more will be heard unless it is opened |
/// | `SENDT_PRINT` | sent to print | |
/// | `PRINTET` | printed | |
/// | `LEST` | opened | read, or taken in by the receiver system |
/// | `AVVIST`, `FEILET_UNDER_MOTTAK` | rejected | the recipient gets nothing |
/// | `IKKE_LEVERT` | undeliverable | digital-only, and no digital way worked |
/// | `MANUELT_HANDTERT`, `SLETTET` | closed | ended by a person or by age |
/// | anything else | unrecognised | kept and asked again |
pub(super) fn stage(word: &str) -> Stage {
    match word {
        "MOTTATT" | "AKSEPTERT" | "VARSLET" | "SENDT_ALTINN" | "SENDT_SDP" | "SENDT_NHN_MOTTAKER" => Stage::Accepted,
        "KLAR_FOR_MOTTAK" => Stage::Delivered(Some(MailboxKind::ReceiverSystem)),
        "LEVERT_SDP" => Stage::Delivered(Some(MailboxKind::CitizenMailbox)),
        "LEVERT_NHN_MOTTAKER" => Stage::Delivered(Some(MailboxKind::HealthNetwork)),
        "LEVERT_ALTINN" | "SENDT_DIGITALT" => Stage::Delivered(None),
        "SENDT_PRINT" => Stage::SentToPrint,
        "PRINTET" => Stage::Printed,
        "LEST" => Stage::Opened,
        "AVVIST" | "FEILET_UNDER_MOTTAK" => Stage::Rejected,
        "IKKE_LEVERT" => Stage::Undeliverable,
        "MANUELT_HANDTERT" | "SLETTET" => Stage::Closed,
        _ => Stage::Unrecognised,
    }
}

/// A status as the interface gave it. A missing word is the empty one, which nobody recognises.
pub(super) fn remote_status(word: Option<&str>, since: Option<&Value>) -> RemoteStatus {
    let raw = word.unwrap_or_default();
    RemoteStatus { stage: stage(raw), raw: raw.to_owned(), since: since.and_then(moment) }
}

/// A moment as ISO 8601 text, as the interface says, or as milliseconds since 1970, as its older versions do.
pub(super) fn moment(value: &Value) -> Option<Timestamp> {
    match value {
        Value::String(text) => DateTime::parse_from_rfc3339(text.trim()).ok().map(|moment| moment.to_utc()),
        Value::Number(millis) => DateTime::from_timestamp_millis(millis.as_i64()?),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn handed_on_is_not_delivered() {
        for word in ["VARSLET", "SENDT_ALTINN", "SENDT_SDP", "SENDT_NHN_MOTTAKER"] {
            assert_eq!(stage(word), Stage::Accepted, "{word}");
        }
    }

    #[test]
    fn the_kind_of_mailbox_is_told_only_where_the_word_tells_it() {
        for (word, kind) in [
            ("KLAR_FOR_MOTTAK", Some(MailboxKind::ReceiverSystem)),
            ("LEVERT_SDP", Some(MailboxKind::CitizenMailbox)),
            ("LEVERT_NHN_MOTTAKER", Some(MailboxKind::HealthNetwork)),
            ("LEVERT_ALTINN", None),
            ("SENDT_DIGITALT", None),
        ] {
            assert_eq!(stage(word), Stage::Delivered(kind), "{word}");
        }
    }

    #[test]
    fn ends_are_told_apart() {
        for (word, end) in [
            ("LEST", Stage::Opened),
            ("PRINTET", Stage::Printed),
            ("AVVIST", Stage::Rejected),
            ("FEILET_UNDER_MOTTAK", Stage::Rejected),
            ("IKKE_LEVERT", Stage::Undeliverable),
            ("MANUELT_HANDTERT", Stage::Closed),
            ("SLETTET", Stage::Closed),
        ] {
            assert_eq!(stage(word), end, "{word}");
            assert!(end.is_final());
        }
    }

    #[test]
    fn a_new_word_is_kept_and_not_interpreted() {
        let status = remote_status(Some("LEST_DELVIS"), Some(&Value::from("2026-09-15T10:00:00+02:00")));
        assert_eq!((status.stage, status.raw.as_str()), (Stage::Unrecognised, "LEST_DELVIS"));
        assert_eq!(status.since.map(|moment| moment.to_rfc3339()).as_deref(), Some("2026-09-15T08:00:00+00:00"));
        assert_eq!(remote_status(None, None).stage, Stage::Unrecognised);
    }

    #[test]
    fn moments_come_in_two_forms() {
        assert_eq!(moment(&Value::from(1_789_459_200_000_i64)), moment(&Value::from("2026-09-15T08:00:00Z")));
        for bad in [Value::from("15.09.2026"), Value::Null, Value::from(i64::MAX)] {
            assert_eq!(moment(&bad), None, "{bad}");
        }
    }
}
