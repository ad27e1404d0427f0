//! A call and its answer, against whichever definition has the path.

use serde_json::Value;

use super::{Definition, schema};

/// All definitions of one service. Where two have the same operation, the one added first counts.
#[derive(Debug, Clone, Default)]
pub struct Interface {
    definitions: Vec<Definition>,
}

/// One call and its answer, as they went over the interface.
#[derive(Debug, Clone, Copy)]
pub struct Exchange<'a> {
    /// The method in lower case.
    pub method: &'a str,
    /// The path below the server's base, without a query.
    pub path: &'a str,
    /// The names in the query.
    pub query: &'a [String],
    /// The JSON that was sent: the whole body, or the metadata part of a form.
    pub request: Option<&'a Value>,
    /// The answer's status.
    pub status: u16,
    /// The answer's JSON; nothing when it had none.
    pub answer: Option<&'a Value>,
}

impl Interface {
    /// The definitions that are given; those that are not at hand are left out.
    #[must_use]
    pub fn of(definitions: impl IntoIterator<Item = Option<Definition>>) -> Self {
        Self { definitions: definitions.into_iter().flatten().collect() }
    }

    /// Whether there is nothing to compare with.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.definitions.is_empty()
    }

    /// The method and the path, as the definition writes it, of an operation that the call fits; nothing when no
    /// definition has one.
    #[must_use]
    pub fn operation(&self, exchange: &Exchange<'_>) -> Option<String> {
        let (_, path, _) = self.find(exchange)?;
        Some(format!("{} {path}", exchange.method))
    }

    /// Everything in which the call or its answer differs from the definition of its operation.
    #[must_use]
    pub fn problems(&self, exchange: &Exchange<'_>) -> Vec<String> {
        let Some((definition, path, operation)) = self.find(exchange) else {
            return vec![format!("{} {}: no definition has such an operation", exchange.method, exchange.path)];
        };
        let mut found = Vec::new();
        query(definition, operation, exchange, &mut found);
        request(definition, operation, exchange, &mut found);
        answer(definition, operation, exchange, &mut found);
        found.iter().map(|problem| format!("{} {path}: {problem}", exchange.method)).collect()
    }

    fn find(&self, exchange: &Exchange<'_>) -> Option<(&Definition, &str, &Value)> {
        self.definitions.iter().find_map(|definition| {
            let path = definition.paths().find(|template| {
                is_path_of(template, exchange.path) && definition.operation(exchange.method, template).is_some()
            })?;
            Some((definition, path.as_str(), definition.operation(exchange.method, path)?))
        })
    }
}

/// Whether a path fits a template with names in braces. A trailing slash does not count.
fn is_path_of(template: &str, path: &str) -> bool {
    let (mut wanted, mut seen) = (template.trim_end_matches('/').split('/'), path.trim_end_matches('/').split('/'));
    loop {
        match (wanted.next(), seen.next()) {
            (None, None) => return true,
            (Some(wanted), Some(seen)) if wanted == seen || (wanted.starts_with('{') && !seen.is_empty()) => {}
            _ => return false,
        }
    }
}

fn query(definition: &Definition, operation: &Value, exchange: &Exchange<'_>, found: &mut Vec<String>) {
    let parameters = operation.get("parameters").and_then(Value::as_array).into_iter().flatten();
    let parameters = parameters.filter_map(|parameter| definition.parameter(parameter));
    let in_query = parameters.filter(|parameter| parameter.get("in").and_then(Value::as_str) == Some("query"));
    let mut known = Vec::new();
    for parameter in in_query {
        let name = parameter.get("name").and_then(Value::as_str).unwrap_or_default();
        let required = parameter.get("required").and_then(Value::as_bool).unwrap_or(false);
        if required && !exchange.query.iter().any(|given| given == name) {
            found.push(format!("the query lacks {name}"));
        }
        known.push(name);
    }
    found.extend(
        exchange
            .query
            .iter()
            .filter(|name| !known.contains(&name.as_str()))
            .map(|name| format!("unknown query {name}")),
    );
}

fn request(definition: &Definition, operation: &Value, exchange: &Exchange<'_>, found: &mut Vec<String>) {
    let body = operation.get("requestBody");
    let required = body.and_then(|body| body.get("required")).and_then(Value::as_bool).unwrap_or(false);
    let schema = body.and_then(schema_of_content);
    // Of a form only the metadata are JSON.
    let schema = schema.map(|schema| schema.pointer("/properties/forsendelse").unwrap_or(schema));
    match (schema, exchange.request) {
        (Some(schema), Some(sent)) => found.extend(schema::problems(definition, schema, sent, "request")),
        (Some(_), None) if required => found.push("the request has no JSON".to_owned()),
        (None, Some(_)) => found.push("the definition knows no request body".to_owned()),
        (Some(_) | None, None) => {}
    }
}

fn answer(definition: &Definition, operation: &Value, exchange: &Exchange<'_>, found: &mut Vec<String>) {
    let responses = operation.get("responses");
    let status = exchange.status.to_string();
    let response = responses.and_then(|responses| responses.get(&status).or_else(|| responses.get("default")));
    let Some(response) = response else {
        return found.push(format!("no answer {status} is defined"));
    };
    match (schema_of_content(response), exchange.answer) {
        (Some(schema), Some(json)) => {
            // Not said there, but the error body is documented with members that are null.
            let json = if exchange.status >= 400 { without_nulls(json) } else { json.clone() };
            found.extend(schema::problems(definition, schema, &json, "answer"));
        }
        (Some(schema), None) if schema.get("format").and_then(Value::as_str) != Some("binary") => {
            found.push(format!("the answer {status} has no JSON"));
        }
        _ => {}
    }
}

fn schema_of_content(of: &Value) -> Option<&Value> {
    of.get("content")?.as_object()?.values().next()?.get("schema")
}

fn without_nulls(json: &Value) -> Value {
    match json {
        Value::Object(members) => Value::Object(
            members.iter().filter(|(_, member)| !member.is_null()).map(|(n, m)| (n.clone(), m.clone())).collect(),
        ),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn interface() -> Interface {
        Interface::of([
            None,
            Some(Definition::from_yaml(
                "paths:\n  /a/{id}/b:\n    post:\n      requestBody:\n        required: true\n        content:\n          \
                 application/json:\n            schema: { $ref: \"#/components/schemas/A\" }\n      responses:\n        \
                 \"200\":\n          content:\n            application/json:\n              schema: { type: array, items: { type: \
                 integer } }\ncomponents:\n  schemas:\n    A:\n      type: object\n      required: [x]\n      properties:\n        \
                 x: { type: string }\n",
            )),
        ])
    }

    #[test]
    fn a_call_is_compared_with_the_operation_whose_path_it_fits() {
        let (sent, answer) = (json!({"x": "y"}), json!([1]));
        let sound = Exchange {
            method: "post",
            path: "/a/7/b/",
            query: &[],
            request: Some(&sent),
            status: 200,
            answer: Some(&answer),
        };
        assert_eq!(interface().operation(&sound).as_deref(), Some("post /a/{id}/b"));
        assert_eq!(interface().problems(&sound), [""; 0]);
        let odd = json!({"x": 1});
        let asked = ["q".to_owned()];
        for spoilt in [
            Exchange { method: "get", ..sound },
            Exchange { path: "/a/7", ..sound },
            Exchange { path: "/a//b", ..sound },
            Exchange { query: &asked, ..sound },
            Exchange { request: None, ..sound },
            Exchange { request: Some(&odd), ..sound },
            Exchange { status: 201, ..sound },
            Exchange { answer: None, ..sound },
            Exchange { answer: Some(&odd), ..sound },
        ] {
            assert_eq!(interface().problems(&spoilt).len(), 1, "{spoilt:?}");
        }
    }
}
