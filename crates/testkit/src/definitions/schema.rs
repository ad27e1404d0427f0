//! Checks JSON against the subset of OpenAPI schemas that the published definitions use.

use std::collections::BTreeSet;

use serde_json::Value;

use super::Definition;

/// Everything in which `value` differs from a schema of the definition.
pub(super) fn problems<'a>(definition: &'a Definition, schema: &'a Value, value: &Value, path: &str) -> Vec<String> {
    let mut found = Vec::new();
    Check { definition, found: &mut found }.value(schema, value, path);
    found
}

struct Check<'a> {
    definition: &'a Definition,
    found: &'a mut Vec<String>,
}

impl<'a> Check<'a> {
    fn wrong(&mut self, path: &str, what: &str) {
        self.found.push(format!("{path}: {what}"));
    }

    fn value(&mut self, schema: &'a Value, value: &Value, path: &str) {
        if let Some(reference) = text(schema, "$ref") {
            let name = reference.rsplit('/').next().unwrap_or_default();
            let definition = self.definition;
            return match definition.schema(name) {
                Some(schema) => self.value(schema, value, path),
                None => self.wrong(path, &format!("refers to {name}, which the definition does not have")),
            };
        }
        if value.is_null() {
            let among = list(schema, "type").is_some_and(|kinds| kinds.iter().any(|kind| kind == "null"));
            if !among && !flag(schema, "nullable") {
                self.wrong(path, "is null");
            }
            return;
        }
        if let Some(ways) = list(schema, "anyOf") {
            let fitting =
                ways.iter().filter(|way| self.resolved(way).is_none_or(|way| fits(way, value) != Some(false)));
            match fitting.map(|way| problems(self.definition, way, value, path)).min_by_key(Vec::len) {
                Some(fewest) => self.found.extend(fewest),
                None => self.wrong(path, "has another type"),
            }
        }
        for part in list(schema, "allOf").into_iter().flatten() {
            if !self.is_object(part) {
                self.value(part, value, path);
            }
        }
        match fits(schema, value) {
            Some(true) => {}
            Some(false) => return self.wrong(path, "has another type"),
            None => return self.wrong(path, "is of a type that this check does not know"),
        }
        if schema.get("const").is_some_and(|only| only != value) {
            self.wrong(path, "is not the one value");
        }
        if list(schema, "enum").is_some_and(|words| !words.contains(value)) {
            self.wrong(path, "is not one of the values");
        }
        match value {
            Value::String(content) => self.text(schema, content, path),
            Value::Number(_) => self.number(schema, value, path),
            Value::Array(items) => self.items(schema, items, path),
            Value::Object(members) => self.members(schema, members, path),
            Value::Bool(_) | Value::Null => {}
        }
    }

    fn text(&mut self, schema: &Value, content: &str, path: &str) {
        // As the service on the other side counts, which is written in Java.
        let length = content.encode_utf16().count() as u64;
        let bound = |name: &str| schema.get(name).and_then(Value::as_u64);
        if bound("minLength").is_some_and(|least| length < least)
            || bound("maxLength").is_some_and(|most| length > most)
        {
            self.wrong(path, "has another length");
        }
        let right_format = match text(schema, "format") {
            Some("uuid") => uuid::Uuid::try_parse(content).is_ok(),
            Some("date-time") => chrono::DateTime::parse_from_rfc3339(content).is_ok(),
            Some("date") => content.parse::<chrono::NaiveDate>().is_ok(),
            _ => true,
        };
        if !right_format {
            self.wrong(path, "has another format");
        }
        match text(schema, "pattern").map(|pattern| matches(pattern, content)) {
            None | Some(Some(true)) => {}
            Some(Some(false)) => self.wrong(path, "does not match the pattern"),
            Some(None) => self.wrong(path, "has a pattern that this check does not know"),
        }
    }

    fn number(&mut self, schema: &Value, value: &Value, path: &str) {
        let bound = |name: &str| schema.get(name).and_then(Value::as_i64);
        let Some(number) = value.as_i64() else { return };
        if bound("minimum").is_some_and(|least| number < least) || bound("maximum").is_some_and(|most| number > most) {
            self.wrong(path, "is out of bounds");
        }
    }

    fn items(&mut self, schema: &'a Value, items: &[Value], path: &str) {
        let different: BTreeSet<String> = items.iter().map(Value::to_string).collect();
        if flag(schema, "uniqueItems") && different.len() < items.len() {
            self.wrong(path, "has repeats");
        }
        if schema.get("maxItems").and_then(Value::as_u64).is_some_and(|most| items.len() as u64 > most) {
            self.wrong(path, "has too many items");
        }
        if schema.get("minItems").and_then(Value::as_u64).is_some_and(|least| (items.len() as u64) < least) {
            self.wrong(path, "has too few items");
        }
        let Some(of_items) = schema.get("items") else { return };
        for (index, item) in items.iter().enumerate() {
            self.value(of_items, item, &format!("{path}[{index}]"));
        }
    }

    fn members(&mut self, schema: &'a Value, members: &serde_json::Map<String, Value>, path: &str) {
        let levels = self.levels(schema);
        for name in levels.iter().filter_map(|level| list(level, "required")).flatten().filter_map(Value::as_str) {
            if !members.contains_key(name) {
                self.wrong(path, &format!("lacks {name}"));
            }
        }
        let properties: Vec<_> = levels.iter().filter_map(|level| level.get("properties")?.as_object()).collect();
        if properties.is_empty() {
            return;
        }
        for (name, member) in members {
            let path = format!("{path}.{name}");
            match properties.iter().find_map(|level| level.get(name)) {
                Some(schema) => self.value(schema, member, &path),
                None => self.wrong(&path, "is not in the definition"),
            }
        }
    }

    /// A schema and those it is made of (`allOf`), as far as they describe members.
    fn levels(&self, schema: &'a Value) -> Vec<&'a Value> {
        let mut levels = vec![schema];
        for part in list(schema, "allOf").into_iter().flatten() {
            if let Some(part) = self.resolved(part).filter(|part| describes_members(part)) {
                levels.extend(self.levels(part));
            }
        }
        levels
    }

    /// A schema or the one it refers to.
    fn resolved(&self, schema: &'a Value) -> Option<&'a Value> {
        match text(schema, "$ref") {
            Some(reference) => self.definition.schema(reference.rsplit('/').next().unwrap_or_default()),
            None => Some(schema),
        }
    }

    fn is_object(&self, part: &'a Value) -> bool {
        self.resolved(part).is_some_and(describes_members)
    }
}

fn describes_members(schema: &Value) -> bool {
    schema.get("properties").is_some() || schema.get("allOf").is_some() || text(schema, "type") == Some("object")
}

/// Whether the value is of the schema's type; nothing for a type that is not known here.
fn fits(schema: &Value, value: &Value) -> Option<bool> {
    if let Some(kinds) = list(schema, "type") {
        return kinds
            .iter()
            .map(|kind| fits(&serde_json::json!({"type": kind}), value))
            .find(|fit| *fit != Some(false))
            .unwrap_or(Some(false));
    }
    Some(match text(schema, "type") {
        Some("null") => value.is_null(),
        Some("string") => value.is_string(),
        Some("boolean") => value.is_boolean(),
        Some("integer") => value.is_i64() || value.is_u64(),
        Some("array") => value.is_array(),
        Some("object") => value.is_object(),
        Some(_) => return None,
        None => true,
    })
}

/// The patterns that the definitions use; nothing for another one, which must be added here.
fn matches(pattern: &str, content: &str) -> Option<bool> {
    let digits = |least: usize, most: usize| {
        (least..=most).contains(&content.len()) && content.bytes().all(|byte| byte.is_ascii_digit())
    };
    Some(match pattern {
        r"^\d{1,11}$" => digits(1, 11),
        "^[0-9]{11}$" => digits(11, 11),
        "^[0-9]{9}$" => digits(9, 9),
        "^[0-9]{4}$" => digits(4, 4),
        "^[0-9]{4}/[0-9]+$" => content.split_once('/').is_some_and(|(year, number)| {
            let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
            year.len() == 4 && digits(year) && digits(number)
        }),
        "^[0-9a-f]{64}$" => {
            content.len() == 64 && content.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
        }
        "^[a-z0-9.+-]+/[a-z0-9.+-]+$" => content.split_once('/').is_some_and(|(kind, rest)| {
            let plain = |text: &str| {
                let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b".+-".contains(&byte);
                !text.is_empty() && text.bytes().all(allowed)
            };
            plain(kind) && plain(rest)
        }),
        r"^(?!/)(?!.*\.\.)[^\\]+$" => {
            !content.is_empty() && !content.starts_with('/') && !content.contains("..") && !content.contains('\\')
        }
        r"^[a-z0-9\-]+$" => {
            !content.is_empty()
                && content.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
        }
        "^[A-Z]{2}$" => content.len() == 2 && content.bytes().all(|byte| byte.is_ascii_uppercase()),
        r"^[a-zA-Z0-9_\-.øæåØÆÅ]{0,20}$" => {
            content.chars().count() <= 20
                && content.chars().all(|c| c.is_ascii_alphanumeric() || "_-.øæåØÆÅ".contains(c))
        }
        _ => return None,
    })
}

fn text<'a>(schema: &'a Value, name: &str) -> Option<&'a str> {
    schema.get(name).and_then(Value::as_str)
}

fn list<'a>(schema: &'a Value, name: &str) -> Option<&'a Vec<Value>> {
    schema.get(name).and_then(Value::as_array)
}

fn flag(schema: &Value, name: &str) -> bool {
    schema.get(name).and_then(Value::as_bool).unwrap_or(false)
}
