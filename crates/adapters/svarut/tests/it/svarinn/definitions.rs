//! Our samples and requests against the published definitions, so that the other tests do not test an interface of our own.

use std::{collections::BTreeMap, fs, path::Path};

use serde_json::{Value, json};

use super::doubles::{v1, v2};

#[test]
fn samples_and_requests_have_the_shape_of_the_published_definitions() {
    for (file, sample, requests) in [
        (
            "svarinn-v2.openapi.yaml",
            v2(),
            vec![
                ("Statusoppdatering", json!({"status": "MOTTATT"})),
                ("Statusoppdatering", json!({"status": "FEILET", "feil": {"feilmelding": "x", "permanent": false}})),
            ],
        ),
        ("svarinn-v1.openapi.yaml", v1(), vec![("ImportFeil", json!({"feilmelding": "x", "permanent": false}))]),
    ] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../../shared/specs/svarut/own").join(file);
        let Ok(text) = fs::read_to_string(&path) else {
            println!("skipped: the published definition {file} is not here");
            continue;
        };
        let definition = Definition::read(&text);
        definition.check("Forsendelse", &sample);
        for (schema, request) in requests {
            definition.check(schema, &request);
        }
    }
}

#[test]
fn the_check_itself_finds_unknown_missing_and_mistyped_members() {
    let definition = Definition::read(
        "  schemas:\n    A:\n      required: [id, b]\n      properties:\n        id: { type: string }\n        b: { $ref: \
         \"#/components/schemas/B\" }\n    B:\n      properties:\n        n: { type: integer }\n",
    );
    assert_eq!(definition.faults("A", &json!({"id": "x", "b": {"n": 1}})), Vec::<String>::new());
    for wrong in [
        json!({"id": "x"}),
        json!({"id": 1, "b": {}}),
        json!({"id": "x", "b": {"m": 1}}),
        json!({"id": "x", "b": {"n": ""}}),
    ] {
        assert_eq!(definition.faults("A", &wrong).len(), 1, "{wrong}");
    }
}

/// The schemas of a definition in the plain style these files are written in: what stands deeper belongs to what stands above.
struct Definition(BTreeMap<String, Schema>);

#[derive(Default)]
struct Schema {
    required: Vec<String>,
    /// Name, and all text that tells of it.
    members: Vec<(String, String)>,
}

impl Definition {
    fn read(text: &str) -> Self {
        let mut schemas = BTreeMap::<String, Schema>::new();
        let mut current = None;
        for line in text.lines().skip_while(|line| line.trim_end() != "  schemas:").skip(1) {
            let depth = line.len() - line.trim_start().len();
            let (name, told) = line.trim().split_once(':').unwrap_or((line.trim(), ""));
            if depth == 4 {
                current = Some(name.to_owned());
            }
            let Some(schema) = current.as_ref().map(|name| schemas.entry(name.clone()).or_default()) else { continue };
            match (depth, name) {
                (6, "required") => {
                    let names = told.trim().trim_matches(['[', ']']).split(',');
                    schema.required = names.map(|name| name.trim().to_owned()).collect();
                }
                (8, _) => schema.members.push((name.to_owned(), told.to_owned())),
                (9.., _) => {
                    if let Some((_, text)) = schema.members.last_mut() {
                        text.push_str(line);
                    }
                }
                _ => {}
            }
        }
        assert!(!schemas.is_empty(), "no schemas found");
        Self(schemas)
    }

    fn check(&self, schema: &str, value: &Value) {
        assert_eq!(self.faults(schema, value), Vec::<String>::new());
    }

    fn faults(&self, name: &str, value: &Value) -> Vec<String> {
        let schema = &self.0[name];
        let object = value.as_object().unwrap_or_else(|| panic!("{name} is no object"));
        let missing = schema.required.iter().filter(|member| !object.contains_key(*member));
        let mut faults = missing.map(|member| format!("{name} lacks {member}")).collect::<Vec<_>>();
        for (member, value) in object {
            match schema.members.iter().find(|(known, _)| known == member) {
                None => faults.push(format!("{name} has unknown {member}")),
                Some((_, told)) => faults.extend(self.member_faults(&format!("{name}.{member}"), told, value)),
            }
        }
        faults
    }

    fn member_faults(&self, place: &str, told: &str, value: &Value) -> Vec<String> {
        let reference = told.split_once("#/components/schemas/").map(|(_, rest)| rest);
        let reference = reference.map(|rest| rest.chars().take_while(|c| c.is_alphanumeric()).collect::<String>());
        let wanted = told.split_once("type:").map(|(_, rest)| rest.trim_start());
        let is = |name: &str| wanted.is_some_and(|wanted| wanted.starts_with(name));
        match (value, reference) {
            (Value::Null, _) => Vec::new(),
            (Value::Array(elements), Some(schema)) => elements.iter().flat_map(|e| self.faults(&schema, e)).collect(),
            (Value::Object(_), Some(schema)) => self.faults(&schema, value),
            (Value::String(_), None) if is("string") => Vec::new(),
            (Value::Number(_), None) if is("integer") => Vec::new(),
            (Value::Bool(_), None) if is("boolean") => Vec::new(),
            _ => vec![format!("{place} has another type")],
        }
    }
}
