//! What each operation does at the archive.

mod cases;
mod documents;
mod entries;

use sakarkiv_core::{
    case::Case,
    intake::{CodeList, CodeValue, Consignment, ConsignmentKey},
    journal::JournalEntry,
    ports::{ArchiveDesk, ArchiveError, Clock, Entropy, new_uuid},
    text::ExternalKey,
};
use sakarkiv_xml::{
    Element,
    fields::{required, within},
};

use crate::{
    GeoIntegrasjonSettings, Operation,
    fault::Trouble,
    read::{case_name, entry_name},
    soap,
    write::{self, EntryParts},
};

/// One caller's desk.
pub(crate) struct Desk<'a> {
    pub(crate) desk: &'a dyn ArchiveDesk,
    pub(crate) clock: &'a dyn Clock,
    pub(crate) entropy: &'a dyn Entropy,
    pub(crate) settings: &'a GeoIntegrasjonSettings,
}

impl Desk<'_> {
    /// Does what is asked and writes the answer.
    pub(crate) async fn answer(
        &self,
        operation: Operation,
        request: &Element,
        twelve: bool,
    ) -> Result<String, Trouble> {
        let done = |()| soap::envelope(operation, twelve, |_| ());
        let case = |case: Case| soap::envelope(operation, twelve, |out| write::one(out, |out| write::case(out, &case)));
        let entry = |entry: JournalEntry| {
            let parts = EntryParts::default();
            soap::envelope(operation, twelve, |out| write::one(out, |out| write::entry(out, &entry, &parts)))
        };
        match operation {
            Operation::NySaksmappe => self.open_case(request).await.map(case),
            Operation::OppdaterMappeStatus => self.move_case(request).await.map(case),
            Operation::OppdaterMappeAnsvarlig => self.hand_case_over(request).await.map(case),
            Operation::OppdaterMappeEksternNoekkel => self.key_case(request).await.map(case),
            Operation::NyMatrikkelnummer => self.add_properties(request).await.map(done),
            Operation::SlettMatrikkelnummer => self.remove_properties(request).await.map(done),
            Operation::NyBygning => self.add_buildings(request).await.map(done),
            Operation::SlettBygning => self.remove_buildings(request).await.map(done),
            Operation::NyJournalpost => self.register(request).await.map(entry),
            Operation::OppdaterJournalpostStatus => self.move_entry(request).await.map(done),
            Operation::OppdaterJournalpostAnsvarlig => self.hand_entry_over(request).await.map(entry),
            Operation::OppdaterJournalpostEksternNoekkel => self.key_entry(request).await.map(entry),
            Operation::NyKorrespondansepart => self.add_parties(request).await.map(done),
            Operation::SlettKorrespondansepart => self.remove_parties(request).await.map(done),
            Operation::NyAvskrivning => self.sign_off(request).await.map(done),
            Operation::SlettAvskrivning => self.undo_sign_offs(request).await.map(done),
            Operation::NyDokument => {
                let (entry, document) = self.attach(request).await?;
                let Some(attached) = entry.documents().iter().find(|attached| attached.document.id() == document)
                else {
                    return Err(ArchiveError::Internal.into());
                };
                Ok(soap::envelope(operation, twelve, |out| {
                    write::one(out, |out| write::document(out, &entry, attached, None));
                }))
            }
            Operation::FinnSaksmapperGittNoekkel => {
                let found = found(self.desk.case(&case_name(within(request, "nokkel")?)?).await)?;
                Ok(soap::envelope(operation, twelve, |out| write::many(out, "k", &found, write::case)))
            }
            Operation::FinnJournalposterGittNoekkel => {
                let found = found(self.desk.entry(&entry_name(within(request, "nokkel")?)?).await)?;
                self.entries(operation, request, &found, twelve).await
            }
            Operation::FinnJournalposterGittSaksmappeNoekkel => {
                let case = self.desk.case(&case_name(within(request, "nokkel")?)?).await?;
                let entries = self.desk.entries(case.id()).await?;
                self.entries(operation, request, &entries, twelve).await
            }
            Operation::FinnDokumenterGittJournalpostnoekkel => {
                let entry = self.desk.entry(&entry_name(within(request, "journpostnokkel")?)?).await?;
                self.documents(operation, request, &[entry], twelve).await
            }
            Operation::FinnDokumenterGittSaksnoekkel => {
                let case = self.desk.case(&case_name(within(request, "saksnokkel")?)?).await?;
                let entries = self.desk.entries(case.id()).await?;
                self.documents(operation, request, &entries, twelve).await
            }
            Operation::HentFil => self.file(operation, request, twelve).await,
            Operation::FinnDokumenttyper => {
                let values = self.desk.codes(CodeList::DocumentTypes).await?;
                Ok(codes(operation, twelve, "d", &values))
            }
            Operation::HentKodeliste => {
                let values = self.desk.codes(code_list(required(request, "kodelistenavn")?)?).await?;
                Ok(codes(operation, twelve, "c", &values))
            }
        }
    }

    /// A consignment of one call. Under a key of the caller's it is the same however often the call is made.
    fn consignment(&self, operation: &str, key: Option<&ExternalKey>) -> Result<Consignment, Trouble> {
        let name = match key {
            Some(key) => format!("{operation}/{}", digest(key)),
            None => format!("{operation}/{}", new_uuid(self.clock.now(), self.entropy)),
        };
        let key = ConsignmentKey::new(&name).map_err(|_| ArchiveError::Internal)?;
        Ok(Consignment::new(self.desk.source().clone(), key))
    }
}

/// What a search by key found: one, or none, which is no error.
fn found<T>(found: Result<T, ArchiveError>) -> Result<Vec<T>, ArchiveError> {
    match found {
        Ok(found) => Ok(vec![found]),
        Err(ArchiveError::NotFound { .. }) => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

/// The keys with those that are not among them yet; nothing when all are.
fn with_keys(keys: &[ExternalKey], new: impl IntoIterator<Item = ExternalKey>) -> Option<Vec<ExternalKey>> {
    let mut all = keys.to_vec();
    for key in new {
        if !all.contains(&key) {
            all.push(key);
        }
    }
    (all.len() > keys.len()).then_some(all)
}

/// A key may be a birth number, and the key of a consignment stands in logs.
fn digest(key: &ExternalKey) -> String {
    use sha2::{Digest as _, Sha256};
    let text = format!("{}\n{}\n{}", key.system, key.kind, key.value.expose());
    Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The values of a code list, in a list of the namespace with this prefix.
fn codes(operation: Operation, twelve: bool, prefix: &str, values: &[CodeValue]) -> String {
    soap::envelope(operation, twelve, |out| write::many(out, prefix, values, write::code_value))
}

fn code_list(name: &str) -> Result<CodeList, Trouble> {
    CodeList::of_field(name).ok_or(Trouble::Unsupported { what: "a code list of this name" })
}
