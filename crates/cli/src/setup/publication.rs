use std::{path::PathBuf, sync::Arc, time::Duration};

use sakarkiv::{
    core::identity::{ChannelId, InboxId, TenantId},
    einnsyn::{EInnsynConfig, EInnsynPublisher, EInnsynRequests, Surroundings as EInnsynSurroundings},
    engine::{Publication, PublisherTarget, RequestSource, TenantSetup},
    journal_page::{FolderStore, JournalPage, MemoryPageStore, PagePorts, PageStore},
};
use sakarkiv_dropfolder::could_write;
use sakarkiv_leakcheck::{FingerprintKey, LeakChecker};
use secrecy::ExposeSecret;

use super::{SetupError, Surroundings, unusable};
use crate::config::{PublicationSection, TenantConfig};

/// A tenant's journal page, and where it is written to as files.
#[derive(Debug, Clone)]
pub(crate) struct Page {
    pub(crate) tenant: TenantId,
    pub(crate) page: JournalPage,
    pub(crate) export: Option<PathBuf>,
}

/// The requests for access at eInnsyn, when a tenant has that: for whoever tests its key as well.
pub(super) fn requests(
    tenant: &TenantConfig,
    around: &Surroundings<'_>,
) -> Result<Option<EInnsynRequests>, SetupError> {
    let made = tenant.einnsyn.as_ref().map(|config| {
        EInnsynRequests::new(&tenant.id, config.clone(), &surroundings(around))
            .map_err(|error| unusable(tenant, EINNSYN, "the configuration", error))
    });
    made.transpose()
}

/// Adds what a tenant publishes, and what the public asks it for.
pub(super) async fn add(
    tenant: &TenantConfig,
    einnsyn: Option<EInnsynRequests>,
    around: &Surroundings<'_>,
    to: TenantSetup,
    pages: &mut Vec<Page>,
) -> Result<TenantSetup, SetupError> {
    let mut setup = to;
    if let Some(section) = &tenant.publication {
        let mut publication = publication(tenant, section)?;
        if let Some(config) = &tenant.einnsyn {
            publication = publication.publisher(to_einnsyn(tenant, config, around)?);
        }
        if let Some(page) = page(tenant, section, around).await? {
            let target = PublisherTarget::new(ChannelId::new(PAGE)?, Arc::new(page.page.clone()));
            publication = publication.publisher(target.meetings(Arc::new(page.page.clone())));
            pages.push(page);
        }
        setup = setup.publication(publication);
    }
    if let Some(section) = &tenant.requests {
        let problem = "requests for access need `[tenants.einnsyn]`";
        let lacking = || SetupError::Lacking { tenant: tenant.id.clone(), service: EINNSYN, problem };
        let name = section.id.clone().map_or_else(|| InboxId::new(REQUESTS), Ok)?;
        let mut source = RequestSource::new(name, Arc::new(einnsyn.ok_or_else(lacking)?), section.unit.clone())
            .answer_within(section.answer_within)
            .poll(Duration::from_secs(u64::from(section.poll_minutes.max(1)) * 60));
        if let Some(publication) = &tenant.publication {
            source = source.calendar(publication.policy.calendar.clone());
        }
        setup = setup.requests(source);
    }
    Ok(setup)
}

fn publication(tenant: &TenantConfig, section: &PublicationSection) -> Result<Publication, SetupError> {
    let problem = "`fingerprint_key` must be 64 hexadecimal digits";
    let key = key(section.fingerprint_key.expose_secret());
    let key = key.ok_or_else(|| SetupError::Lacking { tenant: tenant.id.clone(), service: "publication", problem })?;
    let leak_check = LeakChecker::new(section.leak_check.clone(), FingerprintKey::new(key));
    let publication = Publication::new(section.policy.clone(), Arc::new(leak_check));
    Ok(match section.rhythm {
        Some(rhythm) => publication.rhythm(rhythm.into()),
        None => publication,
    })
}

fn to_einnsyn(
    tenant: &TenantConfig,
    config: &EInnsynConfig,
    around: &Surroundings<'_>,
) -> Result<PublisherTarget, SetupError> {
    let publisher = EInnsynPublisher::new(tenant.id.clone(), config.clone(), &surroundings(around))
        .map_err(|error| unusable(tenant, EINNSYN, "the configuration", error))?;
    let publisher = Arc::new(publisher);
    let meetings = Arc::<EInnsynPublisher>::clone(&publisher);
    Ok(PublisherTarget::new(ChannelId::new(REQUESTS)?, publisher).meetings(meetings))
}

async fn page(
    tenant: &TenantConfig,
    section: &PublicationSection,
    around: &Surroundings<'_>,
) -> Result<Option<Page>, SetupError> {
    let Some(config) = &section.page else { return Ok(None) };
    let broken = |error| unusable(tenant, "the journal page", "the folder", error);
    let store: Arc<dyn PageStore> = if around.looks_only {
        could_write(&config.folder).map_err(|error| broken(error.into()))?;
        Arc::new(MemoryPageStore::new())
    } else {
        Arc::new(FolderStore::open(&config.folder).map_err(broken)?)
    };
    let ports = PagePorts { store, blobs: Arc::clone(around.store) as _, clock: Arc::clone(around.clock) };
    let settings = config.settings.clone().under(&section.policy);
    let page = JournalPage::open(tenant.id.clone(), settings, ports).await.map_err(broken)?;
    Ok(Some(Page { tenant: tenant.id.clone(), page, export: config.export.clone() }))
}

fn surroundings(around: &Surroundings<'_>) -> EInnsynSurroundings {
    EInnsynSurroundings {
        service: Arc::clone(around.http),
        clock: Arc::clone(around.clock),
        store: Arc::clone(around.store),
    }
}

/// 32 bytes out of 64 hexadecimal digits.
fn key(text: &str) -> Option<[u8; 32]> {
    let digits: Vec<u8> = text
        .trim()
        .chars()
        .map(|digit| digit.to_digit(16).and_then(|digit| u8::try_from(digit).ok()))
        .collect::<Option<_>>()?;
    let bytes: Vec<u8> =
        digits.chunks_exact(2).map(|pair| pair.iter().fold(0, |byte, digit| byte << 4 | digit)).collect();
    (digits.len() == 64).then(|| bytes.try_into().ok()).flatten()
}

const EINNSYN: &str = "eInnsyn";
/// The names under which the tenants know their public journals and the requests; they stay.
const REQUESTS: &str = "einnsyn";
const PAGE: &str = "journal-page";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_64_hexadecimal_digits_and_nothing_else() {
        let bytes = key(&format!("00fF{}\n", "1a".repeat(30))).unwrap();
        assert_eq!(bytes[..3], [0x00, 0xff, 0x1a]);
        for wrong in ["", "00", &"g".repeat(64), &"0".repeat(63), &"0".repeat(66)] {
            assert_eq!(key(wrong), None, "{wrong}");
        }
    }
}
