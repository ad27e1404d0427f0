//! The objects of eInnsyn that are published, and what each is made of.

/// A kind of object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Kind {
    Saksmappe,
    Journalpost,
    Korrespondansepart,
    Skjerming,
    Dokumentbeskrivelse,
    Dokumentobjekt,
    Moetemappe,
    Moetedokument,
    Moetesak,
    Utredning,
    Moetesaksbeskrivelse,
    Vedtak,
    Votering,
    Moetedeltaker,
    Behandlingsprotokoll,
}

/// Members and the kinds of what they hold.
type Parts = &'static [(&'static str, Kind)];

/// What a kind of object is made of, as far as it is published.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shape {
    /// The first segment of its addresses.
    pub(crate) path: &'static str,
    /// Its own members that are written.
    pub(crate) members: &'static [&'static str],
    /// The members that hold one other object.
    pub(crate) ones: Parts,
    /// The members that hold several. Each is also the last segment of the address below which they are made.
    pub(crate) lists: Parts,
}

/// Members whose text can be emptied. What is neither here nor required stays once it was set: eInnsyn has no way to clear it.
pub(crate) const CLEARABLE: &[&str] = &[
    "administrativEnhet",
    "dokumenttype",
    "format",
    "moetedeltakerFunksjon",
    "moetested",
    "skjermingshjemmel",
    "videoLink",
];

/// Members that are moments: the same one is written in several ways.
pub(crate) const MOMENTS: &[&str] = &["moetedato"];

impl Kind {
    pub(crate) const fn shape(self) -> Shape {
        let (path, members, ones, lists): (_, &[&str], Parts, Parts) = match self {
            Self::Saksmappe => (
                "saksmappe",
                &[
                    "offentligTittel",
                    "offentligTittelSensitiv",
                    "saksaar",
                    "sakssekvensnummer",
                    "saksdato",
                    "administrativEnhet",
                ],
                &[],
                &[],
            ),
            Self::Journalpost => (
                "journalpost",
                &[
                    "offentligTittel",
                    "offentligTittelSensitiv",
                    "journalaar",
                    "journalsekvensnummer",
                    "journalpostnummer",
                    "journalposttype",
                    "journaldato",
                    "dokumentetsDato",
                    "administrativEnhet",
                ],
                &[("skjerming", Self::Skjerming)],
                &[("korrespondansepart", Self::Korrespondansepart), ("dokumentbeskrivelse", Self::Dokumentbeskrivelse)],
            ),
            Self::Korrespondansepart => (
                "korrespondansepart",
                &[
                    "korrespondansepartNavn",
                    "korrespondansepartNavnSensitiv",
                    "korrespondanseparttype",
                    "administrativEnhet",
                    "erBehandlingsansvarlig",
                ],
                &[],
                &[],
            ),
            Self::Skjerming => ("skjerming", &["tilgangsrestriksjon", "skjermingshjemmel"], &[], &[]),
            Self::Dokumentbeskrivelse => (
                "dokumentbeskrivelse",
                &["tittel", "tittelSensitiv", "dokumentnummer", "dokumenttype", "tilknyttetRegistreringSom"],
                &[],
                &[("dokumentobjekt", Self::Dokumentobjekt)],
            ),
            Self::Dokumentobjekt => {
                ("dokumentobjekt", &["referanseDokumentfil", "format", "sjekksum", "sjekksumAlgoritme"], &[], &[])
            }
            Self::Moetemappe => (
                "moetemappe",
                &[
                    "offentligTittel",
                    "offentligTittelSensitiv",
                    "moetenummer",
                    "utvalg",
                    "moetedato",
                    "moetested",
                    "videoLink",
                ],
                &[],
                &[("moetedokument", Self::Moetedokument), ("moetesak", Self::Moetesak)],
            ),
            Self::Moetedokument => (
                "moetedokument",
                &["offentligTittel", "offentligTittelSensitiv", "moetedokumenttype"],
                &[],
                &[("dokumentbeskrivelse", Self::Dokumentbeskrivelse)],
            ),
            Self::Moetesak => (
                "moetesak",
                &[
                    "offentligTittel",
                    "offentligTittelSensitiv",
                    "moetesakstype",
                    "moetesaksaar",
                    "moetesakssekvensnummer",
                    "videoLink",
                ],
                &[
                    ("utredning", Self::Utredning),
                    ("innstilling", Self::Moetesaksbeskrivelse),
                    ("vedtak", Self::Vedtak),
                ],
                &[("dokumentbeskrivelse", Self::Dokumentbeskrivelse)],
            ),
            Self::Utredning => (
                "utredning",
                &[],
                &[("saksbeskrivelse", Self::Moetesaksbeskrivelse), ("innstilling", Self::Moetesaksbeskrivelse)],
                &[("utredningsdokument", Self::Dokumentbeskrivelse)],
            ),
            Self::Moetesaksbeskrivelse => ("moetesaksbeskrivelse", &["tekstInnhold", "tekstFormat"], &[], &[]),
            Self::Vedtak => (
                "vedtak",
                &["dato"],
                &[("vedtakstekst", Self::Moetesaksbeskrivelse), ("behandlingsprotokoll", Self::Behandlingsprotokoll)],
                &[("votering", Self::Votering), ("vedtaksdokument", Self::Dokumentbeskrivelse)],
            ),
            Self::Votering => ("votering", &["stemme"], &[("moetedeltaker", Self::Moetedeltaker)], &[]),
            Self::Moetedeltaker => ("moetedeltaker", &["moetedeltakerNavn", "moetedeltakerFunksjon"], &[], &[]),
            Self::Behandlingsprotokoll => ("behandlingsprotokoll", &["tekstInnhold", "tekstFormat"], &[], &[]),
        };
        Shape { path, members, ones, lists }
    }

    /// The paths that show all that hangs below an object of this kind: to its furthest parts, which imply those between.
    pub(crate) fn expand(self) -> Vec<String> {
        let shape = self.shape();
        let mut paths = Vec::new();
        for (name, kind) in shape.ones.iter().chain(shape.lists) {
            let below = kind.expand();
            if below.is_empty() {
                paths.push((*name).to_owned());
            }
            paths.extend(below.iter().map(|path| format!("{name}.{path}")));
        }
        paths
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_that_hangs_below_an_entry_is_asked_for() {
        assert_eq!(
            Kind::Journalpost.expand(),
            ["skjerming", "korrespondansepart", "dokumentbeskrivelse.dokumentobjekt"]
        );
        let meeting = Kind::Moetemappe.expand();
        assert!(meeting.contains(&"moetesak.vedtak.votering.moetedeltaker".to_owned()), "{meeting:?}");
        assert!(meeting.len() <= 100);
    }
}
