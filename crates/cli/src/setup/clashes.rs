//! What may stand in a configuration only once: a second one would silently take the place of the first, or get in its way.

use std::{
    collections::BTreeSet,
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
};

use super::SetupError;
use crate::config::{ServiceConfig, TenantConfig};

/// Finds two of what may be there only once.
pub(super) fn check(config: &ServiceConfig) -> Result<(), SetupError> {
    let mut taken = Taken::default();
    config.tenants.iter().try_for_each(|tenant| {
        users(tenant)?;
        sources(tenant)?;
        taken.by(tenant)
    })?;
    config.journal_page.as_ref().map_or(Ok(()), |section| taken.address("`journal_page`".to_owned(), section.listen))
}

/// The later one of two users with one name would be the only one.
fn users(tenant: &TenantConfig) -> Result<(), SetupError> {
    let mut names = BTreeSet::new();
    tenant.users.iter().find(|user| !names.insert(&user.id)).map_or(Ok(()), |twice| {
        let remedy = "name everybody once, with all roles";
        clash(format!("tenant `{}`: `users` names `{}` twice: {remedy}", tenant.id, twice.id))
    })
}

fn sources(tenant: &TenantConfig) -> Result<(), SetupError> {
    let mut names = BTreeSet::new();
    let mut users: BTreeSet<_> = tenant.users.iter().map(|user| &user.id).collect();
    for source in &tenant.sources {
        let place = format!("tenant `{}`: source `{}`", tenant.id, source.id);
        if !names.insert(&source.id) {
            return clash(format!("{place} is there twice: give each an `id` of its own"));
        }
        if !users.insert(&source.service_user) {
            let user = &source.service_user;
            return clash(format!(
                "{place} works as `{user}`, who is somebody else: give it a `service_user` of its own"
            ));
        }
    }
    Ok(())
}

/// Folders and addresses, each with the section that has it, whosever tenant.
#[derive(Default)]
struct Taken {
    folders: Vec<(PathBuf, String)>,
    addresses: Vec<(SocketAddr, String)>,
}

impl Taken {
    fn by(&mut self, tenant: &TenantConfig) -> Result<(), SetupError> {
        let id = &tenant.id;
        for source in &tenant.sources {
            if let Some(folder) = &source.folder {
                self.folder(format!("tenant `{id}`: source `{}`", source.id), folder)?;
            }
        }
        if let Some(page) = tenant.publication.as_ref().and_then(|publication| publication.page.as_ref()) {
            self.folder(format!("tenant `{id}`: `folder` of the journal page"), &page.folder)?;
            if let Some(export) = &page.export {
                self.folder(format!("tenant `{id}`: `export` of the journal page"), export)?;
            }
        }
        let calls = tenant.intake_http.as_ref();
        calls.map_or(Ok(()), |section| self.address(format!("tenant `{id}`: `intake_http`"), section.listen))
    }

    fn folder(&mut self, by: String, folder: &Path) -> Result<(), SetupError> {
        // What is there is known by its one true name; what is not, as it is written.
        let folder = fs::canonicalize(folder).unwrap_or_else(|_| folder.components().collect());
        match self.folders.iter().find(|(taken, _)| *taken == folder) {
            Some((folder, first)) => {
                clash(format!("{by} needs a folder of its own: `{}` is taken ({first})", folder.display()))
            }
            None => {
                self.folders.push((folder, by));
                Ok(())
            }
        }
    }

    fn address(&mut self, by: String, address: SocketAddr) -> Result<(), SetupError> {
        match self.addresses.iter().find(|(taken, _)| one_place(*taken, address)) {
            Some((taken, first)) => clash(format!("{by} cannot listen at {address}: {taken} is taken ({first})")),
            None => {
                self.addresses.push((address, by));
                Ok(())
            }
        }
    }
}

/// Whether nobody can listen at both: port 0 is any that is free, and an unspecified address is all of them.
fn one_place(a: SocketAddr, b: SocketAddr) -> bool {
    let all = a.ip().is_unspecified() || b.ip().is_unspecified();
    a.port() != 0 && a.port() == b.port() && (all || a.ip() == b.ip())
}

fn clash(problem: String) -> Result<(), SetupError> {
    Err(SetupError::Clash(problem))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_listen_at_one_place_when_one_keeps_the_other_out() {
        let one = |a: &str, b: &str| one_place(a.parse().unwrap(), b.parse().unwrap());
        assert!(one("127.0.0.1:80", "127.0.0.1:80"));
        assert!(one("0.0.0.0:80", "10.0.0.1:80") && one("10.0.0.1:80", "[::]:80"));
        assert!(!one("127.0.0.1:80", "127.0.0.1:81") && !one("127.0.0.1:0", "127.0.0.1:0"));
        assert!(!one("127.0.0.1:80", "127.0.0.2:80"));
    }
}
