//! The office as a service against real endpoints, and the check of a configuration before it goes live.

use std::{fmt::Display, io, net::SocketAddr, path::Path, sync::Arc, time::Duration};

use axum::Router;
use futures_util::{
    FutureExt as _,
    future::{BoxFuture, join, join_all},
};
use sakarkiv::{
    CheckpointFile, SystemClock, SystemEntropy,
    audit::CheckpointSigner as _,
    core::{calendar::oslo_date, identity::Timestamp, integration::Gap, routing::Coverage},
    sqlite::SqliteStore,
};
use sakarkiv_dropfolder::could_write;
use sakarkiv_testkit::memory::MemoryStore;
use thiserror::Error;
use tokio::net::TcpListener;

use crate::{
    config::{LogSection, ServiceConfig},
    notices::FileNotifier,
    pages::{self, PagesError},
    setup::{self, Integrations, Opened, SetupError, Source},
};

/// Why the service stopped or did not start.
#[derive(Debug, Error)]
pub(crate) enum ServeError {
    #[error(transparent)]
    Setup(#[from] SetupError),
    #[error(transparent)]
    Pages(#[from] PagesError),
    #[error("the data folder `{path}` cannot be used: {source}")]
    Data { path: std::path::PathBuf, source: io::Error },
    #[error("nobody can call at {address}: {source}")]
    Listen { address: SocketAddr, source: io::Error },
    #[error("{failed} of {all} connections do not work: mend what is said above")]
    Check { failed: usize, all: usize },
}

/// Runs the office until the process is told to end (SIGINT, SIGTERM).
pub(crate) async fn run(config: &Path) -> Result<(), ServeError> {
    let config = ServiceConfig::read(config).map_err(SetupError::from)?;
    std::fs::create_dir_all(&config.data).map_err(|source| ServeError::Data { path: config.data.clone(), source })?;
    let store = Arc::new(SqliteStore::open(&config.data).map_err(SetupError::from)?);
    let parts = setup::Parts {
        store: Arc::clone(&store) as _,
        log: store,
        clock: Arc::new(SystemClock),
        entropy: Arc::new(SystemEntropy),
        notifier: Arc::new(FileNotifier::new(config.data.join("notices.jsonl"))),
        http: setup::transport(&config)?,
        looks_only: false,
    };
    let Opened { office, pages, messages, calls } = setup::office(&config, &parts).await?;
    let pages = pages::serve(&config, pages).await?;
    let end = told_to_end().boxed().shared();
    let mut beside: Vec<BoxFuture<'_, ()>> = Vec::new();
    for (address, router) in calls {
        let listener = TcpListener::bind(address).await.map_err(|source| ServeError::Listen { address, source })?;
        beside.push(answer_calls(listener, router, end.clone()).boxed());
    }
    beside.extend(messages.iter().map(|messages| messages.run(end.clone()).boxed()));
    tracing::info!(tenants = config.tenants.len(), "the office is open");
    join(office.run(end.clone()), join_all(beside)).await;
    pages.close().await;
    tracing::info!("the office is closed");
    Ok(())
}

/// Answers calls until the end, and those that have begun for a while longer.
async fn answer_calls(listener: TcpListener, router: Router, end: impl Future<Output = ()> + Clone + Send + 'static) {
    let address = listener.local_addr().map(|address| address.to_string()).unwrap_or_default();
    tracing::info!(address, "specialist systems may call");
    let router = router.into_make_service_with_connect_info::<SocketAddr>();
    let answering = axum::serve(listener, router).with_graceful_shutdown(end.clone()).into_future();
    let grace = async {
        end.await;
        tokio::time::sleep(GRACE).await;
    };
    tokio::select! {
        ended = answering => {
            if let Err(error) = ended {
                tracing::error!(address, %error, "specialist systems cannot call any more");
            }
        }
        () = grace => tracing::warn!(address, "calls that did not come to their end were cut off"),
    }
}

/// Tests every account and inbox and prints what is wrong, changing nothing.
pub(crate) async fn check(config: &Path) -> Result<(), ServeError> {
    let config = ServiceConfig::read(config).map_err(SetupError::from)?;
    could_write(&config.data).map_err(|source| ServeError::Data { path: config.data.clone(), source })?;
    // Testing keys and connections keeps nothing.
    let store = Arc::new(MemoryStore::default());
    let parts = setup::Parts {
        store: Arc::clone(&store) as _,
        log: store,
        clock: Arc::new(SystemClock),
        entropy: Arc::new(SystemEntropy),
        notifier: Arc::new(FileNotifier::new(config.data.join("notices.jsonl"))),
        http: setup::transport(&config)?,
        looks_only: true,
    };
    // An office that is never opened: what `serve` would refuse is refused here as well.
    setup::office(&config, &parts).await?;
    let integrations = setup::integrations(&config, &parts.surroundings())?;
    let mut tally = Tally::default();
    if let Some(section) = &config.log {
        check_log(section, &mut tally)?;
    }
    for section in &config.tenants {
        if let Some(folder) = &config.reports {
            let what = format!("{}: reports in {}", section.id, folder.display());
            tally.tell(&what, could_write(&folder.join(section.id.as_str())));
        }
        let page = section.publication.as_ref().and_then(|publication| publication.page.as_ref());
        if let Some(folder) = page.and_then(|page| page.export.as_ref()) {
            tally.tell(&format!("{}: journal page in {}", section.id, folder.display()), could_write(folder));
        }
    }
    for tenant in &integrations {
        for (channel, accounts) in &tenant.channels {
            for account in accounts {
                tally.tell(&format!("{}: {} as {account}", tenant.tenant, channel.id()), channel.check(account).await);
            }
        }
        for (inbox, _) in &tenant.inboxes {
            tally.tell(&format!("{}: {}", tenant.tenant, inbox.id()), inbox.check().await);
        }
        if let Some(einnsyn) = &tenant.einnsyn {
            tally.tell(&format!("{}: einnsyn", tenant.tenant), einnsyn.check().await);
        }
        if let Some(covered) = &tenant.coverage {
            for number in &covered.organisations {
                let answer = covered.source.coverage(number).await;
                let found = answer.as_ref().map_or("access to confidential mail", |coverage| in_words(*coverage));
                tally.tell(&format!("{}: {number}: {found}", tenant.tenant), answer.map(drop));
            }
        }
        for source in &tenant.sources {
            check_source(tenant, source, parts.clock.now(), &mut tally).await;
        }
        if let Some(calls) = &tenant.calls {
            tally.tell(&format!("{}: calls at {}", tenant.tenant, calls.listen), free(calls.listen).await);
        }
    }
    if let Some(section) = &config.journal_page {
        tally.tell(&format!("journal pages at {}", section.listen), free(section.listen).await);
    }
    let Tally { failed, all, idle } = tally;
    if failed > 0 {
        return Err(ServeError::Check { failed, all });
    }
    println!("{all} connections work");
    if idle > 0 {
        println!("sources that are not live by this configuration: {idle}; see the notes above");
    }
    Ok(())
}

/// What was checked so far.
#[derive(Default)]
struct Tally {
    failed: usize,
    all: usize,
    /// Sources that this configuration does not make live.
    idle: usize,
}

impl Tally {
    fn tell(&mut self, what: &str, outcome: Result<(), impl Display>) {
        self.all += 1;
        match outcome {
            Ok(()) => println!("ok      {what}"),
            Err(error) => {
                self.failed += 1;
                println!("FAILED  {what}: {error}");
            }
        }
    }
}

/// Whether checkpoints of the log can leave the house, and the key that an auditor holds them against (R3.6).
fn check_log(section: &LogSection, tally: &mut Tally) -> Result<(), SetupError> {
    println!("note    log key: {}", setup::log_signer(section)?.key());
    let kept = CheckpointFile::new(section.checkpoints.clone()).check();
    let remedy = |error: io::Error| format!("{error}: give the service a folder there that it can write to");
    tally.tell(&format!("checkpoints in {}", section.checkpoints.display()), kept.map_err(remedy));
    Ok(())
}

/// Whether a source can be reached, and whether it may go live (R10.1).
async fn check_source(tenant: &Integrations, source: &Source, now: Timestamp, tally: &mut Tally) {
    let name = format!("{}: source {}", tenant.tenant, source.id);
    if let Some(asked) = &source.asked {
        tally.tell(&name, asked.check().await);
    }
    if let Some(messages) = &source.messages {
        let usable = std::fs::read_dir(&messages.folder).and_then(|_| could_write(&messages.folder));
        tally.tell(&format!("{name}: messages"), usable);
    }
    match &source.integration {
        Some(record) => {
            let gaps: Vec<&str> = record.gaps(oslo_date(now)).into_iter().map(Gap::remedy).collect();
            let ready = if gaps.is_empty() { Ok(()) } else { Err(gaps.join("; ")) };
            tally.tell(&format!("{name}: record of the integration"), ready);
        }
        None => {
            tally.idle += 1;
            println!(
                "note    {name}: NOT LIVE by this configuration, which has no `integration` for it: it goes live by the \
                 archive's own register of integrations alone, and nothing it hands in is taken in before"
            );
        }
    }
    if source.user.is_none() {
        println!(
            "note    {name}: has no `rights`: it may do what the archive's own register of users lets it, and no more"
        );
    }
}

/// Whether an address can be listened at. One that is in use may be our own service.
async fn free(address: SocketAddr) -> io::Result<()> {
    match TcpListener::bind(address).await {
        Err(error) if error.kind() != io::ErrorKind::AddrInUse => Err(error),
        _ => Ok(()),
    }
}

/// What a coverage means for those who administer access (R5.5).
const fn in_words(coverage: Coverage) -> &'static str {
    match coverage {
        Coverage::Held => "somebody can open confidential mail",
        Coverage::NotHeld => "NOBODY can open confidential mail: give somebody that access in Altinn",
        Coverage::Unknown => "whether anybody can open confidential mail is not told to us",
    }
}

async fn told_to_end() {
    let interrupt = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = interrupt => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    let _interrupted = interrupt.await;
}

/// How long calls that have begun may take when the service ends.
const GRACE: Duration = Duration::from_secs(30);
