//! A short text as a PDF: one page or more of plain paragraphs in a standard typeface. No more than a reminder needs.

/// Writes a title and paragraphs divided by blank lines. Characters outside Western European ones become `?`.
pub(super) fn pdf(title: &str, body: &str) -> Vec<u8> {
    let mut lines: Vec<Option<String>> = wrap(title).map(Some).collect();
    for paragraph in body.split("\n\n") {
        lines.push(None);
        lines.extend(wrap(paragraph).map(Some));
    }
    let pages: Vec<Vec<u8>> = lines.chunks(LINES_ON_A_PAGE).map(content).collect();
    let kids = (0..pages.len()).map(|page| format!("{} 0 R", FIRST_PAGE + 2 * page)).collect::<Vec<_>>().join(" ");
    let mut objects: Vec<Vec<u8>> = vec![
        b"<< /Type /Catalog /Pages 2 0 R >>".to_vec(),
        format!("<< /Type /Pages /Kids [{kids}] /Count {} >>", pages.len()).into_bytes(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>".to_vec(),
    ];
    for (page, content) in pages.into_iter().enumerate() {
        let at = FIRST_PAGE + 2 * page + 1;
        let page = format!(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << /Font << /F1 3 0 R >> >> /Contents {at} 0 R >>"
        );
        objects.push(page.into_bytes());
        let head = format!("<< /Length {} >>\nstream\n", content.len()).into_bytes();
        objects.push([head.as_slice(), content.as_slice(), b"\nendstream"].concat());
    }
    assemble(&objects)
}

fn content(lines: &[Option<String>]) -> Vec<u8> {
    let mut content = b"BT /F1 11 Tf 15 TL 72 770 Td\n".to_vec();
    for line in lines {
        if let Some(text) = line {
            content.push(b'(');
            content.extend(text.chars().flat_map(encoded));
            content.extend_from_slice(b") Tj ");
        }
        content.extend_from_slice(b"T*\n");
    }
    content.extend_from_slice(b"ET");
    content
}

/// A character in the page's encoding, what divides strings escaped.
fn encoded(c: char) -> Vec<u8> {
    match c {
        '(' | ')' | '\\' => vec![b'\\', c as u8],
        '–' => vec![0x96],
        '’' => vec![0x92],
        _ => vec![u8::try_from(u32::from(c)).ok().filter(|byte| matches!(byte, 32..=126 | 160..=255)).unwrap_or(b'?')],
    }
}

fn wrap(text: &str) -> impl Iterator<Item = String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split_whitespace() {
        if !line.is_empty() && line.chars().count() + 1 + word.chars().count() > CHARACTERS_ON_A_LINE {
            lines.push(std::mem::take(&mut line));
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    lines.push(line);
    lines.into_iter()
}

/// Objects from number 1 on, with the table of where each begins.
fn assemble(objects: &[Vec<u8>]) -> Vec<u8> {
    let mut file = b"%PDF-1.4\n".to_vec();
    let mut table = format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1);
    for (number, object) in (1..).zip(objects) {
        table.push_str(&format!("{:010} 00000 n \n", file.len()));
        let number: usize = number;
        file.extend(format!("{number} 0 obj\n").into_bytes());
        file.extend_from_slice(object);
        file.extend_from_slice(b"\nendobj\n");
    }
    let start = file.len();
    let trailer = format!("trailer\n<< /Size {} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n", objects.len() + 1);
    file.extend(table.into_bytes());
    file.extend(trailer.into_bytes());
    file
}

/// The number of the first page's object: catalogue, page tree and typeface come before.
const FIRST_PAGE: usize = 4;
const LINES_ON_A_PAGE: usize = 46;
const CHARACTERS_ON_A_LINE: usize = 84;

#[cfg(test)]
mod tests {
    use super::*;

    fn found(file: &[u8], wanted: &[u8]) -> usize {
        file.windows(wanted.len()).filter(|window| *window == wanted).count()
    }

    #[test]
    fn every_object_begins_where_the_table_says() {
        let file = pdf("Tittel", "Første avsnitt.\n\nAndre avsnitt (med parentes).");
        let start = file.windows(5).position(|window| window == b"xref\n").unwrap();
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
        assert_eq!(count, 5);
        assert_eq!(table.lines().rev().nth(1).unwrap().parse::<usize>().unwrap(), start);
    }

    #[test]
    fn norwegian_letters_are_written_in_the_pages_encoding_and_parentheses_escaped() {
        let file = pdf("Blåbær", "Ulest (på øya) – 漢");
        assert_eq!((found(&file, b"Bl\xe5b\xe6r"), found(&file, b"\\(p\xe5 \xf8ya\\) \x96 ?")), (1, 1));
    }

    #[test]
    fn a_long_text_gets_more_pages_and_loses_no_word() {
        let body = (0..2000).map(|n| format!("ord{n}")).collect::<Vec<_>>().join(" ");
        let file = pdf("Lang", &body);
        assert!(found(&file, b"/Type /Page ") > 1);
        assert_eq!(found(&file, b"ord"), 2000);
    }
}
