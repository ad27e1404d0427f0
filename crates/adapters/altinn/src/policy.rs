//! What a message service is by its policy. Nothing in the resource itself says that it is confidential; the rights in its
//! policy do.

use std::fmt;

use http::Method;
use sakarkiv_core::ports::PortError;
use sakarkiv_http::{Operation, TokenRequest};
use serde::Deserialize;

use crate::api::{Api, Call, Service};

/// What the policy makes of a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Open to holders of the register's roles.
    Ordinary,
    /// Open to holders of the access package for confidential mail.
    Confidential,
    /// Open to those who were given this very service.
    Explicit,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ordinary => "ordinary",
            Self::Confidential => "confidential by its access package",
            Self::Explicit => "confidential by explicit access",
        })
    }
}

#[derive(Debug, Deserialize)]
struct Right {
    #[serde(default)]
    subjects: Vec<Subject>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Subject {
    #[serde(default)]
    subject_attributes: Vec<Attribute>,
}

#[derive(Debug, Deserialize)]
struct Attribute {
    #[serde(rename = "type")]
    kind: String,
    value: String,
}

/// The access package for confidential mail.
pub(crate) const CONFIDENTIAL_PACKAGE: &str = "post-til-virksomheten-med-taushetsbelagt-innhold";
const EXPLICIT_PACKAGE: &str = "eksplisitt";
const PACKAGE: &str = "urn:altinn:accesspackage";

/// Asks the Resource Registry.
pub(crate) async fn kind_of(
    api: &Api,
    wanted: &TokenRequest,
    resource: &str,
    operation: &Operation,
) -> Result<Kind, PortError> {
    let path = ["resource", resource, "policy", "rights"];
    let call = Call::new(*operation, &Method::GET, &path).of(Service::ResourceRegistry);
    api.json::<Vec<Right>>(wanted, &call).await.map(|rights| read(&rights))
}

fn read(rights: &[Right]) -> Kind {
    let attributes = || rights.iter().flat_map(|right| &right.subjects).flat_map(|subject| &subject.subject_attributes);
    let grants = |package: &str| attributes().any(|one| one.kind == PACKAGE && one.value == package);
    if grants(CONFIDENTIAL_PACKAGE) {
        Kind::Confidential
    } else if grants(EXPLICIT_PACKAGE) {
        Kind::Explicit
    } else {
        Kind::Ordinary
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_package_in_the_policy_decides() {
        for (package, kind) in [
            (CONFIDENTIAL_PACKAGE, Kind::Confidential),
            (EXPLICIT_PACKAGE, Kind::Explicit),
            ("ordinaer-post-til-virksomheten", Kind::Ordinary),
        ] {
            let rights = json!([
                {"action": {"type": "x", "value": "write"}, "subjects": []},
                {"subjects": [{"subjectAttributes": [{"type": PACKAGE, "value": package}]}], "rightKey": "a;read"},
                {},
            ]);
            assert_eq!(read(&serde_json::from_value::<Vec<Right>>(rights).unwrap()), kind);
        }
        let elsewhere =
            json!([{"subjects": [{"subjectAttributes": [{"type": "urn:altinn:org", "value": CONFIDENTIAL_PACKAGE}]}]}]);
        assert_eq!(read(&serde_json::from_value::<Vec<Right>>(elsewhere).unwrap()), Kind::Ordinary);
    }
}
