//! Published definitions of interfaces (OpenAPI, XML Schema), and whether what is said over an interface keeps to them.
//!
//! Tests of adapters and of simulators read them here, so that both are held to the same text by the same check. The
//! definitions are no part of the project: they lie beside the workspace, in `shared/specs`, and a test that finds none
//! says `skipped: …` and passes.
//!
//! ```
//! use sakarkiv_testkit::definitions::Definition;
//! use serde_json::json;
//!
//! let definition = Definition::from_json(
//!     r#"{"components": {"schemas": {"Sted": {
//!         "type": "object", "required": ["navn"], "properties": {"navn": {"type": "string", "maxLength": 5}}
//!     }}}}"#,
//! )?;
//! assert!(definition.problems("Sted", &json!({"navn": "Bodø"})).is_empty());
//! assert_eq!(definition.problems("Sted", &json!({"navn": "Prøvedal"})), ["Sted.navn: has another length"]);
//! assert_eq!(definition.problems("Sted", &json!({"sted": "Bodø"})).len(), 2, "one member lacks, one is unknown");
//! # Ok::<(), serde_json::Error>(())
//! ```

mod altinn;
mod exchange;
mod schema;
mod xml;
mod yaml;

use std::{fs, path::PathBuf};

use serde_json::Value;

pub use exchange::{Exchange, Interface};
pub use xml::XmlDefinition;

/// One definition: schemas by name, operations by path and method.
#[derive(Debug, Clone, PartialEq)]
pub struct Definition {
    document: Value,
}

impl Definition {
    /// Reads JSON.
    ///
    /// # Errors
    /// When it is not JSON.
    pub fn from_json(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text).map(|document| Self { document })
    }

    /// Reads the small part of YAML that definitions use: nested mappings and lists, mappings and lists in one line. Texts
    /// over several lines are left out.
    #[must_use]
    pub fn from_yaml(text: &str) -> Self {
        Self { document: yaml::read(text) }
    }

    /// The definition `file` of a service, for example `fiks-svarut-specs/forsendelse-send-api-v3.json` of `svarut`.
    /// Nothing, and a word about it on the test's output, when the definitions do not lie beside the workspace or this
    /// one cannot be read.
    #[must_use]
    pub fn published(service: &str, file: &str) -> Option<Self> {
        let read = fs::read_to_string(specs(service).join(file)).ok().and_then(|text| {
            match file.ends_with(".yaml") || file.ends_with(".yml") {
                true => Some(Self::from_yaml(&text)),
                false => Self::from_json(&text).ok(),
            }
        });
        if read.is_none() {
            eprintln!("skipped: the published definition {service}/{file} is not beside the workspace");
        }
        read
    }

    /// A published JSON Schema as a definition with one schema of this name and those it defines inside (`$defs`). Nothing,
    /// and a word about it, when it is not beside the workspace.
    #[must_use]
    pub fn published_schema(service: &str, file: &str, name: &str) -> Option<Self> {
        let root = Self::published(service, file)?.document;
        let mut schemas = root.get("$defs").and_then(Value::as_object).cloned().unwrap_or_default();
        schemas.insert(name.to_owned(), root);
        Some(Self { document: serde_json::json!({"components": {"schemas": schemas}}) })
    }

    /// Everything in which `value` differs from the schema of this name: types, required and unknown members, lengths,
    /// bounds, patterns, formats, values, repeats. A schema that the definition does not have is a problem too, as is a
    /// type or pattern that the check does not know.
    #[must_use]
    pub fn problems(&self, schema: &str, value: &Value) -> Vec<String> {
        match self.schema(schema) {
            Some(found) => schema::problems(self, found, value, schema),
            None => vec![format!("{schema}: the definition has no such schema")],
        }
    }

    /// The schema of a name.
    #[must_use]
    pub fn schema(&self, name: &str) -> Option<&Value> {
        self.document.get("components")?.get("schemas")?.get(name)
    }

    /// An operation, by its path as the definition writes it and its method in lower case.
    #[must_use]
    pub fn operation(&self, method: &str, path: &str) -> Option<&Value> {
        self.document.get("paths")?.get(path)?.get(method)
    }

    /// A parameter, or the one it refers to.
    fn parameter<'a>(&'a self, parameter: &'a Value) -> Option<&'a Value> {
        let Some(reference) = parameter.get("$ref").and_then(Value::as_str) else { return Some(parameter) };
        self.document.get("components")?.get("parameters")?.get(reference.rsplit('/').next()?)
    }

    fn paths(&self) -> impl Iterator<Item = &String> {
        self.document.get("paths").and_then(Value::as_object).into_iter().flat_map(|paths| paths.keys())
    }
}

/// Where the definitions of a service lie, when they lie beside the workspace.
fn specs(service: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/specs").join(service)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_kind_of_difference_is_found_by_itself() {
        let definition = Definition {
            document: json!({"components": {"schemas": {"A": {
                "type": "object", "required": ["navn"],
                "properties": {
                    "navn": {"type": "string", "minLength": 1, "maxLength": 3}, "land": {"type": "string", "pattern": "^[A-Z]{2}$"},
                    "art": {"enum": ["X"]}, "tall": {"type": "integer", "minimum": 1, "maximum": 2}, "om": {"$ref": "#/components/schemas/B"},
                    "liste": {"type": "array", "maxItems": 2, "uniqueItems": true, "items": {"type": "boolean"}},
                    "id": {"type": "string", "format": "uuid"}, "dato": {"type": "string", "format": "date-time"},
                    "kanskje": {"type": "string", "nullable": true}, "rar": {"type": "string", "pattern": "^a+$"},
                    "ref": {"anyOf": [{"type": "string"}, {"$ref": "#/components/schemas/B"}]}, "dag": {"format": "date"},
                    "slik": {"allOf": [{"anyOf": [{"type": "string"}]}]},
                },
                "allOf": [{"$ref": "#/components/schemas/C"}],
            }, "B": {"type": "object"}, "C": {"type": "object", "required": ["arv"], "properties": {"arv": {"type": "integer"}}}}}}),
        };
        let sound = json!({"navn": "abc", "land": "NO", "art": "X", "tall": 1, "om": {}, "liste": [true, false],
            "id": "0f9f3c0e-6a1b-4f0e-8a37-2a7f1fd5d6e2", "dato": "2026-09-14T08:00:00Z", "kanskje": null,
            "ref": {}, "dag": "2026-09-14", "slik": "a", "arv": 1});
        assert_eq!(definition.problems("A", &sound), [""; 0]);
        for (member, bad) in [
            ("navn", json!("")),
            ("navn", json!("abcd")),
            ("navn", json!(1)),
            ("navn", Value::Null),
            ("land", json!("no")),
            ("art", json!("Y")),
            ("tall", json!(0)),
            ("tall", json!(3)),
            ("tall", json!(1.5)),
            ("om", json!([])),
            ("liste", json!([true, true])),
            ("liste", json!([1])),
            ("liste", json!({})),
            ("id", json!("1")),
            ("dato", json!("14.09.2026")),
            ("ukjent", json!(1)),
            ("rar", json!("aa")),
            ("ref", json!(1)),
            ("dag", json!("2026-02-30")),
            ("slik", json!(1)),
            ("arv", json!("a")),
        ] {
            let mut spoilt = sound.clone();
            spoilt[member] = bad.clone();
            assert_eq!(definition.problems("A", &spoilt).len(), 1, "{member} {bad}");
        }
        assert_eq!(definition.problems("A", &json!({})), ["A: lacks navn", "A: lacks arv"]);
        assert_eq!(definition.problems("D", &sound), ["D: the definition has no such schema"]);
    }

    #[test]
    fn what_json_schema_says_more_than_openapi_is_checked_too() {
        let definition = Definition {
            document: json!({"components": {"schemas": {"A": {"type": "object", "properties": {
                "bare": {"const": "en"}, "tomt": {"type": ["string", "null"]}, "noen": {"type": "array", "minItems": 1},
                "sak": {"pattern": "^[0-9]{4}/[0-9]+$"}, "sum": {"pattern": "^[0-9a-f]{64}$"},
                "art": {"pattern": "^[a-z0-9.+-]+/[a-z0-9.+-]+$"}, "sti": {"pattern": "^(?!/)(?!.*\\.\\.)[^\\\\]+$"},
            }}}}}),
        };
        let sound = json!({"bare": "en", "tomt": null, "noen": [1], "sak": "2026/3", "sum": "a".repeat(64),
            "art": "application/pdf", "sti": "a/b.pdf"});
        assert_eq!(definition.problems("A", &sound), [""; 0]);
        for (member, bad) in [
            ("bare", json!("to")),
            ("tomt", json!(1)),
            ("noen", json!([])),
            ("sak", json!("26/3")),
            ("sak", json!("2026/")),
            ("sum", json!("A".repeat(64))),
            ("art", json!("application")),
            ("art", json!("Application/pdf")),
            ("sti", json!("/a")),
            ("sti", json!("a/../b")),
            ("sti", json!("a\\b")),
        ] {
            let mut spoilt = sound.clone();
            spoilt[member] = bad.clone();
            assert_eq!(definition.problems("A", &spoilt).len(), 1, "{member} {bad}");
        }
    }
}
