//! Deliveries that tests begin with.

use serde_json::{Value, json};

/// A test organisation.
pub(crate) const EMPLOYER: &str = "310000027";

/// SHA-256 of the bytes `liste` and `soeknad`.
pub(crate) fn hash_of(bytes: &[u8]) -> String {
    sakarkiv_core::document::ContentHash::of(bytes).to_string()
}

/// An extended list and one application, of two applicants, the second of whom is left out of the public list.
pub(crate) fn delivery() -> Value {
    json!({
        "kontrakt": "rekruttering-leveranse/v1",
        "leveranseId": "jn-4711-000003",
        "hendelse": "dokument.klart",
        "sekvens": 3,
        "tidspunkt": "2026-03-02T08:15:00+01:00",
        "virksomhet": {"organisasjonsnummer": EMPLOYER, "enhetskode": "OPPV", "enhetsnavn": "Oppvekst"},
        "sak": {
            "eksternId": "stilling/4711", "referanse": "4711", "stillingstittel": "Barnehagelærer", "antallStillinger": 2,
            "arbeidssted": "Solbakken barnehage", "soeknadsfrist": "2026-03-01", "publisertFra": "2026-02-02",
            "saksansvarlig": {"brukernavn": "KNO", "navn": "Kari Prøve"}
        },
        "soekere": [
            {"soekerId": "1", "navn": "Ola Dunk", "alder": 31, "kjoenn": "mann", "naavaerendeStilling": "Barnehagelærer",
             "kommune": "Drammen", "unntakOffentlighet": "ikke-bedt", "status": "aktiv"},
            {"soekerId": "2", "kjoenn": "kvinne", "unntakOffentlighet": "innvilget", "status": "ansatt"}
        ],
        "dokumenter": [
            {"dokumentId": "liste", "versjon": 1, "dokumenttype": "utvidet-soekerliste", "retning": "internt",
             "tittel": "Utvidet søkerliste - barnehagelærer - st.ref. 4711", "dokumentdato": "2026-03-02",
             "fil": {"filnavn": "Utvidet søkerliste.pdf", "mimetype": "application/pdf", "stoerrelse": 5,
                     "sha256": hash_of(b"liste")}},
            {"dokumentId": "soeknad-2", "versjon": 1, "dokumenttype": "soeknad", "soekerId": "2",
             "tittel": "Søknad fra Eva Skjult", "dokumentdato": "2026-02-20",
             "fil": {"filnavn": "soknad.pdf", "mimetype": "application/pdf", "stoerrelse": 7,
                     "sha256": hash_of(b"soeknad")}}
        ]
    })
}
