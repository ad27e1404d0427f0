//! The pages in a real browser: a check apart, since few build machines have one.
//!
//! `cargo test -p sakarkiv-journal-page --test browser -- --ignored --nocapture` renders the router's pages and the exported
//! files in headless Chromium (found by name in `PATH`) and looks at title, language and headings, and at every request that a
//! page made: none may leave this machine. With `SAKARKIV_SCREENSHOTS` set to a folder, pictures of the pages are left there, as
//! wide as a desk and as narrow as a telephone. Without a browser it says `skipped: no browser` and passes.
#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "in tests a surprise ends the test")]

#[path = "it/world.rs"]
#[expect(dead_code, reason = "the other tests use more of it")]
mod world;

use std::{
    env, fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use sakarkiv_core::{
    journal::{DocumentRole, EntryKind},
    party::PartyRole,
    ports::MeetingPublisher,
    publication::{PublicMeeting, PublicScreening, PublicText, clear_meeting},
};
use sakarkiv_journal_page::PageSettings;
use sakarkiv_testkit::conformance::Samples;
use serde_json::Value;

use world::{PDF, World, case_id, document, entry_id, party, record, tenant};

const NAMES: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/// A browser with a fresh profile for each page.
struct Browser {
    program: PathBuf,
    scratch: tempfile::TempDir,
}

/// A page as the browser understood it, and what it asked for on its own account.
struct Seen {
    text: String,
    requests: Vec<String>,
}

impl Browser {
    fn find() -> Option<Self> {
        let path = env::var_os("PATH")?;
        let mut places = env::split_paths(&path).flat_map(|folder| NAMES.map(|name| folder.join(name)));
        let program = places.find(|program| program.is_file())?;
        Some(Self { program, scratch: tempfile::tempdir().unwrap() })
    }

    fn command(&self) -> Command {
        let profile = tempfile::tempdir_in(self.scratch.path()).unwrap().keep();
        let mut command = Command::new(&self.program);
        command
            .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"])
            .args(["--disable-background-networking", "--disable-component-update", "--disable-sync"])
            .args(["--hide-scrollbars", "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1"])
            .arg(format!("--user-data-dir={}", profile.display()))
            .stderr(Stdio::null());
        command
    }

    fn look(&self, url: &str) -> Seen {
        let log = self.scratch.path().join("requests.json");
        let output = self.command().arg(format!("--log-net-log={}", log.display())).args(["--dump-dom", url]).output();
        let output = output.expect("the browser starts");
        assert!(output.status.success(), "the browser failed on {url}");
        let requests = requests(&serde_json::from_slice(&fs::read(log).unwrap()).expect("the browser's log is whole"));
        Seen { text: String::from_utf8(output.stdout).unwrap(), requests }
    }

    fn picture(&self, url: &str, to: &Path, width: u32, height: u32) {
        let picture = format!("--screenshot={}", to.display());
        let done = self.command().args([&picture, &format!("--window-size={width},{height}"), url]).status();
        assert!(done.expect("the browser starts").success() && to.is_file(), "no picture of {url}");
    }
}

/// The addresses that pages asked for, read from the browser's own log; what the browser asks for by itself names no page.
fn requests(log: &Value) -> Vec<String> {
    let events = log.get("events").and_then(Value::as_array).expect("events");
    let asked = events.iter().filter_map(|event| {
        let said = |name| event.get("params")?.get(name)?.as_str();
        said("initiator").filter(|initiator| *initiator != "not an origin")?;
        said("url")
    });
    asked.map(str::to_owned).collect()
}

fn between<'t>(text: &'t str, start: &str, end: &str) -> &'t str {
    let rest = text.split_once(start).unwrap_or_else(|| panic!("no {start}")).1;
    rest.split_once(end).unwrap_or_else(|| panic!("no {end}")).0
}

/// A journal as a municipality's would look, all of it invented.
async fn municipality() -> World {
    let settings =
        PageSettings { access_email: Some("innsyn@provedal.example".into()), ..PageSettings::new("Prøvedal kommune") };
    let world = World::with(settings).await;
    let titles = [
        (EntryKind::Incoming, "Søknad om tillatelse til tiltak: oppføring av garasje", "Kari Testperson"),
        (EntryKind::Outgoing, "Svar på søknad om tillatelse til tiltak", "Kari Testperson"),
        (EntryKind::Incoming, "Merknad til nabovarsel fra *****", "*****"),
        (
            EntryKind::Proposal,
            "Reguleringsplan for Solsiden boligområde, andre gangs behandling",
            "Plan- og bygningsutvalget",
        ),
        (EntryKind::Internal, "Notat om overvann og flomveier", "Teknisk drift"),
        (EntryKind::Outgoing, "Varsel om tilsyn etter plan- og bygningsloven kapittel 25", "Prøvebygg Entreprenør AS"),
    ];
    for (number, (kind, title, name)) in (1..).zip(titles.iter().cycle().take(26)) {
        let day = ["2026-09-14", "2026-09-14", "2026-09-11", "2026-09-10", "2026-08-21", "2026-07-03"];
        let mut entry = record(number, day.get(usize::try_from(number % 6).unwrap()).unwrap());
        entry.case.title = PublicText::nameless("Storgata 1: garasje og adkomst");
        (entry.journal.kind, entry.journal.title) = (*kind, PublicText::nameless(*title));
        entry.parties = vec![party(name)];
        if *kind == EntryKind::Outgoing {
            entry.parties.iter_mut().for_each(|party| party.role = PartyRole::Recipient);
        }
        let content = world.blobs.insert(&tenant(), PDF);
        let mut attachment = document(number + 500, content, "2026-09-18T22:00:00Z");
        (attachment.number, attachment.role) = (2, DocumentRole::Attachment);
        attachment.title = PublicText::nameless("Situasjonsplan");
        let mut closed = document(number + 900, content, "2026-09-18T22:00:00Z");
        (closed.number, closed.role, closed.file) = (3, DocumentRole::Attachment, None);
        closed.title = PublicText::nameless("Legeerklæring fra *****");
        closed.screening =
            Some(PublicScreening { code: "UO".into(), legal_basis: "offl. § 13 jf. fvl. § 13".into() });
        let opens = if number % 2 == 0 { "2026-09-01T00:00:00Z" } else { "2026-09-18T22:00:00Z" };
        let mut main = document(number, content, opens);
        main.number = 1;
        entry.documents = vec![main, attachment, closed];
        world.publish(entry).await;
    }
    let meeting = meeting();
    let report = meeting.clean_report();
    world.page.publish_meeting(&clear_meeting(meeting, &report, &[]).unwrap()).await.unwrap();
    world
}

fn meeting() -> PublicMeeting {
    let mut meeting = Samples::new(tenant().as_str()).public_meeting();
    meeting.title = PublicText::nameless("Formannskapets møte 14. september 2026");
    meeting.starts = "2026-09-14T16:00:00Z".parse().unwrap();
    meeting
}

async fn serve(world: &World) -> SocketAddr {
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let app = axum::Router::new().nest("/journal", world.page.router());
    tokio::spawn(async move { axum::serve(listener, app).await });
    address
}

/// Pages by their names, and what stands in their first heading.
fn pages(live: bool) -> Vec<(&'static str, String, &'static str)> {
    let end = if live { "" } else { ".html" };
    let mut pages = vec![
        ("list", if live { "forside".to_owned() } else { "index.html".to_owned() }, "Offentlig postjournal"),
        ("day", format!("dag/2026-09-14{end}"), "Mandag 14. september 2026"),
        ("case", format!("sak/{}{end}", case_id(1)), "Storgata 1: garasje og adkomst"),
        ("entry", format!("journalpost/{}{end}", entry_id(2)), "Svar på søknad om tillatelse til tiltak"),
        ("cases", format!("saker/s{end}"), "Saker A–Å: S"),
        ("meetings", format!("moter{end}"), "Politiske møter"),
        ("meeting", format!("mote/{}{end}", meeting().meeting), "Formannskapets møte 14. september 2026"),
        ("nynorsk", format!("nn/dag/2026-09-14{end}"), "Måndag 14. september 2026"),
    ];
    if live {
        pages.push(("search", "sok?q=garasje".to_owned(), "Søk i journalen"));
        pages.push(("mistake", "sok?fra=i+fjor".to_owned(), "Søket må rettes"));
    }
    pages
}

fn check(browser: &Browser, base: &str, live: bool) {
    for (name, path, heading) in pages(live) {
        let url = format!("{base}/{path}");
        let seen = browser.look(&url);
        let language = if name == "nynorsk" { "nn" } else { "nb" };
        assert!(seen.text.contains(&format!("<html lang=\"{language}\">")), "{url}");
        assert!(between(&seen.text, "<title>", "</title>").ends_with("– Prøvedal kommune"), "{url}");
        assert_eq!(seen.text.matches("<h1>").count(), 1, "{url}");
        assert_eq!(between(&seen.text, "<h1>", "</h1>"), heading, "{url}");
        for request in seen.requests {
            assert!(request.starts_with(base) || request.starts_with("data:"), "{url} asked for {request}");
        }
        if let Some(folder) = env::var_os("SAKARKIV_SCREENSHOTS") {
            for (size, width, height) in [("desk", 1280, 1000), ("phone", 500, 1100)] {
                let kind = if live { "router" } else { "files" };
                browser.picture(&url, &Path::new(&folder).join(format!("{kind}-{name}-{size}.png")), width, height);
            }
        }
    }
}

#[tokio::test]
#[ignore = "needs a browser; .ci/run calls it"]
async fn the_pages_of_router_and_files_are_whole_and_ask_nothing_of_others() {
    let Some(browser) = Browser::find() else {
        println!("skipped: no browser");
        return;
    };
    let (world, folder) = (municipality().await, tempfile::tempdir().unwrap());
    let address = serve(&world).await;
    world.page.export(folder.path()).await.unwrap();
    // The browser is waited for elsewhere: this thread answers it.
    let looks = tokio::task::spawn_blocking(move || {
        check(&browser, &format!("http://{address}/journal"), true);
        check(&browser, &format!("file://{}", folder.path().display()), false);
    });
    looks.await.unwrap();
}

#[test]
#[ignore = "needs a browser; .ci/run calls it"]
fn a_page_that_asks_others_for_something_would_be_seen() {
    let Some(browser) = Browser::find() else {
        println!("skipped: no browser");
        return;
    };
    let page = browser.scratch.path().join("telling.html");
    fs::write(&page, "<title>x</title><img src=\"http://utenfor.invalid/x.png\">").unwrap();
    let seen = browser.look(&format!("file://{}", page.display()));
    assert!(seen.requests.iter().any(|request| request.contains("utenfor.invalid")), "{:?}", seen.requests);
}
