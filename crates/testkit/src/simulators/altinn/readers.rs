//! Who may do what with which message: the decision point, and the access that organisations have given.

use sakarkiv_core::identity::Timestamp;
use uuid::Uuid;

use super::{
    access::Caller,
    letter::Letter,
    settings::{Access, CONFIDENTIAL_PACKAGE, Holder, ORDINARY_PACKAGE, Resource, ResourceKind},
    text,
    world::World,
};

/// Access that an organisation gave, while it lasted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Grant {
    pub(crate) organisation: String,
    pub(crate) access: Access,
    pub(crate) holder: Holder,
    pub(crate) from: Timestamp,
    pub(crate) until: Option<Timestamp>,
}

impl World {
    pub(crate) fn grant(&mut self, organisation: &str, access: Access, holder: Holder, now: Timestamp) {
        self.grants.push(Grant { organisation: organisation.to_owned(), access, holder, from: now, until: None });
    }

    pub(crate) fn withdraw(&mut self, organisation: &str, access: &Access, holder: &Holder, now: Timestamp) {
        let concerned = self
            .grants
            .iter_mut()
            .filter(|grant| grant.organisation == organisation && grant.access == *access && grant.holder == *holder);
        concerned.filter(|grant| grant.until.is_none()).for_each(|grant| grant.until = Some(now));
    }

    /// Who holds an access at an organisation now.
    pub(crate) fn holders_of(&self, organisation: &str, access: &Access) -> Vec<Holder> {
        let now = self.grants.iter().filter(|grant| grant.until.is_none());
        let mut holders: Vec<Holder> = now
            .filter(|grant| grant.organisation == organisation && grant.access == *access)
            .map(|grant| grant.holder.clone())
            .collect();
        holders.sort();
        holders.dedup();
        holders
    }

    fn holds(&self, organisation: &str, access: &Access, holder: &Holder) -> bool {
        self.holders_of(organisation, access).contains(holder)
    }

    /// The accesses that open a resource, beside what ordinary roles open.
    pub(crate) fn keys_to(resource: &Resource, message: Option<Uuid>) -> Vec<Access> {
        let package = match resource.kind {
            ResourceKind::Ordinary => Some(ORDINARY_PACKAGE),
            ResourceKind::Confidential => Some(CONFIDENTIAL_PACKAGE),
            ResourceKind::Explicit => None,
        };
        let package = package.map(|package| Access::Package(package.to_owned()));
        let resource = Some(Access::Resource(resource.id.clone()));
        [package, resource, message.map(Access::Message)].into_iter().flatten().collect()
    }

    /// Whether somebody speaking for an organisation may read what a party has under a resource.
    pub(crate) fn may_read(
        &self,
        organisation: &str,
        holder: &Holder,
        resource: &Resource,
        party: &str,
        message: Option<Uuid>,
    ) -> bool {
        if !text::is_organisation(party) {
            return *holder == Holder::Person(text::key_of(party).to_owned());
        }
        let number = text::key_of(party);
        let main_unit = self.facts(party).main_unit;
        let own = organisation == number;
        let of_main_unit = main_unit.as_deref() == Some(organisation) && resource.kind == ResourceKind::Ordinary;
        if !own && !of_main_unit {
            return false;
        }
        let by_role = resource.kind == ResourceKind::Ordinary && !matches!(holder, Holder::SystemUser(_));
        by_role || Self::keys_to(resource, message).iter().any(|access| self.holds(organisation, access, holder))
    }

    /// Whether a call may read a letter, or another resource's attachment in it.
    pub(crate) fn reads(&self, caller: &Caller, letter: &Letter, resource: &str) -> bool {
        let Some(resource) = self.resource(resource) else { return false };
        self.bypasses(caller, resource)
            || self.may_read(&caller.organisation, &caller.holder, resource, &letter.recipient, Some(letter.id))
    }

    /// Whether a call may send under a resource, or look at what was sent under it.
    pub(crate) fn writes(&self, caller: &Caller, resource: &Resource) -> bool {
        self.bypasses(caller, resource)
            || resource.owner == caller.organisation
            || resource.senders.contains(&caller.organisation)
    }

    /// The owner with the scope of a service owner passes without being asked, as sender and as recipient.
    fn bypasses(&self, caller: &Caller, resource: &Resource) -> bool {
        caller.has("altinn:serviceowner") && caller.consumer == resource.owner
    }

    /// Everybody who could open a letter at some time since it was published.
    pub(crate) fn audience(&self, letter: &Letter) -> Vec<Holder> {
        let Some(resource) = self.resource(&letter.resource) else { return Vec::new() };
        let purged = letter.history.iter().find(|event| event.status.is_purged()).map(|event| event.at);
        let keys = Self::keys_to(resource, Some(letter.id));
        let number = text::key_of(&letter.recipient);
        let mut holders: Vec<Holder> = self
            .grants
            .iter()
            .filter(|grant| grant.organisation == number && keys.contains(&grant.access))
            .filter(|grant| grant.until.is_none_or(|until| until > letter.publish_time))
            .filter(|grant| purged.is_none_or(|purged| grant.from < purged))
            .map(|grant| grant.holder.clone())
            .collect();
        holders.sort();
        holders.dedup();
        holders
    }
}
