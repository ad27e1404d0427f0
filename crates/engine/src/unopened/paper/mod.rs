//! A short text as a PDF for the archive (PDF/A-2b): one page or more of plain paragraphs in a typeface that the file has with
//! it. No more than a reminder needs.

mod archive;
mod typeface;

use sakarkiv_core::document::{ContentHash, FileFormat};

/// The format of what is written, by its PRONOM id: PDF/A-2b.
pub(super) fn format() -> FileFormat {
    FileFormat::new("fmt/477")
}

/// Writes a title and paragraphs divided by blank lines. Characters outside Western European ones become `?`.
pub(super) fn pdf(title: &str, body: &str) -> Vec<u8> {
    let mut lines: Vec<Option<Vec<u8>>> = wrap(title).map(Some).collect();
    for paragraph in body.split("\n\n") {
        lines.push(None);
        lines.extend(wrap(paragraph).map(Some));
    }
    let pages: Vec<Vec<u8>> = lines.chunks(LINES_ON_A_PAGE).map(content).collect();
    let kids = (0..pages.len()).map(|page| format!("{} 0 R", FIRST_PAGE + 2 * page)).collect::<Vec<_>>().join(" ");
    let mut objects = shared(&kids, pages.len());
    for (page, content) in pages.iter().enumerate() {
        let at = FIRST_PAGE + 2 * page + 1;
        let page = format!(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << /Font << /F1 3 0 R >> >> /Contents {at} 0 R >>"
        );
        objects.push(page.into_bytes());
        objects.push(stream("", content));
    }
    assemble(&objects, &ContentHash::of(&pages.concat()))
}

/// What comes before the pages: catalogue, page tree, typeface, and what the archive asks for.
fn shared(kids: &str, pages: usize) -> Vec<Vec<u8>> {
    use typeface::{FILE, FIRST_CODE, METRICS, NAME, WIDTHS};
    let widths = WIDTHS.map(|width| width.to_string()).join(" ");
    let catalogue = "<< /Type /Catalog /Pages 2 0 R /Metadata 6 0 R /OutputIntents [<< /Type /OutputIntent /S /GTS_PDFA1 \
                     /OutputConditionIdentifier (Grey 2.2) /Info (Grey 2.2) /DestOutputProfile 7 0 R >>] >>";
    vec![
        catalogue.into(),
        format!("<< /Type /Pages /Kids [{kids}] /Count {pages} >>").into_bytes(),
        format!(
            "<< /Type /Font /Subtype /TrueType /BaseFont /{NAME} /Encoding /WinAnsiEncoding /FirstChar {FIRST_CODE} \
             /LastChar 255 /Widths [{widths}] /FontDescriptor 4 0 R >>"
        )
        .into_bytes(),
        format!("<< /Type /FontDescriptor /FontName /{NAME} /Flags 32 {METRICS} /FontFile2 5 0 R >>").into_bytes(),
        stream(&format!(" /Length1 {}", FILE.len()), FILE),
        stream(" /Type /Metadata /Subtype /XML", archive::CLAIM.as_bytes()),
        stream(" /N 1", &archive::profile()),
    ]
}

/// Bytes, with their length and what else is said of them.
fn stream(said: &str, bytes: &[u8]) -> Vec<u8> {
    let head = format!("<< /Length {}{said} >>\nstream\n", bytes.len()).into_bytes();
    [head.as_slice(), bytes, b"\nendstream"].concat()
}

fn content(lines: &[Option<Vec<u8>>]) -> Vec<u8> {
    let mut content = format!("BT /F1 {SIZE} Tf 14 TL {MARGIN} 770 Td\n").into_bytes();
    for line in lines {
        if let Some(text) = line {
            content.push(b'(');
            for code in text {
                if matches!(code, b'(' | b')' | b'\\') {
                    content.push(b'\\');
                }
                content.push(*code);
            }
            content.extend_from_slice(b") Tj ");
        }
        content.extend_from_slice(b"T*\n");
    }
    content.extend_from_slice(b"ET");
    content
}

/// A paragraph in lines that fit between the margins, in the page's encoding.
fn wrap(text: &str) -> impl Iterator<Item = Vec<u8>> {
    let mut lines = Vec::new();
    let mut line: Vec<u8> = Vec::new();
    for word in text.split_whitespace() {
        let word: Vec<u8> = word.chars().map(typeface::code).collect();
        if !line.is_empty() && width(&line) + width(b" ") + width(&word) > LINE_WIDTH {
            lines.push(std::mem::take(&mut line));
        }
        if !line.is_empty() {
            line.push(b' ');
        }
        line.extend(word);
    }
    lines.push(line);
    lines.into_iter()
}

fn width(text: &[u8]) -> u32 {
    text.iter().map(|code| typeface::width(*code)).sum()
}

/// Objects from number 1 on, with the table of where each begins and the file's own mark.
fn assemble(objects: &[Vec<u8>], mark: &ContentHash) -> Vec<u8> {
    // Bytes that are no text tell programs to leave the file as it is.
    let mut file = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n".to_vec();
    let mut table = format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1);
    for (number, object) in (1..).zip(objects) {
        table.push_str(&format!("{:010} 00000 n \n", file.len()));
        let number: usize = number;
        file.extend(format!("{number} 0 obj\n").into_bytes());
        file.extend_from_slice(object);
        file.extend_from_slice(b"\nendobj\n");
    }
    let start = file.len();
    let trailer = format!(
        "trailer\n<< /Size {} /Root 1 0 R /ID [<{mark}> <{mark}>] >>\nstartxref\n{start}\n%%EOF\n",
        objects.len() + 1
    );
    file.extend(table.into_bytes());
    file.extend(trailer.into_bytes());
    file
}

/// The number of the first page's object.
const FIRST_PAGE: usize = 8;
const LINES_ON_A_PAGE: usize = 48;
/// The size of the typeface, in points.
const SIZE: u32 = 10;
/// In points, on both sides of the text.
const MARGIN: u32 = 72;
/// Between the margins of an A4 page, in thousandths of the typeface's size.
const LINE_WIDTH: u32 = (595 - 2 * MARGIN) * 1000 / SIZE;

#[cfg(test)]
mod tests {
    use sakarkiv_core::document::MediaType;
    use sakarkiv_leakcheck::{Limits, extract};

    use super::*;

    fn found(file: &[u8], wanted: &[u8]) -> usize {
        file.windows(wanted.len()).filter(|window| *window == wanted).count()
    }

    fn at(file: &[u8], wanted: &[u8]) -> usize {
        file.windows(wanted.len()).position(|window| window == wanted).unwrap()
    }

    /// What lies between two texts.
    fn between<'f>(file: &'f [u8], start: &str, end: &str) -> &'f [u8] {
        let rest = &file[at(file, start.as_bytes()) + start.len()..];
        &rest[..at(rest, end.as_bytes())]
    }

    #[test]
    fn every_object_begins_where_the_table_says() {
        let file = pdf("Tittel", "Første avsnitt.\n\nAndre avsnitt (med parentes).");
        let start = at(&file, b"xref\n0 ");
        let table = String::from_utf8(file[start..].to_vec()).unwrap();
        let places = table
            .lines()
            .filter(|line| line.ends_with(" n "))
            .map(|line| line.split(' ').next().unwrap().parse::<usize>().unwrap());
        let mut count = 0;
        for (number, place) in (1..).zip(places) {
            assert!(file[place..].starts_with(format!("{number} 0 obj\n").as_bytes()), "object {number}");
            count += 1;
        }
        assert_eq!(count, FIRST_PAGE + 1);
        assert_eq!(table.lines().rev().nth(1).unwrap().parse::<usize>().unwrap(), start);
    }

    #[test]
    fn the_file_is_one_for_the_archive_with_its_typeface_and_the_meaning_of_its_colour() {
        assert!(format().is_archive_format());
        let file = pdf("Tittel", "Avsnitt.");
        assert!(file.starts_with(b"%PDF-1.7\n%") && file[10..14].iter().all(|byte| *byte > 127));
        let claim = between(&file, "/Subtype /XML >>\nstream\n", "\nendstream");
        let claim = std::str::from_utf8(claim).unwrap();
        assert!(claim.contains("<pdfaid:part>2</pdfaid:part><pdfaid:conformance>B</pdfaid:conformance>"), "{claim}");
        assert!(between(&file, "/Type /Catalog", "endobj").windows(15).any(|part| part == b"/Metadata 6 0 R"));
        assert_eq!(
            between(&file, &format!("/Length1 {} >>\nstream\n", typeface::FILE.len()), "\nendstream\nendobj\n6 0 obj"),
            typeface::FILE
        );
        assert_eq!(between(&file, "/N 1 >>\nstream\n", "\nendstream\nendobj\n8 0 obj"), archive::profile());
        for (said, times) in [
            ("/FontFile2 5 0 R", 1),
            ("/S /GTS_PDFA1", 1),
            ("/DestOutputProfile 7 0 R", 1),
            ("/Type /Font ", 1),
            ("/ID [<", 1),
            ("/Encrypt", 0),
            ("/JavaScript", 0),
            ("/Filter", 0),
        ] {
            assert_eq!(found(&file, said.as_bytes()), times, "{said}");
        }
    }

    #[test]
    fn the_same_text_is_the_same_file_and_another_has_another_mark() {
        let mark = |body| between(&pdf("Tittel", body), "/ID [<", ">").to_vec();
        assert_eq!(pdf("Tittel", "Avsnitt."), pdf("Tittel", "Avsnitt."));
        assert_ne!(mark("Avsnitt."), mark("Et annet avsnitt."));
    }

    #[test]
    fn norwegian_letters_are_written_in_the_pages_encoding_and_parentheses_escaped() {
        let file = pdf("Blåbær", "Ulest (på øya) – 漢");
        assert_eq!((found(&file, b"Bl\xe5b\xe6r"), found(&file, b"\\(p\xe5 \xf8ya\\) \x96 ?")), (1, 1));
    }

    #[test]
    fn whoever_reads_the_file_finds_its_text() {
        let file = pdf("Ulest post fra Blåbærøya", "Ring oss – i dag.");
        let read = extract(&file, &MediaType::pdf(), Limits::default());
        assert!(read.doubts.is_empty(), "{:?}", read.doubts);
        for words in ["Ulest post fra Blåbærøya", "Ring oss – i dag."] {
            assert!(read.text.contains(words), "{words} in {}", read.text);
        }
    }

    #[test]
    fn a_long_text_gets_more_pages_loses_no_word_and_keeps_within_the_margins() {
        let body = (0..2000).map(|n| format!("MWord{n}")).collect::<Vec<_>>().join(" ");
        let file = pdf("Lang", &body);
        assert!(found(&file, b"/Type /Page ") > 1);
        assert_eq!(found(&file, b"MWord"), 2000);
        assert!(wrap(&body).all(|line| width(&line) <= LINE_WIDTH));
    }
}
