//! GeoIntegrasjon Arkiv 1.1 (GI-arkiv) for sakarkiv (R8.5): a SOAP façade for specialist systems that speak it.
//!
//! [`GeoIntegrasjon`] is an axum router to mount. Calls are SOAP 1.1, as the definition has it, or 1.2; callers log in with
//! Basic or with a WS-Security `UsernameToken`, or a gateway names them; what goes wrong is answered with the interface's
//! own faults. An [operation](Operation) that is not done is answered with an `ImplementationFault`.
//!
//! | operation | done |
//! |---|---|
//! | `NySaksmappe`, `OppdaterMappeStatus`, `OppdaterMappeAnsvarlig`, `OppdaterMappeEksternNoekkel` | a case is opened, moved on, handed over, known by one more key |
//! | `NyMatrikkelnummer`, `SlettMatrikkelnummer`, `NyBygning`, `SlettBygning` | the properties and buildings that a case is found by, as those of `NySaksmappe` |
//! | `NyJournalpost`, `OppdaterJournalpostStatus`, `OppdaterJournalpostAnsvarlig`, `OppdaterJournalpostEksternNoekkel` | an entry is registered, moved on, handed over, known by one more key |
//! | `NyKorrespondansepart`, `SlettKorrespondansepart` | parties of an entry, as far as its locks and sign-offs let them |
//! | `NyAvskrivning`, `SlettAvskrivning` | an entry is signed off, its answer named by an external key; a sign-off is taken back |
//! | `NyDokument` | a document is attached, its file inside the call |
//! | `FinnSaksmapperGittNoekkel` | a case |
//! | `FinnJournalposterGittNoekkel`, `FinnJournalposterGittSaksmappeNoekkel` | entries: with `returnerAvskrivning` their sign-offs too, with `returnerKorrespondansepart` false no parties |
//! | `FinnDokumenterGittJournalpostnoekkel`, `FinnDokumenterGittSaksnoekkel` | documents: with `returnerFil` their files too, as far as the bounds of an answer and the service user's rights go |
//! | `HentFil` | the file of a document, by the `systemID` that the document is shown with, up to the bound of a file |
//! | `FinnDokumenttyper`, `HentKodeliste` | code lists; the types of documents are the same for every case |
//! | `FinnSaksmapper`, `FinnJournalposter`, `FinnDokumenter` | no: the types of their search terms are published nowhere under a licence |
//! | `FinnJournalpostRestanser`, `FinnJournalposterUnderArbeid` | no: nor is that of their `ansvarlig` |
//! | `OppdaterPlan`, `NyPunkt`, `SlettPunkt` | no: the archive keeps no plans and no points, and `NySaksmappe` reads none |
//! | `NySakspart`, `SlettSakspart` | no: a case here has no parties of its own, its entries have |
//! | `NySaksmappeMerknad`, `SlettSaksmappeMerknad`, `NyJournalpostMerknad`, `SlettJournalpostMerknad` | no: the archive keeps no remarks |
//! | `NySaksmappeTilleggsinformasjon`, `SlettSaksmappeTilleggsinformasjon`, `NyJournalpostTilleggsinformasjon`, `SlettJournalpostTilleggsinformasjon` | no: nor additional information |
//!
//! An entry comes before its documents here, so the rules of a source that uses the façade must take
//! [entries without documents](sakarkiv_core::intake::EntryRule::without_documents).
#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod desk;
mod fault;
mod names;
mod read;
mod service;
mod soap;
mod write;

pub use names::Operation;
pub use service::{GeoIntegrasjon, GeoIntegrasjonBuilder, GeoIntegrasjonSettings, INNSYN_PATH, OPPDATERING_PATH};
