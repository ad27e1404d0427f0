//! eInnsyn: the public journal, and where the public asks for access.

mod answers;
mod checks;
mod entity;
mod fields;
mod guard;
mod ids;
mod order_xml;
mod orders;
mod paging;
mod problem;
mod received;
mod relations;
mod remove;
mod search;
mod service;
mod settings;
mod show;
mod store;
mod time;
mod world;
mod write;

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use axum::{
    Router,
    body::Body,
    extract::{Request, State},
    middleware::{self, Next},
    response::{IntoResponse, Response},
};
use bytes::{Bytes, BytesMut};
use futures_util::{StreamExt, stream};
use http::{StatusCode, header};
use sakarkiv_core::ports::Clock;
use serde_json::{Value, json};

use self::{
    checks::Purpose,
    fields::Form,
    problem::Problem,
    show::Expand,
    store::Record,
    world::{Caller, World},
};
pub use self::{
    entity::{Action, Entity},
    orders::{Message, Order, OrderChannel},
    problem::Refused,
    received::Received,
    settings::{AddedUnit, Settings, Unit},
};
use super::{
    calls::Call,
    faults::Faults,
    gate::{ErrorStyle, Gate},
};

/// An eInnsyn with units, their keys and everything they publish.
///
/// Orders are sent on, retried and forgotten by the clock: whoever looks sees things as they are by then. Cloning gives
/// another handle to the same simulator.
///
/// Left out are the users of the front end with what they save, statistics, and the download of documents through the
/// service: no publisher needs them.
///
/// ```
/// use sakarkiv_testkit::{
///     doubles::ManualClock,
///     simulators::{EInnsynSim, einnsyn::{Action, Entity, Unit}, Fault, When},
/// };
///
/// let clock = ManualClock::at("2026-09-14T08:00:00Z");
/// let einnsyn = EInnsynSim::new(clock.port());
/// let unit = einnsyn.add_unit(&Unit::new("Prøvedal kommune", "314111222"));
/// // The next case is taken, but its sender never learns of it.
/// einnsyn.faults().arm(Action::Create(Entity::Saksmappe), When::Next(1), Fault::DropAfter);
/// assert!(unit.key.starts_with("secret_"));
/// assert!(einnsyn.public(Entity::Saksmappe).is_empty());
/// ```
#[derive(Debug, Clone)]
pub struct EInnsynSim {
    inner: Arc<Inner>,
}

struct Inner {
    gate: Arc<Gate>,
    world: Mutex<World>,
}

impl fmt::Debug for Inner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inner").finish_non_exhaustive()
    }
}

impl EInnsynSim {
    /// An eInnsyn with nothing but its root unit.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        let gate = Gate::new(clock, 0x6569_6e6e, ErrorStyle::EInnsyn);
        let world = Mutex::new(World::new(gate.now()));
        Self { inner: Arc::new(Inner { gate, world }) }
    }

    /// Changes how it behaves, from now on.
    pub fn configure(&self, change: impl FnOnce(&mut Settings)) {
        change(&mut self.world().settings);
    }

    /// Adds a unit with a key of its own.
    ///
    /// # Panics
    /// When the organisation number is taken or the parent does not exist: a mistake in the test itself.
    #[must_use]
    pub fn add_unit(&self, unit: &Unit) -> AddedUnit {
        let now = self.inner.gate.now();
        let mut world = self.world();
        world.store.begin();
        let kind = if unit.parent.is_some() { "AVDELING" } else { "KOMMUNE" };
        let unknown_parent = unit.parent.as_ref().is_some_and(|parent| world.store.get(parent).is_none());
        let id = world.unit(unit, kind, now).ok().filter(|_| !unknown_parent);
        let id = expect_unit(id);
        let key = world.new_key(&id, None, None);
        AddedUnit { id, key }
    }

    /// A new key of the root unit, which may do what only an administrator may.
    #[must_use]
    pub fn admin_key(&self) -> String {
        let mut world = self.world();
        let root = world.root.clone();
        world.new_key(&root, None, None)
    }

    /// Takes a key out of use.
    pub fn revoke_key(&self, key: &str) {
        self.world().keys.remove(key);
    }

    /// Sets the version of order XML that a unit wants, by its id.
    pub fn set_order_version(&self, unit: &str, version: u8) {
        let mut world = self.world();
        world.store.begin();
        if let Some(record) = world.store.get(unit) {
            let mut record = Record::clone(record);
            record.set("orderXmlVersjon", i64::from(version));
            // Nothing unique is changed.
            let _stored = world.store.put(record);
        }
    }

    /// Lets the next so many deliveries of orders to a unit fail.
    pub fn fail_deliveries(&self, unit: &str, count: u32) {
        self.world().failing.insert(unit.to_owned(), count);
    }

    /// Sends on the orders that are due by now. Looking at anything does so too.
    pub fn catch_up(&self) {
        let now = self.inner.gate.now();
        self.world().catch_up(now);
    }

    /// One object with everything its owner sees and what is held back, by eInnsyn id or, where unique, system id.
    #[must_use]
    pub fn object(&self, entity: Entity, id: &str) -> Option<Value> {
        let (owner, world) = (self.all_seeing(), self.caught_up());
        let record = world.resolve(entity, id).and_then(|id| world.store.get(&id).cloned())?;
        Some(world.show(&owner, &record, &Expand::new()))
    }

    /// All objects of a kind as [`object`](Self::object) shows them, oldest first.
    #[must_use]
    pub fn objects(&self, entity: Entity) -> Vec<Value> {
        let (owner, world) = (self.all_seeing(), self.caught_up());
        world.store.all(entity).map(|record| world.show(&owner, record, &Expand::new())).collect()
    }

    /// What the public can list of a kind at present, oldest first, with everything below it expanded. Requests, orders and
    /// keys are not public.
    #[must_use]
    pub fn public(&self, entity: Entity) -> Vec<Value> {
        if matches!(entity, Entity::Innsynskrav | Entity::InnsynskravBestilling | Entity::ApiKey) {
            return Vec::new();
        }
        let anybody = Caller::anybody(self.inner.gate.now());
        let (world, expand) = (self.caught_up(), everything_below(entity));
        let visible = world.store.all(entity).filter(|record| world.shows(&anybody, record));
        visible.map(|record| world.show(&anybody, record, &expand)).collect()
    }

    /// Every byte that the public can read at present, one object in a line, for a search after what must not be there.
    #[must_use]
    pub fn public_text(&self) -> String {
        let lines: Vec<String> =
            Entity::ALL.into_iter().flat_map(|entity| self.public(entity)).map(|object| object.to_string()).collect();
        lines.join("\n")
    }

    /// Somebody asks for access to entries, by their ids or system ids, without being logged in. Nothing is sent on before
    /// the order is [verified](Self::verify_order).
    ///
    /// # Errors
    /// As the service refuses: an entry that the public does not see, too many entries, too many unverified orders.
    pub fn place_order(&self, email: &str, entries: &[&str]) -> Result<Order, Refused> {
        let now = self.inner.gate.now();
        let items: Vec<Value> = entries.iter().map(|entry| json!({"journalpost": entry})).collect();
        let body = json!({"email": email, "innsynskrav": items});
        let members = body.as_object().cloned().unwrap_or_default();
        let mut world = self.caught_up();
        world.store.begin();
        let placed = world
            .check(Entity::InnsynskravBestilling, &members, Purpose::Create)
            .and_then(|()| world.place(&Caller::anybody(now), &members));
        match placed {
            Ok(id) => {
                let requests = world.store.linking(&id, "innsynskravBestilling");
                let secret = world.orders.get(&id).map(|state| state.secret.clone()).unwrap_or_default();
                Ok(Order { id, requests, secret })
            }
            Err(problem) => {
                world.store.roll_back();
                Err(problem.into())
            }
        }
    }

    /// The requester follows the link in the e-mail, and the order is sent on.
    ///
    /// # Errors
    /// When the order is no longer there.
    pub fn verify_order(&self, order: &Order) -> Result<(), Refused> {
        let now = self.inner.gate.now();
        let mut world = self.caught_up();
        world.store.begin();
        world.verify(&order.id, &order.secret, now).map_err(Refused::from)
    }

    /// Every order as the units got it, in the order of sending, with its XML.
    #[must_use]
    pub fn messages(&self) -> Vec<Message> {
        self.caught_up().messages.clone()
    }

    /// Everything that was ever sent to the service, in order, also what it turned away.
    #[must_use]
    pub fn received(&self) -> Vec<Received> {
        self.world().received.clone()
    }

    /// The faults that can be armed.
    #[must_use]
    pub fn faults(&self) -> &Faults {
        &self.inner.gate.faults
    }

    /// Every request so far. `account` is the unit that the key acted for, `reference` the system id in the body.
    #[must_use]
    pub fn calls(&self) -> Vec<Call> {
        self.inner.gate.log.all()
    }

    /// How many calls wait on the clock at present.
    #[must_use]
    pub fn stalled(&self) -> usize {
        self.inner.gate.stalled()
    }

    /// The service, at the root of its host.
    pub fn router(&self) -> Router {
        let router = self.inner.gate.close(service::routes(self));
        router.layer(middleware::from_fn_with_state(self.clone(), record))
    }

    fn world(&self) -> MutexGuard<'_, World> {
        self.inner.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn caught_up(&self) -> MutexGuard<'_, World> {
        self.catch_up();
        self.world()
    }

    /// Who sees everything.
    fn all_seeing(&self) -> Caller {
        Caller { unit: Some(self.world().root.clone()), admin: true, now: self.inner.gate.now() }
    }
}

/// Keeps what was sent before anything else happens to it, and answers for methods that an address does not have.
async fn record(State(sim): State<EInnsynSim>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let (method, path) = (parts.method.to_string(), parts.uri.path().to_owned());
    let (read, broken) = read(body).await;
    sim.world().received.push(Received {
        at: sim.inner.gate.now(),
        method: method.clone(),
        path,
        query: parts.uri.query().map(str::to_owned),
        body: read.clone(),
    });
    let rest = broken.map(Err::<Bytes, _>);
    let body = Body::from_stream(stream::iter([Ok(read)].into_iter().chain(rest)));
    let mut response = next.run(Request::from_parts(parts, body)).await;
    if response.status() != StatusCode::METHOD_NOT_ALLOWED {
        return response;
    }
    let allowed = response.headers_mut().remove(header::ALLOW);
    let mut refused = Problem::not_allowed(&method).into_response();
    if let Some(allowed) = allowed {
        refused.headers_mut().insert(header::ALLOW, allowed);
    }
    refused
}

/// A body as far as it comes, and what broke it off.
async fn read(body: Body) -> (Bytes, Option<axum::Error>) {
    let mut read = BytesMut::new();
    let mut chunks = body.into_data_stream();
    while let Some(chunk) = chunks.next().await {
        match chunk {
            Ok(bytes) => read.extend_from_slice(&bytes),
            Err(error) => return (read.freeze(), Some(error)),
        }
    }
    (read.freeze(), None)
}

/// The paths to everything that is published along with an object.
fn everything_below(entity: Entity) -> Expand {
    fn walk(entity: Entity, at: &str, found: &mut Expand) {
        for field in fields::of(entity) {
            let target = match field.form {
                Form::Many(target) => target,
                Form::One(target) if relations::role(target) != relations::Role::Named => target,
                _ => continue,
            };
            // Units hang together without end.
            if target == Entity::Enhet {
                continue;
            }
            let path = if at.is_empty() { field.name.to_owned() } else { format!("{at}.{}", field.name) };
            walk(target, &path, found);
            found.insert(path);
        }
    }
    let mut found = Expand::new();
    walk(entity, "", &mut found);
    found
}

#[expect(clippy::panic, reason = "a wrong literal in a test has no other sensible end")]
fn expect_unit(id: Option<String>) -> String {
    match id {
        Some(id) => id,
        None => panic!("the unit's organisation number is taken or its parent does not exist"),
    }
}
