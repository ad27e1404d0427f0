//! What may be told of a mistake in a configuration: never a value, for any of them may be a secret.

use std::fmt;

/// What is wrong with text that is not TOML, and where; the line itself stays untold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Slip {
    line: Option<usize>,
    what: String,
}

impl Slip {
    /// The slip in a text.
    pub(crate) fn of(text: &str, error: &toml::de::Error) -> Self {
        let begins = error.span().map(|span| span.start);
        let line = begins.map(|begins| text.bytes().take(begins).filter(|byte| *byte == b'\n').count() + 1);
        Self { line, what: without_value(error.message()) }
    }
}

impl fmt::Display for Slip {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "line {line}: {}", self.what),
            None => f.write_str(&self.what),
        }
    }
}

/// What is wrong with values that do not fit, and in which section. `contents` came from files and the environment.
pub(super) fn misfit(error: &toml::de::Error, contents: &[String]) -> String {
    let whole = error.to_string();
    let place = whole.strip_prefix(error.message()).unwrap_or_default().trim();
    let mut told = without_value(error.message());
    let lines = || contents.iter().flat_map(|content| content.lines()).map(str::trim).filter(|line| !line.is_empty());
    if lines().any(|line| told.contains(line) || told.contains(&line.escape_debug().to_string())) {
        "the content of a file or environment variable is not of the kind that is wanted".clone_into(&mut told);
    }
    if place.is_empty() { told } else { format!("{told} {place}") }
}

/// Where a value is of the wrong kind, what it is stands between its kind and what is expected.
fn without_value(message: &str) -> String {
    let wrong = message.starts_with("invalid type: ") || message.starts_with("invalid value: ");
    match message.rsplit_once(", expected ").filter(|_| wrong) {
        Some((found, expected)) => {
            let kind = found.split(['"', '`']).next().unwrap_or_default().trim_end();
            format!("{kind}, expected {expected}")
        }
        None => message.to_owned(),
    }
}
