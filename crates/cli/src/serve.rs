//! The office as a service against real endpoints, and the check of a configuration before it goes live.

use std::{path::Path, sync::Arc};

use sakarkiv::{
    SystemClock, SystemEntropy,
    core::{ports::PortError, routing::Coverage},
    sqlite::SqliteStore,
};
use sakarkiv_testkit::memory::MemoryStore;
use thiserror::Error;

use crate::{
    config::ServiceConfig,
    notices::FileNotifier,
    pages::{self, PagesError},
    setup::{self, SetupError},
};

/// Why the service stopped or did not start.
#[derive(Debug, Error)]
pub(crate) enum ServeError {
    #[error(transparent)]
    Setup(#[from] SetupError),
    #[error(transparent)]
    Pages(#[from] PagesError),
    #[error("the data folder `{path}` cannot be used: {source}")]
    Data { path: std::path::PathBuf, source: std::io::Error },
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
    };
    let opened = setup::office(&config, &parts).await?;
    let pages = pages::serve(&config, opened.pages).await?;
    tracing::info!(tenants = config.tenants.len(), "the office is open");
    opened.office.run(told_to_end()).await;
    pages.close().await;
    tracing::info!("the office is closed");
    Ok(())
}

/// Tests every account and inbox and prints what is wrong, changing nothing.
pub(crate) async fn check(config: &Path) -> Result<(), ServeError> {
    let config = ServiceConfig::read(config).map_err(SetupError::from)?;
    let http = setup::transport(&config)?;
    let (clock, entropy) = (Arc::new(SystemClock) as _, Arc::new(SystemEntropy) as _);
    // Testing keys and connections keeps nothing.
    let store = Arc::new(MemoryStore::default()) as _;
    let around = setup::Surroundings { http: &http, store: &store, clock: &clock, entropy: &entropy };
    let integrations = setup::integrations(&config, &around)?;
    let (mut failed, mut all) = (0, 0);
    let mut tell = |what: String, outcome: Result<(), PortError>| {
        all += 1;
        match outcome {
            Ok(()) => println!("ok      {what}"),
            Err(error) => {
                failed += 1;
                println!("FAILED  {what}: {error}");
            }
        }
    };
    for tenant in &integrations {
        for (channel, accounts) in &tenant.channels {
            for account in accounts {
                tell(format!("{}: {} as {account}", tenant.tenant, channel.id()), channel.check(account).await);
            }
        }
        for (inbox, _) in &tenant.inboxes {
            tell(format!("{}: {}", tenant.tenant, inbox.id()), inbox.check().await);
        }
        if let Some(einnsyn) = &tenant.einnsyn {
            tell(format!("{}: einnsyn", tenant.tenant), einnsyn.check().await);
        }
        if let Some(covered) = &tenant.coverage {
            for number in &covered.organisations {
                let answer = covered.source.coverage(number).await;
                let found = answer.as_ref().map_or("access to confidential mail", |coverage| in_words(*coverage));
                tell(format!("{}: {number}: {found}", tenant.tenant), answer.map(drop));
            }
        }
    }
    if failed > 0 {
        return Err(ServeError::Check { failed, all });
    }
    println!("{all} connections work");
    Ok(())
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
