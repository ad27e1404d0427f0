//! The parts of the platform beside correspondence: resources and their policies, who holds what, event subscriptions.

use axum::{
    Extension,
    extract::{Path, Query, Request, State},
    response::{IntoResponse, Response},
};
use http::{HeaderMap, StatusCode, header};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    AltinnSim,
    access::{Caller, Policy},
    events::Subscription,
    initialize::json_body,
    problems::{Stop, bare, problem},
    settings::{Access, CONFIDENTIAL_PACKAGE, EXPLICIT_PACKAGE, Holder, ORDINARY_PACKAGE, Resource, ResourceKind},
    text,
    world::World,
};
use crate::simulators::gate::{Noted, json_answer};

const PACKAGE: &str = "urn:altinn:accesspackage";
/// The package whose holders manage access.
const MAIN_ADMINISTRATOR: &str = "hovedadministrator";
const ACCESS_MANAGEMENT: &str = "tilgangsstyring";

impl Resource {
    /// The package by which its policy says to whom it is open.
    const fn package(&self) -> &'static str {
        match self.kind {
            ResourceKind::Ordinary => ORDINARY_PACKAGE,
            ResourceKind::Confidential => CONFIDENTIAL_PACKAGE,
            ResourceKind::Explicit => EXPLICIT_PACKAGE,
        }
    }

    fn json(&self) -> Value {
        json!({
            "identifier": self.id,
            "title": {"nb": self.title, "nn": self.title, "en": self.title},
            "resourceType": self.resource_type,
            "hasCompetentAuthority": {
                "organization": self.owner, "orgcode": format!("org{}", self.owner), "name": {"nb": self.owner},
            },
        })
    }
}

/// `GET /resource/{id}`.
pub(crate) async fn one(State(sim): State<AltinnSim>, Path(id): Path<String>) -> Result<Response, Stop> {
    let (world, _) = sim.now();
    let resource = world.resource(&id).ok_or_else(|| bare(StatusCode::NOT_FOUND))?;
    Ok(json_answer(&resource.json()))
}

/// `GET /resource/resourcelist`.
pub(crate) async fn list(State(sim): State<AltinnSim>) -> Response {
    let (world, _) = sim.now();
    json_answer(&world.resources.values().map(Resource::json).collect())
}

/// `GET /resource/{id}/policy/rights`: what tells a confidential resource from others.
pub(crate) async fn rights(State(sim): State<AltinnSim>, Path(id): Path<String>) -> Result<Response, Stop> {
    let (world, _) = sim.now();
    let resource = world.resource(&id).ok_or_else(|| bare(StatusCode::NOT_FOUND))?;
    let right = |action: &str, subject: Value, kind: &str| {
        json!({
            "action": {"type": "urn:oasis:names:tc:xacml:1.0:action:action-id", "value": action},
            "resource": [{"type": "urn:altinn:resource", "value": resource.id}],
            "subjects": [{"subjectAttributes": [subject]}],
            "rightKey": format!("{};{action}", resource.id),
            "subjectTypes": [kind],
        })
    };
    let package = json!({"type": PACKAGE, "value": resource.package()});
    let owner = json!({"type": "urn:altinn:org", "value": format!("org{}", resource.owner)});
    Ok(json_answer(&json!([right("read", package, PACKAGE), right("write", owner, "urn:altinn:org")])))
}

/// `POST /resource/bysubjects`: the resources that packages open.
pub(crate) async fn by_subjects(State(sim): State<AltinnSim>, request: Request) -> Result<Response, Stop> {
    let subjects: Vec<String> = serde_json::from_value(json_body(request).await?)
        .map_err(|_| problem(StatusCode::BAD_REQUEST, "a list of subjects is needed"))?;
    let (world, _) = sim.now();
    let found = subjects.iter().map(|subject| {
        let opened = world.resources.values().filter(|resource| *subject == format!("{PACKAGE}:{}", resource.package()));
        let resources = opened.map(|resource| {
            let urn = format!("{}{}", text::RESOURCE, resource.id);
            json!({"type": "urn:altinn:resource", "value": resource.id, "urn": urn})
        });
        let value = subject.rsplit(':').next();
        json!({"subject": {"type": PACKAGE, "value": value, "urn": subject}, "resources": resources.collect::<Vec<_>>()})
    });
    Ok(json_answer(&json!({"links": {"next": null}, "data": found.collect::<Vec<_>>()})))
}

/// The party register's id of a party: the same for one number in every run.
pub(crate) fn party_id(number: &str) -> Uuid {
    Uuid::from_u128(0x0a00_0000_0000_4000_8000_0000_0000_0000 | number.parse::<u128>().unwrap_or_default())
}

/// `GET /enduser/authorizedparties`: what the calling system user holds itself.
pub(crate) async fn authorized_parties(State(sim): State<AltinnSim>, headers: HeaderMap) -> Result<Response, Stop> {
    let policy = Policy::Scope("altinn:accessmanagement/authorizedparties");
    let caller = sim.admit(&headers, policy, "application/json")?;
    let (world, _) = sim.now();
    let mut packages = Vec::new();
    let mut resources = Vec::new();
    let mine = world.grants.iter().filter(|grant| {
        grant.until.is_none() && grant.organisation == caller.organisation && grant.holder == caller.holder
    });
    for grant in mine {
        match &grant.access {
            Access::Package(package) => packages.push(package.clone()),
            Access::Resource(resource) => resources.push(resource.clone()),
            Access::Message(_) => {}
        }
    }
    let facts = world.facts(&caller.organisation);
    Ok(json_answer(&json!({"links": {"next": null}, "data": [{
        "partyUuid": party_id(&caller.organisation), "name": facts.name, "organizationNumber": caller.organisation,
        "partyId": 51_000_001, "type": "Organization", "unitType": "AS", "isDeleted": false,
        "onlyHierarchyElementWithNoAccess": false, "authorizedAccessPackages": packages,
        "authorizedResources": resources, "authorizedRoles": [], "subunits": [],
    }]})))
}

/// `GET /enduser/connections/accesspackages`: who in the organisation holds which package.
pub(crate) async fn package_holders(
    State(sim): State<AltinnSim>,
    Query(query): Query<Vec<(String, String)>>,
    headers: HeaderMap,
) -> Result<Response, Stop> {
    let caller = sim.manager(&headers, &query)?;
    let (world, _) = sim.now();
    let wanted = |access: &Access| match access {
        Access::Package(name) => Some(json!({"package": {
            "id": package_id(name), "urn": format!("{PACKAGE}:{name}"), "areaId": Uuid::from_u128(7),
        }})),
        _ => None,
    };
    Ok(world.connections(&caller, wanted))
}

/// `GET /enduser/connections/resources`: who in the organisation holds a single resource.
pub(crate) async fn resource_holders(
    State(sim): State<AltinnSim>,
    Query(query): Query<Vec<(String, String)>>,
    headers: HeaderMap,
) -> Result<Response, Stop> {
    let caller = sim.manager(&headers, &query)?;
    let (world, _) = sim.now();
    let asked = query.iter().find(|(name, _)| name.eq_ignore_ascii_case("resource")).map(|(_, value)| value.as_str());
    let wanted = |access: &Access| match access {
        Access::Resource(id) if asked.is_none_or(|asked| text::resource_id(asked) == Some(id)) => {
            Some(json!({"resource": {"id": id, "refId": id}}))
        }
        _ => None,
    };
    Ok(world.connections(&caller, wanted))
}

impl AltinnSim {
    /// A caller that may look into the organisation's access management.
    fn manager(&self, headers: &HeaderMap, query: &[(String, String)]) -> Result<Caller, Stop> {
        let policy = Policy::Scope("altinn:accessmanagement/enduser:connections:toothers.read");
        let caller = self.admit(headers, policy, "application/json")?;
        let party = party_id(&caller.organisation).to_string();
        let given = |name: &str| query.iter().any(|(key, value)| key.eq_ignore_ascii_case(name) && *value == party);
        if !given("party") || !given("from") {
            return Err(bare(StatusCode::FORBIDDEN));
        }
        let (world, _) = self.now();
        let manages = [MAIN_ADMINISTRATOR, ACCESS_MANAGEMENT].iter().any(|package| {
            let access = Access::Package((*package).to_owned());
            world.holders_of(&caller.organisation, &access).contains(&caller.holder)
        });
        drop(world);
        if manages { Ok(caller) } else { Err(bare(StatusCode::FORBIDDEN)) }
    }
}

impl World {
    fn connections(&self, caller: &Caller, wanted: impl Fn(&Access) -> Option<Value>) -> Response {
        let organisation = &caller.organisation;
        let held = self.grants.iter().filter(|grant| grant.organisation == *organisation && grant.until.is_none());
        let mut accesses: Vec<&Access> = held.map(|grant| &grant.access).collect();
        accesses.sort();
        accesses.dedup();
        let own = json!({"id": party_id(organisation), "name": self.facts(organisation).name, "type": "Organisasjon"});
        let found = accesses.into_iter().filter_map(|access| {
            let mut entry = wanted(access)?;
            let holders = self.holders_of(organisation, access);
            let permissions = holders.iter().map(|holder| json!({"from": own, "to": holder_json(holder)}));
            entry.as_object_mut()?.insert("permissions".to_owned(), permissions.collect());
            Some(entry)
        });
        json_answer(&json!({"links": {"next": null}, "data": found.collect::<Vec<_>>()}))
    }
}

fn holder_json(holder: &Holder) -> Value {
    match holder {
        Holder::Person(number) => json!({"id": party_id(number), "name": "PRØVE PERSON", "type": "Person"}),
        Holder::SystemUser(reference) => json!({"id": Uuid::from_u128(8), "name": reference, "type": "Systembruker"}),
        Holder::OwnClient | Holder::Anybody => {
            json!({"id": Uuid::from_u128(9), "name": "Virksomheten", "type": "Organisasjon"})
        }
    }
}

fn package_id(name: &str) -> Uuid {
    let known = name == CONFIDENTIAL_PACKAGE;
    Uuid::from_u128(if known { 0xbb05_69a6_2268_49b5_9d38_8158_b261_24c3 } else { name.len() as u128 })
}

/// `POST /events/api/v1/subscriptions`.
pub(crate) async fn subscribe(
    State(sim): State<AltinnSim>,
    Extension(noted): Extension<Noted>,
    headers: HeaderMap,
    request: Request,
) -> Result<Response, Stop> {
    let caller = sim.admit(&headers, Policy::Scope("altinn:events.subscribe"), "application/json")?;
    let body = json_body(request).await?;
    let member = |name: &str| body.get(name).and_then(Value::as_str).map(str::to_owned);
    let bad = |text| problem(StatusCode::BAD_REQUEST, text);
    let given = |name: &str| body.get(name).is_some_and(|value| !value.is_null());
    if given("sourceFilter") || given("alternativeSubjectFilter") {
        return Err(bad("this filter is not for a resource of this kind"));
    }
    let end_point =
        member("endPoint").filter(|address| text::is_https(address)).ok_or_else(|| bad("no https endPoint"))?;
    let resource = member("resourceFilter")
        .filter(|urn| urn.starts_with(text::RESOURCE))
        .ok_or_else(|| bad("no resourceFilter"))?;
    let subject = member("subjectFilter");
    if subject.as_ref().is_some_and(|subject| !subject.starts_with("urn:")) {
        return Err(bad("subjectFilter must be a URN"));
    }
    if body.get("includeSubunits") == Some(&json!(true)) && subject.is_none() {
        return Err(bad("includeSubunits needs a subjectFilter"));
    }
    let (mut world, now) = sim.now();
    let known =
        text::resource_id(&resource).and_then(|id| world.resource(id)).ok_or_else(|| bare(StatusCode::FORBIDDEN))?;
    let own = subject.as_ref().is_some_and(|subject| text::key_of(subject) == caller.organisation);
    if !own && !world.writes(&caller, known) {
        return Err(bare(StatusCode::FORBIDDEN));
    }
    let id = world.subscriptions.keys().last().map_or(1, |last| last + 1);
    let fresh = Subscription {
        id,
        consumer: caller.organisation,
        created: now,
        end_point,
        resource,
        subject,
        kind: member("typeFilter"),
        validated: false,
    };
    if let Some(known) = world.subscriptions.values().find(|known| known.repeats(&fresh)) {
        return Ok(
            (StatusCode::OK, [(header::CONTENT_TYPE, "application/json")], known.json().to_string()).into_response()
        );
    }
    let answer = fresh.json().to_string();
    world.subscriptions.insert(id, fresh);
    noted.effect();
    Ok((StatusCode::CREATED, [(header::CONTENT_TYPE, "application/json")], answer).into_response())
}

/// `GET /events/api/v1/subscriptions`.
pub(crate) async fn subscriptions(State(sim): State<AltinnSim>, headers: HeaderMap) -> Result<Response, Stop> {
    let caller = sim.admit(&headers, Policy::Scope("altinn:events.subscribe"), "application/json")?;
    let (world, _) = sim.now();
    let own = world.subscriptions.values().filter(|known| known.consumer == caller.organisation);
    let own: Vec<Value> = own.map(Subscription::json).collect();
    Ok(json_answer(&json!({"count": own.len(), "subscriptions": own})))
}

/// `GET /events/api/v1/subscriptions/{id}`.
pub(crate) async fn subscription(
    State(sim): State<AltinnSim>,
    Path(id): Path<u32>,
    headers: HeaderMap,
) -> Result<Response, Stop> {
    let caller = sim.admit(&headers, Policy::Scope("altinn:events.subscribe"), "application/json")?;
    let (world, _) = sim.now();
    let own = world.subscriptions.get(&id).filter(|known| known.consumer == caller.organisation);
    Ok(json_answer(&own.ok_or_else(|| bare(StatusCode::NOT_FOUND))?.json()))
}

/// `DELETE /events/api/v1/subscriptions/{id}`.
pub(crate) async fn unsubscribe(
    State(sim): State<AltinnSim>,
    Extension(noted): Extension<Noted>,
    Path(id): Path<u32>,
    headers: HeaderMap,
) -> Result<Response, Stop> {
    let caller = sim.admit(&headers, Policy::Scope("altinn:events.subscribe"), "application/json")?;
    let (mut world, _) = sim.now();
    let own = world.subscriptions.get(&id).is_some_and(|known| known.consumer == caller.organisation);
    if !own {
        return Err(bare(StatusCode::NOT_FOUND));
    }
    world.subscriptions.remove(&id);
    noted.effect();
    Ok(StatusCode::OK.into_response())
}
