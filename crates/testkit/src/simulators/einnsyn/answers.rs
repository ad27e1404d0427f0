//! What each address answers.

use axum::response::{IntoResponse, Response};
use http::{StatusCode, header};
use serde_json::{Map, Value, json};

use super::{
    checks::Purpose,
    entity::Entity,
    paging::{self, ListQuery, Query},
    problem::{Problem, pretty},
    relations,
    service::{Address, Answer, Request},
    show::{self, Expand},
    store::Record,
    time,
    world::{Caller, World},
};

impl World {
    /// Does what a call asks for.
    pub(crate) fn answer(&mut self, address: Address, request: &Request) -> Answer {
        let caller = &request.caller;
        match address {
            Address::WhoAmI => self.who_am_i(caller),
            Address::Search => Ok(answer(StatusCode::OK, &self.search(caller, &request.query)?)),
            Address::Requests => self.requests(request),
            Address::OrderRequests => {
                self.at(request, Entity::InnsynskravBestilling, 0)?;
                self.refuse_unless_admin(caller)?;
                self.list_below(request, Entity::InnsynskravBestilling, "innsynskrav", Entity::Innsynskrav)
            }
            Address::Verify => {
                let order = self.at(request, Entity::InnsynskravBestilling, 0)?.id;
                let secret = request.values.get(1).cloned().unwrap_or_default();
                self.verify(&order, &secret, caller.now)?;
                self.shown(caller, &order, &Expand::new(), StatusCode::OK)
            }
            Address::List(entity) => self.list(request, entity),
            Address::Create(entity) => self.create_at_root(request, entity),
            Address::Get(entity) => {
                let expand = request.query.expand()?;
                let record = self.at(request, entity, 0)?;
                self.refuse_reading(caller, &record)?;
                self.shown(caller, &record.id, &expand, StatusCode::OK)
            }
            Address::Update(entity) => {
                let body = request.object()?;
                self.check(entity, body, Purpose::Update)?;
                let id = self.at(request, entity, 0)?.id;
                if matches!(entity, Entity::Innsynskrav | Entity::InnsynskravBestilling) {
                    return Err(Problem::forbidden(format!("Not authorized to update {id}")));
                }
                self.update(caller, &id, body)?;
                self.shown(caller, &id, &show::expand_as_sent(body), StatusCode::OK)
            }
            Address::Delete(entity) => {
                let record = self.at(request, entity, 0)?;
                self.gone(caller, &record, |world| world.delete(caller, &record.id))
            }
            Address::ListBelow(parent, last, child) => self.list_below(request, parent, last, child),
            Address::AddBelow(parent, last, child) => self.add_below(request, parent, last, child),
            Address::DeleteBelow(parent, last, child) => self.delete_below(request, parent, last, child),
        }
    }

    fn who_am_i(&self, caller: &Caller) -> Answer {
        let unit = caller.unit.as_ref().and_then(|unit| self.store.get(unit)).ok_or_else(Problem::unauthenticated)?;
        let mut who = json!({"entity": "AuthInfo", "authType": "ApiKey", "type": "Enhet", "id": unit.id});
        if let (Some(number), Some(members)) = (unit.text("orgnummer"), who.as_object_mut()) {
            members.insert("orgnummer".to_owned(), json!(number));
        }
        Ok(answer(StatusCode::OK, &who))
    }

    /// The requests for entries that one unit owns itself, whoever handles them, verified or not.
    fn requests(&self, request: &Request) -> Answer {
        let list = request.query.list()?;
        let unit = self.at(request, Entity::Enhet, 0)?;
        let caller = &request.caller;
        if !caller.admin && !self.owns(caller, &unit) {
            return Err(Problem::forbidden("Not authorized to list Innsynskrav"));
        }
        let concerns = |record: &&std::sync::Arc<Record>| {
            let entry = self.store.one(&record.id, "journalpost").and_then(|id| self.store.get(&id));
            entry.is_some_and(|entry| entry.owner == unit.id)
        };
        let ids: Vec<String> = self.store.all(Entity::Innsynskrav).filter(concerns).map(|one| one.id.clone()).collect();
        Ok(self.listed(request, &list, Entity::Innsynskrav, &ids))
    }

    fn list(&self, request: &Request, entity: Entity) -> Answer {
        let list = request.query.list()?;
        match entity {
            Entity::Innsynskrav | Entity::InnsynskravBestilling | Entity::ApiKey => {
                self.refuse_unless_admin(&request.caller)?;
            }
            _ => {}
        }
        let owner = match &list.owner {
            Some(owner) if matches!(entity, Entity::Arkiv | Entity::Arkivdel | Entity::Klasse) => {
                Some(self.resolve(Entity::Enhet, owner).ok_or_else(|| Problem::bad("No Enhet found"))?)
            }
            _ => None,
        };
        if let Some(owner) = owner {
            return Ok(self.listed_of_owner(request, &list, entity, &owner));
        }
        let found = self.store.all(entity).filter(|record| is_wanted_unit(record, &request.query));
        let ids: Vec<String> = found.map(|record| record.id.clone()).collect();
        Ok(self.listed(request, &list, entity, &ids))
    }

    /// All of one owner, unpaged, narrowed by external ids.
    fn listed_of_owner(&self, request: &Request, list: &ListQuery, entity: Entity, owner: &str) -> Response {
        let wanted = |record: &Record| {
            let external = record.text("externalId").unwrap_or_default();
            let among = list.external_ids.as_ref().is_none_or(|ids| ids.iter().any(|id| id == external));
            record.owner == owner && among && self.shows(&request.caller, record)
        };
        let found = self.store.all(entity).filter(|record| wanted(record));
        let items: Vec<Value> = found.map(|record| self.show(&request.caller, record, &list.expand)).collect();
        answer(StatusCode::OK, &json!({"items": items}))
    }

    fn list_below(&self, request: &Request, parent: Entity, last: &'static str, child: Entity) -> Answer {
        let list = request.query.list()?;
        let record = self.at(request, parent, 0)?;
        if child == Entity::ApiKey && !self.owns(&request.caller, &record) {
            return Err(Problem::forbidden("Not authorized to list ApiKey"));
        }
        // At most one hangs there; without it the answer is empty.
        if let (Entity::Moetesak, Entity::Utredning | Entity::Vedtak) = (parent, child) {
            return match self.store.one(&record.id, last) {
                Some(id) => self.shown(&request.caller, &id, &list.expand, StatusCode::OK),
                None => Ok(StatusCode::OK.into_response()),
            };
        }
        let ids = match relations::back(parent, child) {
            _ if (parent, child) == (Entity::Enhet, Entity::Arkiv) => {
                let own = self.store.all(child).filter(|one| one.owner == record.id);
                own.map(|one| one.id.clone()).collect()
            }
            Some(back) => self.store.linking(&record.id, back),
            None => self.store.linked(&record.id, last),
        };
        let ids: Vec<String> = ids.into_iter().filter(|id| Entity::of_id(id) == Some(child)).collect();
        Ok(self.listed(request, &list, child, &ids))
    }

    fn listed(&self, request: &Request, list: &ListQuery, entity: Entity, ids: &[String]) -> Response {
        let caller = &request.caller;
        let visible = |id: &String| self.store.get(id).is_some_and(|record| self.shows(caller, record));
        let chosen = match (&list.ids, &list.external_ids) {
            (Some(wanted), _) => Some(wanted.iter().filter_map(|id| self.resolve(entity, id)).collect::<Vec<_>>()),
            (None, Some(wanted)) => Some(
                wanted
                    .iter()
                    .flat_map(|wanted| self.store.all(entity).filter(move |one| one.text("externalId") == Some(wanted)))
                    .map(|record| record.id.clone())
                    .collect(),
            ),
            (None, None) => None,
        };
        let (page, links) = match chosen {
            // What may not be listed here may not be chosen here either.
            Some(chosen) => (chosen.into_iter().filter(|id| ids.contains(id) && visible(id)).collect(), Map::new()),
            None => {
                let visible: Vec<String> = ids.iter().filter(|id| visible(id)).cloned().collect();
                paging::page(&visible, list, &request.query)
            }
        };
        let items: Vec<Value> =
            page.iter().filter_map(|id| self.store.get(id)).map(|one| self.show(caller, one, &list.expand)).collect();
        let mut whole = Map::new();
        whole.insert("items".to_owned(), json!(items));
        whole.extend(links);
        answer(StatusCode::OK, &Value::Object(whole))
    }

    fn create_at_root(&mut self, request: &Request, entity: Entity) -> Answer {
        let (caller, body) = (&request.caller, request.object()?);
        self.check(entity, body, Purpose::Create)?;
        let id = match entity {
            Entity::InnsynskravBestilling => self.place(caller, body)?,
            Entity::Enhet => {
                let parent = body.get("parent").and_then(Value::as_str).and_then(|id| self.resolve(entity, id));
                self.may_change(caller, &parent.ok_or_else(|| Problem::forbidden("Parent is required"))?)?;
                self.add(caller, entity, body, None)?
            }
            _ => {
                refuse_strangers(caller, entity)?;
                self.add(caller, entity, body, None)?
            }
        };
        let path = match entity {
            Entity::InnsynskravBestilling if self.settings.lower_case_order_location => "innsynskravbestilling",
            entity => entity.path(),
        };
        self.created(caller, &id, body, path)
    }

    fn add_below(&mut self, request: &Request, parent: Entity, last: &'static str, child: Entity) -> Answer {
        let caller = &request.caller;
        let linkable = matches!(child, Entity::Dokumentbeskrivelse | Entity::Skjerming);
        let value = request.body.as_ref().ok_or_else(Problem::unreadable)?;
        let body = match (value, linkable) {
            (Value::Object(body), _) => Some(body),
            (Value::String(_), true) => None,
            _ => return Err(Problem::unreadable()),
        };
        if let Some(body) = body {
            self.check(child, body, Purpose::Create)?;
        }
        let parent_id = self.at(request, parent, 0)?.id;
        refuse_strangers(caller, child)?;
        if is_guarded(parent, child) {
            self.may_change(caller, &parent_id)?;
        }
        let back = relations::back(parent, child);
        let id = match (child, back, body) {
            (Entity::Skjerming | Entity::Utredning | Entity::Vedtak, _, _) => {
                let id = self.find_or_create(caller, child, value, None)?;
                self.put_in_place(caller, &parent_id, last, &id)?;
                id
            }
            (Entity::ApiKey, _, Some(body)) => return self.add_key(caller, &parent_id, body),
            (Entity::Matrikkelnummer, _, _) => self.attach(caller, &parent_id, last, child, value)?,
            (_, Some(back), Some(body)) => {
                let id = self.add(caller, child, body, Some((back, &parent_id)))?;
                if child == Entity::Korrespondansepart {
                    self.settle_units_from_parties(&id)?;
                }
                id
            }
            (Entity::Votering, None, Some(body)) => {
                let id = self.add(caller, child, body, None)?;
                self.store.link(&parent_id, last, &id);
                id
            }
            _ => self.attach(caller, &parent_id, last, child, value)?,
        };
        match body {
            Some(body) => self.created(caller, &id, body, child.path()),
            None => self.shown(caller, &id, &Expand::new(), StatusCode::OK),
        }
    }

    /// Takes the place of what was there; a shared one that nobody uses any more stays, as on the other side.
    fn put_in_place(&mut self, caller: &Caller, parent: &str, last: &'static str, id: &str) -> Result<(), Problem> {
        let old = self.store.one(parent, last).filter(|old| old != id);
        self.store.link_only(parent, last, id);
        match old {
            Some(old) if last != "skjerming" => self.delete(caller, &old),
            _ => Ok(()),
        }
    }

    fn add_key(&mut self, caller: &Caller, unit: &str, body: &Map<String, Value>) -> Answer {
        let id = self.add(caller, Entity::ApiKey, body, Some(("enhet", unit)))?;
        let record = Record::clone(self.store.get(&id).ok_or_else(Problem::not_found)?);
        let expires = record.text("expiresAt").and_then(time::moment);
        let secret = self.new_key(unit, Some(id), expires);
        let owned = Record { owner: unit.to_owned(), ..record };
        self.store.put(owned.clone()).map_err(|_| Problem::integrity())?;
        let mut shown = self.show(caller, &owned, &Expand::new());
        if let Some(members) = shown.as_object_mut() {
            members.insert("secretKey".to_owned(), json!(secret));
        }
        Ok(with_location(answer(StatusCode::CREATED, &shown), Entity::ApiKey.path(), &owned.id))
    }

    fn delete_below(&mut self, request: &Request, parent: Entity, last: &'static str, child: Entity) -> Answer {
        let caller = &request.caller;
        let parent_id = self.at(request, parent, 0)?.id;
        let record = self.at(request, child, 1)?;
        self.may_change(caller, &parent_id)?;
        self.may_change(caller, &record.id)?;
        if child == Entity::Skjerming && self.store.one(&parent_id, last).as_ref() != Some(&record.id) {
            return Err(Problem::not_found());
        }
        self.gone(caller, &record, |world| {
            world.store.unlink(&parent_id, last, &record.id);
            world.delete_if_unused(caller, &record.id)
        })
    }

    /// The object that a value in the path names, when it is there for the caller.
    fn at(&self, request: &Request, entity: Entity, place: usize) -> Result<Record, Problem> {
        let value = request.values.get(place).ok_or_else(Problem::not_found)?;
        let found = self.resolve(entity, value).and_then(|id| self.store.get(&id));
        let visible = found.filter(|record| self.shows(&request.caller, record));
        visible.map(|record| Record::clone(record)).ok_or_else(Problem::not_found)
    }

    fn refuse_unless_admin(&self, caller: &Caller) -> Result<(), Problem> {
        if caller.admin { Ok(()) } else { Err(Problem::forbidden("Not authorized")) }
    }

    fn refuse_reading(&self, caller: &Caller, record: &Record) -> Result<(), Problem> {
        let allowed = match record.entity {
            Entity::InnsynskravBestilling => false,
            Entity::Innsynskrav => {
                let unit = self.store.one(&record.id, "enhet");
                unit.zip(caller.unit.as_ref()).is_some_and(|(unit, own)| self.is_above(own, &unit))
            }
            Entity::ApiKey => self.owns(caller, record),
            _ => true,
        };
        if allowed || caller.admin {
            Ok(())
        } else {
            Err(Problem::forbidden(format!("Not authorized to get {}", record.id)))
        }
    }

    fn shown(&self, caller: &Caller, id: &str, expand: &Expand, status: StatusCode) -> Answer {
        let record = self.store.get(id).ok_or_else(Problem::not_found)?;
        Ok(answer(status, &self.show(caller, record, expand)))
    }

    fn created(&self, caller: &Caller, id: &str, body: &Map<String, Value>, path: &str) -> Answer {
        let shown = self.shown(caller, id, &show::expand_as_sent(body), StatusCode::CREATED)?;
        Ok(with_location(shown, path, id))
    }

    /// Answers an object as it was, and whether it is gone.
    fn gone(&mut self, caller: &Caller, record: &Record, act: impl FnOnce(&mut Self) -> Result<(), Problem>) -> Answer {
        let mut shown = self.show(caller, record, &Expand::new());
        act(self)?;
        if let (None, Some(members)) = (self.store.get(&record.id), shown.as_object_mut()) {
            members.insert("deleted".to_owned(), json!(true));
        }
        Ok(answer(StatusCode::OK, &shown))
    }
}

/// Whether adding below a parent is a change of the parent, which others may not make.
const fn is_guarded(parent: Entity, child: Entity) -> bool {
    !matches!(
        (parent, child),
        (Entity::Arkiv | Entity::Arkivdel | Entity::Klasse | Entity::Klassifikasjonssystem, _)
            | (Entity::Saksmappe, Entity::Journalpost)
            | (Entity::Dokumentbeskrivelse, Entity::Dokumentobjekt)
    )
}

fn refuse_strangers(caller: &Caller, entity: Entity) -> Result<(), Problem> {
    match caller.unit {
        Some(_) => Ok(()),
        None => Err(Problem::forbidden(format!("Not authenticated to add {}.", entity.name()))),
    }
}

/// The filters that only the list of units has.
fn is_wanted_unit(record: &Record, query: &Query) -> bool {
    if record.entity != Entity::Enhet {
        return true;
    }
    let numbers = query.all("orgnummer");
    let names = ["navn", "navnNynorsk", "navnEngelsk", "navnSami", "orgnummer", "enhetskode"];
    let says = |text: &str| {
        names
            .iter()
            .filter_map(|name| record.text(name))
            .any(|value| value.to_lowercase().contains(&text.to_lowercase()))
    };
    (numbers.is_empty() || numbers.iter().any(|number| record.text("orgnummer") == Some(number)))
        && query.one("query").is_none_or(says)
}

fn answer(status: StatusCode, value: &Value) -> Response {
    (status, [(header::CONTENT_TYPE, "application/json")], pretty(value)).into_response()
}

fn with_location(mut response: Response, path: &str, id: &str) -> Response {
    if let Ok(location) = format!("/{path}/{id}").parse() {
        response.headers_mut().insert(header::LOCATION, location);
    }
    response
}
