//! What cases stand in: the unit, its archive, series and classes. Made once and remembered by the ids that eInnsyn gave them,
//! because these are not found by ids of ours.

use std::collections::HashMap;

use http::Method;
use sakarkiv_core::{
    identity::TenantId,
    ports::{PortError, PortErrorKind},
    publication::PublicArchive,
    screening::MASK,
};
use serde_json::{Value, json};
use uuid::Uuid;

use super::node::text;
use crate::{
    api::{Api, Outcome},
    config::EInnsynConfig,
    ids::of_tenant,
    text::{LONGEST, fitted},
};

/// What is known of it so far.
#[derive(Debug, Default)]
pub(crate) struct Skeleton {
    unit: Option<String>,
    /// Ids by the ids that we made, with the title they have.
    known: HashMap<Uuid, (String, String)>,
}

/// Where to look for something, and what to make it below.
struct Place<'a> {
    kind: &'static str,
    below: Option<(&'static str, &'a str)>,
}

impl Skeleton {
    /// The eInnsyn id of the unit that publishes, after a look at whose it is.
    pub(crate) async fn unit(&mut self, api: &Api, config: &EInnsynConfig) -> Result<String, PortError> {
        match &self.unit {
            Some(unit) => Ok(unit.clone()),
            None => Ok(self.unit.insert(who_am_i(api, config).await?).clone()),
        }
    }

    /// The eInnsyn id of the series (arkivdel) that something stands in. An archive without series has one of its own name.
    pub(crate) async fn series(
        &mut self,
        api: &Api,
        config: &EInnsynConfig,
        tenant: &TenantId,
        archive: &PublicArchive,
    ) -> Result<String, PortError> {
        let unit = self.unit(api, config).await?;
        let place = Place { kind: "arkiv", below: None };
        let whole = self.place(api, &unit, &place, of_tenant(tenant, "arkiv", ""), &archive.title).await?;
        let name = archive.series.as_deref().unwrap_or_default();
        let title = archive.series_title.as_ref().or(archive.series.as_ref()).unwrap_or(&archive.title);
        let place = Place { kind: "arkivdel", below: Some(("arkiv", &whole)) };
        self.place(api, &unit, &place, of_tenant(tenant, "arkivdel", name), title).await
    }

    /// The eInnsyn id of a class, right below the series: requests for access to entries of a class that hangs elsewhere are
    /// never delivered.
    pub(crate) async fn class(
        &mut self,
        api: &Api,
        config: &EInnsynConfig,
        tenant: &TenantId,
        series: (&str, &PublicArchive),
    ) -> Result<String, PortError> {
        let (series, archive) = series;
        let unit = self.unit(api, config).await?;
        let class = archive.class.as_deref().unwrap_or(MASK);
        let name = format!("{}\n{class}", archive.series.as_deref().unwrap_or_default());
        let place = Place { kind: "klasse", below: Some(("arkivdel", series)) };
        self.place(api, &unit, &place, of_tenant(tenant, "klasse", &name), class).await
    }

    /// Forgets everything, when something of it turns out not to be there any more.
    pub(crate) fn forget(&mut self) {
        *self = Self::default();
    }

    /// Looks something up, makes it when it is not there, and mends its title.
    async fn place(
        &mut self,
        api: &Api,
        unit: &str,
        place: &Place<'_>,
        id: Uuid,
        title: &str,
    ) -> Result<String, PortError> {
        let title = fitted(title, LONGEST);
        if let Some((known, named)) = self.known.get(&id)
            && *named == title
        {
            return Ok(known.clone());
        }
        let found = match find(api, unit, place.kind, id).await? {
            Some(found) => found,
            None => make(api, unit, place, id, &title).await?,
        };
        let known = text(&found, "id").to_owned();
        if known.is_empty() {
            return Err(PortError::new(PortErrorKind::Transient, NAME, "an object of eInnsyn has no id"));
        }
        if text(&found, "tittel") != title {
            let body = json!({"tittel": title});
            if !matches!(api.change(NAME, Method::PATCH, &[place.kind, &known], Some(&body)).await?, Outcome::Done(_)) {
                return Err(lost());
            }
        }
        self.known.insert(id, (known.clone(), title));
        Ok(known)
    }
}

/// The eInnsyn id of the unit that the key acts for.
///
/// # Errors
/// `Misconfigured` when it is another organisation's.
pub(crate) async fn who_am_i(api: &Api, config: &EInnsynConfig) -> Result<String, PortError> {
    let wrong = |detail: &str| PortError::new(PortErrorKind::Misconfigured, "einnsyn.check", detail);
    let who = api.get("einnsyn.check", &["me"], &[]).await?;
    let who = who.ok_or_else(|| wrong("there is no eInnsyn at the base address"))?;
    if text(&who, "type") != "Enhet" || !crate::config::is_unit(text(&who, "id")) {
        return Err(wrong("the key is not that of a unit; use one that eInnsyn made for the organisation"));
    }
    if text(&who, "orgnummer") != config.organisation.as_str() {
        return Err(wrong("the key belongs to another organisation than `organisation`; check both"));
    }
    Ok(text(&who, "id").to_owned())
}

async fn find(api: &Api, unit: &str, kind: &str, id: Uuid) -> Result<Option<Value>, PortError> {
    let id = id.to_string();
    let list = api.get(NAME, &[kind], &[("externalIds", &id), ("journalenhet", unit)]).await?;
    let items = list.as_ref().and_then(|list| list.get("items")).and_then(Value::as_array);
    let same = |item: &&Value| text(item, "externalId") == id;
    Ok(items.into_iter().flatten().find(same).cloned())
}

async fn make(api: &Api, unit: &str, place: &Place<'_>, id: Uuid, title: &str) -> Result<Value, PortError> {
    let body = json!({"systemId": id.to_string(), "externalId": id.to_string(), "tittel": title});
    let path = match place.below {
        Some((kind, parent)) => vec![kind, parent, place.kind],
        None => vec![place.kind],
    };
    match api.change(NAME, Method::POST, &path, Some(&body)).await? {
        Outcome::Done(made) => Ok(made),
        // Somebody was quicker.
        Outcome::Conflict => find(api, unit, place.kind, id).await?.ok_or_else(lost),
        Outcome::Gone => Err(lost()),
    }
}

fn lost() -> PortError {
    PortError::new(PortErrorKind::Transient, NAME, "the archive changed in eInnsyn meanwhile; it is looked up again")
}

const NAME: &str = "einnsyn.archive";
