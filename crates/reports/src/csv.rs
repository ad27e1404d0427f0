//! Comma-separated values as spreadsheets here read them: semicolons, a byte order mark, CRLF, and no formula.

/// A table as CSV. Every field is quoted. A field that a spreadsheet would take for a formula gets an apostrophe before it:
/// texts in reports come from outside.
pub(crate) fn csv<'a>(head: &[&str], rows: impl IntoIterator<Item = &'a [String]>) -> String {
    let mut text = String::from('\u{feff}');
    push_row(&mut text, head.iter().copied());
    for row in rows {
        push_row(&mut text, row.iter().map(String::as_str));
    }
    text
}

fn push_row<'a>(text: &mut String, fields: impl Iterator<Item = &'a str>) {
    for (place, field) in fields.enumerate() {
        if place > 0 {
            text.push(';');
        }
        text.push('"');
        if is_formula(field) {
            text.push('\'');
        }
        for character in field.chars() {
            match character {
                '"' => text.push_str("\"\""),
                // Line breaks inside a field are read differently by different spreadsheets.
                '\r' | '\n' | '\t' => text.push(' '),
                other => text.push(other),
            }
        }
        text.push('"');
    }
    text.push_str("\r\n");
}

/// Also behind blanks and control characters, which some spreadsheets skip.
fn is_formula(field: &str) -> bool {
    let first = field.chars().find(|character| !character.is_whitespace() && !character.is_control());
    matches!(first, Some('=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠' | '|' | '%'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_be_a_formula_is_text() {
        for formula in ["=1+1", "+47 55", "-2", "@SUM(A1)", "\t=cmd", " \r\n=x", "＝1", "|calc", "%0A"] {
            let row = [formula.to_owned()];
            let made = csv(&["a"], [row.as_slice()]);
            let field = made.lines().nth(1).unwrap();
            assert!(field.starts_with("\"'"), "{field}");
        }
        let row = ["Prøvedal barnehage".to_owned(), "12".to_owned()];
        assert_eq!(
            csv(&["Mottaker", "Dager"], [row.as_slice()]),
            "\u{feff}\"Mottaker\";\"Dager\"\r\n\"Prøvedal barnehage\";\"12\"\r\n"
        );
    }

    #[test]
    fn quotes_and_line_breaks_cannot_end_a_field() {
        let row = ["a\";\"b\r\n=c".to_owned()];
        assert_eq!(csv(&["x"], [row.as_slice()]).lines().nth(1).unwrap(), "\"a\"\";\"\"b  =c\"");
    }
}
