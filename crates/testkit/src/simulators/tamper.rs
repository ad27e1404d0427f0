//! Spoils a sound JSON answer.

use axum::{body::Body, response::Response};
use bytes::Bytes;
use http::header;
use http_body_util::BodyExt;
use serde_json::{Value, json};

use super::faults::Tamper;

/// Changes the answer. One that is not JSON only gets cut or replaced as a whole.
pub(crate) async fn apply(tamper: &Tamper, response: Response) -> Response {
    let (mut parts, body) = response.into_parts();
    let Ok(collected) = body.collect().await else {
        return Response::from_parts(parts, Body::empty());
    };
    parts.headers.remove(header::CONTENT_LENGTH);
    Response::from_parts(parts, Body::from(spoil(tamper, collected.to_bytes())))
}

fn spoil(tamper: &Tamper, sound: Bytes) -> Bytes {
    match tamper {
        Tamper::Truncated => sound.slice(..sound.len() / 2),
        Tamper::Garbage => Bytes::from_static(b"<<ikke JSON"),
        Tamper::Oversized(bytes) => {
            let mut padded = sound.to_vec();
            padded.resize(padded.len().max(*bytes), b' ');
            padded.into()
        }
        Tamper::UnknownMembers | Tamper::UnknownStatus(_) | Tamper::Reordered | Tamper::Duplicated => {
            match serde_json::from_slice::<Value>(&sound) {
                Ok(mut value) => {
                    change(tamper, &mut value);
                    value.to_string().into()
                }
                Err(_) => sound,
            }
        }
    }
}

fn change(tamper: &Tamper, value: &mut Value) {
    match value {
        Value::Object(members) => {
            members.values_mut().for_each(|member| change(tamper, member));
            match tamper {
                Tamper::UnknownMembers => {
                    members.insert("nyttFelt".to_owned(), json!({"verdi": [1, null, "to"]}));
                }
                Tamper::UnknownStatus(status) => {
                    if let Some(member) = members.get_mut("status") {
                        *member = json!(status);
                    }
                }
                _ => {}
            }
        }
        Value::Array(items) => {
            items.iter_mut().for_each(|item| change(tamper, item));
            match tamper {
                Tamper::Reordered => items.reverse(),
                Tamper::Duplicated => *items = items.iter().flat_map(|item| [item.clone(), item.clone()]).collect(),
                _ => {}
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spoiled(tamper: &Tamper) -> Value {
        let sound = br#"{"statuser":[{"id":"a","status":"LEST"},{"id":"b","status":"LEST"}]}"#;
        serde_json::from_slice(&spoil(tamper, Bytes::from_static(sound))).unwrap()
    }

    #[test]
    fn each_way_of_spoiling_changes_what_it_says_and_nothing_else() {
        assert_eq!(
            spoiled(&Tamper::UnknownStatus("NY".to_owned())),
            json!({"statuser": [{"id": "a", "status": "NY"}, {"id": "b", "status": "NY"}]})
        );
        assert_eq!(spoiled(&Tamper::Reordered).pointer("/statuser/0/id"), Some(&json!("b")));
        assert_eq!(spoiled(&Tamper::Duplicated).pointer("/statuser/3/id"), Some(&json!("b")));
        assert!(spoiled(&Tamper::UnknownMembers).pointer("/statuser/1/nyttFelt").is_some());
        assert_eq!(spoiled(&Tamper::Oversized(10_000)).pointer("/statuser/0/status"), Some(&json!("LEST")));
    }

    #[test]
    fn a_cut_answer_is_no_longer_json() {
        let cut = spoil(&Tamper::Truncated, Bytes::from_static(br#"{"id":"a"}"#));
        assert!(serde_json::from_slice::<Value>(&cut).is_err());
    }
}
