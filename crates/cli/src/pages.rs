//! The journal pages beside the office: served at an address of their own, and written as files every hour, and at once when
//! something was taken away.

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
    #[cfg(test)]
    address: Option<SocketAddr>,
    work: JoinSet<()>,
    stop: watch::Sender<bool>,
}

/// Begins to serve and to write, as the configuration says.
pub(crate) async fn serve(config: &ServiceConfig, pages: Vec<Page>) -> Result<Pages, PagesError> {
    let (stop, stopped) = watch::channel(false);
    let (mut work, mut served) = (JoinSet::new(), None);
    if let Some(section) = &config.journal_page {
        let address = section.listen;
        let broken = |source| PagesError::Listen { address, source };
        let listener = TcpListener::bind(address).await.map_err(broken)?;
        served = listener.local_addr().ok();
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
    if let Some(address) = served {
        tracing::info!(%address, "the journal pages are served");
    }
    Ok(Pages {
        #[cfg(test)]
        address: served,
        work,
        stop,
    })
}

impl Pages {
    /// Ends the work, in good order as far as readers let it.
    pub(crate) async fn close(mut self) {
        let _told = self.stop.send(true);
        let all = async { while self.work.join_next().await.is_some() {} };
        let _in_time = tokio::time::timeout(PATIENCE, all).await;
    }
}

/// Each archive's page below its id, with a slash at the end or without.
fn router(pages: &[Page]) -> Router {
    let nested =
        |router: Router, page: &Page| router.nest_service(&format!("/{}", page.tenant), page.page.router::<()>());
    pages.iter().fold(Router::new(), nested)
}

/// Writes a page as files now, every hour, and when the files show something that was taken away or corrected.
async fn written(page: Page, stopped: watch::Receiver<bool>) {
    let Some(folder) = &page.export else { return };
    let mut hours = tokio::time::interval(EVERY);
    hours.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let hurried = tokio::select! {
            () = told(stopped.clone()) => return,
            _ = hours.tick() => false,
            () = page.page.taken_away() => true,
        };
        match page.page.export(folder).await {
            Ok(exported) => tracing::debug!(tenant = %page.tenant, ?exported, "the journal page is written"),
            Err(error) => tracing::error!(tenant = %page.tenant, %error, "the journal page cannot be written"),
        }
        if hurried {
            // Many corrections come together, in the night for one.
            let _over = tokio::time::timeout(BETWEEN, told(stopped.clone())).await;
        }
    }
}

async fn told(mut stopped: watch::Receiver<bool>) {
    // When nobody can say so any more, it is over as well.
    let _over = stopped.wait_for(|over| *over).await;
}

/// How often pages are written, and how long readers are waited for.
const EVERY: Duration = Duration::from_secs(60 * 60);
/// How long is waited after they were written since something was taken away.
const BETWEEN: Duration = Duration::from_secs(10);
const PATIENCE: Duration = Duration::from_secs(5);

#[cfg(test)]
mod tests {
    use std::{path::Path, sync::Arc};

    use http::Request;
    use sakarkiv::{
        SystemClock,
        core::{identity::TenantId, ports::MeetingPublisher, publication::clear_meeting},
        http::Body,
        journal_page::{JournalPage, MemoryPageStore, PagePorts, PageSettings},
    };
    use sakarkiv_testkit::{conformance::Samples, memory::MemoryStore};

    use super::*;
    use crate::setup;

    async fn page(export: &Path) -> Page {
        let (store, blobs) = (Arc::new(MemoryPageStore::new()), Arc::new(MemoryStore::default()));
        let ports = PagePorts { store, blobs, clock: Arc::new(SystemClock) };
        let tenant = TenantId::new("bodo").unwrap();
        let page = JournalPage::open(tenant.clone(), PageSettings::new("Prøvedal kommune"), ports).await.unwrap();
        Page { tenant, page, export: Some(export.to_owned()) }
    }

    #[tokio::test]
    async fn each_archives_page_is_served_below_its_id_and_written_as_files() {
        let folder = tempfile::tempdir().unwrap();
        let text =
            "data = \"x\"\ntenants = []\nplain_http_to_loopback = true\njournal_page = { listen = \"127.0.0.1:0\" }";
        let config: ServiceConfig = toml::from_str(text).unwrap();
        let pages = serve(&config, vec![page(folder.path()).await]).await.unwrap();
        let address = pages.address.unwrap();
        let http = setup::transport(&config).unwrap();
        for (path, status) in [("/bodo/", 200), ("/rost/", 404)] {
            let request = Request::get(format!("http://{address}{path}")).body(Body::empty()).unwrap();
            assert_eq!(http.call(request).await.unwrap().status().as_u16(), status, "{path}");
        }
        drop(http);
        pages.close().await;
        assert!(folder.path().join("index.html").exists());
    }
    #[tokio::test]
    async fn what_is_withdrawn_leaves_the_files_before_the_hour_is_over() {
        let folder = tempfile::tempdir().unwrap();
        let page = page(folder.path()).await;
        let meeting = Samples::new("bodo").public_meeting();
        let cleared = clear_meeting(meeting.clone(), &meeting.clean_report(), &[]).unwrap();
        page.page.publish_meeting(&cleared).await.unwrap();
        let (journal, file) = (page.page.clone(), format!("mote/{}.html", meeting.meeting));
        let config: ServiceConfig = toml::from_str("data = \"x\"\ntenants = []").unwrap();
        let pages = serve(&config, vec![page]).await.unwrap();
        let stands = || folder.path().join(&file).exists();
        while !stands() {
            tokio::task::yield_now().await;
        }
        journal.withdraw_meeting(meeting.meeting).await.unwrap();
        while stands() {
            tokio::task::yield_now().await;
        }
        pages.close().await;
    }
}
