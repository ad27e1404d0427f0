use std::io::{self, Write};

use crate::{SealedEntry, time};

/// How a table is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct CsvOptions {
    /// Between cells a semicolon, as spreadsheets under Norwegian settings expect, instead of RFC 4180's comma.
    pub semicolons: bool,
    /// A byte order mark in front, without which some spreadsheets spoil æ, ø and å.
    pub byte_order_mark: bool,
}

impl CsvOptions {
    /// RFC 4180: commas, no byte order mark.
    #[must_use]
    pub const fn new() -> Self {
        Self { semicolons: false, byte_order_mark: false }
    }

    /// What spreadsheets under Norwegian settings open as it is.
    #[must_use]
    pub const fn for_norwegian_spreadsheets() -> Self {
        Self { semicolons: true, byte_order_mark: true }
    }
}

/// Writes entries as a table for people (RFC 4180), one row each and details in one cell. It proves nothing: that is what the
/// [`ExportWriter`](super::ExportWriter)'s file is for.
///
/// No cell is taken for a formula by a spreadsheet: an apostrophe stands before what would begin one, at the beginning of a
/// cell and behind anything that a spreadsheet with other settings takes for the end of one.
#[derive(Debug)]
pub struct CsvWriter<W> {
    out: W,
    separator: char,
    row: String,
}

const HEAD: [&str; 12] = [
    "sequence",
    "at",
    "tenant",
    "class",
    "actor",
    "client",
    "activity",
    "object_kind",
    "object_id",
    "outcome",
    "rule",
    "details",
];

impl<W: Write> CsvWriter<W> {
    /// Writes the head of the table. Each row is one `write_all`: give a buffered writer for files.
    ///
    /// # Errors
    /// What the writer says.
    pub fn new(mut out: W, options: CsvOptions) -> io::Result<Self> {
        if options.byte_order_mark {
            out.write_all("\u{feff}".as_bytes())?;
        }
        let separator = if options.semicolons { ';' } else { ',' };
        let mut writer = Self { out, separator, row: String::new() };
        writer.row(&HEAD)?;
        Ok(writer)
    }

    /// Writes an entry. An erased detail shows its name alone.
    ///
    /// # Errors
    /// What the writer says.
    pub fn entry(&mut self, entry: &SealedEntry) -> io::Result<()> {
        let header = &entry.header;
        let details: Vec<String> = entry
            .fields
            .iter()
            .map(|field| match &field.opening {
                Some(opening) => format!("{}: {}", field.name, opening.value.expose()),
                None => format!("{} (erased)", field.name),
            })
            .collect();
        self.row(&[
            &header.sequence.to_string(),
            &time::text(header.at),
            header.tenant.as_str(),
            header.class.as_str(),
            header.actor.as_str(),
            header.client.as_deref().unwrap_or_default(),
            header.activity.as_str(),
            &header.object.kind,
            header.object.id.as_deref().unwrap_or_default(),
            header.outcome.as_str(),
            header.rule.as_deref().unwrap_or_default(),
            &details.join("\n"),
        ])
    }

    /// Gives back what was written to, flushed.
    ///
    /// # Errors
    /// What the writer says.
    pub fn finish(mut self) -> io::Result<W> {
        self.out.flush()?;
        Ok(self.out)
    }

    fn row(&mut self, cells: &[&str]) -> io::Result<()> {
        self.row.clear();
        for (number, cell) in cells.iter().enumerate() {
            if number > 0 {
                self.row.push(self.separator);
            }
            put_cell(&mut self.row, cell);
        }
        self.row.push_str("\r\n");
        self.out.write_all(self.row.as_bytes())
    }
}

pub(super) fn put_cell(row: &mut String, cell: &str) {
    let quoted = cell.contains(|c: char| matches!(c, '"' | ',' | ';') || c.is_control()) || cell != cell.trim();
    if quoted {
        row.push('"');
    }
    let mut begins = true;
    for c in cell.chars() {
        if begins && begins_formula(c) {
            row.push('\'');
        }
        if c == '"' {
            row.push('"');
        }
        row.push(c);
        begins = matches!(c, ',' | ';' | '\t' | '\r' | '\n' | '"') || (begins && c.is_whitespace());
    }
    if quoted {
        row.push('"');
    }
}

/// The characters that begin a formula, in both their widths; a tab or a return may hide one.
const fn begins_formula(c: char) -> bool {
    matches!(c, '=' | '+' | '-' | '@' | '\t' | '\r' | '＝' | '＋' | '－' | '＠')
}
