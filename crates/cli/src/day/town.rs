//! The people and places of the demonstration day. All invented; the tenants carry the names of the table of bases in the
//! routines of a northern municipality, their numbers are test data.

use sakarkiv::core::{
    delivery::{Priority, Recipient},
    identity::{AccountId, IdError, OrganisationNumber, PostalAddress, TenantId, UnitId},
    routing::PrintSetting,
    screening::Private,
};
use thiserror::Error;
use uuid::Uuid;

use super::{
    confidential,
    random::{test_organisation, test_person},
};

/// A part of the town that could not be made: a fault in this program.
#[derive(Debug, Error)]
pub(crate) enum TownError {
    #[error("a name in the town is malformed: {0}")]
    Name(#[from] IdError),
    #[error("an address in the town is malformed: {0}")]
    Address(#[from] sakarkiv::core::identity::AddressError),
    #[error("no test number could be made")]
    Number,
    #[error("no archive of the town has child files")]
    NoChildFiles,
}

/// An archive of its own.
#[derive(Debug, Clone)]
pub(crate) struct Tenant {
    pub(crate) id: TenantId,
    pub(crate) name: &'static str,
    pub(crate) organisation: OrganisationNumber,
    pub(crate) address: PostalAddress,
    pub(crate) units: Vec<Unit>,
    /// The unit that sends by Altinn alone, where there is one.
    pub(crate) altinn: Option<Unit>,
    /// Sends by SvarUt and receives by SvarInn; the others only journal.
    pub(crate) mail: bool,
    pub(crate) print: PrintSetting,
}

/// A unit with a sender account of its own (R4.1).
#[derive(Debug, Clone)]
pub(crate) struct Unit {
    pub(crate) id: UnitId,
    pub(crate) account: AccountId,
    pub(crate) name: &'static str,
    pub(crate) konto: Uuid,
    pub(crate) priority: Priority,
    pub(crate) matter: Matter,
}

/// What a unit writes about; decides the case kind and the screening.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Matter {
    /// Building cases: open.
    Building,
    /// Child welfare: for few eyes only.
    ChildWelfare,
    /// Health and care: for few eyes only.
    Health,
    /// Everything else.
    General,
}

/// Somebody the town writes to, and what they do with their mail.
#[derive(Debug, Clone)]
pub(crate) struct Contact {
    pub(crate) recipient: Recipient,
    pub(crate) habit: Habit,
}

/// What happens to mail that reaches a contact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Habit {
    /// Its own archive takes it in by SvarInn.
    ReceiverSystem,
    /// Opens after so many minutes.
    Opens(u16),
    /// Never opens anything.
    Never,
    /// Has no digital mailbox or has reserved against it: paper.
    Paper,
}

/// The whole town.
#[derive(Debug, Clone)]
pub(crate) struct Town {
    pub(crate) tenants: Vec<Tenant>,
    pub(crate) contacts: Vec<Contact>,
}

impl Tenant {
    /// Its units, whatever they send by.
    pub(crate) fn every_unit(&self) -> impl Iterator<Item = &Unit> {
        self.units.iter().chain(&self.altinn)
    }
}

impl Town {
    /// The archive that has child files.
    pub(crate) fn child_files(&self) -> Result<&TenantId, TownError> {
        let has = |tenant: &&Tenant| tenant.units.iter().any(|unit| unit.matter == Matter::ChildWelfare);
        self.tenants.iter().find(has).map(|tenant| &tenant.id).ok_or(TownError::NoChildFiles)
    }

    /// The archive that specialist systems hand in to: the same one.
    pub(crate) fn with_specialists(&self) -> Result<&Tenant, TownError> {
        let id = self.child_files()?;
        self.tenants.iter().find(|tenant| tenant.id == *id).ok_or(TownError::NoChildFiles)
    }

    pub(crate) fn new() -> Result<Self, TownError> {
        let mut bodo = tenant(
            0,
            "bodo",
            "Bodø",
            true,
            PrintSetting::DigitalOnly,
            &[
                ("byggesak", "Byggesak", Priority::Building, Matter::Building),
                ("barnevern", "Barnevern", Priority::ChildWelfare, Matter::ChildWelfare),
                ("helse-og-omsorg", "Helse og omsorg", Priority::Health, Matter::Health),
            ],
        )?;
        bodo.altinn = Some(confidential::unit(Uuid::nil())?);
        let plain = |n, id, name, mail, print| {
            tenant(n, id, name, mail, print, &[("post", "Postmottak", Priority::General, Matter::General)])
        };
        let tenants = vec![
            bodo,
            plain(1, "rost", "Røst", true, PrintSetting::PrintWhenUnopened)?,
            plain(2, "rodoy", "Rødøy", true, PrintSetting::PrintWhenUnopened)?,
            plain(3, "salten-brann", "Salten Brann", true, PrintSetting::PrintWhenUnopened)?,
            plain(4, "bkbs", "BKBS", true, PrintSetting::DigitalOnly)?,
            plain(5, "stormen", "Stormen", false, PrintSetting::Unknown)?,
        ];
        let contacts = contacts(&tenants)?;
        Ok(Self { tenants, contacts })
    }
}

fn tenant(
    n: u32,
    id: &'static str,
    name: &'static str,
    mail: bool,
    print: PrintSetting,
    units: &[(&'static str, &'static str, Priority, Matter)],
) -> Result<Tenant, TownError> {
    let units = units
        .iter()
        .zip(1_u128..)
        .map(|((unit, name, priority, matter), m)| {
            Ok(Unit {
                id: UnitId::new(unit)?,
                account: AccountId::new(unit)?,
                name,
                konto: Uuid::from_u128(0x5b0e_0f6a_6f0c_4c0e_9a53_0000_0000_0000 + u128::from(n) * 16 + m),
                priority: *priority,
                matter: *matter,
            })
        })
        .collect::<Result<_, TownError>>()?;
    Ok(Tenant {
        id: TenantId::new(id)?,
        name,
        organisation: test_organisation(n).ok_or(TownError::Number)?,
        address: PostalAddress::new(["Postboks 319"], "8001", "Bodø")?,
        units,
        altinn: None,
        mail,
        print,
    })
}

/// Neighbouring archives that take mail in themselves, and people and companies with their habits.
fn contacts(tenants: &[Tenant]) -> Result<Vec<Contact>, TownError> {
    let organisations = [
        ("Tiltak og Test AS", Habit::Opens(25)),
        ("Papirmølla AS", Habit::Opens(190)),
        ("Stengt Dør AS", Habit::Never),
        ("Ingen Hjemme AS", Habit::Never),
    ];
    let persons = [
        ("Kim Prøve", Habit::Opens(40)),
        ("Alex Eksempel", Habit::Opens(300)),
        ("Robin Utprøvd", Habit::Never),
        ("Sam Papirbrev", Habit::Paper),
    ];
    let address = || PostalAddress::new(["Prøveveien 1"], "8006", "Bodø");
    let mut contacts: Vec<Contact> = tenants
        .iter()
        .filter(|tenant| tenant.mail)
        .take(3)
        .map(|tenant| Contact {
            recipient: Recipient::Organisation {
                number: tenant.organisation.clone(),
                name: Private::new(tenant.name.to_owned()),
                address: Some(tenant.address.clone()),
            },
            habit: Habit::ReceiverSystem,
        })
        .collect();
    for ((name, habit), n) in organisations.into_iter().zip(100_u32..) {
        let recipient = Recipient::Organisation {
            number: test_organisation(n).ok_or(TownError::Number)?,
            name: Private::new(name.to_owned()),
            address: Some(address()?),
        };
        contacts.push(Contact { recipient, habit });
    }
    for ((name, habit), n) in persons.into_iter().zip(3_u32..) {
        let recipient = Recipient::Person {
            number: test_person(n * 7).ok_or(TownError::Number)?,
            name: Private::new(name.to_owned()),
            address: Some(address()?),
        };
        contacts.push(Contact { recipient, habit });
    }
    let addressee = Recipient::Addressee { name: Private::new("Uten Nummer".to_owned()), address: address()? };
    contacts.push(Contact { recipient: addressee, habit: Habit::Paper });
    Ok(contacts)
}
