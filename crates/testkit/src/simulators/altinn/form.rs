//! A correspondence as a form: dotted names in any case become the same JSON that the other address takes.

use axum::extract::{
    Multipart,
    multipart::{Field, MultipartError},
};
use serde_json::{Map, Value, json};

use super::{
    initialize::File,
    letter::Intake,
    problems::{Stop, invalid_field},
    request::spelling,
};

/// The most bytes of a text in a form.
const TEXT_LIMIT: usize = 1024 * 1024;
/// The most elements of a list.
const LIST_LIMIT: usize = 1000;
const FLAGS: [&str; 7] = [
    "ignoreReservation",
    "isConfirmationNeeded",
    "isConfidential",
    "allowForwarding",
    "isEncrypted",
    "sendReminder",
    "overrideRegisteredContactInformation",
];

/// Reads the form to its end, files as streams. A form that breaks off is read no further.
pub(crate) async fn read(form: &mut Multipart, keep: usize) -> Result<(Value, Vec<File>), Stop> {
    let broken = |_: MultipartError| invalid_field("", "the form is broken or ends too early");
    let (mut body, mut files) = (json!({}), Vec::new());
    while let Some(mut part) = form.next_field().await.map_err(broken)? {
        let name = part.name().unwrap_or_default().to_owned();
        if let Some(file_name) = part.file_name().map(str::to_owned) {
            let file = file(&mut part, file_name, keep).await?;
            if last_name(&name).eq_ignore_ascii_case("attachments") {
                files.push(file);
            }
            continue;
        }
        let mut text = Vec::new();
        while let Some(chunk) = part.chunk().await.map_err(broken)? {
            if text.len() + chunk.len() > TEXT_LIMIT {
                return Err(invalid_field(&name, "is too long"));
            }
            text.extend_from_slice(&chunk);
        }
        let text = String::from_utf8(text).map_err(|_| invalid_field(&name, "is not UTF-8"))?;
        put(&mut body, &steps(&name), &text);
    }
    Ok((body, files))
}

async fn file(part: &mut Field<'_>, name: String, keep: usize) -> Result<File, Stop> {
    let mut intake = Intake::new(keep);
    while let Some(chunk) = part.chunk().await.map_err(|_| invalid_field("", "the form is broken or ends too early"))? {
        intake.push(&chunk).map_err(|_| super::problems::refuse(2002))?;
    }
    Ok(File { name, stored: intake.finish() })
}

fn last_name(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or(name)
}

/// One step into the body.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    Member(String),
    Element(usize),
}

/// `correspondence.content.attachments[0].fileName` taken apart. Below the property list names stand as they are.
fn steps(name: &str) -> Vec<Step> {
    let lower = name.to_ascii_lowercase();
    let name = if lower.starts_with("request.") { name.get("request.".len()..).unwrap_or(name) } else { name };
    const PROPERTIES: &str = "correspondence.propertylist.";
    if name.to_ascii_lowercase().starts_with(PROPERTIES) {
        let key = name.get(PROPERTIES.len()..).unwrap_or_default();
        return ["correspondence", "propertyList", key].map(|step| Step::Member(step.to_owned())).into();
    }
    let mut steps = Vec::new();
    for piece in name.split('.') {
        let mut pieces = piece.split('[');
        steps.push(Step::Member(spelling(pieces.next().unwrap_or_default())));
        let numbers = pieces.filter_map(|index| index.trim_end_matches(']').parse().ok());
        steps.extend(numbers.map(Step::Element));
    }
    steps
}

/// Puts a text at its place. An empty text is as good as none.
fn put(value: &mut Value, steps: &[Step], text: &str) {
    match steps.split_first() {
        None if text.is_empty() => {}
        // The same name again makes a list.
        None => match value {
            Value::Array(items) => items.push(json!(text)),
            place => *place = json!(text),
        },
        Some((Step::Member(name), rest)) => {
            if !value.is_object() {
                *value = Value::Object(Map::new());
            }
            let Some(members) = value.as_object_mut() else { return };
            let is_list = rest.is_empty() && ["recipients", "existingAttachments"].contains(&name.as_str());
            let member = members.entry(name.clone()).or_insert_with(|| if is_list { json!([]) } else { Value::Null });
            put(member, rest, text);
            retype(name, member);
        }
        Some((Step::Element(index), rest)) => {
            if !value.is_array() {
                *value = json!([]);
            }
            let Some(items) = value.as_array_mut() else { return };
            while items.len() <= *index && items.len() < LIST_LIMIT {
                items.push(Value::Null);
            }
            if let Some(item) = items.get_mut(*index) {
                put(item, rest, text);
            }
        }
    }
}

/// Texts that stand for truth values and numbers.
fn retype(name: &str, value: &mut Value) {
    let Some(text) = value.as_str() else { return };
    if FLAGS.contains(&name) {
        match text.to_ascii_lowercase().as_str() {
            "true" => *value = json!(true),
            "false" => *value = json!(false),
            _ => {}
        }
    } else if name == "expirationInDays"
        && let Ok(number) = text.parse::<i64>()
    {
        *value = json!(number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dotted_names_in_any_case_become_nested_json() {
        let mut body = json!({});
        for (name, text) in [
            ("Correspondence.ResourceId", "brev"),
            ("request.correspondence.content.MESSAGETITLE", "Vedtak"),
            ("correspondence.content.attachments[1].fileName", "b.pdf"),
            ("correspondence.content.attachments[0].fileName", "a.pdf"),
            ("correspondence.content.attachments[0].expirationInDays", "14"),
            ("correspondence.isConfidential", "True"),
            ("correspondence.propertyList.Saks.Nummer", "2026/1"),
            ("correspondence.dueDateTime", ""),
            ("recipients[0]", "0192:312000342"),
            ("existingAttachments", "x"),
            ("existingAttachments", "y"),
        ] {
            put(&mut body, &steps(name), text);
        }
        assert_eq!(
            body,
            json!({
                "correspondence": {
                    "resourceId": "brev", "isConfidential": true, "propertyList": {"Saks.Nummer": "2026/1"},
                    "dueDateTime": null,
                    "content": {
                        "messageTitle": "Vedtak",
                        "attachments": [{"fileName": "a.pdf", "expirationInDays": 14}, {"fileName": "b.pdf"}],
                    },
                },
                "recipients": ["0192:312000342"],
                "existingAttachments": ["x", "y"],
            })
        );
    }
}
