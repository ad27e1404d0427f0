//! Extended requests and their decisions as journal entries (R2.5).

use bytes::Bytes;
use futures_util::{StreamExt, stream};
use sakarkiv_core::{
    access::{AccessRequest, Confirmation, Grant},
    audit::{Activity, ObjectRef},
    case::{CaseKind, NewCase},
    document::{Document, DocumentError, DocumentMarks, DocumentVersion, FileFormat, FileName, MediaType, Variant},
    identity::{CaseId, DocumentId, EntryId},
    journal::{EntryKind, EntryStatus, NewDocument, NewEntry},
    ports::{Op, PortError, PortErrorKind, Remembered},
    screening::Private,
};

use super::{AccessDesk, AccessError};
use crate::registration::norwegian_year;

impl AccessDesk<'_, '_> {
    /// Archives a judged request and its decision in this year's case of the archive for access, and says under which ids.
    /// Only few may read them: they tell who needs to know what.
    pub(super) async fn archive_decision(
        &self,
        request: &AccessRequest,
        grant: Option<&Grant>,
        reason: &Private<String>,
        ops: &mut Vec<Op>,
    ) -> Result<Confirmation, AccessError> {
        let case = self.access_case(ops).await?;
        let asked = self.entry(case, "Forespørsel om tilgang", request_text(request), ops).await?;
        let decided = self.entry(case, "Avgjørelse om tilgang", decision_text(request, grant, reason), ops).await?;
        Ok(Confirmation { request: asked, decision: decided })
    }

    /// A grant that counts: confirmed where request and decision were archived.
    pub(super) fn counting(&self, grant: Grant, confirmation: Option<Confirmation>) -> Result<Grant, AccessError> {
        let (by, at) = (&self.desk.actor.id, self.desk.now());
        let grant = match confirmation {
            Some(confirmation) => grant.confirm(confirmation, by, at)?,
            None => grant,
        };
        Ok(grant.notify(by, at)?)
    }

    /// This year's case; the change that opens it when there is none yet.
    async fn access_case(&self, ops: &mut Vec<Op>) -> Result<CaseId, AccessError> {
        let (office, tenant, at) = (self.desk.office, self.desk.tenant, self.desk.now());
        let unit = tenant.access_archive.clone().ok_or(AccessError::NoArchive)?;
        let year = norwegian_year(at);
        let key = format!("access-archive:{unit}:{year}");
        if let Some(Remembered::Case(case)) = office.store.remembered(&tenant.id, &key).await? {
            return Ok(case);
        }
        let id = CaseId::from_uuid(self.uuid());
        let title = Private::new(format!("Tilganger til arkivet {year}"));
        let case = NewCase::new(CaseKind::Ordinary, title, unit, office.actor.clone());
        ops.push(Op::OpenCase { id, case, year, at });
        ops.push(Op::Remember { key, object: Remembered::Case(id) });
        ops.push(Op::Audit(self.desk.event(Activity::Created, ObjectRef::Case(id))));
        Ok(id)
    }

    async fn entry(&self, case: CaseId, title: &str, text: String, ops: &mut Vec<Op>) -> Result<EntryId, AccessError> {
        let (at, by) = (self.desk.now(), self.desk.actor.id.clone());
        let bytes = Bytes::from(text);
        let limit = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        let content = stream::iter([Ok(bytes)]).boxed();
        let blob = self.desk.office.store.put(&self.desk.tenant.id, content, limit).await?;
        let version = DocumentVersion {
            number: 1,
            variant: Variant::Archive,
            format: FileFormat::unknown(),
            media_type: MediaType::parse("text/plain").map_err(malformed)?,
            file_name: FileName::sanitize("tilgang.txt"),
            content: blob,
            created: at,
            created_by: by.clone(),
        };
        let document = document(DocumentId::from_uuid(self.uuid()), title, version).map_err(malformed)?;
        let mut entry = NewEntry::new(EntryKind::Internal, Private::from(title), by);
        entry.status = EntryStatus::Finished;
        entry.unit.clone_from(&self.desk.tenant.access_archive);
        entry.documents = vec![NewDocument::main(document)];
        let id = EntryId::from_uuid(self.uuid());
        ops.push(Op::AddEntry { id, case, entry, year: norwegian_year(at), at });
        ops.push(Op::Audit(self.desk.event(Activity::Created, ObjectRef::Entry(id))));
        Ok(id)
    }
}

fn document(id: DocumentId, title: &str, version: DocumentVersion) -> Result<Document, DocumentError> {
    let marks = DocumentMarks { few_may_read: true, ..DocumentMarks::default() };
    Ok(Document::new(id, Private::from(title))?.marked(marks).with_version(version)?.finished())
}

fn malformed(error: impl std::error::Error + Send + Sync + 'static) -> PortError {
    PortError::new(PortErrorKind::Misconfigured, "office.archive_access", "a text of ours is malformed")
        .with_source(error)
}

fn request_text(request: &AccessRequest) -> String {
    let ask = request.ask();
    let until = ask.period.until.map_or_else(|| "til den trekkes".to_owned(), |until| until.to_rfc3339());
    format!(
        "Forespørsel om tilgang {}\n\nFra: {}\nTil: {}\nRett: {:?}\nGjelder: {:?}\nFormål: {:?}\nPeriode: {} - {}\nBehov: {}\n",
        request.id(),
        ask.by,
        ask.holder,
        ask.right,
        ask.scope,
        ask.purpose,
        ask.period.from.to_rfc3339(),
        until,
        ask.need.expose(),
    )
}

fn decision_text(request: &AccessRequest, grant: Option<&Grant>, reason: &Private<String>) -> String {
    let outcome = match grant {
        Some(grant) => {
            let until = grant.period().until.map_or_else(|| "til den trekkes".to_owned(), |until| until.to_rfc3339());
            format!("innvilget: {:?}, {} - {until}", grant.right(), grant.period().from.to_rfc3339())
        }
        None => "avslått".to_owned(),
    };
    format!("Avgjørelse av forespørsel {}\n\nUtfall: {outcome}\nBegrunnelse: {}\n", request.id(), reason.expose())
}
