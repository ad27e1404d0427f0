//! Reads the small part of YAML that the definitions use: nested mappings and lists, mappings and lists in one line, quoted
//! texts, texts over several lines (left out).

use serde_json::{Map, Value, json};

/// The text as JSON. Texts over several lines are left out.
pub(super) fn read(text: &str) -> Value {
    let lines: Vec<(usize, &str)> = text
        .lines()
        .map(|line| (line.len() - line.trim_start().len(), line.trim()))
        .filter(|(_, line)| !line.is_empty() && !line.starts_with('#'))
        .collect();
    block(&lines, 0)
}

fn block(lines: &[(usize, &str)], indent: usize) -> Value {
    if lines.first().is_some_and(|(depth, line)| *depth == indent && is_item(line)) {
        return sequence(lines, indent);
    }
    let mut members = Map::new();
    let mut rest = lines;
    while let Some(((depth, line), after)) = rest.split_first() {
        let deeper = after.iter().take_while(|(next, _)| next > depth).count();
        let (inner, next) = after.split_at(deeper);
        rest = next;
        if *depth != indent || is_item(line) {
            continue;
        }
        let (key, value) = line.split_once(':').unwrap_or((line, ""));
        let value = match value.trim() {
            "" => inner.first().map_or(Value::Null, |(depth, _)| block(inner, *depth)),
            inline => scalar(inline),
        };
        members.insert(key.trim_matches(['"', '\'']).to_owned(), value);
    }
    Value::Object(members)
}

/// A list with one item after each hyphen.
fn sequence(lines: &[(usize, &str)], indent: usize) -> Value {
    let mut items = Vec::new();
    let mut rest = lines;
    while let Some(((depth, line), after)) = rest.split_first() {
        let deeper = after.iter().take_while(|(next, _)| next > depth).count();
        let (inner, next) = after.split_at(deeper);
        rest = next;
        let content = line.trim_start_matches('-').trim_start();
        let is_mapping =
            !content.starts_with(['"', '\'', '{', '[']) && (content.contains(": ") || content.ends_with(':'));
        items.push(if is_mapping {
            let first = indent + line.len() - content.len();
            let item: Vec<(usize, &str)> = std::iter::once((first, content)).chain(inner.iter().copied()).collect();
            block(&item, first)
        } else {
            scalar(content)
        });
    }
    Value::Array(items)
}

fn is_item(line: &str) -> bool {
    line == "-" || line.starts_with("- ")
}

/// What stands after a key or a hyphen. Texts over several lines are left out.
fn scalar(text: &str) -> Value {
    match text {
        ">-" | ">" | "|-" | "|" => Value::Null,
        text if text.starts_with(['"', '\'', '{', '[']) => flow(text).0,
        word => plain(word),
    }
}

fn plain(word: &str) -> Value {
    match word {
        "true" => json!(true),
        "false" => json!(false),
        text => text.parse::<i64>().map_or_else(|_| json!(text), |number| json!(number)),
    }
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
    for quote in ['"', '\''] {
        if let Some(quoted) = text.strip_prefix(quote) {
            let (content, after) = quoted.split_once(quote).unwrap_or((quoted, ""));
            return (json!(content), after);
        }
    }
    let end = text.find([',', '}', ']']).unwrap_or(text.len());
    let (word, after) = text.split_at(end);
    (plain(word.trim()), after)
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
             description: >-\n      folded: text\n    enum: [A, B]\n  list:\n    - one\n    - $ref: '#/x'\n      deep:\n        - type: string\n          \
             pattern: ^[0-9]{4}$\n        - 2\n    - name: two\n  d: 200\n  '201': { e: 'f, g' }\n",
        );
        assert_eq!(
            read["a"],
            json!({
                "b": {"type": "array", "items": {"$ref": "#/x"}, "description": "one, two"},
                "c": {"type": "string", "description": null, "enum": ["A", "B"]},
                "list": [
                    "one",
                    {"$ref": "#/x", "deep": [{"type": "string", "pattern": "^[0-9]{4}$"}, 2]},
                    {"name": "two"}
                ],
                "d": 200, "201": {"e": "f, g"}
            })
        );
    }
}
