//! What texts, file names, recipients and addresses must look like.

use sakarkiv_core::identity::NationalIdentityNumber;

pub(crate) const ORGANISATION: &str = "urn:altinn:organization:identifier-no:";
pub(crate) const PERSON: &str = "urn:altinn:person:identifier-no:";
const EMAIL: &str = "urn:altinn:person:idporten-email:";
const SELF_IDENTIFIED: &str = "urn:altinn:person:legacy-selfidentified:";
pub(crate) const RESOURCE: &str = "urn:altinn:resource:";

/// The one form in which a recipient is kept; nothing when it has none of the known forms.
pub(crate) fn recipient(text: &str) -> Option<String> {
    if let Some(party) = party(text) {
        return Some(party);
    }
    let lower = text.to_lowercase();
    if let Some(address) = lower.strip_prefix(EMAIL) {
        let (before, after) = address.split_once('@')?;
        let sound = !before.is_empty() && !after.is_empty() && !after.contains('@') && !address.contains(':');
        return sound.then_some(lower);
    }
    let name = lower.strip_prefix(SELF_IDENTIFIED)?;
    (!name.is_empty() && !name.contains(':')).then_some(lower)
}

/// An organisation or a person in the one form in which it is kept.
pub(crate) fn party(text: &str) -> Option<String> {
    let lower = text.to_lowercase();
    let organisation = lower.strip_prefix("0192:").or_else(|| lower.strip_prefix(ORGANISATION));
    if let Some(number) = organisation {
        return is_digits(number, 9).then(|| format!("{ORGANISATION}{number}"));
    }
    let number = lower.strip_prefix(PERSON).unwrap_or(&lower);
    let sound = is_digits(number, 11) && NationalIdentityNumber::parse(number).is_ok();
    sound.then(|| format!("{PERSON}{number}"))
}

/// The number or name at the end of a party's URN.
pub(crate) fn key_of(urn: &str) -> &str {
    urn.rsplit(':').next().unwrap_or(urn)
}

pub(crate) fn is_organisation(urn: &str) -> bool {
    urn.starts_with(ORGANISATION)
}

pub(crate) fn is_person(urn: &str) -> bool {
    urn.starts_with(PERSON)
}

/// A resource id without its prefix; nothing when it is no id.
pub(crate) fn resource_id(text: &str) -> Option<&str> {
    let id = text.strip_prefix(RESOURCE).unwrap_or(text);
    ((1..=255).contains(&id.chars().count()) && !id.contains(':')).then_some(id)
}

/// No HTML and no Markdown: code marks and escapes are overlooked, list marks are tolerated.
pub(crate) fn is_plain(text: &str) -> bool {
    let text: String = text.chars().filter(|c| !matches!(c, '`' | '\\')).collect();
    !has_tag(&text)
        && !has_link(&text)
        && !has_marked_line(&text)
        && !["**", "__", "~~"].iter().any(|m| pairs(&text, m))
        && !emphasised(&text)
}

/// Markdown without HTML outside of code.
pub(crate) fn is_markdown(text: &str) -> bool {
    let mut outside = String::new();
    for (index, piece) in text.split('`').enumerate() {
        if index % 2 == 0 {
            outside.push_str(piece);
        }
    }
    !has_tag(&outside.replace('\\', ""))
}

/// `<b`, `</b`, `<!`: the beginning of a tag.
fn has_tag(text: &str) -> bool {
    let next_of = text.match_indices('<').map(|(at, _)| text.get(at + 1..).and_then(|rest| rest.chars().next()));
    next_of.flatten().any(|next| next.is_ascii_alphabetic() || matches!(next, '/' | '!'))
}

/// `[text](target)`.
fn has_link(text: &str) -> bool {
    text.split_once("](").is_some_and(|(before, after)| before.contains('[') && after.contains(')'))
}

/// A heading or a quotation.
fn has_marked_line(text: &str) -> bool {
    text.lines().map(str::trim_start).any(|line| {
        let marks = line.chars().take_while(|c| *c == '#').count();
        let heading = (1..=6).contains(&marks) && line.chars().nth(marks).is_none_or(char::is_whitespace);
        heading || line.starts_with("> ")
    })
}

/// Two of a mark with something between that begins and ends without white space.
fn pairs(text: &str, mark: &str) -> bool {
    text.split_once(mark)
        .and_then(|(_, rest)| rest.split_once(mark))
        .is_some_and(|(inner, _)| !inner.is_empty() && inner.trim() == inner)
}

/// `*word*` or `_word_` with nothing else glued to it.
fn emphasised(text: &str) -> bool {
    text.split_whitespace().any(|word| {
        let word = word.trim_matches(|c: char| matches!(c, '.' | ',' | ';' | ':' | '!' | '?' | '(' | ')'));
        ['*', '_'].iter().any(|mark| {
            let inner = word.strip_prefix(*mark).and_then(|rest| rest.strip_suffix(*mark));
            inner.is_some_and(|inner| inner.chars().any(char::is_alphanumeric))
        })
    })
}

/// What is wrong with a file name, by error number, first fault first.
pub(crate) fn file_name_fault(name: &str) -> Option<u16> {
    const TYPES: [&str; 20] = [
        "doc", "xls", "docx", "xlsx", "ppt", "pps", "zip", "pdf", "html", "txt", "xml", "jpg", "jpeg", "gif", "bmp",
        "png", "json", "csv", "dcm", "dicom",
    ];
    if name.trim().is_empty() {
        return Some(2010);
    }
    if name.chars().count() > 255 {
        return Some(2011);
    }
    if !TYPES.contains(&extension(name).as_str()) {
        return Some(2013);
    }
    if name.chars().any(|c| c.is_control() || r#"<>:"/\|?*"#.contains(c)) {
        return Some(2012);
    }
    let stem = name.split('.').next().unwrap_or_default().to_ascii_uppercase();
    let numbered = stem.strip_prefix("COM").or_else(|| stem.strip_prefix("LPT"));
    let device = ["CON", "PRN", "AUX", "NUL"].contains(&stem.as_str())
        || numbered.is_some_and(|number| matches!(number, "1" | "2" | "3" | "4" | "5" | "6" | "7" | "8" | "9"));
    device.then_some(2021)
}

/// The part after the last dot, in lower case.
pub(crate) fn extension(name: &str) -> String {
    name.rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase()).unwrap_or_default()
}

/// The type of a file as metadata tell it.
pub(crate) fn data_type(name: &str) -> &'static str {
    match extension(name).as_str() {
        "doc" => "application/msword",
        "xls" => "application/vnd.ms-excel",
        "docx" => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "xlsx" => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "ppt" | "pps" => "application/vnd.ms-powerpoint",
        "zip" => "application/zip",
        "html" => "text/html",
        "txt" => "text/plain",
        "xml" => "text/xml",
        "csv" => "text/csv",
        "pdf" | "jpg" | "jpeg" | "gif" | "bmp" | "png" | "json" | "dcm" | "dicom" => download_type(name),
        _ => "binary_octet_stream",
    }
}

/// The type of a file as a download tells it.
pub(crate) fn download_type(name: &str) -> &'static str {
    match extension(name).as_str() {
        "pdf" => "application/pdf",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "gif" => "image/gif",
        "bmp" => "image/bmp",
        "txt" => "text/plain; charset=utf-8",
        "csv" => "text/csv; charset=utf-8",
        "html" => "text/html; charset=utf-8",
        "json" => "application/json",
        "xml" => "application/xml",
        "dcm" | "dicom" => "application/dicom",
        _ => "application/octet-stream",
    }
}

/// One `@`, something on both sides with a dot after it, no white space.
pub(crate) fn is_email(text: &str) -> bool {
    let Some((before, after)) = text.split_once('@') else { return false };
    let sound = |part: &str| !part.is_empty() && !part.contains(|c: char| c.is_whitespace() || c == '@');
    sound(before) && sound(after) && after.contains('.') && !after.starts_with('.') && !after.ends_with('.')
}

/// `+` or `00`, then 7 to 15 digits that do not begin with 0.
pub(crate) fn is_mobile(text: &str) -> bool {
    let digits = text.strip_prefix('+').or_else(|| text.strip_prefix("00")).unwrap_or_default();
    (7..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit()) && !digits.starts_with('0')
}

/// An absolute address with https, of at most 255 characters.
pub(crate) fn is_https(text: &str) -> bool {
    let host = text.parse::<http::Uri>().ok().filter(|uri| uri.scheme_str() == Some("https"));
    text.chars().count() <= 255 && host.is_some_and(|uri| uri.host().is_some_and(|host| !host.is_empty()))
}

fn is_digits(text: &str, count: usize) -> bool {
    text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recipient_has_one_of_four_forms_and_is_kept_in_one() {
        for (given, kept) in [
            ("0192:312000342", Some("urn:altinn:organization:identifier-no:312000342")),
            (
                "URN:altinn:organization:identifier-no:312000342",
                Some("urn:altinn:organization:identifier-no:312000342"),
            ),
            ("312000342", None),
            ("0192:31200034", None),
            ("01819000553", Some("urn:altinn:person:identifier-no:01819000553")),
            ("urn:altinn:person:identifier-no:01819000553", Some("urn:altinn:person:identifier-no:01819000553")),
            ("01819000554", None),
            (
                "urn:altinn:person:idporten-email:Kari@prove.example",
                Some("urn:altinn:person:idporten-email:kari@prove.example"),
            ),
            ("urn:altinn:person:idporten-email:kari", None),
            ("urn:altinn:person:idporten-email:a@b@c", None),
            ("urn:altinn:person:idporten-email:a:b@c", None),
            ("urn:altinn:person:legacy-selfidentified:kari", Some("urn:altinn:person:legacy-selfidentified:kari")),
            ("urn:altinn:person:legacy-selfidentified:ka:ri", None),
        ] {
            assert_eq!(recipient(given).as_deref(), kept, "{given}");
        }
    }

    #[test]
    fn plain_text_has_neither_html_nor_markdown() {
        for text in [
            "Vedtak i sak 2026/1234",
            "- et punkt",
            "a < b > c",
            "snake_case_navn",
            "5 * 3 * 2",
            "C# og # 4",
            "`kode`",
            r"\# x",
        ] {
            assert_eq!(is_plain(text), !text.contains(r"\#"), "{text}");
        }
        for text in ["<b>x</b>", "[x](https://a.example)", "**x**", "__x__", "*x*", "_x_", "# x", "> x", "x <br/> y"] {
            assert!(!is_plain(text), "{text}");
        }
    }

    #[test]
    fn a_body_is_markdown_without_html_outside_of_code() {
        for (text, sound) in [
            ("Hei.\n\n# Overskrift\n\n**fet** [lenke](https://a.example)", true),
            ("`<b>` er en tagg", true),
            ("<b>fet</b>", false),
            ("a < b", true),
            ("<!-- skjult -->", false),
        ] {
            assert_eq!(is_markdown(text), sound, "{text}");
        }
    }

    #[test]
    fn the_first_fault_of_a_file_name_counts() {
        for (name, fault) in [
            ("vedtak.pdf", None),
            ("VEDTAK.PDF", None),
            (" ", Some(2010)),
            ("vedtak.exe", Some(2013)),
            ("vedtak", Some(2013)),
            ("ved/tak.exe", Some(2013)),
            ("ved/tak.pdf", Some(2012)),
            ("ved\u{7}tak.pdf", Some(2012)),
            ("CON.pdf", Some(2021)),
            ("lpt9.txt", Some(2021)),
            ("com10.txt", None),
        ] {
            assert_eq!(file_name_fault(name), fault, "{name}");
        }
        assert_eq!(file_name_fault(&format!("{}.pdf", "a".repeat(252))), Some(2011));
    }

    #[test]
    fn addresses_and_numbers_are_told_from_what_is_none() {
        assert!(
            is_email("post@prove.example")
                && !is_email("post@prove")
                && !is_email("a@b@c.example")
                && !is_email("a b@c.no")
        );
        assert!(is_mobile("+4799999999") && is_mobile("004799999999") && !is_mobile("99999999") && !is_mobile("+47x"));
        assert!(is_https("https://a.example/x") && !is_https("http://a.example") && !is_https("a.example"));
    }
}
