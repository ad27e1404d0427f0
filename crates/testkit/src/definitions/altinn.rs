//! The definition of Altinn 3 Correspondence as it stands: the published snapshot with what has changed since.

use serde_json::{Map, Value, json};

use super::Definition;

impl Definition {
    /// The definition of Altinn 3 Correspondence: the snapshot `altinn-correspondence-v1.openapi.json` with the differences
    /// that `correspondence-openapi-delta.json` lists, and those that lie in the service's answers: members that are null,
    /// and limits of notifications that were raised. Nothing, and a word about it, when the files are not beside the
    /// workspace.
    ///
    /// A form is compared as the JSON it stands for, with the schema `InitializeCorrespondencesExt`.
    #[must_use]
    pub fn altinn_correspondence() -> Option<Self> {
        let mut definition = Self::published("altinn", "altinn-correspondence-v1.openapi.json")?;
        let delta = Self::published("altinn", "correspondence-openapi-delta.json")?.document;
        let items = |name: &str| delta.get(name).and_then(Value::as_array).cloned().unwrap_or_default();
        for removed in items("removed_since_snapshot") {
            if let (Some(schema), Some(field)) = (text(&removed, "schema"), text(&removed, "field")) {
                definition.properties(schema).remove(field);
            }
        }
        items("added_since_snapshot").iter().for_each(|added| definition.add(added));
        for changed in items("changed") {
            let most = changed.get("current_max");
            if let (Some(schema), Some(field), Some(most)) = (text(&changed, "schema"), text(&changed, "field"), most) {
                definition.set(schema, field, "maxLength", most);
            }
        }
        definition.unlisted();
        Some(definition)
    }

    /// One difference of the list: a member, a value of an enumeration, or a query.
    fn add(&mut self, added: &Value) {
        if let (Some(schema), Some(field)) = (text(added, "schema"), text(added, "field")) {
            let kind = text(added, "type").unwrap_or_default();
            for schema in inheritors(schema) {
                self.properties(schema).insert(field.to_owned(), member_of(kind));
            }
        } else if let Some(name) = text(added, "enum") {
            let one = added.get("value").cloned().into_iter();
            let several = added.get("values").and_then(Value::as_array).cloned().unwrap_or_default();
            let place = self.document.pointer_mut(&format!("/components/schemas/{name}/enum"));
            if let Some(words) = place.and_then(Value::as_array_mut) {
                words.extend(one.chain(several));
            }
        } else if let Some((method, path)) = text(added, "query").and_then(|query| query.split_once(' ')) {
            let path = format!("/correspondence/api/v1{path}").replace('/', "~1");
            let place = format!("/paths/{path}/{}/parameters", method.to_lowercase());
            let names = added.get("parameters").and_then(Value::as_array).cloned().unwrap_or_default();
            if let Some(parameters) = self.document.pointer_mut(&place).and_then(Value::as_array_mut) {
                parameters.extend(names.iter().map(|name| json!({"name": name, "in": "query"})));
            }
        }
    }

    /// What the list leaves out, because every generated definition has it wrong or late.
    fn unlisted(&mut self) {
        for (schema, field) in [
            ("CorrespondenceAttachmentExt", "expirationTime"),
            ("CorrespondenceOverviewExt", "notification"),
            ("CorrespondenceDetailsExt", "notification"),
        ] {
            self.properties(schema).insert(field.to_owned(), json!({"nullable": true}));
        }
        for (field, most) in [("Subject", 512), ("Body", 10_000)] {
            for prefix in ["email", "reminderEmail"] {
                let field = format!("{prefix}{field}");
                self.set("InitializeCorrespondenceNotificationExt", &field, "maxLength", &json!(most));
            }
        }
        for field in ["smsBody", "reminderSmsBody"] {
            self.set("InitializeCorrespondenceNotificationExt", field, "maxLength", &json!(2144));
        }
        let problem = self.properties("ProblemDetails");
        for (name, kind) in [("errorCode", "integer"), ("code", "string"), ("traceId", "string")] {
            problem.insert(name.to_owned(), json!({"type": kind}));
        }
        problem.insert("validationErrors".to_owned(), json!({"type": "array"}));
        problem.insert("errors".to_owned(), json!({"type": "object"}));
    }

    /// The members of a schema; of one that is missing, members that lead nowhere.
    fn properties(&mut self, schema: &str) -> &mut Map<String, Value> {
        let place = json_member(&mut self.document, &["components", "schemas", schema, "properties"]);
        if !place.is_object() {
            *place = json!({});
        }
        object(place)
    }

    fn set(&mut self, schema: &str, field: &str, name: &str, value: &Value) {
        if let Some(member) = self.properties(schema).get_mut(field).and_then(Value::as_object_mut) {
            member.insert(name.to_owned(), value.clone());
        }
    }
}

/// The schemas that repeat a base's members.
fn inheritors(schema: &str) -> Vec<&str> {
    let others: &[&str] = match schema {
        "BaseCorrespondenceExt" => &["CorrespondenceOverviewExt", "CorrespondenceDetailsExt"],
        "BaseAttachmentExt" => &[
            "InitializeAttachmentExt",
            "InitializeCorrespondenceAttachmentExt",
            "CorrespondenceAttachmentExt",
            "AttachmentOverviewExt",
            "AttachmentDetailsExt",
        ],
        _ => &[],
    };
    std::iter::once(schema).chain(others.iter().copied()).collect()
}

/// A type as the list writes it: `boolean`, `integer|null`, `date-time|null`, `enum`, `NotificationRecipientExt[]`.
fn member_of(kind: &str) -> Value {
    let (kind, nullable) = kind.strip_suffix("|null").map_or((kind, false), |kind| (kind, true));
    if let Some(item) = kind.strip_suffix("[]") {
        return json!({"type": "array", "nullable": true, "items": {"$ref": format!("#/components/schemas/{item}")}});
    }
    match kind {
        "date-time" => json!({"type": "string", "format": "date-time", "nullable": nullable}),
        "enum" => json!({"type": "string", "nullable": true}),
        other => json!({"type": other, "nullable": nullable}),
    }
}

fn text<'a>(of: &'a Value, name: &str) -> Option<&'a str> {
    of.get(name).and_then(Value::as_str)
}

fn json_member<'a>(value: &'a mut Value, path: &[&str]) -> &'a mut Value {
    path.iter().fold(value, |value, name| {
        if !value.is_object() {
            *value = json!({});
        }
        object(value).entry(*name).or_insert(Value::Null)
    })
}

#[expect(clippy::panic, reason = "called only with what was made an object a line before")]
fn object(value: &mut Value) -> &mut Map<String, Value> {
    match value {
        Value::Object(members) => members,
        _ => panic!("not an object"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_of_the_list_becomes_a_schema() {
        assert_eq!(member_of("boolean"), json!({"type": "boolean", "nullable": false}));
        assert_eq!(member_of("integer|null"), json!({"type": "integer", "nullable": true}));
        assert_eq!(member_of("date-time|null"), json!({"type": "string", "format": "date-time", "nullable": true}));
        assert_eq!(member_of("A[]").pointer("/items/$ref"), Some(&json!("#/components/schemas/A")));
    }

    #[test]
    fn what_changed_since_the_snapshot_is_in_the_definition() {
        let Some(definition) = Definition::altinn_correspondence() else { return };
        let base = definition.schema("BaseCorrespondenceExt").unwrap();
        assert!(base.pointer("/properties/allowForwarding").is_some(), "added");
        assert!(base.pointer("/properties/allowSystemDeleteAfter").is_none(), "removed");
        assert_eq!(base.pointer("/properties/messageSender/maxLength"), Some(&json!(255)), "changed");
        assert_eq!(definition.problems("AttachmentStatusExt", &json!("Expired")), [""; 0]);
        assert_eq!(definition.problems("ReferenceTypeExt", &json!("DialogportenTransmissionType")), [""; 0]);
        let list = definition.operation("get", "/correspondence/api/v1/correspondence").unwrap();
        let names = list["parameters"].as_array().unwrap().iter().map(|parameter| parameter["name"].as_str());
        assert!(names.flatten().any(|name| name == "idempotentKey"));
    }
}
