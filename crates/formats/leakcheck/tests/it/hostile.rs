use proptest::prelude::*;
use sakarkiv_core::{document::MediaType, publication::Leak};
use sakarkiv_leakcheck::{LeakConfig, Limits, Scope, extract};

use super::{
    files::{office, read},
    pdfs::{page, pdf, stream, text_page},
    world::find,
};

#[test]
fn what_unpacks_to_more_than_the_limit_is_a_doubt() {
    let limits = Limits { unpacked: 1 << 20, ..Limits::default() };
    let bomb = office(&[("[Content_Types].xml", "<Types/>"), ("word/document.xml", &" ".repeat(32 << 20))]);
    assert!(bomb.len() < 1 << 20);
    assert_eq!(extract(&bomb, &MediaType::unknown(), limits).doubts, [Leak::TooLarge]);
    let many: Vec<(String, &str)> = (0..200).map(|n| (format!("{n}.xml"), "<a/>")).collect();
    let mut parts: Vec<(&str, &str)> = vec![("[Content_Types].xml", "")];
    parts.extend(many.iter().map(|(name, text)| (name.as_str(), *text)));
    let few = Limits { parts: 100, ..Limits::default() };
    assert_eq!(extract(&office(&parts), &MediaType::unknown(), few).doubts, [Leak::TooLarge]);
    let small = Limits { file: 10, ..Limits::default() };
    assert_eq!(extract(b"%PDF-1.7 and more", &MediaType::pdf(), small).doubts, [Leak::TooLarge]);
    let text = Limits { text: 10, ..Limits::default() };
    assert_eq!(extract(&text_page("(En ganske lang tekst) Tj"), &MediaType::pdf(), text).doubts, [Leak::TooLarge]);
}

#[test]
fn deep_xml_and_entities_of_its_own_do_no_harm() {
    let deep = "<a>".repeat(300_000) + "Kari" + &"</a>".repeat(300_000);
    let extracted = read(&office(&[("[Content_Types].xml", ""), ("word/document.xml", &deep)]));
    assert!(extracted.doubts.is_empty() && extracted.text.contains("Kari"));
    let laughs = "<!DOCTYPE a [<!ENTITY b \"x\"><!ENTITY c \"&b;&b;\">]><a>&c;</a>";
    let extracted = read(&office(&[("[Content_Types].xml", ""), ("word/document.xml", laughs)]));
    assert_eq!(extracted.doubts, [Leak::Unreadable]);
    for broken in ["<a", "<!-- x", "<![CDATA[x", "<?x", "<!x", "<a b='x>"] {
        let extracted = read(&office(&[("[Content_Types].xml", ""), ("word/document.xml", broken)]));
        assert_eq!(extracted.doubts, [Leak::Unreadable], "{broken}");
    }
}

#[test]
fn broken_and_deep_pdfs_are_doubts_and_never_a_panic() {
    assert_eq!(read(b"%PDF-1.7\n").doubts, [Leak::Unreadable]);
    let sound = text_page("(Kari Testperson) Tj");
    for end in (0..sound.len()).step_by(7) {
        let _ = read(&sound[..end]);
    }
    let nested = "[".repeat(20_000) + &"]".repeat(20_000);
    let _ = read(&page(b"", "", &[nested.into_bytes()], ""));
    let _ = read(&text_page(&("[".repeat(20_000) + "(x)" + &"]".repeat(20_000) + " TJ")));
    // Pages and forms that name themselves.
    let cycle = [b"<< /Type /Catalog /Pages 2 0 R >>".to_vec(), b"<< /Type /Pages /Kids [2 0 R] /Count 1 >>".to_vec()];
    assert_eq!(read(&pdf(&cycle, "")).doubts, [Leak::Unreadable]);
    let form = stream("/Type /XObject /Subtype /Form /Resources << /XObject << /X1 6 0 R >> >>", b"/X1 Do");
    let _ = read(&page(b"/X1 Do", "/XObject << /X1 6 0 R >>", &[form], ""));
}

#[test]
fn other_archives_and_pictures_are_of_unknown_kind() {
    assert_eq!(read(&office(&[("x.txt", "Kari")])).doubts, [Leak::UnknownFormat]);
    assert_eq!(read(b"\x89PNG\r\n\x1a\n").doubts, [Leak::UnknownFormat]);
    assert_eq!(read(b"PK\x03\x04 no archive").doubts, [Leak::Unreadable]);
    assert_eq!(read(b"").doubts, [Leak::UnknownFormat]);
}

#[test]
fn a_long_text_full_of_leaks_is_answered() {
    let text = "Kari Testperson 01819000553 ".repeat(20_000);
    let hits = find(&text, Scope::Document, &LeakConfig::default());
    assert_eq!(hits.len(), 40_000);
    let digits = "1".repeat(1_000_000);
    assert_eq!(find(&digits, Scope::Document, &LeakConfig::default()), []);
}

proptest! {
    #[test]
    fn any_bytes_are_answered(head in prop::sample::select(vec!["", "%PDF-1.7\n", "PK\x03\x04"]), tail in prop::collection::vec(any::<u8>(), 0..400)) {
        let bytes = [head.as_bytes(), &tail].concat();
        for kind in ["text/plain", "text/html", "application/pdf"] {
            let extracted = extract(&bytes, &MediaType::parse(kind).unwrap(), Limits::default());
            prop_assert!(extracted.text.len() <= Limits::default().text);
        }
    }

    #[test]
    fn a_changed_pdf_is_answered(at in any::<prop::sample::Index>(), byte in any::<u8>(), cut in any::<bool>()) {
        let mut bytes = text_page("[(Kari) -250 (Testperson)] TJ 3 0 Td <41> Tj");
        let at = at.index(bytes.len());
        if cut { bytes.remove(at); } else { bytes[at] = byte; }
        let _ = read(&bytes);
    }
}
