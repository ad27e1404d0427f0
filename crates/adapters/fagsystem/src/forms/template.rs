use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::Form;

/// A text with places that a form's fields fill: `Søknad fra {Navn}`.
///
/// `{Navn}` must be filled, `{Navn?}` may be missing, and `{Navn|ukjent}` says what stands there otherwise. Braces themselves
/// are written twice. Blanks that a missing field leaves behind go with it.
///
/// ```
/// use sakarkiv_core::{identity::Timestamp, intake::ConsignmentKey};
/// use sakarkiv_fagsystem::forms::{Form, Template};
///
/// let form = Form::new("KOMM0042", ConsignmentKey::new("1")?, Timestamp::UNIX_EPOCH).with("Barn", "Prøve");
/// let title: Template = "Søknad om plass {Mellomnavn?} {Barn} ({Type|ordinær})".parse()?;
/// assert_eq!(title.fill(&form)?, "Søknad om plass Prøve (ordinær)");
/// assert_eq!("{Etternavn}".parse::<Template>()?.fill(&form), Err("Etternavn"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Template {
    text: String,
    parts: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(String),
    Field { name: String, otherwise: Option<String> },
}

/// A text that is no template.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum TemplateError {
    /// A brace without its other one.
    #[error("`{0}` has a brace without its other one: write {{{{ or }}}} for a brace in the text")]
    Brace(String),
    /// `{}` or `{?}`.
    #[error("`{0}` has a place without a field's name")]
    Nameless(String),
}

impl Template {
    /// The text with the form's fields in it.
    ///
    /// # Errors
    /// The name of the first field that must be filled and is not.
    pub fn fill(&self, form: &Form) -> Result<String, &str> {
        let mut filled = String::new();
        for part in &self.parts {
            match part {
                Part::Text(text) => filled.push_str(text),
                Part::Field { name, otherwise } => match (form.field(name), otherwise) {
                    (Some(value), _) => filled.push_str(value),
                    (None, Some(otherwise)) => filled.push_str(otherwise),
                    (None, None) => return Err(name),
                },
            }
        }
        Ok(filled.split_whitespace().collect::<Vec<_>>().join(" "))
    }

    /// The names of the fields it asks for.
    pub fn fields(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().filter_map(|part| match part {
            Part::Text(_) => None,
            Part::Field { name, .. } => Some(name.as_str()),
        })
    }
}

impl FromStr for Template {
    type Err = TemplateError;

    fn from_str(text: &str) -> Result<Self, TemplateError> {
        let brace = || TemplateError::Brace(text.to_owned());
        let (mut parts, mut plain) = (Vec::new(), String::new());
        let mut letters = text.chars().peekable();
        while let Some(letter) = letters.next() {
            match letter {
                '{' | '}' if letters.peek() == Some(&letter) => {
                    letters.next();
                    plain.push(letter);
                }
                '}' => return Err(brace()),
                '{' => {
                    if !plain.is_empty() {
                        parts.push(Part::Text(std::mem::take(&mut plain)));
                    }
                    let mut place = String::new();
                    loop {
                        match letters.next() {
                            Some('}') => break,
                            Some('{') | None => return Err(brace()),
                            Some(letter) => place.push(letter),
                        }
                    }
                    parts.push(field(&place).ok_or_else(|| TemplateError::Nameless(text.to_owned()))?);
                }
                letter => plain.push(letter),
            }
        }
        if !plain.is_empty() {
            parts.push(Part::Text(plain));
        }
        Ok(Self { text: text.to_owned(), parts })
    }
}

/// `Name`, `Name?` or `Name|otherwise`.
fn field(place: &str) -> Option<Part> {
    let (name, otherwise) = match place.split_once('|') {
        Some((name, otherwise)) => (name, Some(otherwise.to_owned())),
        None => match place.strip_suffix('?') {
            Some(name) => (name, Some(String::new())),
            None => (place, None),
        },
    };
    let name = name.trim();
    (!name.is_empty()).then(|| Part::Field { name: name.to_owned(), otherwise })
}

impl TryFrom<String> for Template {
    type Error = TemplateError;
    fn try_from(text: String) -> Result<Self, TemplateError> {
        text.parse()
    }
}

impl From<Template> for String {
    fn from(template: Template) -> Self {
        template.text
    }
}

impl fmt::Display for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
