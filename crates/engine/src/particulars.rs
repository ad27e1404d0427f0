//! What is told of incoming mail beside its documents (R4.2). The other side shows none of it once the mail is acknowledged, so
//! it is kept as a document of the entry.

use bytes::Bytes;
use futures_util::{StreamExt, stream};
use sakarkiv_core::{
    document::{FileName, MediaType},
    identity::TenantId,
    ports::{PortError, ReceivedDocument, ReceivedMail},
    text::{MAX_NAME, MAX_TITLE},
};

use crate::office::Office;

/// What the document is called.
pub(crate) const TITLE: &str = "Opplysninger fra avsendersystemet";

/// Puts what was told beside the documents into the store, always as the same bytes for the same mail; nothing when nothing
/// was. It is marked as the most sensitive of the documents.
pub(crate) async fn keep(
    office: &Office,
    tenant: &TenantId,
    mail: &ReceivedMail,
) -> Result<Option<ReceivedDocument>, PortError> {
    let Some(text) = text(mail) else { return Ok(None) };
    let text = Bytes::from(text.into_bytes());
    let limit = u64::try_from(text.len()).unwrap_or(u64::MAX);
    let blob = office.store.put(tenant, stream::iter([Ok(text)]).boxed(), limit).await?;
    Ok(Some(ReceivedDocument {
        file_name: FileName::sanitize("opplysninger-fra-avsendersystemet.txt"),
        media_type: MediaType::sanitize("text/plain"),
        blob,
        sensitive_personal_data: mail.documents.iter().any(|document| document.sensitive_personal_data),
    }))
}

/// A line for each thing that was told: first what we call by name, below it the further metadata as given.
fn text(mail: &ReceivedMail) -> Option<String> {
    let too_long = |text: &&str, max: usize| text.chars().nth(max).is_some();
    let title = Some(mail.title.expose().as_str()).filter(|title| too_long(title, MAX_TITLE));
    let names = [
        ("Avsender", mail.from.as_ref().map(|from| from.name.expose().as_str())),
        ("Avsenders referanse", mail.external_reference.as_deref()),
        ("Svar på", mail.answers.as_deref()),
    ];
    let names = names.into_iter().map(|(name, value)| (name, value.filter(|value| too_long(value, MAX_NAME))));
    let to = mail.to.as_ref().map(|to| line("Mottaker", &to.to_string()));
    let lengthy = names.chain([("Tittel", title)]).filter_map(|(name, value)| Some(line(name, value?)));
    let missing = mail.missing.iter().map(|what| line("Mangler", what));
    let remarks = mail.remarks.iter().map(|remark| line("Merknad", remark));
    let ours: Vec<String> = to.into_iter().chain(lengthy).chain(missing).chain(remarks).collect();
    let theirs: Vec<String> = mail.extra.iter().map(|(name, value)| line(name, value.expose())).collect();
    let parts: Vec<String> =
        [ours, theirs].iter().filter(|lines| !lines.is_empty()).map(|lines| lines.join("\n")).collect();
    (!parts.is_empty()).then(|| parts.join("\n\n"))
}

/// A name and its value. Further lines of either are indented, so that they are not taken for names.
fn line(name: &str, value: &str) -> String {
    format!("{name}: {value}").replace('\n', "\n    ")
}

#[cfg(test)]
mod tests {
    use sakarkiv_core::{identity::OrganisationNumber, ports::ItemId, screening::Private};

    use super::*;

    fn mail() -> ReceivedMail {
        ReceivedMail::new(ItemId("1".to_owned()), "Brev".into())
    }

    #[test]
    fn mail_of_which_nothing_more_is_told_has_no_particulars() {
        assert_eq!(text(&mail()), None);
    }

    #[test]
    fn everything_that_is_told_stands_there_and_no_line_can_be_taken_for_another() {
        let mut mail = mail();
        mail.to = OrganisationNumber::parse("310000027").ok();
        mail.missing = vec!["document 2 is missing".to_owned()];
        mail.remarks = vec!["it names no sender".to_owned()];
        mail.extra = vec![
            ("altinn.message".to_owned(), "Hei\nMottaker: 310000035".into()),
            ("svarinn.lenke.1".to_owned(), "https://example.no/kart".into()),
        ];
        let expected = "Mottaker: 310000027\nMangler: document 2 is missing\nMerknad: it names no sender\n\n\
                        altinn.message: Hei\n    Mottaker: 310000035\nsvarinn.lenke.1: https://example.no/kart";
        assert_eq!(text(&mail).as_deref(), Some(expected));
    }

    #[test]
    fn what_is_too_long_for_its_place_stands_there_whole() {
        let mut mail = mail();
        let (title, reference) = ("å".repeat(MAX_TITLE + 1), "r".repeat(MAX_NAME + 1));
        mail.title = Private::new(title.clone());
        mail.external_reference = Some(reference.clone());
        mail.answers = Some("kort".to_owned());
        assert_eq!(text(&mail), Some(format!("Avsenders referanse: {reference}\nTittel: {title}")));
    }
}
