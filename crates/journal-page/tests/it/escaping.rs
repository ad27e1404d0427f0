//! Markup in a text is text.

use proptest::prelude::*;
use sakarkiv_core::{
    document::FileName,
    journal::DocumentRole,
    publication::{PublicRecord, PublicScreening, PublicText, PublicUnit},
};
use sakarkiv_journal_page::PageSettings;

use crate::world::{PDF, World, case_id, document, entry_id, party, record, tenant};

/// Texts as somebody would write them who wants to break out of a page.
pub(crate) fn wicked() -> impl Strategy<Value = String> {
    let parts = prop::sample::select(vec![
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "\"><b>",
        "'><i>",
        "</title><h1>",
        "</style><style>*{}",
        "]]><x/>",
        "&lt;b&gt;",
        "<!--",
        "javascript:alert(1)",
        "\u{0}",
        "\u{202e}",
        "Æ ordinary å",
    ]);
    prop::collection::vec(parts, 1..4).prop_map(|parts| parts.concat())
}

/// A record with the text wherever there is room for one.
fn full_of(text: &str, world: &World) -> PublicRecord {
    let mut entry = record(1, "2026-09-14");
    let public = || PublicText { shown: text.to_owned(), searchable: format!("{text} to") };
    let unit = || PublicUnit { name: Some(text.to_owned()), ..record(1, "2026-09-14").case.unit };
    let screening = || Some(PublicScreening { code: text.to_owned(), legal_basis: text.to_owned() });
    entry.archive.title = text.to_owned();
    entry.archive.series_title = Some(text.to_owned());
    entry.archive.class = Some(text.to_owned());
    (entry.case.title, entry.case.unit, entry.case.screening) = (public(), unit(), screening());
    (entry.journal.title, entry.journal.unit, entry.journal.screening) = (public(), unit(), screening());
    entry.parties = vec![party("x")];
    (entry.parties[0].name, entry.parties[0].unit) = (public(), Some(unit()));
    let mut file = document(1, world.blobs.insert(&tenant(), PDF), "2026-09-01T00:00:00Z");
    (file.title, file.kind, file.screening, file.role) = (public(), text.to_owned(), screening(), DocumentRole::Main);
    file.file.as_mut().unwrap().name = FileName::sanitize(text);
    entry.documents = vec![file];
    entry
}

/// The tags of a page, without what stands in their attributes.
pub(crate) fn tags(text: &str) -> Vec<String> {
    let opened = text.split('<').skip(1);
    opened.map(|tag| tag.split([' ', '>', '\n']).next().unwrap_or_default().to_owned()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn whatever_stands_in_a_record_the_tags_of_its_pages_are_the_same(text in wicked()) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let plain = "Vanlig tekst";
            let mut pages = Vec::new();
            for said in [plain, &text] {
                let settings = PageSettings { access_email: Some(said.to_owned()), ..PageSettings::new(said) };
                let world = World::with(settings).await;
                world.publish(full_of(said, &world)).await;
                let mut seen = Vec::new();
                for path in [
                    "/".to_owned(),
                    "/dag/2026-09-14".to_owned(),
                    format!("/sak/{}", case_id(1)),
                    format!("/journalpost/{}", entry_id(1)),
                    "/sok?q=318".to_owned(),
                    "/journal.atom".to_owned(),
                ] {
                    seen.push(tags(&world.read(&path).await));
                }
                pages.push(seen);
            }
            assert_eq!(pages[0], pages[1], "{text}");
        });
    }
}

#[tokio::test]
async fn what_is_searched_for_is_shown_as_it_was_written_and_as_text() {
    let world = World::new().await;
    let text = world.read("/sok?q=%22%3E%3Cscript%3Ealert(1)%3C%2Fscript%3E").await;
    assert!(text.contains("value=\"&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;\""));
    assert!(!text.contains("<script"));
}
