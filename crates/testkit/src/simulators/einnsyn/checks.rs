//! Whether a body may be taken at all, before anybody asks who sent it.

use http::Uri;
use serde_json::{Map, Value};

use super::{
    entity::Entity,
    fields::{self, Check, Field, Form, Rule},
    guard,
    problem::{FieldError, Problem},
    time,
    world::World,
};

/// What a body is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    Create,
    Update,
}

impl World {
    /// Checks a body and everything nested in it.
    pub(crate) fn check(&self, entity: Entity, body: &Map<String, Value>, purpose: Purpose) -> Result<(), Problem> {
        readable(entity, body)?;
        let mut found = Vec::new();
        self.check_members(entity, body, purpose, "", &mut found);
        if found.is_empty() { Ok(()) } else { Err(Problem::invalid(found)) }
    }

    fn check_members(
        &self,
        entity: Entity,
        body: &Map<String, Value>,
        purpose: Purpose,
        at: &str,
        found: &mut Vec<FieldError>,
    ) {
        for field in fields::of(entity) {
            let name = format!("{at}{}", field.name);
            let value = body.get(field.name).filter(|value| !value.is_null());
            let rule = if purpose == Purpose::Create { field.create } else { field.update };
            match (rule, value) {
                (Rule::Forbidden, Some(value)) => found.push(wrong(name, value, "must be null")),
                (Rule::Required, None) => {
                    let message = if field.not_blank() { "must not be blank" } else { "must not be null" };
                    found.push(FieldError { name, value: None, message: message.to_owned() });
                }
                (_, Some(value)) => self.check_value(*field, value, purpose, &name, found),
                (_, None) => {}
            }
        }
    }

    fn check_value(&self, field: Field, value: &Value, purpose: Purpose, name: &str, found: &mut Vec<FieldError>) {
        match (field.form, value) {
            (Form::Text(check), _) => {
                let text = text_of(value).unwrap_or_default();
                if purpose == Purpose::Create && field.not_blank() && text.trim().is_empty() {
                    return found.push(wrong(name.to_owned(), value, "must not be blank"));
                }
                if let Some(message) = self.objection(check, &text) {
                    found.push(wrong(name.to_owned(), value, message));
                }
            }
            (Form::Whole(Some(least)), _) if whole_of(value).is_some_and(|number| number < least) => {
                let message = format!("must be greater than or equal to {least}");
                found.push(wrong(name.to_owned(), value, &message));
            }
            (Form::One(target), value) => self.check_reference(target, value, name, found),
            (Form::Many(target), Value::Array(items)) => {
                for (index, item) in items.iter().enumerate() {
                    self.check_reference(target, item, &format!("{name}[{index}]"), found);
                }
            }
            _ => {}
        }
    }

    /// A reference names something that exists, or is new and complete, also within a change.
    fn check_reference(&self, target: Entity, value: &Value, name: &str, found: &mut Vec<FieldError>) {
        match value {
            Value::String(id) if self.resolve(target, id).is_none() => {
                found.push(wrong(name.to_owned(), value, "The given ID was not found."));
            }
            Value::Object(nested) => {
                self.check_members(target, nested, Purpose::Create, &format!("{name}.expandedObject."), found);
            }
            _ => {}
        }
    }

    /// What a check has against a text.
    fn objection(&self, check: Check, text: &str) -> Option<&'static str> {
        match check {
            Check::Free => None,
            // As Java counts: UTF-16 code units.
            Check::Guarded(most) if text.encode_utf16().count() > most => Some("size must be between 0 and the limit"),
            Check::Guarded(_) => {
                guard::finds_number(text, self.settings.guard_knows_synthetic).then_some("Possible SSN detected")
            }
            Check::Email => (!is_email(text)).then_some("must be a well-formed email address"),
            Check::Url => (!is_url(text)).then_some("must be a valid URL"),
            Check::Date => time::date(text).is_none().then_some("must be a valid date"),
            Check::Moment => time::moment(text).is_none().then_some("must be a valid date-time"),
            Check::OneOf(words) => (!words.contains(&text)).then_some("must be one of the allowed values"),
            Check::Slug => (text.is_empty()
                || !text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-'))
            .then_some("must match \"^[a-z0-9\\-]+$\""),
            Check::Digits(count) => (text.len() != count || !text.bytes().all(|byte| byte.is_ascii_digit()))
                .then_some("must be digits only"),
        }
    }
}

/// Whether the body can be read as this kind of object: known members only, values of the right sort.
fn readable(entity: Entity, body: &Map<String, Value>) -> Result<(), Problem> {
    for (name, value) in body {
        if name == "entity" {
            continue;
        }
        let Some(field) = fields::find(entity, name) else {
            return Err(Problem::bad(format!("Unknown property given for type {}: '{name}'", entity.name())));
        };
        let fits = match (field.form, value) {
            (_, Value::Null) => true,
            (Form::Text(_), value) => text_of(value).is_some(),
            (Form::Whole(_), value) => whole_of(value).is_some(),
            (Form::Flag, value) => value.is_boolean() || value.is_string(),
            (Form::Texts, Value::Array(items)) => items.iter().all(|item| text_of(item).is_some()),
            (Form::One(target), value) => nested(target, value)?,
            (Form::Many(target), Value::Array(items)) => {
                let mut fits = true;
                for item in items {
                    fits &= nested(target, item)?;
                }
                fits
            }
            (Form::Texts | Form::Many(_), _) => false,
        };
        if !fits {
            return Err(Problem::unreadable());
        }
    }
    Ok(())
}

fn nested(target: Entity, value: &Value) -> Result<bool, Problem> {
    match value {
        Value::Object(body) => readable(target, body).map(|()| true),
        other => Ok(other.is_string()),
    }
}

/// A text; numbers and flags are taken as their text.
pub(crate) fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
        _ => None,
    }
}

/// A whole number; one within quotes counts.
pub(crate) fn whole_of(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.parse().ok(),
        _ => None,
    }
    .filter(|number| i32::try_from(*number).is_ok())
}

fn wrong(name: String, value: &Value, message: &str) -> FieldError {
    let value = match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    FieldError { name, value: Some(value), message: message.to_owned() }
}

/// As lenient as the real check: something on both sides of one `@`. Blank texts pass when they are not required.
fn is_email(text: &str) -> bool {
    let parts = text.split_once('@').filter(|(name, domain)| !name.is_empty() && !domain.is_empty());
    let sound = parts.is_some_and(|(name, domain)| {
        !domain.contains('@') && !name.ends_with('.') && !domain.ends_with('.') && !text.contains(char::is_whitespace)
    });
    sound || text.is_empty()
}

fn is_url(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once(':') else { return false };
    let known = ["http", "https", "ftp", "file", "jar"].contains(&scheme.to_ascii_lowercase().as_str());
    let encoded: String =
        rest.chars().map(|c| if c.is_ascii_graphic() && !"\"<>\\^`{|}".contains(c) { c } else { '_' }).collect();
    known
        && (scheme == "file"
            || scheme == "jar"
            || format!("http:{encoded}").parse::<Uri>().is_ok_and(|uri| uri.host().is_some()))
}
