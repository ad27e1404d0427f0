//! Failed logins at the ways in over HTTP, told to the log (R3.1).

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use axum::{
    Router,
    extract::{ConnectInfo, Request, State},
    middleware::{Next, from_fn_with_state},
    response::Response,
};
use http::{HeaderMap, StatusCode};
use sakarkiv::{
    core::{
        access::Actor,
        identity::{ActorId, IdError, TenantId, Timestamp},
        ports::Clock,
    },
    engine::{Login, RecordsOffice},
};

/// Tells one in a minute for each name that may log in and one for all others, so that nobody fills the log by trying.
pub(super) struct FailedLogins {
    office: RecordsOffice,
    clock: Arc<dyn Clock>,
    tenant: TenantId,
    /// As whom they work who may log in, by the name they do it with.
    known: BTreeMap<String, ActorId>,
    stranger: ActorId,
    /// When one was told last, by its name if that is known.
    told: Mutex<BTreeMap<Option<String>, Timestamp>>,
}

impl FailedLogins {
    pub(super) fn new(
        office: &RecordsOffice,
        clock: &Arc<dyn Clock>,
        tenant: TenantId,
        known: BTreeMap<String, ActorId>,
    ) -> Result<Self, IdError> {
        let (office, clock, stranger) = (office.clone(), Arc::clone(clock), ActorId::new(STRANGER)?);
        Ok(Self { office, clock, tenant, known, stranger, told: Mutex::default() })
    }

    /// Tells of the calls that a router turns away for their login. `name` finds by which name a call logs in.
    pub(super) fn at(
        self,
        router: Router,
        name: impl Fn(&HeaderMap) -> Option<String> + Send + Sync + 'static,
    ) -> Router {
        router.layer(from_fn_with_state(Arc::new((self, Box::new(name) as Naming)), watch))
    }

    async fn tell(&self, name: Option<String>, from: Option<SocketAddr>) {
        let name = name.map(|name| name.chars().take(LONGEST_NAME).collect::<String>());
        let known = name.as_ref().and_then(|name| self.known.get(name));
        if !self.is_due(name.clone().filter(|_| known.is_some())) {
            return;
        }
        let mut actor = Actor::new(self.tenant.clone(), known.unwrap_or(&self.stranger).clone());
        if let Some(from) = from {
            actor = actor.from_client(from.ip().to_string());
        }
        if let Err(error) = self.office.tell_login(&actor, Login::Failed, name).await {
            tracing::error!(tenant = %self.tenant, %error, "a failed login cannot be logged");
        }
    }

    fn is_due(&self, known: Option<String>) -> bool {
        let now = self.clock.now();
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let due = told.get(&known).is_none_or(|last| now >= *last + EVERY);
        if due {
            told.insert(known, now);
        }
        due
    }
}

type Naming = Box<dyn Fn(&HeaderMap) -> Option<String> + Send + Sync>;

async fn watch(State(at): State<Arc<(FailedLogins, Naming)>>, call: Request, next: Next) -> Response {
    let (logins, naming) = &*at;
    let (name, from) = (naming(call.headers()), call.extensions().get::<ConnectInfo<SocketAddr>>().map(|from| from.0));
    let answer = next.run(call).await;
    if answer.status() == StatusCode::UNAUTHORIZED {
        logins.tell(name, from).await;
    }
    answer
}

/// As whom somebody stands in the log who is nobody that may log in.
const STRANGER: &str = "unknown-caller";
/// How much of a name is kept, in characters.
const LONGEST_NAME: usize = 100;
const EVERY: Duration = Duration::from_secs(60);

#[cfg(test)]
mod tests {
    use axum::routing::get;
    use sakarkiv::{
        SystemEntropy,
        core::{audit::Activity, ports::Store},
        engine::TenantSetup,
        http::{Body, HttpService, ReqwestService, TransportConfig},
    };
    use sakarkiv_testkit::{
        doubles::{ManualClock, RecordingNotifier},
        memory::MemoryStore,
    };
    use tokio::net::TcpListener;

    use super::*;

    fn name(headers: &HeaderMap) -> Option<String> {
        headers.get("name").map(|name| name.to_str().unwrap().to_owned())
    }

    #[tokio::test]
    async fn one_in_a_minute_is_told_for_each_known_name_and_one_for_all_strangers() {
        let (store, manual, tenant) =
            (Arc::new(MemoryStore::default()), ManualClock::at("2026-09-14T08:00:00Z"), TenantId::new("bodo").unwrap());
        let clock = manual.port();
        let office = RecordsOffice::builder()
            .store(Arc::clone(&store) as _)
            .clock(Arc::clone(&clock))
            .entropy(Arc::new(SystemEntropy))
            .notifier(Arc::new(RecordingNotifier::default()))
            .node("office")
            .tenant(TenantSetup::new(tenant.clone()))
            .build()
            .unwrap();
        let known = ["kart", "skole"].map(|name| (name.to_owned(), ActorId::new(format!("svc-{name}")).unwrap()));
        let logins = FailedLogins::new(&office, &clock, tenant.clone(), known.into()).unwrap();
        let refused = Router::new().route("/", get(async || StatusCode::UNAUTHORIZED)).route("/open", get(async || ()));
        let router = logins.at(refused, name).into_make_service_with_connect_info::<SocketAddr>();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(axum::serve(listener, router).into_future());
        let mut transport = TransportConfig::default();
        transport.allow_loopback_http = true;
        let http = ReqwestService::new(&transport).unwrap();
        let call = async |path: &str, name: &str| {
            let request = http::Request::get(format!("http://{address}{path}")).header("name", name);
            http.call(request.body(Body::empty()).unwrap()).await.unwrap();
        };
        for name in ["kart", "kart", "skole", "ukjent", "annen"] {
            call("/", name).await;
        }
        call("/open", "kart").await;
        manual.advance(Duration::from_secs(60));
        call("/", "kart").await;
        let log = store.audit_log(&tenant, 0, 100).await.unwrap();
        let failed = log.iter().filter(|record| record.event.activity == Activity::LoginFailed);
        let told: Vec<_> = failed
            .map(|record| {
                (record.event.actor.as_str(), record.event.client.as_deref(), record.event.details.expose().len())
            })
            .collect();
        let here = Some("127.0.0.1");
        assert_eq!(
            told,
            [("svc-kart", here, 1), ("svc-skole", here, 1), ("unknown-caller", here, 1), ("svc-kart", here, 1)]
        );
    }
}
