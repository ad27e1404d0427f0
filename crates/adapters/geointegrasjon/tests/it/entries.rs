//! Entries: handed over, their parties, and their sign-offs.

use std::sync::Arc;

use http::StatusCode;
use sakarkiv_core::{
    identity::SignOffId,
    journal::{EntryStatus, JournalEntry, SignOffKind},
    party::PartyRole,
    ports::{ArchiveDesk as _, ArchiveError, MockArchiveDesk, SignOffWish},
};
use sakarkiv_testkit::simulators::geointegrasjon::GeoCall;

use super::World;

fn only(world: &World) -> JournalEntry {
    let entries = world.desk.all_entries();
    assert_eq!(entries.len(), 1);
    entries.into_iter().next().unwrap()
}

fn key(element: &str, key: &str) -> String {
    let key = format!("<eksternnoekkel><fagsystem>Landmåling</fagsystem><noekkel>{key}</noekkel></eksternnoekkel>");
    format!("<{element}>{key}</{element}>")
}

#[tokio::test]
async fn an_entry_is_handed_over_to_a_unit_and_a_case_handler() {
    let world = World::new().with_entry("sak/1", "dok/1").await;
    for _ in 0..2 {
        let handed = world.call(&world.client.hand_over("dok/1", "DELING", "KNO")).await;
        assert_eq!((handed.status, handed.text("tittel")), (StatusCode::OK, Some("Rekvisisjon")), "{}", handed.body);
    }
    assert_eq!(world.desk.changes(), 3, "opened, registered and handed over once");
    let entry = only(&world);
    assert_eq!(entry.unit().map(|unit| unit.as_str()), Some("deling"));
    assert_eq!(entry.case_handler().map(|user| user.as_str()), Some("kno"));
    world.refused(&world.client.hand_over("dok/ukjent", "DELING", "KNO"), "FinderFault").await;
}

#[tokio::test]
async fn a_party_comes_once_and_goes_by_the_id_that_the_entry_shows() {
    let world = World::new().with_entry("sak/1", "dok/1").await;
    for _ in 0..2 {
        world.done(&world.client.add_party("dok/1", "EK", "Prøve & Sønn")).await;
    }
    assert_eq!(world.desk.changes(), 3, "opened, registered, one party more");
    let shown = world.call(&world.client.find_entry("dok/1")).await;
    assert_eq!(shown.texts("navn"), ["Prøvedal Bygg AS", "Prøve &amp; Sønn"], "{}", shown.body);
    let added = only(&world).parties()[1].clone();
    assert_eq!(added.role(), PartyRole::CopyRecipient);
    assert!(shown.texts("systemID").contains(&added.id().uuid().to_string().as_str()));

    let kept = only(&world).parties()[0].clone();
    for _ in 0..2 {
        world.done(&world.client.remove_party("dok/1", &added.id().uuid().to_string())).await;
    }
    assert_eq!(only(&world).parties(), [kept]);
    assert_eq!(world.desk.changes(), 4);
}

#[tokio::test]
async fn a_party_that_is_sent_again_to_be_screened_is_screened_and_no_other_way_round() {
    let world = World::new().with_entry("sak/1", "dok/1").await;
    let send = |screened: bool| {
        let party = format!(
            "<part><liste><korrespondanseparttype><kodeverdi>EK</kodeverdi></korrespondanseparttype>\
             <skjermetKorrespondansepart>{screened}</skjermetKorrespondansepart><Kontakt><navn>Kari Prøve</navn></Kontakt></liste></part>"
        );
        world.client.update("NyKorrespondansepart", &format!("{party}{}", key("journalpostnokkel", "dok/1")))
    };
    for (screened, is) in [(false, false), (true, true), (false, true)] {
        world.done(&send(screened)).await;
        let entry = only(&world);
        assert_eq!((entry.parties().len(), entry.parties()[1].is_screened()), (2, is));
    }
}

#[tokio::test]
async fn an_internal_party_has_its_unit_and_case_handler() {
    let world = World::new().with_entry("sak/1", "dok/1").await;
    let party = "<part><liste><korrespondanseparttype><kodeverdi>IK</kodeverdi></korrespondanseparttype>\
                 <administrativEnhetInit>DELING</administrativEnhetInit><saksbehandlerInit>KNO</saksbehandlerInit>\
                 <Kontakt><navn>Deling</navn></Kontakt></liste></part>";
    world
        .done(&world.client.update("NyKorrespondansepart", &format!("{party}{}", key("journalpostnokkel", "dok/1"))))
        .await;
    let entry = only(&world);
    let party = &entry.parties()[1];
    assert_eq!(party.unit().map(|unit| unit.as_str()), Some("deling"));
    assert_eq!(party.case_handler().map(|user| user.as_str()), Some("kno"));
}

#[tokio::test]
async fn parties_stay_where_a_lock_or_a_sign_off_holds_them() {
    let world = World::new().with_entry("sak/1", "dok/1").await;
    let client = &world.client;
    world.refused(&client.remove_party("dok/1", "ikke-en-id"), "ValidationFault").await;
    world
        .refused(&client.update("SlettKorrespondansepart", &key("journalpostnokkel", "dok/1")), "ValidationFault")
        .await;
    world.refused(&client.update("NyKorrespondansepart", &key("journalpostnokkel", "dok/1")), "ValidationFault").await;
    let last = only(&world).parties()[0].id().uuid().to_string();
    world.refused(&client.remove_party("dok/1", &last), "ApplicationFault").await;

    world.done(&client.sign_off("dok/1")).await;
    world.done(&status("dok/1", "A", &world)).await;
    assert_eq!(only(&world).status(), EntryStatus::Archived);
    world.refused(&client.add_party("dok/1", "EK", "Prøve"), "ApplicationFault").await;
    world.refused(&client.remove_party("dok/1", &last), "ApplicationFault").await;
}

fn status(entry: &str, status: &str, world: &World) -> GeoCall {
    let status = format!("<journalstatus><kodeverdi>{status}</kodeverdi></journalstatus>");
    world.client.update("OppdaterJournalpostStatus", &format!("{status}{}", key("journalpostnokkel", entry)))
}

#[tokio::test]
async fn a_recipient_whose_part_is_signed_off_stays() {
    let world = World::new();
    world.call(&world.client.open_case("sak/1", "Deling")).await;
    let party = |role: &str, name: &str| {
        format!(
            "<liste><korrespondanseparttype><kodeverdi>{role}</kodeverdi></korrespondanseparttype>\
             <Kontakt><navn>{name}</navn></Kontakt></liste>"
        )
    };
    let note = format!(
        "<journalpost><journalposttype><kodeverdi>N</kodeverdi></journalposttype><tittel>Notat</tittel>\
         <korrespondansepart>{}{}</korrespondansepart>\
         <referanseEksternNoekkel><fagsystem>Landmåling</fagsystem><noekkel>dok/1</noekkel></referanseEksternNoekkel>\
         <referanseMappeEksternNoekkel><fagsystem>Landmåling</fagsystem><noekkel>sak/1</noekkel></referanseMappeEksternNoekkel></journalpost>",
        party("IM", "Deling"),
        party("IM", "Oppmåling")
    );
    let registered = world.call(&world.client.update("NyJournalpost", &note)).await;
    assert_eq!(registered.status, StatusCode::OK, "{}", registered.body);
    let entry = only(&world);
    let [done, waiting] = [0, 1].map(|party| entry.parties()[party].id());
    let wish = SignOffWish { how: SignOffKind::Noted, answered_by: None, party: Some(done) };
    world.desk.sign_off(entry.id(), wish).await.unwrap();
    world.refused(&world.client.remove_party("dok/1", &done.uuid().to_string()), "ApplicationFault").await;
    world.done(&world.client.remove_party("dok/1", &waiting.uuid().to_string())).await;
}

/// Signs `dok/1` off, answered by an entry that a reference names.
fn answered_by(world: &World, reference: &str) -> GeoCall {
    let sign_off = format!(
        "<avskrivning><liste><avskrivningsmaate><kodeverdi>BU</kodeverdi></avskrivningsmaate>{reference}</liste></avskrivning>"
    );
    world.client.update("NyAvskrivning", &format!("{sign_off}{}", key("journalnokkel", "dok/1")))
}

const BY_KEY: &str = "<referanseAvskrivesAvEksternNoekkel><fagsystem>Landmåling</fagsystem><noekkel>dok/2</noekkel></referanseAvskrivesAvEksternNoekkel>";

#[tokio::test]
async fn sign_offs_are_shown_when_asked_for_with_what_answered_them() {
    let world = World::new().with_entry("sak/1", "dok/1").await;
    world.call(&world.client.register("sak/1", "dok/2", "Svar")).await;
    world.done(&answered_by(&world, BY_KEY)).await;
    let usual = world.call(&world.client.find_entry("dok/1")).await;
    assert_eq!((usual.count("referanseAvskrivninger"), usual.count("Kontakt")), (0, 1), "{}", usual.body);

    let signed = world.desk.all_entries().remove(0);
    let of_case = format!("<o:returnerAvskrivning>true</o:returnerAvskrivning>{}", key("o:nokkel", "sak/1"));
    for (call, entries) in [
        (world.client.find_entry_with("dok/1", true, true), 1),
        (world.client.ask("FinnJournalposterGittSaksmappeNoekkel", &of_case), 2),
    ] {
        let shown = world.call(&call).await;
        assert_eq!(shown.count("referanseAvskrivninger"), entries, "{}", shown.body);
        let (_, sign_offs) = shown.body.split_once("<k:referanseAvskrivninger>").unwrap();
        let (sign_offs, _) = sign_offs.split_once("</k:referanseAvskrivninger>").unwrap();
        let id = SignOffId::of(signed.id(), &signed.sign_offs()[0]).uuid();
        let wanted = "<k:avskrivningsdato>2026-03-02T00:00:00+01:00</k:avskrivningsdato>\
             <k:avskrevetAv>landmaaling</k:avskrevetAv><k:avskrivningsmaate><c:kodeverdi>BU</c:kodeverdi>\
             <c:kodebeskrivelse>Besvart med brev</c:kodebeskrivelse></k:avskrivningsmaate>\
             <k:referanseAvskrivesAvJournalnummer><k:journalaar>2026</k:journalaar>\
             <k:journalsekvensnummer>2</k:journalsekvensnummer></k:referanseAvskrivesAvJournalnummer>\
             <k:referanseAvskrivesAvEksternNoekkel><k:fagsystem>Landmåling</k:fagsystem><k:noekkel>dok/2</k:noekkel>\
             </k:referanseAvskrivesAvEksternNoekkel></k:liste>";
        assert_eq!(sign_offs, format!("<k:liste><k:systemID>{id}</k:systemID>{wanted}"));
    }
}

#[tokio::test]
async fn a_sign_off_is_taken_back_by_the_id_that_the_entry_shows() {
    let world = World::new().with_entry("sak/1", "dok/1").await;
    world.done(&world.client.sign_off("dok/1")).await;
    assert!(!only(&world).is_outstanding());
    let shown = world.call(&world.client.find_entry_with("dok/1", false, true)).await;
    let (_, sign_offs) = shown.body.split_once("referanseAvskrivninger").unwrap();
    let id = sign_offs.split(['<', '>']).find(|text| text.len() == 36).unwrap();
    let changes = world.desk.changes();
    for _ in 0..2 {
        world.done(&world.client.undo_sign_off("dok/1", id)).await;
        assert!(only(&world).is_outstanding());
    }
    assert_eq!(world.desk.changes(), changes + 1, "it is taken back once");

    world.refused(&world.client.undo_sign_off("dok/1", "ikke-en-id"), "ValidationFault").await;
    world.refused(&world.client.undo_sign_off("dok/ukjent", id), "FinderFault").await;
    world.refused(&world.client.update("SlettAvskrivning", &key("journalnokkel", "dok/1")), "ValidationFault").await;
    world.done(&world.client.sign_off("dok/1")).await;
    world.done(&status("dok/1", "U", &world)).await;
    world.refused(&world.client.undo_sign_off("dok/1", id), "ApplicationFault").await;
}

#[tokio::test]
async fn parties_are_left_out_when_the_call_says_so() {
    let world = World::new().with_entry("sak/1", "dok/1").await;
    let without = world.call(&world.client.find_entry_with("dok/1", false, false)).await;
    assert_eq!((without.count("korrespondansepart"), without.count("navn")), (0, 0), "{}", without.body);
    assert_eq!(world.call(&world.client.find_entry_with("dok/1", true, false)).await.count("Kontakt"), 1);
}

#[tokio::test]
async fn an_answer_that_the_caller_may_not_know_of_is_not_named() {
    let world = World::new().with_entry("sak/1", "dok/1").await;
    world.call(&world.client.register("sak/1", "dok/2", "Svar")).await;
    world.done(&answered_by(&world, BY_KEY)).await;
    let entry = world.desk.all_entries().remove(0);
    for refusal in [|| ArchiveError::NotFound { what: "entry" }, || ArchiveError::Refused { reasons: Vec::new() }] {
        let (mut desk, shown) = (MockArchiveDesk::new(), entry.clone());
        let mut asked = 0;
        desk.expect_entry().returning(move |_| {
            asked += 1;
            if asked == 1 { Ok(shown.clone()) } else { Err(refusal()) }
        });
        let router = super::facade_of(Arc::new(desk)).router();
        let answer = world.client.send(&router, &world.client.find_entry_with("dok/1", true, true)).await.unwrap();
        assert_eq!((answer.status, answer.count("avskrivningsmaate")), (StatusCode::OK, 1), "{}", answer.body);
        assert_eq!(answer.count("referanseAvskrivesAvJournalnummer"), 0);
    }
}

#[tokio::test]
async fn a_sign_off_does_not_lose_the_answer_it_names() {
    let world = World::new().with_entry("sak/1", "dok/1").await;
    let number = "<referanseAvskrivesAvJournalnummer><journalaar>2026</journalaar><journalsekvensnummer>2</journalsekvensnummer></referanseAvskrivesAvJournalnummer>";
    world.refused(&answered_by(&world, number), "ImplementationFault").await;
    world.refused(&answered_by(&world, BY_KEY), "FinderFault").await;
    world.done(&answered_by(&world, "<referanseAvskrivesAvJournalnummer/>")).await;
}
