//! Namespaces and operations of the interface.

/// The service that shows.
pub(crate) const INNSYN: &str = "http://rep.geointegrasjon.no/Arkiv/Innsyn/xml.wsdl/2012.01.31";
/// The service that changes.
pub(crate) const OPPDATERING: &str = "http://rep.geointegrasjon.no/Arkiv/Oppdatering/xml.wsdl/2012.01.31";
/// Cases and entries.
pub(crate) const KJERNE: &str = "http://rep.geointegrasjon.no/Arkiv/Kjerne/xml.schema/2012.01.31";
/// Case numbers.
pub(crate) const FELLES: &str = "http://rep.geointegrasjon.no/Arkiv/Felles/xml.schema/2012.01.31";
/// Documents.
pub(crate) const DOKUMENT: &str = "http://rep.geointegrasjon.no/Arkiv/Dokument/xml.schema/2012.01.31";
/// Codes.
pub(crate) const KODE: &str = "http://rep.geointegrasjon.no/Felles/Kodeliste/xml.schema/2012.01.31";
/// Contacts.
pub(crate) const KONTAKT: &str = "http://rep.geointegrasjon.no/Felles/Kontakt/xml.schema/2012.01.31";
/// Properties of the land register.
pub(crate) const MATRIKKEL: &str = "http://rep.geointegrasjon.no/Matrikkel/Felles/xml.schema/2012.01.31";
/// Faults and contexts.
pub(crate) const TEKNISK: &str = "http://rep.geointegrasjon.no/Felles/Teknisk/xml.schema/2012.01.31";

/// SOAP 1.1, the one of the definition.
pub(crate) const SOAP_11: &str = "http://schemas.xmlsoap.org/soap/envelope/";
/// SOAP 1.2, which newer tools send.
pub(crate) const SOAP_12: &str = "http://www.w3.org/2003/05/soap-envelope";

macro_rules! operations {
    ($($(#[$doc:meta])* $variant:ident, $namespace:ident;)+) => {
        /// What can be asked for.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Operation {
            $($(#[$doc])* $variant,)+
        }

        impl Operation {
            /// Every operation that this façade does.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The name of the element that asks for it.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => stringify!($variant)),+ }
            }

            pub(crate) const fn namespace(self) -> &'static str {
                match self { $(Self::$variant => $namespace),+ }
            }

            pub(crate) fn read(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|operation| operation.name() == name)
            }
        }
    };
}

operations! {
    /// Opens a case.
    NySaksmappe, OPPDATERING;
    /// Takes a case on in its life cycle.
    OppdaterMappeStatus, OPPDATERING;
    /// Gives a case to another unit or person.
    OppdaterMappeAnsvarlig, OPPDATERING;
    /// Adds a key to a case.
    OppdaterMappeEksternNoekkel, OPPDATERING;
    /// Names properties that a case is about.
    NyMatrikkelnummer, OPPDATERING;
    /// Takes properties away from a case.
    SlettMatrikkelnummer, OPPDATERING;
    /// Names buildings that a case is about.
    NyBygning, OPPDATERING;
    /// Takes buildings away from a case.
    SlettBygning, OPPDATERING;
    /// Registers an entry.
    NyJournalpost, OPPDATERING;
    /// Takes an entry on in its life cycle.
    OppdaterJournalpostStatus, OPPDATERING;
    /// Gives an entry to another unit or person.
    OppdaterJournalpostAnsvarlig, OPPDATERING;
    /// Adds a key to an entry.
    OppdaterJournalpostEksternNoekkel, OPPDATERING;
    /// Adds parties to an entry.
    NyKorrespondansepart, OPPDATERING;
    /// Takes parties away from an entry.
    SlettKorrespondansepart, OPPDATERING;
    /// Signs an entry off.
    NyAvskrivning, OPPDATERING;
    /// Takes sign-offs of an entry back.
    SlettAvskrivning, OPPDATERING;
    /// Attaches a document to an entry.
    NyDokument, OPPDATERING;
    /// Shows a case.
    FinnSaksmapperGittNoekkel, INNSYN;
    /// Shows an entry.
    FinnJournalposterGittNoekkel, INNSYN;
    /// Shows the entries of a case.
    FinnJournalposterGittSaksmappeNoekkel, INNSYN;
    /// Shows the documents of an entry.
    FinnDokumenterGittJournalpostnoekkel, INNSYN;
    /// Shows the documents of a case's entries.
    FinnDokumenterGittSaksnoekkel, INNSYN;
    /// Shows the file of a document.
    HentFil, INNSYN;
    /// Gives the types of documents.
    FinnDokumenttyper, INNSYN;
    /// Gives a code list.
    HentKodeliste, INNSYN;
}
