//! What each operation does at the archive.

use bytes::Bytes;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use sakarkiv_core::{
    case::{Case, CaseAmendment, CaseChange, CaseStatus},
    document::{Document, DocumentVersion, FileFormat},
    identity::{ActorId, DocumentId, UnitId},
    intake::{CaseName, CaseWish, CodeList, Consignment, ConsignmentKey, EntryName, reference},
    journal::{Amendment, AttachedDocument, Change, DocumentRole, EntryStatus, JournalEntry, NewDocument, SignOffKind},
    ports::{ArchiveDesk, ArchiveError, Clock, Entropy, SignOffWish, new_uuid},
    screening::Private,
    text::ExternalKey,
};
use sakarkiv_xml::{
    Element, Writer,
    fields::{FieldError, flag, listed, missing, required, text, value, within},
};

use crate::{
    GeoIntegrasjonSettings, Operation,
    fault::Trouble,
    read::{NewFile, case_facts, case_name, case_of, entry_facts, entry_name, external, items, key_of, new_file},
    soap, write,
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
        let case = |case: Case| soap::envelope(operation, twelve, |out| write::one(out, |out| write::case(out, &case)));
        let entry = |entry: JournalEntry| {
            soap::envelope(operation, twelve, |out| write::one(out, |out| write::entry(out, &entry)))
        };
        match operation {
            Operation::NySaksmappe => self.open_case(request).await.map(case),
            Operation::OppdaterMappeStatus => self.move_case(request).await.map(case),
            Operation::OppdaterMappeAnsvarlig => self.hand_over(request).await.map(case),
            Operation::OppdaterMappeEksternNoekkel => self.key_case(request).await.map(case),
            Operation::NyJournalpost => self.register(request).await.map(entry),
            Operation::OppdaterJournalpostStatus => self.move_entry(request).await.map(entry),
            Operation::OppdaterJournalpostEksternNoekkel => self.key_entry(request).await.map(entry),
            Operation::NyAvskrivning => self.sign_off(request).await.map(entry),
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
                Ok(soap::envelope(operation, twelve, |out| write::many(out, "k", &found, write::entry)))
            }
            Operation::FinnJournalposterGittSaksmappeNoekkel => {
                let case = self.desk.case(&case_name(within(request, "nokkel")?)?).await?;
                let entries = self.desk.entries(case.id()).await?;
                Ok(soap::envelope(operation, twelve, |out| write::many(out, "k", &entries, write::entry)))
            }
            Operation::FinnDokumenterGittJournalpostnoekkel => self.documents(operation, request, twelve).await,
            Operation::HentKodeliste => {
                let values = self.desk.codes(code_list(required(request, "kodelistenavn")?)?).await?;
                Ok(soap::envelope(operation, twelve, |out| write::many(out, "c", &values, write::code_value)))
            }
        }
    }

    async fn open_case(&self, request: &Element) -> Result<Case, Trouble> {
        let case = within(request, "mappe")?;
        let facts = case_facts(case)?;
        let key = external(case, "referanseEksternNoekkel", reference::CASE)?;
        let mut consignment = self.consignment("NySaksmappe", key.as_ref())?;
        consignment.facts = facts;
        consignment.case = key.map_or(CaseWish::New, |key| CaseWish::FindOrNew(CaseName::Key(key)));
        let receipt = self.desk.hand_in(&consignment).await?;
        Ok(self.desk.case(&CaseName::Id(receipt.case.id)).await?)
    }

    async fn register(&self, request: &Element) -> Result<JournalEntry, Trouble> {
        let entry = within(request, "journalpost")?;
        let facts = entry_facts(entry)?;
        let mut consignment = self.consignment("NyJournalpost", facts.key.as_ref())?;
        consignment.case = CaseWish::Existing(case_of(entry)?);
        consignment.entries.push(facts);
        let receipt = self.desk.hand_in(&consignment).await?;
        let registered = receipt.entries.first().ok_or(ArchiveError::Internal)?;
        Ok(self.desk.entry(&EntryName::Id(registered.id)).await?)
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

    async fn move_case(&self, request: &Element) -> Result<Case, Trouble> {
        let case = self.desk.case(&case_name(within(request, "saksnokkel")?)?).await?;
        let status = listed(request, "saksstatuskode", CaseStatus::from_noark)?;
        let status = match status.ok_or_else(|| missing(request, "saksstatuskode"))? {
            // A specialist system says that it is done; the archive closes the case.
            CaseStatus::Closed => CaseStatus::HandlerClosed,
            status => status,
        };
        if case.status() != status && case.status() != CaseStatus::Closed {
            self.desk.move_case(case.id(), status).await?;
        }
        Ok(self.desk.case(&CaseName::Id(case.id())).await?)
    }

    async fn hand_over(&self, request: &Element) -> Result<Case, Trouble> {
        let case = self.desk.case(&case_name(within(request, "saksnokkel")?)?).await?;
        let unit = text(request, "nyAdministrativEnhetKode").map(|unit| UnitId::new(unit.to_lowercase())).transpose();
        let unit = unit.map_err(|_| value(request, "nyAdministrativEnhetKode", "a code that the archive knows"))?;
        let handler = text(request, "nySaksbehandlerInit").map(|name| ActorId::new(name.to_lowercase())).transpose();
        let handler = handler.map_err(|_| value(request, "nySaksbehandlerInit", "a user that the archive knows"))?;
        let unit = unit.filter(|unit| unit != case.unit()).map(CaseChange::Unit);
        let handler = handler.filter(|handler| Some(handler) != case.case_handler());
        let changes: Vec<CaseChange> =
            unit.into_iter().chain(handler.map(|handler| CaseChange::CaseHandler(Some(handler)))).collect();
        self.amend_case(&case, changes).await
    }

    async fn key_case(&self, request: &Element) -> Result<Case, Trouble> {
        let case = self.desk.case(&case_name(within(request, "saksnokkel")?)?).await?;
        let key = key_of(within(request, "nokkel")?, reference::CASE)?;
        let keys = with_key(case.external_keys(), key).map(CaseChange::ExternalKeys);
        self.amend_case(&case, keys.into_iter().collect()).await
    }

    async fn amend_case(&self, case: &Case, changes: Vec<CaseChange>) -> Result<Case, Trouble> {
        let mut changes = changes.into_iter();
        if let Some(first) = changes.next() {
            self.desk.amend_case(case.id(), changes.fold(CaseAmendment::new(first), CaseAmendment::and)).await?;
        }
        Ok(self.desk.case(&CaseName::Id(case.id())).await?)
    }

    async fn move_entry(&self, request: &Element) -> Result<JournalEntry, Trouble> {
        let entry = self.desk.entry(&entry_name(within(request, "journalpostnokkel")?)?).await?;
        let status = listed(request, "journalstatus", EntryStatus::from_noark)?;
        let status = status.ok_or_else(|| missing(request, "journalstatus"))?;
        if entry.status() != status {
            self.desk.move_entry(entry.id(), status).await?;
        }
        Ok(self.desk.entry(&EntryName::Id(entry.id())).await?)
    }

    async fn key_entry(&self, request: &Element) -> Result<JournalEntry, Trouble> {
        let entry = self.desk.entry(&entry_name(within(request, "journalpostnokkel")?)?).await?;
        let key = key_of(within(request, "nokkel")?, reference::ENTRY)?;
        if let Some(keys) = with_key(entry.external_keys(), key) {
            self.desk.amend_entry(entry.id(), Amendment::new(Change::ExternalKeys(keys))).await?;
        }
        Ok(self.desk.entry(&EntryName::Id(entry.id())).await?)
    }

    async fn sign_off(&self, request: &Element) -> Result<JournalEntry, Trouble> {
        let entry = self.desk.entry(&entry_name(within(request, "journalnokkel")?)?).await?;
        for sign_off in items(request, "avskrivning") {
            let how = listed(sign_off, "avskrivningsmaate", SignOffKind::from_noark)?;
            let how = how.ok_or_else(|| missing(sign_off, "avskrivningsmaate"))?;
            let answered_by = match external(sign_off, "referanseAvskrivesAvEksternNoekkel", reference::ENTRY)? {
                Some(key) => Some(self.desk.entry(&EntryName::Key(key)).await?.id()),
                None => None,
            };
            if !entry.sign_offs().iter().any(|done| done.how() == how) {
                self.desk.sign_off(entry.id(), SignOffWish { how, answered_by, party: None }).await?;
            }
        }
        Ok(self.desk.entry(&EntryName::Id(entry.id())).await?)
    }

    /// Attaches a document. One with the same bytes that the entry has already is taken as this one, sent again.
    async fn attach(&self, request: &Element) -> Result<(JournalEntry, DocumentId), Trouble> {
        let element = within(request, "dokument")?;
        let file = new_file(element)?;
        let entry = self.desk.entry(&EntryName::Id(entry_id(element)?)).await?;
        let limit = u64::try_from(self.settings.max_call).unwrap_or(u64::MAX);
        let content = stream::iter([Ok(Bytes::from(file.content.clone()))]).boxed();
        let blob = self.desk.put(content, limit).await?;
        let same = entry.documents().iter().map(|attached| &attached.document);
        let mut same = same.filter(|document| document.versions().iter().any(|version| version.content == blob));
        if let Some(known) = same.next() {
            let id = known.id();
            return Ok((entry, id));
        }
        let has_main = entry.documents().iter().any(|attached| attached.role == DocumentRole::Main);
        let id = DocumentId::from_uuid(new_uuid(self.clock.now(), self.entropy));
        let change = self.attachment(id, file, blob, has_main)?;
        self.desk.amend_entry(entry.id(), Amendment::new(change)).await?;
        Ok((self.desk.entry(&EntryName::Id(entry.id())).await?, id))
    }

    fn attachment(
        &self,
        id: DocumentId,
        file: NewFile,
        content: sakarkiv_core::document::BlobRef,
        has_main: bool,
    ) -> Result<Change, Trouble> {
        let at = self.clock.now();
        // Stands for the service user, whom the archive knows and puts in its place.
        let by = ActorId::new(self.desk.source().as_str()).map_err(|_| ArchiveError::Internal)?;
        let title = file.title.unwrap_or_else(|| Private::from(file.name.as_str()));
        let version = DocumentVersion {
            number: 1,
            variant: file.variant,
            format: FileFormat::unknown(),
            media_type: file.media_type,
            file_name: file.name,
            content,
            created: at,
            created_by: by.clone(),
        };
        let document = Document::new(id, title).map(|document| document.of_kind(file.kind.unwrap_or_default()));
        let document = document.and_then(|document| document.with_version(version));
        let document = document.map_err(|error| ArchiveError::NotAllowed(error.to_string()))?.finished();
        let role = file.role.unwrap_or(if has_main { DocumentRole::Attachment } else { DocumentRole::Main });
        Ok(Change::Attach { document: NewDocument { role, document }, at, by })
    }

    async fn documents(&self, operation: Operation, request: &Element, twelve: bool) -> Result<String, Trouble> {
        let entry = self.desk.entry(&entry_name(within(request, "journpostnokkel")?)?).await?;
        let with_files = flag(request, "returnerFil")?;
        let mut shown: Vec<(&AttachedDocument, Option<Vec<u8>>)> = Vec::new();
        let mut left = self.settings.max_shown;
        for attached in entry.documents() {
            let size = attached.document.current().map(|version| version.content.size);
            let most = self.settings.max_shown_file.min(left);
            let content = match size.filter(|size| with_files && *size <= most) {
                Some(size) => {
                    left -= size;
                    Some(self.content(&entry, attached).await?)
                }
                None => None,
            };
            shown.push((attached, content));
        }
        Ok(soap::envelope(operation, twelve, |out: &mut Writer| {
            write::many(out, "d", &shown, |out, (attached, content)| {
                write::document(out, &entry, attached, content.as_deref());
            });
        }))
    }

    async fn content(&self, entry: &JournalEntry, attached: &AttachedDocument) -> Result<Vec<u8>, Trouble> {
        let open = self.desk.open(entry.id(), attached.document.id(), None).await?;
        let pieces: Vec<Bytes> = open.content.try_collect().await.map_err(ArchiveError::from)?;
        Ok(pieces.concat())
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

fn entry_id(document: &Element) -> Result<sakarkiv_core::identity::EntryId, FieldError> {
    let id = sakarkiv_xml::fields::uuid(document, "referanseJournalpostSystemID")?;
    let id = id.ok_or_else(|| missing(document, "referanseJournalpostSystemID"))?;
    Ok(sakarkiv_core::identity::EntryId::from_uuid(id))
}

/// The keys with one more; nothing when it is there already.
fn with_key(keys: &[ExternalKey], key: ExternalKey) -> Option<Vec<ExternalKey>> {
    (!keys.contains(&key)).then(|| keys.iter().cloned().chain([key]).collect())
}

/// A key may be a birth number, and the key of a consignment stands in logs.
fn digest(key: &ExternalKey) -> String {
    use sha2::{Digest as _, Sha256};
    let text = format!("{}\n{}\n{}", key.system, key.kind, key.value.expose());
    Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn code_list(name: &str) -> Result<CodeList, Trouble> {
    match name.to_lowercase().as_str() {
        "mappetype" => Ok(CodeList::CaseKinds),
        "saksstatus" => Ok(CodeList::CaseStatuses),
        "journalposttype" => Ok(CodeList::EntryKinds),
        "journalstatus" => Ok(CodeList::EntryStatuses),
        "dokumenttype" => Ok(CodeList::DocumentTypes),
        "dokumentstatus" => Ok(CodeList::DocumentStatuses),
        "tilknyttetregistreringsom" => Ok(CodeList::DocumentRoles),
        "variantformat" => Ok(CodeList::Variants),
        "korrespondanseparttype" => Ok(CodeList::PartyRoles),
        "avskrivningsmaate" => Ok(CodeList::SignOffKinds),
        "tilgangsrestriksjon" => Ok(CodeList::AccessCodes),
        _ => Err(Trouble::Unsupported { what: "a code list of this name" }),
    }
}
