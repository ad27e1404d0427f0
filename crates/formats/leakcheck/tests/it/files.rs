use std::io::{Cursor, Write};

use sakarkiv_core::{document::MediaType, publication::Leak};
use sakarkiv_leakcheck::{Extracted, Limits, Scope, extract};
use zip::{ZipWriter, write::SimpleFileOptions};

use super::{
    pdfs::{page, stream, text_page},
    world::leaks,
};

pub(crate) fn read(bytes: &[u8]) -> Extracted {
    extract(bytes, &MediaType::unknown(), Limits::default())
}

pub(crate) fn office(parts: &[(&str, &str)]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in parts {
        zip.start_file(*name, SimpleFileOptions::default()).unwrap();
        zip.write_all(content.as_bytes()).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

fn found_in(extracted: &Extracted) -> Vec<Leak> {
    [leaks(&extracted.text, Scope::Document), leaks(&extracted.data, Scope::Document)].concat()
}

#[test]
fn the_text_of_a_pdf_is_read_however_its_letters_are_placed() {
    for operators in [
        "(Klage fra Kari Testperson) Tj",
        "[(Kari) -250 (Testperson)] TJ",
        "[(Ka) 20 (ri T) -30 (estper) 15 (son)] TJ",
        "(Kari) Tj 30 0 Td (Testperson) Tj",
        "1 0 0 1 50 700 Tm (Kari Test) Tj 1 0 0 1 90 700 Tm (person) Tj",
        "(Kari) Tj 0 -14 Td (Testperson) Tj",
        "(Kari Test-) Tj T* (person) Tj",
        "(Kari) ' (Testperson) '",
        "<4B6172692054657374706572736F6E> Tj",
    ] {
        let extracted = read(&text_page(operators));
        assert_eq!(extracted.doubts, [], "{operators}");
        assert!(found_in(&extracted).contains(&Leak::ScreenedName), "{operators}: {extracted:?}");
    }
    let number = read(&text_page("(018190) Tj 40 0 Td (00553) Tj"));
    assert_eq!(found_in(&number), [Leak::IdentityNumber]);
    let clean = read(&text_page("(Vedtak om l\u{f8}fte \u{e5} bygge) Tj"));
    assert!(clean.text.contains("Vedtak om løfte å bygge") && found_in(&clean).is_empty());
}

#[test]
fn forms_remarks_fields_and_data_of_a_pdf_are_read() {
    let form = stream(
        "/Type /XObject /Subtype /Form /Resources << /Font << /F1 5 0 R >> >>",
        b"BT /F1 9 Tf (Kari Testperson) Tj ET",
    );
    let in_form = page(b"/X1 Do", "/XObject << /X1 6 0 R >>", std::slice::from_ref(&form), "");
    assert_eq!(found_in(&read(&in_form)), [Leak::ScreenedName]);
    assert_eq!(read(&in_form).doubts, []);
    let remark = b"<< /Type /Annot /Subtype /Text /Contents (ring Kari Testperson) >>".to_vec();
    assert_eq!(found_in(&read(&page(b"", "", &[remark], ""))), [Leak::ScreenedName]);
    // In UTF-16, as most programs write it.
    let title: String = "Kari Testperson".encode_utf16().map(|unit| format!("{unit:04X}")).collect();
    let about = format!("<< /Title <FEFF{title}> /Author (Saksbehandler) >>").into_bytes();
    assert_eq!(found_in(&read(&page(b"", "", &[about], "/Info 6 0 R"))), [Leak::ScreenedName]);
    let xmp = stream(
        "/Type /Metadata /Subtype /XML",
        "<x:xmpmeta><dc:title>Kari Testperson</dc:title></x:xmpmeta>".as_bytes(),
    );
    assert_eq!(found_in(&read(&page(b"", "", &[xmp], ""))), [Leak::ScreenedName]);
}

#[test]
fn what_nobody_can_read_in_a_pdf_is_a_doubt() {
    let picture =
        stream("/Type /XObject /Subtype /Image /Width 1 /Height 1 /BitsPerComponent 8 /ColorSpace /DeviceGray", b"x");
    let scanned = page(b"/X1 Do", "/XObject << /X1 6 0 R >>", std::slice::from_ref(&picture), "");
    assert_eq!(read(&scanned).doubts, [Leak::ImageOnly]);
    let with_text = page(b"/X1 Do BT /F1 9 Tf (Vedtak) Tj ET", "/XObject << /X1 6 0 R >>", &[picture], "");
    assert_eq!(read(&with_text).doubts, []);
    let attached = stream("/Type /EmbeddedFile", b"hemmelig");
    assert_eq!(read(&page(b"", "", &[attached], "")).doubts, [Leak::Embedded]);
    let unnamed = b"<< /Type /Font /Subtype /Type0 /BaseFont /X /Encoding /Identity-H >>".to_vec();
    let shown = b"BT /F2 9 Tf <0001> Tj <0002> Tj <0003> Tj <0004> Tj <0005> Tj ET";
    let unreadable = page(shown, "", &[unnamed], "");
    let unreadable = String::from_utf8_lossy(&unreadable).replace("/F1 5 0 R", "/F2 6 0 R").into_bytes();
    assert_eq!(read(&unreadable).doubts, [Leak::Unreadable]);
}

#[test]
fn the_text_of_office_files_is_read_across_runs() {
    let docx = |body: &str| office(&[("[Content_Types].xml", "<Types/>"), ("word/document.xml", body)]);
    let runs = "<w:p><w:r><w:t>Klage fra Ka</w:t></w:r><w:r><w:rPr><w:b/></w:rPr><w:t>ri Test</w:t></w:r><w:r><w:t>person</w:t></w:r></w:p>";
    assert_eq!(found_in(&read(&docx(runs))), [Leak::ScreenedName]);
    assert_eq!(found_in(&read(&docx("<w:p>Kari</w:p><w:p>Testperson</w:p>"))), [Leak::ScreenedName]);
    assert_eq!(found_in(&read(&docx("<w:p>&#x4B;ari&nbsp;Test&shy;person</w:p>"))), [Leak::ScreenedName]);
    assert_eq!(found_in(&read(&docx("<w:p><![CDATA[Kari Testperson]]></w:p>"))), [Leak::ScreenedName]);
    assert_eq!(
        found_in(&read(&docx("<w:p><w:ins w:author=\"Kari Testperson\">x</w:ins></w:p>"))),
        [Leak::ScreenedName]
    );
    assert_eq!(found_in(&read(&docx("<w:p>Vedtak</w:p>"))), []);
    let properties = office(&[
        ("[Content_Types].xml", "<Types/>"),
        ("word/document.xml", "<w:p>Vedtak</w:p>"),
        ("docProps/core.xml", "<dc:creator>Kari Testperson</dc:creator>"),
    ]);
    assert_eq!(found_in(&read(&properties)), [Leak::ScreenedName]);
    let odt = office(&[("mimetype", "x"), ("content.xml", "<text:p>018190<text:s/>00553</text:p>")]);
    assert_eq!(found_in(&read(&odt)), [Leak::IdentityNumber]);
    let embedded = office(&[("[Content_Types].xml", "<Types/>"), ("word/embeddings/ole.bin", "x")]);
    assert_eq!(read(&embedded).doubts, [Leak::Embedded]);
}

#[test]
fn plain_text_is_read_in_the_encodings_people_use() {
    let kind = MediaType::parse("text/plain").unwrap();
    let read = |bytes: &[u8]| extract(bytes, &kind, Limits::default());
    assert_eq!(read("Åse Ærlig".as_bytes()).text, "Åse Ærlig");
    assert_eq!(read(b"\xc5se \xc6rlig").text, "Åse Ærlig");
    let utf_16: Vec<u8> = [0xfeff].into_iter().chain("Åse".encode_utf16()).flat_map(u16::to_le_bytes).collect();
    assert_eq!(read(&utf_16).text, "\u{c5}se");
    assert_eq!(read(b"MZ\0\x01\x02\x03").doubts, [Leak::UnknownFormat]);
    let html = MediaType::parse("text/html").unwrap();
    let page = extract(b"<p>Kari <b>Test</b>person</p><img alt='Kari Testperson'>", &html, Limits::default());
    assert_eq!(found_in(&page), [Leak::ScreenedName, Leak::ScreenedName]);
}
