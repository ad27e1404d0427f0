use std::fmt;

/// What comes before every kind of message of version 1.
const PREFIX: &str = "no.ks.fiks.arkiv.v1.";
/// How `meldingstyper.json` spells it in eight places.
const MISSPELT: &str = "no.ks.fik.arkiv.v1.";

macro_rules! kinds {
    ($($(#[$doc:meta])* $variant:ident = $tail:literal, $payload:expr;)+) => {
        /// What a message is about (meldingstype). Open: a kind that is not known here keeps its own name, and is answered
        /// with an error message rather than lost.
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum MessageKind {
            $($(#[$doc])* $variant,)+
            /// Any other, by its whole name.
            Other(String),
        }

        impl MessageKind {
            /// Every kind that is known here.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The name, as it is written on the wire.
            #[must_use]
            pub fn name(&self) -> String {
                match self {
                    $(Self::$variant => format!("{PREFIX}{}", $tail),)+
                    Self::Other(name) => name.clone(),
                }
            }

            /// The name of the file that its XML comes in, where it has any. Only for writing: a partner may name it
            /// otherwise, so what is read is found by its root element.
            #[must_use]
            pub const fn payload(&self) -> Option<&'static str> {
                match self {
                    $(Self::$variant => $payload,)+
                    Self::Other(_) => None,
                }
            }

            /// Reads a name, with either spelling of the protocol's.
            #[must_use]
            pub fn read(name: &str) -> Self {
                let name = name.trim();
                match name.strip_prefix(PREFIX).or_else(|| name.strip_prefix(MISSPELT)) {
                    $(Some($tail) => Self::$variant,)+
                    _ => Self::Other(name.to_owned()),
                }
            }
        }
    };
}

kinds! {
    /// Create a case, an entry, or both (arkivmelding).
    Create = "arkivering.arkivmelding.opprett", Some("arkivmelding.xml");
    /// We have it and shall look at it.
    CreateTaken = "arkivering.arkivmelding.opprett.mottatt", None;
    /// What it became.
    CreateReceipt = "arkivering.arkivmelding.opprett.kvittering", Some("arkivmelding-kvittering.xml");
    /// Change a case, an entry or a document.
    Update = "arkivering.arkivmelding.oppdater", Some("arkivmelding.xml");
    /// We have it and shall look at it.
    UpdateTaken = "arkivering.arkivmelding.oppdater.mottatt", None;
    /// It is changed.
    UpdateReceipt = "arkivering.arkivmelding.oppdater.kvittering", None;
    /// Add a rendering (dokumentobjekt) to a document.
    AddFile = "arkivering.dokumentobjekt.opprett", Some("dokumentobjekt-opprett.xml");
    /// We have it and shall look at it.
    AddFileTaken = "arkivering.dokumentobjekt.opprett.mottatt", None;
    /// It is added.
    AddFileReceipt = "arkivering.dokumentobjekt.opprett.kvittering", Some("dokumentobjekt-kvittering.xml");
    /// Sign an entry off (avskrivning).
    SignOff = "arkivering.avskrivning.opprett", Some("avskrivning-opprett.xml");
    /// We have it and shall look at it.
    SignOffTaken = "arkivering.avskrivning.opprett.mottatt", None;
    /// It is signed off.
    SignOffReceipt = "arkivering.avskrivning.opprett.kvittering", None;
    /// Take a sign-off back.
    UndoSignOff = "arkivering.avskrivning.slett", Some("avskrivning-slett.xml");
    /// We have it and shall look at it.
    UndoSignOffTaken = "arkivering.avskrivning.slett.mottatt", None;
    /// It is taken back.
    UndoSignOffReceipt = "arkivering.avskrivning.slett.kvittering", None;
    /// Show a case (mappe).
    GetCase = "innsyn.mappe.hent", Some("mappe-hent.xml");
    /// The case.
    CaseResult = "innsyn.mappe.hent.resultat", Some("resultat.xml");
    /// Show an entry (registrering).
    GetEntry = "innsyn.registrering.hent", Some("registrering-hent.xml");
    /// The entry.
    EntryResult = "innsyn.registrering.hent.resultat", Some("resultat.xml");
    /// Give a document file.
    GetFile = "innsyn.dokumentfil.hent", Some("dokumentfil-hent.xml");
    /// The file itself.
    FileResult = "innsyn.dokumentfil.hent.resultat", None;
    /// Find cases, entries or documents.
    Search = "innsyn.sok", Some("sok.xml");
    /// What was found, keys alone.
    SearchKeys = "innsyn.sok.resultat.noekler", Some("resultat.xml");
    /// What was found, in short.
    SearchMinimum = "innsyn.sok.resultat.minimum", Some("resultat.xml");
    /// What was found, in full.
    SearchExtended = "innsyn.sok.resultat.utvidet", Some("resultat.xml");
    /// Give a code list.
    GetCodeList = "innsyn.kodeliste.hent", Some("kodeliste-hent.xml");
    /// The code list.
    CodeListResult = "innsyn.kodeliste.hent.resultat", Some("resultat.xml");
    /// The request cannot be met as it is (like 400).
    Invalid = "feilmelding.ugyldigforespoersel", Some("feilmelding.xml");
    /// What is asked for is not there (like 404).
    NotFound = "feilmelding.ikkefunnet", Some("feilmelding.xml");
    /// The archive failed; the same request may pass later (like 500).
    ServerError = "feilmelding.serverfeil", Some("feilmelding.xml");
}

impl MessageKind {
    /// Whether it asks something of the archive, and so is to be answered.
    #[must_use]
    pub const fn is_request(&self) -> bool {
        matches!(
            self,
            Self::Create
                | Self::Update
                | Self::AddFile
                | Self::SignOff
                | Self::UndoSignOff
                | Self::GetCase
                | Self::GetEntry
                | Self::GetFile
                | Self::Search
                | Self::GetCodeList
        )
    }
}

impl fmt::Display for MessageKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_read_back_and_an_unknown_one_is_kept() {
        for kind in MessageKind::ALL {
            assert_eq!(MessageKind::read(&kind.name()), *kind);
        }
        let other = "no.ks.fiks.arkiv.v2.arkivering.arkivmelding.opprett";
        assert_eq!(MessageKind::read(other), MessageKind::Other(other.to_owned()));
        assert_eq!(MessageKind::read("no.ks.fik.arkiv.v1.feilmelding.ugyldigforespoersel"), MessageKind::Invalid);
        assert_eq!(MessageKind::ALL.iter().filter(|kind| kind.is_request()).count(), 10);
    }
}
