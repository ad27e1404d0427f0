//! Reads the small part of YAML that the definitions written by hand use: nested mappings, mappings and lists in one line,
//! quoted texts, folded texts (left out).

use serde_json::{Map, Value, json};

/// The text as JSON. Lists over several lines are left out.
pub(super) fn read(text: &str) -> Value {
    let lines: Vec<(usize, &str)> = text
        .lines()
        .map(|line| (line.len() - line.trim_start().len(), line.trim()))
        .filter(|(_, line)| !line.is_empty() && !line.starts_with('#'))
        .collect();
    block(&lines, 0)
}

fn block(lines: &[(usize, &str)], indent: usize) -> Value {
    let mut members = Map::new();
    let mut rest = lines;
    while let Some(((depth, line), after)) = rest.split_first() {
        let deeper = after.iter().take_while(|(next, _)| next > depth).count();
        let (inner, next) = after.split_at(deeper);
        rest = next;
        if *depth != indent || line.starts_with('-') {
            continue;
        }
        let (key, value) = line.split_once(':').unwrap_or((line, ""));
        let value = match value.trim() {
            "" => inner.first().map_or(Value::Null, |(depth, _)| block(inner, *depth)),
            ">-" => Value::Null,
            inline => flow(inline).0,
        };
        members.insert(key.trim_matches('"').to_owned(), value);
    }
    Value::Object(members)
}

/// A value in one line, and what follows it.
fn flow(text: &str) -> (Value, &str) {
    let text = text.trim_start();
    if let Some(mut rest) = text.strip_prefix('{') {
        let mut members = Map::new();
        loop {
            rest = rest.trim_start_matches([' ', ',']);
            if rest.is_empty() {
                return (Value::Object(members), rest);
            }
            if let Some(after) = rest.strip_prefix('}') {
                return (Value::Object(members), after);
            }
            let (key, after) = rest.split_once(':').unwrap_or((rest, "}"));
            let (value, after) = flow(after);
            members.insert(key.trim().trim_matches('"').to_owned(), value);
            rest = after;
        }
    }
    if let Some(mut rest) = text.strip_prefix('[') {
        let mut items = Vec::new();
        loop {
            rest = rest.trim_start_matches([' ', ',']);
            if rest.is_empty() {
                return (Value::Array(items), rest);
            }
            if let Some(after) = rest.strip_prefix(']') {
                return (Value::Array(items), after);
            }
            let (value, after) = flow(rest);
            items.push(value);
            rest = after;
        }
    }
    if let Some(quoted) = text.strip_prefix('"') {
        let (content, after) = quoted.split_once('"').unwrap_or((quoted, ""));
        return (json!(content), after);
    }
    let end = text.find([',', '}', ']']).unwrap_or(text.len());
    let (word, after) = text.split_at(end);
    let word = word.trim();
    let value = match word {
        "true" => json!(true),
        "false" => json!(false),
        text => text.parse::<i64>().map_or_else(|_| json!(text), |number| json!(number)),
    };
    (value, after)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_never_closed_ends_with_the_text() {
        assert_eq!(read("a: [1, { b: 2\nc: {"), json!({"a": [1, {"b": 2}], "c": {}}));
    }

    #[test]
    fn the_forms_in_use_are_read() {
        let read = read(
            "# heading\na:\n  b: { type: array, items: { $ref: \"#/x\" }, description: \"one, two\" }\n  c:\n    type: string\n    \
             description: >-\n      folded: text\n    enum: [A, B]\n  list:\n    - one\n  d: 200\n",
        );
        assert_eq!(
            read["a"],
            json!({
                "b": {"type": "array", "items": {"$ref": "#/x"}, "description": "one, two"},
                "c": {"type": "string", "description": null, "enum": ["A", "B"]},
                "list": {}, "d": 200
            })
        );
    }
}
