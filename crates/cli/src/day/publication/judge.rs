//! What the public could read in the end, held against what the archive has and what must not be told.

use std::{
    collections::BTreeSet,
    fmt, io,
    path::{Path, PathBuf},
    sync::Arc,
};

use chrono::Duration;
use sakarkiv::{
    core::{
        case::Case,
        delivery::Recipient,
        identity::{IdError, TenantId, Timestamp},
        journal::JournalEntry,
        ports::{CaseFilter, JournalPublisher, PortError, Store, StoreError},
        screening::Private,
    },
    journal_page::{ExportError, FolderStore, JournalPage, PagePorts, PageSettings, PageStoreError},
    sqlite::SqliteStore,
};
use sakarkiv_testkit::doubles::ManualClock;
use thiserror::Error;

use super::{
    super::{
        confidential,
        figures::Figures,
        random::test_person,
        town::{Matter, Tenant, Town},
        verdict::{Ledger, Verdict},
    },
    ANSWER, ANSWER_DUE, ASKERS, CASE, FALSE_ALARM, LAST_JOURNALING, LEAK, POSTJOURNAL, PublicSide, REQUEST,
    SCREENED_PERSON, WITHDRAWN, page_folder, publishes,
};

/// What the public could read cannot be looked at.
#[derive(Debug, Error)]
pub(crate) enum PublicError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Id(#[from] IdError),
    #[error("the journal page cannot be read: {0}")]
    Page(#[from] PageStoreError),
    #[error("the journal page cannot be read: {0}")]
    Published(#[from] PortError),
    #[error("the journal page cannot be written: {0}")]
    Export(#[from] ExportError),
    #[error("the journal page's files cannot be read: {0}")]
    Io(#[from] io::Error),
}

/// What is looked at.
pub(crate) struct Outcome<'a> {
    pub(crate) town: &'a Town,
    pub(crate) ledger: &'a Ledger,
    pub(crate) figures: &'a Figures,
    pub(crate) store: &'a Arc<SqliteStore>,
    pub(crate) clock: &'a Arc<ManualClock>,
    pub(crate) folder: &'a Path,
    pub(crate) begins: Timestamp,
}

/// What it came to, for people.
#[derive(Debug, Default)]
pub(crate) struct PublicProof {
    entries: usize,
    pages: usize,
    /// Leaks, false alarms and entries withdrawn that came out as the story tells.
    held: usize,
    released: usize,
    withdrawn: usize,
    searched: usize,
    requests: usize,
    answered: usize,
    secrets: usize,
}

impl fmt::Display for PublicProof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} entries in eInnsyn and on the journal page ({} pages), {} leak held back, {} false alarm released by hand, \
             {} withdrawn; {} requests for access, {} answered; {} secrets looked for in {} KiB that the public got",
            self.entries,
            self.pages,
            self.held,
            self.released,
            self.withdrawn,
            self.requests,
            self.answered,
            self.secrets,
            self.searched / 1024
        )
    }
}

/// Writes the journal page to disk, and compares.
pub(crate) async fn prove(
    side: &PublicSide,
    outcome: &Outcome<'_>,
    verdict: &mut Verdict,
) -> Result<PublicProof, PublicError> {
    let mut proof = PublicProof::default();
    let Some(tenant) = outcome.town.tenants.iter().find(|tenant| publishes(tenant)) else { return Ok(proof) };
    verdict.untrue.extend(side.wrong.iter().cloned());
    let titles = side.titles();
    let shown = |title: &str| titles.iter().any(|(found, _)| found == title);
    proof.held = usize::from(!shown(LEAK));
    proof.released = usize::from(shown(FALSE_ALARM));
    proof.withdrawn = usize::from(!shown(WITHDRAWN));
    letters(tenant, outcome, &titles, verdict);
    let page = page(tenant, outcome).await?;
    let exported = page.export(outcome.folder.join(POSTJOURNAL)).await?;
    proof.pages = exported.pages;
    proof.entries = same_entries(&page, &titles, outcome.store, &tenant.id, verdict).await?;
    requests(outcome.store, &tenant.id, &mut proof, verdict).await?;
    leaks(side, tenant, outcome, &mut proof, verdict)?;
    Ok(proof)
}

/// Each letter in an open case that was taken over in time stands there once.
fn letters(tenant: &Tenant, outcome: &Outcome<'_>, titles: &[(String, String)], verdict: &mut Verdict) {
    let last = outcome.begins + Duration::minutes(LAST_JOURNALING.cast_signed());
    for (id, plan) in &outcome.ledger.letters {
        if plan.tenant != tenant.id || plan.matter != Matter::Building {
            continue;
        }
        let title = letter_title(&plan.key);
        let shown = titles.iter().filter(|(found, _)| *found == title).count();
        let delivery = outcome.figures.deliveries.iter().find(|delivery| delivery.letter == *id);
        let accepted = delivery.and_then(|delivery| delivery.accepted);
        match (accepted, shown) {
            (Some(at), 0) if at < last => {
                verdict.lost.push(format!("letter {id} was dispatched and is not in the public journal"));
            }
            (None, 1..) => verdict.untrue.push(format!("letter {id} never left and is in the public journal")),
            (_, 2..) => verdict.doubled.push(format!("letter {id} is {shown} times in the public journal")),
            _ => {}
        }
    }
}

async fn page(tenant: &Tenant, outcome: &Outcome<'_>) -> Result<JournalPage, PublicError> {
    let ports = PagePorts {
        store: Arc::new(FolderStore::open(page_folder(outcome.folder))?),
        blobs: Arc::clone(outcome.store) as _,
        clock: Arc::clone(outcome.clock) as _,
    };
    let settings = PageSettings::new(confidential::name(tenant));
    Ok(JournalPage::open(tenant.id.clone(), settings, ports).await?)
}

/// eInnsyn and the page show the same entries, and all but the old archive's are ours. How many those are.
async fn same_entries(
    page: &JournalPage,
    titles: &[(String, String)],
    store: &SqliteStore,
    tenant: &TenantId,
    verdict: &mut Verdict,
) -> Result<usize, PublicError> {
    let mut here = BTreeSet::new();
    let mut after = None;
    loop {
        let some = page.published(after).await?;
        let Some(last) = some.last() else { break };
        after = Some(last.entry);
        here.extend(some.iter().map(|published| published.entry));
    }
    let mut there = BTreeSet::new();
    for id in titles.iter().filter_map(|(_, id)| id.parse().ok()) {
        if store.entry(tenant, id).await?.is_none() {
            verdict.untrue.push(format!("eInnsyn shows {id}, which the archive does not have"));
        }
        if !there.insert(id) {
            verdict.doubled.push(format!("eInnsyn shows {id} twice"));
        }
    }
    let differing = here.symmetric_difference(&there).count();
    if differing > 0 {
        verdict.untrue.push(format!("eInnsyn and the journal page differ by {differing} entries"));
    }
    Ok(here.len())
}

/// Both requests are on record with their deadline, each once; the one for an entry of ours is answered.
async fn requests(
    store: &SqliteStore,
    tenant: &TenantId,
    proof: &mut PublicProof,
    verdict: &mut Verdict,
) -> Result<(), StoreError> {
    for (case, answered) in [(CASE, true), (UNKNOWN_CASE, false)] {
        let entries = entries(store, tenant, case).await?;
        let asked: Vec<_> = entries.iter().filter(|entry| entry.title().expose().starts_with(REQUEST)).collect();
        match asked.as_slice() {
            [] => verdict.lost.push(format!("a request for access never came into `{case}`")),
            [request] => {
                let answer = entries.iter().find(|entry| entry.title().expose() == ANSWER).map(JournalEntry::id);
                let signed_off =
                    request.sign_offs().iter().any(|sign_off| answer.is_some() && sign_off.answer() == answer);
                if signed_off != answered {
                    verdict.untrue.push(format!("the request in `{case}` is answered: {signed_off}"));
                }
                if request.due().is_none_or(|due| due.to_string() != ANSWER_DUE) {
                    verdict.untrue.push(format!("the request in `{case}` is not to be answered by {ANSWER_DUE}"));
                }
                proof.requests += 1;
                proof.answered += usize::from(signed_off);
            }
            many => verdict.doubled.push(format!("a request came {} times into `{case}`", many.len())),
        }
    }
    Ok(())
}

async fn entries(store: &SqliteStore, tenant: &TenantId, title: &str) -> Result<Vec<JournalEntry>, StoreError> {
    let mut filter = CaseFilter::default();
    filter.title = Some(Private::from(title));
    let cases = store.cases(tenant, &filter, None, 2).await?;
    match cases.first().map(Case::id) {
        Some(case) => store.entries(tenant, case).await,
        None => Ok(Vec::new()),
    }
}

/// Looks for everything that must not be told in every byte that left.
fn leaks(
    side: &PublicSide,
    tenant: &Tenant,
    outcome: &Outcome<'_>,
    proof: &mut PublicProof,
    verdict: &mut Verdict,
) -> Result<(), PublicError> {
    let secrets = secrets(tenant, outcome);
    proof.secrets = secrets.len();
    let mut look = |place: &str, text: &str| {
        proof.searched += text.len();
        let text = text.to_lowercase();
        let told = secrets.iter().filter(|(_, secret)| holds(&text, secret)).map(|(what, _)| *what);
        let told: BTreeSet<&str> = told.collect();
        verdict.leaked.extend(told.into_iter().map(|what| format!("{place} tells {what}")));
    };
    look("eInnsyn", &side.einnsyn.public_text());
    for received in side.einnsyn.received() {
        look("a call to eInnsyn", &received.text());
    }
    for folder in [page_folder(outcome.folder), outcome.folder.join(POSTJOURNAL)] {
        for file in files(&folder)? {
            look("the journal page", &String::from_utf8_lossy(&std::fs::read(file)?));
        }
    }
    Ok(())
}

/// What must not be told, in lower case, with a word for what it is.
fn secrets(tenant: &Tenant, outcome: &Outcome<'_>) -> Vec<(&'static str, String)> {
    let persons = outcome.town.contacts.iter().filter_map(|contact| match &contact.recipient {
        Recipient::Person { number, .. } => Some(number.clone()),
        _ => None,
    });
    let numbers = persons.chain([7, 77].into_iter().filter_map(test_person)).flat_map(|number| {
        let digits = number.digits();
        let (birth, rest) = digits.split_at_checked(6).unwrap_or((digits, ""));
        [digits.to_owned(), format!("{birth} {rest}")]
    });
    let names = SCREENED_PERSON.split(' ').chain(["Testbarn", "Inge Innbygger"]).map(str::to_owned);
    let screened = outcome
        .ledger
        .letters
        .values()
        .filter(|plan| plan.tenant == tenant.id && matches!(plan.matter, Matter::ChildWelfare | Matter::Health));
    let all = [
        ("an identity number", numbers.collect::<Vec<_>>()),
        ("a screened name", names.collect()),
        ("who asked for access", ASKERS.map(str::to_owned).to_vec()),
        ("the title of a letter for few eyes", screened.map(|plan| letter_title(&plan.key)).collect()),
    ];
    all.into_iter().flat_map(|(what, texts)| texts.into_iter().map(move |text| (what, text.to_lowercase()))).collect()
}

/// Whether a text holds a secret that does not go on in another number: letter 1 is not letter 12.
fn holds(text: &str, secret: &str) -> bool {
    text.match_indices(secret).any(|(at, found)| {
        let after = text.get(at + found.len()..).and_then(|rest| rest.chars().next());
        !after.is_some_and(|next| next.is_ascii_digit())
    })
}

fn letter_title(key: &str) -> String {
    format!("Svar i sak {key}")
}

fn files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for item in std::fs::read_dir(folder)? {
        let path = item?.path();
        if path.is_dir() {
            found.extend(files(&path)?);
        } else {
            found.push(path);
        }
    }
    Ok(found)
}

/// The case of requests that name nothing we know.
const UNKNOWN_CASE: &str = "Innsynskrav til fordeling 2026";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_found_inside_a_text_but_not_in_a_longer_number() {
        assert!(holds("tittel: svar i sak bodo-1-1\"", "svar i sak bodo-1-1"));
        assert!(holds("01899912345,", "01899912345"));
        assert!(!holds("svar i sak bodo-1-12", "svar i sak bodo-1-1"));
    }
}
