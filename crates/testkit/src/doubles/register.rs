use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use sakarkiv_core::{
    identity::{NationalIdentityNumber, OrganisationNumber},
    ports::{Directory, DirectoryEntry, PortError, PortErrorKind},
};

/// A register of people and organisations in memory. Answers by what was entered; can be told to fail, and to know only
/// people, as folkeregisteret does.
///
/// ```
/// use sakarkiv_core::{identity::NationalIdentityNumber, ports::{Directory, DirectoryEntry}, screening::Private};
/// use sakarkiv_testkit::doubles::MemoryRegister;
///
/// # futures_util::FutureExt::now_or_never(async {
/// let register = MemoryRegister::new();
/// let number = NationalIdentityNumber::parse("01819000553")?;
/// let mut entry = DirectoryEntry::new(Private::new("Kari Prøve".to_owned()), None);
/// entry.protected_address = true;
/// register.enter_person(number.clone(), entry.clone());
/// assert_eq!(register.person(&number).await?, Some(entry));
/// assert_eq!(register.lookups(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap().unwrap();
/// ```
#[derive(Debug, Default)]
pub struct MemoryRegister {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    people: BTreeMap<NationalIdentityNumber, DirectoryEntry>,
    organisations: BTreeMap<OrganisationNumber, DirectoryEntry>,
    people_only: bool,
    failing: Option<PortErrorKind>,
    lookups: usize,
}

impl MemoryRegister {
    /// A register that knows nobody.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A register that knows nobody and answers [`Unsupported`](PortErrorKind::Unsupported) when asked for an organisation.
    #[must_use]
    pub fn of_people() -> Self {
        let register = Self::default();
        register.lock().people_only = true;
        register
    }

    /// Enters a person, or corrects the entry.
    pub fn enter_person(&self, number: NationalIdentityNumber, entry: DirectoryEntry) {
        self.lock().people.insert(number, entry);
    }

    /// Enters an organisation, or corrects the entry.
    pub fn enter_organisation(&self, number: OrganisationNumber, entry: DirectoryEntry) {
        self.lock().organisations.insert(number, entry);
    }

    /// From now on every look-up fails so, or none does.
    pub fn fail_as(&self, kind: Option<PortErrorKind>) {
        self.lock().failing = kind;
    }

    /// How often it was asked, failures included.
    #[must_use]
    pub fn lookups(&self) -> usize {
        self.lock().lookups
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn asked(&self) -> Result<MutexGuard<'_, State>, PortError> {
        let mut state = self.lock();
        state.lookups += 1;
        match state.failing {
            Some(kind) => Err(PortError::new(kind, "memory_register", "told to fail")),
            None => Ok(state),
        }
    }
}

#[async_trait]
impl Directory for MemoryRegister {
    async fn person(&self, number: &NationalIdentityNumber) -> Result<Option<DirectoryEntry>, PortError> {
        Ok(self.asked()?.people.get(number).cloned())
    }

    async fn organisation(&self, number: &OrganisationNumber) -> Result<Option<DirectoryEntry>, PortError> {
        let state = self.asked()?;
        if state.people_only {
            let detail = "it knows people only: ask another for organisations";
            return Err(PortError::new(PortErrorKind::Unsupported, "memory_register", detail));
        }
        Ok(state.organisations.get(number).cloned())
    }
}
