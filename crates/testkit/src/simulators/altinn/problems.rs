//! How a call is turned away: the catalogue of numbered errors, and the forms without a number.

use axum::response::{IntoResponse, Response};
use http::{StatusCode, header};
use serde_json::{Map, Value, json};

use crate::simulators::gate::Refusal;

/// A call that ends before its effect.
#[derive(Debug)]
pub(crate) enum Stop {
    /// With a problem document.
    Problem(Box<Refusal>),
    /// With some other answer.
    Answer(Box<Response>),
}

impl From<Refusal> for Stop {
    fn from(refusal: Refusal) -> Self {
        Self::Problem(Box::new(refusal))
    }
}

impl IntoResponse for Stop {
    fn into_response(self) -> Response {
        match self {
            Self::Problem(refusal) => refusal.into_response(),
            Self::Answer(response) => *response,
        }
    }
}

/// A numbered error of the service, with its status.
pub(crate) fn refuse(code: u16) -> Stop {
    let text = CATALOGUE.iter().find(|(known, ..)| *known == code);
    let (status, text) = text.map_or((400, "error"), |(_, status, text)| (*status, *text));
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST);
    Refusal::new(status, text).with_code(code.to_string()).into()
}

/// A status without a body, as the framework in front of the service gives it.
pub(crate) fn bare(status: StatusCode) -> Stop {
    Refusal::new(status, "").into()
}

/// A problem document without a number.
pub(crate) fn problem(status: StatusCode, detail: &str) -> Stop {
    Refusal::new(status, detail).into()
}

/// A sentence instead of a problem document.
pub(crate) fn sentence(status: StatusCode, text: &'static str) -> Stop {
    let plain = [(header::CONTENT_TYPE, "text/plain; charset=utf-8")];
    Stop::Answer(Box::new((status, plain, text).into_response()))
}

/// A bare JSON string instead of a problem document.
pub(crate) fn json_string(status: StatusCode, text: &str) -> Stop {
    let json_type = [(header::CONTENT_TYPE, "application/json; charset=utf-8")];
    Stop::Answer(Box::new((status, json_type, json!(text).to_string()).into_response()))
}

/// What the framework finds before any rule of the service is asked: fields by their dotted path, and what is wrong.
pub(crate) fn invalid(problems: &[(String, String)]) -> Stop {
    let mut errors = Map::new();
    let mut found = Vec::new();
    for (path, text) in problems {
        if let Some(list) = errors.entry(path.clone()).or_insert_with(|| json!([])).as_array_mut() {
            list.push(json!(text));
        }
        found.push(json!({"code": "CORR.VLD-00000", "detail": text, "paths": [path.replace('.', "/")]}));
    }
    let mut refusal = Refusal::bad("");
    refusal.extra = Map::from_iter([
        ("code".to_owned(), json!("STD-00000")),
        ("errors".to_owned(), Value::Object(errors)),
        ("validationErrors".to_owned(), Value::Array(found)),
    ]);
    refusal.into()
}

/// One field that is wrong.
pub(crate) fn invalid_field(path: &str, text: &str) -> Stop {
    invalid(&[(path.to_owned(), text.to_owned())])
}

/// The numbers that a call can be answered with, their status and a text that clients must not build on.
const CATALOGUE: &[(u16, u16, &str)] = &[
    (1001, 404, "no such correspondence"),
    (1002, 400, "the title must be plain text"),
    (1003, 400, "the body must be Markdown without HTML"),
    (1005, 400, "the files do not fit the attachments that were described"),
    (1006, 400, "a recipient is named twice"),
    (1007, 400, "no such existing attachment"),
    (1008, 400, "the due date lies in the past"),
    (1009, 400, "the due date lies before the publish time"),
    (1013, 400, "a published correspondence cannot be purged by its sender"),
    (1014, 400, "the correspondence is purged already"),
    (1016, 400, "a needed confirmation needs a due date"),
    (1017, 400, "an existing attachment belongs to another sender"),
    (1018, 400, "an existing attachment is not published"),
    (1019, 400, "the content is missing"),
    (1020, 400, "the title is empty"),
    (1021, 400, "the body is empty"),
    (1022, 400, "the body is too long"),
    (1023, 400, "the language must be nb, nn or en"),
    (1024, 400, "a correspondence must be fetched before it is read"),
    (1025, 400, "a correspondence must be fetched before it is confirmed"),
    (1026, 400, "a correspondence must be confirmed before it is purged"),
    (1027, 400, "from lies after to"),
    (1029, 404, "a recipient is unknown"),
    (1030, 422, "the recipient has reserved against digital mail"),
    (1032, 500, "the register of reservations could not be reached"),
    (1033, 400, "the idempotency key is not valid"),
    (1034, 409, "the idempotency key was used before"),
    (1035, 400, "a reply link is not valid"),
    (1036, 400, "the resource has no owner"),
    (1037, 400, "the title is too long"),
    (1038, 400, "too many attachments"),
    (1039, 400, "the message sender must be plain text"),
    (1040, 400, "the correspondence is read already"),
    (1041, 400, "the correspondence is confirmed already"),
    (1042, 400, "the summary is too long"),
    (1043, 400, "a transmission cannot be purged"),
    (1044, 400, "the recipient has none of the roles that confidential mail needs"),
    (1045, 400, "a transmission has one recipient"),
    (1046, 400, "the recipient is not the party of the dialog"),
    (1047, 400, "an idempotency key is for one recipient only"),
    (1048, 400, "the dialog id is not valid"),
    (1050, 400, "the dialog belongs to another service owner"),
    (1051, 400, "a transmission has neither reply options nor a needed confirmation"),
    (1052, 400, "more than one transmission type"),
    (1053, 400, "a transmission type without a dialog id"),
    (1054, 404, "no such dialog"),
    (1055, 400, "an existing attachment is about to expire"),
    (1060, 400, "the resource is for confidential correspondence only"),
    (1061, 400, "the resource is not for confidential correspondence"),
    (1062, 404, "no unread confidential correspondence"),
    (1063, 400, "the correspondence must not be forwarded"),
    (1064, 400, "the correspondence was forwarded to that address before"),
    (1065, 400, "the correspondence must be read before it is forwarded"),
    (1066, 400, "the forwarding text is too long"),
    (1067, 400, "the forwarding text must be plain text"),
    (1068, 400, "the resource's authentication level forbids forwarding"),
    (1069, 400, "the attachments are too large for forwarding"),
    (2001, 404, "no such attachment"),
    (2002, 502, "the upload failed"),
    (2003, 400, "the attachment is bound to a correspondence"),
    (2004, 400, "the file is empty or too large"),
    (2005, 400, "the attachment was uploaded before"),
    (2006, 400, "the attachment is purged already"),
    (2007, 400, "the attachment is in use"),
    (2008, 400, "the checksum does not fit"),
    (2010, 400, "the file name is missing"),
    (2011, 400, "the file name is too long"),
    (2012, 400, "the file name has forbidden characters"),
    (2013, 400, "the file type is not allowed"),
    (2016, 400, "the attachment belongs to a published correspondence"),
    (2017, 400, "the expiration is too short"),
    (2018, 400, "the attachment is expired"),
    (2019, 400, "the attachment is purged"),
    (2020, 400, "the attachment is expired"),
    (2021, 400, "the file name is reserved"),
    (2023, 400, "the attachments together are too large"),
    (3002, 400, "an e-mail needs subject and body"),
    (3003, 400, "a reminder by e-mail needs subject and body"),
    (3004, 400, "a text message needs a body"),
    (3005, 400, "a reminder by text message needs a body"),
    (3006, 400, "a preferred channel needs texts for both channels"),
    (3007, 400, "a reminder with a preferred channel needs texts for both channels"),
    (3011, 400, "the e-mail address is not valid"),
    (3012, 400, "the mobile number is not valid"),
    (3015, 400, "the recipient's name is not known for a custom recipient"),
    (3017, 400, "custom recipients are for one recipient only"),
    (3018, 400, "a custom recipient has one identifier"),
    (3019, 400, "a custom recipient needs an identifier"),
    (3022, 400, "an override needs custom recipients"),
    (3024, 400, "both channels need their texts"),
    (3025, 400, "a reminder by both channels needs their texts"),
    (3027, 400, "the address is too long"),
    (4001, 401, "no access"),
    (4002, 400, "the caller is not in the register"),
    (4009, 400, "the resource is not for attachments"),
    (4010, 400, "the resource is not for correspondence"),
];
