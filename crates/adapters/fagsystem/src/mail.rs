//! E-mail (`.eml`) as a form: what its head says are the fields, the message as it came is the main document, and its
//! attachments are attachments (R8.5).
//!
//! | field | is |
//! |---|---|
//! | `Emne` | the subject |
//! | `FraNavn`, `FraEpost` | who sent it; the address also where no name was given |
//! | `Til`, `Kopi` | the addresses it was sent to |
//! | `SvarTil` | the message it answers |
//! | `Saksnummer` | the case number in the subject, as in `SV: Søknad [2026/123]` or `Deres ref. 2026/123` |
//!
//! Who sent an e-mail is what it says itself: nothing here proves it.

mod parts;

use std::{collections::BTreeMap, fmt};

use bytes::Bytes;
use chrono::DateTime;
use mail_parser::{Address, Message, MessageParser};
use sakarkiv_core::{
    case::CaseNumber,
    document::{ContentHash, FileName, MediaType},
    identity::Timestamp,
    intake::{ConsignmentKey, Fault, FaultCode, Place, Rejection},
    journal::DocumentRole,
    screening::Private,
};

use self::parts::leaves;
use crate::forms::{Form, Loose};

/// The kind of form that an e-mail is.
pub const MAIL: &str = "e-post";

/// The most parts of one e-mail.
const MOST_PARTS: usize = 1_000;

/// Reads an e-mail that was `received` at a moment of ours: what it says of its own date is the date of the document and no
/// more. One that says none counts as sent when it was received, one without an id of its own is known by the checksum of its
/// bytes.
///
/// # Errors
/// A [`Rejection`] for what is no e-mail, or has more parts than anybody sends.
pub fn read_mail(bytes: &Bytes, received: Timestamp) -> Result<Loose, Rejection> {
    let message = MessageParser::default().parse_headers(bytes.as_ref()).filter(is_mail);
    let message = message.ok_or_else(|| fault(FaultCode::InvalidContent, "this is no e-mail"))?;
    let leaves = leaves(bytes, MOST_PARTS);
    if leaves.len() > MOST_PARTS {
        return Err(fault(FaultCode::TooMuch, "too many parts").into());
    }
    let key = message.message_id().and_then(|id| ConsignmentKey::new(id).ok());
    let key = match key {
        Some(key) => key,
        None => ConsignmentKey::new(&ContentHash::of(bytes).to_string())
            .map_err(|error| fault(FaultCode::InvalidContent, error))?,
    };
    let sent = message.date().and_then(|date| DateTime::from_timestamp(date.to_timestamp(), 0)).unwrap_or(received);
    let mut form = Form::new(MAIL, key, sent);
    form.received = Some(received);
    form.fields = fields(&message);
    let mut loose = Loose::new(form);
    loose.add(DocumentRole::Main, FileName::sanitize("melding.eml"), media_type("message/rfc822"), bytes.clone());
    for (nth, leaf) in (1..).zip(leaves.iter().filter(|leaf| !leaf.is_text())) {
        let content = leaf.content();
        // What is empty is in the message, and would be refused as a file of its own.
        if content.is_empty() {
            continue;
        }
        let name = match leaf.name() {
            Some(name) => FileName::sanitize(name),
            None if leaf.is_message() => FileName::sanitize(&format!("vedlegg-{nth}.eml")),
            None => FileName::sanitize(&format!("vedlegg-{nth}")),
        };
        let media_type = leaf.media_type().as_deref().map_or_else(MediaType::unknown, media_type);
        loose.add(DocumentRole::Attachment, name, media_type, content);
    }
    Ok(loose)
}

/// The reader takes any text for a message; one has at least a sender, a date or a subject.
fn is_mail(message: &Message<'_>) -> bool {
    message.from().is_some() || message.date().is_some() || message.subject().is_some()
}

fn fields(message: &Message<'_>) -> BTreeMap<String, Private<String>> {
    let from = message.from().and_then(Address::first);
    let email = from.and_then(|from| from.address()).map(str::to_owned);
    let name = from.and_then(|from| from.name()).map(str::to_owned).or_else(|| email.clone());
    let subject = message.subject().map(str::to_owned);
    let number = subject.as_deref().and_then(case_number).map(|number| number.to_string());
    let answers = message.in_reply_to().as_text().map(str::to_owned);
    let fields = [
        ("Emne", subject),
        ("FraNavn", name),
        ("FraEpost", email),
        ("Til", addresses(message.to())),
        ("Kopi", addresses(message.cc())),
        ("SvarTil", answers),
        ("Saksnummer", number),
    ];
    fields.into_iter().filter_map(|(name, value)| Some((name.to_owned(), Private::new(value?)))).collect()
}

fn addresses(of: Option<&Address<'_>>) -> Option<String> {
    let all: Vec<&str> = of?.iter().filter_map(|address| address.address()).collect();
    (!all.is_empty()).then(|| all.join(", "))
}

/// The last number in a subject that is said to be a case's: between brackets, or right after a word that says so. Years are
/// written alike (`Skoleåret 2025/26`), and what names no case must not come into a stranger's.
fn case_number(subject: &str) -> Option<CaseNumber> {
    let words = subject.split(|letter: char| letter.is_whitespace() || ".,:;()".contains(letter));
    let (mut last, mut announced) = (None, false);
    for word in words.filter(|word| !word.is_empty()) {
        let bracketed = word.strip_prefix('[').filter(|inner| inner.ends_with(']'));
        let named = bracketed.or_else(|| announced.then_some(word));
        // Also from `2026/123-4`, which names an entry of the case.
        let number = named.and_then(|text| text.split(|letter: char| !letter.is_ascii_digit() && letter != '/').next());
        last = number.and_then(|number| number.parse().ok()).or(last);
        let word = word.trim_start_matches('[').to_lowercase();
        announced = ANNOUNCING.contains(&word.as_str()) || announced && word == "nr";
    }
    last
}

/// The words after which a case number comes, with or without `nr` in between.
const ANNOUNCING: [&str; 6] = ["sak", "saksnr", "saksnummer", "arkivsak", "ref", "referanse"];

fn media_type(text: &str) -> MediaType {
    MediaType::sanitize(text)
}

fn fault(code: FaultCode, detail: impl fmt::Display) -> Fault {
    Fault::new(code, Place::Consignment).because(detail)
}

#[cfg(test)]
mod tests {
    use base64::{Engine as _, engine::general_purpose::STANDARD};
    use proptest::prelude::*;

    use super::*;
    use crate::{forms::FormTables, tables_of};

    const WITH_ATTACHMENTS: &str = concat!(
        "From: =?utf-8?q?Pr=C3=B8ve_Testesen?= <prove@example.no>\r\nTo: Postmottak <post@kommune.example.no>\r\n",
        "Subject: =?iso-8859-1?q?SV=3A_S=F8knad_=5B2026/123=5D?=\r\nDate: Mon, 14 Sep 2026 10:00:00 +0200\r\n",
        "Message-ID: <abc@example.no>\r\nIn-Reply-To: <xyz@kommune.example.no>\r\nMIME-Version: 1.0\r\n",
        "Content-Type: multipart/mixed; boundary=grense\r\n\r\n--grense\r\nContent-Type: text/plain\r\n\r\nHei\r\n",
        "--grense\r\nContent-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\n",
        "Content-Disposition: attachment; filename=\"../../kart.pdf\"\r\n\r\nJVBERi0xLjQK\r\n",
        "--grense\r\nContent-Type: message/rfc822\r\n\r\nFrom: <annen@example.no>\r\nSubject: inni\r\n\r\nHei\r\n--grense--\r\n"
    );

    fn read(text: &str) -> Result<Loose, Rejection> {
        read_mail(&Bytes::copy_from_slice(text.as_bytes()), "2026-09-15T08:00:00Z".parse().unwrap())
    }

    #[test]
    fn head_message_and_attachments_become_a_form_with_files() {
        let loose = read(WITH_ATTACHMENTS).unwrap();
        let form = loose.form();
        assert_eq!((form.kind.as_str(), form.key.as_str()), (MAIL, "abc@example.no"));
        assert_eq!(form.sent.to_rfc3339(), "2026-09-14T08:00:00+00:00");
        assert_eq!(form.came_in().to_rfc3339(), "2026-09-15T08:00:00+00:00");
        assert_eq!(form.field("Emne"), Some("SV: Søknad [2026/123]"));
        assert_eq!((form.field("FraNavn"), form.field("FraEpost")), (Some("Prøve Testesen"), Some("prove@example.no")));
        assert_eq!(form.field("Saksnummer"), Some("2026/123"));
        assert_eq!(form.field("SvarTil"), Some("xyz@kommune.example.no"));
        let names: Vec<_> = loose.files().map(|(role, name, content)| (role, name.as_str(), content.len())).collect();
        assert_eq!(names[0], (DocumentRole::Main, "melding.eml", WITH_ATTACHMENTS.len()));
        assert_eq!(names.len(), 3);
        assert!(!names[1].1.contains('/') && names[1].1.ends_with("kart.pdf"), "{names:?}");
        assert_eq!(names[1].2, 9);
        assert!(names[2].1.ends_with(".eml"));
    }

    #[test]
    fn an_answer_goes_to_its_case_and_anything_else_to_a_new_one() {
        let tables = FormTables::from_toml(tables_of("e-post").unwrap()).unwrap();
        for tried in tables.try_out() {
            assert_eq!(tried.faults, [], "{}", tried.sample.name);
        }
    }

    #[test]
    fn an_empty_attachment_keeps_no_e_mail_out() {
        let with_empty = WITH_ATTACHMENTS.replace("JVBERi0xLjQK\r\n", "");
        let loose = read(&with_empty).unwrap();
        let sizes: Vec<_> = loose.files().map(|(_, _, content)| content.len()).collect();
        assert!(sizes.len() == 2 && sizes.iter().all(|size| *size > 0), "{sizes:?}");
    }

    #[test]
    fn e_mails_in_e_mails_without_end_are_one_attachment() {
        let message = "Content-Type: message/rfc822\r\n\r\n";
        let deep = message.repeat(20_000);
        let encoded = format!("Content-Transfer-Encoding: base64\r\n{message}{}", STANDARD.encode(&deep));
        let digest = |n| format!("Content-Type: multipart/digest; boundary=g{n}\r\n\r\n--g{n}\r\n");
        let digests: String = (0..20_000).map(digest).collect();
        for body in [deep, encoded, digests] {
            let loose = read(&format!("From: prove@example.no\r\nSubject: Klage\r\n{body}\r\nHei\r\n")).unwrap();
            assert_eq!((loose.form().field("Emne"), loose.files().count()), (Some("Klage"), 2));
        }
    }

    #[test]
    fn parts_are_told_apart_and_come_byte_for_byte() {
        let text = concat!(
            "From: prove@example.no\r\nContent-Type: multipart/mixed; boundary=\"a b\"\r\n\r\nfor andre\r\n",
            "--a b\r\nContent-Type: multipart/alternative; boundary=a\r\n\r\n",
            "--a\r\n\r\nHei\r\n--a \r\nContent-Type: text/html\r\n\r\n<p>Hei\r\n--a--\r\n",
            "--a b\r\nContent-Type: text/csv; charset=iso-8859-1; name=liste.csv\r\n",
            "Content-Transfer-Encoding: quoted-printable\r\n\r\nnavn;=F8\r\n--a but no boundary\r\n",
            "--a b\r\nContent-Type: text/plain\r\nContent-Disposition: attachment\r\n\r\nnotat\n\r\n",
            "--a b\r\nContent-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n\r\n!\r\n--a b--\r\nog mer"
        );
        let loose = read(text).unwrap();
        let files: Vec<_> = loose.files().skip(1).map(|(_, name, content)| (name.as_str(), content.as_ref())).collect();
        let expected: [(&str, &[u8]); 3] =
            [("liste.csv", b"navn;\xf8\r\n--a but no boundary"), ("vedlegg-2", b"notat\n"), ("vedlegg-3", b"!")];
        assert_eq!(files, expected);
    }

    #[test]
    fn an_e_mail_of_more_parts_than_anybody_sends_is_refused() {
        let part = "--g\r\nContent-Type: image/png\r\n\r\nx\r\n".repeat(MOST_PARTS + 1);
        let text =
            format!("From: prove@example.no\r\nContent-Type: multipart/mixed; boundary=g\r\n\r\n{part}--g--\r\n");
        assert!(read(&text).unwrap_err().has(FaultCode::TooMuch));
    }

    #[test]
    fn what_an_e_mail_does_not_say_is_made_up_for() {
        let loose = read("From: prove@example.no\n\nHei").unwrap();
        assert_eq!(loose.form().sent.to_rfc3339(), "2026-09-15T08:00:00+00:00");
        assert_eq!(loose.form().key.as_str().len(), 64);
        assert_eq!(loose.form().field("FraNavn"), Some("prove@example.no"));
        assert_eq!(loose.form().field("Emne"), None);
        assert!(read("").is_err() && read("bare tekst").is_err());
    }

    #[test]
    fn a_case_number_in_a_subject_is_found_and_nothing_else_is_taken_for_one() {
        for (subject, number) in [
            ("SV: Søknad [2026/123]", Some("2026/123")),
            ("[2025/1] og [2026/45]", Some("2026/45")),
            ("Sak 2026/7.", Some("2026/7")),
            ("SV: saksnr.: 2026/7 - klage", Some("2026/7")),
            ("Sak nr. 2026/7", Some("2026/7")),
            ("Deres ref. 2026/7, vår ref. 12", Some("2026/7")),
            ("Svar (ref:2026/7)", Some("2026/7")),
            ("Klage [sak 2026/7]", Some("2026/7")),
            ("Sak 2026/7-3 og [2026/8-1]", Some("2026/8")),
            ("Klage i sak 2026/7 for skoleåret 2026/27", Some("2026/7")),
            ("Skoleåret 2025/26", None),
            ("Budsjett 2026/27 (vedtak)", None),
            ("Svar på 2025/1 og 2026/45", None),
            ("Saken gjelder 2026/27", None),
            ("Årsak 2026/27", None),
            ("Regnskap [2025/26 og 2026/27]", None),
            ("Telefon nr. 2026/27", None),
            ("Sak 14/9 kl. 10", None),
            ("[1/2/3]", None),
            ("", None),
        ] {
            assert_eq!(case_number(subject).map(|number| number.to_string()).as_deref(), number, "{subject}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_stumble(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
            let _ = read_mail(&bytes.into(), Timestamp::UNIX_EPOCH);
        }

        #[test]
        fn an_e_mail_that_was_cut_off_is_read_or_refused(end in 0..WITH_ATTACHMENTS.len()) {
            let cut = WITH_ATTACHMENTS.as_bytes().get(..end).unwrap();
            if let Ok(loose) = read_mail(&Bytes::copy_from_slice(cut), Timestamp::UNIX_EPOCH) {
                prop_assert_eq!(loose.files().next().unwrap().2.len(), end);
            }
        }
    }
}
