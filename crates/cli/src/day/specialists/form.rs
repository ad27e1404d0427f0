//! A parent applies for a place in a kindergarten by a form of Acos Interact.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use futures_util::{FutureExt, StreamExt, stream};
use sakarkiv::{
    core::{
        identity::{SourceId, TenantId},
        intake::reference,
        ports::{ArchiveDesk, Clock},
        text::ExternalKey,
    },
    engine::RecordsOffice,
    fagsystem::{acos::Instance, forms::FormTables, tables_of},
};
use sakarkiv_testkit::doubles::ManualClock;
use serde_json::json;

use super::{Filed, SpecialistsError, register::FORMS};
use crate::day::{content, random::test_person};

pub(super) const CHILD: &str = "Barn Skjemadal";
pub(super) const PARENT: &str = "Forelder Skjemadal";
const INSTANCE: &str = "900123";
const YEAR: &str = "2027";

/// Hands the form in. Handing it in again gives the same answer.
pub(super) async fn hand_in(
    office: &RecordsOffice,
    clock: &ManualClock,
    tenant: &TenantId,
) -> Result<Filed, SpecialistsError> {
    let desk = office.as_source(tenant, &SourceId::new(FORMS)?, Some("acos-interact".to_owned()))?;
    let instance = Instance::parse(instance()?.as_bytes())?;
    let receipt = match desk.receipt(instance.key()).await? {
        Some(receipt) => receipt,
        None => {
            let put = |content: Bytes| {
                let limit = u64::try_from(content.len()).unwrap_or(u64::MAX);
                let desk = &desk;
                async move { desk.put(stream::iter([Ok(content)]).boxed(), limit).await }.boxed()
            };
            let form = instance.into_form(clock.now()).store(put).await?;
            let tables = tables_of(FORMS).ok_or(SpecialistsError::Wrong("the forms have no tables"))?;
            desk.hand_in(&FormTables::from_toml(tables)?.map(&form)?).await?
        }
    };
    Ok(Filed { case: receipt.case.number.to_string(), entries: receipt.entries.len() })
}

/// The key of the case that the form becomes.
pub(super) fn case_key() -> Result<ExternalKey, SpecialistsError> {
    Ok(reference::key(FORMS, reference::CASE, format!("barnehage/{}/{YEAR}", child_number()?)))
}

/// The key of its entry.
pub(super) fn entry_key() -> ExternalKey {
    reference::key(FORMS, reference::ENTRY, INSTANCE)
}

pub(super) fn child_number() -> Result<String, SpecialistsError> {
    Ok(test_person(901).ok_or(SpecialistsError::Number)?.digits().to_owned())
}

fn instance() -> Result<String, SpecialistsError> {
    let (first, last) = PARENT.split_once(' ').unwrap_or((PARENT, ""));
    let answers = [
        ("BarnetsNavn", CHILD),
        ("BarnetsFnr", &child_number()?),
        ("Opptaksaar", YEAR),
        ("Fornavn", first),
        ("Etternavn", last),
        ("Epost", "forelder@example.no"),
    ];
    let elements: Vec<_> = answers.iter().map(|(id, value)| json!({ "id": id, "value": value })).collect();
    Ok(json!({
        "metadata": { "formId": "KOMM0042", "instanceId": INSTANCE },
        "elements": elements,
        "formPdfBase64": STANDARD.encode(content::pdf(1, 8_000)),
        "documents": [{ "name": "bekreftelse.pdf", "type": "application/pdf", "base64": STANDARD.encode(content::pdf(2, 4_000)) }],
    })
    .to_string())
}
