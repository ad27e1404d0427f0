//! Our samples and requests against the published definitions, so that the other tests do not test an interface of our own.

use sakarkiv_testkit::definitions::Definition;
use serde_json::json;

use super::doubles::{v1, v2};

#[test]
fn samples_and_requests_have_the_shape_of_the_published_definitions() {
    for (file, sample, requests) in [
        (
            "own/svarinn-v2.openapi.yaml",
            v2(),
            vec![
                ("Statusoppdatering", json!({"status": "MOTTATT"})),
                ("Statusoppdatering", json!({"status": "FEILET", "feil": {"feilmelding": "x", "permanent": false}})),
            ],
        ),
        ("own/svarinn-v1.openapi.yaml", v1(), vec![("ImportFeil", json!({"feilmelding": "x", "permanent": false}))]),
    ] {
        let Some(definition) = Definition::published("svarut", file) else { continue };
        for (schema, value) in [("Forsendelse", sample)].into_iter().chain(requests) {
            assert_eq!(definition.problems(schema, &value), [""; 0], "{value:#}");
        }
    }
}
