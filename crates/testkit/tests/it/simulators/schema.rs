//! Checks JSON against the subset of OpenAPI schemas that the published definitions use.

use std::collections::BTreeSet;

use serde_json::Value;

/// Everything in which `value` differs from the schema `name` of a definition.
pub(crate) fn problems(definition: &Value, name: &str, value: &Value) -> Vec<String> {
    let schema = &definition["components"]["schemas"][name];
    assert!(schema.is_object(), "the definition has no schema {name}");
    let mut found = Vec::new();
    check(definition, schema, value, name, &mut found);
    found
}

fn check(definition: &Value, schema: &Value, value: &Value, path: &str, found: &mut Vec<String>) {
    if let Some(reference) = schema["$ref"].as_str() {
        let name = reference.rsplit('/').next().unwrap();
        return check(definition, &definition["components"]["schemas"][name], value, path, found);
    }
    let mut wrong = |what: &str| found.push(format!("{path}: {what}"));
    if value.is_null() {
        if schema["nullable"] != true {
            wrong("is null");
        }
        return;
    }
    let fits = match schema["type"].as_str() {
        Some("string") => value.is_string(),
        Some("boolean") => value.is_boolean(),
        Some("integer") => value.is_i64() || value.is_u64(),
        Some("array") => value.is_array(),
        Some("object") => value.is_object(),
        Some(other) => panic!("type {other} is not known to this check"),
        None => true,
    };
    if !fits {
        return wrong("has another type");
    }
    if schema["enum"].as_array().is_some_and(|words| !words.contains(value)) {
        wrong("is not one of the values");
    }
    if let Some(text) = value.as_str() {
        check_text(schema, text, &mut wrong);
    }
    if let Some(number) = value.as_i64() {
        let bound = |name: &str| schema[name].as_i64();
        if bound("minimum").is_some_and(|least| number < least) || bound("maximum").is_some_and(|most| number > most) {
            wrong("is out of bounds");
        }
    }
    if let Some(items) = value.as_array() {
        let texts: BTreeSet<String> = items.iter().map(Value::to_string).collect();
        if schema["uniqueItems"] == true && texts.len() < items.len() {
            wrong("has repeats");
        }
        if schema["maxItems"].as_u64().is_some_and(|most| items.len() as u64 > most) {
            wrong("has too many items");
        }
        for (index, item) in items.iter().enumerate() {
            check(definition, &schema["items"], item, &format!("{path}[{index}]"), found);
        }
    } else if let Some(members) = value.as_object() {
        for name in schema["required"].as_array().into_iter().flatten() {
            if !members.contains_key(name.as_str().unwrap()) {
                wrong(&format!("lacks {name}"));
            }
        }
        let Some(properties) = schema["properties"].as_object() else { return };
        for (name, member) in members {
            match properties.get(name) {
                Some(schema) => check(definition, schema, member, &format!("{path}.{name}"), found),
                None => found.push(format!("{path}.{name}: is not in the definition")),
            }
        }
    }
}

fn check_text(schema: &Value, text: &str, wrong: &mut impl FnMut(&str)) {
    let length = text.chars().count() as u64;
    let bound = |name: &str| schema[name].as_u64();
    if bound("minLength").is_some_and(|least| length < least) || bound("maxLength").is_some_and(|most| length > most) {
        wrong("has another length");
    }
    let right_format = match schema["format"].as_str() {
        Some("uuid") => uuid::Uuid::try_parse(text).is_ok(),
        Some("date-time") => chrono::DateTime::parse_from_rfc3339(text).is_ok(),
        _ => true,
    };
    if !right_format {
        wrong("has another format");
    }
    let digits =
        |least: usize, most: usize| (least..=most).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    let matches = match schema["pattern"].as_str() {
        None => true,
        Some(r"^\d{1,11}$") => digits(1, 11),
        Some("^[0-9]{11}$") => digits(11, 11),
        Some("^[0-9]{9}$") => digits(9, 9),
        Some("^[A-Z]{2}$") => text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_uppercase()),
        Some(r"^[a-zA-Z0-9_\-.øæåØÆÅ]{0,20}$") => {
            length <= 20 && text.chars().all(|c| c.is_ascii_alphanumeric() || "_-.øæåØÆÅ".contains(c))
        }
        Some(other) => panic!("pattern {other} is not known to this check"),
    };
    if !matches {
        wrong("does not match the pattern");
    }
}
