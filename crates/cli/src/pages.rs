//! The journal pages beside the office: served at an address of their own, and written as files every hour.

use std::{net::SocketAddr, time::Duration};

use axum::Router;
use thiserror::Error;
use tokio::{net::TcpListener, sync::watch, task::JoinSet, time::MissedTickBehavior};

use crate::{config::ServiceConfig, setup::Page};

/// Why the journal pages cannot be served.
#[derive(Debug, Error)]
pub(crate) enum PagesError {
    #[error("the journal pages cannot be served at `{address}`: {source}")]
    Listen { address: SocketAddr, source: std::io::Error },
}

/// The pages at work.
#[derive(Debug)]
pub(crate) struct Pages {
    work: JoinSet<()>,
    stop: watch::Sender<bool>,
}

/// Begins to serve and to write, as the configuration says.
pub(crate) async fn serve(config: &ServiceConfig, pages: Vec<Page>) -> Result<Pages, PagesError> {
    let (stop, stopped) = watch::channel(false);
    let mut work = JoinSet::new();
    if let Some(section) = &config.journal_page {
        let address = section.listen;
        let broken = |source| PagesError::Listen { address, source };
        let listener = TcpListener::bind(address).await.map_err(broken)?;
        let stopped = stopped.clone();
        let router = router(&pages);
        work.spawn(async move {
            if let Err(error) = axum::serve(listener, router).with_graceful_shutdown(told(stopped)).await {
                tracing::error!(%error, "the journal pages are not served any more");
            }
        });
    }
    for page in pages {
        work.spawn(written(page, stopped.clone()));
    }
    Ok(Pages { work, stop })
}

impl Pages {
    /// Ends the work, in good order as far as readers let it.
    pub(crate) async fn close(mut self) {
        let _told = self.stop.send(true);
        let all = async { while self.work.join_next().await.is_some() {} };
        let _in_time = tokio::time::timeout(PATIENCE, all).await;
    }
}

/// Each archive's page below its id.
fn router(pages: &[Page]) -> Router {
    let nested = |router: Router, page: &Page| router.nest(&format!("/{}", page.tenant), page.page.router());
    pages.iter().fold(Router::new(), nested)
}

/// Writes a page as files now and every hour.
async fn written(page: Page, stopped: watch::Receiver<bool>) {
    let Some(folder) = &page.export else { return };
    let mut hours = tokio::time::interval(EVERY);
    hours.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = told(stopped.clone()) => return,
            _ = hours.tick() => {}
        }
        match page.page.export(folder).await {
            Ok(exported) => tracing::debug!(tenant = %page.tenant, ?exported, "the journal page is written"),
            Err(error) => tracing::error!(tenant = %page.tenant, %error, "the journal page cannot be written"),
        }
    }
}

async fn told(mut stopped: watch::Receiver<bool>) {
    // When nobody can say so any more, it is over as well.
    let _over = stopped.wait_for(|over| *over).await;
}

/// How often pages are written, and how long readers are waited for.
const EVERY: Duration = Duration::from_secs(60 * 60);
const PATIENCE: Duration = Duration::from_secs(5);
